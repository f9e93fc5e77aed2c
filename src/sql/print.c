#include "sql/print.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "sql/error.h"

enum {
    ROWS_MEASURED = 1000, /* of a table: these tell how wide its columns are */
    CELL_COLUMNS = 120,   /* of a terminal, that one cell takes at most */
};

struct printer {
    const struct duck *d;
    FILE *out;
    enum sql_format format;
    uint64_t columns;
    struct printed_column {
        struct value_type type;
        const char *name; /* of the result */
        size_t width;
    } * column; /* owned */
    lamna_text *text;
    lamna_text *cell;
    /* A table's first rows, which wait until all of them are known: */
    lamna_text *cells; /* one after the other */
    struct waiting {
        size_t end; /* in `cells` */
        size_t columns;
    } * waiting;   /* owned: for each cell */
    uint64_t rows; /* that wait */
    bool measured;
};

/* ---- Tables ----------------------------------------------------------------------------------- */

static void add_spaces(lamna_text *out, size_t n)
{
    while (n-- > 0)
        lamna_text_add(out, " ", 1);
}

/* The cell's text, on one line; returns how many columns it takes. */
static size_t cell_for_people(struct printer *p, uint64_t column, duck_vector vector, uint64_t row,
                              lamna_text *out)
{
    size_t length;
    if (value_is_null(p->d, vector, row)) {
        lamna_text_add(out, "NULL", 4);
        return 4;
    }
    lamna_text_clear(p->cell);
    value_append(p->d, &p->column[column].type, vector, row, false, p->cell);
    const char *text = lamna_text_data(p->cell, &length);
    if (text == NULL)
        return 0;
    size_t kept = 0, columns = 0;
    for (; kept < length && columns < CELL_COLUMNS; columns++) {
        do
            kept++;
        while (kept < length && ((unsigned char)text[kept] & 0xc0) == 0x80);
    }
    columns = lamna_text_add_line(out, text, kept);
    if (kept == length)
        return columns;
    lamna_text_add(out, "\u2026", 3);
    return columns + 1;
}

/* Puts a cell into its place. */
static void add_cell(struct printer *p, uint64_t column, const char *text, size_t length,
                     size_t columns)
{
    const struct printed_column *c = &p->column[column];
    size_t pad = columns < c->width ? c->width - columns : 0;
    bool last = column + 1 == p->columns, right = value_is_number(&c->type);
    add_spaces(p->text, column > 0 ? 2 : 0);
    add_spaces(p->text, right ? pad : 0);
    lamna_text_add(p->text, text, length);
    add_spaces(p->text, right || last ? 0 : pad);
}

static void add_head(struct printer *p)
{
    for (uint64_t i = 0; i < p->columns; i++) {
        lamna_text_clear(p->cell);
        size_t length,
            columns = lamna_text_add_line(p->cell, p->column[i].name, strlen(p->column[i].name));
        const char *text = lamna_text_data(p->cell, &length);
        if (text != NULL)
            add_cell(p, i, text, length, columns);
    }
    lamna_text_add(p->text, "\n", 1);
    for (uint64_t i = 0; i < p->columns; i++) {
        add_spaces(p->text, i > 0 ? 2 : 0);
        for (size_t n = 0; n < p->column[i].width; n++)
            lamna_text_add(p->text, "\u2500", 3);
    }
    lamna_text_add(p->text, "\n", 1);
}

/* The columns are as wide as what waits; it is printed. */
static void end_measuring(struct printer *p)
{
    size_t begin = 0, length;
    const char *cells = lamna_text_data(p->cells, &length);
    for (uint64_t i = 0; i < p->columns; i++) {
        lamna_text_clear(p->cell);
        p->column[i].width =
            lamna_text_add_line(p->cell, p->column[i].name, strlen(p->column[i].name));
    }
    for (uint64_t i = 0; i < p->rows * p->columns; i++) {
        struct printed_column *c = &p->column[i % p->columns];
        c->width = c->width > p->waiting[i].columns ? c->width : p->waiting[i].columns;
    }
    add_head(p);
    for (uint64_t i = 0; i < p->rows * p->columns && cells != NULL; i++) {
        add_cell(p, i % p->columns, cells + begin, p->waiting[i].end - begin,
                 p->waiting[i].columns);
        begin = p->waiting[i].end;
        if ((i + 1) % p->columns == 0)
            lamna_text_add(p->text, "\n", 1);
    }
    p->measured = true;
}

static void table_row(struct printer *p, const duck_vector *vectors, uint64_t row)
{
    for (uint64_t i = 0; i < p->columns && !p->measured; i++) {
        size_t columns = cell_for_people(p, i, vectors[i], row, p->cells), length;
        (void)lamna_text_data(p->cells, &length);
        p->waiting[p->rows * p->columns + i] = (struct waiting){length, columns};
    }
    if (!p->measured) {
        if (++p->rows == ROWS_MEASURED)
            end_measuring(p);
        return;
    }
    for (uint64_t i = 0; i < p->columns; i++) {
        size_t length;
        lamna_text_clear(p->cells);
        size_t columns = cell_for_people(p, i, vectors[i], row, p->cells);
        const char *text = lamna_text_data(p->cells, &length);
        if (text != NULL)
            add_cell(p, i, text, length, columns);
    }
    lamna_text_add(p->text, "\n", 1);
}

/* ---- For programs ------------------------------------------------------------------------------ */

static void add_csv(lamna_text *out, const char *text, size_t length)
{
    bool plain = length > 0;
    for (size_t i = 0; i < length && plain; i++)
        plain = strchr(",\"\r\n", text[i]) == NULL;
    if (plain) {
        lamna_text_add(out, text, length);
        return;
    }
    lamna_text_add(out, "\"", 1);
    for (size_t i = 0; i < length; i++)
        lamna_text_add(out, text[i] == '"' ? "\"\"" : text + i, text[i] == '"' ? 2 : 1);
    lamna_text_add(out, "\"", 1);
}

