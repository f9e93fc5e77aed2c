#include "capture/scout.h"

#include "base/bytes.h"

enum {
    WALKS = 8,             /* as many as wait for memory well together */
    PART = 32 << 10,       /* bytes of a walk at the least */
    SPARSE = 256,          /* bytes from record to record, from which on it is worth it */
    SAMPLE = 8,            /* records that tell */
    LINE = 64,             /* of the cache */
    LIKELY_MOST = 1 << 18, /* a packet's bytes, in a guess */
    OPTIONS_MOST = 1 << 12,
    BLOCK_PACKET = 6, /* enhanced packet block */
    BLOCK_REST = 32   /* of such a block, all but packet and options */
};

static inline uint32_t read_u32(const struct scout *s, const uint8_t *b)
{
    return s->big ? be32(b) : le32(b);
}

/* The size of the record that seems to begin at b, which has a header's bytes; 0: none does. */
static inline size_t record_size(const struct scout *s, const uint8_t *b)
{
    uint32_t captured = read_u32(s, b + s->captured_at);
    if (captured - 1 >= LIKELY_MOST)
        return 0;
    if (read_u32(s, b + s->captured_at + 4) - captured > LIKELY_MOST)
        return 0;
    if (!s->blocks)
        return s->header + (size_t)captured;
    uint32_t size = read_u32(s, b + 4);
    bool likely = read_u32(s, b) == BLOCK_PACKET && size % 4 == 0 &&
                  size - captured - BLOCK_REST <= OPTIONS_MOST;
    return likely ? size : 0;
}

/* Where in bytes[from..to[ a record seems to begin that another follows; `to` if nowhere. */
static size_t find_record(const struct scout *s, const uint8_t *bytes, size_t from, size_t to)
{
    size_t step = s->blocks ? 4 : 1;
    for (size_t at = from; at + s->header <= to; at += step) {
        size_t size = record_size(s, bytes + at);
        if (size > 0 && at + size + s->header <= to && record_size(s, bytes + at + size) > 0)
            return at;
    }
    return to;
}

static bool is_sparse(const struct scout *s, const uint8_t *bytes, size_t n)
{
    size_t first = find_record(s, bytes, 0, n), at = first, size = 1;
    unsigned records = 0;
    while (records < SAMPLE && size > 0 && at + s->header <= n) {
        size = record_size(s, bytes + at);
        at += size;
        records++;
    }
    return at - first >= (size_t)SPARSE * SAMPLE;
}

/* One step of each walk, until all are done. */
static void walk_all(const struct scout *s, const uint8_t *bytes, size_t *at, const size_t *end,
                     unsigned walks)
{
    bool more = true;
    while (more) {
        more = false;
        for (unsigned i = 0; i < walks; i++) {
            if (at[i] + s->header > end[i])
                continue;
            size_t size = record_size(s, bytes + at[i]);
            at[i] = size > 0 ? at[i] + size : end[i];
            __builtin_prefetch(bytes + at[i]);
            __builtin_prefetch(bytes + at[i] + LINE);
            more = true;
        }
    }
}

void scout_fetch(const struct scout *s, const uint8_t *bytes, size_t n)
{
    if (s->header == 0 || n < 2 * (size_t)PART || !is_sparse(s, bytes, n))
        return;
    size_t at[WALKS], end[WALKS], part = n / WALKS < PART ? PART : n / WALKS;
    unsigned walks = 0;
    for (size_t from = 0; from + part <= n && walks < WALKS; from += part) {
        end[walks] = from + part;
        at[walks] = find_record(s, bytes, from, from + part);
        walks++;
    }
    walk_all(s, bytes, at, end, walks);
}
