/*
 * transport: what a segment asks of its flow. The TCP and UDP dissectors fill the question, the flow
 * module answers it, and neither knows the other: the driver connects them (decision 5).
 */
#ifndef DISSECT_TRANSPORT_H
#define DISSECT_TRANSPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "crypto/keylog.h"

struct segment {
    uint8_t ip_version;       /* 4 or 6 */
    uint8_t protocol;         /* 6 TCP, 17 UDP */
    const uint8_t *src, *dst; /* 4 or 16 bytes */
    uint16_t src_port, dst_port;
    /* TCP alone (RFC 9293, section 3.1). */
    uint32_t seq, ack;
    uint16_t window;
    uint16_t flags;
    int8_t window_shift; /* of a window scale option in this segment, -1 if none */
    uint32_t sacked;     /* bytes in its SACK blocks (RFC 2018) */
    bool quoted;         /* by an error message: an old segment, which says nothing new */
    bool cut;            /* the segment ends before its header does: it is not analysed */
    uint32_t length;     /* payload bytes, captured or not */
    uint64_t packet;     /* number */
    int64_t time_ns;
};

/* What TCP analysis finds in a segment; the rules are in flow/analysis.c. */
enum tcp_analysis {
    ANALYSIS_RETRANSMISSION = 1 << 0,
    ANALYSIS_FAST_RETRANSMISSION = 1 << 1,
    ANALYSIS_SPURIOUS_RETRANSMISSION = 1 << 2,
    ANALYSIS_OUT_OF_ORDER = 1 << 3,
    ANALYSIS_LOST_SEGMENT = 1 << 4,
    ANALYSIS_ACK_LOST_SEGMENT = 1 << 5,
    ANALYSIS_DUPLICATE_ACK = 1 << 6,
    ANALYSIS_ZERO_WINDOW = 1 << 7,
    ANALYSIS_ZERO_WINDOW_PROBE = 1 << 8,
    ANALYSIS_ZERO_WINDOW_PROBE_ACK = 1 << 9,
    ANALYSIS_KEEP_ALIVE = 1 << 10,
    ANALYSIS_KEEP_ALIVE_ACK = 1 << 11,
    ANALYSIS_WINDOW_FULL = 1 << 12,
    ANALYSIS_WINDOW_UPDATE = 1 << 13,
    ANALYSIS_REUSED_PORTS = 1 << 14
};

/* What of a connection was seen: tcp.completeness. */
enum tcp_completeness {
    COMPLETE_SYN = 1,
    COMPLETE_SYN_ACK = 2,
    COMPLETE_ACK = 4,
    COMPLETE_DATA = 8,
    COMPLETE_FIN = 16,
    COMPLETE_RST = 32
};

/* The ends of a connection: who opened it, as far as that was seen, and who answered. */
enum tcp_end { TCP_OPENER, TCP_ANSWERER };

/* RFC 9293, section 3.3.2. */
enum tcp_state {
    TCP_UNKNOWN,
    TCP_CLOSED,
    TCP_LISTEN,
    TCP_SYN_SENT,
    TCP_SYN_RCVD,
    TCP_ESTABLISHED,
    TCP_FIN_WAIT_1,
    TCP_FIN_WAIT_2,
    TCP_CLOSE_WAIT,
    TCP_CLOSING,
    TCP_LAST_ACK,
    TCP_TIME_WAIT
};

/* "ESTABLISHED"; "?" for TCP_UNKNOWN. */
const char *tcp_state_name(unsigned state);

/* What a segment is in the life of its connection. */
enum tcp_step {
    STEP_SYN,
    STEP_BOTH_SYN, /* both ends open, and neither has heard of the other */
    STEP_SYN_ACK,
    STEP_BOTH_SYN_ACK,
    STEP_HANDSHAKE_ACK,
    STEP_DATA,
    STEP_HALF_CLOSED_DATA, /* the other end has closed, this one goes on */
    STEP_LATE_DATA, /* the connection is over */
    STEP_DATA_ACK,
    STEP_FIRST_FIN,
    STEP_FIRST_FIN_ACK,
    STEP_SECOND_FIN,
    STEP_SECOND_FIN_WITH_ACK, /* it acknowledges the first one too */
    STEP_SECOND_FIN_ACK,
    STEP_BOTH_FIN, /* both ends close, and neither has heard of the other */
    STEP_BOTH_FIN_ACK,
    STEP_RESET,
    STEP_REFUSED,
    STEP_RESET_AFTER_CLOSE,
    STEP_OTHER
};

