/* What the commands share: options, errors, and a capture opened with a question. */
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"

enum { BLOCK = 1 << 16 };

const char *cli_value(const struct cli *cli, const char *option)
{
    for (int i = cli->given_count; i-- > 0;) {
        if (strcmp(cli->given[i].option->name, option) == 0)
            return cli->given[i].value;
    }
    return NULL;
}

bool cli_flag(const struct cli *cli, const char *option)
{
    return cli_value(cli, option) != NULL;
}

const char *cli_argument(const struct cli *cli, int i)
{
    return i < cli->argument_count ? cli->arguments[i] : NULL;
}

const char *cli_filter(const struct cli *cli, int i)
{
    const char *given = cli_value(cli, "filter");
    return given != NULL ? given : cli_argument(cli, i);
}

bool cli_number(const struct cli *cli, const char *option, unsigned long long least,
                unsigned long long most, unsigned long long *value)
{
    const char *text = cli_value(cli, option);
    if (text == NULL)
        return true;
    char *end;
    errno = 0;
    unsigned long long v = strtoull(text, &end, 10);
    if (errno != 0 || end == text || *end != '\0' || text[0] == '-' || v < least || v > most) {
        cli_say(0, "--%s takes a number from %llu to %llu, not \"%s\"", option, least, most, text);
        return false;
    }
    *value = v;
    return true;
}

int cli_say(int status, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    (void)fputs("lamna: ", stderr);
    (void)vfprintf(stderr, fmt, args);
    (void)fputc('\n', stderr);
    va_end(args);
    return status;
}

/* Columns of the terminal, not bytes: continuation bytes of UTF-8 take none. */
static int columns_of(const char *s, size_t n)
{
    int columns = 0;
    for (size_t i = 0; i < n && s[i] != '\0'; i++)
        columns += ((unsigned char)s[i] & 0xc0) != 0x80;
    return columns;
}

/* The filter, and a caret under the place. */
static void print_place(const char *filter, uint32_t begin, uint32_t end)
{
    size_t n = strlen(filter);
    (void)fprintf(stderr, "  %s\n  %*s^", filter, columns_of(filter, begin), "");
    int width = columns_of(filter + (begin < n ? begin : n), end - begin);
    for (int i = 1; i < width; i++)
        (void)fputc('~', stderr);
    (void)fputc('\n', stderr);
}

int cli_fail(const lamna_error *err, const char *filter)
{
    cli_say(0, "%s", err->message);
    if (err->status == LAMNA_ERR_FILTER && filter != NULL && (err->end > 0 || err->begin > 0))
        print_place(filter, err->begin, err->end);
    if (err->hint[0] != '\0')
        (void)fprintf(stderr, "  %s\n", err->hint);
    return err->status == LAMNA_ERR_FILTER || err->status == LAMNA_ERR_ARGUMENT ? EXIT_USAGE
                                                                                : EXIT_FAILED;
}

void cli_warnings(const lamna_query *query, const char *filter)
{
    lamna_error warning;
    for (size_t i = 0; lamna_query_warning(query, i, &warning); i++) {
        cli_say(0, "warning: %s", warning.message);
        print_place(filter, warning.begin, warning.end);
    }
}

/* Gives the filter's ${field} their values, from the packet that --selected names. */
static int select_packet(struct session *s, const struct cli *cli, const char *path)
{
    lamna_error err;
    unsigned long long number = 0;
    if (!cli_number(cli, "selected", 1, ~0ull, &number))
        return EXIT_USAGE;
    if (!lamna_query_needs_selection(s->query))
        return EXIT_OK;
    if (number == 0)
        return cli_say(EXIT_OK,
                       "warning: the filter refers to a selected packet; --selected N tells which");
    if (strcmp(path, "-") == 0)
        return cli_say(EXIT_USAGE,
                       "--selected reads the capture twice, and standard input cannot be");
    lamna_source *source = lamna_source_open(path, NULL, &err);
    lamna_status status =
        source != NULL ? lamna_query_select(s->query, source, number, &err) : err.status;
    lamna_source_close(source);
    if (status == LAMNA_END)
        return cli_say(EXIT_FAILED, "there is no packet %llu to select", number);
    return status == LAMNA_OK ? EXIT_OK : cli_fail(&err, NULL);
}

/* The secrets that --keylog names; may be given more than once. */
static int open_keylogs(struct session *s, const struct cli *cli)
{
    lamna_error err;
    size_t known = 0, before = 0;
    for (int i = 0; i < cli->given_count; i++) {
        const char *path = cli->given[i].value;
        if (strcmp(cli->given[i].option->name, "keylog") != 0)
            continue;
        if (lamna_query_keylog(s->query, path, &known, &err) != LAMNA_OK)
            return cli_fail(&err, NULL);
        if (known == before)
            cli_say(0, "warning: %s has no secrets in it", path);
        before = known;
    }
    return EXIT_OK;
}

