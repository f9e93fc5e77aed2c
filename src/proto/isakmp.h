/* isakmp: what the files of isakmp share. */
#ifndef PROTO_ISAKMP_H
#define PROTO_ISAKMP_H

#include "dissect/packet.h"

extern const struct value_name isakmp_typepayload_names[];
extern const struct value_name isakmp_criticalpayload_names[];
extern const struct value_name isakmp_exchangetype_names[];
extern const struct value_name isakmp_flag_e_names[];
extern const struct value_name isakmp_flag_c_names[];
extern const struct value_name isakmp_flag_a_names[];
extern const struct value_name isakmp_flag_i_names[];
extern const struct value_name isakmp_flag_v_names[];
extern const struct value_name isakmp_flag_r_names[];
extern const struct value_name isakmp_sa_doi_names[];
extern const struct value_name isakmp_prop_protoid_names[];
extern const struct value_name isakmp_id_type_names[];
extern const struct value_name isakmp_cert_encoding_names[];
extern const struct value_name isakmp_auth_method_names[];
extern const struct value_name isakmp_notify_data_signature_hash_algorithms_names[];
extern const struct value_name isakmp_ike_attr_type_names[];
extern const struct value_name isakmp_ike_attr_format_names[];
extern const struct value_name isakmp_ike_attr_encryption_algorithm_names[];
extern const struct value_name isakmp_ike_attr_hash_algorithm_names[];
extern const struct value_name isakmp_ike_attr_authentication_method_names[];
extern const struct value_name isakmp_ike_attr_group_description_names[];
extern const struct value_name isakmp_ike_attr_life_type_names[];
extern const struct value_name isakmp_tf_type_names[];
extern const struct value_name isakmp_tf_id_encr_names[];
extern const struct value_name isakmp_tf_id_prf_names[];
extern const struct value_name isakmp_tf_id_integ_names[];
extern const struct value_name isakmp_tf_id_esn_names[];
extern const struct value_name isakmp_ike2_attr_type_names[];

#endif
