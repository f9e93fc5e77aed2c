/*
 * Following: the bytes of each direction of a flow in order.
 *
 *     given |----------|  hole  |--held--|   |--held--|
 *                      ^next
 *
 * A segment at `next` is given at once, and then whatever is held that follows on it. One beyond is
 * held. When the receiver acknowledges what lies beyond the hole, or too much is held, the hole is
 * missing.
 *
 * HTTP messages are what the dissector of http has put together: nothing is to be ordered there.
 */
#include <stdlib.h>
#include <string.h>

#include "flow/seq.h"
#include "query/query.h"

enum {
    IP_TCP = 6,
    IP_UDP = 17,
    HELD_BYTES = 1 << 20,
    HELD_SEGMENTS = 1024,
    HELD_IN_ALL = 256 << 20
};

/* Some bytes, and the packet that they came in. */
struct part {
    int64_t offset, time_ns, since_ns;
    uint64_t packet;
    uint32_t length;
};

struct held {
    struct held *next; /* by offset */
    struct part at;
    uint8_t bytes[];
};

struct direction {
    bool begun, ended;
    int64_t next;      /* offset of the byte to be given next */
    struct part end;   /* no bytes at the end of the stream, if it `ended`: its FIN */
    struct held *held; /* owned */
    uint32_t held_bytes, held_segments;
};

struct followed {
    struct direction direction[2]; /* the client's, the server's */
};

struct lamna_follow {
    const lamna_registry *reg;
    uint8_t protocol;
    bool http;
    uint32_t payload, head, body; /* numbers of fields */
    void (*chunk)(void *context, const lamna_chunk *chunk);
    void *context;
    struct followed *flows; /* owned; by stream */
    size_t count, capacity;
    uint64_t held_bytes; /* of all */
    bool failed;
};

lamna_follow *lamna_follow_new(const lamna_registry *reg, const char *protocol,
                               void (*chunk)(void *context, const lamna_chunk *chunk),
                               void *context, lamna_error *err)
{
    bool udp = strcmp(protocol, "udp") == 0, http = strcmp(protocol, "http") == 0;
    if (!udp && !http && strcmp(protocol, "tcp") != 0) {
        error_set(err, LAMNA_ERR_ARGUMENT, "tcp, udp and http can be followed, not \"%s\"",
                  protocol);
        return NULL;
    }
    lamna_follow *f = calloc(1, sizeof *f);
    if (f == NULL) {
        error_memory(err);
        return NULL;
    }
    f->reg = reg;
    f->protocol = udp ? IP_UDP : IP_TCP;
    f->http = http;
    f->chunk = chunk;
    f->context = context;
    return f;
}

void lamna_follow_free(lamna_follow *f)
{
    if (f == NULL)
        return;
    for (size_t i = 0; i < 2 * f->count; i++) {
        struct direction *d = &f->flows[i / 2].direction[i % 2];
        while (d->held != NULL) {
            struct held *next = d->held->next;
            free(d->held);
            d->held = next;
        }
    }
    free(f->flows);
    free(f);
}

static lamna_status ask(const lamna_follow *f, lamna_query *q, const char *name, uint32_t *number,
                        lamna_error *err)
{
    const lamna_field *field = lamna_field_find(f->reg, name);
    if (field == NULL)
        return error_set(err, LAMNA_ERR_ARGUMENT, "there is no field named \"%s\"", name);
    *number = field->number;
    wanted_add(q->wanted, field->number);
    return LAMNA_OK;
}

lamna_status lamna_follow_ask(lamna_follow *f, lamna_query *q, lamna_error *err)
{
    q->wanted->ask_flows = true;
    q->wanted->ask_analysis |= f->protocol == IP_TCP;
    q->wanted->ask_streams |= f->http;
    q->wanted->cut |= f->http;
    if (!f->http)
        return ask(f, q, f->protocol == IP_TCP ? "tcp.payload" : "udp.payload", &f->payload, err);
    lamna_status status = ask(f, q, "lamna.http.head", &f->head, err);
    return status != LAMNA_OK ? status : ask(f, q, "lamna.http.body", &f->body, err);
}

