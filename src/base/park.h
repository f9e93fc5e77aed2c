/*
 * park: an array of structs of one kind, by number, of which few are in use at a time. As many as there are seats are
 * as they are; the others are packed, which takes a half or less. To ask for one that is packed gives it the seat of who
 * has sat longest.
 *
 *     places   | seat 1 | packed at 0 | none | seat 0 | packed at 9 | ...       by number, 4 bytes each
 *     seats    | struct 3 | struct 0 | ...                                       a ring
 *     packed   | mask, words | mask, words, words | ...                          blocks; what is free is listed by size
 *
 * What is packed has its zeros left out, two bytes at a time: a bit of the mask tells which words are there. So a struct
 * should be made of numbers that are small, and its kind may help: fold() replaces numbers by their difference from others
 * before packing, unfold() does the reverse.
 */
#ifndef BASE_PARK_H
#define BASE_PARK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct park_kind {
    uint32_t size;                             /* bytes, a multiple of 16, at most PARK_SIZE_MOST */
    void (*fold)(void *item, uint32_t number); /* these two, or neither */
    void (*unfold)(void *item, uint32_t number); /* exactly what fold() was given */
};

enum { PARK_SIZE_MOST = 512, PARK_CLASSES = (PARK_SIZE_MOST + PARK_SIZE_MOST / 16) / 4 + 1 };

/* All zero but for `kind`. */
struct park {
    const struct park_kind *kind;
    uint32_t
        *places; /* owned; PARK_SEATED and a seat, or 1 + where it is packed, or 0: there is none */
    size_t capacity;  /* of places */
    uint8_t *seats;   /* owned */
    uint32_t *sitter; /* owned; its number, by seat */
    uint32_t seated, hand;
    uint8_t **blocks; /* owned */
    uint32_t block_count, block_used;
    uint32_t free[PARK_CLASSES]; /* 1 + where the first piece of that size is that is free */
};

enum { PARK_SEATED = 1u << 30 };

void park_free(struct park *p);
/* The struct of that number: all zero the first time. It stays where it is while the next few are asked for. NULL
 * without memory. */
void *park_at(struct park *p, uint32_t number);
/* The same as a copy, if there is one, and nobody loses a seat. */
bool park_read(const struct park *p, uint32_t number, void *copy);

/* For kinds: nanoseconds that are all whole microseconds, as in most captures, become these. Is it so? */
bool park_scale_down(int64_t *const *times, unsigned n);
/* The reverse. */
void park_scale_up(int64_t *const *times, unsigned n, bool scaled);

/* The struct of that number if it has a seat, or NULL. */
static inline const void *park_seated(const struct park *p, uint32_t number)
{
    uint32_t place = number < p->capacity ? p->places[number] : 0;
    if ((place & PARK_SEATED) == 0)
        return NULL;
    return p->seats + (size_t)(place - PARK_SEATED) * p->kind->size;
}

/* It will be asked for soon: its memory is fetched, if it has a seat; `near` false: the memory that tells whether it
 * has. */
static inline void park_fetch(const struct park *p, uint32_t number, bool near)
{
    enum { CACHE_LINE = 64 };
    if (!near) {
        if (number < p->capacity)
            __builtin_prefetch(&p->places[number]);
        return;
    }
    const char *item = park_seated(p, number);
    for (uint32_t at = 0; item != NULL && at < p->kind->size; at += CACHE_LINE)
        __builtin_prefetch(item + at);
}

#endif
