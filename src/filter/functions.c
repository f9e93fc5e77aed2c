/* The functions of the language: their names, and what they may be given. */
#include <string.h>

#include "filter/ast.h"

static bool bad_argument(struct compiler *c, const struct node *a, const char *expected)
{
    if (a->kind == NODE_WORD)
        return unknown_field(c, a);
    if (a->type == UNTYPED)
        return compile_error(c, a->begin, a->end, "A field is expected here");
    return compile_error(c, a->begin, a->end,
                         "An argument of type %s is not possible here: %s is expected",
                         lamna_type_name((lamna_type)a->type), expected);
}

static bool is_field(const struct node *a)
{
    return a->kind == NODE_FIELD;
}

static bool check_len(struct compiler *c, struct node *n)
{
    struct node *a = n->a;
    enum value_kind kind = kind_of(a->type);
    n->type = LAMNA_UINT32;
    if (a->type == UNTYPED || (kind != KIND_STRING && kind != KIND_BYTES && !is_field(a)))
        return bad_argument(c, a, "a field");
    if (kind != KIND_STRING && kind != KIND_BYTES)
        a->mode = LOAD_RAW;
    return true;
}

static bool check_count(struct compiler *c, struct node *n)
{
    n->type = LAMNA_UINT32;
    return is_field(n->a) || bad_argument(c, n->a, "a field");
}

static bool check_case(struct compiler *c, struct node *n)
{
    n->type = LAMNA_STRING;
    return kind_of(n->a->type) == KIND_STRING || bad_argument(c, n->a, "text");
}

static bool check_string(struct compiler *c, struct node *n)
{
    struct node *a = n->a;
    enum value_kind kind = kind_of(a->type);
    n->type = LAMNA_STRING;
    bool bytes = a->type == LAMNA_PROTOCOL || a->type == LAMNA_BYTES || a->type == LAMNA_UINT_BYTES;
    if (!is_field(a) || kind == KIND_STRING || kind == KIND_NONE || bytes)
        return bad_argument(c, a, "a field that is neither text nor bytes");
    if (kind != KIND_NUMBER)
        a->mode = LOAD_TEXT;
    return true;
}

static bool check_vals(struct compiler *c, struct node *n)
{
    struct node *a = n->a;
    n->type = LAMNA_STRING;
    if (!is_field(a) || kind_of(a->type) != KIND_NUMBER || a->def->names == NULL)
        return bad_argument(c, a, "a field whose values have names");
    a->mode = LOAD_NAME;
    return true;
}

static bool check_digits(struct compiler *c, struct node *n)
{
    n->type = LAMNA_STRING;
    bool is_unsigned =
        (n->a->type >= LAMNA_CHAR && n->a->type <= LAMNA_UINT64) || n->a->type == LAMNA_FRAMENUM;
    return is_unsigned || bad_argument(c, n->a, "an unsigned integer");
}

static bool check_real(struct compiler *c, struct node *n)
{
    enum value_kind kind = kind_of(n->a->type);
    n->type = n->op == FN_FLOAT ? LAMNA_FLOAT : LAMNA_DOUBLE;
    return kind == KIND_NUMBER || kind == KIND_DOUBLE || kind == KIND_TIME ||
           bad_argument(c, n->a, "a number or a time");
}

/* min, max and abs: all arguments of one type; literals take that of the fields. */
static bool check_numeric(struct compiler *c, struct node *n)
{
    for (struct node *a = n->a; a != NULL; a = a->next) {
        if (a->type != UNTYPED && n->type == UNTYPED)
            n->type = a->type;
    }
    if (n->type == UNTYPED)
        return true; /* the other side of an operator will tell */
    for (struct node *a = n->a; a != NULL; a = a->next) {
        if (!convert(c, a, n->type, NULL))
            return false;
        enum value_kind kind = kind_of(a->type);
        if (kind != KIND_NUMBER && kind != KIND_DOUBLE && kind != KIND_TIME)
            return bad_argument(c, a, "a number or a time");
        if (a->type != n->type)
            return compile_error(
                c, a->begin, a->end, "The arguments must have one type, and this is %s after %s",
                lamna_type_name((lamna_type)a->type), lamna_type_name((lamna_type)n->type));
    }
    return true;
}

static bool check_address(struct compiler *c, struct node *n)
{
    enum value_kind kind = kind_of(n->a->type);
    n->type = n->op == FN_SPECIAL_NAME   ? LAMNA_STRING
              : n->op == FN_SPECIAL_MASK ? LAMNA_UINT32
                                         : LAMNA_BOOLEAN;
    if (n->op == FN_RFC1918)
        return kind == KIND_IPV4 || bad_argument(c, n->a, "an IPv4 address");
    if (n->op == FN_ULA)
        return kind == KIND_IPV6 || bad_argument(c, n->a, "an IPv6 address");
    return kind == KIND_IPV4 || kind == KIND_IPV6 || bad_argument(c, n->a, "an IP address");
}

static const struct {
    const char *name;
    bool many; /* any number of arguments, else one */
    bool (*check)(struct compiler *c, struct node *n);
} functions[FN_COUNT_OF] = {
    [FN_LEN] = {"len", false, check_len},
    [FN_COUNT] = {"count", false, check_count},
    [FN_LOWER] = {"lower", false, check_case},
    [FN_UPPER] = {"upper", false, check_case},
    [FN_STRING] = {"string", false, check_string},
    [FN_VALS] = {"vals", false, check_vals},
    [FN_DEC] = {"dec", false, check_digits},
    [FN_HEX] = {"hex", false, check_digits},
    [FN_FLOAT] = {"float", false, check_real},
    [FN_DOUBLE] = {"double", false, check_real},
    [FN_MIN] = {"min", true, check_numeric},
    [FN_MAX] = {"max", true, check_numeric},
    [FN_ABS] = {"abs", false, check_numeric},
    [FN_SPECIAL_NAME] = {"ip_special_name", false, check_address},
    [FN_SPECIAL_MASK] = {"ip_special_mask", false, check_address},
    [FN_LINKLOCAL] = {"ip_linklocal", false, check_address},
    [FN_MULTICAST] = {"ip_multicast", false, check_address},
    [FN_RFC1918] = {"ip_rfc1918", false, check_address},
    [FN_ULA] = {"ip_ula", false, check_address},
};

unsigned function_find(const char *name)
{
    unsigned i = 0;
    while (i < FN_COUNT_OF && strcmp(functions[i].name, name) != 0)
        i++;
    return i;
}

bool function_check(struct compiler *c, struct node *n)
{
    if (n->a == NULL)
        return compile_error(c, n->begin, n->end, "%s() needs an argument", functions[n->op].name);
    if (n->a->next != NULL && !functions[n->op].many)
        return compile_error(c, n->a->next->begin, n->a->next->end, "%s() takes one argument",
                             functions[n->op].name);
    return functions[n->op].check(c, n);
}
