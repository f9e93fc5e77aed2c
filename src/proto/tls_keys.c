/*
 * Keys: what the secrets of a key log and the two hellos make of a connection's traffic. Each direction
 * goes through phases, and its records are numbered from 0 in each (RFC 8446, section 7; RFC 5246,
 * section 6.3):
 *
 *     clear --- ChangeCipherSpec ---> traffic                               up to TLS 1.2
 *     clear [--- early data ---]---> handshake --- Finished ---> traffic    TLS 1.3
 *
 * A secret may come later than the records it is for, in a pcapng block or a log that is still being
 * written: records are counted meanwhile, and it is asked for again with each.
 */
#include "proto/tls_keys.h"
#include "base/digest.h"

enum { MASTER_LENGTH = 48, RANDOM_LENGTH = 32, KEY_BLOCK_MAX = 2 * (48 + 32 + 16) };

struct tls_session *tls_session(struct packet *p)
{
    return p->wanted->secrets ? flow_state(p, sizeof(struct tls_session)) : NULL;
}

/* ---- Cipher suites --------------------------------------------------------------------------- */

/* What the name of a suite says: "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA". */
static const struct {
    const char *word;
    enum crypto_cipher cipher;
} ciphers[] = {{"AES_128_GCM", CRYPTO_AES_128_GCM},
               {"AES_256_GCM", CRYPTO_AES_256_GCM},
               {"AES_128_CCM_8", CRYPTO_AES_128_CCM_8},
               {"AES_256_CCM_8", CRYPTO_AES_256_CCM_8},
               {"AES_128_CCM", CRYPTO_AES_128_CCM},
               {"AES_256_CCM", CRYPTO_AES_256_CCM},
               {"CHACHA20_POLY1305", CRYPTO_CHACHA20_POLY1305},
               {"ARIA_128_GCM", CRYPTO_ARIA_128_GCM},
               {"ARIA_256_GCM", CRYPTO_ARIA_256_GCM},
               {"AES_128_CBC", CRYPTO_AES_128_CBC},
               {"AES_256_CBC", CRYPTO_AES_256_CBC},
               {"CAMELLIA_128_CBC", CRYPTO_CAMELLIA_128_CBC},
               {"CAMELLIA_256_CBC", CRYPTO_CAMELLIA_256_CBC},
               {"ARIA_128_CBC", CRYPTO_ARIA_128_CBC},
               {"ARIA_256_CBC", CRYPTO_ARIA_256_CBC},
               {"3DES_EDE_CBC", CRYPTO_3DES_CBC},
               {"RC4_128", CRYPTO_RC4},
               {"NULL", CRYPTO_NULL}};

static const struct {
    const char *word;
    enum crypto_hash hash;
} hashes[] = {{"_SHA384", CRYPTO_SHA384},
              {"_SHA256", CRYPTO_SHA256},
              {"_SHA", CRYPTO_SHA1},
              {"_MD5", CRYPTO_MD5}};

/* True if it is one that can be decrypted. */
static bool suite_of(uint16_t number, struct tls_suite *suite)
{
    const char *name = value_name_find(tls_cipher_suites, number);
    const char *with = name == NULL ? NULL : strstr(name, "_WITH_");
    *suite = (struct tls_suite){CRYPTO_NO_CIPHER, CRYPTO_SHA256, CRYPTO_SHA256};
    if (name == NULL)
        return false;
    name = with != NULL ? with + 6 : name + 4; /* in TLS 1.3 nothing but the cipher is named */
    for (size_t i = 0; i < sizeof ciphers / sizeof ciphers[0]; i++) {
        size_t n = strlen(ciphers[i].word);
        if (strncmp(name, ciphers[i].word, n) != 0 || (name[n] != '_' && name[n] != '\0'))
            continue;
        suite->cipher = ciphers[i].cipher;
        break;
    }
    for (size_t i = 0; i < sizeof hashes / sizeof hashes[0]; i++) {
        size_t n = strlen(name), word = strlen(hashes[i].word);
        if (n < word || strcmp(name + n - word, hashes[i].word) != 0)
            continue;
        suite->mac = hashes[i].hash;
        break;
    }
    suite->hash = suite->mac == CRYPTO_SHA384 ? CRYPTO_SHA384 : CRYPTO_SHA256;
    return suite->cipher != CRYPTO_NO_CIPHER;
}

