/* Values of a field, for whoever writes a filter: those that have a name, and those that the capture has. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "serve/jobs.h"

enum {
    NAMED_MOST = 200,
    SEEN_MOST = 200,         /* different ones */
    LENGTH_MOST = 100,       /* of a longer one nobody writes a filter */
    PATIENCE_NS = 200000000, /* then what was seen is enough */
};

struct seen {
    char text[LENGTH_MOST + 1];
    uint64_t count;
};

struct looking {
    const lamna_field *field;
    lamna_text *text; /* one value */
    size_t count;
    struct seen all[SEEN_MOST];
};

static void look_at(struct looking *looking, const char *text, size_t n)
{
    size_t i = 0;
    while (i < looking->count && strcmp(looking->all[i].text, text) != 0)
        i++;
    if (i == SEEN_MOST)
        return;
    if (i == looking->count) {
        memcpy(looking->all[i].text, text, n + 1);
        looking->all[i].count = 0;
        looking->count++;
    }
    looking->all[i].count++;
}

static void look_into(struct looking *looking, const lamna_packet *packet)
{
    size_t count, n;
    const lamna_item *items = lamna_packet_items(packet, &count);
    for (size_t i = 0; i < count; i++) {
        if (items[i].field != looking->field->number)
            continue;
        lamna_text_clear(looking->text);
        lamna_item_value(packet, i, looking->text);
        const char *text = lamna_text_data(looking->text, &n);
        if (text != NULL && n > 0 && n <= LENGTH_MOST && strlen(text) == n)
            look_at(looking, text, n);
    }
}

static int64_t now_ns(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* Reads the packets that have the field for a moment. */
static lamna_status look(const struct request *r, const char *path, struct looking *looking,
                         lamna_error *err)
{
    struct job job;
    const lamna_packet *packet;
    int64_t until = now_ns() + PATIENCE_NS;
    lamna_status status = job_open(&job, r->server, path, looking->field->name, err);
    if (status == LAMNA_OK)
        status = lamna_query_want(job.query, looking->field->name, err);
    if (status == LAMNA_OK)
        status = job_start(&job, err);
    while (status == LAMNA_OK && now_ns() < until &&
           (status = lamna_run_next(job.run, &packet, err)) == LAMNA_OK)
        look_into(looking, packet);
    job_close(&job);
    return status == LAMNA_END || status == LAMNA_ERR_TRUNCATED ? LAMNA_OK : status;
}

static int most_first(const void *a, const void *b)
{
    const struct seen *x = a, *y = b;
    if (x->count != y->count)
        return x->count < y->count ? 1 : -1;
    return strcmp(x->text, y->text);
}

static void put_named(const struct request *r, const lamna_field *field)
{
    uint64_t value;
    const char *name;
    put(r->out, ",\"named\":[");
    for (size_t i = 0; i < NAMED_MOST && lamna_field_value(r->server->reg, field, i, &value, &name);
         i++) {
        put(r->out, i == 0 ? "{\"value\":" : ",{\"value\":");
        put_number(r->out, value);
        put_pair_text(r->out, "name", name);
        put(r->out, "}");
    }
    put(r->out, "]");
}

static void put_values(const struct request *r, struct looking *looking)
{
    put(r->out, "{\"field\":");
    put_text(r->out, looking->field->name);
    put_pair_text(r->out, "type", lamna_type_name(looking->field->type));
    put_named(r, looking->field);
    qsort(looking->all, looking->count, sizeof looking->all[0], most_first);
    put(r->out, ",\"seen\":[");
    for (size_t i = 0; i < looking->count; i++) {
        put(r->out, i == 0 ? "{\"value\":" : ",{\"value\":");
        put_text(r->out, looking->all[i].text);
        put_pair_number(r->out, "count", looking->all[i].count);
        put(r->out, "}");
    }
    put(r->out, "]}");
}

void answer_values(struct request *r)
{
    lamna_error err = {0};
    const char *path = request_capture(r), *name = request_text(r, "field");
    if (path == NULL)
        return;
    const lamna_field *field = name != NULL ? lamna_field_find(r->server->reg, name) : NULL;
    if (field == NULL) {
        answer_message(r, MHD_HTTP_BAD_REQUEST, "field names a field");
        return;
    }
    struct looking *looking = calloc(1, sizeof *looking);
    lamna_text *text = lamna_text_new();
    lamna_status status = LAMNA_OK;
    if (looking == NULL || text == NULL) {
        status = fail(&err, LAMNA_ERR_MEMORY, "out of memory");
    } else {
        *looking = (struct looking){.field = field, .text = text};
        status = look(r, path, looking, &err);
    }
    if (status == LAMNA_OK)
        put_values(r, looking);
    else
        answer_error(r, &err);
    lamna_text_free(text);
    free(looking);
}
