/*
 * quic: QUIC, versions 1 and 2, and the drafts before (RFC 9000, RFC 9369): packets. Several lie in a datagram.
 *
 *      0       1         5
 *     | first | version | length, destination | length, source | ...                 a long header
 *             Initial     token length | token | length | packet number | payload
 *             0-RTT, Handshake           length | packet number | payload
 *             Retry       token | integrity tag (16)
 *     | first | destination | packet number | payload                                a short one
 *
 * A short header does not say how long its destination is: the end that sends there was told before.
 */
#include "proto/quic.h"

enum { ITSELF_TABLE };
enum { LONG = 0x80, RETRY_TAG_LENGTH = 16 };

static const struct field_def field_defs[] = {QUIC_FIELDS(FIELD_ROW)};

/* ---- Long headers (section 17.2) --------------------------------------------------------------- */

/* Types are numbered otherwise in version 2 (RFC 9369, section 3.2). */
static enum quic_type type_of(uint8_t first, uint32_t version)
{
    unsigned type = first >> 4 & 3;
    return quic_is_v2(version) ? (enum quic_type)((type + 3) & 3) : (enum quic_type)type;
}

static struct quic_id put_id(struct packet *p, struct cursor *c, unsigned length, unsigned bytes)
{
    struct quic_id id = {.n = put_u8(p, c, length)};
    const uint8_t *b = id.n > 0 ? put_bytes(p, c, bytes, id.n) : NULL;
    if (b == NULL || id.n > QUIC_ID_MAX)
        id.n = 0;
    else
        memcpy(id.bytes, b, id.n);
    return id;
}

static void info_ids(struct packet *p, const char *name, const struct quic_id *to,
                     const struct quic_id *from)
{
    static const char digits[] = "0123456789abcdef";
    const struct quic_id *ids[] = {to, from};
    info_add(p, "%s%s", p->info.length > 0 ? ", " : "", name);
    for (unsigned i = 0; i < 2 && p->wanted->columns; i++) {
        char hex[2 * QUIC_ID_MAX + 1];
        unsigned n = ids[i] != NULL ? ids[i]->n : 0;
        for (unsigned j = 0; j < n; j++) {
            hex[2 * j] = digits[ids[i]->bytes[j] >> 4];
            hex[2 * j + 1] = digits[ids[i]->bytes[j] & 15];
        }
        hex[2 * n] = '\0';
        if (n > 0)
            info_add(p, ", %s=%s", i == 0 ? "DCID" : "SCID", hex);
    }
}

/* Section 17.2.1: what the server can speak. */
static void put_negotiation(struct quic *q, struct cursor *c)
{
    struct packet *p = q->p;
    uint8_t first = cursor_u8(c);
    put_bits(p, c, FORM, c->pos - 1, 1, first);
    put_bits(p, c, UNUSED, c->pos - 1, 1, first);
    (void)put_u32(p, c, VERSION);
    struct quic_id to = put_id(p, c, DCID_LENGTH, DCID), from = put_id(p, c, SCID_LENGTH, SCID);
    info_ids(p, "Version Negotiation", &to, &from);
    while (cursor_left(c) >= 4)
        (void)put_u32(p, c, SUPPORTED);
}

/* The end that sends tells how it wants to be called. */
static void remember(struct quic *q, const struct quic_id *from)
{
    struct quic_side *side = &q->state->side[q->direction];
    side->id = *from;
    side->named = true;
}

static void put_first(struct quic *q, const struct cursor *c, uint32_t at, uint8_t first,
                      bool unprotected)
{
    struct packet *p = q->p;
    put_bits(p, c, FORM, at, 1, first);
    if (q->type != QUIC_RETRY)
        put_bits(p, c, FIXED, at, 1, first);
    put_bits(p, c, quic_is_v2(q->version) ? TYPE_V2 : TYPE, at, 1, first);
    if (unprotected) {
        put_bits(p, c, LONG_RESERVED, at, 1, first);
        put_bits(p, c, NUMBER_LENGTH, at, 1, first);
    }
}

static void put_sealed(struct packet *p, struct cursor *c)
{
    put_mark(p, c, SEALED);
    if (cursor_left(c) > 0)
        (void)put_bytes_captured(p, c, REMAINING, cursor_left(c));
}

static void put_plain(struct quic *q, const struct quic_sealed *s)
{
    struct cursor frames = cursor_over(q->p, "Decrypted QUIC", s->plain, s->plain_length);
    quic_frames_put(q, &frames);
    if (frames.fault != CURSOR_OK && q->p->fault == CURSOR_OK)
        cursor_malformed(&frames);
}

