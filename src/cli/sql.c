/* SQL over captures. */
#include "sql/sql.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/cli.h"

/* The last argument is a query if no file has such a name, and no file's name would have spaces and be a pattern or
 * a misspelling of one. */
static const char *query_of(const struct cli *cli)
{
    struct stat about;
    const char *last = cli_argument(cli, cli->argument_count - 1);
    if (strcmp(last, "-") == 0 || stat(last, &about) == 0 || strpbrk(last, " \t\n;") == NULL)
        return NULL;
    return last;
}

static bool format_of(const struct cli *cli, enum sql_format *format)
{
    static const char *const names[] = {[SQL_TABLE] = "table",
                                        [SQL_CSV] = "csv",
                                        [SQL_NDJSON] = "ndjson",
                                        [SQL_PARQUET] = "parquet"};
    const char *name = cli_value(cli, "format");
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (name == NULL || strcmp(name, names[i]) == 0) {
            *format = (enum sql_format)i;
            return true;
        }
    }
    cli_say(0, "--format is table, csv, ndjson or parquet, not \"%s\"", name);
    return false;
}

/* The values of an option that may be repeated. To be freed; NULL without memory. */
static const char **values_of(const struct cli *cli, const char *option, size_t *count)
{
    const char **values = calloc((size_t)cli->given_count + 1, sizeof *values);
    *count = 0;
    for (int i = 0; i < cli->given_count && values != NULL; i++) {
        if (strcmp(cli->given[i].option->name, option) == 0)
            values[(*count)++] = cli->given[i].value;
    }
    return values;
}

/* ---- Ctrl-C ------------------------------------------------------------------------------------ */

/* A signal handler has no argument. What it writes, a thread reads that may do more than a handler may. */
static int signal_pipe[2];

static void on_interrupt(int number)
{
    int saved = errno;
    (void)number;
    (void)!write(signal_pipe[1], "i", 1);
    errno = saved;
}

static void *watch_main(void *session)
{
    char what;
    while (read(signal_pipe[0], &what, 1) == 1 && what == 'i')
        sql_interrupt(session);
    return NULL;
}

/* From now on Ctrl-C stops a query, and interrupts reading. If there is but one query, a second Ctrl-C ends the
 * program: a capture may be a pipe that nobody writes to. */
static bool watch_begin(struct sql_session *s, pthread_t *watch, bool once)
{
    struct sigaction action = {.sa_handler = on_interrupt,
                               .sa_flags = once ? (int)SA_RESETHAND : 0};
    if (pipe(signal_pipe) != 0 || pthread_create(watch, NULL, watch_main, s) != 0)
        return false;
    return sigaction(SIGINT, &action, NULL) == 0;
}

static void watch_end(pthread_t watch)
{
    (void)signal(SIGINT, SIG_DFL);
    (void)!write(signal_pipe[1], "q", 1);
    (void)pthread_join(watch, NULL);
    (void)close(signal_pipe[0]);
    (void)close(signal_pipe[1]);
}

/* ---- The command ------------------------------------------------------------------------------- */

static int status_of(struct sql_session *s, lamna_status status)
{
    if (status == LAMNA_ERR_FILTER)
        return EXIT_USAGE;
    bool done = status == LAMNA_OK || status == LAMNA_END;
    return done && !sql_had_problems(s) ? EXIT_OK : EXIT_FAILED;
}

/* Signals are this thread's: those that the database makes inherit that they are not theirs. */
static struct sql_session *open_session(const struct sql_options *options, pthread_t *watch,
                                        bool once, lamna_error *err)
{
    sigset_t interrupt, before;
    (void)sigemptyset(&interrupt);
    (void)sigaddset(&interrupt, SIGINT);
    (void)pthread_sigmask(SIG_BLOCK, &interrupt, &before);
    struct sql_session *s = sql_open(options, err);
    if (s != NULL && !watch_begin(s, watch, once)) {
        sql_close(s);
        s = NULL;
        *err = (lamna_error){.status = LAMNA_ERR_MEMORY,
                             .message = "there is no thread to watch for Ctrl-C"};
    }
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    return s;
}

/* Without a query, statements are read from standard input. */
static int run_query(const struct sql_options *options, const char *query, enum sql_format format)
{
    lamna_error err;
    pthread_t watch;
    struct sql_session *s = open_session(options, &watch, query != NULL, &err);
    if (s == NULL)
        return cli_fail(&err, NULL);
    int status =
        status_of(s, query != NULL ? sql_run(s, query, format, stdout) : sql_prompt(s, format));
    watch_end(watch);
    sql_close(s);
    return status;
}

static bool has_stdin(const struct sql_options *options)
{
    for (size_t i = 0; i < options->file_count; i++) {
        if (strcmp(options->files[i], "-") == 0)
            return true;
    }
    return false;
}

