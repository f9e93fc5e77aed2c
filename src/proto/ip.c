/*
 * ip: the Internet Protocol, version 4 (RFC 791, section 3.1).
 *
 *     | version 4, header length 4 | DS field 8 | total length 16 |
 *     | identification 16          | flags 3, fragment offset 13  |
 *     | time to live 8 | protocol 8 | header checksum 16          |
 *     | source 32 | destination 32 | options up to 40 bytes       |
 *
 * A fragment's payload is shown as data; the one that makes the datagram whole carries all of it
 * on.
 */
#include "dissect/checksum.h"
#include "dissect/fragment.h"
#include "dissect/names.h"
#include "dissect/packet.h"

static const struct value_name set_names[] = {VALUE(0, "Not set"), VALUE(1, "Set"), VALUES_END};
static const struct value_name status_names[] = CHECKSUM_STATUS_NAMES;

static const struct value_name yes_names[] = {VALUE(0, "No"), VALUE(1, "Yes"), VALUES_END};
static const struct value_name class_names[] = {
    VALUE(0, "Control"), VALUE(1, "Reserved for future use"), VALUE(2, "Debugging and measurement"),
    VALUE(3, "Reserved for future use"), VALUES_END};
static const struct value_name number_names[] = {VALUE(0, "End of Option List (EOL)"),
                                                 VALUE(1, "No-Operation (NOP)"),
                                                 VALUE(2, "Security"),
                                                 VALUE(3, "Loose source route"),
                                                 VALUE(4, "Time stamp"),
                                                 VALUE(5, "Extended Security"),
                                                 VALUE(6, "Commercial IP Security"),
                                                 VALUE(7, "Record route"),
                                                 VALUE(8, "Stream identifier"),
                                                 VALUE(9, "Strict source route"),
                                                 VALUE(11, "MTU probe"),
                                                 VALUE(12, "MTU reply"),
                                                 VALUE(18, "Traceroute"),
                                                 VALUE(20, "Router Alert"),
                                                 VALUE(21, "Selective Directed Broadcast"),
                                                 VALUE(25, "Quick-Start"),
                                                 VALUES_END};
static const struct value_name alert_names[] = {VALUE(0, "Router shall examine packet"),
                                                RANGE(1, 65535, "Reserved"), VALUES_END};
static const struct value_name qs_names[] = {VALUE(0, "Rate request"), VALUE(8, "Rate report"),
                                             VALUES_END};
static const struct value_name stamp_names[] = {
    VALUE(0, "Time stamps only"), VALUE(1, "Time stamp and address"),
    VALUE(3, "Time stamps for prespecified addresses"), VALUES_END};

