/*
 * eap: the Extensible Authentication Protocol (RFC 3748), with MD5 (section 5.4), the frame of the
 * methods that carry TLS (RFC 5216) and the attributes of SIM and AKA (RFC 4186, RFC 4187).
 *
 *     | code 1 | identifier 1 | length 2 | requests and responses: type 1 | data ... |
 */
#include "dissect/fragment.h"

static const struct value_name code_names[] = {
    VALUE(1, "Request"),  VALUE(2, "Response"), VALUE(3, "Success"), VALUE(4, "Failure"),
    VALUE(5, "Initiate"), VALUE(6, "Finish"),   VALUES_END};
static const struct value_name type_names[] = {
    VALUE(1, "Identity"),
    VALUE(2, "Notification"),
    VALUE(3, "Legacy Nak (Response Only)"),
    VALUE(4, "MD5-Challenge EAP (EAP-MD5-CHALLENGE)"),
    VALUE(5, "One-Time Password EAP (EAP-OTP)"),
    VALUE(6, "Generic Token Card EAP (EAP-GTC)"),
    VALUE(7, "Allocated"),
    VALUE(8, "Allocated"),
    VALUE(9, "RSA Public Key Authentication EAP (EAP-RSA-PKA)"),
    VALUE(10, "DSS Unilateral EAP (EAP-DSS)"),
    VALUE(11, "KEA EAP (EAP-KEA)"),
    VALUE(12, "KEA Validate EAP (EAP-KEA-VALIDATE)"),
    VALUE(13, "TLS EAP (EAP-TLS)"),
    VALUE(14, "Defender Token EAP (EAP-AXENT)"),
    VALUE(15, "RSA Security SecurID EAP (EAP-RSA-SECURID)"),
    VALUE(16, "Arcot Systems EAP (EAP-ARCOT-SYSTEMS)"),
    VALUE(17, "Cisco Wireless EAP / Lightweight EAP (EAP-LEAP)"),
    VALUE(18, "GSM Subscriber Identity Modules EAP (EAP-SIM)"),
    VALUE(19, "Secure Remote Password SHA1 Part 1 EAP (EAP-SRP-SHA1-PART1)"),
    VALUE(20, "Secure Remote Password SHA1 Part 2 EAP (EAP-SRP-SHA1-PART2)"),
    VALUE(21, "Tunneled TLS EAP (EAP-TTLS)"),
    VALUE(22, "Remote Access Service EAP (EAP-RAS)"),
    VALUE(23, "UMTS Authentication and Key Agreement EAP (EAP-AKA)"),
    VALUE(24, "3Com Wireless EAP (EAP-3COM-WIRELESS)"),
    VALUE(25, "Protected EAP (EAP-PEAP)"),
    VALUE(26, "MS-Authentication EAP (EAP-MS-AUTH)"),
    VALUE(27, "Mutual Authentication w/Key Exchange EAP (EAP-MAKE)"),
    VALUE(28, "CRYPTOCard EAP (EAP-CRYPTOCARD)"),
    VALUE(29, "MS-CHAP-v2 EAP (EAP-MS-CHAP-V2)"),
    VALUE(30, "DynamID EAP (EAP-DYNAMID)"),
    VALUE(31, "Rob EAP (EAP-ROB)"),
    VALUE(32, "Protected One-Time Password EAP (EAP-POTP)"),
    VALUE(33, "MS-Authentication TLV EAP (EAP-MS-AUTH-TLV)"),
    VALUE(34, "SentriNET (EAP-SENTRINET)"),
    VALUE(35, "Actiontec Wireless EAP (EAP-ACTIONTEC-WIRELESS)"),
    VALUE(36, "Cogent Systems Biometrics Authentication EAP (EAP-COGENT-BIOMETRIC)"),
    VALUE(37, "AirFortress EAP (EAP-AIRFORTRESS)"),
    VALUE(38, "HTTP Digest EAP (EAP-HTTP-DIGEST)"),
    VALUE(39, "SecureSuite EAP (EAP-SECURESUITE)"),
    VALUE(40, "DeviceConnect EAP (EAP-DEVICECONNECT)"),
    VALUE(41, "Simple Password Exponential Key Exchange EAP (EAP-SPEKE)"),
    VALUE(42, "MOBAC EAP (EAP-MOBAC)"),
    VALUE(43, "Flexible Authentication via Secure Tunneling EAP (EAP-FAST)"),
    VALUE(44, "ZoneLabs EAP (EAP-ZLXEAP)"),
    VALUE(45, "Link EAP (EAP-LINK)"),
    VALUE(46, "Password Authenticated eXchange EAP (EAP-PAX)"),
    VALUE(47, "Pre-Shared Key EAP (EAP-PSK)"),
    VALUE(48, "Shared-secret Authentication and Key Establishment EAP (EAP-SAKE)"),
    VALUE(49, "Internet Key Exchange v2 EAP (EAP-IKEv2)"),
    VALUE(50, "UMTS Authentication and Key Agreement' EAP (EAP-AKA')"),
    VALUE(51, "Generalized Pre-Shared Key EAP (EAP-GPSK)"),
    VALUE(52, "Password EAP (EAP-pwd)"),
    VALUE(53, "Encrypted Key Exchange v1 EAP (EAP-EKEv1)"),
    VALUE(55, "Tunneled EAP protocol"),
    VALUE(254, "Expanded Type"),
    VALUE(255, "Experimental"),
    VALUES_END};
