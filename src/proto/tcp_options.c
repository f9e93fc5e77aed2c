/* The options of a segment (RFC 9293, section 3.2). */
#include <string.h>

#include "proto/tcp.h"

struct option {
    uint8_t kind;
    uint8_t field;    /* ID of the option itself; 0: it has none but a line of text */
    uint8_t min, max; /* length that it may have */
    const char *name; /* in the line of tcp.options */
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
    info_number(p, " MSS=", mss);
}

/* RFC 7323, section 2.3: a shift above 14 counts as 14. */
static void put_wscale(struct packet *p, struct cursor *c, const struct segment_view *v,
                       uint32_t item)
{
    (void)v;
    uint8_t shift = put_u8(p, c, O_SHIFT);
    if (shift > 14)
        mark_under(p, c, O_SHIFT, O_SHIFT_INVALID, NULL);
    uint32_t multiplier = 1u << (shift > 14 ? 14 : shift);
    put_uint(p, c, O_MULTIPLIER, c->pos - 1, 1, multiplier);
    option_label(p, item, "Window scale",
                 packet_text(p, ": %u (multiply by %u)", shift, multiplier));
    info_number(p, " WS=", multiplier);
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

static void put_sack(struct packet *p, struct cursor *c, const struct segment_view *v,
                     uint32_t item)
{
    uint32_t at = c->pos, edges[8], base = v->relative ? v->facts.base_ack : 0;
    const char *relative = v->relative ? " (relative)" : "";
    const char *text = "";
    unsigned blocks = 0;
    for (; blocks < 4 && c->end - c->pos >= 8; blocks++) {
        uint32_t le = edges[2 * blocks] = cursor_u32(c) - base;
        if (c->fault != CURSOR_OK)
            return;
        put_uint(p, c, O_SACK_LE, c->pos - 4, 4, le);
        label(p, O_SACK_LE, "left edge = %u%s", le, relative);
        uint32_t re = edges[2 * blocks + 1] = cursor_u32(c) - base;
        if (c->fault != CURSOR_OK)
            return;
        put_uint(p, c, O_SACK_RE, c->pos - 4, 4, re);
        label(p, O_SACK_RE, "right edge = %u%s", re, relative);
        info_number(p, " SLE=", le);
        info_number(p, " SRE=", re);
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

static void put_echo(struct packet *p, struct cursor *c, const struct segment_view *v,
                     uint32_t item)
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
    info_number(p, " TSval=", value);
    info_number(p, " TSecr=", reply);
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
static void put_mptcp(struct packet *p, struct cursor *c, const struct segment_view *v,
                      uint32_t item)
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

enum { KIND_EOL = 0, KIND_NOP = 1, KIND_MSS = 2, KIND_WSCALE = 3, KIND_SACK = 5, ANY = 255 };

/* Ended by the entry for all other kinds. */
static const struct option options[] = {
    {KIND_EOL, O_EOL, 1, 1, "End of Option List (EOL)", NULL},
    {KIND_NOP, O_NOP, 1, 1, "No-Operation (NOP)", NULL},
    {KIND_MSS, O_MSS, 4, 4, "Maximum segment size", put_mss},
    {KIND_WSCALE, O_WSCALE, 3, 3, "Window scale", put_wscale},
    {4, O_SACK_PERM, 2, 2, "SACK permitted", put_sack_perm},
    {KIND_SACK, O_SACK, 2, ANY, "SACK", put_sack},
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

/* Nothing is shown of an option that cannot be as long as it says. */
static void put_misfit(struct packet *p, const struct cursor *c, const struct option *o,
                       uint32_t length)
{
    put_mark(p, c, O_LEN_INVALID);
    label(p, O_LEN_INVALID,
          length < 2 ? "%s (with too-short option length = %u bytes)"
                     : "%s (option length = %u bytes says option goes past end of options)",
          o->name, length);
}

/* One option of a list that goes on for `total` bytes, captured or not. False if the list cannot be read on. */
static bool put_option(struct packet *p, struct cursor *c, const struct segment_view *v,
                       const struct option *o, uint32_t total)
{
    const uint8_t *length_at = cursor_peek(c, 1, 1);
    bool single = o->max == 1, there = single || length_at != NULL;
    uint32_t length = single ? 1 : there ? *length_at : 0;
    if (!there && total > 1) /* it was not captured */
        return false;
    if (length < (single ? 1 : 2) || length > total) {
        put_misfit(p, c, o, length);
        return false;
    }
    struct cursor part = cursor_part(c, length);
    part.end = part.pos + length; /* be it cut by the capture or by the segment */
    uint32_t item = option_item(p, &part, o, cursor_captured(&part));
    (void)put_u8(p, &part, O_KIND);
    if (!single)
        (void)put_u8(p, &part, O_LEN);
    if (length < o->min || length > o->max)
        put_mark(p, &part, O_LEN_INVALID);
    else if (o->put != NULL)
        o->put(p, &part, v, item);
    tree_end(p, item);
    return true;
}

/* "Options: (12 bytes), Maximum segment size, No-Operation (NOP)" */
static const char *options_text(struct packet *p, struct cursor c, uint32_t total)
{
    struct {
        char text[1024];
        size_t length;
    } b = {.length = 0};
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

/* What was captured of the options, one after the other; `end` is where the header ends. False if they cannot be
 * read to their end. */
static bool put_list(struct packet *p, struct cursor *list, const struct segment_view *v,
                     uint32_t end, bool *mss)
{
    bool ended = false;
    while (cursor_captured(list) > 0) {
        const struct option *o = option_find(list->data[list->pos]);
        if (ended && o->kind != KIND_EOL) {
            put_mark(p, list, O_AFTER_EOL);
            break;
        }
        *mss |= o->kind == KIND_MSS;
        if (!put_option(p, list, v, o, end - list->pos))
            return false;
        ended = o->kind == KIND_EOL;
    }
    return true;
}

void put_options(struct packet *p, struct cursor *c, const struct segment_view *v)
{
    uint32_t total = v->header - HEADER_MIN, end = c->pos + total;
    struct cursor list = *c;
    cursor_trim(&list, total);
    uint32_t captured = cursor_captured(&list);
    cursor_skip(c, total);
    if (captured == 0 || !wants_any(p, OPTIONS, O_UNKNOWN_PAYLOAD))
        return;
    put_data(p, &list, OPTIONS, list.pos, captured, list.data + list.pos, captured);
    if (p->wanted->labels)
        label(p, OPTIONS, "%s", options_text(p, list, total));
    uint32_t tree = tree_begin(p, OPTIONS);
    bool mss = false, whole = put_list(p, &list, v, end, &mss) && captured == total;
    tree_end(p, tree);
    if (v->s.flags & FLAG_SYN && !mss && whole)
        mark_under(p, &list, OPTIONS, O_MSS_ABSENT, NULL);
}

/* Finds the first option of that kind among `total` bytes from c on: its offset there, and its length. */
static bool option_ahead(const struct cursor *c, uint32_t total, uint8_t wanted, uint32_t *at,
                         uint8_t *length)
{
    for (*at = 0; *at < total; *at += *length) {
        const uint8_t *kind = cursor_peek(c, *at, 1), *size = cursor_peek(c, *at + 1, 1);
        if (kind == NULL || *kind == KIND_EOL)
            return false;
        *length = 1;
        if (*kind == KIND_NOP)
            continue;
        if (size == NULL || *size < 2)
            return false;
        *length = *size;
        if (*kind == wanted)
            return *at + *length <= total;
    }
    return false;
}

int8_t offered_shift(const struct cursor *c, uint32_t total)
{
    uint32_t at;
    uint8_t length;
    if (!option_ahead(c, total, KIND_WSCALE, &at, &length) || length != 3)
        return SHIFT_UNKNOWN;
    const uint8_t *shift = cursor_peek(c, at + 2, 1);
    return shift == NULL ? SHIFT_UNKNOWN : (int8_t)(*shift > 14 ? 14 : *shift);
}

/* Most segments have a time stamp and nothing else, laid out as in RFC 7323, appendix A. */
static bool is_timestamp_alone(const struct cursor *c, uint32_t total)
{
    enum { NOP_NOP_TIMESTAMP = 0x0101080a };
    const uint8_t *first = cursor_peek(c, 0, 4);
    return total == 12 && first != NULL && be32(first) == NOP_NOP_TIMESTAMP;
}

uint32_t sacked_bytes(const struct cursor *c, uint32_t total)
{
    uint32_t at, sum = 0;
    uint8_t length;
    if (is_timestamp_alone(c, total) || !option_ahead(c, total, KIND_SACK, &at, &length))
        return 0;
    for (uint32_t block = 2; block + 8 <= length && block < 2 + 4 * 8; block += 8) {
        const uint8_t *edges = cursor_peek(c, at + block, 8);
        if (edges != NULL)
            sum += be32(edges + 4) - be32(edges);
    }
    return sum;
}
