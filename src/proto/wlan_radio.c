/*
 * wlan_radio: what is known of a frame's reception, whatever header told it, and how long the frame
 * took on the air. It has no bytes of its own.
 */
#include "dissect/packet.h"

static const struct value_name phy_names[] = {
    VALUE(1, "802.11 FHSS"),       VALUE(2, "802.11 IR"),      VALUE(3, "802.11 DSSS"),
    VALUE(4, "802.11b (HR/DSSS)"), VALUE(5, "802.11a (OFDM)"), VALUE(6, "802.11g (ERP)"),
    VALUE(7, "802.11n (HT)"),      VALUE(8, "802.11ac (VHT)"), VALUE(9, "802.11ad (DMG)"),
    VALUE(10, "802.11ah (S1G)"),   VALUE(11, "802.11ax (HE)"), VALUES_END};
static const struct value_name mode_names[] = {VALUE(0, "None"), VALUE(1, "Super G"), VALUES_END};
static const struct value_name bandwidth_names[] = {VALUE(0, "20 MHz"), VALUE(1, "40 MHz"),
                                                    VALUE(2, "20 MHz + 20 MHz lower"),
                                                    VALUE(3, "20 MHz + 20 MHz upper"), VALUES_END};
static const struct value_name fec_names[] = {VALUE(0, "BEC"), VALUE(1, "LDPC"), VALUES_END};

#define FIELDS(X)                                                                                  \
    X(PHY, "wlan_radio.phy", "PHY type", UINT32, DEC, 0, phy_names)                                \
    X(MODE, "wlan_radio.11g.mode", "Proprietary mode", UINT32, DEC, 0, mode_names)                 \
    X(MCS_INDEX, "wlan_radio.11n.mcs_index", "MCS index", UINT32, DEC, 0, NULL)                    \
    X(BANDWIDTH, "wlan_radio.11n.bandwidth", "Bandwidth", UINT32, DEC, 0, bandwidth_names)         \
    X(SHORT_GI, "wlan_radio.11n.short_gi", "Short GI", BOOLEAN, NONE, 0, NULL)                     \
    X(GREENFIELD, "wlan_radio.11n.greenfield", "Greenfield", BOOLEAN, NONE, 0, NULL)               \
    X(FEC, "wlan_radio.11n.fec", "FEC", UINT32, DEC, 0, fec_names)                                 \
    X(STBC, "wlan_radio.11n.stbc_streams", "Number of STBC streams", UINT32, DEC, 0, NULL)         \
    X(NESS, "wlan_radio.11n.ness", "Number of extension spatial streams", UINT32, DEC, 0, NULL)    \
    X(RATE, "wlan_radio.data_rate", "Data rate", FLOAT, NONE, 0, NULL)                             \
    X(CHANNEL, "wlan_radio.channel", "Channel", UINT32, DEC, 0, NULL)                              \
    X(FREQUENCY, "wlan_radio.frequency", "Frequency", UINT16, DEC, 0, NULL)                        \
    X(SHORT_PREAMBLE, "wlan_radio.short_preamble", "Short preamble", BOOLEAN, NONE, 0, NULL)       \
    X(SIGNAL_DB, "wlan_radio.signal_db", "Signal strength (dB)", UINT8, DEC, 0, NULL)              \
    X(SIGNAL_DBM, "wlan_radio.signal_dbm", "Signal strength (dBm)", INT8, DEC, 0, NULL)            \
    X(NOISE_DB, "wlan_radio.noise_db", "Noise level (dB)", UINT8, DEC, 0, NULL)                    \
    X(NOISE_DBM, "wlan_radio.noise_dbm", "Noise level (dBm)", INT8, DEC, 0, NULL)                  \
    X(SNR, "wlan_radio.snr", "Signal/noise ratio (dB)", INT32, DEC, 0, NULL)                       \
    X(TIMESTAMP, "wlan_radio.timestamp", "TSF timestamp", UINT64, DEC, 0, NULL)                    \
    X(DURATION, "wlan_radio.duration", "Duration", UINT32, DEC | GENERATED, 0, NULL)               \
    X(PREAMBLE, "wlan_radio.preamble", "Preamble", UINT32, DEC | GENERATED, 0, NULL)               \
    X(START, "wlan_radio.start_tsf", "Start", UINT64, DEC | GENERATED, 0, NULL)                    \
    X(END, "wlan_radio.end_tsf", "End", UINT64, DEC | GENERATED, 0, NULL)                          \
    X(ASSUMED_SHORT, "wlan_radio.assumed.short_preamble",                                          \
      "No preamble length information was "                                                        \
      "available, assuming short preamble.",                                                       \
      NONE, NONE, 0, NULL)

