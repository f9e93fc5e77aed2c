/* tls_keys.h: how tls remembers keys; for tls_keys.c, which finds them, and tls_keys_open.c,
 * which opens records with them. */
#ifndef PROTO_TLS_KEYS_H
#define PROTO_TLS_KEYS_H

#include "proto/tls.h"

enum tls_phase { TLS_CLEAR, TLS_EARLY, TLS_HANDSHAKE, TLS_TRAFFIC };

struct tls_suite {
    enum crypto_cipher cipher;
    enum crypto_hash hash; /* for deriving keys, in TLS 1.2 and 1.3 */
    enum crypto_hash mac;
};

/* What one direction is encrypted with. */
struct tls_side {
    struct tls_suite suite;
    uint8_t phase;   /* enum tls_phase */
    bool ready;      /* the key is known */
    uint32_t asked; /* secrets_changes() when a key was looked for last */
    bool separate;   /* the MAC is one of what is encrypted (RFC 7366) */
    uint64_t number; /* of the next record */
    uint8_t key[CRYPTO_KEY_MAX], iv[CRYPTO_IV_MAX], mac[CRYPTO_HASH_MAX];
    uint8_t secret[CRYPTO_HASH_MAX]; /* of TLS 1.3: what the key was made of */
    int64_t carried;                 /* bytes of application data so far */
};

/* What is remembered of a connection where there may be secrets. */
struct tls_session {
    uint8_t client_random[32], server_random[32];
    uint16_t cipher; /* that the last change of the cipher spec began */
    uint8_t server_id_length;
    uint8_t server_id[32];
    bool early; /* the client says that it sends early data */
    bool compressed, encrypt_then_mac, extended_master;
    bool has_ticket, has_new_ticket, has_encrypted;
    uint8_t ticket[32], new_ticket[32]; /* SHA-256 of what the client showed, of what it got */
    uint8_t encrypted[8];               /* of the premaster secret, its first bytes */
    struct tls_side side[2];
};

/* The state of RC4 in this direction, where that is the cipher; else NULL. */
struct crypto_rc4 *tls_rc4(struct tls *t, const struct tls_side *side, unsigned direction);

/* Is the key of this direction known? Looks for the secret once more if not. */
bool tls_keys_load(struct tls *t);
/* Of early data: the next cipher to try. False: there is none. */
bool tls_keys_try_early(struct tls *t, unsigned attempt);
/* On to the next phase of TLS 1.3. False: there is none. */
bool tls_keys_ahead(struct tls *t);

#endif
