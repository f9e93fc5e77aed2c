/*
 * bacapp: application layer of Building Automation and Control Networks (ASHRAE 135, clause 20.1): what kind of
 * message, which service, and what segments need. What services carry is not looked into.
 *
 *     | type 4 bits, flags 4 bits | what may be answered 1 | invocation 1 | sequence 1, window 1 | service 1 | ...
 */
#include "dissect/packet.h"

static const struct value_name type_names[] = {
    VALUE(0, "Confirmed-REQ"), VALUE(1, "Unconfirmed-REQ"), VALUE(2, "Simple-ACK"),
    VALUE(3, "Complex-ACK"),   VALUE(4, "Segment-ACK"),     VALUE(5, "Error"),
    VALUE(6, "Reject"),        VALUE(7, "Abort"),           VALUES_END};
static const struct value_name segmented_request_names[] = {
    VALUE(0, "Unsegmented Request"), VALUE(1, "Segmented Request"), VALUES_END};
static const struct value_name more_segments_names[] = {
    VALUE(0, "No More Segments Follow"), VALUE(1, "More Segments Follow"), VALUES_END};
static const struct value_name sa_names[] = {VALUE(0, "Segmented Response not accepted"),
                                             VALUE(1, "Segmented Response accepted"), VALUES_END};
static const struct value_name response_segments_names[] = {VALUE(0, "Unspecified"),
                                                            VALUE(1, "2 segments"),
                                                            VALUE(2, "4 segments"),
                                                            VALUE(3, "8 segments"),
                                                            VALUE(4, "16 segments"),
                                                            VALUE(5, "32 segments"),
                                                            VALUE(6, "64 segments"),
                                                            VALUE(7, "Greater than 64 segments"),
                                                            VALUES_END};
static const struct value_name max_adpu_size_names[] = {
    VALUE(0, "Up to MinimumMessageSize (50 octets)"),
    VALUE(1, "Up to 128 octets"),
    VALUE(2, "Up to 206 octets (fits in a LonTalk frame)"),
    VALUE(3, "Up to 480 octets (fits in an ARCNET frame)"),
    VALUE(4, "Up to 1024 octets"),
    VALUE(5, "Up to 1476 octets (fits in an ISO 8802-3 frame)"),
    VALUE(6, "reserved by ASHRAE"),
    VALUE(7, "reserved by ASHRAE"),
    VALUE(8, "reserved by ASHRAE"),
    VALUE(9, "reserved by ASHRAE"),
    VALUE(10, "reserved by ASHRAE"),
    VALUE(11, "reserved by ASHRAE"),
    VALUE(12, "reserved by ASHRAE"),
    VALUE(13, "reserved by ASHRAE"),
    VALUE(14, "reserved by ASHRAE"),
    VALUE(15, "reserved by ASHRAE"),
    VALUES_END};
static const struct value_name confirmed_service_names[] = {
    VALUE(0, "acknowledgeAlarm"),
    VALUE(1, "confirmedCOVNotification"),
    VALUE(2, "confirmedEventNotification"),
    VALUE(3, "getAlarmSummary"),
    VALUE(4, "getEnrollmentSummary"),
    VALUE(5, "subscribeCOV"),
    VALUE(6, "atomicReadFile"),
    VALUE(7, "atomicWriteFile"),
    VALUE(8, "addListElement"),
    VALUE(9, "removeListElement"),
    VALUE(10, "createObject"),
    VALUE(11, "deleteObject"),
    VALUE(12, "readProperty"),
    VALUE(13, "readPropertyConditional"),
    VALUE(14, "readPropertyMultiple"),
    VALUE(15, "writeProperty"),
    VALUE(16, "writePropertyMultiple"),
    VALUE(17, "deviceCommunicationControl"),
    VALUE(18, "confirmedPrivateTransfer"),
    VALUE(19, "confirmedTextMessage"),
    VALUE(20, "reinitializeDevice"),
    VALUE(21, "vtOpen"),
    VALUE(22, "vtClose"),
    VALUE(23, "vtData"),
    VALUE(24, "authenticate"),
    VALUE(25, "requestKey"),
    VALUE(26, "readRange"),
    VALUE(27, "lifeSafetyOperation"),
    VALUE(28, "subscribeCOVProperty"),
    VALUE(29, "getEventInformation"),
    VALUE(30, "subscribeCovPropertyMultiple"),
    VALUE(31, "confirmedCovNotificationMultiple"),
    VALUE(32, "confirmedAuditNotification"),
    VALUE(33, "auditLogQuery"),
    VALUES_END};
