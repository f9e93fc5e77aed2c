/*
 * l2tp: Layer Two Tunneling Protocol, version 2 over UDP (RFC 2661), version 3 (RFC 3931).
 *
 *     | T L S O P, version 4 bits, 2 | length 2 if L | tunnel 2 | session 2 | Ns 2, Nr 2 if S |
 * offset 2 if O | ... control messages:  | M H, length 10 bits | vendor 2 | type 2 | value |
 */
#include "dissect/names.h"
#include "dissect/packet.h"

static const struct value_name type_names[] = {VALUE(0, "Data Message"),
                                               VALUE(1, "Control Message"), VALUES_END};
static const struct value_name length_bit_names[] = {
    VALUE(0, "Length field is not present"), VALUE(1, "Length field is present"), VALUES_END};
static const struct value_name seq_bit_names[] = {VALUE(0, "Ns and Nr fields are not present"),
                                                  VALUE(1, "Ns and Nr fields are present"),
                                                  VALUES_END};
static const struct value_name offset_bit_names[] = {VALUE(0, "Offset size field is not present"),
                                                     VALUE(1, "Offset Size field is present"),
                                                     VALUES_END};
static const struct value_name priority_names[] = {
    VALUE(0, "No priority"), VALUE(1, "This data message has priority"), VALUES_END};
static const struct value_name avp_type_names[] = {
    VALUE(0, "Control Message"),
    VALUE(1, "Result-Error Code"),
    VALUE(2, "Protocol Version"),
    VALUE(3, "Framing Capabilities"),
    VALUE(4, "Bearer Capabilities"),
    VALUE(5, "Tie Breaker"),
    VALUE(6, "Firmware Revision"),
    VALUE(7, "Host Name"),
    VALUE(8, "Vendor Name"),
    VALUE(9, "Assigned Tunnel ID"),
    VALUE(10, "Receive Window Size"),
    VALUE(11, "Challenge"),
    VALUE(12, "Cause Code"),
    VALUE(13, "Challenge Response"),
    VALUE(14, "Assigned Session"),
    VALUE(15, "Call Serial Number"),
    VALUE(16, "Minimum BPS"),
    VALUE(17, "Maximum BPS"),
    VALUE(18, "Bearer Type"),
    VALUE(19, "Framing Type"),
    VALUE(20, "Reserved"),
    VALUE(21, "Called Number"),
    VALUE(22, "Calling Number"),
    VALUE(23, "Sub-Address"),
    VALUE(24, "Connect Speed"),
    VALUE(25, "Physical Channel"),
    VALUE(26, "Initial Received LCP CONFREQ"),
    VALUE(27, "Last Sent LCP CONFREQ"),
    VALUE(28, "Last Received LCP CONFREQ"),
    VALUE(29, "Proxy Authen Type"),
    VALUE(30, "Proxy Authen Name"),
    VALUE(31, "Proxy Authen Challenge"),
    VALUE(32, "Proxy Authen ID"),
    VALUE(33, "Proxy Authen Response"),
    VALUE(34, "Call status AVPs"),
    VALUE(35, "ACCM"),
    VALUE(36, "Random Vector"),
    VALUE(37, "Private group ID"),
    VALUE(38, "RxConnect Speed"),
    VALUE(39, "Sequencing Required"),
    VALUE(46, "PPP Disconnect Cause Code"),
    VALUE(58, "Extended Vendor ID"),
    VALUE(59, "Message Digest"),
    VALUE(60, "Router ID"),
    VALUE(61, "Assigned Control Connection ID"),
    VALUE(62, "Pseudowire Capability List"),
    VALUE(63, "Local Session ID"),
    VALUE(64, "Remote Session ID"),
    VALUE(65, "Assigned Cookie"),
    VALUE(66, "Remote End ID"),
    VALUE(68, "Pseudowire Type"),
    VALUE(69, "Layer2 Specific Sublayer"),
    VALUE(70, "Data Sequencing"),
    VALUE(71, "Circuit Status"),
    VALUE(72, "Preferred Language"),
    VALUE(73, "Control Message Authentication Nonce"),
    VALUE(74, "Tx Connect Speed Version 3"),
    VALUE(75, "Rx Connect Speed Version 3"),
    VALUE(76, "Failover Capability"),
    VALUE(77, "Tunnel Recovery"),
    VALUE(78, "Suggested Control Sequence"),
    VALUE(79, "Failover Session State"),
    VALUE(80, "Multicast Capability"),
    VALUE(81, "New Outgoing Sessions"),
    VALUE(82, "New Outgoing Sessions Acknowledgement"),
    VALUE(83, "Withdraw Outgoing Sessions"),
    VALUE(84, "Multicast Packets Priority"),
    VALUE(85, "Frame-Relay Header Length"),
    VALUE(86, "ATM Maximum Concatenated Cells"),
    VALUE(87, "OAM Emulation Required"),
    VALUE(88, "ATM Alarm Status"),
    VALUE(89, "Attachment Group Identifier"),
    VALUE(90, "Local End Identifier"),
    VALUE(91, "Interface Maximum Transmission Unit"),
    VALUE(92, "FCS Retention"),
    VALUE(93, "Tunnel Switching Aggregator ID"),
    VALUE(94, "Maximum Receive Unit (MRU)"),
    VALUE(95, "Maximum Reassembled Receive Unit (MRRU)"),
    VALUE(96, "VCCV Capability"),
    VALUE(97, "Connect Speed Update"),
    VALUE(98, "Connect Speed Update Enable"),
    VALUE(99, "TDM Pseudowire"),
    VALUE(100, "RTP AVP"),
    VALUE(101, "PW Switching Point"),
    VALUES_END};
