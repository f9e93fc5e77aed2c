/*
 * Frames of quic (RFC 9000, section 19): a type, and numbers of 1, 2, 4 or 8 bytes, whose first two bits say
 * how many. What CRYPTO frames carry goes to TLS, once a message is whole.
 */
#include "dissect/fragment.h"
#include "proto/quic.h"

enum { TLS_TABLE = 1 };
enum { CLIENT_HELLO = 1, SERVER_HELLO = 2, MESSAGE_HEADER = 4, MESSAGE_MAX = 65535 };

uint64_t quic_varint(struct cursor *c)
{
    const uint8_t *b = cursor_peek(c, 0, 1);
    uint32_t n = b == NULL ? 1 : 1u << (b[0] >> 6);
    b = cursor_take(c, n);
    return b == NULL ? 0 : be_n(b, n) & ~((uint64_t)3 << (8 * n - 2));
}

uint64_t quic_varint_put(struct packet *p, struct cursor *c, unsigned field)
{
    uint32_t start = c->pos;
    uint64_t v = quic_varint(c);
    if (c->fault == CURSOR_OK)
        put_uint(p, c, field, start, c->pos - start, v);
    return v;
}

/* So many bytes as a number of the wire says. */
static uint32_t limited(const struct cursor *c, uint64_t n)
{
    return n > cursor_left(c) ? UINT32_MAX : (uint32_t)n;
}

/* ---- TLS --------------------------------------------------------------------------------------- */

/* What of the hellos is needed to find keys. */
static void note_hello(struct quic *q, const struct cursor *c)
{
    struct quic_state *s = q->state;
    const uint8_t *m = cursor_peek(c, 0, MESSAGE_HEADER + 35);
    if (m == NULL)
        return;
    if (m[0] == CLIENT_HELLO && s->client == q->direction) {
        memcpy(s->random, m + 6, sizeof s->random);
        s->has_random = true;
    } else if (m[0] == SERVER_HELLO && s->client != q->direction) {
        const uint8_t *cipher = cursor_peek(c, 39u + m[38], 2);
        s->cipher = cipher == NULL ? 0 : be16(cipher);
    }
}

static void deliver(struct quic *q, struct cursor *messages)
{
    note_hello(q, messages);
    (void)next_inside(q->p, messages, TLS_TABLE, 0);
}

/* The length of the message at c with its header, 0 if that is not here. */
static uint32_t message_length(const struct cursor *c, uint32_t at)
{
    const uint8_t *h = cursor_peek(c, at, MESSAGE_HEADER);
    return h == NULL ? 0 : MESSAGE_HEADER + be24(h + 1);
}

/* How many bytes of c are whole messages. */
static uint32_t whole_messages(const struct cursor *c)
{
    uint32_t n = 0, next, left = cursor_captured(c);
    while ((next = message_length(c, n)) != 0 && next <= left - n)
        n += next;
    return n;
}

static bool put_piece(struct quic *q, struct cursor *piece, const struct quic_crypto *k,
                      uint32_t ahead)
{
    static const struct fragment_fields fields = {.fragments = CRYPTO_FRAGMENTS,
                                                  .fragment = CRYPTO_FRAGMENT,
                                                  .count = CRYPTO_FRAGMENT_COUNT,
                                                  .length = NO_FRAGMENT_FIELD,
                                                  .data = NO_FRAGMENT_FIELD,
                                                  .reassembled_in = CRYPTO_REASSEMBLED_IN,
                                                  .name = "Reassembled QUIC CRYPTO Data Fragments",
                                                  .source = "Reassembled QUIC CRYPTO"};
    struct packet *p = q->p;
    uint64_t place = (uint64_t)quic_space_of(q->type) << 28 | (k->base & 0xfffffff);
    const struct fragment_key key = {.id = (uint64_t)p->src_port << 48 |
                                           (uint64_t)p->dst_port << 32 | place,
                                     .offset = ahead,
                                     .more = true,
                                     .total = k->total};
    struct cursor whole;
    if (!fragment_reassemble(p, piece, &key, &fields, &whole))
        return false;
    deliver(q, &whole);
    return true;
}

/* Bytes of the header may be among those at c, `ahead` of the message's start. */
static void note_head(struct quic_crypto *k, const struct cursor *c, uint32_t ahead)
{
    for (uint32_t i = 0; ahead + i < MESSAGE_HEADER && i < cursor_captured(c); i++) {
        k->head[ahead + i] = c->data[c->pos + i];
        k->known |= (uint8_t)(1u << (ahead + i));
    }
    if (k->known == 0xf)
        k->total = MESSAGE_HEADER + be24(k->head + 1);
}

