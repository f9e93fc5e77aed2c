/*
 * capwap: Control And Provisioning of Wireless Access Points (RFC 5415, and for IEEE 802.11 RFC
 * 5416), control on one port and data on another.
 *
 *     | preamble 1: version 4 bits, type 4 | length 5 bits, radio 5, binding 5, T F L W M K,
 * reserved 3 | | fragment 2 | offset 13 bits, reserved 3 | radio MAC | wireless information |
 * padding to the length | control: | message type 4 | sequence 1 | length 2 | flags 1 | elements: |
 * type 2 | length 2 | value |
 */
#include "dissect/packet.h"

static const struct value_name preamble_type_names[] = {VALUE(0, "CAPWAP Header"),
                                                        VALUE(1, "CAPWAP DTLS Header"), VALUES_END};
static const struct value_name header_wbid_names[] = {VALUE(0, "Reserved"), VALUE(1, "IEEE 802.11"),
                                                      VALUE(2, "IEEE 802.16"),
                                                      VALUE(3, "EPCGlobal"), VALUES_END};
static const struct value_name header_flags_t_names[] = {
    VALUE(0, "IEEE 802.3 frame"), VALUE(1, "Native frame format (see Wireless Binding ID field)"),
    VALUES_END};
static const struct value_name header_flags_f_names[] = {VALUE(0, "Don't Fragment"),
                                                         VALUE(1, "Fragmented"), VALUES_END};
static const struct value_name header_flags_l_names[] = {
    VALUE(0, "More fragments follow"), VALUE(1, "This is the last fragment"), VALUES_END};
static const struct value_name header_flags_w_names[] = {
    VALUE(0, "No Wireless Specific Information"),
    VALUE(1, "Wireless Specific Information is present"), VALUES_END};
static const struct value_name header_flags_m_names[] = {
    VALUE(0, "No Radio MAC Address"), VALUE(1, "Radio MAC Address is present"), VALUES_END};
static const struct value_name header_flags_k_names[] = {VALUE(0, "No Keep-Alive"),
                                                         VALUE(1, "Keep-Alive Packet"), VALUES_END};
static const struct value_name control_header_message_type_enterprise_specific_names[] = {
    VALUE(1, "Discovery Request"),
    VALUE(2, "Discovery Response"),
    VALUE(3, "Join Request"),
    VALUE(4, "Join Response"),
    VALUE(5, "Configuration Status Request"),
    VALUE(6, "Configuration Status Response"),
    VALUE(7, "Configuration Update Request"),
    VALUE(8, "Configuration Update Response"),
    VALUE(9, "WTP Event Request"),
    VALUE(10, "WTP Event Response"),
    VALUE(11, "Change State Request"),
    VALUE(12, "Change State Response"),
    VALUE(13, "Echo Request"),
    VALUE(14, "Echo Response"),
    VALUE(15, "Image Data Request"),
    VALUE(16, "Image Data Response"),
    VALUE(17, "Reset Request"),
    VALUE(18, "Reset Response"),
    VALUE(19, "Primary Discovery Request"),
    VALUE(20, "Primary Discovery Response"),
    VALUE(21, "Data Transfer Request"),
    VALUE(22, "Data Transfer Response"),
    VALUE(23, "Clear Configuration Request"),
    VALUE(24, "Clear Configuration Response"),
    VALUE(25, "Station Configuration Request"),
    VALUE(26, "Station Configuration Response"),
    VALUE(0x33dd01, "IEEE 802.11 WLAN Configuration Request"),
    VALUE(0x33dd02, "IEEE 802.11 WLAN Configuration Response"),
    VALUES_END};
static const struct value_name control_message_element_discovery_type_names[] = {
    VALUE(0, "Unknown"), VALUE(1, "Static Configuration"), VALUE(2, "DHCP"),
    VALUE(3, "DNS"),     VALUE(4, "AC Referral"),          VALUES_END};

