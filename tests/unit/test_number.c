/* Numbers and formatted text are what the C library's printf says. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"
#include "base/number.h"
#include "base/print.h"

static const uint64_t edges[] = {0,
                                 1,
                                 9,
                                 10,
                                 15,
                                 16,
                                 99,
                                 100,
                                 255,
                                 999,
                                 1000,
                                 9999,
                                 10000,
                                 65535,
                                 99999,
                                 100000,
                                 UINT32_MAX,
                                 1ull << 32,
                                 9999999999999999999ull,
                                 10000000000000000000ull,
                                 INT64_MAX,
                                 (uint64_t)INT64_MAX + 1,
                                 UINT64_MAX};

enum { EDGES = sizeof edges / sizeof *edges, RANDOM = 20000 };

/* The edges, then numbers of every length. */
static uint64_t number_at(unsigned i)
{
    uint64_t v = (i + 1) * UINT64_C(0x9e3779b97f4a7c15);
    v ^= v >> 29;
    return i < EDGES ? edges[i] : v >> i % 64;
}

static void numbers_are_as_printed(void **state)
{
    (void)state;
    for (unsigned i = 0; i < RANDOM; i++) {
        char expected[64], text[64];
        uint64_t v = number_at(i);
        (void)snprintf(expected, sizeof expected, "%llu", (unsigned long long)v);
        *number_dec(text, v) = '\0';
        assert_string_equal(text, expected);
        (void)snprintf(expected, sizeof expected, "%lld", (long long)v);
        *number_signed(text, (int64_t)v) = '\0';
        assert_string_equal(text, expected);
        for (unsigned digits = 0; digits <= 16; digits++) {
            (void)snprintf(expected, sizeof expected, "0x%0*llx", (int)digits,
                           (unsigned long long)v);
            *number_hex(text, v, digits) = '\0';
            assert_string_equal(text, expected);
        }
        (void)snprintf(expected, sizeof expected, "%09llu", (unsigned long long)v % 1000000000);
        *number_digits(text, v, 9) = '\0';
        assert_string_equal(text, expected);
    }
}

static void assert_double(double v)
{
    char expected[64], text[NUMBER_DOUBLE + 1];
    (void)snprintf(expected, sizeof expected, "%.17g", v);
    *number_double(text, v) = '\0';
    assert_string_equal(text, expected);
}

/* Of all magnitudes, and such as are half-way between two that can be written. */
static void doubles_are_as_printed(void **state)
{
    static const double some[] = {0,
                                  1,
                                  -1,
                                  0.1,
                                  9.9999999999999982,
                                  99999999999999.98,
                                  1e15,
                                  1e16,
                                  1e17,
                                  1e300,
                                  1e-300,
                                  999999999999999.88,
                                  INFINITY,
                                  -INFINITY,
                                  1.0 / 3,
                                  1 + 0x1p-52,
                                  123456.5,
                                  8589934592.000001};
    (void)state;
    for (size_t i = 0; i < sizeof some / sizeof *some; i++)
        assert_double(some[i]);
    for (unsigned i = 0; i < RANDOM; i++) {
        uint64_t n = number_at(i),
                 bits = (n & UINT64_C(0xfffffffffffff)) | (uint64_t)(1020 + i % 60) << 52;
        double v;
        memcpy(&v, &bits, sizeof v);
        assert_double(v);
        assert_double((double)(n >> i % 64) / 1024);
        assert_double(8e9 * (double)(n % 1000000) / (double)(1 + (n >> 40)));
    }
}

static void digits_keep_their_width(void **state)
{
    char text[8];
    (void)state;
    *number_digits(text, 7, 1) = '\0';
    assert_string_equal(text, "7");
    *number_digits(text, 7, 4) = '\0';
    assert_string_equal(text, "0007");
    *number_digits(text, 12345, 2) = '\0';
    assert_string_equal(text, "45");
}

static void seconds_have_nine_decimals(void **state)
{
    static const struct {
        int64_t ns;
        const char *text;
    } cases[] = {{0, "0.000000000"},
                 {1, "0.000000001"},
                 {-1, "-0.000000001"},
                 {1767607200000001000, "1767607200.000001000"},
                 {-1000000001, "-1.000000001"},
                 {INT64_MAX, "9223372036.854775807"},
                 {INT64_MIN, "-9223372036.854775808"}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[NUMBER_SECONDS + 1];
        *number_seconds(text, cases[i].ns) = '\0';
        assert_string_equal(text, cases[i].text);
    }
}

