#include "query/parallel.h"

#include <assert.h>
#include <stdlib.h>
#include <time.h>

#include "capture/source.h"
#include "query/picks.h"
#include "query/segments.h"

enum { READ_AHEAD_BYTES = 256 << 20 };

lamna_query *lamna_query_new(const lamna_registry *reg, lamna_error *err)
{
    lamna_query *q = calloc(1, sizeof *q);
    if (q != NULL) {
        q->reg = reg;
        keylog_init(&q->keylog);
        q->wanted = wanted_new(reg);
        q->filter_wants = wanted_new(reg);
    }
    if (q == NULL || q->wanted == NULL || q->filter_wants == NULL) {
        lamna_query_free(q);
        error_memory(err);
        return NULL;
    }
    return q;
}

void lamna_query_free(lamna_query *q)
{
    if (q == NULL)
        return;
    lamna_filter_free(q->filter);
    wanted_free(q->wanted);
    wanted_free(q->filter_wants);
    keylog_free(&q->keylog);
    free(q);
}

lamna_status lamna_query_filter(lamna_query *q, const char *text, lamna_error *err)
{
    lamna_filter *filter = filter_new(q->reg, q->names, text, err);
    if (filter == NULL)
        return err != NULL ? err->status : LAMNA_ERR_FILTER;
    lamna_filter_free(q->filter);
    q->filter = filter;
    return LAMNA_OK;
}

lamna_status lamna_query_want(lamna_query *q, const char *name, lamna_error *err)
{
    const lamna_field *field = lamna_field_find(q->reg, name);
    if (field == NULL)
        return error_set(err, LAMNA_ERR_FILTER, "there is no field named \"%s\"", name);
    if (field->type == LAMNA_PROTOCOL)
        q->wanted->titles = true;
    wanted_add(q->wanted, field->number);
    return LAMNA_OK;
}

void lamna_query_want_filter(lamna_query *q, const lamna_filter *filter)
{
    filter_want(filter, q->wanted);
}

bool lamna_filter_match(lamna_filter *filter, const lamna_packet *packet)
{
    return filter_match(filter, &packet->packet);
}

void lamna_query_want_all(lamna_query *q, bool tree)
{
    q->everything = true;
    wanted_all(q->wanted, tree);
}

void lamna_query_want_columns(lamna_query *q)
{
    q->wanted->columns = true;
    q->wanted->any = true;
}

void lamna_query_verify_checksums(lamna_query *q, bool verify)
{
    q->options.verify_checksums = verify;
}

void lamna_query_index(lamna_query *q, lamna_index *index)
{
    q->index = index;
}

void lamna_query_packets(lamna_query *q, const uint64_t *bits)
{
    q->packets = bits;
}

lamna_status lamna_query_keylog(lamna_query *q, const char *path, size_t *secrets, lamna_error *err)
{
    lamna_status status = keylog_open(&q->keylog, path, err);
    if (secrets != NULL)
        *secrets = q->keylog.map.count;
    return status;
}

lamna_status lamna_query_resolve(lamna_query *q, const char *letters, lamna_error *err)
{
    static const struct {
        char letter;
        unsigned what;
    } meanings[] = {{'m', RESOLVE_MAC},
                    {'n', RESOLVE_HOST},
                    {'d', RESOLVE_HOST | RESOLVE_ANSWERS},
                    {'N', RESOLVE_HOST | RESOLVE_SYSTEM},
                    {'t', RESOLVE_PORT}};
    for (; *letters != '\0'; letters++) {
        unsigned what = 0;
        for (size_t i = 0; i < sizeof meanings / sizeof *meanings; i++)
            what |= meanings[i].letter == *letters ? meanings[i].what : 0;
        if (what == 0) {
            (void)error_set(err, LAMNA_ERR_ARGUMENT, "there are no names of a kind \"%c\"",
                            *letters);
            return error_hint(err,
                              "m: network cards; n: hosts; d: hosts by the capture's DNS answers; "
                              "N: hosts by asking the system; t: services");
        }
        q->resolve |= what;
    }
    return LAMNA_OK;
}

/* ---- Runs ---------------------------------------------------------------------------------- */

