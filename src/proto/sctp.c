/*
 * sctp: Stream Control Transmission Protocol (RFC 9260; partial reliability RFC 3758,
 * authentication RFC 4895, address reconfiguration RFC 5061, stream reconfiguration RFC 6525).
 *
 *     | source 2 | destination 2 | tag 4 | checksum 4 | chunks: | type 1 | flags 1 | length 2 |
 * value, padded to 4 | in most chunks, parameters: | type 2 | length 2 | value, padded to 4 |
 */
#include "proto/sctp.h"
#include "dissect/checksum.h"

#define FIELDS(X)                                                                                  \
    X(SRCPORT, "sctp.srcport", "Source port", UINT16, DEC, 0, NULL)                                \
    X(DSTPORT, "sctp.dstport", "Destination port", UINT16, DEC, 0, NULL)                           \
    X(PORT, "sctp.port", "Port", UINT16, DEC | HIDDEN, 0, NULL)                                    \
    X(VERIFICATION_TAG, "sctp.verification_tag", "Verification tag", UINT32, HEX, 0, NULL)         \
    X(CHECKSUM, "sctp.checksum", "Checksum", UINT32, HEX, 0, NULL)                                 \
    X(CHECKSUM_STATUS, "sctp.checksum.status", "Checksum Status", UINT8, NONE, 0,                  \
      sctp_checksum_status_names)                                                                  \
    X(CHUNK_TYPE, "sctp.chunk_type", "Chunk type", UINT8, DEC, 0, sctp_chunk_type_names)           \
    X(CHUNK_FLAGS, "sctp.chunk_flags", "Chunk flags", UINT8, HEX, 0, NULL)                         \
    X(CHUNK_BIT_1, "sctp.chunk_bit_1", "Bit", BOOLEAN, 8, 0x80, sctp_chunk_bit_1_names)            \
    X(CHUNK_BIT_2, "sctp.chunk_bit_2", "Bit", BOOLEAN, 8, 0x40, sctp_chunk_bit_2_names)            \
    X(CHUNK_LENGTH, "sctp.chunk_length", "Chunk length", UINT16, DEC, 0, NULL)                     \
    X(CHUNK_PADDING, "sctp.chunk_padding", "Chunk padding", BYTES, NONE, 0, NULL)                  \
    X(CHUNK_VALUE, "sctp.chunk_value", "Chunk value", BYTES, NONE, 0, NULL)                        \
    X(COOKIE, "sctp.cookie", "Cookie", BYTES, NONE, 0, NULL)                                       \
    X(INITIATE_TAG, "sctp.initiate_tag", "Initiate tag", UINT32, HEX | HIDDEN, 0, NULL)            \
    X(INIT_INITIATE_TAG, "sctp.init_initiate_tag", "Initiate tag", UINT32, HEX, 0, NULL)           \
    X(INIT_CREDIT, "sctp.init_credit", "Advertised receiver window credit (a_rwnd)", UINT32, DEC,  \
      0, NULL)                                                                                     \
    X(INIT_NR_OUT_STREAMS, "sctp.init_nr_out_streams", "Number of outbound streams", UINT16, DEC,  \
      0, NULL)                                                                                     \
    X(INIT_NR_IN_STREAMS, "sctp.init_nr_in_streams", "Number of inbound streams", UINT16, DEC, 0,  \
      NULL)                                                                                        \
    X(INIT_INITIAL_TSN, "sctp.init_initial_tsn", "Initial TSN", UINT32, DEC, 0, NULL)              \
    X(INITACK_INITIATE_TAG, "sctp.initack_initiate_tag", "Initiate tag", UINT32, HEX, 0, NULL)     \
    X(INITACK_CREDIT, "sctp.initack_credit", "Advertised receiver window credit (a_rwnd)", UINT32, \
      DEC, 0, NULL)                                                                                \
    X(INITACK_NR_OUT_STREAMS, "sctp.initack_nr_out_streams", "Number of outbound streams", UINT16, \
      DEC, 0, NULL)                                                                                \
    X(INITACK_NR_IN_STREAMS, "sctp.initack_nr_in_streams", "Number of inbound streams", UINT16,    \
      DEC, 0, NULL)                                                                                \
    X(INITACK_INITIAL_TSN, "sctp.initack_initial_tsn", "Initial TSN", UINT32, DEC, 0, NULL)        \
    X(DATA_TSN, "sctp.data_tsn", "Transmission sequence number (relative)", UINT32, DEC | FLOW, 0, \
      NULL)                                                                                        \
    X(DATA_TSN_RAW, "sctp.data_tsn_raw", "Transmission sequence number (absolute)", UINT32, DEC,   \
      0, NULL)                                                                                     \
    X(DATA_SID, "sctp.data_sid", "Stream identifier", UINT16, HEX, 0, NULL)                        \
    X(DATA_SSN, "sctp.data_ssn", "Stream sequence number", UINT16, DEC, 0, NULL)                   \
    X(DATA_PAYLOAD_PROTO_ID, "sctp.data_payload_proto_id", "Payload protocol identifier", UINT32,  \
      DEC, 0, sctp_data_payload_proto_id_names)                                                    \
    X(DATA_E_BIT, "sctp.data_e_bit", "E-Bit", BOOLEAN, 8, 0x1, sctp_data_e_bit_names)              \
    X(DATA_B_BIT, "sctp.data_b_bit", "B-Bit", BOOLEAN, 8, 0x2, sctp_data_b_bit_names)              \
    X(DATA_U_BIT, "sctp.data_u_bit", "U-Bit", BOOLEAN, 8, 0x4, sctp_data_u_bit_names)              \
    X(DATA_I_BIT, "sctp.data_i_bit", "I-Bit", BOOLEAN, 8, 0x8, sctp_data_i_bit_names)              \
    X(SACK_NOUNCE_SUM, "sctp.sack_nounce_sum", "Nounce sum", UINT8, DEC, 0x1, NULL)                \
    X(SACK_CUMULATIVE_TSN_ACK, "sctp.sack_cumulative_tsn_ack", "Cumulative TSN ACK (relative)",    \
      UINT32, DEC | FLOW, 0, NULL)                                                                 \
    X(SACK_CUMULATIVE_TSN_ACK_RAW, "sctp.sack_cumulative_tsn_ack_raw",                             \
      "Cumulative TSN ACK (absolute)", UINT32, DEC, 0, NULL)                                       \
    X(SACK_A_RWND, "sctp.sack_a_rwnd", "Advertised receiver window credit (a_rwnd)", UINT32, DEC,  \
      0, NULL)                                                                                     \
    X(SACK_NUMBER_OF_GAP_BLOCKS, "sctp.sack_number_of_gap_blocks",                                 \
      "Number of gap acknowledgement blocks", UINT16, DEC, 0, NULL)                                \
    X(SACK_NUMBER_OF_DUPLICATED_TSNS, "sctp.sack_number_of_duplicated_tsns",                       \
      "Number of duplicated TSNs", UINT16, DEC, 0, NULL)                                           \
    X(SACK_GAP_BLOCK_START, "sctp.sack_gap_block_start", "Start", UINT16, DEC, 0, NULL)            \
    X(SACK_GAP_BLOCK_START_TSN, "sctp.sack_gap_block_start_tsn", "Start TSN", UINT32, DEC | FLOW,  \
      0, NULL)                                                                                     \
    X(SACK_GAP_BLOCK_END, "sctp.sack_gap_block_end", "End", UINT16, DEC, 0, NULL)                  \
    X(SACK_GAP_BLOCK_END_TSN, "sctp.sack_gap_block_end_tsn", "End TSN", UINT32, DEC | FLOW, 0,     \
      NULL)                                                                                        \
    X(SACK_DUPLICATE_TSN, "sctp.sack_duplicate_tsn", "Duplicate TSN", UINT32, DEC | FLOW, 0, NULL) \
    X(SHUTDOWN_CUMULATIVE_TSN_ACK, "sctp.shutdown_cumulative_tsn_ack", "Cumulative TSN Ack",       \
      UINT32, DEC, 0, NULL)                                                                        \
    X(ECNE_LOWEST_TSN, "sctp.ecne_lowest_tsn", "Lowest TSN", UINT32, DEC, 0, NULL)                 \
    X(CWR_LOWEST_TSN, "sctp.cwr_lowest_tsn", "Lowest TSN", UINT32, DEC, 0, NULL)                   \
    X(SHUTDOWN_COMPLETE_T_BIT, "sctp.shutdown_complete_t_bit", "T-Bit", BOOLEAN, 8, 0x1,           \
      sctp_shutdown_complete_t_bit_names)                                                          \
    X(ABORT_T_BIT, "sctp.abort_t_bit", "T-Bit", BOOLEAN, 8, 0x1,                                   \
      sctp_shutdown_complete_t_bit_names)                                                          \
    X(FORWARD_TSN_TSN, "sctp.forward_tsn_tsn", "New cumulative TSN", UINT32, DEC, 0, NULL)         \
    X(FORWARD_TSN_SID, "sctp.forward_tsn_sid", "Stream identifier", UINT16, DEC, 0, NULL)          \
    X(FORWARD_TSN_SSN, "sctp.forward_tsn_ssn", "Stream sequence number", UINT16, DEC, 0, NULL)     \
    X(PARAMETER_TYPE, "sctp.parameter_type", "Parameter type", UINT16, HEX, 0,                     \
      sctp_parameter_type_names)                                                                   \
    X(PARAMETER_LENGTH, "sctp.parameter_length", "Parameter length", UINT16, DEC, 0, NULL)         \
    X(PARAMETER_VALUE, "sctp.parameter_value", "Parameter value", BYTES, NONE, 0, NULL)            \
    X(PARAMETER_PADDING, "sctp.parameter_padding", "Parameter padding", BYTES, NONE, 0, NULL)      \
    X(PARAMETER_BIT_1, "sctp.parameter_bit_1", "Bit", BOOLEAN, 16, 0x8000,                         \
      sctp_parameter_bit_1_names)                                                                  \
    X(PARAMETER_BIT_2, "sctp.parameter_bit_2", "Bit", BOOLEAN, 16, 0x4000, sctp_chunk_bit_2_names) \
    X(PARAMETER_IPV4_ADDRESS, "sctp.parameter_ipv4_address", "IP Version 4 address", IPv4, NONE,   \
      0, NULL)                                                                                     \
    X(PARAMETER_IPV6_ADDRESS, "sctp.parameter_ipv6_address", "IP Version 6 address", IPv6, NONE,   \
      0, NULL)                                                                                     \
    X(PARAMETER_HEARTBEAT_INFORMATION, "sctp.parameter_heartbeat_information",                     \
      "Heartbeat information", BYTES, NONE, 0, NULL)                                               \
    X(PARAMETER_STATE_COOKIE, "sctp.parameter_state_cookie", "State cookie", BYTES, NONE, 0, NULL) \
    X(PARAMETER_COOKIE_PRESERVATIVE_INCR, "sctp.parameter_cookie_preservative_incr",               \
      "Suggested Cookie life-span increment (msec)", UINT32, DEC, 0, NULL)                         \
    X(PARAMETER_HOSTNAME, "sctp.parameter_hostname", "Hostname", STRING, NONE, 0, NULL)            \
    X(PARAMETER_SUPPORTED_ADDRESS_TYPE, "sctp.parameter_supported_address_type",                   \
      "Supported address type", UINT16, DEC, 0, sctp_parameter_supported_address_type_names)       \
    X(PARAMETER_RECONFIG_REQUEST_SEQUENCE_NUMBER,                                                  \
      "sctp.parameter_reconfig_request_sequence_number",                                           \
      "Re-configuration request sequence number", UINT32, DEC, 0, NULL)                            \
    X(PARAMETER_RECONFIG_RESPONSE_SEQUENCE_NUMBER,                                                 \
      "sctp.parameter_reconfig_response_sequence_number",                                          \
      "Re-configuration response sequence number", UINT32, DEC, 0, NULL)                           \
    X(PARAMETER_SENDERS_LAST_ASSIGNED_TSN, "sctp.parameter_senders_last_assigned_tsn",             \
      "Senders last assigned TSN", UINT32, DEC, 0, NULL)                                           \
    X(PARAMETER_SENDERS_NEXT_TSN, "sctp.parameter_senders_next_tsn", "Senders next TSN", UINT32,   \
      DEC, 0, NULL)                                                                                \
    X(PARAMETER_RECEIVERS_NEXT_TSN, "sctp.parameter_receivers_next_tsn", "Receivers next TSN",     \
      UINT32, DEC, 0, NULL)                                                                        \
    X(PARAMETER_RECONFIG_RESPONSE_RESULT, "sctp.parameter_reconfig_response_result", "Result",     \
      UINT32, DEC, 0, sctp_parameter_reconfig_response_result_names)                               \
    X(PARAMETER_RECONFIG_SID, "sctp.parameter_reconfig_sid", "Stream Identifier", UINT16, DEC, 0,  \
      NULL)                                                                                        \
    X(PARAMETER_ADD_OUTGOING_STREAMS_NUMBER, "sctp.parameter_add_outgoing_streams_number",         \
      "Number of streams", UINT16, DEC, 0, NULL)                                                   \
    X(PARAMETER_ADD_OUTGOING_STREAMS_RESERVED, "sctp.parameter_add_outgoing_streams_reserved",     \
      "Reserved", UINT16, DEC, 0, NULL)                                                            \
    X(PARAMETER_ADD_INCOMING_STREAMS_NUMBER, "sctp.parameter_add_incoming_streams_number",         \
      "Number of streams", UINT16, DEC, 0, NULL)                                                   \
    X(PARAMETER_ADD_INCOMING_STREAMS_RESERVED, "sctp.parameter_add_incoming_streams_reserved",     \
      "Reserved", UINT16, DEC, 0, NULL)                                                            \
    X(ASCONF_SEQ_NR_NUMBER, "sctp.asconf_seq_nr_number", "Sequence number", UINT32, HEX, 0, NULL)  \
    X(ASCONF_ACK_SEQ_NR_NUMBER, "sctp.asconf_ack_seq_nr_number", "Sequence number", UINT32, HEX,   \
      0, NULL)                                                                                     \
    X(CORRELATION_ID, "sctp.correlation_id", "Correlation_id", UINT32, HEX, 0, NULL)               \
    X(ADAPTATION_LAYER_INDICATION, "sctp.adaptation_layer_indication", "Indication", UINT32, HEX,  \
      0, NULL)                                                                                     \
    X(RANDOM_NUMBER, "sctp.random_number", "Random number", BYTES, NONE, 0, NULL)                  \
    X(CHUNK_TYPE_TO_AUTH, "sctp.chunk_type_to_auth", "Chunk type", UINT8, DEC, 0,                  \
      sctp_chunk_type_names)                                                                       \
    X(HMAC_ID, "sctp.hmac_id", "HMAC identifier", UINT16, DEC, 0, sctp_hmac_id_names)              \
    X(HMAC, "sctp.hmac", "HMAC", BYTES, NONE, 0, NULL)                                             \
    X(SHARED_KEY_ID, "sctp.shared_key_id", "Shared key identifier", UINT16, DEC, 0, NULL)          \
    X(SUPPORTED_CHUNK_TYPE, "sctp.supported_chunk_type", "Supported chunk type", UINT8, DEC, 0,    \
      sctp_chunk_type_names)                                                                       \
    X(CAUSE_CODE, "sctp.cause_code", "Cause code", UINT16, HEX, 0, sctp_cause_code_names)          \
    X(CAUSE_LENGTH, "sctp.cause_length", "Cause length", UINT16, DEC, 0, NULL)                     \
    X(CAUSE_INFORMATION, "sctp.cause_information", "Cause information", BYTES, NONE, 0, NULL)      \
    X(CAUSE_PADDING, "sctp.cause_padding", "Cause padding", BYTES, NONE, 0, NULL)                  \
    X(CAUSE_STREAM_IDENTIFIER, "sctp.cause_stream_identifier", "Stream identifier", UINT16, DEC,   \
      0, NULL)                                                                                     \
    X(CAUSE_RESERVED, "sctp.cause_reserved", "Reserved", UINT16, DEC, 0, NULL)                     \
    X(CAUSE_NR_OF_MISSING_PARAMETERS, "sctp.cause_nr_of_missing_parameters",                       \
      "Number of missing parameters", UINT32, DEC, 0, NULL)                                        \
    X(CAUSE_MISSING_PARAMETER_TYPE, "sctp.cause_missing_parameter_type", "Missing parameter type", \
      UINT16, HEX, 0, sctp_parameter_type_names)                                                   \
    X(CAUSE_MEASURE_OF_STALENESS, "sctp.cause_measure_of_staleness",                               \
      "Measure of staleness in usec", UINT32, DEC, 0, NULL)                                        \
    X(CAUSE_TSN, "sctp.cause_tsn", "TSN", UINT32, DEC, 0, NULL)                                    \
    X(PADDING_DATA, "sctp.padding_data", "Padding data", BYTES, NONE, 0, NULL)                     \
    X(ASSOC_INDEX, "sctp.assoc_index", "Association index", UINT16, DEC, 0, NULL)                  \
    X(PARAMETER_PADDING_EXPERT, "sctp.parameter_padding.expert",                                   \
      "The padding of this final parameter should be the padding of the chunk.", NONE, NONE, 0,    \
      NULL)                                                                                        \
    X(PARAMETER_LENGTH_BAD, "sctp.parameter_length.bad", "Parameter length bad", NONE, NONE, 0,    \
      NULL)                                                                                        \
    X(SACK_A_RWND_EXPERT, "sctp.sack_a_rwnd.expert", "Zero Advertised Receiver Window Credit",     \
      NONE, NONE, 0, NULL)                                                                         \
    X(CHUNK_LENGTH_BAD, "sctp.chunk_length.bad", "Chunk length bad", NONE, NONE, 0, NULL)          \
    X(CHECKSUM_BAD_EXPERT, "sctp.checksum_bad.expert", "Bad SCTP checksum.", NONE, NONE, 0, NULL)

