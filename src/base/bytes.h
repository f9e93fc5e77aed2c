/* bytes: unaligned reads in either byte order. The caller has checked the bounds. */
#ifndef BASE_BYTES_H
#define BASE_BYTES_H

#include <stdint.h>
#include <string.h>

static inline uint16_t be16(const uint8_t *b)
{
    return (uint16_t)((uint16_t)(b[0] << 8) | b[1]);
}

static inline uint32_t be24(const uint8_t *b)
{
    return (uint32_t)b[0] << 16 | (uint32_t)b[1] << 8 | b[2];
}

static inline uint32_t be32(const uint8_t *b)
{
    uint32_t v;
    /* Callers look for NULL. NOLINTNEXTLINE(clang-analyzer-core.NonNullParamChecker) */
    memcpy(&v, b, sizeof v);
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    v = __builtin_bswap32(v);
#endif
    return v;
}

static inline uint64_t be64(const uint8_t *b)
{
    return (uint64_t)be32(b) << 32 | be32(b + 4);
}

static inline uint16_t le16(const uint8_t *b)
{
    return (uint16_t)((uint16_t)(b[1] << 8) | b[0]);
}

static inline uint32_t le32(const uint8_t *b)
{
    return __builtin_bswap32(be32(b));
}

static inline uint64_t le64(const uint8_t *b)
{
    return (uint64_t)le32(b + 4) << 32 | le32(b);
}

/* An n-byte unsigned integer, n from 0 to 8, most significant byte first. */
static inline uint64_t be_n(const uint8_t *b, unsigned n)
{
    uint64_t v = 0;
    for (unsigned i = 0; i < n; i++)
        v = v << 8 | b[i];
    return v;
}

static inline uint64_t le_n(const uint8_t *b, unsigned n)
{
    uint64_t v = 0;
    for (unsigned i = n; i-- > 0;)
        v = v << 8 | b[i];
    return v;
}

#endif
