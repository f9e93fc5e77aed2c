/*
 * isl: Cisco's Inter-Switch Link: a whole frame behind a header that names its VLAN. It is known by
 * the first five bytes of its destination.
 *
 *     | destination 5 | type, user | source 6 | length 2 | aa aa 03 | HSA 3 | VLAN, BPDU 2 |
 *     | index 2 | reserved 2 | frame ... |
 */
#include "dissect/packet.h"

static const struct value_name type_names[] = {VALUE(0, "Ethernet"), VALUE(1, "Token-Ring"),
                                               VALUE(2, "FDDI"), VALUE(3, "ATM"), VALUES_END};
static const struct value_name user_names[] = {VALUE(0, "Normal Priority"), VALUE(1, "Priority 1"),
                                               VALUE(2, "Priority 2"), VALUE(3, "Highest Priority"),
                                               VALUES_END};
static const struct value_name yes_no[] = {VALUE(0, "No"), VALUE(1, "Yes"), VALUES_END};

#define FIELDS(X)                                                                                  \
    X(DST, "isl.dst", "Destination", ETHER, NONE, 0, NULL)                                         \
    X(TYPE, "isl.type", "Type", UINT8, DEC, 0xf0, type_names)                                      \
    X(USER_ETH, "isl.user_eth", "User", UINT8, DEC, 0x03, user_names)                              \
    X(USER, "isl.user", "User", UINT8, HEX, 0x0f, NULL)                                            \
    X(SRC, "isl.src", "Source", ETHER, NONE, 0, NULL)                                              \
    X(ADDR, "isl.addr", "Source or Destination Address", ETHER, NONE | HIDDEN, 0, NULL)            \
    X(LEN, "isl.len", "Length", UINT16, DEC, 0, NULL)                                              \
    X(DSAP, "isl.dsap", "DSAP", UINT8, HEX, 0, NULL)                                               \
    X(SSAP, "isl.ssap", "SSAP", UINT8, HEX, 0, NULL)                                               \
    X(CONTROL, "isl.control", "Control", UINT8, HEX, 0, NULL)                                      \
    X(HSA, "isl.hsa", "HSA", UINT24, HEX, 0, NULL)                                                 \
    X(VLAN, "isl.vlan_id", "VLAN ID", UINT16, DEC, 0xfffe, NULL)                                   \
    X(BPDU, "isl.bpdu", "BPDU/CDP/VTP", BOOLEAN, 16, 0x0001, yes_no)                               \
    X(INDEX, "isl.index", "Index", UINT16, DEC, 0, NULL)                                           \
    X(RESERVED, "isl.reserved", "Reserved", UINT16, HEX, 0, NULL)

FIELD_TABLE(FIELDS);

enum { FRAME_TABLE };
enum { ETHERNET = 0, HEADER = 26 };

/* The last four bits of the destination are no address. */
static uint8_t put_destination(struct packet *p, struct cursor *c)
{
    uint32_t at = c->pos;
    const uint8_t *mac = put_bytes(p, c, DST, 6);
    if (mac == NULL)
        return 0;
    uint8_t type = mac[5] >> 4;
    uint32_t tree = tree_begin(p, DST);
    put_bits(p, c, TYPE, at + 5, 1, mac[5]);
    put_bits(p, c, type == ETHERNET ? USER_ETH : USER, at + 5, 1, mac[5]);
    tree_end(p, tree);
    put_data(p, c, ADDR, at, 6, mac, 6);
    return type;
}

static void dissect(struct packet *p, struct cursor *c)
{
    if (!layer_starts(p, c, HEADER))
        return;
    uint8_t type = put_destination(p, c);
    uint32_t at = c->pos;
    const uint8_t *src = put_bytes(p, c, SRC, 6);
    put_data(p, c, ADDR, at, 6, src, 6);
    p->column_src = (struct address){ADDRESS_ETHER, src};
    (void)put_u16(p, c, LEN);
    (void)put_u8(p, c, DSAP);
    (void)put_u8(p, c, SSAP);
    (void)put_u8(p, c, CONTROL);
    (void)put_u24(p, c, HSA);
    uint16_t vlan = cursor_u16(c);
    put_flags(p, c, VLAN, 2, c->pos - 2, 2, vlan);
    (void)put_u16(p, c, INDEX);
    (void)put_u16(p, c, RESERVED);
    info_set(p, "VLAN ID: %u", (unsigned)(vlan >> 1));
    title(p, "ISL");
    if (type != ETHERNET || !next(p, c, FRAME_TABLE, type))
        next_data(p, c);
}

static const char *const tables[] = {"isl.type", NULL};
static const struct binding bindings[] = {{"eth.isl", 0}, {NULL, 0}};

const struct protocol proto_isl = {.name = "isl",
                                   .title = "ISL",
                                   .column = "ISL",
                                   .unnamed = true,
                                   FIELDS_OF_THIS_FILE,
                                   .tables = tables,
                                   .bindings = bindings,
                                   .dissect = dissect};
