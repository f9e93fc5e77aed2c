/*
 * How packets of quic are opened (RFC 9001). First the protection of the header is taken off, which hides the
 * packet number, with a mask made from a sample of the payload; then the payload is decrypted.
 *
 * Keys of Initial packets come from the connection ID that the client's first packet was sent to, which
 * everybody can see. Those of others come from secrets, which a key log may have.
 */
#include "proto/quic.h"

enum { SAMPLE_AHEAD = 4, SAMPLE = 16, SHORTEST = SAMPLE_AHEAD + SAMPLE, SALT = 20 };

struct suite {
    enum crypto_cipher cipher;
    enum crypto_hash hash;
};

struct keys {
    struct suite suite;
    uint8_t key[CRYPTO_KEY_MAX], iv[CRYPTO_AEAD_NONCE], header[CRYPTO_KEY_MAX];
};

/* RFC 9001, section 5.2; RFC 9369, section 3.3.1; and of the drafts before them. */
static const struct {
    uint32_t low, high;
    const char *salt;
} salts[] = {
    {0x00000001, 0x00000001,
     "\x38\x76\x2c\xf7\xf5\x59\x34\xb3\x4d\x17\x9a\xe6\xa4\xc8\x0c\xad\xcc\xbb\x7f\x0a"},
    {0x6b3343cf, 0x6b3343cf,
     "\x0d\xed\xe3\xde\xf7\x00\xa6\xdb\x81\x93\x81\xbe\x6e\x26\x9d\xcb\xf9\xbd\x2e\xd9"},
    {0xff000021, 0xff000022,
     "\x38\x76\x2c\xf7\xf5\x59\x34\xb3\x4d\x17\x9a\xe6\xa4\xc8\x0c\xad\xcc\xbb\x7f\x0a"},
    {0xff00001d, 0xff000020,
     "\xaf\xbf\xec\x28\x99\x93\xd2\x4c\x9e\x97\x86\xf1\x9c\x61\x11\xe0\x43\x90\xa8\x99"},
    {0xff000017, 0xff00001c,
     "\xc3\xee\xf7\x12\xc7\x2e\xbb\x5a\x11\xa7\xd2\x43\x2b\xb4\x63\x65\xbe\xf9\xf5\x02"},
    {0xfaceb002, 0xfaceb002,
     "\xc3\xee\xf7\x12\xc7\x2e\xbb\x5a\x11\xa7\xd2\x43\x2b\xb4\x63\x65\xbe\xf9\xf5\x02"},
};

bool quic_is_v2(uint32_t version)
{
    return version == 0x6b3343cf;
}

static const char *salt_of(uint32_t version)
{
    for (size_t i = 0; i < sizeof salts / sizeof *salts; i++) {
        if (version >= salts[i].low && version <= salts[i].high)
            return salts[i].salt;
    }
    return NULL;
}

static bool suite_of(uint16_t cipher, struct suite *suite)
{
    switch (cipher) {
    case 0x1301:
        *suite = (struct suite){CRYPTO_AES_128_GCM, CRYPTO_SHA256};
        return true;
    case 0x1302:
        *suite = (struct suite){CRYPTO_AES_256_GCM, CRYPTO_SHA384};
        return true;
    case 0x1303:
        *suite = (struct suite){CRYPTO_CHACHA20_POLY1305, CRYPTO_SHA256};
        return true;
    case 0x1304:
        *suite = (struct suite){CRYPTO_AES_128_CCM, CRYPTO_SHA256};
        return true;
    default:
        return false;
    }
}

/* Section 5.1. */
static bool keys_derive(uint32_t version, struct suite suite, struct crypto_bytes secret,
                        struct keys *keys)
{
    bool v2 = quic_is_v2(version);
    size_t n = crypto_key_length(suite.cipher);
    keys->suite = suite;
    return crypto_expand_label(suite.hash, secret, v2 ? "tls13 quicv2 key" : "tls13 quic key",
                               keys->key, n) &&
           crypto_expand_label(suite.hash, secret, v2 ? "tls13 quicv2 iv" : "tls13 quic iv",
                               keys->iv, sizeof keys->iv) &&
           crypto_expand_label(suite.hash, secret, v2 ? "tls13 quicv2 hp" : "tls13 quic hp",
                               keys->header, n);
}