#define FIELDS(X)                                                                                  \
    X(PREAMBLE, "capwap.preamble", "Preamble", NONE, NONE, 0, NULL)                                \
    X(PREAMBLE_VERSION, "capwap.preamble.version", "Version", UINT8, DEC, 0xf0, NULL)              \
    X(PREAMBLE_TYPE, "capwap.preamble.type", "Type", UINT8, DEC, 0xf, preamble_type_names)         \
    X(PREAMBLE_RESERVED, "capwap.preamble.reserved", "Reserved", UINT24, DEC, 0, NULL)             \
    X(HEADER, "capwap.header", "Header", NONE, NONE, 0, NULL)                                      \
    X(HEADER_LENGTH, "capwap.header.length", "Header Length", UINT24, DEC, 0xf80000, NULL)         \
    X(HEADER_RID, "capwap.header.rid", "Radio ID", UINT24, DEC, 0x7c000, NULL)                     \
    X(HEADER_WBID, "capwap.header.wbid", "Wireless Binding ID", UINT24, DEC, 0x3e00,               \
      header_wbid_names)                                                                           \
    X(HEADER_FLAGS, "capwap.header.flags", "Header Flags", UINT24, HEX, 0x1ff, NULL)               \
    X(HEADER_FLAGS_T, "capwap.header.flags.t", "Payload Type", BOOLEAN, 24, 0x100,                 \
      header_flags_t_names)                                                                        \
    X(HEADER_FLAGS_F, "capwap.header.flags.f", "Fragment", BOOLEAN, 24, 0x80,                      \
      header_flags_f_names)                                                                        \
    X(HEADER_FLAGS_L, "capwap.header.flags.l", "Last Fragment", BOOLEAN, 24, 0x40,                 \
      header_flags_l_names)                                                                        \
    X(HEADER_FLAGS_W, "capwap.header.flags.w", "Wireless header", BOOLEAN, 24, 0x20,               \
      header_flags_w_names)                                                                        \
    X(HEADER_FLAGS_M, "capwap.header.flags.m", "Radio MAC header", BOOLEAN, 24, 0x10,              \
      header_flags_m_names)                                                                        \
    X(HEADER_FLAGS_K, "capwap.header.flags.k", "Keep-Alive", BOOLEAN, 24, 0x8,                     \
      header_flags_k_names)                                                                        \
    X(HEADER_FLAGS_R, "capwap.header.flags.r", "Reserved", UINT24, HEX, 0x7, NULL)                 \
    X(HEADER_FRAGMENT_ID, "capwap.header.fragment.id", "Fragment ID", UINT16, DEC, 0, NULL)        \
    X(HEADER_FRAGMENT_OFFSET, "capwap.header.fragment.offset", "Fragment Offset", UINT16, DEC,     \
      0xfff8, NULL)                                                                                \
    X(HEADER_FRAGMENT_RESERVED, "capwap.header.fragment.reserved", "Reserved", UINT16, DEC, 0x7,   \
      NULL)                                                                                        \
    X(HEADER_MAC_LENGTH, "capwap.header.mac.length", "MAC length", UINT8, DEC, 0, NULL)            \
    X(HEADER_MAC_EUI48, "capwap.header.mac.eui48", "MAC address", ETHER, NONE, 0, NULL)            \
    X(HEADER_MAC_EUI64, "capwap.header.mac.eui64", "MAC address", EUI64, NONE, 0, NULL)            \
    X(HEADER_MAC_DATA, "capwap.header.mac.data", "MAC address", BYTES, NONE, 0, NULL)              \
    X(HEADER_WIRELESS_LENGTH, "capwap.header.wireless.length", "Wireless length", UINT8, DEC, 0,   \
      NULL)                                                                                        \
    X(HEADER_WIRELESS_DATA, "capwap.header.wireless.data", "Wireless data", BYTES, NONE, 0, NULL)  \
    X(HEADER_WIRELESS_DATA_IEEE80211_FI, "capwap.header.wireless.data.ieee80211.fi",               \
      "Wireless data ieee80211 Frame Info", BYTES, NONE, 0, NULL)                                  \
    X(HEADER_WIRELESS_DATA_IEEE80211_FI_RSSI, "capwap.header.wireless.data.ieee80211.fi.rssi",     \
      "Wireless data ieee80211 RSSI (dBm)", INT8, DEC, 0, NULL)                                    \
    X(HEADER_WIRELESS_DATA_IEEE80211_FI_SNR, "capwap.header.wireless.data.ieee80211.fi.snr",       \
      "Wireless data ieee80211 SNR (dB)", UINT8, DEC, 0, NULL)                                     \
    X(HEADER_WIRELESS_DATA_IEEE80211_FI_DATA_RATE,                                                 \
      "capwap.header.wireless.data.ieee80211.fi.data_rate",                                        \
      "Wireless data ieee80211 Data Rate (Mbps)", UINT16, DEC, 0, NULL)                            \
    X(HEADER_WIRELESS_DATA_IEEE80211_DW, "capwap.header.wireless.data.ieee80211.dw",               \
      "Wireless data ieee80211 Destination WLANs", BYTES, NONE, 0, NULL)                           \
    X(HEADER_WIRELESS_DATA_IEEE80211_DW_WLAN_ID_BITMAP,                                            \
      "capwap.header.wireless.data.ieee80211.dw.wlan_id_bitmap",                                   \
      "Wireless data ieee80211 Destination Wlan Id bitmap", UINT16, DEC, 0, NULL)                  \
    X(HEADER_WIRELESS_DATA_IEEE80211_DW_RESERVED,                                                  \
      "capwap.header.wireless.data.ieee80211.dw.reserved",                                         \
      "Wireless data ieee80211 Destination Wlan reserved", UINT16, DEC, 0, NULL)                   \
    X(HEADER_PADDING, "capwap.header.padding", "Padding for 4 Byte Alignment", BYTES, NONE, 0,     \
      NULL)                                                                                        \
    X(CONTROL_HEADER, "capwap.control.header", "Control Header", NONE, NONE, 0, NULL)              \
    X(CONTROL_HEADER_MESSAGE_TYPE, "capwap.control.header.message_type", "Message Type", UINT32,   \
      DEC, 0, NULL)                                                                                \
    X(CONTROL_HEADER_MESSAGE_TYPE_ENTERPRISE_NUMBER,                                               \
      "capwap.control.header.message_type.enterprise_number", "Message Type (Enterprise Number)",  \
      UINT24, DEC, 0, NULL)                                                                        \
    X(CONTROL_HEADER_MESSAGE_TYPE_ENTERPRISE_SPECIFIC,                                             \
      "capwap.control.header.message_type.enterprise_specific",                                    \
      "Message Type (Enterprise Specific)", UINT32, DEC, 0,                                        \
      control_header_message_type_enterprise_specific_names)                                       \
    X(CONTROL_HEADER_SEQUENCE_NUMBER, "capwap.control.header.sequence_number", "Sequence Number",  \
      UINT8, DEC, 0, NULL)                                                                         \
    X(CONTROL_HEADER_MESSAGE_ELEMENT_LENGTH, "capwap.control.header.message_element_length",       \
      "Message Element Length", UINT16, DEC, 0, NULL)                                              \
    X(CONTROL_HEADER_FLAGS, "capwap.control.header.flags", "Flags", UINT8, DEC, 0, NULL)           \
    X(MESSAGE_ELEMENT, "capwap.message_element", "Message Element", NONE, NONE, 0, NULL)           \
    X(MESSAGE_ELEMENT_TYPE, "capwap.message_element.type", "Type", UINT16, DEC, 0, NULL)           \
    X(MESSAGE_ELEMENT_LENGTH, "capwap.message_element.length", "Length", UINT16, DEC, 0, NULL)     \
    X(MESSAGE_ELEMENT_VALUE, "capwap.message_element.value", "Value", BYTES, NONE, 0, NULL)        \
    X(CONTROL_MESSAGE_ELEMENT_AC_NAME, "capwap.control.message_element.ac_name", "AC Name",        \
      STRING, NONE, 0, NULL)                                                                       \
    X(CONTROL_MESSAGE_ELEMENT_DISCOVERY_TYPE, "capwap.control.message_element.discovery_type",     \
      "Discovery Type", UINT8, DEC, 0, control_message_element_discovery_type_names)               \
    X(CONTROL_MESSAGE_ELEMENT_LOCATION_DATA, "capwap.control.message_element.location_data",       \
      "Location Data", STRING, NONE, 0, NULL)                                                      \
    X(CONTROL_MESSAGE_ELEMENT_WTP_NAME, "capwap.control.message_element.wtp_name", "WTP Name",     \
      STRING, NONE, 0, NULL)                                                                       \
    X(HEADER_LENGTH_BAD, "capwap.header.length.bad", "Wrong calculate length =! header length",    \
      NONE, NONE, 0, NULL)                                                                         \
    X(MESSAGE_ELEMENT_LENGTH_BAD, "capwap.message_element.length.bad",                             \
      "Bad Message Element length", NONE, NONE, 0, NULL)                                           \
    X(MESSAGE_ELEMENT_TYPE_UNDECODED, "capwap.message_element.type.undecoded",                     \
      "Dissector for CAPWAP message element Type not implemented, Contact Wireshark developers "   \
      "if you want this supported",                                                                \
      NONE, NONE, 0, NULL)                                                                         \
    X(MESSAGE_ELEMENT_TYPE_FORTINET_UNDECODED, "capwap.message_element.type.fortinet.undecoded",   \
      "Dissector for CAPWAP message element Fortinet Type not implemented", NONE, NONE, 0, NULL)

