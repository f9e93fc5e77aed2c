/* padding: what follows the payload in a frame that has a least length. */
#ifndef DISSECT_PADDING_H
#define DISSECT_PADDING_H

#include "dissect/packet.h"

bool all_zero(const uint8_t *bytes, uint32_t n);

/* Fields of the file that asks. */
struct padding_fields {
    unsigned padding, padding_bad, trailer;
};

/*
 * The bytes at c, but for the last `keep` (an FCS): zeros that bring what began at `start` to
 * `least` bytes are padding, the rest is a trailer. If what is there in the place of zeros is
 * something else, all of it is a trailer, and marked.
 */
void put_padding(struct packet *p, struct cursor *c, uint32_t start, uint32_t least, uint32_t keep,
                 const struct padding_fields *fields);

#endif
