/* http: Hypertext Transfer Protocol, version 1 (RFC 9110, RFC 9112), and SSDP, which is HTTP over
 * UDP.
 *
 *     start line CRLF  *( name ":" value CRLF )  CRLF  body
 *
 * Here are the start line and the whole; http.h tells where the rest is. */
#include "proto/http.h"
#include "dissect/names.h"

#define HEADER_ROW(id, header, field) {field, header, LAMNA_STRING, NONE, 0, NULL},
static const struct field_def field_defs[] = {FIELDS(FIELD_ROW) HEADERS(HEADER_ROW)};

#define PORTS(P)                                                                                   \
    P(80) P(3128) P(3132) P(5985) P(8080) P(8088) P(11371) P(1900) P(2869) P(2710) P(3689) P(631)

/* ---- Start line (RFC 9112, sections 3 and 4) ----------------------------------------------- */

static bool is_among(struct span word, const char *const *words)
{
    for (; *words != NULL; words++) {
        if (word.n == strlen(*words) && memcmp(word.at, *words, word.n) == 0)
            return true;
    }
    return false;
}

/* Methods of HTTP, of WebDAV and its extensions (RFC 4918, RFC 3253, RFC 5323), and of RPC over
 * HTTP. */
enum http_kind http_kind_of(const struct cursor *c)
{
    static const char *const methods[] = {"GET",         "POST",
                                          "HEAD",        "PUT",
                                          "DELETE",      "OPTIONS",
                                          "CONNECT",     "TRACE",
                                          "PATCH",       "COPY",
                                          "MOVE",        "MKCOL",
                                          "PROPFIND",    "PROPPATCH",
                                          "LOCK",        "UNLOCK",
                                          "REPORT",      "VERSION-CONTROL",
                                          "CHECKOUT",    "CHECKIN",
                                          "UNCHECKOUT",  "MKWORKSPACE",
                                          "UPDATE",      "LABEL",
                                          "MERGE",       "BASELINE-CONTROL",
                                          "MKACTIVITY",  "SEARCH",
                                          "POLL",        "BCOPY",
                                          "BMOVE",       "BDELETE",
                                          "BPROPFIND",   "BPROPPATCH",
                                          "M-SEARCH",    "RPC_CONNECT",
                                          "RPC_IN_DATA", "RPC_OUT_DATA",
                                          "CCM_POST",    NULL};
    static const char *const notifications[] = {"NOTIFY", "SUBSCRIBE", "UNSUBSCRIBE", NULL};
    struct span first = span_rest(c);
    if (span_starts(first, "HTTP/"))
        return HTTP_RESPONSE;
    if (first.n == 0 || *first.at < 'A' || *first.at > 'Z')
        return HTTP_OTHER;
    if (first.n > 20)
        first.n = 20;
    const char *space = memchr(first.at, ' ', first.n);
    if (space == NULL)
        return HTTP_OTHER;
    first.n = (uint32_t)(space - first.at);
    return is_among(first, methods)         ? HTTP_REQUEST
           : is_among(first, notifications) ? HTTP_NOTIFICATION
                                            : HTTP_OTHER;
}

/* RFC 9112, section 2.2. */
uint32_t http_leading(const struct cursor *c)
{
    const uint8_t *line = cursor_peek(c, 0, 2);
    if (line == NULL || line[0] != '\r' || line[1] != '\n')
        return 0;
    struct cursor after = *c;
    cursor_skip(&after, 2);
    return http_kind_of(&after) == HTTP_OTHER ? 0 : 2;
}

static void put_uri(struct packet *p, struct cursor *c, struct span uri)
{
    put_span(p, c, URI, uri);
    struct span query = uri;
    struct span path = span_until(&query, '?');
    if (path.n == uri.n || query.n == 0)
        return;
    uint32_t tree = tree_begin(p, URI);
    put_span(p, c, PATH, path);
    put_span(p, c, QUERY, query);
    uint32_t parameters = tree_begin(p, QUERY);
    while (query.n > 0)
        put_span(p, c, PARAMETER, span_until(&query, '&'));
    tree_end(p, parameters);
    tree_end(p, tree);
}

