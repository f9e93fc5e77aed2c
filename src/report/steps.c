/*
 * The story of each TCP connection, a row for each step: what a segment says, what it moves both ends to
 * (flow/states.c), and what is unusual about it. What is repeated many times becomes one row, so that a
 * download of a gigabyte, or a heartbeat of a day, is still a story.
 */
#include <stdlib.h>
#include <string.h>

#include "flow/seq.h"
#include "report/connection.h"
#include "report/fold.h"

enum { PREVIEW = 48, ROWS_MAX = 1 << 20 };
static const int64_t pause_ns = 1000000000;

/* By enum tcp_step. */
static const struct {
    const char *name, *phase; /* NULL: that of the step before */
} steps[] = {[STEP_SYN] = {"syn", "handshake"},
             [STEP_BOTH_SYN] = {"both_syn", "handshake"},
             [STEP_BOTH_SYN_ACK] = {"both_syn_ack", "handshake"},
             [STEP_SYN_ACK] = {"syn_ack", "handshake"},
             [STEP_HANDSHAKE_ACK] = {"handshake_ack", "handshake"},
             [STEP_DATA] = {"data", "data"},
             [STEP_HALF_CLOSED_DATA] = {"half_closed_data", "close"},
             [STEP_LATE_DATA] = {"late_data", "close"},
             [STEP_DATA_ACK] = {"data_ack", NULL},
             [STEP_FIRST_FIN] = {"first_fin", "close"},
             [STEP_FIRST_FIN_ACK] = {"first_fin_ack", "close"},
             [STEP_SECOND_FIN] = {"second_fin", "close"},
             [STEP_SECOND_FIN_WITH_ACK] = {"second_fin_with_ack", "close"},
             [STEP_SECOND_FIN_ACK] = {"second_fin_ack", "close"},
             [STEP_BOTH_FIN] = {"both_fin", "close"},
             [STEP_BOTH_FIN_ACK] = {"both_fin_ack", "close"},
             [STEP_RESET] = {"reset", "close"},
             [STEP_REFUSED] = {"refused", "close"},
             [STEP_RESET_AFTER_CLOSE] = {"reset_after_close", "close"},
             [STEP_OTHER] = {"other", NULL}};

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
    int64_t time,
        pause; /* pause: since the packet before in this connection, if that is long ago */
    uint8_t side, step, note; /* note: 1 + index in notes; 0: nothing is unusual */
    bool ambiguous;
    uint16_t flags;
    uint32_t seq, ack, length, window;
    uint8_t before[2], after[2];
    uint64_t acks_packet, resends_packet;
    int64_t acks_ns, resends_ns;
    uint32_t duplicates;
    uint32_t exchange; /* number of the request that this belongs to, 0: none was made yet */
    uint64_t folded, folded_bytes; /* segments that this row stands for, besides its own */
    int64_t folded_until;
    uint8_t preview_length;
    uint8_t preview[PREVIEW];
};

/* A connection. */
struct told {
    uint8_t version; /* 4 or 6; 0: no packet of it was seen */
    uint8_t closer;  /* 1 + enum tcp_end that closed first, in whatever way; 0: none */
    uint8_t ending;
    bool answered, fin[2];
    uint8_t spoke_last; /* 1 + enum tcp_end that sent data last; 0: none did */
    uint16_t port[2];
    uint8_t address[2][16];
    uint32_t exchanges, resent[2];
    uint64_t bytes[2];
    int64_t last_time;
    struct fold fold;
    size_t last_row; /* 1 + index of this connection's latest row; 0: none */
};

/* How a connection ended, as far as the capture goes. */
enum ending { STILL_OPEN, UNANSWERED, REFUSED, HALF_CLOSED, CLOSED, CLOSED_AT_ONCE, BROKEN };

static const char *const ending_names[] = {"open",   "unanswered",     "refused", "half_closed",
                                           "closed", "closed_at_once", "reset"};

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

/* ---- Rows ------------------------------------------------------------------------------------ */

static uint8_t note_of(uint16_t analysis)
{
    for (size_t i = 0; i < sizeof notes / sizeof notes[0]; i++) {
        if (analysis & notes[i].analysis)
            return (uint8_t)(i + 1);
    }
    return 0;
}

/* Need the row not be told, because it only goes on with what was told before? Acknowledgments go with the
 * data around them. */
static bool folds(struct told *t, const struct row *row)
{
    bool data =
        row->step == STEP_DATA || row->step == STEP_HALF_CLOSED_DATA || row->step == STEP_LATE_DATA;
    bool plain = row->note == 0 && !data;
    if (!data && row->step != STEP_DATA_ACK && row->step != STEP_OTHER) {
        t->fold = (struct fold){0};
        return false;
    }
    if (plain)
        return t->fold.folding;
    unsigned kind = 1u + row->side + 2u * (row->pause != 0) + 4u * row->step + 128u * row->note;
    return fold_next(&t->fold, (uint16_t)kind) && t->last_row != 0;
}

