/*
 * isakmp: Internet Security Association and Key Management, with IKE (RFC 2408, 2409) and IKEv2
 * (RFC 7296).
 *
 *     | initiator 8 | responder 8 | next 1 | version 1 | exchange 1 | flags 1 | message 4 | length
 * 4 | payloads: | next 1 | reserved 1 | length 2 | ...
 *
 * Each payload says what the next one is.
 */
#include "proto/isakmp.h"

#define FIELDS(X)                                                                                  \
    X(ISPI, "isakmp.ispi", "Initiator SPI", BYTES, NONE, 0, NULL)                                  \
    X(RSPI, "isakmp.rspi", "Responder SPI", BYTES, NONE, 0, NULL)                                  \
    X(TYPEPAYLOAD, "isakmp.typepayload", "Payload", UINT8, DEC, 0, isakmp_typepayload_names)       \
    X(NEXTPAYLOAD, "isakmp.nextpayload", "Next payload", UINT8, DEC, 0, isakmp_typepayload_names)  \
    X(CRITICALPAYLOAD, "isakmp.criticalpayload", "Critical Bit", BOOLEAN, 8, 0x80,                 \
      isakmp_criticalpayload_names)                                                                \
    X(RESERVED7, "isakmp.reserved7", "Reserved", UINT8, HEX, 0x7f, NULL)                           \
    X(RESERVED, "isakmp.reserved", "Reserved", BYTES, NONE, 0, NULL)                               \
    X(DATAPAYLOAD, "isakmp.datapayload", "Data Payload", BYTES, NONE, 0, NULL)                     \
    X(VERSION, "isakmp.version", "Version", UINT8, HEX, 0, NULL)                                   \
    X(MJVER, "isakmp.mjver", "MjVer", UINT8, HEX, 0xf0, NULL)                                      \
    X(MNVER, "isakmp.mnver", "MnVer", UINT8, HEX, 0xf, NULL)                                       \
    X(EXCHANGETYPE, "isakmp.exchangetype", "Exchange type", UINT8, DEC, 0,                         \
      isakmp_exchangetype_names)                                                                   \
    X(FLAGS, "isakmp.flags", "Flags", UINT8, HEX, 0, NULL)                                         \
    X(FLAG_E, "isakmp.flag_e", "Encryption", BOOLEAN, 8, 0x1, isakmp_flag_e_names)                 \
    X(FLAG_C, "isakmp.flag_c", "Commit", BOOLEAN, 8, 0x2, isakmp_flag_c_names)                     \
    X(FLAG_A, "isakmp.flag_a", "Authentication", BOOLEAN, 8, 0x4, isakmp_flag_a_names)             \
    X(FLAG_I, "isakmp.flag_i", "Initiator", BOOLEAN, 8, 0x8, isakmp_flag_i_names)                  \
    X(FLAG_V, "isakmp.flag_v", "Version", BOOLEAN, 8, 0x10, isakmp_flag_v_names)                   \
    X(FLAG_R, "isakmp.flag_r", "Response", BOOLEAN, 8, 0x20, isakmp_flag_r_names)                  \
    X(MESSAGEID, "isakmp.messageid", "Message ID", UINT32, HEX, 0, NULL)                           \
    X(LENGTH, "isakmp.length", "Length", UINT32, DEC, 0, NULL)                                     \
    X(PAYLOADLENGTH, "isakmp.payloadlength", "Payload length", UINT16, DEC, 0, NULL)               \
    X(SA_DOI, "isakmp.sa.doi", "Domain of interpretation", UINT32, DEC, 0, isakmp_sa_doi_names)    \
    X(SA_SITUATION, "isakmp.sa.situation", "Situation", BYTES, NONE, 0, NULL)                      \
    X(SA_SITUATION_IDENTITY_ONLY, "isakmp.sa.situation.identity_only", "Identity Only", BOOLEAN,   \
      32, 0x1, NULL)                                                                               \
    X(SA_SITUATION_SECRECY, "isakmp.sa.situation.secrecy", "Secrecy", BOOLEAN, 32, 0x2, NULL)      \
    X(SA_SITUATION_INTEGRITY, "isakmp.sa.situation.integrity", "Integrity", BOOLEAN, 32, 0x4,      \
      NULL)                                                                                        \
    X(PROP_PROTOID, "isakmp.prop.protoid", "Protocol ID", UINT32, DEC, 0,                          \
      isakmp_prop_protoid_names)                                                                   \
    X(PROP_NUMBER, "isakmp.prop.number", "Proposal number", UINT8, DEC, 0, NULL)                   \
    X(SPISIZE, "isakmp.spisize", "SPI Size", UINT8, DEC, 0, NULL)                                  \
    X(SPI, "isakmp.spi", "SPI", BYTES, NONE, 0, NULL)                                              \
    X(PROP_TRANSFORMS, "isakmp.prop.transforms", "Proposal transforms", UINT8, DEC, 0, NULL)       \
    X(TRANS_NUMBER, "isakmp.trans.number", "Transform number", UINT8, DEC, 0, NULL)                \
    X(TRANS_ID, "isakmp.trans.id", "Transform ID", UINT8, DEC, 0, NULL)                            \
    X(ID_TYPE, "isakmp.id.type", "ID type", UINT8, DEC, 0, isakmp_id_type_names)                   \
    X(ID_PROTOID, "isakmp.id.protoid", "Protocol ID", UINT8, DEC, 0, NULL)                         \
    X(ID_PORT, "isakmp.id.port", "Port", UINT16, DEC, 0, NULL)                                     \
    X(CERT_ENCODING, "isakmp.cert.encoding", "Certificate Encoding", UINT8, DEC, 0,                \
      isakmp_cert_encoding_names)                                                                  \
    X(CERT_DATA, "isakmp.cert.data", "Certificate Data", NONE, NONE, 0, NULL)                      \
    X(CERT_HASH, "isakmp.cert.x509.hash", "Hash", BYTES, NONE, 0, NULL)                            \
    X(CERT_URL, "isakmp.cert.x509.url", "URL", STRING, NONE, 0, NULL)                              \
    X(CERTREQ_TYPE, "isakmp.certreq.type", "Certificate Type", UINT8, DEC, 0,                      \
      isakmp_cert_encoding_names)                                                                  \
    X(AUTH_METHOD, "isakmp.auth.method", "Authentication Method", UINT8, DEC, 0,                   \
      isakmp_auth_method_names)                                                                    \
    X(AUTH_DATA, "isakmp.auth.data", "Authentication Data", BYTES, NONE, 0, NULL)                  \
    X(NOTIFY_DOI, "isakmp.notify.doi", "Domain of interpretation", UINT32, DEC, 0,                 \
      isakmp_sa_doi_names)                                                                         \
    X(NOTIFY_PROTOID, "isakmp.notify.protoid", "Protocol ID", UINT32, DEC, 0,                      \
      isakmp_prop_protoid_names)                                                                   \
    X(NOTIFY_MSGTYPE, "isakmp.notify.msgtype", "Notify Message Type", UINT16, DEC, 0, NULL)        \
    X(NOTIFY_DATA, "isakmp.notify.data", "Notification DATA", BYTES, NONE, 0, NULL)                \
    X(NOTIFY_DATA_SIGNATURE_HASH_ALGORITHMS, "isakmp.notify.data.signature_hash_algorithms",       \
      "Supported Signature Hash Algorithm", UINT16, DEC, 0,                                        \
      isakmp_notify_data_signature_hash_algorithms_names)                                          \
    X(DELETE_DOI, "isakmp.delete.doi", "Domain of interpretation", UINT32, DEC, 0,                 \
      isakmp_sa_doi_names)                                                                         \
    X(DELETE_PROTOID, "isakmp.delete.protoid", "Protocol ID", UINT32, DEC, 0,                      \
      isakmp_prop_protoid_names)                                                                   \
    X(DELETE_SPI, "isakmp.delete.spi", "Delete SPI", BYTES, NONE, 0, NULL)                         \
    X(VID_BYTES, "isakmp.vid_bytes", "Vendor ID", BYTES, NONE, 0, NULL)                            \
    X(VID_STRING, "isakmp.vid_string", "Vendor ID", STRING, NONE, 0, NULL)                         \
    X(SPINUM, "isakmp.spinum", "Number of SPIs", UINT16, DEC, 0, NULL)                             \
    X(HASH, "isakmp.hash", "Hash DATA", BYTES, NONE, 0, NULL)                                      \
    X(SIG, "isakmp.sig", "Signature DATA", BYTES, NONE, 0, NULL)                                   \
    X(NONCE, "isakmp.nonce", "Nonce DATA", BYTES, NONE, 0, NULL)                                   \
    X(IKE_NAT_HASH, "isakmp.ike.nat_hash", "HASH of the address and port", BYTES, NONE, 0, NULL)   \
    X(IKE_ATTR, "isakmp.ike.attr", "IKE Attribute", NONE, NONE, 0, NULL)                           \
    X(IKE_ATTR_TYPE, "isakmp.ike.attr.type", "Type", UINT16, DEC, 0, isakmp_ike_attr_type_names)   \
    X(IKE_ATTR_FORMAT, "isakmp.ike.attr.format", "Format", BOOLEAN, 16, 0x8000,                    \
      isakmp_ike_attr_format_names)                                                                \
    X(IKE_ATTR_LENGTH, "isakmp.ike.attr.length", "Length", UINT16, DEC, 0, NULL)                   \
    X(IKE_ATTR_VALUE, "isakmp.ike.attr.value", "Value", BYTES, NONE, 0, NULL)                      \
    X(IKE_ATTR_ENCRYPTION_ALGORITHM, "isakmp.ike.attr.encryption_algorithm",                       \
      "Encryption Algorithm", UINT16, DEC, 0, isakmp_ike_attr_encryption_algorithm_names)          \
    X(IKE_ATTR_HASH_ALGORITHM, "isakmp.ike.attr.hash_algorithm", "HASH Algorithm", UINT16, DEC, 0, \
      isakmp_ike_attr_hash_algorithm_names)                                                        \
    X(IKE_ATTR_AUTHENTICATION_METHOD, "isakmp.ike.attr.authentication_method",                     \
      "Authentication Method", UINT16, DEC, 0, isakmp_ike_attr_authentication_method_names)        \
    X(IKE_ATTR_GROUP_DESCRIPTION, "isakmp.ike.attr.group_description", "Group Description",        \
      UINT16, DEC, 0, isakmp_ike_attr_group_description_names)                                     \
    X(IKE_ATTR_LIFE_TYPE, "isakmp.ike.attr.life_type", "Life Type", UINT16, DEC, 0,                \
      isakmp_ike_attr_life_type_names)                                                             \
    X(IKE_ATTR_LIFE_DURATION, "isakmp.ike.attr.life_duration", "Life Duration", UINT32, DEC, 0,    \
      NULL)                                                                                        \
    X(IKE_ATTR_KEY_LENGTH, "isakmp.ike.attr.key_length", "Key Length", UINT16, DEC, 0, NULL)       \
    X(TF_TYPE, "isakmp.tf.type", "Transform Type", UINT8, DEC, 0, isakmp_tf_type_names)            \
    X(TF_ID_ENCR, "isakmp.tf.id.encr", "Transform ID (ENCR)", UINT16, DEC, 0,                      \
      isakmp_tf_id_encr_names)                                                                     \
    X(TF_ID_PRF, "isakmp.tf.id.prf", "Transform ID (PRF)", UINT16, DEC, 0, isakmp_tf_id_prf_names) \
    X(TF_ID_INTEG, "isakmp.tf.id.integ", "Transform ID (INTEG)", UINT16, DEC, 0,                   \
      isakmp_tf_id_integ_names)                                                                    \
    X(TF_ID_DH, "isakmp.tf.id.dh", "Transform ID (D-H)", UINT16, DEC, 0,                           \
      isakmp_ike_attr_group_description_names)                                                     \
    X(TF_ID_ESN, "isakmp.tf.id.esn", "Transform ID (ESN)", UINT16, DEC, 0, isakmp_tf_id_esn_names) \
    X(TF_ID, "isakmp.tf.id", "Transform ID", UINT16, DEC, 0, NULL)                                 \
    X(IKE2_ATTR, "isakmp.ike2.attr", "Transform Attribute", NONE, NONE, 0, NULL)                   \
    X(IKE2_ATTR_TYPE, "isakmp.ike2.attr.type", "Type", UINT16, DEC, 0,                             \
      isakmp_ike2_attr_type_names)                                                                 \
    X(IKE2_ATTR_FORMAT, "isakmp.ike2.attr.format", "Format", BOOLEAN, 16, 0x8000,                  \
      isakmp_ike_attr_format_names)                                                                \
    X(IKE2_ATTR_VALUE, "isakmp.ike2.attr.value", "Value", BYTES, NONE, 0, NULL)                    \
    X(IKE2_ATTR_KEY_LENGTH, "isakmp.ike2.attr.key_length", "Key Length", UINT16, DEC, 0, NULL)     \
    X(KEY_EXCHANGE_DH_GROUP, "isakmp.key_exchange.dh_group", "DH Group #", UINT16, DEC, 0,         \
      isakmp_ike_attr_group_description_names)                                                     \
    X(KEY_EXCHANGE_DATA, "isakmp.key_exchange.data", "Key Exchange Data", BYTES, NONE, 0, NULL)    \
    X(ENC_DATA, "isakmp.enc.data", "Encrypted Data", NONE, NONE, 0, NULL)                          \
    X(ENC_IV, "isakmp.enc.iv", "Initialization Vector", BYTES, NONE, 0, NULL)

