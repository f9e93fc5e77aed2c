/*
 * lisp: control messages of the Locator/ID Separation Protocol (RFC 9301): registers and notifies,
 * which have mapping records with their locators.
 *
 *     | type 4 bits, flags, records 8 | nonce 8 | key 2 | length 2 | authentication | records |
 * xTR-ID 16, site 8 if I | record:  | TTL 4 | locators 1 | mask 1 | action 3 bits, A 1 | version 2
 * | AFI 2 | EID | locators |
 */
#include "dissect/pdu.h"

static const struct value_name type_names[] = {VALUE(1, "Map-Request"),
                                               VALUE(2, "Map-Reply"),
                                               VALUE(3, "Map-Register"),
                                               VALUE(4, "Map-Notify"),
                                               VALUE(6, "Map-Referral"),
                                               VALUE(7, "Info"),
                                               VALUE(8, "Encapsulated Control Message"),
                                               VALUES_END};
static const struct value_name mreg_flags_pmr_names[] = {VALUE(0, "Not set"), VALUE(1, "Set"),
                                                         VALUES_END};
static const struct value_name loc_afi_names[] = {
    VALUE(0, "Reserved"),
    VALUE(1, "IPv4"),
    VALUE(2, "IPv6"),
    VALUE(3, "NSAP"),
    VALUE(4, "HDLC (8-bit multidrop)"),
    VALUE(5, "BBN 1822"),
    VALUE(6, "802 (includes all 802 media plus Ethernet)"),
    VALUE(7, "E.163"),
    VALUE(8, "E.164 (SMDS, Frame Relay, ATM)"),
    VALUE(9, "F.69 (Telex)"),
    VALUE(10, "X.121 (X.25, Frame Relay)"),
    VALUE(11, "IPX"),
    VALUE(12, "Appletalk"),
    VALUE(13, "Decnet IV"),
    VALUE(14, "Banyan Vines"),
    VALUE(15, "E.164 with NSAP subaddress"),
    VALUE(16, "DNS (Domain Name System)"),
    VALUE(17, "Distinguished Name"),
    VALUE(18, "AS Number"),
    VALUE(19, "XTP over IP version 4"),
    VALUE(20, "XTP over IP version 6"),
    VALUE(21, "XTP native mode XTP"),
    VALUE(22, "Fibre Channel World-Wide Port Name"),
    VALUE(23, "Fibre Channel World-Wide Node Name"),
    VALUE(24, "GWID"),
    VALUE(25, "Layer-2 VPN"),
    VALUE(196, "Layer-2 VPN (old)"),
    VALUE(26, "MPLS-TP Section Endpoint Identifier"),
    VALUE(27, "MPLS-TP LSP Endpoint Identifier"),
    VALUE(28, "MPLS-TP Pseudowire Endpoint Identifier"),
    VALUE(29, "MT IP: Multi-Topology IP version 4"),
    VALUE(30, "MT IPv6: Multi-Topology IP version 6"),
    VALUE(0x4000, "EIGRP Common Service Family"),
    VALUE(0x4001, "EIGRP IPv4 Service Family"),
    VALUE(0x4002, "EIGRP IPv6 Service Family"),
    VALUE(0x4003, "LISP Canonical Address Format (LCAF)"),
    VALUE(0x4004, "BGP-LS"),
    VALUE(0x4005, "48-bit MAC Address"),
    VALUE(0x4006, "64-bit MAC Address"),
    VALUE(0x4007, "OUI"),
    VALUE(0x4008, "MAC/24"),
    VALUE(0x4009, "MAC/40"),
    VALUE(0x400a, "IPv6/64"),
    VALUE(0x400b, "RBridge Port ID"),
    VALUE(0x400c, "TRILL Nickname"),
    VALUE(0xffff, "Reserved"),
    VALUES_END};
static const struct value_name mapping_act_names[] = {VALUE(0, "No-Action"),
                                                      VALUE(1, "Natively-Forward"),
                                                      VALUE(2, "Send-Map-Request"),
                                                      VALUE(3, "Drop/No-Reason"),
                                                      VALUE(4, "Drop/Policy-Denied"),
                                                      VALUE(5, "Drop/Authentication-Failure"),
                                                      VALUE(6, "Forward-For-Unknown-Address"),
                                                      VALUES_END};
