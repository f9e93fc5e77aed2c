/*
 * stp: bridge protocol data units of spanning trees (IEEE 802.1Q-2022, clause 14): plain, rapid,
 * multiple and shortest path, and Cisco's per-VLAN kind, which adds a TLV.
 *
 *     | protocol 2 | version 1 | type 1 | flags 1 | root 8 | cost 4 | bridge 8 | port 2 |
 *     | message age 2 | max age 2 | hello 2 | forward delay 2 | version 1 length 1 |
 *     | version 3 length 2 | MST configuration 51 | ... | one record of 16 per tree |
 *
 * A topology change notification ends after the type. Times are in 1/256 s.
 */
#include "dissect/packet.h"

static const struct value_name protocol_names[] = {VALUE(0, "Spanning Tree Protocol"), VALUES_END};
static const struct value_name version_names[] = {
    VALUE(0, "Spanning Tree"), VALUE(2, "Rapid Spanning Tree"), VALUE(3, "Multiple Spanning Tree"),
    VALUE(4, "Shortest Path Tree"), VALUES_END};
static const struct value_name type_names[] = {
    VALUE(0x00, "Configuration"), VALUE(0x02, "Rapid/Multiple Spanning Tree"),
    VALUE(0x80, "Topology Change Notification"), VALUES_END};
static const struct value_name yes_names[] = {VALUE(0, "No"), VALUE(1, "Yes"), VALUES_END};
static const struct value_name role_names[] = {VALUE(1, "Alternate or Backup"), VALUE(2, "Root"),
                                               VALUE(3, "Designated"), VALUES_END};
static const struct value_name tlv_names[] = {VALUE(0, "Originating VLAN"), VALUES_END};

/* put_flags() counts on the order from TC_ACK to TC and from ROOT_PRIORITY, BRIDGE_PRIORITY and
 * CIST_PRIORITY on. */