/* Section 5.2. */
static bool keys_initial(uint32_t version, const struct quic_id *first, bool from_client,
                         struct keys *keys)
{
    static const struct suite suite = {CRYPTO_AES_128_GCM, CRYPTO_SHA256};
    uint8_t common[CRYPTO_HASH_MAX], secret[32];
    const char *salt = salt_of(version);
    return salt != NULL &&
           crypto_hkdf_extract(suite.hash, (struct crypto_bytes){(const uint8_t *)salt, SALT},
                               (struct crypto_bytes){first->bytes, first->n}, common) &&
           crypto_expand_label(suite.hash, (struct crypto_bytes){common, sizeof secret},
                               from_client ? "tls13 client in" : "tls13 server in", secret,
                               sizeof secret) &&
           keys_derive(version, suite, (struct crypto_bytes){secret, sizeof secret}, keys);
}

/* ---- Opening ----------------------------------------------------------------------------------- */

/* Section 5.4. The packet number is still without its upper bytes. */
static bool unprotect(struct quic *q, struct quic_sealed *s, const struct keys *keys)
{
    uint8_t mask[16];
    if (s->length < s->number_at + SHORTEST ||
        !crypto_mask(&q->p->crypto, keys->suite.cipher, keys->header,
                     s->start + s->number_at + SAMPLE_AHEAD, mask))
        return false;
    s->unprotected = true;
    s->first = s->start[0] ^ (mask[0] & (s->start[0] & 0x80 ? 0x0f : 0x1f));
    s->number_length = (uint8_t)((s->first & 3) + 1);
    s->number = 0;
    for (unsigned i = 0; i < s->number_length; i++)
        s->number = s->number << 8 | (s->start[s->number_at + i] ^ mask[1 + i]);
    return true;
}

/* The number next to the expected one that ends in these bytes (RFC 9000, appendix A.3). */
static uint64_t whole_number(uint64_t expected, uint64_t number, unsigned length)
{
    uint64_t window = (uint64_t)1 << (8 * length), half = window / 2;
    uint64_t candidate = (expected & ~(window - 1)) | number;
    if (candidate + half <= expected && candidate < ((uint64_t)1 << 62) - window)
        return candidate + window;
    if (candidate > expected + half && candidate >= window)
        return candidate - window;
    return candidate;
}

/* Section 5.3: the header is authenticated as it was before its protection. */
static bool decrypt(struct quic *q, struct quic_sealed *s, const struct keys *keys)
{
    struct packet *p = q->p;
    uint32_t header = s->number_at + s->number_length, n = s->length - header;
    size_t tag = crypto_tag_length(keys->suite.cipher);
    uint8_t *aad = arena_alloc(p->arena, header), *plain = arena_alloc(p->arena, n);
    uint8_t nonce[CRYPTO_AEAD_NONCE];
    if (aad == NULL || plain == NULL || n < tag)
        return false;
    memcpy(aad, s->start, header);
    aad[0] = s->first;
    for (unsigned i = 0; i < s->number_length; i++)
        aad[s->number_at + i] = (uint8_t)(s->number >> 8 * (s->number_length - 1u - i));
    memcpy(nonce, keys->iv, sizeof nonce);
    for (unsigned i = 0; i < 8; i++)
        nonce[sizeof nonce - 1 - i] ^= (uint8_t)(s->number >> 8 * i);
    s->plain = plain;
    s->plain_length = n - (uint32_t)tag;
    return crypto_open(&p->crypto, keys->suite.cipher, keys->key, nonce,
                       (struct crypto_bytes){aad, header}, s->start + header, n, plain);
}

static bool open_with(struct quic *q, struct quic_sealed *s, const struct keys *keys)
{
    enum quic_space space = quic_space_of(q->type);
    uint64_t *next = &q->state->side[q->direction].next[space];
    if (!unprotect(q, s, keys))
        return false;
    s->number = whole_number(*next, s->number, s->number_length);
    if (!decrypt(q, s, keys))
        return false;
    if (s->number >= *next)
        *next = s->number + 1;
    return true;
}

/* ---- Which keys? ------------------------------------------------------------------------------- */

static bool same_id(const struct quic_id *a, const struct quic_id *b)
{
    return a->n == b->n && memcmp(a->bytes, b->bytes, a->n) == 0;
}

