/*
 * One run, several threads. Each thread carries a batch of packets through these stages, then takes the
 * next one; a stage marked "in turn" is entered in the order of the batches, so whatever the threads do,
 * it sees the capture as one thread would.
 *
 *     read     bytes of the file                                         at any time
 *     cut      into packets, with their numbers (capture/batch.h)        in turn
 *     answer   ALONE:  filter and show each packet for itself            at any time
 *              WALK:   walk the flows and filter in turn; then show at any time
 *              ONE:    as a single thread does                           in turn, by one thread alone
 *     print    give away what was said of the packets                    in turn
 *
 * What the flow table said while walking is in the batch's log (query/log.h), so showing needs no flow
 * table. A batch that meets what takes more than one packet where ALONE was planned (IP fragments) is
 * answered as ONE. Everything else that threads share is only read.
 */
#include "query/parallel.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include "capture/batch.h"
#include "query/segments.h"

/* A file of a few batches is done before threads have begun. */
enum { WORTH_BYTES = 4 << 20, BATCHES_AHEAD = 4 };

/* ---- Turns ----------------------------------------------------------------------------------- */

/* A stage that batches enter one by one, in order. */
struct turn {
    pthread_mutex_t lock;
    pthread_cond_t moved;
    uint64_t next; /* number of the batch whose turn it is */
};

static void turn_init(struct turn *t)
{
    *t = (struct turn){.next = 0};
    (void)pthread_mutex_init(&t->lock, NULL);
    (void)pthread_cond_init(&t->moved, NULL);
}

static void turn_free(struct turn *t)
{
    (void)pthread_cond_destroy(&t->moved);
    (void)pthread_mutex_destroy(&t->lock);
}

static void turn_wait(struct turn *t, uint64_t number)
{
    (void)pthread_mutex_lock(&t->lock);
    while (t->next != number)
        (void)pthread_cond_wait(&t->moved, &t->lock);
    (void)pthread_mutex_unlock(&t->lock);
}

/* Waits until the batch of that number has passed. */
static void turn_wait_past(struct turn *t, uint64_t number)
{
    (void)pthread_mutex_lock(&t->lock);
    while (t->next <= number)
        (void)pthread_cond_wait(&t->moved, &t->lock);
    (void)pthread_mutex_unlock(&t->lock);
}

static void turn_pass(struct turn *t)
{
    (void)pthread_mutex_lock(&t->lock);
    t->next++;
    (void)pthread_cond_broadcast(&t->moved);
    (void)pthread_mutex_unlock(&t->lock);
}

/* ---- A run's threads ------------------------------------------------------------------------- */

enum mode { ALONE, WALK, ONE };

/* A packet of the batch that matches, and what was said of its flows. */
struct hit {
    uint32_t packet; /* its index in the batch */
    struct log_mark begin, end;
};

struct crew;

struct worker {
    struct crew *crew;
    pthread_t thread;
    unsigned number;
    struct batch batch;
    struct hit *hits; /* owned; as many as the batch has packets */
    uint32_t hit_count, hit_room;
    struct segment_ahead *ahead; /* owned; of each packet, where segments are all that is asked */
    uint32_t ahead_room;
    uint64_t matched;         /* packets of the batch */
    struct frame_times times; /* as they were before the batch */
    lamna_filter *filter;     /* owned: patterns have memory to match with; or NULL */
    struct arena arena;
    struct lamna_packet packet;
    struct flow_log log;
    struct player player;
    struct message *spent; /* what the log points into */
    struct buf secrets;    /* that stand in the source right before the batch */
    bool fragments;        /* ALONE: the batch needs the other packets */
    lamna_text out;
    bool failed; /* there was no memory for the work */
};

