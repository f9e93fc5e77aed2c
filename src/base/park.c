#include "base/park.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* Where assertions are on, everything is packed and unpacked all the time. */
#ifdef NDEBUG
enum { SEATS = 8192 };
#else
enum { SEATS = 4 };
#endif

/* Packed structs lie in blocks, in pieces of a multiple of four bytes. */
enum { UNIT = 4, BLOCK_UNITS = 16384, GROUP = 16, FIRST_PLACES = 1024, ALIGNMENT = 64 };
enum { PACKED_MOST = PARK_SIZE_MOST + PARK_SIZE_MOST / GROUP };

void park_free(struct park *p)
{
    for (uint32_t i = 0; i < p->block_count; i++)
        free(p->blocks[i]);
    free(p->blocks);
    free(p->places);
    free(p->seats);
    free(p->sitter);
    *p = (struct park){.kind = p->kind};
}

/* ---- Packing --------------------------------------------------------------------------------- */

/* Returns how many bytes it takes; `out` has room for one word more. */
static size_t pack(const uint8_t *item, size_t size, uint8_t *out)
{
    uint8_t *to = out + size / GROUP;
    for (size_t at = 0; at < size; at += GROUP) {
        uint64_t halves[2];
        unsigned mask = 0;
        memcpy(halves, item + at, GROUP);
        for (unsigned i = 0; i < GROUP / 2 && (halves[0] | halves[1]) != 0; i++) {
            uint16_t word;
            memcpy(&word, item + at + 2 * i, 2);
            memcpy(to, &word, 2); /* the next one overwrites a zero */
            to += word != 0 ? 2 : 0;
            mask |= (word != 0 ? 1u : 0u) << i;
        }
        out[at / GROUP] = (uint8_t)mask;
    }
    return (size_t)(to - out);
}

/* Returns how many bytes it took. */
static size_t unpack(const uint8_t *from, size_t size, uint8_t *item)
{
    const uint8_t *next = from + size / GROUP;
    memset(item, 0, size);
    for (size_t at = 0; at < size; at += GROUP) {
        for (unsigned mask = from[at / GROUP]; mask != 0; mask &= mask - 1) {
            memcpy(item + at + 2 * (unsigned)__builtin_ctz(mask), next, 2);
            next += 2;
        }
    }
    return (size_t)(next - from);
}

static void unfold(const struct park *p, uint32_t number, void *item)
{
    if (p->kind->unfold != NULL)
        p->kind->unfold(item, number);
}

/* ---- Where packed structs lie ---------------------------------------------------------------- */

static uint8_t *piece_at(const struct park *p, uint32_t place)
{
    uint32_t unit = place - 1;
    return p->blocks[unit / BLOCK_UNITS] + (size_t)(unit % BLOCK_UNITS) * UNIT;
}

static bool block_add(struct park *p)
{
    if (p->block_count >= PARK_SEATED / BLOCK_UNITS - 1)
        return false;
    uint8_t **blocks = realloc(p->blocks, (p->block_count + 1) * sizeof *blocks);
    if (blocks == NULL)
        return false;
    p->blocks = blocks;
    blocks[p->block_count] = malloc((size_t)BLOCK_UNITS * UNIT);
    if (blocks[p->block_count] == NULL)
        return false;
    p->block_count++;
    p->block_used = 0;
    return true;
}

/* 0 without memory. */
static uint32_t piece_take(struct park *p, size_t bytes)
{
    uint32_t units = (uint32_t)(bytes + UNIT - 1) / UNIT, place = p->free[units];
    if (place != 0) {
        memcpy(&p->free[units], piece_at(p, place), sizeof p->free[units]);
        return place;
    }
    if ((p->block_count == 0 || p->block_used + units > BLOCK_UNITS) && !block_add(p))
        return 0;
    place = 1 + (p->block_count - 1) * BLOCK_UNITS + p->block_used;
    p->block_used += units;
    return place;
}

static void piece_give(struct park *p, uint32_t place, size_t bytes)
{
    uint32_t units = (uint32_t)(bytes + UNIT - 1) / UNIT;
    memcpy(piece_at(p, place), &p->free[units], sizeof p->free[units]);
    p->free[units] = place;
}

/* ---- Seats ----------------------------------------------------------------------------------- */

