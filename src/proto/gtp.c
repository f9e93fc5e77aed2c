/*
 * gtp: GPRS Tunnelling Protocol, versions 0 and 1 (3GPP TS 09.60, 29.060, 29.281).
 *
 *     version 1  | flags 1 | message 1 | length 2 | TEID 4 | sequence 2, N-PDU 1, next extension 1 |
 *                | extensions | ...
 *     version 0  | flags 1 | message 1 | length 2 | sequence 2 | flow 2 | N-PDU 1, 0xff 3 | TID 8 | ...
 *
 * A T-PDU carries a user's packet; other messages carry information elements, see gtp_elements.c.
 */
#include "proto/gtp.h"

static const struct value_name ext_names[] = {
    VALUE(0, "No more extension headers"),
    VALUE(1, "MBMS support indication"),
    VALUE(2, "MS Info Change Reporting support indication"),
    VALUE(0x20, "Service Class Indicator"),
    VALUE(0x40, "UDP Port number"),
    VALUE(0x81, "RAN container"),
    VALUE(0x82, "Long PDCP PDU number"),
    VALUE(0x83, "Xw RAN container"),
    VALUE(0x84, "NR RAN container"),
    VALUE(0x85, "PDU Session container"),
    VALUE(0xc0, "PDCP PDU number"),
    VALUE(0xc1, "Suspend Request"),
    VALUE(0xc2, "Suspend Response"),
    VALUES_END};

const struct field_def gtp_fields[] = {GTP_FIELDS(FIELD_ROW)};

enum {
    T_PDU = 255,
    IS_GTP = 0x10,
    HAS_SEQUENCE = 2,
    HAS_NPDU = 1,
    HAS_EXTENSION = 4,
    OPTIONAL_ANY = 7
};
enum {
    EXT_UDP_PORT = 0x40,
    EXT_RAN = 0x81,
    EXT_LONG_PDCP = 0x82,
    EXT_XW_RAN = 0x83,
    EXT_SESSION = 0x85,
    EXT_PDCP = 0xc0
};

/* 3GPP TS 38.415, section 5.5.2. */
static void put_session(struct packet *p, struct cursor *c)
{
    uint8_t first = cursor_u8(c);
    if (c->fault != CURSOR_OK)
        return;
    put_bits(p, c, EXT_HDR_PDU_SES_CON_PDU_TYPE, c->pos - 1, 1, first);
    put_bits(p, c, SPARE_H1, c->pos - 1, 1, first);
    if (first >> 4 > 1) {
        put_mark(p, c, UNKNOWN_PDU_TYPE);
        return;
    }
    uint8_t second = cursor_u8(c);
    if (c->fault == CURSOR_OK && first >> 4 == 0)
        put_flags(p, c, EXT_HDR_PDU_SES_CONT_PPP, 2, c->pos - 1, 1, second);
    if (c->fault == CURSOR_OK)
        put_bits(p, c, EXT_HDR_PDU_SES_CON_QOS_FLOW_ID, c->pos - 1, 1, second);
    if (first >> 4 == 0 && (second & 0x80) != 0)
        put_bits(p, c, EXT_HDR_PDU_SES_CONT_PPI, c->pos, 1, cursor_u8(c));
}

static void put_extension_body(struct packet *p, struct cursor *e, uint8_t type)
{
    switch (type) {
    case EXT_UDP_PORT:
        (void)put_u16(p, e, EXT_HDR_UDP_PORT);
        break;
    case EXT_RAN:
        (void)put_bytes(p, e, EXT_HDR_RAN_CONT, cursor_left(e));
        break;
    case EXT_LONG_PDCP:
        (void)put_u24(p, e, EXT_HDR_LONG_PDCP_SN);
        break;
    case EXT_XW_RAN:
        (void)put_bytes(p, e, EXT_HDR_XW_RAN_CONT, cursor_left(e));
        break;
    case EXT_SESSION:
        put_session(p, e);
        break;
    case EXT_PDCP:
        (void)put_u16(p, e, EXT_HDR_PDCP_SN);
        break;
    default:
        break;
    }
}

/* Each: | length 1, in words | contents | next type 1 |. */
static void put_extensions(struct packet *p, struct cursor *c, uint8_t type)
{
    while (type != 0 && c->fault == CURSOR_OK) {
        const uint8_t *size = cursor_peek(c, 0, 1);
        uint32_t length = size == NULL ? 0 : *size * 4u;
        if (length < 4) {
            cursor_skip(c, 1);
            cursor_malformed(c);
            return;
        }
        struct cursor e = *c;
        put_data(p, c, EXT_HDR, c->pos, length, "", 0);
        uint32_t tree = tree_begin(p, EXT_HDR);
        label(p, EXT_HDR, "Extension header (%s)",
              value_name_find(ext_names, type) != NULL ? value_name_find(ext_names, type)
                                                       : "Unknown");
        (void)put_u8(p, &e, EXT_HDR_LENGTH);
        cursor_trim(&e, length - 2);
        put_extension_body(p, &e, type);
        cursor_skip(c, length - 1);
        type = put_u8(p, c, EXT_HDR_NEXT);
        tree_end(p, tree);
    }
}

