/* The machine. It reads the packet's items and allocates from the packet's arena, if at all. */
#include <string.h>

#include "base/bytes.h"
#include "filter/program.h"
#include "filter/values.h"

/* ---- The fast path --------------------------------------------------------------------------- */

/* One loop an operator, so that the comparison is not chosen again for each item. */
#define ANY_ITEM(condition)                                                                        \
    for (; i < end; i++) {                                                                         \
        if (i->field == field && i->value.u condition)                                             \
            return true;                                                                           \
    }                                                                                              \
    return false

static bool compare_number(const struct packet *p, uint32_t field, uint8_t op, uint64_t v)
{
    if (p->count == 0)
        return false; /* then there may be no array */
    const lamna_item *i = p->items, *end = p->count > 0 ? i + p->count : i;
    bool found = false;
    switch (op) {
    case CMP_EQ:
        ANY_ITEM(== v);
    case CMP_GT:
        ANY_ITEM(> v);
    case CMP_GE:
        ANY_ITEM(>= v);
    case CMP_LT:
        ANY_ITEM(< v);
    case CMP_LE:
        ANY_ITEM(<= v);
    default: /* there is one, and all differ */
        for (; i < end; i++) {
            if (i->field != field)
                continue;
            if (i->value.u == v)
                return false;
            found = true;
        }
        return found;
    }
}

static bool present(const struct packet *p, const struct load *load)
{
    for (uint32_t i = 0; i < p->count; i++) {
        if (load_selects(load, p, &p->items[i]))
            return true;
    }
    return false;
}

/* ---- Tests of registers ---------------------------------------------------------------------- */

static bool holds(enum value_kind kind, uint8_t op, const struct value *a, const struct value *b)
{
    int order = value_compare(kind, a, b);
    switch (op) {
    case CMP_EQ:
        return order == 0;
    case CMP_NE:
        return order != 0;
    case CMP_GT:
        return order > 0;
    case CMP_GE:
        return order >= 0;
    case CMP_LT:
        return order < 0;
    default:
        return order <= 0;
    }
}

static bool compare(const struct insn *in, const struct list *a, const struct list *b)
{
    bool all = in->quantifier == QUANT_ALL;
    for (uint32_t i = 0; i < a->count; i++) {
        for (uint32_t k = 0; k < b->count; k++) {
            if (holds(in->kind, in->sub, &a->values[i], &b->values[k]) != all)
                return !all;
        }
    }
    return all && a->count > 0 && b->count > 0;
}

static bool in_pair(enum value_kind kind, const struct value *v, const struct list *low,
                    const struct list *high)
{
    for (uint32_t i = 0; i < low->count; i++) {
        for (uint32_t k = 0; k < high->count; k++) {
            if (value_compare(kind, v, &low->values[i]) >= 0 &&
                value_compare(kind, v, &high->values[k]) <= 0)
                return true;
        }
    }
    return false;
}

static bool in_set(const struct insn *in, const struct list *registers)
{
    const struct list *a = &registers[in->a];
    bool all = in->quantifier == QUANT_ALL, negated = in->sub != 0;
    for (uint32_t i = 0; i < a->count; i++) {
        bool member = false;
        for (uint32_t k = 0; k < in->x && !member; k++)
            member = in_pair(in->kind, &a->values[i], &registers[in->b + 2 * k],
                             &registers[in->b + 2 * k + 1]);
        if ((member != negated) != all)
            return !all;
    }
    return all && a->count > 0;
}

static bool contains(const struct insn *in, const struct list *a, const struct list *b)
{
    bool all = in->quantifier == QUANT_ALL;
    for (uint32_t i = 0; i < a->count; i++) {
        for (uint32_t k = 0; k < b->count; k++) {
            const struct value *x = &a->values[i], *y = &b->values[k];
            bool found = y->length == 0 ||
                         (x->length > 0 && memmem(x->p, x->length, y->p, y->length) != NULL);
            if (found != all)
                return !all;
        }
    }
    return all && a->count > 0 && b->count > 0;
}

static bool matches(const struct insn *in, const struct list *a, const struct pattern *pattern)
{
    bool all = in->quantifier == QUANT_ALL;
    for (uint32_t i = 0; i < a->count; i++) {
        const struct value *v = &a->values[i];
        PCRE2_SPTR s = v->length > 0 ? v->p : (PCRE2_SPTR) "";
        bool found =
            pcre2_match(pattern->code, s, v->length, 0, 0, pattern->data, pattern->context) >= 0;
        if (found != all)
            return !all;
    }
    return all && a->count > 0;
}

