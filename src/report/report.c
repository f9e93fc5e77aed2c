#include "report/report.h"

#include <stdlib.h>
#include <string.h>

static const struct report_kind *const kinds[] = {
    &report_conversations, &report_endpoints, &report_protocols, &report_io,       &report_tcp,
    &report_http,          &report_dns,       &report_steps,     &report_findings, NULL};

const char *lamna_report_kind(size_t number, const char **summary)
{
    if (number + 1 >= sizeof kinds / sizeof kinds[0])
        return NULL;
    if (summary != NULL)
        *summary = kinds[number]->summary;
    return kinds[number]->name;
}

lamna_report *lamna_report_new(const lamna_registry *reg, const char *kind,
                               const lamna_report_options *options, lamna_error *err)
{
    static const lamna_report_options none = {0};
    const struct report_kind *const *k = kinds;
    while (*k != NULL && strcmp((*k)->name, kind) != 0)
        k++;
    if (*k == NULL) {
        error_set(err, LAMNA_ERR_ARGUMENT, "there is no report named \"%s\"", kind);
        return NULL;
    }
    lamna_report *r = calloc(1, sizeof *r);
    if (r == NULL) {
        error_memory(err);
        return NULL;
    }
    r->kind = *k;
    r->reg = reg;
    r->columns = r->kind->columns;
    r->column_count = r->kind->column_count;
    arena_init(&r->texts, REPORT_TEXTS);
    r->state = calloc(1, r->kind->state_size);
    if (r->state == NULL)
        error_memory(err);
    if (r->state == NULL || !r->kind->begin(r, options != NULL ? options : &none, err)) {
        lamna_report_free(r);
        return NULL;
    }
    return r;
}

void lamna_report_free(lamna_report *r)
{
    if (r == NULL)
        return;
    if (r->state != NULL)
        r->kind->free(r);
    free(r->state);
    free(r->cells);
    lamna_filter_free(r->filter);
    arena_free(&r->texts);
    free(r);
}

static void fetch_stream(const void *report, uint32_t stream)
{
    const lamna_report *r = report;
    r->kind->fetch(r, stream);
}

lamna_status lamna_report_ask(lamna_report *r, lamna_query *q, lamna_error *err)
{
    for (unsigned k = 0; r->kind->fields != NULL && r->kind->fields[k] != NULL; k++) {
        const lamna_field *field = lamna_field_find(r->reg, r->kind->fields[k]);
        if (field == NULL)
            return error_set(err, LAMNA_ERR_ARGUMENT, "there is no field named \"%s\"",
                             r->kind->fields[k]);
        r->fields[k] = field->number;
        wanted_add(q->wanted, field->number);
    }
    q->wanted->any = true;
    q->segments_asked |= r->kind->segments;
    q->packets_asked |= !r->kind->segments;
    if (r->kind->fetch != NULL)
        q->soon = (struct soon){fetch_stream, r};
    q->wanted->ask_flows |= r->kind->flows;
    q->wanted->ask_analysis |= r->kind->analysis;
    q->wanted->ask_unacked |= r->kind->analysis;
    if (r->kind->ask != NULL)
        r->kind->ask(r, q->wanted);
    if (r->kind->every_packet && q->filter != NULL) {
        filter_want(q->filter, q->wanted);
        r->filter = q->filter;
        q->filter = NULL;
    }
    if (r->kind->checksums)
        lamna_query_verify_checksums(q, true);
    return LAMNA_OK;
}

void lamna_report_add(lamna_report *r, const lamna_packet *packet)
{
    r->matches = r->filter == NULL || filter_match(r->filter, &packet->packet);
    r->kind->add(r, &packet->packet);
}

lamna_status lamna_report_finish(lamna_report *r, lamna_error *err)
{
    if (r->failed) /* what was noted does not hang together */
        return error_memory(err);
    r->kind->finish(r);
    if (r->kind->row == NULL)
        r->rows = r->cell_count / r->column_count;
    return r->failed ? error_memory(err) : LAMNA_OK;
}

lamna_status lamna_report_news(lamna_report *r, int64_t now_ns, lamna_error *err)
{
    if (r->kind->news == NULL)
        return error_set(err, LAMNA_ERR_ARGUMENT, "%s tells nothing before the end", r->kind->name);
    report_clear(r);
    if (r->failed)
        return error_memory(err);
    r->kind->news(r, now_ns);
    r->rows = r->cell_count / r->column_count;
    return r->failed ? error_memory(err) : LAMNA_OK;
}

void lamna_report_dropped(lamna_report *r, uint64_t packets)
{
    r->dropped = packets;
}

