/* opcua: OPC Unified Architecture over TCP (OPC 10000-6, section 7.1): header.
 *
 *     | "MSG" | chunk | size (4, little-endian) | ...
 */
#include "dissect/pdu.h"

#define FIELDS(X)                                                                                  \
    X(TYPE, "opcua.transport.type", "Message Type", STRING, NONE, 0, NULL)                         \
    X(CHUNK, "opcua.transport.chunk", "Chunk Type", STRING, NONE, 0, NULL)                         \
    X(SIZE, "opcua.transport.size", "Message Size", UINT32, DEC, 0, NULL)

FIELD_TABLE(FIELDS);

static void dissect(struct packet *p, struct cursor *c)
{
    const uint8_t *type = put_bytes(p, c, TYPE, 3);
    (void)put_bytes(p, c, CHUNK, 1);
    (void)put_uint_le(p, c, SIZE, 4);
    if (type != NULL)
        info_set(p, "%.3s", (const char *)type);
    if (c->fault == CURSOR_OK)
        cursor_skip(c, cursor_captured(c));
}

static uint32_t message(struct packet *p, const struct cursor *c)
{
    (void)p;
    return cursor_captured(c) < 8 ? STREAM_MORE : pdu_le(c, 4, 4, 0);
}

static const struct binding bindings[] = {{"tcp.port", 4840}, {NULL, 0}};

const struct protocol proto_opcua = {.name = "opcua",
                                     .title = "OpcUa Binary Protocol",
                                     .column = "OpcUa",
                                     FIELDS_OF_THIS_FILE,
                                     .bindings = bindings,
                                     .message = message,
                                     .header = 8,
                                     .pdus = true,
                                     .dissect = dissect};
