#include "flow/table.h"

#include <stdlib.h>
#include <string.h>

enum { SLOTS_AT_FIRST = 1024 };

/* ---- Folding --------------------------------------------------------------------------------- */

/*
 * Before a flow is packed, what resembles something else in it is combined with that, by an exclusive or or as a difference: in
 * most flows zero is left, or little, and takes no room. A number must be combined before that which it is combined
 * with; unfolding is the reverse in the reverse order.
 */
static void fold_opener(struct flow *flow)
{
    struct tcp_states *t = &flow->states;
    for (unsigned i = 0; i < 2; i++) {
        unsigned end = t->opener == (i != 0) ? TCP_OPENER : TCP_ANSWERER;
        t->ack[end] ^= flow->side[i].ack;
        t->fin_end[end] ^= end_is(t, end, FIN_SENT) ? flow->side[i].next : 0;
    }
}

static void fold_acks(struct flow *flow)
{
    for (unsigned i = 0; i < 2; i++) {
        struct tcp_side *side = &flow->side[i];
        side->ack ^= flow->side[!i].next;
        side->to_be_acked ^= side->next;
        side->top ^= side->seq_known ? side->next - flow->base[i] - 1 - side->fin : 0;
    }
}

static void fold_bases(struct flow *flow)
{
    for (unsigned i = 0; i < 2; i++)
        flow->side[i].next ^= flow->side[i].seq_known ? flow->base[i] : 0;
}

/* A time that came before another becomes how long before. */
static int64_t before(int64_t time, int64_t other)
{
    return (int64_t)((uint64_t)other - (uint64_t)time);
}

static void fold_times(struct flow *flow)
{
    for (unsigned i = 0; i < 2; i++) {
        struct tcp_side *side = &flow->side[i];
        side->next_time_ns = side->seq_known ? before(side->next_time_ns, side->ack_time_ns) : 0;
        side->ack_time_ns =
            side->window_known ? before(side->ack_time_ns, flow->previous_time_ns) : 0;
    }
    if (flow->syn_seen && !flow->rtt_known)
        flow->handshake_ns = before(flow->handshake_ns, flow->previous_time_ns);
    flow->previous_time_ns = before(flow->first_time_ns, flow->previous_time_ns);
}

static void unfold_times(struct flow *flow)
{
    flow->previous_time_ns =
        (int64_t)((uint64_t)flow->first_time_ns + (uint64_t)flow->previous_time_ns);
    if (flow->syn_seen && !flow->rtt_known)
        flow->handshake_ns = before(flow->handshake_ns, flow->previous_time_ns);
    for (unsigned i = 0; i < 2; i++) {
        struct tcp_side *side = &flow->side[i];
        side->ack_time_ns =
            side->window_known ? before(side->ack_time_ns, flow->previous_time_ns) : 0;
        side->next_time_ns = side->seq_known ? before(side->next_time_ns, side->ack_time_ns) : 0;
    }
}

enum { DURATIONS = 6 };

static void durations_of(struct flow *flow, int64_t *durations[DURATIONS])
{
    unsigned n = 0;
    durations[n++] = &flow->previous_time_ns;
    durations[n++] = &flow->handshake_ns;
    for (unsigned i = 0; i < 2; i++) {
        durations[n++] = &flow->side[i].next_time_ns;
        durations[n++] = &flow->side[i].ack_time_ns;
    }
}

static void fold_packets(struct flow *flow)
{
    flow->side[0].first_ack_packet ^= flow->side[1].next_packet;
    flow->side[1].first_ack_packet ^= flow->side[0].next_packet;
}

static void flow_fold(void *item, uint32_t number)
{
    struct flow *flow = item;
    int64_t *durations[DURATIONS];
    fold_opener(flow);
    fold_acks(flow);
    fold_bases(flow);
    fold_times(flow);
    durations_of(flow, durations);
    flow->in_us = park_scale_down(durations, DURATIONS);
    fold_packets(flow);
    flow->side[1].next_packet ^= flow->side[0].next_packet;
    flow->stream -= number;
}

static void flow_unfold(void *item, uint32_t number)
{
    struct flow *flow = item;
    int64_t *durations[DURATIONS];
    flow->stream += number;
    flow->side[1].next_packet ^= flow->side[0].next_packet;
    fold_packets(flow);
    durations_of(flow, durations);
    park_scale_up(durations, DURATIONS, flow->in_us);
    flow->in_us = false;
    unfold_times(flow);
    fold_bases(flow);
    fold_acks(flow);
    fold_opener(flow);
}

static const struct park_kind parked_flow = {sizeof(struct flow), flow_fold, flow_unfold};
_Static_assert(sizeof(struct flow) <= PARK_SIZE_MOST, "a flow can be parked");

