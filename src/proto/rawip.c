/* raw: captures that begin with an IP header; its version field says which (RFC 791, RFC 8200). */
#include "dissect/packet.h"

enum { VERSION_TABLE };

static void dissect(struct packet *p, struct cursor *c)
{
    const uint8_t *first = cursor_peek(c, 0, 1);
    info_set(p, "Raw packet data");
    if (first == NULL || !next(p, c, VERSION_TABLE, *first >> 4u))
        next_data(p, c);
}

static const char *const tables[] = {"ip.version", NULL};
static const struct binding bindings[] = {{"link_type", 12},  {"link_type", 14},
                                          {"link_type", 101}, {NULL, 0}};

const struct protocol proto_rawip = {.name = "raw",
                                     .title = "Raw packet data",
                                     .column = "Raw",
                                     .tables = tables,
                                     .bindings = bindings,
                                     .dissect = dissect};
