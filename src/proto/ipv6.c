/* ipv6: Internet Protocol, version 6 (RFC 8200), with its extension headers, a layer each. */
#include <string.h>

#include "dissect/fragment.h"
#include "dissect/packet.h"

static const struct value_name headers[] = {VALUE(0, "IPv6 Hop-by-Hop Option"),
                                            VALUE(1, "ICMP"),
                                            VALUE(2, "IGMP"),
                                            VALUE(4, "IPIP"),
                                            VALUE(6, "TCP"),
                                            VALUE(17, "UDP"),
                                            VALUE(41, "IPv6"),
                                            VALUE(43, "Routing Header for IPv6"),
                                            VALUE(44, "Fragment Header for IPv6"),
                                            VALUE(47, "Generic Routing Encapsulation"),
                                            VALUE(50, "Encap Security Payload"),
                                            VALUE(51, "Authentication Header"),
                                            VALUE(58, "ICMPv6"),
                                            VALUE(59, "No Next Header for IPv6"),
                                            VALUE(60, "Destination Options for IPv6"),
                                            VALUE(89, "OSPF IGP"),
                                            VALUE(103, "Protocol Independent Multicast"),
                                            VALUE(112, "Virtual Router Redundancy Protocol"),
                                            VALUE(132, "Stream Control Transmission Protocol"),
                                            VALUES_END};

static const struct value_name option_types[] = {VALUE(0, "Pad1"),
                                                 VALUE(1, "PadN"),
                                                 VALUE(4, "Tunnel Encapsulation Limit"),
                                                 VALUE(5, "Router Alert"),
                                                 VALUE(194, "Jumbo Payload"),
                                                 VALUE(201, "Home Address"),
                                                 VALUES_END};

static const struct value_name routing_types[] = {
    VALUE(0, "Source Route"),     VALUE(1, "Nimrod"),          VALUE(2, "Type 2 Routing"),
    VALUE(3, "RPL Source Route"), VALUE(4, "Segment Routing"), VALUES_END};

