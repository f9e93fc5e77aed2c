/* icmpv6: Internet Control Message Protocol for IPv6 (RFC 4443), with Neighbor Discovery (RFC 4861)
 * and Multicast Listener Discovery (RFC 2710, RFC 3810). */
#include "dissect/checksum.h"
#include "dissect/exchange.h"
#include "dissect/format.h"
#include "dissect/packet.h"

enum {
    UNREACHABLE = 1,
    TOO_BIG = 2,
    TIME_EXCEEDED = 3,
    PARAMETER_PROBLEM = 4,
    ECHO = 128,
    ECHO_REPLY = 129,
    MLD_QUERY = 130,
    MLD_REPORT = 131,
    MLD_DONE = 132,
    ROUTER_SOLICITATION = 133,
    ROUTER_ADVERTISEMENT = 134,
    NEIGHBOR_SOLICITATION = 135,
    NEIGHBOR_ADVERTISEMENT = 136,
    REDIRECT = 137,
    MLD_REPORT_V2 = 143
};

static const struct value_name types[] = {
    VALUE(UNREACHABLE, "Destination Unreachable"),
    VALUE(TOO_BIG, "Packet Too Big"),
    VALUE(TIME_EXCEEDED, "Time Exceeded"),
    VALUE(PARAMETER_PROBLEM, "Parameter Problem"),
    VALUE(ECHO, "Echo (ping) request"),
    VALUE(ECHO_REPLY, "Echo (ping) reply"),
    VALUE(MLD_QUERY, "Multicast Listener Query"),
    VALUE(MLD_REPORT, "Multicast Listener Report"),
    VALUE(MLD_DONE, "Multicast Listener Done"),
    VALUE(ROUTER_SOLICITATION, "Router Solicitation"),
    VALUE(ROUTER_ADVERTISEMENT, "Router Advertisement"),
    VALUE(NEIGHBOR_SOLICITATION, "Neighbor Solicitation"),
    VALUE(NEIGHBOR_ADVERTISEMENT, "Neighbor Advertisement"),
    VALUE(REDIRECT, "Redirect"),
    VALUE(MLD_REPORT_V2, "Multicast Listener Report Message v2"),
    VALUES_END};

static const struct value_name unreachable_codes[] = {
    VALUE(0, "no route to destination"),
    VALUE(1, "Administratively prohibited"),
    VALUE(2, "Beyond scope of source address"),
    VALUE(3, "Address unreachable"),
    VALUE(4, "Port unreachable"),
    VALUE(5, "Source address failed ingress/egress policy"),
    VALUE(6, "Reject route to destination"),
    VALUES_END};

static const struct value_name exceeded_codes[] = {VALUE(0, "hop limit exceeded in transit"),
                                                   VALUE(1, "fragment reassembly time exceeded"),
                                                   VALUES_END};

static const struct value_name problem_codes[] = {
    VALUE(0, "erroneous header field encountered"),
    VALUE(1, "unrecognized Next Header type encountered"),
    VALUE(2, "unrecognized IPv6 option encountered"), VALUES_END};

static const struct value_name option_types[] = {VALUE(1, "Source link-layer address"),
                                                 VALUE(2, "Target link-layer address"),
                                                 VALUE(3, "Prefix information"),
                                                 VALUE(4, "Redirected header"),
                                                 VALUE(5, "MTU"),
                                                 VALUE(14, "Nonce"),
                                                 VALUE(24, "Route Information"),
                                                 VALUE(25, "Recursive DNS Server"),
                                                 VALUE(31, "DNS Search List Option"),
                                                 VALUES_END};

static const struct value_name record_types[] = {VALUE(1, "Include"),
                                                 VALUE(2, "Exclude"),
                                                 VALUE(3, "Changed to include"),
                                                 VALUE(4, "Changed to exclude"),
                                                 VALUE(5, "Allow new sources"),
                                                 VALUE(6, "Block old sources"),
                                                 VALUES_END};

