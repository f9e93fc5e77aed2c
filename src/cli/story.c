#include "cli/story.h"

#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#define _(text)  cli_translate(text)
#define N_(text) text

struct sentence {
    const char *code, *text;
};

static const struct sentence steps[] = {
    {"syn",
     N_("Handshake 1 of 3: the client asks for a connection and chooses the number from which "
        "it counts its bytes.")},
    {"both_syn",
     N_("Both ends open at the same moment: this request was sent before the other one arrived.")},
    {"both_syn_ack",
     N_("It confirms the other end's request; after a simultaneous open both ends do.")},
    {"syn_ack",
     N_("Handshake 2 of 3: the server agrees, confirms the client's number and chooses its own.")},
    {"handshake_ack",
     N_("Handshake 3 of 3: the client confirms the server's number; both ends are connected.")},
    {"data", N_("Data: these bytes follow the ones sent before.")},
    {"half_closed_data", N_("Data on a half-closed connection: the other end has nothing more to "
                            "send, but this one goes on.")},
    {"late_data",
     N_("Data that was on its way when the connection ended: nobody takes it any more.")},
    {"data_ack", N_("Acknowledgement: all bytes before this number have arrived.")},
    {"first_fin", N_("Close 1 of 4: this end has nothing more to send.")},
    {"first_fin_ack", N_("Close 2 of 4: the other end has seen that, and may still send.")},
    {"second_fin", N_("Close 3 of 4: the other end has nothing more to send either.")},
    {"second_fin_with_ack", N_("Close 2 and 3 of 4 in one packet: the other end has seen that, and "
                               "has nothing more to send "
                               "either.")},
    {"second_fin_ack",
     N_("Close 4 of 4: confirmed; the end that closed first waits a while in TIME_WAIT, in case "
        "this last packet is lost.")},
    {"both_fin",
     N_("Both ends close at the same moment: this FIN was sent before the other one arrived.")},
    {"both_fin_ack",
     N_("It confirms the FIN of the other end, which then waits a while in TIME_WAIT; after a "
        "simultaneous close both ends do.")},
    {"reset",
     N_("Reset: the connection is broken off at once. Nothing more is sent or delivered, not "
        "even what was on its way.")},
    {"refused", N_("Refused: nothing listens on this port.")},
    {"reset_after_close",
     N_("Reset: this end has closed already and knows nothing of the connection any more.")},
    {NULL, NULL}};

static const struct sentence notes[] = {
    {"retransmission", N_("Sent again: it was not acknowledged in time.")},
    {"fast_retransmission", N_("Sent again at once: repeated acknowledgments asked for it.")},
    {"spurious_retransmission",
     N_("Sent again although it had arrived: the acknowledgment was late or lost.")},
    {"out_of_order", N_("It comes after what follows it: it was overtaken on the way.")},
    {"lost_segment",
     N_("Before this, something was sent that the capture does not have, or not yet.")},
    {"ack_lost_segment", N_("It acknowledges what the capture does not have.")},
    {"zero_window", N_("The receiver has no more room: its program has not read what came, and the "
                       "sender must wait.")},
    {"zero_window_probe", N_("A probe: one byte, to hear whether there is room again.")},
    {"zero_window_probe_ack", N_("The answer to the probe: still no room.")},
    {"window_full", N_("With this, the receiver's room is used up.")},
    {"window_update", N_("The receiver has room again.")},
    {"keep_alive", N_("A heartbeat: is the other end still there?")},
    {"keep_alive_ack", N_("The answer to the heartbeat: it is.")},
    {"duplicate_ack", N_("The same number again: something before it is missing.")},
    {NULL, NULL}};

static const struct sentence marks[] = {
    {"retransmission", N_("retransmission")},
    {"fast_retransmission", N_("fast retransmission")},
    {"spurious_retransmission", N_("needless retransmission")},
    {"out_of_order", N_("out of order")},
    {"lost_segment", N_("gap before it")},
    {"ack_lost_segment", N_("acknowledges what was not captured")},
    {"zero_window", N_("zero window")},
    {"zero_window_probe", N_("zero window probe")},
    {"zero_window_probe_ack", N_("still zero window")},
    {"window_full", N_("window full")},
    {"window_update", N_("window open again")},
    {"keep_alive", N_("keep-alive")},
    {"keep_alive_ack", N_("keep-alive answered")},
    {"duplicate_ack", N_("duplicate ACK")},
    {NULL, NULL}};