static const struct value_name lcaf_type_names[] = {VALUE(0, "Null Body"),
                                                    VALUE(1, "AFI List"),
                                                    VALUE(2, "Instance ID"),
                                                    VALUE(3, "AS Number"),
                                                    VALUE(4, "Application Data"),
                                                    VALUE(5, "Geo Coordinates"),
                                                    VALUE(6, "Opaque Key"),
                                                    VALUE(7, "NAT Traversal"),
                                                    VALUE(8, "Nonce Locator"),
                                                    VALUE(9, "Multicast Info"),
                                                    VALUE(10, "Explicit Locator Path"),
                                                    VALUE(11, "Security Key"),
                                                    VALUE(12, "Source/Dest Key"),
                                                    VALUE(13, "Replication List Entry"),
                                                    VALUE(14, "JSON Data Model"),
                                                    VALUE(15, "Key/Value Address Pair"),
                                                    VALUE(255, "Vendor Specific LCAF"),
                                                    VALUES_END};

/* The reliable transport (draft-kouvelas-lisp-map-server-reliable-transport). */
static const struct value_name reliable_names[] = {VALUE(16, "Error Notification"),
                                                   VALUE(17, "Registration"),
                                                   VALUE(18, "Registration ACK"),
                                                   VALUE(19, "Registration NACK"),
                                                   VALUE(20, "Registration Refresh"),
                                                   VALUE(21, "Mapping Notification"),
                                                   VALUES_END};
static const struct value_name reject_names[] = {VALUE(1, "Not a valid site EID prefix"),
                                                 VALUE(2, "Authentication failure"), VALUES_END};
static const struct value_name refresh_names[] = {
    VALUE(0, "All prefixes under all address families under all EID instances"), VALUES_END};

