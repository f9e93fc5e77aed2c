/*
 * pgm: Pragmatic General Multicast (RFC 3208, section 8).
 *
 *     | source port 2 | destination port 2 | type 1 | options 1 | checksum 2 | source identifier 6 | data length 2 |
 *     then what the type has, options where a bit says so, and data
 */
#include "dissect/packet.h"

static const struct value_name type_names[] = {
    VALUE(0x00, "SPM"),   VALUE(0x01, "POLL"), VALUE(0x02, "POLR"), VALUE(0x04, "ODATA"),
    VALUE(0x05, "RDATA"), VALUE(0x08, "NAK"),  VALUE(0x09, "NNAK"), VALUE(0x0a, "NCF"),
    VALUE(0x0c, "SPMR"),  VALUE(0x0d, "ACK"),  VALUES_END};
static const struct value_name present_names[] = {VALUE(0, "Not Present"), VALUE(1, "Present"),
                                                  VALUES_END};
static const struct value_name afi_names[] = {VALUE(1, "IPv4"), VALUE(2, "IPv6"), VALUES_END};

#define FIELDS(X)                                                                                  \
    X(SRC_PORT, "pgm.hdr.sport", "Source Port", UINT16, DEC, 0, NULL)                              \
    X(DST_PORT, "pgm.hdr.dport", "Destination Port", UINT16, DEC, 0, NULL)                         \
    X(PORT, "pgm.port", "Port", UINT16, DEC | HIDDEN, 0, NULL)                                     \
    X(TYPE, "pgm.hdr.type", "Type", UINT8, HEX, 0, type_names)                                     \
    X(OPTIONS, "pgm.hdr.opts", "Options", UINT8, HEX, 0, NULL)                                     \
    X(HAS_OPTIONS, "pgm.hdr.opts.opt", "Options", BOOLEAN, 8, 0x01, present_names)                 \
    X(SIGNIFICANT, "pgm.hdr.opts.netsig", "Network Significant Options", BOOLEAN, 8, 0x02,         \
      present_names)                                                                               \
    X(VARIABLE, "pgm.hdr.opts.varlen", "Variable length Parity Packet Option", BOOLEAN, 8, 0x40,   \
      present_names)                                                                               \
    X(PARITY, "pgm.hdr.opts.parity", "Parity", BOOLEAN, 8, 0x80, present_names)                    \
    X(SOURCE_ID, "pgm.hdr.gsi", "Global Source Identifier", BYTES, COLONS, 0, NULL)                \
    X(DATA_LENGTH, "pgm.hdr.tsdulen", "Transport Service Data Unit Length", UINT16, DEC, 0, NULL)  \
    X(SEQUENCE, "pgm.spm.sqn", "Sequence number", UINT32, HEX, 0, NULL)                            \
    X(TRAIL, "pgm.spm.trail", "Trailing Edge Sequence Number", UINT32, HEX, 0, NULL)               \
    X(LEAD, "pgm.spm.lead", "Leading Edge Sequence Number", UINT32, HEX, 0, NULL)                  \
    X(PATH_AFI, "pgm.spm.pathafi", "Path NLA AFI", UINT16, DEC, 0, afi_names)                      \
    X(PATH_RESERVED, "pgm.spm.res", "Reserved", UINT16, HEX, 0, NULL)                              \
    X(PATH_IPV4, "pgm.spm.path.ipv4", "Path NLA", IPv4, NONE, 0, NULL)                             \
    X(PATH_IPV6, "pgm.spm.path.ipv6", "Path NLA", IPv6, NONE, 0, NULL)                             \
    X(ASKED, "pgm.nak.sqn", "Requested Sequence Number", UINT32, HEX, 0, NULL)                     \
    X(SOURCE_AFI, "pgm.nak.srcafi", "Source NLA AFI", UINT16, DEC, 0, afi_names)                   \
    X(SOURCE_RESERVED, "pgm.nak.srcres", "Reserved", UINT16, HEX, 0, NULL)                         \
    X(SOURCE_IPV4, "pgm.nak.src.ipv4", "Source NLA", IPv4, NONE, 0, NULL)                          \
    X(SOURCE_IPV6, "pgm.nak.src.ipv6", "Source NLA", IPv6, NONE, 0, NULL)                          \
    X(GROUP_AFI, "pgm.nak.grpafi", "Multicast Group AFI", UINT16, DEC, 0, afi_names)               \
    X(GROUP_RESERVED, "pgm.nak.grpres", "Reserved", UINT16, HEX, 0, NULL)                          \
    X(GROUP_IPV4, "pgm.nak.grp.ipv4", "Multicast Group NLA", IPv4, NONE, 0, NULL)                  \
    X(GROUP_IPV6, "pgm.nak.grp.ipv6", "Multicast Group NLA", IPv6, NONE, 0, NULL)

