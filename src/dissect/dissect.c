/*
 * The engine: walks the layers of a packet. The first protocol of protos.def is the root ("frame");
 * from there each dissector names a table and a key, and the engine finds and runs the next.
 */
#include <stdlib.h>
#include <string.h>

#include "dissect/engine.h"
#include "dissect/expect.h"

enum { ROOT_PROTO = 1 };

void packet_init(struct packet *p, const lamna_registry *reg, struct arena *arena)
{
    memset(p, 0, sizeof *p);
    crypto_init(&p->crypto);
    p->reg = reg;
    p->arena = arena;
    p->limits = LIMITS_DEFAULT;
}

void packet_free(struct packet *p)
{
    crypto_free(&p->crypto);
    free(p->items);
    free(p->tree_labels);
    buf_free(&p->info);
    p->items = NULL;
    p->tree_labels = NULL;
}

struct frame_of_layer layer_enter(struct packet *p, uint16_t proto)
{
    struct frame_of_layer saved = {p->want, p->fields, p->proto, p->layer};
    const struct registry_proto *rp = &p->reg->protos[proto];
    p->want = p->wanted->field + rp->fields;
    p->fields = rp->fields;
    p->proto = proto;
    return saved;
}

void layer_leave(struct packet *p, struct frame_of_layer saved)
{
    p->want = saved.want;
    p->fields = saved.fields;
    p->proto = saved.proto;
    p->layer = saved.layer;
}

/* Adds a layer that begins at c, with its item if the protocol is asked for. */
static void layer_push(struct packet *p, uint16_t proto, const struct cursor *c)
{
    uint32_t field = p->reg->protos[proto].field;
    p->layer = (uint16_t)p->layer_count++;
    struct layer *layer = &p->layers[p->layer];
    *layer = (struct layer){.proto = proto, .item = NO_ITEM, .offset = c->pos};
    if (p->wanted->field[field] == 0 || p->reg->protos[proto].def->bare)
        return;
    /* item_add() counts from the protocol's first field; its own number may lie below that. */
    layer->item = p->count;
    (void)item_add(p, c, field - p->fields, c->pos, 0);
    if (layer->item == p->count)
        layer->item = NO_ITEM; /* no room */
}

void layer_close(struct packet *p, uint32_t index, const struct cursor *c, uint32_t pos)
{
    struct layer *layer = &p->layers[index];
    if (layer->closed || layer->pinned)
        return;
    layer->closed = true;
    layer->length = pos - layer->offset;
    if (layer->item == NO_ITEM)
        return;
    lamna_item *item = &p->items[layer->item];
    item->end = p->count;
    item->length = layer->length;
    item->value.p = c->data + layer->offset;
    item->value_length = c->cap > layer->offset ? c->cap - layer->offset : 0;
}

void layer_end(struct packet *p, const struct cursor *c)
{
    layer_close(p, p->layer, c, c->pos);
}

/* The innermost layer's fault is the packet's: it is noted once, as a layer of its own, the
 * protocol that is bound to it in the table "fault". */
static void packet_note_fault(struct packet *p, const struct cursor *c)
{
    if (c->fault == CURSOR_OK || p->fault != CURSOR_OK)
        return;
    p->fault = c->fault;
    if (p->quoted)
        return; /* a quotation may be cut anywhere */
    if (p->reg->fault_table == UINT32_MAX || p->layer_count >= MAX_LAYERS)
        return;
    uint16_t proto = table_find(&p->reg->tables[p->reg->fault_table], c->fault);
    struct cursor nothing = {.data = c->data, .pos = c->cap, .cap = c->cap, .end = c->cap};
    if (proto != 0 && p->wanted->proto[proto] != 0)
        layer_run(p, proto, &nothing);
}

void layer_run(struct packet *p, uint16_t proto, struct cursor *c)
{
    const struct protocol *def = p->reg->protos[proto].def;
    struct cursor child = *c;
    struct frame_of_layer saved = layer_enter(p, proto);
    layer_push(p, proto, c);
    if (def->column != NULL) {
        p->column_proto = proto;
        p->column_text = NULL;
    }
    p->depth++;
    def->dissect(p, &child);
    p->depth--;
    layer_close(p, p->layer, &child, child.pos);
    packet_note_fault(p, &child);
    layer_leave(p, saved);
    if (child.fault == CURSOR_OK) {
        c->pos = child.end < c->cap ? child.end : c->cap;
    } else {
        c->pos = c->cap;
    }
    if (c->pos == c->cap)
        c->end = c->cap; /* what was not captured is nobody's trailer */
}

