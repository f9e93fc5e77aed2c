/* TCP connections, a row each: how they began and ended, how long things took, what went wrong. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "flow/seq.h"
#include "report/report.h"

enum { IP_TCP = 6, HISTORY = 30 };
enum { OPENER, ANSWERER };

/* What one end sent. */
struct sent {
    uint64_t packets, payload;
    uint32_t retransmissions, duplicate_acks, out_of_order, zero_windows, lost;
    uint32_t rtt_count; /* of what it sent, until it was acknowledged */
    int64_t rtt_least, rtt_most, rtt_sum;
    uint32_t window_most;
    bool syn, syn_ack, fin, rst;
};

struct connection {
    uint8_t version, first_closer; /* 1 + OPENER or ANSWERER; 0: nobody closed */
    uint16_t port[2];
    uint8_t address[2][16];
    struct sent sent[2];
    int64_t first, last, silence, initial_rtt;
    uint32_t noted; /* bits of history letters that are there already */
    uint8_t history_length;
    char history[HISTORY];
};

struct state {
    struct connection *connections; /* owned; by tcp.stream */
    size_t count, capacity;
};

static bool begin(lamna_report *r, const lamna_report_options *options, lamna_error *err)
{
    (void)r, (void)options, (void)err;
    return true;
}

static void release(lamna_report *r)
{
    struct state *s = r->state;
    free(s->connections);
}

/* ---- Each segment ------------------------------------------------------------------------------ */

/*
 * A letter for what happened for the first time, as in Zeek's conn.log: S a SYN, H a SYN with ACK, A an
 * ACK alone, D data, F a FIN, R a RST, T data again, W a window of zero, G something missing, Q both
 * SYN and FIN or RST. Capitals are the opener's.
 */
static void history_note(struct connection *c, unsigned side, char letter)
{
    static const char letters[] = "SHADFRTWGQ";
    uint32_t bit = 1u << (2 * (strchr(letters, letter) - letters) + (side == ANSWERER ? 1 : 0));
    if (c->noted & bit || c->history_length + 1 >= HISTORY)
        return;
    c->noted |= bit;
    c->history[c->history_length++] = (char)(side == OPENER ? letter : letter + 'a' - 'A');
}

