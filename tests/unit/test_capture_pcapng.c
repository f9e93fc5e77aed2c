/* pcapng: blocks, sections, clocks, options, lying lengths, and files that end anywhere. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "capture_build.h"

static struct build start(bool big)
{
    struct build b = {.big = big};
    build_section(&b);
    build_interface(&b, 1, 0);
    return b;
}

static void next(lamna_source *src, lamna_packet_info *packet)
{
    lamna_error err;
    if (lamna_source_next(src, packet, &err) != LAMNA_OK)
        fail_msg("no packet: %s", err.message);
}

/* ---- Sections and interfaces
 * --------------------------------------------------------------------- */

static void build_described_section(struct build *b)
{
    size_t at = build_begin(b, 0x0a0d0d0a);
    build_u32(b, 0x1a2b3c4d);
    build_u16(b, 1);
    build_u16(b, 2);
    build_u64(b, 12345); /* a lie: the length of a section is not to be trusted */
    build_option(b, 2, "abacus", 6);
    build_option(b, 3, "TOPS-20", 7);
    build_option(b, 1, "first", 5);
    build_option(b, 1, "second", 6);
    build_option(b, 4, "pencil", 6);
    build_option(b, 0, NULL, 0);
    build_end(b, at);
}

static void build_described_interface(struct build *b)
{
    size_t at = build_begin(b, 1);
    build_u16(b, 113);
    build_u16(b, 0);
    build_u32(b, 96);
    build_option(b, 2, "eth7", 4);
    build_option(b, 3, "the seventh", 11);
    build_option(b, 9, "\x09", 1);
    build_option(b, 11, "\0tcp port 80", 12);
    build_option(b, 12, "plan9", 5);
    build_option(b, 13, "\x04", 1);
    build_option(b, 15, "coax", 4);
    build_end(b, at);
}

/* Two sections of different byte order; the numbers of interfaces go on across them. */
static void check_sections(bool big)
{
    struct build b = {.big = big};
    build_described_section(&b);
    build_interface(&b, 1, 0);
    build_described_interface(&b);
    build_packet(&b, 1, 1500000000000000007, 9);
    b.big = !big;
    build_section(&b);
    build_interface(&b, 101, 0);
    build_packet(&b, 0, 1000001, 10);
    lamna_source *src = build_open(&b);
    lamna_packet_info packet;
    next(src, &packet);
    assert_int_equal(packet.interface, 1);
    assert_int_equal(packet.section, 0);
    assert_int_equal(packet.link_type, 113);
    assert_int_equal(packet.fcs_length, 4);
    assert_int_equal(packet.time_ns, 1500000000000000007);
    assert_int_equal(!!(packet.flags & LAMNA_PACKET_BIG_ENDIAN), big);
    next(src, &packet);
    assert_int_equal(packet.interface, 2);
    assert_int_equal(packet.section, 1);
    assert_int_equal(packet.link_type, 101);
    assert_int_equal(packet.time_ns, 1000001000);
    assert_int_equal(!!(packet.flags & LAMNA_PACKET_BIG_ENDIAN), !big);
    (void)expect_end(src, LAMNA_END);

    lamna_section section;
    assert_int_equal(lamna_source_sections(src), 2);
    assert_true(lamna_source_section(src, 0, &section));
    assert_string_equal(section.hardware, "abacus");
    assert_string_equal(section.os, "TOPS-20");
    assert_string_equal(section.application, "pencil");
    assert_string_equal(section.comment, "first");
    assert_int_equal(section.big_endian, big);
    lamna_interface interface;
    assert_int_equal(lamna_source_interfaces(src), 3);
    assert_true(lamna_source_interface(src, 1, &interface));
    assert_string_equal(interface.name, "eth7");
    assert_string_equal(interface.description, "the seventh");
    assert_string_equal(interface.filter, "tcp port 80");
    assert_string_equal(interface.os, "plan9");
    assert_string_equal(interface.hardware, "coax");
    assert_int_equal(interface.snaplen, 96);
    assert_int_equal(interface.tsresol, 9);
    assert_int_equal(interface.packets, 1);
    assert_true(lamna_source_interface(src, 2, &interface));
    assert_null(interface.name);
    assert_int_equal(interface.section, 1);
    lamna_source_close(src);
    build_free(&b);
}

static void test_sections(void **state)
{
    (void)state;
    check_sections(false);
    check_sections(true);
}

