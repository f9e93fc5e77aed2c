/*
 * wlan: IEEE 802.11 (IEEE 802.11-2020, clause 9), the frame's header. Numbers are little-endian.
 * What a management frame carries is in wlan_mgt.c.
 *
 *     | frame control 2 | duration 2 | address 1 | address 2 | address 3 | sequence 2 | address 4 |
 * QoS 2 |
 *
 * Which of these there are, and whose the addresses are, depends on the frame's type and on whether
 * it goes to, or comes from, the distribution system (DS).
 */
#include "dissect/checksum.h"
#include "dissect/packet.h"

static const struct value_name subtype_names[] = {VALUE(0, "Association Request"),
                                                  VALUE(1, "Association Response"),
                                                  VALUE(2, "Reassociation Request"),
                                                  VALUE(3, "Reassociation Response"),
                                                  VALUE(4, "Probe Request"),
                                                  VALUE(5, "Probe Response"),
                                                  VALUE(6, "Measurement Pilot"),
                                                  VALUE(8, "Beacon frame"),
                                                  VALUE(9, "ATIM"),
                                                  VALUE(10, "Disassociate"),
                                                  VALUE(11, "Authentication"),
                                                  VALUE(12, "Deauthentication"),
                                                  VALUE(13, "Action"),
                                                  VALUE(14, "Action No Ack"),
                                                  VALUE(15, "Aruba Management"),
                                                  VALUE(18, "Trigger"),
                                                  VALUE(20, "Beamforming Report Poll"),
                                                  VALUE(21, "VHT/HE NDP Announcement"),
                                                  VALUE(23, "Control Wrapper"),
                                                  VALUE(24, "802.11 Block Ack Req"),
                                                  VALUE(25, "802.11 Block Ack"),
                                                  VALUE(26, "Power-Save poll"),
                                                  VALUE(27, "Request-to-send"),
                                                  VALUE(28, "Clear-to-send"),
                                                  VALUE(29, "Acknowledgement"),
                                                  VALUE(30, "CF-End (Control-frame)"),
                                                  VALUE(31, "CF-End + CF-Ack (Control-frame)"),
                                                  VALUE(32, "Data"),
                                                  VALUE(33, "Data + CF-Ack"),
                                                  VALUE(34, "Data + CF-Poll"),
                                                  VALUE(35, "Data + CF-Ack + CF-Poll"),
                                                  VALUE(36, "Null function (No data)"),
                                                  VALUE(37, "Acknowledgement (No data)"),
                                                  VALUE(38, "CF-Poll (No data)"),
                                                  VALUE(39, "CF-Ack/Poll (No data)"),
                                                  VALUE(40, "QoS Data"),
                                                  VALUE(41, "QoS Data + CF-Acknowledgment"),
                                                  VALUE(42, "QoS Data + CF-Poll"),
                                                  VALUE(43, "QoS Data + CF-Ack + CF-Poll"),
                                                  VALUE(44, "QoS Null function (No data)"),
                                                  VALUE(46, "QoS CF-Poll (No Data)"),
                                                  VALUE(47, "QoS CF-Ack + CF-Poll (No data)"),
                                                  VALUE(48, "DMG Beacon"),
                                                  VALUE(49, "S1G Beacon"),
                                                  VALUE(354, "Poll"),
                                                  VALUE(355, "Service Period Request"),
                                                  VALUE(356, "Grant"),
                                                  VALUE(357, "DMG Clear-to-send"),
                                                  VALUE(358, "DMG Denial-to-send"),
                                                  VALUE(359, "Grant Acknowledgment"),
                                                  VALUE(360, "Sector Sweep"),
                                                  VALUE(361, "Sector Sweep Feedback"),
                                                  VALUE(362, "Sector Sweep Acknowledgment"),
                                                  VALUES_END};
static const struct value_name type_names[] = {VALUE(0, "Management frame"),
                                               VALUE(1, "Control frame"), VALUE(2, "Data frame"),
                                               VALUE(3, "Extension frame"), VALUES_END};
