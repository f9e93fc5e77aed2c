#include "query/judge.h"

#include <stdlib.h>

int64_t index_first_time(const struct index *index)
{
    bool timed =
        index_packets(index) > 0 && (index_value(index, 1, INDEX_MARKS) & INDEX_MARK_NO_TIME) == 0;
    return timed ? index_ns(index_value(index, 1, INDEX_TIME)) : 0;
}

struct judge {
    const lamna_filter *filter;
    struct index *index;
    struct judged_set {
        enum verdict verdict; /* whatever the columns say */
        uint32_t columns;
        struct indexed knows;                 /* but for the columns */
    } * sets;                                 /* owned; 0 is INDEX_UNKNOWN */
    struct indexed_field_value *field_values; /* owned; of all sets */
    int64_t first_ns;                         /* when the first packet came */
    uint32_t set_count;
    unsigned values; /* that tell more: bits by enum indexed_value */
    const struct index_address *addresses;
    uint32_t address_count;
    uint64_t *columns[INDEX_COLUMNS]; /* owned; of the present block, where they are decoded */
    unsigned decoded;                 /* bit by column */
};

/* The columns that a value is made of. */
static const struct {
    enum index_column column;
    bool counts; /* only if the packet's set says so */
} made_of[INDEXED_VALUES] = {
    [INDEXED_NUMBER] = {INDEX_COLUMNS, false},
    [INDEXED_LENGTH] = {INDEX_LENGTH, false},
    [INDEXED_CAPTURED] = {INDEX_MISSING, false},
    [INDEXED_SRC_PORT] = {INDEX_SRC_PORT, true},
    [INDEXED_DST_PORT] = {INDEX_DST_PORT, true},
    [INDEXED_SRC_ADDRESS] = {INDEX_SRC_ADDRESS, true},
    [INDEXED_DST_ADDRESS] = {INDEX_DST_ADDRESS, true},
    [INDEXED_TCP_FLAGS] = {INDEX_TCP_FLAGS, true},
    [INDEXED_STREAM] = {INDEX_STREAM, true},
    [INDEXED_PAYLOAD] = {INDEX_PAYLOAD, true},
    [INDEXED_TIME] = {INDEX_TIME, false},
    [INDEXED_RELATIVE] = {INDEX_TIME, false},
};

static void judge_set(struct judge *j, struct judged_set *to, const struct index_set *set,
                      struct indexed_field_value *values, uint8_t *has)
{
    for (uint32_t i = 0; i < set->count; i++)
        has[set->fields[i]] = 1;
    to->columns = set->columns;
    to->knows = (struct indexed){.fields_known = true,
                                 .has = filter_indexed_has(j->filter, has),
                                 .field_values = values,
                                 .field_value_count = set->value_count};
    for (uint32_t i = 0; i < set->count; i++)
        has[set->fields[i]] = 0;
    for (uint32_t i = 0; i < set->value_count; i++) {
        const struct index_set_value *v = &set->values[i];
        values[i] = (struct indexed_field_value){v->field, (uint64_t)v->high << 32 | v->low};
    }
    to->verdict = filter_verdict_indexed(j->filter, &to->knows);
}

static bool fields_fit(const struct index_set *set, size_t field_count)
{
    for (uint32_t i = 0; i < set->count; i++) {
        if (set->fields[i] >= field_count)
            return false;
    }
    return true;
}

static bool judge_sets(struct judge *j, const lamna_registry *reg)
{
    size_t field_count = lamna_field_count(reg), values = 0;
    struct index_set *sets = index_sets(j->index, &j->set_count);
    uint8_t *has = calloc(field_count, 1);
    for (uint32_t i = 0; sets != NULL && i < j->set_count; i++)
        values += sets[i].value_count;
    j->sets = sets == NULL ? NULL : calloc(j->set_count + 1u, sizeof *j->sets);
    j->field_values = calloc(values + 1, sizeof *j->field_values);
    bool ok = j->sets != NULL && j->field_values != NULL && has != NULL;
    values = 0;
    for (uint32_t i = 0; ok && i < j->set_count; i++) {
        ok = fields_fit(&sets[i], field_count);
        if (ok)
            judge_set(j, &j->sets[i + 1], &sets[i], j->field_values + values, has);
        values += sets[i].value_count;
    }
    if (ok)
        j->sets[INDEX_UNKNOWN].verdict =
            filter_verdict_indexed(j->filter, &j->sets[INDEX_UNKNOWN].knows);
    free(has);
    free(sets);
    return ok;
}

static bool decode(struct judge *j, uint32_t block, enum index_column column)
{
    if ((j->decoded & 1u << column) != 0)
        return true;
    if (j->columns[column] == NULL)
        j->columns[column] = malloc(INDEX_BLOCK * sizeof(uint64_t));
    if (j->columns[column] == NULL || !index_block(j->index, block, column, j->columns[column]))
        return false;
    j->decoded |= 1u << column;
    return true;
}

/* The columns that the values need. */
static bool decode_values(struct judge *j, uint32_t block)
{
    bool ok = true;
    for (unsigned v = INDEXED_LENGTH; v < INDEXED_VALUES; v++) {
        if ((j->values & 1u << v) != 0)
            ok &= decode(j, block, made_of[v].column);
    }
    if ((j->values & 1u << INDEXED_CAPTURED) != 0)
        ok &= decode(j, block, INDEX_LENGTH);
    if ((j->values & (1u << INDEXED_TIME | 1u << INDEXED_RELATIVE)) != 0)
        ok &= decode(j, block, INDEX_MARKS);
    return ok;
}

