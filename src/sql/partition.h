/*
 * partition: a part of an export that is cut into several files, by the hour of its packets or whatever else:
 *
 *     DIR/packets/hour=2026-01-05T10/NAME-1f2e3d4c.parquet
 *
 * DuckDB writes a tree of folders under a name of its own; from there the files are moved to their places.
 */
#ifndef SQL_PARTITION_H
#define SQL_PARTITION_H

#include "sql/session.h"

struct partition {
    char **keys; /* owned; "hour", "day", and names of columns */
    size_t count;
};

/* Cuts a list at its commas; NULL: no keys. LAMNA_ERR_ARGUMENT: there is one that no folder could be named after. */
lamna_status partition_init(struct partition *p, const char *list, lamna_error *err);
void partition_free(struct partition *p);
/* Appends what a table's SELECT needs besides: ", strftime(...) AS hour". LAMNA_ERR_ARGUMENT: the table has no such column,
 * or no time. */
lamna_status partition_columns(const struct partition *p, struct sql_session *s, const char *table,
                               lamna_text *text, lamna_error *err);
/* Appends what its COPY needs besides: ", PARTITION_BY (hour)". */
void partition_clause(const struct partition *p, lamna_text *text);

/* Removes a file, or a folder with all that is in it. */
void partition_remove(const char *path);
/* Removes the files of that name that lie in folders of `folder`. */
void partition_remove_named(const char *folder, const char *name);
/* Moves the files of the tree `from`, once they are on the disk, to the same folders of `to`, under that name. */
lamna_status partition_move(const char *from, const char *to, const char *name, lamna_error *err);

#endif