static const struct value_name unconfirmed_service_names[] = {
    VALUE(0, "i-Am"),
    VALUE(1, "i-Have"),
    VALUE(2, "unconfirmedCOVNotification"),
    VALUE(3, "unconfirmedEventNotification"),
    VALUE(4, "unconfirmedPrivateTransfer"),
    VALUE(5, "unconfirmedTextMessage"),
    VALUE(6, "timeSynchronization"),
    VALUE(7, "who-Has"),
    VALUE(8, "who-Is"),
    VALUE(9, "utcTimeSynchronization"),
    VALUE(10, "writeGroup"),
    VALUE(11, "unconfirmedCovNotificationMultiple"),
    VALUE(12, "unconfirmedAuditNotification"),
    VALUE(13, "who-am-I"),
    VALUE(14, "you-are"),
    VALUES_END};
static const struct value_name abort_reason_names[] = {
    VALUE(0, "other"),
    VALUE(1, "buffer-overflow"),
    VALUE(2, "invalid-apdu-in-this-state"),
    VALUE(3, "preempted-by-higher-priority-task"),
    VALUE(4, "segmentation-not-supported"),
    VALUE(5, "security-error"),
    VALUE(6, "insufficient-security"),
    VALUE(7, "window-size-out-of-range"),
    VALUE(8, "application-exceeded-reply-time"),
    VALUE(9, "out-of-resources"),
    VALUE(10, "tsm-timeout"),
    VALUE(11, "apdu-too-long"),
    VALUES_END};
static const struct value_name reject_reason_names[] = {VALUE(0, "other"),
                                                        VALUE(1, "buffer-overflow"),
                                                        VALUE(2, "inconsistent-parameters"),
                                                        VALUE(3, "invalid-parameter-data-type"),
                                                        VALUE(4, "invalid-tag"),
                                                        VALUE(5, "missing-required-parameter"),
                                                        VALUE(6, "parameter-out-of-range"),
                                                        VALUE(7, "too-many-arguments"),
                                                        VALUE(8, "undefined-enumeration"),
                                                        VALUE(9, "unrecognized-service"),
                                                        VALUES_END};
#define FIELDS(X)                                                                                  \
    X(TYPE, "bacapp.type", "APDU Type", UINT8, DEC, 0xf0, type_names)                              \
    X(PDUFLAGS, "bacapp.pduflags", "PDU Flags", UINT8, HEX, 0xf, NULL)                             \
    X(SEGMENTED_REQUEST, "bacapp.segmented_request", "Segmented Request", BOOLEAN, 8, 0x8,         \
      segmented_request_names)                                                                     \
    X(MORE_SEGMENTS, "bacapp.more_segments", "More Segments", BOOLEAN, 8, 0x4,                     \
      more_segments_names)                                                                         \
    X(SA, "bacapp.SA", "SA", BOOLEAN, 8, 0x2, sa_names)                                            \
    X(RESPONSE_SEGMENTS, "bacapp.response_segments", "Max Response Segments accepted", UINT8, DEC, \
      0x70, response_segments_names)                                                               \
    X(MAX_ADPU_SIZE, "bacapp.max_adpu_size", "Size of Maximum ADPU accepted", UINT8, DEC, 0xf,     \
      max_adpu_size_names)                                                                         \
    X(INVOKE_ID, "bacapp.invoke_id", "Invoke ID", UINT8, DEC, 0, NULL)                             \
    X(CONFIRMED_SERVICE, "bacapp.confirmed_service", "Service Choice", UINT8, DEC, 0,              \
      confirmed_service_names)                                                                     \
    X(UNCONFIRMED_SERVICE, "bacapp.unconfirmed_service", "Unconfirmed Service Choice", UINT8, DEC, \
      0, unconfirmed_service_names)                                                                \
    X(SEQUENCE_NUMBER, "bacapp.sequence_number", "Sequence Number", UINT8, DEC, 0, NULL)           \
    X(WINDOW_SIZE, "bacapp.window_size", "Proposed Window Size", UINT8, DEC, 0, NULL)              \
    X(NAK, "bacapp.NAK", "NAK", BOOLEAN, 8, 0x2, NULL)                                             \
    X(SRV, "bacapp.SRV", "SRV", BOOLEAN, 8, 0x1, NULL)                                             \
    X(ABORT_REASON, "bacapp.abort_reason", "Abort Reason", UINT8, DEC, 0, abort_reason_names)      \
    X(REJECT_REASON, "bacapp.reject_reason", "Reject Reason", UINT8, DEC, 0, reject_reason_names)

