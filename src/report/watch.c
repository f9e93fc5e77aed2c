/* Evidence for findings, collected as packets pass. */
#include "flow/seq.h"
#include "report/findings.h"

const char *const findings_fields[] = {"dns.flags.response", "dns.flags.rcode",
                                       "dns.time",           "dns.retransmission",
                                       "http.response.code", "icmp.type",
                                       "icmp.code",          "icmpv6.type",
                                       "ip.fragment.count",  NULL};
enum {
    DNS_RESPONSE,
    DNS_RCODE,
    DNS_TIME,
    DNS_RETRANSMISSION,
    HTTP_CODE,
    ICMP_TYPE,
    ICMP_CODE,
    ICMPV6_TYPE,
    IP_FRAGMENTS
};

static void note(struct evidence *e, uint64_t packet, int64_t cost)
{
    if (e->count++ == 0)
        e->first = packet;
    e->cost += cost;
}

/* How long the server took to begin its answer: from the last byte of the request to the first of
 * the reply. */
static void watch_answer(struct watched *w, const struct packet *p, enum side side)
{
    const struct segment *s = &p->segment;
    if (s->length == 0 || p->facts.analysis & (ANALYSIS_RETRANSMISSION | ANALYSIS_KEEP_ALIVE))
        return;
    if (side == OPENER) {
        w->asked = s->time_ns;
        return;
    }
    int64_t took = w->asked == 0 ? 0 : s->time_ns - w->asked - w->c.initial_rtt;
    if (took >= SLOW_ANSWER_MS * ms_ns)
        note(&w->events[SLOW_ANSWER], s->packet, took);
    w->asked = 0;
}

static void watch_window(struct watched *w, const struct packet *p, enum side side)
{
    const struct segment *s = &p->segment;
    if (p->facts.analysis & ANALYSIS_ZERO_WINDOW) {
        if (w->closed[side] == 0) {
            note(&w->events[ZERO_WINDOW], s->packet, 0);
            w->closed[side] = s->time_ns;
            w->window_closer = (uint8_t)(1 + side);
        }
    } else if (w->closed[side] != 0 && s->window > 0) {
        w->events[ZERO_WINDOW].cost += s->time_ns - w->closed[side];
        w->closed[side] = 0;
    }
}

static void watch_reset(struct watched *w, const struct packet *p, enum side side)
{
    if ((p->segment.flags & TCP_RST) == 0)
        return;
    const struct sent *o = &w->c.sent[OPENER], *a = &w->c.sent[ANSWERER];
    if (o->syn && !a->syn_ack && side == ANSWERER)
        note(&w->events[REFUSED], p->segment.packet, 0);
    else if (!(o->fin && a->fin) && w->events[RESET].count == 0) {
        note(&w->events[RESET], p->segment.packet, 0);
        w->resetter = (uint8_t)(1 + side);
    }
}

/* The same segment at once again: the capture has it twice, the network had not. */
static bool is_captured_twice(struct watched *w, const struct packet *p, enum side side)
{
    const struct segment *s = &p->segment;
    bool same = s->length > 0 && w->lately[side].seq == s->seq &&
                w->lately[side].length == s->length && s->time_ns - w->lately[side].time < ms_ns;
    if (s->length > 0) {
        w->lately[side].seq = s->seq;
        w->lately[side].length = s->length;
        w->lately[side].time = s->time_ns;
    }
    return same;
}

