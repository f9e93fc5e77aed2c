/* Reports, streams and stories: what the commands print as NDJSON, as rows of one answer. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "serve/jobs.h"

enum { ROWS_MOST = 100000, ANSWER_MOST = 16 << 20, SERIES_MOST = 16 };

static size_t length_of(lamna_text *text)
{
    size_t n = 0;
    (void)lamna_text_data(text, &n);
    return n;
}

static void put_cell(lamna_text *out, lamna_cell cell)
{
    char text[48];
    switch (cell.type) {
    case LAMNA_CELL_COUNT:
    case LAMNA_CELL_BYTES:
        put_number(out, cell.value.u);
        break;
    case LAMNA_CELL_NUMBER:
        (void)snprintf(text, sizeof text, "%.9g", cell.value.d);
        put(out, text);
        break;
    case LAMNA_CELL_TIME:
    case LAMNA_CELL_DURATION:
        lamna_text_add_seconds(out, cell.value.i, 9);
        break;
    case LAMNA_CELL_TEXT:
        put_text(out, cell.value.text);
        break;
    default:
        put(out, "null");
    }
}

static void put_row(lamna_text *out, const lamna_report *report, size_t row)
{
    for (size_t c = 0; c < lamna_report_columns(report); c++) {
        put(out, c == 0 ? "{" : ",");
        put_text(out, lamna_report_column_at(report, c)->name);
        put(out, ":");
        put_cell(out, lamna_report_cell(report, row, c));
    }
}

static const char *type_name(lamna_cell_type type)
{
    static const char *const names[] = {
        [LAMNA_CELL_NONE] = "none",   [LAMNA_CELL_COUNT] = "count",
        [LAMNA_CELL_BYTES] = "bytes", [LAMNA_CELL_NUMBER] = "number",
        [LAMNA_CELL_TIME] = "time",   [LAMNA_CELL_DURATION] = "duration",
        [LAMNA_CELL_TEXT] = "text"};
    return names[type];
}

static void put_columns(lamna_text *out, const lamna_report *report)
{
    put(out, "{\"columns\":[");
    for (size_t c = 0; c < lamna_report_columns(report); c++) {
        const lamna_report_column *column = lamna_report_column_at(report, c);
        put(out, c == 0 ? "{\"name\":" : ",{\"name\":");
        put_text(out, column->name);
        put_pair_text(out, "title", column->title);
        put_pair_text(out, "type", type_name(column->type));
        put(out, "}");
    }
    put(out, "],\"rows\":[");
}

/* What goes with each row of a report of the kind "steps". */
static void put_story(const struct request *r, const lamna_report *report, size_t row)
{
    put(r->out, ",");
    r->server->options->tell(r->out, report, row, request_chinese(r));
}

static void put_report(const struct request *r, const lamna_report *report, bool story)
{
    size_t rows = lamna_report_rows(report), row = 0;
    put_columns(r->out, report);
    for (; row < rows && row < ROWS_MOST && length_of(r->out) < ANSWER_MOST; row++) {
        put(r->out, row == 0 ? "" : ",");
        put_row(r->out, report, row);
        if (story)
            put_story(r, report, row);
        put(r->out, "}");
    }
    put(r->out, "]");
    put_pair_number(r->out, "count", rows);
    put(r->out, row < rows ? ",\"more\":true}" : ",\"more\":false}");
}

static void report_take(void *report, const lamna_packet *packet)
{
    lamna_report_add(report, packet);
}

static lamna_status report_fill(struct job *job, lamna_report *report, lamna_error *err)
{
    lamna_source_stats stats;
    lamna_status status = lamna_report_ask(report, job->query, err);
    if (status == LAMNA_OK)
        status = job_feed(job, report_take, report, err);
    if (status != LAMNA_OK)
        return status;
    lamna_source_stats_get(job->source, &stats);
    lamna_report_dropped(report, stats.dropped_kernel + stats.dropped_interface);
    return lamna_report_finish(report, err);
}

static void answer_report(struct request *r, const char *kind, const lamna_report_options *options)
{
    struct job job;
    lamna_error err = {0};
    const char *path = request_capture(r);
    if (path == NULL)
        return;
    lamna_report *report = lamna_report_new(r->server->reg, kind, options, &err);
    lamna_status status = report != NULL ? LAMNA_OK : err.status;
    if (status == LAMNA_OK) {
        status = job_open(&job, r->server, path, request_text(r, "filter"), &err);
        if (status == LAMNA_OK)
            status = report_fill(&job, report, &err);
        job_close(&job);
    }
    if (status == LAMNA_OK)
        put_report(r, report, strcmp(kind, "steps") == 0);
    lamna_report_free(report);
    if (status != LAMNA_OK)
        answer_error(r, &err);
}