/* NULL is nothing; an empty text has quotes. */
static void csv_row(struct printer *p, const duck_vector *vectors, uint64_t row)
{
    for (uint64_t i = 0; i < p->columns; i++) {
        size_t length;
        lamna_text_add(p->text, ",", i > 0 ? 1 : 0);
        if (value_is_null(p->d, vectors[i], row))
            continue;
        lamna_text_clear(p->cell);
        value_append(p->d, &p->column[i].type, vectors[i], row, false, p->cell);
        const char *text = lamna_text_data(p->cell, &length);
        if (text != NULL)
            add_csv(p->text, text, length);
    }
    lamna_text_add(p->text, "\n", 1);
}

static void csv_head(struct printer *p)
{
    for (uint64_t i = 0; i < p->columns; i++) {
        lamna_text_add(p->text, ",", i > 0 ? 1 : 0);
        add_csv(p->text, p->column[i].name, strlen(p->column[i].name));
    }
    lamna_text_add(p->text, "\n", 1);
}

static void json_row(struct printer *p, const duck_vector *vectors, uint64_t row)
{
    for (uint64_t i = 0; i < p->columns; i++) {
        const char *name = p->column[i].name;
        lamna_text_add(p->text, i == 0 ? "{" : ",", 1);
        lamna_text_add_json(p->text, name, strlen(name));
        lamna_text_add(p->text, ":", 1);
        if (value_is_null(p->d, vectors[i], row))
            lamna_text_add(p->text, "null", 4);
        else
            value_append(p->d, &p->column[i].type, vectors[i], row, true, p->text);
    }
    lamna_text_add(p->text, "}\n", 2);
}

/* ---- All rows ---------------------------------------------------------------------------------- */

static bool flush(struct printer *p)
{
    size_t length;
    const char *text = lamna_text_data(p->text, &length);
    bool ok = text != NULL && fwrite(text, 1, length, p->out) == length;
    lamna_text_clear(p->text);
    return ok;
}

static bool print_chunk(struct printer *p, duck_chunk chunk, duck_vector *vectors)
{
    uint64_t rows = p->d->data_chunk_get_size(chunk);
    for (uint64_t i = 0; i < p->columns; i++)
        vectors[i] = p->d->data_chunk_get_vector(chunk, i);
    for (uint64_t row = 0; row < rows; row++) {
        if (p->format == SQL_TABLE)
            table_row(p, vectors, row);
        else if (p->format == SQL_CSV)
            csv_row(p, vectors, row);
        else
            json_row(p, vectors, row);
    }
    return flush(p);
}

static bool print_rows(struct printer *p, duck_result *result)
{
    duck_vector *vectors = calloc(p->columns + 1, sizeof(duck_vector));
    bool ok = vectors != NULL;
    if (p->format == SQL_CSV)
        csv_head(p);
    while (ok) {
        duck_chunk chunk = p->d->fetch_chunk(*result);
        if (chunk == NULL)
            break;
        ok = print_chunk(p, chunk, vectors);
        p->d->destroy_data_chunk(&chunk);
    }
    const char *wrong = p->d->result_error(result);
    if (ok && p->format == SQL_TABLE && !p->measured && wrong == NULL)
        end_measuring(p);
    free(vectors);
    return ok && flush(p) && fflush(p->out) == 0;
}

static bool printer_init(struct printer *p, duck_result *result)
{
    const struct duck *d = p->d;
    p->columns = d->column_count(result);
    p->column = calloc(p->columns + 1, sizeof *p->column);
    p->waiting =
        p->format == SQL_TABLE ? calloc(ROWS_MEASURED * p->columns + 1, sizeof *p->waiting) : NULL;
    p->text = lamna_text_new();
    p->cell = lamna_text_new();
    p->cells = lamna_text_new();
    bool ok = p->column != NULL && p->text != NULL && p->cell != NULL && p->cells != NULL;
    for (uint64_t i = 0; i < p->columns && ok; i++) {
        p->column[i].name = d->column_name(result, i);
        ok = value_type_init(d, &p->column[i].type, d->column_logical_type(result, i));
    }
    return ok && (p->format != SQL_TABLE || p->waiting != NULL);
}

/* The name of a column that cannot be printed, or NULL. */
static const char *unknown_column(const struct printer *p)
{
    for (uint64_t i = 0; i < p->columns; i++) {
        if (!value_is_known(&p->column[i].type))
            return p->column[i].name;
    }
    return NULL;
}

lamna_status print_result(const struct duck *d, duck_result *result, enum sql_format format,
                          FILE *out, lamna_error *err)
{
    struct printer p = {.d = d, .out = out, .format = format};
    lamna_status status = LAMNA_OK;
    const char *unknown;
    if (!printer_init(&p, result))
        status = sql_error(err, LAMNA_ERR_MEMORY, "out of memory");
    else if ((unknown = unknown_column(&p)) != NULL)
        status = sql_error(err, LAMNA_ERR_UNSUPPORTED,
                           "the column \"%s\" is of a type that is not printed; cast it to VARCHAR",
                           unknown);
    else if (!print_rows(&p, result))
        status = sql_error(err, LAMNA_ERR_IO, "cannot write the result: %s", strerror(errno));
    for (uint64_t i = 0; i < p.columns && p.column != NULL; i++)
        value_type_free(d, &p.column[i].type);
    free(p.column);
    free(p.waiting);
    lamna_text_free(p.text);
    lamna_text_free(p.cell);
    lamna_text_free(p.cells);
    return status;
}
