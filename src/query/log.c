#include "query/log.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_ROOM = 64, MOST_ANSWERS = 1 << 24, LOG_ARENA = 256 << 20 };

void log_init(struct flow_log *log)
{
    *log = (struct flow_log){0};
    arena_init(&log->arena, LOG_ARENA);
}

void log_free(struct flow_log *log)
{
    free(log->facts);
    free(log->pieces);
    free(log->kept);
    free(log->states);
    free(log->expected);
    free(log->secrets);
    arena_free(&log->arena);
    *log = (struct flow_log){0};
}

void log_clear(struct flow_log *log)
{
    if (log->count.states + log->count.expected > 0)
        arena_reset(&log->arena);
    log->count = (struct log_mark){0};
}

void log_cut(struct flow_log *log, struct log_mark mark)
{
    log->count = mark;
}

/* Room for one more in an array of `size`-byte elements. False without memory: the answer is not noted, and
 * whoever asks twice is told that nothing is known. */
static bool reserve(void **array, uint32_t count, uint32_t *room, size_t size)
{
    if (count < *room)
        return true;
    uint32_t more = *room == 0 ? FIRST_ROOM : 2 * *room;
    void *grown = more > MOST_ANSWERS ? NULL : realloc(*array, more * size);
    if (grown == NULL)
        return false;
    *array = grown;
    *room = more;
    return true;
}

/* ---- The first time -------------------------------------------------------------------------- */

static bool recorder_facts(void *context, const struct segment *segment, struct flow_facts *facts)
{
    struct recorder *r = context;
    struct flow_log *log = r->log;
    void *array = log->facts;
    bool noted = reserve(&array, log->count.facts, &log->room.facts, sizeof *log->facts);
    log->facts = array;
    if (!noted)
        return false;
    bool known = flow_facts_of(r->flows, segment, facts);
    if (known && r->numbers != NULL) {
        facts->stream = stream_number(r->numbers, segment);
        flow_table_set_stream(r->flows, facts->flow, facts->stream);
    }
    if (known && r->touches != NULL)
        touch_flow(r->touches, segment, facts);
    log->facts[log->count.facts++] = (struct logged_facts){known, *facts};
    return known;
}

/* Room for a piece; NULL, and an answer in *piece, if there is none. */
static bool reserve_piece(struct flow_log *log, struct stream_piece *piece)
{
    void *array = log->pieces;
    bool noted = reserve(&array, log->count.pieces, &log->room.pieces, sizeof *log->pieces);
    log->pieces = array;
    *piece = (struct stream_piece){.kind = STREAM_NEW};
    return noted;
}

static void recorder_take(void *context, const struct flow_facts *facts, uint32_t ahead,
                          const uint8_t *bytes, uint32_t n, enum stream_end end,
                          struct stream_piece *piece)
{
    struct recorder *r = context;
    if (!reserve_piece(r->log, piece))
        return;
    flow_take(r->flows, facts, ahead, bytes, n, end, piece);
    r->log->pieces[r->log->count.pieces++] = *piece;
}

static void recorder_fragment(void *context, const struct fragment *fragment,
                              struct stream_piece *piece)
{
    struct recorder *r = context;
    if (!reserve_piece(r->log, piece))
        return;
    flow_fragment(r->flows, fragment, piece);
    if (r->touches != NULL)
        touch_fragment(r->touches, fragment);
    r->log->pieces[r->log->count.pieces++] = *piece;
}

static bool recorder_keep(void *context, const struct flow_facts *facts, int64_t offset,
                          const uint8_t *bytes, uint32_t n, const struct stream_need *need)
{
    struct recorder *r = context;
    struct flow_log *log = r->log;
    void *array = log->kept;
    bool noted = reserve(&array, log->count.kept, &log->room.kept, sizeof *log->kept);
    log->kept = array;
    if (!noted)
        return false;
    bool kept = flow_keep(r->flows, facts, offset, bytes, n, need);
    log->kept[log->count.kept++] = kept;
    return kept;
}

