#include "base/print.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/number.h"

/* Where the text goes; what does not fit is counted. */
struct sink {
    char *at, *end;
    size_t length;
};

static void sink_bytes(struct sink *s, const char *bytes, size_t n)
{
    size_t room = (size_t)(s->end - s->at);
    s->length += n;
    if (n > room)
        n = room;
    if (n > 0)
        memcpy(s->at, bytes, n);
    s->at += n;
}

static void sink_fill(struct sink *s, char c, size_t n)
{
    size_t room = (size_t)(s->end - s->at);
    s->length += n;
    if (n > room)
        n = room;
    if (n > 0)
        memset(s->at, c, n);
    s->at += n;
}

/* One conversion: %[flags][width][.precision][length]what */
struct conversion {
    bool left, zero;
    size_t width;
    int precision; /* -1: none */
    char length;   /* 'l', 'q' for ll, 'z', 'j', 'h', 'b' for hh, or 0 */
    char what;
};

static const char *read_number(const char *fmt, size_t *v)
{
    for (*v = 0; *fmt >= '0' && *fmt <= '9' && *v < 1000; fmt++)
        *v = 10 * *v + (size_t)(*fmt - '0');
    return fmt;
}

static const char *read_length(const char *fmt, struct conversion *c)
{
    if (fmt[0] == 'l' && fmt[1] == 'l')
        c->length = 'q';
    else if (fmt[0] == 'h' && fmt[1] == 'h')
        c->length = 'b';
    else if (*fmt == 'l' || *fmt == 'z' || *fmt == 'j' || *fmt == 'h')
        c->length = *fmt;
    return fmt + (c->length == 'q' || c->length == 'b' ? 2 : c->length != 0);
}

/* fmt is after the '%'. Takes the argument of a '*'. Returns what comes after the conversion. */
static const char *read_conversion(const char *fmt, struct conversion *c, va_list *args)
{
    *c = (struct conversion){.precision = -1};
    for (; *fmt == '-' || *fmt == '0'; fmt++) {
        c->left |= *fmt == '-';
        c->zero |= *fmt == '0';
    }
    fmt = read_number(fmt, &c->width);
    if (fmt[0] == '.' && fmt[1] == '*') {
        c->precision = va_arg(*args, int);
        fmt += 2;
    } else if (*fmt == '.') {
        size_t digits;
        fmt = read_number(fmt + 1, &digits);
        c->precision = (int)digits;
    }
    fmt = read_length(fmt, c);
    c->what = *fmt;
    return *fmt == '\0' ? fmt : fmt + 1;
}

static uint64_t unsigned_argument(char length, va_list *args)
{
    switch (length) {
    case 'l':
        return va_arg(*args, unsigned long);
    case 'q':
        return va_arg(*args, unsigned long long);
    case 'z':
        return va_arg(*args, size_t);
    case 'j':
        return va_arg(*args, uintmax_t);
    case 'h':
        return (unsigned short)va_arg(*args, unsigned);
    case 'b':
        return (unsigned char)va_arg(*args, unsigned);
    default:
        return va_arg(*args, unsigned);
    }
}

static int64_t signed_argument(char length, va_list *args)
{
    switch (length) {
    case 'l':
        return va_arg(*args, long);
    case 'q':
        return va_arg(*args, long long);
    case 'z':
        return (int64_t)va_arg(*args, size_t);
    case 'j':
        return va_arg(*args, intmax_t);
    case 'h':
        return (short)va_arg(*args, int);
    case 'b':
        return (signed char)va_arg(*args, int);
    default:
        return va_arg(*args, int);
    }
}

/* Text in its width; `sign` characters of it stay before zeros that fill it. */
static void put_padded(struct sink *s, const struct conversion *c, const char *text, size_t n,
                       size_t sign)
{
    size_t pad = c->width > n ? c->width - n : 0;
    bool zero = c->zero && !c->left && c->precision < 0;
    if (pad > 0 && !zero && !c->left)
        sink_fill(s, ' ', pad);
    sink_bytes(s, text, sign);
    if (pad > 0 && zero)
        sink_fill(s, '0', pad);
    sink_bytes(s, text + sign, n - sign);
    if (pad > 0 && c->left)
        sink_fill(s, ' ', pad);
}

/* In base 8 or 16, the digits of v; as the last of them are found first, `end` is their end. */
static char *digits_before(char *end, uint64_t v, unsigned bits, bool capitals)
{
    const char *digits = capitals ? "0123456789ABCDEF" : "0123456789abcdef";
    do {
        *--end = digits[v & ((1u << bits) - 1)];
        v >>= bits;
    } while (v != 0);
    return end;
}

static bool put_integer(struct sink *s, const struct conversion *c, va_list *args)
{
    char text[32], *end = text + sizeof text, *at = text;
    size_t sign = 0;
    if (c->precision >= 0)
        return false;
    if (c->what == 'd' || c->what == 'i') {
        int64_t v = signed_argument(c->length, args);
        sign = v < 0;
        end = number_signed(text, v);
    } else {
        uint64_t v = unsigned_argument(c->length, args);
        if (c->what == 'u')
            end = number_dec(text, v);
        else
            at = digits_before(end, v, c->what == 'o' ? 3 : 4, c->what == 'X');
    }
    put_padded(s, c, at, (size_t)(end - at), sign);
    return true;
}

static bool put_string(struct sink *s, const struct conversion *c, va_list *args)
{
    const char *text = va_arg(*args, const char *);
    if (text == NULL || c->zero || c->length != 0)
        return false;
    size_t n = c->precision < 0 ? strlen(text) : strnlen(text, (size_t)c->precision);
    put_padded(s, c, text, n, 0);
    return true;
}

static bool put_char(struct sink *s, const struct conversion *c, va_list *args)
{
    char text = (char)va_arg(*args, int);
    if (c->zero || c->length != 0)
        return false;
    put_padded(s, c, &text, 1, 0);
    return true;
}

/* False if it is none of ours. */
static bool put_conversion(struct sink *s, const struct conversion *c, va_list *args)
{
    switch (c->what) {
    case 's':
        return put_string(s, c, args);
    case 'd':
    case 'i':
    case 'u':
    case 'x':
    case 'X':
    case 'o':
        return put_integer(s, c, args);
    case 'c':
        return put_char(s, c, args);
    case '%':
        sink_bytes(s, "%", 1);
        return true;
    default:
        return false;
    }
}

/* False if the format has something in it that is none of ours. */
static bool print_known(struct sink *s, const char *fmt, va_list *args)
{
    for (;;) {
        const char *percent = strchrnul(fmt, '%');
        sink_bytes(s, fmt, (size_t)(percent - fmt));
        if (*percent == '\0')
            return true;
        struct conversion c;
        fmt = read_conversion(percent + 1, &c, args);
        if (!put_conversion(s, &c, args))
            return false;
    }
}

size_t print_text(char *out, size_t room, const char *fmt, va_list args)
{
    struct sink s = {.at = out, .end = out + room - 1};
    va_list own;
    va_copy(own, args);
    bool known = print_known(&s, fmt, &own);
    va_end(own);
    if (!known) {
        int n = vsnprintf(out, room, fmt, args);
        return n > 0 ? (size_t)n : 0;
    }
    *s.at = '\0';
    return s.length;
}
