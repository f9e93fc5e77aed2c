#include "serve/detail.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "serve/jobs.h"

enum {
    KEPT = 64,             /* packets */
    TOGETHER = 8,          /* that are read at once */
    KEPT_BYTES = 1 << 20,  /* of one packet: a larger one is made anew each time */
    SOURCE_MOST = 1 << 20, /* bytes of a data source that are given */
    VALUE_MOST = 1024,
    LABEL_MOST = 2048,
    DEPTH_MOST = 64,
};

struct kept {
    const char *path; /* borrowed, and the same for the same capture; NULL: free */
    uint64_t number;
    char *json; /* owned */
    size_t length;
};

struct details {
    pthread_mutex_t lock;
    struct kept kept[KEPT];
    unsigned next; /* to be replaced */
};

struct details *details_new(void)
{
    struct details *d = calloc(1, sizeof *d);
    if (d != NULL)
        (void)pthread_mutex_init(&d->lock, NULL);
    return d;
}

void details_free(struct details *d)
{
    if (d == NULL)
        return;
    for (unsigned i = 0; i < KEPT; i++)
        free(d->kept[i].json);
    (void)pthread_mutex_destroy(&d->lock);
    free(d);
}

/* ---- What is kept -------------------------------------------------------------------------------------- */

static bool give_kept(struct details *d, const char *path, uint64_t number, lamna_text *out)
{
    bool found = false;
    (void)pthread_mutex_lock(&d->lock);
    for (unsigned i = 0; i < KEPT && !found; i++) {
        const struct kept *k = &d->kept[i];
        found = k->path == path && k->number == number;
        if (found)
            lamna_text_add(out, k->json, k->length);
    }
    (void)pthread_mutex_unlock(&d->lock);
    return found;
}

static void keep(struct details *d, const char *path, uint64_t number, const char *json,
                 size_t length)
{
    char *copy = length <= KEPT_BYTES ? malloc(length) : NULL;
    if (copy == NULL)
        return;
    memcpy(copy, json, length);
    (void)pthread_mutex_lock(&d->lock);
    struct kept *k = &d->kept[d->next++ % KEPT];
    free(k->json);
    *k = (struct kept){path, number, copy, length};
    (void)pthread_mutex_unlock(&d->lock);
}

/* ---- One packet --------------------------------------------------------------------------------------------- */

struct making {
    const lamna_registry *reg;
    lamna_text *out;
    lamna_text *part; /* a label or value */
};

static void put_part(struct making *m, const char *name, size_t most)
{
    size_t n;
    const char *text = lamna_text_data(m->part, &n);
    put(m->out, name);
    lamna_text_add_json(m->out, text != NULL ? text : "", text != NULL ? (n < most ? n : most) : 0);
    lamna_text_clear(m->part);
}

static bool has_value(lamna_type type)
{
    return type != LAMNA_NONE && type != LAMNA_PROTOCOL;
}

static void put_item(struct making *m, const lamna_packet *packet, size_t index, size_t level)
{
    size_t count;
    const lamna_item *item = &lamna_packet_items(packet, &count)[index];
    const lamna_field *field = lamna_field_at(m->reg, item->field);
    put(m->out, "{\"level\":");
    put_number(m->out, level);
    put_pair_text(m->out, "field", field->name);
    put_pair_text(m->out, "type", lamna_type_name(field->type));
    lamna_item_label(packet, index, m->part);
    put_part(m, ",\"label\":", LABEL_MOST);
    if (has_value(field->type) && item->value_length <= VALUE_MOST) {
        lamna_item_value(packet, index, m->part);
        put_part(m, ",\"value\":", SIZE_MAX);
    }
    put_pair_number(m->out, "source", item->source);
    put_pair_number(m->out, "offset", item->offset);
    put_pair_number(m->out, "length", item->length);
    put(m->out, (item->flags & LAMNA_ITEM_GENERATED) != 0 ? ",\"generated\":true}" : "}");
}

