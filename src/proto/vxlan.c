/*
 * vxlan: Virtual eXtensible LAN (RFC 7348; draft-smith-vxlan-group-policy), and with a generic
 * protocol extension (draft-ietf-nvo3-vxlan-gpe).
 *
 *     | flags 2 | group policy 2 | VNI 3 | reserved 1 | frame
 *     | flags 1 | reserved 2 | next protocol 1 | VNI 3 | reserved 1 | payload       GPE
 */
#include "dissect/packet.h"

static const struct value_name flag_g_names[] = {VALUE(0, "Not defined"), VALUE(1, "Defined"),
                                                 VALUES_END};
static const struct value_name next_proto_names[] = {
    VALUE(1, "IPv4"), VALUE(2, "IPv6"), VALUE(3, "Ethernet"), VALUE(4, "Network Service Header"),
    VALUE(5, "MPLS"), VALUES_END};

#define FIELDS(X)                                                                                  \
    X(FLAGS, "vxlan.flags", "Flags", UINT16, HEX, 0, NULL)                                         \
    X(FLAGS_RESERVED, "vxlan.flags_reserved", "Reserved(R)", UINT16, HEX, 0x77b7, NULL)            \
    X(FLAG_G, "vxlan.flag_g", "GBP Extension", BOOLEAN, 16, 0x8000, flag_g_names)                  \
    X(FLAG_I, "vxlan.flag_i", "VXLAN Network ID (VNI)", BOOLEAN, 16, 0x800, NULL)                  \
    X(FLAG_D, "vxlan.flag_d", "Don't Learn", BOOLEAN, 16, 0x40, NULL)                              \
    X(FLAG_A, "vxlan.flag_a", "Policy Applied", BOOLEAN, 16, 0x8, NULL)                            \
    X(VER, "vxlan.ver", "Version", UINT8, DEC, 0x30, NULL)                                         \
    X(I_BIT, "vxlan.i_bit", "Instance", UINT8, DEC, 0x8, NULL)                                     \
    X(P_BIT, "vxlan.p_bit", "Next Protocol Bit", UINT8, DEC, 0x4, NULL)                            \
    X(O_BIT, "vxlan.o_bit", "OAM bit", UINT8, DEC, 0x1, NULL)                                      \
    X(GBP, "vxlan.gbp", "Group Policy ID", UINT16, DEC, 0, NULL)                                   \
    X(VNI, "vxlan.vni", "VXLAN Network Identifier (VNI)", UINT24, DEC, 0, NULL)                    \
    X(RESERVED8, "vxlan.reserved8", "Reserved", UINT8, DEC, 0, NULL)                               \
    X(RESERVED_16, "vxlan.reserved_16", "Reserved", UINT16, DEC, 0, NULL)                          \
    X(NEXT_PROTO, "vxlan.next_proto", "Next Protocol", UINT8, DEC, 0, next_proto_names)

FIELD_TABLE(FIELDS);

enum { LINK_TABLE, NEXT_TABLE };
enum { ETHERNET = 1, GPE_RESERVED = 0xc2 };

static void dissect(struct packet *p, struct cursor *c)
{
    uint16_t flags = put_u16(p, c, FLAGS);
    if (c->fault != CURSOR_OK)
        return;
    uint32_t tree = tree_begin(p, FLAGS);
    put_flags(p, c, FLAG_G, 4, c->pos - 2, 2, flags);
    put_bits(p, c, FLAGS_RESERVED, c->pos - 2, 2, flags);
    tree_end(p, tree);
    (void)put_u16(p, c, GBP);
    (void)put_u24(p, c, VNI);
    (void)put_u8(p, c, RESERVED8);
    (void)next(p, c, LINK_TABLE, ETHERNET);
}

static void dissect_gpe(struct packet *p, struct cursor *c)
{
    uint8_t flags = cursor_u8(c);
    if (c->fault != CURSOR_OK)
        return;
    put_uint(p, c, FLAGS, c->pos - 1, 1, flags);
    uint32_t tree = tree_begin(p, FLAGS);
    put_flags(p, c, VER, 4, c->pos - 1, 1, flags);
    put_uint(p, c, FLAGS_RESERVED, c->pos - 1, 1, (flags & GPE_RESERVED) >> 1);
    tree_end(p, tree);
    (void)put_u16(p, c, RESERVED_16);
    uint8_t protocol = put_u8(p, c, NEXT_PROTO);
    (void)put_u24(p, c, VNI);
    (void)put_u8(p, c, RESERVED8);
    if (c->fault == CURSOR_OK && !next(p, c, NEXT_TABLE, protocol))
        next_data(p, c);
}

static const char *const tables[] = {"link_type", "vxlan.next_proto", NULL};
static const struct binding bindings[] = {{"udp.port", 4789}, {NULL, 0}};
static const struct binding gpe_bindings[] = {{"udp.port", 4790}, {NULL, 0}};

const struct protocol proto_vxlan = {.name = "vxlan",
                                     .title = "Virtual eXtensible Local Area Network",
                                     .column = "VxLAN",
                                     FIELDS_OF_THIS_FILE,
                                     .tables = tables,
                                     .bindings = bindings,
                                     .dissect = dissect};
const struct protocol proto_vxlan_gpe = {.name = "vxlan",
                                         .title = "Virtual eXtensible Local Area Network",
                                         .unnamed = true,
                                         .column = "VxLAN-GPE",
                                         .fields_of = &proto_vxlan,
                                         .tables = tables,
                                         .bindings = gpe_bindings,
                                         .dissect = dissect_gpe};
