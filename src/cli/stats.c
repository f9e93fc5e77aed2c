/* lamna stats, and the other commands that print a report. */
#include <stdlib.h>
#include <string.h>

#include "cli/diagram.h"
#include "cli/ladder.h"
#include "cli/plot.h"
#include "cli/table.h"

static int say_kinds(const char *wrong)
{
    const char *summary, *name;
    int status = cli_say(EXIT_USAGE, "there is no report \"%s\"; there are", wrong);
    for (size_t i = 0; (name = lamna_report_kind(i, &summary)) != NULL; i++)
        (void)fprintf(stderr, "  %-14s %s\n", name, summary);
    return status;
}

enum { SERIES_MOST = 64 };

/* What the options of a report borrow. */
struct asked {
    lamna_report_options options;
    const char *series[SERIES_MOST];
    lamna_names *names; /* owned */
};

static int interval_of(const char *interval, lamna_report_options *options)
{
    char *rest;
    if (interval == NULL)
        return EXIT_OK;
    if (strcmp(interval, "auto") == 0) {
        options->interval_ns = LAMNA_INTERVAL_AUTO;
        return EXIT_OK;
    }
    double seconds = strtod(interval, &rest);
    if (*rest != '\0' || rest == interval || !(seconds >= 1e-9) || seconds > 1e9)
        return cli_say(EXIT_USAGE, "--interval is a number of seconds or auto, not \"%s\"",
                       interval);
    options->interval_ns = (int64_t)(seconds * 1e9);
    return EXIT_OK;
}

/* asked_free() must follow in either case. */
static int asked_of(const struct cli *cli, struct asked *asked)
{
    *asked = (struct asked){.options = {.layer = cli_value(cli, "layer"),
                                        .by = cli_value(cli, "by"),
                                        .translate = cli_translate}};
    size_t n = 0;
    for (int i = 0; i < cli->given_count; i++) {
        if (strcmp(cli->given[i].option->name, "series") != 0)
            continue;
        if (n == SERIES_MOST)
            return cli_say(EXIT_USAGE, "--series may be given %d times", SERIES_MOST);
        asked->series[n++] = cli->given[i].value;
    }
    if (n > 0)
        asked->names = saved_names(false);
    asked->options.series = asked->series;
    asked->options.series_count = n;
    asked->options.names = asked->names;
    return interval_of(cli_value(cli, "interval"), &asked->options);
}

static void asked_free(struct asked *asked)
{
    lamna_names_free(asked->names);
}

/* The series whose text the error points into: the first that is wrong by itself. */
static const char *wrong_series(const lamna_registry *reg, const struct asked *asked)
{
    for (size_t i = 0; i < asked->options.series_count; i++) {
        lamna_report_options one = asked->options;
        one.series = &asked->series[i];
        one.series_count = 1;
        lamna_report *r = lamna_report_new(reg, "io", &one, NULL);
        lamna_report_free(r);
        if (r == NULL)
            return asked->series[i];
    }
    return NULL;
}

static bool is_format(const struct cli *cli, const char *name)
{
    const char *format = cli_value(cli, "format");
    return strcmp(format == NULL ? "text" : format, name) == 0;
}

static void report_print(struct session *s, const struct cli *cli, const char *kind,
                         const lamna_report *r)
{
    bool text = is_format(cli, "text"), io = strcmp(kind, "io") == 0;
    if (text && strcmp(kind, "findings") == 0)
        findings_print(r);
    else if (text && strcmp(kind, "steps") == 0)
        ladder_print_report(r, true);
    else if (text && io)
        plot_text(r);
    else if (text)
        print_table(r, NULL, NULL);
    else if (is_format(cli, "svg"))
        plot_svg(r, s->text);
    else if (is_format(cli, "csv"))
        (void)print_csv(r, s->text);
    else
        (void)print_ndjson(r, s->text);
    (void)session_print(s);
}

