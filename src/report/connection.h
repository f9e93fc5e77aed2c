/*
 * connection: what is remembered of a TCP connection as its segments pass, for the reports that
 * speak of connections as a whole.
 */
#ifndef REPORT_CONNECTION_H
#define REPORT_CONNECTION_H

#include "report/report.h"

enum { HISTORY = 30 };
enum side { OPENER, ANSWERER };

/* What one end sent; what most packets change comes first. */
struct sent {
    uint64_t packets, payload;
    int64_t rtt_least, rtt_most, rtt_sum; /* of what it sent, until it was acknowledged */
    uint32_t rtt_count;
    uint32_t window_most;
    uint32_t noted_seq[2]; /* of the FIN and of the RST that stand in the history last */
    uint32_t retransmissions, duplicate_acks, out_of_order, zero_windows, lost;
    bool syn : 1, syn_ack : 1, fin : 1, rst : 1;
};

struct connection {
    int64_t first, last, silence, initial_rtt;
    uint32_t noted; /* bits of history letters that are there already */
    uint16_t port[2];
    uint8_t version;      /* 4 or 6; 0: no packet of it was seen */
    uint8_t first_closer; /* 1 + enum side; 0: nobody closed */
    bool in_us;           /* while it is folded: its times are microseconds */
    uint8_t history_length;
    char history[HISTORY];
    struct sent sent[2];
    uint8_t address[2][16];
};
_Static_assert(sizeof(struct connection) <= 272,
               "a row of stats tcp is small, before it is packed");

/* Takes a TCP segment of this connection; returns the side that sent it. */
enum side connection_add(struct connection *c, const struct packet *p);
/* Zeek's conn_state: "SF", "REJ", ... */
const char *connection_state(const struct connection *c);
/* "client", "server", or "" where nobody did. */
const char *connection_closer(const struct connection *c);
/* For a park of them, or of what begins with one: see base/park.h. */
void connection_fold(void *connection, uint32_t number);
void connection_unfold(void *connection, uint32_t number);
/* Four cells: each end's address and port, the opener's first. */
void connection_cells(lamna_report *r, const struct connection *c);
/* Is the packet's innermost flow TCP, and its segment no quotation? */
bool is_tcp(const struct packet *p);

#endif
