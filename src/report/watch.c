/* What TCP does, as packets pass: what was sent again, reset, lost, captured twice. */
#include <string.h>

#include "flow/seq.h"
#include "report/findings.h"

/* Was it sent before? */
bool is_again(const struct packet *p)
{
    return (p->facts.analysis & (ANALYSIS_RETRANSMISSION | ANALYSIS_OUT_OF_ORDER)) != 0;
}

static void watch_reset(const struct look *l)
{
    const struct segment *s = &l->p->segment;
    struct watched *w = l->w;
    if ((s->flags & TCP_RST) == 0)
        return;
    const struct sent *o = &w->c.sent[OPENER], *a = &w->c.sent[ANSWERER];
    if (o->syn && !a->syn_ack && l->side == ANSWERER)
        note(l, REFUSED, 0, 0);
    else if (!(o->fin && a->fin) && evidence_of(l->s, w, RESET) == NULL) {
        note(l, RESET, 0, 0);
        w->resetter = (uint8_t)l->side;
        /* Who has no such connection answers without acknowledging (RFC 9293, section 3.10.7.1). */
        w->reset_unknown = (s->flags & TCP_ACK) == 0 && a->syn_ack && !w->c.sent[l->side].fin;
    }
}

/* The same again, and never an answer. */
static void watch_stuck(const struct look *l)
{
    const struct segment *s = &l->p->segment;
    struct watched *w = l->w;
    if (w->stuck_count > 0 && w->stuck_side != l->side) {
        w->stuck_heard = true;
        if (s->flags & TCP_ACK && seq_gt(s->ack, w->stuck_seq))
            w->stuck_count = 0;
        return;
    }
    if ((l->p->facts.analysis & ANALYSIS_RETRANSMISSION) == 0 || s->flags & TCP_SYN)
        return;
    if (w->stuck_count == 0 || w->stuck_seq != s->seq) {
        w->stuck_count = 0;
        w->stuck_heard = false;
        w->stuck_seq = s->seq;
        w->stuck_side = (uint8_t)l->side;
        w->stuck_since = s->time_ns - l->p->facts.rto_ns;
        w->stuck_length = (uint16_t)(s->length < UINT16_MAX ? s->length : UINT16_MAX);
    }
    count_up(&w->stuck_count);
    if (w->stuck_count == STUCK_MANY)
        note(l, STUCK, s->time_ns - w->stuck_since, 0);
}

/* Who waits for a timeout sends nothing meanwhile; who repairs a loss in time does. */
static bool is_after_silence(const struct look *l)
{
    int64_t silent = l->p->segment.time_ns - l->w->does[l->side].spoke;
    return silent >= TIMEOUT_MS / 2 * ms_ns && silent > l->w->c.initial_rtt;
}

/* Was what is sent again seen the first time? Then it was lost behind the place of the capture. */
static void watch_again(const struct look *l)
{
    const struct segment *s = &l->p->segment;
    const struct flow_facts *f = &l->p->facts;
    const struct doing *mine = &l->w->does[l->side];
    bool in_gap =
        mine->gap != mine->gap_end && seq_ge(s->seq, mine->gap) && seq_lt(s->seq, mine->gap_end);
    if (f->analysis & ANALYSIS_OUT_OF_ORDER && in_gap)
        note(l, OUT_OF_ORDER, 0, 0);
    if ((f->analysis & ANALYSIS_RETRANSMISSION) == 0 ||
        f->analysis & ANALYSIS_SPURIOUS_RETRANSMISSION)
        return;
    if (s->flags & TCP_SYN) {
        note(l, SYN_AGAIN, f->rto_ns, 0);
        return;
    }
    l->w->resender = (uint8_t)l->side;
    note(l, in_gap ? LOST_BEFORE : LOST_BEHIND, f->rto_ns, s->length);
    if (f->rto_ns >= TIMEOUT_MS * ms_ns && is_after_silence(l))
        note(l, TIMED_OUT, f->rto_ns, s->length);
}