/* ---- Clocks
 * ---------------------------------------------------------------------------------------- */

static int64_t time_with(uint8_t tsresol, int64_t offset, uint64_t units)
{
    struct build b = {0};
    build_section(&b);
    size_t at = build_begin(&b, 1);
    build_u32(&b, 1);
    build_u32(&b, 0);
    build_option(&b, 9, &tsresol, 1);
    build_u16(&b, 14);
    build_u16(&b, 8);
    build_u64(&b, (uint64_t)offset);
    build_end(&b, at);
    build_packet(&b, 0, units, 1);
    lamna_source *src = build_open(&b);
    lamna_packet_info packet;
    next(src, &packet);
    lamna_source_close(src);
    build_free(&b);
    return packet.time_ns;
}

static void test_clocks(void **state)
{
    (void)state;
    assert_int_equal(time_with(0, 0, 5), 5000000000);
    assert_int_equal(time_with(3, 0, 5), 5000000);
    assert_int_equal(time_with(6, 0, 1234567), 1234567000);
    assert_int_equal(time_with(9, 0, 1234567), 1234567);
    assert_int_equal(time_with(12, 0, 1234567), 1234);
    assert_int_equal(time_with(127, 0, UINT64_MAX), 0);
    assert_int_equal(time_with(0x80, 0, 5), 5000000000);
    assert_int_equal(time_with(0x8a, 0, 1536), 1500000000);
    assert_int_equal(time_with(0xa0, 0, UINT64_C(3) << 31), 1500000000);
    assert_int_equal(time_with(0xff, 0, UINT64_MAX), 0);
    assert_int_equal(time_with(6, 1000, 1), 1000000001000);
    assert_int_equal(time_with(6, -1, 250000), -750000000);
    assert_int_equal(time_with(6, 0, UINT64_MAX), INT64_MAX);
    assert_int_equal(time_with(9, INT64_MIN, 0), INT64_MIN);
}

/* ---- Packets
 * ---------------------------------------------------------------------------------------- */

static void test_packet_options(void **state)
{
    (void)state;
    for (int big = 0; big < 2; big++) {
        struct build b = start(big != 0);
        size_t at = build_packet_begin(&b, 0, 1, 5);
        build_option(&b, 1, "hello", 5);
        build_u16(&b, 2);
        build_u16(&b, 4);
        build_u32(&b, 2 | 4 << 5); /* outbound, an FCS of four bytes */
        build_option(&b, 0, NULL, 0);
        build_end(&b, at);
        lamna_source *src = build_open(&b);
        lamna_packet_info packet;
        next(src, &packet);
        assert_true(packet.flags & LAMNA_PACKET_HAS_FLAGS);
        assert_int_equal(packet.flags_word, 2 | 4 << 5);
        assert_int_equal(packet.fcs_length, 4);
        assert_int_equal(packet.options_length, 4 + 8 + 8 + 4);
        assert_memory_equal(packet.options + 4, "hello", 5);
        assert_int_equal(packet.offset, at);
        assert_int_equal(packet.record_length, b.out.length - at);
        lamna_source_close(src);
        build_free(&b);
    }
}

/* A simple packet has no time, and as many bytes as the first interface's snaplen allows. */
static void test_simple_packets(void **state)
{
    (void)state;
    struct build b = {0};
    build_section(&b);
    build_interface(&b, 1, 8);
    for (uint32_t length = 6; length <= 12; length += 6) {
        size_t at = build_begin(&b, 3);
        build_u32(&b, length);
        buf_bytes(&b.out, "\0\1\2\3\4\5\6\7", 8);
        build_end(&b, at);
    }
    lamna_source *src = build_open(&b);
    lamna_packet_info packet;
    next(src, &packet);
    assert_int_equal(packet.captured, 6);
    assert_false(packet.flags & LAMNA_PACKET_HAS_TIME);
    next(src, &packet);
    assert_int_equal(packet.captured, 8);
    assert_int_equal(packet.length, 12);
    lamna_source_close(src);
    build_free(&b);
}

static void test_obsolete_packet(void **state)
{
    (void)state;
    struct build b = start(true);
    size_t at = build_begin(&b, 2);
    build_u16(&b, 0);
    build_u16(&b, 7); /* drops */
    build_u64(&b, 1000000);
    build_u32(&b, 3);
    build_u32(&b, 30);
    buf_bytes(&b.out, "\0\1\2", 4);
    build_end(&b, at);
    lamna_source *src = build_open(&b);
    expect_packet(src, 1000000000, 3, 30);
    lamna_source_close(src);
    build_free(&b);
}

