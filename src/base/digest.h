/* digest: MD5 and SHA-256, for fingerprints of what was seen: nothing here keeps a secret. */
#ifndef BASE_DIGEST_H
#define BASE_DIGEST_H

#include <stddef.h>
#include <stdint.h>

/* RFC 1321. */
void digest_md5(const void *bytes, size_t n, uint8_t digest[16]);
/* FIPS 180-4. */
void digest_sha256(const void *bytes, size_t n, uint8_t digest[32]);

#endif
