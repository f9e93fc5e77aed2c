/*
 * hsrp: Cisco's Hot Standby Router Protocol, version 1 (RFC 2281), and version 2, which is a list
 * of | type 1 | length 1 | value |.
 */
#include "dissect/packet.h"

static const struct value_name opcode_names[] = {
    VALUE(0, "Hello"), VALUE(1, "Coup"), VALUE(2, "Resign"), VALUE(3, "Advertise"), VALUES_END};
static const struct value_name state_names[] = {
    VALUE(0, "Initial"), VALUE(1, "Learn"),   VALUE(2, "Listen"), VALUE(4, "Speak"),
    VALUE(8, "Standby"), VALUE(16, "Active"), VALUES_END};
static const struct value_name adv_tlvtype_names[] = {VALUE(1, "HSRP interface state"),
                                                      VALUE(2, "IP redundancy"), VALUES_END};
static const struct value_name adv_state_names[] = {VALUE(1, "Dormant"), VALUE(2, "Passive"),
                                                    VALUE(3, "Active"), VALUES_END};
static const struct value_name hsrp2_opcode_names[] = {VALUE(0, "Hello"), VALUE(1, "Coup"),
                                                       VALUE(2, "Resign"), VALUES_END};
static const struct value_name hsrp2_state_names[] = {
    VALUE(1, "Init"),    VALUE(2, "Learn"),  VALUE(3, "Listen"), VALUE(4, "Speak"),
    VALUE(5, "Standby"), VALUE(6, "Active"), VALUES_END};
static const struct value_name ipversion_names[] = {VALUE(4, "IPv4"), VALUE(6, "IPv6"), VALUES_END};
static const struct value_name md5_algorithm_names[] = {VALUE(1, "MD5"), VALUES_END};

