/*
 * ieee8021ah, ieee8021cb: two tags of Ethernet frames: of provider backbone bridges, which carry a
 * whole customer's frame (IEEE 802.1Q-2022, 9.7), and of redundant streams (IEEE 802.1CB, 7.8).
 *
 *     I-TAG  | priority 3 bits | drop 1 | NCA 1 | reserved 3 | service 24 | C-DA 6 | C-SA 6 | type
 * 2 | R-TAG  | reserved 2 | sequence 2 | type 2 |
 */
#include "dissect/names.h"
#include "dissect/packet.h"

#define FIELDS(X)                                                                                  \
    X(PRIORITY, "ieee8021ah.priority", "Priority", UINT32, DEC, 0xe0000000, NULL)                  \
    X(DROP, "ieee8021ah.drop", "DROP", UINT32, DEC, 0x10000000, NULL)                              \
    X(NCA, "ieee8021ah.nca", "NCA", UINT32, DEC, 0x08000000, NULL)                                 \
    X(RES1, "ieee8021ah.res1", "RES1", UINT32, DEC, 0x04000000, NULL)                              \
    X(RES2, "ieee8021ah.res2", "RES2", UINT32, DEC, 0x03000000, NULL)                              \
    X(SERVICE, "ieee8021ah.isid", "I-SID", UINT32, DEC, 0x00ffffff, NULL)                          \
    X(DESTINATION, "ieee8021ah.cdst", "C-Destination", ETHER, NONE, 0, NULL)                       \
    X(SOURCE, "ieee8021ah.csrc", "C-Source", ETHER, NONE, 0, NULL)                                 \
    X(TYPE, "ieee8021ah.etype", "Type", UINT16, HEX, 0, ethertype_names)                           \
    X(R_RESERVED, "ieee8021cb.reserved", "Reserved", UINT16, HEX, 0, NULL)                         \
    X(SEQUENCE, "ieee8021cb.seq", "SEQ", UINT16, HEX_DEC, 0, NULL)                                 \
    X(R_TYPE, "ieee8021cb.etype", "Type", UINT16, HEX, 0, ethertype_names)

FIELD_TABLE(FIELDS);

enum { ETHERTYPE_TABLE };

/* Two lines of the tree: what the frame is, and its tag. */
static void dissect_backbone(struct packet *p, struct cursor *c)
{
    const uint8_t *b = cursor_peek(c, 0, 18);
    uint32_t at = c->pos, tag = b == NULL ? 0 : be32(b);
    if (b != NULL) {
        title(p,
              "IEEE 802.1ah, I-SID: %u, C-Src: %02x:%02x:%02x:%02x:%02x:%02x, "
              "C-Dst: %02x:%02x:%02x:%02x:%02x:%02x",
              tag & 0xffffffu, b[10], b[11], b[12], b[13], b[14], b[15], b[4], b[5], b[6], b[7],
              b[8], b[9]);
        layer_again(p, c);
        title(p, "I-Tag, I-SID: %u", tag & 0xffffffu);
        info_set(p, "I-SID: %u", tag & 0xffffffu);
    }
    cursor_skip(c, 4);
    if (c->fault == CURSOR_OK)
        put_flags(p, c, PRIORITY, SERVICE - PRIORITY + 1, at, 4, tag);
    (void)put_bytes(p, c, DESTINATION, 6);
    (void)put_bytes(p, c, SOURCE, 6);
    uint16_t type = put_u16(p, c, TYPE);
    if (c->fault == CURSOR_OK && !next(p, c, ETHERTYPE_TABLE, type))
        next_data(p, c);
}

static void dissect_redundancy(struct packet *p, struct cursor *c)
{
    const uint8_t *b = cursor_peek(c, 0, 4);
    cursor_skip(c, 2);
    uint16_t sequence = put_u16(p, c, SEQUENCE);
    if (b != NULL)
        title(p, "802.1CB Redundancy Tag, SEQ: %u", sequence);
    info_set(p, "SEQ: %u", sequence);
    uint16_t type = put_u16(p, c, R_TYPE);
    if (c->fault == CURSOR_OK && !next(p, c, ETHERTYPE_TABLE, type))
        next_data(p, c);
}

static const char *const tables[] = {"ethertype", NULL};
static const struct binding backbone_bindings[] = {{"ethertype", 0x88e7}, {NULL, 0}};
static const struct binding redundancy_bindings[] = {{"ethertype", 0xf1c1}, {NULL, 0}};

const struct protocol proto_ieee8021ah = {.name = "ieee8021ah",
                                          .title = "IEEE 802.1ah",
                                          .column = "802.1AH",
                                          FIELDS_OF_THIS_FILE,
                                          .tables = tables,
                                          .bindings = backbone_bindings,
                                          .dissect = dissect_backbone};

const struct protocol proto_ieee8021cb = {
    .name = "ieee8021cb",
    .title = "802.1CB Frame Replication and Elimination for Reliability",
    .column = "802.1CB R-TAG",
    .fields_of = &proto_ieee8021ah,
    .tables = tables,
    .bindings = redundancy_bindings,
    .dissect = dissect_redundancy};