static struct logged_state *find_state(const struct flow_log *log, uint32_t from, uint32_t to,
                                       const struct flow_facts *facts, uint16_t proto, size_t size)
{
    for (uint32_t i = from; i < to; i++) {
        struct logged_state *s = &log->states[i];
        if (s->flow == facts->flow && s->proto == proto && s->size == size &&
            s->channel == facts->channel)
            return s;
    }
    return NULL;
}

/* The state itself, of which a copy is kept, as it was when the packet began. */
static void *recorder_state(void *context, const struct flow_facts *facts, uint16_t proto,
                            size_t size)
{
    struct recorder *r = context;
    struct flow_log *log = r->log;
    void *state = flow_state_of(r->flows, facts, proto, size);
    if (state == NULL ||
        find_state(log, r->begin.states, log->count.states, facts, proto, size) != NULL)
        return state;
    void *array = log->states;
    bool noted = reserve(&array, log->count.states, &log->room.states, sizeof *log->states);
    log->states = array;
    void *copy = noted ? arena_alloc(&log->arena, size) : NULL;
    if (copy == NULL)
        return state;
    memcpy(copy, state, size);
    log->states[log->count.states++] =
        (struct logged_state){facts->flow, proto, facts->channel, size, copy};
    return state;
}

static void recorder_expect(void *context, const struct expectation *e)
{
    struct recorder *r = context;
    flow_expect(r->flows, e);
    if (r->touches != NULL)
        touch_announcement(r->touches, e->packet);
}

static bool recorder_expected(void *context, struct expectation *e)
{
    struct recorder *r = context;
    struct flow_log *log = r->log;
    void *array = log->expected;
    bool noted = reserve(&array, log->count.expected, &log->room.expected, sizeof *log->expected);
    log->expected = array;
    if (!noted)
        return false;
    bool found = flow_expected(r->flows, e);
    if (found && r->touches != NULL)
        touch_announcement(r->touches, e->packet);
    if (found && e->text != NULL)
        e->text = arena_copy(&log->arena, e->text, strlen(e->text));
    log->expected[log->count.expected++] = (struct logged_expected){found, *e};
    return found;
}

static bool recorder_secret(void *context, enum secret_kind kind, const uint8_t *id, size_t id_n,
                            struct secret *secret)
{
    struct recorder *r = context;
    struct flow_log *log = r->log;
    void *array = log->secrets;
    bool noted = reserve(&array, log->count.secrets, &log->room.secrets, sizeof *log->secrets);
    log->secrets = array;
    if (!noted || r->keylog == NULL)
        return false;
    struct secret changes = {.length = sizeof(uint32_t)};
    memcpy(changes.bytes, &(uint32_t){keylog_changes(r->keylog)}, sizeof(uint32_t));
    const struct secret *found =
        kind == SECRET_CHANGES ? &changes : keylog_find(r->keylog, kind, id, id_n);
    if (found != NULL)
        *secret = *found;
    log->secrets[log->count.secrets++] = (struct logged_secret){found != NULL, *secret};
    return found != NULL;
}

static void recorder_add_secret(void *context, enum secret_kind kind, const uint8_t *id,
                                size_t id_n, const uint8_t *secret, size_t n)
{
    struct recorder *r = context;
    if (r->keylog != NULL)
        keylog_add(r->keylog, kind, id, id_n, secret, n);
}

void recorder_tell(void *context, uint64_t packet, uint32_t field, uint64_t value)
{
    struct recorder *r = context;
    flow_tell(r->flows, packet, field, value);
}

static bool recorder_told(void *context, uint64_t packet, uint32_t field, uint64_t *value)
{
    const struct recorder *r = context;
    return flow_told(r->flows, packet, field, value);
}

