/* sctp: what the files of sctp share. */
#ifndef PROTO_SCTP_H
#define PROTO_SCTP_H

#include "dissect/packet.h"

extern const struct value_name sctp_checksum_status_names[];
extern const struct value_name sctp_chunk_type_names[];
extern const struct value_name sctp_chunk_bit_1_names[];
extern const struct value_name sctp_chunk_bit_2_names[];
extern const struct value_name sctp_data_payload_proto_id_names[];
extern const struct value_name sctp_data_e_bit_names[];
extern const struct value_name sctp_data_b_bit_names[];
extern const struct value_name sctp_data_u_bit_names[];
extern const struct value_name sctp_data_i_bit_names[];
extern const struct value_name sctp_shutdown_complete_t_bit_names[];
extern const struct value_name sctp_parameter_type_names[];
extern const struct value_name sctp_parameter_bit_1_names[];
extern const struct value_name sctp_parameter_supported_address_type_names[];
extern const struct value_name sctp_parameter_reconfig_response_result_names[];
extern const struct value_name sctp_hmac_id_names[];
extern const struct value_name sctp_cause_code_names[];

#endif
