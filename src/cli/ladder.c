#include "cli/ladder.h"

#include <libintl.h>
#include <string.h>

#define _(text) gettext(text)

enum { FIN = 1, SYN = 2, RST = 4, PSH = 8, ACK = 16, CLIENT = 0, SERVER = 1 };

/* ---- The states (RFC 9293, section 3.3.2, figure 5) ---------------------------------------- */

static enum ladder_step move_syn(struct ladder *l, const struct ladder_segment *s)
{
    if ((s->flags & ACK) == 0) {
        l->state[CLIENT] = TCP_SYN_SENT;
        l->state[SERVER] = TCP_SYN_RCVD;
        return STEP_SYN;
    }
    l->state[CLIENT] = TCP_ESTABLISHED;
    return STEP_SYN_ACK;
}

static enum ladder_step move_fin(struct ladder *l, const struct ladder_segment *s)
{
    int from = s->from_server, to = !from;
    bool second = l->fin_end[to] != 0;
    l->fin_end[from] = s->seq + s->length + 1;
    l->state[from] = l->state[from] == TCP_CLOSE_WAIT ? TCP_LAST_ACK : TCP_FIN_WAIT_1;
    if (l->state[to] == TCP_FIN_WAIT_1)
        l->state[to] = TCP_CLOSING;
    else if (l->state[to] == TCP_FIN_WAIT_2)
        l->state[to] = TCP_TIME_WAIT;
    else
        l->state[to] = TCP_CLOSE_WAIT;
    return second ? STEP_SECOND_FIN : STEP_FIRST_FIN;
}

/* An acknowledgement that covers the other end's FIN. */
static void move_fin_ack(struct ladder *l, int to)
{
    if (l->state[to] == TCP_FIN_WAIT_1)
        l->state[to] = TCP_FIN_WAIT_2;
    else if (l->state[to] == TCP_CLOSING)
        l->state[to] = TCP_TIME_WAIT;
    else if (l->state[to] == TCP_LAST_ACK)
        l->state[to] = TCP_CLOSED;
}

static enum ladder_step move_ack(struct ladder *l, const struct ladder_segment *s)
{
    int from = s->from_server, to = !from;
    if (l->fin_end[to] != 0 && s->ack == l->fin_end[to]) {
        enum ladder_step step = l->fin_end[from] != 0 ? STEP_SECOND_FIN_ACK : STEP_FIRST_FIN_ACK;
        move_fin_ack(l, to);
        return step;
    }
    if (from == CLIENT && l->state[SERVER] == TCP_SYN_RCVD) {
        l->state[SERVER] = TCP_ESTABLISHED;
        return STEP_HANDSHAKE_ACK;
    }
    if (l->data_unacknowledged[to]) {
        l->data_unacknowledged[to] = false;
        return STEP_DATA_ACK;
    }
    return STEP_OTHER;
}

enum ladder_step ladder_move(struct ladder *l, const struct ladder_segment *s)
{
    if (s->flags & RST) {
        l->state[CLIENT] = l->state[SERVER] = TCP_CLOSED;
        return STEP_RESET;
    }
    if (s->flags & SYN)
        return move_syn(l, s);
    enum ladder_step step = s->flags & ACK ? move_ack(l, s) : STEP_OTHER;
    if (s->length > 0) {
        l->data_unacknowledged[s->from_server] = true;
        step = STEP_DATA;
    }
    return s->flags & FIN ? move_fin(l, s) : step;
}

const char *ladder_state_name(enum tcp_state state)
{
    static const char *const names[] = {"CLOSED",     "LISTEN",     "SYN_SENT",   "SYN_RCVD",
                                        "ESTABLISHED", "FIN_WAIT_1", "FIN_WAIT_2", "CLOSE_WAIT",
                                        "CLOSING",    "LAST_ACK",   "TIME_WAIT"};
    return names[state];
}

