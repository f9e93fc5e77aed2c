/* socks: SOCKS, versions 4, 4A and 5 (RFC 1928, RFC 1929): what is agreed, then what is carried. */
#include "dissect/lines.h"

static const struct value_name commands[] = {VALUE(1, "Connect"), VALUE(2, "Bind"),
                                             VALUE(3, "UdpAssociate"), VALUES_END};
static const struct value_name address_types[] = {VALUE(1, "IPv4"), VALUE(3, "Domain Name"),
                                                  VALUE(4, "IPv6"), VALUES_END};
static const struct value_name methods[] = {VALUE(0, "No authentication"), VALUE(1, "GSSAPI"),
                                            VALUE(2, "Username/Password"),
                                            VALUE(255, "No acceptable methods"), VALUES_END};
static const struct value_name results_4[] = {VALUE(90, "Granted"), VALUE(91, "Rejected or Failed"),
                                              VALUE(92, "Rejected because identd connect failed"),
                                              VALUE(93, "Rejected because of wrong user id"),
                                              VALUES_END};
static const struct value_name results_5[] = {VALUE(0, "Succeeded"),
                                              VALUE(1, "General SOCKS server failure"),
                                              VALUE(2, "Connection not allowed by ruleset"),
                                              VALUE(3, "Network unreachable"),
                                              VALUE(4, "Host unreachable"),
                                              VALUE(5, "Connection refused"),
                                              VALUE(6, "TTL expired"),
                                              VALUE(7, "Command not supported"),
                                              VALUE(8, "Address type not supported"),
                                              VALUES_END};

#define FIELDS(X)                                                                                  \
    X(VERSION, "socks.version", "Version", UINT8, DEC, 0, NULL)                                    \
    X(METHOD_COUNT, "socks.auth_method_count", "Authentication Method Count", UINT8, DEC, 0, NULL) \
    X(METHOD, "socks.auth_method", "Method", UINT8, DEC, 0, methods)                               \
    X(ACCEPTED, "socks.auth_accepted_method", "Accepted Auth Method", UINT8, HEX, 0, methods)      \
    X(SUBVERSION, "socks.subnegotiation_version", "Subnegotiation Version", UINT8, DEC, 0, NULL)   \
    X(USERNAME, "socks.username", "User name", STRING, NONE, 0, NULL)                              \
    X(PASSWORD, "socks.password", "Password", STRING, NONE, 0, NULL)                               \
    X(AUTH_STATUS, "socks.auth_status", "Status", UINT8, DEC, 0, NULL)                             \
    X(COMMAND, "socks.command", "Command", UINT8, DEC, 0, commands)                                \
    X(RESULT_4, "socks.results", "Results(V4)", UINT8, DEC, 0, results_4)                          \
    X(RESULT_5, "socks.results", "Results(V5)", UINT8, DEC, 0, results_5)                          \
    X(RESERVED, "socks.reserved", "Reserved", UINT8, HEX, 0, NULL)                                 \
    X(ADDRESS_TYPE, "socks.address_type", "Address Type", UINT8, DEC, 0, address_types)            \
    X(DST, "socks.dst", "Remote Address", IPv4, NONE, 0, NULL)                                     \
    X(DST6, "socks.dstV6", "Remote Address(ipv6)", IPv6, NONE, 0, NULL)                            \
    X(REMOTE_NAME, "socks.remote_name", "Remote name", STRING, NONE, 0, NULL)                      \
    X(DOMAIN_4A, "socks.v4a_dns_name", "SOCKS v4a Remote Domain Name", STRING, NONE, 0, NULL)      \
    X(DSTPORT, "socks.dstport", "Remote Port", UINT16, DEC, 0, NULL)                               \
    X(PORT, "socks.port", "Port", UINT16, DEC, 0, NULL)

FIELD_TABLE(FIELDS);

