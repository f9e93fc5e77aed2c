/* tcp: the Transmission Control Protocol (RFC 9293). What only the flow of a segment knows is asked of
 * p->flow; without it, sequence numbers are shown as they are. */
#include <string.h>

#include "dissect/checksum.h"
#include "proto/tcp.h"

static const struct value_name set_names[] = {VALUE(0, "Not set"), VALUE(1, "Set"), VALUES_END};
static const struct value_name status_names[] = CHECKSUM_STATUS_NAMES;
static const struct value_name user_timeout_names[] = {VALUE(0, "Seconds"), VALUE(1, "Minutes"),
                                                       VALUES_END};

/* Option kinds: https://www.iana.org/assignments/tcp-parameters/ */
static const struct value_name kind_names[] = {
    VALUE(0, "End of Option List"),
    VALUE(1, "No-Operation"),
    VALUE(2, "Maximum Segment Size"),
    VALUE(3, "Window Scale"),
    VALUE(4, "SACK Permitted"),
    VALUE(5, "SACK"),
    VALUE(6, "Echo (obsoleted by option 8)"),
    VALUE(7, "Echo Reply (obsoleted by option 8)"),
    VALUE(8, "Time Stamp Option"),
    VALUE(9, "Partial Order Connection Permitted (obsolete)"),
    VALUE(10, "Partial Order Service Profile (obsolete)"),
    VALUE(11, "CC (obsolete)"),
    VALUE(12, "CC.NEW (obsolete)"),
    VALUE(13, "CC.ECHO (obsolete)"),
    VALUE(14, "TCP Alternate Checksum Request (obsolete)"),
    VALUE(15, "TCP Alternate Checksum Data (obsolete)"),
    VALUE(19, "MD5 Signature Option"),
    VALUE(20, "SCPS Capabilities"),
    VALUE(21, "Selective Negative Acknowledgements"),
    VALUE(22, "SCPS Record Boundary"),
    VALUE(23, "Corruption experienced"),
    VALUE(27, "Quick-Start Response"),
    VALUE(28, "User Timeout Option"),
    VALUE(29, "TCP Authentication Option"),
    VALUE(30, "Multipath TCP"),
    VALUE(34, "TCP Fast Open Cookie"),
    VALUE(76, "Riverbed Probe"),
    VALUE(78, "Riverbed Transparency"),
    VALUE(253, "RFC3692-style Experiment 1"),
    VALUE(254, "RFC3692-style Experiment 2"),
    VALUES_END};

static const struct value_name mptcp_names[] = {VALUE(0, "Multipath Capable"),
                                                VALUE(1, "Join Connection"),
                                                VALUE(2, "Data Sequence Signal"),
                                                VALUE(3, "Add Address"),
                                                VALUE(4, "Remove Address"),
                                                VALUE(5, "Change Subflow Priority"),
                                                VALUE(6, "TCP Fallback"),
                                                VALUE(7, "Fast Close"),
                                                VALUE(8, "TCP Reset"),
                                                VALUES_END};

static const struct field_def field_defs[] = {FIELDS(FIELD_ROW)};

/* ---- Flags --------------------------------------------------------------------------------- */

/* "SYN, ACK" */
static const char *flag_names(struct packet *p, uint16_t flags)
{
    static const char *const names[] = {"FIN", "SYN", "RST", "PSH", "ACK",
                                        "URG", "ECE", "CWR", "AE"};
    char text[64] = "";
    if (flags == FLAG_ACK) /* most */
        return "ACK";
    for (unsigned i = 0; i < sizeof names / sizeof names[0]; i++) {
        if ((flags >> i & 1) == 0)
            continue;
        if (text[0] != '\0')
            strcat(text, ", ");
        strcat(text, names[i]);
    }
    if (flags & 0xe00)
        strcat(text, text[0] != '\0' ? ", Reserved" : "Reserved");
    return text[0] != '\0' ? packet_copy(p, text, strlen(text)) : "<None>";
}