FIELD_TABLE(FIELDS);

enum { PPI_TABLE, PORT_TABLE };
enum { IP_PROTO_SCTP = 132, ASSOC_DISABLED = 65535 };
enum {
    DATA,
    INIT,
    INIT_ACK,
    SACK,
    HEARTBEAT,
    HEARTBEAT_ACK,
    ABORT,
    SHUTDOWN,
    SHUTDOWN_ACK,
    ERROR_CHUNK,
    COOKIE_ECHO,
    COOKIE_ACK,
    ECNE,
    CWR,
    SHUTDOWN_COMPLETE,
    AUTH,
    ASCONF_ACK = 0x80,
    RECONFIG = 0x82,
    PAD = 0x84,
    FORWARD_TSN = 0xc0,
    ASCONF = 0xc1
};
enum { COMPLETE = 3 };

/* The first TSN of each direction, which relative ones are counted from. */
struct memory {
    uint32_t first[2];
    bool known[2];
};

/* False if no data of that direction has been seen. */
static bool relative_tsn(struct packet *p, uint32_t tsn, bool other, uint32_t *relative)
{
    struct memory *m = flow_state(p, sizeof *m);
    if (m == NULL)
        return false;
    unsigned way = (p->facts.reverse ? 1u : 0u) ^ (other ? 1u : 0u);
    if (!m->known[way] && other)
        return false;
    if (!m->known[way]) {
        m->known[way] = true;
        m->first[way] = tsn;
    }
    *relative = tsn - m->first[way];
    return true;
}

