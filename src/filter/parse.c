/*
 * The grammar, loosest first:
 *
 *     or      = xor  { ("||" | "or") xor }
 *     xor     = and  { ("^^" | "xor") and }
 *     and     = not  { ("&&" | "and") not }
 *     not     = ("!" | "not") not | "(" or ")" | relation
 *     relation = ["any" | "all"] entity [ compare entity { compare entity }
 *              | "contains" entity | "matches" entity | ["not"] "in" "{" range { "," range } "}" ]
 *     entity  = sum { "&" sum }        sum = product { ("+" | "-") product }
 *     product = unary { ("*" | "/" | "%") unary }     unary = ("-" | "+") unary | postfix
 *     postfix = primary { "[" ranges "]" }
 *     primary = field | string | char | word "(" entity { "," entity } ")" | "{" entity "}"
 *             | "$" field | "${" field "}"          field = ["@"] word [ "#" layers ]
 */
#include <string.h>

#include "filter/ast.h"

/* The mode of a NODE_AND that stands in parentheses. */
enum { GROUPED = 1 };

static struct node *parse_or(struct compiler *c);
static struct node *parse_entity(struct compiler *c);

static struct node *node_new(struct compiler *c, enum node_kind kind, struct node *a,
                             struct node *b)
{
    struct node *n = compile_alloc(c, sizeof *n);
    if (n == NULL)
        return NULL;
    n->kind = kind;
    n->a = a;
    n->b = b;
    n->type = UNTYPED;
    n->begin = a != NULL ? a->begin : c->token.begin;
    n->end = b != NULL ? b->end : a != NULL ? a->end : c->token.end;
    return n;
}

static void hint_operator(struct compiler *c, const char *word, uint32_t length)
{
    static const char *const upper[] = {"AND", "OR", "NOT", "XOR", "IN"};
    for (size_t i = 0; i < sizeof upper / sizeof upper[0]; i++) {
        if (strlen(upper[i]) == length && memcmp(word, upper[i], length) == 0)
            compile_hint(c, "Operators are written in lower case");
    }
}

/* The error at the token: `what` should stand here. */
static struct node *expected(struct compiler *c, const char *what)
{
    const struct token *t = &c->token;
    if (t->kind == T_END)
        compile_error(c, t->begin, t->begin, "The filter ends where %s is expected", what);
    else
        compile_error(c, t->begin, t->end, "\"%.*s\" stands where %s is expected",
                      (int)(t->end - t->begin), c->text + t->begin, what);
    if (t->kind == T_WORD && t->length <= 3)
        hint_operator(c, t->text, t->length);
    return NULL;
}

static bool accept(struct compiler *c, enum token_kind kind)
{
    if (c->token.kind != kind)
        return false;
    lex(c);
    return true;
}

static bool expect(struct compiler *c, enum token_kind kind, const char *what)
{
    if (accept(c, kind))
        return true;
    expected(c, what);
    return false;
}

static bool enter(struct compiler *c)
{
    if (++c->depth <= c->limits.filter_nesting)
        return true;
    if (!c->failed) {
        compile_error(c, c->token.begin, c->token.end, "The filter is nested more than %u deep",
                      c->limits.filter_nesting);
        if (c->err != NULL)
            c->err->status = LAMNA_ERR_LIMIT;
    }
    return false;
}

/* ---- Entities ------------------------------------------------------------------------------- */

static bool scan_number(struct compiler *c, int64_t *v)
{
    uint32_t at = c->pos;
    bool minus = at < c->length && c->text[at] == '-';
    uint32_t begin = at += minus;
    *v = 0;
    while (at < c->length && c->text[at] >= '0' && c->text[at] <= '9' && at - begin < 9)
        *v = *v * 10 + (c->text[at++] - '0');
    if (at == begin)
        return false;
    if (minus)
        *v = -*v;
    c->pos = at;
    return true;
}

static char scan_char(struct compiler *c)
{
    while (c->pos < c->length && c->text[c->pos] == ' ')
        c->pos++;
    return c->pos < c->length ? c->text[c->pos] : '\0';
}

/* One of "2", "2:3", "2-3", ":3", "2:". */
static bool scan_range(struct compiler *c, struct range *r)
{
    *r = (struct range){.last = 1, .form = RANGE_LENGTH};
    bool first = scan_char(c) != ':' && scan_number(c, &r->first);
    char ch = scan_char(c);
    if (ch == '-' && first) {
        c->pos++;
        scan_char(c);
        r->form = RANGE_LAST;
        return scan_number(c, &r->last) && ((r->first < 0) != (r->last < 0) || r->first <= r->last);
    }
    if (ch != ':')
        return first;
    c->pos++;
    (void)scan_char(c);
    if (scan_number(c, &r->last))
        return r->last > 0;
    r->form = RANGE_REST;
    return true;
}

