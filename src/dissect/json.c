/*
 * What is the same for every packet is made once, by lamna_json_new(): of each field its key as it is
 * written, and the form of its value.
 *
 *     fields  | ,"eth.type":  UNSIGNED | ,"eth.dst":  ETHER | ...     by field number
 *     last    |     0     | 7 |   0   | ...                           by field number: newest item + 1
 *     links   |  0  | 5  |  AGAIN  |  ...                             by item: next of its field, or 0
 */
#include "dissect/json.h"

#include <math.h>
#include <stdlib.h>

#include "dissect/format.h"

enum form {
    FORM_NONE, /* layers and lines of text have no key */
    FORM_TRUE,
    FORM_BOOLEAN,
    FORM_UNSIGNED,
    FORM_SIGNED,
    FORM_SECONDS,
    FORM_IPV4,
    FORM_ETHER,
    FORM_SMALL = FORM_ETHER, /* up to here write_small() does it */
    FORM_STRING,
    FORM_DOUBLE,
    FORM_TEXT /* what it is for people, in quotation marks */
};

enum { SMALL_ROOM = 32, KEY_CHUNK = 32 };
#define AGAIN 0x80000000u /* of a link: this is not the first item of its field */

struct json_field {
    const char *key; /* with a comma before and a colon behind; KEY_CHUNK bytes can be read */
    uint32_t first;  /* number of the first field of this name: two protocols may share one */
    uint16_t length;
    uint8_t form;
};

struct lamna_json {
    struct json_field *fields; /* owned, as are all of these */
    char *keys;
    uint32_t *last;
    uint32_t *links;
    uint32_t room; /* in links */
};

/* ---- Making -------------------------------------------------------------------------------- */

static enum form form_of(const struct field_def *def)
{
    switch (def->type) {
    case LAMNA_PROTOCOL:
        return FORM_NONE;
    case LAMNA_NONE:
        return FORM_TRUE;
    case LAMNA_BOOLEAN:
        return FORM_BOOLEAN;
    case LAMNA_RELATIVE_TIME:
        return FORM_SECONDS;
    case LAMNA_FLOAT:
    case LAMNA_DOUBLE:
        return FORM_DOUBLE;
    case LAMNA_STRING:
        return FORM_STRING;
    case LAMNA_IPv4:
        return FORM_IPV4;
    case LAMNA_ETHER:
        return FORM_ETHER;
    default:
        if (def->type >= LAMNA_INT8 && def->type <= LAMNA_INT64)
            return FORM_SIGNED;
        return type_bytes(def->type) > 0 ? FORM_UNSIGNED : FORM_TEXT;
    }
}

/* Writes the keys, of all fields one after the other. Names are letters, digits, dots and the like:
 * nothing to escape in them. */
static void write_keys(lamna_json *j, const lamna_registry *reg)
{
    char *at = j->keys;
    for (uint32_t f = 0; f < reg->field_count; f++) {
        const char *name = reg->fields[f].name;
        struct json_field *field = &j->fields[f];
        field->key = at;
        field->form = name[0] == '\0' ? FORM_NONE : (uint8_t)form_of(registry_def(reg, f));
        field->first = name[0] == '\0' ? f : lamna_field_find(reg, name)->number;
        at = stpcpy(stpcpy(stpcpy(at, ",\""), name), "\":");
        field->length = (uint16_t)(at - field->key);
    }
}

lamna_json *lamna_json_new(const lamna_registry *reg, lamna_error *err)
{
    size_t size = KEY_CHUNK;
    for (uint32_t f = 0; f < reg->field_count; f++)
        size += strlen(reg->fields[f].name) + strlen(",\"\":");
    lamna_json *j = calloc(1, sizeof *j);
    if (j != NULL) {
        j->fields = calloc(reg->field_count, sizeof *j->fields);
        j->keys = calloc(1, size);
        j->last = calloc(reg->field_count, sizeof *j->last);
    }
    if (j == NULL || j->fields == NULL || j->keys == NULL || j->last == NULL) {
        lamna_json_free(j);
        error_memory(err);
        return NULL;
    }
    write_keys(j, reg);
    return j;
}

void lamna_json_free(lamna_json *j)
{
    if (j == NULL)
        return;
    free(j->fields);
    free(j->keys);
    free(j->last);
    free(j->links);
    free(j);
}

/* ---- Values -------------------------------------------------------------------------------- */

static char *write_quoted(char *out, char *end)
{
    *out = *end = '"';
    return end + 1;
}

