/*
 * Streams: the bytes of one direction of a connection, for messages that span segments.
 *
 *     stream   |--- delivered ---|--- message (open) ----.....|
 *                                ^begin                       ^end, or not known
 *
 * A segment's bytes are either new (a message may begin in them, and is looked at where it lies) or
 * belong to an open message of their direction, and are copied to their place in it. Behind a gap in
 * one message another may begin, so that a few may be open at a time. A message that is whole is
 * `spent`: it lives on until the next packet, because what was dissected points into it.
 */
#include "flow/tcp.h"

#include <stdlib.h>

enum { OPEN_MAX = 4 };

static void move_to_spent(struct message **link, struct message **spent)
{
    struct message *m = *link;
    *link = m->next;
    m->next = *spent;
    *spent = m;
}

/* What was lent may still be pointed into. */
static void give_up(struct message **link, struct message **spent)
{
    struct message *m = *link;
    if (m->lent != 0) {
        move_to_spent(link, spent);
        return;
    }
    *link = m->next;
    message_free(m);
}

void stream_drop(struct open_messages *open, struct message **spent, uint64_t packet)
{
    for (struct message **link = &open->first; *link != NULL;) {
        if ((*link)->touched < packet)
            give_up(link, spent);
        else
            link = &(*link)->next;
    }
}

void tcp_place(struct tcp_side *side, const struct segment *s, uint32_t base,
               struct flow_facts *facts)
{
    uint32_t first = s->seq + ((s->flags & TCP_SYN) != 0);
    facts->offset = side->top + (int32_t)(first - (base + 1 + (uint32_t)side->top));
    facts->probes = s->length > 0 && side->top > 0 && facts->offset == side->top - 1;
    if (facts->offset + s->length > side->top)
        side->top = facts->offset + s->length;
}

/* ---- Taking ---------------------------------------------------------------------------------- */

/* Do bytes at `offset` belong to it? */
static bool message_has(const struct message *m, int64_t offset)
{
    if (m->open_end)
        return offset >= m->begin && offset <= m->begin + m->filled;
    return offset >= m->begin && offset < m->end && offset - m->begin <= m->limit;
}

/* How many of n bytes at `offset` belong to it. */
static uint32_t message_takes(const struct message *m, int64_t offset, uint32_t n)
{
    int64_t left = m->end - offset;
    return !m->open_end && left < (int64_t)n ? (uint32_t)left : n;
}

/* What was lent to the packets from number `held` on stays as it is, and the message goes on in memory of
 * its own. False without memory: it is given up. */
static bool message_part_from(struct message **link, struct message **spent, uint64_t held)
{
    if ((*link)->lent < held)
        return true;
    struct message *copy = message_copy(*link);
    move_to_spent(link, spent);
    if (copy == NULL)
        return false;
    copy->next = *link;
    *link = copy;
    return true;
}

static void piece_of(const struct message *m, struct stream_piece *piece)
{
    piece->offset = m->begin;
    piece->last = m->last;
    piece->data = m->data;
    piece->length = m->filled;
    piece->kept = message_kept(m);
    piece->parts = m->parts;
    piece->part_count = m->part_count;
}

void stream_take(struct open_messages *open, struct message **spent, uint64_t packet, uint64_t held,
                 int64_t offset, const uint8_t *bytes, uint32_t n, bool fin,
                 struct stream_piece *piece)
{
    struct message **link = &open->first;
    *piece = (struct stream_piece){.kind = STREAM_NEW};
    while (*link != NULL && !message_has(*link, offset))
        link = &(*link)->next;
    if (*link == NULL || (n == 0 && (!fin || (*link)->end != INT64_MAX)))
        return;
    piece->used = message_takes(*link, offset, n);
    if (!message_part_from(link, spent, held))
        return;
    struct message *m = *link;
    uint32_t filled = m->filled;
    if (fin && m->end == INT64_MAX) {
        m->end = offset + n;
        m->last = true;
    }
    if (!message_add(m, packet, (uint32_t)(offset - m->begin), bytes, piece->used)) {
        give_up(link, spent);
        return;
    }
    piece->kind = STREAM_PART;
    if (m->open_end ? m->filled > filled : m->begin + m->filled == m->end) {
        piece->kind = STREAM_WHOLE;
        move_to_spent(link, spent);
    }
    piece_of(m, piece);
}

void stream_cut(struct open_messages *open, struct message **spent, int64_t offset,
                enum stream_end end, struct stream_piece *piece)
{
    struct message **oldest = NULL;
    *piece = (struct stream_piece){.kind = STREAM_NEW};
    for (struct message **link = &open->first; *link != NULL; link = &(*link)->next) {
        if (end == STREAM_CUT || (*link)->begin + (*link)->filled == offset)
            oldest = link;
    }
    if (oldest == NULL)
        return;
    struct message *m = *oldest;
    m->last = true;
    move_to_spent(oldest, spent);
    piece_of(m, piece);
    piece->kind = STREAM_WHOLE;
    piece->lacks =
        m->open_end || m->end == INT64_MAX ? 1 : (uint32_t)(m->end - m->begin - m->filled);
}

/* ---- Keeping --------------------------------------------------------------------------------- */

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
        if (!message_add(m, part->packet, m->filled, from->data + part->offset + cut,
                         part->length - cut))
            return false;
    }
    return true;
}

static struct message *message_begin(const struct message *spent, uint64_t packet, int64_t offset,
                                     const uint8_t *bytes, uint32_t n,
                                     const struct stream_need *need, uint32_t limit)
{
    struct message *m = message_new(offset, need, limit);
    bool tail = spent != NULL && spent->filled <= spent->head && offset >= spent->begin &&
                offset + n == spent->begin + spent->filled;
    if (m != NULL &&
        !(tail ? message_copy_tail(m, spent, n) : message_add(m, packet, 0, bytes, n))) {
        message_free(m);
        return NULL;
    }
    return m;
}

/* The newest comes first; what was begun at the same place, and what is one too many, is given up. */
static void open_push(struct open_messages *open, struct message **spent, struct message *m)
{
    unsigned count = 1;
    m->next = open->first;
    open->first = m;
    for (struct message **link = &m->next; *link != NULL;) {
        struct message *other = *link;
        if (++count <= OPEN_MAX && other->begin != m->begin) {
            link = &other->next;
            continue;
        }
        give_up(link, spent);
    }
}

bool stream_keep(struct open_messages *open, struct message **spent, uint64_t packet,
                 int64_t offset, const uint8_t *bytes, uint32_t n, const struct stream_need *need,
                 uint32_t limit)
{
    struct message *m = *spent;
    if (n > limit || (need->length < STREAM_TO_FIN && need->length > limit))
        return false;
    if (m != NULL && offset == m->begin && n == m->filled && bytes == m->data) {
        *spent = m->next; /* it was not whole after all */
        m->lent = packet;
        m->head = need->head > n ? need->head : n; /* what is there is there */
    } else {
        m = message_begin(m, packet, offset, bytes, n, need, limit);
        if (m == NULL)
            return false;
    }
    message_set_end(m, need->length);
    open_push(open, spent, m);
    return true;
}
