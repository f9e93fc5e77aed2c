/* Who talks, and with whom: endpoints and conversations of a layer. */
#include <stdlib.h>
#include <string.h>

#include "report/report.h"

enum { IP_TCP = 6, IP_UDP = 17, ADDRESS = 16 };
enum pair_layer { BY_ETHER, BY_IP, BY_TCP, BY_UDP };

static const char *const layer_names[] = {"eth", "ip", "tcp", "udp"};
static const char *const pair_fields[] = {"eth.src", "eth.dst", "frame.len", NULL};
enum { ETH_SRC, ETH_DST, FRAME_LEN };

/* No padding: it is a key. */
struct end {
    uint8_t address[ADDRESS];
    uint16_t port;
    uint8_t version; /* 0: Ethernet */
    uint8_t zero;
};
_Static_assert(sizeof(struct end) == 20, "no padding in a key");

struct counts {
    uint64_t packets[2], bytes[2]; /* sent by the first end of the key, and by the other */
    int64_t first, last;           /* ns */
};

struct pairs {
    enum pair_layer layer;
    struct map keys;
    struct counts *counts; /* owned; by the key's number */
    size_t capacity;
};

static bool layer_of(const char *name, enum pair_layer *layer)
{
    for (unsigned i = 0; i < sizeof layer_names / sizeof layer_names[0]; i++) {
        if (name == NULL ? i == BY_IP : strcmp(name, layer_names[i]) == 0) {
            *layer = (enum pair_layer)i;
            return true;
        }
    }
    return false;
}

static bool pairs_begin(lamna_report *r, const lamna_report_options *options, lamna_error *err,
                        size_t key_size)
{
    struct pairs *s = r->state;
    map_init(&s->keys, key_size);
    if (layer_of(options->layer, &s->layer))
        return true;
    error_set(err, LAMNA_ERR_ARGUMENT, "there is no layer \"%s\" here: eth, ip, tcp or udp",
              options->layer);
    return false;
}

static bool conversations_begin(lamna_report *r, const lamna_report_options *options,
                                lamna_error *err)
{
    return pairs_begin(r, options, err, 2 * sizeof(struct end));
}

static bool endpoints_begin(lamna_report *r, const lamna_report_options *options, lamna_error *err)
{
    return pairs_begin(r, options, err, sizeof(struct end));
}

static void pairs_free(lamna_report *r)
{
    struct pairs *s = r->state;
    map_free(&s->keys);
    free(s->counts);
}

/* The two ends of the packet in that layer. False if it has none. */
static bool ends_of(const lamna_report *r, const struct packet *p, struct end ends[2])
{
    const struct pairs *s = r->state;
    memset(ends, 0, 2 * sizeof *ends);
    if (s->layer == BY_ETHER) {
        const lamna_item *src = report_item(r, p, ETH_SRC), *dst = report_item(r, p, ETH_DST);
        if (src == NULL || dst == NULL)
            return false;
        memcpy(ends[0].address, src->value.p, 6);
        memcpy(ends[1].address, dst->value.p, 6);
        return true;
    }
    if (p->net.version == 0)
        return false;
    if (s->layer != BY_IP &&
        (!p->in_flow || p->segment.protocol != (s->layer == BY_TCP ? IP_TCP : IP_UDP)))
        return false;
    size_t n = p->net.version == 6 ? 16 : 4;
    memcpy(ends[0].address, p->net.src, n);
    memcpy(ends[1].address, p->net.dst, n);
    ends[0].version = ends[1].version = p->net.version;
    if (s->layer != BY_IP) {
        ends[0].port = p->segment.src_port;
        ends[1].port = p->segment.dst_port;
    }
    return true;
}

static void count_add(lamna_report *r, const struct packet *p, const void *key, unsigned direction)
{
    struct pairs *s = r->state;
    uint32_t number = map_number(&s->keys, key);
    r->failed |= number == MAP_NONE;
    if (number == MAP_NONE || !report_room(r, &s->counts, &s->capacity, number, sizeof *s->counts))
        return;
    struct counts *c = &s->counts[number];
    int64_t now = p->in->time_ns;
    if (c->packets[0] + c->packets[1] == 0)
        c->first = c->last = now;
    if (now < c->first)
        c->first = now;
    if (now > c->last)
        c->last = now;
    c->packets[direction]++;
    c->bytes[direction] += p->in->length;
}

static void conversations_add(lamna_report *r, const struct packet *p)
{
    struct end ends[2];
    if (!ends_of(r, p, ends))
        return;
    unsigned direction = memcmp(&ends[0], &ends[1], sizeof ends[0]) > 0;
    const struct end key[2] = {ends[direction], ends[!direction]};
    count_add(r, p, key, direction);
}

static void endpoints_add(lamna_report *r, const struct packet *p)
{
    struct end ends[2];
    if (!ends_of(r, p, ends))
        return;
    count_add(r, p, &ends[0], 0);
    count_add(r, p, &ends[1], 1);
}

/* ---- Rows ------------------------------------------------------------------------------------ */

struct ranked {
    uint32_t number;
    uint64_t bytes;
};

/* Most bytes first. */
static int by_bytes(const void *left, const void *right)
{
    const struct ranked *a = left, *b = right;
    if (a->bytes != b->bytes)
        return a->bytes < b->bytes ? 1 : -1;
    return a->number < b->number ? -1 : 1;
}