#define FIELDS(X)                                                                                  \
    X(TYPE, "lisp.type", "Type", UINT24, DEC, 0xf00000, type_names)                                \
    X(RECORDS, "lisp.records", "Record Count", UINT8, DEC, 0, NULL)                                \
    X(NONCE, "lisp.nonce", "Nonce", UINT64, HEX, 0, NULL)                                          \
    X(MREG_FLAGS_PMR, "lisp.mreg.flags.pmr", "P bit (Proxy-Map-Reply)", BOOLEAN, 24, 0x80000,      \
      mreg_flags_pmr_names)                                                                        \
    X(MREG_FLAGS_SEC, "lisp.mreg.flags.sec", "S bit (LISP-SEC capable)", BOOLEAN, 24, 0x40000,     \
      mreg_flags_pmr_names)                                                                        \
    X(MREG_FLAGS_XTRID, "lisp.mreg.flags.xtrid", "I bit (xTR-ID present)", BOOLEAN, 24, 0x20000,   \
      mreg_flags_pmr_names)                                                                        \
    X(MREG_FLAGS_RTR, "lisp.mreg.flags.rtr", "R bit (Built for an RTR)", BOOLEAN, 24, 0x10000,     \
      mreg_flags_pmr_names)                                                                        \
    X(MREG_FLAGS_WMN, "lisp.mreg.flags.wmn", "M bit (Want-Map-Notify)", BOOLEAN, 24, 0x1,          \
      mreg_flags_pmr_names)                                                                        \
    X(MREG_RES, "lisp.mreg.res", "Reserved bits", UINT24, HEX, 0xfffe, NULL)                       \
    X(KEYID, "lisp.keyid", "Key ID", UINT16, HEX, 0, NULL)                                         \
    X(AUTHLEN, "lisp.authlen", "Authentication Data Length", UINT16, DEC, 0, NULL)                 \
    X(AUTH, "lisp.auth", "Authentication Data", BYTES, NONE, 0, NULL)                              \
    X(XTRID, "lisp.xtrid", "xTR-ID", BYTES, NONE, 0, NULL)                                         \
    X(SITEID, "lisp.siteid", "Site-ID", BYTES, NONE, 0, NULL)                                      \
    X(MNOT_FLAGS_XTRID, "lisp.mnot.flags.xtrid", "I bit (xTR-ID present)", BOOLEAN, 24, 0x80000,   \
      mreg_flags_pmr_names)                                                                        \
    X(MNOT_FLAGS_RTR, "lisp.mnot.flags.rtr", "R bit (Built for an RTR)", BOOLEAN, 24, 0x40000,     \
      mreg_flags_pmr_names)                                                                        \
    X(MNOT_RES, "lisp.mnot.res", "Reserved bits", UINT24, HEX, 0x3ffff, NULL)                      \
    X(LOC, "lisp.loc", "Locator Record", NONE, NONE, 0, NULL)                                      \
    X(LOC_PRIORITY, "lisp.loc.priority", "Priority", UINT8, DEC, 0, NULL)                          \
    X(LOC_WEIGHT, "lisp.loc.weight", "Weight", UINT8, DEC, 0, NULL)                                \
    X(LOC_MULTICAST_PRIORITY, "lisp.loc.multicast_priority", "Multicast Priority", UINT8, DEC, 0,  \
      NULL)                                                                                        \
    X(LOC_MULTICAST_WEIGHT, "lisp.loc.multicast_weight", "Multicast Weight", UINT8, DEC, 0, NULL)  \
    X(LOC_FLAGS, "lisp.loc.flags", "Flags", UINT16, HEX, 0, NULL)                                  \
    X(LOC_FLAGS_LOCAL, "lisp.loc.flags.local", "Local", BOOLEAN, 16, 0x4, mreg_flags_pmr_names)    \
    X(LOC_FLAGS_PROBE, "lisp.loc.flags.probe", "Probe", BOOLEAN, 16, 0x2, mreg_flags_pmr_names)    \
    X(LOC_FLAGS_REACH, "lisp.loc.flags.reach", "Reachable", BOOLEAN, 16, 0x1,                      \
      mreg_flags_pmr_names)                                                                        \
    X(LOC_FLAGS_RES, "lisp.loc.flags.res", "Reserved", UINT16, HEX, 0xfff8, NULL)                  \
    X(LOC_AFI, "lisp.loc.afi", "AFI", UINT16, DEC, 0, loc_afi_names)                               \
    X(LOC_LOCATOR, "lisp.loc.locator", "Locator", STRING, NONE, 0, NULL)                           \
    X(MAPPING, "lisp.mapping", "Mapping Record", NONE, NONE, 0, NULL)                              \
    X(MAPPING_TTL, "lisp.mapping.ttl", "Record TTL", UINT32, DEC, 0, NULL)                         \
    X(MAPPING_LOCCNT, "lisp.mapping.loccnt", "Locator Count", UINT8, DEC, 0, NULL)                 \
    X(MAPPING_EID_MASKLEN, "lisp.mapping.eid.masklen", "EID Mask Length", UINT8, DEC, 0, NULL)     \
    X(MAPPING_ACT, "lisp.mapping.act", "Action", UINT16, DEC, 0xe000, mapping_act_names)           \
    X(MAPPING_AUTH, "lisp.mapping.auth", "Authoritative bit", BOOLEAN, 16, 0x1000,                 \
      mreg_flags_pmr_names)                                                                        \
    X(MAPPING_RES1, "lisp.mapping.res1", "Reserved", UINT16, HEX, 0x7ff, NULL)                     \
    X(MAPPING_RES2, "lisp.mapping.res2", "Reserved", UINT16, HEX, 0xf000, NULL)                    \
    X(MAPPING_VER, "lisp.mapping.ver", "Mapping Version", UINT16, DEC, 0xfff, NULL)                \
    X(MAPPING_EID_AFI, "lisp.mapping.eid.afi", "EID Prefix AFI", UINT16, DEC, 0, loc_afi_names)    \
    X(MAPPING_EID_IPV4, "lisp.mapping.eid.ipv4", "EID Prefix", IPv4, NONE, 0, NULL)                \
    X(MAPPING_EID_IPV6, "lisp.mapping.eid.ipv6", "EID Prefix", IPv6, NONE, 0, NULL)                \
    X(MAPPING_EID_MAC, "lisp.mapping.eid.mac", "EID Prefix", ETHER, NONE, 0, NULL)                 \
    X(MAPPING_EID_DN, "lisp.mapping.eid.dn", "EID Prefix", STRING, NONE, 0, NULL)                  \
    X(LCAF, "lisp.lcaf", "LCAF", NONE, NONE, 0, NULL)                                              \
    X(LCAF_HEADER, "lisp.lcaf.header", "LCAF Header", BYTES, NONE, 0, NULL)                        \
    X(LCAF_RES1, "lisp.lcaf.res1", "Reserved bits", UINT8, HEX, 0, NULL)                           \
    X(LCAF_FLAGS, "lisp.lcaf.flags", "Flags", UINT8, HEX, 0, NULL)                                 \
    X(LCAF_TYPE, "lisp.lcaf.type", "Type", UINT8, DEC, 0, lcaf_type_names)                         \
    X(LCAF_RES2, "lisp.lcaf.res2", "Reserved bits", UINT8, HEX, 0, NULL)                           \
    X(LCAF_LENGTH, "lisp.lcaf.length", "Length", UINT16, DEC, 0, NULL)                             \
    X(LCAF_IID, "lisp.lcaf.iid", "Instance ID", UINT32, DEC, 0, NULL)                              \
    X(LCAF_IID_AFI, "lisp.lcaf.iid.afi", "Address AFI", UINT16, DEC, 0, loc_afi_names)             \
    X(LCAF_IID_IPV4, "lisp.lcaf.iid.ipv4", "Address", IPv4, NONE, 0, NULL)                         \
    X(LCAF_IID_IPV6, "lisp.lcaf.iid.ipv6", "Address", IPv6, NONE, 0, NULL)                         \
    X(LCAF_IID_MAC, "lisp.lcaf.iid.mac", "Address", ETHER, NONE, 0, NULL)                          \
    X(LCAF_IID_DN, "lisp.lcaf.iid.dn", "Address", STRING, NONE, 0, NULL)                           \
    X(TCP_TYPE, "lisp-tcp.message.type", "Type", UINT16, DEC, 0, reliable_names)                   \
    X(TCP_LENGTH, "lisp-tcp.message.length", "Length", UINT16, DEC, 0, NULL)                       \
    X(TCP_ID, "lisp-tcp.message.id", "Message ID", UINT32, DEC, 0, NULL)                           \
    X(TCP_REASON, "lisp-tcp.message.registration_reject.reason", "Registration reject reason",     \
      UINT8, DEC, 0, reject_names)                                                                 \
    X(TCP_REJECT_RES, "lisp-tcp.message.registration_reject.res", "Reserved bits", UINT16, HEX, 0, \
      NULL)                                                                                        \
    X(TCP_SCOPE, "lisp-tcp.message.registration_refresh.scope", "Registration refresh scope",      \
      UINT8, DEC, 0, refresh_names)                                                                \
    X(TCP_REJECTED, "lisp-tcp.message.registration_refresh.flags.rejected", "Rejected only",       \
      BOOLEAN, 16, 0x8000, mreg_flags_pmr_names)                                                   \
    X(TCP_REFRESH_RES, "lisp-tcp.message.registration_refresh.res", "Reserved", UINT16, HEX,       \
      0x7fff, NULL)                                                                                \
    X(TCP_XTRID, "lisp-tcp.message.xtrid", "xTR-ID", BYTES, NONE, 0, NULL)                         \
    X(TCP_SITEID, "lisp-tcp.message.siteid", "Site-ID", BYTES, NONE, 0, NULL)                      \
    X(TCP_PREFIX_LENGTH, "lisp-tcp.message.eid.prefix.length", "Prefix Length", UINT8, DEC, 0,     \
      NULL)                                                                                        \
    X(TCP_PREFIX_AFI, "lisp-tcp.message.eid.prefix.afi", "Prefix AFI", UINT16, DEC, 0,             \
      loc_afi_names)                                                                               \
    X(TCP_EID_IPV4, "lisp-tcp.message.eid.ipv4", "Address", IPv4, NONE, 0, NULL)                   \
    X(TCP_EID_IPV6, "lisp-tcp.message.eid.ipv6", "Address", IPv6, NONE, 0, NULL)                   \
    X(TCP_END, "lisp-tcp.message.end_marker", "Message End Marker", UINT32, HEX, 0, NULL)