#define FIELDS(X)                                                                                  \
    X(VERSION, "ipv6.version", "Version", UINT8, DEC, 0xf0, NULL)                                  \
    X(IP_VERSION, "ip.version", "Version", UINT8, DEC | HIDDEN, 0xf0, NULL)                        \
    X(BAD_VERSION, "ipv6.bogus_ipv6_version", "Bogus IP version", NONE, NONE, 0, NULL)             \
    X(BAD_HEADER, "ipv6.invalid_header", "Invalid IPv6 header", NONE, NONE, 0, NULL)               \
    X(TCLASS, "ipv6.tclass", "Traffic Class", UINT32, HEX, 0x0ff00000, NULL)                       \
    X(DSCP, "ipv6.tclass.dscp", "Differentiated Services Codepoint", UINT32, DEC, 0x0fc00000,      \
      NULL)                                                                                        \
    X(ECN, "ipv6.tclass.ecn", "Explicit Congestion Notification", UINT32, DEC, 0x00300000, NULL)   \
    X(FLOW_LABEL, "ipv6.flow", "Flow Label", UINT24, HEX, 0x000fffff, NULL)                        \
    X(PLEN, "ipv6.plen", "Payload Length", UINT16, DEC, 0, NULL)                                   \
    X(PLEN_EXCEEDS, "ipv6.plen_exceeds_framing",                                                   \
      "IPv6 payload length does not match expected framing length", NONE, NONE, 0, NULL)           \
    X(PLEN_ZERO, "ipv6.plen_zero",                                                                 \
      "IPv6 payload length equals 0 (maybe because of \"TCP segmentation offload\" (TSO))", NONE,  \
      NONE, 0, NULL)                                                                               \
    X(NXT, "ipv6.nxt", "Next Header", UINT8, DEC, 0, headers)                                      \
    X(HLIM, "ipv6.hlim", "Hop Limit", UINT8, DEC, 0, NULL)                                         \
    X(SRC, "ipv6.src", "Source Address", IPv6, NONE, 0, NULL)                                      \
    X(DST, "ipv6.dst", "Destination Address", IPv6, NONE, 0, NULL)                                 \
    X(ADDR, "ipv6.addr", "Source or Destination Address", IPv6, HIDDEN, 0, NULL)                   \
    X(SRC_HOST, "ipv6.src_host", "Source Host", STRING, HIDDEN | GENERATED, 0, NULL)               \
    X(DST_HOST, "ipv6.dst_host", "Destination Host", STRING, HIDDEN | GENERATED, 0, NULL)          \
    X(HOST, "ipv6.host", "Source or Destination Host", STRING, HIDDEN | GENERATED, 0, NULL)        \
    X(SRC_SLAAC, "ipv6.src_slaac_mac", "Source SLAAC MAC", ETHER, GENERATED, 0, NULL)              \
    X(DST_SLAAC, "ipv6.dst_slaac_mac", "Destination SLAAC MAC", ETHER, GENERATED, 0, NULL)         \
    X(SLAAC, "ipv6.slaac_mac", "SLAAC MAC", ETHER, HIDDEN | GENERATED, 0, NULL)                    \
    X(SRC_6TO4, "ipv6.src_6to4_gw_ipv4", "Source 6to4 Gateway IPv4", IPv4, GENERATED, 0, NULL)     \
    X(SRC_6TO4_SLA, "ipv6.src_6to4_sla_id", "Source 6to4 SLA ID", UINT16, DEC | GENERATED, 0,      \
      NULL)                                                                                        \
    X(DST_6TO4, "ipv6.dst_6to4_gw_ipv4", "Destination 6to4 Gateway IPv4", IPv4, GENERATED, 0,      \
      NULL)                                                                                        \
    X(DST_6TO4_SLA, "ipv6.dst_6to4_sla_id", "Destination 6to4 SLA ID", UINT16, DEC | GENERATED, 0, \
      NULL)                                                                                        \
    X(BOTH_6TO4, "ipv6.6to4_gw_ipv4", "6to4 Gateway IPv4", IPv4, HIDDEN | GENERATED, 0, NULL)      \
    X(BOTH_6TO4_SLA, "ipv6.6to4_sla_id", "6to4 SLA ID", UINT16, DEC | HIDDEN | GENERATED, 0, NULL) \
    X(SRC_TS, "ipv6.src_ts_ipv4", "Source Teredo Server IPv4", IPv4, GENERATED, 0, NULL)           \
    X(SRC_TC_PORT, "ipv6.src_tc_port", "Source Teredo Port", UINT16, DEC | GENERATED, 0, NULL)     \
    X(SRC_TC, "ipv6.src_tc_ipv4", "Source Teredo Client IPv4", IPv4, GENERATED, 0, NULL)           \
    X(DST_TS, "ipv6.dst_ts_ipv4", "Destination Teredo Server IPv4", IPv4, GENERATED, 0, NULL)      \
    X(DST_TC_PORT, "ipv6.dst_tc_port", "Destination Teredo Port", UINT16, DEC | GENERATED, 0,      \
      NULL)                                                                                        \
    X(DST_TC, "ipv6.dst_tc_ipv4", "Destination Teredo Client IPv4", IPv4, GENERATED, 0, NULL)      \
    X(BOTH_TS, "ipv6.ts_ipv4", "Teredo Server IPv4", IPv4, HIDDEN | GENERATED, 0, NULL)            \
    X(BOTH_TC_PORT, "ipv6.tc_port", "Teredo Port", UINT16, DEC | HIDDEN | GENERATED, 0, NULL)      \
    X(BOTH_TC, "ipv6.tc_ipv4", "Teredo Client IPv4", IPv4, HIDDEN | GENERATED, 0, NULL)            \
    X(SRC_ISATAP, "ipv6.src_isatap_ipv4", "Source ISATAP IPv4", IPv4, GENERATED, 0, NULL)          \
    X(DST_ISATAP, "ipv6.dst_isatap_ipv4", "Destination ISATAP IPv4", IPv4, GENERATED, 0, NULL)     \
    X(BOTH_ISATAP, "ipv6.isatap_ipv4", "ISATAP IPv4", IPv4, HIDDEN | GENERATED, 0, NULL)           \
    X(HOP_NXT, "ipv6.hopopts.nxt", "Next Header", UINT8, DEC, 0, headers)                          \
    X(HOP_LEN, "ipv6.hopopts.len", "Length", UINT8, DEC, 0, NULL)                                  \
    X(HOP_OCTETS, "ipv6.hopopts.len_oct", "Length", UINT16, DEC | GENERATED, 0, NULL)              \
    X(DSTOPT_NXT, "ipv6.dstopts.nxt", "Next Header", UINT8, DEC, 0, headers)                       \
    X(DSTOPT_LEN, "ipv6.dstopts.len", "Length", UINT8, DEC, 0, NULL)                               \
    X(DSTOPT_OCTETS, "ipv6.dstopts.len_oct", "Length", UINT16, DEC | GENERATED, 0, NULL)           \
    X(OPT, "ipv6.opt", "IPv6 Option", NONE, NONE, 0, NULL)                                         \
    X(OPT_TYPE, "ipv6.opt.type", "Type", UINT8, HEX, 0, option_types)                              \
    X(OPT_ACTION, "ipv6.opt.type.action", "Action", UINT8, DEC, 0xc0, NULL)                        \
    X(OPT_CHANGE, "ipv6.opt.type.change", "May Change", BOOLEAN, NONE, 0x20, NULL)                 \
    X(OPT_REST, "ipv6.opt.type.rest", "Low-Order Bits", UINT8, HEX, 0x1f, NULL)                    \
    X(OPT_LENGTH, "ipv6.opt.length", "Length", UINT8, DEC, 0, NULL)                                \
    X(OPT_PAD1, "ipv6.opt.pad1", "Pad1", NONE, NONE, 0, NULL)                                      \
    X(OPT_PADN, "ipv6.opt.padn", "PadN", BYTES, MAY_BE_EMPTY, 0, NULL)                             \
    X(OPT_ALERT, "ipv6.opt.router_alert", "Router Alert", UINT16, DEC, 0, NULL)                    \
    X(OPT_JUMBO, "ipv6.opt.jumbo", "Payload Length", UINT32, DEC, 0, NULL)                         \
    X(OPT_TEL, "ipv6.opt.tel", "Tunnel Encapsulation Limit", UINT8, DEC, 0, NULL)                  \
    X(OPT_HOME, "ipv6.opt.mipv6.home_address", "MIPv6 Home Address", IPv6, NONE, 0, NULL)          \
    X(OPT_UNKNOWN, "ipv6.opt.unknown", "Unknown Option Payload", BYTES, NONE, 0, NULL)             \
    X(ROUTE_NXT, "ipv6.routing.nxt", "Next Header", UINT8, DEC, 0, headers)                        \
    X(ROUTE_LEN, "ipv6.routing.len", "Length", UINT8, DEC, 0, NULL)                                \
    X(ROUTE_OCTETS, "ipv6.routing.len_oct", "Length", UINT16, DEC | GENERATED, 0, NULL)            \
    X(ROUTE_TYPE, "ipv6.routing.type", "Type", UINT8, DEC, 0, routing_types)                       \
    X(ROUTE_LEFT, "ipv6.routing.segleft", "Segments Left", UINT8, DEC, 0, NULL)                    \
    X(ROUTE_RESERVED, "ipv6.routing.src.reserved", "Reserved", BYTES, NONE, 0, NULL)               \
    X(ROUTE_ADDR, "ipv6.routing.src.addr", "Address", IPv6, NONE, 0, NULL)                         \
    X(FRAG_NXT, "ipv6.fraghdr.nxt", "Next header", UINT8, DEC, 0, headers)                         \
    X(FRAG_RESERVED, "ipv6.fraghdr.reserved_octet", "Reserved octet", UINT8, HEX, 0, NULL)         \
    X(FRAG_OFFSET, "ipv6.fraghdr.offset", "Offset", UINT16, DEC, 0xfff8, NULL)                     \
    X(FRAG_BITS, "ipv6.fraghdr.reserved_bits", "Reserved bits", UINT16, DEC, 0x0006, NULL)         \
    X(FRAG_MORE, "ipv6.fraghdr.more", "More Fragments", BOOLEAN, NONE, 0x0001, NULL)               \
    X(FRAG_ID, "ipv6.fraghdr.ident", "Identification", UINT32, HEX, 0, NULL)                       \
    X(FRAGMENTS, "ipv6.fragments", "IPv6 Fragments", NONE, NONE, 0, NULL)                          \
    X(FRAGMENT, "ipv6.fragment", "IPv6 Fragment", FRAMENUM, NONE, 0, NULL)                         \
    X(FRAGMENT_ERROR, "ipv6.fragment.error", "Defragmentation error", FRAMENUM, NONE, 0, NULL)     \
    X(FRAGMENT_OVERLAP, "ipv6.fragment.overlap", "Fragment overlap", BOOLEAN, NONE, 0, NULL)       \
    X(FRAGMENT_CONFLICT, "ipv6.fragment.overlap.conflict", "Conflicting data in fragment overlap", BOOLEAN, NONE, 0, NULL) \
    X(FRAGMENT_TAILS, "ipv6.fragment.multipletails", "Multiple tail fragments found", BOOLEAN, NONE, 0, NULL) \
    X(FRAGMENT_LONG, "ipv6.fragment.toolongfragment", "Fragment too long", BOOLEAN, NONE, 0, NULL) \
    X(FRAGMENT_COUNT, "ipv6.fragment.count", "Fragment count", UINT32, DEC, 0, NULL)               \
    X(REASSEMBLED_IN, "ipv6.reassembled.in", "Reassembled IPv6 in frame", FRAMENUM, FUTURE, 0,     \
      NULL)                                                                                        \
    X(REASSEMBLED_LENGTH, "ipv6.reassembled.length", "Reassembled IPv6 length", UINT32,            \
      DEC | GENERATED, 0, NULL)                                                                    \
    X(REASSEMBLED_DATA, "ipv6.reassembled.data", "Reassembled IPv6 data", BYTES, GENERATED, 0, NULL)