bool layer_room(const struct packet *p)
{
    uint32_t limit = p->limits.layers < MAX_LAYERS ? p->limits.layers : MAX_LAYERS;
    return p->depth < p->limits.depth &&
           p->layer_count + 2 <= limit; /* two: a table's pseudo layer comes with its child */
}

void layer_repeat(struct packet *p)
{
    if (layer_room(p))
        p->layers[p->layer_count++] =
            (struct layer){.proto = p->proto, .closed = true, .item = NO_ITEM};
}

void layer_again(struct packet *p, const struct cursor *c)
{
    if (!layer_room(p))
        return;
    layer_close(p, p->layer, c, c->pos);
    layer_push(p, p->proto, c);
    p->layers[p->layer].again = true;
}

static void pseudo_push(struct packet *p, const struct table *t)
{
    if (t->pseudo != 0)
        p->layers[p->layer_count++] =
            (struct layer){.proto = t->pseudo, .closed = true, .item = NO_ITEM};
}

bool heuristics_wanted(const struct packet *p, const struct table *t)
{
    for (uint32_t i = 0; i < t->heuristic_count; i++) {
        if (p->wanted->proto[t->heuristics[i]] != 0)
            return true;
    }
    return false;
}

/* Finds the child, and runs it if anything is asked of it. A probe costs time: where its answer
 * cannot matter, it is not asked. */
static bool dispatch(struct packet *p, struct cursor *c, const struct table *t, uint16_t proto)
{
    if (proto == 0 || c->fault != CURSOR_OK)
        return false;
    const struct protocol *def = p->reg->protos[proto].def;
    bool wanted = p->wanted->proto[proto] != 0;
    if (def->probe != NULL && (wanted || heuristics_wanted(p, t)) && !def->probe(p, c))
        return false;
    if (!wanted) {
        c->pos = c->end = c->cap;
        return true;
    }
    if (!layer_room(p))
        return false;
    pseudo_push(p, t);
    layer_run(p, proto, c);
    return true;
}

const struct table *table_of(const struct packet *p, unsigned table)
{
    return &p->reg->tables[p->reg->protos[p->proto].tables[table]];
}

bool next(struct packet *p, struct cursor *c, unsigned table, uint64_t key)
{
    layer_close(p, p->layer, c, c->pos);
    const struct table *t = table_of(p, table);
    return dispatch(p, c, t, table_find(t, key));
}

bool next_text(struct packet *p, struct cursor *c, unsigned table, const char *text, uint32_t n)
{
    return next(p, c, table, text_key(text, n));
}

bool next_bare(struct packet *p, struct cursor *c, unsigned table, uint64_t key)
{
    layer_close(p, p->layer, c, c->pos);
    struct table t = *table_of(p, table);
    t.pseudo = 0;
    return dispatch(p, c, &t, table_find(&t, key));
}

bool next_heuristic(struct packet *p, struct cursor *c, unsigned table)
{
    layer_close(p, p->layer, c, c->pos);
    const struct table *t = table_of(p, table);
    bool wanted = heuristics_wanted(p, t);
    for (uint32_t i = 0; wanted && i < t->heuristic_count; i++) {
        const struct protocol *def = p->reg->protos[t->heuristics[i]].def;
        if ((def->guess == NULL || def->guess(p, c)) && dispatch(p, c, t, t->heuristics[i]))
            return true;
    }
    return false;
}

bool next_inside(struct packet *p, struct cursor *c, unsigned table, uint64_t key)
{
    uint16_t proto = table_find(table_of(p, table), key);
    if (proto == 0 || c->fault != CURSOR_OK || !layer_room(p))
        return false;
    if (p->wanted->proto[proto] != 0)
        layer_run(p, proto, c);
    else
        c->pos = c->end = c->cap;
    return true;
}

bool next_spoken(struct packet *p, struct cursor *c)
{
    const uint16_t *proto = flow_protocol(p);
    if (proto == NULL || *proto == 0 || c->fault != CURSOR_OK || !layer_room(p))
        return false;
    const struct protocol *def = p->reg->protos[*proto].def;
    if (def->goes_on != NULL && !def->goes_on(p, c))
        return false;
    layer_close(p, p->layer, c, c->pos);
    if (p->wanted->proto[*proto] != 0)
        layer_run(p, *proto, c);
    else
        c->pos = c->end = c->cap;
    return true;
}

