/*
 * gvrp: GARP VLAN registration (IEEE 802.1D-2004, 12.10).
 *
 *     | protocol 2 | messages: | type 1 | attributes: | length 1 | event 1 | value ... |, 0 |, 0 |
 */
#include "dissect/packet.h"

static const struct value_name type_names[] = {VALUE(1, "VID"), VALUES_END};
static const struct value_name event_names[] = {
    VALUE(0, "Leave All"), VALUE(1, "Join Empty"), VALUE(2, "Join In"), VALUE(3, "Leave Empty"),
    VALUE(4, "Leave In"),  VALUE(5, "Empty"),      VALUES_END};

#define FIELDS(X)                                                                                  \
    X(PROTOCOL, "gvrp.protocol_id", "Protocol Identifier", UINT16, HEX, 0, NULL)                   \
    X(TYPE, "gvrp.attribute_type", "Type", UINT8, HEX, 0, type_names)                              \
    X(LENGTH, "gvrp.attribute_length", "Length", UINT8, DEC, 0, NULL)                              \
    X(EVENT, "gvrp.attribute_event", "Event", UINT8, DEC, 0, event_names)                          \
    X(VALUE_FIELD, "gvrp.attribute_value", "Value", UINT16, DEC, 0, NULL)                          \
    X(END, "gvrp.end_of_mark", "End of Mark", NONE, NONE, 0, NULL)

FIELD_TABLE(FIELDS);

/* A zero where a type or length could be ends the list. */
static bool at_end(struct packet *p, struct cursor *c)
{
    const uint8_t *b = cursor_peek(c, 0, 1);
    if (b == NULL || *b != 0)
        return b == NULL;
    put_mark(p, c, END);
    cursor_skip(c, 1);
    return true;
}

static void put_attributes(struct packet *p, struct cursor *c)
{
    while (c->fault == CURSOR_OK && !at_end(p, c)) {
        uint8_t length = put_u8(p, c, LENGTH);
        (void)put_u8(p, c, EVENT);
        if (length >= 4)
            (void)put_u16(p, c, VALUE_FIELD);
        if (length > 4)
            cursor_skip(c, length - 4u);
    }
}

static void dissect(struct packet *p, struct cursor *c)
{
    (void)put_u16(p, c, PROTOCOL);
    info_set(p, "GVRP");
    while (c->fault == CURSOR_OK && !at_end(p, c)) {
        (void)put_u8(p, c, TYPE);
        put_attributes(p, c);
    }
    if (c->fault == CURSOR_OK)
        cursor_trim(c, 0);
}

static const struct binding bindings[] = {{"stp.garp", 0x21}, {NULL, 0}};

const struct protocol proto_gvrp = {.name = "gvrp",
                                    .title = "GARP VLAN Registration Protocol",
                                    .column = "GVRP",
                                    FIELDS_OF_THIS_FILE,
                                    .bindings = bindings,
                                    .dissect = dissect};
