/* A filter before an index: which fields a packet has is known, and the values of a few. */
#include <string.h>

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

enum indexed_value indexed_value_of(const char *name)
{
    static const struct {
        const char *name;
        enum indexed_value value;
    } values[] = {
        {"tcp.stream", INDEXED_STREAM},     {"udp.stream", INDEXED_STREAM},
        {"tcp.len", INDEXED_PAYLOAD},       {"frame.time", INDEXED_TIME},
        {"frame.time_epoch", INDEXED_TIME}, {"frame.time_relative", INDEXED_RELATIVE},
    };
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        if (strcmp(values[i].name, name) == 0)
            return values[i].value;
    }
    return INDEXED_VALUES;
}

uint64_t indexed_text(const uint8_t *text, uint32_t n)
{
    uint64_t v = n;
    if (n > INDEXED_TEXT_MOST)
        return UINT64_MAX;
    for (uint32_t i = 0; i < n; i++)
        v = v << 8 | text[i];
    return v;
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

/* The field is there, once in each of its places. */
static enum verdict test_facts(const struct raw *r, const struct indexed *x)
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

static bool is_of(const struct raw *r, uint32_t field)
{
    for (uint32_t i = 0; i < r->needs.count; i++) {
        if (r->needs.fields[i] == field)
            return true;
    }
    return false;
}

/* With all values that the packet has of the field; PERHAPS if they are not told. */
static enum verdict test_field_values(const struct raw *r, const struct indexed *x)
{
    bool all = r->quantifier == QUANT_ALL, found = false;
    for (uint32_t i = 0; i < x->field_value_count; i++) {
        uint32_t field = x->field_values[i].field;
        if (!is_of(r, field & ~(uint32_t)INDEXED_UNKNOWN_VALUE))
            continue;
        if ((field & INDEXED_UNKNOWN_VALUE) != 0)
            return VERDICT_PERHAPS;
        struct value v = {.u = x->field_values[i].value, .prefix = NO_PREFIX};
        found = true;
        if (raw_test_value(r, &v) != all)
            return verdict_of(!all);
    }
    return found ? verdict_of(all) : VERDICT_PERHAPS;
}

/* Of packets with different values: what is so, or not so, for all that lie between two. */
static enum verdict test_range(const struct raw *r, uint64_t first, uint64_t last)
{
    bool all_in = false, some_in = false;
    for (uint32_t i = 0; i < r->pair_count; i++) {
        uint64_t low = r->pairs[i].low.u, high = r->needs.kind == RAW_IN ? r->pairs[i].high.u : low;
        if (r->needs.kind == RAW_COMPARE && (r->compare == CMP_GT || r->compare == CMP_GE))
            high = UINT64_MAX;
        if (r->needs.kind == RAW_COMPARE && (r->compare == CMP_LT || r->compare == CMP_LE))
            low = 0;
        all_in |= low <= first && last <= high;
        some_in |= first <= high && low <= last;
    }
    bool edge = r->needs.kind == RAW_COMPARE && (r->compare == CMP_GT || r->compare == CMP_LT);
    if (some_in && (!all_in || edge)) /* the border itself may be among them */
        return VERDICT_PERHAPS;
    bool turned = r->negated || (r->needs.kind == RAW_COMPARE && r->compare == CMP_NE);
    return verdict_of(all_in != turned);
}

/* The one value that the leaf is about, if it is about one alone. */
static enum indexed_value leaf_value(const struct raw *r)
{
    if (r->needs.kind == 0 || r->bits != UINT64_MAX || r->is_ipv6)
        return INDEXED_VALUES;
    if (r->plain)
        return (enum indexed_value)r->needs.value;
    return r->fact_count == 1 && r->facts[0].mask == 0 ? value_of(&r->facts[0]) : INDEXED_VALUES;
}

/* Whatever the fields are that the packets have: only what all packets have a value of can be told. */
static enum verdict leaf_of_many(const struct raw *r, const struct indexed *x)
{
    enum indexed_value v = leaf_value(r);
    if (!knows(x, v))
        return VERDICT_PERHAPS;
    enum verdict verdict = test_range(r, x->values[v], x->lasts[v]);
    return r->plain && verdict == VERDICT_YES ? VERDICT_PERHAPS
                                              : verdict; /* one may lack the field */
}

static enum verdict leaf_of_one(const struct raw *r, const struct indexed *x)
{
    struct value v = {.prefix = NO_PREFIX};
    enum verdict of_values = r->needs.kind != 0 ? test_field_values(r, x) : VERDICT_PERHAPS;
    if (of_values != VERDICT_PERHAPS || r->needs.kind == 0)
        return of_values;
    if (!r->plain)
        return test_facts(r, x);
    if (!knows(x, (enum indexed_value)r->needs.value))
        return VERDICT_PERHAPS;
    v.u = x->values[r->needs.value];
    return verdict_of(raw_test_value(r, &v));
}

static enum verdict indexed_leaf(const struct raw *r, const void *context)
{
    const struct indexed *x = context;
    if (x->lasts != NULL)
        return leaf_of_many(r, x);
    bool of_frame =
        r->fact_count > 0 && r->facts[0].header == HEADER_FRAME; /* every packet has it */
    if (of_frame)
        return r->needs.kind == 0 ? VERDICT_YES : test_facts(r, x);
    if (!x->fields_known || r->needs.bit == 0)
        return VERDICT_PERHAPS;
    if ((x->has & r->needs.bit) == 0)
        return VERDICT_NO;
    return r->needs.suffices ? VERDICT_YES : leaf_of_one(r, x);
}

enum verdict filter_verdict_indexed(const lamna_filter *filter, const struct indexed *x)
{
    return filter->tests != NULL ? raw_test(filter->tests, indexed_leaf, x) : VERDICT_PERHAPS;
}

static unsigned values_of(const struct raw *r)
{
    unsigned values = r->plain && r->needs.value != INDEXED_VALUES ? 1u << r->needs.value : 0;
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
