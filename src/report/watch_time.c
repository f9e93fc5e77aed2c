/*
 * Whose time it was. From one end's word to the next, a mark to a mark, the time that passes is divided:
 *
 *     client ---- question ----+                   +---- answer ----> client
 *                   here, mark |<-network->|<-server->| mark
 *
 * What the path needs to that end and back (known from the handshake) is the network's, and so is all
 * waiting for what was lost and for ACKs; the rest is the time of who spoke. Who pauses for IDLE_MS or
 * more and owes no answer had nothing to say: that is nobody's. So the shares add up to the whole.
 */
#include "base/ns.h"
#include "flow/seq.h"
#include "report/findings.h"

static uint32_t to_us(int64_t ns)
{
    int64_t us = ns / 1000;
    return us <= 0 ? 0 : us > UINT32_MAX ? UINT32_MAX : (uint32_t)us;
}

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static bool is_mark(const struct look *l)
{
    const struct segment *s = &l->p->segment;
    bool probe = l->p->facts.analysis & (ANALYSIS_KEEP_ALIVE | ANALYSIS_ZERO_WINDOW_PROBE);
    return (s->length > 0 || s->flags & (TCP_SYN | TCP_FIN | TCP_RST)) && !probe;
}

static int64_t network_part(const struct look *l, int64_t wait)
{
    const struct pace *t = &l->w->pace;
    int64_t half = (int64_t)t->half_us[l->side] * 1000;
    if (is_again(l->p) || (t->flags & (TCP_SYN | TCP_ACK)) == TCP_SYN)
        return wait;
    if (l->side != t->side)
        return least(wait, half);
    return t->acked == 0 ? wait : least(wait, t->acked - t->mark + half);
}

/* Whose is the time that the network did not need? */
static enum share rest_of(const struct look *l, int64_t rest)
{
    const struct watched *w = l->w;
    bool owes = l->side == ANSWERER &&
                ((w->pace.side == OPENER && w->pace.data) || w->requests > w->responses);
    if (rest >= IDLE_MS * ms_ns && !owes)
        return OF_NOBODY;
    return l->side == ANSWERER ? OF_SERVER : OF_CLIENT;
}

static void share_add(int64_t shares[SHARES], enum share share, int64_t ns)
{
    shares[share] = ns_sum(shares[share], ns);
}

static void share_out(const struct look *l, int64_t wait)
{
    const struct segment *s = &l->p->segment;
    struct pace *t = &l->w->pace;
    int64_t network = network_part(l, wait), rest = wait - network;
    share_add(t->shares, OF_NETWORK, network);
    share_add(t->shares, rest_of(l, rest), rest);
    bool answer = l->side == ANSWERER && t->side == OPENER && t->data && s->length > 0;
    if (answer && rest >= SLOW_ANSWER_MS * ms_ns)
        note(l, SLOW_ANSWER, rest, 0);
    if (s->flags & TCP_FIN && !l->w->c.sent[!l->side].fin && !t->closing_us)
        t->closing_us = to_us(wait);
}

/* ---- Nagle and delayed ACKs --------------------------------------------------------------------- */

/* A sender may hold a small segment back until what it sent before is confirmed (RFC 896), and a receiver
 * its ACK until there is more to say (RFC 1122, section 4.2.3.2): each waits for the other. */
static void watch_held(const struct look *l)
{
    enum { SMALL = 1220, AT_ONCE_MS = 5 };
    const struct segment *s = &l->p->segment;
    const struct flow_facts *f = &l->p->facts;
    struct pace *t = &l->w->pace;
    int64_t half = (int64_t)t->half_us[l->side] * 1000;
    bool at_once = s->time_ns - f->previous_time_ns <= half + AT_ONCE_MS * ms_ns;
    if (t->held_us != 0 && l->side == t->side && s->length > 0 && s->length < SMALL && at_once &&
        !is_again(l->p))
        note(l, HELD_BACK, (int64_t)t->held_us * 1000, 0);
    t->held_us = 0;
    if (s->length > 0 || s->flags != TCP_ACK || l->side == t->side || !t->data ||
        f->acks_packet != t->packet)
        return;
    const struct sent *sent = &l->w->c.sent[l->side == OPENER ? ANSWERER : OPENER];
    if (sent->rtt_count > 0 && (half == 0 || sent->rtt_least < half))
        half = sent->rtt_least;
    int64_t kept = f->ack_rtt_ns - half;
    if (kept >= DELAYED_ACK_LEAST_MS * ms_ns && kept <= DELAYED_ACK_MOST_MS * ms_ns)
        t->held_us = to_us(kept);
}

/* ---- Heartbeats --------------------------------------------------------------------------------- */

static void beat_begin(struct beat *b, uint16_t length)
{
    b->length = length;
    b->period_us = 0;
    b->count = 1;
    b->missed = 0;
}

/* What follows the other end's word at once is an answer to it, and no beat. */
static bool is_answer(const struct look *l)
{
    const struct pace *t = &l->w->pace;
    int64_t half = (int64_t)t->half_us[l->side] * 1000;
    return t->data && t->side != l->side &&
           l->p->segment.time_ns - t->mark < half + BEAT_LEAST_MS * ms_ns;
}