static const struct value_name avp_message_type_names[] = {
    VALUE(1, "Start_Control_Request"),
    VALUE(2, "Start_Control_Reply"),
    VALUE(3, "Start_Control_Connected"),
    VALUE(4, "Stop_Control_Notification"),
    VALUE(5, "Reserved"),
    VALUE(6, "Hello"),
    VALUE(7, "Outgoing_Call_Request"),
    VALUE(8, "Outgoing_Call_Reply"),
    VALUE(9, "Outgoing_Call_Connected"),
    VALUE(10, "Incoming_Call_Request"),
    VALUE(11, "Incoming_Call_Reply"),
    VALUE(12, "Incoming_Call_Connected"),
    VALUE(13, "Reserved"),
    VALUE(14, "Call_Disconnect_Notification"),
    VALUE(15, "WAN_Error_Notify"),
    VALUE(16, "Set_Link_Info"),
    VALUE(17, "Modem_Status"),
    VALUE(18, "Service_Relay_Request_Msg"),
    VALUE(19, "Service_Relay_Reply_Message"),
    VALUE(20, "Explicit_Acknowledgement"),
    VALUE(21, "Failover_Session_Query_Message"),
    VALUE(22, "Failover_Session_Response_Message"),
    VALUE(23, "Multicast-Session-Request"),
    VALUE(24, "Multicast-Session-Response"),
    VALUE(25, "Multicast-Session-Establishment"),
    VALUE(26, "Multicast-Session-Information"),
    VALUE(27, "Multicast-Session-End-Notify"),
    VALUE(28, "Connect-Speed-Update-Notification"),
    VALUE(29, "Connect-Speed-Update-Request"),
    VALUES_END};
static const struct value_name avp_error_code_names[] = {
    VALUE(0, "No General Error"),
    VALUE(1, "No control connection exists yet for this pair of LCCEs"),
    VALUE(2, "Length is wrong"),
    VALUE(3, "One of the field values was out of range"),
    VALUE(4, "Insufficient resources to handle this operation now"),
    VALUE(5, "Invalid Session ID"),
    VALUE(6, "A generic vendor-specific error occurred"),
    VALUE(7, "Try another"),
    VALUE(8, "Receipt of an unknown AVP with the M bit set"),
    VALUE(9, "Try another directed"),
    VALUE(10, "Next hop unreachable"),
    VALUE(11, "Next hop busy"),
    VALUE(12, "TSA busy"),
    VALUES_END};

