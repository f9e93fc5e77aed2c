/* The rules of findings: each a question about one connection, a sentence, and what to do. */
#include <stdio.h>
#include <string.h>

#include "report/findings.h"

static const char *side_name(unsigned one_and_side)
{
    return one_and_side == 1 + OPENER ? "client" : "server";
}

static uint64_t packets_of(const struct watched *w)
{
    return w->c.sent[0].packets + w->c.sent[1].packets;
}

/* Takes count, first packet and cost from the evidence. */
static void found(struct finding *f, const struct evidence *e)
{
    f->count = e->count;
    f->first = e->first;
    f->cost = e->cost;
}

#define SAY(f, ...) (void)snprintf((f)->text, sizeof(f)->text, __VA_ARGS__)

static bool port_closed(const struct watched *w, const struct findings_state *s, struct finding *f)
{
    (void)s;
    if (w->events[REFUSED].count == 0)
        return false;
    found(f, &w->events[REFUSED]);
    SAY(f, "nothing listens on port %u: the connection was refused %u time%s", w->c.port[ANSWERER],
        f->count, f->count == 1 ? "" : "s");
    return true;
}

static bool no_answer(const struct watched *w, const struct findings_state *s, struct finding *f)
{
    const struct sent *o = &w->c.sent[OPENER], *a = &w->c.sent[ANSWERER];
    if (!o->syn || a->packets > 0 || s->last - w->c.first < NO_ANSWER_MS * ms_ns)
        return false;
    found(f, &w->events[SYN_AGAIN]);
    f->cost = s->last - w->c.first;
    SAY(f, "the server never answered: the client asked %llu time%s",
        (unsigned long long)o->packets, o->packets == 1 ? "" : "s");
    return true;
}

static bool half_open(const struct watched *w, const struct findings_state *s, struct finding *f)
{
    const struct sent *o = &w->c.sent[OPENER], *a = &w->c.sent[ANSWERER];
    bool confirmed = memchr(w->c.history, 'A', w->c.history_length) != NULL ||
                     memchr(w->c.history, 'D', w->c.history_length) != NULL;
    if (!o->syn || !a->syn_ack || confirmed || o->rst || a->rst || o->fin ||
        s->last - w->c.first < NO_ANSWER_MS * ms_ns)
        return false;
    f->count = (uint32_t)a->packets;
    SAY(f, "half open: the server agreed, and the client never confirmed");
    return true;
}

static bool reset_midway(const struct watched *w, const struct findings_state *s, struct finding *f)
{
    (void)s;
    if (w->events[RESET].count == 0 || !w->c.sent[ANSWERER].syn_ack)
        return false;
    found(f, &w->events[RESET]);
    const struct sent *o = &w->c.sent[OPENER], *a = &w->c.sent[ANSWERER];
    if (o->fin || a->fin)
        f->severity = NOTE;
    SAY(f,
        "the %s broke the connection off with a reset, after %llu bytes from the client and %llu "
        "from "
        "the server",
        side_name(w->resetter), (unsigned long long)o->payload, (unsigned long long)a->payload);
    return true;
}

static bool handshake_again(const struct watched *w, const struct findings_state *s,
                            struct finding *f)
{
    (void)s;
    if (w->events[SYN_AGAIN].count == 0 || w->c.sent[ANSWERER].packets == 0 ||
        w->events[REFUSED].count > 0)
        return false;
    found(f, &w->events[SYN_AGAIN]);
    SAY(f, "the handshake had to be repeated %u time%s", f->count, f->count == 1 ? "" : "s");
    return true;
}

/* Was what is sent again seen the first time? Then it was lost behind the place of the capture. */
static bool lost_segments(const struct watched *w, const struct findings_state *s,
                          struct finding *f)
{
    (void)s;
    const struct evidence *again = &w->events[RETRANSMITTED], *gap = &w->events[GAP];
    if (again->count == 0)
        return false;
    found(f, again);
    if (100 * (uint64_t)again->count >= packets_of(w) && again->count > 1)
        f->severity = WARNING;
    SAY(f,
        "%u segment%s (%.1f %%) had to be sent again, most lately by the %s; lost %s the capture "
        "point",
        f->count, f->count == 1 ? "" : "s", 100.0 * f->count / (double)packets_of(w),
        side_name(w->resender), gap->count > 0 ? "before, or on both sides of," : "behind");
    return true;
}

