#include "dissect/padding.h"

bool all_zero(const uint8_t *bytes, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        if (bytes[i] != 0)
            return false;
    }
    return true;
}

void put_padding(struct packet *p, struct cursor *c, uint32_t start, uint32_t least, uint32_t keep,
                 const struct padding_fields *fields)
{
    uint32_t length = c->pos - start, missing = length < least ? least - length : 0;
    const uint8_t *zeros = cursor_peek(c, 0, missing);
    bool bad = zeros != NULL && missing > 0 && !all_zero(zeros, missing);
    if (zeros != NULL && missing > 0 && !bad)
        (void)put_bytes(p, c, fields->padding, missing);
    uint32_t left = cursor_left(c), n = left > keep ? left - keep : 0;
    if (n > cursor_captured(c))
        n = cursor_captured(c);
    if (n == 0)
        return;
    (void)put_bytes(p, c, fields->trailer, n);
    uint32_t tree = tree_begin(p, fields->trailer);
    if (bad)
        put_mark(p, c, fields->padding_bad);
    tree_end(p, tree);
}
