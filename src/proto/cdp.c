/*
 * cdp: Cisco's Discovery Protocol.
 *
 *     | version 1 | holding time 1 | checksum 2 | TLVs: | type 2 | length 2, these four included |
 * value |
 */
#include "dissect/checksum.h"
#include "dissect/packet.h"

static const struct value_name tlv_names[] = {VALUE(0x1, "Device ID"),
                                              VALUE(0x2, "Addresses"),
                                              VALUE(0x3, "Port ID"),
                                              VALUE(0x4, "Capabilities"),
                                              VALUE(0x5, "Software version"),
                                              VALUE(0x6, "Platform"),
                                              VALUE(0x7, "IP Prefix/Gateway (used for ODR)"),
                                              VALUE(0x8, "Protocol Hello"),
                                              VALUE(0x9, "VTP Management Domain"),
                                              VALUE(0xa, "Native VLAN"),
                                              VALUE(0xb, "Duplex"),
                                              VALUE(0xe, "VoIP VLAN Reply"),
                                              VALUE(0xf, "VoIP VLAN Query"),
                                              VALUE(0x10, "Power consumption"),
                                              VALUE(0x11, "MTU"),
                                              VALUE(0x12, "Trust Bitmap"),
                                              VALUE(0x13, "Untrusted Port CoS"),
                                              VALUE(0x14, "System Name"),
                                              VALUE(0x15, "System Object ID"),
                                              VALUE(0x16, "Management Address"),
                                              VALUE(0x17, "Location"),
                                              VALUE(0x18, "External Port-ID"),
                                              VALUE(0x19, "Power Requested"),
                                              VALUE(0x1a, "Power Available"),
                                              VALUE(0x1b, "Port Unidirectional"),
                                              VALUE(0x1d, "EnergyWise"),
                                              VALUE(0x1f, "Spare PoE"),
                                              VALUE(0x1000, "BSSID"),
                                              VALUE(0x1001, "Serial number"),
                                              VALUE(0x1002, "SSID"),
                                              VALUE(0x1003, "Radio1 channel"),
                                              VALUE(0x1006, "SNMP UDP port"),
                                              VALUE(0x1007, "Web TCP port"),
                                              VALUE(0x1008, "Source MAC address"),
                                              VALUE(0x1009, "Radio2 channel"),
                                              VALUE(0x100a, "Radio1 Operating mode"),
                                              VALUE(0x100b, "Radio2 Operating mode"),
                                              VALUE(0x100c, "Radio1 Radio mode"),
                                              VALUE(0x100d, "Radio2 Radio mode"),
                                              VALUES_END};
static const struct value_name status_names[] = CHECKSUM_STATUS_NAMES;
static const struct value_name yes_names[] = {VALUE(0, "No"), VALUE(1, "Yes"), VALUES_END};
static const struct value_name duplex_names[] = {VALUE(0, "Half"), VALUE(1, "Full"), VALUES_END};
static const struct value_name protocol_names[] = {VALUE(1, "NLPID"), VALUE(2, "802.2"),
                                                   VALUES_END};

