/* gen: what the parts of the capture generator share. */
#ifndef BENCH_GEN_H
#define BENCH_GEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { GEN_FRAME_MAX = 2048, GEN_HEAD_MAX = 512 };

/* A splitmix64 state: one word, so that a capture is a function of its seed alone. */
struct gen_rng {
    uint64_t state;
};

uint64_t gen_random(struct gen_rng *rng);
/* From 0 to n - 1. */
uint32_t gen_below(struct gen_rng *rng, uint32_t n);
/* Whether an event with `of` chances in ten thousand happens. */
bool gen_chance(struct gen_rng *rng, uint32_t of);

struct gen_file;
struct gen_file *gen_file_open(const char *path, bool pcapng);
/* False, with errno, when the disk refuses. */
bool gen_file_put(struct gen_file *file, uint64_t usec, const uint8_t *frame, size_t len);
bool gen_file_close(struct gen_file *file);

struct gen_end {
    uint8_t mac[6];
    uint8_t ip[16];
    uint16_t port;
    uint16_t ip_id;
};

/* Two hosts, and how frames between them are wrapped. End 0 is the client. */
struct gen_path {
    bool v6;
    uint16_t vlan;
    struct gen_end end[2];
};

void gen_path_init(struct gen_path *path, struct gen_rng *rng, uint16_t server_port);
void gen_put16(uint8_t *b, uint32_t v);
void gen_put32(uint8_t *b, uint32_t v);
/* Ethernet and VLAN headers; returns their length. */
size_t gen_link(uint8_t *frame, const struct gen_path *path, unsigned from, uint16_t type);
/* Where the layer above IP begins. The caller writes it there, then calls gen_finish. */
size_t gen_l4_offset(const struct gen_path *path);
/* Writes the headers below an l4 of `len` bytes, and its checksum; returns the frame's length. */
size_t gen_finish(uint8_t *frame, struct gen_path *path, unsigned from, uint8_t proto, size_t len);

enum gen_kind { GEN_HTTP, GEN_TLS, GEN_HELLO };

/* One message of a conversation: a head that is spelt out, then filler. Any part of it can be made
 * again, which is how a retransmission carries the same bytes. */
struct gen_message {
    unsigned from;
    uint32_t head_len;
    uint32_t body_len;
    uint32_t filler;
    uint8_t head[GEN_HEAD_MAX];
};

/* Says what is said next in a conversation; turn counts the messages so far. */
struct gen_talk {
    enum gen_kind kind;
    uint32_t turn;
    uint32_t turns;
    uint32_t records;
    uint32_t host;
};

void gen_talk_init(struct gen_talk *talk, struct gen_rng *rng, enum gen_kind kind);
/* False when there is nothing more to say. */
bool gen_talk_next(struct gen_talk *talk, struct gen_rng *rng, struct gen_message *message);
void gen_message_copy(const struct gen_message *message, uint32_t at, uint8_t *to, uint32_t len);
void gen_filler_init(struct gen_rng *rng);

enum gen_state { GEN_SYN, GEN_SYN_ACK, GEN_ACK, GEN_DATA, GEN_FIN_ACK, GEN_LAST_ACK, GEN_CLOSED };

struct gen_flow {
    struct gen_path path;
    struct gen_talk talk;
    struct gen_message message;
    enum gen_state state;
    uint32_t seq[2]; /* next to send, each end */
    uint32_t pos;    /* in the message */
    uint32_t last;   /* length of the segment before pos; 0 when it cannot be sent again */
    uint32_t unacked;
    uint32_t lost;        /* offset in the message of a segment that did not arrive */
    uint32_t loss_steps;  /* packets until that is made good; 0: nothing is lost */
    uint32_t stall_steps; /* packets until the receiver's window is open again; 0: it is */
    uint32_t now;         /* milliseconds */
    uint32_t clock[2];    /* of each end's timestamps, at `now` 0 */
    uint32_t seen[2];     /* the last timestamp each end has had from the other */
    bool stamped;         /* the timestamps option is in use (RFC 7323) */
    bool gap;             /* the segment after the one at pos has gone first */
};

void gen_flow_init(struct gen_flow *flow, struct gen_rng *rng, enum gen_kind kind);
/* The connection's next packet, at `now` milliseconds; returns the frame's length. */
size_t gen_flow_next(struct gen_flow *flow, struct gen_rng *rng, uint32_t now, uint8_t *frame);

/* Questions and their answers, one after the other: DNS, NTP, ICMP echo, ARP. */
struct gen_misc {
    struct gen_path dns, ntp, icmp, arp;
    uint32_t dns_turn, ntp_turn, icmp_turn, arp_turn;
    uint32_t dns_host, dns_type;
    uint16_t dns_id;
    bool dns_alias;
    uint8_t ntp_asked[8]; /* the question's transmit timestamp, which the answer repeats */
};

size_t gen_dns_next(struct gen_misc *misc, struct gen_rng *rng, uint8_t *frame);
size_t gen_ntp_next(struct gen_misc *misc, struct gen_rng *rng, uint64_t usec, uint8_t *frame);
size_t gen_icmp_next(struct gen_misc *misc, struct gen_rng *rng, uint8_t *frame);
size_t gen_arp_next(struct gen_misc *misc, struct gen_rng *rng, uint8_t *frame);

#endif
