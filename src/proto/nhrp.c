/*
 * nhrp: Next Hop Resolution Protocol (RFC 2332).
 *
 *     | family 2 | protocol 2, 5 | hops 1 | length 2 | checksum 2 | extensions at 2 | version 1 |
 * type 1 | lengths 1, 1 | | source 1 | destination 1 | flags 2 | request 4 | addresses | client
 * entries | extensions: | type 2 | length 2 | value |
 */
#include "dissect/checksum.h"
#include "dissect/names.h"
#include "dissect/packet.h"

static const struct value_name hdr_afn_names[] = {
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
static const struct value_name hdr_chksum_status_names[] = {
    VALUE(0, "Bad"),         VALUE(1, "Good"),    VALUE(2, "Unverified"),
    VALUE(3, "Not present"), VALUE(4, "Illegal"), VALUES_END};
static const struct value_name hdr_op_type_names[] = {VALUE(1, "NHRP Resolution Request"),
                                                      VALUE(2, "NHRP Resolution Reply"),
                                                      VALUE(3, "NHRP Registration Request"),
                                                      VALUE(4, "NHRP Registration Reply"),
                                                      VALUE(5, "NHRP Purge Request"),
                                                      VALUE(6, "NHRP Purge Reply"),
                                                      VALUE(7, "NHRP Error Indication"),
                                                      VALUE(8, "NHRP Traffic Indication"),
                                                      VALUES_END};
static const struct value_name hdr_shtl_type_names[] = {
    VALUE(0, "NSAP format"), VALUE(1, "Native E.164 format"), VALUES_END};
static const struct value_name code_names[] = {
    VALUE(0, "Success"),
    VALUE(4, "Administratively Prohibited"),
    VALUE(5, "Insufficient Resources"),
    VALUE(12, "No Interworking Layer Address to NBMA Address Binding Exists"),
    VALUE(13, "Binding Exists But Is Not Unique"),
    VALUE(14, "Unique Internetworking Layer Address Already Registered"),
    VALUES_END};

#define FIELDS(X)                                                                                  \
    X(HDR_AFN, "nhrp.hdr.afn", "Address Family Number", UINT16, HEX_DEC, 0, hdr_afn_names)         \
    X(HDR_PRO_TYPE, "nhrp.hdr.pro.type", "Protocol Type (short form)", UINT16, HEX_DEC, 0, NULL)   \
    X(HDR_PRO_SNAP_OUI, "nhrp.hdr.pro.snap.oui", "Protocol Type (long form) - OUI", UINT24, DEC,   \
      0, NULL)                                                                                     \
    X(HDR_PRO_SNAP_PID, "nhrp.hdr.pro.snap.pid", "Protocol Type (long form) - PID", UINT16, HEX,   \
      0, NULL)                                                                                     \
    X(HDR_HOPCNT, "nhrp.hdr.hopcnt", "Hop Count", UINT8, DEC, 0, NULL)                             \
    X(HDR_PKTSZ, "nhrp.hdr.pktsz", "Packet Length", UINT16, DEC, 0, NULL)                          \
    X(HDR_CHKSUM, "nhrp.hdr.chksum", "NHRP Packet Checksum", UINT16, HEX, 0, NULL)                 \
    X(HDR_CHKSUM_STATUS, "nhrp.hdr.chksum.status", "NHRP Packet Checksum Status", UINT8, NONE, 0,  \
      hdr_chksum_status_names)                                                                     \
    X(HDR_EXTOFF, "nhrp.hdr.extoff", "Extension Offset", UINT16, DEC, 0, NULL)                     \
    X(HDR_VERSION, "nhrp.hdr.version", "Version", UINT8, DEC, 0, NULL)                             \
    X(HDR_OP_TYPE, "nhrp.hdr.op.type", "NHRP Packet Type", UINT8, DEC, 0, hdr_op_type_names)       \
    X(HDR_SHTL, "nhrp.hdr.shtl", "Source Address Type/Len", UINT8, DEC, 0, NULL)                   \
    X(HDR_SHTL_TYPE, "nhrp.hdr.shtl.type", "Type", UINT8, DEC, 0x40, hdr_shtl_type_names)          \
    X(HDR_SHTL_LEN, "nhrp.hdr.shtl.len", "Length", UINT8, DEC, 0x3f, NULL)                         \
    X(HDR_SSTL, "nhrp.hdr.sstl", "Source SubAddress Type/Len", UINT8, DEC, 0, NULL)                \
    X(HDR_SSTL_TYPE, "nhrp.hdr.sstl.type", "Type", UINT8, DEC, 0x40, hdr_shtl_type_names)          \
    X(HDR_SSTL_LEN, "nhrp.hdr.sstl.len", "Length", UINT8, DEC, 0x3f, NULL)                         \
    X(SRC_PROT_LEN, "nhrp.src.prot.len", "Source Protocol Len", UINT16, DEC, 0, NULL)              \
    X(DST_PROT_LEN, "nhrp.dst.prot.len", "Destination Protocol Len", UINT16, DEC, 0, NULL)         \
    X(FLAGS, "nhrp.flags", "Flags", UINT16, HEX, 0, NULL)                                          \
    X(FLAG_Q, "nhrp.flag.q", "Is Router", BOOLEAN, 16, 0x8000, NULL)                               \
    X(FLAG_N, "nhrp.flag.n", "Expected Purge Reply", BOOLEAN, 16, 0x8000, NULL)                    \
    X(FLAG_A, "nhrp.flag.a", "Authoritative", BOOLEAN, 16, 0x4000, NULL)                           \
    X(FLAG_D, "nhrp.flag.d", "Stable Association", BOOLEAN, 16, 0x2000, NULL)                      \
    X(FLAG_U, "nhrp.flag.u", "Uniqueness Bit", BOOLEAN, 16, 0x1000, NULL)                          \
    X(FLAG_S, "nhrp.flag.s", "Stable Binding", BOOLEAN, 16, 0x800, NULL)                           \
    X(FLAG_NAT, "nhrp.flag.nat", "Cisco NAT Supported", BOOLEAN, 16, 0x2, NULL)                    \
    X(REQID, "nhrp.reqid", "Request ID", UINT32, HEX_DEC, 0, NULL)                                 \
    X(SRC_NBMA_ADDR, "nhrp.src.nbma.addr", "Source NBMA Address", IPv4, NONE, 0, NULL)             \
    X(SRC_NBMA_SADDR, "nhrp.src.nbma.saddr", "Source NBMA Sub Address", BYTES, NONE, 0, NULL)      \
    X(SRC_PROT_ADDR, "nhrp.src.prot.addr", "Source Protocol Address", IPv4, NONE, 0, NULL)         \
    X(DST_PROT_ADDR, "nhrp.dst.prot.addr", "Destination Protocol Address", IPv4, NONE, 0, NULL)    \
    X(CODE, "nhrp.code", "Code", UINT8, DEC, 0, code_names)                                        \
    X(PREFIX, "nhrp.prefix", "Prefix Length", UINT8, DEC, 0, NULL)                                 \
    X(UNUSED, "nhrp.unused", "Unused", UINT16, DEC, 0, NULL)                                       \
    X(MTU, "nhrp.mtu", "Max Transmission Unit", UINT16, DEC, 0, NULL)                              \
    X(HTIME, "nhrp.htime", "Holding Time (s)", UINT16, DEC, 0, NULL)                               \
    X(CLI_ADDR_TL, "nhrp.cli.addr_tl", "Client Address Type/Len", UINT8, DEC, 0, NULL)             \
    X(CLI_ADDR_TL_TYPE, "nhrp.cli.addr_tl.type", "Type", UINT8, DEC, 0x40, hdr_shtl_type_names)    \
    X(CLI_ADDR_TL_LEN, "nhrp.cli.addr_tl.len", "Length", UINT8, DEC, 0x3f, NULL)                   \
    X(CLI_SADDR_TL, "nhrp.cli.saddr_tl", "Client Sub Address Type/Len", UINT8, DEC, 0, NULL)       \
    X(CLI_SADDR_TL_TYPE, "nhrp.cli.saddr_tl.type", "Type", UINT8, DEC, 0x40, hdr_shtl_type_names)  \
    X(CLI_SADDR_TL_LEN, "nhrp.cli.saddr_tl.len", "Length", UINT8, DEC, 0x3f, NULL)                 \
    X(PROT_LEN, "nhrp.prot.len", "Client Protocol Length", UINT8, DEC, 0, NULL)                    \
    X(PREF, "nhrp.pref", "CIE Preference Value", UINT8, DEC, 0, NULL)                              \
    X(CLIENT_NBMA_ADDR, "nhrp.client.nbma.addr", "Client NBMA Address", IPv4, NONE, 0, NULL)       \
    X(CLIENT_NBMA_SADDR, "nhrp.client.nbma.saddr", "Client NBMA Sub Address", BYTES, NONE, 0,      \
      NULL)                                                                                        \
    X(CLIENT_PROT_ADDR, "nhrp.client.prot.addr", "Client Protocol Address", IPv4, NONE, 0, NULL)   \
    X(EXT_C, "nhrp.ext.c", "Compulsory Flag", BOOLEAN, 16, 0x8000, NULL)                           \
    X(EXT_TYPE, "nhrp.ext.type", "Extension Type", UINT16, HEX, 0x3fff, NULL)                      \
    X(EXT_LEN, "nhrp.ext.len", "Extension length", UINT16, DEC, 0, NULL)                           \
    X(AUTH_EXT_RESERVED, "nhrp.auth_ext.reserved", "Reserved", UINT16, DEC, 0, NULL)               \
    X(AUTH_EXT_SPI, "nhrp.auth_ext.spi", "SPI", UINT16, DEC, 0, NULL)                              \
    X(AUTH_EXT_SRC_ADDR, "nhrp.auth_ext.src_addr", "Source Address", IPv4, NONE, 0, NULL)          \
    X(DEVCAP_EXT_SRCCAP, "nhrp.devcap_ext.srccap", "Source Capabilities", UINT32, HEX, 0, NULL)    \
    X(DEVCAP_EXT_SRCCAP_V, "nhrp.devcap_ext.srccap.V", "VPN-aware", BOOLEAN, 32, 0x1, NULL)        \
    X(DEVCAP_EXT_DSTCAP, "nhrp.devcap_ext.dstcap", "Destination Capabilities", UINT32, HEX, 0,     \
      NULL)                                                                                        \
    X(DEVCAP_EXT_DSTCAP_V, "nhrp.devcap_ext.dstcap.V", "VPN-aware", BOOLEAN, 32, 0x1, NULL)        \
    X(PROTOCOL_TYPE, "nhrp.protocol_type", "Protocol Type (long form)", BYTES, NONE, 0, NULL)      \
    X(CLIENT_PROT_ADDR_BYTES, "nhrp.client.prot.addr_bytes", "Client Protocol Address", BYTES,     \
      NONE, 0, NULL)                                                                               \
    X(SRC_PROT_ADDR_BYTES, "nhrp.src.prot.addr_bytes", "Source Protocol Address", BYTES, NONE, 0,  \
      NULL)                                                                                        \
    X(DST_PROT_ADDR_BYETS, "nhrp.dst.prot.addr_byets", "Destination Protocol Address", BYTES,      \
      NONE, 0, NULL)                                                                               \
    X(AUTH_EXT_SRC_ADDR_BYTES, "nhrp.auth_ext.src_addr_bytes", "Source Address", BYTES, NONE, 0,   \
      NULL)                                                                                        \
    X(AUTH_EXT_DATA, "nhrp.auth_ext.data", "Data", BYTES, NONE, 0, NULL)                           \
    X(HDR_PKTSZ_INVALID, "nhrp.hdr.pktsz.invalid",                                                 \
      "Packet length is less than the fixed header length", NONE, NONE, 0, NULL)                   \
    X(HDR_EXTOFF_INVALID, "nhrp.hdr.extoff.invalid",                                               \
      "Extension offset is less than the fixed header length or larger than the packet size",      \
      NONE, NONE, 0, NULL)                                                                         \
    X(HDR_BAD_CHECKSUM, "nhrp.hdr.bad_checksum", "Bad checksum", NONE, NONE, 0, NULL)              \
    X(EXT_NOT_ALLOWED, "nhrp.ext.not_allowed", "Extensions not allowed per RFC2332 section 5.2.7", \
      NONE, NONE, 0, NULL)                                                                         \
    X(EXT_MALFORMED, "nhrp.ext.malformed", "Incomplete Authentication Extension", NONE, NONE, 0,   \
      NULL)                                                                                        \
    X(EXT_EXTRA, "nhrp.ext.extra", "Superfluous data follows End Extension", NONE, NONE, 0, NULL)

FIELD_TABLE(FIELDS);

enum { TYPE_TABLE };
enum {
    FIXED = 20,
    RESOLUTION_REQUEST = 1,
    RESOLUTION_REPLY,
    REGISTRATION_REQUEST,
    REGISTRATION_REPLY,
    PURGE_REQUEST,
    PURGE_REPLY,
    ERROR_INDICATION,
    TRAFFIC_INDICATION
};
enum { E_END = 0, E_RESPONDER = 3, E_FORWARD, E_REVERSE, E_AUTHENTICATION = 7, E_NAT = 9 };

static void put_length_byte(struct packet *p, struct cursor *c, unsigned field, uint8_t *length)
{
    uint8_t v = put_u8(p, c, field);
    uint32_t tree = tree_begin(p, field);
    if (c->fault == CURSOR_OK)
        put_flags(p, c, field + 1, 2, c->pos - 1, 1, v);
    tree_end(p, tree);
    *length = v & 63;
}

static void put_address(struct packet *p, struct cursor *c, unsigned field, uint8_t n)
{
    if (n == 4)
        (void)put_ipv4(p, c, field);
    else
        cursor_skip(c, n);
}

static void put_client(struct packet *p, struct cursor *c)
{
    uint32_t tree = tree_text(p, c, c->pos, 12, "Client Information Entry");
    uint8_t address = 0, sub = 0;
    (void)put_u8(p, c, CODE);
    (void)put_u8(p, c, PREFIX);
    (void)put_u16(p, c, UNUSED);
    (void)put_u16(p, c, MTU);
    (void)put_u16(p, c, HTIME);
    put_length_byte(p, c, CLI_ADDR_TL, &address);
    put_length_byte(p, c, CLI_SADDR_TL, &sub);
    uint8_t protocol = put_u8(p, c, PROT_LEN);
    (void)put_u8(p, c, PREF);
    put_address(p, c, CLIENT_NBMA_ADDR, address);
    cursor_skip(c, sub);
    put_address(p, c, CLIENT_PROT_ADDR, protocol);
    tree_end(p, tree);
}

static void put_flag_bits(struct packet *p, const struct cursor *c, uint8_t type, uint16_t flags)
{
    uint32_t tree = tree_begin(p, FLAGS), at = c->pos - 2;
    if (type <= RESOLUTION_REPLY) {
        put_bits(p, c, FLAG_Q, at, 2, flags);
        put_bits(p, c, FLAG_A, at, 2, flags);
        put_bits(p, c, FLAG_D, at, 2, flags);
        put_bits(p, c, FLAG_U, at, 2, flags);
        put_bits(p, c, FLAG_S, at, 2, flags);
        put_bits(p, c, FLAG_NAT, at, 2, flags);
    } else if (type <= REGISTRATION_REPLY) {
        put_uint(p, c, FLAG_U, at, 2, flags >> 15); /* not where a resolution has it */
        put_bits(p, c, FLAG_NAT, at, 2, flags);
    } else if (type <= PURGE_REPLY) {
        put_bits(p, c, FLAG_N, at, 2, flags);
    }
    tree_end(p, tree);
}

/* The addresses whose lengths are in the header, and, but for indications, what is asked of whom.
 */
static void put_mandatory(struct packet *p, struct cursor *c, uint8_t type, uint8_t nbma,
                          uint8_t sub)
{
    uint8_t source = put_u8(p, c, SRC_PROT_LEN), destination = put_u8(p, c, DST_PROT_LEN);
    if (type <= PURGE_REPLY) {
        uint16_t flags = put_u16(p, c, FLAGS);
        if (c->fault == CURSOR_OK)
            put_flag_bits(p, c, type, flags);
        (void)put_u32(p, c, REQID);
    } else {
        cursor_skip(c, 6);
    }
    put_address(p, c, SRC_NBMA_ADDR, nbma);
    cursor_skip(c, sub);
    put_address(p, c, SRC_PROT_ADDR, source);
    put_address(p, c, DST_PROT_ADDR, destination);
    while (type <= PURGE_REPLY && cursor_left(c) >= 12 && c->fault == CURSOR_OK)
        put_client(p, c);
}

static void put_extensions(struct packet *p, struct cursor *c)
{
    while (cursor_left(c) >= 4 && c->fault == CURSOR_OK) {
        uint32_t tree = tree_text(p, c, c->pos, 4, "Extension");
        uint16_t word = cursor_u16(c), type = word & 0x3fff;
        if (c->fault == CURSOR_OK)
            put_flags(p, c, EXT_C, 2, c->pos - 2, 2, word);
        uint16_t length = put_u16(p, c, EXT_LEN);
        struct cursor v = cursor_part(c, length);
        if (type == E_AUTHENTICATION && length >= 8) {
            (void)put_u16(p, &v, AUTH_EXT_RESERVED);
            (void)put_u16(p, &v, AUTH_EXT_SPI);
            (void)put_ipv4(p, &v, AUTH_EXT_SRC_ADDR);
            if (cursor_left(&v) > 0)
                (void)put_bytes(p, &v, AUTH_EXT_DATA, cursor_left(&v));
        }
        while ((type == E_RESPONDER || type == E_FORWARD || type == E_REVERSE || type == E_NAT) &&
               cursor_left(&v) >= 12 && v.fault == CURSOR_OK)
            put_client(p, &v);
        tree_end(p, tree);
        if (v.fault != CURSOR_OK)
            c->fault = v.fault;
        if (type == E_END)
            return;
    }
}

static void dissect(struct packet *p, struct cursor *c)
{
    uint32_t start = c->pos;
    uint32_t tree = tree_text(p, c, start, FIXED, "NHRP Fixed Header");
    (void)put_u16(p, c, HDR_AFN);
    (void)put_u16(p, c, HDR_PRO_TYPE);
    (void)put_bytes(p, c, PROTOCOL_TYPE, 5);
    (void)put_u8(p, c, HDR_HOPCNT);
    uint16_t length = put_u16(p, c, HDR_PKTSZ);
    struct cursor packet = *c;
    if (length >= 12)
        cursor_trim(&packet, length - 10u);
    static const struct checksum_fields fields = {HDR_CHKSUM, HDR_CHKSUM_STATUS, HDR_BAD_CHECKSUM};
    put_verified(p, &packet, start, 0, &fields);
    cursor_skip(c, 2);
    uint16_t extensions = put_u16(p, c, HDR_EXTOFF);
    (void)put_u8(p, c, HDR_VERSION);
    uint8_t type = put_u8(p, c, HDR_OP_TYPE), nbma = 0, sub = 0;
    put_length_byte(p, c, HDR_SHTL, &nbma);
    put_length_byte(p, c, HDR_SSTL, &sub);
    tree_end(p, tree);
    const char *name = value_name_find(hdr_op_type_names, type);
    title(p, "Next Hop Resolution Protocol (%s)", name != NULL ? name : "Unknown");
    info_set(p, "%s", name != NULL ? name : "Unknown");
    if (c->fault != CURSOR_OK)
        return;
    uint32_t end = extensions >= FIXED ? extensions : length >= FIXED ? length : FIXED;
    struct cursor mandatory = cursor_part(c, end - FIXED);
    tree = tree_text(p, &mandatory, mandatory.pos, cursor_left(&mandatory), "NHRP Mandatory Part");
    put_mandatory(p, &mandatory, type, nbma, sub);
    tree_end(p, tree);
    if (mandatory.fault != CURSOR_OK)
        c->fault = mandatory.fault;
    if (extensions >= FIXED)
        put_extensions(p, c);
    /* An indication quotes the packet that caused it, in front of the extensions. */
    if (type == TRAFFIC_INDICATION && c->fault == CURSOR_OK)
        (void)next_bare(p, &mandatory, TYPE_TABLE, 0x0800);
}

static const char *const tables[] = {"ethertype", NULL};
static const struct binding bindings[] = {{"gre.proto", 0x2001}, {"ip.proto", 54}, {NULL, 0}};

const struct protocol proto_nhrp = {.name = "nhrp",
                                    .title = "Next Hop Resolution Protocol",
                                    .column = "NHRP",
                                    FIELDS_OF_THIS_FILE,
                                    .tables = tables,
                                    .bindings = bindings,
                                    .dissect = dissect};
