/* Ciphers: the table of those that are known, AEADs, CBC, and the masks of headers. */
#include <string.h>

#include <openssl/evp.h>

#include "crypto/crypto.h"

static const struct {
    const char *name; /* as libcrypto has it; NULL: it is not asked */
    uint8_t key, iv, tag;
    bool ccm;
    enum crypto_cipher mask;
} known[CRYPTO_CIPHERS] = {
    [CRYPTO_AES_128_GCM] = {"AES-128-GCM", 16, 12, 16, false, CRYPTO_AES_128_ECB},
    [CRYPTO_AES_256_GCM] = {"AES-256-GCM", 32, 12, 16, false, CRYPTO_AES_256_ECB},
    [CRYPTO_AES_128_CCM] = {"AES-128-CCM", 16, 12, 16, true, CRYPTO_AES_128_ECB},
    [CRYPTO_AES_256_CCM] = {"AES-256-CCM", 32, 12, 16, true, CRYPTO_AES_256_ECB},
    [CRYPTO_AES_128_CCM_8] = {"AES-128-CCM", 16, 12, 8, true, CRYPTO_AES_128_ECB},
    [CRYPTO_AES_256_CCM_8] = {"AES-256-CCM", 32, 12, 8, true, CRYPTO_AES_256_ECB},
    [CRYPTO_CHACHA20_POLY1305] = {"ChaCha20-Poly1305", 32, 12, 16, false, CRYPTO_CHACHA20},
    [CRYPTO_ARIA_128_GCM] = {"ARIA-128-GCM", 16, 12, 16, false, CRYPTO_NO_CIPHER},
    [CRYPTO_ARIA_256_GCM] = {"ARIA-256-GCM", 32, 12, 16, false, CRYPTO_NO_CIPHER},
    [CRYPTO_AES_128_CBC] = {"AES-128-CBC", 16, 16, 0, false, CRYPTO_NO_CIPHER},
    [CRYPTO_AES_256_CBC] = {"AES-256-CBC", 32, 16, 0, false, CRYPTO_NO_CIPHER},
    [CRYPTO_CAMELLIA_128_CBC] = {"CAMELLIA-128-CBC", 16, 16, 0, false, CRYPTO_NO_CIPHER},
    [CRYPTO_CAMELLIA_256_CBC] = {"CAMELLIA-256-CBC", 32, 16, 0, false, CRYPTO_NO_CIPHER},
    [CRYPTO_ARIA_128_CBC] = {"ARIA-128-CBC", 16, 16, 0, false, CRYPTO_NO_CIPHER},
    [CRYPTO_ARIA_256_CBC] = {"ARIA-256-CBC", 32, 16, 0, false, CRYPTO_NO_CIPHER},
    [CRYPTO_3DES_CBC] = {"DES-EDE3-CBC", 24, 8, 0, false, CRYPTO_NO_CIPHER},
    [CRYPTO_RC4] = {NULL, 16, 0, 0, false, CRYPTO_NO_CIPHER},
    [CRYPTO_AES_128_ECB] = {"AES-128-ECB", 16, 0, 0, false, CRYPTO_NO_CIPHER},
    [CRYPTO_AES_256_ECB] = {"AES-256-ECB", 32, 0, 0, false, CRYPTO_NO_CIPHER},
    [CRYPTO_CHACHA20] = {"ChaCha20", 32, 16, 0, false, CRYPTO_NO_CIPHER}};

void crypto_init(struct crypto *c)
{
    memset(c, 0, sizeof *c);
}

void crypto_free(struct crypto *c)
{
    EVP_CIPHER_CTX_free(c->context);
    for (size_t i = 0; i < CRYPTO_CIPHERS; i++)
        EVP_CIPHER_free(c->ciphers[i]);
    crypto_init(c);
}

size_t crypto_key_length(enum crypto_cipher cipher)
{
    return known[cipher].key;
}

size_t crypto_iv_length(enum crypto_cipher cipher)
{
    return known[cipher].iv;
}

size_t crypto_tag_length(enum crypto_cipher cipher)
{
    return known[cipher].tag;
}

bool crypto_is_cbc(enum crypto_cipher cipher)
{
    return cipher >= CRYPTO_AES_128_CBC && cipher <= CRYPTO_3DES_CBC;
}

/* The context, for this cipher; NULL: there is none. */
static EVP_CIPHER_CTX *context_for(struct crypto *c, enum crypto_cipher cipher)
{
    if (known[cipher].name == NULL)
        return NULL;
    if (c->ciphers[cipher] == NULL)
        c->ciphers[cipher] = EVP_CIPHER_fetch(NULL, known[cipher].name, NULL);
    if (c->context == NULL)
        c->context = EVP_CIPHER_CTX_new();
    if (c->ciphers[cipher] == NULL || c->context == NULL || EVP_CIPHER_CTX_reset(c->context) != 1)
        return NULL;
    return c->context;
}

