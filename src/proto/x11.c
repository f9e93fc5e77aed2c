/* x11: the X Window System Protocol, version 11: requests by their number. The client's first byte
 * says in which byte order it speaks.
 *
 *     | opcode | data | length in 4 bytes | ...
 */
#include "dissect/pdu.h"

#define FIELDS(X)                                                                                  \
    X(OPCODE, "x11.opcode", "opcode", UINT8, DEC, 0, NULL)                                         \
    X(REQUEST_LENGTH, "x11.request-length", "request-length", UINT16, DEC | STREAM, 0, NULL)

FIELD_TABLE(FIELDS);

enum { FIRST_PORT = 6000, LAST_PORT = 6063, SETUP_SEEN = 1, LITTLE = 2 };

static bool to_server(const struct packet *p)
{
    return p->dst_port >= FIRST_PORT && p->dst_port <= LAST_PORT;
}

/* The server needs no look inside; the client's requests say how long they are. */
static void dissect(struct packet *p, struct cursor *c)
{
    uint8_t none = 0, *state = flow_state(p, sizeof *state);
    if (state == NULL)
        state = &none;
    info_set(p, to_server(p) ? "Requests" : "Replies and events");
    if (to_server(p) && *state == 0) {
        const uint8_t *b = cursor_peek(c, 0, 12);
        if (b != NULL &&
            ((b[0] == 'l' && le16(b + 2) == 11) || (b[0] == 'B' && be16(b + 2) == 11))) {
            *state = b[0] == 'l' ? SETUP_SEEN | LITTLE : SETUP_SEEN;
            info_set(p, "Initial connection request");
            cursor_skip(c, cursor_captured(c));
            return;
        }
    }
    bool little = *state == 0 || (*state & LITTLE) != 0;
    while (to_server(p) && cursor_captured(c) >= 4 && c->fault == CURSOR_OK) {
        const uint8_t *h = cursor_peek(c, 0, 4);
        uint32_t n = 4u * (little ? le16(h + 2) : be16(h + 2));
        (void)put_u8(p, c, OPCODE);
        cursor_skip(c, 1);
        if (little)
            (void)put_uint_le(p, c, REQUEST_LENGTH, 2);
        else
            (void)put_u16(p, c, REQUEST_LENGTH);
        if (n < 4 || n - 4 > cursor_captured(c))
            break;
        cursor_skip(c, n - 4);
    }
    cursor_skip(c, cursor_captured(c));
}

/* As many whole requests as there are. */
static uint32_t message(struct packet *p, const struct cursor *c)
{
    uint32_t left = cursor_captured(c), n = 0;
    const uint8_t *state = flow_state(p, 1), *h;
    if (!to_server(p) || state == NULL || *state == 0)
        return left;
    while ((h = cursor_peek(c, n, 4)) != NULL) {
        uint32_t one = 4u * (*state & LITTLE ? le16(h + 2) : be16(h + 2));
        if (one < 4)
            return left;
        if (one > left - n)
            return n > 0 ? n : one;
        n += one;
    }
    return n > 0 ? n : STREAM_MORE;
}

#define PORTS8(n)                                                                                  \
    {"tcp.port", n}, {"tcp.port", (n) + 1}, {"tcp.port", (n) + 2}, {"tcp.port", (n) + 3},          \
        {"tcp.port", (n) + 4}, {"tcp.port", (n) + 5}, {"tcp.port", (n) + 6},                       \
    {                                                                                              \
        "tcp.port", (n) + 7                                                                        \
    }
static const struct binding bindings[] = {PORTS8(6000), PORTS8(6008), PORTS8(6016),
                                          PORTS8(6024), PORTS8(6032), PORTS8(6040),
                                          PORTS8(6048), PORTS8(6056), {NULL, 0}};

const struct protocol proto_x11 = {.name = "x11",
                                   .title = "X11",
                                   .column = "X11",
                                   FIELDS_OF_THIS_FILE,
                                   .bindings = bindings,
                                   .message = message,
                                   .dissect = dissect};
