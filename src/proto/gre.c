/*
 * gre: Generic Routing Encapsulation (RFC 2784, 2890; routing: RFC 1701; version 1: RFC 2637).
 *
 *     | flags and version 2 | protocol 2 | checksum 2, offset 2 | key 4 | sequence 4 | ack 4 |
 * routing
 *
 * What follows the protocol is there if its flag is.
 */
#include "dissect/checksum.h"
#include "dissect/packet.h"

static const struct value_name proto_names[] = {
    VALUE(0, "Possible GRE keepalive packet"),
    VALUE(0x880b, "PPP"),
    VALUE(0x800, "IP"),
    VALUE(0x806, "ARP"),
    VALUE(254, "OSI"),
    VALUE(0x883e, "WCCP"),
    VALUE(0x2000, "CDP (Cisco)"),
    VALUE(0x2001, "NHRP"),
    VALUE(0x88be, "ERSPAN"),
    VALUE(0x22eb, "ERSPAN III"),
    VALUE(0x6400, "MIKROTIK EoIP"),
    VALUE(0xfeae, "AIROHIVE AP AP"),
    VALUE(0x8137, "IPX"),
    VALUE(0x6558, "Transparent Ethernet bridging"),
    VALUE(0x6559, "Frame Relay"),
    VALUE(0x86dd, "IPv6"),
    VALUE(0x8847, "MPLS label switched packet"),
    VALUE(0x894f, "Network Service Header"),
    VALUE(0x8881, "CDMA2000 A10 Unstructured byte stream"),
    VALUE(0x88d2, "CDMA2000 A10 3GPP2 Packet"),
    VALUE(0x8909, "CiscoMetaData"),
    VALUE(0xb7ea, "Huawei GRE bonding"),
    VALUE(0x8200, "ARUBA WLAN"),
    VALUE(0x8210, "ARUBA WLAN"),
    VALUE(0x8220, "ARUBA WLAN"),
    VALUE(0x8230, "ARUBA WLAN"),
    VALUE(0x8240, "ARUBA WLAN"),
    VALUE(0x8250, "ARUBA WLAN"),
    VALUE(0x8260, "ARUBA WLAN"),
    VALUE(0x8270, "ARUBA WLAN"),
    VALUE(0x8280, "ARUBA WLAN"),
    VALUE(0x8290, "ARUBA WLAN"),
    VALUE(0x82a0, "ARUBA WLAN"),
    VALUE(0x82b0, "ARUBA WLAN"),
    VALUE(0x82c0, "ARUBA WLAN"),
    VALUE(0x82d0, "ARUBA WLAN"),
    VALUE(0x82e0, "ARUBA WLAN"),
    VALUE(0x82f0, "ARUBA WLAN"),
    VALUE(0x8300, "ARUBA WLAN"),
    VALUE(0x8310, "ARUBA WLAN"),
    VALUE(0x8320, "ARUBA WLAN"),
    VALUE(0x8330, "ARUBA WLAN"),
    VALUE(0x8340, "ARUBA WLAN"),
    VALUE(0x8350, "ARUBA WLAN"),
    VALUE(0x8360, "ARUBA WLAN"),
    VALUE(0x8370, "ARUBA WLAN"),
    VALUE(0x9000, "ARUBA WLAN"),
    VALUES_END};
static const struct value_name flags_checksum_names[] = {VALUE(0, "No"), VALUE(1, "Yes"),
                                                         VALUES_END};
static const struct value_name flags_version_names[] = {VALUE(0, "GRE"), VALUE(1, "Enhanced GRE"),
                                                        VALUES_END};
static const struct value_name checksum_status_names[] = {
    VALUE(0, "Bad"),         VALUE(1, "Good"),    VALUE(2, "Unverified"),
    VALUE(3, "Not present"), VALUE(4, "Illegal"), VALUES_END};
static const struct value_name wccp_dynamic_service_names[] = {
    VALUE(0, "Well-known service"), VALUE(1, "Dynamic service"), VALUES_END};
static const struct value_name wccp_alternative_bucket_used_names[] = {
    VALUE(0, "Primary bucket used"), VALUE(1, "Alternative bucket used"), VALUES_END};
static const struct value_name wccp_redirect_header_valid_names[] = {
    VALUE(0, "Header contents are valid"), VALUE(1, "Header is present, but ignore contents"),
    VALUES_END};
static const struct value_name wccp_service_id_names[] = {VALUE(0, "HTTP"), VALUES_END};

