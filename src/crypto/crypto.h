/*
 * crypto: what TLS, DTLS and QUIC are decrypted with, over OpenSSL's libcrypto. Nothing else in lamna
 * includes OpenSSL (scripts/check-includes).
 *
 * A cipher's context does not fit the state that flows keep, which is copied (docs/design.md, section
 * 8). So what is kept are keys and record numbers, plain bytes, and each call here takes the key anew:
 * for AES that costs less than a tenth of a microsecond. What does cost, looking an algorithm up, is
 * done once.
 */
#ifndef CRYPTO_CRYPTO_H
#define CRYPTO_CRYPTO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum crypto_hash { CRYPTO_MD5, CRYPTO_SHA1, CRYPTO_SHA256, CRYPTO_SHA384, CRYPTO_HASHES };

enum crypto_cipher {
    CRYPTO_NO_CIPHER,
    CRYPTO_AES_128_GCM,
    CRYPTO_AES_256_GCM,
    CRYPTO_AES_128_CCM,
    CRYPTO_AES_256_CCM,
    CRYPTO_AES_128_CCM_8, /* with a tag of 8 bytes */
    CRYPTO_AES_256_CCM_8,
    CRYPTO_CHACHA20_POLY1305,
    CRYPTO_ARIA_128_GCM,
    CRYPTO_ARIA_256_GCM,
    CRYPTO_AES_128_CBC,
    CRYPTO_AES_256_CBC,
    CRYPTO_CAMELLIA_128_CBC,
    CRYPTO_CAMELLIA_256_CBC,
    CRYPTO_ARIA_128_CBC,
    CRYPTO_ARIA_256_CBC,
    CRYPTO_3DES_CBC,
    CRYPTO_RC4, /* see struct crypto_rc4 */
    CRYPTO_NULL,
    CRYPTO_AES_128_ECB, /* the last three are for crypto_mask() */
    CRYPTO_AES_256_ECB,
    CRYPTO_CHACHA20,
    CRYPTO_CIPHERS
};

enum { CRYPTO_KEY_MAX = 32, CRYPTO_IV_MAX = 16, CRYPTO_HASH_MAX = 48, CRYPTO_AEAD_NONCE = 12 };

/* Algorithms that were looked up, and a context to use again. One thread's. */
struct crypto {
    void *context;                 /* owned, as all here */
    void *ciphers[CRYPTO_CIPHERS]; /* NULL: not asked for yet */
};

struct crypto_bytes {
    const uint8_t *at;
    size_t n;
};

void crypto_init(struct crypto *c);
void crypto_free(struct crypto *c);

size_t crypto_hash_length(enum crypto_hash hash);
size_t crypto_key_length(enum crypto_cipher cipher);
/* Of its initialisation vector: a block, for CBC. */
size_t crypto_iv_length(enum crypto_cipher cipher);
/* Of the tag of an AEAD; 0: it is none. */
size_t crypto_tag_length(enum crypto_cipher cipher);
bool crypto_is_cbc(enum crypto_cipher cipher);

/* False where libcrypto does not have the algorithm, or memory is short: so all that follow. */
bool crypto_hmac(enum crypto_hash hash, struct crypto_bytes key, const uint8_t *bytes, size_t n,
                 uint8_t mac[CRYPTO_HASH_MAX]);

/* The pseudo-random function of TLS 1.2 with `hash` (RFC 5246, section 5), or that of TLS 1.0 and 1.1
 * for CRYPTO_MD5 (RFC 2246, section 5). Label and seed have no more than 256 bytes together. */
bool crypto_prf(enum crypto_hash hash, struct crypto_bytes secret, const char *label,
                struct crypto_bytes seed, uint8_t *out, size_t n);

/* RFC 5869. */
bool crypto_hkdf_extract(enum crypto_hash hash, struct crypto_bytes salt,
                         struct crypto_bytes secret, uint8_t out[CRYPTO_HASH_MAX]);
/* HKDF-Expand-Label with an empty context (RFC 8446, section 7.1). `label` is whole: "tls13 key",
 * "tls13 quic hp", "dtls13key". n is no more than 255. */
bool crypto_expand_label(enum crypto_hash hash, struct crypto_bytes secret, const char *label,
                         uint8_t *out, size_t n);

/* Opens an AEAD: n bytes at `in`, the last of which are the tag, become n less the tag at `out`, which
 * may be `in`. False as well if the tag is wrong: then `out` means nothing. */
bool crypto_open(struct crypto *c, enum crypto_cipher cipher, const uint8_t *key,
                 const uint8_t nonce[CRYPTO_AEAD_NONCE], struct crypto_bytes aad, const uint8_t *in,
                 size_t n, uint8_t *out);
/* CBC: n bytes, a multiple of the block, with their padding. */
bool crypto_cbc(struct crypto *c, enum crypto_cipher cipher, const uint8_t *key, const uint8_t *iv,
                const uint8_t *in, size_t n, uint8_t *out);
/* The mask that protects headers (RFC 9001, section 5.4; RFC 9147, section 4.2.3), for the AEAD
 * `cipher`, from a sample of the encrypted bytes. */
bool crypto_mask(struct crypto *c, enum crypto_cipher cipher, const uint8_t *key,
                 const uint8_t sample[16], uint8_t mask[16]);

/* RC4 goes on from record to record, and libcrypto has it only where its old algorithms are loaded: so
 * it is done here, and its state is plain bytes. */
struct crypto_rc4 {
    uint8_t s[256], i, j;
};

void crypto_rc4_begin(struct crypto_rc4 *rc4, const uint8_t *key, size_t n);
void crypto_rc4_run(struct crypto_rc4 *rc4, const uint8_t *in, size_t n, uint8_t *out);

#endif