#define FIELDS(X)                                                                                  \
    X(VERSION, "ip.version", "Version", UINT8, DEC, 0, NULL)                                       \
    X(HDR_LEN, "ip.hdr_len", "Header Length", UINT8, DEC, 0, NULL)                                 \
    X(DSFIELD, "ip.dsfield", "Differentiated Services Field", UINT8, HEX, 0, NULL)                 \
    X(DSCP, "ip.dsfield.dscp", "Differentiated Services Codepoint", UINT8, DEC, 0xfc, dscp_names)  \
    X(ECN, "ip.dsfield.ecn", "Explicit Congestion Notification", UINT8, DEC, 0x03, ecn_names)      \
    X(LEN, "ip.len", "Total Length", UINT16, DEC, 0, NULL)                                         \
    X(LEN_BOGUS, "ip.bogus_ip_length", "Bogus IP length", NONE, NONE, 0, NULL)                     \
    X(HDR_BOGUS, "ip.bogus_header_length", "Bogus IP header length", NONE, NONE, 0, NULL)          \
    X(VERSION_BOGUS, "ip.bogus_ip_version", "Bogus IP version", NONE, NONE, 0, NULL)               \
    X(ID, "ip.id", "Identification", UINT16, HEX_DEC, 0, NULL)                                     \
    X(FLAGS, "ip.flags", "Flags", UINT8, HEX, 0xe0, NULL)                                          \
    X(RB, "ip.flags.rb", "Reserved bit", BOOLEAN, NONE, 0x80, set_names)                           \
    X(DF, "ip.flags.df", "Don't fragment", BOOLEAN, NONE, 0x40, set_names)                         \
    X(MF, "ip.flags.mf", "More fragments", BOOLEAN, NONE, 0x20, set_names)                         \
    X(EVIL, "ip.evil_packet", "Packet has evil intent", NONE, NONE, 0, NULL)                       \
    X(OFFSET, "ip.frag_offset", "Fragment Offset", UINT16, DEC, 0x1fff, NULL)                      \
    X(TTL, "ip.ttl", "Time to Live", UINT8, DEC, 0, NULL)                                          \
    X(TTL_LNCB, "ip.ttl.lncb", "Time To Live", NONE, NONE, 0, NULL)                                \
    X(TTL_SMALL, "ip.ttl.too_small", "Time To Live", NONE, NONE, 0, NULL)                          \
    X(PROTO, "ip.proto", "Protocol", UINT8, DEC, 0, ip_protocol_names)                             \
    X(CHECKSUM, "ip.checksum", "Header Checksum", UINT16, HEX, 0, NULL)                            \
    X(CHECKSUM_BAD_MARK, "ip.checksum_bad.expert", "Bad checksum", NONE, NONE, 0, NULL)            \
    X(CALCULATED, "ip.checksum_calculated", "Calculated Checksum", UINT16, HEX | GENERATED, 0,     \
      NULL)                                                                                        \
    X(STATUS, "ip.checksum.status", "Header checksum status", UINT8, DEC | GENERATED, 0,           \
      status_names)                                                                                \
    X(SRC, "ip.src", "Source Address", IPv4, NONE, 0, NULL)                                        \
    X(SRC_HOST, "ip.src_host", "Source Host", STRING, HIDDEN, 0, NULL)                             \
    X(DST, "ip.dst", "Destination Address", IPv4, NONE, 0, NULL)                                   \
    X(DST_HOST, "ip.dst_host", "Destination Host", STRING, HIDDEN, 0, NULL)                        \
    X(CUR_RT, "ip.cur_rt", "Current Route", IPv4, NONE, 0, NULL)                                   \
    X(CUR_RT_HOST, "ip.cur_rt_host", "Current Route Host", STRING, HIDDEN, 0, NULL)                \
    X(ADDR, "ip.addr", "Source or Destination Address", IPv4, HIDDEN, 0, NULL)                     \
    X(HOST, "ip.host", "Source or Destination Host", STRING, HIDDEN, 0, NULL)                      \
    X(OPTIONS_RR, "ip.options.record_route", "IP Option - Record Route", PROTOCOL, RAW_BYTES, 0,   \
      NULL)                                                                                        \
    X(OPTIONS_LSRR, "ip.options.route", "IP Option - Loose Source Route", PROTOCOL, RAW_BYTES, 0,  \
      NULL)                                                                                        \
    X(OPTIONS_SSRR, "ip.options.source_route", "IP Option - Strict Source Route", PROTOCOL,        \
      RAW_BYTES, 0, NULL)                                                                          \
    X(OPTIONS_EOL, "ip.options.eol", "IP Option - End of Options List (EOL)", PROTOCOL, RAW_BYTES, \
      0, NULL)                                                                                     \
    X(OPTIONS_NOP, "ip.options.nop", "IP Option - No-Operation (NOP)", PROTOCOL, RAW_BYTES, 0,     \
      NULL)                                                                                        \
    X(OPTIONS_MTUP, "ip.options.mtu_probe", "IP Option - MTU Probe", PROTOCOL, RAW_BYTES, 0, NULL) \
    X(OPTIONS_MTUR, "ip.options.mtu_reply", "IP Option - MTU Reply", PROTOCOL, RAW_BYTES, 0, NULL) \
    X(OPTIONS_QS, "ip.options.qs", "IP Option - Quick-Start", PROTOCOL, RAW_BYTES, 0, NULL)        \
    X(OPTIONS_TS, "ip.options.timestamp", "IP Option - Time Stamp", PROTOCOL, RAW_BYTES, 0, NULL)  \
    X(OPTIONS_TR, "ip.options.traceroute", "IP Option - Traceroute", PROTOCOL, RAW_BYTES, 0, NULL) \
    X(OPTIONS_SEC, "ip.options.security", "IP Option - Security", PROTOCOL, RAW_BYTES, 0, NULL)    \
    X(OPTIONS_ESEC, "ip.options.ext_security", "IP Option - Extended Security", PROTOCOL,          \
      RAW_BYTES, 0, NULL)                                                                          \
    X(OPTIONS_CIPSO, "ip.options.cipso", "IP Option - Commercial Security", PROTOCOL, RAW_BYTES,   \
      0, NULL)                                                                                     \
    X(OPTIONS_SID, "ip.options.sid", "IP Option - Stream ID", PROTOCOL, RAW_BYTES, 0, NULL)        \
    X(OPTIONS_RA, "ip.options.routeralert", "IP Option - Router Alert", PROTOCOL, RAW_BYTES, 0,    \
      NULL)                                                                                        \
    X(OPTIONS_SDB, "ip.options.sdb", "IP Option - Selective Directed Broadcast", PROTOCOL,         \
      RAW_BYTES, 0, NULL)                                                                          \
    X(OPT_TYPE, "ip.opt.type", "Type", UINT8, DEC, 0, NULL)                                        \
    X(OPT_COPY, "ip.opt.type.copy", "Copy on fragmentation", BOOLEAN, NONE, 0x80, yes_names)       \
    X(OPT_CLASS, "ip.opt.type.class", "Class", UINT8, DEC, 0x60, class_names)                      \
    X(OPT_NUMBER, "ip.opt.type.number", "Number", UINT8, DEC, 0x1f, number_names)                  \
    X(OPT_LEN, "ip.opt.len", "Length", UINT8, DEC, 0, NULL)                                        \
    X(OPT_LEN_INVALID, "ip.opt.len.invalid", "Invalid length for option", NONE, NONE, 0, NULL)     \
    X(OPT_PTR, "ip.opt.ptr", "Pointer", UINT8, DEC, 0, NULL)                                       \
    X(OPT_PTR_BEFORE, "ip.opt.ptr.before_address", "Pointer points before first address", NONE,    \
      NONE, 0, NULL)                                                                               \
    X(OPT_PTR_MIDDLE, "ip.opt.ptr.middle_address", "Pointer points to middle of address", NONE,    \
      NONE, 0, NULL)                                                                               \
    X(OPT_SID, "ip.opt.sid", "Stream Identifier", UINT16, DEC, 0, NULL)                            \
    X(OPT_MTU, "ip.opt.mtu", "MTU", UINT16, DEC, 0, NULL)                                          \
    X(OPT_ID_NUMBER, "ip.opt.id_number", "ID Number", UINT16, DEC, 0, NULL)                        \
    X(OPT_OHC, "ip.opt.ohc", "Outbound Hop Count", UINT16, DEC, 0, NULL)                           \
    X(OPT_RHC, "ip.opt.rhc", "Return Hop Count", UINT16, DEC, 0, NULL)                             \
    X(OPT_ORIGINATOR, "ip.opt.originator", "Originator IP Address", IPv4, NONE, 0, NULL)           \
    X(OPT_RA, "ip.opt.ra", "Router Alert", UINT16, DEC, 0, alert_names)                            \
    X(OPT_ADDR, "ip.opt.addr", "IP Address", IPv4, NONE, 0, NULL)                                  \
    X(OPT_QS_FUNC, "ip.opt.qs_func", "Function", UINT8, DEC, 0xf0, qs_names)                       \
    X(OPT_QS_RATE, "ip.opt.qs_rate", "Rate", UINT8, DEC, 0x0f, NULL)                               \
    X(OPT_QS_TTL, "ip.opt.qs_ttl", "QS TTL", UINT8, DEC, 0, NULL)                                  \
    X(OPT_QS_UNUSED, "ip.opt.qs_unused", "Not Used", UINT8, DEC, 0, NULL)                          \
    X(OPT_QS_NONCE, "ip.opt.qs_nonce", "QS Nonce", UINT32, HEX, 0xfffffffc, NULL)                  \
    X(OPT_QS_RESERVED, "ip.opt.qs_reserved", "Reserved", UINT32, HEX, 0x3, NULL)                   \
    X(OPT_SEC_CL, "ip.opt.sec_cl", "Classification Level", UINT8, HEX, 0, NULL)                    \
    X(OPT_SEC_FLAGS, "ip.opt.sec_prot_auth_flags", "Protection Authority Flags", UINT8, HEX, 0,    \
      NULL)                                                                                        \
    X(OPT_SEC, "ip.opt.sec_rfc791_sec", "Security", UINT16, HEX, 0, NULL)                          \
    X(OPT_SEC_COMP, "ip.opt.sec_rfc791_comp", "Compartments", UINT16, DEC, 0, NULL)                \
    X(OPT_SEC_HR, "ip.opt.sec_rfc791_hr", "Handling Restrictions", STRING, NONE, 0, NULL)          \
    X(OPT_SEC_TCC, "ip.opt.sec_rfc791_tcc", "Transmission Control Code", STRING, NONE, 0, NULL)    \
    X(OPT_ESEC_CODE, "ip.opt.ext_sec_add_sec_info_format_code",                                    \
      "Additional Security Info Format Code", UINT8, HEX, 0, NULL)                                 \
    X(OPT_ESEC_INFO, "ip.opt.ext_sec_add_sec_info", "Additional Security Info", BYTES, NONE, 0,    \
      NULL)                                                                                        \
    X(CIPSO_DOI, "ip.cipso.doi", "DOI", UINT32, DEC, 0, NULL)                                      \
    X(CIPSO_TAG, "ip.cipso.tag_type", "Tag Type", UINT8, DEC, 0, NULL)                             \
    X(CIPSO_DATA, "ip.cipso.tag_data", "Tag data", BYTES, NONE, 0, NULL)                           \
    X(OPT_OVERFLOW, "ip.opt.overflow", "Overflow", UINT8, DEC, 0xf0, NULL)                         \
    X(OPT_FLAG, "ip.opt.flag", "Flag", UINT8, HEX, 0x0f, stamp_names)                              \
    X(OPT_STAMP, "ip.opt.time_stamp", "Time stamp", UINT32, DEC, 0, NULL)                          \
    X(OPT_STAMP_ADDR, "ip.opt.time_stamp_addr", "Address", IPv4, NONE, 0, NULL)                    \
    X(REC_RT, "ip.rec_rt", "Recorded Route", IPv4, NONE, 0, NULL)                                  \
    X(REC_RT_HOST, "ip.rec_rt_host", "Recorded Route Host", STRING, HIDDEN, 0, NULL)               \
    X(SRC_RT, "ip.src_rt", "Source Route", IPv4, NONE, 0, NULL)                                    \
    X(SRC_RT_HOST, "ip.src_rt_host", "Source Route Host", STRING, HIDDEN, 0, NULL)                 \
    X(EMPTY_RT, "ip.empty_rt", "Empty Route", IPv4, NONE, 0, NULL)                                 \
    X(EMPTY_RT_HOST, "ip.empty_rt_host", "Empty Route Host", STRING, HIDDEN, 0, NULL)              \
    X(FRAGMENTS, "ip.fragments", "IPv4 Fragments", BYTES, NONE, 0, NULL)                           \
    X(FRAGMENT, "ip.fragment", "IPv4 Fragment", FRAMENUM, NONE, 0, NULL)                           \
    X(FRAGMENT_ERROR, "ip.fragment.error", "Defragmentation error", FRAMENUM, NONE, 0, NULL)       \
    X(FRAGMENT_OVERLAP, "ip.fragment.overlap", "Fragment overlap", BOOLEAN, NONE, 0, NULL)         \
    X(FRAGMENT_CONFLICT, "ip.fragment.overlap.conflict", "Conflicting data in fragment overlap", BOOLEAN, NONE, 0, NULL) \
    X(FRAGMENT_TAILS, "ip.fragment.multipletails", "Multiple tail fragments found", BOOLEAN, NONE, 0, NULL) \
    X(FRAGMENT_LONG, "ip.fragment.toolongfragment", "Fragment too long", BOOLEAN, NONE, 0, NULL)   \
    X(FRAGMENT_COUNT, "ip.fragment.count", "Fragment count", UINT32, DEC, 0, NULL)                 \
    X(REASSEMBLED_IN, "ip.reassembled_in", "Reassembled IPv4 in frame", FRAMENUM, FUTURE, 0, NULL) \
    X(REASSEMBLED_LENGTH, "ip.reassembled.length", "Reassembled IPv4 length", UINT32,              \
      DEC | GENERATED, 0, NULL)                                                                    \
    X(REASSEMBLED_DATA, "ip.reassembled.data", "Reassembled IPv4 data", BYTES, GENERATED, 0, NULL)