/* Ranges separated by commas, up to "]". The token is the "[". */
static bool parse_ranges(struct compiler *c, struct node *n)
{
    uint32_t begin = c->token.begin;
    for (uint32_t room = 0;;) {
        if (n->range_count == room) {
            room = room == 0 ? 2 : 2 * room;
            struct range *more = compile_alloc(c, room * sizeof *more);
            if (more == NULL)
                return false;
            if (n->range_count > 0)
                memcpy(more, n->ranges, n->range_count * sizeof *more);
            n->ranges = more;
        }
        if (!scan_range(c, &n->ranges[n->range_count++]))
            break;
        char ch = scan_char(c);
        if (ch != ',' && ch != ']')
            break;
        c->pos++;
        if (ch == ']') {
            n->end = c->pos;
            lex(c);
            return true;
        }
    }
    return compile_error(c, begin, c->pos < c->length ? c->pos + 1 : c->length,
                         "This is not a range such as [2], [2:3], [2-4], [:3] or [2:]");
}

/* The "#2" or "#[1-2]" after a field. */
static bool parse_layers(struct compiler *c, struct node *n)
{
    uint32_t begin = c->token.begin;
    if (c->pos < c->length && c->text[c->pos] == '[') {
        lex(c);
        return parse_ranges(c, n);
    }
    n->ranges = compile_alloc(c, sizeof *n->ranges);
    if (n->ranges == NULL)
        return false;
    n->ranges[0] = (struct range){.last = 1, .form = RANGE_LENGTH};
    n->range_count = 1;
    if ((c->pos < c->length && c->text[c->pos] == '-') || !scan_number(c, &n->ranges[0].first)) {
        compile_error(c, begin, c->pos, "A layer's number is expected after #");
        compile_hint(c, "Write it as #2, #[1-2], or #[-1] for the last one");
        return false;
    }
    n->end = c->pos;
    lex(c);
    return true;
}

static struct node *parse_literal(struct compiler *c, enum node_kind kind)
{
    struct node *n = node_new(c, kind, NULL, NULL);
    if (n == NULL)
        return NULL;
    n->length = c->token.length;
    n->text = arena_copy(c->arena, c->token.text, c->token.length);
    if (n->text == NULL) {
        error_memory(c->err);
        c->failed = true;
        return NULL;
    }
    lex(c);
    return n;
}

/* The word was read; the token is "(". */
static struct node *parse_call(struct compiler *c, struct node *n)
{
    unsigned fn = function_find(n->text);
    if (fn == FN_COUNT_OF) {
        compile_error(c, n->begin, n->end, "There is no function \"%s\"", n->text);
        compile_hint(c, "Functions are len, count, lower, upper, string, vals, dec, hex, float, "
                        "double, min, max, "
                        "abs, and ip_special_name and its like");
        return NULL;
    }
    n->kind = NODE_CALL;
    n->op = (uint8_t)fn;
    lex(c);
    for (struct node **tail = &n->a;; tail = &(*tail)->next) {
        *tail = parse_entity(c);
        if (*tail == NULL)
            return NULL;
        n->end = c->token.end;
        if (!accept(c, T_COMMA))
            break;
    }
    return expect(c, T_RPAREN, "\",\" or \")\"") ? n : NULL;
}

/* A word that must be a field, with "@" before it or not, and the layers it is taken from. */
static struct node *parse_field(struct compiler *c)
{
    bool raw = accept(c, T_AT);
    struct node *n = c->token.kind == T_WORD ? parse_literal(c, NODE_WORD) : expected(c, "a field");
    if (n == NULL)
        return NULL;
    n->mode = raw ? LOAD_RAW : LOAD_VALUE;
    if (!resolve_field(c, n)) {
        unknown_field(c, n);
        return NULL;
    }
    if (c->token.kind == T_HASH && !parse_layers(c, n))
        return NULL;
    return n;
}

/* $field or ${field}: its value in the selected packet. The token is the "$". */
static struct node *parse_reference(struct compiler *c)
{
    uint32_t begin = c->token.begin;
    lex(c);
    bool braces = accept(c, T_LBRACE);
    struct node *n = parse_field(c);
    if (n == NULL)
        return NULL;
    n->begin = begin;
    if (braces) {
        n->end = c->token.end;
        if (!expect(c, T_RBRACE, "\"}\""))
            return NULL;
    }
    n->reference = true;
    return n;
}

static struct node *parse_word(struct compiler *c)
{
    struct node *n =
        c->token.kind == T_WORD ? parse_literal(c, NODE_WORD) : expected(c, "a field or a value");
    if (n == NULL)
        return NULL;
    if (c->token.kind == T_LPAREN)
        return parse_call(c, n);
    if (c->token.kind == T_HASH && !parse_layers(c, n))
        return NULL;
    return n;
}