/* An address's number becomes the address. */
static bool take_address(const struct judge *j, struct indexed *x, unsigned v)
{
    uint64_t number = x->values[v];
    if (number == INDEX_UNKNOWN || number > j->address_count)
        return false;
    const struct index_address *a = &j->addresses[number - 1];
    x->addresses[v - INDEXED_SRC_ADDRESS] = a->bytes;
    x->values[v] = (uint64_t)a->bytes[0] << 24 | (uint64_t)a->bytes[1] << 16 |
                   (uint64_t)a->bytes[2] << 8 | a->bytes[3];
    return true;
}

/* Times so far from 1970 that their differences might not fit are not reckoned with. */
static bool is_usual(int64_t ns)
{
    return ns > -INT64_MAX / 4 && ns < INT64_MAX / 4;
}

/* A column's value as the filter compares it; false if it cannot tell. */
static bool take_column(const struct judge *j, struct indexed *x, unsigned v, uint32_t i)
{
    uint64_t value = j->columns[made_of[v].column][i];
    x->values[v] = value;
    switch (v) {
    case INDEXED_CAPTURED:
        x->values[v] = (uint32_t)(j->columns[INDEX_LENGTH][i] - value);
        return true;
    case INDEXED_SRC_ADDRESS:
    case INDEXED_DST_ADDRESS:
        return take_address(j, x, v);
    case INDEXED_RELATIVE:
        x->values[v] = indexed_time(index_ns(value) - j->first_ns);
        return is_usual(index_ns(value)) && is_usual(j->first_ns) &&
               (j->columns[INDEX_MARKS][i] & INDEX_MARK_NO_TIME) == 0;
    case INDEXED_TIME:
        return (j->columns[INDEX_MARKS][i] & INDEX_MARK_NO_TIME) == 0;
    default:
        return true;
    }
}

/* With the values of packet i of the block, whose number is `number`. */
static enum verdict judge_values(const struct judge *j, const struct judged_set *set, uint32_t i,
                                 uint64_t number)
{
    struct indexed x = set->knows;
    x.known = 1u << INDEXED_NUMBER;
    x.values[INDEXED_NUMBER] = number;
    for (unsigned v = INDEXED_LENGTH; v < INDEXED_VALUES; v++) {
        if ((j->values & 1u << v) == 0 ||
            (made_of[v].counts && (set->columns & 1u << made_of[v].column) == 0))
            continue;
        if (take_column(j, &x, v, i))
            x.known |= 1u << v;
    }
    return filter_verdict_indexed(j->filter, &x);
}

/* Can any packet of the block match, going by what lies between their smallest and largest values? */
static bool may_match(const struct judge *j, uint32_t block, uint64_t first, uint32_t count)
{
    uint64_t most[INDEXED_VALUES] = {0};
    struct indexed x = {.lasts = most,
                        .known = 1u << INDEXED_NUMBER | 1u << INDEXED_LENGTH | 1u << INDEXED_TIME};
    uint64_t *least = x.values;
    least[INDEXED_NUMBER] = first + 1;
    most[INDEXED_NUMBER] = first + count;
    index_block_range(j->index, block, INDEX_LENGTH, &least[INDEXED_LENGTH], &most[INDEXED_LENGTH]);
    index_block_range(j->index, block, INDEX_TIME, &least[INDEXED_TIME], &most[INDEXED_TIME]);
    int64_t begin = index_ns(least[INDEXED_TIME]), end = index_ns(most[INDEXED_TIME]);
    if (is_usual(begin) && is_usual(end) && is_usual(j->first_ns)) {
        least[INDEXED_RELATIVE] = indexed_time(begin - j->first_ns);
        most[INDEXED_RELATIVE] = indexed_time(end - j->first_ns);
        x.known |= 1u << INDEXED_RELATIVE;
    }
    return filter_verdict_indexed(j->filter, &x) != VERDICT_NO;
}

static bool judge_block(struct judge *j, uint32_t block, uint64_t *maybe, uint64_t *sure)
{
    uint32_t count = index_block_count(j->index, block);
    uint64_t first = (uint64_t)block * INDEX_BLOCK;
    j->decoded = 0;
    if (!may_match(j, block, first, count))
        return true;
    if (!decode(j, block, INDEX_SET))
        return false;
    for (uint32_t i = 0; i < count; i++) {
        uint64_t number = j->columns[INDEX_SET][i];
        if (number > j->set_count)
            return false;
        const struct judged_set *set = &j->sets[number];
        enum verdict verdict = set->verdict;
        if (verdict == VERDICT_PERHAPS && j->values != 0) {
            if (!decode_values(j, block))
                return false;
            verdict = judge_values(j, set, i, first + i + 1);
        }
        if (verdict != VERDICT_NO)
            bit_set(maybe, first + i);
        if (verdict == VERDICT_YES)
            bit_set(sure, first + i);
    }
    return true;
}

bool judge_packets(const lamna_filter *filter, const lamna_registry *reg, struct index *index,
                   uint64_t *maybe, uint64_t *sure)
{
    struct judge j = {.filter = filter, .index = index, .first_ns = index_first_time(index)};
    j.values = filter_indexed_values(filter);
    j.addresses = index_addresses(index, &j.address_count);
    bool ok = j.addresses != NULL && judge_sets(&j, reg);
    for (uint32_t block = 0; ok && block < index_blocks(index); block++)
        ok = judge_block(&j, block, maybe, sure);
    free(j.sets);
    free(j.field_values);
    for (unsigned c = 0; c < INDEX_COLUMNS; c++)
        free(j.columns[c]);
    return ok;
}
