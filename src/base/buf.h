/*
 * buf: a growing byte buffer, and the fast formatting of everything that is printed in bulk.
 *
 * Errors are sticky: once memory is out, `failed` is set, later puts do nothing, and who sends the
 * buffer off checks once. None of these uses printf but buf_format(), which is for rare text.
 */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

struct buf {
    char *data; /* owned; not NUL-terminated unless buf_cstr() was called */
    size_t length;
    size_t capacity;
    bool failed; /* out of memory: the contents are not complete */
};

void buf_free(struct buf *b);
void buf_clear(struct buf *b);
/* Room for n more bytes; false (and `failed`) if there is no memory. */
bool buf_reserve(struct buf *b, size_t n);
void buf_bytes(struct buf *b, const void *bytes, size_t n);
void buf_str(struct buf *b, const char *s);
void buf_char(struct buf *b, char c);
void buf_fill(struct buf *b, char c, size_t n);
void buf_u64(struct buf *b, uint64_t v);
void buf_i64(struct buf *b, int64_t v);
/* At least `width` decimal digits, zero-padded. */
void buf_u64_padded(struct buf *b, uint64_t v, unsigned width);
/* "0x" and at least `digits` lower-case hexadecimal digits. */
void buf_hex(struct buf *b, uint64_t v, unsigned digits);
/* n bytes as hexadecimal digits, `separator` between bytes (0: none). */
void buf_hex_bytes(struct buf *b, const uint8_t *bytes, size_t n, char separator);
/* Dotted decimal; `address` in host byte order. */
void buf_ipv4(struct buf *b, uint32_t address);
/* RFC 5952. */
void buf_ipv6(struct buf *b, const uint8_t address[16]);
/* Seconds with nine decimals, "-1.000000001" for negative ones. */
void buf_seconds(struct buf *b, int64_t ns);
void buf_format(struct buf *b, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* A JSON string with its quotes (RFC 8259, section 7); bytes that are not UTF-8 become U+FFFD. */
void buf_json_string(struct buf *b, const char *s, size_t n);
/* The contents as a C string, or "" if memory is out. Valid until the next change. */
const char *buf_cstr(struct buf *b);

#endif
