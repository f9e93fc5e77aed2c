/*
 * ldp: Label Distribution Protocol (RFC 5036), hellos over UDP, sessions over TCP.
 *
 *     | version 2 | length 2, of what follows it | LSR 4, label space 2 | messages:
 *     | U, type 15 bits | length 2 | identifier 4 | parameters: | U F, type 14 bits | length 2 |
 * value |
 */
#include "dissect/packet.h"

static const struct value_name msg_ubit_names[] = {VALUE(0, "Unknown bit not set"),
                                                   VALUE(1, "Unknown bit set"), VALUES_END};
static const struct value_name msg_type_names[] = {VALUE(1, "Notification Message"),
                                                   VALUE(0x100, "Hello Message"),
                                                   VALUE(0x200, "Initialization Message"),
                                                   VALUE(0x201, "Keep Alive Message"),
                                                   VALUE(0x202, "Capability Message"),
                                                   VALUE(0x300, "Address Message"),
                                                   VALUE(0x301, "Address Withdrawal Message"),
                                                   VALUE(0x400, "Label Mapping Message"),
                                                   VALUE(0x401, "Label Request Message"),
                                                   VALUE(0x402, "Label Withdrawal Message"),
                                                   VALUE(0x403, "Label Release Message"),
                                                   VALUE(0x404, "Label Abort Request Message"),
                                                   VALUE(0x500, "Call Setup Message"),
                                                   VALUE(0x501, "Call Release Message"),
                                                   VALUE(0x700, "RG Connect Message"),
                                                   VALUE(0x701, "RG Disconnect Message"),
                                                   VALUE(0x702, "RG Notification Message"),
                                                   VALUE(0x703, "RG Application Data Message"),
                                                   VALUE(0x3e00, "Vendor-Private Message"),
                                                   VALUE(0x3f00, "Experimental Message"),
                                                   VALUES_END};
static const struct value_name msg_tlv_unknown_names[] = {
    VALUE(0, "Known TLV, do not Forward"), VALUE(1, "Known TLV, do Forward"),
    VALUE(2, "Unknown TLV, do not Forward"), VALUE(3, "Unknown TLV, do Forward"), VALUES_END};
static const struct value_name msg_tlv_hello_targeted_names[] = {
    VALUE(0, "Link Hello"), VALUE(1, "Targeted Hello"), VALUES_END};
static const struct value_name msg_tlv_hello_requested_names[] = {
    VALUE(0, "Source does not request periodic hellos"),
    VALUE(1, "Source requests periodic hellos"), VALUES_END};
static const struct value_name msg_tlv_hello_gtsm_names[] = {VALUE(0, "Not set"), VALUE(1, "Set"),
                                                             VALUES_END};
static const struct value_name msg_tlv_fec_type_names[] = {
    VALUE(1, "Wildcard FEC"),
    VALUE(2, "Prefix FEC"),
    VALUE(3, "Host Address FEC"),
    VALUE(4, "CR LSP FEC"),
    VALUE(5, "Typed Wildcard FEC Element"),
    VALUE(6, "P2MP"),
    VALUE(7, "MP2MP-up"),
    VALUE(8, "MP2MP-down"),
    VALUE(9, "HSMP-upstream"),
    VALUE(10, "HSMP-downstream"),
    VALUE(128, "PWid FEC Element"),
    VALUE(129, "Generalized PWid FEC Element"),
    VALUE(130, "P2MP PW Upstream FEC Element"),
    VALUE(131, "Protection FEC Element"),
    VALUE(132, "P2MP_PW_DOWNSTREAM_FEC"),
    VALUES_END};