FIELD_TABLE(FIELDS);

enum { PROTO_TABLE, VERSION_TABLE };
enum { MIN_HEADER = 20, FLAG_RESERVED = 0x8000, FLAG_MF = 0x2000, OFFSET_MASK = 0x1fff };
enum { PROTO_UDP = 17, PROTO_OSPF = 89, PROTO_PIM = 103 };

#define DOTTED  "%u.%u.%u.%u"
#define FOUR(a) (a)[0], (a)[1], (a)[2], (a)[3]

/* RFC 2474, section 3; RFC 3168, section 5. */
static void put_dsfield(struct packet *p, struct cursor *c)
{
    uint8_t ds = put_u8(p, c, DSFIELD);
    uint32_t tree = tree_begin(p, DSFIELD);
    if (p->wanted->labels) {
        const char *dscp = value_name_find(dscp_short_names, ds >> 2);
        label(p, DSFIELD, "Differentiated Services Field: 0x%02x (DSCP: %s, ECN: %s)", ds,
              dscp != NULL ? dscp : "Unknown", value_name_find(ecn_short_names, ds & 3));
    }
    put_flags(p, c, DSCP, 2, c->pos - 1, 1, ds);
    tree_end(p, tree);
}

/* The flags and the offset; returns the 16 bits that hold both. RFC 3514: a set reserved bit is
 * evil. */
