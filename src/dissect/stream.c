/*
 * Streams: cuts what TCP carries into messages, and has each dissected (decision 10: protocols over
 * TCP never see segments). What a segment leaves over waits in its flow for the next one.
 *
 *     segments   |----a----|------b------|--c--|
 *     messages   |--1--|----2----|---3----|         2 is dissected with segment b, 3 with c
 *
 * As in Wireshark, a segment that was sent before is not dissected again, and one that does not
 * follow on what came before it is looked at by itself.
 */
#include "dissect/engine.h"

/* Can the flow of these ports matter to what is asked? */
static bool flow_matters(const struct packet *p, const struct segment *s, const struct table *t)
{
    return !p->wanted->lazy || p->wanted->proto[table_find(t, s->src_port)] != 0 ||
           p->wanted->proto[table_find(t, s->dst_port)] != 0 || heuristics_wanted(p, t);
}

void flow_ask(struct packet *p, const struct segment *s, unsigned table)
{
    p->in_flow = p->wanted->flows && p->flow.facts != NULL && p->net.version != 0 &&
                 (table == NO_TABLE || flow_matters(p, s, table_of(p, table))) &&
                 p->flow.facts(p->flow.flows, s, &p->facts);
    if (p->in_flow)
        p->segment = *s;
}

void *flow_state(struct packet *p, size_t size)
{
    return p->in_flow ? p->flow.state(p->flow.flows, &p->facts, p->proto, size) : NULL;
}

void tell(struct packet *p, uint64_t packet, unsigned field, uint64_t value)
{
    if (wants(p, field) && p->flow.tell != NULL)
        p->flow.tell(p->flow.flows, packet, p->fields + field, value);
}

bool told(const struct packet *p, uint64_t packet, unsigned field, uint64_t *value)
{
    return wants(p, field) && p->flow.told != NULL &&
           p->flow.told(p->flow.flows, packet, p->fields + field, value);
}

void stream_gather(struct packet *p, const struct cursor *c, uint32_t n, uint32_t need, bool last,
                   struct stream_piece *piece)
{
    *piece = (struct stream_piece){.kind = STREAM_NEW};
    if (!p->in_flow || cursor_captured(c) < n)
        return;
    const uint8_t *bytes = c->data + c->pos;
    p->flow.take(p->flow.flows, &p->facts, 0, bytes, n, last ? STREAM_ENDS : STREAM_GOES_ON, piece);
    if (piece->kind != STREAM_NEW || last || n >= need)
        return;
    const struct stream_need whole = {need, UINT32_MAX, true};
    if (!p->flow.keep(p->flow.flows, &p->facts, p->facts.offset, bytes, n, &whole))
        return;
    piece->kind = STREAM_PART;
    piece->used = n;
}

bool find_secret(struct packet *p, enum secret_kind kind, const uint8_t *id, size_t id_n,
                 struct secret *secret)
{
    return p->wanted->secrets && p->flow.secret != NULL &&
           p->flow.secret(p->flow.flows, kind, id, id_n, secret);
}

uint32_t secrets_changes(struct packet *p)
{
    struct secret changes;
    uint32_t n = 0;
    if (find_secret(p, SECRET_CHANGES, NULL, 0, &changes))
        memcpy(&n, changes.bytes, sizeof n);
    return n;
}

void add_secret(struct packet *p, enum secret_kind kind, const uint8_t *id, size_t id_n,
                const uint8_t *secret, size_t n)
{
    if (p->wanted->secrets && p->flow.add_secret != NULL)
        p->flow.add_secret(p->flow.flows, kind, id, id_n, secret, n);
}

/* Channels lie in channels: TLS in TLS. A mixture of all keys; FNV-1a's prime. */
struct flow_facts channel_enter(struct packet *p, uint32_t key, int64_t offset)
{
    struct flow_facts saved = p->facts;
    uint64_t mine = (uint64_t)p->proto << 32 | key;
    p->facts.channel = ((saved.channel ^ mine) * 0x100000001b3u ^ mine >> 32) | 1;
    p->facts.offset = offset;
    return saved;
}

void channel_leave(struct packet *p, struct flow_facts saved)
{
    p->facts = saved;
}