FIELD_TABLE(FIELDS);

enum {
    MAP_REGISTER = 3,
    MAP_NOTIFY = 4,
    AFI_NONE = 0,
    AFI_IPV4 = 1,
    AFI_IPV6 = 2,
    AFI_LCAF = 16387,
    LCAF_INSTANCE = 2
};

/* The address as text; "" for one that is not of IP. */
static const char *put_address(struct packet *p, struct cursor *c, uint16_t family, unsigned four,
                               unsigned six)
{
    const uint8_t *address = family == AFI_IPV4   ? put_ipv4(p, c, four)
                             : family == AFI_IPV6 ? put_bytes(p, c, six, 16)
                                                  : NULL;
    if (address == NULL || !p->wanted->titles)
        return "";
    return packet_address(p, family == AFI_IPV4 ? ADDRESS_IPV4 : ADDRESS_IPV6, address);
}

/* RFC 8060: an address with something more, here the instance it belongs to: "[100] 192.0.2.0". */
static const char *put_lcaf(struct packet *p, struct cursor *c)
{
    const uint8_t *head = cursor_peek(c, 0, 6);
    uint32_t length = head == NULL ? 0 : be16(head + 4);
    put_data(p, c, LCAF, c->pos, 6 + length, "", 0);
    uint32_t tree = tree_begin(p, LCAF);
    struct cursor whole = *c;
    (void)put_bytes(p, &whole, LCAF_HEADER, 6);
    uint32_t under = tree_begin(p, LCAF_HEADER);
    (void)put_u8(p, c, LCAF_RES1);
    (void)put_u8(p, c, LCAF_FLAGS);
    uint8_t type = put_u8(p, c, LCAF_TYPE);
    (void)put_u8(p, c, LCAF_RES2);
    (void)put_u16(p, c, LCAF_LENGTH);
    tree_end(p, under);
    struct cursor v = cursor_part(c, length);
    const char *text = "";
    if (type == LCAF_INSTANCE) {
        uint32_t instance = put_u32(p, &v, LCAF_IID);
        uint16_t family = put_u16(p, &v, LCAF_IID_AFI);
        text = put_address(p, &v, family, LCAF_IID_IPV4, LCAF_IID_IPV6);
        if (p->wanted->titles)
            text = packet_text(p, "[%u] %s", instance, text);
    }
    tree_end(p, tree);
    return text;
}

