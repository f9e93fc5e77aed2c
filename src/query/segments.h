/*
 * segments: who asks of packets only their TCP segments, and what their flows know of these, needs no dissection
 * where fixed headers tell (filter/routes.h). They can be read ahead of the flows, by another thread:
 *
 *     packets   | 1 | 2 | 3 | ...      segment_read(): whose flow is it?    at any time
 *     segments  | 1 | - | 3 | ...      segment_take(): what the flow says    in turn
 */
#ifndef QUERY_SEGMENTS_H
#define QUERY_SEGMENTS_H

#include "query/query.h"

struct segment_ahead {
    enum verdict
        verdict; /* VERDICT_PERHAPS: the packet must be dissected; VERDICT_NO: it has none */
    struct segment segment; /* these two are for VERDICT_YES */
    struct flow_place place;
};

/* Does the query ask for no more? */
bool segments_suffice(const lamna_query *q);
void segment_read(const struct routes *routes, const lamna_packet_info *in,
                  struct segment_ahead *a);
/* The packet in run->packet.info becomes what a dissection would have made it, as far as is asked. Not for
 * VERDICT_PERHAPS. */
void segment_take(lamna_run *run, const struct segment_ahead *a);

#endif