FIELD_TABLE(FIELDS);

enum { BELOW_TABLE, WLAN_TABLE };
enum { WLAN_SWAPPED = 2 }; /* access points send the frame control with its bytes swapped */
enum { BELOW_DTLS, BELOW_ETHERNET = 2 };
enum {
    PREAMBLE_DTLS = 1,
    FLAG_T = 0x100,
    FLAG_F = 0x80,
    FLAG_W = 0x20,
    FLAG_M = 0x10,
    FLAG_K = 8,
    BINDING_80211 = 1,
    DATA_PORT = 5247
};
enum { E_AC_NAME = 4, E_DISCOVERY = 20, E_LOCATION = 28, E_WTP_NAME = 45 };

/* Returns its type. */
static uint8_t put_preamble(struct packet *p, struct cursor *c)
{
    put_data(p, c, PREAMBLE, c->pos, 1, "", 0);
    uint32_t tree = tree_begin(p, PREAMBLE);
    uint8_t v = cursor_u8(c);
    if (c->fault == CURSOR_OK)
        put_flags(p, c, PREAMBLE_VERSION, 2, c->pos - 1, 1, v);
    if ((v & 15) == PREAMBLE_DTLS)
        (void)put_u24(p, c, PREAMBLE_RESERVED);
    tree_end(p, tree);
    return v & 15;
}

