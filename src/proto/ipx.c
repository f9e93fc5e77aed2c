/*
 * ipx: Novell's Internetwork Packet Exchange.
 *
 *     | checksum 2 | length 2 | hops 1 | type 1 | destination: net 4, node 6, socket 2 | source:
 * the same |
 */
#include "dissect/packet.h"

static const struct value_name packet_type_names[] = {VALUE(0, "IPX"),
                                                      VALUE(1, "RIP"),
                                                      VALUE(2, "Echo"),
                                                      VALUE(3, "Error"),
                                                      VALUE(4, "PEP"),
                                                      VALUE(5, "SPX"),
                                                      VALUE(16, "Experimental Protocol"),
                                                      VALUE(17, "NCP"),
                                                      VALUE(18, "Experimental Protocol"),
                                                      VALUE(19, "Experimental Protocol"),
                                                      VALUE(20, "NetBIOS Broadcast"),
                                                      VALUE(21, "Experimental Protocol"),
                                                      VALUE(22, "Experimental Protocol"),
                                                      VALUE(23, "Experimental Protocol"),
                                                      VALUE(24, "Experimental Protocol"),
                                                      VALUE(25, "Experimental Protocol"),
                                                      VALUE(26, "Experimental Protocol"),
                                                      VALUE(27, "Experimental Protocol"),
                                                      VALUE(28, "Experimental Protocol"),
                                                      VALUE(29, "Experimental Protocol"),
                                                      VALUE(30, "Experimental Protocol"),
                                                      VALUE(31, "Experimental Protocol"),
                                                      VALUES_END};
static const struct value_name dst_socket_names[] = {
    VALUE(2, "CISCO PING"),
    VALUE(0x451, "NCP"),
    VALUE(0x452, "SAP"),
    VALUE(0x453, "RIP"),
    VALUE(0x455, "NetBIOS"),
    VALUE(0x456, "Diagnostic"),
    VALUE(0x457, "Serialization"),
    VALUE(0x550, "NWLink SMB Server"),
    VALUE(0x551, "NWLink SMB Name Query"),
    VALUE(0x552, "NWLink SMB Redirector"),
    VALUE(0x553, "NWLink SMB Mailslot Datagram"),
    VALUE(0x554, "NWLink SMB Messenger"),
    VALUE(0x555, "NWLink SMB Browse"),
    VALUE(0x55d, "Attachmate Gateway"),
    VALUE(0x4001, "IPX Message"),
    VALUE(0x4003, "IPX Message"),
    VALUE(0x4006, "NetWare Directory Server"),
    VALUE(0x400c, "HP LaserJet/QuickSilver"),
    VALUE(0x8104, "NetWare 386"),
    VALUE(0x8522, "ADSM"),
    VALUE(0x85be, "Cisco EIGRP for IPX"),
    VALUE(0x8f83, "Powerchute UPS Monitoring"),
    VALUE(0x9001, "NetWare Link Services Protocol"),
    VALUE(0x9004, "IPX WAN"),
    VALUE(0x900f, "SNMP Agent"),
    VALUE(0x9010, "SNMP Sink"),
    VALUE(0x907b, "SMS Testing and Development"),
    VALUE(0x9086, "Novell PING"),
    VALUE(0x9091, "TCP Tunnel"),
    VALUE(0x9092, "UDP Tunnel"),
    VALUE(0x90b2, "NDPS Printer Agent/PSM"),
    VALUE(0x90b3, "NDPS Broker"),
    VALUE(0x90b4, "NDPS Service Registry Service"),
    VALUE(0x90b5, "NDPS Event Notification Service"),
    VALUE(0x90b6, "NDPS Remote Management Service"),
    VALUE(0x90b7, "NDPS Notify Listener"),
    VALUE(0xe885, "NT Server-RPC/GW"),
    VALUES_END};

#define FIELDS(X)                                                                                  \
    X(CHECKSUM, "ipx.checksum", "Checksum", UINT16, HEX, 0, NULL)                                  \
    X(SRC, "ipx.src", "Source Address", STRING, HIDDEN, 0, NULL)                                   \
    X(DST, "ipx.dst", "Destination Address", STRING, HIDDEN, 0, NULL)                              \
    X(ADDR, "ipx.addr", "Src/Dst Address", STRING, HIDDEN, 0, NULL)                                \
    X(LEN, "ipx.len", "Length", UINT16, DEC, 0, NULL)                                              \
    X(HOPS, "ipx.hops", "Transport Control (Hops)", UINT8, DEC, 0, NULL)                           \
    X(PACKET_TYPE, "ipx.packet_type", "Packet Type", UINT8, HEX, 0, packet_type_names)             \
    X(DST_NET, "ipx.dst.net", "Destination Network", UINT32, HEX, 0, NULL)                         \
    X(DST_NODE, "ipx.dst.node", "Destination Node", ETHER, NONE, 0, NULL)                          \
    X(DST_SOCKET, "ipx.dst.socket", "Destination Socket", UINT16, HEX, 0, dst_socket_names)        \
    X(SRC_NET, "ipx.src.net", "Source Network", UINT32, HEX, 0, NULL)                              \
    X(SRC_NODE, "ipx.src.node", "Source Node", ETHER, NONE, 0, NULL)                               \
    X(SRC_SOCKET, "ipx.src.socket", "Source Socket", UINT16, HEX, 0, dst_socket_names)             \
    X(NET, "ipx.net", "Source or Destination Network", UINT32, HEX | HIDDEN, 0, NULL)              \
    X(NODE, "ipx.node", "Source or Destination Node", ETHER, HIDDEN, 0, NULL)                      \
    X(SOCKET, "ipx.socket", "Source or Destination Socket", UINT16, HEX | HIDDEN, 0,               \
      dst_socket_names)