/* What the flow knows, as of this segment. */
struct flow_facts {
    uint32_t flow;         /* number of the flow in its table, for the calls below */
    uint64_t channel;      /* 0: what the flow itself carries; else see channel_enter() */
    uint32_t stream;       /* tcp.stream or udp.stream */
    uint8_t direction;     /* 0 or 1, in the table's own order */
    bool reverse;          /* sent by the end that did not send the flow's first packet */
    uint32_t base_seq;     /* relative numbers: seq - base_seq, ack - base_ack */
    uint32_t base_ack;
    int8_t window_shift;   /* of the sender: 0 to 14; -1 unknown, -2 none was negotiated */
    int8_t their_shift;    /* of the other end */
    int64_t first_time_ns; /* of the flow's first packet */
    int64_t previous_time_ns; /* of the flow's packet before this one; of this one if it is the first */
    uint64_t packets;      /* of the flow, this one included */
    /* TCP alone. */
    int64_t offset;          /* of the payload in its direction's stream: the first byte is 0 */
    bool probes;             /* its first byte was seen, as the last before it: it keeps alive, or follows a probe */
    uint16_t analysis;       /* enum tcp_analysis */
    uint8_t completeness;    /* enum tcp_completeness, so far */
    uint8_t first_seen;      /* what the flow's first segment adds to it */
    bool acks_unseen;        /* as ANALYSIS_ACK_LOST_SEGMENT, which is not told twice */
    bool first_fin;          /* this FIN: its sender was the first of the two to send one */
    bool second_fin;         /* this FIN: its sender was not */
    bool from_answerer;      /* sent by TCP_ANSWERER */
    bool ambiguous;          /* the capture cannot tell whether it was overtaken or sent again */
    uint8_t step;            /* enum tcp_step */
    uint8_t states_before[2], states[2]; /* enum tcp_state, by enum tcp_end */
    uint32_t duplicate_acks; /* how many, this one included */
    uint64_t duplicate_of;   /* the packet whose acknowledgment is repeated */
    uint64_t acks_packet;    /* the packet that is acknowledged, 0: none that is known */
    int64_t ack_rtt_ns;
    int64_t initial_rtt_ns;  /* 0: not known */
    uint64_t rto_packet;     /* the packet that rto_ns counts from, 0: not known */
    int64_t rto_ns;
    uint64_t resends_packet; /* the first with the same number that is not acknowledged, 0: none */
    int64_t resends_ns;      /* since then */
    uint32_t in_flight;      /* bytes, this segment's included; 0: not known */
    bool sack_covers;        /* in_flight is not known: SACK blocks tell of that many bytes, or more */
    uint32_t push_bytes;     /* since the last PSH, this segment's included; 0: as in_flight */
};

/* One packet's part of a message that spans several. */
struct stream_part {
    uint64_t packet;
    uint32_t offset, length; /* in the message */
};

enum stream_kind {
    STREAM_NEW,  /* nothing is waiting for these bytes: a message may begin here */
    STREAM_PART, /* they belong to a message of which more is to come */
    STREAM_WHOLE /* with them a message is complete */
};

/* What is known of the end of a stream. */
enum stream_end {
    STREAM_GOES_ON,
    STREAM_ENDS,      /* with the bytes at hand */
    STREAM_CUT_THERE, /* and what waits is given as it is, if all of it up to there has come */
    STREAM_CUT        /* what waits is given as it is: STREAM_WHOLE, until nothing does */
};

/* What becomes of some bytes of a stream. */
struct stream_piece {
    enum stream_kind kind;
    uint32_t used;                   /* how many of the bytes given */
    int64_t offset;                  /* where the message begins */
    const uint8_t *data;             /* STREAM_WHOLE: the message; valid until the next packet */
    uint32_t length, kept;           /* of the message, and how many of its bytes are there */
    const struct stream_part *parts; /* which packets it came in */
    const uint8_t *marks;            /* of each part, enum fragment_mark; NULL: none */
    uint32_t part_count;
    bool last;                       /* the stream ends with the message */
    uint32_t lacks;                  /* how many bytes at least are missing at its end: it was cut */
};

