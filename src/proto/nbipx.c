/*
 * nbipx, nmpi: NetBIOS over IPX, and the datagrams by which Windows finds names and servers there.
 *
 *     nbipx, asking    | routers 32 | flags of the name 1 | packet 1 | name 16 |
 *     nbipx, datagram  | control 1 | packet 1 | receiver 16 | sender 16 | SMB ...
 *     nmpi             | routers 32 | operation 1 | kind of name 1 | message 2 | name 16 | sender 16 | SMB ...
 */
#include "dissect/netbios.h"

static const struct value_name packet_names[] = {
    VALUE(1, "Find name"),        VALUE(2, "Name recognized"),    VALUE(3, "Check name"),
    VALUE(4, "Name in use"),      VALUE(5, "Deregister name"),    VALUE(6, "Session data"),
    VALUE(7, "Session end"),      VALUE(8, "Session end ack"),    VALUE(9, "Status query"),
    VALUE(10, "Status response"), VALUE(11, "Directed datagram"), VALUES_END};
static const struct value_name operation_names[] = {
    VALUE(0xf1, "Claim name"),    VALUE(0xf2, "Delete name"),      VALUE(0xf3, "Query name"),
    VALUE(0xf4, "Name found"),    VALUE(0xf5, "Messenger hangup"), VALUE(0xfc, "Mailslot write"),
    VALUE(0xfd, "Mailslot find"), VALUE(0xfe, "Mailslot found"),   VALUES_END};
static const struct value_name kind_names[] = {VALUE(1, "Machine"), VALUE(2, "Workgroup"),
                                               VALUE(3, "Browser"), VALUES_END};

#define FIELDS(X)                                                                                  \
    X(FLAGS, "nmpi.name_flags", "Name type flag", UINT8, HEX, 0, NULL)                             \
    X(F_GROUP, "nmpi.name_flags.group", "Name", BOOLEAN, 8, 0x80, NULL)                            \
    X(F_IN_USE, "nmpi.name_flags.in_use", "In use", BOOLEAN, 8, 0x40, NULL)                        \
    X(F_REGISTERED, "nmpi.name_flags.registered", "Registered", BOOLEAN, 8, 0x04, NULL)            \
    X(F_DUPLICATED, "nmpi.name_flags.duplicated", "Duplicated", BOOLEAN, 8, 0x02, NULL)            \
    X(F_DEREGISTERED, "nmpi.name_flags.deregistered", "Deregistered", BOOLEAN, 8, 0x01, NULL)      \
    X(CONTROL, "nmpi.conn_control", "Connection control", UINT8, HEX, 0, NULL)                     \
    X(C_SYSTEM, "nmpi.conn_control.sys_packet", "Packet", BOOLEAN, 8, 0x80, NULL)                  \
    X(C_ACK, "nmpi.conn_control.ack", "Acknowledgement", BOOLEAN, 8, 0x40, NULL)                   \
    X(C_ATTENTION, "nmpi.conn_control.attention", "Attention", BOOLEAN, 8, 0x20, NULL)             \
    X(C_END, "nmpi.conn_control.end_msg", "End of message", BOOLEAN, 8, 0x10, NULL)                \
    X(C_RESEND, "nmpi.conn_control.resend", "Resend", BOOLEAN, 8, 0x08, NULL)                      \
    X(PACKET_TYPE, "nmpi.packettype", "Packet Type", UINT8, HEX, 0, packet_names)                  \
    X(OPERATION, "nmpi.opcode", "Opcode", UINT8, HEX, 0, operation_names)                          \
    X(KIND, "nmpi.name_type", "Name Type", UINT8, HEX, 0, kind_names)                              \
    X(MESSAGE, "nmpi.messageid", "Message ID", UINT16, HEX, 0, NULL)

FIELD_TABLE(FIELDS);

enum { SMB_TABLE };
enum { ROUTERS = 32, SESSION_DATA = 6, DATAGRAM = 11, MAILSLOT_WRITE = 0xfc };

static const char *put_name(struct packet *p, struct cursor *c, const char *what)
{
    const uint8_t *name = cursor_take(c, NETBIOS_NAME);
    if (name == NULL)
        return "";
    const char *text = netbios_text(p, name);
    tree_end(p, tree_text(p, c, c->pos - NETBIOS_NAME, NETBIOS_NAME, "%s: %s", what, text));
    return text;
}

