/* http: Hypertext Transfer Protocol, version 1 (RFC 9110, RFC 9112), and SSDP, which is HTTP over
 * UDP.
 *
 *     start line CRLF  *( name ":" value CRLF )  CRLF  body
 *
 * A message is read as far as it lies in the bytes given. */
#include <string.h>
#include <strings.h>

#include "dissect/packet.h"

static const struct value_name reasons[] = {VALUE(100, "Continue"),
                                            VALUE(101, "Switching Protocols"),
                                            VALUE(102, "Processing"),
                                            VALUE(200, "OK"),
                                            VALUE(201, "Created"),
                                            VALUE(202, "Accepted"),
                                            VALUE(203, "Non-authoritative Information"),
                                            VALUE(204, "No Content"),
                                            VALUE(205, "Reset Content"),
                                            VALUE(206, "Partial Content"),
                                            VALUE(207, "Multi-Status"),
                                            VALUE(300, "Multiple Choices"),
                                            VALUE(301, "Moved Permanently"),
                                            VALUE(302, "Found"),
                                            VALUE(303, "See Other"),
                                            VALUE(304, "Not Modified"),
                                            VALUE(305, "Use Proxy"),
                                            VALUE(307, "Temporary Redirect"),
                                            VALUE(308, "Permanent Redirect"),
                                            VALUE(400, "Bad Request"),
                                            VALUE(401, "Unauthorized"),
                                            VALUE(402, "Payment Required"),
                                            VALUE(403, "Forbidden"),
                                            VALUE(404, "Not Found"),
                                            VALUE(405, "Method Not Allowed"),
                                            VALUE(406, "Not Acceptable"),
                                            VALUE(407, "Proxy Authentication Required"),
                                            VALUE(408, "Request Time-out"),
                                            VALUE(409, "Conflict"),
                                            VALUE(410, "Gone"),
                                            VALUE(411, "Length Required"),
                                            VALUE(412, "Precondition Failed"),
                                            VALUE(413, "Request Entity Too Large"),
                                            VALUE(414, "Request-URI Too Long"),
                                            VALUE(415, "Unsupported Media Type"),
                                            VALUE(416, "Requested Range Not Satisfiable"),
                                            VALUE(417, "Expectation Failed"),
                                            VALUE(429, "Too Many Requests"),
                                            VALUE(500, "Internal Server Error"),
                                            VALUE(501, "Not Implemented"),
                                            VALUE(502, "Bad Gateway"),
                                            VALUE(503, "Service Unavailable"),
                                            VALUE(504, "Gateway Time-out"),
                                            VALUE(505, "HTTP Version not supported"),
                                            VALUES_END};

