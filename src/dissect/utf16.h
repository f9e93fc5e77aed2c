/* utf16: text of Windows' protocols. */
#ifndef DISSECT_UTF16_H
#define DISSECT_UTF16_H

#include "dissect/packet.h"

static inline size_t utf8_encode(uint8_t *to, uint32_t v)
{
    if (v < 0x80) {
        to[0] = (uint8_t)v;
        return 1;
    }
    if (v < 0x800) {
        to[0] = (uint8_t)(0xc0 | v >> 6);
        to[1] = (uint8_t)(0x80 | (v & 0x3f));
        return 2;
    }
    size_t n = v < 0x10000 ? 3 : 4;
    to[0] = (uint8_t)(n == 3 ? 0xe0 | v >> 12 : 0xf0 | v >> 18);
    for (size_t i = 1; i < n; i++)
        to[i] = (uint8_t)(0x80 | (v >> 6 * (n - 1 - i) & 0x3f));
    return n;
}

/* n bytes of UTF-16, little-endian, as UTF-8 in the packet's arena; half a pair of surrogates is U+FFFD. */
static inline const char *utf16_text(struct packet *p, const uint8_t *b, uint32_t n)
{
    uint8_t *text = arena_alloc(p->arena, (size_t)n * 2 + 4);
    size_t length = 0;
    if (text == NULL)
        return "";
    for (uint32_t i = 0; i + 1 < n; i += 2) {
        uint32_t v = le16(b + i);
        uint32_t low = v >= 0xd800 && v < 0xdc00 && i + 3 < n ? le16(b + i + 2) : 0;
        if (low >= 0xdc00 && low < 0xe000) {
            v = 0x10000 + ((v - 0xd800) << 10) + (low - 0xdc00);
            i += 2;
        } else if (v >= 0xd800 && v < 0xe000) {
            v = 0xfffd;
        }
        length += utf8_encode(text + length, v);
    }
    text[length] = '\0';
    return (const char *)text;
}

#endif
