/*
 * ppp, chdlc, slarp: the Point-to-Point Protocol (RFC 1661) with its HDLC-like framing (RFC 1662),
 * and Cisco's own framing of serial lines with its keepalives.
 *
 *     PPP    | address 1 = 0xff | control 1 = 0x03 | protocol 1 or 2 | payload ...
 *     Cisco  | address 1 = 0x0f or 0x8f | control 1 | ethertype 2 | payload ...
 *
 * Address and control may be left out, and a protocol number is one byte if its lowest bit is set.
 */
#include "dissect/names.h"
#include "dissect/packet.h"

#define FIELDS(X)                                                                                  \
    X(ADDRESS, "ppp.address", "Address", UINT8, HEX, 0, NULL)                                      \
    X(CONTROL, "ppp.control", "Control", UINT8, HEX, 0, NULL)                                      \
    X(PROTOCOL, "ppp.protocol", "Protocol", UINT16, HEX, 0, ppp_protocol_names)

FIELD_TABLE(FIELDS);

enum { PROTOCOL_TABLE };
enum { ALL_STATIONS = 0xff };

static void dissect(struct packet *p, struct cursor *c)
{
    const uint8_t *first = cursor_peek(c, 0, 1);
    if (first != NULL && *first == ALL_STATIONS) {
        (void)put_u8(p, c, ADDRESS);
        (void)put_u8(p, c, CONTROL);
        first = cursor_peek(c, 0, 1);
    }
    uint32_t n = first != NULL && (*first & 1) != 0 ? 1 : 2;
    uint64_t protocol = put_uint_be(p, c, PROTOCOL, n);
    if (c->fault != CURSOR_OK)
        return;
    const char *name = value_name_find(ppp_protocol_names, protocol);
    info_set(p, "%s", name != NULL ? name : "PPP");
    if (!next(p, c, PROTOCOL_TABLE, protocol))
        next_data(p, c);
}

static const char *const tables[] = {"ppp.protocol", NULL};
static const struct binding bindings[] = {{"ppp.frame", 0},      {"link_type", 9},
                                          {"link_type", 50},     {"ethertype", 0x880b},
                                          {"gre.proto", 0x880b}, {NULL, 0}};

const struct protocol proto_ppp = {.name = "ppp",
                                   .title = "Point-to-Point Protocol",
                                   .column = "PPP",
                                   FIELDS_OF_THIS_FILE,
                                   .tables = tables,
                                   .bindings = bindings,
                                   .dissect = dissect};

/* ---- Cisco HDLC ---------------------------------------------------------------------------- */

static const struct value_name chdlc_addresses[] = {VALUE(0x0f, "Unicast"),
                                                    VALUE(0x8f, "Multicast"), VALUES_END};
static const struct value_name chdlc_protocols[] = {VALUE(0x2000, "Cisco Discovery Protocol"),
                                                    VALUE(0x0800, "IP"),
                                                    VALUE(0x86dd, "IPv6"),
                                                    VALUE(0x8035, "SLARP"),
                                                    VALUE(0x8038, "DEC LanBridge"),
                                                    VALUE(0x4242, "Spanning Tree BPDU"),
                                                    VALUE(0x809b, "Appletalk"),
                                                    VALUE(0x80f3, "AARP"),
                                                    VALUE(0x8137, "Netware IPX/SPX"),
                                                    VALUE(0x6558, "Transparent Ethernet bridging"),
                                                    VALUE(0xfefe, "OSI"),
                                                    VALUE(0x8847, "MPLS unicast"),
                                                    VALUE(0x8848, "MPLS multicast"),
                                                    VALUES_END};

static const struct field_def chdlc_fields[] = {
    {"chdlc.address", "Address", LAMNA_UINT8, HEX, 0, chdlc_addresses},
    {"chdlc.control", "Control", LAMNA_UINT8, HEX, 0, NULL},
    {"chdlc.protocol", "Protocol", LAMNA_UINT16, HEX, 0, chdlc_protocols}};

