/*
 * dhcp: Dynamic Host Configuration Protocol (RFC 2131) and BOOTP (RFC 951). Most options (RFC 2132
 * and the registry that grew from it) are rows of a table, the others have a function each.
 */
#include <stdio.h>
#include <string.h>

#include "dissect/packet.h"

#include "proto/dhcp.def"

FIELD_TABLE(FIELDS);

enum { SERVER_PORT = 67, CLIENT_PORT = 68, PXE_PORT = 4011 };
#define MAGIC_COOKIE 0x63825363u
enum { HARDWARE_ETHERNET = 1, CHADDR_LENGTH = 16 };

enum kind { NUMBER, NUMBERS, I32, TEXT, IPS, PAIRS, REST, ROUTES, DOMAINS };

static const struct option {
    uint8_t code, kind;
    uint16_t field;
} options[] = {
    {1, IPS, OPTION_SUBNET_MASK},
    {2, I32, OPTION_TIME_OFFSET},
    {3, IPS, OPTION_ROUTER},
    {4, IPS, OPTION_TIME_SERVER},
    {5, IPS, OPTION_NAME_SERVER},
    {6, IPS, OPTION_DOMAIN_NAME_SERVER},
    {7, IPS, OPTION_LOG_SERVER},
    {8, IPS, OPTION_QUOTES_SERVER},
    {9, IPS, OPTION_LPR_SERVER},
    {10, IPS, OPTION_IMPRESS_SERVER},
    {11, IPS, OPTION_RESOURCE_LOCATION_SERVER},
    {12, TEXT, OPTION_HOSTNAME},
    {13, NUMBER, OPTION_BOOT_FILE_SIZE},
    {14, TEXT, OPTION_MERIT_DUMP_FILE},
    {15, TEXT, OPTION_DOMAIN_NAME},
    {16, IPS, OPTION_SWAP_SERVER},
    {17, TEXT, OPTION_ROOT_PATH},
    {18, TEXT, OPTION_EXTENSION_PATH},
    {19, NUMBER, OPTION_IP_FORWARDING},
    {20, NUMBER, OPTION_NON_LOCAL_SOURCE_ROUTING},
    {21, PAIRS, OPTION_POLICY_FILTER_IP},
    {22, NUMBER, OPTION_MAX_DATAGRAM_REASSEMBLY_SIZE},
    {23, NUMBER, OPTION_DEFAULT_IP_TTL},
    {24, NUMBER, OPTION_PATH_MTU_AGING_TIMEOUT},
    {25, NUMBERS, OPTION_PATH_MTU_PLATEAU_TABLE_ITEM},
    {26, NUMBER, OPTION_INTERFACE_MTU},
    {27, NUMBER, OPTION_ALL_SUBNETS_ARE_LOCAL},
    {28, IPS, OPTION_BROADCAST_ADDRESS},
    {29, NUMBER, OPTION_PERFORM_MASK_DISCOVERY},
    {30, NUMBER, OPTION_MASK_SUPPLIER},
    {31, NUMBER, OPTION_PERFORM_ROUTER_DISCOVER},
    {32, IPS, OPTION_ROUTER_SOLICITATION_ADDRESS},
    {33, PAIRS, OPTION_STATIC_ROUTE_IP},
    {34, NUMBER, OPTION_TRAILER_ENCAPSULATION},
    {35, NUMBER, OPTION_ARP_CACHE_TIMEOUT},
    {36, NUMBER, OPTION_ETHERNET_ENCAPSULATION},
    {37, NUMBER, OPTION_TCP_DEFAULT_TTL},
    {38, NUMBER, OPTION_TCP_KEEPALIVE_INTERVAL},
    {39, NUMBER, OPTION_TCP_KEEPALIVE_GARBAGE},
    {40, TEXT, OPTION_NIS_DOMAIN},
    {41, IPS, OPTION_NIS_SERVER},
    {42, IPS, OPTION_NTP_SERVER},
    {43, REST, OPTION_VENDOR_VALUE},
    {44, IPS, OPTION_NETBIOS_OVER_TCPIP_NAME_SERVER},
    {45, IPS, OPTION_NETBIOS_OVER_TCPIP_DD_NAME_SERVER},
    {46, NUMBER, OPTION_NETBIOS_OVER_TCPIP_NODE_TYPE},
    {47, TEXT, OPTION_NETBIOS_OVER_TCPIP_SCOPE},
    {48, IPS, OPTION_XWINDOWS_SYSTEM_FONT_SERVER},
    {49, IPS, OPTION_XWINDOWS_SYSTEM_DISPLAY_MANAGER},
    {50, IPS, OPTION_REQUESTED_IP_ADDRESS},
    {51, NUMBER, OPTION_IP_ADDRESS_LEASE_TIME},
    {52, NUMBER, OPTION_OPTION_OVERLOAD},
    {53, NUMBER, OPTION_DHCP},
    {54, IPS, OPTION_DHCP_SERVER_ID},
    {55, NUMBERS, OPTION_REQUEST_LIST_ITEM},
    {56, TEXT, OPTION_MESSAGE},
    {57, NUMBER, OPTION_DHCP_MAX_MESSAGE_SIZE},
    {58, NUMBER, OPTION_RENEWAL_TIME_VALUE},
    {59, NUMBER, OPTION_REBINDING_TIME_VALUE},
    {60, TEXT, OPTION_VENDOR_CLASS_ID},
    {62, TEXT, OPTION_NOVELL_NETWARE_IP_DOMAIN},
    {64, TEXT, OPTION_NIS_PLUS_DOMAIN},
    {65, IPS, OPTION_NIS_PLUS_SERVER},
    {66, TEXT, OPTION_TFTP_SERVER_NAME},
    {67, TEXT, OPTION_BOOTFILE_NAME},
    {68, IPS, OPTION_MOBILE_IP_HOME_AGENT},
    {69, IPS, OPTION_SMTP_SERVER},
    {70, IPS, OPTION_POP3_SERVER},
    {71, IPS, OPTION_NNTP_SERVER},
    {72, IPS, OPTION_DEFAULT_WWW_SERVER},
    {73, IPS, OPTION_DEFAULT_FINGER_SERVER},
    {74, IPS, OPTION_DEFAULT_IRC_SERVER},
    {75, IPS, OPTION_STREETTALK_SERVER},
    {76, IPS, OPTION_STREETTALK_DA_SERVER},
    {77, REST, OPTION_USER_CLASS},
    {85, IPS, OPTION_NOVELL_DSS_IP},
    {86, TEXT, OPTION_NOVELL_DS_TREE_NAME},
    {87, TEXT, OPTION_NOVELL_DS_CONTEXT},
    {91, NUMBER, OPTION_CLIENT_LAST_TRANSACTION_TIME},
    {92, IPS, OPTION_ASSOCIATED_IP_OPTION},
    {93, NUMBERS, OPTION_CLIENT_SYSTEM_ARCHITECTURE},
    {100, TEXT, OPTION_TZ_PCODE},
    {101, TEXT, OPTION_TZ_TCODE},
    {112, IPS, OPTION_NETINFO_PARENT_SERVER_ADDRESS},
    {113, TEXT, OPTION_NETINFO_PARENT_SERVER_TAG},
    {114, TEXT, OPTION_CAPTIVE_PORTAL},
    {116, NUMBER, OPTION_DHCP_AUTO_CONFIGURATION},
    {117, NUMBERS, OPTION_DHCP_NAME_SERVICE_SEARCH_OPTION},
    {118, IPS, OPTION_SUBNET_SELECTION_OPTION},
    {119, DOMAINS, OPTION_DHCP_DNS_DOMAIN_SEARCH_LIST_FQDN},
    {121, ROUTES, OPTION_CLASSLESS_STATIC_ROUTE},
    {136, IPS, OPTION_PANA_AGENT},
    {137, TEXT, OPTION_LOST_SERVER_DOMAIN_NAME},
    {138, IPS, OPTION_CAPWAP_ACCESS_CONTROLLER},
    {145, NUMBERS, OPTION_FORCERENEW_NONCE_ALGORITHM},
    {150, IPS, OPTION_TFTP_SERVER_ADDRESS},
    {209, TEXT, OPTION_PXE_CONFIG_FILE},
    {210, TEXT, OPTION_PXE_PATH_PREFIX},
    {249, ROUTES, OPTION_CLASSLESS_STATIC_ROUTE},
    {252, TEXT, OPTION_PRIVATE_PROXY_AUTODISCOVERY},
};

