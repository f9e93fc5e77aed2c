/*
 * pfcp: Packet Forwarding Control Protocol (3GPP TS 29.244): its header and information elements,
 * the values of the most common of them.
 *
 *     | version 3 bits, spare 2, FO, MP, S | type 1 | length 2 | SEID 8 if S | sequence 3 |
 * priority 4 bits, spare 4 | elements: | type 2 | length 2 | enterprise 2, if the type has its
 * highest bit | value |
 */
#include "dissect/packet.h"

static const struct value_name msg_type_names[] = {
    VALUE(0, "Reserved"),
    VALUE(1, "PFCP Heartbeat Request"),
    VALUE(2, "PFCP Heartbeat Response"),
    VALUE(3, "PFCP PFD Management Request"),
    VALUE(4, "PFCP PFD Management Response"),
    VALUE(5, "PFCP Association Setup Request"),
    VALUE(6, "PFCP Association Setup Response"),
    VALUE(7, "PFCP Association Update Request"),
    VALUE(8, "PFCP Association Update Response"),
    VALUE(9, "PFCP Association Release Request"),
    VALUE(10, "PFCP Association Release Response"),
    VALUE(11, "PFCP Version Not Supported Response"),
    VALUE(12, "PFCP Node Report Request"),
    VALUE(13, "PFCP Node Report Response"),
    VALUE(14, "PFCP Session Set Deletion Request"),
    VALUE(15, "PFCP Session Set Deletion Response"),
    VALUE(16, "PFCP Session Set Modification Request"),
    VALUE(17, "PFCP Session Set Modification Response"),
    VALUE(50, "PFCP Session Establishment Request"),
    VALUE(51, "PFCP Session Establishment Response"),
    VALUE(52, "PFCP Session Modification Request"),
    VALUE(53, "PFCP Session Modification Response"),
    VALUE(54, "PFCP Session Deletion Request"),
    VALUE(55, "PFCP Session Deletion Response"),
    VALUE(56, "PFCP Session Report Request"),
    VALUE(57, "PFCP Session Report Response"),
    VALUES_END};
