/*
 * TCP analysis: an ordered list of small rules, each a question about one segment and what is known of
 * its connection. A rule that holds notes its finding; some findings end the list or take the place of
 * others. Names and order are Wireshark's, so that the same filters find the same packets
 * (Wireshark User's Guide, section "TCP Analysis").
 */
#include "flow/tcp.h"

enum { FAST_NS = 20 * 1000000, OUT_OF_ORDER_NS = 3 * 1000000 };

/* One segment under analysis. */
struct look {
    const struct segment *s;
    struct more_pool *pool;
    struct flow *flow;
    struct tcp_side *mine, *theirs;
    unsigned direction;
    uint32_t next;      /* sequence number after the segment */
    bool control;       /* SYN, FIN or RST */
    bool takes_numbers; /* it has data, SYN or FIN */
    uint32_t found;
};

/* Duplicate acknowledgments that this end, or the other, has sent. */
static uint32_t duplicate_acks(const struct look *l, unsigned direction)
{
    return l->flow->more != NULL ? l->flow->more->duplicate_acks[direction] : 0;
}

/* ---- The rules, for segments that carry an acknowledgment or data ----------------------------- */

/* One byte that may go where the window does not let it, to hear whether it opened. */
static bool is_zero_window_probe(const struct look *l)
{
    return l->s->length == 1 && l->mine->seq_known && l->s->seq == l->mine->next &&
           l->theirs->window_known && l->theirs->window == 0;
}

/* The receiver wants no more for now. */
static bool is_zero_window(const struct look *l)
{
    return l->s->window == 0 && !l->control;
}

/* Something before this was not captured. */
static bool is_after_lost(const struct look *l)
{
    return l->mine->seq_known && seq_gt(l->s->seq, l->mine->next) && (l->s->flags & TCP_RST) == 0;
}

/* Nothing, or a byte that was sent before: only to hear an ACK (RFC 9293, section 3.8.4). */
static bool is_keep_alive(const struct look *l)
{
    return l->s->length <= 1 && l->mine->seq_known && l->s->seq == l->mine->next - 1 && !l->control;
}

/* Nothing but the number and the acknowledgment that the other end knows already. */
static bool says_nothing(const struct look *l)
{
    return l->s->length == 0 && !l->control && l->mine->seq_known && l->s->seq == l->mine->next &&
           l->mine->ack_known && l->s->ack == l->mine->ack;
}

static bool is_window_update(const struct look *l)
{
    return says_nothing(l) && l->s->window != 0 && l->s->window != l->mine->window;
}

/* The segment fills what the receiver has offered to the last byte. */
static bool is_window_full(const struct look *l, int8_t shift)
{
    return l->s->length > 0 && !l->control && l->theirs->window_known && l->theirs->ack_known &&
           shift != -1 &&
           l->next == l->theirs->ack + ((uint32_t)l->theirs->window << (shift > 0 ? shift : 0));
}

static bool is_keep_alive_ack(const struct look *l)
{
    return says_nothing(l) && l->s->window != 0 && l->s->window == l->mine->window &&
           l->theirs->last_analysis & ANALYSIS_KEEP_ALIVE;
}

static bool is_zero_window_probe_ack(const struct look *l)
{
    return says_nothing(l) && l->s->window == 0 && l->mine->window == 0 &&
           l->theirs->last_analysis & ANALYSIS_ZERO_WINDOW_PROBE;
}

/* The same acknowledgment again: something after it is missing (RFC 5681, section 2). */
static bool is_duplicate_ack(const struct look *l)
{
    return says_nothing(l) && l->s->window != 0 && l->s->window == l->mine->window;
}

/* It acknowledges what was not captured. */
static bool is_ack_of_lost(const struct look *l)
{
    return l->s->flags & TCP_ACK && l->theirs->acked_known &&
           seq_gt(l->s->ack, l->theirs->to_be_acked);
}

/* ---- The rules for segments that were seen before --------------------------------------------- */

static bool is_seen_before(const struct look *l)
{
    return l->mine->seq_known && seq_lt(l->s->seq, l->mine->next);
}

/* One byte was sent before, perhaps as a probe, and more follows now: that is new data. */
static bool is_after_probe(const struct look *l)
{
    return l->s->length > 1 && l->s->seq == l->mine->next - 1;
}

/* What the other end has acknowledged already, be it captured before or not. */
static bool is_spurious(const struct look *l)
{
    return l->s->length > 0 && l->theirs->ack_known &&
           seq_le(l->s->seq + l->s->length, l->theirs->ack);
}

