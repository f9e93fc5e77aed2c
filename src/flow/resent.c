/*
 * Of segments that were sent before, or come late: what they repeat, and whether the capture can tell at all.
 */
#include "flow/tcp.h"

/* No timeout in use is shorter (Linux: 200 ms; RFC 6298 wants a second). */
static const int64_t least_timeout_ns = 200 * 1000000;

/* The first of those with the same number that wait for their acknowledgment. */
void resent_find(const struct flow *flow, const struct segment *s, unsigned direction,
                 struct flow_facts *f)
{
    const struct tcp_side *side = &flow->side[direction];
    if (flow->more == NULL || !side->seq_known || seq_ge(s->seq, side->next))
        return;
    struct unacked_queue *queue = &flow->more->unacked[direction];
    for (uint32_t i = 0; i < queue->count; i++) {
        const struct unacked *u = &unacked_of(queue)[i];
        if (u->seq != s->seq)
            continue;
        f->resends_packet = u->packet;
        f->resends_ns = s->time_ns - u->time_ns;
        return;
    }
}

/*
 * Bytes that were skipped come later. Overtaken on the way, or lost on the way to here and sent again? Sooner
 * than one round trip nobody can have known that they were missing; three duplicate acknowledgments asked
 * for them, and after a timeout they were sent without being asked. In between, the capture cannot tell.
 */
static bool is_ambiguous(const struct flow *flow, const struct tcp_hole *hole,
                         const struct segment *s, const struct flow_facts *f,
                         uint32_t duplicate_acks)
{
    bool fills = s->length > 0 && seq_ge(s->seq, hole->begin) && seq_lt(s->seq, hole->end);
    bool judged = (f->analysis & (ANALYSIS_RETRANSMISSION | ANALYSIS_OUT_OF_ORDER)) != 0;
    int64_t since = s->time_ns - hole->time_ns;
    bool too_soon = flow_initial_rtt(flow) > 0 && since < flow_initial_rtt(flow);
    return fills && judged && duplicate_acks < 3 && !too_soon && since < least_timeout_ns;
}

void doubt_run(struct more_pool *pool, struct flow *flow, const struct segment *s,
               unsigned direction, uint32_t expected, struct flow_facts *f)
{
    bool lost = (f->analysis & ANALYSIS_LOST_SEGMENT) != 0;
    struct flow_more *more = lost ? flow_more(pool, flow) : flow->more;
    if (more == NULL)
        return;
    struct tcp_hole *hole = &more->hole[direction];
    f->ambiguous = is_ambiguous(flow, hole, s, f, more->duplicate_acks[!direction]);
    uint32_t end = seq_end(s->seq, s->length, s->flags);
    if (lost)
        *hole = (struct tcp_hole){expected, s->seq, s->time_ns};
    else if (seq_lt(hole->begin, hole->end) && seq_le(s->seq, hole->begin) &&
             seq_gt(end, hole->begin))
        hole->begin = seq_lt(end, hole->end) ? end : hole->end;
}
