/* TCP connections, a row each: how they began and ended, how long things took, what went wrong. */
#include <stdlib.h>

#include "base/park.h"
#include "report/connection.h"

struct state {
    struct park connections; /* by tcp.stream */
    uint32_t count;          /* the last stream of which a packet matched, plus one */
    uint32_t known;          /* how many there are */
    uint32_t *rows;          /* owned; their streams, unless all up to the last one are there */
    size_t row_capacity;
};

static const struct park_kind parked_connection = {sizeof(struct connection), connection_fold,
                                                   connection_unfold};
_Static_assert(sizeof(struct connection) <= PARK_SIZE_MOST && sizeof(struct connection) % 16 == 0,
               "a connection can be parked");

static bool begin(lamna_report *r, const lamna_report_options *options, lamna_error *err)
{
    struct state *s = r->state;
    (void)options, (void)err;
    s->connections.kind = &parked_connection;
    return true;
}

static void release(lamna_report *r)
{
    struct state *s = r->state;
    park_free(&s->connections);
    free(s->rows);
}

static void fetch(const lamna_report *r, uint32_t stream)
{
    const struct state *s = r->state;
    park_fetch(&s->connections, stream, true);
}

static void add(lamna_report *r, const struct packet *p)
{
    struct state *s = r->state;
    uint32_t stream = p->facts.stream;
    if (!is_tcp(p))
        return;
    struct connection *c = park_at(&s->connections, stream);
    if (c == NULL) {
        r->failed = true;
        return;
    }
    s->known += c->version == 0;
    if (stream >= s->count)
        s->count = stream + 1;
    (void)connection_add(c, p);
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
    struct connection c;
    for (uint32_t i = 0; i < s->count && s->known < s->count; i++) {
        if (park_read(&s->connections, i, &c) &&
            report_room(r, &s->rows, &s->row_capacity, r->rows, sizeof *s->rows))
            s->rows[r->rows++] = i;
    }
    if (s->known == s->count)
        r->rows = s->count;
}

static void row(lamna_report *r, size_t number)
{
    const struct state *s = r->state;
    uint32_t stream = s->rows != NULL ? s->rows[number] : (uint32_t)number;
    struct connection read, *c = &read;
    if (!park_read(&s->connections, stream, c))
        return;
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
    .fetch = fetch,
    .add = add,
    .finish = finish,
    .row = row,
    .free = release};