/* The protocol that the flow was found to speak: kept like any state, of protocol 0. */
uint16_t *flow_protocol(struct packet *p)
{
    return p->in_flow ? p->flow.state(p->flow.flows, &p->facts, 0, sizeof(uint16_t)) : NULL;
}

void flow_becomes(struct packet *p, unsigned table, uint64_t key)
{
    uint16_t *speaks = flow_protocol(p), proto = table_find(table_of(p, table), key);
    if (speaks != NULL && proto != 0)
        *speaks = proto;
}

/* ---- Which protocol? ------------------------------------------------------------------------- */

static bool is_mine(const struct packet *p, uint16_t proto, const struct cursor *c)
{
    const struct protocol *def = p->reg->protos[proto].def;
    return proto != 0 && (def->probe == NULL || def->probe(p, c));
}

/* The first whose probe says yes, which then is that of the flow; 0: none. */
static uint16_t protocol_by_probe(struct packet *p, const struct cursor *c, const struct table *t)
{
    uint16_t *speaks = flow_protocol(p);
    for (uint32_t i = 0; i < t->heuristic_count; i++) {
        if (!is_mine(p, t->heuristics[i], c))
            continue;
        if (speaks != NULL)
            *speaks = t->heuristics[i];
        return t->heuristics[i];
    }
    return 0;
}

/* What was announced for a connection, which then is that of the flow. */
static uint16_t protocol_announced(struct packet *p, uint16_t *speaks)
{
    enum { TCP = 6 };
    uint16_t proto = p->facts.channel == 0 ? expected_protocol(p, TCP) : 0;
    if (proto != 0 && speaks != NULL)
        *speaks = proto;
    return proto;
}

/* That of the flow, else of the lower port, of the higher port, what was announced, or what a probe finds. 0: none. */
static uint16_t protocol_of(struct packet *p, const struct cursor *c,
                            const struct stream_ways *ways)
{
    const struct table *t = table_of(p, ways->table);
    uint16_t *speaks = flow_protocol(p);
    if (speaks != NULL && *speaks != 0)
        return *speaks;
    uint16_t ports[2] = {ways->low, ways->high};
    next_ports(p, ways->table, ports);
    for (unsigned i = 0; i < 2; i++) {
        uint16_t proto = table_find(t, ports[i]);
        if (is_mine(p, proto, c))
            return proto;
    }
    uint16_t announced = protocol_announced(p, speaks);
    return announced != 0 ? announced : protocol_by_probe(p, c, t);
}

/* ---- Messages -------------------------------------------------------------------------------- */

/* One call of next_stream(). */
struct delivery {
    const struct stream_ways *ways;
    uint16_t carrier;                 /* index of the layer that carries the stream */
    uint16_t last;                    /* protocol of the message before, in the same bytes */
    bool ends;                        /* no bytes come after those at hand */
    bool cut, theirs;                 /* of a message: see struct layer */
    struct cursor own;                /* the packet's own bytes, with which those at hand end */
    const struct stream_piece *made;  /* of which they are made; NULL: of the packet's own alone */
    const struct stream_piece *piece; /* the same; NULL once that is shown */
};

/* n bytes of the packet wait for more; they are shown as the carrier's. */
static void show_waiting(struct packet *p, struct cursor *c, const struct delivery *d, uint32_t n)
{
    struct resumed r = resume_begin(p);
    p->layer = d->carrier;
    d->ways->waiting(p, c, n);
    resume_end(p, r);
    cursor_skip(c, n);
}

/* The last n of the bytes at hand wait; those of them that came in earlier packets were shown
 * there. */
static void show_own_waiting(struct packet *p, const struct delivery *d, uint32_t n)
{
    struct cursor own = d->own;
    uint32_t mine = cursor_captured(&own);
    cursor_skip(&own, mine > n ? mine - n : 0);
    show_waiting(p, &own, d, mine > n ? n : mine);
}

/* What the bytes at hand were made of, once something in them is found to be whole. */
static void show_pieces(struct packet *p, const struct cursor *c, struct delivery *d)
{
    if (d->piece == NULL)
        return;
    struct cursor whole = *c, own = d->own;
    whole.pos = 0;
    if (cursor_captured(&own) > 0) {
        struct resumed r = resume_begin(p);
        p->layer = d->carrier;
        d->ways->completing(p, &own, cursor_captured(&own));
        resume_end(p, r);
    }
    d->ways->reassembled(p, &whole, d->piece);
    d->piece = NULL;
}

