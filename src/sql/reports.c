/*
 * Tables whose rows lamna's reports make: connections, exchanges, findings. A report sees a whole capture before it
 * has rows; these are then handed over like packets.
 */
#include <stdlib.h>
#include <string.h>

#include "sql/error.h"
#include "sql/tables.h"

/* Which report it is. */
struct detail {
    const char *kind, *by;
};

struct reading {
    lamna_query *query;
    lamna_report *report;
};

static lamna_report *report_new(const struct binding *b, lamna_error *err)
{
    const struct detail *detail = b->table->detail;
    lamna_report_options options = {.by = detail->by};
    return lamna_report_new(b->session->options->reg, detail->kind, &options, err);
}

static enum duck_kind kind_of(lamna_cell_type type)
{
    switch (type) {
    case LAMNA_CELL_COUNT:
    case LAMNA_CELL_BYTES:
        return DUCK_UBIGINT;
    case LAMNA_CELL_NUMBER:
    case LAMNA_CELL_DURATION:
        return DUCK_DOUBLE;
    case LAMNA_CELL_TIME:
        return DUCK_TIMESTAMP_NS;
    default:
        return DUCK_VARCHAR;
    }
}

/* The file's name, and then the report's columns. */
static lamna_status report_columns(struct binding *b, size_t more, lamna_error *err)
{
    lamna_report *report = report_new(b, err);
    if (report == NULL)
        return err->status;
    size_t count = lamna_report_columns(report);
    b->columns = calloc(1 + count + more, sizeof *b->columns);
    if (b->columns == NULL) {
        lamna_report_free(report);
        return sql_error(err, LAMNA_ERR_MEMORY, "out of memory");
    }
    b->columns[b->column_count++] = *column_fixed(COLUMN_FILE);
    for (size_t i = 0; i < count; i++) {
        const lamna_report_column *from = lamna_report_column_at(report, i);
        struct column *column = &b->columns[b->column_count++];
        *column = (struct column){.id = COLUMN_CELL, .cell = i, .kind = kind_of(from->type)};
        (void)snprintf(column->name, sizeof column->name, "%s", from->name);
    }
    lamna_report_free(report);
    return LAMNA_OK;
}

/* ---- Rows ------------------------------------------------------------------------------------- */

static void set_double(struct block *b, uint32_t column, double v)
{
    uint64_t bits;
    memcpy(&bits, &v, sizeof bits);
    block_set(b, column, bits);
}

static void set_cell(struct block *b, uint32_t column, lamna_cell cell)
{
    switch (cell.type) {
    case LAMNA_CELL_COUNT:
    case LAMNA_CELL_BYTES:
        block_set(b, column, cell.value.u);
        break;
    case LAMNA_CELL_NUMBER:
        set_double(b, column, cell.value.d);
        break;
    case LAMNA_CELL_DURATION:
        set_double(b, column, (double)cell.value.i / 1e9);
        break;
    case LAMNA_CELL_TIME:
        block_set(b, column, (uint64_t)cell.value.i);
        break;
    case LAMNA_CELL_TEXT:
        if (cell.value.text[0] != '\0')
            block_set_text(b, column, cell.value.text, strlen(cell.value.text));
        break;
    case LAMNA_CELL_NONE:
        break;
    }
}

static void add_row(struct scan *scan, struct block *b, const lamna_report *report, size_t row)
{
    block_begin_row(b);
    for (uint32_t i = 0; i < scan->column_count; i++) {
        const struct column *column = scan->columns[i];
        if (column->id == COLUMN_FILE)
            block_set_text(b, i, scan->path, strlen(scan->path));
        else if (column->id == COLUMN_CELL)
            set_cell(b, i, lamna_report_cell(report, row, column->cell));
    }
}

static lamna_status give_rows(struct scan *scan, const lamna_report *report, lamna_error *err)
{
    size_t rows = lamna_report_rows(report);
    bool more = true;
    for (size_t row = 0; row < rows && more;) {
        struct block *b = scan_block(scan);
        if (b == NULL)
            return sql_error(err, LAMNA_ERR_MEMORY, "out of memory");
        while (row < rows && b->rows < BLOCK_ROWS)
            add_row(scan, b, report, row++);
        more = scan_give(scan, b);
    }
    return LAMNA_OK;
}

/* ---- The pass --------------------------------------------------------------------------------- */

static void take_packet(void *context, unsigned thread, const lamna_packet *packet, lamna_text *out)
{
    struct reading *r = context;
    (void)thread, (void)out;
    lamna_report_add(r->report, packet);
}

static lamna_status run(const struct scan *scan, struct reading *r, lamna_source *source,
                        lamna_error *err)
{
    lamna_run *run = lamna_run_new(r->query, source, err);
    if (run == NULL)
        return err->status;
    lamna_work work = {.context = r, .packet = take_packet, .in_order = true};
    lamna_status status =
        lamna_run_all(run, scan->binding->session->options->threads, &work, NULL, err);
    lamna_source_stats stats;
    lamna_source_stats_get(source, &stats);
    lamna_report_dropped(r->report, stats.dropped_kernel + stats.dropped_interface);
    lamna_run_free(run);
    return status;
}

/* Each capture has a report of its own; one that ends early has told of what there was. */
static lamna_status read_report(struct scan *scan, lamna_source *source, lamna_error *err)
{
    struct reading r = {.query = scan_query(scan, err)};
    lamna_status status = err->status, end = LAMNA_OK;
    lamna_error late = {0};
    if (r.query != NULL)
        r.report = report_new(scan->binding, err);
    if (r.report != NULL)
        status = lamna_report_ask(r.report, r.query, err);
    if (r.report != NULL && status == LAMNA_OK) {
        end = run(scan, &r, source, err);
        status = lamna_report_finish(r.report, &late);
        if (status == LAMNA_OK)
            status = give_rows(scan, r.report, &late);
        if (status != LAMNA_OK)
            *err = late;
    }
    lamna_report_free(r.report);
    lamna_query_free(r.query);
    return status == LAMNA_OK ? end : status;
}

static lamna_status make_report(struct scan *scan, lamna_error *err)
{
    lamna_query *query =
        scan_query(scan, err); /* each file has its own: this one tells whether it can be */
    lamna_query_free(query);
    return query != NULL ? LAMNA_OK : err->status;
}

#define REPORT_TABLE(name, in_sql, ...)                                                            \
    static const struct detail detail_##name = {__VA_ARGS__};                                      \
    const struct table table_##name = {.function = in_sql,                                         \
                                       .detail = &detail_##name,                                   \
                                       .columns = report_columns,                                  \
                                       .make = make_report,                                        \
                                       .read = read_report}

REPORT_TABLE(tcp, "lamna_tcp", "tcp", NULL);
REPORT_TABLE(http, "lamna_http", "http", "exchange");
REPORT_TABLE(http_connections, "lamna_http_connections", "http", "connection");
REPORT_TABLE(dns, "lamna_dns", "dns", "exchange");
REPORT_TABLE(findings, "lamna_findings", "findings", NULL);
