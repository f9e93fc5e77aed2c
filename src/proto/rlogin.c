/*
 * rlogin: BSD Rlogin (RFC 1282): a zero, then who logs in and on what terminal, three texts ended by zeros; the
 * server answers with a zero. After that bytes go both ways; ff ff "ss" from the client is followed by the size of
 * its window.
 */
#include "dissect/ascii.h"

#define FIELDS(X)                                                                                  \
    X(STARTUP, "rlogin.client_startup_flag", "Client startup flag", UINT8, HEX, 0, NULL)           \
    X(RECEIVED, "rlogin.startup_info_received_flag", "Startup info received flag", UINT8, HEX, 0,  \
      NULL)                                                                                        \
    X(CLIENT_USER, "rlogin.client_user_name", "Client-user-name", STRING, NONE, 0, NULL)           \
    X(SERVER_USER, "rlogin.server_user_name", "Server-user-name", STRING, NONE, 0, NULL)           \
    X(TERMINAL, "rlogin.terminal_type", "Terminal-type", STRING, NONE, 0, NULL)                    \
    X(SPEED, "rlogin.terminal_speed", "Terminal-speed", UINT32, DEC, 0, NULL)                      \
    X(SPEED_INVALID, "rlogin.terminal_speed.invalid",                                              \
      "Terminal length must be a string containing an integer", NONE, NONE, 0, NULL)               \
    X(WINDOW, "rlogin.window_size", "Window Info", NONE, NONE, 0, NULL)                            \
    X(COOKIE, "rlogin.magic_cookie", "Magic Cookie", UINT16, HEX, 0, NULL)                         \
    X(MARKER, "rlogin.window_size.ss", "Window size marker", STRING, NONE, 0, NULL)                \
    X(ROWS, "rlogin.window_size.rows", "Rows", UINT16, DEC, 0, NULL)                               \
    X(COLUMNS, "rlogin.window_size.cols", "Columns", UINT16, DEC, 0, NULL)                         \
    X(X_PIXELS, "rlogin.window_size.x_pixels", "X Pixels", UINT16, DEC, 0, NULL)                   \
    X(Y_PIXELS, "rlogin.window_size.y_pixels", "Y Pixels", UINT16, DEC, 0, NULL)                   \
    X(DATA, "rlogin.data", "Data", STRING, NONE, 0, NULL)

FIELD_TABLE(FIELDS);

enum { RLOGIN_PORT = 513, WINDOW_BYTES = 12, DIGITS = 9 };

struct state {
    bool flag, names, answered;
};

/* Up to and with a byte `end`; the rest, and a fault, if there is none. */
static struct cursor take_until(struct cursor *c, uint8_t end)
{
    uint32_t n = cursor_captured(c);
    const uint8_t *b = n == 0 ? NULL : memchr(c->data + c->pos, end, n);
    struct cursor part = cursor_part(c, b == NULL ? n : (uint32_t)(b - (c->data + c->pos)) + 1);
    if (b == NULL)
        cursor_malformed(c);
    return part;
}

static void put_speed(struct packet *p, struct cursor *c)
{
    uint32_t start = c->pos, n = cursor_captured(c), v = 0;
    const uint8_t *b = cursor_take(c, n);
    bool number = b != NULL && n > 1 && n <= DIGITS + 1;
    for (uint32_t i = 0; number && i + 1 < n; i++) {
        number = b[i] >= '0' && b[i] <= '9';
        v = v * 10 + (b[i] - (uint32_t)'0');
    }
    put_uint(p, c, SPEED, start, n, number ? v : 0);
    if (!number)
        put_malformed(p, c, SPEED_INVALID);
}

static void put_names(struct packet *p, struct cursor *c)
{
    uint32_t tree = tree_text(p, c, c->pos, cursor_captured(c), "User info");
    static const uint8_t fields[] = {CLIENT_USER, SERVER_USER};
    for (unsigned i = 0; i < 2; i++) {
        struct cursor text = take_until(c, '\0');
        if (c->fault == CURSOR_OK)
            (void)put_bytes(p, &text, fields[i], cursor_left(&text));
    }
    struct cursor terminal = take_until(c, '/'), speed;
    if (c->fault == CURSOR_OK) {
        (void)put_bytes(p, &terminal, TERMINAL, cursor_left(&terminal) - 1);
        speed = take_until(c, '\0');
        put_speed(p, &speed);
    }
    tree_end(p, tree);
}

/* Where the size of a window is told in the rest of c; what was captured, if it is not. */
static uint32_t window_at(const struct cursor *c)
{
    uint32_t n = cursor_captured(c);
    for (uint32_t i = 0; i + WINDOW_BYTES <= n; i++) {
        if (memcmp(c->data + c->pos + i, "\xff\xffss", 4) == 0)
            return i;
    }
    return n;
}

static void put_window(struct packet *p, struct cursor *c)
{
    put_data(p, c, WINDOW, c->pos, WINDOW_BYTES, NULL, 0);
    uint32_t tree = tree_begin(p, WINDOW);
    (void)put_u16(p, c, COOKIE);
    (void)put_bytes(p, c, MARKER, 2);
    (void)put_u16(p, c, ROWS);
    (void)put_u16(p, c, COLUMNS);
    (void)put_u16(p, c, X_PIXELS);
    (void)put_u16(p, c, Y_PIXELS);
    tree_end(p, tree);
}

static void put_bytes_typed(struct packet *p, struct cursor *c, bool client)
{
    while (cursor_captured(c) > 0) {
        uint32_t n = client ? window_at(c) : cursor_captured(c);
        if (n > 0)
            take_ascii(p, c, DATA, n);
        else
            put_window(p, c);
    }
}

static void dissect(struct packet *p, struct cursor *c)
{
    struct state alone = {true, true, true}, *s = flow_state(p, sizeof *s);
    if (s == NULL)
        s = &alone;
    bool client = p->dst_port == RLOGIN_PORT;
    const uint8_t *first = cursor_peek(c, 0, 1);
    info_set(p, "Data: %u bytes", cursor_captured(c));
    if (client && !s->flag) {
        s->flag = true;
        if (first != NULL && *first == 0) {
            info_set(p, "Start Handshake");
            (void)put_u8(p, c, STARTUP);
        } else {
            s->names = true;
        }
    } else if (!client && !s->answered) {
        s->answered = true;
        if (first != NULL && *first == 0) {
            info_set(p, "Startup info received");
            (void)put_u8(p, c, RECEIVED);
        }
    }
    if (client && !s->names && cursor_captured(c) > 0) {
        s->names = true;
        info_set(p, "User Info");
        put_names(p, c);
    }
    put_bytes_typed(p, c, client);
}

static const struct binding bindings[] = {{"tcp.port", RLOGIN_PORT}, {NULL, 0}};

const struct protocol proto_rlogin = {.name = "rlogin",
                                      .title = "Rlogin Protocol",
                                      .column = "Rlogin",
                                      FIELDS_OF_THIS_FILE,
                                      .bindings = bindings,
                                      .dissect = dissect};
