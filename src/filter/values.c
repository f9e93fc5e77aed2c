#include "filter/values.h"

#include <stdio.h>
#include <string.h>

static int order_u(uint64_t a, uint64_t b)
{
    return (a > b) - (a < b);
}

static int compare_numbers(const struct value *a, const struct value *b)
{
    bool minus_a = a->is_signed && a->i < 0, minus_b = b->is_signed && b->i < 0;
    if (minus_a != minus_b)
        return minus_a ? -1 : 1;
    return order_u(a->u, b->u); /* two's complement keeps the order of two negative numbers */
}

static int compare_bytes(const struct value *a, const struct value *b)
{
    uint32_t n = a->length < b->length ? a->length : b->length;
    int order = n > 0 ? memcmp(a->p, b->p, n) : 0;
    return order != 0 ? (order > 0) - (order < 0) : order_u(a->length, b->length);
}

static uint8_t prefix_of(const struct value *a, const struct value *b)
{
    return a->prefix < b->prefix ? a->prefix : b->prefix;
}

static int compare_ipv4(const struct value *a, const struct value *b)
{
    uint8_t bits = prefix_of(a, b);
    uint64_t mask = bits >= 32 ? 0xffffffffu : 0xffffffffu & ~(0xffffffffu >> bits);
    return order_u(a->u & mask, b->u & mask);
}

static int compare_ipv6(const struct value *a, const struct value *b)
{
    uint8_t bits = prefix_of(a, b);
    if (bits >= 128 || a->length != 16 || b->length != 16)
        return compare_bytes(a, b);
    int order = memcmp(a->p, b->p, bits / 8);
    if (order != 0 || bits % 8 == 0)
        return (order > 0) - (order < 0);
    uint8_t mask = (uint8_t)(0xff00 >> bits % 8);
    return order_u(a->p[bits / 8] & mask, b->p[bits / 8] & mask);
}

int value_compare(enum value_kind kind, const struct value *a, const struct value *b)
{
    switch (kind) {
    case KIND_NUMBER:
        return compare_numbers(a, b);
    case KIND_DOUBLE:
        return (a->d > b->d) - (a->d < b->d);
    case KIND_TIME:
        return (a->i > b->i) - (a->i < b->i);
    case KIND_IPV4:
        return compare_ipv4(a, b);
    case KIND_IPV6:
        return compare_ipv6(a, b);
    case KIND_NONE:
        return 0;
    default:
        return compare_bytes(a, b);
    }
}

/* ---- Slices ---------------------------------------------------------------------------------- */

/* The bytes at which character `n` of UTF-8 text begins, or its length. */
static uint32_t character_at(const uint8_t *s, uint32_t length, int64_t n)
{
    uint32_t i = 0;
    while (i < length && n > 0) {
        i++;
        while (i < length && (s[i] & 0xc0) == 0x80)
            i++;
        n--;
    }
    return i;
}

static uint32_t characters(const uint8_t *s, uint32_t length)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < length; i++)
        n += (s[i] & 0xc0) != 0x80;
    return n;
}

/* The units [*first, *end) that a range takes of `length`, of which `all` are there; false if they
 * are not all there. udp[8:4] and udp[8:] are what UDP carries, udp[-4:] the end of its header. */
static bool range_bounds(const struct range *r, int64_t length, int64_t all, int64_t *first,
                         int64_t *end)
{
    *first = r->first < 0 ? length + r->first : r->first;
    *end = r->form == RANGE_REST     ? (*first < length ? length : all)
           : r->form == RANGE_LENGTH ? *first + r->last
           : r->last < 0             ? length + r->last + 1
                                     : r->last + 1;
    return *first >= 0 && *first < *end && *end <= all;
}

/* Copies what the ranges take to out (or only counts, if that is NULL). False: past the end. */
static bool slice_bytes(const struct value *v, enum value_kind kind, const struct slice *slice,
                        uint8_t *out, size_t *size)
{
    bool text = kind == KIND_STRING;
    int64_t all = text ? characters(v->p, v->length) : v->length, first, end;
    int64_t length = v->own != 0 ? v->own : all;
    *size = 0;
    for (uint32_t i = 0; i < slice->count; i++) {
        if (!range_bounds(&slice->ranges[i], length, all, &first, &end))
            return false;
        uint32_t from = text ? character_at(v->p, v->length, first) : (uint32_t)first;
        uint32_t to = text ? character_at(v->p, v->length, end) : (uint32_t)end;
        if (out != NULL)
            memcpy(out + *size, v->p + from, to - from);
        *size += to - from;
    }
    return true;
}

/* An IPv4 address as the bytes it was. */
static struct value address_bytes(const struct value *v, uint8_t bytes[4])
{
    for (unsigned i = 0; i < 4; i++)
        bytes[i] = (uint8_t)(v->u >> (24 - 8 * i));
    return (struct value){.p = bytes, .length = 4, .prefix = NO_PREFIX};
}

