/*
 * table: finds flows. Only flow/ includes this.
 *
 *     slots  | 0 | hash, 2 | 0 | 0 | hash, 1 | ...     open addressing, linear probing, at most half full
 *                        |              |
 *     flows  |  0  |  1  | <- slot.number - 1           parked: base/park.h
 *
 * The key is the 5-tuple with its smaller end first, so both directions find the same flow; direction 0 is from the
 * smaller end to the larger. When its ports are used again a flow becomes another flow in place, with the next stream
 * number; when the table is full, one that was not seen for long does.
 */
#ifndef FLOW_TABLE_H
#define FLOW_TABLE_H

#include "base/park.h"
#include "flow/expectations.h"
#include "flow/fragments.h"
#include "flow/notes.h"
#include "flow/tcp.h"

enum { IP_TCP = 6, IP_UDP = 17 };
enum { SHIFT_UNKNOWN = -1, SHIFT_NONE = -2, SHIFT_MAX = 14 };

struct slot {
    uint32_t hash;
    uint32_t number; /* of the flow, from 1; 0: empty */
};

/* Flows that have a flow_more, as they got it: see flow/retire.c. */
struct retiring {
    uint32_t *line; /* owned; numbers of flows: a ring */
    uint32_t begin, count, room;
};

struct flow_table {
    struct slot *slots;
    uint32_t slot_mask;
    struct park flows;
    struct more_pool more;
    uint32_t count, limit;
    uint32_t hand; /* of a full table: the flow that may have to make room next */
    struct retiring retiring;
    uint32_t streams[3]; /* TCP, UDP, others */
    enum flow_depth depth;
    bool forgot;  /* see flow_table_forgot() */
    bool lasting; /* what a packet is told is read after the packet, too */
    uint32_t message_limit;
    uint64_t packet;       /* the last one that asked */
    struct message *spent; /* owned; of that packet */
    uint64_t stream_limit; /* bytes of messages that wait, of all flows */
    uint64_t taken;        /* bytes that were taken since the last sweep */
    struct notes notes;
    struct expectations expectations;
    struct fragments *fragments; /* owned; NULL until the first one comes */
};

/* The flow of that number, which is there; NULL without memory. Valid for the rest of the packet. */
static inline struct flow *table_flow(struct flow_table *t, uint32_t number)
{
    return park_at(&t->flows, number);
}

/* The segment's flow, which may begin with it; sets its number, and whether its ports are used again. NULL without
 * memory. */
struct flow *flow_table_find(struct flow_table *t, const struct segment *s,
                             const struct flow_place *place, uint32_t *number, bool *reused);

/* The flow has got a flow_more: it gets in line, and some that are at its head may lose theirs. */
void flow_retire_some(struct flow_table *t, uint32_t number, struct flow *flow, int64_t now_ns);

#endif
