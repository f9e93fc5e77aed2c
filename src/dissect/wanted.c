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
    if (w->field == NULL || w->proto == NULL || w->mine == NULL) {
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
    memset(w->field, 1, w->reg->field_count);
    w->any = true;
    w->labels = labels;
    w->titles = labels;
}

/* One step of: a protocol is needed if one that it may carry is. True if something changed. */
static bool wanted_spread(struct wanted *w)
{
    const lamna_registry *reg = w->reg;
    bool changed = false;
    for (uint16_t i = 1; i < reg->proto_count; i++) {
        const struct protocol *def = reg->protos[i].def;
        for (unsigned t = 0; w->proto[i] == 0 && def->tables != NULL && def->tables[t] != NULL; t++) {
            const struct table *table = &reg->tables[reg->protos[i].tables[t]];
            bool carries = false;
            for (uint32_t s = 0; s <= table->mask; s++)
                carries |= w->proto[table->slots[s].proto] != 0;
            for (uint32_t h = 0; h < table->heuristic_count; h++)
                carries |= w->proto[table->heuristics[h]] != 0;
            if (carries) {
                w->proto[i] = 1;
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
            w->proto[i] |= w->field[reg->protos[i].fields + f];
    }
}

/* Is a protocol of this table asked for? The engine's own tables are reached from every layer. */
static bool wanted_in_table(const struct wanted *w, uint32_t number)
{
    if (number == UINT32_MAX)
        return false;
    const struct table *table = &w->reg->tables[number];
    bool wanted = false;
    for (uint32_t s = 0; s <= table->mask; s++)
        wanted |= w->proto[table->slots[s].proto] != 0;
    return wanted;
}

void wanted_finish(struct wanted *w)
{
    const lamna_registry *reg = w->reg;
    bool whole = w->columns || w->labels;
    w->flows |= w->columns || w->titles;
    for (uint32_t f = 1; f < reg->field_count; f++) {
        if (w->field[f] == 0)
            continue;
        w->proto[reg->owner[f]] = 1;
        whole |= (reg->defs[f]->display & WHOLE) != 0;
        w->flows |= (reg->defs[f]->display & FLOW) != 0;
    }
    wanted_borrowers(w);
    whole |= wanted_in_table(w, reg->data_table) || wanted_in_table(w, reg->fault_table);
    /* A flow's state must see every segment, so the way to the transport layer is needed too. */
    for (uint16_t i = 1; w->flows && i < reg->proto_count; i++) {
        for (uint32_t f = 0; f < reg->protos[i].def->field_count; f++)
            w->proto[i] |= (reg->protos[i].def->fields[f].display & FLOW) != 0;
    }
    if (whole)
        memset(w->mine, 1, reg->proto_count);
    for (uint16_t i = 1; i < reg->proto_count; i++)
        w->mine[i] |= w->proto[i];
    if (whole)
        memset(w->proto, 1, reg->proto_count);
    w->proto[0] = 0;
    while (wanted_spread(w)) {
    }
}
