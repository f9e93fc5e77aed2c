/* _ws.short and _ws.malformed: a layer whose bytes were not captured, or contradict themselves. */
#include "dissect/packet.h"

#define FIELDS(X)                                                                                  \
    X(EXPERT, "_ws.malformed.expert", "Malformed Packet (Exception occurred)", NONE, NONE, 0, NULL)

FIELD_TABLE(FIELDS);

/* The layer that ended in the fault: the one before this. */
static const char *faulty_layer(const struct packet *p)
{
    const struct protocol *def = p->reg->protos[p->layers[p->layer - 1u].proto].def;
    return def->column != NULL ? def->column : def->title;
}

static void dissect_short(struct packet *p, struct cursor *c)
{
    (void)c;
    title(p, "[Packet size limited during capture: %s truncated]", faulty_layer(p));
    info_add(p, "[Packet size limited during capture]");
}

static void dissect_malformed(struct packet *p, struct cursor *c)
{
    title(p, "[Malformed Packet: %s]", faulty_layer(p));
    info_add(p, "[Malformed Packet]");
    put_malformed(p, c, EXPERT);
}

static const struct binding short_bindings[] = {{"fault", CURSOR_SHORT}, {NULL, 0}};
static const struct binding malformed_bindings[] = {{"fault", CURSOR_MALFORMED}, {NULL, 0}};

const struct protocol proto_ws_short = {.name = "_ws.short",
                                        .title = "Short Frame",
                                        .bindings = short_bindings,
                                        .dissect = dissect_short};

const struct protocol proto_ws_malformed = {.name = "_ws.malformed",
                                            .title = "Malformed Packet",
                                            FIELDS_OF_THIS_FILE,
                                            .bindings = malformed_bindings,
                                            .dissect = dissect_malformed};
