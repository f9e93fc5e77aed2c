/* ieee8021cb: the redundancy tag (IEEE 802.1CB, clause 7.8): | reserved 2 | sequence 2 | type 2 |
 * ... */
#include "dissect/names.h"
#include "dissect/packet.h"

#define FIELDS(X)                                                                                  \
    X(RESERVED, "ieee8021cb.reserved", "Reserved", UINT16, HEX, 0, NULL)                           \
    X(SEQ, "ieee8021cb.seq", "SEQ", UINT16, HEX_DEC, 0, NULL)                                      \
    X(TYPE, "ieee8021cb.etype", "Type", UINT16, HEX, 0, ethertype_names)

FIELD_TABLE(FIELDS);

enum { TYPE_TABLE };

static void dissect(struct packet *p, struct cursor *c)
{
    (void)put_u16(p, c, RESERVED);
    uint16_t seq = put_u16(p, c, SEQ), type = put_u16(p, c, TYPE);
    title(p, "802.1CB Redundancy Tag, SEQ: %u", seq);
    info_set(p, "SEQ: %u", seq);
    if (c->fault == CURSOR_OK && !next(p, c, TYPE_TABLE, type))
        next_data(p, c);
}

static const char *const tables[] = {"ethertype", NULL};
static const struct binding bindings[] = {{"ethertype", 0xf1c1}, {NULL, 0}};

const struct protocol proto_ieee8021cb = {.name = "ieee8021cb",
                                          .title = "802.1CB Redundancy Tag",
                                          .column = "802.1CB R-TAG",
                                          FIELDS_OF_THIS_FILE,
                                          .tables = tables,
                                          .bindings = bindings,
                                          .dissect = dissect};
