#include "base/map.h"

#include <stdlib.h>
#include <string.h>

enum { SLOTS_AT_FIRST = 64 };

void map_init(struct map *m, size_t key_size)
{
    *m = (struct map){.key_size = key_size};
}

void map_free(struct map *m)
{
    free(m->slots);
    free(m->keys);
    map_init(m, m->key_size);
}

static uint32_t key_hash(const uint8_t *key, size_t n)
{
    uint64_t h = 0x9e3779b97f4a7c15u;
    for (; n >= 8; key += 8, n -= 8) {
        uint64_t word;
        memcpy(&word, key, 8);
        h = (h ^ word) * 0xff51afd7ed558ccdu;
        h ^= h >> 32;
    }
    for (; n > 0; key++, n--)
        h = (h ^ *key) * 0x100000001b3u;
    return (uint32_t)(h ^ h >> 29);
}

/* The slot of the key, or the empty one where it belongs. */
static uint32_t *slot_of(const struct map *m, const uint8_t *key)
{
    for (uint32_t i = key_hash(key, m->key_size);; i++) {
        uint32_t *slot = &m->slots[i & m->mask];
        if (*slot == 0 || memcmp(m->keys + (*slot - 1) * m->key_size, key, m->key_size) == 0)
            return slot;
    }
}

static bool slots_grow(struct map *m)
{
    uint32_t size = m->slots == NULL ? SLOTS_AT_FIRST : 2 * (m->mask + 1);
    uint32_t *slots = calloc(size, sizeof *slots);
    if (slots == NULL)
        return false;
    free(m->slots);
    m->slots = slots;
    m->mask = size - 1;
    for (uint32_t i = 0; i < m->count; i++)
        *slot_of(m, map_key(m, i)) = i + 1;
    return true;
}

static bool keys_grow(struct map *m)
{
    uint32_t capacity = m->capacity == 0 ? SLOTS_AT_FIRST : 2 * m->capacity;
    uint8_t *keys = realloc(m->keys, capacity * m->key_size);
    if (keys == NULL)
        return false;
    m->keys = keys;
    m->capacity = capacity;
    return true;
}

uint32_t map_number(struct map *m, const void *key)
{
    if ((m->slots == NULL || 2 * (m->count + 1) > m->mask) && !slots_grow(m))
        return MAP_NONE;
    uint32_t *slot = slot_of(m, key);
    if (*slot != 0)
        return *slot - 1;
    if (m->count == m->capacity && !keys_grow(m))
        return MAP_NONE;
    memcpy(m->keys + m->count * m->key_size, key, m->key_size);
    *slot = ++m->count;
    return m->count - 1;
}

uint32_t map_find(const struct map *m, const void *key)
{
    uint32_t slot = m->slots == NULL ? 0 : *slot_of(m, key);
    return slot == 0 ? MAP_NONE : slot - 1;
}
