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

static const struct value_name diagnostics[] = {VALUE(0, "Return Query Data"),
                                                VALUE(1, "Restart Communications Option"),
                                                VALUE(2, "Return Diagnostic Register"),
                                                VALUE(3, "Change ASCII Input Delimiter"),
                                                VALUE(4, "Force Listen Only Mode"),
                                                VALUE(10, "Clear Counters and Diagnostic Register"),
                                                VALUE(11, "Return Bus Message Count"),
                                                VALUE(12, "Return Bus Communication Error Count"),
                                                VALUE(13, "Return Bus Exception Error Count"),
                                                VALUE(14, "Return Slave Message Count"),
                                                VALUE(15, "Return Slave No Response Count"),
                                                VALUE(16, "Return Slave NAK Count"),
                                                VALUE(17, "Return Slave Busy Count"),
                                                VALUE(18, "Return Bus Character Overrun Count"),
                                                VALUE(20, "Clear Overrun Counter and Flag"),
                                                VALUES_END};
static const struct value_name transports[] = {VALUE(13, "CANopen Request/Response "),
                                               VALUE(14, "Read Device Identification"), VALUES_END};
static const struct value_name device_ids[] = {
    VALUE(1, "Basic Device Identification"), VALUE(2, "Regular Device Identification"),
    VALUE(3, "Extended Device Identification"), VALUE(4, "Specific Identification Object"),
    VALUES_END};
static const struct value_name objects[] = {
    VALUE(0, "VendorName"),          VALUE(1, "ProductCode"),
    VALUE(2, "MajorMinorRevision"),  VALUE(3, "VendorURL"),
    VALUE(4, "ProductName"),         VALUE(5, "ModelName"),
    VALUE(6, "UserApplicationName"), VALUES_END};