static uint16_t put_fragment(struct packet *p, struct cursor *c)
{
    uint16_t bits = cursor_u16(c);
    if (c->fault != CURSOR_OK)
        return 0;
    uint32_t at = c->pos - 2;
    uint8_t flags = (uint8_t)(bits >> 8);
    put_bits(p, c, FLAGS, at, 1, flags);
    uint32_t tree = tree_begin(p, FLAGS);
    label(p, FLAGS, "Flags: 0x%x%s%s%s", flags >> 5, flags & 0x80 ? ", Reserved bit" : "",
          flags & 0x40 ? ", Don't fragment" : "", flags & 0x20 ? ", More fragments" : "");
    put_bits(p, c, RB, at, 1, flags);
    if ((bits & FLAG_RESERVED) != 0)
        put_mark(p, c, EVIL);
    put_flags(p, c, DF, 2, at, 1, flags);
    tree_end(p, tree);
    put_bits(p, c, OFFSET, at, 2, bits);
    return bits;
}

/* What senders to an address in 224.0.0.0/24 put for its time to live; 0: anything (RFC 5771,
 * section 4). */
static uint8_t local_block_ttl(uint8_t host)
{
    switch (host) {
    case 18:  /* VRRP */
    case 102: /* GLBP */
        return 255;
    case 252: /* LLMNR: any */
        return 0;
    default:
        return 1;
    }
}

/* Routers say this to their neighbours alone (RFC 2328, appendix A.1; RFC 7761, section 4.9). */
static bool is_hop_by_hop(uint8_t proto)
{
    return proto == PROTO_OSPF || proto == PROTO_PIM;
}