struct list list_slice(const struct list *a, enum value_kind kind, const struct slice *slice,
                       struct arena *arena)
{
    struct value *out = a->count > 0 ? arena_alloc(arena, a->count * sizeof *out) : NULL;
    uint32_t n = 0;
    for (uint32_t i = 0; i < a->count && out != NULL; i++) {
        uint8_t address[4];
        size_t size;
        struct value v = kind == KIND_IPV4 ? address_bytes(&a->values[i], address) : a->values[i];
        if (!slice_bytes(&v, kind, slice, NULL, &size))
            continue;
        uint8_t *bytes = arena_alloc(arena, size + 1);
        if (bytes == NULL)
            break;
        slice_bytes(&v, kind, slice, bytes, &size);
        out[n++] = (struct value){.p = bytes, .length = (uint32_t)size, .prefix = NO_PREFIX};
    }
    return (struct list){out, n};
}

/* ---- Arithmetic
 * ----------------------------------------------------------------------------------- */

/* Unsigned arithmetic wraps, so that nothing is undefined; the result is signed if it can be. */
static bool arith_number(const struct value *a, const struct value *b, uint8_t op,
                         struct value *out)
{
    bool minus_a = a->is_signed && a->i < 0, minus_b = b->is_signed && b->i < 0;
    uint64_t x = minus_a ? 0 - a->u : a->u, y = minus_b ? 0 - b->u : b->u;
    out->is_signed = true;
    switch (op) {
    case ARITH_ADD:
        out->u = a->u + b->u;
        return true;
    case ARITH_SUB:
        out->u = a->u - b->u;
        return true;
    case ARITH_MUL:
        out->u = a->u * b->u;
        return true;
    case ARITH_AND:
        out->u = a->u & b->u;
        out->is_signed = false;
        return true;
    default:
        if (y == 0)
            return false;
        x = op == ARITH_DIV ? x / y : x % y;
        out->u = minus_a != (minus_b && op == ARITH_DIV) ? 0 - x : x;
        return true;
    }
}

static bool arith_double(double a, double b, uint8_t op, double *out)
{
    *out = op == ARITH_ADD ? a + b : op == ARITH_SUB ? a - b : op == ARITH_MUL ? a * b : a / b;
    return op != ARITH_DIV || b < 0 || b > 0;
}

/* Seconds and the rest of a second are divided each by itself, as Wireshark does. */
static bool divide_time(int64_t a, int64_t b, int64_t *out)
{
    const int64_t second = 1000000000;
    if (b == 0 || b == -1) {
        *out = b == 0 ? 0 : (int64_t)(0 - (uint64_t)a);
        return b != 0;
    }
    *out = a / second / b * second + a % second / b;
    return true;
}

static bool arith_time(int64_t a, const struct value *b, uint8_t op, int64_t *out)
{
    double d = 0;
    switch (op) {
    case ARITH_ADD:
        *out = (int64_t)((uint64_t)a + b->u);
        return true;
    case ARITH_SUB:
        *out = (int64_t)((uint64_t)a - b->u);
        return true;
    case ARITH_MUL:
        *out = (int64_t)((uint64_t)a * b->u);
        return true;
    case ARITH_DIV:
        return divide_time(a, b->i, out);
    default:
        if (!arith_double((double)a, b->d, op == ARITH_SCALE ? ARITH_MUL : ARITH_DIV, &d) ||
            !(d < 9e18 && d > -9e18))
            return false;
        *out = (int64_t)d;
        return true;
    }
}

static bool arith_bytes(const struct value *a, const struct value *b, struct arena *arena,
                        struct value *out)
{
    uint32_t n = a->length < b->length ? a->length : b->length;
    uint8_t *bytes = arena_alloc(arena, (size_t)n + 1);
    if (bytes == NULL)
        return false;
    for (uint32_t i = 0; i < n; i++)
        bytes[i] = a->p[i] & b->p[i];
    out->p = bytes;
    out->length = n;
    return true;
}

static bool arith(const struct value *a, const struct value *b, uint8_t op, enum value_kind kind,
                  struct arena *arena, struct value *out)
{
    *out = (struct value){.prefix = NO_PREFIX};
    switch (kind) {
    case KIND_IPV4:
        out->u = a->u & b->u;
        return true;
    case KIND_NUMBER:
        return arith_number(a, b, op, out);
    case KIND_DOUBLE:
        return arith_double(a->d, b->d, op, &out->d);
    case KIND_TIME:
        return arith_time(a->i, b, op, &out->i);
    default:
        return arith_bytes(a, b, arena, out);
    }
}

struct list list_arith(const struct list *a, const struct list *b, uint8_t op, enum value_kind kind,
                       struct arena *arena)
{
    size_t most = (size_t)a->count * b->count;
    /* The arena's cap bounds what a chain of lists can grow to. */
    struct value *out = most > 0 ? arena_alloc(arena, most * sizeof *out) : NULL;
    uint32_t n = 0;
    for (uint32_t i = 0; i < a->count && out != NULL; i++) {
        for (uint32_t k = 0; k < b->count; k++)
            n += arith(&a->values[i], &b->values[k], op, kind, arena, &out[n]);
    }
    return (struct list){out, n};
}

