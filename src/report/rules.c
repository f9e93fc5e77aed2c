/* The rules of findings: each a question about one connection, a sentence, and what to do. Here are those
 * about how connections begin and end, and about what is lost; those about time are in rules_time.c. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "report/findings.h"

#include "base/ns.h"

bool found(const struct ask *a, enum event event, struct finding *f)
{
    const struct evidence *e = evidence_of(a->s, a->w, event);
    if (e != NULL)
        f->proof = *e;
    return e != NULL;
}

void say(struct finding *f, const char *sentence, const int64_t values[SENTENCE_VALUES])
{
    f->sentence = sentence;
    memcpy(f->values, values, sizeof f->values);
}

static int64_t packets_of(const struct watched *w)
{
    return (int64_t)(w->c.sent[0].packets + w->c.sent[1].packets);
}

static bool in_history(const struct watched *w, const char *letters)
{
    for (unsigned i = 0; i < w->c.history_length; i++) {
        if (strchr(letters, w->c.history[i]) != NULL)
            return true;
    }
    return false;
}

/* ---- How it begins ------------------------------------------------------------------------------ */

static bool port_closed(const struct ask *a, struct finding *f)
{
    if (!found(a, REFUSED, f))
        return false;
    say(f, N_("nothing listens on port {0}: the connection was refused {1} {1:time|times}"),
        (int64_t[SENTENCE_VALUES]){a->w->c.port[ANSWERER], f->proof.count});
    return true;
}

/* Only SYNs, and nothing ever came back. An end of which more was seen had answers, elsewhere. */
static bool no_answer(const struct ask *a, struct finding *f)
{
    const struct watched *w = a->w;
    if (!w->c.sent[OPENER].syn || w->c.sent[ANSWERER].packets > 0 || in_history(w, "ADF") ||
        a->s->last - w->c.first < NO_ANSWER_MS * ms_ns)
        return false;
    (void)found(a, SYN_AGAIN, f);
    f->proof.count = (uint32_t)w->c.sent[OPENER].packets;
    f->proof.cost = a->s->last - w->c.first;
    say(f,
        N_("the server never answered: the client asked {0} {0:time|times}, and {1:s} have passed"),
        (int64_t[SENTENCE_VALUES]){f->proof.count, f->proof.cost});
    return true;
}

static bool half_open(const struct ask *a, struct finding *f)
{
    const struct watched *w = a->w;
    const struct sent *o = &w->c.sent[OPENER], *s = &w->c.sent[ANSWERER];
    if (w->reset_unknown && found(a, RESET, f)) {
        f->severity = BAD;
        say(f,
            N_("half open: the {0:side} answered with a reset that shows that it knew nothing of "
               "the "
               "connection any more, while the {1:side} took it to be open"),
            (int64_t[SENTENCE_VALUES]){w->resetter, !w->resetter});
        return true;
    }
    if (!o->syn || !s->syn_ack || in_history(w, "ADFR") || s->rst ||
        a->s->last - w->c.first < NO_ANSWER_MS * ms_ns)
        return false;
    f->proof.count = (uint32_t)s->packets;
    f->proof.cost = a->s->last - w->c.first;
    say(f, N_("half open: the server agreed, and the client never confirmed"),
        (int64_t[SENTENCE_VALUES]){0});
    return true;
}

static bool handshake_again(const struct ask *a, struct finding *f)
{
    if (a->w->c.sent[ANSWERER].packets == 0 || evidence_of(a->s, a->w, REFUSED) != NULL ||
        !found(a, SYN_AGAIN, f))
        return false;
    say(f, N_("the handshake had to be repeated {0} {0:time|times}, which took {1:s}"),
        (int64_t[SENTENCE_VALUES]){f->proof.count, f->proof.cost});
    return true;
}

/* ---- How it ends -------------------------------------------------------------------------------- */

