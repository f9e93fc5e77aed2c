/*
 * rtcp: RTP Control Protocol (RFC 3550, section 6; feedback: RFC 4585, RFC 5104; extended reports: RFC 3611).
 * Several packets lie in a datagram:
 *
 *     | version 2, padding 1, count 5 | type | length in words, less one (2) | sender ... |
 */
#include "dissect/expect.h"

static const struct value_name versions[] = {VALUE(0, "Old VAT Version"),
                                             VALUE(1, "First Draft Version"),
                                             VALUE(2, "RFC 1889 Version"), VALUES_END};
static const struct value_name types[] = {VALUE(192, "Full Intra-frame Request (H.261)"),
                                          VALUE(193, "Negative Acknowledgement (H.261)"),
                                          VALUE(194, "SMPTE time-code mapping"),
                                          VALUE(195, "Extended inter-arrival jitter report"),
                                          VALUE(200, "Sender Report"),
                                          VALUE(201, "Receiver Report"),
                                          VALUE(202, "Source description"),
                                          VALUE(203, "Goodbye"),
                                          VALUE(204, "Application specific"),
                                          VALUE(205, "Generic RTP Feedback"),
                                          VALUE(206, "Payload-specific Feedback"),
                                          VALUE(207, "Extended report (RFC 3611)"),
                                          VALUE(208, "AVB RTCP packet (IEEE1733)"),
                                          VALUE(209, "Receiver Summary Information"),
                                          VALUE(210, "Port Mapping"),
                                          VALUES_END};
static const struct value_name sdes_types[] = {VALUE(0, "END"),
                                               VALUE(1, "CNAME (user and domain)"),
                                               VALUE(2, "NAME (common name)"),
                                               VALUE(3, "EMAIL (e-mail address)"),
                                               VALUE(4, "PHONE (phone number)"),
                                               VALUE(5, "LOC (geographic location)"),
                                               VALUE(6, "TOOL (name/version of source app)"),
                                               VALUE(7, "NOTE (note about source)"),
                                               VALUE(8, "PRIV (private extensions)"),
                                               VALUE(9, "H323-CADDR (H.323 callable address)"),
                                               VALUE(10, "Application Specific Identifier"),
                                               VALUES_END};
static const struct value_name transport_feedback[] = {
    VALUE(1, "Generic negative acknowledgement (NACK)"),
    VALUE(3, "Temporary Maximum Media Stream Bit Rate Request (TMMBR)"),
    VALUE(4, "Temporary Maximum Media Stream Bit Rate Notification (TMMBN)"),
    VALUE(15, "Transport-wide Congestion Control (Transport-cc)"),
    VALUE(31, "Reserved for future extensions"),
    VALUES_END};
static const struct value_name payload_feedback[] = {
    VALUE(1, "Picture Loss Indication"),
    VALUE(2, "Slice Loss Indication"),
    VALUE(3, "Reference Picture Selection Indication"),
    VALUE(4, "Full Intra Request (FIR) Command"),
    VALUE(5, "Temporal-Spatial Trade-off Request (TSTR)"),
    VALUE(6, "Temporal-Spatial Trade-off Notification (TSTN)"),
    VALUE(7, "Video Back Channel Message (VBCM)"),
    VALUE(15, "Application Layer Feedback"),
    VALUE(31, "Reserved for future extensions"),
    VALUES_END};
static const struct value_name report_blocks[] = {
    VALUE(1, "Loss Run Length Encoding Report Block"),
    VALUE(2, "Duplicate Run Length Encoding Report Block"),
    VALUE(3, "Packet Receipt Times Report Block"),
    VALUE(4, "Receiver Reference Time Report Block"),
    VALUE(5, "DLRR Report Block"),
    VALUE(6, "Statistics Summary Report Block"),
    VALUE(7, "VoIP Metrics Report Block"),
    VALUES_END};

