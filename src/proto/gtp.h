/* gtp: what the files of GTP share. */
#ifndef PROTO_GTP_H
#define PROTO_GTP_H

#include "dissect/packet.h"

extern const struct value_name gtp_ie_id_names[];
extern const struct value_name gtp_cause_names[];
extern const struct value_name gtp_ext_hdr_next_names[];
extern const struct value_name gtp_ext_hdr_pdu_ses_con_pdu_type_names[];
extern const struct value_name gtp_ext_hdr_pdu_ses_cont_ppp_names[];
extern const struct value_name gtp_flags_version_names[];
extern const struct value_name gtp_flags_payload_names[];
extern const struct value_name gtp_flags_hdr_length_names[];
extern const struct value_name gtp_flags_snn_names[];
extern const struct value_name gtp_message_names[];
extern const struct value_name gtp_qos_delay_names[];
extern const struct value_name gtp_qos_reliability_names[];
extern const struct value_name gtp_qos_peak_names[];
extern const struct value_name gtp_qos_precedence_names[];
extern const struct value_name gtp_qos_mean_names[];
extern const struct value_name gtp_qos_traf_class_names[];
extern const struct value_name gtp_qos_del_order_names[];
extern const struct value_name gtp_qos_del_err_sdu_names[];
extern const struct value_name gtp_qos_max_sdu_size_names[];
extern const struct value_name gtp_qos_max_ul_names[];
extern const struct value_name gtp_qos_max_dl_names[];
extern const struct value_name gtp_qos_res_ber_names[];
extern const struct value_name gtp_qos_sdu_err_ratio_names[];
extern const struct value_name gtp_qos_trans_delay_names[];
extern const struct value_name gtp_qos_traf_handl_prio_names[];
extern const struct value_name gtp_qos_guar_ul_names[];
extern const struct value_name gtp_qos_guar_dl_names[];
extern const struct value_name gtp_sel_mode_names[];
extern const struct value_name gtp_user_addr_pdp_org_names[];
extern const struct value_name gtp_user_addr_pdp_type_names[];
extern const struct value_name gtp_ext_rat_type_names[];
extern const struct value_name gtp_timezone_dst_names[];