static const struct value_name ds_names[] = {
    VALUE(0, "Not leaving DS or network is operating in AD-HOC mode (To DS: 0 From DS: 0)"),
    VALUE(1, "Frame from STA to DS via an AP (To DS: 1 From DS: 0)"),
    VALUE(2, "Frame from DS to a STA via AP(To DS: 0 From DS: 1)"),
    VALUE(3, "WDS (AP to AP) or Mesh (MP to MP) Frame (To DS: 1 From DS: 1)"), VALUES_END};
static const struct value_name priority_names[] = {VALUE(0, "Best Effort (Best Effort)"),
                                                   VALUE(1, "Background (Background)"),
                                                   VALUE(2, "Spare (Background)"),
                                                   VALUE(3, "Excellent Effort (Best Effort)"),
                                                   VALUE(4, "Controlled Load (Video)"),
                                                   VALUE(5, "Video (Video)"),
                                                   VALUE(6, "Voice (Voice)"),
                                                   VALUE(7, "Network Control (Voice)"),
                                                   VALUES_END};
static const struct value_name ack_names[] = {VALUE(0, "Normal Ack"), VALUE(1, "No Ack"),
                                              VALUE(2, "No explicit acknowledgment"),
                                              VALUE(3, "Block Ack"), VALUES_END};
static const struct value_name eosp_names[] = {VALUE(0, "Service period"),
                                               VALUE(1, "End of service period"), VALUES_END};
static const struct value_name amsdu_names[] = {VALUE(0, "MSDU"), VALUE(1, "A-MSDU"), VALUES_END};
static const struct value_name yes_names[] = {VALUE(0, "No"), VALUE(1, "Yes"), VALUES_END};
static const struct value_name block_names[] = {
    VALUE(0, "Basic BlockAck"),      VALUE(1, "Extended Compressed BlockAck"),
    VALUE(2, "Compressed BlockAck"), VALUE(3, "Multi-TID BlockAck"),
    VALUE(6, "GCR BlockAck"),        VALUE(10, "GLK-GCR BlockAck"),
    VALUE(11, "Multi-STA BlockAck"), VALUES_END};
static const struct value_name block_policy_names[] = {
    VALUE(0, "Immediate Acknowledgement Required"),
    VALUE(1, "Sender Does Not Require Immediate Acknowledgement"), VALUES_END};
static const struct value_name status_names[] = CHECKSUM_STATUS_NAMES;

/* put_address() counts on a "resolved" field after each address; put_flags() on the order of masks.
 */
