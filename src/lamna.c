/* The public interface to dissected packets, and to the text made of them. */
#include "lamna.h"

#include <stdlib.h>

#include "dissect/format.h"
#include "dissect/json.h"
#include "query/query.h"

lamna_text *lamna_text_new(void)
{
    return calloc(1, sizeof(lamna_text));
}

void lamna_text_free(lamna_text *text)
{
    if (text == NULL)
        return;
    buf_free(text);
    free(text);
}

void lamna_text_clear(lamna_text *text)
{
    buf_clear(text);
}

void lamna_text_add(lamna_text *text, const char *bytes, size_t n)
{
    buf_bytes(text, bytes, n);
}

size_t lamna_text_add_line(lamna_text *text, const char *bytes, size_t n)
{
    return buf_line(text, bytes, n);
}

void lamna_text_add_number(lamna_text *text, uint64_t v)
{
    buf_u64(text, v);
}

void lamna_text_add_double(lamna_text *text, double v)
{
    char *out = buf_begin(text, NUMBER_DOUBLE);
    if (out != NULL)
        buf_end(text, number_double(out, v));
}

void lamna_text_add_seconds(lamna_text *text, int64_t ns, unsigned decimals)
{
    char *out = buf_begin(text, NUMBER_SECONDS);
    if (out != NULL)
        buf_end(text, number_seconds(out, ns) - (decimals < 9 ? 9 - decimals : 0));
}

void lamna_text_add_json(lamna_text *text, const char *bytes, size_t n)
{
    buf_json_string(text, bytes, n);
}

const char *lamna_text_data(lamna_text *text, size_t *length)
{
    const char *data = buf_cstr(text);
    if (length != NULL)
        *length = text->length;
    return text->failed ? NULL : data;
}

const lamna_packet_info *lamna_packet_get_info(const lamna_packet *packet)
{
    return &packet->info;
}

int64_t lamna_packet_start(const lamna_packet *packet)
{
    return packet->packet.times->first;
}

const lamna_item *lamna_packet_items(const lamna_packet *packet, size_t *count)
{
    *count = packet->packet.count;
    return packet->packet.items;
}

bool lamna_packet_source(const lamna_packet *packet, unsigned number, const char **name,
                         const uint8_t **data, size_t *length)
{
    const struct packet *p = &packet->packet;
    if (number > p->source_count)
        return false;
    *name = number == 0 ? "Frame" : p->sources[number - 1].name;
    *data = number == 0 ? packet->info.data : p->sources[number - 1].data;
    *length = number == 0 ? packet->info.captured : p->sources[number - 1].length;
    return true;
}

void lamna_item_value(const lamna_packet *packet, size_t item, lamna_text *text)
{
    format_value(text, &packet->packet, (uint32_t)item);
}

void lamna_packet_field(const lamna_packet *packet, uint32_t field, lamna_text *text)
{
    size_t count;
    const lamna_item *items = lamna_packet_items(packet, &count);
    bool any = false;
    for (size_t i = 0; i < count; i++) {
        if (items[i].field != field)
            continue;
        if (any)
            lamna_text_add(text, ",", 1);
        any = true;
        lamna_item_value(packet, i, text);
    }
}

void lamna_item_json(const lamna_packet *packet, size_t item, lamna_text *text)
{
    json_value(text, &packet->packet, (uint32_t)item);
}

void lamna_packet_json(lamna_json *json, const lamna_packet *packet, lamna_text *text)
{
    json_packet(json, &packet->packet, text);
}

void lamna_item_label(const lamna_packet *packet, size_t item, lamna_text *text)
{
    format_label(text, &packet->packet, (uint32_t)item);
}

static void add_address(lamna_text *text, const struct packet *p, const struct address *a)
{
    char mac[MAC_NAME_ROOM];
    const char *name = p->names == NULL ? NULL : address_name(p->names, a, mac);
    if (name != NULL)
        buf_str(text, name);
    else
        format_address(text, a);
}

void lamna_packet_column(const lamna_packet *packet, lamna_column column, lamna_text *text)
{
    const struct packet *p = &packet->packet;
    if (column == LAMNA_COLUMN_SOURCE)
        add_address(text, p, &p->column_src);
    else if (column == LAMNA_COLUMN_DESTINATION)
        add_address(text, p, &p->column_dst);
    else if (column == LAMNA_COLUMN_INFO)
        buf_bytes(text, p->info.data, p->info.length);
    else if (p->column_text != NULL)
        buf_str(text, p->column_text);
    else if (p->column_proto != 0)
        buf_str(text, p->reg->protos[p->column_proto].def->column);
}
