/*
 * DNS: queries and what answered them, as exchanges, by name and type, or as a summary.
 *
 * A response answers the latest query of the same flow and transaction ID (RFC 1035, section 4.1.1).
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report/report.h"

#include "base/ns.h"

enum { TEXTS = 1 << 30 };
enum dns_by { BY_EXCHANGE, BY_NAME, SUMMARY };

static const char *const fields[] = {"dns",
                                     "dns.id",
                                     "dns.flags.response",
                                     "dns.flags.rcode",
                                     "dns.count.answers",
                                     "dns.qry.name",
                                     "dns.qry.type",
                                     NULL};
enum field { DNS, ID, RESPONSE, RCODE, ANSWERS, NAME, TYPE };

/* No padding: it is a key. */
struct transaction {
    uint32_t stream;
    uint16_t id;
    uint8_t transport, zero;
};
_Static_assert(sizeof(struct transaction) == 8, "no padding in a key");

struct query {
    uint64_t packet, response; /* numbers, 0: not seen */
    int64_t time, answered;    /* ns */
    uint32_t repeats;
    uint16_t id, type, rcode, answers, client_port, server_port;
    uint8_t version;
    bool shown; /* one of its packets matches the filter */
    uint8_t client[16], server[16];
    const char *name; /* in the state's texts; never NULL */
};

/* One message of the packet at hand. Items are NULL where it has none. */
struct message {
    const lamna_item *layer, *id, *response, *rcode, *answers, *name, *type;
};

/* What queries have in common that make one row. */
struct category {
    const char *title;
    int (*compare)(const struct query *a, const struct query *b);
    void (*value)(lamna_report *r, const struct query *q); /* its cell */
};

struct group {
    const struct category *category;
    uint32_t of; /* one of its queries */
    uint64_t queries, repeats, unanswered, failed, timed;
    int64_t least, most, sum;
};

struct state {
    enum dns_by by;
    struct map transactions;
    uint32_t *latest; /* owned; of each transaction 1 + the query, or 0 */
    size_t latest_capacity;
    struct query *queries; /* owned */
    size_t count, capacity;
    uint32_t *rows; /* owned; the queries that are shown */
    size_t row_count, row_capacity;
    struct group *groups; /* owned */
    size_t group_count, group_capacity;
    struct arena texts;
};

static const lamna_report_column exchange_columns[] = {
    {"query_packet", "Asked in", LAMNA_CELL_COUNT},
    {"response_packet", "Answered in", LAMNA_CELL_COUNT},
    {"start", "Start", LAMNA_CELL_TIME},
    {"client", "Client", LAMNA_CELL_TEXT},
    {"client_port", "Port", LAMNA_CELL_COUNT},
    {"server", "Server", LAMNA_CELL_TEXT},
    {"server_port", "Port", LAMNA_CELL_COUNT},
    {"id", "ID", LAMNA_CELL_COUNT},
    {"name", "Name", LAMNA_CELL_TEXT},
    {"type", "Type", LAMNA_CELL_TEXT},
    {"rcode", "Reply", LAMNA_CELL_TEXT},
    {"answers", "Answers", LAMNA_CELL_COUNT},
    {"response_time", "After", LAMNA_CELL_DURATION},
    {"repeats", "Repeated", LAMNA_CELL_COUNT}};

#define GROUP_COLUMNS                                                                              \
    {"queries", "Queries", LAMNA_CELL_COUNT}, {"repeats", "Repeated", LAMNA_CELL_COUNT},           \
        {"unanswered", "Unanswered", LAMNA_CELL_COUNT}, {"failed", "Failed", LAMNA_CELL_COUNT},    \
        {"time_min", "Fastest", LAMNA_CELL_DURATION},                                              \
        {"time_avg", "Average", LAMNA_CELL_DURATION},                                              \
    {                                                                                              \
        "time_max", "Slowest", LAMNA_CELL_DURATION                                                 \
    }

static const lamna_report_column name_columns[] = {
    {"name", "Name", LAMNA_CELL_TEXT}, {"type", "Type", LAMNA_CELL_TEXT}, GROUP_COLUMNS};
static const lamna_report_column summary_columns[] = {
    {"of", "Of", LAMNA_CELL_TEXT}, {"value", "Value", LAMNA_CELL_TEXT}, GROUP_COLUMNS};

