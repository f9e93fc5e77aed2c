/* The input below the formats: compression, pipes, following, shrinking, stopping. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>
#include <lz4frame.h>
#include <zlib.h>
#include <zstd.h>

#include "capture/source.h"
#include "capture_build.h"

enum { MANY = 3000 };

static struct build build_many(unsigned packets)
{
    struct build b = {0};
    build_pcap_header(&b, 0xa1b23c4d, 4, 1);
    for (unsigned i = 0; i < packets; i++)
        build_pcap_record(&b, 1, i, i % 1500, i % 1500, 0, i % 1500);
    return b;
}

static void expect_many(lamna_source *src, unsigned packets)
{
    for (unsigned i = 0; i < packets; i++)
        expect_packet(src, 1000000000 + i, i % 1500, i % 1500);
}

static double seconds(void)
{
    struct timespec t;
    assert_int_equal(clock_gettime(CLOCK_MONOTONIC, &t), 0);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* ---- Compression
 * ----------------------------------------------------------------------------------- */

static void pack_gzip(struct buf *out, const void *bytes, size_t n)
{
    z_stream z = {0};
    assert_int_equal(deflateInit2(&z, 6, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY), Z_OK);
    assert_true(buf_reserve(out, deflateBound(&z, n)));
    z.next_in = (Bytef *)(uintptr_t)bytes;
    z.avail_in = (uInt)n;
    z.next_out = (Bytef *)out->data + out->length;
    z.avail_out = (uInt)(out->capacity - out->length);
    assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
    out->length += z.total_out;
    (void)deflateEnd(&z);
}

static void pack_zstd(struct buf *out, const void *bytes, size_t n)
{
    assert_true(buf_reserve(out, ZSTD_compressBound(n)));
    size_t made = ZSTD_compress(out->data + out->length, out->capacity - out->length, bytes, n, 3);
    assert_false(ZSTD_isError(made));
    out->length += made;
}

static void pack_lz4(struct buf *out, const void *bytes, size_t n)
{
    assert_true(buf_reserve(out, LZ4F_compressFrameBound(n, NULL)));
    size_t made =
        LZ4F_compressFrame(out->data + out->length, out->capacity - out->length, bytes, n, NULL);
    assert_false(LZ4F_isError(made));
    out->length += made;
}

static const struct packer {
    const char *name;
    void (*pack)(struct buf *out, const void *bytes, size_t n);
} packers[] = {{"gzip", pack_gzip}, {"zstd", pack_zstd}, {"lz4", pack_lz4}};

/* Two members or frames, cut in the middle of a packet; `between` and `after` go around the second.
 */
static struct buf pack_two(const struct packer *p, const struct build *b, const char *between,
                           size_t n, const char *after)
{
    struct buf out = {0};
    size_t half = b->out.length / 2;
    p->pack(&out, b->out.data, half);
    buf_bytes(&out, between, n);
    p->pack(&out, b->out.data + half, b->out.length - half);
    buf_str(&out, after);
    return out;
}

static lamna_source *open_packed(const struct buf *packed, const char *compression)
{
    lamna_error err;
    lamna_source *src = build_try(packed->data, packed->length, &err);
    if (src == NULL)
        fail_msg("%s", err.message);
    assert_string_equal(lamna_source_compression(src), compression);
    return src;
}

static void test_compression(void **state)
{
    (void)state;
    struct build b = build_many(MANY);
    for (size_t i = 0; i < 3; i++) {
        struct buf packed = pack_two(&packers[i], &b, "", 0, i == 0 ? "garbage\n" : "");
        lamna_source *src = open_packed(&packed, packers[i].name);
        expect_many(src, MANY);
        (void)expect_end(src, LAMNA_END);
        lamna_source_stats stats;
        lamna_source_stats_get(src, &stats);
        assert_int_equal(stats.size, packed.length);
        assert_true(stats.position <= packed.length && stats.position + 8 >= packed.length);
        lamna_source_close(src);
        buf_free(&packed);
    }
    build_free(&b);
}

