/*
 * radiotap: what the radio said of an IEEE 802.11 frame (www.radiotap.org). Numbers are
 * little-endian.
 *
 *     | version 1 | pad 1 | length 2 | present 4, more while its bit 31 is set | fields ... |
 *
 * Bit n of a present word says that field n follows, at its natural alignment, counted from the
 * header's start. Bit 29 begins the field numbers anew in the next word, bit 30 lets a vendor
 * define them.
 */
#include "dissect/packet.h"

static const struct value_name present_names[] = {VALUE(0, "Absent"), VALUE(1, "Present"),
                                                  VALUES_END};
static const struct value_name preamble_names[] = {VALUE(0, "Long"), VALUE(1, "Short"), VALUES_END};
static const struct value_name bandwidth_names[] = {VALUE(0, "20 MHz"), VALUE(1, "40 MHz"),
                                                    VALUE(2, "20 MHz lower"),
                                                    VALUE(3, "20 MHz upper"), VALUES_END};
static const struct value_name guard_names[] = {VALUE(0, "long"), VALUE(1, "short"), VALUES_END};
static const struct value_name format_names[] = {VALUE(0, "mixed"), VALUE(1, "greenfield"),
                                                 VALUES_END};
static const struct value_name fec_names[] = {VALUE(0, "BCC"), VALUE(1, "LDPC"), VALUES_END};

/* put_flags() counts on the order of fields with masks, put_present() on that of PRESENT_TSFT and
 * on. */