#define FIELDS(X)                                                                                  \
    X(FUNC_CODE, "modbus.func_code", "Function Code", UINT8, DEC, 0x7f, functions)                 \
    X(EXCEPTION, "modbus.exception_code", "Exception Code", UINT8, DEC, 0, exceptions)             \
    X(REFERENCE, "modbus.reference_num", "Reference Number", UINT16, DEC, 0, NULL)                 \
    X(BIT_COUNT, "modbus.bit_cnt", "Bit Count", UINT16, DEC, 0, NULL)                              \
    X(WORD_COUNT, "modbus.word_cnt", "Word Count", UINT16, DEC, 0, NULL)                           \
    X(BYTE_COUNT, "modbus.byte_cnt", "Byte Count", UINT8, DEC, 0, NULL)                            \
    X(BYTE_COUNT_16, "modbus.byte_cnt_16", "Byte Count (16-bit)", UINT8, DEC, 0, NULL)             \
    X(REFERENCE_TYPE, "modbus.reference_type", "Reference Type", UINT8, DEC, 0, NULL)              \
    X(REFERENCE_32, "modbus.reference_num_32", "Reference Number (32 bit)", UINT32, DEC, 0, NULL)  \
    X(READ_REFERENCE, "modbus.read_reference_num", "Read Reference Number", UINT16, DEC, 0, NULL)  \
    X(READ_WORDS, "modbus.read_word_cnt", "Read Word Count", UINT16, DEC, 0, NULL)                 \
    X(WRITE_REFERENCE, "modbus.write_reference_num", "Write Reference Number", UINT16, DEC, 0,     \
      NULL)                                                                                        \
    X(WRITE_WORDS, "modbus.write_word_cnt", "Write Word Count", UINT16, DEC, 0, NULL)              \
    X(AND_MASK, "modbus.and_mask", "AND mask", UINT16, HEX, 0, NULL)                               \
    X(OR_MASK, "modbus.or_mask", "OR mask", UINT16, HEX, 0, NULL)                                  \
    X(REGISTER, "modbus.regnum16", "Register Number", UINT16, DEC | FLOW, 0, NULL)                 \
    X(REGISTER_VALUE, "modbus.regval_uint16", "Register Value (UINT16)", UINT16, DEC, 0, NULL)     \
    X(BIT_NUMBER, "modbus.bitnum", "Bit Number", UINT16, DEC | FLOW, 0, NULL)                      \
    X(BIT_VALUE, "modbus.bitval", "Bit Value", BOOLEAN, 8, 0x01, NULL)                             \
    X(EVENT_STATUS, "modbus.ev_status", "Status", UINT16, HEX, 0, NULL)                            \
    X(EVENT_COUNT, "modbus.ev_count", "Event Count", UINT16, DEC, 0, NULL)                         \
    X(MESSAGE_COUNT, "modbus.ev_msg_count", "Message Count", UINT16, DEC, 0, NULL)                 \
    X(EVENT, "modbus.event", "Event", UINT8, DEC, 0, NULL)                                         \
    X(DIAGNOSTIC, "modbus.diagnostic_code", "Diagnostic Code", UINT16, DEC, 0, diagnostics)        \
    X(QUERY, "modbus.diagnostic.return_query_data.request", "Request Data", BYTES, NONE, 0, NULL)  \
    X(ECHO, "modbus.diagnostic.return_query_data.echo", "Echo Data", BYTES, NONE, 0, NULL)         \
    X(RESTART, "modbus.diagnostic.restart_communication_option", "Restart Communication Option",   \
      UINT16, HEX, 0, NULL)                                                                        \
    X(DELIMITER, "modbus.diagnostic.ascii_input_delimiter", "CHAR", UINT8, HEX, 0, NULL)           \
    X(DIAGNOSTIC_REGISTER, "modbus.diagnostic.return_diag_register",                               \
      "Diagnostic Register Contents", UINT16, HEX, 0, NULL)                                        \
    X(CLEARED, "modbus.diagnostic.clear_ctr_diag_reg", "Clear Counters & Diag Register Echo",      \
      UINT16, DEC, 0, NULL)                                                                        \
    X(BUS_MESSAGES, "modbus.diagnostic.bus_message_count", "Total Message Count", UINT16, DEC, 0,  \
      NULL)                                                                                        \
    X(BUS_ERRORS, "modbus.diagnostic.bus_comm_error_count", "CRC Error Count", UINT16, DEC, 0,     \
      NULL)                                                                                        \
    X(BUS_EXCEPTIONS, "modbus.diagnostic.bus_exception_error_count", "Exception Error Count",      \
      UINT16, DEC, 0, NULL)                                                                        \
    X(MESSAGES, "modbus.diagnostic.slave_message_count", "Slave Message Count", UINT16, DEC, 0,    \
      NULL)                                                                                        \
    X(NO_RESPONSES, "modbus.diagnostic.no_slave_response_count", "Slave No Response Count",        \
      UINT16, DEC, 0, NULL)                                                                        \
    X(NAKS, "modbus.diagnostic.slave_nak_count", "Slave NAK Count", UINT16, DEC, 0, NULL)          \
    X(BUSY, "modbus.diagnostic.slave_busy_count", "Slave Device Busy Count", UINT16, DEC, 0, NULL) \
    X(OVERRUNS, "modbus.diagnostic.bus_char_overrun_count", "Slave Character Overrun Count",       \
      UINT16, DEC, 0, NULL)                                                                        \
    X(TRANSPORT, "modbus.mei", "MEI type", UINT8, DEC, 0, transports)                              \
    X(DEVICE_ID, "modbus.read_device_id", "Read Device ID", UINT8, DEC, 0, device_ids)             \
    X(CONFORMITY, "modbus.conformity_level", "Conformity Level", UINT8, HEX, 0, NULL)              \
    X(MORE, "modbus.more_follows", "More Follows", UINT8, HEX, 0, NULL)                            \
    X(NEXT_OBJECT, "modbus.next_object_id", "Next Object ID", UINT8, DEC, 0, NULL)                 \
    X(OBJECT_COUNT, "modbus.num_objects", "Number of Objects", UINT8, DEC, 0, NULL)                \
    X(OBJECT, "modbus.object_id", "Object ID", UINT8, DEC, 0, objects)                             \
    X(OBJECT_LENGTH, "modbus.objects_len", "Object length", UINT8, DEC, 0, NULL)                   \
    X(OBJECT_TEXT, "modbus.object_str_value", "Object String Value", STRING, NONE, 0, NULL)        \
    X(OBJECT_BYTES, "modbus.object_value", "Object Value", BYTES, NONE, 0, NULL)                   \
    X(DATA, "modbus.data", "Data", BYTES, NONE, 0, NULL)                                           \
    X(PADDING, "modbus.padding", "Padding", UINT8, HEX, 0, NULL)

FIELD_TABLE(FIELDS);

