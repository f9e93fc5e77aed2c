#include "query/extend.h"

#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "capture/source.h"
#include "query/judge.h"
#include "query/picks.h"

/* Both ends of a flow, the smaller one first. */
struct ends {
    uint32_t address[2]; /* numbers in the index */
    uint32_t port[2];
};

struct extension {
    struct learner *l;
    struct index *old;
    const uint32_t *groups;
    uint32_t group_count;
    struct map flows;      /* struct ends of the new packets */
    uint8_t *addresses;    /* owned; by number: all flows of that address may go on */
    uint8_t *needed;       /* owned; by group */
    uint32_t *set_columns; /* owned; by number of the set */
    uint32_t set_count, address_count;
};

static lamna_status give_up(lamna_error *err, const char *why)
{
    return error_set(err, LAMNA_ERR_UNSUPPORTED, "the index cannot be gone on with: %s", why);
}

/* ---- Copying --------------------------------------------------------------------------------- */

static bool copy_rows(const struct extension *x)
{
    uint64_t(*columns)[INDEX_BLOCK] = malloc(INDEX_COLUMNS * sizeof *columns);
    bool ok = columns != NULL;
    for (uint32_t b = 0; ok && b < index_blocks(x->old); b++) {
        for (unsigned c = 0; c < INDEX_COLUMNS; c++)
            ok &= index_block(x->old, b, c, columns[c]);
        for (uint32_t i = 0; ok && i < index_block_count(x->old, b); i++) {
            struct index_row row;
            for (unsigned c = 0; c < INDEX_COLUMNS; c++)
                row.v[c] = columns[c][i];
            index_add(x->l->writer, &row);
        }
    }
    free(columns);
    return ok;
}

/* With the numbers that the rows have them by. */
static bool copy_sets(struct extension *x)
{
    struct index_set *sets = index_sets(x->old, &x->set_count);
    x->set_columns = sets == NULL ? NULL : calloc(x->set_count + 1u, sizeof *x->set_columns);
    bool ok = x->set_columns != NULL;
    for (uint32_t i = 0; ok && i < x->set_count; i++) {
        x->set_columns[i + 1] = sets[i].columns;
        ok = learner_add_set(x->l, &sets[i]) == i + 1;
    }
    free(sets);
    return ok;
}

static bool copy_others(struct extension *x)
{
    uint64_t count;
    const struct index_address *addresses = index_addresses(x->old, &x->address_count);
    const struct index_stream *streams = index_streams(x->old, &count);
    bool ok = addresses != NULL && streams != NULL;
    for (uint32_t i = 0; ok && i < x->address_count; i++)
        ok = index_add_address(x->l->writer, &addresses[i]) == i + 1;
    for (uint64_t i = 0; ok && i < count; i++)
        index_add_stream(x->l->writer, &streams[i]);
    return ok;
}

/* ---- Which flows the new packets may go on with ---------------------------------------------- */

static struct ends ends_of(uint32_t a, uint32_t b, uint32_t a_port, uint32_t b_port)
{
    bool swapped = a > b || (a == b && a_port > b_port);
    return (struct ends){{swapped ? b : a, swapped ? a : b},
                         {swapped ? b_port : a_port, swapped ? a_port : b_port}};
}

/* The addresses and ports that a packet has. */
struct survey {
    uint32_t address[2], port[2]; /* the last one of each kind: source, destination */
    unsigned addresses[2], ports[2];
};

static void survey_item(const struct extension *x, const lamna_registry *reg,
                        const lamna_item *item, struct survey *s)
{
    enum index_column column = learner_column(x->l, item->field);
    unsigned end = column == INDEX_DST_ADDRESS || column == INDEX_DST_PORT;
    if (column == INDEX_SRC_PORT || column == INDEX_DST_PORT) {
        s->port[end] = (uint32_t)item->value.u;
        s->ports[end]++;
    } else if (column == INDEX_SRC_ADDRESS || column == INDEX_DST_ADDRESS) {
        struct index_address address;
        bool ok = learner_address(reg, item, &address);
        s->address[end] = ok ? index_find_address(x->l->writer, &address) : INDEX_UNKNOWN;
        s->addresses[end]++;
    }
}

