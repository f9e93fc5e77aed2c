#include "report/series.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* ---- The text -------------------------------------------------------------------------------- */

struct function_name {
    const char *name;
    enum series_function function;
    bool takes_field;
};

static const struct function_name functions[] = {
    {"packets", SERIES_PACKETS, false}, {"bytes", SERIES_BYTES, false},
    {"bits", SERIES_BITS, false},       {"count", SERIES_COUNT, true},
    {"sum", SERIES_SUM, true},          {"avg", SERIES_AVERAGE, true},
    {"min", SERIES_LEAST, true},        {"max", SERIES_MOST, true}};

static const char *skip_space(const char *at)
{
    return at + strspn(at, " \t\n");
}

static size_t word_length(const char *at)
{
    size_t n = 0;
    while (isalnum((unsigned char)at[n]) || at[n] == '_' || at[n] == '-')
        n++;
    return n;
}

/* "name: ", if the text begins so. Returns what comes after it. A filter's colons have no space after
 * them, or stand in brackets. */
static const char *skip_name(const char *text, size_t *length)
{
    size_t n = word_length(text);
    *length = 0;
    if (n == 0 || text[n] != ':' || text[n + 1] != ' ')
        return text;
    *length = n;
    return skip_space(text + n + 1);
}

/* Filters have functions too: where an operator follows, it is one of those. */
static bool continues_filter(const char *at)
{
    static const char *const operators[] = {"eq",  "ne",       "gt",      "lt", "ge",  "le",
                                            "any", "contains", "matches", "in", "and", "or",
                                            "xor", "all",      "bitand",  NULL};
    size_t n = word_length(at);
    for (size_t i = 0; operators[i] != NULL; i++) {
        if (strlen(operators[i]) == n && memcmp(operators[i], at, n) == 0)
            return true;
    }
    return (*at != '\0' && strchr("=<>&|^~+-*/%[,", *at) != NULL) || (at[0] == '!' && at[1] == '=');
}

static const struct function_name *function_find(const char *word, size_t n)
{
    for (size_t i = 0; i < sizeof functions / sizeof functions[0]; i++) {
        if (strlen(functions[i].name) == n && strncasecmp(functions[i].name, word, n) == 0)
            return &functions[i];
    }
    return NULL;
}

/* "sum(FIELD)" or "packets" at *at, which is moved behind it. NULL: it is something else. *field is empty
 * without a field. */
static const struct function_name *parse_function(const char **at, const char **field,
                                                  size_t *length)
{
    size_t n = word_length(*at);
    const struct function_name *f = function_find(*at, n);
    const char *rest = skip_space(*at + n);
    *length = 0;
    if (f == NULL)
        return NULL;
    if (f->takes_field) {
        if (*rest != '(')
            return NULL;
        *field = skip_space(rest + 1);
        *length = strcspn(*field, " ,()");
        rest = skip_space(*field + *length);
        if (*rest != ')')
            return NULL;
        rest = skip_space(rest + 1);
    }
    if (continues_filter(rest))
        return NULL;
    *at = rest;
    return f;
}

static bool values_of(const lamna_field *field, enum series_values *values)
{
    switch (field->type) {
    case LAMNA_BOOLEAN:
    case LAMNA_CHAR:
    case LAMNA_UINT8:
    case LAMNA_UINT16:
    case LAMNA_UINT24:
    case LAMNA_UINT32:
    case LAMNA_UINT40:
    case LAMNA_UINT48:
    case LAMNA_UINT56:
    case LAMNA_UINT64:
    case LAMNA_FRAMENUM:
        *values = VALUES_UNSIGNED;
        return true;
    case LAMNA_INT8:
    case LAMNA_INT16:
    case LAMNA_INT24:
    case LAMNA_INT32:
    case LAMNA_INT64:
        *values = VALUES_SIGNED;
        return true;
    case LAMNA_RELATIVE_TIME:
        *values = VALUES_DURATION;
        return true;
    case LAMNA_FLOAT:
    case LAMNA_DOUBLE:
        *values = VALUES_REAL;
        return true;
    default:
        return false;
    }
}

static bool fail(lamna_error *err, const char *text, const char *from, size_t n, const char *what)
{
    error_set(err, LAMNA_ERR_FILTER, "%s", what);
    if (err != NULL) {
        err->begin = (uint32_t)(from - text);
        err->end = (uint32_t)(from - text + (ptrdiff_t)n);
    }
    return false;
}

static bool set_field(struct series *s, const lamna_registry *reg, const char *text,
                      const char *name, size_t n, lamna_error *err)
{
    char *copy = strndup(name, n);
    const lamna_field *field = copy == NULL ? NULL : lamna_field_find(reg, copy);
    free(copy);
    if (field == NULL)
        return fail(err, text, name, n, "there is no field of that name");
    s->field = field->number;
    if (!values_of(field, &s->values) && s->function != SERIES_COUNT)
        return fail(err, text, name, n, "that field holds no numbers: they can only be counted");
    return true;
}

