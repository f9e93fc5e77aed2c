/* Types decide what is legal, and what a literal means. */
#include <string.h>

#include "filter/ast.h"

/* The table row whose value names may be used with n, or NULL. */
static const struct field_def *names_of(const struct node *n)
{
    return n->kind == NODE_FIELD && n->mode == LOAD_VALUE ? n->def : NULL;
}

bool is_literal(const struct node *n)
{
    return n->kind == NODE_WORD || n->kind == NODE_STRING || n->kind == NODE_CHAR;
}

static const char *type_of(const struct node *n)
{
    return n->type == UNTYPED ? "literal" : lamna_type_name((lamna_type)n->type);
}

bool convert(struct compiler *c, struct node *n, unsigned type, const struct field_def *def)
{
    if (n->type != UNTYPED)
        return true;
    if (is_literal(n)) {
        bool word = n->kind == NODE_WORD;
        if (literal_convert(c, n, type, def))
            return true;
        if (word)
            hint_nearest(c, n->text);
        return false;
    }
    if (n->kind == NODE_ARITH || n->kind == NODE_CALL) {
        enum value_kind kind = kind_of(type);
        if (type == LAMNA_BOOLEAN ||
            (kind != KIND_NUMBER && kind != KIND_DOUBLE && kind != KIND_TIME))
            return compile_error(c, n->begin, n->end, "One cannot calculate with values of type %s",
                                 lamna_type_name((lamna_type)type));
        for (struct node *part = n->a; part != NULL; part = part->next) {
            if (!convert(c, part, type, NULL))
                return false;
        }
        n->type = type;
        return n->kind == NODE_CALL || convert(c, n->b, type, NULL);
    }
    return compile_error(c, n->begin, n->end, "This has no value");
}

/* Bytes of any meaning go together, but a whole layer only with plain bytes. */
static bool compatible_bytes(unsigned a, unsigned b)
{
    bool plain =
        a == LAMNA_BYTES || a == LAMNA_UINT_BYTES || b == LAMNA_BYTES || b == LAMNA_UINT_BYTES;
    return a == b || plain || (a != LAMNA_PROTOCOL && b != LAMNA_PROTOCOL);
}

static bool compatible(const struct node *a, const struct node *b)
{
    enum value_kind kind = kind_of(a->type);
    if (kind != kind_of(b->type))
        return false;
    if (kind == KIND_NUMBER)
        return (a->type == LAMNA_BOOLEAN) == (b->type == LAMNA_BOOLEAN);
    return kind == KIND_TIME ? a->type == b->type
                             : kind != KIND_BYTES || compatible_bytes(a->type, b->type);
}

/* Beside bytes, a field that is an address is its bytes: ip.src == frame[26:4]. */
static void address_as_bytes(struct node *n, const struct node *other)
{
    enum value_kind kind = kind_of(n->type);
    bool bytes = other->type == LAMNA_BYTES || other->type == LAMNA_UINT_BYTES;
    if (n->kind == NODE_FIELD && (kind == KIND_IPV4 || kind == KIND_IPV6) && bytes) {
        n->mode = LOAD_RAW;
        n->type = LAMNA_BYTES;
    }
}

/* Gives both sides of an operator one kind of value. */
static bool unify(struct compiler *c, struct node *a, struct node *b)
{
    if (a->type == UNTYPED && b->type == UNTYPED)
        return true;
    if (!convert(c, a, b->type, names_of(b)) || !convert(c, b, a->type, names_of(a)))
        return false;
    address_as_bytes(a, b);
    address_as_bytes(b, a);
    if (compatible(a, b))
        return true;
    return compile_error(c, a->begin, b->end, "Values of types %s and %s cannot be compared",
                         type_of(a), type_of(b));
}

static bool can_slice(unsigned type)
{
    enum value_kind kind = kind_of(type);
    return kind == KIND_STRING || kind == KIND_BYTES || kind == KIND_IPV4 || kind == KIND_IPV6;
}

static bool resolve_slice(struct compiler *c, struct node *n)
{
    if (!resolve(c, n->a))
        return false;
    if (n->a->kind == NODE_WORD)
        return unknown_field(c, n->a);
    if (n->a->type == UNTYPED || !can_slice(n->a->type))
        return compile_error(c, n->begin, n->end, "Only text and bytes can be sliced, not a %s",
                             type_of(n->a));
    n->type = n->a->type == LAMNA_STRING ? LAMNA_STRING : LAMNA_BYTES;
    return true;
}