FIELD_TABLE(FIELDS);

enum { SPM = 0x00, ODATA = 0x04, RDATA = 0x05, NAK = 0x08, NCF = 0x0a };
enum {
    HEADER = 16,
    LEAST = 18,
    OPTIONS_PRESENT = 0x01,
    SOURCE_ID_BYTES = 6,
    AFI_IPV4 = 1,
    AFI_IPV6 = 2
};

/* An address: its family, two bytes, itself. The fields of the four follow each other. */
static void put_address(struct packet *p, struct cursor *c, unsigned first)
{
    uint16_t family = put_u16(p, c, first);
    (void)put_u16(p, c, first + 1);
    if (family == AFI_IPV4)
        (void)put_ipv4(p, c, first + 2);
    else if (family == AFI_IPV6)
        (void)put_bytes(p, c, first + 3, 16);
}

static uint8_t put_header(struct packet *p, struct cursor *c, uint8_t *type)
{
    uint32_t start = c->pos;
    uint16_t src = put_u16(p, c, SRC_PORT), dst = put_u16(p, c, DST_PORT);
    put_uint(p, c, PORT, start, 2, src);
    put_uint(p, c, PORT, start + 2, 2, dst);
    *type = put_u8(p, c, TYPE);
    uint8_t options = put_u8(p, c, OPTIONS);
    uint32_t tree = tree_begin(p, OPTIONS);
    if (c->fault == CURSOR_OK)
        put_flags(p, c, HAS_OPTIONS, PARITY - HAS_OPTIONS + 1, c->pos - 1, 1, options);
    tree_end(p, tree);
    uint16_t checksum = cursor_u16(c);
    tree_end(p, tree_text(p, c, c->pos - 2, 2, "Checksum: 0x%04x", checksum));
    (void)put_bytes(p, c, SOURCE_ID, SOURCE_ID_BYTES);
    (void)put_u16(p, c, DATA_LENGTH);
    return options;
}

/* The first option says how long all of them are (section 9.2). */
static void skip_options(struct cursor *c)
{
    const uint8_t *first = cursor_peek(c, 0, 4);
    if (first == NULL || be16(first + 2) < 4)
        return cursor_malformed(c);
    cursor_skip(c, be16(first + 2));
}

static void dissect(struct packet *p, struct cursor *c)
{
    const uint8_t *head = cursor_peek(c, 0, HEADER);
    uint8_t type = 0, options = put_header(p, c, &type);
    const char *name = value_name_find(type_names, type);
    if (name == NULL)
        name = "Unknown";
    info_set(p, "%s", name);
    if (head != NULL)
        title(p, "%s: Type %s Src Port %u, Dst Port %u, GSI %08x%04x",
              p->reg->protos[p->proto].def->title, name, be16(head), be16(head + 2), be32(head + 8),
              be16(head + 12));
    bool data = type == ODATA || type == RDATA;
    if (type == SPM || data) {
        uint32_t sequence = put_u32(p, c, SEQUENCE);
        info_add(p, " sqn 0x%x", sequence);
        (void)put_u32(p, c, TRAIL);
    }
    if (type == SPM) {
        (void)put_u32(p, c, LEAD);
        put_address(p, c, PATH_AFI);
    } else if (type >= NAK && type <= NCF) {
        info_add(p, " sqn 0x%x", put_u32(p, c, ASKED));
        put_address(p, c, SOURCE_AFI);
        put_address(p, c, GROUP_AFI);
    }
    if ((options & OPTIONS_PRESENT) != 0 && c->fault == CURSOR_OK)
        skip_options(c);
    if (data)
        next_data(p, c);
    else
        cursor_skip(c, cursor_captured(c));
}

/* No type has less behind the header. */
static bool probe(const struct packet *p, const struct cursor *c)
{
    (void)p;
    return cursor_peek(c, 0, LEAST) != NULL;
}

static const struct binding bindings[] = {{"ip.proto", 113}, {NULL, 0}};

const struct protocol proto_pgm = {.name = "pgm",
                                   .title = "Pragmatic General Multicast",
                                   .column = "PGM",
                                   FIELDS_OF_THIS_FILE,
                                   .bindings = bindings,
                                   .probe = probe,
                                   .dissect = dissect};