#define FIELDS(X)                                                                                  \
    X(PROTOCOL, "stp.protocol", "Protocol Identifier", UINT16, HEX, 0, protocol_names)             \
    X(VERSION, "stp.version", "Protocol Version Identifier", UINT8, DEC, 0, version_names)         \
    X(TYPE, "stp.type", "BPDU Type", UINT8, HEX, 0, type_names)                                    \
    X(FLAGS, "stp.flags", "BPDU flags", UINT8, HEX, 0, NULL)                                       \
    X(TC_ACK, "stp.flags.tcack", "Topology Change Acknowledgment", BOOLEAN, 8, 0x80, yes_names)    \
    X(AGREEMENT, "stp.flags.agreement", "Agreement", BOOLEAN, 8, 0x40, yes_names)                  \
    X(FORWARDING, "stp.flags.forwarding", "Forwarding", BOOLEAN, 8, 0x20, yes_names)               \
    X(LEARNING, "stp.flags.learning", "Learning", BOOLEAN, 8, 0x10, yes_names)                     \
    X(ROLE, "stp.flags.port_role", "Port Role", UINT8, DEC, 0x0c, role_names)                      \
    X(PROPOSAL, "stp.flags.proposal", "Proposal", BOOLEAN, 8, 0x02, yes_names)                     \
    X(TC, "stp.flags.tc", "Topology Change", BOOLEAN, 8, 0x01, yes_names)                          \
    X(ROOT_PRIORITY, "stp.root.prio", "Root Bridge Priority", UINT16, DEC, 0, NULL)                \
    X(ROOT_EXT, "stp.root.ext", "Root Bridge System ID Extension", UINT16, DEC, 0, NULL)           \
    X(ROOT_HW, "stp.root.hw", "Root Bridge System ID", ETHER, NONE, 0, NULL)                       \
    X(ROOT_COST, "stp.root.cost", "Root Path Cost", UINT32, DEC, 0, NULL)                          \
    X(BRIDGE_PRIORITY, "stp.bridge.prio", "Bridge Priority", UINT16, DEC, 0, NULL)                 \
    X(BRIDGE_EXT, "stp.bridge.ext", "Bridge System ID Extension", UINT16, DEC, 0, NULL)            \
    X(BRIDGE_HW, "stp.bridge.hw", "Bridge System ID", ETHER, NONE, 0, NULL)                        \
    X(PORT, "stp.port", "Port identifier", UINT16, HEX, 0, NULL)                                   \
    X(MSG_AGE, "stp.msg_age", "Message Age", DOUBLE, NONE, 0, NULL)                                \
    X(MAX_AGE, "stp.max_age", "Max Age", DOUBLE, NONE, 0, NULL)                                    \
    X(HELLO, "stp.hello", "Hello Time", DOUBLE, NONE, 0, NULL)                                     \
    X(FORWARD, "stp.forward", "Forward Delay", DOUBLE, NONE, 0, NULL)                              \
    X(LENGTH1, "stp.version_1_length", "Version 1 Length", UINT8, DEC, 0, NULL)                    \
    X(TLV_TYPE, "stp.pvst.tlvtype", "Type", UINT16, HEX, 0, tlv_names)                             \
    X(TLV_LENGTH, "stp.pvst.tlvlen", "Length", UINT16, DEC, 0, NULL)                               \
    X(ORIGINATING, "stp.pvst.origvlan", "Originating VLAN", UINT16, DEC, 0, NULL)                  \
    X(TLV_VALUE, "stp.pvst.tlvval", "Value", BYTES, NONE, 0, NULL)                                 \
    X(LENGTH3, "mstp.version_3_length", "Version 3 Length", UINT16, DEC, 0, NULL)                  \
    X(CONFIG_FORMAT, "mstp.config_format_selector", "MST Config ID format selector", UINT8, DEC,   \
      0, NULL)                                                                                     \
    X(CONFIG_NAME, "mstp.config_name", "MST Config name", STRING, NONE, 0, NULL)                   \
    X(CONFIG_REVISION, "mstp.config_revision_level", "MST Config revision", UINT16, DEC, 0, NULL)  \
    X(CONFIG_DIGEST, "mstp.config_digest", "MST Config digest", BYTES, NONE, 0, NULL)              \
    X(CIST_COST, "mstp.cist_internal_root_path_cost", "CIST Internal Root Path Cost", UINT32, DEC, \
      0, NULL)                                                                                     \
    X(CIST_PRIORITY, "mstp.cist_bridge.prio", "CIST Bridge Priority", UINT16, DEC, 0, NULL)        \
    X(CIST_EXT, "mstp.cist_bridge.ext", "CIST Bridge Identifier System ID Extension", UINT16, DEC, \
      0, NULL)                                                                                     \
    X(CIST_HW, "mstp.cist_bridge.hw", "CIST Bridge Identifier System ID", ETHER, NONE, 0, NULL)    \
    X(CIST_HOPS, "mstp.cist_remaining_hops", "CIST Remaining hops", UINT8, DEC, 0, NULL)           \
    X(MSTI_FLAGS, "mstp.msti.flags", "MSTI flags", UINT8, HEX, 0, NULL)                            \
    X(MSTI_PRIORITY, "mstp.msti.priority", "Priority", UINT8, HEX, 0xf0, NULL)                     \
    X(MSTI_ID, "mstp.msti.msti_id", "MSTID", UINT16, DEC, 0x0fff, NULL)                            \
    X(MSTI_ROOT, "mstp.msti.root.hw", "Regional Root", ETHER, NONE, 0, NULL)                       \
    X(MSTI_COST, "mstp.msti.root_cost", "Internal root path cost", UINT32, DEC, 0, NULL)           \
    X(MSTI_BRIDGE, "mstp.msti.bridge_priority", "Bridge Identifier Priority", UINT8, DEC, 0, NULL) \
    X(MSTI_PORT, "mstp.msti.port_priority", "Port identifier priority", UINT8, DEC, 0, NULL)       \
    X(MSTI_HOPS, "mstp.msti.remaining_hops", "Remaining hops", UINT8, DEC, 0, NULL)                \
    X(LENGTH4, "mstp.version_4_length", "Version 4 Length", UINT16, DEC, 0, NULL)                  \
    X(AGREE_NUMBER, "mstp.agree_flags.agreement_num", "Agreement Number", UINT8, DEC, 0x03, NULL)  \
    X(AGREE_DIS, "mstp.agree_flags.dagreement_num", "Disagreement Number", UINT8, DEC, 0x0c, NULL) \
    X(AGREE_VALID, "mstp.agree_flags.agreement_valid", "Agreement Valid Flag", BOOLEAN, 8, 0x10,   \
      yes_names)                                                                                   \
    X(AGREE_ROLE, "mstp.agree_flags.rest_role", "Restricted Role", BOOLEAN, 8, 0x20, yes_names)    \
    X(AGREE_FORMAT, "bpdu.agreement_digest_format_id", "Agreement Digest Format Id", UINT8, DEC,   \
      0xf0, NULL)                                                                                  \
    X(AGREE_FORMAT_CAP, "bpdu.agreement_digest_format_capabilities",                               \
      "Agreement Digest Format Capabilities", UINT8, DEC, 0x0f, NULL)                              \
    X(AGREE_CONVENTION, "bpdu.agreement_digest_convention_id", "Agreement Digest Convention Id",   \
      UINT8, DEC, 0xf0, NULL)                                                                      \
    X(AGREE_CONVENTION_CAP, "bpdu.agreement_digest_convention_capabilities",                       \
      "Agreement Digest Convention Capabilities", UINT8, DEC, 0x0f, NULL)                          \
    X(AGREE_EDGES, "bpdu.agreement_digest_edge_count", "Agreement Digest Edge Count", UINT16, DEC, \
      0, NULL)                                                                                     \
    X(AGREE_DIGEST, "mstp.agreement_digest", "Agreement Digest", BYTES, NONE, 0, NULL)             \
    X(UNKNOWN_VERSION, "bpdu.version_support", "Unknown version", NONE, NONE, 0, NULL)             \
    X(UNKNOWN_TYPE, "stp.type.unknown", "Unknown BPDU type data", NONE, NONE, 0, NULL)

