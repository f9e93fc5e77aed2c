/* Types decide what is legal, and what a literal means. */
#include <string.h>

#include "filter/ast.h"

static bool resolve(struct compiler *c, struct node *n);

/* The table row whose value names may be used with n, or NULL. */
static const struct field_def *names_of(const struct node *n)
{
    return n->kind == NODE_FIELD && n->mode == LOAD_VALUE ? n->def : NULL;
}

static bool is_literal(const struct node *n)
{
    return n->kind == NODE_WORD || n->kind == NODE_STRING || n->kind == NODE_CHAR;
}

/* Gives what is untyped in n that type. */
static bool convert(struct compiler *c, struct node *n, unsigned type, const struct field_def *def)
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
        if (kind != KIND_NUMBER && kind != KIND_DOUBLE && kind != KIND_TIME)
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

static bool compatible(const struct node *a, const struct node *b)
{
    enum value_kind x = kind_of(a->type), y = kind_of(b->type);
    bool text_x = x == KIND_STRING || x == KIND_BYTES, text_y = y == KIND_STRING || y == KIND_BYTES;
    return x == y || (text_x && text_y);
}

/* Gives both sides of an operator one kind of value. */
static bool unify(struct compiler *c, struct node *a, struct node *b)
{
    if (a->type == UNTYPED && b->type == UNTYPED)
        return true;
    if (!convert(c, a, b->type, names_of(b)) || !convert(c, b, a->type, names_of(a)))
        return false;
    if (compatible(a, b))
        return true;
    return compile_error(c, a->begin, b->end, "Values of types %s and %s cannot be compared",
                         lamna_type_name((lamna_type)a->type), lamna_type_name((lamna_type)b->type));
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
        return compile_error(c, n->begin, n->end, "Only text and bytes can be sliced");
    n->type = n->a->type == LAMNA_STRING ? LAMNA_STRING : LAMNA_BYTES;
    return true;
}

static bool resolve_arith(struct compiler *c, struct node *n)
{
    if (!resolve(c, n->a) || !resolve(c, n->b))
        return false;
    if (n->a->type == UNTYPED && n->b->type == UNTYPED)
        return true;
    /* eth[0] & 1: a slice of bytes is a number there. */
    if (!unify(c, n->a, n->b))
        return false;
    n->type = n->a->kind == NODE_CONST ? n->b->type : n->a->type;
    enum value_kind kind = kind_of(n->type);
    if (kind == KIND_NUMBER || (kind == KIND_BYTES && n->op == ARITH_AND) ||
        ((kind == KIND_DOUBLE || kind == KIND_TIME) && n->op != ARITH_AND && n->op != ARITH_MOD))
        return true;
    return compile_error(c, n->begin, n->end, "One cannot calculate with values of type %s",
                         lamna_type_name((lamna_type)n->type));
}

/* min, max and abs: all arguments of one kind. */
static bool resolve_numeric_call(struct compiler *c, struct node *n)
{
    for (struct node *a = n->a; a != NULL; a = a->next) {
        if (a->type != UNTYPED && n->type == UNTYPED)
            n->type = a->type;
    }
    if (n->op == FN_ABS && n->a->next != NULL)
        return compile_error(c, n->begin, n->end, "abs() takes one argument");
    if (n->type == UNTYPED)
        return true;
    enum value_kind kind = kind_of(n->type);
    for (struct node *a = n->a; a != NULL; a = a->next) {
        if (!convert(c, a, n->type, NULL))
            return false;
        if (kind_of(a->type) != kind ||
            (kind != KIND_NUMBER && kind != KIND_DOUBLE && kind != KIND_TIME))
            return compile_error(c, a->begin, a->end, "An argument of this type is not possible here");
    }
    return true;
}

