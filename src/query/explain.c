/* How a query will be answered, and how a run has been. */
#include <inttypes.h>

#include "filter/program.h"
#include "query/picks.h"

/* What the filter alone asks for; NULL without one, or without memory. */
static struct wanted *wanted_of_filter(const lamna_query *q)
{
    struct wanted *w = q->filter != NULL ? wanted_new(q->reg) : NULL;
    if (w != NULL) {
        filter_want(q->filter, w);
        wanted_finish(w);
    }
    return w;
}

lamna_status lamna_query_explain(lamna_query *q, lamna_text *text, lamna_error *err)
{
    if (q->filter == NULL)
        return error_set(err, LAMNA_ERR_ARGUMENT, "there is no filter to explain");
    struct wanted *w = wanted_of_filter(q);
    if (w == NULL)
        return error_memory(err);
    filter_explain(q->filter, w, text);
    wanted_free(w);
    return LAMNA_OK;
}

static void put_cost(struct buf *out, const char *what, int64_t ns)
{
    buf_format(out, "%s%s ", out->data[out->length - 1] == ' ' ? "" : ", ", what);
    buf_u64(out, (uint64_t)ns / 1000000);
    buf_format(out, ".%u ms", (unsigned)(ns / 100000 % 10));
}

static void put_way(const lamna_run *run, struct buf *out)
{
    const struct run_costs *costs = &run->costs;
    if (run->picks != NULL)
        buf_format(out, "index: %" PRIu64 " packets match without being read, %" PRIu64 " are read",
                   picks_unread(run->picks), picks_to_read(run->picks));
    else
        buf_str(out, run->query->index == NULL
                         ? "every packet is read"
                         : "every packet is read: the index cannot spare enough");
    if (costs->threads > 1)
        buf_format(out, "; %u threads, %s", costs->threads, costs->stages);
}

void lamna_run_explain(const lamna_run *run, lamna_text *text)
{
    const struct run_costs *costs = &run->costs;
    buf_str(text, "way       ");
    put_way(run, text);
    buf_str(text, "\ncost      ");
    put_cost(text, "plan", costs->plan_ns);
    if (costs->ahead_ns > 0)
        put_cost(text, "reading ahead", costs->ahead_ns);
    if (costs->pass_ns > 0)
        put_cost(text, "pass", costs->pass_ns);
    buf_char(text, '\n');
}
