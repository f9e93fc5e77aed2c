/* lamna stats: reports as tables, CSV or JSON. */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli/ladder.h"

/* ---- Values ---------------------------------------------------------------------------------- */

/* "1.234567 s" takes room: "1.235 s", "56.0 ms", "7.0 µs", "3 ns". */
static void duration_text(char *text, size_t size, int64_t ns)
{
    double v = (double)ns;
    if (llabs(ns) >= 1000000000)
        (void)snprintf(text, size, "%.3f s", v / 1e9);
    else if (llabs(ns) >= 1000000)
        (void)snprintf(text, size, "%.1f ms", v / 1e6);
    else if (llabs(ns) >= 1000)
        (void)snprintf(text, size, "%.1f \u00b5s", v / 1e3);
    else
        (void)snprintf(text, size, "%" PRId64 " ns", ns);
}

static void number_text(char *text, size_t size, double v)
{
    if (v >= 1e9)
        (void)snprintf(text, size, "%.2f G", v / 1e9);
    else if (v >= 1e6)
        (void)snprintf(text, size, "%.2f M", v / 1e6);
    else if (v >= 1e3)
        (void)snprintf(text, size, "%.1f k", v / 1e3);
    else
        (void)snprintf(text, size, "%.0f", v);
}

/* For people. */
static void cell_people(char *text, size_t size, lamna_cell cell, int64_t start)
{
    text[0] = '\0';
    switch (cell.type) {
    case LAMNA_CELL_COUNT:
    case LAMNA_CELL_BYTES:
        (void)snprintf(text, size, "%" PRIu64, cell.value.u);
        break;
    case LAMNA_CELL_NUMBER:
        number_text(text, size, cell.value.d);
        break;
    case LAMNA_CELL_TIME:
        (void)snprintf(text, size, "%.6f", (double)(cell.value.i - start) / 1e9);
        break;
    case LAMNA_CELL_DURATION:
        duration_text(text, size, cell.value.i);
        break;
    case LAMNA_CELL_TEXT:
        (void)snprintf(text, size, "%s", cell.value.text);
        break;
    case LAMNA_CELL_NONE:
        break;
    }
}

/* RFC 4180: quoted where it must be. */
static void add_csv(lamna_text *out, const char *text)
{
    if (strpbrk(text, ",\"\r\n") == NULL) {
        lamna_text_add(out, text, strlen(text));
        return;
    }
    lamna_text_add(out, "\"", 1);
    for (const char *at = text; *at != '\0'; at++)
        lamna_text_add(out, *at == '"' ? "\"\"" : at, *at == '"' ? 2 : 1);
    lamna_text_add(out, "\"", 1);
}

/* For programs: times in seconds with nine decimals. */
static void cell_program(lamna_text *out, lamna_cell cell, bool json)
{
    char text[64] = "";
    uint64_t magnitude = cell.value.i < 0 ? 0 - (uint64_t)cell.value.i : (uint64_t)cell.value.i;
    switch (cell.type) {
    case LAMNA_CELL_COUNT:
    case LAMNA_CELL_BYTES:
        (void)snprintf(text, sizeof text, "%" PRIu64, cell.value.u);
        break;
    case LAMNA_CELL_NUMBER:
        (void)snprintf(text, sizeof text, "%.17g", cell.value.d);
        break;
    case LAMNA_CELL_TIME:
    case LAMNA_CELL_DURATION:
        (void)snprintf(text, sizeof text, "%s%" PRIu64 ".%09" PRIu64, cell.value.i < 0 ? "-" : "",
                       magnitude / 1000000000, magnitude % 1000000000);
        break;
    case LAMNA_CELL_TEXT:
        if (json)
            lamna_text_add_json(out, cell.value.text, strlen(cell.value.text));
        else
            add_csv(out, cell.value.text);
        return;
    case LAMNA_CELL_NONE:
        if (json)
            lamna_text_add(out, "null", 4);
        return;
    }
    lamna_text_add(out, text, strlen(text));
}

/* ---- Tables ---------------------------------------------------------------------------------- */

static int columns_wide(const char *s)
{
    int n = 0;
    for (; *s != '\0'; s++)
        n += ((unsigned char)*s & 0xc0) != 0x80;
    return n;
}

