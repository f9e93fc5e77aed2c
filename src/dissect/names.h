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
extern const struct value_name hardware_names[]; /* IANA "ARP parameters": hardware types */
extern const struct value_name ppp_protocol_names[]; /* IANA "PPP DLL Protocol Numbers" */

#endif
