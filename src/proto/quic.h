/* quic.h: what the files of quic share: quic.c packets, quic_keys.c how they are opened, quic_frames.c what is
 * in them. Private to them. */
#ifndef PROTO_QUIC_H
#define PROTO_QUIC_H

#include "dissect/packet.h"

#include "proto/quic.def"

enum { QUIC_FIELDS(FIELD_ID) FIELD_COUNT };

enum { QUIC_ID_MAX = 20 };
enum quic_type { QUIC_INITIAL, QUIC_0_RTT, QUIC_HANDSHAKE, QUIC_RETRY, QUIC_1_RTT };

/* Packets of each space are numbered by themselves (RFC 9000, section 12.3). */
enum quic_space { QUIC_SPACE_INITIAL, QUIC_SPACE_HANDSHAKE, QUIC_SPACE_APPLICATION, QUIC_SPACES };

struct quic_id {
    uint8_t n, bytes[QUIC_ID_MAX];
};

/* Messages of TLS in the CRYPTO frames of one space. */
struct quic_crypto {
    uint64_t base;   /* where the next message begins */
    uint32_t total;  /* its length; 0: not known yet */
    uint8_t head[4]; /* its header, which may come in pieces too: */
    uint8_t known;   /* bit i: byte i is here */
};

/* One end, as a sender. */
struct quic_side {
    bool named;                 /* it said how it is to be called: */
    struct quic_id id;          /* others' destination */
    uint64_t next[QUIC_SPACES]; /* one more than the largest packet number */
    struct quic_crypto crypto[QUIC_SPACES];
    bool phase;                      /* the key phase at hand */
    uint8_t secret_length;           /* 0: not known */
    uint8_t secret[CRYPTO_HASH_MAX]; /* of that phase */
};

/* What is remembered of a connection. */
struct quic_state {
    uint32_t version;
    bool begun;           /* the client's first packet was opened: */
    uint8_t client;       /* its direction, */
    struct quic_id first; /* and its destination, of which the first keys are made */
    uint16_t cipher;      /* that the server chose; 0: not known yet */
    bool sealed; /* a short header came, and could not be opened */
    bool has_random;
    uint8_t random[32];       /* the client's, under which a key log has secrets */
    struct quic_side side[2]; /* by direction */
};

struct quic {
    struct packet *p;
    struct quic_state *state; /* never NULL */
    unsigned direction;
    uint32_t version;
    enum quic_type type;
    struct quic_id to;
};

/* A packet to be opened, and what it says then. */
struct quic_sealed {
    const uint8_t *start; /* its first byte */
    uint32_t number_at;   /* where the packet number is */
    uint32_t length;      /* of the packet */
    bool unprotected;     /* the next two are known; but what they say is right only if it can be opened */
    uint8_t first;        /* its first byte, without protection */
    uint8_t number_length;
    uint64_t number;
    const uint8_t *plain; /* in the packet's arena */
    uint32_t plain_length;
};

/* False: there are no keys, or they do not fit. */
bool quic_open(struct quic *q, struct quic_sealed *s);
bool quic_is_v2(uint32_t version);

/* A number of 1, 2, 4 or 8 bytes (RFC 9000, section 16), and as a field. */
uint64_t quic_varint(struct cursor *c);
uint64_t quic_varint_put(struct packet *p, struct cursor *c, unsigned field);

/* The frames of a packet that was opened. */
void quic_frames_put(struct quic *q, struct cursor *c);

static inline enum quic_space quic_space_of(enum quic_type type)
{
    return type == QUIC_INITIAL     ? QUIC_SPACE_INITIAL
           : type == QUIC_HANDSHAKE ? QUIC_SPACE_HANDSHAKE
                                    : QUIC_SPACE_APPLICATION;
}

#endif