#define FIELDS(X)                                                                                  \
    X(VERSION, "hsrp.version", "Version", UINT8, DEC, 0, NULL)                                     \
    X(OPCODE, "hsrp.opcode", "Op Code", UINT8, DEC, 0, opcode_names)                               \
    X(STATE, "hsrp.state", "State", UINT8, DEC, 0, state_names)                                    \
    X(HELLOTIME, "hsrp.hellotime", "Hellotime", UINT8, DEC, 0, NULL)                               \
    X(HOLDTIME, "hsrp.holdtime", "Holdtime", UINT8, DEC, 0, NULL)                                  \
    X(PRIORITY, "hsrp.priority", "Priority", UINT8, DEC, 0, NULL)                                  \
    X(GROUP, "hsrp.group", "Group", UINT8, DEC, 0, NULL)                                           \
    X(RESERVED, "hsrp.reserved", "Reserved", UINT8, DEC, 0, NULL)                                  \
    X(AUTH_DATA, "hsrp.auth_data", "Authentication Data", STRING, NONE, 0, NULL)                   \
    X(VIRT_IP, "hsrp.virt_ip", "Virtual IP Address", IPv4, NONE, 0, NULL)                          \
    X(ADV_TLVTYPE, "hsrp.adv.tlvtype", "Adv type", UINT16, DEC, 0, adv_tlvtype_names)              \
    X(ADV_TLVLENGTH, "hsrp.adv.tlvlength", "Adv length", UINT16, DEC, 0, NULL)                     \
    X(ADV_STATE, "hsrp.adv.state", "Adv state", UINT8, DEC, 0, adv_state_names)                    \
    X(ADV_RESERVED1, "hsrp.adv.reserved1", "Adv reserved1", UINT8, DEC, 0, NULL)                   \
    X(ADV_ACTIVEGRP, "hsrp.adv.activegrp", "Adv active groups", UINT16, DEC, 0, NULL)              \
    X(ADV_PASSIVEGRP, "hsrp.adv.passivegrp", "Adv passive groups", UINT16, DEC, 0, NULL)           \
    X(ADV_RESERVED2, "hsrp.adv.reserved2", "Adv reserved2", UINT32, DEC, 0, NULL)                  \
    X(HSRP2_VERSION, "hsrp2.version", "Version", UINT8, DEC, 0, NULL)                              \
    X(HSRP2_OPCODE, "hsrp2.opcode", "Op Code", UINT8, DEC, 0, hsrp2_opcode_names)                  \
    X(HSRP2_STATE, "hsrp2.state", "State", UINT8, DEC, 0, hsrp2_state_names)                       \
    X(HSRP2_GROUP_STATE_TLV, "hsrp2.group_state_tlv", "Group State TLV", UINT8, DEC, 0, NULL)      \
    X(HSRP2_INTERFACE_STATE_TLV, "hsrp2.interface_state_tlv", "Interface State TLV", UINT8, DEC,   \
      0, NULL)                                                                                     \
    X(HSRP2_TEXT_AUTH_TLV, "hsrp2.text_auth_tlv", "Text Authentication TLV", UINT8, DEC, 0, NULL)  \
    X(HSRP2_MD5_AUTH_TLV, "hsrp2.md5_auth_tlv", "MD5 Authentication TLV", UINT8, DEC, 0, NULL)     \
    X(HSRP2_IPVERSION, "hsrp2.ipversion", "IP Ver.", UINT8, DEC, 0, ipversion_names)               \
    X(HSRP2_GROUP, "hsrp2.group", "Group", UINT16, DEC, 0, NULL)                                   \
    X(HSRP2_IDENTIFIER, "hsrp2.identifier", "Identifier", ETHER, NONE, 0, NULL)                    \
    X(HSRP2_HELLOTIME, "hsrp2.hellotime", "Hellotime", UINT32, DEC, 0, NULL)                       \
    X(HSRP2_HOLDTIME, "hsrp2.holdtime", "Holdtime", UINT32, DEC, 0, NULL)                          \
    X(HSRP2_PRIORITY, "hsrp2.priority", "Priority", UINT32, DEC, 0, NULL)                          \
    X(HSRP2_AUTH_DATA, "hsrp2.auth_data", "Authentication Data", STRING, NONE, 0, NULL)            \
    X(HSRP2_VIRT_IP, "hsrp2.virt_ip", "Virtual IP Address", IPv4, NONE, 0, NULL)                   \
    X(HSRP2_VIRT_IP_V6, "hsrp2.virt_ip_v6", "Virtual IPv6 Address", IPv6, NONE, 0, NULL)           \
    X(HSRP2_ACTIVE_GROUPS, "hsrp2.active_groups", "Active Groups", UINT16, DEC, 0, NULL)           \
    X(HSRP2_PASSIVE_GROUPS, "hsrp2.passive_groups", "Passive Groups", UINT16, DEC, 0, NULL)        \
    X(HSRP2_MD5_ALGORITHM, "hsrp2.md5_algorithm", "MD5 Algorithm", UINT8, DEC, 0,                  \
      md5_algorithm_names)                                                                         \
    X(HSRP2_MD5_PADDING, "hsrp2.md5_padding", "Padding", UINT8, HEX, 0, NULL)                      \
    X(HSRP2_MD5_FLAGS, "hsrp2.md5_flags", "MD5 Flags", UINT16, DEC, 0, NULL)                       \
    X(MD5_IP_ADDRESS, "hsrp.md5_ip_address", "Sender's IP Address", IPv4, NONE, 0, NULL)           \
    X(HSRP2_MD5_KEY_ID, "hsrp2.md5_key_id", "MD5 Key ID", UINT32, DEC, 0, NULL)                    \
    X(HSRP2_MD5_AUTH_DATA, "hsrp2.md5_auth_data", "MD5 Authentication Data", BYTES, NONE, 0, NULL) \
    X(UNKNOWN_TLV, "hsrp.unknown_tlv", "Unknown TLV sequence (HSRPv1)", NONE, NONE, 0, NULL)

FIELD_TABLE(FIELDS);

enum { PORT_V1 = 1985, PORT_V2 = 2029, ADVERTISE = 3 };
enum { GROUP_STATE = 1, INTERFACE_STATE, TEXT_AUTH, MD5_AUTH };

/* Text of n bytes that may be padded with zeros. */
static void put_text(struct packet *p, struct cursor *c, unsigned field, uint32_t n)
{
    const uint8_t *b = cursor_take(c, n);
    if (b != NULL && n < 16) {
        char text[16] = {0};
        memcpy(text, b, n);
        put_string(p, c, field, c->pos - n, n, packet_text(p, "%s", text));
    }
}

static void put_group_state(struct packet *p, struct cursor *c)
{
    (void)put_u8(p, c, HSRP2_VERSION);
    uint8_t opcode = put_u8(p, c, HSRP2_OPCODE), state = put_u8(p, c, HSRP2_STATE),
            version = put_u8(p, c, HSRP2_IPVERSION);
    (void)put_u16(p, c, HSRP2_GROUP);
    (void)put_bytes(p, c, HSRP2_IDENTIFIER, 6);
    (void)put_u32(p, c, HSRP2_PRIORITY);
    (void)put_u32(p, c, HSRP2_HELLOTIME);
    (void)put_u32(p, c, HSRP2_HOLDTIME);
    if (version == 4)
        (void)put_ipv4(p, c, HSRP2_VIRT_IP);
    else if (version == 6)
        (void)put_bytes(p, c, HSRP2_VIRT_IP_V6, 16);
    const char *what = value_name_find(hsrp2_opcode_names, opcode),
               *how = value_name_find(hsrp2_state_names, state);
    info_set(p, "%s (state %s)", what != NULL ? what : "Unknown", how != NULL ? how : "Unknown");
}