static bool captured_twice(const struct watched *w, const struct findings_state *s,
                           struct finding *f)
{
    (void)s;
    if (w->events[CAPTURED_TWICE].count == 0)
        return false;
    found(f, &w->events[CAPTURED_TWICE]);
    SAY(f,
        "%u packet%s captured twice, within a millisecond: they are no retransmissions, although "
        "tcp.analysis calls them so",
        f->count, f->count == 1 ? " was" : "s were");
    return true;
}

static bool timeouts(const struct watched *w, const struct findings_state *s, struct finding *f)
{
    (void)s;
    if (w->events[TIMED_OUT].count == 0)
        return false;
    found(f, &w->events[TIMED_OUT]);
    SAY(f, "%u time%s the %s waited for a timeout of %lld ms or more before it sent again",
        f->count, f->count == 1 ? "" : "s", side_name(w->resender), (long long)TIMEOUT_MS);
    return true;
}

static bool duplicate_acks(const struct watched *w, const struct findings_state *s,
                           struct finding *f)
{
    (void)s;
    found(f, &w->events[DUPLICATE_ACK]);
    SAY(f, "%u duplicate acknowledgments: something before was missing for long", f->count);
    return f->count >= DUPLICATE_ACKS_MANY;
}

static bool zero_window(const struct watched *w, const struct findings_state *s, struct finding *f)
{
    (void)s;
    if (w->events[ZERO_WINDOW].count == 0)
        return false;
    found(f, &w->events[ZERO_WINDOW]);
    unsigned closer = w->window_closer;
    if (closer != 0 && w->closed[closer - 1] != 0)
        f->cost += w->c.last - w->closed[closer - 1];
    SAY(f, "the %s's program did not read: its window was closed %u time%s, %.3f s in all",
        side_name(closer), f->count, f->count == 1 ? "" : "s", (double)f->cost / 1e9);
    return true;
}

static bool window_small(const struct watched *w, const struct findings_state *s, struct finding *f)
{
    (void)s;
    found(f, &w->events[WINDOW_FULL]);
    SAY(f, "%u time%s the sender had filled the window and had to wait", f->count,
        f->count == 1 ? "" : "s");
    return f->count > 0;
}

static bool high_rtt(const struct watched *w, const struct findings_state *s, struct finding *f)
{
    (void)s;
    if (w->c.initial_rtt < HIGH_RTT_MS * ms_ns || w->events[SYN_AGAIN].count > 0)
        return false;
    f->cost = w->c.initial_rtt;
    SAY(f, "the way there and back took %.0f ms in the handshake", (double)w->c.initial_rtt / 1e6);
    return true;
}

static bool slow_server(const struct watched *w, const struct findings_state *s, struct finding *f)
{
    (void)s;
    if (w->events[SLOW_ANSWER].count == 0)
        return false;
    found(f, &w->events[SLOW_ANSWER]);
    SAY(f,
        "the server took long to begin %u answer%s: %.3f s in all, beyond the way there and back",
        f->count, f->count == 1 ? "" : "s", (double)f->cost / 1e9);
    return true;
}

static bool unanswered(const struct watched *w, const struct findings_state *s, struct finding *f)
{
    if (w->asked == 0 || s->last - w->asked < SLOW_ANSWER_MS * ms_ns || w->c.first_closer != 0 ||
        w->c.sent[ANSWERER].payload == 0)
        return false;
    f->cost = s->last - w->asked;
    SAY(f, "what the client sent last was still not answered after %.3f s, when the capture ends",
        (double)f->cost / 1e9);
    return true;
}

static bool one_way(const struct watched *w, const struct findings_state *s, struct finding *f)
{
    (void)s;
    const struct sent *o = &w->c.sent[OPENER], *a = &w->c.sent[ANSWERER];
    if (packets_of(w) < LONG_CONVERSATION || (o->packets > 0 && a->packets > 0))
        return false;
    f->count = (uint32_t)packets_of(w);
    SAY(f, "only what one end sent was captured; what is said of times and losses here is weak");
    return true;
}

static bool capture_gaps(const struct watched *w, const struct findings_state *s, struct finding *f)
{
    (void)s;
    if (w->events[UNSEEN].count == 0)
        return false;
    found(f, &w->events[UNSEEN]);
    SAY(f, "%u segment%s acknowledged that the capture does not have: it missed packets", f->count,
        f->count == 1 ? " was" : "s were");
    return true;
}

static bool heartbeat(const struct watched *w, const struct findings_state *s, struct finding *f)
{
    (void)s;
    found(f, &w->events[KEEP_ALIVE]);
    SAY(f, "TCP keep-alives: %u, on a connection that was silent for up to %.1f s", f->count,
        (double)w->c.silence / 1e9);
    return f->count >= KEEP_ALIVES_MANY;
}

