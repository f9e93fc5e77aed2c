/*
 * touch: which packets depend on each other.
 *
 * All that a packet may learn of others it asks of the flow table (struct flow_hook): flows, fragments of a
 * datagram, and what another packet announced. Packets that touched the same of these are in one group, and
 * so are those that one packet connects: whoever reads the packets of a group, in order and from the first,
 * sees in each what a run over the whole capture sees. Only the numbers of streams count all flows: an index
 * keeps them.
 *
 *     packet 1   flow 7                group 1
 *     packet 2   flow 9                group 2
 *     packet 3   flow 7, flow 9        group 1, of which 2 is a part from now on
 */
#ifndef QUERY_TOUCH_H
#define QUERY_TOUCH_H

#include "base/map.h"
#include "dissect/transport.h"
#include "index/index.h"

enum { TOUCH_STREAMS = 32 }; /* of one packet */

struct touches {
    /* Of the present packet: */
    uint32_t group; /* 0: none */
    unsigned marks; /* INDEX_MARK_... */
    uint32_t stream_count;
    struct index_stream streams[TOUCH_STREAMS];
    /* Of all: */
    uint32_t *flow_groups; /* owned; by number of the flow, 0: none yet */
    uint32_t flow_room;
    struct map keys;      /* of fragments and announcements */
    uint32_t *key_groups; /* owned; by number in `keys` */
    uint32_t key_room;
    uint32_t *parts_of; /* owned; by group: itself, or the group that it is a part of */
    uint32_t groups, group_room;
    bool beyond; /* a packet was in more than TOUCH_STREAMS */
    bool failed; /* without memory */
};

void touches_init(struct touches *t);
void touches_free(struct touches *t);
/* With the groups of an index, before the first packet. False without memory. */
bool touches_go_on(struct touches *t, const uint32_t *groups, uint32_t count);
/* A new packet. */
void touches_begin(struct touches *t);
void touch_flow(struct touches *t, const struct segment *segment, const struct flow_facts *facts);
void touch_fragment(struct touches *t, const struct fragment *fragment);
/* What packet `packet` announced: announced now, or found. */
void touch_announcement(struct touches *t, uint64_t packet);
/* At the end: every group points at the one that it ended up in. */
void touches_settle(struct touches *t);

/* The numbers of streams, where not all flows are seen. */
struct stream_numbers {
    uint32_t stream;                   /* the present packet's only, or first */
    const struct index_stream *others; /* the present packet's, where it is in several */
    uint64_t count;
};

uint32_t stream_number(const struct stream_numbers *numbers, const struct segment *segment);

#endif