struct crew {
    struct worker *workers; /* owned */
    unsigned count;
    lamna_run *run;
    const lamna_work *work;
    enum mode mode;
    size_t secrets; /* bytes of the source's that were taken: of who cuts */
    struct turn cut, walk, print;
    atomic_uint_fast64_t batches; /* taken so far */
    atomic_bool ended;            /* nobody takes another batch */
    struct frame_times times;     /* of the packets cut so far; of who cuts */
    int64_t displayed_ns; /* when the last packet that matched came: of who answers in turn */
    /* Of who prints: */
    uint64_t matched;
    lamna_status status; /* of the first batch that did not end well */
    lamna_error error;
};

/* ---- The stages ------------------------------------------------------------------------------ */

/* What the source says between the batch before and this one. */
static void take_secrets(struct worker *w)
{
    struct crew *crew = w->crew;
    const struct buf *all = &crew->run->source->secrets;
    buf_clear(&w->secrets);
    if (all->length > crew->secrets)
        buf_bytes(&w->secrets, all->data + crew->secrets, all->length - crew->secrets);
    crew->secrets = all->length;
}

/* Where segments are all that is asked: those of the batch. Its packets are in this thread's cache now. */
static void read_segments(struct worker *w)
{
    const struct batch *b = &w->batch;
    const struct routes *routes = w->crew->run->routes;
    if (routes == NULL)
        return;
    if (b->count > w->ahead_room) {
        struct segment_ahead *ahead = realloc(w->ahead, b->room * sizeof *ahead);
        if (ahead == NULL)
            return;
        w->ahead = ahead;
        w->ahead_room = b->room;
    }
    for (uint32_t i = 0; i < b->count; i++)
        segment_read(routes, &b->packets[i], &w->ahead[i]);
}

static void stage_cut(struct worker *w)
{
    struct crew *crew = w->crew;
    struct batch *b = &w->batch;
    batch_read(crew->run->source, b);
    turn_wait(&crew->cut, b->number);
    batch_cut(crew->run->source, b);
    if (b->number == 0 && b->count > 0) {
        run_first_time(&crew->times, &b->packets[0]);
        crew->displayed_ns = crew->times.first;
    }
    take_secrets(w);
    w->times = crew->times;
    for (uint32_t i = 0; i < b->count; i++)
        times_pass(&crew->times, &b->packets[i], false);
    read_segments(w);
    turn_pass(&crew->cut);
}

static bool reserve_hits(struct worker *w)
{
    if (w->batch.count <= w->hit_room)
        return true;
    struct hit *hits = realloc(w->hits, w->batch.room * sizeof *hits);
    if (hits == NULL)
        return false;
    w->hits = hits;
    w->hit_room = w->batch.room;
    return true;
}

/* Dissects the packets found as the query wants them. */
static void show(struct worker *w)
{
    const struct crew *crew = w->crew;
    struct frame_times times = w->times;
    uint32_t next = 0;
    for (uint32_t i = 0; i < w->hit_count && crew->work->packet != NULL; i++) {
        const struct hit *hit = &w->hits[i];
        for (; next < hit->packet; next++)
            times_pass(&times, &w->batch.packets[next], false);
        w->packet.info = w->batch.packets[next++];
        player_turn(&w->player, hit->begin, hit->end);
        packet_dissect(&w->packet.packet, crew->run->query->wanted, &w->packet.info, &times);
        crew->work->packet(crew->work->context, w->number, &w->packet, &w->out);
        times_pass(&times, &w->packet.info, true);
    }
}

/* The header bytes may tell, else a dissection of this packet does. */
static bool match_alone(struct worker *w, const lamna_packet_info *in)
{
    enum verdict verdict = filter_verdict(w->filter, in);
    if (verdict != VERDICT_PERHAPS)
        return verdict == VERDICT_YES;
    packet_dissect(&w->packet.packet, w->crew->run->query->filter_wants, in, &w->times);
    return filter_match(w->filter, &w->packet.packet);
}

static void answer_alone(struct worker *w)
{
    struct frame_times before = w->times;
    for (uint32_t i = 0; i < w->batch.count && !w->fragments; i++) {
        const lamna_packet_info *in = &w->batch.packets[i];
        if (w->filter == NULL || match_alone(w, in))
            w->hits[w->hit_count++] = (struct hit){.packet = i};
        times_pass(&w->times, in, false);
    }
    w->times = before;
    if (!w->fragments)
        show(w);
}