/* ---- TLS 1.3 --------------------------------------------------------------------------------- */

/* Drafts before the 20th had other labels. */
static const char *label_of(struct tls *t, const char *label)
{
    uint16_t version = t->state->version;
    bool old = version >> 8 == 0x7f && (version & 0xff) < 20;
    return packet_text(t->p, "%s%s", old ? "TLS 1.3, " : "tls13 ", label);
}

static bool side_derive(struct tls *t, struct tls_side *side)
{
    struct crypto_bytes secret = {side->secret, crypto_hash_length(side->suite.hash)};
    side->ready = crypto_expand_label(side->suite.hash, secret, label_of(t, "key"), side->key,
                                      crypto_key_length(side->suite.cipher)) &&
                  crypto_expand_label(side->suite.hash, secret, label_of(t, "iv"), side->iv,
                                      CRYPTO_AEAD_NONCE);
    return side->ready;
}

static enum secret_kind secret_of(unsigned direction, enum tls_phase phase)
{
    switch (phase) {
    case TLS_EARLY:
        return SECRET_CLIENT_EARLY;
    case TLS_HANDSHAKE:
        return direction == 0 ? SECRET_CLIENT_HANDSHAKE : SECRET_SERVER_HANDSHAKE;
    default:
        return direction == 0 ? SECRET_CLIENT_TRAFFIC : SECRET_SERVER_TRAFFIC;
    }
}

/* The secret of the side's phase, if it is known by now. */
static bool side_load(struct tls *t, unsigned direction)
{
    struct tls_side *side = &t->session->side[direction];
    struct secret secret;
    if (!find_secret(t->p, secret_of(direction, side->phase), t->session->client_random,
                     RANDOM_LENGTH, &secret) ||
        secret.length != crypto_hash_length(side->suite.hash))
        return false;
    memcpy(side->secret, secret.bytes, secret.length);
    return side_derive(t, side);
}

static void side_begin(struct tls *t, unsigned direction, enum tls_phase phase)
{
    struct tls_side *side = &t->session->side[direction];
    side->phase = (uint8_t)phase;
    side->number = 0;
    side->ready = false;
    if (suite_of(t->state->cipher, &side->suite))
        (void)side_load(t, direction);
}

void tls_keys_finished(struct tls *t)
{
    if (t->session != NULL && tls_is_1_3(t->state->version))
        side_begin(t, t->direction, TLS_TRAFFIC);
}

void tls_keys_early_end(struct tls *t)
{
    if (t->session != NULL && tls_is_1_3(t->state->version))
        side_begin(t, 0, TLS_HANDSHAKE);
}

/* RFC 8446, section 7.2. */
void tls_keys_update(struct tls *t)
{
    struct tls_side *side = t->session == NULL ? NULL : &t->session->side[t->direction];
    uint8_t next[CRYPTO_HASH_MAX];
    if (side == NULL || !side->ready)
        return;
    size_t n = crypto_hash_length(side->suite.hash);
    struct crypto_bytes secret = {side->secret, n};
    side->number = 0;
    side->ready = crypto_expand_label(side->suite.hash, secret, "tls13 traffic upd", next, n);
    memcpy(side->secret, next, n);
    side->ready = side->ready && side_derive(t, side);
}

/* ---- Up to TLS 1.2 --------------------------------------------------------------------------- */

static bool master_from_premaster(struct tls *t, const struct secret *premaster, uint8_t *master)
{
    const struct tls_session *s = t->session;
    uint8_t randoms[2 * RANDOM_LENGTH];
    struct tls_suite suite;
    if (s->extended_master) /* it would take a hash of all messages so far (RFC 7627) */
        return false;
    (void)suite_of(t->state->cipher, &suite);
    memcpy(randoms, s->client_random, RANDOM_LENGTH);
    memcpy(randoms + RANDOM_LENGTH, s->server_random, RANDOM_LENGTH);
    return crypto_prf(t->state->version == TLS_1_2 ? suite.hash : CRYPTO_MD5,
                      (struct crypto_bytes){premaster->bytes, premaster->length}, "master secret",
                      (struct crypto_bytes){randoms, sizeof randoms}, master, MASTER_LENGTH);
}

