/*
 * eigrp: Cisco's Enhanced Interior Gateway Routing Protocol (RFC 7868).
 *
 *     | version 1 | opcode 1 | checksum 2 | flags 4 | sequence 4 | ack 4 | virtual router 2 | AS 2
 * | and a list of: | type 2 | length 2, with these four | value |
 */
#include "dissect/checksum.h"
#include "dissect/packet.h"

static const struct value_name opcode_names[] = {
    VALUE(1, "Update"),      VALUE(2, "Request"),     VALUE(3, "Query"),
    VALUE(4, "Reply"),       VALUE(5, "Hello"),       VALUE(6, "IPX/SAP Update"),
    VALUE(7, "Route Probe"), VALUE(8, "Hello (Ack)"), VALUE(9, "Stub-Info"),
    VALUE(10, "SIA-Query"),  VALUE(11, "SIA-Reply"),  VALUES_END};
static const struct value_name flags_init_names[] = {VALUE(0, "Not set"), VALUE(1, "Set"),
                                                     VALUES_END};
static const struct value_name tlv_type_names[] = {VALUE(1, "Parameters"),
                                                   VALUE(2, "Authentication"),
                                                   VALUE(3, "Sequence"),
                                                   VALUE(4, "Software Version"),
                                                   VALUE(5, "Next multicast sequence"),
                                                   VALUE(6, "Peer Stub Information"),
                                                   VALUE(7, "Peer Termination"),
                                                   VALUE(8, "Peer Topology ID List"),
                                                   VALUE(0x102, "Internal Route(IPv4)"),
                                                   VALUE(0x103, "External Route(IPv4)"),
                                                   VALUE(0x104, "Ext-Community(IPv4)"),
                                                   VALUE(0x402, "Internal Route(IPv6)"),
                                                   VALUE(0x403, "External Route(IPv6)"),
                                                   VALUE(0x404, "Ext-Community(IPv6)"),
                                                   VALUE(0x302, "IPX Internal Route(IPX)"),
                                                   VALUE(0x303, "IPX External Route(IPX)"),
                                                   VALUE(0x202, "Internal Route(ATALK)"),
                                                   VALUE(0x203, "External Route(ATALK)"),
                                                   VALUE(0x204, "Cable Configuration(ATALK)"),
                                                   VALUE(241, "Request(MTR)"),
                                                   VALUE(242, "Internal Route(MTR)"),
                                                   VALUE(243, "External Route(MTR)"),
                                                   VALUE(244, "Ext-Community(MTR)"),
                                                   VALUE(245, "TopologyID List"),
                                                   VALUE(0x601, "Request"),
                                                   VALUE(0x602, "Internal Route"),
                                                   VALUE(0x603, "External Route"),
                                                   VALUE(0x604, "Ext-Community"),
                                                   VALUES_END};
static const struct value_name auth_type_names[] = {VALUE(1, "TEXT"), VALUE(2, "MD5"),
                                                    VALUE(3, "SHA256"), VALUES_END};
static const struct value_name extdata_proto_names[] = {VALUE(1, "IGRP"),
                                                        VALUE(2, "EIGRP"),
                                                        VALUE(3, "Static Route"),
                                                        VALUE(4, "RIP"),
                                                        VALUE(5, "Hello"),
                                                        VALUE(6, "OSPF"),
                                                        VALUE(7, "IS-IS"),
                                                        VALUE(8, "EGP"),
                                                        VALUE(9, "BGP"),
                                                        VALUE(10, "IDRP"),
                                                        VALUE(11, "Connected Route"),
                                                        VALUES_END};
static const struct value_name checksum_status_names[] = {
    VALUE(0, "Bad"),         VALUE(1, "Good"),    VALUE(2, "Unverified"),
    VALUE(3, "Not present"), VALUE(4, "Illegal"), VALUES_END};

