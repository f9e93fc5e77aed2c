/*
 * flow: the table of flows, which says of each segment what only its flow knows: the number of the
 * stream, what relative sequence numbers count from, the window scale, and when the flow was last seen.
 *
 * Segments must come in packet order. One table serves one run over one capture; it has no locks.
 */
#ifndef FLOW_FLOW_H
#define FLOW_FLOW_H

#include "base/limits.h"
#include "dissect/transport.h"

struct flow_table;

/* Which flow a segment belongs to: its 5-tuple with the smaller end first, so that both directions have the same.
 * No padding: it is compared with memcmp(). */
struct flow_key {
    uint8_t low[16], high[16]; /* addresses; of IPv4 the first 4 bytes */
    uint16_t low_port, high_port;
    uint8_t version, protocol;
    uint16_t zero;
};
_Static_assert(sizeof(struct flow_key) == 40, "no padding in a key");

struct flow_place {
    struct flow_key key;
    uint32_t hash;
    uint8_t direction; /* of the segment: 1 if the larger end sent it */
};

/* What is asked for; each takes in those before it. */
enum flow_depth {
    FLOW_NUMBERS,  /* of flows and packets, and times */
    FLOW_ANALYSIS, /* what TCP analysis says of a segment, and streams */
    FLOW_UNACKED /* which segments wait for their acknowledgment: the facts from acks_packet to push_bytes */
};

/* NULL without memory. The limits are copied. */
struct flow_table *flow_table_new(const struct limits *limits, enum flow_depth depth);
void flow_table_free(struct flow_table *table);

/* How many TCP or UDP streams (protocol 6 or 17) were seen so far. */
uint32_t flow_table_streams(const struct flow_table *table, uint8_t protocol);

/* For who reads only some of the packets, and knows the numbers that streams have among all: a flow gets that number;
 * the next flows are numbered from these on, by TCP, UDP and others. */
void flow_table_set_stream(struct flow_table *table, uint32_t flow, uint32_t stream);
void flow_table_set_streams(struct flow_table *table, const uint32_t streams[3]);
void flow_table_get_streams(const struct flow_table *table, uint32_t streams[3]);
/* Was something given up for want of room? Then what one flow said may have depended on what others had. */
bool flow_table_forgot(const struct flow_table *table);

/* Prepends to *spent what the present packet was told of and no flow needs any more. Who asks once must ask
 * for every packet; else it stays until the next packet. */
struct message;
void flow_table_take_spent(struct flow_table *table, struct message **spent);
void flow_spent_free(struct message **spent);

/* The calls of struct flow_hook: `table` is a struct flow_table. flow_facts_of() is false, and gives no
 * facts, where memory is short, for flows it does not know yet. Once limits.flows are known, those that were not
 * seen for longest are forgotten. */
bool flow_facts_of(void *table, const struct segment *segment, struct flow_facts *facts);
/* The same in two steps. The first needs no table, so it can be done ahead, and by another thread. The segment's
 * addresses are looked at only there. */
void flow_place_of(const struct segment *segment, struct flow_place *place);
bool flow_facts_at(struct flow_table *table, const struct segment *segment,
                   const struct flow_place *place, struct flow_facts *facts);
/* In between: the flow will be asked for soon, and its memory is fetched: its slot (step 0); a few segments later
 * what tells where it is (1), and then the flow itself (2). */
void flow_fetch(const struct flow_table *table, const struct flow_place *place, unsigned step);
/* Its stream, as a guess: true unless more than fetching is needed to tell. */
bool flow_peek(const struct flow_table *table, const struct flow_place *place, uint32_t *stream);
void flow_take(void *table, const struct flow_facts *facts, uint32_t ahead, const uint8_t *bytes,
               uint32_t n, enum stream_end end, struct stream_piece *piece);
bool flow_keep(void *table, const struct flow_facts *facts, int64_t offset, const uint8_t *bytes,
               uint32_t n, const struct stream_need *need);
void flow_fragment(void *table, const struct fragment *fragment, struct stream_piece *piece);
void *flow_state_of(void *table, const struct flow_facts *facts, uint16_t proto, size_t size);
void flow_expect(void *table, const struct expectation *e);
bool flow_expected(void *table, struct expectation *e);
void flow_tell(void *table, uint64_t packet, uint32_t field, uint64_t value);
bool flow_told(const void *table, uint64_t packet, uint32_t field, uint64_t *value);

/* What one pass told becomes what the next is told. */
void flow_table_move_notes(struct flow_table *to, struct flow_table *from);

#endif
