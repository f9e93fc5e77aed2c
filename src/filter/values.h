/* values: lists of values, and what can be calculated with them. Results lie in the packet's arena.
 */
#ifndef FILTER_VALUES_H
#define FILTER_VALUES_H

#include "filter/program.h"

/* -1, 0 or 1. A constant with a prefix is equal to every address in it. */
int value_compare(enum value_kind kind, const struct value *a, const struct value *b);

/* Is it one of the load's items? */
bool load_selects(const struct load *load, const struct packet *p, const lamna_item *item);
/* The values of all items that it selects. */
struct list load_items(const struct load *load, const struct packet *p);

/* What is past the end of a value gives none: a slice may have fewer values. `kind` is the
 * operand's. */
struct list list_slice(const struct list *a, enum value_kind kind, const struct slice *slice,
                       struct arena *arena);
/* Each of a with each of b; division by zero gives no value. A time is multiplied and divided by a
 * double. */
struct list list_arith(const struct list *a, const struct list *b, uint8_t op, enum value_kind kind,
                       struct arena *arena);
/* The function of an OP_CALL, of in->x lists from `a` on, whose values are of in->kind. */
struct list list_call(const struct list *a, const struct insn *in, struct arena *arena);
/* IANA's special-purpose address registries (RFC 6890): the block that an address is in. */
const char *special_name(enum value_kind kind, const struct value *v);
/* Its properties: bit 4 source, 3 destination, 2 forwardable, 1 globally reachable, 0 reserved. */
uint64_t special_mask(enum value_kind kind, const struct value *v);
/* FN_LINKLOCAL, FN_MULTICAST, FN_RFC1918 and FN_ULA. */
bool special_is(uint8_t function, enum value_kind kind, const struct value *v);

#endif
