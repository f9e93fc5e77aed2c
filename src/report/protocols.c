/* Which protocols there are, each under those that carry it. */
#include <stdlib.h>
#include <string.h>

#include "report/report.h"

/* "data" is asked for so that every layer is walked. */
static const char *const fields[] = {"frame.protocols", NULL};

/* One path of protocols; the key of a node is its parent and its protocol. */
struct key {
    uint32_t parent; /* number of the node + 1; 0: the root */
    uint32_t proto;
};

struct node {
    uint64_t packets, bytes, end_packets,
        end_bytes; /* end: of packets of which it is the last layer */
};

struct state {
    struct map keys;
    struct node *nodes; /* owned */
    size_t capacity;
};

static bool begin(lamna_report *r, const lamna_report_options *options, lamna_error *err)
{
    (void)options, (void)err;
    struct state *s = r->state;
    map_init(&s->keys, sizeof(struct key));
    return true;
}

static void release(lamna_report *r)
{
    struct state *s = r->state;
    map_free(&s->keys);
    free(s->nodes);
}

static void add(lamna_report *r, const struct packet *p)
{
    struct state *s = r->state;
    struct key key = {0, 0};
    struct node *last = NULL;
    for (uint32_t i = 1; i < p->layer_count; i++) {
        const struct layer *layer = &p->layers[i];
        if (layer->again || p->reg->protos[layer->proto].def->dissect == NULL)
            continue;
        key.proto = layer->proto;
        uint32_t number = map_number(&s->keys, &key);
        r->failed |= number == MAP_NONE;
        if (number == MAP_NONE ||
            !report_room(r, &s->nodes, &s->capacity, number, sizeof *s->nodes))
            return;
        last = &s->nodes[number];
        last->packets++;
        last->bytes += p->in->length;
        key.parent = number + 1;
    }
    if (last != NULL) {
        last->end_packets++;
        last->end_bytes += p->in->length;
    }
}

/* The node and what it carries, most packets first. */
static void rows_under(lamna_report *r, uint32_t parent, unsigned depth)
{
    const struct state *s = r->state;
    uint64_t below = UINT64_MAX;
    uint32_t after = 0;
    for (;;) {
        uint32_t best = MAP_NONE;
        for (uint32_t i = 0; i < s->keys.count; i++) {
            const struct key *key = map_key(&s->keys, i);
            uint64_t n = s->nodes[i].packets;
            bool later = n < below || (n == below && i >= after);
            if (key->parent == parent && later && (best == MAP_NONE || n > s->nodes[best].packets))
                best = i;
        }
        if (best == MAP_NONE || depth > MAX_LAYERS)
            return;
        const struct node *node = &s->nodes[best];
        below = node->packets;
        after = best + 1;
        const struct key *key = map_key(&s->keys, best);
        const char *name = r->reg->protos[key->proto].def->name;
        cell_uint(r, LAMNA_CELL_COUNT, depth);
        cell_text(r, name, strlen(name));
        cell_uint(r, LAMNA_CELL_COUNT, node->packets);
        cell_uint(r, LAMNA_CELL_BYTES, node->bytes);
        cell_uint(r, LAMNA_CELL_COUNT, node->end_packets);
        cell_uint(r, LAMNA_CELL_BYTES, node->end_bytes);
        rows_under(r, best + 1, depth + 1);
    }
}

static void finish(lamna_report *r)
{
    rows_under(r, 0, 0);
}

static const lamna_report_column columns[] = {{"depth", "Depth", LAMNA_CELL_COUNT},
                                              {"protocol", "Protocol", LAMNA_CELL_TEXT},
                                              {"packets", "Packets", LAMNA_CELL_COUNT},
                                              {"bytes", "Bytes", LAMNA_CELL_BYTES},
                                              {"end_packets", "End packets", LAMNA_CELL_COUNT},
                                              {"end_bytes", "End bytes", LAMNA_CELL_BYTES}};

const struct report_kind report_protocols = {.name = "protocols",
                                             .summary =
                                                 "which protocols, each under what carries it",
                                             .columns = columns,
                                             .column_count = sizeof columns / sizeof columns[0],
                                             .fields = fields,
                                             .flows = true,
                                             .state_size = sizeof(struct state),
                                             .begin = begin,
                                             .add = add,
                                             .finish = finish,
                                             .free = release};