/* ---- Making and freeing ---------------------------------------------------------------------- */

struct flow_table *flow_table_new(const struct limits *limits, enum flow_depth depth)
{
    struct flow_table *t = calloc(1, sizeof *t);
    if (t == NULL)
        return NULL;
    t->slots = calloc(SLOTS_AT_FIRST, sizeof *t->slots);
    t->slot_mask = SLOTS_AT_FIRST - 1;
    t->flows.kind = &parked_flow;
    t->limit = limits->flows;
    t->message_limit = limits->message_bytes;
    t->stream_limit = limits->stream_bytes;
    t->depth = depth;
    if (t->slots == NULL) {
        flow_table_free(t);
        return NULL;
    }
    return t;
}

void flow_table_free(struct flow_table *t)
{
    if (t == NULL)
        return;
    more_pool_free(&t->more, &t->spent);
    park_free(&t->flows);
    free(t->retiring.line);
    message_free_all(&t->spent);
    notes_free(&t->notes);
    expectations_free(&t->expectations);
    fragments_free(t->fragments);
    free(t->slots);
    free(t);
}

static uint32_t *stream_counter(struct flow_table *t, uint8_t protocol)
{
    return &t->streams[protocol == IP_TCP ? 0 : protocol == IP_UDP ? 1 : 2];
}

uint32_t flow_table_streams(const struct flow_table *t, uint8_t protocol)
{
    return t->streams[protocol == IP_TCP ? 0 : protocol == IP_UDP ? 1 : 2];
}

void flow_table_set_stream(struct flow_table *t, uint32_t number, uint32_t stream)
{
    struct flow *flow = table_flow(t, number);
    if (flow != NULL)
        flow->stream = stream;
}

void flow_table_set_streams(struct flow_table *t, const uint32_t streams[3])
{
    memcpy(t->streams, streams, sizeof t->streams);
}

void flow_table_get_streams(const struct flow_table *t, uint32_t streams[3])
{
    memcpy(streams, t->streams, sizeof t->streams);
}

bool flow_table_forgot(const struct flow_table *t)
{
    return t->forgot || t->expectations.forgot ||
           (t->fragments != NULL && fragments_forgot(t->fragments));
}

/* ---- Keys ------------------------------------------------------------------------------------ */

static uint32_t key_hash(const struct flow_key *key)
{
    uint64_t words[sizeof *key / 8], h = 0x9e3779b97f4a7c15u;
    memcpy(words, key, sizeof words);
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        h = (h ^ words[i]) * 0xff51afd7ed558ccdu;
        h ^= h >> 32;
    }
    return (uint32_t)h;
}

void flow_place_of(const struct segment *s, struct flow_place *place)
{
    struct flow_key *key = &place->key;
    size_t n = s->ip_version == 6 ? 16 : 4;
    int order = memcmp(s->src, s->dst, n);
    if (order == 0)
        order = (int)s->src_port - (int)s->dst_port;
    bool swapped = order > 0;
    *key = (struct flow_key){.low_port = swapped ? s->dst_port : s->src_port,
                             .high_port = swapped ? s->src_port : s->dst_port,
                             .version = s->ip_version,
                             .protocol = s->protocol};
    memcpy(key->low, swapped ? s->dst : s->src, n);
    memcpy(key->high, swapped ? s->src : s->dst, n);
    place->hash = key_hash(key);
    place->direction = swapped;
}

/* ---- Slots ----------------------------------------------------------------------------------- */

/* The slot of the key, and the flow; or NULL and the empty one where it belongs. */
static struct slot *slot_find(struct flow_table *t, const struct flow_place *place,
                              struct flow **flow)
{
    for (uint32_t i = place->hash;; i++) {
        struct slot *slot = &t->slots[i & t->slot_mask];
        *flow = NULL;
        if (slot->number == 0)
            return slot;
        if (slot->hash != place->hash)
            continue;
        *flow = table_flow(t, slot->number - 1);
        if (*flow == NULL || memcmp(&(*flow)->key, &place->key, sizeof place->key) == 0)
            return slot;
    }
}

void flow_fetch(const struct flow_table *t, const struct flow_place *place, unsigned step)
{
    const struct slot *slot = &t->slots[place->hash & t->slot_mask];
    if (step == 0)
        __builtin_prefetch(slot);
    else if (slot->number != 0)
        park_fetch(&t->flows, slot->number - 1, step == 2);
}