FIELD_TABLE(FIELDS);

enum { GARP_TABLE };
enum { TYPE_CONFIG = 0x00, TYPE_RAPID = 0x02, TYPE_CHANGE = 0x80 };
enum { CONFIG_NAME_ROOM = 32, DIGEST = 16, CIST_LENGTH = 64, MSTI_LENGTH = 16, AGREE_ROOM = 20 };

/* A bridge's identifier: priority in the upper four bits, an extension in the next twelve, an
 * address. The two are shown as the values that people configure, not as bit fields. */
static const uint8_t *put_bridge(struct packet *p, struct cursor *c, unsigned first,
                                 const char *text)
{
    uint32_t at = c->pos;
    const uint8_t *id = cursor_take(c, 8);
    if (id == NULL)
        return NULL;
    unsigned priority = be16(id) & 0xf000u, extension = be16(id) & 0x0fffu;
    uint32_t tree = tree_text(p, c, at, 8, "%s: %u / %u / %02x:%02x:%02x:%02x:%02x:%02x", text,
                              priority, extension, id[2], id[3], id[4], id[5], id[6], id[7]);
    put_uint(p, c, first, at, 1, priority);
    put_uint(p, c, first + 1, at, 2, extension);
    put_data(p, c, first + 2, at + 2, 6, id + 2, 6);
    tree_end(p, tree);
    return id;
}

static void put_seconds(struct packet *p, struct cursor *c, unsigned field)
{
    const uint8_t *t = cursor_take(c, 2);
    if (t != NULL)
        put_double(p, c, field, c->pos - 2, 2, be16(t) / 256.0);
}

static void put_config_name(struct packet *p, struct cursor *c)
{
    const uint8_t *name = cursor_take(c, CONFIG_NAME_ROOM);
    if (name != NULL)
        put_data(p, c, CONFIG_NAME, c->pos - CONFIG_NAME_ROOM, CONFIG_NAME_ROOM, name,
                 strnlen((const char *)name, CONFIG_NAME_ROOM));
}

static void put_config_id(struct packet *p, struct cursor *c)
{
    (void)put_u8(p, c, CONFIG_FORMAT);
    put_config_name(p, c);
    (void)put_u16(p, c, CONFIG_REVISION);
    (void)put_bytes(p, c, CONFIG_DIGEST, DIGEST);
}

/* One tree of several. */
static void put_msti(struct packet *p, struct cursor *c)
{
    uint32_t at = c->pos;
    const uint8_t *m = cursor_take(c, MSTI_LENGTH);
    if (m == NULL)
        return;
    uint32_t tree =
        tree_text(p, c, at, MSTI_LENGTH,
                  "MSTID %u, Regional Root Identifier %u / %02x:%02x:%02x:%02x:%02x:%02x",
                  be16(m + 1) & 0xfffu, be16(m + 1) & 0xf000u, m[3], m[4], m[5], m[6], m[7], m[8]);
    put_uint(p, c, MSTI_FLAGS, at, 1, m[0]);
    uint32_t flags = tree_begin(p, MSTI_FLAGS);
    put_flags(p, c, TC_ACK, TC - TC_ACK + 1, at, 1, m[0]);
    tree_end(p, flags);
    put_bits(p, c, MSTI_PRIORITY, at + 1, 1, m[1]);
    put_bits(p, c, MSTI_ID, at + 1, 2, be16(m + 1));
    put_data(p, c, MSTI_ROOT, at + 3, 6, m + 3, 6);
    put_uint(p, c, MSTI_COST, at + 9, 4, be32(m + 9));
    put_uint(p, c, MSTI_BRIDGE, at + 13, 1, m[13] >> 4u);
    put_uint(p, c, MSTI_PORT, at + 14, 1, m[14] >> 4u);
    put_uint(p, c, MSTI_HOPS, at + 15, 1, m[15]);
    tree_end(p, tree);
}

