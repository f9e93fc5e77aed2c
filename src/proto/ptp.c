/*
 * ptp: the Precision Time Protocol, version 2 (IEEE 1588-2019, clause 13), over Ethernet and UDP.
 * Of version 1 only the fact is noted.
 *
 *     | sdo 4 bits, type 4 | minor 4, version 4 | length 2 | domain 1 | sdo 1 | flags 2 |
 * correction 8 | | type-specific 4 | clock 8 | port 2 | sequence 2 | control 1 | log period 1 |
 * body ... |
 */
#include "dissect/packet.h"

static const struct value_name sdo_names[] = {VALUE(1, "gPTP Domain"), VALUE(2, "CMLDS"),
                                              VALUES_END};
static const struct value_name type_names[] = {VALUE(0, "Sync Message"),
                                               VALUE(1, "Delay_Req Message"),
                                               VALUE(2, "Peer_Delay_Req Message"),
                                               VALUE(3, "Peer_Delay_Resp Message"),
                                               VALUE(8, "Follow_Up Message"),
                                               VALUE(9, "Delay_Resp Message"),
                                               VALUE(10, "Peer_Delay_Resp_Follow_Up Message"),
                                               VALUE(11, "Announce Message"),
                                               VALUE(12, "Signalling Message"),
                                               VALUE(13, "Management Message"),
                                               VALUES_END};
static const struct value_name control_names[] = {VALUE(0, "Sync Message"),
                                                  VALUE(1, "Delay_Req Message"),
                                                  VALUE(2, "Follow_Up Message"),
                                                  VALUE(3, "Delay_Resp Message"),
                                                  VALUE(4, "Management Message"),
                                                  VALUE(5, "Other Message"),
                                                  VALUES_END};
static const struct value_name source_names[] = {VALUE(0x10, "ATOMIC_CLOCK"),
                                                 VALUE(0x20, "GPS"),
                                                 VALUE(0x30, "TERRESTRIAL_RADIO"),
                                                 VALUE(0x40, "PTP"),
                                                 VALUE(0x50, "NTP"),
                                                 VALUE(0x60, "HAND_SET"),
                                                 VALUE(0x90, "OTHER"),
                                                 VALUE(0xa0, "INTERNAL_OSCILLATOR"),
                                                 VALUE(0xff, "reserved"),
                                                 VALUES_END};
static const struct value_name accuracy_names[] = {
    VALUE(0x20, "The time is accurate to within 25 ns"),
    VALUE(0x21, "The time is accurate to within 100 ns"),
    VALUE(0x22, "The time is accurate to within 250 ns"),
    VALUE(0x23, "The time is accurate to within 1 us"),
    VALUE(0x24, "The time is accurate to within 2,5 us"),
    VALUE(0x25, "The time is accurate to within 10 us"),
    VALUE(0x26, "The time is accurate to within 25 us"),
    VALUE(0x27, "The time is accurate to within 100 us"),
    VALUE(0x28, "The time is accurate to within 250 us"),
    VALUE(0x29, "The time is accurate to within 1 ms"),
    VALUE(0x2a, "The time is accurate to within 2,5 ms"),
    VALUE(0x2b, "The time is accurate to within 10 ms"),
    VALUE(0x2c, "The time is accurate to within 25 ms"),
    VALUE(0x2d, "The time is accurate to within 100 ms"),
    VALUE(0x2e, "The time is accurate to within 250 ms"),
    VALUE(0x2f, "The time is accurate to within 1 s"),
    VALUE(0x30, "The time is accurate to within 10 s"),
    VALUE(0x31, "The time is accurate to >10 s"),
    VALUE(0x32, "reserved"),
    VALUE(0x80, "For use by alternate PTP profiles"),
    VALUE(0xfe, "Accuracy Unknown"),
    VALUE(0xff, "reserved"),
    VALUES_END};
