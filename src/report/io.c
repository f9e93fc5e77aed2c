/*
 * How much, when: what each series of each interval comes to.
 *
 *     tallies | s0 s1 s2 | s0 s1 s2 | ...      interval after interval
 */
#include <stdlib.h>
#include <string.h>

#include "report/series.h"

enum { SECOND = 1000000000, FINEST = 1000000, AUTO_ROWS = 60 };
enum { INTERVALS_MAX = 1 << 24, SERIES_MAX = 64 };

struct state {
    int64_t interval, start; /* ns */
    bool automatic, started;
    bool by_five; /* the next time the interval grows, by how much */
    struct series series[SERIES_MAX];
    unsigned series_count;
    lamna_report_column columns[1 + SERIES_MAX];
    struct tally *tallies;  /* owned */
    size_t count, capacity; /* of intervals */
};

static bool series_of(struct state *s, const lamna_report *r, const lamna_report_options *options,
                      lamna_error *err)
{
    static const char *const usual[] = {"packets", "bytes", "bits_per_second: bits"};
    const char *const *texts = options->series_count > 0 ? options->series : usual;
    size_t n = options->series_count > 0 ? options->series_count : sizeof usual / sizeof usual[0];
    if (n > SERIES_MAX) {
        error_set(err, LAMNA_ERR_LIMIT, "there are at most %d series", SERIES_MAX);
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        s->series_count++;
        if (!series_parse(&s->series[i], r->reg, options->names, texts[i], err))
            return false;
    }
    return true;
}

static bool begin(lamna_report *r, const lamna_report_options *options, lamna_error *err)
{
    struct state *s = r->state;
    s->automatic = options->interval_ns == LAMNA_INTERVAL_AUTO;
    s->interval = s->automatic ? FINEST : options->interval_ns == 0 ? SECOND : options->interval_ns;
    if (s->interval <= 0) {
        error_set(err, LAMNA_ERR_ARGUMENT, "an interval is longer than nothing");
        return false;
    }
    if (!series_of(s, r, options, err))
        return false;
    s->columns[0] = (lamna_report_column){"start", "From", LAMNA_CELL_DURATION};
    for (unsigned i = 0; i < s->series_count; i++)
        s->columns[1 + i] =
            (lamna_report_column){s->series[i].name, s->series[i].name, series_type(&s->series[i])};
    r->columns = s->columns;
    r->column_count = 1 + s->series_count;
    return true;
}

static void release(lamna_report *r)
{
    struct state *s = r->state;
    for (unsigned i = 0; i < s->series_count; i++)
        series_free(&s->series[i]);
    free(s->tallies);
}

static void ask(lamna_report *r, struct wanted *w)
{
    const struct state *s = r->state;
    for (unsigned i = 0; i < s->series_count; i++) {
        if (s->series[i].field != 0)
            wanted_add(w, s->series[i].field);
        if (s->series[i].filter != NULL)
            filter_want(s->series[i].filter, w);
    }
}

/* Every two or five intervals become one: 1 ms, 2 ms, 10 ms, 20 ms, 100 ms, ... */
static void coarsen(struct state *s)
{
    size_t by = s->by_five ? 5 : 2, n = s->series_count;
    s->by_five = !s->by_five;
    s->interval *= (int64_t)by;
    for (size_t i = 0; i < s->count; i++) {
        for (size_t k = 0; k < n; k++) {
            struct tally tally = s->tallies[i * n + k];
            s->tallies[i * n + k] = (struct tally){0};
            series_merge(&s->series[k], &tally, &s->tallies[i / by * n + k]);
        }
    }
    s->count = (s->count + by - 1) / by;
}

/* Intervals count from the capture's first packet; one that is older, or as far off as a broken clock,
 * counts to the nearest. */
static size_t interval_of(struct state *s, int64_t since)
{
    while (s->automatic && since / s->interval >= AUTO_ROWS && s->interval < INT64_MAX / 10)
        coarsen(s);
    int64_t number = since < 0 ? 0 : since / s->interval;
    return number >= INTERVALS_MAX ? INTERVALS_MAX - 1 : (size_t)number;
}

static void add(lamna_report *r, const struct packet *p)
{
    struct state *s = r->state;
    if (!s->started)
        s->start = p->times->first;
    s->started = true;
    size_t number = interval_of(s, p->in->time_ns - s->start);
    if (!report_room(r, &s->tallies, &s->capacity, number, s->series_count * sizeof *s->tallies))
        return;
    if (number >= s->count)
        s->count = number + 1;
    for (unsigned i = 0; i < s->series_count; i++)
        series_add(&s->series[i], p, &s->tallies[number * s->series_count + i]);
}

static void finish(lamna_report *r)
{
    const struct state *s = r->state;
    r->rows = s->count;
}

static void row(lamna_report *r, size_t number)
{
    const struct state *s = r->state;
    cell_time(r, LAMNA_CELL_DURATION, (int64_t)number * s->interval);
    for (unsigned i = 0; i < s->series_count; i++)
        series_cell(r, &s->series[i], &s->tallies[number * s->series_count + i], s->interval);
}

const struct report_kind report_io = {.name = "io",
                                      .summary = "how much in each interval, of what is asked for",
                                      .state_size = sizeof(struct state),
                                      .begin = begin,
                                      .ask = ask,
                                      .add = add,
                                      .finish = finish,
                                      .row = row,
                                      .free = release};
