#include "cli/ladder.h"

#include <inttypes.h>
#include <libintl.h>
#include <string.h>

#define _(text)  gettext(text)
#define N_(text) text

/* The columns of the report "steps", in its order. */
enum {
    STREAM,
    PACKET,
    TIME,
    FROM,
    FLAGS,
    SEQ,
    ACK,
    LENGTH,
    WINDOW,
    STEP,
    NOTE,
    CLIENT_BEFORE,
    CLIENT_AFTER,
    SERVER_BEFORE,
    SERVER_AFTER,
    ACKS_PACKET,
    FOLDED,
    FOLDED_BYTES,
    PAYLOAD,
    CLIENT,
    CLIENT_PORT,
    SERVER,
    SERVER_PORT
};

struct sentence {
    const char *code, *text;
};

static const struct sentence steps[] = {
    {"syn",
     N_("Handshake 1 of 3: the client asks for a connection and chooses the number from which "
        "it counts its bytes.")},
    {"syn_ack",
     N_("Handshake 2 of 3: the server agrees, confirms the client's number and chooses its own.")},
    {"handshake_ack",
     N_("Handshake 3 of 3: the client confirms the server's number; both ends are connected.")},
    {"data", N_("Data: these bytes follow the ones sent before.")},
    {"data_ack", N_("Acknowledgement: all bytes before this number have arrived.")},
    {"first_fin", N_("Close 1 of 4: this end has nothing more to send.")},
    {"first_fin_ack", N_("Close 2 of 4: the other end has seen that, and may still send.")},
    {"second_fin", N_("Close 3 of 4: the other end has nothing more to send either.")},
    {"second_fin_ack",
     N_("Close 4 of 4: confirmed; the end that closed first waits a while in TIME_WAIT, in case "
        "this last packet is lost.")},
    {"reset", N_("Reset: the connection is broken off at once.")},
    {"refused", N_("Refused: nothing listens on this port.")},
    {NULL, NULL}};

static const struct sentence notes[] = {
    {"retransmission", N_("Sent again: it was not acknowledged in time.")},
    {"fast_retransmission", N_("Sent again at once: repeated acknowledgments asked for it.")},
    {"spurious_retransmission",
     N_("Sent again although it had arrived: the acknowledgment was late or lost.")},
    {"out_of_order", N_("It comes after what follows it: it was overtaken on the way.")},
    {"lost_segment", N_("Before this, something was sent that the capture does not have.")},
    {"ack_lost_segment", N_("It acknowledges what the capture does not have.")},
    {"zero_window", N_("The receiver has no more room: the sender must wait.")},
    {"zero_window_probe", N_("A probe: is there room again?")},
    {"zero_window_probe_ack", N_("The answer to the probe: still no room.")},
    {"window_full", N_("With this, the receiver's room is used up.")},
    {"window_update", N_("The receiver has room again.")},
    {"keep_alive", N_("A heartbeat: is the other end still there?")},
    {"keep_alive_ack", N_("The answer to the heartbeat: it is.")},
    {"duplicate_ack", N_("The same number again: something before it is missing.")},
    {NULL, NULL}};

static const char *sentence(const struct sentence *table, const char *code)
{
    for (; table->code != NULL; table++) {
        if (strcmp(table->code, code) == 0)
            return _(table->text);
    }
    return "";
}

/* ---- Cells ----------------------------------------------------------------------------------- */

static const char *text_at(const lamna_report *r, size_t row, size_t column)
{
    return lamna_report_cell(r, row, column).value.text;
}

static uint64_t number_at(const lamna_report *r, size_t row, size_t column)
{
    lamna_cell cell = lamna_report_cell(r, row, column);
    return cell.type == LAMNA_CELL_NONE ? 0 : cell.value.u;
}

/* ---- Printing -------------------------------------------------------------------------------- */

static int hex_digit(char c)
{
    return c <= '9' ? c - '0' : c - 'a' + 10;
}

static void print_payload(const lamna_report *r, size_t row)
{
    const char *hex = text_at(r, row, PAYLOAD);
    size_t n = strlen(hex) / 2;
    const char *more = n < number_at(r, row, LENGTH) ? "..." : "";
    if (n == 0)
        return;
    (void)printf("      %s", _("bytes:"));
    for (size_t i = 0; i < n; i++)
        (void)printf(" %.2s", hex + 2 * i);
    (void)printf("%s%s\n      %s \"", *more != '\0' ? " " : "", more, _("text: "));
    for (size_t i = 0; i < n; i++) {
        int b = 16 * hex_digit(hex[2 * i]) + hex_digit(hex[2 * i + 1]);
        (void)putchar(b >= 0x20 && b != 0x7f ? b : '.'); /* bytes of UTF-8 as they are */
    }
    (void)printf("\"%s\n", more);
}

