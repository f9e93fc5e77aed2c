/* list: one line a packet. Also what `capture` prints. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/list.h"

struct column_kind {
    const char *name, *heading;
    int width; /* negative: to the left */
};

static const struct column_kind kinds[] = {
    {"number", "No.", 6},         {"time", "Time", 12},
    {"source", "Source", -21},    {"destination", "Destination", -21},
    {"protocol", "Protocol", -8}, {"length", "Length", 6},
    {"info", "Info", -1},         {NULL, NULL, 0}};

enum { NUMBER, TIME, SOURCE, DESTINATION, PROTOCOL, LENGTH, INFO, FIELD };

static int kind_of(const char *name)
{
    int k = 0;
    while (kinds[k].name != NULL && strcmp(kinds[k].name, name) != 0)
        k++;
    return kinds[k].name != NULL ? k : FIELD;
}

static int add_column(struct list *list, struct session *s, const char *name, size_t n)
{
    lamna_error err;
    if (list->count == LIST_COLUMNS)
        return cli_say(EXIT_USAGE, "more than %d columns", LIST_COLUMNS);
    struct list_column *column = &list->columns[list->count++];
    column->name = strndup(name, n);
    if (column->name == NULL)
        return cli_say(EXIT_FAILED, "out of memory");
    column->kind = kind_of(column->name);
    if (column->kind != FIELD)
        return EXIT_OK;
    const lamna_field *field = lamna_field_find(s->reg, column->name);
    if (lamna_query_want(s->query, column->name, &err) != LAMNA_OK)
        return cli_fail(&err, NULL);
    column->field = field->number;
    return EXIT_OK;
}

static int list_format(struct list *list, const struct cli *cli)
{
    const char *format = cli_value(cli, "format");
    const char *color = cli_value(cli, "color");
    if (format == NULL || strcmp(format, "text") == 0)
        list->format = LIST_TEXT;
    else if (strcmp(format, "csv") == 0)
        list->format = LIST_CSV;
    else if (strcmp(format, "ndjson") == 0)
        list->format = LIST_NDJSON;
    else
        return cli_say(EXIT_USAGE, "--format takes text, csv or ndjson, not \"%s\"", format);
    list->color = color != NULL ? strcmp(color, "always") == 0
                                : isatty(STDOUT_FILENO) && getenv("NO_COLOR") == NULL;
    if (color != NULL && strcmp(color, "auto") == 0)
        list->color = isatty(STDOUT_FILENO);
    return EXIT_OK;
}

int list_open(struct list *list, struct session *s, const struct cli *cli)
{
    *list = (struct list){.threads = session_threads(s)};
    list->cells = calloc(list->threads, sizeof *list->cells);
    for (unsigned i = 0; i < list->threads; i++) {
        if (list->cells == NULL || (list->cells[i] = lamna_text_new()) == NULL)
            return cli_say(EXIT_FAILED, "out of memory");
    }
    const char *columns = cli_value(cli, "columns");
    if (columns == NULL)
        columns = "number,time,source,destination,protocol,length,info";
    lamna_query_want_columns(s->query);
    int status = list_format(list, cli);
    while (status == EXIT_OK && *columns != '\0') {
        size_t n = strcspn(columns, ",");
        status = add_column(list, s, columns, n);
        columns += n + (columns[n] == ',');
    }
    return status;
}

void list_close(struct list *list)
{
    for (int i = 0; i < list->count; i++)
        free(list->columns[i].name);
    for (unsigned i = 0; list->cells != NULL && i < list->threads; i++)
        lamna_text_free(list->cells[i]);
    free(list->cells);
}

/* ---- Cells --------------------------------------------------------------------------------- */

static void add(lamna_text *text, const char *s)
{
    lamna_text_add(text, s, strlen(s));
}

/* The text of one cell, in `text`. Times are since the first packet, to the microsecond; for programs to the
 * nanosecond. */
static const char *cell(const struct list *list, const lamna_packet *packet,
                        const struct list_column *column, lamna_text *text, size_t *length)
{
    const lamna_packet_info *info = lamna_packet_get_info(packet);
    lamna_text_clear(text);
    switch (column->kind) {
    case NUMBER:
        lamna_text_add_number(text, info->number);
        break;
    case TIME:
        lamna_text_add_seconds(text, info->time_ns - lamna_packet_start(packet),
                               list->format == LIST_TEXT ? 6 : 9);
        break;
    case SOURCE:
    case DESTINATION:
    case PROTOCOL:
        lamna_packet_column(packet, (lamna_column)(column->kind - SOURCE), text);
        break;
    case LENGTH:
        lamna_text_add_number(text, info->length);
        break;
    case INFO:
        lamna_packet_column(packet, LAMNA_COLUMN_INFO, text);
        break;
    default:
        lamna_packet_field(packet, column->field, text);
    }
    const char *data = lamna_text_data(text, length);
    return data != NULL ? data : "";
}

static void pad(lamna_text *text, int n)
{
    static const char blanks[] = "                                ";
    for (const int most = sizeof blanks - 1; n > 0; n -= most)
        lamna_text_add(text, blanks, (size_t)(n < most ? n : most));
}

