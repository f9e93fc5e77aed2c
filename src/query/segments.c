#include "query/segments.h"

#include <assert.h>
#include <string.h>

bool segments_suffice(const lamna_query *q)
{
    const struct wanted *w = q->wanted;
    return q->segments_asked && !q->packets_asked && q->filter == NULL && q->resolve == 0 &&
           !w->labels && !w->titles && !w->columns &&
           memchr(w->field, 1, w->reg->field_count) == NULL;
}

void segment_read(const struct routes *routes, const lamna_packet_info *in, struct segment_ahead *a)
{
    a->verdict = routes_segment(routes, in, &a->segment);
    if (a->verdict == VERDICT_YES)
        flow_place_of(&a->segment, &a->place);
}

#ifndef NDEBUG
/* What a dissection asks of flows. */
struct witness {
    struct segment segment;
    unsigned segments, others;
};

static bool witness_facts(void *context, const struct segment *segment, struct flow_facts *facts)
{
    enum { IP_TCP = 6 };
    struct witness *w = context;
    (void)facts;
    w->segments += segment->protocol == IP_TCP;
    if (segment->protocol == IP_TCP)
        w->segment = *segment;
    return false;
}

static void witness_fragment(void *context, const struct fragment *fragment,
                             struct stream_piece *piece)
{
    struct witness *w = context;
    (void)fragment;
    *piece = (struct stream_piece){.kind = STREAM_NEW};
    w->others++;
}

static bool is_same(const struct segment *a, const struct segment *b)
{
    return a->src == b->src && a->dst == b->dst && a->src_port == b->src_port &&
           a->dst_port == b->dst_port && a->seq == b->seq && a->ack == b->ack &&
           a->window == b->window && a->flags == b->flags && a->window_shift == b->window_shift &&
           a->sacked == b->sacked && a->length == b->length && a->packet == b->packet &&
           a->time_ns == b->time_ns && a->ip_version == b->ip_version &&
           a->protocol == b->protocol && a->quoted == b->quoted && a->cut == b->cut;
}

/* A dissection comes to the same. */
static void segment_check(lamna_run *run, const struct segment_ahead *a)
{
    struct witness w = {0};
    struct packet *p = &run->packet.packet;
    struct flow_hook hook = p->flow;
    p->flow = (struct flow_hook){.flows = &w, .facts = witness_facts, .fragment = witness_fragment};
    packet_dissect(p, run->query->wanted, &run->packet.info, &run->times);
    p->flow = hook;
    assert(w.others == 0 && w.segments == (a->verdict == VERDICT_YES));
    assert(a->verdict == VERDICT_NO || is_same(&a->segment, &w.segment));
}
#endif

void segment_take(lamna_run *run, const struct segment_ahead *a)
{
    struct packet *p = &run->packet.packet;
#ifndef NDEBUG
    segment_check(run, a);
#endif
    p->in = &run->packet.info;
    p->count = p->layer_count = 0;
    p->in_flow =
        a->verdict == VERDICT_YES && flow_facts_at(run->flows, &a->segment, &a->place, &p->facts);
    if (p->in_flow)
        p->segment = a->segment;
}