/* Bytes at `offset` of what TLS says in this direction and space. */
static void take_crypto(struct quic *q, struct cursor *c, uint64_t offset)
{
    struct quic_crypto *k = &q->state->side[q->direction].crypto[quic_space_of(q->type)];
    if (offset < k->base) { /* what was sent before */
        uint64_t before = k->base - offset;
        cursor_skip(c, before > cursor_captured(c) ? cursor_captured(c) : (uint32_t)before);
        offset = k->base;
    }
    while (cursor_captured(c) > 0 && offset - k->base < MESSAGE_MAX) {
        uint32_t whole = offset == k->base ? whole_messages(c) : 0;
        if (whole > 0) {
            struct cursor messages = cursor_part(c, whole);
            deliver(q, &messages);
            *k = (struct quic_crypto){.base = offset += whole};
            continue;
        }
        uint32_t ahead = (uint32_t)(offset - k->base), n = cursor_captured(c);
        note_head(k, c, ahead);
        if (k->total > ahead && k->total - ahead < n)
            n = k->total - ahead;
        struct cursor piece = cursor_part(c, n);
        if (!put_piece(q, &piece, k, ahead))
            return;
        offset += n;
        *k = (struct quic_crypto){.base = k->base + k->total};
        if (offset < k->base)
            return;
    }
}

static void put_crypto(struct quic *q, struct cursor *c)
{
    uint64_t offset = quic_varint_put(q->p, c, CRYPTO_OFFSET);
    uint64_t length = quic_varint_put(q->p, c, CRYPTO_LENGTH);
    uint32_t n = limited(c, length);
    if (n == UINT32_MAX) {
        cursor_malformed(c);
        return;
    }
    put_data(q->p, c, CRYPTO_DATA, c->pos, n, NULL, 0);
    struct cursor data = cursor_part(c, n);
    take_crypto(q, &data, offset);
}

/* ---- Other frames ------------------------------------------------------------------------------ */

static void put_padding(struct packet *p, struct cursor *c)
{
    uint32_t start = c->pos - 1;
    for (const uint8_t *b; (b = cursor_peek(c, 0, 1)) != NULL && b[0] == 0;)
        cursor_skip(c, 1);
    put_uint(p, c, PADDING_LENGTH, c->pos, 0, c->pos - start);
    label(p, FRAME, "PADDING Length: %u", c->pos - start);
}

static void put_ack(struct packet *p, struct cursor *c, bool with_marks)
{
    (void)quic_varint_put(p, c, ACK_LARGEST);
    (void)quic_varint_put(p, c, ACK_DELAY);
    uint64_t ranges = quic_varint_put(p, c, ACK_COUNT);
    (void)quic_varint_put(p, c, ACK_FIRST);
    while (ranges-- > 0 && cursor_left(c) > 0) {
        (void)quic_varint_put(p, c, ACK_GAP);
        (void)quic_varint_put(p, c, ACK_RANGE);
    }
    for (unsigned i = 0; with_marks && i < 3; i++)
        (void)quic_varint_put(p, c, ACK_ECT0 + i);
}

static void put_stream(struct packet *p, struct cursor *c, uint8_t type)
{
    uint32_t at = c->pos - 1, tree = tree_begin(p, FRAME_TYPE);
    put_flags(p, c, STREAM_FIN, 3, at, 1, type);
    tree_end(p, tree);
    at = c->pos;
    uint64_t id = quic_varint_put(p, c, STREAM_ID), offset = 0;
    tree = tree_begin(p, STREAM_ID);
    put_bits(p, c, STREAM_INITIATOR, at, c->pos - at, id);
    put_bits(p, c, STREAM_DIRECTION, at, c->pos - at, id);
    tree_end(p, tree);
    if (type & 4)
        offset = quic_varint_put(p, c, STREAM_OFFSET);
    uint64_t length = type & 2 ? quic_varint_put(p, c, STREAM_LENGTH) : cursor_left(c);
    label(p, FRAME, "STREAM id=%llu fin=%u off=%llu len=%llu", (unsigned long long)id, type & 1u,
          (unsigned long long)offset, (unsigned long long)length);
    if (length > 0)
        (void)put_bytes(p, c, STREAM_DATA, limited(c, length));
}

static void put_new_id(struct packet *p, struct cursor *c)
{
    (void)quic_varint_put(p, c, NEW_SEQUENCE);
    (void)quic_varint_put(p, c, NEW_RETIRE);
    uint8_t n = put_u8(p, c, NEW_LENGTH);
    if (n > 0)
        (void)put_bytes(p, c, NEW_ID, n);
    (void)put_bytes(p, c, NEW_RESET, 16);
}

static void put_counted(struct packet *p, struct cursor *c, unsigned length, unsigned bytes)
{
    uint64_t n = quic_varint_put(p, c, length);
    if (n > 0)
        (void)put_bytes(p, c, bytes, limited(c, n));
}