/* The time to live, and whether it fits the destination, which lies 8 bytes on. */
static void put_ttl(struct packet *p, struct cursor *c)
{
    uint8_t ttl = put_u8(p, c, TTL);
    const uint8_t *proto = cursor_peek(c, 0, 1), *dst = cursor_peek(c, 7, 4);
    if (proto == NULL || dst == NULL)
        return;
    uint32_t tree = tree_begin(p, TTL);
    bool local_block = dst[0] == 224 && dst[1] == 0 && dst[2] == 0;
    bool mdns = dst[3] == 251 && *proto == PROTO_UDP; /* RFC 6762, section 11 */
    uint8_t expected = mdns ? 255 : local_block_ttl(dst[3]);
    if (local_block && expected != 0 && ttl != expected)
        put_mark(p, c, TTL_LNCB);
    else if (!local_block && ttl < 5 && (dst[0] & 0xf0) != 0xe0 && !is_hop_by_hop(*proto))
        put_mark(p, c, TTL_SMALL);
    tree_end(p, tree);
}

static void put_checksum(struct packet *p, struct cursor *c, uint32_t start, uint32_t length)
{
    uint32_t at = c->pos;
    const uint8_t *header = cursor_peek(c, 0, length - (at - start));
    uint16_t v = put_u16(p, c, CHECKSUM);
    if (c->fault != CURSOR_OK)
        return;
    if (!p->options.verify_checksums || header == NULL) {
        label(p, CHECKSUM, "Header Checksum: 0x%04x [%s]", v,
              p->options.verify_checksums ? "not all data available" : "validation disabled");
        put_uint(p, c, STATUS, at, 0, CHECKSUM_UNVERIFIED);
        return;
    }
    uint64_t sum = checksum_add(0, header - (at - start), length);
    bool good = checksum_fold(sum) == 0;
    uint16_t computed = checksum_fold(sum + (uint16_t)~v);
    if (good)
        label(p, CHECKSUM, "Header Checksum: 0x%04x [correct]", v);
    else
        label(p, CHECKSUM, "Header Checksum: 0x%04x incorrect, should be 0x%04x", v, computed);
    uint32_t tree = tree_begin(p, CHECKSUM);
    if (!good)
        put_mark(p, c, CHECKSUM_BAD_MARK);
    tree_end(p, tree);
    put_uint(p, c, STATUS, at, 0, good ? CHECKSUM_GOOD : CHECKSUM_BAD);
    put_uint(p, c, CALCULATED, at, 2, good ? v : computed);
}

/* An address with its other names. */
static const uint8_t *put_address(struct packet *p, struct cursor *c, unsigned field, unsigned host)
{
    uint32_t at = c->pos;
    const uint8_t *a = put_ipv4(p, c, field);
    if (a == NULL)
        return NULL;
    put_uint(p, c, ADDR, at, 4, be32(a));
    if (wants(p, host) || wants(p, HOST)) {
        const char *text = packet_host(p, ADDRESS_IPV4, a);
        put_string(p, c, host, at, 4, text);
        put_string(p, c, HOST, at, 4, text);
    }
    return a;
}

static void put_title(struct packet *p, const uint8_t *src, const uint8_t *dst)
{
    if (p->names == NULL || !p->wanted->titles)
        title(p, "Internet Protocol Version 4, Src: " DOTTED ", Dst: " DOTTED, FOUR(src),
              FOUR(dst));
    else
        title(p, "Internet Protocol Version 4, Src: %s, Dst: %s",
              packet_named(p, ADDRESS_IPV4, src), packet_named(p, ADDRESS_IPV4, dst));
}

/* Where the datagram goes at last, if the header's destination is only the next hop of a source
 * route: the last address of the option. NULL: it is what the header says. `c` is at the options.
 */
static const uint8_t *final_destination(const struct cursor *c, uint32_t length)
{
    enum { END, NOP, LOOSE = 131, STRICT = 137 };
    const uint8_t *o = cursor_peek(c, 0, length);
    for (uint32_t at = 0; o != NULL && at < length && o[at] != END;) {
        uint32_t n = o[at] == NOP ? 1 : at + 1 < length ? o[at + 1] : 0;
        if (n == 0 || n > length - at || (n < 2 && o[at] != NOP))
            return NULL;
        if ((o[at] == LOOSE || o[at] == STRICT) && n >= 7 && o[at + 2] + 3u <= n)
            return o + at + 3 + (n - 7) / 4 * 4;
        at += n;
    }
    return NULL;
}

/* ---- Options (RFC 791, section 3.1, and those named below) ---------------------------------- */

/* A list of addresses with a pointer to the next to be used: those before it are recorded. */
static void put_route(struct packet *p, struct cursor *o, unsigned rest, unsigned rest_host)
{
    enum { FIRST = 4 }; /* pointers count from 1 at the option's type */
    uint8_t ptr = put_u8(p, o, OPT_PTR);
    uint32_t tree = tree_begin(p, OPT_PTR);
    if (ptr < FIRST)
        put_mark(p, o, OPT_PTR_BEFORE);
    else if (ptr % 4 != 0)
        put_mark(p, o, OPT_PTR_MIDDLE);
    tree_end(p, tree);
    for (uint32_t at = FIRST; cursor_left(o) >= 4; at += 4) {
        uint32_t offset = o->pos;
        bool recorded = at < ptr;
        if (o->data + offset == p->net.dst) {
            (void)put_address(p, o, DST, DST_HOST);
            continue;
        }
        const uint8_t *a = put_ipv4(p, o, recorded ? REC_RT : rest);
        unsigned host = recorded ? REC_RT_HOST : rest_host;
        if (a != NULL && wants(p, host))
            put_string(p, o, host, offset, 4, packet_host(p, ADDRESS_IPV4, a));
    }
}