static void history_add(struct connection *c, unsigned side, const struct segment *s, uint16_t found)
{
    uint16_t flags = s->flags;
    if (flags & TCP_SYN && flags & (TCP_FIN | TCP_RST))
        history_note(c, side, 'Q');
    else if (flags & TCP_SYN)
        history_note(c, side, flags & TCP_ACK ? 'H' : 'S');
    if (found & ANALYSIS_LOST_SEGMENT)
        history_note(c, side, 'G');
    if (s->length > 0)
        history_note(c, side, found & ANALYSIS_RETRANSMISSION ? 'T' : 'D');
    else if (flags & TCP_ACK && (flags & (TCP_SYN | TCP_FIN | TCP_RST)) == 0)
        history_note(c, side, 'A');
    if (found & ANALYSIS_ZERO_WINDOW)
        history_note(c, side, 'W');
    if (flags & TCP_FIN)
        history_note(c, side, 'F');
    if (flags & TCP_RST)
        history_note(c, side, 'R');
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
    t->rtt_sum += rtt;
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

static void add(lamna_report *r, const struct packet *p)
{
    struct state *st = r->state;
    const struct segment *s = &p->segment;
    const struct flow_facts *f = &p->facts;
    if (!p->in_flow || s->protocol != IP_TCP || s->quoted ||
        !report_room(r, &st->connections, &st->capacity, f->stream, sizeof *st->connections))
        return;
    if (f->stream >= st->count)
        st->count = (size_t)f->stream + 1;
    struct connection *c = &st->connections[f->stream];
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
    sent_add(&c->sent[side], s, f);
    history_add(c, side, s, f->analysis);
    if (f->acks_packet != 0)
        rtt_add(&c->sent[!side], f->ack_rtt_ns);
    if (f->initial_rtt_ns != 0)
        c->initial_rtt = f->initial_rtt_ns;
    if (c->first_closer == 0 && s->flags & (TCP_FIN | TCP_RST))
        c->first_closer = (uint8_t)(1 + side);
}

/* ---- Rows -------------------------------------------------------------------------------------- */

/* Zeek's conn_state: https://docs.zeek.org/en/master/scripts/base/protocols/conn/main.zeek.html */
static const char *state_of(const struct connection *c)
{
    const struct sent *o = &c->sent[OPENER], *a = &c->sent[ANSWERER];
    if (!o->syn)
        return a->syn_ack ? (a->rst ? "RSTRH" : a->fin ? "SHR" : "OTH") : "OTH";
    if (!a->syn_ack) {
        if (a->rst)
            return "REJ";
        return o->rst ? "RSTOS0" : o->fin ? "SH" : "S0";
    }
    if (o->rst || a->rst)
        return c->first_closer != 0 && o->rst ? (o->fin && a->fin ? "SF" : "RSTO") : "RSTR";
    if (o->fin && a->fin)
        return "SF";
    return o->fin ? "S2" : a->fin ? "S3" : "S1";
}

static void cells_of_sent(lamna_report *r, const struct connection *c, unsigned side)
{
    const struct sent *t = &c->sent[side];
    int64_t time = c->last - c->first;
    cell_uint(r, LAMNA_CELL_COUNT, t->packets);
    cell_uint(r, LAMNA_CELL_BYTES, t->payload);
    if (time > 0)
        cell_number(r, 8e9 * (double)t->payload / (double)time);
    else
        cell_none(r);
    const int64_t rtt[] = {t->rtt_least, t->rtt_count == 0 ? 0 : t->rtt_sum / t->rtt_count, t->rtt_most};
    for (unsigned i = 0; i < 3; i++) {
        if (t->rtt_count > 0)
            cell_time(r, LAMNA_CELL_DURATION, rtt[i]);
        else
            cell_none(r);
    }
    const uint32_t counts[] = {t->retransmissions, t->out_of_order, t->lost, t->duplicate_acks,
                               t->zero_windows};
    for (unsigned i = 0; i < sizeof counts / sizeof counts[0]; i++)
        cell_uint(r, LAMNA_CELL_COUNT, counts[i]);
    cell_uint(r, LAMNA_CELL_BYTES, t->window_most);
}

static void finish(lamna_report *r)
{
    static const char *const closers[] = {"", "client", "server"};
    const struct state *s = r->state;
    for (size_t i = 0; i < s->count; i++) {
        const struct connection *c = &s->connections[i];
        if (c->version == 0)
            continue; /* no packet of it matched */
        cell_uint(r, LAMNA_CELL_COUNT, i);
        for (unsigned side = 0; side < 2; side++) {
            cell_address(r, c->version, c->address[side]);
            cell_uint(r, LAMNA_CELL_COUNT, c->port[side]);
        }
        cell_time(r, LAMNA_CELL_TIME, c->first);
        cell_time(r, LAMNA_CELL_DURATION, c->last - c->first);
        cell_text(r, state_of(c), strlen(state_of(c)));
        cell_text(r, c->history, c->history_length);
        cell_text(r, closers[c->first_closer], strlen(closers[c->first_closer]));
        if (c->initial_rtt != 0)
            cell_time(r, LAMNA_CELL_DURATION, c->initial_rtt);
        else
            cell_none(r);
        cell_time(r, LAMNA_CELL_DURATION, c->silence);
        cells_of_sent(r, c, OPENER);
        cells_of_sent(r, c, ANSWERER);
    }
}

#define SENT_COLUMNS(name, title)                                                                  \
    {name "_packets", title " packets", LAMNA_CELL_COUNT},                                         \
        {name "_bytes", title " bytes", LAMNA_CELL_BYTES},                                         \
        {name "_bits_per_second", title " bit/s", LAMNA_CELL_NUMBER},                              \
        {name "_rtt_min", title " RTT min", LAMNA_CELL_DURATION},                                  \
        {name "_rtt_avg", title " RTT avg", LAMNA_CELL_DURATION},                                  \
        {name "_rtt_max", title " RTT max", LAMNA_CELL_DURATION},                                  \
        {name "_retransmissions", title " retransmitted", LAMNA_CELL_COUNT},                       \
        {name "_out_of_order", title " out of order", LAMNA_CELL_COUNT},                           \
        {name "_lost", title " gaps", LAMNA_CELL_COUNT},                                           \
        {name "_duplicate_acks", title " dup ACKs", LAMNA_CELL_COUNT},                             \
        {name "_zero_windows", title " zero windows", LAMNA_CELL_COUNT}, {                         \
        name "_window_max", title " window max", LAMNA_CELL_BYTES                                  \
    }

static const lamna_report_column columns[] = {
    {"stream", "Stream", LAMNA_CELL_COUNT},
    {"client", "Client", LAMNA_CELL_TEXT},
    {"client_port", "Port", LAMNA_CELL_COUNT},
    {"server", "Server", LAMNA_CELL_TEXT},
    {"server_port", "Port", LAMNA_CELL_COUNT},
    {"start", "Start", LAMNA_CELL_TIME},
    {"duration", "Duration", LAMNA_CELL_DURATION},
    {"state", "State", LAMNA_CELL_TEXT},
    {"history", "History", LAMNA_CELL_TEXT},
    {"closed_by", "Closed by", LAMNA_CELL_TEXT},
    {"handshake_rtt", "Handshake", LAMNA_CELL_DURATION},
    {"longest_silence", "Silence", LAMNA_CELL_DURATION},
    SENT_COLUMNS("client", "C"),
    SENT_COLUMNS("server", "S")};

const struct report_kind report_tcp = {.name = "tcp",
                                       .summary = "TCP connections: times, losses, windows, how they ended",
                                       .columns = columns,
                                       .column_count = sizeof columns / sizeof columns[0],
                                       .flows = true,
                                       .analysis = true,
                                       .state_size = sizeof(struct state),
                                       .begin = begin,
                                       .add = add,
                                       .finish = finish,
                                       .free = release};
