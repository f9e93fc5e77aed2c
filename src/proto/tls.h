/* tls.h: what the files of tls share: tls.c records, tls_handshake.c handshake messages,
 * tls_extensions.c their extensions, tls_ja.c fingerprints. Private to them. */
#ifndef PROTO_TLS_H
#define PROTO_TLS_H

#include "dissect/packet.h"
#include "proto/tls.def"

/* tls and dtls have most fields in common, and each a few more behind them. */
enum { TLS_FIELDS(FIELD_ID) COMMON_FIELD_COUNT };
enum {
    BEFORE_TLS = COMMON_FIELD_COUNT - 1,
    TLS_SEGMENT_FIELDS(FIELD_ID) TLS_QUIC_FIELDS(FIELD_ID) FIELD_COUNT
};
enum { BEFORE_DTLS = COMMON_FIELD_COUNT - 1, DTLS_FIELDS(FIELD_ID) DTLS_FIELD_COUNT };

enum {
    TLS_1_2 = 0x0303,
    TLS_1_3 = 0x0304,
    DTLS_1_0 = 0xfeff,
    DTLS_1_2 = 0xfefd,
    DTLS_1_3 = 0xfefc
};
enum { TLS_APPLICATION = 23 }; /* a type of record */
enum { TLS_CLIENT_HELLO = 1, TLS_SERVER_HELLO = 2, TLS_HELLO_RETRY = 6, TLS_CERTIFICATE = 11 };

/* What is remembered of a connection. */
struct tls_state {
    uint64_t hello;   /* the packet with the client's */
    uint16_t version; /* that was chosen; 0: not known yet */
    uint16_t cipher;
    bool seen;         /* a record */
    bool early;        /* the client said that it sends data with its hello: it speaks TLS 1.3 */
    bool encrypted[2]; /* by direction: a change of the cipher spec was seen */
    uint8_t waits[2];  /* the type of a handshake message that is not whole yet, plus one; 0: none */
    int64_t shaken[2]; /* bytes of handshake messages so far */
    bool server_certificate, ticket;
    uint8_t id_length; /* of the client's session ID */
    uint8_t id[32];
    bool same_id;      /* the server took it */
    bool turned;       /* the client is the end that did not send the flow's first packet */
    char protocol[16]; /* that the server chose by ALPN (RFC 7301) */
};

/* Application data of one record, opened. */
struct tls_carried {
    struct tls_carried *next;
    struct cursor c;
    int64_t offset; /* in its stream */
};

struct tls {
    struct packet *p;
    struct tls_state *state;     /* never NULL */
    struct tls_session *session; /* NULL: there are no secrets */
    unsigned direction;          /* 0: from the client */
    bool opened;                 /* the present record was encrypted, and is not any more */
    bool closing;                /* the sender says that nothing follows */
    struct tls_carried *carried, **carried_end; /* of this packet, in the arena */
    bool datagrams;                             /* it is DTLS */
    bool quic;                                  /* it has no records: QUIC has packets of its own */
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
    tls_groups[], tls_signatures[], tls_alerts[], tls_cipher_suites[], tls_content_types[],
    tls_alert_levels[], tls_heartbeat_types[], tls_compressions[], tls_client_cert_types[],
    tls_curve_types[], tls_name_types[], tls_max_fragments[], tls_status_types[],
    tls_point_formats[], tls_hashes[], tls_signers[], tls_heartbeat_modes[], tls_cert_kinds[],
    tls_cert_compressions[], tls_psk_modes[], tls_srtp_profiles[], tls_quic_parameter_types[];

extern const struct protocol proto_tls;

static inline bool tls_is_grease(uint16_t v) /* RFC 8701 */
{
    return (v & 0x0f0f) == 0x0a0a && v >> 8 == (v & 0xff);
}

static inline bool tls_is_1_3(uint16_t version)
{
    return version == TLS_1_3 || version >> 8 == 0x7f || version == DTLS_1_3;
}

/* Channels of tls. */
enum tls_channel { TLS_APPLICATION_STREAM, TLS_HANDSHAKE_STREAM };

/* What tls carries (tls_carried.c): where the next n bytes of application data lie, and its dissection, once
 * all records of the packet were seen. */
void tls_carried_note(struct tls *t, const struct cursor *c);
void tls_carried_dissect(struct tls *t, const struct cursor *own);
/* The name of what is carried, as far as it is known; or NULL. */
const char *tls_carried_name(const struct tls *t);

/* Handshake messages, from c to its end, and what they are: "Client Hello". */
const char *tls_handshake_put(struct tls *t, struct cursor *c);
/* "CertificateStatus" (RFC 6066, section 8). */
void tls_status_put(struct packet *p, struct cursor *c);
/* The body of one message. */
void tls_message_put(struct tls *t, struct cursor *c, uint8_t type);
bool tls_handshake_known(uint8_t type);
const char *tls_handshake_name(struct packet *p, uint8_t type);

/* The extensions of a handshake message, with their length before them. */
void tls_extensions_put(struct tls *t, struct cursor *c, uint8_t type, struct tls_hello *hello);
/* "SignatureAndHashAlgorithm" (RFC 5246, section 7.4.1.4.1). */
void tls_signature_put(struct packet *p, struct cursor *c);

/* Keys (tls_keys.c). What tells them of the handshake may be called without secrets, too: */
void tls_keys_client_hello(struct tls *t, const uint8_t *random);
/* The client sends data with its hello. */
void tls_keys_early(struct tls *t);
void tls_keys_early_end(struct tls *t);
void tls_keys_server_hello(struct tls *t, const uint8_t *random, const uint8_t *id, uint32_t id_n);
void tls_keys_server_hello_done(struct tls *t, uint8_t compression);
/* An extension of the server's hello: what it agreed to. */
void tls_keys_agree(struct tls *t, uint16_t extension);
/* A ticket that the client shows, or is issued. */
void tls_keys_ticket(struct tls *t, const uint8_t *ticket, uint32_t n, bool issued);
void tls_keys_premaster(struct tls *t, const uint8_t *encrypted, uint32_t n);
/* The sender changes its cipher; has finished; updates its key. */
void tls_keys_changed(struct tls *t);
void tls_keys_finished(struct tls *t);
void tls_keys_update(struct tls *t);

/* What a record says once it is opened; in the packet's arena. */
struct tls_plain {
    uint8_t type;
    const uint8_t *bytes;
    uint32_t n;
};

/* What is remembered of keys; NULL: there are no secrets, or no flow. */
struct tls_session *tls_session(struct packet *p);
/* Opens n bytes with the next number of their direction; `header` is that of the record. False: it is not
 * encrypted, or not to be opened. */
bool tls_open(struct tls *t, const uint8_t *header, const uint8_t *bytes, uint32_t n,
              struct tls_plain *plain);
/* Where the next n bytes of application data lie in the stream of their direction. */
int64_t tls_carried_offset(struct tls *t, uint32_t n);

/* The transport parameters of QUIC. */
void tls_quic_parameters_put(struct packet *p, struct cursor *c);

/* A list of signed certificate timestamps (RFC 6962, section 3.3). */
void tls_timestamps_put(struct packet *p, struct cursor *c);

/* Fingerprints: of a client's hello, of a server's. */
void tls_fingerprint_client(const struct tls *t, const struct cursor *c,
                            const struct tls_hello *hello);
void tls_fingerprint_server(struct packet *p, const struct cursor *c,
                            const struct tls_hello *hello);

#endif
