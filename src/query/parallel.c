/*
 * One run, several threads, each of which carries batches of packets through these stages. One that is marked
 * "in turn" is entered in the order of the batches, so whatever the threads do, it sees the capture as one thread would.
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
 *
 * ALONE, each thread carries a batch through all stages: it stays in its cache. Else the flows are larger than a batch,
 * and one thread alone has them in its cache; the others do what there is to do (query/board.h).
 */
#include "query/parallel.h"

#include <stdlib.h>
#include <unistd.h>

#include "query/board.h"
#include "query/stages.h"

/* A file of a few batches is done before threads have begun. */
enum { WORTH_BYTES = 4 << 20, LOADS_AHEAD = 4 };

/* ---- Each thread its batch ------------------------------------------------------------------- */

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

static void turn_pass(struct turn *t)
{
    (void)pthread_mutex_lock(&t->lock);
    t->next++;
    (void)pthread_cond_broadcast(&t->moved);
    (void)pthread_mutex_unlock(&t->lock);
}

/* All threads, and the loads that they carry. */
struct team {
    struct crew crew;
    struct worker *workers; /* owned */
    unsigned count;
    struct load *loads; /* owned */
    unsigned load_count;
    struct board board;           /* not ALONE */
    struct turn cut, print;       /* ALONE */
    atomic_uint_fast64_t batches; /* ALONE: taken so far */
};

static struct team *team_of(struct worker *w)
{
    return (struct team *)w->crew; /* its first member */
}

/* Fragments are put together by the flow table, in turn. */
static void finish_alone(struct worker *w, struct load *l)
{
    struct team *team = team_of(w);
    turn_wait(&team->print, l->batch.number);
    answer_begin(&team->crew, l);
    if (l->fragments && !l->failed && !atomic_load(&team->crew.ended))
        answer_as_one(w, l);
    stage_print(&team->crew, l);
    turn_pass(&team->print);
    load_clear(l);
}

static void *carry(void *context)
{
    struct worker *w = context;
    struct team *team = team_of(w);
    struct load *l = w->load = &team->loads[w->number];
    bool more = true;
    while (more && !atomic_load(&team->crew.ended)) {
        l->batch.number = atomic_fetch_add(&team->batches, 1);
        batch_read(team->crew.run->source, &l->batch);
        turn_wait(&team->cut, l->batch.number);
        stage_cut(&team->crew, l);
        turn_pass(&team->cut);
        more = l->batch.status == LAMNA_OK;
        if (!l->failed && !atomic_load(&team->crew.ended))
            answer_alone(w, l);
        finish_alone(w, l);
    }
    return NULL;
}

/* ---- One walks ------------------------------------------------------------------------------- */

static void do_walk(struct worker *w, struct load *l)
{
    answer_begin(w->crew, l);
    if (l->failed)
        return;
    if (w->crew->mode == WALK)
        walk(w->crew, l);
    else
        answer_as_one(w, l);
}

/* True if it was the last of its kind. */
static bool do_job(struct worker *w, enum job job, uint64_t number)
{
    struct team *team = team_of(w);
    struct load *l = &team->loads[number % team->load_count];
    switch (job) {
    case JOB_CUT:
        l->batch.number = number;
        batch_read(team->crew.run->source, &l->batch);
        stage_cut(&team->crew, l);
        return l->batch.status != LAMNA_OK;
    case JOB_WALK:
        do_walk(w, l);
        return false;
    case JOB_SHOW:
        show(w, l);
        return false;
    default:
        stage_print(&team->crew, l);
        load_clear(l);
        return team->crew.status != LAMNA_OK;
    }
}

static void *help(void *context)
{
    struct worker *w = context;
    struct board *board = &team_of(w)->board;
    uint64_t number = 0;
    enum job job;
    while ((job = board_take(board, w->number == 0, &number)) != JOB_NONE)
        board_done(board, job, number, do_job(w, job, number));
    return NULL;
}

/* ---- Making and running the team ------------------------------------------------------------- */

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

/* Whose flows packets belong to is read ahead, so that they can be fetched. */
static const struct routes *find_routes(lamna_run *run)
{
    if (run->routes != NULL)
        return run->routes;
    struct routes *routes = arena_zalloc(&run->lasting, sizeof *routes);
    bool found = routes != NULL && routes_find(routes, run->query->reg, &run->lasting);
    return found ? routes : NULL;
}

static bool team_init(struct team *t, lamna_run *run, unsigned threads, const lamna_work *work)
{
    struct crew *crew = &t->crew;
    *crew = (struct crew){.run = run, .work = work, .mode = choose_mode(run->query, work)};
    bool alone = crew->mode == ALONE;
    unsigned loads = alone ? threads : threads == 1 ? 1 : threads + LOADS_AHEAD;
    turn_init(&t->cut);
    turn_init(&t->print);
    board_init(&t->board, loads, crew->mode == WALK);
    crew->routes = alone ? NULL : find_routes(run);
    t->workers = calloc(threads, sizeof *t->workers);
    t->loads = calloc(loads, sizeof *t->loads);
    while (t->loads != NULL && t->load_count < loads)
        load_init(&t->loads[t->load_count++]);
    bool able = t->workers != NULL && t->loads != NULL;
    while (able && t->count < threads) {
        able = worker_init(&t->workers[t->count], crew, t->count);
        t->count++;
    }
    return able;
}

static void team_free(struct team *t)
{
    for (unsigned i = 0; i < t->count; i++)
        worker_free(&t->workers[i]);
    for (unsigned i = 0; i < t->load_count; i++)
        load_free(&t->loads[i]);
    free(t->workers);
    free(t->loads);
    board_free(&t->board);
    turn_free(&t->cut);
    turn_free(&t->print);
}

/* The caller is the first worker. A thread that cannot be had is done without. */
static void work_together(struct team *t, void *(*main)(void *worker))
{
    struct worker *workers = t->workers;
    unsigned started = 1;
    while (started < t->count &&
           pthread_create(&workers[started].thread, NULL, main, &workers[started]) == 0)
        started++;
    (void)main(&workers[0]);
    for (unsigned i = 1; i < started; i++)
        (void)pthread_join(workers[i].thread, NULL);
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
    struct team team = {0};
    bool able = team_init(&team, run, threads, work);
    struct crew *crew = &team.crew;
    run->costs.stages = crew->mode == ONE    ? "one answers, another reads ahead"
                        : crew->mode == WALK ? "flows in turn, the rest at any time"
                                             : "each packet for itself";
    if (!able)
        crew->status = error_memory(&crew->error);
    else
        work_together(&team, crew->mode == ALONE ? carry : help);
    *matched = crew->matched;
    if (err != NULL)
        *err = crew->error;
    team_free(&team);
    return crew->status;
}
