/*
 * columns: what tables consist of, and `packets` above all. Some columns are always there; every field of the registry
 * is one too, if a query names it, and with "[]" behind the name it is the list of all its values.
 *
 * A field that stands in a layer more than once by its nature (dns.a, tcp.port) is a list in any case:
 * src/sql/lists.def names these. Of any other the first value counts, which is that of the outermost layer.
 */
#ifndef SQL_COLUMNS_H
#define SQL_COLUMNS_H

#include "sql/duck.h"

/* The columns that are no fields, in order. */
enum column_id {
    COLUMN_FILE,
    COLUMN_NUMBER,
    COLUMN_TIME,
    COLUMN_LENGTH,
    COLUMN_CAPTURED,
    COLUMN_INTERFACE,
    COLUMN_SOURCE,
    COLUMN_SOURCE_PORT,
    COLUMN_DESTINATION,
    COLUMN_DESTINATION_PORT,
    COLUMN_TRANSPORT,
    COLUMN_STREAM,
    COLUMN_PAYLOAD,
    COLUMN_FLAGS,
    COLUMN_ANALYSIS,
    COLUMN_PROTOCOL,
    COLUMN_INFO,
    COLUMN_LINK_TYPE, /* this one and those below: of frames_raw */
    COLUMN_OFFSET,
    COLUMN_DATA,
    COLUMNS_FIXED,
    COLUMN_FIELD = COLUMNS_FIXED,
    COLUMN_CELL /* of a report */
};

struct column {
    enum column_id id;
    const lamna_field *field; /* of a COLUMN_FIELD */
    size_t cell;              /* of a COLUMN_CELL: its number in the report */
    bool list;
    enum duck_kind kind; /* of the value, or of the list's values */
    char name[128];
};

/* The fixed column of that number. */
const struct column *column_fixed(enum column_id id);
/* Is there one of that name? */
bool column_is_fixed(const char *name, size_t length);
/* The column of that name, "ip.src" or "ip.src[]"; false if it is no field of the registry. */
bool column_of_field(const lamna_registry *reg, const char *name, size_t length,
                     struct column *column);
/* Is it a field without a value of its own, so that it is true or false and never NULL? */
bool column_is_mark(const struct column *column);
/* To be destroyed. */
duck_type column_type(const struct duck *d, const struct column *column);
#endif
