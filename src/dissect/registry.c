#include "dissect/registry.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"

const char *value_name_find(const struct value_name *names, uint64_t v)
{
    if (names == NULL)
        return NULL;
    for (; names->name != NULL; names++) {
        if (v >= names->low && v <= names->high)
            return names->name;
    }
    return NULL;
}

unsigned type_bytes(lamna_type type)
{
    static const uint8_t bytes[LAMNA_TYPE_COUNT] = {
        [LAMNA_CHAR] = 1,   [LAMNA_UINT8] = 1,  [LAMNA_UINT16] = 2, [LAMNA_UINT24] = 3,
        [LAMNA_UINT32] = 4, [LAMNA_UINT40] = 5, [LAMNA_UINT48] = 6, [LAMNA_UINT56] = 7,
        [LAMNA_UINT64] = 8, [LAMNA_INT8] = 1,   [LAMNA_INT16] = 2,  [LAMNA_INT24] = 3,
        [LAMNA_INT32] = 4,  [LAMNA_INT64] = 8,  [LAMNA_FRAMENUM] = 4};
    return bytes[type];
}

const char *lamna_type_name(lamna_type type)
{
    static const char *const names[LAMNA_TYPE_COUNT] = {
        "FT_NONE",   "FT_PROTOCOL", "FT_BOOLEAN", "FT_CHAR",          "FT_UINT8",
        "FT_UINT16", "FT_UINT24",   "FT_UINT32",  "FT_UINT40",        "FT_UINT48",
        "FT_UINT56", "FT_UINT64",   "FT_INT8",    "FT_INT16",         "FT_INT24",
        "FT_INT32",  "FT_INT64",    "FT_FLOAT",   "FT_DOUBLE",        "FT_ABSOLUTE_TIME",
        "FT_RELATIVE_TIME", "FT_STRING", "FT_BYTES", "FT_UINT_BYTES", "FT_ETHER",
        "FT_EUI64",  "FT_IPv4",     "FT_IPv6",    "FT_GUID",          "FT_OID",
        "FT_FRAMENUM"};
    return (unsigned)type < LAMNA_TYPE_COUNT ? names[type] : "?";
}

/* FNV-1a. */
static uint32_t name_hash(const char *name)
{
    uint32_t h = 2166136261u;
    for (; *name != '\0'; name++)
        h = (h ^ (uint8_t)*name) * 16777619u;
    return h;
}

static uint32_t power_of_two_above(uint32_t n)
{
    uint32_t size = 2;
    while (size < n)
        size *= 2;
    return size;
}

/* ---- Fields -------------------------------------------------------------------------------- */

static void registry_count(lamna_registry *reg)
{
    reg->proto_count = 1;
    reg->field_count = 1;
    for (const struct protocol *const *def = all_protocols; *def != NULL; def++) {
        reg->proto_count++;
        reg->field_count += 1 + (*def)->field_count;
    }
}

static void registry_add_field(lamna_registry *reg, uint32_t number, uint16_t proto,
                               const struct field_def *def)
{
    reg->defs[number] = def;
    reg->owner[number] = proto;
    reg->fields[number] = (lamna_field){def->name, def->label, def->type, number, (def->display & ON_REQUEST) != 0};
}

static void registry_number_fields(lamna_registry *reg)
{
    static const struct field_def text = {"", "", LAMNA_NONE, NONE, 0, NULL};
    registry_add_field(reg, FIELD_TEXT, 0, &text);
    uint32_t number = 1;
    for (uint16_t i = 1; i < reg->proto_count; i++) {
        const struct protocol *def = all_protocols[i - 1];
        reg->proto_defs[i] = (struct field_def){def->name, def->title, LAMNA_PROTOCOL,
                                               def->bytes ? RAW_BYTES : NONE, 0, NULL};
        reg->protos[i] = (struct registry_proto){def, number, number + 1, NULL};
        registry_add_field(reg, number, i, &reg->proto_defs[i]);
        for (uint32_t f = 0; f < def->field_count; f++)
            registry_add_field(reg, number + 1 + f, i, &def->fields[f]);
        number += 1 + def->field_count;
    }
    for (uint16_t i = 1; i < reg->proto_count; i++) {
        const struct protocol *of = reg->protos[i].def->fields_of;
        for (uint16_t k = 1; of != NULL && k < reg->proto_count; k++) {
            if (reg->protos[k].def == of)
                reg->protos[i].fields = reg->protos[k].fields;
        }
    }
}

