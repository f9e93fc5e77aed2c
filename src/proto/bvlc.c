/*
 * bvlc: BACnet over UDP (ASHRAE 135, annex J).
 *
 *     | 0x81 | function 1 | length of all 2 | what the function needs | NPDU |
 */
#include "dissect/packet.h"

static const struct value_name type_names[] = {VALUE(0x81, "BACnet/IP (Annex J)"),
                                               VALUE(0x82, "BACnet/IPV6 (Annex U)"), VALUES_END};
static const struct value_name function_names[] = {
    VALUE(0x0, "BVLC-Result"),
    VALUE(0x1, "Write-Broadcast-Distribution-Table"),
    VALUE(0x2, "Read-Broadcast-Distribution-Table"),
    VALUE(0x3, "Read-Broadcast-Distribution-Table-Ack"),
    VALUE(0x4, "Forwarded-NPDU"),
    VALUE(0x5, "Register-Foreign-Device"),
    VALUE(0x6, "Read-Foreign-Device-Table"),
    VALUE(0x7, "Read-Foreign-Device-Table-Ack"),
    VALUE(0x8, "Delete-Foreign-Device-Table-Entry"),
    VALUE(0x9, "Distribute-Broadcast-To-Network"),
    VALUE(0xa, "Original-Unicast-NPDU"),
    VALUE(0xb, "Original-Broadcast-NPDU"),
    VALUE(0xc, "Secured-BVLL"),
    VALUES_END};
static const struct value_name result_names[] = {
    VALUE(0x0, "Successful completion"),
    VALUE(0x10, "Write-Broadcast-Distribution-Table NAK"),
    VALUE(0x20, "Read-Broadcast-Distribution-Table NAK"),
    VALUE(0x30, "Register-Foreign-Device NAK"),
    VALUE(0x40, "Read-Foreign-Device-Table NAK"),
    VALUE(0x50, "Delete-Foreign-Device-Table-Entry NAK"),
    VALUE(0x60, "Distribute-Broadcast-To-Network NAK"),
    VALUE(0x0, "Successful completion"),
    VALUE(0x30, "Address-Resolution NAK"),
    VALUE(0x60, "Virtual-Address-Resolution NAK"),
    VALUE(0x90, "Register-Foreign-Device NAK"),
    VALUE(0xa0, "Delete-Foreign-Device-Table-Entry NAK"),
    VALUE(0xc0, "Distribute-Broadcast-To-Network NAK"),
    VALUES_END};
#define FIELDS(X)                                                                                  \
    X(TYPE, "bvlc.type", "Type", UINT8, HEX, 0, type_names)                                        \
    X(FUNCTION, "bvlc.function", "Function", UINT8, HEX, 0, function_names)                        \
    X(LENGTH, "bvlc.length", "BVLC-Length", UINT16, DEC, 0, NULL)                                  \
    X(RESULT, "bvlc.result", "Result", UINT16, HEX, 0, result_names)                               \
    X(BDT_IP, "bvlc.bdt_ip", "IP", IPv4, NONE, 0, NULL)                                            \
    X(BDT_PORT, "bvlc.bdt_port", "Port", UINT16, DEC, 0, NULL)                                     \
    X(BDT_MASK, "bvlc.bdt_mask", "Mask", BYTES, NONE, 0, NULL)                                     \
    X(REG_TTL, "bvlc.reg_ttl", "TTL", UINT16, DEC, 0, NULL)                                        \
    X(FDT_IP, "bvlc.fdt_ip", "IP", IPv4, NONE, 0, NULL)                                            \
    X(FDT_PORT, "bvlc.fdt_port", "Port", UINT16, DEC, 0, NULL)                                     \
    X(FDT_TTL, "bvlc.fdt_ttl", "TTL", UINT16, DEC, 0, NULL)                                        \
    X(FDT_TIMEOUT, "bvlc.fdt_timeout", "Timeout", UINT16, DEC, 0, NULL)                            \
    X(FWD_IP, "bvlc.fwd_ip", "IP", IPv4, NONE, 0, NULL)                                            \
    X(FWD_PORT, "bvlc.fwd_port", "Port", UINT16, DEC, 0, NULL)