/* A probe that asks a closed window whether it opened is none that asks whether the peer is there. */
static void watch_probes(const struct look *l)
{
    struct watched *w = l->w;
    const struct segment *s = &l->p->segment;
    if (l->p->facts.analysis & ANALYSIS_KEEP_ALIVE && w->does[!l->side].closed == 0) {
        note(l, KEEP_ALIVE, 0, 0);
        w->prober = (uint8_t)l->side;
        count_up(&w->probes);
    } else if (w->prober != l->side && (s->flags & TCP_RST) == 0) {
        w->probes = 0;
    }
}

/* An ACK of two full segments may not be delayed (RFC 5681, section 4.2): its time is the path's. */
static void watch_spread(const struct look *l, uint32_t advance)
{
    enum { FULL = 500 };
    int64_t us = l->p->facts.ack_rtt_ns / 1000;
    struct spread *t = &l->w->does[!l->side].spread;
    uint32_t longest = l->w->does[!l->side].longest;
    if (l->p->facts.acks_packet == 0 || longest < FULL || advance < 2 * longest || us <= 0 ||
        us > UINT32_MAX)
        return;
    if (t->count == 0 || us < t->least_us)
        t->least_us = (uint32_t)us;
    if (us > t->most_us)
        t->most_us = (uint32_t)us;
    t->sum_us += (uint64_t)us;
    t->count++;
}

static void remember_ack(const struct look *l)
{
    const struct segment *s = &l->p->segment;
    struct doing *mine = &l->w->does[l->side], *theirs = &l->w->does[!l->side];
    if ((s->flags & TCP_ACK) == 0)
        return;
    if (mine->ack_known && seq_gt(s->ack, mine->ack)) {
        uint32_t advance = s->ack - mine->ack;
        watch_spread(l, advance);
        if (advance > theirs->longest)
            advance = theirs->longest;
        if (advance > theirs->longest_acked)
            theirs->longest_acked = (uint16_t)advance;
    }
    if (!mine->ack_known || seq_gt(s->ack, mine->ack))
        mine->ack = s->ack;
    mine->ack_known = true;
}

static void remember_sequence(const struct look *l)
{
    const struct segment *s = &l->p->segment;
    struct doing *mine = &l->w->does[l->side];
    uint32_t end = seq_end(s->seq, s->length, s->flags);
    mine->spoke = s->time_ns;
    if (s->flags & TCP_RST || l->p->facts.analysis & ANALYSIS_ZERO_WINDOW_PROBE)
        return;
    if (mine->next_known && seq_gt(s->seq, mine->next)) {
        mine->gap = mine->next;
        mine->gap_end = s->seq;
    }
    if (!mine->next_known || seq_gt(end, mine->next))
        mine->next = end;
    mine->next_known = true;
    if (s->length > mine->longest)
        mine->longest = (uint16_t)(s->length < UINT16_MAX ? s->length : UINT16_MAX);
}

static struct watched *watched_of(lamna_report *r, const struct packet *p)
{
    struct findings_state *s = r->state;
    uint32_t stream = p->facts.stream;
    if (!report_room(r, &s->watched, &s->capacity, stream, sizeof *s->watched))
        return NULL;
    if (stream >= s->count)
        s->count = (size_t)stream + 1;
    struct watched *w = &s->watched[stream];
    if (!w->dirty &&
        report_room(r, &s->dirty, &s->dirty_capacity, s->dirty_count, sizeof *s->dirty)) {
        s->dirty[s->dirty_count++] = stream;
        w->dirty = true;
    }
    return w;
}