FIELD_TABLE(FIELDS);

enum { FRAME_TABLE };

static bool known(const struct packet *p, uint32_t what)
{
    return (p->radio.known & what) != 0;
}

/* Rates that only the modulation of IEEE 802.11b has: 1, 2, 5.5 and 11 Mb/s. */
static bool is_cck(double rate)
{
    unsigned half = (unsigned)(2 * rate); /* in 500 kb/s */
    return half == 2 || half == 4 || half == 11 || half == 22;
}

/* IEEE 802.11-2020, annex E; 0: none. */
static uint32_t channel_of(uint32_t mhz)
{
    if (mhz == 2484)
        return 14;
    if (mhz >= 2412 && mhz <= 2472)
        return (mhz - 2407) / 5;
    if (mhz >= 5000 && mhz <= 5925)
        return (mhz - 5000) / 5;
    return mhz > 5950 && mhz <= 7125 ? (mhz - 5950) / 5 : 0;
}

static void put_modulation(struct packet *p, const struct cursor *c)
{
    const struct radio *r = &p->radio;
    if (r->phy != PHY_UNKNOWN)
        put_uint(p, c, PHY, c->pos, 0, r->phy);
    bool cck = known(p, RADIO_RATE) && is_cck(r->rate);
    if (known(p, RADIO_PREAMBLE) && (r->phy == PHY_B || (r->phy == PHY_G && cck)))
        put_uint(p, c, SHORT_PREAMBLE, c->pos, 0, r->short_preamble);
    if (r->phy == PHY_G)
        put_uint(p, c, MODE, c->pos, 0, 0);
    if (r->phy != PHY_N)
        return;
    const struct {
        uint32_t bit;
        unsigned field;
        uint8_t value;
    } parts[] = {{RADIO_MCS_INDEX, MCS_INDEX, r->mcs_index},
                 {RADIO_BANDWIDTH, BANDWIDTH, r->bandwidth},
                 {RADIO_SHORT_GI, SHORT_GI, r->short_gi},
                 {RADIO_FORMAT, GREENFIELD, r->greenfield},
                 {RADIO_FEC, FEC, r->ldpc},
                 {RADIO_STBC, STBC, r->stbc},
                 {RADIO_NESS, NESS, r->ness}};
    for (unsigned i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        if (known(p, parts[i].bit))
            put_uint(p, c, parts[i].field, c->pos, 0, parts[i].value);
    }
}

static void put_reception(struct packet *p, const struct cursor *c)
{
    const struct radio *r = &p->radio;
    uint32_t at = c->pos;
    if (known(p, RADIO_RATE))
        put_double(p, c, RATE, at, 0, r->rate);
    if (known(p, RADIO_FREQUENCY)) {
        uint32_t channel = channel_of(r->frequency);
        if (channel != 0)
            put_uint(p, c, CHANNEL, at, 0, channel);
        put_uint(p, c, FREQUENCY, at, 0, r->frequency);
    }
    if (known(p, RADIO_SIGNAL_DB))
        put_uint(p, c, SIGNAL_DB, at, 0, r->signal_db);
    if (known(p, RADIO_SIGNAL_DBM))
        put_uint(p, c, SIGNAL_DBM, at, 0, (uint64_t)(int64_t)r->signal_dbm);
    if (known(p, RADIO_NOISE_DB))
        put_uint(p, c, NOISE_DB, at, 0, r->noise_db);
    if (known(p, RADIO_NOISE_DBM)) {
        put_uint(p, c, NOISE_DBM, at, 0, (uint64_t)(int64_t)r->noise_dbm);
        if (known(p, RADIO_SIGNAL_DBM))
            put_uint(p, c, SNR, at, 0, (uint64_t)(int64_t)(r->signal_dbm - r->noise_dbm));
    }
    if (known(p, RADIO_TSF))
        put_uint(p, c, TIMESTAMP, at, 0, r->tsf);
}

