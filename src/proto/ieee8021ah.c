/*
 * ieee8021ah: Provider Backbone Bridges (IEEE 802.1Q, clause 9.7): a customer's frame behind its
 * instance.
 *
 *     | priority 3 bits, drop 1, NCA 1, reserved 3, I-SID 24 | destination 6 | source 6 | type 2 |
 * ...
 */
#include "dissect/names.h"
#include "dissect/packet.h"

#define FIELDS(X)                                                                                  \
    X(PRIORITY, "ieee8021ah.priority", "Priority", UINT32, DEC, 0xe0000000, NULL)                  \
    X(DROP, "ieee8021ah.drop", "DROP", UINT32, DEC, 0x10000000, NULL)                              \
    X(NCA, "ieee8021ah.nca", "NCA", UINT32, DEC, 0x08000000, NULL)                                 \
    X(RES1, "ieee8021ah.res1", "RES1", UINT32, DEC, 0x04000000, NULL)                              \
    X(RES2, "ieee8021ah.res2", "RES2", UINT32, DEC, 0x03000000, NULL)                              \
    X(ISID, "ieee8021ah.isid", "I-SID", UINT32, DEC, 0x00ffffff, NULL)                             \
    X(C_DESTINATION, "ieee8021ah.cdst", "C-Destination", ETHER, NONE, 0, NULL)                     \
    X(C_SOURCE, "ieee8021ah.csrc", "C-Source", ETHER, NONE, 0, NULL)                               \
    X(TYPE, "ieee8021ah.etype", "Type", UINT16, HEX, 0, ethertype_names)

FIELD_TABLE(FIELDS);

enum { TYPE_TABLE };

#define MAC    "%02x:%02x:%02x:%02x:%02x:%02x"
#define SIX(a) (a)[0], (a)[1], (a)[2], (a)[3], (a)[4], (a)[5]

static void dissect(struct packet *p, struct cursor *c)
{
    uint32_t tag = cursor_u32(c);
    if (c->fault == CURSOR_OK)
        put_flags(p, c, PRIORITY, 6, c->pos - 4, 4, tag);
    const uint8_t *dst = put_bytes(p, c, C_DESTINATION, 6), *src = put_bytes(p, c, C_SOURCE, 6);
    uint16_t type = put_u16(p, c, TYPE);
    if (dst != NULL && src != NULL)
        title(p, "IEEE 802.1ah, I-SID: %u, C-Src: " MAC ", C-Dst: " MAC, tag & 0xffffff, SIX(src),
              SIX(dst));
    info_set(p, "I-SID %u", tag & 0xffffff);
    if (c->fault == CURSOR_OK && !next(p, c, TYPE_TABLE, type))
        next_data(p, c);
}

static const char *const tables[] = {"ethertype", NULL};
static const struct binding bindings[] = {{"ethertype", 0x88e7}, {NULL, 0}};

const struct protocol proto_ieee8021ah = {.name = "ieee8021ah",
                                          .title = "IEEE 802.1ah",
                                          .column = "802.1ah",
                                          FIELDS_OF_THIS_FILE,
                                          .tables = tables,
                                          .bindings = bindings,
                                          .dissect = dissect};
