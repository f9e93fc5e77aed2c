/* ftp: File Transfer Protocol (RFC 959), and what it transfers from its usual port. */
#include "dissect/expect.h"
#include "dissect/lines.h"

static const struct value_name codes[] = {
    VALUE(110, "Restart marker reply"),
    VALUE(120, "Service ready in nnn minutes"),
    VALUE(125, "Data connection already open; transfer starting"),
    VALUE(150, "File status okay; about to open data connection"),
    VALUE(200, "Command okay"),
    VALUE(202, "Command not implemented, superfluous at this site"),
    VALUE(211, "System status, or system help reply"),
    VALUE(212, "Directory status"),
    VALUE(213, "File status"),
    VALUE(214, "Help message"),
    VALUE(215, "NAME system type"),
    VALUE(220, "Service ready for new user"),
    VALUE(221, "Service closing control connection"),
    VALUE(225, "Data connection open; no transfer in progress"),
    VALUE(226, "Closing data connection"),
    VALUE(227, "Entering Passive Mode"),
    VALUE(229, "Entering Extended Passive Mode"),
    VALUE(230, "User logged in, proceed"),
    VALUE(234, "Authentication method accepted"),
    VALUE(250, "Requested file action okay, completed"),
    VALUE(257, "PATHNAME created"),
    VALUE(331, "User name okay, need password"),
    VALUE(332, "Need account for login"),
    VALUE(350, "Requested file action pending further information"),
    VALUE(421, "Service not available, closing control connection"),
    VALUE(425, "Can't open data connection"),
    VALUE(426, "Connection closed; transfer aborted"),
    VALUE(450, "Requested file action not taken"),
    VALUE(451, "Requested action aborted: local error in processing"),
    VALUE(452, "Requested action not taken. Insufficient storage space in system"),
    VALUE(500, "Syntax error, command unrecognized"),
    VALUE(501, "Syntax error in parameters or arguments"),
    VALUE(502, "Command not implemented"),
    VALUE(503, "Bad sequence of commands"),
    VALUE(504, "Command not implemented for that parameter"),
    VALUE(530, "Not logged in"),
    VALUE(532, "Need account for storing files"),
    VALUE(550, "Requested action not taken: File unavailable"),
    VALUE(551, "Requested action aborted: page type unknown"),
    VALUE(552, "Requested file action aborted: Exceeded storage allocation"),
    VALUE(553, "Requested action not taken: File name not allowed"),
    VALUES_END};

static const struct value_name eprt_families[] = {VALUE(1, "IPv4"), VALUE(2, "IPv6"), VALUES_END};

#define FIELDS(X)                                                                                  \
    X(RESPONSE, "ftp.response", "Response", BOOLEAN, HIDDEN, 0, NULL)                              \
    X(REQUEST, "ftp.request", "Request", BOOLEAN, HIDDEN, 0, NULL)                                 \
    X(COMMAND, "ftp.request.command", "Request command", STRING, NONE, 0, NULL)                    \
    X(ARGUMENT, "ftp.request.arg", "Request arg", STRING, NONE, 0, NULL)                           \
    X(CODE, "ftp.response.code", "Response code", UINT32, DEC, 0, codes)                           \
    X(TEXT, "ftp.response.arg", "Response arg", STRING, NONE, 0, NULL)                             \
    X(PASSIVE_IP, "ftp.passive.ip", "Passive IP address", IPv4, NONE, 0, NULL)                     \
    X(PASSIVE_PORT, "ftp.passive.port", "Passive port", UINT16, DEC, 0, NULL)                      \
    X(ACTIVE_IP, "ftp.active.cip", "Active IP address", IPv4, NONE, 0, NULL)                       \
    X(ACTIVE_PORT, "ftp.active.port", "Active port", UINT16, DEC, 0, NULL)                         \
    X(EPSV_PORT, "ftp.epsv.port", "Extended passive port", UINT16, DEC, 0, NULL)                   \
    X(EPRT_FAMILY, "ftp.eprt.af", "Extended active address family", UINT8, DEC, 0, eprt_families)  \
    X(EPRT_PORT, "ftp.eprt.port", "Extended active port", UINT16, DEC, 0, NULL)

FIELD_TABLE(FIELDS);

enum { FTP_PORT = 21, FTP_DATA_PORT = 20 };
enum { TLS_TABLE, EXPECTED_TABLE };
enum { TCP = 6 };

/* "199,233,217,249,221,90": address and port (RFC 959, section 4.1.2). */
static void put_host_port(struct packet *p, const struct cursor *c, struct text t, unsigned ip,
                          unsigned port)
{
    uint32_t v[6], at[7];
    for (unsigned i = 0; i < 6; i++) {
        at[i] = t.offset;
        if (t.n == 0 || !is_digit(*t.at))
            return;
        v[i] = text_number(t);
        while (t.n > 0 && is_digit(*t.at))
            t = text_from(t, 1);
        at[6] = t.offset;
        if (v[i] > 255 || (i < 5 && (t.n == 0 || *t.at != ',')))
            return;
        t = text_from(t, 1);
    }
    const uint8_t address[4] = {(uint8_t)v[0], (uint8_t)v[1], (uint8_t)v[2], (uint8_t)v[3]};
    expect(p, EXPECTED_TABLE, EXPECT_FTP_DATA, 4, address, TCP, (uint16_t)(v[4] << 8 | v[5]), "FTP",
           NULL);
    put_uint(p, c, ip, at[0], at[4] - 1 - at[0], v[0] << 24 | v[1] << 16 | v[2] << 8 | v[3]);
    put_uint(p, c, port, at[4], at[6] - at[4], v[4] << 8 | v[5]);
}

