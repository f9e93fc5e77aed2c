#include "base/arena.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { ARENA_ALIGN = 16, ARENA_FIRST_CHUNK = 4096 };

struct arena_chunk {
    struct arena_chunk *next;
    size_t size; /* of data */
    _Alignas(ARENA_ALIGN) unsigned char data[];
};

void arena_init(struct arena *a, size_t cap)
{
    *a = (struct arena){.cap = cap};
}

static void chunks_free(struct arena_chunk *chunk)
{
    while (chunk != NULL) {
        struct arena_chunk *next = chunk->next;
        free(chunk);
        chunk = next;
    }
}

void arena_free(struct arena *a)
{
    chunks_free(a->chunk);
    arena_init(a, a->cap);
}

void arena_reset(struct arena *a)
{
    if (a->chunk == NULL)
        return;
    chunks_free(a->chunk->next); /* the newest chunk is the largest: keep that one */
    a->chunk->next = NULL;
    a->total = a->chunk->size;
    a->used = 0;
}

/* Chunks double, so that n bytes cost O(log n) calls to malloc. */
static struct arena_chunk *arena_grow(struct arena *a, size_t need)
{
    size_t size = a->chunk == NULL ? ARENA_FIRST_CHUNK : a->chunk->size * 2;
    if (size > a->cap - a->total)
        size = a->cap - a->total;
    if (size < need)
        size = need;
    if (size > a->cap - a->total)
        return NULL;
    struct arena_chunk *chunk = malloc(sizeof *chunk + size);
    if (chunk == NULL)
        return NULL;
    chunk->next = a->chunk;
    chunk->size = size;
    a->chunk = chunk;
    a->used = 0;
    a->total += size;
    return chunk;
}

void *arena_alloc(struct arena *a, size_t size)
{
    if (size > SIZE_MAX - ARENA_ALIGN)
        return NULL;
    size = (size + ARENA_ALIGN - 1) & ~(size_t)(ARENA_ALIGN - 1);
    if (a->chunk == NULL || size > a->chunk->size - a->used) {
        if (arena_grow(a, size) == NULL)
            return NULL;
    }
    void *at = a->chunk->data + a->used;
    a->used += size;
    return at;
}

void *arena_zalloc(struct arena *a, size_t size)
{
    void *at = arena_alloc(a, size);
    if (at != NULL)
        memset(at, 0, size);
    return at;
}

char *arena_copy(struct arena *a, const void *bytes, size_t n)
{
    char *at = arena_alloc(a, n + 1);
    if (at == NULL)
        return NULL;
    if (n > 0)
        memcpy(at, bytes, n);
    at[n] = '\0';
    return at;
}