#define FIELDS(X)                                                                                  \
    X(TYPE_SUBTYPE, "wlan.fc.type_subtype", "Type/Subtype", UINT16, HEX, 0, subtype_names)         \
    X(FC, "wlan.fc", "Frame Control Field", UINT16, HEX, 0, NULL)                                  \
    X(VERSION, "wlan.fc.version", "Version", UINT8, DEC, 0x03, NULL)                               \
    X(TYPE, "wlan.fc.type", "Type", UINT8, DEC, 0x0c, type_names)                                  \
    X(SUBTYPE, "wlan.fc.subtype", "Subtype", UINT8, DEC, 0xf0, NULL)                               \
    X(FLAGS, "wlan.flags", "Flags", UINT8, HEX, 0, NULL)                                           \
    X(DS, "wlan.fc.ds", "DS status", UINT8, HEX, 0x03, ds_names)                                   \
    X(TO_DS, "wlan.fc.tods", "To DS", BOOLEAN, 8 | HIDDEN, 0x01, NULL)                             \
    X(FROM_DS, "wlan.fc.fromds", "From DS", BOOLEAN, 8 | HIDDEN, 0x02, NULL)                       \
    X(MORE_FRAGMENTS, "wlan.fc.frag", "More Fragments", BOOLEAN, 8, 0x04, NULL)                    \
    X(RETRY, "wlan.fc.retry", "Retry", BOOLEAN, 8, 0x08, NULL)                                     \
    X(POWER, "wlan.fc.pwrmgt", "PWR MGT", BOOLEAN, 8, 0x10, NULL)                                  \
    X(MORE_DATA, "wlan.fc.moredata", "More Data", BOOLEAN, 8, 0x20, NULL)                          \
    X(PROTECTED, "wlan.fc.protected", "Protected flag", BOOLEAN, 8, 0x40, NULL)                    \
    X(ORDER, "wlan.fc.order", "+HTC/Order flag", BOOLEAN, 8, 0x80, NULL)                           \
    X(RETRY_EXPERT, "wlan.fc.retry.expert", "Retransmission (retry)", NONE, NONE, 0, NULL)         \
    X(DURATION, "wlan.duration", "Duration", UINT16, DEC, 0x7fff, NULL)                            \
    X(AID, "wlan.aid", "Association ID", UINT16, DEC, 0x3fff, NULL)                                \
    X(RA, "wlan.ra", "Receiver address", ETHER, NONE, 0, NULL)                                     \
    X(RA_RESOLVED, "wlan.ra_resolved", "Receiver address (resolved)", STRING, HIDDEN, 0, NULL)     \
    X(TA, "wlan.ta", "Transmitter address", ETHER, NONE, 0, NULL)                                  \
    X(TA_RESOLVED, "wlan.ta_resolved", "Transmitter address (resolved)", STRING, HIDDEN, 0, NULL)  \
    X(DA, "wlan.da", "Destination address", ETHER, NONE, 0, NULL)                                  \
    X(DA_RESOLVED, "wlan.da_resolved", "Destination address (resolved)", STRING, HIDDEN, 0, NULL)  \
    X(SA, "wlan.sa", "Source address", ETHER, NONE, 0, NULL)                                       \
    X(SA_RESOLVED, "wlan.sa_resolved", "Source address (resolved)", STRING, HIDDEN, 0, NULL)       \
    X(BSSID, "wlan.bssid", "BSS Id", ETHER, NONE, 0, NULL)                                         \
    X(BSSID_RESOLVED, "wlan.bssid_resolved", "BSS Id (resolved)", STRING, HIDDEN, 0, NULL)         \
    X(STAA, "wlan.staa", "STA address", ETHER, NONE, 0, NULL)                                      \
    X(STAA_RESOLVED, "wlan.staa_resolved", "STA address (resolved)", STRING, HIDDEN, 0, NULL)      \
    X(ADDR, "wlan.addr", "Hardware address", ETHER, HIDDEN, 0, NULL)                               \
    X(ADDR_RESOLVED, "wlan.addr_resolved", "Hardware address (resolved)", STRING, HIDDEN, 0, NULL) \
    X(FRAGMENT, "wlan.frag", "Fragment number", UINT16, DEC, 0x000f, NULL)                         \
    X(SEQUENCE, "wlan.seq", "Sequence number", UINT16, DEC, 0xfff0, NULL)                          \
    X(QOS, "wlan.qos", "Qos Control", UINT16, HEX, 0, NULL)                                        \
    X(TID, "wlan.qos.tid", "TID", UINT16, DEC, 0x000f, NULL)                                       \
    X(PRIORITY, "wlan.qos.priority", "Priority", UINT16, DEC, 0x0007, priority_names)              \
    X(EOSP, "wlan.qos.eosp", "EOSP", BOOLEAN, 16, 0x0010, eosp_names)                              \
    X(BIT4, "wlan.qos.bit4", "QoS bit 4", BOOLEAN, 16, 0x0010, NULL)                               \
    X(ACK, "wlan.qos.ack", "Ack Policy", UINT16, HEX, 0x0060, ack_names)                           \
    X(AMSDU, "wlan.qos.amsdupresent", "Payload Type", BOOLEAN, 16, 0x0080, amsdu_names)            \
    X(TXOP_LIMIT, "wlan.qos.txop_limit", "TXOP Limit", UINT16, DEC, 0xff00, NULL)                  \
    X(PS_BUFFER, "wlan.qos.ps_buf_state", "QAP PS Buffer State", UINT16, HEX, 0xff00, NULL)        \
    X(BUFFER_KNOWN, "wlan.qos.buf_state_indicated", "Buffer State Indicated", BOOLEAN, 16, 0x0200, \
      yes_names)                                                                                   \
    X(TXOP_DURATION, "wlan.qos.txop_dur_req", "TXOP Duration Requested", UINT16, DEC, 0xff00,      \
      NULL)                                                                                        \
    X(QUEUE_SIZE, "wlan.qos.queue_size", "Queue Size", UINT16, DEC, 0xff00, NULL)                  \
    X(HTC, "wlan.htc", "HT Control (+HTC)", UINT32, HEX, 0, NULL)                                  \
    X(BA_CONTROL, "wlan.ba.control", "Block Ack Control", UINT16, HEX, 0, NULL)                    \
    X(BA_POLICY, "wlan.ba.control.ackpolicy", "BA Ack Policy", BOOLEAN, 16, 0x0001,                \
      block_policy_names)                                                                          \
    X(BA_TYPE, "wlan.ba.control.ba_type", "BA Type", UINT16, HEX, 0x001e, block_names)             \
    X(BA_RESERVED, "wlan.ba.control.reserved", "Reserved", UINT16, HEX, 0x0fe0, NULL)              \
    X(BA_TID, "wlan.ba.basic.tidinfo", "TID for which a Basic BlockAck frame is requested",        \
      UINT16, HEX, 0xf000, NULL)                                                                   \
    X(SSC, "wlan.fixed.ssc", "Block Ack Starting Sequence Control (SSC)", UINT16, HEX, 0, NULL)    \
    X(SSC_FRAGMENT, "wlan.fixed.ssc.fragment", "Fragment", UINT16, DEC, 0x000f, NULL)              \
    X(SSC_SEQUENCE, "wlan.fixed.ssc.sequence", "Starting Sequence Number", UINT16, DEC, 0xfff0,    \
      NULL)                                                                                        \
    X(BITMAP, "wlan.ba.bm", "Block Ack Bitmap", BYTES, NONE, 0, NULL)                              \
    X(MISSING, "wlan.ba.bm.missing_frame", "Missing frame", UINT32, DEC, 0, NULL)                  \
    X(IV, "wlan.wep.iv", "Initialization Vector", UINT24, HEX, 0, NULL)                            \
    X(TKIP_IV, "wlan.tkip.extiv", "TKIP Ext. Initialization Vector", STRING, NONE, 0, NULL)        \
    X(CCMP_IV, "wlan.ccmp.extiv", "CCMP Ext. Initialization Vector", STRING, NONE, 0, NULL)        \
    X(KEY, "wlan.wep.key", "Key Index", UINT8, DEC, 0, NULL)                                       \
    X(ICV, "wlan.wep.icv", "WEP ICV", UINT32, HEX, 0, NULL)                                        \
    X(FCS, "wlan.fcs", "Frame check sequence", UINT32, HEX, 0, NULL)                               \
    X(FCS_STATUS, "wlan.fcs.status", "FCS Status", UINT8, DEC | GENERATED, 0, status_names)