static void put_stamps(struct packet *p, struct cursor *o)
{
    (void)put_u8(p, o, OPT_PTR);
    uint8_t bits = cursor_u8(o);
    put_flags(p, o, OPT_OVERFLOW, 2, o->pos - 1, 1, bits);
    uint32_t size = (bits & 15) == 0 ? 4 : 8;
    while (cursor_left(o) >= size) {
        if (size == 8)
            (void)put_ipv4(p, o, OPT_STAMP_ADDR);
        (void)put_u32(p, o, OPT_STAMP);
    }
}

/* RFC 4782, section 3.1. */
static void put_quick_start(struct packet *p, struct cursor *o)
{
    uint8_t bits = cursor_u8(o);
    put_flags(p, o, OPT_QS_FUNC, 2, o->pos - 1, 1, bits);
    (void)put_u8(p, o, bits >> 4 == 0 ? OPT_QS_TTL : OPT_QS_UNUSED);
    uint32_t nonce = cursor_u32(o);
    if (o->fault == CURSOR_OK)
        put_flags(p, o, OPT_QS_NONCE, 2, o->pos - 4, 4, nonce);
}

/* RFC 791 where the length is 11, else RFC 1108, section 2. */
static void put_security(struct packet *p, struct cursor *o)
{
    if (cursor_left(o) == 9) {
        (void)put_u16(p, o, OPT_SEC);
        (void)put_u16(p, o, OPT_SEC_COMP);
        (void)put_bytes(p, o, OPT_SEC_HR, 2);
        (void)put_bytes(p, o, OPT_SEC_TCC, 3);
        return;
    }
    (void)put_u8(p, o, OPT_SEC_CL);
    while (cursor_left(o) > 0)
        (void)put_u8(p, o, OPT_SEC_FLAGS);
}

/* FIPS 188: a domain of interpretation and tags. */
static void put_cipso(struct packet *p, struct cursor *o)
{
    (void)put_u32(p, o, CIPSO_DOI);
    while (cursor_left(o) >= 2) {
        (void)put_u8(p, o, CIPSO_TAG);
        uint8_t length = cursor_u8(o);
        (void)put_bytes(p, o, CIPSO_DATA, length < 2 ? 0 : length - 2u);
    }
}

/* RFC 1393, section 2.2. */
static void put_traceroute(struct packet *p, struct cursor *o)
{
    (void)put_u16(p, o, OPT_ID_NUMBER);
    (void)put_u16(p, o, OPT_OHC);
    (void)put_u16(p, o, OPT_RHC);
    (void)put_ipv4(p, o, OPT_ORIGINATOR);
}

static void put_option_body(struct packet *p, struct cursor *o, unsigned field)
{
    switch (field) {
    case OPTIONS_RR:
        put_route(p, o, EMPTY_RT, EMPTY_RT_HOST);
        break;
    case OPTIONS_LSRR:
    case OPTIONS_SSRR:
        put_route(p, o, SRC_RT, SRC_RT_HOST);
        break;
    case OPTIONS_TS:
        put_stamps(p, o);
        break;
    case OPTIONS_QS:
        put_quick_start(p, o);
        break;
    case OPTIONS_SEC:
        put_security(p, o);
        break;
    case OPTIONS_ESEC: /* RFC 1108, section 3 */
        (void)put_u8(p, o, OPT_ESEC_CODE);
        (void)put_bytes(p, o, OPT_ESEC_INFO, cursor_left(o));
        break;
    case OPTIONS_CIPSO:
        put_cipso(p, o);
        break;
    case OPTIONS_SID:
        (void)put_u16(p, o, OPT_SID);
        break;
    case OPTIONS_MTUP: /* RFC 1063 */
    case OPTIONS_MTUR:
        (void)put_u16(p, o, OPT_MTU);
        break;
    case OPTIONS_TR:
        put_traceroute(p, o);
        break;
    case OPTIONS_RA: /* RFC 2113 */
        (void)put_u16(p, o, OPT_RA);
        break;
    case OPTIONS_SDB:
        while (cursor_left(o) >= 4)
            (void)put_ipv4(p, o, OPT_ADDR);
        break;
    default:
        break;
    }
}

/* Each option by its type: the field of its name, and its only length (0: any). */
static const struct option {
    uint8_t type, length;
    uint16_t field;
} known_options[] = {
    {0, 1, OPTIONS_EOL},   {1, 1, OPTIONS_NOP},    {7, 0, OPTIONS_RR},     {11, 4, OPTIONS_MTUP},
    {12, 4, OPTIONS_MTUR}, {25, 8, OPTIONS_QS},    {68, 0, OPTIONS_TS},    {82, 12, OPTIONS_TR},
    {130, 0, OPTIONS_SEC}, {131, 0, OPTIONS_LSRR}, {133, 0, OPTIONS_ESEC}, {134, 0, OPTIONS_CIPSO},
    {136, 4, OPTIONS_SID}, {137, 0, OPTIONS_SSRR}, {148, 4, OPTIONS_RA},   {149, 0, OPTIONS_SDB}};

