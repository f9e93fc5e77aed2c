/*
 * registry: all protocols, fields and dispatch tables, numbered. Immutable once the first query is made.
 *
 * Numbers: each protocol has a block of consecutive field numbers, first its own (type PROTOCOL), then
 * its fields in the order of its table:
 *
 *     0: text   1: frame  2: frame.encap_type  3: frame.time ...   60: eth  61: eth.dst ...
 *
 * Number 0 is no field but a line of text in a tree.
 */
#ifndef DISSECT_REGISTRY_H
#define DISSECT_REGISTRY_H

#include "dissect/protocol.h"

enum { FIELD_TEXT = 0 };

struct table_entry {
    uint64_t key;
    uint16_t proto; /* 0: empty slot */
    bool chosen;    /* by a person: see lamna_registry_decode_as() */
};

/* A dispatch table: open addressing over a power of two of slots, at most half full. */
struct table {
    const char *name;
    uint16_t pseudo; /* protocol that stands for the table in frame.protocols, or 0 */
    uint32_t mask;   /* slots - 1 */
    struct table_entry *slots;
    uint16_t *heuristics; /* ended by 0 */
    uint32_t heuristic_count;
    uint32_t key_count;
};

struct registry_proto {
    const struct protocol *def;
    uint32_t field;      /* its own number */
    uint32_t fields;     /* number of the first of the fields it uses */
    const uint16_t *tables; /* for each of def->tables, the table's number */
};

struct lamna_registry {
    uint16_t proto_count; /* protos[1] .. protos[proto_count - 1]; 0 is none */
    uint32_t field_count;
    uint32_t table_count;
    uint32_t data_table, fault_table, expected_table; /* of the engine itself: see dissect.c */
    struct registry_proto *protos;
    struct table *tables;
    lamna_field *fields;
    const struct field_def **defs; /* of each field; for a protocol a row made here */
    uint16_t *owner;               /* of each field, the protocol */
    uint8_t *carries_packets; /* by protocol: frames or datagrams that may hold streams again */
    struct field_def *proto_defs;
    uint16_t *table_numbers;
    uint32_t *by_name; /* hash of field numbers; 0: empty */
    uint32_t name_mask;
    bool decodes_as; /* lamna_registry_decode_as() has changed the tables */
};

/* The slot of key in table t: empty, if nothing is bound to it. */
static inline struct table_entry *table_slot(const struct table *t, uint64_t key)
{
    uint32_t i = (uint32_t)(key * 0x9e3779b97f4a7c15u >> 40);
    for (;; i++) {
        struct table_entry *e = &t->slots[i & t->mask];
        if (e->proto == 0 || e->key == key)
            return e;
    }
}

/* The protocol bound to key in table t, or 0. */
static inline uint16_t table_find(const struct table *t, uint64_t key)
{
    return table_slot(t, key)->proto;
}

/* Is `proto` found in t, under whatever key or by its probe? */
bool table_has(const struct table *t, uint16_t proto);
/* Binds the keys from first to last to proto, as a person's choice. False without memory. */
bool registry_choose(lamna_registry *reg, uint32_t table, uint64_t first, uint64_t last,
                     uint16_t proto);

/* Number of the table of that name, or UINT32_MAX. */
uint32_t registry_table(const lamna_registry *reg, const char *name);
/* Number of the protocol of that name, or 0. */
uint16_t registry_proto(const lamna_registry *reg, const char *name);
/* Does asking for `child` ask for `parent`, which has it in table t? Not if that is a tunnel inside a
 * tunnel: what travels in a stream and opens another one (a proxy), through which packets travel. */
bool registry_leads(const lamna_registry *reg, uint16_t parent, const struct table *t, uint16_t child);
/* The defining row of a field. */
static inline const struct field_def *registry_def(const lamna_registry *reg, uint32_t field)
{
    return reg->defs[field];
}

#endif