/* ---- Arithmetic ------------------------------------------------------------------------------ */

static bool can_calculate(const struct node *n)
{
    enum value_kind kind = kind_of(n->type);
    if (n->op == ARITH_AND)
        return (kind == KIND_NUMBER && n->type != LAMNA_BOOLEAN) || kind == KIND_IPV4 ||
               kind == KIND_IPV6 || (kind == KIND_BYTES && n->type != LAMNA_PROTOCOL);
    if (n->op == ARITH_MOD)
        return kind == KIND_NUMBER && n->type != LAMNA_BOOLEAN;
    return (kind == KIND_NUMBER && n->type != LAMNA_BOOLEAN) || kind == KIND_DOUBLE ||
           kind == KIND_TIME;
}

/* A time is multiplied and divided by a plain number, which must stand on the right. */
static bool resolve_scaled_time(struct compiler *c, struct node *n)
{
    struct node *b = n->b;
    if (n->a->type == UNTYPED || kind_of(n->a->type) != KIND_TIME)
        return compile_error(c, n->begin, n->end,
                             "A time is multiplied or divided by what stands on its right");
    n->type = n->a->type;
    bool whole = b->kind == NODE_WORD && strpbrk(b->text, ".eE") == NULL;
    if (!convert(c, b, whole ? LAMNA_INT64 : LAMNA_DOUBLE, NULL))
        return false;
    enum value_kind kind = kind_of(b->type);
    if (kind == KIND_DOUBLE)
        n->op = n->op == ARITH_MUL ? ARITH_SCALE : ARITH_SHRINK;
    return kind == KIND_DOUBLE || (kind == KIND_NUMBER && b->type != LAMNA_BOOLEAN) ||
           compile_error(c, b->begin, b->end, "A number is expected here, not a value of type %s",
                         type_of(b));
}

static bool resolve_arith(struct compiler *c, struct node *n)
{
    if (!resolve(c, n->a) || !resolve(c, n->b))
        return false;
    if (n->a->type == UNTYPED && n->b->type == UNTYPED)
        return true;
    bool time = kind_of(n->a->type) == KIND_TIME || kind_of(n->b->type) == KIND_TIME;
    if (time && (n->op == ARITH_MUL || n->op == ARITH_DIV))
        return resolve_scaled_time(c, n);
    /* eth[0] & 1: a slice of bytes is a number there. */
    if (!unify(c, n->a, n->b))
        return false;
    n->type = n->a->kind == NODE_CONST ? n->b->type : n->a->type;
    return can_calculate(n) ||
           compile_error(c, n->begin, n->end, "One cannot calculate so with values of type %s",
                         type_of(n));
}

static bool resolve_call(struct compiler *c, struct node *n)
{
    for (struct node *a = n->a; a != NULL; a = a->next) {
        if (!resolve(c, a))
            return false;
    }
    return function_check(c, n);
}

bool resolve(struct compiler *c, struct node *n)
{
    if (n->type != UNTYPED)
        return true;
    switch (n->kind) {
    case NODE_WORD:
        /* A word that begins with a point can be nothing but a field. */
        if (resolve_field(c, n) || n->text[0] != '.')
            return !c->failed;
        return unknown_field(c, n);
    case NODE_SLICE:
        return resolve_slice(c, n);
    case NODE_ARITH:
        return resolve_arith(c, n);
    case NODE_CALL:
        return resolve_call(c, n);
    default:
        return true;
    }
}

/* ---- Tests ----------------------------------------------------------------------------------- */

/* The first word in n that looks like a name, or NULL. */
static const struct node *find_name(const struct node *n)
{
    if (n == NULL)
        return NULL;
    if (n->kind == NODE_WORD)
        return strspn(n->text, "0123456789:") == 0 ? n : NULL;
    if (is_literal(n) || n->kind == NODE_CONST || n->kind == NODE_FIELD)
        return NULL;
    const struct node *found = find_name(n->b);
    for (const struct node *part = n->a; part != NULL; part = part->next) {
        const struct node *name = find_name(part);
        if (name != NULL)
            return name;
    }
    return found;
}