static const struct value_name tlv_names[] = {VALUE(0, "Reserved"),
                                              VALUE(1, "Management"),
                                              VALUE(2, "Management error status"),
                                              VALUE(3, "Organization extension"),
                                              VALUE(4, "Request unicast transmission"),
                                              VALUE(5, "Grant unicast transmission"),
                                              VALUE(6, "Cancel unicast transmission"),
                                              VALUE(7, "Acknowledge cancel unicast transmission"),
                                              VALUE(8, "Path trace"),
                                              VALUE(9, "Alternate time offset indicator"),
                                              VALUE(0x2000, "Authentication"),
                                              VALUE(0x2001, "Authentication challenge"),
                                              VALUE(0x2002, "Security association update"),
                                              VALUE(0x2003, "Cum. freq. scale factor offset"),
                                              VALUES_END};

/* put_flags() counts on the order from SECURITY to LI61. A timestamp is two fields in a row. */
#define FIELDS(X)                                                                                  \
    X(SDO, "ptp.v2.majorsdoid", "majorSdoId", UINT8, HEX, 0xf0, sdo_names)                         \
    X(TYPE, "ptp.v2.messagetype", "messageType", UINT8, HEX, 0x0f, type_names)                     \
    X(MINOR, "ptp.v2.minorversionptp", "minorVersionPTP", UINT8, DEC, 0xf0, NULL)                  \
    X(VERSION, "ptp.v2.versionptp", "versionPTP", UINT8, DEC, 0x0f, NULL)                          \
    X(LENGTH, "ptp.v2.messagelength", "messageLength", UINT16, DEC, 0, NULL)                       \
    X(DOMAIN_NUMBER, "ptp.v2.domainnumber", "domainNumber", UINT8, DEC, 0, NULL)                   \
    X(MINOR_SDO, "ptp.v2.minorsdoid", "minorSdoId", UINT8, DEC, 0, NULL)                           \
    X(FLAGS, "ptp.v2.flags", "flags", UINT16, HEX, 0, NULL)                                        \
    X(SECURITY, "ptp.v2.flags.security", "PTP_SECURITY", BOOLEAN, 16, 0x8000, NULL)                \
    X(SPECIFIC2, "ptp.v2.flags.specific2", "PTP profile Specific 2", BOOLEAN, 16, 0x4000, NULL)    \
    X(SPECIFIC1, "ptp.v2.flags.specific1", "PTP profile Specific 1", BOOLEAN, 16, 0x2000, NULL)    \
    X(UNICAST, "ptp.v2.flags.unicast", "PTP_UNICAST", BOOLEAN, 16, 0x0400, NULL)                   \
    X(TWO_STEP, "ptp.v2.flags.twostep", "PTP_TWO_STEP", BOOLEAN, 16, 0x0200, NULL)                 \
    X(ALTERNATE, "ptp.v2.flags.alternatemaster", "PTP_ALTERNATE_MASTER", BOOLEAN, 16, 0x0100,      \
      NULL)                                                                                        \
    X(UNCERTAIN, "ptp.v2.flags.synchronizationUncertain", "SYNCHRONIZATION_UNCERTAIN", BOOLEAN,    \
      16, 0x0040, NULL)                                                                            \
    X(FREQUENCY, "ptp.v2.flags.frequencytraceable", "FREQUENCY_TRACEABLE", BOOLEAN, 16, 0x0020,    \
      NULL)                                                                                        \
    X(TIME, "ptp.v2.flags.timetraceable", "TIME_TRACEABLE", BOOLEAN, 16, 0x0010, NULL)             \
    X(TIMESCALE, "ptp.v2.flags.timescale", "PTP_TIMESCALE", BOOLEAN, 16, 0x0008, NULL)             \
    X(REASONABLE, "ptp.v2.flags.utcreasonable", "PTP_UTC_REASONABLE", BOOLEAN, 16, 0x0004, NULL)   \
    X(LI59, "ptp.v2.flags.li59", "PTP_LI_59", BOOLEAN, 16, 0x0002, NULL)                           \
    X(LI61, "ptp.v2.flags.li61", "PTP_LI_61", BOOLEAN, 16, 0x0001, NULL)                           \
    X(CORRECTION, "ptp.v2.correction.ns", "correction", UINT64, DEC, 0, NULL)                      \
    X(CORRECTION_SUB, "ptp.v2.correction.subns", "correctionSubNs", DOUBLE, NONE, 0, NULL)         \
    X(SPECIFIC, "ptp.v2.messagetypespecific", "messageTypeSpecific", UINT32, DEC, 0, NULL)         \
    X(CLOCK, "ptp.v2.clockidentity", "ClockIdentity", UINT64, HEX, 0, NULL)                        \
    X(PORT, "ptp.v2.sourceportid", "SourcePortID", UINT16, DEC, 0, NULL)                           \
    X(SEQUENCE, "ptp.v2.sequenceid", "sequenceId", UINT16, DEC, 0, NULL)                           \
    X(CONTROL, "ptp.v2.controlfield", "controlField", UINT8, DEC, 0, control_names)                \
    X(PERIOD, "ptp.v2.logmessageperiod", "logMessagePeriod", INT8, DEC, 0, NULL)                   \
    X(SDR, "ptp.v2.sdr.origintimestamp.seconds", "originTimestamp (seconds)", UINT64, DEC, 0,      \
      NULL)                                                                                        \
    X(SDR_NS, "ptp.v2.sdr.origintimestamp.nanoseconds", "originTimestamp (nanoseconds)", INT32,    \
      DEC, 0, NULL)                                                                                \
    X(FU, "ptp.v2.fu.preciseorigintimestamp.seconds", "preciseOriginTimestamp (seconds)", UINT64,  \
      DEC, 0, NULL)                                                                                \
    X(FU_NS, "ptp.v2.fu.preciseorigintimestamp.nanoseconds",                                       \
      "preciseOriginTimestamp (nanoseconds)", INT32, DEC, 0, NULL)                                 \
    X(FU_32, "ptp.v2.fu.preciseorigintimestamp.32bit", "preciseOriginTimestamp (32bit)", UINT32,   \
      DEC | HIDDEN, 0, NULL)                                                                       \
    X(DR, "ptp.v2.dr.receivetimestamp.seconds", "receiveTimestamp (seconds)", UINT64, DEC, 0,      \
      NULL)                                                                                        \
    X(DR_NS, "ptp.v2.dr.receivetimestamp.nanoseconds", "receiveTimestamp (nanoseconds)", INT32,    \
      DEC, 0, NULL)                                                                                \
    X(DR_CLOCK, "ptp.v2.dr.requestingsourceportidentity", "requestingSourcePortIdentity", UINT64,  \
      HEX, 0, NULL)                                                                                \
    X(DR_PORT, "ptp.v2.dr.requestingsourceportid", "requestingSourcePortId", UINT16, DEC, 0, NULL) \
    X(PDRQ, "ptp.v2.pdrq.origintimestamp.seconds", "originTimestamp (seconds)", UINT64, DEC, 0,    \
      NULL)                                                                                        \
    X(PDRQ_NS, "ptp.v2.pdrq.origintimestamp.nanoseconds", "originTimestamp (nanoseconds)", INT32,  \
      DEC, 0, NULL)                                                                                \
    X(PDRS, "ptp.v2.pdrs.requestreceipttimestamp.seconds", "requestreceiptTimestamp (seconds)",    \
      UINT64, DEC, 0, NULL)                                                                        \
    X(PDRS_NS, "ptp.v2.pdrs.requestreceipttimestamp.nanoseconds",                                  \
      "requestreceiptTimestamp (nanoseconds)", INT32, DEC, 0, NULL)                                \
    X(PDRS_CLOCK, "ptp.v2.pdrs.requestingportidentity", "requestingSourcePortIdentity", UINT64,    \
      HEX, 0, NULL)                                                                                \
    X(PDRS_PORT, "ptp.v2.pdrs.requestingsourceportid", "requestingSourcePortId", UINT16, DEC, 0,   \
      NULL)                                                                                        \
    X(PDFU, "ptp.v2.pdfu.responseorigintimestamp.seconds", "responseOriginTimestamp (seconds)",    \
      UINT64, DEC, 0, NULL)                                                                        \
    X(PDFU_NS, "ptp.v2.pdfu.responseorigintimestamp.nanoseconds",                                  \
      "responseOriginTimestamp (nanoseconds)", INT32, DEC, 0, NULL)                                \
    X(PDFU_CLOCK, "ptp.v2.pdfu.requestingportidentity", "requestingSourcePortIdentity", UINT64,    \
      HEX, 0, NULL)                                                                                \
    X(PDFU_PORT, "ptp.v2.pdfu.requestingsourceportid", "requestingSourcePortId", UINT16, DEC, 0,   \
      NULL)                                                                                        \
    X(AN, "ptp.v2.an.origintimestamp.seconds", "originTimestamp (seconds)", UINT64, DEC, 0, NULL)  \
    X(AN_NS, "ptp.v2.an.origintimestamp.nanoseconds", "originTimestamp (nanoseconds)", INT32, DEC, \
      0, NULL)                                                                                     \
    X(AN_UTC, "ptp.v2.an.origincurrentutcoffset", "originCurrentUTCOffset", INT16, DEC, 0, NULL)   \
    X(AN_PRIORITY1, "ptp.v2.an.priority1", "priority1", UINT8, DEC, 0, NULL)                       \
    X(AN_CLASS, "ptp.v2.an.grandmasterclockclass", "grandmasterClockClass", UINT8, DEC, 0, NULL)   \
    X(AN_ACCURACY, "ptp.v2.an.grandmasterclockaccuracy", "grandmasterClockAccuracy", UINT8, HEX,   \
      0, accuracy_names)                                                                           \
    X(AN_VARIANCE, "ptp.v2.an.grandmasterclockvariance", "grandmasterClockVariance", UINT16, DEC,  \
      0, NULL)                                                                                     \
    X(AN_PRIORITY2, "ptp.v2.an.priority2", "priority2", UINT8, DEC, 0, NULL)                       \
    X(AN_CLOCK, "ptp.v2.an.grandmasterclockidentity", "grandmasterClockIdentity", UINT64, HEX, 0,  \
      NULL)                                                                                        \
    X(AN_STEPS, "ptp.v2.an.localstepsremoved", "localStepsRemoved", UINT16, DEC, 0, NULL)          \
    X(AN_SOURCE, "ptp.v2.timesource", "TimeSource", UINT8, HEX, 0, source_names)                   \
    X(SIG_CLOCK, "ptp.v2.sig.targetportidentity", "targetPortIdentity", UINT64, HEX, 0, NULL)      \
    X(SIG_PORT, "ptp.v2.sig.targetportid", "targetPortId", UINT16, DEC, 0, NULL)                   \
    X(SIG_TLV, "ptp.v2.sig.tlv.tlvType", "tlvType", UINT16, DEC, 0, tlv_names)                     \
    X(SIG_LENGTH, "ptp.v2.sig.tlv.lengthField", "lengthField", UINT16, DEC, 0, NULL)               \
    X(SIG_DATA, "ptp.v2.sig.tlv.data", "data", BYTES, NONE, 0, NULL)                               \
    X(SIG_TYPE, "ptp.v2.sig.tlv.messageType", "messageType", UINT8, HEX, 0xf0, type_names)         \
    X(SIG_PERIOD, "ptp.v2.sig.tlv.logInterMessagePeriod", "logInterMessagePeriod", INT8, DEC, 0,   \
      NULL)                                                                                        \
    X(SIG_DURATION, "ptp.v2.sig.tlv.durationField", "durationField", UINT32, DEC, 0, NULL)         \
    X(SIG_RENEWAL, "ptp.v2.sig.tlv.renewalInvited", "renewalInvited", BOOLEAN, 8, 0x01, NULL)