/* Of a packet with one address and port at each end the flow is known; else all flows of its addresses count. */
static bool survey_packet(struct extension *x, const lamna_packet *packet)
{
    size_t count;
    struct survey s = {{0}};
    const lamna_item *items = lamna_packet_items(packet, &count);
    for (size_t i = 0; i < count; i++)
        survey_item(x, packet->packet.reg, &items[i], &s);
    bool simple = s.addresses[0] == 1 && s.addresses[1] == 1 && s.ports[0] == 1 && s.ports[1] == 1;
    struct ends ends = ends_of(s.address[0], s.address[1], s.port[0], s.port[1]);
    if (simple)
        return map_number(&x->flows, &ends) != MAP_NONE;
    for (size_t i = 0; i < count; i++) {
        struct index_address address;
        enum index_column column = learner_column(x->l, items[i].field);
        if ((column == INDEX_SRC_ADDRESS || column == INDEX_DST_ADDRESS) &&
            learner_address(packet->packet.reg, &items[i], &address))
            x->addresses[index_find_address(x->l->writer, &address)] = 1;
    }
    return true;
}

static const char *const ends_fields[] = {"ip.src",      "ip.dst",      "ipv6.src",
                                          "ipv6.dst",    "tcp.srcport", "tcp.dstport",
                                          "udp.srcport", "udp.dstport"};

static bool survey_new(struct extension *x, lamna_source *src, const lamna_registry *reg,
                       uint64_t size)
{
    const lamna_packet *packet;
    lamna_query *q = lamna_query_new(reg, NULL);
    bool ok = q != NULL;
    for (size_t i = 0; ok && i < sizeof ends_fields / sizeof ends_fields[0]; i++)
        ok = lamna_query_want(q, ends_fields[i], NULL) == LAMNA_OK;
    lamna_run *run = ok ? lamna_run_new(q, src, NULL) : NULL;
    ok = run != NULL && source_seek(src, index_packets(x->old) + 1, size);
    while (ok && lamna_run_next(run, &packet, NULL) == LAMNA_OK)
        ok = survey_packet(x, packet);
    lamna_run_free(run);
    lamna_query_free(q);
    return ok;
}

static bool knows_ends(const struct extension *x, const uint64_t *v)
{
    const uint32_t ends = 1u << INDEX_SRC_PORT | 1u << INDEX_DST_PORT | 1u << INDEX_SRC_ADDRESS |
                          1u << INDEX_DST_ADDRESS;
    const uint64_t more = INDEX_MARK_FRAGMENT | INDEX_MARK_STREAMS | INDEX_MARK_ANNOUNCED;
    return (x->set_columns[v[INDEX_SET]] & ends) == ends && v[INDEX_SRC_ADDRESS] != INDEX_UNKNOWN &&
           v[INDEX_DST_ADDRESS] != INDEX_UNKNOWN && (v[INDEX_MARKS] & more) == 0;
}

/* May a new packet ask for what this one has told its flow? False also for what cannot be: then *ok is false. */
static bool may_go_on(const struct extension *x, const uint64_t *v, bool *ok)
{
    *ok &= v[INDEX_SET] <= x->set_count && v[INDEX_SRC_ADDRESS] <= x->address_count &&
           v[INDEX_DST_ADDRESS] <= x->address_count && v[INDEX_GROUP] < x->group_count &&
           x->groups[v[INDEX_GROUP]] < x->group_count;
    if (!*ok)
        return false;
    if (!knows_ends(x, v) || x->addresses[v[INDEX_SRC_ADDRESS]] != 0 ||
        x->addresses[v[INDEX_DST_ADDRESS]] != 0)
        return true;
    struct ends ends = ends_of((uint32_t)v[INDEX_SRC_ADDRESS], (uint32_t)v[INDEX_DST_ADDRESS],
                               (uint32_t)v[INDEX_SRC_PORT], (uint32_t)v[INDEX_DST_PORT]);
    return map_find(&x->flows, &ends) != MAP_NONE;
}

/* Marks the groups that are needed, then the packets of these. */
static bool mark_needed(struct extension *x, uint64_t *read)
{
    static const enum index_column columns[] = {INDEX_SET,        INDEX_GROUP,    INDEX_MARKS,
                                                INDEX_SRC_PORT,   INDEX_DST_PORT, INDEX_SRC_ADDRESS,
                                                INDEX_DST_ADDRESS};
    uint64_t v[INDEX_COLUMNS];
    bool ok = true;
    for (uint64_t n = 1; ok && n <= index_packets(x->old); n++) {
        for (size_t c = 0; c < sizeof columns / sizeof columns[0]; c++)
            v[columns[c]] = index_value(x->old, n, columns[c]);
        if (v[INDEX_GROUP] != 0 && may_go_on(x, v, &ok))
            x->needed[x->groups[v[INDEX_GROUP]]] = 1;
    }
    for (uint64_t n = 1; ok && n <= index_packets(x->old); n++) {
        uint64_t group = index_value(x->old, n, INDEX_GROUP);
        if (group != 0 && x->needed[x->groups[group]])
            bit_set(read, n - 1);
    }
    return ok;
}

