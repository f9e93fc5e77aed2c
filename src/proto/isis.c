/*
 * osi, isis and its PDUs: routing among intermediate systems (ISO/IEC 10589; RFC 1195 for IP). The
 * osi layer is only the first byte, which says the network protocol, and belongs to what it
 * announces.
 *
 *     | discriminator 1 | length 1 | version 1 | id length 1 | type 1 | version 1 | reserved 1 |
 * areas 1 | hello:  | circuit 1 | source 6 | holding time 2 | length 2 | priority 1 | LAN 7, or
 * circuit 1 | CLVs | LSP:    | length 2 | lifetime 2 | id 8 | sequence 4 | checksum 2 | bits 1 |
 * CLVs | SNP:    | length 2 | source 6 | circuit 1 | complete ones: first 8 | last 8 | CLVs | CLV:
 * | code 1 | length 1 | value ... |
 */
#include "dissect/checksum.h"
#include "dissect/packet.h"

/* ---- The OSI network layer ----------------------------------------------------------------- */

static const struct value_name nlpid_names[] = {
    VALUE(0x00, "NULL"),
    VALUE(0x80, "IEEE 802.1 (SNAP)"),
    VALUE(0x81, "ISO 8473 CLNP ConnectionLess Network Protocol"),
    VALUE(0x82, "ISO 9542 ESIS Routeing Information Exchange Protocol"),
    VALUE(0x83, "ISO 10589 ISIS InTRA Domain Routeing Information Exchange Protocol"),
    VALUE(0x8e, "IPv6"),
    VALUE(0xcc, "IP"),
    VALUE(0xcf, "PPP"),
    VALUES_END};

static const struct field_def osi_fields[] = {
    {"osi.nlpid", "Network Layer Protocol Identifier", LAMNA_UINT8, HEX, 0, nlpid_names}};

enum { LINK_CISCO_HDLC = 104 };

static void dissect_osi(struct packet *p, struct cursor *c)
{
    if (p->in->link_type == LINK_CISCO_HDLC)
        cursor_skip(c, 1); /* a byte of padding, there alone */
    const uint8_t *nlpid = cursor_peek(c, 0, 1);
    if (nlpid == NULL) {
        cursor_skip(c, 1);
        return;
    }
    if (next(p, c, 0, *nlpid))
        return;
    (void)put_u8(p, c, 0);
    next_data(p, c);
}

static const char *const osi_tables[] = {"osinl", NULL};
static const struct binding osi_bindings[] = {{"llc.dsap", 0xfe},     {"llc.dsap", 0x14},
                                              {"llc.dsap", 0x20},     {"llc.dsap", 0x34},
                                              {"llc.dsap", 0x54},     {"chdlc.protocol", 0xfefe},
                                              {"ppp.protocol", 0x23}, {"null.family", 7},
                                              {"gre.proto", 0xfefe},  {NULL, 0}};

const struct protocol proto_osi = {.name = "osi",
                                   .title = "OSI",
                                   .bare = true,
                                   .fields = osi_fields,
                                   .field_count = 1,
                                   .tables = osi_tables,
                                   .bindings = osi_bindings,
                                   .dissect = dissect_osi};

/* ---- The header ---------------------------------------------------------------------------- */

static const struct value_name discriminator_names[] = {VALUE(0x83, "ISIS"), VALUES_END};
static const struct value_name pdu_names[] = {VALUE(15, "L1 HELLO"),  VALUE(16, "L2 HELLO"),
                                              VALUE(17, "P2P HELLO"), VALUE(18, "L1 LSP"),
                                              VALUE(20, "L2 LSP"),    VALUE(24, "L1 CSNP"),
                                              VALUE(25, "L2 CSNP"),   VALUE(26, "L1 PSNP"),
                                              VALUE(27, "L2 PSNP"),   VALUES_END};
static const struct value_name level_names[] = {VALUE(0, "Reserved 0 (discard PDU)"),
                                                VALUE(1, "Level 1 only"), VALUE(2, "Level 2 only"),
                                                VALUE(3, "Level 1 and 2"), VALUES_END};
static const struct value_name state_names[] = {VALUE(0, "Up"), VALUE(1, "Initializing"),
                                                VALUE(2, "Down"), VALUES_END};
static const struct value_name type_names[] = {VALUE(1, "Level 1"), VALUE(3, "Level 2"),
                                               VALUES_END};
static const struct value_name status_names[] = CHECKSUM_STATUS_NAMES;

