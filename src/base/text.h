/* text: runs of bytes that need no second look, found eight at a time. */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define EACH_BYTE(v) (UINT64_C(0x0101010101010101) * (v))

/* From blank to tilde, but neither quotation mark nor backslash: the same in every form of output. */
static inline bool byte_is_plain(uint8_t c)
{
    return c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
}

/*
 * Are eight bytes all plain? Each term has the highest bit of a byte set where that byte is not: below a
 * blank, above 0x7f, 0x7f, a quotation mark, a backslash. A borrow from a byte that is not plain may
 * blame the one above it too, which does not change the answer.
 */
static inline bool eight_are_plain(uint64_t w)
{
    uint64_t quote = (w ^ EACH_BYTE('"')) - EACH_BYTE(1);
    uint64_t backslash = (w ^ EACH_BYTE('\\')) - EACH_BYTE(1);
    uint64_t bad = (w - EACH_BYTE(0x20)) | w | (w + EACH_BYTE(1)) | quote | backslash;
    return (bad & EACH_BYTE(0x80)) == 0;
}

/* How many bytes at the start of s are plain. */
static inline size_t text_plain(const uint8_t *s, size_t n)
{
    size_t i = 0;
    uint64_t w;
    for (; n - i >= sizeof w; i += sizeof w) {
        memcpy(&w, s + i, sizeof w);
        if (!eight_are_plain(w))
            break;
    }
    while (i < n && byte_is_plain(s[i]))
        i++;
    return i;
}

#endif
