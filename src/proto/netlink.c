/*
 * netlink: what Linux's kernel and programs tell each other of interfaces, routes and filters (RFC 3549, section 2.2).
 *
 *     a capture's header  | packet type 2 | hardware type 2: 824 | 10 unused | family 2 |
 *     each message        | length 4 | type 2 | flags 2 | sequence 4 | port 4 | what it says, filled up to 4 |
 *
 * The first is in network order, messages are in that of the host, which their length tells. Messages of some
 * families are layers of their own; of the kernel's filters those are looked into that hand a packet to a program.
 */
#include "dissect/packet.h"

static const struct value_name hardware_types[] = {VALUE(824, "Netlink"), VALUES_END};
static const struct value_name family_names[] = {VALUE(0, "Route"),
                                                 VALUE(2, "User-mode socket protocols"),
                                                 VALUE(4, "Socket monitoring"),
                                                 VALUE(6, "XFRM/IPsec"),
                                                 VALUE(7, "SELinux events"),
                                                 VALUE(9, "Auditing"),
                                                 VALUE(11, "Connector"),
                                                 VALUE(12, "Netfilter"),
                                                 VALUE(15, "Kobject uevent"),
                                                 VALUE(16, "Generic"),
                                                 VALUES_END};
static const struct value_name type_names[] = {VALUE(1, "No operation"),
                                               VALUE(2, "Error"),
                                               VALUE(3, "End of a dump"),
                                               VALUE(4, "Data lost"),
                                               RANGE(16, 0xffff, "Protocol-specific"),
                                               VALUES_END};

#define FIELDS(X)                                                                                  \
    X(HARDWARE, "netlink.hatype", "Link-layer address type", UINT16, DEC, 0, hardware_types)       \
    X(FAMILY, "netlink.family", "Family", UINT16, HEX, 0, family_names)                            \
    X(LENGTH, "netlink.hdr_len", "Length", UINT32, DEC, 0, NULL)                                   \
    X(TYPE, "netlink.hdr_type", "Message type", UINT16, HEX, 0, type_names)                        \
    X(ROUTE_TYPE, "netlink-route.nltype", "Message type", UINT16, DEC, 0, NULL)                    \
    X(SEQUENCE, "netlink.hdr_seq", "Sequence", UINT32, DEC, 0, NULL)                               \
    X(PORT, "netlink.hdr_pid", "Port ID", UINT32, DEC, 0, NULL)                                    \
    X(ERROR_CODE, "netlink.error", "Error code", INT32, DEC, 0, NULL)

FIELD_TABLE(FIELDS);

enum { FAMILY_TABLE, ETHERTYPE_TABLE, FILTER_TABLE };
enum { HEADER = 16, ERROR_TYPE = 2, FIRST_OWN_TYPE = 16 };
/* RFC 3549 knows none of these: linux/netfilter/nfnetlink.h, nfnetlink_queue.h. */
enum { QUEUED_PACKET = 0x0300, FILTER_HEADER = 4, ATTRIBUTE = 4, ATTR_KIND = 1, ATTR_PAYLOAD = 10 };

static uint32_t host32(const uint8_t *b, bool big)
{
    return big ? be32(b) : le32(b);
}

static uint16_t host16(const uint8_t *b, bool big)
{
    return big ? be16(b) : le16(b);
}

/* Does the high byte come first in a message that begins like this? `left`: as many bytes are there. */
static bool is_big(const uint8_t *head, uint32_t left)
{
    return le32(head) > left && be32(head) <= left;
}

static void put_host(struct packet *p, struct cursor *c, unsigned field, uint32_t n, bool big)
{
    (void)(big ? put_uint_be(p, c, field, n) : put_uint_le(p, c, field, n));
}

static uint16_t put_message_header(struct packet *p, struct cursor *c, unsigned type_field,
                                   bool big)
{
    const uint8_t *type = cursor_peek(c, 4, 2);
    put_host(p, c, LENGTH, 4, big);
    put_host(p, c, type_field, 2, big);
    cursor_skip(c, 2); /* flags */
    put_host(p, c, SEQUENCE, 4, big);
    put_host(p, c, PORT, 4, big);
    return type == NULL ? 0 : host16(type, big);
}

/* What is the same in each family, or of one that is nobody's. An error repeats the head of what it answers. */
static void put_plain(struct packet *p, struct cursor *c, bool big)
{
    uint16_t type = put_message_header(p, c, TYPE, big);
    const char *name = value_name_find(type_names, type);
    info_set(p, "%s", name != NULL ? name : "Unknown");
    if (type != ERROR_TYPE)
        return next_data(p, c);
    const uint8_t *code = cursor_take(c, 4);
    if (code == NULL)
        return;
    if (wants(p, ERROR_CODE))
        item_add(p, c, ERROR_CODE, c->pos - 4, 4)->value.i = (int32_t)host32(code, big);
    (void)put_message_header(p, c, TYPE, big);
    cursor_skip(c, cursor_captured(c));
}

