/* expect: what one flow says of another. Keys of the table "expected", under which a protocol is
 * found at an address and port that somebody announced. */
#ifndef DISSECT_EXPECT_H
#define DISSECT_EXPECT_H

#include "dissect/packet.h"

enum expect_key { EXPECT_RTP = 1, EXPECT_RTCP, EXPECT_TFTP, EXPECT_HART_IP, EXPECT_FTP_DATA };

/*
 * From the next packet on, what of IP protocol `protocol` (6, 17) comes from or goes to this
 * address (of 4 or 16 bytes, as ip_version says) and port is what is bound to `key` in this
 * protocol's table number `table`, which must be "expected". `method` and `text` are found then in
 * p->expectation; the first outlives everything ("SDP"), the other, which may be NULL, is copied.
 */
void expect(struct packet *p, unsigned table, enum expect_key key, uint8_t ip_version,
            const uint8_t *address, uint8_t protocol, uint16_t port, const char *method,
            const char *text);

#endif
