/* bencode: strings of BitTorrent's encoding (BEP 3): "4:spam". */
#ifndef DISSECT_BENCODE_H
#define DISSECT_BENCODE_H

#include "dissect/packet.h"

enum { BENCODE_DIGITS = 6 }; /* of a length; a longer one is none */

struct bencode_span {
    const uint8_t *at;
    uint32_t offset, n;
};

static inline bool bencode_is(struct bencode_span s, const char *text)
{
    return s.at != NULL && s.n == strlen(text) && memcmp(s.at, text, s.n) == 0;
}

/* The byte that tells what the value at c is; 0: there is none. */
static inline uint8_t bencode_first(const struct cursor *c)
{
    const uint8_t *b = cursor_peek(c, 0, 1);
    return b == NULL ? 0 : *b;
}

/* The string at c, which is moved past it. At NULL: none is there, and c has a fault. */
static inline struct bencode_span bencode_string(struct cursor *c)
{
    uint32_t n = 0;
    for (unsigned i = 0; i <= BENCODE_DIGITS; i++) {
        uint8_t b = cursor_u8(c);
        if (b == ':' && i > 0) {
            const uint8_t *at = cursor_take(c, n);
            return (struct bencode_span){at, at == NULL ? c->pos : c->pos - n, n};
        }
        if (b < '0' || b > '9')
            break;
        n = n * 10 + (b - '0');
    }
    cursor_malformed(c);
    return (struct bencode_span){NULL, c->pos, 0};
}

#endif