/* By whatever the key log, or a session that is resumed, knows it. */
static bool find_master(struct tls *t, uint8_t *master)
{
    struct tls_session *s = t->session;
    const struct tls_state *state = t->state;
    struct secret found;
    if (find_secret(t->p, SECRET_MASTER, s->client_random, RANDOM_LENGTH, &found) ||
        (state->id_length > 0 && state->same_id &&
         find_secret(t->p, SECRET_SESSION, state->id, state->id_length, &found)) ||
        (s->server_id_length > 0 &&
         find_secret(t->p, SECRET_SESSION, s->server_id, s->server_id_length, &found)) ||
        (s->has_ticket && find_secret(t->p, SECRET_TICKET, s->ticket, sizeof s->ticket, &found))) {
        if (found.length != MASTER_LENGTH)
            return false;
        memcpy(master, found.bytes, MASTER_LENGTH);
        return true;
    }
    if (find_secret(t->p, SECRET_PREMASTER, s->client_random, RANDOM_LENGTH, &found) ||
        (s->has_encrypted &&
         find_secret(t->p, SECRET_RSA_PREMASTER, s->encrypted, sizeof s->encrypted, &found)))
        return master_from_premaster(t, &found, master);
    return false;
}

/* Sessions that are resumed later have the same master secret. */
static void remember_master(struct tls *t, const uint8_t *master)
{
    const struct tls_session *s = t->session;
    if (s->server_id_length > 0)
        add_secret(t->p, SECRET_SESSION, s->server_id, s->server_id_length, master, MASTER_LENGTH);
    if (s->has_new_ticket)
        add_secret(t->p, SECRET_TICKET, s->new_ticket, sizeof s->new_ticket, master, MASTER_LENGTH);
}

/* RFC 5246, section 6.3: MAC keys, keys, IVs, of the client first each time. */
static void cut_key_block(struct tls_side *side, unsigned direction, uint16_t version,
                          const uint8_t *block)
{
    enum crypto_cipher cipher = side->suite.cipher;
    bool aead = crypto_tag_length(cipher) > 0;
    size_t mac = aead ? 0 : crypto_hash_length(side->suite.mac), key = crypto_key_length(cipher);
    size_t iv = crypto_iv_length(cipher);
    if (aead && cipher != CRYPTO_CHACHA20_POLY1305)
        iv = 4; /* the rest stands in each record (RFC 5288, section 3) */
    else if (!aead && version > 0x0301)
        iv = 0;
    memcpy(side->mac, block + direction * mac, mac);
    memcpy(side->key, block + 2 * mac + direction * key, key);
    memcpy(side->iv, block + 2 * (mac + key) + direction * iv, iv);
    side->ready = true;
}

static bool old_load(struct tls *t, unsigned direction)
{
    struct tls_session *s = t->session;
    struct tls_side *side = &s->side[direction];
    uint8_t master[MASTER_LENGTH], block[KEY_BLOCK_MAX], randoms[2 * RANDOM_LENGTH];
    uint16_t version = t->state->version;
    if (!suite_of(s->cipher, &side->suite) || version < 0x0301 || s->compressed ||
        !find_master(t, master))
        return false;
    remember_master(t, master);
    memcpy(randoms, s->server_random, RANDOM_LENGTH);
    memcpy(randoms + RANDOM_LENGTH, s->client_random, RANDOM_LENGTH);
    if (!crypto_prf(version == TLS_1_2 ? side->suite.hash : CRYPTO_MD5,
                    (struct crypto_bytes){master, sizeof master}, "key expansion",
                    (struct crypto_bytes){randoms, sizeof randoms}, block, sizeof block))
        return false;
    cut_key_block(side, direction, version, block);
    struct crypto_rc4 *rc4 = tls_rc4(t, side, direction);
    if (rc4 != NULL)
        crypto_rc4_begin(rc4, side->key, crypto_key_length(CRYPTO_RC4));
    return true;
}

void tls_keys_changed(struct tls *t)
{
    struct tls_session *s = t->session;
    if (s == NULL || tls_is_1_3(t->state->version) || t->state->version == 0)
        return;
    struct tls_side *side = &s->side[t->direction];
    side->phase = TLS_TRAFFIC;
    side->number = 0;
    side->ready = false;
    side->separate = s->encrypt_then_mac;
    s->cipher = t->state->cipher;
    (void)old_load(t, t->direction);
}