/* ---- One direction --------------------------------------------------------------------------- */

/* Bytes that are at `next`, or lie partly before it, or are what is known after a hole. */
static void give(lamna_follow *f, uint32_t stream, unsigned side, const struct part *at,
                 const uint8_t *bytes)
{
    struct direction *d = &f->flows[stream].direction[side];
    int64_t end = at->offset + at->length;
    int64_t missing = at->offset > d->next ? at->offset - d->next : 0;
    uint32_t known = at->offset < d->next ? (uint32_t)(d->next - at->offset) : 0;
    if (end <= d->next)
        return;
    const lamna_chunk chunk = {.stream = stream,
                               .from_server = side != 0,
                               .missing = (uint64_t)missing,
                               .packet = at->packet,
                               .time_ns = at->time_ns,
                               .since_ns = at->since_ns,
                               .data = bytes == NULL ? NULL : bytes + known,
                               .length = at->length - known};
    d->next = end;
    f->chunk(f->context, &chunk);
}

/* Gives what is held up to the first hole, and all that begins before `limit`. */
static void give_held(lamna_follow *f, uint32_t stream, unsigned side, int64_t limit)
{
    struct direction *d = &f->flows[stream].direction[side];
    while (d->held != NULL && (d->held->at.offset <= d->next || d->held->at.offset < limit)) {
        struct held *h = d->held;
        d->held = h->next;
        d->held_bytes -= h->at.length;
        d->held_segments--;
        f->held_bytes -= h->at.length;
        give(f, stream, side, &h->at, h->bytes);
        free(h);
    }
}

static void hold(lamna_follow *f, struct direction *d, const struct part *at, const uint8_t *bytes)
{
    struct held *h = malloc(sizeof *h + at->length);
    if (h == NULL) {
        f->failed = true;
        return;
    }
    h->at = *at;
    memcpy(h->bytes, bytes, at->length);
    struct held **place = &d->held;
    while (*place != NULL && (*place)->at.offset <= at->offset)
        place = &(*place)->next;
    h->next = *place;
    *place = h;
    d->held_bytes += h->at.length;
    d->held_segments++;
    f->held_bytes += h->at.length;
}

static void take(lamna_follow *f, uint32_t stream, unsigned side, const struct part *at,
                 const uint8_t *bytes)
{
    struct direction *d = &f->flows[stream].direction[side];
    if (at->offset <= d->next)
        give(f, stream, side, at, bytes);
    else
        hold(f, d, at, bytes);
    give_held(f, stream, side, INT64_MIN);
    while (d->held_bytes > HELD_BYTES || d->held_segments > HELD_SEGMENTS ||
           (d->held != NULL && f->held_bytes > HELD_IN_ALL))
        give_held(f, stream, side, d->held->at.offset + 1);
}

/* ---- Packets --------------------------------------------------------------------------------- */

static const lamna_item *payload_of(const lamna_follow *f, const struct packet *p)
{
    const lamna_item *last = NULL; /* the innermost, if tunnels carry more than one */
    for (uint32_t i = 0; i < p->count; i++) {
        if (p->items[i].field == f->payload)
            last = &p->items[i];
    }
    return last;
}

static bool flow_room(lamna_follow *f, uint32_t stream)
{
    if (stream >= f->capacity) {
        size_t capacity = f->capacity == 0 ? 64 : f->capacity;
        while (capacity <= stream)
            capacity *= 2;
        struct followed *flows = realloc(f->flows, capacity * sizeof *flows);
        if (flows == NULL) {
            f->failed = true;
            return false;
        }
        memset(flows + f->capacity, 0, (capacity - f->capacity) * sizeof *flows);
        f->flows = flows;
        f->capacity = capacity;
    }
    if (stream >= f->count)
        f->count = (size_t)stream + 1;
    return true;
}

