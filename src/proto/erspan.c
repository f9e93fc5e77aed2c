/*
 * erspan: Encapsulated Remote Switch Packet Analysis, mirrored frames in GRE
 * (draft-foschiano-erspan-03).
 *
 *     type I    no header: GRE has no sequence number
 *     type II   | version 4 bits, VLAN 12 | COS 3, encapsulation 2, T 1, session 10 | reserved 12,
 * index 20 | type III  | version, VLAN | COS 3, BSO 2, T 1, session 10 | timestamp 32 | SGT 16 | |
 * P 1, FT 5, hardware 6, direction 1, granularity 2, O 1 | platform 8 bytes if O |
 */
#include "dissect/packet.h"

static const struct value_name version_names[] = {VALUE(1, "Type II"), VALUE(2, "Type III"),
                                                  VALUES_END};
static const struct value_name encap_names[] = {
    VALUE(0, "Originally without VLAN tag"), VALUE(1, "Originally ISL encapsulated"),
    VALUE(2, "Originally 802.1Q encapsulated"), VALUE(3, "VLAN tag preserved in frame"),
    VALUES_END};
static const struct value_name bso_names[] = {VALUE(0, "Good or unknown integrity"),
                                              VALUE(1, "Short frame"), VALUE(2, "Oversized frame"),
                                              VALUE(3, "CRC or alignment error"), VALUES_END};
static const struct value_name truncated_names[] = {VALUE(0, "Not truncated"),
                                                    VALUE(1, "Truncated"), VALUES_END};
static const struct value_name ft_names[] = {VALUE(0, "Ethernet"), VALUE(2, "IP"), VALUES_END};
static const struct value_name gra_names[] = {VALUE(0, "100 microseconds"),
                                              VALUE(1, "100 nanoseconds"), VALUE(2, "IEEE 1588"),
                                              VALUE(3, "Custom granularity"), VALUES_END};
static const struct value_name direction_names[] = {VALUE(0, "Ingress"), VALUE(1, "Egress"),
                                                    VALUES_END};

