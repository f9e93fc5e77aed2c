/* ams: Automation Message Specification, which Beckhoff's controllers speak.
 *
 *      0      2        6               12     14            20     22    24      26       30     34
 *     | 0000 | length | target net ID | port | sender net ID | port | cmd | flags | length | error
 * | invoke ID
 */
#include "dissect/packet.h"

static const struct value_name commands[] = {VALUE(0, "Invalid"),
                                             VALUE(1, "ADS Read Device Info"),
                                             VALUE(2, "ADS Read"),
                                             VALUE(3, "ADS Write"),
                                             VALUE(4, "ADS Read State"),
                                             VALUE(5, "ADS Write Control"),
                                             VALUE(6, "ADS Add Device Notification"),
                                             VALUE(7, "ADS Delete Device Notification"),
                                             VALUE(8, "ADS Device Notification"),
                                             VALUE(9, "ADS Read Write"),
                                             VALUES_END};

#define FIELDS(X)                                                                                  \
    X(TARGET_ID, "ams.targetnetid", "AMS Target Net Id", STRING, NONE, 0, NULL)                    \
    X(TARGET_PORT, "ams.targetport", "AMS Target port", UINT16, DEC, 0, NULL)                      \
    X(SENDER_ID, "ams.sendernetid", "AMS Sender Net Id", STRING, NONE, 0, NULL)                    \
    X(SENDER_PORT, "ams.senderport", "AMS Sender port", UINT16, DEC, 0, NULL)                      \
    X(CMDID, "ams.cmdid", "CmdId", UINT16, DEC, 0, commands)                                       \
    X(FLAGS, "ams.stateflags", "StateFlags", UINT16, HEX, 0, NULL)                                 \
    X(F_RESPONSE, "ams.state_response", "RESPONSE", BOOLEAN, 16, 0x0001, NULL)                     \
    X(F_NORETURN, "ams.state_noreturn", "NO RETURN", BOOLEAN, 16, 0x0002, NULL)                    \
    X(F_ADSCMD, "ams.state_adscmd", "ADS COMMAND", BOOLEAN, 16, 0x0004, NULL)                      \
    X(F_SYSCMD, "ams.state_syscmd", "SYSTEM COMMAND", BOOLEAN, 16, 0x0008, NULL)                   \
    X(F_HIGHPRIO, "ams.state_highprio", "HIGH PRIORITY COMMAND", BOOLEAN, 16, 0x0010, NULL)        \
    X(F_TIMESTAMP, "ams.state_timestampadded", "TIMESTAMP ADDED", BOOLEAN, 16, 0x0020, NULL)       \
    X(F_UDP, "ams.state_udp", "UDP COMMAND", BOOLEAN, 16, 0x0040, NULL)                            \
    X(F_INIT, "ams.state_initcmd", "INIT COMMAND", BOOLEAN, 16, 0x0080, NULL)                      \
    X(F_BROADCAST, "ams.state_broadcast", "BROADCAST", BOOLEAN, 16, 0x8000, NULL)                  \
    X(CBDATA, "ams.cbdata", "cbData", UINT32, DEC, 0, NULL)                                        \
    X(ERRORCODE, "ams.errorcode", "ErrorCode", UINT32, HEX, 0, NULL)                               \
    X(INVOKEID, "ams.invokeid", "InvokeId", UINT32, HEX, 0, NULL)

FIELD_TABLE(FIELDS);

static void put_net_id(struct packet *p, struct cursor *c, unsigned field)
{
    const uint8_t *b = cursor_take(c, 6);
    if (b != NULL && wants(p, field))
        put_string(p, c, field, c->pos - 6, 6,
                   packet_text(p, "%u.%u.%u.%u.%u.%u", b[0], b[1], b[2], b[3], b[4], b[5]));
}

static void dissect(struct packet *p, struct cursor *c)
{
    cursor_skip(c, 6);
    put_net_id(p, c, TARGET_ID);
    (void)put_uint_le(p, c, TARGET_PORT, 2);
    put_net_id(p, c, SENDER_ID);
    (void)put_uint_le(p, c, SENDER_PORT, 2);
    uint16_t command = (uint16_t)put_uint_le(p, c, CMDID, 2);
    uint16_t flags = (uint16_t)put_uint_le(p, c, FLAGS, 2);
    uint32_t tree = tree_begin(p, FLAGS);
    if (c->fault == CURSOR_OK)
        put_flags(p, c, F_RESPONSE, F_BROADCAST - F_RESPONSE + 1, c->pos - 2, 2, flags);
    tree_end(p, tree);
    (void)put_uint_le(p, c, CBDATA, 4);
    (void)put_uint_le(p, c, ERRORCODE, 4);
    (void)put_uint_le(p, c, INVOKEID, 4);
    const char *name = value_name_find(commands, command);
    info_set(p, "%s %s", name != NULL ? name : "Unknown", flags & 1 ? "Response" : "Request");
    if (c->fault == CURSOR_OK)
        cursor_skip(c, cursor_captured(c));
}

static const struct binding bindings[] = {{"tcp.port", 48898}, {NULL, 0}};

const struct protocol proto_ams = {.name = "ams",
                                   .title = "AMS",
                                   .column = "AMS",
                                   FIELDS_OF_THIS_FILE,
                                   .bindings = bindings,
                                   .dissect = dissect};
