/*
 * sql: SQL over captures, by an embedded DuckDB. The command line's side of it.
 *
 *     struct sql_session *s = sql_open(&options, &err);
 *     sql_run(s, "SELECT ...", SQL_TABLE, stdout);
 *     sql_close(s);
 */
#ifndef SQL_SQL_H
#define SQL_SQL_H

#include <stdio.h>

#include "lamna.h"

struct sql_options {
    const lamna_registry *reg;
    const char *const *files; /* captures, patterns ("*.pcap") and folders, as they were given */
    size_t file_count;
    const char *filter; /* of every table; or NULL */
    const char *const *keylogs;
    size_t keylog_count;
    unsigned threads;   /* 0: one for each core */
    const char *memory; /* "2GB": the most that the database may take; NULL: its own default */
    bool parquet;       /* one result will be written as SQL_PARQUET */
    bool allow_files; /* the database may read and write files, and captures that were not given */
};

struct sql_session;

enum sql_format { SQL_TABLE, SQL_CSV, SQL_NDJSON, SQL_PARQUET };

/*
 * LAMNA_ERR_UNSUPPORTED, with a hint, where DuckDB's library cannot be had; LAMNA_ERR_IO if none of the files
 * is there. Those that are not are named on standard error.
 */
struct sql_session *sql_open(const struct sql_options *options, lamna_error *err);
void sql_close(struct sql_session *s);
/* Were there files, so far, that could not be read, or not to their ends? */
bool sql_had_problems(struct sql_session *s);

/*
 * Runs the statements of `text` one after the other, and prints what they give to `out`. What is wrong is said on
 * standard error, as there may be several lines of it. LAMNA_ERR_FILTER: one is not SQL, or names what there is
 * not; LAMNA_STOPPED: after sql_interrupt(); LAMNA_END: who reads `out` went away; any other: it failed as it ran.
 */
lamna_status sql_run(struct sql_session *s, const char *text, enum sql_format format, FILE *out);
/*
 * Reads statements from standard input, up to a semicolon each, and runs them: from a terminal with history and
 * completion of words, tables and fields. Returns when there are no more, with the worst that sql_run() said.
 */
lamna_status sql_prompt(struct sql_session *s, enum sql_format format);
enum export_format { EXPORT_PARQUET, EXPORT_CSV, EXPORT_NDJSON };

struct export_options {
    const char *folder;
    enum export_format format;
    const char *const *tables;
    size_t table_count;
    const char *fields; /* that `packets` is to have besides, with commas between them; or NULL */
    const char *
        partition; /* what files are cut by: hour, day, columns, with commas between them; or NULL */
};

/* Files of tables: made now, and there already. */
struct export_counts {
    size_t written, skipped;
};

/*
 * Writes tables of the session's captures into a folder, a file of each capture and table, and takes up what an
 * earlier export left (src/sql/export.c). The session must be allowed files. LAMNA_ERR_ARGUMENT: there is no such
 * table or field; LAMNA_STOPPED: after sql_interrupt().
 */
lamna_status sql_export(struct sql_session *s, const struct export_options *options,
                        struct export_counts *counts, lamna_error *err);

/* Stops what runs. The only function that another thread may call meanwhile. */
void sql_interrupt(struct sql_session *s);

#endif
