#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

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

bool buf_grow(struct buf *b, size_t n)
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

void buf_fill(struct buf *b, char c, size_t n)
{
    if (n == 0 || !buf_reserve(b, n))
        return;
    memset(b->data + b->length, c, n);
    b->length += n;
}

/* ---- Numbers: see number.h ----------------------------------------------------------------- */

void buf_u64(struct buf *b, uint64_t v)
{
    char *out = buf_begin(b, NUMBER_DEC);
    if (out != NULL)
        buf_end(b, number_dec(out, v));
}

void buf_i64(struct buf *b, int64_t v)
{
    char *out = buf_begin(b, NUMBER_DEC);
    if (out != NULL)
        buf_end(b, number_signed(out, v));
}

void buf_hex(struct buf *b, uint64_t v, unsigned digits)
{
    char *out = buf_begin(b, NUMBER_HEX);
    if (out != NULL)
        buf_end(b, number_hex(out, v, digits));
}

void buf_hex_bytes(struct buf *b, const uint8_t *bytes, size_t n, char separator)
{
    char *out = n == 0 || n > SIZE_MAX / 3 ? NULL : buf_begin(b, n * 3);
    if (out != NULL)
        buf_end(b, separator == 0 ? number_hex_bytes(out, bytes, n)
                                  : number_hex_list(out, bytes, n, separator));
}

void buf_ipv4(struct buf *b, uint32_t address)
{
    char *out = buf_begin(b, NUMBER_IPV4);
    if (out != NULL)
        buf_end(b, number_ipv4(out, address));
}

void buf_ipv6(struct buf *b, const uint8_t address[16])
{
    char *out = buf_begin(b, NUMBER_IPV6);
    if (out != NULL)
        buf_end(b, number_ipv6(out, address));
}

void buf_seconds(struct buf *b, int64_t ns)
{
    char *out = buf_begin(b, NUMBER_SECONDS);
    if (out != NULL)
        buf_end(b, number_seconds(out, ns));
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

size_t buf_line(struct buf *b, const char *s, size_t n)
{
    const uint8_t *at = (const uint8_t *)s, *end = at + n;
    size_t columns = 0;
    while (at < end) {
        size_t plain = text_plain(at, (size_t)(end - at));
        buf_bytes(b, at, plain);
        columns += plain;
        at += plain;
        for (; at < end && !byte_is_plain(*at); at++) {
            buf_char(b, *at < 0x20 || *at == 0x7f ? '.' : (char)*at);
            columns += (*at & 0xc0) != 0x80;
        }
    }
    return columns;
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
    buf_hex_bytes(b, &c, 1, 0);
}

/* How many bytes at the start of s are written as they are. */
static size_t json_plain(const uint8_t *s, size_t n)
{
    for (size_t i = 0;;) {
        i += text_plain(s + i, n - i);
        size_t length = i < n && s[i] >= 0x80 ? utf8_sequence(s + i, n - i) : 0;
        if (length == 0)
            return i;
        i += length;
    }
}

void buf_json_string(struct buf *b, const char *s, size_t n)
{
    const uint8_t *at = (const uint8_t *)s, *end = at + n;
    buf_char(b, '"');
    while (at < end) {
        size_t plain = json_plain(at, (size_t)(end - at));
        buf_bytes(b, at, plain);
        at += plain;
        if (at == end)
            break;
        if (*at == '"' || *at == '\\') {
            buf_char(b, '\\');
            buf_char(b, (char)*at);
        } else if (*at < 0x20 || *at == 0x7f) {
            buf_json_control(b, *at);
        } else {
            buf_str(b, "\xef\xbf\xbd");
        }
        at++;
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
