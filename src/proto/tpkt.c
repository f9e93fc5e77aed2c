/* tpkt: ISO transport over TCP (RFC 1006), and cotp: its packets (ISO 8073), with RDP's negotiation
 * in them.
 *
 *      0         1          2          4
 *     | 3       | reserved | length   | TPDU ...
 */
#include "dissect/pdu.h"

#define TPKT_FIELDS(X)                                                                             \
    X(VERSION, "tpkt.version", "Version", UINT8, DEC, 0, NULL)                                     \
    X(RESERVED, "tpkt.reserved", "Reserved", UINT8, DEC, 0, NULL)                                  \
    X(LENGTH, "tpkt.length", "Length", UINT16, DEC, 0, NULL)                                       \
    X(CONTINUATION, "tpkt.continuation_data", "Continuation data", BYTES, NONE, 0, NULL)

FIELD_TABLE(TPKT_FIELDS);

enum { COTP_TABLE };

static void dissect(struct packet *p, struct cursor *c)
{
    const uint8_t *version = cursor_peek(c, 0, 1);
    if (version == NULL || version[0] != 3) {
        (void)put_bytes(p, c, CONTINUATION, cursor_captured(c));
        info_set(p, "Continuation");
        return;
    }
    (void)put_u8(p, c, VERSION);
    (void)put_u8(p, c, RESERVED);
    uint16_t n = put_u16(p, c, LENGTH);
    title(p, "TPKT, Version: 3, Length: %u", n);
    info_set(p, "TPKT");
    if (n >= 4)
        cursor_trim(c, n - 4u);
    (void)next(p, c, COTP_TABLE, 0);
}

static uint32_t message(struct packet *p, const struct cursor *c)
{
    (void)p;
    const uint8_t *h = cursor_peek(c, 0, 1);
    if (h != NULL && h[0] != 3)
        return cursor_captured(c);
    h = cursor_peek(c, 0, 4);
    if (h == NULL)
        return STREAM_MORE;
    return be16(h + 2) < 4 ? cursor_captured(c) : be16(h + 2);
}

static const char *const tables[] = {"cotp", NULL};
static const struct binding bindings[] = {{"tcp.port", 102}, {"tcp.port", 3389}, {NULL, 0}};

const struct protocol proto_tpkt = {.name = "tpkt",
                                    .title = "TPKT - ISO on TCP - RFC1006",
                                    .column = "TPKT",
                                    FIELDS_OF_THIS_FILE,
                                    .tables = tables,
                                    .bindings = bindings,
                                    .message = message,
                                    .dissect = dissect};
