/* tcp: the Transmission Control Protocol (RFC 9293). What only the flow of a segment knows is asked of
 * p->flow; without it, sequence numbers are shown as they are. */
#include <string.h>

#include "dissect/checksum.h"
#include "dissect/packet.h"

enum { IP_PROTO_TCP = 6, HEADER_MIN = 20 };
enum { FLAG_FIN = 1, FLAG_SYN = 2, FLAG_RST = 4, FLAG_ACK = 16, FLAG_URG = 32 };
enum { SHIFT_UNKNOWN = -1 };

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

static const struct value_name mptcp_names[] = {
    VALUE(0, "Multipath Capable"),
    VALUE(1, "Join Connection"),
    VALUE(2, "Data Sequence Signal"),
    VALUE(3, "Add Address"),
    VALUE(4, "Remove Address"),
    VALUE(5, "Change Subflow Priority"),
    VALUE(6, "TCP Fallback"),
    VALUE(7, "Fast Close"),
    VALUE(8, "TCP Reset"),
    VALUES_END};

#include "tcp.def"

#define FIELDS(X) HEADER_FIELDS(X) OPTION_FIELDS(X)

FIELD_TABLE(FIELDS);

enum { PORT_TABLE };

/* What is known of the segment being dissected.
 *
 *      0                   1                   2                   3
 *     |          Source Port          |       Destination Port        |   0
 *     |                        Sequence Number                        |   4
 *     |                     Acknowledgment Number                     |   8
 *     | Offset| Rsv |      Flags      |            Window             |  12
 *     |           Checksum            |        Urgent Pointer         |  16
 *     |                           [Options]                           |  20
 */
struct segment_view {
    uint32_t start; /* offset of the header */
    struct segment s;
    uint32_t header; /* bytes */
    bool whole;      /* the length of the payload is known */
    bool known;      /* `facts` is valid */
    bool relative;   /* so seq and ack are relative: not in a quotation, which may be altered */
    struct flow_facts facts;
    uint32_t seq, ack, next; /* relative */
    uint32_t window;         /* scaled */
};

/* ---- Flags --------------------------------------------------------------------------------- */

/* "SYN, ACK" */
static const char *flag_names(struct packet *p, uint16_t flags)
{
    static const char *const names[] = {"FIN", "SYN", "RST", "PSH", "ACK", "URG", "ECE", "CWR", "AE"};
    char text[64] = "";
    for (unsigned i = 0; i < sizeof names / sizeof names[0]; i++) {
        if ((flags >> i & 1) == 0)
            continue;
        if (text[0] != '\0')
            strcat(text, ", ");
        strcat(text, names[i]);
    }
    if (flags & 0xe00)
        strcat(text, text[0] != '\0' ? ", Reserved" : "Reserved");
    return text[0] != '\0' ? packet_text(p, "%s", text) : "<None>";
}

/* "·······A··S·": a letter for each bit that is set, highest first. */
static const char *flag_letters(struct packet *p, uint16_t flags)
{
    static const char letters[] = "RRRACEUAPRSF";
    char text[2 * sizeof letters], *at = text;
    for (unsigned i = 0; i < sizeof letters - 1; i++)
        at = (flags >> (11 - i) & 1) ? (*at = letters[i], at + 1) : stpcpy(at, "\u00b7");
    *at = '\0';
    return packet_text(p, "%s", text);
}

