/* print: the rows of a result, as a table for people, as CSV (RFC 4180) or as NDJSON. */
#ifndef SQL_PRINT_H
#define SQL_PRINT_H

#include <stdio.h>

#include "sql/sql.h"
#include "sql/value.h"

/*
 * Prints all rows as they come. LAMNA_ERR_IO if `out` is closed, with errno as it was then. What went wrong with
 * the query itself, d->result_error() tells afterwards.
 */
lamna_status print_result(const struct duck *d, duck_result *result, enum sql_format format,
                          FILE *out, lamna_error *err);

#endif
