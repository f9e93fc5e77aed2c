/*
 * What http knows of its flow: where its messages end, and which response answers which request.
 *
 * A response answers the last request that has none. That is right unless requests are sent ahead
 * of their responses, which hardly any client does; and where packets were lost it is right again
 * at the next request.
 */
#include "proto/http.h"

/* Methods after which a response is read in another way (RFC 9112, section 6.3). */
enum http_method { METHOD_OTHER, METHOD_HEAD, METHOD_CONNECT, METHOD_MASK, METHOD_BITS = 2 };
enum { UNANSWERED_MOST = 64 / METHOD_BITS };

struct http_state *http_state(struct packet *p)
{
    return flow_state(p, sizeof(struct http_state));
}

/* ---- Requests without a response ----------------------------------------------------------- */

/* Of the request that the next response answers: the oldest (RFC 9112, section 9.3.2). */
static enum http_method method_asked(const struct http_state *s)
{
    return s == NULL || s->unanswered_count == 0 ? METHOD_OTHER
                                                 : (enum http_method)(s->unanswered & METHOD_MASK);
}

/* Who acknowledges something new with a request, where no response was seen, had one that was lost. */
static void unanswered_add(struct packet *p, struct http_state *s, struct span method)
{
    uint64_t m = span_is(method, "HEAD")      ? METHOD_HEAD
                 : span_is(method, "CONNECT") ? METHOD_CONNECT
                                              : METHOD_OTHER;
    bool lost = !s->answered && p->segment.ack != s->asked_at;
    if (lost || s->unanswered_count == UNANSWERED_MOST)
        s->unanswered = s->unanswered_count = 0;
    s->unanswered |= m << METHOD_BITS * s->unanswered_count++;
    s->asked_at = p->segment.ack;
    s->answered = false;
}

/* 1xx are not the last word, but for a change of protocol (RFC 9110, section 15.2). */
static void unanswered_take(struct http_state *s, uint64_t status)
{
    if (s->unanswered_count == 0 || (status / 100 == 1 && status != 101))
        return;
    s->unanswered >>= METHOD_BITS;
    s->unanswered_count--;
    s->answered = true;
}

/* ---- Messages ------------------------------------------------------------------------------ */

/* The length of the header, the empty line included; 0: it goes on. */
static uint32_t header_length(const struct cursor *c, struct http_message *m)
{
    struct span rest = span_rest(c), line = span_line(rest);
    struct span text = span_text(line);
    (void)span_until(&text, ' ');
    if (m->kind == HTTP_RESPONSE)
        m->status = span_number(http_status_code(&text));
    for (uint32_t n = line.n;; n += line.n) {
        line = span_line(span_after(rest, n));
        if (line.n == 0 || line.at[line.n - 1] != '\n')
            return 0;
        struct span value = span_text(line);
        if (value.n == 0)
            return n + line.n;
        struct span name = span_until(&value, ':');
        char first = name.n > 0 ? (char)(*name.at | 0x20) : 0;
        if (first == 'c' || first == 't' || first == 'u' || first == 's')
            http_header_note(m, http_header_field(name), span_trim(value));
    }
}

/* `rest` is what follows the header: where that is no other response, no HEAD was answered. */
static bool has_no_body(const struct http_message *m, const struct http_state *s, struct span rest)
{
    enum http_method asked = method_asked(s);
    return m->status / 100 == 1 || m->status == 204 || m->status == 304 ||
           (asked == METHOD_HEAD && memcmp(rest.at, "HTTP/", rest.n < 5 ? rest.n : 5) == 0) ||
           (asked == METHOD_CONNECT && m->status / 100 == 2);
}

