#include "base/number.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/bytes.h"

static const char hex_digits[] = "0123456789abcdef";

/* "00" to "99": two digits at a time halve the divisions. */
static const char pairs[] = "00010203040506070809"
                            "10111213141516171819"
                            "20212223242526272829"
                            "30313233343536373839"
                            "40414243444546474849"
                            "50515253545556575859"
                            "60616263646566676869"
                            "70717273747576777879"
                            "80818283848586878889"
                            "90919293949596979899";

/* "00" to "ff". */
#define SIXTEEN(h)                                                                                 \
    h "0" h "1" h "2" h "3" h "4" h "5" h "6" h "7" h "8" h "9" h "a" h "b" h "c" h "d" h "e" h "f"
static const char hex_pairs[] = SIXTEEN("0") SIXTEEN("1") SIXTEEN("2") SIXTEEN("3") SIXTEEN("4")
    SIXTEEN("5") SIXTEEN("6") SIXTEEN("7") SIXTEEN("8") SIXTEEN("9") SIXTEEN("a") SIXTEEN("b")
        SIXTEEN("c") SIXTEEN("d") SIXTEEN("e") SIXTEEN("f");

static unsigned digits_of(uint64_t v)
{
    unsigned n = 1;
    for (; v >= 10000; v /= 10000)
        n += 4;
    return n + (v >= 10) + (v >= 100) + (v >= 1000);
}

char *number_digits(char *out, uint64_t v, unsigned width)
{
    char *end = out + width, *at = end;
    for (; at - out >= 2; v /= 100) {
        at -= 2;
        memcpy(at, pairs + 2 * (v % 100), 2);
    }
    if (at > out)
        *out = (char)('0' + v % 10);
    return end;
}

char *number_dec(char *out, uint64_t v)
{
    if (v < 10) {
        *out = (char)('0' + v);
        return out + 1;
    }
    return number_digits(out, v, digits_of(v));
}

/* The magnitude of v; well defined for INT64_MIN too. */
static uint64_t magnitude(int64_t v)
{
    return v < 0 ? 0 - (uint64_t)v : (uint64_t)v;
}

char *number_signed(char *out, int64_t v)
{
    if (v < 0)
        *out++ = '-';
    return number_dec(out, magnitude(v));
}

char *number_hex(char *out, uint64_t v, unsigned digits)
{
    unsigned needed = v == 0 ? 1 : (67 - (unsigned)__builtin_clzll(v)) / 4;
    unsigned n = digits <= needed ? needed : digits < 16 ? digits : 16;
    *out++ = '0';
    *out++ = 'x';
    for (unsigned i = n; i-- > 0;)
        *out++ = hex_digits[v >> 4 * i & 15];
    return out;
}

/* Arithmetic instead of a table: compilers turn it into vector instructions, sixteen bytes at a time. */
static char hex_digit(unsigned nibble)
{
    return (char)(nibble + (nibble > 9 ? 'a' - 10 : '0'));
}

char *number_hex_bytes(char *restrict out, const uint8_t *restrict bytes, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        out[2 * i] = hex_digit(bytes[i] >> 4);
        out[2 * i + 1] = hex_digit(bytes[i] & 15);
    }
    return out + 2 * n;
}

char *number_hex_list(char *out, const uint8_t *bytes, size_t n, char separator)
{
    if (n == 0)
        return out;
    for (size_t i = 0; i + 1 < n; i++, out += 3) {
        memcpy(out, hex_pairs + 2 * bytes[i], 2);
        out[2] = separator;
    }
    memcpy(out, hex_pairs + 2 * bytes[n - 1], 2);
    return out + 2;
}

static char *octet(char *out, unsigned v)
{
    if (v >= 100) {
        *out++ = (char)('0' + v / 100);
        memcpy(out, pairs + 2 * (v % 100), 2);
        return out + 2;
    }
    if (v >= 10) {
        memcpy(out, pairs + 2 * v, 2);
        return out + 2;
    }
    *out = (char)('0' + v);
    return out + 1;
}

char *number_ipv4(char *out, uint32_t address)
{
    for (unsigned shift = 24; shift > 0; shift -= 8) {
        out = octet(out, address >> shift & 255);
        *out++ = '.';
    }
    return octet(out, address & 255);
}

