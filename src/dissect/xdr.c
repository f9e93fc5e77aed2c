#include "dissect/xdr.h"

void xdr_put_opaque(struct packet *p, struct cursor *c, unsigned field,
                    const struct xdr_fields *fields)
{
    const uint8_t *b = cursor_peek(c, 0, 4);
    uint32_t n = b == NULL ? 0 : be32(b), padding = -n & 3;
    uint32_t tree =
        tree_text(p, c, c->pos, 4 + n, "%s", registry_def(p->reg, p->fields + field)->label);
    (void)put_u32(p, c, fields->length);
    (void)put_bytes(p, c, field, n);
    if (padding > 0)
        (void)put_bytes(p, c, fields->fill, padding);
    tree_end(p, tree);
}

const uint8_t *xdr_take_opaque(struct cursor *c, uint32_t *length)
{
    uint32_t n = cursor_u32(c);
    const uint8_t *bytes = cursor_take(c, n);
    if (bytes == NULL)
        return NULL;
    cursor_skip(c, -n & 3);
    *length = n;
    return bytes;
}
