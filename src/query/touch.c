#include "query/touch.h"

#include <stdlib.h>
#include <string.h>

#include "flow/flow.h"

enum { ROOM_AT_FIRST = 256 };

/* What a fragment belongs to, or an announcement: no padding, and all zero where it is not set. */
struct touch_key {
    uint8_t src[16], dst[16];
    uint64_t id;
    uint16_t of;
    uint8_t version, protocol;
    uint32_t zero;
};

void touches_init(struct touches *t)
{
    *t = (struct touches){.groups = 1};
    map_init(&t->keys, sizeof(struct touch_key));
}

/* The place of number `at` in an array that grows with zeros; NULL without memory. */
static uint32_t *place(struct touches *t, uint32_t **array, uint32_t *room, uint32_t at)
{
    if (at >= *room) {
        uint32_t more = *room == 0 ? ROOM_AT_FIRST : *room;
        while (more <= at)
            more *= 2;
        uint32_t *grown = realloc(*array, more * sizeof *grown);
        if (grown == NULL) {
            t->failed = true;
            return NULL;
        }
        memset(grown + *room, 0, (more - *room) * sizeof *grown);
        *array = grown;
        *room = more;
    }
    return *array + at;
}

bool touches_go_on(struct touches *t, const uint32_t *groups, uint32_t count)
{
    if (count == 0)
        return true;
    if (place(t, &t->parts_of, &t->group_room, count - 1) == NULL)
        return false;
    memcpy(t->parts_of, groups, count * sizeof *groups);
    t->groups = count;
    return true;
}

void touches_free(struct touches *t)
{
    free(t->flow_groups);
    free(t->key_groups);
    free(t->parts_of);
    map_free(&t->keys);
}

void touches_begin(struct touches *t)
{
    t->group = 0;
    t->marks = 0;
    t->stream_count = 0;
}

static uint32_t whole_of(struct touches *t, uint32_t group)
{
    while (t->parts_of[group] != group) {
        t->parts_of[group] = t->parts_of[t->parts_of[group]];
        group = t->parts_of[group];
    }
    return group;
}

/* The packet touches what has its group at `of`, or gets one there. */
static void touch(struct touches *t, uint32_t *of)
{
    if (of == NULL)
        return;
    if (*of == 0) {
        *of = t->group != 0 ? t->group : t->groups;
        uint32_t *part =
            *of == t->groups ? place(t, &t->parts_of, &t->group_room, t->groups) : NULL;
        if (part != NULL)
            *part = t->groups++;
    }
    if (t->failed)
        return;
    uint32_t group = whole_of(t, *of);
    if (t->group != 0) {
        uint32_t mine = whole_of(t, t->group);
        t->parts_of[group > mine ? group : mine] = group < mine ? group : mine;
        group = group < mine ? group : mine;
    }
    t->group = *of = group;
}

/* Which of the packet's flows it is. */
static uint32_t key_of(const struct segment *s)
{
    struct flow_place place;
    flow_place_of(s, &place);
    return place.hash;
}

void touch_flow(struct touches *t, const struct segment *segment, const struct flow_facts *facts)
{
    touch(t, place(t, &t->flow_groups, &t->flow_room, facts->flow));
    if (t->stream_count < TOUCH_STREAMS)
        t->streams[t->stream_count++] =
            (struct index_stream){segment->packet, key_of(segment), facts->stream};
    else
        t->beyond = true;
    if (t->stream_count > 1)
        t->marks |= INDEX_MARK_STREAMS;
}

static void touch_keyed(struct touches *t, const struct touch_key *key)
{
    uint32_t number = map_number(&t->keys, key);
    if (number == MAP_NONE)
        t->failed = true;
    else
        touch(t, place(t, &t->key_groups, &t->key_room, number));
}

void touch_fragment(struct touches *t, const struct fragment *f)
{
    struct touch_key key = {
        .id = f->id, .of = f->of, .version = f->ip_version, .protocol = f->protocol};
    memcpy(key.src, f->src, f->ip_version == 6 ? 16 : 4);
    memcpy(key.dst, f->dst, f->ip_version == 6 ? 16 : 4);
    t->marks |= INDEX_MARK_FRAGMENT;
    touch_keyed(t, &key);
}

void touch_announcement(struct touches *t, uint64_t packet)
{
    t->marks |= INDEX_MARK_ANNOUNCED;
    touch_keyed(t, &(struct touch_key){.id = packet});
}

void touches_settle(struct touches *t)
{
    for (uint32_t g = 1; g < t->groups; g++)
        t->parts_of[g] = whole_of(t, g);
}

uint32_t stream_number(const struct stream_numbers *n, const struct segment *segment)
{
    uint32_t key = n->count > 0 ? key_of(segment) : 0;
    for (uint64_t i = 0; i < n->count; i++) {
        if (n->others[i].key == key)
            return n->others[i].stream;
    }
    return n->stream;
}