FIELD_TABLE(FIELDS);

enum { IP_PROTO };
enum { NO_NEXT_HEADER = 59, HEADER = 40 };

static const char *const tables[] = {"ip.proto", NULL};

/* What the header's number of the next header leads to. */
static void carry_on(struct packet *p, struct cursor *c, uint8_t nxt)
{
    p->net.protocol = nxt;
    if (cursor_left(c) == 0 && nxt != NO_NEXT_HEADER)
        return;
    if (nxt == NO_NEXT_HEADER || !next(p, c, IP_PROTO, nxt))
        next_data(p, c);
}

/* ---- The fixed header (RFC 8200, section 3) ------------------------------------------------ */

/* The common fields that repeat an address: ipv6.addr, ipv6.src_host, ipv6.host. */
static void put_address(struct packet *p, struct cursor *c, unsigned field, unsigned host)
{
    const uint8_t *b = put_bytes(p, c, field, 16);
    if (b == NULL)
        return;
    uint32_t at = c->pos - 16;
    put_data(p, c, ADDR, at, 16, b, 16);
    if (!wants(p, host) && !wants(p, HOST))
        return;
    const char *text = packet_host(p, ADDRESS_IPV6, b);
    put_string(p, c, host, at, 16, text);
    put_string(p, c, HOST, at, 16, text);
}

