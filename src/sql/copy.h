/* copy: a result as Parquet. */
#ifndef SQL_COPY_H
#define SQL_COPY_H

#include <stdio.h>

#include "sql/session.h"

/* Writes what the query gives; as sql_run(). Once in a session. */
lamna_status copy_parquet(struct sql_session *s, const char *query, FILE *out);

#endif
