/*
 * Elements of IEEE 802.11 management frames beyond the first ones (IEEE 802.11-2016, section 9.4.2), and of
 * vendors, which wlan_mgt hands over whole. Little-endian:
 *
 *     | number | length | value ...
 */
#include "dissect/packet.h"

#include "proto/wlan_elements.def"

FIELD_TABLE(WLAN_ELEMENT_FIELDS);

enum { OUI_ATHEROS = 0x00037f, OUI_AIRONET = 0x004096, OUI_EARLY_N = 0x00904c };
enum { EARLY_HT_CAPABILITIES = 51, EARLY_HT_INFORMATION = 52 };
enum { ATHEROS_ADVANCED = 1, ATHEROS_RANGE = 3 };

/* A number of n bytes, and `count` fields from `first` on, which are cut from it. */
static void put_group(struct packet *p, struct cursor *c, unsigned field, unsigned first,
                      unsigned count, uint32_t n)
{
    uint32_t at = c->pos;
    uint64_t bits = put_uint_le(p, c, field, n);
    uint32_t tree = tree_begin(p, field);
    if (c->fault == CURSOR_OK)
        put_flags(p, c, first, count, at, n, bits);
    tree_end(p, tree);
}

/* ---- High throughput (9.4.2.56, 9.4.2.57) ------------------------------------------------------ */

/* Which modulations can be received: a bit for each, 77 in all; and what is sent. */
static void put_modulations(struct packet *p, struct cursor *c, unsigned field)
{
    const uint8_t *b = cursor_peek(c, 0, 16);
    uint32_t at = c->pos;
    put_data(p, c, field, at, 16, NULL, 0);
    uint32_t tree = tree_begin(p, field);
    put_data(p, c, MCS_RX, at, 10, NULL, 0);
    uint32_t branch = tree_begin(p, MCS_RX);
    if (b != NULL) {
        put_flags(p, c, MCS_RX_0TO7, 4, at, 4, le32(b));
        put_flags(p, c, MCS_RX_32, 3, at + 4, 4, le32(b + 4));
        put_flags(p, c, MCS_RX_53TO76, 1, at + 6, 4, le32(b + 6));
    }
    tree_end(p, branch);
    if (b != NULL) {
        put_bits(p, c, MCS_RATE, at + 10, 2, le16(b + 10));
        put_flags(p, c, MCS_TXSETDEFINED, 4, at + 12, 1, b[12]);
    }
    cursor_skip(c, 16);
    tree_end(p, tree);
}

/* Before there was a standard, they came in an element of a vendor's, and their groups have other names. */
static void put_ht_capabilities(struct packet *p, struct cursor *c, bool early)
{
    put_group(p, c, early ? EARLY_CAPABILITIES : HT_CAPABILITIES, HT_CAPABILITIES_LDPCCODING,
              HT_CAPABILITIES_LSIG - HT_CAPABILITIES, 2);
    put_group(p, c, early ? EARLY_AMPDU : HT_AMPDUPARAM, HT_AMPDUPARAM_MAXLENGTH,
              HT_AMPDUPARAM_RESERVED - HT_AMPDUPARAM, 1);
    put_modulations(p, c, early ? EARLY_MCS : MCS);
    put_group(p, c, early ? EARLY_HTEX : HTEX_CAPABILITIES, HTEX_CAPABILITIES_PCO,
              HTEX_CAPABILITIES_RDRESPONDER - HTEX_CAPABILITIES, 2);
    put_group(p, c, early ? EARLY_TXBF : TXBF, TXBF_TXBF, TXBF_RESERVED - TXBF, 4);
    put_group(p, c, early ? EARLY_ASEL : ASEL, ASEL_CAPABLE, ASEL_RESERVED - ASEL, 1);
}

static void dissect_ht_capabilities(struct packet *p, struct cursor *c)
{
    put_ht_capabilities(p, c, false);
}

static void dissect_ht_information(struct packet *p, struct cursor *c)
{
    (void)put_u8(p, c, HT_CHANNEL);
    put_group(p, c, HT_INFO1, HT_INFO1 + 1, HT_RESERVED_B4_B7 - HT_INFO1, 1);
    put_group(p, c, HT_INFO2, HT_INFO2 + 1, HT_RESERVED_B21_B23 - HT_INFO2, 2);
    put_group(p, c, HT_INFO3, HT_INFO3 + 1, HT_RESERVED_B36_B39 - HT_INFO3, 2);
    put_modulations(p, c, MCS);
}

/* ---- Others ------------------------------------------------------------------------------------ */

/* 9.4.2.27: an octet at a time, as many as there are; but the eighth and the ninth share a field. */
static void dissect_extended(struct packet *p, struct cursor *c)
{
    static const struct {
        unsigned first, count;
    } octets[] = {{EXTCAP_B0, 8},  {EXTCAP_B8, 8},  {EXTCAP_B16, 8}, {EXTCAP_B24, 8},
                  {EXTCAP_B32, 8}, {EXTCAP_B40, 6}, {EXTCAP_B48, 8}, {EXTCAP_B56, 8},
                  {EXTCAP_B65, 7}, {EXTCAP_B72, 8}};
    for (unsigned i = 0; cursor_left(c) > 0; i++) {
        bool both = i == 7 && cursor_left(c) > 1;
        uint32_t n = both ? 2 : 1;
        uint64_t bits = put_uint_le(p, c, EXTCAP, n);
        uint32_t tree = tree_begin(p, EXTCAP);
        if (both) {
            put_flags(p, c, EXTCAP_B56, 7, c->pos - n, n, bits);
            put_flags(p, c, EXTCAP_B63_AND_64, 8, c->pos - n, n, bits);
            i++;
        } else if (i < sizeof octets / sizeof *octets) {
            put_flags(p, c, octets[i].first, octets[i].count, c->pos - 1, 1, bits);
        }
        tree_end(p, tree);
    }
}