static struct node *parse_primary(struct compiler *c)
{
    struct node *n;
    switch (c->token.kind) {
    case T_STRING:
        return parse_literal(c, NODE_STRING);
    case T_CHAR:
        return parse_literal(c, NODE_CHAR);
    case T_AT:
        return parse_field(c);
    case T_LBRACE:
        lex(c);
        n = parse_entity(c);
        return n != NULL && expect(c, T_RBRACE, "\"}\"") ? n : NULL;
    case T_DOLLAR:
        return parse_reference(c);
    default:
        return parse_word(c);
    }
}

static struct node *parse_postfix(struct compiler *c)
{
    struct node *n = parse_primary(c);
    while (n != NULL && c->token.kind == T_LBRACKET) {
        n = node_new(c, NODE_SLICE, n, NULL);
        if (n == NULL || !enter(c) || !parse_ranges(c, n))
            return NULL;
    }
    return n;
}

static struct node *parse_unary(struct compiler *c)
{
    if (c->token.kind != T_MINUS && c->token.kind != T_PLUS)
        return parse_postfix(c);
    uint8_t op = c->token.kind == T_MINUS ? ARITH_SUB : ARITH_ADD;
    uint32_t begin = c->token.begin;
    lex(c);
    if (!enter(c))
        return NULL;
    struct node *b = parse_unary(c);
    if (b == NULL)
        return NULL;
    struct node *zero = node_new(c, NODE_WORD, NULL, NULL);
    struct node *n = zero != NULL ? node_new(c, NODE_ARITH, zero, b) : NULL;
    if (n == NULL)
        return NULL;
    zero->text = "0";
    zero->length = 1;
    zero->begin = n->begin = begin;
    zero->end = begin + 1;
    n->op = op;
    c->depth--;
    return n;
}

/* Binary operators by how tightly they bind; level 0 is the loosest. */
static bool arith_op(enum token_kind kind, unsigned level, uint8_t *op)
{
    static const struct {
        uint8_t kind, level, op;
    } table[] = {{T_BITAND, 0, ARITH_AND}, {T_PLUS, 1, ARITH_ADD},   {T_MINUS, 1, ARITH_SUB},
                 {T_TIMES, 2, ARITH_MUL},  {T_DIVIDE, 2, ARITH_DIV}, {T_MODULO, 2, ARITH_MOD}};
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        if (table[i].kind == kind && table[i].level == level) {
            *op = table[i].op;
            return true;
        }
    }
    return false;
}

static struct node *parse_arith(struct compiler *c, unsigned level)
{
    if (level == 3)
        return parse_unary(c);
    uint32_t depth = c->depth;
    struct node *n = parse_arith(c, level + 1);
    uint8_t op;
    while (n != NULL && arith_op(c->token.kind, level, &op)) {
        lex(c);
        /* A chain makes a tree as deep as it is long. */
        if (!enter(c))
            return NULL;
        struct node *b = parse_arith(c, level + 1);
        n = b != NULL ? node_new(c, NODE_ARITH, n, b) : NULL;
        if (n != NULL)
            n->op = op;
    }
    c->depth = depth;
    return n;
}

static struct node *parse_entity(struct compiler *c)
{
    if (!enter(c))
        return NULL;
    struct node *n = parse_arith(c, 0);
    c->depth--;
    return n;
}

/* ---- Tests ----------------------------------------------------------------------------------- */

static struct node *parse_set(struct compiler *c, struct node *a)
{
    struct node *n = node_new(c, NODE_IN, a, NULL);
    if (n == NULL || !expect(c, T_LBRACE, "\"{\""))
        return NULL;
    for (struct node **tail = &n->b;; tail = &(*tail)->next) {
        struct node *low = parse_entity(c), *high = NULL;
        if (low == NULL || (accept(c, T_DOTS) && (high = parse_entity(c)) == NULL))
            return NULL;
        *tail = node_new(c, NODE_RANGE, low, high);
        if (*tail == NULL)
            return NULL;
        n->end = c->token.end;
        if (!accept(c, T_COMMA))
            break;
    }
    return expect(c, T_RBRACE, "\",\" or \"}\"") ? n : NULL;
}