enum { ANSWER_ERROR = 0x80, READ_DEVICE_ID = 14, FIRST_PRIVATE_OBJECT = 0x80, REQUESTS = 8 };
enum { /* functions */
       READ_COILS = 1,
       READ_INPUTS,
       READ_HOLDING,
       READ_INPUT_REGISTERS,
       WRITE_COIL,
       WRITE_REGISTER,
       EXCEPTION_STATUS,
       DIAGNOSE,
       EVENT_COUNTER = 11,
       EVENT_LOG,
       WRITE_COILS = 15,
       WRITE_REGISTERS,
       REPORT_SLAVE,
       READ_FILE = 20,
       WRITE_FILE,
       MASK_WRITE,
       READ_WRITE,
       READ_FIFO,
       ENCAPSULATED = 43
};

/* What was asked for and not answered yet: only the request says where what is read begins. */
struct state {
    struct request {
        uint8_t function; /* 0: none */
        uint16_t reference, count;
    } requests[REQUESTS];
    uint32_t next;
};

static void note_request(struct packet *p, const struct cursor *c, uint8_t function)
{
    struct state *state = flow_state(p, sizeof *state);
    const uint8_t *b = cursor_peek(c, 0, 4);
    if (state == NULL || b == NULL)
        return;
    state->requests[state->next++ % REQUESTS] = (struct request){function, be16(b), be16(b + 2)};
}

/* The oldest request for that function. */
static struct request take_request(struct packet *p, uint8_t function)
{
    struct state *state = flow_state(p, sizeof *state);
    for (uint32_t i = 0; state != NULL && i < REQUESTS; i++) {
        struct request *r = &state->requests[(state->next + i) % REQUESTS];
        if (r->function == function) {
            struct request found = *r;
            r->function = 0;
            return found;
        }
    }
    return (struct request){0};
}

static void put_rest(struct packet *p, struct cursor *c)
{
    if (cursor_left(c) > 0)
        (void)put_bytes_captured(p, c, DATA, cursor_left(c));
}

/* ---- What is read and written ----------------------------------------------------------------- */

static void put_registers(struct packet *p, struct cursor *c, uint32_t bytes, uint16_t reference)
{
    struct cursor part = cursor_part(c, bytes);
    while (cursor_left(&part) >= 2 && part.fault == CURSOR_OK) {
        const uint8_t *b = cursor_peek(&part, 0, 2);
        uint32_t tree = tree_text(p, &part, part.pos, 2, "Register %u (UINT16): %u", reference,
                                  b == NULL ? 0 : be16(b));
        put_uint(p, &part, REGISTER, part.pos, 2, reference);
        (void)put_u16(p, &part, REGISTER_VALUE);
        tree_end(p, tree);
        reference++;
    }
}

/* As many as were asked for: the last byte need not be full. */
static void put_coils(struct packet *p, struct cursor *c, uint32_t bytes, const struct request *r)
{
    const uint8_t *b = cursor_peek(c, 0, bytes);
    uint32_t n = r->count > 0 && r->count < bytes * 8 ? r->count : bytes * 8;
    for (uint32_t i = 0; b != NULL && i < n; i++) {
        uint16_t number = (uint16_t)(r->reference + i);
        unsigned bit = b[i / 8] >> (i & 7) & 1;
        uint32_t at = c->pos + i / 8, tree = tree_text(p, c, at, 1, "Bit %u : %u", number, bit);
        put_uint(p, c, BIT_NUMBER, at, 1, number);
        put_bits(p, c, BIT_VALUE, at, 1, bit);
        tree_end(p, tree);
    }
    cursor_skip(c, bytes);
}

static void put_read(struct packet *p, struct cursor *c, uint8_t function)
{
    struct request asked = take_request(p, function);
    uint8_t n = put_u8(p, c, BYTE_COUNT);
    if (function <= READ_INPUTS)
        put_coils(p, c, n, &asked);
    else
        put_registers(p, c, n, asked.reference);
}

/* Several coils or registers at once. */
static void put_write_query(struct packet *p, struct cursor *c, uint8_t function)
{
    uint16_t reference = put_u16(p, c, REFERENCE);
    (void)put_u16(p, c, function == WRITE_COILS ? BIT_COUNT : WORD_COUNT);
    uint8_t n = put_u8(p, c, BYTE_COUNT);
    if (function == WRITE_COILS)
        (void)put_bytes_captured(p, c, DATA, n);
    else
        put_registers(p, c, n, reference);
}

/* The same both ways (6.5, 6.6, 6.16). */
static void put_one(struct packet *p, struct cursor *c, uint8_t function)
{
    (void)put_u16(p, c, REFERENCE);
    if (function == MASK_WRITE) {
        (void)put_u16(p, c, AND_MASK);
        (void)put_u16(p, c, OR_MASK);
    } else {
        (void)put_bytes(p, c, DATA, 2);
    }
}

