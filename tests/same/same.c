/*
 * Asks several things of captures in one way and in others: the answers must be the same, byte for byte.
 *
 *     same threads SECONDS < list of captures, one a line        0 seconds: until the list is over
 *     same index SECONDS PATH < ...
 *
 * threads: with one thread, and with several. index: without an index and with one, which is written to PATH
 * and removed; with it damaged; and with one that was made of half of the capture, and has gone on with the rest. Prints where they differ; the status is 1 then.
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
    {.filter = "tcp.port == 80 or udp.port == 53",
     .fields = {"frame.number", "udp.length", "data.len"}},
    {.filter = "http.request or dns.flags.response == 1", .count_only = true},
    {.filter = "tcp.analysis.flags", .fields = {"tcp.stream", "tcp.analysis.ack_rtt"}},
    {.filter = "rtp or ftp-data or tftp", .columns = true, .fields = {"udp.stream", "rtp.seq"}},
    {.filter = "frame.number == 5", .everything = true, .columns = true},
    {.filter = "frame.number in {2, 9..12} or frame.number > 1990", .columns = true},
    {.filter = "tcp.stream in {1, 3} or udp.stream == 2", .everything = true},
    {.filter = "not tcp.flags.syn == 1 and tcp.flags.reset != 1 and ip.addr == 10.0.0.0/8",
     .count_only = true},
    {.filter = "ipv6.src == fe80::/10 or tcp.flags & 0x12 or frame.cap_len < frame.len",
     .count_only = true},
    {.filter = "http.response.code >= 400 or dns.qry.name contains \"a\"", .columns = true},
    {.filter = "count(ip.src) == 0 xor tcp.dstport < 1024", .fields = {"frame.number"}},
    {.filter = "dns.response_in or tcp.reassembled_in", .count_only = true},
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
    int n = snprintf(number, sizeof number,
                     "%llu:", (unsigned long long)lamna_packet_get_info(packet)->number);
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

static unsigned grown; /* how many indexes have gone on with a part of the capture */

/* How it is asked. */
struct way {
    const char *name;
    unsigned threads;
    const char *index; /* its path, or NULL */
};

static void ask(const lamna_registry *reg, const char *path, const struct question *question,
                const struct way *way, struct answer *a)
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
    lamna_index *index =
        src != NULL && way->index != NULL ? lamna_index_open(reg, src, way->index, NULL) : NULL;
    lamna_query_index(q, index);
    lamna_run *run = src != NULL ? lamna_run_new(q, src, &err) : NULL;
    lamna_work work = {.context = a,
                       .packet = question->count_only ? NULL : say,
                       .text = keep,
                       .in_order = question->in_order};
    a->matched = 0;
    a->status =
        run != NULL ? lamna_run_all(run, way->threads, &work, &a->matched, &err) : err.status;
    (void)snprintf(a->message, sizeof a->message, "%s", err.message);
    lamna_run_free(run);
    lamna_index_close(index);
    lamna_source_close(src);
    lamna_query_free(q);
}

/* Prints the first line in which they differ. */
static bool compare(const char *path, int number, const struct way *way, const struct answer *one,
                    const struct answer *other)
{
    size_t n, m, at = 0, line = 0;
    const char *a = lamna_text_data(one->text, &n), *b = lamna_text_data(other->text, &m);
    bool ended = one->status == other->status && strcmp(one->message, other->message) == 0;
    if (n == m && memcmp(a, b, n) == 0 && one->matched == other->matched && ended)
        return true;
    for (; at < n && at < m && a[at] == b[at]; at++)
        line = a[at] == '\n' ? at + 1 : line;
    (void)printf("%s: question %d, %s: %llu and %llu packets, status %d %s and %d %s\n", path,
                 number, way->name, (unsigned long long)one->matched,
                 (unsigned long long)other->matched, (int)one->status, one->message,
                 (int)other->status, other->message);
    size_t from = at > line + 100 ? at - 100 : line;
    (void)printf("  byte %zu of a line of packet %.*s\n  one way: %.200s\n  other:   %.200s\n",
                 at - line, (int)strcspn(a + line, ":"), a + line, a + from, b + from);
    return false;
}

/* Writes the index of the capture; false if it has none, as one that is cut short. */
static bool build_index(const lamna_registry *reg, const char *path, const char *index)
{
    lamna_source *src = lamna_source_open(path, NULL, NULL);
    bool built = src != NULL && lamna_index_build(reg, src, index, NULL, NULL) == LAMNA_OK;
    lamna_source_close(src);
    return built;
}

/* Where packet `number` begins in the file; 0 if it cannot be told. */
static uint64_t offset_of(const char *path, uint64_t number)
{
    lamna_packet_info info = {0};
    lamna_source *src = lamna_source_open(path, NULL, NULL);
    bool plain = src != NULL && strcmp(lamna_source_compression(src), "none") == 0;
    while (plain && info.number < number && lamna_source_next(src, &info, NULL) == LAMNA_OK)
        continue;
    lamna_source_close(src);
    return plain && info.number == number ? info.offset : 0;
}