static const struct value_name attribute_names[] = {VALUE(1, "AT_RAND"),
                                                    VALUE(2, "AT_AUTN"),
                                                    VALUE(3, "AT_RES"),
                                                    VALUE(4, "AT_AUTS"),
                                                    VALUE(6, "AT_PADDING"),
                                                    VALUE(7, "AT_NONCE_MT"),
                                                    VALUE(10, "AT_PERMANENT_ID_REQ"),
                                                    VALUE(11, "AT_MAC"),
                                                    VALUE(12, "AT_NOTIFICATION"),
                                                    VALUE(13, "AT_ANY_ID_REQ"),
                                                    VALUE(14, "AT_IDENTITY"),
                                                    VALUE(15, "AT_VERSION_LIST"),
                                                    VALUE(16, "AT_SELECTED_VERSION"),
                                                    VALUE(17, "AT_FULLAUTH_ID_REQ"),
                                                    VALUE(19, "AT_COUNTER"),
                                                    VALUE(20, "AT_COUNTER_TOO_SMALL"),
                                                    VALUE(21, "AT_NONCE_S"),
                                                    VALUE(22, "AT_CLIENT_ERROR_CODE"),
                                                    VALUE(23, "AT_KDF_INPUT"),
                                                    VALUE(24, "AT_KDF"),
                                                    VALUE(128, "Unassigned"),
                                                    VALUE(129, "AT_IV"),
                                                    VALUE(130, "AT_ENCR_DATA"),
                                                    VALUE(131, "Unassigned"),
                                                    VALUE(132, "AT_NEXT_PSEUDONYM"),
                                                    VALUE(133, "AT_NEXT_REAUTH_ID"),
                                                    VALUE(134, "AT_CHECKCODE"),
                                                    VALUE(135, "AT_RESULT_IND"),
                                                    VALUE(136, "AT_BIDDING"),
                                                    VALUE(137, "AT_IPMS_IND"),
                                                    VALUE(138, "AT_IPMS_RES"),
                                                    VALUE(139, "AT_TRUST_IND"),
                                                    VALUE(140, "AT_SHORT_NAME_FOR_NETWORK"),
                                                    VALUE(141, "AT_FULL_NAME_FOR_NETWORK"),
                                                    VALUE(142, "AT_RQSI_IND"),
                                                    VALUE(143, "AT_RQSI_RES"),
                                                    VALUE(144, "AT_TWAN_CONN_MODE"),
                                                    VALUE(145, "AT_VIRTUAL_NETWORK_ID"),
                                                    VALUE(146, "AT_VIRTUAL_NETWORK_REQ"),
                                                    VALUE(147, "AT_CONNECTIVITY_TYPE"),
                                                    VALUE(148, "AT_HANDOVER_INDICATION"),
                                                    VALUE(149, "AT_HANDOVER_SESSION_ID"),
                                                    VALUE(150, "AT_MN_SERIAL_ID"),
                                                    VALUE(151, "AT_DEVICE_IDENTITY"),
                                                    VALUES_END};