#define FIELDS(X)                                                                                  \
    X(VERSION, "radiotap.version", "Header revision", UINT8, DEC, 0, NULL)                         \
    X(PAD, "radiotap.pad", "Header pad", UINT8, DEC, 0, NULL)                                      \
    X(LENGTH, "radiotap.length", "Header length", UINT16, DEC, 0, NULL)                            \
    X(PRESENT, "radiotap.present", "Present flags", NONE, NONE, 0, NULL)                           \
    X(PRESENT_WORD, "radiotap.present.word", "Present flags word", UINT32, HEX, 0, NULL)           \
    X(PRESENT_TSFT, "radiotap.present.tsft", "TSFT", BOOLEAN, 32, 0x1, present_names)              \
    X(PRESENT_FLAGS, "radiotap.present.flags", "Flags", BOOLEAN, 32, 0x2, present_names)           \
    X(PRESENT_RATE, "radiotap.present.rate", "Rate", BOOLEAN, 32, 0x4, present_names)              \
    X(PRESENT_CHANNEL, "radiotap.present.channel", "Channel", BOOLEAN, 32, 0x8, present_names)     \
    X(PRESENT_FHSS, "radiotap.present.fhss", "FHSS", BOOLEAN, 32, 0x10, present_names)             \
    X(PRESENT_DBM_ANTSIGNAL, "radiotap.present.dbm_antsignal", "dBm Antenna Signal", BOOLEAN, 32,  \
      0x20, present_names)                                                                         \
    X(PRESENT_DBM_ANTNOISE, "radiotap.present.dbm_antnoise", "dBm Antenna Noise", BOOLEAN, 32,     \
      0x40, present_names)                                                                         \
    X(PRESENT_LOCK_QUALITY, "radiotap.present.lock_quality", "Lock Quality", BOOLEAN, 32, 0x80,    \
      present_names)                                                                               \
    X(PRESENT_TX_ATTENUATION, "radiotap.present.tx_attenuation", "TX Attenuation", BOOLEAN, 32,    \
      0x100, present_names)                                                                        \
    X(PRESENT_DB_TX_ATTENUATION, "radiotap.present.db_tx_attenuation", "dB TX Attenuation",        \
      BOOLEAN, 32, 0x200, present_names)                                                           \
    X(PRESENT_DBM_TX_POWER, "radiotap.present.dbm_tx_power", "dBm TX Power", BOOLEAN, 32, 0x400,   \
      present_names)                                                                               \
    X(PRESENT_ANTENNA, "radiotap.present.antenna", "Antenna", BOOLEAN, 32, 0x800, present_names)   \
    X(PRESENT_DB_ANTSIGNAL, "radiotap.present.db_antsignal", "dB Antenna Signal", BOOLEAN, 32,     \
      0x1000, present_names)                                                                       \
    X(PRESENT_DB_ANTNOISE, "radiotap.present.db_antnoise", "dB Antenna Noise", BOOLEAN, 32,        \
      0x2000, present_names)                                                                       \
    X(PRESENT_RXFLAGS, "radiotap.present.rxflags", "RX flags", BOOLEAN, 32, 0x4000, present_names) \
    X(PRESENT_TXFLAGS, "radiotap.present.txflags", "TX flags", BOOLEAN, 32, 0x8000, present_names) \
    X(PRESENT_DATA_RETRIES, "radiotap.present.data_retries", "data retries", BOOLEAN, 32, 0x20000, \
      present_names)                                                                               \
    X(PRESENT_XCHANNEL, "radiotap.present.xchannel", "Channel+", BOOLEAN, 32, 0x40000,             \
      present_names)                                                                               \
    X(PRESENT_MCS, "radiotap.present.mcs", "MCS information", BOOLEAN, 32, 0x80000, present_names) \
    X(PRESENT_AMPDU, "radiotap.present.ampdu", "A-MPDU Status", BOOLEAN, 32, 0x100000,             \
      present_names)                                                                               \
    X(PRESENT_VHT, "radiotap.present.vht", "VHT information", BOOLEAN, 32, 0x200000,               \
      present_names)                                                                               \
    X(PRESENT_TIMESTAMP, "radiotap.present.timestamp", "frame timestamp", BOOLEAN, 32, 0x400000,   \
      present_names)                                                                               \
    X(PRESENT_HE, "radiotap.present.he", "HE information", BOOLEAN, 32, 0x800000, present_names)   \
    X(PRESENT_HE_MU, "radiotap.present.he_mu", "HE-MU information", BOOLEAN, 32, 0x1000000,        \
      present_names)                                                                               \
    X(PRESENT_0_LENGTH_PSDU, "radiotap.present.0_length.psdu", "0 Length PSDU", BOOLEAN, 32,       \
      0x4000000, present_names)                                                                    \
    X(PRESENT_L_SIG, "radiotap.present.l_sig", "L-SIG", BOOLEAN, 32, 0x8000000, present_names)     \
    X(PRESENT_TLV, "radiotap.present.tlv", "TLVs", BOOLEAN, 32, 0x10000000, present_names)         \
    X(PRESENT_RTAP_NS, "radiotap.present.rtap_ns", "Radiotap NS next", BOOLEAN, 32, 0x20000000,    \
      NULL)                                                                                        \
    X(PRESENT_VENDOR_NS, "radiotap.present.vendor_ns", "Vendor NS next", BOOLEAN, 32, 0x40000000,  \
      NULL)                                                                                        \
    X(PRESENT_EXT, "radiotap.present.ext", "Ext", BOOLEAN, 32, 0x80000000, present_names)          \
    X(MACTIME, "radiotap.mactime", "MAC timestamp", UINT64, DEC, 0, NULL)                          \
    X(FLAGS, "radiotap.flags", "Flags", UINT8, HEX, 0, NULL)                                       \
    X(FLAGS_CFP, "radiotap.flags.cfp", "CFP", BOOLEAN, 8, 0x1, NULL)                               \
    X(FLAGS_PREAMBLE, "radiotap.flags.preamble", "Preamble", BOOLEAN, 8, 0x2, preamble_names)      \
    X(FLAGS_WEP, "radiotap.flags.wep", "WEP", BOOLEAN, 8, 0x4, NULL)                               \
    X(FLAGS_FRAG, "radiotap.flags.frag", "Fragmentation", BOOLEAN, 8, 0x8, NULL)                   \
    X(FLAGS_FCS, "radiotap.flags.fcs", "FCS at end", BOOLEAN, 8, 0x10, NULL)                       \
    X(FLAGS_DATAPAD, "radiotap.flags.datapad", "Data Pad", BOOLEAN, 8, 0x20, NULL)                 \
    X(FLAGS_BADFCS, "radiotap.flags.badfcs", "Bad FCS", BOOLEAN, 8, 0x40, NULL)                    \
    X(FLAGS_SHORTGI, "radiotap.flags.shortgi", "Short GI", BOOLEAN, 8, 0x80, NULL)                 \
    X(DATARATE, "radiotap.datarate", "Data rate (Mb/s)", FLOAT, NONE, 0, NULL)                     \
    X(CHANNEL_FREQ, "radiotap.channel.freq", "Channel frequency", UINT32, DEC, 0, NULL)            \
    X(CHANNEL_FLAGS, "radiotap.channel.flags", "Channel flags", UINT16, HEX, 0, NULL)              \
    X(CHANNEL_FLAGS_700MHZ, "radiotap.channel.flags.700mhz", "700 MHz spectrum", BOOLEAN, 16, 0x1, \
      NULL)                                                                                        \
    X(CHANNEL_FLAGS_800MHZ, "radiotap.channel.flags.800mhz", "800 MHz spectrum", BOOLEAN, 16, 0x2, \
      NULL)                                                                                        \
    X(CHANNEL_FLAGS_900MHZ, "radiotap.channel.flags.900mhz", "900 MHz spectrum", BOOLEAN, 16, 0x4, \
      NULL)                                                                                        \
    X(CHANNEL_FLAGS_TURBO, "radiotap.channel.flags.turbo", "Turbo", BOOLEAN, 16, 0x10, NULL)       \
    X(CHANNEL_FLAGS_CCK, "radiotap.channel.flags.cck", "Complementary Code Keying (CCK)", BOOLEAN, \
      16, 0x20, NULL)                                                                              \
    X(CHANNEL_FLAGS_OFDM, "radiotap.channel.flags.ofdm",                                           \
      "Orthogonal Frequency-Division Multiplexing (OFDM)", BOOLEAN, 16, 0x40, NULL)                \
    X(CHANNEL_FLAGS_2GHZ, "radiotap.channel.flags.2ghz", "2 GHz spectrum", BOOLEAN, 16, 0x80,      \
      NULL)                                                                                        \
    X(CHANNEL_FLAGS_5GHZ, "radiotap.channel.flags.5ghz", "5 GHz spectrum", BOOLEAN, 16, 0x100,     \
      NULL)                                                                                        \
    X(CHANNEL_FLAGS_PASSIVE, "radiotap.channel.flags.passive", "Passive", BOOLEAN, 16, 0x200,      \
      NULL)                                                                                        \
    X(CHANNEL_FLAGS_DYNAMIC, "radiotap.channel.flags.dynamic", "Dynamic CCK-OFDM", BOOLEAN, 16,    \
      0x400, NULL)                                                                                 \
    X(CHANNEL_FLAGS_GFSK, "radiotap.channel.flags.gfsk", "Gaussian Frequency Shift Keying (GFSK)", \
      BOOLEAN, 16, 0x800, NULL)                                                                    \
    X(CHANNEL_FLAGS_GSM, "radiotap.channel.flags.gsm", "GSM (900MHz)", BOOLEAN, 16, 0x1000, NULL)  \
    X(CHANNEL_FLAGS_STURBO, "radiotap.channel.flags.sturbo", "Static Turbo", BOOLEAN, 16, 0x2000,  \
      NULL)                                                                                        \
    X(CHANNEL_FLAGS_HALF, "radiotap.channel.flags.half",                                           \
      "Half Rate Channel (10MHz Channel Width)", BOOLEAN, 16, 0x4000, NULL)                        \
    X(CHANNEL_FLAGS_QUARTER, "radiotap.channel.flags.quarter",                                     \
      "Quarter Rate Channel (5MHz Channel Width)", BOOLEAN, 16, 0x8000, NULL)                      \
    X(FHSS_HOPSET, "radiotap.fhss.hopset", "FHSS Hop Set", UINT8, DEC, 0, NULL)                    \
    X(FHSS_PATTERN, "radiotap.fhss.pattern", "FHSS Pattern", UINT8, DEC, 0, NULL)                  \
    X(DBM_ANTSIGNAL, "radiotap.dbm_antsignal", "Antenna signal", INT8, DEC, 0, NULL)               \
    X(DBM_ANTNOISE, "radiotap.dbm_antnoise", "Antenna noise", INT8, DEC, 0, NULL)                  \
    X(QUALITY, "radiotap.quality", "Signal Quality", UINT16, DEC, 0, NULL)                         \
    X(TXATTENUATION, "radiotap.txattenuation", "TX attenuation", UINT16, DEC, 0, NULL)             \
    X(DB_TXATTENUATION, "radiotap.db_txattenuation", "dB TX attenuation", UINT16, DEC, 0, NULL)    \
    X(TXPOWER, "radiotap.txpower", "Transmit power", INT8, DEC, 0, NULL)                           \
    X(ANTENNA, "radiotap.antenna", "Antenna", UINT32, DEC, 0, NULL)                                \
    X(DB_ANTSIGNAL, "radiotap.db_antsignal", "dB antenna signal", UINT8, DEC, 0, NULL)             \
    X(DB_ANTNOISE, "radiotap.db_antnoise", "dB antenna noise", UINT8, DEC, 0, NULL)                \
    X(RXFLAGS, "radiotap.rxflags", "RX flags", UINT16, HEX, 0, NULL)                               \
    X(RXFLAGS_BADPLCP, "radiotap.rxflags.badplcp", "Bad PLCP", BOOLEAN, 24, 0x2, NULL)             \
    X(TXFLAGS, "radiotap.txflags", "TX flags", UINT16, HEX, 0, NULL)                               \
    X(DATA_RETRIES, "radiotap.data_retries", "data retries", UINT8, DEC, 0, NULL)                  \
    X(XCHANNEL_FLAGS, "radiotap.xchannel.flags", "Channel flags", UINT32, HEX, 0, NULL)            \
    X(XCHANNEL_FLAGS_TURBO, "radiotap.xchannel.flags.turbo", "Turbo", BOOLEAN, 24, 0x10, NULL)     \
    X(XCHANNEL_FLAGS_CCK, "radiotap.xchannel.flags.cck", "Complementary Code Keying (CCK)",        \
      BOOLEAN, 24, 0x20, NULL)                                                                     \
    X(XCHANNEL_FLAGS_OFDM, "radiotap.xchannel.flags.ofdm",                                         \
      "Orthogonal Frequency-Division Multiplexing (OFDM)", BOOLEAN, 24, 0x40, NULL)                \
    X(XCHANNEL_FLAGS_2GHZ, "radiotap.xchannel.flags.2ghz", "2 GHz spectrum", BOOLEAN, 24, 0x80,    \
      NULL)                                                                                        \
    X(XCHANNEL_FLAGS_5GHZ, "radiotap.xchannel.flags.5ghz", "5 GHz spectrum", BOOLEAN, 24, 0x100,   \
      NULL)                                                                                        \
    X(CHANNEL_XTYPE_PASSIVE, "radiotap.channel.xtype.passive", "Passive", BOOLEAN, 24, 0x200,      \
      NULL)                                                                                        \
    X(XCHANNEL_FLAGS_DYNAMIC, "radiotap.xchannel.flags.dynamic", "Dynamic CCK-OFDM", BOOLEAN, 24,  \
      0x400, NULL)                                                                                 \
    X(XCHANNEL_FLAGS_GFSK, "radiotap.xchannel.flags.gfsk",                                         \
      "Gaussian Frequency Shift Keying (GFSK)", BOOLEAN, 24, 0x800, NULL)                          \
    X(XCHANNEL_FLAGS_GSM, "radiotap.xchannel.flags.gsm", "GSM (900MHz)", BOOLEAN, 24, 0x1000,      \
      NULL)                                                                                        \
    X(XCHANNEL_FLAGS_STURBO, "radiotap.xchannel.flags.sturbo", "Static Turbo", BOOLEAN, 24,        \
      0x2000, NULL)                                                                                \
    X(XCHANNEL_FLAGS_HALF, "radiotap.xchannel.flags.half",                                         \
      "Half Rate Channel (10MHz Channel Width)", BOOLEAN, 24, 0x4000, NULL)                        \
    X(XCHANNEL_FLAGS_QUARTER, "radiotap.xchannel.flags.quarter",                                   \
      "Quarter Rate Channel (5MHz Channel Width)", BOOLEAN, 24, 0x8000, NULL)                      \
    X(XCHANNEL_FLAGS_HT20, "radiotap.xchannel.flags.ht20", "HT Channel (20MHz Channel Width)",     \
      BOOLEAN, 24, 0x10000, NULL)                                                                  \
    X(XCHANNEL_FLAGS_HT40U, "radiotap.xchannel.flags.ht40u",                                       \
      "HT Channel (40MHz Channel Width with Extension channel above)", BOOLEAN, 24, 0x20000, NULL) \
    X(XCHANNEL_FLAGS_HT40D, "radiotap.xchannel.flags.ht40d",                                       \
      "HT Channel (40MHz Channel Width with Extension channel below)", BOOLEAN, 24, 0x40000, NULL) \
    X(XCHANNEL_FREQ, "radiotap.xchannel.freq", "Channel frequency", UINT32, DEC, 0, NULL)          \
    X(XCHANNEL_CHANNEL, "radiotap.xchannel.channel", "Channel number", UINT32, DEC, 0, NULL)       \
    X(MCS, "radiotap.mcs", "MCS information", NONE, NONE, 0, NULL)                                 \
    X(MCS_KNOWN, "radiotap.mcs.known", "Known MCS information", UINT8, HEX, 0, NULL)               \
    X(MCS_HAVE_BW, "radiotap.mcs.have_bw", "Bandwidth", BOOLEAN, 8, 0x1, present_names)            \
    X(MCS_HAVE_INDEX, "radiotap.mcs.have_index", "MCS index", BOOLEAN, 8, 0x2, present_names)      \
    X(MCS_HAVE_GI, "radiotap.mcs.have_gi", "Guard interval", BOOLEAN, 8, 0x4, present_names)       \
    X(MCS_HAVE_FORMAT, "radiotap.mcs.have_format", "Format", BOOLEAN, 8, 0x8, present_names)       \
    X(MCS_HAVE_FEC, "radiotap.mcs.have_fec", "FEC type", BOOLEAN, 8, 0x10, present_names)          \
    X(MCS_HAVE_STBC, "radiotap.mcs.have_stbc", "STBC streams", BOOLEAN, 8, 0x20, present_names)    \
    X(MCS_HAVE_NESS, "radiotap.mcs.have_ness", "Number of extension spatial streams", BOOLEAN, 8,  \
      0x40, present_names)                                                                         \
    X(MCS_BW, "radiotap.mcs.bw", "Bandwidth", UINT8, DEC, 0x3, bandwidth_names)                    \
    X(MCS_GI, "radiotap.mcs.gi", "Guard interval", UINT8, DEC, 0x4, guard_names)                   \
    X(MCS_FORMAT, "radiotap.mcs.format", "Format", UINT8, DEC, 0x8, format_names)                  \
    X(MCS_FEC, "radiotap.mcs.fec", "FEC type", UINT8, DEC, 0x10, fec_names)                        \
    X(MCS_STBC, "radiotap.mcs.stbc", "STBC streams", UINT8, DEC, 0x60, NULL)                       \
    X(MCS_INDEX, "radiotap.mcs.index", "MCS index", UINT8, DEC, 0, NULL)                           \
    X(AMPDU, "radiotap.ampdu", "A-MPDU status", NONE, NONE, 0, NULL)                               \
    X(AMPDU_REFERENCE, "radiotap.ampdu.reference", "A-MPDU reference number", UINT32, DEC, 0,      \
      NULL)                                                                                        \
    X(AMPDU_FLAGS, "radiotap.ampdu.flags", "A-MPDU flags", UINT16, HEX, 0, NULL)                   \
    X(AMPDU_FLAGS_REPORT_ZEROLEN, "radiotap.ampdu.flags.report_zerolen",                           \
      "Driver reports 0-length subframes in this A-MPDU", BOOLEAN, 16, 0x1, NULL)                  \
    X(AMPDU_FLAGS_IS_ZEROLEN, "radiotap.ampdu.flags.is_zerolen", "This is a 0-length subframe",    \
      BOOLEAN, 16, 0x2, NULL)                                                                      \
    X(AMPDU_FLAGS_LASTKNOWN, "radiotap.ampdu.flags.lastknown",                                     \
      "Last subframe of this A-MPDU is known", BOOLEAN, 16, 0x4, NULL)                             \
    X(AMPDU_FLAGS_LAST, "radiotap.ampdu.flags.last", "This is the last subframe of this A-MPDU",   \
      BOOLEAN, 16, 0x8, NULL)                                                                      \
    X(AMPDU_FLAGS_DELIM_CRC_ERROR, "radiotap.ampdu.flags.delim_crc_error",                         \
      "Delimiter CRC error on this subframe", BOOLEAN, 16, 0x10, NULL)                             \
    X(AMPDU_FLAGS_EOF, "radiotap.ampdu.flags.eof", "EOF on this subframe", BOOLEAN, 16, 0x40,      \
      NULL)                                                                                        \
    X(AMPDU_FLAGS_EOF_KNOWN, "radiotap.ampdu.flags.eof_known", "EOF of this A-MPDU is known",      \
      BOOLEAN, 16, 0x80, NULL)