/* The flow hook's fragment, where there is no flow table. */
static void meet_fragment(void *worker, const struct fragment *fragment, struct stream_piece *piece)
{
    struct worker *w = worker;
    (void)fragment;
    *piece = (struct stream_piece){.kind = STREAM_NEW};
    w->fragments = true;
}

/* Every packet is dissected as the filter needs it and the flows do. */
static void walk(struct worker *w)
{
    lamna_run *run = w->crew->run;
    const lamna_query *q = run->query;
    struct packet *p = &run->packet.packet;
    struct frame_times times = w->times;
    run->recorder.log = &w->log;
    p->flow = recorder_hook(&run->recorder);
    for (uint32_t i = 0; i < w->batch.count; i++) {
        const lamna_packet_info *in = &w->batch.packets[i];
        struct log_mark begin = run->recorder.begin = w->log.count;
        bool match = run_verdict(run, in) != VERDICT_NO;
        if (match) {
            packet_dissect(p, q->filter_wants, in, &times);
            match = w->filter == NULL || filter_match(w->filter, p);
            flow_table_take_spent(run->flows, &w->spent);
        }
        if (match)
            w->hits[w->hit_count++] = (struct hit){i, begin, w->log.count};
        else
            log_cut(&w->log, begin);
        times_pass(&times, in, match);
    }
    w->crew->displayed_ns = times.previous_displayed;
}

/* Before segment i is answered: what the next ones need is fetched, step by step, for each step needs what the one
 * before it fetched. */
static void fetch_ahead(const struct worker *w, uint32_t i)
{
    enum { STEPS = 3, APART = 5 };
    const lamna_run *run = w->crew->run;
    const struct soon *soon = &run->query->soon;
    uint32_t at = i + (STEPS + 1) * APART, stream;
    for (unsigned step = 0; step < STEPS; step++) {
        at -= APART;
        if (at < w->batch.count && w->ahead[at].verdict == VERDICT_YES)
            flow_fetch(run->flows, &w->ahead[at].place, step);
    }
    at = i + APART - 2;
    if (soon->fetch != NULL && at < w->batch.count && w->ahead[at].verdict == VERDICT_YES &&
        flow_peek(run->flows, &w->ahead[at].place, &stream))
        soon->fetch(soon->context, stream);
}

/* Is the packet's segment all that is asked? */
static bool answer_segment(struct worker *w, uint32_t i)
{
    lamna_run *run = w->crew->run;
    const struct segment_ahead *ahead = w->ahead;
    if (run->routes == NULL || w->ahead_room < w->batch.count)
        return false;
    fetch_ahead(w, i);
    if (ahead[i].verdict == VERDICT_PERHAPS)
        return false;
    segment_take(run, &ahead[i]);
    times_pass(&run->times, &run->packet.info, true);
    return true;
}

static void answer_as_one(struct worker *w)
{
    lamna_run *run = w->crew->run;
    const lamna_work *work = w->crew->work;
    run->recorder.log = &run->log;
    run->times = w->times;
    for (uint32_t i = 0; i < w->batch.count; i++) {
        run->packet.info = w->batch.packets[i];
        bool match = answer_segment(w, i) || run_take(run);
        w->matched += match;
        if (match && work->packet != NULL)
            work->packet(work->context, w->number, &run->packet, &w->out);
        flow_table_take_spent(run->flows, &w->spent);
    }
    w->crew->displayed_ns = run->times.previous_displayed;
}