/* Where the packet number is, and the packet's end, looking ahead; false: not all of it is here. */
static bool look_ahead(struct quic *q, const struct cursor *c, struct quic_sealed *s)
{
    struct cursor ahead = *c;
    cursor_skip(&ahead, 5);
    uint8_t n = cursor_u8(&ahead);
    const uint8_t *id = cursor_take(&ahead, n);
    if (id == NULL || n > QUIC_ID_MAX)
        return false;
    q->to.n = n;
    memcpy(q->to.bytes, id, n);
    cursor_skip(&ahead, cursor_u8(&ahead));
    if (q->type == QUIC_INITIAL) {
        uint64_t token = quic_varint(&ahead);
        cursor_skip(&ahead, token > cursor_left(&ahead) ? UINT32_MAX : (uint32_t)token);
    }
    uint64_t length = quic_varint(&ahead);
    if (ahead.fault != CURSOR_OK || length > cursor_captured(&ahead))
        return false;
    s->start = c->data + c->pos;
    s->number_at = ahead.pos - c->pos;
    s->length = s->number_at + (uint32_t)length;
    return true;
}

static void put_payload(struct quic *q, struct cursor *c, const struct quic_sealed *s,
                        unsigned field)
{
    struct packet *p = q->p;
    put_uint(p, c, NUMBER, c->pos, s->number_length, s->number);
    cursor_skip(c, s->number_length);
    info_add(p, ", PKN: %llu", (unsigned long long)s->number);
    (void)put_bytes(p, c, field, cursor_left(c));
}

static void put_retry(struct quic *q, struct cursor *c)
{
    uint32_t left = cursor_left(c);
    if (left < RETRY_TAG_LENGTH) {
        cursor_malformed(c);
        return;
    }
    (void)put_bytes(q->p, c, RETRY_TOKEN, left - RETRY_TAG_LENGTH);
    (void)put_bytes(q->p, c, RETRY_TAG, RETRY_TAG_LENGTH);
}

static void put_token(struct packet *p, struct cursor *c)
{
    uint64_t n = quic_varint_put(p, c, TOKEN_LENGTH);
    if (n > 0)
        (void)put_bytes(p, c, TOKEN, n > cursor_left(c) ? UINT32_MAX : (uint32_t)n);
}

static void put_long(struct quic *q, struct cursor *c)
{
    static const char *const names[] = {"Initial", "0-RTT", "Handshake", "Retry"};
    struct packet *p = q->p;
    struct quic_sealed s = {0};
    bool opened = q->type != QUIC_RETRY && look_ahead(q, c, &s) && quic_open(q, &s);
    uint32_t start = c->pos;
    uint8_t first = cursor_u8(c);
    put_first(q, c, start, s.unprotected ? s.first : first, s.unprotected);
    (void)put_u32(p, c, VERSION);
    q->to = put_id(p, c, DCID_LENGTH, DCID);
    struct quic_id from = put_id(p, c, SCID_LENGTH, SCID);
    if (c->fault == CURSOR_OK)
        remember(q, &from);
    info_ids(p, names[q->type], &q->to, &from);
    if (q->type == QUIC_RETRY)
        return put_retry(q, c);
    if (q->type == QUIC_INITIAL)
        put_token(p, c);
    uint64_t length = quic_varint_put(p, c, LENGTH);
    struct cursor rest =
        cursor_part(c, length > cursor_left(c) ? cursor_left(c) : (uint32_t)length);
    if (!opened)
        return put_sealed(p, &rest);
    put_payload(q, &rest, &s, PAYLOAD);
    put_plain(q, &s);
}

/* ---- Short headers (section 17.3.1) ------------------------------------------------------------ */

/* How long its destination is: as the other end calls itself. */
static uint8_t destination_length(const struct quic *q, const struct cursor *c)
{
    const struct quic_side *other = &q->state->side[1 - q->direction];
    const uint8_t *b = cursor_peek(c, 1, other->id.n);
    return other->named && b != NULL ? other->id.n : 0;
}

static void put_short(struct quic *q, struct cursor *c)
{
    struct packet *p = q->p;
    uint8_t to = destination_length(q, c);
    struct quic_sealed s = {
        .start = c->data + c->pos, .number_at = 1u + to, .length = cursor_captured(c)};
    q->type = QUIC_1_RTT;
    bool opened = c->cap == c->end && quic_open(q, &s);
    uint32_t start = c->pos;
    put_data(p, c, SHORT, start, cursor_left(c), NULL, 0);
    uint32_t tree = tree_begin(p, SHORT);
    uint8_t first = cursor_u8(c);
    if (opened)
        first = s.first;
    put_flags(p, c, FORM, opened ? KEY_PHASE - FORM + 1 : SPIN - FORM + 1, start, 1, first);
    if (opened)
        put_bits(p, c, NUMBER_LENGTH, start, 1, first);
    q->to = (struct quic_id){.n = to};
    const uint8_t *b = to > 0 ? put_bytes(p, c, DCID, to) : NULL;
    if (b != NULL)
        memcpy(q->to.bytes, b, to);
    info_ids(p, opened && first & 4 ? "Protected Payload (KP1)" : "Protected Payload (KP0)", &q->to,
             NULL);
    if (opened)
        put_payload(q, c, &s, PROTECTED);
    else if (!q->state->sealed)
        put_mark(p, c, SEALED); /* as in Wireshark, said once */
    q->state->sealed |= !opened;
    tree_end(p, tree);
    if (opened)
        put_plain(q, &s);
    else if (cursor_left(c) > 0)
        (void)put_bytes_captured(p, c, REMAINING, cursor_left(c));
}

