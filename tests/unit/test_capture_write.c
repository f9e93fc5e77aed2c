/* Writers: what goes through unchanged, what is converted, and what cannot be. */
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "capture/pcapng.h"
#include "capture_build.h"

/* Every block there is around two packets, in two sections of different byte order. */
static struct build build_rich(void)
{
    struct build b = {0};
    for (int i = 0; i < 2; i++) {
        b.big = i == 1;
        build_section(&b);
        size_t at = build_begin(&b, 0x1234);
        buf_str(&b.out, "who knows");
        build_end(&b, at);
        build_interface(&b, 1, 0);
        at = build_packet_begin(&b, 0, 1234567, 11);
        build_option(&b, 1, "a comment", 9);
        build_end(&b, at);
        build_interface(&b, 1, 0);
        build_packet(&b, 1, 2345678, 12);
        at = build_begin(&b, 5);
        build_u32(&b, 0);
        build_u64(&b, 0);
        build_end(&b, at);
    }
    return b;
}

/* Copies all packets but number `skip` to a new file of that format, with a comment or NULL; returns its name. */
static char *copy(const struct build *b, lamna_format format, const char *suffix, uint64_t skip,
                  const char *comment)
{
    char *path = NULL;
    assert_true(asprintf(&path, "/tmp/lamna-test-%d%s", (int)getpid(), suffix) > 0);
    lamna_source *src = build_open(b);
    lamna_error err;
    lamna_writer *w = lamna_writer_open(path, format, src, &err);
    if (w == NULL)
        fail_msg("%s", err.message);
    lamna_packet_info packet;
    while (lamna_source_next(src, &packet, &err) == LAMNA_OK) {
        if (packet.number != skip)
            assert_int_equal(lamna_writer_write_commented(w, &packet, comment, &err), LAMNA_OK);
    }
    assert_int_equal(lamna_writer_close(w, &err), LAMNA_OK);
    lamna_source_close(src);
    return path;
}

static void test_pcapng_is_kept(void **state)
{
    (void)state;
    struct build b = build_rich();
    char *path = copy(&b, LAMNA_PCAPNG, ".pcapng", 0, NULL);
    size_t n;
    uint8_t *bytes = build_slurp(path, &n);
    assert_int_equal(n, b.out.length);
    assert_memory_equal(bytes, b.out.data, n);
    free(bytes);
    build_unlink(path);
    /* Without packet 2 everything else is there, so interface numbers stay right. */
    path = copy(&b, LAMNA_PCAPNG, ".pcapng", 2, NULL);
    bytes = build_slurp(path, &n);
    lamna_source *src = lamna_source_open(path, NULL, NULL);
    expect_packet(src, 1234567000, 11, 111);
    expect_packet(src, 1234567000, 11, 111);
    expect_packet(src, 2345678000, 12, 112);
    (void)expect_end(src, LAMNA_END);
    assert_int_equal(lamna_source_interfaces(src), 4);
    lamna_source_close(src);
    assert_int_equal(n, b.out.length - 44);
    free(bytes);
    build_unlink(path);
    build_free(&b);
}

/* A writer that is opened after packets were read still gets the blocks before them. */
static void test_late_writer(void **state)
{
    (void)state;
    struct build b = build_rich();
    lamna_source *src = build_open(&b);
    lamna_packet_info packet;
    for (int i = 0; i < 3; i++)
        assert_int_equal(lamna_source_next(src, &packet, NULL), LAMNA_OK);
    char *path = build_file("old contents, to be replaced", 28);
    lamna_writer *w = lamna_writer_open(path, LAMNA_PCAPNG, src, NULL);
    assert_non_null(w);
    assert_int_equal(lamna_writer_write(w, &packet, NULL), LAMNA_OK);
    assert_int_equal(lamna_writer_close(w, NULL), LAMNA_OK);
    lamna_source_close(src);
    src = lamna_source_open(path, NULL, NULL);
    assert_non_null(src);
    assert_int_equal(lamna_source_next(src, &packet, NULL), LAMNA_OK);
    assert_int_equal(packet.interface, 2);
    assert_int_equal(packet.section, 1);
    (void)expect_end(src, LAMNA_END);
    lamna_source_close(src);
    build_unlink(path);
    build_free(&b);
}