static const struct value_name ie_type_names[] = {
    VALUE(0, "Reserved"),
    VALUE(1, "Create PDR"),
    VALUE(2, "PDI"),
    VALUE(3, "Create FAR"),
    VALUE(4, "Forwarding Parameters"),
    VALUE(5, "Duplicating Parameters"),
    VALUE(6, "Create URR"),
    VALUE(7, "Create QER"),
    VALUE(8, "Created PDR"),
    VALUE(9, "Update PDR"),
    VALUE(10, "Update FAR"),
    VALUE(11, "Update Forwarding Parameters"),
    VALUE(12, "Update BAR (PFCP Session Report Response)"),
    VALUE(13, "Update URR"),
    VALUE(14, "Update QER"),
    VALUE(15, "Remove PDR"),
    VALUE(16, "Remove FAR"),
    VALUE(17, "Remove URR"),
    VALUE(18, "Remove QER"),
    VALUE(19, "Cause"),
    VALUE(20, "Source Interface"),
    VALUE(21, "F-TEID"),
    VALUE(22, "Network Instance"),
    VALUE(23, "SDF Filter"),
    VALUE(24, "Application ID"),
    VALUE(25, "Gate Status"),
    VALUE(26, "MBR"),
    VALUE(27, "GBR"),
    VALUE(28, "QER Correlation ID"),
    VALUE(29, "Precedence"),
    VALUE(30, "Transport Level Marking"),
    VALUE(31, "Volume Threshold"),
    VALUE(32, "Time Threshold"),
    VALUE(33, "Monitoring Time"),
    VALUE(34, "Subsequent Volume Threshold"),
    VALUE(35, "Subsequent Time Threshold"),
    VALUE(36, "Inactivity Detection Time"),
    VALUE(37, "Reporting Triggers"),
    VALUE(38, "Redirect Information"),
    VALUE(39, "Report Type"),
    VALUE(40, "Offending IE"),
    VALUE(41, "Forwarding Policy"),
    VALUE(42, "Destination Interface"),
    VALUE(43, "UP Function Features"),
    VALUE(44, "Apply Action"),
    VALUE(45, "Downlink Data Service Information"),
    VALUE(46, "Downlink Data Notification Delay"),
    VALUE(47, "DL Buffering Duration"),
    VALUE(48, "DL Buffering Suggested Packet Count"),
    VALUE(49, "PFCPSMReq-Flags"),
    VALUE(50, "PFCPSRRsp-Flags"),
    VALUE(51, "Load Control Information"),
    VALUE(52, "Sequence Number"),
    VALUE(53, "Metric"),
    VALUE(54, "Overload Control Information"),
    VALUE(55, "Timer"),
    VALUE(56, "PDR ID"),
    VALUE(57, "F-SEID"),
    VALUE(58, "Application ID's PFDs"),
    VALUE(59, "PFD context"),
    VALUE(60, "Node ID"),
    VALUE(61, "PFD contents"),
    VALUE(62, "Measurement Method"),
    VALUE(63, "Usage Report Trigger"),
    VALUE(64, "Measurement Period"),
    VALUE(65, "FQ-CSID"),
    VALUE(66, "Volume Measurement"),
    VALUE(67, "Duration Measurement"),
    VALUE(68, "Application Detection Information"),
    VALUE(69, "Time of First Packet"),
    VALUE(70, "Time of Last Packet"),
    VALUE(71, "Quota Holding Time"),
    VALUE(72, "Dropped DL Traffic Threshold"),
    VALUE(73, "Volume Quota"),
    VALUE(74, "Time Quota"),
    VALUE(75, "Start Time"),
    VALUE(76, "End Time"),
    VALUE(77, "Query URR"),
    VALUE(78, "Usage Report (Session Modification Response)"),
    VALUE(79, "Usage Report (Session Deletion Response)"),
    VALUE(80, "Usage Report (Session Report Request)"),
    VALUE(81, "URR ID"),
    VALUE(82, "Linked URR ID"),
    VALUE(83, "Downlink Data Report"),
    VALUE(84, "Outer Header Creation"),
    VALUE(85, "Create BAR"),
    VALUE(86, "Update BAR (Session Modification Request)"),
    VALUE(87, "Remove BAR"),
    VALUE(88, "BAR ID"),
    VALUE(89, "CP Function Features"),
    VALUE(90, "Usage Information"),
    VALUE(91, "Application Instance ID"),
    VALUE(92, "Flow Information"),
    VALUE(93, "UE IP Address"),
    VALUE(94, "Packet Rate"),
    VALUE(95, "Outer Header Removal"),
    VALUE(96, "Recovery Time Stamp"),
    VALUE(97, "DL Flow Level Marking"),
    VALUE(98, "Header Enrichment"),
    VALUE(99, "Error Indication Report"),
    VALUE(100, "Measurement Information"),
    VALUE(101, "Node Report Type"),
    VALUE(102, "User Plane Path Failure Report"),
    VALUE(103, "Remote GTP-U Peer"),
    VALUE(104, "UR-SEQN"),
    VALUE(105, "Update Duplicating Parameters"),
    VALUE(106, "Activate Predefined Rules"),
    VALUE(107, "Deactivate Predefined Rules"),
    VALUE(108, "FAR ID"),
    VALUE(109, "QER ID"),
    VALUE(110, "OCI Flags"),
    VALUE(111, "PFCP Association Release Request"),
    VALUE(112, "Graceful Release Period"),
    VALUE(113, "PDN Type"),
    VALUE(114, "Failed Rule ID"),
    VALUE(115, "Time Quota Mechanism"),
    VALUE(116, "User Plane IP Resource Information (removed in Rel 16.3)"),
    VALUE(117, "User Plane Inactivity Timer"),
    VALUE(118, "Aggregated URRs"),
    VALUE(119, "Multiplier"),
    VALUE(120, "Aggregated URR ID IE"),
    VALUE(121, "Subsequent Volume Quota"),
    VALUE(122, "Subsequent Time Quota"),
    VALUE(123, "RQI"),
    VALUE(124, "QFI"),
    VALUE(125, "Query URR Reference"),
    VALUE(126, "Additional Usage Reports Information"),
    VALUE(127, "Create Traffic Endpoint"),
    VALUE(128, "Created Traffic Endpoint"),
    VALUE(129, "Update Traffic Endpoint"),
    VALUE(130, "Remove Traffic Endpoint"),
    VALUE(131, "Traffic Endpoint ID"),
    VALUE(132, "Ethernet Packet Filter"),
    VALUE(133, "MAC address"),
    VALUE(134, "C-TAG"),
    VALUE(135, "S-TAG"),
    VALUE(136, "Ethertype"),
    VALUE(137, "Proxying"),
    VALUE(138, "Ethernet Filter ID"),
    VALUE(139, "Ethernet Filter Properties"),
    VALUE(140, "Suggested Buffering Packets Count"),
    VALUE(141, "User ID"),
    VALUE(142, "Ethernet PDU Session Information"),
    VALUE(143, "Ethernet Traffic Information"),
    VALUE(144, "MAC Addresses Detected"),
    VALUE(145, "MAC Addresses Removed"),
    VALUE(146, "Ethernet Inactivity Timer"),
    VALUE(147, "Additional Monitoring Time"),
    VALUE(148, "Event Quota"),
    VALUE(149, "Event Threshold"),
    VALUE(150, "Subsequent Event Quota"),
    VALUE(151, "Subsequent Event Threshold"),
    VALUE(152, "Trace Information"),
    VALUE(153, "Framed-Route"),
    VALUE(154, "Framed-Routing"),
    VALUE(155, "Framed-IPv6-Route"),
    VALUE(156, "Time Stamp"),
    VALUE(157, "Averaging Window"),
    VALUE(158, "Paging Policy Indicator"),
    VALUE(159, "APN/DNN"),
    VALUE(160, "3GPP Interface Type"),
    VALUE(161, "PFCPSRReq-Flags"),
    VALUE(162, "PFCPAUReq-Flags"),
    VALUE(163, "Activation Time"),
    VALUE(164, "Deactivation Time"),
    VALUE(165, "Create MAR"),
    VALUE(166, "Access Forwarding Action Information 1"),
    VALUE(167, "Access Forwarding Action Information 2"),
    VALUE(168, "Remove MAR"),
    VALUE(169, "Update MAR"),
    VALUE(175, "Update Access Forwarding Action Information 1"),
    VALUE(176, "Update Access Forwarding Action Information 2"),
    VALUE(177, "UE IP address Pool Identity"),
    VALUE(178, "Alternative SMF IP Address"),
    VALUE(179, "Packet Replication and Detection Carry-On Information"),
    VALUE(180, "SMF Set ID"),
    VALUE(181, "Quota Validity Time"),
    VALUE(182, "Number of Reports"),
    VALUE(183, "PFCP Session Retention Information (within PFCP Association Setup Request)"),
    VALUE(184, "PFCPASRsp-Flags"),
    VALUE(185, "CP PFCP Entity IP Address"),
    VALUE(186, "PFCPSEReq-Flags"),
    VALUE(187, "User Plane Path Recovery Report"),
    VALUE(188, "IP Multicast Addressing Info within PFCP Session Establishment Request"),
    VALUE(189, "Join IP Multicast Information IE within Usage Report"),
    VALUE(190, "Leave IP Multicast Information IE within Usage Report"),
    VALUE(191, "IP Multicast Address"),
    VALUE(192, "Source IP Address"),
    VALUE(193, "Packet Rate Status"),
    VALUE(194, "Create Bridge Info for TSC"),
    VALUE(195, "Created Bridge Info for TSC"),
    VALUE(196, "DS-TT Port Number"),
    VALUE(197, "NW-TT Port Number"),
    VALUE(198, "5GS User Plane Node"),
    VALUE(199, "TSC Management Information IE within PFCP Session Modification Request"),
    VALUE(200, "Port Management Information for TSC IE within PFCP Session Modification Response"),
    VALUE(201, "Port Management Information for TSC IE within PFCP Session Report Request"),
    VALUE(202, "Port Management Information Container"),
    VALUE(203, "Clock Drift Control Information"),
    VALUE(204, "Requested Clock Drift Information"),
    VALUE(205, "Clock Drift Report"),
    VALUE(206, "Time Domain Number"),
    VALUE(207, "Time Offset Threshold"),
    VALUE(208, "Cumulative rateRatio Threshold"),
    VALUE(209, "Time Offset Measurement"),
    VALUE(210, "Cumulative rateRatio Measurement"),
    VALUE(211, "Remove SRR"),
    VALUE(212, "Create SRR"),
    VALUE(213, "Update SRR"),
    VALUE(214, "Session Report"),
    VALUE(215, "SRR ID"),
    VALUE(216, "Access Availability Control Information"),
    VALUE(217, "Requested Access Availability Information"),
    VALUE(218, "Access Availability Report"),
    VALUE(219, "Access Availability Information"),
    VALUE(220, "Provide ATSSS Control Information"),
    VALUE(221, "ATSSS Control Parameters"),
    VALUE(222, "MPTCP Control Information"),
    VALUE(223, "ATSSS-LL Control Information"),
    VALUE(224, "PMF Control Information"),
    VALUE(225, "MPTCP Parameters"),
    VALUE(226, "ATSSS-LL Parameters"),
    VALUE(227, "PMF Parameters"),
    VALUE(228, "MPTCP Address Information"),
    VALUE(229, "UE Link-Specific IP Address"),
    VALUE(230, "PMF Address Information"),
    VALUE(231, "ATSSS-LL Information"),
    VALUE(232, "Data Network Access Identifier"),
    VALUE(233, "UE IP address Pool Information"),
    VALUE(234, "Average Packet Delay"),
    VALUE(235, "Minimum Packet Delay"),
    VALUE(236, "Maximum Packet Delay"),
    VALUE(237, "QoS Report Trigger"),
    VALUE(238, "GTP-U Path QoS Control Information"),
    VALUE(239, "GTP-U Path QoS Report (PFCP Node Report Request)"),
    VALUE(240, "QoS Information in GTP-U Path QoS Report"),
    VALUE(241, "GTP-U Path Interface Type"),
    VALUE(242, "QoS Monitoring per QoS flow Control Information"),
    VALUE(243, "Requested QoS Monitoring"),
    VALUE(244, "Reporting Frequency"),
    VALUE(245, "Packet Delay Thresholds"),
    VALUE(246, "Minimum Wait Time"),
    VALUE(247, "QoS Monitoring Report"),
    VALUE(248, "QoS Monitoring Measurement"),
    VALUE(249, "MT-EDT Control Information"),
    VALUE(250, "DL Data Packets Size"),
    VALUE(251, "QER Control Indications"),
    VALUE(252, "Packet Rate Status Report IE within PFCP Session Deletion Response"),
    VALUE(253, "NF Instance ID"),
    VALUE(255, "Redundant Transmission Detection Parameters IE in PDI"),
    VALUE(0x100, "Updated PDR"),
    VALUE(0x101, "S-NSSAI"),
    VALUE(0x102, "IP version"),
    VALUE(0x103, "PFCPASReq-Flags"),
    VALUE(0x104, "Data Status"),
    VALUE(0x105,
          "Provide RDS Configuration Information IE within PFCP Session Establishment Request"),
    VALUE(0x106, "RDS Configuration Information"),
    VALUE(0x107, "Query Packet Rate Status IE within PFCP Session Modification Request"),
    VALUE(0x108, "Query Packet Rate Status Report IE within PFCP Session Modification Response"),
    VALUE(0x109, "MPTCP Applicable Indication"),
    VALUE(0x10a, "User Plane NodeManagement Information Container"),
    VALUE(0x10b, "UE IP Address Usage Information"),
    VALUE(0x10c, "Number of UE IP Addresses"),
    VALUE(0x10d, "Validity Timer"),
    VALUE(0x10e, "Redundant Transmission Forwarding Parameters"),
    VALUE(0x10f, "Transport Delay Reporting"),
    VALUE(0x110, "Partial Failure Information"),
    VALUE(0x111, "Partial Failure Information within PFCP Session Modification Response (Removed "
                 "in Rel 17.2.0)"),
    VALUE(0x112, "Offending IE Information"),
    VALUE(0x113, "RAT Type"),
    VALUE(0x114, "L2TP Tunnel Information"),
    VALUE(0x115, "L2TP Session Information within PFCP Session Establishment Request"),
    VALUE(0x116, "L2TP User Authentication"),
    VALUE(0x117, "L2TP Session Information within PFCP Session Establishment Response"),
    VALUE(0x118, "LNS Address"),
    VALUE(0x119, "Tunnel Preference"),
    VALUE(0x11a, "Calling Number"),
    VALUE(0x11b, "Called Number"),
    VALUE(0x11c, "L2TP Session Indications"),
    VALUE(0x11d, "DNS Server Address"),
    VALUE(0x11e, "NBNS Server Address"),
    VALUE(0x11f, "Maximum Receive Unit"),
    VALUE(0x120, "Thresholds"),
    VALUE(0x121, "Steering Mode Indicator"),
    VALUE(0x122, "PFCP Session Change Info"),
    VALUE(0x123, "Group ID"),
    VALUE(0x124, "CP IP Address"),
    VALUE(0x125, "IP Address and Port Number Replacement"),
    VALUE(0x126, "DNS Query Filter"),
    VALUE(0x127, "Direct Reporting Information"),
    VALUE(0x128, "Event Notification URI"),
    VALUE(0x129, "Notification Correlation ID"),
    VALUE(0x12a, "Reporting Flags"),
    VALUE(0x12b, "Predefined Rules Name"),
    VALUE(0x12c, "MBS Session N4mb Control Information"),
    VALUE(0x12d, "MBS Multicast Parameters"),
    VALUE(0x12e, "Add MBS Unicast Parameters IE in Create FAR"),
    VALUE(0x12f, "MBS Session N4mb Information"),
    VALUE(0x130, "Remove MBS Unicast Parameters IE in Update FAR"),
    VALUE(0x131, "MBS Session Identifier"),
    VALUE(0x132, "Multicast Transport Information"),
    VALUE(0x133, "MBSN4mbReq Flags"),
    VALUE(0x134, "Local Ingress Tunnel"),
    VALUE(0x135, "MBS Unicast Parameters ID"),
    VALUE(0x136, "MBS Session N4 Control Information IE within PFCP Session Establishment Request"),
    VALUE(0x137,
          "MBS Session N4 Control Information IE within PFCP Session Establishment Response"),
    VALUE(0x138, "MBSN4Resp-Flags"),
    VALUE(0x139, "Tunnel Password"),
    VALUE(0x13a, "Area Sesson ID"),
    VALUE(0x13b, "Peer UP Restart Report IE within PFCP Node Report Request"),
    VALUE(0x13c, "DSCP to PPI Control Information IE within PFCP Session Establishment Request"),
    VALUE(0x13d, "DSCP to PPI Mapping Information"),
    VALUE(0x13e, "PFCPSDRsp-Flags"),
    VALUE(0x13f, "QER Indications"),
    VALUE(0x140, "Vendor-Specific Node Report Type"),
    VALUES_END};