static void put_close(struct packet *p, struct cursor *c, bool application)
{
    uint64_t error = quic_varint_put(p, c, application ? CLOSE_APPLICATION : CLOSE_ERROR);
    if (!application) {
        if (error >> 8 == 1 && c->fault == CURSOR_OK)
            put_uint(p, c, CLOSE_ALERT, c->pos - 1, 1, error & 0xff);
        (void)quic_varint_put(p, c, CLOSE_FRAME);
    }
    uint64_t n = quic_varint_put(p, c, CLOSE_LENGTH);
    (void)put_bytes(p, c, CLOSE_REASON, limited(c, n));
}

/* Frames of nothing but numbers: their fields, ended by 0. */
static const struct {
    uint8_t type;
    uint8_t count;
    unsigned fields[3];
} plain[] = {
    {0x01, 0, {0}},
    {0x04, 3, {RESET_STREAM, RESET_ERROR, RESET_SIZE}},
    {0x05, 2, {STOP_STREAM, STOP_ERROR}},
    {0x10, 1, {MAX_DATA}},
    {0x11, 2, {MAX_STREAM_DATA_ID, MAX_STREAM_DATA}},
    {0x12, 1, {MAX_STREAMS}},
    {0x13, 1, {MAX_STREAMS}},
    {0x14, 1, {BLOCKED_LIMIT}},
    {0x15, 2, {BLOCKED_STREAM, BLOCKED_LIMIT}},
    {0x16, 1, {BLOCKED_STREAMS}},
    {0x17, 1, {BLOCKED_STREAMS}},
    {0x19, 1, {RETIRED}},
    {0x1e, 0, {0}},
};

static bool put_plain(struct packet *p, struct cursor *c, uint64_t type)
{
    for (size_t i = 0; i < sizeof plain / sizeof *plain; i++) {
        if (plain[i].type != type)
            continue;
        for (unsigned j = 0; j < plain[i].count; j++)
            (void)quic_varint_put(p, c, plain[i].fields[j]);
        return true;
    }
    return false;
}

static void put_body(struct quic *q, struct cursor *c, uint64_t type)
{
    struct packet *p = q->p;
    switch (type) {
    case 0x00:
        return put_padding(p, c);
    case 0x02:
    case 0x03:
        return put_ack(p, c, type == 0x03);
    case 0x06:
        return put_crypto(q, c);
    case 0x07:
        return put_counted(p, c, TOKEN_NEW_LENGTH, TOKEN_NEW);
    case 0x18:
        return put_new_id(p, c);
    case 0x1a:
        (void)put_bytes(p, c, PATH_CHALLENGE, 8);
        return;
    case 0x1b:
        (void)put_bytes(p, c, PATH_RESPONSE, 8);
        return;
    case 0x1c:
    case 0x1d:
        return put_close(p, c, type == 0x1d);
    case 0x30:
        (void)put_bytes(p, c, DATAGRAM, cursor_left(c));
        return;
    case 0x31:
        return put_counted(p, c, DATAGRAM_LENGTH, DATAGRAM);
    default:
        if (type >= 0x08 && type <= 0x0f)
            put_stream(p, c, (uint8_t)type);
        else if (!put_plain(p, c, type))
            cursor_skip(c, cursor_captured(c)); /* of an extension: nobody knows where it ends */
    }
}

/* How the line of a packet names a frame. */
static const char *short_name(struct packet *p, uint64_t type)
{
    static const char *const names[] = {
        [0x04] = "RS", [0x05] = "SS",  [0x07] = "NT",  [0x10] = "MD",  [0x11] = "MSD",
        [0x12] = "MS", [0x13] = "MS",  [0x14] = "DB",  [0x15] = "SDB", [0x16] = "SB",
        [0x17] = "SB", [0x18] = "NCI", [0x19] = "RC",  [0x1a] = "PC",  [0x1b] = "PR",
        [0x1c] = "CC", [0x1d] = "CC",  [0x1e] = "DONE"};
    if (type < sizeof names / sizeof *names && names[type] != NULL)
        return names[type];
    const char *name = value_name_find(quic_frame_types, type);
    return name != NULL ? name : packet_text(p, "0x%llx", (unsigned long long)type);
}

void quic_frames_put(struct quic *q, struct cursor *c)
{
    struct packet *p = q->p;
    while (cursor_left(c) > 0 && c->fault == CURSOR_OK) {
        uint32_t start = c->pos;
        put_data(p, c, FRAME, start, cursor_left(c), NULL, 0);
        uint32_t tree = tree_begin(p, FRAME);
        uint64_t type = quic_varint_put(p, c, FRAME_TYPE);
        const char *name = short_name(p, type);
        label_item(p, tree, "%s", name);
        info_add(p, ", %s", name);
        put_body(q, c, type);
        tree_end(p, tree);
    }
}