/* The comments of a packet, in their order. */
static size_t comments_of(const lamna_packet_info *packet, char texts[4][64])
{
    bool big = (packet->flags & LAMNA_PACKET_BIG_ENDIAN) != 0;
    size_t found = 0;
    struct pcapng_option option;
    const uint8_t *at = packet->options;
    while (at != NULL && pcapng_option_next(big, &at, packet->options + packet->options_length,
                                            &option) == PCAPNG_OPTION) {
        if (option.code == PCAPNG_OPTION_COMMENT)
            (void)snprintf(texts[found++], 64, "%.*s", (int)option.length,
                           (const char *)option.value);
    }
    return found;
}

static void check_comments(const struct build *b, size_t first, const char *own)
{
    char texts[4][64];
    lamna_packet_info packet;
    char *path = copy(b, LAMNA_PCAPNG, ".pcapng", 0, "look here");
    lamna_source *src = lamna_source_open(path, NULL, NULL);
    for (size_t i = 0; lamna_source_next(src, &packet, NULL) == LAMNA_OK; i++) {
        assert_int_equal(comments_of(&packet, texts), i % 2 == first && own != NULL ? 2 : 1);
        assert_string_equal(texts[0], "look here");
        if (i % 2 == first && own != NULL)
            assert_string_equal(texts[1], own);
    }
    lamna_source_close(src);
    build_unlink(path);
}

/* In either byte order, with other options and without, and of what had none before. */
static void test_comments(void **state)
{
    (void)state;
    struct build rich = build_rich(), plain = {.big = true};
    check_comments(&rich, 0, "a comment");
    build_pcap_header(&plain, 0xa1b2c3d4, 4, 1);
    for (uint32_t i = 0; i < 9; i++)
        build_pcap_record(&plain, 1600000000, i, i, i, 0, i);
    check_comments(&plain, 0, NULL);
    build_free(&rich);
    build_free(&plain);
}

/* pcap has no room for one, and says so. */
static void test_no_room_for_comments(void **state)
{
    (void)state;
    lamna_error err;
    lamna_packet_info packet;
    struct build b = build_rich();
    lamna_source *src = build_open(&b);
    char *path = build_file("", 0);
    lamna_writer *w = lamna_writer_open(path, LAMNA_PCAP, src, &err);
    assert_non_null(w);
    assert_int_equal(lamna_source_next(src, &packet, &err), LAMNA_OK);
    assert_int_equal(lamna_writer_write_commented(w, &packet, "x", &err), LAMNA_ERR_UNSUPPORTED);
    (void)lamna_writer_close(w, NULL);
    lamna_source_close(src);
    build_unlink(path);
    build_free(&b);
}

static struct build build_pcap(uint32_t magic)
{
    struct build b = {.big = true};
    build_pcap_header(&b, magic, 4, 0x24000001);
    for (uint32_t i = 0; i < 300; i++)
        build_pcap_record(&b, 1600000000, 999000 + i, i, i + 5, 0, i);
    return b;
}

static void check_conversion(uint32_t magic, lamna_format format, const char *suffix, int64_t unit,
                             int64_t precision)
{
    struct build b = build_pcap(magic);
    char *path = copy(&b, format, suffix, 0, NULL);
    lamna_source *src = lamna_source_open(path, NULL, NULL);
    assert_non_null(src);
    for (uint32_t i = 0; i < 300; i++) {
        int64_t fraction = (999000 + i) * unit;
        expect_packet(src, 1600000000000000000 + fraction - fraction % precision, i, i + 5);
    }
    (void)expect_end(src, LAMNA_END);
    lamna_interface interface;
    assert_true(lamna_source_interface(src, 0, &interface));
    assert_int_equal(interface.link_type, 1);
    assert_int_equal(interface.fcs_length, 4);
    assert_int_equal(interface.snaplen, 65535);
    lamna_source_close(src);
    build_unlink(path);
    build_free(&b);
}