static void put_both_tsns(struct packet *p, struct cursor *c, unsigned field, bool other)
{
    uint32_t tsn = cursor_u32(c), relative = 0;
    if (c->fault != CURSOR_OK)
        return;
    if (relative_tsn(p, tsn, other, &relative))
        put_uint(p, c, field, c->pos - 4, 4, relative);
    put_uint(p, c, field + 1, c->pos - 4, 4, tsn);
}

static void put_gap(struct packet *p, struct cursor *v, unsigned field, uint32_t cumulative)
{
    uint16_t ahead = put_u16(p, v, field);
    uint32_t tsn = cumulative + ahead;
    if (relative_tsn(p, tsn, true, &tsn))
        put_uint(p, v, field + 1, v->pos - 2, 2, tsn);
}

/* ---- Parameters and causes ------------------------------------------------------------------- */

enum {
    P_HEARTBEAT = 1,
    P_IPV4 = 5,
    P_IPV6,
    P_COOKIE,
    P_UNRECOGNIZED,
    P_PRESERVATIVE,
    P_HOSTNAME = 11,
    P_TYPES,
    P_OUTGOING_RESET,
    P_INCOMING_RESET,
    P_TSN_RESET,
    P_RESPONSE,
    P_ADD_OUTGOING,
    P_ADD_INCOMING,
    P_RANDOM = 0x8002,
    P_CHUNKS,
    P_HMACS,
    P_EXTENSIONS = 0x8008,
    P_ADD_IP = 0xc001,
    P_DELETE_IP,
    P_ERROR_IND,
    P_PRIMARY,
    P_SUCCESS,
    P_ADAPTATION
};