/* The first field of a name wins; the few that Wireshark registers twice are the same. */
static void registry_index_names(lamna_registry *reg)
{
    for (uint32_t number = 1; number < reg->field_count; number++) {
        uint32_t i = name_hash(reg->fields[number].name);
        for (;; i++) {
            uint32_t *slot = &reg->by_name[i & reg->name_mask];
            if (*slot != 0 && strcmp(reg->fields[*slot].name, reg->fields[number].name) != 0)
                continue;
            if (*slot == 0)
                *slot = number;
            break;
        }
    }
}

/* ---- Dispatch tables ----------------------------------------------------------------------- */

uint32_t registry_table(const lamna_registry *reg, const char *name)
{
    for (uint32_t t = 0; t < reg->table_count; t++) {
        if (strcmp(reg->tables[t].name, name) == 0)
            return t;
    }
    return UINT32_MAX;
}

uint16_t registry_proto(const lamna_registry *reg, const char *name)
{
    for (uint16_t i = 1; i < reg->proto_count; i++) {
        if (strcmp(reg->protos[i].def->name, name) == 0)
            return i;
    }
    return 0;
}

static size_t count_table_names(void)
{
    size_t n = 0;
    for (const struct protocol *const *def = all_protocols; *def != NULL; def++) {
        for (const char *const *t = (*def)->tables; t != NULL && *t != NULL; t++)
            n++;
    }
    return n;
}

/* Protocols that name the same table share it ("ethertype", "ip.proto"). */
static void registry_number_tables(lamna_registry *reg)
{
    uint16_t *numbers = reg->table_numbers;
    for (uint16_t i = 1; i < reg->proto_count; i++) {
        reg->protos[i].tables = numbers;
        for (const char *const *t = reg->protos[i].def->tables; t != NULL && *t != NULL; t++) {
            uint32_t at = registry_table(reg, *t);
            if (at == UINT32_MAX) {
                at = reg->table_count++;
                uint16_t pseudo = registry_proto(reg, *t);
                bool stands = pseudo != 0 && reg->protos[pseudo].def->dissect == NULL;
                reg->tables[at] = (struct table){.name = *t, .pseudo = stands ? pseudo : 0};
            }
            *numbers++ = (uint16_t)at;
        }
    }
}

static void table_insert(struct table *t, uint64_t key, uint16_t proto)
{
    if (key == HEURISTIC) {
        t->heuristics[t->heuristic_count++] = proto;
        return;
    }
    struct table_entry *slot = table_slot(t, key);
    if (slot->proto == 0) /* what is bound twice is the first's */
        *slot = (struct table_entry){key, proto, false};
}

/* FNV-1a. HEURISTIC is no text's key. */
uint64_t text_key(const char *text, size_t n)
{
    uint64_t h = 0xcbf29ce484222325u;
    for (size_t i = 0; i < n; i++) {
        unsigned char ch = (unsigned char)text[i];
        h = (h ^ (ch >= 'A' && ch <= 'Z' ? ch + 32u : ch)) * 0x100000001b3u;
    }
    return h == HEURISTIC ? 0 : h;
}

/* Calls for each binding of each protocol whose table exists; the others wait for a parent. */
static void registry_each_binding(lamna_registry *reg,
                                  void (*fn)(struct table *, uint64_t key, uint16_t proto))
{
    for (uint16_t i = 1; i < reg->proto_count; i++) {
        const struct binding *b = reg->protos[i].def->bindings;
        for (; b != NULL && b->table != NULL; b++) {
            uint32_t t = registry_table(reg, b->table);
            if (t != UINT32_MAX)
                fn(&reg->tables[t], b->text != NULL ? text_key(b->text, strlen(b->text)) : b->key, i);
        }
    }
}

static void table_count(struct table *t, uint64_t key, uint16_t proto)
{
    (void)proto;
    if (key == HEURISTIC)
        t->heuristic_count++;
    else
        t->key_count++;
}