void next_ports(const struct packet *p, unsigned table, uint16_t ports[2])
{
    const struct table *t = table_of(p, table);
    uint16_t low = ports[0] < ports[1] ? ports[0] : ports[1], high = ports[0] ^ ports[1] ^ low;
    bool swap = table_slot(t, high)->chosen && !table_slot(t, low)->chosen;
    ports[0] = swap ? high : low;
    ports[1] = swap ? low : high;
}

/* What was announced for where the packet goes to (end 0), or comes from (1). */
static bool find_expected(struct packet *p, uint8_t protocol, unsigned end, struct expectation *e)
{
    if (!p->in_flow || p->quoted || p->flow.expected == NULL ||
        p->reg->expected_table == UINT32_MAX)
        return false;
    *e = (struct expectation){.ip_version = p->net.version, .protocol = protocol};
    e->address = end == 0 ? p->net.dst : p->net.src;
    e->port = end == 0 ? p->dst_port : p->src_port;
    return p->flow.expected(p->flow.flows, e) && e->packet < p->in->number;
}

bool next_expected(struct packet *p, struct cursor *c, uint8_t protocol)
{
    struct expectation e;
    for (unsigned end = 0; end < 2; end++) {
        if (!find_expected(p, protocol, end, &e))
            continue;
        layer_close(p, p->layer, c, c->pos);
        p->expectation = e;
        if (dispatch(p, c, &p->reg->tables[p->reg->expected_table], e.proto))
            return true;
    }
    return false;
}

uint16_t expected_protocol(struct packet *p, uint8_t protocol)
{
    struct expectation e;
    if (!find_expected(p, protocol, 0, &e) && !find_expected(p, protocol, 1, &e))
        return 0;
    p->expectation = e;
    return e.proto;
}

void expect(struct packet *p, unsigned table, enum expect_key key, uint8_t ip_version,
            const uint8_t *address, uint8_t protocol, uint16_t port, const char *method,
            const char *text)
{
    struct expectation e = {.ip_version = ip_version,
                            .protocol = protocol,
                            .port = port,
                            .address = address,
                            .proto = table_find(table_of(p, table), key),
                            .packet = p->in->number,
                            .keep = key != EXPECT_TFTP && key != EXPECT_FTP_DATA,
                            .method = method,
                            .text = text};
    if (p->flow.expect != NULL && !p->quoted && e.proto != 0)
        p->flow.expect(p->flow.flows, &e);
}

void layer_hide(struct packet *p)
{
    struct layer *layer = &p->layers[p->layer];
    if (layer->item != NO_ITEM && layer->item + 1 == p->count)
        p->count--;
    layer->item = NO_ITEM;
    layer->closed = true;
}

bool layer_starts(struct packet *p, struct cursor *c, uint32_t n)
{
    if (cursor_peek(c, 0, n) != NULL)
        return true;
    layer_hide(p);
    cursor_skip(c, n);
    return false;
}

void layer_withdraw(struct packet *p)
{
    layer_hide(p);
    if (p->layer + 1u != p->layer_count)
        return;
    p->layer_count--;
    for (uint32_t i = p->layer_count; i-- > 0;) {
        p->column_proto = p->layers[i].proto;
        if (p->reg->protos[p->column_proto].def->column != NULL)
            break;
    }
}

uint16_t next_protocol(const struct packet *p, unsigned table, uint64_t key)
{
    return table_find(table_of(p, table), key);
}

bool next_certain(const struct packet *p, unsigned table, uint64_t key)
{
    uint16_t proto = next_protocol(p, table, key);
    return proto != 0 && p->reg->protos[proto].def->probe == NULL;
}

bool next_asked(const struct packet *p, unsigned table, uint64_t key)
{
    return (p->wanted->proto[table_find(table_of(p, table), key)] & WALK_ASKED) != 0;
}

bool next_heuristic_asked(const struct packet *p, unsigned table)
{
    const struct table *t = table_of(p, table);
    for (uint32_t i = 0; i < t->heuristic_count; i++) {
        if (p->wanted->proto[t->heuristics[i]] & WALK_ASKED)
            return true;
    }
    return false;
}

bool next_quoted(struct packet *p, struct cursor *c, unsigned table, uint64_t key)
{
    const struct table *t = table_of(p, table);
    struct network net = p->net;
    struct address src = p->column_src, dst = p->column_dst;
    uint16_t src_port = p->src_port, dst_port = p->dst_port, column = p->column_proto;
    const char *text = p->column_text;
    size_t info = p->info.length;
    uint8_t fault = p->fault;
    bool quoted = p->quoted, in_flow = p->in_flow;
    struct flow_facts facts = p->facts;
    p->quoted = true;
    bool found = dispatch(p, c, t, table_find(t, key));
    p->quoted = quoted;
    p->in_flow = in_flow;
    p->facts = facts;
    p->net = net;
    p->column_src = src;
    p->column_dst = dst;
    p->src_port = src_port;
    p->dst_port = dst_port;
    p->column_proto = column;
    p->column_text = text;
    if (p->info.length > info)
        p->info.length = info;
    p->fault = fault; /* a quotation is cut short by its nature */
    return found;
}