void answer_explain(struct request *r)
{
    answer_report(r, "steps", NULL);
}

void answer_findings(struct request *r)
{
    lamna_report_options options = {.translate = request_translate(r)};
    answer_report(r, "findings", &options);
}

struct series {
    const char *texts[SERIES_MOST];
    size_t count;
};

static enum MHD_Result add_series(void *context, enum MHD_ValueKind kind, const char *key,
                                  const char *value)
{
    struct series *series = context;
    (void)kind;
    if (strcmp(key, "series") == 0 && value != NULL && series->count < SERIES_MOST)
        series->texts[series->count++] = value;
    return MHD_YES;
}

void answer_stats(struct request *r)
{
    struct series series = {.count = 0};
    uint64_t interval;
    const char *kind = request_text(r, "report"), *given = request_text(r, "interval");
    lamna_report_options options = {.layer = request_text(r, "layer"), .by = request_text(r, "by")};
    if (kind == NULL) {
        answer_message(r, MHD_HTTP_BAD_REQUEST, "report says which one: conversations, io, ...");
        return;
    }
    if (given != NULL && strcmp(given, "auto") == 0)
        options.interval_ns = LAMNA_INTERVAL_AUTO;
    else if (request_number(r, "interval", 1000000000000, 0, &interval)) /* milliseconds */
        options.interval_ns = (int64_t)interval * 1000000;
    else
        return;
    (void)MHD_get_connection_values(r->connection, MHD_GET_ARGUMENT_KIND, add_series, &series);
    options.series = series.texts;
    options.series_count = series.count;
    options.translate = request_translate(r);
    answer_report(r, kind, &options);
}

/* ---- Following ----------------------------------------------------------------------------------------- */

struct following {
    lamna_follow *follow;
    lamna_text *out;
    uint64_t skip; /* chunks that were given before */
    uint64_t given;
    bool more;
};

static void put_chunk(void *context, const lamna_chunk *c)
{
    struct following *f = context;
    lamna_text *out = f->out;
    if (f->skip > 0) {
        f->skip--;
        return;
    }
    f->more = f->more || length_of(out) >= ANSWER_MOST;
    if (f->more)
        return;
    put(out, f->given++ == 0 ? "{\"stream\":" : ",{\"stream\":");
    put_number(out, c->stream);
    put_pair_text(out, "from", c->from_server ? "server" : "client");
    put_pair_number(out, "packet", c->packet);
    put(out, ",\"time\":");
    lamna_text_add_seconds(out, c->time_ns, 9);
    put_pair_number(out, "missing", c->missing);
    put_pair_number(out, "length", c->length);
    if (c->head != NULL) {
        put(out, ",\"head\":");
        lamna_text_add_json(out, (const char *)c->head, c->head_length);
    }
    put(out, ",\"text\":");
    lamna_text_add_json(out, c->data != NULL ? (const char *)c->data : "", c->length);
    put(out, ",\"hex\":");
    put_hex(out, c->data, c->length);
    put(out, "}");
}

static void follow_take(void *context, const lamna_packet *packet)
{
    lamna_follow_add(((struct following *)context)->follow, packet);
}

static lamna_status follow_run(const struct request *r, const char *path, const char *protocol,
                               const char *filter, struct following *f, lamna_error *err)
{
    struct job job;
    f->follow = lamna_follow_new(r->server->reg, protocol, put_chunk, f, err);
    if (f->follow == NULL)
        return err->status;
    lamna_status status = job_open(&job, r->server, path, filter, err);
    if (status == LAMNA_OK)
        status = lamna_follow_ask(f->follow, job.query, err);
    if (status == LAMNA_OK)
        status = job_feed(&job, follow_take, f, err);
    if (status == LAMNA_OK)
        status = lamna_follow_end(f->follow, err);
    job_close(&job);
    lamna_follow_free(f->follow);
    return status;
}

void answer_follow(struct request *r)
{
    char filter[64];
    uint64_t stream;
    lamna_error err = {0};
    struct following f = {.out = r->out};
    const char *path = request_capture(r), *protocol = request_text(r, "protocol");
    if (path == NULL || !request_number(r, "stream", UINT32_MAX, 0, &stream) ||
        !request_number(r, "from", UINT32_MAX, 0, &f.skip))
        return;
    protocol = protocol != NULL ? protocol : "tcp";
    (void)snprintf(filter, sizeof filter, "%s.stream == %" PRIu64,
                   strcmp(protocol, "udp") == 0 ? "udp" : "tcp", stream);
    put(r->out, "{\"rows\":[");
    if (follow_run(r, path, protocol, filter, &f, &err) == LAMNA_OK)
        put(r->out, f.more ? "],\"more\":true}" : "],\"more\":false}");
    else
        answer_error(r, &err);
}
