/* What dissectors say of a packet: fields, labels, columns. */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/print.h"
#include "dissect/format.h"
#include "dissect/packet.h"

enum { INFO_ROOM = 1024 }; /* for one addition to the column */

/* Makes room for one more item. False at the limit or without memory. */
static bool items_grow(struct packet *p)
{
    uint32_t capacity = p->capacity == 0 ? 256 : p->capacity * 2;
    if (p->count >= p->limits.items)
        return false;
    lamna_item *items = realloc(p->items, capacity * sizeof *items);
    if (items == NULL)
        return false;
    p->items = items;
    p->capacity = capacity;
    return true;
}

lamna_item *item_add(struct packet *p, const struct cursor *c, unsigned field, uint32_t offset,
                     uint32_t length)
{
    if (__builtin_expect(p->count == p->capacity, 0) && !items_grow(p))
        return &p->spare;
    uint32_t number = p->fields + field;
    lamna_item *item = &p->items[p->count++];
    *item = (lamna_item){.field = number,
                         .end = p->count,
                         .offset = offset,
                         .length = length,
                         .source = c->source,
                         .layer = p->layer};
    uint32_t display = p->reg->defs[number]->display;
    if (display & HIDDEN)
        item->flags |= LAMNA_ITEM_HIDDEN;
    if (display & GENERATED)
        item->flags |= LAMNA_ITEM_GENERATED;
    return item;
}

uint64_t put_uint_be(struct packet *p, struct cursor *c, unsigned field, uint32_t n)
{
    const uint8_t *b = cursor_take(c, n);
    if (b == NULL)
        return 0;
    uint64_t v = be_n(b, n);
    put_uint(p, c, field, c->pos - n, n, v);
    return v;
}

uint64_t put_uint_le(struct packet *p, struct cursor *c, unsigned field, uint32_t n)
{
    const uint8_t *b = cursor_take(c, n);
    if (b == NULL)
        return 0;
    uint64_t v = le_n(b, n);
    if (wants(p, field)) {
        lamna_item *item = item_add(p, c, field, c->pos - n, n);
        item->value.u = v;
        item->flags |= LAMNA_ITEM_LITTLE_ENDIAN;
    }
    return v;
}

int64_t put_int_be(struct packet *p, struct cursor *c, unsigned field, uint32_t n)
{
    const uint8_t *b = cursor_take(c, n);
    if (b == NULL)
        return 0;
    uint64_t sign = (uint64_t)1 << (8 * n - 1);
    int64_t v = (int64_t)((be_n(b, n) ^ sign) - sign);
    if (wants(p, field))
        item_add(p, c, field, c->pos - n, n)->value.i = v;
    return v;
}

void item_add_bits(struct packet *p, const struct cursor *c, unsigned field, uint32_t offset,
                   uint32_t length, uint64_t number)
{
    uint64_t mask = p->reg->defs[p->fields + field]->mask;
    uint64_t v = mask == 0 ? number : (number & mask) >> __builtin_ctzll(mask);
    item_add(p, c, field, offset, length)->value.u = v;
}

void put_data(struct packet *p, const struct cursor *c, unsigned field, uint32_t offset,
              uint32_t length, const void *value, size_t value_length)
{
    if (!wants(p, field))
        return;
    lamna_item *item = item_add(p, c, field, offset, length);
    item->value.p = value;
    item->value_length = (uint32_t)value_length;
}

void put_string(struct packet *p, const struct cursor *c, unsigned field, uint32_t offset,
                uint32_t length, const char *value)
{
    put_data(p, c, field, offset, length, value, strlen(value));
}

const uint8_t *put_bytes(struct packet *p, struct cursor *c, unsigned field, uint32_t n)
{
    const uint8_t *b = cursor_take(c, n);
    if (b != NULL)
        put_data(p, c, field, c->pos - n, n, b, n);
    return b;
}

const uint8_t *put_bytes_captured(struct packet *p, struct cursor *c, unsigned field, uint32_t n)
{
    uint32_t captured = cursor_captured(c);
    if (n <= captured)
        return put_bytes(p, c, field, n);
    const uint8_t *b = captured > 0 ? put_bytes(p, c, field, captured) : NULL;
    (void)cursor_take(c, n - captured);
    return b;
}

