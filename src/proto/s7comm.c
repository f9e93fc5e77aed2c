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

static const struct value_name returns[] = {VALUE(0x00, "Reserved"),
                                            VALUE(0x01, "Hardware error"),
                                            VALUE(0x03, "Accessing the object not allowed"),
                                            VALUE(0x05, "Invalid address"),
                                            VALUE(0x06, "Data type not supported"),
                                            VALUE(0x07, "Data type inconsistent"),
                                            VALUE(0x0a, "Object does not exist"),
                                            VALUE(0xff, "Success"),
                                            VALUES_END};
static const struct value_name transports[] = {VALUE(0, "NULL"),
                                               VALUE(3, "BIT"),
                                               VALUE(4, "BYTE/WORD/DWORD"),
                                               VALUE(5, "INTEGER"),
                                               VALUE(6, "DINTEGER"),
                                               VALUE(7, "REAL"),
                                               VALUE(9, "OCTET STRING"),
                                               VALUE(17, "NCK ADDRESS1"),
                                               VALUE(18, "NCK ADDRESS2"),
                                               VALUES_END};

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
    X(ITEM, "s7comm.data.item", "Item", NONE, NONE, 0, NULL)                                       \
    X(ITEM_DATA, "s7comm.resp.data", "Data", BYTES, NONE, 0, NULL)                                 \
    X(BLOCK_COUNT, "s7comm.blockinfo.block_count", "Block count", UINT16, DEC, 0, NULL)            \
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
    X(RETURN, "s7comm.data.returncode", "Return code", UINT8, HEX, 0, returns)                     \
    X(TRANSPORT, "s7comm.data.transportsize", "Transport size", UINT8, HEX, 0, transports)         \
    X(LENGTH, "s7comm.data.length", "Length", UINT16, DEC, 0, NULL)                                \
    X(BLOCK_TYPE, "s7comm.blockinfo.blocktype", "Block type", STRING, NONE, 0, NULL)               \
    X(BLOCK_NUMBER, "s7comm.data.blockinfo.block_number", "Block number", STRING, NONE, 0, NULL)   \
    X(FILESYS, "s7comm.data.blockinfo.filesys", "Filesystem", STRING, NONE, 0, NULL)               \
    X(DATA, "s7comm.data", "Data", NONE, NONE, 0, NULL)

FIELD_TABLE(FIELDS);

enum { JOB = 1, ACK_DATA = 3, USERDATA = 7 };
enum { READ_VAR = 4, WRITE_VAR = 5, UPLOAD = 0x1e, DOWNLOAD_BLOCK = 0x1b, LONG_USER = 8 };
enum { BLOCKS = 3, REQUEST = 4, RESPONSE = 8, LIST_BLOCKS = 1, LIST_OF_TYPE = 2, BLOCK_INFO = 3 };
/* Transports whose length counts bits. */
enum { FIRST_OF_BITS = 3, LAST_OF_BITS = 5, SUCCESS = 0xff };

/* What the parameters say of the data. */
struct parameters {
    uint8_t kind, function, items; /* of a job, or its answer */
    uint8_t type, group, sub;      /* of user data */
};

static void put_userdata(struct packet *p, struct cursor *c, struct parameters *said)
{
    (void)put_u24(p, c, USER_HEAD);
    uint8_t n = put_u8(p, c, USER_LENGTH);
    (void)put_u8(p, c, USER_METHOD);
    const uint8_t *b = cursor_take(c, 1);
    if (b != NULL) {
        put_flags(p, c, USER_TYPE, 2, c->pos - 1, 1, b[0]);
        said->type = b[0] >> 4;
        said->group = b[0] & 0x0f;
    }
    said->sub = put_u8(p, c, USER_SUB);
    (void)put_u8(p, c, USER_SEQ);
    if (n < LONG_USER)
        return;
    (void)put_u8(p, c, USER_UNIT);
    (void)put_u8(p, c, USER_LAST);
    (void)put_u16(p, c, USER_ERROR);
}

static void put_parameter(struct packet *p, struct cursor *c, struct parameters *said)
{
    put_data(p, c, PARAM, c->pos, cursor_left(c), NULL, 0);
    uint32_t tree = tree_begin(p, PARAM);
    if (said->kind == USERDATA) {
        put_userdata(p, c, said);
    } else if (said->kind == JOB || said->kind == ACK_DATA) {
        said->function = put_u8(p, c, FUNC);
        const char *name = value_name_find(functions, said->function);
        info_add(p, " Function:[%s]", name != NULL ? name : "Unknown");
        if (said->function == READ_VAR || said->function == WRITE_VAR)
            said->items = put_u8(p, c, ITEMCOUNT);
    }
    tree_end(p, tree);
}

/* Text in ASCII: any other byte shows as U+FFFD. */
static void put_ascii(struct packet *p, struct cursor *c, unsigned field, uint32_t n)
{
    uint32_t at = c->pos, length = 0;
    const uint8_t *bytes = cursor_take(c, n);
    char text[32];
    for (uint32_t i = 0; bytes != NULL && i < n && length + 3 < sizeof text; i++) {
        if (bytes[i] >= 0x80) {
            static const char replacement[] = {'\xef', '\xbf', '\xbd'}; /* U+FFFD */
            memcpy(text + length, replacement, sizeof replacement);
            length += sizeof replacement;
        } else {
            text[length++] = (char)bytes[i];
        }
    }
    const char *copy = bytes != NULL && wants(p, field) ? arena_copy(p->arena, text, length) : NULL;
    if (copy != NULL)
        put_data(p, c, field, at, n, copy, length);
}