static void put_parameters(struct packet *p, struct cursor *c, unsigned depth);

static void put_reset(struct packet *p, struct cursor *v, uint16_t type)
{
    switch (type) {
    case P_OUTGOING_RESET:
        (void)put_u32(p, v, PARAMETER_RECONFIG_REQUEST_SEQUENCE_NUMBER);
        (void)put_u32(p, v, PARAMETER_RECONFIG_RESPONSE_SEQUENCE_NUMBER);
        (void)put_u32(p, v, PARAMETER_SENDERS_LAST_ASSIGNED_TSN);
        break;
    case P_RESPONSE:
        (void)put_u32(p, v, PARAMETER_RECONFIG_RESPONSE_SEQUENCE_NUMBER);
        (void)put_u32(p, v, PARAMETER_RECONFIG_RESPONSE_RESULT);
        if (cursor_left(v) >= 8) {
            (void)put_u32(p, v, PARAMETER_SENDERS_NEXT_TSN);
            (void)put_u32(p, v, PARAMETER_RECEIVERS_NEXT_TSN);
        }
        return;
    case P_ADD_OUTGOING:
        (void)put_u32(p, v, PARAMETER_RECONFIG_REQUEST_SEQUENCE_NUMBER);
        (void)put_u16(p, v, PARAMETER_ADD_OUTGOING_STREAMS_NUMBER);
        (void)put_u16(p, v, PARAMETER_ADD_OUTGOING_STREAMS_RESERVED);
        return;
    case P_ADD_INCOMING:
        (void)put_u32(p, v, PARAMETER_RECONFIG_REQUEST_SEQUENCE_NUMBER);
        (void)put_u16(p, v, PARAMETER_ADD_INCOMING_STREAMS_NUMBER);
        (void)put_u16(p, v, PARAMETER_ADD_INCOMING_STREAMS_RESERVED);
        return;
    default:
        (void)put_u32(p, v, PARAMETER_RECONFIG_REQUEST_SEQUENCE_NUMBER);
    }
    while (cursor_left(v) >= 2)
        (void)put_u16(p, v, PARAMETER_RECONFIG_SID);
}

