/*
 * scan: a table function of DuckDB whose rows are made by a pass of lamna.
 *
 *     lamna's threads ── blocks ──> queue ──> DuckDB's threads
 *
 * Each file is one run, which several threads share if it is large; of many files, several are read at once, each by a
 * reader of its own. What they make comes in the order of the files and packets all the same; the queue
 * holds some megabytes, and who fills it waits for who empties it. So a query that wants ten rows reads little more than
 * ten.
 */
#ifndef SQL_SCAN_H
#define SQL_SCAN_H

#include "sql/block.h"
#include "sql/columns.h"
#include "sql/session.h"

struct scan;
struct binding;

/* A kind of table. Its function takes (files VARCHAR[], filter := VARCHAR, fields := VARCHAR[]); no files: those
 * of the session. */
struct table {
    const char *function; /* its name in SQL */
    const void *detail;   /* what the functions below know */
    bool fields;          /* has it columns for fields? */
    /* Makes binding->columns, with room for `more`, and fills those that are always there. */
    lamna_status (*columns)(struct binding *binding, size_t more, lamna_error *err);
    /* Makes what a scan needs, in scan->made; LAMNA_OK, or why not. `free`, which may be NULL, undoes it. */
    lamna_status (*make)(struct scan *scan, lamna_error *err);
    void (*free)(struct scan *scan);
    /* Gives all rows of a file. */
    lamna_status (*read)(struct scan *scan, lamna_source *source, lamna_error *err);
};

/* What a call of the function was bound to. A scan of it may end after DuckDB let go of it, so both hold it. */
struct binding {
    atomic_uint users;
    struct sql_session *session;
    const struct table *table;
    struct column *columns; /* owned */
    size_t column_count;
    struct files files; /* empty: the session's */
    char *filter;       /* owned; or NULL */
};

/* One execution. Of `made`, `path` and `number` each reader has its own. What `make`, `read` and `free` of a table may
 * use: */
struct scan {
    struct binding *binding;
    struct files files;            /* that are read */
    const struct column **columns; /* owned: the ones that are asked for, in order */
    uint32_t column_count;
    struct queue *queue;
    void *made;       /* by the table */
    const char *path; /* of the file that is read */
    size_t number;    /* of that file */
};

/* The query of the scan, with its filter and secrets. NULL, with an error, if that cannot be. */
lamna_query *scan_query(const struct scan *scan, lamna_error *err);
/* An empty block of the scan's columns; NULL without memory. */
struct block *scan_block(struct scan *scan);
/* Gives a block away, in turn; waits while there are enough. False if no more are wanted. */
bool scan_give(struct scan *scan, struct block *block);
/* Frees a block that is given to nobody. */
void scan_drop(struct scan *scan, struct block *block);

/* The error of a scan all of whose files could not be read; of each it was said why. */
extern const char scan_nothing_read[];

/* Makes the table's function known to the session's database. */
lamna_status scan_register(struct sql_session *s, const struct table *table, lamna_error *err);

#endif
