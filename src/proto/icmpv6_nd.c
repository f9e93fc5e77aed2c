/* icmpv6: Neighbor Discovery (RFC 4861) and its options, those of later RFCs too. */
#include "proto/icmpv6.h"

/* ---- Options (RFC 4861, section 4.6) ------------------------------------------------------- */

static void put_link_address(struct packet *p, struct cursor *o, uint8_t type)
{
    uint32_t n = cursor_left(o);
    const uint8_t *b = put_bytes(p, o, LINKADDR, n);
    if (b == NULL)
        return;
    put_data(p, o, type == 1 ? SRC_LINKADDR : TARGET_LINKADDR, o->pos - n, n, b, n);
    if (n >= 6)
        info_add(p, " %s %02x:%02x:%02x:%02x:%02x:%02x", type == 1 ? "from" : "is at", b[0], b[1],
                 b[2], b[3], b[4], b[5]);
}

static void put_reserved(struct packet *p, struct cursor *o, uint32_t n)
{
    if (cursor_take(o, n) != NULL)
        put_data(p, o, OPT_RESERVED, o->pos - n, n, "", 0);
}

static void put_prefix(struct packet *p, struct cursor *o)
{
    (void)put_u8(p, o, PREFIX_LENGTH);
    uint8_t flags = put_u8(p, o, PREFIX_FLAGS);
    uint32_t tree = tree_begin(p, PREFIX_FLAGS);
    if (o->fault == CURSOR_OK)
        put_flags(p, o, PREFIX_L, 4, o->pos - 1, 1, flags);
    tree_end(p, tree);
    (void)put_u32(p, o, PREFIX_VALID);
    (void)put_u32(p, o, PREFIX_PREFERRED);
    put_reserved(p, o, 4);
    (void)put_bytes(p, o, PREFIX, 16);
}

/* A name of the DNS (RFC 1035, section 3.1), without compression, as text. NULL: none, only
 * padding. */
static const char *read_name(struct packet *p, struct cursor *o)
{
    struct cursor ahead = *o;
    char *text = arena_alloc(p->arena, cursor_captured(o) + 1u), *at = text;
    uint8_t n;
    while ((n = cursor_u8(&ahead)) != 0 && ahead.fault == CURSOR_OK) {
        const uint8_t *label = cursor_take(&ahead, n);
        if (label == NULL || text == NULL)
            return NULL;
        if (at > text)
            *at++ = '.';
        memcpy(at, label, n);
        at += n;
    }
    if (text == NULL || ahead.fault != CURSOR_OK || at == text)
        return NULL;
    *at = '\0';
    *o = ahead;
    return text;
}

/* RFC 8106, section 5.2. */
static void put_search_list(struct packet *p, struct cursor *o)
{
    put_reserved(p, o, 2);
    (void)put_u32(p, o, DNSSL_LIFETIME);
    while (cursor_captured(o) > 0) {
        uint32_t at = o->pos;
        const char *name = read_name(p, o);
        if (name == NULL)
            break;
        put_string(p, o, DNSSL, at, o->pos - at, name);
    }
    uint32_t n = cursor_captured(o);
    if (n > 0)
        put_data(p, o, PADDING, o->pos, n, "", 0);
    cursor_skip(o, n);
}

/* RFC 4191, section 2.3: as much of the prefix as is needed. */
static void put_route(struct packet *p, struct cursor *o)
{
    (void)put_u8(p, o, PREFIX_LENGTH);
    icmpv6_flags(p, o, ROUTE_FLAG, 1, 2);
    (void)put_u32(p, o, ROUTE_LIFETIME);
    icmpv6_prefix(p, o, PREFIX, cursor_captured(o));
}

/* RFC 3971, section 5.3.1: seconds since 1970 in 48 bits, and 1/65536 seconds in 16. */
static void put_send_time(struct packet *p, struct cursor *o)
{
    put_reserved(p, o, 6);
    const uint8_t *b = cursor_take(o, 8);
    if (b == NULL)
        return;
    uint64_t seconds = be_n(b, 6), rest = be16(b + 6);
    int64_t ns = seconds > INT64_MAX / 1000000000 - 1 ? INT64_MAX : (int64_t)seconds * 1000000000;
    if (ns != INT64_MAX)
        ns += (int64_t)(rest * 1000000000 >> 16);
    put_time(p, o, SEND_TIME, o->pos - 8, 8, ns);
}