static bool begin(lamna_report *r, const lamna_report_options *options, lamna_error *err)
{
    static const struct {
        const char *name;
        const lamna_report_column *columns;
        size_t count;
    } tables[] = {[BY_EXCHANGE] = {"exchange", exchange_columns,
                                   sizeof exchange_columns / sizeof exchange_columns[0]},
                  [BY_NAME] = {"name", name_columns, sizeof name_columns / sizeof name_columns[0]},
                  [SUMMARY] = {"summary", summary_columns,
                               sizeof summary_columns / sizeof summary_columns[0]}};
    struct state *s = r->state;
    map_init(&s->transactions, sizeof(struct transaction));
    arena_init(&s->texts, TEXTS);
    for (unsigned i = 0; i < sizeof tables / sizeof tables[0]; i++) {
        if (options->by != NULL && strcmp(options->by, tables[i].name) != 0)
            continue;
        s->by = (enum dns_by)i;
        r->columns = tables[i].columns;
        r->column_count = tables[i].count;
        return true;
    }
    error_set(err, LAMNA_ERR_ARGUMENT, "dns is told by exchange, name or summary, not by \"%s\"",
              options->by);
    return false;
}

static void release(lamna_report *r)
{
    struct state *s = r->state;
    map_free(&s->transactions);
    arena_free(&s->texts);
    free(s->latest);
    free(s->queries);
    free(s->rows);
    free(s->groups);
}

/* ---- Messages -------------------------------------------------------------------------------- */

/* The latest query of the message's transaction: 1 + its number, to be read and set. NULL without memory. */
static uint32_t *latest_of(lamna_report *r, const struct packet *p, uint16_t id)
{
    struct state *s = r->state;
    const struct transaction key = {
        .stream = p->facts.stream, .id = id, .transport = p->segment.protocol};
    uint32_t number = map_number(&s->transactions, &key);
    r->failed |= number == MAP_NONE;
    if (number == MAP_NONE ||
        !report_room(r, &s->latest, &s->latest_capacity, number, sizeof *s->latest))
        return NULL;
    return &s->latest[number];
}

static void ends_of(struct query *q, const struct packet *p, bool response)
{
    const struct segment *s = &p->segment;
    size_t n = s->ip_version == 6 ? 16 : 4;
    q->version = s->ip_version;
    memcpy(q->client, response ? s->dst : s->src, n);
    memcpy(q->server, response ? s->src : s->dst, n);
    q->client_port = response ? s->dst_port : s->src_port;
    q->server_port = response ? s->src_port : s->dst_port;
}

static struct query *query_new(lamna_report *r, const struct packet *p, const struct message *m,
                               bool response)
{
    struct state *s = r->state;
    if (s->count >= UINT32_MAX - 1 ||
        !report_room(r, &s->queries, &s->capacity, s->count, sizeof *s->queries))
        return NULL;
    struct query *q = &s->queries[s->count++];
    const char *name =
        m->name == NULL ? "" : arena_copy(&s->texts, m->name->value.p, m->name->value_length);
    r->failed |= name == NULL;
    *q = (struct query){.name = name == NULL ? "" : name,
                        .id = (uint16_t)m->id->value.u,
                        .type = (uint16_t)(m->type == NULL ? 0 : m->type->value.u)};
    ends_of(q, p, response);
    return q;
}

static bool same_question(const struct query *q, const struct message *m)
{
    return m->name != NULL && m->type != NULL && q->type == m->type->value.u &&
           strlen(q->name) == m->name->value_length &&
           memcmp(q->name, m->name->value.p, m->name->value_length) == 0;
}

static void add_query(lamna_report *r, const struct packet *p, const struct message *m,
                      uint32_t *latest)
{
    struct state *s = r->state;
    struct query *q = *latest == 0 ? NULL : &s->queries[*latest - 1];
    if (q != NULL && q->packet != 0 && q->response == 0 && same_question(q, m)) {
        q->repeats++;
        q->shown |= r->matches;
        return;
    }
    q = query_new(r, p, m, false);
    if (q == NULL)
        return;
    q->packet = p->in->number;
    q->time = p->in->time_ns;
    q->shown = r->matches;
    *latest = (uint32_t)s->count;
}

static void add_response(lamna_report *r, const struct packet *p, const struct message *m,
                         uint32_t *latest)
{
    struct state *s = r->state;
    struct query *q = *latest == 0 ? NULL : &s->queries[*latest - 1];
    if (q != NULL && q->response != 0 && same_question(q, m)) {
        q->shown |= r->matches; /* it came twice */
        return;
    }
    if (q == NULL || q->response != 0)
        q = query_new(r, p, m, true);
    if (q == NULL)
        return;
    q->response = p->in->number;
    q->answered = p->in->time_ns;
    q->rcode = (uint16_t)(m->rcode == NULL ? 0 : m->rcode->value.u);
    q->answers = (uint16_t)(m->answers == NULL ? 0 : m->answers->value.u);
    q->shown |= r->matches;
    if (q->packet == 0)
        *latest = (uint32_t)s->count;
}

