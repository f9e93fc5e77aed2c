/* frame: what the capture itself knows of a packet. The root of every dissection. */
#include <string.h>

#include "dissect/packet.h"

#define ENCAP(link_type, number, name) VALUE(number, name),
static const struct value_name encapsulations[] = {VALUE(0, "Unknown"),
#include "frame.def"
                                                   VALUES_END};
#undef ENCAP

static const struct value_name set_names[] = {VALUE(0, "Not set"), VALUE(1, "Set"), VALUES_END};
static const struct value_name copy_names[] = {VALUE(0, "Not Allowed"), VALUE(1, "Allowed"),
                                               VALUES_END};
static const struct value_name p2p_names[] = {VALUE(0, "Sent"), VALUE(1, "Received"), VALUES_END};
static const struct value_name directions[] = {VALUE(0, "Unknown"), VALUE(1, "Inbound"),
                                               VALUE(2, "Outbound"), VALUES_END};
static const struct value_name receptions[] = {VALUE(0, "Not specified"), VALUE(1, "Unicast"),
                                               VALUE(2, "Multicast"),     VALUE(3, "Broadcast"),
                                               VALUE(4, "Promiscuous"),   VALUES_END};

#define FIELDS(X)                                                                                  \
    X(COMMENT, "frame.comment", "Comment", STRING, NONE, 0, NULL)                                  \
    X(COMMENT_MARK, "frame.comment.expert", "Formatted comment", NONE, NONE, 0, NULL)              \
    X(SECTION, "frame.section_number", "Section number", UINT32, DEC, 0, NULL)                     \
    X(INTERFACE, "frame.interface_id", "Interface id", UINT32, DEC, 0, NULL)                       \
    X(INTERFACE_NAME, "frame.interface_name", "Interface name", STRING, NONE, 0, NULL)             \
    X(DESCRIPTION, "frame.interface_description", "Interface description", STRING, NONE, 0, NULL)  \
    X(QUEUE, "frame.interface_queue", "Interface queue", UINT32, DEC, 0, NULL)                     \
    X(FLAGS, "frame.packet_flags", "Packet flags", UINT32, HEX, 0, NULL)                           \
    X(FLAG_DIRECTION, "frame.packet_flags_direction", "Direction", UINT32, HEX, 0x3, directions)   \
    X(FLAG_RECEPTION, "frame.packet_flags_reception_type", "Reception type", UINT32, DEC, 0x1c,    \
      receptions)                                                                                  \
    X(FLAG_FCS, "frame.packet_flags_fcs_length", "FCS length", UINT32, DEC, 0x1e0, NULL)           \
    X(FLAG_RESERVED, "frame.packet_flags_reserved", "Reserved", UINT32, DEC, 0xfe00, NULL)         \
    X(FLAG_CRC, "frame.packet_flags_crc_error", "CRC error", BOOLEAN, 32, 0x1000000, set_names)    \
    X(FLAG_LONG, "frame.packet_flags_packet_too_error", "Packet too long error", BOOLEAN, 32,      \
      0x2000000, set_names)                                                                        \
    X(FLAG_SHORT, "frame.packet_flags_packet_too_short_error", "Packet too short error", BOOLEAN,  \
      32, 0x4000000, set_names)                                                                    \
    X(FLAG_GAP, "frame.packet_flags_wrong_inter_frame_gap_error", "Wrong interframe gap error",    \
      BOOLEAN, 32, 0x8000000, set_names)                                                           \
    X(FLAG_UNALIGNED, "frame.packet_flags_unaligned_frame_error", "Unaligned frame error",         \
      BOOLEAN, 32, 0x10000000, set_names)                                                          \
    X(FLAG_DELIMITER, "frame.packet_flags_start_frame_delimiter_error",                            \
      "Start frame delimiter error", BOOLEAN, 32, 0x20000000, set_names)                           \
    X(FLAG_PREAMBLE, "frame.packet_flags_preamble_error", "Preamble error", BOOLEAN, 32,           \
      0x40000000, set_names)                                                                       \
    X(FLAG_SYMBOL, "frame.packet_flags_symbol_error", "Symbol error", BOOLEAN, 32, 0x80000000,     \
      set_names)                                                                                   \
    X(PACKET_ID, "frame.packet_id", "Packet id", UINT64, DEC, 0, NULL)                             \
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
    X(LEN_BELOW, "frame.len_lt_caplen", "Frame length is less than captured length", NONE, NONE,   \
      0, NULL)                                                                                     \
    X(CAP_LEN, "frame.cap_len", "Frame length stored into the capture file", UINT32, DEC, 0, NULL) \
    X(DROPS, "frame.drop_count", "Drop Count", UINT64, DEC, 0, NULL)                               \
    X(MARKED, "frame.marked", "Frame is marked", BOOLEAN, GENERATED, 0, NULL)                      \
    X(IGNORED, "frame.ignored", "Frame is ignored", BOOLEAN, GENERATED, 0, NULL)                   \
    X(P2P, "frame.p2p_dir", "Point-to-Point Direction", INT8, DEC, 0, p2p_names)                   \
    X(CB_PEN, "frame.cb_pen", "Private Enterprise Number", UINT32, DEC, 0, NULL)                   \
    X(CB_COPY, "frame.cb_copy", "Copying", BOOLEAN, NONE, 0, copy_names)                           \
    X(PROTOCOLS, "frame.protocols", "Protocols in frame", STRING, GENERATED | WHOLE, 0, NULL)

