/* digest: MD5, SHA-256 and CRC-32, for fingerprints of what was seen: nothing here keeps a secret. */
#ifndef BASE_DIGEST_H
#define BASE_DIGEST_H

#include <stddef.h>
#include <stdint.h>

/* RFC 1321. */
void digest_md5(const void *bytes, size_t n, uint8_t digest[16]);
/* FIPS 180-4. */
void digest_sha256(const void *bytes, size_t n, uint8_t digest[32]);
/* ISO/IEC 8802-3's, as in Ethernet and PNG. */
uint32_t digest_crc32(const void *bytes, size_t n);

#endif