static bool registry_fill_tables(lamna_registry *reg)
{
    registry_each_binding(reg, table_count);
    for (uint32_t i = 0; i < reg->table_count; i++) {
        struct table *t = &reg->tables[i];
        uint32_t size = power_of_two_above(2 * t->key_count + 1);
        t->mask = size - 1;
        t->slots = calloc(size, sizeof *t->slots);
        t->heuristics = calloc(t->heuristic_count + 1, sizeof *t->heuristics);
        t->heuristic_count = 0;
        if (t->slots == NULL || t->heuristics == NULL)
            return false;
    }
    registry_each_binding(reg, table_insert);
    return true;
}

/* ---- What carries what --------------------------------------------------------------------- */

bool table_has(const struct table *t, uint16_t proto)
{
    for (uint32_t s = 0; s <= t->mask; s++) {
        if (t->slots[s].proto == proto)
            return true;
    }
    for (uint32_t h = 0; h < t->heuristic_count; h++) {
        if (t->heuristics[h] == proto)
            return true;
    }
    return false;
}

static bool table_has_any(const struct table *t, const uint8_t *set)
{
    for (uint32_t s = 0; s <= t->mask; s++) {
        if (set[t->slots[s].proto] != 0)
            return true;
    }
    for (uint32_t h = 0; h < t->heuristic_count; h++) {
        if (set[t->heuristics[h]] != 0)
            return true;
    }
    return false;
}

/* Has the protocol a table with one of the set? Number 0, that of empty slots, is never in it. */
static bool leads_to(const lamna_registry *reg, uint16_t proto, const uint8_t *set)
{
    const struct protocol *def = reg->protos[proto].def;
    for (unsigned t = 0; def->tables != NULL && def->tables[t] != NULL; t++) {
        if (table_has_any(&reg->tables[reg->protos[proto].tables[t]], set))
            return true;
    }
    return false;
}

/* Is the protocol found in a table of one that has streams? */
static bool in_stream(const lamna_registry *reg, uint16_t proto)
{
    for (uint16_t i = 1; i < reg->proto_count; i++) {
        const struct protocol *def = reg->protos[i].def;
        for (unsigned t = 0; def->streams && def->tables[t] != NULL; t++) {
            if (table_has(&reg->tables[reg->protos[i].tables[t]], proto))
                return true;
        }
    }
    return false;
}

/* Below: what streams travel in, from the link layer on. What carries one of these carries packets. */
static bool registry_find_carriers(lamna_registry *reg)
{
    uint8_t *below = calloc(reg->proto_count, 1);
    free(reg->carries_packets);
    reg->carries_packets = calloc(reg->proto_count, 1);
    if (below == NULL || reg->carries_packets == NULL) {
        free(below);
        return false;
    }
    for (uint16_t i = 1; i < reg->proto_count; i++)
        below[i] = reg->protos[i].def->streams;
    for (bool changed = true; changed;) {
        changed = false;
        for (uint16_t i = 1; i < reg->proto_count; i++) {
            if (below[i] != 0 || !leads_to(reg, i, below) || in_stream(reg, i))
                continue;
            below[i] = 1;
            changed = true;
        }
    }
    for (uint16_t i = 1; i < reg->proto_count; i++)
        reg->carries_packets[i] = leads_to(reg, i, below);
    free(below);
    return true;
}

bool registry_leads(const lamna_registry *reg, uint16_t parent, const struct table *t, uint16_t child)
{
    return reg->carries_packets[child] == 0 || !table_has(t, parent) || !in_stream(reg, parent);
}

/* ---- Choices of a person -------------------------------------------------------------------- */

/* Makes room for `more` keys. */
static bool table_grow(struct table *t, uint64_t more)
{
    uint32_t size = power_of_two_above((uint32_t)(2 * (t->key_count + more) + 1));
    struct table_entry *old = t->slots;
    uint32_t count = t->mask + 1;
    if (size <= count)
        return true;
    struct table_entry *slots = calloc(size, sizeof *slots);
    if (slots == NULL)
        return false;
    t->slots = slots;
    t->mask = size - 1;
    for (uint32_t i = 0; i < count; i++) {
        if (old[i].proto != 0)
            *table_slot(t, old[i].key) = old[i];
    }
    free(old);
    return true;
}

