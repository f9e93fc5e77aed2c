/*
 * findings: what is wrong in a capture, or worth knowing. While packets pass, each connection
 * collects evidence (watch.c for what TCP does, watch_time.c for who kept whom waiting,
 * watch_messages.c for what protocols say); every rule is asked of every connection (rules.c,
 * rules_time.c), and some of the capture as a whole (rules_capture.c); what is alike becomes one
 * finding (alike.c), and what was found becomes rows, worst first (findings.c).
 *
 *     connection --> watched --> evidence -> evidence -> ...     only of what happened
 */
#ifndef REPORT_FINDINGS_H
#define REPORT_FINDINGS_H

#include "report/connection.h"
#include "report/sentence.h"

enum severity { NOTE, WARNING, BAD };

/* What may happen to one connection. */
enum event {
    SYN_AGAIN,
    REFUSED,
    RESET,
    LOST_BEFORE, /* sent again, and not seen the first time */
    LOST_BEHIND, /* sent again, and seen the first time */
    TIMED_OUT,
    DUPLICATE_ACK,
    UNSEEN,
    ZERO_WINDOW,
    WINDOW_LIMIT,
    KEEP_ALIVE,
    SLOW_ANSWER,
    OUT_OF_ORDER,
    CAPTURED_TWICE,
    HELD_BACK,
    BEAT_MISSED,
    STUCK, /* the same segment again, and again */
    EVENTS
};

/* What may happen in the capture as a whole. */
enum matter {
    DNS_FAILED,
    DNS_SLOW,
    DNS_AGAIN,
    DNS_UNANSWERED,
    HTTP_CLIENT_ERROR,
    HTTP_SERVER_ERROR,
    HTTP_SHORT,
    UNREACHABLE,
    TOO_BIG,
    EXPIRED,
    FRAGMENTS,
    FRAGMENTS_MISSING,
    CHECKSUM,
    DATAGRAM_TWICE,
    DROPPED,
    MATTERS
};

enum { PROOFS = 4 };

struct evidence {
    uint64_t packets[PROOFS]; /* the first that prove it, 0: there are no more */
    uint64_t bytes;           /* sent in vain */
    int64_t cost;             /* ns */
    uint32_t count;
    uint32_t next; /* number of the connection's next evidence, 0: it is the last */
    uint8_t event;
};

/* Data of one length that an end sends at a regular pace. */
struct beat {
    int64_t last;
    uint32_t period_us;
    uint16_t count, missed, length;
};

/* Whose time it was. */
enum share { OF_CLIENT, OF_SERVER, OF_NETWORK, OF_NOBODY, SHARES };

/* From one end's word to the next: see watch_time.c. */
struct pace {
    int64_t mark;  /* when somebody last said something */
    int64_t acked; /* when all of that was confirmed, 0: it is not */
    int64_t shares[SHARES];
    uint64_t packet;     /* that said it */
    uint32_t half_us[2]; /* from here to that end and back; 0: not known */
    uint32_t held_us;    /* how long the ACK that was just seen had been kept back */
    uint32_t closing_us; /* how long all was silent before the first FIN */
    uint16_t flags;      /* of the mark */
    uint8_t side;        /* who said it */
    bool data;           /* it had data */
};

/* The times of ACKs that nobody had a reason to delay: each confirms two full segments or more. */
struct spread {
    uint32_t count, least_us, most_us;
    uint64_t sum_us;
};

/* What one end does. */
struct doing {
    int64_t closed; /* since when its window is zero, or 0 */
    int64_t full;   /* when it last filled the other's window, or 0 */
    int64_t spoke;  /* when it last sent anything */
    struct beat beat;
    struct spread spread; /* of the ACKs that it gets */
    uint32_t next, ack;   /* sequence number after the highest seen; highest acknowledgment */
    uint32_t gap;         /* where the newest gap in what it sent begins; it ends at gap_end */
    uint32_t gap_end;
    uint32_t window;  /* in bytes, offered now; 0: not known */
    uint16_t longest; /* segment with data */
    uint16_t longest_acked;
    bool next_known, ack_known;
};