/* A skippable frame between two others. */
static void test_skippable_frames(void **state)
{
    (void)state;
    struct build b = build_many(MANY);
    for (size_t i = 1; i < 3; i++) {
        struct buf packed = pack_two(&packers[i], &b, "\x53\x2a\x4d\x18\5\0\0\0skip!", 13, "");
        lamna_source *src = open_packed(&packed, packers[i].name);
        expect_many(src, MANY);
        (void)expect_end(src, LAMNA_END);
        lamna_source_close(src);
        buf_free(&packed);
    }
    build_free(&b);
}

/* Reads what there is; returns how it ended. */
static lamna_status drain(lamna_source *src, uint64_t *packets)
{
    lamna_packet_info packet;
    lamna_status status;
    while ((status = lamna_source_next(src, &packet, NULL)) == LAMNA_OK)
        *packets = packet.number;
    return status;
}

static void test_cut_compression(void **state)
{
    (void)state;
    struct build b = build_many(MANY);
    for (size_t i = 0; i < 3; i++) {
        struct buf packed = {0};
        packers[i].pack(&packed, b.out.data, b.out.length);
        packed.length = packed.length * 2 / 3;
        lamna_source *src = open_packed(&packed, packers[i].name);
        uint64_t packets = 0;
        assert_int_equal(drain(src, &packets), LAMNA_ERR_TRUNCATED);
        assert_true(packets > 100 && packets < MANY);
        lamna_source_close(src);
        buf_free(&packed);
    }
    build_free(&b);
}

static void test_damaged_compression(void **state)
{
    (void)state;
    struct build b = build_many(MANY);
    for (size_t i = 0; i < 3; i++) {
        struct buf packed = {0};
        packers[i].pack(&packed, b.out.data, b.out.length);
        memset(packed.data + packed.length / 2, 0x55, packed.length / 4);
        lamna_error err;
        lamna_source *src = build_try(packed.data, packed.length, &err);
        uint64_t packets = 0;
        assert_true(src == NULL ? err.status == LAMNA_ERR_FORMAT
                                : drain(src, &packets) > LAMNA_END);
        assert_true(packets < MANY);
        lamna_source_close(src);
        buf_free(&packed);
    }
    build_free(&b);
}

/* ---- Pipes
 * -------------------------------------------------------------------------------------------- */

struct feeder {
    int fd;
    const struct build *b;
    size_t chunk;
    long pause_ns;
};

static void *feed(void *argument)
{
    const struct feeder *f = argument;
    for (size_t at = 0; at < f->b->out.length; at += f->chunk) {
        size_t left = f->b->out.length - at;
        size_t n = left < f->chunk ? left : f->chunk;
        if (write(f->fd, f->b->out.data + at, n) != (ssize_t)n)
            break;
        if (f->pause_ns > 0)
            (void)nanosleep(&(struct timespec){.tv_nsec = f->pause_ns}, NULL);
    }
    (void)close(f->fd);
    return NULL;
}

/* A pipe that gives odd pieces, and one byte at a time. */
static void test_pipe_in_pieces(void **state)
{
    (void)state;
    static const size_t chunks[] = {1, 7, 4097};
    struct build b = build_many(200);
    for (size_t i = 0; i < 3; i++) {
        int fds[2];
        assert_int_equal(pipe(fds), 0);
        struct feeder feeder = {.fd = fds[1], .b = &b, .chunk = chunks[i]};
        pthread_t thread;
        assert_int_equal(pthread_create(&thread, NULL, feed, &feeder), 0);
        lamna_source *src = source_open_fd(fds[0], "pipe", NULL, NULL);
        assert_non_null(src);
        expect_many(src, 200);
        (void)expect_end(src, LAMNA_END);
        lamna_source_close(src);
        assert_int_equal(pthread_join(thread, NULL), 0);
    }
    build_free(&b);
}

