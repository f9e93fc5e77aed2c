#include "report/connection.h"

#include <string.h>

#include "base/ns.h"
#include "base/park.h"
#include "flow/seq.h"

enum { IP_TCP = 6 };

bool is_tcp(const struct packet *p)
{
    return p->in_flow && p->segment.protocol == IP_TCP && !p->segment.quoted;
}

/*
 * The history is that of Zeek's conn.log: S a SYN, H a SYN with ACK, A an ACK alone, D data, F a FIN, R a
 * RST, Q both SYN and FIN or RST, T data again, W a window of zero, G something missing. Capitals are the
 * opener's. Each stands there once for each side; but F and R again if their number is another, and T, W and
 * G again the 10th, 100th, ... time.
 * https://docs.zeek.org/en/master/scripts/base/protocols/conn/main.zeek.html
 */
static void history_put(struct connection *c, unsigned side, char letter)
{
    if (c->history_length + 1 < HISTORY)
        c->history[c->history_length++] = (char)(side == OPENER ? letter : letter + 'a' - 'A');
}

static void history_once(struct connection *c, unsigned side, char letter)
{
    static const char letters[] = "SHADQ";
    uint16_t bit =
        (uint16_t)(1u << (2 * (strchr(letters, letter) - letters) + (side == ANSWERER ? 1 : 0)));
    if ((c->noted & bit) == 0)
        history_put(c, side, letter);
    c->noted |= bit;
}

/* `before`: was there one already? */
static void history_numbered(struct connection *c, unsigned side, char letter, uint32_t seq,
                             bool before)
{
    uint32_t *last = &c->sent[side].noted_seq[letter == 'R'];
    if (!before || *last != seq)
        history_put(c, side, letter);
    *last = seq;
}

static void history_counted(struct connection *c, unsigned side, char letter, uint32_t count)
{
    while (count >= 10 && count % 10 == 0)
        count /= 10;
    if (count == 1)
        history_put(c, side, letter);
}

/* Before the segment is counted in c->sent. */
static void history_add(struct connection *c, unsigned side, const struct segment *s,
                        uint16_t found)
{
    const struct sent *t = &c->sent[side];
    uint16_t flags = s->flags;
    if (flags & TCP_SYN && flags & (TCP_FIN | TCP_RST))
        history_once(c, side, 'Q');
    else if (flags & TCP_SYN)
        history_once(c, side, flags & TCP_ACK ? 'H' : 'S');
    if (found & ANALYSIS_LOST_SEGMENT)
        history_counted(c, side, 'G', t->lost + 1);
    if (s->length > 0 && found & ANALYSIS_RETRANSMISSION)
        history_counted(c, side, 'T', t->retransmissions + 1);
    else if (s->length > 0)
        history_once(c, side, 'D');
    else if (flags & TCP_ACK && (flags & (TCP_SYN | TCP_FIN | TCP_RST)) == 0)
        history_once(c, side, 'A');
    if (found & ANALYSIS_ZERO_WINDOW)
        history_counted(c, side, 'W', t->zero_windows + 1);
    if (flags & TCP_FIN && (flags & TCP_SYN) == 0)
        history_numbered(c, side, 'F', s->seq + s->length, t->fin);
    if (flags & TCP_RST && (flags & TCP_SYN) == 0)
        history_numbered(c, side, 'R', s->seq, t->rst);
}

static void sent_add(struct sent *t, const struct segment *s, const struct flow_facts *f)
{
    uint16_t found = f->analysis;
    t->packets++;
    if ((found & (ANALYSIS_RETRANSMISSION | ANALYSIS_KEEP_ALIVE)) == 0)
        t->payload += s->length;
    t->retransmissions += (found & ANALYSIS_RETRANSMISSION) != 0;
    t->duplicate_acks += (found & ANALYSIS_DUPLICATE_ACK) != 0;
    t->out_of_order += (found & ANALYSIS_OUT_OF_ORDER) != 0;
    t->zero_windows += (found & ANALYSIS_ZERO_WINDOW) != 0;
    t->lost += (found & ANALYSIS_LOST_SEGMENT) != 0;
    t->syn |= (s->flags & (TCP_SYN | TCP_ACK)) == TCP_SYN;
    t->syn_ack |= (s->flags & (TCP_SYN | TCP_ACK)) == (TCP_SYN | TCP_ACK);
    t->fin |= (s->flags & TCP_FIN) != 0;
    t->rst |= (s->flags & TCP_RST) != 0;
    uint32_t window = s->window;
    if (f->window_shift > 0 && (s->flags & TCP_SYN) == 0)
        window <<= f->window_shift;
    if (window > t->window_most)
        t->window_most = window;
}

/* An ACK tells how long what the other end sent was on its way, there and back. */
static void rtt_add(struct sent *t, int64_t rtt)
{
    if (t->rtt_count == 0 || rtt < t->rtt_least)
        t->rtt_least = rtt;
    if (t->rtt_count == 0 || rtt > t->rtt_most)
        t->rtt_most = rtt;
    t->rtt_sum = ns_sum(t->rtt_sum, rtt);
    t->rtt_count++;
}