#define FIELDS(X)                                                                                  \
    X(SETUP, "rtcp.setup", "Stream setup", STRING, GENERATED, 0, NULL)                             \
    X(SETUP_FRAME, "rtcp.setup-frame", "Setup frame", FRAMENUM, GENERATED | FLOW, 0, NULL)         \
    X(SETUP_METHOD, "rtcp.setup-method", "Setup Method", STRING, GENERATED, 0, NULL)               \
    X(VERSION, "rtcp.version", "Version", UINT8, DEC, 0xc0, versions)                              \
    X(PADDING, "rtcp.padding", "Padding", BOOLEAN, 8, 0x20, NULL)                                  \
    X(REPORTS, "rtcp.rc", "Reception report count", UINT8, DEC, 0x1f, NULL)                        \
    X(SOURCES, "rtcp.sc", "Source count", UINT8, DEC, 0x1f, NULL)                                  \
    X(SUBTYPE, "rtcp.app.subtype", "Subtype", UINT8, DEC, 0x1f, NULL)                              \
    X(TRANSPORT_FORMAT, "rtcp.rtpfb.fmt", "RTCP Feedback message type (FMT)", UINT8, DEC, 0x1f,    \
      transport_feedback)                                                                          \
    X(PAYLOAD_FORMAT, "rtcp.psfb.fmt", "RTCP Feedback message type (FMT)", UINT8, DEC, 0x1f,       \
      payload_feedback)                                                                            \
    X(TYPE, "rtcp.pt", "Packet type", UINT8, DEC, 0, types)                                        \
    X(LENGTH, "rtcp.length", "Length", UINT16, DEC, 0, NULL)                                       \
    X(SENDER, "rtcp.senderssrc", "Sender SSRC", UINT32, HEX_DEC, 0, NULL)                          \
    X(MEDIA, "rtcp.mediassrc", "Media source SSRC", UINT32, HEX_DEC, 0, NULL)                      \
    X(NTP_HIGH, "rtcp.timestamp.ntp.msw", "Timestamp, MSW", UINT32, DEC_HEX, 0, NULL)              \
    X(NTP_LOW, "rtcp.timestamp.ntp.lsw", "Timestamp, LSW", UINT32, DEC_HEX, 0, NULL)               \
    X(NTP, "rtcp.timestamp.ntp", "MSW and LSW as NTP timestamp", ABSOLUTE_TIME,                    \
      UTC | NTP_TIME | GENERATED, 0, NULL)                                                         \
    X(RTP, "rtcp.timestamp.rtp", "RTP timestamp", UINT32, DEC, 0, NULL)                            \
    X(PACKETS, "rtcp.sender.packetcount", "Sender's packet count", UINT32, DEC, 0, NULL)           \
    X(OCTETS, "rtcp.sender.octetcount", "Sender's octet count", UINT32, DEC, 0, NULL)              \
    X(SOURCE, "rtcp.ssrc.identifier", "Identifier", UINT32, HEX_DEC, 0, NULL)                      \
    X(FRACTION, "rtcp.ssrc.fraction", "Fraction lost", UINT8, DEC, 0, NULL)                        \
    X(LOST, "rtcp.ssrc.cum_nr", "Cumulative number of packets lost", INT24, DEC, 0, NULL)          \
    X(HIGHEST, "rtcp.ssrc.ext_high", "Extended highest sequence number received", UINT32, DEC, 0,  \
      NULL)                                                                                        \
    X(CYCLES, "rtcp.ssrc.high_cycles", "Sequence number cycles count", UINT16, DEC, 0, NULL)       \
    X(HIGHEST_LOW, "rtcp.ssrc.high_seq", "Highest sequence number received", UINT16, DEC, 0, NULL) \
    X(JITTER, "rtcp.ssrc.jitter", "Interarrival jitter", UINT32, DEC, 0, NULL)                     \
    X(LAST_REPORT, "rtcp.ssrc.lsr", "Last SR timestamp", UINT32, DEC_HEX, 0, NULL)                 \
    X(SINCE_REPORT, "rtcp.ssrc.dlsr", "Delay since last SR timestamp", UINT32, DEC, 0, NULL)       \
    X(PROFILE_TYPE, "rtcp.profile-specific-extension.type", "Extension Type", UINT16, DEC, 0,      \
      NULL)                                                                                        \
    X(PROFILE_LENGTH, "rtcp.profile-specific-extension.length", "Extension Length", UINT16, DEC,   \
      0, NULL)                                                                                     \
    X(PROFILE, "rtcp.profile-specific-extension", "Profile-specific extension", BYTES, NONE, 0,    \
      NULL)                                                                                        \
    X(SDES_TYPE, "rtcp.sdes.type", "Type", UINT8, DEC, 0, sdes_types)                              \
    X(SDES_LENGTH, "rtcp.sdes.length", "Length", UINT32, DEC, 0, NULL)                             \
    X(SDES_TEXT, "rtcp.sdes.text", "Text", STRING, NONE, 0, NULL)                                  \
    X(SDES_PREFIX_LENGTH, "rtcp.sdes.prefix.length", "Prefix length", UINT8, DEC, 0, NULL)         \
    X(SDES_PREFIX, "rtcp.sdes.prefix.string", "Prefix string", STRING, NONE, 0, NULL)              \
    X(APP_NAME, "rtcp.app.name", "Name (ASCII)", STRING, NONE, 0, NULL)                            \
    X(APP_DATA, "rtcp.app.data", "Application specific data", BYTES, NONE, 0, NULL)                \
    X(NACK_ID, "rtcp.rtpfb.nack_pid", "RTCP Transport Feedback NACK PID", UINT16, DEC, 0, NULL)    \
    X(NACK_MASK, "rtcp.rtpfb.nack_blp", "RTCP Transport Feedback NACK BLP", UINT16, HEX, 0, NULL)  \
    X(FIR_SOURCE, "rtcp.psfb.fir.fci.ssrc", "SSRC", UINT32, HEX_DEC, 0, NULL)                      \
    X(FIR_NUMBER, "rtcp.psfb.fir.fci.csn", "Command Sequence Number", UINT8, DEC, 0, NULL)         \
    X(FIR_RESERVED, "rtcp.psfb.fir.fci.reserved", "Reserved", UINT24, DEC, 0, NULL)                \
    X(FEEDBACK, "rtcp.fci", "Feedback Control Information (FCI)", BYTES, NONE, 0, NULL)            \
    X(BLOCK_TYPE, "rtcp.xr.bt", "Type", UINT8, DEC, 0, report_blocks)                              \
    X(BLOCK_SPECIFIC, "rtcp.xr.bs", "Type Specific", UINT8, DEC, 0, NULL)                          \
    X(BLOCK_LENGTH, "rtcp.xr.bl", "Length", UINT16, DEC, 0, NULL)                                  \
    X(BLOCK_TIME, "rtcp.xr.timestamp", "Timestamp", ABSOLUTE_TIME, UTC | NTP_TIME, 0, NULL)        \
    X(BLOCK_LAST, "rtcp.xr.lrr", "Last RR timestamp", UINT32, DEC, 0, NULL)                        \
    X(BLOCK_SINCE, "rtcp.xr.dlrr", "Delay since last RR timestamp", UINT32, DEC, 0, NULL)          \
    X(PADDING_DATA, "rtcp.padding.data", "Padding data", BYTES, NONE, 0, NULL)                     \
    X(PADDING_COUNT, "rtcp.padding.count", "Padding count", UINT8, DEC, 0, NULL)                   \
    X(LENGTH_CHECK, "rtcp.length_check", "RTCP frame length check", BOOLEAN, GENERATED, 0, NULL)