/* ---- The table ------------------------------------------------------------------------------- */

size_t lamna_report_columns(const lamna_report *r)
{
    return r->column_count;
}

const lamna_report_column *lamna_report_column_at(const lamna_report *r, size_t column)
{
    return &r->columns[column];
}

size_t lamna_report_rows(const lamna_report *r)
{
    return r->rows;
}

/* The row becomes the one at hand. */
static void row_make(lamna_report *r, size_t row)
{
    r->cell_count = 0;
    arena_reset(&r->texts);
    r->kind->row(r, row);
    r->row = row + 1;
}

lamna_cell lamna_report_cell(const lamna_report *r, size_t row, size_t column)
{
    size_t at = column;
    if (r->kind->row == NULL)
        at += row * r->column_count;
    else if (r->row != row + 1)
        row_make((lamna_report *)r, row); /* only a cache changes */
    return at < r->cell_count ? r->cells[at] : (lamna_cell){.type = LAMNA_CELL_NONE};
}

static void cell_add(lamna_report *r, lamna_cell cell)
{
    if (r->cell_count == r->cell_capacity) {
        size_t capacity = r->cell_capacity == 0 ? 256 : 2 * r->cell_capacity;
        lamna_cell *cells = realloc(r->cells, capacity * sizeof *cells);
        if (cells == NULL) {
            r->failed = true;
            return;
        }
        r->cells = cells;
        r->cell_capacity = capacity;
    }
    r->cells[r->cell_count++] = cell;
}

void cell_none(lamna_report *r)
{
    cell_add(r, (lamna_cell){.type = LAMNA_CELL_NONE});
}

void cell_uint(lamna_report *r, lamna_cell_type type, uint64_t v)
{
    cell_add(r, (lamna_cell){.type = type, .value.u = v});
}

void cell_known(lamna_report *r, uint64_t v)
{
    if (v != 0)
        cell_uint(r, LAMNA_CELL_COUNT, v);
    else
        cell_none(r);
}

void cell_number(lamna_report *r, double v)
{
    cell_add(r, (lamna_cell){.type = LAMNA_CELL_NUMBER, .value.d = v});
}

void cell_time(lamna_report *r, lamna_cell_type type, int64_t ns)
{
    cell_add(r, (lamna_cell){.type = type, .value.i = ns});
}

void cell_text(lamna_report *r, const char *text, size_t n)
{
    const char *copy = arena_copy(&r->texts, text, n);
    r->failed |= copy == NULL;
    cell_add(r, (lamna_cell){.type = LAMNA_CELL_TEXT, .value.text = copy == NULL ? "" : copy});
}

void cell_string(lamna_report *r, const char *text)
{
    cell_text(r, text, strlen(text));
}

void address_add(struct buf *b, uint8_t version, const uint8_t *address)
{
    if (version == 6)
        buf_ipv6(b, address);
    else
        buf_ipv4(b, be32(address));
}

void cell_address(lamna_report *r, uint8_t version, const uint8_t *address)
{
    char text[NUMBER_IPV6];
    const char *end =
        version == 6 ? number_ipv6(text, address) : number_ipv4(text, be32(address));
    cell_text(r, text, (size_t)(end - text));
}

void cell_ether(lamna_report *r, const uint8_t *address)
{
    char text[NUMBER_MAC];
    cell_text(r, text, (size_t)(number_hex_list(text, address, 6, ':') - text));
}

void report_clear(lamna_report *r)
{
    r->cell_count = 0;
    arena_reset(&r->texts);
}

/* ---- For the kinds --------------------------------------------------------------------------- */

int report_field(const lamna_report *r, const lamna_item *item)
{
    for (int k = 0; r->kind->fields[k] != NULL; k++) {
        if (r->fields[k] == item->field)
            return k;
    }
    return -1;
}

const lamna_item *report_item(const lamna_report *r, const struct packet *p, unsigned k)
{
    for (uint32_t i = 0; i < p->count; i++) {
        if (p->items[i].field == r->fields[k])
            return &p->items[i];
    }
    return NULL;
}

bool report_room(lamna_report *r, void *array, size_t *capacity, size_t number, size_t size)
{
    void **elements = array;
    if (number < *capacity)
        return true;
    size_t more = *capacity == 0 ? 64 : *capacity;
    while (more <= number)
        more *= 2;
    uint8_t *grown = realloc(*elements, more * size);
    if (grown == NULL) {
        r->failed = true;
        return false;
    }
    memset(grown + *capacity * size, 0, (more - *capacity) * size);
    *elements = grown;
    *capacity = more;
    return true;
}
