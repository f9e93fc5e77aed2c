/*
 * arp: the Address Resolution Protocol (RFC 826), its reverse (RFC 903) and inverse (RFC 2390).
 *
 *     | hardware 2 | protocol 2 | hardware size 1 | protocol size 1 | opcode 2 |
 *     | sender hardware | sender protocol | target hardware | target protocol |
 */
#include "dissect/names.h"
#include "dissect/packet.h"
#include "dissect/padding.h"

static const struct value_name opcode_names[] = {VALUE(1, "request"),
                                                 VALUE(2, "reply"),
                                                 VALUE(3, "reverse request"),
                                                 VALUE(4, "reverse reply"),
                                                 VALUE(5, "drarp request"),
                                                 VALUE(6, "drarp reply"),
                                                 VALUE(7, "drarp error"),
                                                 VALUE(8, "inverse request"),
                                                 VALUE(9, "inverse reply"),
                                                 VALUE(10, "arp nak"),
                                                 VALUES_END};

#define FIELDS(X)                                                                                  \
    X(HW_TYPE, "arp.hw.type", "Hardware type", UINT16, DEC, 0, hardware_names)                     \
    X(PROTO_TYPE, "arp.proto.type", "Protocol type", UINT16, HEX, 0, ethertype_names)              \
    X(HW_SIZE, "arp.hw.size", "Hardware size", UINT8, DEC, 0, NULL)                                \
    X(PROTO_SIZE, "arp.proto.size", "Protocol size", UINT8, DEC, 0, NULL)                          \
    X(OPCODE, "arp.opcode", "Opcode", UINT16, DEC, 0, opcode_names)                                \
    X(GRATUITOUS, "arp.isgratuitous", "Is gratuitous", BOOLEAN, GENERATED, 0, NULL)                \
    X(PROBE, "arp.isprobe", "Is probe", BOOLEAN, GENERATED, 0, NULL)                               \
    X(ANNOUNCEMENT, "arp.isannouncement", "Is announcement", BOOLEAN, GENERATED, 0, NULL)          \
    X(SRC_HW, "arp.src.hw", "Sender hardware address", BYTES, NONE, 0, NULL)                       \
    X(SRC_MAC, "arp.src.hw_mac", "Sender MAC address", ETHER, NONE, 0, NULL)                       \
    X(SRC_PROTO, "arp.src.proto", "Sender protocol address", BYTES, NONE, 0, NULL)                 \
    X(SRC_IPV4, "arp.src.proto_ipv4", "Sender IP address", IPv4, NONE, 0, NULL)                    \
    X(DST_HW, "arp.dst.hw", "Target hardware address", BYTES, NONE, 0, NULL)                       \
    X(DST_MAC, "arp.dst.hw_mac", "Target MAC address", ETHER, NONE, 0, NULL)                       \
    X(DST_PROTO, "arp.dst.proto", "Target protocol address", BYTES, NONE, 0, NULL)                 \
    X(DST_IPV4, "arp.dst.proto_ipv4", "Target IP address", IPv4, NONE, 0, NULL)                    \
    X(DRARP_STATUS, "arp.dst.drarp_error_status", "DRARP error status", UINT16, DEC, 0, NULL)

FIELD_TABLE(FIELDS);

enum { REQUEST = 1, REPLY, REVERSE_REQUEST, REVERSE_REPLY, INVERSE_REQUEST = 8, INVERSE_REPLY };
enum { HW_ETHERNET = 1, HW_IEEE802 = 6, PROTO_IPV4 = 0x0800 };

#define DOTTED  "%u.%u.%u.%u"
#define FOUR(a) (a)[0], (a)[1], (a)[2], (a)[3]
#define MAC     "%02x:%02x:%02x:%02x:%02x:%02x"
#define SIX(a)  (a)[0], (a)[1], (a)[2], (a)[3], (a)[4], (a)[5]

struct arp {
    uint16_t hw, proto, opcode;
    uint8_t hw_size, proto_size;
    bool ether, ipv4;
};

static struct arp put_header(struct packet *p, struct cursor *c)
{
    struct arp a = {0};
    a.hw = put_u16(p, c, HW_TYPE);
    a.proto = put_u16(p, c, PROTO_TYPE);
    a.hw_size = put_u8(p, c, HW_SIZE);
    a.proto_size = put_u8(p, c, PROTO_SIZE);
    a.opcode = put_u16(p, c, OPCODE);
    a.ether = (a.hw == HW_ETHERNET || a.hw == HW_IEEE802) && a.hw_size == 6;
    a.ipv4 = a.proto == PROTO_IPV4 && a.proto_size == 4;
    return a;
}

static void put_hardware(struct packet *p, struct cursor *c, const struct arp *a, unsigned mac,
                         unsigned other)
{
    if (a->hw_size > 0)
        (void)put_bytes(p, c, a->ether ? mac : other, a->hw_size);
}