#define FIELDS(X)                                                                                  \
    X(VERSION, "cdp.version", "Version", UINT8, DEC, 0, NULL)                                      \
    X(TTL, "cdp.ttl", "TTL", UINT8, DEC, 0, NULL)                                                  \
    X(CHECKSUM, "cdp.checksum", "Checksum", UINT16, HEX, 0, NULL)                                  \
    X(STATUS, "cdp.checksum.status", "Checksum Status", UINT8, DEC | GENERATED, 0, status_names)   \
    X(TLV_TYPE, "cdp.tlv.type", "Type", UINT16, HEX, 0, tlv_names)                                 \
    X(TLV_LENGTH, "cdp.tlv.len", "Length", UINT16, DEC, 0, NULL)                                   \
    X(DEVICE, "cdp.deviceid", "Device ID", STRING, NONE, 0, NULL)                                  \
    X(ADDRESSES, "cdp.number_of_addresses", "Number of addresses", UINT32, DEC, 0, NULL)           \
    X(PROTOCOL_TYPE, "cdp.protocol_type", "Protocol type", UINT8, HEX, 0, protocol_names)          \
    X(PROTOCOL_LENGTH, "cdp.protocol_length", "Protocol length", UINT8, DEC, 0, NULL)              \
    X(PROTOCOL, "cdp.protocol", "Protocol", BYTES, NONE, 0, NULL)                                  \
    X(ADDRESS_LENGTH, "cdp.address_length", "Address length", UINT16, DEC, 0, NULL)                \
    X(ADDRESS, "cdp.nrgyz.ip_address", "IP Address", IPv4, NONE, 0, NULL)                          \
    X(PORT, "cdp.portid", "Sent through Interface", STRING, NONE, 0, NULL)                         \
    X(CAP, "cdp.capabilities", "Capabilities", UINT32, HEX, 0, NULL)                               \
    X(CAP_ROUTER, "cdp.capabilities.router", "Router", BOOLEAN, 32, 0x001, yes_names)              \
    X(CAP_TRANSPARENT, "cdp.capabilities.trans_bridge", "Transparent Bridge", BOOLEAN, 32, 0x002,  \
      yes_names)                                                                                   \
    X(CAP_SOURCE, "cdp.capabilities.src_bridge", "Source Route Bridge", BOOLEAN, 32, 0x004,        \
      yes_names)                                                                                   \
    X(CAP_SWITCH, "cdp.capabilities.switch", "Switch", BOOLEAN, 32, 0x008, yes_names)              \
    X(CAP_HOST, "cdp.capabilities.host", "Host", BOOLEAN, 32, 0x010, yes_names)                    \
    X(CAP_IGMP, "cdp.capabilities.igmp_capable", "IGMP capable", BOOLEAN, 32, 0x020, yes_names)    \
    X(CAP_REPEATER, "cdp.capabilities.repeater", "Repeater", BOOLEAN, 32, 0x040, yes_names)        \
    X(CAP_PHONE, "cdp.capabilities.voip_phone", "VoIP Phone", BOOLEAN, 32, 0x080, yes_names)       \
    X(CAP_REMOTE, "cdp.capabilities.remote", "Remotely Managed Device", BOOLEAN, 32, 0x100,        \
      yes_names)                                                                                   \
    X(CAP_CVTA, "cdp.capabilities.cvta", "CVTA/STP Dispute Resolution/Cisco VT Camera", BOOLEAN,   \
      32, 0x200, yes_names)                                                                        \
    X(CAP_RELAY, "cdp.capabilities.mac_relay", "Two Port Mac Relay", BOOLEAN, 32, 0x400,           \
      yes_names)                                                                                   \
    X(SOFTWARE, "cdp.software_version", "Software version", STRING, NONE, 0, NULL)                 \
    X(PLATFORM, "cdp.platform", "Platform", STRING, NONE, 0, NULL)                                 \
    X(PREFIX, "cdp.ip_prefix", "IP Prefix", IPv4, NONE, 0, NULL)                                   \
    X(VTP, "cdp.vtp_management_domain", "VTP Management Domain", STRING, NONE, 0, NULL)            \
    X(NATIVE, "cdp.native_vlan", "Native VLAN", UINT16, DEC, 0, NULL)                              \
    X(DUPLEX, "cdp.duplex", "Duplex", BOOLEAN, NONE, 0, duplex_names)                              \
    X(DATA, "cdp.data", "Data", BYTES, NONE, 0, NULL)                                              \
    X(VOICE, "cdp.voice_vlan", "Voice VLAN", UINT16, DEC, 0, NULL)                                 \
    X(CONSUMPTION, "cdp.power_consumption", "Power Consumption", UINT16, DEC, 0, NULL)             \
    X(TRUST, "cdp.trust_bitmap", "Trust Bitmap", UINT8, HEX, 0, NULL)                              \
    X(COS, "cdp.untrusted_port_cos", "Untrusted port CoS", UINT8, HEX, 0, NULL)                    \
    X(NAME, "cdp.system_name", "System Name", STRING, NONE, 0, NULL)                               \
    X(OBJECT, "cdp.system_object_identifier", "System Object Identifier", BYTES, NONE, 0, NULL)    \
    X(REQUEST_ID, "cdp.request_id", "Request-ID", UINT16, DEC, 0, NULL)                            \
    X(MANAGEMENT_ID, "cdp.management_id", "Management-ID", UINT16, DEC, 0, NULL)                   \
    X(REQUESTED, "cdp.power_requested", "Power Requested", UINT32, DEC, 0, NULL)                   \
    X(AVAILABLE, "cdp.power_available", "Power Available", UINT32, DEC, 0, NULL)

FIELD_TABLE(FIELDS);

/* RFC 1071's sum; but of an odd number of bytes the last counts as the low half of a word, with its
 * sign. */
static unsigned checksum_status(const struct cursor *c)
{
    uint32_t n = cursor_left(c);
    const uint8_t *b = cursor_peek(c, 0, n);
    if (b == NULL || n == 0)
        return CHECKSUM_UNVERIFIED;
    uint64_t sum = checksum_add(0, b, n & ~1u);
    if ((n & 1) != 0) {
        uint8_t odd[2] = {(b[n - 1] & 0x80) != 0 ? 0xff : 0, b[n - 1]};
        if (odd[0] != 0)
            odd[1]--;
        sum = checksum_add(sum, odd, 2);
    }
    return checksum_fold(sum) == 0 ? CHECKSUM_GOOD : CHECKSUM_BAD;
}

static void put_rest(struct packet *p, struct cursor *c, unsigned field)
{
    if (cursor_left(c) > 0)
        (void)put_bytes_captured(p, c, field, cursor_left(c));
}

static void put_addresses(struct packet *p, struct cursor *c)
{
    uint32_t count = put_u32(p, c, ADDRESSES);
    for (; count > 0 && cursor_left(c) > 0 && c->fault == CURSOR_OK; count--) {
        (void)put_u8(p, c, PROTOCOL_TYPE);
        uint8_t length = put_u8(p, c, PROTOCOL_LENGTH);
        const uint8_t *protocol = put_bytes(p, c, PROTOCOL, length);
        uint16_t n = put_u16(p, c, ADDRESS_LENGTH);
        if (c->fault == CURSOR_OK && length == 1 && protocol[0] == 0xcc && n == 4)
            (void)put_ipv4(p, c, ADDRESS);
        else
            cursor_skip(c, n);
    }
}