/* What is to the right is a number, of one column a byte. */
static void text_cell(lamna_text *out, const struct list_column *column, const char *s, size_t n,
                      bool last)
{
    int width = column->kind == FIELD ? -16 : kinds[column->kind].width;
    if (width > 0)
        pad(out, width - (int)n);
    int used = (int)lamna_text_add_line(out, s, n);
    if (width < 0 && !last)
        pad(out, -width - used);
}

static void csv_cell(lamna_text *out, const char *s, size_t n)
{
    lamna_text_add(out, "\"", 1);
    for (size_t i = 0; i < n;) {
        const char *quote = memchr(s + i, '"', n - i);
        size_t run = quote == NULL ? n - i : (size_t)(quote - (s + i)) + 1;
        lamna_text_add(out, s + i, run);
        if (quote != NULL)
            lamna_text_add(out, "\"", 1);
        i += run;
    }
    lamna_text_add(out, "\"", 1);
}

static void json_cell(lamna_text *out, const struct list_column *column, const char *s, size_t n)
{
    lamna_text_add_json(out, column->name, strlen(column->name));
    lamna_text_add(out, ":", 1);
    bool number = column->kind == NUMBER || column->kind == TIME || column->kind == LENGTH;
    if (number)
        lamna_text_add(out, s, n);
    else
        lamna_text_add_json(out, s, n);
}

/* Colours by protocol, in the spirit of Wireshark's. */
static const char *color_of(const char *protocol)
{
    static const struct {
        const char *protocol, *color;
    } colors[] = {{"TCP", "\033[37m"},  {"HTTP", "\033[32m"},   {"UDP", "\033[36m"},
                  {"DNS", "\033[96m"},  {"MDNS", "\033[96m"},   {"ARP", "\033[33m"},
                  {"ICMP", "\033[35m"}, {"ICMPv6", "\033[35m"}, {NULL, ""}};
    size_t i = 0;
    while (colors[i].protocol != NULL && strcmp(colors[i].protocol, protocol) != 0)
        i++;
    return colors[i].color;
}

static void begin_color(const struct list *list, const lamna_packet *packet, lamna_text *scratch,
                        lamna_text *out)
{
    static const struct list_column protocol = {NULL, PROTOCOL, 0};
    size_t n;
    add(out, color_of(cell(list, packet, &protocol, scratch, &n)));
}

static void list_heading(const struct list *list, lamna_text *out)
{
    for (int i = 0; i < list->count && list->format != LIST_NDJSON; i++) {
        const struct list_column *column = &list->columns[i];
        const char *name = column->kind == FIELD ? column->name : kinds[column->kind].heading;
        if (i > 0)
            add(out, list->format == LIST_CSV ? "," : " ");
        if (list->format == LIST_CSV)
            csv_cell(out, column->name, strlen(column->name));
        else
            text_cell(out, column, name, strlen(name), i + 1 == list->count);
    }
    if (list->format != LIST_NDJSON)
        add(out, "\n");
}

/* As lamna_work's `packet`; the context is a struct list. */
static void list_row(void *context, unsigned thread, const lamna_packet *packet, lamna_text *out)
{
    const struct list *list = context;
    lamna_text *scratch = list->cells[thread];
    bool color = list->color && list->format == LIST_TEXT;
    if (color)
        begin_color(list, packet, scratch, out);
    if (list->format == LIST_NDJSON)
        add(out, "{");
    for (int i = 0; i < list->count; i++) {
        const struct list_column *column = &list->columns[i];
        size_t n;
        const char *data = cell(list, packet, column, scratch, &n);
        if (i > 0)
            add(out, list->format == LIST_TEXT ? " " : ",");
        if (list->format == LIST_TEXT)
            text_cell(out, column, data, n, i + 1 == list->count);
        else if (list->format == LIST_CSV)
            csv_cell(out, data, n);
        else
            json_cell(out, column, data, n);
    }
    if (list->format == LIST_NDJSON)
        add(out, "}");
    add(out, color ? "\033[0m\n" : "\n");
}

int list_all(struct list *list, struct session *s)
{
    list_heading(list, s->text);
    return session_put(s) ? session_run_all(s, list_row, list) : session_end(s, LAMNA_OK, NULL);
}

int list_some(struct list *list, struct session *s, unsigned long long most)
{
    lamna_error err;
    const lamna_packet *packet;
    lamna_status end = LAMNA_END;
    list_heading(list, s->text);
    bool ok = session_put(s);
    for (unsigned long long n = 0; ok && n < most; n++) {
        end = lamna_run_next(s->run, &packet, &err);
        if (end != LAMNA_OK)
            break;
        list_row(list, 0, packet, s->text);
        ok = session_put(s);
    }
    return session_end(s, end, &err);
}

int command_list(struct cli *cli)
{
    struct session s;
    struct list list = {0};
    int status = session_open(&s, cli, cli_argument(cli, 0), cli_filter(cli, 1));
    if (status == 0)
        status = list_open(&list, &s, cli);
    if (status == 0)
        status = session_run(&s);
    if (status == 0)
        status = list_all(&list, &s);
    list_close(&list);
    session_close(&s);
    return status;
}