/* "·······A··S·": a letter for each bit that is set, highest first. */
static const char *flag_letters(struct packet *p, uint16_t flags)
{
    static const char letters[] = "RRRACEUAPRSF";
    char text[2 * sizeof letters], *at = text;
    for (unsigned i = 0; i < sizeof letters - 1; i++)
        at = (flags >> (11 - i) & 1) ? (*at = letters[i], at + 1) : stpcpy(at, "\u00b7");
    return packet_copy(p, text, (size_t)(at - text));
}

void mark_under(struct packet *p, const struct cursor *c, unsigned under, unsigned mark,
                const char *text)
{
    uint32_t tree = tree_begin(p, under);
    put_mark(p, c, mark);
    if (text != NULL)
        label(p, mark, "%s", text);
    tree_end(p, tree);
}

/* Who ends it first? */
static void put_connection_fin(struct packet *p, const struct cursor *c,
                               const struct segment_view *v)
{
    uint32_t tree = tree_begin(p, FLAGS_FIN);
    put_mark(p, c, CONN_FIN);
    if (v->known && p->wanted->analysis && v->facts.first_fin)
        put_mark(p, c, FIN_ACTIVE);
    if (v->known && p->wanted->analysis && v->facts.second_fin)
        put_mark(p, c, FIN_PASSIVE);
    tree_end(p, tree);
}

/* What the flags say of the connection, each under its flag. */
static void put_connection(struct packet *p, const struct cursor *c, const struct segment_view *v,
                           unsigned flag)
{
    uint16_t flags = v->s.flags;
    if (flag == FLAGS_RESET && flags & FLAG_RST)
        mark_under(p, c, flag, CONN_RST, NULL);
    if (flag == FLAGS_FIN && flags & FLAG_FIN)
        put_connection_fin(p, c, v);
    if (flag != FLAGS_SYN || (flags & FLAG_SYN) == 0)
        return;
    if (flags & FLAG_ACK)
        mark_under(p, c, flag, CONN_SYNACK,
                   packet_text(p, "Connection establish acknowledge (SYN+ACK): server port %u",
                               v->s.src_port));
    else
        mark_under(
            p, c, flag, CONN_SYN,
            packet_text(p, "Connection establish request (SYN): server port %u", v->s.dst_port));
}

static void put_header_flags(struct packet *p, struct cursor *c, const struct segment_view *v)
{
    uint32_t at = v->start + 12;
    uint16_t flags = v->s.flags;
    if (!wants_any(p, FLAGS, CONN_FIN))
        return;
    put_uint(p, c, FLAGS, at, 2, flags);
    if (p->wanted->labels)
        label(p, FLAGS, "Flags: 0x%03x (%s)", flags, flag_names(p, flags));
    uint32_t tree = tree_begin(p, FLAGS);
    for (unsigned f = FLAGS_RES; f <= FLAGS_FIN; f++) {
        put_bits(p, c, f, f <= FLAGS_AE ? at : at + 1, 1, flags);
        put_connection(p, c, v, f);
    }
    if (wants(p, FLAGS_STR))
        put_string(p, c, FLAGS_STR, at, 2, flag_letters(p, flags));
    tree_end(p, tree);
}

/* ---- The header ---------------------------------------------------------------------------- */

/* The header as its flow is asked: see struct protocol. */
static void segment_read(const uint8_t *at, uint32_t captured, uint32_t length, struct segment *s)
{
    uint32_t header = (uint32_t)(at[12] >> 4) * 4;
    s->protocol = IP_PROTO_TCP;
    s->src_port = be16(at);
    s->dst_port = be16(at + 2);
    s->seq = be32(at + 4);
    s->ack = be32(at + 8);
    s->flags = be16(at + 12) & 0xfff;
    s->window = be16(at + 14);
    s->window_shift = SHIFT_UNKNOWN;
    s->length = header >= HEADER_MIN && header <= length ? length - header : 0;
    s->sacked = 0;
    s->cut = header > length;
    if (header <= HEADER_MIN || captured <= HEADER_MIN)
        return;
    const struct cursor options = {.data = at, .pos = HEADER_MIN, .cap = captured, .end = length};
    if (s->flags & FLAG_SYN)
        s->window_shift = offered_shift(&options, header - HEADER_MIN);
    s->sacked = sacked_bytes(&options, header - HEADER_MIN);
}

