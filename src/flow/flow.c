/*
 * What flows say of their segments, and what streams and protocols keep in them. flow/table.h tells how a flow is found.
 */
#include "flow/flow.h"

#include <stdlib.h>
#include <string.h>

#include "flow/table.h"

void flow_table_take_spent(struct flow_table *t, struct message **spent)
{
    t->lasting = true;
    struct message **end = &t->spent;
    while (*end != NULL)
        end = &(*end)->next;
    *end = *spent;
    *spent = t->spent;
    t->spent = NULL;
}

void flow_spent_free(struct message **spent)
{
    message_free_all(spent);
}

/* ---- Facts ----------------------------------------------------------------------------------- */

/* An answer that begins anew belongs to a connection whose SYN was not captured: its ports are those of the
 * one that we know. */
static bool answer_is_new(const struct flow *flow, const struct segment *s, unsigned direction)
{
    return (s->flags & (TCP_SYN | TCP_ACK)) == (TCP_SYN | TCP_ACK) &&
           flow->side[direction].base_known && s->seq != flow->base[direction];
}

/*
 * Relative numbers give the SYN 0 and the first byte 1; a SYN always says so, late or repeated as it may
 * be. Of a connection whose SYN was not seen, the first byte seen gets 1. What the other end has acknowledged serves as well; but a SYN's ack field
 * without ACK means nothing (RFC 9293, section 3.1).
 */
static void bases_learn(struct flow *flow, const struct segment *s, unsigned mine)
{
    unsigned theirs = !mine;
    if (!flow->side[mine].base_known || s->flags & TCP_SYN) {
        flow->base[mine] = s->flags & TCP_SYN ? s->seq : s->seq - 1;
        flow->side[mine].base_known = true;
    }
    if (!flow->side[theirs].base_known && s->flags & TCP_ACK) {
        flow->base[theirs] = s->ack - 1;
        flow->side[theirs].base_known = true;
    }
}

/* Windows are scaled only if both SYNs offer it, and each end by its own shift (RFC 7323, section 2.2).
 * Until the SYN, ACK is seen, its offer is taken for granted. */
static void window_learn(struct flow *flow, const struct segment *s, unsigned direction)
{
    int8_t *mine = &flow->window_shift[direction], *theirs = &flow->window_shift[!direction];
    if ((s->flags & TCP_SYN) == 0)
        return;
    if (s->window_shift >= 0)
        *mine = s->window_shift > SHIFT_MAX ? SHIFT_MAX : s->window_shift;
    if (*mine == SHIFT_UNKNOWN)
        *mine = *theirs = SHIFT_NONE;
    else if (s->flags & TCP_ACK && *theirs == SHIFT_NONE)
        *mine = SHIFT_NONE;
}

/* Of a segment that ends before its header does, as in Wireshark: flags count, and numbers do not. */
static void cut_learn(struct flow_table *t, struct flow *flow, const struct segment *s,
                      unsigned direction, struct flow_facts *facts)
{
    if (s->window_shift >= 0)
        window_learn(flow, s, direction);
    facts->window_shift = flow->window_shift[direction];
    facts->their_shift = flow->window_shift[!direction];
    if (t->depth == FLOW_NUMBERS || s->quoted)
        return;
    analysis_of_flags(flow, s, direction, facts);
    states_run(flow, s, direction, facts);
}

/* What only the flow of a TCP segment knows. */
static void tcp_learn(struct flow_table *t, struct flow *flow, const struct segment *s,
                      unsigned direction, struct flow_facts *facts)
{
    facts->completeness = flow->completeness;
    facts->first_seen = flow->first_seen;
    if (s->cut) {
        cut_learn(t, flow, s, direction, facts);
        return;
    }
    uint32_t base = flow->base[direction];
    bool based = flow->side[direction].base_known;
    if (answer_is_new(flow, s, direction))
        facts->analysis |= ANALYSIS_REUSED_PORTS;
    bases_learn(flow, s, direction);
    window_learn(flow, s, direction);
    facts->base_seq = flow->base[direction];
    facts->base_ack = flow->base[!direction];
    facts->window_shift = flow->window_shift[direction];
    facts->their_shift = flow->window_shift[!direction];
    if (s->quoted && s->flags & TCP_SYN) /* which was sent, seen or not */
        facts->completeness = flow->completeness |= COMPLETE_SYN;
    if (t->depth == FLOW_NUMBERS || s->quoted)
        return;
    struct tcp_side *mine = &flow->side[direction];
    if (based && base != flow->base[direction])
        mine->top -= (int32_t)(flow->base[direction] - base);
    tcp_place(mine, s, flow->base[direction], facts);
    uint32_t expected = mine->next;
    resent_find(flow, s, direction, facts);
    analysis_run(&t->more, flow, s, direction, t->depth == FLOW_UNACKED, facts);
    doubt_run(&t->more, flow, s, direction, expected, facts);
    states_run(flow, s, direction, facts);
    flow_more_tidy(&t->more, flow);
}