const struct rule connection_rules[] = {
    {"port_closed", BAD, port_closed, "tcp.flags.reset == 1",
     "start the server, or look for the port and address that it listens on"},
    {"no_answer", BAD, no_answer, "tcp.flags.syn == 1",
     "look for a firewall that drops packets, a wrong address, or a host that is off"},
    {"half_open", WARNING, half_open, "",
     "look whether the server's answer reaches the client: routing, a firewall; many of them may "
     "be an "
     "attack"},
    {"reset_midway", BAD, reset_midway, "tcp.flags.reset == 1",
     "look into the log of the program that reset: it crashed, closed with data unread, or "
     "something "
     "between the ends broke in"},
    {"handshake_repeated", WARNING, handshake_again, "tcp.flags.syn == 1",
     "packets are lost, or the server's queue of new connections was full"},
    {"timeouts", BAD, timeouts, "tcp.analysis.rto >= 0.2",
     "each one is a pause that a person feels; look for loss on the way"},
    {"zero_window", BAD, zero_window, "tcp.analysis.zero_window || tcp.analysis.window_update",
     "the program that does not read is the one to look at, not the network"},
    {"slow_server", WARNING, slow_server, "tcp.len > 0",
     "the network is not to blame: look at what the server does meanwhile"},
    {"unanswered", WARNING, unanswered, "tcp.len > 0", "look at what the server waits for"},
    {"loss", NOTE, lost_segments, "tcp.analysis.retransmission",
     "a few are normal on a busy path; many need a look at cables, radio and queues"},
    {"duplicate_acks", WARNING, duplicate_acks, "tcp.analysis.duplicate_ack",
     "a lost segment was not repaired quickly"},
    {"window_small", NOTE, window_small, "tcp.analysis.window_full",
     "a larger receive buffer would let the sender go on"},
    {"high_rtt", NOTE, high_rtt, "tcp.flags.syn == 1",
     "fewer round trips, or a server nearer by, help more than bandwidth"},
    {"missing_in_capture", WARNING, capture_gaps, "tcp.analysis.ack_lost_segment",
     "capture with a larger buffer or a narrower capture filter, or at another place"},
    {"captured_twice", NOTE, captured_twice, "tcp.analysis.retransmission",
     "capture on one interface, or at one place, alone"},
    {"one_way_capture", WARNING, one_way, "", "capture where both directions pass"},
    {"keep_alives", NOTE, heartbeat, "tcp.analysis.keep_alive",
     "nothing is wrong; the application had nothing to say"},
    {NULL, NOTE, NULL, NULL, NULL},
};

const struct matter_rule matter_rules[MATTERS] = {
    [DNS_FAILED] = {"dns_failed", WARNING, "dns.flags.rcode > 0",
                    "DNS answers say that there is an error",
                    "look which names fail, and at the resolver"},
    [DNS_SLOW] = {"dns_slow", WARNING, "dns.time >= 0.5", "DNS answers took half a second or more",
                  "everything that begins with a name waits for it"},
    [DNS_AGAIN] = {"dns_repeated", WARNING, "dns.retransmission",
                   "DNS questions or answers came again",
                   "the resolver does not answer in time, or packets are lost"},
    [HTTP_CLIENT_ERROR] = {"http_client_errors", NOTE,
                           "http.response.code >= 400 && http.response.code < 500",
                           "HTTP answers say that the request was wrong (4xx)",
                           "look at what was asked for"},
    [HTTP_SERVER_ERROR] = {"http_server_errors", BAD, "http.response.code >= 500",
                           "HTTP answers say that the server failed (5xx)",
                           "look into the server's log"},
    [UNREACHABLE] = {"unreachable", WARNING, "icmp.type == 3 || icmpv6.type == 1",
                     "times a host, a port or a network was said to be unreachable",
                     "the quoted packet tells what could not be delivered"},
    [TOO_BIG] = {"mtu", WARNING, "icmp.code == 4 && icmp.type == 3 || icmpv6.type == 2",
                 "packets were too big for a link on their way",
                 "let path MTU discovery work, or lower the MTU or MSS"},
    [EXPIRED] = {"ttl_expired", NOTE, "icmp.type == 11 || icmpv6.type == 3",
                 "packets ran out of hops",
                 "a traceroute does that; else look for a loop in the routes"},
    [FRAGMENTS] = {"fragments", NOTE, "ip.fragment.count", "IP datagrams came in fragments",
                   "one lost fragment costs the whole datagram: smaller ones are safer"}};
