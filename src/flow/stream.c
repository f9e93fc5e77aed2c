/*
 * Streams: the bytes of one direction of a connection, for messages that span segments.
 *
 *     stream   |--- delivered ---|--- message (open) ----.....|
 *                                ^begin                       ^end, or not known
 *
 * A segment's bytes are either new (a message may begin in them, and is looked at where it lies) or
 * belong to the open message of their direction, and are copied behind it. Bytes that come again
 * keep what was there first. One message at most is open in each direction. A message that is whole
 * is `spent`: it lives on until the next packet, because what was dissected points into it.
 */
#include <stdlib.h>
#include <string.h>

#include "flow/tcp.h"

static void message_free(struct message *m)
{
    if (m == NULL)
        return;
    free(m->data);
    free(m->parts);
    free(m);
}

void stream_drop(struct tcp_side *side, struct message **spent)
{
    struct message *m = side->message;
    side->message = NULL;
    if (m == NULL || m->lent == 0) {
        message_free(m);
        return;
    }
    m->next = *spent;
    *spent = m;
}

void tcp_flow_clear(struct tcp_flow *t, struct message **spent)
{
    for (unsigned i = 0; i < 2; i++) {
        stream_drop(&t->side[i], spent);
        free(t->side[i].unacked);
    }
    *t = (struct tcp_flow){0};
}

int64_t tcp_offset(struct tcp_side *side, const struct segment *s, uint32_t base)
{
    uint32_t first = s->seq + ((s->flags & TCP_SYN) != 0);
    int64_t offset = side->top + (int32_t)(first - (base + 1 + (uint32_t)side->top));
    if (offset + s->length > side->top)
        side->top = offset + s->length;
    return offset;
}

/* Room for n bytes and one part more. */
static bool message_reserve(struct message *m, uint32_t n)
{
    if (n > m->capacity) {
        uint32_t capacity = m->capacity < 1024 ? 1024 : m->capacity;
        while (capacity < n)
            capacity += capacity / 2;
        uint8_t *data = realloc(m->data, capacity);
        if (data == NULL)
            return false;
        m->data = data;
        m->capacity = capacity;
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

static bool message_append(struct message *m, uint64_t packet, const uint8_t *bytes, uint32_t n)
{
    if (!message_reserve(m, m->filled + n))
        return false;
    m->parts[m->part_count++] = (struct stream_part){packet, m->filled, n};
    if (n > 0)
        memcpy(m->data + m->filled, bytes, n);
    m->filled += n;
    return true;
}

/* How many of n bytes at `offset` the message takes: those that continue it. */
static uint32_t message_takes(const struct message *m, int64_t offset, uint32_t n)
{
    if (offset != m->begin + m->filled)
        return 0;
    if (m->open_end || m->end == INT64_MAX)
        return n;
    int64_t left = m->end - offset;
    return left < (int64_t)n ? (uint32_t)left : n;
}

/* The message goes on in memory of its own; what the present packet's fields point into becomes
 * spent. */
static bool message_part_from(struct message *m, struct message **spent)
{
    struct message *old = malloc(sizeof *old);
    uint8_t *data = malloc(m->capacity);
    struct stream_part *parts = malloc(m->part_capacity * sizeof *parts);
    if (old == NULL || data == NULL || parts == NULL) {
        free(old);
        free(data);
        free(parts);
        return false;
    }
    *old = *m;
    old->next = *spent;
    *spent = old;
    memcpy(data, m->data, m->filled);
    memcpy(parts, m->parts, m->part_count * sizeof *parts);
    m->data = data;
    m->parts = parts;
    m->lent = 0;
    return true;
}

void stream_take(struct tcp_side *side, struct message **spent, uint64_t packet, uint64_t held,
                 int64_t offset, const uint8_t *bytes, uint32_t n, bool fin,
                 struct stream_piece *piece)
{
    struct message *m = side->message;
    *piece = (struct stream_piece){.kind = STREAM_NEW};
    if (m == NULL || (n == 0 && !fin))
        return;
    uint32_t used = message_takes(m, offset, n);
    bool ends = fin && m->end == INT64_MAX && offset == m->begin + m->filled;
    if (used == 0 && !ends)
        return;
    piece->used = used;
    piece->offset = m->begin;
    if (m->lent >= held && !message_part_from(m, spent)) {
        m->next = *spent;
        *spent = m;
        side->message = NULL;
        return;
    }
    if (!message_append(m, packet, bytes, used)) {
        stream_drop(side, spent);
        return;
    }
    piece->kind = STREAM_PART;
    if (m->open_end || ends || m->begin + m->filled == m->end) {
        piece->kind = STREAM_WHOLE;
        side->message = NULL;
        m->next = *spent;
        *spent = m;
    }
    piece->data = m->data;
    piece->length = m->filled;
    piece->parts = m->parts;
    piece->part_count = m->part_count;
}

static void message_set_end(struct message *m, uint32_t need)
{
    m->open_end = need == STREAM_MORE;
    m->end = need >= STREAM_TO_FIN ? INT64_MAX : m->begin + need;
    if (m->open_end)
        m->end = m->begin + m->filled + 1;
}

/* The parts of `from` that reach into its last n bytes, and these bytes, become m's. */
static bool message_copy_tail(struct message *m, const struct message *from, uint32_t n)
{
    uint32_t gone = from->filled - n;
    for (uint32_t i = 0; i < from->part_count; i++) {
        const struct stream_part *part = &from->parts[i];
        if (part->offset + part->length <= gone)
            continue;
        uint32_t cut = part->offset < gone ? gone - part->offset : 0;
        if (!message_append(m, part->packet, from->data + part->offset + cut, part->length - cut))
            return false;
    }
    return true;
}

static bool message_begin(struct message *m, const struct message *spent, uint64_t packet,
                          int64_t offset, const uint8_t *bytes, uint32_t n)
{
    m->begin = offset;
    if (spent != NULL && offset >= spent->begin && offset + n == spent->begin + spent->filled)
        return message_copy_tail(m, spent, n);
    return message_append(m, packet, bytes, n);
}

bool stream_keep(struct tcp_side *side, struct message **spent, uint64_t packet, int64_t offset,
                 const uint8_t *bytes, uint32_t n, uint32_t need, uint32_t limit)
{
    struct message *m = *spent;
    if (n > limit || (need < STREAM_TO_FIN && need > limit))
        return false;
    if (m != NULL && side->message == NULL && offset == m->begin && n == m->filled) {
        *spent = m->next; /* it was not whole after all */
        m->lent = packet;
    } else {
        stream_drop(side, spent);
        m = calloc(1, sizeof *m);
        if (m == NULL || !message_begin(m, *spent, packet, offset, bytes, n)) {
            message_free(m);
            return false;
        }
    }
    m->next = NULL;
    side->message = m;
    message_set_end(m, need);
    return true;
}

void stream_free_spent(struct message **spent)
{
    while (*spent != NULL) {
        struct message *next = (*spent)->next;
        message_free(*spent);
        *spent = next;
    }
}