FIELD_TABLE(FIELDS);

enum { CERTIFICATE_TABLE };
enum { ENCRYPTED_FLAG = 1, V1 = 1, V2 = 2, DEPTH = 3 };
enum { PROPOSAL = 2, TRANSFORM = 3 };
enum {
    SA1 = 1,
    KE1 = 4,
    ID1 = 5,
    CERT1 = 6,
    CERTREQ1 = 7,
    HASH1 = 8,
    SIG1 = 9,
    NONCE1 = 10,
    NOTIFY1 = 11,
    DELETE1 = 12,
    VENDOR1 = 13,
    NATD1 = 20,
    NATD_DRAFT = 130
};
enum {
    SA2 = 33,
    KE2,
    ID2_I,
    ID2_R,
    CERT2,
    CERTREQ2,
    AUTH2,
    NONCE2,
    NOTIFY2,
    DELETE2,
    VENDOR2,
    TS_I,
    TS_R,
    ENCRYPTED2
};
enum { N_SIGNATURE_HASH = 16431 };

/* What vendors call themselves: those whose names are public. */
static const struct vendor_id {
    uint8_t length;
    const char *bytes, *name;
} vendor_ids[] = {
    {8, "\x09\x00\x26\x89\xdf\xd6\xb7\x12", "XAUTH"},
    {16, "\x12\xf5\xf2\x8c\x45\x71\x68\xa9\x70\x2d\x9f\xe2\x74\xcc\x01\x00", "CISCO-UNITY"},
    {16, "\x40\x48\xb7\xd5\x6e\xbc\xe8\x85\x25\xe7\xde\x7f\x00\xd6\xc2\xd3", "Cisco Fragmentation"},
    {19, "CISCO-DELETE-REASON", "Cisco Delete Reason Supported"},
    {19, "CISCO-DYNAMIC-ROUTE", "Cisco Dynamic Route Supported"},
    {15, "CISCOVPN-REV-02", "Cisco VPN Revision 2"},
    {17, "FLEXVPN-SUPPORTED", "Cisco FlexVPN Supported"},
    {16, "\x43\x9b\x59\xf8\xba\x67\x6c\x4c\x77\x37\xae\x22\xea\xb8\xf5\x82",
     "draft-ietf-ipsec-nat-t-ike-07"},
    {16, "\x44\x85\x15\x2d\x18\xb6\xbb\xcd\x0b\xe8\xa8\x46\x95\x79\xdd\xcc",
     "draft-ietf-ipsec-nat-t-ike-00"},
    {16, "\x4a\x13\x1c\x81\x07\x03\x58\x45\x5c\x57\x28\xf2\x0e\x95\x45\x2f",
     "RFC 3947 Negotiation of NAT-Traversal in the IKE"},
    {16, "\x7d\x94\x19\xa6\x53\x10\xca\x6f\x2c\x17\x9d\x92\x15\x52\x9d\x56",
     "draft-ietf-ipsec-nat-t-ike-03"},
    {16, "\x82\x99\x03\x17\x57\xa3\x60\x82\xc6\xa6\x21\xde\x00\x00\x00\x00",
     "Fortigate (Fortinet)"},
    {16, "\x88\x2f\xe5\x6d\x6f\xd2\x0d\xbc\x22\x51\x61\x3b\x2e\xbe\x5b\xeb", "strongSwan"},
    {16, "\x90\xcb\x80\x91\x3e\xbb\x69\x6e\x08\x63\x81\xb5\xec\x42\x7b\x1f",
     "draft-ietf-ipsec-nat-t-ike-02\n"},
    {16, "\xaf\xca\xd7\x13\x68\xa1\xf1\xc9\x6b\x86\x96\xfc\x77\x57\x01\x00",
     "RFC 3706 DPD (Dead Peer Detection)"},
    {16, "\xcd\x60\x46\x43\x35\xdf\x21\xf8\x7c\xfd\xb2\xfc\x68\xb6\xa4\x48",
     "draft-ietf-ipsec-nat-t-ike-02"}};

