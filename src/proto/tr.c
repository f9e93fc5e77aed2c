/*
 * tr: the frame of Token Ring (IEEE 802.5).
 *
 *     | access control 8 | frame control 8 | destination 48 | source 48 | route 0 or 2-30 bytes |
 * LLC ... |
 *
 * The first bit of the source says that there is a route; its length is in the route's first byte.
 */
#include "dissect/packet.h"

static const struct value_name frame_names[] = {VALUE(0, "Token"), VALUE(1, "Frame"), VALUES_END};
static const struct value_name type_names[] = {
    VALUE(0, "MAC"), VALUE(1, "LLC"), VALUE(2, "Reserved"), VALUE(3, "Unknown"), VALUES_END};
static const struct value_name pcf_names[] = {VALUE(0, "Normal buffer"),
                                              VALUE(1, "Express buffer"),
                                              VALUE(2, "Purge"),
                                              VALUE(3, "Claim Token"),
                                              VALUE(4, "Beacon"),
                                              VALUE(5, "Active Monitor Present"),
                                              VALUE(6, "Standby Monitor Present"),
                                              VALUES_END};

#define FIELDS(X)                                                                                  \
    X(AC, "tr.ac", "Access Control", UINT8, HEX, 0, NULL)                                          \
    X(PRIORITY, "tr.priority", "Priority", UINT8, DEC, 0xe0, NULL)                                 \
    X(FRAME, "tr.frame", "Frame", BOOLEAN, 8, 0x10, frame_names)                                   \
    X(MONITOR, "tr.monitor_cnt", "Monitor Count", UINT8, DEC, 0x08, NULL)                          \
    X(RESERVATION, "tr.priority_reservation", "Priority Reservation", UINT8, DEC, 0x07, NULL)      \
    X(FC, "tr.fc", "Frame Control", UINT8, HEX, 0, NULL)                                           \
    X(TYPE, "tr.frame_type", "Frame Type", UINT8, DEC, 0xc0, type_names)                           \
    X(PCF, "tr.frame_pcf", "Frame PCF", UINT8, DEC, 0x0f, pcf_names)                               \
    X(DST, "tr.dst", "Destination", ETHER, NONE, 0, NULL)                                          \
    X(SRC, "tr.src", "Source", ETHER, NONE, 0, NULL)                                               \
    X(ADDR, "tr.addr", "Source or Destination Address", ETHER, HIDDEN, 0, NULL)                    \
    X(ROUTED, "tr.sr", "Source Routed", BOOLEAN, NONE, 0, NULL)                                    \
    X(ROUTE_BYTES, "tr.rif_bytes", "RIF Bytes", UINT8, DEC, 0, NULL)

FIELD_TABLE(FIELDS);

enum { LLC_TABLE, LLC = 0, TYPE_LLC = 1, ROUTE_LENGTH = 0x1f };

static uint8_t put_controls(struct packet *p, struct cursor *c)
{
    uint8_t access = put_u8(p, c, AC);
    uint32_t tree = tree_begin(p, AC);
    put_flags(p, c, PRIORITY, 4, c->pos - 1, 1, access);
    tree_end(p, tree);
    uint8_t control = put_u8(p, c, FC);
    tree = tree_begin(p, FC);
    put_flags(p, c, TYPE, 2, c->pos - 1, 1, control);
    tree_end(p, tree);
    return control >> 6;
}

static void dissect(struct packet *p, struct cursor *c)
{
    uint8_t type = put_controls(p, c);
    uint32_t at = c->pos;
    const uint8_t *dst = put_bytes(p, c, DST, 6), *wire = cursor_take(c, 6);
    uint8_t *src = wire != NULL ? (uint8_t *)arena_copy(p->arena, wire, 6) : NULL;
    if (c->fault != CURSOR_OK || src == NULL)
        return;
    bool routed = (wire[0] & 0x80) != 0;
    src[0] &= 0x7f;
    put_data(p, c, SRC, at + 6, 6, wire, 6);
    put_data(p, c, ADDR, at, 6, dst, 6);
    put_data(p, c, ADDR, at + 6, 6, wire, 6);
    put_uint(p, c, ROUTED, at + 6, 1, routed);
    put_data(p, c, SRC, at + 6, 6, src, 6);
    if (wants(p, SRC) && p->count > 0)
        p->items[p->count - 1].flags |= LAMNA_ITEM_HIDDEN;
    p->column_src = (struct address){ADDRESS_ETHER, src};
    p->column_dst = (struct address){ADDRESS_ETHER, dst};
    info_set(p, "Token-Ring %s", type == TYPE_LLC ? "LLC" : "MAC");
    if (routed) {
        const uint8_t *first = cursor_peek(c, 0, 1);
        uint32_t length = first != NULL ? *first & ROUTE_LENGTH : 0;
        put_uint(p, c, ROUTE_BYTES, c->pos, 1, length);
        cursor_skip(c, length);
    }
    if (type != TYPE_LLC || !next(p, c, LLC_TABLE, LLC))
        next_data(p, c);
}

static const char *const tables[] = {"eth.length", NULL};
static const struct binding bindings[] = {{"link_type", 6}, {NULL, 0}};

const struct protocol proto_tr = {.name = "tr",
                                  .title = "Token-Ring",
                                  .column = "TR",
                                  FIELDS_OF_THIS_FILE,
                                  .tables = tables,
                                  .bindings = bindings,
                                  .dissect = dissect};
