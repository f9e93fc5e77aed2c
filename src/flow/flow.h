/*
 * flow: the table of flows, which says of each segment what only its flow knows: the number of the
 * stream, what relative sequence numbers count from, the window scale, and when the flow was last seen.
 *
 * Segments must come in packet order. One table serves one run over one capture; it has no locks.
 */
#ifndef FLOW_FLOW_H
#define FLOW_FLOW_H

#include "base/limits.h"
#include "dissect/transport.h"

struct flow_table;

/* NULL without memory. The limits are copied. */
struct flow_table *flow_table_new(const struct limits *limits);
void flow_table_free(struct flow_table *table);

/* How many TCP or UDP streams (protocol 6 or 17) were seen so far. */
uint32_t flow_table_streams(const struct flow_table *table, uint8_t protocol);

/* For struct flow_hook: `table` is a struct flow_table. False, and no facts, once the table holds
 * limits.flows flows or memory is short, for flows it does not know yet. */
bool flow_facts_of(void *table, const struct segment *segment, struct flow_facts *facts);

#endif
