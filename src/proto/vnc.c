/* vnc: the Remote Framebuffer protocol (RFC 6143): the versions of both ends. */
#include "dissect/lines.h"

#define FIELDS(X)                                                                                  \
    X(SERVER_VERSION, "vnc.server_proto_ver", "Server protocol version", STRING, NONE, 0, NULL)    \
    X(CLIENT_VERSION, "vnc.client_proto_ver", "Client protocol version", STRING, NONE, 0, NULL)

FIELD_TABLE(FIELDS);

enum { VERSION = 12 };

static bool is_version(const struct cursor *c)
{
    const uint8_t *b = cursor_peek(c, 0, 4);
    return b != NULL && memcmp(b, "RFB ", 4) == 0;
}

static bool server_port(uint16_t port)
{
    return port == 5900 || port == 5901 || port == 5500 || port == 5501;
}

static void dissect(struct packet *p, struct cursor *c)
{
    bool from_server = server_port(p->src_port) || (!server_port(p->dst_port) && !p->facts.reverse);
    if (is_version(c) && cursor_captured(c) >= VERSION) {
        cursor_skip(c, 4);
        (void)put_bytes(p, c, from_server ? SERVER_VERSION : CLIENT_VERSION, 7);
        info_set(p, "%s protocol version", from_server ? "Server" : "Client");
    }
    cursor_skip(c, cursor_captured(c));
}

static bool probe(const struct packet *p, const struct cursor *c)
{
    return server_port(p->src_port) || server_port(p->dst_port) || is_version(c);
}

static const struct binding bindings[] = {{"tcp.port", 5900},      {"tcp.port", 5901},
                                          {"tcp.port", 5500},      {"tcp.port", 5501},
                                          {"tcp.port", HEURISTIC}, {NULL, 0}};

const struct protocol proto_vnc = {.name = "vnc",
                                   .title = "Virtual Network Computing",
                                   .column = "VNC",
                                   FIELDS_OF_THIS_FILE,
                                   .bindings = bindings,
                                   .probe = probe,
                                   .dissect = dissect};
