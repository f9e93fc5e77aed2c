/* From a checked tree to the tests of fixed headers that it implies. */
#include <string.h>

#include "base/bytes.h"
#include "filter/ast.h"
#include "filter/headers.h"

static struct raw *raw_new(struct compiler *c, enum raw_kind kind, const struct node *n)
{
    struct raw *r = compile_alloc(c, sizeof *r);
    if (r == NULL)
        return NULL;
    *r = (struct raw){.kind = (uint8_t)kind, .bits = UINT64_MAX, .begin = n->begin, .end = n->end};
    return r;
}

static struct raw *build(struct compiler *c, const struct node *n);

static struct raw *build_list(struct compiler *c, enum raw_kind kind, const struct node *n)
{
    struct raw *r = raw_new(c, kind, n);
    struct raw **tail = r != NULL ? &r->first : NULL;
    for (const struct node *part = n->a; part != NULL && tail != NULL; part = part->next) {
        *tail = build(c, part);
        tail = *tail != NULL ? &(*tail)->next : NULL;
    }
    return tail != NULL ? r : NULL;
}

/* Fills in the facts of a field as it is in packets; false if it has none. */
static bool take_field(const lamna_registry *reg, const struct node *n, struct raw *r)
{
    if (n->kind != NODE_FIELD || n->reference || n->foreign || n->range_count > 0 ||
        n->field_count != 1)
        return false;
    const struct field_def *def = registry_def(reg, n->fields[0]);
    r->fact_count = (uint8_t)facts_of(def->name, def->mask, r->facts);
    r->name = def->name;
    r->is_ipv6 = n->type == LAMNA_IPv6;
    return r->fact_count > 0;
}

/* The same, of a field or "field & constant". */
static bool take_operand(const lamna_registry *reg, const struct node *n, struct raw *r)
{
    if (n->kind == NODE_FIELD)
        return n->mode == LOAD_VALUE && n->type != LAMNA_PROTOCOL && take_field(reg, n, r);
    if (n->kind != NODE_ARITH || n->op != ARITH_AND || kind_of(n->type) != KIND_NUMBER)
        return false;
    const struct node *field = n->a->kind == NODE_CONST ? n->b : n->a;
    const struct node *mask = n->a->kind == NODE_CONST ? n->a : n->b;
    if (field->kind != NODE_FIELD || mask->kind != NODE_CONST || field->mode != LOAD_VALUE)
        return false;
    r->bits = mask->value.u;
    return take_field(reg, field, r);
}

/* The constant in the form in which facts are compared. */
static bool take_constant(const struct node *n, struct raw *r, struct value *out)
{
    if (n->kind != NODE_CONST)
        return false;
    *out = n->value;
    switch (kind_of(n->type)) {
    case KIND_NUMBER:
        return !n->value.is_signed;
    case KIND_IPV4:
        if (n->value.prefix < 32)
            r->bits &= ~(0xffffffffu >> n->value.prefix) & 0xffffffffu;
        out->u &= r->bits;
        return true;
    case KIND_IPV6:
        return r->is_ipv6;
    case KIND_BYTES: /* of an Ethernet address, whose order is that of the number */
        out->u = n->value.length == 6 ? be_n(n->value.p, 6) : 0;
        return n->type == LAMNA_ETHER && n->value.length == 6;
    default:
        return false;
    }
}

/* A field that stands in no fixed header, but may be among what an index knows. */
static bool take_plain(const struct node *n, struct raw *r)
{
    if (n->kind != NODE_FIELD || n->reference || n->foreign || n->range_count > 0 ||
        n->mode != LOAD_VALUE || n->type == LAMNA_PROTOCOL)
        return false;
    r->plain = true;
    r->needs.value = (uint8_t)indexed_value_of(n->def->name);
    return true;
}

/* The constant as such a field is compared: times with the sign bit turned, short texts packed. */
static bool take_plain_constant(const struct raw *r, const struct node *n, struct value *out)
{
    enum value_kind kind = kind_of(n->type);
    if (n->kind != NODE_CONST)
        return false;
    *out = n->value;
    if (kind == KIND_NUMBER)
        return !n->value.is_signed;
    if (kind == KIND_TIME)
        out->u = indexed_time(n->value.i);
    else if (kind == KIND_STRING && (r->kind == RAW_IN || r->compare == CMP_EQ || r->compare == CMP_NE))
        out->u = indexed_text(n->value.p, n->value.length);
    else
        return false;
    return true;
}

static bool take_value(const struct node *n, struct raw *r, struct value *out)
{
    return r->plain ? take_plain_constant(r, n, out) : take_constant(n, r, out);
}

static struct raw *perhaps(struct compiler *c, const struct node *n)
{
    return raw_new(c, RAW_PERHAPS, n);
}

/* The test is known; if it is of a plain field, only to an index. */
static struct raw *settled(struct raw *r)
{
    r->needs.kind = r->kind;
    if (r->plain)
        r->kind = RAW_PERHAPS;
    return r;
}

static struct raw *build_compare(struct compiler *c, const struct node *n)
{
    static const uint8_t mirrored[] = {[CMP_EQ] = CMP_EQ, [CMP_NE] = CMP_NE, [CMP_GT] = CMP_LT,
                                       [CMP_GE] = CMP_LE, [CMP_LT] = CMP_GT, [CMP_LE] = CMP_GE};
    struct raw *r = raw_new(c, RAW_COMPARE, n);
    struct raw_pair *pair = compile_alloc(c, sizeof *pair);
    if (r == NULL || pair == NULL)
        return NULL;
    bool turned = n->a->kind == NODE_CONST;
    r->compare = turned ? mirrored[n->op] : n->op;
    r->quantifier = n->mode;
    r->pairs = pair;
    r->pair_count = 1;
    const struct node *operand = turned ? n->b : n->a;
    bool ok = (take_operand(c->reg, operand, r) || take_plain(operand, r)) &&
              take_value(turned ? n->a : n->b, r, &pair->low);
    return ok ? settled(r) : perhaps(c, n);
}