/* The packet that the message at c began in. */
static uint64_t began_in(const struct packet *p, const struct cursor *c, const struct delivery *d)
{
    const struct stream_piece *made = d->made;
    uint32_t i = 0;
    if (made == NULL || made->part_count == 0)
        return p->in->number;
    while (i + 1 < made->part_count && made->parts[i + 1].offset <= c->pos)
        i++;
    return made->parts[i].packet;
}

static void run_message(struct packet *p, struct cursor *c, struct delivery *d, uint16_t proto,
                        uint32_t n)
{
    struct cursor message = *c;
    uint32_t start = c->pos;
    message.end = message.cap = c->pos + n;
    if (n == cursor_captured(c))
        message.end = c->end; /* what was not captured belongs to it */
    uint64_t began = began_in(p, c, d);
    c->pos += n;
    if (!layer_room(p))
        return;
    if (p->reg->protos[proto].def->pdus)
        d->ways->pdu(p, &message, n);
    uint32_t at = p->layer_count, length = message.end - start;
    if (p->wanted->proto[proto] != 0)
        layer_run(p, proto, &message);
    if (at < p->layer_count) {
        p->layers[at].again = d->last == proto;
        p->layers[at].cut = d->cut;
        p->layers[at].theirs = d->theirs;
        p->layers[at].message = length;
        p->layers[at].began_in = began;
    }
    d->last = proto;
}

static uint32_t message_length(struct packet *p, const struct cursor *c, uint16_t proto)
{
    struct frame_of_layer saved = layer_enter(p, proto);
    p->message_head = UINT32_MAX;
    uint32_t n = p->reg->protos[proto].def->message(p, c);
    layer_leave(p, saved);
    return n;
}

uint32_t next_message(struct packet *p, const struct cursor *c, unsigned table, uint64_t key)
{
    uint16_t proto = table_find(table_of(p, table), key);
    if (proto == 0 || p->reg->protos[proto].def->message == NULL)
        return cursor_captured(c);
    return message_length(p, c, proto);
}

/* What a message of n bytes needs, of which `left` are there. */
static struct stream_need need_of(const struct packet *p, uint16_t proto, uint32_t n, uint32_t left)
{
    uint32_t header = p->reg->protos[proto].def->header;
    struct stream_need need = {n, p->message_head, p->wanted->pieces};
    bool known = n < STREAM_TO_FIN && header > 0 && header <= left;
    if (known && p->wanted->proto[proto] == 0 && header < need.head)
        need.head = header;
    return need;
}

static void show_unknown(struct packet *p, struct cursor *c, const struct delivery *d)
{
    if (d->ways->silent)
        cursor_skip(c, cursor_captured(c));
    else
        next_data(p, c);
}

/* Dissects one message from c, which lies at `offset` in the stream. False when there is nothing
 * more to be done with c. */
static bool deliver_one(struct packet *p, struct cursor *c, struct delivery *d, int64_t offset)
{
    uint32_t left = cursor_captured(c);
    uint16_t proto = protocol_of(p, c, d->ways);
    if (proto == 0) {
        show_pieces(p, c, d);
        show_unknown(p, c, d);
        return false;
    }
    if (p->reg->protos[proto].def->message == NULL) {
        show_pieces(p, c, d);
        run_message(p, c, d, proto, left);
        return false;
    }
    uint32_t n = message_length(p, c, proto);
    uint16_t other = n == 0 ? protocol_by_probe(p, c, table_of(p, d->ways->table)) : 0;
    if (other != 0 && other != proto) {
        proto = other;
        n = p->reg->protos[proto].def->message == NULL ? left : message_length(p, c, proto);
    }
    if (n == 0) {
        show_pieces(p, c, d);
        show_unknown(p, c, d);
        return false;
    }
    if (n == STREAM_TO_FIN && d->ends)
        n = left;
    const struct stream_need need = need_of(p, proto, n, left);
    if (n > left && c->cap == c->end && p->in_flow &&
        p->flow.keep(p->flow.flows, &p->facts, offset, c->data + c->pos, left, &need)) {
        show_own_waiting(p, d, left);
        cursor_skip(c, left);
        return false;
    }
    show_pieces(p, c, d);
    run_message(p, c, d, proto, n < left ? n : left);
    return true;
}