static const struct value_name preferences[] = {VALUE(0, "Medium"), VALUE(1, "High"),
                                                VALUE(2, "Reserved"), VALUE(3, "Low"), VALUES_END};

static const struct value_name checksum_names[] = CHECKSUM_STATUS_NAMES;

#define FIELDS(X)                                                                                  \
    X(TYPE, "icmpv6.type", "Type", UINT8, DEC, 0, types)                                           \
    X(CODE, "icmpv6.code", "Code", UINT8, DEC, 0, NULL)                                            \
    X(CHECKSUM, "icmpv6.checksum", "Checksum", UINT16, HEX, 0, NULL)                               \
    X(STATUS, "icmpv6.checksum.status", "Checksum Status", UINT8, DEC | GENERATED, 0,              \
      checksum_names)                                                                              \
    X(RESERVED, "icmpv6.reserved", "Reserved", BYTES, NONE, 0, NULL)                               \
    X(POINTER, "icmpv6.pointer", "Pointer", UINT32, DEC, 0, NULL)                                  \
    X(MTU, "icmpv6.mtu", "MTU", UINT32, DEC, 0, NULL)                                              \
    X(ECHO_ID, "icmpv6.echo.identifier", "Identifier", UINT16, HEX, 0, NULL)                       \
    X(ECHO_SEQ, "icmpv6.echo.sequence_number", "Sequence", UINT16, DEC, 0, NULL)                   \
    X(RESP_IN, "icmpv6.resp_in", "Response In", FRAMENUM, GENERATED | FLOW | FUTURE, 0, NULL)      \
    X(NO_RESP, "icmpv6.no_resp", "No response seen", NONE, GENERATED | FLOW | FUTURE, 0, NULL)     \
    X(NOT_FOUND, "icmpv6.resp_not_found", "Response not found", NONE, NONE, 0, NULL)               \
    X(RESP_TO, "icmpv6.resp_to", "Response To", FRAMENUM, GENERATED | FLOW, 0, NULL)               \
    X(RESP_TIME, "icmpv6.resptime", "Response Time", DOUBLE, GENERATED | FLOW, 0, NULL)            \
    X(RA_HOPS, "icmpv6.nd.ra.cur_hop_limit", "Cur hop limit", UINT8, DEC, 0, NULL)                 \
    X(RA_FLAGS, "icmpv6.nd.ra.flag", "Flags", UINT8, HEX, 0, NULL)                                 \
    X(RA_M, "icmpv6.nd.ra.flag.m", "Managed address configuration", BOOLEAN, NONE, 0x80, NULL)     \
    X(RA_O, "icmpv6.nd.ra.flag.o", "Other configuration", BOOLEAN, NONE, 0x40, NULL)               \
    X(RA_H, "icmpv6.nd.ra.flag.h", "Home Agent", BOOLEAN, NONE, 0x20, NULL)                        \
    X(RA_PRF, "icmpv6.nd.ra.flag.prf", "Prf (Default Router Preference)", UINT8, DEC, 0x18,        \
      preferences)                                                                                 \
    X(RA_P, "icmpv6.nd.ra.flag.p", "Proxy", BOOLEAN, NONE, 0x04, NULL)                             \
    X(RA_RSV, "icmpv6.nd.ra.flag.rsv", "Reserved", UINT8, DEC, 0x03, NULL)                         \
    X(RA_LIFETIME, "icmpv6.nd.ra.router_lifetime", "Router lifetime (s)", UINT16, DEC, 0, NULL)    \
    X(RA_REACHABLE, "icmpv6.nd.ra.reachable_time", "Reachable time (ms)", UINT32, DEC, 0, NULL)    \
    X(RA_RETRANS, "icmpv6.nd.ra.retrans_timer", "Retrans timer (ms)", UINT32, DEC, 0, NULL)        \
    X(NS_TARGET, "icmpv6.nd.ns.target_address", "Target Address", IPv6, NONE, 0, NULL)             \
    X(NA_FLAGS, "icmpv6.nd.na.flag", "Flags", UINT32, HEX, 0, NULL)                                \
    X(NA_R, "icmpv6.nd.na.flag.r", "Router", BOOLEAN, NONE, 0x80000000, NULL)                      \
    X(NA_S, "icmpv6.nd.na.flag.s", "Solicited", BOOLEAN, NONE, 0x40000000, NULL)                   \
    X(NA_O, "icmpv6.nd.na.flag.o", "Override", BOOLEAN, NONE, 0x20000000, NULL)                    \
    X(NA_RSV, "icmpv6.nd.na.flag.rsv", "Reserved", UINT32, DEC, 0x1fffffff, NULL)                  \
    X(NA_TARGET, "icmpv6.nd.na.target_address", "Target Address", IPv6, NONE, 0, NULL)             \
    X(RD_TARGET, "icmpv6.nd.rd.target_address", "Target Address", IPv6, NONE, 0, NULL)             \
    X(RD_DESTINATION, "icmpv6.rd.na.destination_address", "Destination Address", IPv6, NONE, 0,    \
      NULL)                                                                                        \
    X(OPT, "icmpv6.opt", "ICMPv6 Option", NONE, NONE, 0, NULL)                                     \
    X(OPT_TYPE, "icmpv6.opt.type", "Type", UINT8, DEC, 0, option_types)                            \
    X(OPT_LENGTH, "icmpv6.opt.length", "Length", UINT8, DEC, 0, NULL)                              \
    X(OPT_RESERVED, "icmpv6.opt.reserved", "Reserved", NONE, NONE, 0, NULL)                        \
    X(LINKADDR, "icmpv6.opt.linkaddr", "Link-layer address", BYTES, COLONS, 0, NULL)               \
    X(SRC_LINKADDR, "icmpv6.opt.src_linkaddr", "Source Link-layer address", BYTES,                 \
      COLONS | HIDDEN, 0, NULL)                                                                    \
    X(TARGET_LINKADDR, "icmpv6.opt.target_linkaddr", "Target Link-layer address", BYTES,           \
      COLONS | HIDDEN, 0, NULL)                                                                    \
    X(PREFIX_LENGTH, "icmpv6.opt.prefix.length", "Prefix Length", UINT8, DEC, 0, NULL)             \
    X(PREFIX_FLAGS, "icmpv6.opt.prefix.flag", "Flag", UINT8, HEX, 0, NULL)                         \
    X(PREFIX_L, "icmpv6.opt.prefix.flag.l", "On-link flag(L)", BOOLEAN, NONE, 0x80, NULL)          \
    X(PREFIX_A, "icmpv6.opt.prefix.flag.a", "Autonomous address-configuration flag(A)", BOOLEAN,   \
      NONE, 0x40, NULL)                                                                            \
    X(PREFIX_R, "icmpv6.opt.prefix.flag.r", "Router address flag(R)", BOOLEAN, NONE, 0x20, NULL)   \
    X(PREFIX_RSV, "icmpv6.opt.prefix.flag.reserved", "Reserved", UINT8, DEC, 0x1f, NULL)           \
    X(PREFIX_VALID, "icmpv6.opt.prefix.valid_lifetime", "Valid Lifetime", UINT32, DEC, 0, NULL)    \
    X(PREFIX_PREFERRED, "icmpv6.opt.prefix.preferred_lifetime", "Preferred Lifetime", UINT32, DEC, \
      0, NULL)                                                                                     \
    X(PREFIX, "icmpv6.opt.prefix", "Prefix", IPv6, NONE, 0, NULL)                                  \
    X(OPT_MTU, "icmpv6.opt.mtu", "MTU", UINT32, DEC, 0, NULL)                                      \
    X(NONCE, "icmpv6.opt.nonce", "Nonce", BYTES, NONE, 0, NULL)                                    \
    X(RDNSS_LIFETIME, "icmpv6.opt.rdnss.lifetime", "Lifetime", UINT32, DEC, 0, NULL)               \
    X(RDNSS, "icmpv6.opt.rdnss", "Recursive DNS Servers", IPv6, NONE, 0, NULL)                     \
    X(MLD_DELAY, "icmpv6.mld.maximum_response_delay", "Maximum Response Delay [ms]", UINT16, DEC,  \
      0, NULL)                                                                                     \
    X(MLD_CODE, "icmpv6.mld.maximum_response_code", "Maximum Response Code", UINT16, DEC, 0, NULL) \
    X(MLD_GROUP, "icmpv6.mld.multicast_address", "Multicast Address", IPv6, NONE, 0, NULL)         \
    X(MLD_FLAGS, "icmpv6.mld.flag", "Flags", UINT8, HEX, 0, NULL)                                  \
    X(MLD_S, "icmpv6.mld.flag.s", "Suppress Router-Side Processing", BOOLEAN, NONE, 0x08, NULL)    \
    X(MLD_QRV, "icmpv6.mld.flag.qrv", "QRV (Querier's Robustness Variable)", UINT8, DEC, 0x07,     \
      NULL)                                                                                        \
    X(MLD_RSV, "icmpv6.mld.flag.reserved", "Reserved", UINT8, DEC, 0xf0, NULL)                     \
    X(MLD_QQI, "icmpv6.mld.qqi", "QQIC (Querier's Query Interval Code)", UINT8, DEC, 0, NULL)      \
    X(MLD_SOURCES, "icmpv6.mld.nb_sources", "Number of Sources", UINT16, DEC, 0, NULL)             \
    X(MLD_SOURCE, "icmpv6.mld.source_address", "Source Address", IPv6, NONE, 0, NULL)              \
    X(RECORDS, "icmpv6.mldr.nb_mcast_records", "Number of Multicast Address Records", UINT16, DEC, \
      0, NULL)                                                                                     \
    X(RECORD, "icmpv6.mldr.mar", "Multicast Address Record", NONE, NONE, 0, NULL)                  \
    X(RECORD_TYPE, "icmpv6.mldr.mar.record_type", "Record Type", UINT8, DEC, 0, record_types)      \
    X(RECORD_AUX_LEN, "icmpv6.mldr.mar.aux_data_len", "Aux Data Len", UINT8, DEC, 0, NULL)         \
    X(RECORD_SOURCES, "icmpv6.mldr.mar.nb_sources", "Number of Sources", UINT16, DEC, 0, NULL)     \
    X(RECORD_GROUP, "icmpv6.mldr.mar.multicast_address", "Multicast Address", IPv6, NONE, 0, NULL) \
    X(RECORD_SOURCE, "icmpv6.mldr.mar.source_address", "Source Address", IPv6, NONE, 0, NULL)      \
    X(RECORD_AUX, "icmpv6.mldr.mar.auxiliary_data", "Auxiliary Data", BYTES, NONE, 0, NULL)

