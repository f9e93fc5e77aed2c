/*
 * pim: Protocol Independent Multicast, version 2 (RFC 7761, 3973).
 *
 *     | version 4 bits, type 4 | reserved 1 | checksum 2 | ...
 *     addresses:  | family 1 | encoding 1 | address                        unicast
 *                 | family 1 | encoding 1 | flags 1 | mask 1 | address     group, source
 */
#include "dissect/checksum.h"
#include "dissect/packet.h"

static const struct value_name type_names[] = {VALUE(0, "Hello"),
                                               VALUE(1, "Register"),
                                               VALUE(2, "Register-stop"),
                                               VALUE(3, "Join/Prune"),
                                               VALUE(4, "Bootstrap"),
                                               VALUE(5, "Assert"),
                                               VALUE(6, "Graft"),
                                               VALUE(7, "Graft-Ack"),
                                               VALUE(8, "Candidate-RP-Advertisement"),
                                               VALUE(9, "State-Refresh"),
                                               VALUE(10, "DF election"),
                                               VALUE(11, "ECMP redirect"),
                                               VALUE(12, "PFM source discovery"),
                                               VALUES_END};
static const struct value_name df_elect_subtype_names[] = {VALUE(1, "offer"), VALUE(2, "DF Winner"),
                                                           VALUE(3, "DF Backoff"),
                                                           VALUE(4, "DF Pass"), VALUES_END};
static const struct value_name cksum_status_names[] = {
    VALUE(0, "Bad"),         VALUE(1, "Good"),    VALUE(2, "Unverified"),
    VALUE(3, "Not present"), VALUE(4, "Illegal"), VALUES_END};
static const struct value_name register_flag_border_names[] = {VALUE(0, "No"), VALUE(1, "Yes"),
                                                               VALUES_END};
static const struct value_name holdtime_names[] = {VALUE(0xffff, "Infinity"), VALUE(0, "goodbye"),
                                                   VALUES_END};
static const struct value_name ip_version_names[] = {VALUE(0, "Dummy Header"), VALUE(4, "IPv4"),
                                                     VALUE(6, "IPv6"), VALUES_END};