/* "(|||6446|)" (RFC 2428, section 3). */
static void put_extended_passive(struct packet *p, const struct cursor *c, struct text t)
{
    const char *open = t.n == 0 ? NULL : memchr(t.at, '(', t.n);
    if (open == NULL)
        return;
    t = text_from(t, (uint32_t)(open - t.at) + 1);
    uint32_t bars = 0;
    while (t.n > 0 && bars < 3 && !is_digit(*t.at)) {
        bars++;
        t = text_from(t, 1);
    }
    uint32_t port = text_number(t), n = 0;
    while (n < t.n && is_digit(t.at[n]))
        n++;
    if (bars != 3 || n == 0 || port > 0xffff)
        return;
    put_uint(p, c, EPSV_PORT, t.offset, n, port);
    if (p->net.version != 0) /* at the address of the server that says so */
        expect(p, EXPECTED_TABLE, EXPECT_FTP_DATA, p->net.version, p->net.src, TCP, (uint16_t)port,
               "FTP", NULL);
}

static void put_reply(struct packet *p, const struct cursor *c, struct text t)
{
    uint32_t code = 0;
    if (text_has_code(t)) {
        code = text_number(text_from((struct text){t.at, 3, t.offset}, 0));
        put_uint(p, c, CODE, t.offset, 3, code);
        t = text_from(t, 4);
    }
    if (t.n > 0)
        put_text(p, c, TEXT, t);
    if (code == 227) {
        struct text numbers = t;
        while (numbers.n > 0 && !is_digit(*numbers.at))
            numbers = text_from(numbers, 1);
        put_host_port(p, c, numbers, PASSIVE_IP, PASSIVE_PORT);
    } else if (code == 229) {
        put_extended_passive(p, c, t);
    } else if (code == 234) { /* to AUTH TLS (RFC 4217, section 4) */
        flow_becomes(p, TLS_TABLE, 0);
    }
}

static void put_command(struct packet *p, const struct cursor *c, struct text t)
{
    struct text command = word_take(&t);
    put_text(p, c, COMMAND, command);
    if (t.n > 0)
        put_text(p, c, ARGUMENT, t);
    if (text_is(command, "PORT"))
        put_host_port(p, c, t, ACTIVE_IP, ACTIVE_PORT);
}

static void dissect(struct packet *p, struct cursor *c)
{
    bool request = p->dst_port == FTP_PORT || (p->src_port != FTP_PORT && !p->facts.reverse);
    put_uint(p, c, REQUEST, c->pos, 0, request);
    put_uint(p, c, RESPONSE, c->pos, 0, !request);
    bool first = true;
    while (cursor_captured(c) > 0) {
        struct line line = line_take(c);
        uint32_t tree =
            tree_text(p, c, line.text.offset, line.whole, "%.*s", (int)line.text.n, line.text.at);
        if (first) {
            info_set(p, "%s: %.*s", request ? "Request" : "Response", (int)line.text.n,
                     line.text.at);
            if (request)
                put_command(p, c, line.text);
            else
                put_reply(p, c, line.text);
        }
        tree_end(p, tree);
        first = false;
    }
}

static const char *const tables[] = {"tls", "expected", NULL};
static const struct binding bindings[] = {
    {"tcp.port", FTP_PORT}, {"tls.port", FTP_PORT}, {NULL, 0}};

const struct protocol proto_ftp = {.name = "ftp",
                                   .title = "File Transfer Protocol (FTP)",
                                   .column = "FTP",
                                   FIELDS_OF_THIS_FILE,
                                   .tables = tables,
                                   .bindings = bindings,
                                   .dissect = dissect};

/* What is transferred has no form of its own. Plain text is shown as such. */
static void dissect_data(struct packet *p, struct cursor *c)
{
    uint32_t n = cursor_captured(c);
    const uint8_t *b = cursor_peek(c, 0, n);
    bool text = n > 0;
    for (uint32_t i = 0; text && i < n; i++)
        text = (b[i] >= 0x20 && b[i] < 0x7f) || (b[i] >= '\t' && b[i] <= '\r');
    title(p, "FTP Data (%u bytes data)", n);
    info_set(p, "FTP Data: %u bytes", n);
    if (!text || !next(p, c, 0, text_key("text/plain", 10)))
        cursor_skip(c, n);
}

static const char *const data_tables[] = {"media_type", NULL};
static const struct binding data_bindings[] = {
    {"tcp.port", FTP_DATA_PORT}, {"expected", EXPECT_FTP_DATA}, {NULL, 0}};

const struct protocol proto_ftp_data = {.name = "ftp-data",
                                        .title = "FTP Data",
                                        .column = "FTP-DATA",
                                        .tables = data_tables,
                                        .bindings = data_bindings,
                                        .dissect = dissect_data};
