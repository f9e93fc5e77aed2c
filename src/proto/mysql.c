/* mysql: MySQL's client/server protocol: packets, with their number.
 *
 *     | length (3, little-endian) | number | payload ... |
 */
#include "dissect/pdu.h"

#define FIELDS(X)                                                                                  \
    X(LENGTH, "mysql.packet_length", "Packet Length", UINT24, DEC, 0, NULL)                        \
    X(NUMBER, "mysql.packet_number", "Packet Number", UINT8, DEC | STREAM, 0, NULL)

FIELD_TABLE(FIELDS);

enum { TLS_TABLE, HEADER = 4, CLIENT_SSL = 0x800, SHORT_LOGIN = 32 };

/* A login of 32 bytes with the flag for TLS asks for it: what follows is encrypted. */
static void dissect(struct packet *p, struct cursor *c)
{
    const uint8_t *h = cursor_peek(c, 0, HEADER + 4);
    while (cursor_captured(c) >= HEADER && c->fault == CURSOR_OK) {
        uint32_t n = (uint32_t)put_uint_le(p, c, LENGTH, 3);
        (void)put_u8(p, c, NUMBER);
        uint32_t left = cursor_captured(c);
        cursor_skip(c, n < left ? n : left);
    }
    bool request = p->dst_port == 3306;
    info_set(p, request ? "Request" : "Response");
    if (request && h != NULL && le16(h) == SHORT_LOGIN && h[3] == 1 &&
        (le32(h + HEADER) & CLIENT_SSL) != 0)
        flow_becomes(p, TLS_TABLE, 0);
    if (c->fault == CURSOR_OK)
        cursor_skip(c, cursor_captured(c));
}

static uint32_t message(struct packet *p, const struct cursor *c)
{
    (void)p;
    return cursor_captured(c) < 3 ? STREAM_MORE : pdu_le(c, 0, 3, HEADER);
}

static const char *const tables[] = {"tls", NULL};
static const struct binding bindings[] = {{"tcp.port", 3306}, {"tls.port", 3306}, {NULL, 0}};

const struct protocol proto_mysql = {.name = "mysql",
                                     .title = "MySQL Protocol",
                                     .column = "MySQL",
                                     FIELDS_OF_THIS_FILE,
                                     .tables = tables,
                                     .bindings = bindings,
                                     .message = message,
                                     .header = HEADER,
                                     .pdus = true,
                                     .dissect = dissect};