/* After these, what the step is when nothing is unusual would be wrong: they are no new data. */
static const char *const replacing[] = {"retransmission",
                                        "fast_retransmission",
                                        "spurious_retransmission",
                                        "out_of_order",
                                        "lost_segment",
                                        "zero_window_probe",
                                        "keep_alive",
                                        NULL};

static const char *sentence(const struct sentence *table, const char *code)
{
    for (; table->code != NULL; table++) {
        if (strcmp(table->code, code) == 0)
            return _(table->text);
    }
    return "";
}

/* ---- Cells ----------------------------------------------------------------------------------- */

const char *step_text(const struct steps *s, size_t row, enum step_column column)
{
    return lamna_report_cell(s->r, row, column).value.text;
}

uint64_t step_number(const struct steps *s, size_t row, enum step_column column)
{
    lamna_cell cell = lamna_report_cell(s->r, row, column);
    return cell.type == LAMNA_CELL_NONE ? 0 : cell.value.u;
}

int64_t step_time(const struct steps *s, size_t row, enum step_column column)
{
    lamna_cell cell = lamna_report_cell(s->r, row, column);
    return cell.type == LAMNA_CELL_NONE ? 0 : cell.value.i;
}

bool step_from_server(const struct steps *s, size_t row)
{
    return strcmp(step_text(s, row, STEP_FROM), "server") == 0;
}

static bool is(const struct steps *s, size_t row, enum step_column column, const char *text)
{
    return strcmp(step_text(s, row, column), text) == 0;
}

static void steps_end(struct steps *s)
{
    size_t rows = lamna_report_rows(s->r);
    uint64_t stream = step_number(s, s->from, STEP_STREAM);
    for (s->to = s->from; s->to < rows && step_number(s, s->to, STEP_STREAM) == stream;)
        s->to++;
}

bool steps_first(struct steps *s, const lamna_report *r)
{
    *s = (struct steps){r, 0, 0};
    return steps_next(s);
}

bool steps_next(struct steps *s)
{
    s->from = s->to;
    if (s->from >= lamna_report_rows(s->r))
        return false;
    steps_end(s);
    return true;
}

struct steps steps_around(const lamna_report *r, size_t row)
{
    struct steps s = {r, row, row};
    uint64_t stream = step_number(&s, row, STEP_STREAM);
    while (s.from > 0 && step_number(&s, s.from - 1, STEP_STREAM) == stream)
        s.from--;
    steps_end(&s);
    return s;
}

/* ---- Lines ----------------------------------------------------------------------------------- */

__attribute__((format(printf, 2, 3))) static void say(struct story *story, const char *fmt, ...)
{
    va_list args;
    if (story->count >= STORY_LINES)
        return;
    va_start(args, fmt);
    (void)vsnprintf(story->line[story->count++], STORY_LINE, fmt, args);
    va_end(args);
}

void story_arrow(char *text, size_t size, const struct steps *s, size_t row)
{
    int n = snprintf(text, size, "[%s] Seq=%" PRIu64, step_text(s, row, STEP_FLAGS),
                     step_number(s, row, STEP_SEQ));
    if (lamna_report_cell(s->r, row, STEP_ACK).type != LAMNA_CELL_NONE)
        n += snprintf(text + n, size - (size_t)n, " Ack=%" PRIu64, step_number(s, row, STEP_ACK));
    if (step_number(s, row, STEP_LENGTH) > 0)
        (void)snprintf(text + n, size - (size_t)n, " Len=%" PRIu64,
                       step_number(s, row, STEP_LENGTH));
}

void story_socket(char *text, size_t size, const struct steps *s, bool server)
{
    (void)snprintf(
        text, size, _("%s port %llu"), step_text(s, s->from, server ? STEP_SERVER : STEP_CLIENT),
        (unsigned long long)step_number(s, s->from, server ? STEP_SERVER_PORT : STEP_CLIENT_PORT));
}

static int hex_digit(char c)
{
    return c <= '9' ? c - '0' : c - 'a' + 10;
}

size_t story_payload(char *text, size_t size, const struct steps *s, size_t row, bool ascii)
{
    const char *hex = step_text(s, row, STEP_PAYLOAD);
    size_t n = strlen(hex) / 2;
    n = n < size - 1 ? n : size - 1;
    for (size_t i = 0; i < n; i++) {
        int b = 16 * hex_digit(hex[2 * i]) + hex_digit(hex[2 * i + 1]);
        bool shown = b >= 0x20 && b != 0x7f && (b < 0x80 || !ascii);
        text[i] = (char)(shown ? b : '.');
    }
    text[n] = '\0';
    return n;
}