static void bytes_are_hexadecimal(void **state)
{
    uint8_t bytes[256];
    char text[3 * sizeof bytes], expected[3 * sizeof bytes];
    (void)state;
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(i * 37);
    for (size_t n = 0; n <= sizeof bytes; n++) {
        char *end = expected;
        for (size_t i = 0; i < n; i++)
            end += sprintf(end, "%02x", bytes[i]);
        assert_ptr_equal(number_hex_bytes(text, bytes, n), text + 2 * n);
        assert_memory_equal(text, expected, 2 * n);
        end = expected;
        for (size_t i = 0; i < n; i++)
            end += sprintf(end, "%s%02x", i > 0 ? ":" : "", bytes[i]);
        assert_ptr_equal(number_hex_list(text, bytes, n, ':'), text + (n == 0 ? 0 : 3 * n - 1));
        assert_memory_equal(text, expected, (size_t)(end - expected));
    }
}

static void addresses(void **state)
{
    static const struct {
        uint8_t bytes[16];
        const char *text;
    } cases[] = {{{0}, "::"},
                 {{[15] = 1}, "::1"},
                 {{0x20, 1, 0xd, 0xb8, [15] = 1}, "2001:db8::1"},
                 {{0x20, 1, 0xd, 0xb8, 0, 0, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1}, "2001:db8:0:1:1:1:1:1"},
                 {{0xfe, 0x80, [14] = 0xab, 0xcd}, "fe80::abcd"},
                 {{0, 1, [12] = 0, 0, 0, 2}, "1::2"},
                 {{[10] = 0xff, 0xff, 192, 0, 2, 1}, "::ffff:192.0.2.1"},
                 {{[12] = 192, 0, 2, 1}, "::192.0.2.1"},
                 {{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
                   0xff, 0xff, 0xff},
                  "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"}};
    char text[NUMBER_IPV6 + 1], expected[NUMBER_IPV4 + 1];
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        *number_ipv6(text, cases[i].bytes) = '\0';
        assert_string_equal(text, cases[i].text);
    }
    for (unsigned i = 0; i < 256; i++) {
        (void)snprintf(expected, sizeof expected, "%u.%u.%u.%u", i, 255 - i, i / 2, i / 10);
        *number_ipv4(text, i << 24 | (255 - i) << 16 | i / 2 << 8 | i / 10) = '\0';
        assert_string_equal(text, expected);
    }
}

/* ---- Formats ------------------------------------------------------------------------------- */

static void check(const char *fmt, ...) PRINTF_LIKE(1, 2);

/* The same text as vsnprintf() in every room, and the same length. */
static void check(const char *fmt, ...)
{
    char text[128], expected[128];
    for (size_t room = 1; room <= sizeof text; room++) {
        va_list args, again;
        va_start(args, fmt);
        va_copy(again, args);
        size_t n = print_text(text, room, fmt, args);
        int m = vsnprintf(expected, room, fmt, again);
        va_end(args);
        va_end(again);
        assert_int_equal(n, m);
        assert_string_equal(text, expected);
    }
}

static void formats_are_as_printed(void **state)
{
    (void)state;
    check("nothing");
    check("%s", "");
    check("[%s] [%10s] [%-10s] [%.3s] [%10.3s] [%-10.3s|", "text", "text", "text", "text", "text",
          "text");
    check("%.*s|%.*s|%.*s", 2, "text", 0, "text", 9, "text");
    check("%c%c%%%5c|%-5c|", 'a', 'b', 'c', 'd');
    check("%hhu %hhd %hu %hd", (uint8_t)200, (int8_t)-100, (uint16_t)50000, (int16_t)-20000);
    check("%f %.2f %g", 1.5, 2.25, 1e10);
    check("%s %+d %#x % d %5.3u %.0u", "left to the library:", 5, 255u, 7, 12u, 0u);
    for (unsigned i = 0; i < RANDOM / 10; i++) {
        uint64_t v = number_at(i);
        check("%u %5u|%05u|%-5u|%d %6d|%06d|%-6d|", (unsigned)v, (unsigned)v, (unsigned)v,
              (unsigned)v, (int)v, (int)v, (int)v, (int)v);
        check("%x %04x %8X %-12o| %zu", (unsigned)v, (unsigned)v, (unsigned)v, (unsigned)v,
              (size_t)v);
        check("%llu %llx %lld %lu %ld %jd", (unsigned long long)v, (unsigned long long)v,
              (long long)v, (unsigned long)v, (long)v, (intmax_t)v);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_as_printed),  cmocka_unit_test(doubles_are_as_printed),
        cmocka_unit_test(digits_keep_their_width), cmocka_unit_test(seconds_have_nine_decimals),
        cmocka_unit_test(bytes_are_hexadecimal),   cmocka_unit_test(addresses),
        cmocka_unit_test(formats_are_as_printed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