static bool any_not_zero(enum value_kind kind, const struct list *a)
{
    for (uint32_t i = 0; i < a->count; i++) {
        const struct value *v = &a->values[i];
        if (kind == KIND_BYTES || kind == KIND_STRING) {
            for (uint32_t k = 0; k < v->length; k++) {
                if (v->p[k] != 0)
                    return true;
            }
        } else if (kind == KIND_DOUBLE ? v->d < 0 || v->d > 0 : v->u != 0) {
            return true;
        }
    }
    return false;
}

/* ---- The machine ----------------------------------------------------------------------------- */

struct machine {
    const lamna_filter *f;
    const struct packet *p;
    struct list *registers;
    bool *pushed;
    uint32_t push_count;
};

/* Instructions that fill a register. */
static void fill(struct machine *m, const struct insn *in)
{
    struct list *a = &m->registers[in->a];
    switch (in->op) {
    case OP_LOAD:
        *a = load_items(&m->f->loads[in->x], m->p);
        break;
    case OP_REFERENCE:
        *a = m->f->references[in->x].list;
        break;
    case OP_CONST:
        *a = (struct list){&m->f->constants[in->x], 1};
        break;
    case OP_SLICE:
        *a = list_slice(a, in->kind, &m->f->slices[in->x], m->p->arena);
        break;
    case OP_ARITH:
        *a = list_arith(a, &m->registers[in->b], in->sub, in->kind, m->p->arena);
        break;
    default:
        *a = list_call(a, in, m->p->arena);
        break;
    }
}

static bool test(const struct machine *m, const struct insn *in)
{
    const struct list *r = m->registers;
    switch (in->op) {
    case OP_TEST:
        return r[in->a].count > 0;
    case OP_TEST_NUMBER:
        return any_not_zero(in->kind, &r[in->a]);
    case OP_COMPARE:
        return compare(in, &r[in->a], &r[in->b]);
    case OP_CONTAINS:
        return contains(in, &r[in->a], &r[in->b]);
    case OP_MATCHES:
        return matches(in, &r[in->a], &m->f->patterns[in->x]);
    default:
        return in_set(in, r);
    }
}

static bool run(struct machine *m)
{
    const struct insn *code = m->f->code;
    uint32_t count = m->f->code_count;
    bool flag = true;
    for (uint32_t i = 0; i < count; i++) {
        const struct insn *in = &code[i];
        switch (in->op) {
        case OP_TRUE:
            flag = true;
            break;
        case OP_FALSE:
            flag = false;
            break;
        case OP_PRESENT:
            flag = present(m->p, &m->f->loads[in->x]);
            break;
        case OP_COMPARE_NUMBER:
            flag = compare_number(m->p, m->f->loads[in->x].fields[0], in->sub,
                                  m->f->constants[in->y].u);
            break;
        case OP_NOT:
            flag = !flag;
            break;
        case OP_JUMP_IF_FALSE:
        case OP_JUMP_IF_TRUE:
            if (flag == (in->op == OP_JUMP_IF_TRUE))
                i = in->x - 1;
            break;
        case OP_PUSH:
            m->pushed[m->push_count++] = flag;
            break;
        case OP_XOR:
            flag ^= m->pushed[--m->push_count];
            break;
        case OP_LOAD:
        case OP_REFERENCE:
        case OP_CONST:
        case OP_SLICE:
        case OP_ARITH:
        case OP_CALL:
            fill(m, in);
            break;
        default:
            flag = test(m, in);
            break;
        }
    }
    return flag;
}

enum { FEW_REGISTERS = 16, FEW_PUSHES = 16 };

bool filter_match(const lamna_filter *filter, const struct packet *p)
{
    struct list few[FEW_REGISTERS];
    bool few_pushed[FEW_PUSHES] = {false};
    struct machine m = {.f = filter, .p = p, .registers = few, .pushed = few_pushed};
    if (filter->register_count > FEW_REGISTERS)
        m.registers = arena_alloc(p->arena, filter->register_count * sizeof *m.registers);
    if (filter->push_depth > FEW_PUSHES)
        m.pushed = arena_alloc(p->arena, filter->push_depth * sizeof *m.pushed);
    return m.registers != NULL && m.pushed != NULL && run(&m);
}