static const struct value_name subtype_names[] = {VALUE(1, "AKA-Challenge"),
                                                  VALUE(10, "Start"),
                                                  VALUE(11, "Challenge"),
                                                  VALUE(12, "Notification"),
                                                  VALUE(13, "Re-authentication"),
                                                  VALUE(14, "Client-Error"),
                                                  VALUES_END};

#define FIELDS(X)                                                                                  \
    X(CODE, "eap.code", "Code", UINT8, DEC, 0, code_names)                                         \
    X(ID, "eap.id", "Id", UINT8, DEC, 0, NULL)                                                     \
    X(LENGTH, "eap.len", "Length", UINT16, DEC, 0, NULL)                                           \
    X(TYPE, "eap.type", "Type", UINT8, DEC, 0, type_names)                                         \
    X(DESIRED, "eap.desired_type", "Desired Auth Type", UINT8, DEC, 0, type_names)                 \
    X(IDENTITY, "eap.identity", "Identity", STRING, NONE, 0, NULL)                                 \
    X(IDENTITY_LENGTH, "eap.identity.actual_len", "Identity Actual Length", UINT16, DEC, 0, NULL)  \
    X(NOTIFICATION, "eap.notification", "Notification", STRING, NONE, 0, NULL)                     \
    X(MD5_SIZE, "eap.md5.value_size", "EAP-MD5 Value-Size", UINT8, DEC, 0, NULL)                   \
    X(MD5_VALUE, "eap.md5.value", "EAP-MD5 Value", BYTES, NONE, 0, NULL)                           \
    X(MD5_EXTRA, "eap.md5.extra_data", "EAP-MD5 Extra Data", BYTES, NONE, 0, NULL)                 \
    X(TLS_FLAGS, "eap.tls.flags", "EAP-TLS Flags", UINT8, HEX, 0, NULL)                            \
    X(TLS_HAS_LENGTH, "eap.tls.flags.len_included", "Length Included", BOOLEAN, 8, 0x80, NULL)     \
    X(TLS_MORE, "eap.tls.flags.more_fragments", "More Fragments", BOOLEAN, 8, 0x40, NULL)          \
    X(TLS_START, "eap.tls.flags.start", "Start", BOOLEAN, 8, 0x20, NULL)                           \
    X(TLS_VERSION, "eap.tls.flags.version", "Version", UINT8, DEC, 0x07, NULL)                     \
    X(TLS_LENGTH, "eap.tls.len", "EAP-TLS Length", UINT32, DEC, 0, NULL)                           \
    X(TLS_FRAGMENTS, "eap.tls.fragments", "EAP-TLS Fragments", NONE, FLOW, 0, NULL)                \
    X(TLS_FRAGMENT, "eap.tls.fragment", "EAP-TLS Fragment", FRAMENUM, FLOW, 0, NULL)               \
    X(TLS_COUNT, "eap.tls.fragment.count", "Fragment Count", UINT32, DEC | FLOW, 0, NULL)          \
    X(TLS_WHOLE, "eap.tls.reassembled.len", "Reassembled EAP-TLS Length", UINT32, DEC | FLOW, 0,   \
      NULL)                                                                                        \
    X(SUBTYPE, "eap.sim.subtype", "EAP-SIM Subtype", UINT8, DEC, 0, subtype_names)                 \
    X(RESERVED, "eap.sim.reserved", "EAP-SIM Reserved", UINT16, HEX, 0, NULL)                      \
    X(ATTRIBUTE, "eap.sim.subtype.attribute", "EAP-SIM Attribute", NONE, NONE, 0, NULL)            \
    X(ATTRIBUTE_TYPE, "eap.sim.subtype.type", "EAP-SIM Type", UINT8, DEC, 0, attribute_names)      \
    X(ATTRIBUTE_LENGTH, "eap.sim.subtype.len", "EAP-SIM Length", UINT8, DEC, 0, NULL)              \
    X(ATTRIBUTE_VALUE, "eap.sim.subtype.value", "EAP-SIM Value", BYTES, NONE, 0, NULL)

