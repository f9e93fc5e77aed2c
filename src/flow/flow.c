/*
 * The table of flows: an array of slots, at most half full, that point into an array of flows.
 *
 *     slots  | 0 | hash, 2, tcp | 0 | 0 | hash, 1, tcp | ...      open addressing, linear probing
 *                         |    |                  |   |
 *     flows  |   0   |   1   | |    <-------------+   |             slot.number - 1
 *     blocks | struct tcp_flow ...     <--------------+
 *
 * The key is the 5-tuple with its smaller end first, so both directions find the same flow; direction 0
 * is from the smaller end to the larger. A flow is never removed. When its ports are used again it
 * becomes another flow in place, with the next stream number.
 */
#include "flow/flow.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "flow/expectations.h"
#include "flow/fragments.h"
#include "flow/notes.h"
#include "flow/tcp.h"

enum { IP_TCP = 6, IP_UDP = 17, SLOTS_AT_FIRST = 1024, FLOWS_AT_FIRST = 256 };
enum { TCP_BLOCK = 32, CACHE_LINE = 64 };
enum { SHIFT_UNKNOWN = -1, SHIFT_NONE = -2, SHIFT_MAX = 14 };

/* One direction. */
struct side {
    uint32_t base; /* what relative numbers count from */
    bool base_known;
    int8_t window_shift; /* as flow_facts.window_shift */
};

/* What a protocol keeps for a flow. */
struct kept_state {
    struct kept_state *next;
    uint64_t channel;
    size_t size;
    uint16_t proto;
    max_align_t bytes[];
};

/* A stream inside the flow with a message that is not whole: there is none for others. */
struct channel {
    struct channel *next;
    uint64_t id;
    struct tcp_side side[2];
};

struct flow {
    struct flow_key key;
    struct tcp_flow *tcp;      /* in a block; NULL: not TCP, or nobody asks for what it knows */
    struct kept_state *states; /* owned */
    struct channel *channels;  /* owned */
    uint32_t stream;
    uint16_t speaks; /* the state of protocol 0: what the flow was found to speak */
    uint8_t first_direction;
    struct side sides[2];
    int64_t first_time_ns, previous_time_ns;
    uint64_t packets;
};
_Static_assert(sizeof(struct flow) <= 256, "memory is bounded: docs/design.md, decision 6");

struct slot {
    uint32_t hash;
    uint32_t number;            /* of the flow, from 1; 0: empty */
    const struct tcp_flow *tcp; /* the flow's: to be fetched together with it */
};

/* What is known of TCP connections does not move. */
struct tcp_block {
    struct tcp_block *next;
    uint32_t used;
    struct tcp_flow flows[TCP_BLOCK];
};