/* The longest run of two or more zero groups, the first of equals (RFC 5952, section 4.2.3). */
static unsigned longest_zero_run(const uint8_t address[16], unsigned *length)
{
    unsigned best = 0, at = 0, run = 0;
    for (unsigned i = 0; i < 8; i++) {
        run = be16(address + 2 * i) == 0 ? run + 1 : 0;
        if (run > best) {
            best = run;
            at = i + 1 - run;
        }
    }
    *length = best >= 2 ? best : 0;
    return at;
}

/* ::ffff:a.b.c.d, and ::a.b.c.d but for :: and ::1 and the like (RFC 4291, section 2.5.5). */
static bool ends_in_ipv4(unsigned zeros_at, unsigned zeros, const uint8_t address[16])
{
    return zeros_at == 0 && (zeros == 6 || (zeros == 5 && be16(address + 10) == 0xffff));
}

/* A group without leading zeros. */
static char *group(char *out, unsigned v)
{
    for (unsigned shift = v > 0xfff ? 12 : v > 0xff ? 8 : v > 0xf ? 4 : 0; shift > 0; shift -= 4)
        *out++ = hex_digits[v >> shift & 15];
    *out++ = hex_digits[v & 15];
    return out;
}

char *number_ipv6(char *out, const uint8_t address[16])
{
    unsigned zeros;
    unsigned zeros_at = longest_zero_run(address, &zeros);
    bool ipv4 = ends_in_ipv4(zeros_at, zeros, address);
    unsigned groups = ipv4 ? 6 : 8;
    for (unsigned i = 0; i < groups; i++) {
        if (zeros > 0 && i == zeros_at) {
            *out++ = ':';
            *out++ = ':';
            i += zeros - 1;
            continue;
        }
        if (i > 0 && !(zeros > 0 && i == zeros_at + zeros))
            *out++ = ':';
        out = group(out, be16(address + 2 * i));
    }
    if (!ipv4)
        return out;
    if (zeros == 5)
        *out++ = ':';
    return number_ipv4(out, be32(address + 12));
}

char *number_seconds(char *out, int64_t ns)
{
    if (ns < 0)
        *out++ = '-';
    uint64_t v = magnitude(ns);
    out = number_dec(out, v / 1000000000u);
    *out++ = '.';
    return number_digits(out, v % 1000000000u, 9);
}

/* Of v = m / 2^k, m below 2^53: the fraction in units of 10^-places, rounded half to even. */
static uint64_t fraction_of(uint64_t m, unsigned k, uint64_t units)
{
    unsigned __int128 scaled = m & (((uint64_t)1 << k) - 1);
    scaled *= units;
    uint64_t fraction = (uint64_t)(scaled >> k), half = (uint64_t)1 << k >> 1;
    uint64_t rest = (uint64_t)scaled & (((uint64_t)1 << k) - 1);
    bool up = k > 0 && (rest > half || (rest == half && (fraction & 1) != 0));
    return fraction + up;
}

/* What is neither very small nor very large is exact in integers; the rest is rare, and printf's. */
char *number_double(char *out, double v)
{
    enum { MANTISSA = 52, BIAS = 1075, DIGITS = 17 };
    if (!(v >= 1 && v < 1e15))
        return out + snprintf(out, NUMBER_DOUBLE, "%.17g", v);
    uint64_t bits, units = 1;
    memcpy(&bits, &v, sizeof bits);
    uint64_t m = (bits & (((uint64_t)1 << MANTISSA) - 1)) | (uint64_t)1 << MANTISSA;
    unsigned k = BIAS - (unsigned)(bits >> MANTISSA), places = DIGITS - digits_of(m >> k);
    for (unsigned i = 0; i < places; i++)
        units *= 10;
    uint64_t fraction = fraction_of(m, k, units);
    out = number_dec(out, (m >> k) + (fraction == units));
    if (fraction == 0 || fraction == units)
        return out;
    *out++ = '.';
    for (out = number_digits(out, fraction, places); out[-1] == '0';)
        out--;
    return out;
}
