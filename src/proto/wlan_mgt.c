/*
 * wlan.mgt: what a management frame of IEEE 802.11 carries (IEEE 802.11-2020, 9.3.3 and 9.4): for
 * each subtype some fixed fields, then elements:
 *
 *     | number 1 | length 1 | value ... |
 *
 * Numbers are little-endian.
 */
#include "dissect/names.h"
#include "dissect/packet.h"

static const struct value_name set_names[] = {VALUE(0, "Not set"), VALUE(1, "Set"), VALUES_END};
static const struct value_name implemented_names[] = {VALUE(0, "Not Implemented"),
                                                      VALUE(1, "Implemented"), VALUES_END};
static const struct value_name environment_names[] = {VALUE(0x20, "Any"), VALUE(0x4f, "Outdoor"),
                                                      VALUE(0x49, "Indoor"), VALUES_END};
static const struct value_name wfa_names[] = {VALUE(1, "WPA Information Element"),
                                              VALUE(2, "WMM/WME"), VALUE(4, "WPS"), VALUES_END};
static const struct value_name wme_names[] = {VALUE(0, "WME Information Element"),
                                              VALUE(1, "WME Parameter Element"),
                                              VALUE(2, "WME TSPEC Element"), VALUES_END};
static const struct value_name class_names[] = {VALUE(0, "Best Effort"), VALUE(1, "Background"),
                                                VALUE(2, "Video"), VALUE(3, "Voice"), VALUES_END};