FIELD_TABLE(FIELDS);

enum { PAYLOAD_TABLE, MANAGEMENT_TABLE };
enum { MANAGEMENT, CONTROL, DATA };
enum {
    FLAG_TO_DS = 0x01,
    FLAG_FROM_DS = 0x02,
    FLAG_FRAGMENTS = 0x04,
    FLAG_RETRY = 0x08,
    FLAG_PROTECTED = 0x40,
    FLAG_ORDER = 0x80
};
enum { BLOCK_ACK_REQUEST = 24, BLOCK_ACK, PS_POLL, RTS, CTS, ACKNOWLEDGE, CF_END, CF_END_ACK };
enum { NO_DATA = 4, HAS_QOS = 8, CF_POLL = 2 }; /* bits of the subtype of a data frame */

#define MAC    "%02x:%02x:%02x:%02x:%02x:%02x"
#define SIX(a) (a)[0], (a)[1], (a)[2], (a)[3], (a)[4], (a)[5]

struct frame {
    uint8_t type, subtype, flags;
    uint16_t fragment;
    uint16_t qos;
    bool swapped; /* its control fields: then nobody knows the number of the fragment */
};

/* ---- Addresses ----------------------------------------------------------------------------- */

/* The address at `at` as the field `field`. */
static void put_address(struct packet *p, const struct cursor *c, unsigned field, uint32_t at)
{
    const uint8_t *mac = c->data + at;
    put_data(p, c, field, at, 6, mac, 6);
    if (wants(p, field + 1))
        put_string(p, c, field + 1, at, 6, packet_host(p, ADDRESS_ETHER, mac));
}

