#include "dissect/format.h"

#include <string.h>
#include <time.h>

#include "base/text.h"

enum { TIME_ROOM = 64 };
#define NTP_NEVER (INT64_C(-2208988800) * 1000000000) /* 1900, where NTP begins */

static const struct field_def *def_of(const struct packet *p, uint32_t item)
{
    return registry_def(p->reg, p->items[item].field);
}

/* Seconds and nanoseconds, the latter never negative. */
static int64_t split_seconds(int64_t ns, uint32_t *rest)
{
    int64_t seconds = ns / 1000000000;
    int64_t left = ns % 1000000000;
    if (left < 0) {
        left += 1000000000;
        seconds--;
    }
    *rest = (uint32_t)left;
    return seconds;
}

/* "15:10:20" */
static char *write_clock(char *out, const struct tm *tm)
{
    out = number_digits(out, (uint64_t)tm->tm_hour, 2);
    *out++ = ':';
    out = number_digits(out, (uint64_t)tm->tm_min, 2);
    *out++ = ':';
    return number_digits(out, (uint64_t)tm->tm_sec, 2);
}

void format_absolute_time(struct buf *b, int64_t ns, bool utc)
{
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    uint32_t rest;
    time_t seconds = (time_t)split_seconds(ns, &rest);
    struct tm tm;
    if ((utc ? gmtime_r(&seconds, &tm) : localtime_r(&seconds, &tm)) == NULL) {
        buf_seconds(b, ns);
        return;
    }
    char *out = buf_begin(b, TIME_ROOM);
    if (out == NULL)
        return;
    memcpy(out, months + 3 * (tm.tm_mon % 12), 3);
    out = stpcpy(out + 3, tm.tm_mday < 10 ? "  " : " ");
    out = stpcpy(number_dec(out, (uint64_t)tm.tm_mday), ", ");
    out = number_signed(out, tm.tm_year + INT64_C(1900));
    *out++ = ' ';
    out = write_clock(out, &tm);
    *out++ = '.';
    out = number_digits(out, rest, 9);
    *out++ = ' ';
    buf_end(b, out);
    buf_str(b, utc ? "UTC" : tm.tm_zone);
}

void format_address(struct buf *b, const struct address *a)
{
    switch (a->kind) {
    case ADDRESS_NONE:
        break;
    case ADDRESS_ETHER:
        buf_hex_bytes(b, a->bytes, 6, ':');
        break;
    case ADDRESS_IPV4:
        buf_ipv4(b, be32(a->bytes));
        break;
    case ADDRESS_IPV6:
        buf_ipv6(b, a->bytes);
        break;
    }
}

const char *address_name(struct resolver *r, const struct address *a, char mac[MAC_NAME_ROOM])
{
    switch (a->kind) {
    case ADDRESS_ETHER:
        return resolver_mac(r, a->bytes, mac) ? mac : NULL;
    case ADDRESS_IPV4:
        return resolver_host(r, 4, a->bytes);
    case ADDRESS_IPV6:
        return resolver_host(r, 6, a->bytes);
    default:
        return NULL;
    }
}

static void format_number(struct buf *b, const struct field_def *def, uint64_t v)
{
    unsigned base = def->display & DISPLAY_BASE;
    unsigned bytes = type_bytes(def->type);
    if (base == HEX || base == HEX_DEC)
        buf_hex(b, v, 2 * bytes);
    else if (base == OCT)
        buf_format(b, "%#llo", (unsigned long long)v);
    else
        buf_u64(b, v);
}

/* A byte that is not plain. What would disturb a line of output is escaped. */
static void format_byte(struct buf *b, uint8_t c)
{
    static const char escapes[] = "abtnvfr"; /* 7 to 13 */
    if (c >= 7 && c <= 13) {
        buf_char(b, '\\');
        buf_char(b, escapes[c - 7]);
    } else if (c < 0x20 || c == 0x7f) {
        buf_str(b, "\\x");
        buf_hex_bytes(b, &c, 1, 0);
    } else {
        buf_char(b, (char)c); /* a backslash too: it is one in tshark's output */
    }
}

/* Text is UTF-8, or was meant to be. */
static void format_text(struct buf *b, const uint8_t *s, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        size_t plain = text_plain(s + i, n - i);
        buf_bytes(b, s + i, plain);
        i += plain;
        if (i < n)
            format_byte(b, s[i]);
    }
}

