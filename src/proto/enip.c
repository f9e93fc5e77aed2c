/* enip: EtherNet/IP encapsulation (CIP networks library, volume 2, chapter 2), over TCP and UDP,
 * and cipio: the I/O data of its connections over UDP.
 *
 *      0         2        4         8        12               20        24
 *     | command | length | session | status | context (8)    | options | data ...        all
 * little-endian
 */
#include "dissect/pdu.h"

static const struct value_name commands[] = {VALUE(0x0000, "NOP"),
                                             VALUE(0x0004, "List Services"),
                                             VALUE(0x0063, "List Identity"),
                                             VALUE(0x0064, "List Interfaces"),
                                             VALUE(0x0065, "Register Session"),
                                             VALUE(0x0066, "Unregister Session"),
                                             VALUE(0x006f, "Send RR Data"),
                                             VALUE(0x0070, "Send Unit Data"),
                                             VALUE(0x0072, "Indicate Status"),
                                             VALUE(0x0073, "Cancel"),
                                             VALUES_END};
static const struct value_name statuses[] = {VALUE(0, "Success"),
                                             VALUE(1, "Invalid Command"),
                                             VALUE(2, "No Memory Resources"),
                                             VALUE(3, "Incorrect Data"),
                                             VALUE(0x64, "Invalid Session Handle"),
                                             VALUE(0x65, "Invalid Length"),
                                             VALUE(0x69, "Unsupported Protocol Revision"),
                                             VALUES_END};
static const struct value_name item_types[] = {
    VALUE(0x0000, "Null Address Item"),        VALUE(0x000c, "List Identity Response"),
    VALUE(0x00a1, "Connected Address Item"),   VALUE(0x00b1, "Connected Data Item"),
    VALUE(0x00b2, "Unconnected Data Item"),    VALUE(0x0100, "List Services Response"),
    VALUE(0x8000, "Socket Address Info O->T"), VALUE(0x8001, "Socket Address Info T->O"),
    VALUE(0x8002, "Sequenced Address Item"),   VALUES_END};

#define FIELDS(X)                                                                                  \
    X(COMMAND, "enip.command", "Command", UINT16, HEX, 0, commands)                                \
    X(LENGTH, "enip.length", "Length", UINT16, DEC, 0, NULL)                                       \
    X(SESSION, "enip.session", "Session Handle", UINT32, HEX, 0, NULL)                             \
    X(STATUS, "enip.status", "Status", UINT32, HEX, 0, statuses)                                   \
    X(DELAY, "enip.listid_delay", "Max Response Delay", UINT16, DEC, 0, NULL)                      \
    X(CONTEXT, "enip.context", "Sender Context", BYTES, NONE, 0, NULL)                             \
    X(OPTIONS, "enip.options", "Options", UINT32, HEX, 0, NULL)                                    \
    X(RR_IFACE, "enip.srrd.iface", "Interface Handle", UINT32, HEX, 0, NULL)                       \
    X(UNIT_IFACE, "enip.sud.iface", "Interface Handle", UINT32, HEX, 0, NULL)                      \
    X(TIMEOUT, "enip.timeout", "Timeout", UINT16, DEC, 0, NULL)                                    \
    X(RS_VERSION, "enip.rs.version", "Protocol Version", UINT16, DEC, 0, NULL)                     \
    X(RS_FLAGS, "enip.rs.flags", "Option Flags", UINT16, HEX, 0, NULL)                             \
    X(ITEM_COUNT, "enip.cpf.itemcount", "Item Count", UINT16, DEC, 0, NULL)                        \
    X(ITEM_TYPE, "enip.cpf.typeid", "Type ID", UINT16, HEX, 0, item_types)                         \
    X(ITEM_LENGTH, "enip.cpf.length", "Length", UINT16, DEC, 0, NULL)                              \
    X(CAI_CONNID, "enip.cpf.cai.connid", "Connection ID", UINT32, HEX, 0, NULL)                    \
    X(SAI_CONNID, "enip.cpf.sai.connid", "Connection ID", UINT32, HEX, 0, NULL)                    \
    X(SAI_SEQ, "enip.cpf.sai.seq", "Encapsulation Sequence Number", UINT32, DEC, 0, NULL)

FIELD_TABLE(FIELDS);

enum { CIP_TABLE };
enum { LIST_IDENTITY = 0x63, REGISTER = 0x65, SEND_RR = 0x6f, SEND_UNIT = 0x70, HEADER = 24 };
enum {
    CONNECTED_ADDRESS = 0xa1,
    CONNECTED_DATA = 0xb1,
    UNCONNECTED_DATA = 0xb2,
    SEQUENCED = 0x8002
};

/* What the items of a message say. */
struct items {
    struct cursor data; /* what CIP carries: dissected last */
    uint16_t data_type; /* 0: nothing */
    bool connected;
    uint32_t connection;
};