FIELD_TABLE(FIELDS);

enum { ENCAP_TABLE };

static int64_t encapsulation(uint16_t link_type)
{
#define ENCAP(link_type, number, name) {link_type, number},
    static const struct {
        uint16_t link_type, number;
    } numbers[] = {
#include "frame.def"
    };
#undef ENCAP
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        if (numbers[i].link_type == link_type)
            return numbers[i].number;
    }
    return link_type == 108 ? 15 : 0; /* LINKTYPE_LOOP is shown as NULL */
}

/* ---- What pcapng says of a packet besides its bytes (draft-ietf-opsawg-pcapng, section 4.3)
 * --------- */

enum { OPT_END, OPT_COMMENT, OPT_FLAGS, OPT_HASH, OPT_DROPS, OPT_PACKET_ID, OPT_QUEUE };
enum { PACKET_BLOCK = 2, CUSTOM_BLOCK = 0xbad };

static uint64_t number_of(const struct packet *p, const uint8_t *b, uint32_t n)
{
    return (p->in->flags & LAMNA_PACKET_BIG_ENDIAN) != 0 ? be_n(b, n) : le_n(b, n);
}

/* Puts all options of one code, as the field that it stands for. The reader has found them whole.
 */
static void put_option(struct packet *p, struct cursor *c, unsigned code, unsigned field,
                       uint32_t size)
{
    const uint8_t *at = p->in->options;
    uint32_t left = at == NULL || !wants(p, field) ? 0 : p->in->options_length;
    while (left >= 4 && number_of(p, at, 2) != OPT_END) {
        uint32_t n = (uint32_t)number_of(p, at + 2, 2), whole = 4 + ((n + 3) & ~3u);
        if (whole > left)
            return;
        if (number_of(p, at, 2) == code && size == 0)
            put_data(p, c, field, 0, 0, at + 4, strnlen((const char *)at + 4, n));
        else if (number_of(p, at, 2) == code && n == size)
            put_uint(p, c, field, 0, 0, number_of(p, at + 4, n));
        if (number_of(p, at, 2) == code && field == COMMENT) {
            uint32_t tree = tree_begin(p, COMMENT);
            put_mark(p, c, COMMENT_MARK);
            tree_end(p, tree);
        }
        at += whole;
        left -= whole;
    }
}

static void put_packet_flags(struct packet *p, struct cursor *c)
{
    uint32_t flags = p->in->flags_word;
    if ((p->in->flags & LAMNA_PACKET_HAS_FLAGS) == 0)
        return;
    put_uint(p, c, FLAGS, 0, 0, flags);
    uint32_t tree = tree_begin(p, FLAGS);
    put_flags(p, c, FLAG_DIRECTION, FLAG_SYMBOL - FLAG_DIRECTION + 1, 0, 4, flags);
    tree_end(p, tree);
}

