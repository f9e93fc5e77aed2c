/*
 * eapol: EAP over LANs (IEEE 802.1X-2020, clause 11), with the keys of RC4 and of IEEE 802.11 RSN
 * (IEEE 802.11-2020, 12.7.2).
 *
 *     | version 1 | type 1 | length 2 | EAP packet, or key descriptor, or nothing | padding |
 */
#include "dissect/packet.h"

static const struct value_name version_names[] = {VALUE(1, "802.1X-2001"), VALUE(2, "802.1X-2004"),
                                                  VALUE(3, "802.1X-2010"), VALUES_END};
static const struct value_name type_names[] = {VALUE(0, "EAP Packet"),
                                               VALUE(1, "Start"),
                                               VALUE(2, "Logoff"),
                                               VALUE(3, "Key"),
                                               VALUE(4, "Encapsulated ASF Alert"),
                                               VALUE(5, "MKA"),
                                               VALUE(6, "Announcement (Generic)"),
                                               VALUE(7, "Announcement (Specific)"),
                                               VALUE(8, "Announcement Request"),
                                               VALUES_END};
static const struct value_name descriptor_names[] = {
    VALUE(1, "RC4 Descriptor"), VALUE(2, "EAPOL RSN Key"), VALUE(254, "EAPOL WPA Key"), VALUES_END};
static const struct value_name cast_names[] = {VALUE(0, "Broadcast"), VALUE(1, "Unicast"),
                                               VALUES_END};
static const struct value_name cipher_names[] = {
    VALUE(1, "RC4 Cipher, HMAC-MD5 MIC"), VALUE(2, "AES Cipher, HMAC-SHA1 MIC"),
    VALUE(3, "AES Cipher, AES-128-CMAC MIC"), VALUES_END};
static const struct value_name key_names[] = {VALUE(0, "Group Key"), VALUE(1, "Pairwise Key"),
                                              VALUES_END};

/* put_flags() counts on the order of fields with masks. */
#define FIELDS(X)                                                                                  \
    X(VERSION, "eapol.version", "Version", UINT8, DEC, 0, version_names)                           \
    X(TYPE, "eapol.type", "Type", UINT8, DEC, 0, type_names)                                       \
    X(LENGTH, "eapol.len", "Length", UINT16, DEC, 0, NULL)                                         \
    X(DESCRIPTOR, "eapol.keydes.type", "Key Descriptor Type", UINT8, DEC, 0, descriptor_names)     \
    X(KEY_LENGTH, "eapol.keydes.key_len", "Key Length", UINT16, DEC, 0, NULL)                      \
    X(REPLAY, "eapol.keydes.replay_counter", "Replay Counter", UINT64, DEC, 0, NULL)               \
    X(IV, "eapol.keydes.key_iv", "Key IV", BYTES, NONE, 0, NULL)                                   \
    X(INDEX, "eapol.keydes.key_index", "Key Index", UINT8, HEX, 0, NULL)                           \
    X(INDEX_TYPE, "eapol.keydes.key_index.type", "Type", BOOLEAN, 8, 0x80, cast_names)             \
    X(INDEX_NUMBER, "eapol.keydes.key_index.number", "Number", UINT8, DEC, 0x7f, NULL)             \
    X(SIGNATURE, "eapol.keydes.key_signature", "Key Signature", BYTES, NONE, 0, NULL)              \
    X(KEY, "eapol.keydes.key", "Key", BYTES, NONE, 0, NULL)                                        \
    X(LOCAL, "eapol.keydes.key.generated_locally", "Key Generated Locally", BOOLEAN, GENERATED, 0, \
      NULL)                                                                                        \
    X(MESSAGE, "wlan_rsna_eapol.keydes.msgnr", "Message number", UINT8, DEC | GENERATED, 0, NULL)  \
    X(INFO, "wlan_rsna_eapol.keydes.key_info", "Key Information", UINT16, HEX, 0, NULL)            \
    X(CIPHER, "wlan_rsna_eapol.keydes.key_info.keydes_version", "Key Descriptor Version", UINT16,  \
      DEC, 0x0007, cipher_names)                                                                   \
    X(KEY_TYPE, "wlan_rsna_eapol.keydes.key_info.key_type", "Key Type", BOOLEAN, 16, 0x0008,       \
      key_names)                                                                                   \
    X(KEY_INDEX, "wlan_rsna_eapol.keydes.key_info.key_index", "Key Index", UINT16, DEC, 0x0030,    \
      NULL)                                                                                        \
    X(INSTALL, "wlan_rsna_eapol.keydes.key_info.install", "Install", BOOLEAN, 16, 0x0040, NULL)    \
    X(ACK, "wlan_rsna_eapol.keydes.key_info.key_ack", "Key ACK", BOOLEAN, 16, 0x0080, NULL)        \
    X(HAS_MIC, "wlan_rsna_eapol.keydes.key_info.key_mic", "Key MIC", BOOLEAN, 16, 0x0100, NULL)    \
    X(SECURE, "wlan_rsna_eapol.keydes.key_info.secure", "Secure", BOOLEAN, 16, 0x0200, NULL)       \
    X(FAILED, "wlan_rsna_eapol.keydes.key_info.error", "Error", BOOLEAN, 16, 0x0400, NULL)         \
    X(REQUEST, "wlan_rsna_eapol.keydes.key_info.request", "Request", BOOLEAN, 16, 0x0800, NULL)    \
    X(ENCRYPTED, "wlan_rsna_eapol.keydes.key_info.encrypted_key_data", "Encrypted Key Data",       \
      BOOLEAN, 16, 0x1000, NULL)                                                                   \
    X(SMK, "wlan_rsna_eapol.keydes.key_info.smk_message", "SMK Message", BOOLEAN, 16, 0x2000,      \
      NULL)                                                                                        \
    X(NONCE, "wlan_rsna_eapol.keydes.nonce", "WPA Key Nonce", BYTES, NONE, 0, NULL)                \
    X(RSC, "wlan_rsna_eapol.keydes.rsc", "WPA Key RSC", BYTES, NONE, 0, NULL)                      \
    X(KEY_ID, "wlan_rsna_eapol.keydes.id", "WPA Key ID", BYTES, NONE, 0, NULL)                     \
    X(MIC, "wlan_rsna_eapol.keydes.mic", "WPA Key MIC", BYTES, NONE, 0, NULL)                      \
    X(DATA_LENGTH, "wlan_rsna_eapol.keydes.data_len", "WPA Key Data Length", UINT16, DEC, 0, NULL) \
    X(DATA, "wlan_rsna_eapol.keydes.data", "WPA Key Data", BYTES, NONE, 0, NULL)

