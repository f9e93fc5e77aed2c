/*
 * cursor: reading position in a layer, with bounds that cannot be overstepped.
 *
 *     data                pos               cap            end
 *     |-- earlier layers --|-- may be read --|-- cut off ---|
 *
 * `cap` is where the captured bytes stop, `end` where the layer says it does: cap <= end, and they
 * differ only in packets cut by the snap length. All three are offsets in the data source.
 *
 * A fault is sticky: once a read goes past a bound, every later read gives NULL (or zero) too, and
 * nothing is left, so that loops end. The engine looks at the fault when the dissector returns: past
 * `cap` the packet is short (data was not captured), past `end` it is malformed (the bytes contradict
 * themselves). So a dissector is straight-line code without a single bounds check of its own.
 */
#ifndef DISSECT_CURSOR_H
#define DISSECT_CURSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"

enum cursor_fault { CURSOR_OK, CURSOR_SHORT, CURSOR_MALFORMED };

struct cursor {
    const uint8_t *data; /* start of the data source; borrowed */
    uint32_t pos, cap, end;
    uint8_t source; /* number of the data source, see lamna_item.source */
    uint8_t fault;  /* enum cursor_fault */
};

/* Records what a read of n bytes at pos oversteps. Returns NULL, as the failed read does. */
static inline const uint8_t *cursor_fail(struct cursor *c, uint32_t n)
{
    if (c->fault == CURSOR_OK)
        c->fault = n > c->end - c->pos ? CURSOR_MALFORMED : CURSOR_SHORT;
    c->pos = c->end = c->cap;
    return NULL;
}

/* The dissector itself found the bytes to contradict themselves. */
static inline void cursor_malformed(struct cursor *c)
{
    if (c->fault == CURSOR_OK)
        c->fault = CURSOR_MALFORMED;
    c->pos = c->end = c->cap;
}

/* The next n bytes, and moves past them; NULL if there are not so many. */
static inline const uint8_t *cursor_take(struct cursor *c, uint32_t n)
{
    if (__builtin_expect(n > c->cap - c->pos || c->fault != CURSOR_OK, 0))
        return cursor_fail(c, n);
    const uint8_t *at = c->data + c->pos;
    c->pos += n;
    return at;
}

/* The n bytes that start `ahead` bytes from here, without moving; NULL, and no fault, if there are not
 * so many captured. */
static inline const uint8_t *cursor_peek(const struct cursor *c, uint32_t ahead, uint32_t n)
{
    uint32_t left = c->cap - c->pos;
    if (c->fault != CURSOR_OK || ahead > left || n > left - ahead)
        return NULL;
    return c->data + c->pos + ahead;
}

/* Bytes from here to the end that the layer claims, captured or not. */
static inline uint32_t cursor_left(const struct cursor *c)
{
    return c->end - c->pos;
}

/* Bytes from here that were captured. */
static inline uint32_t cursor_captured(const struct cursor *c)
{
    return c->cap - c->pos;
}

/* Moves past n bytes; a fault if the layer has not so many. */
static inline void cursor_skip(struct cursor *c, uint32_t n)
{
    (void)cursor_take(c, n);
}

/* The layer turns out to end n bytes from here: what follows is its parent's (padding, trailer). A
 * claim beyond the present end changes nothing. */
static inline void cursor_trim(struct cursor *c, uint32_t n)
{
    if (n >= c->end - c->pos)
        return;
    c->end = c->pos + n;
    if (c->cap > c->end)
        c->cap = c->end;
}

/* A cursor over the next n bytes of c, which moves past them. Where c has fewer, so has the part, and
 * reading on in it is a fault of the part. */
static inline struct cursor cursor_part(struct cursor *c, uint32_t n)
{
    struct cursor part = *c;
    cursor_trim(&part, n);
    c->pos = part.cap == part.end ? part.cap : c->cap;
    if (part.cap != part.end)
        c->end = c->cap; /* the rest was not captured */
    return part;
}

static inline uint8_t cursor_u8(struct cursor *c)
{
    const uint8_t *b = cursor_take(c, 1);
    return b == NULL ? 0 : b[0];
}

static inline uint16_t cursor_u16(struct cursor *c)
{
    const uint8_t *b = cursor_take(c, 2);
    return b == NULL ? 0 : be16(b);
}

static inline uint32_t cursor_u32(struct cursor *c)
{
    const uint8_t *b = cursor_take(c, 4);
    return b == NULL ? 0 : be32(b);
}

#endif