/* An interface identifier made from a MAC address: ff:fe in its middle, one bit inverted (RFC 4291,
 * appendix A). */
static void put_slaac(struct packet *p, const struct cursor *c, unsigned field,
                      const uint8_t *address, uint32_t offset)
{
    if ((!wants(p, field) && !wants(p, SLAAC)) || address == NULL)
        return;
    const uint8_t *id = address + 8;
    if ((id[0] & 2) == 0 || id[3] != 0xff || id[4] != 0xfe)
        return;
    uint8_t *mac = arena_alloc(p->arena, 6);
    if (mac == NULL)
        return;
    mac[0] = (uint8_t)(id[0] ^ 2);
    memcpy(mac + 1, id + 1, 2);
    memcpy(mac + 3, id + 5, 3);
    put_data(p, c, field, offset + 8, 8, mac, 6);
    put_data(p, c, SLAAC, offset + 8, 8, mac, 6);
}

/* ID of a field of the source, of the destination, and of either. */
struct ends {
    unsigned src, dst, both;
};

static void put_ends(struct packet *p, const struct cursor *c, const struct ends *f, bool dst,
                     uint32_t offset, uint32_t length, uint32_t value)
{
    put_uint(p, c, dst ? f->dst : f->src, offset, length, value);
    put_uint(p, c, f->both, offset, length, value);
}

/* IPv4 addresses inside of an address: of a 6to4 gateway (RFC 3056), of a Teredo server and client,
 * the latter's with all bits inverted (RFC 4380, section 4), of an ISATAP host (RFC 5214,
 * section 6.1). */
