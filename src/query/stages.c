#include "query/stages.h"

#include <stdlib.h>

/* ---- Loads and workers ----------------------------------------------------------------------- */

void load_init(struct load *l)
{
    *l = (struct load){0};
    log_init(&l->log);
}

void load_clear(struct load *l)
{
    flow_spent_free(&l->spent);
    log_clear(&l->log);
    buf_clear(&l->out);
}

void load_free(struct load *l)
{
    flow_spent_free(&l->spent);
    batch_free(&l->batch);
    free(l->hits);
    free(l->ahead);
    log_free(&l->log);
    buf_free(&l->secrets);
    buf_free(&l->out);
}

/* The flow hook's fragment, where there is no flow table. */
static void meet_fragment(void *worker, const struct fragment *fragment, struct stream_piece *piece)
{
    const struct worker *w = worker;
    (void)fragment;
    *piece = (struct stream_piece){.kind = STREAM_NEW};
    w->load->fragments = true;
}

bool worker_init(struct worker *w, struct crew *crew, unsigned number)
{
    const lamna_run *run = crew->run;
    const lamna_query *q = run->query;
    *w = (struct worker){.crew = crew, .number = number};
    arena_init(&w->arena, LIMITS_DEFAULT.packet_arena);
    packet_init(&w->packet.packet, q->reg, &w->arena);
    w->packet.packet.vendors = run->packet.packet.vendors;
    w->packet.packet.options = q->options;
    w->player.flows = run->flows;
    w->packet.packet.flow = crew->mode == WALK
                                ? player_hook(&w->player)
                                : (struct flow_hook){.flows = w, .fragment = meet_fragment};
    if (q->filter != NULL)
        w->filter = filter_copy(q->filter);
    return q->filter == NULL || w->filter != NULL;
}

void worker_free(struct worker *w)
{
    lamna_filter_free(w->filter);
    packet_free(&w->packet.packet);
    arena_free(&w->arena);
}

/* ---- Cutting --------------------------------------------------------------------------------- */

/* What the source says between the batch before and this one. */
static void take_secrets(struct crew *crew, struct load *l)
{
    const struct buf *all = &crew->run->source->secrets;
    buf_clear(&l->secrets);
    if (all->length > crew->secrets)
        buf_bytes(&l->secrets, all->data + crew->secrets, all->length - crew->secrets);
    crew->secrets = all->length;
}

/* Whose flow each packet belongs to. The packets are in this thread's cache now. */
static void read_segments(const struct crew *crew, struct load *l)
{
    const struct batch *b = &l->batch;
    if (crew->routes == NULL)
        return;
    if (b->count > l->ahead_room) {
        struct segment_ahead *ahead = realloc(l->ahead, b->room * sizeof *ahead);
        if (ahead == NULL)
            return;
        l->ahead = ahead;
        l->ahead_room = b->room;
    }
    for (uint32_t i = 0; i < b->count; i++)
        segment_read(crew->routes, &b->packets[i], &l->ahead[i]);
}

static bool reserve_hits(struct load *l)
{
    if (l->batch.count <= l->hit_room)
        return true;
    struct hit *hits = realloc(l->hits, l->batch.room * sizeof *hits);
    if (hits == NULL)
        return false;
    l->hits = hits;
    l->hit_room = l->batch.room;
    return true;
}

void stage_cut(struct crew *crew, struct load *l)
{
    struct batch *b = &l->batch;
    batch_cut(crew->run->source, b);
    if (b->number == 0 && b->count > 0) {
        run_first_time(&crew->times, &b->packets[0]);
        crew->displayed_ns = crew->times.first;
    }
    take_secrets(crew, l);
    l->times = crew->times;
    for (uint32_t i = 0; i < b->count; i++)
        times_pass(&crew->times, &b->packets[i], false);
    read_segments(crew, l);
    l->hit_count = 0;
    l->matched = 0;
    l->fragments = false;
    l->failed = !reserve_hits(l);
}

/* ---- Answering ------------------------------------------------------------------------------- */

void show(struct worker *w, struct load *l)
{
    const struct crew *crew = w->crew;
    struct frame_times times = l->times;
    uint32_t next = 0;
    w->player.log = &l->log;
    for (uint32_t i = 0; i < l->hit_count && crew->work->packet != NULL; i++) {
        const struct hit *hit = &l->hits[i];
        for (; next < hit->packet; next++)
            times_pass(&times, &l->batch.packets[next], false);
        w->packet.info = l->batch.packets[next++];
        player_turn(&w->player, hit->begin, hit->end);
        packet_dissect(&w->packet.packet, crew->run->query->wanted, &w->packet.info, &times);
        crew->work->packet(crew->work->context, w->number, &w->packet, &l->out);
        times_pass(&times, &w->packet.info, true);
    }
}

