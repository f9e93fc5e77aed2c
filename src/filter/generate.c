/* From typed nodes to a program. Registers are a stack: an entity's value goes to the next free
 * one. */
#include <string.h>

#include "filter/ast.h"

enum { MAX_REGISTERS = 60000, MATCH_LIMIT = 100000 };

struct generator {
    struct compiler *c;
    lamna_filter *f;
    uint32_t next_register;
    uint32_t pushes;
};

/* Room for one more element in an array of the arena. */
static bool room_for(struct generator *g, void **array, uint32_t count, uint32_t *room, size_t size)
{
    if (count < *room)
        return true;
    uint32_t more = *room == 0 ? 4 : 2 * *room;
    void *bigger = compile_alloc(g->c, more * size);
    if (bigger == NULL)
        return false;
    if (count > 0)
        memcpy(bigger, *array, count * size);
    *array = bigger;
    *room = more;
    return true;
}

/* Appends an instruction; returns its number, or UINT32_MAX. */
static uint32_t emit(struct generator *g, struct insn insn)
{
    lamna_filter *f = g->f;
    void *code = f->code;
    if (!room_for(g, &code, f->code_count, &f->code_room, sizeof *f->code))
        return UINT32_MAX;
    f->code = code;
    f->code[f->code_count] = insn;
    return f->code_count++;
}

static bool emit_ok(struct generator *g, struct insn insn)
{
    return emit(g, insn) != UINT32_MAX;
}

static struct load load_of(const struct node *n)
{
    return (struct load){.fields = n->fields,
                         .field_count = n->field_count,
                         .layers = n->ranges,
                         .range_count = n->range_count,
                         .mode = n->mode,
                         .kind = (uint8_t)kind_of(n->def->type),
                         .is_protocol = n->def->type == LAMNA_PROTOCOL,
                         .is_signed = n->def->type >= LAMNA_INT8 && n->def->type <= LAMNA_INT64};
}

static bool add_load(struct generator *g, const struct node *n, uint32_t *index)
{
    lamna_filter *f = g->f;
    void *loads = f->loads;
    if (!room_for(g, &loads, f->load_count, &f->load_room, sizeof *f->loads))
        return false;
    f->loads = loads;
    f->loads[f->load_count] = load_of(n);
    *index = f->load_count++;
    return true;
}

static bool add_reference(struct generator *g, const struct node *n, uint32_t *index)
{
    lamna_filter *f = g->f;
    void *references = f->references;
    if (!room_for(g, &references, f->reference_count, &f->reference_room, sizeof *f->references))
        return false;
    f->references = references;
    f->references[f->reference_count] = (struct reference){.load = load_of(n)};
    *index = f->reference_count++;
    return true;
}

static bool add_constant(struct generator *g, const struct value *v, uint32_t *index)
{
    lamna_filter *f = g->f;
    void *constants = f->constants;
    if (!room_for(g, &constants, f->constant_count, &f->constant_room, sizeof *f->constants))
        return false;
    f->constants = constants;
    f->constants[f->constant_count] = *v;
    *index = f->constant_count++;
    return true;
}

static bool add_slice(struct generator *g, const struct node *n, uint32_t *index)
{
    lamna_filter *f = g->f;
    void *slices = f->slices;
    if (!room_for(g, &slices, f->slice_count, &f->slice_room, sizeof *f->slices))
        return false;
    f->slices = slices;
    f->slices[f->slice_count] = (struct slice){n->ranges, n->range_count};
    *index = f->slice_count++;
    return true;
}

static bool take_register(struct generator *g, uint16_t *reg)
{
    if (g->next_register >= MAX_REGISTERS)
        return compile_error(g->c, 0, g->c->length, "The filter has too many operands");
    *reg = (uint16_t)g->next_register++;
    if (g->next_register > g->f->register_count)
        g->f->register_count = g->next_register;
    return true;
}

/* ---- Entities -------------------------------------------------------------------------------- */

static bool entity(struct generator *g, const struct node *n, uint16_t *reg);

static bool call(struct generator *g, const struct node *n, uint16_t *reg)
{
    uint32_t count = 0;
    uint16_t first = 0, other;
    const struct node *argument = n->a;
    if (argument == NULL)
        return false;
    for (const struct node *a = argument; a != NULL; a = a->next, count++) {
        if (!entity(g, a, count == 0 ? &first : &other))
            return false;
    }
    g->next_register = (uint32_t)first + 1;
    *reg = first;
    if (argument->mode == LOAD_TEXT || argument->mode == LOAD_NAME)
        if (n->op == FN_STRING || n->op == FN_VALS)
            return true; /* the load does it */
    unsigned type = argument->mode == LOAD_RAW ? LAMNA_BYTES : argument->type;
    bool boolean = n->op == FN_STRING && type == LAMNA_BOOLEAN;
    return emit_ok(g,
                   (struct insn){.op = OP_CALL,
                                 .sub = n->op,
                                 .a = first,
                                 .x = count,
                                 .y = boolean ? BOOLEAN_DIGITS : 2 * type_bytes((lamna_type)type),
                                 .kind = (uint8_t)kind_of(type)});
}

