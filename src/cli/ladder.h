/*
 * ladder: the story of one TCP connection, a step for each segment: what was sent, what it moved both
 * ends to (RFC 9293, section 3.3.2), and a sentence on it.
 */
#ifndef CLI_LADDER_H
#define CLI_LADDER_H

#include "cli/cli.h"

enum tcp_state {
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

/* What a segment is to the story. */
enum ladder_step {
    STEP_SYN,
    STEP_SYN_ACK,
    STEP_HANDSHAKE_ACK,
    STEP_DATA,
    STEP_DATA_ACK,
    STEP_FIRST_FIN,
    STEP_FIRST_FIN_ACK,
    STEP_SECOND_FIN,
    STEP_SECOND_FIN_ACK,
    STEP_RESET,
    STEP_OTHER
};

/* One segment as the capture has it. Numbers are relative. */
struct ladder_segment {
    uint64_t number;
    int64_t time_ns;
    bool from_server;
    uint32_t flags, seq, ack, length;
    const uint8_t *payload; /* as far as captured; borrowed */
    uint32_t captured;
};

/* Both ends, by 0 for the client and 1 for the server. Starts as LADDER_START. */
struct ladder {
    enum tcp_state state[2];
    uint32_t fin_end[2]; /* the acknowledgement number that confirms this end's FIN; 0: none sent */
    bool data_unacknowledged[2];
};

#define LADDER_START ((struct ladder){.state = {TCP_CLOSED, TCP_LISTEN}})

/* Moves both ends by one segment. */
enum ladder_step ladder_move(struct ladder *l, const struct ladder_segment *s);
const char *ladder_state_name(enum tcp_state state);
/* A sentence in the user's language. */
const char *ladder_sentence(enum ladder_step step);

/* Reads the connection on `port` from a capture and prints its ladder, the sockets and what was said.
 * Returns the exit status. */
int ladder_print(const char *path, const char *filter, uint16_t server_port);

#endif
