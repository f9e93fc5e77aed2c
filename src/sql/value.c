#include "sql/value.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- Types ------------------------------------------------------------------------------------ */

static duck_type part_type(const struct duck *d, const struct value_type *t, uint64_t number)
{
    if (t->kind == DUCK_STRUCT)
        return d->struct_type_child_type(t->type, number);
    return t->kind == DUCK_ARRAY ? d->array_type_child_type(t->type)
                                 : d->list_type_child_type(t->type);
}

static bool make_parts(const struct duck *d, struct value_type *t, uint64_t count)
{
    t->parts = calloc(count, sizeof *t->parts);
    if (t->parts == NULL)
        return false;
    bool is_struct = t->kind == DUCK_STRUCT;
    for (; t->part_count < count; t->part_count++) {
        struct value_type *part = &t->parts[t->part_count];
        duck_type type = part_type(d, t, t->part_count);
        if (!value_type_init(d, part, type))
            return false;
        part->name = is_struct ? d->struct_type_child_name(t->type, t->part_count) : NULL;
    }
    return true;
}

bool value_type_init(const struct duck *d, struct value_type *t, duck_type type)
{
    *t = (struct value_type){.kind = d->get_type_id(type), .type = type};
    if (t->kind == DUCK_DECIMAL) {
        t->inside = d->decimal_internal_type(type);
        t->scale = d->decimal_scale(type);
    } else if (t->kind == DUCK_ENUM) {
        t->inside = d->enum_internal_type(type);
    } else if (t->kind == DUCK_LIST || t->kind == DUCK_MAP) {
        return make_parts(d, t, 1); /* a map is a list of structs with a key and a value */
    } else if (t->kind == DUCK_ARRAY) {
        t->size = d->array_type_array_size(type);
        return make_parts(d, t, 1);
    } else if (t->kind == DUCK_STRUCT) {
        return make_parts(d, t, d->struct_type_child_count(type));
    }
    return true;
}

void value_type_free(const struct duck *d, struct value_type *t)
{
    for (uint64_t i = 0; i < t->part_count; i++)
        value_type_free(d, &t->parts[i]);
    free(t->parts);
    if (t->name != NULL)
        d->free(t->name);
    if (t->type != NULL)
        d->destroy_logical_type(&t->type);
    *t = (struct value_type){0};
}

bool value_is_known(const struct value_type *t)
{
    bool known = t->kind >= DUCK_BOOLEAN && t->kind <= DUCK_ARRAY;
    known = known && t->kind != DUCK_UNION && t->kind != DUCK_BIT && t->kind != DUCK_TIME_TZ;
    for (uint64_t i = 0; i < t->part_count && known; i++)
        known = value_is_known(&t->parts[i]);
    return known;
}

bool value_is_number(const struct value_type *t)
{
    return (t->kind >= DUCK_TINYINT && t->kind <= DUCK_DOUBLE) || t->kind == DUCK_HUGEINT ||
           t->kind == DUCK_UHUGEINT || t->kind == DUCK_DECIMAL;
}

bool value_is_null(const struct duck *d, duck_vector vector, uint64_t row)
{
    const uint64_t *valid = d->vector_get_validity(vector);
    return valid != NULL && (valid[row / 64] >> (row % 64) & 1) == 0;
}

/* ---- Numbers ---------------------------------------------------------------------------------- */

/* 128 bits, as the library keeps them. */
struct wide {
    uint64_t low, high;
};

/* The digits of a number of 128 bits, ending before `end`; returns where they begin. */
static char *wide_digits(struct wide v, char *end)
{
    do {
        /* long division by ten, in four parts of 32 bits */
        uint64_t rest = 0;
        uint32_t parts[4] = {(uint32_t)(v.high >> 32), (uint32_t)v.high, (uint32_t)(v.low >> 32),
                             (uint32_t)v.low};
        for (size_t i = 0; i < 4; i++) {
            uint64_t part = rest << 32 | parts[i];
            parts[i] = (uint32_t)(part / 10);
            rest = part % 10;
        }
        v.high = (uint64_t)parts[0] << 32 | parts[1];
        v.low = (uint64_t)parts[2] << 32 | parts[3];
        *--end = (char)('0' + rest);
    } while (v.high != 0 || v.low != 0);
    return end;
}