/* A receiver or transmitter. Returns where it is. */
static uint32_t put_first(struct packet *p, struct cursor *c, unsigned field)
{
    uint32_t at = c->pos;
    if (cursor_take(c, 6) == NULL)
        return at;
    put_address(p, c, field, at);
    put_address(p, c, ADDR, at);
    return at;
}

static void columns(struct packet *p, const struct cursor *c, uint32_t from, uint32_t to)
{
    p->column_src = (struct address){ADDRESS_ETHER, c->data + from};
    p->column_dst = (struct address){ADDRESS_ETHER, c->data + to};
}

static void put_sequence(struct packet *p, struct cursor *c, struct frame *f)
{
    const uint8_t *b = cursor_take(c, 2);
    if (b == NULL)
        return;
    put_flags(p, c, FRAGMENT, 2, c->pos - 2, 2, le16(b));
    f->fragment = le16(b) & 0x0f;
}

static void put_management(struct packet *p, struct cursor *c, struct frame *f)
{
    uint32_t to = put_first(p, c, RA);
    if (cursor_peek(c, 0, 12) == NULL) {
        cursor_skip(c, 12);
        return;
    }
    uint32_t from = to + 6, bss = to + 12;
    put_address(p, c, DA, to);
    put_address(p, c, TA, from);
    put_address(p, c, SA, from);
    put_address(p, c, BSSID, bss);
    put_address(p, c, ADDR, from);
    put_address(p, c, ADDR, bss);
    cursor_skip(c, 12);
    columns(p, c, from, to);
    put_sequence(p, c, f);
}

static void put_data_addresses(struct packet *p, struct cursor *c, struct frame *f)
{
    uint32_t one = put_first(p, c, RA), two = put_first(p, c, TA), three = c->pos;
    if (cursor_peek(c, 0, 6) == NULL) {
        cursor_skip(c, 6);
        return;
    }
    unsigned ds = f->flags & (FLAG_TO_DS | FLAG_FROM_DS);
    uint32_t da = (ds & FLAG_TO_DS) != 0 ? three : one;
    uint32_t sa = ds == FLAG_FROM_DS ? three : ds == (FLAG_TO_DS | FLAG_FROM_DS) ? three + 8 : two;
    if (ds == (FLAG_TO_DS | FLAG_FROM_DS) && cursor_peek(c, 8, 6) == NULL) {
        cursor_skip(c, 14);
        return;
    }
    put_address(p, c, DA, da);
    put_address(p, c, SA, sa);
    if (ds != (FLAG_TO_DS | FLAG_FROM_DS)) {
        put_address(p, c, BSSID, ds == 0 ? three : ds == FLAG_TO_DS ? one : two);
        put_address(p, c, STAA, ds == FLAG_FROM_DS ? one : two);
    }
    columns(p, c, sa, da);
    cursor_skip(c, 6);
    put_sequence(p, c, f);
    if (ds == (FLAG_TO_DS | FLAG_FROM_DS)) {
        cursor_skip(c, 6);
        put_address(p, c, ADDR, sa);
    }
    put_address(p, c, ADDR, three);
}

/* ---- Control frames ------------------------------------------------------------------------ */

static void put_missing(struct packet *p, struct cursor *c, uint16_t start)
{
    uint32_t at = c->pos;
    const uint8_t *bitmap = put_bytes(p, c, BITMAP, 8);
    if (bitmap == NULL)
        return;
    uint32_t tree = tree_begin(p, BITMAP);
    for (unsigned i = 0; i < 64; i++) {
        if ((bitmap[i / 8] >> i % 8 & 1) == 0)
            put_uint(p, c, MISSING, at + i / 8, 1, start + i);
    }
    tree_end(p, tree);
}