/* What the header says of messages to come. */
static void learn(struct packet *p, struct http_state *s, const struct cursor *c,
                  const struct http_message *m)
{
    if (m->kind == HTTP_REQUEST) {
        struct span line = span_rest(c);
        if (!span_starts(line, "CONNECT "))
            return;
        (void)span_until(&line, ' ');
        struct span target = span_until(&line, ' ');
        (void)span_until(&target, ':');
        s->port = (uint16_t)span_number(target);
    } else if (m->status == 101 && m->upgrade.n > 0) {
        uint64_t key = text_key(m->upgrade.at, m->upgrade.n);
        if (next_protocol(p, UPGRADE_TABLE, key) == 0)
            return;
        s->upgrade = key;
        s->announced = TUNNEL_UPGRADE;
        s->deflates = m->extensions.n > 0 &&
                      memmem(m->extensions.at, m->extensions.n, "permessage-deflate", 18) != NULL;
    } else if (m->status / 100 == 2 && method_asked(s) == METHOD_CONNECT &&
               next_protocol(p, PORT_TABLE, s->port) != p->proto) {
        s->announced = TUNNEL_CONNECT;
    }
}

/* Chunks are counted once, however many segments they come in. */
static uint32_t chunked_length(struct http_state *s, unsigned direction, const struct cursor *c,
                               uint32_t head)
{
    struct http_progress fresh = {head, head, 0};
    struct http_progress *known = s != NULL ? &s->progress[direction] : &fresh;
    uint32_t captured = cursor_captured(c);
    if (known->head != head || known->captured > captured || known->at > captured)
        *known = fresh;
    struct cursor body = *c;
    cursor_skip(&body, known->at);
    uint32_t at = 0, n = http_chunks_length(&body, &at);
    known->at += at;
    known->captured = captured;
    if (n < STREAM_TO_FIN)
        n += known->at - at;
    if (n <= captured)
        known->head = 0;
    return n;
}

/* The body's length, STREAM_MORE or STREAM_TO_FIN (RFC 9112, section 6.3). */
static uint32_t body_length(const struct http_message *m, bool none)
{
    if (none)
        return 0;
    if (m->has_length)
        return m->length < STREAM_TO_FIN / 2 ? (uint32_t)m->length : STREAM_TO_FIN / 2;
    return m->kind == HTTP_RESPONSE ? STREAM_TO_FIN : 0;
}

static uint32_t one_message(struct packet *p, struct http_state *s, const struct cursor *c)
{
    uint32_t captured = cursor_captured(c), leading = http_leading(c);
    struct span line = span_line(span_rest(c));
    bool patient = captured <= p->limits.header_bytes;
    if (captured > leading && !http_is_text(cursor_peek(c, leading, 1)))
        return captured; /* no start line, and no header: it is not waited for more */
    if (line.n == 0 || (line.at[line.n - 1] != '\n' && patient) || leading == captured)
        return STREAM_MORE;
    struct cursor start = *c;
    cursor_skip(&start, leading);
    struct http_message m = {.kind = http_kind_of(&start)};
    if (m.kind == HTTP_OTHER)
        return captured;
    uint32_t head = header_length(&start, &m);
    if (head == 0)
        return patient ? STREAM_MORE : captured;
    if (s != NULL)
        learn(p, s, &start, &m);
    bool none = m.kind == HTTP_RESPONSE && has_no_body(&m, s, span_after(span_rest(&start), head));
    if (m.chunked && !none)
        return chunked_length(s, p->facts.direction, c, leading + head);
    uint32_t n = body_length(&m, none);
    if (!http_body_wanted(p, &m))
        message_head(p, leading + head +
                            1); /* with one byte of a body, which shows that there is one */
    return n >= STREAM_TO_FIN ? n : leading + head + n;
}

/* The preface of a client that knows that the server speaks HTTP/2 (RFC 9113, section 3.4), or that of a
 * server, a frame with settings, which need not wait for it. */