static void put_coil(struct packet *p, struct cursor *c)
{
    (void)put_u16(p, c, REFERENCE);
    const uint8_t *value = put_bytes(p, c, DATA, 2);
    if (value != NULL)
        put_uint(p, c, PADDING, c->pos - 1, 1, value[1]);
}

/* ---- Files (6.14, 6.15) ----------------------------------------------------------------------- */

static void put_groups(struct packet *p, struct cursor *c, bool with_data)
{
    uint8_t n = put_u8(p, c, BYTE_COUNT);
    struct cursor part = cursor_part(c, n);
    for (unsigned i = 0; cursor_left(&part) > 0 && part.fault == CURSOR_OK; i++) {
        uint32_t tree = tree_text(p, &part, part.pos, 7, "Group %u", i);
        (void)put_u8(p, &part, REFERENCE_TYPE);
        (void)put_u32(p, &part, REFERENCE_32);
        uint16_t words = put_u16(p, &part, WORD_COUNT);
        if (with_data && words > 0)
            (void)put_bytes_captured(p, &part, DATA, 2u * words);
        tree_end(p, tree);
    }
}

static void put_file(struct packet *p, struct cursor *c)
{
    uint8_t n = put_u8(p, c, BYTE_COUNT);
    struct cursor part = cursor_part(c, n);
    for (unsigned i = 0; cursor_left(&part) > 0 && part.fault == CURSOR_OK; i++) {
        const uint8_t *b = cursor_peek(&part, 0, 1);
        uint32_t length = b == NULL || *b == 0 ? 1 : *b;
        uint32_t tree = tree_text(p, &part, part.pos, length + 1, "Group %u", i);
        (void)put_u8(p, &part, BYTE_COUNT);
        (void)put_u8(p, &part, REFERENCE_TYPE);
        if (length > 1)
            (void)put_bytes_captured(p, &part, DATA, length - 1);
        tree_end(p, tree);
    }
}

/* ---- Diagnostics (6.8), events (6.10) --------------------------------------------------------- */

/* The field of an answer that is a counter, by sub-function from 11 on. */
static const uint8_t counters[] = {BUS_MESSAGES, BUS_ERRORS, BUS_EXCEPTIONS, MESSAGES,
                                   NO_RESPONSES, NAKS,       BUSY,           OVERRUNS};

static void put_diagnostic(struct packet *p, struct cursor *c, bool query)
{
    enum { QUERY_DATA, RESTART_OPTION, RETURN_REGISTER, CHANGE_DELIMITER, CLEAR = 10, COUNTERS };
    uint16_t code = put_u16(p, c, DIAGNOSTIC);
    if (cursor_left(c) == 0)
        return;
    if (code == QUERY_DATA)
        (void)put_bytes_captured(p, c, query ? QUERY : ECHO, cursor_left(c));
    else if (code == RESTART_OPTION)
        (void)put_u16(p, c, RESTART);
    else if (code == CHANGE_DELIMITER)
        (void)put_u8(p, c, DELIMITER);
    else if (code == RETURN_REGISTER && !query)
        (void)put_u16(p, c, DIAGNOSTIC_REGISTER);
    else if (code == CLEAR && !query)
        (void)put_u16(p, c, CLEARED);
    else if (code >= COUNTERS && code < COUNTERS + sizeof counters && !query)
        (void)put_u16(p, c, counters[code - COUNTERS]);
    else
        put_rest(p, c);
}

static void put_event_log(struct packet *p, struct cursor *c)
{
    uint8_t n = put_u8(p, c, BYTE_COUNT);
    (void)put_u16(p, c, EVENT_STATUS);
    (void)put_u16(p, c, EVENT_COUNT);
    (void)put_u16(p, c, MESSAGE_COUNT);
    if (n <= 6 || c->fault != CURSOR_OK)
        return;
    uint32_t tree = tree_text(p, c, c->pos, n - 6u, "Events");
    for (uint32_t i = 6; i < n && c->fault == CURSOR_OK; i++)
        (void)put_u8(p, c, EVENT);
    tree_end(p, tree);
}

/* ---- What a device says of itself (6.21) ------------------------------------------------------ */

