/* What flows have at times: segments that wait for their acknowledgment, messages that wait for their rest, ... */
#include <stdlib.h>
#include <string.h>

#include "flow/tcp.h"

/* ---- Segments without an acknowledgment ------------------------------------------------------ */

/* False without memory. */
static bool queue_grow(struct unacked_queue *q)
{
    uint32_t room = q->many == NULL ? 8 * UNACKED_OWN : 2 * q->room;
    struct unacked *many = realloc(q->many, room * sizeof *many);
    if (many == NULL)
        return false;
    if (q->many == NULL)
        memcpy(many, q->own, q->count * sizeof *many);
    q->many = many;
    q->room = room;
    return true;
}

/* What is sent after UNACKED_MAX segments without an acknowledgment is not counted, as in Wireshark. */
void unacked_add(struct unacked_queue *q, const struct unacked *u)
{
    uint32_t room = q->many != NULL ? q->room : UNACKED_OWN;
    if (q->count >= UNACKED_MAX || (q->count == room && !queue_grow(q)))
        return;
    unacked_of(q)[q->count] = *u;
    unacked_span(q, u);
}

/* ---- The pool -------------------------------------------------------------------------------- */

static struct flow_more *pool_take(struct more_pool *pool)
{
    struct flow_more *more = pool->free;
    if (more != NULL) {
        pool->free = more->next_free;
        return more;
    }
    struct more_block *block = pool->blocks;
    if (block == NULL || block->used == MORE_BLOCK) {
        block = calloc(1, sizeof *block);
        if (block == NULL)
            return NULL;
        block->next = pool->blocks;
        pool->blocks = block;
    }
    return &block->items[block->used++];
}

struct flow_more *flow_more(struct more_pool *pool, struct flow *flow)
{
    if (flow->more == NULL)
        flow->more = pool_take(pool);
    return flow->more;
}

/* Nothing in it says anything any more. */
static bool is_empty(const struct flow_more *more)
{
    if (more->states != NULL || more->channels != NULL)
        return false;
    for (unsigned i = 0; i < 2; i++) {
        if (more->unacked[i].count > 0 || more->hole[i].begin != more->hole[i].end ||
            more->duplicate_acks[i] > 0 || more->sacked[i] > 0 || more->open[i].first != NULL)
            return false;
    }
    return true;
}

static void pool_give(struct more_pool *pool, struct flow *flow)
{
    flow->more->next_free = pool->free;
    pool->free = flow->more;
    flow->more = NULL;
}

/* Few fit into the queue itself. */
static void queue_shrink(struct unacked_queue *q)
{
    if (q->many == NULL || q->count > UNACKED_OWN)
        return;
    memcpy(q->own, q->many, q->count * sizeof *q->own);
    free(q->many);
    q->many = NULL;
}

void flow_more_tidy(struct more_pool *pool, struct flow *flow)
{
    if (flow->more == NULL)
        return;
    queue_shrink(&flow->more->unacked[0]);
    queue_shrink(&flow->more->unacked[1]);
    if (is_empty(flow->more))
        pool_give(pool, flow);
}

/* ---- Freeing --------------------------------------------------------------------------------- */

static void open_drop(struct open_messages open[2], struct message **spent)
{
    stream_drop(&open[0], spent, UINT64_MAX);
    stream_drop(&open[1], spent, UINT64_MAX);
}

void flow_more_clear(struct flow_more *more, struct message **spent)
{
    while (more->channels != NULL) {
        struct channel *channel = more->channels;
        more->channels = channel->next;
        open_drop(channel->open, spent);
        free(channel);
    }
    while (more->states != NULL) {
        struct kept_state *state = more->states;
        more->states = state->next;
        free(state);
    }
    open_drop(more->open, spent);
    for (unsigned i = 0; i < 2; i++) {
        free(more->unacked[i].many);
        more->unacked[i] = (struct unacked_queue){0};
        more->hole[i] = (struct tcp_hole){0};
        more->duplicate_acks[i] = more->sacked[i] = 0;
    }
}

/* What was given back is empty, so that all can be treated alike. */
void more_pool_free(struct more_pool *pool, struct message **spent)
{
    while (pool->blocks != NULL) {
        struct more_block *block = pool->blocks;
        pool->blocks = block->next;
        for (uint32_t i = 0; i < block->used; i++)
            flow_more_clear(&block->items[i], spent);
        free(block);
    }
    *pool = (struct more_pool){0};
}
