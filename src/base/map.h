/*
 * map: numbers keys of a fixed size in the order in which they first come: 0, 1, 2, ... What belongs to
 * a key lies in the caller's own array, at its number.
 *
 *     slots | - | 2 | - | - | 0 | 1 |     open addressing, at most half full; number + 1, 0: empty
 *     keys  | key 0 | key 1 | key 2 |
 */
#ifndef BASE_MAP_H
#define BASE_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { MAP_NONE = UINT32_MAX };

struct map {
    size_t key_size;
    uint32_t *slots; /* owned */
    uint8_t *keys;   /* owned */
    uint32_t mask, count, capacity;
};

void map_init(struct map *m, size_t key_size);
void map_free(struct map *m);
/* The number of the key, added if it is new; MAP_NONE without memory. */
uint32_t map_number(struct map *m, const void *key);
/* The number of the key; MAP_NONE if it never came. */
uint32_t map_find(const struct map *m, const void *key);
static inline const void *map_key(const struct map *m, uint32_t number)
{
    return m->keys + number * m->key_size;
}

#endif