/* Less than that after the other time. In a capture whose times go back, what comes is not soon. */
static bool is_soon(const struct look *l, int64_t after_ns, int64_t limit_ns)
{
    int64_t passed = l->s->time_ns - after_ns;
    return passed >= 0 && passed < limit_ns;
}

/* It follows duplicate acknowledgments that ask for it (RFC 5681, section 3.2). */
static bool is_fast(const struct look *l)
{
    return (duplicate_acks(l, !l->direction) >= 2 || l->theirs->unseen) &&
           l->theirs->ack == l->s->seq && is_soon(l, l->theirs->ack_time_ns, FAST_NS);
}

/* So soon after what follows it that it was overtaken on the way rather than sent twice. */
static bool is_out_of_order(const struct look *l)
{
    int64_t rtt = flow_initial_rtt(l->flow), limit = rtt > 0 ? rtt : OUT_OF_ORDER_NS;
    return is_soon(l, l->mine->next_time_ns, limit) && l->next != l->mine->next;
}

/* ---- What the rules find ---------------------------------------------------------------------- */

/* Returns after a finding that leaves no room for others. */
static void look_at_window_and_ack(struct look *l, int8_t their_shift)
{
    if (is_zero_window_probe(l)) {
        l->found |= ANALYSIS_ZERO_WINDOW_PROBE;
        return;
    }
    if (is_zero_window(l))
        l->found |= ANALYSIS_ZERO_WINDOW;
    if (is_after_lost(l))
        l->found |= ANALYSIS_LOST_SEGMENT;
    if (is_keep_alive(l))
        l->found |= ANALYSIS_KEEP_ALIVE;
    if (is_window_update(l))
        l->found |= ANALYSIS_WINDOW_UPDATE;
    if (is_window_full(l, their_shift))
        l->found |= ANALYSIS_WINDOW_FULL;
    if (is_keep_alive_ack(l))
        l->found |= ANALYSIS_KEEP_ALIVE_ACK;
    else if (is_zero_window_probe_ack(l))
        l->found |= ANALYSIS_ZERO_WINDOW_PROBE_ACK;
    else if (is_duplicate_ack(l))
        l->found |= ANALYSIS_DUPLICATE_ACK;
}

static void look_at_sequence(struct look *l)
{
    if (!l->takes_numbers || l->found & ANALYSIS_KEEP_ALIVE)
        return;
    if (is_spurious(l))
        l->found |= ANALYSIS_SPURIOUS_RETRANSMISSION | ANALYSIS_RETRANSMISSION;
    else if (!is_seen_before(l) || is_after_probe(l))
        return;
    else if (is_fast(l))
        l->found |= ANALYSIS_FAST_RETRANSMISSION | ANALYSIS_RETRANSMISSION;
    else if (is_out_of_order(l))
        l->found |= ANALYSIS_OUT_OF_ORDER;
    else
        l->found |= ANALYSIS_RETRANSMISSION;
}

/* Duplicates are counted from the packet that first said this acknowledgment number. */
static void note_duplicate_ack(struct look *l, struct flow_facts *f)
{
    struct tcp_side *mine = l->mine;
    if (!mine->ack_known || l->s->ack != mine->ack) {
        if (l->flow->more != NULL)
            l->flow->more->duplicate_acks[l->direction] = 0;
        mine->unseen = false;
        mine->first_ack_packet = l->s->packet;
    }
    if ((l->found & ANALYSIS_DUPLICATE_ACK) == 0)
        return;
    mine->unseen = false;
    struct flow_more *more = flow_more(l->pool, l->flow);
    f->duplicate_acks = more != NULL ? ++more->duplicate_acks[l->direction] : 1;
    f->duplicate_of = mine->first_ack_packet;
}

/* How long has the oldest segment waited that is not acknowledged? Where all are, the last one counts. */
static void note_timeout(const struct look *l, struct flow_facts *f)
{
    const uint16_t others = ANALYSIS_SPURIOUS_RETRANSMISSION | ANALYSIS_FAST_RETRANSMISSION;
    if ((l->found & ANALYSIS_RETRANSMISSION) == 0 || l->found & others)
        return;
    struct flow_more *more = l->flow->more;
    bool waits = more != NULL && more->unacked[l->direction].count > 0;
    const struct unacked *oldest = waits ? unacked_of(&more->unacked[l->direction]) : NULL;
    f->rto_ns = l->s->time_ns - (waits ? oldest->time_ns : l->mine->next_time_ns);
    if (f->rto_ns != 0)
        f->rto_packet = waits ? oldest->packet : l->mine->next_packet;
}

