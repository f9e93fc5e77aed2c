/*
 * The story of each TCP connection, a row for each step: what a segment says, what it moves both
 * ends to (RFC 9293, section 3.3.2), and what is unusual about it. Long runs of data and
 * acknowledgments in one direction become one row, so that a download of a gigabyte is still a
 * story.
 */
#include <stdlib.h>
#include <string.h>

#include "flow/seq.h"
#include "report/connection.h"

enum { RUN_SHOWN = 3, PREVIEW = 48, ROWS_MAX = 1 << 20 };
static const int64_t pause_ns = 1000000000;

enum tcp_state {
    UNKNOWN,
    CLOSED,
    LISTEN,
    SYN_SENT,
    SYN_RCVD,
    ESTABLISHED,
    FIN_WAIT_1,
    FIN_WAIT_2,
    CLOSE_WAIT,
    CLOSING,
    LAST_ACK,
    TIME_WAIT
};

static const char *const state_names[] = {"?",          "CLOSED",      "LISTEN",     "SYN_SENT",
                                          "SYN_RCVD",   "ESTABLISHED", "FIN_WAIT_1", "FIN_WAIT_2",
                                          "CLOSE_WAIT", "CLOSING",     "LAST_ACK",   "TIME_WAIT"};

enum step {
    SYN,
    SYN_ACK,
    HANDSHAKE_ACK,
    DATA,
    DATA_ACK,
    FIRST_FIN,
    FIRST_FIN_ACK,
    SECOND_FIN,
    SECOND_FIN_ACK,
    RESET,
    REFUSED,
    OTHER
};

static const char *const step_names[] = {
    "syn",           "syn_ack",    "handshake_ack",  "data",  "data_ack", "first_fin",
    "first_fin_ack", "second_fin", "second_fin_ack", "reset", "refused",  "other"};

/* What is unusual, by what weighs most. */
static const struct {
    uint16_t analysis;
    const char *name;
} notes[] = {{ANALYSIS_FAST_RETRANSMISSION, "fast_retransmission"},
             {ANALYSIS_SPURIOUS_RETRANSMISSION, "spurious_retransmission"},
             {ANALYSIS_RETRANSMISSION, "retransmission"},
             {ANALYSIS_OUT_OF_ORDER, "out_of_order"},
             {ANALYSIS_LOST_SEGMENT, "lost_segment"},
             {ANALYSIS_ACK_LOST_SEGMENT, "ack_lost_segment"},
             {ANALYSIS_ZERO_WINDOW_PROBE, "zero_window_probe"},
             {ANALYSIS_ZERO_WINDOW_PROBE_ACK, "zero_window_probe_ack"},
             {ANALYSIS_ZERO_WINDOW, "zero_window"},
             {ANALYSIS_WINDOW_FULL, "window_full"},
             {ANALYSIS_WINDOW_UPDATE, "window_update"},
             {ANALYSIS_KEEP_ALIVE_ACK, "keep_alive_ack"},
             {ANALYSIS_KEEP_ALIVE, "keep_alive"},
             {ANALYSIS_DUPLICATE_ACK, "duplicate_ack"}};

/* One row to be. */
struct row {
    uint32_t stream;
    uint64_t packet;
    int64_t time;
    uint8_t side, step, note; /* note: 1 + index in notes; 0: nothing is unusual */
    uint16_t flags;
    uint32_t seq, ack, length, window;
    uint8_t before[2], after[2];
    uint64_t acks_packet;
    uint64_t folded, folded_bytes; /* segments that this row stands for, besides its own */
    uint8_t preview_length;
    uint8_t preview[PREVIEW];
};

struct told {
    struct connection c;
    uint8_t state[2];
    bool begun, unacknowledged[2];
    bool fin_sent[2];
    uint32_t fin_end[2]; /* the acknowledgment that confirms this end's FIN */
    uint32_t run;        /* segments of data and ACKs since the last thing that was worth telling */
    uint8_t run_side;    /* who sends the data of the run */
    size_t last_row;     /* 1 + index of this connection's latest row; 0: none */
};