static void mark_under(struct packet *p, const struct cursor *c, unsigned under, unsigned mark,
                       const char *text)
{
    uint32_t tree = tree_begin(p, under);
    put_mark(p, c, mark);
    if (text != NULL)
        label(p, mark, "%s", text);
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
        mark_under(p, c, flag, CONN_FIN, NULL);
    if (flag != FLAGS_SYN || (flags & FLAG_SYN) == 0)
        return;
    if (flags & FLAG_ACK)
        mark_under(p, c, flag, CONN_SYNACK,
                   packet_text(p, "Connection establish acknowledge (SYN+ACK): server port %u",
                               v->s.src_port));
    else
        mark_under(p, c, flag, CONN_SYN,
                   packet_text(p, "Connection establish request (SYN): server port %u",
                               v->s.dst_port));
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

/* ---- Options (RFC 9293, section 3.2) ------------------------------------------------------- */

struct option {
    uint8_t kind;
    uint8_t field;      /* ID of the option itself; 0: it has none but a line of text */
    uint8_t min, max;   /* length that it may have */
    const char *name;   /* in the line of tcp.options */
    /* Takes what follows kind and length. NULL: nothing does, or it is not looked at. */
    void (*put)(struct packet *p, struct cursor *c, const struct segment_view *v, uint32_t item);
};

/* Appends to the label of the option at `item`: "TCP Option - SACK" and " 1-479". */
static void option_label(struct packet *p, uint32_t item, const char *name, const char *text)
{
    if (!p->wanted->labels || item == NO_ITEM)
        return;
    uint32_t count = p->count;
    p->count = item + 1; /* label() speaks of the last item */
    label(p, p->items[item].field - p->fields, "TCP Option - %s%s", name, text);
    p->count = count;
}

static void put_mss(struct packet *p, struct cursor *c, const struct segment_view *v, uint32_t item)
{
    uint16_t mss = put_u16(p, c, O_MSS_VAL);
    if ((v->s.flags & FLAG_SYN) == 0)
        put_mark(p, c, O_MSS_PRESENT);
    option_label(p, item, "Maximum segment size", packet_text(p, ": %u bytes", mss));
    info_add(p, " MSS=%u", mss);
}

/* RFC 7323, section 2.3: a shift above 14 counts as 14. */
static void put_wscale(struct packet *p, struct cursor *c, const struct segment_view *v, uint32_t item)
{
    (void)v;
    uint8_t shift = put_u8(p, c, O_SHIFT);
    if (shift > 14)
        mark_under(p, c, O_SHIFT, O_SHIFT_INVALID, NULL);
    uint32_t multiplier = 1u << (shift > 14 ? 14 : shift);
    put_uint(p, c, O_MULTIPLIER, c->pos - 1, 1, multiplier);
    option_label(p, item, "Window scale",
                 packet_text(p, ": %u (multiply by %u)", shift, multiplier));
    info_add(p, " WS=%u", multiplier);
}

static void put_sack_perm(struct packet *p, struct cursor *c, const struct segment_view *v,
                          uint32_t item)
{
    (void)c, (void)v, (void)item;
    info_add(p, " SACK_PERM");
}

static bool before_or_at(uint32_t a, uint32_t b)
{
    return (int32_t)(a - b) <= 0;
}

/* RFC 2883, section 4: the first block is a duplicate if it is acknowledged already, or lies within
 * the second. */
static bool sack_is_duplicate(const uint32_t *edges, unsigned blocks, uint32_t ack)
{
    if (blocks >= 1 && before_or_at(edges[1], ack))
        return true;
    return blocks >= 2 && before_or_at(edges[2], edges[0]) && before_or_at(edges[1], edges[3]);
}

static void put_sack(struct packet *p, struct cursor *c, const struct segment_view *v, uint32_t item)
{
    uint32_t at = c->pos, edges[8], base = v->relative ? v->facts.base_ack : 0;
    const char *relative = v->relative ? " (relative)" : "";
    const char *text = "";
    unsigned blocks = 0;
    for (; blocks < 4 && cursor_left(c) >= 8; blocks++) {
        uint32_t le = cursor_u32(c) - base, re = cursor_u32(c) - base;
        edges[2 * blocks] = le;
        edges[2 * blocks + 1] = re;
        put_uint(p, c, O_SACK_LE, c->pos - 8, 4, le);
        label(p, O_SACK_LE, "left edge = %u%s", le, relative);
        put_uint(p, c, O_SACK_RE, c->pos - 4, 4, re);
        label(p, O_SACK_RE, "right edge = %u%s", re, relative);
        info_add(p, " SLE=%u SRE=%u", le, re);
        if (p->wanted->labels)
            text = packet_text(p, "%s %u-%u", text, le, re);
    }
    put_uint(p, c, O_SACK_COUNT, at - 2, 0, blocks);
    option_label(p, item, "SACK", text);
    if (!v->known || !sack_is_duplicate(edges, blocks, v->ack))
        return;
    put_uint(p, c, O_DSACK_LE, at, 4, edges[0]);
    label(p, O_DSACK_LE, "D-SACK Left Edge = %u%s", edges[0], relative);
    put_uint(p, c, O_DSACK_RE, at + 4, 4, edges[1]);
    label(p, O_DSACK_RE, "D-SACK Right Edge = %u%s", edges[1], relative);
    mark_under(p, c, O_DSACK_RE, O_DSACK, NULL);
}

static void put_echo(struct packet *p, struct cursor *c, const struct segment_view *v, uint32_t item)
{
    (void)v;
    bool reply = item != NO_ITEM && p->items[item].field == p->fields + O_ECHO_REPLY;
    uint32_t value = put_u32(p, c, O_ECHO_VALUE);
    option_label(p, item, reply ? "Echo reply" : "Echo", packet_text(p, ": %u", value));
}

static void put_timestamp(struct packet *p, struct cursor *c, const struct segment_view *v,
                          uint32_t item)
{
    (void)v;
    uint32_t value = put_u32(p, c, O_TSVAL), reply = put_u32(p, c, O_TSECR);
    if (p->wanted->labels)
        option_label(p, item, "Timestamps", packet_text(p, ": TSval %u, TSecr %u", value, reply));
    info_add(p, " TSval=%u TSecr=%u", value, reply);
}

static void put_cc(struct packet *p, struct cursor *c, const struct segment_view *v, uint32_t item)
{
    (void)v, (void)item;
    (void)put_u32(p, c, O_CC_VALUE);
}

static void put_md5(struct packet *p, struct cursor *c, const struct segment_view *v, uint32_t item)
{
    (void)v, (void)item;
    (void)put_bytes(p, c, O_MD5_DIGEST, cursor_left(c));
    info_add(p, " MD5");
}

/* RFC 4782, section 3.2. */
static void put_quick_start(struct packet *p, struct cursor *c, const struct segment_view *v,
                            uint32_t item)
{
    (void)v, (void)item;
    put_bits(p, c, O_QS_RATE, c->pos, 1, cursor_u8(c));
    (void)put_u8(p, c, O_QS_TTL);
}

/* RFC 5482, section 3. */
static void put_user_timeout(struct packet *p, struct cursor *c, const struct segment_view *v,
                             uint32_t item)
{
    (void)v, (void)item;
    uint32_t at = c->pos;
    uint16_t value = cursor_u16(c);
    put_flags(p, c, O_USER_TO_GRANULARITY, 2, at, 2, value);
}

/* RFC 5925, section 2.2. */
static void put_ao(struct packet *p, struct cursor *c, const struct segment_view *v, uint32_t item)
{
    (void)v, (void)item;
    (void)put_u8(p, c, O_AO_KEYID);
    (void)put_u8(p, c, O_AO_RNEXT);
    if (cursor_left(c) > 0)
        (void)put_bytes(p, c, O_AO_MAC, cursor_left(c));
}

/* RFC 7413, section 2. */
static void put_tfo(struct packet *p, struct cursor *c, const struct segment_view *v, uint32_t item)
{
    (void)v, (void)item;
    if (cursor_left(c) == 0) {
        put_mark(p, c, O_TFO_REQUEST);
        info_add(p, " TFO=R");
    } else {
        (void)put_bytes(p, c, O_TFO_COOKIE, cursor_left(c));
        info_add(p, " TFO=C");
    }
}

/* RFC 6994, section 3. */
static void put_experimental(struct packet *p, struct cursor *c, const struct segment_view *v,
                             uint32_t item)
{
    (void)v, (void)item;
    if (cursor_left(c) >= 2)
        (void)put_u16(p, c, O_EXID);
    if (cursor_left(c) > 0)
        (void)put_bytes(p, c, O_EXPERIMENTAL_DATA, cursor_left(c));
}

/* RFC 8684, section 3: the subtype alone. */
static void put_mptcp(struct packet *p, struct cursor *c, const struct segment_view *v, uint32_t item)
{
    (void)v, (void)item;
    uint32_t at = c->pos;
    put_bits(p, c, O_MPTCP_SUBTYPE, at, 1, cursor_u8(c));
}

static void put_unknown(struct packet *p, struct cursor *c, const struct segment_view *v,
                        uint32_t item)
{
    (void)v, (void)item;
    if (cursor_left(c) > 0)
        (void)put_bytes(p, c, O_UNKNOWN_PAYLOAD, cursor_left(c));
}

enum { KIND_EOL = 0, KIND_NOP = 1, KIND_MSS = 2, KIND_WSCALE = 3, ANY = 255 };

/* Ended by the entry for all other kinds. */
static const struct option options[] = {
    {KIND_EOL, O_EOL, 1, 1, "End of Option List (EOL)", NULL},
    {KIND_NOP, O_NOP, 1, 1, "No-Operation (NOP)", NULL},
    {KIND_MSS, O_MSS, 4, 4, "Maximum segment size", put_mss},
    {KIND_WSCALE, O_WSCALE, 3, 3, "Window scale", put_wscale},
    {4, O_SACK_PERM, 2, 2, "SACK permitted", put_sack_perm},
    {5, O_SACK, 2, ANY, "SACK", put_sack},
    {6, O_ECHO, 6, 6, "Echo", put_echo},
    {7, O_ECHO_REPLY, 6, 6, "Echo reply", put_echo},
    {8, O_TIMESTAMP, 10, 10, "Timestamps", put_timestamp},
    {11, O_CC, 6, 6, "CC", put_cc},
    {12, O_CC_NEW, 6, 6, "CC.NEW", put_cc},
    {13, O_CC_ECHO, 6, 6, "CC.ECHO", put_cc},
    {19, O_MD5, 18, 18, "TCP MD5 signature", put_md5},
    {27, O_QS, 8, 8, "Quick-Start", put_quick_start},
    {28, O_USER_TO, 4, 4, "User Timeout", put_user_timeout},
    {29, O_AO, 4, ANY, "TCP AO", put_ao},
    {30, 0, 3, ANY, "Multipath TCP", put_mptcp},
    {34, O_TFO, 2, ANY, "TCP Fast Open", put_tfo},
    {253, O_EXPERIMENTAL, 2, ANY, "Experimental", put_experimental},
    {254, O_EXPERIMENTAL, 2, ANY, "Experimental", put_experimental},
    {ANY, O_UNKNOWN, 2, ANY, "Unknown", put_unknown},
};

static const struct option *option_find(uint8_t kind)
{
    const struct option *o = options;
    while (o->kind != kind && o->kind != ANY)
        o++;
    return o;
}

/* The item that the option's fields lie under. */
static uint32_t option_item(struct packet *p, const struct cursor *c, const struct option *o,
                            uint32_t length)
{
    if (o->field == 0)
        return tree_text(p, c, c->pos, length, "TCP Option - %s", o->name);
    if (!wants(p, o->field))
        return NO_ITEM;
    put_data(p, c, o->field, c->pos, length, c->data + c->pos, length);
    label(p, o->field, "TCP Option - %s", o->name);
    return tree_begin(p, o->field);
}

/* One option. False if the list cannot be read on. */
static bool put_option(struct packet *p, struct cursor *c, const struct segment_view *v,
                       const struct option *o)
{
    const uint8_t *length_at = cursor_peek(c, 1, 1);
    bool single = o->max == 1;
    uint32_t length = single ? 1 : length_at == NULL ? 0 : *length_at;
    bool fits = length >= (single ? 1 : 2) && length <= cursor_captured(c);
    struct cursor part = cursor_part(c, fits ? length : cursor_captured(c));
    uint32_t item = option_item(p, &part, o, part.end - part.pos);
    (void)put_u8(p, &part, O_KIND);
    if (!single && length_at != NULL)
        (void)put_u8(p, &part, O_LEN);
    if (!fits || length < o->min || length > o->max)
        put_mark(p, &part, O_LEN_INVALID);
    else if (o->put != NULL)
        o->put(p, &part, v, item);
    tree_end(p, item);
    return fits;
}

static bool all_zero(const struct cursor *c)
{
    for (uint32_t i = c->pos; i < c->cap; i++) {
        if (c->data[i] != 0)
            return false;
    }
    return true;
}

/* "Options: (12 bytes), Maximum segment size, No-Operation (NOP)" */
static const char *options_text(struct packet *p, struct cursor c)
{
    struct { char text[1024]; size_t length; } b = {.length = 0};
    uint32_t total = cursor_captured(&c);
    while (cursor_captured(&c) > 0) {
        const uint8_t *length = cursor_peek(&c, 1, 1);
        const struct option *o = option_find(c.data[c.pos]);
        size_t n = strlen(o->name);
        if (b.length + n + 3 > sizeof b.text)
            break;
        memcpy(b.text + b.length, ", ", 2);
        memcpy(b.text + b.length + 2, o->name, n);
        b.length += n + 2;
        uint32_t skip = o->max == 1 ? 1 : length == NULL ? 0 : *length;
        if (skip == 0 || skip > cursor_captured(&c))
            break;
        cursor_skip(&c, skip);
    }
    return packet_text(p, "Options: (%u bytes)%.*s", total, (int)b.length, b.text);
}

static void put_options(struct packet *p, struct cursor *c, const struct segment_view *v)
{
    uint32_t total = v->header - HEADER_MIN;
    if (total == 0)
        return;
    if (cursor_captured(c) < total) {
        (void)put_bytes_captured(p, c, OPTIONS, total);
        return;
    }
    struct cursor list = cursor_part(c, total);
    if (!wants_any(p, OPTIONS, O_UNKNOWN_PAYLOAD))
        return;
    bool mss = false, go_on = true;
    put_data(p, &list, OPTIONS, list.pos, total, list.data + list.pos, total);
    if (p->wanted->labels)
        label(p, OPTIONS, "%s", options_text(p, list));
    uint32_t tree = tree_begin(p, OPTIONS);
    while (go_on && cursor_left(&list) > 0) {
        const struct option *o = option_find(list.data[list.pos]);
        mss |= o->kind == KIND_MSS;
        go_on = put_option(p, &list, v, o);
        if (o->kind == KIND_EOL && !all_zero(&list)) {
            put_mark(p, &list, O_AFTER_EOL);
            break;
        }
    }
    tree_end(p, tree);
    if (v->s.flags & FLAG_SYN && !mss)
        mark_under(p, c, OPTIONS, O_MSS_ABSENT, NULL);
}

/* The shift that a SYN offers, -1 if none: looked up ahead, for the flow. `c` is at the options. */
static int8_t offered_shift(const struct cursor *c, uint32_t total)
{
    for (uint32_t at = 0; at < total;) {
        const uint8_t *kind = cursor_peek(c, at, 1), *more = cursor_peek(c, at + 1, 2);
        if (kind == NULL || *kind == KIND_EOL)
            break;
        if (*kind == KIND_NOP) {
            at++;
            continue;
        }
        if (more == NULL || more[0] < 2)
            break;
        if (*kind == KIND_WSCALE && more[0] == 3 && at + 3 <= total)
            return (int8_t)(more[1] > 14 ? 14 : more[1]);
        at += more[0];
    }
    return SHIFT_UNKNOWN;
}

/* ---- The header ---------------------------------------------------------------------------- */

/* Reads the header ahead, asks the flow, and computes what follows from it. `c` is after the ports.
 * False if the fixed header was not captured. */
static bool segment_look(struct packet *p, const struct cursor *c, struct segment_view *v)
{
    const uint8_t *b = cursor_peek(c, 0, HEADER_MIN - 4);
    if (b == NULL)
        return false;
    struct segment *s = &v->s;
    s->seq = v->seq = be32(b);
    s->ack = v->ack = be32(b + 4);
    s->flags = be16(b + 8) & 0xfff;
    s->window = be16(b + 10);
    v->window = s->window;
    v->header = (uint32_t)(b[8] >> 4) * 4;
    v->whole = v->header >= HEADER_MIN && v->header <= c->end - v->start && !p->net.fragment && !p->quoted;
    s->length = v->whole ? c->end - v->start - v->header : 0;
    s->window_shift = SHIFT_UNKNOWN;
    s->ip_version = p->net.version;
    s->protocol = IP_PROTO_TCP;
    s->src = p->net.src;
    s->dst = p->net.dst;
    s->packet = p->in->number;
    s->time_ns = p->in->time_ns;
    if (s->flags & FLAG_SYN && v->header > HEADER_MIN) {
        struct cursor options_at = *c;
        cursor_skip(&options_at, HEADER_MIN - 4);
        s->window_shift = offered_shift(&options_at, v->header - HEADER_MIN);
    }
    return true;
}

static void segment_ask(struct packet *p, struct segment_view *v)
{
    if (p->wanted->flows && p->flow.facts != NULL && p->net.version != 0)
        v->known = p->flow.facts(p->flow.flows, &v->s, &v->facts);
    v->relative = v->known && !p->quoted;
    if (v->relative) {
        v->seq -= v->facts.base_seq;
        if (v->s.flags & FLAG_ACK)
            v->ack -= v->facts.base_ack;
    }
    if (v->known && v->facts.window_shift > 0 && (v->s.flags & FLAG_SYN) == 0)
        v->window <<= v->facts.window_shift;
    v->next = v->seq + v->s.length + ((v->s.flags & (FLAG_SYN | FLAG_FIN)) != 0);
}

static void put_ports(struct packet *p, struct cursor *c, struct segment_view *v)
{
    v->s.src_port = p->src_port = put_u16(p, c, SRCPORT);
    v->s.dst_port = p->dst_port = put_u16(p, c, DSTPORT);
    put_uint(p, c, PORT, v->start, 2, v->s.src_port);
    put_uint(p, c, PORT, v->start + 2, 2, v->s.dst_port);
}

static void put_numbers(struct packet *p, struct cursor *c, const struct segment_view *v)
{
    const char *seq_note = v->relative ? "    (relative sequence number)" : "";
    bool acks = (v->s.flags & FLAG_ACK) != 0;
    if (v->known)
        put_uint(p, c, STREAM, v->start, 0, v->facts.stream);
    if (v->whole)
        put_uint(p, c, LEN, v->start, 0, v->s.length);
    put_uint(p, c, SEQ, c->pos, 4, v->seq);
    label(p, SEQ, "Sequence Number: %u%s", v->seq, seq_note);
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
        info_add(p, " Urg=%u", urgent);
    if (v->whole)
        info_add(p, " Len=%u", v->s.length);
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

/* Both texts begin alike: "Src Port: 80, Dst Port: 49323, Seq: 0, Ack: 1, Len: 0". */
static void put_summary(struct packet *p, const struct segment_view *v)
{
    bool acks = (v->s.flags & FLAG_ACK) != 0;
    if (p->wanted->titles)
        title(p, "Transmission Control Protocol, Src Port: %u, Dst Port: %u, Seq: %u%s%s",
              v->s.src_port, v->s.dst_port, v->seq, acks ? packet_text(p, ", Ack: %u", v->ack) : "",
              v->whole ? packet_text(p, ", Len: %u", v->s.length) : "");
    if (!p->wanted->columns)
        return;
    info_set(p, "%u \u2192 %u [%s] Seq=%u", v->s.src_port, v->s.dst_port,
             flag_names(p, v->s.flags), v->seq);
    if (acks)
        info_add(p, " Ack=%u", v->ack);
    info_add(p, " Win=%u", v->window);
}

/* What the segment carries goes to the protocol of the lower port, else to that of the other. */
static void dissect_payload(struct packet *p, struct cursor *c, const struct segment_view *v)
{
    uint32_t captured = cursor_captured(c);
    if (captured == 0)
        return;
    put_data(p, c, PAYLOAD, c->pos, captured, c->data + c->pos, captured);
    label(p, PAYLOAD, "TCP payload (%u byte%s)", captured, captured == 1 ? "" : "s");
    if (p->net.fragment)
        return next_data(p, c);
    uint16_t src = v->s.src_port, dst = v->s.dst_port;
    uint16_t low = src < dst ? src : dst, high = src < dst ? dst : src;
    if (!next(p, c, PORT_TABLE, low) && !next(p, c, PORT_TABLE, high) &&
        !next_heuristic(p, c, PORT_TABLE))
        next_data(p, c);
}

/* The header was cut off: as far as it goes. */
static void dissect_cut(struct packet *p, struct cursor *c)
{
    info_set(p, "%u \u2192 %u", p->src_port, p->dst_port);
    title(p, "Transmission Control Protocol, Src Port: %u, Dst Port: %u", p->src_port, p->dst_port);
    (void)put_u32(p, c, p->quoted ? SEQ : SEQ_RAW);
    (void)put_u32(p, c, ACK_RAW);
    cursor_skip(c, HEADER_MIN - 12);
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
    put_checksum(p, c, &v);
    put_urgent(p, c, &v);
    put_options(p, c, &v);
    put_times(p, c, &v);
    dissect_payload(p, c, &v);
}

static const char *const tables[] = {"tcp.port", NULL};
static const struct binding bindings[] = {{"ip.proto", IP_PROTO_TCP}, {NULL, 0}};

const struct protocol proto_tcp = {.name = "tcp",
                                   .title = "Transmission Control Protocol",
                                   .column = "TCP",
                                   FIELDS_OF_THIS_FILE,
                                   .tables = tables,
                                   .bindings = bindings,
                                   .dissect = dissect};