static bool arith(struct generator *g, const struct node *n, uint16_t *reg)
{
    uint16_t b;
    if (!entity(g, n->a, reg) || !entity(g, n->b, &b))
        return false;
    g->next_register = (uint32_t)*reg + 1;
    return emit_ok(
        g, (struct insn){
               .op = OP_ARITH, .sub = n->op, .kind = (uint8_t)kind_of(n->type), .a = *reg, .b = b});
}

static bool entity(struct generator *g, const struct node *n, uint16_t *reg)
{
    uint32_t index = 0;
    switch (n->kind) {
    case NODE_FIELD:
        if (n->reference)
            return take_register(g, reg) && add_reference(g, n, &index) &&
                   emit_ok(g, (struct insn){.op = OP_REFERENCE, .a = *reg, .x = index});
        return take_register(g, reg) && add_load(g, n, &index) &&
               emit_ok(g, (struct insn){.op = OP_LOAD, .a = *reg, .x = index});
    case NODE_SLICE:
        return entity(g, n->a, reg) && add_slice(g, n, &index) &&
               emit_ok(g, (struct insn){.op = OP_SLICE,
                                        .a = *reg,
                                        .x = index,
                                        .kind = (uint8_t)kind_of(n->a->type)});
    case NODE_ARITH:
        return arith(g, n, reg);
    case NODE_CALL:
        return call(g, n, reg);
    default:
        return take_register(g, reg) && add_constant(g, &n->value, &index) &&
               emit_ok(g, (struct insn){.op = OP_CONST, .a = *reg, .x = index});
    }
}

/* ---- Tests ----------------------------------------------------------------------------------- */

static bool presence(struct generator *g, const struct node *n)
{
    uint32_t index = 0;
    uint16_t reg;
    if (n->a->kind == NODE_FIELD && !n->a->reference)
        return add_load(g, n->a, &index) && emit_ok(g, (struct insn){.op = OP_PRESENT, .x = index});
    if (!entity(g, n->a, &reg))
        return false;
    bool computed =
        n->a->kind == NODE_ARITH || (n->a->kind == NODE_CALL && n->a->type != LAMNA_STRING);
    return emit_ok(g, (struct insn){.op = computed ? OP_TEST_NUMBER : OP_TEST,
                                    .a = reg,
                                    .kind = (uint8_t)kind_of(n->a->type)});
}

/* Can OP_COMPARE_NUMBER do it? Nearly every filter that people write is of this form. */
static bool is_simple(const struct node *n)
{
    const struct node *a = n->a, *b = n->b;
    enum value_kind kind = kind_of(a->type);
    return a->kind == NODE_FIELD && !a->reference && a->mode == LOAD_VALUE && a->range_count == 0 &&
           a->field_count == 1 && b->kind == NODE_CONST &&
           (kind == KIND_NUMBER || kind == KIND_IPV4) &&
           !(a->def->type >= LAMNA_INT8 && a->def->type <= LAMNA_INT64) && !b->value.is_signed &&
           b->value.prefix == NO_PREFIX && (n->mode == QUANT_ALL) == (n->op == CMP_NE);
}

static bool compare(struct generator *g, const struct node *n)
{
    uint32_t load = 0, constant = 0;
    uint16_t a, b;
    if (is_simple(n))
        return add_load(g, n->a, &load) && add_constant(g, &n->b->value, &constant) &&
               emit_ok(g, (struct insn){.op = OP_COMPARE_NUMBER,
                                        .sub = n->op,
                                        .quantifier = n->mode,
                                        .x = load,
                                        .y = constant});
    return entity(g, n->a, &a) && entity(g, n->b, &b) &&
           emit_ok(g, (struct insn){.op = OP_COMPARE,
                                    .sub = n->op,
                                    .quantifier = n->mode,
                                    .kind = (uint8_t)kind_of(n->a->type),
                                    .a = a,
                                    .b = b});
}

static bool contains(struct generator *g, const struct node *n)
{
    uint16_t a, b;
    return entity(g, n->a, &a) && entity(g, n->b, &b) &&
           emit_ok(g, (struct insn){.op = OP_CONTAINS, .quantifier = n->mode, .a = a, .b = b});
}

