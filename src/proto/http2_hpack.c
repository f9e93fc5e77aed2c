/*
 * HPACK (RFC 7541): blocks of headers. The tables a reader has are the static one and, behind it, a
 * dynamic one that each direction fills as it goes:
 *
 *     data   | gone | oldest entry | ... | newest entry | free |
 *                   ^start                              ^end
 *     entry  | length of name (4) | length of value (4) | name | value |
 *
 * An entry counts 32 bytes more than its text (section 4.1), so that here it always fits. The table is
 * plain bytes, as all that a flow remembers, of one of a few sizes: it grows when its sender says so.
 */
#include "proto/http2.h"

enum { ENTRY_HEADER = 8, ENTRY_COST = 32, STATIC_COUNT = 61 };
enum { TABLE_AT_FIRST = 4096, LARGEST_CLASS = 4 }; /* 64 KiB, as browsers have it */
enum { EOS = 256, SHORTEST_CODE = 5, LONGEST_CODE = 30 };

struct hpack_table {
    uint32_t limit, size; /* as RFC 7541 counts */
    uint32_t count, start, end;
    bool begun;
    uint8_t data[];
};

/* Appendix A. */
static const struct {
    const char *name, *value;
} static_table[STATIC_COUNT] = {{":authority", ""},
                                {":method", "GET"},
                                {":method", "POST"},
                                {":path", "/"},
                                {":path", "/index.html"},
                                {":scheme", "http"},
                                {":scheme", "https"},
                                {":status", "200"},
                                {":status", "204"},
                                {":status", "206"},
                                {":status", "304"},
                                {":status", "400"},
                                {":status", "404"},
                                {":status", "500"},
                                {"accept-charset", ""},
                                {"accept-encoding", "gzip, deflate"},
                                {"accept-language", ""},
                                {"accept-ranges", ""},
                                {"accept", ""},
                                {"access-control-allow-origin", ""},
                                {"age", ""},
                                {"allow", ""},
                                {"authorization", ""},
                                {"cache-control", ""},
                                {"content-disposition", ""},
                                {"content-encoding", ""},
                                {"content-language", ""},
                                {"content-length", ""},
                                {"content-location", ""},
                                {"content-range", ""},
                                {"content-type", ""},
                                {"cookie", ""},
                                {"date", ""},
                                {"etag", ""},
                                {"expect", ""},
                                {"expires", ""},
                                {"from", ""},
                                {"host", ""},
                                {"if-match", ""},
                                {"if-modified-since", ""},
                                {"if-none-match", ""},
                                {"if-range", ""},
                                {"if-unmodified-since", ""},
                                {"last-modified", ""},
                                {"link", ""},
                                {"location", ""},
                                {"max-forwards", ""},
                                {"proxy-authenticate", ""},
                                {"proxy-authorization", ""},
                                {"range", ""},
                                {"referer", ""},
                                {"refresh", ""},
                                {"retry-after", ""},
                                {"server", ""},
                                {"set-cookie", ""},
                                {"strict-transport-security", ""},
                                {"transfer-encoding", ""},
                                {"user-agent", ""},
                                {"vary", ""},
                                {"via", ""},
                                {"www-authenticate", ""}};

/* ---- Huffman codes (appendix B) ---------------------------------------------------------------- */

/* How many codes there are of each length. The codes are in order: those of one length follow each
 * other, and those of the next begin where they end. */
static const uint8_t code_counts[LONGEST_CODE + 1] = {0,  0,  0,  0, 0,  10, 26, 32, 6, 0, 5,
                                                      3,  2,  6,  2, 3,  0,  0,  0,  3, 8, 13,
                                                      26, 29, 12, 4, 15, 19, 29, 0,  4};
/* What they stand for, in the same order. */
static const uint16_t code_symbols[EOS + 1] = {
    48,  49,  50,  97,  99,  101, 105, 111, 115, 116, 32,  37,  45,  46,  47,  51,  52,  53,  54,
    55,  56,  57,  61,  65,  95,  98,  100, 102, 103, 104, 108, 109, 110, 112, 114, 117, 58,  66,
    67,  68,  69,  70,  71,  72,  73,  74,  75,  76,  77,  78,  79,  80,  81,  82,  83,  84,  85,
    86,  87,  89,  106, 107, 113, 118, 119, 120, 121, 122, 38,  42,  44,  59,  88,  90,  33,  34,
    40,  41,  63,  39,  43,  124, 35,  62,  0,   36,  64,  91,  93,  126, 94,  125, 60,  96,  123,
    92,  195, 208, 128, 130, 131, 162, 184, 194, 224, 226, 153, 161, 167, 172, 176, 177, 179, 209,
    216, 217, 227, 229, 230, 129, 132, 133, 134, 136, 146, 154, 156, 160, 163, 164, 169, 170, 173,
    178, 181, 185, 186, 187, 189, 190, 196, 198, 228, 232, 233, 1,   135, 137, 138, 139, 140, 141,
    143, 147, 149, 150, 151, 152, 155, 157, 158, 165, 166, 168, 174, 175, 180, 182, 183, 188, 191,
    197, 231, 239, 9,   142, 144, 145, 148, 159, 171, 206, 215, 225, 236, 237, 199, 207, 234, 235,
    192, 193, 200, 201, 202, 205, 210, 213, 218, 219, 238, 240, 242, 243, 255, 203, 204, 211, 212,
    214, 221, 222, 223, 241, 244, 245, 246, 247, 248, 250, 251, 252, 253, 254, 2,   3,   4,   5,
    6,   7,   8,   11,  12,  14,  15,  16,  17,  18,  19,  20,  21,  23,  24,  25,  26,  27,  28,
    29,  30,  31,  127, 220, 249, 10,  13,  22,  256,
};