FIELD_TABLE(FIELDS);

enum {
    USUAL_PORT = 5005,
    FIRST_FREE_PORT = 1024,
    HEADER = 4,
    REPORT_BLOCK = 24,
    SENDER_REPORT = 200,
    GOODBYE = 203,
    EXTENDED = 207,
    FEEDBACK_TRANSPORT = 205,
    FEEDBACK_PAYLOAD = 206
};
enum { NACK = 1, FULL_INTRA = 4, SDES_PRIVATE = 8, REFERENCE_TIME = 4, DELAY_SINCE = 5 };

static void put_setup(struct packet *p, const struct cursor *c)
{
    const struct expectation *e = &p->expectation;
    put_string(p, c, SETUP, c->pos, 0, "");
    label(p, SETUP, "Stream setup by %s (frame %llu)", e->method, (unsigned long long)e->packet);
    uint32_t tree = tree_begin(p, SETUP);
    put_uint(p, c, SETUP_FRAME, c->pos, 0, e->packet);
    put_string(p, c, SETUP_METHOD, c->pos, 0, e->method);
    tree_end(p, tree);
}

/* Since 1900; from 2036 on the seconds begin again (RFC 5905, section 6). */
static int64_t ntp_time(uint32_t high, uint32_t low)
{
    int64_t since_1970 = (int64_t)high - 2208988800 + (high < 0x80000000 ? INT64_C(1) << 32 : 0);
    return since_1970 * 1000000000 + (int64_t)((uint64_t)low * 1000000000 >> 32);
}

