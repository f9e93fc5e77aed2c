/* nbdgm: the datagram service of NetBIOS over UDP (RFC 1002, section 4.4). */
#include "dissect/netbios.h"

static const struct value_name type_names[] = {VALUE(16, "Direct_unique datagram"),
                                               VALUE(17, "Direct_group datagram"),
                                               VALUE(18, "Broadcast datagram"),
                                               VALUE(19, "Datagram error"),
                                               VALUE(20, "Datagram query request"),
                                               VALUE(21, "Datagram positive query response"),
                                               VALUE(22, "Datagram negative query response"),
                                               VALUES_END};

static const struct value_name next_names[] = {VALUE(1, "Yes"), VALUE(0, "No"), VALUES_END};

static const struct value_name node_type_names[] = {
    VALUE(0, "B node"), VALUE(1, "P node"), VALUE(2, "M node"), VALUE(3, "NBDD"), VALUES_END};

static const struct value_name error_code_names[] = {
    VALUE(130, "Destination name not present"), VALUE(131, "Invalid source name format"),
    VALUE(132, "Invalid destination name format"), VALUES_END};

#define FIELDS(X)                                                                                  \
    X(TYPE, "nbdgm.type", "Message Type", UINT8, DEC, 0, type_names)                               \
    X(FLAGS, "nbdgm.flags", "Flags", UINT8, HEX, 0, NULL)                                          \
    X(NEXT, "nbdgm.next", "More fragments follow", BOOLEAN, NONE, 0x1, next_names)                 \
    X(FIRST, "nbdgm.first", "This is first fragment", BOOLEAN, NONE, 0x2, next_names)              \
    X(NODE_TYPE, "nbdgm.node_type", "Node Type", UINT8, DEC, 0xc, node_type_names)                 \
    X(DGRAM_ID, "nbdgm.dgram_id", "Datagram ID", UINT16, HEX, 0, NULL)                             \
    X(SRC_IP, "nbdgm.src.ip", "Source IP", IPv4, NONE, 0, NULL)                                    \
    X(SRC_PORT, "nbdgm.src.port", "Source Port", UINT16, DEC, 0, NULL)                             \
    X(DGRAM_LEN, "nbdgm.dgram_len", "Datagram length", UINT16, DEC, 0, NULL)                       \
    X(PKT_OFFSET, "nbdgm.pkt_offset", "Packet offset", UINT16, DEC, 0, NULL)                       \
    X(ERROR_CODE, "nbdgm.error_code", "Error code", UINT8, HEX, 0, error_code_names)               \
    X(SOURCE_NAME, "nbdgm.source_name", "Source name", STRING, NONE, 0, NULL)                      \
    X(DESTINATION_NAME, "nbdgm.destination_name", "Destination name", STRING, NONE, 0, NULL)

FIELD_TABLE(FIELDS);

enum { NBDGM_PORT = 138 };
enum {
    DIRECT_UNIQUE = 0x10,
    BROADCAST = 0x12,
    DATAGRAM_ERROR = 0x13,
    QUERY = 0x14,
    NEGATIVE = 0x16
};
enum { PAYLOAD_TABLE };

static void put_name(struct packet *p, struct cursor *c, unsigned field)
{
    uint32_t start = c->pos;
    uint8_t last = 0;
    const char *name = netbios_read(p, c, start, &last), *kind = netbios_kind(last);
    if (c->fault != CURSOR_OK)
        return;
    put_string(p, c, field, start, c->pos - start, name);
    if (kind != NULL)
        label(p, field, "%s: %s (%s)", field_defs[field].label, name, kind);
}

static void dissect(struct packet *p, struct cursor *c)
{
    uint8_t type = put_u8(p, c, TYPE), flags = put_u8(p, c, FLAGS);
    if (c->fault != CURSOR_OK)
        return;
    const char *name = value_name_find(type_names, type);
    info_set(p, "%s", name != NULL ? name : "Unknown");
    uint32_t tree = tree_begin(p, FLAGS);
    put_flags(p, c, NEXT, 3, c->pos - 1, 1, flags);
    tree_end(p, tree);
    (void)put_u16(p, c, DGRAM_ID);
    (void)put_ipv4(p, c, SRC_IP);
    (void)put_u16(p, c, SRC_PORT);
    if (type >= DIRECT_UNIQUE && type <= BROADCAST) {
        (void)put_u16(p, c, DGRAM_LEN);
        (void)put_u16(p, c, PKT_OFFSET);
        put_name(p, c, SOURCE_NAME);
        put_name(p, c, DESTINATION_NAME);
        if (c->fault == CURSOR_OK && !next_heuristic(p, c, PAYLOAD_TABLE))
            next_data(p, c);
    } else if (type == DATAGRAM_ERROR) {
        (void)put_u8(p, c, ERROR_CODE);
    } else if (type >= QUERY && type <= NEGATIVE) {
        put_name(p, c, DESTINATION_NAME);
    }
}

static const char *const tables[] = {"nbdgm", NULL};
static const struct binding bindings[] = {{"udp.port", NBDGM_PORT}, {NULL, 0}};

const struct protocol proto_nbdgm = {.name = "nbdgm",
                                     .title = "NetBIOS Datagram Service",
                                     .column = "NBDS",
                                     FIELDS_OF_THIS_FILE,
                                     .tables = tables,
                                     .bindings = bindings,
                                     .dissect = dissect};
