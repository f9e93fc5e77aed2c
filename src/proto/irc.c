/* irc: Internet Relay Chat (RFC 2812, section 2.3).
 *
 *     [":" prefix " "] command *(" " parameter) [" :" trailer] CRLF
 */
#include "dissect/lines.h"

#define FIELDS(X)                                                                                  \
    X(REQUEST, "irc.request", "Request", STRING, NONE, 0, NULL)                                    \
    X(REQUEST_PREFIX, "irc.request.prefix", "Prefix", STRING, NONE, 0, NULL)                       \
    X(REQUEST_COMMAND, "irc.request.command", "Command", STRING, NONE, 0, NULL)                    \
    X(REQUEST_PARAMETER, "irc.request.command_parameter", "Parameter", STRING, NONE, 0, NULL)      \
    X(REQUEST_TRAILER, "irc.request.trailer", "Trailer", STRING, NONE, 0, NULL)                    \
    X(RESPONSE, "irc.response", "Response", STRING, NONE, 0, NULL)                                 \
    X(RESPONSE_PREFIX, "irc.response.prefix", "Prefix", STRING, NONE, 0, NULL)                     \
    X(RESPONSE_COMMAND, "irc.response.command", "Command", STRING, NONE, 0, NULL)                  \
    X(RESPONSE_NUMBER, "irc.response.num_command", "Command", UINT16, DEC | HIDDEN, 0, NULL)       \
    X(RESPONSE_PARAMETER, "irc.response.command_parameter", "Parameter", STRING, NONE, 0, NULL)    \
    X(RESPONSE_TRAILER, "irc.response.trailer", "Trailer", STRING, NONE, 0, NULL)                  \
    X(MISSING_SPACE, "irc.prefix_missing_ending_space", "Prefix missing ending <space>", NONE,     \
      NONE, 0, NULL)

FIELD_TABLE(FIELDS);

/* The fields of a line, by who sent it. */
struct side {
    unsigned line, prefix, command, parameter, trailer;
};

static const struct side client = {REQUEST, REQUEST_PREFIX, REQUEST_COMMAND, REQUEST_PARAMETER,
                                   REQUEST_TRAILER};
static const struct side server = {RESPONSE, RESPONSE_PREFIX, RESPONSE_COMMAND, RESPONSE_PARAMETER,
                                   RESPONSE_TRAILER};

static void put_command(struct packet *p, const struct cursor *c, const struct side *side,
                        struct text command)
{
    put_text(p, c, side->command, command);
    if (side == &server && command.n == 3 && text_has_code(command))
        put_uint(p, c, RESPONSE_NUMBER, command.offset, 3, text_number(command));
}

static void put_parameters(struct packet *p, const struct cursor *c, const struct side *side,
                           struct text rest)
{
    if (rest.n > 0 && *rest.at != ':') {
        uint32_t tree = tree_text(p, c, rest.offset, rest.n, "Command parameters");
        while (rest.n > 0 && *rest.at != ':')
            put_text(p, c, side->parameter, word_take(&rest));
        tree_end(p, tree);
    }
    if (rest.n > 0)
        put_text(p, c, side->trailer, text_from(rest, 1));
}

static void put_line(struct packet *p, struct cursor *c, const struct side *side)
{
    struct line line = line_take(c);
    struct text t = line.text;
    if (t.n == 0)
        return;
    put_text(p, c, side->line, t);
    uint32_t tree = tree_begin(p, side->line);
    if (*t.at == ':') {
        struct text prefix = word_take(&t);
        put_text(p, c, side->prefix, text_from(prefix, 1));
        if (t.n == 0)
            put_malformed(p, c, MISSING_SPACE);
    }
    struct text command = word_take(&t);
    if (command.n > 0) {
        put_command(p, c, side, command);
        put_parameters(p, c, side, t);
    }
    tree_end(p, tree);
}

static bool server_port(uint16_t port)
{
    return port == 6667 || port == 57000;
}

static void dissect(struct packet *p, struct cursor *c)
{
    const struct side *side = server_port(p->dst_port) ? &client : &server;
    struct cursor ahead = *c;
    struct line first = line_take(&ahead);
    struct text text = first.text;
    if (text.n > 0 && *text.at == ':')
        (void)word_take(&text);
    struct text command = word_take(&text);
    info_set(p, "%s (%.*s)", side == &client ? "Request" : "Response", (int)command.n, command.at);
    while (cursor_captured(c) > 0)
        put_line(p, c, side);
}

static const struct binding bindings[] = {{"tcp.port", 6667}, {"tcp.port", 57000}, {NULL, 0}};

const struct protocol proto_irc = {.name = "irc",
                                   .title = "Internet Relay Chat",
                                   .column = "IRC",
                                   FIELDS_OF_THIS_FILE,
                                   .bindings = bindings,
                                   .dissect = dissect};
