/*
 * tcp: what the flow table remembers of a TCP connection beyond its numbers. Only flow/ includes this.
 *
 *     struct flow --> struct tcp_flow --> side[0], side[1]: one for each direction
 *                                              |-> unacked: segments that wait for their ACK
 *                                              '-> open: messages that wait for the rest of theirs
 */
#ifndef FLOW_TCP_H
#define FLOW_TCP_H

#include "dissect/transport.h"
#include "flow/message.h"
#include "flow/seq.h"

/* A segment that was sent and not acknowledged yet. */
struct unacked {
    uint32_t seq, next;
    uint64_t packet;
    int64_t time_ns;
};

/* Numbers that were skipped, the last time that this happened; those from `begin` on did not come yet. */
struct tcp_hole {
    uint32_t begin, end;
    int64_t time_ns; /* when it was noticed */
};

/* What one end has sent, and said of the other. */
struct tcp_side {
    bool seq_known, ack_known, window_known, acked_known;
    bool gap;    /* something was lost, and the other end has not acknowledged anything since */
    bool unseen; /* the other end has acknowledged more than was seen, since `ack` was said last */
    bool pushed; /* the last segment with data had PSH set */
    bool fin, fin_first; /* sent; before the other end sent one */
    uint16_t last_analysis;
    uint16_t window; /* as it stands in the header */
    uint32_t next;   /* sequence number after the highest seen */
    uint32_t ack;
    uint32_t to_be_acked; /* as `next`, but up to the first gap */
    uint32_t duplicate_acks;
    uint32_t push_bytes;
    uint32_t sacked;           /* bytes in the SACK blocks of its last segment */
    uint64_t first_ack_packet; /* that told `ack` first */
    uint64_t next_packet;      /* that told `next`, at next_time_ns */
    int64_t next_time_ns, ack_time_ns;
    int64_t top;             /* offset in the stream of the highest byte seen, plus one */
    struct unacked *unacked; /* owned; [unacked_from, unacked_to) are used */
    uint32_t unacked_from, unacked_to, unacked_capacity;
    struct message *open; /* owned; the newest first */
    struct tcp_hole hole;
};

/* Both ends' states; arrays are by enum tcp_end. */
struct tcp_states {
    bool begun;
    uint8_t opener; /* its direction */
    uint8_t state[2];
    uint8_t fin_step[2];
    bool fin_sent[2], fin_acked[2], ack_known[2];
    bool both_opened_at_once, both_closed_at_once;
    uint32_t ack[2];     /* the highest that this end has sent */
    uint32_t fin_end[2]; /* the acknowledgment that confirms this end's FIN */
};

struct tcp_flow {
    _Alignas(64) struct tcp_side side[2];
    int64_t syn_time_ns, initial_rtt_ns;
    uint8_t completeness; /* without first_seen */
    uint8_t first_seen;   /* what the first segment adds to it, for those that follow */
    bool syn_seen;
    struct tcp_states states;
};

/* Frees what it owns, or adds it to `spent` (see below); it is as new. */
void tcp_flow_clear(struct tcp_flow *t, struct message **spent);
/* What it points to is about to be read. */
static inline void tcp_flow_fetch(const struct tcp_flow *t)
{
    for (unsigned i = 0; i < 2; i++) {
        if (t->side[i].unacked != NULL)
            __builtin_prefetch(t->side[i].unacked + t->side[i].unacked_from);
        __builtin_prefetch(t->side[i].open);
    }
}

/* Applies the rules to the segment, sent in `direction`, and notes what they find in facts. */
void analysis_run(struct tcp_flow *t, const struct segment *s, unsigned direction,
                  struct flow_facts *facts);

/* Moves both ends' states, and notes them in facts. */
void states_run(struct tcp_flow *t, const struct segment *s, unsigned direction,
                struct flow_facts *facts);
/* Before analysis_run(): which segment does this one repeat? */
void resent_find(const struct tcp_side *side, const struct segment *s, struct flow_facts *facts);
/* Is what analysis_run() said of the segment beyond doubt? `expected`: the number that should have come next. */
void doubt_run(struct tcp_flow *t, const struct segment *s, unsigned direction, uint32_t expected,
               struct flow_facts *facts);

/* Notes in facts where in its stream the segment lies. */
void tcp_place(struct tcp_side *side, const struct segment *s, uint32_t base,
               struct flow_facts *facts);

/* struct flow_hook's take and keep, for one direction. `spent` is the list of messages that were whole;
 * message_free_all() empties it, when nothing points into them any more. What was lent to the packets from
 * number `held` on stays as it is. */
void stream_take(struct tcp_side *side, struct message **spent, uint64_t packet, uint64_t held,
                 int64_t offset, const uint8_t *bytes, uint32_t n, bool fin,
                 struct stream_piece *piece);
bool stream_keep(struct tcp_side *side, struct message **spent, uint64_t packet, int64_t offset,
                 const uint8_t *bytes, uint32_t n, uint32_t need, uint32_t head, uint32_t limit);
/* Gives up the messages that wait and that nothing was added to since that packet; UINT64_MAX: all. */
void stream_drop(struct tcp_side *side, struct message **spent, uint64_t packet);

#endif