/* Reads code after code. False: the bytes are none, or end in something other than ones. */
static bool huffman_decode(const uint8_t *in, uint32_t n, uint8_t *out, uint32_t *length)
{
    uint32_t code = 0, first = 0, at = 0, bits = 0, used = 0;
    for (uint64_t i = 0; i < (uint64_t)n * 8; i++) {
        code = code << 1 | (in[i / 8] >> (7 - i % 8) & 1u);
        first <<= 1;
        if (++bits > LONGEST_CODE)
            return false;
        uint32_t count = code_counts[bits];
        if (code - first >= count) {
            at += count;
            first += count;
            continue;
        }
        uint16_t symbol = code_symbols[at + (code - first)];
        if (symbol == EOS)
            return false;
        out[used++] = (uint8_t)symbol;
        code = first = at = bits = 0;
    }
    *length = used;
    return bits < 8 && code == (1u << bits) - 1;
}

/* ---- The dynamic table ------------------------------------------------------------------------- */

static struct hpack_table *table_of_class(struct http2 *h, uint8_t class)
{
    struct flow_facts saved = channel_enter(h->p, http2_channel(h, HTTP2_CHANNEL_TABLE), 0);
    struct hpack_table *t = flow_state(h->p, sizeof *t + ((size_t)TABLE_AT_FIRST << class));
    channel_leave(h->p, saved);
    if (t != NULL && !t->begun) {
        t->begun = true;
        t->limit = TABLE_AT_FIRST;
    }
    return t;
}

struct hpack_table *hpack_table(struct http2 *h)
{
    return table_of_class(h, h->state->table[h->direction]);
}

static uint32_t number_at(const uint8_t *b)
{
    uint32_t n;
    memcpy(&n, b, sizeof n);
    return n;
}

static uint32_t entry_length(const struct hpack_table *t, uint32_t at)
{
    return ENTRY_HEADER + number_at(t->data + at) + number_at(t->data + at + 4);
}

static void table_shrink(struct hpack_table *t, uint32_t limit)
{
    while (t->count > 0 && t->size > limit) {
        uint32_t n = entry_length(t, t->start);
        t->start += n;
        t->size -= n - ENTRY_HEADER + ENTRY_COST;
        t->count--;
    }
    if (t->count == 0)
        t->start = t->end = t->size = 0;
}

/* Section 6.3. A sender that has a larger table than is kept here is not followed any more. */
static void table_resize(struct http2 *h, uint32_t limit)
{
    struct hpack_table *t = hpack_table(h);
    uint8_t class = h->state->table[h->direction];
    while (class < LARGEST_CLASS && limit > (uint32_t)TABLE_AT_FIRST << class)
        class ++;
    h->state->lost[h->direction] |= limit > (uint32_t)TABLE_AT_FIRST << class;
    if (t != NULL && class != h->state->table[h->direction]) {
        struct hpack_table *larger = table_of_class(h, class);
        if (larger == NULL)
            return;
        memcpy(larger, t, sizeof *t + t->end);
        h->state->table[h->direction] = class;
        t = larger;
    }
    if (t == NULL)
        return;
    t->limit =
        limit > (uint32_t)TABLE_AT_FIRST << class ? (uint32_t)TABLE_AT_FIRST << class : limit;
    table_shrink(t, t->limit);
}

/* Section 4.4: a header that is larger than the table empties it. */
static void table_add(struct http2 *h, struct span name, struct span value)
{
    struct hpack_table *t = hpack_table(h);
    uint64_t cost = (uint64_t)name.n + value.n + ENTRY_COST;
    if (t == NULL)
        return;
    table_shrink(t, cost > t->limit ? 0 : t->limit - (uint32_t)cost);
    if (cost > t->limit)
        return;
    uint32_t n = ENTRY_HEADER + name.n + value.n;
    if (t->end + n > (uint32_t)TABLE_AT_FIRST << h->state->table[h->direction]) {
        memmove(t->data, t->data + t->start, t->end - t->start);
        t->end -= t->start;
        t->start = 0;
    }
    memcpy(t->data + t->end, &name.n, 4);
    memcpy(t->data + t->end + 4, &value.n, 4);
    memcpy(t->data + t->end + ENTRY_HEADER, name.at, name.n);
    memcpy(t->data + t->end + ENTRY_HEADER + name.n, value.at, value.n);
    t->end += n;
    t->size += (uint32_t)cost;
    t->count++;
}