static bool run_make_flows(lamna_run *run)
{
    lamna_query *q = run->query;
    struct limits limits = LIMITS_DEFAULT;
    enum flow_depth depth = q->wanted->unacked || q->filter_wants->unacked     ? FLOW_UNACKED
                            : q->wanted->analysis || q->filter_wants->analysis ? FLOW_ANALYSIS
                                                                               : FLOW_NUMBERS;
    run->flows = flow_table_new(&limits, depth);
    run->recorder =
        (struct recorder){.flows = run->flows, .keylog = &run->keylog, .log = &run->log};
    run->player = (struct player){.flows = run->flows, .log = &run->log};
    run->packet.packet.flow = recorder_hook(&run->recorder);
    return run->flows != NULL;
}

/* Fields of packets that only later ones tell: the capture is read once before, for them alone. */
static struct wanted *wanted_of_future(const lamna_query *q)
{
    struct wanted *w = wanted_new(q->reg);
    if (w != NULL)
        w->secrets = q->wanted->secrets;
    for (uint32_t f = 1; w != NULL && f < q->reg->field_count; f++) {
        if (registry_def(q->reg, f)->display & FUTURE &&
            (q->wanted->field[f] || q->filter_wants->field[f]))
            w->field[f] = 1;
    }
    if (w != NULL)
        wanted_finish(w);
    return w;
}

/* Where segments are all that is asked. Without memory packets are dissected. */
static void run_find_routes(lamna_run *run)
{
    bool suffice = segments_suffice(run->query);
    struct routes *routes = suffice ? arena_zalloc(&run->lasting, sizeof *routes) : NULL;
    if (routes != NULL && routes_find(routes, run->query->reg, &run->lasting))
        run->routes = routes;
}

/* Without the secrets of the source: they are there from where they stand in it. */
static void run_forget_secrets(lamna_run *run)
{
    keylog_free(&run->keylog);
    run->keylog.more = &run->query->keylog;
    run->secrets_read = 0;
}

static void run_learn_secrets(lamna_run *run, const lamna_source *source)
{
    const struct buf *secrets = &source->secrets;
    if (secrets->length == run->secrets_read || secrets->failed)
        return;
    keylog_add_text(&run->keylog, secrets->data + run->secrets_read,
                    secrets->length - run->secrets_read);
    run->secrets_read = secrets->length;
}

/* Names of hosts that blocks of a pcapng have told so far. */
static void run_learn_names(lamna_run *run)
{
    const struct buf *names = &run->source->names;
    if (names->length == run->names_read || names->failed)
        return;
    resolver_add_hosts(&run->names, names->data + run->names_read, names->length - run->names_read);
    run->names_read = names->length;
}

/* DNS answers tell names only if they are dissected: all of them, whether they match or not. */
static void want_answers(lamna_query *q)
{
    static const char *const tellers[] = {"dns", "mdns", "llmnr"};
    for (size_t i = 0; i < sizeof tellers / sizeof *tellers; i++) {
        uint32_t field = lamna_field_find(q->reg, tellers[i])->number;
        wanted_add(q->wanted, field);
        wanted_add(q->filter_wants, field);
    }
}