static void put_embedded(struct packet *p, const struct cursor *c, const uint8_t *a, uint32_t at,
                         bool dst)
{
    static const struct ends gateway = {SRC_6TO4, DST_6TO4, BOTH_6TO4},
                             sla = {SRC_6TO4_SLA, DST_6TO4_SLA, BOTH_6TO4_SLA},
                             server = {SRC_TS, DST_TS, BOTH_TS},
                             port = {SRC_TC_PORT, DST_TC_PORT, BOTH_TC_PORT},
                             client = {SRC_TC, DST_TC, BOTH_TC},
                             isatap = {SRC_ISATAP, DST_ISATAP, BOTH_ISATAP};
    if (be16(a) == 0x2002) {
        put_ends(p, c, &gateway, dst, at + 2, 4, be32(a + 2));
        put_ends(p, c, &sla, dst, at + 6, 2, be16(a + 6));
    } else if (be32(a) == 0x20010000) {
        put_ends(p, c, &server, dst, at + 4, 4, be32(a + 4));
        put_ends(p, c, &port, dst, at + 10, 2, be16(a + 10) ^ 0xffffu);
        put_ends(p, c, &client, dst, at + 12, 4, ~be32(a + 12));
    }
    if ((be32(a + 8) & 0xfdffffff) == 0x00005efe)
        put_ends(p, c, &isatap, dst, at + 12, 4, be32(a + 12));
}

static void put_addresses(struct packet *p, struct cursor *c)
{
    uint32_t at = c->pos;
    const uint8_t *both = cursor_peek(c, 0, 32);
    put_address(p, c, SRC, SRC_HOST);
    put_address(p, c, DST, DST_HOST);
    if (both == NULL)
        return;
    put_slaac(p, c, SRC_SLAAC, both, at);
    put_slaac(p, c, DST_SLAAC, both + 16, at + 16);
    if (wants_any(p, SRC_6TO4, BOTH_ISATAP)) {
        put_embedded(p, c, both, at, false);
        put_embedded(p, c, both + 16, at + 16, true);
    }
    p->net.version = 6;
    p->net.fragment = false;
    p->net.src = both;
    p->net.dst = both + 16;
    p->column_src = (struct address){ADDRESS_IPV6, both};
    p->column_dst = (struct address){ADDRESS_IPV6, both + 16};
}

static void put_under(struct packet *p, const struct cursor *c, unsigned field, unsigned mark)
{
    uint32_t tree = tree_begin(p, field);
    put_mark(p, c, mark);
    tree_end(p, tree);
}

static void dissect(struct packet *p, struct cursor *c)
{
    uint32_t at = c->pos;
    uint32_t word = cursor_u32(c);
    if (c->fault != CURSOR_OK)
        return;
    put_bits(p, c, VERSION, at, 1, word >> 24);
    put_bits(p, c, IP_VERSION, at, 1, word >> 24);
    if (word >> 28 != 6) {
        put_mark(p, c, BAD_VERSION);
        c->pos = at;
        return next_data(p, c);
    }
    if (cursor_left(c) < HEADER - 4)
        put_mark(p, c, BAD_HEADER);
    put_bits(p, c, TCLASS, at, 4, word);
    uint32_t tree = tree_begin(p, TCLASS);
    put_bits(p, c, DSCP, at, 4, word);
    put_bits(p, c, ECN, at, 4, word);
    tree_end(p, tree);
    put_bits(p, c, FLOW_LABEL, at + 1, 3, word);
    uint16_t length = put_u16(p, c, PLEN);
    if (length > 0 && cursor_left(c) >= HEADER - 6 && length > cursor_left(c) - (HEADER - 6) &&
        !p->quoted)
        put_under(p, c, PLEN, PLEN_EXCEEDS);
    uint8_t nxt = put_u8(p, c, NXT);
    (void)put_u8(p, c, HLIM);
    put_addresses(p, c);
    if (c->fault != CURSOR_OK)
        return;
    if (p->wanted->titles || p->wanted->labels)
        title(p, "Internet Protocol Version 6, Src: %s, Dst: %s",
              packet_named(p, ADDRESS_IPV6, p->net.src), packet_named(p, ADDRESS_IPV6, p->net.dst));
    if (length > 0 || nxt != 0) /* 0: a jumbogram (RFC 2675), or nothing at all */
        cursor_trim(c, length);
    if (length == 0 && nxt != 0 && nxt != NO_NEXT_HEADER) {
        put_mark(p, c, PLEN_ZERO);
        if (next(p, c, IP_PROTO, nxt))
            return;
    }
    const char *name = value_name_find(headers, nxt);
    if (p->wanted->columns)
        info_set(p, "%s", name != NULL ? name : "");
    carry_on(p, c, nxt);
}

