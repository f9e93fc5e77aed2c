/*
 * block: some rows on their way from lamna's threads to DuckDB's, column by column, as DuckDB's vectors want
 * them, so that a whole column is handed over with one copy.
 *
 *     column            number   source          dns.a
 *     values            1 2 3    at 0, at 9 ..   1.1.1.1 1.0.0.1 | 8.8.8.8        one for each row; of a list,
 *     valid (bits)      111      110             101                             as many as there are
 *     spans                                      [0,2) [2,2) [2,3)               of a list: each row's values
 *     bytes                      10.0.0.1 ...                                    what texts point into
 *
 * A row is begun, its cells are set in any order, at most once each (or, of a list, any number of times); what
 * is not set is NULL. Without memory, `failed` is set, and the block is of no use.
 */
#ifndef SQL_BLOCK_H
#define SQL_BLOCK_H

#include <string.h>

#include "sql/duck.h"

enum { BLOCK_ROWS = 2048 /* a vector of DuckDB */ };

/* A value that is text or bytes, before DuckDB has a copy. */
struct block_text {
    uint64_t offset; /* in `bytes` */
    uint64_t length;
};

struct block_column {
    enum duck_kind kind;
    bool list;
    unsigned width; /* bytes of a value in `values` */
    unsigned char *values;
    size_t count, room; /* values; of a list alone */
    duck_list_entry *spans;
    uint64_t valid[BLOCK_ROWS / 64];
    char *bytes;
    size_t byte_count, byte_room;
};

struct block {
    struct block *next; /* of whatever list it is in */
    uint32_t rows;
    uint32_t column_count;
    bool failed;
    bool lists; /* is any column one? */
    struct block_column columns[];
};

/* What a column is to hold. */
struct block_shape {
    enum duck_kind kind;
    bool list;
};

/* NULL without memory. */
struct block *block_new(const struct block_shape *shapes, uint32_t count);
void block_free(struct block *b);
/* And those behind it. */
void block_free_all(struct block *b);
void block_clear(struct block *b);
/* The next row, if there is room: block->rows < BLOCK_ROWS. */
void block_begin_row(struct block *b);
/* For block_place() alone. */
unsigned char *block_list_place(struct block *b, struct block_column *c);

/* Has the row that was begun last a value in this column? */
static inline bool block_has(const struct block *b, uint32_t column)
{
    uint32_t row = b->rows - 1;
    return (b->columns[column].valid[row / 64] >> (row % 64) & 1) != 0;
}

/* Where the next value of the row goes, which has one from now on; NULL without memory. */
static inline unsigned char *block_place(struct block *b, struct block_column *c)
{
    uint32_t row = b->rows - 1;
    unsigned char *at = c->list ? block_list_place(b, c) : c->values + (size_t)row * c->width;
    if (at != NULL)
        c->valid[row / 64] |= UINT64_C(1) << (row % 64);
    return at;
}

/* A value that is not text: the least bytes of `value` count, those of a double are its own. */
static inline void block_set(struct block *b, uint32_t column, uint64_t value)
{
    struct block_column *c = &b->columns[column];
    unsigned char *at = block_place(b, c);
    if (at == NULL)
        return;
    uint8_t one = (uint8_t)value;
    uint16_t two = (uint16_t)value;
    uint32_t four = (uint32_t)value;
    if (c->width == 8)
        memcpy(at, &value, sizeof value);
    else if (c->width == 4)
        memcpy(at, &four, sizeof four);
    else if (c->width == 2)
        memcpy(at, &two, sizeof two);
    else
        memcpy(at, &one, sizeof one);
}

void block_set_text(struct block *b, uint32_t column, const char *bytes, size_t length);
/* Moves column number `column` into a vector of DuckDB's. */
void block_give(const struct duck *d, const struct block *b, uint32_t column, duck_vector vector);

#endif