static int64_t clock_ns(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* The next packet of the source that the run needs; *number is that of the last one, 0 at first. */
static lamna_status run_read(lamna_run *run, lamna_source *source, uint64_t *number,
                             lamna_error *err)
{
    lamna_packet_info *in = &run->packet.info;
    if (run->picks != NULL)
        return picks_next(run->picks, source, number, in, &run->times, err);
    lamna_status status = lamna_source_next(source, in, err);
    if (status == LAMNA_OK && in->number == 1)
        run_first_time(&run->times, in);
    return status;
}

static void run_read_ahead(lamna_run *run)
{
    lamna_source *twin = source_reopen(run->source);
    struct wanted *w = twin == NULL ? NULL : wanted_of_future(run->query);
    struct limits limits = LIMITS_DEFAULT;
    struct flow_table *ahead = w == NULL ? NULL : flow_table_new(&limits, true);
    uint64_t number = 0;
    run->recorder.flows = ahead;
    run->packet.packet.flow.tell = recorder_tell;
    while (ahead != NULL && run_read(run, twin, &number, NULL) == LAMNA_OK) {
        log_clear(&run->log);
        run_learn_secrets(run, twin);
        packet_dissect(&run->packet.packet, w, &run->packet.info, &run->times);
    }
    run_forget_secrets(run);
    if (ahead != NULL)
        flow_table_move_notes(run->flows, ahead);
    run->packet.packet.flow.tell =
        NULL; /* what it knows now is better than what the next pass would say */
    run->recorder.flows = run->flows;
    flow_table_free(ahead);
    wanted_free(w);
    lamna_source_close(twin);
}

/* Who asks for everything did not ask to wait until a large file was read: then what only later packets
 * tell is left out. Who names such a field waits. */
static bool worth_reading_ahead(const lamna_run *run)
{
    return !run->query->everything || run->source->input.raw.size <= READ_AHEAD_BYTES;
}

/* Settles which packets are read, if an index told something of the filter. */
static void run_settle(lamna_run *run, bool count_only)
{
    int64_t begin = clock_ns();
    run->settled = true;
    if (run->picks != NULL && picks_settle(run->picks, run, count_only)) {
        run->recorder.numbers = picks_streams(run->picks);
        picks_first_time(run->picks, &run->times);
    } else {
        picks_free(run->picks);
        run->picks = NULL;
        run->recorder.numbers = NULL;
    }
    run->costs.plan_ns += clock_ns() - begin;
}

lamna_run *lamna_run_new(lamna_query *q, lamna_source *src, lamna_error *err)
{
    lamna_run *run = calloc(1, sizeof *run);
    if (run == NULL) {
        error_memory(err);
        return NULL;
    }
    run->query = q;
    run->source = src;
    arena_init(&run->arena, LIMITS_DEFAULT.packet_arena);
    arena_init(&run->lasting, LIMITS_DEFAULT.packet_arena);
    run_find_routes(run);
    log_init(&run->log);
    packet_init(&run->packet.packet, q->reg, &run->arena);
    vendors_init(&run->vendors);
    run->packet.packet.vendors = &run->vendors;
    resolver_init(&run->names, q->resolve, &run->vendors);
    if ((q->resolve & RESOLVE_ANSWERS) != 0)
        want_answers(q);
    run_forget_secrets(run);
    run->packet.packet.options = q->options;
    q->wanted->secrets = q->filter_wants->secrets = src->pcapng || q->keylog.file != NULL;
    wanted_finish(q->wanted);
    if (q->filter != NULL)
        filter_want(q->filter, q->filter_wants);
    wanted_finish(q->filter_wants);
    if (!run_make_flows(run)) {
        lamna_run_free(run);
        error_memory(err);
        return NULL;
    }
    /* The flows must see every packet and every message, so the dissection for the filter walks wherever
     * the other one does. */
    if (q->wanted->flows || q->filter_wants->flows)
        wanted_join(q->filter_wants, q->wanted);
    int64_t begin = clock_ns();
    run->picks = picks_new(run);
    run->costs.plan_ns = clock_ns() - begin;
    if (q->filter_wants->future || (q->wanted->future && worth_reading_ahead(run))) {
        run_settle(run, false);
        begin = clock_ns();
        run_read_ahead(run);
        run->costs.ahead_ns = clock_ns() - begin;
        run->settled = false;
    }
    if (q->resolve != 0) /* only now: what is read ahead tells no names */
        run->packet.packet.names = &run->names;
    return run;
}

void lamna_run_free(lamna_run *run)
{
    if (run == NULL)
        return;
    picks_free(run->picks);
    flow_table_free(run->flows);
    packet_free(&run->packet.packet);
    resolver_free(&run->names);
    vendors_free(&run->vendors);
    keylog_free(&run->keylog);
    arena_free(&run->arena);
    arena_free(&run->lasting);
    log_free(&run->log);
    free(run);
}

enum verdict run_verdict(const lamna_run *run, const lamna_packet_info *in)
{
    const lamna_query *q = run->query;
    const struct wanted *w = q->filter_wants;
    if (q->filter == NULL || (w->flows && !w->lazy) || (q->resolve & RESOLVE_ANSWERS) != 0)
        return VERDICT_PERHAPS;
    return filter_verdict(q->filter, in);
}

/* Puts the filter to the packet just read. */
static bool run_match(lamna_run *run)
{
    const lamna_query *q = run->query;
    struct packet *p = &run->packet.packet;
    enum verdict verdict = run_verdict(run, &run->packet.info);
#ifdef NDEBUG
    if (verdict != VERDICT_PERHAPS)
        return verdict == VERDICT_YES;
#endif
    packet_dissect(p, q->filter_wants, &run->packet.info, &run->times);
    bool match = filter_match(q->filter, p);
    assert(verdict == VERDICT_PERHAPS || match == (verdict == VERDICT_YES));
    (void)verdict;
    if (!match)
        return false;
    /* what comes now is the second time */
    player_turn(&run->player, (struct log_mark){0}, run->log.count);
    p->flow = player_hook(&run->player);
    return true;
}

/* Dissects the packet just read, as far as is asked. False if it does not match. */
static bool run_dissect(lamna_run *run)
{
    const lamna_query *q = run->query;
    struct packet *p = &run->packet.packet;
    const lamna_packet_info *in = &run->packet.info;
    log_clear(&run->log);
    p->flow = recorder_hook(&run->recorder);
    if (q->filter != NULL && !run_match(run))
        return false;
    bool first_time = p->flow.flows == &run->recorder;
    if (q->wanted->any || (q->wanted->flows && first_time))
        packet_dissect(p, q->wanted, in, &run->times);
    return true;
}

void run_first_time(struct frame_times *times, const lamna_packet_info *in)
{
    if (in->flags & LAMNA_PACKET_HAS_TIME)
        *times = (struct frame_times){in->time_ns, in->time_ns, in->time_ns};
}

/* The packet just read has no more of what is asked than a segment. */
static bool run_take_segment(lamna_run *run)
{
    struct segment_ahead ahead;
    if (run->routes == NULL)
        return false;
    segment_read(run->routes, &run->packet.info, &ahead);
    if (ahead.verdict != VERDICT_PERHAPS)
        segment_take(run, &ahead);
    return ahead.verdict != VERDICT_PERHAPS;
}

bool run_take(lamna_run *run)
{
    bool match = run_take_segment(run) || run_dissect(run);
    times_pass(&run->times, &run->packet.info, match);
    return match;
}

void lamna_run_on_wait(lamna_run *run, void (*wait)(void *context), void *context)
{
    run->wait = wait;
    run->wait_context = context;
}

lamna_status lamna_run_next(lamna_run *run, const lamna_packet **packet, lamna_error *err)
{
    if (!run->settled)
        run_settle(run, false);
    for (;;) {
        if (!lamna_source_ready(run->source)) {
            if (run->wait != NULL)
                run->wait(run->wait_context);
            keylog_refresh(&run->query->keylog);
        }
        lamna_status status = run_read(run, run->source, &run->number, err);
        if (status != LAMNA_OK)
            return status;
        run_learn_secrets(run, run->source);
        run_learn_names(run);
        if (run_take(run)) {
            *packet = &run->packet;
            return LAMNA_OK;
        }
    }
}

/* As parallel_run(), with one thread. */
static lamna_status run_alone(lamna_run *run, const lamna_work *work, uint64_t *matched,
                              lamna_error *err)
{
    const lamna_packet *packet;
    lamna_text out = {0};
    lamna_status status = LAMNA_OK;
    *matched = run->picks != NULL ? picks_unread(run->picks) : 0;
    while (status == LAMNA_OK && (status = lamna_run_next(run, &packet, err)) == LAMNA_OK) {
        ++*matched;
        if (work->packet == NULL)
            continue;
        buf_clear(&out);
        work->packet(work->context, 0, packet, &out);
        if (out.failed)
            status = error_memory(err);
        else if (out.length > 0 && !work->text(work->context, out.data, out.length))
            status = LAMNA_STOPPED;
    }
    buf_free(&out);
    return status;
}

lamna_status lamna_run_all(lamna_run *run, unsigned threads, const lamna_work *work,
                           uint64_t *matched, lamna_error *err)
{
    uint64_t count;
    if (matched == NULL)
        matched = &count;
    run_settle(run, work->packet == NULL);
    threads = run->picks != NULL ? 1 : parallel_threads(run, threads);
    run->costs.threads = threads;
    int64_t begin = clock_ns();
    lamna_status status = threads > 1 ? parallel_run(run, threads, work, matched, err)
                                      : run_alone(run, work, matched, err);
    run->costs.pass_ns = clock_ns() - begin;
    return status;
}