struct state {
    struct told *told; /* owned; by tcp.stream */
    size_t count, capacity;
    struct row *rows; /* owned; in packet order */
    size_t row_count, row_capacity;
    bool cut; /* there were more than ROWS_MAX */
};

static const char *const fields[] = {"tcp.payload", NULL};

static bool begin(lamna_report *r, const lamna_report_options *options, lamna_error *err)
{
    (void)r, (void)options, (void)err;
    return true;
}

static void release(lamna_report *r)
{
    struct state *s = r->state;
    free(s->told);
    free(s->rows);
}

/* ---- The states ------------------------------------------------------------------------------ */

static enum step move_syn(struct told *t, const struct segment *s)
{
    if ((s->flags & TCP_ACK) == 0) {
        t->state[OPENER] = SYN_SENT;
        t->state[ANSWERER] = SYN_RCVD;
        return SYN;
    }
    t->state[OPENER] = ESTABLISHED;
    t->state[ANSWERER] = SYN_RCVD;
    return SYN_ACK;
}

static enum step move_fin(struct told *t, const struct segment *s, unsigned from)
{
    unsigned to = !from;
    bool second = t->fin_sent[to];
    if (!t->fin_sent[from]) {
        t->state[from] = t->state[from] == CLOSE_WAIT ? LAST_ACK : FIN_WAIT_1;
        if (t->state[to] == FIN_WAIT_1)
            t->state[to] = CLOSING;
        else if (t->state[to] == FIN_WAIT_2)
            t->state[to] = TIME_WAIT;
        else
            t->state[to] = CLOSE_WAIT;
    }
    t->fin_sent[from] = true;
    t->fin_end[from] = s->seq + s->length + 1;
    return second ? SECOND_FIN : FIRST_FIN;
}

/* An acknowledgment that covers the FIN of `to`. */
static void move_fin_ack(struct told *t, unsigned to)
{
    if (t->state[to] == FIN_WAIT_1)
        t->state[to] = FIN_WAIT_2;
    else if (t->state[to] == CLOSING)
        t->state[to] = TIME_WAIT;
    else if (t->state[to] == LAST_ACK)
        t->state[to] = CLOSED;
}

static enum step move_ack(struct told *t, const struct segment *s, unsigned from)
{
    unsigned to = !from;
    if (t->fin_sent[to] && s->ack == t->fin_end[to] && t->state[to] != FIN_WAIT_2 &&
        t->state[to] != CLOSED) {
        enum step step = t->fin_sent[from] ? SECOND_FIN_ACK : FIRST_FIN_ACK;
        move_fin_ack(t, to);
        return step;
    }
    if (from == OPENER && t->state[ANSWERER] == SYN_RCVD) {
        t->state[ANSWERER] = ESTABLISHED;
        return HANDSHAKE_ACK;
    }
    if (t->unacknowledged[to]) {
        t->unacknowledged[to] = false;
        return DATA_ACK;
    }
    return OTHER;
}

static enum step move(struct told *t, const struct segment *s, unsigned from)
{
    if (!t->begun) { /* without a SYN the connection was there before the capture */
        bool opens = (s->flags & TCP_SYN) != 0;
        t->state[OPENER] = opens ? CLOSED : ESTABLISHED;
        t->state[ANSWERER] = opens ? LISTEN : ESTABLISHED;
        t->begun = true;
    }
    if (s->flags & TCP_RST) {
        bool refused = t->state[OPENER] == SYN_SENT && from == ANSWERER;
        t->state[OPENER] = CLOSED;
        t->state[ANSWERER] = refused ? LISTEN : CLOSED;
        return refused ? REFUSED : RESET;
    }
    if (s->flags & TCP_SYN)
        return move_syn(t, s);
    enum step step = s->flags & TCP_ACK ? move_ack(t, s, from) : OTHER;
    if (s->length > 0) {
        t->unacknowledged[from] = true;
        step = DATA;
    }
    return s->flags & TCP_FIN ? move_fin(t, s, from) : step;
}

/* ---- Rows ------------------------------------------------------------------------------------ */

static uint8_t note_of(uint16_t analysis)
{
    for (size_t i = 0; i < sizeof notes / sizeof notes[0]; i++) {
        if (analysis & notes[i].analysis)
            return (uint8_t)(i + 1);
    }
    return 0;
}