static void put_capabilities(struct packet *p, struct cursor *c)
{
    uint32_t at = c->pos, bits = put_u32(p, c, CAP);
    uint32_t tree = tree_begin(p, CAP);
    if (c->fault == CURSOR_OK)
        put_flags(p, c, CAP_ROUTER, CAP_RELAY - CAP_ROUTER + 1, at, 4, bits);
    tree_end(p, tree);
}

/* Line by line. */
static void put_software(struct packet *p, struct cursor *c)
{
    while (cursor_captured(c) > 0 && c->fault == CURSOR_OK) {
        const uint8_t *at = c->data + c->pos;
        const uint8_t *end = memchr(at, '\n', cursor_captured(c));
        uint32_t n = end != NULL ? (uint32_t)(end - at) : cursor_captured(c);
        put_data(p, c, SOFTWARE, c->pos, n, at, n);
        cursor_skip(c, end != NULL ? n + 1 : n);
    }
}

static void put_power(struct packet *p, struct cursor *c, unsigned field)
{
    (void)put_u16(p, c, REQUEST_ID);
    (void)put_u16(p, c, MANAGEMENT_ID);
    while (cursor_left(c) >= 4 && c->fault == CURSOR_OK)
        (void)put_u32(p, c, field);
}

static void put_voice(struct packet *p, struct cursor *c)
{
    (void)put_bytes(p, c, DATA, 1);
    if (cursor_left(c) >= 2)
        (void)put_u16(p, c, VOICE);
}

static void put_value(struct packet *p, struct cursor *c, uint16_t type)
{
    static const struct {
        uint16_t type;
        uint8_t size; /* 0: all of it */
        unsigned field;
    } plain[] = {{0x01, 0, DEVICE}, {0x03, 0, PORT},   {0x06, 0, PLATFORM},    {0x09, 0, VTP},
                 {0x0a, 2, NATIVE}, {0x0b, 1, DUPLEX}, {0x10, 2, CONSUMPTION}, {0x12, 1, TRUST},
                 {0x13, 1, COS},    {0x14, 0, NAME},   {0x15, 0, OBJECT}};
    for (unsigned i = 0; i < sizeof plain / sizeof plain[0]; i++) {
        if (plain[i].type != type)
            continue;
        if (plain[i].size == 0)
            put_rest(p, c, plain[i].field);
        else
            (void)put_uint_be(p, c, plain[i].field, plain[i].size);
        return;
    }
    if (type == 0x02 || type == 0x16)
        put_addresses(p, c);
    else if (type == 0x04)
        put_capabilities(p, c);
    else if (type == 0x05)
        put_software(p, c);
    else if (type == 0x0e || type == 0x0f)
        put_voice(p, c);
    else if (type == 0x19 || type == 0x1a)
        put_power(p, c, type == 0x19 ? REQUESTED : AVAILABLE);
}

static void dissect(struct packet *p, struct cursor *c)
{
    unsigned status = wants(p, STATUS) ? checksum_status(c) : CHECKSUM_UNVERIFIED;
    (void)put_u8(p, c, VERSION);
    (void)put_u8(p, c, TTL);
    uint32_t at = c->pos;
    (void)put_u16(p, c, CHECKSUM);
    if (c->fault == CURSOR_OK)
        put_uint(p, c, STATUS, at, 0, status);
    info_set(p, "%s", "");
    while (cursor_left(c) > 0 && c->fault == CURSOR_OK) {
        const uint8_t *head = cursor_peek(c, 0, 4);
        uint32_t length = head != NULL ? be16(head + 2) : 4;
        const char *name = head != NULL ? value_name_find(tlv_names, be16(head)) : NULL;
        uint32_t tree = tree_text(p, c, c->pos, length, "%s", name != NULL ? name : "Unknown");
        struct cursor tlv = cursor_part(c, length < 4 ? 4 : length);
        uint16_t type = put_u16(p, &tlv, TLV_TYPE);
        (void)put_u16(p, &tlv, TLV_LENGTH);
        if (cursor_left(&tlv) > 0)
            put_value(p, &tlv, type);
        tree_end(p, tree);
        if (tlv.fault != CURSOR_OK)
            c->fault = tlv.fault;
    }
    if (p->info.length == 0)
        info_set(p, "Cisco Discovery Protocol");
}

static const struct binding bindings[] = {{"llc.snap", 0x00000c2000}, {"chdlc.protocol", 0x2000},
                                          {"ppp.protocol", 0x0207},   {"ethertype", 0x2000},
                                          {"gre.proto", 0x2000},      {NULL, 0}};

const struct protocol proto_cdp = {.name = "cdp",
                                   .title = "Cisco Discovery Protocol",
                                   .column = "CDP",
                                   FIELDS_OF_THIS_FILE,
                                   .bindings = bindings,
                                   .dissect = dissect};
