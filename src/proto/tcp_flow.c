/* What the flow adds to a segment: analysis, completeness; and what the segment carries. */
#include "dissect/fragment.h"
#include "proto/tcp.h"

/* What is known of a stream as a whole is noted under its number, beside those of packets. */
static uint64_t stream_key(const struct segment_view *v)
{
    return TOLD_OF_STREAM | v->facts.stream;
}

/* ---- Analysis -------------------------------------------------------------------------------- */

/* The findings, in the order in which they are shown. */
static const struct {
    uint16_t analysis;
    unsigned field;
    const char *info; /* what the Info column says before all else */
} findings[] = {
    {ANALYSIS_RETRANSMISSION, TA_RETRANSMISSION, NULL},
    {ANALYSIS_FAST_RETRANSMISSION, TA_FAST, NULL},
    {ANALYSIS_SPURIOUS_RETRANSMISSION, TA_SPURIOUS, NULL},
    {ANALYSIS_OUT_OF_ORDER, TA_OUT_OF_ORDER, "TCP Out-Of-Order"},
    {ANALYSIS_REUSED_PORTS, TA_REUSED, "TCP Port numbers reused"},
    {ANALYSIS_LOST_SEGMENT, TA_LOST, "TCP Previous segment not captured"},
    {ANALYSIS_ACK_LOST_SEGMENT, TA_ACK_LOST, "TCP ACKed unseen segment"},
    {ANALYSIS_WINDOW_UPDATE, TA_WINDOW_UPDATE, "TCP Window Update"},
    {ANALYSIS_WINDOW_FULL, TA_WINDOW_FULL, "TCP Window Full"},
    {ANALYSIS_KEEP_ALIVE, TA_KEEP_ALIVE, "TCP Keep-Alive"},
    {ANALYSIS_KEEP_ALIVE_ACK, TA_KEEP_ALIVE_ACK, "TCP Keep-Alive ACK"},
    {ANALYSIS_ZERO_WINDOW_PROBE, TA_PROBE, "TCP ZeroWindowProbe"},
    {ANALYSIS_ZERO_WINDOW_PROBE_ACK, TA_PROBE_ACK, "TCP ZeroWindowProbeAck"},
    {ANALYSIS_ZERO_WINDOW, TA_ZERO_WINDOW, "TCP ZeroWindow"},
    {ANALYSIS_DUPLICATE_ACK, TA_DUP, NULL},
};

static void put_duplicate_ack(struct packet *p, struct cursor *c, const struct segment_view *v)
{
    put_mark(p, c, TA_DUP); /* as Wireshark: once as a finding, once over the numbers */
    put_uint(p, c, TA_DUP_NUM, v->start, 0, v->facts.duplicate_acks);
    put_uint(p, c, TA_DUP_FRAME, v->start, 0, v->facts.duplicate_of);
    label(p, TA_DUP, "Duplicate ACK (#%u)", v->facts.duplicate_acks);
}

static void put_findings(struct packet *p, struct cursor *c, const struct segment_view *v)
{
    uint16_t found = v->facts.analysis;
    if (found == 0)
        return;
    put_mark(p, c, TA_FLAGS);
    uint32_t tree = tree_begin(p, TA_FLAGS);
    for (size_t i = 0; i < sizeof findings / sizeof findings[0]; i++) {
        if (found & findings[i].analysis)
            put_mark(p, c, findings[i].field);
    }
    tree_end(p, tree);
    if (v->facts.rto_packet != 0) {
        put_time(p, c, TA_RTO, v->start, 0, v->facts.rto_ns);
        put_uint(p, c, TA_RTO_FRAME, v->start, 0, v->facts.rto_packet);
    }
    if (found & ANALYSIS_DUPLICATE_ACK)
        put_duplicate_ack(p, c, v);
}