/* May the row be folded into the one before? Only the middle of a run of plain data in one
 * direction. */
static bool folds(struct state *s, struct told *t, const struct row *row)
{
    bool plain =
        row->note == 0 && (row->step == DATA || row->step == DATA_ACK || row->step == OTHER);
    bool turned = row->length > 0 && row->side != t->run_side;
    const struct row *last = t->last_row == 0 ? NULL : &s->rows[t->last_row - 1];
    if (!plain || turned || last == NULL || row->time - last->time > pause_ns) {
        t->run = 0;
        if (row->length > 0)
            t->run_side = row->side;
        return false;
    }
    return ++t->run >= 2 * RUN_SHOWN;
}

static void row_keep(lamna_report *r, struct told *t, const struct row *row)
{
    struct state *s = r->state;
    if (folds(s, t, row)) {
        struct row *last = &s->rows[t->last_row - 1];
        last->folded++;
        last->folded_bytes += row->length;
        last->time = row->time;
        return;
    }
    s->cut |= s->row_count >= ROWS_MAX;
    if (s->cut || !report_room(r, &s->rows, &s->row_capacity, s->row_count, sizeof *s->rows))
        return;
    s->rows[s->row_count++] = *row;
    t->last_row = s->row_count;
}

static void add(lamna_report *r, const struct packet *p)
{
    struct state *s = r->state;
    const struct flow_facts *f = &p->facts;
    const struct segment *seg = &p->segment;
    if (!is_tcp(p) || !report_room(r, &s->told, &s->capacity, f->stream, sizeof *s->told))
        return;
    if (f->stream >= s->count)
        s->count = (size_t)f->stream + 1;
    struct told *t = &s->told[f->stream];
    enum side side = connection_add(&t->c, p);
    struct row row = {.stream = f->stream,
                      .packet = seg->packet,
                      .time = seg->time_ns,
                      .side = (uint8_t)side,
                      .note = note_of(f->analysis),
                      .flags = seg->flags,
                      .seq = seg->seq - f->base_seq,
                      .ack = seg->ack - f->base_ack,
                      .length = seg->length,
                      .window = seg->window,
                      .acks_packet = f->acks_packet,
                      .before = {t->state[0], t->state[1]}};
    if (f->window_shift > 0 && (seg->flags & TCP_SYN) == 0)
        row.window <<= f->window_shift;
    if (!t->begun)
        row.before[ANSWERER] = seg->flags & TCP_SYN ? LISTEN : UNKNOWN;
    if (!t->begun && seg->flags & TCP_SYN)
        row.before[OPENER] = CLOSED;
    row.step = (uint8_t)move(t, seg, side);
    memcpy(row.after, t->state, sizeof row.after);
    const lamna_item *payload = report_item(r, p, 0);
    if (payload != NULL && payload->value_length > 0) {
        uint32_t n = payload->value_length < PREVIEW ? payload->value_length : PREVIEW;
        row.preview_length = (uint8_t)n;
        memcpy(row.preview, payload->value.p, n);
    }
    row_keep(r, t, &row);
}

static void cell_flags(lamna_report *r, uint16_t flags)
{
    static const char *const names[] = {"SYN", "FIN", "RST", "PSH", "ACK", "URG"};
    static const uint16_t bits[] = {TCP_SYN, TCP_FIN, TCP_RST, TCP_PSH, TCP_ACK, TCP_URG};
    char text[32] = "";
    for (size_t i = 0; i < sizeof bits / sizeof bits[0]; i++) {
        if ((flags & bits[i]) == 0)
            continue;
        if (text[0] != '\0')
            strcat(text, ",");
        strcat(text, names[i]);
    }
    cell_string(r, text);
}

static void cells_of_ends(lamna_report *r, const struct connection *c)
{
    for (unsigned side = 0; side < 2; side++) {
        cell_address(r, c->version, c->address[side]);
        cell_uint(r, LAMNA_CELL_COUNT, c->port[side]);
    }
}