/* ---- Values -------------------------------------------------------------------------------- */

static unsigned width_of(const struct packet *p, unsigned field)
{
    unsigned bytes = type_bytes(p->reg->fields[p->fields + field].type);
    return bytes == 0 ? 1 : bytes; /* a BOOLEAN */
}

/* RFC 3442: how many bits, the bytes of the destination that matter, the router. */
static void put_routes(struct packet *p, struct cursor *v, unsigned field)
{
    while (cursor_captured(v) > 0) {
        const uint8_t *bits = cursor_peek(v, 0, 1);
        uint32_t n = 1u + (*bits > 32 ? 4 : (*bits + 7u) / 8) + 4;
        if (put_bytes(p, v, field, n) == NULL)
            return;
    }
}

/* RFC 3397: names as in DNS, pointers counting from the option's first byte. */
static void put_domains(struct packet *p, struct cursor *v, unsigned field)
{
    uint32_t base = v->pos;
    while (cursor_captured(v) > 0) {
        char text[256];
        size_t at = 0;
        uint32_t start = v->pos;
        struct cursor jumped, *from = v;
        for (unsigned labels = 0; labels < 64; labels++) {
            uint8_t n = cursor_u8(from);
            if (n >= 0xc0) {
                uint32_t to = base + ((n & 0x3fu) << 8 | cursor_u8(from));
                jumped = *from;
                if (to >= jumped.cap || jumped.fault != CURSOR_OK)
                    break;
                jumped.pos = to;
                from = &jumped;
                continue;
            }
            const uint8_t *label_bytes = n == 0 ? NULL : cursor_take(from, n);
            if (label_bytes == NULL || at + n + 2 > sizeof text)
                break;
            if (at > 0)
                text[at++] = '.';
            memcpy(text + at, label_bytes, n);
            at += n;
        }
        text[at] = '\0';
        put_string(p, v, field, start, v->pos - start, packet_text(p, "%s", text));
    }
}

