#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"

enum { BUF_FIRST = 256 };

void buf_free(struct buf *b)
{
    free(b->data);
    *b = (struct buf){0};
}

void buf_clear(struct buf *b)
{
    b->length = 0;
    b->failed = false;
}

static bool buf_grow(struct buf *b, size_t n)
{
    if (b->failed || n > SIZE_MAX / 2 - b->length) {
        b->failed = true;
        return false;
    }
    size_t capacity = b->capacity == 0 ? BUF_FIRST : b->capacity;
    while (capacity < b->length + n)
        capacity *= 2;
    char *data = realloc(b->data, capacity);
    if (data == NULL) {
        b->failed = true;
        return false;
    }
    b->data = data;
    b->capacity = capacity;
    return true;
}

bool buf_reserve(struct buf *b, size_t n)
{
    if (n <= b->capacity - b->length && !b->failed)
        return true;
    return buf_grow(b, n);
}

void buf_bytes(struct buf *b, const void *bytes, size_t n)
{
    if (n == 0 || !buf_reserve(b, n))
        return;
    memcpy(b->data + b->length, bytes, n);
    b->length += n;
}

void buf_str(struct buf *b, const char *s)
{
    buf_bytes(b, s, strlen(s));
}

void buf_char(struct buf *b, char c)
{
    if (buf_reserve(b, 1))
        b->data[b->length++] = c;
}

void buf_fill(struct buf *b, char c, size_t n)
{
    if (n == 0 || !buf_reserve(b, n))
        return;
    memset(b->data + b->length, c, n);
    b->length += n;
}

void buf_u64_padded(struct buf *b, uint64_t v, unsigned width)
{
    char digits[40];
    size_t at = sizeof digits;
    do {
        digits[--at] = (char)('0' + v % 10);
        v /= 10;
    } while (v != 0);
    while (sizeof digits - at < width && at > 0)
        digits[--at] = '0';
    buf_bytes(b, digits + at, sizeof digits - at);
}

void buf_u64(struct buf *b, uint64_t v)
{
    buf_u64_padded(b, v, 1);
}

/* The magnitude of v; well defined for INT64_MIN too. */
static uint64_t magnitude(int64_t v)
{
    return v < 0 ? 0 - (uint64_t)v : (uint64_t)v;
}

void buf_i64(struct buf *b, int64_t v)
{
    if (v < 0)
        buf_char(b, '-');
    buf_u64(b, magnitude(v));
}

static const char hex_digits[] = "0123456789abcdef";

void buf_hex(struct buf *b, uint64_t v, unsigned digits)
{
    char text[18];
    size_t at = sizeof text;
    do {
        text[--at] = hex_digits[v & 15];
        v >>= 4;
    } while (v != 0 || (sizeof text - at < digits && at > 2));
    text[--at] = 'x';
    text[--at] = '0';
    buf_bytes(b, text + at, sizeof text - at);
}

void buf_hex_bytes(struct buf *b, const uint8_t *bytes, size_t n, char separator)
{
    if (n == 0 || n > SIZE_MAX / 3 || !buf_reserve(b, n * 3))
        return;
    char *out = b->data + b->length;
    for (size_t i = 0; i < n; i++) {
        if (separator != 0 && i > 0)
            *out++ = separator;
        *out++ = hex_digits[bytes[i] >> 4];
        *out++ = hex_digits[bytes[i] & 15];
    }
    b->length = (size_t)(out - b->data);
}