struct watched {
    struct connection c;
    struct pace pace;
    struct doing does[2];
    uint64_t told;         /* bits of rules that were reported already */
    uint64_t last_request; /* of HTTP: packet */
    int64_t stuck_since;
    uint32_t stuck_seq;
    uint32_t evidence; /* number of the first, 0: none */
    uint16_t stuck_count, stuck_length;
    uint16_t requests, responses; /* of HTTP */
    uint16_t promised_s;          /* Keep-Alive: timeout=, 0: nothing */
    uint16_t probes;              /* keep-alive probes since the other end was last heard */
    uint8_t stuck_side, stuck_heard;
    uint8_t prober, resetter, window_closer, resender; /* enum side */
    bool reset_unknown; /* the one that reset knew nothing of the connection */
    bool will_close;    /* HTTP said so */
    bool dirty;         /* has changed since rules were last asked */
};

/* A question to a name server that has not been answered. */
struct question {
    uint32_t stream;
    uint16_t id;
    bool open;
    int64_t time;
    uint64_t packet;
};

enum { QUESTIONS = 1 << 10, RECENT = 64 };

struct findings_state {
    struct watched *watched; /* owned; by tcp.stream */
    size_t count, capacity;
    struct evidence *evidence; /* owned; number 0 is not used */
    size_t evidence_count, evidence_capacity;
    struct evidence matters[MATTERS];
    int64_t matter_stream[MATTERS]; /* 1 + the stream where all of it was, 0: none, -1: several */
    uint32_t matters_told;          /* bits */
    uint64_t summed;                /* packets of which a checksum was looked at */
    uint32_t *dirty;                /* owned; streams */
    size_t dirty_count, dirty_capacity;
    struct question questions[QUESTIONS]; /* by a hash */
    struct recent {
        uint64_t hash;
        int64_t time;
    } recent[RECENT]; /* packets, newest at recent_at - 1 */
    unsigned recent_at;
    int64_t fragments_open; /* datagrams of which the first fragment was seen, and not the whole */
    uint64_t fragment_packet;
    int64_t first, last; /* time of the first packet, and of the last or now */
    int64_t swept;
    sentence_translate translate; /* or NULL */
};

/* ---- What the rules find ---------------------------------------------------------------------- */

enum { FILTER_TEXT = 320 };

struct finding {
    const char *rule;
    enum severity severity;
    int64_t stream; /* -1: of the capture */
    struct evidence proof;
    const char *within;       /* filter that shows the packets of the stream; "" for all */
    char filter[FILTER_TEXT]; /* or this, if it is not empty */
    const char *sentence;     /* see sentence.h */
    int64_t values[SENTENCE_VALUES];
    const char *advice;
    const char *doubt; /* why it may be wrong, or NULL */
    uint32_t others;   /* connections of which the same is to be said: see alike.c */
};

/* The rules for connections, in the order in which they are asked: what explains comes before what it
 * explains. */
enum rule_id {
    RULE_ONE_WAY,
    RULE_MISSING,
    RULE_TWICE,
    RULE_PORT_CLOSED,
    RULE_NO_ANSWER,
    RULE_HALF_OPEN,
    RULE_HANDSHAKE_AGAIN,
    RULE_BEAT_MISSED,
    RULE_BLACK_HOLE,
    RULE_PEER_SILENT,
    RULE_RESET,
    RULE_ZERO_WINDOW,
    RULE_TIMEOUTS,
    RULE_LOSS,
    RULE_DUPLICATE_ACKS,
    RULE_REORDERED,
    RULE_WINDOW_SMALL,
    RULE_HIGH_RTT,
    RULE_RTT_VARIES,
    RULE_NAGLE,
    RULE_HEARTBEAT,
    RULE_KEEP_ALIVES,
    RULE_SLOW_SERVER,
    RULE_UNANSWERED,
    RULE_SLOW_CLIENT,
    RULE_SLOW_NETWORK,
    RULE_CLOSED_EARLY,
    CONNECTION_RULES
};

/* One question. */
struct ask {
    const struct findings_state *s;
    const struct watched *w;
    size_t stream;
};

struct rule {
    const char *name;
    enum severity severity;
    bool (*holds)(const struct ask *a, struct finding *f);
    uint64_t unless;    /* bits of rules that explain it: then it is not said */
    bool firm;          /* a capture that lacks packets cannot make it wrong */
    bool at_end;        /* not before the connection is closed */
    const char *within; /* shows the packets, within the stream */
    const char *advice;
};

struct matter_rule {
    const char *name;
    enum severity severity;
    const char *filter;   /* NULL: by the packets' numbers */
    const char *sentence; /* value 0 is how often, value 1 the cost; NULL: the rule says its own */
    const char *advice;
};

