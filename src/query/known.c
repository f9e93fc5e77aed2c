/* What an index tells of packets to who asks for no filter: its columns and sets, through the public interface. */
#include <stdlib.h>
#include <string.h>

#include "dissect/registry.h"
#include "query/indexing.h"
#include "query/judge.h"
#include "query/learn.h"

static const enum index_column columns[LAMNA_INDEX_COLUMNS] = {
    [LAMNA_INDEX_SET] = INDEX_SET,
    [LAMNA_INDEX_TIME] = INDEX_TIME,
    [LAMNA_INDEX_LENGTH] = INDEX_LENGTH,
    [LAMNA_INDEX_CAPTURED] = INDEX_MISSING,
    [LAMNA_INDEX_SRC_PORT] = INDEX_SRC_PORT,
    [LAMNA_INDEX_DST_PORT] = INDEX_DST_PORT,
    [LAMNA_INDEX_SRC_ADDRESS] = INDEX_SRC_ADDRESS,
    [LAMNA_INDEX_DST_ADDRESS] = INDEX_DST_ADDRESS,
    [LAMNA_INDEX_STREAM] = INDEX_STREAM,
    [LAMNA_INDEX_TCP_FLAGS] = INDEX_TCP_FLAGS,
    [LAMNA_INDEX_PAYLOAD] = INDEX_PAYLOAD,
};

/* Times become what they are; those of packets that have none, INT64_MIN. */
static bool make_times(const struct index *x, uint32_t block, uint64_t *values)
{
    uint64_t marks[INDEX_BLOCK];
    if (!index_block(x, block, INDEX_MARKS, marks))
        return false;
    for (uint32_t i = 0; i < index_block_count(x, block); i++)
        values[i] = (marks[i] & INDEX_MARK_NO_TIME) != 0 ? (uint64_t)INT64_MIN
                                                         : (uint64_t)index_ns(values[i]);
    return true;
}

/* What is missing becomes what was captured. */
static bool make_captured(const struct index *x, uint32_t block, uint64_t *values)
{
    uint64_t lengths[INDEX_BLOCK];
    if (!index_block(x, block, INDEX_LENGTH, lengths))
        return false;
    for (uint32_t i = 0; i < index_block_count(x, block); i++)
        values[i] = (uint32_t)(lengths[i] - values[i]);
    return true;
}

size_t lamna_index_values(lamna_index *index, uint64_t block, lamna_index_column column,
                          uint64_t values[LAMNA_INDEX_BLOCK])
{
    _Static_assert((int)LAMNA_INDEX_BLOCK == (int)INDEX_BLOCK, "the same blocks");
    const struct index *x = index->file;
    if (block >= index_blocks(x))
        return 0;
    bool whole = index_block(x, (uint32_t)block, columns[column], values);
    if (whole && column == LAMNA_INDEX_TIME)
        whole = make_times(x, (uint32_t)block, values);
    else if (whole && column == LAMNA_INDEX_CAPTURED)
        whole = make_captured(x, (uint32_t)block, values);
    index->damaged |= !whole;
    return whole ? index_block_count(x, (uint32_t)block) : 0;
}

uint32_t lamna_index_sets(lamna_index *index)
{
    if (index->sets == NULL)
        index->sets = index_sets(index->file, &index->set_count);
    return index->sets != NULL ? index->set_count : 0;
}

const uint32_t *lamna_index_set(const lamna_index *index, uint32_t number, size_t *count,
                                uint32_t *told)
{
    if (number == 0 || number > index->set_count)
        return NULL;
    const struct index_set *set = &index->sets[number - 1];
    *told = 0;
    for (unsigned c = LAMNA_INDEX_SRC_PORT; c < LAMNA_INDEX_COLUMNS; c++)
        *told |= (set->columns & 1u << columns[c]) != 0 ? 1u << c : 0;
    *count = set->count;
    return set->fields;
}

uint32_t lamna_index_addresses(lamna_index *index)
{
    uint32_t count;
    return index_addresses(index->file, &count) != NULL ? count : 0;
}

void lamna_index_address(lamna_index *index, uint32_t number, lamna_text *out)
{
    const struct index_address *a = index_address(index->file, number);
    if (a == NULL)
        return;
    if (a->version == 6)
        buf_ipv6(out, a->bytes);
    else
        buf_ipv4(out, (uint32_t)a->bytes[0] << 24 | (uint32_t)a->bytes[1] << 16 |
                          (uint32_t)a->bytes[2] << 8 | a->bytes[3]);
}

lamna_index_column lamna_index_column_of(const lamna_field *field)
{
    enum index_column column = learner_column_named(field->name);
    for (unsigned c = LAMNA_INDEX_SRC_PORT; c < LAMNA_INDEX_COLUMNS; c++) {
        if (columns[c] == column)
            return (lamna_index_column)c;
    }
    return LAMNA_INDEX_COLUMNS;
}

bool lamna_index_knows(const lamna_registry *reg, const lamna_field *field)
{
    return (registry_def(reg, field->number)->display & (FUTURE | ON_REQUEST)) == 0;
}

bool lamna_index_knows_interfaces(const lamna_index *index)
{
    return (index_flags(index->file) & INDEX_FLAG_PLACED) != 0;
}