bool flow_peek(const struct flow_table *t, const struct flow_place *place, uint32_t *stream)
{
    const struct slot *slot = &t->slots[place->hash & t->slot_mask];
    const struct flow *flow = slot->number == 0 ? NULL : park_seated(&t->flows, slot->number - 1);
    if (flow != NULL)
        *stream = flow->stream;
    return flow != NULL;
}

static bool slots_grow(struct flow_table *t)
{
    uint32_t mask = 2 * t->slot_mask + 1;
    struct slot *slots = calloc((size_t)mask + 1, sizeof *slots);
    if (slots == NULL)
        return false;
    for (uint32_t i = 0; i <= t->slot_mask; i++) {
        uint32_t at = t->slots[i].hash;
        if (t->slots[i].number == 0)
            continue;
        while (slots[at & mask].number != 0)
            at++;
        slots[at & mask] = t->slots[i];
    }
    free(t->slots);
    t->slots = slots;
    t->slot_mask = mask;
    return true;
}

/* ---- Flows ----------------------------------------------------------------------------------- */

/* The flow begins with segment s; all but its key is made new. */
static void flow_begin(struct flow_table *t, struct flow *flow, const struct segment *s,
                       const struct flow_place *place)
{
    if (flow->more != NULL) {
        flow_more_clear(flow->more, &t->spent);
        flow_more_tidy(&t->more, flow);
    }
    *flow = (struct flow){.key = place->key,
                          .first_time_ns = s->time_ns,
                          .previous_time_ns = s->time_ns,
                          .stream = (*stream_counter(t, s->protocol))++,
                          .first_direction = place->direction,
                          .window_shift = {SHIFT_UNKNOWN, SHIFT_UNKNOWN}};
}

/* A new connection between the same ports: a SYN that is not a retransmission of the one we know. */
static bool ports_reused(const struct flow *flow, const struct segment *s, unsigned direction)
{
    return s->protocol == IP_TCP && (s->flags & (TCP_SYN | TCP_ACK)) == TCP_SYN &&
           flow->side[direction].base_known && s->seq != flow->base[direction];
}

/* Whoever comes after the slot moves up, if it would be found there too. */
static void slot_empty(struct flow_table *t, uint32_t empty)
{
    uint32_t mask = t->slot_mask;
    for (uint32_t i = (empty + 1) & mask; t->slots[i].number != 0; i = (i + 1) & mask) {
        uint32_t home = t->slots[i].hash & mask;
        if (((i - home) & mask) < ((i - empty) & mask))
            continue;
        t->slots[empty] = t->slots[i];
        empty = i;
    }
    t->slots[empty] = (struct slot){0};
}

/* The table is full: of a few flows the one that was not seen for longest makes room. It begins anew, if it is
 * seen again. */
static uint32_t table_recycle(struct flow_table *t)
{
    enum { CANDIDATES = 8 };
    struct flow candidate, *ignored;
    uint32_t oldest = t->hand;
    int64_t oldest_ns = INT64_MAX;
    for (unsigned i = 0; i < CANDIDATES; i++, t->hand = (t->hand + 1) % t->count) {
        if (!park_read(&t->flows, t->hand, &candidate) || candidate.previous_time_ns >= oldest_ns)
            continue;
        oldest = t->hand;
        oldest_ns = candidate.previous_time_ns;
    }
    t->forgot = true;
    if (park_read(&t->flows, oldest, &candidate)) {
        struct flow_place place = {.key = candidate.key, .hash = key_hash(&candidate.key)};
        slot_empty(t, (uint32_t)(slot_find(t, &place, &ignored) - t->slots));
    }
    return oldest;
}

/* The slots may move. NULL without memory. */
static struct flow *table_add(struct flow_table *t, const struct flow_place *place,
                              uint32_t *number)
{
    struct flow *flow;
    bool full = t->count >= t->limit;
    if (!full && t->count >= t->slot_mask / 2 && !slots_grow(t)) {
        t->forgot = true;
        return NULL;
    }
    *number = full ? table_recycle(t) : t->count;
    struct slot *slot = slot_find(t, place, &flow);
    flow = table_flow(t, *number);
    if (flow == NULL)
        return NULL;
    *slot = (struct slot){place->hash, *number + 1};
    t->count += !full;
    return flow;
}

struct flow *flow_table_find(struct flow_table *t, const struct segment *s,
                             const struct flow_place *place, uint32_t *number, bool *reused)
{
    struct flow *flow;
    const struct slot *slot = slot_find(t, place, &flow);
    bool known = slot->number != 0;
    *number = slot->number - 1;
    *reused = flow != NULL && ports_reused(flow, s, place->direction);
    if (!known)
        flow = table_add(t, place, number);
    if (flow != NULL && (!known || *reused))
        flow_begin(t, flow, s, place);
    return flow;
}