#define FIELDS(X)                                                                                  \
    X(PROTO, "gre.proto", "Protocol Type", UINT16, HEX, 0, proto_names)                            \
    X(FLAGS_AND_VERSION, "gre.flags_and_version", "Flags and Version", UINT16, HEX, 0, NULL)       \
    X(FLAGS_CHECKSUM, "gre.flags.checksum", "Checksum Bit", BOOLEAN, 16, 0x8000,                   \
      flags_checksum_names)                                                                        \
    X(FLAGS_ROUTING, "gre.flags.routing", "Routing Bit", BOOLEAN, 16, 0x4000,                      \
      flags_checksum_names)                                                                        \
    X(FLAGS_KEY, "gre.flags.key", "Key Bit", BOOLEAN, 16, 0x2000, flags_checksum_names)            \
    X(FLAGS_SEQUENCE_NUMBER, "gre.flags.sequence_number", "Sequence Number Bit", BOOLEAN, 16,      \
      0x1000, flags_checksum_names)                                                                \
    X(FLAGS_STRICT_SOURCE_ROUTE, "gre.flags.strict_source_route", "Strict Source Route Bit",       \
      BOOLEAN, 16, 0x800, flags_checksum_names)                                                    \
    X(FLAGS_RECURSION_CONTROL, "gre.flags.recursion_control", "Recursion control", UINT16, DEC,    \
      0x700, NULL)                                                                                 \
    X(FLAGS_ACK, "gre.flags.ack", "Acknowledgment", BOOLEAN, 16, 0x80, flags_checksum_names)       \
    X(FLAGS_RESERVED, "gre.flags.reserved", "Flags (Reserved)", UINT16, DEC, 0xf8, NULL)           \
    X(FLAGS_VERSION, "gre.flags.version", "Version", UINT16, DEC, 0x7, flags_version_names)        \
    X(CHECKSUM, "gre.checksum", "Checksum", UINT16, HEX, 0, NULL)                                  \
    X(CHECKSUM_STATUS, "gre.checksum.status", "Checksum Status", UINT8, NONE, 0,                   \
      checksum_status_names)                                                                       \
    X(OFFSET, "gre.offset", "Offset", UINT16, DEC, 0, NULL)                                        \
    X(KEY, "gre.key", "Key", UINT32, HEX, 0, NULL)                                                 \
    X(KEY_PAYLOAD_LENGTH, "gre.key.payload_length", "Payload Length", UINT16, DEC, 0, NULL)        \
    X(KEY_CALL_ID, "gre.key.call_id", "Call ID", UINT16, DEC, 0, NULL)                             \
    X(SEQUENCE_NUMBER, "gre.sequence_number", "Sequence Number", UINT32, DEC, 0, NULL)             \
    X(ACK_NUMBER, "gre.ack_number", "Acknowledgment Number", UINT32, DEC, 0, NULL)                 \
    X(ROUTING, "gre.routing", "Routing", NONE, NONE, 0, NULL)                                      \
    X(ROUTING_ADDRESS_FAMILY, "gre.routing.address_family", "Address Family", UINT16, DEC, 0,      \
      NULL)                                                                                        \
    X(ROUTING_SRE_OFFSET, "gre.routing.sre_offset", "SRE Offset", UINT8, DEC, 0, NULL)             \
    X(ROUTING_SRC_LENGTH, "gre.routing.src_length", "SRE Length", UINT8, DEC, 0, NULL)             \
    X(ROUTING_INFORMATION, "gre.routing.information", "Routing Information", BYTES, NONE, 0, NULL) \
    X(WCCP_REDIRECT_HEADER, "gre.wccp.redirect_header", "Redirect Header", NONE, NONE, 0, NULL)    \
    X(WCCP_DYNAMIC_SERVICE, "gre.wccp.dynamic_service", "Dynamic Service", BOOLEAN, 8, 0x1,        \
      wccp_dynamic_service_names)                                                                  \
    X(WCCP_ALTERNATIVE_BUCKET_USED, "gre.wccp.alternative_bucket_used", "Alternative bucket used", \
      BOOLEAN, 8, 0x2, wccp_alternative_bucket_used_names)                                         \
    X(WCCP_REDIRECT_HEADER_VALID, "gre.wccp.redirect_header_valid",                                \
      "WCCP Redirect header is valid", BOOLEAN, 8, 0x4, wccp_redirect_header_valid_names)          \
    X(WCCP_SERVICE_ID, "gre.wccp.service_id", "Service ID", UINT8, DEC, 0, wccp_service_id_names)  \
    X(WCCP_ALTERNATIVE_BUCKET, "gre.wccp.alternative_bucket", "Alternative Bucket", UINT8, DEC, 0, \
      NULL)                                                                                        \
    X(WCCP_PRIMARY_BUCKET, "gre.wccp.primary_bucket", "Primary Bucket", UINT8, DEC, 0, NULL)       \
    X(CHECKSUM_INCORRECT, "gre.checksum.incorrect", "Incorrect GRE Checksum", NONE, NONE, 0, NULL)

FIELD_TABLE(FIELDS);

enum { PROTO_TABLE };
enum { IP_PROTO_GRE = 47, WCCP = 0x883e, EOIP = 0x6400 };
enum {
    HAS_CHECKSUM = 0x8000,
    HAS_ROUTING = 0x4000,
    HAS_KEY = 0x2000,
    HAS_SEQUENCE = 0x1000,
    HAS_ACK = 0x80,
    VERSION = 7
};