#define FIELDS(X)                                                                                  \
    X(VERSION, "eigrp.version", "Version", UINT8, DEC, 0, NULL)                                    \
    X(OPCODE, "eigrp.opcode", "Opcode", UINT8, DEC, 0, opcode_names)                               \
    X(FLAGS, "eigrp.flags", "Flags", UINT32, HEX, 0, NULL)                                         \
    X(SEQ, "eigrp.seq", "Sequence", UINT32, DEC, 0, NULL)                                          \
    X(ACK, "eigrp.ack", "Acknowledge", UINT32, DEC, 0, NULL)                                       \
    X(VRID, "eigrp.vrid", "Virtual Router ID", UINT16, DEC, 0, NULL)                               \
    X(AS, "eigrp.as", "Autonomous System", UINT16, DEC, 0, NULL)                                   \
    X(FLAGS_INIT, "eigrp.flags.init", "Init", BOOLEAN, 32, 0x1, flags_init_names)                  \
    X(FLAGS_CONDRECV, "eigrp.flags.condrecv", "Conditional Receive", BOOLEAN, 32, 0x2,             \
      flags_init_names)                                                                            \
    X(FLAGS_RESTART, "eigrp.flags.restart", "Restart", BOOLEAN, 32, 0x4, flags_init_names)         \
    X(FLAGS_EOT, "eigrp.flags.eot", "End Of Table", BOOLEAN, 32, 0x8, flags_init_names)            \
    X(TLV_TYPE, "eigrp.tlv_type", "Type", UINT16, HEX, 0, tlv_type_names)                          \
    X(TLV_LEN, "eigrp.tlv.len", "Length", UINT16, DEC, 0, NULL)                                    \
    X(PAR_K1, "eigrp.par.k1", "K1", UINT8, DEC, 0, NULL)                                           \
    X(PAR_K2, "eigrp.par.k2", "K2", UINT8, DEC, 0, NULL)                                           \
    X(PAR_K3, "eigrp.par.k3", "K3", UINT8, DEC, 0, NULL)                                           \
    X(PAR_K4, "eigrp.par.k4", "K4", UINT8, DEC, 0, NULL)                                           \
    X(PAR_K5, "eigrp.par.k5", "K5", UINT8, DEC, 0, NULL)                                           \
    X(PAR_K6, "eigrp.par.k6", "K6", UINT8, DEC, 0, NULL)                                           \
    X(PAR_HOLDTIME, "eigrp.par.holdtime", "Hold Time", UINT16, DEC, 0, NULL)                       \
    X(AUTH_TYPE, "eigrp.auth.type", "Type", UINT16, DEC, 0, auth_type_names)                       \
    X(AUTH_LENGTH, "eigrp.auth.length", "Length", UINT16, DEC, 0, NULL)                            \
    X(AUTH_KEYID, "eigrp.auth.keyid", "Key ID", UINT32, DEC, 0, NULL)                              \
    X(AUTH_KEYSEQ, "eigrp.auth.keyseq", "Key Sequence", UINT32, DEC, 0, NULL)                      \
    X(AUTH_DIGEST, "eigrp.auth.digest", "Digest", BYTES, NONE, 0, NULL)                            \
    X(SEQ_ADDRLEN, "eigrp.seq.addrlen", "Address length", UINT8, DEC, 0, NULL)                     \
    X(SEQ_IPV4ADDR, "eigrp.seq.ipv4addr", "IP Address", IPv4, NONE, 0, NULL)                       \
    X(SEQ_IPV6ADDR, "eigrp.seq.ipv6addr", "IPv6 Address", IPv6, NONE, 0, NULL)                     \
    X(NEXT_MCAST_SEQ, "eigrp.next_mcast_seq", "Multicast Sequence", UINT32, DEC, 0, NULL)          \
    X(STUB_OPTIONS, "eigrp.stub_options", "Stub Options", UINT16, HEX, 0, NULL)                    \
    X(STUB_OPTIONS_CONNECTED, "eigrp.stub_options.connected", "Connected", BOOLEAN, 16, 0x1,       \
      flags_init_names)                                                                            \
    X(STUB_OPTIONS_STATIC, "eigrp.stub_options.static", "Static", BOOLEAN, 16, 0x2,                \
      flags_init_names)                                                                            \
    X(STUB_OPTIONS_SUMMARY, "eigrp.stub_options.summary", "Summary", BOOLEAN, 16, 0x4,             \
      flags_init_names)                                                                            \
    X(STUB_OPTIONS_REDIST, "eigrp.stub_options.redist", "Redistributed", BOOLEAN, 16, 0x8,         \
      flags_init_names)                                                                            \
    X(STUB_OPTIONS_LEAKMAP, "eigrp.stub_options.leakmap", "Leak-Map", BOOLEAN, 16, 0x10,           \
      flags_init_names)                                                                            \
    X(STUB_OPTIONS_RECVONLY, "eigrp.stub_options.recvonly", "Receive-Only", BOOLEAN, 16, 0x20,     \
      flags_init_names)                                                                            \
    X(OLD_METRIC_DELAY, "eigrp.old_metric.delay", "Scaled Delay", UINT32, DEC, 0, NULL)            \
    X(OLD_METRIC_BW, "eigrp.old_metric.bw", "Scaled BW", UINT32, DEC, 0, NULL)                     \
    X(OLD_METRIC_MTU, "eigrp.old_metric.mtu", "MTU", UINT24, DEC, 0, NULL)                         \
    X(OLD_METRIC_HOPCOUNT, "eigrp.old_metric.hopcount", "Hop Count", UINT8, DEC, 0, NULL)          \
    X(OLD_METRIC_REL, "eigrp.old_metric.rel", "Reliability", UINT8, DEC, 0, NULL)                  \
    X(OLD_METRIC_LOAD, "eigrp.old_metric.load", "Load", UINT8, DEC, 0, NULL)                       \
    X(OLD_METRIC_INTAG, "eigrp.old_metric.intag", "Route Tag", UINT8, DEC, 0, NULL)                \
    X(METRIC_FLAGS_SRCWD, "eigrp.metric.flags.srcwd", "Source Withdraw", BOOLEAN, 8, 0x1, NULL)    \
    X(METRIC_FLAGS_CD, "eigrp.metric.flags.cd", "Candidate Default", BOOLEAN, 8, 0x2, NULL)        \
    X(METRIC_FLAGS_ACTIVE, "eigrp.metric.flags.active", "Route is Active", BOOLEAN, 8, 0x4, NULL)  \
    X(METRIC_FLAGS_REPL, "eigrp.metric.flags.repl", "Route is Replicated", BOOLEAN, 8, 0x8, NULL)  \
    X(EXTDATA_ORIGRID, "eigrp.extdata.origrid", "Originating RouterID", IPv4, NONE, 0, NULL)       \
    X(EXTDATA_AS, "eigrp.extdata.as", "Originating A.S.", UINT32, DEC, 0, NULL)                    \
    X(EXTDATA_TAG, "eigrp.extdata.tag", "Administrative Tag", UINT32, DEC, 0, NULL)                \
    X(EXTDATA_METRIC, "eigrp.extdata.metric", "External Metric", UINT32, DEC, 0, NULL)             \
    X(EXTDATA_RESERVED, "eigrp.extdata.reserved", "Reserved", UINT16, DEC, 0, NULL)                \
    X(EXTDATA_PROTO, "eigrp.extdata.proto", "External Protocol ID", UINT8, DEC, 0,                 \
      extdata_proto_names)                                                                         \
    X(IPV4_NEXTHOP, "eigrp.ipv4.nexthop", "NextHop", IPv4, NONE, 0, NULL)                          \
    X(IPV4_PREFIXLEN, "eigrp.ipv4.prefixlen", "Prefix Length", UINT8, DEC, 0, NULL)                \
    X(IPV6_NEXTHOP, "eigrp.ipv6.nexthop", "NextHop", IPv6, NONE, 0, NULL)                          \
    X(IPV6_PREFIXLEN, "eigrp.ipv6.prefixlen", "Prefix Length", UINT8, DEC, 0, NULL)                \
    X(RELEASE_VERSION, "eigrp.release_version", "EIGRP Release", UINT16, DEC, 0, NULL)             \
    X(TLV_VERSION, "eigrp.tlv_version", "EIGRP TLV version", UINT16, DEC, 0, NULL)                 \
    X(IPV4_DESTINATION, "eigrp.ipv4.destination", "Destination", IPv4, NONE, 0, NULL)              \
    X(IPV6_DESTINATION, "eigrp.ipv6.destination", "Destination", IPv6, NONE, 0, NULL)              \
    X(CHECKSUM, "eigrp.checksum", "Checksum", UINT16, HEX, 0, NULL)                                \
    X(CHECKSUM_STATUS, "eigrp.checksum.status", "Checksum Status", UINT8, NONE, 0,                 \
      checksum_status_names)                                                                       \
    X(PEER_TERMINATION, "eigrp.peer_termination", "Peer Termination", NONE, NONE, 0, NULL)         \
    X(PREFIXLEN_INVALID, "eigrp.prefixlen.invalid", "Invalid prefix length", NONE, NONE, 0, NULL)  \
    X(TLV_TYPE_UNKNOWN, "eigrp.tlv_type.unknown", "Unknown TLV", NONE, NONE, 0, NULL)              \
    X(CHECKSUM_BAD_MARK, "eigrp.checksum.bad", "Bad Checksum", NONE, NONE, 0, NULL)                \
    X(TLV_LEN_INVALID, "eigrp.tlv.len.invalid", "Corrupt TLV (Length field less than 4)", NONE,    \
      NONE, 0, NULL)                                                                               \
    X(TLV_TRUNCATED, "eigrp.tlv.truncated", "Corrupt TLV (Truncated prematurely)", NONE, NONE, 0,  \
      NULL)