/* ---- What is remembered ----------------------------------------------------------------------- */

/* The other end's segments that this one acknowledges are forgotten; the one that it acknowledges exactly is
 * noted. */
static void unacked_remove(struct unacked_queue *queue, const struct look *l, struct flow_facts *f)
{
    struct unacked *all = unacked_of(queue);
    uint32_t count = queue->count;
    queue->count = 0;
    for (uint32_t i = 0; i < count; i++) {
        struct unacked *u = &all[i];
        if (u->next == l->s->ack && f->acks_packet == 0) {
            f->acks_packet = u->packet;
            f->ack_rtt_ns = l->s->time_ns - u->time_ns;
        }
        if (seq_le(u->next, l->s->ack))
            continue;
        if (seq_lt(u->seq, l->s->ack))
            u->seq = l->s->ack; /* a part of it */
        if (i != queue->count)
            all[queue->count] = *u;
        unacked_span(queue, u);
    }
}

static void remember_unacked(const struct look *l, struct flow_facts *f)
{
    if (l->s->flags & TCP_ACK && l->flow->more != NULL)
        unacked_remove(&l->flow->more->unacked[!l->direction], l, f);
    struct flow_more *more = l->takes_numbers ? flow_more(l->pool, l->flow) : NULL;
    if (more != NULL)
        unacked_add(&more->unacked[l->direction],
                    &(struct unacked){l->s->seq, l->next, l->s->packet, l->s->time_ns});
}

/* From the first number that is not acknowledged to the last byte sent, less what SACK blocks say has
 * arrived. */
static void note_in_flight(const struct look *l, struct flow_facts *f)
{
    struct flow_more *more = l->flow->more;
    if (more == NULL || more->unacked[l->direction].count == 0)
        return;
    const struct unacked_queue *queue = &more->unacked[l->direction];
    uint32_t low = queue->low, high = queue->high;
    if (l->s->flags & (TCP_SYN | TCP_FIN)) /* take a number, and are no byte */
        high--;
    int32_t bytes = (int32_t)(high - low - more->sacked[!l->direction]);
    f->sack_covers = bytes <= 0;
    if (bytes <= 0)
        return;
    f->in_flight = (uint32_t)bytes;
    f->push_bytes = l->mine->push_bytes;
}

/* What is on its way; not told while what was lost may be a part of it. */
static void note_sent(const struct look *l, struct flow_facts *f)
{
    struct tcp_side *mine = l->mine;
    if (l->s->flags & TCP_ACK)
        l->theirs->gap = false;
    if (l->found & ANALYSIS_LOST_SEGMENT)
        mine->gap = true;
    if (l->s->length == 0 || mine->gap)
        return;
    mine->push_bytes = (mine->pushed ? 0 : mine->push_bytes) + l->s->length;
    mine->pushed = (l->s->flags & TCP_PSH) != 0;
    note_in_flight(l, f);
}

/* Nothing was sent before it: its number is 0 (RFC 9293, section 3.5.2), and none of the stream's. */
static bool is_refusal(const struct look *l)
{
    return l->s->flags & TCP_RST && l->s->seq == 0 && l->next == 0;
}

static void remember_sequence(const struct look *l)
{
    struct tcp_side *mine = l->mine;
    if (l->found & ANALYSIS_ZERO_WINDOW_PROBE || is_refusal(l))
        return;
    if (!mine->seq_known || seq_gt(l->next, mine->next)) {
        mine->next = l->next;
        mine->next_packet = l->s->packet;
        mine->next_time_ns = l->s->time_ns;
        mine->seq_known = true;
    }
    if (!mine->acked_known || l->s->seq == mine->to_be_acked) {
        mine->to_be_acked = mine->next;
        mine->acked_known = true;
    }
}

static void remember_ack(const struct look *l)
{
    struct tcp_side *mine = l->mine;
    mine->window = l->s->window;
    mine->window_known = true;
    struct flow_more *more = l->s->sacked > 0 ? flow_more(l->pool, l->flow) : l->flow->more;
    if (more != NULL)
        more->sacked[l->direction] = l->s->sacked;
    mine->last_analysis = (uint16_t)l->found;
    if (l->s->flags & TCP_ACK) {
        mine->ack = l->s->ack;
        mine->ack_known = true;
    }
    mine->ack_time_ns = l->s->time_ns;
}

/* From the SYN to the first ACK that is none, be it of the handshake (RFC 9293, section 3.5) or of a
 * refusal. */