static void message_end(lamna_report *r, const struct packet *p, const struct message *m)
{
    if (m->layer == NULL || m->id == NULL || m->response == NULL)
        return;
    uint32_t *latest = latest_of(r, p, (uint16_t)m->id->value.u);
    if (latest == NULL)
        return;
    if (m->response->value.u != 0)
        add_response(r, p, m, latest);
    else
        add_query(r, p, m, latest);
}

static void add(lamna_report *r, const struct packet *p)
{
    struct message m = {0};
    if (!p->in_flow || p->segment.quoted)
        return;
    const lamna_item **const places[] = {NULL,       &m.id,   &m.response, &m.rcode,
                                         &m.answers, &m.name, &m.type};
    for (uint32_t i = 0; i < p->count; i++) {
        const lamna_item *item = &p->items[i];
        int field = report_field(r, item);
        if (field == DNS) {
            message_end(r, p, &m);
            m = (struct message){.layer = item};
        } else if (field > DNS && *places[field] == NULL) {
            *places[field] = item;
        }
    }
    message_end(r, p, &m);
}

/* ---- Groups ---------------------------------------------------------------------------------- */

/* The name of a value, without what it explains: "A" of "A (Host Address)"; or the number. */
static void cell_value(lamna_report *r, enum field field, uint64_t v)
{
    char number[24];
    const char *name = value_name_find(registry_def(r->reg, r->fields[field])->names, v);
    const char *end = name == NULL ? NULL : strstr(name, " (");
    (void)snprintf(number, sizeof number, "%" PRIu64, v);
    if (name == NULL)
        cell_string(r, number);
    else
        cell_text(r, name, end == NULL ? strlen(name) : (size_t)(end - name));
}

static void value_type(lamna_report *r, const struct query *q)
{
    cell_value(r, TYPE, q->type);
}

static void value_rcode(lamna_report *r, const struct query *q)
{
    cell_value(r, RCODE, q->rcode);
}

static void value_server(lamna_report *r, const struct query *q)
{
    cell_address(r, q->version, q->server);
}

static void value_all(lamna_report *r, const struct query *q)
{
    (void)q;
    cell_none(r);
}

static void value_name(lamna_report *r, const struct query *q)
{
    cell_string(r, q->name);
}

static int compare_all(const struct query *a, const struct query *b)
{
    (void)a, (void)b;
    return 0;
}

static int compare_type(const struct query *a, const struct query *b)
{
    return (int)a->type - (int)b->type;
}

/* Those without a response have no code. */
static int compare_rcode(const struct query *a, const struct query *b)
{
    if ((a->response == 0) != (b->response == 0))
        return a->response == 0 ? 1 : -1;
    return a->response == 0 ? 0 : (int)a->rcode - (int)b->rcode;
}

static int compare_server(const struct query *a, const struct query *b)
{
    int order = (int)a->version - (int)b->version;
    return order != 0 ? order : memcmp(a->server, b->server, sizeof a->server);
}

/* Names are the same whatever their case (RFC 4343). */
static int compare_name(const struct query *a, const struct query *b)
{
    int order = strcasecmp(a->name, b->name);
    return order != 0 ? order : compare_type(a, b);
}

static const struct category by_name = {"name", compare_name, value_name};
static const struct category summary[] = {{"all", compare_all, value_all},
                                          {"reply", compare_rcode, value_rcode},
                                          {"type", compare_type, value_type},
                                          {"server", compare_server, value_server}};

static void group_add(struct group *g, const struct query *q)
{
    bool timed = q->packet != 0 && q->response != 0;
    int64_t time = q->answered - q->time;
    g->queries += q->packet != 0;
    g->repeats += q->repeats;
    g->unanswered += q->response == 0;
    g->failed += q->response != 0 && q->rcode != 0;
    if (!timed)
        return;
    if (g->timed == 0 || time < g->least)
        g->least = time;
    if (g->timed == 0 || time > g->most)
        g->most = time;
    g->sum = ns_sum(g->sum, time);
    g->timed++;
}

struct sorting {
    const struct state *s;
    const struct category *category;
};

static int compare_rows(const void *left, const void *right, void *sorting)
{
    const struct sorting *by = sorting;
    uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;
    int order = by->category->compare(&by->s->queries[a], &by->s->queries[b]);
    return order != 0 ? order : a < b ? -1 : a > b;
}

