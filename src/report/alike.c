/*
 * Alike findings: what many connections have in common is said once. A port scan is one finding, with one connection
 * in words, the packets of a few, and a filter for as many as it has room for.
 *
 *     no_answer 3, no_answer 4, ... no_answer 9   -->   no_answer 3, "6 other connections alike", tcp.stream in {3..9}
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report/findings.h"

#include "base/ns.h"

enum { ALIKE_MANY = 4 };

/* Those that may become one stand together, in the order of their connections. */
static int by_kind(const void *left, const void *right)
{
    const struct finding *a = left, *b = right;
    int order = strcmp(a->rule, b->rule);
    if (order == 0)
        order = (int)a->severity - (int)b->severity;
    if (order == 0)
        order = (a->stream > b->stream) - (a->stream < b->stream);
    return order;
}

/* How many from the first on are of its kind. */
static size_t kind_count(const struct finding *f, size_t count)
{
    size_t n = 1;
    while (n < count && f->stream >= 0 && f[n].severity == f->severity &&
           strcmp(f[n].rule, f->rule) == 0)
        n++;
    return n;
}

/* "3..9, 12, 20..22": their streams, as far as there is room. */
static void add_streams(char *text, size_t size, const struct finding *f, size_t count)
{
    size_t used = 0;
    for (size_t i = 0, last; i < count; i = last + 1) {
        char range[48];
        for (last = i; last + 1 < count && f[last + 1].stream == f[last].stream + 1;)
            last++;
        int n = last > i
                    ? snprintf(range, sizeof range, "%s%" PRId64 "..%" PRId64, i > 0 ? ", " : "",
                               f[i].stream, f[last].stream)
                    : snprintf(range, sizeof range, "%s%" PRId64, i > 0 ? ", " : "", f[i].stream);
        if (n < 0 || used + (size_t)n >= size)
            return;
        memcpy(text + used, range, (size_t)n + 1);
        used += (size_t)n;
    }
}

static void filter_of(struct finding *one, const struct finding *f, size_t count)
{
    enum { BEHIND = 100 }; /* for what follows the streams */
    char streams[FILTER_TEXT - BEHIND] = "";
    add_streams(streams, sizeof streams, f, count);
    if (one->within != NULL && one->within[0] != '\0')
        (void)snprintf(one->filter, sizeof one->filter, "tcp.stream in {%s} && (%s)", streams,
                       one->within);
    else
        (void)snprintf(one->filter, sizeof one->filter, "tcp.stream in {%s}", streams);
}

/* The one that cost most stands for all. */
static struct finding merged(const struct finding *f, size_t count)
{
    size_t worst = 0;
    struct evidence all = {0};
    for (size_t i = 0; i < count; i++) {
        if (i < PROOFS)
            all.packets[i] = f[i].proof.packets[0];
        all.count += f[i].proof.count;
        all.cost = ns_sum(all.cost, f[i].proof.cost);
        all.bytes += f[i].proof.bytes;
        if (f[i].proof.cost > f[worst].proof.cost)
            worst = i;
    }
    struct finding one = f[worst];
    one.proof = all;
    one.others = (uint32_t)(count - 1);
    filter_of(&one, f, count);
    return one;
}

size_t findings_fold(struct finding *list, size_t count)
{
    size_t kept = 0;
    if (count > 0)
        qsort(list, count, sizeof *list, by_kind);
    for (size_t i = 0, n; i < count; i += n) {
        n = kind_count(list + i, count - i);
        if (n >= ALIKE_MANY) {
            list[kept++] = merged(list + i, n);
            continue;
        }
        memmove(list + kept, list + i, n * sizeof *list);
        kept += n;
    }
    return kept;
}