const char *ladder_sentence(enum ladder_step step)
{
    switch (step) {
    case STEP_SYN:
        return _("Handshake 1 of 3: the client asks for a connection and chooses the number from which "
                 "it counts its bytes.");
    case STEP_SYN_ACK:
        return _("Handshake 2 of 3: the server agrees, confirms the client's number and chooses its own.");
    case STEP_HANDSHAKE_ACK:
        return _("Handshake 3 of 3: the client confirms the server's number; both ends are connected.");
    case STEP_DATA:
        return _("Data: these bytes follow the ones sent before.");
    case STEP_DATA_ACK:
        return _("Acknowledgement: all bytes before this number have arrived.");
    case STEP_FIRST_FIN:
        return _("Close 1 of 4: this end has nothing more to send.");
    case STEP_FIRST_FIN_ACK:
        return _("Close 2 of 4: the other end has seen that, and may still send.");
    case STEP_SECOND_FIN:
        return _("Close 3 of 4: the other end has nothing more to send either.");
    case STEP_SECOND_FIN_ACK:
        return _("Close 4 of 4: confirmed; the end that closed first waits a while in TIME_WAIT, in case "
                 "this last packet is lost.");
    case STEP_RESET:
        return _("Reset: the connection is broken off at once.");
    case STEP_OTHER:
        break;
    }
    return "";
}

/* ---- Reading the connection ---------------------------------------------------------------- */

enum { SRC, DST, SRCPORT, DSTPORT, FLAGS, SEQ, ACKNO, LENGTH, PAYLOAD, FIELDS };

static const char *const field_names[FIELDS] = {"ip.src",    "ip.dst",  "tcp.srcport",
                                                "tcp.dstport", "tcp.flags", "tcp.seq",
                                                "tcp.ack",   "tcp.len", "tcp.payload"};

struct story {
    struct session session;
    struct ladder ladder;
    uint32_t fields[FIELDS];
    uint16_t server_port;
    uint32_t address[2];
    uint16_t port[2];
    int64_t first_ns;
    unsigned segments;
};

static bool read_segment(struct story *st, const lamna_packet *packet, struct ladder_segment *s)
{
    size_t count;
    const lamna_item *items = lamna_packet_items(packet, &count), *found[FIELDS] = {0};
    for (size_t i = 0; i < count; i++) {
        for (int k = 0; k < FIELDS; k++) {
            if (items[i].field == st->fields[k] && found[k] == NULL)
                found[k] = &items[i];
        }
    }
    for (int k = 0; k < PAYLOAD; k++) {
        if (found[k] == NULL && k != ACKNO)
            return false;
    }
    const lamna_packet_info *info = lamna_packet_get_info(packet);
    bool from_server = found[SRCPORT]->value.u == st->server_port;
    *s = (struct ladder_segment){.number = info->number,
                                 .time_ns = info->time_ns,
                                 .from_server = from_server,
                                 .flags = (uint32_t)found[FLAGS]->value.u,
                                 .seq = (uint32_t)found[SEQ]->value.u,
                                 .ack = found[ACKNO] != NULL ? (uint32_t)found[ACKNO]->value.u : 0,
                                 .length = (uint32_t)found[LENGTH]->value.u};
    if (found[PAYLOAD] != NULL) {
        s->payload = found[PAYLOAD]->value.p;
        s->captured = found[PAYLOAD]->value_length;
    }
    st->address[from_server] = (uint32_t)found[SRC]->value.u;
    st->address[!from_server] = (uint32_t)found[DST]->value.u;
    st->port[from_server] = (uint16_t)found[SRCPORT]->value.u;
    st->port[!from_server] = (uint16_t)found[DSTPORT]->value.u;
    return true;
}

/* ---- Printing ------------------------------------------------------------------------------ */

static void print_socket(const char *name, const struct story *st, int end)
{
    (void)printf("  %s (TCP, %u.%u.%u.%u, %u, %u.%u.%u.%u, %u)\n", name, st->address[end] >> 24,
                 st->address[end] >> 16 & 255, st->address[end] >> 8 & 255, st->address[end] & 255,
                 st->port[end], st->address[!end] >> 24, st->address[!end] >> 16 & 255,
                 st->address[!end] >> 8 & 255, st->address[!end] & 255, st->port[!end]);
}

static void print_flags(uint32_t flags, char text[32])
{
    static const struct {
        uint32_t bit;
        const char *name;
    } names[] = {{SYN, "SYN"}, {FIN, "FIN"}, {RST, "RST"}, {PSH, "PSH"}, {ACK, "ACK"}};
    text[0] = '\0';
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if ((flags & names[i].bit) == 0)
            continue;
        if (text[0] != '\0')
            strcat(text, ",");
        strcat(text, names[i].name);
    }
}