/* ---- Options (RFC 8200, section 4.2) ------------------------------------------------------- */

static void put_option_value(struct packet *p, struct cursor *c, uint8_t type, uint8_t n)
{
    struct cursor value = cursor_part(c, n);
    if (type == 1)
        (void)put_bytes(p, &value, OPT_PADN, n);
    else if (type == 5 && n == 2)
        (void)put_u16(p, &value, OPT_ALERT);
    else if (type == 4 && n == 1)
        (void)put_u8(p, &value, OPT_TEL);
    else if (type == 194 && n == 4)
        (void)put_u32(p, &value, OPT_JUMBO);
    else if (type == 201 && n == 16)
        (void)put_bytes(p, &value, OPT_HOME, n);
    else
        (void)put_bytes(p, &value, OPT_UNKNOWN, n);
    if (value.fault != CURSOR_OK)
        c->fault = value.fault;
}

static void put_options(struct packet *p, struct cursor *c)
{
    while (cursor_captured(c) > 0) {
        const uint8_t *head = cursor_peek(c, 0, 2);
        uint8_t type = c->data[c->pos];
        const char *name = value_name_find(option_types, type);
        put_data(p, c, OPT, c->pos, type == 0 || head == NULL ? 1 : head[1] + 2u, "", 0);
        uint32_t tree = tree_begin(p, OPT);
        label(p, OPT, "IPv6 Option (%s)", name != NULL ? name : "Unknown");
        (void)put_u8(p, c, OPT_TYPE);
        uint32_t bits = tree_begin(p, OPT_TYPE);
        put_flags(p, c, OPT_ACTION, 3, c->pos - 1, 1, type);
        tree_end(p, bits);
        if (type == 0) {
            put_mark(p, c, OPT_PAD1);
        } else {
            uint8_t n = put_u8(p, c, OPT_LENGTH);
            put_option_value(p, c, type, n);
        }
        tree_end(p, tree);
    }
}

/* Next header and length; then a cursor over the rest of the header, of 8 * (length + 1) bytes. */
static struct cursor put_extension(struct packet *p, struct cursor *c, unsigned nxt_field,
                                   uint8_t *nxt)
{
    *nxt = put_u8(p, c, nxt_field);
    uint8_t length = put_u8(p, c, nxt_field + 1);
    if (c->fault == CURSOR_OK)
        put_uint(p, c, nxt_field + 2, c->pos - 1, 1, 8u * (length + 1u));
    return cursor_part(c, 8u * (length + 1u) - 2);
}

static void dissect_options(struct packet *p, struct cursor *c, unsigned nxt_field)
{
    uint8_t nxt;
    struct cursor rest = put_extension(p, c, nxt_field, &nxt);
    put_options(p, &rest);
    if (rest.fault != CURSOR_OK)
        c->fault = rest.fault;
    carry_on(p, c, nxt);
}

static void dissect_hopopts(struct packet *p, struct cursor *c)
{
    dissect_options(p, c, HOP_NXT);
}

static void dissect_dstopts(struct packet *p, struct cursor *c)
{
    dissect_options(p, c, DSTOPT_NXT);
}

/* RFC 8200, section 4.4; type 0: RFC 2460, deprecated by RFC 5095. */
static void dissect_routing(struct packet *p, struct cursor *c)
{
    uint8_t nxt;
    struct cursor rest = put_extension(p, c, ROUTE_NXT, &nxt);
    uint8_t type = put_u8(p, &rest, ROUTE_TYPE);
    uint8_t left = put_u8(p, &rest, ROUTE_LEFT);
    const char *name = value_name_find(routing_types, type);
    title(p, "Routing Header for IPv6 (%s)", name != NULL ? name : "Unknown type");
    if (type == 0) {
        (void)put_bytes(p, &rest, ROUTE_RESERVED, 4);
        const uint8_t *last = NULL;
        while (cursor_captured(&rest) >= 16)
            last = put_bytes(p, &rest, ROUTE_ADDR, 16);
        if (left > 0 && last != NULL)
            p->net.dst = last; /* the pseudo-header has the final one (RFC 8200, section 8.1) */
    }
    if (rest.fault != CURSOR_OK)
        c->fault = rest.fault;
    carry_on(p, c, nxt);
}