static uint8_t *seat_at(const struct park *p, uint32_t seat)
{
    return p->seats + (size_t)seat * p->kind->size;
}

/* Who has sat longest is packed. False without memory: it keeps its seat. */
static bool seat_clear(struct park *p, uint32_t seat)
{
    uint8_t *item = seat_at(p, seat), packed[PACKED_MOST + 2];
    uint32_t size = p->kind->size, number = p->sitter[seat];
    if (p->kind->fold != NULL)
        p->kind->fold(item, number);
    size_t n = pack(item, size, packed);
    uint32_t place = piece_take(p, n);
    if (place == 0) {
        unfold(p, number, item);
        return false;
    }
    memcpy(piece_at(p, place), packed, n);
    p->places[number] = place;
    return true;
}

#ifndef NDEBUG
/* It comes back as it was. */
static void seat_check(const struct park *p, uint32_t number, const uint8_t *before)
{
    _Alignas(ALIGNMENT) uint8_t after[PARK_SIZE_MOST];
    assert(park_read(p, number, after) && memcmp(before, after, p->kind->size) == 0);
}
#endif

static bool seat_make_free(struct park *p, uint32_t seat)
{
#ifndef NDEBUG
    uint8_t before[PARK_SIZE_MOST];
    memcpy(before, seat_at(p, seat), p->kind->size);
#endif
    if (!seat_clear(p, seat))
        return false;
#ifndef NDEBUG
    seat_check(p, p->sitter[seat], before);
#endif
    return true;
}

static bool seats_make(struct park *p)
{
    if (p->seats == NULL)
        p->seats = aligned_alloc(ALIGNMENT, ((size_t)SEATS * p->kind->size + ALIGNMENT - 1) /
                                                ALIGNMENT * ALIGNMENT);
    if (p->sitter == NULL)
        p->sitter = malloc(SEATS * sizeof *p->sitter);
    return p->seats != NULL && p->sitter != NULL;
}

/* A seat that nobody has; SEATS without memory. */
static uint32_t seat_find(struct park *p)
{
    if (p->seated < SEATS)
        return seats_make(p) ? p->seated++ : SEATS;
    uint32_t seat = p->hand;
    if (!seat_make_free(p, seat))
        return SEATS;
    p->hand = (seat + 1) % SEATS;
    return seat;
}

static bool places_grow(struct park *p, uint32_t number)
{
    size_t capacity = p->capacity == 0 ? FIRST_PLACES : p->capacity;
    while (capacity <= number)
        capacity *= 2;
    uint32_t *places = realloc(p->places, capacity * sizeof *places);
    if (places == NULL)
        return false;
    memset(places + p->capacity, 0, (capacity - p->capacity) * sizeof *places);
    p->places = places;
    p->capacity = capacity;
    return true;
}

void *park_at(struct park *p, uint32_t number)
{
    if (number >= p->capacity && !places_grow(p, number))
        return NULL;
    uint32_t place = p->places[number];
    if (place & PARK_SEATED)
        return seat_at(p, place - PARK_SEATED);
    uint32_t seat = seat_find(p);
    if (seat == SEATS)
        return NULL;
    uint8_t *item = seat_at(p, seat);
    if (place == 0) {
        memset(item, 0, p->kind->size);
    } else {
        piece_give(p, place, unpack(piece_at(p, place), p->kind->size, item));
        unfold(p, number, item);
    }
    p->sitter[seat] = number;
    p->places[number] = PARK_SEATED + seat;
    return item;
}

bool park_read(const struct park *p, uint32_t number, void *copy)
{
    uint32_t place = number < p->capacity ? p->places[number] : 0;
    if (place & PARK_SEATED) {
        memcpy(copy, seat_at(p, place - PARK_SEATED), p->kind->size);
    } else if (place != 0) {
        (void)unpack(piece_at(p, place), p->kind->size, copy);
        unfold(p, number, copy);
    }
    return place != 0;
}

/* ---- For kinds ------------------------------------------------------------------------------- */

bool park_scale_down(int64_t *const *times, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        if (*times[i] % 1000 != 0)
            return false;
    }
    for (unsigned i = 0; i < n; i++)
        *times[i] /= 1000;
    return true;
}

void park_scale_up(int64_t *const *times, unsigned n, bool scaled)
{
    for (unsigned i = 0; i < n && scaled; i++)
        *times[i] *= 1000;
}
