/*
 * clnp: the Connectionless Network Protocol (ISO 8473, ITU-T X.233) in its inactive subset, which
 * is one byte, zero: the transport protocol follows at once, for all are on one link.
 */
#include "dissect/packet.h"

static const struct value_name names[] = {VALUE(0x00, "Inactive subset"), VALUES_END};

#define FIELDS(X) X(NLPI, "clnp.nlpi", "Network Layer Protocol Identifier", UINT8, HEX, 0, names)

FIELD_TABLE(FIELDS);

enum { TRANSPORT_TABLE };

static void dissect(struct packet *p, struct cursor *c)
{
    (void)put_u8(p, c, NLPI);
    label(p, NLPI, "Inactive subset");
    info_set(p, "Inactive subset");
    if (!next(p, c, TRANSPORT_TABLE, 0))
        next_data(p, c);
}

static const char *const tables[] = {"cotp", NULL};
static const struct binding bindings[] = {{"osinl", 0x00}, {NULL, 0}};

const struct protocol proto_clnp = {.name = "clnp",
                                    .title = "ISO 8473/X.233 CLNP ConnectionLess Network Protocol",
                                    .column = "CLNP",
                                    FIELDS_OF_THIS_FILE,
                                    .tables = tables,
                                    .bindings = bindings,
                                    .dissect = dissect};