/* a < b < c is a < b and b < c. */
static struct node *parse_comparison(struct compiler *c, struct node *a, uint8_t quantifier)
{
    struct node *list = NULL, **tail = &list;
    while (c->token.kind == T_COMPARE) {
        uint8_t op = c->token.op;
        uint8_t q = quantifier != QUANT_DEFAULT ? quantifier : c->token.quantifier;
        if (c->text[c->token.begin] == '~')
            compile_warn(c, c->token.begin, c->token.end, "~= is deprecated: write !==");
        lex(c);
        struct node *b = parse_entity(c);
        struct node *n = b != NULL ? node_new(c, NODE_COMPARE, a, b) : NULL;
        if (n == NULL)
            return NULL;
        n->op = op;
        n->mode = q;
        *tail = n;
        tail = &n->next;
        a = b;
    }
    struct node *all =
        list == NULL || list->next == NULL ? list : node_new(c, NODE_AND, list, NULL);
    if (all != NULL && all != list)
        all->mode = GROUPED;
    return all;
}

static struct node *parse_relation(struct compiler *c)
{
    uint8_t quantifier = c->token.kind == T_ANY   ? QUANT_ANY
                         : c->token.kind == T_ALL ? QUANT_ALL
                                                  : QUANT_DEFAULT;
    if (quantifier != QUANT_DEFAULT)
        lex(c);
    struct node *a = parse_entity(c), *n = NULL;
    if (a == NULL)
        return NULL;
    if (c->token.kind == T_COMPARE)
        return parse_comparison(c, a, quantifier);
    bool not_in = accept(c, T_NOT);
    if (not_in && c->token.kind != T_IN)
        return expected(c, "\"in\"");
    if (accept(c, T_IN)) {
        n = parse_set(c, a);
    } else if (c->token.kind == T_CONTAINS || c->token.kind == T_MATCHES) {
        enum node_kind kind = c->token.kind == T_CONTAINS ? NODE_CONTAINS : NODE_MATCHES;
        lex(c);
        struct node *b = parse_entity(c);
        n = b != NULL ? node_new(c, kind, a, b) : NULL;
    } else if (quantifier != QUANT_DEFAULT) {
        return expected(c, "a comparison");
    } else {
        n = node_new(c, NODE_TEST, a, NULL);
    }
    if (n != NULL) {
        n->not_in = not_in;
        n->mode = quantifier != QUANT_DEFAULT ? quantifier : not_in ? QUANT_ALL : QUANT_ANY;
    }
    return n;
}

static struct node *parse_not(struct compiler *c)
{
    struct node *n;
    uint32_t begin = c->token.begin;
    if (!enter(c))
        return NULL;
    if (accept(c, T_NOT)) {
        n = parse_not(c);
        n = n != NULL ? node_new(c, NODE_NOT, n, NULL) : NULL;
    } else if (accept(c, T_LPAREN)) {
        n = parse_or(c);
        uint32_t end = c->token.end;
        if (n != NULL && !expect(c, T_RPAREN, "\")\""))
            n = NULL;
        if (n != NULL) {
            n->begin = begin;
            n->end = end;
            n->mode = n->kind == NODE_AND ? GROUPED : n->mode;
        }
    } else {
        n = parse_relation(c);
    }
    c->depth--;
    if (n != NULL && n->kind == NODE_NOT)
        n->begin = begin;
    return n;
}

static struct node *parse_list(struct compiler *c, enum token_kind op, enum node_kind kind,
                               struct node *(*part)(struct compiler *))
{
    struct node *n = part(c);
    if (n == NULL || c->token.kind != op)
        return n;
    struct node *list = node_new(c, kind, n, NULL), *last = n;
    while (list != NULL && accept(c, op)) {
        /* A list in a list would share `next`: parts are never lists of the same kind's chain. */
        struct node *next = part(c);
        if (next == NULL)
            return NULL;
        last->next = next;
        last = next;
        list->end = next->end;
    }
    return list;
}

static struct node *parse_and(struct compiler *c)
{
    return parse_list(c, T_AND, NODE_AND, parse_not);
}

static struct node *parse_xor(struct compiler *c)
{
    return parse_list(c, T_XOR, NODE_XOR, parse_and);
}

static struct node *parse_or(struct compiler *c)
{
    struct node *n = parse_list(c, T_OR, NODE_OR, parse_xor);
    for (const struct node *part = n != NULL && n->kind == NODE_OR ? n->a : NULL; part != NULL;
         part = part->next) {
        if (part->kind == NODE_AND && part->mode != GROUPED)
            compile_warn(c, part->begin, part->end,
                         "\"and\" binds tighter than \"or\": parentheses make that plain");
    }
    return n;
}

static struct node *unopened(struct compiler *c)
{
    compile_error(c, c->token.begin, c->token.end, "No \"(\" is open for this \")\"");
    return NULL;
}

struct node *parse(struct compiler *c)
{
    lex(c);
    struct node *n = parse_or(c);
    if (n != NULL && c->token.kind != T_END)
        return c->token.kind == T_RPAREN ? unopened(c) : expected(c, "an operator such as \"and\"");
    return c->failed ? NULL : n;
}