static void put_vendor_id(struct packet *p, struct cursor *v)
{
    uint32_t n = cursor_left(v), at = v->pos;
    const uint8_t *b = put_bytes(p, v, VID_BYTES, n);
    if (b == NULL)
        return;
    const char *name = "Unknown Vendor ID";
    for (size_t i = 0; i < sizeof vendor_ids / sizeof *vendor_ids; i++) {
        if (vendor_ids[i].length <= n && memcmp(b, vendor_ids[i].bytes, vendor_ids[i].length) == 0)
            name = vendor_ids[i].name;
    }
    put_string(p, v, VID_STRING, at, n, name);
}

static void put_payloads(struct packet *p, struct cursor *c, uint8_t next_type, uint8_t version,
                         unsigned depth);

/* | format 1 bit, type 15 | value 2 |, or | ... | length 2 | value |. RFC 2409, appendix A. */
static void put_attribute(struct packet *p, struct cursor *c, uint8_t version)
{
    static const uint16_t meanings[] = {0,
                                        IKE_ATTR_ENCRYPTION_ALGORITHM,
                                        IKE_ATTR_HASH_ALGORITHM,
                                        IKE_ATTR_AUTHENTICATION_METHOD,
                                        IKE_ATTR_GROUP_DESCRIPTION,
                                        0,
                                        0,
                                        0,
                                        0,
                                        0,
                                        0,
                                        IKE_ATTR_LIFE_TYPE,
                                        IKE_ATTR_LIFE_DURATION,
                                        0,
                                        IKE_ATTR_KEY_LENGTH};
    const uint8_t *head = cursor_peek(c, 0, 4);
    if (head == NULL) {
        cursor_skip(c, 4);
        return;
    }
    bool fixed = (head[0] & 0x80) != 0, two = version == V2;
    uint16_t type = be16(head) & 0x7fff, length = fixed ? 2 : be16(head + 2);
    unsigned tree_field = two ? IKE2_ATTR : IKE_ATTR;
    put_data(p, c, tree_field, c->pos, 4u + (fixed ? 0u : length), "", 0);
    uint32_t tree = tree_begin(p, tree_field);
    uint16_t word = cursor_u16(c);
    put_bits(p, c, two ? IKE2_ATTR_FORMAT : IKE_ATTR_FORMAT, c->pos - 2, 2, word);
    put_uint(p, c, two ? IKE2_ATTR_TYPE : IKE_ATTR_TYPE, c->pos - 2, 2, type);
    if (!fixed && two)
        cursor_skip(c, 2);
    else if (!fixed)
        (void)put_u16(p, c, IKE_ATTR_LENGTH);
    struct cursor value = *c;
    (void)put_bytes(p, c, two ? IKE2_ATTR_VALUE : IKE_ATTR_VALUE, length);
    unsigned meaning = two         ? (type == 14 ? IKE2_ATTR_KEY_LENGTH : 0)
                       : type < 15 ? meanings[type]
                                   : 0;
    if (meaning != 0 && length >= 1 && length <= 4 && c->fault == CURSOR_OK)
        (void)put_uint_be(p, &value, meaning, length);
    tree_end(p, tree);
}

