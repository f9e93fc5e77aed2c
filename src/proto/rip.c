/*
 * rip: Routing Information Protocol, versions 1 and 2 (RFC 1058, 2453, 4822), and for IPv6 (RFC
 * 2080).
 *
 *     | command 1 | version 1 | domain 2 | entries of 20: | family 2 | tag 2 | address 4 | mask 4 |
 * next hop 4 | metric 4 | | command 1 | version 1 | reserved 2 | entries of 20: | prefix 16 | tag 2
 * | length 1 | metric 1 |       RIPng
 */
#include "dissect/packet.h"

static const struct value_name command_names[] = {VALUE(1, "Request"),
                                                  VALUE(2, "Response"),
                                                  VALUE(3, "Traceon"),
                                                  VALUE(4, "Traceoff"),
                                                  VALUE(5, "Vendor specific (Sun)"),
                                                  VALUES_END};
static const struct value_name version_names[] = {VALUE(1, "RIPv1"), VALUE(2, "RIPv2"), VALUES_END};
static const struct value_name auth_type_names[] = {VALUE(1, "IP Route"),
                                                    VALUE(2, "Simple Password"),
                                                    VALUE(3, "Keyed Message Digest"), VALUES_END};
static const struct value_name family_names[] = {VALUE(0, "Unspecified"), VALUE(2, "IP"),
                                                 VALUES_END};

#define FIELDS(X)                                                                                  \
    X(COMMAND, "rip.command", "Command", UINT8, DEC, 0, command_names)                             \
    X(VERSION, "rip.version", "Version", UINT8, DEC, 0, version_names)                             \
    X(ROUTING_DOMAIN, "rip.routing_domain", "Routing Domain", UINT16, DEC, 0, NULL)                \
    X(IP, "rip.ip", "IP Address", IPv4, NONE, 0, NULL)                                             \
    X(NETMASK, "rip.netmask", "Netmask", IPv4, NONE, 0, NULL)                                      \
    X(NEXT_HOP, "rip.next_hop", "Next Hop", IPv4, NONE, 0, NULL)                                   \
    X(METRIC, "rip.metric", "Metric", UINT16, DEC, 0, NULL)                                        \
    X(AUTH_TYPE, "rip.auth.type", "Authentication type", UINT16, DEC, 0, auth_type_names)          \
    X(AUTH_PASSWD, "rip.auth.passwd", "Password", STRING, NONE, 0, NULL)                           \
    X(FAMILY, "rip.family", "Address Family", UINT16, DEC, 0, family_names)                        \
    X(ROUTE_TAG, "rip.route_tag", "Route Tag", UINT16, DEC, 0, NULL)                               \
    X(ZERO_PADDING, "rip.zero_padding", "Zero adding", STRING, NONE, 0, NULL)                      \
    X(DIGEST_OFFSET, "rip.digest_offset", "Digest Offset", UINT16, DEC, 0, NULL)                   \
    X(KEY_ID, "rip.key_id", "Key ID", UINT8, DEC, 0, NULL)                                         \
    X(AUTH_DATA_LEN, "rip.auth_data_len", "Auth Data Len", UINT8, DEC, 0, NULL)                    \
    X(SEQ_NUM, "rip.seq_num", "Seq num", UINT32, DEC, 0, NULL)                                     \
    X(AUTHENTICATION_DATA, "rip.authentication_data", "Authentication Data", BYTES, NONE, 0, NULL) \
    X(UNKNOWN_ADDRESS_FAMILY, "rip.unknown_address_family", "Unknown address family", NONE, NONE,  \
      0, NULL)

FIELD_TABLE(FIELDS);

static const struct value_name cmd_names[] = {VALUE(1, "Request"), VALUE(2, "Response"),
                                              VALUES_END};

#define NG_FIELDS(X)                                                                               \
    X(NG_CMD, "ripng.cmd", "Command", UINT8, DEC, 0, cmd_names)                                    \
    X(NG_VERSION, "ripng.version", "Version", UINT8, DEC, 0, NULL)                                 \
    X(NG_RESERVED, "ripng.reserved", "Reserved", BYTES, NONE, 0, NULL)                             \
    X(NG_RTE, "ripng.rte", "Route Table Entry", NONE, NONE, 0, NULL)                               \
    X(NG_PREFIX, "ripng.rte.ipv6_prefix", "IPv6 Prefix", IPv6, NONE, 0, NULL)                      \
    X(NG_TAG, "ripng.rte.route_tag", "Route Tag", UINT16, HEX, 0, NULL)                            \
    X(NG_PREFIX_LENGTH, "ripng.rte.prefix_length", "Prefix Length", UINT8, DEC, 0, NULL)           \
    X(NG_METRIC, "ripng.rte.metric", "Metric", UINT8, DEC, 0, NULL)

enum { NG_FIELDS(FIELD_ID) NG_COUNT };
static const struct field_def ng_fields[] = {NG_FIELDS(FIELD_ROW)};

enum { ENTRY = 20, FAMILY_NONE = 0, FAMILY_IP = 2, FAMILY_AUTH = 0xffff };
enum { AUTH_TRAILER = 1, AUTH_PASSWORD = 2, AUTH_DIGEST = 3 };

