/* http2: HTTP/2 (RFC 9113): frames.
 *
 *      0               3       4       5                 9
 *     | length        | type  | flags | R, stream       | payload ...
 */
#include "proto/http2.h"

enum { FRAME_HEADER = 9, MAGIC_LENGTH = 24 };

static const struct value_name type_names[] = {
    VALUE(0, "DATA"),         VALUE(1, "HEADERS"),          VALUE(2, "PRIORITY"),
    VALUE(3, "RST_STREAM"),   VALUE(4, "SETTINGS"),         VALUE(5, "PUSH_PROMISE"),
    VALUE(6, "PING"),         VALUE(7, "GOAWAY"),           VALUE(8, "WINDOW_UPDATE"),
    VALUE(9, "CONTINUATION"), VALUE(10, "ALTSVC"),          VALUE(11, "BLOCKED"),
    VALUE(12, "ORIGIN"),      VALUE(16, "PRIORITY_UPDATE"), VALUES_END};
static const struct value_name error_names[] = {VALUE(0, "NO_ERROR"),
                                                VALUE(1, "PROTOCOL_ERROR"),
                                                VALUE(2, "INTERNAL_ERROR"),
                                                VALUE(3, "FLOW_CONTROL_ERROR"),
                                                VALUE(4, "SETTINGS_TIMEOUT"),
                                                VALUE(5, "STREAM_CLOSED"),
                                                VALUE(6, "FRAME_SIZE_ERROR"),
                                                VALUE(7, "REFUSED_STREAM"),
                                                VALUE(8, "CANCEL"),
                                                VALUE(9, "COMPRESSION_ERROR"),
                                                VALUE(10, "CONNECT_ERROR"),
                                                VALUE(11, "ENHANCE_YOUR_CALM"),
                                                VALUE(12, "INADEQUATE_SECURITY"),
                                                VALUE(13, "HTTP_1_1_REQUIRED"),
                                                VALUES_END};
static const struct value_name setting_names[] = {
    VALUE(1, "Header table size"),      VALUE(2, "Enable PUSH"),
    VALUE(3, "Max concurrent streams"), VALUE(4, "Initial Windows size"),
    VALUE(5, "Max frame size"),         VALUE(6, "Max header list size"),
    VALUE(8, "Extended CONNECT"),       VALUES_END};

