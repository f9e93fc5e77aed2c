/*
 * radio: what the header that a capture puts before an IEEE 802.11 frame says of its reception, for
 * the layers after it. A value counts only if its bit in `known` is set.
 */
#ifndef DISSECT_RADIO_H
#define DISSECT_RADIO_H

#include <stdint.h>

/* Wireshark's numbers, which are those of wlan_radio.phy. */
enum radio_phy {
    PHY_UNKNOWN = 0,
    PHY_FHSS = 1,
    PHY_DSSS = 3,
    PHY_B = 4,
    PHY_A = 5,
    PHY_G = 6,
    PHY_N = 7,
    PHY_AC = 8,
    PHY_AX = 11
};

enum radio_known {
    RADIO_HEADER = 1, /* there was a header at all */
    RADIO_PREAMBLE = 2,
    RADIO_RATE = 4,
    RADIO_FREQUENCY = 8,
    RADIO_SIGNAL_DBM = 0x10,
    RADIO_NOISE_DBM = 0x20,
    RADIO_SIGNAL_DB = 0x40,
    RADIO_NOISE_DB = 0x80,
    RADIO_TSF = 0x100,
    RADIO_MCS_INDEX = 0x200,
    RADIO_BANDWIDTH = 0x400,
    RADIO_SHORT_GI = 0x800,
    RADIO_FORMAT = 0x1000,
    RADIO_FEC = 0x2000,
    RADIO_STBC = 0x4000,
    RADIO_NESS = 0x8000
};

struct radio {
    uint32_t known; /* enum radio_known */
    uint8_t phy;    /* enum radio_phy */
    uint8_t subtype; /* of a management frame, for what it carries */
    uint8_t fcs;    /* bytes of frame check sequence at the frame's end: 0 or 4 */
    uint8_t padded; /* the frame's header is padded to a multiple of four bytes */
    uint8_t short_preamble;
    double rate;        /* Mb/s */
    uint16_t frequency; /* MHz */
    int8_t signal_dbm, noise_dbm;
    uint8_t signal_db, noise_db;
    uint8_t mcs_index, bandwidth, short_gi, greenfield, ldpc, stbc, ness; /* IEEE 802.11n */
    uint64_t tsf;                                                         /* us */
};

#endif
