/*
 * lldp: the Link Layer Discovery Protocol (IEEE 802.1AB-2016, clauses 8 and 9), with some of the
 * TLVs of IEEE 802.1 and 802.3.
 *
 *     | type 7 bits | length 9 bits | value ... |, again and again until type 0
 */
#include "dissect/packet.h"

static const struct value_name tlv_names[] = {VALUE(0, "End of LLDPDU"),
                                              VALUE(1, "Chassis Id"),
                                              VALUE(2, "Port Id"),
                                              VALUE(3, "Time to Live"),
                                              VALUE(4, "Port Description"),
                                              VALUE(5, "System Name"),
                                              VALUE(6, "System Description"),
                                              VALUE(7, "System Capabilities"),
                                              VALUE(8, "Management Address"),
                                              VALUE(127, "Organization Specific"),
                                              VALUES_END};
static const struct value_name chassis_names[] = {
    VALUE(0, "Reserved"),       VALUE(1, "Chassis component"), VALUE(2, "Interface alias"),
    VALUE(3, "Port component"), VALUE(4, "MAC address"),       VALUE(5, "Network address"),
    VALUE(6, "Interface name"), VALUE(7, "Locally assigned"),  VALUES_END};
static const struct value_name port_names[] = {
    VALUE(0, "Reserved"),         VALUE(1, "Interface alias"),  VALUE(2, "Port component"),
    VALUE(3, "MAC address"),      VALUE(4, "Network address"),  VALUE(5, "Interface name"),
    VALUE(6, "Agent circuit Id"), VALUE(7, "Locally assigned"), VALUES_END};
static const struct value_name capable_names[] = {VALUE(0, "Not capable"), VALUE(1, "Capable"),
                                                  VALUES_END};
static const struct value_name interface_names[] = {VALUE(1, "Unknown"), VALUE(2, "ifIndex"),
                                                    VALUE(3, "System port number"), VALUES_END};
static const struct value_name dot1_names[] = {VALUE(0x01, "Port VLAN ID"),
                                               VALUE(0x02, "Port and Protocol VLAN ID"),
                                               VALUE(0x03, "VLAN Name"),
                                               VALUE(0x04, "Protocol Identity"),
                                               VALUE(0x05, "VID Usage Digest"),
                                               VALUE(0x06, "Management VID"),
                                               VALUE(0x07, "Link Aggregation"),
                                               VALUE(0x08, "Congestion Notification"),
                                               VALUE(0x09, "ETS Configuration"),
                                               VALUE(0x0a, "ETS Recommendation"),
                                               VALUE(0x0b, "Priority Flow Control Configuration"),
                                               VALUE(0x0c, "Application Protocol"),
                                               VALUES_END};
static const struct value_name dot3_names[] = {
    VALUE(0x01, "MAC/PHY Configuration/Status"),
    VALUE(0x02, "Power Via MDI"),
    VALUE(0x03, "Link Aggregation"),
    VALUE(0x04, "Maximum Frame Size"),
    VALUE(0x05, "EEE (Energy-Efficient Ethernet)"),
    VALUE(0x07, "IEEE 802.3br Additional Ethernet capabilities"),
    VALUES_END};