static void test_conversions(void **state)
{
    (void)state;
    static const char *const suffixes[] = {"", ".gz", ".zst", ".lz4"};
    for (size_t i = 0; i < 4; i++) {
        check_conversion(0xa1b2c3d4, LAMNA_PCAP, suffixes[i], 1000, 1);
        check_conversion(0xa1b2c3d4, LAMNA_PCAP_NS, suffixes[i], 1000, 1);
        check_conversion(0xa1b2c3d4, LAMNA_PCAPNG, suffixes[i], 1000, 1);
        check_conversion(0xa1b23c4d, LAMNA_PCAP, suffixes[i], 1, 1000);
        check_conversion(0xa1b23c4d, LAMNA_PCAP_NS, suffixes[i], 1, 1);
        check_conversion(0xa1b23c4d, LAMNA_PCAPNG, suffixes[i], 1, 1);
    }
}

/* What another program says of our files. */
static void check_with_capinfos(lamna_format format, const char *type)
{
    struct build b = build_pcap(0xa1b23c4d);
    char *path = copy(&b, format, ".out", 0, NULL), *command = NULL, line[256] = "";
    assert_true(asprintf(&command, "capinfos -T -r -t -E -c -d %s 2>/dev/null", path) > 0);
    FILE *pipe = popen(command, "r");
    assert_non_null(pipe);
    char *read = fgets(line, sizeof line, pipe);
    int status = pclose(pipe);
    free(command);
    build_unlink(path);
    build_free(&b);
    if (WEXITSTATUS(status) == 127)
        skip(); /* capinfos is not installed */
    assert_non_null(read);
    assert_non_null(strstr(line, type));
    assert_non_null(strstr(line, "\tether\t300\t"));
}

static void test_others_agree(void **state)
{
    (void)state;
    check_with_capinfos(LAMNA_PCAP, "\tpcap\t");
    check_with_capinfos(LAMNA_PCAP_NS, "\tnsecpcap\t");
    check_with_capinfos(LAMNA_PCAPNG, "\tpcapng\t");
}

static void test_one_link_type(void **state)
{
    (void)state;
    struct build b = {0};
    build_section(&b);
    build_interface(&b, 1, 0);
    build_interface(&b, 101, 0);
    build_packet(&b, 1, 5, 5);
    build_packet(&b, 0, 5, 5);
    lamna_source *src = build_open(&b);
    lamna_error err;
    lamna_writer *w = lamna_writer_open("/dev/null", LAMNA_PCAP, src, &err);
    assert_non_null(w);
    lamna_packet_info packet;
    assert_int_equal(lamna_source_next(src, &packet, NULL), LAMNA_OK);
    assert_int_equal(lamna_writer_write(w, &packet, &err), LAMNA_OK);
    lamna_packet_info stale = packet;
    assert_int_equal(lamna_source_next(src, &packet, NULL), LAMNA_OK);
    assert_int_equal(lamna_writer_write(w, &packet, &err), LAMNA_ERR_UNSUPPORTED);
    assert_non_null(strstr(err.message, "link type"));
    assert_int_equal(lamna_writer_write(w, &stale, &err), LAMNA_ERR_ARGUMENT);
    assert_int_equal(lamna_writer_close(w, &err), LAMNA_OK);
    lamna_source_close(src);
    build_free(&b);
}

/* A capture of no packets is a capture. */
static void test_empty(void **state)
{
    (void)state;
    static const lamna_format formats[] = {LAMNA_PCAP, LAMNA_PCAP_NS, LAMNA_PCAPNG};
    struct build b = {0};
    build_section(&b);
    for (size_t i = 0; i < 3; i++) {
        char *path = copy(&b, formats[i], "", 0, NULL);
        lamna_source *src = lamna_source_open(path, NULL, NULL);
        assert_non_null(src);
        (void)expect_end(src, LAMNA_END);
        lamna_source_close(src);
        build_unlink(path);
    }
    build_free(&b);
}