enum { TCP_PORT_TABLE, CARRIED_CHANNEL = 1, SOCKS_PORT = 1080 };
enum step { GREETING, METHODS, AUTH, AUTH_REPLY, REQUEST, REPLY, CARRYING };
enum { NO_AUTH = 0, USER_PASSWORD = 2 };

struct state {
    uint8_t version, step, command, address_type;
    uint16_t port;
    uint8_t address[16];
    int64_t carried[2]; /* bytes, in either direction */
};

static void put_z(struct packet *p, struct cursor *c, unsigned field)
{
    uint32_t left = cursor_captured(c);
    const uint8_t *b = cursor_peek(c, 0, left), *end = left == 0 ? NULL : memchr(b, 0, left);
    if (end == NULL) {
        cursor_skip(c, left);
        return;
    }
    uint32_t n = (uint32_t)(end - b);
    put_data(p, c, field, c->pos, n + 1, b, n);
    cursor_skip(c, n + 1);
}

static void put_4_request(struct packet *p, struct cursor *c, struct state *s)
{
    (void)put_u8(p, c, VERSION);
    s->command = put_u8(p, c, COMMAND);
    s->port = put_u16(p, c, DSTPORT);
    const uint8_t *address = put_ipv4(p, c, DST);
    if (address != NULL)
        memcpy(s->address, address, 4);
    s->address_type = 1;
    put_z(p, c, USERNAME);
    if (address != NULL && address[0] == 0 && address[1] == 0 && address[2] == 0 && address[3] != 0)
        put_z(p, c, DOMAIN_4A);
    s->step = REPLY;
}

static void put_4_reply(struct packet *p, struct cursor *c, struct state *s)
{
    (void)put_u8(p, c, VERSION);
    (void)put_u8(p, c, RESULT_4);
    (void)put_u16(p, c, DSTPORT);
    (void)put_ipv4(p, c, DST);
    s->step = CARRYING;
}

static void put_5_address(struct packet *p, struct cursor *c, struct state *s)
{
    (void)put_u8(p, c, RESERVED);
    uint8_t type = put_u8(p, c, ADDRESS_TYPE);
    const uint8_t *address = NULL;
    if (type == 1) {
        address = put_ipv4(p, c, DST);
    } else if (type == 4) {
        address = put_bytes(p, c, DST6, 16);
    } else if (type == 3) {
        uint8_t n = cursor_u8(c);
        (void)put_bytes(p, c, REMOTE_NAME, n);
    }
    uint16_t port = put_u16(p, c, PORT);
    if (s->step != REQUEST)
        return;
    s->address_type = type;
    s->port = port;
    if (address != NULL)
        memcpy(s->address, address, type == 1 ? 4 : 16);
}

static void put_5_greeting(struct packet *p, struct cursor *c, struct state *s)
{
    (void)put_u8(p, c, VERSION);
    uint32_t tree = tree_text(p, c, c->pos, cursor_left(c), "Client Authentication Methods");
    uint8_t n = put_u8(p, c, METHOD_COUNT);
    for (unsigned i = 0; i < n && cursor_left(c) > 0; i++)
        (void)put_u8(p, c, METHOD);
    tree_end(p, tree);
    s->step = METHODS;
}

static void put_5_auth(struct packet *p, struct cursor *c, struct state *s)
{
    (void)put_u8(p, c, SUBVERSION);
    uint8_t n = cursor_u8(c);
    (void)put_bytes(p, c, USERNAME, n);
    n = cursor_u8(c);
    (void)put_bytes(p, c, PASSWORD, n);
    s->step = AUTH_REPLY;
}

