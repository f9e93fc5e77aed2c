/* iec60870_104: IEC 60870-5-104: frames of remote control over TCP, and iec60870_asdu: what they
 * carry.
 *
 *     | 0x68 | length | control (4) | ASDU ...
 *     | type | SQ, number | test, P/N, cause | originator | address (2) | objects ...
 */
#include "dissect/pdu.h"

static const struct value_name frame_types[] = {VALUE(0, "I"), VALUE(1, "S"), VALUE(3, "U"),
                                                VALUES_END};

#define FIELDS(X)                                                                                  \
    X(APDULEN, "iec60870_104.apdulen", "ApduLen", UINT8, DEC, 0, NULL)                             \
    X(TYPE, "iec60870_104.type", "Type", UINT8, HEX, 0x03, frame_types)                            \
    X(TX, "iec60870_104.tx", "Tx", UINT16, DEC, 0xfffe, NULL)                                      \
    X(RX, "iec60870_104.rx", "Rx", UINT16, DEC, 0xfffe, NULL)

FIELD_TABLE(FIELDS);

enum { ASDU_TABLE, START = 0x68, PORT = 2404 };

/* U frames start and stop the transfer, and test the line: one bit each. */
static const char *u_name(uint8_t control)
{
    static const char *const names[] = {"STARTDT act", "STARTDT con", "STOPDT act",
                                        "STOPDT con",  "TESTFR act",  "TESTFR con"};
    for (unsigned i = 0; i < sizeof names / sizeof *names; i++) {
        if (control >> 2 == 1 << i)
            return names[i];
    }
    return "Unknown";
}

static void put_summary(struct packet *p, uint8_t type, const uint8_t *control)
{
    const char *way = p->src_port == PORT ? "->" : "<-", *summary;
    unsigned tx = le16(control) >> 1, rx = le16(control + 2) >> 1;
    if (type == 0)
        summary = packet_text(p, "%s I (%u,%u) ", way, tx, rx);
    else if (type == 1)
        summary = packet_text(p, "%s S (%u) ", way, rx);
    else
        summary = packet_text(p, "%s U (%s) ", way, u_name(control[0]));
    title(p, "IEC 60870-5-104: %s", summary);
    info_set(p, "%s", summary);
}

static void dissect(struct packet *p, struct cursor *c)
{
    cursor_skip(c, 1);
    uint8_t n = put_u8(p, c, APDULEN);
    const uint8_t *b = cursor_take(c, 4);
    if (b == NULL)
        return;
    uint8_t type = (b[0] & 1) == 0 ? 0 : b[0] & 3;
    put_uint(p, c, TYPE, c->pos - 4, 1, type);
    if (type == 0)
        put_bits(p, c, TX, c->pos - 4, 2, le16(b));
    if (type <= 1)
        put_bits(p, c, RX, c->pos - 2, 2, le16(b + 2));
    put_summary(p, type, b);
    if (n > 4)
        cursor_trim(c, n - 4u);
    if (type == 0 && cursor_captured(c) > 0)
        (void)next(p, c, ASDU_TABLE, 0);
}

static bool probe(const struct packet *p, const struct cursor *c)
{
    (void)p;
    const uint8_t *b = cursor_peek(c, 0, 1);
    return b != NULL && b[0] == START;
}

static uint32_t message(struct packet *p, const struct cursor *c)
{
    (void)p;
    return pdu_be(c, 1, 1, 2);
}

static const char *const tables[] = {"iec60870.asdu", NULL};
static const struct binding bindings[] = {{"tcp.port", PORT}, {NULL, 0}};

const struct protocol proto_iec60870_104 = {.name = "iec60870_104",
                                            .title = "IEC 60870-5-104",
                                            .column = "IEC 60870-5-104",
                                            FIELDS_OF_THIS_FILE,
                                            .tables = tables,
                                            .bindings = bindings,
                                            .probe = probe,
                                            .message = message,
                                            .pdus = true,
                                            .dissect = dissect};

#define ASDU_FIELDS(X)                                                                             \
    X(TYPEID, "iec60870_asdu.typeid", "TypeId", UINT8, DEC, 0, NULL)                               \
    X(SQ, "iec60870_asdu.sq", "SQ", BOOLEAN, 8, 0x80, NULL)                                        \
    X(NUMIX, "iec60870_asdu.numix", "NumIx", UINT8, DEC, 0x7f, NULL)                               \
    X(CAUSETX, "iec60870_asdu.causetx", "CauseTx", UINT8, DEC, 0x3f, NULL)                         \
    X(NEGA, "iec60870_asdu.nega", "Negative", BOOLEAN, 8, 0x40, NULL)                              \
    X(TEST, "iec60870_asdu.test", "Test", BOOLEAN, 8, 0x80, NULL)                                  \
    X(OA, "iec60870_asdu.oa", "OA", UINT8, DEC, 0, NULL)                                           \
    X(ADDR, "iec60870_asdu.addr", "Addr", UINT16, DEC, 0, NULL)
enum { ASDU_FIELDS(FIELD_ID) ASDU_FIELD_COUNT };
static const struct field_def asdu_field_defs[] = {ASDU_FIELDS(FIELD_ROW)};

static void dissect_asdu(struct packet *p, struct cursor *c)
{
    (void)put_u8(p, c, TYPEID);
    const uint8_t *b = cursor_take(c, 2);
    if (b != NULL) {
        put_flags(p, c, SQ, 2, c->pos - 2, 1, b[0]);
        put_flags(p, c, CAUSETX, 3, c->pos - 1, 1, b[1]);
    }
    (void)put_u8(p, c, OA);
    (void)put_uint_le(p, c, ADDR, 2);
    if (c->fault == CURSOR_OK)
        cursor_skip(c, cursor_captured(c));
}

static const struct binding asdu_bindings[] = {{"iec60870.asdu", 0}, {NULL, 0}};

const struct protocol proto_iec60870_asdu = {.name = "iec60870_asdu",
                                             .title = "IEC 60870-5-101/104 ASDU",
                                             .column = "IEC 60870-5 ASDU",
                                             .fields = asdu_field_defs,
                                             .field_count = ASDU_FIELD_COUNT,
                                             .bindings = asdu_bindings,
                                             .dissect = dissect_asdu};