FIELD_TABLE(FIELDS);

enum {
    SYNC,
    DELAY_REQ,
    PDELAY_REQ,
    PDELAY_RESP,
    FOLLOW_UP = 8,
    DELAY_RESP,
    PDELAY_FOLLOW,
    ANNOUNCE,
    SIGNALLING
};
enum { TLV_REQUEST = 4, TLV_GRANT = 5, TLV_CANCEL = 6, TLV_ACKNOWLEDGE = 7 };

/* Six bytes of seconds, four of nanoseconds. */
static uint64_t put_timestamp(struct packet *p, struct cursor *c, unsigned first)
{
    uint64_t seconds = put_uint_be(p, c, first, 6);
    return seconds * 1000000000u + (uint64_t)put_int_be(p, c, first + 1, 4);
}

/* A timestamp, and whose port asked for it. */
static void put_answer(struct packet *p, struct cursor *c, unsigned first)
{
    (void)put_timestamp(p, c, first);
    (void)put_uint_be(p, c, first + 2, 8);
    (void)put_u16(p, c, first + 3);
}

static void put_announce(struct packet *p, struct cursor *c)
{
    (void)put_timestamp(p, c, AN);
    (void)put_int_be(p, c, AN_UTC, 2);
    cursor_skip(c, 1);
    (void)put_u8(p, c, AN_PRIORITY1);
    (void)put_u8(p, c, AN_CLASS);
    (void)put_u8(p, c, AN_ACCURACY);
    (void)put_u16(p, c, AN_VARIANCE);
    (void)put_u8(p, c, AN_PRIORITY2);
    (void)put_uint_be(p, c, AN_CLOCK, 8);
    (void)put_u16(p, c, AN_STEPS);
    (void)put_u8(p, c, AN_SOURCE);
}