static void stage_answer(struct worker *w)
{
    struct crew *crew = w->crew;
    enum mode mode = crew->mode;
    w->hit_count = 0;
    w->fragments = false;
    w->failed = !reserve_hits(w);
    bool able = !w->failed && !atomic_load(&crew->ended);
    if (able && mode == ALONE)
        answer_alone(w);
    if (w->fragments) {
        w->hit_count = 0;
        buf_clear(&w->out);
        mode = ONE;
    }
    w->matched = 0;
    turn_wait(&crew->walk, w->batch.number);
    w->times.previous_displayed = crew->displayed_ns;
    if (w->secrets.length > 0)
        keylog_add_text(&crew->run->keylog, w->secrets.data, w->secrets.length);
    if (able && mode == WALK)
        walk(w);
    else if (able && mode == ONE)
        answer_as_one(w);
    turn_pass(&crew->walk);
    if (able && mode == WALK)
        show(w);
    w->matched += w->hit_count;
}

static void stage_print(struct worker *w)
{
    struct crew *crew = w->crew;
    const lamna_work *work = crew->work;
    turn_wait(&crew->print, w->batch.number);
    if (crew->status == LAMNA_OK && (w->failed || w->out.failed)) {
        crew->status = error_memory(&crew->error);
    } else if (crew->status == LAMNA_OK) {
        crew->matched += w->matched;
        bool ok = w->out.length == 0 || work->text(work->context, w->out.data, w->out.length);
        crew->status = ok ? w->batch.status : LAMNA_STOPPED;
        crew->error = w->batch.error;
    }
    if (crew->status != LAMNA_OK)
        atomic_store(&crew->ended, true);
    turn_pass(&crew->print);
}

/* Answers the batch that was cut; false if it is the last. */
static bool finish_batch(struct worker *w)
{
    bool more = w->batch.status == LAMNA_OK;
    stage_answer(w);
    stage_print(w);
    flow_spent_free(&w->spent);
    log_clear(&w->log);
    buf_clear(&w->out);
    return more;
}

static void *worker_main(void *context)
{
    struct worker *w = context;
    struct crew *crew = w->crew;
    do {
        w->batch.number = atomic_fetch_add(&crew->batches, 1);
        stage_cut(w);
    } while (finish_batch(w) && !atomic_load(&crew->ended));
    return NULL;
}

/* ONE: a thread reads and cuts into the batches of all workers in turn, as far ahead as there are, and
 * the other answers: so the flow table stays in the cache of one core. */
static void *reader_main(void *context)
{
    struct crew *crew = context;
    bool more = true;
    for (uint64_t number = 0; more && !atomic_load(&crew->ended); number++) {
        struct worker *w = &crew->workers[number % BATCHES_AHEAD];
        if (number >= BATCHES_AHEAD)
            turn_wait_past(&crew->print, number - BATCHES_AHEAD);
        w->batch.number = number;
        stage_cut(w);
        more = w->batch.status == LAMNA_OK;
    }
    return NULL;
}

static void answer_main(struct crew *crew)
{
    bool more = true;
    for (uint64_t number = 0; more && !atomic_load(&crew->ended); number++) {
        turn_wait_past(&crew->cut, number);
        more = finish_batch(&crew->workers[number % BATCHES_AHEAD]);
    }
    atomic_store(&crew->ended, true);
}

/* ---- Making and running the crew ------------------------------------------------------------- */

static bool worker_init(struct worker *w, struct crew *crew, unsigned number)
{
    const lamna_run *run = crew->run;
    const lamna_query *q = run->query;
    w->crew = crew;
    w->number = number;
    log_init(&w->log);
    arena_init(&w->arena, LIMITS_DEFAULT.packet_arena);
    packet_init(&w->packet.packet, q->reg, &w->arena);
    w->packet.packet.vendors = run->packet.packet.vendors;
    w->packet.packet.options = q->options;
    w->player = (struct player){.flows = run->flows, .log = &w->log};
    w->packet.packet.flow = crew->mode == WALK
                                ? player_hook(&w->player)
                                : (struct flow_hook){.flows = w, .fragment = meet_fragment};
    if (q->filter != NULL)
        w->filter = filter_copy(q->filter);
    return q->filter == NULL || w->filter != NULL;
}

