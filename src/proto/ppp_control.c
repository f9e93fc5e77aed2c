/*
 * lcp, ipcp, ipv6cp, ccp: the protocols that set up a PPP link and what runs over it (RFC 1661, RFC
 * 1332, RFC 5072, RFC 1962). They have one form:
 *
 *     | code 1 | identifier 1 | length 2 | options or data ... |
 *     option: | type 1 | length 1, these two included | value ... |
 *
 * What a code means is the same in all; which options there are, the tables below say.
 */
#include "dissect/names.h"
#include "dissect/packet.h"

static const struct value_name code_names[] = {VALUE(0, "Vendor Specific"),
                                               VALUE(1, "Configuration Request"),
                                               VALUE(2, "Configuration Ack"),
                                               VALUE(3, "Configuration Nak"),
                                               VALUE(4, "Configuration Reject"),
                                               VALUE(5, "Termination Request"),
                                               VALUE(6, "Termination Ack"),
                                               VALUE(7, "Code Reject"),
                                               VALUE(8, "Protocol Reject"),
                                               VALUE(9, "Echo Request"),
                                               VALUE(10, "Echo Reply"),
                                               VALUE(11, "Discard Request"),
                                               VALUE(12, "Identification"),
                                               VALUE(13, "Time Remaining"),
                                               VALUE(14, "Reset Request"),
                                               VALUE(15, "Reset Ack"),
                                               VALUES_END};
static const struct value_name algorithm_names[] = {
    RANGE(0, 4, "Reserved"), VALUE(5, "CHAP with MD5"), VALUE(6, "CHAP with SHA-1"),
    VALUE(128, "MS-CHAP"),   VALUE(129, "MS-CHAP-2"),   VALUES_END};
static const struct value_name operation_names[] = {
    VALUE(0, "Location is determined by user authentication"),
    VALUE(1, "Message is dialing string"),
    VALUE(2, "Message is location identifier"),
    VALUE(3, "Message is E.164"),
    VALUE(4, "Message is distinguished name"),
    VALUE(5, "unassigned"),
    VALUE(6, "Location is determined during CBCP negotiation"),
    VALUES_END};
static const struct value_name class_names[] = {
    VALUE(0, "Null"),
    VALUE(1, "Locally assigned address"),
    VALUE(2, "Internet Protocol (IP) address"),
    VALUE(3, "IEEE 802.1 globally assigned MAC address"),
    VALUE(4, "PPP magic-number block"),
    VALUE(5, "Public switched network directory number"),
    VALUES_END};
static const struct value_name compression_names[] = {
    VALUE(0x0003, "Robust Header Compression (ROHC)"), VALUE(0x002d, "VJ compression"),
    VALUE(0x0037, "VJ compression (RFC1172-typo)"), VALUE(0x0061, "IPHC compression"), VALUES_END};
static const struct value_name slot_names[] = {
    VALUE(0, "The slot identifier must not be compressed"),
    VALUE(1, "The slot identifier may be compressed"), VALUES_END};
static const struct value_name method_names[] = {VALUE(8, "zlib compression"), VALUES_END};
static const struct value_name check_names[] = {VALUE(0, "sequence number check method"),
                                                VALUES_END};
static const struct value_name enabled_names[] = {VALUE(0, "Disabled"), VALUE(1, "Enabled"),
                                                  VALUES_END};

