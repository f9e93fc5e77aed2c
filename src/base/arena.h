/*
 * arena: memory that is given back all at once.
 *
 *     chunk          chunk
 *     [used|free] -> [used......] -> NULL      newest first
 *
 * Three arenas live in a run and are passed explicitly: capture (as long as the source is open),
 * packet (reset for each packet), compile (as long as a filter). An arena has a cap in bytes; past it,
 * and when the system has no more, arena_alloc() returns NULL and the caller says so.
 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stddef.h>

struct arena_chunk;

struct arena {
    struct arena_chunk *chunk; /* newest first; NULL: nothing allocated yet */
    size_t used;               /* bytes of chunk->data in use */
    size_t total;              /* bytes of all chunks */
    size_t cap;                /* `total` never exceeds this */
};

void arena_init(struct arena *a, size_t cap);
/* Frees everything; the arena may be used again. */
void arena_free(struct arena *a);
/* Forgets everything, but keeps one chunk for reuse: the next packet allocates nothing. */
void arena_reset(struct arena *a);
/* `size` bytes aligned for any type, not cleared; NULL past the cap or out of memory. */
void *arena_alloc(struct arena *a, size_t size);
/* As arena_alloc, cleared. */
void *arena_zalloc(struct arena *a, size_t size);
/* A copy of n bytes with a final NUL added; NULL as for arena_alloc. */
char *arena_copy(struct arena *a, const void *bytes, size_t n);

#endif
