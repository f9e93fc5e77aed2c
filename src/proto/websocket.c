/*
 * websocket: The WebSocket Protocol (RFC 6455), with compressed messages (RFC 7692).
 *
 *      0               1               2               3
 *     |F|RSV|  opcode  |M|  length     | 16 or 64 bits of length, if that is 126 or 127 |
 *     | masking key, if M ...                          | payload ...
 */
#include "dissect/coding.h"
#include "dissect/span.h"

static const struct value_name opcodes[] = {
    VALUE(0, "Continuation"), VALUE(1, "Text"),  VALUE(2, "Binary"), VALUE(8, "Connection Close"),
    VALUE(9, "Ping"),         VALUE(10, "Pong"), VALUES_END};
static const struct value_name statuses[] = {
    VALUE(1000, "Normal Closure"),   VALUE(1001, "Going Away"),
    VALUE(1002, "Protocol error"),   VALUE(1003, "Unsupported Data"),
    VALUE(1004, "---Reserved----"),  VALUE(1005, "No Status Rcvd"),
    VALUE(1006, "Abnormal Closure"), VALUE(1007, "Invalid frame payload data"),
    VALUE(1008, "Policy Violation"), VALUE(1009, "Message Too Big"),
    VALUE(1010, "Mandatory Ext."),   VALUE(1011, "Internal Server"),
    VALUE(1015, "TLS handshake"),    VALUES_END};

#define FIELDS(X)                                                                                  \
    X(FIN, "websocket.fin", "Fin", BOOLEAN, 8, 0x80, NULL)                                         \
    X(RESERVED, "websocket.rsv", "Reserved", UINT8, HEX, 0x70, NULL)                               \
    X(COMPRESSED, "websocket.pmc", "Per-Message Compressed", BOOLEAN, 8 | STREAM, 0x40, NULL)      \
    X(OPCODE, "websocket.opcode", "Opcode", UINT8, DEC, 0x0f, opcodes)                             \
    X(MASK, "websocket.mask", "Mask", BOOLEAN, 8, 0x80, NULL)                                      \
    X(LENGTH, "websocket.payload_length", "Payload length", UINT8, DEC, 0x7f, NULL)                \
    X(LENGTH_16, "websocket.payload_length_ext_16", "Extended Payload length (16 bits)", UINT16,   \
      DEC, 0, NULL)                                                                                \
    X(LENGTH_64, "websocket.payload_length_ext_64", "Extended Payload length (64 bits)", UINT64,   \
      DEC, 0, NULL)                                                                                \
    X(KEY, "websocket.masking_key", "Masking-Key", BYTES, NONE, 0, NULL)                           \
    X(MASKED, "websocket.masked_payload", "Masked payload", NONE, NONE, 0, NULL)                   \
    X(PAYLOAD, "websocket.payload", "Payload", NONE, NONE, 0, NULL)                                \
    X(CONTINUE, "websocket.payload.continue", "Continue", BYTES, NONE, 0, NULL)                    \
    X(TEXT, "websocket.payload.text", "Text", STRING, NONE, 0, NULL)                               \
    X(CLOSE, "websocket.payload.close", "Close", NONE, NONE, 0, NULL)                              \
    X(STATUS, "websocket.payload.close.status_code", "Status code", UINT16, DEC, 0, statuses)      \
    X(REASON, "websocket.payload.close.reason", "Reason", STRING, NONE, 0, NULL)                   \
    X(PING, "websocket.payload.ping", "Ping", BYTES, NONE, 0, NULL)                                \
    X(PONG, "websocket.payload.pong", "Pong", BYTES, NONE, 0, NULL)                                \
    X(UNKNOWN, "websocket.payload.unknown", "Unknown", BYTES, NONE, 0, NULL)                       \
    X(FAILED, "websocket.decompression.failed.expert", "Decompression failed", NONE, NONE, 0, NULL)

FIELD_TABLE(FIELDS);

