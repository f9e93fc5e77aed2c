/*
 * rtsp: Real-Time Streaming Protocol (RFC 2326, RFC 7826): messages like those of HTTP, between which media may
 * travel in the same connection:
 *
 *     | '$' | channel | length (2) | RTP or RTCP ...                         (RFC 2326, section 10.12)
 *
 * The Transport header says where media go otherwise; there RTP is expected.
 */
#include "dissect/expect.h"
#include "dissect/lines.h"
#include "dissect/pdu.h"

#define FIELDS(X)                                                                                  \
    X(REQUEST, "rtsp.request", "Request", STRING, NONE, 0, NULL)                                   \
    X(RESPONSE, "rtsp.response", "Response", STRING, NONE, 0, NULL)                                \
    X(METHOD, "rtsp.method", "Method", STRING, NONE, 0, NULL)                                      \
    X(URL, "rtsp.url", "URL", STRING, NONE, 0, NULL)                                               \
    X(STATUS, "rtsp.status", "Status", UINT32, DEC, 0, NULL)                                       \
    X(CONTENT_TYPE, "rtsp.content-type", "Content-type", STRING, NONE, 0, NULL)                    \
    X(CONTENT_LENGTH, "rtsp.content-length", "Content-length", UINT32, DEC, 0, NULL)               \
    X(SESSION, "rtsp.session", "Session", STRING, NONE, 0, NULL)                                   \
    X(TRANSPORT, "rtsp.transport", "Transport", STRING, NONE, 0, NULL)                             \
    X(MAGIC, "rtsp.magic", "Magic", UINT8, HEX, 0, NULL)                                           \
    X(CHANNEL, "rtsp.channel", "Channel", UINT8, HEX, 0, NULL)                                     \
    X(LENGTH, "rtsp.length", "Length", UINT16, DEC, 0, NULL)                                       \
    X(DATA, "rtsp.data", "Data", BYTES, NONE, 0, NULL)

FIELD_TABLE(FIELDS);

enum { EXPECTED_TABLE, SDP_TABLE };
enum { INTERLEAVED = '$', INTERLEAVED_HEADER = 4, HEADER_MAX = 65536, UDP = 17 };

/* What is remembered of a connection: the channels that were agreed on, a bit for each. */
struct state {
    uint64_t rtp[4], rtcp[4];
};

/* What of its header matters to the rest of a message. */
struct message {
    bool response;
    uint32_t length; /* of the body */
    bool is_sdp;
};

/* ---- Where media go (RFC 2326, section 12.39) -------------------------------------------------- */

/* The two numbers of "name=10-11" in a Transport header; the second follows the first if there is only one. */
static bool find_pair(struct text t, const char *name, uint32_t pair[2])
{
    uint32_t n = (uint32_t)strlen(name);
    for (uint32_t at = 0; at + n < t.n; at++) {
        if (strncmp(t.at + at, name, n) != 0 || (at > 0 && t.at[at - 1] != ';'))
            continue;
        struct text v = text_from(t, at + n);
        if (v.n == 0 || !is_digit(v.at[0]))
            return false;
        pair[0] = text_number(v);
        while (v.n > 0 && is_digit(v.at[0]))
            v = text_from(v, 1);
        pair[1] = v.n > 1 && v.at[0] == '-' && is_digit(v.at[1]) ? text_number(text_from(v, 1))
                                                                 : pair[0] + 1;
        return true;
    }
    return false;
}

static void expect_ports(struct packet *p, const uint8_t *address, const uint32_t pair[2])
{
    static const enum expect_key keys[] = {EXPECT_RTP, EXPECT_RTCP};
    for (unsigned i = 0; i < 2; i++) {
        if (pair[i] > 0 && pair[i] <= UINT16_MAX)
            expect(p, EXPECTED_TABLE, keys[i], p->net.version, address, UDP, (uint16_t)pair[i],
                   "RTSP", NULL);
    }
}

