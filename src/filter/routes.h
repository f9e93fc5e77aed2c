/*
 * routes: where the fixed headers of a packet are, as far as that is beyond doubt without dissecting it.
 *
 *     Ethernet | VLAN tags | IPv4 or IPv6 | TCP or UDP | ...     known, and there is no other of its kind
 *
 * A doubt remains wherever headers are cut short or the packet is a fragment, and wherever it may carry a
 * second header of these kinds (a tunnel, a quotation in ICMP): what may is computed from the dispatch tables.
 */
#ifndef FILTER_ROUTES_H
#define FILTER_ROUTES_H

#include "base/arena.h"
#include "dissect/registry.h"
#include "dissect/transport.h"

enum header {
    HEADER_FRAME,
    HEADER_ETH,
    HEADER_IP,
    HEADER_IPV6,
    HEADER_TCP,
    HEADER_UDP,
    HEADER_COUNT
};

struct routes {
    /* Protocols and tables by which the headers are found; a number of 0: not in this registry. */
    uint16_t protos[HEADER_COUNT], vlan, provider_vlan, rawip;
    const struct table *link_types, *ethertypes, *ip_protocols, *versions, *tcp_ports, *udp_ports;
    uint8_t *holds;            /* by protocol: may it carry, however deep, one of the headers? */
    bool tcp_doubt, udp_doubt; /* a protocol that is found by its probe may */
    const struct protocol *tcp;
};

/* What is known of a packet: where its headers are, and that there are no others of their kinds. */
struct known {
    const lamna_packet_info *in;
    const uint8_t *header[HEADER_COUNT]; /* NULL: there is none */
    bool sure;                           /* the bytes leave no doubt */
    uint32_t captured, length; /* bytes from the TCP or UDP header on that are the datagram's */
};

/* Prepares the routes; memory is the arena's. False without memory. */
bool routes_find(struct routes *routes, const lamna_registry *reg, struct arena *arena);
/* False if the bytes leave a doubt. */
bool routes_read(const struct routes *routes, const lamna_packet_info *in, struct known *k);

/* Is there a TCP segment in the packet, and only one, and nobody else that has a word in it? Then, with
 * VERDICT_YES, *s is what a dissection would ask its flow. */
enum verdict { VERDICT_NO, VERDICT_PERHAPS, VERDICT_YES };
enum verdict routes_segment(const struct routes *routes, const lamna_packet_info *in,
                            struct segment *s);

#endif