enum { MEDIA_TABLE };
enum opcode { OP_CONTINUE, OP_TEXT, OP_BINARY, OP_CLOSE = 8, OP_PING, OP_PONG };
enum { WINDOW = 32768 };

/* What was said last in one direction, for back references in what comes. A state of its own for
 * each direction: their sizes tell them apart. */
struct window {
    uint32_t length;
    uint8_t bytes[WINDOW];
};

/* One frame, its header read. */
struct frame {
    uint32_t header; /* bytes */
    uint64_t length; /* of the payload */
    uint8_t flags, opcode;
    bool masked;
};

/* False: more bytes are needed to tell. */
static bool frame_read(const struct cursor *c, struct frame *f)
{
    const uint8_t *b = cursor_peek(c, 0, 2);
    if (b == NULL)
        return false;
    *f = (struct frame){2, b[1] & 0x7f, b[0], b[0] & 0x0f, (b[1] & 0x80) != 0};
    uint32_t more = f->length == 126 ? 2 : f->length == 127 ? 8 : 0;
    const uint8_t *length = cursor_peek(c, 2, more);
    if (length == NULL)
        return false;
    if (more > 0)
        f->length = be_n(length, more);
    f->header += more + (f->masked ? 4 : 0);
    return true;
}

static uint32_t message(struct packet *p, const struct cursor *c)
{
    struct frame f;
    (void)p;
    if (!frame_read(c, &f))
        return STREAM_MORE;
    return f.length < STREAM_TO_FIN / 2 ? f.header + (uint32_t)f.length : STREAM_TO_FIN / 2;
}

/* The handshake agreed upon compression: the protocol that made it says so. */
static bool deflates(const struct packet *p)
{
    return p->media.parameters_length > 0;
}

/* ---- Payload ------------------------------------------------------------------------------- */

/* RFC 6455, section 5.3. */
static struct cursor unmask(struct packet *p, const struct cursor *masked, const uint8_t *key)
{
    uint32_t n = cursor_captured(masked);
    uint8_t *bytes = arena_alloc(p->arena, n + 1u);
    if (bytes == NULL)
        return *masked;
    for (uint32_t i = 0; i < n; i++)
        bytes[i] = masked->data[masked->pos + i] ^ key[i & 3];
    return cursor_over(p, "Unmasked data", bytes, n);
}

/* The last WINDOW bytes of what was and what is. */
static void window_slide(struct window *w, const uint8_t *bytes, uint32_t n)
{
    uint32_t keep = n >= WINDOW ? 0 : WINDOW - n;
    if (keep > w->length)
        keep = w->length;
    if (n > WINDOW) {
        bytes += n - WINDOW;
        n = WINDOW;
    }
    memmove(w->bytes, w->bytes + (w->length - keep), keep);
    if (n > 0)
        memcpy(w->bytes + keep, bytes, n);
    w->length = keep + n;
}

/* The states are kept whether anybody asks for them or not. */
static bool inflate(struct packet *p, struct cursor *body)
{
    struct window *w = flow_state(p, sizeof *w + (p->facts.reverse ? 4u : 0u));
    uint32_t length = 0;
    const uint8_t *bytes =
        coding_inflate_next(p, w == NULL ? NULL : w->bytes, w == NULL ? 0 : w->length,
                            body->data + body->pos, cursor_captured(body), &length);
    if (bytes == NULL)
        return false;
    if (w != NULL)
        window_slide(w, bytes, length);
    *body = cursor_over(p, "Decompressed payload", bytes, length);
    return true;
}

static void put_close(struct packet *p, struct cursor *c)
{
    put_data(p, c, CLOSE, c->pos, cursor_captured(c), "", 0);
    uint32_t tree = tree_begin(p, CLOSE);
    if (cursor_captured(c) >= 2) {
        put_u16(p, c, STATUS);
        if (cursor_captured(c) > 0)
            put_span(p, c, REASON, span_rest(c));
    }
    tree_end(p, tree);
}