#define HEADER_ROW(id, header, field, type)                                                        \
    {field, header, LAMNA_##type, (LAMNA_##type == LAMNA_STRING ? NONE : DEC), 0, NULL},
static const struct field_def field_defs[] = {FIELDS(FIELD_ROW) HEADERS(HEADER_ROW)};

/* ---- What files share -------------------------------------------------------------------------- */

uint32_t http2_channel(const struct http2 *h, unsigned kind)
{
    return kind == HTTP2_CHANNEL_BODY ? h->id | 0x80000000u : 2 * kind + h->direction;
}

struct http2_stream *http2_stream(struct http2 *h)
{
    struct flow_facts saved = channel_enter(h->p, http2_channel(h, HTTP2_CHANNEL_SIDE), 0);
    struct http2_side *side = flow_state(h->p, sizeof *side);
    channel_leave(h->p, saved);
    if (side == NULL || h->id == 0)
        return NULL;
    for (unsigned i = 0; i < HTTP2_STREAMS; i++) {
        if (side->streams[i].id == h->id)
            return &side->streams[i];
    }
    struct http2_stream *stream = &side->streams[side->next++ % HTTP2_STREAMS];
    *stream = (struct http2_stream){.id = h->id};
    return stream;
}

/* ---- Flags ------------------------------------------------------------------------------------- */

/* Of one type of frame: the fields of its flags, the unused ones first. */
struct flag_set {
    uint8_t fields[5]; /* ended by 0 */
};

static const struct flag_set flag_sets[] = {
    [HTTP2_DATA] = {{UNUSED_DATA, FLAG_PADDED, FLAG_END_STREAM}},
    [HTTP2_HEADERS] = {{UNUSED_HEADERS, FLAG_PRIORITY, FLAG_PADDED, FLAG_END_HEADERS,
                        FLAG_END_STREAM}},
    [HTTP2_SETTINGS] = {{UNUSED_SETTINGS, FLAG_ACK_SETTINGS}},
    [HTTP2_PUSH_PROMISE] = {{UNUSED_PUSH, FLAG_PADDED, FLAG_END_HEADERS}},
    [HTTP2_PING] = {{UNUSED_PING, FLAG_ACK_PING}},
    [HTTP2_CONTINUATION] = {{UNUSED_CONTINUATION, FLAG_PADDED, FLAG_END_HEADERS}},
    [HTTP2_PRIORITY_UPDATE] = {{0}}};

static const struct flag_set *flags_of(uint8_t type)
{
    static const struct flag_set none = {{UNUSED_FLAGS}};
    bool known = type <= HTTP2_PRIORITY_UPDATE && flag_sets[type].fields[0] != 0;
    return known ? &flag_sets[type] : &none;
}

/* "0x05, End Headers, End Stream" */
static void label_flags(struct http2 *h, const struct flag_set *set)
{
    char text[64] = "";
    for (unsigned i = sizeof set->fields; i-- > 1;) {
        const struct field_def *def = &field_defs[set->fields[i]];
        if (set->fields[i] == 0 || (h->flags & def->mask) == 0)
            continue;
        strcat(text, ", ");
        strcat(text, def->label);
    }
    label(h->p, FLAGS, "Flags: 0x%02x%s", h->flags, text);
}

static void put_frame_flags(struct http2 *h, struct cursor *c)
{
    struct packet *p = h->p;
    const struct flag_set *set = flags_of(h->type);
    h->flags = put_u8(p, c, FLAGS);
    if (p->wanted->labels)
        label_flags(h, set);
    uint32_t tree = tree_begin(p, FLAGS);
    for (unsigned i = 0; i < sizeof set->fields && set->fields[i] != 0; i++)
        put_bits(p, c, set->fields[i], c->pos - 1, 1, h->flags);
    tree_end(p, tree);
}

/* ---- Payloads ---------------------------------------------------------------------------------- */

/* Two fields of one number: its highest bit, and the others. */
static uint32_t put_split(struct packet *p, struct cursor *c, unsigned high, unsigned others)
{
    uint32_t v = cursor_u32(c);
    if (c->fault != CURSOR_OK)
        return 0;
    put_bits(p, c, high, c->pos - 4, 4, v);
    put_bits(p, c, others, c->pos - 4, 4, v);
    return v & 0x7fffffff;
}

/* The length of the padding, which c is then without; it lies behind. */
static struct cursor put_padding(struct http2 *h, struct cursor *c)
{
    struct packet *p = h->p;
    bool padded = (h->flags & HTTP2_PADDED) != 0;
    uint32_t n = padded ? put_u8(p, c, PADDING) : 0;
    put_uint(p, c, PAD_LENGTH, c->pos, 0, n);
    struct cursor padding = *c;
    if (n > cursor_left(c)) {
        cursor_malformed(c);
        return *c;
    }
    cursor_skip(&padding, cursor_left(c) - n);
    cursor_trim(c, cursor_left(c) - n);
    return padding;
}

static void put_rest(struct packet *p, struct cursor *c, unsigned field)
{
    if (cursor_left(c) > 0)
        (void)put_bytes_captured(p, c, field, cursor_left(c));
}

static void put_priority(struct http2 *h, struct cursor *c)
{
    struct packet *p = h->p;
    (void)put_split(p, c, EXCLUSIVE, DEPENDENCY);
    uint8_t weight = put_u8(p, c, WEIGHT);
    if (c->fault == CURSOR_OK)
        put_uint(p, c, WEIGHT_REAL, c->pos - 1, 1, weight + 1u);
}

static void put_body(struct http2 *h, struct cursor *c)
{
    struct cursor padding = put_padding(h, c);
    http2_put_data(h, c);
    put_rest(h->p, &padding, DATA_PADDING);
}

static void put_header_frame(struct http2 *h, struct cursor *c)
{
    struct cursor padding = put_padding(h, c);
    if (h->flags & HTTP2_HAS_PRIORITY)
        put_priority(h, c);
    http2_put_block(h, c, HEADERS_BLOCK);
    put_rest(h->p, &padding, HEADERS_PADDING);
}

static void put_promise(struct http2 *h, struct cursor *c)
{
    struct cursor padding = put_padding(h, c);
    (void)put_split(h->p, c, PROMISE_R, PROMISED_ID);
    http2_put_block(h, c, PROMISE_BLOCK);
    put_rest(h->p, &padding, PROMISE_PADDING);
}

static unsigned setting_field(uint16_t id)
{
    static const uint8_t fields[] = {SET_UNKNOWN,     SET_TABLE_SIZE, SET_ENABLE_PUSH,
                                     SET_MAX_STREAMS, SET_WINDOW,     SET_MAX_FRAME,
                                     SET_MAX_LIST,    SET_UNKNOWN,    SET_CONNECT};
    return id < sizeof fields ? fields[id] : SET_UNKNOWN;
}

static void put_settings(struct packet *p, struct cursor *c)
{
    while (cursor_left(c) > 0 && c->fault == CURSOR_OK) {
        const uint8_t *b = cursor_peek(c, 0, 6);
        put_data(p, c, SETTINGS, c->pos, 6, NULL, 0);
        if (b != NULL) {
            const char *name = value_name_find(setting_names, be16(b));
            label(p, SETTINGS, "Settings - %s : %u", name != NULL ? name : "Unknown", be32(b + 2));
        }
        uint32_t tree = tree_begin(p, SETTINGS);
        uint16_t id = put_u16(p, c, SETTINGS_ID);
        (void)put_u32(p, c, setting_field(id));
        tree_end(p, tree);
    }
}

static void put_goaway(struct packet *p, struct cursor *c)
{
    (void)put_split(p, c, GOAWAY_R, GOAWAY_LAST);
    (void)put_u32(p, c, GOAWAY_ERROR);
    put_rest(p, c, GOAWAY_DATA);
}

/* RFC 7838, section 4. */
static void put_altsvc(struct packet *p, struct cursor *c)
{
    uint16_t n = put_u16(p, c, ALTSVC_LENGTH);
    (void)put_bytes(p, c, ALTSVC_ORIGIN, n);
    put_rest(p, c, ALTSVC_VALUE);
}

/* RFC 8336, section 2. */
static void put_origins(struct packet *p, struct cursor *c)
{
    while (cursor_left(c) > 0 && c->fault == CURSOR_OK) {
        const uint8_t *b = cursor_peek(c, 0, 2);
        put_data(p, c, ORIGIN, c->pos, b == NULL ? 0 : 2u + be16(b), NULL, 0);
        uint32_t tree = tree_begin(p, ORIGIN);
        uint16_t n = put_u16(p, c, ORIGIN_LENGTH);
        (void)put_bytes(p, c, ORIGIN_TEXT, n);
        tree_end(p, tree);
    }
}

/* RFC 9218, section 7.1. */
static void put_priority_update(struct packet *p, struct cursor *c)
{
    uint32_t id = cursor_u32(c);
    if (c->fault == CURSOR_OK)
        put_uint(p, c, UPDATE_ID, c->pos - 4, 4, id & 0x7fffffff);
    put_rest(p, c, UPDATE_VALUE);
}

static void put_payload(struct http2 *h, struct cursor *c)
{
    struct packet *p = h->p;
    switch (h->type) {
    case HTTP2_DATA:
        return put_body(h, c);
    case HTTP2_HEADERS:
        return put_header_frame(h, c);
    case HTTP2_PRIORITY:
        return put_priority(h, c);
    case HTTP2_RST_STREAM:
        (void)put_u32(p, c, RST_ERROR);
        return;
    case HTTP2_SETTINGS:
        return put_settings(p, c);
    case HTTP2_PUSH_PROMISE:
        return put_promise(h, c);
    case HTTP2_PING:
        (void)put_bytes(p, c, h->flags & HTTP2_END_STREAM ? PONG : PING, 8);
        return;
    case HTTP2_GOAWAY:
        return put_goaway(p, c);
    case HTTP2_WINDOW_UPDATE:
        (void)put_split(p, c, WINDOW_R, WINDOW_INCREMENT);
        return;
    case HTTP2_CONTINUATION:
        put_uint(p, c, PAD_LENGTH, c->pos, 0, 0);
        return http2_put_block(h, c, CONTINUATION_BLOCK);
    case HTTP2_ALTSVC:
        return put_altsvc(p, c);
    case HTTP2_ORIGIN:
        return put_origins(p, c);
    case HTTP2_PRIORITY_UPDATE:
        return put_priority_update(p, c);
    default:
        return put_rest(p, c, UNKNOWN);
    }
}

/* ---- Frames ------------------------------------------------------------------------------------ */

/* Frames of one packet stand one after the other in the Info column. */
static void info_begin(struct packet *p)
{
    bool first = true;
    for (uint16_t i = 0; i < p->layer; i++)
        first &= p->layers[i].proto != p->proto;
    if (first)
        info_set(p, "%s", "");
    else
        info_add(p, ", ");
}

static void put_magic(struct packet *p, struct cursor *c)
{
    put_data(p, c, STREAM_FRAME, c->pos, MAGIC_LENGTH, NULL, 0);
    label(p, STREAM_FRAME, "Stream: Magic");
    uint32_t tree = tree_begin(p, STREAM_FRAME);
    (void)put_bytes(p, c, MAGIC, MAGIC_LENGTH);
    tree_end(p, tree);
    info_begin(p);
    info_add(p, "Magic");
}

static void put_frame(struct http2 *h, struct cursor *c)
{
    struct packet *p = h->p;
    const uint8_t *b = cursor_peek(c, 0, FRAME_HEADER);
    uint32_t n = b == NULL ? 0 : be24(b);
    put_data(p, c, STREAM_FRAME, c->pos, FRAME_HEADER + n, NULL, 0);
    uint32_t tree = tree_begin(p, STREAM_FRAME);
    (void)put_u24(p, c, LENGTH);
    h->type = put_u8(p, c, TYPE);
    put_frame_flags(h, c);
    h->id = put_split(p, c, RESERVED, STREAM_ID);
    const char *name = value_name_find(type_names, h->type);
    name = name != NULL ? name : packet_text(p, "Unknown type (%u)", h->type);
    info_begin(p);
    info_add(p, "%s[%u]", name, h->id);
    struct cursor payload = cursor_part(c, n);
    put_payload(h, &payload);
    if (payload.fault != CURSOR_OK)
        c->fault = payload.fault;
    if (tree != NO_ITEM && p->wanted->labels)
        label_item(p, tree, "Stream: %s, Stream ID: %u, Length %u%s%s", name, h->id, n,
                   h->summary != NULL ? h->type == HTTP2_DATA ? " " : ", " : "",
                   h->summary != NULL ? h->summary : "");
    tree_end(p, tree);
    http2_dissect_body(h, c);
}

static bool is_magic(const struct cursor *c)
{
    static const char magic[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    const uint8_t *b = cursor_peek(c, 0, MAGIC_LENGTH);
    return b != NULL && memcmp(b, magic, MAGIC_LENGTH) == 0;
}

static void dissect(struct packet *p, struct cursor *c)
{
    struct http2_state alone = {0};
    struct http2 h = {.p = p,
                      .state = flow_state(p, sizeof(struct http2_state)),
                      .direction = p->in_flow && p->facts.reverse};
    if (h.state == NULL)
        h.state = &alone;
    if (is_magic(c))
        put_magic(p, c);
    else
        put_frame(&h, c);
}

static uint32_t message(struct packet *p, const struct cursor *c)
{
    const uint8_t *b = cursor_peek(c, 0, FRAME_HEADER);
    (void)p;
    if (b == NULL)
        return STREAM_MORE;
    if (memcmp(b, "PRI * HTT", FRAME_HEADER) == 0)
        return MAGIC_LENGTH;
    return FRAME_HEADER + be24(b);
}

/* http knows what it upgrades to. */
static bool probe(const struct packet *p, const struct cursor *c)
{
    return is_magic(c) || strcmp(p->reg->protos[p->proto].def->name, "http") == 0;
}

static const char *const tables[] = {"media_type", NULL};
/* In the clear, http finds it: by its preface, or after an upgrade. */
static const struct binding bindings[] = {{"tls.port", HEURISTIC, NULL},
                                          BOUND_TEXT("tls.alpn", "h2"),
                                          BOUND_TEXT("http.upgrade", "h2c"),
                                          {NULL, 0, NULL}};

const struct protocol proto_http2 = {.name = "http2",
                                     .title = "HyperText Transfer Protocol 2",
                                     .column = "HTTP2",
                                     FIELDS_OF_THIS_FILE,
                                     .tables = tables,
                                     .bindings = bindings,
                                     .pdus = true,
                                     .probe = probe,
                                     .message = message,
                                     .dissect = dissect};

/* In a header of HTTP/1.1, too. */
static const struct binding settings_bindings[] = {BOUND_TEXT("http.header", "HTTP2-Settings"),
                                                   {NULL, 0, NULL}};

const struct protocol proto_http2_settings = {.name = "http2",
                                              .title = "HyperText Transfer Protocol 2",
                                              .bare = true,
                                              .unnamed = true,
                                              .fields_of = &proto_http2,
                                              .bindings = settings_bindings,
                                              .dissect = put_settings};