/* ---- Reports (section 6.4) --------------------------------------------------------------------- */

static void put_reports(struct packet *p, struct cursor *c, unsigned count)
{
    for (unsigned i = 1; i <= count && cursor_left(c) > 0; i++) {
        if (cursor_left(c) < REPORT_BLOCK) {
            cursor_malformed(c);
            return;
        }
        uint32_t tree = tree_text(p, c, c->pos, REPORT_BLOCK, "Source %u", i);
        (void)put_u32(p, c, SOURCE);
        (void)put_u8(p, c, FRACTION);
        (void)put_int_be(p, c, LOST, 3);
        uint32_t highest = put_u32(p, c, HIGHEST);
        uint32_t branch = tree_begin(p, HIGHEST);
        if (c->fault == CURSOR_OK) {
            put_uint(p, c, CYCLES, c->pos - 4, 2, highest >> 16);
            put_uint(p, c, HIGHEST_LOW, c->pos - 2, 2, highest & 0xffff);
        }
        tree_end(p, branch);
        (void)put_u32(p, c, JITTER);
        (void)put_u32(p, c, LAST_REPORT);
        (void)put_u32(p, c, SINCE_REPORT);
        tree_end(p, tree);
    }
    if (cursor_left(c) == 0)
        return;
    (void)put_u16(p, c, PROFILE_TYPE);
    (void)put_u16(p, c, PROFILE_LENGTH);
    (void)put_bytes(p, c, PROFILE, cursor_left(c));
}

static void put_sender(struct packet *p, struct cursor *c)
{
    uint32_t high = put_u32(p, c, NTP_HIGH), low = put_u32(p, c, NTP_LOW);
    if (c->fault == CURSOR_OK)
        put_time(p, c, NTP, c->pos - 8, 8, ntp_time(high, low));
    (void)put_u32(p, c, RTP);
    (void)put_u32(p, c, PACKETS);
    (void)put_u32(p, c, OCTETS);
}

/* ---- Descriptions, goodbyes (6.5, 6.6) --------------------------------------------------------- */

static void put_private(struct packet *p, struct cursor *c, uint32_t n)
{
    struct cursor text = cursor_part(c, n);
    uint8_t prefix = put_u8(p, &text, SDES_PREFIX_LENGTH);
    (void)put_bytes(p, &text, SDES_PREFIX, prefix);
    (void)put_bytes(p, &text, SDES_TEXT, cursor_left(&text));
}

/* Items up to the one that ends them; then up to a whole word. */
static void put_items(struct packet *p, struct cursor *c, uint32_t start)
{
    while (cursor_left(c) > 0) {
        uint8_t type = put_u8(p, c, SDES_TYPE);
        if (type == 0)
            break;
        uint8_t n = put_u8(p, c, SDES_LENGTH);
        if (type == SDES_PRIVATE)
            put_private(p, c, n);
        else if (n > 0)
            (void)put_bytes(p, c, SDES_TEXT, n);
    }
    uint32_t over = (c->pos - start) & 3;
    if (over != 0 && cursor_left(c) >= 4 - over)
        cursor_skip(c, 4 - over);
}

static void put_descriptions(struct packet *p, struct cursor *c, unsigned count)
{
    for (unsigned i = 1; i <= count && cursor_left(c) > 0; i++) {
        uint32_t start = c->pos, tree = tree_text(p, c, start, cursor_left(c), "Chunk %u", i);
        (void)put_u32(p, c, SOURCE);
        put_items(p, c, start);
        tree_end(p, tree);
    }
}

static void put_goodbye(struct packet *p, struct cursor *c, unsigned count)
{
    for (unsigned i = 0; i < count && cursor_left(c) > 0; i++)
        (void)put_u32(p, c, SOURCE);
    if (cursor_left(c) == 0)
        return;
    uint8_t n = put_u8(p, c, SDES_LENGTH);
    (void)put_bytes(p, c, SDES_TEXT, n);
}

