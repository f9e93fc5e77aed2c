/* hislip: High-Speed LAN Instrument Protocol (IVI-6.1).
 *
 *      0      2      3         4           8                  16
 *     | "HS" | type | control | parameter | length (8)       | payload ...
 */
#include "dissect/pdu.h"

static const struct value_name types[] = {VALUE(0, "Initialize"),
                                          VALUE(1, "InitializeResponse"),
                                          VALUE(2, "FatalError"),
                                          VALUE(3, "Error"),
                                          VALUE(4, "AsyncLock"),
                                          VALUE(5, "AsyncLockResponse"),
                                          VALUE(6, "Data"),
                                          VALUE(7, "DataEnd"),
                                          VALUE(8, "DeviceClearComplete"),
                                          VALUE(9, "DeviceClearAcknowledge"),
                                          VALUE(10, "AsyncRemoteLocalControl"),
                                          VALUE(11, "AsyncRemoteLocalResponse"),
                                          VALUE(12, "Trigger"),
                                          VALUE(13, "Interrupted"),
                                          VALUE(14, "AsyncInterrupted"),
                                          VALUE(15, "AsyncMaximumMessageSize"),
                                          VALUE(16, "AsyncMaximumMessageSizeResponse"),
                                          VALUE(17, "AsyncInitialize"),
                                          VALUE(18, "AsyncInitializeResponse"),
                                          VALUE(19, "AsyncDeviceClear"),
                                          VALUE(20, "AsyncServiceRequest"),
                                          VALUE(21, "AsyncStatusQuery"),
                                          VALUE(22, "AsyncStatusResponse"),
                                          VALUE(23, "AsyncDeviceClearAcknowledge"),
                                          VALUE(24, "AsyncLockInfo"),
                                          VALUE(25, "AsyncLockInfoResponse"),
                                          VALUES_END};

#define FIELDS(X)                                                                                  \
    X(PROLOGUE, "hislip.prologue", "Prologue", STRING, NONE, 0, NULL)                              \
    X(TYPE, "hislip.messagetype", "Message Type", UINT8, HEX, 0, types)                            \
    X(PARAMETER, "hislip.msgpara", "Message Parameter", NONE, NONE, 0, NULL)                       \
    X(LENGTH, "hislip.payloadlength", "Payload Length", UINT64, DEC, 0, NULL)                      \
    X(DATA, "hislip.data", "Data", STRING, NONE, 0, NULL)

FIELD_TABLE(FIELDS);

enum { HEADER = 16 };
enum {
    INITIALIZE_RESPONSE = 1,
    LOCK = 4,
    LOCK_RESPONSE = 5,
    DATA_MESSAGE = 6,
    DATA_END = 7,
    TRIGGER = 12,
    INTERRUPTED = 13,
    ASYNC_INTERRUPTED = 14,
    STATUS_QUERY = 21,
    STATUS_RESPONSE = 22,
    LOCK_INFO_RESPONSE = 25
};

/* What a response to a lock means depends on what was asked for last in the flow. */
static const char *lock_result(struct packet *p, uint8_t control)
{
    const uint8_t *released = flow_state(p, 1);
    if (control == 0)
        return ", Failure";
    if (control == 3)
        return ", Error";
    if (released == NULL || *released == 0)
        return ", Success";
    return control == 1 ? ", Success exclusive" : ", Success shared";
}

static const char *lock_request(struct packet *p, uint8_t control, uint64_t n)
{
    uint8_t *released = flow_state(p, 1);
    if (released != NULL)
        *released = control == 0;
    if (control == 0)
        return ", Release";
    return n == 0 ? ", Request (Exclusive)" : ", Request (Shared)";
}

/* What the control code and the parameter say. */
static const char *details(struct packet *p, uint8_t type, uint8_t control, uint32_t parameter,
                           uint64_t n)
{
    switch (type) {
    case INITIALIZE_RESPONSE:
        return control & 1 ? ", Prefer Overlap" : ", Prefer Synchronized";
    case LOCK:
        return lock_request(p, control, n);
    case LOCK_RESPONSE:
        return lock_result(p, control);
    case DATA_MESSAGE:
    case DATA_END:
    case TRIGGER:
    case INTERRUPTED:
    case ASYNC_INTERRUPTED:
    case STATUS_QUERY:
        return packet_text(p, ", MessageId: 0x%08x", parameter);
    case STATUS_RESPONSE:
        return packet_text(p, ", STB (0x%x)", control);
    case LOCK_INFO_RESPONSE:
        return control ? ", Exclusive lock granted" : ", No exclusive lock granted";
    default:
        return "";
    }
}

static void dissect(struct packet *p, struct cursor *c)
{
    (void)put_bytes(p, c, PROLOGUE, 2);
    uint8_t type = put_u8(p, c, TYPE), control = cursor_u8(c);
    const char *name = value_name_find(types, type);
    if (name == NULL)
        name = "Unknown";
    put_data(p, c, PARAMETER, c->pos, 4, NULL, 0);
    uint32_t parameter = cursor_u32(c);
    uint64_t n = put_uint_be(p, c, LENGTH, 8);
    if (c->fault == CURSOR_OK) {
        const char *more = details(p, type, control, parameter, n);
        title(p, "High-Speed LAN Instrument Protocol (%s), %s%s",
              strncmp(name, "Async", 5) == 0 ? "Asynchron" : "Synchron", name, more);
        info_set(p, "%s%s", name, more);
    }
    uint32_t left = cursor_captured(c);
    if (n > 0 && left > 0)
        (void)put_bytes(p, c, DATA, n < left ? (uint32_t)n : left);
}

static bool probe(const struct packet *p, const struct cursor *c)
{
    (void)p;
    const uint8_t *h = cursor_peek(c, 0, 2);
    return h != NULL && h[0] == 'H' && h[1] == 'S';
}

static uint32_t message(struct packet *p, const struct cursor *c)
{
    (void)p;
    return pdu_be(c, 8, 8, HEADER);
}

static const struct binding bindings[] = {{"tcp.port", 4880}, {NULL, 0}};

const struct protocol proto_hislip = {.name = "hislip",
                                      .title = "High-Speed LAN Instrument Protocol",
                                      .column = "HiSLIP",
                                      FIELDS_OF_THIS_FILE,
                                      .bindings = bindings,
                                      .probe = probe,
                                      .message = message,
                                      .pdus = true,
                                      .dissect = dissect};