/* put_flags() counts on the order of fields with masks; put_suite() on that of a suite's three. */
#define FIELDS(X)                                                                                  \
    X(FIXED, "wlan.fixed.all", "Fixed parameters", NONE, NONE, 0, NULL)                            \
    X(TIMESTAMP, "wlan.fixed.timestamp", "Timestamp", UINT64, DEC, 0, NULL)                        \
    X(INTERVAL, "wlan.fixed.beacon", "Beacon Interval", UINT16, DEC, 0, NULL)                      \
    X(CAPABILITIES, "wlan.fixed.capabilities", "Capabilities Information", UINT16, HEX, 0, NULL)   \
    X(ESS, "wlan.fixed.capabilities.ess", "ESS capabilities", BOOLEAN, 16, 0x0001, NULL)           \
    X(IBSS, "wlan.fixed.capabilities.ibss", "IBSS status", BOOLEAN, 16, 0x0002, NULL)              \
    X(RESERVED1, "wlan.fixed.capabilities.reserved1", "Reserved", UINT16, DEC, 0x0004, NULL)       \
    X(RESERVED2, "wlan.fixed.capabilities.reserved2", "Reserved", UINT16, DEC, 0x0008, NULL)       \
    X(PRIVACY, "wlan.fixed.capabilities.privacy", "Privacy", BOOLEAN, 16, 0x0010, NULL)            \
    X(PREAMBLE, "wlan.fixed.capabilities.short_preamble", "Short Preamble", BOOLEAN, 16, 0x0020,   \
      NULL)                                                                                        \
    X(RESERVED3, "wlan.fixed.capabilities.reserved3", "Reserved", UINT16, DEC, 0x0040, NULL)       \
    X(RESERVED4, "wlan.fixed.capabilities.reserved4", "Reserved", UINT16, DEC, 0x0080, NULL)       \
    X(SPECTRUM, "wlan.fixed.capabilities.spec_man", "Spectrum Management", BOOLEAN, 16, 0x0100,    \
      implemented_names)                                                                           \
    X(CAP_QOS, "wlan.fixed.capabilities.qos", "QoS", BOOLEAN, 16, 0x0200, implemented_names)       \
    X(SLOT, "wlan.fixed.capabilities.short_slot_time", "Short Slot Time", BOOLEAN, 16, 0x0400,     \
      NULL)                                                                                        \
    X(APSD, "wlan.fixed.capabilities.apsd", "Automatic Power Save Delivery", BOOLEAN, 16, 0x0800,  \
      implemented_names)                                                                           \
    X(MEASUREMENT, "wlan.fixed.capabilities.radio_measurement", "Radio Measurement", BOOLEAN, 16,  \
      0x1000, implemented_names)                                                                   \
    X(EPD, "wlan.fixed.capabilities.epd", "EPD", BOOLEAN, 16, 0x2000, implemented_names)           \
    X(RESERVED5, "wlan.fixed.capabilities.reserved5", "Reserved", UINT16, DEC, 0x4000, NULL)       \
    X(RESERVED6, "wlan.fixed.capabilities.reserved6", "Reserved", UINT16, DEC, 0x8000, NULL)       \
    X(LISTEN, "wlan.fixed.listen_ival", "Listen Interval", UINT16, HEX, 0, NULL)                   \
    X(CURRENT_AP, "wlan.fixed.current_ap", "Current AP", ETHER, NONE, 0, NULL)                     \
    X(STATUS, "wlan.fixed.status_code", "Status code", UINT16, HEX, 0, wlan_status_names)          \
    X(REASON, "wlan.fixed.reason_code", "Reason code", UINT16, HEX, 0, wlan_reason_names)          \
    X(AID, "wlan.fixed.aid", "Association ID", UINT16, HEX, 0x3fff, NULL)                          \
    X(ALGORITHM, "wlan.fixed.auth.alg", "Authentication Algorithm", UINT16, DEC, 0,                \
      wlan_algorithm_names)                                                                        \
    X(AUTH_SEQUENCE, "wlan.fixed.auth_seq", "Authentication SEQ", UINT16, HEX, 0, NULL)            \
    X(CATEGORY, "wlan.fixed.category_code", "Category code", UINT16, DEC, 0, wlan_category_names)  \
    X(ACTION, "wlan.fixed.action_code", "Action code", UINT16, HEX, 0, NULL)                       \
    X(TOKEN, "wlan.fixed.dialog_token", "Dialog token", UINT8, HEX, 0, NULL)                       \
    X(TAGGED, "wlan.tagged.all", "Tagged parameters", NONE, NONE, 0, NULL)                         \
    X(TAG, "wlan.tag", "Tag", NONE, NONE, 0, NULL)                                                 \
    X(TAG_NUMBER, "wlan.tag.number", "Tag Number", UINT8, DEC, 0, wlan_tag_names)                  \
    X(TAG_LENGTH, "wlan.tag.length", "Tag length", UINT32, DEC, 0, NULL)                           \
    X(SSID, "wlan.ssid", "SSID", BYTES, NONE, 0, NULL)                                             \
    X(RATES, "wlan.supported_rates", "Supported Rates", UINT8, HEX, 0, NULL)                       \
    X(MORE_RATES, "wlan.extended_supported_rates", "Extended Supported Rates", UINT8, HEX, 0,      \
      NULL)                                                                                        \
    X(CHANNEL, "wlan.ds.current_channel", "Current Channel", UINT8, DEC, 0, NULL)                  \
    X(DTIM_COUNT, "wlan.tim.dtim_count", "DTIM count", UINT8, DEC, 0, NULL)                        \
    X(DTIM_PERIOD, "wlan.tim.dtim_period", "DTIM period", UINT8, DEC, 0, NULL)                     \
    X(BITMAP, "wlan.tim.bmapctl", "Bitmap control", UINT8, HEX, 0, NULL)                           \
    X(MULTICAST, "wlan.tim.bmapctl.multicast", "Multicast", BOOLEAN, 8, 0x01, NULL)                \
    X(OFFSET, "wlan.tim.bmapctl.offset", "Bitmap Offset", UINT8, HEX, 0xfe, NULL)                  \
    X(PARTIAL, "wlan.tim.partial_virtual_bitmap", "Partial Virtual Bitmap", BYTES, NONE, 0, NULL)  \
    X(TIM_AID, "wlan.tim.aid", "Association ID", UINT8, HEX, 0, NULL)                              \
    X(COUNTRY, "wlan.country_info.code", "Code", STRING, NONE, 0, NULL)                            \
    X(ENVIRONMENT, "wlan.country_info.environment", "Environment", UINT8, DEC, 0,                  \
      environment_names)                                                                           \
    X(FNM, "wlan.country_info.fnm", "Country Info", NONE, NONE, 0, NULL)                           \
    X(FNM_FIRST, "wlan.country_info.fnm.fcn", "First Channel Number", UINT8, DEC, 0, NULL)         \
    X(FNM_COUNT, "wlan.country_info.fnm.nc", "Number of Channels", UINT8, DEC, 0, NULL)            \
    X(FNM_POWER, "wlan.country_info.fnm.mtpl", "Maximum Transmit Power Level", INT8, DEC, 0, NULL) \
    X(POWER_MIN, "wlan.powercap.min", "Minimum Transmit Power", INT8, DEC, 0, NULL)                \
    X(POWER_MAX, "wlan.powercap.max", "Maximum Transmit Power", INT8, DEC, 0, NULL)                \
    X(CONSTRAINT, "wlan.powercon.local", "Local Power Constraint", UINT8, DEC, 0, NULL)            \
    X(CHALLENGE, "wlan.tag.challenge_text", "Challenge Text", BYTES, NONE, 0, NULL)                \
    X(ERP, "wlan.erp_info", "ERP Information", UINT8, HEX, 0, NULL)                                \
    X(ERP_PRESENT, "wlan.erp_info.erp_present", "Non ERP Present", BOOLEAN, 8, 0x01, set_names)    \
    X(ERP_PROTECT, "wlan.erp_info.use_protection", "Use Protection", BOOLEAN, 8, 0x02, set_names)  \
    X(ERP_BARKER, "wlan.erp_info.barker_preamble_mode", "Barker Preamble Mode", BOOLEAN, 8, 0x04,  \
      set_names)                                                                                   \
    X(ERP_RESERVED, "wlan.erp_info.reserved", "Reserved", UINT8, HEX, 0xf8, NULL)                  \
    X(RSN_VERSION, "wlan.rsn.version", "RSN Version", UINT16, DEC, 0, NULL)                        \
    X(GCS, "wlan.rsn.gcs", "Group Cipher Suite", UINT32, DEC, 0, NULL)                             \
    X(GCS_OUI, "wlan.rsn.gcs.oui", "Group Cipher Suite OUI", UINT24, DEC, 0, NULL)                 \
    X(GCS_TYPE, "wlan.rsn.gcs.type", "Group Cipher Suite type", UINT8, DEC, 0, wlan_cipher_names)  \
    X(PCS_COUNT, "wlan.rsn.pcs.count", "Pairwise Cipher Suite Count", UINT16, DEC, 0, NULL)        \
    X(PCS_LIST, "wlan.rsn.pcs.list", "Pairwise Cipher Suite List", NONE, NONE, 0, NULL)            \
    X(PCS, "wlan.rsn.pcs", "Pairwise Cipher Suite", UINT32, DEC, 0, NULL)                          \
    X(PCS_OUI, "wlan.rsn.pcs.oui", "Pairwise Cipher Suite OUI", UINT24, DEC, 0, NULL)              \
    X(PCS_TYPE, "wlan.rsn.pcs.type", "Pairwise Cipher Suite type", UINT8, DEC, 0,                  \
      wlan_cipher_names)                                                                           \
    X(AKM_COUNT, "wlan.rsn.akms.count", "Auth Key Management (AKM) Suite Count", UINT16, DEC, 0,   \
      NULL)                                                                                        \
    X(AKM_LIST, "wlan.rsn.akms.list", "Auth Key Management (AKM) List", NONE, NONE, 0, NULL)       \
    X(AKM, "wlan.rsn.akms", "Auth Key Management (AKM) Suite", UINT32, DEC, 0, NULL)               \
    X(AKM_OUI, "wlan.rsn.akms.oui", "Auth Key Management (AKM) OUI", UINT24, DEC, 0, NULL)         \
    X(AKM_TYPE, "wlan.rsn.akms.type", "Auth Key Management (AKM) type", UINT8, DEC, 0,             \
      wlan_akm_names)                                                                              \
    X(RSN_CAP, "wlan.rsn.capabilities", "RSN Capabilities", UINT16, HEX, 0, NULL)                  \
    X(RSN_PREAUTH, "wlan.rsn.capabilities.preauth", "RSN Pre-Auth capabilities", BOOLEAN, 16,      \
      0x0001, NULL)                                                                                \
    X(RSN_PAIRWISE, "wlan.rsn.capabilities.no_pairwise", "RSN No Pairwise capabilities", BOOLEAN,  \
      16, 0x0002, NULL)                                                                            \
    X(RSN_PTKSA, "wlan.rsn.capabilities.ptksa_replay_counter",                                     \
      "RSN PTKSA Replay Counter capabilities", UINT16, HEX, 0x000c, NULL)                          \
    X(RSN_GTKSA, "wlan.rsn.capabilities.gtksa_replay_counter",                                     \
      "RSN GTKSA Replay Counter capabilities", UINT16, HEX, 0x0030, NULL)                          \
    X(RSN_MFPR, "wlan.rsn.capabilities.mfpr", "Management Frame Protection Required", BOOLEAN, 16, \
      0x0040, NULL)                                                                                \
    X(RSN_MFPC, "wlan.rsn.capabilities.mfpc", "Management Frame Protection Capable", BOOLEAN, 16,  \
      0x0080, NULL)                                                                                \
    X(RSN_JMR, "wlan.rsn.capabilities.jmr", "Joint Multi-band RSNA", BOOLEAN, 16, 0x0100, NULL)    \
    X(RSN_PEERKEY, "wlan.rsn.capabilities.peerkey", "PeerKey Enabled", BOOLEAN, 16, 0x0200, NULL)  \
    X(RSN_EXTENDED, "wlan.rsn.capabilities.extended_key_id_iaf",                                   \
      "Extended Key ID for Individually Addressed Frames", BOOLEAN, 16, 0x2000, NULL)              \
    X(PMKID_COUNT, "wlan.rsn.pmkid.count", "PMKID Count", UINT16, DEC, 0, NULL)                    \
    X(PMKID_LIST, "wlan.rsn.pmkid.list", "PMKID List", NONE, NONE, 0, NULL)                        \
    X(GMCS, "wlan.rsn.gmcs", "Group Management Cipher Suite", UINT32, DEC, 0, NULL)                \
    X(GMCS_OUI, "wlan.rsn.gmcs.oui", "Group Management Cipher Suite OUI", UINT24, DEC, 0, NULL)    \
    X(GMCS_TYPE, "wlan.rsn.gmcs.type", "Group Management Cipher Suite type", UINT8, DEC, 0,        \
      wlan_cipher_names)                                                                           \
    X(VENDOR, "wlan.tag.oui", "OUI", UINT24, DEC, 0, NULL)                                         \
    X(VENDOR_TYPE, "wlan.tag.vendor.oui.type", "Vendor Specific OUI Type", UINT8, DEC, 0, NULL)    \
    X(VENDOR_DATA, "wlan.tag.vendor.data", "Vendor Specific Data", BYTES, NONE, 0, NULL)           \
    X(WFA_TYPE, "wlan.wfa.ie.type", "Type", UINT8, HEX, 0, wfa_names)                              \
    X(WPA_VERSION, "wlan.wfa.ie.wpa.version", "WPA Version", UINT16, DEC, 0, NULL)                 \
    X(WPA_MCS, "wlan.wfa.ie.wpa.mcs", "Multicast Cipher Suite", UINT32, DEC, 0, NULL)              \
    X(WPA_MCS_OUI, "wlan.wfa.ie.wpa.mcs.oui", "Multicast Cipher Suite OUI", UINT24, DEC, 0, NULL)  \
    X(WPA_MCS_TYPE, "wlan.wfa.ie.wpa.mcs.type", "Multicast Cipher Suite type", UINT8, DEC, 0,      \
      wlan_cipher_names)                                                                           \
    X(WPA_UCS_COUNT, "wlan.wfa.ie.wpa.ucs.count", "Unicast Cipher Suite Count", UINT16, DEC, 0,    \
      NULL)                                                                                        \
    X(WPA_UCS_LIST, "wlan.wfa.ie.wpa.ucs.list", "Unicast Cipher Suite List", NONE, NONE, 0, NULL)  \
    X(WPA_UCS, "wlan.wfa.ie.wpa.ucs", "Unicast Cipher Suite", UINT32, DEC, 0, NULL)                \
    X(WPA_UCS_OUI, "wlan.wfa.ie.wpa.ucs.oui", "Unicast Cipher Suite OUI", UINT24, DEC, 0, NULL)    \
    X(WPA_UCS_TYPE, "wlan.wfa.ie.wpa.ucs.type", "Unicast Cipher Suite type", UINT8, DEC, 0,        \
      wlan_cipher_names)                                                                           \
    X(WPA_AKM_COUNT, "wlan.wfa.ie.wpa.akms.count", "Auth Key Management (AKM) Suite Count",        \
      UINT16, DEC, 0, NULL)                                                                        \
    X(WPA_AKM_LIST, "wlan.wfa.ie.wpa.akms.list", "Auth Key Management (AKM) List", NONE, NONE, 0,  \
      NULL)                                                                                        \
    X(WPA_AKM, "wlan.wfa.ie.wpa.akms", "Auth Key Management (AKM) Suite", UINT32, DEC, 0, NULL)    \
    X(WPA_AKM_OUI, "wlan.wfa.ie.wpa.akms.oui", "Auth Key Management (AKM) OUI", UINT24, DEC, 0,    \
      NULL)                                                                                        \
    X(WPA_AKM_TYPE, "wlan.wfa.ie.wpa.type", "Auth Key Management (AKM) type", UINT8, DEC, 0,       \
      wlan_akm_names)                                                                              \
    X(WME_SUBTYPE, "wlan.wfa.ie.wme.subtype", "WME Subtype", UINT8, DEC, 0, wme_names)             \
    X(WME_VERSION, "wlan.wfa.ie.wme.version", "WME Version", UINT8, DEC, 0, NULL)                  \
    X(WME_QOS, "wlan.wfa.ie.wme.qos_info", "WME QoS Info", UINT8, HEX, 0, NULL)                    \
    X(WME_UAPSD, "wlan.wfa.ie.wme.qos_info.ap.u_apsd", "U-APSD", BOOLEAN, 8, 0x80, NULL)           \
    X(WME_COUNT, "wlan.wfa.ie.wme.qos_info.ap.parameter_set_count", "Parameter Set Count", UINT8,  \
      HEX, 0x0f, NULL)                                                                             \
    X(WME_QOS_RESERVED, "wlan.wfa.ie.wme.qos_info.ap.reserved", "Reserved", UINT8, HEX, 0x70,      \
      NULL)                                                                                        \
    X(WME_RESERVED, "wlan.wfa.ie.wme.reserved", "Reserved", BYTES, NONE, 0, NULL)                  \
    X(ACP, "wlan.wfa.ie.wme.acp", "Ac Parameters", NONE, NONE, 0, NULL)                            \
    X(ACI, "wlan.wfa.ie.wme.acp.aci_aifsn", "ACI / AIFSN Field", UINT8, HEX, 0, NULL)              \
    X(AIFSN, "wlan.wfa.ie.wme.acp.aifsn", "AIFSN", UINT8, DEC, 0x0f, NULL)                         \
    X(ACM, "wlan.wfa.ie.wme.acp.acm", "Admission Control Mandatory", BOOLEAN, 8, 0x10, NULL)       \
    X(ACI_CLASS, "wlan.wfa.ie.wme.acp.aci", "ACI", UINT8, DEC, 0x60, class_names)                  \
    X(ACI_RESERVED, "wlan.wfa.ie.wme.acp.reserved", "Reserved", UINT8, DEC, 0x80, NULL)            \
    X(ECW, "wlan.wfa.ie.wme.acp.ecw", "ECW", UINT8, HEX, 0, NULL)                                  \
    X(ECW_MAX, "wlan.wfa.ie.wme.acp.ecw.max", "ECW Max", UINT8, DEC, 0xf0, NULL)                   \
    X(ECW_MIN, "wlan.wfa.ie.wme.acp.ecw.min", "ECW Min", UINT8, DEC, 0x0f, NULL)                   \
    X(CW_MAX, "wlan.wfa.ie.wme.acp.cw.max", "CW Max", UINT16, DEC | GENERATED, 0, NULL)            \
    X(CW_MIN, "wlan.wfa.ie.wme.acp.cw.min", "CW Min", UINT16, DEC | GENERATED, 0, NULL)            \
    X(TXOP, "wlan.wfa.ie.wme.acp.txop_limit", "TXOP Limit", UINT16, DEC, 0, NULL)