static void put_locator(struct packet *p, struct cursor *c)
{
    put_data(p, c, LOC, c->pos, 12, "", 0);
    uint32_t tree = tree_begin(p, LOC);
    (void)put_u8(p, c, LOC_PRIORITY);
    (void)put_u8(p, c, LOC_WEIGHT);
    (void)put_u8(p, c, LOC_MULTICAST_PRIORITY);
    (void)put_u8(p, c, LOC_MULTICAST_WEIGHT);
    uint16_t flags = put_u16(p, c, LOC_FLAGS);
    uint32_t under = tree_begin(p, LOC_FLAGS);
    if (c->fault == CURSOR_OK) {
        put_bits(p, c, LOC_FLAGS_RES, c->pos - 2, 2, flags);
        put_bits(p, c, LOC_FLAGS_LOCAL, c->pos - 2, 2, flags);
        put_bits(p, c, LOC_FLAGS_PROBE, c->pos - 2, 2, flags);
        put_bits(p, c, LOC_FLAGS_REACH, c->pos - 2, 2, flags);
    }
    tree_end(p, under);
    uint16_t family = put_u16(p, c, LOC_AFI);
    const uint8_t *b = family == AFI_IPV4 ? cursor_take(c, 4) : NULL;
    if (b != NULL)
        put_string(p, c, LOC_LOCATOR, c->pos - 4, 4,
                   packet_text(p, "%u.%u.%u.%u", b[0], b[1], b[2], b[3]));
    else if (family == AFI_IPV6)
        cursor_skip(c, 16);
    tree_end(p, tree);
}

