/* frame: what the capture itself knows of a packet. The root of every dissection. */
#include <string.h>

#include "dissect/packet.h"

/* Wireshark's numbers for encapsulations (wiretap), by LINKTYPE_ value. */
static const struct value_name encapsulations[] = {VALUE(1, "Ethernet"),
                                                   VALUE(7, "Raw IP"),
                                                   VALUE(15, "NULL/Loopback"),
                                                   VALUE(25, "Linux cooked-mode capture v1"),
                                                   VALUE(129, "Raw IPv4"),
                                                   VALUE(130, "Raw IPv6"),
                                                   VALUE(210, "Linux cooked-mode capture v2"),
                                                   VALUES_END};

#define FIELDS(X)                                                                                  \
    X(SECTION, "frame.section_number", "Section number", UINT32, DEC, 0, NULL)                     \
    X(INTERFACE, "frame.interface_id", "Interface id", UINT32, DEC, 0, NULL)                       \
    X(INTERFACE_NAME, "frame.interface_name", "Interface name", STRING, NONE, 0, NULL)             \
    X(ENCAP, "frame.encap_type", "Encapsulation type", INT16, DEC, 0, encapsulations)              \
    X(TIME, "frame.time", "Arrival Time", ABSOLUTE_TIME, NONE, 0, NULL)                            \
    X(SHIFT, "frame.offset_shift", "Time shift for this packet", RELATIVE_TIME, GENERATED, 0,      \
      NULL)                                                                                        \
    X(EPOCH, "frame.time_epoch", "Epoch Time", RELATIVE_TIME, NONE, 0, NULL)                       \
    X(DELTA, "frame.time_delta", "Time delta from previous captured frame", RELATIVE_TIME,         \
      GENERATED, 0, NULL)                                                                          \
    X(DELTA_DISPLAYED, "frame.time_delta_displayed", "Time delta from previous displayed frame",   \
      RELATIVE_TIME, GENERATED, 0, NULL)                                                           \
    X(RELATIVE, "frame.time_relative", "Time since reference or first frame", RELATIVE_TIME,       \
      GENERATED, 0, NULL)                                                                          \
    X(NUMBER, "frame.number", "Frame Number", UINT32, DEC, 0, NULL)                                \
    X(LEN, "frame.len", "Frame length on the wire", UINT32, DEC, 0, NULL)                          \
    X(CAP_LEN, "frame.cap_len", "Frame length stored into the capture file", UINT32, DEC, 0, NULL) \
    X(MARKED, "frame.marked", "Frame is marked", BOOLEAN, GENERATED, 0, NULL)                      \
    X(IGNORED, "frame.ignored", "Frame is ignored", BOOLEAN, GENERATED, 0, NULL)                   \
    X(PROTOCOLS, "frame.protocols", "Protocols in frame", STRING, GENERATED | WHOLE, 0, NULL)

FIELD_TABLE(FIELDS);

enum { ENCAP_TABLE };

/* LINKTYPE_ value to Wireshark's encapsulation number, where they differ from "unknown". */
static int64_t encapsulation(uint16_t link_type)
{
    switch (link_type) {
    case 0:
    case 108:
        return 15;
    case 1:
        return 1;
    case 12:
    case 14:
    case 101:
        return 7;
    case 6:
        return 2;
    case 8:
        return 3;
    case 9:
    case 50:
        return 4;
    case 10:
        return 6;
    case 104:
        return 28;
    case 105:
        return 20;
    case 107:
        return 26;
    case 113:
        return 25;
    case 127:
        return 23;
    case 228:
        return 129;
    case 229:
        return 130;
    case 276:
        return 210;
    default:
        return 0;
    }
}

static void put_times(struct packet *p, struct cursor *c)
{
    int64_t now = p->in->time_ns;
    if ((p->in->flags & LAMNA_PACKET_HAS_TIME) == 0)
        return;
    put_time(p, c, TIME, 0, 0, now);
    put_time(p, c, SHIFT, 0, 0, 0);
    put_time(p, c, EPOCH, 0, 0, now);
    put_time(p, c, DELTA, 0, 0, now - p->times->previous);
    put_time(p, c, DELTA_DISPLAYED, 0, 0, now - p->times->previous_displayed);
    put_time(p, c, RELATIVE, 0, 0, now - p->times->first);
}