/* put_flags() counts on the order of fields with masks. */
#define FIELDS(X)                                                                                  \
    X(CODE, "ppp.code", "Code", UINT8, DEC, 0, code_names)                                         \
    X(IDENTIFIER, "ppp.identifier", "Identifier", UINT8, DEC_HEX, 0, NULL)                         \
    X(LENGTH, "ppp.length", "Length", UINT16, DEC, 0, NULL)                                        \
    X(VENDOR_MAGIC, "ppp.magic_number", "Magic Number", UINT32, HEX, 0, NULL)                      \
    X(OUI, "ppp.oui", "OUI", UINT24, DEC, 0, NULL)                                                 \
    X(KIND, "ppp.kind", "Kind", UINT8, DEC_HEX, 0, NULL)                                           \
    X(DATA, "ppp.data", "Data", BYTES, NONE, 0, NULL)                                              \
    X(MAGIC, "lcp.magic_number", "Magic Number", UINT32, HEX, 0, NULL)                             \
    X(LCP_DATA, "lcp.data", "Data", BYTES, NONE, 0, NULL)                                          \
    X(MESSAGE, "lcp.message", "Message", STRING, NONE, 0, NULL)                                    \
    X(SECONDS, "lcp.secs_remaining", "Seconds Remaining", UINT32, DEC, 0, NULL)                    \
    X(REJECTED, "lcp.rej_proto", "Rejected Protocol", UINT16, HEX, 0, ppp_protocol_names)          \
    X(LCP_TYPE, "lcp.opt.type", "Type", UINT8, DEC, 0, NULL)                                       \
    X(LCP_LENGTH, "lcp.opt.length", "Length", UINT8, DEC, 0, NULL)                                 \
    X(LCP_OPT_DATA, "lcp.opt.data", "Data", BYTES, NONE, 0, NULL)                                  \
    X(VENDOR_OPT, "lcp.opt.vendor", "Vendor Specific", BYTES, NONE, 0, NULL)                       \
    X(MRU_OPT, "lcp.opt.mtu_bytes", "Maximum Receive Unit", BYTES, NONE, 0, NULL)                  \
    X(MRU, "lcp.opt.mru", "Maximum Receive Unit", UINT16, DEC, 0, NULL)                            \
    X(ASYNC_OPT, "lcp.opt.asyncmap_bytes", "Async Control Character Map", BYTES, NONE, 0, NULL)    \
    X(ASYNC, "lcp.opt.asyncmap", "Async Control Character Map", UINT32, HEX, 0, NULL)              \
    X(AUTH_OPT, "lcp.opt.auth_protocol_bytes", "Authentication Protocol", BYTES, NONE, 0, NULL)    \
    X(AUTH, "lcp.opt.auth_protocol", "Authentication Protocol", UINT16, HEX, 0,                    \
      ppp_protocol_names)                                                                          \
    X(ALGORITHM, "lcp.opt.algorithm", "Algorithm", UINT8, DEC, 0, algorithm_names)                 \
    X(QUALITY_OPT, "lcp.opt.quality_protocol_bytes", "Quality Protocol", BYTES, NONE, 0, NULL)     \
    X(QUALITY, "lcp.opt.quality_protocol", "Quality Protocol", UINT16, HEX, 0, ppp_protocol_names) \
    X(MAGIC_OPT, "lcp.opt.magic_number_bytes", "Magic Number", BYTES, NONE, 0, NULL)               \
    X(OPT_MAGIC, "lcp.opt.magic_number", "Magic Number", UINT32, HEX, 0, NULL)                     \
    X(FIELD_OPT, "lcp.opt.field_compress", "Protocol Field Compression", BYTES, NONE, 0, NULL)     \
    X(ADDRESS_OPT, "lcp.opt.addr_field_compress", "Address and Control Field Compression", BYTES,  \
      NONE, 0, NULL)                                                                               \
    X(CALLBACK_OPT, "lcp.opt.callback", "Callback", BYTES, NONE, 0, NULL)                          \
    X(OPERATION, "lcp.opt.operation", "Operation", UINT8, DEC, 0, operation_names)                 \
    X(OPT_MESSAGE, "lcp.opt.message", "Message", BYTES, NONE, 0, NULL)                             \
    X(MRRU_OPT, "lcp.opt.multilink_mrru", "Multilink MRRU", BYTES, NONE, 0, NULL)                  \
    X(MRRU, "lcp.opt.mrru", "MRRU", UINT16, DEC, 0, NULL)                                          \
    X(SHORT_OPT, "lcp.opt.multilink_ssnh", "Multilink Short Sequence Number Header", BYTES, NONE,  \
      0, NULL)                                                                                     \
    X(ENDPOINT_OPT, "lcp.opt.multilink_ep_disc", "Multilink Endpoint Discriminator", BYTES, NONE,  \
      0, NULL)                                                                                     \
    X(ENDPOINT_CLASS, "lcp.opt.ep_disc_class", "Class", UINT8, DEC, 0, class_names)                \
    X(ENDPOINT_IP, "lcp.opt.ip_address", "IP Address", IPv4, NONE, 0, NULL)                        \
    X(ENDPOINT_MAC, "lcp.opt.802_1_address", "IEEE 802.1 Address", ETHER, NONE, 0, NULL)           \
    X(LINK_OPT, "lcp.opt.link_discrim_bytes", "Link Discriminator for BACP", BYTES, NONE, 0, NULL) \
    X(LINK, "lcp.opt.link_discrim", "Link Discriminator", UINT16, DEC_HEX, 0, NULL)                \
    X(IP_TYPE, "ipcp.opt.type", "Type", UINT8, DEC, 0, NULL)                                       \
    X(IP_LENGTH, "ipcp.opt.length", "Length", UINT8, DEC, 0, NULL)                                 \
    X(COMPRESS_OPT, "ipcp.opt.compress", "IP Compression Protocol", BYTES, NONE, 0, NULL)          \
    X(COMPRESS, "ipcp.opt.compress_proto", "IP Compression Protocol", UINT16, HEX, 0,              \
      compression_names)                                                                           \
    X(MAX_SLOT, "ipcp.opt.max_slot_id", "Max Slot ID", UINT8, DEC, 0, NULL)                        \
    X(COMP_SLOT, "ipcp.opt.comp_slot_id", "Comp Slot ID", BOOLEAN, 8, 0x01, slot_names)            \
    X(ADDR_OPT, "ipcp.opt.addr", "IP Address", BYTES, NONE, 0, NULL)                               \
    X(ADDR, "ipcp.opt.ip_address", "IP Address", IPv4, NONE, 0, NULL)                              \
    X(MOBILE_OPT, "ipcp.opt.mobileipv4", "Mobile Node's Home IP Address", BYTES, NONE, 0, NULL)    \
    X(MOBILE, "ipcp.opt.mobilenodehomeaddress", "Mobile Node's Home Address", IPv4, NONE, 0, NULL) \
    X(DNS1_OPT, "ipcp.opt.pri_dns", "Primary DNS Server IP Address", BYTES, NONE, 0, NULL)         \
    X(DNS1, "ipcp.opt.pri_dns_address", "Primary DNS Address", IPv4, NONE, 0, NULL)                \
    X(NBNS1_OPT, "ipcp.opt.pri_nbns", "Primary NBNS Server IP Address", BYTES, NONE, 0, NULL)      \
    X(NBNS1, "ipcp.opt.pri_nbns_address", "Primary NBNS Address", IPv4, NONE, 0, NULL)             \
    X(DNS2_OPT, "ipcp.opt.sec_dns", "Secondary DNS Server IP Address", BYTES, NONE, 0, NULL)       \
    X(DNS2, "ipcp.opt.sec_dns_address", "Secondary DNS Address", IPv4, NONE, 0, NULL)              \
    X(NBNS2_OPT, "ipcp.opt.sec_nbns", "Secondary NBNS Server IP Address", BYTES, NONE, 0, NULL)    \
    X(NBNS2, "ipcp.opt.sec_nbns_address", "Secondary NBNS Address", IPv4, NONE, 0, NULL)           \
    X(IP6_TYPE, "ipv6cp.opt.type", "Type", UINT8, DEC, 0, NULL)                                    \
    X(IP6_LENGTH, "ipv6cp.opt.length", "Length", UINT8, DEC, 0, NULL)                              \
    X(INTERFACE_OPT, "ipv6cp.opt.interface_identifier", "Interface Identifier", BYTES, NONE, 0,    \
      NULL)                                                                                        \
    X(INTERFACE, "ipv6cp.interface_identifier", "Interface Identifier", BYTES, COLONS, 0, NULL)    \
    X(COMPRESS6_OPT, "ipv6cp.opt.compress", "IPv6 compression", BYTES, NONE, 0, NULL)              \
    X(CCP_TYPE, "ccp.opt.type", "Type", UINT8, DEC, 0, NULL)                                       \
    X(CCP_LENGTH, "ccp.opt.length", "Length", UINT8, DEC, 0, NULL)                                 \
    X(CCP_DATA, "ccp.opt.data", "Data", BYTES, NONE, 0, NULL)                                      \
    X(MPPE_OPT, "ccp.opt.mppe", "Microsoft PPE/PPC", BYTES, NONE, 0, NULL)                         \
    X(MPPE, "ccp.opt.supported_bits", "Supported Bits", UINT32, HEX, 0, NULL)                      \
    X(MPPE_H, "ccp.opt.supported_bits.h", "H", BOOLEAN, 32, 0x01000000, NULL)                      \
    X(MPPE_M, "ccp.opt.supported_bits.m", "M", BOOLEAN, 32, 0x80, NULL)                            \
    X(MPPE_S, "ccp.opt.supported_bits.s", "S", BOOLEAN, 32, 0x40, NULL)                            \
    X(MPPE_L, "ccp.opt.supported_bits.l", "L", BOOLEAN, 32, 0x20, NULL)                            \
    X(MPPE_D, "ccp.opt.supported_bits.d", "D", BOOLEAN, 32, 0x10, NULL)                            \
    X(MPPE_C, "ccp.opt.supported_bits.c", "C", BOOLEAN, 32, 0x01, NULL)                            \
    X(BSD_OPT, "ccp.opt.bsdcomp", "BSD LZW Compress", BYTES, NONE, 0, NULL)                        \
    X(BSD, "ccp.opt.vd", "Vers/Dict", UINT8, HEX, 0, NULL)                                         \
    X(BSD_VERSION, "ccp.opt.vd.vers", "Vers", UINT8, DEC, 0xe0, NULL)                              \
    X(BSD_DICT, "ccp.opt.vd.dict", "Dict", UINT8, DEC, 0x1f, NULL)                                 \
    X(MVRCA_OPT, "ccp.opt.mvrca", "MVRCA (Magnalink)", BYTES, NONE, 0, NULL)                       \
    X(MVRCA_FEATURES, "ccp.opt.fe", "Features", UINT8, DEC, 0xc0, NULL)                            \
    X(MVRCA_PACKET, "ccp.opt.p", "Packet by Packet flag", BOOLEAN, 8, 0x20, enabled_names)         \
    X(MVRCA_HISTORY, "ccp.opt.History", "History", UINT8, DEC, 0x1f, NULL)                         \
    X(MVRCA_CONTEXTS, "ccp.opt.contexts", "# Contexts", UINT8, DEC, 0, NULL)                       \
    X(DEFLATE_OPT, "ccp.opt.deflate", "Deflate", BYTES, NONE, 0, NULL)                             \
    X(DEFLATE_WINDOW, "ccp.opt.window", "Window", UINT8, DEC, 0xf0, NULL)                          \
    X(DEFLATE_METHOD, "ccp.opt.method", "Method", UINT8, DEC, 0x0f, method_names)                  \
    X(DEFLATE_MBZ, "ccp.opt.mbz", "MBZ", UINT8, DEC, 0xfc, NULL)                                   \
    X(DEFLATE_CHECK, "ccp.opt.chk", "Chk", UINT8, DEC, 0x03, check_names)