#define FIELDS(X)                                                                                  \
    X(VERSION, "erspan.version", "Version", UINT16, DEC, 0xf000, version_names)                    \
    X(VLAN, "erspan.vlan", "Vlan", UINT16, DEC, 0xfff, NULL)                                       \
    X(COS, "erspan.cos", "COS", UINT16, DEC, 0xe000, NULL)                                         \
    X(ENCAP, "erspan.encap", "Encap", UINT16, DEC, 0x1800, encap_names)                            \
    X(BSO, "erspan.bso", "Bad/Short/Oversized", UINT16, DEC, 0x1800, bso_names)                    \
    X(TRUNCATED, "erspan.truncated", "Truncated", UINT16, DEC, 0x400, truncated_names)             \
    X(SPANID, "erspan.spanid", "SpanID", UINT16, DEC, 0x3ff, NULL)                                 \
    X(RESERVED, "erspan.reserved", "Reserved", UINT32, DEC, 0xfff00000, NULL)                      \
    X(INDEX, "erspan.index", "Index", UINT32, DEC, 0xfffff, NULL)                                  \
    X(TIMESTAMP, "erspan.timestamp", "Timestamp", UINT32, DEC, 0xffffffff, NULL)                   \
    X(SGT, "erspan.sgt", "Security Group Tag", UINT16, DEC, 0xffff, NULL)                          \
    X(P, "erspan.p", "Has Ethernet PDU", UINT16, DEC, 0x8000, NULL)                                \
    X(FT, "erspan.ft", "Frame Type", UINT16, DEC, 0x7c00, ft_names)                                \
    X(HW, "erspan.hw", "Hardware ID", UINT16, DEC, 0x3f0, NULL)                                    \
    X(GRA, "erspan.gra", "Timestamp granularity", UINT16, DEC, 0x6, gra_names)                     \
    X(DIRECTION, "erspan.direction", "Direction", BOOLEAN, 16, 0x8, direction_names)               \
    X(O, "erspan.o", "Optional Sub headers", UINT16, DEC, 0x1, NULL)                               \
    X(PLATID, "erspan.platid", "Platform ID", UINT32, DEC, 0xfc000000, NULL)                       \
    X(PID1_RSVD1, "erspan.pid1.rsvd1", "Reserved", UINT32, DEC, 0x3fff000, NULL)                   \
    X(PID1_VSMID, "erspan.pid1.vsmid", "VSM Domain ID", UINT32, DEC, 0xfff, NULL)                  \
    X(PID1_PORT_INDEX, "erspan.pid1.port_index", "Port ID/Index", UINT32, DEC, 0xffffffff, NULL)   \
    X(PID3_RSVD1, "erspan.pid3.rsvd1", "Reserved", UINT32, DEC, 0x3ffc000, NULL)                   \
    X(PID3_PORT_INDEX, "erspan.pid3.port_index", "Port ID/Index", UINT32, DEC, 0x3fff, NULL)       \
    X(PID3_TIMESTAMP, "erspan.pid3.timestamp", "Upper 32-bit Timestamp", UINT32, DEC, 0xffffffff,  \
      NULL)                                                                                        \
    X(PID4_RSVD1, "erspan.pid4.rsvd1", "Reserved", UINT32, DEC, 0x3ffc000, NULL)                   \
    X(PID4_RSVD2, "erspan.pid4.rsvd2", "Reserved", UINT32, DEC, 0x3fff, NULL)                      \
    X(PID4_RSVD3, "erspan.pid4.rsvd3", "Reserved", UINT32, DEC, 0xffffffff, NULL)                  \
    X(PID5_SWITCHID, "erspan.pid5.switchid", "Switch ID", UINT32, DEC, 0x3ff0000, NULL)            \
    X(PID5_PORT_INDEX, "erspan.pid5.port_index", "Port ID/Index", UINT32, DEC, 0xffff, NULL)       \
    X(PID5_TIMESTAMP, "erspan.pid5.timestamp", "Timestamp (seconds)", UINT32, DEC, 0xffffffff,     \
      NULL)                                                                                        \
    X(PID7_RSVD1, "erspan.pid7.rsvd1", "Reserved", UINT32, DEC, 0x3f00000, NULL)                   \
    X(PID7_SOURCE_INDEX, "erspan.pid7.source_index", "Source Index", UINT32, DEC, 0xfffff, NULL)   \
    X(PID7_TIMESTAMP, "erspan.pid7.timestamp", "Upper 32-bit Timestamp", UINT32, DEC, 0xffffffff,  \
      NULL)                                                                                        \
    X(PID_RSVD, "erspan.pid.rsvd", "Reserved", UINT64, DEC, 0x3ffffff, NULL)                       \
    X(VERSION_UNKNOWN, "erspan.version.unknown",                                                   \
      "Unknown version, please report or test to use fake ERSPAN preference", NONE, NONE, 0, NULL)

FIELD_TABLE(FIELDS);

enum { LINK_TABLE };
enum { ETHERNET = 1, TYPE_II = 1, TYPE_III = 2, FRAME_IP = 2 };
enum { PROTO_II = 0x88be, PROTO_III = 0x22eb };

/* The optional header at the end of type III: what is in it depends on the platform. */
static void put_platform(struct packet *p, struct cursor *c)
{
    static const struct {
        uint8_t platform;
        uint16_t upper, more, lower;
    } kinds[] = {{1, PID1_RSVD1, PID1_VSMID, PID1_PORT_INDEX},
                 {3, PID3_RSVD1, PID3_PORT_INDEX, PID3_TIMESTAMP},
                 {4, PID4_RSVD1, PID4_RSVD2, PID4_RSVD3},
                 {5, PID5_SWITCHID, PID5_PORT_INDEX, PID5_TIMESTAMP},
                 {6, PID5_SWITCHID, PID5_PORT_INDEX, PID5_TIMESTAMP},
                 {7, PID7_RSVD1, PID7_SOURCE_INDEX, PID7_TIMESTAMP}};
    uint32_t at = c->pos, upper = cursor_u32(c), lower = cursor_u32(c);
    if (c->fault != CURSOR_OK)
        return;
    put_bits(p, c, PLATID, at, 4, upper);
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (kinds[i].platform != upper >> 26)
            continue;
        put_bits(p, c, kinds[i].upper, at, 4, upper);
        put_bits(p, c, kinds[i].more, at, 4, upper);
        put_bits(p, c, kinds[i].lower, at + 4, 4, lower);
        return;
    }
    put_bits(p, c, PID_RSVD, at, 8, (uint64_t)upper << 32 | lower);
}

