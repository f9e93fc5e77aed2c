/* The rules about time: who kept whom waiting, heartbeats, windows, the path. */
#include <inttypes.h>
#include <stdio.h>

#include "report/findings.h"

#include "base/ns.h"

/* ---- Windows ------------------------------------------------------------------------------------ */

bool rule_zero_window(const struct ask *a, struct finding *f)
{
    const struct watched *w = a->w;
    unsigned closer = w->window_closer;
    if (!found(a, ZERO_WINDOW, f))
        return false;
    if (w->does[closer].closed != 0)
        f->proof.cost = ns_sum(f->proof.cost, w->c.last - w->does[closer].closed);
    say(f,
        N_("the {0:side}'s program did not read: its window was closed {1} {1:time|times}, {2:s} "
           "in all"),
        (int64_t[SENTENCE_VALUES]){closer, f->proof.count, f->proof.cost});
    return true;
}

/* Again and again the sender had used the window up, on a path that takes its time. */
bool rule_window_small(const struct ask *a, struct finding *f)
{
    const struct watched *w = a->w;
    int64_t rtt = w->c.initial_rtt;
    if (!found(a, WINDOW_LIMIT, f) || f->proof.cost < WINDOW_LIMIT_MS * ms_ns || rtt < 5 * ms_ns)
        return false;
    unsigned receiver = w->c.sent[OPENER].payload > w->c.sent[ANSWERER].payload;
    int64_t window = w->c.sent[receiver].window_most;
    say(f,
        N_("the {0:side} offers a window of {1} bytes at most; with {2:ms} there and back that "
           "lets "
           "{3:B/s} through. {4} {4:time|times} the {5:side} had used it up, over {6:s}"),
        (int64_t[SENTENCE_VALUES]){receiver, window, rtt, window * 1000 / (rtt / 1000000),
                                   f->proof.count, !receiver, f->proof.cost});
    int64_t full = window - w->does[!receiver].longest;
    (void)snprintf(f->filter, sizeof f->filter,
                   "tcp.stream == %zu && tcp.analysis.bytes_in_flight > %" PRId64, a->stream,
                   full > 0 ? full : 0);
    return true;
}

/* ---- The path ----------------------------------------------------------------------------------- */

bool rule_high_rtt(const struct ask *a, struct finding *f)
{
    int64_t rtt = a->w->c.initial_rtt;
    if (rtt < HIGH_RTT_MS * ms_ns || evidence_of(a->s, a->w, SYN_AGAIN) != NULL)
        return false;
    f->proof.count = 1;
    f->proof.cost = rtt;
    say(f, N_("the way there and back took {0:ms} in the handshake"),
        (int64_t[SENTENCE_VALUES]){rtt});
    return true;
}

bool rule_rtt_varies(const struct ask *a, struct finding *f)
{
    const struct doing *does = a->w->does;
    const struct spread *t = &does[does[0].spread.count < does[1].spread.count].spread;
    if (t->count < SPREAD_MANY || t->most_us - t->least_us < SPREAD_MS * 1000 ||
        t->most_us < 2 * t->least_us)
        return false;
    int64_t average = (int64_t)(t->sum_us / t->count) * 1000;
    f->proof.count = t->count;
    f->proof.cost = ((int64_t)t->most_us - t->least_us) * 1000;
    say(f, N_("the way there and back took between {0:ms} and {1:ms}, {2:ms} on average"),
        (int64_t[SENTENCE_VALUES]){(int64_t)t->least_us * 1000, (int64_t)t->most_us * 1000,
                                   average});
    return true;
}

bool rule_nagle(const struct ask *a, struct finding *f)
{
    if (!found(a, HELD_BACK, f) || f->proof.count < HELD_BACK_MANY)
        return false;
    say(f,
        N_("{0} times one end held a small segment back until the other, which delayed its "
           "acknowledgment, confirmed the one before: {1:s} in all (Nagle's algorithm and delayed "
           "ACKs)"),
        (int64_t[SENTENCE_VALUES]){f->proof.count, f->proof.cost});
    return true;
}

/* ---- Heartbeats --------------------------------------------------------------------------------- */

/* The side that beats: the client, if both do. -1: neither, or it is HTTP, where questions may be regular
 * too. */
static int beating(const struct watched *w)
{
    for (int side = 0; side < 2 && w->requests == 0; side++) {
        if (w->does[side].beat.count >= BEATS_MANY)
            return side;
    }
    return -1;
}

