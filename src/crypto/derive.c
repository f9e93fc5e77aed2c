/* Keys from secrets: HMAC, the PRFs of TLS up to 1.2, HKDF. */
#include <string.h>

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "crypto/crypto.h"

enum { SEED_MAX = 256 };

static const EVP_MD *digest_of(enum crypto_hash hash)
{
    switch (hash) {
    case CRYPTO_MD5:
        return EVP_md5();
    case CRYPTO_SHA1:
        return EVP_sha1();
    case CRYPTO_SHA256:
        return EVP_sha256();
    default:
        return EVP_sha384();
    }
}

size_t crypto_hash_length(enum crypto_hash hash)
{
    static const uint8_t lengths[CRYPTO_HASHES] = {16, 20, 32, 48};
    return lengths[hash];
}

bool crypto_hmac(enum crypto_hash hash, struct crypto_bytes key, const uint8_t *bytes, size_t n,
                 uint8_t mac[CRYPTO_HASH_MAX])
{
    return HMAC(digest_of(hash), key.at, (int)key.n, bytes, n, mac, NULL) != NULL;
}

/* ---- TLS 1.0 to 1.2 -------------------------------------------------------------------------- */

/* P_hash (RFC 5246, section 5), xored into out, so that two may be joined.
 *
 *     A(0) = seed    A(i) = HMAC(secret, A(i-1))    output: HMAC(secret, A(i) + seed) ...
 */
static bool xor_p_hash(enum crypto_hash hash, struct crypto_bytes secret, const uint8_t *seed,
                       size_t seed_n, uint8_t *out, size_t n)
{
    uint8_t block[CRYPTO_HASH_MAX + SEED_MAX], mac[CRYPTO_HASH_MAX];
    size_t length = crypto_hash_length(hash);
    if (!crypto_hmac(hash, secret, seed, seed_n, block))
        return false;
    memcpy(block + length, seed, seed_n);
    for (size_t done = 0; done < n; done += length) {
        if (!crypto_hmac(hash, secret, block, length + seed_n, mac))
            return false;
        for (size_t i = 0; i < length && done + i < n; i++)
            out[done + i] ^= mac[i];
        if (!crypto_hmac(hash, secret, block, length, mac))
            return false;
        memcpy(block, mac, length);
    }
    return true;
}

bool crypto_prf(enum crypto_hash hash, struct crypto_bytes secret, const char *label,
                struct crypto_bytes seed, uint8_t *out, size_t n)
{
    uint8_t whole[SEED_MAX];
    size_t label_n = strlen(label), whole_n = label_n + seed.n;
    if (whole_n > sizeof whole)
        return false;
    memcpy(whole, label, label_n);
    memcpy(whole + label_n, seed.at, seed.n);
    memset(out, 0, n);
    if (hash != CRYPTO_MD5)
        return xor_p_hash(hash, secret, whole, whole_n, out, n);
    /* each half of the secret, the middle byte in both, has its own hash */
    size_t half = (secret.n + 1) / 2;
    struct crypto_bytes first = {secret.at, half}, second = {secret.at + secret.n - half, half};
    return xor_p_hash(CRYPTO_MD5, first, whole, whole_n, out, n) &&
           xor_p_hash(CRYPTO_SHA1, second, whole, whole_n, out, n);
}

/* ---- HKDF ------------------------------------------------------------------------------------ */

bool crypto_hkdf_extract(enum crypto_hash hash, struct crypto_bytes salt,
                         struct crypto_bytes secret, uint8_t out[CRYPTO_HASH_MAX])
{
    return crypto_hmac(hash, salt, secret.at, secret.n, out);
}

/*     info: | length of out (2) | length of label (1) | label | 0 |
 *     T(0) = nothing    T(i) = HMAC(secret, T(i-1) + info + i)    output: T(1) T(2) ...
 */
bool crypto_expand_label(enum crypto_hash hash, struct crypto_bytes secret, const char *label,
                         uint8_t *out, size_t n)
{
    uint8_t block[CRYPTO_HASH_MAX + SEED_MAX], mac[CRYPTO_HASH_MAX];
    size_t length = crypto_hash_length(hash), label_n = strlen(label), info_n = label_n + 4;
    if (n > 255 || info_n + 1 > SEED_MAX)
        return false;
    uint8_t *info = block + length;
    info[0] = 0;
    info[1] = (uint8_t)n;
    info[2] = (uint8_t)label_n;
    memcpy(info + 3, label, label_n);
    info[3 + label_n] = 0;
    for (size_t done = 0, i = 1; done < n; done += length, i++) {
        info[info_n] = (uint8_t)i;
        const uint8_t *from = i == 1 ? info : block;
        size_t from_n = info_n + 1 + (i == 1 ? 0 : length);
        if (!crypto_hmac(hash, secret, from, from_n, mac))
            return false;
        memcpy(block, mac, length);
        memcpy(out + done, mac, n - done < length ? n - done : length);
    }
    return true;
}
