/*
 * nflog: what rules of Linux's packet filter log (LINKTYPE_NFLOG; linux/netfilter/nfnetlink_log.h).
 *
 *     | family 1 | version 1 | group 2 | attributes: length 2, type 2, value, filled up to 4
 *
 * Length and type are in the order of the host, values in that of networks. One attribute is the packet.
 */
#include "dissect/names.h"
#include "dissect/packet.h"

static const struct value_name family_names[] = {VALUE(0, "None"),    VALUE(2, "IPv4"),
                                                 VALUE(7, "Bridge"),  VALUE(10, "IPv6"),
                                                 VALUE(12, "DECNET"), VALUES_END};
static const struct value_name type_names[] = {VALUE(1, "NFULA_PACKET_HDR"),
                                               VALUE(2, "NFULA_MARK"),
                                               VALUE(3, "NFULA_TIMESTAMP"),
                                               VALUE(4, "NFULA_IFINDEX_INDEV"),
                                               VALUE(5, "NFULA_IFINDEX_OUTDEV"),
                                               VALUE(6, "NFULA_IFINDEX_PHYSINDEV"),
                                               VALUE(7, "NFULA_IFINDEX_PHYSOUTDEV"),
                                               VALUE(8, "NFULA_HWADDR"),
                                               VALUE(9, "NFULA_PAYLOAD"),
                                               VALUE(10, "NFULA_PREFIX"),
                                               VALUE(11, "NFULA_UID"),
                                               VALUE(12, "NFULA_SEQ"),
                                               VALUE(13, "NFULA_SEQ_GLOBAL"),
                                               VALUE(14, "NFULA_GID"),
                                               VALUE(15, "NFULA_HWTYPE"),
                                               VALUE(16, "NFULA_HWHEADER"),
                                               VALUE(17, "NFULA_HWLEN"),
                                               VALUES_END};
static const struct value_name hook_names[] = {VALUE(0, "Pre-routing"),  VALUE(1, "Local in"),
                                               VALUE(2, "Forward"),      VALUE(3, "Local out"),
                                               VALUE(4, "Post-routing"), VALUES_END};

#define FIELDS(X)                                                                                  \
    X(FAMILY, "nflog.family", "Family", UINT8, DEC, 0, family_names)                               \
    X(VERSION, "nflog.version", "Version", UINT8, DEC, 0, NULL)                                    \
    X(RESOURCE, "nflog.res_id", "Resource id", UINT16, DEC, 0, NULL)                               \
    X(TLV, "nflog.tlv", "TLV", BYTES, COLONS, 0, NULL)                                             \
    X(TLV_LENGTH, "nflog.tlv_length", "Length", UINT16, DEC, 0, NULL)                              \
    X(TLV_TYPE, "nflog.tlv_type", "Type", UINT16, DEC, 0x7fff, type_names)                         \
    X(PROTOCOL, "nflog.protocol", "HW protocol", UINT16, HEX, 0, ethertype_names)                  \
    X(HOOK, "nflog.hook", "Netfilter hook", UINT8, DEC, 0, hook_names)                             \
    X(IN, "nflog.ifindex_indev", "IFINDEX_INDEV", UINT32, DEC, 0, NULL)                            \
    X(OUT, "nflog.ifindex_outdev", "IFINDEX_OUTDEV", UINT32, DEC, 0, NULL)                         \
    X(PHYSICAL_IN, "nflog.ifindex_physindev", "IFINDEX_PHYSINDEV", UINT32, DEC, 0, NULL)           \
    X(PHYSICAL_OUT, "nflog.ifindex_physoutdev", "IFINDEX_PHYSOUTDEV", UINT32, DEC, 0, NULL)        \
    X(PREFIX, "nflog.prefix", "Prefix", STRING, NONE, 0, NULL)                                     \
    X(UID, "nflog.uid", "UID", INT32, DEC, 0, NULL)                                                \
    X(GID, "nflog.gid", "GID", INT32, DEC, 0, NULL)                                                \
    X(TIMESTAMP, "nflog.timestamp", "Timestamp", ABSOLUTE_TIME, NONE, 0, NULL)                     \
    X(VALUE_BYTES, "nflog.tlv_value", "Value", BYTES, COLONS, 0, NULL)

FIELD_TABLE(FIELDS);

enum { ETHERTYPE_TABLE };
enum {
    TLV_HEADER = 4,
    FAMILY_BRIDGE = 7,
    FAMILY_IPV6 = 10,
    ETHERTYPE_IP = 0x0800,
    ETHERTYPE_IPV6 = 0x86dd
};
enum {
    PACKET_HEADER = 1,
    TIME = 3,
    FIRST_INDEX = 4,
    LAST_INDEX = 7,
    PAYLOAD = 9,
    NAME = 10,
    USER = 11,
    GROUP = 14
};

