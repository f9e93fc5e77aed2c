/* xdr: what Sun's programs have in common (RFC 4506): bytes and text with a length before them. */
#ifndef DISSECT_XDR_H
#define DISSECT_XDR_H

#include "dissect/packet.h"

/* Fields of the file that asks, for what surrounds the bytes. */
struct xdr_fields {
    unsigned length, fill;
};
#define XDR_FIELDS(X)                                                                              \
    X(OPAQUE_LENGTH, "rpc.opaque_length", "length", UINT32, DEC, 0, NULL)                          \
    X(FILL, "rpc.fill_bytes", "fill bytes", BYTES, NONE, 0, NULL)

/* Length, contents, and padding up to a multiple of four (sections 4.10 and 4.11). */
void xdr_put_opaque(struct packet *p, struct cursor *c, unsigned field,
                    const struct xdr_fields *fields);

/* The same bytes, passed over: NULL if they are not there. */
const uint8_t *xdr_take_opaque(struct cursor *c, uint32_t *length);

#endif
