/*
 * vrrp: Virtual Router Redundancy Protocol, versions 2 and 3 (RFC 3768, 5798).
 *
 *     | version 4 bits, type 4 | router 1 | priority 1 | count 1 | auth 1, interval 1 | checksum 2
 * | addresses |
 *
 * Version 3 has an interval of 12 bits, and a pseudo-header in its checksum.
 */
#include "dissect/checksum.h"
#include "dissect/packet.h"

static const struct value_name type_names[] = {VALUE(1, "Advertisement"), VALUES_END};
static const struct value_name checksum_status_names[] = {
    VALUE(0, "Bad"),         VALUE(1, "Good"),    VALUE(2, "Unverified"),
    VALUE(3, "Not present"), VALUE(4, "Illegal"), VALUES_END};
static const struct value_name auth_type_names[] = {
    VALUE(0, "No Authentication"),
    VALUE(1, "Simple Text Authentication [RFC 2338] / Reserved [RFC 3768]"),
    VALUE(2, "IP Authentication Header [RFC 2338] / Reserved [RFC 3768]"),
    VALUE(254, "Cisco VRRP MD5 authentication"), VALUES_END};

#define FIELDS(X)                                                                                  \
    X(TYPEVER, "vrrp.typever", "VRRP message version and type", UINT8, DEC, 0, NULL)               \
    X(VERSION, "vrrp.version", "VRRP protocol version", UINT8, DEC, 0xf0, NULL)                    \
    X(TYPE, "vrrp.type", "VRRP packet type", UINT8, DEC, 0xf, type_names)                          \
    X(VIRT_RTR_ID, "vrrp.virt_rtr_id", "Virtual Rtr ID", UINT8, DEC, 0, NULL)                      \
    X(PRIO, "vrrp.prio", "Priority", UINT8, DEC, 0, NULL)                                          \
    X(ADDR_COUNT, "vrrp.addr_count", "Addr Count", UINT8, DEC, 0, NULL)                            \
    X(CHECKSUM, "vrrp.checksum", "Checksum", UINT16, HEX, 0, NULL)                                 \
    X(CHECKSUM_STATUS, "vrrp.checksum.status", "Checksum Status", UINT8, NONE, 0,                  \
      checksum_status_names)                                                                       \
    X(AUTH_TYPE, "vrrp.auth_type", "Auth Type", UINT8, DEC, 0, auth_type_names)                    \
    X(ADVER_INT, "vrrp.adver_int", "Adver Int", UINT8, DEC, 0, NULL)                               \
    X(RESERVED_MBZ, "vrrp.reserved_mbz", "Reserved", UINT8, DEC, 0xf0, NULL)                       \
    X(SHORT_ADVER_INT, "vrrp.short_adver_int", "Adver Int", UINT16, DEC, 0xfff, NULL)              \
    X(IP_ADDR, "vrrp.ip_addr", "IP Address", IPv4, NONE, 0, NULL)                                  \
    X(IPV6_ADDR, "vrrp.ipv6_addr", "IPv6 Address", IPv6, NONE, 0, NULL)                            \
    X(AUTH_STRING, "vrrp.auth_string", "Authentication String", STRING, NONE, 0, NULL)             \
    X(MD5_AUTH_DATA, "vrrp.md5_auth_data", "MD5 Authentication Data", BYTES, NONE, 0, NULL)        \
    X(CHECKSUM_BAD_EXPERT, "vrrp.checksum_bad.expert", "Bad checksum", NONE, NONE, 0, NULL)

FIELD_TABLE(FIELDS);

enum { IP_PROTO_VRRP = 112, AUTH_NONE = 0, AUTH_TEXT = 1, AUTH_MD5 = 254 };

static void put_first(struct packet *p, const struct cursor *c, uint8_t first)
{
    put_uint(p, c, TYPEVER, c->pos - 1, 1, first);
    uint32_t tree = tree_begin(p, TYPEVER);
    put_flags(p, c, VERSION, 2, c->pos - 1, 1, first);
    tree_end(p, tree);
}

static void put_authentication(struct packet *p, struct cursor *c, uint8_t kind)
{
    if (kind == AUTH_TEXT && cursor_captured(c) >= 8) {
        char text[9] = {0};
        memcpy(text, cursor_peek(c, 0, 8), 8);
        put_string(p, c, AUTH_STRING, c->pos, 8, packet_text(p, "%s", text));
        cursor_skip(c, 8);
    } else if (kind == AUTH_MD5 && cursor_captured(c) >= 16) {
        (void)put_bytes(p, c, MD5_AUTH_DATA, 16);
    }
}

static void dissect(struct packet *p, struct cursor *c)
{
    uint32_t start = c->pos;
    uint8_t first = cursor_u8(c);
    if (c->fault != CURSOR_OK)
        return;
    uint8_t version = first >> 4;
    put_first(p, c, first);
    (void)put_u8(p, c, VIRT_RTR_ID);
    (void)put_u8(p, c, PRIO);
    uint8_t count = put_u8(p, c, ADDR_COUNT), kind = AUTH_NONE;
    if (version == 3) {
        uint16_t interval = cursor_u16(c);
        if (c->fault == CURSOR_OK) {
            put_bits(p, c, RESERVED_MBZ, c->pos - 2, 1, interval >> 8);
            put_bits(p, c, SHORT_ADVER_INT, c->pos - 2, 2, interval);
        }
    } else {
        kind = put_u8(p, c, AUTH_TYPE);
        (void)put_u8(p, c, ADVER_INT);
    }
    static const struct checksum_fields fields = {CHECKSUM, CHECKSUM_STATUS, CHECKSUM_BAD_EXPERT};
    bool pseudo = version == 3 && p->net.version != 0;
    put_verified(p, c, start, pseudo ? checksum_pseudo_header(p, IP_PROTO_VRRP, c->end - start) : 0,
                 &fields);
    info_set(p, "Announcement (v%u)", version);
    for (; count > 0 && c->fault == CURSOR_OK; count--) {
        if (p->net.version == 6)
            (void)put_bytes(p, c, IPV6_ADDR, 16);
        else
            (void)put_ipv4(p, c, IP_ADDR);
    }
    put_authentication(p, c, kind);
}

static const struct binding bindings[] = {{"ip.proto", IP_PROTO_VRRP}, {NULL, 0}};

const struct protocol proto_vrrp = {.name = "vrrp",
                                    .title = "Virtual Router Redundancy Protocol",
                                    .column = "VRRP",
                                    FIELDS_OF_THIS_FILE,
                                    .bindings = bindings,
                                    .dissect = dissect};
