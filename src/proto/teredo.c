/*
 * teredo: IPv6 over UDP through address translation (RFC 4380, section 5.1.1): an authentication
 * header (1), an origin indication (0), each if it is there, and IPv6.
 */
#include "dissect/packet.h"

#define FIELDS(X)                                                                                  \
    X(AUTH, "teredo.auth", "Teredo Authentication header", NONE, NONE, 0, NULL)                    \
    X(AUTH_IDLEN, "teredo.auth.idlen", "Client identifier length", UINT8, DEC, 0, NULL)            \
    X(AUTH_AULEN, "teredo.auth.aulen", "Authentication value length", UINT8, DEC, 0, NULL)         \
    X(AUTH_ID, "teredo.auth.id", "Client identifier", BYTES, NONE, 0, NULL)                        \
    X(AUTH_VALUE, "teredo.auth.value", "Authentication value", BYTES, NONE, 0, NULL)               \
    X(AUTH_NONCE, "teredo.auth.nonce", "Nonce value", BYTES, NONE, 0, NULL)                        \
    X(AUTH_CONF, "teredo.auth.conf", "Confirmation byte", BYTES, NONE, 0, NULL)                    \
    X(ORIG, "teredo.orig", "Teredo Origin Indication header", NONE, NONE, 0, NULL)                 \
    X(ORIG_PORT, "teredo.orig.port", "Origin UDP port", UINT16, DEC, 0, NULL)                      \
    X(ORIG_ADDR, "teredo.orig.addr", "Origin IPv4 address", IPv4, NONE, 0, NULL)

FIELD_TABLE(FIELDS);

enum { VERSION_TABLE };
enum { ORIGIN = 0, AUTHENTICATION = 1, IPV6 = 6 };

static void put_authentication(struct packet *p, struct cursor *c)
{
    const uint8_t *lengths = cursor_peek(c, 2, 2);
    put_data(p, c, AUTH, c->pos, lengths == NULL ? 4 : 13u + lengths[0] + lengths[1], "", 0);
    uint32_t tree = tree_begin(p, AUTH);
    cursor_skip(c, 2);
    uint8_t id = put_u8(p, c, AUTH_IDLEN);
    uint8_t value = put_u8(p, c, AUTH_AULEN);
    if (id > 0)
        (void)put_bytes(p, c, AUTH_ID, id);
    if (value > 0)
        (void)put_bytes(p, c, AUTH_VALUE, value);
    (void)put_bytes(p, c, AUTH_NONCE, 8);
    (void)put_bytes(p, c, AUTH_CONF, 1);
    tree_end(p, tree);
}

/* Both are sent with all bits inverted, so that no translator finds them. */
static void put_origin(struct packet *p, struct cursor *c)
{
    put_data(p, c, ORIG, c->pos, 8, "", 0);
    uint32_t tree = tree_begin(p, ORIG);
    cursor_skip(c, 2);
    uint16_t port = cursor_u16(c);
    uint32_t address = cursor_u32(c);
    if (c->fault == CURSOR_OK) {
        put_uint(p, c, ORIG_PORT, c->pos - 6, 2, (uint16_t)~port);
        put_uint(p, c, ORIG_ADDR, c->pos - 4, 4, ~address);
    }
    tree_end(p, tree);
}

static void dissect(struct packet *p, struct cursor *c)
{
    const uint8_t *type = cursor_peek(c, 0, 2);
    if (type != NULL && be16(type) == AUTHENTICATION)
        put_authentication(p, c);
    type = cursor_peek(c, 0, 2);
    if (type != NULL && be16(type) == ORIGIN)
        put_origin(p, c);
    if (c->fault == CURSOR_OK && !next(p, c, VERSION_TABLE, IPV6))
        next_data(p, c);
}

static const char *const tables[] = {"ip.version", NULL};
static const struct binding bindings[] = {{"udp.port", 3544}, {NULL, 0}};

const struct protocol proto_teredo = {.name = "teredo",
                                      .title = "Teredo IPv6 over UDP tunneling",
                                      .column = "Teredo",
                                      FIELDS_OF_THIS_FILE,
                                      .tables = tables,
                                      .bindings = bindings,
                                      .dissect = dissect};