FIELD_TABLE(FIELDS);

enum { HEADER = 4 };

/* ---- Options ------------------------------------------------------------------------------- */

/* An option's value: its field, and how to read it. */
struct option {
    uint8_t type;
    unsigned field; /* the option as a whole */
    unsigned value;
    void (*put)(struct packet *p, struct cursor *c, unsigned value); /* NULL: it has no value */
};

struct option_set {
    const char *none; /* what an unknown option is called */
    unsigned type, length;
    const struct option *options;
    unsigned count;
};

static void put_rest(struct packet *p, struct cursor *c, unsigned field)
{
    if (cursor_left(c) > 0)
        (void)put_bytes_captured(p, c, field, cursor_left(c));
}

static void put_16(struct packet *p, struct cursor *c, unsigned field)
{
    (void)put_u16(p, c, field);
}

static void put_32(struct packet *p, struct cursor *c, unsigned field)
{
    (void)put_u32(p, c, field);
}

static void put_ip(struct packet *p, struct cursor *c, unsigned field)
{
    (void)put_ipv4(p, c, field);
}

/* The protocol, for CHAP an algorithm, and whatever the protocol wants to say besides. */
static void put_auth(struct packet *p, struct cursor *c, unsigned field)
{
    uint16_t protocol = put_u16(p, c, field);
    if (protocol == 0xc223 && cursor_left(c) > 0)
        (void)put_u8(p, c, ALGORITHM);
    put_rest(p, c, LCP_OPT_DATA);
}