static bool resolve_call(struct compiler *c, struct node *n)
{
    for (struct node *a = n->a; a != NULL; a = a->next) {
        if (!resolve(c, a))
            return false;
    }
    struct node *a = n->a;
    if (n->op == FN_MIN || n->op == FN_MAX || n->op == FN_ABS)
        return resolve_numeric_call(c, n);
    if (a->next != NULL)
        return compile_error(c, a->next->begin, n->end, "This function takes one argument");
    if (a->type == UNTYPED)
        return a->kind == NODE_WORD ? unknown_field(c, a)
                                    : compile_error(c, a->begin, a->end, "A field is expected here");
    bool field = a->kind == NODE_FIELD;
    enum value_kind kind = kind_of(a->type);
    bool ok = n->op == FN_LEN     ? kind == KIND_STRING || kind == KIND_BYTES || field
              : n->op == FN_COUNT ? field
              : n->op == FN_STRING
                  ? field && kind != KIND_STRING && kind != KIND_NONE && a->type != LAMNA_PROTOCOL &&
                        a->type != LAMNA_BYTES && a->type != LAMNA_UINT_BYTES
              : n->op == FN_VALS ? field && kind == KIND_NUMBER && a->def->names != NULL
                                 : kind == KIND_STRING;
    if (!ok)
        return compile_error(c, a->begin, a->end, "An argument of type %s is not possible here",
                             lamna_type_name((lamna_type)a->type));
    if (n->op == FN_STRING || n->op == FN_VALS)
        a->mode = n->op == FN_STRING ? LOAD_TEXT : LOAD_NAME;
    if (n->op == FN_LEN && kind != KIND_STRING && kind != KIND_BYTES)
        a->mode = LOAD_RAW;
    n->type = n->op == FN_LEN || n->op == FN_COUNT ? LAMNA_UINT32 : LAMNA_STRING;
    return true;
}

/* Types of entities, as far as they can be known without the other side. */
static bool resolve(struct compiler *c, struct node *n)
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
           compile_error(c, n->begin, n->end, "This field has no value: it can only be present or not");
}

static bool check_compare(struct compiler *c, struct node *n)
{
    if (!resolve(c, n->a) || !resolve(c, n->b))
        return false;
    if ((n->a->type == UNTYPED || n->a->kind == NODE_CONST) &&
        (n->b->type == UNTYPED || n->b->kind == NODE_CONST))
        return no_field(c, n);
    return unify(c, n->a, n->b) && has_value(c, n->a) && has_value(c, n->b);
}

static bool check_in(struct compiler *c, struct node *n)
{
    if (!resolve(c, n->a))
        return false;
    if (n->a->type == UNTYPED)
        return no_field(c, n);
    for (struct node *r = n->b; r != NULL; r = r->next) {
        if (!resolve(c, r->a) || !unify(c, n->a, r->a))
            return false;
        if (r->b != NULL && (!resolve(c, r->b) || !unify(c, n->a, r->b)))
            return false;
    }
    return has_value(c, n->a);
}

static bool check_contains(struct compiler *c, struct node *n)
{
    if (!resolve(c, n->a) || !resolve(c, n->b))
        return false;
    if (n->a->type == UNTYPED)
        return no_field(c, n);
    enum value_kind kind = kind_of(n->a->type);
    if (n->a->kind == NODE_FIELD && kind == KIND_NUMBER && n->a->def->names != NULL) {
        n->a->mode = LOAD_NAME;
        n->a->type = LAMNA_STRING;
        kind = KIND_STRING;
    }
    if (kind != KIND_STRING && kind != KIND_BYTES)
        return compile_error(c, n->a->begin, n->a->end, "A value of type %s contains nothing",
                             lamna_type_name((lamna_type)n->a->type));
    /* What is looked for may be shorter than an address. */
    if (!convert(c, n->b, kind == KIND_STRING ? LAMNA_STRING : LAMNA_BYTES, NULL))
        return false;
    return compatible(n->a, n->b) ||
           compile_error(c, n->b->begin, n->b->end, "Text or bytes are expected here");
}

static bool check_matches(struct compiler *c, struct node *n)
{
    if (!resolve(c, n->a))
        return false;
    if (n->a->type == UNTYPED)
        return no_field(c, n);
    enum value_kind kind = kind_of(n->a->type);
    if (n->a->kind == NODE_FIELD && kind == KIND_NUMBER && n->a->def->names != NULL) {
        n->a->mode = LOAD_NAME;
        n->a->type = LAMNA_STRING;
        kind = KIND_STRING;
    }
    if (kind != KIND_STRING && kind != KIND_BYTES)
        return compile_error(c, n->a->begin, n->a->end, "A value of type %s is not text",
                             lamna_type_name((lamna_type)n->a->type));
    if (n->b->kind == NODE_STRING)
        return true;
    compile_error(c, n->b->begin, n->b->end, "A regular expression in double quotes is expected here");
    return false;
}

static bool check_test(struct compiler *c, struct node *n)
{
    if (!resolve(c, n->a))
        return false;
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