static bool set_filter(struct series *s, const lamna_registry *reg, const lamna_names *names,
                       const char *text, const char *filter, lamna_error *err)
{
    if (*filter == '\0')
        return true;
    s->filter = filter_new(reg, names, filter, err);
    if (s->filter == NULL && err != NULL && err->status == LAMNA_ERR_FILTER) {
        err->begin += (uint32_t)(filter - text);
        err->end += (uint32_t)(filter - text);
    }
    return s->filter != NULL;
}

bool series_parse(struct series *s, const lamna_registry *reg, const lamna_names *names,
                  const char *text, lamna_error *err)
{
    size_t name_length, field_length;
    const char *field = NULL, *from = skip_space(text);
    const char *at = skip_name(from, &name_length);
    *s = (struct series){.name = name_length > 0 ? strndup(from, name_length) : strdup(from)};
    if (s->name == NULL) {
        error_memory(err);
        return false;
    }
    const struct function_name *f = parse_function(&at, &field, &field_length);
    s->function = f == NULL ? SERIES_PACKETS : f->function;
    if (f != NULL && strncmp(at, "where", 5) == 0 && word_length(at) == 5)
        at = skip_space(at + 5);
    if (f != NULL && f->takes_field && !set_field(s, reg, text, field, field_length, err))
        return false;
    return set_filter(s, reg, names, text, at, err);
}

void series_free(struct series *s)
{
    free(s->name);
    lamna_filter_free(s->filter);
}

/* ---- Numbers --------------------------------------------------------------------------------- */

static bool less(const struct series *s, union amount a, union amount b)
{
    if (s->values == VALUES_REAL)
        return a.d < b.d;
    return s->values == VALUES_UNSIGNED ? a.u < b.u : a.i < b.i;
}

static void sum_add(const struct series *s, union amount *sum, union amount v)
{
    if (s->values == VALUES_REAL)
        sum->d += v.d;
    else
        sum->u += v.u; /* of signed ones too: two's complement */
}

void series_merge(const struct series *s, const struct tally *from, struct tally *into)
{
    if (from->count == 0)
        return;
    if (into->count == 0 || less(s, from->least, into->least))
        into->least = from->least;
    if (into->count == 0 || less(s, into->most, from->most))
        into->most = from->most;
    sum_add(s, &into->sum, from->sum);
    into->count += from->count;
}

static void value_add(const struct series *s, union amount v, struct tally *tally)
{
    const struct tally one = {1, v, v, v};
    series_merge(s, &one, tally);
}

void series_add(const struct series *s, const struct packet *p, struct tally *tally)
{
    if (s->filter != NULL && !filter_match(s->filter, p))
        return;
    if (s->field == 0) {
        value_add(s, (union amount){.u = p->in->length}, tally);
        return;
    }
    const char *name = p->reg->fields[s->field].name;
    for (uint32_t i = 0; i < p->count; i++) {
        const lamna_item *item = &p->items[i];
        if (item->field == s->field || p->reg->fields[item->field].name == name)
            value_add(s, (union amount){.u = item->value.u}, tally);
    }
}

lamna_cell_type series_type(const struct series *s)
{
    if (s->function == SERIES_PACKETS || s->function == SERIES_COUNT)
        return LAMNA_CELL_COUNT;
    if (s->function == SERIES_BYTES)
        return LAMNA_CELL_BYTES;
    if (s->values == VALUES_DURATION)
        return LAMNA_CELL_DURATION;
    bool whole =
        s->values == VALUES_UNSIGNED && s->function != SERIES_BITS && s->function != SERIES_AVERAGE;
    return whole ? LAMNA_CELL_COUNT : LAMNA_CELL_NUMBER;
}

static double real(const struct series *s, union amount v)
{
    if (s->values == VALUES_REAL)
        return v.d;
    return s->values == VALUES_UNSIGNED ? (double)v.u : (double)v.i;
}

static void amount_cell(lamna_report *r, const struct series *s, union amount v)
{
    if (s->values == VALUES_DURATION)
        cell_time(r, LAMNA_CELL_DURATION, v.i);
    else if (s->values == VALUES_UNSIGNED)
        cell_uint(r, LAMNA_CELL_COUNT, v.u);
    else
        cell_number(r, real(s, v));
}

void series_cell(lamna_report *r, const struct series *s, const struct tally *tally,
                 int64_t interval_ns)
{
    bool of_values =
        s->function == SERIES_AVERAGE || s->function == SERIES_LEAST || s->function == SERIES_MOST;
    if (of_values && tally->count == 0)
        cell_none(r);
    else if (s->function == SERIES_PACKETS || s->function == SERIES_COUNT)
        cell_uint(r, LAMNA_CELL_COUNT, tally->count);
    else if (s->function == SERIES_BYTES)
        cell_uint(r, LAMNA_CELL_BYTES, tally->sum.u);
    else if (s->function == SERIES_BITS)
        cell_number(r, 8e9 * (double)tally->sum.u / (double)interval_ns);
    else if (s->function == SERIES_SUM)
        amount_cell(r, s, tally->sum);
    else if (s->function != SERIES_AVERAGE)
        amount_cell(r, s, s->function == SERIES_LEAST ? tally->least : tally->most);
    else if (s->values == VALUES_DURATION)
        cell_time(r, LAMNA_CELL_DURATION, tally->sum.i / (int64_t)tally->count);
    else
        cell_number(r, real(s, tally->sum) / (double)tally->count);
}
