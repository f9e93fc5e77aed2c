/*
 * dccp: Datagram Congestion Control Protocol (RFC 4340).
 *
 *     | source 2 | destination 2 | offset 1, in words | CCVal 4 bits, coverage 4 | checksum 2 |
 * reserved 3, type 4, X 1 | | X: reserved 1, sequence 6; else sequence 3 | acknowledged | service
 * or reset | options |
 */
#include "dissect/checksum.h"
#include "dissect/packet.h"

static const struct value_name checksum_status_names[] = {
    VALUE(0, "Bad"),         VALUE(1, "Good"),    VALUE(2, "Unverified"),
    VALUE(3, "Not present"), VALUE(4, "Illegal"), VALUES_END};
static const struct value_name type_names[] = {VALUE(0, "Request"),
                                               VALUE(1, "Response"),
                                               VALUE(2, "Data"),
                                               VALUE(3, "Ack"),
                                               VALUE(4, "DataAck"),
                                               VALUE(5, "CloseReq"),
                                               VALUE(6, "Close"),
                                               VALUE(7, "Reset"),
                                               VALUE(8, "Sync"),
                                               VALUE(9, "SyncAck"),
                                               VALUE(10, "Listen"),
                                               VALUE(11, "Reserved"),
                                               VALUE(12, "Reserved"),
                                               VALUE(13, "Reserved"),
                                               VALUE(14, "Reserved"),
                                               VALUE(15, "Reserved"),
                                               VALUES_END};
static const struct value_name service_code_names[] = {
    VALUE(0, "not specified"),
    VALUE(0x6c7470, "LTP: Licklider Transmission Protocol"),
    VALUE(0x44495343, "DISC: Discard"),
    VALUE(0x52544350, "RTCP: RTCP connection, separate from the corresponding RTP"),
    VALUE(0x52545041, "RTPA: RTP session conveying audio data (and associated RTCP)"),
    VALUE(0x5254504f, "RTPO: RTP session conveying other media (and associated RTCP)"),
    VALUE(0x52545054, "RTPT: RTP session conveying text media (and associated RTCP)"),
    VALUE(0x52545056, "RTPV: RTP session conveying video data (and associated RTCP)"),
    VALUE(0x53594c47, "SYLG: Syslog Protocol"),
    VALUE(0x64746e31, "Bundle Protocol"),
    VALUE(0x6e706d70, "NPMP: NetPerfMeter Data"),
    VALUE(0xffffffff, "Reserved (Invalid)"),
    VALUES_END};
static const struct value_name reset_code_names[] = {
    VALUE(0, "Unspecified"),      VALUE(1, "Closed"),
    VALUE(2, "Aborted"),          VALUE(3, "No Connection"),
    VALUE(4, "Packet Error"),     VALUE(5, "Option Error"),
    VALUE(6, "Mandatory Error"),  VALUE(7, "Connection Refused"),
    VALUE(8, "Bad Service Code"), VALUE(9, "Too Busy"),
    VALUE(10, "Bad Init Cookie"), VALUE(11, "Aggression Penalty"),
    VALUE(12, "Reserved"),        VALUES_END};
static const struct value_name option_type_names[] = {VALUE(0, "Padding"),
                                                      VALUE(1, "Mandatory"),
                                                      VALUE(2, "Slow Receiver"),
                                                      RANGE(3, 31, "Reserved"),
                                                      VALUE(32, "Change L"),
                                                      VALUE(33, "Confirm L"),
                                                      VALUE(34, "Change R"),
                                                      VALUE(35, "Confirm R"),
                                                      VALUE(36, "Init Cookie"),
                                                      VALUE(37, "NDP Count"),
                                                      VALUE(38, "Ack Vector [Nonce 0]"),
                                                      VALUE(39, "Ack Vector [Nonce 1]"),
                                                      VALUE(40, "Data Dropped"),
                                                      VALUE(41, "Timestamp"),
                                                      VALUE(42, "Timestamp Echo"),
                                                      VALUE(43, "Elapsed Time"),
                                                      VALUE(44, "Data checksum"),
                                                      RANGE(45, 127, "Reserved"),
                                                      RANGE(128, 191, "CCID option"),
                                                      VALUE(192, "CCID3 Loss Event Rate"),
                                                      VALUE(193, "CCID3 Loss Intervals"),
                                                      VALUE(194, "CCID3 Receive Rate"),
                                                      RANGE(195, 255, "CCID option"),
                                                      VALUES_END};
