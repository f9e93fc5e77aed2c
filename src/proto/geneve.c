/*
 * geneve: Generic Network Virtualization Encapsulation (RFC 8926).
 *
 *     | version 2 bits, options' length 6 | O C reserved 6 | protocol 2 | VNI 3 | reserved 1 |
 * options | frame an option: | class 2 | type 1 | reserved 3 bits, length 5, in words | data
 */
#include "dissect/names.h"
#include "dissect/packet.h"

static const struct value_name option_class_names[] = {
    RANGE(0, 255, "Standard"),
    VALUE(0x100, "Linux"),
    VALUE(0x101, "Open vSwitch"),
    VALUE(0x102, "Open Virtual Networking (OVN)"),
    VALUE(0x103, "In-band Network Telemetry (INT)"),
    VALUE(0x104, "VMware"),
    VALUE(0x105, "Amazon.com, Inc."),
    VALUE(0x106, "Cisco Systems, Inc."),
    VALUE(0x107, "Oracle Corporation"),
    RANGE(264, 272, "Amazon.com, Inc."),
    RANGE(273, 280, "IBM"),
    RANGE(281, 296, "Ericsson"),
    VALUE(0x129, "Oxide Computer Company"),
    RANGE(304, 305, "Cisco Systems, Inc."),
    RANGE(306, 309, "Google LLC"),
    VALUE(0x136, "InfoQuick Global Connection Tech Ltd."),
    RANGE(311, 65279, "Unassigned"),
    RANGE(65520, 65535, "Experimental"),
    VALUES_END};
static const struct value_name option_gcp_direction_names[] = {VALUE(0, "Ingress"),
                                                               VALUE(1, "Egress"), VALUES_END};

#define FIELDS(X)                                                                                  \
    X(VERSION, "geneve.version", "Version", UINT8, DEC, 0, NULL)                                   \
    X(FLAGS, "geneve.flags", "Flags", UINT8, HEX, 0, NULL)                                         \
    X(FLAGS_OAM, "geneve.flags.oam", "Operations, Administration and Management Frame", BOOLEAN,   \
      8, 0x80, NULL)                                                                               \
    X(FLAGS_CRITICAL, "geneve.flags.critical", "Critical Options Present", BOOLEAN, 8, 0x40, NULL) \
    X(FLAGS_RESERVED, "geneve.flags.reserved", "Reserved", BOOLEAN, 8, 0x3f, NULL)                 \
    X(PROTO_TYPE, "geneve.proto_type", "Protocol Type", UINT16, HEX, 0, NULL /*141*/)              \
    X(VNI, "geneve.vni", "Virtual Network Identifier (VNI)", UINT24, HEX_DEC, 0, NULL)             \
    X(RESERVED, "geneve.reserved", "Reserved", UINT8, HEX | HIDDEN, 0, NULL)                       \
    X(OPTIONS, "geneve.options", "Geneve Options", BYTES, NONE, 0, NULL)                           \
    X(OPTION_CLASS, "geneve.option.class", "Class", UINT16, HEX, 0, option_class_names)            \
    X(OPTION_TYPE, "geneve.option.type", "Type", UINT8, HEX, 0, NULL)                              \
    X(OPTION_TYPE_CRITICAL, "geneve.option.type.critical", "Critical Option", BOOLEAN, 8, 0x80,    \
      NULL)                                                                                        \
    X(OPTION_FLAGS, "geneve.option.flags", "Flags", UINT8, HEX, 0, NULL)                           \
    X(OPTION_FLAGS_RESERVED, "geneve.option.flags.reserved", "Reserved", BOOLEAN, 8, 0xe0, NULL)   \
    X(OPTION_LENGTH, "geneve.option.length", "Length", UINT8, DEC, 0, NULL)                        \
    X(OPTION, "geneve.option", "Option", BYTES, NONE, 0, NULL)                                     \
    X(OPTION_GCP_VNID, "geneve.option.gcp.vnid", "GCP Virtual Network ID", UINT32, DEC, 0, NULL)   \
    X(OPTION_GCP_RESERVED, "geneve.option.gcp.reserved", "GCP Reserved bits", BOOLEAN, 32, 0xe,    \
      NULL)                                                                                        \
    X(OPTION_GCP_DIRECTION, "geneve.option.gcp.direction", "GCP Traffic Direction", BOOLEAN, 32,   \
      0x1, option_gcp_direction_names)                                                             \
    X(OPTION_GCP_ENDPOINT, "geneve.option.gcp.endpoint", "GCP Endpoint ID", BYTES, NONE, 0, NULL)  \
    X(OPTION_GCP_PROFILE, "geneve.option.gcp.profile", "GCP Profile ID", UINT64, DEC, 0, NULL)     \
    X(OPTION_UNKNOWN_DATA, "geneve.option.unknown.data", "Unknown Option Data", BYTES, NONE, 0,    \
      NULL)                                                                                        \
    X(VERSION_UNKNOWN, "geneve.version.unknown", "Unknown version", NONE, NONE, 0, NULL)           \
    X(OPTION_LENGTH_INVALID, "geneve.option.length.invalid", "Invalid length for option", NONE,    \
      NONE, 0, NULL)