static bool begins_http2(const struct cursor *c)
{
    static const char preface[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    static const uint8_t settings[] = {4, 0, 0, 0, 0, 0};
    const uint8_t *b = cursor_peek(c, 0, sizeof preface - 1);
    if (b != NULL && memcmp(b, preface, sizeof preface - 1) == 0)
        return true;
    b = cursor_peek(c, 0, 9);
    return b != NULL && be24(b) % 6 == 0 && be24(b) < 256 &&
           memcmp(b + 3, settings, sizeof settings) == 0;
}

uint32_t http_message_length(struct packet *p, const struct cursor *c)
{
    struct http_state *s = http_state(p);
    if (s == NULL)
        return one_message(p, NULL, c);
    if (s->announced != TUNNEL_NONE)
        s->tunnel = s->announced;
    if (s->tunnel == TUNNEL_NONE && begins_http2(c)) {
        s->tunnel = TUNNEL_UPGRADE;
        s->upgrade = text_key("h2c", 3);
    }
    if (s->tunnel == TUNNEL_UPGRADE)
        return next_message(p, c, UPGRADE_TABLE, s->upgrade);
    if (s->tunnel == TUNNEL_CONNECT)
        return next_message(p, c, PORT_TABLE, s->port);
    return one_message(p, s, c);
}

/* ---- Tunnels ------------------------------------------------------------------------------- */

/* The text that was kept is the target's, "www.example.com:443". */
static const char *kept_uri(struct packet *p, uint32_t length);

/* HTTP/2 stands once in frame.protocols, as often as its frames may follow each other; their lengths, and WebSocket's, are
 * shown. */
static void put_tunnelled(struct packet *p, struct cursor *c, const struct http_state *s)
{
    bool frames = s->upgrade == text_key("h2c", 3), first = true;
    uint32_t at = p->layer_count;
    for (uint32_t i = 0; i < p->layer; i++)
        first &= p->layers[i].proto != p->proto;
    if (frames || s->upgrade == text_key("websocket", 9))
        put_uint(p, c, PDU_SIZE, c->pos, 0, cursor_left(c));
    if (!next(p, c, UPGRADE_TABLE, s->upgrade))
        next_data(p, c);
    if (frames && !first && at < p->layer_count)
        p->layers[at].again = true;
}

void http_put_tunnel(struct packet *p, struct cursor *c, const struct http_state *s)
{
    if (s->tunnel == TUNNEL_UPGRADE) {
        static const char deflates[] = "; permessage-deflate";
        layer_hide(p);
        p->media = (struct media){NULL, deflates, 0, s->deflates ? sizeof deflates - 1 : 0};
        put_tunnelled(p, c, s);
        return;
    }
    const char *uri = kept_uri(p, s->now.uri_length);
    uint32_t n = uri == NULL ? 0 : (uint32_t)strcspn(uri, ":");
    put_data(p, c, CONNECT_HOST, c->pos, 0, uri, n);
    put_uint(p, c, CONNECT_PORT, c->pos, 0, s->port);
    if (!next(p, c, PORT_TABLE, s->port))
        cursor_skip(c, cursor_captured(c));
}

/* ---- Exchanges ----------------------------------------------------------------------------- */

/* The URI is kept in the smallest of a few sizes: each is a state of its own, the length tells
 * which. One more byte keeps them apart from struct http_state. */
enum { URI_SMALLEST = 64, URI_LARGEST = 65536 };

static char *uri_room(struct packet *p, uint32_t length)
{
    size_t size = URI_SMALLEST;
    while (size < length + 1u && size <= URI_LARGEST)
        size *= 2;
    return size > URI_LARGEST ? NULL : flow_state(p, size + 1);
}

static void uri_keep(struct packet *p, struct http_exchange *e, const char *uri)
{
    uint32_t length = (uint32_t)strlen(uri);
    char *room = length == 0 ? NULL : uri_room(p, length);
    e->uri_length = room == NULL ? 0 : length;
    if (room != NULL)
        memcpy(room, uri, length + 1);
}

/* In the packet's arena. */
static const char *kept_uri(struct packet *p, uint32_t length)
{
    const char *kept = length == 0 ? NULL : uri_room(p, length);
    return kept == NULL ? NULL : packet_text(p, "%.*s", (int)length, kept);
}

/* RFC 9110, section 7.1. Without a host it is the URI of the request. */
static const char *full_uri(struct packet *p, const struct http_message *m)
{
    bool absolute = span_starts(m->uri, "http://") || span_starts(m->uri, "https://") ||
                    span_is(m->method, "CONNECT") || m->host.n == 0;
    const char *scheme = carried_by(p, "tls") ? "https://" : "http://";
    return packet_text(p, "%s%.*s%.*s", absolute ? "" : scheme, absolute ? 0 : (int)m->host.n,
                       m->host.n > 0 ? m->host.at : "", (int)m->uri.n, m->uri.at);
}

static void begin_exchange(struct http_state *s)
{
    s->before = s->now;
    s->now = (struct http_exchange){.number = s->before.number + 1};
}

static void put_packet(struct packet *p, struct cursor *c, unsigned field, uint32_t start,
                       uint64_t number)
{
    if (number != 0)
        put_uint(p, c, field, start, 0, number);
}

static void put_told(struct packet *p, struct cursor *c, unsigned field, uint32_t start)
{
    uint64_t number;
    if (told(p, p->in->number, field, &number))
        put_uint(p, c, field, start, 0, number);
}

static void put_request(struct packet *p, struct cursor *c, struct http_state *s, const char *uri,
                        uint32_t start)
{
    uint64_t me = p->in->number;
    begin_exchange(s);
    s->now.request = me;
    s->now.request_ns = p->in->time_ns;
    uri_keep(p, &s->now, uri);
    if (s->before.request != 0)
        tell(p, s->before.request, NEXT_REQUEST, me);
    if (s->before.response != 0)
        tell(p, s->before.response, NEXT_REQUEST, me);
    put_uint(p, c, REQUEST_NUMBER, start, 0, s->now.number);
    label(p, REQUEST_NUMBER, "HTTP request %u", s->now.number);
    put_packet(p, c, PREV_REQUEST, start, s->before.request);
    put_told(p, c, RESPONSE_IN, start);
    put_told(p, c, NEXT_REQUEST, start);
}

static void put_response(struct packet *p, struct cursor *c, struct http_state *s, uint32_t start)
{
    uint64_t me = p->in->number;
    if (s->now.number == 0 || s->now.response != 0)
        begin_exchange(s);
    s->now.response = me;
    if (s->now.request != 0)
        tell(p, s->now.request, RESPONSE_IN, me);
    if (s->before.response != 0)
        tell(p, s->before.response, NEXT_RESPONSE, me);
    put_uint(p, c, RESPONSE_NUMBER, start, 0, s->now.number);
    label(p, RESPONSE_NUMBER, "HTTP response %u", s->now.number);
    if (s->now.request != 0) {
        put_time(p, c, TIME, start, 0, p->in->time_ns - s->now.request_ns);
        label(p, TIME, "Time since request: %.9f seconds",
              (double)(p->in->time_ns - s->now.request_ns) / 1e9);
    }
    put_packet(p, c, PREV_REQUEST, start, s->before.request);
    put_packet(p, c, PREV_RESPONSE, start, s->before.response);
    put_packet(p, c, REQUEST_IN, start, s->now.request);
    put_told(p, c, NEXT_REQUEST, start);
    put_told(p, c, NEXT_RESPONSE, start);
    const char *uri = s->now.request == 0 ? NULL : kept_uri(p, s->now.uri_length);
    if (uri != NULL)
        put_string(p, c, RESPONSE_FOR, start, 0, uri);
}

void http_put_exchange(struct packet *p, struct cursor *c, const struct http_message *m,
                       uint32_t start)
{
    struct http_state *s = http_state(p);
    if (m->kind == HTTP_RESPONSE) {
        put_uint(p, c, RESPONSE, start, 0, 1);
        if (s != NULL) {
            put_response(p, c, s, start);
            unanswered_take(s, m->status);
        }
        return;
    }
    const char *uri = full_uri(p, m);
    if (m->host.n > 0)
        put_string(p, c, FULL_URI, start, 0, uri);
    put_uint(p, c, m->kind == HTTP_REQUEST ? REQUEST : NOTIFICATION, start, 0, 1);
    if (s != NULL && m->kind == HTTP_REQUEST) {
        put_request(p, c, s, uri, start);
        unanswered_add(p, s, m->method);
    }
}
