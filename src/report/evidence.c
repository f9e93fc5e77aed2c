/* Evidence: what happened, how often, in which packets, and what it cost. */
#include "report/findings.h"

#include "base/ns.h"

void evidence_add(struct evidence *e, uint64_t packet, int64_t cost, uint64_t bytes)
{
    if (e->count < PROOFS)
        e->packets[e->count] = packet;
    e->count++;
    e->cost = ns_sum(e->cost, cost);
    e->bytes += bytes;
}

static uint32_t evidence_number(const struct findings_state *s, const struct watched *w,
                                enum event event)
{
    uint32_t number = w->evidence;
    while (number != 0 && s->evidence[number].event != event)
        number = s->evidence[number].next;
    return number;
}

const struct evidence *evidence_of(const struct findings_state *s, const struct watched *w,
                                   enum event event)
{
    uint32_t number = evidence_number(s, w, event);
    return number == 0 ? NULL : &s->evidence[number];
}

void note(const struct look *l, enum event event, int64_t cost, uint64_t bytes)
{
    struct findings_state *s = l->s;
    uint32_t number = evidence_number(s, l->w, event);
    if (number == 0) {
        size_t next = s->evidence_count == 0 ? 1 : s->evidence_count;
        if (next >= UINT32_MAX ||
            !report_room(l->r, &s->evidence, &s->evidence_capacity, next, sizeof *s->evidence))
            return;
        number = (uint32_t)next;
        s->evidence[number].event = (uint8_t)event;
        s->evidence[number].next = l->w->evidence;
        l->w->evidence = number;
        s->evidence_count = next + 1;
    }
    evidence_add(&s->evidence[number], l->p->segment.packet, cost, bytes);
}

void note_cost(const struct look *l, enum event event, int64_t cost)
{
    uint32_t number = evidence_number(l->s, l->w, event);
    struct evidence *e = &l->s->evidence[number];
    if (number != 0)
        e->cost = ns_sum(e->cost, cost);
}

void matter_note(struct findings_state *s, const struct packet *p, enum matter matter, int64_t cost)
{
    int64_t stream = is_tcp(p) ? 1 + (int64_t)p->facts.stream : -1;
    if (s->matters[matter].count == 0)
        s->matter_stream[matter] = stream;
    else if (s->matter_stream[matter] != stream)
        s->matter_stream[matter] = -1;
    evidence_add(&s->matters[matter], p->in->number, cost, 0);
}
