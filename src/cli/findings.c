/* lamna findings: what is wrong in a capture, in words. */
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"

enum { SEVERITY, RULE, STREAM, CLIENT, SERVER, TEXT, COUNT, FIRST, COST, FILTER, ADVICE };

static const char *text_of(const lamna_report *r, size_t row, size_t column)
{
    lamna_cell cell = lamna_report_cell(r, row, column);
    return cell.type == LAMNA_CELL_TEXT ? cell.value.text : "";
}

/* A colour for the eye, on a terminal: red, yellow, none. */
static const char *colour_of(const char *severity)
{
    if (!isatty(STDOUT_FILENO))
        return "";
    return strcmp(severity, "bad") == 0       ? "\033[1;31m"
           : strcmp(severity, "warning") == 0 ? "\033[33m"
                                              : "";
}

static void print_finding(const lamna_report *r, size_t row)
{
    lamna_cell stream = lamna_report_cell(r, row, STREAM), first = lamna_report_cell(r, row, FIRST);
    const char *severity = text_of(r, row, SEVERITY), *colour = colour_of(severity);
    (void)printf("%s%-7s%s  %s", colour, severity, *colour != '\0' ? "\033[0m" : "",
                 text_of(r, row, TEXT));
    if (stream.type == LAMNA_CELL_COUNT)
        (void)printf("\n         connection %" PRIu64 ": %s \u2192 %s", stream.value.u,
                     text_of(r, row, CLIENT), text_of(r, row, SERVER));
    (void)printf("\n         ");
    if (first.type == LAMNA_CELL_COUNT)
        (void)printf("packet %" PRIu64 "; ", first.value.u);
    (void)printf("filter: %s\n         %s: %s\n\n", text_of(r, row, FILTER), text_of(r, row, RULE),
                 text_of(r, row, ADVICE));
}

void findings_print(const lamna_report *r)
{
    size_t rows = lamna_report_rows(r), bad = 0, warnings = 0;
    for (size_t row = 0; row < rows; row++) {
        print_finding(r, row);
        bad += strcmp(text_of(r, row, SEVERITY), "bad") == 0;
        warnings += strcmp(text_of(r, row, SEVERITY), "warning") == 0;
    }
    if (rows == 0)
        (void)printf("Nothing wrong was found.\n");
    else
        (void)printf("%zu bad, %zu warnings, %zu notes\n", bad, warnings, rows - bad - warnings);
}