/* A value of at most SMALL_ROOM bytes. */
static char *write_small(char *out, const lamna_item *item, enum form form)
{
    switch (form) {
    case FORM_TRUE:
        memcpy(out, "true", 4);
        return out + 4;
    case FORM_BOOLEAN:
        memcpy(out, item->value.u ? "true " : "false", 5);
        return out + (item->value.u ? 4 : 5);
    case FORM_UNSIGNED:
        return number_dec(out, item->value.u);
    case FORM_SIGNED:
        return number_signed(out, item->value.i);
    case FORM_SECONDS:
        return number_seconds(out, item->value.i);
    case FORM_IPV4:
        return write_quoted(out, number_ipv4(out + 1, (uint32_t)item->value.u));
    default:
        return write_quoted(out, number_hex_list(out + 1, item->value.p, 6, ':'));
    }
}

static void put_finite(struct buf *b, double v)
{
    if (isfinite(v))
        buf_format(b, "%.17g", v);
    else
        buf_str(b, "null");
}

static bool is_small(const lamna_item *item, enum form form)
{
    return form <= FORM_SMALL && (form != FORM_ETHER || item->value_length == 6);
}

static void put_value(struct buf *b, const struct packet *p, uint32_t index, enum form form)
{
    const lamna_item *item = &p->items[index];
    if (is_small(item, form)) {
        char *out = buf_begin(b, SMALL_ROOM);
        if (out != NULL)
            buf_end(b, write_small(out, item, form));
    } else if (form == FORM_STRING) {
        buf_json_string(b, (const char *)item->value.p, item->value_length);
    } else if (form == FORM_DOUBLE) {
        put_finite(b, item->value.d);
    } else {
        buf_char(b, '"'); /* addresses, hexadecimal digits, times: nothing to escape in them */
        format_plain(b, p, index, false);
        buf_char(b, '"');
    }
}

void json_value(struct buf *b, const struct packet *p, uint32_t item)
{
    enum form form = form_of(registry_def(p->reg, p->items[item].field));
    put_value(b, p, item, form == FORM_NONE ? FORM_TEXT : form);
}

/* ---- Packets ------------------------------------------------------------------------------- */

/* Most keys are short: a copy of a fixed size is a few instructions. */
static char *write_key(char *out, const struct json_field *field)
{
    size_t n = field->length;
    memcpy(out, field->key, KEY_CHUNK);
    if (n > KEY_CHUNK)
        memcpy(out + KEY_CHUNK, field->key + KEY_CHUNK, n - KEY_CHUNK);
    return out + n;
}

static void put_list(const lamna_json *j, struct buf *b, const struct packet *p, uint32_t item)
{
    char before = '[';
    do {
        buf_char(b, before);
        put_value(b, p, item, j->fields[p->items[item].field].form);
        before = ',';
        item = j->links[item] & ~AGAIN;
    } while (item != 0);
    buf_char(b, ']');
}

static bool links_room(lamna_json *j, uint32_t count)
{
    if (count <= j->room)
        return true;
    uint32_t *links = realloc(j->links, 2 * (size_t)count * sizeof *links);
    if (links == NULL)
        return false;
    j->links = links;
    j->room = 2 * count;
    return true;
}

/* Links the items of each field, in document order. `last` is left as it was for json_packet() to empty. */
static void link_items(const lamna_json *j, const lamna_item *items, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        uint32_t *last = &j->last[j->fields[items[i].field].first];
        j->links[i] = *last == 0 ? 0 : AGAIN;
        if (*last != 0)
            j->links[*last - 1] |= i;
        *last = i + 1;
    }
}

/* The key and what belongs to it: one value, or all those of the field. */
static void put_member(const lamna_json *j, struct buf *b, const struct packet *p, uint32_t item)
{
    const struct json_field *field = &j->fields[p->items[item].field];
    char *out = buf_begin(b, KEY_CHUNK + field->length + SMALL_ROOM);
    if (out == NULL)
        return;
    out = write_key(out, field);
    if (j->links[item] == 0 && is_small(&p->items[item], field->form)) {
        buf_end(b, write_small(out, &p->items[item], field->form));
        return;
    }
    buf_end(b, out);
    if (j->links[item] == 0)
        put_value(b, p, item, field->form);
    else
        put_list(j, b, p, item);
}

void json_packet(lamna_json *j, const struct packet *p, struct buf *b)
{
    size_t begin = b->length;
    if (!links_room(j, p->count)) {
        b->failed = true;
        return;
    }
    link_items(j, p->items, p->count);
    for (uint32_t i = 0; i < p->count; i++) {
        const struct json_field *field = &j->fields[p->items[i].field];
        j->last[field->first] = 0;
        if (field->form != FORM_NONE && (j->links[i] & AGAIN) == 0)
            put_member(j, b, p, i);
    }
    if (b->length == begin)
        buf_char(b, ',');
    buf_char(b, '}');
    if (!b->failed)
        b->data[begin] = '{'; /* in place of the first comma */
}