/* The first byte of both versions. */
static uint8_t put_first(struct packet *p, struct cursor *c)
{
    uint8_t flags = put_u8(p, c, FLAGS);
    if (c->fault != CURSOR_OK)
        return 0;
    uint32_t tree = tree_begin(p, FLAGS), at = c->pos - 1;
    put_flags(p, c, FLAGS_VERSION, 2, at, 1, flags);
    if (flags >> 5 == 0) {
        put_bits(p, c, FLAGS_RESERVED, at, 1, flags);
        put_bits(p, c, FLAGS_SNN, at, 1, flags);
    } else {
        put_uint(p, c, FLAGS_RESERVED, at, 1, flags >> 3 & 1);
        put_flags(p, c, FLAGS_E, 3, at, 1, flags);
    }
    tree_end(p, tree);
    return flags;
}

/* The TID is 16 digits, a nibble each, the lower nibble first. */
static void put_tid(struct packet *p, struct cursor *c)
{
    const uint8_t *b = cursor_take(c, 8);
    if (b == NULL || !wants(p, TID))
        return;
    char text[17];
    for (unsigned i = 0; i < 16; i++)
        text[i] = "0123456789abcdef"[b[i / 2] >> (i % 2 * 4) & 15];
    text[16] = 0;
    put_string(p, c, TID, c->pos - 8, 8, packet_text(p, "%s", text));
}

static void put_header_v0(struct packet *p, struct cursor *c)
{
    (void)put_u16(p, c, SEQ_NUMBER);
    (void)put_u16(p, c, FLOW_LABEL);
    (void)put_u8(p, c, SNDCP_NUMBER);
    cursor_skip(c, 3);
    put_tid(p, c);
}

static void put_header_v1(struct packet *p, struct cursor *c, uint8_t flags)
{
    (void)put_u32(p, c, TEID);
    if ((flags & OPTIONAL_ANY) == 0)
        return;
    if ((flags & HAS_SEQUENCE) != 0)
        (void)put_u16(p, c, SEQ_NUMBER);
    else
        cursor_skip(c, 2);
    if ((flags & HAS_NPDU) != 0)
        (void)put_u8(p, c, NPDU_NUMBER);
    else
        cursor_skip(c, 1);
    if ((flags & HAS_EXTENSION) != 0)
        put_extensions(p, c, put_u8(p, c, EXT_HDR_NEXT));
    else
        cursor_skip(c, 1);
}

static void dissect(struct packet *p, struct cursor *c)
{
    const uint8_t *first = cursor_peek(c, 0, 1);
    if (first != NULL && *first >> 5 == 2) {
        if (!next(p, c, GTP_NEXT_TABLE, 2))
            next_data(p, c);
        return;
    }
    uint8_t flags = put_first(p, c);
    uint8_t message = put_u8(p, c, MESSAGE);
    uint16_t length = put_u16(p, c, LENGTH);
    if (c->fault != CURSOR_OK)
        return;
    const char *name = value_name_find(gtp_message_names, message);
    info_set(p, "%s", name != NULL ? name : "Unknown");
    cursor_trim(c, (flags >> 5 == 0 ? 16u : 4u) + length);
    if (flags >> 5 == 0)
        put_header_v0(p, c);
    else
        put_header_v1(p, c, flags);
    if (c->fault != CURSOR_OK)
        return;
    if (message != T_PDU) {
        gtp_put_elements(p, c, flags >> 5);
        return;
    }
    if ((flags & IS_GTP) == 0) { /* GTP' carries no packets */
        cursor_trim(c, 0);
        return;
    }
    const uint8_t *inner = cursor_peek(c, 0, 1);
    uint8_t version = inner == NULL ? 0 : *inner >> 4;
    if ((version == 4 || version == 6) && next(p, c, GTP_VERSION_TABLE, version)) {
        column_tunnel(p, "GTP");
        return;
    }
    cursor_trim(c, 0);
}

static const char *const tables[] = {"ip.version", "gtp.version", "ppp.protocol", NULL};
/* Over UDP alone: what TCP carries must not carry IP in turn, or every question about an address or
 * a port would have to look into all streams (see the test "wanted"). */
static const struct binding bindings[] = {{"udp.port", 2152}, {"udp.port", 2123}, {NULL, 0}};
static const struct binding prime_bindings[] = {{"udp.port", 3386}, {NULL, 0}};

const struct protocol proto_gtp = {.name = "gtp",
                                   .title = "GPRS Tunneling Protocol",
                                   .column = "GTP",
                                   .fields = gtp_fields,
                                   .field_count = FIELD_COUNT,
                                   .tables = tables,
                                   .bindings = bindings,
                                   .dissect = dissect};
const struct protocol proto_gtpprime = {.name = "gtpprime",
                                        .title = "GPRS Tunneling Protocol Prime",
                                        .column = "GTP (Prime)",
                                        .fields_of = &proto_gtp,
                                        .tables = tables,
                                        .bindings = prime_bindings,
                                        .dissect = dissect};