static void row_keep(lamna_report *r, struct told *t, const struct row *row)
{
    struct state *s = r->state;
    if (folds(t, row)) {
        struct row *last = &s->rows[t->last_row - 1];
        last->folded++;
        last->folded_bytes += row->length;
        last->folded_until = row->time;
        return;
    }
    s->cut |= s->row_count >= ROWS_MAX;
    if (s->cut || !report_room(r, &s->rows, &s->row_capacity, s->row_count, sizeof *s->rows))
        return;
    s->rows[s->row_count++] = *row;
    t->last_row = s->row_count;
}

/* ---- Connections ----------------------------------------------------------------------------- */

static void told_begin(struct told *t, const struct segment *s, unsigned side)
{
    size_t n = s->ip_version == 6 ? 16 : 4;
    t->version = s->ip_version;
    memcpy(t->address[side], s->src, n);
    memcpy(t->address[!side], s->dst, n);
    t->port[side] = s->src_port;
    t->port[!side] = s->dst_port;
    t->last_time = s->time_ns;
}

static enum ending ending_of(const struct told *t, const struct flow_facts *f)
{
    enum ending before = (enum ending)t->ending;
    switch (f->step) {
    case STEP_REFUSED:
        return REFUSED;
    case STEP_RESET:
        return BROKEN;
    case STEP_BOTH_FIN:
        return CLOSED_AT_ONCE;
    case STEP_SYN:
        return t->answered ? before : UNANSWERED;
    default:
        break;
    }
    if (before == REFUSED || before == BROKEN || before == CLOSED_AT_ONCE)
        return before;
    return t->fin[0] && t->fin[1] ? CLOSED : t->fin[0] || t->fin[1] ? HALF_CLOSED : STILL_OPEN;
}

static void told_add(struct told *t, const struct segment *s, const struct flow_facts *f,
                     unsigned side)
{
    bool again = (f->analysis & (ANALYSIS_RETRANSMISSION | ANALYSIS_KEEP_ALIVE |
                                 ANALYSIS_ZERO_WINDOW_PROBE)) != 0;
    t->resent[side] += (f->analysis & ANALYSIS_RETRANSMISSION) != 0;
    if (s->length > 0 && !again) {
        t->exchanges += side == TCP_OPENER && t->spoke_last != 1 + TCP_OPENER;
        t->spoke_last = (uint8_t)(1 + side);
        t->bytes[side] += s->length;
    }
    t->answered |= side == TCP_ANSWERER;
    t->fin[side] |= (s->flags & TCP_FIN) != 0;
    if (t->closer == 0 && s->flags & (TCP_FIN | TCP_RST))
        t->closer = (uint8_t)(1 + side);
    t->ending = (uint8_t)ending_of(t, f);
}

static struct row row_of(const struct told *t, const struct segment *s, const struct flow_facts *f)
{
    struct row row = {.stream = f->stream,
                      .packet = s->packet,
                      .time = s->time_ns,
                      .side = f->from_answerer ? TCP_ANSWERER : TCP_OPENER,
                      .step = f->step,
                      .note = f->step == STEP_BOTH_SYN_ACK ? 0 : note_of(f->analysis),
                      .ambiguous = f->ambiguous,
                      .flags = s->flags,
                      .seq = s->seq - f->base_seq,
                      .ack = s->ack - f->base_ack,
                      .length = s->length,
                      .window = s->window,
                      .acks_packet = f->acks_packet,
                      .acks_ns = f->ack_rtt_ns,
                      .resends_packet = f->resends_packet,
                      .resends_ns = f->resends_ns,
                      .duplicates = f->duplicate_acks,
                      .exchange = t->exchanges};
    if (f->window_shift > 0 && (s->flags & TCP_SYN) == 0)
        row.window <<= f->window_shift;
    if (s->time_ns - t->last_time > pause_ns)
        row.pause = s->time_ns - t->last_time;
    memcpy(row.before, f->states_before, sizeof row.before);
    memcpy(row.after, f->states, sizeof row.after);
    return row;
}

static void add(lamna_report *r, const struct packet *p)
{
    struct state *s = r->state;
    const struct flow_facts *f = &p->facts;
    if (!is_tcp(p) || !report_room(r, &s->told, &s->capacity, f->stream, sizeof *s->told))
        return;
    if (f->stream >= s->count)
        s->count = (size_t)f->stream + 1;
    struct told *t = &s->told[f->stream];
    unsigned side = f->from_answerer ? TCP_ANSWERER : TCP_OPENER;
    if (t->version == 0)
        told_begin(t, &p->segment, side);
    told_add(t, &p->segment, f, side);
    struct row row = row_of(t, &p->segment, f);
    t->last_time = p->segment.time_ns;
    const lamna_item *payload = report_item(r, p, 0);
    if (payload != NULL && payload->value_length > 0) {
        uint32_t n = payload->value_length < PREVIEW ? payload->value_length : PREVIEW;
        row.preview_length = (uint8_t)n;
        memcpy(row.preview, payload->value.p, n);
    }
    row_keep(r, t, &row);
}

