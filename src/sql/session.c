#include "sql/session.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "sql/copy.h"
#include "sql/error.h"
#include "sql/print.h"
#include "sql/tables.h"

/* ---- What is wrong ------------------------------------------------------------------------------ */

/* Remembers it; false if it was said before. */
static bool remember(struct sql_session *s, char *problem)
{
    bool known = problem == NULL;
    (void)pthread_mutex_lock(&s->lock);
    for (size_t i = 0; i < s->problem_count && !known; i++)
        known = strcmp(s->problems[i], problem) == 0;
    char **problems =
        known ? NULL : realloc(s->problems, (s->problem_count + 1) * sizeof *problems);
    if (problems != NULL) {
        s->problems = problems;
        s->problems[s->problem_count++] = problem;
    }
    (void)pthread_mutex_unlock(&s->lock);
    return problems != NULL;
}

/* What a message begins with, so that it stands where the progress stood. */
static const char *over_progress(struct sql_session *s)
{
    const char *begin = s->progress_shown ? "\r\033[K" : "";
    s->progress_shown = false;
    return begin;
}

void session_note(struct sql_session *s, const char *name)
{
    char *note = NULL;
    if (asprintf(&note,
                 "note: a packet has %s more than once, and the column is the first; \"%s[]\" has "
                 "all of them",
                 name, name) < 0)
        note = NULL;
    if (!remember(s, note)) {
        free(note);
        return;
    }
    (void)pthread_mutex_lock(&s->lock);
    s->note_count++;
    (void)fprintf(stderr, "%slamna: %s\n", over_progress(s), note);
    (void)pthread_mutex_unlock(&s->lock);
}

void session_problem(struct sql_session *s, const char *path, const lamna_error *err)
{
    char *problem = NULL;
    const char *message = err->message;
    if (asprintf(&problem, "%s%s%s", strstr(message, path) != NULL ? "" : path,
                 strstr(message, path) != NULL ? "" : ": ", message) < 0)
        problem = NULL;
    if (!remember(s, problem)) {
        free(problem);
        return;
    }
    (void)pthread_mutex_lock(&s->lock);
    (void)fprintf(stderr, "%slamna: %s\n", over_progress(s), problem);
    (void)pthread_mutex_unlock(&s->lock);
}

bool sql_had_problems(struct sql_session *s)
{
    (void)pthread_mutex_lock(&s->lock);
    bool had = s->problem_count > s->note_count;
    (void)pthread_mutex_unlock(&s->lock);
    return had;
}

/* DuckDB's own words, and what they mean where fields are concerned. */
static void say(const char *message)
{
    (void)fprintf(stderr, "lamna: %s\n", message);
    if (strstr(message, "[]") != NULL && (strstr(message, "ompare values of type") != NULL ||
                                          strstr(message, "type for cast") != NULL))
        (void)fprintf(stderr, "  a field that a layer can have more than once is a list: "
                              "list_contains(\"tcp.port\", 80), or \"tcp.port\"[1]\n");
    else if (strstr(message, "not found in FROM clause") != NULL)
        (void)fprintf(stderr,
                      "  DESCRIBE packets tells the columns; `lamna fields --list` all fields, "
                      "each of which is a column of packets too\n");
}

/* ---- How far it is ------------------------------------------------------------------------------ */

enum { PROGRESS_AFTER_MS = 700, PROGRESS_EVERY_MS = 200 };

