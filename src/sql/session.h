/*
 * session: one embedded database, and what its tables read. The rest of src/sql/ shares it.
 *
 * The database lives in memory. It can open no file unless the user allowed that; lamna reads the captures.
 */
#ifndef SQL_SESSION_H
#define SQL_SESSION_H

#include <pthread.h>
#include <stdatomic.h>

#include "sql/duck.h"
#include "sql/files.h"
#include "sql/sql.h"
#include "sql/words.h"

struct sql_session {
    const struct sql_options *options; /* borrowed */
    struct duck duck;
    duck_database database;
    duck_connection connection;
    struct files files; /* that were given */
    struct words
        words; /* of all queries so far: fields stay columns, so that what was defined with them stays */
    bool defined; /* the views with fields are, with so many */
    size_t fields_defined;
    int copies[2]; /* a pipe that results go through as Parquet; or -1 */
    atomic_bool interrupted;
    pthread_mutex_t lock;             /* for what follows */
    char **problems;                  /* owned: what was said of files so far, each once */
    size_t problem_count, note_count; /* the latter are among the former, and are no problems */
    bool stdin_read;
    bool progress; /* a query runs, on a terminal, that has said nothing yet */
    bool progress_shown;
    int64_t progress_ms; /* when it may be shown next */
};

/* From now on, until session_progress_end(), it is told on the terminal how far reading is; nowhere else. */
void session_progress_begin(struct sql_session *s);
void session_progress_end(struct sql_session *s);
/* So many captures are read of so many, and so many rows were given. Any thread may. */
void session_progress(struct sql_session *s, size_t done, size_t files, uint64_t rows);

/* Says on standard error what is wrong with a file, unless that was said before. Any thread may. */
void session_problem(struct sql_session *s, const char *path, const lamna_error *err);

/* Says that a column of one value is of a field that a packet has more often, once for each field. Any thread may. */
void session_note(struct sql_session *s, const char *name);
/* Says on standard error what is wrong with a statement, unless it was stopped; LAMNA_STOPPED then, else `status`. NULL:
 * memory. */
lamna_status session_failed(struct sql_session *s, const char *message, lamna_status status);
/* Is it the statement that is wrong, rather than what happened when it ran? */
bool session_is_wrong(const struct duck *d, duck_result *result);
/* Runs a statement of our own; LAMNA_ERR_UNSUPPORTED, with the reason, if that fails. */
lamna_status session_define(struct sql_session *s, const char *statement, lamna_error *err);

#endif