static void put_quality(struct packet *p, struct cursor *c, unsigned field)
{
    (void)put_u16(p, c, field);
    put_rest(p, c, LCP_OPT_DATA);
}

static void put_callback(struct packet *p, struct cursor *c, unsigned field)
{
    (void)put_u8(p, c, field);
    put_rest(p, c, OPT_MESSAGE);
}

static void put_endpoint(struct packet *p, struct cursor *c, unsigned field)
{
    uint8_t kind = put_u8(p, c, field);
    if (kind == 2 && cursor_left(c) == 4)
        (void)put_ipv4(p, c, ENDPOINT_IP);
    else if (kind == 3 && cursor_left(c) == 6)
        (void)put_bytes(p, c, ENDPOINT_MAC, 6);
    else
        put_rest(p, c, LCP_OPT_DATA);
}

static void put_compress(struct packet *p, struct cursor *c, unsigned field)
{
    uint16_t protocol = put_u16(p, c, field);
    if (protocol != 0x002d && protocol != 0x0037)
        return;
    (void)put_u8(p, c, MAX_SLOT);
    const uint8_t *flag = cursor_take(c, 1);
    if (flag != NULL)
        put_bits(p, c, COMP_SLOT, c->pos - 1, 1, *flag);
}

static void put_mppe(struct packet *p, struct cursor *c, unsigned field)
{
    uint32_t at = c->pos, bits = put_u32(p, c, field);
    if (c->fault != CURSOR_OK)
        return;
    uint32_t tree = tree_begin(p, field);
    put_flags(p, c, MPPE_H, MPPE_C - MPPE_H + 1, at, 4, bits);
    tree_end(p, tree);
}