FIELD_TABLE(FIELDS);

enum { FRAME_TABLE };
enum { WORD_RADIOTAP = 1 << 29 };
#define WORD_MORE UINT32_C(0x80000000)

/* Size and alignment of each field. */
static const struct {
    uint8_t size, align;
} layout[] = {{8, 8}, {1, 1},  {1, 1},  {4, 2},  {2, 2},  {1, 1}, {1, 1}, {2, 2}, {2, 2}, {2, 2},
              {1, 1}, {1, 1},  {1, 1},  {1, 1},  {2, 2},  {2, 2}, {1, 1}, {1, 1}, {8, 4}, {3, 1},
              {8, 4}, {12, 2}, {12, 8}, {12, 2}, {12, 2}, {6, 2}, {1, 1}, {4, 2}};
enum { LAYOUT_COUNT = sizeof layout / sizeof layout[0] };

/* ---- Fields -------------------------------------------------------------------------------- */

static void put_radio_flags(struct packet *p, struct cursor *c)
{
    uint32_t at = c->pos;
    uint8_t flags = put_u8(p, c, FLAGS);
    uint32_t tree = tree_begin(p, FLAGS);
    put_flags(p, c, FLAGS_CFP, 8, at, 1, flags);
    tree_end(p, tree);
    p->radio.known |= RADIO_PREAMBLE;
    p->radio.short_preamble = (flags & 0x02) != 0;
    p->radio.fcs = (flags & 0x10) != 0 ? 4 : 0;
    p->radio.padded = (flags & 0x20) != 0;
}