static int report_run(struct session *s, const struct cli *cli, const char *kind, lamna_report *r)
{
    lamna_error err;
    if (lamna_report_ask(r, s->query, &err) != LAMNA_OK)
        return cli_fail(&err, NULL);
    int status = session_run(s);
    if (status != EXIT_OK)
        return status;
    status = session_feed(s, session_report_add, r);
    session_tell_dropped(s, r);
    if (lamna_report_finish(r, &err) != LAMNA_OK)
        return cli_fail(&err, NULL);
    report_print(s, cli, kind, r);
    return status;
}

static int check_format(const struct cli *cli, const char *kind)
{
    const char *format = cli_value(cli, "format");
    bool io = strcmp(kind, "io") == 0;
    if (is_format(cli, "text") || is_format(cli, "csv") || is_format(cli, "ndjson") ||
        (io && is_format(cli, "svg")))
        return EXIT_OK;
    return cli_say(EXIT_USAGE, "--format is text, csv%s or ndjson, not \"%s\"", io ? ", svg" : "",
                   format);
}

static int fail_report(const lamna_registry *reg, const char *kind, const struct asked *asked,
                       const lamna_error *err)
{
    if (err->status == LAMNA_ERR_FILTER)
        return cli_fail(err, wrong_series(reg, asked));
    for (size_t i = 0; lamna_report_kind(i, NULL) != NULL; i++) {
        if (strcmp(lamna_report_kind(i, NULL), kind) == 0)
            return cli_fail(err, NULL);
    }
    return say_kinds(kind);
}

static int command_report(struct cli *cli, const char *kind, const char *filter)
{
    struct session s;
    struct asked asked = {0};
    lamna_error err;
    int status = check_format(cli, kind);
    if (status != EXIT_OK)
        return status;
    status = asked_of(cli, &asked);
    if (status != EXIT_OK) {
        asked_free(&asked);
        return status;
    }
    status = session_open(&s, cli, cli_argument(cli, 0), filter);
    lamna_report *r = NULL;
    if (status == EXIT_OK) {
        r = lamna_report_new(s.reg, kind, &asked.options, &err);
        status = r == NULL ? fail_report(s.reg, kind, &asked, &err) : report_run(&s, cli, kind, r);
    }
    lamna_report_free(r);
    session_close(&s);
    asked_free(&asked);
    return status;
}

int command_stats(struct cli *cli)
{
    return command_report(cli, cli_argument(cli, 1), cli_filter(cli, 2));
}

static void print_ladder(const lamna_report *r, const char *title)
{
    (void)title;
    ladder_print_report(r, true);
}

int command_explain(struct cli *cli)
{
    const char *path = cli_argument(cli, 0), *filter = cli_filter(cli, 1), *format = cli_value(cli, "format");
    if (!cli_language(cli_value(cli, "lang")))
        return cli_say(EXIT_USAGE, "--lang takes en or zh, not \"%s\"", cli_value(cli, "lang"));
    if (format == NULL || strcmp(format, "text") == 0)
        return ladder_read_and_print(cli, path, filter, print_ladder);
    if (strcmp(format, "svg") == 0)
        return ladder_read_and_print(cli, path, filter, diagram_print_report);
    if (strcmp(format, "html") == 0)
        return ladder_read_and_print(cli, path, filter, page_print_report);
    if (strcmp(format, "csv") != 0 && strcmp(format, "ndjson") != 0)
        return cli_say(EXIT_USAGE, "--format is text, svg, html, csv or ndjson, not \"%s\"", format);
    return command_report(cli, "steps", filter);
}

int command_findings(struct cli *cli)
{
    if (!cli_language(cli_value(cli, "lang")))
        return cli_say(EXIT_USAGE, "--lang takes en or zh, not \"%s\"", cli_value(cli, "lang"));
    return command_report(cli, "findings", cli_filter(cli, 1));
}