static struct raw *build_in(struct compiler *c, const struct node *n)
{
    struct raw *r = raw_new(c, RAW_IN, n);
    uint32_t count = 0;
    for (const struct node *part = n->b; part != NULL; part = part->next)
        count++;
    if (r == NULL || (r->pairs = compile_alloc(c, (count + 1) * sizeof *r->pairs)) == NULL)
        return NULL;
    r->quantifier = n->mode;
    r->negated = n->not_in;
    bool ok = take_operand(c->reg, n->a, r) || take_plain(n->a, r);
    for (const struct node *part = n->b; part != NULL && ok; part = part->next) {
        struct raw_pair *pair = &r->pairs[r->pair_count++];
        const struct node *high = part->b != NULL ? part->b : part->a;
        ok = take_value(part->a, r, &pair->low) && take_value(high, r, &pair->high) &&
             part->a->value.prefix == high->value.prefix;
        /* One mask is all that a test has: a prefix among several values is left to the program. */
        ok = ok && (count == 1 || r->bits == UINT64_MAX);
        /* Texts have no order here. */
        ok = ok && (kind_of(part->a->type) != KIND_STRING || part->b == NULL);
    }
    return ok ? settled(r) : perhaps(c, n);
}

/* "tcp", "tcp.port", "tcp.flags & 2" */
static struct raw *build_test(struct compiler *c, const struct node *n)
{
    struct raw *r = raw_new(c, RAW_PRESENT, n);
    if (r == NULL || (n->a->kind == NODE_FIELD && take_field(c->reg, n->a, r)))
        return r;
    struct raw_pair *pair = compile_alloc(c, sizeof *pair);
    if (pair == NULL)
        return NULL;
    r->kind = RAW_COMPARE;
    r->compare = CMP_NE;
    r->quantifier = QUANT_ANY;
    r->pairs = pair;
    r->pair_count = 1;
    return n->a->kind == NODE_ARITH && take_operand(c->reg, n->a, r) ? settled(r) : perhaps(c, n);
}

static struct raw *build_leaf(struct compiler *c, const struct node *n)
{
    switch (n->kind) {
    case NODE_COMPARE:
        return build_compare(c, n);
    case NODE_IN:
        return build_in(c, n);
    case NODE_TEST:
        return build_test(c, n);
    default:
        return perhaps(c, n);
    }
}

/* Is every packet that has the field known to have it when an index is made? */
static bool is_indexed(const lamna_registry *reg, const struct node *field)
{
    for (uint32_t i = 0; i < field->field_count; i++) {
        if ((registry_def(reg, field->fields[i])->display & (FUTURE | ON_REQUEST)) != 0)
            return false;
    }
    return true;
}

static const struct node *not_constant(const struct node *a, const struct node *b)
{
    return a != NULL && a->kind == NODE_CONST ? b : a;
}

/* Without the field there is no value, nor one that is computed from it, and what has no value passes no
 * test. Functions may have one all the same: count(). */
static void note_needs(struct compiler *c, const struct node *n, struct raw *r)
{
    const struct node *operand = not_constant(n->a, n->b);
    while (operand != NULL && (operand->kind == NODE_SLICE || operand->kind == NODE_ARITH))
        operand = operand->kind == NODE_SLICE ? operand->a : not_constant(operand->a, operand->b);
    if (operand == NULL || operand->kind != NODE_FIELD || operand->reference || operand->foreign ||
        !is_indexed(c->reg, operand))
        return;
    r->needs.fields = operand->fields;
    r->needs.count = operand->field_count;
    r->needs.bit = c->leaves < 64 ? (uint64_t)1 << c->leaves++ : 0;
    r->needs.suffices = n->kind == NODE_TEST && operand == n->a && operand->range_count == 0;
}

static struct raw *build(struct compiler *c, const struct node *n)
{
    struct raw *r;
    switch (n->kind) {
    case NODE_AND:
        return build_list(c, RAW_AND, n);
    case NODE_OR:
        return build_list(c, RAW_OR, n);
    case NODE_XOR:
        return build_list(c, RAW_XOR, n);
    case NODE_NOT:
        return build_list(c, RAW_NOT, n);
    case NODE_NEVER:
        return raw_new(c, RAW_NEVER, n);
    default:
        r = build_leaf(c, n);
        if (r != NULL)
            note_needs(c, n, r);
        return r;
    }
}

/* Does the answer never, or always, take a dissection? */
static void survey(const struct raw *r, bool *complete, bool *useful)
{
    if (r->kind == RAW_PERHAPS)
        *complete = false;
    else if (r->first == NULL)
        *useful = true;
    for (const struct raw *part = r->first; part != NULL; part = part->next)
        survey(part, complete, useful);
}

bool push_down(struct compiler *c, lamna_filter *f, const struct node *tree)
{
    struct plan *plan = compile_alloc(c, sizeof *plan);
    bool useful = false;
    if (plan == NULL || (plan->root = build(c, tree)) == NULL)
        return false;
    f->tests = plan->root;
    plan->complete = true;
    survey(plan->root, &plan->complete, &useful);
    if (!useful)
        return true;
    f->plan = plan;
    return routes_find(&plan->routes, c->reg, &f->arena);
}

enum verdict filter_verdict(const lamna_filter *filter, const lamna_packet_info *in)
{
    return filter->plan != NULL ? plan_test(filter->plan, in) : VERDICT_PERHAPS;
}