static void put_bsd(struct packet *p, struct cursor *c, unsigned field)
{
    uint32_t at = c->pos;
    uint8_t bits = put_u8(p, c, field);
    if (c->fault != CURSOR_OK)
        return;
    uint32_t tree = tree_begin(p, field);
    put_flags(p, c, BSD_VERSION, 2, at, 1, bits);
    tree_end(p, tree);
}

/* Two bytes of bit fields, two in the first. */
static const uint8_t *put_two_bytes(struct packet *p, struct cursor *c, unsigned first,
                                    unsigned count)
{
    const uint8_t *bytes = cursor_take(c, 2);
    if (bytes != NULL)
        put_flags(p, c, first, count, c->pos - 2, 1, bytes[0]);
    return bytes;
}

static void put_mvrca(struct packet *p, struct cursor *c, unsigned field)
{
    const uint8_t *bytes = put_two_bytes(p, c, field, 3);
    if (bytes != NULL)
        put_uint(p, c, MVRCA_CONTEXTS, c->pos - 1, 1, bytes[1]);
}

static void put_deflate(struct packet *p, struct cursor *c, unsigned field)
{
    const uint8_t *bytes = put_two_bytes(p, c, field, 2);
    if (bytes != NULL)
        put_flags(p, c, DEFLATE_MBZ, 2, c->pos - 1, 1, bytes[1]);
}

static const struct option lcp_options[] = {{0, VENDOR_OPT, LCP_OPT_DATA, put_rest},
                                            {1, MRU_OPT, MRU, put_16},
                                            {2, ASYNC_OPT, ASYNC, put_32},
                                            {3, AUTH_OPT, AUTH, put_auth},
                                            {4, QUALITY_OPT, QUALITY, put_quality},
                                            {5, MAGIC_OPT, OPT_MAGIC, put_32},
                                            {7, FIELD_OPT, 0, NULL},
                                            {8, ADDRESS_OPT, 0, NULL},
                                            {13, CALLBACK_OPT, OPERATION, put_callback},
                                            {17, MRRU_OPT, MRRU, put_16},
                                            {18, SHORT_OPT, 0, NULL},
                                            {19, ENDPOINT_OPT, ENDPOINT_CLASS, put_endpoint},
                                            {23, LINK_OPT, LINK, put_16}};