static const struct value_name feature_number_names[] = {VALUE(0, "Reserved"),
                                                         VALUE(1, "Congestion Control ID (CCID)"),
                                                         VALUE(2, "Allow Short Seqnums"),
                                                         VALUE(3, "Sequence Window"),
                                                         VALUE(4, "ECN Incapable"),
                                                         VALUE(5, "Ack Ratio"),
                                                         VALUE(6, "Send Ack Vector"),
                                                         VALUE(7, "Send NDP Count"),
                                                         VALUE(8, "Minimum Checksum Coverage"),
                                                         VALUE(9, "Check Data Checksum"),
                                                         RANGE(3, 127, "Reserved"),
                                                         VALUE(192, "Send Loss Event Rate"),
                                                         RANGE(193, 255, "CCID-specific feature"),
                                                         VALUES_END};

#define FIELDS(X)                                                                                  \
    X(SRCPORT, "dccp.srcport", "Source Port", UINT16, DEC, 0, NULL)                                \
    X(DSTPORT, "dccp.dstport", "Destination Port", UINT16, DEC, 0, NULL)                           \
    X(PORT, "dccp.port", "Source or Destination Port", UINT16, DEC | HIDDEN, 0, NULL)              \
    X(STREAM_INDEX, "dccp.stream", "Stream index", UINT32, DEC | FLOW, 0, NULL)                    \
    X(DATA_OFFSET, "dccp.data_offset", "Data Offset", UINT8, DEC, 0, NULL)                         \
    X(CCVAL, "dccp.ccval", "CCVal", UINT8, DEC, 0, NULL)                                           \
    X(CSCOV, "dccp.cscov", "Checksum Coverage", UINT8, DEC, 0, NULL)                               \
    X(CHECKSUM_STATUS, "dccp.checksum.status", "Checksum Status", UINT8, NONE, 0,                  \
      checksum_status_names)                                                                       \
    X(CHECKSUM, "dccp.checksum", "Checksum", UINT16, HEX, 0, NULL)                                 \
    X(RES1, "dccp.res1", "Reserved", UINT8, HEX | HIDDEN, 0, NULL)                                 \
    X(RES2, "dccp.res2", "Reserved", UINT8, HEX | HIDDEN, 0, NULL)                                 \
    X(TYPE, "dccp.type", "Type", UINT8, DEC, 0, type_names)                                        \
    X(EXTENDED, "dccp.x", "Extended Sequence Numbers", BOOLEAN, 0, 0, NULL)                        \
    X(SEQ, "dccp.seq", "Sequence Number", UINT64, DEC | FLOW, 0, NULL)                             \
    X(SEQ_RAW, "dccp.seq_raw", "Sequence Number (raw)", UINT64, DEC, 0, NULL)                      \
    X(ACK_RES, "dccp.ack_res", "Reserved", UINT16, HEX | HIDDEN, 0, NULL)                          \
    X(ACK, "dccp.ack", "Acknowledgement Number", UINT64, DEC | FLOW, 0, NULL)                      \
    X(ACK_RAW, "dccp.ack_raw", "Acknowledgement Number (raw)", UINT64, DEC, 0, NULL)               \
    X(SERVICE_CODE, "dccp.service_code", "Service Code", UINT32, DEC, 0, service_code_names)       \
    X(RESET_CODE, "dccp.reset_code", "Reset Code", UINT8, DEC, 0, reset_code_names)                \
    X(DATA1, "dccp.data1", "Data 1", UINT8, DEC, 0, NULL)                                          \
    X(DATA2, "dccp.data2", "Data 2", UINT8, DEC, 0, NULL)                                          \
    X(DATA3, "dccp.data3", "Data 3", UINT8, DEC, 0, NULL)                                          \
    X(OPTION_TYPE, "dccp.option_type", "Option Type", UINT8, DEC, 0, option_type_names)            \
    X(FEATURE_NUMBER, "dccp.feature_number", "Feature Number", UINT8, DEC, 0,                      \
      feature_number_names)                                                                        \
    X(NDP_COUNT, "dccp.ndp_count", "NDP Count", UINT64, DEC, 0, NULL)                              \
    X(TIMESTAMP, "dccp.timestamp", "Timestamp", UINT32, DEC, 0, NULL)                              \
    X(TIMESTAMP_ECHO, "dccp.timestamp_echo", "Timestamp Echo", UINT32, DEC, 0, NULL)               \
    X(ELAPSED_TIME, "dccp.elapsed_time", "Elapsed Time", UINT32, DEC, 0, NULL)                     \
    X(OPTIONS, "dccp.options", "Options", NONE, NONE, 0, NULL)                                     \
    X(PADDING, "dccp.padding", "Padding", BYTES, NONE, 0, NULL)                                    \
    X(MANDATORY, "dccp.mandatory", "Mandatory", BYTES, NONE, 0, NULL)                              \
    X(SLOW_RECEIVER, "dccp.slow_receiver", "Slow Receiver", BYTES, NONE, 0, NULL)                  \
    X(INIT_COOKIE, "dccp.init_cookie", "Init Cookie", BYTES, NONE, 0, NULL)                        \
    X(ACK_VECTOR_NONCE_0, "dccp.ack_vector.nonce_0", "Ack Vector [Nonce 0]", BYTES, NONE, 0, NULL) \
    X(ACK_VECTOR_NONCE_1, "dccp.ack_vector.nonce_1", "Ack Vector [Nonce 1]", BYTES, NONE, 0, NULL) \
    X(DATA_DROPPED, "dccp.data_dropped", "Data Dropped", BYTES, NONE, 0, NULL)                     \
    X(OPTION_RESERVED, "dccp.option_reserved", "Reserved", BYTES, NONE, 0, NULL)                   \
    X(OPTION_UNKNOWN, "dccp.option_unknown", "Unknown", BYTES, NONE, 0, NULL)

