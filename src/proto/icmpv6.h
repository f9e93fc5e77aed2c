/* icmpv6: what the files of this protocol share: icmpv6.c the header, errors, echo and listeners,
 * icmpv6_nd.c Neighbor Discovery, icmpv6_rare.c and icmpv6_rpl.c the rest. */
#ifndef PROTO_ICMPV6_H
#define PROTO_ICMPV6_H

#include "dissect/packet.h"
#include "proto/icmpv6.def"

#define FIELDS(X) CORE_FIELDS(X) OPTION_FIELDS(X) RARE_FIELDS(X)
enum { FIELDS(FIELD_ID) FIELD_COUNT };

enum {
    UNREACHABLE = 1,
    TOO_BIG = 2,
    TIME_EXCEEDED = 3,
    PARAMETER_PROBLEM = 4,
    ECHO = 128,
    ECHO_REPLY = 129,
    MLD_QUERY = 130,
    MLD_REPORT = 131,
    MLD_DONE = 132,
    ROUTER_SOLICITATION = 133,
    ROUTER_ADVERTISEMENT = 134,
    NEIGHBOR_SOLICITATION = 135,
    NEIGHBOR_ADVERTISEMENT = 136,
    REDIRECT = 137,
    RENUMBERING = 138,
    NODE_QUERY = 139,
    NODE_REPLY = 140,
    INVERSE_SOLICITATION = 141,
    INVERSE_ADVERTISEMENT = 142,
    MLD_REPORT_V2 = 143,
    AGENT_REQUEST = 144,
    AGENT_REPLY = 145,
    PREFIX_SOLICITATION = 146,
    PREFIX_ADVERTISEMENT = 147,
    MULTICAST_ROUTER_ADVERTISEMENT = 151,
    MULTICAST_ROUTER_SOLICITATION = 152,
    MULTICAST_ROUTER_TERMINATION = 153,
    RPL_CONTROL = 155,
    EXTENDED_ECHO = 160,
    EXTENDED_ECHO_REPLY = 161
};

/* The quoted packet is found as if IP carried it: 41 is IPv6. */
enum { QUOTED_TABLE };
enum { QUOTED_IPV6 = 41, ICMPV6 = 58 };

extern const struct value_name icmpv6_option_types[];

/* A field with flags below it: `count` of them, the IDs after its own. */
void icmpv6_flags(struct packet *p, struct cursor *c, unsigned field, unsigned bytes,
                  unsigned count);
/* The first `bits` of an IPv6 address, in as many bytes as `n`. */
void icmpv6_prefix(struct packet *p, struct cursor *c, unsigned field, uint32_t n);
/* " fe80::1", in the Info column. */
void icmpv6_info_address(struct packet *p, const char *before, const uint8_t *bytes);

/* Neighbor Discovery, without and with what comes before the options. */
void icmpv6_options(struct packet *p, struct cursor *c);
void icmpv6_discovery(struct packet *p, struct cursor *c, uint8_t type);
/* Messages of icmpv6_rare.c. False: not one of them. */
bool icmpv6_rare(struct packet *p, struct cursor *c, uint8_t type, uint8_t code);
void icmpv6_rpl(struct packet *p, struct cursor *c, uint8_t code);

#endif