/* ---- Steps ----------------------------------------------------------------------------------- */

const char *story_mark(const struct steps *s, size_t row)
{
    return sentence(marks, step_text(s, row, STEP_NOTE));
}

void story_step(struct story *story, const struct steps *s, size_t row)
{
    const char *code = step_text(s, row, STEP_STEP), *note = step_text(s, row, STEP_NOTE);
    const char *step = sentence(steps, code), *unusual = sentence(notes, note);
    bool plain = strcmp(code, "data") == 0 || strcmp(code, "half_closed_data") == 0;
    for (const char *const *r = replacing; plain && *r != NULL; r++) {
        if (strcmp(note, *r) == 0)
            step = "";
    }
    if (strcmp(code, "other") == 0 && *note == '\0')
        step = _("It says nothing new.");
    if (*step != '\0')
        say(story, "%s", step);
    if (*unusual != '\0')
        say(story, "%s", unusual);
}

static void say_acknowledged(struct story *story, const struct steps *s, size_t row)
{
    char after[32];
    unsigned long long packet = step_number(s, row, STEP_ACKS_PACKET);
    if (packet == 0)
        return;
    cli_duration(after, step_time(s, row, STEP_ACKS_AFTER));
    if (is(s, row, STEP_PHASE, "handshake") || is(s, row, STEP_PHASE, "close"))
        say(story, _("It confirms packet %llu, %s after that was sent."), packet, after);
    else
        say(story,
            _("It confirms packet %llu, %s after that was sent; the next byte expected is number "
              "%llu."),
            packet, after, (unsigned long long)step_number(s, row, STEP_ACK));
}

static void say_repeated(struct story *story, const struct steps *s, size_t row)
{
    char after[32];
    unsigned long long packet = step_number(s, row, STEP_RESENDS_PACKET);
    bool again = strstr(step_text(s, row, STEP_NOTE), "retransmission") != NULL;
    if (again && packet != 0) {
        cli_duration(after, step_time(s, row, STEP_RESENDS_AFTER));
        say(story, _("It repeats packet %llu, which was sent %s before."), packet, after);
    } else if (again && !is(s, row, STEP_NOTE, "spurious_retransmission")) {
        say(story, "%s",
            _("The first attempt is not in the capture: it was lost on the way to here."));
    }
    if (*step_text(s, row, STEP_AMBIGUOUS) != '\0')
        say(story, "%s",
            _("Was it sent again, or only overtaken on the way? The capture cannot tell for "
              "certain."));
}

static void say_duplicate(struct story *story, const struct steps *s, size_t row)
{
    unsigned long long number = step_number(s, row, STEP_DUPLICATES);
    if (!is(s, row, STEP_NOTE, "duplicate_ack"))
        return;
    say(story, _("Duplicate %llu: the bytes from number %llu on are still missing."), number,
        (unsigned long long)step_number(s, row, STEP_ACK));
    if (number == 3)
        say(story, "%s",
            _("After three duplicates a sender no longer waits for its timer: it sends what is "
              "missing again at once."));
}

/* The latest row before `row` that comes from the same end, in the same connection; or `row`. */
static size_t row_before(const struct steps *s, size_t row)
{
    for (size_t i = row; i-- > s->from;) {
        if (step_from_server(s, i) == step_from_server(s, row))
            return i;
    }
    return row;
}

static void say_waited(struct story *story, const struct steps *s, size_t row)
{
    char time[32];
    size_t closed = row;
    for (size_t i = row_before(s, row); i < closed && step_number(s, i, STEP_WINDOW) == 0;
         i = row_before(s, i))
        closed = i;
    if (closed == row || step_number(s, row, STEP_WINDOW) == 0)
        return;
    cli_duration(time, step_time(s, row, STEP_TIME) - step_time(s, closed, STEP_TIME));
    say(story, _("There was no room for %s."), time);
}

/* The window, where it is news: at first, after none, and when it has doubled or halved. That of a SYN is
 * never scaled, and so not to be compared. */
static void say_window(struct story *story, const struct steps *s, size_t row)
{
    uint64_t now = step_number(s, row, STEP_WINDOW), before = 0;
    size_t last = row_before(s, row);
    if (last != row && strstr(step_text(s, last, STEP_FLAGS), "SYN") == NULL)
        before = step_number(s, last, STEP_WINDOW);
    bool opening = strstr(step_text(s, row, STEP_FLAGS), "SYN") != NULL;
    if (now == 0 || opening || strstr(step_text(s, row, STEP_FLAGS), "RST") != NULL ||
        (before != 0 && now < 2 * before && now > before / 2))
        return;
    say(story,
        _("It offers a window of %llu bytes: the other end may send so many beyond the "
          "acknowledged ones."),
        (unsigned long long)now);
}

