/*
 * sll: Linux cooked capture, what the "any" device gives.
 *
 *     v1  | packet type 2 | hardware type 2 | address length 2 | address 8 | protocol 2 |
 *     v2  | protocol 2 | reserved 2 | interface 4 | hardware type 2 | packet type 1 |
 *         | address length 1 | address 8 |
 *
 * `protocol` is an ethertype, or below 1536 a number of Linux's own; with some hardware types it
 * means something else altogether.
 */
#include "dissect/names.h"
#include "dissect/packet.h"
#include "dissect/padding.h"

static const struct value_name packet_types[] = {
    VALUE(0, "Unicast to us"),           VALUE(1, "Broadcast"),  VALUE(2, "Multicast"),
    VALUE(3, "Unicast to another host"), VALUE(4, "Sent by us"), VALUES_END};
static const struct value_name linux_types[] = {VALUE(0x0001, "802.3 Raw"), VALUE(0x0003, "All"),
                                                VALUE(0x0004, "802.2 LLC"), VALUE(0x000c, "CAN"),
                                                VALUE(0x000d, "CAN FD"),    VALUES_END};

#define FIELDS(X)                                                                                  \
    X(PKTTYPE, "sll.pkttype", "Packet type", UINT16, DEC, 0, packet_types)                         \
    X(HATYPE, "sll.hatype", "Link-layer address type", UINT16, DEC, 0, hardware_names)             \
    X(HALEN, "sll.halen", "Link-layer address length", UINT16, DEC, 0, NULL)                       \
    X(SRC_ETH, "sll.src.eth", "Source", ETHER, NONE, 0, NULL)                                      \
    X(SRC_IPV4, "sll.src.ipv4", "Source", IPv4, NONE, 0, NULL)                                     \
    X(SRC_OTHER, "sll.src.other", "Source", BYTES, NONE, 0, NULL)                                  \
    X(UNUSED, "sll.unused", "Unused", BYTES, NONE, 0, NULL)                                        \
    X(LTYPE, "sll.ltype", "Protocol", UINT16, HEX, 0, linux_types)                                 \
    X(GRETYPE, "sll.gretype", "Protocol", UINT16, HEX, 0, ethertype_names)                         \
    X(ETYPE, "sll.etype", "Protocol", UINT16, HEX, 0, ethertype_names)                             \
    X(IFINDEX, "sll.ifindex", "Interface index", UINT32, DEC, 0, NULL)                             \
    X(PADDING, "eth.padding", "Padding", BYTES, WHOLE, 0, NULL)                                    \
    X(PADDING_BAD, "eth.padding_bad",                                                              \
      "Didn't find padding of zeros, and an undecoded trailer "                                    \
      "exists. There may be padding of non-zeros.",                                                \
      NONE, WHOLE, 0, NULL)                                                                        \
    X(TRAILER, "sll.trailer", "Trailer", BYTES, WHOLE, 0, NULL)

FIELD_TABLE(FIELDS);

enum { ETHERTYPE_TABLE, LTYPE_TABLE, GRE_TABLE, HATYPE_TABLE, COOKED_TABLE };
enum {
    MIN_FRAME = 60,
    ADDRESS_ROOM = 8,
    MIN_TYPE = 1536,
    ARPHRD_IPGRE = 778,
    ARPHRD_NETLINK = 824
};

/* The sender's address in its eight bytes. */
static void put_source(struct packet *p, struct cursor *c, uint32_t length)
{
    uint32_t n = length < ADDRESS_ROOM ? length : ADDRESS_ROOM;
    if (n == 6) {
        const uint8_t *mac = put_bytes(p, c, SRC_ETH, n);
        if (mac != NULL)
            p->column_src = (struct address){ADDRESS_ETHER, mac};
    } else if (n == 4) {
        const uint8_t *ip = put_ipv4(p, c, SRC_IPV4);
        if (ip != NULL)
            p->column_src = (struct address){ADDRESS_IPV4, ip};
    } else if (n > 0) {
        (void)put_bytes(p, c, SRC_OTHER, n);
    }
    if (n < ADDRESS_ROOM)
        (void)put_bytes(p, c, UNUSED, ADDRESS_ROOM - n);
}