FIELD_TABLE(FIELDS);

/* The quoted packet is found as if IP carried it: 41 is IPv6. */
enum { QUOTED_TABLE };
enum { QUOTED_IPV6 = 41, ICMPV6 = 58 };

static void put_checksum(struct packet *p, struct cursor *c, uint32_t start)
{
    (void)put_u16(p, c, CHECKSUM);
    if (c->fault != CURSOR_OK || !wants(p, STATUS))
        return;
    enum checksum_status status = CHECKSUM_UNVERIFIED;
    if (!p->net.fragment && c->cap == c->end && p->net.src != NULL) {
        uint32_t n = c->end - start;
        uint64_t sum = checksum_pseudo_header(p, ICMPV6, n);
        status = checksum_fold(checksum_add(sum, c->data + start, n)) == 0 ? CHECKSUM_GOOD
                                                                           : CHECKSUM_BAD;
    }
    put_uint(p, c, STATUS, c->pos - 2, 0, status);
}

/* " fe80::1", in the Info column. */
static void info_address(struct packet *p, const char *before, const uint8_t *bytes)
{
    if (bytes == NULL || !p->wanted->columns)
        return;
    info_add(p, "%s", before);
    format_address(&p->info, &(struct address){ADDRESS_IPV6, bytes});
}

