/* igmp: Internet Group Management Protocol, versions 1 to 3 (RFC 1112, 2236, 3376). */
#include "dissect/checksum.h"
#include "dissect/packet.h"

enum { QUERY = 0x11, REPORT_V1 = 0x12, REPORT_V2 = 0x16, LEAVE = 0x17, REPORT_V3 = 0x22 };

static const struct value_name types[] = {
    VALUE(QUERY, "Membership Query"),      VALUE(REPORT_V1, "Membership Report"),
    VALUE(REPORT_V2, "Membership Report"), VALUE(LEAVE, "Leave Group"),
    VALUE(REPORT_V3, "Membership Report"), VALUES_END};

static const struct value_name record_types[] = {VALUE(1, "Mode Is Include"),
                                                 VALUE(2, "Mode Is Exclude"),
                                                 VALUE(3, "Change To Include Mode"),
                                                 VALUE(4, "Change To Exclude Mode"),
                                                 VALUE(5, "Allow New Sources"),
                                                 VALUE(6, "Block Old Sources"),
                                                 VALUES_END};

static const struct value_name checksum_names[] = CHECKSUM_STATUS_NAMES;

#define FIELDS(X)                                                                                  \
    X(VERSION, "igmp.version", "IGMP Version", UINT8, DEC | GENERATED, 0, NULL)                    \
    X(TYPE, "igmp.type", "Type", UINT8, HEX, 0, types)                                             \
    X(RESERVED, "igmp.reserved", "Reserved", BYTES, NONE, 0, NULL)                                 \
    X(MAX_RESP, "igmp.max_resp", "Max Resp Time", UINT8, DEC, 0, NULL)                             \
    X(CHECKSUM, "igmp.checksum", "Checksum", UINT16, HEX, 0, NULL)                                 \
    X(STATUS, "igmp.checksum.status", "Checksum Status", UINT8, DEC | GENERATED, 0,                \
      checksum_names)                                                                              \
    X(BAD, "igmp.bad_checksum", "Bad checksum", NONE, GENERATED, 0, NULL)                          \
    X(GROUP, "igmp.maddr", "Multicast Address", IPv4, NONE, 0, NULL)                               \
    X(S, "igmp.s", "S", BOOLEAN, NONE, 0x08, NULL)                                                 \
    X(QRV, "igmp.qrv", "QRV", UINT8, DEC, 0x07, NULL)                                              \
    X(QQIC, "igmp.qqic", "QQIC", UINT8, DEC, 0, NULL)                                              \
    X(SOURCES, "igmp.num_src", "Num Src", UINT16, DEC, 0, NULL)                                    \
    X(SOURCE, "igmp.saddr", "Source Address", IPv4, NONE, 0, NULL)                                 \
    X(RECORDS, "igmp.num_grp_recs", "Num Group Records", UINT16, DEC, 0, NULL)                     \
    X(RECORD_TYPE, "igmp.record_type", "Record Type", UINT8, DEC, 0, record_types)                 \
    X(AUX_LEN, "igmp.aux_data_len", "Aux Data Len", UINT8, DEC, 0, NULL)                           \
    X(AUX, "igmp.aux_data", "Aux Data", BYTES, NONE, 0, NULL)

FIELD_TABLE(FIELDS);

static void put_checksum(struct packet *p, struct cursor *c, uint32_t start)
{
    (void)put_u16(p, c, CHECKSUM);
    if (c->fault != CURSOR_OK)
        return;
    enum checksum_status status = CHECKSUM_UNVERIFIED;
    if (!p->net.fragment && c->cap == c->end)
        status = checksum_fold(checksum_add(0, c->data + start, c->end - start)) == 0
                     ? CHECKSUM_GOOD
                     : CHECKSUM_BAD;
    put_uint(p, c, STATUS, c->pos - 2, 0, status);
    if (status == CHECKSUM_BAD)
        put_mark(p, c, BAD);
}

/* Queries differ by length, and by whether version 1's unused octet is zero (RFC 3376,
 * section 7.1). */
static unsigned version_of(const struct cursor *c, uint8_t type)
{
    switch (type) {
    case REPORT_V1:
        return 1;
    case REPORT_V2:
    case LEAVE:
        return 2;
    case REPORT_V3:
        return 3;
    case QUERY: {
        const uint8_t *b = cursor_peek(c, 1, 1);
        if (cursor_left(c) >= 12)
            return 3;
        return b != NULL && b[0] == 0 ? 1 : 2;
    }
    default:
        return 0;
    }
}