static const struct option ipcp_options[] = {{2, COMPRESS_OPT, COMPRESS, put_compress},
                                             {3, ADDR_OPT, ADDR, put_ip},
                                             {4, MOBILE_OPT, MOBILE, put_ip},
                                             {129, DNS1_OPT, DNS1, put_ip},
                                             {130, NBNS1_OPT, NBNS1, put_ip},
                                             {131, DNS2_OPT, DNS2, put_ip},
                                             {132, NBNS2_OPT, NBNS2, put_ip}};
static const struct option ipv6cp_options[] = {{1, INTERFACE_OPT, INTERFACE, put_rest},
                                               {2, COMPRESS6_OPT, COMPRESS, put_16}};
static const struct option ccp_options[] = {{18, MPPE_OPT, MPPE, put_mppe},
                                            {21, BSD_OPT, BSD, put_bsd},
                                            {24, MVRCA_OPT, MVRCA_FEATURES, put_mvrca},
                                            {26, DEFLATE_OPT, DEFLATE_WINDOW, put_deflate}};

#define OPTIONS(name, table, type, length)                                                         \
    static const struct option_set name = {"Unknown", type, length, table,                         \
                                           sizeof(table) / sizeof(table)[0]}
OPTIONS(lcp_set, lcp_options, LCP_TYPE, LCP_LENGTH);
OPTIONS(ipcp_set, ipcp_options, IP_TYPE, IP_LENGTH);
OPTIONS(ipv6cp_set, ipv6cp_options, IP6_TYPE, IP6_LENGTH);
OPTIONS(ccp_set, ccp_options, CCP_TYPE, CCP_LENGTH);

static const struct option *option_find(const struct option_set *set, uint8_t type)
{
    for (unsigned i = 0; i < set->count; i++) {
        if (set->options[i].type == type)
            return &set->options[i];
    }
    return NULL;
}

/* One option in its own bytes; what its value leaves of them is passed over. */
static void put_option(struct packet *p, struct cursor *o, const struct option_set *set,
                       const struct option *known)
{
    uint32_t at = o->pos, length = cursor_left(o);
    uint32_t tree;
    if (known != NULL) {
        const uint8_t *bytes = cursor_peek(o, 0, length);
        if (bytes != NULL)
            put_data(p, o, known->field, at, length, bytes, length);
        label(p, known->field, "%s", field_defs[known->field].label);
        tree = tree_begin(p, known->field);
    } else {
        tree = tree_text(p, o, at, length, "%s", set->none);
    }
    (void)put_u8(p, o, set->type);
    (void)put_u8(p, o, set->length);
    if (known != NULL && known->put != NULL && cursor_left(o) > 0)
        known->put(p, o, known->value);
    tree_end(p, tree);
}

static void put_options(struct packet *p, struct cursor *c, const struct option_set *set)
{
    uint32_t tree = tree_text(p, c, c->pos, cursor_left(c), "Options: (%u byte%s)", cursor_left(c),
                              cursor_left(c) == 1 ? "" : "s");
    while (cursor_left(c) > 0 && c->fault == CURSOR_OK) {
        const uint8_t *head = cursor_peek(c, 0, 2);
        if (head == NULL || head[1] < 2) {
            cursor_skip(c, cursor_left(c));
            break;
        }
        struct cursor option = cursor_part(c, head[1]);
        put_option(p, &option, set, option_find(set, head[0]));
        if (option.fault != CURSOR_OK)
            c->fault = option.fault;
    }
    tree_end(p, tree);
}

/* ---- Packets ------------------------------------------------------------------------------- */

enum { PROTOCOL_TABLE };

/* The packet that the other end did not understand. */
static void dissect_rejected(struct packet *p, struct cursor *c)
{
    uint16_t protocol = put_u16(p, c, REJECTED);
    if (c->fault == CURSOR_OK && cursor_left(c) > 0)
        (void)next_quoted(p, c, PROTOCOL_TABLE, protocol);
    cursor_trim(c, 0);
}