/* put_flags() counts on the order of fields with masks. */
#define FIELDS(X)                                                                                  \
    X(DISCRIMINATOR, "isis.irpd", "Intradomain Routing Protocol Discriminator", UINT8, HEX, 0,     \
      discriminator_names)                                                                         \
    X(LENGTH, "isis.len", "Length Indicator", UINT8, DEC, 0, NULL)                                 \
    X(VERSION, "isis.version", "Version/Protocol ID Extension", UINT8, DEC, 0, NULL)               \
    X(ID_LENGTH, "isis.sysid_len", "ID Length", UINT8, DEC, 0, NULL)                               \
    X(TYPE_RESERVED, "isis.type.reserved", "Reserved", UINT8, HEX, 0xe0, NULL)                     \
    X(TYPE, "isis.type", "PDU Type", UINT8, DEC, 0x1f, pdu_names)                                  \
    X(VERSION2, "isis.version2", "Version", UINT8, DEC, 0, NULL)                                   \
    X(RESERVED, "isis.reserved", "Reserved", UINT8, DEC, 0, NULL)                                  \
    X(AREAS, "isis.max_area_adr", "Maximum Area Addresses", UINT8, DEC, 0, NULL)                   \
    X(H_CIRCUIT, "isis.hello.circuit_type", "Circuit type", UINT8, HEX, 0x03, level_names)         \
    X(H_RESERVED, "isis.hello.reserved", "Reserved", UINT8, HEX, 0xfc, NULL)                       \
    X(H_SOURCE, "isis.hello.source_id", "SystemID {Sender of PDU}", STRING, NONE, 0, NULL)         \
    X(H_HOLD, "isis.hello.holding_timer", "Holding timer", UINT16, DEC, 0, NULL)                   \
    X(H_LENGTH, "isis.hello.pdu_length", "PDU length", UINT16, DEC, 0, NULL)                       \
    X(H_PRIORITY, "isis.hello.priority", "Priority", UINT8, DEC, 0x7f, NULL)                       \
    X(H_RESERVED2, "isis.hello.reserved", "Reserved", UINT8, DEC, 0x80, NULL)                      \
    X(H_LAN, "isis.hello.lan_id", "SystemID {Designated IS}", STRING, NONE, 0, NULL)               \
    X(H_LOCAL, "isis.hello.local_circuit_id", "Local circuit ID", UINT8, DEC, 0, NULL)             \
    X(H_CLV, "isis.hello.clv.type", "Type", UINT8, DEC, 0, NULL)                                   \
    X(H_CLV_LENGTH, "isis.hello.clv.length", "Length", UINT8, DEC, 0, NULL)                        \
    X(H_AREA, "isis.hello.area_address", "Area address", BYTES, NONE, 0, NULL)                     \
    X(H_NLPID, "isis.hello.clv_nlpid.nlpid", "NLPID", UINT8, HEX, 0, NULL)                         \
    X(H_IPV4, "isis.hello.clv_ipv4_int_addr", "IPv4 interface address", IPv4, NONE, 0, NULL)       \
    X(H_IPV6, "isis.hello.clv_ipv6_int_addr", "IPv6 interface address", IPv6, NONE, 0, NULL)       \
    X(H_RESTART, "isis.hello.clv_restart_flags", "Restart Signaling Flags", UINT8, HEX, 0, NULL)   \
    X(H_RESTART_SA, "isis.hello.clv_restart_flags.sa", "Suppress Adjacency", BOOLEAN, 8, 0x04,     \
      NULL)                                                                                        \
    X(H_RESTART_RA, "isis.hello.clv_restart_flags.ra", "Restart Acknowledgment", BOOLEAN, 8, 0x02, \
      NULL)                                                                                        \
    X(H_RESTART_RR, "isis.hello.clv_restart_flags.rr", "Restart Request", BOOLEAN, 8, 0x01, NULL)  \
    X(H_NEIGHBOR, "isis.hello.is_neighbor", "IS Neighbor", ETHER, NONE, 0, NULL)                   \
    X(H_STATE, "isis.hello.adjacency_state", "Adjacency State", UINT8, DEC, 0, state_names)        \
    X(H_EXTENDED, "isis.hello.extended_local_circuit_id", "Extended Local circuit ID", UINT32,     \
      HEX, 0, NULL)                                                                                \
    X(H_PEER, "isis.hello.neighbor_systemid", "Neighbor SystemID", STRING, NONE, 0, NULL)          \
    X(H_PEER_EXTENDED, "isis.hello.neighbor_extended_local_circuit_id",                            \
      "Neighbor Extended Local circuit ID", UINT32, HEX, 0, NULL)                                  \
    X(L_LENGTH, "isis.lsp.pdu_length", "PDU length", UINT16, DEC, 0, NULL)                         \
    X(L_LIFE, "isis.lsp.remaining_life", "Remaining lifetime", UINT16, DEC, 0, NULL)               \
    X(L_ID, "isis.lsp.lsp_id", "LSP-ID", STRING, NONE, 0, NULL)                                    \
    X(L_SEQUENCE, "isis.lsp.sequence_number", "Sequence number", UINT32, HEX, 0, NULL)             \
    X(L_CHECKSUM, "isis.lsp.checksum", "Checksum", UINT16, HEX, 0, NULL)                           \
    X(L_STATUS, "isis.lsp.checksum.status", "Checksum Status", UINT8, DEC | GENERATED, 0,          \
      status_names)                                                                                \
    X(L_PARTITION, "isis.lsp.partition_repair", "Partition Repair", BOOLEAN, 8, 0x80, NULL)        \
    X(L_ATTACHED, "isis.lsp.att", "Attachment", UINT8, DEC, 0x78, NULL)                            \
    X(L_ERROR, "isis.lsp.error_metric", "Error metric", BOOLEAN, 8, 0x08, NULL)                    \
    X(L_EXPENSE, "isis.lsp.expense_metric", "Expense metric", BOOLEAN, 8, 0x04, NULL)              \
    X(L_DELAY, "isis.lsp.delay_metric", "Delay metric", BOOLEAN, 8, 0x02, NULL)                    \
    X(L_DEFAULT, "isis.lsp.default_metric", "Default metric", BOOLEAN, 8, 0x01, NULL)              \
    X(L_OVERLOAD, "isis.lsp.overload", "Overload bit", BOOLEAN, 8, 0x04, NULL)                     \
    X(L_TYPE, "isis.lsp.is_type", "Type of Intermediate System", UINT8, DEC, 0x03, type_names)     \
    X(L_CLV, "isis.lsp.clv.type", "Type", UINT8, DEC, 0, NULL)                                     \
    X(L_CLV_LENGTH, "isis.lsp.clv.length", "Length", UINT8, DEC, 0, NULL)                          \
    X(L_AREA, "isis.lsp.area_address", "Area address", BYTES, NONE, 0, NULL)                       \
    X(L_NLPID, "isis.lsp.clv_nlpid.nlpid", "NLPID", UINT8, HEX, 0, NULL)                           \
    X(L_IPV4, "isis.lsp.clv_ipv4_int_addr", "IPv4 interface address", IPv4, NONE, 0, NULL)         \
    X(L_IPV6, "isis.lsp.clv_ipv6_int_addr", "IPv6 interface address", IPv6, NONE, 0, NULL)         \
    X(L_HOSTNAME, "isis.lsp.hostname", "Hostname", STRING, NONE, 0, NULL)                          \
    X(C_LENGTH, "isis.csnp.pdu_length", "PDU length", UINT16, DEC, 0, NULL)                        \
    X(C_SOURCE, "isis.csnp.source_id", "Source-ID", STRING, NONE, 0, NULL)                         \
    X(C_CIRCUIT, "isis.csnp.source_circuit", "Source-ID-Circuit", BYTES, NONE, 0, NULL)            \
    X(C_START, "isis.csnp.start_lsp_id", "Start LSP-ID", STRING, NONE, 0, NULL)                    \
    X(C_END, "isis.csnp.end_lsp_id", "End LSP-ID", STRING, NONE, 0, NULL)                          \
    X(C_CLV, "isis.csnp.clv.type", "Type", UINT8, DEC, 0, NULL)                                    \
    X(C_CLV_LENGTH, "isis.csnp.clv.length", "Length", UINT8, DEC, 0, NULL)                         \
    X(C_ENTRY_SEQUENCE, "isis.csnp.lsp_seq_num", "LSP Sequence Number", UINT32, HEX, 0, NULL)      \
    X(C_ENTRY_LIFE, "isis.csnp.lsp_remain_life", "Remaining Lifetime", UINT16, DEC, 0, NULL)       \
    X(C_ENTRY_CHECKSUM, "isis.csnp.lsp_checksum", "LSP checksum", UINT16, HEX, 0, NULL)            \
    X(C_ENTRY_ID, "isis.csnp.lsp_id", "LSP-ID", STRING, NONE, 0, NULL)                             \
    X(P_LENGTH, "isis.psnp.pdu_length", "PDU length", UINT16, DEC, 0, NULL)                        \
    X(P_SOURCE, "isis.psnp.source_id", "Source-ID", STRING, NONE, 0, NULL)                         \
    X(P_CIRCUIT, "isis.psnp.source_circuit", "Source-ID-Circuit", BYTES, NONE, 0, NULL)            \
    X(P_CLV, "isis.psnp.clv.type", "Type", UINT8, DEC, 0, NULL)                                    \
    X(P_CLV_LENGTH, "isis.psnp.clv.length", "Length", UINT8, DEC, 0, NULL)