static void put_rate(struct packet *p, struct cursor *c)
{
    uint8_t rate = cursor_u8(c);
    put_double(p, c, DATARATE, c->pos - 1, 1, rate / 2.0);
    if (rate != 0) {
        p->radio.known |= RADIO_RATE;
        p->radio.rate = rate / 2.0;
    }
}

/* What the channel's flags say of the kind of radio. */
static uint8_t phy_of(uint32_t flags)
{
    enum { CCK = 0x20, OFDM = 0x40, GHZ2 = 0x80, GHZ5 = 0x100, DYNAMIC = 0x400, GFSK = 0x800 };
    if ((flags & GFSK) != 0)
        return PHY_FHSS;
    if ((flags & DYNAMIC) != 0)
        return PHY_G;
    if ((flags & OFDM) != 0)
        return (flags & GHZ5) != 0 ? PHY_A : PHY_G;
    if ((flags & CCK) != 0)
        return PHY_B;
    return (flags & GHZ2) != 0 ? PHY_DSSS : PHY_UNKNOWN;
}

static void note_channel(struct packet *p, uint32_t frequency, uint32_t flags)
{
    if (frequency != 0) {
        p->radio.known |= RADIO_FREQUENCY;
        p->radio.frequency = (uint16_t)frequency;
    }
    if (p->radio.phy == PHY_UNKNOWN)
        p->radio.phy = phy_of(flags);
}