FIELD_TABLE(FIELDS);

enum { IP_PROTO_EIGRP = 88 };
enum {
    PARAMETERS = 1,
    AUTHENTICATION,
    SEQUENCE,
    SOFTWARE,
    NEXT_SEQUENCE,
    STUB,
    TERMINATION,
    IPV4_INTERNAL = 0x102,
    IPV4_EXTERNAL,
    IPV6_INTERNAL = 0x402,
    IPV6_EXTERNAL
};

static void put_parameters(struct packet *p, struct cursor *c)
{
    for (unsigned field = PAR_K1; field <= PAR_K6; field++)
        (void)put_u8(p, c, field);
    (void)put_u16(p, c, PAR_HOLDTIME);
}

static void put_authentication(struct packet *p, struct cursor *c)
{
    (void)put_u16(p, c, AUTH_TYPE);
    uint16_t length = put_u16(p, c, AUTH_LENGTH);
    (void)put_u32(p, c, AUTH_KEYID);
    (void)put_u32(p, c, AUTH_KEYSEQ);
    cursor_skip(c, 8);
    (void)put_bytes(p, c, AUTH_DIGEST, length);
}

static void put_sequence(struct packet *p, struct cursor *c)
{
    while (cursor_left(c) > 0 && c->fault == CURSOR_OK) {
        uint8_t length = put_u8(p, c, SEQ_ADDRLEN);
        if (length == 4)
            (void)put_ipv4(p, c, SEQ_IPV4ADDR);
        else if (length == 16)
            (void)put_bytes(p, c, SEQ_IPV6ADDR, 16);
        else
            cursor_skip(c, length);
    }
}