/* RFC 5416, section 4: four bytes, whatever their length says, that mean one thing on the way to a
 * station and another on the way from it. */
static void put_wireless(struct packet *p, struct cursor *c)
{
    bool to_station = p->src_port == DATA_PORT;
    unsigned group =
        to_station ? HEADER_WIRELESS_DATA_IEEE80211_DW : HEADER_WIRELESS_DATA_IEEE80211_FI;
    struct cursor whole = *c;
    (void)put_bytes(p, &whole, group, 4);
    uint32_t tree = tree_begin(p, group);
    if (to_station) {
        (void)put_u16(p, c, HEADER_WIRELESS_DATA_IEEE80211_DW_WLAN_ID_BITMAP);
        (void)put_u16(p, c, HEADER_WIRELESS_DATA_IEEE80211_DW_RESERVED);
    } else {
        (void)put_u8(p, c, HEADER_WIRELESS_DATA_IEEE80211_FI_RSSI);
        (void)put_u8(p, c, HEADER_WIRELESS_DATA_IEEE80211_FI_SNR);
        (void)put_u16(p, c, HEADER_WIRELESS_DATA_IEEE80211_FI_DATA_RATE);
    }
    tree_end(p, tree);
}

/* The address is padded so that it and its length fill words; so is what wireless information there
 * is. */