static void put_objects(struct packet *p, struct cursor *c)
{
    (void)put_u8(p, c, CONFORMITY);
    (void)put_u8(p, c, MORE);
    (void)put_u8(p, c, NEXT_OBJECT);
    uint8_t count = put_u8(p, c, OBJECT_COUNT);
    uint32_t tree = tree_text(p, c, c->pos, cursor_left(c), "Objects");
    for (unsigned i = 0; i < count && c->fault == CURSOR_OK; i++) {
        uint32_t branch = tree_text(p, c, c->pos, 2, "Object #%u", i + 1);
        uint8_t id = put_u8(p, c, OBJECT), n = put_u8(p, c, OBJECT_LENGTH);
        if (n > 0)
            (void)put_bytes_captured(p, c, id < FIRST_PRIVATE_OBJECT ? OBJECT_TEXT : OBJECT_BYTES,
                                     n);
        tree_end(p, branch);
    }
    tree_end(p, tree);
}

static void put_encapsulated(struct packet *p, struct cursor *c, bool query)
{
    struct cursor all = *c;
    if (put_u8(p, c, TRANSPORT) != READ_DEVICE_ID) {
        *c = all; /* the data has the type once more */
        put_rest(p, c);
        return;
    }
    (void)put_u8(p, c, DEVICE_ID);
    if (query)
        (void)put_u8(p, c, OBJECT);
    else
        put_objects(p, c);
}

/* ---- Functions --------------------------------------------------------------------------------- */

static void put_query(struct packet *p, struct cursor *c, uint8_t function)
{
    note_request(p, c, function);
    switch (function) {
    case READ_COILS:
    case READ_INPUTS:
    case READ_HOLDING:
    case READ_INPUT_REGISTERS:
        (void)put_u16(p, c, REFERENCE);
        (void)put_u16(p, c, function <= READ_INPUTS ? BIT_COUNT : WORD_COUNT);
        break;
    case WRITE_COIL:
        put_coil(p, c);
        break;
    case WRITE_REGISTER:
    case MASK_WRITE:
        put_one(p, c, function);
        break;
    case DIAGNOSE:
        put_diagnostic(p, c, true);
        break;
    case WRITE_COILS:
    case WRITE_REGISTERS:
        put_write_query(p, c, function);
        break;
    case READ_FILE:
    case WRITE_FILE:
        put_groups(p, c, function == WRITE_FILE);
        break;
    case READ_WRITE:
        for (unsigned field = READ_REFERENCE; field <= WRITE_WORDS; field++)
            (void)put_u16(p, c, field);
        (void)put_bytes_captured(p, c, DATA, put_u8(p, c, BYTE_COUNT));
        break;
    case READ_FIFO:
        (void)put_u16(p, c, REFERENCE);
        break;
    case ENCAPSULATED:
        put_encapsulated(p, c, true);
        break;
    default:
        put_rest(p, c);
    }
}

static void put_fifo(struct packet *p, struct cursor *c)
{
    uint16_t n = cursor_u16(c);
    if (c->fault == CURSOR_OK)
        put_uint(p, c, BYTE_COUNT_16, c->pos - 2, 2, n & 0xff);
    (void)put_u16(p, c, WORD_COUNT);
    put_rest(p, c);
}

static void put_response(struct packet *p, struct cursor *c, uint8_t function)
{
    switch (function) {
    case READ_COILS:
    case READ_INPUTS:
    case READ_HOLDING:
    case READ_INPUT_REGISTERS:
        put_read(p, c, function);
        break;
    case WRITE_COIL:
        put_coil(p, c);
        break;
    case WRITE_REGISTER:
    case MASK_WRITE:
        put_one(p, c, function);
        break;
    case DIAGNOSE:
        put_diagnostic(p, c, false);
        break;
    case EVENT_COUNTER:
        (void)put_u16(p, c, EVENT_STATUS);
        (void)put_u16(p, c, EVENT_COUNT);
        break;
    case EVENT_LOG:
        put_event_log(p, c);
        break;
    case WRITE_COILS:
    case WRITE_REGISTERS:
        (void)put_u16(p, c, REFERENCE);
        (void)put_u16(p, c, function == WRITE_COILS ? BIT_COUNT : WORD_COUNT);
        break;
    case READ_FILE:
        put_file(p, c);
        break;
    case WRITE_FILE:
        put_groups(p, c, true);
        break;
    case READ_WRITE:
        (void)put_bytes_captured(p, c, DATA, put_u8(p, c, BYTE_COUNT));
        break;
    case READ_FIFO:
        put_fifo(p, c);
        break;
    case ENCAPSULATED:
        put_encapsulated(p, c, false);
        break;
    default:
        put_rest(p, c);
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