/* A TLV about messages by unicast: which, how often, for how long. */
static void put_unicast(struct packet *p, struct cursor *c, uint16_t type)
{
    const uint8_t *message = cursor_take(c, 1);
    if (message != NULL)
        put_bits(p, c, SIG_TYPE, c->pos - 1, 1, *message);
    if (type != TLV_REQUEST && type != TLV_GRANT)
        return;
    (void)put_int_be(p, c, SIG_PERIOD, 1);
    (void)put_u32(p, c, SIG_DURATION);
    const uint8_t *tail = type == TLV_GRANT ? cursor_take(c, 2) : NULL;
    if (tail != NULL)
        put_bits(p, c, SIG_RENEWAL, c->pos - 1, 1, tail[1]);
}

static void put_signalling(struct packet *p, struct cursor *c)
{
    (void)put_uint_be(p, c, SIG_CLOCK, 8);
    (void)put_u16(p, c, SIG_PORT);
    while (cursor_left(c) >= 4 && c->fault == CURSOR_OK) {
        uint16_t type = put_u16(p, c, SIG_TLV);
        uint32_t tree = tree_begin(p, SIG_TLV);
        uint16_t length = put_u16(p, c, SIG_LENGTH);
        struct cursor value = cursor_part(c, length);
        if (type >= TLV_REQUEST && type <= TLV_ACKNOWLEDGE)
            put_unicast(p, &value, type);
        else if (length > 0)
            (void)put_bytes_captured(p, &value, SIG_DATA, cursor_left(&value));
        tree_end(p, tree);
    }
}