static void put_list(struct packet *p, struct cursor *v, unsigned field, uint32_t size)
{
    while (cursor_left(v) >= size)
        (void)put_uint_be(p, v, field, size);
}

static void put_parameter_value(struct packet *p, struct cursor *v, uint16_t type, unsigned depth)
{
    switch (type) {
    case P_HEARTBEAT:
        if (cursor_left(v) > 0)
            (void)put_bytes(p, v, PARAMETER_HEARTBEAT_INFORMATION, cursor_left(v));
        break;
    case P_IPV4:
        (void)put_ipv4(p, v, PARAMETER_IPV4_ADDRESS);
        break;
    case P_IPV6:
        (void)put_bytes(p, v, PARAMETER_IPV6_ADDRESS, 16);
        break;
    case P_COOKIE:
        (void)put_bytes(p, v, PARAMETER_STATE_COOKIE, cursor_left(v));
        break;
    case P_PRESERVATIVE:
        (void)put_u32(p, v, PARAMETER_COOKIE_PRESERVATIVE_INCR);
        break;
    case P_HOSTNAME:
        (void)put_bytes(p, v, PARAMETER_HOSTNAME, cursor_left(v));
        break;
    case P_TYPES:
        put_list(p, v, PARAMETER_SUPPORTED_ADDRESS_TYPE, 2);
        break;
    case P_OUTGOING_RESET:
    case P_INCOMING_RESET:
    case P_TSN_RESET:
    case P_RESPONSE:
    case P_ADD_OUTGOING:
    case P_ADD_INCOMING:
        put_reset(p, v, type);
        break;
    case P_RANDOM:
        (void)put_bytes(p, v, RANDOM_NUMBER, cursor_left(v));
        break;
    case P_CHUNKS:
        put_list(p, v, CHUNK_TYPE_TO_AUTH, 1);
        break;
    case P_HMACS:
        put_list(p, v, HMAC_ID, 2);
        break;
    case P_EXTENSIONS:
        put_list(p, v, SUPPORTED_CHUNK_TYPE, 1);
        break;
    case P_ADD_IP:
    case P_DELETE_IP:
    case P_PRIMARY:
        (void)put_u32(p, v, CORRELATION_ID);
        put_parameters(p, v, depth + 1);
        break;
    case P_SUCCESS:
        (void)put_u32(p, v, CORRELATION_ID);
        break;
    case P_ADAPTATION:
        (void)put_u32(p, v, ADAPTATION_LAYER_INDICATION);
        break;
    default:
        if (cursor_left(v) > 0)
            (void)put_bytes(p, v, PARAMETER_VALUE, cursor_left(v));
    }
}