struct flow_table {
    struct slot *slots;
    uint32_t slot_mask;
    struct flow *flows;
    struct tcp_block *blocks; /* owned; the newest first */
    uint32_t count, capacity, limit;
    uint32_t streams[3]; /* TCP, UDP, others */
    bool analyse;
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

struct flow_table *flow_table_new(const struct limits *limits, bool analyse)
{
    struct flow_table *t = calloc(1, sizeof *t);
    if (t == NULL)
        return NULL;
    t->slots = calloc(SLOTS_AT_FIRST, sizeof *t->slots);
    t->flows = malloc(FLOWS_AT_FIRST * sizeof *t->flows);
    t->slot_mask = SLOTS_AT_FIRST - 1;
    t->capacity = FLOWS_AT_FIRST;
    t->limit = limits->flows;
    t->message_limit = limits->message_bytes;
    t->stream_limit = limits->stream_bytes;
    t->analyse = analyse;
    if (t->slots == NULL || t->flows == NULL) {
        flow_table_free(t);
        return NULL;
    }
    return t;
}

static void channel_free(struct channel *channel, struct message **spent)
{
    stream_drop(&channel->side[0], spent, UINT64_MAX);
    stream_drop(&channel->side[1], spent, UINT64_MAX);
    free(channel);
}

/* Frees what the flow owns. */
static void flow_empty(struct flow_table *t, struct flow *flow)
{
    while (flow->channels != NULL) {
        struct channel *next = flow->channels->next;
        channel_free(flow->channels, &t->spent);
        flow->channels = next;
    }
    if (flow->tcp != NULL)
        tcp_flow_clear(flow->tcp, &t->spent);
    flow->speaks = 0;
    while (flow->states != NULL) {
        struct kept_state *next = flow->states->next;
        free(flow->states);
        flow->states = next;
    }
}

void flow_table_free(struct flow_table *t)
{
    if (t == NULL)
        return;
    for (uint32_t i = 0; i < t->count; i++)
        flow_empty(t, &t->flows[i]);
    while (t->blocks != NULL) {
        struct tcp_block *next = t->blocks->next;
        free(t->blocks);
        t->blocks = next;
    }
    message_free_all(&t->spent);
    notes_free(&t->notes);
    expectations_free(&t->expectations);
    fragments_free(t->fragments);
    free(t->slots);
    free(t->flows);
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

bool flow_table_forgot(const struct flow_table *t)
{
    return t->forgot || t->expectations.forgot || (t->fragments != NULL && fragments_forgot(t->fragments));
}

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

/* ---- Keys ---------------------------------------------------------------------------------- */

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

/* Asks for memory that is about to be read, all of it at once: else each line would be waited for in
 * turn, and that is most of what a flow costs. */
static void fetch(const void *memory, size_t n)
{
    for (size_t at = 0; memory != NULL && at < n; at += CACHE_LINE)
        __builtin_prefetch((const char *)memory + at);
}

/* The slot of the key, or the empty one where it belongs. */
static struct slot *slot_find(struct flow_table *t, const struct flow_place *place)
{
    for (uint32_t i = place->hash;; i++) {
        struct slot *slot = &t->slots[i & t->slot_mask];
        if (slot->number == 0)
            return slot;
        if (slot->hash != place->hash)
            continue;
        const struct flow *flow = &t->flows[slot->number - 1];
        fetch(flow, sizeof *flow);
        fetch(slot->tcp, sizeof *slot->tcp);
        if (memcmp(&flow->key, &place->key, sizeof flow->key) == 0)
            return slot;
    }
}

void flow_fetch(const struct flow_table *t, const struct flow_place *place, bool near)
{
    const struct slot *slot = &t->slots[place->hash & t->slot_mask];
    if (!near) {
        __builtin_prefetch(slot);
    } else if (slot->number != 0) {
        fetch(&t->flows[slot->number - 1], sizeof *t->flows);
        fetch(slot->tcp, sizeof *slot->tcp);
    }
}

/* ---- Growing ------------------------------------------------------------------------------- */

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

/* Makes room for one more flow. */
static bool table_grow(struct flow_table *t)
{
    if (t->count >= t->limit) {
        t->forgot = true;
        return false;
    }
    if (t->count == t->capacity) {
        size_t capacity = 2 * (size_t)t->capacity;
        struct flow *flows = realloc(t->flows, capacity * sizeof *flows);
        if (flows == NULL)
            return false;
        t->flows = flows;
        t->capacity = (uint32_t)capacity;
    }
    return t->count < t->slot_mask / 2 || slots_grow(t);
}

/* NULL without memory. */
static struct tcp_flow *tcp_flow_new(struct flow_table *t)
{
    if (t->blocks == NULL || t->blocks->used == TCP_BLOCK) {
        struct tcp_block *block = aligned_alloc(CACHE_LINE, sizeof *block);
        if (block == NULL)
            return NULL;
        memset(block, 0, sizeof *block);
        block->next = t->blocks;
        t->blocks = block;
    }
    return &t->blocks->flows[t->blocks->used++];
}

/* ---- Flows --------------------------------------------------------------------------------- */

/* The flow begins with segment s; its key is set already. */
static void flow_begin(struct flow_table *t, struct flow *flow, const struct segment *s,
                       unsigned direction)
{
    struct side unknown = {.window_shift = SHIFT_UNKNOWN};
    flow_empty(t, flow);
    if (t->analyse && s->protocol == IP_TCP && flow->tcp == NULL)
        flow->tcp = tcp_flow_new(t);
    flow->stream = (*stream_counter(t, s->protocol))++;
    flow->first_direction = (uint8_t)direction;
    flow->sides[0] = flow->sides[1] = unknown;
    flow->first_time_ns = flow->previous_time_ns = s->time_ns;
    flow->packets = 0;
}

/* A new connection between the same ports: a SYN that is not a retransmission of the one we know. */
static bool ports_reused(const struct flow *flow, const struct segment *s, unsigned direction)
{
    const struct side *mine = &flow->sides[direction];
    return s->protocol == IP_TCP && (s->flags & (TCP_SYN | TCP_ACK)) == TCP_SYN &&
           mine->base_known && s->seq != mine->base;
}

/* An answer that begins anew belongs to a connection whose SYN was not captured: its ports are those of the
 * one that we know. */
static bool answer_is_new(const struct flow *flow, const struct segment *s, unsigned direction)
{
    const struct side *mine = &flow->sides[direction];
    return (s->flags & (TCP_SYN | TCP_ACK)) == (TCP_SYN | TCP_ACK) && mine->base_known &&
           s->seq != mine->base;
}

static struct flow *flow_find(struct flow_table *t, const struct segment *s,
                              const struct flow_place *place, bool *reused)
{
    struct slot *slot = slot_find(t, place);
    if (slot->number != 0) {
        struct flow *flow = &t->flows[slot->number - 1];
        *reused = ports_reused(flow, s, place->direction);
        if (*reused)
            flow_begin(t, flow, s, place->direction);
        return flow;
    }
    if (!table_grow(t))
        return NULL;
    slot = slot_find(t, place); /* the slots may have moved */
    struct flow *flow = &t->flows[t->count++];
    memset(flow, 0, sizeof *flow);
    flow->key = place->key;
    flow_begin(t, flow, s, place->direction);
    *slot = (struct slot){place->hash, t->count, flow->tcp};
    return flow;
}

/*
 * Relative numbers give the SYN 0 and the first byte 1; a SYN always says so, late or repeated as it may
 * be. Of a connection whose SYN was not seen, the first byte seen gets 1. What the other end has acknowledged serves as well; but a SYN's ack field
 * without ACK means nothing (RFC 9293, section 3.1).
 */
static void bases_learn(struct flow *flow, const struct segment *s, unsigned direction)
{
    struct side *mine = &flow->sides[direction], *theirs = &flow->sides[!direction];
    if (!mine->base_known || s->flags & TCP_SYN) {
        mine->base = s->flags & TCP_SYN ? s->seq : s->seq - 1;
        mine->base_known = true;
    }
    if (!theirs->base_known && s->flags & TCP_ACK) {
        theirs->base = s->ack - 1;
        theirs->base_known = true;
    }
}

/* Windows are scaled only if both SYNs offer it, and each end by its own shift (RFC 7323, section 2.2).
 * Until the SYN, ACK is seen, its offer is taken for granted. */
static void window_learn(struct flow *flow, const struct segment *s, unsigned direction)
{
    struct side *mine = &flow->sides[direction], *theirs = &flow->sides[!direction];
    if ((s->flags & TCP_SYN) == 0)
        return;
    if (s->window_shift >= 0)
        mine->window_shift = s->window_shift > SHIFT_MAX ? SHIFT_MAX : s->window_shift;
    if (mine->window_shift == SHIFT_UNKNOWN)
        mine->window_shift = theirs->window_shift = SHIFT_NONE;
    else if (s->flags & TCP_ACK && theirs->window_shift == SHIFT_NONE)
        mine->window_shift = SHIFT_NONE;
}

/* What only the flow of a TCP segment knows. */
static void tcp_learn(struct flow *flow, const struct segment *s, unsigned direction,
                      struct flow_facts *facts)
{
    struct side *mine = &flow->sides[direction];
    if (flow->tcp != NULL)
        tcp_flow_fetch(flow->tcp);
    uint32_t base = mine->base;
    bool based = mine->base_known;
    if (answer_is_new(flow, s, direction))
        facts->analysis |= ANALYSIS_REUSED_PORTS;
    bases_learn(flow, s, direction);
    window_learn(flow, s, direction);
    facts->base_seq = mine->base;
    facts->base_ack = flow->sides[!direction].base;
    facts->window_shift = mine->window_shift;
    facts->their_shift = flow->sides[!direction].window_shift;
    if (flow->tcp == NULL || s->quoted)
        return;
    if (based && base != mine->base)
        flow->tcp->side[direction].top -= (int32_t)(mine->base - base);
    tcp_place(&flow->tcp->side[direction], s, mine->base, facts);
    uint32_t expected = flow->tcp->side[direction].next;
    resent_find(&flow->tcp->side[direction], s, facts);
    analysis_run(flow->tcp, s, direction, facts);
    doubt_run(flow->tcp, s, direction, expected, facts);
    states_run(flow->tcp, s, direction, facts);
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
    struct flow *flow = flow_find(t, s, place, &reused);
    if (flow == NULL)
        return false;
    flow->packets++;
    *facts = (struct flow_facts){.flow = (uint32_t)(flow - t->flows),
                                 .stream = flow->stream,
                                 .reverse = direction != flow->first_direction,
                                 .direction = (uint8_t)direction,
                                 .first_time_ns = flow->first_time_ns,
                                 .previous_time_ns = flow->previous_time_ns,
                                 .analysis = reused ? ANALYSIS_REUSED_PORTS : 0,
                                 .packets = flow->packets};
    fetch(flow->states, sizeof *flow->states);
    if (s->protocol == IP_TCP)
        tcp_learn(flow, s, direction, facts);
    flow->previous_time_ns = s->time_ns;
    return true;
}

/* ---- Streams and states -------------------------------------------------------------------- */

/* Calls visit() with each direction of each stream that may have a message that waits. */
static void each_side(struct flow_table *t,
                      void (*visit)(struct flow_table *t, struct tcp_side *side, uint64_t *sums),
                      uint64_t *sums)
{
    for (uint32_t i = 0; i < 2 * t->count; i++) {
        const struct flow *flow = &t->flows[i / 2];
        if (flow->tcp != NULL && flow->tcp->side[i % 2].open != NULL)
            visit(t, &flow->tcp->side[i % 2], sums);
        for (struct channel *c = flow->channels; c != NULL; c = c->next) {
            if (c->side[i % 2].open != NULL)
                visit(t, &c->side[i % 2], sums);
        }
    }
}

/* sums: the bytes; the packet that the oldest was last added to in. */
static void add_waiting(struct flow_table *t, struct tcp_side *side, uint64_t *sums)
{
    (void)t;
    for (const struct message *m = side->open; m != NULL; m = m->next) {
        sums[0] += m->capacity;
        sums[1] = m->touched < sums[1] ? m->touched : sums[1];
    }
}

static void drop_before(struct flow_table *t, struct tcp_side *side, uint64_t *limit)
{
    stream_drop(side, &t->spent, *limit);
}

/* Messages that nothing was added to for longest are given up until the rest fits: their flows ended
 * without a word, or the capture does not have the rest. */
static void sweep(struct flow_table *t)
{
    t->taken = 0;
    for (;;) {
        uint64_t sums[2] = {0, UINT64_MAX};
        each_side(t, add_waiting, sums);
        if (sums[0] <= t->stream_limit || sums[1] >= t->packet)
            return;
        t->forgot = true;
        uint64_t limit = sums[1] + (t->packet - sums[1] + 1) / 2;
        each_side(t, drop_before, &limit);
    }
}

/* Where the channel hangs, or would. */
static struct channel **channel_of(struct flow *flow, uint64_t id)
{
    struct channel **at = &flow->channels;
    while (*at != NULL && (*at)->id != id)
        at = &(*at)->next;
    return at;
}

/* The direction's stream; NULL: nothing waits there, or streams are not followed. */
static struct tcp_side *side_of(struct flow *flow, const struct flow_facts *facts)
{
    if (facts->channel == 0)
        return flow->tcp == NULL ? NULL : &flow->tcp->side[facts->direction];
    struct channel *channel = *channel_of(flow, facts->channel);
    return channel == NULL ? NULL : &channel->side[facts->direction];
}

static void channel_tidy(struct flow_table *t, struct flow *flow, uint64_t id)
{
    struct channel **at = channel_of(flow, id), *channel = *at;
    if (channel == NULL || channel->side[0].open != NULL || channel->side[1].open != NULL)
        return;
    *at = channel->next;
    channel_free(channel, &t->spent);
}

static bool channel_add(struct flow *flow, uint64_t id)
{
    struct channel **at = channel_of(flow, id);
    if (*at != NULL)
        return true;
    *at = calloc(1, sizeof **at);
    if (*at == NULL)
        return false;
    (*at)->id = id;
    return true;
}

void flow_take(void *table, const struct flow_facts *facts, uint32_t ahead, const uint8_t *bytes,
               uint32_t n, bool fin, struct stream_piece *piece)
{
    struct flow_table *t = table;
    struct flow *flow = &t->flows[facts->flow];
    struct tcp_side *side = side_of(flow, facts);
    *piece = (struct stream_piece){.kind = STREAM_NEW};
    t->taken += n;
    if (side == NULL)
        return;
    stream_take(side, &t->spent, t->packet, t->lasting ? 1 : t->packet, facts->offset + ahead,
                bytes, n, fin, piece);
    if (facts->channel != 0)
        channel_tidy(t, flow, facts->channel);
}

bool flow_keep(void *table, const struct flow_facts *facts, int64_t offset, const uint8_t *bytes,
               uint32_t n, uint32_t need, uint32_t head)
{
    struct flow_table *t = table;
    struct flow *flow = &t->flows[facts->flow];
    t->taken += n;
    if (t->taken > t->stream_limit)
        sweep(t);
    if (facts->channel != 0 && !channel_add(flow, facts->channel))
        return false;
    struct tcp_side *side = side_of(flow, facts);
    bool kept = side != NULL &&
                stream_keep(side, &t->spent, t->packet, offset, bytes, n, need, head, t->message_limit);
    if (facts->channel != 0)
        channel_tidy(t, flow, facts->channel);
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
    struct flow *flow = &t->flows[facts->flow];
    if (proto == 0 && facts->channel == 0 && size == sizeof flow->speaks)
        return &flow->speaks;
    for (struct kept_state *s = flow->states; s != NULL; s = s->next) {
        if (s->proto == proto && s->size == size && s->channel == facts->channel)
            return s->bytes;
    }
    struct kept_state *s = calloc(1, sizeof *s + size);
    if (s == NULL)
        return NULL;
    s->size = size;
    s->proto = proto;
    s->channel = facts->channel;
    s->next = flow->states;
    flow->states = s;
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
