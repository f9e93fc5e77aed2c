/* pgsql: PostgreSQL's frontend/backend protocol, version 3: messages by their type.
 *
 *     | type (1) | length (4), without the type | ...          the first message of a client has no
 * type
 */
#include "dissect/pdu.h"

#define FIELDS(X)                                                                                  \
    X(TYPE, "pgsql.type", "Type", STRING, NONE, 0, NULL)                                           \
    X(LENGTH, "pgsql.length", "Length", UINT32, DEC, 0, NULL)                                      \
    X(FRONTEND, "pgsql.frontend", "Frontend", BOOLEAN, HIDDEN, 0, NULL)                            \
    X(MAJOR, "pgsql.version_major", "Protocol major version", UINT16, DEC, 0, NULL)                \
    X(MINOR, "pgsql.version_minor", "Protocol minor version", UINT16, DEC, 0, NULL)                \
    X(PARAMETER_NAME, "pgsql.parameter_name", "Parameter name", STRING, NONE, 0, NULL)             \
    X(PARAMETER_VALUE, "pgsql.parameter_value", "Parameter value", STRING, NONE, 0, NULL)          \
    X(STATEMENT, "pgsql.statement", "Statement", STRING, NONE, 0, NULL)                            \
    X(PORTAL, "pgsql.portal", "Portal", STRING, NONE, 0, NULL)                                     \
    X(QUERY, "pgsql.query", "Query", STRING, NONE, 0, NULL)

FIELD_TABLE(FIELDS);

enum { PORT = 5432, TLS_TABLE = 0 };

static const struct value_name frontend[] = {VALUE('p', "Password message"),
                                             VALUE('Q', "Simple query"),
                                             VALUE('P', "Parse"),
                                             VALUE('B', "Bind"),
                                             VALUE('E', "Execute"),
                                             VALUE('D', "Describe"),
                                             VALUE('C', "Close"),
                                             VALUE('H', "Flush"),
                                             VALUE('S', "Sync"),
                                             VALUE('F', "Function call"),
                                             VALUE('d', "Copy data"),
                                             VALUE('c', "Copy completion"),
                                             VALUE('f', "Copy failure"),
                                             VALUE('X', "Termination"),
                                             VALUES_END};
static const struct value_name backend[] = {VALUE('R', "Authentication request"),
                                            VALUE('K', "Backend key data"),
                                            VALUE('S', "Parameter status"),
                                            VALUE('1', "Parse completion"),
                                            VALUE('2', "Bind completion"),
                                            VALUE('3', "Close completion"),
                                            VALUE('C', "Command completion"),
                                            VALUE('t', "Parameter description"),
                                            VALUE('T', "Row description"),
                                            VALUE('D', "Data row"),
                                            VALUE('I', "Empty query"),
                                            VALUE('n', "No data"),
                                            VALUE('E', "Error"),
                                            VALUE('N', "Notice"),
                                            VALUE('s', "Portal suspended"),
                                            VALUE('Z', "Ready for query"),
                                            VALUE('A', "Notification"),
                                            VALUE('V', "Function call response"),
                                            VALUE('G', "CopyIn response"),
                                            VALUE('H', "CopyOut response"),
                                            VALUE('d', "Copy data"),
                                            VALUE('c', "Copy completion"),
                                            VALUE('v', "Negotiate protocol version"),
                                            VALUES_END};

/* Text that ends with a zero byte. */
static void put_z(struct packet *p, struct cursor *c, unsigned field)
{
    uint32_t left = cursor_captured(c);
    const uint8_t *b = cursor_peek(c, 0, left), *end = left == 0 ? NULL : memchr(b, 0, left);
    if (b == NULL)
        return;
    uint32_t n = end == NULL ? left : (uint32_t)(end - b);
    put_data(p, c, field, c->pos, end == NULL ? n : n + 1, b, n);
    cursor_skip(c, end == NULL ? n : n + 1);
}

