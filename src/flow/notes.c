#include "flow/notes.h"

#include <stdlib.h>

enum { SLOTS_AT_FIRST = 256 };

void notes_free(struct notes *n)
{
    free(n->slots);
    *n = (struct notes){0};
}

/* The slot of the key, or the empty one where it belongs. */
static struct note *slot_of(const struct notes *n, uint64_t packet, uint32_t field)
{
    uint64_t h = (packet * 0x9e3779b97f4a7c15u) ^ ((uint64_t)field * 0xff51afd7ed558ccdu);
    for (uint64_t i = h ^ h >> 29;; i++) {
        struct note *slot = &n->slots[i & n->mask];
        if (slot->field == 0 || (slot->packet == packet && slot->field == field))
            return slot;
    }
}

static bool notes_grow(struct notes *n)
{
    uint64_t size = n->slots == NULL ? SLOTS_AT_FIRST : 2 * (n->mask + 1);
    struct notes more = {.slots = calloc(size, sizeof *more.slots), .mask = size - 1, .count = n->count};
    if (more.slots == NULL)
        return false;
    for (uint64_t i = 0; n->slots != NULL && i <= n->mask; i++) {
        if (n->slots[i].field != 0)
            *slot_of(&more, n->slots[i].packet, n->slots[i].field) = n->slots[i];
    }
    free(n->slots);
    *n = more;
    return true;
}

void notes_set(struct notes *n, uint64_t packet, uint32_t field, uint64_t value)
{
    if ((n->slots == NULL || 2 * (n->count + 1) > n->mask) && !notes_grow(n))
        return;
    struct note *slot = slot_of(n, packet, field);
    n->count += slot->field == 0;
    *slot = (struct note){packet, field, value};
}

bool notes_get(const struct notes *n, uint64_t packet, uint32_t field, uint64_t *value)
{
    if (n->slots == NULL)
        return false;
    const struct note *slot = slot_of(n, packet, field);
    if (slot->field == 0)
        return false;
    *value = slot->value;
    return true;
}