static void remember_handshake(struct flow *flow, const struct segment *s, struct flow_facts *f)
{
    if (s->flags & TCP_SYN) {
        if ((s->flags & TCP_ACK) == 0 && !flow->rtt_known) {
            flow->syn_seen = true;
            flow->handshake_ns = s->time_ns;
        }
    } else if (s->flags & TCP_ACK && flow->syn_seen && !flow->rtt_known &&
               s->time_ns != flow->handshake_ns) {
        flow->handshake_ns = s->time_ns - flow->handshake_ns;
        flow->rtt_known = true;
    }
    f->initial_rtt_ns = flow_initial_rtt(flow);
}

static void remember_completeness(struct flow *flow, const struct segment *s, unsigned direction,
                                  struct flow_facts *f)
{
    struct tcp_side *mine = &flow->side[direction];
    uint16_t flags = s->flags;
    uint8_t seen = 0;
    if (flags & TCP_SYN)
        seen = flags & TCP_ACK ? COMPLETE_SYN_ACK : COMPLETE_SYN;
    else if (flags & TCP_ACK && s->length == 0)
        seen = COMPLETE_ACK;
    if (s->length > 0)
        seen |= COMPLETE_DATA;
    if (flags & TCP_FIN) {
        seen |= COMPLETE_FIN;
        mine->fin_first |= !flow->side[!direction].fin;
        f->first_fin = mine->fin_first;
        f->second_fin = !mine->fin_first;
        mine->fin = true;
    }
    if (flags & TCP_RST)
        seen |= COMPLETE_RST;
    /* That a conversation is there is seen with its SYN, or with its second segment; what the first one
     * showed then counts too, but not for itself. */
    if (f->packets > 1 || seen & COMPLETE_SYN)
        flow->completeness |= seen;
    else
        flow->first_seen = seen;
    f->completeness = flow->completeness;
    f->first_seen = f->packets > 1 ? flow->first_seen : 0;
}

void analysis_of_flags(struct flow *flow, const struct segment *s, unsigned direction,
                       struct flow_facts *f)
{
    remember_handshake(flow, s, f);
    remember_completeness(flow, s, direction, f);
}

/* The connection begins anew with the number with which it began before: what was seen ahead of a gap is
 * not expected any more. */
static void look_at_repeated_syn(struct look *l)
{
    if ((l->s->flags & (TCP_SYN | TCP_ACK)) == TCP_SYN && l->mine->acked_known)
        l->mine->next = l->mine->to_be_acked;
}

/*
 * As in Wireshark, this is told once while nothing more comes of what is acknowledged and the other end
 * repeats its own acknowledgment; meanwhile it counts as a request for a retransmission.
 */
static void look_at_ack_of_lost(struct look *l, struct flow_facts *f)
{
    struct tcp_side *theirs = l->theirs;
    f->acks_unseen = is_ack_of_lost(l);
    if (!f->acks_unseen)
        return;
    bool nothing_more = theirs->to_be_acked == theirs->next;
    if (!nothing_more || (!theirs->unseen && duplicate_acks(l, !l->direction) == 0))
        l->found |= ANALYSIS_ACK_LOST_SEGMENT;
    if (nothing_more) {
        theirs->unseen = true;
        if (l->flow->more != NULL)
            l->flow->more->duplicate_acks[!l->direction] = 0;
    }
    theirs->to_be_acked = theirs->next;
}

void analysis_run(struct more_pool *pool, struct flow *flow, const struct segment *s,
                  unsigned direction, bool unacked, struct flow_facts *f)
{
    struct look l = {.s = s,
                     .pool = pool,
                     .flow = flow,
                     .mine = &flow->side[direction],
                     .theirs = &flow->side[!direction],
                     .direction = direction,
                     .next = seq_end(s->seq, s->length, s->flags),
                     .control = (s->flags & (TCP_SYN | TCP_FIN | TCP_RST)) != 0,
                     .found = f->analysis};
    l.takes_numbers = s->length > 0 || s->flags & (TCP_SYN | TCP_FIN);
    look_at_repeated_syn(&l);
    look_at_window_and_ack(&l, f->their_shift);
    note_duplicate_ack(&l, f);
    look_at_ack_of_lost(&l, f);
    look_at_sequence(&l);
    if (unacked)
        note_timeout(&l, f);
    remember_sequence(&l);
    if (unacked) {
        remember_unacked(&l, f);
        note_sent(&l, f);
    }
    remember_ack(&l);
    analysis_of_flags(flow, s, direction, f);
    f->analysis = (uint16_t)l.found;
}