/* "192.0.2.0/24" */
static const char *put_record(struct packet *p, struct cursor *c)
{
    put_data(p, c, MAPPING, c->pos, 12, "", 0);
    uint32_t tree = tree_begin(p, MAPPING);
    (void)put_u32(p, c, MAPPING_TTL);
    uint8_t locators = put_u8(p, c, MAPPING_LOCCNT);
    uint8_t mask = put_u8(p, c, MAPPING_EID_MASKLEN);
    uint16_t action = cursor_u16(c);
    if (c->fault == CURSOR_OK) {
        put_bits(p, c, MAPPING_ACT, c->pos - 2, 2, action);
        put_bits(p, c, MAPPING_AUTH, c->pos - 2, 2, action);
        put_bits(p, c, MAPPING_RES1, c->pos - 2, 2, action);
    }
    uint16_t version = cursor_u16(c);
    if (c->fault == CURSOR_OK) {
        put_bits(p, c, MAPPING_RES2, c->pos - 2, 2, version);
        put_bits(p, c, MAPPING_VER, c->pos - 2, 2, version);
    }
    uint16_t family = put_u16(p, c, MAPPING_EID_AFI);
    const char *prefix = family == AFI_LCAF
                             ? put_lcaf(p, c)
                             : put_address(p, c, family, MAPPING_EID_IPV4, MAPPING_EID_IPV6);
    for (; locators > 0 && c->fault == CURSOR_OK; locators--)
        put_locator(p, c);
    tree_end(p, tree);
    return p->wanted->titles ? packet_text(p, "%s/%u", prefix, mask) : "";
}

static bool put_head(struct packet *p, const struct cursor *c, uint32_t bits, uint8_t type)
{
    static const uint16_t registers[] = {MREG_FLAGS_PMR, MREG_FLAGS_SEC, MREG_FLAGS_XTRID,
                                         MREG_FLAGS_RTR, MREG_RES,       MREG_FLAGS_WMN};
    static const uint16_t notifies[] = {MNOT_FLAGS_XTRID, MNOT_FLAGS_RTR, MNOT_RES};
    bool reg = type == MAP_REGISTER;
    size_t count = reg ? sizeof registers / sizeof *registers : sizeof notifies / sizeof *notifies;
    for (size_t i = 0; i < count; i++)
        put_bits(p, c, reg ? registers[i] : notifies[i], c->pos - 3, 3, bits);
    return (reg ? bits >> 17 & 1 : bits >> 19 & 1) != 0;
}

/* What a Map-Register and a Map-Notify say behind their first three bytes. The last prefix as text. */
static const char *put_records(struct packet *p, struct cursor *c, bool identified)
{
    const char *prefix = "";
    uint8_t records = put_u8(p, c, RECORDS);
    (void)put_uint_be(p, c, NONCE, 8);
    (void)put_u16(p, c, KEYID);
    uint16_t length = put_u16(p, c, AUTHLEN);
    (void)put_bytes(p, c, AUTH, length);
    for (; records > 0 && c->fault == CURSOR_OK; records--)
        prefix = put_record(p, c);
    if (identified && cursor_left(c) >= 24) {
        (void)put_bytes(p, c, XTRID, 16);
        (void)put_bytes(p, c, SITEID, 8);
    }
    return prefix;
}

static void dissect(struct packet *p, struct cursor *c)
{
    const uint8_t *head = cursor_take(c, 3);
    if (head == NULL)
        return;
    uint32_t bits = be24(head);
    uint8_t type = (uint8_t)(bits >> 20);
    put_bits(p, c, TYPE, c->pos - 3, 3, bits);
    const char *name = value_name_find(type_names, type);
    info_set(p, "%s", name != NULL ? name : "Unknown");
    if (type != MAP_REGISTER && type != MAP_NOTIFY) {
        next_data(p, c);
        return;
    }
    bool identified = put_head(p, c, bits, type);
    (void)put_records(p, c, identified);
}

static const struct binding bindings[] = {{"udp.port", 4342}, {NULL, 0}};

const struct protocol proto_lisp = {.name = "lisp",
                                    .title = "Locator/ID Separation Protocol",
                                    .column = "LISP",
                                    FIELDS_OF_THIS_FILE,
                                    .bindings = bindings,
                                    .dissect = dissect};

/* ---- The reliable transport ------------------------------------------------------------------ */

/*     | type 2 | length 2, of all | id 4 | ... | end marker 9facade9 |      */
enum { RELIABLE_HEAD = 8, RELIABLE_END = 4, RELIABLE_MIN = RELIABLE_HEAD + RELIABLE_END };
enum { REGISTRATION = 17, ACK, NACK, REFRESH, NOTIFICATION };