static bool is_text(const lamna_report *r, size_t column)
{
    return lamna_report_column_at(r, column)->type == LAMNA_CELL_TEXT;
}

/* A column "depth" is not shown, but is how far the next one is indented. */
static bool is_depth(const lamna_report *r, size_t column)
{
    return strcmp(lamna_report_column_at(r, column)->name, "depth") == 0;
}

/* The cell's text for people; row 0 is the titles. */
static void table_cell(const lamna_report *r, size_t row, size_t column, int64_t start, char *text,
                       size_t size)
{
    if (row == 0) {
        (void)snprintf(text, size, "%s", lamna_report_column_at(r, column)->title);
        return;
    }
    uint64_t depth = 0;
    if (column > 0 && is_depth(r, column - 1))
        depth = lamna_report_cell(r, row - 1, column - 1).value.u;
    int n = snprintf(text, size, "%*s", (int)(2 * depth), "");
    cell_people(text + n, size - (size_t)n, lamna_report_cell(r, row - 1, column), start);
}

/* A column that says nothing in any row is left out of the table for people. */
static int column_width(const lamna_report *r, size_t column, int64_t start)
{
    char text[512];
    int width = 0;
    for (size_t row = 1; row <= lamna_report_rows(r) && !is_depth(r, column); row++) {
        table_cell(r, row, column, start, text, sizeof text);
        int n = columns_wide(text);
        width = n > width ? n : width;
    }
    int title = columns_wide(lamna_report_column_at(r, column)->title);
    return width == 0 ? 0 : width > title ? width : title;
}

static void print_padded(const char *text, int width, bool left)
{
    int pad = width - columns_wide(text);
    (void)printf("%*s%s%*s", left ? 0 : pad, "", text, left ? pad : 0, "");
}

static int64_t first_time(const lamna_report *r)
{
    int64_t first = INT64_MAX;
    for (size_t c = 0; c < lamna_report_columns(r); c++) {
        for (size_t row = 0; row < lamna_report_rows(r); row++) {
            lamna_cell cell = lamna_report_cell(r, row, c);
            if (cell.type == LAMNA_CELL_TIME && cell.value.i < first)
                first = cell.value.i;
        }
    }
    return first;
}

static void print_table(const lamna_report *r)
{
    char text[512];
    int64_t start = first_time(r);
    size_t columns = lamna_report_columns(r), rows = lamna_report_rows(r);
    int *widths = calloc(columns, sizeof *widths);
    for (size_t c = 0; widths != NULL && c < columns; c++)
        widths[c] = column_width(r, c, start);
    for (size_t row = 0; widths != NULL && row <= rows; row++) {
        const char *gap = "";
        for (size_t c = 0; c < columns; c++) {
            if (widths[c] == 0)
                continue;
            (void)printf("%s", gap);
            gap = "  ";
            table_cell(r, row, c, start, text, sizeof text);
            print_padded(text, widths[c], is_text(r, c));
        }
        (void)printf("\n");
    }
    free(widths);
}

static void print_csv(const lamna_report *r, lamna_text *out)
{
    for (size_t c = 0; c < lamna_report_columns(r); c++)
        (void)printf("%s%s", c == 0 ? "" : ",", lamna_report_column_at(r, c)->name);
    (void)printf("\n");
    for (size_t row = 0; row < lamna_report_rows(r); row++) {
        for (size_t c = 0; c < lamna_report_columns(r); c++) {
            if (c > 0)
                lamna_text_add(out, ",", 1);
            cell_program(out, lamna_report_cell(r, row, c), false);
        }
        lamna_text_add(out, "\n", 1);
    }
}

static void print_ndjson(const lamna_report *r, lamna_text *out)
{
    for (size_t row = 0; row < lamna_report_rows(r); row++) {
        for (size_t c = 0; c < lamna_report_columns(r); c++) {
            const char *name = lamna_report_column_at(r, c)->name;
            lamna_text_add(out, c == 0 ? "{" : ",", 1);
            lamna_text_add_json(out, name, strlen(name));
            lamna_text_add(out, ":", 1);
            cell_program(out, lamna_report_cell(r, row, c), true);
        }
        lamna_text_add(out, "}\n", 2);
    }
}