static void put_body(struct packet *p, struct cursor *c, uint8_t type)
{
    uint32_t at = c->pos;
    switch (type) {
    case SYNC:
    case DELAY_REQ:
        (void)put_timestamp(p, c, SDR);
        break;
    case PDELAY_REQ:
        (void)put_timestamp(p, c, PDRQ);
        break;
    case PDELAY_RESP:
        put_answer(p, c, PDRS);
        break;
    case FOLLOW_UP: {
        uint64_t time = put_timestamp(p, c, FU);
        if (c->fault == CURSOR_OK)
            put_uint(p, c, FU_32, at, 10, (uint32_t)time);
        break;
    }
    case DELAY_RESP:
        put_answer(p, c, DR);
        break;
    case PDELAY_FOLLOW:
        put_answer(p, c, PDFU);
        break;
    case ANNOUNCE:
        put_announce(p, c);
        break;
    case SIGNALLING:
        put_signalling(p, c);
        break;
    default:
        break;
    }
}

/* The header up to the flags. Returns the message's length. */
static uint16_t put_head(struct packet *p, struct cursor *c)
{
    uint32_t at = c->pos;
    const uint8_t *head = cursor_take(c, 2);
    if (head == NULL)
        return 0;
    put_flags(p, c, SDO, 2, at, 1, head[0]);
    put_flags(p, c, MINOR, 2, at + 1, 1, head[1]);
    uint16_t length = put_u16(p, c, LENGTH);
    (void)put_u8(p, c, DOMAIN_NUMBER);
    (void)put_u8(p, c, MINOR_SDO);
    at = c->pos;
    uint16_t flags = put_u16(p, c, FLAGS);
    if (c->fault == CURSOR_OK) {
        uint32_t tree = tree_begin(p, FLAGS);
        put_flags(p, c, SECURITY, LI61 - SECURITY + 1, at, 2, flags);
        tree_end(p, tree);
    }
    return length;
}

