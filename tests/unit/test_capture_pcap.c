/* pcap: every variant in both byte orders, lying headers, and files that end anywhere. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "capture_build.h"

enum { SECONDS = 1600000000 };

struct variant {
    const char *format;
    uint32_t magic;
    uint16_t minor;
    size_t extra;  /* bytes added to a record header */
    uint32_t unit; /* nanoseconds */
    bool swapped;  /* lengths */
    uint32_t type_in, type_out;
};

static const struct variant variants[] = {
    {"pcap", 0xa1b2c3d4, 4, 0, 1000, false, 1, 1},
    {"pcap (nanoseconds)", 0xa1b23c4d, 4, 0, 1, false, 1, 1},
    {"pcap (Kuznetzov)", 0xa1b2cd34, 4, 8, 1000, false, 1, 1},
    {"pcap (modified)", 0xa1b2cd34, 4, 12, 1000, false, 1, 1}, /* ss990915 */
    {"pcap (modified)", 0xa1b2c3d4, 4, 8, 1000, false, 1, 1},  /* ss990417 */
    {"pcap (modified)", 0xa1b2c3d4, 4, 4, 1000, false, 1, 1},  /* Nokia */
    {"pcap (AIX)", 0xa1b2c3d4, 2, 0, 1, true, 6, 1},
    {"pcap (AIX)", 0xa1b2c3d4, 2, 0, 1, true, 24, 0},
    {"pcap", 0xa1b2c3d4, 2, 0, 1000, true, 1, 1},
    {"pcap", 0xa1b2c3d4, 3, 0, 1000, true, 1, 1},
    {"pcap", 0xa1b2c3d4, 3, 0, 1000, false, 1, 1},
};

static void build_variant(struct build *b, const struct variant *v, unsigned packets)
{
    build_pcap_header(b, v->magic, v->minor, v->type_in);
    for (unsigned i = 0; i < packets; i++) {
        uint32_t n = 60 + 7 * i, length = n + 100;
        build_pcap_record(b, SECONDS + i, 123456 + i, v->swapped ? length : n,
                          v->swapped ? n : length, v->extra, n);
    }
}

static void check_variant(const struct variant *v, bool big)
{
    struct build b = {.big = big};
    build_variant(&b, v, 5);
    lamna_source *src = build_open(&b);
    for (unsigned i = 0; i < 5; i++)
        expect_packet(src, (int64_t)(SECONDS + i) * 1000000000 + (int64_t)(123456 + i) * v->unit,
                      60 + 7 * i, 160 + 7 * i);
    assert_int_equal(expect_end(src, LAMNA_END), 0);
    assert_string_equal(lamna_source_format(src), v->format);
    lamna_interface interface;
    assert_true(lamna_source_interface(src, 0, &interface));
    assert_false(lamna_source_interface(src, 1, &interface));
    assert_int_equal(interface.link_type, v->type_out);
    assert_int_equal(interface.packets, 5);
    lamna_section section;
    assert_true(lamna_source_section(src, 0, &section));
    assert_int_equal(section.big_endian, big);
    lamna_source_close(src);
    build_free(&b);
}

static void test_variants(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof variants / sizeof *variants; i++) {
        check_variant(&variants[i], false);
        check_variant(&variants[i], true);
    }
}

static void test_link_word(void **state)
{
    (void)state;
    struct build b = {0};
    build_pcap_header(&b, 0xa1b2c3d4, 4, 0x24000001); /* an FCS of two 16-bit words */
    build_pcap_record(&b, 0, 0, 1, 1, 0, 1);
    lamna_source *src = build_open(&b);
    lamna_packet_info packet;
    assert_int_equal(lamna_source_next(src, &packet, NULL), LAMNA_OK);
    assert_int_equal(packet.link_type, 1);
    assert_int_equal(packet.fcs_length, 4);
    lamna_source_close(src);
    buf_clear(&b.out);
    build_pcap_header(&b, 0xa1b2c3d4, 4, 0x00010001);
    lamna_error err;
    assert_null(build_try(b.out.data, b.out.length, &err));
    assert_int_equal(err.status, LAMNA_ERR_FORMAT);
    build_free(&b);
}

/* A fraction of more than a second is carried, and the time is unsigned: until 2106. */
static void test_times(void **state)
{
    (void)state;
    struct build b = {0};
    build_pcap_header(&b, 0xa1b2c3d4, 4, 1);
    build_pcap_record(&b, UINT32_MAX, 1500000, 0, 0, 0, 0);
    lamna_source *src = build_open(&b);
    expect_packet(src, ((int64_t)UINT32_MAX + 1) * 1000000000 + 500000000, 0, 0);
    lamna_source_close(src);
    build_free(&b);
}