/* ---- Errors and echo (RFC 4443) ------------------------------------------------------------ */

static void put_error(struct packet *p, struct cursor *c, uint8_t type, uint8_t code)
{
    static const struct value_name *const codes[] = {[UNREACHABLE] = unreachable_codes,
                                                     [TIME_EXCEEDED] = exceeded_codes,
                                                     [PARAMETER_PROBLEM] = problem_codes};
    const char *why = value_name_find(codes[type], code);
    if (why != NULL)
        info_add(p, " (%s)", why);
    if (type == TOO_BIG)
        (void)put_u32(p, c, MTU);
    else if (type == PARAMETER_PROBLEM)
        (void)put_u32(p, c, POINTER);
    else
        (void)put_bytes(p, c, RESERVED, 4);
    if (cursor_captured(c) > 0 && !next_quoted(p, c, QUOTED_TABLE, QUOTED_IPV6))
        next_data(p, c);
}

static void put_echo(struct packet *p, struct cursor *c, uint8_t type)
{
    uint16_t id = put_u16(p, c, ECHO_ID), seq = put_u16(p, c, ECHO_SEQ);
    if (c->fault != CURSOR_OK)
        return;
    info_add(p, " id=0x%04x, seq=%u", id, seq);
    if (p->net.version == 6)
        info_add(p, ", hop limit=%u", p->net.src[-1]); /* it lies just before the source address */
    static const struct exchange_fields fields = {RESP_IN, NO_RESP, NOT_FOUND, RESP_TO, RESP_TIME};
    struct exchange e = {.protocol = ICMPV6, .request = type == ECHO, .ident = id, .seq = seq};
    put_exchange(p, c, &e, &fields);
    next_data(p, c);
}

