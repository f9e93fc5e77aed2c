/*
 * query: what is asked, and the driver that answers it: source -> dissect -> filter -> caller.
 *
 * A run dissects each packet first for the filter alone, and again for the wanted fields only if the
 * packet matches. The second time the flow's facts are replayed, not asked again, so that each segment
 * reaches its flow once: see query/log.h.
 */
#ifndef QUERY_QUERY_H
#define QUERY_QUERY_H

#include "crypto/keylog.h"
#include "dissect/packet.h"
#include "filter/filter.h"
#include "filter/routes.h"
#include "query/log.h"

/* Whom it helps to know that a segment of a stream comes soon: it fetches what it keeps of that stream. */
struct soon {
    void (*fetch)(const void *context, uint32_t stream); /* or NULL */
    const void *context;
};

struct lamna_query {
    const lamna_registry *reg;
    const lamna_names *names;    /* for the next filter; borrowed, or NULL */
    lamna_filter *filter;        /* NULL: every packet matches */
    struct wanted *wanted;       /* what the caller asked for */
    struct wanted *filter_wants; /* what the filter reads, made when a run starts */
    struct dissect_options options;
    struct keylog keylog; /* what files say */
    unsigned resolve;     /* RESOLVE_...: names that are wanted for numbers */
    bool segments_asked; /* by who needs no more of packets than segments.h gives */
    bool packets_asked;  /* by who does */
    struct soon soon;
    bool everything; /* every field is asked for, none by its name */
    lamna_index *index;   /* of the source; borrowed, or NULL */
    const uint64_t *packets; /* the only ones of the index that are asked for; borrowed, or NULL: all */
};


/* A dissected packet as the public interface gives it. */
struct lamna_packet {
    struct packet packet;
    lamna_packet_info info;
};

/* What a run did, and how long that took: for lamna_run_explain(). */
struct run_costs {
    int64_t plan_ns, ahead_ns, pass_ns;
    unsigned threads;    /* 0: the packets were taken one by one */
    const char *stages;  /* how threads shared the work, or NULL */
};

struct lamna_run {
    lamna_query *query;
    lamna_source *source;
    struct flow_table *flows;
    struct routes *routes; /* in `lasting`; NULL: packets are dissected */
    struct arena arena, lasting;
    struct vendors vendors;
    struct resolver names;
    size_t names_read;    /* bytes of the source's names that are in it */
    struct keylog keylog; /* what the source says, and the query's besides */
    size_t secrets_read;  /* bytes of the source's secrets that are in it */
    struct lamna_packet packet;
    struct frame_times times;
    struct flow_log log; /* of the present packet */
    struct recorder recorder;
    struct player player;
    struct picks *picks; /* owned; NULL: every packet is read */
    bool settled;        /* which packets that are */
    struct run_costs costs;
    uint64_t number;     /* of the packet read last */
    void (*wait)(void *context); /* or NULL */
    void *wait_context;
};

/* What the header bytes of a packet tell of the filter; PERHAPS also where a flow must see the packet. */
enum verdict run_verdict(const lamna_run *run, const lamna_packet_info *in);
/* Takes the packet in run->packet.info: true if it matches, and then it is dissected as far as is asked. */
bool run_take(lamna_run *run);
/* The times before the first packet. */
void run_first_time(struct frame_times *times, const lamna_packet_info *in);

/* A packet has gone by. */
static inline void times_pass(struct frame_times *times, const lamna_packet_info *in, bool match)
{
    if ((in->flags & LAMNA_PACKET_HAS_TIME) == 0)
        return;
    times->previous = in->time_ns;
    if (match)
        times->previous_displayed = in->time_ns;
}

#endif