static void put_channel(struct packet *p, struct cursor *c)
{
    uint32_t frequency = (uint32_t)put_uint_le(p, c, CHANNEL_FREQ, 2);
    uint32_t at = c->pos, flags = (uint32_t)put_uint_le(p, c, CHANNEL_FLAGS, 2);
    uint32_t tree = tree_begin(p, CHANNEL_FLAGS);
    put_flags(p, c, CHANNEL_FLAGS_700MHZ, CHANNEL_FLAGS_QUARTER - CHANNEL_FLAGS_700MHZ + 1, at, 2,
              flags);
    tree_end(p, tree);
    note_channel(p, frequency, flags);
}

static void put_xchannel(struct packet *p, struct cursor *c)
{
    const uint8_t *b = cursor_take(c, 8);
    uint32_t at = c->pos - 8;
    if (b == NULL)
        return;
    uint32_t flags = le32(b);
    put_uint(p, c, XCHANNEL_CHANNEL, at + 6, 1, b[6]);
    put_uint(p, c, XCHANNEL_FREQ, at + 4, 2, le16(b + 4));
    put_uint(p, c, XCHANNEL_FLAGS, at, 4, flags);
    uint32_t tree = tree_begin(p, XCHANNEL_FLAGS);
    put_flags(p, c, XCHANNEL_FLAGS_TURBO, XCHANNEL_FLAGS_HT40D - XCHANNEL_FLAGS_TURBO + 1, at, 4,
              flags);
    tree_end(p, tree);
    note_channel(p, le16(b + 4), flags);
}