static void put_time_of(struct packet *p, struct cursor *v)
{
    const uint8_t *b = cursor_take(v, 16);
    if (b != NULL)
        put_time(p, v, TIMESTAMP, v->pos - 16, 16,
                 (int64_t)(be64(b) * UINT64_C(1000000000) + be64(b + 8) * 1000));
}

static void put_prefix(struct packet *p, struct cursor *v)
{
    uint32_t n = cursor_left(v);
    const uint8_t *text = cursor_take(v, n);
    if (text != NULL)
        put_data(p, v, PREFIX, v->pos - n, n, text, strnlen((const char *)text, n));
}

static void put_value(struct packet *p, struct cursor *v, uint16_t type)
{
    if (type == PACKET_HEADER) {
        (void)put_u16(p, v, PROTOCOL);
        (void)put_u8(p, v, HOOK);
    } else if (type == TIME) {
        put_time_of(p, v);
    } else if (type >= FIRST_INDEX && type <= LAST_INDEX) {
        (void)put_u32(p, v, IN + (type - FIRST_INDEX));
    } else if (type == NAME) {
        put_prefix(p, v);
    } else if (type == USER || type == GROUP) {
        (void)put_int_be(p, v, type == USER ? UID : GID, 4);
    } else if (type != PAYLOAD && cursor_left(v) > 0) {
        (void)put_bytes(p, v, VALUE_BYTES, cursor_left(v));
    }
}

/* One attribute. If it is the packet, *packet is over it; if it says what that is, so does *ethertype. */
static void put_attribute(struct packet *p, struct cursor *c, bool big, struct cursor *packet,
                          uint16_t *ethertype)
{
    const uint8_t *head = cursor_peek(c, 0, TLV_HEADER);
    uint32_t start = c->pos, length = big ? be16(head) : le16(head);
    uint16_t type = (big ? be16(head + 2) : le16(head + 2)) & 0x7fff;
    if (length < TLV_HEADER)
        return cursor_skip(c, cursor_captured(c)); /* the list cannot go on */
    if (cursor_peek(c, 0, length) == NULL)
        return cursor_skip(c, length);
    struct cursor whole = *c, all = cursor_part(&whole, length);
    (void)put_bytes(p, &all, TLV, length);
    uint32_t tree = tree_begin(p, TLV);
    put_uint(p, c, TLV_LENGTH, start, 2, length);
    put_uint(p, c, TLV_TYPE, start + 2, 2, type);
    cursor_skip(c, TLV_HEADER);
    struct cursor value = cursor_part(c, length - TLV_HEADER);
    if (type == PAYLOAD)
        *packet = value;
    if (type == PACKET_HEADER && cursor_peek(&value, 0, 2) != NULL)
        *ethertype = be16(cursor_peek(&value, 0, 2));
    put_value(p, &value, type);
    tree_end(p, tree);
    uint32_t padding = (4 - length % 4) % 4;
    cursor_skip(c, padding < cursor_left(c) ? padding : cursor_left(c));
}

static void dissect(struct packet *p, struct cursor *c)
{
    uint8_t family = put_u8(p, c, FAMILY);
    (void)put_u8(p, c, VERSION);
    (void)put_u16(p, c, RESOURCE);
    const uint8_t *head = cursor_peek(c, 0, TLV_HEADER);
    bool big = head != NULL && le16(head) > cursor_left(c) && be16(head) <= cursor_left(c);
    struct cursor packet = {.fault = CURSOR_OK};
    uint16_t ethertype = 0;
    while (cursor_peek(c, 0, TLV_HEADER) != NULL)
        put_attribute(p, c, big, &packet, &ethertype);
    if (family != FAMILY_BRIDGE)
        ethertype = family == FAMILY_IPV6 ? ETHERTYPE_IPV6 : ETHERTYPE_IP;
    if (packet.data != NULL && !next_bare(p, &packet, ETHERTYPE_TABLE, ethertype))
        next_data(p, &packet);
}

static const char *const tables[] = {"ethertype", NULL};
static const struct binding bindings[] = {
    {"link_type", 239}, {"netlink.filter", 0x0400}, {NULL, 0}};

const struct protocol proto_nflog = {.name = "nflog",
                                     .title = "Linux Netfilter NFLOG",
                                     .column = "NFLOG",
                                     FIELDS_OF_THIS_FILE,
                                     .tables = tables,
                                     .bindings = bindings,
                                     .dissect = dissect};