FIELD_TABLE(FIELDS);

enum { TYPE_TABLE };
enum { TYPE_KEY = 3, RC4_KEY = 1, RSN_KEY = 2, WPA_KEY = 254 };
enum { INFO_PAIRWISE = 0x0008, INFO_ACK = 0x0080, INFO_MIC = 0x0100, INFO_SECURE = 0x0200 };

static void dissect_rc4(struct packet *p, struct cursor *c)
{
    uint16_t length = put_u16(p, c, KEY_LENGTH);
    (void)put_uint_be(p, c, REPLAY, 8);
    (void)put_bytes(p, c, IV, 16);
    uint32_t at = c->pos;
    uint8_t index = put_u8(p, c, INDEX);
    uint32_t tree = tree_begin(p, INDEX);
    if (c->fault == CURSOR_OK)
        put_flags(p, c, INDEX_TYPE, 2, at, 1, index);
    tree_end(p, tree);
    (void)put_bytes(p, c, SIGNATURE, 16);
    if (c->fault != CURSOR_OK || length == 0)
        return;
    bool local = cursor_left(c) == 0;
    if (!local)
        (void)put_bytes(p, c, KEY, length);
    put_uint(p, c, LOCAL, c->pos, 0, local);
}

/* Which of the four messages of the handshake this is (12.7.6); 0: none of them. */
static unsigned message_of(uint16_t info, uint16_t data_length)
{
    if ((info & INFO_PAIRWISE) == 0)
        return (info & INFO_ACK) != 0 ? 1 : 2;
    if ((info & INFO_ACK) != 0)
        return (info & INFO_MIC) != 0 ? 3 : 1;
    if ((info & INFO_SECURE) != 0 || data_length == 0)
        return 4;
    return 2;
}

static void dissect_rsn(struct packet *p, struct cursor *c)
{
    const uint8_t *all = cursor_peek(c, 0, 94);
    const uint8_t *b = cursor_take(c, 2);
    if (b == NULL)
        return;
    uint32_t at = c->pos - 2;
    uint16_t info = be16(b);
    if (all != NULL)
        put_uint(p, c, MESSAGE, at, 0, message_of(info, be16(all + 92)));
    put_uint(p, c, INFO, at, 2, info);
    uint32_t tree = tree_begin(p, INFO);
    put_flags(p, c, CIPHER, SMK - CIPHER + 1, at, 2, info);
    tree_end(p, tree);
    (void)put_u16(p, c, KEY_LENGTH);
    (void)put_uint_be(p, c, REPLAY, 8);
    (void)put_bytes(p, c, NONCE, 32);
    (void)put_bytes(p, c, IV, 16);
    (void)put_bytes(p, c, RSC, 8);
    (void)put_bytes(p, c, KEY_ID, 8);
    (void)put_bytes(p, c, MIC, 16);
    uint16_t length = put_u16(p, c, DATA_LENGTH);
    if (length > 0 && c->fault == CURSOR_OK)
        (void)put_bytes(p, c, DATA, length);
}

static void dissect_key(struct packet *p, struct cursor *c)
{
    uint8_t descriptor = put_u8(p, c, DESCRIPTOR);
    const char *name = value_name_find(descriptor_names, descriptor);
    info_set(p, "Key (%s)", name != NULL ? name : "Unknown");
    if (descriptor == RC4_KEY)
        dissect_rc4(p, c);
    else if (descriptor == RSN_KEY || descriptor == WPA_KEY)
        dissect_rsn(p, c);
}

static void dissect(struct packet *p, struct cursor *c)
{
    (void)put_u8(p, c, VERSION);
    uint8_t type = put_u8(p, c, TYPE);
    uint16_t length = put_u16(p, c, LENGTH);
    if (c->fault != CURSOR_OK)
        return;
    const char *name = value_name_find(type_names, type);
    info_set(p, "%s", name != NULL ? name : "Unknown");
    cursor_trim(c, length);
    if (length == 0)
        return;
    if (type == TYPE_KEY)
        dissect_key(p, c);
    else if (!next(p, c, TYPE_TABLE, type))
        next_data(p, c);
    if (c->fault == CURSOR_OK)
        cursor_skip(c, cursor_captured(c));
}

static const char *const tables[] = {"eapol.type", NULL};
static const struct binding bindings[] = {{"ethertype", 0x888e}, {"ethertype", 0x88c7}, {NULL, 0}};

const struct protocol proto_eapol = {.name = "eapol",
                                     .title = "802.1X Authentication",
                                     .column = "EAPOL",
                                     FIELDS_OF_THIS_FILE,
                                     .tables = tables,
                                     .bindings = bindings,
                                     .dissect = dissect};