/* The server's answer settles it: to the client, from the server. */
static void take_transport(struct packet *p, struct text t)
{
    uint32_t pair[2];
    if (find_pair(t, "client_port=", pair) && p->net.version != 0)
        expect_ports(p, p->net.dst, pair);
    if (find_pair(t, "server_port=", pair) && p->net.version != 0)
        expect_ports(p, p->net.src, pair);
    struct state *s = flow_state(p, sizeof *s);
    if (s == NULL || !find_pair(t, "interleaved=", pair) || pair[0] > 255 || pair[1] > 255)
        return;
    s->rtp[pair[0] / 64] |= UINT64_C(1) << pair[0] % 64;
    s->rtcp[pair[1] / 64] |= UINT64_C(1) << pair[1] % 64;
}

/* ---- Messages ---------------------------------------------------------------------------------- */

static struct text trimmed(struct text t)
{
    while (t.n > 0 && (t.at[0] == ' ' || t.at[0] == '\t'))
        t = text_from(t, 1);
    return t;
}

/* "OPTIONS rtsp://host/ RTSP/1.0" or "RTSP/1.0 200 OK", with the end of its line. */
static void put_start(struct packet *p, struct cursor *c, struct message *m)
{
    struct line l = line_take(c);
    struct text whole = l.text, rest = l.text;
    whole.n = l.whole;
    struct text first = word_take(&rest), second = word_take(&rest);
    m->response = first.n > 5 && strncmp(first.at, "RTSP/", 5) == 0;
    put_text(p, c, m->response ? RESPONSE : REQUEST, whole);
    uint32_t tree = tree_begin(p, m->response ? RESPONSE : REQUEST);
    if (m->response) {
        put_uint(p, c, STATUS, second.offset, second.n, text_number(second));
    } else {
        put_text(p, c, METHOD, first);
        put_text(p, c, URL, second);
    }
    tree_end(p, tree);
    info_set(p, "%s%.*s", m->response ? "Reply: " : "", (int)l.text.n, l.text.at);
}

/* The value of the header `name`, which is in capitals with its colon; false if the line is another. */
static bool header_is(struct text line, const char *name, struct text *value)
{
    uint32_t n = (uint32_t)strlen(name);
    struct text start = line;
    start.n = n < line.n ? n : line.n;
    *value = trimmed(text_from(line, n));
    return text_is(start, name);
}

static void put_header(struct packet *p, struct cursor *c, struct text line, struct message *m)
{
    struct text value;
    if (header_is(line, "CONTENT-LENGTH:", &value)) {
        m->length = text_number(value);
        put_uint(p, c, CONTENT_LENGTH, line.offset, line.n, m->length);
    } else if (header_is(line, "CONTENT-TYPE:", &value)) {
        struct text type = value;
        for (type.n = 0; type.n < value.n && value.at[type.n] != ';' && value.at[type.n] != ' ';)
            type.n++;
        m->is_sdp = text_is(type, "APPLICATION/SDP");
        put_data(p, c, CONTENT_TYPE, line.offset, line.n, value.at, value.n);
    } else if (header_is(line, "SESSION:", &value)) {
        put_data(p, c, SESSION, line.offset, line.n, value.at, value.n);
    } else if (header_is(line, "TRANSPORT:", &value)) {
        put_data(p, c, TRANSPORT, line.offset, line.n, value.at, value.n);
        if (m->response)
            take_transport(p, value);
    } else {
        tree_end(p, tree_text(p, c, line.offset, line.n, "%.*s", (int)line.n, line.at));
    }
}

static void put_body(struct packet *p, struct cursor *c, const struct message *m)
{
    uint32_t n = m->length < cursor_left(c) ? m->length : cursor_left(c);
    struct cursor body = cursor_part(c, n);
    if (n == 0)
        return;
    if (!m->is_sdp || !next_inside(p, &body, SDP_TABLE, 0))
        (void)put_bytes_captured(p, &body, DATA, n);
}