FIELD_TABLE(FIELDS);

enum {
    ASSOCIATION_REQUEST,
    ASSOCIATION_RESPONSE,
    REASSOCIATION_REQUEST,
    REASSOCIATION_RESPONSE,
    PROBE_REQUEST,
    PROBE_RESPONSE,
    BEACON = 8,
    ATIM,
    DISASSOCIATION,
    AUTHENTICATION,
    DEAUTHENTICATION,
    ACTION_FRAME,
    ACTION_NO_ACK
};
enum {
    OUI_MICROSOFT = 0x0050f2,
    OUI_ATHEROS = 0x00037f,
    OUI_AIRONET = 0x004096,
    OUI_PRE_N = 0x00904c,
    OUI_RSN = 0x000fac
};
enum { ALGORITHM_SAE = 3 };

/* ---- Security ------------------------------------------------------------------------------ */

/* A suite of four bytes: the fields `suite`, its OUI and its type. */
static void put_suite(struct packet *p, struct cursor *c, unsigned suite)
{
    uint32_t at = c->pos;
    const uint8_t *b = cursor_take(c, 4);
    if (b == NULL)
        return;
    put_uint(p, c, suite, at, 4, be32(b));
    uint32_t tree = tree_begin(p, suite);
    put_uint(p, c, suite + 1, at, 3, be24(b));
    put_uint(p, c, suite + 2, at + 3, 1, b[3]);
    tree_end(p, tree);
}