/* Segments of some length never get through, and shorter ones did. */
static bool black_hole(const struct ask *a, struct finding *f)
{
    enum { LARGE = 1000 };
    const struct watched *w = a->w;
    uint16_t passed = w->does[w->stuck_side].longest_acked;
    if (w->stuck_count < STUCK_MANY || w->stuck_length < LARGE || passed == 0 ||
        w->stuck_length <= passed || !found(a, STUCK, f))
        return false;
    f->proof.count = w->stuck_count;
    f->proof.cost = w->c.last - w->stuck_since;
    (void)snprintf(f->filter, sizeof f->filter, "tcp.stream == %zu && tcp.len > %u", a->stream,
                   passed);
    say(f,
        N_("segments of the {0:side} with {1} bytes never arrived, sent {2} times, while ones of "
           "up to "
           "{3} bytes did: perhaps a link on the way takes only smaller packets, and nobody says "
           "so"),
        (int64_t[SENTENCE_VALUES]){w->stuck_side, w->stuck_length, w->stuck_count + 1, passed});
    return true;
}

static bool peer_silent(const struct ask *a, struct finding *f)
{
    const struct watched *w = a->w;
    if (w->stuck_count < STUCK_MANY || w->stuck_heard || !found(a, STUCK, f))
        return false;
    f->proof.count = w->stuck_count;
    f->proof.cost = w->c.last - w->stuck_since;
    say(f,
        N_("the {0:side} fell silent: the {1:side} sent the same {2} times within {3:s}, and heard "
           "nothing"),
        (int64_t[SENTENCE_VALUES]){!w->stuck_side, w->stuck_side, w->stuck_count + 1,
                                   f->proof.cost});
    return true;
}

static bool reset_midway(const struct ask *a, struct finding *f)
{
    const struct watched *w = a->w;
    const struct sent *o = &w->c.sent[OPENER], *s = &w->c.sent[ANSWERER];
    if (!s->syn_ack || !found(a, RESET, f))
        return false;
    if (o->fin || s->fin)
        f->severity = NOTE;
    say(f,
        N_("the {0:side} broke the connection off with a reset, after {1} bytes from the client "
           "and {2} "
           "from the server"),
        (int64_t[SENTENCE_VALUES]){w->resetter, (int64_t)o->payload, (int64_t)s->payload});
    return true;
}

/* ---- What is lost ------------------------------------------------------------------------------- */

static bool timeouts(const struct ask *a, struct finding *f)
{
    if (!found(a, TIMED_OUT, f))
        return false;
    say(f,
        N_("{0} {0:time|times} the {1:side} waited for a timeout before it sent again: {2:s} in "
           "all"),
        (int64_t[SENTENCE_VALUES]){f->proof.count, a->w->resender, f->proof.cost});
    return true;
}

static bool loss(const struct ask *a, struct finding *f)
{
    const struct evidence *before = evidence_of(a->s, a->w, LOST_BEFORE),
                          *behind = evidence_of(a->s, a->w, LOST_BEHIND);
    if (before == NULL && behind == NULL)
        return false;
    f->proof = before != NULL ? *before : *behind;
    int64_t counts[2] = {before == NULL ? 0 : before->count, behind == NULL ? 0 : behind->count};
    if (before != NULL && behind != NULL) {
        f->proof.count += behind->count;
        f->proof.cost = ns_sum(f->proof.cost, behind->cost);
        f->proof.bytes += behind->bytes;
    }
    int64_t all = counts[0] + counts[1];
    if (100 * all >= packets_of(a->w) && all > 1)
        f->severity = WARNING;
    say(f,
        N_("{0} {0:segment|segments} of {1} had to be sent again, most lately by the {2:side}: {3} "
           "lost "
           "before the capture point, {4} behind it"),
        (int64_t[SENTENCE_VALUES]){all, packets_of(a->w), a->w->resender, counts[0], counts[1]});
    return true;
}