/* Microseconds that the preamble and the frame's bits take, for the two older kinds of modulation
 * (IEEE 802.11-2020, 16.3.4 and 17.4.3). */
static uint32_t duration_of(const struct packet *p, uint32_t bytes, uint32_t *preamble)
{
    const struct radio *r = &p->radio;
    uint32_t bits = 8 * bytes, half = (uint32_t)(2 * r->rate); /* in 500 kb/s */
    if (half == 0)
        half = 1;
    if (is_cck(r->rate)) {
        *preamble = known(p, RADIO_PREAMBLE) && !r->short_preamble ? 192 : 96;
        return *preamble + (2 * bits + half - 1) / half;
    }
    uint32_t symbol = half * 2; /* bits in 4 us */
    *preamble = 20;
    return *preamble + 4 * ((16 + bits + 6 + symbol - 1) / symbol);
}

/* The same for IEEE 802.11n in its mixed format: a training field for each stream, but four for
 * three of them, and symbols of 4 us or, with a short guard interval, of 3.6 (19.4.3). */
static uint32_t ht_duration_of(const struct packet *p, uint32_t bytes, uint32_t *preamble)
{
    const struct radio *r = &p->radio;
    uint32_t streams = r->mcs_index / 8u + 1, tenths = r->short_gi ? 36 : 40;
    uint32_t symbol = (uint32_t)(r->rate * tenths / 10 + 0.5); /* bits in it */
    *preamble = 32 + 4 * (streams == 3 ? 4 : streams);
    uint32_t symbols = (16 + 8 * bytes + 6 + symbol - 1) / (symbol > 0 ? symbol : 1);
    return *preamble + (symbols * tenths + 9) / 10;
}

static void put_duration(struct packet *p, const struct cursor *c)
{
    const struct radio *r = &p->radio;
    bool old = r->phy == PHY_B || r->phy == PHY_G || r->phy == PHY_A;
    bool ht = r->phy == PHY_N && r->greenfield == 0 && r->mcs_index < 32;
    if ((!old && !ht) || !known(p, RADIO_RATE) || cursor_left(c) > UINT16_MAX)
        return;
    uint32_t at = c->pos, preamble, bytes = cursor_left(c);
    uint32_t duration = ht ? ht_duration_of(p, bytes, &preamble) : duration_of(p, bytes, &preamble);
    put_uint(p, c, DURATION, at, 0, duration);
    uint32_t tree = tree_begin(p, DURATION);
    if (!ht && is_cck(r->rate) && !known(p, RADIO_PREAMBLE))
        put_mark(p, c, ASSUMED_SHORT);
    put_uint(p, c, PREAMBLE, at, 0, preamble);
    if (known(p, RADIO_TSF)) {
        put_uint(p, c, START, at, 0, r->tsf - duration);
        put_uint(p, c, END, at, 0, r->tsf);
    }
    tree_end(p, tree);
}

static void dissect(struct packet *p, struct cursor *c)
{
    put_modulation(p, c);
    put_reception(p, c);
    put_duration(p, c);
    if (!next(p, c, FRAME_TABLE, 0))
        next_data(p, c);
}

static const char *const tables[] = {"wlan.frame", NULL};
static const struct binding bindings[] = {{"wlan.frame", 1}, {NULL, 0}};

const struct protocol proto_wlan_radio = {.name = "wlan_radio",
                                          .title = "802.11 radio information",
                                          .column = "802.11 RADIO",
                                          FIELDS_OF_THIS_FILE,
                                          .tables = tables,
                                          .bindings = bindings,
                                          .dissect = dissect};
