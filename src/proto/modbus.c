/* modbus: Modbus Application Protocol (V1.1b3, section 6): function code and its data. */
#include "dissect/packet.h"

static const struct value_name functions[] = {VALUE(1, "Read Coils"),
                                              VALUE(2, "Read Discrete Inputs"),
                                              VALUE(3, "Read Holding Registers"),
                                              VALUE(4, "Read Input Registers"),
                                              VALUE(5, "Write Single Coil"),
                                              VALUE(6, "Write Single Register"),
                                              VALUE(7, "Read Exception Status"),
                                              VALUE(8, "Diagnostics"),
                                              VALUE(11, "Get Comm. Event Counters"),
                                              VALUE(12, "Get Comm. Event Log"),
                                              VALUE(15, "Write Multiple Coils"),
                                              VALUE(16, "Write Multiple Registers"),
                                              VALUE(17, "Report Slave ID"),
                                              VALUE(20, "Read File Record"),
                                              VALUE(21, "Write File Record"),
                                              VALUE(22, "Mask Write Register"),
                                              VALUE(23, "Read Write Register"),
                                              VALUE(24, "Read FIFO Queue"),
                                              VALUE(43, "Encapsulated Interface Transport"),
                                              VALUE(90, "Unity (Schneider)"),
                                              VALUES_END};
static const struct value_name exceptions[] = {VALUE(1, "Illegal function"),
                                               VALUE(2, "Illegal data address"),
                                               VALUE(3, "Illegal data value"),
                                               VALUE(4, "Slave device failure"),
                                               VALUE(5, "Acknowledge"),
                                               VALUE(6, "Slave device busy"),
                                               VALUE(8, "Memory parity error"),
                                               VALUE(10, "Gateway path unavailable"),
                                               VALUE(11, "Gateway target device failed to respond"),
                                               VALUES_END};

#define FIELDS(X)                                                                                  \
    X(FUNC_CODE, "modbus.func_code", "Function Code", UINT8, DEC, 0x7f, functions)                 \
    X(EXCEPTION, "modbus.exception_code", "Exception Code", UINT8, DEC, 0, exceptions)             \
    X(REFERENCE, "modbus.reference_num", "Reference Number", UINT16, DEC, 0, NULL)                 \
    X(BIT_COUNT, "modbus.bit_cnt", "Bit Count", UINT16, DEC, 0, NULL)                              \
    X(WORD_COUNT, "modbus.word_cnt", "Word Count", UINT16, DEC, 0, NULL)                           \
    X(BYTE_COUNT, "modbus.byte_cnt", "Byte Count", UINT8, DEC, 0, NULL)                            \
    X(DIAGNOSTIC, "modbus.diagnostic_code", "Diagnostic Code", UINT16, DEC, 0, NULL)               \
    X(DATA, "modbus.data", "Data", BYTES, NONE, 0, NULL)                                           \
    X(PADDING, "modbus.padding", "Padding", UINT8, HEX, 0, NULL)

FIELD_TABLE(FIELDS);

enum { ANSWER_ERROR = 0x80 };

static void put_query(struct packet *p, struct cursor *c, uint8_t function)
{
    switch (function) {
    case 1:
    case 2:
        (void)put_u16(p, c, REFERENCE);
        (void)put_u16(p, c, BIT_COUNT);
        break;
    case 3:
    case 4:
        (void)put_u16(p, c, REFERENCE);
        (void)put_u16(p, c, WORD_COUNT);
        break;
    case 5:
        (void)put_u16(p, c, REFERENCE);
        (void)put_bytes(p, c, DATA, 1);
        (void)put_u8(p, c, PADDING);
        break;
    case 8:
        (void)put_u16(p, c, DIAGNOSTIC);
        break;
    case 15:
    case 16:
        (void)put_u16(p, c, REFERENCE);
        (void)put_u16(p, c, function == 15 ? BIT_COUNT : WORD_COUNT);
        (void)put_u8(p, c, BYTE_COUNT);
        break;
    case 6:
        (void)put_u16(p, c, REFERENCE);
        break;
    default:
        break;
    }
}

static void put_response(struct packet *p, struct cursor *c, uint8_t function)
{
    switch (function) {
    case 1:
    case 2:
    case 3:
    case 4:
    case 12:
    case 17:
        (void)put_u8(p, c, BYTE_COUNT);
        break;
    case 5:
        (void)put_u16(p, c, REFERENCE);
        (void)put_bytes(p, c, DATA, 1);
        (void)put_u8(p, c, PADDING);
        break;
    case 8:
        (void)put_u16(p, c, DIAGNOSTIC);
        break;
    case 6:
        (void)put_u16(p, c, REFERENCE);
        break;
    case 15:
    case 16:
        (void)put_u16(p, c, REFERENCE);
        (void)put_u16(p, c, function == 15 ? BIT_COUNT : WORD_COUNT);
        break;
    default:
        break;
    }
}

static void put_exception(struct packet *p, struct cursor *c, uint8_t function, const char *name)
{
    uint8_t code = put_u8(p, c, EXCEPTION);
    const char *what = value_name_find(exceptions, code);
    if (c->fault != CURSOR_OK)
        return;
    if (what == NULL)
        what = "Unknown Exception Code";
    title(p, "Function %u:  %s.  Exception: %s", function, name != NULL ? name : "Unknown Function",
          what);
    info_add(p, ", Exception: %s", what);
}

static void dissect(struct packet *p, struct cursor *c)
{
    const uint8_t *b = cursor_take(c, 1);
    if (b == NULL)
        return;
    uint8_t function = b[0] & 0x7f;
    put_bits(p, c, FUNC_CODE, c->pos - 1, 1, b[0]);
    const char *name = value_name_find(functions, function);
    info_add(p, ", Func: %3u: %s", function, name != NULL ? name : "Unknown function");
    title(p, "Modbus");
    if (b[0] & ANSWER_ERROR)
        put_exception(p, c, function, name);
    else if (p->dst_port == 502)
        put_query(p, c, function);
    else
        put_response(p, c, function);
    if (c->fault == CURSOR_OK)
        cursor_skip(c, cursor_captured(c));
}

static const struct binding bindings[] = {{"modbus", 0}, {NULL, 0}};

const struct protocol proto_modbus = {.name = "modbus",
                                      .title = "Modbus",
                                      FIELDS_OF_THIS_FILE,
                                      .bindings = bindings,
                                      .dissect = dissect};