static bool in_set(struct generator *g, const struct node *n)
{
    uint16_t a, low = 0, high, first = 0;
    uint32_t count = 0;
    if (!entity(g, n->a, &a))
        return false;
    for (const struct node *r = n->b; r != NULL; r = r->next, count++) {
        if (!entity(g, r->a, &low) || !entity(g, r->b != NULL ? r->b : r->a, &high))
            return false;
        if (count == 0)
            first = low;
    }
    return emit_ok(g, (struct insn){.op = OP_IN,
                                    .sub = n->not_in,
                                    .quantifier = n->mode,
                                    .kind = (uint8_t)kind_of(n->a->type),
                                    .a = a,
                                    .b = first,
                                    .x = count});
}

static bool add_pattern(struct generator *g, const struct node *n, uint32_t *index)
{
    lamna_filter *f = g->f;
    void *patterns = f->patterns;
    int code;
    PCRE2_SIZE offset;
    if (!room_for(g, &patterns, f->pattern_count, &f->pattern_room, sizeof *f->patterns))
        return false;
    f->patterns = patterns;
    struct pattern *p = &f->patterns[f->pattern_count];
    *p = (struct pattern){0};
    *index = f->pattern_count++;
    p->code =
        pcre2_compile((PCRE2_SPTR)n->text, n->length,
                      PCRE2_CASELESS | PCRE2_NEVER_UTF | PCRE2_NEVER_UCP, &code, &offset, NULL);
    if (p->code == NULL) {
        char message[200];
        pcre2_get_error_message(code, (PCRE2_UCHAR *)message, sizeof message);
        return compile_error(g->c, n->begin, n->end,
                             "The regular expression is wrong at its byte %u: %s", (unsigned)offset,
                             message);
    }
    p->data = pcre2_match_data_create(1, NULL);
    p->context = pcre2_match_context_create(NULL);
    if (p->data == NULL || p->context == NULL) {
        g->c->failed = true;
        return error_memory(g->c->err) == LAMNA_OK;
    }
    pcre2_set_match_limit(p->context, MATCH_LIMIT);
    return true;
}

static bool matches(struct generator *g, const struct node *n)
{
    uint16_t a;
    uint32_t index = 0;
    return entity(g, n->a, &a) && add_pattern(g, n->b, &index) &&
           emit_ok(g, (struct insn){.op = OP_MATCHES, .quantifier = n->mode, .a = a, .x = index});
}

static bool test(struct generator *g, const struct node *n);

/* Every part but the last jumps to the end as soon as the answer is known. The jumps are chained
 * through x until the end is. */
static bool short_circuit(struct generator *g, const struct node *n)
{
    uint8_t op = n->kind == NODE_AND ? OP_JUMP_IF_FALSE : OP_JUMP_IF_TRUE;
    uint32_t last = UINT32_MAX;
    for (const struct node *part = n->a; part != NULL; part = part->next) {
        if (!test(g, part))
            return false;
        if (part->next == NULL)
            break;
        uint32_t jump = emit(g, (struct insn){.op = op, .x = last});
        if (jump == UINT32_MAX)
            return false;
        last = jump;
    }
    while (last != UINT32_MAX) {
        uint32_t before = g->f->code[last].x;
        g->f->code[last].x = g->f->code_count;
        last = before;
    }
    return true;
}

static bool exclusive(struct generator *g, const struct node *n)
{
    if (!test(g, n->a))
        return false;
    for (const struct node *part = n->a->next; part != NULL; part = part->next) {
        if (++g->pushes > g->f->push_depth)
            g->f->push_depth = g->pushes;
        if (!emit_ok(g, (struct insn){.op = OP_PUSH}) || !test(g, part) ||
            !emit_ok(g, (struct insn){.op = OP_XOR}))
            return false;
        g->pushes--;
    }
    return true;
}

static bool test(struct generator *g, const struct node *n)
{
    g->next_register = 0; /* no test is part of an entity */
    switch (n->kind) {
    case NODE_AND:
    case NODE_OR:
        return short_circuit(g, n);
    case NODE_XOR:
        return exclusive(g, n);
    case NODE_NOT:
        return test(g, n->a) && emit_ok(g, (struct insn){.op = OP_NOT});
    case NODE_COMPARE:
        return compare(g, n);
    case NODE_CONTAINS:
        return contains(g, n);
    case NODE_MATCHES:
        return matches(g, n);
    case NODE_IN:
        return in_set(g, n);
    case NODE_NEVER:
        return emit_ok(g, (struct insn){.op = OP_FALSE});
    default:
        return presence(g, n);
    }
}

bool generate(struct compiler *c, lamna_filter *f, const struct node *tree)
{
    struct generator g = {.c = c, .f = f};
    return tree == NULL ? emit_ok(&g, (struct insn){.op = OP_TRUE}) : test(&g, tree);
}