FIELD_TABLE(FIELDS);

enum { PDU_TABLE };
enum { P2P_HELLO = 17 };

static void dissect(struct packet *p, struct cursor *c)
{
    (void)put_u8(p, c, DISCRIMINATOR);
    (void)put_u8(p, c, LENGTH);
    (void)put_u8(p, c, VERSION);
    (void)put_u8(p, c, ID_LENGTH);
    uint32_t at = c->pos;
    const uint8_t *type = cursor_take(c, 1);
    if (type != NULL)
        put_flags(p, c, TYPE_RESERVED, 2, at, 1, *type);
    (void)put_u8(p, c, VERSION2);
    (void)put_u8(p, c, RESERVED);
    (void)put_u8(p, c, AREAS);
    if (c->fault != CURSOR_OK || type == NULL)
        return;
    const char *name = value_name_find(pdu_names, *type & 0x1fu);
    info_set(p, "%s", name != NULL ? name : "Unknown");
    if (!next(p, c, PDU_TABLE, *type & 0x1fu))
        next_data(p, c);
}

static const char *const tables[] = {"isis.type", NULL};
static const struct binding bindings[] = {{"osinl", 0x83}, {"ethertype", 0x22f4}, {NULL, 0}};

const struct protocol proto_isis = {
    .name = "isis",
    .title = "ISO 10589 ISIS InTRA Domain Routeing Information Exchange Protocol",
    .column = "ISIS",
    FIELDS_OF_THIS_FILE,
    .tables = tables,
    .bindings = bindings,
    .dissect = dissect};

