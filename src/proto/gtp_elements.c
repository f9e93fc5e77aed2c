/*
 * gtp_elements: the information elements of GTP, versions 0 and 1 (3GPP TS 29.060, section 7.7): |
 * type 1 | value | where the type is below 128, else | type 1 | length 2 | value |.
 */
#include "proto/gtp.h"

/* Their lengths, those of the types below 128 (section 11.1); types of version 0 are marked. */
static const uint8_t fixed_lengths[128] = {
    [1] = 1,  [2] = 8,  [3] = 6,  [4] = 4,  [5] = 4,  [8] = 1,  [9] = 28, [11] = 1, [12] = 3,
    [13] = 1, [14] = 1, [15] = 1, [16] = 4, [17] = 4, [18] = 5, [19] = 1, [20] = 1, [21] = 1,
    [22] = 9, [23] = 1, [24] = 1, [25] = 2, [26] = 2, [27] = 2, [28] = 2, [29] = 1, [127] = 4};
enum {
    V0_QOS = 6,
    V0_QOS_LENGTH = 3,
    V0_FLOW_DATA = 16,
    V0_FLOW_SIGNALLING = 17,
    V0_FLOW_LENGTH = 2
};
enum {
    CAUSE_IE = 1,
    RAI_IE = 3,
    PTMSI_IE = 5,
    REORDER_IE = 8,
    PTMSI_SIG_IE = 12,
    RECOVERY_IE = 14,
    SELECTION_IE,
    TEID_DATA_IE,
    TEID_CP_IE,
    TEARDOWN_IE = 19,
    NSAPI_IE = 20,
    CHARGING_IE = 26,
    CHARGING_ID_IE = 127,
    END_USER_IE = 128,
    APN_IE = 131,
    PCO_IE = 132,
    GSN_IE = 133,
    MSISDN_IE = 134,
    QOS_IE = 135,
    RAT_IE = 151,
    TIMEZONE_IE = 153,
    GATEWAY_IE = 251,
    PRIVATE_IE = 255
};
enum { FIRST_PPP_CONTROL = 0x8000 };

static void put_bits_u8(struct packet *p, struct cursor *c, unsigned first, unsigned count)
{
    uint8_t v = cursor_u8(c);
    if (c->fault == CURSOR_OK)
        put_flags(p, c, first, count, c->pos - 1, 1, v);
}

/* A bit rate in a byte, in kbit/s (3GPP TS 24.008, section 10.5.6.5). */
static void put_rate(struct packet *p, struct cursor *c, unsigned field)
{
    uint8_t v = cursor_u8(c);
    uint32_t rate = v < 64 ? v : v < 128 ? 64 + (v - 64u) * 8 : v < 255 ? 576 + (v - 128u) * 64 : 0;
    if (c->fault == CURSOR_OK)
        put_uint(p, c, field, c->pos - 1, 1, rate);
}

static void put_qos_short(struct packet *p, struct cursor *c)
{
    put_bits_u8(p, c, QOS_SPARE1, 3);
    put_bits_u8(p, c, QOS_PEAK, 3);
    put_bits_u8(p, c, QOS_SPARE3, 2);
}

/* After the 3 bytes of old there are, if the length says so, those of UMTS. */
static void put_qos(struct packet *p, struct cursor *c)
{
    (void)put_u8(p, c, QOS_AL_RET_PRIORITY);
    put_qos_short(p, c);
    if (cursor_left(c) < 8)
        return;
    put_bits_u8(p, c, QOS_TRAF_CLASS, 3);
    uint8_t size = cursor_u8(c);
    put_uint(p, c, QOS_MAX_SDU_SIZE, c->pos - 1, 1,
             size == 151   ? 1502
             : size == 152 ? 1510
             : size == 153 ? 1520
                           : size * 10u);
    put_rate(p, c, QOS_MAX_UL);
    put_rate(p, c, QOS_MAX_DL);
    put_bits_u8(p, c, QOS_RES_BER, 2);
    put_bits_u8(p, c, QOS_TRANS_DELAY, 2);
    put_rate(p, c, QOS_GUAR_UL);
    put_rate(p, c, QOS_GUAR_DL);
}

