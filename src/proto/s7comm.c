/* s7comm: what Siemens S7 controllers speak over COTP. Header and function; the bytes that follow
 * are as many as it says.
 *
 *      0      1        2          4        6          8        10            12
 *     | 0x32 | ROSCTR | reserved | PDU    | parameter| data   | error class | code |    (12: ROSCTR
 * 2, 3)
 */
#include "dissect/packet.h"

static const struct value_name kinds[] = {VALUE(1, "Job"), VALUE(2, "Ack"), VALUE(3, "Ack_Data"),
                                          VALUE(7, "Userdata"), VALUES_END};
static const struct value_name functions[] = {VALUE(0x00, "CPU services"),
                                              VALUE(0x04, "Read Var"),
                                              VALUE(0x05, "Write Var"),
                                              VALUE(0x1a, "Request download"),
                                              VALUE(0x1b, "Download block"),
                                              VALUE(0x1c, "Download ended"),
                                              VALUE(0x1d, "Start upload"),
                                              VALUE(0x1e, "Upload"),
                                              VALUE(0x1f, "End upload"),
                                              VALUE(0x28, "PI-Service"),
                                              VALUE(0x29, "PLC Stop"),
                                              VALUE(0xf0, "Setup communication"),
                                              VALUES_END};
static const struct value_name user_types[] = {VALUE(0, "Push"), VALUE(4, "Request"),
                                               VALUE(8, "Response"), VALUES_END};

#define FIELDS(X)                                                                                  \
    X(HEADER, "s7comm.header", "Header", NONE, NONE, 0, NULL)                                      \
    X(PROTID, "s7comm.header.protid", "Protocol Id", UINT8, HEX, 0, NULL)                          \
    X(ROSCTR, "s7comm.header.rosctr", "ROSCTR", UINT8, DEC, 0, kinds)                              \
    X(REDID, "s7comm.header.redid", "Redundancy Identification (Reserved)", UINT16, HEX, 0, NULL)  \
    X(PDUREF, "s7comm.header.pduref", "Protocol Data Unit Reference", UINT16, DEC, 0, NULL)        \
    X(PARLG, "s7comm.header.parlg", "Parameter length", UINT16, DEC, 0, NULL)                      \
    X(DATLG, "s7comm.header.datlg", "Data length", UINT16, DEC, 0, NULL)                           \
    X(ERRCLS, "s7comm.header.errcls", "Error class", UINT8, HEX, 0, NULL)                          \
    X(ERRCOD, "s7comm.header.errcod", "Error code", UINT8, HEX, 0, NULL)                           \
    X(PARAM, "s7comm.param", "Parameter", NONE, NONE, 0, NULL)                                     \
    X(FUNC, "s7comm.param.func", "Function", UINT8, HEX, 0, functions)                             \
    X(ITEMCOUNT, "s7comm.param.itemcount", "Item count", UINT8, DEC, 0, NULL)                      \
    X(USER_HEAD, "s7comm.param.userdata.head", "Parameter head", UINT24, HEX, 0, NULL)             \
    X(USER_LENGTH, "s7comm.param.userdata.length", "Parameter length", UINT8, DEC, 0, NULL)        \
    X(USER_METHOD, "s7comm.param.userdata.reqres1", "Method (Request/Response)", UINT8, HEX, 0,    \
      NULL)                                                                                        \
    X(USER_TYPE, "s7comm.param.userdata.type", "Type", UINT8, DEC, 0xf0, user_types)               \
    X(USER_GROUP, "s7comm.param.userdata.funcgroup", "Function group", UINT8, DEC, 0x0f, NULL)     \
    X(USER_SUB, "s7comm.param.userdata.subfunc", "Subfunction", UINT8, DEC, 0, NULL)               \
    X(USER_SEQ, "s7comm.param.userdata.seq_num", "Sequence number", UINT8, DEC, 0, NULL)           \
    X(USER_UNIT, "s7comm.param.userdata.dataunitref", "Data unit reference number", UINT8, DEC, 0, \
      NULL)                                                                                        \
    X(USER_LAST, "s7comm.param.userdata.lastdataunit", "Last data unit", UINT8, HEX, 0, NULL)      \
    X(USER_ERROR, "s7comm.param.errcod", "Error code", UINT16, HEX, 0, NULL)                       \
    X(DATA, "s7comm.data", "Data", NONE, NONE, 0, NULL)

