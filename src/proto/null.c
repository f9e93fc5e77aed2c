/*
 * null: BSD loopback (LINKTYPE_NULL, LINKTYPE_LOOP). Four bytes of address family, in the byte
 * order of the machine that captured, which is unknown here, or in network byte order for
 * LINKTYPE_LOOP.
 */
#include "dissect/names.h"
#include "dissect/packet.h"

static const struct value_name family_names[] = {
    VALUE(2, "IP"),    VALUE(7, "OSI"),   VALUE(16, "AppleTalk"), VALUE(23, "IPX"),
    VALUE(24, "IPv6"), VALUE(28, "IPv6"), VALUE(30, "IPv6"),      VALUES_END};

#define FIELDS(X)                                                                                  \
    X(TYPE, "null.type", "Type", UINT16, HEX, 0, ethertype_names)                                  \
    X(FAMILY, "null.family", "Family", UINT32, DEC, 0, family_names)

FIELD_TABLE(FIELDS);

enum { FAMILY_TABLE, ETHERTYPE_TABLE };
enum { MIN_TYPE = 1536 };

/* Families are small numbers, so the order that makes the number small is the right one. */
static uint32_t family_of(const uint8_t *bytes)
{
    return (be32(bytes) & 0xffff0000u) != 0 ? le32(bytes) : be32(bytes);
}

static void dissect(struct packet *p, struct cursor *c)
{
    if (!layer_starts(p, c, 4))
        return;
    const uint8_t *bytes = cursor_take(c, 4);
    uint32_t family = family_of(bytes);
    if (family > UINT16_MAX)
        family = be16(bytes + 2); /* no family in either order, but in some captures an ethertype */
    if (family >= MIN_TYPE) {
        put_uint(p, c, TYPE, c->pos - 4, 4, family);
        if (!next(p, c, ETHERTYPE_TABLE, family))
            next_data(p, c);
        return;
    }
    put_uint(p, c, FAMILY, c->pos - 4, 4, family);
    if (!next(p, c, FAMILY_TABLE, family))
        next_data(p, c);
}

static const char *const tables[] = {"null.family", "ethertype", NULL};
static const struct binding bindings[] = {{"link_type", 0}, {"link_type", 108}, {NULL, 0}};

const struct protocol proto_null = {.name = "null",
                                    .title = "Null/Loopback",
                                    .column = "Null",
                                    FIELDS_OF_THIS_FILE,
                                    .tables = tables,
                                    .bindings = bindings,
                                    .dissect = dissect};
