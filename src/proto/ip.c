/*
 * ip: the Internet Protocol, version 4 (RFC 791, section 3.1).
 *
 *     | version 4, header length 4 | DS field 8 | total length 16 |
 *     | identification 16          | flags 3, fragment offset 13  |
 *     | time to live 8 | protocol 8 | header checksum 16          |
 *     | source 32 | destination 32 | options up to 40 bytes       |
 *
 * A fragment's payload is shown as data: the first too, as only the whole datagram has ports.
 */
#include "dissect/checksum.h"
#include "dissect/names.h"
#include "dissect/packet.h"

static const struct value_name set_names[] = {VALUE(0, "Not set"), VALUE(1, "Set"), VALUES_END};
static const struct value_name status_names[] = CHECKSUM_STATUS_NAMES;

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
    X(ADDR, "ip.addr", "Source or Destination Address", IPv4, HIDDEN, 0, NULL)                     \
    X(HOST, "ip.host", "Source or Destination Host", STRING, HIDDEN, 0, NULL)

FIELD_TABLE(FIELDS);

enum { PROTO_TABLE, OPTIONS_TABLE };
enum { MIN_HEADER = 20, FLAG_RESERVED = 0x8000, FLAG_MF = 0x2000, OFFSET_MASK = 0x1fff };
enum { PROTO_PIM = 103 };

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

/* The flags and the offset; returns the 16 bits that hold both. RFC 3514: a set reserved bit is evil. */
static uint16_t put_fragment(struct packet *p, struct cursor *c)
{
    uint16_t bits = cursor_u16(c);
    if (c->fault != CURSOR_OK)
        return 0;
    uint32_t at = c->pos - 2;
    uint8_t flags = (uint8_t)(bits >> 8);
    (void)put_bits(p, c, FLAGS, at, 1, flags);
    uint32_t tree = tree_begin(p, FLAGS);
    label(p, FLAGS, "Flags: 0x%x%s%s%s", flags >> 5, flags & 0x80 ? ", Reserved bit" : "",
          flags & 0x40 ? ", Don't fragment" : "", flags & 0x20 ? ", More fragments" : "");
    (void)put_bits(p, c, RB, at, 1, flags);
    if ((bits & FLAG_RESERVED) != 0)
        put_mark(p, c, EVIL);
    put_flags(p, c, DF, 2, at, 1, flags);
    tree_end(p, tree);
    put_uint(p, c, OFFSET, at, 2, (bits & OFFSET_MASK) * 8u);
    return bits;
}

/* What senders to an address in 224.0.0.0/24 put for its time to live; 0: anything (RFC 5771, section 4). */
static uint8_t local_block_ttl(uint8_t host)
{
    switch (host) {
    case 18:  /* VRRP */
    case 102: /* GLBP */
    case 251: /* mDNS */
        return 255;
    case 252: /* LLMNR */
        return 0;
    default:
        return 1;
    }
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
    uint8_t expected = local_block_ttl(dst[3]);
    if (local_block && expected != 0 && ttl != expected)
        put_mark(p, c, TTL_LNCB);
    else if (!local_block && ttl < 5 && (dst[0] & 0xf0) != 0xe0 && *proto != PROTO_PIM)
        put_mark(p, c, TTL_SMALL);
    tree_end(p, tree);
}

static void put_checksum(struct packet *p, struct cursor *c, uint32_t start, uint32_t length)
{
    uint32_t at = c->pos;
    const uint8_t *header = cursor_peek(c, 0, length - (at - start));
    uint16_t v = put_u16(p, c, CHECKSUM);
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
        const char *text = packet_text(p, DOTTED, FOUR(a));
        put_string(p, c, host, at, 4, text);
        put_string(p, c, HOST, at, 4, text);
    }
    return a;
}

/* The total length bounds the datagram; 0 is what segmentation offload leaves, and means all there is. */
static uint32_t put_length(struct packet *p, struct cursor *c, uint32_t start, uint32_t header)
{
    uint16_t total = put_u16(p, c, LEN);
    uint32_t available = c->end - start;
    if (c->fault != CURSOR_OK || total == 0)
        return available;
    uint32_t tree = tree_begin(p, LEN);
    if (total < header || total > available)
        put_mark(p, c, LEN_BOGUS);
    tree_end(p, tree);
    return total;
}

static void dissect_payload(struct packet *p, struct cursor *c, uint8_t protocol, uint16_t id,
                            uint16_t fragment)
{
    if ((fragment & (FLAG_MF | OFFSET_MASK)) != 0) {
        const char *name = value_name_find(ip_protocol_names, protocol);
        p->net.fragment = true;
        info_set(p, "Fragmented IP protocol (proto=%s %u, off=%u, ID=%04x)",
                 name != NULL ? name : "Unknown", protocol, (fragment & OFFSET_MASK) * 8u, id);
        next_data(p, c);
        return;
    }
    if (p->wanted->columns) {
        const char *name = value_name_find(ip_protocol_names, protocol);
        info_set(p, "%s (%u)", name != NULL ? name : "Unknown", protocol);
    }
    if (!next(p, c, PROTO_TABLE, protocol))
        next_data(p, c);
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
    put_uint(p, c, HDR_LEN, at, 1, length);
    label(p, HDR_LEN, ".... %u%u%u%u = Header Length: %u bytes (%u)", first >> 3 & 1, first >> 2 & 1,
          first >> 1 & 1, first & 1, length, first & 15);
    if (first >> 4 != 4)
        put_mark(p, c, VERSION_BOGUS);
    if (length < MIN_HEADER)
        put_mark(p, c, HDR_BOGUS);
    return first >> 4 == 4 && length >= MIN_HEADER ? length : 0;
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
    const uint8_t *dst = put_address(p, c, DST, DST_HOST);
    if (c->fault != CURSOR_OK)
        return;
    title(p, "Internet Protocol Version 4, Src: " DOTTED ", Dst: " DOTTED, FOUR(src), FOUR(dst));
    p->net = (struct network){.version = 4, .protocol = protocol, .src = src, .dst = dst};
    p->column_src = (struct address){ADDRESS_IPV4, src};
    p->column_dst = (struct address){ADDRESS_IPV4, dst};
    if (total < header)
        return;
    cursor_trim(c, start + total - c->pos);
    if (header > MIN_HEADER) {
        struct cursor options = cursor_part(c, header - MIN_HEADER);
        (void)next_quoted(p, &options, OPTIONS_TABLE, 0);
    }
    dissect_payload(p, c, protocol, id, fragment);
}

static const char *const tables[] = {"ip.proto", "ip.options", NULL};
static const struct binding bindings[] = {{"ethertype", 0x0800}, {"ip.proto", 4}, {"ip.version", 4},
                                          {"null.family", 2},    {"ppp.protocol", 0x0021},
                                          {"gre.proto", 0x0800}, {"link_type", 228}, {NULL, 0}};

const struct protocol proto_ip = {.name = "ip",
                                  .title = "Internet Protocol Version 4",
                                  .column = "IPv4",
                                  FIELDS_OF_THIS_FILE,
                                  .tables = tables,
                                  .bindings = bindings,
                                  .dissect = dissect};
