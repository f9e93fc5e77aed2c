/* checksum: the Internet checksum (RFC 1071), and the words that Wireshark has for the verdict. */
#ifndef DISSECT_CHECKSUM_H
#define DISSECT_CHECKSUM_H

#include "dissect/packet.h"

/* Values of the *.checksum.status fields. */
enum checksum_status { CHECKSUM_BAD, CHECKSUM_GOOD, CHECKSUM_UNVERIFIED, CHECKSUM_NOT_PRESENT };

#define CHECKSUM_STATUS_NAMES                                                                      \
    {                                                                                              \
        VALUE(CHECKSUM_BAD, "Bad"), VALUE(CHECKSUM_GOOD, "Good"),                                  \
            VALUE(CHECKSUM_UNVERIFIED, "Unverified"),                                              \
            VALUE(CHECKSUM_NOT_PRESENT, "Not present"), VALUES_END                                 \
    }

/* Ones' complement sum of n bytes added to `sum`, not yet folded. Parts must start at even offsets. */
uint64_t checksum_add(uint64_t sum, const uint8_t *bytes, size_t n);
/* Folded and complemented: 0 over data that includes a correct checksum. */
uint16_t checksum_fold(uint64_t sum);
/* The pseudo-header of p->net (RFC 9293, section 3.1; RFC 8200, section 8.1). */
uint64_t checksum_pseudo_header(const struct packet *p, uint8_t protocol, uint32_t length);

#endif