static void put_end_user(struct packet *p, struct cursor *c)
{
    uint8_t organization = cursor_u8(c);
    put_uint(p, c, USER_ADDR_PDP_ORG, c->pos - 1, 1, organization & 15);
    (void)put_u8(p, c, USER_ADDR_PDP_TYPE);
    if (cursor_left(c) == 4 || cursor_left(c) == 20)
        (void)put_ipv4(p, c, USER_IPV4);
    if (cursor_left(c) == 16)
        (void)put_bytes(p, c, USER_IPV6, 16);
}

/* Labels with their lengths before them, as in DNS. */
static void put_apn(struct packet *p, struct cursor *c)
{
    uint32_t at = c->pos, n = cursor_left(c), used = 0;
    const uint8_t *b = cursor_take(c, n);
    char text[256];
    if (b == NULL || n >= sizeof text)
        return;
    for (uint32_t i = 0; i < n;) {
        uint32_t size = b[i++];
        if (used > 0)
            text[used++] = '.';
        for (; size > 0 && i < n; size--)
            text[used++] = (char)b[i++];
    }
    text[used] = 0;
    put_string(p, c, APN, at, n, packet_text(p, "%s", text));
}

/* Quarters of an hour, in swapped digits, with the sign in the first (3GPP TS 23.040,
 * section 9.2.3.11). */
static void put_timezone(struct packet *p, struct cursor *c)
{
    uint8_t v = cursor_u8(c);
    if (c->fault == CURSOR_OK) {
        int quarters = (v & 7) * 10 + (v >> 4);
        put_uint(p, c, TIMEZONE, c->pos - 1, 1, (uint8_t)((v & 8) != 0 ? -quarters : quarters));
    }
    if (cursor_left(c) > 0)
        put_bits_u8(p, c, TIMEZONE_DST, 1);
}

static void put_charging(struct packet *p, struct cursor *c)
{
    uint16_t v = put_u16(p, c, CHRG_CHAR);
    uint32_t tree = tree_begin(p, CHRG_CHAR);
    if (c->fault == CURSOR_OK)
        put_flags(p, c, CHRG_CHAR_S, 6, c->pos - 2, 2, v);
    tree_end(p, tree);
}

/* The value alone, but the item takes the type in, as Wireshark's do. */
static void put_value(struct packet *p, struct cursor *c, unsigned field, uint32_t n)
{
    uint64_t v = 0;
    uint32_t at = c->pos - 1;
    for (uint32_t i = 0; i < n; i++)
        v = v << 8 | cursor_u8(c);
    if (c->fault == CURSOR_OK)
        put_uint(p, c, field, at, n + 1, v);
}

static const struct {
    uint8_t type, length;
    uint16_t field;
} plain_elements[] = {
    {CAUSE_IE, 1, CAUSE},         {PTMSI_IE, 4, PTMSI},       {REORDER_IE, 1, REORDER},
    {PTMSI_SIG_IE, 3, PTMSI_SIG}, {RECOVERY_IE, 1, RECOVERY}, {TEID_DATA_IE, 4, TEID_DATA},
    {TEID_CP_IE, 4, TEID_CP},     {TEARDOWN_IE, 1, TEAR_IND}, {CHARGING_ID_IE, 4, CHRG_ID}};

static void put_fixed(struct packet *p, struct cursor *c, uint8_t type)
{
    for (size_t i = 0; i < sizeof plain_elements / sizeof *plain_elements; i++) {
        if (plain_elements[i].type != type)
            continue;
        uint8_t v = *cursor_peek(c, 0, 1);
        if (type == REORDER_IE || type == TEARDOWN_IE) {
            put_uint(p, c, plain_elements[i].field, c->pos - 1, 2, v & 1);
            return;
        }
        put_value(p, c, plain_elements[i].field, plain_elements[i].length);
        return;
    }
    if (type == RAI_IE) {
        cursor_skip(c, 3);
        (void)put_u16(p, c, LAC);
        (void)put_u8(p, c, RAI_RAC);
    } else if (type == SELECTION_IE) {
        put_bits_u8(p, c, SEL_MODE, 1);
    } else if (type == NSAPI_IE) {
        put_bits_u8(p, c, NSAPI, 1);
    } else if (type == CHARGING_IE) {
        put_charging(p, c);
    }
}