static const struct value_name cause_names[] = {VALUE(0, "Reserved"),
                                                VALUE(1, "Request accepted(success)"),
                                                VALUE(2, "More Usage Report to send"),
                                                VALUE(3, "Request partially accepted"),
                                                VALUE(64, "Request rejected(reason not specified)"),
                                                VALUE(65, "Session context not found"),
                                                VALUE(66, "Mandatory IE missing"),
                                                VALUE(67, "Conditional IE missing"),
                                                VALUE(68, "Invalid length"),
                                                VALUE(69, "Mandatory IE incorrect"),
                                                VALUE(70, "Invalid Forwarding Policy"),
                                                VALUE(71, "Invalid F-TEID allocation option"),
                                                VALUE(72, "No established PFCP Association"),
                                                VALUE(73, "Rule creation / modification Failure"),
                                                VALUE(74, "PFCP entity in congestion"),
                                                VALUE(75, "No resources available"),
                                                VALUE(76, "Service not supported"),
                                                VALUE(77, "System failure"),
                                                VALUE(78, "Redirection Requested"),
                                                VALUE(79, "All dynamic addresses are occupied"),
                                                VALUE(80, "Unknown Pre-defined Rule"),
                                                VALUE(81, "Unknown Application ID"),
                                                VALUE(82, "L2TP tunnel Establishment failure"),
                                                VALUE(83, "L2TP session Establishment failure"),
                                                VALUE(84, "L2TP tunnel release"),
                                                VALUE(85, "L2TP session release"),
                                                VALUE(86, "PFCP session restoration failure"),
                                                VALUES_END};
