/* tds: Tabular Data Stream ([MS-TDS], section 2.2.3.1): header.
 *
 *      0      1        2        4         6        7
 *     | type | status | length | channel | number | window | ...
 */
#include "dissect/pdu.h"

static const struct value_name types[] = {VALUE(1, "SQL batch"),
                                          VALUE(2, "Pre-TDS7 login"),
                                          VALUE(3, "Remote Procedure Call"),
                                          VALUE(4, "Response"),
                                          VALUE(6, "Attention"),
                                          VALUE(7, "Bulk load data"),
                                          VALUE(14, "Transaction Manager Request"),
                                          VALUE(15, "TDS5 query"),
                                          VALUE(16, "TDS7 login"),
                                          VALUE(17, "SSPI message"),
                                          VALUE(18, "TDS7 pre-login message"),
                                          VALUES_END};

#define FIELDS(X)                                                                                  \
    X(TYPE, "tds.type", "Type", UINT8, DEC, 0, types)                                              \
    X(STATUS, "tds.status", "Status", UINT8, HEX, 0, NULL)                                         \
    X(EOM, "tds.status.eom", "End of message", BOOLEAN, 8, 0x01, NULL)                             \
    X(IGNORE, "tds.status.ignore", "Ignore this event", BOOLEAN, 8, 0x02, NULL)                    \
    X(NOTIFY, "tds.status.event_notif", "Event notification", BOOLEAN, 8, 0x04, NULL)              \
    X(RESET, "tds.status.reset_conn", "Reset connection", BOOLEAN, 8, 0x08, NULL)                  \
    X(RESET_SKIP, "tds.status.reset_conn_skip_tran", "Reset connection keeping transaction state", \
      BOOLEAN, 8, 0x10, NULL)                                                                      \
    X(LENGTH, "tds.length", "Length", UINT16, DEC, 0, NULL)                                        \
    X(CHANNEL, "tds.channel", "Channel", UINT16, DEC, 0, NULL)                                     \
    X(NUMBER, "tds.packet_number", "Packet Number", UINT8, DEC, 0, NULL)                           \
    X(WINDOW, "tds.window", "Window", UINT8, DEC, 0, NULL)

FIELD_TABLE(FIELDS);

static void dissect(struct packet *p, struct cursor *c)
{
    uint8_t type = put_u8(p, c, TYPE), status = put_u8(p, c, STATUS);
    uint32_t tree = tree_begin(p, STATUS);
    put_flags(p, c, EOM, 5, c->pos - 1, 1, status);
    tree_end(p, tree);
    (void)put_u16(p, c, LENGTH);
    (void)put_u16(p, c, CHANNEL);
    (void)put_u8(p, c, NUMBER);
    (void)put_u8(p, c, WINDOW);
    const char *name = value_name_find(types, type);
    info_set(p, "%s", name != NULL ? name : "Unknown");
    if (c->fault == CURSOR_OK)
        cursor_skip(c, cursor_captured(c));
}

static bool probe(const struct packet *p, const struct cursor *c)
{
    (void)p;
    const uint8_t *h = cursor_peek(c, 0, 8);
    return h != NULL && value_name_find(types, h[0]) != NULL && be16(h + 2) >= 8 && h[7] == 0;
}

static uint32_t message(struct packet *p, const struct cursor *c)
{
    (void)p;
    return cursor_captured(c) < 4 ? STREAM_MORE : pdu_be(c, 2, 2, 0);
}

static const struct binding bindings[] = {{"tcp.port", 1433}, {"tcp.port", 2433}, {NULL, 0}};

const struct protocol proto_tds = {.name = "tds",
                                   .title = "Tabular Data Stream",
                                   .column = "TDS",
                                   FIELDS_OF_THIS_FILE,
                                   .bindings = bindings,
                                   .probe = probe,
                                   .message = message,
                                   .header = 4,
                                   .pdus = true,
                                   .dissect = dissect};