/* Reads the header ahead. `c` is after the ports. False if it was not captured as far as the window. */
static bool segment_look(const struct packet *p, const struct cursor *c, struct segment_view *v)
{
    if (cursor_peek(c, 0, CHECKSUM_AT - 4) == NULL)
        return false;
    struct segment *s = &v->s;
    segment_read(c->data + v->start, c->cap - v->start, c->end - v->start, s);
    v->seq = s->seq;
    v->ack = s->ack;
    v->window = s->window;
    v->header = (uint32_t)(c->data[v->start + 12] >> 4) * 4;
    v->whole = v->header >= HEADER_MIN && !s->cut && !p->net.fragment && !p->quoted;
    if (!v->whole)
        s->length = 0;
    s->ip_version = p->net.version;
    s->src = p->net.src;
    s->dst = p->net.dst;
    s->packet = p->in->number;
    s->time_ns = p->in->time_ns;
    s->quoted = p->quoted;
    return true;
}

static void segment_ask(struct packet *p, struct segment_view *v)
{
    flow_ask(p, &v->s, PORT_TABLE);
    v->known = p->in_flow;
    v->facts = p->facts;
    v->relative = v->known && !p->quoted && !v->s.cut;
    if (v->relative) {
        v->seq -= v->facts.base_seq;
        if (v->s.flags & FLAG_ACK)
            v->ack -= v->facts.base_ack;
    }
    if (v->relative && v->facts.window_shift > 0 && (v->s.flags & FLAG_SYN) == 0)
        v->window <<= v->facts.window_shift;
    v->next = v->seq + v->s.length + ((v->s.flags & (FLAG_SYN | FLAG_FIN)) != 0);
}

static void put_ports(struct packet *p, struct cursor *c, struct segment_view *v)
{
    v->s.src_port = p->src_port = put_u16(p, c, SRCPORT);
    label_port(p, SRCPORT, "Source", IP_PROTO_TCP, p->src_port);
    v->s.dst_port = p->dst_port = put_u16(p, c, DSTPORT);
    label_port(p, DSTPORT, "Destination", IP_PROTO_TCP, p->dst_port);
    put_uint(p, c, PORT, v->start, 2, v->s.src_port);
    put_uint(p, c, PORT, v->start + 2, 2, v->s.dst_port);
}

/* ICMP quotes as little as eight bytes of a segment, and ICMPv6 as much as it can: as in Wireshark, the first
 * one's number is not shown twice. */
static bool by_icmp(const struct packet *p)
{
    return p->quoted && p->net.version == 4;
}

static void put_numbers(struct packet *p, struct cursor *c, const struct segment_view *v)
{
    const char *seq_note = v->relative ? "    (relative sequence number)" : "";
    bool acks = (v->s.flags & FLAG_ACK) != 0;
    if (v->known)
        put_uint(p, c, STREAM_INDEX, v->start, 0, v->facts.stream);
    put_completeness(p, c, v);
    if (v->whole)
        put_uint(p, c, LEN, v->start, 0, v->s.length);
    put_uint(p, c, SEQ, c->pos, 4, v->seq);
    label(p, SEQ, "Sequence Number: %u%s", v->seq, seq_note);
    if (by_icmp(p))
        cursor_skip(c, 4);
    else
        (void)put_u32(p, c, SEQ_RAW);
    if (v->whole) {
        put_uint(p, c, NXTSEQ, v->start, 0, v->next);
        label(p, NXTSEQ, "Next Sequence Number: %u%s", v->next, seq_note);
    }
    put_uint(p, c, ACK, c->pos, 4, v->ack);
    label(p, ACK, "Acknowledgment Number: %u%s", v->ack,
          v->relative && acks ? "    (relative ack number)" : "");
    if (!acks && v->s.ack != 0)
        mark_under(p, c, ACK, ACK_NONZERO, NULL);
    (void)put_u32(p, c, ACK_RAW);
}