const uint8_t *put_ipv4(struct packet *p, struct cursor *c, unsigned field)
{
    const uint8_t *b = cursor_take(c, 4);
    if (b != NULL)
        put_uint(p, c, field, c->pos - 4, 4, be32(b));
    return b;
}

void put_time(struct packet *p, const struct cursor *c, unsigned field, uint32_t offset,
              uint32_t length, int64_t ns)
{
    if (wants(p, field))
        item_add(p, c, field, offset, length)->value.i = ns;
}

void put_double(struct packet *p, const struct cursor *c, unsigned field, uint32_t offset,
                uint32_t length, double value)
{
    if (wants(p, field))
        item_add(p, c, field, offset, length)->value.d = value;
}

void put_vendor(struct packet *p, const struct cursor *c, unsigned field, uint32_t offset,
                uint32_t oui)
{
    if (!wants(p, field) || p->vendors == NULL)
        return;
    const char *name = vendor_name(p->vendors, oui);
    if (name != NULL)
        put_string(p, c, field, offset, 3, name);
}

void put_mark(struct packet *p, const struct cursor *c, unsigned field)
{
    if (wants(p, field))
        (void)item_add(p, c, field, c->pos, 0);
}

void put_malformed(struct packet *p, const struct cursor *c, unsigned field)
{
    put_mark(p, c, field);
    if (p->reg->fault_table == UINT32_MAX)
        return;
    uint16_t proto = table_find(&p->reg->tables[p->reg->fault_table], CURSOR_MALFORMED);
    uint32_t whole = p->reg->protos[proto].field;
    if (proto != 0 && p->wanted->field[whole] != 0) /* its number may lie below p->fields */
        item_add(p, c, whole - p->fields, c->pos, 0)->flags |= LAMNA_ITEM_HIDDEN;
}

/* ---- The tree ------------------------------------------------------------------------------ */

static bool last_is(const struct packet *p, unsigned field)
{
    return p->count > 0 && p->items[p->count - 1].field == p->fields + field;
}

uint32_t tree_begin(struct packet *p, unsigned field)
{
    return last_is(p, field) ? p->count - 1 : NO_ITEM;
}

void tree_end(struct packet *p, uint32_t tree)
{
    if (tree != NO_ITEM)
        p->items[tree].end = p->count;
}

static char *format_in_arena(struct packet *p, const char *fmt, va_list args)
{
    char first[256];
    va_list again;
    va_copy(again, args);
    size_t n = print_text(first, sizeof first, fmt, args);
    char *text = arena_alloc(p->arena, n + 1);
    if (text != NULL && n < sizeof first)
        memcpy(text, first, n + 1);
    else if (text != NULL)
        (void)print_text(text, n + 1, fmt, again);
    va_end(again);
    return text;
}

const char *packet_text(struct packet *p, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    char *text = format_in_arena(p, fmt, args);
    va_end(args);
    return text == NULL ? "" : text;
}

const char *packet_copy(struct packet *p, const char *text, size_t n)
{
    const char *copy = arena_copy(p->arena, text, n);
    return copy == NULL ? "" : copy;
}

const char *packet_address(struct packet *p, enum address_kind kind, const uint8_t *bytes)
{
    char text[NUMBER_IPV6], *end = text;
    if (kind == ADDRESS_ETHER)
        end = number_hex_list(text, bytes, 6, ':');
    else if (kind == ADDRESS_IPV4)
        end = number_ipv4(text, be32(bytes));
    else if (kind == ADDRESS_IPV6)
        end = number_ipv6(text, bytes);
    return packet_copy(p, text, (size_t)(end - text));
}

const char *packet_host(struct packet *p, enum address_kind kind, const uint8_t *bytes)
{
    char mac[MAC_NAME_ROOM];
    const struct address address = {kind, bytes};
    const char *name = p->names == NULL ? NULL : address_name(p->names, &address, mac);
    return name == NULL ? packet_address(p, kind, bytes) : packet_copy(p, name, strlen(name));
}

const char *packet_named(struct packet *p, enum address_kind kind, const uint8_t *bytes)
{
    const char *text = packet_address(p, kind, bytes);
    const char *name = p->names == NULL ? text : packet_host(p, kind, bytes);
    return strcmp(name, text) == 0 ? text : packet_text(p, "%s (%s)", name, text);
}