static void put_correction(struct packet *p, struct cursor *c)
{
    uint32_t tree = tree_text(p, c, c->pos, 8, "correctionField");
    (void)put_int_be(p, c, CORRECTION, 6);
    const uint8_t *sub = cursor_take(c, 2);
    if (sub != NULL)
        put_double(p, c, CORRECTION_SUB, c->pos - 2, 2, be16(sub) / 65536.0);
    tree_end(p, tree);
}

static void dissect(struct packet *p, struct cursor *c)
{
    const uint8_t *head = cursor_peek(c, 0, 4);
    if (head != NULL && (head[1] & 0x0f) != 2) {
        info_set(p, "PTP version %u", head[1] & 0x0fu);
        cursor_skip(c, cursor_captured(c));
        return;
    }
    if (head != NULL)
        cursor_trim(c, be16(head + 2));
    (void)put_head(p, c);
    put_correction(p, c);
    (void)put_u32(p, c, SPECIFIC);
    (void)put_uint_be(p, c, CLOCK, 8);
    (void)put_u16(p, c, PORT);
    (void)put_u16(p, c, SEQUENCE);
    (void)put_u8(p, c, CONTROL);
    (void)put_int_be(p, c, PERIOD, 1);
    if (head == NULL || c->fault != CURSOR_OK)
        return;
    const char *name = value_name_find(type_names, head[0] & 0x0fu);
    info_set(p, "%s", name != NULL ? name : "Unknown PTP Message");
    /* In a gPTP domain (IEEE 802.1AS) these carry no time of their own. */
    bool reserved = head[0] >> 4u == 1 && (head[0] & 0x0f) == PDELAY_REQ;
    if (!reserved)
        put_body(p, c, head[0] & 0x0f);
    if (c->fault == CURSOR_OK)
        cursor_skip(c, cursor_captured(c));
}

static const struct binding bindings[] = {
    {"ethertype", 0x88f7}, {"udp.port", 319}, {"udp.port", 320}, {NULL, 0}};

const struct protocol proto_ptp = {.name = "ptp",
                                   .title = "Precision Time Protocol (IEEE1588)",
                                   .column = "PTPv2",
                                   FIELDS_OF_THIS_FILE,
                                   .bindings = bindings,
                                   .dissect = dissect};