static void watch_tcp(lamna_report *r, const struct packet *p)
{
    struct watched *w = watched_of(r, p);
    if (w == NULL)
        return;
    struct look l = {r, r->state, w, p, connection_add(&w->c, p)};
    watch_time(&l);
    watch_window(&l);
    watch_reset(&l);
    watch_again(&l);
    watch_stuck(&l);
    watch_probes(&l);
    if (p->facts.analysis & ANALYSIS_DUPLICATE_ACK)
        note(&l, DUPLICATE_ACK, 0, 0);
    if (p->facts.analysis & ANALYSIS_ACK_LOST_SEGMENT)
        note(&l, UNSEEN, 0, 0);
    remember_ack(&l);
    remember_sequence(&l);
}

/* ---- Captured twice ---------------------------------------------------------------------------- */

enum { IPV4_LENGTH = 2, IPV4_ID = 4, IPV4_TTL = 8, IPV4_SRC = 12, IPV6_HOPS = 7, IPV6_SRC = 8 };

/* FNV-1a over a datagram without what a router changes in it. */
static uint64_t datagram_hash(const uint8_t *ip, size_t n, bool v6)
{
    uint64_t hash = 0xcbf29ce484222325;
    for (size_t i = 0; i < n; i++) {
        bool changes = v6 ? i == IPV6_HOPS : i == IPV4_TTL || i == 10 || i == 11;
        hash = (hash ^ (changes ? 0 : ip[i])) * 0x100000001b3;
    }
    return hash;
}

/* The innermost IP header, if it lies in the packet's own bytes. */
static const uint8_t *datagram_of(const struct packet *p, size_t *n)
{
    size_t before = p->net.version == 6 ? IPV6_SRC : IPV4_SRC;
    const uint8_t *data = p->in->data, *src = p->net.src;
    if (p->net.version == 0 || !p->in_flow || p->segment.quoted || p->net.fragment ||
        src < data + before || src >= data + p->in->captured)
        return NULL;
    *n = (size_t)(data + p->in->captured - (src - before));
    return src - before;
}

/* The same datagram as one a moment ago. No host numbers two datagrams alike in that time; where it does
 * not number them, only SYNs and data tell, for ACKs may be alike. */
static bool is_captured_twice(struct findings_state *s, const struct packet *p)
{
    enum { PROOF = 256 };
    size_t n;
    const uint8_t *ip = datagram_of(p, &n);
    if (ip == NULL)
        return false;
    bool v6 = p->net.version == 6;
    bool numbered = !v6 && (ip[IPV4_ID] | ip[IPV4_ID + 1]) != 0;
    int64_t within = numbered ? 50 * ms_ns : ms_ns, now = p->in->time_ns;
    uint64_t hash = datagram_hash(ip, n < PROOF ? n : PROOF, v6);
    if (!numbered && p->segment.length == 0 && (p->segment.flags & TCP_SYN) == 0)
        return false;
    for (unsigned i = 0; i < RECENT; i++) {
        int64_t ago = now - s->recent[i].time;
        if (s->recent[i].hash == hash && ago < within && ago > -within)
            return true;
    }
    s->recent[s->recent_at].hash = hash;
    s->recent[s->recent_at].time = now;
    s->recent_at = (s->recent_at + 1) % RECENT;
    return false;
}

static void note_twice(lamna_report *r, const struct packet *p)
{
    struct findings_state *s = r->state;
    if (!is_tcp(p)) {
        matter_note(s, p, DATAGRAM_TWICE, 0);
        return;
    }
    struct look l = {r, s, watched_of(r, p), p, OPENER};
    if (l.w != NULL)
        note(&l, CAPTURED_TWICE, 0, p->segment.length);
}

void watch_packet(lamna_report *r, const struct packet *p)
{
    struct findings_state *s = r->state;
    if (s->first == 0)
        s->first = p->in->time_ns;
    if (p->in->time_ns > s->last)
        s->last = p->in->time_ns;
    if (is_captured_twice(s, p)) {
        note_twice(r, p);
        return;
    }
    if (is_tcp(p))
        watch_tcp(r, p);
    if (p->count > 0)
        watch_messages(r, p);
}