/* A count, and so many suites: the fields `count`, the list, and those of a suite follow each
 * other. */
static void put_suites(struct packet *p, struct cursor *c, unsigned count)
{
    uint32_t n = (uint32_t)put_uint_le(p, c, count, 2);
    if (c->fault != CURSOR_OK)
        return;
    put_mark(p, c, count + 1);
    uint32_t tree = tree_begin(p, count + 1);
    for (; n > 0 && cursor_left(c) >= 4; n--)
        put_suite(p, c, count + 2);
    tree_end(p, tree);
}

/* All after the version may be left out from some point on. */
static void put_rsn(struct packet *p, struct cursor *c)
{
    (void)put_uint_le(p, c, RSN_VERSION, 2);
    if (cursor_left(c) >= 4)
        put_suite(p, c, GCS);
    if (cursor_left(c) >= 2)
        put_suites(p, c, PCS_COUNT);
    if (cursor_left(c) >= 2)
        put_suites(p, c, AKM_COUNT);
    if (cursor_left(c) < 2)
        return;
    uint32_t at = c->pos, bits = (uint32_t)put_uint_le(p, c, RSN_CAP, 2);
    uint32_t tree = tree_begin(p, RSN_CAP);
    put_flags(p, c, RSN_PREAUTH, RSN_EXTENDED - RSN_PREAUTH + 1, at, 2, bits);
    tree_end(p, tree);
    if (cursor_left(c) < 2)
        return;
    uint32_t n = (uint32_t)put_uint_le(p, c, PMKID_COUNT, 2);
    put_mark(p, c, PMKID_LIST);
    cursor_skip(c, n * 16 < cursor_left(c) ? n * 16 : cursor_left(c));
    if (cursor_left(c) >= 4)
        put_suite(p, c, GMCS);
}