/* Hidden items are left out, and what they hold with them. */
static void put_tree(struct making *m, const lamna_packet *packet)
{
    size_t count, depth = 0, ends[DEPTH_MOST];
    const lamna_item *items = lamna_packet_items(packet, &count);
    const char *comma = "";
    for (size_t i = 0; i < count; i++) {
        while (depth > 0 && i >= ends[depth - 1])
            depth--;
        if ((items[i].flags & LAMNA_ITEM_HIDDEN) != 0)
            continue;
        put(m->out, comma);
        comma = ",";
        put_item(m, packet, i, depth);
        if (items[i].end > i + 1 && depth < DEPTH_MOST)
            ends[depth++] = items[i].end;
    }
}

static void put_sources(struct making *m, const lamna_packet *packet)
{
    const char *name;
    const uint8_t *data;
    size_t length;
    for (unsigned i = 0; lamna_packet_source(packet, i, &name, &data, &length); i++) {
        put(m->out, i == 0 ? "{\"name\":" : ",{\"name\":");
        put_text(m->out, name);
        put_pair_number(m->out, "length", length);
        put(m->out, ",\"hex\":");
        put_hex(m->out, data, length < SOURCE_MOST ? length : SOURCE_MOST);
        put(m->out, "}");
    }
}

static void put_packet(struct making *m, const lamna_packet *packet)
{
    const lamna_packet_info *info = lamna_packet_get_info(packet);
    put(m->out, "{\"number\":");
    put_number(m->out, info->number);
    put(m->out, ",\"time\":\"");
    lamna_text_add_seconds(m->out, info->time_ns, 9);
    put(m->out, "\",\"tree\":[");
    put_tree(m, packet);
    put(m->out, "],\"sources\":[");
    put_sources(m, packet);
    put(m->out, "]}");
}

/* ---- Reading ------------------------------------------------------------------------------------------------- */

/* Makes the packets that the job finds, and keeps them; number `wanted` is given to `out`. */
static lamna_status make_all(const struct server *server, struct job *job, const char *path,
                             uint64_t wanted, struct making *m, lamna_text *out, lamna_error *err)
{
    const lamna_packet *packet;
    lamna_status status = LAMNA_OK;
    bool found = false;
    for (unsigned i = 0; i < TOGETHER && status == LAMNA_OK; i++) {
        status = lamna_run_next(job->run, &packet, err);
        if (status != LAMNA_OK)
            break;
        size_t n;
        uint64_t number = lamna_packet_get_info(packet)->number;
        lamna_text_clear(m->out);
        put_packet(m, packet);
        const char *json = lamna_text_data(m->out, &n);
        if (json == NULL)
            return fail(err, LAMNA_ERR_MEMORY, "out of memory");
        keep(server->details, path, number, json, n);
        if (number == wanted)
            lamna_text_add(out, json, n);
        found = found || number == wanted;
    }
    if (found)
        return LAMNA_OK;
    return status == LAMNA_ERR_TRUNCATED ? LAMNA_END : status;
}

static lamna_status read_some(const struct server *server, const char *path, uint64_t number,
                              struct making *m, lamna_text *out, lamna_error *err)
{
    char filter[96];
    struct job job;
    uint64_t first = number > TOGETHER / 2 ? number - TOGETHER / 2 : 1;
    (void)snprintf(filter, sizeof filter, "frame.number >= %" PRIu64 " && frame.number < %" PRIu64,
                   first, first + TOGETHER);
    lamna_status status = job_open(&job, server, path, filter, err);
    if (status == LAMNA_OK) {
        lamna_query_want_all(job.query, true);
        status = job_start(&job, err);
    }
    if (status == LAMNA_OK)
        status = make_all(server, &job, path, number, m, out, err);
    job_close(&job);
    return status;
}

lamna_status detail_add(const struct server *server, const char *path, uint64_t number,
                        lamna_text *out, lamna_error *err)
{
    if (give_kept(server->details, path, number, out))
        return LAMNA_OK;
    struct making m = {server->reg, lamna_text_new(), lamna_text_new()};
    lamna_status status = m.out != NULL && m.part != NULL
                              ? read_some(server, path, number, &m, out, err)
                              : fail(err, LAMNA_ERR_MEMORY, "out of memory");
    lamna_text_free(m.out);
    lamna_text_free(m.part);
    return status;
}
