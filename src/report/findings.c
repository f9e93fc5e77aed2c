/* Findings as rows, worst first; while packets come, those that are new. */
#include "report/findings.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static const char *const severity_names[] = {"note", "warning", "bad"};

static bool begin(lamna_report *r, const lamna_report_options *options, lamna_error *err)
{
    struct findings_state *s = r->state;
    (void)err;
    s->translate = options->translate;
    return true;
}

static void release(lamna_report *r)
{
    struct findings_state *s = r->state;
    free(s->watched);
    free(s->evidence);
    free(s->dirty);
}

/* ---- Asking ------------------------------------------------------------------------------------- */

struct findings {
    lamna_report *r;
    struct finding *list; /* owned */
    size_t count, capacity;
};

static void findings_add(void *to, const struct finding *f)
{
    struct findings *all = to;
    if (report_room(all->r, &all->list, &all->capacity, all->count, sizeof *f))
        all->list[all->count++] = *f;
}

/* Why what is said of this connection may be wrong. */
static const char *doubt_of(const struct findings_state *s, uint64_t held)
{
    if (held & rule_bit(RULE_ONE_WAY))
        return N_("only one direction was captured");
    if (held & rule_bit(RULE_MISSING))
        return N_("the capture missed packets of this connection");
    if (s->matters[DROPPED].count > 0)
        return N_("the capture lost packets");
    if (held & rule_bit(RULE_TWICE))
        return N_("packets were captured twice");
    return NULL;
}

static bool is_over(const struct watched *w)
{
    const struct sent *o = &w->c.sent[OPENER], *a = &w->c.sent[ANSWERER];
    return (o->fin && a->fin) || o->rst || a->rst;
}

/* Asks the rules of one connection. `news`: those that were not told yet, and may be told already. */
static void ask_connection(struct findings *all, size_t stream, bool news)
{
    struct findings_state *s = all->r->state;
    struct watched *w = &s->watched[stream];
    const struct ask ask = {s, w, stream};
    uint64_t held = 0;
    for (unsigned id = 0; w->c.version != 0 && id < CONNECTION_RULES; id++) {
        const struct rule *rule = &connection_rules[id];
        struct finding f = {.rule = rule->name,
                            .severity = rule->severity,
                            .stream = (int64_t)stream,
                            .within = rule->within,
                            .advice = rule->advice};
        if (held & rule->unless || !rule->holds(&ask, &f))
            continue;
        held |= rule_bit((enum rule_id)id);
        f.doubt = rule->firm ? NULL : doubt_of(s, held);
        if (news && (w->told & rule_bit((enum rule_id)id) || (rule->at_end && !is_over(w))))
            continue;
        findings_add(all, &f);
    }
    if (news)
        w->told |= held;
}

static void ask_matters(struct findings *all, bool news)
{
    struct findings_state *s = all->r->state;
    for (unsigned m = 0; m < MATTERS; m++) {
        const struct matter_rule *rule = matter_rule(s, (enum matter)m);
        struct finding f = {.rule = rule->name,
                            .severity = rule->severity,
                            .stream = s->matter_stream[m] > 0 ? s->matter_stream[m] - 1 : -1,
                            .proof = s->matters[m],
                            .within = rule->filter,
                            .sentence = rule->sentence,
                            .values = {s->matters[m].count, s->matters[m].cost, (int64_t)s->summed},
                            .advice = rule->advice};
        if (f.proof.count == 0 || (news && s->matters_told & 1u << m))
            continue;
        if (news && m == CHECKSUM && s->summed < SUMS_FEW)
            continue; /* error or not: that shows when there are more */
        if (m == CHECKSUM && f.severity == NOTE)
            f.proof.cost = -1; /* the least of all */
        findings_add(all, &f);
        if (news)
            s->matters_told |= 1u << m;
    }
}

/* Worst first; then what cost most; then as they came. */
static int by_weight(const void *left, const void *right)
{
    const struct finding *a = left, *b = right;
    if (a->severity != b->severity)
        return a->severity < b->severity ? 1 : -1;
    if (a->proof.cost != b->proof.cost)
        return a->proof.cost < b->proof.cost ? 1 : -1;
    if (a->stream != b->stream)
        return a->stream < b->stream ? -1 : 1;
    return strcmp(a->rule, b->rule);
}

/* ---- Rows --------------------------------------------------------------------------------------- */

static void cell_of(lamna_report *r, struct buf *b)
{
    r->failed |= b->failed;
    cell_text(r, b->data == NULL ? "" : b->data, b->length);
    buf_clear(b);
}

static void cell_sentence(lamna_report *r, struct buf *b, const char *sentence,
                          const int64_t *values)
{
    static const int64_t none[SENTENCE_VALUES];
    const struct findings_state *s = r->state;
    if (sentence == NULL) {
        cell_none(r);
        return;
    }
    sentence_add(b, sentence, values != NULL ? values : none, s->translate);
    cell_of(r, b);
}

static void cells_of_stream(lamna_report *r, struct buf *b, const struct finding *f)
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
        if (c->version == 6)
            buf_char(b, '[');
        address_add(b, c->version, c->address[side]);
        buf_str(b, c->version == 6 ? "]:" : ":");
        buf_u64(b, c->port[side]);
        cell_of(r, b);
    }
}

static void add_packets(struct buf *b, const struct evidence *proof)
{
    for (unsigned i = 0; i < PROOFS && proof->packets[i] != 0; i++) {
        buf_str(b, i == 0 ? "" : ", ");
        buf_u64(b, proof->packets[i]);
    }
}

