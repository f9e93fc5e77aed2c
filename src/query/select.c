/* What a query's filter refers to: names, warnings, and the packet that is selected for ${field}.
 */
#include "filter/program.h"
#include "query/query.h"

#include <stdlib.h>

void lamna_query_names(lamna_query *q, const lamna_names *names)
{
    q->names = names;
}

bool lamna_query_warning(const lamna_query *q, size_t number, lamna_error *warning)
{
    const struct warning *w = q->filter != NULL ? q->filter->warnings : NULL;
    for (; w != NULL && number > 0; number--)
        w = w->next;
    if (w == NULL)
        return false;
    error_set(warning, LAMNA_OK, "%s", w->message);
    warning->begin = w->begin;
    warning->end = w->end;
    return true;
}

bool lamna_query_needs_selection(const lamna_query *q)
{
    return q->filter != NULL && filter_has_references(q->filter);
}

/* Reads src up to that packet, in a run of its own that asks for what the references read. */
static lamna_status select_with(lamna_query *q, lamna_query *reads, lamna_source *src,
                                uint64_t number, lamna_error *err)
{
    const lamna_packet *packet;
    lamna_status status;
    filter_want_references(q->filter, reads->wanted);
    reads->options = q->options;
    lamna_run *run = lamna_run_new(reads, src, err);
    if (run == NULL)
        return err != NULL ? err->status : LAMNA_ERR_MEMORY;
    do {
        status = lamna_run_next(run, &packet, err);
    } while (status == LAMNA_OK && lamna_packet_get_info(packet)->number != number);
    if (status == LAMNA_OK && !filter_select(q->filter, &run->packet.packet))
        status = error_memory(err);
    lamna_run_free(run);
    return status;
}

lamna_status lamna_query_select(lamna_query *q, lamna_source *src, uint64_t number,
                                lamna_error *err)
{
    if (!lamna_query_needs_selection(q))
        return LAMNA_OK;
    lamna_query *reads = lamna_query_new(q->reg, err);
    if (reads == NULL)
        return err != NULL ? err->status : LAMNA_ERR_MEMORY;
    lamna_status status = select_with(q, reads, src, number, err);
    lamna_query_free(reads);
    return status;
}

bool lamna_query_capture_filter(lamna_query *q, lamna_text *text)
{
    struct wanted *w = q->filter != NULL ? wanted_new(q->reg) : NULL;
    if (w == NULL)
        return false;
    filter_want_beyond(q->filter, w);
    wanted_finish(w);
    bool pushed = filter_capture(q->filter, q->wanted->columns || w->flows, text);
    wanted_free(w);
    return pushed;
}
