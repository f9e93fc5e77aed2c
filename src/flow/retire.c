/*
 * Flows that are over keep no state. Who gets a flow_more (states of protocols, messages that wait) gets in line; once
 * the line is long, each newcomer has two at its head looked at: what is over, or was silent for long enough, loses its
 * flow_more, and the rest get in line again. So what is kept depends on how much goes on at a time, not on how
 * long the capture is.
 *
 *     line   | 7 | 12 | 9 | ...                  | 40 | <- newcomer
 *              over: loses its flow_more           ^
 *                   12: goes on -------------------'
 *
 * A flow that speaks again after that is known, but what it was in the middle of is not: flow_table_forgot().
 */
#include <stdlib.h>

#include "flow/table.h"

enum { LINE_LONG = 4096, LINE_AT_FIRST = 1024, LOOKED_AT = 2 };

/* How long a flow is silent before it is over: closed connections; other protocols than TCP; connections of which no
 * end was seen, which may be kept open for long. */
static const int64_t closed_ns = 5000000000, datagrams_ns = 30000000000, open_ns = 3600000000000;

static bool is_closed(const struct flow *flow)
{
    const uint8_t *state = flow->states.state;
    return (state[0] == TCP_CLOSED || state[0] == TCP_TIME_WAIT) &&
           (state[1] == TCP_CLOSED || state[1] == TCP_TIME_WAIT);
}

static bool is_over(const struct flow *flow, int64_t now_ns)
{
    int64_t silent = now_ns - flow->previous_time_ns;
    if (flow->key.protocol != IP_TCP)
        return silent > datagrams_ns;
    return silent > (is_closed(flow) ? closed_ns : open_ns);
}

static bool line_grow(struct retiring *r)
{
    uint32_t room = r->room == 0 ? LINE_AT_FIRST : 2 * r->room;
    uint32_t *line = malloc(room * sizeof *line);
    if (line == NULL)
        return false;
    for (uint32_t i = 0; i < r->count; i++)
        line[i] = r->line[(r->begin + i) & (r->room - 1)];
    free(r->line);
    *r = (struct retiring){line, 0, r->count, room};
    return true;
}

/* False without memory: then it is not looked at again. */
static bool line_join(struct retiring *r, uint32_t number)
{
    if (r->count == r->room && !line_grow(r))
        return false;
    r->line[(r->begin + r->count++) & (r->room - 1)] = number;
    return true;
}

static void look_at_first(struct flow_table *t, int64_t now_ns)
{
    struct retiring *r = &t->retiring;
    struct flow copy;
    uint32_t number = r->line[r->begin];
    r->begin = (r->begin + 1) & (r->room - 1);
    r->count--;
    if (!park_read(&t->flows, number, &copy) || !copy.in_line)
        return; /* its number went to another flow */
    if (copy.more != NULL && !is_over(&copy, now_ns) && line_join(r, number))
        return;
    struct flow *flow = table_flow(t, number);
    if (flow == NULL)
        return;
    flow->in_line = false;
    if (flow->more == NULL)
        return;
    flow->retired = true;
    flow_more_clear(flow->more, &t->spent);
    flow_more_tidy(&t->more, flow);
}

void flow_retire_some(struct flow_table *t, uint32_t number, struct flow *flow, int64_t now_ns)
{
    if (flow->in_line || !line_join(&t->retiring, number))
        return;
    flow->in_line = true;
    for (unsigned i = 0; i < LOOKED_AT && t->retiring.count > LINE_LONG; i++)
        look_at_first(t, now_ns);
}
