/*
 * message: the bytes of one message that comes in several segments, in whatever order.
 *
 *     begin                                                      end, or INT64_MAX
 *     |--part--|--part--|        |--part--|......................|
 *                       ^filled          ^ ahead of a gap
 *
 * Parts are sorted, and do not overlap: bytes that come again keep what was there first.
 */
#ifndef FLOW_MESSAGE_H
#define FLOW_MESSAGE_H

#include "dissect/transport.h"

struct message {
    int64_t begin, end; /* offsets in the stream; end: INT64_MAX until the stream ends */
    bool open_end;      /* how long it is is not known: what comes next belongs to it, all of it */
    bool last;          /* the stream ends with it */
    bool pieces; /* each packet that it came in is a part; else those behind `head` may be one */
    uint8_t
        *data; /* owned; [0, filled) is there, and the parts ahead of it, but only below `head` */
    uint32_t filled, head, capacity, limit;
    uint64_t lent;             /* the packet whose fields point into it */
    uint64_t touched;          /* the packet that was the last to add to it */
    struct message *next;      /* in a list of open or of spent ones */
    struct stream_part *parts; /* owned */
    uint32_t part_count, part_capacity;
};

/* Nothing is in it yet; it will take no more than `limit` bytes. NULL without memory. */
struct message *message_new(int64_t begin, const struct stream_need *need, uint32_t limit);
void message_free(struct message *m);
void message_free_all(struct message **list);

/* Adds what is new of n bytes that lie `at` bytes from the beginning; n may be 0. False without memory, or
 * if they lie too far away. */
bool message_add(struct message *m, uint64_t packet, uint32_t at, const uint8_t *bytes, uint32_t n);

/* How many of the bytes that hang together with the beginning are there. */
static inline uint32_t message_kept(const struct message *m)
{
    return m->filled < m->head ? m->filled : m->head;
}

/* How much memory it has written to. */
uint64_t message_memory(const struct message *m);

/* A copy of its own for what goes on; `m` stays as it is. NULL without memory. */
struct message *message_copy(const struct message *m);

#endif