static void put_payload(struct packet *p, struct cursor *c)
{
    if (cursor_captured(c) > 0 && !next_heuristic(p, c, SMB_TABLE))
        next_data(p, c);
}

static uint8_t put_packet_type(struct packet *p, struct cursor *c)
{
    uint8_t type = put_u8(p, c, PACKET_TYPE);
    const char *name = value_name_find(packet_names, type);
    info_set(p, "%s",
             name != NULL ? name : packet_text(p, "Unknown NetBIOS packet type 0x%02x", type));
    return type;
}

/* A question about a name goes through the routers that are listed before it. */
static void dissect_question(struct packet *p, struct cursor *c)
{
    cursor_skip(c, ROUTERS);
    uint8_t flags = put_u8(p, c, FLAGS);
    uint32_t tree = tree_begin(p, FLAGS);
    if (c->fault == CURSOR_OK)
        put_flags(p, c, F_GROUP, 5, c->pos - 1, 1, flags);
    tree_end(p, tree);
    (void)put_packet_type(p, c);
    info_add(p, " %s", put_name(p, c, "Name"));
}

static void dissect_datagram(struct packet *p, struct cursor *c)
{
    uint8_t control = put_u8(p, c, CONTROL);
    uint32_t tree = tree_begin(p, CONTROL);
    if (c->fault == CURSOR_OK)
        put_flags(p, c, C_SYSTEM, 5, c->pos - 1, 1, control);
    tree_end(p, tree);
    if (put_packet_type(p, c) != DATAGRAM)
        return;
    const char *to = put_name(p, c, "Receiver's Name");
    info_add(p, " %s -> %s", put_name(p, c, "Sender's Name"), to);
    put_payload(p, c);
}

/* What asks has the routers, and by that so many bytes; the rest are datagrams and sessions. */
static void dissect(struct packet *p, struct cursor *c)
{
    const uint8_t *b = cursor_peek(c, 0, 2);
    bool datagram = b != NULL && b[1] >= SESSION_DATA && b[1] <= DATAGRAM;
    if (datagram)
        dissect_datagram(p, c);
    else
        dissect_question(p, c);
    if (c->fault == CURSOR_OK)
        cursor_skip(c, cursor_captured(c));
}

static void dissect_nmpi(struct packet *p, struct cursor *c)
{
    cursor_skip(c, ROUTERS);
    uint8_t operation = put_u8(p, c, OPERATION);
    (void)put_u8(p, c, KIND);
    (void)put_u16(p, c, MESSAGE);
    const char *name = value_name_find(operation_names, operation);
    info_set(p, "%s", name != NULL ? name : packet_text(p, "Unknown NMPI op 0x%02x", operation));
    info_add(p, " %s", put_name(p, c, "Requested name"));
    (void)put_name(p, c, "Source name");
    if (operation == MAILSLOT_WRITE && c->fault == CURSOR_OK)
        put_payload(p, c);
    if (c->fault == CURSOR_OK)
        cursor_skip(c, cursor_captured(c));
}

static const char *const tables[] = {"nbdgm", NULL};
static const struct binding bindings[] = {{"ipx.socket", 0x0455}, {NULL, 0}};
static const struct binding nmpi_bindings[] = {
    {"ipx.socket", 0x0550}, {"ipx.socket", 0x0551}, {"ipx.socket", 0x0553}, {NULL, 0}};

const struct protocol proto_nbipx = {.name = "nbipx",
                                     .title = "NetBIOS over IPX",
                                     .column = "NBIPX",
                                     .unnamed = true,
                                     FIELDS_OF_THIS_FILE,
                                     .tables = tables,
                                     .bindings = bindings,
                                     .dissect = dissect};
const struct protocol proto_nmpi = {.name = "nmpi",
                                    .title = "Name Management Protocol over IPX",
                                    .column = "NMPI",
                                    .unnamed = true,
                                    .fields_of = &proto_nbipx,
                                    .tables = tables,
                                    .bindings = nmpi_bindings,
                                    .dissect = dissect_nmpi};