/* What was told to the packets before it is not needed any more. */
static void packet_asks(struct flow_table *t, uint64_t packet)
{
    if (packet != t->packet)
        message_free_all(&t->spent);
    t->packet = packet;
}

bool flow_facts_of(void *table, const struct segment *s, struct flow_facts *facts)
{
    struct flow_place place;
    if (s->src == NULL || s->dst == NULL)
        return false;
    flow_place_of(s, &place);
    return flow_facts_at(table, s, &place, facts);
}

bool flow_facts_at(struct flow_table *t, const struct segment *s, const struct flow_place *place,
                   struct flow_facts *facts)
{
    unsigned direction = place->direction;
    bool reused = false;
    packet_asks(t, s->packet);
    uint32_t number;
    struct flow *flow = flow_table_find(t, s, place, &number, &reused);
    if (flow == NULL)
        return false;
    flow->packets++;
    if (flow->retired && !s->quoted && (s->length > 0 || s->protocol != IP_TCP)) {
        t->forgot = true;
        flow->retired = false;
    }
    *facts = (struct flow_facts){.flow = number,
                                 .stream = flow->stream,
                                 .reverse = direction != flow->first_direction,
                                 .direction = (uint8_t)direction,
                                 .first_time_ns = flow->first_time_ns,
                                 .previous_time_ns = flow->previous_time_ns,
                                 .analysis = reused ? ANALYSIS_REUSED_PORTS : 0,
                                 .packets = flow->packets};
    if (s->protocol == IP_TCP)
        tcp_learn(t, flow, s, direction, facts);
    flow->previous_time_ns = s->time_ns;
    if (flow->more != NULL)
        flow_retire_some(t, number, flow, s->time_ns);
    return true;
}

/* ---- Streams and states -------------------------------------------------------------------- */

typedef void visit_open(struct flow_table *t, struct open_messages *open, uint64_t *sums);

/* Calls visit() with each direction of each stream that may have a message that waits. */
static void each_open(struct flow_table *t, visit_open *visit, uint64_t *sums)
{
    for (struct more_block *block = t->more.blocks; block != NULL; block = block->next) {
        for (uint32_t i = 0; i < 2 * block->used; i++) {
            struct flow_more *more = &block->items[i / 2];
            visit(t, &more->open[i % 2], sums);
            for (struct channel *c = more->channels; c != NULL; c = c->next)
                visit(t, &c->open[i % 2], sums);
        }
    }
}

/* sums: the bytes; the packet that the oldest was last added to in. */
static void add_waiting(struct flow_table *t, struct open_messages *open, uint64_t *sums)
{
    (void)t;
    for (const struct message *m = open->first; m != NULL; m = m->next) {
        sums[0] += message_memory(m);
        sums[1] = m->touched < sums[1] ? m->touched : sums[1];
    }
}

static void drop_before(struct flow_table *t, struct open_messages *open, uint64_t *limit)
{
    stream_drop(open, &t->spent, *limit);
}

/* Messages that nothing was added to for longest are given up until the rest fits: their flows ended
 * without a word, or the capture does not have the rest. */
static void sweep(struct flow_table *t)
{
    t->taken = 0;
    for (;;) {
        uint64_t sums[2] = {0, UINT64_MAX};
        each_open(t, add_waiting, sums);
        if (sums[0] <= t->stream_limit || sums[1] >= t->packet)
            return;
        t->forgot = true;
        uint64_t limit = sums[1] + (t->packet - sums[1] + 1) / 2;
        each_open(t, drop_before, &limit);
    }
}

/* Where the channel hangs, or would. */
static struct channel **channel_of(struct flow_more *more, uint64_t id)
{
    struct channel **at = &more->channels;
    while (*at != NULL && (*at)->id != id)
        at = &(*at)->next;
    return at;
}

/* The direction's messages that wait; NULL: there can be none. */
static struct open_messages *open_of(struct flow_more *more, const struct flow_facts *facts)
{
    if (more == NULL || facts->channel == 0)
        return more == NULL ? NULL : &more->open[facts->direction];
    struct channel *channel = *channel_of(more, facts->channel);
    return channel == NULL ? NULL : &channel->open[facts->direction];
}

static void channel_tidy(struct flow_more *more, uint64_t id)
{
    struct channel **at = channel_of(more, id), *channel = *at;
    if (channel == NULL || channel->open[0].first != NULL || channel->open[1].first != NULL)
        return;
    *at = channel->next;
    free(channel);
}