static const struct option *option_find(uint8_t type)
{
    for (size_t i = 0; i < sizeof known_options / sizeof *known_options; i++) {
        if (known_options[i].type == type)
            return &known_options[i];
    }
    return NULL;
}

/* One option whose bytes are all of o. */
static void put_option(struct packet *p, struct cursor *o, uint32_t length)
{
    uint32_t start = o->pos;
    uint8_t type = *cursor_peek(o, 0, 1);
    const struct option *opt = option_find(type);
    uint32_t tree = NO_ITEM;
    if (opt != NULL) {
        put_data(p, o, opt->field, start, length, o->data + start, length);
        tree = tree_begin(p, opt->field);
        label(p, opt->field, "%s (%u byte%s)", p->reg->defs[p->fields + opt->field]->label, length,
              length == 1 ? "" : "s");
    }
    (void)put_u8(p, o, OPT_TYPE);
    uint32_t bits = tree_begin(p, OPT_TYPE);
    put_flags(p, o, OPT_COPY, 3, start, 1, type);
    tree_end(p, bits);
    if (length > 1) {
        (void)put_u8(p, o, OPT_LEN);
        if (opt != NULL && opt->length != 0 && opt->length != length)
            put_mark(p, o, OPT_LEN_INVALID);
        else if (opt != NULL)
            put_option_body(p, o, opt->field);
    }
    tree_end(p, tree);
}

static void put_options(struct packet *p, struct cursor *c)
{
    uint32_t tree = tree_text(p, c, c->pos, cursor_left(c), "Options: (%u bytes)", cursor_left(c));
    const uint8_t *type = NULL;
    while ((type = cursor_peek(c, 0, 1)) != NULL) {
        const uint8_t *size = cursor_peek(c, 1, 1);
        uint32_t length = *type <= 1 ? 1 : size != NULL ? *size : 0;
        if (length == 0 || (*type > 1 && length < 2) || length > cursor_captured(c)) {
            put_mark(p, c, OPT_LEN_INVALID);
            break;
        }
        struct cursor o = cursor_part(c, length);
        put_option(p, &o, length);
        if (*type == 0)
            break;
    }
    tree_end(p, tree);
}

/* ---- The header ------------------------------------------------------------------------------ */

/* The total length bounds the datagram; 0 is what segmentation offload leaves, and means all there
 * is. */
static uint32_t put_length(struct packet *p, struct cursor *c, uint32_t start, uint32_t header)
{
    uint32_t available = c->end - start;
    uint16_t total = cursor_u16(c);
    if (c->fault != CURSOR_OK)
        return available;
    put_uint(p, c, LEN, c->pos - 2, 2, total == 0 ? available : total);
    if (total == 0) {
        label(p, LEN, "Total Length: %u bytes (0 in the packet: segmentation offload)", available);
        return available;
    }
    uint32_t tree = tree_begin(p, LEN);
    if (total < header || (total > available && !p->quoted))
        put_mark(p, c, LEN_BOGUS);
    tree_end(p, tree);
    return total;
}

static void carry_on(struct packet *p, struct cursor *c, uint8_t protocol)
{
    if (p->wanted->columns) {
        const char *name = value_name_find(ip_protocol_names, protocol);
        buf_clear(&p->info);
        buf_str(&p->info, name != NULL ? name : "Unknown");
        info_number(p, " (", protocol);
        buf_char(&p->info, ')');
    }
    if (!next(p, c, PROTO_TABLE, protocol))
        next_data(p, c);
}

static void dissect_fragment(struct packet *p, struct cursor *c, uint8_t protocol, uint16_t id,
                             uint16_t fragment)
{
    static const struct fragment_fields fields = {.fragments = FRAGMENTS,
                                                  .fragment = FRAGMENT,
                                                  .count = FRAGMENT_COUNT,
                                                  .length = REASSEMBLED_LENGTH,
                                                  .data = REASSEMBLED_DATA,
                                                  .reassembled_in = REASSEMBLED_IN,
                                                  .name = "IPv4 Fragments",
                                                  .source = "Reassembled IP",
                                                  .error = FRAGMENT_ERROR};
    const struct fragment_key key = {
        .id = id, .offset = (fragment & OFFSET_MASK) * 8u, .more = (fragment & FLAG_MF) != 0};
    struct cursor whole;
    if (fragment_reassemble(p, c, &key, &fields, &whole)) {
        c->pos = c->end = c->cap; /* the fragment is used up: no trailer of whoever carries it */
        carry_on(p, &whole, protocol);
        return;
    }
    const char *name = value_name_find(ip_protocol_names, protocol);
    p->net.fragment = true;
    info_set(p, "Fragmented IP protocol (proto=%s %u, off=%u, ID=%04x)",
             name != NULL ? name : "Unknown", protocol, key.offset, id);
    next_data(p, c);
}