static bool typed(const struct packet *p, const struct cursor *c)
{
    const uint8_t *b = cursor_peek(c, 0, 1);
    return p->dst_port != PORT || (b != NULL && b[0] != 0);
}

static void put_startup(struct packet *p, struct cursor *c)
{
    const uint8_t *h = cursor_peek(c, 0, 8);
    uint32_t version = h == NULL ? 0 : be32(h + 4);
    const char *name = version == 80877104   ? "GSS encrypt request"
                       : version == 80877103 ? "SSL request"
                       : version == 80877102 ? "Cancel request"
                                             : "Startup message";
    put_string(p, c, TYPE, c->pos, 0, name);
    info_set(p, ">%s", name);
    (void)put_u32(p, c, LENGTH);
    put_uint(p, c, FRONTEND, c->pos, 0, 1);
    if (version >> 16 != 3)
        return;
    (void)put_u16(p, c, MAJOR);
    (void)put_u16(p, c, MINOR);
    while (cursor_captured(c) > 1) {
        put_z(p, c, PARAMETER_NAME);
        put_z(p, c, PARAMETER_VALUE);
    }
}

/* What a message of the client is about: statements and portals have names, "" among them. */
static void put_names(struct packet *p, struct cursor *c, uint8_t type)
{
    if (type == 'B' || type == 'E')
        put_z(p, c, PORTAL);
    if (type == 'P' || type == 'B')
        put_z(p, c, STATEMENT);
    if (type == 'Q' || type == 'P')
        put_z(p, c, QUERY);
    if (type == 'D' || type == 'C')
        put_z(p, c, cursor_u8(c) == 'S' ? STATEMENT : PORTAL);
}

/* The answer to an SSL request is one byte alone. */
static bool is_answer(const struct packet *p, const struct cursor *c)
{
    const uint8_t *b = cursor_peek(c, 0, 1);
    return p->src_port == PORT && cursor_captured(c) == 1 && b != NULL && (*b == 'S' || *b == 'N');
}

static void dissect(struct packet *p, struct cursor *c)
{
    bool client = p->dst_port == PORT;
    if (is_answer(p, c)) {
        if (cursor_u8(c) == 'S') /* TLS begins */
            flow_becomes(p, TLS_TABLE, 0);
        layer_withdraw(p);
        return;
    }
    if (!typed(p, c)) {
        put_startup(p, c);
    } else {
        const uint8_t *b = cursor_take(c, 1);
        uint8_t type = b == NULL ? 0 : b[0];
        const char *name = value_name_find(client ? frontend : backend, type);
        put_string(p, c, TYPE, c->pos - 1, 1, name != NULL ? name : "Unknown");
        info_set(p, "%c%s", client ? '>' : '<', name != NULL ? name : "Unknown");
        if (cursor_left(c) >= 4)
            (void)put_u32(p, c, LENGTH);
        put_uint(p, c, FRONTEND, c->pos, 0, client);
        if (client)
            put_names(p, c, type);
        if (!client && type == 'S' && cursor_left(c) > 0) {
            put_z(p, c, PARAMETER_NAME);
            put_z(p, c, PARAMETER_VALUE);
        }
    }
    if (c->fault == CURSOR_OK)
        cursor_skip(c, cursor_captured(c));
}

static uint32_t message(struct packet *p, const struct cursor *c)
{
    if (!typed(p, c))
        return pdu_be(c, 0, 4, 0);
    if (is_answer(p, c))
        return 1;
    return cursor_captured(c) < 5 ? STREAM_MORE : pdu_be(c, 1, 4, 1);
}

static const char *const tables[] = {"tls", NULL};
static const struct binding bindings[] = {{"tcp.port", PORT}, {"tls.port", PORT}, {NULL, 0}};

const struct protocol proto_pgsql = {.name = "pgsql",
                                     .title = "PostgreSQL",
                                     .column = "PGSQL",
                                     FIELDS_OF_THIS_FILE,
                                     .tables = tables,
                                     .bindings = bindings,
                                     .message = message,
                                     .pdus = true,
                                     .dissect = dissect};