static void put_wpa(struct packet *p, struct cursor *c)
{
    (void)put_uint_le(p, c, WPA_VERSION, 2);
    if (cursor_left(c) >= 4)
        put_suite(p, c, WPA_MCS);
    if (cursor_left(c) >= 2)
        put_suites(p, c, WPA_UCS_COUNT);
    if (cursor_left(c) >= 2)
        put_suites(p, c, WPA_AKM_COUNT);
}

/* ---- Vendors' elements --------------------------------------------------------------------- */

/* The parameters of one access category. */
static void put_category(struct packet *p, struct cursor *c)
{
    const uint8_t *b = cursor_take(c, 4);
    if (b == NULL)
        return;
    uint32_t at = c->pos - 4;
    put_mark(p, c, ACP);
    uint32_t tree = tree_begin(p, ACP);
    put_uint(p, c, ACI, at, 1, b[0]);
    uint32_t part = tree_begin(p, ACI);
    put_flags(p, c, AIFSN, 4, at, 1, b[0]);
    tree_end(p, part);
    put_uint(p, c, ECW, at + 1, 1, b[1]);
    part = tree_begin(p, ECW);
    put_flags(p, c, ECW_MAX, 2, at + 1, 1, b[1]);
    put_uint(p, c, CW_MAX, at + 1, 1, (1u << (b[1] >> 4)) - 1);
    put_uint(p, c, CW_MIN, at + 1, 1, (1u << (b[1] & 15)) - 1);
    tree_end(p, part);
    put_uint(p, c, TXOP, at + 2, 2, le16(b + 2));
    tree_end(p, tree);
}