static void put_padding(struct packet *p, struct cursor *c, unsigned field, uint32_t length)
{
    uint32_t n = (4 - length % 4) % 4;
    if (n > 0 && cursor_captured(c) >= n)
        (void)put_bytes(p, c, field, n);
}

static void put_parameters(struct packet *p, struct cursor *c, unsigned depth)
{
    while (depth < 3 && cursor_left(c) >= 4 && c->fault == CURSOR_OK) {
        const uint8_t *head = cursor_peek(c, 0, 4);
        if (head == NULL)
            break;
        uint16_t type = be16(head), length = be16(head + 2);
        const char *name = value_name_find(sctp_parameter_type_names, type);
        uint32_t tree =
            tree_text(p, c, c->pos, length, "%s parameter", name != NULL ? name : "Unknown");
        (void)put_u16(p, c, PARAMETER_TYPE);
        uint32_t under = tree_begin(p, PARAMETER_TYPE);
        put_flags(p, c, PARAMETER_BIT_1, 2, c->pos - 2, 2, type);
        tree_end(p, under);
        (void)put_u16(p, c, PARAMETER_LENGTH);
        if (length < 4) {
            put_mark(p, c, PARAMETER_LENGTH_BAD);
            tree_end(p, tree);
            return;
        }
        struct cursor v = cursor_part(c, length - 4u);
        put_parameter_value(p, &v, type, depth);
        if (v.fault != CURSOR_OK)
            c->fault = v.fault;
        put_padding(p, c, PARAMETER_PADDING, length);
        tree_end(p, tree);
    }
}

enum { C_STREAM = 1, C_MISSING, C_STALE, C_NO_DATA = 9 };

static void put_causes(struct packet *p, struct cursor *c)
{
    while (cursor_left(c) >= 4 && c->fault == CURSOR_OK) {
        const char *name = cursor_peek(c, 0, 2) == NULL
                               ? NULL
                               : value_name_find(sctp_cause_code_names, be16(cursor_peek(c, 0, 2)));
        uint32_t tree = tree_text(p, c, c->pos, 4, "%s cause", name != NULL ? name : "Unknown");
        uint16_t code = put_u16(p, c, CAUSE_CODE), length = put_u16(p, c, CAUSE_LENGTH);
        struct cursor v = cursor_part(c, length < 4 ? 0 : length - 4u);
        switch (code) {
        case C_STREAM:
            (void)put_u16(p, &v, CAUSE_STREAM_IDENTIFIER);
            (void)put_u16(p, &v, CAUSE_RESERVED);
            break;
        case C_MISSING:
            (void)put_u32(p, &v, CAUSE_NR_OF_MISSING_PARAMETERS);
            put_list(p, &v, CAUSE_MISSING_PARAMETER_TYPE, 2);
            break;
        case C_STALE:
            (void)put_u32(p, &v, CAUSE_MEASURE_OF_STALENESS);
            break;
        case C_NO_DATA:
            (void)put_u32(p, &v, CAUSE_TSN);
            break;
        default:
            if (cursor_left(&v) > 0)
                (void)put_bytes(p, &v, CAUSE_INFORMATION, cursor_left(&v));
        }
        put_padding(p, c, CAUSE_PADDING, length);
        tree_end(p, tree);
    }
}

/* ---- Chunks ---------------------------------------------------------------------------------- */