/* The keys' numbers in the order of their rows; NULL without memory. To be freed. */
static struct ranked *pairs_rank(lamna_report *r)
{
    const struct pairs *s = r->state;
    struct ranked *ranked = malloc((s->keys.count + 1) * sizeof *ranked);
    r->failed |= ranked == NULL;
    for (uint32_t i = 0; ranked != NULL && i < s->keys.count; i++)
        ranked[i] = (struct ranked){i, s->counts[i].bytes[0] + s->counts[i].bytes[1]};
    if (ranked != NULL)
        qsort(ranked, s->keys.count, sizeof *ranked, by_bytes);
    return ranked;
}

static void cells_of_end(lamna_report *r, const struct end *end)
{
    const struct pairs *s = r->state;
    if (end->version == 0)
        cell_ether(r, end->address);
    else
        cell_address(r, end->version, end->address);
    if (s->layer == BY_TCP || s->layer == BY_UDP)
        cell_uint(r, LAMNA_CELL_COUNT, end->port);
    else
        cell_none(r);
}

static void cells_of_counts(lamna_report *r, const struct counts *c)
{
    cell_uint(r, LAMNA_CELL_COUNT, c->packets[0] + c->packets[1]);
    cell_uint(r, LAMNA_CELL_BYTES, c->bytes[0] + c->bytes[1]);
    for (unsigned i = 0; i < 2; i++) {
        cell_uint(r, LAMNA_CELL_COUNT, c->packets[i]);
        cell_uint(r, LAMNA_CELL_BYTES, c->bytes[i]);
    }
}

static void conversations_finish(lamna_report *r)
{
    const struct pairs *s = r->state;
    struct ranked *ranked = pairs_rank(r);
    for (uint32_t i = 0; ranked != NULL && i < s->keys.count; i++) {
        const struct end *ends = map_key(&s->keys, ranked[i].number);
        const struct counts *c = &s->counts[ranked[i].number];
        cells_of_end(r, &ends[0]);
        cells_of_end(r, &ends[1]);
        cells_of_counts(r, c);
        cell_time(r, LAMNA_CELL_TIME, c->first);
        cell_time(r, LAMNA_CELL_DURATION, c->last - c->first);
    }
    free(ranked);
}

static void endpoints_finish(lamna_report *r)
{
    const struct pairs *s = r->state;
    struct ranked *ranked = pairs_rank(r);
    for (uint32_t i = 0; ranked != NULL && i < s->keys.count; i++) {
        cells_of_end(r, map_key(&s->keys, ranked[i].number));
        cells_of_counts(r, &s->counts[ranked[i].number]);
    }
    free(ranked);
}

#define COUNT_COLUMNS(first, second)                                                               \
    {"packets", "Packets", LAMNA_CELL_COUNT}, {"bytes", "Bytes", LAMNA_CELL_BYTES},                \
        {"packets_" first, "Packets " second, LAMNA_CELL_COUNT},                                   \
    {                                                                                              \
        "bytes_" first, "Bytes " second, LAMNA_CELL_BYTES                                          \
    }

static const lamna_report_column conversation_columns[] = {
    {"address_a", "Address A", LAMNA_CELL_TEXT},
    {"port_a", "Port A", LAMNA_CELL_COUNT},
    {"address_b", "Address B", LAMNA_CELL_TEXT},
    {"port_b", "Port B", LAMNA_CELL_COUNT},
    COUNT_COLUMNS("a_b", "A \u2192 B"),
    {"packets_b_a", "Packets B \u2192 A", LAMNA_CELL_COUNT},
    {"bytes_b_a", "Bytes B \u2192 A", LAMNA_CELL_BYTES},
    {"start", "Start", LAMNA_CELL_TIME},
    {"duration", "Duration", LAMNA_CELL_DURATION}};

static const lamna_report_column endpoint_columns[] = {
    {"address", "Address", LAMNA_CELL_TEXT},
    {"port", "Port", LAMNA_CELL_COUNT},
    COUNT_COLUMNS("sent", "sent"),
    {"packets_received", "Packets received", LAMNA_CELL_COUNT},
    {"bytes_received", "Bytes received", LAMNA_CELL_BYTES}};

const struct report_kind report_conversations = {.name = "conversations",
                                                 .summary = "who talks with whom",
                                                 .columns = conversation_columns,
                                                 .column_count = sizeof conversation_columns /
                                                                 sizeof conversation_columns[0],
                                                 .fields = pair_fields,
                                                 .flows = true,
                                                 .state_size = sizeof(struct pairs),
                                                 .begin = conversations_begin,
                                                 .add = conversations_add,
                                                 .finish = conversations_finish,
                                                 .free = pairs_free};

const struct report_kind report_endpoints = {.name = "endpoints",
                                             .summary = "who talks, and how much",
                                             .columns = endpoint_columns,
                                             .column_count = sizeof endpoint_columns /
                                                             sizeof endpoint_columns[0],
                                             .fields = pair_fields,
                                             .flows = true,
                                             .state_size = sizeof(struct pairs),
                                             .begin = endpoints_begin,
                                             .add = endpoints_add,
                                             .finish = endpoints_finish,
                                             .free = pairs_free};