FIELD_TABLE(FIELDS);

enum { TYPE_TABLE };
enum { GCP = 0x132 };

/* Google's: cloud.google.com, "Packet Mirroring" for network security integration. */
static void put_gcp(struct packet *p, struct cursor *o, uint8_t type)
{
    if (type == 1 && cursor_left(o) >= 4) {
        uint32_t word = cursor_u32(o);
        put_uint(p, o, OPTION_GCP_VNID, o->pos - 4, 4, word >> 4);
        put_flags(p, o, OPTION_GCP_RESERVED, 2, o->pos - 4, 4, word);
    } else if (type == 2) {
        (void)put_bytes(p, o, OPTION_GCP_ENDPOINT, cursor_left(o));
    } else if (type == 3 && cursor_left(o) >= 8) {
        (void)put_uint_be(p, o, OPTION_GCP_PROFILE, 8);
    }
}

static void put_option(struct packet *p, struct cursor *c)
{
    const uint8_t *head = cursor_peek(c, 0, 4);
    if (head == NULL) {
        cursor_skip(c, 4);
        return;
    }
    uint32_t length = 4 + (head[3] & 31u) * 4, start = c->pos;
    if (length > cursor_left(c)) {
        put_mark(p, c, OPTION_LENGTH_INVALID);
        cursor_skip(c, cursor_captured(c));
        return;
    }
    struct cursor o = cursor_part(c, length);
    put_data(p, &o, OPTION, start, length, o.data + start, o.cap - start);
    uint32_t tree = tree_begin(p, OPTION);
    uint16_t class = put_u16(p, &o, OPTION_CLASS);
    uint8_t type = put_u8(p, &o, OPTION_TYPE);
    uint32_t under = tree_begin(p, OPTION_TYPE);
    put_bits(p, &o, OPTION_TYPE_CRITICAL, o.pos - 1, 1, type);
    tree_end(p, under);
    uint8_t flags = cursor_u8(&o);
    put_uint(p, &o, OPTION_FLAGS, o.pos - 1, 1, flags & 0xe0);
    under = tree_begin(p, OPTION_FLAGS);
    put_bits(p, &o, OPTION_FLAGS_RESERVED, o.pos - 1, 1, flags);
    tree_end(p, under);
    put_uint(p, &o, OPTION_LENGTH, o.pos - 1, 1, length);
    if (length > 4 && class == GCP && type >= 1 && type <= 3)
        put_gcp(p, &o, type);
    else if (length > 4)
        (void)put_bytes(p, &o, OPTION_UNKNOWN_DATA, cursor_left(&o));
    tree_end(p, tree);
    if (o.fault != CURSOR_OK)
        cursor_skip(c, cursor_left(c) + 1);
}

static void put_options(struct packet *p, struct cursor *c, uint32_t length)
{
    struct cursor options = cursor_part(c, length);
    put_data(p, &options, OPTIONS, options.pos, length, options.data + options.pos,
             cursor_captured(&options));
    uint32_t tree = tree_begin(p, OPTIONS);
    while (cursor_left(&options) > 0 && options.fault == CURSOR_OK)
        put_option(p, &options);
    tree_end(p, tree);
}

static void dissect(struct packet *p, struct cursor *c)
{
    uint8_t first = cursor_u8(c);
    if (c->fault != CURSOR_OK)
        return;
    put_uint(p, c, VERSION, c->pos - 1, 1, first >> 6);
    if (first >> 6 != 0) {
        put_mark(p, c, VERSION_UNKNOWN);
        return;
    }
    uint32_t length = (first & 63u) * 4;
    put_uint(p, c, OPTION_LENGTH, c->pos - 1, 1, length);
    uint8_t flags = put_u8(p, c, FLAGS);
    uint32_t tree = tree_begin(p, FLAGS);
    put_flags(p, c, FLAGS_OAM, 3, c->pos - 1, 1, flags);
    tree_end(p, tree);
    uint16_t type = put_u16(p, c, PROTO_TYPE);
    uint32_t vni = put_u24(p, c, VNI);
    (void)put_u8(p, c, RESERVED);
    title(p, "Generic Network Virtualization Encapsulation, VNI: 0x%06x", vni);
    if (length > 0)
        put_options(p, c, length);
    if (c->fault == CURSOR_OK && cursor_captured(c) > 0 && !next_bare(p, c, TYPE_TABLE, type))
        next_data(p, c);
}

static const char *const tables[] = {"ethertype", NULL};
static const struct binding bindings[] = {{"udp.port", 6081}, {NULL, 0}};

const struct protocol proto_geneve = {.name = "geneve",
                                      .title = "Generic Network Virtualization Encapsulation",
                                      .column = "Geneve",
                                      FIELDS_OF_THIS_FILE,
                                      .tables = tables,
                                      .bindings = bindings,
                                      .dissect = dissect};