static const char *layer_name(const struct packet *p, uint32_t layer)
{
    return p->reg->protos[p->layers[layer].proto].def->name;
}

/* "eth:ethertype:ip:tcp": all layers but this one, and but what only says that one is faulty. */
static void protocols_text(struct packet *p, lamna_item *item)
{
    size_t size = 1;
    for (uint32_t i = 1; i < p->layer_count; i++)
        size += strlen(layer_name(p, i)) + 1;
    char *text = arena_alloc(p->arena, size);
    if (text == NULL)
        return;
    char *at = text;
    for (uint32_t i = 1; i < p->layer_count; i++) {
        if (p->layers[i].again || strncmp(layer_name(p, i), "_ws.", 4) == 0)
            continue;
        if (at > text)
            *at++ = ':';
        at = stpcpy(at, layer_name(p, i));
    }
    item->value.p = (const uint8_t *)text;
    item->value_length = (uint32_t)(at - text);
}

/* Other layers are as long as their headers; the frame is the whole packet. */
static void frame_spans_packet(struct packet *p)
{
    struct layer *layer = &p->layers[0];
    layer->length = p->in->captured;
    if (layer->item == NO_ITEM)
        return;
    p->items[layer->item].length = p->in->captured;
    p->items[layer->item].value_length = p->in->captured;
}

/* Which packet this is, and where it was captured. */
static void put_source(struct packet *p, struct cursor *c)
{
    const lamna_packet_info *in = p->in;
    bool sections = (in->flags & LAMNA_PACKET_HAS_INTERFACE) != 0;
    bool known = sections && in->interface != LAMNA_NO_INTERFACE;
    const char *name = in->interface_name != NULL ? in->interface_name : "unknown";
    const char *on = "";
    if (known && p->wanted->titles)
        on = packet_text(p, " on interface %s, id %u", name, in->interface);
    title(p, "Frame %llu: %u byte%s on wire (%llu bits), %u byte%s captured (%llu bits)%s",
          (unsigned long long)in->number, in->length, in->length == 1 ? "" : "s", 8ull * in->length,
          in->captured, in->captured == 1 ? "" : "s", 8ull * in->captured, on);
    if (sections)
        put_uint(p, c, SECTION, 0, 0, (uint64_t)in->section + 1);
    if (!known)
        return;
    put_uint(p, c, INTERFACE, 0, 0, in->interface);
    uint32_t tree = tree_begin(p, INTERFACE);
    label(p, INTERFACE, "Interface id: %u (%s)", in->interface, name);
    put_string(p, c, INTERFACE_NAME, 0, 0, name);
    tree_end(p, tree);
}

static void dissect(struct packet *p, struct cursor *c)
{
    const lamna_packet_info *in = p->in;
    put_source(p, c);
    if (in->link_type != LAMNA_LINK_CUSTOM_BLOCK)
        put_uint(p, c, ENCAP, 0, 0, (uint64_t)encapsulation(in->link_type));
    put_times(p, c);
    put_uint(p, c, NUMBER, 0, 0, in->number);
    put_uint(p, c, LEN, 0, 0, in->length);
    label(p, LEN, "Frame Length: %u bytes (%llu bits)", in->length, 8ull * in->length);
    put_uint(p, c, CAP_LEN, 0, 0, in->captured);
    label(p, CAP_LEN, "Capture Length: %u bytes (%llu bits)", in->captured, 8ull * in->captured);
    put_uint(p, c, MARKED, 0, 0, 0);
    put_uint(p, c, IGNORED, 0, 0, 0);
    uint32_t protocols = p->count;
    put_data(p, c, PROTOCOLS, 0, 0, "", 0);
    bool asked = p->count > protocols;
    if (!next(p, c, ENCAP_TABLE, in->link_type))
        next_data(p, c);
    if (asked)
        protocols_text(p, &p->items[protocols]);
    frame_spans_packet(p);
}

static const char *const tables[] = {"link_type", "data", "fault", NULL};

const struct protocol proto_frame = {
    .name = "frame", .title = "Frame", FIELDS_OF_THIS_FILE, .tables = tables, .dissect = dissect};