FIELD_TABLE(FIELDS);

enum { USERDATA = 7, READ_VAR = 4, WRITE_VAR = 5, LONG_USER = 8 };

static void put_userdata(struct packet *p, struct cursor *c)
{
    (void)put_u24(p, c, USER_HEAD);
    uint8_t n = put_u8(p, c, USER_LENGTH);
    (void)put_u8(p, c, USER_METHOD);
    const uint8_t *b = cursor_take(c, 1);
    if (b != NULL)
        put_flags(p, c, USER_TYPE, 2, c->pos - 1, 1, b[0]);
    (void)put_u8(p, c, USER_SUB);
    (void)put_u8(p, c, USER_SEQ);
    if (n < LONG_USER)
        return;
    (void)put_u8(p, c, USER_UNIT);
    (void)put_u8(p, c, USER_LAST);
    (void)put_u16(p, c, USER_ERROR);
}

static void put_parameter(struct packet *p, struct cursor *c, uint8_t kind)
{
    put_data(p, c, PARAM, c->pos, cursor_left(c), NULL, 0);
    uint32_t tree = tree_begin(p, PARAM);
    if (kind == USERDATA) {
        put_userdata(p, c);
    } else {
        uint8_t function = put_u8(p, c, FUNC);
        const char *name = value_name_find(functions, function);
        info_add(p, " Function:[%s]", name != NULL ? name : "Unknown");
        if (function == READ_VAR || function == WRITE_VAR)
            (void)put_u8(p, c, ITEMCOUNT);
    }
    tree_end(p, tree);
}

static void dissect(struct packet *p, struct cursor *c)
{
    const uint8_t *h = cursor_peek(c, 0, 10);
    uint8_t kind = h == NULL ? 0 : h[1];
    bool answers = kind == 2 || kind == 3;
    const char *name = value_name_find(kinds, kind);
    info_set(p, "ROSCTR:[%s]", name != NULL ? name : "Unknown");
    put_data(p, c, HEADER, c->pos, answers ? 12 : 10, NULL, 0);
    uint32_t tree = tree_begin(p, HEADER);
    (void)put_u8(p, c, PROTID);
    (void)put_u8(p, c, ROSCTR);
    (void)put_u16(p, c, REDID);
    (void)put_u16(p, c, PDUREF);
    uint16_t parameters = put_u16(p, c, PARLG), data = put_u16(p, c, DATLG);
    if (answers) {
        (void)put_u8(p, c, ERRCLS);
        (void)put_u8(p, c, ERRCOD);
    }
    tree_end(p, tree);
    if (parameters > 0) {
        struct cursor part = cursor_part(c, parameters);
        put_parameter(p, &part, kind);
        if (part.fault != CURSOR_OK)
            c->fault = part.fault;
    }
    if (data > 0) {
        put_data(p, c, DATA, c->pos, data, NULL, 0);
        cursor_skip(c, data);
    }
}

static bool probe(const struct packet *p, const struct cursor *c)
{
    (void)p;
    const uint8_t *h = cursor_peek(c, 0, 2);
    return h != NULL && h[0] == 0x32 && value_name_find(kinds, h[1]) != NULL;
}

static const struct binding bindings[] = {{"cotp.user", HEURISTIC}, {NULL, 0}};

const struct protocol proto_s7comm = {.name = "s7comm",
                                      .title = "S7 Communication",
                                      .column = "S7COMM",
                                      FIELDS_OF_THIS_FILE,
                                      .bindings = bindings,
                                      .probe = probe,
                                      .dissect = dissect};