/* Rows of headers are H(ID, header name, field name): the field's label is the header's name. */
#define HEADERS(H)                                                                                 \
    H(AUTHORIZATION, "Authorization", "http.authorization")                                        \
    H(PROXY_AUTHORIZATION, "Proxy-Authorization", "http.proxy_authorization")                      \
    H(PROXY_AUTHENTICATE, "Proxy-Authenticate", "http.proxy_authenticate")                         \
    H(WWW_AUTHENTICATE, "WWW-Authenticate", "http.www_authenticate")                               \
    H(CONTENT_TYPE, "Content-Type", "http.content_type")                                           \
    H(CONTENT_LENGTH_HEADER, "Content-Length", "http.content_length_header")                       \
    H(CONTENT_ENCODING, "Content-Encoding", "http.content_encoding")                               \
    H(TRANSFER_ENCODING, "Transfer-Encoding", "http.transfer_encoding")                            \
    H(UPGRADE, "Upgrade", "http.upgrade")                                                          \
    H(USER_AGENT, "User-Agent", "http.user_agent")                                                 \
    H(HOST, "Host", "http.host")                                                                   \
    H(CONNECTION, "Connection", "http.connection")                                                 \
    H(COOKIE, "Cookie", "http.cookie")                                                             \
    H(ACCEPT, "Accept", "http.accept")                                                             \
    H(REFERER, "Referer", "http.referer")                                                          \
    H(ACCEPT_LANGUAGE, "Accept-Language", "http.accept_language")                                  \
    H(ACCEPT_ENCODING, "Accept-Encoding", "http.accept_encoding")                                  \
    H(DATE, "Date", "http.date")                                                                   \
    H(CACHE_CONTROL, "Cache-Control", "http.cache_control")                                        \
    H(SERVER, "Server", "http.server")                                                             \
    H(LOCATION, "Location", "http.location")                                                       \
    H(SET_COOKIE, "Set-Cookie", "http.set_cookie")                                                 \
    H(LAST_MODIFIED, "Last-Modified", "http.last_modified")                                        \
    H(X_FORWARDED_FOR, "X-Forwarded-For", "http.x_forwarded_for")                                  \
    H(HTTP2_SETTINGS, "HTTP2-Settings", "http.http2_settings")                                     \
    H(WS_ACCEPT, "Sec-WebSocket-Accept", "http.sec_websocket_accept")                              \
    H(WS_EXTENSIONS, "Sec-WebSocket-Extensions", "http.sec_websocket_extensions")                  \
    H(WS_KEY, "Sec-WebSocket-Key", "http.sec_websocket_key")                                       \
    H(WS_PROTOCOL, "Sec-WebSocket-Protocol", "http.sec_websocket_protocol")                        \
    H(WS_VERSION, "Sec-WebSocket-Version", "http.sec_websocket_version")

#define FIELDS(X)                                                                                  \
    X(CHAT, "http.chat", "Formatted text", NONE, NONE, 0, NULL)                                    \
    X(METHOD, "http.request.method", "Request Method", STRING, NONE, 0, NULL)                      \
    X(URI, "http.request.uri", "Request URI", STRING, NONE, 0, NULL)                               \
    X(PATH, "http.request.uri.path", "Request URI Path", STRING, NONE, 0, NULL)                    \
    X(QUERY, "http.request.uri.query", "Request URI Query", STRING, NONE, 0, NULL)                 \
    X(PARAMETER, "http.request.uri.query.parameter", "Request URI Query Parameter", STRING, NONE,  \
      0, NULL)                                                                                     \
    X(REQUEST_VERSION, "http.request.version", "Request Version", STRING, NONE, 0, NULL)           \
    X(RESPONSE_VERSION, "http.response.version", "Response Version", STRING, NONE, 0, NULL)        \
    X(STATUS, "http.response.code", "Status Code", UINT16, DEC, 0, NULL)                           \
    X(STATUS_DESC, "http.response.code.desc", "Status Code Description", STRING, GENERATED, 0,     \
      NULL)                                                                                        \
    X(PHRASE, "http.response.phrase", "Response Phrase", STRING, NONE, 0, NULL)                    \
    X(REQUEST_LINE, "http.request.line", "Request line", STRING, HIDDEN, 0, NULL)                  \
    X(RESPONSE_LINE, "http.response.line", "Response line", STRING, HIDDEN, 0, NULL)               \
    X(CONTENT_LENGTH, "http.content_length", "Content length", UINT64, DEC | GENERATED, 0, NULL)   \
    X(COOKIE_PAIR, "http.cookie_pair", "Cookie pair", STRING, NONE, 0, NULL)                       \
    X(FULL_URI, "http.request.full_uri", "Full request URI", STRING, GENERATED, 0, NULL)           \
    X(NOTIFICATION, "http.notification", "Notification", BOOLEAN, HIDDEN, 0, NULL)                 \
    X(REQUEST, "http.request", "Request", BOOLEAN, HIDDEN, 0, NULL)                                \
    X(RESPONSE, "http.response", "Response", BOOLEAN, HIDDEN, 0, NULL)                             \
    X(FILE_DATA, "http.file_data", "File Data", STRING, NONE, 0, NULL)

