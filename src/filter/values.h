/* values: lists of values, and what can be calculated with them. Results lie in the packet's arena. */
#ifndef FILTER_VALUES_H
#define FILTER_VALUES_H

#include "filter/program.h"

struct list {
    const struct value *values;
    uint32_t count;
};

/* -1, 0 or 1. A constant with a prefix is equal to every address in it. */
int value_compare(enum value_kind kind, const struct value *a, const struct value *b);

/* Is it one of the load's items? */
bool load_selects(const struct load *load, const struct packet *p, const lamna_item *item);
/* The values of all items that it selects. */
struct list load_items(const struct load *load, const struct packet *p);

/* What is past the end of a value gives none: a slice may have fewer values. `kind` is the operand's. */
struct list list_slice(const struct list *a, enum value_kind kind, const struct slice *slice,
                       struct arena *arena);
/* Each of a with each of b; division by zero gives no value. */
struct list list_arith(const struct list *a, const struct list *b, uint8_t op, enum value_kind kind,
                       struct arena *arena);
/* A function of `count` lists from `a` on, whose values are of `kind`. */
struct list list_call(const struct list *a, uint32_t count, uint8_t function, enum value_kind kind,
                      struct arena *arena);

#endif