static const struct value_name node_id_type_names[] = {
    VALUE(0, "IPv4 address"), VALUE(1, "IPv6 address"), VALUE(2, "FQDN"), VALUES_END};
static const struct value_name far_id_flg_names[] = {VALUE(0, "Dynamic by CP"),
                                                     VALUE(1, "Predefined by UP"), VALUES_END};

#define FIELDS(X)                                                                                  \
    X(MSG_TYPE, "pfcp.msg_type", "Message Type", UINT8, DEC, 0, msg_type_names)                    \
    X(LENGTH, "pfcp.length", "Length", UINT8, DEC, 0, NULL)                                        \
    X(FLAGS, "pfcp.flags", "Flags", UINT8, HEX, 0, NULL)                                           \
    X(VERSION, "pfcp.version", "Version", UINT8, DEC, 0xe0, NULL)                                  \
    X(FO_FLAG, "pfcp.fo_flag", "Follow On (FO)", BOOLEAN, 8, 0x4, NULL)                            \
    X(MP_FLAG, "pfcp.mp_flag", "Message Priority (MP)", BOOLEAN, 8, 0x2, NULL)                     \
    X(S, "pfcp.s", "SEID (S)", BOOLEAN, 8, 0x1, NULL)                                              \
    X(SPARE_B3, "pfcp.spare_b3", "Spare", UINT8, DEC, 0x8, NULL)                                   \
    X(SPARE_B4, "pfcp.spare_b4", "Spare", UINT8, DEC, 0x10, NULL)                                  \
    X(SPARE_OCT, "pfcp.spare_oct", "Spare", UINT8, DEC, 0, NULL)                                   \
    X(SPARE_H0, "pfcp.spare_h0", "Spare", UINT8, DEC, 0xf, NULL)                                   \
    X(SPARE_H1, "pfcp.spare_h1", "Spare", UINT8, DEC, 0xf0, NULL)                                  \
    X(SEID, "pfcp.seid", "SEID", UINT64, HEX, 0, NULL)                                             \
    X(SEQNO, "pfcp.seqno", "Sequence Number", UINT24, DEC, 0, NULL)                                \
    X(MP, "pfcp.mp", "Message Priority", UINT24, DEC, 0xf0, NULL)                                  \
    X(ENTERPRISE_ID, "pfcp.enterprise_id", "Enterprise ID", UINT16, DEC, 0, NULL)                  \
    X(IE_TYPE, "pfcp.ie_type", "IE Type", UINT16, DEC, 0, ie_type_names)                           \
    X(ENTERPRISE_IE, "pfcp.enterprise_ie", "Enterprise specific IE Type", UINT16, DEC, 0, NULL)    \
    X(IE_LEN, "pfcp.ie_len", "IE Length", UINT16, DEC, 0, NULL)                                    \
    X(RECOVERY_TIME_STAMP, "pfcp.recovery_time_stamp", "Recovery Time Stamp", ABSOLUTE_TIME,       \
      UTC | NTP_TIME, 0, NULL)                                                                     \
    X(CAUSE, "pfcp.cause", "Cause", UINT8, DEC, 0, cause_names)                                    \
    X(NODE_ID_TYPE, "pfcp.node_id_type", "Address Type", UINT8, DEC, 0xf, node_id_type_names)      \
    X(NODE_ID_IPV4, "pfcp.node_id_ipv4", "IPv4", IPv4, NONE, 0, NULL)                              \
    X(NODE_ID_IPV6, "pfcp.node_id_ipv6", "IPv6", IPv6, NONE, 0, NULL)                              \
    X(PDR_ID, "pfcp.pdr_id", "Rule ID", UINT16, DEC, 0, NULL)                                      \
    X(PRECEDENCE, "pfcp.precedence", "Precedence", UINT16, DEC, 0, NULL)                           \
    X(FAR_ID_FLG, "pfcp.far_id_flg", "Allocation type", BOOLEAN, 32, 0x80000000, far_id_flg_names) \
    X(FAR_ID, "pfcp.far_id", "FAR ID", UINT32, DEC, 0x7fffffff, NULL)                              \
    X(URR_ID_FLG, "pfcp.urr_id_flg", "Allocation type", BOOLEAN, 32, 0x80000000, far_id_flg_names) \
    X(URR_ID, "pfcp.urr_id", "URR ID", UINT32, DEC, 0x7fffffff, NULL)                              \
    X(QER_ID_FLG, "pfcp.qer_id_flg", "Allocation type", BOOLEAN, 32, 0x80000000, far_id_flg_names) \
    X(QER_ID, "pfcp.qer_id", "QER ID", UINT32, DEC, 0x7fffffff, NULL)                              \
    X(SEQUENCE_NUMBER, "pfcp.sequence_number", "Sequence Number", UINT32, DEC, 0, NULL)            \
    X(METRIC, "pfcp.metric", "Metric", UINT8, DEC, 0, NULL)