static void connection_begin(struct connection *c, const struct packet *p, unsigned side)
{
    const struct segment *s = &p->segment;
    size_t n = s->ip_version == 6 ? 16 : 4;
    c->version = s->ip_version;
    memcpy(c->address[side], s->src, n);
    memcpy(c->address[!side], s->dst, n);
    c->port[side] = s->src_port;
    c->port[!side] = s->dst_port;
    c->first = c->last = s->time_ns;
    /* The opener is who sent the first packet, unless that was an answer. */
    if (side == ANSWERER)
        c->history[c->history_length++] = '^';
}

enum side connection_add(struct connection *c, const struct packet *p)
{
    const struct segment *s = &p->segment;
    const struct flow_facts *f = &p->facts;
    bool answer = (s->flags & (TCP_SYN | TCP_ACK)) == (TCP_SYN | TCP_ACK);
    unsigned side = f->reverse ? ANSWERER : OPENER;
    if (c->version == 0 && answer && !f->reverse)
        connection_begin(c, p, ANSWERER);
    else if (c->version == 0)
        connection_begin(c, p, side);
    if (c->history[0] == '^')
        side = !side;
    if (s->time_ns - c->last > c->silence)
        c->silence = s->time_ns - c->last;
    if (s->time_ns > c->last)
        c->last = s->time_ns;
    history_add(c, side, s, f->analysis);
    sent_add(&c->sent[side], s, f);
    if (f->acks_packet != 0)
        rtt_add(&c->sent[!side], f->ack_rtt_ns);
    if (f->initial_rtt_ns != 0)
        c->initial_rtt = f->initial_rtt_ns;
    if (c->first_closer == 0 && s->flags & (TCP_FIN | TCP_RST))
        c->first_closer = (uint8_t)(1 + side);
    return (enum side)side;
}

/* Zeek's conn_state: https://docs.zeek.org/en/master/scripts/base/protocols/conn/main.zeek.html */
const char *connection_state(const struct connection *c)
{
    const struct sent *o = &c->sent[OPENER], *a = &c->sent[ANSWERER];
    if (!o->syn)
        return a->syn_ack ? (a->rst ? "RSTRH" : a->fin ? "SHR" : "OTH") : "OTH";
    if (!a->syn_ack) {
        if (a->rst)
            return "REJ";
        return o->rst ? "RSTOS0" : o->fin ? "SH" : "S0";
    }
    if (o->fin && a->fin) /* a RST after that ends what was over */
        return "SF";
    if (o->rst || a->rst)
        return o->rst ? "RSTO" : "RSTR";
    return o->fin ? "S2" : a->fin ? "S3" : "S1";
}

const char *connection_closer(const struct connection *c)
{
    static const char *const closers[] = {"", "client", "server"};
    return closers[c->first_closer];
}

void connection_cells(lamna_report *r, const struct connection *c)
{
    for (unsigned side = 0; side < 2; side++) {
        cell_address(r, c->version, c->address[side]);
        cell_uint(r, LAMNA_CELL_COUNT, c->port[side]);
    }
}

/* ---- Folding: see base/park.h ----------------------------------------------------------------- */

/* Times count from the first, RTTs from the least. */
static void fold_differences(struct connection *c)
{
    c->last = (int64_t)((uint64_t)c->last - (uint64_t)c->first);
    for (unsigned side = 0; side < 2; side++) {
        struct sent *t = &c->sent[side];
        t->rtt_sum = (int64_t)((uint64_t)t->rtt_sum - (uint64_t)t->rtt_least * t->rtt_count);
        t->rtt_most = (int64_t)((uint64_t)t->rtt_most - (uint64_t)t->rtt_least);
    }
}

static void unfold_differences(struct connection *c)
{
    c->last = (int64_t)((uint64_t)c->last + (uint64_t)c->first);
    for (unsigned side = 0; side < 2; side++) {
        struct sent *t = &c->sent[side];
        t->rtt_sum = (int64_t)((uint64_t)t->rtt_sum + (uint64_t)t->rtt_least * t->rtt_count);
        t->rtt_most = (int64_t)((uint64_t)t->rtt_most + (uint64_t)t->rtt_least);
    }
}

enum { DURATIONS = 9 };

static void durations_of(struct connection *c, int64_t *durations[DURATIONS])
{
    unsigned n = 0;
    durations[n++] = &c->last;
    durations[n++] = &c->silence;
    durations[n++] = &c->initial_rtt;
    for (unsigned side = 0; side < 2; side++) {
        durations[n++] = &c->sent[side].rtt_least;
        durations[n++] = &c->sent[side].rtt_most;
        durations[n++] = &c->sent[side].rtt_sum;
    }
}

void connection_fold(void *connection, uint32_t number)
{
    struct connection *c = connection;
    int64_t *durations[DURATIONS];
    (void)number;
    fold_differences(c);
    durations_of(c, durations);
    c->in_us = park_scale_down(durations, DURATIONS);
}

void connection_unfold(void *connection, uint32_t number)
{
    struct connection *c = connection;
    int64_t *durations[DURATIONS];
    (void)number;
    durations_of(c, durations);
    park_scale_up(durations, DURATIONS, c->in_us);
    c->in_us = false;
    unfold_differences(c);
}