static void watch_analysis(struct watched *w, const struct packet *p, enum side side)
{
    static const struct {
        uint16_t analysis;
        enum event event;
    } events[] = {
        {ANALYSIS_DUPLICATE_ACK, DUPLICATE_ACK},     {ANALYSIS_LOST_SEGMENT, GAP},
        {ANALYSIS_ACK_LOST_SEGMENT, UNSEEN},         {ANALYSIS_WINDOW_FULL, WINDOW_FULL},
        {ANALYSIS_KEEP_ALIVE, KEEP_ALIVE},           {ANALYSIS_OUT_OF_ORDER, OUT_OF_ORDER},
        {ANALYSIS_SPURIOUS_RETRANSMISSION, SPURIOUS}};
    const struct flow_facts *f = &p->facts;
    uint64_t number = p->segment.packet;
    for (size_t i = 0; i < sizeof events / sizeof events[0]; i++) {
        if (f->analysis & events[i].analysis)
            note(&w->events[events[i].event], number, 0);
    }
    if (is_captured_twice(w, p, side)) {
        note(&w->events[CAPTURED_TWICE], number, 0);
        return;
    }
    if ((f->analysis & ANALYSIS_RETRANSMISSION) == 0 ||
        f->analysis & ANALYSIS_SPURIOUS_RETRANSMISSION)
        return;
    if (p->segment.flags & TCP_SYN) {
        note(&w->events[SYN_AGAIN], number, f->rto_ns);
        return;
    }
    w->resender = (uint8_t)(1 + side);
    note(&w->events[RETRANSMITTED], number, f->rto_ns);
    if (f->rto_ns >= TIMEOUT_MS * ms_ns)
        note(&w->events[TIMED_OUT], number, f->rto_ns);
}

static void watch_tcp(lamna_report *r, const struct packet *p)
{
    struct findings_state *s = r->state;
    uint32_t stream = p->facts.stream;
    if (!report_room(r, &s->watched, &s->capacity, stream, sizeof *s->watched))
        return;
    if (stream >= s->count)
        s->count = (size_t)stream + 1;
    struct watched *w = &s->watched[stream];
    enum side side = connection_add(&w->c, p);
    watch_answer(w, p, side);
    watch_window(w, p, side);
    watch_reset(w, p, side);
    watch_analysis(w, p, side);
}

static uint64_t value_of(const lamna_report *r, const struct packet *p, unsigned field,
                         uint64_t absent)
{
    const lamna_item *item = report_item(r, p, field);
    return item == NULL ? absent : item->value.u;
}

static void watch_messages(lamna_report *r, const struct packet *p)
{
    struct findings_state *s = r->state;
    uint64_t number = p->in->number, code = value_of(r, p, HTTP_CODE, 0);
    if (value_of(r, p, DNS_RESPONSE, 0) != 0 && value_of(r, p, DNS_RCODE, 0) != 0)
        note(&s->matters[DNS_FAILED], number, 0);
    const lamna_item *time = report_item(r, p, DNS_TIME);
    if (time != NULL && time->value.i >= SLOW_DNS_MS * ms_ns)
        note(&s->matters[DNS_SLOW], number, time->value.i);
    if (report_item(r, p, DNS_RETRANSMISSION) != NULL)
        note(&s->matters[DNS_AGAIN], number, 0);
    if (code >= 400 && code < 600)
        note(&s->matters[code < 500 ? HTTP_CLIENT_ERROR : HTTP_SERVER_ERROR], number, 0);
    uint64_t type = value_of(r, p, ICMP_TYPE, 0), type6 = value_of(r, p, ICMPV6_TYPE, 0);
    bool too_big = (type == 3 && value_of(r, p, ICMP_CODE, 0) == 4) || type6 == 2;
    if (too_big)
        note(&s->matters[TOO_BIG], number, 0);
    else if (type == 3 || type6 == 1)
        note(&s->matters[UNREACHABLE], number, 0);
    if (type == 11 || type6 == 3)
        note(&s->matters[EXPIRED], number, 0);
    if (report_item(r, p, IP_FRAGMENTS) != NULL)
        note(&s->matters[FRAGMENTS], number, 0);
}

void watch_packet(lamna_report *r, const struct packet *p)
{
    struct findings_state *s = r->state;
    if (p->in->time_ns > s->last)
        s->last = p->in->time_ns;
    if (p->count > 0)
        watch_messages(r, p);
    if (is_tcp(p))
        watch_tcp(r, p);
}