/* RFC 3971, section 5.1; the parameters are those of RFC 3972, section 3. */
static void put_cga(struct packet *p, struct cursor *o)
{
    (void)put_u8(p, o, CGA_PAD);
    put_reserved(p, o, 1);
    put_data(p, o, CGA, o->pos, cursor_captured(o), o->data + o->pos, cursor_captured(o));
    uint32_t tree = tree_begin(p, CGA);
    (void)put_bytes(p, o, CGA_MODIFIER, 16);
    (void)put_bytes(p, o, CGA_SUBNET, 8);
    (void)put_bytes(p, o, CGA_COUNT, 1);
    tree_end(p, tree);
    cursor_skip(o, cursor_captured(o));
}

/* For networks of small things (RFC 6775, sections 4.1 to 4.3). */
static void put_small_network(struct packet *p, struct cursor *o, uint8_t type)
{
    if (type == 33) {
        (void)put_u8(p, o, ARO_STATUS);
        put_reserved(p, o, 3);
        (void)put_u16(p, o, ARO_LIFETIME);
        (void)put_bytes(p, o, ARO_EUI64, 8);
    } else if (type == 34) {
        (void)put_u8(p, o, CO_LENGTH);
        icmpv6_flags(p, o, CO_FLAG, 1, 3);
        put_reserved(p, o, 2);
        (void)put_u16(p, o, CO_LIFETIME);
        icmpv6_prefix(p, o, CO_PREFIX, cursor_captured(o));
    } else {
        (void)put_u16(p, o, ABRO_LOW);
        (void)put_u16(p, o, ABRO_HIGH);
        (void)put_u16(p, o, ABRO_LIFETIME);
        (void)put_bytes(p, o, ABRO_ADDRESS, 16);
    }
}

/* RFC 8781, section 4: the prefix in 96 bits, and a code for how long it is. */
static void put_pref64(struct packet *p, struct cursor *o)
{
    uint16_t bits = cursor_u16(o);
    if (o->fault == CURSOR_OK)
        put_flags(p, o, PREF64_LIFETIME, 2, o->pos - 2, 2, bits);
    icmpv6_prefix(p, o, PREF64, cursor_captured(o) < 12 ? cursor_captured(o) : 12);
}

static void put_addresses(struct packet *p, struct cursor *o)
{
    put_reserved(p, o, 6);
    while (cursor_captured(o) >= 16)
        (void)put_bytes(p, o, LIST_ADDRESS, 16);
}

static void put_late_option(struct packet *p, struct cursor *o, uint8_t type)
{
    switch (type) {
    case 24:
        put_route(p, o);
        break;
    case 25: /* RFC 8106, section 5.1 */
        put_reserved(p, o, 2);
        (void)put_u32(p, o, RDNSS_LIFETIME);
        while (cursor_captured(o) >= 16)
            (void)put_bytes(p, o, RDNSS, 16);
        break;
    case 26: /* RFC 5175 */
        icmpv6_flags(p, o, EFO, 2, 6);
        put_reserved(p, o, 4);
        break;
    case 31:
        put_search_list(p, o);
        break;
    case 33:
    case 34:
    case 35:
        put_small_network(p, o, type);
        break;
    case 37: { /* RFC 8910, section 2.3 */
        uint32_t n = cursor_captured(o);
        const uint8_t *uri = cursor_take(o, n);
        if (uri != NULL)
            put_data(p, o, PORTAL, o->pos - n, n, uri, strnlen((const char *)uri, n));
        break;
    }
    case 38:
        put_pref64(p, o);
        break;
    default:
        put_mark(p, o, UNDECODED_OPTION);
    }
}