void story_details(struct story *story, const struct steps *s, size_t row)
{
    say_acknowledged(story, s, row);
    say_repeated(story, s, row);
    say_duplicate(story, s, row);
    say_waited(story, s, row);
    say_window(story, s, row);
}

void story_folded(struct story *story, const struct steps *s, size_t row)
{
    char time[32];
    unsigned long long folded = step_number(s, row, STEP_FOLDED),
                       bytes = step_number(s, row, STEP_FOLDED_BYTES);
    if (folded == 0)
        return;
    cli_duration(time, step_time(s, row, STEP_FOLDED_UNTIL) - step_time(s, row, STEP_TIME));
    if (bytes > 0)
        say(story, _("... and %llu more segments like these, with %llu bytes, in the next %s"),
            folded, bytes, time);
    else
        say(story, _("... and %llu more segments like these in the next %s"), folded, time);
}

/* ---- Phases ---------------------------------------------------------------------------------- */

void story_phase(struct story *story, const struct steps *s, size_t row)
{
    char time[32];
    const char *phase = step_text(s, row, STEP_PHASE);
    uint64_t exchange = step_number(s, row, STEP_EXCHANGE);
    if (step_time(s, row, STEP_PAUSE) != 0) {
        cli_duration(time, step_time(s, row, STEP_PAUSE));
        say(story, _("Idle: nothing is sent for %s"), time);
    }
    bool request = strcmp(phase, "request") == 0;
    if (row > s->from && is(s, row - 1, STEP_PHASE, phase) &&
        (!request || exchange == step_number(s, row - 1, STEP_EXCHANGE)))
        return;
    if (request)
        say(story, _("Request %llu"), (unsigned long long)exchange);
    else
        say(story, "%s",
            strcmp(phase, "handshake") == 0 ? _("Handshake")
            : strcmp(phase, "close") == 0   ? _("Close")
                                            : _("Data"));
}

/* ---- The end --------------------------------------------------------------------------------- */

/* Who sent the reset? */
static bool reset_by_server(const struct steps *s)
{
    for (size_t row = s->from; row < s->to; row++) {
        if (is(s, row, STEP_STEP, "reset"))
            return step_from_server(s, row);
    }
    return false;
}

static const char *ending(const struct steps *s)
{
    const char *code = step_text(s, s->from, STEP_ENDING);
    bool server = is(s, s->from, STEP_CLOSED_BY, "server");
    if (strcmp(code, "closed") == 0)
        return server ? _("The server closed first, with a FIN; the client followed. Both "
                          "directions were "
                          "closed in order.")
                      : _("The client closed first, with a FIN; the server followed. Both "
                          "directions were "
                          "closed in order.");
    if (strcmp(code, "half_closed") == 0)
        return server ? _("The server has closed its direction with a FIN; that of the client was "
                          "still open "
                          "at the end of the capture.")
                      : _("The client has closed its direction with a FIN; that of the server was "
                          "still open "
                          "at the end of the capture.");
    if (strcmp(code, "closed_at_once") == 0)
        return _("Both ends closed at the same moment, each with a FIN; neither was first.");
    if (strcmp(code, "reset") == 0)
        return reset_by_server(s) ? _("The server broke the connection off with a RST.")
                                  : _("The client broke the connection off with a RST.");
    if (strcmp(code, "refused") == 0)
        return _("The server refused the connection: no program of it listens on this port.");
    if (strcmp(code, "unanswered") == 0)
        return _("Nobody answered: no reply to the client's request was captured.");
    return _("The connection was still open at the end of the capture.");
}

void story_end(struct story *story, const struct steps *s)
{
    unsigned long long client = step_number(s, s->from, STEP_CLIENT_RESENT),
                       server = step_number(s, s->from, STEP_SERVER_RESENT);
    say(story, "%s", ending(s));
    say(story, _("The client sent %llu bytes, the server %llu."),
        (unsigned long long)step_number(s, s->from, STEP_CLIENT_BYTES),
        (unsigned long long)step_number(s, s->from, STEP_SERVER_BYTES));
    if (client + server > 0)
        say(story, _("Segments sent again: %llu by the client, %llu by the server."), client,
            server);
}
