/*
 * number: numbers, addresses and times as text, written where the caller has made room. Each function
 * returns the end of what it wrote. Everything that is printed in bulk is made of these: no printf.
 */
#ifndef BASE_NUMBER_H
#define BASE_NUMBER_H

#include <stddef.h>
#include <stdint.h>

/* The most that each of them writes. */
enum {
    NUMBER_DEC = 20,
    NUMBER_HEX = 18,
    NUMBER_IPV4 = 15,
    NUMBER_IPV6 = 45,
    NUMBER_SECONDS = 21,
    NUMBER_MAC = 17,
    NUMBER_DOUBLE = 25
};

char *number_dec(char *out, uint64_t v);
char *number_signed(char *out, int64_t v);
/* Exactly the last `width` decimal digits of v, with leading zeros. */
char *number_digits(char *out, uint64_t v, unsigned width);
/* "0x" and at least `digits` lower-case hexadecimal digits. */
char *number_hex(char *out, uint64_t v, unsigned digits);
/* n bytes as 2 * n hexadecimal digits. */
char *number_hex_bytes(char *restrict out, const uint8_t *restrict bytes, size_t n);
/* n bytes as hexadecimal digits, with `separator` between them: 3 * n - 1 characters, none for n == 0. */
char *number_hex_list(char *out, const uint8_t *bytes, size_t n, char separator);
/* Dotted decimal; `address` in host byte order. */
char *number_ipv4(char *out, uint32_t address);
/* RFC 5952. */
char *number_ipv6(char *out, const uint8_t address[16]);
/* As printf's "%.17g": 17 digits tell every number from its neighbours. */
char *number_double(char *out, double v);
/* Seconds with nine decimals, "-1.000000001" for negative ones. */
char *number_seconds(char *out, int64_t ns);

#endif
