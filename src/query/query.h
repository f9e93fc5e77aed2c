/*
 * query: what is asked, and the driver that answers it: source -> dissect -> filter -> caller.
 *
 * A run dissects each packet first for the filter alone, and again for the wanted fields only if the
 * packet matches. The second time the flow's facts are replayed, not asked again, so that each segment
 * reaches its flow once.
 */
#ifndef QUERY_QUERY_H
#define QUERY_QUERY_H

#include "dissect/packet.h"
#include "filter/filter.h"
#include "flow/flow.h"

struct lamna_query {
    const lamna_registry *reg;
    const lamna_names *names;    /* for the next filter; borrowed, or NULL */
    lamna_filter *filter;        /* NULL: every packet matches */
    struct wanted *wanted;       /* what the caller asked for */
    struct wanted *filter_wants; /* what the filter reads, made when a run starts */
    struct dissect_options options;
    bool everything; /* every field is asked for, none by its name */
};

enum { MAX_PIECES = 4 * MAX_LAYERS, MAX_STATES = 4 * MAX_LAYERS };

/* A flow's state for a protocol, as it was when the present packet began. */
struct state_copy {
    uint32_t flow;
    uint16_t proto;
    size_t size;
    void *bytes; /* in the log's arena */
};

/*
 * What the flow table said while the present packet was dissected for the filter, in order: the second
 * dissection, for the columns, is told the same again, and changes nothing.
 */
struct flow_log {
    bool replay;
    struct flow_facts facts[MAX_LAYERS];
    bool known[MAX_LAYERS];
    uint32_t facts_count, facts_next;
    struct stream_piece pieces[MAX_PIECES];
    uint32_t pieces_count, pieces_next;
    bool kept[MAX_PIECES];
    uint32_t kept_count, kept_next;
    struct state_copy states[MAX_STATES];
    uint32_t states_count;
    struct arena arena;
};

/* A dissected packet as the public interface gives it. */
struct lamna_packet {
    struct packet packet;
    lamna_packet_info info;
};

struct lamna_run {
    lamna_query *query;
    lamna_source *source;
    struct flow_table *flows;
    struct arena arena;
    struct vendors vendors;
    struct lamna_packet packet;
    struct frame_times times;
    struct flow_log log;
    void (*wait)(void *context); /* or NULL */
    void *wait_context;
};

/* The calls of struct flow_hook, for a run: they ask the flow table the first time, and the log the
 * second. */
struct flow_hook log_hook(struct lamna_run *run);
/* struct flow_hook's tell: only for the pass that reads ahead. */
void log_tell(void *run, uint64_t packet, uint32_t field, uint64_t value);
/* A packet begins. */
void log_begin(struct flow_log *log);

#endif