/* RFC 8200, section 4.5. Only a fragment that is the whole datagram (RFC 6946) is dissected on. */
static void dissect_fraghdr(struct packet *p, struct cursor *c)
{
    uint8_t nxt = put_u8(p, c, FRAG_NXT);
    (void)put_u8(p, c, FRAG_RESERVED);
    uint16_t bits = cursor_u16(c);
    if (c->fault != CURSOR_OK)
        return;
    put_bits(p, c, FRAG_OFFSET, c->pos - 2, 2, bits);
    put_bits(p, c, FRAG_BITS, c->pos - 2, 2, bits);
    put_bits(p, c, FRAG_MORE, c->pos - 2, 2, bits);
    uint32_t id = put_u32(p, c, FRAG_ID);
    bool more = (bits & 1) != 0;
    if ((bits & 0xfff8) == 0 && !more) {
        carry_on(p, c, nxt);
        return;
    }
    static const struct fragment_fields fields = {.fragments = FRAGMENTS,
                                                  .fragment = FRAGMENT,
                                                  .count = FRAGMENT_COUNT,
                                                  .length = REASSEMBLED_LENGTH,
                                                  .data = REASSEMBLED_DATA,
                                                  .reassembled_in = REASSEMBLED_IN,
                                                  .name = "IPv6 Fragments",
                                                  .source = "Reassembled IP",
                                                  .error = FRAGMENT_ERROR};
    const struct fragment_key key = {.id = id, .offset = bits & 0xfff8u, .more = more};
    struct cursor whole;
    p->net.protocol = nxt;
    if (fragment_reassemble(p, c, &key, &fields, &whole)) {
        c->pos = c->end = c->cap; /* the fragment is used up: no trailer of whoever carries it */
        carry_on(p, &whole, nxt);
        return;
    }
    p->net.fragment = true;
    info_set(p, "IPv6 fragment (off=%u more=%s ident=0x%08x nxt=%u)", bits & 0xfff8u,
             more ? "y" : "n", id, nxt);
    next_data(p, c);
}

static const struct binding bindings[] = {
    {"ethertype", 0x86dd}, {"ppp.protocol", 0x57}, {"fr.nlpid", 0x8e}, {"chdlc.protocol", 0x86dd}, {"ip.proto", 41},
    {"ip.version", 6},     {"link_type", 229},     {"null.family", 24},        {"null.family", 28},
    {"null.family", 30},   {"gre.proto", 0x86dd},  {"vxlan.next_proto", 2},    {NULL, 0}};
static const struct binding hop_bindings[] = {{"ip.proto", 0}, {NULL, 0}};
static const struct binding routing_bindings[] = {{"ip.proto", 43}, {NULL, 0}};
static const struct binding fraghdr_bindings[] = {{"ip.proto", 44}, {NULL, 0}};
static const struct binding dstopts_bindings[] = {{"ip.proto", 60}, {NULL, 0}};

const struct protocol proto_ipv6 = {.name = "ipv6",
                                    .title = "Internet Protocol Version 6",
                                    .column = "IPv6",
                                    FIELDS_OF_THIS_FILE,
                                    .tables = tables,
                                    .bindings = bindings,
                                    .dissect = dissect};

const struct protocol proto_ipv6_hopopts = {.name = "ipv6.hopopts",
                                            .title = "IPv6 Hop-by-Hop Option",
                                            .fields_of = &proto_ipv6,
                                            .tables = tables,
                                            .bindings = hop_bindings,
                                            .dissect = dissect_hopopts};

const struct protocol proto_ipv6_routing = {.name = "ipv6.routing",
                                            .title = "Routing Header for IPv6",
                                            .fields_of = &proto_ipv6,
                                            .tables = tables,
                                            .bindings = routing_bindings,
                                            .dissect = dissect_routing};

const struct protocol proto_ipv6_fraghdr = {.name = "ipv6.fraghdr",
                                            .title = "Fragment Header for IPv6",
                                            .fields_of = &proto_ipv6,
                                            .tables = tables,
                                            .bindings = fraghdr_bindings,
                                            .dissect = dissect_fraghdr};

const struct protocol proto_ipv6_dstopts = {.name = "ipv6.dstopts",
                                            .title = "Destination Options for IPv6",
                                            .fields_of = &proto_ipv6,
                                            .tables = tables,
                                            .bindings = dstopts_bindings,
                                            .dissect = dissect_dstopts};
