/* fragment: what IPv4 and IPv6 do alike with a datagram that comes in pieces. */
#ifndef DISSECT_FRAGMENT_H
#define DISSECT_FRAGMENT_H

#include "dissect/packet.h"

/* IDs, in the protocol's own table, of the fields that tell of reassembly. */
struct fragment_fields {
    unsigned fragments, fragment, count, length, data, reassembled_in;
    const char *name; /* "IPv4" */
};

/*
 * Gives the rest of c, at `offset` in the datagram `id` of p->net, to the flow table. True: with it the
 * datagram is whole; c is moved to its end, and *whole is over the datagram. False: it is not, and a
 * field says where it will be.
 */
bool fragment_reassemble(struct packet *p, struct cursor *c, uint32_t id, uint32_t offset, bool more,
                         const struct fragment_fields *fields, struct cursor *whole);

#endif
