#include "sql/columns.h"

#include <string.h>

static const struct column fixed[COLUMNS_FIXED] = {
    {.id = COLUMN_FILE, .kind = DUCK_VARCHAR, .name = "file"},
    {.id = COLUMN_NUMBER, .kind = DUCK_UBIGINT, .name = "number"},
    {.id = COLUMN_TIME, .kind = DUCK_TIMESTAMP_NS, .name = "time"},
    {.id = COLUMN_LENGTH, .kind = DUCK_UINTEGER, .name = "length"},
    {.id = COLUMN_CAPTURED, .kind = DUCK_UINTEGER, .name = "captured"},
    {.id = COLUMN_INTERFACE, .kind = DUCK_VARCHAR, .name = "interface"},
    {.id = COLUMN_SOURCE, .kind = DUCK_VARCHAR, .name = "source"},
    {.id = COLUMN_SOURCE_PORT, .kind = DUCK_USMALLINT, .name = "source_port"},
    {.id = COLUMN_DESTINATION, .kind = DUCK_VARCHAR, .name = "destination"},
    {.id = COLUMN_DESTINATION_PORT, .kind = DUCK_USMALLINT, .name = "destination_port"},
    {.id = COLUMN_TRANSPORT, .kind = DUCK_VARCHAR, .name = "transport"},
    {.id = COLUMN_STREAM, .kind = DUCK_UINTEGER, .name = "stream"},
    {.id = COLUMN_PAYLOAD, .kind = DUCK_UINTEGER, .name = "payload"},
    {.id = COLUMN_FLAGS, .kind = DUCK_VARCHAR, .name = "flags"},
    {.id = COLUMN_ANALYSIS, .list = true, .kind = DUCK_VARCHAR, .name = "analysis"},
    {.id = COLUMN_PROTOCOL, .kind = DUCK_VARCHAR, .name = "protocol"},
    {.id = COLUMN_INFO, .kind = DUCK_VARCHAR, .name = "info"},
    {.id = COLUMN_LINK_TYPE, .kind = DUCK_USMALLINT, .name = "link_type"},
    {.id = COLUMN_OFFSET, .kind = DUCK_UBIGINT, .name = "offset"},
    {.id = COLUMN_DATA, .kind = DUCK_BLOB, .name = "data"}};

/* Fields that a layer has more than once by their nature, sorted. */
static const char *const lists[] = {
#define LIST(name) name,
#include "sql/lists.def"
#undef LIST
};

const struct column *column_fixed(enum column_id id)
{
    return &fixed[id];
}

bool column_is_fixed(const char *name, size_t length)
{
    for (size_t i = 0; i < COLUMNS_FIXED; i++) {
        if (strlen(fixed[i].name) == length && memcmp(fixed[i].name, name, length) == 0)
            return true;
    }
    return false;
}

static bool is_list(const char *name)
{
    size_t low = 0, high = sizeof lists / sizeof *lists;
    while (low < high) {
        size_t middle = (low + high) / 2;
        int order = strcmp(name, lists[middle]);
        if (order == 0)
            return true;
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return false;
}

/* Seconds are numbers here, so that they can be summed up; bytes are bytes; all addresses are text. */
static enum duck_kind kind_of(lamna_type type)
{
    static const enum duck_kind kinds[LAMNA_TYPE_COUNT] = {
        [LAMNA_NONE] = DUCK_BOOLEAN,         [LAMNA_PROTOCOL] = DUCK_BOOLEAN,
        [LAMNA_BOOLEAN] = DUCK_BOOLEAN,      [LAMNA_CHAR] = DUCK_UTINYINT,
        [LAMNA_UINT8] = DUCK_UTINYINT,       [LAMNA_UINT16] = DUCK_USMALLINT,
        [LAMNA_UINT24] = DUCK_UINTEGER,      [LAMNA_UINT32] = DUCK_UINTEGER,
        [LAMNA_UINT40] = DUCK_UBIGINT,       [LAMNA_UINT48] = DUCK_UBIGINT,
        [LAMNA_UINT56] = DUCK_UBIGINT,       [LAMNA_UINT64] = DUCK_UBIGINT,
        [LAMNA_INT8] = DUCK_TINYINT,         [LAMNA_INT16] = DUCK_SMALLINT,
        [LAMNA_INT24] = DUCK_INTEGER,        [LAMNA_INT32] = DUCK_INTEGER,
        [LAMNA_INT64] = DUCK_BIGINT,         [LAMNA_FLOAT] = DUCK_DOUBLE,
        [LAMNA_DOUBLE] = DUCK_DOUBLE,        [LAMNA_ABSOLUTE_TIME] = DUCK_TIMESTAMP_NS,
        [LAMNA_RELATIVE_TIME] = DUCK_DOUBLE, [LAMNA_BYTES] = DUCK_BLOB,
        [LAMNA_UINT_BYTES] = DUCK_BLOB,      [LAMNA_FRAMENUM] = DUCK_UBIGINT,
    };
    return kinds[type] != 0 ? kinds[type] : DUCK_VARCHAR;
}

bool column_of_field(const lamna_registry *reg, const char *name, size_t length,
                     struct column *column)
{
    if (length >= sizeof column->name)
        return false;
    *column = (struct column){.id = COLUMN_FIELD};
    memcpy(column->name, name, length);
    bool all = length > 2 && memcmp(name + length - 2, "[]", 2) == 0;
    if (all)
        column->name[length - 2] = '\0';
    column->field = lamna_field_find(reg, column->name);
    if (column->field == NULL)
        return false;
    column->list = all || is_list(column->name);
    column->kind = kind_of(column->field->type);
    if (all)
        memcpy(column->name + length - 2, "[]", 3);
    return true;
}

bool column_is_mark(const struct column *c)
{
    return c->field != NULL && !c->list &&
           (c->field->type == LAMNA_NONE || c->field->type == LAMNA_PROTOCOL);
}

duck_type column_type(const struct duck *d, const struct column *column)
{
    duck_type type = d->create_logical_type(column->kind);
    if (!column->list)
        return type;
    duck_type list = d->create_list_type(type);
    d->destroy_logical_type(&type);
    return list;
}
