/* From a packet's items to lists of values. */
#include <string.h>

#include "dissect/format.h"
#include "filter/values.h"

/* Which of `count` things from 1 on does the range take? Negative numbers count from the end. */
static bool range_takes(const struct range *r, int64_t n, int64_t count)
{
    int64_t first = r->first < 0 ? count + 1 + r->first : r->first;
    int64_t last = r->last < 0 ? count + 1 + r->last : r->last;
    switch (r->form) {
    case RANGE_LENGTH:
        return n >= first && n < first + r->last;
    case RANGE_LAST:
        return n >= first && n <= last;
    default:
        return n >= first;
    }
}

/* Is the item in one of the layers, counted among the layers of the same protocol? */
static bool in_layers(const struct load *load, const struct packet *p, const lamna_item *item)
{
    int64_t number = 0, count = 0;
    if (item->layer >= p->layer_count)
        return false;
    uint16_t proto = p->layers[item->layer].proto;
    for (uint32_t i = 0; i < p->layer_count; i++) {
        count += p->layers[i].proto == proto;
        if (i == item->layer)
            number = count;
    }
    for (uint32_t i = 0; i < load->range_count; i++) {
        if (range_takes(&load->layers[i], number, count))
            return true;
    }
    return false;
}

bool load_selects(const struct load *load, const struct packet *p, const lamna_item *item)
{
    for (uint32_t k = 0; k < load->field_count; k++) {
        if (item->field == load->fields[k])
            return load->range_count == 0 || in_layers(load, p, item);
    }
    return false;
}

/* Text that is formatted for this packet, in its arena. */
static void text_value(struct value *v, const struct packet *p, uint32_t item)
{
    struct buf b = {0};
    format_value(&b, p, item);
    v->p =
        b.length > 0 && !b.failed ? (const uint8_t *)arena_copy(p->arena, b.data, b.length) : NULL;
    v->length = v->p != NULL ? (uint32_t)b.length : 0;
    buf_free(&b);
}

static void raw_value(struct value *v, const struct packet *p, const lamna_item *item)
{
    if (item->source != 0 || p->in == NULL || item->offset > p->in->captured)
        return;
    uint32_t left = p->in->captured - item->offset;
    v->p = p->in->data + item->offset;
    v->length = item->length < left ? item->length : left;
}

static void item_value(struct value *v, const struct load *load, const struct packet *p,
                       uint32_t index)
{
    const lamna_item *item = &p->items[index];
    *v = (struct value){.prefix = NO_PREFIX, .is_signed = load->is_signed};
    if (load->mode == LOAD_RAW) {
        raw_value(v, p, item);
    } else if (load->mode == LOAD_TEXT) {
        text_value(v, p, index);
    } else if (load->mode == LOAD_NAME) {
        const char *name = value_name_find(registry_def(p->reg, item->field)->names, item->value.u);
        v->p = (const uint8_t *)name;
        v->length = name != NULL ? (uint32_t)strlen(name) : 0;
    } else {
        v->u = item->value.u;
        if (load->kind >= KIND_IPV6) {
            v->p = item->value.p;
            v->length = v->p != NULL ? item->value_length : 0;
            if (load->is_protocol && item->length < v->length)
                v->own = item->length;
        }
        if (load->kind == KIND_DOUBLE)
            v->d = item->value.d;
    }
}

struct list load_items(const struct load *load, const struct packet *p)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < p->count; i++)
        count += load_selects(load, p, &p->items[i]);
    struct value *values = count > 0 ? arena_alloc(p->arena, count * sizeof *values) : NULL;
    if (values == NULL)
        return (struct list){0};
    uint32_t n = 0;
    for (uint32_t i = 0; i < p->count; i++) {
        if (load_selects(load, p, &p->items[i]))
            item_value(&values[n++], load, p, i);
    }
    return (struct list){values, count};
}
