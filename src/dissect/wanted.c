/* What is asked of packets: which fields, and so which protocols need to be walked at all. */
#include <stdlib.h>
#include <string.h>

#include "dissect/packet.h"

struct wanted *wanted_new(const lamna_registry *reg)
{
    struct wanted *w = calloc(1, sizeof *w);
    if (w == NULL)
        return NULL;
    w->reg = reg;
    w->field = calloc(reg->field_count, 1);
    w->proto = calloc(reg->proto_count, 1);
    w->mine = calloc(reg->proto_count, 1);
    w->asked = calloc(reg->proto_count, 1);
    if (w->field == NULL || w->proto == NULL || w->mine == NULL || w->asked == NULL) {
        wanted_free(w);
        return NULL;
    }
    return w;
}

void wanted_free(struct wanted *w)
{
    if (w == NULL)
        return;
    free(w->field);
    free(w->proto);
    free(w->mine);
    free(w->asked);
    free(w);
}

/* Fields of one name may be more than one: a few are registered by two protocols. */
void wanted_add(struct wanted *w, uint32_t field)
{
    const char *name = w->reg->fields[field].name;
    w->any = true;
    for (uint32_t f = 1; f < w->reg->field_count; f++) {
        if (f == field || strcmp(w->reg->fields[f].name, name) == 0)
            w->field[f] = 1;
    }
}

void wanted_all(struct wanted *w, bool labels)
{
    for (uint32_t f = 0; f < w->reg->field_count; f++)
        w->field[f] |= f == 0 || (w->reg->defs[f]->display & ON_REQUEST) == 0;
    w->any = true;
    w->labels = labels;
    w->titles = labels;
}

/* Is a protocol of this table asked for? */
static bool table_carries(const struct wanted *w, const struct table *table)
{
    bool carries = false;
    for (uint32_t s = 0; s <= table->mask; s++)
        carries |= w->proto[table->slots[s].proto] != 0;
    for (uint32_t h = 0; h < table->heuristic_count; h++)
        carries |= w->proto[table->heuristics[h]] != 0;
    return carries;
}

/* Does what `child` is asked for ask for `parent`, which has it in this table? */
static bool asks(const struct wanted *w, uint16_t parent, const struct table *table, uint16_t child)
{
    return w->proto[child] & WALK_ASKED &&
           (w->asked[child] != 0 || registry_leads(w->reg, parent, table, child));
}

static bool table_asks(const struct wanted *w, uint16_t parent, const struct table *table)
{
    for (uint32_t s = 0; s <= table->mask; s++) {
        if (asks(w, parent, table, table->slots[s].proto))
            return true;
    }
    for (uint32_t h = 0; h < table->heuristic_count; h++) {
        if (asks(w, parent, table, table->heuristics[h]))
            return true;
    }
    return false;
}

/* One step of: a protocol is needed if one that it may carry is. True if something changed. */
static bool wanted_spread(struct wanted *w)
{
    const lamna_registry *reg = w->reg;
    bool changed = false;
    for (uint16_t i = 1; i < reg->proto_count; i++) {
        const struct protocol *def = reg->protos[i].def;
        for (unsigned t = 0; def->tables != NULL && def->tables[t] != NULL; t++) {
            bool sealed = !w->secrets && def->sealed >> t & 1;
            if ((w->proto[i] & WALK_ASKED) == 0 && !sealed &&
                table_asks(w, i, &reg->tables[reg->protos[i].tables[t]])) {
                w->proto[i] |= WALK_ASKED;
                changed = true;
            }
        }
    }
    return changed;
}

/* A protocol that only lends its fields to others (fields_of) makes the borrowers needed. */
static void wanted_borrowers(struct wanted *w)
{
    const lamna_registry *reg = w->reg;
    for (uint16_t i = 1; i < reg->proto_count; i++) {
        const struct protocol *of = reg->protos[i].def->fields_of;
        for (uint32_t f = 0; of != NULL && f < of->field_count; f++)
            w->proto[i] |= w->field[reg->protos[i].fields + f] != 0 ? WALK_ASKED : 0;
    }
}