/* Blocks that Wireshark numbers as packets, even where no interface is known. */
static void test_other_packets(void **state)
{
    (void)state;
    struct build b = {0};
    build_section(&b);
    size_t at = build_begin(&b, 0xbad);
    build_u32(&b, 32473);
    buf_str(&b.out, "custom data!");
    build_end(&b, at);
    at = build_begin(&b, 9);
    buf_str(&b.out, "__REALTIME_TIMESTAMP=1600000000123456\nMESSAGE=hi\n");
    build_end(&b, at);
    at = build_begin(&b, 0x204);
    build_u16(&b, 1);
    build_u64(&b, 1600000000000000001);
    build_u64(&b, 77);
    build_u32(&b, 30);
    build_u16(&b, 3);
    buf_str(&b.out, "abcd");
    build_end(&b, at);
    lamna_source *src = build_open(&b);
    lamna_packet_info packet;
    next(src, &packet);
    assert_int_equal(packet.link_type, LAMNA_LINK_CUSTOM_BLOCK);
    assert_true(packet.interface == LAMNA_NO_INTERFACE);
    assert_int_equal(packet.captured, 12);
    assert_memory_equal(packet.data, "custom data!", 12);
    next(src, &packet);
    assert_int_equal(packet.link_type, LAMNA_LINK_SYSTEMD_JOURNAL);
    assert_int_equal(packet.time_ns, 1600000000123456000);
    assert_int_equal(packet.captured, 49);
    next(src, &packet);
    assert_int_equal(packet.link_type, LAMNA_LINK_SYSDIG_EVENT);
    assert_int_equal(packet.time_ns, 1600000000000000001);
    assert_int_equal(packet.captured, 4);
    assert_int_equal(packet.length, 30);
    lamna_source_close(src);
    build_free(&b);
}

/* Totals: the last block counts, per interface. */
static void test_statistics(void **state)
{
    (void)state;
    struct build b = start(false);
    for (uint64_t drops = 5; drops <= 9; drops += 4) {
        size_t at = build_begin(&b, 5);
        build_u32(&b, 0);
        build_u64(&b, 0);
        build_option(&b, 5, &(uint64_t){1}, 8);
        build_option(&b, 7, &drops, 8);
        build_end(&b, at);
    }
    lamna_source *src = build_open(&b);
    (void)expect_end(src, LAMNA_END);
    lamna_source_stats stats;
    lamna_source_stats_get(src, &stats);
    assert_int_equal(stats.dropped_kernel, 9);
    assert_int_equal(stats.dropped_interface, 1);
    assert_int_equal(stats.position, b.out.length);
    assert_int_equal(stats.size, b.out.length);
    lamna_interface interface;
    assert_true(lamna_source_interface(src, 0, &interface));
    assert_int_equal(interface.dropped, 10);
    lamna_source_close(src);
    build_free(&b);
}

/* ---- Damage
 * ------------------------------------------------------------------------------------------ */

/* A good packet, then what `damage` does to a second one. */
static void check_damage(lamna_status status, void (*damage)(uint8_t *block))
{
    for (int big = 0; big < 2; big++) {
        struct build b = start(big != 0);
        build_packet(&b, 0, 1, 10);
        size_t at = b.out.length;
        build_packet(&b, 0, 1, 10);
        damage((uint8_t *)b.out.data + at);
        lamna_source *src = build_open(&b);
        expect_packet(src, 1000, 10, 110);
        assert_int_equal(expect_end(src, status), at);
        lamna_source_close(src);
        build_free(&b);
    }
}

static void length_zero(uint8_t *block)
{
    memset(block + 4, 0, 4);
}

static void length_huge(uint8_t *block)
{
    memset(block + 4, 0xff, 4);
}

static void length_past_end(uint8_t *block)
{
    memset(block + 4, 1, 4);
}

static void lengths_differ(uint8_t *block)
{
    memset(block + 40, 1, 4);
}

static void no_such_interface(uint8_t *block)
{
    memset(block + 8, 1, 4);
}

static void captured_too_long(uint8_t *block)
{
    memset(block + 20, 0xff, 4);
}