static int8_t put_signed(struct packet *p, struct cursor *c, unsigned field, uint32_t known)
{
    p->radio.known |= known;
    return (int8_t)put_int_be(p, c, field, 1);
}

static uint8_t put_level(struct packet *p, struct cursor *c, unsigned field, uint32_t known)
{
    p->radio.known |= known;
    return put_u8(p, c, field);
}

static void put_rx_flags(struct packet *p, struct cursor *c)
{
    uint32_t at = c->pos, flags = (uint32_t)put_uint_le(p, c, RXFLAGS, 2);
    uint32_t tree = tree_begin(p, RXFLAGS);
    put_bits(p, c, RXFLAGS_BADPLCP, at, 2, flags);
    tree_end(p, tree);
}

/* Which of the bits after it count, the first byte says. */
static void note_mcs(struct packet *p, const uint8_t *b)
{
    struct radio *r = &p->radio;
    static const uint16_t known[] = {RADIO_BANDWIDTH, RADIO_MCS_INDEX, RADIO_SHORT_GI, RADIO_FORMAT,
                                     RADIO_FEC,       RADIO_STBC,      RADIO_NESS};
    for (unsigned i = 0; i < sizeof known / sizeof known[0]; i++)
        r->known |= (b[0] >> i & 1) != 0 ? known[i] : 0u;
    if (b[0] == 0)
        return;
    r->phy = PHY_N;
    r->bandwidth = b[1] & 3;
    r->short_gi = b[1] >> 2 & 1;
    r->greenfield = b[1] >> 3 & 1;
    r->ldpc = b[1] >> 4 & 1;
    r->stbc = b[1] >> 5 & 3;
    r->ness = (uint8_t)((b[1] >> 7) | (b[0] >> 6 & 2));
    r->mcs_index = b[2];
}