static bool copy_first(const char *from, const char *to, uint64_t bytes)
{
    char block[4096];
    FILE *in = fopen(from, "rb"), *out = fopen(to, "wb");
    while (in != NULL && out != NULL && bytes > 0) {
        size_t n = fread(block, 1, bytes < sizeof block ? bytes : sizeof block, in);
        if (n == 0)
            break;
        (void)fwrite(block, 1, n, out);
        bytes -= n;
    }
    bool whole = in != NULL && out != NULL && bytes == 0;
    if (in != NULL)
        (void)fclose(in);
    return out != NULL && fclose(out) == 0 && whole;
}

/* The index of the first half of the capture, which then goes on with the rest; false if there is none. */
static bool grow_index(const lamna_registry *reg, const char *path, const char *index)
{
    char part[LINE + 8];
    uint64_t packets = 0, kept = 0;
    lamna_packet_info info;
    lamna_source *src = lamna_source_open(path, NULL, NULL);
    while (src != NULL && lamna_source_next(src, &info, NULL) == LAMNA_OK)
        packets++;
    lamna_source_close(src);
    uint64_t offset = offset_of(path, packets / 2 + 1);
    (void)snprintf(part, sizeof part, "%s.part", index);
    bool built = packets > 1 && offset > 0 && copy_first(path, part, offset) &&
                 build_index(reg, part, index);
    (void)remove(part);
    src = built ? lamna_source_open(path, NULL, NULL) : NULL;
    built = src != NULL && lamna_index_build(reg, src, index, &kept, NULL) == LAMNA_OK;
    lamna_source_close(src);
    grown += built && kept > 0;
    return built;
}

/* Changes some bytes of the file, the same ones for the same seed; every fourth is cut off there. */
static void damage(const char *path, unsigned seed)
{
    static uint8_t bytes[1 << 20];
    FILE *file = fopen(path, "r+b");
    if (file == NULL)
        return;
    size_t n = fread(bytes, 1, sizeof bytes, file);
    uint64_t state = seed * 0x9e3779b97f4a7c15u + 1;
    for (unsigned i = 0; i < 4 && n > 0; i++) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        bytes[(state >> 33) % n] ^= (uint8_t)(state >> 16 | 1);
    }
    (void)freopen(path, "wb", file);
    (void)fwrite(bytes, 1, seed % 4 == 3 ? n - (state >> 33) % n : n, file);
    (void)fclose(file);
}

static int ask_ways(const lamna_registry *reg, const char *path, const struct way *ways,
                    size_t count, struct answer *one, struct answer *other)
{
    static const struct way plain = {"one thread", 1, NULL};
    int different = 0;
    for (int i = 0; i < (int)(sizeof questions / sizeof *questions); i++) {
        ask(reg, path, &questions[i], &plain, one);
        for (size_t w = 0; w < count; w++) {
            ask(reg, path, &questions[i], &ways[w], other);
            different += !compare(path, i, &ways[w], one, other);
        }
    }
    return different;
}

static int ask_with_threads(const lamna_registry *reg, const char *path, struct answer *one,
                            struct answer *other)
{
    static const struct way ways[] = {{"2 threads", 2, NULL}, {"5 threads", 5, NULL}};
    return ask_ways(reg, path, ways, 2, one, other);
}

static int ask_with_index(const lamna_registry *reg, const char *path, const char *index,
                          unsigned seed, struct answer *one, struct answer *other)
{
    struct way with = {"an index", 1, index}, damaged = {"a damaged index", 1, index},
               after = {"an index that has grown", 1, index};
    if (!build_index(reg, path, index))
        return 0;
    int different = ask_ways(reg, path, &with, 1, one, other);
    damage(index, seed);
    different += ask_ways(reg, path, &damaged, 1, one, other);
    (void)remove(index);
    if (grow_index(reg, path, index))
        different += ask_ways(reg, path, &after, 1, one, other);
    (void)remove(index);
    return different;
}

int main(int argc, char **argv)
{
    lamna_error err;
    char path[LINE];
    unsigned captures = 0;
    int different = 0;
    const char *index = argc > 3 ? argv[3] : NULL;
    long seconds = argc > 2 ? strtol(argv[2], NULL, 10) : 0;
    time_t end = time(NULL) + seconds;
    lamna_registry *reg = lamna_registry_new(&err);
    struct answer one = {.text = lamna_text_new()}, other = {.text = lamna_text_new()};
    while ((seconds == 0 || time(NULL) < end) && fgets(path, sizeof path, stdin) != NULL) {
        path[strcspn(path, "\n")] = '\0';
        captures++;
        different += index != NULL ? ask_with_index(reg, path, index, captures, &one, &other)
                                   : ask_with_threads(reg, path, &one, &other);
    }
    lamna_text_free(one.text);
    lamna_text_free(other.text);
    lamna_registry_free(reg);
    (void)printf("%u captures, %u indexes grown, %d differences\n", captures, grown, different);
    return different == 0 && captures > 0 && (index == NULL || grown > 0) ? 0 : 1;
}
