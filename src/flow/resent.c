/*
 * Of segments that were sent before, or come late: what they repeat, and whether the capture can tell at all.
 */
#include "flow/tcp.h"

/* No timeout in use is shorter (Linux: 200 ms; RFC 6298 wants a second). */
static const int64_t least_timeout_ns = 200 * 1000000;

/* The first of those with the same number that wait for their acknowledgment. */
void resent_find(const struct tcp_side *side, const struct segment *s, struct flow_facts *f)
{
    if (!side->seq_known || seq_ge(s->seq, side->next))
        return;
    for (uint32_t i = side->unacked_from; i < side->unacked_to; i++) {
        if (side->unacked[i].seq != s->seq)
            continue;
        f->resends_packet = side->unacked[i].packet;
        f->resends_ns = s->time_ns - side->unacked[i].time_ns;
        return;
    }
}

/*
 * Bytes that were skipped come later. Overtaken on the way, or lost on the way to here and sent again? Sooner
 * than one round trip nobody can have known that they were missing; three duplicate acknowledgments asked
 * for them, and after a timeout they were sent without being asked. In between, the capture cannot tell.
 */
static bool is_ambiguous(const struct tcp_flow *flow, const struct tcp_hole *hole,
                         const struct segment *s, const struct flow_facts *f,
                         uint32_t duplicate_acks)
{
    bool fills = s->length > 0 && seq_ge(s->seq, hole->begin) && seq_lt(s->seq, hole->end);
    bool judged = (f->analysis & (ANALYSIS_RETRANSMISSION | ANALYSIS_OUT_OF_ORDER)) != 0;
    int64_t since = s->time_ns - hole->time_ns;
    bool too_soon = flow->initial_rtt_ns > 0 && since < flow->initial_rtt_ns;
    return fills && judged && duplicate_acks < 3 && !too_soon && since < least_timeout_ns;
}

void doubt_run(struct tcp_flow *flow, const struct segment *s, unsigned direction,
               uint32_t expected, struct flow_facts *f)
{
    struct tcp_hole *hole = &flow->side[direction].hole;
    f->ambiguous = is_ambiguous(flow, hole, s, f, flow->side[!direction].duplicate_acks);
    uint32_t end = seq_end(s->seq, s->length, s->flags);
    if (f->analysis & ANALYSIS_LOST_SEGMENT)
        *hole = (struct tcp_hole){expected, s->seq, s->time_ns};
    else if (seq_lt(hole->begin, hole->end) && seq_le(s->seq, hole->begin) &&
             seq_gt(end, hole->begin))
        hole->begin = seq_lt(end, hole->end) ? end : hole->end;
}