static void test_more_captured_than_long(void **state)
{
    (void)state;
    struct build b = {0};
    build_pcap_header(&b, 0xa1b2c3d4, 4, 1);
    build_pcap_record(&b, 1, 0, 20, 10, 0, 20);
    lamna_source *src = build_open(&b);
    expect_packet(src, 1000000000, 20, 10);
    lamna_source_close(src);
    build_free(&b);
}

static void test_lying_length(void **state)
{
    (void)state;
    static const uint32_t lies[] = {262145, 0x7fffffff, 0x80000000, 0xffffffff};
    for (size_t i = 0; i < sizeof lies / sizeof *lies; i++) {
        struct build b = {0};
        build_pcap_header(&b, 0xa1b2c3d4, 4, 1);
        build_pcap_record(&b, 1, 0, 20, 20, 0, 20);
        build_pcap_record(&b, 2, 0, lies[i], lies[i], 0, 20);
        lamna_source *src = build_open(&b);
        expect_packet(src, 1000000000, 20, 20);
        assert_int_equal(expect_end(src, LAMNA_ERR_FORMAT), 24 + 36);
        lamna_source_close(src);
        build_free(&b);
    }
}

/* A snaplen may allow more than is in the file: that costs no memory, and is a truncated file. */
static void test_huge_snaplen(void **state)
{
    (void)state;
    struct build b = {0};
    build_pcap_header(&b, 0xa1b2c3d4, 4, 1);
    memset(b.out.data + 16, 0xff, 4);
    build_pcap_record(&b, 1, 0, 200u << 20, 200u << 20, 0, 20);
    lamna_source *src = build_open(&b);
    assert_int_equal(expect_end(src, LAMNA_ERR_TRUNCATED), 24);
    lamna_source_close(src);
    build_free(&b);
}

/* Cut at every byte: all whole packets, then where the broken one begins. */
static void check_cut(const struct build *b, size_t n)
{
    static const size_t ends[] = {24, 100, 183, 273};
    lamna_error err;
    lamna_source *src = build_try(b->out.data, n, &err);
    if (n < 24) {
        assert_null(src);
        assert_int_equal(err.status, n < 4 ? LAMNA_ERR_FORMAT : LAMNA_ERR_TRUNCATED);
        return;
    }
    assert_non_null(src);
    size_t whole = 0;
    while (whole < 3 && ends[whole + 1] <= n) {
        uint32_t i = (uint32_t)whole++;
        expect_packet(src, (int64_t)(SECONDS + i) * 1000000000 + (123456 + i) * 1000, 60 + 7 * i,
                      160 + 7 * i);
    }
    if (ends[whole] == n)
        (void)expect_end(src, LAMNA_END);
    else
        assert_int_equal(expect_end(src, LAMNA_ERR_TRUNCATED), ends[whole]);
    lamna_source_close(src);
}

static void test_cut_anywhere(void **state)
{
    (void)state;
    struct build b = {0};
    build_variant(&b, &variants[0], 3);
    assert_int_equal(b.out.length, 273);
    for (size_t n = 0; n <= b.out.length; n++)
        check_cut(&b, n);
    build_free(&b);
}

static void test_not_a_capture(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t n;
        lamna_status status;
        const char *says;
    } cases[] = {
        {"", 0, LAMNA_ERR_FORMAT, "empty"},
        {"hello, world, I am text", 23, LAMNA_ERR_FORMAT, "not a pcap or pcapng"},
        {"GMBU\0\2\1\0\0\0\0\0\0\0\0\0\0\0", 18, LAMNA_ERR_FORMAT, "Network Monitor 2"},
        {"snoop\0\0\0\0\0\0\2\0\0\0\4", 16, LAMNA_ERR_FORMAT, "snoop"},
        {"\0G/\0\201\327HA\2\5\0H\0\0\3;", 16, LAMNA_ERR_FORMAT, "ERF"},
        {"\375"
         "7zXZ\0\0\0\0",
         9, LAMNA_ERR_FORMAT, "xz"},
        {"\324\303\262\241\1\0\4\0\0\0\0\0\0\0\0\0\0\0\0\0\1\0\0\0", 24, LAMNA_ERR_UNSUPPORTED,
         "1.4"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        lamna_error err;
        assert_null(build_try(cases[i].bytes, cases[i].n, &err));
        assert_int_equal(err.status, cases[i].status);
        assert_non_null(strstr(err.message, cases[i].says));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_variants),     cmocka_unit_test(test_link_word),
        cmocka_unit_test(test_times),        cmocka_unit_test(test_more_captured_than_long),
        cmocka_unit_test(test_lying_length), cmocka_unit_test(test_huge_snaplen),
        cmocka_unit_test(test_cut_anywhere), cmocka_unit_test(test_not_a_capture),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