static void put_table_option(struct packet *p, struct cursor *v, const struct option *o)
{
    switch ((enum kind)o->kind) {
    case NUMBER:
        (void)put_uint_be(p, v, o->field, width_of(p, o->field));
        break;
    case NUMBERS:
        while (cursor_captured(v) > 0 && v->fault == CURSOR_OK)
            (void)put_uint_be(p, v, o->field, width_of(p, o->field));
        break;
    case I32:
        (void)put_int_be(p, v, o->field, 4);
        break;
    case TEXT:
    case REST:
        (void)put_bytes(p, v, o->field, cursor_left(v));
        break;
    case IPS:
        while (cursor_captured(v) > 0 && v->fault == CURSOR_OK)
            (void)put_ipv4(p, v, o->field);
        break;
    case PAIRS: /* an address, and what belongs to it: of two consecutive fields */
        while (cursor_captured(v) > 0 && v->fault == CURSOR_OK) {
            (void)put_ipv4(p, v, o->field);
            (void)put_ipv4(p, v, o->field + 1u);
        }
        break;
    case ROUTES:
        put_routes(p, v, o->field);
        break;
    case DOMAINS:
        put_domains(p, v, o->field);
        break;
    }
}

/* ---- Options with a choice in them --------------------------------------------------------- */

static void put_seconds_since_2000(struct packet *p, struct cursor *v, unsigned field)
{
    uint32_t seconds = cursor_u32(v);
    if (v->fault == CURSOR_OK)
        put_time(p, v, field, v->pos - 4, 4, ((int64_t)seconds + 946684800) * 1000000000);
}

/* A DUID: RFC 8415, section 11. */
static void put_duid(struct packet *p, struct cursor *v)
{
    switch (put_u16(p, v, CLIENT_ID_DUID_TYPE)) {
    case 1:
        (void)put_u16(p, v, CLIENT_ID_DUID_LLT_HW_TYPE);
        put_seconds_since_2000(p, v, CLIENT_ID_TIME);
        (void)put_bytes(p, v, CLIENT_ID_LINK_LAYER_ADDRESS, cursor_left(v));
        break;
    case 2:
        (void)put_u32(p, v, CLIENT_ID_ENTERPRISE_NUM);
        (void)put_bytes(p, v, CLIENT_ID, cursor_left(v));
        break;
    case 3:
        (void)put_u16(p, v, CLIENT_ID_DUID_LL_HW_TYPE);
        (void)put_bytes(p, v, CLIENT_ID_LINK_LAYER_ADDRESS, cursor_left(v));
        break;
    default:
        break;
    }
}