/* A packet is given as soon as it is whole; what is not there yet is not ready. */
static void check_pipe_at_once(struct build *b, size_t header, size_t packet)
{
    int fds[2];
    assert_int_equal(pipe(fds), 0);
    assert_int_equal(write(fds[1], b->out.data, header), header);
    lamna_source *src = source_open_fd(fds[0], "pipe", NULL, NULL);
    assert_non_null(src);
    for (size_t i = 0; i < 3; i++) {
        assert_false(lamna_source_ready(src));
        const char *at = b->out.data + header + i * packet;
        assert_int_equal(write(fds[1], at, packet), packet);
        double before = seconds();
        lamna_packet_info info;
        assert_int_equal(lamna_source_next(src, &info, NULL), LAMNA_OK);
        assert_true(seconds() - before < 0.5);
    }
    assert_int_equal(write(fds[1], b->out.data + header, packet * 2 + 3), packet * 2 + 3);
    lamna_packet_info info;
    assert_int_equal(lamna_source_next(src, &info, NULL), LAMNA_OK);
    assert_true(lamna_source_ready(src));
    assert_int_equal(lamna_source_next(src, &info, NULL), LAMNA_OK);
    assert_false(lamna_source_ready(src));
    assert_int_equal(close(fds[1]), 0);
    (void)expect_end(src, LAMNA_ERR_TRUNCATED);
    assert_true(lamna_source_ready(src));
    lamna_source_close(src);
    build_free(b);
}

static void test_pipe_at_once(void **state)
{
    (void)state;
    struct build b = {0};
    build_pcap_header(&b, 0xa1b2c3d4, 4, 1);
    for (int i = 0; i < 3; i++)
        build_pcap_record(&b, 1, 0, 60, 60, 0, 60);
    check_pipe_at_once(&b, 24, 76);
    b = (struct build){.big = true};
    build_section(&b);
    build_interface(&b, 1, 0);
    size_t header = b.out.length;
    for (int i = 0; i < 3; i++)
        build_packet(&b, 0, 1, 60);
    check_pipe_at_once(&b, header, (b.out.length - header) / 3);
}

/* ---- Stopping
 * ------------------------------------------------------------------------------------------ */

static void *stop_soon(void *src)
{
    (void)nanosleep(&(struct timespec){.tv_nsec = 50000000}, NULL);
    lamna_source_stop(src);
    return NULL;
}

static void test_stop_wakes(void **state)
{
    (void)state;
    struct build b = build_many(1);
    int fds[2];
    assert_int_equal(pipe(fds), 0);
    assert_int_equal(write(fds[1], b.out.data, b.out.length), b.out.length);
    lamna_source *src = source_open_fd(fds[0], "pipe", NULL, NULL);
    assert_non_null(src);
    expect_many(src, 1);
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, stop_soon, src), 0);
    (void)expect_end(src, LAMNA_STOPPED);
    assert_int_equal(pthread_join(thread, NULL), 0);
    lamna_source_close(src);
    (void)close(fds[1]);
    build_free(&b);
}

static void test_stop_before(void **state)
{
    (void)state;
    struct build b = build_many(5);
    lamna_source *src = build_open(&b);
    expect_many(src, 1);
    lamna_source_stop(src);
    assert_true(lamna_source_ready(src));
    (void)expect_end(src, LAMNA_STOPPED);
    lamna_source_stop(NULL);
    lamna_source_close(src);
    build_free(&b);
}

/* ---- Files that change
 * ----------------------------------------------------------------------------------- */

static void test_shrinking(void **state)
{
    (void)state;
    struct build b = build_many(MANY); /* some windows long */
    char *path = build_file(b.out.data, b.out.length);
    lamna_source *src = lamna_source_open(path, NULL, NULL);
    assert_non_null(src);
    expect_many(src, 10);
    assert_int_equal(truncate(path, 600000), 0);
    uint64_t packets = 0;
    assert_int_equal(drain(src, &packets), LAMNA_ERR_IO);
    assert_true(packets > 10 && packets < MANY);
    lamna_packet_info packet;
    lamna_error err;
    assert_int_equal(lamna_source_next(src, &packet, &err), LAMNA_ERR_IO);
    assert_non_null(strstr(err.message, "shrank"));
    lamna_source_close(src);
    build_unlink(path);
    build_free(&b);
}

struct grower {
    const char *path;
    const struct build *b;
    size_t from;
    lamna_source *src;
};

/* Appends the rest in two pieces, the first of which ends in the middle of a packet. */
static void *grow(void *argument)
{
    const struct grower *g = argument;
    int fd = open(g->path, O_WRONLY | O_APPEND);
    size_t cut = g->b->out.length - 5;
    struct timespec pause = {.tv_nsec = 120000000};
    (void)nanosleep(&pause, NULL);
    ssize_t n = write(fd, g->b->out.data + g->from, cut - g->from);
    (void)nanosleep(&pause, NULL);
    n += write(fd, g->b->out.data + cut, 5);
    (void)nanosleep(&pause, NULL);
    lamna_source_stop(g->src);
    (void)close(fd);
    return n == (ssize_t)(g->b->out.length - g->from) ? g->src : NULL;
}