/* Mb/s of the first eight indices with a long guard interval, at 20 and 40 MHz; each further stream
 * adds as much again (IEEE 802.11-2020, 19.5). */
static double ht_rate(const uint8_t *b)
{
    static const double rates[2][8] = {{6.5, 13, 19.5, 26, 39, 52, 58.5, 65},
                                       {13.5, 27, 40.5, 54, 81, 108, 121.5, 135}};
    unsigned streams = b[2] / 8u + 1;
    double rate = rates[(b[1] & 3) == 1][b[2] & 7] * streams;
    return (b[1] & 4) != 0 ? rate * 10 / 9 : rate;
}

static void put_mcs(struct packet *p, struct cursor *c)
{
    const uint8_t *b = cursor_take(c, 3);
    if (b == NULL)
        return;
    uint32_t at = c->pos - 3;
    put_mark(p, c, MCS);
    uint32_t tree = tree_begin(p, MCS);
    put_uint(p, c, MCS_KNOWN, at, 1, b[0]);
    uint32_t known = tree_begin(p, MCS_KNOWN);
    put_flags(p, c, MCS_HAVE_BW, MCS_HAVE_NESS - MCS_HAVE_BW + 1, at, 1, b[0]);
    tree_end(p, known);
    static const struct {
        uint8_t bit;
        unsigned field;
    } parts[] = {
        {0x01, MCS_BW}, {0x04, MCS_GI}, {0x08, MCS_FORMAT}, {0x10, MCS_FEC}, {0x20, MCS_STBC}};
    for (unsigned i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        if ((b[0] & parts[i].bit) != 0)
            put_bits(p, c, parts[i].field, at + 1, 1, b[1]);
    }
    if ((b[0] & 0x02) != 0)
        put_uint(p, c, MCS_INDEX, at + 2, 1, b[2]);
    tree_end(p, tree);
    note_mcs(p, b);
    if ((b[0] & 7) != 7 || b[2] >= 32)
        return;
    double rate = ht_rate(b);
    put_double(p, c, DATARATE, at, 3, rate);
    p->radio.known |= RADIO_RATE;
    p->radio.rate = rate;
}

static void put_ampdu(struct packet *p, struct cursor *c)
{
    put_mark(p, c, AMPDU);
    uint32_t tree = tree_begin(p, AMPDU);
    (void)put_uint_le(p, c, AMPDU_REFERENCE, 4);
    uint32_t at = c->pos, flags = (uint32_t)put_uint_le(p, c, AMPDU_FLAGS, 2);
    uint32_t bits = tree_begin(p, AMPDU_FLAGS);
    put_flags(p, c, AMPDU_FLAGS_REPORT_ZEROLEN,
              AMPDU_FLAGS_EOF_KNOWN - AMPDU_FLAGS_REPORT_ZEROLEN + 1, at, 2, flags);
    tree_end(p, bits);
    tree_end(p, tree);
}

static void put_mactime(struct packet *p, struct cursor *c)
{
    p->radio.tsf = put_uint_le(p, c, MACTIME, 8);
    p->radio.known |= RADIO_TSF;
}