static void put_block_ack(struct packet *p, struct cursor *c, bool request)
{
    const uint8_t *b = cursor_take(c, 2);
    if (b == NULL)
        return;
    uint32_t at = c->pos - 2;
    uint16_t control = le16(b);
    put_uint(p, c, BA_CONTROL, at, 2, control);
    uint32_t tree = tree_begin(p, BA_CONTROL);
    put_flags(p, c, BA_POLICY, 4, at, 2, control);
    tree_end(p, tree);
    unsigned type = control >> 1 & 15;
    if (type > 2)
        return;
    b = cursor_take(c, 2);
    if (b == NULL)
        return;
    put_uint(p, c, SSC, at + 2, 2, le16(b));
    tree = tree_begin(p, SSC);
    put_flags(p, c, SSC_FRAGMENT, 2, at + 2, 2, le16(b));
    tree_end(p, tree);
    if (!request && type == 2)
        put_missing(p, c, le16(b) >> 4);
    else if (!request && type == 0)
        (void)put_bytes(p, c, BITMAP, 128);
}

static void put_control(struct packet *p, struct cursor *c, const struct frame *f)
{
    unsigned kind = f->subtype + 16u;
    if (kind == PS_POLL) {
        if (cursor_peek(c, 0, 6) != NULL)
            put_address(p, c, RA, c->pos);
        (void)put_first(p, c, BSSID);
        (void)put_first(p, c, TA);
        return;
    }
    (void)put_first(p, c, RA);
    if (kind == RTS || kind == BLOCK_ACK_REQUEST || kind == BLOCK_ACK)
        (void)put_first(p, c, TA);
    else if (kind == CF_END || kind == CF_END_ACK)
        (void)put_first(p, c, BSSID);
    if (kind == BLOCK_ACK_REQUEST || kind == BLOCK_ACK)
        put_block_ack(p, c, kind == BLOCK_ACK_REQUEST);
}

/* ---- Data frames --------------------------------------------------------------------------- */

static void put_qos(struct packet *p, struct cursor *c, struct frame *f)
{
    const uint8_t *b = cursor_take(c, 2);
    if (b == NULL)
        return;
    uint32_t at = c->pos - 2;
    uint16_t qos = f->qos = le16(b);
    bool from_ds = (f->flags & FLAG_FROM_DS) != 0;
    put_uint(p, c, QOS, at, 2, qos);
    uint32_t tree = tree_begin(p, QOS);
    put_flags(p, c, TID, 2, at, 2, qos);
    put_bits(p, c, from_ds ? EOSP : BIT4, at, 2, qos);
    put_bits(p, c, ACK, at, 2, qos);
    if ((f->subtype & NO_DATA) == 0)
        put_bits(p, c, AMSDU, at, 2, qos);
    if (from_ds && (f->subtype & CF_POLL) != 0) {
        put_bits(p, c, TXOP_LIMIT, at, 2, qos);
    } else if (from_ds) {
        put_bits(p, c, PS_BUFFER, at, 2, qos);
        uint32_t buffer = tree_begin(p, PS_BUFFER);
        put_bits(p, c, BUFFER_KNOWN, at, 2, qos);
        tree_end(p, buffer);
    } else {
        put_bits(p, c, (qos & 0x10) != 0 ? QUEUE_SIZE : TXOP_DURATION, at, 2, qos);
    }
    tree_end(p, tree);
}

/* What encryption puts before its payload: an initialization vector of four bytes, or of eight with
 * bit 5 of the fourth set, in the order of the key mixing of TKIP or in that of CCMP. */
static void put_encryption(struct packet *p, struct cursor *c)
{
    const uint8_t *b = cursor_peek(c, 0, 4), *ext = cursor_peek(c, 0, 8);
    uint32_t at = c->pos;
    if (b == NULL || ((b[3] & 0x20) != 0 && ext == NULL))
        return;
    uint32_t tree;
    if ((b[3] & 0x20) == 0) {
        tree = tree_text(p, c, at, 4, "WEP parameters");
        put_uint(p, c, IV, at, 3, be24(b));
        put_uint(p, c, KEY, at + 3, 1, b[3] >> 6u);
        cursor_skip(c, 4);
        if (cursor_left(c) >= 4 && cursor_peek(c, cursor_left(c) - 4, 4) != NULL) {
            put_uint(p, c, ICV, c->end - 4, 4, be32(c->data + c->end - 4));
            cursor_trim(c, cursor_left(c) - 4);
        }
    } else {
        bool tkip = b[1] == ((b[0] | 0x20) & 0x7f);
        tree = tree_text(p, c, at, 8, tkip ? "TKIP parameters" : "CCMP parameters");
        unsigned field = tkip ? TKIP_IV : CCMP_IV;
        if (wants(p, field))
            put_string(p, c, field, at, 8,
                       packet_text(p, "0x%02X%02X%02X%02X%02X%02X", b[7], b[6], b[5], b[4],
                                   tkip ? b[0] : b[1], tkip ? b[2] : b[0]));
        put_uint(p, c, KEY, at + 3, 1, b[3] >> 6u);
        cursor_skip(c, 8);
    }
    tree_end(p, tree);
}