FIELD_TABLE(FIELDS);

enum { CONFIRMED, UNCONFIRMED, SIMPLE_ACK, COMPLEX_ACK, SEGMENT_ACK, FAILED, REJECT, ABORT };
enum { SEGMENTED = 0x08 };

static void put_flags_of(struct packet *p, struct cursor *c, uint8_t first, unsigned from,
                         unsigned count)
{
    uint32_t tree = tree_begin(p, PDUFLAGS);
    put_flags(p, c, from, count, c->pos - 1, 1, first);
    tree_end(p, tree);
}

static void put_segment(struct packet *p, struct cursor *c, uint8_t first)
{
    if ((first & SEGMENTED) == 0)
        return;
    (void)put_u8(p, c, SEQUENCE_NUMBER);
    (void)put_u8(p, c, WINDOW_SIZE);
}

static const char *put_service(struct packet *p, struct cursor *c)
{
    return value_name_find(confirmed_service_names, put_u8(p, c, CONFIRMED_SERVICE));
}

static const char *put_confirmed(struct packet *p, struct cursor *c, uint8_t first, uint8_t *invoke)
{
    put_bits(p, c, PDUFLAGS, c->pos - 1, 1, first);
    put_flags_of(p, c, first, SEGMENTED_REQUEST, 3);
    uint8_t limits = cursor_u8(c);
    put_flags(p, c, RESPONSE_SEGMENTS, 2, c->pos - 1, 1, limits);
    *invoke = put_u8(p, c, INVOKE_ID);
    put_segment(p, c, first);
    return put_service(p, c);
}

static const char *put_rest(struct packet *p, struct cursor *c, uint8_t first, uint8_t *invoke)
{
    switch (first >> 4) {
    case CONFIRMED:
        return put_confirmed(p, c, first, invoke);
    case UNCONFIRMED:
        return value_name_find(unconfirmed_service_names, put_u8(p, c, UNCONFIRMED_SERVICE));
    case COMPLEX_ACK:
        put_bits(p, c, PDUFLAGS, c->pos - 1, 1, first);
        put_flags_of(p, c, first, SEGMENTED_REQUEST, 2);
        *invoke = put_u8(p, c, INVOKE_ID);
        put_segment(p, c, first);
        return put_service(p, c);
    case SIMPLE_ACK:
    case FAILED:
        *invoke = put_u8(p, c, INVOKE_ID);
        return put_service(p, c);
    case SEGMENT_ACK:
        put_flags(p, c, NAK, 2, c->pos - 1, 1, first);
        *invoke = put_u8(p, c, INVOKE_ID);
        (void)put_u8(p, c, SEQUENCE_NUMBER);
        (void)put_u8(p, c, WINDOW_SIZE);
        return NULL;
    case REJECT:
        *invoke = put_u8(p, c, INVOKE_ID);
        return value_name_find(reject_reason_names, put_u8(p, c, REJECT_REASON));
    case ABORT:
        put_bits(p, c, SRV, c->pos - 1, 1, first);
        *invoke = put_u8(p, c, INVOKE_ID);
        return value_name_find(abort_reason_names, put_u8(p, c, ABORT_REASON));
    default:
        return NULL;
    }
}

static void dissect(struct packet *p, struct cursor *c)
{
    uint8_t first = cursor_u8(c), invoke = 0;
    if (c->fault != CURSOR_OK)
        return;
    put_bits(p, c, TYPE, c->pos - 1, 1, first);
    const char *kind = value_name_find(type_names, first >> 4),
               *what = put_rest(p, c, first, &invoke);
    info_set(p, "%s %s", kind != NULL ? kind : "Unknown", what != NULL ? what : "");
    if (first >> 4 != UNCONFIRMED)
        info_add(p, "[%u]", invoke);
    cursor_skip(c, cursor_captured(c));
}

static const struct binding bindings[] = {{"bacapp", 0}, {NULL, 0}};

const struct protocol proto_bacapp = {.name = "bacapp",
                                      .title = "Building Automation and Control Network APDU",
                                      .column = "BACnet-APDU",
                                      FIELDS_OF_THIS_FILE,
                                      .bindings = bindings,
                                      .dissect = dissect};
