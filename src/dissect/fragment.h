/* fragment: what protocols do alike with a datagram, or a message, that comes in pieces. */
#ifndef DISSECT_FRAGMENT_H
#define DISSECT_FRAGMENT_H

#include "dissect/packet.h"

/* IDs, in the protocol's own table, of the fields that tell of reassembly. */
struct fragment_fields {
    unsigned fragments, fragment, count, length, data, reassembled_in;
    const char *name;   /* of all pieces: "IPv4 Fragments" */
    const char *source; /* what people call the whole: "Reassembled IP" */
    bool itself;        /* the packet that completes the whole is told, too, where the whole is */
    bool filled;        /* what only says that it is the last, and has no bytes, is no piece */
    /* Stands in the place of `fragment` where more is wrong with it than that it overlaps; after it come the IDs of what can be, as in
     * enum fragment_mark. 0: that is not told. */
    unsigned error;
};
enum { NO_FRAGMENT_FIELD = UINT32_MAX }; /* in the place of the last three: there is none */

/* Which packets the whole came in; `whole` is over it. The others are told where it is. */
void fragments_put(struct packet *p, const struct cursor *whole, const struct fragment_fields *fields,
                   const struct stream_piece *piece);

/* Which piece of what. */
struct fragment_key {
    uint64_t id; /* tells the wholes between two addresses apart */
    uint32_t offset;
    bool more;      /* it is not the last, */
    uint32_t total; /* or, where it is not 0, the length of the whole */
};

/*
 * Gives the rest of c, a piece between the addresses of p->net, to the flow table. True: with it the
 * datagram is whole, and *whole is over it. False: it is not, and a field says where it will be.
 */
bool fragment_reassemble(struct packet *p, struct cursor *c, const struct fragment_key *key,
                         const struct fragment_fields *fields, struct cursor *whole);

#endif
