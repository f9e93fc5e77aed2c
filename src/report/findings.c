/* Findings as rows, worst first. */
#include "report/findings.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const severity_names[] = {"note", "warning", "bad"};

static bool begin(lamna_report *r, const lamna_report_options *options, lamna_error *err)
{
    (void)r, (void)options, (void)err;
    return true;
}

static void release(lamna_report *r)
{
    struct findings_state *s = r->state;
    free(s->watched);
}

struct findings {
    struct finding *list; /* owned */
    size_t count, capacity;
};

static void findings_add(lamna_report *r, struct findings *all, const struct finding *f)
{
    if (report_room(r, &all->list, &all->capacity, all->count, sizeof *f))
        all->list[all->count++] = *f;
}

/* Worst first; then what cost most; then as they came. */
static int by_weight(const void *left, const void *right)
{
    const struct finding *a = left, *b = right;
    if (a->severity != b->severity)
        return a->severity < b->severity ? 1 : -1;
    if (a->cost != b->cost)
        return a->cost < b->cost ? 1 : -1;
    if (a->stream != b->stream)
        return a->stream < b->stream ? -1 : 1;
    return strcmp(a->rule, b->rule);
}

static void ask_rules(lamna_report *r, struct findings *all)
{
    const struct findings_state *s = r->state;
    for (size_t i = 0; i < s->count; i++) {
        const struct watched *w = &s->watched[i];
        for (size_t k = 0; w->c.version != 0 && connection_rules[k].name != NULL; k++) {
            struct finding f = {.rule = connection_rules[k].name,
                                .severity = connection_rules[k].severity,
                                .stream = (int64_t)i,
                                .filter = connection_rules[k].filter,
                                .advice = connection_rules[k].advice};
            if (connection_rules[k].holds(w, s, &f))
                findings_add(r, all, &f);
        }
    }
    for (unsigned m = 0; m < MATTERS; m++) {
        const struct matter_rule *rule = &matter_rules[m];
        struct finding f = {.rule = rule->name,
                            .severity = rule->severity,
                            .stream = -1,
                            .filter = rule->filter,
                            .advice = rule->advice};
        f.count = s->matters[m].count;
        f.first = s->matters[m].first;
        f.cost = s->matters[m].cost;
        (void)snprintf(f.text, sizeof f.text, "%u %s", f.count, rule->text);
        if (f.count > 0)
            findings_add(r, all, &f);
    }
}

static void cell_format(lamna_report *r, const char *fmt, ...) PRINTF_LIKE(2, 3);
static void cell_format(lamna_report *r, const char *fmt, ...)
{
    char text[512];
    va_list args;
    va_start(args, fmt);
    int n = vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    cell_text(r, text, n < 0 ? 0 : (size_t)n < sizeof text ? (size_t)n : sizeof text - 1);
}

static void cells_of_stream(lamna_report *r, const struct finding *f)
{
    const struct findings_state *s = r->state;
    if (f->stream < 0) {
        for (unsigned i = 0; i < 3; i++)
            cell_none(r);
        return;
    }
    const struct connection *c = &s->watched[f->stream].c;
    cell_uint(r, LAMNA_CELL_COUNT, (uint64_t)f->stream);
    for (unsigned side = 0; side < 2; side++) {
        struct buf b = {0};
        if (c->version == 6) {
            buf_char(&b, '[');
            buf_ipv6(&b, c->address[side]);
            buf_char(&b, ']');
        } else {
            buf_ipv4(&b, be32(c->address[side]));
        }
        buf_char(&b, ':');
        buf_u64(&b, c->port[side]);
        r->failed |= b.failed;
        cell_text(r, buf_cstr(&b), b.length);
        buf_free(&b);
    }
}

static void finish(lamna_report *r)
{
    struct findings all = {0};
    ask_rules(r, &all);
    if (all.count > 0)
        qsort(all.list, all.count, sizeof *all.list, by_weight);
    for (size_t i = 0; i < all.count; i++) {
        const struct finding *f = &all.list[i];
        cell_format(r, "%s", severity_names[f->severity]);
        cell_format(r, "%s", f->rule);
        cells_of_stream(r, f);
        cell_format(r, "%s", f->text);
        cell_uint(r, LAMNA_CELL_COUNT, f->count);
        if (f->first != 0)
            cell_uint(r, LAMNA_CELL_COUNT, f->first);
        else
            cell_none(r);
        if (f->cost > 0)
            cell_time(r, LAMNA_CELL_DURATION, f->cost);
        else
            cell_none(r);
        if (f->stream < 0)
            cell_format(r, "%s", f->filter);
        else if (f->filter[0] == '\0')
            cell_format(r, "tcp.stream == %" PRId64, f->stream);
        else
            cell_format(r, "tcp.stream == %" PRId64 " && (%s)", f->stream, f->filter);
        cell_format(r, "%s", f->advice);
    }
    free(all.list);
}

static const lamna_report_column columns[] = {
    {"severity", "Severity", LAMNA_CELL_TEXT}, {"rule", "Rule", LAMNA_CELL_TEXT},
    {"stream", "Stream", LAMNA_CELL_COUNT},    {"client", "Client", LAMNA_CELL_TEXT},
    {"server", "Server", LAMNA_CELL_TEXT},     {"text", "What", LAMNA_CELL_TEXT},
    {"count", "Times", LAMNA_CELL_COUNT},      {"first_packet", "First packet", LAMNA_CELL_COUNT},
    {"cost", "Cost", LAMNA_CELL_DURATION},     {"filter", "Filter", LAMNA_CELL_TEXT},
    {"advice", "Advice", LAMNA_CELL_TEXT}};

const struct report_kind report_findings = {.name = "findings",
                                            .summary = "what is wrong, worst first",
                                            .columns = columns,
                                            .column_count = sizeof columns / sizeof columns[0],
                                            .fields = findings_fields,
                                            .flows = true,
                                            .analysis = true,
                                            .state_size = sizeof(struct findings_state),
                                            .begin = begin,
                                            .add = watch_packet,
                                            .finish = finish,
                                            .free = release};