extern const struct rule connection_rules[CONNECTION_RULES];
extern const struct matter_rule matter_rules[MATTERS];
/* The rule of the matter: for CHECKSUM, by how many are wrong. */
const struct matter_rule *matter_rule(const struct findings_state *s, enum matter matter);

/* Not beyond what it can hold. */
static inline void count_up(uint16_t *n)
{
    *n = (uint16_t)(*n + (*n < UINT16_MAX));
}

/* What rules share. */
static inline uint64_t rule_bit(enum rule_id id)
{
    return (uint64_t)1 << id;
}
/* The evidence of an event, which becomes the finding's; false if it never happened. */
bool found(const struct ask *a, enum event event, struct finding *f);
void say(struct finding *f, const char *sentence, const int64_t values[SENTENCE_VALUES]);

/* In rules_time.c. */
bool rule_zero_window(const struct ask *a, struct finding *f);
bool rule_window_small(const struct ask *a, struct finding *f);
bool rule_high_rtt(const struct ask *a, struct finding *f);
bool rule_rtt_varies(const struct ask *a, struct finding *f);
bool rule_nagle(const struct ask *a, struct finding *f);
bool rule_heartbeat(const struct ask *a, struct finding *f);
bool rule_beat_missed(const struct ask *a, struct finding *f);
bool rule_keep_alives(const struct ask *a, struct finding *f);
bool rule_slow_server(const struct ask *a, struct finding *f);
bool rule_slow_client(const struct ask *a, struct finding *f);
bool rule_slow_network(const struct ask *a, struct finding *f);
bool rule_unanswered(const struct ask *a, struct finding *f);

/* Asks what only several connections together tell: calls `take` for each finding. */
void ask_together(lamna_report *r, void (*take)(void *to, const struct finding *f), void *to);
/* What of a matter is known only now. */
void matters_settle(struct findings_state *s);

/* Makes one finding of those that are alike; returns how many are left. */
size_t findings_fold(struct finding *list, size_t count);

/* ---- Evidence --------------------------------------------------------------------------------- */

/* One packet of a connection. */
struct look {
    lamna_report *r;
    struct findings_state *s;
    struct watched *w;
    const struct packet *p;
    enum side side;
};

void note(const struct look *l, enum event event, int64_t cost, uint64_t bytes);
/* What was noted cost more. */
void note_cost(const struct look *l, enum event event, int64_t cost);
void matter_note(struct findings_state *s, const struct packet *p, enum matter matter,
                 int64_t cost);
void evidence_add(struct evidence *e, uint64_t packet, int64_t cost, uint64_t bytes);
/* NULL if it never happened. */
const struct evidence *evidence_of(const struct findings_state *s, const struct watched *w,
                                   enum event event);

/* The names of the fields that watch_messages() reads. */
extern const char *const findings_fields[];
void watch_packet(lamna_report *r, const struct packet *p);
void watch_messages(lamna_report *r, const struct packet *p);
void watch_time(const struct look *l);
void watch_window(const struct look *l);
/* With what has passed since the last mark. */
void pace_shares(const struct watched *w, int64_t shares[SHARES]);
bool is_again(const struct packet *p);

/* ---- From where on it is worth a word ---------------------------------------------------------- */

enum {
    SLOW_ANSWER_MS = 1000,
    SLOW_SHARE_MS = 1000,
    IDLE_MS = 2000, /* who pauses for longer has nothing to say */
    HIGH_RTT_MS = 300,
    SPREAD_MS = 100,
    NO_ANSWER_MS = 1000,
    TIMEOUT_MS = 200,
    SLOW_DNS_MS = 500,
    UNANSWERED_DNS_MS = 2000,
    WINDOW_LIMIT_MS = 100,
    DELAYED_ACK_LEAST_MS = 30,
    DELAYED_ACK_MOST_MS = 600,
    BEAT_LEAST_MS = 200,
    CLOSED_EARLY_MS = 1000
};
/* More wrong checksums than one in so many are no errors; and from how many on that is said at once. */
enum { SUMS_WRONG_MANY = 5, SUMS_FEW = 20 };
enum {
    DUPLICATE_ACKS_MANY = 20,
    KEEP_ALIVES_MANY = 3,
    LONG_CONVERSATION = 10,
    HELD_BACK_MANY = 3,
    BEATS_MANY = 4,
    BEAT_LENGTH = 256,
    STUCK_MANY = 3,
    SPREAD_MANY = 10
};
static const int64_t ms_ns = 1000000;

#endif
