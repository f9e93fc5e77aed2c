/* Reports as tables for people, CSV or JSON. */
#include "cli/table.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS_AT_ONCE = 256 };

/* ---- Values ---------------------------------------------------------------------------------- */

/* What came from a network must not command the terminal: control characters are shown as dots. */
static void copy_text(char *text, size_t size, const char *from)
{
    size_t n = 0;
    for (; *from != '\0' && n + 1 < size; from++) {
        unsigned char c = (unsigned char)*from, next = (unsigned char)from[1];
        bool control = c < ' ' || c == 0x7f || (c == 0xc2 && next >= 0x80 && next < 0xa0);
        text[n++] = control ? '.' : *from;
        from += control && c == 0xc2;
    }
    while (n > 0 && ((unsigned char)text[n - 1] & 0xc0) == 0x80 && *from != '\0')
        n--; /* half a character */
    text[n] = '\0';
}

static void number_text(char *text, size_t size, double v)
{
    if (v >= 1e9)
        (void)snprintf(text, size, "%.2f G", v / 1e9);
    else if (v >= 1e6)
        cli_fixed(text, (uint64_t)(v / 1e4 + 0.5), 2, " M");
    else if (v >= 1e3)
        cli_fixed(text, (uint64_t)(v / 1e2 + 0.5), 1, " k");
    else
        (void)snprintf(text, size, v == (double)(int64_t)v ? "%.0f" : "%.3g", v);
}

void cell_people(char *text, size_t size, lamna_cell cell, int64_t start)
{
    text[0] = '\0';
    switch (cell.type) {
    case LAMNA_CELL_COUNT:
    case LAMNA_CELL_BYTES:
        cli_fixed(text, cell.value.u, 0, "");
        break;
    case LAMNA_CELL_NUMBER:
        number_text(text, size, cell.value.d);
        break;
    case LAMNA_CELL_TIME:
        cli_seconds(text, cell.value.i - start);
        break;
    case LAMNA_CELL_DURATION:
        cli_duration(text, cell.value.i);
        break;
    case LAMNA_CELL_TEXT:
        copy_text(text, size, cell.value.text);
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
    switch (cell.type) {
    case LAMNA_CELL_COUNT:
    case LAMNA_CELL_BYTES:
        lamna_text_add_number(out, cell.value.u);
        break;
    case LAMNA_CELL_NUMBER:
        lamna_text_add_double(out, cell.value.d);
        break;
    case LAMNA_CELL_TIME:
    case LAMNA_CELL_DURATION:
        lamna_text_add_seconds(out, cell.value.i, 9);
        break;
    case LAMNA_CELL_TEXT:
        if (json)
            lamna_text_add_json(out, cell.value.text, strlen(cell.value.text));
        else
            add_csv(out, cell.value.text);
        break;
    case LAMNA_CELL_NONE:
        if (json)
            lamna_text_add(out, "null", 4);
        break;
    }
}

/* ---- Tables ---------------------------------------------------------------------------------- */

int columns_wide(const char *s)
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
    size_t n = 2 * depth < size / 2 ? 2 * depth : size / 2;
    memset(text, ' ', n);
    cell_people(text + n, size - n, lamna_report_cell(r, row - 1, column), start);
}

/* How wide each column is; 0: it says nothing in any row, and is left out. To be freed; NULL without
 * memory. Row after row: each may be made only now. */
static int *column_widths(const lamna_report *r, int64_t start)
{
    char text[512];
    size_t columns = lamna_report_columns(r);
    int *widths = calloc(columns, sizeof *widths);
    for (size_t row = 1; widths != NULL && row <= lamna_report_rows(r); row++) {
        for (size_t c = 0; c < columns; c++) {
            if (is_depth(r, c))
                continue;
            table_cell(r, row, c, start, text, sizeof text);
            int n = columns_wide(text);
            widths[c] = n > widths[c] ? n : widths[c];
        }
    }
    for (size_t c = 0; widths != NULL && c < columns; c++) {
        int title = columns_wide(lamna_report_column_at(r, c)->title);
        widths[c] = widths[c] > 0 && title > widths[c] ? title : widths[c];
    }
    return widths;
}

static void print_blanks(int n)
{
    static const char blanks[] = "                                ";
    for (const int most = (int)sizeof blanks - 1; n > 0; n -= most)
        (void)fwrite(blanks, 1, (size_t)(n < most ? n : most), stdout);
}

static void print_padded(const char *text, int width, bool left)
{
    int pad = width - columns_wide(text);
    print_blanks(left ? 0 : pad);
    (void)fputs(text, stdout);
    print_blanks(left ? pad : 0);
}

static int64_t first_time(const lamna_report *r)
{
    int64_t first = INT64_MAX;
    for (size_t row = 0; row < lamna_report_rows(r); row++) {
        for (size_t c = 0; c < lamna_report_columns(r); c++) {
            if (lamna_report_column_at(r, c)->type != LAMNA_CELL_TIME)
                continue;
            lamna_cell cell = lamna_report_cell(r, row, c);
            if (cell.type == LAMNA_CELL_TIME && cell.value.i < first)
                first = cell.value.i;
        }
    }
    return first;
}

void print_table(const lamna_report *r, void (*beside)(void *context, size_t row), void *context)
{
    char text[512];
    int64_t start = first_time(r);
    size_t columns = lamna_report_columns(r), rows = lamna_report_rows(r);
    int *widths = column_widths(r, start);
    for (size_t row = 0; widths != NULL && row <= rows; row++) {
        const char *gap = "";
        for (size_t c = 0; c < columns; c++) {
            if (widths[c] == 0)
                continue;
            (void)fputs(gap, stdout);
            gap = "  ";
            table_cell(r, row, c, start, text, sizeof text);
            print_padded(text, widths[c], is_text(r, c));
        }
        if (beside != NULL && row > 0)
            beside(context, row - 1);
        (void)putc('\n', stdout);
    }
    free(widths);
}

/* ---- For programs ---------------------------------------------------------------------------- */

static bool print_text(lamna_text *out)
{
    size_t length;
    const char *data = lamna_text_data(out, &length);
    bool ok = data != NULL && fwrite(data, 1, length, stdout) == length;
    lamna_text_clear(out);
    return ok;
}

bool print_csv(const lamna_report *r, lamna_text *out)
{
    for (size_t c = 0; c < lamna_report_columns(r); c++) {
        if (c > 0)
            lamna_text_add(out, ",", 1);
        add_csv(out, lamna_report_column_at(r, c)->name);
    }
    lamna_text_add(out, "\n", 1);
    for (size_t row = 0; row < lamna_report_rows(r); row++) {
        for (size_t c = 0; c < lamna_report_columns(r); c++) {
            if (c > 0)
                lamna_text_add(out, ",", 1);
            cell_program(out, lamna_report_cell(r, row, c), false);
        }
        lamna_text_add(out, "\n", 1);
        if (row % ROWS_AT_ONCE == 0 && !print_text(out))
            return false;
    }
    return print_text(out);
}

bool print_ndjson(const lamna_report *r, lamna_text *out)
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
        if (row % ROWS_AT_ONCE == 0 && !print_text(out))
            return false;
    }
    return print_text(out);
}