#define GTP_FIELDS(X)                                                                              \
    X(IE_ID, "gtp.ie_id", "IE Id", UINT8, DEC, 0, gtp_ie_id_names)                                 \
    X(APN, "gtp.apn", "APN", STRING, NONE, 0, NULL)                                                \
    X(CAUSE, "gtp.cause", "Cause", UINT8, DEC, 0, gtp_cause_names)                                 \
    X(CHRG_CHAR, "gtp.chrg_char", "Charging characteristics", UINT16, DEC, 0, NULL)                \
    X(CHRG_CHAR_S, "gtp.chrg_char_s", "Spare", UINT16, DEC, 0xf000, NULL)                          \
    X(CHRG_CHAR_N, "gtp.chrg_char_n", "Normal charging", UINT16, DEC, 0x800, NULL)                 \
    X(CHRG_CHAR_P, "gtp.chrg_char_p", "Prepaid charging", UINT16, DEC, 0x400, NULL)                \
    X(CHRG_CHAR_F, "gtp.chrg_char_f", "Flat rate charging", UINT16, DEC, 0x200, NULL)              \
    X(CHRG_CHAR_H, "gtp.chrg_char_h", "Hot billing charging", UINT16, DEC, 0x100, NULL)            \
    X(CHRG_CHAR_R, "gtp.chrg_char_r", "Reserved", UINT16, DEC, 0xff, NULL)                         \
    X(CHRG_ID, "gtp.chrg_id", "Charging ID", UINT32, HEX_DEC, 0, NULL)                             \
    X(CHRG_IPV4, "gtp.chrg_ipv4", "CG address IPv4", IPv4, NONE, 0, NULL)                          \
    X(EXT_FLOW_LABEL, "gtp.ext_flow_label", "Flow Label Data I", UINT16, HEX, 0, NULL)             \
    X(EXT_ID, "gtp.ext_id", "Extension identifier", UINT16, DEC, 0, NULL)                          \
    X(EXT_VAL, "gtp.ext_val", "Extension value", BYTES, NONE, 0, NULL)                             \
    X(FLAGS, "gtp.flags", "Flags", UINT8, HEX, 0, NULL)                                            \
    X(EXT_HDR, "gtp.ext_hdr", "Extension header", NONE, NONE, 0, NULL)                             \
    X(EXT_HDR_NEXT, "gtp.ext_hdr.next", "Next extension header type", UINT8, HEX, 0,               \
      gtp_ext_hdr_next_names)                                                                      \
    X(EXT_HDR_RAN_CONT, "gtp.ext_hdr.ran_cont", "RAN Container", BYTES, NONE, 0, NULL)             \
    X(EXT_HDR_LONG_PDCP_SN, "gtp.ext_hdr.long_pdcp_sn", "Long PDCP Sequence Number", UINT24, DEC,  \
      0, NULL)                                                                                     \
    X(EXT_HDR_XW_RAN_CONT, "gtp.ext_hdr.xw_ran_cont", "Xw RAN Container", BYTES, NONE, 0, NULL)    \
    X(EXT_HDR_PDU_SES_CON_PDU_TYPE, "gtp.ext_hdr.pdu_ses_con.pdu_type", "PDU Type", UINT8, DEC,    \
      0xf0, gtp_ext_hdr_pdu_ses_con_pdu_type_names)                                                \
    X(EXT_HDR_PDU_SES_CONT_PPP, "gtp.ext_hdr.pdu_ses_cont.ppp", "Paging Policy Presence (PPP)",    \
      BOOLEAN, 8, 0x80, gtp_ext_hdr_pdu_ses_cont_ppp_names)                                        \
    X(EXT_HDR_PDU_SES_CONT_RQI, "gtp.ext_hdr.pdu_ses_cont.rqi", "Reflective QoS Indicator (RQI)",  \
      BOOLEAN, 8, 0x40, gtp_ext_hdr_pdu_ses_cont_ppp_names)                                        \
    X(EXT_HDR_PDU_SES_CON_QOS_FLOW_ID, "gtp.ext_hdr.pdu_ses_con.qos_flow_id",                      \
      "QoS Flow Identifier (QFI)", UINT8, DEC, 0x3f, NULL)                                         \
    X(EXT_HDR_PDU_SES_CONT_PPI, "gtp.ext_hdr.pdu_ses_cont.ppi", "Paging Policy Indicator (PPI)",   \
      UINT8, DEC, 0xe0, NULL)                                                                      \
    X(EXT_HDR_PDCP_SN, "gtp.ext_hdr.pdcp_sn", "PDCP Sequence Number", UINT16, DEC, 0, NULL)        \
    X(EXT_HDR_UDP_PORT, "gtp.ext_hdr.udp_port", "UDP Port", UINT16, DEC, 0, NULL)                  \
    X(EXT_HDR_LENGTH, "gtp.ext_hdr.length", "Extension Header Length", UINT8, DEC, 0, NULL)        \
    X(FLAGS_VERSION, "gtp.flags.version", "Version", UINT8, DEC, 0xe0, gtp_flags_version_names)    \
    X(FLAGS_PAYLOAD, "gtp.flags.payload", "Protocol type", UINT8, DEC, 0x10,                       \
      gtp_flags_payload_names)                                                                     \
    X(FLAGS_RESERVED, "gtp.flags.reserved", "Reserved", UINT8, DEC, 0xe, NULL)                     \
    X(FLAGS_HDR_LENGTH, "gtp.flags.hdr_length", "Header length", BOOLEAN, 8, 0x1,                  \
      gtp_flags_hdr_length_names)                                                                  \
    X(FLAGS_SNN, "gtp.flags.snn", "Is SNDCP N-PDU included?", BOOLEAN, 8, 0x1,                     \
      gtp_flags_snn_names)                                                                         \
    X(FLAGS_E, "gtp.flags.e", "Is Next Extension Header present?", BOOLEAN, 8, 0x4,                \
      gtp_flags_snn_names)                                                                         \
    X(FLAGS_S, "gtp.flags.s", "Is Sequence Number present?", BOOLEAN, 8, 0x2, gtp_flags_snn_names) \
    X(FLAGS_PN, "gtp.flags.pn", "Is N-PDU number present?", BOOLEAN, 8, 0x1, gtp_flags_snn_names)  \
    X(FLOW_LABEL, "gtp.flow_label", "Flow label", UINT16, HEX, 0, NULL)                            \
    X(FLOW_SIG, "gtp.flow_sig", "Flow label Signalling", UINT16, HEX, 0, NULL)                     \
    X(GSN_IPV4, "gtp.gsn_ipv4", "GSN address IPv4", IPv4, NONE, 0, NULL)                           \
    X(GSN_IPV6, "gtp.gsn_ipv6", "GSN address IPv6", IPv6, NONE, 0, NULL)                           \
    X(LENGTH, "gtp.length", "Length", UINT16, DEC, 0, NULL)                                        \
    X(MESSAGE, "gtp.message", "Message Type", UINT8, HEX, 0, gtp_message_names)                    \
    X(NODE_IPV4, "gtp.node_ipv4", "Node address IPv4", IPv4, NONE, 0, NULL)                        \
    X(NPDU_NUMBER, "gtp.npdu_number", "N-PDU Number", UINT8, HEX, 0, NULL)                         \
    X(NSAPI, "gtp.nsapi", "NSAPI", UINT8, DEC, 0xf, NULL)                                          \
    X(QOS_VERSION, "gtp.qos_version", "Version", UINT8, HEX, 0, NULL)                              \
    X(QOS_SPARE1, "gtp.qos_spare1", "Spare", UINT8, DEC, 0xc0, NULL)                               \
    X(QOS_DELAY, "gtp.qos_delay", "QoS delay", UINT8, DEC, 0x38, gtp_qos_delay_names)              \
    X(QOS_RELIABILITY, "gtp.qos_reliability", "QoS reliability", UINT8, DEC, 0x7,                  \
      gtp_qos_reliability_names)                                                                   \
    X(QOS_PEAK, "gtp.qos_peak", "QoS peak", UINT8, DEC, 0xf0, gtp_qos_peak_names)                  \
    X(QOS_SPARE2, "gtp.qos_spare2", "Spare", UINT8, DEC, 0x8, NULL)                                \
    X(QOS_PRECEDENCE, "gtp.qos_precedence", "QoS precedence", UINT8, DEC, 0x7,                     \
      gtp_qos_precedence_names)                                                                    \
    X(QOS_SPARE3, "gtp.qos_spare3", "Spare", UINT8, DEC, 0xe0, NULL)                               \
    X(QOS_MEAN, "gtp.qos_mean", "QoS mean", UINT8, DEC, 0x1f, gtp_qos_mean_names)                  \
    X(QOS_AL_RET_PRIORITY, "gtp.qos_al_ret_priority", "Allocation/Retention priority", UINT8, DEC, \
      0, NULL)                                                                                     \
    X(QOS_TRAF_CLASS, "gtp.qos_traf_class", "Traffic class", UINT8, DEC, 0xe0,                     \
      gtp_qos_traf_class_names)                                                                    \
    X(QOS_DEL_ORDER, "gtp.qos_del_order", "Delivery order", UINT8, DEC, 0x18,                      \
      gtp_qos_del_order_names)                                                                     \
    X(QOS_DEL_ERR_SDU, "gtp.qos_del_err_sdu", "Delivery of erroneous SDU", UINT8, DEC, 0x7,        \
      gtp_qos_del_err_sdu_names)                                                                   \
    X(QOS_MAX_SDU_SIZE, "gtp.qos_max_sdu_size", "Maximum SDU size", UINT8, DEC, 0,                 \
      gtp_qos_max_sdu_size_names)                                                                  \
    X(QOS_MAX_UL, "gtp.qos_max_ul", "Maximum bit rate for uplink", UINT8, DEC, 0,                  \
      gtp_qos_max_ul_names)                                                                        \
    X(QOS_MAX_DL, "gtp.qos_max_dl", "Maximum bit rate for downlink", UINT8, DEC, 0,                \
      gtp_qos_max_dl_names)                                                                        \
    X(QOS_RES_BER, "gtp.qos_res_ber", "Residual BER", UINT8, DEC, 0xf0, gtp_qos_res_ber_names)     \
    X(QOS_SDU_ERR_RATIO, "gtp.qos_sdu_err_ratio", "SDU Error ratio", UINT8, DEC, 0xf,              \
      gtp_qos_sdu_err_ratio_names)                                                                 \
    X(QOS_TRANS_DELAY, "gtp.qos_trans_delay", "Transfer delay", UINT8, DEC, 0xfc,                  \
      gtp_qos_trans_delay_names)                                                                   \
    X(QOS_TRAF_HANDL_PRIO, "gtp.qos_traf_handl_prio", "Traffic handling priority", UINT8, DEC,     \
      0x3, gtp_qos_traf_handl_prio_names)                                                          \
    X(QOS_GUAR_UL, "gtp.qos_guar_ul", "Guaranteed bit rate for uplink", UINT8, DEC, 0,             \
      gtp_qos_guar_ul_names)                                                                       \
    X(QOS_GUAR_DL, "gtp.qos_guar_dl", "Guaranteed bit rate for downlink", UINT8, DEC, 0,           \
      gtp_qos_guar_dl_names)                                                                       \
    X(PTMSI, "gtp.ptmsi", "P-TMSI", UINT32, DEC_HEX, 0, NULL)                                      \
    X(PTMSI_SIG, "gtp.ptmsi_sig", "P-TMSI Signature", UINT24, HEX, 0, NULL)                        \
    X(RAI_RAC, "gtp.rai_rac", "Routing Area Code (RAC)", UINT8, DEC, 0, NULL)                      \
    X(LAC, "gtp.lac", "Location Area Code (LAC)", UINT16, DEC, 0, NULL)                            \
    X(RECOVERY, "gtp.recovery", "Recovery", UINT8, DEC, 0, NULL)                                   \
    X(REORDER, "gtp.reorder", "Reordering required", BOOLEAN, 0, 0, NULL)                          \
    X(SEL_MODE, "gtp.sel_mode", "Selection mode", UINT8, DEC, 0x3, gtp_sel_mode_names)             \
    X(SEQ_NUMBER, "gtp.seq_number", "Sequence number", UINT16, HEX_DEC, 0, NULL)                   \
    X(SNDCP_NUMBER, "gtp.sndcp_number", "SNDCP N-PDU LLC Number", UINT8, HEX, 0, NULL)             \
    X(TEAR_IND, "gtp.tear_ind", "Teardown Indicator", BOOLEAN, 0, 0, NULL)                         \
    X(TEID, "gtp.teid", "TEID", UINT32, HEX_DEC, 0, NULL)                                          \
    X(TEID_CP, "gtp.teid_cp", "TEID Control Plane", UINT32, HEX_DEC, 0, NULL)                      \
    X(TEID_DATA, "gtp.teid_data", "TEID Data I", UINT32, HEX_DEC, 0, NULL)                         \
    X(TEID_II, "gtp.teid_ii", "TEID Data II", UINT32, HEX_DEC, 0, NULL)                            \
    X(TID, "gtp.tid", "TID", STRING, NONE, 0, NULL)                                                \
    X(USER_ADDR_PDP_ORG, "gtp.user_addr_pdp_org", "PDP type organization", UINT8, DEC, 0,          \
      gtp_user_addr_pdp_org_names)                                                                 \
    X(USER_ADDR_PDP_TYPE, "gtp.user_addr_pdp_type", "PDP type number", UINT8, HEX, 0,              \
      gtp_user_addr_pdp_type_names)                                                                \
    X(USER_IPV4, "gtp.user_ipv4", "End user address IPv4", IPv4, NONE, 0, NULL)                    \
    X(USER_IPV6, "gtp.user_ipv6", "End user address IPv6", IPv6, NONE, 0, NULL)                    \
    X(EXT_LENGTH, "gtp.ext_length", "Length", UINT16, DEC, 0, NULL)                                \
    X(EXT_RAT_TYPE, "gtp.ext_rat_type", "RAT Type", UINT8, DEC, 0, gtp_ext_rat_type_names)         \
    X(APN_LENGTH, "gtp.apn_length", "APN length", UINT16, DEC, 0, NULL)                            \
    X(GSN_ADDRESS_LENGTH, "gtp.gsn_address_length", "GSN address length", UINT16, DEC, 0, NULL)    \
    X(TIMEZONE, "gtp.timezone", "Timezone", UINT8, DEC, 0, NULL)                                   \
    X(TIMEZONE_DST, "gtp.timezone_dst", "DST", UINT8, DEC, 0x3, gtp_timezone_dst_names)            \
    X(QOS_UMTS_LENGTH, "gtp.qos_umts_length", "Length", UINT16, DEC, 0, NULL)                      \
    X(SPARE_H1, "gtp.spare.h1", "Spare", UINT8, HEX, 0xf, NULL)                                    \
    X(UNKNOWN_PDU_TYPE, "gtp.unknown_pdu_type", "Unknown PDU type", NONE, NONE, 0, NULL)

enum { GTP_FIELDS(FIELD_ID) FIELD_COUNT };

/* The elements of a message, which take the rest of c. */
void gtp_put_elements(struct packet *p, struct cursor *c, uint8_t version);

/* Dispatch tables, in the order in which gtp.c names them. */
enum { GTP_VERSION_TABLE, GTP_NEXT_TABLE, GTP_PPP_TABLE };

#endif