/* ---- Identifiers and CLVs ------------------------------------------------------------------ */

/* A system of 6 bytes, with its circuit in a 7th and the part of an LSP in an 8th:
 * 1921.6800.1001.00-00 */
static void put_id(struct packet *p, struct cursor *c, unsigned field, uint32_t n)
{
    const uint8_t *b = cursor_take(c, n);
    if (b == NULL || !wants(p, field))
        return;
    const char *text =
        packet_text(p, "%02x%02x.%02x%02x.%02x%02x", b[0], b[1], b[2], b[3], b[4], b[5]);
    if (n > 6)
        text = packet_text(p, "%s.%02x", text, b[6]);
    if (n > 7)
        text = packet_text(p, "%s-%02x", text, b[7]);
    put_string(p, c, field, c->pos - n, n, text);
}

/* Fields that hellos and LSPs have for the same CLVs. */
struct common_clv {
    unsigned type, length, area, nlpid, ipv4, ipv6;
};
static const struct common_clv hello_clv = {H_CLV, H_CLV_LENGTH, H_AREA, H_NLPID, H_IPV4, H_IPV6};
static const struct common_clv lsp_clv = {L_CLV, L_CLV_LENGTH, L_AREA, L_NLPID, L_IPV4, L_IPV6};

static bool put_common(struct packet *p, struct cursor *c, const struct common_clv *clv,
                       uint8_t code)
{
    if (code != 1 && code != 129 && code != 132 && code != 232)
        return false;
    while (cursor_left(c) > 0 && c->fault == CURSOR_OK) {
        if (code == 1) {
            const uint8_t *n = cursor_peek(c, 0, 1);
            (void)put_bytes(p, c, clv->area, n != NULL ? *n + 1u : 1);
        } else if (code == 129) {
            (void)put_u8(p, c, clv->nlpid);
        } else if (code == 132) {
            (void)put_ipv4(p, c, clv->ipv4);
        } else {
            (void)put_bytes(p, c, clv->ipv6, 16);
        }
    }
    return true;
}