#define HEADER_ID(id, header, field)  id,
#define HEADER_ROW(id, header, field) {field, header, LAMNA_STRING, NONE, 0, NULL},
enum { FIELDS(FIELD_ID) HEADERS(HEADER_ID) FIELD_COUNT };
static const struct field_def field_defs[] = {FIELDS(FIELD_ROW) HEADERS(HEADER_ROW)};

/* A part of the message: text that is not NUL-terminated. */
struct span {
    const char *at;
    uint32_t n, offset;
};

enum kind { OTHER, A_REQUEST, A_NOTIFICATION, A_RESPONSE };

struct message {
    enum kind kind;
    struct span method, uri, host, type;
    uint64_t length; /* of the body */
    bool has_length, coded;
};

/* ---- Text ---------------------------------------------------------------------------------- */

/* What lies before the first `stop` in s, which is moved past it. */
static struct span span_until(struct span *s, char stop)
{
    const char *found = s->n == 0 ? NULL : memchr(s->at, stop, s->n);
    uint32_t n = found == NULL ? s->n : (uint32_t)(found - s->at);
    uint32_t used = found == NULL ? n : n + 1;
    struct span part = {s->at, n, s->offset};
    *s = (struct span){s->at + used, s->n - used, s->offset + used};
    return part;
}

static struct span span_trim(struct span s)
{
    while (s.n > 0 && (*s.at == ' ' || *s.at == '\t'))
        s = (struct span){s.at + 1, s.n - 1, s.offset + 1};
    while (s.n > 0 && (s.at[s.n - 1] == ' ' || s.at[s.n - 1] == '\t'))
        s.n--;
    return s;
}

static bool span_is(struct span s, const char *text)
{
    return s.n == strlen(text) && strncasecmp(s.at, text, s.n) == 0;
}

static bool span_starts(struct span s, const char *text)
{
    return s.n >= strlen(text) && memcmp(s.at, text, strlen(text)) == 0;
}

static void put_span(struct packet *p, const struct cursor *c, unsigned field, struct span s)
{
    put_data(p, c, field, s.offset, s.n, s.at, s.n);
}

/* Digits at the start of s; no more than fit. */
static uint64_t span_number(struct span s)
{
    uint64_t v = 0;
    for (uint32_t i = 0; i < s.n && i < 18 && s.at[i] >= '0' && s.at[i] <= '9'; i++)
        v = v * 10 + (uint64_t)(s.at[i] - '0');
    return v;
}

/* The next line with its end, of what was captured. */
static struct span line_peek(const struct cursor *c)
{
    struct span line = {(const char *)c->data + c->pos, cursor_captured(c), c->pos};
    const char *end = line.n == 0 ? NULL : memchr(line.at, '\n', line.n);
    if (end != NULL)
        line.n = (uint32_t)(end - line.at) + 1;
    return line;
}

static struct span line_text(struct span line)
{
    if (line.n > 0 && line.at[line.n - 1] == '\n')
        line.n--;
    if (line.n > 0 && line.at[line.n - 1] == '\r')
        line.n--;
    return line;
}

/* ---- Start line (RFC 9112, sections 3 and 4) ----------------------------------------------- */

static enum kind kind_of(const struct cursor *c)
{
    static const char *const methods[] = {
        "GET",   "POST",        "HEAD",     "PUT",    "DELETE",    "OPTIONS",  "CONNECT",
        "TRACE", "PATCH",       "COPY",     "MOVE",   "MKCOL",     "PROPFIND", "PROPPATCH",
        "LOCK",  "UNLOCK",      "REPORT",   "SEARCH", "SUBSCRIBE", "BMOVE",    "BCOPY",
        "POLL",  "UNSUBSCRIBE", "M-SEARCH", "MERGE",  "CHECKOUT",  "CHECKIN",  "VERSION-CONTROL",
        NULL};
    struct span line = line_peek(c);
    if (span_starts(line, "HTTP/"))
        return A_RESPONSE;
    struct span first = {line.at, line.n < 20 ? line.n : 20, 0};
    const char *space = first.n == 0 ? NULL : memchr(first.at, ' ', first.n);
    if (space == NULL)
        return OTHER;
    first.n = (uint32_t)(space - first.at);
    if (span_is(first, "NOTIFY"))
        return A_NOTIFICATION;
    for (const char *const *m = methods; *m != NULL; m++) {
        if (first.n == strlen(*m) && memcmp(first.at, *m, first.n) == 0)
            return A_REQUEST;
    }
    return OTHER;
}