/* What IGRP had. */
static void put_metric(struct packet *p, struct cursor *c)
{
    (void)put_u32(p, c, OLD_METRIC_DELAY);
    (void)put_u32(p, c, OLD_METRIC_BW);
    (void)put_u24(p, c, OLD_METRIC_MTU);
    for (unsigned field = OLD_METRIC_HOPCOUNT; field <= OLD_METRIC_INTAG; field++)
        (void)put_u8(p, c, field);
    uint8_t flags = cursor_u8(c);
    if (c->fault == CURSOR_OK)
        put_flags(p, c, METRIC_FLAGS_SRCWD, 4, c->pos - 1, 1, flags);
}

static void put_external(struct packet *p, struct cursor *c)
{
    (void)put_ipv4(p, c, EXTDATA_ORIGRID);
    (void)put_u32(p, c, EXTDATA_AS);
    (void)put_u32(p, c, EXTDATA_TAG);
    (void)put_u32(p, c, EXTDATA_METRIC);
    (void)put_u16(p, c, EXTDATA_RESERVED);
    (void)put_u8(p, c, EXTDATA_PROTO);
    uint8_t flags = cursor_u8(c);
    if (c->fault == CURSOR_OK)
        put_flags(p, c, METRIC_FLAGS_SRCWD, 4, c->pos - 1, 1, flags);
}

/* Prefixes have as many bytes as their length needs. */
static void put_prefixes(struct packet *p, struct cursor *c, bool six)
{
    uint32_t most = six ? 16 : 4;
    while (cursor_left(c) > 0 && c->fault == CURSOR_OK) {
        uint8_t bits = put_u8(p, c, six ? IPV6_PREFIXLEN : IPV4_PREFIXLEN);
        uint32_t n = (bits + 7u) / 8;
        if (n > most) {
            put_mark(p, c, PREFIXLEN_INVALID);
            return;
        }
        const uint8_t *b = cursor_take(c, n);
        uint8_t *whole = b == NULL ? NULL : arena_alloc(p->arena, 16);
        if (whole == NULL)
            return;
        memset(whole, 0, 16);
        memcpy(whole, b, n);
        if (six)
            put_data(p, c, IPV6_DESTINATION, c->pos - n, n, whole, 16);
        else
            put_uint(p, c, IPV4_DESTINATION, c->pos - n, n, be32(whole));
    }
}