static void put_optional(struct packet *p, struct cursor *c, uint32_t start, uint32_t bits)
{
    if ((bits & FLAG_M) != 0) {
        uint8_t length = put_u8(p, c, HEADER_MAC_LENGTH);
        if (length == 6)
            (void)put_bytes(p, c, HEADER_MAC_EUI48, 6);
        else if (length == 8)
            (void)put_bytes(p, c, HEADER_MAC_EUI64, 8);
        else
            (void)put_bytes(p, c, HEADER_MAC_DATA, length);
        uint32_t padding = (4 - (c->pos - start) % 4) % 4;
        if (padding > 0)
            (void)put_bytes(p, c, HEADER_PADDING, padding);
    }
    if ((bits & FLAG_W) == 0)
        return;
    uint8_t length = put_u8(p, c, HEADER_WIRELESS_LENGTH);
    const uint8_t *b = put_bytes(p, c, HEADER_WIRELESS_DATA, length);
    uint32_t padding = (4 - (c->pos - start) % 4) % 4, data = c->pos - length;
    struct cursor info = *c;
    info.pos = data;
    if (b != NULL && (bits >> 9 & 31) == BINDING_80211)
        put_wireless(p, &info);
    if (padding > 0)
        (void)put_bytes(p, c, HEADER_PADDING, padding);
}
/* Returns its 24 bits of lengths and flags. `start` is where the preamble lies. */
static uint32_t put_header(struct packet *p, struct cursor *c, uint32_t start)
{
    uint32_t at = c->pos;
    put_data(p, c, HEADER, at, 7, "", 0);
    uint32_t tree = tree_begin(p, HEADER);
    const uint8_t *b = cursor_take(c, 3);
    uint32_t bits = b == NULL ? 0 : be24(b);
    if (b != NULL) {
        put_bits(p, c, HEADER_LENGTH, at, 3, bits);
        put_bits(p, c, HEADER_RID, at, 3, bits);
        put_bits(p, c, HEADER_WBID, at, 3, bits);
        put_uint(p, c, HEADER_FLAGS, at, 3, bits & 0x1ff);
        uint32_t under = tree_begin(p, HEADER_FLAGS);
        put_flags(p, c, HEADER_FLAGS_T, 7, at, 3, bits);
        tree_end(p, under);
    }
    (void)put_u16(p, c, HEADER_FRAGMENT_ID);
    uint16_t offset = cursor_u16(c);
    if (c->fault == CURSOR_OK) {
        put_bits(p, c, HEADER_FRAGMENT_OFFSET, c->pos - 2, 2, offset);
        put_bits(p, c, HEADER_FRAGMENT_RESERVED, c->pos - 2, 2, offset);
    }
    put_optional(p, c, start, bits);
    uint32_t length = (bits >> 19) * 4, used = c->pos - start;
    if (c->fault == CURSOR_OK && length != used)
        put_malformed(p, c, HEADER_LENGTH_BAD);
    if (c->fault == CURSOR_OK && length > used)
        cursor_skip(c, length - used);
    tree_end(p, tree);
    return bits;
}

static void put_element(struct packet *p, struct cursor *c)
{
    const uint8_t *head = cursor_peek(c, 0, 4);
    uint32_t n = head == NULL ? 4 : 4u + be16(head + 2);
    put_data(p, c, MESSAGE_ELEMENT, c->pos, n, "", 0);
    uint32_t tree = tree_begin(p, MESSAGE_ELEMENT);
    uint16_t type = put_u16(p, c, MESSAGE_ELEMENT_TYPE),
             length = put_u16(p, c, MESSAGE_ELEMENT_LENGTH);
    struct cursor v = *c;
    const uint8_t *value = put_bytes(p, c, MESSAGE_ELEMENT_VALUE, length);
    cursor_trim(&v, length);
    if (value != NULL && type == E_DISCOVERY)
        (void)put_u8(p, &v, CONTROL_MESSAGE_ELEMENT_DISCOVERY_TYPE);
    else if (value != NULL && type == E_AC_NAME)
        (void)put_bytes(p, &v, CONTROL_MESSAGE_ELEMENT_AC_NAME, length);
    tree_end(p, tree);
}