static void put_transform(struct packet *p, struct cursor *v, uint8_t version)
{
    static const uint16_t ids[] = {TF_ID, TF_ID_ENCR, TF_ID_PRF, TF_ID_INTEG, TF_ID_DH, TF_ID_ESN};
    if (version == V1) {
        (void)put_u8(p, v, TRANS_NUMBER);
        (void)put_u8(p, v, TRANS_ID);
        (void)put_bytes(p, v, RESERVED, 2);
    } else {
        uint8_t type = put_u8(p, v, TF_TYPE);
        (void)put_bytes(p, v, RESERVED, 1);
        (void)put_u16(p, v, ids[type <= 5 ? type : 0]);
    }
    while (cursor_left(v) > 0 && v->fault == CURSOR_OK)
        put_attribute(p, v, version);
}

static void put_proposal(struct packet *p, struct cursor *v, uint8_t version, unsigned depth)
{
    (void)put_u8(p, v, PROP_NUMBER);
    (void)put_u8(p, v, PROP_PROTOID);
    uint8_t size = put_u8(p, v, SPISIZE);
    (void)put_u8(p, v, PROP_TRANSFORMS);
    if (size > 0)
        (void)put_bytes(p, v, SPI, size);
    put_payloads(p, v, TRANSFORM, version, depth + 1);
}