FIELD_TABLE(FIELDS);

enum { HAS_SEID = 1, HAS_PRIORITY = 2, DEPTH = 5, ENTERPRISE = 0x8000 };
enum {
    IE_CAUSE = 19,
    IE_SOURCE_INTERFACE = 20,
    IE_SDF_FILTER = 23,
    IE_PRECEDENCE = 29,
    IE_REDIRECT = 38,
    IE_DESTINATION_INTERFACE = 42,
    IE_SEQUENCE = 52,
    IE_METRIC = 53,
    IE_PDR = 56,
    IE_FSEID = 57,
    IE_NODE = 60,
    IE_PFD = 61,
    IE_URR = 81,
    IE_LINKED_URR = 82,
    IE_USAGE_INFORMATION = 90,
    IE_RECOVERY = 96,
    IE_PEER = 103,
    IE_FAR = 108,
    IE_QER = 109,
    IE_FAILED_RULE = 114,
    IE_AGGREGATED_URR = 120
};
/* Seconds between the epochs of NTP (RFC 5905) and Unix, and of one era of NTP. */
static const int64_t ntp_epoch = 2208988800, ntp_era = INT64_C(1) << 32;

/* Elements that hold elements (section 8.1.2, and clause 7.5). */
static bool is_grouped(uint16_t type)
{
    static const uint8_t types[] = {
        1,   2,   3,   4,   5,   6,   7,   8,   9,   10,  11,  12,  13,  14,  15,  16,  17,
        18,  51,  54,  58,  59,  68,  77,  78,  79,  80,  83,  85,  86,  87,  99,  105, 118,
        127, 128, 129, 130, 132, 143, 147, 165, 166, 167, 170, 171, 172, 175, 176, 183, 187,
        188, 189, 190, 195, 199, 200, 201, 203, 205, 206, 211, 212, 213, 214, 216, 218, 220,
        221, 225, 226, 227, 233, 238, 239, 240, 242, 247, 252, 254, 255};
    return type < 256 && memchr(types, type, sizeof types) != NULL;
}