static void dissect_payload(struct packet *p, struct cursor *c, uint8_t protocol, uint16_t id,
                            uint16_t fragment)
{
    if (cursor_left(c) == 0)
        return;
    if ((fragment & (FLAG_MF | OFFSET_MASK)) != 0)
        dissect_fragment(p, c, protocol, id, fragment);
    else
        carry_on(p, c, protocol);
}

/* The ethertype is that of version 4, the packet of another; of version 6 it is well known. */
static void put_version_bogus(struct packet *p, struct cursor *c, unsigned version)
{
    if (version != 6)
        title(p, "Internet Protocol, bogus version (%u)", version);
    uint32_t tree = tree_begin(p, VERSION);
    put_mark(p, c, VERSION_BOGUS);
    tree_end(p, tree);
    if (version == 6) {
        c->pos--;
        (void)next(p, c, VERSION_TABLE, version);
    }
}

/* Version and header length. Returns the header's length in bytes, 0 if it makes no sense. */
static uint32_t put_first(struct packet *p, struct cursor *c)
{
    uint8_t first = cursor_u8(c);
    if (c->fault != CURSOR_OK)
        return 0;
    uint32_t at = c->pos - 1, length = (first & 15u) * 4;
    put_uint(p, c, VERSION, at, 1, first >> 4);
    label(p, VERSION, "%u%u%u%u .... = Version: %u", first >> 7 & 1, first >> 6 & 1, first >> 5 & 1,
          first >> 4 & 1, first >> 4);
    if (first >> 4 != 4) {
        put_version_bogus(p, c, first >> 4);
        return 0;
    }
    put_uint(p, c, HDR_LEN, at, 1, length);
    label(p, HDR_LEN, ".... %u%u%u%u = Header Length: %u bytes (%u)", first >> 3 & 1,
          first >> 2 & 1, first >> 1 & 1, first & 1, length, first & 15);
    if (length < MIN_HEADER)
        put_mark(p, c, HDR_BOGUS);
    return length >= MIN_HEADER ? length : 0;
}

/* The destination and the title, which says it. Returns where the datagram goes at last. */
static const uint8_t *put_destination(struct packet *p, struct cursor *c, uint32_t header)
{
    const uint8_t *src = cursor_peek(c, 0, 0), *hop = cursor_peek(c, 0, 4);
    if (hop == NULL) {
        cursor_skip(c, 4);
        return NULL;
    }
    src -= 4;
    struct cursor options = *c;
    cursor_skip(&options, 4);
    const uint8_t *final =
        header > MIN_HEADER ? final_destination(&options, header - MIN_HEADER) : NULL;
    if (final == NULL) {
        put_title(p, src, hop);
        return put_address(p, c, DST, DST_HOST);
    }
    title(p, "Internet Protocol Version 4, Src: " DOTTED ", Dst: " DOTTED ", Via: " DOTTED,
          FOUR(src), FOUR(final), FOUR(hop));
    (void)put_ipv4(p, c, CUR_RT);
    if (wants(p, CUR_RT_HOST))
        put_string(p, c, CUR_RT_HOST, c->pos - 4, 4, packet_host(p, ADDRESS_IPV4, hop));
    return final;
}

static void dissect(struct packet *p, struct cursor *c)
{
    uint32_t start = c->pos;
    uint32_t header = put_first(p, c);
    if (header == 0)
        return;
    put_dsfield(p, c);
    uint32_t total = put_length(p, c, start, header);
    uint16_t id = put_u16(p, c, ID);
    uint16_t fragment = put_fragment(p, c);
    put_ttl(p, c);
    uint8_t protocol = put_u8(p, c, PROTO);
    put_checksum(p, c, start, header);
    const uint8_t *src = put_address(p, c, SRC, SRC_HOST);
    const uint8_t *dst = put_destination(p, c, header);
    if (c->fault != CURSOR_OK)
        return;
    p->net = (struct network){.version = 4, .protocol = protocol, .src = src, .dst = dst};
    p->column_src = (struct address){ADDRESS_IPV4, src};
    p->column_dst = (struct address){ADDRESS_IPV4, dst};
    if (total < header)
        return;
    cursor_trim(c, start + total - c->pos);
    if (header > MIN_HEADER) {
        struct cursor options = *c;
        cursor_trim(&options, header - MIN_HEADER);
        if (cursor_take(c, header - MIN_HEADER) == NULL)
            return;
        put_options(p, &options);
    }
    dissect_payload(p, c, protocol, id, fragment);
}

static const char *const tables[] = {"ip.proto", "ip.version", NULL};
static const struct binding bindings[] = {
    {"ethertype", 0x0800},      {"ip.proto", 4},       {"ip.version", 4},       {"null.family", 2},
    {"ppp.protocol", 0x0021},   {"gre.proto", 0x0800}, {"link_type", 228},      {"fr.nlpid", 0xcc},
    {"chdlc.protocol", 0x0800}, {"gre.proto", 0x883e}, {"vxlan.next_proto", 1}, {NULL, 0}};

const struct protocol proto_ip = {.name = "ip",
                                  .title = "Internet Protocol Version 4",
                                  .column = "IPv4",
                                  FIELDS_OF_THIS_FILE,
                                  .tables = tables,
                                  .bindings = bindings,
                                  .dissect = dissect};
