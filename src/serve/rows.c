#include "serve/rows.h"

#include <stdlib.h>
#include <string.h>

enum {
    COLUMNS_MOST = 32,
    CELL_MOST = 400, /* bytes of a cell that are shown in a list */
};

/* In the order of what lamna_column and lamna_packet_info give. */
enum kind { NUMBER, TIME, LENGTH, SOURCE, DESTINATION, PROTOCOL, INFO, FIELD };

static const char *const names[] = {"number",      "time",     "length", "source",
                                    "destination", "protocol", "info",   NULL};

/* What a thread has for itself. */
struct bench {
    lamna_text *cell;
    lamna_filter *colours[]; /* NULL: a rule of protocols that are not known here */
};

struct rows {
    const lamna_registry *reg;
    struct colours *colours; /* used */
    size_t rules;            /* in them */
    struct column {
        enum kind kind;
        uint32_t field;
    } columns[COLUMNS_MOST];
    unsigned count;
    struct bench *benches[LAMNA_THREADS_MOST]; /* made when a thread comes first */
};

const char rows_usual[] = "number,time,source,destination,protocol,length,info";

/* ---- Making ---------------------------------------------------------------------------------------- */

static enum kind kind_of(const char *name)
{
    unsigned k = 0;
    while (names[k] != NULL && strcmp(names[k], name) != 0)
        k++;
    return (enum kind)k;
}

static bool add_column(struct rows *rows, lamna_query *query, const char *name, lamna_error *err)
{
    struct column *column = &rows->columns[rows->count++];
    column->kind = kind_of(name);
    if (column->kind != FIELD)
        return true;
    if (lamna_query_want(query, name, err) != LAMNA_OK)
        return false;
    column->field = lamna_field_find(rows->reg, name)->number;
    return true;
}

static bool add_columns(struct rows *rows, lamna_query *query, const char *list, lamna_error *err)
{
    char name[128];
    while (*list != '\0') {
        size_t n = strcspn(list, ",");
        if (n >= sizeof name || rows->count == COLUMNS_MOST) {
            *err = (lamna_error){.status = LAMNA_ERR_ARGUMENT,
                                 .message = "too many columns, or too long a name"};
            return false;
        }
        memcpy(name, list, n);
        name[n] = '\0';
        list += n + (list[n] == ',');
        if (!add_column(rows, query, name, err))
            return false;
    }
    return true;
}

static struct bench *bench_new(const struct rows *rows)
{
    struct bench *bench = calloc(1, sizeof *bench + rows->rules * sizeof bench->colours[0]);
    if (bench == NULL)
        return NULL;
    bench->cell = lamna_text_new();
    for (size_t i = 0; i < rows->rules; i++)
        bench->colours[i] = lamna_filter_new(rows->reg, colours_at(rows->colours, i)->filter, NULL);
    return bench;
}

static void bench_free(struct bench *bench, size_t rules)
{
    if (bench == NULL)
        return;
    for (size_t i = 0; i < rules; i++)
        lamna_filter_free(bench->colours[i]);
    lamna_text_free(bench->cell);
    free(bench);
}

struct rows *rows_new(lamna_query *query, const lamna_registry *reg, struct colours *colours,
                      const char *columns, lamna_error *err)
{
    struct rows *rows = calloc(1, sizeof *rows);
    if (rows == NULL) {
        colours_leave(colours);
        (void)fail(err, LAMNA_ERR_MEMORY, "out of memory");
        return NULL;
    }
    *rows = (struct rows){.reg = reg, .colours = colours, .rules = colours_count(colours)};
    rows->benches[0] = bench_new(rows);
    if (rows->benches[0] == NULL) {
        (void)fail(err, LAMNA_ERR_MEMORY, "out of memory");
        rows_free(rows);
        return NULL;
    }
    lamna_query_want_columns(query);
    for (size_t i = 0; i < rows->rules; i++) {
        if (rows->benches[0]->colours[i] != NULL)
            lamna_query_want_filter(query, rows->benches[0]->colours[i]);
    }
    if (add_columns(rows, query, columns != NULL ? columns : rows_usual, err))
        return rows;
    rows_free(rows);
    return NULL;
}

void rows_free(struct rows *rows)
{
    if (rows == NULL)
        return;
    for (unsigned i = 0; i < LAMNA_THREADS_MOST; i++)
        bench_free(rows->benches[i], rows->rules);
    colours_leave(rows->colours);
    free(rows);
}

/* ---- Cells ------------------------------------------------------------------------------------------- */

static void add_cell(lamna_text *text, const lamna_packet *packet, const struct column *column)
{
    const lamna_packet_info *info = lamna_packet_get_info(packet);
    if (column->kind == NUMBER)
        lamna_text_add_number(text, info->number);
    else if (column->kind == TIME)
        lamna_text_add_seconds(text, info->time_ns - lamna_packet_start(packet), 9);
    else if (column->kind == LENGTH)
        lamna_text_add_number(text, info->length);
    else if (column->kind == FIELD)
        lamna_packet_field(packet, column->field, text);
    else
        lamna_packet_column(packet, (lamna_column)(column->kind - SOURCE), text);
}

/* How much of the text is shown: no character of UTF-8 is cut in two. */
static size_t cut(const char *text, size_t n)
{
    if (n <= CELL_MOST)
        return n;
    for (n = CELL_MOST; n > 0 && ((unsigned char)text[n] & 0xc0) == 0x80;)
        n--;
    return n;
}

/* The number of the first rule that matches; how many there are if none does. */
static size_t colour_of(const struct rows *rows, const struct bench *bench,
                        const lamna_packet *packet)
{
    size_t i = 0;
    while (i < rows->rules &&
           (bench->colours[i] == NULL || !lamna_filter_match(bench->colours[i], packet)))
        i++;
    return i;
}

void rows_add(void *context, unsigned thread, const lamna_packet *packet, lamna_text *out)
{
    struct rows *rows = context;
    if (rows->benches[thread] == NULL)
        rows->benches[thread] = bench_new(rows);
    struct bench *bench = rows->benches[thread];
    lamna_text_add(out, "[", 1);
    lamna_text_add_number(out, lamna_packet_get_info(packet)->number);
    lamna_text_add(out, ",", 1);
    lamna_text_add_number(out, bench != NULL ? colour_of(rows, bench, packet) : rows->rules);
    for (unsigned c = 0; bench != NULL && c < rows->count; c++) {
        size_t n;
        lamna_text_clear(bench->cell);
        add_cell(bench->cell, packet, &rows->columns[c]);
        const char *text = lamna_text_data(bench->cell, &n);
        lamna_text_add(out, ",", 1);
        lamna_text_add_json(out, text != NULL ? text : "", text != NULL ? cut(text, n) : 0);
    }
    lamna_text_add(out, "]\n", 2);
}
