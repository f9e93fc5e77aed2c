/*
 * buf: a growing byte buffer, into which numbers are written as text (see number.h).
 *
 * Errors are sticky: once memory is out, `failed` is set, later puts do nothing, and who sends the
 * buffer off checks once. None of these uses printf but buf_format(), which is for rare text.
 */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/error.h"
#include "base/number.h"

struct buf {
    char *data; /* owned; not NUL-terminated unless buf_cstr() was called */
    size_t length;
    size_t capacity;
    bool failed; /* out of memory: the contents are not complete */
};

void buf_free(struct buf *b);
void buf_clear(struct buf *b);
/* For buf_reserve() alone. */
bool buf_grow(struct buf *b, size_t n);

/* Room for n more bytes; false (and `failed`) if there is no memory. */
static inline bool buf_reserve(struct buf *b, size_t n)
{
    return __builtin_expect(n <= b->capacity - b->length && !b->failed, 1) || buf_grow(b, n);
}

/* Where n more bytes may be written, for buf_end(); NULL if there is no memory. */
static inline char *buf_begin(struct buf *b, size_t n)
{
    return buf_reserve(b, n) ? b->data + b->length : NULL;
}

/* The contents end where the writing ended. */
static inline void buf_end(struct buf *b, const char *end)
{
    b->length = (size_t)(end - b->data);
}

static inline void buf_bytes(struct buf *b, const void *bytes, size_t n)
{
    if (n == 0 || !buf_reserve(b, n))
        return;
    memcpy(b->data + b->length, bytes, n);
    b->length += n;
}

static inline void buf_str(struct buf *b, const char *s)
{
    buf_bytes(b, s, strlen(s));
}

static inline void buf_char(struct buf *b, char c)
{
    if (buf_reserve(b, 1))
        b->data[b->length++] = c;
}

void buf_fill(struct buf *b, char c, size_t n);
void buf_u64(struct buf *b, uint64_t v);
void buf_i64(struct buf *b, int64_t v);
/* "0x" and at least `digits` lower-case hexadecimal digits. */
void buf_hex(struct buf *b, uint64_t v, unsigned digits);
/* n bytes as hexadecimal digits, `separator` between bytes (0: none). */
void buf_hex_bytes(struct buf *b, const uint8_t *bytes, size_t n, char separator);
void buf_ipv4(struct buf *b, uint32_t address);
void buf_ipv6(struct buf *b, const uint8_t address[16]);
void buf_seconds(struct buf *b, int64_t ns);
void buf_format(struct buf *b, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* Text that stays on its line: control characters become dots. Returns how many columns it takes, if it is
 * UTF-8 without wide or combining characters. */
size_t buf_line(struct buf *b, const char *s, size_t n);
/* A JSON string with its quotes (RFC 8259, section 7); bytes that are not UTF-8 become U+FFFD. */
void buf_json_string(struct buf *b, const char *s, size_t n);
/* The contents as a C string, or "" if memory is out. Valid until the next change. */
const char *buf_cstr(struct buf *b);

#endif