/* "[TCP Retransmission] 80 → 49323 ...": what is wrong comes first in the column. */
static void put_findings_info(struct packet *p, const struct segment_view *v)
{
    uint16_t found = v->facts.analysis;
    if (!p->wanted->columns || found == 0)
        return;
    const char *text = "";
    if (found & ANALYSIS_RETRANSMISSION)
        text = found & ANALYSIS_FAST_RETRANSMISSION       ? "[TCP Fast Retransmission] "
               : found & ANALYSIS_SPURIOUS_RETRANSMISSION ? "[TCP Spurious Retransmission] "
                                                          : "[TCP Retransmission] ";
    for (size_t i = 0; i < sizeof findings / sizeof findings[0]; i++) {
        if (found & findings[i].analysis && findings[i].info != NULL)
            text = packet_text(p, "[%s] %s", findings[i].info, text);
    }
    if (found & ANALYSIS_DUPLICATE_ACK)
        text = packet_text(p, "[TCP Dup ACK %llu#%u] %s", (unsigned long long)v->facts.duplicate_of,
                           v->facts.duplicate_acks, text);
    const char *rest = packet_text(p, "%.*s", (int)p->info.length, p->info.data);
    info_set(p, "%s%s", text, rest);
}

void put_analysis(struct packet *p, struct cursor *c, const struct segment_view *v)
{
    const struct flow_facts *f = &v->facts;
    if (!v->known || !p->wanted->analysis || p->quoted || v->s.cut)
        return;
    put_findings_info(p, v);
    put_string(p, c, CLIENT_STATE, v->start, 0, tcp_state_name(f->states[TCP_OPENER]));
    put_string(p, c, SERVER_STATE, v->start, 0, tcp_state_name(f->states[TCP_ANSWERER]));
    if (f->ambiguous)
        put_mark(p, c, AMBIGUOUS);
    if (f->initial_rtt_ns != 0)
        tell(p, stream_key(v), TA_INITIAL_RTT, (uint64_t)f->initial_rtt_ns);
    if (f->acks_packet == 0 && f->in_flight == 0 && f->analysis == 0 && !f->acks_unseen &&
        !f->sack_covers)
        return;
    put_mark(p, c, TA);
    uint32_t tree = tree_begin(p, TA);
    if (f->acks_packet != 0) {
        put_uint(p, c, TA_ACKS_FRAME, v->start, 0, f->acks_packet);
        if (f->ack_rtt_ns != 0)
            put_time(p, c, TA_ACK_RTT, v->start, 0, f->ack_rtt_ns);
    }
    uint64_t rtt = (uint64_t)f->initial_rtt_ns;
    if (told(p, stream_key(v), TA_INITIAL_RTT, &rtt) || rtt != 0)
        put_time(p, c, TA_INITIAL_RTT, v->start, 0, (int64_t)rtt);
    if (f->in_flight != 0) {
        put_uint(p, c, TA_IN_FLIGHT, v->start, 0, f->in_flight);
        put_uint(p, c, TA_PUSH, v->start, 0, f->push_bytes);
    }
    put_findings(p, c, v);
    tree_end(p, tree);
}

/* "Complete, WITH_DATA": as far as RFC 9293's states can be told from what was captured. */
static const char *completeness_text(uint64_t c)
{
    bool handshake = (c & 7) == 7, data = (c & COMPLETE_DATA) != 0;
    bool closed = (c & (COMPLETE_FIN | COMPLETE_RST)) != 0;
    if (handshake && closed)
        return data ? "Complete, WITH_DATA" : "Complete, NO_DATA";
    return handshake ? (data ? "Incomplete, DATA" : "Incomplete, ESTABLISHED") : "Incomplete";
}

void put_completeness(struct packet *p, struct cursor *c, const struct segment_view *v)
{
    if (!v->known || !p->wanted->analysis)
        return;
    uint64_t value = v->facts.completeness;
    tell(p, stream_key(v), COMPLETENESS, value);
    (void)told(p, stream_key(v), COMPLETENESS, &value);
    value |= v->facts.first_seen;
    put_uint(p, c, COMPLETENESS, v->start, 0, value);
    label(p, COMPLETENESS, "Conversation completeness: %s (%u)", completeness_text(value),
          (unsigned)value);
}

/* ---- What the segment carries ------------------------------------------------------------------ */

static void put_segment_data(struct packet *p, struct cursor *c, uint32_t n)
{
    put_data(p, c, SEGMENT_DATA, c->pos, n, c->data + c->pos, n);
    label(p, SEGMENT_DATA, "TCP segment data (%u byte%s)", n, n == 1 ? "" : "s");
}

