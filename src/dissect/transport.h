/*
 * transport: what a segment asks of its flow. The TCP and UDP dissectors fill the question, the flow
 * module answers it, and neither knows the other: the driver connects them (decision 5).
 */
#ifndef DISSECT_TRANSPORT_H
#define DISSECT_TRANSPORT_H

#include <stdbool.h>
#include <stdint.h>

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
    uint32_t length;     /* payload bytes, captured or not */
    uint64_t packet;     /* number */
    int64_t time_ns;
};

/* What the flow knows, as of this segment. */
struct flow_facts {
    uint32_t stream;       /* tcp.stream or udp.stream */
    bool reverse;          /* sent by the end that did not send the flow's first packet */
    uint32_t base_seq;     /* relative numbers: seq - base_seq, ack - base_ack */
    uint32_t base_ack;
    int8_t window_shift;   /* of the sender: 0 to 14; -1 unknown, -2 none was negotiated */
    int64_t first_time_ns; /* of the flow's first packet */
    int64_t previous_time_ns; /* of the flow's packet before this one; of this one if it is the first */
    uint64_t packets;      /* of the flow, this one included */
};

/* Called once for each transport layer of a packet, in order. False: no facts (the table is full, or
 * there is no flow table). */
struct flow_hook {
    bool (*facts)(void *flows, const struct segment *segment, struct flow_facts *facts);
    void *flows;
};

#endif