static void print_arrow(const lamna_report *r, size_t row, int64_t first)
{
    char numbers[96];
    bool from_server = strcmp(text_at(r, row, FROM), "server") == 0;
    int n = snprintf(numbers, sizeof numbers, "[%s] Seq=%" PRIu64, text_at(r, row, FLAGS),
                     number_at(r, row, SEQ));
    if (lamna_report_cell(r, row, ACK).type != LAMNA_CELL_NONE)
        n += snprintf(numbers + n, sizeof numbers - (size_t)n, " Ack=%" PRIu64,
                      number_at(r, row, ACK));
    if (number_at(r, row, LENGTH) > 0)
        (void)snprintf(numbers + n, sizeof numbers - (size_t)n, " Len=%" PRIu64,
                       number_at(r, row, LENGTH));
    int64_t since = lamna_report_cell(r, row, TIME).value.i - first;
    (void)printf("\n%3" PRIu64 "  %11.6f s   %-12s %s %-34s %s %12s\n", number_at(r, row, PACKET),
                 (double)(since - since % 1000) / 1e9, text_at(r, row, CLIENT_BEFORE),
                 from_server ? "<--" : "---", numbers, from_server ? "---" : "-->",
                 text_at(r, row, SERVER_BEFORE));
}

static void print_states(const lamna_report *r, size_t row)
{
    const char *client = text_at(r, row, CLIENT_AFTER), *server = text_at(r, row, SERVER_AFTER);
    bool client_moves = strcmp(client, text_at(r, row, CLIENT_BEFORE)) != 0;
    bool server_moves = strcmp(server, text_at(r, row, SERVER_BEFORE)) != 0;
    if (client_moves || server_moves)
        (void)printf("                     %-12s %42s %12s\n", client_moves ? client : "|", "",
                     server_moves ? server : "|");
}

static void print_step(const lamna_report *r, size_t row, int64_t first)
{
    const char *step = sentence(steps, text_at(r, row, STEP));
    const char *note = sentence(notes, text_at(r, row, NOTE));
    print_arrow(r, row, first);
    print_states(r, row);
    if (*step != '\0' || *note != '\0')
        (void)printf("      %s%s%s\n", step, *step != '\0' && *note != '\0' ? " " : "", note);
    print_payload(r, row);
    uint64_t folded = number_at(r, row, FOLDED);
    if (folded > 0) {
        (void)printf("      ");
        (void)printf(_("... and %llu more segments like these, with %llu bytes"),
                     (unsigned long long)folded,
                     (unsigned long long)number_at(r, row, FOLDED_BYTES));
        (void)printf("\n");
    }
}

static void print_socket(const lamna_report *r, size_t row, const char *name, bool client)
{
    size_t own = client ? CLIENT : SERVER, peer = client ? SERVER : CLIENT;
    (void)printf("  %s (TCP, %s, %" PRIu64 ", %s, %" PRIu64 ")\n", name, text_at(r, row, own),
                 number_at(r, row, own + 1), text_at(r, row, peer), number_at(r, row, peer + 1));
}

/* The rows [from, to) are one connection. */
static void print_connection(const lamna_report *r, size_t from, size_t to)
{
    int64_t first = lamna_report_cell(r, from, TIME).value.i;
    (void)printf("                     %-12s %42s %12s\n", _("client"), "", _("server"));
    for (size_t row = from; row < to; row++)
        print_step(r, row, first);
    (void)printf("\n%s\n",
                 _("The sockets (protocol, own address and port, peer's address and port):"));
    print_socket(r, from, _("client:"), true);
    print_socket(r, from, _("server:"), false);
}

void ladder_print_report(const lamna_report *r)
{
    size_t rows = lamna_report_rows(r), from = 0;
    bool several = rows > 0 && number_at(r, 0, STREAM) != number_at(r, rows - 1, STREAM);
    for (size_t row = 1; row <= rows; row++) {
        if (row < rows && number_at(r, row, STREAM) == number_at(r, from, STREAM))
            continue;
        if (several)
            (void)printf("%s%s %" PRIu64 "\n\n", from > 0 ? "\n\n" : "", _("Connection"),
                         number_at(r, from, STREAM));
        print_connection(r, from, row);
        from = row;
    }
}

static int ladder_read(struct session *s, lamna_report *r)
{
    lamna_error err;
    const lamna_packet *packet;
    lamna_status end;
    if (lamna_report_ask(r, s->query, &err) != LAMNA_OK)
        return cli_fail(&err, NULL);
    int status = session_run(s);
    if (status != EXIT_OK)
        return status;
    while ((end = lamna_run_next(s->run, &packet, &err)) == LAMNA_OK)
        lamna_report_add(r, packet);
    status = session_end(s, end, &err);
    if (lamna_report_finish(r, &err) != LAMNA_OK)
        return cli_fail(&err, NULL);
    return status;
}

int ladder_print(const char *path, const char *filter)
{
    static const struct cli none = {0};
    struct session s;
    lamna_error err;
    int status = session_open(&s, &none, path, filter);
    lamna_report *r = status == EXIT_OK ? lamna_report_new(s.reg, "steps", NULL, &err) : NULL;
    if (status == EXIT_OK)
        status = r == NULL ? cli_fail(&err, NULL) : ladder_read(&s, r);
    if (status == EXIT_OK && lamna_report_rows(r) == 0)
        status = cli_say(EXIT_FAILED, "the capture holds no packet of the connection");
    else if (status == EXIT_OK)
        ladder_print_report(r);
    lamna_report_free(r);
    session_close(&s);
    return status;
}