/* ---- What goes wrong
 * ------------------------------------------------------------------------------------ */

static void test_not_onto_itself(void **state)
{
    (void)state;
    struct build b = build_pcap(0xa1b2c3d4);
    char *path = build_file(b.out.data, b.out.length);
    lamna_source *src = lamna_source_open(path, NULL, NULL);
    assert_non_null(src);
    lamna_error err;
    assert_null(lamna_writer_open(path, LAMNA_PCAP, src, &err));
    assert_int_equal(err.status, LAMNA_ERR_ARGUMENT);
    assert_non_null(strstr(err.message, path));
    lamna_source_close(src);
    size_t n;
    uint8_t *bytes = build_slurp(path, &n);
    assert_int_equal(n, b.out.length);
    free(bytes);
    build_unlink(path);
    build_free(&b);
}

static void test_disk_full(void **state)
{
    (void)state;
    struct build b = build_pcap(0xa1b2c3d4);
    lamna_source *src = build_open(&b);
    lamna_error err;
    lamna_writer *w = lamna_writer_open("/dev/full", LAMNA_PCAP, src, &err);
    assert_non_null(w);
    assert_int_equal(lamna_writer_flush(w, &err), LAMNA_ERR_IO);
    assert_non_null(strstr(err.message, "/dev/full"));
    assert_non_null(strstr(err.message, "No space"));
    lamna_packet_info packet;
    assert_int_equal(lamna_source_next(src, &packet, NULL), LAMNA_OK);
    assert_int_equal(lamna_writer_write(w, &packet, &err), LAMNA_ERR_IO);
    assert_int_equal(lamna_writer_close(w, &err), LAMNA_ERR_IO);
    assert_null(lamna_writer_open("/tmp/no such directory/x", LAMNA_PCAP, src, &err));
    assert_int_equal(err.status, LAMNA_ERR_IO);
    lamna_source_close(src);
    build_free(&b);
}

/* What was flushed can be read while the writer is still open, compressed or not. */
static void check_flush(const char *suffix)
{
    struct build b = build_pcap(0xa1b2c3d4);
    lamna_source *src = build_open(&b);
    char *path = NULL;
    assert_true(asprintf(&path, "/tmp/lamna-test-flush-%d%s", (int)getpid(), suffix) > 0);
    lamna_writer *w = lamna_writer_open(path, LAMNA_PCAPNG, src, NULL);
    lamna_packet_info packet;
    for (int i = 0; i < 5; i++) {
        assert_int_equal(lamna_source_next(src, &packet, NULL), LAMNA_OK);
        assert_int_equal(lamna_writer_write(w, &packet, NULL), LAMNA_OK);
        assert_int_equal(lamna_writer_flush(w, NULL), LAMNA_OK);
    }
    lamna_source *again = lamna_source_open(path, NULL, NULL);
    assert_non_null(again);
    for (int i = 0; i < 5; i++)
        assert_int_equal(lamna_source_next(again, &packet, NULL), LAMNA_OK);
    (void)expect_end(again, *suffix == '\0' ? LAMNA_END : LAMNA_ERR_TRUNCATED);
    lamna_source_close(again);
    assert_int_equal(lamna_writer_close(w, NULL), LAMNA_OK);
    lamna_source_close(src);
    build_unlink(path);
    build_free(&b);
}

static void test_flush(void **state)
{
    (void)state;
    check_flush("");
    check_flush(".gz");
    check_flush(".zst");
    check_flush(".lz4");
}

int main(void)
{
    (void)signal(SIGPIPE, SIG_IGN);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pcapng_is_kept),  cmocka_unit_test(test_late_writer),
        cmocka_unit_test(test_comments),        cmocka_unit_test(test_no_room_for_comments),
        cmocka_unit_test(test_conversions),     cmocka_unit_test(test_others_agree),
        cmocka_unit_test(test_one_link_type),   cmocka_unit_test(test_empty),
        cmocka_unit_test(test_not_onto_itself), cmocka_unit_test(test_disk_full),
        cmocka_unit_test(test_flush),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