void nest_begin(struct packet *p)
{
    p->layers[p->layer].pinned = true;
}

void nest_end(struct packet *p)
{
    p->layers[p->layer].pinned = false;
}

struct cursor cursor_over(struct packet *p, const char *name, const uint8_t *bytes, uint32_t n)
{
    if (p->source_count < MAX_SOURCES)
        p->sources[p->source_count++] = (struct data_source){name, bytes, n};
    return (struct cursor){.data = bytes, .cap = n, .end = n, .source = p->source_count};
}

/* What is plain data is bound to key 0 of the table "data" by its own file, found like any other.
 */
void next_data(struct packet *p, struct cursor *c)
{
    layer_close(p, p->layer, c, c->pos);
    if (cursor_captured(c) == 0 || p->reg->data_table == UINT32_MAX)
        return;
    const struct table *table = &p->reg->tables[p->reg->data_table];
    (void)dispatch(p, c, table, table_find(table, 0));
}

bool carried_by(const struct packet *p, const char *name)
{
    uint32_t i = p->layer;
    while (i > 0 && p->layers[i].proto == p->proto)
        i--;
    return strcmp(p->reg->protos[p->layers[i].proto].def->name, name) == 0;
}

struct resumed resume_begin(struct packet *p)
{
    return (struct resumed){p->count};
}

/* Reverses items [from, to). Three reversals make a rotation. */
static void items_reverse(lamna_item *items, uint32_t from, uint32_t to)
{
    while (from + 1 < to) {
        lamna_item t = items[from];
        items[from++] = items[--to];
        items[to] = t;
    }
}

static void items_shift(struct packet *p, uint32_t from, uint32_t to, int64_t by)
{
    for (uint32_t i = from; i < to; i++)
        p->items[i].end = (uint32_t)(p->items[i].end + by);
}

static void labels_shift(struct packet *p, uint32_t at, uint32_t from, uint32_t count)
{
    for (uint32_t i = 0; i < p->label_count; i++) {
        uint32_t *item = &p->tree_labels[i].item;
        if (*item >= from)
            *item = *item - from + at;
        else if (*item >= at)
            *item += count;
    }
}

/*
 * items:  [..this layer][at: layers it carries][from: new]  becomes
 *         [..this layer][new][layers it carries]
 */
void resume_end(struct packet *p, struct resumed r)
{
    struct layer *mine = &p->layers[p->layer];
    if (mine->item == NO_ITEM || p->count == r.from)
        return;
    uint32_t at = p->items[mine->item].end, from = r.from, count = p->count - r.from;
    items_shift(p, at, from, count);
    items_shift(p, from, p->count, (int64_t)at - from);
    items_reverse(p->items, at, from);
    items_reverse(p->items, from, p->count);
    items_reverse(p->items, at, p->count);
    labels_shift(p, at, from, count);
    for (uint32_t i = 0; i < p->layer_count; i++) {
        if (p->layers[i].item != NO_ITEM && p->layers[i].item >= at)
            p->layers[i].item += count;
    }
    p->items[mine->item].end += count;
}

void packet_dissect(struct packet *p, const struct wanted *wanted, const lamna_packet_info *in,
                    const struct frame_times *times)
{
    arena_reset(p->arena);
    p->in = in;
    p->times = times;
    p->wanted = wanted;
    p->count = p->label_count = p->layer_count = p->depth = 0;
    p->net = (struct network){0};
    p->column_src = p->column_dst = (struct address){0};
    p->column_proto = 0;
    p->column_text = NULL;
    p->fault = CURSOR_OK;
    p->src_port = p->dst_port = 0;
    p->radio = (struct radio){0};
    p->media = (struct media){NULL, NULL, 0, 0};
    p->quoted = p->in_flow = false;
    p->session = NULL;
    p->source_count = 0;
    buf_clear(&p->info);
    uint32_t end = in->length > in->captured ? in->length : in->captured;
    struct cursor c = {.data = in->data, .cap = in->captured, .end = end};
    layer_run(p, ROOT_PROTO, &c);
}
