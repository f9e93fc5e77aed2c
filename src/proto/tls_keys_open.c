/*
 * Opens records (RFC 5246, section 6.2.3; RFC 8446, section 5.2):
 *
 *     AEAD, TLS 1.2   | nonce, 8 bytes or none | encrypted             | tag |
 *     AEAD, TLS 1.3   | encrypted: content, its type, zeros           | tag |
 *     CBC             | IV, not in TLS 1.0     | encrypted: content, MAC, padding |
 *     the same with a separate MAC (RFC 7366)
 *                     | IV, not in TLS 1.0     | encrypted: content, padding | MAC |
 *     RC4, NULL       | encrypted: content, MAC |
 */
#include "proto/tls_keys.h"

enum { HEADER = 5, PSEUDO_HEADER = 13, EXPLICIT_NONCE = 8 };

struct record {
    const uint8_t *header, *bytes;
    uint32_t n;
};

struct crypto_rc4 *tls_rc4(struct tls *t, const struct tls_side *side, unsigned direction)
{
    if (side->suite.cipher != CRYPTO_RC4)
        return NULL;
    struct crypto_rc4 *both = flow_state(t->p, 2 * sizeof *both);
    return both == NULL ? NULL : &both[direction];
}

/* What a MAC and an AEAD of TLS 1.2 cover besides: number, type, version, length. */
static void pseudo_header(const struct tls_side *side, const struct record *r, uint32_t length,
                          uint8_t out[PSEUDO_HEADER])
{
    for (unsigned i = 0; i < 8; i++)
        out[i] = (uint8_t)(side->number >> (56 - 8 * i));
    memcpy(out + 8, r->header, 3);
    out[11] = (uint8_t)(length >> 8);
    out[12] = (uint8_t)length;
}

/* The IV with the record's number (RFC 8446, section 5.3). */
static void numbered_nonce(const struct tls_side *side, uint8_t nonce[CRYPTO_AEAD_NONCE])
{
    memcpy(nonce, side->iv, CRYPTO_AEAD_NONCE);
    for (unsigned i = 0; i < 8; i++)
        nonce[4 + i] ^= (uint8_t)(side->number >> (56 - 8 * i));
}

static bool open_aead(struct tls *t, struct tls_side *side, const struct record *r,
                      struct tls_plain *plain)
{
    uint8_t nonce[CRYPTO_AEAD_NONCE], aad[PSEUDO_HEADER];
    uint32_t tag = (uint32_t)crypto_tag_length(side->suite.cipher);
    uint32_t ahead = side->suite.cipher == CRYPTO_CHACHA20_POLY1305 ? 0 : EXPLICIT_NONCE;
    uint8_t *out = r->n < ahead + tag ? NULL : arena_alloc(t->p->arena, r->n);
    if (out == NULL)
        return false;
    if (ahead == 0) {
        numbered_nonce(side, nonce);
    } else {
        memcpy(nonce, side->iv, 4);
        memcpy(nonce + 4, r->bytes, EXPLICIT_NONCE);
    }
    plain->n = r->n - ahead - tag;
    plain->bytes = out;
    pseudo_header(side, r, plain->n, aad);
    return crypto_open(&t->p->crypto, side->suite.cipher, side->key, nonce,
                       (struct crypto_bytes){aad, sizeof aad}, r->bytes + ahead, r->n - ahead, out);
}

static bool open_1_3(struct tls *t, struct tls_side *side, const struct record *r,
                     struct tls_plain *plain)
{
    uint8_t nonce[CRYPTO_AEAD_NONCE];
    uint16_t version = t->state->version;
    bool bare = version >> 8 == 0x7f && (version & 0xff) < 25; /* drafts before the 25th */
    uint32_t tag = (uint32_t)crypto_tag_length(side->suite.cipher);
    uint8_t *out = r->n <= tag ? NULL : arena_alloc(t->p->arena, r->n);
    if (out == NULL)
        return false;
    numbered_nonce(side, nonce);
    if (!crypto_open(&t->p->crypto, side->suite.cipher, side->key, nonce,
                     (struct crypto_bytes){r->header, bare ? 0 : HEADER}, r->bytes, r->n, out))
        return false;
    uint32_t n = r->n - tag;
    while (n > 0 && out[n - 1] == 0)
        n--;
    if (n == 0)
        return false;
    *plain = (struct tls_plain){out[n - 1], out, n - 1};
    return true;
}

/* ---- With a MAC ------------------------------------------------------------------------------ */

/* `bytes` has room for the pseudo-header in front of it. */
static bool mac_right(const struct tls_side *side, const struct record *r, uint8_t *bytes,
                      uint32_t n, const uint8_t *expected)
{
    uint8_t mac[CRYPTO_HASH_MAX];
    size_t length = crypto_hash_length(side->suite.mac);
    pseudo_header(side, r, n, bytes - PSEUDO_HEADER);
    return crypto_hmac(side->suite.mac, (struct crypto_bytes){side->mac, length},
                       bytes - PSEUDO_HEADER, PSEUDO_HEADER + n, mac) &&
           memcmp(mac, expected, length) == 0;
}

/* n bytes of content and MAC, the content behind room for the pseudo-header. */
static bool open_content(const struct tls_side *side, const struct record *r, uint8_t *bytes,
                         uint32_t n, struct tls_plain *plain)
{
    uint32_t mac = (uint32_t)crypto_hash_length(side->suite.mac);
    if (n < mac || !mac_right(side, r, bytes, n - mac, bytes + n - mac))
        return false;
    plain->bytes = bytes;
    plain->n = n - mac;
    return true;
}