#define FIELDS(X)                                                                                  \
    X(FLAGS, "l2tp.flags", "Flags", UINT16, HEX, 0, NULL)                                          \
    X(TYPE, "l2tp.type", "Type", UINT16, DEC, 0x8000, type_names)                                  \
    X(LENGTH_BIT, "l2tp.length_bit", "Length Bit", BOOLEAN, 16, 0x4000, length_bit_names)          \
    X(SEQ_BIT, "l2tp.seq_bit", "Sequence Bit", BOOLEAN, 16, 0x800, seq_bit_names)                  \
    X(OFFSET_BIT, "l2tp.offset_bit", "Offset bit", BOOLEAN, 16, 0x200, offset_bit_names)           \
    X(PRIORITY, "l2tp.priority", "Priority", BOOLEAN, 16, 0x100, priority_names)                   \
    X(VERSION, "l2tp.version", "Version", UINT16, DEC, 0xf, NULL)                                  \
    X(LENGTH, "l2tp.length", "Length", UINT16, DEC, 0, NULL)                                       \
    X(TUNNEL, "l2tp.tunnel", "Tunnel ID", UINT16, DEC, 0, NULL)                                    \
    X(SESSION, "l2tp.session", "Session ID", UINT16, DEC, 0, NULL)                                 \
    X(NS, "l2tp.Ns", "Ns", UINT16, DEC, 0, NULL)                                                   \
    X(NR, "l2tp.Nr", "Nr", UINT16, DEC, 0, NULL)                                                   \
    X(OFFSET, "l2tp.offset", "Offset", UINT16, DEC, 0, NULL)                                       \
    X(AVP_MANDATORY, "l2tp.avp.mandatory", "Mandatory", BOOLEAN, 16, 0x8000, NULL)                 \
    X(AVP_HIDDEN, "l2tp.avp.hidden", "Hidden", BOOLEAN, 16, 0x4000, NULL)                          \
    X(AVP_LENGTH, "l2tp.avp.length", "Length", UINT16, DEC, 0x3ff, NULL)                           \
    X(AVP_VENDOR_ID, "l2tp.avp.vendor_id", "Vendor ID", UINT16, DEC, 0, NULL)                      \
    X(AVP_TYPE, "l2tp.avp.type", "AVP Type", UINT16, DEC, 0, avp_type_names)                       \
    X(SID, "l2tp.sid", "Session ID", UINT32, HEX, 0, NULL)                                         \
    X(CCID, "l2tp.ccid", "Control Connection ID", UINT32, HEX, 0, NULL)                            \
    X(RES, "l2tp.res", "Reserved", UINT16, HEX, 0, NULL)                                           \
    X(AVP_MESSAGE_TYPE, "l2tp.avp.message_type", "Message Type", UINT16, DEC, 0,                   \
      avp_message_type_names)                                                                      \
    X(AVP_ASSIGNED_TUNNEL_ID, "l2tp.avp.assigned_tunnel_id", "Assigned Tunnel ID", UINT16, DEC, 0, \
      NULL)                                                                                        \
    X(AVP_ASSIGNED_SESSION_ID, "l2tp.avp.assigned_session_id", "Assigned Session ID", UINT16, DEC, \
      0, NULL)                                                                                     \
    X(AVP_ERROR_CODE, "l2tp.avp.error_code", "Error code", UINT16, DEC, 0, avp_error_code_names)   \
    X(AVP_ERROR_MESSAGE, "l2tp.avp.error_message", "Error Message", STRING, NONE, 0, NULL)         \
    X(AVP_PROTOCOL_VERSION, "l2tp.avp.protocol_version", "Version", UINT8, DEC, 0, NULL)           \
    X(AVP_PROTOCOL_REVISION, "l2tp.avp.protocol_revision", "Revision", UINT8, DEC, 0, NULL)        \
    X(AVP_FIRMWARE_REVISION, "l2tp.avp.firmware_revision", "Firmware Revision", UINT16, DEC_HEX,   \
      0, NULL)                                                                                     \
    X(AVP_HOST_NAME, "l2tp.avp.host_name", "Host Name", STRING, NONE, 0, NULL)                     \
    X(AVP_VENDOR_NAME, "l2tp.avp.vendor_name", "Vendor Name", STRING, NONE, 0, NULL)               \
    X(AVP_RECEIVE_WINDOW_SIZE, "l2tp.avp.receive_window_size", "Receive Window Size", UINT16, DEC, \
      0, NULL)                                                                                     \
    X(AVP_CALL_SERIAL_NUMBER, "l2tp.avp.call_serial_number", "Call Serial Number", UINT32, DEC, 0, \
      NULL)                                                                                        \
    X(AVP_FRAMING_ERRORS, "l2tp.avp.framing_errors", "Framing Errors", UINT32, DEC, 0, NULL)       \
    X(ZERO_LENGTH_BODY_MESSAGE, "l2tp.zero_length_body_message", "Zero Length Body message", NONE, \
      NONE, 0, NULL)