/* In the order that CCM wants (RFC 3610): its tag before the key, all lengths before the bytes. */
static bool open_begin(EVP_CIPHER_CTX *context, const struct crypto *c, enum crypto_cipher cipher,
                       const uint8_t *key, const uint8_t *nonce, const uint8_t *tag)
{
    uint8_t expected[16];
    memcpy(expected, tag, known[cipher].tag);
    return EVP_DecryptInit_ex(context, c->ciphers[cipher], NULL, NULL, NULL) == 1 &&
           EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_IVLEN, CRYPTO_AEAD_NONCE, NULL) == 1 &&
           EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, known[cipher].tag, expected) == 1 &&
           EVP_DecryptInit_ex(context, NULL, NULL, key, nonce) == 1;
}

bool crypto_open(struct crypto *c, enum crypto_cipher cipher, const uint8_t *key,
                 const uint8_t nonce[CRYPTO_AEAD_NONCE], struct crypto_bytes aad, const uint8_t *in,
                 size_t n, uint8_t *out)
{
    size_t tag = known[cipher].tag;
    EVP_CIPHER_CTX *context = tag > 0 && n >= tag ? context_for(c, cipher) : NULL;
    int text = (int)(n - tag), written;
    if (context == NULL || !open_begin(context, c, cipher, key, nonce, in + text))
        return false;
    bool ccm = known[cipher].ccm;
    if (ccm && EVP_DecryptUpdate(context, NULL, &written, NULL, text) != 1)
        return false;
    if (aad.n > 0 && EVP_DecryptUpdate(context, NULL, &written, aad.at, (int)aad.n) != 1)
        return false;
    if (EVP_DecryptUpdate(context, out, &written, in, text) != 1)
        return false;
    return ccm || EVP_DecryptFinal_ex(context, out + text, &written) == 1;
}

bool crypto_cbc(struct crypto *c, enum crypto_cipher cipher, const uint8_t *key, const uint8_t *iv,
                const uint8_t *in, size_t n, uint8_t *out)
{
    EVP_CIPHER_CTX *context = crypto_is_cbc(cipher) ? context_for(c, cipher) : NULL;
    int written;
    return context != NULL && n % known[cipher].iv == 0 &&
           EVP_DecryptInit_ex(context, c->ciphers[cipher], NULL, key, iv) == 1 &&
           EVP_CIPHER_CTX_set_padding(context, 0) == 1 &&
           EVP_DecryptUpdate(context, out, &written, in, (int)n) == 1;
}

bool crypto_mask(struct crypto *c, enum crypto_cipher cipher, const uint8_t *key,
                 const uint8_t sample[16], uint8_t mask[16])
{
    static const uint8_t zeros[16];
    enum crypto_cipher with = known[cipher].mask;
    EVP_CIPHER_CTX *context = with != CRYPTO_NO_CIPHER ? context_for(c, with) : NULL;
    bool chacha = with == CRYPTO_CHACHA20;
    int written;
    return context != NULL &&
           EVP_EncryptInit_ex(context, c->ciphers[with], NULL, key, chacha ? sample : NULL) == 1 &&
           EVP_EncryptUpdate(context, mask, &written, chacha ? zeros : sample, 16) == 1;
}

/* ---- RC4 ------------------------------------------------------------------------------------- */

void crypto_rc4_begin(struct crypto_rc4 *rc4, const uint8_t *key, size_t n)
{
    for (unsigned i = 0; i < 256; i++)
        rc4->s[i] = (uint8_t)i;
    rc4->i = rc4->j = 0;
    for (unsigned i = 0, j = 0; i < 256; i++) {
        uint8_t old = rc4->s[i];
        j = (j + old + key[i % n]) & 255;
        rc4->s[i] = rc4->s[j];
        rc4->s[j] = old;
    }
}

void crypto_rc4_run(struct crypto_rc4 *rc4, const uint8_t *in, size_t n, uint8_t *out)
{
    uint8_t *s = rc4->s;
    for (size_t k = 0; k < n; k++) {
        uint8_t a = s[++rc4->i];
        rc4->j = (uint8_t)(rc4->j + a);
        uint8_t b = s[rc4->j];
        s[rc4->i] = b;
        s[rc4->j] = a;
        out[k] = in[k] ^ s[(uint8_t)(a + b)];
    }
}