static struct span text_span(const char *text)
{
    return (struct span){text, (uint32_t)strlen(text), 0};
}

/* In the arena: an entry may be gone before the packet is. */
static struct span copied(struct http2 *h, const uint8_t *bytes, uint32_t n)
{
    const char *copy = arena_copy(h->p->arena, bytes, n);
    return copy == NULL ? text_span("") : (struct span){copy, n, 0};
}

/* Section 2.3.3. Of an entry that is not there, in a capture that begins late, nothing is known. */
static void table_find_entry(struct http2 *h, uint32_t index, struct span *name, struct span *value)
{
    if (index >= 1 && index <= STATIC_COUNT) {
        *name = text_span(static_table[index - 1].name);
        *value = text_span(static_table[index - 1].value);
        return;
    }
    const struct hpack_table *t = hpack_table(h);
    *name = text_span("<unknown>");
    *value = text_span("");
    if (index == 0 || t == NULL || index - STATIC_COUNT > t->count)
        return;
    uint32_t at = t->start;
    for (uint32_t i = t->count - (index - STATIC_COUNT); i > 0; i--)
        at += entry_length(t, at);
    uint32_t n = number_at(t->data + at), m = number_at(t->data + at + 4);
    *name = copied(h, t->data + at + ENTRY_HEADER, n);
    *value = copied(h, t->data + at + ENTRY_HEADER + n, m);
}

/* ---- Representations (section 6) ----------------------------------------------------------------- */

/* An integer whose first byte has `bits` bits of it (section 5.1). */
static bool read_integer(struct cursor *c, unsigned bits, uint32_t *value)
{
    const uint8_t *b = cursor_take(c, 1);
    uint32_t most = (1u << bits) - 1;
    if (b == NULL)
        return false;
    uint64_t v = *b & most;
    for (unsigned shift = 0; v >= most; shift += 7) {
        b = cursor_take(c, 1);
        if (b == NULL || shift > 28)
            return false;
        v += (uint64_t)(*b & 0x7f) << shift;
        if ((*b & 0x80) == 0)
            break;
    }
    *value = (uint32_t)v;
    return v <= UINT32_MAX;
}

/* Section 5.2. */
static bool read_string(struct http2 *h, struct cursor *c, struct span *text)
{
    const uint8_t *first = cursor_peek(c, 0, 1);
    uint32_t n, length = 0;
    bool coded = first != NULL && *first & 0x80;
    if (!read_integer(c, 7, &n))
        return false;
    const uint8_t *bytes = cursor_take(c, n);
    if (bytes == NULL)
        return false;
    if (!coded) {
        *text = copied(h, bytes, n);
        return true;
    }
    uint8_t *out = arena_alloc(h->p->arena, (size_t)n * 8 / SHORTEST_CODE + 1);
    if (out == NULL || !huffman_decode(bytes, n, out, &length))
        return false;
    *text = (struct span){(const char *)out, length, 0};
    return true;
}

static bool read_literal(struct http2 *h, struct cursor *c, struct hpack_header *header,
                         unsigned bits)
{
    struct span unused;
    if (!read_integer(c, bits, &header->index))
        return false;
    header->new_name = header->index == 0;
    if (!header->new_name)
        table_find_entry(h, header->index, &header->name, &unused);
    else if (!read_string(h, c, &header->name))
        return false;
    return read_string(h, c, &header->value);
}

static bool read_header(struct http2 *h, struct cursor *c, struct hpack_header *header)
{
    uint8_t first = *cursor_peek(c, 0, 1);
    if (first & 0x80) {
        header->kind = HPACK_INDEXED;
        if (!read_integer(c, 7, &header->index))
            return false;
        table_find_entry(h, header->index, &header->name, &header->value);
        return true;
    }
    if (first & 0x40) {
        header->kind = HPACK_ADDED;
        if (!read_literal(h, c, header, 6))
            return false;
        table_add(h, header->name, header->value);
        return true;
    }
    if (first & 0x20) {
        header->kind = HPACK_UPDATE;
        if (!read_integer(c, 5, &header->index))
            return false;
        table_resize(h, header->index);
        return true;
    }
    header->kind = first & 0x10 ? HPACK_NEVER : HPACK_PLAIN;
    return read_literal(h, c, header, 4);
}

/* Nothing changes before all of it was read. */
bool hpack_next(struct http2 *h, struct cursor *block, struct hpack_header *header)
{
    struct cursor c = *block;
    *header = (struct hpack_header){.offset = c.pos};
    if (cursor_captured(&c) == 0 || h->state->lost[h->direction])
        return false;
    if (!read_header(h, &c, header)) {
        h->state->lost[h->direction] |= c.fault == CURSOR_OK;
        return false;
    }
    header->length = c.pos - header->offset;
    *block = c;
    return true;
}