static void worker_free(struct worker *w)
{
    batch_free(&w->batch);
    free(w->hits);
    free(w->ahead);
    lamna_filter_free(w->filter);
    packet_free(&w->packet.packet);
    arena_free(&w->arena);
    log_free(&w->log);
    buf_free(&w->secrets);
    buf_free(&w->out);
}

/* Does a filter, or what is asked of the packets it finds, depend on the packet that it found before? */
static bool wants_displayed(const lamna_query *q)
{
    const lamna_field *f = lamna_field_find(q->reg, "frame.time_delta_displayed");
    return q->filter != NULL && f != NULL &&
           (q->wanted->field[f->number] || q->filter_wants->field[f->number]);
}

static enum mode choose_mode(const lamna_query *q, const lamna_work *work)
{
    if (work->in_order)
        return ONE;
    if (!q->wanted->flows && !q->filter_wants->flows)
        return wants_displayed(q) ? ONE : ALONE;
    return work->packet != NULL ? WALK : ONE;
}

static void crew_init(struct crew *crew, lamna_run *run, const lamna_work *work)
{
    crew->run = run;
    crew->work = work;
    crew->mode = choose_mode(run->query, work);
    turn_init(&crew->cut);
    turn_init(&crew->walk);
    turn_init(&crew->print);
}

/* The caller is the first worker. A thread that cannot be had is done without. */
static void work_together(struct crew *crew)
{
    struct worker *workers = crew->workers;
    unsigned started = 1;
    while (started < crew->count &&
           pthread_create(&workers[started].thread, NULL, worker_main, &workers[started]) == 0)
        started++;
    (void)worker_main(&workers[0]);
    for (unsigned i = 1; i < started; i++)
        (void)pthread_join(workers[i].thread, NULL);
}

static void work_in_turn(struct crew *crew)
{
    pthread_t reader;
    if (pthread_create(&reader, NULL, reader_main, crew) != 0) {
        (void)worker_main(&crew->workers[0]);
        return;
    }
    answer_main(crew);
    (void)pthread_join(reader, NULL);
}

static void crew_free(struct crew *crew)
{
    for (unsigned i = 0; i < crew->count; i++)
        worker_free(&crew->workers[i]);
    free(crew->workers);
    turn_free(&crew->cut);
    turn_free(&crew->walk);
    turn_free(&crew->print);
}

unsigned parallel_threads(const lamna_run *run, unsigned threads)
{
    long cores = threads == 0 ? sysconf(_SC_NPROCESSORS_ONLN) : (long)threads;
    if (cores > LAMNA_THREADS_MOST)
        cores = LAMNA_THREADS_MOST;
    if (run->query->resolve != 0) /* what names are known depends on how far the run is */
        return 1;
    bool divides = run->query->resolve == 0; /* names are learnt packet by packet */
    bool worth = threads != 0 || run->source->input.raw.size >= WORTH_BYTES;
    return cores > 1 && divides && worth && source_begin_batches(run->source) ? (unsigned)cores : 1;
}

lamna_status parallel_run(lamna_run *run, unsigned threads, const lamna_work *work,
                          uint64_t *matched, lamna_error *err)
{
    struct crew crew = {0};
    crew_init(&crew, run, work);
    run->costs.stages = crew.mode == ONE    ? "one answers, another reads ahead"
                        : crew.mode == WALK ? "flows in turn, the rest at any time"
                                            : "each packet for itself";
    unsigned count = crew.mode == ONE ? BATCHES_AHEAD : threads;
    crew.workers = calloc(count, sizeof *crew.workers);
    bool able = crew.workers != NULL;
    while (able && crew.count < count) {
        struct worker *w = &crew.workers[crew.count++];
        able = worker_init(w, &crew, crew.mode == ONE ? 0 : crew.count - 1);
    }
    if (!able)
        crew.status = error_memory(&crew.error);
    else if (crew.mode == ONE)
        work_in_turn(&crew);
    else
        work_together(&crew);
    *matched = crew.matched;
    if (err != NULL)
        *err = crew.error;
    crew_free(&crew);
    return crew.status;
}