static void put_md5(struct packet *p, struct cursor *c)
{
    (void)put_u8(p, c, HSRP2_MD5_ALGORITHM);
    (void)put_u8(p, c, HSRP2_MD5_PADDING);
    (void)put_u16(p, c, HSRP2_MD5_FLAGS);
    (void)put_ipv4(p, c, MD5_IP_ADDRESS);
    (void)put_u32(p, c, HSRP2_MD5_KEY_ID);
    (void)put_bytes(p, c, HSRP2_MD5_AUTH_DATA, 16);
}

static void put_tlv(struct packet *p, struct cursor *c)
{
    static const uint16_t fields[] = {UNKNOWN_TLV, HSRP2_GROUP_STATE_TLV, HSRP2_INTERFACE_STATE_TLV,
                                      HSRP2_TEXT_AUTH_TLV, HSRP2_MD5_AUTH_TLV};
    uint8_t type = cursor_u8(c), length = cursor_u8(c);
    if (c->fault != CURSOR_OK)
        return;
    unsigned field = type <= MD5_AUTH ? fields[type] : UNKNOWN_TLV;
    if (field == UNKNOWN_TLV)
        put_data(p, c, field, c->pos - 2, 2, "", 0);
    else
        put_uint(p, c, field, c->pos - 2, type == GROUP_STATE ? length + 2u : 1, type);
    uint32_t tree = tree_begin(p, field);
    struct cursor v = cursor_part(c, length);
    if (type == GROUP_STATE) {
        put_group_state(p, &v);
    } else if (type == INTERFACE_STATE) {
        uint16_t active = put_u16(p, &v, HSRP2_ACTIVE_GROUPS),
                 passive = put_u16(p, &v, HSRP2_PASSIVE_GROUPS);
        info_set(p, "Interface State TLV (Act=%u Pass=%u)", active, passive);
    } else if (type == TEXT_AUTH) {
        put_text(p, &v, HSRP2_AUTH_DATA, 8);
    } else if (type == MD5_AUTH) {
        put_md5(p, &v);
    }
    tree_end(p, tree);
    if (v.fault != CURSOR_OK)
        c->fault = v.fault;
}

static void put_advertisement(struct packet *p, struct cursor *c)
{
    uint16_t type = put_u16(p, c, ADV_TLVTYPE);
    (void)put_u16(p, c, ADV_TLVLENGTH);
    if (type != 1)
        return;
    (void)put_u8(p, c, ADV_STATE);
    (void)put_u8(p, c, ADV_RESERVED1);
    (void)put_u16(p, c, ADV_ACTIVEGRP);
    (void)put_u16(p, c, ADV_PASSIVEGRP);
    (void)put_u32(p, c, ADV_RESERVED2);
}

static void put_v1(struct packet *p, struct cursor *c)
{
    (void)put_u8(p, c, VERSION);
    uint8_t opcode = put_u8(p, c, OPCODE);
    const char *what = value_name_find(opcode_names, opcode);
    info_set(p, "%s", what != NULL ? what : "Unknown");
    if (opcode == ADVERTISE) {
        put_advertisement(p, c);
        return;
    }
    uint8_t state = put_u8(p, c, STATE);
    const char *how = value_name_find(state_names, state);
    info_add(p, " (state %s)", how != NULL ? how : "Unknown");
    (void)put_u8(p, c, HELLOTIME);
    (void)put_u8(p, c, HOLDTIME);
    (void)put_u8(p, c, PRIORITY);
    (void)put_u8(p, c, GROUP);
    (void)put_u8(p, c, RESERVED);
    put_text(p, c, AUTH_DATA, 8);
    (void)put_ipv4(p, c, VIRT_IP);
    if (cursor_captured(c) >= 2 && c->fault == CURSOR_OK)
        put_tlv(p, c);
}

/* Version 2 goes to 224.0.0.102, or over IPv6. */
static void dissect(struct packet *p, struct cursor *c)
{
    bool v2 = p->net.version == 6 || (p->net.version == 4 && be32(p->net.dst) == 0xe0000066);
    p->column_text = v2 ? "HSRPv2" : NULL;
    if (!v2) {
        put_v1(p, c);
        return;
    }
    while (cursor_left(c) >= 2 && c->fault == CURSOR_OK)
        put_tlv(p, c);
}

static const struct binding bindings[] = {{"udp.port", PORT_V1}, {"udp.port", PORT_V2}, {NULL, 0}};

const struct protocol proto_hsrp = {.name = "hsrp",
                                    .title = "Cisco Hot Standby Router Protocol",
                                    .column = "HSRP",
                                    FIELDS_OF_THIS_FILE,
                                    .bindings = bindings,
                                    .dissect = dissect};