/* RFC 2132, section 9.14; of type 255: RFC 4361, section 6.1. */
static void put_client_id(struct packet *p, struct cursor *v)
{
    const uint8_t *type = cursor_peek(v, 0, 1);
    uint32_t n = cursor_left(v);
    if (type == NULL)
        return;
    if (n == 7 && *type > 0 && *type < 48) {
        (void)put_u8(p, v, HW_TYPE);
        (void)put_bytes(p, v, HW_MAC_ADDR, 6);
    } else if (n == 17 && *type == 0) {
        (void)put_u8(p, v, CLIENT_ID_TYPE);
        (void)put_bytes(p, v, CLIENT_ID_UUID, 16);
    } else if (*type == 0) {
        (void)put_u8(p, v, CLIENT_ID_TYPE);
        (void)put_bytes(p, v, CLIENT_ID_UNDEF, n - 1);
    } else if (*type == 255) {
        (void)cursor_u8(v);
        const uint8_t *iaid = cursor_take(v, 4);
        if (iaid != NULL)
            put_string(p, v, CLIENT_ID_IAID, v->pos - 4, 4,
                       packet_text(p, "%02x%02x%02x%02x", iaid[0], iaid[1], iaid[2], iaid[3]));
        put_duid(p, v);
    } else if (n > 1) {
        (void)put_u8(p, v, HW_TYPE);
        (void)put_bytes(p, v, CLIENT_HARDWARE_ADDRESS, n - 1);
    }
}

/* RFC 4702, section 2. */
static void put_fqdn(struct packet *p, struct cursor *v)
{
    uint8_t flags = put_u8(p, v, FQDN_FLAGS);
    if (v->fault != CURSOR_OK)
        return;
    uint32_t tree = tree_begin(p, FQDN_FLAGS);
    put_flags(p, v, FQDN_MBZ, 5, v->pos - 1, 1, flags);
    tree_end(p, tree);
    (void)put_u8(p, v, FQDN_RCODE1);
    (void)put_u8(p, v, FQDN_RCODE2);
    if (cursor_left(v) == 0)
        return;
    if ((flags & 4) != 0)
        put_domains(p, v, FQDN_NAME);
    else
        (void)put_bytes(p, v, FQDN_NAME, cursor_left(v));
}

/* RFC 3046 and those that added to it. */
static void put_agent_information(struct packet *p, struct cursor *v)
{
    while (cursor_captured(v) > 0 && v->fault == CURSOR_OK) {
        uint8_t code = put_u8(p, v, OPTION_AGENT_INFORMATION_OPTION_SUBOPTION);
        uint32_t tree = tree_begin(p, OPTION_AGENT_INFORMATION_OPTION_SUBOPTION);
        struct cursor part = cursor_part(v, put_u8(p, v, OPTION_SUBOPTION_LENGTH));
        uint32_t n = cursor_left(&part);
        struct cursor again = part;
        (void)put_bytes(p, &again, OPTION_AGENT_INFORMATION_OPTION_VALUE, n);
        switch (code) {
        case 1:
        case 2:
            (void)put_bytes(p, &part, OPTION_AGENT_INFORMATION_OPTION_AGENT_CIRCUIT_ID + code - 1u,
                            n);
            break;
        case 5:
            (void)put_ipv4(p, &part, OPTION_AGENT_INFORMATION_OPTION_LINK_SELECTION);
            break;
        case 6:
            (void)put_bytes(p, &part, OPTION_AGENT_INFORMATION_OPTION_SUBSCRIBER_ID, n);
            break;
        case 11:
            (void)put_ipv4(p, &part, OPTION_AGENT_INFORMATION_OPTION_SERVER_ID_OVERRIDE);
            break;
        default:
            break;
        }
        tree_end(p, tree);
    }
}

/* RFC 3361, section 3. */
static void put_sip_servers(struct packet *p, struct cursor *v)
{
    uint8_t encoding = put_u8(p, v, OPTION_SIP_SERVER_ENCODING);
    if (encoding == 0)
        put_domains(p, v, OPTION_SIP_SERVER_NAME);
    while (encoding == 1 && cursor_captured(v) > 0 && v->fault == CURSOR_OK)
        (void)put_ipv4(p, v, OPTION_SIP_SERVER_ADDRESS);
}

/* RFC 3925: of one or more vendors. */
static void put_vendors(struct packet *p, struct cursor *v, bool class)
{
    while (cursor_captured(v) > 0 && v->fault == CURSOR_OK) {
        unsigned first = class ? OPTION_VI_CLASS_ENTERPRISE : OPTION_VI_ENTERPRISE;
        (void)put_u32(p, v, first);
        uint32_t tree = tree_begin(p, first);
        uint8_t n = put_u8(p, v, first + 1);
        if (n > 0)
            (void)put_bytes(p, v, first + 2, n);
        tree_end(p, tree);
    }
}

