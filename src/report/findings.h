/*
 * findings: what is wrong in a capture, or worth knowing. While packets pass, each connection
 * collects evidence (watch.c); at the end every rule is asked of every connection (rules.c); what
 * they found becomes rows, worst first (findings.c).
 */
#ifndef REPORT_FINDINGS_H
#define REPORT_FINDINGS_H

#include "report/connection.h"

enum severity { NOTE, WARNING, BAD };

struct evidence {
    uint32_t count;
    uint64_t first; /* packet */
    int64_t cost;   /* ns */
};

/* Of one connection. */
enum event {
    SYN_AGAIN,
    REFUSED,
    RESET,
    RETRANSMITTED,
    TIMED_OUT,
    SPURIOUS,
    DUPLICATE_ACK,
    GAP,
    UNSEEN,
    ZERO_WINDOW,
    WINDOW_FULL,
    KEEP_ALIVE,
    SLOW_ANSWER,
    OUT_OF_ORDER,
    CAPTURED_TWICE,
    EVENTS
};

/* Of the capture as a whole. */
enum matter {
    DNS_FAILED,
    DNS_SLOW,
    DNS_AGAIN,
    HTTP_CLIENT_ERROR,
    HTTP_SERVER_ERROR,
    UNREACHABLE,
    TOO_BIG,
    EXPIRED,
    FRAGMENTS,
    MATTERS
};

struct watched {
    struct connection c;
    struct evidence events[EVENTS];
    int64_t asked;     /* when the client last sent data that the server has not answered, or 0 */
    int64_t closed[2]; /* since when this side's window is zero, or 0 */
    struct {
        uint32_t seq, length;
        int64_t time;
    } lately[2];           /* the last segment with data of each side */
    uint8_t resetter;      /* 1 + enum side */
    uint8_t window_closer; /* 1 + enum side that had no room */
    uint8_t resender;      /* 1 + enum side that sent again most lately */
};

struct findings_state {
    struct watched *watched; /* owned; by tcp.stream */
    size_t count, capacity;
    struct evidence matters[MATTERS];
    int64_t last; /* time of the last packet */
};

struct finding {
    const char *rule;
    enum severity severity;
    int64_t stream; /* -1: of the capture */
    uint32_t count;
    uint64_t first;
    int64_t cost;
    const char *filter; /* what to add to the stream's filter; "" for nothing */
    char text[256];
    const char *advice;
};

struct rule {
    const char *name;
    enum severity severity;
    bool (*holds)(const struct watched *w, const struct findings_state *s, struct finding *f);
    const char *filter; /* shows the packets, within the stream */
    const char *advice;
};

struct matter_rule {
    const char *name;
    enum severity severity;
    const char *filter, *text, *advice; /* text: what follows "7 " */
};

/* All rules of connections, ended by name == NULL; and those of the capture, by enum matter. */
extern const struct rule connection_rules[];
extern const struct matter_rule matter_rules[MATTERS];

/* From these on it is worth a word. */
enum {
    SLOW_ANSWER_MS = 1000,
    HIGH_RTT_MS = 300,
    NO_ANSWER_MS = 1000,
    TIMEOUT_MS = 200,
    SLOW_DNS_MS = 500
};
enum { DUPLICATE_ACKS_MANY = 30, KEEP_ALIVES_MANY = 3, LONG_CONVERSATION = 10 };
static const int64_t ms_ns = 1000000;

/* The names of the fields that watch_packet() reads. */
extern const char *const findings_fields[];
void watch_packet(lamna_report *r, const struct packet *p);

#endif
