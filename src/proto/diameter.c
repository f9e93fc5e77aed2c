/* diameter: Diameter (RFC 6733, section 3): header.
 *
 *      0         1        4       5         8             12           16
 *     | version | length | flags | command | application | hop-by-hop | end-to-end | AVPs ...
 */
#include "dissect/pdu.h"

#define FIELDS(X)                                                                                  \
    X(VERSION, "diameter.version", "Version", UINT8, HEX, 0, NULL)                                 \
    X(LENGTH, "diameter.length", "Length", UINT24, DEC, 0, NULL)                                   \
    X(FLAGS, "diameter.flags", "Flags", UINT8, HEX, 0, NULL)                                       \
    X(REQUEST, "diameter.flags.request", "Request", BOOLEAN, 8, 0x80, NULL)                        \
    X(PROXYABLE, "diameter.flags.proxyable", "Proxyable", BOOLEAN, 8, 0x40, NULL)                  \
    X(ERROR_FLAG, "diameter.flags.error", "Error", BOOLEAN, 8, 0x20, NULL)                         \
    X(RETRANSMIT, "diameter.flags.T", "T(Potentially re-transmitted message)", BOOLEAN, 8, 0x10,   \
      NULL)                                                                                        \
    X(COMMAND, "diameter.cmd.code", "Command Code", UINT32, DEC, 0, NULL)                          \
    X(APPLICATION, "diameter.applicationId", "ApplicationId", UINT32, DEC, 0, NULL)                \
    X(HOP, "diameter.hopbyhopid", "Hop-by-Hop Identifier", UINT32, HEX, 0, NULL)                   \
    X(END, "diameter.endtoendid", "End-to-End Identifier", UINT32, HEX, 0, NULL)

FIELD_TABLE(FIELDS);

static void dissect(struct packet *p, struct cursor *c)
{
    (void)put_u8(p, c, VERSION);
    (void)put_u24(p, c, LENGTH);
    uint8_t flags = put_u8(p, c, FLAGS);
    uint32_t tree = tree_begin(p, FLAGS);
    put_flags(p, c, REQUEST, 4, c->pos - 1, 1, flags);
    tree_end(p, tree);
    uint32_t command = put_u24(p, c, COMMAND);
    (void)put_u32(p, c, APPLICATION);
    (void)put_u32(p, c, HOP);
    (void)put_u32(p, c, END);
    info_set(p, "cmd=%u %s", command, flags & 0x80 ? "Request" : "Answer");
    if (c->fault == CURSOR_OK)
        cursor_skip(c, cursor_captured(c));
}

static bool probe(const struct packet *p, const struct cursor *c)
{
    (void)p;
    const uint8_t *h = cursor_peek(c, 0, 4);
    return h != NULL && h[0] == 1 && be24(h + 1) >= 36;
}

static uint32_t message(struct packet *p, const struct cursor *c)
{
    (void)p;
    return cursor_captured(c) < 4 ? STREAM_MORE : pdu_be(c, 1, 3, 0);
}

static const struct binding bindings[] = {{"tcp.port", 3868}, {"tls.port", 5868}, {NULL, 0}};

const struct protocol proto_diameter = {.name = "diameter",
                                        .title = "Diameter Protocol",
                                        .column = "DIAMETER",
                                        FIELDS_OF_THIS_FILE,
                                        .bindings = bindings,
                                        .probe = probe,
                                        .message = message,
                                        .pdus = true,
                                        .dissect = dissect};
