/* What is wrong in a capture, in words: all of it at the end, or each as it arises. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli/cli.h"

enum {
    SEVERITY,
    RULE,
    STREAM,
    CLIENT,
    SERVER,
    TEXT,
    COUNT,
    FIRST,
    COST,
    FILTER,
    ADVICE,
    PACKETS,
    BYTES,
    DOUBT
};

/* Marks what po/ has a translation of. */
#define N_(text) text

static const char *text_of(const lamna_report *r, size_t row, size_t column)
{
    lamna_cell cell = lamna_report_cell(r, row, column);
    return cell.type == LAMNA_CELL_TEXT ? cell.value.text : "";
}

/* A colour for the eye, on a terminal: red, yellow, none. */
static const char *colour_of(const char *severity)
{
    if (!isatty(STDOUT_FILENO))
        return "";
    return strcmp(severity, "bad") == 0       ? "\033[1;31m"
           : strcmp(severity, "warning") == 0 ? "\033[33m"
                                              : "";
}

/* In the reader's language, and as wide as the widest in English. */
static void print_severity(const char *severity)
{
    static const char *const names[] = {N_("bad"), N_("warning"), N_("note")};
    const char *name = severity, *colour = colour_of(severity);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (strcmp(names[i], severity) == 0)
            name = cli_translate(names[i]);
    }
    (void)printf("%s%-7s%s  ", colour, name, *colour != '\0' ? "\033[0m" : "");
}

static void print_cost(const lamna_report *r, size_t row)
{
    lamna_cell cost = lamna_report_cell(r, row, COST), bytes = lamna_report_cell(r, row, BYTES);
    if (cost.type != LAMNA_CELL_DURATION && bytes.type != LAMNA_CELL_BYTES)
        return;
    (void)printf("         %s:", cli_translate(N_("cost")));
    if (cost.type == LAMNA_CELL_DURATION)
        (void)printf(" %.3f s", (double)cost.value.i / 1e9);
    if (bytes.type == LAMNA_CELL_BYTES)
        (void)printf("%s %" PRIu64 " %s", cost.type == LAMNA_CELL_DURATION ? "," : "",
                     bytes.value.u, cli_translate(N_("bytes")));
    (void)printf("\n");
}

static void print_finding(const lamna_report *r, size_t row)
{
    lamna_cell stream = lamna_report_cell(r, row, STREAM);
    const char *packets = text_of(r, row, PACKETS), *doubt = text_of(r, row, DOUBT);
    print_severity(text_of(r, row, SEVERITY));
    (void)printf("%s", text_of(r, row, TEXT));
    if (stream.type == LAMNA_CELL_COUNT)
        (void)printf("\n         %s %" PRIu64 ": %s \u2192 %s", cli_translate(N_("connection")),
                     stream.value.u, text_of(r, row, CLIENT), text_of(r, row, SERVER));
    (void)printf("\n         ");
    if (packets[0] != '\0')
        (void)printf("%s %s; ", cli_translate(N_("packet")), packets);
    (void)printf("%s: %s\n", cli_translate(N_("filter")), text_of(r, row, FILTER));
    print_cost(r, row);
    (void)printf("         %s: %s\n", text_of(r, row, RULE), text_of(r, row, ADVICE));
    if (doubt[0] != '\0')
        (void)printf("         %s: %s\n", cli_translate(N_("doubtful")), doubt);
    (void)printf("\n");
}

void findings_print(const lamna_report *r)
{
    size_t rows = lamna_report_rows(r), bad = 0, warnings = 0;
    for (size_t row = 0; row < rows; row++) {
        print_finding(r, row);
        bad += strcmp(text_of(r, row, SEVERITY), "bad") == 0;
        warnings += strcmp(text_of(r, row, SEVERITY), "warning") == 0;
    }
    if (rows == 0)
        (void)printf("%s\n", cli_translate(N_("Nothing wrong was found.")));
    else
        (void)printf("%zu %s, %zu %s, %zu %s\n", bad, cli_translate(N_("bad")), warnings,
                     cli_translate(N_("warnings")), rows - bad - warnings,
                     cli_translate(N_("notes")));
}

/* ---- As they arise -------------------------------------------------------------------------------- */

lamna_report *findings_live_begin(struct session *s)
{
    lamna_error err;
    lamna_report_options options = {.translate = cli_translate};
    lamna_report *r = lamna_report_new(s->reg, "findings", &options, &err);
    if (r != NULL && lamna_report_ask(r, s->query, &err) == LAMNA_OK)
        return r;
    (void)cli_fail(&err, NULL);
    lamna_report_free(r);
    return NULL;
}

/* One line each: when, how bad, what, where. */
static void print_news(const lamna_report *r)
{
    char now[16] = "";
    struct tm local;
    time_t seconds = time(NULL);
    if (lamna_report_rows(r) > 0 && localtime_r(&seconds, &local) != NULL)
        (void)strftime(now, sizeof now, "%H:%M:%S", &local);
    for (size_t row = 0; row < lamna_report_rows(r); row++) {
        (void)printf("%s  ", now);
        print_severity(text_of(r, row, SEVERITY));
        (void)printf("%s: %s", text_of(r, row, RULE), text_of(r, row, TEXT));
        if (text_of(r, row, CLIENT)[0] != '\0')
            (void)printf(" (%s \u2192 %s)", text_of(r, row, CLIENT), text_of(r, row, SERVER));
        (void)printf("\n");
    }
}

static int news(lamna_report *r, int64_t now_ns)
{
    lamna_error err;
    if (lamna_report_news(r, now_ns, &err) != LAMNA_OK)
        return cli_fail(&err, NULL);
    print_news(r);
    return EXIT_OK;
}

/* While nothing comes, time passes: that too may be worth a word. */
static void while_waiting(void *context)
{
    enum { PATIENCE_MS = 250 };
    struct session *s = context;
    struct timespec t;
    do {
        (void)clock_gettime(CLOCK_REALTIME, &t);
        session_tell_dropped(s, s->findings);
        (void)news(s->findings, (int64_t)t.tv_sec * 1000000000 + t.tv_nsec);
        session_flush(s);
    } while (lamna_source_wait(s->source, PATIENCE_MS) == LAMNA_END);
}

void findings_live_run(struct session *s, lamna_report *r)
{
    s->findings = r;
    lamna_run_on_wait(s->run, while_waiting, s);
}

int findings_live_add(lamna_report *r, const lamna_packet *packet)
{
    lamna_report_add(r, packet);
    return news(r, 0);
}

int findings_live_end(struct session *s, lamna_report *r)
{
    lamna_error err;
    session_tell_dropped(s, r);
    if (lamna_report_finish(r, &err) != LAMNA_OK)
        return cli_fail(&err, NULL);
    (void)printf("\n");
    findings_print(r);
    return EXIT_OK;
}