/* ---- Options of Neighbor Discovery (RFC 4861, section 4.6) --------------------------------- */

static void put_link_address(struct packet *p, struct cursor *o, uint8_t type)
{
    uint32_t n = cursor_left(o);
    const uint8_t *b = put_bytes(p, o, LINKADDR, n);
    if (b == NULL)
        return;
    put_data(p, o, type == 1 ? SRC_LINKADDR : TARGET_LINKADDR, o->pos - n, n, b, n);
    if (n >= 6)
        info_add(p, " %s %02x:%02x:%02x:%02x:%02x:%02x", type == 1 ? "from" : "is at", b[0], b[1],
                 b[2], b[3], b[4], b[5]);
}

static void put_reserved(struct packet *p, struct cursor *o, uint32_t n)
{
    if (cursor_take(o, n) != NULL)
        put_data(p, o, OPT_RESERVED, o->pos - n, n, "", 0);
}

static void put_prefix(struct packet *p, struct cursor *o)
{
    (void)put_u8(p, o, PREFIX_LENGTH);
    uint8_t flags = put_u8(p, o, PREFIX_FLAGS);
    uint32_t tree = tree_begin(p, PREFIX_FLAGS);
    if (o->fault == CURSOR_OK)
        put_flags(p, o, PREFIX_L, 4, o->pos - 1, 1, flags);
    tree_end(p, tree);
    (void)put_u32(p, o, PREFIX_VALID);
    (void)put_u32(p, o, PREFIX_PREFERRED);
    put_reserved(p, o, 4);
    (void)put_bytes(p, o, PREFIX, 16);
}