static void dissect_payload(struct packet *p, struct cursor *c, const struct frame *f)
{
    bool whole = (f->fragment == 0 || f->swapped) && (f->flags & FLAG_FRAGMENTS) == 0;
    if (c->fault != CURSOR_OK || cursor_left(c) == 0)
        return;
    if (f->type == MANAGEMENT && (f->flags & FLAG_PROTECTED) == 0) {
        p->radio.subtype = f->subtype;
        if (!next(p, c, MANAGEMENT_TABLE, 0))
            next_data(p, c);
        return;
    }
    if ((f->flags & FLAG_PROTECTED) != 0)
        put_encryption(p, c);
    bool clear = (f->flags & FLAG_PROTECTED) == 0 && whole && (f->qos & 0x80) == 0;
    if (!clear || !next(p, c, PAYLOAD_TABLE, 0))
        next_data(p, c);
}

/* ---- The frame ----------------------------------------------------------------------------- */

static void put_frame_control(struct packet *p, struct cursor *c, struct frame *f, bool swapped)
{
    uint32_t at = c->pos;
    const uint8_t *raw = cursor_take(c, 2);
    if (raw == NULL)
        return;
    const uint8_t fc[2] = {raw[swapped], raw[!swapped]};
    *f = (struct frame){fc[0] >> 2 & 3, fc[0] >> 4, fc[1], 0, 0, swapped};
    unsigned kind = (unsigned)f->type << 4 | f->subtype;
    const char *name = value_name_find(subtype_names, kind);
    char letters[] = "opmPRMFTC";
    for (unsigned i = 0; i < 8; i++)
        letters[i] = (fc[1] & 0x80 >> i) != 0 ? letters[i] : '.';
    letters[8] = p->radio.fcs != 0 ? 'C' : '\0';
    title(p, "IEEE 802.11 %s, Flags: %s", name != NULL ? name : "Unrecognized (Reserved frame)",
          letters);
    info_set(p, "%s", name != NULL ? name : "Unrecognized (Reserved frame)");
    put_uint(p, c, TYPE_SUBTYPE, at, 1, kind);
    put_uint(p, c, FC, at, 2, be16(raw));
    uint32_t tree = tree_begin(p, FC);
    put_flags(p, c, VERSION, 3, at, 1, fc[0]);
    put_uint(p, c, FLAGS, at + 1, 1, fc[1]);
    uint32_t flags = tree_begin(p, FLAGS);
    put_flags(p, c, DS, RETRY - DS + 1, at + 1, 1, fc[1]);
    uint32_t retry = tree_begin(p, RETRY);
    if ((fc[1] & FLAG_RETRY) != 0)
        put_mark(p, c, RETRY_EXPERT);
    tree_end(p, retry);
    put_flags(p, c, POWER, ORDER - POWER + 1, at + 1, 1, fc[1]);
    tree_end(p, flags);
    tree_end(p, tree);
}

static void put_duration(struct packet *p, struct cursor *c, const struct frame *f)
{
    const uint8_t *b = cursor_take(c, 2);
    if (b == NULL)
        return;
    if (f->type == CONTROL && f->subtype + 16u == PS_POLL)
        put_bits(p, c, AID, c->pos - 2, 2, le16(b));
    else
        put_bits(p, c, DURATION, c->pos - 2, 2, le16(b));
}