/* With a point before the last `scale` digits. */
static void add_wide(lamna_text *out, struct wide v, bool is_signed, unsigned scale)
{
    char digits[64], *end = digits + sizeof digits;
    bool negative = is_signed && (int64_t)v.high < 0;
    if (negative) {
        v.low = ~v.low + 1;
        v.high = ~v.high + (v.low == 0);
    }
    char *at = wide_digits(v, end);
    while ((size_t)(end - at) <= scale)
        *--at = '0';
    if (negative)
        lamna_text_add(out, "-", 1);
    lamna_text_add(out, at, (size_t)(end - at) - scale);
    if (scale > 0) {
        lamna_text_add(out, ".", 1);
        lamna_text_add(out, end - scale, scale);
    }
}

static struct wide widened(int64_t v)
{
    return (struct wide){(uint64_t)v, v < 0 ? UINT64_MAX : 0};
}

/* The whole number in a vector of any width. */
static struct wide whole(enum duck_kind kind, const void *data, uint64_t row)
{
    switch (kind) {
    case DUCK_TINYINT:
        return widened(((const int8_t *)data)[row]);
    case DUCK_SMALLINT:
        return widened(((const int16_t *)data)[row]);
    case DUCK_INTEGER:
        return widened(((const int32_t *)data)[row]);
    case DUCK_BIGINT:
        return widened(((const int64_t *)data)[row]);
    case DUCK_UTINYINT:
        return (struct wide){((const uint8_t *)data)[row], 0};
    case DUCK_USMALLINT:
        return (struct wide){((const uint16_t *)data)[row], 0};
    case DUCK_UINTEGER:
        return (struct wide){((const uint32_t *)data)[row], 0};
    case DUCK_UBIGINT:
        return (struct wide){((const uint64_t *)data)[row], 0};
    default:
        return ((const struct wide *)data)[row];
    }
}

/* As few digits as tell it from its neighbours. JSON has no infinity. */
static void add_double(lamna_text *out, double v, int digits_least, int digits_most, bool json)
{
    char text[48];
    if (json && !isfinite(v)) {
        lamna_text_add(out, "null", 4);
        return;
    }
    for (int digits = digits_least; digits <= digits_most; digits++) {
        (void)snprintf(text, sizeof text, "%.*g", digits, v);
        double back = strtod(text, NULL);
        if (digits_most > 9 ? back == v : (float)back == (float)v)
            break;
    }
    lamna_text_add(out, text, strlen(text));
}

/* ---- Times ------------------------------------------------------------------------------------ */

/* The day of the Gregorian calendar that is so many days after 1970-01-01: years that begin in March, in eras of
 * 400, so that the leap day comes last. */
static void add_date(lamna_text *out, int64_t days)
{
    char text[64];
    int64_t shifted = days + 719468, era = (shifted >= 0 ? shifted : shifted - 146096) / 146097;
    int64_t of_era = shifted - era * 146097;
    int64_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int64_t of_year = of_era - (365 * year + year / 4 - year / 100);
    int64_t month = (5 * of_year + 2) / 153, day = of_year - (153 * month + 2) / 5 + 1;
    month += month < 10 ? 3 : -9;
    int n = snprintf(text, sizeof text, "%04" PRId64 "-%02" PRId64 "-%02" PRId64,
                     year + era * 400 + (month <= 2), month, day);
    lamna_text_add(out, text, (size_t)n);
}

/* A time of the day, of `unit` parts a second, with as many decimals; none if they are zero, except where all
 * values of a column have some: nanoseconds. */
static void add_clock(lamna_text *out, int64_t v, int64_t unit, int decimals)
{
    char text[64];
    int64_t seconds = v / unit, part = v % unit;
    int n = snprintf(text, sizeof text, "%02" PRId64 ":%02" PRId64 ":%02" PRId64, seconds / 3600,
                     seconds / 60 % 60, seconds % 60);
    if (part != 0 || decimals == 9)
        n += snprintf(text + n, sizeof text - (size_t)n, ".%0*" PRId64, decimals, part);
    lamna_text_add(out, text, (size_t)n);
}