static const char *put_prefix(struct packet *p, struct cursor *c)
{
    uint8_t mask = put_u8(p, c, TCP_PREFIX_LENGTH);
    uint16_t family = put_u16(p, c, TCP_PREFIX_AFI);
    const char *prefix =
        family == AFI_LCAF ? put_lcaf(p, c) : put_address(p, c, family, TCP_EID_IPV4, TCP_EID_IPV6);
    return p->wanted->titles ? packet_text(p, "%s/%u", prefix, mask) : "";
}

static const char *put_registration(struct packet *p, struct cursor *c)
{
    const uint8_t *head = cursor_take(c, 3);
    if (head == NULL)
        return "";
    bool identified = put_head(p, c, be24(head), MAP_REGISTER);
    return packet_text(p, " for %s", put_records(p, c, identified));
}

static const char *put_refusal(struct packet *p, struct cursor *c)
{
    uint8_t reason = put_u8(p, c, TCP_REASON);
    (void)put_u16(p, c, TCP_REJECT_RES);
    const char *name = value_name_find(reject_names, reason);
    return packet_text(p, ", Reason: %s for %s", name != NULL ? name : "Unknown", put_prefix(p, c));
}

static const char *put_refresh(struct packet *p, struct cursor *c)
{
    uint8_t scope = put_u8(p, c, TCP_SCOPE);
    const uint8_t *flags = cursor_take(c, 2);
    if (flags != NULL)
        put_flags(p, c, TCP_REJECTED, 2, c->pos - 2, 2, be16(flags));
    const char *name = value_name_find(refresh_names, scope);
    return packet_text(p, ", Scope: %s", name != NULL ? name : "Unknown");
}

static const char *put_notification(struct packet *p, struct cursor *c)
{
    (void)put_bytes(p, c, TCP_XTRID, 16);
    (void)put_bytes(p, c, TCP_SITEID, 8);
    return packet_text(p, " for %s", put_record(p, c));
}

static const char *put_body(struct packet *p, struct cursor *c, uint16_t type)
{
    switch (type) {
    case REGISTRATION:
        return put_registration(p, c);
    case ACK:
        return packet_text(p, " for %s", put_prefix(p, c));
    case NACK:
        return put_refusal(p, c);
    case REFRESH:
        return put_refresh(p, c);
    case NOTIFICATION:
        return put_notification(p, c);
    default:
        return "";
    }
}

static void dissect_reliable(struct packet *p, struct cursor *c)
{
    uint16_t type = put_u16(p, c, TCP_TYPE), n = put_u16(p, c, TCP_LENGTH);
    uint32_t id = put_u32(p, c, TCP_ID);
    struct cursor body = cursor_part(c, n < RELIABLE_MIN ? 0u : (uint32_t)n - RELIABLE_MIN);
    const char *name = value_name_find(reliable_names, type), *about = put_body(p, &body, type);
    if (body.fault != CURSOR_OK)
        c->fault = body.fault;
    (void)put_u32(p, c, TCP_END);
    if (name == NULL)
        name = "Unknown";
    info_set(p, "Msg: %u, %s%s", id, name, about);
    title(p, "Locator/ID Separation Protocol (Reliable Transport), Msg: %u, %s%s", id, name, about);
}

static uint32_t reliable_message(struct packet *p, const struct cursor *c)
{
    (void)p;
    const uint8_t *head = cursor_peek(c, 0, 4);
    if (head == NULL)
        return STREAM_MORE;
    uint16_t n = be16(head + 2);
    return n < RELIABLE_MIN ? 0 : pdu_length(c, n);
}

static bool reliable_probe(const struct packet *p, const struct cursor *c)
{
    (void)p;
    const uint8_t *head = cursor_peek(c, 0, 4);
    return head != NULL && be16(head) >= 16 && be16(head) <= NOTIFICATION &&
           be16(head + 2) >= RELIABLE_MIN;
}

static const struct binding reliable_bindings[] = {{"tcp.port", 4342}, {NULL, 0}};

const struct protocol proto_lisp_tcp = {.name = "lisp-tcp",
                                        .title =
                                            "Locator/ID Separation Protocol (Reliable Transport)",
                                        .column = "LISP",
                                        .fields_of = &proto_lisp,
                                        .bindings = reliable_bindings,
                                        .probe = reliable_probe,
                                        .message = reliable_message,
                                        .pdus = true,
                                        .dissect = dissect_reliable};