/* What is asked of the blocks of a module: which there are of a type, or all about one of them. */
static void put_block_request(struct packet *p, struct cursor *c, uint8_t what, uint16_t n)
{
    if (what == LIST_OF_TYPE && n == 2)
        put_ascii(p, c, BLOCK_TYPE, 2);
    if (what != BLOCK_INFO || n != 8)
        return;
    put_ascii(p, c, BLOCK_TYPE, 2);
    put_ascii(p, c, BLOCK_NUMBER, 5);
    put_ascii(p, c, FILESYS, 1);
}

/* How many blocks there are of each type. */
static void put_block_counts(struct packet *p, struct cursor *c)
{
    while (cursor_left(c) >= 4 && c->fault == CURSOR_OK) {
        put_data(p, c, ITEM, c->pos, 4, NULL, 0);
        uint32_t tree = tree_begin(p, ITEM);
        put_ascii(p, c, BLOCK_TYPE, 2);
        (void)put_u16(p, c, BLOCK_COUNT);
        tree_end(p, tree);
    }
}

static void put_user_values(struct packet *p, struct cursor *c, const struct parameters *said)
{
    if (cursor_left(c) < 4)
        return;
    (void)put_u8(p, c, RETURN);
    (void)put_u8(p, c, TRANSPORT);
    uint16_t n = put_u16(p, c, LENGTH);
    struct cursor values = cursor_part(c, n);
    if (said->group == BLOCKS && said->type == REQUEST)
        put_block_request(p, &values, said->sub, n);
    else if (said->group == BLOCKS && said->type == RESPONSE && said->sub == LIST_BLOCKS)
        put_block_counts(p, &values);
}

/* Variables that were read, or are to be written: each begins at an even offset. */
static void put_variables(struct packet *p, struct cursor *c, unsigned count)
{
    for (unsigned i = 0; i < count && cursor_left(c) >= 4 && c->fault == CURSOR_OK; i++) {
        uint32_t at = c->pos;
        put_data(p, c, ITEM, at, 4, NULL, 0);
        uint32_t tree = tree_begin(p, ITEM);
        uint8_t result = put_u8(p, c, RETURN), transport = put_u8(p, c, TRANSPORT);
        const uint8_t *said = cursor_peek(c, 0, 2);
        uint32_t n = said != NULL ? be16(said) : 0;
        if (transport >= FIRST_OF_BITS && transport <= LAST_OF_BITS)
            n = (n + 7) / 8;
        put_uint(p, c, LENGTH, c->pos, 2, n);
        cursor_skip(c, 2);
        if (n > 0 && (result == SUCCESS || result == 0))
            (void)put_bytes(p, c, ITEM_DATA, n);
        tree_end(p, tree);
        if (n % 2 == 1 && cursor_left(c) > 0)
            cursor_skip(c, 1);
    }
}

static void put_values(struct packet *p, struct cursor *c, const struct parameters *said)
{
    bool answer = said->kind == ACK_DATA;
    if (said->kind == USERDATA) {
        put_user_values(p, c, said);
    } else if (said->function == (answer ? READ_VAR : WRITE_VAR)) {
        put_variables(p, c, said->items);
    } else if (answer && said->function == WRITE_VAR) {
        for (unsigned i = 0; i < said->items && cursor_left(c) > 0; i++) {
            put_data(p, c, ITEM, c->pos, 1, NULL, 0);
            uint32_t tree = tree_begin(p, ITEM);
            (void)put_u8(p, c, RETURN);
            tree_end(p, tree);
        }
    } else if (answer && (said->function == UPLOAD || said->function == DOWNLOAD_BLOCK) &&
               cursor_left(c) >= 4) {
        uint16_t n = put_u16(p, c, LENGTH);
        cursor_skip(c, 2);
        (void)put_bytes(p, c, ITEM_DATA, n);
    }
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
        const uint8_t *error = cursor_peek(c, 0, 2);
        (void)put_u8(p, c, ERRCLS);
        (void)put_u8(p, c, ERRCOD);
        if (error != NULL && be16(error) != 0)
            put_uint(p, c, USER_ERROR, c->pos - 2, 2, be16(error));
    }
    tree_end(p, tree);
    struct parameters said = {.kind = kind};
    if (parameters > 0) {
        struct cursor part = cursor_part(c, parameters);
        put_parameter(p, &part, &said);
        if (part.fault != CURSOR_OK)
            c->fault = part.fault;
    }
    if (data > 0) {
        put_data(p, c, DATA, c->pos, data, NULL, 0);
        tree = tree_begin(p, DATA);
        struct cursor part = cursor_part(c, data);
        put_values(p, &part, &said);
        tree_end(p, tree);
        if (part.fault != CURSOR_OK)
            c->fault = part.fault;
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