/* What both commands are told alike. `keylogs` is to be freed. */
static int open_options(struct cli *cli, struct session *session, struct sql_options *options,
                        const char ***keylogs)
{
    const char *filter = cli_value(cli, "filter");
    int status = session_open(session, cli, NULL, filter);
    *options = (struct sql_options){.reg = session->reg,
                                    .files = cli->arguments,
                                    .file_count = (size_t)cli->argument_count,
                                    .filter = filter,
                                    .threads = session->threads,
                                    .memory = cli_value(cli, "memory")};
    *keylogs = values_of(cli, "keylog", &options->keylog_count);
    options->keylogs = *keylogs;
    return status;
}

int command_sql(struct cli *cli)
{
    struct session session;
    struct sql_options options;
    enum sql_format format;
    const char **keylogs, *query = query_of(cli);
    if (!format_of(cli, &format))
        return EXIT_USAGE;
    int status = open_options(cli, &session, &options, &keylogs);
    options.file_count -= query != NULL;
    options.allow_files = cli_flag(cli, "allow-files");
    options.parquet = format == SQL_PARQUET;
    if (status == EXIT_OK && options.file_count == 0 && !options.allow_files)
        status = cli_say(EXIT_USAGE, "name a capture to ask, before the query");
    else if (status == EXIT_OK && query == NULL && has_stdin(&options))
        status =
            cli_say(EXIT_USAGE, "a capture from standard input needs a query on the command line");
    else if (status == EXIT_OK && options.parquet && (query == NULL || isatty(STDOUT_FILENO)))
        status =
            cli_say(EXIT_USAGE, "--format parquet takes one query, and writes to a file or a pipe");
    if (status == EXIT_OK)
        status = run_query(&options, query, format);
    free(keylogs);
    session_close(&session);
    return status;
}

/* ---- Export ------------------------------------------------------------------------------------ */

/* --parquet DIR, --csv DIR or --ndjson DIR. */
static bool export_folder(const struct cli *cli, struct export_options *export)
{
    static const char *const formats[] = {
        [EXPORT_PARQUET] = "parquet", [EXPORT_CSV] = "csv", [EXPORT_NDJSON] = "ndjson"};
    int given = 0;
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
        const char *folder = cli_value(cli, formats[i]);
        if (folder == NULL)
            continue;
        export->folder = folder;
        export->format = (enum export_format)i;
        given++;
    }
    return given == 1 || cli_say(0, "export needs one of --parquet DIR, --csv DIR, --ndjson DIR");
}

/* Cuts a list at its commas. To be freed, as is *text. */
static const char **split(const char *list, char **text, size_t *count)
{
    *text = strdup(list);
    const char **parts = calloc(strlen(list) / 2 + 1, sizeof *parts);
    *count = 0;
    if (*text == NULL || parts == NULL)
        return parts;
    char *rest = *text;
    for (char *part; (part = strtok_r(rest, ",", &rest)) != NULL;)
        parts[(*count)++] = part;
    return parts;
}

static int run_export(const struct sql_options *options, const struct export_options *export)
{
    lamna_error err;
    pthread_t watch;
    struct export_counts counts;
    struct sql_session *s = open_session(options, &watch, false, &err);
    if (s == NULL)
        return cli_fail(&err, NULL);
    lamna_status status = sql_export(s, export, &counts, &err);
    watch_end(watch);
    int result = sql_had_problems(s) ? EXIT_FAILED : EXIT_OK;
    if (status == LAMNA_STOPPED)
        result = cli_say(EXIT_FAILED, "stopped; the same command goes on from here");
    else if (status != LAMNA_OK)
        result = cli_fail(&err, NULL);
    if (status == LAMNA_OK || status == LAMNA_STOPPED)
        (void)printf("%zu files written, %zu complete already\n", counts.written, counts.skipped);
    sql_close(s);
    return result;
}

int command_export(struct cli *cli)
{
    struct session session;
    struct sql_options options;
    struct export_options export = {.fields = cli_value(cli, "fields"),
                                    .partition = cli_value(cli, "partition")};
    const char **keylogs, *tables = cli_value(cli, "tables");
    char *text;
    if (!export_folder(cli, &export))
        return EXIT_USAGE;
    int status = open_options(cli, &session, &options, &keylogs);
    options.allow_files = true;
    const char **names =
        split(tables != NULL ? tables : "packets,flows", &text, &export.table_count);
    export.tables = names;
    if (status == EXIT_OK && has_stdin(&options))
        status = cli_say(EXIT_USAGE, "only files can be exported");
    if (status == EXIT_OK)
        status = run_export(&options, &export);
    free(names);
    free(text);
    free(keylogs);
    session_close(&session);
    return status;
}