#define CAPABILITIES(X, ID, name)                                                                  \
    X(ID##_OTHER, name ".other", "Other", BOOLEAN, 16, 0x0001, capable_names)                      \
    X(ID##_REPEATER, name ".repeater", "Repeater", BOOLEAN, 16, 0x0002, capable_names)             \
    X(ID##_BRIDGE, name ".bridge", "Bridge", BOOLEAN, 16, 0x0004, capable_names)                   \
    X(ID##_WLAN, name ".wlan_access_pt", "WLAN access point", BOOLEAN, 16, 0x0008, capable_names)  \
    X(ID##_ROUTER, name ".router", "Router", BOOLEAN, 16, 0x0010, capable_names)                   \
    X(ID##_TELEPHONE, name ".telephone", "Telephone", BOOLEAN, 16, 0x0020, capable_names)          \
    X(ID##_DOCSIS, name ".docsis_cable_device", "DOCSIS cable device", BOOLEAN, 16, 0x0040,        \
      capable_names)                                                                               \
    X(ID##_STATION, name ".station_only", "Station only", BOOLEAN, 16, 0x0080, capable_names)

/* Of an identifier there are four fields in a row: text or bytes, MAC, IPv4, IPv6. */
#define FIELDS(X)                                                                                  \
    X(TLV_TYPE, "lldp.tlv.type", "TLV Type", UINT16, DEC, 0xfe00, tlv_names)                       \
    X(TLV_LENGTH, "lldp.tlv.len", "TLV Length", UINT16, DEC, 0x01ff, NULL)                         \
    X(CHASSIS, "lldp.chassis.subtype", "Chassis Id Subtype", UINT8, DEC, 0, chassis_names)         \
    X(CHASSIS_ID, "lldp.chassis.id", "Chassis Id", BYTES, NONE, 0, NULL)                           \
    X(CHASSIS_MAC, "lldp.chassis.id.mac", "Chassis Id", ETHER, NONE, 0, NULL)                      \
    X(CHASSIS_IP4, "lldp.chassis.id.ip4", "Chassis Id", IPv4, NONE, 0, NULL)                       \
    X(CHASSIS_IP6, "lldp.chassis.id.ip6", "Chassis Id", IPv6, NONE, 0, NULL)                       \
    X(PORT, "lldp.port.subtype", "Port Id Subtype", UINT8, DEC, 0, port_names)                     \
    X(PORT_ID, "lldp.port.id", "Port Id", STRING, NONE, 0, NULL)                                   \
    X(PORT_MAC, "lldp.port.id.mac", "Port Id", ETHER, NONE, 0, NULL)                               \
    X(PORT_IP4, "lldp.port.id.ip4", "Port Id", IPv4, NONE, 0, NULL)                                \
    X(PORT_IP6, "lldp.port.id.ip6", "Port Id", IPv6, NONE, 0, NULL)                                \
    X(TTL, "lldp.time_to_live", "Seconds", UINT16, DEC, 0, NULL)                                   \
    X(DESCRIPTION, "lldp.port.desc", "Port Description", STRING, NONE, 0, NULL)                    \
    X(NAME, "lldp.tlv.system.name", "System Name", STRING, NONE, 0, NULL)                          \
    X(SYSTEM, "lldp.tlv.system.desc", "System Description", STRING, NONE, 0, NULL)                 \
    X(CAP, "lldp.tlv.system_cap", "Capabilities", UINT16, HEX, 0, NULL)                            \
    CAPABILITIES(X, CAP, "lldp.tlv.system_cap")                                                    \
    X(ENABLED, "lldp.tlv.enable_system_cap", "Enabled Capabilities", UINT16, HEX, 0, NULL)         \
    CAPABILITIES(X, ENABLED, "lldp.tlv.enable_system_cap")                                         \
    X(M_LENGTH, "lldp.mgn.address.len", "Address String Length", UINT8, DEC, 0, NULL)              \
    X(M_SUBTYPE, "lldp.mgn.address.subtype", "Address Subtype", UINT8, DEC, 0, NULL)               \
    X(M_IP4, "lldp.mgn.addr.ip4", "Management Address", IPv4, NONE, 0, NULL)                       \
    X(M_IP6, "lldp.mgn.addr.ip6", "Management Address", IPv6, NONE, 0, NULL)                       \
    X(M_HEX, "lldp.mgn.addr.hex", "Management Address", BYTES, NONE, 0, NULL)                      \
    X(M_INTERFACE, "lldp.mgn.interface.subtype", "Interface Subtype", UINT8, DEC, 0,               \
      interface_names)                                                                             \
    X(M_NUMBER, "lldp.mgn.interface.number", "Interface Number", UINT32, DEC, 0, NULL)             \
    X(M_OID_LENGTH, "lldp.mgn.obj.len", "OID String Length", UINT8, DEC, 0, NULL)                  \
    X(OUI, "lldp.orgtlv.oui", "Organization Unique Code", UINT24, DEC, 0, NULL)                    \
    X(DOT1, "lldp.ieee.802_1.subtype", "IEEE 802.1 Subtype", UINT8, HEX, 0, dot1_names)            \
    X(PVID, "lldp.ieee.802_1.port_vlan.id", "Port VLAN Identifier", UINT16, DEC_HEX, 0, NULL)      \
    X(PPVID_FLAGS, "lldp.ieee.802_1.port_and_vlan_id_flag", "Flags", UINT8, HEX, 0, NULL)          \
    X(PPVID_SUPPORTED, "lldp.ieee.802_1.port_and_vlan_id_flag.supported",                          \
      "Port and Protocol VLAN", BOOLEAN, 8, 0x02, NULL)                                            \
    X(PPVID_ENABLED, "lldp.ieee.802_1.port_and_vlan_id_flag.enabled", "Port and Protocol VLAN",    \
      BOOLEAN, 8, 0x04, NULL)                                                                      \
    X(PPVID, "lldp.ieee.802_1.port_proto_vlan.id", "Port and Protocol VLAN Identifier", UINT16,    \
      DEC_HEX, 0, NULL)                                                                            \
    X(VLAN, "lldp.ieee.802_1.vlan.id", "VLAN Identifier", UINT16, DEC_HEX, 0, NULL)                \
    X(VLAN_LENGTH, "lldp.ieee.802_1.vlan.name_len", "VLAN Name Length", UINT8, DEC, 0, NULL)       \
    X(VLAN_NAME, "lldp.ieee.802_1.vlan.name", "VLAN Name", STRING, NONE, 0, NULL)                  \
    X(IDENTITY_LENGTH, "lldp.ieee.802_1.proto.id_length", "Protocol Identity Length", UINT8, DEC,  \
      0, NULL)                                                                                     \
    X(IDENTITY, "lldp.ieee.802_1.proto.id", "Protocol Identity", BYTES, NONE, 0, NULL)             \
    X(DOT3, "lldp.ieee.802_3.subtype", "IEEE 802.3 Subtype", UINT8, HEX, 0, dot3_names)            \
    X(FRAME_SIZE, "lldp.ieee.802_3.max_frame_size", "Maximum Frame Size", UINT16, DEC, 0, NULL)

FIELD_TABLE(FIELDS);

enum { OUI_DOT1 = 0x0080c2, OUI_DOT3 = 0x00120f };
enum { FAMILY_IPV4 = 1, FAMILY_IPV6 = 2 };

/* A chassis' or a port's identifier: `mac` is the subtype that is one; 5 is an address of the
 * network. */
static void put_identifier(struct packet *p, struct cursor *c, unsigned first, uint8_t subtype,
                           uint8_t mac)
{
    uint32_t n = cursor_left(c);
    const uint8_t *family = cursor_peek(c, 0, 1);
    bool address = subtype == (mac == 4 ? 5 : 4) && family != NULL;
    if (subtype == mac && n == 6) {
        (void)put_bytes(p, c, first + 1, 6);
    } else if (address && *family == FAMILY_IPV4 && n == 5) {
        cursor_skip(c, 1);
        (void)put_ipv4(p, c, first + 2);
    } else if (address && *family == FAMILY_IPV6 && n == 17) {
        cursor_skip(c, 1);
        (void)put_bytes(p, c, first + 3, 16);
    } else if (n > 0) {
        (void)put_bytes_captured(p, c, first, n);
    }
}

static void put_capabilities(struct packet *p, struct cursor *c, unsigned field)
{
    uint32_t at = c->pos;
    uint16_t bits = put_u16(p, c, field);
    uint32_t tree = tree_begin(p, field);
    if (c->fault == CURSOR_OK)
        put_flags(p, c, field + 1, 8, at, 2, bits);
    tree_end(p, tree);
}

static void put_management(struct packet *p, struct cursor *c)
{
    uint8_t length = put_u8(p, c, M_LENGTH);
    uint8_t family = put_u8(p, c, M_SUBTYPE);
    if (c->fault != CURSOR_OK)
        return;
    if (family == FAMILY_IPV4 && length == 5)
        (void)put_ipv4(p, c, M_IP4);
    else if (family == FAMILY_IPV6 && length == 17)
        (void)put_bytes(p, c, M_IP6, 16);
    else if (length > 1)
        (void)put_bytes(p, c, M_HEX, length - 1u);
    (void)put_u8(p, c, M_INTERFACE);
    (void)put_u32(p, c, M_NUMBER);
    (void)put_u8(p, c, M_OID_LENGTH);
}

static void put_dot1(struct packet *p, struct cursor *c)
{
    uint8_t subtype = put_u8(p, c, DOT1);
    if (subtype == 1) {
        (void)put_u16(p, c, PVID);
    } else if (subtype == 2) {
        uint32_t at = c->pos;
        uint8_t flags = put_u8(p, c, PPVID_FLAGS);
        uint32_t tree = tree_begin(p, PPVID_FLAGS);
        if (c->fault == CURSOR_OK)
            put_flags(p, c, PPVID_SUPPORTED, 2, at, 1, flags);
        tree_end(p, tree);
        (void)put_u16(p, c, PPVID);
    } else if (subtype == 3) {
        (void)put_u16(p, c, VLAN);
        uint8_t n = put_u8(p, c, VLAN_LENGTH);
        if (n > 0)
            (void)put_bytes(p, c, VLAN_NAME, n);
    } else if (subtype == 4) {
        uint8_t n = put_u8(p, c, IDENTITY_LENGTH);
        if (n > 0)
            (void)put_bytes(p, c, IDENTITY, n);
    }
}

static void put_organization(struct packet *p, struct cursor *c)
{
    uint64_t oui = put_uint_be(p, c, OUI, 3);
    if (oui == OUI_DOT1) {
        put_dot1(p, c);
    } else if (oui == OUI_DOT3) {
        uint8_t subtype = put_u8(p, c, DOT3);
        if (subtype == 4)
            (void)put_u16(p, c, FRAME_SIZE);
    }
}

static void put_value(struct packet *p, struct cursor *c, unsigned type)
{
    switch (type) {
    case 1:
        put_identifier(p, c, CHASSIS_ID, put_u8(p, c, CHASSIS), 4);
        break;
    case 2:
        put_identifier(p, c, PORT_ID, put_u8(p, c, PORT), 3);
        break;
    case 3:
        (void)put_u16(p, c, TTL);
        break;
    case 4:
        (void)put_bytes_captured(p, c, DESCRIPTION, cursor_left(c));
        break;
    case 5:
        (void)put_bytes_captured(p, c, NAME, cursor_left(c));
        break;
    case 6:
        (void)put_bytes_captured(p, c, SYSTEM, cursor_left(c));
        break;
    case 7:
        put_capabilities(p, c, CAP);
        put_capabilities(p, c, ENABLED);
        break;
    case 8:
        put_management(p, c);
        break;
    case 127:
        put_organization(p, c);
        break;
    default:
        break;
    }
    if (p->info.length == 0)
        info_set(p, "Link Layer Discovery Protocol");
}

static void dissect(struct packet *p, struct cursor *c)
{
    unsigned type = 1;
    info_set(p, "%s", "");
    while (type != 0 && cursor_left(c) > 0 && c->fault == CURSOR_OK) {
        const uint8_t *b = cursor_take(c, 2);
        if (b == NULL)
            return;
        uint32_t at = c->pos - 2, length = be16(b) & 0x1ffu;
        type = be16(b) >> 9;
        if (length > cursor_left(c)) {
            cursor_skip(c, length);
            return;
        }
        const char *name = value_name_find(tlv_names, type);
        uint32_t tree = tree_text(p, c, at, length + 2, "%s", name != NULL ? name : "Reserved");
        put_flags(p, c, TLV_TYPE, 2, at, 2, be16(b));
        struct cursor value = cursor_part(c, length);
        if (length > 0 && type != 0)
            put_value(p, &value, type);
        tree_end(p, tree);
        if (value.fault != CURSOR_OK)
            c->fault = value.fault;
    }
    if (c->fault == CURSOR_OK)
        cursor_trim(c, 0);
}

static const struct binding bindings[] = {{"ethertype", 0x88cc}, {"ethertype", 0x8942}, {NULL, 0}};

const struct protocol proto_lldp = {.name = "lldp",
                                    .title = "Link Layer Discovery Protocol",
                                    .column = "LLDP",
                                    FIELDS_OF_THIS_FILE,
                                    .bindings = bindings,
                                    .dissect = dissect};
