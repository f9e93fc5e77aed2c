#include "dissect/ber.h"

enum { TAG_MORE = 31, LENGTH_OPEN = 0x80, MAX_NESTING = 32 };

/* Reads class, constructed and tag. */
static bool read_tag(struct cursor *c, struct ber *b)
{
    uint8_t first = cursor_u8(c);
    b->class = (enum ber_class)(first >> 6);
    b->constructed = (first & 0x20) != 0;
    b->tag = first & 0x1f;
    if (b->tag != TAG_MORE)
        return c->fault == CURSOR_OK;
    uint8_t more;
    b->tag = 0;
    do {
        more = cursor_u8(c);
        b->tag = b->tag << 7 | (more & 0x7f);
    } while ((more & 0x80) != 0 && c->fault == CURSOR_OK);
    return c->fault == CURSOR_OK;
}

/* The contents of a value of open length: up to the two zero bytes that end it, with what is
 * inside. */
static bool open_length(const struct cursor *from, uint32_t *length, unsigned depth)
{
    struct cursor c = *from;
    while (depth < MAX_NESTING && c.fault == CURSOR_OK) {
        const uint8_t *end = cursor_peek(&c, 0, 2);
        if (end == NULL)
            return false;
        if (end[0] == 0 && end[1] == 0) {
            *length = c.pos - from->pos;
            return true;
        }
        struct ber inner;
        if (!read_tag(&c, &inner))
            return false;
        uint8_t n = cursor_u8(&c);
        uint32_t skip = n;
        if (n == LENGTH_OPEN) {
            if (!open_length(&c, &skip, depth + 1))
                return false;
            skip += 2;
        } else if (n > LENGTH_OPEN) {
            const uint8_t *bytes = cursor_take(&c, n & 0x7fu);
            if (bytes == NULL || (n & 0x7f) > 4)
                return false;
            skip = (uint32_t)be_n(bytes, n & 0x7fu);
        }
        cursor_skip(&c, skip);
    }
    return false;
}

bool ber_next(struct cursor *c, struct ber *b)
{
    *b = (struct ber){.start = c->pos};
    if (!read_tag(c, b))
        return false;
    uint8_t n = cursor_u8(c);
    uint32_t trailer = 0;
    b->length = n;
    if (n == LENGTH_OPEN) {
        trailer = 2;
        if (!open_length(c, &b->length, 0)) {
            cursor_malformed(c);
            return false;
        }
    } else if (n > LENGTH_OPEN) {
        const uint8_t *bytes = cursor_take(c, n & 0x7fu);
        if (bytes == NULL || (n & 0x7f) > 8) {
            cursor_malformed(c);
            return false;
        }
        uint64_t length = be_n(bytes, n & 0x7fu);
        b->length = length > UINT32_MAX / 2 ? UINT32_MAX / 2 : (uint32_t)length;
    }
    if (c->fault != CURSOR_OK)
        return false;
    b->contents = cursor_part(c, b->length);
    cursor_skip(c, trailer);
    return c->fault == CURSOR_OK;
}

bool ber_peek(const struct cursor *c, enum ber_class *class, uint32_t *tag)
{
    struct cursor copy = *c;
    struct ber b;
    if (!read_tag(&copy, &b))
        return false;
    *class = b.class;
    *tag = b.tag;
    return true;
}

bool ber_expect(struct cursor *c, uint32_t tag, struct ber *b)
{
    if (!ber_next(c, b))
        return false;
    if (b->class == BER_UNIVERSAL && b->tag == tag)
        return true;
    cursor_malformed(c);
    return false;
}

int64_t ber_integer(const struct ber *b)
{
    const struct cursor *c = &b->contents;
    uint32_t n = cursor_captured(c);
    uint64_t v = n > 0 && (c->data[c->pos] & 0x80) != 0 ? UINT64_MAX : 0;
    for (uint32_t i = 0; i < n; i++)
        v = v << 8 | c->data[c->pos + i];
    return (int64_t)v;
}

/* What was not captured, or claimed too much, is a fault of the whole. */
static bool contents_whole(struct cursor *c, const struct ber *b)
{
    if (cursor_captured(&b->contents) == b->length)
        return true;
    c->pos = b->contents.pos;
    (void)cursor_fail(c, b->length);
    return false;
}

int64_t put_ber_integer(struct packet *p, struct cursor *c, unsigned field)
{
    struct ber b;
    if (!ber_next(c, &b) || !contents_whole(c, &b))
        return 0;
    int64_t v = ber_integer(&b);
    lamna_type type = p->reg->fields[p->fields + field].type;
    bool negative = type >= LAMNA_INT8 && type <= LAMNA_INT64;
    if (!negative && b.length < 8) /* what cannot be negative was only written carelessly */
        v &= (INT64_C(1) << 8 * b.length) - 1;
    if (wants(p, field))
        item_add(p, c, field, b.contents.pos, b.length)->value.i = v;
    return v;
}

const uint8_t *put_ber_bytes(struct packet *p, struct cursor *c, unsigned field, struct ber *b)
{
    struct ber local = {0};
    b = b != NULL ? b : &local;
    if (!ber_next(c, b) || !contents_whole(c, b))
        return NULL;
    const uint8_t *bytes = b->contents.data + b->contents.pos;
    put_data(p, c, field, b->contents.pos, b->length, bytes, b->length);
    return bytes;
}
