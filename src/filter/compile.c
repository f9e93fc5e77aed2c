/* From text to a filter: the steps in their order, and the errors and warnings of all of them. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "filter/ast.h"
#include "filter/headers.h"
#include "filter/values.h"

static bool compile(struct compiler *c, lamna_filter *f)
{
    if (!expand(c))
        return false;
    f->text = "";
    if (strspn(c->text, " \t\r\n") == c->length)
        return generate(c, f, NULL);
    struct node *tree = parse(c);
    f->text = arena_copy(c->arena, c->text, c->length);
    return tree != NULL && f->text != NULL && check(c, tree) && generate(c, f, tree) &&
           push_down(c, f, tree);
}

lamna_filter *filter_new(const lamna_registry *reg, const lamna_names *names, const char *text,
                         lamna_error *err)
{
    struct limits limits = LIMITS_DEFAULT;
    size_t length = strlen(text);
    if (length > limits.filter_bytes) {
        error_set(err, LAMNA_ERR_LIMIT, "The filter is longer than %u bytes", limits.filter_bytes);
        return NULL;
    }
    lamna_filter *f = calloc(1, sizeof *f);
    if (f == NULL) {
        error_memory(err);
        return NULL;
    }
    f->reg = reg;
    arena_init(&f->arena, limits.filter_arena);
    struct compiler c = {.reg = reg,
                         .names = names,
                         .text = text,
                         .length = (uint32_t)length,
                         .err = err,
                         .arena = &f->arena,
                         .limits = limits};
    if (compile(&c, f) && !c.failed) {
        f->warnings = c.warnings;
        return f;
    }
    lamna_filter_free(f);
    return NULL;
}

lamna_filter *lamna_filter_new(const lamna_registry *reg, const char *text, lamna_error *err)
{
    return filter_new(reg, NULL, text, err);
}

lamna_filter *filter_copy(const lamna_filter *filter)
{
    lamna_filter *copy = filter_new(filter->reg, NULL, filter->text, NULL);
    for (uint32_t i = 0; copy != NULL && i < copy->reference_count; i++)
        copy->references[i].list = filter->references[i].list;
    return copy;
}

void lamna_filter_free(lamna_filter *filter)
{
    if (filter == NULL)
        return;
    for (uint32_t i = 0; i < filter->pattern_count; i++) {
        pcre2_match_context_free(filter->patterns[i].context);
        pcre2_match_data_free(filter->patterns[i].data);
        pcre2_code_free(filter->patterns[i].code);
    }
    arena_free(&filter->arena);
    free(filter);
}

static void want_load(const struct load *load, struct wanted *w)
{
    for (uint32_t k = 0; k < load->field_count; k++)
        wanted_add(w, load->fields[k]);
}

void filter_want(const lamna_filter *filter, struct wanted *w)
{
    for (uint32_t i = 0; i < filter->load_count; i++)
        want_load(&filter->loads[i], w);
}

static bool is_header_field(const lamna_filter *filter, uint32_t field)
{
    enum { FROM_FLOWS = FLOW | ANALYSIS | STREAM | FUTURE };
    uint16_t owner = filter->reg->owner[field];
    if (filter->plan == NULL || (registry_def(filter->reg, field)->display & FROM_FLOWS) != 0)
        return false;
    for (unsigned h = HEADER_ETH; h < HEADER_COUNT; h++) {
        if (owner == filter->plan->routes.protos[h])
            return true;
    }
    return false;
}

void filter_want_beyond(const lamna_filter *filter, struct wanted *w)
{
    for (uint32_t i = 0; i < filter->load_count; i++) {
        const struct load *load = &filter->loads[i];
        for (uint32_t k = 0; k < load->field_count; k++) {
            if (!is_header_field(filter, load->fields[k]))
                wanted_add(w, load->fields[k]);
        }
    }
}

/* ---- The selected packet --------------------------------------------------------------------- */