/* How long after the last beat something else should have been heard; up to then all is well. */
static int64_t silence_of(const struct ask *a, int side)
{
    const struct watched *w = a->w;
    bool closed = w->c.sent[0].fin || w->c.sent[1].fin || w->c.sent[0].rst || w->c.sent[1].rst;
    return (closed ? w->c.last : a->s->last) - w->does[side].beat.last;
}

bool rule_heartbeat(const struct ask *a, struct finding *f)
{
    int side = beating(a->w);
    if (side < 0)
        return false;
    const struct beat *b = &a->w->does[side].beat;
    f->proof.count = b->count;
    (void)snprintf(f->filter, sizeof f->filter,
                   "tcp.stream == %zu && tcp.srcport == %u && tcp.len > 0", a->stream,
                   a->w->c.port[side]);
    say(f,
        N_("heartbeats: every {0:s} the {1:side} sends {2} bytes; {3} were seen, and none was "
           "missed"),
        (int64_t[SENTENCE_VALUES]){(int64_t)b->period_us * 1000, side, b->length, b->count});
    return true;
}

/* Keep-alive probes that nobody answered. */
static bool probes_missed(const struct ask *a, struct finding *f)
{
    const struct watched *w = a->w;
    if (w->probes < 2 || !found(a, KEEP_ALIVE, f))
        return false;
    f->within = "tcp.analysis.keep_alive || tcp.flags.reset == 1";
    f->proof.count = w->probes;
    f->proof.cost = w->c.silence;
    say(f,
        w->c.sent[w->prober].rst ? N_("{0} keep-alive probes in a row were not answered; the "
                                      "{1:side} was taken for offline "
                                      "at {2:s}, and the connection was given up")
                                 : N_("{0} keep-alive probes in a row were not answered: the "
                                      "{1:side} seems to be offline "
                                      "since {3:s} (the last probe: {2:s})"),
        (int64_t[SENTENCE_VALUES]){w->probes, !w->prober, w->c.last - a->s->first,
                                   w->pace.mark - a->s->first});
    return true;
}

static void say_beat_missed(const struct ask *a, struct finding *f, int side, int64_t missed)
{
    enum { BEATS_TO_OFFLINE = 3 };
    const struct watched *w = a->w;
    const struct beat *b = &w->does[side].beat;
    int64_t period = (int64_t)b->period_us * 1000;
    bool given_up = w->c.first_closer == 1 + !side;
    int64_t offline = given_up ? w->c.last : b->last + BEATS_TO_OFFLINE * period;
    say(f,
        given_up
            ? N_("the {0:side}'s heartbeats, one every {1:s}, stopped after {2}, the last at "
                 "{3:s}; {4} "
                 "were missed, and the peer took it for offline at {5:s}: it closed the connection")
        : missed >= BEATS_TO_OFFLINE
            ? N_("the {0:side}'s heartbeats, one every {1:s}, stopped after {2}, the last at "
                 "{3:s}; {4} "
                 "were missed: with the third, at {5:s}, it would be taken for offline")
            : N_("the {0:side}'s heartbeats, one every {1:s}, stopped after {2}, the last at "
                 "{3:s}; {4} "
                 "{4:was|were} missed"),
        (int64_t[SENTENCE_VALUES]){side, period, b->count, b->last - a->s->first, missed,
                                   offline - a->s->first});
}

bool rule_beat_missed(const struct ask *a, struct finding *f)
{
    const struct watched *w = a->w;
    int side = beating(w);
    if (side < 0)
        return probes_missed(a, f);
    const struct beat *b = &w->does[side].beat;
    int64_t period = (int64_t)b->period_us * 1000, silence = silence_of(a, side);
    int64_t missed = (silence - period / 4) / period;
    bool left = w->c.first_closer == 1 + side; /* who says good-bye stops beating */
    (void)snprintf(f->filter, sizeof f->filter,
                   "tcp.stream == %zu && tcp.srcport == %u && tcp.len > 0", a->stream,
                   w->c.port[side]);
    if (missed > 0 && !left) {
        f->proof.count = (uint32_t)missed;
        f->proof.cost = silence;
        say_beat_missed(a, f, side, missed);
        return true;
    }
    if (!found(a, BEAT_MISSED, f) || b->missed == 0)
        return false;
    f->severity = WARNING;
    f->proof.count = b->missed;
    say(f,
        N_("of the {0:side}'s heartbeats, one every {1:s}, {2} {2:was|were} missed in between; {3} "
           "came"),
        (int64_t[SENTENCE_VALUES]){side, period, b->missed, b->count});
    return true;
}