static void deliver(struct packet *p, struct cursor *c, const struct delivery *from, int64_t offset)
{
    struct delivery d = *from;
    if (d.piece == NULL)
        d.own = *c;
    uint32_t start = c->pos;
    while (cursor_captured(c) > 0 && deliver_one(p, c, &d, offset + (c->pos - start))) {
    }
}

/* The byte at c was sent before, as the last of a message that is done; nothing is shown of one that comes alone. */
static void show_probe(struct packet *p, struct cursor *c, const struct delivery *d)
{
    if (cursor_captured(c) > 1) {
        struct resumed r = resume_begin(p);
        p->layer = d->carrier;
        d->ways->completing(p, c, 1);
        resume_end(p, r);
    }
    cursor_skip(c, 1);
}

void next_stream(struct packet *p, struct cursor *c, const struct stream_ways *ways)
{
    struct delivery d = {.ways = ways, .carrier = p->layer, .ends = ways->fin};
    layer_close(p, p->layer, c, c->pos);
    uint32_t start = c->pos;
    bool first = true;
    bool probes = p->in_flow && p->facts.channel == 0 && p->facts.probes && cursor_captured(c) > 0;
    while (cursor_captured(c) > 0 || (first && ways->fin)) {
        struct stream_piece piece = {.kind = STREAM_NEW};
        first = false;
        if (p->in_flow && c->cap == c->end)
            p->flow.take(p->flow.flows, &p->facts, c->pos - start, c->data + c->pos,
                         cursor_captured(c), ways->fin ? STREAM_ENDS : STREAM_GOES_ON, &piece);
        if (piece.kind == STREAM_NEW && probes) {
            show_probe(p, c, &d);
            probes = false;
            continue;
        }
        if (piece.kind == STREAM_NEW) {
            deliver(p, c, &d, p->facts.offset + (c->pos - start));
            break;
        }
        probes = false;
        if (piece.kind == STREAM_PART) {
            if (piece.used > 0)
                show_waiting(p, c, &d, piece.used);
            continue;
        }
        struct cursor whole = cursor_over(p, "Reassembled TCP", piece.data, piece.kept);
        whole.end = piece.length;
        struct delivery made = d;
        made.piece = made.made = &piece;
        made.ends |= piece.last;
        made.own = *c;
        cursor_trim(&made.own, piece.used);
        cursor_skip(c, piece.used);
        deliver(p, &whole, &made, piece.offset);
    }
}

/* The packet as if the other end had sent it. */
static void turn_around(struct packet *p)
{
    uint16_t port = p->src_port;
    p->src_port = p->dst_port;
    p->dst_port = port;
    p->facts.direction = !p->facts.direction;
    p->facts.reverse = !p->facts.reverse;
    p->facts.from_answerer = !p->facts.from_answerer;
}

static bool cut_one(struct packet *p, uint32_t n, const struct delivery *d, bool all)
{
    struct stream_piece piece;
    p->flow.take(p->flow.flows, &p->facts, n, NULL, 0, all ? STREAM_CUT : STREAM_CUT_THERE, &piece);
    if (piece.kind != STREAM_WHOLE)
        return false;
    struct cursor whole = cursor_over(p, "Reassembled TCP", piece.data, piece.kept);
    struct delivery made = *d;
    whole.end = piece.length + piece.lacks;
    made.piece = made.made = &piece;
    made.own = whole;
    cursor_trim(&made.own, 0);
    deliver(p, &whole, &made, piece.offset);
    return true;
}

void cut_stream(struct packet *p, uint32_t n, const struct stream_ways *ways, bool theirs, bool all)
{
    struct delivery d = {
        .ways = ways, .carrier = p->layer, .ends = true, .cut = true, .theirs = theirs};
    if (!p->wanted->cut || !p->in_flow)
        return;
    if (theirs)
        turn_around(p);
    while (cut_one(p, n, &d, all)) {
    }
    if (theirs)
        turn_around(p);
}
