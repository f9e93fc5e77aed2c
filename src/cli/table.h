/* table: a report as a table for people, as CSV or as JSON. */
#ifndef CLI_TABLE_H
#define CLI_TABLE_H

#include "cli/cli.h"

/* A cell's text for people, of at least CLI_UNITS_ROOM bytes; times count from `start`. */
void cell_people(char *text, size_t size, lamna_cell cell, int64_t start);
/* How many columns of a terminal the text takes. */
int columns_wide(const char *s);

/* Prints the table. `beside`, if not NULL, prints what stands beside each row. */
void print_table(const lamna_report *r, void (*beside)(void *context, size_t row), void *context);
/* By way of `out`, which is empty before and after. False if standard output is closed. */
bool print_csv(const lamna_report *r, lamna_text *out);
bool print_ndjson(const lamna_report *r, lamna_text *out);

#endif