static void add_timestamp(lamna_text *out, int64_t v, int64_t unit, int decimals)
{
    if (v == INT64_MAX || v == -INT64_MAX) {
        lamna_text_add(out, v > 0 ? "infinity" : "-infinity", v > 0 ? 8 : 9);
        return;
    }
    int64_t of_day = v % (86400 * unit), days = v / (86400 * unit);
    if (of_day < 0) {
        of_day += 86400 * unit;
        days--;
    }
    add_date(out, days);
    lamna_text_add(out, " ", 1);
    add_clock(out, of_day, unit, decimals);
}

static void add_interval(lamna_text *out, const void *data, uint64_t row)
{
    struct interval {
        int32_t months, days;
        int64_t micros;
    } v = ((const struct interval *)data)[row];
    char text[96];
    int n = 0;
    if (v.months != 0)
        n += snprintf(text, sizeof text, "%d months ", v.months);
    if (v.days != 0)
        n += snprintf(text + n, sizeof text - (size_t)n, "%d days ", v.days);
    if (v.micros < 0)
        n += snprintf(text + n, sizeof text - (size_t)n, "-");
    lamna_text_add(out, text, (size_t)n);
    add_clock(out, v.micros < 0 ? -v.micros : v.micros, 1000000, 6);
}

static bool append_time(enum duck_kind kind, const void *data, uint64_t row, lamna_text *out)
{
    switch (kind) {
    case DUCK_DATE:
        add_date(out, ((const int32_t *)data)[row]);
        return true;
    case DUCK_TIME:
        add_clock(out, ((const int64_t *)data)[row], 1000000, 6);
        return true;
    case DUCK_TIMESTAMP:
    case DUCK_TIMESTAMP_TZ:
        add_timestamp(out, ((const int64_t *)data)[row], 1000000, 6);
        return true;
    case DUCK_TIMESTAMP_S:
        add_timestamp(out, ((const int64_t *)data)[row], 1, 0);
        return true;
    case DUCK_TIMESTAMP_MS:
        add_timestamp(out, ((const int64_t *)data)[row], 1000, 3);
        return true;
    case DUCK_TIMESTAMP_NS:
        add_timestamp(out, ((const int64_t *)data)[row], 1000000000, 9);
        return true;
    case DUCK_INTERVAL:
        add_interval(out, data, row);
        return true;
    default:
        return false;
    }
}

/* ---- Texts ------------------------------------------------------------------------------------ */

static const char *string_at(const void *data, uint64_t row, size_t *length)
{
    const duck_string *s = (const duck_string *)data + row;
    *length = s->inside.length;
    return *length <= DUCK_STRING_INSIDE ? s->inside.bytes : s->outside.bytes;
}

static void add_hex(lamna_text *out, const char *bytes, size_t length)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < length; i++) {
        unsigned char c = (unsigned char)bytes[i];
        char pair[2] = {digits[c >> 4], digits[c & 15]};
        lamna_text_add(out, pair, 2);
    }
}

static void add_uuid(lamna_text *out, struct wide v)
{
    char text[40];
    v.high ^= UINT64_C(1) << 63; /* stored so that it sorts as a signed number */
    int n = snprintf(
        text, sizeof text, "%08" PRIx64 "-%04" PRIx64 "-%04" PRIx64 "-%04" PRIx64 "-%012" PRIx64,
        v.high >> 32, v.high >> 16 & 0xffff, v.high & 0xffff, v.low >> 48, v.low & 0xffffffffffff);
    lamna_text_add(out, text, (size_t)n);
}

static void add_enum(const struct duck *d, const struct value_type *t, const void *data,
                     uint64_t row, lamna_text *out)
{
    char *name = d->enum_dictionary_value(t->type, whole(t->inside, data, row).low);
    lamna_text_add(out, name, strlen(name));
    d->free(name);
}

/* ---- Values in values ------------------------------------------------------------------------- */

static void append_inner(const struct duck *d, const struct value_type *t, duck_vector vector,
                         uint64_t row, bool json, lamna_text *out)
{
    if (value_is_null(d, vector, row))
        lamna_text_add(out, json ? "null" : "NULL", 4);
    else
        value_append(d, t, vector, row, json, out);
}

