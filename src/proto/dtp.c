/*
 * dtp: Cisco's Dynamic Trunking Protocol: whether, and how, the two ends of a link carry many
 * VLANs.
 *
 *     | version 1 | TLVs: | type 2 | length 2, these four included | value ... |
 */
#include "dissect/packet.h"

static const struct value_name tlv_names[] = {VALUE(1, "Domain"), VALUE(2, "Trunk Status"),
                                              VALUE(3, "Trunk Type"), VALUE(4, "Sender ID"),
                                              VALUES_END};

static const struct value_name operating[] = {VALUE(0, "Access"), VALUE(1, "Trunk"), VALUES_END};
static const struct value_name administrative[] = {
    VALUE(1, "On"), VALUE(2, "Off"), VALUE(3, "Desirable"), VALUE(4, "Auto"), VALUES_END};
static const struct value_name operating_types[] = {VALUE(1, "Native"), VALUE(2, "ISL"),
                                                    VALUE(5, "802.1Q"), VALUES_END};
static const struct value_name administrative_types[] = {
    VALUE(0, "Negotiated"), VALUE(1, "Native"), VALUE(2, "ISL"), VALUE(5, "802.1Q"), VALUES_END};

#define FIELDS(X)                                                                                  \
    X(VERSION, "dtp.version", "Version", UINT8, DEC, 0, NULL)                                      \
    X(TLV_TYPE, "dtp.tlv_type", "Type", UINT16, HEX, 0, tlv_names)                                 \
    X(TLV_LENGTH, "dtp.tlv_len", "Length", UINT16, DEC, 0, NULL)                                   \
    X(DOMAIN_NAME, "dtp.domain", "Domain", STRING, NONE, 0, NULL)                                  \
    X(TOS, "dtp.tos", "Trunk Operating Status", UINT8, HEX, 0x80, operating)                       \
    X(TAS, "dtp.tas", "Trunk Administrative Status", UINT8, HEX, 0x07, administrative)             \
    X(TOT, "dtp.tot", "Trunk Operating Type", UINT8, HEX, 0xe0, operating_types)                   \
    X(TAT, "dtp.tat", "Trunk Administrative Type", UINT8, HEX, 0x07, administrative_types)         \
    X(SENDER, "dtp.senderid", "Sender ID", ETHER, NONE, 0, NULL)

FIELD_TABLE(FIELDS);

/* Both halves of a status or type, in words. */
static const char *halves(struct packet *p, uint8_t value, uint16_t type)
{
    bool status = type == 2;
    const char *now =
        value_name_find(status ? operating : operating_types, status ? value >> 7 : value >> 5);
    const char *set = value_name_find(status ? administrative : administrative_types, value & 7);
    if (now == NULL)
        now = status ? "Unknown operating status" : "Unknown operating type";
    if (set == NULL)
        set = status ? "Unknown administrative status" : "Unknown administrative type";
    return packet_text(p, " (Operating/Administrative): %s/%s (0x%02x)", now, set, value);
}

/* What a TLV adds to the title. */
static const char *value_text(struct packet *p, const struct cursor *c, uint16_t type)
{
    uint32_t n = cursor_captured(c);
    const uint8_t *b = cursor_peek(c, 0, n);
    if (b == NULL || n == 0 || !p->wanted->titles)
        return "";
    if (type == 1)
        return packet_text(p, " %s", packet_copy(p, (const char *)b, strnlen((const char *)b, n)));
    if ((type == 2 || type == 3) && n == 1)
        return halves(p, *b, type);
    if (type == 4 && n == 6)
        return packet_text(p, ": %s", packet_address(p, ADDRESS_ETHER, b));
    return "";
}

static void put_value(struct packet *p, struct cursor *c, uint16_t type)
{
    const uint8_t *b = cursor_peek(c, 0, 1);
    if (type == 1) {
        uint32_t n = cursor_captured(c);
        const uint8_t *text = cursor_take(c, n);
        if (text != NULL)
            put_data(p, c, DOMAIN_NAME, c->pos - n, n, text, strnlen((const char *)text, n));
    } else if ((type == 2 || type == 3) && b != NULL && cursor_left(c) == 1) {
        put_flags(p, c, type == 2 ? TOS : TOT, 2, c->pos, 1, *b);
    } else if (type == 4 && cursor_left(c) == 6) {
        (void)put_bytes(p, c, SENDER, 6);
    }
}

static void dissect(struct packet *p, struct cursor *c)
{
    (void)put_u8(p, c, VERSION);
    info_set(p, "Dynamic Trunk Protocol");
    const char *said = "Dynamic Trunk Protocol:";
    while (cursor_left(c) >= 4 && c->fault == CURSOR_OK) {
        const uint8_t *head = cursor_peek(c, 0, 4);
        uint32_t length = head != NULL ? be16(head + 2) : 4;
        if (length < 4)
            break;
        struct cursor tlv = cursor_part(c, length);
        const char *name = head != NULL ? value_name_find(tlv_names, be16(head)) : NULL;
        uint32_t tree = tree_text(p, &tlv, tlv.pos, length, "%s", name != NULL ? name : "Unknown");
        uint16_t type = put_u16(p, &tlv, TLV_TYPE);
        (void)put_u16(p, &tlv, TLV_LENGTH);
        said = packet_text(p, "%s%s", said, value_text(p, &tlv, type));
        if (cursor_left(&tlv) > 0)
            put_value(p, &tlv, type);
        tree_end(p, tree);
    }
    title(p, "%s", said);
    if (c->fault == CURSOR_OK)
        cursor_trim(c, 0);
}

static const struct binding bindings[] = {{"llc.snap", 0x00000c2004}, {NULL, 0}};

const struct protocol proto_dtp = {.name = "dtp",
                                   .title = "Dynamic Trunk Protocol",
                                   .column = "DTP",
                                   FIELDS_OF_THIS_FILE,
                                   .bindings = bindings,
                                   .dissect = dissect};