static void put_route(struct packet *p, struct cursor *c, uint16_t type)
{
    bool six = type >> 8 == 4;
    if (six)
        (void)put_bytes(p, c, IPV6_NEXTHOP, 16);
    else
        (void)put_ipv4(p, c, IPV4_NEXTHOP);
    if ((type & 15) == 3)
        put_external(p, c);
    put_metric(p, c);
    put_prefixes(p, c, six);
}

static void put_value(struct packet *p, struct cursor *c, uint16_t type)
{
    switch (type) {
    case PARAMETERS:
        put_parameters(p, c);
        break;
    case AUTHENTICATION:
        put_authentication(p, c);
        break;
    case SEQUENCE:
        put_sequence(p, c);
        break;
    case SOFTWARE:
        (void)put_u16(p, c, RELEASE_VERSION);
        (void)put_u16(p, c, TLV_VERSION);
        break;
    case NEXT_SEQUENCE:
        (void)put_u32(p, c, NEXT_MCAST_SEQ);
        break;
    case STUB: {
        uint16_t options = put_u16(p, c, STUB_OPTIONS);
        uint32_t tree = tree_begin(p, STUB_OPTIONS);
        if (c->fault == CURSOR_OK)
            put_flags(p, c, STUB_OPTIONS_CONNECTED, 5, c->pos - 2, 2, options);
        tree_end(p, tree);
        break;
    }
    case TERMINATION:
        put_mark(p, c, PEER_TERMINATION);
        break;
    case IPV4_INTERNAL:
    case IPV4_EXTERNAL:
    case IPV6_INTERNAL:
    case IPV6_EXTERNAL:
        put_route(p, c, type);
        break;
    default:
        break;
    }
}

static void put_tlvs(struct packet *p, struct cursor *c)
{
    while (cursor_left(c) > 0 && c->fault == CURSOR_OK) {
        const uint8_t *head = cursor_peek(c, 0, 4);
        const char *name = head == NULL ? NULL : value_name_find(tlv_type_names, be16(head));
        uint32_t tree = tree_text(p, c, c->pos, 4, "%s", name != NULL ? name : "Unknown");
        uint16_t type = put_u16(p, c, TLV_TYPE), length = put_u16(p, c, TLV_LEN);
        if (length < 4) {
            if (c->fault == CURSOR_OK)
                put_mark(p, c, TLV_LEN_INVALID);
            tree_end(p, tree);
            return;
        }
        struct cursor v = cursor_part(c, length - 4u);
        put_value(p, &v, type);
        tree_end(p, tree);
        if (v.fault != CURSOR_OK)
            c->fault = v.fault;
    }
}

static void dissect(struct packet *p, struct cursor *c)
{
    uint32_t start = c->pos;
    title(p, "Cisco EIGRP");
    (void)put_u8(p, c, VERSION);
    uint8_t opcode = put_u8(p, c, OPCODE);
    const char *name = value_name_find(opcode_names, opcode);
    info_set(p, "%s", name != NULL ? name : "Unknown");
    static const struct checksum_fields fields = {CHECKSUM, CHECKSUM_STATUS, CHECKSUM_BAD_MARK};
    put_verified(p, c, start, 0, &fields);
    uint32_t flags = put_u32(p, c, FLAGS);
    uint32_t tree = tree_begin(p, FLAGS);
    if (c->fault == CURSOR_OK)
        put_flags(p, c, FLAGS_INIT, 4, c->pos - 4, 4, flags);
    tree_end(p, tree);
    (void)put_u32(p, c, SEQ);
    (void)put_u32(p, c, ACK);
    (void)put_u16(p, c, VRID);
    (void)put_u16(p, c, AS);
    put_tlvs(p, c);
}

static const struct binding bindings[] = {{"ip.proto", IP_PROTO_EIGRP}, {NULL, 0}};

const struct protocol proto_eigrp = {.name = "eigrp",
                                     .title = "Enhanced Interior Gateway Routing Protocol",
                                     .column = "EIGRP",
                                     FIELDS_OF_THIS_FILE,
                                     .bindings = bindings,
                                     .dissect = dissect};