/* ---- Feedback, extended reports ---------------------------------------------------------------- */

static void put_feedback(struct packet *p, struct cursor *c, uint8_t type, unsigned format)
{
    (void)put_u32(p, c, SENDER);
    (void)put_u32(p, c, MEDIA);
    while (type == FEEDBACK_TRANSPORT && format == NACK && cursor_left(c) > 0) {
        uint16_t id = put_u16(p, c, NACK_ID), mask = put_u16(p, c, NACK_MASK);
        for (unsigned i = 0; i < 16 && c->fault == CURSOR_OK; i++) {
            if (mask >> i & 1) /* lost as well */
                put_uint(p, c, NACK_ID, c->pos - 2, 2, (uint16_t)(id + 1u + i));
        }
    }
    while (type == FEEDBACK_PAYLOAD && format == FULL_INTRA && cursor_left(c) > 0) {
        (void)put_u32(p, c, FIR_SOURCE);
        (void)put_u8(p, c, FIR_NUMBER);
        (void)put_u24(p, c, FIR_RESERVED);
    }
    if (cursor_left(c) > 0)
        (void)put_bytes(p, c, FEEDBACK, cursor_left(c));
}

static void put_block(struct packet *p, struct cursor *c, uint8_t type)
{
    const uint8_t *b = cursor_peek(c, 0, 8);
    if (type == REFERENCE_TIME && b != NULL) {
        put_time(p, c, BLOCK_TIME, c->pos, 8, ntp_time(be32(b), be32(b + 4)));
        cursor_skip(c, 8);
    }
    while (type == DELAY_SINCE && cursor_left(c) > 0) {
        (void)put_u32(p, c, SOURCE);
        (void)put_u32(p, c, BLOCK_LAST);
        (void)put_u32(p, c, BLOCK_SINCE);
    }
}

static void put_extended(struct packet *p, struct cursor *c)
{
    (void)put_u32(p, c, SENDER);
    while (cursor_left(c) > 0) {
        const uint8_t *b = cursor_peek(c, 0, 1);
        const char *name = b == NULL ? NULL : value_name_find(report_blocks, b[0]);
        uint32_t tree =
            tree_text(p, c, c->pos, cursor_left(c), "%s", name != NULL ? name : "Block");
        uint8_t type = put_u8(p, c, BLOCK_TYPE);
        (void)put_u8(p, c, BLOCK_SPECIFIC);
        uint16_t words = put_u16(p, c, BLOCK_LENGTH);
        struct cursor block = cursor_part(c, words * 4u);
        put_block(p, &block, type);
        if (block.fault != CURSOR_OK)
            c->fault = block.fault;
        tree_end(p, tree);
    }
}

/* ---- Packets ----------------------------------------------------------------------------------- */

/* What the five bits in the first byte are depends on the type. */
static unsigned count_field(uint8_t type)
{
    switch (type) {
    case 202:
    case 203:
        return SOURCES;
    case 204:
    case 208:
        return SUBTYPE;
    case FEEDBACK_TRANSPORT:
        return TRANSPORT_FORMAT;
    case FEEDBACK_PAYLOAD:
        return PAYLOAD_FORMAT;
    default:
        return REPORTS;
    }
}

static void put_body(struct packet *p, struct cursor *c, uint8_t type, unsigned count)
{
    switch (type) {
    case SENDER_REPORT:
    case 201:
        (void)put_u32(p, c, SENDER);
        if (type == SENDER_REPORT)
            put_sender(p, c);
        put_reports(p, c, count);
        break;
    case 202:
        put_descriptions(p, c, count);
        break;
    case 203:
        put_goodbye(p, c, count);
        break;
    case 204:
        (void)put_u32(p, c, SOURCE);
        (void)put_bytes(p, c, APP_NAME, 4);
        if (cursor_left(c) > 0)
            (void)put_bytes(p, c, APP_DATA, cursor_left(c));
        break;
    case FEEDBACK_TRANSPORT:
    case FEEDBACK_PAYLOAD:
        put_feedback(p, c, type, count);
        break;
    case EXTENDED:
        put_extended(p, c);
        break;
    default:
        break;
    }
}