static int64_t now_ms(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

void session_progress_begin(struct sql_session *s)
{
    (void)pthread_mutex_lock(&s->lock);
    s->progress = isatty(STDERR_FILENO) != 0;
    s->progress_shown = false;
    s->progress_ms = now_ms() + PROGRESS_AFTER_MS;
    (void)pthread_mutex_unlock(&s->lock);
}

void session_progress_end(struct sql_session *s)
{
    (void)pthread_mutex_lock(&s->lock);
    (void)fprintf(stderr, "%s", over_progress(s));
    s->progress = false;
    (void)pthread_mutex_unlock(&s->lock);
}

void session_progress(struct sql_session *s, size_t done, size_t files, uint64_t rows)
{
    (void)pthread_mutex_lock(&s->lock);
    int64_t now = s->progress ? now_ms() : 0;
    if (s->progress && now >= s->progress_ms) {
        (void)fprintf(stderr, "\r\033[K%zu of %zu captures read, %" PRIu64 " rows", done, files,
                      rows);
        s->progress_shown = true;
        s->progress_ms = now + PROGRESS_EVERY_MS;
    }
    (void)pthread_mutex_unlock(&s->lock);
}

/* ---- Opening ------------------------------------------------------------------------------------ */

static bool configure(struct sql_session *s, duck_config config)
{
    const struct duck *d = &s->duck;
    const struct sql_options *o = s->options;
    char threads[16], spill[4096];
    const char *temporary = getenv("TMPDIR");
    (void)snprintf(spill, sizeof spill, "%s/lamna-sql-%ld",
                   temporary != NULL && temporary[0] != '\0' ? temporary : "/tmp", (long)getpid());
    (void)snprintf(threads, sizeof threads, "%u", o->threads);
    /* nothing is fetched, and nothing loaded, whatever a query says */
    bool ok = d->set_config(config, "autoinstall_known_extensions", "false") == DUCK_OK &&
              d->set_config(config, "autoload_known_extensions", "false") == DUCK_OK &&
              d->set_config(config, "allow_community_extensions", "false") == DUCK_OK &&
              d->set_config(config, "extension_directory", "/dev/null/none") == DUCK_OK &&
              d->set_config(config, "temp_directory", spill) == DUCK_OK;
    if (o->threads != 0)
        ok = ok && d->set_config(config, "threads", threads) == DUCK_OK;
    return ok;
}

/* The limit is the user's words, which may be wrong. */
static lamna_status open_database(struct sql_session *s, lamna_error *err)
{
    const struct duck *d = &s->duck;
    duck_config config = NULL;
    char *why = NULL;
    lamna_status status = LAMNA_OK;
    if (d->create_config(&config) != DUCK_OK || !configure(s, config))
        status = sql_error(err, LAMNA_ERR_UNSUPPORTED, "this libduckdb.so cannot be configured");
    else if (s->options->memory != NULL &&
             d->set_config(config, "memory_limit", s->options->memory) != DUCK_OK)
        status = sql_error(err, LAMNA_ERR_ARGUMENT, "--memory takes a size, like 2GB, not \"%s\"",
                           s->options->memory);
    else if (d->open_ext(NULL, &s->database, config, &why) != DUCK_OK)
        status = sql_error(err, LAMNA_ERR_ARGUMENT, "cannot open the database: %s",
                           why != NULL ? why : "");
    else if (d->connect(s->database, &s->connection) != DUCK_OK)
        status = sql_error(err, LAMNA_ERR_MEMORY, "cannot connect to the database");
    if (why != NULL)
        d->free(why);
    d->destroy_config(&config);
    return status;
}

lamna_status session_define(struct sql_session *s, const char *statement, lamna_error *err)
{
    const struct duck *d = &s->duck;
    duck_result result = {0};
    lamna_status status = LAMNA_OK;
    if (d->query(s->connection, statement, &result) != DUCK_OK)
        status = sql_error(err, LAMNA_ERR_UNSUPPORTED, "%s", d->result_error(&result));
    d->destroy_result(&result);
    return status;
}

/* Nothing can be opened from now on but the pipe that results are copied to, and nothing of this can be undone. */
static lamna_status close_doors(struct sql_session *s, lamna_error *err)
{
    static const char *const settings[] = {"SET enable_external_access = false",
                                           "SET lock_configuration = true"};
    lamna_status status = LAMNA_OK;
    char allowed[64];
    (void)snprintf(allowed, sizeof allowed, "SET allowed_paths = ['/dev/fd/%d']", s->copies[1]);
    if (s->options->parquet)
        status = session_define(s, allowed, err);
    for (size_t i = 0; i < sizeof settings / sizeof *settings && status == LAMNA_OK; i++)
        status = session_define(s, settings[i], err);
    return status;
}

/* A file that is not there is named, and the others are read. */
static lamna_status add_files(struct sql_session *s, lamna_error *err)
{
    for (size_t i = 0; i < s->options->file_count; i++) {
        if (files_add(&s->files, s->options->files[i], err) == LAMNA_ERR_MEMORY)
            return LAMNA_ERR_MEMORY;
        if (err->status != LAMNA_OK)
            session_problem(s, s->options->files[i], err);
        *err = (lamna_error){0};
    }
    if (s->files.count == 0 && s->options->file_count > 0)
        return sql_error(err, LAMNA_ERR_IO, "there is no capture to ask");
    return LAMNA_OK;
}

static lamna_status session_open_all(struct sql_session *s, lamna_error *err)
{
    lamna_status status = add_files(s, err);
    if (status == LAMNA_OK && s->options->parquet && pipe2(s->copies, O_CLOEXEC) != 0)
        status = sql_error(err, LAMNA_ERR_IO, "cannot make a pipe: %s", strerror(errno));
    if (status == LAMNA_OK)
        status = duck_load(&s->duck, err);
    if (status == LAMNA_OK)
        status = open_database(s, err);
    if (status == LAMNA_OK)
        status = tables_register(s, err);
    if (status == LAMNA_OK && !s->options->allow_files)
        status = close_doors(s, err);
    return status;
}

struct sql_session *sql_open(const struct sql_options *options, lamna_error *err)
{
    struct sql_session *s = calloc(1, sizeof *s);
    *err = (lamna_error){0};
    if (s == NULL) {
        (void)sql_error(err, LAMNA_ERR_MEMORY, "out of memory");
        return NULL;
    }
    s->options = options;
    s->copies[0] = s->copies[1] = -1;
    (void)pthread_mutex_init(&s->lock, NULL);
    if (session_open_all(s, err) == LAMNA_OK)
        return s;
    sql_close(s);
    return NULL;
}

void sql_close(struct sql_session *s)
{
    if (s == NULL)
        return;
    if (s->connection != NULL)
        s->duck.disconnect(&s->connection);
    if (s->database != NULL)
        s->duck.close(&s->database);
    duck_unload(&s->duck);
    for (size_t i = 0; i < 2; i++) {
        if (s->copies[i] >= 0)
            (void)close(s->copies[i]);
    }
    files_free(&s->files);
    words_free(&s->words);
    for (size_t i = 0; i < s->problem_count; i++)
        free(s->problems[i]);
    free(s->problems);
    (void)pthread_mutex_destroy(&s->lock);
    free(s);
}

/* ---- Running ------------------------------------------------------------------------------------ */

void sql_interrupt(struct sql_session *s)
{
    atomic_store(&s->interrupted, true);
    s->duck.interrupt(s->connection);
}

lamna_status session_failed(struct sql_session *s, const char *message, lamna_status status)
{
    if (atomic_load(&s->interrupted)) {
        (void)fprintf(stderr, "lamna: stopped\n");
        return LAMNA_STOPPED;
    }
    say(message != NULL ? message : "out of memory");
    return status;
}

bool session_is_wrong(const struct duck *d, duck_result *result)
{
    int type = d->result_error_type(result);
    return type == DUCK_ERROR_PARSER || type == DUCK_ERROR_SYNTAX || type == DUCK_ERROR_BINDER ||
           type == DUCK_ERROR_CATALOG;
}

/* A reader that went away wants no more, which is no error. */
static lamna_status print(struct sql_session *s, duck_result *result, enum sql_format format,
                          FILE *out)
{
    const struct duck *d = &s->duck;
    lamna_error err = {0};
    if (d->result_return_type(*result) != DUCK_RESULT_ROWS)
        return LAMNA_OK;
    errno = 0;
    lamna_status status = print_result(d, result, format, out, &err);
    if (status == LAMNA_ERR_IO && errno == EPIPE)
        return LAMNA_END;
    if (status == LAMNA_OK && d->result_error(result) != NULL)
        return session_failed(s, d->result_error(result), LAMNA_ERR_IO);
    if (status == LAMNA_OK && atomic_load(&s->interrupted))
        return session_failed(s, NULL, LAMNA_STOPPED);
    return status == LAMNA_OK ? status : session_failed(s, err.message, status);
}

static lamna_status run_pending(struct sql_session *s, duck_pending pending, enum sql_format format,
                                FILE *out)
{
    const struct duck *d = &s->duck;
    duck_result result = {0};
    lamna_status status;
    session_progress_begin(s);
    bool done = d->execute_pending(pending, &result) == DUCK_OK;
    session_progress_end(s);
    if (done)
        status = print(s, &result, format, out);
    else
        status = session_failed(s, d->result_error(&result), LAMNA_ERR_IO);
    d->destroy_result(&result);
    return status;
}

static lamna_status run_statement(struct sql_session *s, duck_statements statements,
                                  uint64_t number, enum sql_format format, FILE *out)
{
    const struct duck *d = &s->duck;
    duck_statement statement = NULL;
    duck_pending pending = NULL;
    lamna_status status;
    if (d->prepare_extracted_statement(s->connection, statements, number, &statement) != DUCK_OK)
        status = session_failed(s, d->prepare_error(statement), LAMNA_ERR_FILTER);
    else if (d->pending_prepared_streaming(statement, &pending) != DUCK_OK)
        status = session_failed(s, d->pending_error(pending), LAMNA_ERR_FILTER);
    else
        status = run_pending(s, pending, format, out);
    d->destroy_pending(&pending);
    d->destroy_prepare(&statement);
    return status;
}

/* All statements of a text, one after the other. */
static lamna_status run_all(struct sql_session *s, const char *query, enum sql_format format,
                            FILE *out)
{
    const struct duck *d = &s->duck;
    duck_statements statements = NULL;
    lamna_status status = LAMNA_OK;
    uint64_t count = d->extract_statements(s->connection, query, &statements);
    if (count == 0 && d->extract_statements_error(statements) != NULL)
        status = session_failed(s, d->extract_statements_error(statements), LAMNA_ERR_FILTER);
    for (uint64_t i = 0; i < count && status == LAMNA_OK; i++)
        status = run_statement(s, statements, i, format, out);
    d->destroy_extracted(&statements);
    return status;
}

lamna_status sql_run(struct sql_session *s, const char *text, enum sql_format format, FILE *out)
{
    size_t length;
    lamna_error err = {.status = LAMNA_ERR_MEMORY, .message = "out of memory"};
    atomic_store(&s->interrupted, false);
    if (!words_read(&s->words, s->options->reg, text))
        return session_failed(s, NULL, LAMNA_ERR_MEMORY);
    const char *query = lamna_text_data(s->words.text, &length);
    if (query == NULL || tables_define(s, &err) != LAMNA_OK)
        return session_failed(s, err.message, err.status);
    return format == SQL_PARQUET ? copy_parquet(s, query, out) : run_all(s, query, format, out);
}