static void format_string(struct buf *b, const char *text)
{
    format_text(b, (const uint8_t *)text, strlen(text));
}

static void format_guid(struct buf *b, const uint8_t *g)
{
    static const uint8_t groups[] = {4, 2, 2, 2, 6};
    for (unsigned i = 0; i < 5; i++) {
        if (i > 0)
            buf_char(b, '-');
        buf_hex_bytes(b, g, groups[i], 0);
        g += groups[i];
    }
}

/* Base-128 arcs (ITU-T X.690, section 8.19). */
static void format_oid(struct buf *b, const uint8_t *bytes, size_t n)
{
    uint64_t arc = 0;
    bool first = true;
    for (size_t i = 0; i < n; i++) {
        arc = arc << 7 | (bytes[i] & 0x7f);
        if (bytes[i] & 0x80)
            continue;
        if (first) {
            uint64_t top = arc < 80 ? arc / 40 : 2;
            buf_u64(b, top);
            arc -= 40 * top;
            first = false;
        }
        buf_char(b, '.');
        buf_u64(b, arc);
        arc = 0;
    }
}

static void format_data(struct buf *b, const struct field_def *def, const lamna_item *item)
{
    const uint8_t *v = item->value.p;
    size_t n = item->value_length;
    if (def->type == LAMNA_STRING)
        format_text(b, v, n == 0 ? 0 : strnlen((const char *)v, n)); /* text ends at a zero byte */
    else if (def->type == LAMNA_ETHER || def->type == LAMNA_EUI64)
        buf_hex_bytes(b, v, n, ':');
    else if (def->type == LAMNA_IPv6 && n == 16)
        buf_ipv6(b, v);
    else if (def->type == LAMNA_GUID && n == 16)
        format_guid(b, v);
    else if (def->type == LAMNA_OID)
        format_oid(b, v, n);
    else if (n == 0 && def->type == LAMNA_BYTES)
        buf_str(b, "<MISSING>"); /* there, but empty */
    else
        buf_hex_bytes(b, v, n, def->display & COLONS ? ':' : '\0');
}

static void format_protocol(struct buf *b, const struct packet *p, uint32_t item, bool for_tree)
{
    if (!for_tree && def_of(p, item)->display & RAW_BYTES) {
        buf_hex_bytes(b, p->items[item].value.p, p->items[item].value_length, 0);
        return;
    }
    const char *text = packet_label(p, item);
    format_string(b, text != NULL ? text : def_of(p, item)->name);
}

void format_plain(struct buf *b, const struct packet *p, uint32_t index, bool for_tree)
{
    const lamna_item *item = &p->items[index];
    const struct field_def *def = def_of(p, index);
    switch (def->type) {
    case LAMNA_NONE:
        buf_char(b, '1');
        break;
    case LAMNA_PROTOCOL:
        format_protocol(b, p, index, for_tree);
        break;
    case LAMNA_BOOLEAN:
        buf_str(b, for_tree ? item->value.u ? "True" : "False" : item->value.u ? "1" : "0");
        break;
    case LAMNA_INT8:
    case LAMNA_INT16:
    case LAMNA_INT24:
    case LAMNA_INT32:
    case LAMNA_INT64:
        buf_i64(b, item->value.i);
        break;
    case LAMNA_FLOAT:
    case LAMNA_DOUBLE:
        buf_format(b, "%.*g", def->type == LAMNA_FLOAT ? 6 : 15, item->value.d);
        break;
    case LAMNA_ABSOLUTE_TIME:
        if (def->display & NTP_TIME && item->value.i == NTP_NEVER)
            return buf_str(b, "NULL");
        format_absolute_time(b, item->value.i, (def->display & UTC) != 0);
        break;
    case LAMNA_RELATIVE_TIME:
        buf_seconds(b, item->value.i);
        break;
    case LAMNA_IPv4:
        buf_ipv4(b, (uint32_t)item->value.u);
        break;
    default:
        if (type_bytes(def->type) > 0)
            format_number(b, def, item->value.u);
        else
            format_data(b, def, item);
    }
}

void format_value(struct buf *b, const struct packet *p, uint32_t item)
{
    /* Bytes that are there, but none of them: not the same as no field. */
    if (def_of(p, item)->type == LAMNA_BYTES && p->items[item].value_length == 0) {
        buf_str(b, def_of(p, item)->display & MAY_BE_EMPTY ? "<none>" : "<MISSING>");
        return;
    }
    format_plain(b, p, item, false);
}