static void test_damage(void **state)
{
    (void)state;
    check_damage(LAMNA_ERR_FORMAT, length_zero);
    check_damage(LAMNA_ERR_FORMAT, length_huge);
    check_damage(LAMNA_ERR_TRUNCATED, length_past_end);
    check_damage(LAMNA_ERR_FORMAT, lengths_differ);
    check_damage(LAMNA_ERR_FORMAT, no_such_interface);
    check_damage(LAMNA_ERR_FORMAT, captured_too_long);
}

static void test_lying_option(void **state)
{
    (void)state;
    struct build b = start(false);
    size_t at = build_packet_begin(&b, 0, 1, 4);
    build_u16(&b, 1);
    build_u16(&b, 1000);
    build_end(&b, at);
    lamna_source *src = build_open(&b);
    assert_int_equal(expect_end(src, LAMNA_ERR_FORMAT), at + 32);
    lamna_source_close(src);
    build_free(&b);
}

/* Lengths that are not multiples of 4 exist, with the padding in the file. */
static void test_unpadded_length(void **state)
{
    (void)state;
    struct build b = start(false);
    size_t at = b.out.length;
    build_packet(&b, 0, 1, 10);
    b.out.data[at + 4] -= 2;
    b.out.data[b.out.length - 4] -= 2;
    build_packet(&b, 0, 2, 10);
    lamna_source *src = build_open(&b);
    expect_packet(src, 1000, 10, 110);
    expect_packet(src, 2000, 10, 110);
    (void)expect_end(src, LAMNA_END);
    lamna_source_close(src);
    build_free(&b);
}

/* The number of interfaces is bounded, and the error says by what. */
static void test_too_many_interfaces(void **state)
{
    (void)state;
    struct build b = {0};
    build_section(&b);
    for (int i = 0; i <= 65536; i++)
        build_interface(&b, 1, 0);
    lamna_source *src = build_open(&b);
    (void)expect_end(src, LAMNA_ERR_LIMIT);
    assert_int_equal(lamna_source_interfaces(src), 65536);
    lamna_source_close(src);
    build_free(&b);
}

static void test_unknown_version(void **state)
{
    (void)state;
    struct build b = {0};
    build_section(&b);
    b.out.data[14] = 1;
    lamna_error err;
    assert_null(build_try(b.out.data, b.out.length, &err));
    assert_int_equal(err.status, LAMNA_ERR_UNSUPPORTED);
    b.out.data[8] = 0; /* no byte order either */
    assert_null(build_try(b.out.data, b.out.length, &err));
    assert_int_equal(err.status, LAMNA_ERR_FORMAT);
    build_free(&b);
}

static void test_cut_anywhere(void **state)
{
    (void)state;
    struct build b = start(false);
    size_t ends[4] = {28, 48};
    for (size_t i = 0; i < 2; i++) {
        build_packet(&b, 0, 1 + i, 10);
        ends[2 + i] = b.out.length;
    }
    for (size_t n = 4; n <= b.out.length; n++) {
        lamna_error err;
        lamna_source *src = build_try(b.out.data, n, &err);
        if (n < 28) {
            assert_null(src);
            assert_int_equal(err.status, LAMNA_ERR_TRUNCATED);
            continue;
        }
        assert_non_null(src);
        size_t whole = 0; /* blocks after the first */
        while (whole < 3 && ends[whole + 1] <= n)
            whole++;
        for (size_t i = 1; i < whole; i++)
            expect_packet(src, (int64_t)i * 1000, 10, 110);
        if (ends[whole] == n)
            (void)expect_end(src, LAMNA_END);
        else
            assert_int_equal(expect_end(src, LAMNA_ERR_TRUNCATED), ends[whole]);
        lamna_source_close(src);
    }
    build_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sections),
        cmocka_unit_test(test_clocks),
        cmocka_unit_test(test_packet_options),
        cmocka_unit_test(test_simple_packets),
        cmocka_unit_test(test_obsolete_packet),
        cmocka_unit_test(test_other_packets),
        cmocka_unit_test(test_statistics),
        cmocka_unit_test(test_damage),
        cmocka_unit_test(test_lying_option),
        cmocka_unit_test(test_unpadded_length),
        cmocka_unit_test(test_too_many_interfaces),
        cmocka_unit_test(test_unknown_version),
        cmocka_unit_test(test_cut_anywhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