FIELD_TABLE(FIELDS);

enum { PPP_TABLE };
enum { T = 0x8000, L = 0x4000, S = 0x0800, O = 0x0200, VERSION_MASK = 15 };

static void put_head(struct packet *p, const struct cursor *c, uint16_t flags)
{
    uint32_t tree = tree_begin(p, FLAGS), at = c->pos - 2;
    put_bits(p, c, TYPE, at, 2, flags);
    put_bits(p, c, LENGTH_BIT, at, 2, flags);
    put_bits(p, c, SEQ_BIT, at, 2, flags);
    if ((flags & VERSION_MASK) == 2) {
        put_bits(p, c, OFFSET_BIT, at, 2, flags);
        put_bits(p, c, PRIORITY, at, 2, flags);
    }
    put_bits(p, c, VERSION, at, 2, flags);
    tree_end(p, tree);
}

static void put_avps(struct packet *p, struct cursor *c)
{
    while (cursor_left(c) > 0 && c->fault == CURSOR_OK) {
        uint32_t tree = tree_text(p, c, c->pos, 6, "AVP");
        uint16_t word = cursor_u16(c);
        if (c->fault == CURSOR_OK)
            put_flags(p, c, AVP_MANDATORY, 3, c->pos - 2, 2, word);
        uint16_t vendor = put_u16(p, c, AVP_VENDOR_ID), type = put_u16(p, c, AVP_TYPE);
        uint32_t length = word & 0x3ff;
        if (length < 6) {
            tree_end(p, tree);
            return;
        }
        struct cursor v = cursor_part(c, length - 6);
        if (vendor == 0 && type == 0) {
            uint16_t message = put_u16(p, &v, AVP_MESSAGE_TYPE);
            const char *name = value_name_find(avp_message_type_names, message);
            info_add(p, " - %s", name != NULL ? name : "Unknown");
        }
        tree_end(p, tree);
    }
}

static void dissect(struct packet *p, struct cursor *c)
{
    uint32_t start = c->pos;
    uint16_t flags = put_u16(p, c, FLAGS);
    if (c->fault != CURSOR_OK)
        return;
    put_head(p, c, flags);
    uint16_t length = 0;
    bool control = (flags & T) != 0;
    if ((flags & VERSION_MASK) == 3) {
        if (!control) {
            (void)put_u16(p, c, RES);
            (void)put_u32(p, c, SID);
            next_data(p, c);
            return;
        }
        length = put_u16(p, c, LENGTH);
        (void)put_u32(p, c, CCID);
    } else {
        if ((flags & L) != 0)
            length = put_u16(p, c, LENGTH);
        (void)put_u16(p, c, TUNNEL);
        (void)put_u16(p, c, SESSION);
    }
    info_set(p, "%s", control ? "Control Message" : "Data Message");
    if ((flags & S) != 0) {
        (void)put_u16(p, c, NS);
        (void)put_u16(p, c, NR);
    }
    if (!control && (flags & O) != 0)
        cursor_skip(c, put_u16(p, c, OFFSET));
    if (c->fault != CURSOR_OK)
        return;
    if (length >= c->pos - start)
        cursor_trim(c, length - (c->pos - start));
    if (!control) {
        if (cursor_captured(c) > 0 && !next(p, c, PPP_TABLE, 0))
            next_data(p, c);
        return;
    }
    if (cursor_left(c) == 0)
        put_mark(p, c, ZERO_LENGTH_BODY_MESSAGE);
    put_avps(p, c);
}

static const char *const tables[] = {"ppp.frame", NULL};
static const struct binding bindings[] = {{"udp.port", 1701}, {NULL, 0}};

const struct protocol proto_l2tp = {.name = "l2tp",
                                    .title = "Layer 2 Tunneling Protocol",
                                    .column = "L2TP",
                                    FIELDS_OF_THIS_FILE,
                                    .tables = tables,
                                    .bindings = bindings,
                                    .dissect = dissect};