static void put_type_ii(struct packet *p, struct cursor *c, uint32_t at, uint16_t word)
{
    put_bits(p, c, COS, at, 2, word);
    put_bits(p, c, ENCAP, at, 2, word);
    put_bits(p, c, TRUNCATED, at, 2, word);
    put_bits(p, c, SPANID, at, 2, word);
    uint32_t index = cursor_u32(c);
    if (c->fault == CURSOR_OK)
        put_flags(p, c, RESERVED, 2, at + 2, 4, index);
}

static void put_type_iii(struct packet *p, struct cursor *c, uint32_t at, uint16_t word)
{
    put_bits(p, c, COS, at, 2, word);
    put_flags(p, c, BSO, 3, at, 2, word);
    (void)put_u32(p, c, TIMESTAMP);
    (void)put_u16(p, c, SGT);
    uint16_t bits = cursor_u16(c);
    if (c->fault != CURSOR_OK)
        return;
    at = c->pos - 2;
    put_flags(p, c, P, 3, at, 2, bits);
    put_bits(p, c, DIRECTION, at, 2, bits);
    put_bits(p, c, GRA, at, 2, bits);
    put_bits(p, c, O, at, 2, bits);
    if ((bits & 1) != 0)
        put_platform(p, c);
}

/* Type I: the header of GRE that lies before c has no sequence number. */
static bool is_type_i(const struct cursor *c)
{
    const uint8_t *here = c->data + c->pos;
    bool sequence = c->pos >= 8 && be16(here - 6) == PROTO_II && be16(here - 8) == 0x1000;
    return !sequence && c->pos >= 4 && be16(here - 2) == PROTO_II && be16(here - 4) == 0;
}

static void dissect(struct packet *p, struct cursor *c)
{
    if (is_type_i(c)) {
        title(p, "Encapsulated Remote Switch Packet ANalysis Type I");
        (void)next(p, c, LINK_TABLE, ETHERNET);
        return;
    }
    uint16_t word = cursor_u16(c);
    if (c->fault != CURSOR_OK)
        return;
    uint8_t version = (uint8_t)(word >> 12);
    put_bits(p, c, VERSION, c->pos - 2, 2, word);
    if (version != TYPE_II && version != TYPE_III) {
        title(p, "Encapsulated Remote Switch Packet ANalysis Type I");
        put_mark(p, c, VERSION_UNKNOWN);
        return next_data(p, c);
    }
    title(p, "Encapsulated Remote Switch Packet ANalysis Type %s",
          version == TYPE_II ? "II" : "III");
    put_bits(p, c, VLAN, c->pos - 2, 2, word);
    word = cursor_u16(c);
    if (c->fault != CURSOR_OK)
        return;
    if (version == TYPE_II)
        put_type_ii(p, c, c->pos - 2, word);
    else
        put_type_iii(p, c, c->pos - 2, word);
    (void)next(p, c, LINK_TABLE, ETHERNET);
}

static const char *const tables[] = {"link_type", NULL};
static const struct binding bindings[] = {
    {"gre.proto", PROTO_II}, {"gre.proto", PROTO_III}, {NULL, 0}};

const struct protocol proto_erspan = {.name = "erspan",
                                      .title = "Encapsulated Remote Switch Packet ANalysis",
                                      .column = "ERSPAN",
                                      FIELDS_OF_THIS_FILE,
                                      .tables = tables,
                                      .bindings = bindings,
                                      .dissect = dissect};