/* Both sides of n are without type: a misspelt field is the likely reason. */
static bool no_field(struct compiler *c, const struct node *n)
{
    const struct node *name = find_name(n->a);
    if (name == NULL)
        name = find_name(n->kind == NODE_IN ? NULL : n->b);
    return name != NULL ? unknown_field(c, name)
                        : compile_error(c, n->begin, n->end, "There is no field here");
}

static bool has_value(struct compiler *c, const struct node *n)
{
    return kind_of(n->type) != KIND_NONE ||
           compile_error(c, n->begin, n->end,
                         "This field has no value: it can only be present or not");
}

/* Does n read a field that no packet here can have? */
static bool is_foreign(const struct node *n)
{
    if (n == NULL || n->kind == NODE_CONST)
        return false;
    if (n->foreign)
        return true;
    bool found = n->kind != NODE_FIELD && is_foreign(n->b);
    for (const struct node *part = n->kind != NODE_FIELD ? n->a : NULL; part != NULL && !found;
         part = part->next)
        found = is_foreign(part);
    return found;
}

/* "fc" beside bytes may be meant as a byte, and is read as the protocol. */
static void warn_ambiguous(struct compiler *c, const struct node *n, const struct node *other)
{
    if (n->kind != NODE_FIELD || n->reference || n->mode == LOAD_RAW || n->type != LAMNA_PROTOCOL ||
        kind_of(other->type) != KIND_BYTES ||
        strspn(n->text, "0123456789abcdefABCDEF") != strlen(n->text))
        return;
    compile_warn(c, n->begin, n->end, "\"%s\" is read as the protocol: write .%s, or :%s for bytes",
                 n->text, n->text, n->text);
}

static bool never(struct node *n)
{
    n->kind = NODE_NEVER;
    return true;
}

/* A NODE_RANGE of constants low to high, appended at *tail. */
static bool add_range(struct compiler *c, const struct node *like, uint64_t low, uint64_t high,
                      unsigned type, struct node ***tail)
{
    struct node *ends[2], *r = compile_alloc(c, sizeof *r);
    uint64_t values[] = {low, high};
    for (unsigned i = 0; i < 2; i++) {
        ends[i] = compile_alloc(c, sizeof *ends[i]);
        if (ends[i] == NULL || r == NULL)
            return false;
        *ends[i] =
            (struct node){.kind = NODE_CONST, .begin = like->begin, .end = like->end, .type = type};
        ends[i]->value = (struct value){.u = values[i], .prefix = NO_PREFIX};
        ends[i]->value.is_signed = type >= LAMNA_INT8 && type <= LAMNA_INT64;
    }
    *r = (struct node){.kind = NODE_RANGE,
                       .begin = like->begin,
                       .end = like->end,
                       .a = ends[0],
                       .b = ends[1],
                       .type = UNTYPED};
    **tail = r;
    *tail = &r->next;
    return true;
}

/* All values that the literal names, as ranges. */
static bool add_named(struct compiler *c, const struct node *literal, const struct node *field,
                      struct node ***tail)
{
    for (const struct value_name *v = field->def->names; v->name != NULL; v++) {
        if (literal_is_name(literal, v) &&
            !add_range(c, literal, v->low, v->high, field->type, tail))
            return false;
    }
    return true;
}

/* field == "name of several values" is field in {those values}. */
static bool compare_names(struct compiler *c, struct node *n, struct node *field,
                          const struct node *literal)
{
    struct node *list = NULL, **tail = &list;
    if (!add_named(c, literal, field, &tail))
        return false;
    n->kind = NODE_IN;
    n->a = field;
    n->b = list;
    n->not_in = n->op == CMP_NE;
    return true;
}

static bool names_many(const struct node *literal, const struct node *field)
{
    return is_literal(literal) && names_of(field) != NULL &&
           literal_names_many(literal, names_of(field));
}

static bool check_compare(struct compiler *c, struct node *n)
{
    if (!resolve(c, n->a) || !resolve(c, n->b))
        return false;
    warn_ambiguous(c, n->b, n->a);
    if (is_foreign(n->a) || is_foreign(n->b))
        return never(n);
    if ((n->a->type == UNTYPED || n->a->kind == NODE_CONST) &&
        (n->b->type == UNTYPED || n->b->kind == NODE_CONST))
        return no_field(c, n);
    if (n->op == CMP_EQ || n->op == CMP_NE) {
        if (names_many(n->b, n->a))
            return compare_names(c, n, n->a, n->b);
        if (names_many(n->a, n->b))
            return compare_names(c, n, n->b, n->a);
    }
    return unify(c, n->a, n->b) && has_value(c, n->a) && has_value(c, n->b);
}