static void put_option_value(struct packet *p, struct cursor *o, uint8_t type)
{
    switch (type) {
    case 1:
    case 2:
        put_link_address(p, o, type);
        break;
    case 3:
        put_prefix(p, o);
        break;
    case 4:
        put_reserved(p, o, 6);
        (void)next_quoted(p, o, QUOTED_TABLE, QUOTED_IPV6);
        break;
    case 5:
        put_reserved(p, o, 2);
        (void)put_u32(p, o, OPT_MTU);
        break;
    case 14: /* RFC 3971, section 5.3.2 */
        (void)put_bytes(p, o, NONCE, cursor_left(o));
        break;
    case 25: /* RFC 8106, section 5.1 */
        put_reserved(p, o, 2);
        (void)put_u32(p, o, RDNSS_LIFETIME);
        while (cursor_captured(o) >= 16)
            (void)put_bytes(p, o, RDNSS, 16);
        break;
    default:
        break;
    }
}

static void put_options(struct packet *p, struct cursor *c)
{
    while (cursor_captured(c) >= 2) {
        uint8_t type = c->data[c->pos];
        uint32_t n = 8u * c->data[c->pos + 1];
        const char *name = value_name_find(option_types, type);
        put_data(p, c, OPT, c->pos, n, "", 0);
        uint32_t tree = tree_begin(p, OPT);
        label(p, OPT, "ICMPv6 Option (%s)", name != NULL ? name : "Unknown");
        (void)put_u8(p, c, OPT_TYPE);
        (void)put_u8(p, c, OPT_LENGTH);
        if (n == 0) { /* "Nodes MUST silently discard" it: nothing after it can be found */
            cursor_malformed(c);
        } else {
            struct cursor value = cursor_part(c, n - 2);
            put_option_value(p, &value, type);
            if (value.fault != CURSOR_OK && c->fault == CURSOR_OK)
                c->fault = value.fault;
        }
        tree_end(p, tree);
    }
}

/* ---- Neighbor Discovery (RFC 4861, section 4) ---------------------------------------------- */

static void put_router_advertisement(struct packet *p, struct cursor *c)
{
    (void)put_u8(p, c, RA_HOPS);
    uint8_t flags = put_u8(p, c, RA_FLAGS);
    uint32_t tree = tree_begin(p, RA_FLAGS);
    if (c->fault == CURSOR_OK)
        put_flags(p, c, RA_M, 6, c->pos - 1, 1, flags);
    tree_end(p, tree);
    (void)put_u16(p, c, RA_LIFETIME);
    (void)put_u32(p, c, RA_REACHABLE);
    (void)put_u32(p, c, RA_RETRANS);
}

static void put_neighbor_advertisement(struct packet *p, struct cursor *c)
{
    uint32_t flags = put_u32(p, c, NA_FLAGS);
    uint32_t tree = tree_begin(p, NA_FLAGS);
    if (c->fault == CURSOR_OK)
        put_flags(p, c, NA_R, 4, c->pos - 4, 4, flags);
    tree_end(p, tree);
    info_address(p, " ", put_bytes(p, c, NA_TARGET, 16));
    static const char *const names[] = {"",       " (ovr)",      " (sol)",      " (sol, ovr)",
                                        " (rtr)", " (rtr, ovr)", " (rtr, sol)", " (rtr, sol, ovr)"};
    info_add(p, "%s", names[flags >> 29]);
}

static void put_discovery(struct packet *p, struct cursor *c, uint8_t type)
{
    if (type == ROUTER_ADVERTISEMENT) {
        put_router_advertisement(p, c);
    } else if (type == NEIGHBOR_ADVERTISEMENT) {
        put_neighbor_advertisement(p, c);
    } else {
        (void)put_bytes(p, c, RESERVED, 4);
        if (type == NEIGHBOR_SOLICITATION)
            info_address(p, " for ", put_bytes(p, c, NS_TARGET, 16));
        if (type == REDIRECT) {
            (void)put_bytes(p, c, RD_TARGET, 16);
            (void)put_bytes(p, c, RD_DESTINATION, 16);
        }
    }
    put_options(p, c);
}

/* ---- Multicast Listener Discovery ---------------------------------------------------------- */

