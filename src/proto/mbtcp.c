/* mbtcp: Modbus over TCP, and modbus: the function that it carries.
 *
 *      0             2          4        6      7
 *     | transaction | 0        | length | unit | function | data ...
 */
#include "dissect/pdu.h"

#define FIELDS(X)                                                                                  \
    X(TRANS_ID, "mbtcp.trans_id", "Transaction Identifier", UINT16, DEC, 0, NULL)                  \
    X(PROT_ID, "mbtcp.prot_id", "Protocol Identifier", UINT16, DEC, 0, NULL)                       \
    X(LEN, "mbtcp.len", "Length", UINT16, DEC, 0, NULL)                                            \
    X(UNIT_ID, "mbtcp.unit_id", "Unit Identifier", UINT8, DEC, 0, NULL)

FIELD_TABLE(FIELDS);

enum { MODBUS_TABLE, HEADER = 7, PORT = 502 };

static void dissect(struct packet *p, struct cursor *c)
{
    uint16_t transaction = put_u16(p, c, TRANS_ID);
    (void)put_u16(p, c, PROT_ID);
    uint16_t n = put_u16(p, c, LEN);
    uint8_t unit = put_u8(p, c, UNIT_ID);
    if (n > 0)
        cursor_trim(c, n - 1u);
    info_set(p, "%s: Trans: %u; Unit: %u", p->dst_port == PORT ? "Query" : "Response", transaction,
             unit);
    if (!next(p, c, MODBUS_TABLE, 0))
        next_data(p, c);
}

static bool probe(const struct packet *p, const struct cursor *c)
{
    (void)p;
    const uint8_t *h = cursor_peek(c, 0, 6);
    return h != NULL && be16(h + 2) == 0 && be16(h + 4) >= 2 && be16(h + 4) <= 254;
}

static uint32_t message(struct packet *p, const struct cursor *c)
{
    if (cursor_captured(c) < 6)
        return STREAM_MORE;
    return probe(p, c) ? pdu_be(c, 4, 2, 6) : 0;
}

static const char *const tables[] = {"modbus", NULL};
static const struct binding bindings[] = {{"tcp.port", PORT}, {NULL, 0}};

const struct protocol proto_mbtcp = {.name = "mbtcp",
                                     .title = "Modbus/TCP",
                                     .column = "Modbus/TCP",
                                     FIELDS_OF_THIS_FILE,
                                     .tables = tables,
                                     .bindings = bindings,
                                     .probe = probe,
                                     .message = message,
                                     .pdus = true,
                                     .dissect = dissect};
