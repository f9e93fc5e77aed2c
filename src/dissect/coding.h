/* coding: what was compressed for its way through the network. */
#ifndef DISSECT_CODING_H
#define DISSECT_CODING_H

#include "dissect/packet.h"

enum coding {
    CODING_UNKNOWN,
    CODING_DEFLATE, /* with the header of gzip (RFC 1952), of zlib (RFC 1950), or none (RFC 1951) */
    CODING_BROTLI,  /* RFC 7932 */
    CODING_ZSTD     /* RFC 8878 */
};

/* What n bytes say, in the packet's arena; of what was cut short or is damaged, what comes before.
 * No more than limits.decoded_bytes. NULL: they make no sense, or the coding is not known. */
const uint8_t *coding_decode(struct packet *p, enum coding coding, const uint8_t *bytes, uint32_t n,
                             uint32_t *length);

/* One message of several that were deflated as one stream and flushed after each (RFC 7692).
 * `window` is what the messages before said, at least the last 32 KiB of it. NULL: these bytes make
 * no sense. */
const uint8_t *coding_inflate_next(struct packet *p, const uint8_t *window, uint32_t window_length,
                                   const uint8_t *bytes, uint32_t n, uint32_t *length);

#endif