FIELD_TABLE(FIELDS);

enum { PORT_TABLE };
enum { IP_PROTO_DCCP = 33 };
enum {
    REQUEST,
    RESPONSE,
    DATA,
    ACK_PACKET,
    DATA_ACK,
    CLOSE_REQUEST,
    CLOSE_PACKET,
    RESET,
    SYNC,
    SYNC_ACK
};
enum {
    O_PADDING,
    O_MANDATORY,
    O_SLOW,
    O_CHANGE_L = 32,
    O_CONFIRM_R = 35,
    O_COOKIE,
    O_NDP,
    O_VECTOR0,
    O_VECTOR1,
    O_DROPPED,
    O_TIMESTAMP,
    O_ECHO,
    O_ELAPSED
};

struct memory {
    uint64_t first[2];
    bool known[2];
};

static uint64_t relative(struct packet *p, uint64_t number, bool other)
{
    struct memory *m = flow_state(p, sizeof *m);
    if (m == NULL)
        return number;
    unsigned way = (p->facts.reverse ? 1u : 0u) ^ (other ? 1u : 0u);
    if (!m->known[way]) {
        m->known[way] = true;
        m->first[way] = number;
    }
    return (number - m->first[way]) & 0xffffffffffff;
}

static uint64_t put_number(struct packet *p, struct cursor *c, unsigned field, bool extended,
                           bool other)
{
    uint32_t n = extended ? 6 : 3;
    const uint8_t *b = cursor_take(c, n);
    if (b == NULL)
        return 0;
    uint64_t raw = be_n(b, n);
    uint64_t shown = relative(p, raw, other);
    put_uint(p, c, field, c->pos - n, n, extended ? shown : shown & 0xffffff);
    put_uint(p, c, field + 1, c->pos - n, n, raw);
    return shown;
}

static void put_option_value(struct packet *p, struct cursor *v, uint8_t type)
{
    uint32_t n = cursor_left(v);
    if (type >= O_CHANGE_L && type <= O_CONFIRM_R)
        (void)put_u8(p, v, FEATURE_NUMBER);
    else if (type == O_NDP && n >= 1 && n <= 6)
        (void)put_uint_be(p, v, NDP_COUNT, n);
    else if (type == O_VECTOR0 || type == O_VECTOR1)
        (void)put_bytes(p, v, type == O_VECTOR0 ? ACK_VECTOR_NONCE_0 : ACK_VECTOR_NONCE_1, n);
    else if (type == O_DROPPED)
        (void)put_bytes(p, v, DATA_DROPPED, n);
    else if (type == O_TIMESTAMP && n == 4)
        (void)put_u32(p, v, TIMESTAMP);
    else if (type == O_ECHO && n >= 4)
        (void)put_u32(p, v, TIMESTAMP_ECHO);
    else if (type == O_ELAPSED && (n == 2 || n == 4))
        (void)put_uint_be(p, v, ELAPSED_TIME, n);
}

static void put_options(struct packet *p, struct cursor *o)
{
    put_data(p, o, OPTIONS, o->pos, cursor_left(o), "", 0);
    uint32_t tree = tree_begin(p, OPTIONS);
    while (cursor_left(o) > 0 && o->fault == CURSOR_OK) {
        uint8_t type = put_u8(p, o, OPTION_TYPE);
        uint32_t under = tree_begin(p, OPTION_TYPE);
        if (type == O_PADDING && o->fault == CURSOR_OK)
            put_data(p, o, PADDING, o->pos - 1, 1, o->data + o->pos - 1, 1);
        if (type >= O_CHANGE_L) {
            uint8_t length = cursor_u8(o);
            if (length < 2) {
                tree_end(p, under);
                break;
            }
            struct cursor v = cursor_part(o, length - 2u);
            put_option_value(p, &v, type);
        }
        tree_end(p, under);
    }
    tree_end(p, tree);
}