static void put_request_line(struct packet *p, struct cursor *c, struct http_message *m,
                             struct span line)
{
    m->method = span_until(&line, ' ');
    put_span(p, c, METHOD, m->method);
    m->uri = span_until(&line, ' ');
    put_uri(p, c, m->uri);
    put_span(p, c, REQUEST_VERSION, line);
}

struct span http_status_code(struct span *line)
{
    while (line->n > 0 && (*line->at == ' ' || *line->at == '\t'))
        *line = span_after(*line, 1);
    struct span code = span_until(line, ' ');
    code.n = code.n < 3 ? code.n : 3;
    return code;
}

static void put_status_line(struct packet *p, struct cursor *c, struct http_message *m,
                            struct span line)
{
    put_span(p, c, RESPONSE_VERSION, span_until(&line, ' '));
    struct span code = http_status_code(&line);
    if (code.n != 3)
        return;
    m->status = span_number(code);
    put_uint(p, c, STATUS, code.offset, 3, m->status);
    const char *reason = value_name_find(http_status_names, m->status);
    put_string(p, c, STATUS_DESC, code.offset, 3,
               reason != NULL ? reason : packet_text(p, "Unknown (%u)", (unsigned)m->status));
    if (line.n > 0)
        put_span(p, c, PHRASE, line);
}

/* Is this the first message of its packet? */
static bool is_first(const struct packet *p)
{
    for (uint16_t i = 0; i < p->layer; i++) {
        if (p->layers[i].proto == p->proto)
            return false;
    }
    return true;
}

/* Messages of one packet stand one after the other in the Info column. */
static void put_info(struct packet *p, struct span text)
{
    if (is_first(p))
        info_set(p, "%.*s ", (int)text.n, text.at);
    else
        info_add(p, "%.*s ", (int)text.n, text.at);
}

static void put_start_line(struct packet *p, struct cursor *c, struct http_message *m)
{
    struct span line = span_line(span_rest(c)), text = span_text(line);
    put_info(p, text);
    uint32_t tree = tree_text(p, c, line.offset, line.n, "%.*s", (int)text.n, text.at);
    put_data(p, c, CHAT, line.offset, line.n, "", 0);
    if (m->kind == HTTP_RESPONSE)
        put_status_line(p, c, m, text);
    else
        put_request_line(p, c, m, text);
    tree_end(p, tree);
    cursor_skip(c, line.n);
}

/* ---- The whole ----------------------------------------------------------------------------- */

static bool on_port(const struct packet *p)
{
    static const uint16_t ports[] = {
#define PORT_NUMBER(n) n,
        PORTS(PORT_NUMBER)};
    for (size_t i = 0; i < sizeof ports / sizeof ports[0]; i++) {
        if (p->src_port == ports[i] || p->dst_port == ports[i])
            return true;
    }
    return false;
}

/* SIP and RTSP have such start lines too. */
static bool names_http(const struct cursor *c)
{
    struct span line = span_line(span_rest(c));
    return http_kind_of(c) != HTTP_OTHER && memmem(line.at, line.n, "HTTP/", 5) != NULL;
}

/* On its own ports it takes whatever comes, and keeps silent of what is not HTTP. */
static bool probe(const struct packet *p, const struct cursor *c)
{
    return on_port(p) || names_http(c);
}

static void put_continuation_info(struct packet *p)
{
    if (is_first(p))
        info_set(p, "Continuation");
    else
        info_add(p, "Continuation");
}

static void put_continuation(struct packet *p, struct cursor *c)
{
    struct span rest = span_rest(c);
    put_continuation_info(p);
    if (!http_is_text(cursor_peek(c, 0, 1))) {
        next_data(p, c);
        return;
    }
    put_data(p, c, FILE_DATA, rest.offset, rest.n, rest.at, strnlen(rest.at, rest.n));
    put_data(p, c, BODY, rest.offset, rest.n, rest.at, rest.n);
    next_data(p, c);
}