void buf_ipv4(struct buf *b, uint32_t address)
{
    for (unsigned shift = 32; shift > 0;) {
        shift -= 8;
        buf_u64(b, address >> shift & 255);
        if (shift > 0)
            buf_char(b, '.');
    }
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

void buf_ipv6(struct buf *b, const uint8_t address[16])
{
    unsigned zeros;
    unsigned zeros_at = longest_zero_run(address, &zeros);
    bool ipv4 = ends_in_ipv4(zeros_at, zeros, address);
    unsigned groups = ipv4 ? 6 : 8;
    for (unsigned i = 0; i < groups; i++) {
        if (zeros > 0 && i == zeros_at) {
            buf_bytes(b, "::", 2);
            i += zeros - 1;
            continue;
        }
        if (i > 0 && !(zeros > 0 && i == zeros_at + zeros))
            buf_char(b, ':');
        unsigned group = be16(address + 2 * i);
        for (unsigned shift = group > 0xfff ? 16 : group > 0xff ? 12 : group > 0xf ? 8 : 4; shift > 0;) {
            shift -= 4;
            buf_char(b, hex_digits[group >> shift & 15]);
        }
    }
    if (ipv4) {
        if (zeros == 5)
            buf_char(b, ':');
        buf_ipv4(b, be32(address + 12));
    }
}

void buf_seconds(struct buf *b, int64_t ns)
{
    if (ns < 0)
        buf_char(b, '-');
    uint64_t v = magnitude(ns);
    buf_u64(b, v / 1000000000u);
    buf_char(b, '.');
    buf_u64_padded(b, v % 1000000000u, 9);
}

void buf_format(struct buf *b, const char *fmt, ...)
{
    va_list args, again;
    va_start(args, fmt);
    va_copy(again, args);
    int n = vsnprintf(NULL, 0, fmt, args);
    va_end(args);
    if (n >= 0 && buf_reserve(b, (size_t)n + 1)) {
        (void)vsnprintf(b->data + b->length, (size_t)n + 1, fmt, again);
        b->length += (size_t)n;
    }
    va_end(again);
}

/* Length of the UTF-8 sequence at s, 0 if it is not one (RFC 3629: no surrogates, nothing overlong). */
static size_t utf8_sequence(const uint8_t *s, size_t n)
{
    if (s[0] < 0x80)
        return 1;
    size_t length = s[0] >= 0xf0 ? 4 : s[0] >= 0xe0 ? 3 : 2;
    if (s[0] < 0xc2 || s[0] > 0xf4 || n < length)
        return 0;
    for (size_t i = 1; i < length; i++) {
        if ((s[i] & 0xc0) != 0x80)
            return 0;
    }
    bool overlong = (s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xf0 && s[1] < 0x90);
    bool outside = (s[0] == 0xed && s[1] > 0x9f) || (s[0] == 0xf4 && s[1] > 0x8f);
    return overlong || outside ? 0 : length;
}

static void buf_json_control(struct buf *b, uint8_t c)
{
    static const char names[] = "btnvfr"; /* 8 to 13; 11 has no short form */
    buf_char(b, '\\');
    if (c >= 8 && c <= 13 && c != 11) {
        buf_char(b, names[c - 8]);
        return;
    }
    buf_str(b, "u00");
    buf_char(b, hex_digits[c >> 4]);
    buf_char(b, hex_digits[c & 15]);
}

void buf_json_string(struct buf *b, const char *s, size_t n)
{
    const uint8_t *at = (const uint8_t *)s, *end = at + n;
    buf_char(b, '"');
    while (at < end) {
        const uint8_t *plain = at;
        while (at < end && *at >= 0x20 && *at < 0x7f && *at != '"' && *at != '\\')
            at++;
        buf_bytes(b, plain, (size_t)(at - plain));
        if (at == end)
            break;
        size_t length = utf8_sequence(at, (size_t)(end - at));
        if (*at == '"' || *at == '\\') {
            buf_char(b, '\\');
            buf_char(b, (char)*at);
        } else if (*at < 0x20 || *at == 0x7f) {
            buf_json_control(b, *at);
        } else if (length > 0) {
            buf_bytes(b, at, length);
        } else {
            buf_str(b, "\xef\xbf\xbd");
        }
        at += length > 0 ? length : 1;
    }
    buf_char(b, '"');
}

const char *buf_cstr(struct buf *b)
{
    if (!buf_reserve(b, 1))
        return "";
    b->data[b->length] = '\0';
    return b->data;
}