static void put_wme(struct packet *p, struct cursor *c)
{
    uint8_t subtype = put_u8(p, c, WME_SUBTYPE);
    (void)put_u8(p, c, WME_VERSION);
    if (subtype > 1)
        return;
    uint32_t at = c->pos;
    uint8_t info = put_u8(p, c, WME_QOS);
    uint32_t tree = tree_begin(p, WME_QOS);
    if (c->fault == CURSOR_OK)
        put_flags(p, c, WME_UAPSD, 3, at, 1, info);
    tree_end(p, tree);
    if (subtype != 1)
        return;
    (void)put_bytes(p, c, WME_RESERVED, 1);
    while (cursor_left(c) >= 4)
        put_category(p, c);
}

static void put_vendor_tag(struct packet *p, struct cursor *c)
{
    uint32_t oui = (uint32_t)put_uint_be(p, c, VENDOR, 3);
    const uint8_t *type = cursor_peek(c, 0, 1);
    if (type == NULL)
        return;
    put_uint(p, c, VENDOR_TYPE, c->pos, 1, *type);
    if (oui == OUI_MICROSOFT) {
        (void)put_u8(p, c, WFA_TYPE);
        if (*type == 1)
            put_wpa(p, c);
        else if (*type == 2)
            put_wme(p, c);
        return;
    }
    if (oui != OUI_ATHEROS && oui != OUI_AIRONET && oui != OUI_PRE_N && oui != OUI_RSN)
        (void)put_bytes_captured(p, c, VENDOR_DATA, cursor_left(c));
}