static void test_follow(void **state)
{
    (void)state;
    struct build b = build_many(20);
    char *path = build_file(b.out.data, 100);
    lamna_source *src = lamna_source_open(path, &(lamna_open_options){.follow = true}, NULL);
    assert_non_null(src);
    struct grower grower = {path, &b, 100, src};
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, grow, &grower), 0);
    expect_many(src, 20);
    assert_false(lamna_source_ready(src));
    (void)expect_end(src, LAMNA_STOPPED);
    void *result;
    assert_int_equal(pthread_join(thread, &result), 0);
    assert_non_null(result);
    lamna_source_close(src);
    build_unlink(path);
    build_free(&b);
}

static void test_follow_shrinks(void **state)
{
    (void)state;
    struct build b = build_many(3);
    char *path = build_file(b.out.data, b.out.length);
    lamna_source *src = lamna_source_open(path, &(lamna_open_options){.follow = true}, NULL);
    assert_non_null(src);
    expect_many(src, 3);
    assert_int_equal(truncate(path, 30), 0);
    (void)expect_end(src, LAMNA_ERR_IO);
    lamna_source_close(src);
    build_unlink(path);
    build_free(&b);
}

static void test_cannot_open(void **state)
{
    (void)state;
    lamna_error err;
    assert_null(lamna_source_open("/tmp/there is no such file", NULL, &err));
    assert_int_equal(err.status, LAMNA_ERR_IO);
    assert_non_null(strstr(err.message, "No such file"));
    assert_null(lamna_source_open("/tmp", NULL, &err));
    assert_int_equal(err.status, LAMNA_ERR_IO);
    assert_non_null(strstr(err.message, "directory"));
    assert_null(lamna_source_open("", NULL, &err));
    assert_int_equal(err.status, LAMNA_ERR_ARGUMENT);
    lamna_source_close(NULL);
}

/* Packets larger than the window, in files and in pieces from a pipe. */
static void test_large_packets(void **state)
{
    (void)state;
    enum { LARGE = 3000000 };
    struct build b = {0};
    build_section(&b);
    build_interface(&b, 1, 0);
    for (int i = 0; i < 3; i++) {
        build_packet(&b, 0, 1, LARGE + (size_t)i);
        build_packet(&b, 0, 1, 9);
    }
    for (int piped = 0; piped < 2; piped++) {
        int fds[2];
        pthread_t thread;
        assert_int_equal(pipe(fds), 0);
        struct feeder feeder = {.fd = fds[1], .b = &b, .chunk = 50001};
        assert_int_equal(pthread_create(&thread, NULL, feed, &feeder), 0);
        lamna_source *src = piped ? source_open_fd(fds[0], "pipe", NULL, NULL) : build_open(&b);
        if (!piped)
            (void)close(fds[0]);
        for (uint32_t i = 0; i < 3; i++) {
            expect_packet(src, 1000, LARGE + i, LARGE + i + 100);
            expect_packet(src, 1000, 9, 109);
        }
        (void)expect_end(src, LAMNA_END);
        lamna_source_close(src);
        assert_int_equal(pthread_join(thread, NULL), 0);
    }
    build_free(&b);
}

int main(void)
{
    (void)signal(SIGPIPE, SIG_IGN);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_compression),     cmocka_unit_test(test_skippable_frames),
        cmocka_unit_test(test_cut_compression), cmocka_unit_test(test_damaged_compression),
        cmocka_unit_test(test_pipe_in_pieces),  cmocka_unit_test(test_pipe_at_once),
        cmocka_unit_test(test_stop_wakes),      cmocka_unit_test(test_stop_before),
        cmocka_unit_test(test_shrinking),       cmocka_unit_test(test_follow),
        cmocka_unit_test(test_follow_shrinks),  cmocka_unit_test(test_cannot_open),
        cmocka_unit_test(test_large_packets),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
