/* value: what DuckDB gives, as text: for people and CSV, or as JSON. */
#ifndef SQL_VALUE_H
#define SQL_VALUE_H

#include "sql/duck.h"

/* How a column's values are read. */
struct value_type {
    enum duck_kind kind;
    enum duck_kind inside; /* of DECIMAL and ENUM: how they are stored */
    uint8_t scale;         /* of DECIMAL */
    uint64_t size;         /* of ARRAY */
    duck_type type;        /* owned */
    char *name;            /* owned by DuckDB: of a STRUCT's member */
    struct value_type
        *parts; /* owned: of LIST and ARRAY, the value's type; of STRUCT and MAP, the members' */
    uint64_t part_count;
};

/* Takes `type` over. False without memory; free it all the same. */
bool value_type_init(const struct duck *d, struct value_type *t, duck_type type);
void value_type_free(const struct duck *d, struct value_type *t);
/* Can its values be written? Bits, unions and times with a zone cannot: SQL casts them. */
bool value_is_known(const struct value_type *t);
/* Is it a number, which people want at the right? */
bool value_is_number(const struct value_type *t);
bool value_is_null(const struct duck *d, duck_vector vector, uint64_t row);
/* Appends the value, which may be NULL only inside others. As JSON, numbers stay numbers; whatever JSON does not
 * know is a string. Bytes are written in hexadecimal. */
void value_append(const struct duck *d, const struct value_type *t, duck_vector vector,
                  uint64_t row, bool json, lamna_text *out);

#endif