static void dissect_body(struct packet *p, struct cursor *c, const struct option_set *set,
                         uint8_t code)
{
    switch (code) {
    case 0:
        (void)put_u32(p, c, VENDOR_MAGIC);
        (void)put_uint_be(p, c, OUI, 3);
        (void)put_u8(p, c, KIND);
        put_rest(p, c, DATA);
        break;
    case 1:
    case 2:
    case 3:
    case 4:
        put_options(p, c, set);
        break;
    case 8:
        dissect_rejected(p, c);
        break;
    case 9:
    case 10:
    case 11:
        (void)put_u32(p, c, MAGIC);
        put_rest(p, c, LCP_DATA);
        break;
    case 12:
        (void)put_u32(p, c, MAGIC);
        put_rest(p, c, MESSAGE);
        break;
    case 13:
        (void)put_u32(p, c, MAGIC);
        (void)put_u32(p, c, SECONDS);
        put_rest(p, c, MESSAGE);
        break;
    default:
        put_rest(p, c, DATA);
    }
}

static void dissect_control(struct packet *p, struct cursor *c, const struct option_set *set)
{
    uint8_t code = put_u8(p, c, CODE);
    (void)put_u8(p, c, IDENTIFIER);
    uint16_t length = put_u16(p, c, LENGTH);
    if (c->fault != CURSOR_OK)
        return;
    const char *name = value_name_find(code_names, code);
    info_set(p, "%s", name != NULL ? name : "Unknown");
    struct cursor body = cursor_part(c, length > HEADER ? length - (uint32_t)HEADER : 0);
    if (cursor_left(&body) > 0)
        dissect_body(p, &body, set, code);
    if (body.fault != CURSOR_OK)
        c->fault = body.fault;
    else
        cursor_trim(c, 0);
}

static void dissect_lcp(struct packet *p, struct cursor *c)
{
    dissect_control(p, c, &lcp_set);
}

static void dissect_ipcp(struct packet *p, struct cursor *c)
{
    dissect_control(p, c, &ipcp_set);
}

static void dissect_ipv6cp(struct packet *p, struct cursor *c)
{
    dissect_control(p, c, &ipv6cp_set);
}

static void dissect_ccp(struct packet *p, struct cursor *c)
{
    dissect_control(p, c, &ccp_set);
}

static const char *const tables[] = {"ppp.protocol", NULL};
static const struct binding lcp_bindings[] = {
    {"ppp.protocol", 0xc021}, {"ethertype", 0xc021}, {NULL, 0}};
static const struct binding ipcp_bindings[] = {{"ppp.protocol", 0x8021}, {NULL, 0}};
static const struct binding ipv6cp_bindings[] = {{"ppp.protocol", 0x8057}, {NULL, 0}};
static const struct binding ccp_bindings[] = {{"ppp.protocol", 0x80fd}, {NULL, 0}};

const struct protocol proto_lcp = {.name = "lcp",
                                   .title = "PPP Link Control Protocol",
                                   .column = "PPP LCP",
                                   FIELDS_OF_THIS_FILE,
                                   .tables = tables,
                                   .bindings = lcp_bindings,
                                   .dissect = dissect_lcp};

const struct protocol proto_ipcp = {.name = "ipcp",
                                    .title = "PPP IP Control Protocol",
                                    .column = "PPP IPCP",
                                    .fields_of = &proto_lcp,
                                    .tables = tables,
                                    .bindings = ipcp_bindings,
                                    .dissect = dissect_ipcp};

const struct protocol proto_ipv6cp = {.name = "ipv6cp",
                                      .title = "PPP IPv6 Control Protocol",
                                      .column = "PPP IPV6CP",
                                      .fields_of = &proto_lcp,
                                      .tables = tables,
                                      .bindings = ipv6cp_bindings,
                                      .dissect = dissect_ipv6cp};

const struct protocol proto_ccp = {.name = "ccp",
                                   .title = "PPP Compression Control Protocol",
                                   .column = "PPP CCP",
                                   .fields_of = &proto_lcp,
                                   .tables = tables,
                                   .bindings = ccp_bindings,
                                   .dissect = dissect_ccp};
