/*
 * judge: what an index tells of a filter, packet by packet. First each set of fields is judged (there are a few
 * thousand, and most filters have their answer then), then, where columns could tell more, each packet.
 */
#ifndef QUERY_JUDGE_H
#define QUERY_JUDGE_H

#include <stdlib.h>

#include "filter/filter.h"
#include "index/index.h"

/* Bits by number of the packet, from 0: none is set. NULL without memory. */
static inline uint64_t *bits_new(uint64_t n)
{
    return calloc((size_t)(n / 64 + 1), sizeof(uint64_t));
}

static inline bool bit_get(const uint64_t *bits, uint64_t i)
{
    return (bits[i / 64] >> i % 64 & 1) != 0;
}

static inline void bit_set(uint64_t *bits, uint64_t i)
{
    bits[i / 64] |= (uint64_t)1 << i % 64;
}

/* A time as the index keeps it: ns since 1970. */
static inline int64_t index_ns(uint64_t time)
{
    return (int64_t)indexed_time((int64_t)time);
}

_Static_assert((int)INDEX_VALUE_UNKNOWN == (int)INDEXED_UNKNOWN_VALUE, "judge_set() hands it on");

/* When the first packet came; 0 if it has no time. */
int64_t index_first_time(const struct index *index);
/* Sets the bits of packets that may match, and of those that do for sure. False if the index is damaged, or
 * without memory. */
bool judge_packets(const lamna_filter *filter, const lamna_registry *reg, struct index *index,
                   uint64_t *maybe, uint64_t *sure);

#endif