static bool duplicate_acks(const struct ask *a, struct finding *f)
{
    if (!found(a, DUPLICATE_ACK, f) || f->proof.count < DUPLICATE_ACKS_MANY)
        return false;
    say(f, N_("{0} duplicate acknowledgments: something before was missing for long"),
        (int64_t[SENTENCE_VALUES]){f->proof.count});
    return true;
}

static bool reordered(const struct ask *a, struct finding *f)
{
    if (!found(a, OUT_OF_ORDER, f))
        return false;
    say(f, N_("{0} {0:segment was|segments were} overtaken on the way by what was sent later"),
        (int64_t[SENTENCE_VALUES]){f->proof.count});
    return true;
}

/* ---- What the capture lacks --------------------------------------------------------------------- */

static bool one_way(const struct ask *a, struct finding *f)
{
    const struct watched *w = a->w;
    const struct sent *o = &w->c.sent[OPENER], *s = &w->c.sent[ANSWERER];
    if ((o->packets > 0 && s->packets > 0) || packets_of(w) < LONG_CONVERSATION ||
        !in_history(w, "ADFadf"))
        return false;
    f->proof.count = (uint32_t)packets_of(w);
    say(f, N_("of this connection only what the {0:side} sent was captured, {1} packets"),
        (int64_t[SENTENCE_VALUES]){o->packets == 0, f->proof.count});
    return true;
}

static bool missing_in_capture(const struct ask *a, struct finding *f)
{
    if (!found(a, UNSEEN, f))
        return false;
    say(f,
        N_("{0} {0:time|times} something was acknowledged that the capture does not have: it "
           "missed packets"),
        (int64_t[SENTENCE_VALUES]){f->proof.count});
    return true;
}

static bool captured_twice(const struct ask *a, struct finding *f)
{
    if (!found(a, CAPTURED_TWICE, f))
        return false;
    say(f,
        N_("{0} {0:packet was|packets were} captured twice: no retransmissions, although "
           "tcp.analysis may "
           "call them so"),
        (int64_t[SENTENCE_VALUES]){f->proof.count});
    return true;
}

/* ---- After all ---------------------------------------------------------------------------------- */

/* What a promise of HTTP has to say of it; that the client came back is told in rules_capture.c. */
static bool closed_early(const struct ask *a, struct finding *f)
{
    const struct watched *w = a->w;
    int64_t idle = (int64_t)w->pace.closing_us * 1000;
    if (w->c.first_closer != 1 + ANSWERER || w->will_close || w->promised_s == 0 ||
        idle < CLOSED_EARLY_MS * ms_ns || idle + 1000 * ms_ns >= w->promised_s * 1000 * ms_ns)
        return false;
    f->proof.count = 1;
    f->proof.cost = w->c.initial_rtt;
    say(f,
        N_("the server promised to keep the connection for {0} s, and closed it after {1:s} "
           "without a word"),
        (int64_t[SENTENCE_VALUES]){w->promised_s, idle});
    return true;
}

#define UNLESS(id) ((uint64_t)1 << (id))