static void put_authentication(struct packet *p, struct cursor *v)
{
    (void)put_u8(p, v, OPTION_DHCP_AUTHENTICATION_PROTOCOL);
    (void)put_u8(p, v, OPTION_DHCP_AUTHENTICATION_ALGORITHM);
    (void)put_u8(p, v, OPTION_DHCP_AUTHENTICATION_RDM);
    (void)put_uint_be(p, v, OPTION_DHCP_AUTHENTICATION_RDM_REPLAY_DETECTION, 8);
    if (cursor_left(v) > 0)
        (void)put_bytes(p, v, OPTION_DHCP_AUTHENTICATION_INFORMATION, cursor_left(v));
}

static void put_value(struct packet *p, struct cursor *v, uint8_t code)
{
    for (size_t i = 0; i < sizeof options / sizeof *options; i++) {
        if (options[i].code == code)
            return put_table_option(p, v, &options[i]);
    }
    switch (code) {
    case 61:
        put_client_id(p, v);
        break;
    case 81:
        put_fqdn(p, v);
        break;
    case 82:
        put_agent_information(p, v);
        break;
    case 90:
        put_authentication(p, v);
        break;
    case 94:
        (void)cursor_u8(v);
        (void)put_u8(p, v, CLIENT_NETWORK_ID_MAJOR);
        (void)put_u8(p, v, CLIENT_NETWORK_ID_MINOR);
        break;
    case 97:
        put_client_id(p, v);
        break;
    case 120:
        put_sip_servers(p, v);
        break;
    case 124:
    case 125:
        put_vendors(p, v, code == 124);
        break;
    default:
        break;
    }
}

/* ---- Options ------------------------------------------------------------------------------- */

static void label_option(struct packet *p, uint8_t code)
{
    const char *name = value_name_find(option_names, code);
    label(p, OPTION_TYPE, "Option: (%u) %s", code, name != NULL ? name : "Unassigned");
}

/* Zeros that fill up. */
static void put_padding(struct packet *p, struct cursor *c)
{
    uint32_t start = c->pos, n = 0;
    const uint8_t *b;
    while ((b = cursor_peek(c, n, 1)) != NULL && *b == 0)
        n++;
    put_uint(p, c, OPTION_TYPE, start, n, 0);
    label_option(p, 0);
    uint32_t tree = tree_begin(p, OPTION_TYPE);
    (void)put_bytes(p, c, OPTION_PADDING, n);
    tree_end(p, tree);
}

static void put_end(struct packet *p, struct cursor *c)
{
    put_uint(p, c, OPTION_TYPE, c->pos, 1, 0); /* Wireshark's value of this option, too, is 0 */
    label_option(p, 255);
    uint32_t tree = tree_begin(p, OPTION_TYPE);
    (void)put_u8(p, c, OPTION_END);
    tree_end(p, tree);
    if (cursor_captured(c) > 0)
        (void)put_bytes(p, c, OPTION_PADDING, cursor_captured(c));
}

static void put_option(struct packet *p, struct cursor *c)
{
    uint8_t code = put_u8(p, c, OPTION_TYPE);
    label_option(p, code);
    uint32_t tree = tree_begin(p, OPTION_TYPE);
    uint8_t n = put_u8(p, c, OPTION_LENGTH);
    struct cursor value = *c;
    cursor_trim(&value, n);
    if (n > 0)
        (void)put_bytes(p, c, OPTION_VALUE, n);
    if (c->fault == CURSOR_OK && n > 0)
        put_value(p, &value, code);
    if (value.fault != CURSOR_OK && c->fault == CURSOR_OK)
        cursor_malformed(c);
    tree_end(p, tree);
}

static void put_options(struct packet *p, struct cursor *c)
{
    const uint8_t *code;
    while (c->fault == CURSOR_OK && (code = cursor_peek(c, 0, 1)) != NULL) {
        if (*code == 255)
            return put_end(p, c);
        if (*code == 0)
            put_padding(p, c);
        else
            put_option(p, c);
    }
}

/* ---- Messages ------------------------------------------------------------------------------ */