static void ask_flow(struct packet *p, const struct cursor *c, uint32_t at)
{
    struct segment s = {.ip_version = p->net.version,
                        .protocol = IP_PROTO_DCCP,
                        .src = p->net.src,
                        .dst = p->net.dst,
                        .src_port = p->src_port,
                        .dst_port = p->dst_port,
                        .quoted = p->quoted,
                        .packet = p->in->number,
                        .time_ns = p->in->time_ns};
    flow_ask(p, &s, PORT_TABLE);
    if (p->in_flow)
        put_uint(p, c, STREAM_INDEX, at, 0, p->facts.stream);
}

static void put_ports(struct packet *p, struct cursor *c, uint32_t start)
{
    p->src_port = put_u16(p, c, SRCPORT);
    put_uint(p, c, PORT, start, 2, p->src_port);
    p->dst_port = put_u16(p, c, DSTPORT);
    put_uint(p, c, PORT, start + 2, 2, p->dst_port);
    if (c->fault == CURSOR_OK)
        ask_flow(p, c, c->pos);
}

/* The pseudo-header is that of UDP; `coverage` says how many words of the data are covered
 * (section 9.2). */
static void put_checksum(struct packet *p, struct cursor *c, uint32_t start, uint8_t coverage,
                         uint32_t header)
{
    static const struct checksum_fields fields = {CHECKSUM, CHECKSUM_STATUS, NO_MARK};
    uint32_t all = c->end - start, covered = coverage == 0 ? all : header + (coverage - 1u) * 4;
    uint64_t sum = p->net.version == 0 ? 0 : checksum_pseudo_header(p, IP_PROTO_DCCP, all);
    struct cursor part = *c;
    if (covered < all && covered >= 8)
        cursor_trim(&part, start + covered - c->pos);
    put_verified(p, &part, start, sum, &fields);
    cursor_skip(c, 2);
}

static void put_type_part(struct packet *p, struct cursor *c, uint8_t type)
{
    if (type == REQUEST || type == RESPONSE)
        (void)put_u32(p, c, SERVICE_CODE);
    if (type == RESET) {
        (void)put_u8(p, c, RESET_CODE);
        (void)put_u8(p, c, DATA1);
        (void)put_u8(p, c, DATA2);
        (void)put_u8(p, c, DATA3);
    }
}

static void dissect(struct packet *p, struct cursor *c)
{
    uint32_t start = c->pos;
    put_ports(p, c, start);
    uint32_t header = put_u8(p, c, DATA_OFFSET) * 4u;
    uint8_t values = cursor_u8(c);
    if (c->fault != CURSOR_OK)
        return;
    put_uint(p, c, CCVAL, c->pos - 1, 1, values >> 4);
    put_uint(p, c, CSCOV, c->pos - 1, 1, values & 15);
    put_checksum(p, c, start, values & 15, header);
    uint8_t bits = cursor_u8(c);
    if (c->fault != CURSOR_OK)
        return;
    uint8_t type = bits >> 1 & 15;
    bool extended = (bits & 1) != 0;
    put_uint(p, c, RES1, c->pos - 1, 1, bits >> 5);
    put_uint(p, c, TYPE, c->pos - 1, 1, type);
    put_uint(p, c, EXTENDED, c->pos - 1, 1, extended);
    if (extended)
        (void)put_u8(p, c, RES2);
    uint64_t seq = put_number(p, c, SEQ, extended, false);
    if (type != REQUEST && type != DATA) {
        if (extended)
            (void)put_u16(p, c, ACK_RES);
        else
            cursor_skip(c, 1);
        (void)put_number(p, c, ACK, extended, true);
    }
    put_type_part(p, c, type);
    const char *name = value_name_find(type_names, type);
    title(p, "Datagram Congestion Control Protocol, Src Port: %u, Dst Port: %u [%s] Seq=%llu",
          p->src_port, p->dst_port, name != NULL ? name : "Unknown", (unsigned long long)seq);
    info_set(p, "%u > %u [%s]", p->src_port, p->dst_port, name != NULL ? name : "Unknown");
    if (c->fault != CURSOR_OK || header < c->pos - start)
        return;
    if (header > c->pos - start) {
        struct cursor options = cursor_part(c, header - (c->pos - start));
        put_options(p, &options);
    }
    uint16_t low = p->src_port < p->dst_port ? p->src_port : p->dst_port,
             high = p->src_port < p->dst_port ? p->dst_port : p->src_port;
    if (cursor_captured(c) > 0 && !next(p, c, PORT_TABLE, low) && !next(p, c, PORT_TABLE, high))
        next_data(p, c);
}

static const char *const tables[] = {"dccp.port", NULL};
static const struct binding bindings[] = {{"ip.proto", IP_PROTO_DCCP}, {NULL, 0}};

const struct protocol proto_dccp = {.name = "dccp",
                                    .title = "Datagram Congestion Control Protocol",
                                    .column = "DCCP",
                                    FIELDS_OF_THIS_FILE,
                                    .tables = tables,
                                    .bindings = bindings,
                                    .flows = true,
                                    .dissect = dissect};