static bool channel_add(struct flow_more *more, uint64_t id)
{
    struct channel **at = channel_of(more, id);
    if (*at != NULL)
        return true;
    *at = calloc(1, sizeof **at);
    if (*at == NULL)
        return false;
    (*at)->id = id;
    return true;
}

void flow_take(void *table, const struct flow_facts *facts, uint32_t ahead, const uint8_t *bytes,
               uint32_t n, enum stream_end end, struct stream_piece *piece)
{
    struct flow_table *t = table;
    const struct flow *flow = table_flow(t, facts->flow);
    struct open_messages *open = flow == NULL ? NULL : open_of(flow->more, facts);
    *piece = (struct stream_piece){.kind = STREAM_NEW};
    t->taken += n;
    if (open == NULL)
        return;
    if (end >= STREAM_CUT_THERE)
        stream_cut(open, &t->spent, facts->offset + ahead, end, piece);
    else
        stream_take(open, &t->spent, t->packet, t->lasting ? 1 : t->packet, facts->offset + ahead,
                    bytes, n, end == STREAM_ENDS, piece);
    if (facts->channel != 0)
        channel_tidy(flow->more, facts->channel);
}

/* The flow's, in line with the others that have one. NULL without memory. */
static struct flow_more *more_of(struct flow_table *t, uint32_t number, struct flow *flow)
{
    struct flow_more *more = flow_more(&t->more, flow);
    if (more != NULL)
        flow_retire_some(t, number, flow, flow->previous_time_ns);
    return more;
}

/* Only TCP is put together, and only where it is analysed; but any flow may carry channels. */
static bool may_wait(const struct flow_table *t, const struct flow *flow,
                     const struct flow_facts *facts)
{
    return facts->channel != 0 || (t->depth >= FLOW_ANALYSIS && flow->key.protocol == IP_TCP);
}

bool flow_keep(void *table, const struct flow_facts *facts, int64_t offset, const uint8_t *bytes,
               uint32_t n, const struct stream_need *need)
{
    struct flow_table *t = table;
    t->taken += n;
    if (t->taken > t->stream_limit)
        sweep(t);
    struct flow *flow = table_flow(t, facts->flow);
    struct flow_more *more =
        flow == NULL || !may_wait(t, flow, facts) ? NULL : more_of(t, facts->flow, flow);
    if (more == NULL || (facts->channel != 0 && !channel_add(more, facts->channel)))
        return false;
    bool kept = stream_keep(open_of(more, facts), &t->spent, t->packet, offset, bytes, n, need,
                            t->message_limit);
    if (facts->channel != 0)
        channel_tidy(more, facts->channel);
    return kept;
}

void flow_fragment(void *table, const struct fragment *fragment, struct stream_piece *piece)
{
    struct flow_table *t = table;
    *piece = (struct stream_piece){.kind = STREAM_NEW};
    packet_asks(t, fragment->packet);
    if (t->fragments == NULL)
        t->fragments = fragments_new();
    if (t->fragments != NULL)
        fragments_take(t->fragments, &t->spent, fragment, piece);
}

void *flow_state_of(void *table, const struct flow_facts *facts, uint16_t proto, size_t size)
{
    struct flow_table *t = table;
    struct flow *flow = table_flow(t, facts->flow);
    if (flow != NULL && proto == 0 && facts->channel == 0 && size == sizeof flow->speaks)
        return &flow->speaks;
    struct flow_more *more = flow == NULL ? NULL : more_of(t, facts->flow, flow);
    if (more == NULL)
        return NULL;
    for (struct kept_state *s = more->states; s != NULL; s = s->next) {
        if (s->proto == proto && s->size == size && s->channel == facts->channel)
            return s->bytes;
    }
    struct kept_state *s = calloc(1, sizeof *s + size);
    if (s == NULL)
        return NULL;
    s->size = size;
    s->proto = proto;
    s->channel = facts->channel;
    s->next = more->states;
    more->states = s;
    return s->bytes;
}

void flow_tell(void *table, uint64_t packet, uint32_t field, uint64_t value)
{
    struct flow_table *t = table;
    notes_set(&t->notes, packet, field, value);
}

bool flow_told(const void *table, uint64_t packet, uint32_t field, uint64_t *value)
{
    const struct flow_table *t = table;
    return notes_get(&t->notes, packet, field, value);
}

void flow_table_move_notes(struct flow_table *to, struct flow_table *from)
{
    struct notes own = to->notes;
    to->notes = from->notes;
    from->notes = own;
}

void flow_expect(void *table, const struct expectation *e)
{
    struct flow_table *t = table;
    expectations_add(&t->expectations, e);
}

bool flow_expected(void *table, struct expectation *e)
{
    const struct flow_table *t = table;
    return expectations_find(&t->expectations, e);
}