FIELD_TABLE(FIELDS);

enum { TLS_TABLE, TLS_CHANNEL = 1 };
enum { REQUEST = 1, RESPONSE = 2, AT_IDENTITY = 14 };
enum { HAS_LENGTH = 0x80, MORE = 0x40, START = 0x20 };
enum {
    IDENTITY_TYPE = 1,
    NOTIFICATION_TYPE,
    NAK_TYPE,
    MD5_TYPE,
    TLS_TYPE = 13,
    SIM_TYPE = 18,
    TTLS_TYPE = 21,
    PEAP_TYPE = 25,
    FAST_TYPE = 43
};

static void put_rest(struct packet *p, struct cursor *c, unsigned field)
{
    if (cursor_left(c) > 0)
        (void)put_bytes_captured(p, c, field, cursor_left(c));
}

static void put_md5(struct packet *p, struct cursor *c)
{
    uint8_t size = put_u8(p, c, MD5_SIZE);
    if (c->fault == CURSOR_OK && size > 0)
        (void)put_bytes(p, c, MD5_VALUE, size);
    put_rest(p, c, MD5_EXTRA);
}

static const struct fragment_fields fragment_fields = {.fragments = TLS_FRAGMENTS,
                                                       .fragment = TLS_FRAGMENT,
                                                       .count = TLS_COUNT,
                                                       .length = TLS_WHOLE,
                                                       .data = NO_FRAGMENT_FIELD,
                                                       .reassembled_in = NO_FRAGMENT_FIELD,
                                                       .name = "EAP-TLS Fragments"};

/* How many bytes of TLS each side has sent. */
struct state {
    int64_t sent[2];
};

/* Some bytes of TLS; with `more`, the message goes on in the next packet of this side (RFC 5216, section 2.1.5). */
static void dissect_tls(struct packet *p, struct cursor *c, bool more)
{
    struct state *state = flow_state(p, sizeof *state);
    struct stream_piece piece = {.kind = STREAM_NEW};
    uint32_t n = cursor_captured(c);
    if (state != NULL && n > 0) {
        int64_t *sent = &state->sent[p->facts.reverse];
        struct flow_facts saved = channel_enter(p, TLS_CHANNEL, *sent);
        stream_gather(p, c, n, STREAM_TO_FIN, !more, &piece);
        channel_leave(p, saved);
        *sent += n;
    }
    if (piece.kind == STREAM_WHOLE) {
        struct cursor whole = cursor_over(p, "Reassembled EAP-TLS", piece.data, piece.length);
        if (piece.part_count > 1)
            fragments_put(p, &whole, &fragment_fields, &piece);
        (void)next_inside(p, &whole, TLS_TABLE, 0);
    } else if (piece.kind == STREAM_NEW && !more && n > 0) {
        (void)next_inside(p, c, TLS_TABLE, 0);
    }
}

static void put_tls(struct packet *p, struct cursor *c, uint8_t type)
{
    uint32_t at = c->pos;
    uint8_t flags = put_u8(p, c, TLS_FLAGS);
    if (c->fault != CURSOR_OK)
        return;
    uint32_t tree = tree_begin(p, TLS_FLAGS);
    put_flags(p, c, TLS_HAS_LENGTH, 3, at, 1, flags);
    if (type != TLS_TYPE)
        put_bits(p, c, TLS_VERSION, at, 1, flags);
    tree_end(p, tree);
    if ((flags & HAS_LENGTH) != 0)
        (void)put_u32(p, c, TLS_LENGTH);
    if ((flags & START) == 0 && c->fault == CURSOR_OK)
        dissect_tls(p, c, (flags & MORE) != 0);
}