static void put_sa(struct packet *p, struct cursor *v, uint8_t version, unsigned depth)
{
    if (version == V1) {
        (void)put_u32(p, v, SA_DOI);
        const uint8_t *b = put_bytes(p, v, SA_SITUATION, 4);
        uint32_t tree = tree_begin(p, SA_SITUATION);
        if (b != NULL)
            put_flags(p, v, SA_SITUATION_IDENTITY_ONLY, 3, v->pos - 4, 4, be32(b));
        tree_end(p, tree);
    }
    put_payloads(p, v, PROPOSAL, version, depth + 1);
}

static void put_notify(struct packet *p, struct cursor *v, uint8_t version)
{
    if (version == V1)
        (void)put_u32(p, v, NOTIFY_DOI);
    (void)put_u8(p, v, NOTIFY_PROTOID);
    uint8_t size = put_u8(p, v, SPISIZE);
    uint16_t type = put_u16(p, v, NOTIFY_MSGTYPE);
    if (size > 0)
        (void)put_bytes(p, v, SPI, size);
    struct cursor data = *v;
    (void)put_bytes(p, v, NOTIFY_DATA, cursor_left(v));
    while (version == V2 && type == N_SIGNATURE_HASH && cursor_left(&data) >= 2)
        (void)put_u16(p, &data, NOTIFY_DATA_SIGNATURE_HASH_ALGORITHMS);
}