/* The obsolete packet block has its drops in its header: all ones if nobody knows. */
static void put_drops(struct packet *p, struct cursor *c)
{
    const uint8_t *block = p->in->record;
    put_option(p, c, OPT_DROPS, DROPS, 8);
    if ((p->in->flags & LAMNA_PACKET_HAS_INTERFACE) != 0 && p->in->record_length >= 12 &&
        number_of(p, block, 4) == PACKET_BLOCK && number_of(p, block + 10, 2) != 0xffff)
        put_uint(p, c, DROPS, 0, 0, number_of(p, block + 10, 2));
}

/* A block that is no packet: whose it is, and whether a copy of the file may have it. */
static void put_custom_block(struct packet *p, struct cursor *c)
{
    const lamna_packet_info *in = p->in;
    if (in->record_length < 12)
        return;
    uint64_t enterprise = number_of(p, in->record + 8, 4);
    bool copy = number_of(p, in->record, 4) == CUSTOM_BLOCK;
    put_uint(p, c, CB_PEN, 0, 0, enterprise);
    put_uint(p, c, CB_COPY, 0, 0, copy);
    title(p,
          "PCAPNG Custom Block %llu: %u byte%s (%llu bits) of custom data and options, PEN %llu, "
          "copying %s",
          (unsigned long long)in->number, in->length, in->length == 1 ? "" : "s", 8ull * in->length,
          (unsigned long long)enterprise, copy ? "allowed" : "not allowed");
    column_set(p, "PCAPNG");
    info_set(p, "Custom Block: PEN = %llu, will%s be copied", (unsigned long long)enterprise,
             copy ? "" : " not");
}

/* Which way it went, as far as the capture says: 0 unknown, 1 in, 2 out. */
static unsigned direction_of(const struct packet *p)
{
    return (p->in->flags & LAMNA_PACKET_HAS_FLAGS) != 0 ? p->in->flags_word & 3 : 0;
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
        if (p->layers[i].again || strncmp(layer_name(p, i), "_ws.", 4) == 0 ||
            p->reg->protos[p->layers[i].proto].def->unnamed)
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
    static const char *const ways[] = {"", " (inbound)", " (outbound)", ""};
    const char *on = "";
    if (known && p->wanted->titles)
        on =
            packet_text(p, " on interface %s, id %u%s", name, in->interface, ways[direction_of(p)]);
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
    if (in->interface_description != NULL)
        put_string(p, c, DESCRIPTION, 0, 0, in->interface_description);
    put_option(p, c, OPT_QUEUE, QUEUE, 4);
    tree_end(p, tree);
    put_packet_flags(p, c);
    put_option(p, c, OPT_PACKET_ID, PACKET_ID, 8);
}

static void dissect(struct packet *p, struct cursor *c)
{
    const lamna_packet_info *in = p->in;
    unsigned direction = direction_of(p);
    put_option(p, c, OPT_COMMENT, COMMENT, 0);
    put_source(p, c);
    if (in->link_type != LAMNA_LINK_CUSTOM_BLOCK && wants(p, ENCAP))
        put_uint(p, c, ENCAP, 0, 0, (uint64_t)encapsulation(in->link_type));
    put_times(p, c);
    put_uint(p, c, NUMBER, 0, 0, in->number);
    put_uint(p, c, LEN, 0, 0, in->length);
    label(p, LEN, "Frame Length: %u bytes (%llu bits)", in->length, 8ull * in->length);
    if (in->length < in->captured) {
        uint32_t tree = tree_begin(p, LEN);
        put_malformed(p, c, LEN_BELOW);
        tree_end(p, tree);
    }
    put_uint(p, c, CAP_LEN, 0, 0, in->captured);
    label(p, CAP_LEN, "Capture Length: %u bytes (%llu bits)", in->captured, 8ull * in->captured);
    put_drops(p, c);
    put_uint(p, c, MARKED, 0, 0, 0);
    put_uint(p, c, IGNORED, 0, 0, 0);
    if (direction == 1 || direction == 2)
        put_uint(p, c, P2P, 0, 0, direction == 1);
    if (in->link_type == LAMNA_LINK_CUSTOM_BLOCK)
        put_custom_block(p, c);
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