static void put_node(struct packet *p, struct cursor *v)
{
    uint8_t kind = cursor_u8(v);
    if (v->fault != CURSOR_OK)
        return;
    put_bits(p, v, SPARE_H1, v->pos - 1, 1, kind);
    put_bits(p, v, NODE_ID_TYPE, v->pos - 1, 1, kind);
    if ((kind & 15) == 0)
        (void)put_ipv4(p, v, NODE_ID_IPV4);
    else if ((kind & 15) == 1)
        (void)put_bytes(p, v, NODE_ID_IPV6, 16);
}

/* The highest bit tells rules that are predefined from those of the control plane. */
static void put_rule(struct packet *p, struct cursor *v, unsigned flag)
{
    uint32_t word = cursor_u32(v);
    if (v->fault != CURSOR_OK)
        return;
    put_bits(p, v, flag, v->pos - 4, 4, word);
    put_bits(p, v, flag + 1, v->pos - 4, 4, word);
}

/* Zero is no time; a time without the highest bit is of the era that begins in 2036 (RFC 4330, section 3). */
static void put_recovery(struct packet *p, struct cursor *v)
{
    uint32_t seconds = cursor_u32(v);
    if (v->fault != CURSOR_OK)
        return;
    int64_t era = seconds == 0 || seconds >> 31 != 0 ? 0 : ntp_era;
    put_time(p, v, RECOVERY_TIME_STAMP, v->pos - 4, 4, (seconds - ntp_epoch + era) * 1000000000);
}