static void put_delete(struct packet *p, struct cursor *v, uint8_t version)
{
    if (version == V1)
        (void)put_u32(p, v, DELETE_DOI);
    (void)put_u8(p, v, DELETE_PROTOID);
    uint8_t size = put_u8(p, v, SPISIZE);
    uint16_t count = put_u16(p, v, SPINUM);
    for (; count > 0 && size > 0 && v->fault == CURSOR_OK; count--)
        (void)put_bytes(p, v, DELETE_SPI, size);
}

static void put_key_exchange(struct packet *p, struct cursor *v, uint8_t version)
{
    if (version == V2) {
        (void)put_u16(p, v, KEY_EXCHANGE_DH_GROUP);
        (void)put_bytes(p, v, RESERVED, 2);
    }
    (void)put_bytes(p, v, KEY_EXCHANGE_DATA, cursor_left(v));
}

/* RFC 7296, section 3.6. */
static void put_certificate(struct packet *p, struct cursor *v)
{
    enum { SIGNATURE = 4, KEY_EXCHANGE = 5, ATTRIBUTE_CERTIFICATE = 10, HASH_AND_URL = 12 };
    uint8_t encoding = put_u8(p, v, CERT_ENCODING);
    if (v->fault != CURSOR_OK || cursor_left(v) == 0)
        return;
    if (encoding == HASH_AND_URL) {
        (void)put_bytes(p, v, CERT_HASH, 20); /* SHA-1 */
        (void)put_bytes(p, v, CERT_URL, cursor_left(v));
    } else if (encoding == SIGNATURE || encoding == KEY_EXCHANGE ||
               encoding == ATTRIBUTE_CERTIFICATE) {
        put_data(p, v, CERT_DATA, v->pos, cursor_left(v), NULL, 0);
        uint32_t tree = tree_begin(p, CERT_DATA);
        (void)next_inside(p, v, CERTIFICATE_TABLE, 0);
        tree_end(p, tree);
    }
}