FIELD_TABLE(FIELDS);

enum { NETWORK_TABLE };
enum { BACNET_PORT = 47808, BACNET_IP = 0x81, HEADER = 4, FORWARDED_HEADER = 10 };
enum {
    RESULT_FUNCTION,
    WRITE_BDT,
    READ_BDT,
    READ_BDT_ACK,
    FORWARDED,
    REGISTER,
    READ_FDT,
    READ_FDT_ACK,
    DELETE_FDT,
    DISTRIBUTE,
    UNICAST,
    BROADCAST
};

/* Who passes broadcasts on between networks. */
static void put_broadcasters(struct packet *p, struct cursor *c)
{
    while (cursor_captured(c) >= 10) {
        (void)put_ipv4(p, c, BDT_IP);
        (void)put_u16(p, c, BDT_PORT);
        (void)put_bytes(p, c, BDT_MASK, 4);
    }
}

/* Devices that asked to hear them. */
static void put_listeners(struct packet *p, struct cursor *c)
{
    while (cursor_captured(c) >= 10) {
        (void)put_ipv4(p, c, FDT_IP);
        (void)put_u16(p, c, FDT_PORT);
        (void)put_u16(p, c, FDT_TTL);
        (void)put_u16(p, c, FDT_TIMEOUT);
    }
}

static void put_function(struct packet *p, struct cursor *c, uint8_t function)
{
    switch (function) {
    case RESULT_FUNCTION:
        (void)put_u16(p, c, RESULT);
        break;
    case WRITE_BDT:
    case READ_BDT_ACK:
        put_broadcasters(p, c);
        break;
    case FORWARDED:
        (void)put_ipv4(p, c, FWD_IP);
        (void)put_u16(p, c, FWD_PORT);
        break;
    case REGISTER:
        (void)put_u16(p, c, REG_TTL);
        break;
    case READ_FDT_ACK:
        put_listeners(p, c);
        break;
    case DELETE_FDT:
        (void)put_ipv4(p, c, FDT_IP);
        (void)put_u16(p, c, FDT_PORT);
        break;
    default:
        break;
    }
}

static void dissect(struct packet *p, struct cursor *c)
{
    (void)put_u8(p, c, TYPE);
    uint8_t function = put_u8(p, c, FUNCTION);
    uint16_t length = cursor_u16(c);
    /* As Wireshark: how much of all that this layer is. */
    put_uint(p, c, LENGTH, c->pos - 2, 2,
             function == FORWARDED   ? FORWARDED_HEADER
             : function > DELETE_FDT ? HEADER
                                     : length);
    const char *name = value_name_find(function_names, function);
    info_set(p, "%s", name != NULL ? name : "Unknown function");
    if (length >= HEADER)
        cursor_trim(c, length - HEADER);
    put_function(p, c, function);
    if (cursor_captured(c) > 0 && !next(p, c, NETWORK_TABLE, 0))
        next_data(p, c);
}

static bool probe(const struct packet *p, const struct cursor *c)
{
    (void)p;
    const uint8_t *b = cursor_peek(c, 0, HEADER);
    return b != NULL && b[0] == BACNET_IP;
}

static const char *const tables[] = {"bacnet", NULL};
static const struct binding bindings[] = {{"udp.port", BACNET_PORT}, {NULL, 0}};

const struct protocol proto_bvlc = {.name = "bvlc",
                                    .title = "BACnet Virtual Link Control",
                                    .column = "BVLC",
                                    FIELDS_OF_THIS_FILE,
                                    .tables = tables,
                                    .bindings = bindings,
                                    .probe = probe,
                                    .dissect = dissect};
