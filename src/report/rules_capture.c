/* The rules about the capture as a whole, and about what several connections tell together. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report/findings.h"

const struct matter_rule matter_rules[MATTERS] = {
    [DNS_FAILED] = {"dns_failed", WARNING, "dns.flags.rcode > 0",
                    N_("{0} DNS {0:answer says|answers say} that there is an error"),
                    N_("look which names fail, and at the resolver")},
    [DNS_SLOW] = {"dns_slow", WARNING, "dns.time >= 0.5",
                  N_("{0} DNS {0:answer|answers} took half a second or more, {1:s} in all"),
                  N_("everything that begins with a name waits for it: look at the resolver")},
    [DNS_AGAIN] = {"dns_repeated", WARNING, "dns.retransmission",
                   N_("{0} DNS {0:question or answer|questions or answers} came again"),
                   N_("the resolver does not answer in time, or packets are lost")},
    [DNS_UNANSWERED] =
        {"dns_unanswered", WARNING, NULL,
         N_("{0} DNS {0:question was|questions were} never answered"),
         N_("look whether the resolver is there, and whether its answers come through")},
    [HTTP_CLIENT_ERROR] =
        {"http_client_errors", NOTE, "http.response.code >= 400 && http.response.code < 500",
         N_("{0} HTTP {0:answer says|answers say} that the request was wrong (4xx)"),
         N_("look at what was asked for")},
    [HTTP_SERVER_ERROR] = {"http_server_errors", BAD, "http.response.code >= 500",
                           N_("{0} HTTP {0:answer says|answers say} that the server failed (5xx)"),
                           N_("look into the server's log")},
    [HTTP_SHORT] = {"http_short_connections", NOTE, "", NULL,
                    N_("keep the connection: HTTP/1.1 does so where neither end says "
                       "\"Connection: close\"")},
    [UNREACHABLE] =
        {"unreachable", WARNING, "icmp.type == 3 || icmpv6.type == 1",
         N_("{0} {0:time|times} a host, a port or a network was said to be unreachable"),
         N_("the quoted packet tells what could not be delivered")},
    [TOO_BIG] = {"mtu", WARNING, "icmp.code == 4 && icmp.type == 3 || icmpv6.type == 2",
                 N_("{0} {0:packet was|packets were} too big for a link on the way"),
                 N_("let path MTU discovery work, or lower the MTU or MSS")},
    [EXPIRED] = {"ttl_expired", NOTE, "icmp.type == 11 || icmpv6.type == 3",
                 N_("{0} {0:packet|packets} ran out of hops"),
                 N_("a traceroute does that; else look for a loop in the routes")},
    [FRAGMENTS] = {"fragments", NOTE, "ip.fragment.count",
                   N_("{0} IP {0:datagram|datagrams} came in fragments"),
                   N_("one lost fragment costs the whole datagram: smaller ones are safer")},
    [FRAGMENTS_MISSING] = {"fragments_missing", WARNING, "ip.flags.mf == 1 || ip.frag_offset > 0",
                           N_("{0} IP {0:datagram|datagrams} came in fragments, and not whole"),
                           N_("something drops fragments: send smaller datagrams")},
    [CHECKSUM] = {"checksum_errors", WARNING, NULL,
                  N_("{0} {0:packet has|packets have} a wrong checksum, which is not for the "
                     "network card to "
                     "fill in: the bytes changed on the way"),
                  N_("look at cables, at memory, and at what rewrites packets on the way")},
    [DATAGRAM_TWICE] = {"datagrams_twice", NOTE, NULL,
                        N_("{0} UDP {0:datagram was|datagrams were} captured twice"),
                        N_("capture on one interface, or at one place, alone")},
    [DROPPED] = {"dropped", WARNING, "frame.number > 0",
                 N_("the capture lost {0} {0:packet|packets} that it should have had"),
                 N_("capture with a larger buffer (--buffer) or a narrower capture filter (-f)")}};

/* Errors are rare. Where many sums are wrong, nobody meant them to be right. */
static const struct matter_rule checksums_unset = {
    "checksums_unset", NOTE, NULL,
    N_("{0} of {2} packets have a wrong checksum: too many to be errors. The network card was to "
       "fill "
       "them in, or the packets were changed after they had been captured"),
    N_("nothing is wrong on the network: to have checksums judged, switch off their offload, or "
       "capture "
       "at another host")};

const struct matter_rule *matter_rule(const struct findings_state *s, enum matter matter)
{
    if (matter == CHECKSUM && (uint64_t)SUMS_WRONG_MANY * s->matters[CHECKSUM].count > s->summed)
        return &checksums_unset;
    return &matter_rules[matter];
}

void matters_settle(struct findings_state *s)
{
    for (unsigned i = 0; i < QUESTIONS; i++) {
        struct question *q = &s->questions[i];
        if (!q->open || s->last - q->time < UNANSWERED_DNS_MS * ms_ns)
            continue;
        evidence_add(&s->matters[DNS_UNANSWERED], q->packet, s->last - q->time, 0);
        q->open = false;
    }
    struct evidence *missing = &s->matters[FRAGMENTS_MISSING];
    *missing = (struct evidence){0};
    if (s->fragments_open > 0)
        evidence_add(missing, s->fragment_packet, 0, 0);
    if (s->fragments_open > 0)
        missing->count = (uint32_t)s->fragments_open;
}