static void put_window(struct packet *p, struct cursor *c, const struct segment_view *v)
{
    (void)put_u16(p, c, WINDOW);
    put_uint(p, c, WINDOW_SIZE, c->pos - 2, 2, v->window);
    if (!v->known || v->s.flags & FLAG_SYN || !wants(p, WINDOW_FACTOR))
        return;
    int shift = (int)v->facts.window_shift, factor = shift < 0 ? shift : 1 << shift;
    item_add(p, c, WINDOW_FACTOR, c->pos - 2, 2)->value.i = factor;
    if (factor < 0)
        label(p, WINDOW_FACTOR, "Window size scaling factor: %d (%s)", factor,
              factor == SHIFT_UNKNOWN ? "unknown" : "no window scaling used");
}

/*
 * Over the pseudo-header and the whole segment (RFC 9293, section 3.1). A host that leaves the checksum
 * to its network card stores the sum of the pseudo-header alone: captured there it is no error of the
 * network, and the text says so.
 */
static void put_checksum_verified(struct packet *p, struct cursor *c, const struct segment_view *v,
                                  uint16_t found)
{
    uint32_t length = c->end - v->start;
    uint64_t pseudo = checksum_pseudo_header(p, IP_PROTO_TCP, length);
    uint16_t rest = checksum_fold(checksum_add(pseudo, c->data + v->start, length));
    uint16_t should = checksum_fold((uint64_t)(uint16_t)~rest + (uint16_t)~found);
    bool offload = (checksum_fold(pseudo) ^ found) == 0xffff;
    if (rest == 0)
        label(p, CHECKSUM, "Checksum: 0x%04x [correct]", found);
    else
        label(p, CHECKSUM, "Checksum: 0x%04x incorrect, should be 0x%04x%s", found, should,
              offload ? " (left to the network card: \"TCP checksum offload\")"
                      : " (maybe caused by \"TCP checksum offload\"?)");
    if (rest != 0)
        mark_under(p, c, CHECKSUM, CHECKSUM_BAD_EXPERT, NULL);
    put_uint(p, c, CHECKSUM_STATUS, c->pos - 2, 0, rest == 0 ? CHECKSUM_GOOD : CHECKSUM_BAD);
    label(p, CHECKSUM_STATUS, "Checksum Status: %s", rest == 0 ? "Good" : "Bad");
    put_uint(p, c, CHECKSUM_CALCULATED, c->pos - 2, 2, rest == 0 ? found : should);
}

static void put_checksum(struct packet *p, struct cursor *c, const struct segment_view *v)
{
    uint16_t found = put_u16(p, c, CHECKSUM);
    if (p->options.verify_checksums && v->whole && c->cap == c->end && p->net.version != 0) {
        put_checksum_verified(p, c, v, found);
        return;
    }
    label(p, CHECKSUM, "Checksum: 0x%04x [unverified]", found);
    put_uint(p, c, CHECKSUM_STATUS, c->pos - 2, 0, CHECKSUM_UNVERIFIED);
    label(p, CHECKSUM_STATUS, "Checksum Status: Unverified");
}

static void put_urgent(struct packet *p, struct cursor *c, const struct segment_view *v)
{
    uint16_t urgent = put_u16(p, c, URGENT);
    if ((v->s.flags & FLAG_URG) == 0 && urgent != 0)
        mark_under(p, c, URGENT, URGENT_NONZERO, NULL);
    if (v->s.flags & FLAG_URG)
        info_number(p, " Urg=", urgent);
    if (v->whole)
        info_number(p, " Len=", v->s.length);
}

static void put_times(struct packet *p, struct cursor *c, const struct segment_view *v)
{
    if (!v->known)
        return;
    uint32_t tree = tree_text(p, c, v->start, 0, "[Timestamps]");
    put_time(p, c, TIME_RELATIVE, v->start, 0, v->s.time_ns - v->facts.first_time_ns);
    put_time(p, c, TIME_DELTA, v->start, 0, v->s.time_ns - v->facts.previous_time_ns);
    tree_end(p, tree);
}

