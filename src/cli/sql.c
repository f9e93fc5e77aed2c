/* SQL over captures. */
#include "sql/sql.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

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
    static const char *const names[] = {
        [SQL_TABLE] = "table", [SQL_CSV] = "csv", [SQL_NDJSON] = "ndjson"};
    const char *name = cli_value(cli, "format");
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (name == NULL || strcmp(name, names[i]) == 0) {
            *format = (enum sql_format)i;
            return true;
        }
    }
    cli_say(0, "--format is table, csv or ndjson, not \"%s\"", name);
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

static int run_query(const struct sql_options *options, const char *query, enum sql_format format)
{
    lamna_error err;
    struct sql_session *s = sql_open(options, &err);
    if (s == NULL)
        return cli_fail(&err, NULL);
    lamna_status status = sql_run(s, query, format, stdout);
    int result = status == LAMNA_OK || status == LAMNA_STOPPED ? EXIT_OK
                 : status == LAMNA_ERR_FILTER                  ? EXIT_USAGE
                                                               : EXIT_FAILED;
    if (result == EXIT_OK && sql_had_problems(s))
        result = EXIT_FAILED;
    sql_close(s);
    return result;
}

int command_sql(struct cli *cli)
{
    struct session session;
    enum sql_format format;
    const char *query = query_of(cli);
    if (!format_of(cli, &format))
        return EXIT_USAGE;
    int status = session_open(&session, cli, NULL, cli_value(cli, "filter"));
    size_t keylogs;
    const char **keylog = values_of(cli, "keylog", &keylogs);
    struct sql_options options = {.reg = session.reg,
                                  .files = cli->arguments,
                                  .file_count = (size_t)cli->argument_count - (query != NULL),
                                  .filter = cli_value(cli, "filter"),
                                  .keylogs = keylog,
                                  .keylog_count = keylogs,
                                  .threads = session.threads,
                                  .memory = cli_value(cli, "memory"),
                                  .allow_files = cli_flag(cli, "allow-files")};
    if (status == EXIT_OK)
        status = run_query(&options, query, format);
    free(keylog);
    session_close(&session);
    return status;
}
