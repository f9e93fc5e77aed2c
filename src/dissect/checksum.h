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

/* Reads a checksum of two bytes, `field`, that covers all from `start` to the layer's end and what `sum`
 * has (a pseudo-header, or 0). Its status follows; `bad` marks a wrong one, if it is not NO_MARK. It is
 * verified whatever the options say, as Wireshark does for what is neither IP, TCP nor UDP. */
enum { NO_MARK = UINT16_MAX };
struct checksum_fields {
    uint16_t field, status, bad;
};
void put_verified(struct packet *p, struct cursor *c, uint32_t start, uint64_t sum,
                  const struct checksum_fields *fields);

#endif