/* The other end has received everything before `acknowledged`: what is not here is missing. */
static void take_ack(lamna_follow *f, const struct packet *p, unsigned side)
{
    const struct segment *s = &p->segment;
    struct direction *theirs = &f->flows[p->facts.stream].direction[!side];
    if ((s->flags & TCP_ACK) == 0 || theirs->held == NULL)
        return;
    int32_t ahead = (int32_t)(s->ack - (p->facts.base_ack + 1 + (uint32_t)theirs->next));
    if (ahead > 0)
        give_held(f, p->facts.stream, !side, theirs->next + ahead);
}

static void add_segment(lamna_follow *f, const struct packet *p, unsigned side)
{
    const struct segment *s = &p->segment;
    struct direction *d = &f->flows[p->facts.stream].direction[side];
    const lamna_item *payload = payload_of(f, p);
    struct part at = {.offset = p->facts.offset,
                      .time_ns = s->time_ns,
                      .since_ns = s->time_ns - p->facts.first_time_ns,
                      .packet = s->packet};
    if (s->protocol == IP_UDP)
        at.offset = d->next;
    if (!d->begun && (s->length > 0 || s->flags & TCP_SYN))
        d->next = at.offset;
    d->begun |= s->length > 0 || s->flags & TCP_SYN;
    if (s->protocol == IP_TCP)
        take_ack(f, p, side);
    if (s->protocol == IP_TCP && s->flags & TCP_FIN && !d->ended) {
        d->ended = true;
        d->end = at;
        d->end.offset += s->length;
    }
    if (payload == NULL || payload->value_length == 0)
        return;
    at.length = payload->value_length;
    take(f, p->facts.stream, side, &at, payload->value.p);
}

static void give_message(lamna_follow *f, const struct packet *p, unsigned side,
                         const lamna_item *head, const lamna_item *body)
{
    const lamna_item *any = head != NULL ? head : body;
    if (any == NULL)
        return;
    const struct layer *layer = &p->layers[any->layer];
    const lamna_chunk chunk = {.stream = p->facts.stream,
                               .from_server = (side != 0) != layer->theirs,
                               .cut_short = layer->cut,
                               .packet = p->segment.packet,
                               .time_ns = p->segment.time_ns,
                               .since_ns = p->segment.time_ns - p->facts.first_time_ns,
                               .data = body != NULL ? body->value.p : NULL,
                               .length = body != NULL ? body->value_length : 0,
                               .head = head != NULL ? head->value.p : NULL,
                               .head_length = head != NULL ? head->value_length : 0};
    f->chunk(f->context, &chunk);
}

/* A head begins a message; the body that comes before the next head, if any, is its own. */
static void add_messages(lamna_follow *f, const struct packet *p, unsigned side)
{
    const lamna_item *head = NULL;
    for (uint32_t i = 0; i < p->count; i++) {
        const lamna_item *item = &p->items[i];
        if (item->field == f->head) {
            give_message(f, p, side, head, NULL);
            head = item;
        } else if (item->field == f->body) {
            give_message(f, p, side, head, item);
            head = NULL;
        }
    }
    give_message(f, p, side, head, NULL);
}

void lamna_follow_add(lamna_follow *f, const lamna_packet *packet)
{
    const struct packet *p = &packet->packet;
    const struct segment *s = &p->segment;
    bool tcp = s->protocol == IP_TCP;
    if (!p->in_flow || s->protocol != f->protocol || s->quoted)
        return;
    unsigned side = tcp ? p->facts.from_answerer : p->facts.reverse;
    if (f->http)
        add_messages(f, p, side);
    else if (flow_room(f, p->facts.stream))
        add_segment(f, p, side);
}

lamna_status lamna_follow_end(lamna_follow *f, lamna_error *err)
{
    for (uint32_t stream = 0; stream < f->count; stream++) {
        for (unsigned side = 0; side < 2; side++) {
            const struct direction *d = &f->flows[stream].direction[side];
            give_held(f, stream, side, INT64_MAX);
            if (d->begun && d->ended)
                give(f, stream, side, &d->end, NULL);
        }
    }
    return f->failed ? error_memory(err) : LAMNA_OK;
}