/* The common packet format: items of type, length and data. */
static void put_items(struct packet *p, struct cursor *c, struct items *items)
{
    uint16_t count = (uint16_t)put_uint_le(p, c, ITEM_COUNT, 2);
    uint32_t tree = tree_begin(p, ITEM_COUNT);
    for (unsigned i = 0; i < count && cursor_left(c) >= 4; i++) {
        uint16_t type = (uint16_t)put_uint_le(p, c, ITEM_TYPE, 2);
        uint32_t branch = tree_begin(p, ITEM_TYPE);
        uint16_t n = (uint16_t)put_uint_le(p, c, ITEM_LENGTH, 2);
        struct cursor item = cursor_part(c, n);
        if (type == CONNECTED_ADDRESS && n == 4) {
            items->connection = (uint32_t)put_uint_le(p, &item, CAI_CONNID, 4);
            items->connected = true;
        } else if (type == SEQUENCED && n == 8) {
            (void)put_uint_le(p, &item, SAI_CONNID, 4);
            (void)put_uint_le(p, &item, SAI_SEQ, 4);
        } else if (type == CONNECTED_DATA || type == UNCONNECTED_DATA) {
            items->data = item;
            items->data_type = type;
        }
        tree_end(p, branch);
    }
    tree_end(p, tree);
}

/* An answer has the context of its request, or, in a connection, its sequence count. */
static void put_carried(struct packet *p, struct cursor *c, struct cursor *data, uint16_t type,
                        uint64_t context)
{
    p->exchange = context;
    if (type == CONNECTED_DATA) {
        const uint8_t *count = cursor_take(data, 2);
        p->exchange = count != NULL ? le16(count) : 0;
    }
    if (type != 0 && cursor_captured(data) > 0)
        (void)next(p, data, CIP_TABLE, 0);
    if (data->fault != CURSOR_OK)
        c->fault = data->fault;
}

static void dissect(struct packet *p, struct cursor *c)
{
    uint32_t tree = tree_text(p, c, c->pos, HEADER, "Encapsulation Header");
    uint16_t command = (uint16_t)put_uint_le(p, c, COMMAND, 2);
    uint16_t n = (uint16_t)put_uint_le(p, c, LENGTH, 2);
    uint32_t session = (uint32_t)put_uint_le(p, c, SESSION, 4);
    (void)put_uint_le(p, c, STATUS, 4);
    const uint8_t *context = cursor_peek(c, 0, 8);
    if (command == LIST_IDENTITY)
        (void)put_uint_le(p, c, DELAY, 2);
    (void)put_bytes(p, c, CONTEXT, command == LIST_IDENTITY ? 6 : 8);
    (void)put_uint_le(p, c, OPTIONS, 4);
    tree_end(p, tree);
    const char *name = value_name_find(commands, command);
    if (name == NULL)
        name = "Unknown";
    info_set(p, "%s, Session: 0x%08x", name, session);
    title(p, "EtherNet/IP (Industrial Protocol), Session: 0x%08X, %s", session, name);
    cursor_trim(c, n);
    if (n == 0)
        return;
    struct items items = {.data = *c};
    tree = tree_text(p, c, c->pos, n, "Command Specific Data");
    if (command == REGISTER) {
        (void)put_uint_le(p, c, RS_VERSION, 2);
        (void)put_uint_le(p, c, RS_FLAGS, 2);
    } else if (command == SEND_RR || command == SEND_UNIT) {
        (void)put_uint_le(p, c, command == SEND_RR ? RR_IFACE : UNIT_IFACE, 4);
        (void)put_uint_le(p, c, TIMEOUT, 2);
        put_items(p, c, &items);
    } else if (cursor_left(c) >= 2) {
        put_items(p, c, &items);
    }
    tree_end(p, tree);
    if (items.connected)
        title(p, "EtherNet/IP (Industrial Protocol), Session: 0x%08X, %s, Connection ID: 0x%08X",
              session, name, items.connection);
    put_carried(p, c, &items.data, items.data_type, context != NULL ? le64(context) : 0);
    if (c->fault == CURSOR_OK)
        cursor_skip(c, cursor_captured(c));
}

static bool probe(const struct packet *p, const struct cursor *c)
{
    (void)p;
    const uint8_t *h = cursor_peek(c, 0, 2);
    return h != NULL && value_name_find(commands, le16(h)) != NULL;
}

static uint32_t message(struct packet *p, const struct cursor *c)
{
    (void)p;
    return cursor_captured(c) < 4 ? STREAM_MORE : pdu_le(c, 2, 2, HEADER);
}

static const char *const tables[] = {"cip", NULL};
static const struct binding bindings[] = {{"tcp.port", 44818}, {"udp.port", 44818}, {NULL, 0}};

const struct protocol proto_enip = {.name = "enip",
                                    .title = "EtherNet/IP (Industrial Protocol)",
                                    .column = "ENIP",
                                    FIELDS_OF_THIS_FILE,
                                    .tables = tables,
                                    .bindings = bindings,
                                    .probe = probe,
                                    .message = message,
                                    .pdus = true,
                                    .dissect = dissect};

/* Over UDP port 2222 there are only items. frame.protocols has cipio for them, and again for the data. */
static void dissect_io(struct packet *p, struct cursor *c)
{
    struct items items = {.data = *c};
    put_items(p, c, &items);
    if (items.data_type != 0 && cursor_captured(&items.data) > 0)
        (void)next(p, &items.data, CIP_TABLE, 1);
    cursor_skip(c, cursor_captured(c));
}

static const struct binding io_bindings[] = {{"udp.port", 2222}, {NULL, 0}};

const struct protocol proto_enip_io = {.name = "enip",
                                       .title = "EtherNet/IP (Industrial Protocol)",
                                       .column = "CIP I/O",
                                       .unnamed = true,
                                       .fields_of = &proto_enip,
                                       .tables = tables,
                                       .bindings = io_bindings,
                                       .dissect = dissect_io};
