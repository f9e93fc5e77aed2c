/* TCP connections, a row each: how they began and ended, how long things took, what went wrong. */
#include <stdlib.h>

#include "report/connection.h"

struct state {
    struct connection *connections; /* owned; by tcp.stream */
    size_t count, capacity;
    uint32_t *rows; /* owned; the streams of which a packet matched */
    size_t row_capacity;
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
    free(s->rows);
}

static void add(lamna_report *r, const struct packet *p)
{
    struct state *s = r->state;
    uint32_t stream = p->facts.stream;
    if (!is_tcp(p) ||
        !report_room(r, &s->connections, &s->capacity, stream, sizeof *s->connections))
        return;
    if (stream >= s->count)
        s->count = (size_t)stream + 1;
    (void)connection_add(&s->connections[stream], p);
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
    const int64_t rtt[] = {t->rtt_least, t->rtt_count == 0 ? 0 : t->rtt_sum / t->rtt_count,
                           t->rtt_most};
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
    struct state *s = r->state;
    for (size_t i = 0; i < s->count; i++) {
        if (s->connections[i].version != 0 &&
            report_room(r, &s->rows, &s->row_capacity, r->rows, sizeof *s->rows))
            s->rows[r->rows++] = (uint32_t)i;
    }
}

static void row(lamna_report *r, size_t number)
{
    const struct state *s = r->state;
    uint32_t stream = s->rows[number];
    const struct connection *c = &s->connections[stream];
    cell_uint(r, LAMNA_CELL_COUNT, stream);
    connection_cells(r, c);
    cell_time(r, LAMNA_CELL_TIME, c->first);
    cell_time(r, LAMNA_CELL_DURATION, c->last - c->first);
    cell_string(r, connection_state(c));
    cell_text(r, c->history, c->history_length);
    cell_string(r, connection_closer(c));
    if (c->initial_rtt != 0)
        cell_time(r, LAMNA_CELL_DURATION, c->initial_rtt);
    else
        cell_none(r);
    cell_time(r, LAMNA_CELL_DURATION, c->silence);
    cells_of_sent(r, c, OPENER);
    cells_of_sent(r, c, ANSWERER);
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
        {name "_zero_windows", title " zero windows", LAMNA_CELL_COUNT},                           \
    {                                                                                              \
        name "_window_max", title " window max", LAMNA_CELL_BYTES                                  \
    }

static const lamna_report_column columns[] = {{"stream", "Stream", LAMNA_CELL_COUNT},
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

const struct report_kind report_tcp = {
    .name = "tcp",
    .summary = "TCP connections: times, losses, windows, how they ended",
    .columns = columns,
    .column_count = sizeof columns / sizeof columns[0],
    .segments = true,
    .flows = true,
    .analysis = true,
    .state_size = sizeof(struct state),
    .begin = begin,
    .add = add,
    .finish = finish,
    .row = row,
    .free = release};
