/* tls.h: what the files of tls share: tls.c records, tls_handshake.c handshake messages,
 * tls_extensions.c their extensions, tls_ja.c fingerprints. Private to them. */
#ifndef PROTO_TLS_H
#define PROTO_TLS_H

#include "dissect/packet.h"
#include "proto/tls.def"

enum { TLS_FIELDS(FIELD_ID) FIELD_COUNT };

enum { TLS_1_2 = 0x0303, TLS_1_3 = 0x0304 };
enum { TLS_CLIENT_HELLO = 1, TLS_SERVER_HELLO = 2, TLS_HELLO_RETRY = 6, TLS_CERTIFICATE = 11 };

/* What is remembered of a connection. */
struct tls_state {
    uint16_t version; /* that was chosen; 0: not known yet */
    uint16_t cipher;
    bool seen;         /* a record */
    bool encrypted[2]; /* by direction: a change of the cipher spec was seen */
    bool server_certificate, ticket;
    uint8_t id_length; /* of the client's session ID */
    uint8_t id[32];
    bool same_id;      /* the server took it */
    char protocol[16]; /* that the server chose by ALPN (RFC 7301) */
};

struct tls {
    struct packet *p;
    struct tls_state *state; /* never NULL */
    unsigned direction;
};

/* Some bytes in a message. */
struct tls_bytes {
    const uint8_t *at;
    uint32_t n;
};

/* What of a hello makes its fingerprint. */
struct tls_hello {
    uint16_t version;
    uint16_t best_version; /* that the client supports */
    uint16_t cipher;       /* that the server chose */
    bool named;            /* it says the server's name */
    uint32_t offset;       /* of the extensions */
    struct tls_bytes ciphers, extensions, groups, formats, signatures, alpn;
};

extern const struct value_name tls_handshake_types[], tls_versions[], tls_extension_types[],
    tls_groups[], tls_signatures[], tls_alerts[], tls_cipher_suites[];

static inline bool tls_is_grease(uint16_t v) /* RFC 8701 */
{
    return (v & 0x0f0f) == 0x0a0a && v >> 8 == (v & 0xff);
}

static inline bool tls_is_1_3(uint16_t version)
{
    return version == TLS_1_3 || version >> 8 == 0x7f;
}

/* Handshake messages, from c to its end. False if they turn out to be encrypted. */
void tls_handshake_put(struct tls *t, struct cursor *c);
bool tls_handshake_known(uint8_t type);
const char *tls_handshake_name(struct packet *p, uint8_t type);

/* The extensions of a handshake message, with their length before them. */
void tls_extensions_put(struct tls *t, struct cursor *c, uint8_t type, struct tls_hello *hello);
/* "SignatureAndHashAlgorithm" (RFC 5246, section 7.4.1.4.1). */
void tls_signature_put(struct packet *p, struct cursor *c);

/* A list of signed certificate timestamps (RFC 6962, section 3.3). */
void tls_timestamps_put(struct packet *p, struct cursor *c);

/* Fingerprints: of a client's hello, of a server's. */
void tls_fingerprint_client(struct packet *p, const struct cursor *c,
                            const struct tls_hello *hello);
void tls_fingerprint_server(struct packet *p, const struct cursor *c,
                            const struct tls_hello *hello);

#endif
