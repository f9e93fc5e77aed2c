/* etherip: Ethernet in IP (RFC 3378). | version 4 bits, 3 | reserved 12, zero | frame */
#include "dissect/packet.h"

#define FIELDS(X)                                                                                  \
    X(VER, "etherip.ver", "Version", UINT16, DEC, 0xf000, NULL)                                    \
    X(RESERVED, "etherip.reserved", "Reserved", UINT16, HEX, 0xfff, NULL)                          \
    X(VER_NOT3, "etherip.ver.not3", "Version must be 3", NONE, NONE, 0, NULL)                      \
    X(RESERVED_NOT0, "etherip.reserved.not0", "Reserved field must be 0", NONE, NONE, 0, NULL)

FIELD_TABLE(FIELDS);

enum { LINK_TABLE };
enum { ETHERNET = 1 };

static void dissect(struct packet *p, struct cursor *c)
{
    uint16_t word = cursor_u16(c);
    if (c->fault != CURSOR_OK)
        return;
    put_bits(p, c, VER, c->pos - 2, 2, word);
    if (word >> 12 != 3)
        put_mark(p, c, VER_NOT3);
    put_bits(p, c, RESERVED, c->pos - 2, 2, word);
    if ((word & 0xfff) != 0)
        put_mark(p, c, RESERVED_NOT0);
    (void)next(p, c, LINK_TABLE, ETHERNET);
}

static const char *const tables[] = {"link_type", NULL};
static const struct binding bindings[] = {{"ip.proto", 97}, {NULL, 0}};

const struct protocol proto_etherip = {.name = "etherip",
                                       .title = "Ethernet over IP",
                                       .column = "ETHERIP",
                                       FIELDS_OF_THIS_FILE,
                                       .tables = tables,
                                       .bindings = bindings,
                                       .dissect = dissect};