static void put_head_flags(struct packet *p, const struct cursor *c, uint16_t flags)
{
    uint32_t at = c->pos - 2;
    uint32_t tree = tree_begin(p, FLAGS_AND_VERSION);
    put_flags(p, c, FLAGS_CHECKSUM, 6, at, 2, flags);
    if ((flags & VERSION) == 1)
        put_bits(p, c, FLAGS_ACK, at, 2, flags);
    put_bits(p, c, FLAGS_RESERVED, at, 2, (flags & VERSION) == 1 ? flags & 0x78u : flags);
    put_bits(p, c, FLAGS_VERSION, at, 2, flags);
    tree_end(p, tree);
}

/* Version 1 has two numbers in its key; MikroTik puts others there. */
static void put_key(struct packet *p, struct cursor *c, uint16_t version, uint16_t protocol)
{
    if (version != 1 || protocol == EOIP) {
        (void)put_u32(p, c, KEY);
        return;
    }
    (void)put_u16(p, c, KEY_PAYLOAD_LENGTH);
    (void)put_u16(p, c, KEY_CALL_ID);
}

/* RFC 1701: entries of a family, an offset and a length, up to one of nothing. */
static void put_routing(struct packet *p, struct cursor *c)
{
    while (cursor_captured(c) >= 4) {
        put_data(p, c, ROUTING, c->pos, 0, "", 0);
        uint32_t tree = tree_begin(p, ROUTING);
        uint16_t family = put_u16(p, c, ROUTING_ADDRESS_FAMILY);
        (void)put_u8(p, c, ROUTING_SRE_OFFSET);
        uint8_t length = put_u8(p, c, ROUTING_SRC_LENGTH);
        if (length > 0)
            (void)put_bytes(p, c, ROUTING_INFORMATION, length);
        tree_end(p, tree);
        if (family == 0 && length == 0)
            return;
    }
}

/* draft-wilson-wrec-wccp-v2, section 4.12: WCCP version 2 puts a header before the IP packet,
 * version 1 none. */
static void put_redirect(struct packet *p, struct cursor *c)
{
    const uint8_t *first = cursor_peek(c, 0, 1);
    if (first == NULL || (*first & 0xf0) == 0x40)
        return;
    put_data(p, c, WCCP_REDIRECT_HEADER, c->pos, 4, "", 0);
    uint32_t tree = tree_begin(p, WCCP_REDIRECT_HEADER);
    uint8_t flags = cursor_u8(c);
    if (c->fault == CURSOR_OK)
        put_flags(p, c, WCCP_DYNAMIC_SERVICE, 3, c->pos - 1, 1, flags);
    (void)put_u8(p, c, WCCP_SERVICE_ID);
    if ((flags & 2) != 0)
        (void)put_u8(p, c, WCCP_ALTERNATIVE_BUCKET);
    else
        cursor_skip(c, 1);
    (void)put_u8(p, c, WCCP_PRIMARY_BUCKET);
    tree_end(p, tree);
}

static void dissect(struct packet *p, struct cursor *c)
{
    uint32_t start = c->pos;
    uint16_t flags = put_u16(p, c, FLAGS_AND_VERSION);
    if (c->fault != CURSOR_OK)
        return;
    uint16_t version = flags & VERSION;
    put_head_flags(p, c, flags);
    uint16_t protocol = put_u16(p, c, PROTO);
    const char *name = value_name_find(proto_names, protocol);
    title(p, "Generic Routing Encapsulation (%s)", name != NULL ? name : "Unknown");
    info_set(p, "Encapsulated %s", name != NULL ? name : "Unknown");
    if ((flags & (HAS_CHECKSUM | HAS_ROUTING)) != 0) {
        static const struct checksum_fields fields = {CHECKSUM, CHECKSUM_STATUS,
                                                      CHECKSUM_INCORRECT};
        if ((flags & HAS_CHECKSUM) != 0) {
            put_verified(p, c, start, 0, &fields);
        } else {
            (void)put_u16(p, c, CHECKSUM);
            put_uint(p, c, CHECKSUM_STATUS, c->pos - 2, 0, CHECKSUM_UNVERIFIED);
        }
        (void)put_u16(p, c, OFFSET);
    }
    if ((flags & HAS_KEY) != 0)
        put_key(p, c, version, protocol);
    if ((flags & HAS_SEQUENCE) != 0)
        (void)put_u32(p, c, SEQUENCE_NUMBER);
    if (version == 1 && (flags & HAS_ACK) != 0)
        (void)put_u32(p, c, ACK_NUMBER);
    if ((flags & HAS_ROUTING) != 0)
        put_routing(p, c);
    if (protocol == WCCP)
        put_redirect(p, c);
    if (protocol != 0 && cursor_captured(c) > 0 && !next(p, c, PROTO_TABLE, protocol))
        next_data(p, c);
}

static const char *const tables[] = {"gre.proto", NULL};
static const struct binding bindings[] = {{"ip.proto", IP_PROTO_GRE}, {NULL, 0}};

const struct protocol proto_gre = {.name = "gre",
                                   .title = "Generic Routing Encapsulation",
                                   .column = "GRE",
                                   FIELDS_OF_THIS_FILE,
                                   .tables = tables,
                                   .bindings = bindings,
                                   .dissect = dissect};