static void put_value(struct packet *p, struct cursor *v, uint8_t type, uint8_t version,
                      unsigned depth)
{
    switch (type) {
    case SA1:
    case SA2:
        put_sa(p, v, version, depth);
        break;
    case PROPOSAL:
        put_proposal(p, v, version, depth);
        break;
    case TRANSFORM:
        put_transform(p, v, version);
        break;
    case KE1:
    case KE2:
        put_key_exchange(p, v, version);
        break;
    case CERT1:
    case CERT2:
        put_certificate(p, v);
        break;
    case CERTREQ1:
    case CERTREQ2:
        (void)put_u8(p, v, CERTREQ_TYPE);
        break;
    case HASH1:
        (void)put_bytes(p, v, HASH, cursor_left(v));
        break;
    case SIG1:
        (void)put_bytes(p, v, SIG, cursor_left(v));
        break;
    case NONCE1:
    case NONCE2:
        (void)put_bytes(p, v, NONCE, cursor_left(v));
        break;
    case NOTIFY1:
    case NOTIFY2:
        put_notify(p, v, version);
        break;
    case DELETE1:
    case DELETE2:
        put_delete(p, v, version);
        break;
    case VENDOR1:
    case VENDOR2:
        put_vendor_id(p, v);
        break;
    case NATD1:
    case NATD_DRAFT:
        (void)put_bytes(p, v, IKE_NAT_HASH, cursor_left(v));
        break;
    case AUTH2:
        (void)put_u8(p, v, AUTH_METHOD);
        (void)put_bytes(p, v, RESERVED, 3);
        (void)put_bytes(p, v, AUTH_DATA, cursor_left(v));
        break;
    case ENCRYPTED2:
        (void)put_bytes(p, v, ENC_IV, cursor_left(v) < 4 ? cursor_left(v) : 4);
        put_data(p, v, ENC_DATA, v->pos, cursor_left(v), "", 0);
        break;
    case ID1:
    case ID2_I:
    case ID2_R:
        (void)put_u8(p, v, ID_TYPE);
        break;
    default:
        if (cursor_left(v) > 0)
            (void)put_bytes(p, v, DATAPAYLOAD, cursor_left(v));
    }
}