static void show_waiting(struct packet *p, struct cursor *c, uint32_t n)
{
    uint64_t in;
    if (told(p, p->in->number, REASSEMBLED_IN, &in))
        put_uint(p, c, REASSEMBLED_IN, c->pos, 0, in);
    put_segment_data(p, c, n);
    info_add(p, " [TCP segment of a reassembled PDU]");
}

static void show_reassembled(struct packet *p, const struct cursor *whole,
                             const struct stream_piece *piece)
{
    static const struct fragment_fields fields = {.fragments = SEGMENTS,
                                                  .fragment = SEGMENT,
                                                  .count = SEGMENT_COUNT,
                                                  .length = REASSEMBLED_LENGTH,
                                                  .data = REASSEMBLED_DATA,
                                                  .reassembled_in = REASSEMBLED_IN,
                                                  .name = "Reassembled TCP Segments"};
    fragments_put(p, whole, &fields, piece);
}

static void show_pdu(struct packet *p, const struct cursor *c, uint32_t n)
{
    put_uint(p, c, PDU_SIZE, c->pos, n, n);
}

/* Without flows: what the segment carries goes to the protocol of the lower port, else to that of the
 * other. */
static void dissect_alone(struct packet *p, struct cursor *c, uint16_t low, uint16_t high)
{
    if (!next(p, c, PORT_TABLE, low) && !next(p, c, PORT_TABLE, high) &&
        !next_heuristic(p, c, PORT_TABLE))
        next_data(p, c);
}

/* What was sent again because the other end asked for it fills a gap. */
static bool was_sent_before(const struct segment_view *v)
{
    const uint16_t again = ANALYSIS_RETRANSMISSION | ANALYSIS_FAST_RETRANSMISSION;
    return (v->facts.analysis & again) == ANALYSIS_RETRANSMISSION;
}

/* Messages that this segment is the end of, whether they are whole or not: a FIN, or a RST; or it confirms a FIN,
 * so that nothing before that can still come. */
static void cut_messages(struct packet *p, const struct segment_view *v,
                         const struct stream_ways *ways)
{
    bool reset = (v->s.flags & FLAG_RST) != 0;
    uint8_t step = v->facts.step;
    bool confirms = step == STEP_FIRST_FIN_ACK || step == STEP_SECOND_FIN_ACK ||
                    step == STEP_SECOND_FIN_WITH_ACK || step == STEP_BOTH_FIN_ACK;
    if (reset || ways->fin)
        cut_stream(p, v->s.length, ways, false, reset);
    if (reset || confirms)
        cut_stream(p, 0, ways, true, true);
}

static void dissect_stream(struct packet *p, struct cursor *c, const struct segment_view *v,
                           uint16_t low, uint16_t high)
{
    const struct stream_ways ways = {.table = PORT_TABLE,
                                     .low = low,
                                     .high = high,
                                     .fin = (v->s.flags & FLAG_FIN) != 0,
                                     .waiting = show_waiting,
                                     .completing = put_segment_data,
                                     .reassembled = show_reassembled,
                                     .pdu = show_pdu};
    uint32_t captured = cursor_captured(c);
    if (!was_sent_before(v)) {
        next_stream(p, c, &ways);
    } else if (captured > 0) {
        if ((v->facts.analysis & ANALYSIS_SPURIOUS_RETRANSMISSION) == 0)
            put_segment_data(p, c, captured);
        cursor_skip(c, captured);
    }
    cut_messages(p, v, &ways);
}

void dissect_payload(struct packet *p, struct cursor *c, const struct segment_view *v)
{
    uint32_t captured = cursor_captured(c);
    uint16_t src = v->s.src_port, dst = v->s.dst_port;
    uint16_t low = src < dst ? src : dst, high = src < dst ? dst : src;
    bool streams = v->known && p->wanted->streams && v->whole;
    if (captured > 0) {
        put_data(p, c, PAYLOAD, c->pos, captured, c->data + c->pos, captured);
        label(p, PAYLOAD, "TCP payload (%u byte%s)", captured, captured == 1 ? "" : "s");
    }
    if (p->net.fragment)
        next_data(p, c);
    else if (streams && (captured > 0 || v->s.flags & FLAG_FIN || p->wanted->cut))
        dissect_stream(p, c, v, low, high);
    else if (captured > 0)
        dissect_alone(p, c, low, high);
}