struct flow_hook recorder_hook(struct recorder *recorder)
{
    return (struct flow_hook){.flows = recorder,
                              .facts = recorder_facts,
                              .take = recorder_take,
                              .keep = recorder_keep,
                              .fragment = recorder_fragment,
                              .expect = recorder_expect,
                              .expected = recorder_expected,
                              .state = recorder_state,
                              .secret = recorder_secret,
                              .add_secret = recorder_add_secret,
                              .told = recorder_told};
}

/* ---- The second time ------------------------------------------------------------------------- */

static bool player_facts(void *context, const struct segment *segment, struct flow_facts *facts)
{
    struct player *p = context;
    (void)segment;
    if (p->at.facts >= p->end.facts)
        return false;
    const struct logged_facts *logged = &p->log->facts[p->at.facts++];
    *facts = logged->facts;
    return logged->known;
}

static void next_piece(struct player *p, struct stream_piece *piece)
{
    *piece = p->at.pieces < p->end.pieces ? p->log->pieces[p->at.pieces++]
                                          : (struct stream_piece){.kind = STREAM_NEW};
}

static void player_take(void *context, const struct flow_facts *facts, uint32_t ahead,
                        const uint8_t *bytes, uint32_t n, enum stream_end end,
                        struct stream_piece *piece)
{
    (void)facts, (void)ahead, (void)bytes, (void)n, (void)end;
    next_piece(context, piece);
}

static void player_fragment(void *context, const struct fragment *fragment,
                            struct stream_piece *piece)
{
    (void)fragment;
    next_piece(context, piece);
}

static bool player_keep(void *context, const struct flow_facts *facts, int64_t offset,
                        const uint8_t *bytes, uint32_t n, const struct stream_need *need)
{
    struct player *p = context;
    (void)facts, (void)offset, (void)bytes, (void)n, (void)need;
    return p->at.kept < p->end.kept && p->log->kept[p->at.kept++];
}

static void *player_state(void *context, const struct flow_facts *facts, uint16_t proto,
                          size_t size)
{
    const struct player *p = context;
    const struct logged_state *s =
        find_state(p->log, p->begin.states, p->end.states, facts, proto, size);
    return s != NULL ? s->bytes : NULL;
}

/* What the packet announces it has announced the first time. */
static void player_expect(void *context, const struct expectation *e)
{
    (void)context, (void)e;
}

static bool player_expected(void *context, struct expectation *e)
{
    struct player *p = context;
    if (p->at.expected >= p->end.expected)
        return false;
    const struct logged_expected *logged = &p->log->expected[p->at.expected++];
    *e = logged->expectation;
    return logged->found;
}

static bool player_secret(void *context, enum secret_kind kind, const uint8_t *id, size_t id_n,
                          struct secret *secret)
{
    struct player *p = context;
    (void)kind, (void)id, (void)id_n;
    if (p->at.secrets >= p->end.secrets)
        return false;
    const struct logged_secret *logged = &p->log->secrets[p->at.secrets++];
    *secret = logged->secret;
    return logged->found;
}

static void player_add_secret(void *context, enum secret_kind kind, const uint8_t *id, size_t id_n,
                              const uint8_t *secret, size_t n)
{
    (void)context, (void)kind, (void)id, (void)id_n, (void)secret, (void)n;
}

static bool player_told(void *context, uint64_t packet, uint32_t field, uint64_t *value)
{
    const struct player *p = context;
    return flow_told(p->flows, packet, field, value);
}

struct flow_hook player_hook(struct player *player)
{
    return (struct flow_hook){.flows = player,
                              .facts = player_facts,
                              .take = player_take,
                              .keep = player_keep,
                              .fragment = player_fragment,
                              .expect = player_expect,
                              .expected = player_expected,
                              .state = player_state,
                              .secret = player_secret,
                              .add_secret = player_add_secret,
                              .told = player_told};
}

void player_turn(struct player *player, struct log_mark begin, struct log_mark end)
{
    player->at = player->begin = begin;
    player->end = end;
}