/* What no field tells of is shown by number. */
static void cell_filter(lamna_report *r, struct buf *b, const struct finding *f)
{
    const char *within = f->within;
    if (f->filter[0] != '\0') {
        buf_str(b, f->filter);
    } else if (within == NULL) {
        buf_str(b, "frame.number in {");
        add_packets(b, &f->proof);
        buf_char(b, '}');
    } else if (f->stream < 0) {
        buf_str(b, within);
    } else if (within[0] == '\0') {
        buf_format(b, "tcp.stream == %" PRId64, f->stream);
    } else {
        buf_format(b, "tcp.stream == %" PRId64 " && (%s)", f->stream, within);
    }
    cell_of(r, b);
}

static void cell_if(lamna_report *r, lamna_cell_type type, uint64_t v)
{
    if (v == 0)
        cell_none(r);
    else if (type == LAMNA_CELL_DURATION)
        cell_time(r, type, (int64_t)v);
    else
        cell_uint(r, type, v);
}

static void cell_what(lamna_report *r, struct buf *b, const struct finding *f)
{
    const struct findings_state *s = r->state;
    sentence_add(b, f->sentence, f->values, s->translate);
    if (f->others > 0)
        sentence_add(b, N_("; {0} other {0:connection|connections} alike"),
                     (int64_t[SENTENCE_VALUES]){f->others}, s->translate);
    cell_of(r, b);
}

static void row_of(lamna_report *r, struct buf *b, const struct finding *f)
{
    const char *severity = severity_names[f->severity];
    cell_text(r, severity, strlen(severity));
    cell_text(r, f->rule, strlen(f->rule));
    cells_of_stream(r, b, f);
    cell_what(r, b, f);
    cell_uint(r, LAMNA_CELL_COUNT, f->proof.count);
    cell_if(r, LAMNA_CELL_COUNT, f->proof.packets[0]);
    cell_if(r, LAMNA_CELL_DURATION, f->proof.cost > 0 ? (uint64_t)f->proof.cost : 0);
    cell_filter(r, b, f);
    cell_sentence(r, b, f->advice, NULL);
    add_packets(b, &f->proof);
    cell_of(r, b);
    cell_if(r, LAMNA_CELL_BYTES, f->proof.bytes);
    cell_sentence(r, b, f->doubt, NULL);
}

static void rows_of(lamna_report *r, struct findings *all)
{
    struct buf b = {0};
    all->count = findings_fold(all->list, all->count);
    if (all->count > 0)
        qsort(all->list, all->count, sizeof *all->list, by_weight);
    for (size_t i = 0; i < all->count; i++)
        row_of(r, &b, &all->list[i]);
    buf_free(&b);
    free(all->list);
}

static void settle(lamna_report *r)
{
    struct findings_state *s = r->state;
    s->matters[DROPPED].count = r->dropped < UINT32_MAX ? (uint32_t)r->dropped : UINT32_MAX;
    matters_settle(s);
}

static void finish(lamna_report *r)
{
    struct findings_state *s = r->state;
    struct findings all = {.r = r};
    report_clear(r);
    settle(r);
    for (size_t i = 0; i < s->count; i++)
        ask_connection(&all, i, false);
    ask_matters(&all, false);
    ask_together(r, findings_add, &all);
    rows_of(r, &all);
}

/* Connections of which a packet came are asked at once; all of them now and then, for what silence tells. */
static void news(lamna_report *r, int64_t now_ns)
{
    enum { SWEEP_MS = 500 };
    struct findings_state *s = r->state;
    struct findings all = {.r = r};
    if (now_ns > s->last)
        s->last = now_ns;
    bool sweep = s->last - s->swept >= SWEEP_MS * ms_ns;
    for (size_t i = 0; i < s->dirty_count; i++) {
        s->watched[s->dirty[i]].dirty = false;
        if (!sweep)
            ask_connection(&all, s->dirty[i], true);
    }
    s->dirty_count = 0;
    for (size_t i = 0; sweep && i < s->count; i++)
        ask_connection(&all, i, true);
    if (sweep) {
        s->swept = s->last;
        settle(r);
    }
    ask_matters(&all, true);
    rows_of(r, &all);
}

static const lamna_report_column columns[] = {
    {"severity", "Severity", LAMNA_CELL_TEXT}, {"rule", "Rule", LAMNA_CELL_TEXT},
    {"stream", "Stream", LAMNA_CELL_COUNT},    {"client", "Client", LAMNA_CELL_TEXT},
    {"server", "Server", LAMNA_CELL_TEXT},     {"text", "What", LAMNA_CELL_TEXT},
    {"count", "Times", LAMNA_CELL_COUNT},      {"first_packet", "First packet", LAMNA_CELL_COUNT},
    {"cost", "Cost", LAMNA_CELL_DURATION},     {"filter", "Filter", LAMNA_CELL_TEXT},
    {"advice", "Advice", LAMNA_CELL_TEXT},     {"packets", "Packets", LAMNA_CELL_TEXT},
    {"bytes", "Bytes", LAMNA_CELL_BYTES},      {"doubt", "Doubt", LAMNA_CELL_TEXT}};

const struct report_kind report_findings = {.name = "findings",
                                            .summary = "what is wrong, worst first",
                                            .columns = columns,
                                            .column_count = sizeof columns / sizeof columns[0],
                                            .fields = findings_fields,
                                            .flows = true,
                                            .analysis = true,
                                            .checksums = true,
                                            .state_size = sizeof(struct findings_state),
                                            .begin = begin,
                                            .add = watch_packet,
                                            .news = news,
                                            .finish = finish,
                                            .free = release};