/* The next CLV's value; false at the end. */
static bool clv_next(struct packet *p, struct cursor *c, unsigned type, uint8_t *code,
                     struct cursor *value)
{
    if (c->fault != CURSOR_OK || cursor_left(c) == 0)
        return false;
    *code = put_u8(p, c, type);
    uint8_t length = put_u8(p, c, type + 1);
    if (c->fault != CURSOR_OK)
        return false;
    if (length > cursor_left(c)) {
        cursor_skip(c, length);
        return false;
    }
    *value = cursor_part(c, length);
    return true;
}

/* ---- Hello --------------------------------------------------------------------------------- */

static void put_restart(struct packet *p, struct cursor *c)
{
    uint32_t at = c->pos;
    uint8_t flags = put_u8(p, c, H_RESTART);
    uint32_t tree = tree_begin(p, H_RESTART);
    if (c->fault == CURSOR_OK)
        put_flags(p, c, H_RESTART_SA, 3, at, 1, flags);
    tree_end(p, tree);
}

static void put_adjacency(struct packet *p, struct cursor *c)
{
    (void)put_u8(p, c, H_STATE);
    if (cursor_left(c) >= 4)
        (void)put_u32(p, c, H_EXTENDED);
    if (cursor_left(c) >= 6)
        put_id(p, c, H_PEER, 6);
    if (cursor_left(c) >= 4)
        (void)put_u32(p, c, H_PEER_EXTENDED);
}

static void put_hello_clvs(struct packet *p, struct cursor *c)
{
    uint8_t code;
    struct cursor value;
    while (clv_next(p, c, H_CLV, &code, &value)) {
        if (put_common(p, &value, &hello_clv, code) || cursor_left(&value) == 0)
            continue;
        if (code == 6) {
            while (cursor_left(&value) >= 6 && value.fault == CURSOR_OK)
                (void)put_bytes(p, &value, H_NEIGHBOR, 6);
        } else if (code == 211) {
            put_restart(p, &value);
        } else if (code == 240) {
            put_adjacency(p, &value);
        }
    }
}

/* The type is in the header, which ends where the hello begins. */
static void dissect_hello(struct packet *p, struct cursor *c)
{
    bool p2p = (c->data[c->pos - 4] & 0x1f) == P2P_HELLO;
    const uint8_t *b = cursor_take(c, 1);
    if (b != NULL)
        put_flags(p, c, H_CIRCUIT, 2, c->pos - 1, 1, *b);
    put_id(p, c, H_SOURCE, 6);
    (void)put_u16(p, c, H_HOLD);
    (void)put_u16(p, c, H_LENGTH);
    if (p2p) {
        (void)put_u8(p, c, H_LOCAL);
    } else {
        b = cursor_take(c, 1);
        if (b != NULL)
            put_flags(p, c, H_PRIORITY, 2, c->pos - 1, 1, *b);
        put_id(p, c, H_LAN, 7);
    }
    put_hello_clvs(p, c);
}

static const struct binding hello_bindings[] = {
    {"isis.type", 15}, {"isis.type", 16}, {"isis.type", 17}, {NULL, 0}};

const struct protocol proto_isis_hello = {.name = "isis.hello",
                                          .title = "ISIS HELLO",
                                          .column = "ISIS HELLO",
                                          .fields_of = &proto_isis,
                                          .bindings = hello_bindings,
                                          .dissect = dissect_hello};

/* ---- LSP ----------------------------------------------------------------------------------- */

/* Fletcher's sum of ISO 8473 over what follows the lifetime: 0 in both halves. */
static unsigned lsp_checksum(const struct cursor *c, uint32_t from, uint32_t to, uint16_t checksum)
{
    if (checksum == 0)
        return CHECKSUM_NOT_PRESENT;
    if (to > c->cap || from > to)
        return CHECKSUM_UNVERIFIED;
    uint32_t a = 0, b = 0;
    for (uint32_t i = from; i < to; i++) {
        a = (a + c->data[i]) % 255;
        b = (b + a) % 255;
    }
    return a == 0 && b == 0 ? CHECKSUM_GOOD : CHECKSUM_BAD;
}

static void put_lsp_bits(struct packet *p, struct cursor *c)
{
    const uint8_t *b = cursor_take(c, 1);
    if (b == NULL)
        return;
    uint32_t at = c->pos - 1;
    put_flags(p, c, L_PARTITION, 2, at, 1, *b);
    uint32_t tree = tree_begin(p, L_ATTACHED);
    put_flags(p, c, L_ERROR, 4, at, 1, *b);
    tree_end(p, tree);
    put_flags(p, c, L_OVERLOAD, 2, at, 1, *b);
}