static bool check_in(struct compiler *c, struct node *n)
{
    struct node *list = NULL, **tail = &list, *next;
    if (!resolve(c, n->a))
        return false;
    if (n->a->type == UNTYPED)
        return no_field(c, n);
    for (struct node *r = n->b; r != NULL; r = next) {
        next = r->next;
        if (!resolve(c, r->a) || (r->b != NULL && !resolve(c, r->b)))
            return false;
        if (is_foreign(n->a) || is_foreign(r->a) || (r->b != NULL && is_foreign(r->b)))
            return never(n);
        if (r->b == NULL && names_many(r->a, n->a)) {
            if (!add_named(c, r->a, n->a, &tail))
                return false;
            continue;
        }
        if (!unify(c, n->a, r->a) || (r->b != NULL && !unify(c, n->a, r->b)))
            return false;
        r->next = NULL;
        *tail = r;
        tail = &r->next;
    }
    n->b = list;
    return has_value(c, n->a);
}

/* contains and matches look into the name of a value, where it has one. */
static void look_into_name(struct node *a)
{
    if (a->kind == NODE_FIELD && kind_of(a->type) == KIND_NUMBER && a->def->names != NULL &&
        a->mode == LOAD_VALUE) {
        a->mode = LOAD_NAME;
        a->type = LAMNA_STRING;
    }
}

static bool check_contains(struct compiler *c, struct node *n)
{
    if (!resolve(c, n->a) || !resolve(c, n->b))
        return false;
    warn_ambiguous(c, n->b, n->a);
    if (is_foreign(n->a) || is_foreign(n->b))
        return never(n);
    if (n->a->type == UNTYPED)
        return no_field(c, n);
    look_into_name(n->a);
    enum value_kind kind = kind_of(n->a->type);
    if (kind != KIND_STRING && kind != KIND_BYTES)
        return compile_error(c, n->a->begin, n->a->end, "A value of type %s contains nothing",
                             type_of(n->a));
    /* What is looked for may be shorter than an address. */
    if (!convert(c, n->b, kind == KIND_STRING ? LAMNA_STRING : LAMNA_BYTES, NULL))
        return false;
    address_as_bytes(n->b, n->a);
    return kind_of(n->b->type) == kind ||
           compile_error(c, n->b->begin, n->b->end, "%s expected here, not a value of type %s",
                         kind == KIND_STRING ? "Text is" : "Bytes are", type_of(n->b));
}

static bool check_matches(struct compiler *c, struct node *n)
{
    if (!resolve(c, n->a))
        return false;
    if (is_foreign(n->a))
        return never(n);
    if (n->a->type == UNTYPED)
        return no_field(c, n);
    look_into_name(n->a);
    enum value_kind kind = kind_of(n->a->type);
    if (kind != KIND_STRING && kind != KIND_BYTES)
        return compile_error(c, n->a->begin, n->a->end, "A value of type %s is not text",
                             type_of(n->a));
    if (n->b->kind == NODE_STRING)
        return true;
    compile_error(c, n->b->begin, n->b->end,
                  "A regular expression in double quotes is expected here");
    return false;
}

static bool check_test(struct compiler *c, struct node *n)
{
    if (!resolve(c, n->a))
        return false;
    if (is_foreign(n->a))
        return never(n);
    if (n->a->type != UNTYPED)
        return true;
    return n->a->kind == NODE_WORD ? unknown_field(c, n->a) : no_field(c, n);
}

bool check(struct compiler *c, struct node *n)
{
    switch (n->kind) {
    case NODE_AND:
    case NODE_OR:
    case NODE_XOR:
    case NODE_NOT:
        for (struct node *part = n->a; part != NULL; part = part->next) {
            if (!check(c, part))
                return false;
        }
        return true;
    case NODE_COMPARE:
        return check_compare(c, n);
    case NODE_IN:
        return check_in(c, n);
    case NODE_CONTAINS:
        return check_contains(c, n);
    case NODE_MATCHES:
        return check_matches(c, n);
    default:
        return check_test(c, n);
    }
}