/* ---- The command ----------------------------------------------------------------------------- */

static int say_kinds(const char *wrong)
{
    const char *summary, *name;
    int status = cli_say(EXIT_USAGE, "there is no report \"%s\"; there are", wrong);
    for (size_t i = 0; (name = lamna_report_kind(i, &summary)) != NULL; i++)
        (void)fprintf(stderr, "  %-14s %s\n", name, summary);
    return status;
}

static int report_options(const struct cli *cli, lamna_report_options *options)
{
    const char *interval = cli_value(cli, "interval");
    *options = (lamna_report_options){.layer = cli_value(cli, "layer")};
    if (interval == NULL)
        return EXIT_OK;
    char *rest;
    double seconds = strtod(interval, &rest);
    if (*rest != '\0' || rest == interval || !(seconds >= 1e-9) || seconds > 1e9)
        return cli_say(EXIT_USAGE, "--interval is a number of seconds, not \"%s\"", interval);
    options->interval_ns = (int64_t)(seconds * 1e9);
    return EXIT_OK;
}

static int report_print(struct session *s, const struct cli *cli, const char *kind,
                        const lamna_report *r)
{
    const char *format = cli_value(cli, "format");
    bool text = format == NULL || strcmp(format, "text") == 0;
    if (text && strcmp(kind, "findings") == 0)
        findings_print(r);
    else if (text && strcmp(kind, "steps") == 0)
        ladder_print_report(r);
    else if (text)
        print_table(r);
    else if (strcmp(format, "csv") == 0)
        print_csv(r, s->text);
    else
        print_ndjson(r, s->text);
    (void)session_print(s);
    return EXIT_OK;
}

static int report_run(struct session *s, const struct cli *cli, const char *kind, lamna_report *r)
{
    lamna_error err;
    const lamna_packet *packet;
    lamna_status end;
    if (lamna_report_ask(r, s->query, &err) != LAMNA_OK)
        return cli_fail(&err, NULL);
    int status = session_run(s);
    if (status != EXIT_OK)
        return status;
    while ((end = lamna_run_next(s->run, &packet, &err)) == LAMNA_OK)
        lamna_report_add(r, packet);
    status = session_end(s, end, &err);
    if (lamna_report_finish(r, &err) != LAMNA_OK)
        return cli_fail(&err, NULL);
    (void)report_print(s, cli, kind, r);
    return status;
}

static int command_report(struct cli *cli, const char *kind, const char *filter)
{
    struct session s;
    lamna_error err;
    lamna_report_options options;
    const char *format = cli_value(cli, "format");
    if (format != NULL && strcmp(format, "text") != 0 && strcmp(format, "csv") != 0 &&
        strcmp(format, "ndjson") != 0)
        return cli_say(EXIT_USAGE, "--format is text, csv or ndjson, not \"%s\"", format);
    int status = report_options(cli, &options);
    if (status != EXIT_OK)
        return status;
    status = session_open(&s, cli, cli_argument(cli, 0), filter);
    lamna_report *r = status == EXIT_OK ? lamna_report_new(s.reg, kind, &options, &err) : NULL;
    if (status == EXIT_OK && r == NULL)
        status = options.layer == NULL && err.status == LAMNA_ERR_ARGUMENT ? say_kinds(kind)
                                                                           : cli_fail(&err, NULL);
    if (status == EXIT_OK)
        status = report_run(&s, cli, kind, r);
    lamna_report_free(r);
    session_close(&s);
    return status;
}

int command_stats(struct cli *cli)
{
    return command_report(cli, cli_argument(cli, 1), cli_filter(cli, 2));
}

int command_explain(struct cli *cli)
{
    if (!cli_language(cli_value(cli, "lang")))
        return cli_say(EXIT_USAGE, "--lang takes en or zh, not \"%s\"", cli_value(cli, "lang"));
    return command_report(cli, "steps", cli_filter(cli, 1));
}

int command_findings(struct cli *cli)
{
    return command_report(cli, "findings", cli_filter(cli, 1));
}
