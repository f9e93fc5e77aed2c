/* A filter before an index: which fields a packet has is known, and the values of a few. */
#include "filter/headers.h"

/* The indexed value of a place in a header; INDEXED_VALUES if there is none. */
static enum indexed_value value_of(const struct fact *f)
{
    static const struct {
        uint8_t header, offset;
        enum indexed_value value;
    } values[] = {
        {HEADER_FRAME, FRAME_NUMBER, INDEXED_NUMBER},
        {HEADER_FRAME, FRAME_LEN, INDEXED_LENGTH},
        {HEADER_FRAME, FRAME_CAP_LEN, INDEXED_CAPTURED},
        {HEADER_IP, 12, INDEXED_SRC_ADDRESS},
        {HEADER_IP, 16, INDEXED_DST_ADDRESS},
        {HEADER_IPV6, 8, INDEXED_SRC_ADDRESS},
        {HEADER_IPV6, 24, INDEXED_DST_ADDRESS},
        {HEADER_TCP, 0, INDEXED_SRC_PORT},
        {HEADER_TCP, 2, INDEXED_DST_PORT},
        {HEADER_TCP, 12, INDEXED_TCP_FLAGS},
        {HEADER_UDP, 0, INDEXED_SRC_PORT},
        {HEADER_UDP, 2, INDEXED_DST_PORT},
    };
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        if (values[i].header == f->header && values[i].offset == f->offset)
            return values[i].value;
    }
    return INDEXED_VALUES;
}

static bool knows(const struct indexed *x, enum indexed_value v)
{
    return v != INDEXED_VALUES && (x->known & 1u << v) != 0;
}

static uint64_t has_of(const struct raw *r, const uint8_t *has)
{
    uint64_t bits = 0;
    for (uint32_t i = 0; i < r->needs.count; i++)
        bits |= has[r->needs.fields[i]] ? r->needs.bit : 0;
    for (const struct raw *part = r->first; part != NULL; part = part->next)
        bits |= has_of(part, has);
    return bits;
}

uint64_t filter_indexed_has(const lamna_filter *filter, const uint8_t *has)
{
    return filter->tests != NULL ? has_of(filter->tests, has) : 0;
}

static enum verdict verdict_of(bool match)
{
    return match ? VERDICT_YES : VERDICT_NO;
}

static enum verdict test_stream(const struct raw *r, const struct indexed *x)
{
    struct raw as_compared = *r;
    as_compared.kind = r->stream_kind;
    struct value v = {.u = x->values[INDEXED_STREAM], .prefix = NO_PREFIX};
    return verdict_of(raw_test_value(&as_compared, &v));
}

/* The field is there, once in each of its places. */
static enum verdict test_values(const struct raw *r, const struct indexed *x)
{
    bool all = r->quantifier == QUANT_ALL;
    for (uint32_t i = 0; i < r->fact_count; i++) {
        const struct fact *f = &r->facts[i];
        enum indexed_value at = value_of(f);
        if (!knows(x, at))
            return VERDICT_PERHAPS;
        struct value v = {.u = x->values[at], .prefix = NO_PREFIX};
        if (f->mask != 0)
            v.u = (v.u & f->mask) >> f->shift;
        if (r->is_ipv6) {
            v.p = x->addresses[at - INDEXED_SRC_ADDRESS];
            v.length = 16;
        }
        if (raw_test_value(r, &v) != all)
            return verdict_of(!all);
    }
    return verdict_of(all);
}

/* Of packets in a row: what is so, or not so, for all their numbers. */
static enum verdict test_numbers(const struct raw *r, const struct indexed *x)
{
    uint64_t first = x->values[INDEXED_NUMBER], last = x->last_number;
    bool all_in = false, some_in = false;
    for (uint32_t i = 0; i < r->pair_count; i++) {
        uint64_t low = r->pairs[i].low.u, high = r->kind == RAW_IN ? r->pairs[i].high.u : low;
        if (r->kind == RAW_COMPARE && (r->compare == CMP_GT || r->compare == CMP_GE))
            high = UINT64_MAX;
        if (r->kind == RAW_COMPARE && (r->compare == CMP_LT || r->compare == CMP_LE))
            low = 0;
        all_in |= low <= first && last <= high;
        some_in |= first <= high && low <= last;
    }
    if (some_in && !all_in)
        return VERDICT_PERHAPS;
    bool edge = r->kind == RAW_COMPARE && (r->compare == CMP_GT || r->compare == CMP_LT);
    if (edge && all_in) /* the border itself may be among them */
        return VERDICT_PERHAPS;
    bool turned = r->negated || (r->kind == RAW_COMPARE && r->compare == CMP_NE);
    return verdict_of(all_in != turned);
}

static enum verdict frame_leaf(const struct raw *r, const struct indexed *x)
{
    if (x->last_number == 0)
        return r->kind == RAW_COMPARE || r->kind == RAW_IN ? test_values(r, x) : VERDICT_YES;
    bool of_number = r->facts[0].offset == FRAME_NUMBER && r->bits == UINT64_MAX &&
                     (r->kind == RAW_COMPARE || r->kind == RAW_IN);
    return of_number ? test_numbers(r, x) : VERDICT_PERHAPS;
}

static enum verdict indexed_leaf(const struct raw *r, const void *context)
{
    const struct indexed *x = context;
    if (r->kind != RAW_PERHAPS && r->fact_count > 0 && r->facts[0].header == HEADER_FRAME)
        return frame_leaf(r, x);
    if (!x->fields_known || r->needs.bit == 0)
        return VERDICT_PERHAPS;
    if ((x->has & r->needs.bit) == 0)
        return VERDICT_NO;
    if (r->needs.suffices)
        return VERDICT_YES;
    if (r->needs.of_stream)
        return knows(x, INDEXED_STREAM) && r->stream_kind != 0 ? test_stream(r, x)
                                                               : VERDICT_PERHAPS;
    return r->kind == RAW_COMPARE || r->kind == RAW_IN ? test_values(r, x) : VERDICT_PERHAPS;
}

enum verdict filter_verdict_indexed(const lamna_filter *filter, const struct indexed *x)
{
    return filter->tests != NULL ? raw_test(filter->tests, indexed_leaf, x) : VERDICT_PERHAPS;
}

static unsigned values_of(const struct raw *r)
{
    unsigned values = r->needs.of_stream ? 1u << INDEXED_STREAM : 0;
    for (uint32_t i = 0; i < r->fact_count && !r->needs.suffices; i++) {
        enum indexed_value v = value_of(&r->facts[i]);
        values |= v != INDEXED_VALUES ? 1u << v : 0;
    }
    for (const struct raw *part = r->first; part != NULL; part = part->next)
        values |= values_of(part);
    return values;
}

unsigned filter_indexed_values(const lamna_filter *filter)
{
    return filter->tests != NULL ? values_of(filter->tests) : 0;
}