static void put_hardware_address(struct packet *p, struct cursor *c, uint8_t type, uint8_t length)
{
    if (length == 0 || length > CHADDR_LENGTH)
        return cursor_skip(c, CHADDR_LENGTH);
    bool ethernet = type == HARDWARE_ETHERNET && length == 6;
    (void)put_bytes(p, c, ethernet ? HW_MAC_ADDR : HW_ADDR, length);
    if (length < CHADDR_LENGTH)
        (void)put_bytes(p, c, HW_ADDR_PADDING, (uint32_t)CHADDR_LENGTH - length);
}

static void put_names(struct packet *p, struct cursor *c)
{
    static const struct {
        uint16_t field;
        uint8_t length;
        const char *none;
    } names[] = {{SERVER, 64, "Server host name not given"},
                 {FILE_NAME, 128, "Boot file name not given"}};
    for (unsigned i = 0; i < 2; i++) {
        const uint8_t *text = put_bytes(p, c, names[i].field, names[i].length);
        if (text != NULL && text[0] == 0)
            label(p, names[i].field, "%s", names[i].none);
    }
}

/* The type of message: the first option usually, but that is not said anywhere. */
static const char *message_name(const struct cursor *c)
{
    const uint8_t *head;
    for (uint32_t at = 0; (head = cursor_peek(c, at, 3)) != NULL && head[0] != 255;) {
        if (head[0] == 53)
            return value_name_find(option_dhcp_names, head[2]);
        at += head[0] == 0 ? 1 : head[1] + 2u;
    }
    return NULL;
}

static void put_flag_word(struct packet *p, struct cursor *c)
{
    uint16_t flags = put_u16(p, c, FLAGS);
    if (c->fault != CURSOR_OK)
        return;
    uint32_t tree = tree_begin(p, FLAGS);
    put_flags(p, c, FLAGS_BC, 2, c->pos - 2, 2, flags);
    tree_end(p, tree);
}

static void put_title(struct packet *p, const struct cursor *c, uint8_t type)
{
    const char *name = message_name(c);
    const char *kind = value_name_find(type_names, type);
    if (name != NULL)
        title(p, "Dynamic Host Configuration Protocol (%s)", name);
    else
        title(p, "Bootstrap Protocol%s%s%s", kind == NULL ? "" : " (", kind == NULL ? "" : kind,
              kind == NULL ? "" : ")");
}

static void dissect(struct packet *p, struct cursor *c)
{
    uint8_t type = put_u8(p, c, TYPE), hardware = put_u8(p, c, HW_TYPE),
            length = put_u8(p, c, HW_LEN);
    (void)put_u8(p, c, HOPS);
    column_set(p, "BOOTP"); /* until an option makes it DHCP (RFC 2131, section 3) */
    info_set(p, "Boot %s", type == 2 ? "Reply" : "Request");
    uint32_t id = put_u32(p, c, ID);
    (void)put_u16(p, c, SECS);
    put_flag_word(p, c);
    for (unsigned field = IP_CLIENT; field <= IP_RELAY; field++)
        (void)put_ipv4(p, c, field);
    put_hardware_address(p, c, hardware, length);
    put_names(p, c);
    const uint8_t *cookie = cursor_peek(c, 0, 4);
    if (cookie == NULL) {
        if (c->fault == CURSOR_OK && cursor_left(c) < 4)
            put_uint(p, c, BOOTP, c->pos, 0, 1);
        return cursor_skip(c, 4);
    }
    if (be32(cookie) == MAGIC_COOKIE) {
        (void)put_ipv4(p, c, COOKIE);
        const char *name = message_name(c);
        const char *kind = value_name_find(type_names, type);
        if (name != NULL)
            column_set(p, NULL);
        info_set(p, "DHCP %s - Transaction ID 0x%x",
                 name != NULL   ? name
                 : kind != NULL ? kind
                                : "",
                 id);
        put_title(p, c, type);
        put_options(p, c);
    } else {
        put_title(p, c, type);
        (void)put_bytes(p, c, VENDOR_SPECIFIC_OPTIONS, cursor_left(c) < 64 ? cursor_left(c) : 64);
    }
}

static const struct binding bindings[] = {
    {"udp.port", SERVER_PORT}, {"udp.port", CLIENT_PORT}, {"udp.port", PXE_PORT}, {NULL, 0}};

const struct protocol proto_dhcp = {.name = "dhcp",
                                    .title = "Dynamic Host Configuration Protocol",
                                    .column = "DHCP",
                                    FIELDS_OF_THIS_FILE,
                                    .bindings = bindings,
                                    .dissect = dissect};