/* F-SEID (section 8.2.37): flags, the session's identifier, addresses. */
static void put_session(struct packet *p, struct cursor *v)
{
    uint8_t flags = cursor_u8(v);
    if (v->fault != CURSOR_OK)
        return;
    put_bits(p, v, SPARE_B4, v->pos - 1, 1, flags);
    put_bits(p, v, SPARE_B3, v->pos - 1, 1, flags);
    (void)put_uint_be(p, v, SEID, 8);
}

/* Elements whose first byte has something only in its lower half. */
static void put_spare_half(struct packet *p, struct cursor *v)
{
    uint8_t both = cursor_u8(v);
    if (v->fault == CURSOR_OK)
        put_bits(p, v, SPARE_H1, v->pos - 1, 1, both);
}

/* Remote GTP-U Peer (section 8.2.70). */
static void put_peer(struct packet *p, struct cursor *v)
{
    enum { HAS_IPV6 = 1, HAS_IPV4 = 2 };
    uint8_t flags = cursor_u8(v);
    if ((flags & HAS_IPV4) != 0)
        (void)put_ipv4(p, v, NODE_ID_IPV4);
    if ((flags & HAS_IPV6) != 0)
        (void)put_bytes(p, v, NODE_ID_IPV6, 16);
}

/* Failed Rule ID (section 8.2.80): of which kind, and the rule. */
static void put_failed_rule(struct packet *p, struct cursor *v)
{
    enum { PDR, FAR, QER, URR };
    static const unsigned flags[] = {[FAR] = FAR_ID_FLG, [QER] = QER_ID_FLG, [URR] = URR_ID_FLG};
    uint8_t kind = cursor_u8(v) & 0x1f;
    if (v->fault == CURSOR_OK && kind == PDR)
        (void)put_u16(p, v, PDR_ID);
    else if (v->fault == CURSOR_OK && kind <= URR)
        put_rule(p, v, flags[kind]);
}

