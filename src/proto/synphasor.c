/* synphasor: synchrophasors (IEEE C37.118.2): header.
 *
 *      0      2      4    6      10
 *     | sync | size | ID | second | fraction | ...
 */
#include "dissect/pdu.h"

static const struct value_name types[] = {VALUE(0, "Data Frame"),
                                          VALUE(1, "Header Frame"),
                                          VALUE(2, "Configuration Frame 1"),
                                          VALUE(3, "Configuration Frame 2"),
                                          VALUE(4, "Command Frame"),
                                          VALUE(5, "Configuration Frame 3"),
                                          VALUES_END};

#define FIELDS(X)                                                                                  \
    X(SYNC, "synphasor.sync", "Synchronization word", UINT16, HEX, 0, NULL)                        \
    X(TYPE, "synphasor.frtype", "Frame Type", UINT16, HEX, 0x0070, types)                          \
    X(VERSION, "synphasor.version", "Version", UINT16, HEX, 0x000f, NULL)                          \
    X(SIZE, "synphasor.frsize", "Framesize", UINT16, DEC, 0, NULL)                                 \
    X(ID, "synphasor.idcode_stream_source", "PMU/DC ID number (Stream source ID)", UINT16, DEC, 0, \
      NULL)

FIELD_TABLE(FIELDS);

static void dissect(struct packet *p, struct cursor *c)
{
    uint16_t sync = put_u16(p, c, SYNC);
    uint32_t tree = tree_begin(p, SYNC);
    put_flags(p, c, TYPE, 2, c->pos - 2, 2, sync);
    tree_end(p, tree);
    (void)put_u16(p, c, SIZE);
    (void)put_u16(p, c, ID);
    const char *name = value_name_find(types, sync >> 4 & 7);
    title(p, "IEEE C37.118 Synchrophasor Protocol, %s [correct]", name != NULL ? name : "invalid");
    info_set(p, "%s", name != NULL ? name : "Unknown");
    if (c->fault == CURSOR_OK)
        cursor_skip(c, cursor_captured(c));
}

static bool probe(const struct packet *p, const struct cursor *c)
{
    (void)p;
    const uint8_t *h = cursor_peek(c, 0, 1);
    return h != NULL && h[0] == 0xaa;
}

static uint32_t message(struct packet *p, const struct cursor *c)
{
    (void)p;
    return cursor_captured(c) < 4 ? STREAM_MORE : pdu_be(c, 2, 2, 0);
}

static const struct binding bindings[] = {{"tcp.port", 4712}, {"udp.port", 4713}, {NULL, 0}};

const struct protocol proto_synphasor = {.name = "synphasor",
                                         .title = "IEEE C37.118 Synchrophasor Protocol",
                                         .column = "SYNCHROPHASOR",
                                         FIELDS_OF_THIS_FILE,
                                         .bindings = bindings,
                                         .probe = probe,
                                         .message = message,
                                         .pdus = true,
                                         .dissect = dissect};