static void put_message(struct packet *p, struct cursor *c)
{
    struct message m = {.response = false};
    put_start(p, c, &m);
    while (cursor_captured(c) > 0) {
        struct line l = line_take(c);
        if (l.text.n == 0)
            break;
        put_header(p, c, l.text, &m);
    }
    put_body(p, c, &m);
}

/* ---- Media in between -------------------------------------------------------------------------- */

static void put_interleaved(struct packet *p, struct cursor *c)
{
    struct state *s = flow_state(p, sizeof *s);
    (void)put_u8(p, c, MAGIC);
    uint8_t channel = put_u8(p, c, CHANNEL);
    uint16_t n = put_u16(p, c, LENGTH);
    struct cursor media = cursor_part(c, n);
    uint64_t bit = UINT64_C(1) << channel % 64;
    info_set(p, "Interleaved channel 0x%02x, %u bytes", channel, n);
    p->expectation = (struct expectation){.method = NULL};
    bool found = s != NULL &&
                 ((s->rtp[channel / 64] & bit && next(p, &media, EXPECTED_TABLE, EXPECT_RTP)) ||
                  (s->rtcp[channel / 64] & bit && next(p, &media, EXPECTED_TABLE, EXPECT_RTCP)));
    if (!found && cursor_left(&media) > 0)
        (void)put_bytes_captured(p, &media, DATA, cursor_left(&media));
}

static void dissect(struct packet *p, struct cursor *c)
{
    const uint8_t *b = cursor_peek(c, 0, 1);
    if (b != NULL && *b == INTERLEAVED)
        put_interleaved(p, c);
    else
        put_message(p, c);
}

/* Behind the empty line; 0: it is not here. */
static uint32_t header_length(const struct cursor *c)
{
    const char *at = (const char *)c->data + c->pos;
    uint32_t n = cursor_captured(c);
    const char *end = n == 0 ? NULL : memmem(at, n, "\r\n\r\n", 4);
    return end == NULL ? 0 : (uint32_t)(end - at) + 4;
}

static uint32_t message(struct packet *p, const struct cursor *c)
{
    (void)p;
    const uint8_t *b = cursor_peek(c, 0, 1);
    if (b != NULL && *b == INTERLEAVED)
        return pdu_be(c, 2, 2, INTERLEAVED_HEADER);
    uint32_t n = header_length(c), body = 0;
    if (n == 0)
        return cursor_captured(c) < HEADER_MAX ? STREAM_MORE : cursor_captured(c);
    struct cursor lines = *c;
    cursor_trim(&lines, n);
    while (cursor_captured(&lines) > 0) {
        struct text value;
        if (header_is(line_take(&lines).text, "CONTENT-LENGTH:", &value))
            body = text_number(value);
    }
    return pdu_length(c, (uint64_t)n + body);
}

static bool probe(const struct packet *p, const struct cursor *c)
{
    (void)p;
    static const char *const starts[] = {
        "RTSP/",  "OPTIONS ",  "DESCRIBE ", "ANNOUNCE ", "SETUP ",         "PLAY ",
        "PAUSE ", "TEARDOWN ", "RECORD ",   "REDIRECT ", "GET_PARAMETER ", "SET_PARAMETER "};
    const uint8_t *b = cursor_peek(c, 0, 1);
    if (b != NULL && *b == INTERLEAVED)
        return true;
    for (size_t i = 0; i < sizeof starts / sizeof *starts; i++) {
        size_t n = strlen(starts[i]);
        b = cursor_peek(c, 0, (uint32_t)n);
        if (b != NULL && memcmp(b, starts[i], n) == 0)
            return true;
    }
    return false;
}

static const char *const tables[] = {"expected", "sip.sdp", NULL};
static const struct binding bindings[] = {{"tcp.port", 554}, {"tcp.port", 8554}, {NULL, 0}};

const struct protocol proto_rtsp = {.name = "rtsp",
                                    .title = "Real Time Streaming Protocol",
                                    .column = "RTSP",
                                    FIELDS_OF_THIS_FILE,
                                    .tables = tables,
                                    .bindings = bindings,
                                    .probe = probe,
                                    .message = message,
                                    .dissect = dissect};