static void put_uri(struct packet *p, struct cursor *c, struct span uri)
{
    put_span(p, c, URI, uri);
    struct span query = uri;
    struct span path = span_until(&query, '?');
    if (path.n == uri.n)
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

static void put_request_line(struct packet *p, struct cursor *c, struct message *m,
                             struct span line)
{
    m->method = span_until(&line, ' ');
    put_span(p, c, METHOD, m->method);
    m->uri = span_until(&line, ' ');
    put_uri(p, c, m->uri);
    put_span(p, c, REQUEST_VERSION, line);
}

static void put_status_line(struct packet *p, struct cursor *c, struct span line)
{
    put_span(p, c, RESPONSE_VERSION, span_until(&line, ' '));
    struct span code = span_until(&line, ' ');
    if (code.n != 3)
        return;
    uint64_t number = span_number(code);
    put_uint(p, c, STATUS, code.offset, 3, number);
    const char *reason = value_name_find(reasons, number);
    put_string(p, c, STATUS_DESC, code.offset, 3, reason != NULL ? reason : "Unknown");
    if (line.n > 0)
        put_span(p, c, PHRASE, line);
}

static void put_start_line(struct packet *p, struct cursor *c, struct message *m)
{
    struct span line = line_peek(c), text = line_text(line);
    info_set(p, "%.*s ", (int)text.n, text.at);
    put_data(p, c, CHAT, line.offset, line.n, "", 0);
    uint32_t tree = tree_text(p, c, line.offset, line.n, "%.*s", (int)text.n, text.at);
    if (m->kind == A_RESPONSE)
        put_status_line(p, c, text);
    else
        put_request_line(p, c, m, text);
    tree_end(p, tree);
    cursor_skip(c, line.n);
}

/* ---- Headers (RFC 9112, section 5) --------------------------------------------------------- */

static const struct {
    const char *name;
    unsigned field;
} header_names[] = {
#define HEADER_NAME(id, header, field) {header, id},
    HEADERS(HEADER_NAME)};

static void put_cookies(struct packet *p, struct cursor *c, struct span value)
{
    uint32_t tree = tree_begin(p, COOKIE);
    while (value.n > 0)
        put_span(p, c, COOKIE_PAIR, span_trim(span_until(&value, ';')));
    tree_end(p, tree);
}

static void header_note(struct packet *p, struct cursor *c, struct message *m, unsigned field,
                        struct span value)
{
    switch (field) {
    case CONTENT_LENGTH_HEADER:
        m->has_length = true;
        m->length = span_number(value);
        put_uint(p, c, CONTENT_LENGTH, value.offset, value.n, m->length);
        break;
    case COOKIE:
        put_cookies(p, c, value);
        break;
    case HOST:
        m->host = value;
        break;
    case CONTENT_TYPE:
        m->type = span_trim(span_until(&value, ';'));
        break;
    case CONTENT_ENCODING:
    case TRANSFER_ENCODING:
        m->coded = !span_is(value, "identity");
        break;
    default:
        break;
    }
}

static void put_header(struct packet *p, struct cursor *c, struct message *m, struct span line)
{
    struct span value = line_text(line);
    struct span name = span_until(&value, ':');
    value = span_trim(value);
    for (size_t i = 0; i < sizeof header_names / sizeof *header_names; i++) {
        if (span_is(name, header_names[i].name)) {
            put_span(p, c, header_names[i].field, value);
            header_note(p, c, m, header_names[i].field, value);
            break;
        }
    }
    if (m->kind != A_NOTIFICATION)
        put_span(p, c, m->kind == A_RESPONSE ? RESPONSE_LINE : REQUEST_LINE, line);
}

/* True if the empty line that ends the headers was reached. */
static bool put_headers(struct packet *p, struct cursor *c, struct message *m)
{
    while (cursor_captured(c) > 0) {
        struct span line = line_peek(c);
        cursor_skip(c, line.n);
        if (line_text(line).n == 0)
            return true;
        put_header(p, c, m, line);
    }
    return false;
}

/* ---- The whole ----------------------------------------------------------------------------- */

/* RFC 9110, section 7.1. */
static void put_full_uri(struct packet *p, struct cursor *c, const struct message *m)
{
    if (m->host.n == 0 || !wants(p, FULL_URI))
        return;
    const char *scheme = "http://";
    struct span host = m->host;
    if (span_starts(m->uri, "http://") || span_starts(m->uri, "https://") ||
        span_is(m->method, "CONNECT")) {
        scheme = "";
        host.n = 0;
    }
    put_string(
        p, c, FULL_URI, m->uri.offset, m->uri.n,
        packet_text(p, "%s%.*s%.*s", scheme, (int)host.n, host.at, (int)m->uri.n, m->uri.at));
}

static void put_kind(struct packet *p, struct cursor *c, const struct message *m)
{
    if (m->kind != A_RESPONSE)
        put_full_uri(p, c, m);
    unsigned field = m->kind == A_RESPONSE  ? RESPONSE
                     : m->kind == A_REQUEST ? REQUEST
                                            : NOTIFICATION;
    put_uint(p, c, field, c->pos, 0, 1);
}

static void put_body(struct packet *p, struct cursor *c, const struct message *m)
{
    uint64_t captured = cursor_captured(c);
    if (captured == 0)
        return;
    uint32_t n = (uint32_t)(m->has_length && m->length < captured ? m->length : captured);
    bool whole = m->has_length ? m->length <= captured : m->kind == A_RESPONSE;
    if (n > 0 && whole && !m->coded)
        put_data(p, c, FILE_DATA, c->pos, n, c->data + c->pos, /* as text: it ends at a NUL */
                 strnlen((const char *)c->data + c->pos, n));
    if (m->type.n > 0)
        info_add(p, " (%.*s)", (int)m->type.n, m->type.at);
    cursor_skip(c, (uint32_t)captured);
}

static bool probe(const struct packet *p, const struct cursor *c)
{
    (void)p;
    return kind_of(c) != OTHER;
}

static void dissect(struct packet *p, struct cursor *c)
{
    struct message m = {.kind = kind_of(c)};
    if (m.kind == OTHER) {
        next_data(p, c);
        return;
    }
    put_start_line(p, c, &m);
    bool complete = put_headers(p, c, &m);
    put_kind(p, c, &m);
    if (complete)
        put_body(p, c, &m);
}

static const struct binding bindings[] = {
    {"tcp.port", 80},   {"tcp.port", 3128}, {"tcp.port", 3132},      {"tcp.port", 5985},
    {"tcp.port", 8080}, {"tcp.port", 8088}, {"tcp.port", 11371},     {"tcp.port", 1900},
    {"tcp.port", 2869}, {"tcp.port", 2710}, {"tcp.port", HEURISTIC}, {NULL, 0}};
static const struct binding ssdp_bindings[] = {{"udp.port", 1900}, {NULL, 0}};

const struct protocol proto_http = {.name = "http",
                                    .title = "Hypertext Transfer Protocol",
                                    .column = "HTTP",
                                    FIELDS_OF_THIS_FILE,
                                    .bindings = bindings,
                                    .probe = probe,
                                    .dissect = dissect};

const struct protocol proto_ssdp = {.name = "ssdp",
                                    .title = "Simple Service Discovery Protocol",
                                    .column = "SSDP",
                                    .fields_of = &proto_http,
                                    .bindings = ssdp_bindings,
                                    .dissect = dissect};
