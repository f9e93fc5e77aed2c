/* How much, when: packets and bytes of each interval. */
#include <stdlib.h>

#include "report/report.h"

enum { SECOND = 1000000000 };
enum { INTERVALS_MAX = 1 << 24 };

struct slot {
    uint64_t packets, bytes;
};

struct state {
    int64_t interval, start; /* ns */
    bool started;
    struct slot *slots; /* owned */
    size_t count, capacity;
};

static bool begin(lamna_report *r, const lamna_report_options *options, lamna_error *err)
{
    struct state *s = r->state;
    s->interval = options->interval_ns == 0 ? SECOND : options->interval_ns;
    if (s->interval > 0)
        return true;
    error_set(err, LAMNA_ERR_ARGUMENT, "an interval is longer than nothing");
    return false;
}

static void release(lamna_report *r)
{
    struct state *s = r->state;
    free(s->slots);
}

/* Intervals count from the first packet; one that is older, or as far off as a broken clock, counts
 * to the nearest. */
static void add(lamna_report *r, const struct packet *p)
{
    struct state *s = r->state;
    if (!s->started)
        s->start = p->in->time_ns;
    s->started = true;
    int64_t since = p->in->time_ns - s->start;
    size_t number = since < 0 ? 0 : (size_t)(since / s->interval);
    if (number >= INTERVALS_MAX)
        number = INTERVALS_MAX - 1;
    if (!report_room(r, &s->slots, &s->capacity, number, sizeof *s->slots))
        return;
    if (number >= s->count)
        s->count = number + 1;
    s->slots[number].packets++;
    s->slots[number].bytes += p->in->length;
}

static void finish(lamna_report *r)
{
    const struct state *s = r->state;
    for (size_t i = 0; i < s->count; i++) {
        cell_time(r, LAMNA_CELL_DURATION, (int64_t)i * s->interval);
        cell_uint(r, LAMNA_CELL_COUNT, s->slots[i].packets);
        cell_uint(r, LAMNA_CELL_BYTES, s->slots[i].bytes);
        cell_number(r, 8e9 * (double)s->slots[i].bytes / (double)s->interval);
    }
}

static const lamna_report_column columns[] = {{"start", "From", LAMNA_CELL_DURATION},
                                              {"packets", "Packets", LAMNA_CELL_COUNT},
                                              {"bytes", "Bytes", LAMNA_CELL_BYTES},
                                              {"bits_per_second", "Bits/s", LAMNA_CELL_NUMBER}};

const struct report_kind report_io = {.name = "io",
                                      .summary = "packets and bytes in each interval",
                                      .columns = columns,
                                      .column_count = sizeof columns / sizeof columns[0],
                                      .state_size = sizeof(struct state),
                                      .begin = begin,
                                      .add = add,
                                      .finish = finish,
                                      .free = release};