enum { ELEMENT_TABLE };

/* ---- Elements ------------------------------------------------------------------------------ */

static void put_each(struct packet *p, struct cursor *c, unsigned field)
{
    while (cursor_left(c) > 0 && c->fault == CURSOR_OK)
        (void)put_u8(p, c, field);
}

static void put_erp(struct packet *p, struct cursor *c)
{
    uint32_t at = c->pos;
    uint8_t bits = put_u8(p, c, ERP);
    uint32_t tree = tree_begin(p, ERP);
    if (c->fault == CURSOR_OK)
        put_flags(p, c, ERP_PRESENT, 4, at, 1, bits);
    tree_end(p, tree);
}

/* Traffic waits for the stations whose bits are set, counted from the offset in the bitmap control.
 */
static void put_tim(struct packet *p, struct cursor *c)
{
    (void)put_u8(p, c, DTIM_COUNT);
    (void)put_u8(p, c, DTIM_PERIOD);
    uint32_t at = c->pos;
    uint8_t control = put_u8(p, c, BITMAP);
    uint32_t tree = tree_begin(p, BITMAP);
    if (c->fault == CURSOR_OK)
        put_flags(p, c, MULTICAST, 2, at, 1, control);
    tree_end(p, tree);
    at = c->pos;
    uint32_t n = cursor_left(c), first = (control & 0xfeu) * 8;
    const uint8_t *bitmap = n > 0 ? put_bytes(p, c, PARTIAL, n) : NULL;
    for (uint32_t i = 0; bitmap != NULL && i < n * 8; i++) {
        if ((bitmap[i / 8] >> i % 8 & 1) != 0 && first + i != 0)
            put_uint(p, c, TIM_AID, at + i / 8, 1, first + i);
    }
}

static void put_country(struct packet *p, struct cursor *c)
{
    (void)put_bytes(p, c, COUNTRY, 2);
    (void)put_u8(p, c, ENVIRONMENT);
    while (cursor_left(c) >= 3 && c->fault == CURSOR_OK) {
        put_mark(p, c, FNM);
        uint32_t tree = tree_begin(p, FNM);
        (void)put_u8(p, c, FNM_FIRST);
        (void)put_u8(p, c, FNM_COUNT);
        (void)put_int_be(p, c, FNM_POWER, 1);
        tree_end(p, tree);
    }
}

/* The value of an element; `element` is all of it. */
static void put_value(struct packet *p, struct cursor *c, uint8_t number, struct cursor element)
{
    switch (number) {
    case 0:
        (void)put_bytes_captured(p, c, SSID, cursor_left(c));
        break;
    case 1:
        put_each(p, c, RATES);
        break;
    case 3:
        (void)put_u8(p, c, CHANNEL);
        break;
    case 5:
        put_tim(p, c);
        break;
    case 7:
        put_country(p, c);
        break;
    case 16:
        (void)put_bytes_captured(p, c, CHALLENGE, cursor_left(c));
        break;
    case 32:
        (void)put_u8(p, c, CONSTRAINT);
        break;
    case 33:
        (void)put_int_be(p, c, POWER_MIN, 1);
        (void)put_int_be(p, c, POWER_MAX, 1);
        break;
    case 42:
    case 47:
        put_erp(p, c);
        break;
    case 48:
        put_rsn(p, c);
        break;
    case 50:
        put_each(p, c, MORE_RATES);
        break;
    case 221:
        put_vendor_tag(p, c);
        (void)next_inside(p, &element, ELEMENT_TABLE, 0);
        break;
    default:
        (void)next_inside(p, &element, ELEMENT_TABLE, 0);
        break;
    }
}

static void put_tag(struct packet *p, struct cursor *c)
{
    put_mark(p, c, TAG);
    uint32_t tree = tree_begin(p, TAG);
    struct cursor element = *c;
    uint8_t number = put_u8(p, c, TAG_NUMBER);
    uint8_t length = put_u8(p, c, TAG_LENGTH);
    if (c->fault == CURSOR_OK && length <= cursor_left(c) && (length > 0 || number == 0)) {
        struct cursor value = cursor_part(c, length);
        cursor_trim(&element, 2u + length);
        put_value(p, &value, number, element);
        if (value.fault == CURSOR_SHORT)
            c->fault = CURSOR_SHORT;
    } else if (length > 0) {
        cursor_skip(c, length);
    }
    tree_end(p, tree);
}