/* The digest itself is behind the last entry, which the digest's entry points at. */
static void put_trailer(struct packet *p, const struct cursor *c, uint32_t start, uint32_t offset,
                        uint32_t length)
{
    struct cursor t = *c;
    t.pos = start;
    if (length == 0 || offset > t.cap - start)
        return;
    cursor_skip(&t, offset + 4);
    if (length <= cursor_captured(&t))
        (void)put_bytes(p, &t, AUTHENTICATION_DATA, length);
}

static void put_password(struct packet *p, struct cursor *c)
{
    const uint8_t *b = cursor_take(c, 16);
    char text[17] = {0};
    if (b == NULL)
        return;
    memcpy(text, b, 16);
    put_string(p, c, AUTH_PASSWD, c->pos - 16, 16, packet_text(p, "%s", text));
}

/* Returns how many bytes lie behind the entries. */
static uint32_t put_authentication(struct packet *p, struct cursor *c, uint32_t start)
{
    uint16_t type = put_u16(p, c, AUTH_TYPE);
    if (type == AUTH_PASSWORD) {
        put_password(p, c);
    } else if (type == AUTH_DIGEST) {
        uint16_t offset = put_u16(p, c, DIGEST_OFFSET);
        (void)put_u8(p, c, KEY_ID);
        uint8_t length = put_u8(p, c, AUTH_DATA_LEN);
        (void)put_u32(p, c, SEQ_NUM);
        put_string(p, c, ZERO_PADDING, c->pos, 8, "");
        cursor_skip(c, 8);
        /* RFC 2082 knew but MD5, which has 16 bytes, and so does Wireshark. */
        put_trailer(p, c, start, offset, length < 16 ? length : 16);
        return 20;
    }
    return 0;
}

static void put_entry(struct packet *p, struct cursor *c, uint8_t version)
{
    uint16_t family = be16(cursor_peek(c, 0, 2));
    if (family != FAMILY_IP && family != FAMILY_NONE) {
        put_mark(p, c, UNKNOWN_ADDRESS_FAMILY);
        cursor_skip(c, ENTRY);
        return;
    }
    (void)put_u16(p, c, FAMILY);
    if (version == 2)
        (void)put_u16(p, c, ROUTE_TAG);
    else
        cursor_skip(c, 2);
    if (family == FAMILY_IP)
        (void)put_ipv4(p, c, IP);
    else
        cursor_skip(c, 4);
    if (version == 2) {
        (void)put_ipv4(p, c, NETMASK);
        (void)put_ipv4(p, c, NEXT_HOP);
    } else {
        cursor_skip(c, 8);
    }
    uint32_t metric = cursor_u32(c);
    if (c->fault == CURSOR_OK)
        put_uint(p, c, METRIC, c->pos - 4, 4, (uint16_t)metric);
}

static void dissect(struct packet *p, struct cursor *c)
{
    uint32_t start = c->pos, behind = 0;
    uint8_t command = put_u8(p, c, COMMAND), version = put_u8(p, c, VERSION);
    const char *what = value_name_find(command_names, command);
    info_set(p, "%s", what != NULL ? what : "Unknown");
    p->column_text = version == 1 ? "RIPv1" : version == 2 ? "RIPv2" : NULL;
    uint16_t domain = cursor_u16(c);
    if (version == 2 && domain != 0 && c->fault == CURSOR_OK)
        put_uint(p, c, ROUTING_DOMAIN, c->pos - 2, 2, domain);
    while (cursor_left(c) > behind) {
        const uint8_t *family = cursor_peek(c, 0, 2);
        if (cursor_left(c) < ENTRY || family == NULL) {
            cursor_skip(c, ENTRY);
            return;
        }
        if (be16(family) == FAMILY_AUTH && version == 2 && c->pos == start + 4) {
            cursor_skip(c, 2);
            behind = put_authentication(p, c, start);
        } else {
            put_entry(p, c, version);
        }
    }
}

static void dissect_ng(struct packet *p, struct cursor *c)
{
    uint8_t command = put_u8(p, c, NG_CMD), version = put_u8(p, c, NG_VERSION);
    const char *what = value_name_find(cmd_names, command);
    info_set(p, "Command %s, Version %u", what != NULL ? what : "Unknown", version);
    (void)put_bytes(p, c, NG_RESERVED, 2);
    while (cursor_left(c) > 0) {
        put_data(p, c, NG_RTE, c->pos, ENTRY, "", 0);
        uint32_t tree = tree_begin(p, NG_RTE);
        (void)put_bytes(p, c, NG_PREFIX, 16);
        (void)put_u16(p, c, NG_TAG);
        (void)put_u8(p, c, NG_PREFIX_LENGTH);
        (void)put_u8(p, c, NG_METRIC);
        tree_end(p, tree);
    }
}

static const struct binding bindings[] = {{"udp.port", 520}, {NULL, 0}};
static const struct binding ng_bindings[] = {{"udp.port", 521}, {NULL, 0}};

const struct protocol proto_rip = {.name = "rip",
                                   .title = "Routing Information Protocol",
                                   .column = "RIP",
                                   FIELDS_OF_THIS_FILE,
                                   .bindings = bindings,
                                   .dissect = dissect};
const struct protocol proto_ripng = {.name = "ripng",
                                     .title = "RIPng",
                                     .column = "RIPng",
                                     .fields = ng_fields,
                                     .field_count = NG_COUNT,
                                     .bindings = ng_bindings,
                                     .dissect = dissect_ng};