static void put_payload(struct packet *p, struct cursor *c, const struct frame *f)
{
    struct span all = span_rest(c);
    put_data(p, c, PAYLOAD, c->pos, all.n, "", 0);
    uint32_t tree = tree_begin(p, PAYLOAD);
    bool compressed = (f->flags & 0x40) != 0 && deflates(p) && f->opcode <= OP_BINARY;
    bool whole = c->cap == c->end;
    if (compressed && whole && !inflate(p, c)) {
        put_mark(p, c, FAILED);
        tree_end(p, tree);
        return;
    }
    all = span_rest(c);
    bool fragment = (f->flags & 0x80) == 0;
    switch (f->opcode) {
    case OP_CONTINUE:
        put_span(p, c, CONTINUE, all);
        break;
    case OP_TEXT:
        if (!fragment)
            put_data(p, c, TEXT, all.offset, all.n, all.at, strnlen(all.at, all.n));
        break;
    case OP_CLOSE:
        put_close(p, c);
        break;
    case OP_PING:
        put_span(p, c, PING, all);
        break;
    case OP_PONG:
        put_span(p, c, PONG, all);
        break;
    case OP_BINARY:
        break;
    default:
        put_span(p, c, UNKNOWN, all);
        break;
    }
    tree_end(p, tree);
    if (fragment || cursor_captured(c) == 0)
        return;
    if (f->opcode == OP_TEXT) {
        p->media = (struct media){NULL, NULL, 0, 0};
        (void)next_text(p, c, MEDIA_TABLE, "text/plain", 10);
    } else if (f->opcode == OP_BINARY)
        next_data(p, c);
}

static void put_length(struct packet *p, struct cursor *c)
{
    uint32_t at = c->pos;
    uint8_t second = cursor_u8(c);
    put_bits(p, c, MASK, at, 1, second);
    put_bits(p, c, LENGTH, at, 1, second);
    if ((second & 0x7f) == 126)
        put_u16(p, c, LENGTH_16);
    else if ((second & 0x7f) == 127)
        put_uint_be(p, c, LENGTH_64, 8);
}

static void dissect(struct packet *p, struct cursor *c)
{
    struct frame f = {0};
    (void)frame_read(c, &f);
    uint32_t at = c->pos;
    uint8_t first = cursor_u8(c);
    put_bits(p, c, FIN, at, 1, first);
    put_bits(p, c, RESERVED, at, 1, first);
    if (deflates(p) && f.opcode <= OP_BINARY)
        put_bits(p, c, COMPRESSED, at, 1, first);
    put_bits(p, c, OPCODE, at, 1, first);
    put_length(p, c);
    const uint8_t *key = f.masked ? put_bytes(p, c, KEY, 4) : NULL;
    const char *name = value_name_find(opcodes, f.opcode);
    info_set(p, "WebSocket %s %s%s", name != NULL ? name : "Unknown", first & 0x80 ? "[FIN] " : "",
             f.masked ? "[MASKED]" : "");
    if (f.length == 0 || c->fault != CURSOR_OK)
        return;
    struct cursor body = cursor_part(c, f.length > UINT32_MAX ? UINT32_MAX : (uint32_t)f.length);
    if (key != NULL) {
        put_data(p, &body, MASKED, body.pos, cursor_captured(&body), "", 0);
        bool cut = body.cap != body.end;
        body = unmask(p, &body, key);
        body.end += cut;
    }
    put_payload(p, &body, &f);
}

static const char *const tables[] = {"media_type", NULL};
static const struct binding bindings[] = {BOUND_TEXT("http.upgrade", "websocket"), {NULL, 0, NULL}};

const struct protocol proto_websocket = {.name = "websocket",
                                         .title = "WebSocket",
                                         .column = "WebSocket",
                                         FIELDS_OF_THIS_FILE,
                                         .tables = tables,
                                         .bindings = bindings,
                                         .message = message,
                                         .dissect = dissect};