static void put_message(struct packet *p, struct cursor *c, struct http_state *s)
{
    struct http_message m = {.kind = http_kind_of(c)};
    uint32_t start = c->pos;
    put_start_line(p, c, &m);
    bool whole = http_put_headers(p, c, &m);
    if (s != NULL)
        s->seen |= whole;
    if (m.says_length && m.transfer_coded)
        put_mark(p, c, TE_AND_LENGTH);
    put_data(p, c, HEAD, start, c->pos - start, c->data + start, c->pos - start);
    http_put_exchange(p, c, &m, start);
    if (whole)
        http_put_body(p, c, &m);
}

/* Where a message does not begin: it may be headers that go on, and what follows them. */
static void put_other(struct packet *p, struct cursor *c, const struct http_state *s)
{
    bool seen = s == NULL || s->seen;
    uint32_t leading =
        http_is_text(cursor_peek(c, 2, 1)) && memcmp(c->data + c->pos, "\r\n", 2) == 0 ? 2 : 0;
    struct span first = span_line(span_after(span_rest(c), leading));
    bool header = first.n > 0 && http_is_text((const uint8_t *)first.at) &&
                  memchr(first.at, ':', first.n) != NULL;
    struct http_message m = {.kind = HTTP_OTHER};
    if (!seen && !header) {
        layer_withdraw(p);
        cursor_skip(c, cursor_captured(c));
        return;
    }
    if (leading > 0)
        put_mark(p, c, LEADING_CRLF);
    cursor_skip(c, leading);
    if (!header) {
        put_continuation(p, c);
        return;
    }
    if (seen)
        put_continuation_info(p);
    if (http_put_headers(p, c, &m))
        http_put_body(p, c, &m);
}

static void dissect(struct packet *p, struct cursor *c)
{
    struct http_state *s = http_state(p);
    if (s != NULL && s->tunnel != TUNNEL_NONE) {
        http_put_tunnel(p, c, s);
        return;
    }
    if ((p->src_port == 443 || p->dst_port == 443) && !carried_by(p, "tls"))
        put_mark(p, c, TLS_PORT);
    uint32_t leading = http_leading(c);
    if (leading > 0)
        put_mark(p, c, LEADING_CRLF);
    cursor_skip(c, leading);
    if (http_kind_of(c) != HTTP_OTHER)
        put_message(p, c, s);
    else
        put_other(p, c, s);
}

#define PORT_BINDING(n) {"tcp.port", n, NULL},
static const struct binding bindings[] = {PORTS(PORT_BINDING){"tcp.port", HEURISTIC, NULL},
                                          {"tls.port", 443, NULL},
                                          {"tls.port", HEURISTIC, NULL},
                                          BOUND_TEXT("tls.alpn", "http/1.0"),
                                          BOUND_TEXT("tls.alpn", "http/1.1"),
                                          {NULL, 0, NULL}};
static const struct binding ssdp_bindings[] = {{"udp.port", 1900}, {NULL, 0}};
static const char *const tables[] = {"media_type", "http.upgrade", "tcp.port",
                                     "http",       "http.header",  NULL};

const struct protocol proto_http = {.name = "http",
                                    .title = "Hypertext Transfer Protocol",
                                    .column = "HTTP",
                                    FIELDS_OF_THIS_FILE,
                                    .tables = tables,
                                    .bindings = bindings,
                                    .probe = probe,
                                    .message = http_message_length,
                                    .dissect = dissect};

const struct protocol proto_ssdp = {.name = "ssdp",
                                    .title = "Simple Service Discovery Protocol",
                                    .column = "SSDP",
                                    .fields_of = &proto_http,
                                    .tables = tables,
                                    .bindings = ssdp_bindings,
                                    .dissect = dissect};