FIELD_TABLE(FIELDS);

/* What the Protocol column says of sockets that have a protocol of their own. */
static const struct value_name columns[] = {VALUE(0x0452, "IPX SAP"), VALUE(0x0453, "IPX RIP"),
                                            VALUE(0x0455, "NBIPX"), VALUES_END};

enum { TYPE_TABLE, SOCKET_TABLE };
enum { HEADER = 30 };

static const char *address_text(struct packet *p, const uint8_t *a)
{
    return packet_text(p, "%02x%02x%02x%02x.%02x%02x%02x%02x%02x%02x", a[0], a[1], a[2], a[3], a[4],
                       a[5], a[6], a[7], a[8], a[9]);
}

static uint16_t put_end(struct packet *p, struct cursor *c, unsigned first)
{
    uint32_t net = put_u32(p, c, first);
    put_uint(p, c, NET, c->pos - 4, 4, net);
    const uint8_t *node = put_bytes(p, c, first + 1, 6);
    if (node != NULL)
        put_data(p, c, NODE, c->pos - 6, 6, node, 6);
    uint16_t socket = put_u16(p, c, first + 2);
    put_uint(p, c, SOCKET, c->pos - 2, 2, socket);
    return socket;
}

/* RIP, SAP, diagnostics and the like, which have their sockets but are not dissected further. */
static bool is_own(uint16_t socket)
{
    return (socket >= 0x452 && socket <= 0x457) || (socket >= 0x550 && socket <= 0x554) ||
           socket == 0x4001 || socket == 0x4003 || socket == 0x9001 || socket == 0x9004;
}

static void put_addresses(struct packet *p, const struct cursor *c)
{
    const uint8_t *b = cursor_peek(c, 0, HEADER);
    if (b == NULL || (!wants(p, SRC) && !wants(p, DST) && !wants(p, ADDR)))
        return;
    const char *src = address_text(p, b + 18), *dst = address_text(p, b + 6);
    put_string(p, c, SRC, c->pos, 0, src);
    put_string(p, c, ADDR, c->pos, 0, src);
    put_string(p, c, DST, c->pos, 0, dst);
    put_string(p, c, ADDR, c->pos, 0, dst);
}

static void dissect(struct packet *p, struct cursor *c)
{
    put_addresses(p, c);
    (void)put_u16(p, c, CHECKSUM);
    uint16_t length = put_u16(p, c, LEN);
    (void)put_u8(p, c, HOPS);
    uint8_t type = put_u8(p, c, PACKET_TYPE);
    uint16_t to = put_end(p, c, DST_NET), from = put_end(p, c, SRC_NET);
    if (c->fault != CURSOR_OK)
        return;
    const char *name = value_name_find(dst_socket_names, to);
    info_set(p, "%s (0x%04x)", name != NULL ? name : "Unknown", to);
    const char *column = value_name_find(columns, to);
    column_set(p, column != NULL ? column : value_name_find(columns, from));
    if (length >= HEADER)
        cursor_trim(c, length - HEADER);
    if (next(p, c, SOCKET_TABLE, to) || next(p, c, SOCKET_TABLE, from) ||
        next(p, c, TYPE_TABLE, type))
        return;
    if (is_own(to) || is_own(from))
        cursor_skip(c, cursor_captured(c));
    else
        next_data(p, c);
}

static const char *const tables[] = {"ipx.packet_type", "ipx.socket", NULL};
static const struct binding bindings[] = {{"eth.length", 1},
                                          {"ethertype", 0x8137},
                                          {"llc.dsap", 0xe0},
                                          {"llc.dsap", 0x10},
                                          {"udp.port", 213},
                                          {"gre.proto", 0x8137},
                                          {"null.family", 23},
                                          {"ppp.protocol", 0x2b},
                                          {"chdlc.protocol", 0x8137},
                                          {"sll.ltype", 1},
                                          {NULL, 0}};

const struct protocol proto_ipx = {.name = "ipx",
                                   .title = "Internetwork Packet eXchange",
                                   .column = "IPX",
                                   FIELDS_OF_THIS_FILE,
                                   .tables = tables,
                                   .bindings = bindings,
                                   .dissect = dissect};
