/*
 * udpencap: IPsec in UDP, through address translation (RFC 3948): four zero bytes before IKE, one
 * byte 0xff to keep the translation alive, or ESP.
 */
#include "dissect/packet.h"

#define FIELDS(X)                                                                                  \
    X(NAT_KEEPALIVE, "udpencap.nat_keepalive", "NAT-keepalive packet", NONE, NONE, 0, NULL)        \
    X(NON_ESP_MARKER, "udpencap.non_esp_marker", "Non-ESP Marker", NONE, NONE, 0, NULL)

FIELD_TABLE(FIELDS);

enum { PROTO_TABLE, PORT_TABLE };
enum { ESP = 50, IKE_PORT = 500 };

static void dissect(struct packet *p, struct cursor *c)
{
    const uint8_t *first = cursor_peek(c, 0, 4);
    if (cursor_left(c) == 1 && cursor_peek(c, 0, 1) != NULL && *cursor_peek(c, 0, 1) == 0xff) {
        info_set(p, "NAT-keepalive");
        put_data(p, c, NAT_KEEPALIVE, c->pos, 1, "", 0);
        cursor_skip(c, 1);
        return;
    }
    if (first != NULL && be32(first) == 0) {
        put_data(p, c, NON_ESP_MARKER, c->pos, 4, "", 0);
        cursor_skip(c, 4);
        if (!next(p, c, PORT_TABLE, IKE_PORT))
            next_data(p, c);
        return;
    }
    if (!next(p, c, PROTO_TABLE, ESP))
        next_data(p, c);
}

static const char *const tables[] = {"ip.proto", "udp.port", NULL};
static const struct binding bindings[] = {{"udp.port", 4500}, {NULL, 0}};

const struct protocol proto_udpencap = {.name = "udpencap",
                                        .title = "UDP Encapsulation of IPsec Packets",
                                        .column = "UDPENCAP",
                                        FIELDS_OF_THIS_FILE,
                                        .tables = tables,
                                        .bindings = bindings,
                                        .dissect = dissect};