/* A client begins, or begins anew because it was told to (Retry). */
static void begin(struct quic *q)
{
    struct quic_state *s = q->state;
    bool again = s->begun && s->client == q->direction;
    struct quic_side mine = s->side[q->direction];
    *s = (struct quic_state){
        .version = q->version, .begun = true, .client = (uint8_t)q->direction, .first = q->to};
    if (again) { /* numbers go on (RFC 9000, section 17.2.5.3) */
        s->side[q->direction] = mine;
        s->side[q->direction].crypto[QUIC_SPACE_INITIAL] = (struct quic_crypto){0};
    }
}

static bool open_initial(struct quic *q, struct quic_sealed *s)
{
    struct quic_state *state = q->state;
    struct keys keys;
    bool from_client = !state->begun || state->client == q->direction;
    if (state->begun && keys_initial(q->version, &state->first, from_client, &keys) &&
        open_with(q, s, &keys))
        return true;
    if (state->begun && same_id(&state->first, &q->to) && from_client)
        return false;
    struct quic_state saved = *state;
    struct quic_sealed before = *s;
    if (!keys_initial(q->version, &q->to, true, &keys))
        return false;
    begin(q);
    if (open_with(q, s, &keys))
        return true;
    *state = saved;
    if (before.unprotected)
        *s = before;
    return false;
}

static enum secret_kind secret_of(const struct quic *q)
{
    bool client = q->state->client == q->direction;
    if (q->type == QUIC_HANDSHAKE)
        return client ? SECRET_CLIENT_HANDSHAKE : SECRET_SERVER_HANDSHAKE;
    return client ? SECRET_CLIENT_TRAFFIC : SECRET_SERVER_TRAFFIC;
}

static bool open_handshake(struct quic *q, struct quic_sealed *s, struct suite suite)
{
    struct secret secret;
    struct keys keys;
    return find_secret(q->p, secret_of(q), q->state->random, sizeof q->state->random, &secret) &&
           keys_derive(q->version, suite, (struct crypto_bytes){secret.bytes, secret.length},
                       &keys) &&
           open_with(q, s, &keys);
}

/* The header's key stays, the others change with the phase (section 6). */
static bool next_phase(const struct quic *q, struct suite suite, const struct quic_side *side,
                       uint8_t *secret)
{
    return crypto_expand_label(suite.hash, (struct crypto_bytes){side->secret, side->secret_length},
                               quic_is_v2(q->version) ? "tls13 quicv2 ku" : "tls13 quic ku", secret,
                               side->secret_length);
}

static bool open_short(struct quic *q, struct quic_sealed *s, struct suite suite)
{
    struct quic_side *side = &q->state->side[q->direction];
    struct secret first;
    struct keys keys, now;
    if (!find_secret(q->p, secret_of(q), q->state->random, sizeof q->state->random, &first) ||
        !keys_derive(q->version, suite, (struct crypto_bytes){first.bytes, first.length}, &keys) ||
        first.length > sizeof side->secret)
        return false;
    if (side->secret_length == 0) {
        side->secret_length = first.length;
        memcpy(side->secret, first.bytes, first.length);
    }
    if (!unprotect(q, s, &keys))
        return false;
    uint8_t secret[CRYPTO_HASH_MAX];
    memcpy(secret, side->secret, side->secret_length);
    bool phase = (s->first & 0x04) != 0, changed = phase != side->phase;
    if ((changed && !next_phase(q, suite, side, secret)) ||
        !keys_derive(q->version, suite, (struct crypto_bytes){secret, side->secret_length}, &now))
        return false;
    memcpy(now.header, keys.header, sizeof now.header);
    if (!open_with(q, s, &now))
        return false;
    if (changed)
        memcpy(side->secret, secret, side->secret_length);
    side->phase = phase;
    return true;
}

bool quic_open(struct quic *q, struct quic_sealed *s)
{
    struct suite suite;
    if (q->type == QUIC_INITIAL)
        return open_initial(q, s);
    if (!q->state->has_random || !suite_of(q->state->cipher, &suite))
        return false;
    if (q->type == QUIC_HANDSHAKE)
        return open_handshake(q, s, suite);
    return q->type == QUIC_1_RTT && open_short(q, s, suite);
}