/* ---- Packets ----------------------------------------------------------------------------------- */

/* Bytes at the end of the datagram that are no packet: not to where the first one goes (section 12.2). */
static bool is_padding(const struct quic_id *first, const struct cursor *c)
{
    const uint8_t *b = cursor_peek(c, 0, 1);
    uint32_t at = b != NULL && b[0] & LONG ? 6 : 1;
    const uint8_t *id = cursor_peek(c, at, first->n), *n = cursor_peek(c, 5, 1);
    return id == NULL || (at == 6 && *n != first->n) || memcmp(id, first->bytes, first->n) != 0;
}

/* Where the packet ends: a long header says how long it is. */
static void trim(struct quic *q, struct cursor *c)
{
    struct quic_sealed s;
    struct cursor copy = *c;
    if (q->type != QUIC_RETRY && look_ahead(q, &copy, &s))
        cursor_trim(c, s.length);
}

static void dissect_packet(struct quic *q, struct cursor *c)
{
    struct packet *p = q->p;
    const uint8_t *b = cursor_peek(c, 0, 1);
    bool is_long = b != NULL && b[0] & LONG;
    const uint8_t *version = is_long ? cursor_peek(c, 1, 4) : NULL;
    if (is_long && version == NULL) {
        cursor_skip(c, 5);
        return;
    }
    q->version = version != NULL ? be32(version) : q->state->version;
    q->type = is_long ? type_of(b[0], q->version) : QUIC_1_RTT;
    struct cursor mine = *c;
    if (is_long && q->version != 0)
        trim(q, &mine);
    uint32_t length = cursor_left(&mine);
    put_uint(p, c, PACKET_LENGTH, c->pos, 0, length);
    if (!is_long) {
        put_short(q, &mine);
    } else if (q->version == 0) {
        put_negotiation(q, &mine);
    } else {
        q->state->version = q->version;
        put_long(q, &mine);
    }
    if (mine.fault != CURSOR_OK)
        c->fault = mine.fault;
    cursor_skip(c, length);
}

static void dissect(struct packet *p, struct cursor *c)
{
    struct quic_state alone = {0};
    struct quic q = {.p = p,
                     .state = flow_state(p, sizeof(struct quic_state)),
                     .direction = p->in_flow && p->facts.reverse};
    if (q.state == NULL)
        q.state = &alone;
    flow_becomes(p, ITSELF_TABLE, 0);
    info_set(p, "%s", "");
    dissect_packet(&q, c);
    struct quic_id first_to = q.to;
    while (c->fault == CURSOR_OK && cursor_captured(c) > 0) {
        layer_again(p, c);
        if (is_padding(&first_to, c)) {
            put_mark(p, c, APPENDED);
            cursor_skip(c, cursor_captured(c));
        } else {
            dissect_packet(&q, c);
        }
    }
}

/* A long header of a version that is known. Short ones say nothing that could tell. */
static bool probe(const struct packet *p, const struct cursor *c)
{
    (void)p;
    const uint8_t *b = cursor_peek(c, 0, 7);
    if (b == NULL || (b[0] & LONG) == 0 || b[5] > QUIC_ID_MAX)
        return false;
    uint32_t version = be32(b + 1);
    const uint8_t *from = cursor_peek(c, 6u + b[5], 1);
    bool known = value_name_find(quic_versions, version) != NULL;
    bool reserved =
        (version & 0x0f0f0f0f) == 0x0a0a0a0a; /* to see what is done with an unknown one */
    return version != 0 && from != NULL && *from <= QUIC_ID_MAX && (known || reserved);
}

static const char *const tables[] = {"quic", "quic.crypto", NULL};
static const struct binding bindings[] = {{"udp.port", HEURISTIC}, {"quic", 0}, {NULL, 0}};

const struct protocol proto_quic = {.name = "quic",
                                    .title = "QUIC IETF",
                                    .column = "QUIC",
                                    FIELDS_OF_THIS_FILE,
                                    .tables = tables,
                                    .bindings = bindings,
                                    .probe = probe,
                                    .remembers = true,
                                    .dissect = dissect};