static void append_list(const struct duck *d, const struct value_type *t, duck_vector vector,
                        uint64_t row, bool json, lamna_text *out)
{
    bool array = t->kind == DUCK_ARRAY;
    duck_list_entry span = {row * t->size, t->size};
    if (!array)
        span = ((const duck_list_entry *)d->vector_get_data(vector))[row];
    duck_vector child =
        array ? d->array_vector_get_child(vector) : d->list_vector_get_child(vector);
    lamna_text_add(out, "[", 1);
    for (uint64_t i = 0; i < span.length; i++) {
        if (i > 0)
            lamna_text_add(out, json ? "," : ", ", json ? 1 : 2);
        append_inner(d, &t->parts[0], child, span.offset + i, json, out);
    }
    lamna_text_add(out, "]", 1);
}

static void append_struct(const struct duck *d, const struct value_type *t, duck_vector vector,
                          uint64_t row, bool json, lamna_text *out)
{
    lamna_text_add(out, "{", 1);
    for (uint64_t i = 0; i < t->part_count; i++) {
        const char *name = t->parts[i].name;
        if (i > 0)
            lamna_text_add(out, json ? "," : ", ", json ? 1 : 2);
        if (json)
            lamna_text_add_json(out, name, strlen(name));
        else
            lamna_text_add(out, name, strlen(name));
        lamna_text_add(out, json ? ":" : ": ", json ? 1 : 2);
        append_inner(d, &t->parts[i], d->struct_vector_get_child(vector, i), row, json, out);
    }
    lamna_text_add(out, "}", 1);
}

/* What is text in JSON as well. */
static void append_text(const struct duck *d, const struct value_type *t, const void *data,
                        uint64_t row, lamna_text *out)
{
    size_t length;
    if (append_time(t->kind, data, row, out))
        return;
    if (t->kind == DUCK_ENUM) {
        add_enum(d, t, data, row, out);
    } else if (t->kind == DUCK_UUID) {
        add_uuid(out, whole(DUCK_UUID, data, row));
    } else if (t->kind == DUCK_VARCHAR) {
        const char *bytes = string_at(data, row, &length);
        lamna_text_add(out, bytes, length);
    } else {
        const char *bytes = string_at(data, row, &length);
        add_hex(out, bytes, length);
    }
}

static void append_json_text(const struct duck *d, const struct value_type *t, const void *data,
                             uint64_t row, lamna_text *out)
{
    size_t length;
    if (t->kind == DUCK_VARCHAR) {
        const char *bytes = string_at(data, row, &length);
        lamna_text_add_json(out, bytes, length);
        return;
    }
    lamna_text_add(out, "\"", 1);
    append_text(d, t, data, row, out);
    lamna_text_add(out, "\"", 1);
}

void value_append(const struct duck *d, const struct value_type *t, duck_vector vector,
                  uint64_t row, bool json, lamna_text *out)
{
    const void *data = d->vector_get_data(vector);
    switch (t->kind) {
    case DUCK_BOOLEAN:
        lamna_text_add(out, ((const bool *)data)[row] ? "true" : "false",
                       ((const bool *)data)[row] ? 4 : 5);
        break;
    case DUCK_FLOAT:
        add_double(out, (double)((const float *)data)[row], 6, 9, json);
        break;
    case DUCK_DOUBLE:
        add_double(out, ((const double *)data)[row], 15, 17, json);
        break;
    case DUCK_DECIMAL:
        add_wide(out, whole(t->inside, data, row), true, t->scale);
        break;
    case DUCK_LIST:
    case DUCK_ARRAY:
    case DUCK_MAP:
        append_list(d, t, vector, row, json, out);
        break;
    case DUCK_STRUCT:
        append_struct(d, t, vector, row, json, out);
        break;
    default:
        if (value_is_number(t))
            add_wide(out, whole(t->kind, data, row),
                     t->kind != DUCK_UBIGINT && t->kind != DUCK_UHUGEINT, 0);
        else if (json)
            append_json_text(d, t, data, row, out);
        else
            append_text(d, t, data, row, out);
    }
}
