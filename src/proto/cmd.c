/* cmd: Cisco MetaData, a security group tag before a packet. */
#include "dissect/names.h"
#include "dissect/packet.h"

#define FIELDS(X)                                                                                  \
    X(TYPE, "cmd.type", "Type", UINT16, HEX, 0, ethertype_names)                                   \
    X(VERSION, "cmd.version", "Version", UINT8, DEC, 0, NULL)                                      \
    X(LENGTH, "cmd.length", "Length", UINT8, DEC, 0, NULL)                                         \
    X(OPTIONS, "cmd.options", "Options", UINT16, HEX, 0, NULL)                                     \
    X(SGT, "cmd.sgt", "SGT", UINT16, DEC, 0, NULL)

FIELD_TABLE(FIELDS);

enum { TYPE_TABLE };

/* In GRE the type of what follows comes first, in Ethernet it comes last. */
static void dissect_rest(struct packet *p, struct cursor *c, bool type_first)
{
    uint16_t type = type_first ? put_u16(p, c, TYPE) : 0;
    (void)put_u8(p, c, VERSION);
    (void)put_u8(p, c, LENGTH);
    (void)put_u16(p, c, OPTIONS);
    (void)put_u16(p, c, SGT);
    if (!type_first)
        type = put_u16(p, c, TYPE);
    if (c->fault != CURSOR_OK)
        return;
    if (!(type_first ? next_bare(p, c, TYPE_TABLE, type) : next(p, c, TYPE_TABLE, type)))
        next_data(p, c);
}

static void dissect(struct packet *p, struct cursor *c)
{
    bool gre =
        p->layer > 0 && strcmp(p->reg->protos[p->layers[p->layer - 1].proto].def->name, "gre") == 0;
    dissect_rest(p, c, gre);
}

static const char *const tables[] = {"ethertype", NULL};
static const struct binding bindings[] = {{"ethertype", 0x8909}, {"gre.proto", 0x8909}, {NULL, 0}};

const struct protocol proto_cmd = {.name = "cmd",
                                   .title = "Cisco MetaData",
                                   .column = "CMD",
                                   FIELDS_OF_THIS_FILE,
                                   .tables = tables,
                                   .bindings = bindings,
                                   .dissect = dissect};
