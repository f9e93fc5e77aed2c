/* ascii: text of protocols that know no other; as in Wireshark, a byte beyond is U+FFFD. */
#ifndef DISSECT_ASCII_H
#define DISSECT_ASCII_H

#include "dissect/packet.h"

/* n bytes at `offset` of c's source as `field`. */
static inline void put_ascii(struct packet *p, const struct cursor *c, unsigned field,
                             uint32_t offset, uint32_t n)
{
    static const uint8_t replacement[] = {0xef, 0xbf, 0xbd};
    const uint8_t *from = c->data + offset;
    uint8_t *text = wants(p, field) ? arena_alloc(p->arena, 3 * (size_t)n + 1) : NULL;
    size_t length = 0;
    if (text == NULL)
        return;
    for (uint32_t i = 0; i < n; i++) {
        bool plain = from[i] < 0x80;
        memcpy(text + length, plain ? from + i : replacement, plain ? 1 : 3);
        length += plain ? 1 : 3;
    }
    put_data(p, c, field, offset, n, text, length);
}

/* The next n bytes, as many as were captured. */
static inline void take_ascii(struct packet *p, struct cursor *c, unsigned field, uint32_t n)
{
    uint32_t start = c->pos;
    if (cursor_take(c, n) != NULL)
        put_ascii(p, c, field, start, n);
}

#endif