static void info_port(struct packet *p, const char *before, uint16_t port)
{
    if (p->names == NULL)
        return info_number(p, before, port);
    buf_str(&p->info, before);
    buf_str(&p->info, packet_port(p, IP_PROTO_TCP, port, true));
}

/* Both texts begin alike: "Src Port: 80, Dst Port: 49323, Seq: 0, Ack: 1, Len: 0". */
static void put_summary(struct packet *p, const struct segment_view *v)
{
    bool acks = (v->s.flags & FLAG_ACK) != 0;
    if (p->wanted->titles)
        title(p, "Transmission Control Protocol, Src Port: %s, Dst Port: %s, Seq: %u%s%s",
              packet_port(p, IP_PROTO_TCP, v->s.src_port, false),
              packet_port(p, IP_PROTO_TCP, v->s.dst_port, false), v->seq,
              acks ? packet_text(p, ", Ack: %u", v->ack) : "",
              v->whole ? packet_text(p, ", Len: %u", v->s.length) : "");
    if (!p->wanted->columns)
        return;
    buf_clear(&p->info);
    info_port(p, "", v->s.src_port);
    info_port(p, " \u2192 ", v->s.dst_port);
    buf_str(&p->info, " [");
    buf_str(&p->info, flag_names(p, v->s.flags));
    info_number(p, "] Seq=", v->seq);
    if (acks)
        info_number(p, " Ack=", v->ack);
    info_number(p, " Win=", v->window);
}

/* The header was cut off: as far as it goes. */
static void dissect_cut(struct packet *p, struct cursor *c)
{
    info_set(p, "%u \u2192 %u", p->src_port, p->dst_port);
    title(p, "Transmission Control Protocol, Src Port: %u, Dst Port: %u", p->src_port, p->dst_port);
    if (by_icmp(p))
        (void)put_u32(p, c, SEQ);
    cursor_skip(c, HEADER_MIN);
}

static void dissect(struct packet *p, struct cursor *c)
{
    struct segment_view v = {.start = c->pos};
    put_ports(p, c, &v);
    if (!segment_look(p, c, &v)) {
        dissect_cut(p, c);
        return;
    }
    segment_ask(p, &v);
    put_summary(p, &v);
    put_numbers(p, c, &v);
    put_uint(p, c, HDR_LEN, c->pos, 1, v.header);
    label(p, HDR_LEN, "%u%u%u%u .... = Header Length: %u bytes (%u)%s", v.header >> 5 & 1,
          v.header >> 4 & 1, v.header >> 3 & 1, v.header >> 2 & 1, v.header, v.header / 4,
          v.header < HEADER_MIN ? " (bogus, must be at least 20)" : "");
    if (v.header < HEADER_MIN) {
        mark_under(p, c, HDR_LEN, BOGUS_HDR_LEN, NULL);
        return;
    }
    cursor_skip(c, 2);
    put_header_flags(p, c, &v);
    put_window(p, c, &v);
    if (cursor_captured(c) < HEADER_MIN - CHECKSUM_AT) {
        cursor_skip(c, HEADER_MIN - CHECKSUM_AT);
        return;
    }
    put_checksum(p, c, &v);
    put_urgent(p, c, &v);
    put_options(p, c, &v);
    put_times(p, c, &v);
    put_analysis(p, c, &v);
    dissect_payload(p, c, &v);
}

static const char *const tables[] = {"tcp.port", "expected", NULL};
static const struct binding bindings[] = {{"ip.proto", IP_PROTO_TCP}, {NULL, 0}};

const struct protocol proto_tcp = {.name = "tcp",
                                   .title = "Transmission Control Protocol",
                                   .column = "TCP",
                                   FIELDS_OF_THIS_FILE,
                                   .tables = tables,
                                   .bindings = bindings,
                                   .streams = true,
                                   .flows = true,
                                   .segment = segment_read,
                                   .dissect = dissect};