static void put_control(struct packet *p, struct cursor *c)
{
    put_data(p, c, CONTROL_HEADER, c->pos, 8, "", 0);
    uint32_t tree = tree_begin(p, CONTROL_HEADER);
    uint32_t type = put_u32(p, c, CONTROL_HEADER_MESSAGE_TYPE);
    uint32_t under = tree_begin(p, CONTROL_HEADER_MESSAGE_TYPE);
    put_uint(p, c, CONTROL_HEADER_MESSAGE_TYPE_ENTERPRISE_NUMBER, c->pos - 4, 3, type >> 8);
    put_uint(p, c, CONTROL_HEADER_MESSAGE_TYPE_ENTERPRISE_SPECIFIC, c->pos - 4, 4, type & 255);
    tree_end(p, under);
    (void)put_u8(p, c, CONTROL_HEADER_SEQUENCE_NUMBER);
    uint16_t length = put_u16(p, c, CONTROL_HEADER_MESSAGE_ELEMENT_LENGTH);
    (void)put_u8(p, c, CONTROL_HEADER_FLAGS);
    tree_end(p, tree);
    if (c->fault != CURSOR_OK || length < 3)
        return;
    cursor_trim(c, length - 3u);
    put_data(p, c, MESSAGE_ELEMENT, c->pos, cursor_left(c), "", 0);
    tree = tree_begin(p, MESSAGE_ELEMENT);
    while (cursor_left(c) > 0 && c->fault == CURSOR_OK)
        put_element(p, c);
    tree_end(p, tree);
}

static bool put_beginning(struct packet *p, struct cursor *c, uint32_t *bits)
{
    uint32_t start = c->pos;
    if (put_preamble(p, c) == PREAMBLE_DTLS) {
        if (c->fault == CURSOR_OK && !next(p, c, BELOW_TABLE, BELOW_DTLS))
            cursor_skip(c, cursor_captured(c));
        return false;
    }
    *bits = put_header(p, c, start);
    return c->fault == CURSOR_OK;
}

static void dissect(struct packet *p, struct cursor *c)
{
    uint32_t bits = 0;
    if (put_beginning(p, c, &bits))
        put_control(p, c);
}

static void dissect_data(struct packet *p, struct cursor *c)
{
    uint32_t bits = 0;
    if (!put_beginning(p, c, &bits))
        return;
    if ((bits & FLAG_K) != 0 || (bits & FLAG_F) != 0) {
        next_data(p, c);
        return;
    }
    if (!((bits & FLAG_T) != 0 ? next(p, c, WLAN_TABLE, WLAN_SWAPPED)
                               : next(p, c, BELOW_TABLE, BELOW_ETHERNET)))
        next_data(p, c);
}

static const char *const tables[] = {"capwap.below", "wlan.frame", NULL};
static const struct binding bindings[] = {{"udp.port", 5246}, {NULL, 0}};
static const struct binding data_bindings[] = {{"udp.port", 5247}, {NULL, 0}};

const struct protocol proto_capwap = {.name = "capwap",
                                      .title = "Control And Provisioning of Wireless Access Points",
                                      .column = "CAPWAP-Control",
                                      FIELDS_OF_THIS_FILE,
                                      .tables = tables,
                                      .bindings = bindings,
                                      .dissect = dissect};
const struct protocol proto_capwap_data = {
    .name = "capwap.data",
    .title = "Control And Provisioning of Wireless Access Points - Data",
    .column = "CAPWAP-Data",
    .fields_of = &proto_capwap,
    .tables = tables,
    .bindings = data_bindings,
    .dissect = dissect_data};