/* Is something asked for that a stream carries? */
static bool wanted_in_stream(const struct wanted *w)
{
    const lamna_registry *reg = w->reg;
    for (uint16_t i = 1; i < reg->proto_count; i++) {
        const struct protocol *def = reg->protos[i].def;
        for (unsigned t = 0; def->streams && def->tables[t] != NULL; t++) {
            if (table_carries(w, &reg->tables[reg->protos[i].tables[t]]))
                return true;
        }
    }
    return false;
}

/* Is something asked for that only the packets before it explain? */
static bool wanted_remembers(const struct wanted *w)
{
    for (uint16_t i = 1; i < w->reg->proto_count; i++) {
        if (w->proto[i] != 0 && w->reg->protos[i].def->remembers)
            return true;
    }
    return false;
}

/* A flow's state must see every segment, so the way to the transport layer is needed too. */
static void wanted_way_to_flows(struct wanted *w)
{
    for (uint16_t i = 1; w->flows && i < w->reg->proto_count; i++) {
        if (w->reg->protos[i].def->flows)
            w->proto[i] |= w->mine[i] = WALK_ASKED;
    }
}

/* Adds what flows need to what is asked for. */
static void wanted_settle(struct wanted *w)
{
    wanted_way_to_flows(w);
    w->proto[0] = 0;
    while (wanted_spread(w)) {
    }
}

static void wanted_flags(struct wanted *w, uint32_t display)
{
    w->ask_flows |= (display & FLOW) != 0;
    w->ask_analysis |= (display & ANALYSIS) != 0;
    w->ask_unacked |= (display & UNACKED) != 0;
    w->ask_streams |= (display & STREAM) != 0;
    w->future |= (display & FUTURE) != 0;
    w->bodies |= (display & BEHIND_HEAD) != 0;
}

void wanted_finish(struct wanted *w)
{
    const lamna_registry *reg = w->reg;
    bool whole = w->labels, stream = false;
    w->ask_flows |= w->columns || w->titles;
    for (uint32_t f = 1; f < reg->field_count; f++) {
        if (w->field[f] == 0)
            continue;
        w->proto[reg->owner[f]] = w->asked[reg->owner[f]] = WALK_ASKED;
        whole |= (reg->defs[f]->display & WHOLE) != 0;
        stream |= reg->defs[f]->display & STREAM && reg->protos[reg->owner[f]].def->streams;
        wanted_flags(w, reg->defs[f]->display);
    }
    wanted_borrowers(w);
    /* The engine's own tables are reached from every layer. */
    whole |= reg->data_table != UINT32_MAX && table_carries(w, &reg->tables[reg->data_table]);
    whole |= reg->fault_table != UINT32_MAX && table_carries(w, &reg->tables[reg->fault_table]);
    memcpy(w->mine, w->proto, reg->proto_count);
    stream |= w->coded = w->columns;
    w->pieces = w->ask_streams || whole;
    for (uint16_t i = 1; i < reg->proto_count; i++) {
        bool says = whole || (w->columns && !reg->protos[i].def->plain);
        w->proto[i] |= (says ? WALK_ASKED : 0) | (stream ? WALK_STREAM : 0);
        w->mine[i] |= whole || stream;
    }
    while (wanted_spread(w)) {
    }
    if (reg->expected_table != UINT32_MAX && table_carries(w, &reg->tables[reg->expected_table]))
        w->ask_flows = true;
    bool asked = w->ask_flows || w->ask_analysis || w->ask_streams;
    w->streams = w->ask_streams || wanted_in_stream(w);
    w->analysis = w->ask_analysis || w->streams;
    w->unacked = w->ask_unacked;
    w->flows = asked || w->analysis || wanted_remembers(w);
    w->lazy = w->flows && !asked;
    wanted_settle(w);
}

void wanted_join(struct wanted *first, struct wanted *second)
{
    bool lazy = (first->lazy || !first->flows) && (second->lazy || !second->flows);
    for (uint16_t i = 1; i < first->reg->proto_count; i++) {
        first->proto[i] |= second->proto[i];
        first->mine[i] |= second->mine[i];
    }
    first->streams |= second->streams;
    first->cut |= second->cut;
    first->bodies |= second->bodies;
    first->coded |= second->coded;
    first->pieces |= second->pieces;
    first->analysis |= second->analysis;
    first->unacked |= second->unacked;
    first->flows |= second->flows;
    first->lazy = first->flows && lazy;
    second->lazy = second->flows && lazy;
    wanted_settle(first);
}