/* What is wrong with a fragment. */
enum fragment_mark {
    FRAGMENT_OVERLAPS = 1,
    FRAGMENT_CONFLICTS = 2, /* and has other bytes there */
    FRAGMENT_SECOND_TAIL = 4, /* the last, but not where another is */
    FRAGMENT_TOO_LONG = 8
};

/* A piece of an IP datagram, or of a message that comes in several datagrams. */
struct fragment {
    uint8_t ip_version, protocol;
    const uint8_t *src, *dst; /* 4 or 16 bytes */
    uint16_t of;              /* number of the protocol whose pieces these are */
    uint64_t id;
    uint32_t offset, length; /* bytes */
    bool more;               /* it is not the last */
    uint32_t total;          /* of the whole; 0: what the last one tells */
    const uint8_t *bytes;
    uint64_t packet; /* number */
};

/* What one flow says of another: see dissect/expect.h. */
struct expectation {
    uint8_t ip_version, protocol;
    uint16_t port;
    const uint8_t *address; /* 4 or 16 bytes */
    uint16_t proto;         /* what will be spoken there, by its number in the registry */
    uint64_t packet;        /* that announced it */
    bool keep;              /* what was announced first stays */
    const char *method;     /* outlives everything: "SDP" */
    const char *text;       /* what else is to be known then, or NULL; copied */
};

enum { STREAM_MORE = UINT32_MAX, STREAM_TO_FIN = UINT32_MAX - 1 };

/* What a message that is not whole needs. */
struct stream_need {
    uint32_t length; /* bytes in all; STREAM_MORE: one segment more; STREAM_TO_FIN */
    uint32_t head;   /* nobody will read more than these: the rest is only counted */
    bool pieces;     /* somebody will ask which packets it came in, not only in which it began */
};

#define TOLD_OF_STREAM ((uint64_t)1 << 63)

/* The calls into the flow module; `flows` is its table. All are made in packet order. */
struct flow_hook {
    void *flows;
    /* Once for each transport layer of a packet. False: no facts (without memory). */
    bool (*facts)(void *flows, const struct segment *segment, struct flow_facts *facts);
    /* What becomes of n bytes at facts->offset + ahead. */
    void (*take)(void *flows, const struct flow_facts *facts, uint32_t ahead, const uint8_t *bytes,
                 uint32_t n, enum stream_end end, struct stream_piece *piece);
    /* The message that begins at `offset` with these n bytes needs more. False if it is too long to be kept. */
    bool (*keep)(void *flows, const struct flow_facts *facts, int64_t offset, const uint8_t *bytes,
                 uint32_t n, const struct stream_need *need);
    /* A fragment came. STREAM_WHOLE: with it the datagram is; STREAM_PART: it is not. */
    void (*fragment)(void *flows, const struct fragment *fragment, struct stream_piece *piece);
    /* The state that protocol `proto` keeps for the flow: size bytes, zero at first. NULL without memory. */
    void *(*state)(void *flows, const struct flow_facts *facts, uint16_t proto, size_t size);
    /* Notes what is expected, and finds it: fills proto, packet and method. */
    void (*expect)(void *flows, const struct expectation *e);
    bool (*expected)(void *flows, struct expectation *e);
    /* A secret is looked for in the key logs; and one is added. */
    bool (*secret)(void *flows, enum secret_kind kind, const uint8_t *id, size_t id_n,
                   struct secret *secret);
    void (*add_secret)(void *flows, enum secret_kind kind, const uint8_t *id, size_t id_n,
                       const uint8_t *secret, size_t n);
    /* For a later pass: `value` is noted for (packet, field), and found. With TOLD_OF_STREAM, `packet` is the
     * number of a stream as a whole. */
    void (*tell)(void *flows, uint64_t packet, uint32_t field, uint64_t value);
    bool (*told)(void *flows, uint64_t packet, uint32_t field, uint64_t *value);
};

#endif
