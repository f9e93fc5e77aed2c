/*
 * tcp: what the flow table remembers of a flow. Only flow/ includes this.
 *
 *     struct flow, 256 bytes           | key, numbers | side[0] | side[1] | times, states |      a cache line each
 *                                                                               |
 *     struct flow_more, of some only   | unacked segments | holes | open messages | ...  | <-----'
 *
 * A flow is small, and what few flows have at a time is apart. Those that nobody has asked for lately are packed besides
 * (base/park.h): with what finds it, a TCP connection over IPv4 that has ended takes about 125 bytes.
 */
#ifndef FLOW_TCP_H
#define FLOW_TCP_H

#include <stdalign.h>

#include "dissect/transport.h"
#include "flow/flow.h"
#include "flow/message.h"
#include "flow/seq.h"

/* ---- What a flow has at times ------------------------------------------------------------------ */

/* A segment that was sent and not acknowledged yet. */
struct unacked {
    uint32_t seq, next;
    uint64_t packet;
    int64_t time_ns;
};

/* Those of one direction, as they came; at most UNACKED_MAX. */
enum { UNACKED_OWN = 2, UNACKED_MAX = 10000 };
struct unacked_queue {
    struct unacked own[UNACKED_OWN]; /* used as long as they are enough */
    struct unacked *many;            /* owned; or NULL */
    uint32_t count, room;            /* room: of `many` */
    uint32_t low, high; /* of all of them, the lowest and the highest number; if there are any */
};

/* Numbers that were skipped, the last time that this happened; those from `begin` on did not come yet. */
struct tcp_hole {
    uint32_t begin, end;
    int64_t time_ns; /* when it was noticed */
};

/* What a protocol keeps for a flow. */
struct kept_state {
    struct kept_state *next;
    uint64_t channel;
    size_t size;
    uint16_t proto;
    max_align_t bytes[];
};

/* The messages of one direction of a stream that wait for the rest of theirs: owned; the newest first. */
struct open_messages {
    struct message *first;
};

/* A stream inside the flow with a message that is not whole: there is none for others. */
struct channel {
    struct channel *next;
    uint64_t id;
    struct open_messages open[2];
};

/* Arrays are by direction. */
struct flow_more {
    struct unacked_queue unacked[2];
    struct tcp_hole hole[2];
    uint32_t duplicate_acks[2];
    uint32_t sacked[2]; /* bytes in the SACK blocks of its last segment */
    struct open_messages open[2];
    struct kept_state *states; /* owned */
    struct channel *channels;  /* owned */
    struct flow_more *next_free;
};

enum { MORE_BLOCK = 32 };
struct more_block {
    struct more_block *next;
    uint32_t used;
    struct flow_more items[MORE_BLOCK];
};

/* Who needs one takes the one that was given back last: it is in the cache. */
struct more_pool {
    struct more_block *blocks; /* owned; the newest first */
    struct flow_more *free;
};

struct flow;
/* The flow's; it gets one if it has none. NULL without memory. */
struct flow_more *flow_more(struct more_pool *pool, struct flow *flow);
/* The flow's is given back if there is nothing in it. */
void flow_more_tidy(struct more_pool *pool, struct flow *flow);
/* What is in it is freed, or added to `spent` (see below). */
void flow_more_clear(struct flow_more *more, struct message **spent);
void more_pool_free(struct more_pool *pool, struct message **spent);

void unacked_add(struct unacked_queue *q, const struct unacked *u);
/* One more is among them. */
static inline void unacked_span(struct unacked_queue *q, const struct unacked *u)
{
    if (q->count == 0 || seq_lt(u->seq, q->low))
        q->low = u->seq;
    if (q->count == 0 || seq_gt(u->next, q->high))
        q->high = u->next;
    q->count++;
}
static inline struct unacked *unacked_of(struct unacked_queue *q)
{
    return q->many != NULL ? q->many : q->own;
}

/* ---- Flows ------------------------------------------------------------------------------------- */

/* What one end has sent, and said of the other. */
struct tcp_side {
    int64_t next_time_ns, ack_time_ns;
    uint64_t first_ack_packet; /* that told `ack` first */
    uint64_t next_packet;      /* that told `next`, at next_time_ns */
    int64_t top;               /* offset in the stream of the highest byte seen, plus one */
    uint32_t next;             /* sequence number after the highest seen */
    uint32_t ack;
    uint32_t to_be_acked; /* as `next`, but up to the first gap */
    uint32_t push_bytes;
    uint16_t last_analysis;
    uint16_t window; /* as it stands in the header */
    bool seq_known : 1, ack_known : 1, window_known : 1, acked_known : 1;
    bool gap : 1; /* something was lost, and the other end has not acknowledged anything since */
    bool
        unseen : 1; /* the other end has acknowledged more than was seen, since `ack` was said last */
    bool pushed : 1;             /* the last segment with data had PSH set */
    bool fin : 1, fin_first : 1; /* sent; before the other end sent one */
    bool base_known : 1;         /* flow.base */
};
_Static_assert(sizeof(struct tcp_side) <= 64, "one direction is one cache line");

