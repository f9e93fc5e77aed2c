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
                                          VALUE(15, "AsyncMaxMsgSize"),
                                          VALUE(16, "AsyncMaxMsgSizeResponse"),
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

static void dissect(struct packet *p, struct cursor *c)
{
    (void)put_bytes(p, c, PROLOGUE, 2);
    uint8_t type = put_u8(p, c, TYPE);
    const char *name = value_name_find(types, type);
    info_set(p, "%s", name != NULL ? name : "Unknown");
    cursor_skip(c, 1);
    put_data(p, c, PARAMETER, c->pos, 4, NULL, 0);
    cursor_skip(c, 4);
    uint64_t n = put_uint_be(p, c, LENGTH, 8);
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