/* The MAC at the end of a record that has a separate one. */
static bool separate_right(struct tls *t, const struct tls_side *side, const struct record *r)
{
    uint32_t mac = (uint32_t)crypto_hash_length(side->suite.mac);
    uint8_t *copy = r->n < mac ? NULL : arena_alloc(t->p->arena, PSEUDO_HEADER + r->n);
    if (copy == NULL)
        return false;
    memcpy(copy + PSEUDO_HEADER, r->bytes, r->n);
    return mac_right(side, r, copy + PSEUDO_HEADER, r->n - mac, r->bytes + r->n - mac);
}

static bool open_cbc(struct tls *t, struct tls_side *side, const struct record *r,
                     struct tls_plain *plain)
{
    uint32_t block = (uint32_t)crypto_iv_length(side->suite.cipher), n = r->n;
    uint32_t ahead = t->state->version == 0x0301 ? 0 : block;
    uint8_t iv[CRYPTO_IV_MAX];
    if (side->separate) {
        if (!separate_right(t, side, r))
            return false;
        n -= (uint32_t)crypto_hash_length(side->suite.mac);
    }
    uint8_t *out =
        n < ahead + block || n % block != 0 ? NULL : arena_alloc(t->p->arena, PSEUDO_HEADER + n);
    if (out == NULL)
        return false;
    memcpy(iv, ahead == 0 ? side->iv : r->bytes, block);
    memcpy(side->iv, r->bytes + n - block, block); /* that of the next record, in TLS 1.0 */
    out += PSEUDO_HEADER;
    n -= ahead;
    if (!crypto_cbc(&t->p->crypto, side->suite.cipher, side->key, iv, r->bytes + ahead, n, out))
        return false;
    uint32_t padding = out[n - 1] + 1u;
    if (padding > n)
        return false;
    n -= padding;
    if (!side->separate)
        return open_content(side, r, out, n, plain);
    plain->bytes = out;
    plain->n = n;
    return true;
}

static bool open_stream(struct tls *t, struct tls_side *side, const struct record *r,
                        struct tls_plain *plain)
{
    struct crypto_rc4 *rc4 = tls_rc4(t, side, t->direction);
    uint8_t *out = arena_alloc(t->p->arena, PSEUDO_HEADER + r->n);
    if (out == NULL || (rc4 == NULL && side->suite.cipher == CRYPTO_RC4))
        return false;
    out += PSEUDO_HEADER;
    if (rc4 != NULL)
        crypto_rc4_run(rc4, r->bytes, r->n, out);
    else
        memcpy(out, r->bytes, r->n);
    return open_content(side, r, out, r->n, plain);
}

/* ---- The whole ------------------------------------------------------------------------------- */

static bool open_with(struct tls *t, struct tls_side *side, const struct record *r,
                      struct tls_plain *plain)
{
    if (!side->ready)
        return false;
    if (tls_is_1_3(t->state->version) || side->phase == TLS_EARLY)
        return open_1_3(t, side, r, plain);
    if (crypto_tag_length(side->suite.cipher) > 0)
        return open_aead(t, side, r, plain);
    return crypto_is_cbc(side->suite.cipher) ? open_cbc(t, side, r, plain)
                                             : open_stream(t, side, r, plain);
}

/* With the next keys, where it is not known when they began: what would have told was not understood. */
static bool open_ahead(struct tls *t, struct tls_side *side, const struct record *r,
                       struct tls_plain *plain)
{
    struct tls_side before = *side;
    for (unsigned i = 0; side->phase == TLS_EARLY && side->number == 0 && tls_keys_try_early(t, i);
         i++) {
        if (open_with(t, side, r, plain))
            return true;
    }
    while (tls_keys_ahead(t)) {
        if (open_with(t, side, r, plain))
            return true;
    }
    *side = before;
    return false;
}

/* False where there is no key, and nothing new is known since it was looked for. In a handshake that is not
 * understood, each record may be the first with the keys that come after it. */
static bool may_open(struct tls *t, struct tls_side *side)
{
    if (side->ready)
        return true;
    uint32_t changes = secrets_changes(t->p);
    if (changes == 0 || (changes == side->asked && side->phase == TLS_TRAFFIC))
        return false;
    side->asked = changes;
    (void)tls_keys_load(t);
    return true;
}

bool tls_open(struct tls *t, const uint8_t *header, const uint8_t *bytes, uint32_t n,
              struct tls_plain *plain)
{
    struct tls_side *side = t->session == NULL ? NULL : &t->session->side[t->direction];
    const struct record r = {header, bytes, n};
    if (side == NULL || side->phase == TLS_CLEAR)
        return false;
    bool new_form = tls_is_1_3(t->state->version) || side->phase == TLS_EARLY;
    if (new_form && header[0] != TLS_APPLICATION)
        return false;
    plain->type = header[0];
    bool opened =
        may_open(t, side) && (open_with(t, side, &r, plain) || open_ahead(t, side, &r, plain));
    side->number++;
    return opened;
}

int64_t tls_carried_offset(struct tls *t, uint32_t n)
{
    struct tls_side *side = &t->session->side[t->direction];
    side->carried += n;
    return side->carried - n;
}