/* Takes the padding off the end of c; how many bytes. */
static uint32_t cut_padding(struct cursor *c)
{
    const uint8_t *last = cursor_left(c) > 0 ? cursor_peek(c, cursor_left(c) - 1, 1) : NULL;
    uint32_t n = last == NULL || *last > cursor_left(c) ? 0 : *last;
    cursor_trim(c, cursor_left(c) - n);
    return n;
}

static void put_padding(struct packet *p, struct cursor *c, uint32_t n)
{
    if (n > 1)
        (void)put_bytes(p, c, PADDING_DATA, n - 1);
    if (n > 0)
        (void)put_u8(p, c, PADDING_COUNT);
}

/* One packet; false: it is longer than what is left. */
static bool put_packet(struct packet *p, struct cursor *c)
{
    const uint8_t *h = cursor_peek(c, 0, HEADER);
    if (h == NULL) {
        cursor_skip(c, HEADER);
        return false;
    }
    uint32_t size = (be16(h + 2) + 1u) * 4;
    uint8_t first = h[0], type = h[1];
    bool whole = size <= cursor_left(c);
    struct cursor mine = cursor_part(c, size);
    const char *name = value_name_find(types, type);
    title(p, "Real-time Transport Control Protocol (%s)", name != NULL ? name : "Unknown");
    info_add(p, "%s%s", name != NULL ? name : "Unknown", "   ");
    put_bits(p, &mine, VERSION, mine.pos, 1, first);
    put_bits(p, &mine, PADDING, mine.pos, 1, first);
    if (type != EXTENDED)
        put_bits(p, &mine, count_field(type), mine.pos, 1, first);
    cursor_skip(&mine, 1);
    (void)put_u8(p, &mine, TYPE);
    (void)put_u16(p, &mine, LENGTH);
    struct cursor body = mine;
    uint32_t padding = first & 0x20 ? cut_padding(&body) : 0;
    put_body(p, &body, type, first & 0x1f);
    mine.pos = mine.cap - padding;
    put_padding(p, &mine, padding);
    if (body.fault != CURSOR_OK)
        c->fault = body.fault;
    return whole;
}

/* What follows a packet may be encrypted, or the check of what is (RFC 3711, section 3.4). */
static bool is_packet(const struct cursor *c)
{
    const uint8_t *h = cursor_peek(c, 0, HEADER);
    return h != NULL && h[0] >> 6 == 2 && value_name_find(types, h[1]) != NULL;
}

static void dissect(struct packet *p, struct cursor *c)
{
    bool whole = true;
    info_set(p, "%s", "");
    for (bool first = true; c->fault == CURSOR_OK && (first || is_packet(c)); first = false) {
        if (!first)
            layer_again(p, c);
        if (p->expectation.method != NULL)
            put_setup(p, c);
        whole = put_packet(p, c) && whole;
    }
    if (c->fault == CURSOR_OK)
        put_uint(p, c, LENGTH_CHECK, c->pos, 0, whole);
    cursor_skip(c, cursor_captured(c));
}

/* Of version 2, and of a type that may come first; where nobody announced it, whole words, and not too long. */
static bool probe(const struct packet *p, const struct cursor *c)
{
    const uint8_t *h = cursor_peek(c, 0, HEADER);
    uint32_t left = cursor_left(c);
    if (h == NULL || h[0] >> 6 != 2)
        return false;
    if (p->expectation.method != NULL)
        return true;
    bool usual = p->src_port == USUAL_PORT || p->dst_port == USUAL_PORT;
    bool well_known = p->src_port < FIRST_FREE_PORT || p->dst_port < FIRST_FREE_PORT;
    return h[1] >= SENDER_REPORT && h[1] <= GOODBYE && !well_known &&
           (usual || (left % 4 == 0 && (be16(h + 2) + 1u) * 4 <= left));
}

static const struct binding bindings[] = {
    {"udp.port", USUAL_PORT}, {"udp.port", HEURISTIC}, {"expected", EXPECT_RTCP}, {NULL, 0}};

const struct protocol proto_rtcp = {.name = "rtcp",
                                    .title = "Real-time Transport Control Protocol",
                                    .column = "RTCP",
                                    FIELDS_OF_THIS_FILE,
                                    .bindings = bindings,
                                    .probe = probe,
                                    .dissect = dissect};