/* ---- The tree ------------------------------------------------------------------------------ */

/* "...1 .... = " for a bit field in the bytes it was cut from. */
static void format_bit_pattern(struct buf *b, const struct field_def *def, const lamna_item *item)
{
    unsigned width = item->length > 0 && item->length <= 8 ? 8 * item->length : 8;
    unsigned base = def->display & DISPLAY_BASE;
    if (def->type == LAMNA_BOOLEAN && base >= 8)
        width = base;
    uint64_t raw = item->value.u << __builtin_ctzll(def->mask);
    for (unsigned bit = width; bit-- > 0;) {
        bool in_mask = (def->mask >> bit & 1) != 0;
        buf_char(b, !in_mask ? '.' : raw >> bit & 1 ? '1' : '0');
        if (bit > 0 && bit % 4 == 0)
            buf_char(b, ' ');
    }
    buf_str(b, " = ");
}

/* An address in a tree: "name (address)", where names are wanted. False, and nothing, if it has none. */
static bool format_named(struct buf *b, const struct packet *p, uint32_t index)
{
    const lamna_item *item = &p->items[index];
    lamna_type type = def_of(p, index)->type;
    uint8_t ipv4[4];
    char mac[MAC_NAME_ROOM];
    struct address a = {ADDRESS_NONE, item->value.p};
    if (type == LAMNA_ETHER && item->value_length == 6) {
        a.kind = ADDRESS_ETHER;
    } else if (type == LAMNA_IPv6 && item->value_length == 16) {
        a.kind = ADDRESS_IPV6;
    } else if (type == LAMNA_IPv4) {
        for (unsigned i = 0; i < 4; i++)
            ipv4[i] = (uint8_t)(item->value.u >> (24 - 8 * i));
        a = (struct address){ADDRESS_IPV4, ipv4};
    }
    const char *name = address_name(p->names, &a, mac);
    if (name == NULL)
        return false;
    format_string(b, name);
    buf_str(b, " (");
    format_plain(b, p, index, true);
    buf_char(b, ')');
    return true;
}

/* "IPv4 (0x0800)", "Set", "52", "386 (0x0182)". */
static void format_tree_value(struct buf *b, const struct packet *p, uint32_t index)
{
    const lamna_item *item = &p->items[index];
    const struct field_def *def = def_of(p, index);
    const char *name = value_name_find(def->names, item->value.u);
    if (def->type == LAMNA_BOOLEAN && name != NULL) {
        buf_str(b, name);
    } else if (def->names != NULL && type_bytes(def->type) > 0) {
        buf_str(b, name != NULL ? name : "Unknown");
        buf_str(b, " (");
        format_plain(b, p, index, true);
        buf_char(b, ')');
    } else if (p->names == NULL || !format_named(b, p, index)) {
        format_plain(b, p, index, true);
        if ((def->display & DISPLAY_BASE) == HEX_DEC)
            buf_format(b, " (%llu)", (unsigned long long)item->value.u);
        else if ((def->display & DISPLAY_BASE) == DEC_HEX)
            buf_format(b, " (0x%0*llx)", (int)(2 * type_bytes(def->type)),
                       (unsigned long long)item->value.u);
        if (def->type == LAMNA_RELATIVE_TIME)
            buf_str(b, " seconds");
    }
}

void format_label(struct buf *b, const struct packet *p, uint32_t index)
{
    const lamna_item *item = &p->items[index];
    const struct field_def *def = def_of(p, index);
    const char *text = packet_label(p, index);
    bool generated = (item->flags & LAMNA_ITEM_GENERATED) != 0;
    if (generated)
        buf_char(b, '[');
    bool bits = def->mask != 0 && (def->type == LAMNA_BOOLEAN || type_bytes(def->type) > 0);
    if (bits)
        format_bit_pattern(b, def, item);
    if (text != NULL) {
        format_string(b, text);
    } else {
        buf_str(b, def->label);
        if (def->type != LAMNA_NONE && def->type != LAMNA_PROTOCOL) {
            buf_str(b, ": ");
            format_tree_value(b, p, index);
        }
    }
    if (generated)
        buf_char(b, ']');
}