bool tls_keys_load(struct tls *t)
{
    const struct tls_side *side = &t->session->side[t->direction];
    if (side->ready || side->phase == TLS_CLEAR || side->phase == TLS_EARLY)
        return side->ready;
    if (tls_is_1_3(t->state->version))
        return side_load(t, t->direction);
    /* RC4 and chained blocks go on from what came before */
    bool missed =
        side->number > 0 && (side->suite.cipher == CRYPTO_RC4 ||
                             (t->state->version == 0x0301 && crypto_is_cbc(side->suite.cipher)));
    return !missed && old_load(t, t->direction);
}

bool tls_keys_ahead(struct tls *t)
{
    const struct tls_side *side = &t->session->side[t->direction];
    if (!tls_is_1_3(t->state->version) || side->phase == TLS_TRAFFIC || side->phase == TLS_CLEAR)
        return false;
    side_begin(t, t->direction, side->phase == TLS_EARLY ? TLS_HANDSHAKE : TLS_TRAFFIC);
    return true;
}

/* ---- Hellos ---------------------------------------------------------------------------------- */

void tls_keys_client_hello(struct tls *t, const uint8_t *random)
{
    struct tls_session *s = t->session;
    if (s == NULL || random == NULL)
        return;
    memcpy(s->client_random, random, RANDOM_LENGTH);
    s->has_ticket = s->has_new_ticket = s->has_encrypted = false;
    s->early = false;
}

void tls_keys_early(struct tls *t)
{
    struct tls_session *s = t->session;
    if (s == NULL)
        return;
    s->early = true;
    if (t->state->version == 0) {
        s->side[0].phase = TLS_EARLY;
        s->side[0].number = 0;
        s->side[0].ready = false;
    }
}

/* Which cipher the early data has, the hello does not say: one that was agreed upon before. */
static const uint16_t early_suites[] = {0x1301, 0x1302, 0x1303, 0x1304, 0x1305};

bool tls_keys_try_early(struct tls *t, unsigned attempt)
{
    struct tls_side *side = &t->session->side[0];
    if (t->direction != 0 || side->phase != TLS_EARLY ||
        attempt >= sizeof early_suites / sizeof early_suites[0])
        return false;
    side->ready = false;
    if (suite_of(early_suites[attempt], &side->suite))
        (void)side_load(t, 0);
    return true;
}

void tls_keys_server_hello(struct tls *t, const uint8_t *random, const uint8_t *id, uint32_t id_n)
{
    struct tls_session *s = t->session;
    if (s == NULL || random == NULL)
        return;
    memcpy(s->server_random, random, RANDOM_LENGTH);
    s->server_id_length = id_n > sizeof s->server_id ? 0 : (uint8_t)id_n;
    if (s->server_id_length > 0)
        memcpy(s->server_id, id, id_n);
    s->encrypt_then_mac = s->extended_master = false;
}

/* SHA-256 of "HelloRetryRequest" (RFC 8446, section 4.1.3). */
static bool is_retry(const struct tls_session *s)
{
    static const uint8_t retry[8] = {0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11};
    return memcmp(s->server_random, retry, sizeof retry) == 0;
}

void tls_keys_server_hello_done(struct tls *t, uint8_t compression)
{
    struct tls_session *s = t->session;
    if (s == NULL)
        return;
    s->compressed = compression != 0;
    if (!tls_is_1_3(t->state->version) || is_retry(s))
        return;
    side_begin(t, 1, TLS_HANDSHAKE);
    if (s->side[0].phase != TLS_EARLY)
        side_begin(t, 0, TLS_HANDSHAKE);
}

void tls_keys_agree(struct tls *t, uint16_t extension)
{
    struct tls_session *s = t->session;
    if (s == NULL)
        return;
    s->encrypt_then_mac |= extension == 22;
    s->extended_master |= extension == 23;
}

void tls_keys_ticket(struct tls *t, const uint8_t *ticket, uint32_t n, bool issued)
{
    struct tls_session *s = t->session;
    if (s == NULL || ticket == NULL || n == 0)
        return;
    digest_sha256(ticket, n, issued ? s->new_ticket : s->ticket);
    *(issued ? &s->has_new_ticket : &s->has_ticket) = true;
}

void tls_keys_premaster(struct tls *t, const uint8_t *encrypted, uint32_t n)
{
    struct tls_session *s = t->session;
    if (s == NULL || encrypted == NULL || n < sizeof s->encrypted)
        return;
    memcpy(s->encrypted, encrypted, sizeof s->encrypted);
    s->has_encrypted = true;
}
