/*
 * ppi, prism: two more headers before IEEE 802.11 frames. Numbers are little-endian.
 *
 *     PPI    | version 1 | flags 1 | length 2 | link type 4 | fields: | type 2 | length 2 | value
 * ... | Prism  | message 4 | length 4 | device 16 | items: | kind 4 | status 2 | length 2 | value 4
 * |
 *
 * Of PPI's fields the common one is told, type 2; the others are passed over.
 */
#include "dissect/packet.h"

static const struct value_name flag_names[] = {VALUE(0, "Absent"), VALUE(1, "Present"), VALUES_END};

#define FIELDS(X)                                                                                  \
    X(VERSION, "ppi.version", "Version", UINT8, DEC, 0, NULL)                                      \
    X(FLAGS, "ppi.flags", "Flags", UINT8, HEX, 0, NULL)                                            \
    X(LENGTH, "ppi.length", "Header length", UINT16, DEC, 0, NULL)                                 \
    X(DLT, "ppi.dlt", "DLT", UINT32, DEC, 0, NULL)                                                 \
    X(TSFT, "ppi.80211-common.tsft", "TSFT", UINT64, DEC, 0, NULL)                                 \
    X(COMMON, "ppi.80211-common.flags", "Flags", UINT16, HEX, 0, NULL)                             \
    X(HAS_FCS, "ppi.80211-common.flags.fcs", "FCS present flag", BOOLEAN, 16, 0x0001, flag_names)  \
    X(RATE, "ppi.80211-common.rate", "Data rate", UINT16, DEC, 0, NULL)                            \
    X(FREQUENCY, "ppi.80211-common.chan.freq", "Channel frequency", UINT16, DEC, 0, NULL)          \
    X(CHANNEL, "ppi.80211-common.chan.flags", "Channel flags", UINT16, HEX, 0, NULL)               \
    X(HOPSET, "ppi.80211-common.fhss.hopset", "FHSS hopset", UINT8, HEX, 0, NULL)                  \
    X(PATTERN, "ppi.80211-common.fhss.pattern", "FHSS pattern", UINT8, HEX, 0, NULL)               \
    X(SIGNAL, "ppi.80211-common.dbm.antsignal", "dBm antenna signal", INT8, DEC, 0, NULL)          \
    X(NOISE, "ppi.80211-common.dbm.antnoise", "dBm antenna noise", INT8, DEC, 0, NULL)

FIELD_TABLE(FIELDS);

enum { LINK_TABLE, FRAME_TABLE };
enum { LINK_80211 = 105, TYPE_COMMON = 2, FCS = 1, TSF_IN_MS = 2 };
enum { CCK = 0x20, OFDM = 0x40, GHZ5 = 0x100, DYNAMIC = 0x400 };

static uint8_t phy_of(uint32_t flags)
{
    if ((flags & DYNAMIC) != 0)
        return PHY_G;
    if ((flags & OFDM) != 0)
        return (flags & GHZ5) != 0 ? PHY_A : PHY_G;
    return (flags & CCK) != 0 ? PHY_B : PHY_UNKNOWN;
}

static void put_common(struct packet *p, struct cursor *c)
{
    struct radio *r = &p->radio;
    uint64_t tsf = put_uint_le(p, c, TSFT, 8);
    uint32_t at = c->pos, flags = (uint32_t)put_uint_le(p, c, COMMON, 2);
    put_bits(p, c, HAS_FCS, at, 2, flags);
    uint32_t rate = (uint32_t)put_uint_le(p, c, RATE, 2);
    uint32_t frequency = (uint32_t)put_uint_le(p, c, FREQUENCY, 2);
    uint32_t channel = (uint32_t)put_uint_le(p, c, CHANNEL, 2);
    (void)put_u8(p, c, HOPSET);
    (void)put_u8(p, c, PATTERN);
    int8_t signal = (int8_t)put_int_be(p, c, SIGNAL, 1);
    int8_t noise = (int8_t)put_int_be(p, c, NOISE, 1);
    if (c->fault != CURSOR_OK)
        return;
    r->fcs = (flags & FCS) != 0 ? 4 : 0;
    r->tsf = (flags & TSF_IN_MS) != 0 ? tsf * 1000 : tsf;
    r->rate = rate / 2.0;
    r->frequency = (uint16_t)frequency;
    r->signal_dbm = signal;
    r->noise_dbm = noise;
    r->phy = phy_of(channel);
    r->known |= (tsf != 0 ? RADIO_TSF : 0u) | (rate != 0 ? RADIO_RATE : 0u) |
                (frequency != 0 ? RADIO_FREQUENCY : 0u) |
                (signal != -128 && signal != 0 ? RADIO_SIGNAL_DBM : 0u) |
                (noise != -128 && noise != 0 ? RADIO_NOISE_DBM : 0u);
}

