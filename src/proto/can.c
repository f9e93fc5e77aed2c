/*
 * can, canfd: Controller Area Network, as Linux's SocketCAN gives it (LINKTYPE_CAN_SOCKETCAN).
 *
 *     | flags 3 bits, identifier 29 | length 1 | CAN FD: flags 1 | reserved | data 8, or up to 64 |
 */
#include "dissect/packet.h"

#define FIELDS(X)                                                                                  \
    X(ID, "can.id", "ID", UINT32, DEC_HEX, 0x1fffffff, NULL)                                       \
    X(EXTENDED, "can.flags.xtd", "Extended Flag", BOOLEAN, 32, 0x80000000, NULL)                   \
    X(REMOTE, "can.flags.rtr", "Remote Transmission Request Flag", BOOLEAN, 32, 0x40000000, NULL)  \
    X(ERROR, "can.flags.err", "Error Message Flag", BOOLEAN, 32, 0x20000000, NULL)                 \
    X(ERR_TX, "can.err.tx_timeout", "Transmit timeout", BOOLEAN, 32, 0x00000001, NULL)             \
    X(ERR_LOST, "can.err.lostarb", "Lost arbitration", BOOLEAN, 32, 0x00000002, NULL)              \
    X(ERR_CTRL, "can.err.ctrl", "Controller problems", BOOLEAN, 32, 0x00000004, NULL)              \
    X(ERR_PROT, "can.err.prot", "Protocol violation", BOOLEAN, 32, 0x00000008, NULL)               \
    X(ERR_TRX, "can.err.trx", "Transceiver status", BOOLEAN, 32, 0x00000010, NULL)                 \
    X(ERR_ACK, "can.err.ack", "No acknowledgement", BOOLEAN, 32, 0x00000020, NULL)                 \
    X(ERR_OFF, "can.err.busoff", "Bus off", BOOLEAN, 32, 0x00000040, NULL)                         \
    X(ERR_BUS, "can.err.buserror", "Bus error", BOOLEAN, 32, 0x00000080, NULL)                     \
    X(ERR_RESTARTED, "can.err.restarted", "Controller restarted", BOOLEAN, 32, 0x00000100, NULL)   \
    X(ERR_RESERVED, "can.err.reserved", "Reserved", UINT32, HEX, 0x1ffffe00, NULL)                 \
    X(ERR_LENGTH, "can.err.dlc_mismatch", "ERROR: DLC mismatch", NONE, NONE, 0, NULL)              \
    X(LENGTH, "can.len", "Frame-Length", UINT8, DEC, 0, NULL)                                      \
    X(RESERVED, "can.reserved", "Reserved", BYTES, NONE, 0, NULL)                                  \
    X(BRS, "canfd.flags.brs", "Bit Rate Setting", BOOLEAN, 8, 0x01, NULL)                          \
    X(ESI, "canfd.flags.esi", "Error State Indicator", BOOLEAN, 8, 0x02, NULL)                     \
    X(PADDING, "can.padding", "Padding", BYTES, NONE, 0, NULL)

FIELD_TABLE(FIELDS);

#define IS_EXTENDED UINT32_C(0x80000000)
#define IS_REMOTE   UINT32_C(0x40000000)
#define IS_ERROR    UINT32_C(0x20000000)
#define STANDARD_ID UINT32_C(0x7ff)
#define EXTENDED_ID UINT32_C(0x1fffffff)

enum { HEURISTIC_TABLE, ID_TABLE };
enum { LINK_SOCKETCAN = 227, ERROR_LENGTH = 8 };

/* The identifier is in network byte order where the link type is CAN's own, in the host's (today
 * always the other) in cooked captures. An error frame has bits in its place. */
static void put_head(struct packet *p, struct cursor *c, uint32_t *id, bool fd)
{
    const uint8_t *bytes = cursor_take(c, 4);
    if (bytes == NULL)
        return;
    uint32_t at = c->pos - 4;
    *id = p->in->link_type == LINK_SOCKETCAN ? be32(bytes) : le32(bytes);
    if ((*id & IS_ERROR) != 0) {
        put_flags(p, c, ERROR, ERR_RESERVED - ERROR + 1, at, 4, *id);
        return;
    }
    put_uint(p, c, ID, at, 4, *id & ((*id & IS_EXTENDED) != 0 ? EXTENDED_ID : STANDARD_ID));
    put_bits(p, c, EXTENDED, at, 4, *id);
    if (!fd)
        put_flags(p, c, REMOTE, 2, at, 4, *id);
}

/* The data; what the frame has beyond its length is padding. */
static void dissect_data(struct packet *p, struct cursor *c, uint32_t id, uint8_t length)
{
    if (c->fault != CURSOR_OK)
        return;
    uint32_t number = id & ((id & IS_EXTENDED) != 0 ? EXTENDED_ID : STANDARD_ID);
    title(p, "%s, %sID: %u (0x%x), Length: %u", p->reg->protos[p->proto].def->title,
          (id & IS_EXTENDED) != 0 ? "Ext. " : "", number, number, length);
    info_set(p, "ID: %u (0x%x), Length: %u", number, number, length);
    struct cursor data = cursor_part(c, length);
    if ((id & IS_ERROR) != 0) {
        if (length != ERROR_LENGTH) {
            put_malformed(p, c, ERR_LENGTH);
            cursor_malformed(c);
        }
        return;
    }
    if ((id & IS_REMOTE) != 0 ||
        (!next_heuristic(p, &data, HEURISTIC_TABLE) && !next(p, &data, ID_TABLE, number)))
        next_data(p, &data);
    struct resumed r = resume_begin(p);
    if (c->fault == CURSOR_OK && cursor_captured(c) > 0)
        (void)put_bytes(p, c, PADDING, cursor_captured(c));
    resume_end(p, r);
}

static void dissect(struct packet *p, struct cursor *c)
{
    uint32_t id = 0;
    put_head(p, c, &id, false);
    uint8_t length = put_u8(p, c, LENGTH);
    (void)put_bytes(p, c, RESERVED, 3);
    dissect_data(p, c, id, length);
}

static void dissect_fd(struct packet *p, struct cursor *c)
{
    uint32_t id = 0;
    put_head(p, c, &id, true);
    uint8_t length = put_u8(p, c, LENGTH);
    const uint8_t *flags = cursor_take(c, 1);
    if (flags != NULL)
        put_flags(p, c, BRS, 2, c->pos - 1, 1, *flags);
    (void)put_bytes(p, c, RESERVED, 2);
    dissect_data(p, c, id, length);
}

static const char *const tables[] = {"can", "can.id", NULL};
static const struct binding bindings[] = {{"link_type", 227}, {"sll.ltype", 0x0c}, {NULL, 0}};
static const struct binding fd_bindings[] = {{"sll.ltype", 0x0d}, {NULL, 0}};

const struct protocol proto_can = {.name = "can",
                                   .title = "Controller Area Network",
                                   .column = "CAN",
                                   FIELDS_OF_THIS_FILE,
                                   .tables = tables,
                                   .bindings = bindings,
                                   .dissect = dissect};

const struct protocol proto_canfd = {.name = "canfd",
                                     .title = "Controller Area Network FD",
                                     .column = "CANFD",
                                     .fields_of = &proto_can,
                                     .tables = tables,
                                     .bindings = fd_bindings,
                                     .dissect = dissect_fd};
