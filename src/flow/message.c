#include "flow/message.h"

#include <stdlib.h>
#include <string.h>

/* How many parts may have to move when one comes late: it bounds what a packet costs. */
enum { PARTS_MOVED_MAX = 16384 };
/* Room that is made at once, where the length is not known, and where it is at most. */
enum { ROOM_AT_FIRST = 1024, ROOM_KNOWN = 256 << 10 };

struct message *message_new(int64_t begin, const struct stream_need *need, uint32_t limit)
{
    struct message *m = calloc(1, sizeof *m);
    if (m != NULL) {
        m->begin = begin;
        m->end = need->length < STREAM_TO_FIN ? begin + need->length : INT64_MAX;
        m->head = need->head;
        m->pieces = need->pieces;
        m->limit = limit;
    }
    return m;
}

void message_free(struct message *m)
{
    if (m == NULL)
        return;
    free(m->data);
    free(m->parts);
    free(m);
}

void message_free_all(struct message **list)
{
    while (*list != NULL) {
        struct message *next = (*list)->next;
        message_free(*list);
        *list = next;
    }
}

/* How many bytes of the part are kept. */
static uint32_t part_kept(const struct message *m, const struct stream_part *part)
{
    if (part->offset >= m->head)
        return 0;
    return part->length < m->head - part->offset ? part->length : m->head - part->offset;
}

struct message *message_copy(const struct message *m)
{
    struct message *copy = malloc(sizeof *copy);
    if (copy == NULL)
        return NULL;
    *copy = *m;
    copy->next = NULL;
    copy->lent = 0;
    copy->data = malloc(m->capacity);
    copy->parts = malloc(m->part_capacity * sizeof *m->parts);
    if (copy->data == NULL || copy->parts == NULL) {
        message_free(copy);
        return NULL;
    }
    for (uint32_t i = 0; i < m->part_count; i++) { /* what lies between them was never written */
        uint32_t kept = part_kept(m, &m->parts[i]);
        if (kept > 0)
            memcpy(copy->data + m->parts[i].offset, m->data + m->parts[i].offset, kept);
    }
    memcpy(copy->parts, m->parts, m->part_count * sizeof *m->parts);
    return copy;
}

/* How many bytes it will keep, as far as is known. */
static uint32_t expected(const struct message *m)
{
    bool known = !m->open_end && m->end != INT64_MAX;
    int64_t length = known ? m->end - m->begin : ROOM_AT_FIRST;
    return length < (int64_t)m->head ? (uint32_t)length : m->head;
}

/* Room for n bytes and one part more. */
static bool message_reserve(struct message *m, uint32_t n)
{
    if (n > m->capacity) {
        uint64_t all = expected(m), capacity = m->capacity + m->capacity / 2;
        if (capacity < (all < ROOM_KNOWN ? all : ROOM_KNOWN))
            capacity = all < ROOM_KNOWN ? all : ROOM_KNOWN;
        if (capacity < n)
            capacity = n;
        uint8_t *data = realloc(m->data, capacity);
        if (data == NULL)
            return false;
        m->data = data;
        m->capacity = (uint32_t)capacity;
    }
    if (m->part_count == m->part_capacity) {
        uint32_t capacity = m->part_capacity == 0 ? 4 : 2 * m->part_capacity;
        struct stream_part *parts = realloc(m->parts, capacity * sizeof *parts);
        if (parts == NULL)
            return false;
        m->parts = parts;
        m->part_capacity = capacity;
    }
    return true;
}

static uint32_t part_end(const struct stream_part *part)
{
    return part->offset + part->length;
}

uint64_t message_memory(const struct message *m)
{
    uint32_t end = m->part_count == 0 ? 0 : part_end(&m->parts[m->part_count - 1]);
    return (end < m->head ? end : m->head) + m->part_count * sizeof *m->parts;
}

/* Does the part go on where the last one ends, where nobody asks for its bytes, nor for its packet? */
static bool part_joins(const struct message *m, uint32_t i, const struct stream_part *part)
{
    if (m->pieces || i == 0 || i < m->part_count)
        return false;
    const struct stream_part *last = &m->parts[i - 1];
    return last->offset >= m->head && part_end(last) == part->offset;
}

static void fill_from(struct message *m, uint32_t i)
{
    for (; i < m->part_count && m->parts[i].offset <= m->filled; i++) {
        if (part_end(&m->parts[i]) > m->filled)
            m->filled = part_end(&m->parts[i]);
    }
}

/* A part becomes number i; what now hangs together with the beginning is filled. */
static bool part_insert(struct message *m, uint32_t i, struct stream_part part,
                        const uint8_t *bytes)
{
    uint32_t kept = part_kept(m, &part);
    if (part_joins(m, i, &part)) {
        m->parts[--i].length += part.length;
        fill_from(m, i);
        return true;
    }
    if (m->part_count - i > PARTS_MOVED_MAX ||
        !message_reserve(m, kept > 0 ? part.offset + kept : 0))
        return false;
    memmove(m->parts + i + 1, m->parts + i, (m->part_count - i) * sizeof *m->parts);
    m->parts[i] = part;
    m->part_count++;
    if (kept > 0)
        memcpy(m->data + part.offset, bytes, kept);
    fill_from(m, i);
    return true;
}

bool message_add(struct message *m, uint64_t packet, uint32_t at, const uint8_t *bytes, uint32_t n)
{
    if (n > m->limit || at > m->limit - n)
        return false;
    m->touched = packet;
    uint32_t i = m->part_count, end = at + n;
    while (i > 0 && m->parts[i - 1].offset > at)
        i--;
    if (n == 0)
        return part_insert(m, i, (struct stream_part){packet, at, 0}, bytes);
    for (; at < end; i++) { /* parts[i] is the first that begins behind `at` */
        uint32_t known = i > 0 ? part_end(&m->parts[i - 1]) : 0;
        uint32_t stop = i < m->part_count && m->parts[i].offset < end ? m->parts[i].offset : end;
        uint32_t skipped = known <= at ? 0 : (known < end ? known : end) - at;
        at += skipped;
        bytes += skipped;
        if (at >= stop)
            continue;
        if (!part_insert(m, i++, (struct stream_part){packet, at, stop - at}, bytes))
            return false;
        bytes += stop - at;
        at = stop;
    }
    return true;
}
