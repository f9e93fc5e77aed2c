/*
 * log: what the flow table said while packets were dissected for the first time. The second dissection
 * of each, for the columns, is told the same again and changes nothing, so it can be done later, and by
 * another thread.
 *
 *     facts    | packet 1 | packet 2    | packet 3 ...     one array for each kind of answer;
 *     pieces   | packet 1      | packet 3 ...              a mark tells where in each a packet begins
 *
 * Within a kind, the second dissection must ask the same questions in the same order; it may leave off
 * early, and the kinds may be interleaved in another way.
 */
#ifndef QUERY_LOG_H
#define QUERY_LOG_H

#include "base/arena.h"
#include "crypto/keylog.h"
#include "dissect/transport.h"
#include "flow/flow.h"
#include "query/touch.h"

/* A place in a log: how many answers of each kind lie before it. */
struct log_mark {
    uint32_t facts, pieces, kept, states, expected, secrets;
};

struct logged_facts {
    bool known;
    struct flow_facts facts;
};

/* A flow's state for a protocol, as it was when the packet that asked began. */
struct logged_state {
    uint32_t flow;
    uint16_t proto;
    uint64_t channel;
    size_t size;
    void *bytes; /* in the log's arena */
};

struct logged_expected {
    bool found;
    struct expectation expectation; /* its text lies in the log's arena */
};

struct logged_secret {
    bool found;
    struct secret secret;
};

/* All zero but for the arena, which log_init() prepares. */
struct flow_log {
    struct logged_facts *facts; /* these arrays are owned */
    struct stream_piece *pieces;
    bool *kept;
    struct logged_state *states;
    struct logged_expected *expected;
    struct logged_secret *secrets;
    struct log_mark count, room;
    struct arena arena;
};

void log_init(struct flow_log *log);
void log_free(struct flow_log *log);
/* Forgets everything, and keeps the memory. */
void log_clear(struct flow_log *log);
/* Forgets what came after the mark; its bytes in the arena stay until log_clear(). */
void log_cut(struct flow_log *log, struct log_mark mark);

/* The first dissection: asks the flow table, and notes the answer. */
struct recorder {
    struct flow_table *flows;
    struct keylog *keylog; /* NULL: there are no secrets */
    struct flow_log *log;
    struct log_mark begin; /* of the present packet */
    struct touches *touches; /* notes what the packet depends on; or NULL */
    const struct stream_numbers *numbers; /* where not all flows are seen: what an index knows; or NULL */
};

struct flow_hook recorder_hook(struct recorder *recorder);
/* struct flow_hook's tell: only for the pass that reads ahead. */
void recorder_tell(void *recorder, uint64_t packet, uint32_t field, uint64_t value);

/* The second dissection: reads the answers of one packet, [at, end). The states are its own to change. */
struct player {
    const struct flow_table *flows; /* only for what an earlier pass told */
    struct flow_log *log;
    struct log_mark at, begin, end;
};

struct flow_hook player_hook(struct player *player);
/* The player turns to the packet whose answers are [begin, end). */
void player_turn(struct player *player, struct log_mark begin, struct log_mark end);

#endif