/* RFC 2710, section 3; longer queries are RFC 3810's, section 5.1. */
static void put_mld(struct packet *p, struct cursor *c, uint8_t type)
{
    bool second = type == MLD_QUERY && cursor_left(c) >= 24;
    (void)put_u16(p, c, second ? MLD_CODE : MLD_DELAY);
    (void)put_bytes(p, c, RESERVED, 2);
    (void)put_bytes(p, c, MLD_GROUP, 16);
    if (!second)
        return;
    uint8_t flags = put_u8(p, c, MLD_FLAGS);
    uint32_t tree = tree_begin(p, MLD_FLAGS);
    if (c->fault == CURSOR_OK)
        put_flags(p, c, MLD_S, 3, c->pos - 1, 1, flags);
    tree_end(p, tree);
    (void)put_u8(p, c, MLD_QQI);
    uint16_t sources = put_u16(p, c, MLD_SOURCES);
    for (uint16_t i = 0; i < sources && c->fault == CURSOR_OK; i++)
        (void)put_bytes(p, c, MLD_SOURCE, 16);
}

/* RFC 3810, section 5.2. */
static void put_mld_report(struct packet *p, struct cursor *c)
{
    (void)put_bytes(p, c, RESERVED, 2);
    uint16_t records = put_u16(p, c, RECORDS);
    for (uint16_t i = 0; i < records && c->fault == CURSOR_OK; i++) {
        const uint8_t *head = cursor_peek(c, 0, 4);
        uint32_t length = head == NULL ? 0 : 20u + 16u * be16(head + 2) + 4u * head[1];
        put_data(p, c, RECORD, c->pos, length, "", 0);
        uint32_t tree = tree_begin(p, RECORD);
        (void)put_u8(p, c, RECORD_TYPE);
        uint8_t aux = put_u8(p, c, RECORD_AUX_LEN);
        uint16_t sources = put_u16(p, c, RECORD_SOURCES);
        (void)put_bytes(p, c, RECORD_GROUP, 16);
        for (uint16_t k = 0; k < sources && c->fault == CURSOR_OK; k++)
            (void)put_bytes(p, c, RECORD_SOURCE, 16);
        if (aux > 0)
            (void)put_bytes(p, c, RECORD_AUX, aux * 4u);
        tree_end(p, tree);
    }
}

static void dissect(struct packet *p, struct cursor *c)
{
    uint32_t start = c->pos;
    uint8_t type = put_u8(p, c, TYPE);
    uint8_t code = put_u8(p, c, CODE);
    put_checksum(p, c, start);
    if (c->fault != CURSOR_OK)
        return;
    const char *name = value_name_find(types, type);
    info_set(p, "%s", name != NULL ? name : "Unknown");
    switch (type) {
    case UNREACHABLE:
    case TOO_BIG:
    case TIME_EXCEEDED:
    case PARAMETER_PROBLEM:
        put_error(p, c, type, code);
        break;
    case ECHO:
    case ECHO_REPLY:
        put_echo(p, c, type);
        break;
    case MLD_QUERY:
    case MLD_REPORT:
    case MLD_DONE:
        put_mld(p, c, type);
        break;
    case ROUTER_SOLICITATION:
    case ROUTER_ADVERTISEMENT:
    case NEIGHBOR_SOLICITATION:
    case NEIGHBOR_ADVERTISEMENT:
    case REDIRECT:
        put_discovery(p, c, type);
        break;
    case MLD_REPORT_V2:
        put_mld_report(p, c);
        break;
    default:
        next_data(p, c);
    }
}

static const char *const tables[] = {"ip.proto", NULL};
static const struct binding bindings[] = {{"ip.proto", ICMPV6}, {NULL, 0}};

const struct protocol proto_icmpv6 = {.name = "icmpv6",
                                      .title = "Internet Control Message Protocol v6",
                                      .column = "ICMPv6",
                                      FIELDS_OF_THIS_FILE,
                                      .tables = tables,
                                      .bindings = bindings,
                                      .dissect = dissect};
