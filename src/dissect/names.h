/* names: value names that more than one protocol needs. */
#ifndef DISSECT_NAMES_H
#define DISSECT_NAMES_H

#include "dissect/field.h"

extern const struct value_name ethertype_names[];   /* IEEE 802 numbers, 0x0600 and above */
extern const struct value_name ip_protocol_names[]; /* IANA "Assigned Internet Protocol Numbers" */
extern const struct value_name dscp_names[];        /* IANA "DSCP", as a tree writes them */
extern const struct value_name dscp_short_names[];
extern const struct value_name ecn_names[]; /* RFC 3168, section 5 */
extern const struct value_name ecn_short_names[];
extern const struct value_name hardware_names[];     /* IANA "ARP parameters": hardware types */
extern const struct value_name ppp_protocol_names[]; /* IANA "PPP DLL Protocol Numbers" */
extern const struct value_name http_status_names[];  /* RFC 9110, section 15 */
extern const struct value_name rpc_program_names[];  /* IANA "RPC Program Numbers" */

/* IEEE 802.11-2020: elements (9.4.2.1), reasons (9.4.1.7), status (9.4.1.9), authentication (9.4.1.1),
 * categories of actions (9.4.1.11), cipher and key management suites (9.4.2.24). */
extern const struct value_name wlan_tag_names[];
extern const struct value_name wlan_reason_names[];
extern const struct value_name wlan_status_names[];
extern const struct value_name wlan_algorithm_names[];
extern const struct value_name wlan_category_names[];
extern const struct value_name wlan_cipher_names[];
extern const struct value_name wlan_akm_names[];

#endif
