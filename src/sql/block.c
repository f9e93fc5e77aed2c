#include "sql/block.h"

#include <stdlib.h>
#include <string.h>

static unsigned width_of(enum duck_kind kind)
{
    switch (kind) {
    case DUCK_BOOLEAN:
    case DUCK_TINYINT:
    case DUCK_UTINYINT:
        return 1;
    case DUCK_SMALLINT:
    case DUCK_USMALLINT:
        return 2;
    case DUCK_INTEGER:
    case DUCK_UINTEGER:
        return 4;
    case DUCK_VARCHAR:
    case DUCK_BLOB:
        return sizeof(struct block_text);
    default:
        return 8;
    }
}

static bool column_init(struct block_column *c, struct block_shape shape)
{
    c->kind = shape.kind;
    c->list = shape.list;
    c->width = width_of(shape.kind);
    c->room = BLOCK_ROWS;
    c->values = malloc(c->room * c->width);
    c->spans = shape.list ? malloc(BLOCK_ROWS * sizeof *c->spans) : NULL;
    return c->values != NULL && (!shape.list || c->spans != NULL);
}

struct block *block_new(const struct block_shape *shapes, uint32_t count)
{
    struct block *b = calloc(1, sizeof *b + count * sizeof b->columns[0]);
    bool able = b != NULL;
    while (able && b->column_count < count) {
        able = column_init(&b->columns[b->column_count], shapes[b->column_count]);
        b->lists |= shapes[b->column_count].list;
        b->column_count++;
    }
    if (able)
        return b;
    block_free(b);
    return NULL;
}

void block_free(struct block *b)
{
    for (uint32_t i = 0; b != NULL && i < b->column_count; i++) {
        free(b->columns[i].values);
        free(b->columns[i].spans);
        free(b->columns[i].bytes);
    }
    free(b);
}

void block_free_all(struct block *b)
{
    while (b != NULL) {
        struct block *next = b->next;
        block_free(b);
        b = next;
    }
}

void block_clear(struct block *b)
{
    b->rows = 0;
    b->failed = false;
    for (uint32_t i = 0; i < b->column_count; i++) {
        struct block_column *c = &b->columns[i];
        c->count = c->byte_count = 0;
        memset(c->valid, 0, sizeof c->valid);
    }
}

void block_begin_row(struct block *b)
{
    uint32_t row = b->rows++;
    for (uint32_t i = 0; i < b->column_count && b->lists; i++) {
        struct block_column *c = &b->columns[i];
        if (c->list)
            c->spans[row] = (duck_list_entry){c->count, 0};
    }
}

/* Makes room for `more` units in an array that holds `count` of `width` bytes. */
static bool grow(void **array, size_t *room, size_t count, size_t more, size_t width)
{
    if (more <= *room - count)
        return true;
    size_t wanted = *room * 2 > count + more ? *room * 2 : count + more;
    void *bigger = realloc(*array, wanted * width);
    if (bigger == NULL)
        return false;
    *array = bigger;
    *room = wanted;
    return true;
}

unsigned char *block_list_place(struct block *b, struct block_column *c)
{
    void *values = c->values;
    bool able = grow(&values, &c->room, c->count, 1, c->width);
    c->values = values;
    if (!able) {
        b->failed = true;
        return NULL;
    }
    c->spans[b->rows - 1].length++;
    return c->values + c->count++ * c->width;
}

void block_set_text(struct block *b, uint32_t column, const char *bytes, size_t length)
{
    struct block_column *c = &b->columns[column];
    void *text = c->bytes;
    bool able = grow(&text, &c->byte_room, c->byte_count, length, 1);
    c->bytes = text;
    unsigned char *at = able ? block_place(b, c) : NULL;
    if (at == NULL) {
        b->failed = true;
        return;
    }
    struct block_text value = {c->byte_count, length};
    if (length > 0)
        memcpy(c->bytes + c->byte_count, bytes, length);
    c->byte_count += length;
    memcpy(at, &value, sizeof value);
}

static void give_texts(const struct duck *d, const struct block_column *c, size_t count, bool all,
                       duck_vector vector)
{
    duck_string *strings = d->vector_get_data(vector);
    const struct block_text *texts = (const struct block_text *)(const void *)c->values;
    for (size_t i = 0; i < count; i++) {
        if (!all && (c->valid[i / 64] >> (i % 64) & 1) == 0)
            continue;
        const char *bytes = texts[i].length > 0 ? c->bytes + texts[i].offset : "";
        if (texts[i].length > DUCK_STRING_INSIDE) {
            d->vector_assign_string_element_len(vector, i, bytes, texts[i].length);
            continue;
        }
        strings[i] = (duck_string){.inside = {.length = (uint32_t)texts[i].length}};
        if (texts[i].length > 0)
            memcpy(strings[i].inside.bytes, bytes, texts[i].length);
    }
}

/* `all`: every value is one; else those with a bit in `valid`. */
static void give_values(const struct duck *d, const struct block_column *c, size_t count, bool all,
                        duck_vector vector)
{
    if (c->kind == DUCK_VARCHAR || c->kind == DUCK_BLOB)
        give_texts(d, c, count, all, vector);
    else if (count > 0)
        memcpy(d->vector_get_data(vector), c->values, count * c->width);
}

static bool all_valid(const struct block *b, const struct block_column *c)
{
    for (uint32_t row = 0; row < b->rows; row += 64) {
        uint64_t wanted = b->rows - row >= 64 ? UINT64_MAX : (UINT64_C(1) << (b->rows - row)) - 1;
        if ((c->valid[row / 64] & wanted) != wanted)
            return false;
    }
    return true;
}

void block_give(const struct duck *d, const struct block *b, uint32_t column, duck_vector vector)
{
    const struct block_column *c = &b->columns[column];
    bool all = all_valid(b, c);
    if (!all) {
        d->vector_ensure_validity_writable(vector);
        memcpy(d->vector_get_validity(vector), c->valid, sizeof c->valid);
    }
    if (!c->list) {
        give_values(d, c, b->rows, all, vector);
        return;
    }
    if (d->list_vector_reserve(vector, c->count) != DUCK_OK ||
        d->list_vector_set_size(vector, c->count) != DUCK_OK)
        return;
    memcpy(d->vector_get_data(vector), c->spans, b->rows * sizeof *c->spans);
    give_values(d, c, c->count, true, d->list_vector_get_child(vector));
}