static void put_5(struct packet *p, struct cursor *c, struct state *s)
{
    switch (s->step) {
    case GREETING:
        put_5_greeting(p, c, s);
        break;
    case METHODS: {
        (void)put_u8(p, c, VERSION);
        uint8_t method = put_u8(p, c, ACCEPTED);
        s->step = method == USER_PASSWORD ? AUTH : REQUEST;
        break;
    }
    case AUTH:
        put_5_auth(p, c, s);
        break;
    case AUTH_REPLY:
        (void)put_u8(p, c, SUBVERSION);
        (void)put_u8(p, c, AUTH_STATUS);
        s->step = REQUEST;
        break;
    case REQUEST:
        (void)put_u8(p, c, VERSION);
        s->command = put_u8(p, c, COMMAND);
        put_5_address(p, c, s);
        s->step = REPLY;
        break;
    default:
        (void)put_u8(p, c, VERSION);
        (void)put_u8(p, c, RESULT_5);
        put_5_address(p, c, s);
        s->step = CARRYING;
        break;
    }
}

static void show_nothing(struct packet *p, struct cursor *c, uint32_t n)
{
    (void)p;
    (void)c;
    (void)n;
}

static void show_no_pieces(struct packet *p, const struct cursor *whole,
                           const struct stream_piece *piece)
{
    (void)p;
    (void)whole;
    (void)piece;
}

static void show_no_pdu(struct packet *p, const struct cursor *c, uint32_t n)
{
    (void)p;
    (void)c;
    (void)n;
}

/* What is carried is a stream, shown as if it came from the port that was asked for. */
static void put_carried(struct packet *p, struct cursor *c, struct state *s)
{
    put_uint(p, c, VERSION, c->pos, 0, s->version);
    put_uint(p, c, COMMAND, c->pos, 0, s->command);
    if (s->address_type == 1)
        put_uint(p, c, DST, c->pos, 0, be32(s->address));
    else if (s->address_type == 4)
        put_data(p, c, DST6, c->pos, 0, arena_copy(p->arena, s->address, 16), 16);
    put_uint(p, c, DSTPORT, c->pos, 0, s->port);
    uint16_t src = p->src_port, dst = p->dst_port;
    if (src == SOCKS_PORT)
        p->src_port = s->port;
    else
        p->dst_port = s->port;
    bool up = p->src_port < p->dst_port;
    const struct stream_ways ways = {.table = TCP_PORT_TABLE,
                                     .low = up ? p->src_port : p->dst_port,
                                     .high = up ? p->dst_port : p->src_port,
                                     .waiting = show_nothing,
                                     .completing = show_nothing,
                                     .reassembled = show_no_pieces,
                                     .pdu = show_no_pdu};
    int64_t *carried = &s->carried[p->facts.reverse], offset = *carried;
    *carried += cursor_captured(c);
    struct flow_facts saved = channel_enter(p, CARRIED_CHANNEL, offset);
    layer_end(p, c);
    next_stream(p, c, &ways);
    channel_leave(p, saved);
    p->src_port = src;
    p->dst_port = dst;
}

static void dissect(struct packet *p, struct cursor *c)
{
    struct state none = {0}, *s = flow_state(p, sizeof *s);
    if (s == NULL)
        s = &none;
    const uint8_t *b = cursor_peek(c, 0, 1);
    if (s->version == 0 && b != NULL)
        s->version = b[0];
    info_set(p, "Version: %u", s->version);
    if (s->step == CARRYING) {
        put_carried(p, c, s);
        return;
    }
    if (s->version == 4 && s->step == REPLY)
        put_4_reply(p, c, s);
    else if (s->version == 4)
        put_4_request(p, c, s);
    else
        put_5(p, c, s);
    if (c->fault == CURSOR_OK)
        cursor_skip(c, cursor_captured(c));
}

static const char *const tables[] = {"tcp.port", NULL};
static const struct binding bindings[] = {{"tcp.port", SOCKS_PORT}, {NULL, 0}};

const struct protocol proto_socks = {.name = "socks",
                                     .title = "Socks Protocol",
                                     .column = "Socks",
                                     FIELDS_OF_THIS_FILE,
                                     .tables = tables,
                                     .bindings = bindings,
                                     .dissect = dissect};