/* The field of that number, in its own bytes. */
static void put_field(struct packet *p, struct cursor *c, unsigned number)
{
    switch (number) {
    case 0:
        put_mactime(p, c);
        break;
    case 1:
        put_radio_flags(p, c);
        break;
    case 2:
        put_rate(p, c);
        break;
    case 3:
        put_channel(p, c);
        break;
    case 4:
        (void)put_u8(p, c, FHSS_HOPSET);
        (void)put_u8(p, c, FHSS_PATTERN);
        break;
    case 5:
        p->radio.signal_dbm = put_signed(p, c, DBM_ANTSIGNAL, RADIO_SIGNAL_DBM);
        break;
    case 6:
        p->radio.noise_dbm = put_signed(p, c, DBM_ANTNOISE, RADIO_NOISE_DBM);
        break;
    case 7:
        (void)put_uint_le(p, c, QUALITY, 2);
        break;
    case 8:
        (void)put_uint_le(p, c, TXATTENUATION, 2);
        break;
    case 9:
        (void)put_uint_le(p, c, DB_TXATTENUATION, 2);
        break;
    case 10:
        (void)put_int_be(p, c, TXPOWER, 1);
        break;
    case 11:
        (void)put_u8(p, c, ANTENNA);
        break;
    case 12:
        p->radio.signal_db = put_level(p, c, DB_ANTSIGNAL, RADIO_SIGNAL_DB);
        break;
    case 13:
        p->radio.noise_db = put_level(p, c, DB_ANTNOISE, RADIO_NOISE_DB);
        break;
    case 14:
        put_rx_flags(p, c);
        break;
    case 15:
        (void)put_uint_le(p, c, TXFLAGS, 2);
        break;
    case 17:
        (void)put_u8(p, c, DATA_RETRIES);
        break;
    case 18:
        put_xchannel(p, c);
        break;
    case 19:
        put_mcs(p, c);
        break;
    case 20:
        put_ampdu(p, c);
        break;
    default:
        break;
    }
}

/* ---- The header ---------------------------------------------------------------------------- */

/* The fields that one present word announces. False: a field whose size is unknown. */
static bool put_fields(struct packet *p, struct cursor *c, uint32_t start, uint32_t present)
{
    for (unsigned n = 0; n < 29 && c->fault == CURSOR_OK; n++) {
        if ((present >> n & 1) == 0)
            continue;
        if (n >= LAYOUT_COUNT)
            return false;
        uint32_t align = layout[n].align, misaligned = (c->pos - start) % align;
        if (misaligned != 0)
            cursor_skip(c, align - misaligned);
        uint32_t begin = c->pos;
        struct cursor field = cursor_part(c, layout[n].size);
        put_field(p, &field, n);
        if (field.fault != CURSOR_OK) {
            c->pos = begin;
            cursor_skip(c, layout[n].size);
        }
    }
    return c->fault == CURSOR_OK;
}

/* All present words. Returns how many there are. */
static uint32_t put_present(struct packet *p, struct cursor *c)
{
    uint32_t count = 0, word = WORD_MORE;
    bool ours = true; /* the bits are those of radiotap's own fields */
    put_mark(p, c, PRESENT);
    uint32_t tree = tree_begin(p, PRESENT);
    while ((word & WORD_MORE) != 0 && c->fault == CURSOR_OK) {
        uint32_t at = c->pos;
        word = (uint32_t)put_uint_le(p, c, PRESENT_WORD, 4);
        if (c->fault != CURSOR_OK)
            break;
        uint32_t bits = tree_begin(p, PRESENT_WORD);
        if (ours)
            put_flags(p, c, PRESENT_TSFT, PRESENT_EXT - PRESENT_TSFT + 1, at, 4, word);
        tree_end(p, bits);
        ours = (word & WORD_RADIOTAP) != 0;
        count++;
    }
    tree_end(p, tree);
    return count;
}

static void dissect_header(struct packet *p, struct cursor *c, uint32_t start)
{
    (void)put_u8(p, c, VERSION);
    (void)put_u8(p, c, PAD);
    (void)put_uint_le(p, c, LENGTH, 2);
    uint32_t words = c->pos, count = put_present(p, c);
    for (uint32_t i = 0; i < count; i++) {
        uint32_t present = le32(c->data + words + 4 * i);
        if (!put_fields(p, c, start, present) || (present & WORD_RADIOTAP) == 0)
            return;
    }
}

static void dissect(struct packet *p, struct cursor *c)
{
    uint32_t start = c->pos;
    const uint8_t *head = cursor_peek(c, 0, 4);
    uint32_t length = head != NULL ? le16(head + 2) : 4;
    title(p, "Radiotap Header v%u, Length %u", head != NULL ? head[0] : 0u, length);
    p->radio = (struct radio){.known = RADIO_HEADER};
    struct cursor header = cursor_part(c, length);
    dissect_header(p, &header, start);
    if (header.fault != CURSOR_OK) {
        c->fault = header.fault;
        return;
    }
    if (!next(p, c, FRAME_TABLE, 1))
        next_data(p, c);
}

static const char *const tables[] = {"wlan.frame", NULL};
static const struct binding bindings[] = {{"link_type", 127}, {NULL, 0}};

const struct protocol proto_radiotap = {.name = "radiotap",
                                        .title = "IEEE 802.11 Radiotap Capture header",
                                        .column = "WLAN",
                                        FIELDS_OF_THIS_FILE,
                                        .tables = tables,
                                        .bindings = bindings,
                                        .dissect = dissect};