/* ---- Connections of one client to one server ------------------------------------------------------ */

/* No padding: it is a key. */
struct pair {
    uint8_t client[16], server[16];
    uint16_t port;
    uint8_t version, zero;
};
_Static_assert(sizeof(struct pair) == 36, "no padding in a key");

struct visits {
    struct evidence
        brief; /* connections with one exchange, each opened after the one before had ended */
    int64_t last_end;
    int64_t idle_end; /* when the server closed one that was idle, 0: none */
    size_t idle_stream;
};

struct together {
    lamna_report *r;
    struct map keys;
    struct visits *visits; /* owned; by the key's number */
    size_t capacity;
    void (*take)(void *to, const struct finding *f);
    void *to;
};

static struct pair pair_of(const struct connection *c)
{
    struct pair key = {.port = c->port[ANSWERER], .version = c->version};
    size_t n = c->version == 6 ? 16 : 4;
    memcpy(key.client, c->address[OPENER], n);
    memcpy(key.server, c->address[ANSWERER], n);
    return key;
}

/* The client needed the connection that the server had just closed for idleness. */
static void came_back(const struct together *t, const struct watched *w, const struct visits *v)
{
    enum { SOON_MS = 60000 };
    const struct findings_state *s = t->r->state;
    const struct rule *rule = &connection_rules[RULE_CLOSED_EARLY];
    int64_t after = w->c.first - v->idle_end;
    if (v->idle_end == 0 || after > SOON_MS * ms_ns)
        return;
    const struct watched *closed = &s->watched[v->idle_stream];
    struct finding f = {.rule = rule->name,
                        .severity = rule->severity,
                        .stream = (int64_t)v->idle_stream,
                        .proof = {.count = 1, .cost = w->c.initial_rtt},
                        .within = rule->within,
                        .advice = rule->advice};
    f.sentence = N_("the server closed the connection after {0:s} without a word; {1:s} later the "
                    "client needed "
                    "it again, and had to open another");
    f.values[0] = (int64_t)closed->pace.closing_us * 1000;
    f.values[1] = after > 0 ? after : 0; /* the end was still being confirmed */
    t->take(t->to, &f);
}

static void visit(struct together *t, size_t stream)
{
    const struct findings_state *s = t->r->state;
    const struct watched *w = &s->watched[stream];
    struct pair key = pair_of(&w->c);
    uint32_t number = map_number(&t->keys, &key);
    if (number == MAP_NONE ||
        !report_room(t->r, &t->visits, &t->capacity, number, sizeof *t->visits))
        return;
    struct visits *v = &t->visits[number];
    came_back(t, w, v);
    v->idle_end = 0;
    if (w->c.first_closer == 1 + ANSWERER && !w->will_close && w->c.sent[OPENER].payload > 0 &&
        w->c.sent[ANSWERER].payload > 0 && w->pace.closing_us >= CLOSED_EARLY_MS * 1000u) {
        v->idle_end = w->c.last;
        v->idle_stream = stream;
    }
    if (w->requests == 1 && w->responses == 1 && w->c.first_closer != 0 &&
        w->c.first >= v->last_end) {
        evidence_add(&v->brief, w->last_request, w->c.initial_rtt, 0);
        v->last_end = w->c.last;
    }
}

static void say_brief(const struct together *t, const struct pair *key, const struct visits *v)
{
    enum { BRIEF_MANY = 3 };
    const struct matter_rule *rule = &matter_rules[HTTP_SHORT];
    struct finding f = {.rule = rule->name,
                        .severity = rule->severity,
                        .stream = -1,
                        .proof = v->brief,
                        .advice = rule->advice};
    struct buf client = {0}, server = {0};
    if (v->brief.count < BRIEF_MANY)
        return;
    address_add(&client, key->version, key->client);
    address_add(&server, key->version, key->server);
    const char *name = key->version == 6 ? "ipv6.addr" : "ip.addr";
    (void)snprintf(f.filter, sizeof f.filter,
                   "%s == %s && %s == %s && tcp.port == %u && tcp.flags.syn == 1", name,
                   buf_cstr(&client), name, buf_cstr(&server), key->port);
    buf_free(&client);
    buf_free(&server);
    f.sentence = N_(
        "{0} connections, one after the other, carried a single HTTP request each, where one would "
        "have done: {1:s} went by in handshakes");
    f.values[0] = v->brief.count;
    f.values[1] = v->brief.cost;
    t->take(t->to, &f);
}

void ask_together(lamna_report *r, void (*take)(void *to, const struct finding *f), void *to)
{
    const struct findings_state *s = r->state;
    struct together t = {.r = r, .take = take, .to = to};
    map_init(&t.keys, sizeof(struct pair));
    for (size_t i = 0; i < s->count; i++) {
        if (s->watched[i].c.version != 0)
            visit(&t, i);
    }
    for (uint32_t i = 0; i < t.keys.count && !r->failed; i++)
        say_brief(&t, map_key(&t.keys, i), &t.visits[i]);
    map_free(&t.keys);
    free(t.visits);
}