const struct rule connection_rules[CONNECTION_RULES] = {
    [RULE_ONE_WAY] = {"one_way_capture", WARNING, one_way, .firm = true, .within = "",
                      .advice =
                          N_("capture where both directions pass; what is said here of times and "
                             "losses is weak")},
    [RULE_MISSING] = {"missing_in_capture", WARNING, missing_in_capture, .firm = true,
                      .within = "tcp.analysis.ack_lost_segment",
                      .advice =
                          N_("capture with a larger buffer or a narrower capture filter, or at "
                             "another place")},
    [RULE_TWICE] = {"captured_twice", NOTE, captured_twice, .firm = true,
                    .within = "tcp.analysis.retransmission || tcp.analysis.duplicate_ack",
                    .advice = N_("capture on one interface, or at one place, alone")},
    [RULE_PORT_CLOSED] = {"port_closed", BAD, port_closed, .firm = true,
                          .within = "tcp.flags.reset == 1",
                          .advice = N_("start the server, or look for the port and address that it "
                                       "listens on")},
    [RULE_NO_ANSWER] = {"no_answer", BAD, no_answer, .within = "tcp.flags.syn == 1",
                        .advice =
                            N_("look for a firewall that drops packets, a wrong address, or a host "
                               "that is off")},
    [RULE_HALF_OPEN] = {"half_open", WARNING, half_open, .within = "",
                        .advice =
                            N_("look for a host that was restarted, or for answers that do not "
                               "reach the client: routing, a firewall; many of them may be an "
                               "attack")},
    [RULE_HANDSHAKE_AGAIN] = {"handshake_repeated", WARNING, handshake_again,
                              .unless = UNLESS(RULE_HALF_OPEN), .within = "tcp.flags.syn == 1",
                              .advice =
                                  N_("packets are lost, or the server's queue of new connections "
                                     "was full")},
    [RULE_BEAT_MISSED] = {"heartbeat_missed", BAD, rule_beat_missed, .within = "tcp.len > 0",
                          .advice =
                              N_("look whether that program hangs or is gone, or its host or the "
                                 "path is; what it held may have to be taken over")},
    [RULE_BLACK_HOLE] = {"mtu_black_hole", BAD, black_hole, .within = "",
                         .advice =
                             N_("let ICMP's \"fragmentation needed\" pass, or lower the MTU or the "
                                "MSS")},
    [RULE_PEER_SILENT] = {"peer_silent", BAD, peer_silent,
                          .unless = UNLESS(RULE_BLACK_HOLE) | UNLESS(RULE_BEAT_MISSED),
                          .within = "tcp.analysis.retransmission",
                          .advice =
                              N_("the host or the path to it is gone: look at both; heartbeats "
                                 "would tell sooner")},
    [RULE_RESET] = {"reset_midway", BAD, reset_midway,
                    .unless = UNLESS(RULE_HALF_OPEN) | UNLESS(RULE_BEAT_MISSED), .firm = true,
                    .within = "tcp.flags.reset == 1",
                    .advice =
                        N_("look into the log of the program that reset: it crashed, closed with "
                           "data unread, or something between the ends broke in")},
    [RULE_ZERO_WINDOW] = {"zero_window", BAD, rule_zero_window, .firm = true,
                          .within = "tcp.analysis.zero_window || tcp.analysis.window_update",
                          .advice =
                              N_("the program that does not read is the one to look at, not the "
                                 "network")},
    [RULE_TIMEOUTS] = {"timeouts", BAD, timeouts,
                       .unless = UNLESS(RULE_BLACK_HOLE) | UNLESS(RULE_PEER_SILENT) |
                                 UNLESS(RULE_BEAT_MISSED),
                       .within = "tcp.analysis.rto >= 0.2",
                       .advice =
                           N_("each one is a pause that a person feels; look for loss on the way")},
    [RULE_LOSS] = {"loss", NOTE, loss, .unless = UNLESS(RULE_BLACK_HOLE) | UNLESS(RULE_PEER_SILENT),
                   .within = "tcp.analysis.retransmission",
                   .advice =
                       N_("a few are normal on a busy path; many need a look at cables, radio and "
                          "queues")},
    [RULE_DUPLICATE_ACKS] = {"duplicate_acks", WARNING, duplicate_acks,
                             .within = "tcp.analysis.duplicate_ack",
                             .advice = N_("a lost segment was not repaired quickly")},
    [RULE_REORDERED] = {"reordered", NOTE, reordered, .within = "tcp.analysis.out_of_order",
                        .advice = N_(
                            "several paths or queues are in use; where it is much, it looks like "
                            "loss to the sender and slows it down")},
    [RULE_WINDOW_SMALL] = {"window_small", WARNING, rule_window_small,
                           .unless = UNLESS(RULE_ZERO_WINDOW), .within = "",
                           .advice = N_("a larger receive buffer would let the sender go on")},
    [RULE_HIGH_RTT] = {"high_rtt", NOTE, rule_high_rtt, .within = "tcp.flags.syn == 1",
                       .advice = N_(
                           "fewer round trips, or a server nearer by, help more than bandwidth")},
    [RULE_RTT_VARIES] = {"rtt_varies", NOTE, rule_rtt_varies, .within = "tcp.analysis.ack_rtt",
                         .advice =
                             N_("a queue on the way fills and empties: look at the slowest link, "
                                "and at who else uses it")},
    [RULE_NAGLE] = {"nagle_delayed_ack", WARNING, rule_nagle,
                    .within = "tcp.analysis.ack_rtt >= 0.03",
                    .advice =
                        N_("write each message at once, or set TCP_NODELAY in the program that "
                           "sends")},
    [RULE_HEARTBEAT] = {"heartbeat", NOTE, rule_heartbeat, .unless = UNLESS(RULE_BEAT_MISSED),
                        .within = "tcp.len > 0",
                        .advice = N_("nothing is wrong: this is how the ends know of each other")},
    [RULE_KEEP_ALIVES] = {"keep_alives", NOTE, rule_keep_alives, .unless = UNLESS(RULE_BEAT_MISSED),
                          .within = "tcp.analysis.keep_alive || tcp.analysis.keep_alive_ack",
                          .advice = N_("nothing is wrong: the application had nothing to say")},
    [RULE_SLOW_SERVER] = {"slow_server", WARNING, rule_slow_server,
                          .unless = UNLESS(RULE_HEARTBEAT) | UNLESS(RULE_BEAT_MISSED),
                          .within = "tcp.len > 0",
                          .advice = N_("the network is not to blame: look at what the server does "
                                       "meanwhile")},
    [RULE_UNANSWERED] = {"unanswered", WARNING, rule_unanswered,
                         .unless = UNLESS(RULE_BEAT_MISSED) | UNLESS(RULE_PEER_SILENT) |
                                   UNLESS(RULE_BLACK_HOLE) | UNLESS(RULE_HEARTBEAT) |
                                   UNLESS(RULE_ZERO_WINDOW),
                         .within = "tcp.len > 0",
                         .advice = N_("look at what the server waits for")},
    [RULE_SLOW_CLIENT] = {"slow_client", NOTE, rule_slow_client,
                          .unless = UNLESS(RULE_HEARTBEAT) | UNLESS(RULE_BEAT_MISSED) |
                                    UNLESS(RULE_ZERO_WINDOW),
                          .at_end = true, .within = "tcp.len > 0",
                          .advice =
                              N_("neither the network nor the server is to blame: look at what the "
                                 "client does between its questions")},
    [RULE_SLOW_NETWORK] = {"slow_network", NOTE, rule_slow_network,
                           .unless = UNLESS(RULE_HIGH_RTT) | UNLESS(RULE_RTT_VARIES) |
                                     UNLESS(RULE_TIMEOUTS) | UNLESS(RULE_LOSS) |
                                     UNLESS(RULE_WINDOW_SMALL) | UNLESS(RULE_NAGLE) |
                                     UNLESS(RULE_PEER_SILENT) | UNLESS(RULE_BLACK_HOLE) |
                                     UNLESS(RULE_HANDSHAKE_AGAIN) | UNLESS(RULE_NO_ANSWER),
                           .at_end = true, .within = "tcp.len > 0",
                           .advice =
                               N_("many round trips on a long way: ask for more at once, or from "
                                  "nearer by")},
    [RULE_CLOSED_EARLY] = {"closed_early", NOTE, closed_early, .within = "tcp.flags.fin == 1",
                           .advice =
                               N_("let the server keep idle connections for longer, or say what it "
                                  "really does")},
};