/* The header bytes may tell, else a dissection of this packet does. */
static bool match_alone(struct worker *w, const lamna_packet_info *in,
                        const struct frame_times *times)
{
    enum verdict verdict = filter_verdict(w->filter, in);
    if (verdict != VERDICT_PERHAPS)
        return verdict == VERDICT_YES;
    packet_dissect(&w->packet.packet, w->crew->run->query->filter_wants, in, times);
    return filter_match(w->filter, &w->packet.packet);
}

void answer_alone(struct worker *w, struct load *l)
{
    struct frame_times times = l->times;
    for (uint32_t i = 0; i < l->batch.count && !l->fragments; i++) {
        const lamna_packet_info *in = &l->batch.packets[i];
        if (w->filter == NULL || match_alone(w, in, &times))
            l->hits[l->hit_count++] = (struct hit){.packet = i};
        times_pass(&times, in, false);
    }
    if (!l->fragments)
        show(w, l);
    if (!l->fragments) {
        l->matched = l->hit_count;
        return;
    }
    l->hit_count = 0;
    buf_clear(&l->out);
}

void answer_begin(struct crew *crew, struct load *l)
{
    l->times.previous_displayed = crew->displayed_ns;
    if (l->secrets.length > 0)
        keylog_add_text(&crew->run->keylog, l->secrets.data, l->secrets.length);
}

/* Before packet i is answered: what the flows of the next ones need is fetched, step by step, for each step needs what
 * the one before it fetched. */
static void fetch_ahead(const struct crew *crew, const struct load *l, uint32_t i)
{
    enum { STEPS = 3, APART = 5 };
    const struct flow_table *flows = crew->run->flows;
    const struct soon *soon = &crew->run->query->soon;
    uint32_t at = i + (STEPS + 1) * APART, stream;
    if (crew->routes == NULL || l->ahead_room < l->batch.count)
        return;
    for (unsigned step = 0; step < STEPS; step++) {
        at -= APART;
        if (at < l->batch.count && l->ahead[at].verdict == VERDICT_YES)
            flow_fetch(flows, &l->ahead[at].place, step);
    }
    at = i + APART - 2;
    if (soon->fetch != NULL && at < l->batch.count && l->ahead[at].verdict == VERDICT_YES &&
        flow_peek(flows, &l->ahead[at].place, &stream))
        soon->fetch(soon->context, stream);
}

void walk(struct crew *crew, struct load *l)
{
    lamna_run *run = crew->run;
    const lamna_query *q = run->query;
    struct packet *p = &run->packet.packet;
    struct frame_times times = l->times;
    run->recorder.log = &l->log;
    p->flow = recorder_hook(&run->recorder);
    for (uint32_t i = 0; i < l->batch.count; i++) {
        const lamna_packet_info *in = &l->batch.packets[i];
        struct log_mark begin = run->recorder.begin = l->log.count;
        bool match = run_verdict(run, in) != VERDICT_NO;
        fetch_ahead(crew, l, i);
        if (match) {
            packet_dissect(p, q->filter_wants, in, &times);
            match = q->filter == NULL || filter_match(q->filter, p);
            flow_table_take_spent(run->flows, &l->spent);
        }
        if (match)
            l->hits[l->hit_count++] = (struct hit){i, begin, l->log.count};
        else
            log_cut(&l->log, begin);
        times_pass(&times, in, match);
    }
    l->matched = l->hit_count;
    crew->displayed_ns = times.previous_displayed;
}

/* Is the packet's segment all that is asked? */
static bool answer_segment(lamna_run *run, const struct load *l, uint32_t i)
{
    if (run->routes == NULL || l->ahead_room < l->batch.count ||
        l->ahead[i].verdict == VERDICT_PERHAPS)
        return false;
    segment_take(run, &l->ahead[i]);
    times_pass(&run->times, &run->packet.info, true);
    return true;
}

void answer_as_one(struct worker *w, struct load *l)
{
    struct crew *crew = w->crew;
    lamna_run *run = crew->run;
    const lamna_work *work = crew->work;
    run->recorder.log = &run->log;
    run->times = l->times;
    for (uint32_t i = 0; i < l->batch.count; i++) {
        run->packet.info = l->batch.packets[i];
        fetch_ahead(crew, l, i);
        bool match = answer_segment(run, l, i) || run_take(run);
        l->matched += match;
        if (match && work->packet != NULL)
            work->packet(work->context, w->number, &run->packet, &l->out);
    }
    crew->displayed_ns = run->times.previous_displayed;
}

/* ---- Printing -------------------------------------------------------------------------------- */

void stage_print(struct crew *crew, struct load *l)
{
    const lamna_work *work = crew->work;
    if (crew->status == LAMNA_OK && (l->failed || l->out.failed)) {
        crew->status = error_memory(&crew->error);
    } else if (crew->status == LAMNA_OK) {
        crew->matched += l->matched;
        bool ok = l->out.length == 0 || work->text(work->context, l->out.data, l->out.length);
        crew->status = ok ? l->batch.status : LAMNA_STOPPED;
        crew->error = l->batch.error;
    }
    if (crew->status != LAMNA_OK)
        atomic_store(&crew->ended, true);
}