static void put_tags(struct packet *p, struct cursor *c)
{
    if (cursor_left(c) == 0 || c->fault != CURSOR_OK)
        return;
    put_mark(p, c, TAGGED);
    label(p, TAGGED, "Tagged parameters (%u bytes)", cursor_left(c));
    uint32_t tree = tree_begin(p, TAGGED);
    while (cursor_left(c) > 0 && c->fault == CURSOR_OK)
        put_tag(p, c);
    tree_end(p, tree);
}

/* ---- Fixed fields -------------------------------------------------------------------------- */

static void put_capabilities(struct packet *p, struct cursor *c)
{
    uint32_t at = c->pos, bits = (uint32_t)put_uint_le(p, c, CAPABILITIES, 2);
    uint32_t tree = tree_begin(p, CAPABILITIES);
    if (c->fault == CURSOR_OK)
        put_flags(p, c, ESS, RESERVED6 - ESS + 1, at, 2, bits);
    tree_end(p, tree);
}

static void put_response(struct packet *p, struct cursor *c)
{
    put_capabilities(p, c);
    (void)put_uint_le(p, c, STATUS, 2);
    const uint8_t *aid = cursor_take(c, 2);
    if (aid != NULL)
        put_bits(p, c, AID, c->pos - 2, 2, le16(aid));
}

static void put_authentication(struct packet *p, struct cursor *c)
{
    uint64_t algorithm = put_uint_le(p, c, ALGORITHM, 2);
    (void)put_uint_le(p, c, AUTH_SEQUENCE, 2);
    (void)put_uint_le(p, c, STATUS, 2);
    if (algorithm == ALGORITHM_SAE)
        cursor_skip(c, cursor_captured(c)); /* a handshake follows, not elements */
}

static void put_fixed(struct packet *p, struct cursor *c, unsigned subtype)
{
    switch (subtype) {
    case ASSOCIATION_REQUEST:
    case REASSOCIATION_REQUEST:
        put_capabilities(p, c);
        (void)put_uint_le(p, c, LISTEN, 2);
        if (subtype == REASSOCIATION_REQUEST)
            (void)put_bytes(p, c, CURRENT_AP, 6);
        break;
    case ASSOCIATION_RESPONSE:
    case REASSOCIATION_RESPONSE:
        put_response(p, c);
        break;
    case PROBE_RESPONSE:
    case BEACON:
        (void)put_uint_le(p, c, TIMESTAMP, 8);
        (void)put_uint_le(p, c, INTERVAL, 2);
        put_capabilities(p, c);
        break;
    case DISASSOCIATION:
    case DEAUTHENTICATION:
        (void)put_uint_le(p, c, REASON, 2);
        break;
    case AUTHENTICATION:
        put_authentication(p, c);
        break;
    default:
        break;
    }
}

/* Actions have fixed fields of so many kinds that of most only the first two are told. */
static void dissect_action(struct packet *p, struct cursor *c)
{
    uint32_t tree = tree_text(p, c, c->pos, cursor_left(c), "Fixed parameters");
    uint8_t category = put_u8(p, c, CATEGORY);
    (void)put_u8(p, c, ACTION);
    if (category == 3 || category == 5)
        (void)put_u8(p, c, TOKEN);
    tree_end(p, tree);
    cursor_skip(c, cursor_captured(c));
}

static void dissect(struct packet *p, struct cursor *c)
{
    unsigned subtype = p->radio.subtype;
    if (subtype == ACTION_FRAME || subtype == ACTION_NO_ACK) {
        dissect_action(p, c);
        return;
    }
    if (subtype != PROBE_REQUEST && subtype != ATIM) {
        put_mark(p, c, FIXED);
        uint32_t tree = tree_begin(p, FIXED);
        put_fixed(p, c, subtype);
        tree_end(p, tree);
    }
    put_tags(p, c);
}

static const char *const tables[] = {"wlan.element", NULL};
static const struct binding bindings[] = {{"wlan.management", 0}, {NULL, 0}};

const struct protocol proto_wlan_mgt = {.name = "wlan.mgt",
                                        .title = "IEEE 802.11 Wireless Management",
                                        .unnamed = true,
                                        FIELDS_OF_THIS_FILE,
                                        .tables = tables,
                                        .bindings = bindings,
                                        .dissect = dissect};