/* Other types are other protocols' (DVMRP, PIM version 1, RGMP). */
/* RGMP shares IGMP's number, to an address of its own (RFC 3488, section 2.1). */
enum { RGMP_TABLE, RGMP_FIRST = 0xfc, RGMP_KEY = 0 };

static bool is_rgmp(const struct packet *p, uint8_t type)
{
    return type >= RGMP_FIRST && p->net.version == 4 && be32(p->net.dst) == 0xe0000019;
}

static bool probe(const struct packet *p, const struct cursor *c)
{
    const uint8_t *type = cursor_peek(c, 0, 1);
    return type != NULL && (is_rgmp(p, type[0]) || version_of(c, type[0]) != 0);
}

static void put_sources(struct packet *p, struct cursor *c, uint16_t count)
{
    for (uint16_t i = 0; i < count && c->fault == CURSOR_OK; i++)
        (void)put_ipv4(p, c, SOURCE);
}

/* RFC 3376, section 4.1. */
static void put_query_v3(struct packet *p, struct cursor *c)
{
    uint8_t bits = cursor_u8(c);
    if (c->fault == CURSOR_OK) {
        put_bits(p, c, S, c->pos - 1, 1, bits);
        put_bits(p, c, QRV, c->pos - 1, 1, bits);
    }
    (void)put_u8(p, c, QQIC);
    put_sources(p, c, put_u16(p, c, SOURCES));
}

/* RFC 3376, section 4.2. */
static void put_report_v3(struct packet *p, struct cursor *c)
{
    (void)put_bytes(p, c, RESERVED, 2);
    uint16_t records = put_u16(p, c, RECORDS);
    for (uint16_t i = 0; i < records && c->fault == CURSOR_OK; i++) {
        uint32_t tree = tree_text(p, c, c->pos, 8, "Group Record");
        (void)put_u8(p, c, RECORD_TYPE);
        uint8_t aux = put_u8(p, c, AUX_LEN);
        uint16_t sources = put_u16(p, c, SOURCES);
        (void)put_ipv4(p, c, GROUP);
        put_sources(p, c, sources);
        if (aux > 0)
            (void)put_bytes(p, c, AUX, aux * 4u);
        tree_end(p, tree);
    }
}

static void info_group(struct packet *p, uint8_t type, unsigned version, const uint8_t *group)
{
    const char *name = value_name_find(types, type);
    if (version == 3 && type == REPORT_V3)
        info_set(p, "Membership Report");
    else if (group == NULL || name == NULL)
        info_set(p, "%s", name != NULL ? name : "Unknown IGMP type");
    else if (type == QUERY && be32(group) == 0)
        info_set(p, "Membership Query, general");
    else
        info_set(p, "%s %u.%u.%u.%u",
                 type == QUERY   ? "Membership Query, specific for group"
                 : type == LEAVE ? "Leave Group"
                                 : "Membership Report group",
                 group[0], group[1], group[2], group[3]);
}

static void dissect(struct packet *p, struct cursor *c)
{
    uint32_t start = c->pos;
    const uint8_t *first = cursor_peek(c, 0, 1);
    uint8_t type = first == NULL ? 0 : first[0];
    if (is_rgmp(p, type) && next(p, c, RGMP_TABLE, RGMP_KEY))
        return;
    unsigned version = version_of(c, type);
    static const char *const columns[] = {NULL, "IGMPv1", "IGMPv2", "IGMPv3"};
    p->column_text = columns[version];
    layer_repeat(
        p); /* as Wireshark counts them: one protocol that finds the version, one for that */
    put_uint(p, c, VERSION, start, 0, version);
    (void)put_u8(p, c, TYPE);
    if (version == 1 || type == REPORT_V3)
        (void)put_bytes(p, c, RESERVED, 1);
    else
        (void)put_u8(p, c, MAX_RESP);
    put_checksum(p, c, start);
    if (type == REPORT_V3) {
        info_group(p, type, version, NULL);
        put_report_v3(p, c);
        return;
    }
    info_group(p, type, version, put_ipv4(p, c, GROUP));
    if (version == 3)
        put_query_v3(p, c);
}

static const char *const tables[] = {"igmp.rgmp", NULL};
static const struct binding bindings[] = {{"ip.proto", 2}, {NULL, 0}};

const struct protocol proto_igmp = {.name = "igmp",
                                    .title = "Internet Group Management Protocol",
                                    .column = "IGMP",
                                    FIELDS_OF_THIS_FILE,
                                    .tables = tables,
                                    .bindings = bindings,
                                    .probe = probe,
                                    .dissect = dissect};