const char *packet_port(struct packet *p, uint8_t protocol, uint16_t port, bool tight)
{
    const char *name = packet_service(p, protocol, port);
    if (name == NULL)
        return packet_text(p, "%u", port);
    return packet_text(p, tight ? "%s(%u)" : "%s (%u)", name, port);
}

static void label_set(struct packet *p, uint32_t item, const char *text)
{
    if (text == NULL)
        return;
    if (p->label_count == p->label_capacity) {
        uint32_t capacity = p->label_capacity == 0 ? 64 : p->label_capacity * 2;
        struct tree_label *labels = realloc(p->tree_labels, capacity * sizeof *labels);
        if (labels == NULL)
            return;
        p->tree_labels = labels;
        p->label_capacity = capacity;
    }
    p->tree_labels[p->label_count++] = (struct tree_label){item, text};
}

void label_last(struct packet *p, unsigned field, const char *fmt, ...)
{
    if (!last_is(p, field))
        return;
    va_list args;
    va_start(args, fmt);
    label_set(p, p->count - 1, format_in_arena(p, fmt, args));
    va_end(args);
}

void label_port(struct packet *p, unsigned field, const char *which, uint8_t protocol,
                uint16_t port)
{
    const char *name = packet_service(p, protocol, port);
    if (name != NULL)
        label(p, field, "%s Port: %s (%u)", which, name, port);
}

void label_item(struct packet *p, uint32_t item, const char *fmt, ...)
{
    if (item == NO_ITEM || !p->wanted->labels)
        return;
    va_list args;
    va_start(args, fmt);
    label_set(p, item, format_in_arena(p, fmt, args));
    va_end(args);
}

void title(struct packet *p, const char *fmt, ...)
{
    uint32_t item = p->layers[p->layer].item;
    if (item == NO_ITEM || !p->wanted->titles)
        return;
    va_list args;
    va_start(args, fmt);
    label_set(p, item, format_in_arena(p, fmt, args));
    va_end(args);
}

uint32_t tree_text(struct packet *p, const struct cursor *c, uint32_t offset, uint32_t length,
                   const char *fmt, ...)
{
    if (!p->wanted->labels)
        return NO_ITEM;
    uint32_t index = p->count;
    (void)item_add(p, c, FIELD_TEXT - p->fields, offset, length);
    if (p->count == index)
        return NO_ITEM;
    va_list args;
    va_start(args, fmt);
    label_set(p, index, format_in_arena(p, fmt, args));
    va_end(args);
    return index;
}

/* The newest label wins, so the search is from the end. */
const char *packet_label(const struct packet *p, uint32_t item)
{
    for (uint32_t i = p->label_count; i-- > 0;) {
        if (p->tree_labels[i].item == item)
            return p->tree_labels[i].text;
    }
    return NULL;
}

/* ---- Columns ------------------------------------------------------------------------------- */

/* What stands in the Protocol column so far; NULL: nothing, or nobody asks. */
static const char *column_now(const struct packet *p)
{
    if (!p->wanted->columns || (p->column_text == NULL && p->column_proto == 0))
        return NULL;
    return p->column_text != NULL ? p->column_text : p->reg->protos[p->column_proto].def->column;
}

void column_add(struct packet *p, const char *text)
{
    const char *now = column_now(p);
    if (now != NULL)
        p->column_text = packet_text(p, "%s%s", now, text);
}

void column_tunnel(struct packet *p, const char *name)
{
    const char *now = column_now(p);
    if (now != NULL)
        p->column_text = packet_text(p, "%s <%s>", name, now);
}

static void info_append(struct packet *p, const char *fmt, va_list args)
{
    char *out = buf_begin(&p->info, INFO_ROOM);
    if (out == NULL)
        return;
    size_t n = print_text(out, INFO_ROOM, fmt, args);
    buf_end(&p->info, out + (n < INFO_ROOM ? n : INFO_ROOM - 1));
}

void info_set(struct packet *p, const char *fmt, ...)
{
    if (!p->wanted->columns)
        return;
    buf_clear(&p->info);
    va_list args;
    va_start(args, fmt);
    info_append(p, fmt, args);
    va_end(args);
}

void info_add(struct packet *p, const char *fmt, ...)
{
    if (!p->wanted->columns)
        return;
    va_list args;
    va_start(args, fmt);
    info_append(p, fmt, args);
    va_end(args);
}