bool registry_choose(lamna_registry *reg, uint32_t table, uint64_t first, uint64_t last,
                     uint16_t proto)
{
    struct table *t = &reg->tables[table];
    if (!table_grow(t, last - first + 1))
        return false;
    for (uint64_t key = first;; key++) {
        struct table_entry *slot = table_slot(t, key);
        t->key_count += slot->proto == 0;
        *slot = (struct table_entry){key, proto, true};
        if (key == last)
            break;
    }
    return registry_find_carriers(reg);
}

/* ---- Making and freeing ------------------------------------------------------------------- */

static bool registry_allocate(lamna_registry *reg)
{
    size_t names = count_table_names();
    uint32_t by_name = power_of_two_above(2 * reg->field_count);
    reg->name_mask = by_name - 1;
    reg->protos = calloc(reg->proto_count, sizeof *reg->protos);
    reg->proto_defs = calloc(reg->proto_count, sizeof *reg->proto_defs);
    reg->fields = calloc(reg->field_count, sizeof *reg->fields);
    /* An array of pointers. NOLINTNEXTLINE(bugprone-sizeof-expression) */
    reg->defs = calloc(reg->field_count, sizeof *reg->defs);
    reg->owner = calloc(reg->field_count, sizeof *reg->owner);
    reg->tables = calloc(names + 1, sizeof *reg->tables);
    reg->table_numbers = calloc(names + 1, sizeof *reg->table_numbers);
    reg->by_name = calloc(by_name, sizeof *reg->by_name);
    return reg->protos && reg->proto_defs && reg->fields && reg->defs && reg->owner && reg->tables &&
           reg->table_numbers && reg->by_name;
}

lamna_registry *lamna_registry_new(lamna_error *err)
{
    lamna_registry *reg = calloc(1, sizeof *reg);
    if (reg == NULL) {
        error_memory(err);
        return NULL;
    }
    registry_count(reg);
    bool ok = registry_allocate(reg);
    if (ok) {
        registry_number_fields(reg);
        registry_index_names(reg);
        registry_number_tables(reg);
        reg->data_table = registry_table(reg, "data");
        reg->fault_table = registry_table(reg, "fault");
        reg->expected_table = registry_table(reg, "expected");
        ok = registry_fill_tables(reg) && registry_find_carriers(reg);
    }
    if (!ok) {
        error_memory(err);
        lamna_registry_free(reg);
        return NULL;
    }
    return reg;
}

void lamna_registry_free(lamna_registry *reg)
{
    if (reg == NULL)
        return;
    for (uint32_t i = 0; reg->tables != NULL && i < reg->table_count; i++) {
        free(reg->tables[i].slots);
        free(reg->tables[i].heuristics);
    }
    free(reg->protos);
    free(reg->proto_defs);
    free(reg->fields);
    free(reg->defs);
    free(reg->owner);
    free(reg->carries_packets);
    free(reg->tables);
    free(reg->table_numbers);
    free(reg->by_name);
    free(reg);
}

size_t lamna_field_count(const lamna_registry *reg)
{
    return reg->field_count;
}

const lamna_field *lamna_field_at(const lamna_registry *reg, size_t number)
{
    return number < reg->field_count ? &reg->fields[number] : NULL;
}

bool lamna_field_value(const lamna_registry *reg, const lamna_field *field, size_t number,
                       uint64_t *value, const char **name)
{
    const struct value_name *at = registry_def(reg, field->number)->names;
    for (; at != NULL && at->name != NULL; at++) {
        if (at->low != at->high || number-- > 0)
            continue;
        *value = at->low;
        *name = at->name;
        return true;
    }
    return false;
}

const lamna_field *lamna_field_find(const lamna_registry *reg, const char *name)
{
    for (uint32_t i = name_hash(name);; i++) {
        uint32_t number = reg->by_name[i & reg->name_mask];
        if (number == 0)
            return NULL;
        if (strcmp(reg->fields[number].name, name) == 0)
            return &reg->fields[number];
    }
}