/* One more, a whole number of periods after the last? */
static void beat_next(const struct look *l, struct beat *b, uint32_t gap)
{
    uint32_t periods = (gap + b->period_us / 2) / b->period_us;
    uint32_t due = periods * b->period_us, off = gap > due ? gap - due : due - gap;
    if (off > b->period_us / 4 || periods == 0 || (periods > 1 && b->count < BEATS_MANY)) {
        beat_begin(b, b->length);
        return;
    }
    if (periods == 1) {
        b->period_us += (uint32_t)(((int64_t)gap - b->period_us) / 4);
    } else {
        b->missed = (uint16_t)(b->missed + periods - 1);
        note(l, BEAT_MISSED, (int64_t)gap * 1000, 0);
    }
    count_up(&b->count);
}

static void watch_beat(const struct look *l)
{
    enum { ALIKE = 4 };
    const struct segment *s = &l->p->segment;
    struct beat *b = &l->w->does[l->side].beat;
    uint32_t gap = to_us(s->time_ns - b->last);
    int apart = (int)s->length - b->length;
    if (s->length == 0 || is_again(l->p) || is_answer(l))
        return;
    if (s->length > BEAT_LENGTH || gap < BEAT_LEAST_MS * 1000)
        b->count = 0;
    else if (b->count == 0 || apart > ALIKE || apart < -ALIKE)
        beat_begin(b, (uint16_t)s->length);
    else if (b->count == 1) {
        b->period_us = gap;
        b->count = 2;
    } else
        beat_next(l, b, gap);
    b->last = s->time_ns;
}

/* ---- Windows ------------------------------------------------------------------------------------ */

/* A window that opens again ends the time of who did not read. */
static void window_opened(const struct look *l, struct doing *mine)
{
    struct pace *t = &l->w->pace;
    int64_t now = l->p->segment.time_ns, from = mine->closed > t->mark ? mine->closed : t->mark;
    note_cost(l, ZERO_WINDOW, now - mine->closed);
    mine->closed = 0;
    if (now <= from)
        return;
    share_add(t->shares, OF_NETWORK, from - t->mark);
    share_add(t->shares, l->side == OPENER ? OF_CLIENT : OF_SERVER, now - from);
    t->mark = t->acked = now;
}

/* The other's window has no room for one more segment of the size that it sends. Where that is so again
 * within two round trips, it was the window that held the sender in between. */
static void watch_limit(const struct look *l)
{
    const struct segment *s = &l->p->segment;
    const struct flow_facts *f = &l->p->facts;
    struct doing *mine = &l->w->does[l->side];
    uint32_t window = l->w->does[!l->side].window;
    if (is_again(l->p))
        mine->full = 0;
    if (s->length == 0 || window == 0 || f->in_flight + mine->longest <= window || is_again(l->p))
        return;
    int64_t since = mine->full == 0 ? 0 : s->time_ns - mine->full;
    note(l, WINDOW_LIMIT, since <= 2 * l->w->c.initial_rtt ? since : 0, 0);
    mine->full = s->time_ns;
}

void watch_window(const struct look *l)
{
    const struct segment *s = &l->p->segment;
    const struct flow_facts *f = &l->p->facts;
    struct doing *mine = &l->w->does[l->side];
    watch_limit(l);
    if (f->analysis & ANALYSIS_ZERO_WINDOW && mine->closed == 0) {
        mine->closed = s->time_ns;
        l->w->window_closer = (uint8_t)l->side;
        l->w->does[!l->side].full = 0;
        note(l, ZERO_WINDOW, 0, 0);
    } else if (mine->closed != 0 && s->window > 0) {
        window_opened(l, mine);
    }
    mine->window = 0;
    if ((s->flags & TCP_SYN) == 0 && f->window_shift != -1)
        mine->window = (uint32_t)s->window << (f->window_shift > 0 ? f->window_shift : 0);
}

/* ---- Marks -------------------------------------------------------------------------------------- */

/* What the path needs to each end and back, from the handshake. */
static void watch_halves(const struct look *l)
{
    struct pace *t = &l->w->pace;
    const struct segment *s = &l->p->segment;
    if ((t->flags & TCP_SYN) == 0 || l->side == t->side || t->half_us[l->side] != 0)
        return;
    t->half_us[l->side] = to_us(s->time_ns - t->mark);
}

void watch_time(const struct look *l)
{
    const struct segment *s = &l->p->segment;
    struct pace *t = &l->w->pace;
    watch_halves(l);
    watch_held(l);
    watch_beat(l);
    if (l->side != t->side && l->p->facts.acks_packet == t->packet && t->packet != 0)
        t->acked = s->time_ns;
    if (!is_mark(l))
        return;
    if (t->packet != 0)
        share_out(l, s->time_ns > t->mark ? s->time_ns - t->mark : 0);
    if (t->packet == 0 || s->time_ns > t->mark)
        t->mark = s->time_ns;
    t->acked = 0;
    if (is_again(l->p) && t->packet != 0)
        return;
    t->packet = s->packet;
    t->side = (uint8_t)l->side;
    t->flags = s->flags;
    t->data = s->length > 0;
}

void pace_shares(const struct watched *w, int64_t shares[SHARES])
{
    const struct pace *t = &w->pace;
    for (unsigned i = 0; i < SHARES; i++)
        shares[i] = t->shares[i];
    int64_t tail = w->c.last - t->mark;
    if (tail <= 0)
        return;
    if (w->does[OPENER].closed != 0)
        share_add(shares, OF_CLIENT, tail);
    else if (w->does[ANSWERER].closed != 0)
        share_add(shares, OF_SERVER, tail);
    else
        share_add(shares, tail >= IDLE_MS * ms_ns ? OF_NOBODY : OF_NETWORK, tail);
}