bool rule_keep_alives(const struct ask *a, struct finding *f)
{
    if (!found(a, KEEP_ALIVE, f) || f->proof.count < KEEP_ALIVES_MANY)
        return false;
    say(f, N_("TCP keep-alives: {0}, on a connection that was silent for up to {1:s}"),
        (int64_t[SENTENCE_VALUES]){f->proof.count, a->w->c.silence});
    return true;
}

/* ---- Shares ------------------------------------------------------------------------------------- */

/* Per cent of the whole; they add up to 100: what rounding leaves goes to the largest. */
static void shares_percent(const int64_t shares[SHARES], int64_t percent[SHARES])
{
    int64_t all = 0, left = 100;
    unsigned largest = 0;
    for (unsigned i = 0; i < SHARES; i++)
        all += shares[i];
    for (unsigned i = 0; i < SHARES; i++) {
        percent[i] = all == 0 ? 0 : shares[i] * 100 / all;
        left -= percent[i];
        if (shares[i] > shares[largest])
            largest = i;
    }
    percent[largest] += left;
}

static void shares_say(const struct ask *a, struct finding *f, const char *sentence,
                       const int64_t shares[SHARES])
{
    int64_t percent[SHARES];
    shares_percent(shares, percent);
    say(f, sentence,
        (int64_t[SENTENCE_VALUES]){f->proof.count, f->proof.cost, a->w->c.last - a->w->c.first,
                                   percent[OF_SERVER], percent[OF_NETWORK], percent[OF_CLIENT],
                                   percent[OF_NOBODY]});
}

bool rule_slow_server(const struct ask *a, struct finding *f)
{
    int64_t shares[SHARES];
    if (!found(a, SLOW_ANSWER, f))
        return false;
    pace_shares(a->w, shares);
    shares_say(
        a, f,
        N_("the server took long to begin {0} {0:answer|answers}: {1:s} in all, beyond the way "
           "there "
           "and back. Of {2:s}, the server took {3} %, the network {4} %, the client {5} %, and "
           "{6} % nobody"),
        shares);
    return true;
}

/* Is it the largest, and worth a word? Who is idle for nine tenths of the time waits for nobody. */
static bool dominates(const struct ask *a, enum share share, struct finding *f,
                      int64_t shares[SHARES])
{
    pace_shares(a->w, shares);
    int64_t busy = shares[OF_SERVER] + shares[OF_NETWORK] + shares[OF_CLIENT];
    f->proof.cost = shares[share];
    return shares[share] >= SLOW_SHARE_MS * ms_ns && 2 * shares[share] >= busy &&
           10 * shares[share] >= busy + shares[OF_NOBODY];
}

bool rule_slow_client(const struct ask *a, struct finding *f)
{
    int64_t shares[SHARES];
    if (!dominates(a, OF_CLIENT, f, shares))
        return false;
    shares_say(
        a, f,
        N_("most of the time went by at the client, {1:s}. Of {2:s}, the server took {3} %, the "
           "network {4} %, the client {5} %, and {6} % nobody"),
        shares);
    return true;
}

bool rule_slow_network(const struct ask *a, struct finding *f)
{
    int64_t shares[SHARES];
    if (!dominates(a, OF_NETWORK, f, shares))
        return false;
    shares_say(a, f,
               N_("most of the time went by on the way, {1:s}. Of {2:s}, the server took {3} %, "
                  "the network "
                  "{4} %, the client {5} %, and {6} % nobody"),
               shares);
    return true;
}

/* HTTP tells how many answers are due; elsewhere only an end that answered before owes one. */
bool rule_unanswered(const struct ask *a, struct finding *f)
{
    const struct watched *w = a->w;
    const struct pace *t = &w->pace;
    int64_t waited = a->s->last - t->mark;
    bool http = w->requests > w->responses, closed = w->c.first_closer != 0;
    bool asked = t->side == OPENER && t->data && w->c.sent[ANSWERER].payload > 0 &&
                 w->requests == 0 && !closed;
    if ((!http && !asked) || (!closed && waited < SLOW_ANSWER_MS * ms_ns))
        return false;
    if (http)
        evidence_add(&f->proof, w->last_request, waited, 0);
    f->proof.count = http ? (uint32_t)(w->requests - w->responses) : 1;
    f->proof.cost = closed ? w->c.last - w->c.first : waited;
    if (http)
        f->within = "http.request";
    say(f,
        http ? N_("{0} of {1} HTTP {1:request was|requests were} never answered")
             : N_("what the client sent last was still not answered after {2:s}"),
        (int64_t[SENTENCE_VALUES]){f->proof.count, w->requests, waited});
    return true;
}