static void put_agreement(struct packet *p, struct cursor *c)
{
    uint32_t at = c->pos;
    const uint8_t *a = cursor_take(c, 14);
    if (a == NULL)
        return;
    uint32_t tree =
        tree_text(p, c, at, 34, "Agreement Data (AN: %u, DAN: %u)", a[0] & 3u, a[0] >> 2u & 3u);
    put_flags(p, c, AGREE_NUMBER, 4, at, 1, a[0]);
    put_flags(p, c, AGREE_FORMAT, 2, at + 2, 1, a[2]);
    put_flags(p, c, AGREE_CONVENTION, 2, at + 3, 1, a[3]);
    put_uint(p, c, AGREE_EDGES, at + 4, 2, be16(a + 4));
    (void)put_bytes(p, c, AGREE_DIGEST, AGREE_ROOM);
    tree_end(p, tree);
}

/* What multiple and shortest path trees add. */
static void dissect_multiple(struct packet *p, struct cursor *c, uint8_t version)
{
    uint16_t length = put_u16(p, c, LENGTH3);
    if (length == 0)
        return;
    uint32_t tree = tree_text(p, c, c->pos, length, "MST Extension");
    put_config_id(p, c);
    (void)put_u32(p, c, CIST_COST);
    (void)put_bridge(p, c, CIST_PRIORITY, "CIST Bridge Identifier");
    (void)put_u8(p, c, CIST_HOPS);
    /* A length that does not even hold the above is taken to have no bound: the bytes' end is. */
    uint32_t trees =
        length >= CIST_LENGTH ? (length - (uint32_t)CIST_LENGTH) / MSTI_LENGTH : UINT32_MAX;
    for (; trees > 0 && c->fault == CURSOR_OK; trees--)
        put_msti(p, c);
    tree_end(p, tree);
    if (version < 4 || cursor_left(c) < 2)
        return;
    uint32_t at = c->pos;
    length = put_u16(p, c, LENGTH4);
    tree = tree_text(p, c, at, length + 2u, "SPT Extension");
    if (length > 0) {
        uint32_t id = tree_text(p, c, c->pos, 51, "MCID Data");
        put_config_id(p, c);
        tree_end(p, id);
        put_agreement(p, c);
    }
    tree_end(p, tree);
}

/* Cisco's per-VLAN trees say their VLAN in a TLV at the end. */
static void dissect_per_vlan(struct packet *p, struct cursor *c)
{
    while (cursor_left(c) >= 4 && c->fault == CURSOR_OK) {
        const uint8_t *tlv = cursor_peek(c, 0, 6);
        if (tlv == NULL)
            return;
        uint32_t at = c->pos;
        uint16_t type = be16(tlv), length = be16(tlv + 2);
        if (length > cursor_left(c) - 4)
            return;
        uint32_t tree =
            tree_text(p, c, at, length + 4u, "Originating VLAN (PVID): %u", be16(tlv + 4));
        (void)put_u16(p, c, TLV_TYPE);
        (void)put_u16(p, c, TLV_LENGTH);
        if (type == 0 && length == 2)
            (void)put_u16(p, c, ORIGINATING);
        else
            (void)put_bytes(p, c, TLV_VALUE, length);
        tree_end(p, tree);
    }
}

static void put_bpdu_flags(struct packet *p, struct cursor *c, bool rapid)
{
    uint32_t at = c->pos;
    uint8_t flags = put_u8(p, c, FLAGS);
    if (c->fault != CURSOR_OK)
        return;
    uint32_t tree = tree_begin(p, FLAGS);
    put_bits(p, c, TC_ACK, at, 1, flags);
    if (rapid)
        put_flags(p, c, AGREEMENT, PROPOSAL - AGREEMENT + 1, at, 1, flags);
    put_bits(p, c, TC, at, 1, flags);
    tree_end(p, tree);
}