static void put_fields(struct packet *p, struct cursor *c)
{
    while (cursor_left(c) >= 4 && c->fault == CURSOR_OK) {
        const uint8_t *head = cursor_take(c, 4);
        if (head == NULL)
            return;
        struct cursor value = cursor_part(c, le16(head + 2));
        if (le16(head) == TYPE_COMMON)
            put_common(p, &value);
    }
}

static void dissect(struct packet *p, struct cursor *c)
{
    const uint8_t *head = cursor_peek(c, 0, 8);
    uint32_t length = head != NULL ? le16(head + 2) : 8;
    struct cursor header = cursor_part(c, length > 8 ? length : 8);
    title(p, "PPI version %u, %u bytes", head != NULL ? head[0] : 0u, length);
    (void)put_u8(p, &header, VERSION);
    (void)put_u8(p, &header, FLAGS);
    (void)put_uint_le(p, &header, LENGTH, 2);
    uint64_t dlt = put_uint_le(p, &header, DLT, 4);
    p->radio = (struct radio){.known = RADIO_HEADER};
    put_fields(p, &header);
    if (header.fault != CURSOR_OK) {
        c->fault = header.fault;
        return;
    }
    bool wlan = dlt == LINK_80211;
    if (!next(p, c, wlan ? FRAME_TABLE : LINK_TABLE, wlan ? 1 : dlt))
        next_data(p, c);
}

static const char *const tables[] = {"link_type", "wlan.frame", NULL};
static const struct binding bindings[] = {{"link_type", 192}, {NULL, 0}};

const struct protocol proto_ppi = {.name = "ppi",
                                   .title = "PPI Packet Header",
                                   .column = "PPI",
                                   FIELDS_OF_THIS_FILE,
                                   .tables = tables,
                                   .bindings = bindings,
                                   .dissect = dissect};

/* ---- Prism --------------------------------------------------------------------------------- */

static const struct field_def prism_fields[] = {
    {"prism.msgcode", "Message Code", LAMNA_UINT32, HEX, 0, NULL},
    {"prism.msglen", "Message Length", LAMNA_UINT32, DEC, 0, NULL},
    {"prism.devname", "Device Name", LAMNA_STRING, NONE, 0, NULL}};

enum { P_CODE, P_LENGTH, P_DEVICE };
enum { DEVICE_ROOM = 16, ITEM = 12, MIN_LENGTH = 24 };

/* One item, told to the layers after this one: a value is there if its status is 0. */
static void note_item(struct packet *p, const uint8_t *item)
{
    struct radio *r = &p->radio;
    uint32_t value = le32(item + 8);
    if (le16(item + 4) != 0)
        return;
    switch (le32(item) >> 12 & 15) {
    case 2:
        r->tsf = value;
        r->known |= RADIO_TSF;
        break;
    case 4:
        r->signal_dbm = (int8_t)value;
        r->known |= RADIO_SIGNAL_DBM;
        break;
    case 8:
        r->rate = value / 2.0;
        r->known |= value != 0 && value < 256 ? RADIO_RATE : 0u;
        r->phy = value == 2 || value == 4 || value == 11 || value == 22 ? PHY_B : PHY_G;
        break;
    default:
        break;
    }
}

static void dissect_prism(struct packet *p, struct cursor *c)
{
    const uint8_t *head = cursor_peek(c, 0, 8);
    uint32_t length = head != NULL ? le32(head + 4) : MIN_LENGTH;
    struct cursor header = cursor_part(c, length >= MIN_LENGTH ? length : MIN_LENGTH);
    (void)put_uint_le(p, &header, P_CODE, 4);
    (void)put_uint_le(p, &header, P_LENGTH, 4);
    const uint8_t *name = cursor_take(&header, DEVICE_ROOM);
    if (name != NULL)
        put_data(p, &header, P_DEVICE, header.pos - DEVICE_ROOM, DEVICE_ROOM, name,
                 strnlen((const char *)name, DEVICE_ROOM));
    p->radio = (struct radio){.known = RADIO_HEADER};
    while (cursor_left(&header) >= ITEM && header.fault == CURSOR_OK) {
        const uint8_t *item = cursor_take(&header, ITEM);
        if (item != NULL)
            note_item(p, item);
    }
    if (header.fault != CURSOR_OK) {
        c->fault = header.fault;
        return;
    }
    if (!next(p, c, 0, 1))
        next_data(p, c);
}

static const char *const prism_tables[] = {"wlan.frame", NULL};
static const struct binding prism_bindings[] = {{"link_type", 119}, {NULL, 0}};

const struct protocol proto_prism = {.name = "prism",
                                     .title = "Prism capture header",
                                     .column = "Prism",
                                     .fields = prism_fields,
                                     .field_count = sizeof prism_fields / sizeof prism_fields[0],
                                     .tables = prism_tables,
                                     .bindings = prism_bindings,
                                     .dissect = dissect_prism};