/* Most queries first. */
static int compare_groups(const void *left, const void *right)
{
    const struct group *a = left, *b = right;
    if (a->queries != b->queries)
        return a->queries < b->queries ? 1 : -1;
    return a->of < b->of ? -1 : a->of > b->of;
}

static void groups_make(lamna_report *r, const struct category *category)
{
    struct state *s = r->state;
    struct sorting by = {s, category};
    size_t first = s->group_count;
    if (s->row_count > 0)
        qsort_r(s->rows, s->row_count, sizeof *s->rows, compare_rows, &by);
    struct group *g = NULL;
    for (size_t i = 0; i < s->row_count; i++) {
        const struct query *q = &s->queries[s->rows[i]];
        if (g == NULL || category->compare(&s->queries[g->of], q) != 0) {
            if (!report_room(r, &s->groups, &s->group_capacity, s->group_count, sizeof *s->groups))
                return;
            g = &s->groups[s->group_count++];
            *g = (struct group){.category = category, .of = s->rows[i]};
        }
        group_add(g, q);
    }
    if (s->group_count > first)
        qsort(s->groups + first, s->group_count - first, sizeof *s->groups, compare_groups);
}

/* ---- Rows ------------------------------------------------------------------------------------ */

static void exchange_row(lamna_report *r, const struct query *q)
{
    cell_known(r, q->packet);
    cell_known(r, q->response);
    cell_time(r, LAMNA_CELL_TIME, q->packet != 0 ? q->time : q->answered);
    cell_address(r, q->version, q->client);
    cell_uint(r, LAMNA_CELL_COUNT, q->client_port);
    cell_address(r, q->version, q->server);
    cell_uint(r, LAMNA_CELL_COUNT, q->server_port);
    cell_uint(r, LAMNA_CELL_COUNT, q->id);
    value_name(r, q);
    value_type(r, q);
    if (q->response == 0) {
        cell_string(r, "unanswered");
        cell_none(r);
    } else {
        value_rcode(r, q);
        cell_uint(r, LAMNA_CELL_COUNT, q->answers);
    }
    if (q->packet != 0 && q->response != 0)
        cell_time(r, LAMNA_CELL_DURATION, q->answered - q->time);
    else
        cell_none(r);
    cell_uint(r, LAMNA_CELL_COUNT, q->repeats);
}

static void group_row(lamna_report *r, const struct group *g)
{
    const struct state *s = r->state;
    const struct query *q = &s->queries[g->of];
    if (s->by == SUMMARY)
        cell_string(r, g->category->title);
    if (g->category->compare == compare_rcode && q->response == 0)
        cell_string(r, "unanswered");
    else
        g->category->value(r, q);
    if (s->by == BY_NAME)
        value_type(r, q);
    const uint64_t counts[] = {g->queries, g->repeats, g->unanswered, g->failed};
    for (unsigned i = 0; i < sizeof counts / sizeof counts[0]; i++)
        cell_uint(r, LAMNA_CELL_COUNT, counts[i]);
    const int64_t times[] = {g->least, g->timed == 0 ? 0 : g->sum / (int64_t)g->timed, g->most};
    for (unsigned i = 0; i < sizeof times / sizeof times[0]; i++) {
        if (g->timed > 0)
            cell_time(r, LAMNA_CELL_DURATION, times[i]);
        else
            cell_none(r);
    }
}

static void finish(lamna_report *r)
{
    struct state *s = r->state;
    for (uint32_t i = 0; i < s->count; i++) {
        if (s->queries[i].shown &&
            report_room(r, &s->rows, &s->row_capacity, s->row_count, sizeof *s->rows))
            s->rows[s->row_count++] = i;
    }
    if (s->by == BY_NAME)
        groups_make(r, &by_name);
    for (unsigned i = 0; s->by == SUMMARY && i < sizeof summary / sizeof summary[0]; i++)
        groups_make(r, &summary[i]);
    r->rows = s->by == BY_EXCHANGE ? s->row_count : s->group_count;
}

static void row(lamna_report *r, size_t number)
{
    const struct state *s = r->state;
    if (s->by == BY_EXCHANGE)
        exchange_row(r, &s->queries[s->rows[number]]);
    else
        group_row(r, &s->groups[number]);
}

const struct report_kind report_dns = {.name = "dns",
                                       .summary = "DNS: queries, what answered them, and how fast",
                                       .fields = fields,
                                       .flows = true,
                                       .every_packet = true,
                                       .state_size = sizeof(struct state),
                                       .begin = begin,
                                       .add = add,
                                       .finish = finish,
                                       .row = row,
                                       .free = release};
