/* The flow table as a run's two dissections of a packet see it: see struct flow_log. */
#include <string.h>

#include "query/query.h"

void log_begin(struct flow_log *log)
{
    log->replay = false;
    log->facts_count = log->facts_next = 0;
    log->pieces_count = log->pieces_next = 0;
    log->kept_count = log->kept_next = 0;
    if (log->states_count > 0)
        arena_reset(&log->arena);
    log->states_count = 0;
}

static bool log_facts(void *run_of, const struct segment *segment, struct flow_facts *facts)
{
    struct lamna_run *run = run_of;
    struct flow_log *log = &run->log;
    if (log->replay) {
        if (log->facts_next >= log->facts_count)
            return false;
        *facts = log->facts[log->facts_next];
        return log->known[log->facts_next++];
    }
    if (log->facts_count >= MAX_LAYERS)
        return false;
    bool known = flow_facts_of(run->flows, segment, facts);
    log->facts[log->facts_count] = *facts;
    log->known[log->facts_count++] = known;
    return known;
}

static void log_take(void *run_of, const struct flow_facts *facts, uint32_t ahead,
                     const uint8_t *bytes, uint32_t n, bool fin, struct stream_piece *piece)
{
    struct lamna_run *run = run_of;
    struct flow_log *log = &run->log;
    *piece = (struct stream_piece){.kind = STREAM_NEW};
    if (log->replay) {
        if (log->pieces_next < log->pieces_count)
            *piece = log->pieces[log->pieces_next++];
        return;
    }
    if (log->pieces_count >= MAX_PIECES)
        return;
    flow_take(run->flows, facts, ahead, bytes, n, fin, piece);
    log->pieces[log->pieces_count++] = *piece;
}

static void log_fragment(void *run_of, const struct fragment *fragment, struct stream_piece *piece)
{
    struct lamna_run *run = run_of;
    struct flow_log *log = &run->log;
    *piece = (struct stream_piece){.kind = STREAM_NEW};
    if (log->replay) {
        if (log->pieces_next < log->pieces_count)
            *piece = log->pieces[log->pieces_next++];
        return;
    }
    if (log->pieces_count >= MAX_PIECES)
        return;
    flow_fragment(run->flows, fragment, piece);
    log->pieces[log->pieces_count++] = *piece;
}

static bool log_keep(void *run_of, const struct flow_facts *facts, int64_t offset,
                     const uint8_t *bytes, uint32_t n, uint32_t need)
{
    struct lamna_run *run = run_of;
    struct flow_log *log = &run->log;
    if (log->replay)
        return log->kept_next < log->kept_count && log->kept[log->kept_next++];
    if (log->kept_count >= MAX_PIECES)
        return false;
    bool kept = flow_keep(run->flows, facts, offset, bytes, n, need);
    log->kept[log->kept_count++] = kept;
    return kept;
}

static struct state_copy *log_find_state(struct flow_log *log, uint32_t flow, uint16_t proto,
                                         size_t size)
{
    for (uint32_t i = 0; i < log->states_count; i++) {
        struct state_copy *s = &log->states[i];
        if (s->flow == flow && s->proto == proto && s->size == size)
            return s;
    }
    return NULL;
}

/* The first time, the state itself, of which a copy is kept; the second time that copy. */
static void *log_state(void *run_of, const struct flow_facts *facts, uint16_t proto, size_t size)
{
    struct lamna_run *run = run_of;
    struct flow_log *log = &run->log;
    struct state_copy *found = log_find_state(log, facts->flow, proto, size);
    if (log->replay && found != NULL)
        return found->bytes;
    void *state = flow_state_of(run->flows, facts, proto, size);
    if (state == NULL || found != NULL)
        return state;
    void *copy = log->states_count < MAX_STATES ? arena_alloc(&log->arena, size) : NULL;
    if (copy == NULL)
        return log->replay ? NULL : state;
    memcpy(copy, state, size);
    log->states[log->states_count++] = (struct state_copy){facts->flow, proto, size, copy};
    return log->replay ? copy : state;
}

/* The second time the packet says what it said, and what it announced itself is not for it. */
static void log_expect(void *run_of, const struct expectation *e)
{
    struct lamna_run *run = run_of;
    flow_expect(run->flows, e);
}

static bool log_expected(void *run_of, struct expectation *e)
{
    struct lamna_run *run = run_of;
    return flow_expected(run->flows, e);
}

void log_tell(void *run_of, uint64_t packet, uint32_t field, uint64_t value)
{
    struct lamna_run *run = run_of;
    flow_tell(run->flows, packet, field, value);
}

static bool log_told(void *run_of, uint64_t packet, uint32_t field, uint64_t *value)
{
    struct lamna_run *run = run_of;
    return flow_told(run->flows, packet, field, value);
}

struct flow_hook log_hook(struct lamna_run *run)
{
    return (struct flow_hook){.flows = run,
                              .facts = log_facts,
                              .take = log_take,
                              .keep = log_keep,
                              .fragment = log_fragment,
                              .expect = log_expect,
                              .expected = log_expected,
                              .state = log_state,
                              .told = log_told};
}