static void put_messages(struct packet *p, struct cursor *c, uint16_t family)
{
    const uint8_t *head;
    while ((head = cursor_peek(c, 0, HEADER)) != NULL) {
        bool big = is_big(head, cursor_left(c));
        uint32_t length = host32(head, big), padding = (4 - length % 4) % 4;
        if (length < HEADER)
            return cursor_malformed(c);
        struct cursor message = cursor_part(c, length);
        if (host16(head + 4, big) < FIRST_OWN_TYPE || !next(p, &message, FAMILY_TABLE, family))
            put_plain(p, &message, big);
        cursor_skip(c, padding < cursor_left(c) ? padding : cursor_left(c));
    }
}

static void dissect(struct packet *p, struct cursor *c)
{
    title(p, "Linux netlink (cooked header)");
    cursor_skip(c, 2);
    (void)put_u16(p, c, HARDWARE);
    cursor_skip(c, 10);
    uint16_t family = put_u16(p, c, FAMILY);
    const char *name = value_name_find(family_names, family);
    info_set(p, "%s", name != NULL ? name : "Unknown family");
    put_messages(p, c, family);
}

static void dissect_route(struct packet *p, struct cursor *c)
{
    const uint8_t *head = cursor_peek(c, 0, HEADER);
    uint16_t type =
        put_message_header(p, c, ROUTE_TYPE, head != NULL && is_big(head, cursor_left(c)));
    info_set(p, "Route message, type %u", type);
    cursor_skip(c, cursor_captured(c));
}

/* A packet that a program is to judge, and the ethertype that it has. */
static void put_queued(struct packet *p, struct cursor *c, bool big)
{
    uint16_t ethertype = 0;
    const uint8_t *head;
    while ((head = cursor_peek(c, 0, ATTRIBUTE)) != NULL && host16(head, big) >= ATTRIBUTE) {
        cursor_skip(c, ATTRIBUTE);
        uint32_t n = host16(head, big) - (uint32_t)ATTRIBUTE, padding = (4 - n % 4) % 4;
        struct cursor value = cursor_part(c, n);
        const uint8_t *kind = cursor_peek(&value, 4, 2);
        if (host16(head + 2, big) == ATTR_KIND && kind != NULL)
            ethertype = be16(kind);
        if (host16(head + 2, big) == ATTR_PAYLOAD &&
            !next_bare(p, &value, ETHERTYPE_TABLE, ethertype))
            next_data(p, &value);
        cursor_skip(c, padding < cursor_left(c) ? padding : cursor_left(c));
    }
}

static void dissect_filter(struct packet *p, struct cursor *c)
{
    const uint8_t *head = cursor_peek(c, 0, HEADER);
    bool big = head != NULL && is_big(head, cursor_left(c));
    uint16_t type = put_message_header(p, c, TYPE, big);
    info_set(p, "Netfilter message, type 0x%04x", type);
    if (next(p, c, FILTER_TABLE, type))
        return;
    cursor_skip(c, FILTER_HEADER);
    if (type == QUEUED_PACKET)
        put_queued(p, c, big);
    cursor_skip(c, cursor_captured(c));
}

static const char *const tables[] = {"netlink.family", "ethertype", "netlink.filter", NULL};
static const struct binding bindings[] = {{"link_type", 253}, {"sll.cooked", 824}, {NULL, 0}};
static const struct binding route_bindings[] = {{"netlink.family", 0}, {NULL, 0}};
static const struct binding filter_bindings[] = {{"netlink.family", 12}, {NULL, 0}};

const struct protocol proto_netlink = {.name = "netlink",
                                       .title = "Linux netlink protocol",
                                       .column = "Netlink",
                                       FIELDS_OF_THIS_FILE,
                                       .tables = tables,
                                       .bindings = bindings,
                                       .dissect = dissect};

const struct protocol proto_netlink_route = {.name = "netlink-route",
                                             .title = "Linux rtnetlink (route netlink) protocol",
                                             .column = "rtnetlink",
                                             .fields_of = &proto_netlink,
                                             .tables = tables,
                                             .bindings = route_bindings,
                                             .dissect = dissect_route};

const struct protocol proto_netlink_filter = {.name = "netlink-netfilter",
                                              .title = "Linux netlink netfilter protocol",
                                              .column = "Netlink netfilter",
                                              .fields_of = &proto_netlink,
                                              .tables = tables,
                                              .bindings = filter_bindings,
                                              .dissect = dissect_filter};