static void dissect_lsp(struct packet *p, struct cursor *c)
{
    uint32_t start = c->pos;
    uint16_t length = put_u16(p, c, L_LENGTH);
    (void)put_u16(p, c, L_LIFE);
    put_id(p, c, L_ID, 8);
    (void)put_u32(p, c, L_SEQUENCE);
    uint16_t checksum = put_u16(p, c, L_CHECKSUM);
    if (c->fault != CURSOR_OK)
        return;
    put_uint(p, c, L_STATUS, c->pos - 2, 0,
             lsp_checksum(c, start + 4, start - 8 + length, checksum));
    put_lsp_bits(p, c);
    if (length >= 8)
        cursor_trim(c, start - 8 + length > c->pos ? start - 8 + length - c->pos : 0);
    uint8_t code;
    struct cursor value;
    while (clv_next(p, c, L_CLV, &code, &value)) {
        if (!put_common(p, &value, &lsp_clv, code) && code == 137 && cursor_left(&value) > 0)
            (void)put_bytes_captured(p, &value, L_HOSTNAME, cursor_left(&value));
    }
}

static const struct binding lsp_bindings[] = {{"isis.type", 18}, {"isis.type", 20}, {NULL, 0}};

const struct protocol proto_isis_lsp = {.name = "isis.lsp",
                                        .title = "ISO 10589 ISIS Link State Protocol Data Unit",
                                        .column = "ISIS LSP",
                                        .fields_of = &proto_isis,
                                        .bindings = lsp_bindings,
                                        .dissect = dissect_lsp};

/* ---- Sequence numbers ---------------------------------------------------------------------- */

/* One known LSP. */
static void put_entry(struct packet *p, struct cursor *c)
{
    const uint8_t *b = cursor_peek(c, 0, 16);
    uint32_t at = c->pos;
    if (b == NULL) {
        cursor_skip(c, 16);
        return;
    }
    put_uint(p, c, C_ENTRY_SEQUENCE, at + 10, 4, be32(b + 10));
    put_uint(p, c, C_ENTRY_LIFE, at, 2, be16(b));
    put_uint(p, c, C_ENTRY_CHECKSUM, at + 14, 2, be16(b + 14));
    cursor_skip(c, 2);
    put_id(p, c, C_ENTRY_ID, 8);
    cursor_skip(c, 6);
}

static void put_entries(struct packet *p, struct cursor *c, unsigned type)
{
    uint8_t code;
    struct cursor value;
    while (clv_next(p, c, type, &code, &value)) {
        while (code == 9 && cursor_left(&value) >= 16 && value.fault == CURSOR_OK)
            put_entry(p, &value);
    }
}

static void dissect_csnp(struct packet *p, struct cursor *c)
{
    (void)put_u16(p, c, C_LENGTH);
    put_id(p, c, C_SOURCE, 6);
    (void)put_bytes(p, c, C_CIRCUIT, 1);
    put_id(p, c, C_START, 8);
    put_id(p, c, C_END, 8);
    put_entries(p, c, C_CLV);
}

static void dissect_psnp(struct packet *p, struct cursor *c)
{
    (void)put_u16(p, c, P_LENGTH);
    put_id(p, c, P_SOURCE, 6);
    (void)put_bytes(p, c, P_CIRCUIT, 1);
    put_entries(p, c, P_CLV);
}

static const struct binding csnp_bindings[] = {{"isis.type", 24}, {"isis.type", 25}, {NULL, 0}};
static const struct binding psnp_bindings[] = {{"isis.type", 26}, {"isis.type", 27}, {NULL, 0}};

const struct protocol proto_isis_csnp = {
    .name = "isis.csnp",
    .title = "ISO 10589 ISIS Complete Sequence Numbers Protocol Data Unit",
    .column = "ISIS CSNP",
    .fields_of = &proto_isis,
    .bindings = csnp_bindings,
    .dissect = dissect_csnp};

const struct protocol proto_isis_psnp = {
    .name = "isis.psnp",
    .title = "ISO 10589 ISIS Partial Sequence Numbers Protocol Data Unit",
    .column = "ISIS PSNP",
    .fields_of = &proto_isis,
    .bindings = psnp_bindings,
    .dissect = dissect_psnp};