/* What PPP would negotiate, packet by packet, in containers (3GPP TS 24.008, section 10.5.6.3). */
static void put_protocol_options(struct packet *p, struct cursor *c)
{
    cursor_skip(c, 1);
    while (cursor_left(c) >= 3 && c->fault == CURSOR_OK) {
        uint16_t protocol = cursor_u16(c);
        struct cursor container = cursor_part(c, cursor_u8(c));
        if (protocol >= FIRST_PPP_CONTROL && cursor_left(&container) > 0)
            (void)next_inside(p, &container, GTP_PPP_TABLE, protocol);
    }
}

static void put_variable(struct packet *p, struct cursor *c, uint8_t type)
{
    switch (type) {
    case END_USER_IE:
        put_end_user(p, c);
        break;
    case APN_IE:
        put_apn(p, c);
        break;
    case PCO_IE:
        put_protocol_options(p, c);
        break;
    case GSN_IE:
        if (cursor_left(c) == 4)
            (void)put_ipv4(p, c, GSN_IPV4);
        else if (cursor_left(c) == 16)
            (void)put_bytes(p, c, GSN_IPV6, 16);
        break;
    case QOS_IE:
        put_qos(p, c);
        break;
    case RAT_IE:
        (void)put_u8(p, c, EXT_RAT_TYPE);
        break;
    case TIMEZONE_IE:
        put_timezone(p, c);
        break;
    case GATEWAY_IE:
        if (cursor_left(c) == 4)
            (void)put_ipv4(p, c, CHRG_IPV4);
        break;
    case PRIVATE_IE:
        (void)put_u16(p, c, EXT_ID);
        (void)put_bytes(p, c, EXT_VAL, cursor_left(c));
        break;
    default:
        break;
    }
}

/* What the length of an element is called. */
static unsigned length_field(uint8_t type)
{
    switch (type) {
    case APN_IE:
        return APN_LENGTH;
    case GSN_IE:
        return GSN_ADDRESS_LENGTH;
    case QOS_IE:
        return QOS_UMTS_LENGTH;
    case END_USER_IE:
    case PCO_IE:
    case MSISDN_IE:
        return LENGTH;
    default:
        return EXT_LENGTH;
    }
}

static void put_element_v0(struct packet *p, struct cursor *c, uint8_t type)
{
    if (type == V0_QOS)
        put_qos_short(p, c);
    else
        put_value(p, c, type == V0_FLOW_DATA ? EXT_FLOW_LABEL : FLOW_SIG, V0_FLOW_LENGTH);
}

void gtp_put_elements(struct packet *p, struct cursor *c, uint8_t version)
{
    while (cursor_left(c) > 0) {
        uint8_t type = cursor_u8(c);
        bool old =
            version == 0 && (type == V0_QOS || type == V0_FLOW_DATA || type == V0_FLOW_SIGNALLING);
        uint32_t length = old ? (type == V0_QOS ? V0_QOS_LENGTH : V0_FLOW_LENGTH) : 0;
        if (type >= 128)
            length = put_u16(p, c, length_field(type));
        else if (!old)
            length = fixed_lengths[type];
        if ((type < 128 && length == 0) || c->fault != CURSOR_OK)
            return;
        if (cursor_captured(c) < length) {
            cursor_skip(c, length);
            return;
        }
        struct cursor e = *c;
        cursor_trim(&e, length);
        if (old)
            put_element_v0(p, &e, type);
        else if (type < 128)
            put_fixed(p, &e, type);
        else
            put_variable(p, &e, type);
        cursor_skip(c, length);
    }
}