/* Applies every -d. */
static int decode_as(lamna_registry *reg, const struct cli *cli)
{
    lamna_error err;
    for (int i = 0; i < cli->given_count; i++) {
        const struct cli_given *given = &cli->given[i];
        if (strcmp(given->option->name, "decode-as") == 0 &&
            lamna_registry_decode_as(reg, given->value, &err) != LAMNA_OK)
            return cli_fail(&err, NULL);
    }
    return EXIT_OK;
}

static int open_query(struct session *s, const struct cli *cli, const char *filter)
{
    lamna_error err;
    s->query = lamna_query_new(s->reg, &err);
    if (s->query == NULL)
        return cli_fail(&err, NULL);
    int status = open_keylogs(s, cli);
    const char *letters = cli_value(cli, "resolve");
    if (letters != NULL && lamna_query_resolve(s->query, letters, &err) != LAMNA_OK)
        return cli_fail(&err, NULL);
    if (status != EXIT_OK || filter == NULL)
        return status;
    s->names = saved_names(false);
    lamna_query_names(s->query, s->names);
    if (lamna_query_filter(s->query, filter, &err) != LAMNA_OK)
        return cli_fail(&err, filter);
    cli_warnings(s->query, filter);
    return EXIT_OK;
}

/* Makes the index of the file again, where it was. */
static void make_index(struct session *s, const char *path)
{
    lamna_error err;
    lamna_source *source = lamna_source_open(path, NULL, &err);
    if (source != NULL && lamna_index_build(s->reg, source, NULL, NULL, &err) == LAMNA_OK)
        s->index = lamna_index_open(s->reg, s->source, NULL, &err);
    if (s->index == NULL)
        cli_say(0, "warning: there is no new one: %s", err.message);
    lamna_source_close(source);
}

/* The index that --index names, or the one that there is; one that cannot be used is made again. */
static int open_index(struct session *s, const struct cli *cli, const char *path)
{
    lamna_error err;
    const char *given = cli_value(cli, "index");
    bool automatic = given == NULL || strcmp(given, "auto") == 0;
    if (given != NULL && strcmp(given, "off") == 0)
        return EXIT_OK;
    s->index = lamna_index_open(s->reg, s->source, automatic ? NULL : given, &err);
    if (s->index == NULL && !automatic)
        return cli_fail(&err, NULL);
    if (s->index == NULL && err.status != LAMNA_END) {
        cli_say(0, "warning: %s; it is made again", err.message);
        make_index(s, path);
    }
    lamna_query_index(s->query, s->index);
    return EXIT_OK;
}

int session_open(struct session *s, const struct cli *cli, const char *path, const char *filter)
{
    lamna_error err;
    *s = (struct session){.filter = filter, .block = isatty(STDOUT_FILENO) ? 0 : BLOCK};
    unsigned long long threads = 0;
    if (!cli_number(cli, "threads", 1, LAMNA_THREADS_MOST, &threads))
        return EXIT_USAGE;
    s->threads = (unsigned)threads;
    s->explain = cli_flag(cli, "explain");
    s->text = lamna_text_new();
    s->reg = lamna_registry_new(&err);
    if (s->text == NULL || s->reg == NULL)
        return cli_say(EXIT_FAILED, "out of memory");
    int status = decode_as(s->reg, cli);
    if (status == EXIT_OK)
        status = open_query(s, cli, filter);
    if (status != EXIT_OK || path == NULL)
        return status;
    status = select_packet(s, cli, path);
    if (status != EXIT_OK)
        return status;
    lamna_open_options options = {.follow = cli_flag(cli, "follow")};
    s->source = lamna_source_open(path, &options, &err);
    if (s->source == NULL)
        return cli_fail(&err, NULL);
    return open_index(s, cli, path);
}

/* Before the run waits for packets, what there is goes out. A failure is met again by the next
 * write. */
void session_flush(struct session *s)
{
    (void)session_print(s);
    (void)fflush(stdout);
    if (s->writer != NULL)
        (void)lamna_writer_flush(s->writer, NULL);
}

static void flush_all(void *session)
{
    session_flush(session);
}

void session_tell_dropped(struct session *s, lamna_report *r)
{
    lamna_source_stats stats;
    lamna_source_stats_get(s->source, &stats);
    lamna_report_dropped(r, stats.dropped_kernel + stats.dropped_interface);
}

int session_run(struct session *s)
{
    lamna_error err;
    s->run = lamna_run_new(s->query, s->source, &err);
    if (s->run == NULL)
        return cli_fail(&err, NULL);
    lamna_run_on_wait(s->run, flush_all, s);
    return EXIT_OK;
}