static const struct value_name addr_address_family_names[] = {
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
static const struct value_name addr_encoding_type_names[] = {
    VALUE(0, "Native"), VALUE(1, "Native with Join Attribute"), VALUES_END};
static const struct value_name group_addr_flags_b_names[] = {VALUE(0, "Not set"), VALUE(1, "Set"),
                                                             VALUES_END};

#define FIELDS(X)                                                                                  \
    X(VERSION, "pim.version", "Version", UINT8, DEC, 0xf0, NULL)                                   \
    X(TYPE, "pim.type", "Type", UINT8, DEC, 0xf, type_names)                                       \
    X(DF_ELECT_SUBTYPE, "pim.df_elect.subtype", "DF Subtype", UINT8, DEC, 0xf0,                    \
      df_elect_subtype_names)                                                                      \
    X(DF_ELECT_RSVD, "pim.df_elect.rsvd", "DF reserved", UINT8, DEC, 0xf, NULL)                    \
    X(CKSUM, "pim.cksum", "Checksum", UINT16, HEX, 0, NULL)                                        \
    X(CKSUM_STATUS, "pim.cksum.status", "Checksum Status", UINT8, NONE, 0, cksum_status_names)     \
    X(RES_BYTES, "pim.res_bytes", "Reserved byte(s)", BYTES, NONE, 0, NULL)                        \
    X(OPTION, "pim.option", "PIM Options", NONE, NONE, 0, NULL)                                    \
    X(OPTIONTYPE, "pim.optiontype", "Type", UINT16, DEC, 0, NULL)                                  \
    X(OPTIONLENGTH, "pim.optionlength", "Length", UINT16, DEC, 0, NULL)                            \
    X(OPTIONVALUE, "pim.optionvalue", "Unknown", BYTES, NONE, 0, NULL)                             \
    X(REGISTER_FLAG, "pim.register_flag", "Flags", UINT32, HEX, 0, NULL)                           \
    X(REGISTER_FLAG_BORDER, "pim.register_flag.border", "Border", BOOLEAN, 32, 0x80000000,         \
      register_flag_border_names)                                                                  \
    X(REGISTER_FLAG_NULL_REGISTER, "pim.register_flag.null_register", "Null-Register", BOOLEAN,    \
      32, 0x40000000, register_flag_border_names)                                                  \
    X(HOLDTIME, "pim.holdtime", "Holdtime", UINT16, DEC, 0, holdtime_names)                        \
    X(NUMGROUPS, "pim.numgroups", "Num Groups", UINT16, DEC, 0, NULL)                              \
    X(NUMJOINS, "pim.numjoins", "Num Joins", UINT16, DEC, 0, NULL)                                 \
    X(NUMPRUNES, "pim.numprunes", "Num Prunes", UINT16, DEC, 0, NULL)                              \
    X(T, "pim.t", "T", BOOLEAN, 8, 0x80, NULL)                                                     \
    X(PROPAGATION_DELAY, "pim.propagation_delay", "Propagation Delay", UINT16, DEC, 0x7fff, NULL)  \
    X(OVERRIDE_INTERVAL, "pim.override_interval", "Override Interval", UINT16, DEC, 0, NULL)       \
    X(DR_PRIORITY, "pim.dr_priority", "DR Priority", UINT32, DEC, 0, NULL)                         \
    X(GENERATION_ID, "pim.generation_id", "Generation ID", UINT32, DEC, 0, NULL)                   \
    X(STATE_REFRESH_VERSION, "pim.state_refresh_version", "Version", UINT8, DEC, 0, NULL)          \
    X(STATE_REFRESH_INTERVAL, "pim.state_refresh_interval", "Interval", UINT8, DEC, 0, NULL)       \
    X(STATE_REFRESH_RESERVED, "pim.state_refresh_reserved", "Reserved", UINT16, DEC, 0, NULL)      \
    X(RPT, "pim.rpt", "RP Tree", BOOLEAN, 8, 0x80, NULL)                                           \
    X(METRIC_PREF, "pim.metric_pref", "Metric Preference", UINT32, DEC, 0x7fffffff, NULL)          \
    X(METRIC, "pim.metric", "Metric", UINT32, DEC, 0, NULL)                                        \
    X(IP_VERSION, "pim.ip_version", "IP Version", UINT8, DEC, 0xf0, ip_version_names)              \
    X(SOURCE, "pim.source", "Source", IPv4, NONE, 0, NULL)                                         \
    X(SOURCE_IP6, "pim.source_ip6", "Source", IPv6, NONE, 0, NULL)                                 \
    X(GROUP, "pim.group", "Group", IPv4, NONE, 0, NULL)                                            \
    X(GROUP_IP6, "pim.group_ip6", "Group", IPv6, NONE, 0, NULL)                                    \
    X(UPSTREAM_NEIGHBOR, "pim.upstream_neighbor", "Upstream-neighbor", IPv4, NONE, 0, NULL)        \
    X(UPSTREAM_NEIGHBOR_IP6, "pim.upstream_neighbor_ip6", "Upstream-neighbor", IPv6, NONE, 0,      \
      NULL)                                                                                        \
    X(JOIN_IP, "pim.join_ip", "IP address", IPv4, NONE, 0, NULL)                                   \
    X(JOIN_IP6, "pim.join_ip6", "IP address", IPv6, NONE, 0, NULL)                                 \
    X(PRUNE_IP, "pim.prune_ip", "IP address", IPv4, NONE, 0, NULL)                                 \
    X(PRUNE_IP6, "pim.prune_ip6", "IP address", IPv6, NONE, 0, NULL)                               \
    X(BSR, "pim.bsr", "BSR", IPv4, NONE, 0, NULL)                                                  \
    X(BSR_IP6, "pim.bsr_ip6", "BSR", IPv6, NONE, 0, NULL)                                          \
    X(RP, "pim.rp", "RP", IPv4, NONE, 0, NULL)                                                     \
    X(RP_IP6, "pim.rp_ip6", "RP", IPv6, NONE, 0, NULL)                                             \
    X(FRAGMENT_TAG, "pim.fragment_tag", "Fragment tag", UINT16, HEX, 0, NULL)                      \
    X(HASH_MASK_LEN, "pim.hash_mask_len", "Hash mask len", UINT8, DEC, 0, NULL)                    \
    X(BSR_PRIORITY, "pim.bsr_priority", "BSR priority", UINT8, DEC, 0, NULL)                       \
    X(RP_COUNT, "pim.rp_count", "RP count", UINT8, DEC, 0, NULL)                                   \
    X(FRP_COUNT, "pim.frp_count", "FRP count", UINT8, DEC, 0, NULL)                                \
    X(PRIORITY, "pim.priority", "Priority", UINT8, DEC, 0, NULL)                                   \
    X(PREFIX_COUNT, "pim.prefix_count", "Prefix-count", UINT8, DEC, 0, NULL)                       \
    X(MASK_LEN, "pim.mask_len", "Masklen", UINT8, DEC, 0, NULL)                                    \
    X(ADDR_ADDRESS_FAMILY, "pim.addr_address_family", "Address Family", UINT8, DEC, 0,             \
      addr_address_family_names)                                                                   \
    X(ADDR_ENCODING_TYPE, "pim.addr_encoding_type", "Encoding Type", UINT8, DEC, 0,                \
      addr_encoding_type_names)                                                                    \
    X(UNICAST, "pim.unicast", "Unicast", IPv4, NONE, 0, NULL)                                      \
    X(UNICAST_IPV6, "pim.unicast_ipv6", "Unicast", IPv6, NONE, 0, NULL)                            \
    X(GROUP_SET, "pim.group_set", "Group", STRING, NONE, 0, NULL)                                  \
    X(GROUP_ADDR_FLAGS, "pim.group_addr.flags", "Flags", UINT8, HEX, 0, NULL)                      \
    X(GROUP_ADDR_FLAGS_B, "pim.group_addr.flags.b", "Bidirectional PIM", BOOLEAN, 8, 0x80,         \
      group_addr_flags_b_names)                                                                    \
    X(GROUP_ADDR_FLAGS_RESERVED, "pim.group_addr.flags.reserved", "Reserved", UINT8, HEX, 0x7e,    \
      NULL)                                                                                        \
    X(GROUP_ADDR_FLAGS_Z, "pim.group_addr.flags.z", "Admin Scope Zone", BOOLEAN, 8, 0x1,           \
      group_addr_flags_b_names)                                                                    \
    X(SOURCE_ADDR_FLAGS, "pim.source_addr.flags", "Flags", UINT8, HEX, 0, NULL)                    \
    X(SOURCE_ADDR_FLAGS_RESERVED, "pim.source_addr.flags.reserved", "Reserved", UINT8, HEX, 0xf8,  \
      NULL)                                                                                        \
    X(SOURCE_ADDR_FLAGS_S, "pim.source_addr.flags.s", "Sparse", BOOLEAN, 8, 0x4,                   \
      group_addr_flags_b_names)                                                                    \
    X(SOURCE_ADDR_FLAGS_W, "pim.source_addr.flags.w", "WildCard", BOOLEAN, 8, 0x2,                 \
      group_addr_flags_b_names)                                                                    \
    X(SOURCE_ADDR_FLAGS_R, "pim.source_addr.flags.r", "Rendezvous Point Tree", BOOLEAN, 8, 0x1,    \
      group_addr_flags_b_names)                                                                    \
    X(BAD_CHECKSUM, "pim.bad_checksum", "Bad checksum", NONE, NONE, 0, NULL)

FIELD_TABLE(FIELDS);

enum { VERSION_TABLE };
enum { IP_PROTO_PIM = 103 };
enum {
    HELLO,
    REGISTER,
    REGISTER_STOP,
    JOIN_PRUNE,
    BOOTSTRAP,
    ASSERT,
    GRAFT,
    GRAFT_ACK,
    CANDIDATE_RP,
    STATE_REFRESH,
    DF_ELECTION
};
enum {
    HELLO_HOLDTIME = 1,
    HELLO_DELAY = 2,
    HELLO_DR = 19,
    HELLO_GENERATION = 20,
    HELLO_REFRESH = 21,
    HELLO_ADDRESSES = 24
};
enum { FAMILY_IPV4 = 1, FAMILY_IPV6 = 2 };

/* How an address is shown: by the field it is listed under, by the one below that has the address
 * alone. */
struct address_fields {
    uint16_t outer4, outer6, inner4, inner6;
    uint16_t flags, flag_count; /* 0: a unicast address */
};
static const struct address_fields group_fields = {GROUP,     GROUP_IP6,        GROUP,
                                                   GROUP_IP6, GROUP_ADDR_FLAGS, 3};
static const struct address_fields join_fields = {JOIN_IP,    JOIN_IP6,          SOURCE,
                                                  SOURCE_IP6, SOURCE_ADDR_FLAGS, 4};
static const struct address_fields prune_fields = {PRUNE_IP,   PRUNE_IP6,         SOURCE,
                                                   SOURCE_IP6, SOURCE_ADDR_FLAGS, 4};
static const struct address_fields upstream_fields = {
    UPSTREAM_NEIGHBOR, UPSTREAM_NEIGHBOR_IP6, UNICAST, UNICAST_IPV6, 0, 0};
static const struct address_fields source_fields = {SOURCE,       SOURCE_IP6, UNICAST,
                                                    UNICAST_IPV6, 0,          0};
static const struct address_fields bsr_fields = {BSR, BSR_IP6, UNICAST, UNICAST_IPV6, 0, 0};
static const struct address_fields rp_fields = {RP, RP_IP6, UNICAST, UNICAST_IPV6, 0, 0};

static void put_one(struct packet *p, struct cursor *c, bool six, unsigned four, unsigned sixteen)
{
    if (six)
        (void)put_bytes(p, c, sixteen, 16);
    else
        (void)put_ipv4(p, c, four);
}

static void put_address(struct packet *p, struct cursor *c, const struct address_fields *f)
{
    const uint8_t *head = cursor_peek(c, 0, 2);
    bool six = head != NULL && head[0] == FAMILY_IPV6;
    uint32_t prefix = f->flags != 0 ? 4 : 2;
    if (head == NULL || (head[0] != FAMILY_IPV4 && !six)) {
        cursor_skip(c, cursor_left(c) + 1);
        return;
    }
    struct cursor outer = *c;
    cursor_skip(&outer, prefix);
    put_one(p, &outer, six, f->outer4, f->outer6);
    uint32_t tree = tree_begin(p, six ? f->outer6 : f->outer4);
    (void)put_u8(p, c, ADDR_ADDRESS_FAMILY);
    (void)put_u8(p, c, ADDR_ENCODING_TYPE);
    if (f->flags != 0) {
        uint8_t flags = put_u8(p, c, f->flags);
        uint32_t under = tree_begin(p, f->flags);
        if (c->fault == CURSOR_OK)
            put_flags(p, c, f->flags + 1u, f->flag_count, c->pos - 1, 1, flags);
        tree_end(p, under);
        (void)put_u8(p, c, MASK_LEN);
    }
    put_one(p, c, six, f->inner4, f->inner6);
    tree_end(p, tree);
}

static void put_hello_value(struct packet *p, struct cursor *c, uint16_t type)
{
    switch (type) {
    case HELLO_HOLDTIME:
        (void)put_u16(p, c, HOLDTIME);
        break;
    case HELLO_DELAY: {
        uint16_t delay = cursor_u16(c);
        if (c->fault == CURSOR_OK) {
            put_bits(p, c, T, c->pos - 2, 1, delay >> 8);
            put_bits(p, c, PROPAGATION_DELAY, c->pos - 2, 2, delay);
        }
        (void)put_u16(p, c, OVERRIDE_INTERVAL);
        break;
    }
    case HELLO_DR:
        (void)put_u32(p, c, DR_PRIORITY);
        break;
    case HELLO_GENERATION:
        (void)put_u32(p, c, GENERATION_ID);
        break;
    case HELLO_REFRESH:
        (void)put_u8(p, c, STATE_REFRESH_VERSION);
        (void)put_u8(p, c, STATE_REFRESH_INTERVAL);
        (void)put_u16(p, c, STATE_REFRESH_RESERVED);
        break;
    default:
        if (cursor_left(c) > 0 && type != HELLO_ADDRESSES)
            (void)put_bytes(p, c, OPTIONVALUE, cursor_left(c));
    }
}

static void put_hello(struct packet *p, struct cursor *c)
{
    while (cursor_left(c) >= 2 && c->fault == CURSOR_OK) {
        uint32_t tree = tree_text(p, c, c->pos, 4, "Option");
        uint16_t type = put_u16(p, c, OPTIONTYPE), length = put_u16(p, c, OPTIONLENGTH);
        struct cursor v = cursor_part(c, length);
        put_hello_value(p, &v, type);
        tree_end(p, tree);
        if (v.fault != CURSOR_OK)
            c->fault = v.fault;
    }
}

/* A whole packet, or its header alone to keep a tree alive. */
static void put_register(struct packet *p, struct cursor *c, uint32_t tree)
{
    uint32_t flags = put_u32(p, c, REGISTER_FLAG);
    uint32_t under = tree_begin(p, REGISTER_FLAG);
    if (c->fault == CURSOR_OK)
        put_flags(p, c, REGISTER_FLAG_BORDER, 2, c->pos - 4, 4, flags);
    tree_end(p, under);
    const uint8_t *first = cursor_peek(c, 0, 1);
    if (first != NULL)
        put_bits(p, c, IP_VERSION, c->pos, 1, *first);
    tree_end(p, tree);
    if (first != NULL && !next(p, c, VERSION_TABLE, *first >> 4))
        next_data(p, c);
}

static void put_join_prune(struct packet *p, struct cursor *c)
{
    put_address(p, c, &upstream_fields);
    (void)put_bytes(p, c, RES_BYTES, 1);
    uint8_t groups = put_u8(p, c, NUMGROUPS);
    (void)put_u16(p, c, HOLDTIME);
    for (uint8_t i = 0; i < groups && c->fault == CURSOR_OK; i++) {
        put_string(p, c, GROUP_SET, c->pos, 0, "");
        label(p, GROUP_SET, "Group %u", i);
        uint32_t tree = tree_begin(p, GROUP_SET);
        put_address(p, c, &group_fields);
        uint16_t joins = put_u16(p, c, NUMJOINS);
        struct cursor counts = *c;
        uint16_t prunes = cursor_u16(c);
        for (; joins > 0 && c->fault == CURSOR_OK; joins--)
            put_address(p, c, &join_fields);
        (void)put_u16(p, &counts, NUMPRUNES);
        for (; prunes > 0 && c->fault == CURSOR_OK; prunes--)
            put_address(p, c, &prune_fields);
        tree_end(p, tree);
    }
}

static void put_bootstrap(struct packet *p, struct cursor *c)
{
    (void)put_u16(p, c, FRAGMENT_TAG);
    (void)put_u8(p, c, HASH_MASK_LEN);
    (void)put_u8(p, c, BSR_PRIORITY);
    put_address(p, c, &bsr_fields);
    while (cursor_left(c) > 0 && c->fault == CURSOR_OK) {
        put_address(p, c, &group_fields);
        (void)put_u8(p, c, RP_COUNT);
        uint8_t count = put_u8(p, c, FRP_COUNT);
        cursor_skip(c, 2);
        for (; count > 0 && c->fault == CURSOR_OK; count--) {
            put_address(p, c, &rp_fields);
            (void)put_u16(p, c, HOLDTIME);
            (void)put_u8(p, c, PRIORITY);
            (void)put_bytes(p, c, RES_BYTES, 1);
        }
    }
}

static void put_assert(struct packet *p, struct cursor *c)
{
    put_address(p, c, &group_fields);
    put_address(p, c, &source_fields);
    uint32_t word = cursor_u32(c);
    if (c->fault == CURSOR_OK) {
        put_bits(p, c, RPT, c->pos - 4, 1, word >> 24);
        put_bits(p, c, METRIC_PREF, c->pos - 4, 4, word);
    }
    (void)put_u32(p, c, METRIC);
}

static void put_candidate(struct packet *p, struct cursor *c)
{
    uint8_t count = put_u8(p, c, PREFIX_COUNT);
    (void)put_u8(p, c, PRIORITY);
    (void)put_u16(p, c, HOLDTIME);
    put_address(p, c, &rp_fields);
    for (; count > 0 && c->fault == CURSOR_OK; count--)
        put_address(p, c, &group_fields);
}

/* RFC 5015, section 3.7; what backoff and pass messages have after that is left out, as in
 * Wireshark. */
static void put_election(struct packet *p, struct cursor *c)
{
    put_address(p, c, &rp_fields);
    uint32_t preference = cursor_u32(c);
    if (c->fault == CURSOR_OK)
        put_bits(p, c, METRIC_PREF, c->pos - 4, 4, preference);
    (void)put_u32(p, c, METRIC);
}

static void put_message(struct packet *p, struct cursor *c, uint8_t type)
{
    put_data(p, c, OPTION, c->pos, cursor_captured(c), "", 0);
    uint32_t tree = tree_begin(p, OPTION);
    switch (type) {
    case HELLO:
        put_hello(p, c);
        break;
    case REGISTER:
        put_register(p, c, tree);
        return;
    case REGISTER_STOP:
        put_address(p, c, &group_fields);
        put_address(p, c, &source_fields);
        break;
    case JOIN_PRUNE:
    case GRAFT:
    case GRAFT_ACK:
        put_join_prune(p, c);
        break;
    case BOOTSTRAP:
        put_bootstrap(p, c);
        break;
    case ASSERT:
        put_assert(p, c);
        break;
    case CANDIDATE_RP:
        put_candidate(p, c);
        break;
    case DF_ELECTION:
        put_election(p, c);
        break;
    default:
        break;
    }
    tree_end(p, tree);
}

/* The checksum of a register covers its first 8 bytes alone, or, as some have it, all (RFC 7761,
 * section 4.9). */
static void put_checksum(struct packet *p, struct cursor *c, uint32_t start, uint8_t type)
{
    static const struct checksum_fields fields = {CKSUM, CKSUM_STATUS, BAD_CHECKSUM};
    uint64_t sum =
        p->net.version == 6 ? checksum_pseudo_header(p, IP_PROTO_PIM, c->end - start) : 0;
    struct cursor part = *c;
    if (type == REGISTER && c->cap >= start + 8 &&
        checksum_fold(checksum_add(sum, c->data + start, 8)) == 0)
        cursor_trim(&part, start + 8 - c->pos);
    put_verified(p, &part, start, sum, &fields);
    cursor_skip(c, 2);
}

static void dissect(struct packet *p, struct cursor *c)
{
    uint32_t start = c->pos;
    uint8_t first = cursor_u8(c);
    if (c->fault != CURSOR_OK)
        return;
    put_flags(p, c, VERSION, 2, start, 1, first);
    const char *name = value_name_find(type_names, first & 15);
    info_set(p, "%s", name != NULL ? name : "Unknown");
    if ((first & 15) == DF_ELECTION) {
        uint8_t bits = cursor_u8(c);
        if (c->fault == CURSOR_OK)
            put_flags(p, c, DF_ELECT_SUBTYPE, 2, c->pos - 1, 1, bits);
    } else {
        (void)put_bytes(p, c, RES_BYTES, 1);
    }
    put_checksum(p, c, start, first & 15);
    if (c->fault == CURSOR_OK && cursor_left(c) > 0)
        put_message(p, c, first & 15);
}

static const char *const tables[] = {"ip.version", NULL};
static const struct binding bindings[] = {{"ip.proto", IP_PROTO_PIM}, {NULL, 0}};

const struct protocol proto_pim = {.name = "pim",
                                   .title = "Protocol Independent Multicast",
                                   .column = "PIMv2",
                                   FIELDS_OF_THIS_FILE,
                                   .tables = tables,
                                   .bindings = bindings,
                                   .dissect = dissect};