static void put_protocol(struct packet *p, struct cursor *c, const struct arp *a, unsigned ipv4,
                         unsigned other)
{
    if (a->ipv4)
        (void)put_ipv4(p, c, ipv4);
    else if (a->proto_size > 0)
        (void)put_bytes(p, c, other, a->proto_size);
}

/* The sentence of the Info column, from the addresses of an ARP for IPv4 over Ethernet. */
static void put_info(struct packet *p, uint16_t opcode, bool gratuitous, bool announcement,
                     const uint8_t *body)
{
    const uint8_t *mac = body, *src = body + 6, *target = body + 10, *dst = body + 16;
    switch (opcode) {
    case REQUEST:
        if (announcement)
            info_set(p, "ARP Announcement for " DOTTED, FOUR(dst));
        else if (gratuitous)
            info_set(p, "Gratuitous ARP for " DOTTED " (Request)", FOUR(dst));
        else if (be32(src) == 0)
            info_set(p, "Who has " DOTTED "? (ARP Probe)", FOUR(dst));
        else
            info_set(p, "Who has " DOTTED "? Tell " DOTTED, FOUR(dst), FOUR(src));
        break;
    case REPLY:
        if (gratuitous)
            info_set(p, "Gratuitous ARP for " DOTTED " (Reply)", FOUR(src));
        else
            info_set(p, DOTTED " is at " MAC, FOUR(src), SIX(mac));
        break;
    case REVERSE_REQUEST:
    case INVERSE_REQUEST:
        info_set(p, "Who is " MAC "? Tell " MAC, SIX(target), SIX(mac));
        break;
    case REVERSE_REPLY:
        info_set(p, MAC " is at " DOTTED, SIX(target), FOUR(dst));
        break;
    case INVERSE_REPLY:
        info_set(p, MAC " is at " DOTTED, SIX(mac), FOUR(src));
        break;
    default:
        info_set(p, "Opcode %u", opcode);
    }
}

/* What a request or reply for IPv4 over Ethernet means (RFC 5227, sections 1.1 and 3). */
static void put_meaning(struct packet *p, struct cursor *c, const struct arp *a)
{
    const uint8_t *body = a->ether && a->ipv4 ? cursor_peek(c, 0, 20) : NULL;
    const char *name = value_name_find(opcode_names, a->opcode);
    if (name == NULL && p->wanted->titles)
        name = packet_text(p, "opcode 0x%04x", a->opcode);
    if (body == NULL) {
        title(p, "Address Resolution Protocol (%s)", name);
        return;
    }
    bool plain = a->opcode == REQUEST || a->opcode == REPLY;
    bool gratuitous = plain && be32(body + 6) == be32(body + 16);
    bool probe = a->opcode == REQUEST && be32(body + 6) == 0 && !gratuitous;
    bool announcement = gratuitous && a->opcode == REQUEST && all_zero(body + 10, 6);
    if (gratuitous)
        put_uint(p, c, GRATUITOUS, c->pos, 0, 1);
    if (probe)
        put_uint(p, c, PROBE, c->pos, 0, 1);
    if (announcement)
        put_uint(p, c, ANNOUNCEMENT, c->pos, 0, 1);
    if (announcement || probe)
        title(p, "Address Resolution Protocol (%s)",
              announcement ? "ARP Announcement" : "ARP Probe");
    else
        title(p, "Address Resolution Protocol (%s%s)", name, gratuitous ? "/gratuitous ARP" : "");
    put_info(p, a->opcode, gratuitous, announcement, body);
}

static void dissect(struct packet *p, struct cursor *c)
{
    struct arp a = put_header(p, c);
    if (c->fault != CURSOR_OK)
        return;
    cursor_trim(c, 2u * a.hw_size + 2u * a.proto_size);
    put_meaning(p, c, &a);
    if (cursor_peek(c, 0, 2u * a.hw_size + 2u * a.proto_size) ==
        NULL) { /* all addresses, or none */
        cursor_skip(c, 2u * a.hw_size + 2u * a.proto_size);
        return;
    }
    put_hardware(p, c, &a, SRC_MAC, SRC_HW);
    put_protocol(p, c, &a, SRC_IPV4, SRC_PROTO);
    put_hardware(p, c, &a, DST_MAC, DST_HW);
    put_protocol(p, c, &a, DST_IPV4, DST_PROTO);
}

static const struct binding bindings[] = {
    {"ethertype", 0x0806}, {"ethertype", 0x8035}, {"gre.proto", 0x0806}, {NULL, 0}};

const struct protocol proto_arp = {.name = "arp",
                                   .title = "Address Resolution Protocol",
                                   .column = "ARP",
                                   FIELDS_OF_THIS_FILE,
                                   .bindings = bindings,
                                   .dissect = dissect};