static void put_option_value(struct packet *p, struct cursor *o, uint8_t type)
{
    switch (type) {
    case 1:
    case 2:
        put_link_address(p, o, type);
        break;
    case 3:
        put_prefix(p, o);
        break;
    case 4:
        put_reserved(p, o, 6);
        put_data(p, o, REDIRECTED, o->pos, cursor_captured(o), "", 0);
        (void)next_quoted(p, o, QUOTED_TABLE, QUOTED_IPV6);
        break;
    case 5:
        put_reserved(p, o, 2);
        (void)put_u32(p, o, OPT_MTU);
        break;
    case 6: /* RFC 2491 */
        (void)put_u8(p, o, SHORTCUT);
        put_reserved(p, o, 5);
        break;
    case 7: /* RFC 6275, section 7.3 */
        put_reserved(p, o, 2);
        (void)put_u32(p, o, INTERVAL);
        break;
    case 8:
        put_reserved(p, o, 2);
        (void)put_u16(p, o, HA_PREFERENCE);
        (void)put_u16(p, o, HA_LIFETIME);
        break;
    case 9: /* RFC 3122 */
    case 10:
        put_addresses(p, o);
        break;
    case 11:
        put_cga(p, o);
        break;
    case 12: /* RFC 3971, section 5.2 */
        put_reserved(p, o, 2);
        (void)put_bytes(p, o, RSA_HASH, 16);
        put_data(p, o, RSA_SIGNATURE, o->pos, cursor_captured(o), "", 0);
        break;
    case 13:
        put_send_time(p, o);
        break;
    case 14: /* RFC 3971, section 5.3.2 */
        (void)put_bytes(p, o, OPT_NONCE, cursor_left(o));
        break;
    default:
        put_late_option(p, o, type);
    }
}

void icmpv6_options(struct packet *p, struct cursor *c)
{
    while (cursor_captured(c) >= 2) {
        uint8_t type = c->data[c->pos];
        uint32_t n = 8u * c->data[c->pos + 1];
        const char *name = value_name_find(icmpv6_option_types, type);
        put_data(p, c, OPT, c->pos, n, "", 0);
        uint32_t tree = tree_begin(p, OPT);
        label(p, OPT, "ICMPv6 Option (%s)", name != NULL ? name : "Unknown");
        (void)put_u8(p, c, OPT_TYPE);
        (void)put_u8(p, c, OPT_LENGTH);
        if (n == 0) { /* "Nodes MUST silently discard" it: nothing after it can be found */
            put_mark(p, c, BAD_LENGTH);
            tree_end(p, tree);
            return;
        }
        struct cursor value = cursor_part(c, n - 2);
        put_option_value(p, &value, type);
        if (value.fault != CURSOR_OK && c->fault == CURSOR_OK)
            c->fault = value.fault;
        tree_end(p, tree);
    }
}

/* ---- Neighbor Discovery (RFC 4861, section 4) ---------------------------------------------- */

static void put_router_advertisement(struct packet *p, struct cursor *c)
{
    (void)put_u8(p, c, RA_HOPS);
    uint8_t flags = put_u8(p, c, RA_FLAGS);
    uint32_t tree = tree_begin(p, RA_FLAGS);
    if (c->fault == CURSOR_OK)
        put_flags(p, c, RA_M, 6, c->pos - 1, 1, flags);
    tree_end(p, tree);
    (void)put_u16(p, c, RA_LIFETIME);
    (void)put_u32(p, c, RA_REACHABLE);
    (void)put_u32(p, c, RA_RETRANS);
}

static void put_neighbor_advertisement(struct packet *p, struct cursor *c)
{
    uint32_t flags = put_u32(p, c, NA_FLAGS);
    uint32_t tree = tree_begin(p, NA_FLAGS);
    if (c->fault == CURSOR_OK)
        put_flags(p, c, NA_R, 4, c->pos - 4, 4, flags);
    tree_end(p, tree);
    icmpv6_info_address(p, " ", put_bytes(p, c, NA_TARGET, 16));
    static const char *const names[] = {"",       " (ovr)",      " (sol)",      " (sol, ovr)",
                                        " (rtr)", " (rtr, ovr)", " (rtr, sol)", " (rtr, sol, ovr)"};
    info_add(p, "%s", names[flags >> 29]);
}

void icmpv6_discovery(struct packet *p, struct cursor *c, uint8_t type)
{
    if (type == ROUTER_ADVERTISEMENT) {
        put_router_advertisement(p, c);
    } else if (type == NEIGHBOR_ADVERTISEMENT) {
        put_neighbor_advertisement(p, c);
    } else {
        (void)put_bytes(p, c, RESERVED, 4);
        if (type == NEIGHBOR_SOLICITATION)
            icmpv6_info_address(p, " for ", put_bytes(p, c, NS_TARGET, 16));
        if (type == REDIRECT) {
            (void)put_bytes(p, c, RD_TARGET, 16);
            (void)put_bytes(p, c, RD_DESTINATION, 16);
        }
    }
    icmpv6_options(p, c);
}