/* ---- Reading --------------------------------------------------------------------------------- */

/* The flows come to know what they knew at the end of the old part. */
static lamna_status read_old(struct extension *x, lamna_run *run, lamna_source *src,
                             struct picks *picks, lamna_error *err)
{
    uint64_t number = 0;
    lamna_status status = LAMNA_OK;
    run->recorder.numbers = picks_streams(picks);
    picks_first_time(picks, &run->times);
    for (uint64_t i = 0; i < picks_to_read(picks) && status == LAMNA_OK; i++) {
        status = picks_next(picks, src, &number, &run->packet.info, &run->times, err);
        touches_begin(&x->l->touches);
        x->l->touches.group = x->groups[index_value(x->old, number, INDEX_GROUP)];
        if (status == LAMNA_OK)
            (void)run_take(run);
    }
    run->recorder.numbers = NULL;
    return status;
}

static lamna_status read_new(struct extension *x, lamna_run *run, lamna_source *src, uint64_t size,
                             lamna_error *err)
{
    uint32_t streams[INDEX_STREAM_KINDS];
    uint64_t packets = index_packets(x->old);
    index_stream_counts(x->old, streams);
    flow_table_set_streams(run->flows, streams);
    if (!source_seek(src, packets + 1, size))
        return give_up(err, "its packets cannot be read where they are");
    x->l->blocks_at_first = src->interface_count + src->section_count;
    x->l->previous_ns = run->times.previous = index_ns(index_value(x->old, packets, INDEX_TIME));
    touches_begin(&x->l->touches);
    lamna_status status;
    while ((status = lamna_source_next(src, &run->packet.info, err)) == LAMNA_OK) {
        (void)run_take(run);
        learner_take(x->l, 0, &run->packet, NULL);
    }
    return status;
}

static lamna_status read_all(struct extension *x, lamna_run *run, lamna_source *src, uint64_t size,
                             lamna_error *err)
{
    uint64_t *read = bits_new(index_packets(x->old));
    struct picks *picks = read != NULL && mark_needed(x, read) ? picks_of(x->old, read) : NULL;
    if (picks == NULL) {
        free(read);
        return give_up(err, "it is damaged");
    }
    lamna_status status = read_old(x, run, src, picks, err);
    picks_free(picks);
    return status == LAMNA_OK ? read_new(x, run, src, size, err) : status;
}

static bool extension_init(struct extension *x, struct learner *l, struct index *old)
{
    *x = (struct extension){.l = l, .old = old};
    map_init(&x->flows, sizeof(struct ends));
    x->groups = index_groups(old, &x->group_count);
    x->needed = calloc(x->group_count + 1u, 1);
    return x->groups != NULL && x->needed != NULL && copy_rows(x) && copy_sets(x) &&
           copy_others(x) && (x->addresses = calloc(x->address_count + 1u, 1)) != NULL &&
           touches_go_on(&l->touches, x->groups, x->group_count);
}

lamna_status extend_index(struct learner *l, lamna_query *q, lamna_source *src, struct index *old,
                          uint64_t size, lamna_run **run, lamna_error *err)
{
    struct extension x;
    lamna_source *twin = source_reopen(src);
    bool ok = extension_init(&x, l, old) && twin != NULL && index_packets(old) > 0 &&
              (index_flags(old) & (INDEX_FLAG_PLACED | INDEX_FLAG_ALONE)) == INDEX_FLAG_PLACED &&
              survey_new(&x, twin, q->reg, size);
    lamna_source_close(twin);
    lamna_status status = ok ? LAMNA_OK : give_up(err, "its packets must be read in their order");
    *run = ok ? lamna_run_new(q, src, err) : NULL;
    if (*run != NULL) {
        (*run)->recorder.touches = &l->touches;
        status = read_all(&x, *run, src, size, err);
    } else if (ok) {
        status = err != NULL ? err->status : LAMNA_ERR_MEMORY;
    }
    map_free(&x.flows);
    free(x.addresses);
    free(x.needed);
    free(x.set_columns);
    return status;
}