static void put_protocol(struct packet *p, struct cursor *c, uint16_t hatype)
{
    if (hatype == ARPHRD_IPGRE)
        (void)put_u16(p, c, GRETYPE);
    else if (hatype == ARPHRD_NETLINK)
        cursor_skip(c, 2);
    else
        (void)put_u16(p, c,
                      hatype != 0 && cursor_peek(c, 0, 2) != NULL &&
                              be16(cursor_peek(c, 0, 2)) < MIN_TYPE
                          ? LTYPE
                          : ETYPE);
}

/* The payload, and what it leaves. */
static void dissect_payload(struct packet *p, struct cursor *c, uint32_t start, uint16_t hatype,
                            uint16_t protocol)
{
    if (c->fault != CURSOR_OK)
        return;
    unsigned table = protocol >= MIN_TYPE ? ETHERTYPE_TABLE : LTYPE_TABLE;
    if (hatype == ARPHRD_IPGRE)
        table = GRE_TABLE;
    if (!next(p, c, HATYPE_TABLE, hatype) && !next(p, c, table, protocol))
        next_data(p, c);
    struct resumed r = resume_begin(p);
    static const struct padding_fields fields = {PADDING, PADDING_BAD, TRAILER};
    if (c->fault == CURSOR_OK && cursor_captured(c) > 0)
        put_padding(p, c, start, MIN_FRAME, 0, &fields);
    resume_end(p, r);
}

static void dissect_v1(struct packet *p, struct cursor *c)
{
    uint32_t start = c->pos;
    const uint8_t *head = cursor_peek(c, 0, 4);
    if (head != NULL && next_protocol(p, COOKED_TABLE, be16(head + 2)) != 0) {
        layer_hide(p); /* the header is another's, and looks alike */
        (void)next(p, c, COOKED_TABLE, be16(head + 2));
        return;
    }
    title(p, "Linux cooked capture v1");
    (void)put_u16(p, c, PKTTYPE);
    uint16_t hatype = put_u16(p, c, HATYPE);
    put_source(p, c, put_u16(p, c, HALEN));
    const uint8_t *protocol = cursor_peek(c, 0, 2);
    put_protocol(p, c, hatype);
    if (protocol != NULL)
        dissect_payload(p, c, start, hatype, be16(protocol));
}

static void dissect_v2(struct packet *p, struct cursor *c)
{
    const uint8_t *head = cursor_peek(c, 0, 10);
    uint32_t start = c->pos;
    title(p, "Linux cooked capture v2");
    uint16_t hatype = head == NULL ? 0 : be16(head + 8);
    put_protocol(p, c, hatype);
    cursor_skip(c, 2);
    (void)put_u32(p, c, IFINDEX);
    (void)put_u16(p, c, HATYPE);
    (void)put_u8(p, c, PKTTYPE);
    put_source(p, c, put_u8(p, c, HALEN));
    if (head != NULL)
        dissect_payload(p, c, start, hatype, be16(head));
}

static const char *const tables[] = {"ethertype",  "sll.ltype",  "gre.proto",
                                     "sll.hatype", "sll.cooked", NULL};
static const struct binding v1_bindings[] = {{"link_type", 113}, {NULL, 0}};
static const struct binding v2_bindings[] = {{"link_type", 276}, {NULL, 0}};

const struct protocol proto_sll = {.name = "sll",
                                   .title = "Linux cooked-mode capture",
                                   .column = "SLL",
                                   FIELDS_OF_THIS_FILE,
                                   .tables = tables,
                                   .bindings = v1_bindings,
                                   .dissect = dissect_v1};

/* In filters the two versions are one protocol. */
const struct protocol proto_sll2 = {.name = "sll",
                                    .title = "Linux cooked-mode capture",
                                    .column = "SLL",
                                    .fields_of = &proto_sll,
                                    .tables = tables,
                                    .bindings = v2_bindings,
                                    .dissect = dissect_v2};