static void cells_of_row(lamna_report *r, const struct row *row)
{
    cell_uint(r, LAMNA_CELL_COUNT, row->stream);
    cell_uint(r, LAMNA_CELL_COUNT, row->packet);
    cell_time(r, LAMNA_CELL_TIME, row->time);
    cell_string(r, row->side == OPENER ? "client" : "server");
    cell_flags(r, row->flags);
    cell_uint(r, LAMNA_CELL_COUNT, row->seq);
    if (row->flags & TCP_ACK)
        cell_uint(r, LAMNA_CELL_COUNT, row->ack);
    else
        cell_none(r);
    cell_uint(r, LAMNA_CELL_BYTES, row->length);
    cell_uint(r, LAMNA_CELL_BYTES, row->window);
    cell_string(r, step_names[row->step]);
    cell_string(r, row->note == 0 ? "" : notes[row->note - 1].name);
    for (unsigned side = 0; side < 2; side++) {
        cell_string(r, state_names[row->before[side]]);
        cell_string(r, state_names[row->after[side]]);
    }
    if (row->acks_packet != 0)
        cell_uint(r, LAMNA_CELL_COUNT, row->acks_packet);
    else
        cell_none(r);
    cell_uint(r, LAMNA_CELL_COUNT, row->folded);
    cell_uint(r, LAMNA_CELL_BYTES, row->folded_bytes);
    struct buf hex = {0};
    buf_hex_bytes(&hex, row->preview, row->preview_length, 0);
    r->failed |= hex.failed;
    cell_text(r, hex.length == 0 ? "" : hex.data, hex.length);
    buf_free(&hex);
}

/* Connection after connection, each in the order of its packets. */
static int by_stream(const void *left, const void *right)
{
    const struct row *a = left, *b = right;
    if (a->stream != b->stream)
        return a->stream < b->stream ? -1 : 1;
    return a->packet < b->packet ? -1 : a->packet > b->packet;
}

static void finish(lamna_report *r)
{
    struct state *s = r->state;
    if (s->row_count > 0)
        qsort(s->rows, s->row_count, sizeof *s->rows, by_stream);
    for (size_t i = 0; i < s->row_count; i++) {
        cells_of_row(r, &s->rows[i]);
        cells_of_ends(r, &s->told[s->rows[i].stream].c);
    }
}

static const lamna_report_column columns[] = {
    {"stream", "Stream", LAMNA_CELL_COUNT},     {"packet", "Packet", LAMNA_CELL_COUNT},
    {"time", "Time", LAMNA_CELL_TIME},          {"from", "From", LAMNA_CELL_TEXT},
    {"flags", "Flags", LAMNA_CELL_TEXT},        {"seq", "Seq", LAMNA_CELL_COUNT},
    {"ack", "Ack", LAMNA_CELL_COUNT},           {"length", "Length", LAMNA_CELL_BYTES},
    {"window", "Window", LAMNA_CELL_BYTES},     {"step", "Step", LAMNA_CELL_TEXT},
    {"note", "Note", LAMNA_CELL_TEXT},          {"client_before", "Client before", LAMNA_CELL_TEXT},
    {"client_after", "after", LAMNA_CELL_TEXT}, {"server_before", "Server before", LAMNA_CELL_TEXT},
    {"server_after", "after", LAMNA_CELL_TEXT}, {"acks_packet", "Acks packet", LAMNA_CELL_COUNT},
    {"folded", "Folded", LAMNA_CELL_COUNT},     {"folded_bytes", "Folded bytes", LAMNA_CELL_BYTES},
    {"payload", "Payload", LAMNA_CELL_TEXT},    {"client", "Client", LAMNA_CELL_TEXT},
    {"client_port", "Port", LAMNA_CELL_COUNT},  {"server", "Server", LAMNA_CELL_TEXT},
    {"server_port", "Port", LAMNA_CELL_COUNT}};

const struct report_kind report_steps = {
    .name = "steps",
    .summary = "each TCP connection step by step, with both ends' states",
    .columns = columns,
    .column_count = sizeof columns / sizeof columns[0],
    .fields = fields,
    .flows = true,
    .analysis = true,
    .state_size = sizeof(struct state),
    .begin = begin,
    .add = add,
    .finish = finish,
    .free = release};