/* The frame check sequence, if the header before this one said that there is one. */
static void put_fcs(struct packet *p, struct cursor *c, uint32_t end)
{
    if (p->radio.fcs == 0 || end > c->cap || end < c->pos + 4)
        return;
    put_uint(p, c, FCS, end - 4, 4, le32(c->data + end - 4));
    put_uint(p, c, FCS_STATUS, end - 4, 0, CHECKSUM_UNVERIFIED);
}

/* A version that nobody knows: what follows the frame control field could be anything. */
static void dissect_unknown(struct packet *p, struct cursor *c, unsigned version)
{
    uint32_t end = c->end;
    title(p, "IEEE 802.11 Unknown Protocol Version:%u", version);
    info_set(p, "Unknown Protocol Version:%u", version);
    put_uint(p, c, VERSION, c->pos, 1, version);
    cursor_skip(c, 2);
    if (c->fault != CURSOR_OK)
        return;
    put_fcs(p, c, end);
    if (p->radio.fcs != 0 && cursor_left(c) >= 4)
        cursor_trim(c, cursor_left(c) - 4);
    next_data(p, c);
}

static void put_header(struct packet *p, struct cursor *c, struct frame *f, uint32_t start)
{
    if (f->type == MANAGEMENT) {
        put_management(p, c, f);
        if ((f->flags & FLAG_ORDER) != 0)
            (void)put_uint_le(p, c, HTC, 4);
    } else if (f->type == DATA) {
        put_data_addresses(p, c, f);
        if ((f->subtype & HAS_QOS) != 0) {
            put_qos(p, c, f);
            if ((f->flags & FLAG_ORDER) != 0)
                (void)put_uint_le(p, c, HTC, 4);
        }
        uint32_t over = (c->pos - start) % 4;
        if (p->radio.padded != 0 && over != 0)
            cursor_skip(c, 4 - over);
    } else if (f->type == CONTROL) {
        put_control(p, c, f);
    }
}

static void dissect_frame(struct packet *p, struct cursor *c, bool swapped)
{
    struct frame f = {0};
    uint32_t start = c->pos, end = c->end;
    const uint8_t *first = cursor_peek(c, swapped, 1);
    if (first != NULL && (*first & 3) != 0) {
        dissect_unknown(p, c, *first & 3u);
        return;
    }
    put_frame_control(p, c, &f, swapped);
    put_duration(p, c, &f);
    if (c->fault != CURSOR_OK)
        return;
    struct cursor tail = *c;
    if (p->radio.fcs != 0 && cursor_left(c) >= 4)
        cursor_trim(c, cursor_left(c) - 4);
    put_header(p, c, &f, start);
    if (c->fault != CURSOR_OK)
        return;
    tail.pos = c->pos;
    put_fcs(p, &tail, end);
    if (f.type == MANAGEMENT || (f.type == DATA && (f.subtype & NO_DATA) == 0))
        dissect_payload(p, c, &f);
    if (c->fault == CURSOR_OK)
        cursor_trim(c, 0);
}

static void dissect(struct packet *p, struct cursor *c)
{
    dissect_frame(p, c, false);
}

/* As some access points send frames to their controllers: the bytes of the frame control swapped.
 */
static void dissect_swapped(struct packet *p, struct cursor *c)
{
    dissect_frame(p, c, true);
}

static const char *const tables[] = {"wlan.payload", "wlan.management", NULL};
static const struct binding bindings[] = {{"link_type", 105}, {"wlan.frame", 0}, {NULL, 0}};

const struct protocol proto_wlan = {.name = "wlan",
                                    .title = "IEEE 802.11 wireless LAN",
                                    .column = "802.11",
                                    FIELDS_OF_THIS_FILE,
                                    .tables = tables,
                                    .bindings = bindings,
                                    .dissect = dissect};

static const struct binding swapped_bindings[] = {{"wlan.frame", 2}, {NULL, 0}};

const struct protocol proto_wlan_swapped = {.name = "wlan",
                                            .title = "IEEE 802.11 wireless LAN",
                                            .column = "802.11",
                                            .fields_of = &proto_wlan,
                                            .tables = tables,
                                            .bindings = swapped_bindings,
                                            .dissect = dissect_swapped};