static void put_init(struct packet *p, struct cursor *v, bool ack)
{
    uint32_t tag = put_u32(p, v, ack ? INITACK_INITIATE_TAG : INIT_INITIATE_TAG);
    put_uint(p, v, INITIATE_TAG, v->pos - 4, 4, tag);
    (void)put_u32(p, v, ack ? INITACK_CREDIT : INIT_CREDIT);
    (void)put_u16(p, v, ack ? INITACK_NR_OUT_STREAMS : INIT_NR_OUT_STREAMS);
    (void)put_u16(p, v, ack ? INITACK_NR_IN_STREAMS : INIT_NR_IN_STREAMS);
    (void)put_u32(p, v, ack ? INITACK_INITIAL_TSN : INIT_INITIAL_TSN);
    put_parameters(p, v, 0);
}

static void put_sack(struct packet *p, struct cursor *v)
{
    struct cursor ack = *v;
    uint32_t cumulative = cursor_u32(&ack);
    put_both_tsns(p, v, SACK_CUMULATIVE_TSN_ACK, true);
    (void)put_u32(p, v, SACK_A_RWND);
    uint16_t gaps = put_u16(p, v, SACK_NUMBER_OF_GAP_BLOCKS),
             duplicates = put_u16(p, v, SACK_NUMBER_OF_DUPLICATED_TSNS);
    for (; gaps > 0 && v->fault == CURSOR_OK; gaps--) {
        put_gap(p, v, SACK_GAP_BLOCK_START, cumulative);
        put_gap(p, v, SACK_GAP_BLOCK_END, cumulative);
    }
    for (; duplicates > 0 && v->fault == CURSOR_OK; duplicates--)
        (void)put_u32(p, v, SACK_DUPLICATE_TSN);
}

static void put_data_header(struct packet *p, struct cursor *v, uint32_t *ppi)
{
    put_both_tsns(p, v, DATA_TSN, false);
    (void)put_u16(p, v, DATA_SID);
    (void)put_u16(p, v, DATA_SSN);
    *ppi = put_u32(p, v, DATA_PAYLOAD_PROTO_ID);
}

static void put_chunk_flags(struct packet *p, struct cursor *c, uint8_t type)
{
    uint8_t flags = put_u8(p, c, CHUNK_FLAGS);
    uint32_t tree = tree_begin(p, CHUNK_FLAGS), at = c->pos - 1;
    if (c->fault == CURSOR_OK && type == DATA) {
        for (unsigned i = 0; i < 4; i++)
            put_bits(p, c, DATA_I_BIT - i, at, 1, flags);
    } else if (c->fault == CURSOR_OK && type == SACK) {
        put_bits(p, c, SACK_NOUNCE_SUM, at, 1, flags);
    } else if (c->fault == CURSOR_OK && type == ABORT) {
        put_bits(p, c, ABORT_T_BIT, at, 1, flags);
    } else if (c->fault == CURSOR_OK && type == SHUTDOWN_COMPLETE) {
        put_bits(p, c, SHUTDOWN_COMPLETE_T_BIT, at, 1, flags);
    }
    tree_end(p, tree);
}

static void put_forward(struct packet *p, struct cursor *v)
{
    (void)put_u32(p, v, FORWARD_TSN_TSN);
    while (cursor_left(v) >= 4) {
        (void)put_u16(p, v, FORWARD_TSN_SID);
        (void)put_u16(p, v, FORWARD_TSN_SSN);
    }
}

static void put_chunk_value(struct packet *p, struct cursor *v, uint8_t type)
{
    switch (type) {
    case INIT:
    case INIT_ACK:
        put_init(p, v, type == INIT_ACK);
        break;
    case SACK:
        put_sack(p, v);
        break;
    case HEARTBEAT:
    case HEARTBEAT_ACK:
    case RECONFIG:
        put_parameters(p, v, 0);
        break;
    case ABORT:
    case ERROR_CHUNK:
        put_causes(p, v);
        break;
    case SHUTDOWN:
        (void)put_u32(p, v, SHUTDOWN_CUMULATIVE_TSN_ACK);
        break;
    case COOKIE_ECHO:
        (void)put_bytes(p, v, COOKIE, cursor_left(v));
        break;
    case ECNE:
        (void)put_u32(p, v, ECNE_LOWEST_TSN);
        break;
    case CWR:
        (void)put_u32(p, v, CWR_LOWEST_TSN);
        break;
    case AUTH:
        (void)put_u16(p, v, SHARED_KEY_ID);
        (void)put_u16(p, v, HMAC_ID);
        (void)put_bytes(p, v, HMAC, cursor_left(v));
        break;
    case ASCONF:
    case ASCONF_ACK:
        (void)put_u32(p, v, type == ASCONF ? ASCONF_SEQ_NR_NUMBER : ASCONF_ACK_SEQ_NR_NUMBER);
        put_parameters(p, v, 0);
        break;
    case FORWARD_TSN:
        put_forward(p, v);
        break;
    case PAD:
        (void)put_bytes(p, v, PADDING_DATA, cursor_left(v));
        break;
    case SHUTDOWN_ACK:
    case COOKIE_ACK:
    case SHUTDOWN_COMPLETE:
        break;
    default:
        if (cursor_left(v) > 0)
            (void)put_bytes(p, v, CHUNK_VALUE, cursor_left(v));
    }
}