static void dissect_channels(struct packet *p, struct cursor *c)
{
    while (cursor_left(c) >= 2) {
        put_data(p, c, SUPPORTED, c->pos, 2, NULL, 0);
        uint32_t tree = tree_begin(p, SUPPORTED);
        (void)put_u8(p, c, SUPPORTED_FIRST);
        (void)put_u8(p, c, SUPPORTED_RANGE);
        tree_end(p, tree);
    }
}

/* Four bytes in the first version, which was never a standard; five in the second. */
static void dissect_load(struct packet *p, struct cursor *c)
{
    uint32_t n = cursor_left(c);
    if (n != 5)
        return;
    put_uint(p, c, QBSS_VERSION, c->pos, n, 2);
    (void)put_uint_le(p, c, QBSS_STATIONS, 2);
    (void)put_u8(p, c, QBSS_USE);
    (void)put_uint_le(p, c, QBSS_ROOM, 2);
}

static void dissect_classes(struct packet *p, struct cursor *c)
{
    (void)put_u8(p, c, CLASS);
}

static void dissect_idle(struct packet *p, struct cursor *c)
{
    (void)put_uint_le(p, c, IDLE, 2);
    uint8_t options = cursor_u8(c);
    if (c->fault == CURSOR_OK)
        put_bits(p, c, IDLE_PROTECTED, c->pos - 1, 1, options);
}

/* ---- Vendors ----------------------------------------------------------------------------------- */

static void put_atheros_capabilities(struct packet *p, struct cursor *c, unsigned field)
{
    uint8_t bits = put_u8(p, c, field);
    uint32_t tree = tree_begin(p, field);
    if (c->fault == CURSOR_OK)
        put_flags(p, c, CAN_TURBOP, 8, c->pos - 1, 1, bits);
    tree_end(p, tree);
}

static void dissect_atheros(struct packet *p, struct cursor *c)
{
    uint8_t type = put_u8(p, c, ATHEROS_TYPE);
    (void)put_u8(p, c, ATHEROS_SUBTYPE);
    (void)put_u8(p, c, ATHEROS_VERSION);
    if (type == ATHEROS_ADVANCED) {
        put_atheros_capabilities(p, c, ATHEROS_CAPABILITIES);
        (void)put_uint_le(p, c, ATHEROS_KEY, 2);
    } else if (type == ATHEROS_RANGE) {
        (void)put_u8(p, c, XR_INFO);
        (void)put_bytes(p, c, XR_BASE, 6);
        (void)put_bytes(p, c, XR_BSS, 6);
        (void)put_uint_le(p, c, XR_INTERVAL, 2);
        put_atheros_capabilities(p, c, XR_BASE_CAPABILITIES);
        put_atheros_capabilities(p, c, XR_CAPABILITIES);
    }
    if (cursor_left(c) > 0)
        (void)put_bytes(p, c, ATHEROS_DATA, cursor_left(c));
}

static void dissect_aironet(struct packet *p, struct cursor *c)
{
    uint8_t type = put_u8(p, c, AIRONET_TYPE);
    const char *known = value_name_find(aironet_type_names, type);
    if (known == NULL && cursor_left(c) > 0)
        (void)put_bytes(p, c, AIRONET_DATA, cursor_left(c));
}

static void dissect_early(struct packet *p, struct cursor *c)
{
    uint8_t type = put_u8(p, c, EARLY_TYPE);
    if (type == EARLY_HT_CAPABILITIES)
        put_ht_capabilities(p, c, true);
    else if (type == EARLY_HT_INFORMATION)
        dissect_ht_information(p, c);
    else if (cursor_left(c) > 0)
        (void)put_bytes(p, c, EARLY_DATA, cursor_left(c));
}

static void dissect_vendor(struct packet *p, struct cursor *c)
{
    const uint8_t *oui = cursor_take(c, 3);
    if (oui != NULL && be24(oui) == OUI_ATHEROS)
        dissect_atheros(p, c);
    else if (oui != NULL && be24(oui) == OUI_AIRONET)
        dissect_aironet(p, c);
    else if (oui != NULL && be24(oui) == OUI_EARLY_N)
        dissect_early(p, c);
}

/* By number; an element that is shorter than it must be says nothing. */
static const struct {
    uint8_t number, shortest;
    void (*dissect)(struct packet *p, struct cursor *c);
} elements[] = {
    {11, 5, dissect_load},      {36, 2, dissect_channels},        {45, 26, dissect_ht_capabilities},
    {59, 1, dissect_classes},   {61, 22, dissect_ht_information}, {90, 3, dissect_idle},
    {127, 1, dissect_extended}, {221, 4, dissect_vendor},
};

/* A whole element, with its number and length. */
static void dissect(struct packet *p, struct cursor *c)
{
    uint8_t number = cursor_u8(c);
    cursor_skip(c, 1);
    for (size_t i = 0; i < sizeof elements / sizeof *elements; i++) {
        if (elements[i].number == number && cursor_left(c) >= elements[i].shortest)
            elements[i].dissect(p, c);
    }
    if (c->fault == CURSOR_MALFORMED) /* the next one is where its length says */
        c->fault = CURSOR_OK;
}

static const struct binding bindings[] = {{"wlan.element", 0}, {NULL, 0}};

const struct protocol proto_wlan_elements = {.name = "wlan",
                                             .title = "IEEE 802.11 element",
                                             .bare = true,
                                             .unnamed = true,
                                             FIELDS_OF_THIS_FILE,
                                             .bindings = bindings,
                                             .dissect = dissect};