static void print_payload(const struct ladder_segment *s)
{
    uint32_t n = s->captured < 48 ? s->captured : 48;
    (void)printf("      %s", _("bytes:"));
    for (uint32_t i = 0; i < n; i++)
        (void)printf(" %02x", s->payload[i]);
    (void)printf("%s\n      %s \"", n < s->captured ? " ..." : "", _("text: "));
    for (uint32_t i = 0; i < n; i++) {
        uint8_t b = s->payload[i];
        (void)putchar(b >= 0x20 && b != 0x7f ? b : '.'); /* bytes of UTF-8 as they are */
    }
    (void)printf("\"%s\n", n < s->captured ? "..." : "");
}

static void print_step(struct story *st, const struct ladder_segment *s)
{
    enum tcp_state before[2] = {st->ladder.state[CLIENT], st->ladder.state[SERVER]};
    enum ladder_step step = ladder_move(&st->ladder, s);
    const enum tcp_state *after = st->ladder.state;
    char flags[32], numbers[64];
    print_flags(s->flags, flags);
    int n = snprintf(numbers, sizeof numbers, "[%s] Seq=%u", flags, s->seq);
    if (s->flags & ACK)
        n += snprintf(numbers + n, sizeof numbers - (size_t)n, " Ack=%u", s->ack);
    if (s->length > 0)
        (void)snprintf(numbers + n, sizeof numbers - (size_t)n, " Len=%u", s->length);
    if (st->segments++ == 0)
        st->first_ns = s->time_ns;
    (void)printf("\n%3llu  %11.6f s   %-12s %s %-34s %s %12s\n", (unsigned long long)s->number,
                 (double)(s->time_ns - st->first_ns - (s->time_ns - st->first_ns) % 1000) / 1e9, ladder_state_name(before[CLIENT]),
                 s->from_server ? "<--" : "---", numbers, s->from_server ? "---" : "-->",
                 ladder_state_name(before[SERVER]));
    if (after[CLIENT] != before[CLIENT] || after[SERVER] != before[SERVER])
        (void)printf("                     %-12s %42s %12s\n",
                     after[CLIENT] != before[CLIENT] ? ladder_state_name(after[CLIENT]) : "|", "",
                     after[SERVER] != before[SERVER] ? ladder_state_name(after[SERVER]) : "|");
    (void)printf("      %s\n", ladder_sentence(step));
    if (s->captured > 0)
        print_payload(s);
}

static int ladder_open(struct story *st, const char *path, const char *filter)
{
    static const struct cli none = {0};
    lamna_error err;
    int status = session_open(&st->session, &none, path, filter);
    for (int k = 0; status == 0 && k < FIELDS; k++) {
        if (lamna_query_want(st->session.query, field_names[k], &err) != LAMNA_OK)
            status = cli_fail(&err, NULL);
        else
            st->fields[k] = lamna_field_find(st->session.reg, field_names[k])->number;
    }
    return status == 0 ? session_run(&st->session) : status;
}

int ladder_print(const char *path, const char *filter, uint16_t server_port)
{
    struct story st = {.ladder = LADDER_START, .server_port = server_port};
    lamna_error err;
    const lamna_packet *packet;
    int status = ladder_open(&st, path, filter);
    if (status == 0) {
        (void)printf("                     %-12s %42s %12s\n", _("client"), "", _("server"));
        lamna_status end;
        struct ladder_segment s;
        while ((end = lamna_run_next(st.session.run, &packet, &err)) == LAMNA_OK) {
            if (read_segment(&st, packet, &s))
                print_step(&st, &s);
        }
        status = session_end(&st.session, end, &err);
    }
    if (status == 0 && st.segments > 0) {
        (void)printf("\n%s\n", _("The sockets (protocol, own address and port, peer's address and port):"));
        print_socket(_("client:"), &st, CLIENT);
        print_socket(_("server:"), &st, SERVER);
    }
    if (status == 0 && st.segments == 0)
        status = cli_say(EXIT_FAILED, "the capture holds no packet of the connection");
    session_close(&st.session);
    return status;
}