static void put_payload_head(struct packet *p, struct cursor *c, uint8_t type, uint8_t version)
{
    (void)put_u8(p, c, NEXTPAYLOAD);
    if (version == V2 && type != PROPOSAL && type != TRANSFORM) {
        uint8_t bits = cursor_u8(c);
        if (c->fault == CURSOR_OK)
            put_flags(p, c, CRITICALPAYLOAD, 2, c->pos - 1, 1, bits);
    } else {
        (void)put_bytes(p, c, RESERVED, 1);
    }
    (void)put_u16(p, c, PAYLOADLENGTH);
}

static void put_payloads(struct packet *p, struct cursor *c, uint8_t type, uint8_t version,
                         unsigned depth)
{
    while (type != 0 && depth <= DEPTH && cursor_left(c) > 0 && c->fault == CURSOR_OK) {
        const uint8_t *head = cursor_peek(c, 0, 4);
        uint32_t length = head == NULL ? 4 : be16(head + 2);
        put_uint(p, c, TYPEPAYLOAD, c->pos, length, type);
        uint32_t tree = tree_begin(p, TYPEPAYLOAD);
        put_payload_head(p, c, type, version);
        if (head == NULL || c->fault != CURSOR_OK || length < 4) {
            tree_end(p, tree);
            return;
        }
        uint8_t following = head[0];
        struct cursor v = cursor_part(c, length - 4);
        put_value(p, &v, type, version, depth);
        tree_end(p, tree);
        if (v.fault != CURSOR_OK)
            c->fault = v.fault;
        /* What is encrypted has its own next payload inside. */
        type = type == ENCRYPTED2 ? 0 : following;
    }
}

static uint8_t put_header_flags(struct packet *p, struct cursor *c, uint8_t version)
{
    uint8_t flags = put_u8(p, c, FLAGS);
    uint32_t tree = tree_begin(p, FLAGS);
    if (c->fault == CURSOR_OK)
        put_flags(p, c, version == V1 ? FLAG_E : FLAG_I, 3, c->pos - 1, 1, flags);
    tree_end(p, tree);
    return flags;
}

static void dissect(struct packet *p, struct cursor *c)
{
    uint32_t start = c->pos;
    if (cursor_left(c) == 1) {
        info_set(p, "NAT Keepalive");
        cursor_skip(c, 1);
        return;
    }
    (void)put_bytes(p, c, ISPI, 8);
    (void)put_bytes(p, c, RSPI, 8);
    uint8_t type = put_u8(p, c, NEXTPAYLOAD), bits = put_u8(p, c, VERSION);
    uint32_t tree = tree_begin(p, VERSION);
    if (c->fault == CURSOR_OK)
        put_flags(p, c, MJVER, 2, c->pos - 1, 1, bits);
    tree_end(p, tree);
    uint8_t version = bits >> 4, exchange = put_u8(p, c, EXCHANGETYPE);
    const char *name = value_name_find(isakmp_exchangetype_names, exchange);
    info_set(p, "%s", name != NULL ? name : "Unknown");
    uint8_t flags = put_header_flags(p, c, version);
    (void)put_u32(p, c, MESSAGEID);
    uint32_t length = put_u32(p, c, LENGTH);
    if (c->fault != CURSOR_OK || length < c->pos - start)
        return;
    cursor_trim(c, length - (c->pos - start));
    if (version == V1 && (flags & ENCRYPTED_FLAG) != 0) {
        if (cursor_left(c) > 0)
            put_data(p, c, ENC_DATA, c->pos, cursor_left(c), "", 0);
        return;
    }
    put_payloads(p, c, type, version, 0);
}

static const char *const tables[] = {"x509", NULL};
static const struct binding bindings[] = {{"udp.port", 500}, {NULL, 0}};

const struct protocol proto_isakmp = {
    .name = "isakmp",
    .title = "Internet Security Association and Key Management Protocol",
    .column = "ISAKMP",
    FIELDS_OF_THIS_FILE,
    .tables = tables,
    .bindings = bindings,
    .dissect = dissect};