static const struct value_name msg_tlv_fec_af_names[] = {
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
static const struct value_name msg_tlv_sess_advbit_names[] = {
    VALUE(0, "Downstream Unsolicited proposed"), VALUE(1, "Downstream On Demand proposed"),
    VALUES_END};
static const struct value_name msg_tlv_sess_ldetbit_names[] = {
    VALUE(0, "Loop Detection Disabled"), VALUE(1, "Loop Detection Enabled"), VALUES_END};
static const struct value_name msg_tlv_status_ebit_names[] = {
    VALUE(0, "Advisory Notification"), VALUE(1, "Fatal Error Notification"), VALUES_END};
static const struct value_name msg_tlv_status_fbit_names[] = {
    VALUE(0, "Notification should NOT be Forwarded"), VALUE(1, "Notification should be Forwarded"),
    VALUES_END};

#define FIELDS(X)                                                                                  \
    X(HDR_VERSION, "ldp.hdr.version", "Version", UINT16, DEC, 0, NULL)                             \
    X(HDR_PDU_LEN, "ldp.hdr.pdu_len", "PDU Length", UINT16, DEC, 0, NULL)                          \
    X(HDR_LDPID_LSR, "ldp.hdr.ldpid.lsr", "LSR ID", IPv4, NONE, 0, NULL)                           \
    X(HDR_LDPID_LSID, "ldp.hdr.ldpid.lsid", "Label Space ID", UINT16, DEC, 0, NULL)                \
    X(INVALID_LENGTH, "ldp.invalid_length", "Error processing Message Length", NONE, NONE, 0,      \
      NULL)                                                                                        \
    X(MSG_UBIT, "ldp.msg.ubit", "U bit", BOOLEAN, 8, 0x80, msg_ubit_names)                         \
    X(MSG_TYPE, "ldp.msg.type", "Message Type", UINT16, HEX, 0x7fff, msg_type_names)               \
    X(MSG_LEN, "ldp.msg.len", "Message Length", UINT16, DEC, 0, NULL)                              \
    X(MSG_ID, "ldp.msg.id", "Message ID", UINT32, HEX, 0, NULL)                                    \
    X(MSG_TLV_UNKNOWN, "ldp.msg.tlv.unknown", "TLV Unknown bits", UINT8, HEX, 0xc0,                \
      msg_tlv_unknown_names)                                                                       \
    X(MSG_TLV_TYPE, "ldp.msg.tlv.type", "TLV Type", UINT16, HEX, 0x3fff, NULL)                     \
    X(MSG_TLV_LEN, "ldp.msg.tlv.len", "TLV Length", UINT16, DEC, 0, NULL)                          \
    X(MSG_TLV_VALUE, "ldp.msg.tlv.value", "TLV Value", BYTES, NONE, 0, NULL)                       \
    X(MSG_TLV_HELLO_HOLD, "ldp.msg.tlv.hello.hold", "Hold Time", UINT16, DEC, 0, NULL)             \
    X(MSG_TLV_HELLO_TARGETED, "ldp.msg.tlv.hello.targeted", "Targeted Hello", BOOLEAN, 16, 0x8000, \
      msg_tlv_hello_targeted_names)                                                                \
    X(MSG_TLV_HELLO_REQUESTED, "ldp.msg.tlv.hello.requested", "Hello Requested", BOOLEAN, 16,      \
      0x4000, msg_tlv_hello_requested_names)                                                       \
    X(MSG_TLV_HELLO_GTSM, "ldp.msg.tlv.hello.gtsm", "GTSM Flag", BOOLEAN, 16, 0x2000,              \
      msg_tlv_hello_gtsm_names)                                                                    \
    X(MSG_TLV_HELLO_RES, "ldp.msg.tlv.hello.res", "Reserved", UINT16, HEX, 0x1fff, NULL)           \
    X(MSG_TLV_IPV4_TADDR, "ldp.msg.tlv.ipv4.taddr", "IPv4 Transport Address", IPv4, NONE, 0, NULL) \
    X(MSG_TLV_HELLO_CNF_SEQNO, "ldp.msg.tlv.hello.cnf_seqno", "Configuration Sequence Number",     \
      UINT32, DEC, 0, NULL)                                                                        \
    X(MSG_TLV_FEC_TYPE, "ldp.msg.tlv.fec.type", "FEC Element Type", UINT8, DEC, 0,                 \
      msg_tlv_fec_type_names)                                                                      \
    X(MSG_TLV_FEC_AF, "ldp.msg.tlv.fec.af", "FEC Element Address Type", UINT16, DEC, 0,            \
      msg_tlv_fec_af_names)                                                                        \
    X(MSG_TLV_FEC_LEN, "ldp.msg.tlv.fec.len", "FEC Element Length", UINT8, DEC, 0, NULL)           \
    X(MSG_TLV_FEC_PFVAL, "ldp.msg.tlv.fec.pfval", "FEC Element Prefix Value", STRING, NONE, 0,     \
      NULL)                                                                                        \
    X(MSG_TLV_ADDRL_ADDR_FAMILY, "ldp.msg.tlv.addrl.addr_family", "Address Family", UINT16, DEC,   \
      0, msg_tlv_fec_af_names)                                                                     \
    X(MSG_TLV_ADDRL_ADDR, "ldp.msg.tlv.addrl.addr", "Address", STRING, NONE, 0, NULL)              \
    X(MSG_TLV_HC_VALUE, "ldp.msg.tlv.hc.value", "Hop Count Value", UINT8, DEC, 0, NULL)            \
    X(MSG_TLV_PV_LSRID, "ldp.msg.tlv.pv.lsrid", "LSR Id", IPv4, NONE, 0, NULL)                     \
    X(MSG_TLV_SESS_VER, "ldp.msg.tlv.sess.ver", "Session Protocol Version", UINT16, DEC, 0, NULL)  \
    X(MSG_TLV_SESS_KA, "ldp.msg.tlv.sess.ka", "Session KeepAlive Time", UINT16, DEC, 0, NULL)      \
    X(MSG_TLV_SESS_ADVBIT, "ldp.msg.tlv.sess.advbit", "Session Label Advertisement Discipline",    \
      BOOLEAN, 8, 0x80, msg_tlv_sess_advbit_names)                                                 \
    X(MSG_TLV_SESS_LDETBIT, "ldp.msg.tlv.sess.ldetbit", "Session Loop Detection", BOOLEAN, 8,      \
      0x40, msg_tlv_sess_ldetbit_names)                                                            \
    X(MSG_TLV_SESS_PVLIM, "ldp.msg.tlv.sess.pvlim", "Session Path Vector Limit", UINT8, DEC, 0,    \
      NULL)                                                                                        \
    X(MSG_TLV_SESS_MXPDU, "ldp.msg.tlv.sess.mxpdu", "Session Max PDU Length", UINT16, DEC, 0,      \
      NULL)                                                                                        \
    X(MSG_TLV_SESS_RXLSR, "ldp.msg.tlv.sess.rxlsr", "Session Receiver LSR Identifier", IPv4, NONE, \
      0, NULL)                                                                                     \
    X(MSG_TLV_SESS_RXLS, "ldp.msg.tlv.sess.rxls", "Session Receiver Label Space Identifier",       \
      UINT16, DEC, 0, NULL)                                                                        \
    X(MSG_TLV_GENERIC_LABEL, "ldp.msg.tlv.generic.label", "Generic Label", UINT32, DEC_HEX,        \
      0xfffff, NULL)                                                                               \
    X(MSG_TLV_STATUS_EBIT, "ldp.msg.tlv.status.ebit", "E Bit", BOOLEAN, 8, 0x80,                   \
      msg_tlv_status_ebit_names)                                                                   \
    X(MSG_TLV_STATUS_FBIT, "ldp.msg.tlv.status.fbit", "F Bit", BOOLEAN, 8, 0x40,                   \
      msg_tlv_status_fbit_names)                                                                   \
    X(MSG_TLV_STATUS_DATA, "ldp.msg.tlv.status.data", "Status Data", UINT32, HEX, 0x3fffffff,      \
      NULL)                                                                                        \
    X(MSG_TLV_STATUS_MSG_ID, "ldp.msg.tlv.status.msg.id", "Message ID", UINT32, HEX, 0, NULL)      \
    X(MSG_TLV_STATUS_MSG_TYPE, "ldp.msg.tlv.status.msg.type", "Message Type", UINT16, HEX, 0,      \
      msg_type_names)                                                                              \
    X(GTSM_NOT_SUPPORTED, "ldp.gtsm_not_supported", "GTSM is not supported by the source", NONE,   \
      NONE, 0, NULL)

FIELD_TABLE(FIELDS);

enum { PORT = 646, HEADER = 4 };
enum {
    T_FEC = 0x100,
    T_ADDRESSES,
    T_HOPS = 0x103,
    T_PATH,
    T_LABEL = 0x200,
    T_STATUS = 0x300,
    T_HELLO = 0x400,
    T_TRANSPORT4,
    T_SEQUENCE,
    T_SESSION = 0x500
};
enum { FEC_WILDCARD = 1, FEC_PREFIX, FAMILY_IPV4 = 1, FAMILY_IPV6, LEAST = 4 };

static uint32_t message(struct packet *p, const struct cursor *c)
{
    (void)p;
    const uint8_t *head = cursor_peek(c, 0, HEADER);
    if (head == NULL)
        return STREAM_MORE;
    return be16(head) == 1 ? HEADER + (uint32_t)be16(head + 2) : 0;
}

static void put_fec(struct packet *p, struct cursor *v)
{
    while (cursor_left(v) > 0 && v->fault == CURSOR_OK) {
        uint32_t tree = tree_text(p, v, v->pos, 1, "FEC Element");
        uint8_t type = put_u8(p, v, MSG_TLV_FEC_TYPE);
        if (type == FEC_PREFIX) {
            uint16_t family = put_u16(p, v, MSG_TLV_FEC_AF);
            uint8_t bits = put_u8(p, v, MSG_TLV_FEC_LEN);
            uint32_t n = (bits + 7u) / 8;
            const uint8_t *b = cursor_take(v, n);
            if (b != NULL && family == FAMILY_IPV4 && n <= 4) {
                uint8_t a[4] = {0};
                memcpy(a, b, n);
                put_string(p, v, MSG_TLV_FEC_PFVAL, v->pos - n, n,
                           packet_text(p, "%u.%u.%u.%u", a[0], a[1], a[2], a[3]));
            }
        } else if (type != FEC_WILDCARD) {
            cursor_skip(v, cursor_left(v));
        }
        tree_end(p, tree);
    }
}

static void put_session(struct packet *p, struct cursor *v)
{
    (void)put_u16(p, v, MSG_TLV_SESS_VER);
    (void)put_u16(p, v, MSG_TLV_SESS_KA);
    uint8_t bits = cursor_u8(v);
    if (v->fault == CURSOR_OK)
        put_flags(p, v, MSG_TLV_SESS_ADVBIT, 2, v->pos - 1, 1, bits);
    (void)put_u8(p, v, MSG_TLV_SESS_PVLIM);
    (void)put_u16(p, v, MSG_TLV_SESS_MXPDU);
    (void)put_ipv4(p, v, MSG_TLV_SESS_RXLSR);
    (void)put_u16(p, v, MSG_TLV_SESS_RXLS);
}

static void put_hello(struct packet *p, struct cursor *v)
{
    (void)put_u16(p, v, MSG_TLV_HELLO_HOLD);
    uint16_t bits = cursor_u16(v);
    if (v->fault != CURSOR_OK)
        return;
    put_flags(p, v, MSG_TLV_HELLO_TARGETED, 3, v->pos - 2, 2, bits);
    uint32_t tree = tree_begin(p, MSG_TLV_HELLO_GTSM);
    if ((bits & 0x2000) == 0)
        put_mark(p, v, GTSM_NOT_SUPPORTED);
    tree_end(p, tree);
    put_bits(p, v, MSG_TLV_HELLO_RES, v->pos - 2, 2, bits);
}

static void put_status(struct packet *p, struct cursor *v)
{
    uint32_t word = cursor_u32(v);
    if (v->fault == CURSOR_OK) {
        put_flags(p, v, MSG_TLV_STATUS_EBIT, 2, v->pos - 4, 1, word >> 24);
        put_bits(p, v, MSG_TLV_STATUS_DATA, v->pos - 4, 4, word);
    }
    (void)put_u32(p, v, MSG_TLV_STATUS_MSG_ID);
    (void)put_u16(p, v, MSG_TLV_STATUS_MSG_TYPE);
}

static void put_addresses(struct packet *p, struct cursor *v)
{
    uint16_t family = put_u16(p, v, MSG_TLV_ADDRL_ADDR_FAMILY);
    bool four = family == FAMILY_IPV4;
    uint32_t n = four ? 4 : 16;
    while ((four || family == FAMILY_IPV6) && cursor_left(v) >= n) {
        const uint8_t *a = cursor_take(v, n);
        if (a == NULL)
            return;
        put_string(p, v, MSG_TLV_ADDRL_ADDR, v->pos - n, n,
                   packet_address(p, four ? ADDRESS_IPV4 : ADDRESS_IPV6, a));
    }
}

static void put_value(struct packet *p, struct cursor *v, uint16_t type)
{
    switch (type) {
    case T_FEC:
        put_fec(p, v);
        break;
    case T_ADDRESSES:
        put_addresses(p, v);
        break;
    case T_HOPS:
        (void)put_u8(p, v, MSG_TLV_HC_VALUE);
        break;
    case T_PATH:
        while (cursor_left(v) > 0)
            (void)put_ipv4(p, v, MSG_TLV_PV_LSRID);
        break;
    case T_LABEL: {
        uint32_t label_word = cursor_u32(v);
        if (v->fault == CURSOR_OK)
            put_bits(p, v, MSG_TLV_GENERIC_LABEL, v->pos - 4, 4, label_word);
        break;
    }
    case T_STATUS:
        put_status(p, v);
        break;
    case T_HELLO:
        put_hello(p, v);
        break;
    case T_TRANSPORT4:
        (void)put_ipv4(p, v, MSG_TLV_IPV4_TADDR);
        break;
    case T_SEQUENCE:
        (void)put_u32(p, v, MSG_TLV_HELLO_CNF_SEQNO);
        break;
    case T_SESSION:
        put_session(p, v);
        break;
    default:
        if (cursor_left(v) > 0)
            (void)put_bytes(p, v, MSG_TLV_VALUE, cursor_left(v));
    }
}

static void put_parameters(struct packet *p, struct cursor *m)
{
    while (cursor_left(m) >= 4 && m->fault == CURSOR_OK) {
        uint32_t tree = tree_text(p, m, m->pos, 4, "Parameter");
        uint16_t word = cursor_u16(m);
        if (m->fault == CURSOR_OK) {
            put_uint(p, m, MSG_TLV_UNKNOWN, m->pos - 2, 1, word >> 14);
            put_bits(p, m, MSG_TLV_TYPE, m->pos - 2, 2, word);
        }
        uint16_t length = put_u16(p, m, MSG_TLV_LEN);
        struct cursor v = cursor_part(m, length);
        put_value(p, &v, word & 0x3fff);
        tree_end(p, tree);
        if (v.fault != CURSOR_OK)
            m->fault = v.fault;
    }
}

static void put_message(struct packet *p, struct cursor *c)
{
    const uint8_t *head = cursor_peek(c, 0, 4);
    if (head != NULL &&
        be16(head + 2) < LEAST) { /* not even its identifier: where would the next one be? */
        put_malformed(p, c, INVALID_LENGTH);
        cursor_skip(c, cursor_captured(c));
        return;
    }
    const char *name = head == NULL ? NULL : value_name_find(msg_type_names, be16(head) & 0x7fff);
    uint32_t tree = tree_text(p, c, c->pos, 4, "%s", name != NULL ? name : "Unknown");
    info_add(p, "%s ", name != NULL ? name : "Unknown");
    uint16_t word = cursor_u16(c);
    if (c->fault == CURSOR_OK) {
        put_bits(p, c, MSG_UBIT, c->pos - 2, 1, word >> 8);
        put_bits(p, c, MSG_TYPE, c->pos - 2, 2, word);
    }
    uint16_t length = put_u16(p, c, MSG_LEN);
    struct cursor m = cursor_part(c, length);
    (void)put_u32(p, &m, MSG_ID);
    put_parameters(p, &m);
    tree_end(p, tree);
    if (m.fault != CURSOR_OK)
        c->fault = m.fault;
}

static void dissect(struct packet *p, struct cursor *c)
{
    (void)put_u16(p, c, HDR_VERSION);
    uint16_t length = put_u16(p, c, HDR_PDU_LEN);
    cursor_trim(c, length);
    (void)put_ipv4(p, c, HDR_LDPID_LSR);
    (void)put_u16(p, c, HDR_LDPID_LSID);
    info_set(p, "%s", "");
    while (cursor_left(c) >= 8 && c->fault == CURSOR_OK)
        put_message(p, c);
}

static bool probe(const struct packet *p, const struct cursor *c)
{
    (void)p;
    const uint8_t *head = cursor_peek(c, 0, 2);
    return head != NULL && be16(head) == 1;
}

static const struct binding bindings[] = {{"udp.port", PORT}, {"tcp.port", PORT}, {NULL, 0}};

const struct protocol proto_ldp = {.name = "ldp",
                                   .title = "Label Distribution Protocol",
                                   .column = "LDP",
                                   FIELDS_OF_THIS_FILE,
                                   .bindings = bindings,
                                   .probe = probe,
                                   .message = message,
                                   .dissect = dissect};
