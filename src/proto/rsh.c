/*
 * rsh: a command on another host, as Berkeley's rshd runs it: the client says at which port it waits for errors,
 * then who it is, whom it wants to be and what is to be done, each ended by a zero; after that, bytes go both ways.
 */
#include "dissect/packet.h"

#define FIELDS(X)                                                                                  \
    X(STDERR_PORT, "rsh.stderr_port", "Stderr port (optional)", STRING, NONE, 0, NULL)             \
    X(CLIENT_USER, "rsh.client_username", "Client username", STRING, NONE, 0, NULL)                \
    X(SERVER_USER, "rsh.server_username", "Server username", STRING, NONE, 0, NULL)                \
    X(COMMAND, "rsh.command", "Command to execute", STRING, NONE, 0, NULL)                         \
    X(FROM_CLIENT, "rsh.client_server_data", "Client -> Server Data", BYTES, NONE, 0, NULL)        \
    X(FROM_SERVER, "rsh.server_client_data", "Server -> Client Data", BYTES, NONE, 0, NULL)

FIELD_TABLE(FIELDS);

enum { RSH_PORT = 514, TEXTS = 4 };

enum progress { BEGINS, HAS_PORT, RUNS };

struct state {
    uint8_t progress;
};

/* How many texts that end in a zero there are, if there is nothing else. */
static unsigned count_texts(const struct cursor *c)
{
    uint32_t n = cursor_captured(c);
    unsigned texts = 0;
    const uint8_t *b = cursor_peek(c, 0, n);
    if (n == 0 || b == NULL || b[n - 1] != 0)
        return 0;
    for (uint32_t i = 0; i < n && texts <= TEXTS; i++)
        texts += b[i] == 0;
    return texts;
}

static void put_text(struct packet *p, struct cursor *c, unsigned field)
{
    const uint8_t *b = c->data + c->pos;
    const uint8_t *end = memchr(b, 0, cursor_captured(c));
    if (end != NULL)
        (void)put_bytes(p, c, field, (uint32_t)(end - b) + 1);
}

static void put_session(struct packet *p, struct cursor *c, struct state *s)
{
    unsigned texts = count_texts(c);
    bool port = s->progress == BEGINS && (texts == 1 || texts == TEXTS);
    bool names = texts == TEXTS || (s->progress == HAS_PORT && texts == TEXTS - 1);
    if (!port && !names) {
        s->progress = RUNS;
        (void)put_bytes(p, c, FROM_CLIENT, cursor_captured(c));
        return;
    }
    s->progress = names ? RUNS : HAS_PORT;
    info_set(p, "Session Establishment");
    if (port)
        put_text(p, c, STDERR_PORT);
    if (names) {
        put_text(p, c, CLIENT_USER);
        put_text(p, c, SERVER_USER);
        put_text(p, c, COMMAND);
    }
}

static void dissect(struct packet *p, struct cursor *c)
{
    struct state alone = {.progress = RUNS}, *s = flow_state(p, sizeof *s);
    if (s == NULL)
        s = &alone;
    bool to_server = p->dst_port == RSH_PORT;
    info_set(p, to_server ? "Client -> Server data" : "Server -> Client Data");
    if (to_server && s->progress != RUNS)
        put_session(p, c, s);
    else if (to_server)
        (void)put_bytes(p, c, FROM_CLIENT, cursor_captured(c));
    else if (s->progress == RUNS)
        (void)put_bytes(p, c, FROM_SERVER, cursor_captured(c));
    cursor_skip(c, cursor_captured(c));
}

static const struct binding bindings[] = {{"tcp.port", RSH_PORT}, {NULL, 0}};

const struct protocol proto_rsh = {.name = "rsh",
                                   .title = "Remote Shell",
                                   .column = "RSH",
                                   FIELDS_OF_THIS_FILE,
                                   .bindings = bindings,
                                   .dissect = dissect};
