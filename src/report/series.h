/*
 * series: what the report "io" tells of each interval. A text says which packets count and what of them
 * is put together:
 *
 *     "lost: count(tcp.analysis.lost_segment) where ip.src == 192.0.2.1"
 *      name  function field                         filter
 */
#ifndef REPORT_SERIES_H
#define REPORT_SERIES_H

#include "report/report.h"

enum series_function {
    SERIES_PACKETS,
    SERIES_BYTES,
    SERIES_BITS, /* a second */
    SERIES_COUNT,
    SERIES_SUM,
    SERIES_AVERAGE,
    SERIES_LEAST,
    SERIES_MOST
};

enum series_values { VALUES_UNSIGNED, VALUES_SIGNED, VALUES_DURATION, VALUES_REAL };

struct series {
    char *name; /* owned */
    enum series_function function;
    enum series_values values;
    uint32_t field;       /* 0: none */
    lamna_filter *filter; /* owned; NULL: every packet */
};

union amount {
    uint64_t u;
    int64_t i;
    double d;
};

/* One series in one interval. */
struct tally {
    uint64_t count; /* packets, or values of the field */
    union amount sum, least, most;
};

/* False, with an error whose place is in `text`, if it makes no sense. series_free() must follow in
 * either case. */
bool series_parse(struct series *s, const lamna_registry *reg, const lamna_names *names,
                  const char *text, lamna_error *err);
void series_free(struct series *s);
/* Adds the packet to the tally, if it counts. */
void series_add(const struct series *s, const struct packet *p, struct tally *tally);
/* `from` comes to what `into` has. */
void series_merge(const struct series *s, const struct tally *from, struct tally *into);
lamna_cell_type series_type(const struct series *s);
/* The tally of an interval as a cell of that type. */
void series_cell(lamna_report *r, const struct series *s, const struct tally *tally,
                 int64_t interval_ns);

#endif