static void put_attributes(struct packet *p, struct cursor *c)
{
    (void)put_u8(p, c, SUBTYPE);
    (void)put_u16(p, c, RESERVED);
    while (cursor_left(c) >= 4 && c->fault == CURSOR_OK) {
        const uint8_t *head = cursor_peek(c, 0, 2);
        uint32_t length = head != NULL ? head[1] * 4u : 0;
        if (length < 4) { /* it cannot be passed over: nothing after it is known */
            put_mark(p, c, ATTRIBUTE);
            (void)put_u8(p, c, ATTRIBUTE_TYPE);
            return;
        }
        struct cursor attribute = cursor_part(c, length);
        put_mark(p, &attribute, ATTRIBUTE);
        uint32_t tree = tree_begin(p, ATTRIBUTE);
        (void)put_u8(p, &attribute, ATTRIBUTE_TYPE);
        (void)put_u8(p, &attribute, ATTRIBUTE_LENGTH);
        if (head[0] == AT_IDENTITY) {
            uint16_t n = put_u16(p, &attribute, IDENTITY_LENGTH);
            (void)put_bytes(p, &attribute, IDENTITY, n);
        } else {
            put_rest(p, &attribute, ATTRIBUTE_VALUE);
        }
        tree_end(p, tree);
    }
}

static void dissect_data(struct packet *p, struct cursor *c, uint8_t type)
{
    switch (type) {
    case IDENTITY_TYPE:
        put_rest(p, c, IDENTITY);
        break;
    case NOTIFICATION_TYPE:
        put_rest(p, c, NOTIFICATION);
        break;
    case NAK_TYPE:
        while (cursor_left(c) > 0 && c->fault == CURSOR_OK)
            (void)put_u8(p, c, DESIRED);
        break;
    case MD5_TYPE:
        put_md5(p, c);
        break;
    case TLS_TYPE:
    case TTLS_TYPE:
    case PEAP_TYPE:
    case FAST_TYPE:
        put_tls(p, c, type);
        break;
    case SIM_TYPE:
        put_attributes(p, c);
        break;
    default:
        break;
    }
}

static void dissect(struct packet *p, struct cursor *c)
{
    uint8_t code = put_u8(p, c, CODE);
    (void)put_u8(p, c, ID);
    uint16_t length = put_u16(p, c, LENGTH);
    if (c->fault != CURSOR_OK)
        return;
    const char *name = value_name_find(code_names, code);
    info_set(p, "%s", name != NULL ? name : "Unknown code");
    if (length >= 4)
        cursor_trim(c, length - 4u);
    if ((code == REQUEST || code == RESPONSE) && length > 4) {
        uint8_t type = put_u8(p, c, TYPE);
        const char *method = value_name_find(type_names, type);
        info_add(p, ", %s", method != NULL ? method : "Unknown type");
        dissect_data(p, c, type);
    }
    if (c->fault == CURSOR_OK)
        cursor_skip(c, cursor_captured(c));
}

static const char *const tables[] = {"tls", NULL};
static const struct binding bindings[] = {{"ppp.protocol", 0xc227}, {"radius.eap", 0}, {NULL, 0}};
static const struct binding lan_bindings[] = {{"eapol.type", 0}, {NULL, 0}};

const struct protocol proto_eap = {.name = "eap",
                                   .title = "Extensible Authentication Protocol",
                                   .column = "EAP",
                                   FIELDS_OF_THIS_FILE,
                                   .tables = tables,
                                   .bindings = bindings,
                                   .dissect = dissect};

/* Over LANs it is taken for a part of EAPOL in frame.protocols. */
const struct protocol proto_eap_lan = {.name = "eap",
                                       .title = "Extensible Authentication Protocol",
                                       .column = "EAP",
                                       .unnamed = true,
                                       .fields_of = &proto_eap,
                                       .tables = tables,
                                       .bindings = lan_bindings,
                                       .dissect = dissect};