static void dissect_payload(struct packet *p, struct cursor *v, uint32_t ppi)
{
    uint16_t low = p->src_port < p->dst_port ? p->src_port : p->dst_port,
             high = p->src_port < p->dst_port ? p->dst_port : p->src_port;
    if (cursor_captured(v) == 0)
        return;
    if (!next(p, v, PPI_TABLE, ppi) && !next(p, v, PORT_TABLE, low) &&
        !next(p, v, PORT_TABLE, high) && !next_heuristic(p, v, PORT_TABLE))
        next_data(p, v);
}

/* One chunk with its padding. What data it has is a layer of its own, behind this one: `carried`
 * tells that there is one before this chunk already. */
static void dissect_chunk(struct packet *p, struct cursor *c, bool *carried)
{
    const uint8_t *head = cursor_peek(c, 0, 4);
    if (head == NULL) {
        cursor_skip(c, 4);
        return;
    }
    uint8_t type = head[0], flags = head[1];
    uint16_t length = be16(head + 2);
    struct resumed r = resume_begin(p);
    const char *name = value_name_find(sctp_chunk_type_names, type);
    uint32_t tree = tree_text(p, c, c->pos, length, "%s chunk", name != NULL ? name : "Unknown");
    (void)put_u8(p, c, CHUNK_TYPE);
    uint32_t under = tree_begin(p, CHUNK_TYPE);
    put_flags(p, c, CHUNK_BIT_1, 2, c->pos - 1, 1, type);
    tree_end(p, under);
    put_chunk_flags(p, c, type);
    (void)put_u16(p, c, CHUNK_LENGTH);
    uint32_t ppi = 0;
    struct cursor v = {0};
    if (length < 4) {
        put_malformed(p, c, CHUNK_LENGTH_BAD);
        cursor_trim(c, 0);
    } else {
        v = cursor_part(c, length - 4u);
        if (type == DATA)
            put_data_header(p, &v, &ppi);
        else
            put_chunk_value(p, &v, type);
        put_padding(p, c, CHUNK_PADDING, length);
    }
    tree_end(p, tree);
    if (*carried)
        resume_end(p, r);
    if (type == DATA && (flags & COMPLETE) == COMPLETE && length >= 16 && v.fault == CURSOR_OK) {
        dissect_payload(p, &v, ppi);
        *carried = true;
    } else if (v.fault != CURSOR_OK) {
        c->fault = v.fault;
    }
    info_add(p, "%s ", name != NULL ? name : "Unknown");
}

static void dissect(struct packet *p, struct cursor *c)
{
    uint32_t start = c->pos;
    p->src_port = put_u16(p, c, SRCPORT);
    p->dst_port = put_u16(p, c, DSTPORT);
    title(p, "Stream Control Transmission Protocol, Src Port: %u (%u), Dst Port: %u (%u)",
          p->src_port, p->src_port, p->dst_port, p->dst_port);
    (void)put_u32(p, c, VERIFICATION_TAG);
    if (c->fault != CURSOR_OK)
        return;
    put_uint(p, c, ASSOC_INDEX, start, 0, ASSOC_DISABLED);
    put_uint(p, c, PORT, start, 2, p->src_port);
    put_uint(p, c, PORT, start + 2, 2, p->dst_port);
    (void)put_u32(p, c, CHECKSUM);
    if (c->fault != CURSOR_OK)
        return;
    put_uint(p, c, CHECKSUM_STATUS, c->pos - 4, 0, CHECKSUM_UNVERIFIED);
    struct segment s = {.ip_version = p->net.version,
                        .protocol = IP_PROTO_SCTP,
                        .src = p->net.src,
                        .dst = p->net.dst,
                        .src_port = p->src_port,
                        .dst_port = p->dst_port,
                        .quoted = p->quoted,
                        .length = cursor_left(c),
                        .packet = p->in->number,
                        .time_ns = p->in->time_ns};
    flow_ask(p, &s, PORT_TABLE);
    info_set(p, "%s", "");
    bool carried = false;
    while (cursor_left(c) > 0 && c->fault == CURSOR_OK)
        dissect_chunk(p, c, &carried);
}

static const char *const tables[] = {"sctp.ppi", "sctp.port", NULL};
static const struct binding bindings[] = {
    {"ip.proto", IP_PROTO_SCTP}, {"udp.port", 9899}, {NULL, 0}};

const struct protocol proto_sctp = {.name = "sctp",
                                    .title = "Stream Control Transmission Protocol",
                                    .column = "SCTP",
                                    FIELDS_OF_THIS_FILE,
                                    .tables = tables,
                                    .bindings = bindings,
                                    .flows = true,
                                    .dissect = dissect};