/* ---- The table ------------------------------------------------------------------------------- */

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

static void cell_packet(lamna_report *r, uint64_t packet)
{
    if (packet != 0)
        cell_uint(r, LAMNA_CELL_COUNT, packet);
    else
        cell_none(r);
}

static void cell_since(lamna_report *r, int64_t ns)
{
    if (ns != 0)
        cell_time(r, LAMNA_CELL_DURATION, ns);
    else
        cell_none(r);
}

static void cells_of_row(lamna_report *r, const struct row *row)
{
    cell_uint(r, LAMNA_CELL_COUNT, row->stream);
    cell_uint(r, LAMNA_CELL_COUNT, row->packet);
    cell_time(r, LAMNA_CELL_TIME, row->time);
    cell_string(r, row->side == TCP_OPENER ? "client" : "server");
    cell_flags(r, row->flags);
    cell_uint(r, LAMNA_CELL_COUNT, row->seq);
    if (row->flags & TCP_ACK)
        cell_uint(r, LAMNA_CELL_COUNT, row->ack);
    else
        cell_none(r);
    cell_uint(r, LAMNA_CELL_BYTES, row->length);
    cell_uint(r, LAMNA_CELL_BYTES, row->window);
    cell_string(r, steps[row->step].name);
    cell_string(r, row->note == 0 ? "" : notes[row->note - 1].name);
    for (unsigned side = 0; side < 2; side++) {
        cell_string(r, tcp_state_name(row->before[side]));
        cell_string(r, tcp_state_name(row->after[side]));
    }
    cell_packet(r, row->acks_packet);
    cell_uint(r, LAMNA_CELL_COUNT, row->folded);
    cell_uint(r, LAMNA_CELL_BYTES, row->folded_bytes);
    struct buf hex = {0};
    buf_hex_bytes(&hex, row->preview, row->preview_length, 0);
    r->failed |= hex.failed;
    cell_text(r, hex.length == 0 ? "" : hex.data, hex.length);
    buf_free(&hex);
}

static void cells_of_ends(lamna_report *r, const struct told *t)
{
    for (unsigned side = 0; side < 2; side++) {
        cell_address(r, t->version, t->address[side]);
        cell_uint(r, LAMNA_CELL_COUNT, t->port[side]);
    }
}

/* What came to be known later stands behind, so that the columns before keep their places. */
static void cells_of_more(lamna_report *r, const struct row *row, const char *phase)
{
    cell_string(r, phase);
    cell_uint(r, LAMNA_CELL_COUNT, row->exchange);
    cell_since(r, row->pause);
    cell_since(r, row->acks_packet == 0 ? 0 : row->acks_ns);
    cell_packet(r, row->resends_packet);
    cell_since(r, row->resends_packet == 0 ? 0 : row->resends_ns);
    cell_string(r, row->ambiguous ? "yes" : "");
    cell_uint(r, LAMNA_CELL_COUNT, row->duplicates);
    if (row->folded > 0)
        cell_time(r, LAMNA_CELL_TIME, row->folded_until);
    else
        cell_none(r);
}

static void cells_of_end(lamna_report *r, const struct told *t)
{
    static const char *const closers[] = {"", "client", "server"};
    cell_string(r, ending_names[t->ending]);
    cell_string(r, closers[t->closer]);
    for (unsigned side = 0; side < 2; side++) {
        cell_uint(r, LAMNA_CELL_BYTES, t->bytes[side]);
        cell_uint(r, LAMNA_CELL_COUNT, t->resent[side]);
    }
}

/* Connection after connection, each in the order of its packets. */
static int by_stream(const void *left, const void *right)
{
    const struct row *a = left, *b = right;
    if (a->stream != b->stream)
        return a->stream < b->stream ? -1 : 1;
    return a->packet < b->packet ? -1 : a->packet > b->packet;
}

/* Sets the state of one end where it was only taken for granted, in the rows [from, to). */
static void correct(struct row *rows, size_t from, size_t to, unsigned side, uint8_t guess,
                    uint8_t truth)
{
    for (size_t i = from; i < to; i++) {
        if (rows[i].before[side] == guess)
            rows[i].before[side] = truth;
        if (rows[i].after[side] == guess)
            rows[i].after[side] = truth;
    }
}

/* What later segments show of the states in rows [from, to), a connection: nobody listened where a SYN was
 * refused, nothing is known of who never answered, and who closes at the same time had not seen the other's
 * FIN. */