void session_close(struct session *s)
{
    lamna_run_free(s->run);
    lamna_index_close(s->index);
    lamna_source_close(s->source);
    lamna_query_free(s->query);
    lamna_names_free(s->names);
    lamna_registry_free(s->reg);
    lamna_text_free(s->text);
}

static void explain_run(struct session *s)
{
    lamna_error err;
    size_t n;
    lamna_text_clear(s->text);
    if (s->filter != NULL)
        (void)lamna_query_explain(s->query, s->text, &err);
    lamna_run_explain(s->run, s->text);
    const char *text = lamna_text_data(s->text, &n);
    (void)fwrite(text, 1, text != NULL ? n : 0, stderr);
    lamna_text_clear(s->text);
}

int session_end(struct session *s, lamna_status status, const lamna_error *err)
{
    bool printed = session_print(s) && fflush(stdout) == 0;
    if (s->explain)
        explain_run(s);
    if (s->index != NULL && lamna_index_damaged(s->index))
        cli_say(0, "warning: %s is damaged and was not used; remove it, or make it again",
                lamna_index_path(s->index));
    if (!printed && errno != EPIPE)
        return cli_say(EXIT_FAILED, "cannot write to standard output: %s", strerror(errno));
    if (status == LAMNA_OK || status == LAMNA_END || status == LAMNA_STOPPED)
        return EXIT_OK;
    return cli_fail(err, s->filter);
}

bool session_print(struct session *s)
{
    size_t length;
    const char *data = lamna_text_data(s->text, &length);
    bool ok = data != NULL && fwrite(data, 1, length, stdout) == length;
    lamna_text_clear(s->text);
    return ok;
}

bool session_put(struct session *s)
{
    size_t length;
    return lamna_text_data(s->text, &length) != NULL && (length < s->block || session_print(s));
}

unsigned session_threads(const struct session *s)
{
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    unsigned threads = s->threads != 0 ? s->threads : cores > 1 ? (unsigned)cores : 1;
    return threads < LAMNA_THREADS_MOST ? threads : LAMNA_THREADS_MOST;
}

/* What session_run_all() and session_feed() put between the run and their caller. */
struct going {
    struct session *session;
    void (*print)(void *context, unsigned thread, const lamna_packet *packet, lamna_text *out);
    void (*take)(void *context, const lamna_packet *packet);
    void *context;
};

static void going_print(void *going, unsigned thread, const lamna_packet *packet, lamna_text *out)
{
    const struct going *g = going;
    g->print(g->context, thread, packet, out);
}

static void going_take(void *going, unsigned thread, const lamna_packet *packet, lamna_text *out)
{
    const struct going *g = going;
    (void)thread, (void)out;
    g->take(g->context, packet);
}

static bool going_text(void *going, const char *bytes, size_t n)
{
    const struct going *g = going;
    lamna_text_add(g->session->text, bytes, n);
    return session_put(g->session);
}

int session_run_all(struct session *s,
                    void (*packet)(void *context, unsigned thread, const lamna_packet *packet,
                                   lamna_text *out),
                    void *context)
{
    lamna_error err = {0};
    struct going going = {.session = s, .print = packet, .context = context};
    lamna_work work = {.context = &going, .packet = going_print, .text = going_text};
    session_stop_on_signal(s->source);
    lamna_status end = lamna_run_all(s->run, s->threads, &work, NULL, &err);
    return session_end(s, end, &err);
}

int session_feed(struct session *s, void (*take)(void *context, const lamna_packet *packet),
                 void *context)
{
    lamna_error err = {0};
    struct going going = {.session = s, .take = take, .context = context};
    lamna_work work = {.context = &going, .packet = going_take, .in_order = true};
    lamna_status end = lamna_run_all(s->run, s->threads, &work, NULL, &err);
    return session_end(s, end, &err);
}

void session_report_add(void *report, const lamna_packet *packet)
{
    lamna_report_add(report, packet);
}

/* A signal handler has no argument: the one source that it stops is the one thing here that must be
 * global. */
static lamna_source *volatile stopped_by_signal;

static void on_signal(int number)
{
    (void)number;
    if (stopped_by_signal != NULL)
        lamna_source_stop(stopped_by_signal);
}

void session_stop_on_signal(lamna_source *source)
{
    struct sigaction action = {.sa_handler = on_signal};
    stopped_by_signal = source;
    (void)sigaction(SIGINT, &action, NULL);
    (void)sigaction(SIGTERM, &action, NULL);
    (void)sigaction(SIGALRM, &action, NULL); /* capture --duration */
}
