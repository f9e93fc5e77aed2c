/*
 * Asks several things of captures with one thread and with several: the answers must be the same, byte
 * for byte.
 *
 *     same SECONDS < list of captures, one a line        0 seconds: until the list is over
 *
 * Prints where they differ; the status is 1 then.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lamna.h"

enum { FIELDS_MOST = 6, LINE = 4096 };

struct question {
    const char *filter; /* or NULL */
    bool everything, columns, in_order, count_only;
    const char *fields[FIELDS_MOST];
};

static const struct question questions[] = {
    {.everything = true, .columns = true},
    {.filter = "tcp or udp", .everything = true, .columns = true},
    {.everything = true, .in_order = true},
    {.filter = "frame.len > 90", .columns = true},
    {.filter = "tcp.len > 0 or icmp", .columns = true},
    {.filter = "frame matches \"(?i)http\"", .fields = {"frame.number", "frame.time_relative"}},
    {.filter = "ip", .fields = {"ip.src", "frame.time_delta", "frame.time_delta_displayed"}},
    {.filter = "frame.time_delta_displayed > 0.01", .fields = {"frame.number"}},
    {.fields = {"ip.src", "tcp.srcport", "udp.srcport", "ip.reassembled.length"}},
    {.filter = "tcp.port == 80 or udp.port == 53", .fields = {"frame.number", "udp.length", "data.len"}},
    {.filter = "http.request or dns.flags.response == 1", .count_only = true},
    {.filter = "tcp.analysis.flags", .fields = {"tcp.stream", "tcp.analysis.ack_rtt"}},
    {.filter = "rtp or ftp-data or tftp", .columns = true, .fields = {"udp.stream", "rtp.seq"}},
};

struct answer {
    lamna_text *text;
    uint64_t matched;
    lamna_status status;
    char message[512];
};

static void say(void *context, unsigned thread, const lamna_packet *packet, lamna_text *out)
{
    size_t count;
    char number[32];
    (void)lamna_packet_items(packet, &count);
    (void)context, (void)thread;
    int n = snprintf(number, sizeof number, "%llu:",
                     (unsigned long long)lamna_packet_get_info(packet)->number);
    lamna_text_add(out, number, (size_t)n);
    for (size_t i = 0; i < count; i++) {
        lamna_text_add(out, " ", 1);
        lamna_item_value(packet, i, out);
        lamna_item_label(packet, i, out);
    }
    for (int column = LAMNA_COLUMN_SOURCE; column <= LAMNA_COLUMN_INFO; column++)
        lamna_packet_column(packet, (lamna_column)column, out);
    lamna_text_add(out, "\n", 1);
}

static bool keep(void *context, const char *bytes, size_t n)
{
    const struct answer *a = context;
    lamna_text_add(a->text, bytes, n);
    return true;
}

static void must(lamna_status status, const lamna_error *err)
{
    if (status == LAMNA_OK)
        return;
    (void)fprintf(stderr, "same: %s\n", err->message);
    exit(2);
}

static void ask(const lamna_registry *reg, const char *path, const struct question *question, unsigned threads,
                struct answer *a)
{
    lamna_error err = {0};
    lamna_query *q = lamna_query_new(reg, &err);
    if (question->filter != NULL)
        must(lamna_query_filter(q, question->filter, &err), &err);
    if (question->everything)
        lamna_query_want_all(q, true);
    if (question->columns)
        lamna_query_want_columns(q);
    for (int i = 0; i < FIELDS_MOST && question->fields[i] != NULL; i++)
        must(lamna_query_want(q, question->fields[i], &err), &err);
    lamna_text_clear(a->text);
    lamna_source *src = lamna_source_open(path, NULL, &err);
    lamna_run *run = src != NULL ? lamna_run_new(q, src, &err) : NULL;
    lamna_work work = {.context = a,
                       .packet = question->count_only ? NULL : say,
                       .text = keep,
                       .in_order = question->in_order};
    a->matched = 0;
    a->status = run != NULL ? lamna_run_all(run, threads, &work, &a->matched, &err) : err.status;
    (void)snprintf(a->message, sizeof a->message, "%s", err.message);
    lamna_run_free(run);
    lamna_source_close(src);
    lamna_query_free(q);
}

/* Prints the first line in which they differ. */
static bool compare(const char *path, int number, unsigned threads, const struct answer *one,
                    const struct answer *many)
{
    size_t n, m, at = 0, line = 0;
    const char *a = lamna_text_data(one->text, &n), *b = lamna_text_data(many->text, &m);
    bool ended = one->status == many->status && strcmp(one->message, many->message) == 0;
    if (n == m && memcmp(a, b, n) == 0 && one->matched == many->matched && ended)
        return true;
    for (; at < n && at < m && a[at] == b[at]; at++)
        line = a[at] == '\n' ? at + 1 : line;
    (void)printf("%s: question %d, %u threads: %llu and %llu packets, status %d %s and %d %s\n", path, number,
                 threads, (unsigned long long)one->matched, (unsigned long long)many->matched,
                 (int)one->status, one->message, (int)many->status, many->message);
    size_t from = at > line + 100 ? at - 100 : line;
    (void)printf("  byte %zu of a line of packet %.*s\n  one:  %.200s\n  many: %.200s\n", at - line,
                 (int)strcspn(a + line, ":"), a + line, a + from, b + from);
    return false;
}

static int ask_all(const lamna_registry *reg, const char *path, struct answer *one, struct answer *many)
{
    static const unsigned threads[] = {2, 5};
    int different = 0;
    for (int i = 0; i < (int)(sizeof questions / sizeof *questions); i++) {
        ask(reg, path, &questions[i], 1, one);
        for (int t = 0; t < 2; t++) {
            ask(reg, path, &questions[i], threads[t], many);
            different += !compare(path, i, threads[t], one, many);
        }
    }
    return different;
}

int main(int argc, char **argv)
{
    lamna_error err;
    char path[LINE];
    int captures = 0, different = 0;
    long seconds = argc > 1 ? strtol(argv[1], NULL, 10) : 0;
    time_t end = time(NULL) + seconds;
    lamna_registry *reg = lamna_registry_new(&err);
    struct answer one = {.text = lamna_text_new()}, many = {.text = lamna_text_new()};
    while ((seconds == 0 || time(NULL) < end) && fgets(path, sizeof path, stdin) != NULL) {
        path[strcspn(path, "\n")] = '\0';
        different += ask_all(reg, path, &one, &many);
        captures++;
    }
    lamna_text_free(one.text);
    lamna_text_free(many.text);
    lamna_registry_free(reg);
    (void)printf("%d captures, %d differences\n", captures, different);
    return different == 0 && captures > 0 ? 0 : 1;
}