static void put_value(struct packet *p, struct cursor *v, uint16_t type)
{
    switch (type) {
    case IE_CAUSE:
        (void)put_u8(p, v, CAUSE);
        break;
    case IE_PRECEDENCE: {
        uint32_t precedence = cursor_u32(v);
        if (v->fault == CURSOR_OK)
            put_uint(p, v, PRECEDENCE, v->pos - 4, 4, precedence);
        break;
    }
    case IE_SEQUENCE:
        (void)put_u32(p, v, SEQUENCE_NUMBER);
        break;
    case IE_METRIC:
        (void)put_u8(p, v, METRIC);
        break;
    case IE_PFD:
        cursor_skip(v, 1); /* flags */
        (void)put_u8(p, v, SPARE_OCT);
        break;
    case IE_PDR:
        (void)put_u16(p, v, PDR_ID);
        break;
    case IE_NODE:
        put_node(p, v);
        break;
    case IE_RECOVERY:
        put_recovery(p, v);
        break;
    case IE_FSEID:
        put_session(p, v);
        break;
    case IE_PEER:
        put_peer(p, v);
        break;
    case IE_FAILED_RULE:
        put_failed_rule(p, v);
        break;
    case IE_SDF_FILTER:
    case IE_SOURCE_INTERFACE:
    case IE_DESTINATION_INTERFACE:
    case IE_REDIRECT:
    case IE_USAGE_INFORMATION:
        put_spare_half(p, v);
        break;
    case IE_URR:
    case IE_LINKED_URR:
    case IE_AGGREGATED_URR:
        put_rule(p, v, URR_ID_FLG);
        break;
    case IE_FAR:
        put_rule(p, v, FAR_ID_FLG);
        break;
    case IE_QER:
        put_rule(p, v, QER_ID_FLG);
        break;
    default:
        break;
    }
}

static void put_elements(struct packet *p, struct cursor *c, unsigned depth)
{
    while (cursor_left(c) > 0 && c->fault == CURSOR_OK) {
        const uint8_t *head = cursor_peek(c, 0, 2);
        const char *name = head == NULL ? NULL : value_name_find(ie_type_names, be16(head));
        uint32_t tree = tree_text(p, c, c->pos, 4, "%s", name != NULL ? name : "Unknown");
        uint16_t type = head == NULL ? 0 : be16(head);
        (void)put_u16(p, c, (type & ENTERPRISE) != 0 ? ENTERPRISE_IE : IE_TYPE);
        uint16_t length = put_u16(p, c, IE_LEN);
        struct cursor v = cursor_part(c, length);
        if ((type & ENTERPRISE) != 0)
            (void)put_u16(p, &v, ENTERPRISE_ID);
        else if (is_grouped(type) && depth < DEPTH)
            put_elements(p, &v, depth + 1);
        else
            put_value(p, &v, type);
        tree_end(p, tree);
    }
}

static void dissect(struct packet *p, struct cursor *c)
{
    uint8_t flags = put_u8(p, c, FLAGS);
    uint32_t tree = tree_begin(p, FLAGS);
    if (c->fault == CURSOR_OK) {
        uint32_t at = c->pos - 1;
        put_bits(p, c, VERSION, at, 1, flags);
        put_bits(p, c, SPARE_B4, at, 1, flags);
        put_bits(p, c, SPARE_B3, at, 1, flags);
        put_flags(p, c, FO_FLAG, 3, at, 1, flags);
    }
    tree_end(p, tree);
    uint8_t type = put_u8(p, c, MSG_TYPE);
    uint16_t length = cursor_u16(c);
    if (c->fault != CURSOR_OK)
        return;
    put_uint(p, c, LENGTH, c->pos - 2, 2, length);
    const char *name = value_name_find(msg_type_names, type);
    info_set(p, "%s", name != NULL ? name : "Unknown");
    struct cursor m = cursor_part(c, length);
    if ((flags & HAS_SEID) != 0)
        (void)put_uint_be(p, &m, SEID, 8);
    (void)put_u24(p, &m, SEQNO);
    if ((flags & HAS_PRIORITY) != 0) {
        uint8_t priority = cursor_u8(&m);
        if (m.fault == CURSOR_OK) {
            put_bits(p, &m, MP, m.pos - 1, 1, priority);
            put_bits(p, &m, SPARE_H0, m.pos - 1, 1, priority);
        }
    } else {
        (void)put_u8(p, &m, SPARE_OCT);
    }
    put_elements(p, &m, 0);
    if (m.fault != CURSOR_OK)
        c->fault = m.fault;
}

static const struct binding bindings[] = {{"udp.port", 8805}, {NULL, 0}};

const struct protocol proto_pfcp = {.name = "pfcp",
                                    .title = "Packet Forwarding Control Protocol",
                                    .column = "PFCP",
                                    FIELDS_OF_THIS_FILE,
                                    .bindings = bindings,
                                    .dissect = dissect};