static void dissect_tree(struct packet *p, struct cursor *c, bool rapid)
{
    const uint8_t *flags = cursor_peek(c, 0, 1);
    const char *tc = flags == NULL || (*flags & 1) == 0 ? "" : "TC + ";
    put_bpdu_flags(p, c, rapid);
    const uint8_t *root = put_bridge(p, c, ROOT_PRIORITY, "Root Identifier");
    uint32_t cost = put_u32(p, c, ROOT_COST);
    (void)put_bridge(p, c, BRIDGE_PRIORITY, "Bridge Identifier");
    uint16_t port = put_u16(p, c, PORT);
    if (root != NULL)
        info_set(p, "%s%sRoot = %u/%u/%02x:%02x:%02x:%02x:%02x:%02x  Cost = %u  Port = 0x%04x",
                 rapid ? "RST. " : "Conf. ", tc, be16(root) & 0xf000u, be16(root) & 0xfffu, root[2],
                 root[3], root[4], root[5], root[6], root[7], cost, port);
    put_seconds(p, c, MSG_AGE);
    put_seconds(p, c, MAX_AGE);
    put_seconds(p, c, HELLO);
    put_seconds(p, c, FORWARD);
}

/* The bindings of Cisco's kind have no version of their own: what is left after the tree is its
 * TLV. */
static void dissect_bpdu(struct packet *p, struct cursor *c, bool per_vlan)
{
    title(p, "Spanning Tree Protocol");
    (void)put_u16(p, c, PROTOCOL);
    uint8_t version = put_u8(p, c, VERSION);
    if (c->fault == CURSOR_OK && version != 0 && version != 2 && version != 3 && version != 4)
        put_mark(p, c, UNKNOWN_VERSION);
    uint8_t type = put_u8(p, c, TYPE);
    if (type == TYPE_CHANGE)
        info_set(p, "Topology Change Notification");
    if (c->fault != CURSOR_OK || (type != TYPE_CONFIG && type != TYPE_RAPID)) {
        if (type != TYPE_CHANGE)
            put_mark(p, c, UNKNOWN_TYPE);
        cursor_trim(c, 0);
        return;
    }
    dissect_tree(p, c, type == TYPE_RAPID);
    if (type == TYPE_RAPID)
        (void)put_u8(p, c, LENGTH1);
    else if (per_vlan)
        cursor_skip(c, 1);
    if (type == TYPE_RAPID && version >= 3)
        dissect_multiple(p, c, version);
    else if (per_vlan)
        dissect_per_vlan(p, c);
    if (c->fault == CURSOR_OK)
        cursor_trim(c, 0);
}

/* GARP applications share the SAP: they have multicast addresses of their own (IEEE
 * 802.1D-2004, 12.4). */
static void dissect(struct packet *p, struct cursor *c)
{
    const uint8_t *to = p->column_dst.kind == ADDRESS_ETHER ? p->column_dst.bytes : NULL;
    static const uint8_t garp[] = {0x01, 0x80, 0xc2, 0x00, 0x00};
    bool other = to != NULL && memcmp(to, garp, sizeof garp) == 0;
    if (!other || !next(p, c, GARP_TABLE, to[5]))
        dissect_bpdu(p, c, false);
}

static void dissect_pvst(struct packet *p, struct cursor *c)
{
    dissect_bpdu(p, c, true);
}

static const char *const tables[] = {"stp.garp", NULL};
static const struct binding bindings[] = {{"llc.dsap", 0x42},         {"ethertype", 0x8181},
                                          {"llc.snap", 0x0080c2000e}, {"chdlc.protocol", 0x4242},
                                          {"ppp.protocol", 0x0201},   {NULL, 0}};

const struct protocol proto_stp = {.name = "stp",
                                   .title = "Spanning Tree Protocol",
                                   .column = "STP",
                                   FIELDS_OF_THIS_FILE,
                                   .tables = tables,
                                   .bindings = bindings,
                                   .dissect = dissect};

static const struct binding pvst_bindings[] = {{"llc.snap", 0x00000c010b},
                                               {"llc.snap", 0x00000c0108},
                                               {"llc.snap", 0x00000c0109},
                                               {"llc.snap", 0x00000c010c},
                                               {NULL, 0}};

/* In filters it is the same protocol. */
const struct protocol proto_pvst = {.name = "stp",
                                    .title = "Spanning Tree Protocol",
                                    .column = "STP",
                                    .fields_of = &proto_stp,
                                    .tables = tables,
                                    .bindings = pvst_bindings,
                                    .dissect = dissect_pvst};