bool filter_has_references(const lamna_filter *filter)
{
    return filter->reference_count > 0;
}

void filter_want_references(const lamna_filter *filter, struct wanted *w)
{
    for (uint32_t i = 0; i < filter->reference_count; i++)
        want_load(&filter->references[i].load, w);
}

/* Values that point into the packet move to the filter. */
static bool keep_value(struct arena *arena, const struct load *load, struct value *v)
{
    bool points = load->mode != LOAD_VALUE || load->kind >= KIND_IPV6;
    if (!points || v->p == NULL)
        return true;
    v->p = (const uint8_t *)arena_copy(arena, v->p, v->length);
    return v->p != NULL;
}

bool filter_select(lamna_filter *filter, const struct packet *p)
{
    for (uint32_t i = 0; i < filter->reference_count; i++) {
        struct reference *r = &filter->references[i];
        struct list list = load_items(&r->load, p);
        struct value *kept = arena_alloc(&filter->arena, (list.count + 1) * sizeof *kept);
        if (kept == NULL)
            return false;
        for (uint32_t k = 0; k < list.count; k++) {
            kept[k] = list.values[k];
            if (!keep_value(&filter->arena, &r->load, &kept[k]))
                return false;
        }
        r->list = (struct list){kept, list.count};
    }
    return true;
}

/* ---- Errors, warnings and memory ------------------------------------------------------------- */

/* From [begin, end) of the expanded text to the text given; the name of what was expanded there. */
static const char *given_span(const struct compiler *c, uint32_t *begin, uint32_t *end)
{
    if (c->expansion == NULL)
        return NULL;
    const struct piece *first = expansion_find(c->expansion, *begin);
    const struct piece *last = expansion_find(c->expansion, *end > *begin ? *end - 1 : *end);
    *begin = first->name == NULL ? first->begin + (*begin - first->at) : first->begin;
    *end = last->name == NULL ? last->begin + (*end - last->at) : last->end;
    return first->name != NULL ? first->name : last->name;
}

bool compile_error(struct compiler *c, uint32_t begin, uint32_t end, const char *fmt, ...)
{
    if (c->failed)
        return false;
    char message[400];
    va_list args;
    va_start(args, fmt);
    vsnprintf(message, sizeof message, fmt, args);
    va_end(args);
    c->failed = true;
    const char *name = given_span(c, &begin, &end);
    if (name != NULL)
        error_set(c->err, LAMNA_ERR_FILTER, "%s (in the text of %s)", message, name);
    else
        error_set(c->err, LAMNA_ERR_FILTER, "%s", message);
    if (c->err != NULL) {
        c->err->begin = begin;
        c->err->end = end;
    }
    return false;
}

void compile_hint(struct compiler *c, const char *fmt, ...)
{
    char message[200];
    va_list args;
    va_start(args, fmt);
    vsnprintf(message, sizeof message, fmt, args);
    va_end(args);
    error_hint(c->err, "%s", message);
}

bool compile_warn(struct compiler *c, uint32_t begin, uint32_t end, const char *fmt, ...)
{
    char message[400];
    va_list args;
    va_start(args, fmt);
    vsnprintf(message, sizeof message, fmt, args);
    va_end(args);
    struct warning *w = compile_alloc(c, sizeof *w);
    const char *copy = w != NULL ? arena_copy(c->arena, message, strlen(message)) : NULL;
    if (copy == NULL)
        return true; /* a warning less */
    (void)given_span(c, &begin, &end);
    *w = (struct warning){.begin = begin, .end = end, .message = copy};
    struct warning **at = &c->warnings;
    while (*at != NULL && (*at)->begin <= begin)
        at = &(*at)->next;
    w->next = *at;
    *at = w;
    return true;
}

void *compile_alloc(struct compiler *c, size_t size)
{
    void *p = arena_zalloc(c->arena, size);
    if (p == NULL && !c->failed) {
        error_memory(c->err);
        c->failed = true;
    }
    return p;
}