static void correct_states(struct row *rows, size_t from, size_t to, enum ending ending)
{
    if (ending == UNANSWERED) {
        correct(rows, from, to, TCP_ANSWERER, TCP_LISTEN, TCP_UNKNOWN);
        correct(rows, from, to, TCP_ANSWERER, TCP_SYN_RCVD, TCP_UNKNOWN);
        return;
    }
    for (size_t i = from; i < to; i++) {
        if (rows[i].step == STEP_REFUSED) {
            correct(rows, from, i + 1, TCP_ANSWERER, TCP_LISTEN, TCP_CLOSED);
            correct(rows, from, i + 1, TCP_ANSWERER, TCP_SYN_RCVD, TCP_CLOSED);
            return;
        }
        if (rows[i].step == STEP_BOTH_FIN) {
            correct(rows, from, i + 1, rows[i].side, TCP_CLOSE_WAIT, TCP_ESTABLISHED);
            return;
        }
    }
}

/* As the step says; else what it was, but what comes after the handshake is data. */
static const char *phase_of(const struct row *row, const char *before)
{
    const char *phase = steps[row->step].phase;
    if (phase == NULL)
        phase = strcmp(before, "close") == 0 ? before : "data";
    return strcmp(phase, "data") == 0 && row->exchange > 0 ? "request" : phase;
}

static void finish(lamna_report *r)
{
    struct state *s = r->state;
    const char *phase = "";
    if (s->row_count > 0)
        qsort(s->rows, s->row_count, sizeof *s->rows, by_stream);
    for (size_t i = 0, begin = 0; i < s->row_count; i++) {
        const struct row *row = &s->rows[i];
        if (i == begin) { /* the first of a connection */
            while (begin < s->row_count && s->rows[begin].stream == row->stream)
                begin++;
            correct_states(s->rows, i, begin, (enum ending)s->told[row->stream].ending);
            phase = "";
        }
        phase = phase_of(row, phase);
        cells_of_row(r, row);
        cells_of_ends(r, &s->told[row->stream]);
        cells_of_more(r, row, phase);
        cells_of_end(r, &s->told[row->stream]);
    }
}

static const lamna_report_column columns[] = {
    {"stream", "Stream", LAMNA_CELL_COUNT},
    {"packet", "Packet", LAMNA_CELL_COUNT},
    {"time", "Time", LAMNA_CELL_TIME},
    {"from", "From", LAMNA_CELL_TEXT},
    {"flags", "Flags", LAMNA_CELL_TEXT},
    {"seq", "Seq", LAMNA_CELL_COUNT},
    {"ack", "Ack", LAMNA_CELL_COUNT},
    {"length", "Length", LAMNA_CELL_BYTES},
    {"window", "Window", LAMNA_CELL_BYTES},
    {"step", "Step", LAMNA_CELL_TEXT},
    {"note", "Note", LAMNA_CELL_TEXT},
    {"client_before", "Client before", LAMNA_CELL_TEXT},
    {"client_after", "after", LAMNA_CELL_TEXT},
    {"server_before", "Server before", LAMNA_CELL_TEXT},
    {"server_after", "after", LAMNA_CELL_TEXT},
    {"acks_packet", "Acks packet", LAMNA_CELL_COUNT},
    {"folded", "Folded", LAMNA_CELL_COUNT},
    {"folded_bytes", "Folded bytes", LAMNA_CELL_BYTES},
    {"payload", "Payload", LAMNA_CELL_TEXT},
    {"client", "Client", LAMNA_CELL_TEXT},
    {"client_port", "Port", LAMNA_CELL_COUNT},
    {"server", "Server", LAMNA_CELL_TEXT},
    {"server_port", "Port", LAMNA_CELL_COUNT},
    {"phase", "Phase", LAMNA_CELL_TEXT},
    {"exchange", "Request", LAMNA_CELL_COUNT},
    {"pause", "Pause", LAMNA_CELL_DURATION},
    {"acks_after", "after", LAMNA_CELL_DURATION},
    {"resends_packet", "Resends packet", LAMNA_CELL_COUNT},
    {"resends_after", "after", LAMNA_CELL_DURATION},
    {"ambiguous", "Ambiguous", LAMNA_CELL_TEXT},
    {"duplicates", "Duplicates", LAMNA_CELL_COUNT},
    {"folded_until", "until", LAMNA_CELL_TIME},
    {"ending", "Ending", LAMNA_CELL_TEXT},
    {"closed_by", "Closed by", LAMNA_CELL_TEXT},
    {"client_bytes", "Client bytes", LAMNA_CELL_BYTES},
    {"client_resent", "resent", LAMNA_CELL_COUNT},
    {"server_bytes", "Server bytes", LAMNA_CELL_BYTES},
    {"server_resent", "resent", LAMNA_CELL_COUNT}};

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