/* Both ends' states; arrays are by enum tcp_end. */
struct tcp_states {
    uint32_t ack[2];     /* the highest that this end has sent */
    uint32_t fin_end[2]; /* the acknowledgment that confirms this end's FIN */
    uint8_t state[2];
    uint8_t fin_step[2];
    uint8_t is; /* enum end_is */
    bool begun : 1;
    bool opener : 1; /* its direction */
    bool both_opened_at_once : 1, both_closed_at_once : 1;
};

/* What is so of the opener; the next bit tells it of the answerer. */
enum end_is { FIN_SENT = 1 << 0, FIN_ACKED = 1 << 2, ACK_KNOWN = 1 << 4 };

static inline bool end_is(const struct tcp_states *t, unsigned end, enum end_is what)
{
    return (t->is >> end & (unsigned)what) != 0;
}

static inline void end_becomes(struct tcp_states *t, unsigned end, enum end_is what)
{
    t->is = (uint8_t)(t->is | (unsigned)what << end);
}

struct flow {
    alignas(64) struct flow_key key;
    int64_t first_time_ns;
    uint64_t packets;
    uint32_t stream;
    uint16_t speaks; /* the state of protocol 0: what the flow was found to speak */
    uint8_t first_direction;
    uint8_t completeness; /* without first_seen */
    /* TCP alone, if it is analysed: */
    struct tcp_side side[2];
    /* Of every flow again: */
    int64_t previous_time_ns;
    struct flow_more *more;
    /* TCP: */
    int64_t handshake_ns; /* when the SYN came; from the end of the handshake on, its RTT */
    struct tcp_states states;
    uint32_t base[2];       /* what relative numbers count from */
    int8_t window_shift[2]; /* as flow_facts.window_shift */
    uint8_t first_seen;     /* what the first segment adds to completeness, for those that follow */
    bool syn_seen : 1, rtt_known : 1;
    /* Of every flow again: see flow/retire.c. */
    bool in_line : 1, retired : 1;
    bool in_us : 1; /* while it is folded: its times are microseconds */
};
_Static_assert(sizeof(struct flow) == 256, "memory is bounded: docs/design.md, decision 6");

static inline int64_t flow_initial_rtt(const struct flow *flow)
{
    return flow->rtt_known ? flow->handshake_ns : 0;
}

/* ---- What is done with them -------------------------------------------------------------------- */

/* Applies the rules to the segment, sent in `direction`, and notes what they find in facts. `unacked`: segments that
 * wait for their acknowledgment are remembered, too. */
void analysis_run(struct more_pool *pool, struct flow *flow, const struct segment *s,
                  unsigned direction, bool unacked, struct flow_facts *facts);

/* The part of it that speaks of no numbers: the handshake's time, and what of the connection was seen. */
void analysis_of_flags(struct flow *flow, const struct segment *s, unsigned direction,
                       struct flow_facts *facts);

/* Moves both ends' states, and notes them in facts. */
void states_run(struct flow *flow, const struct segment *s, unsigned direction,
                struct flow_facts *facts);
/* Before analysis_run(): which segment does this one repeat? */
void resent_find(const struct flow *flow, const struct segment *s, unsigned direction,
                 struct flow_facts *facts);
/* Is what analysis_run() said of the segment beyond doubt? `expected`: the number that should have come next. */
void doubt_run(struct more_pool *pool, struct flow *flow, const struct segment *s,
               unsigned direction, uint32_t expected, struct flow_facts *facts);

/* Notes in facts where in its stream the segment lies. */
void tcp_place(struct tcp_side *side, const struct segment *s, uint32_t base,
               struct flow_facts *facts);

/* struct flow_hook's take and keep, for one direction. `spent` is the list of messages that were whole;
 * message_free_all() empties it, when nothing points into them any more. What was lent to the packets from
 * number `held` on stays as it is. */
void stream_take(struct open_messages *open, struct message **spent, uint64_t packet, uint64_t held,
                 int64_t offset, const uint8_t *bytes, uint32_t n, bool fin,
                 struct stream_piece *piece);
/* The oldest message that waits is given as it is; STREAM_CUT_THERE: if it reaches `offset`. */
void stream_cut(struct open_messages *open, struct message **spent, int64_t offset,
                enum stream_end end, struct stream_piece *piece);
bool stream_keep(struct open_messages *open, struct message **spent, uint64_t packet,
                 int64_t offset, const uint8_t *bytes, uint32_t n, const struct stream_need *need,
                 uint32_t limit);
/* Gives up the messages that wait and that nothing was added to since that packet; UINT64_MAX: all. */
void stream_drop(struct open_messages *open, struct message **spent, uint64_t packet);

#endif