/* ---- Functions
 * -------------------------------------------------------------------------------------- */

static struct list one_number(uint64_t u, struct arena *arena)
{
    struct value *v = arena_alloc(arena, sizeof *v);
    if (v == NULL)
        return (struct list){0};
    *v = (struct value){.u = u, .prefix = NO_PREFIX};
    return (struct list){v, 1};
}

static struct list extreme(const struct list *lists, uint32_t count, uint8_t function,
                           enum value_kind kind)
{
    const struct value *best = NULL;
    for (uint32_t i = 0; i < count; i++) {
        for (uint32_t k = 0; k < lists[i].count; k++) {
            const struct value *v = &lists[i].values[k];
            int order = best == NULL ? 0 : value_compare(kind, v, best);
            if (best == NULL || (function == FN_MIN ? order < 0 : order > 0))
                best = v;
        }
    }
    return (struct list){best, best != NULL};
}

static void change_case(struct value *v, uint8_t function, struct arena *arena)
{
    uint8_t *s = arena_alloc(arena, (size_t)v->length + 1);
    char from = function == FN_LOWER ? 'A' : 'a';
    for (uint32_t i = 0; i < v->length && s != NULL; i++)
        s[i] = v->p[i] >= from && v->p[i] <= from + 25 ? v->p[i] ^ 0x20 : v->p[i];
    v->p = s;
    v->length = s != NULL ? v->length : 0;
}

static void absolute(struct value *v, enum value_kind kind)
{
    if (kind == KIND_DOUBLE)
        v->d = v->d < 0 ? -v->d : v->d;
    else if (v->i < 0 && (v->is_signed || kind == KIND_TIME))
        v->u = 0 - v->u;
}

/* Text of at most 24 bytes. */
static struct value short_text(const char *text, size_t n, struct arena *arena)
{
    struct value v = {.prefix = NO_PREFIX};
    v.p = (const uint8_t *)arena_copy(arena, text, n);
    v.length = v.p != NULL ? (uint32_t)n : 0;
    return v;
}

static struct value digits_of(const struct value *a, const struct insn *in, struct arena *arena)
{
    char text[24];
    int n;
    if (in->y == BOOLEAN_DIGITS)
        n = snprintf(text, sizeof text, "%s", a->u != 0 ? "True" : "False");
    else if (in->sub == FN_HEX)
        n = snprintf(text, sizeof text, "0x%0*llx", (int)in->y, (unsigned long long)a->u);
    else if (a->is_signed)
        n = snprintf(text, sizeof text, "%lld", (long long)a->i);
    else
        n = snprintf(text, sizeof text, "%llu", (unsigned long long)a->u);
    return short_text(text, (size_t)n, arena);
}

static double real_of(const struct value *a, enum value_kind kind, uint8_t function)
{
    double d = kind == KIND_DOUBLE ? a->d
               : kind == KIND_TIME ? (double)a->i * 1e-9
               : a->is_signed      ? (double)a->i
                                   : (double)a->u;
    return function == FN_FLOAT ? (double)(float)d : d;
}

static uint64_t length_of(const struct value *a, enum value_kind kind)
{
    return kind == KIND_STRING ? characters(a->p, a->length) : a->own != 0 ? a->own : a->length;
}

static struct value call_one(const struct value *a, const struct insn *in, struct arena *arena)
{
    struct value v = {.prefix = NO_PREFIX};
    const char *name;
    switch (in->sub) {
    case FN_LEN:
        v.u = length_of(a, in->kind);
        return v;
    case FN_ABS:
        v = *a;
        absolute(&v, in->kind);
        return v;
    case FN_LOWER:
    case FN_UPPER:
        v = *a;
        change_case(&v, in->sub, arena);
        return v;
    case FN_FLOAT:
    case FN_DOUBLE:
        v.d = real_of(a, in->kind, in->sub);
        return v;
    case FN_STRING:
    case FN_DEC:
    case FN_HEX:
        return digits_of(a, in, arena);
    case FN_SPECIAL_NAME:
        name = special_name(in->kind, a);
        v.p = (const uint8_t *)name;
        v.length = name != NULL ? (uint32_t)strlen(name) : 0;
        return v;
    case FN_SPECIAL_MASK:
        v.u = special_mask(in->kind, a);
        return v;
    default:
        v.u = special_is(in->sub, in->kind, a);
        return v;
    }
}

struct list list_call(const struct list *a, const struct insn *in, struct arena *arena)
{
    if (in->sub == FN_MIN || in->sub == FN_MAX)
        return extreme(a, in->x, in->sub, in->kind);
    if (in->sub == FN_COUNT)
        return a->count > 0 ? one_number(a->count, arena) : (struct list){0};
    struct value *out = a->count > 0 ? arena_alloc(arena, a->count * sizeof *out) : NULL;
    if (out == NULL)
        return (struct list){0};
    for (uint32_t i = 0; i < a->count; i++)
        out[i] = call_one(&a->values[i], in, arena);
    return (struct list){out, a->count};
}