static void dissect_chdlc(struct packet *p, struct cursor *c)
{
    enum { CHDLC_ADDRESS, CHDLC_CONTROL, CHDLC_PROTOCOL };
    (void)put_u8(p, c, CHDLC_ADDRESS);
    (void)put_u8(p, c, CHDLC_CONTROL);
    uint16_t protocol = put_u16(p, c, CHDLC_PROTOCOL);
    if (c->fault != CURSOR_OK)
        return;
    if (cursor_captured(c) == 0)
        cursor_skip(c, cursor_left(c) > 0); /* the payload was cut off as a whole */
    else if (!next(p, c, 0, protocol))
        next_data(p, c);
}

static const char *const chdlc_tables[] = {"chdlc.protocol", NULL};
static const struct binding chdlc_bindings[] = {{"link_type", 104}, {NULL, 0}};

const struct protocol proto_chdlc = {.name = "chdlc",
                                     .title = "Cisco HDLC",
                                     .column = "CHDLC",
                                     .fields = chdlc_fields,
                                     .field_count = sizeof chdlc_fields / sizeof chdlc_fields[0],
                                     .tables = chdlc_tables,
                                     .bindings = chdlc_bindings,
                                     .dissect = dissect_chdlc};

/* ---- SLARP --------------------------------------------------------------------------------- */

static const struct value_name slarp_types[] = {
    VALUE(0, "Address request"), VALUE(1, "Address reply"), VALUE(2, "Line keepalive"), VALUES_END};
static const struct field_def slarp_fields[] = {
    {"slarp.ptype", "Packet type", LAMNA_UINT32, DEC, 0, slarp_types},
    {"slarp.address", "Address", LAMNA_IPv4, NONE, 0, NULL},
    {"slarp.netmask", "Netmask", LAMNA_IPv4, NONE, 0, NULL},
    {"slarp.mysequence", "Outgoing sequence number", LAMNA_UINT32, DEC, 0, NULL},
    {"slarp.yoursequence", "Returned sequence number", LAMNA_UINT32, DEC, 0, NULL},
    {"slarp.reliability", "Reliability", LAMNA_UINT16, HEX, 0, NULL}};

static void dissect_slarp(struct packet *p, struct cursor *c)
{
    enum { SLARP_TYPE, SLARP_ADDRESS, SLARP_MASK, SLARP_MINE, SLARP_YOURS, SLARP_RELIABILITY };
    uint32_t type = put_u32(p, c, SLARP_TYPE);
    if (type <= 1) {
        const uint8_t *address = put_ipv4(p, c, SLARP_ADDRESS), *mask = put_ipv4(p, c, SLARP_MASK);
        if (mask != NULL)
            info_set(p, "%s, from %s, mask %s", type == 0 ? "Request" : "Reply",
                     packet_address(p, ADDRESS_IPV4, address),
                     packet_address(p, ADDRESS_IPV4, mask));
    } else if (type == 2) {
        uint32_t mine = put_u32(p, c, SLARP_MINE), yours = put_u32(p, c, SLARP_YOURS);
        info_set(p, "Line keepalive, outgoing sequence %u, returned sequence %u", mine, yours);
        (void)put_u16(p, c, SLARP_RELIABILITY);
    } else {
        next_data(p, c);
    }
    if (c->fault == CURSOR_OK)
        cursor_trim(c, 0);
}

static const struct binding slarp_bindings[] = {{"chdlc.protocol", 0x8035}, {NULL, 0}};

const struct protocol proto_slarp = {.name = "slarp",
                                     .title = "Cisco SLARP",
                                     .column = "SLARP",
                                     .fields = slarp_fields,
                                     .field_count = sizeof slarp_fields / sizeof slarp_fields[0],
                                     .bindings = slarp_bindings,
                                     .dissect = dissect_slarp};
