/* icmp: Internet Control Message Protocol (RFC 792; RFC 1191, 4884 for the newer parts). */
#include "proto/icmp.h"
#include "dissect/exchange.h"

enum {
    ECHO_REPLY = 0,
    UNREACHABLE = 3,
    SOURCE_QUENCH = 4,
    REDIRECT = 5,
    ECHO = 8,
    ROUTER_ADVERTISEMENT = 9,
    ROUTER_SOLICITATION = 10,
    TIME_EXCEEDED = 11,
    PARAMETER_PROBLEM = 12,
    TIMESTAMP = 13,
    TIMESTAMP_REPLY = 14,
    INFORMATION = 15,
    INFORMATION_REPLY = 16,
    MASK = 17,
    MASK_REPLY = 18,
    EXTENDED_ECHO = 42,
    EXTENDED_ECHO_REPLY = 43
};

static const struct value_name types[] = {VALUE(ECHO_REPLY, "Echo (ping) reply"),
                                          VALUE(UNREACHABLE, "Destination unreachable"),
                                          VALUE(SOURCE_QUENCH, "Source quench (flow control)"),
                                          VALUE(REDIRECT, "Redirect"),
                                          VALUE(ECHO, "Echo (ping) request"),
                                          VALUE(ROUTER_ADVERTISEMENT, "Router advertisement"),
                                          VALUE(ROUTER_SOLICITATION, "Router solicitation"),
                                          VALUE(TIME_EXCEEDED, "Time-to-live exceeded"),
                                          VALUE(PARAMETER_PROBLEM, "Parameter problem"),
                                          VALUE(TIMESTAMP, "Timestamp request"),
                                          VALUE(TIMESTAMP_REPLY, "Timestamp reply"),
                                          VALUE(INFORMATION, "Information request"),
                                          VALUE(INFORMATION_REPLY, "Information reply"),
                                          VALUE(MASK, "Address mask request"),
                                          VALUE(MASK_REPLY, "Address mask reply"),
                                          VALUE(EXTENDED_ECHO, "Extended Echo request"),
                                          VALUE(EXTENDED_ECHO_REPLY, "Extended Echo reply"),
                                          VALUES_END};

static const struct value_name unreachable_codes[] = {
    VALUE(0, "Network unreachable"),
    VALUE(1, "Host unreachable"),
    VALUE(2, "Protocol unreachable"),
    VALUE(3, "Port unreachable"),
    VALUE(4, "Fragmentation needed"),
    VALUE(5, "Source route failed"),
    VALUE(6, "Destination network unknown"),
    VALUE(7, "Destination host unknown"),
    VALUE(8, "Source host isolated"),
    VALUE(9, "Network administratively prohibited"),
    VALUE(10, "Host administratively prohibited"),
    VALUE(11, "Network unreachable for TOS"),
    VALUE(12, "Host unreachable for TOS"),
    VALUE(13, "Communication administratively filtered"),
    VALUE(14, "Host precedence violation"),
    VALUE(15, "Precedence cutoff in effect"),
    VALUES_END};

static const struct value_name exceeded_codes[] = {VALUE(0, "Time to live exceeded in transit"),
                                                   VALUE(1, "Fragment reassembly time exceeded"),
                                                   VALUES_END};

static const struct value_name redirect_codes[] = {
    VALUE(0, "Redirect for network"), VALUE(1, "Redirect for host"),
    VALUE(2, "Redirect for TOS and network"), VALUE(3, "Redirect for TOS and host"), VALUES_END};

static const struct value_name checksum_names[] = CHECKSUM_STATUS_NAMES;
static const struct value_name mip_types[] = {
    VALUE(0, "One byte padding extension"), VALUE(16, "Mobility Agent Advertisement Extension"),
    VALUE(19, "Prefix Lengths Extension"), VALUE(24, "Challenge Extension"), VALUES_END};
static const struct value_name set_names[] = {VALUE(0, "Not set"), VALUE(1, "Set"), VALUES_END};
static const struct value_name present_names[] = {VALUE(0, "Not Present"), VALUE(1, "Present"),
                                                  VALUES_END};

static const struct field_def field_defs[] = {FIELDS(FIELD_ROW)};

/* The quoted packet is found as if IP carried it: 4 is IPv4. */
enum { QUOTED_TABLE };
enum { AFTER_CHECKSUM = 6 }; /* from it to the data of a ping */
enum { QUOTED_IPV4 = 4, IP_PROTO_ICMP = 1 };

/* ICMP has no pseudo-header, and is verified whatever the options say, as in Wireshark. */
static void put_checksum(struct packet *p, struct cursor *c, uint32_t start)
{
    (void)put_u16(p, c, CHECKSUM);
    if (c->fault != CURSOR_OK || (!wants(p, STATUS) && !wants(p, BAD)))
        return;
    enum checksum_status status = CHECKSUM_UNVERIFIED;
    if (!p->net.fragment && !p->quoted && c->cap == c->end)
        status = checksum_fold(checksum_add(0, c->data + start, c->end - start)) == 0
                     ? CHECKSUM_GOOD
                     : CHECKSUM_BAD;
    put_uint(p, c, STATUS, c->pos - 2, 0, status);
    if (status == CHECKSUM_BAD)
        put_mark(p, c, BAD);
}

/* Both byte orders, since senders differ. */
static uint16_t put_both(struct packet *p, struct cursor *c, unsigned field)
{
    struct cursor again = *c;
    uint16_t v = put_u16(p, c, field);
    (void)put_uint_le(p, &again, field + 1, 2);
    return v;
}

/* "ping" puts the time it was sent first: seconds and microseconds in the sender's byte order and
 * word size. It is believed if it is within a day of the packet's own time. */
static void put_data_time(struct packet *p, struct cursor *c)
{
    const int64_t second = 1000000000, day = 86400 * second;
    const uint8_t *b = cursor_peek(c, 0, 16);
    if (b == NULL || (p->in->flags & LAMNA_PACKET_HAS_TIME) == 0)
        return;
    const struct {
        uint64_t seconds, micros;
        uint32_t length;
    } guesses[] = {{le_n(b, 4), le_n(b + 4, 4), 8},
                   {be_n(b, 4), be_n(b + 4, 4), 8},
                   {le_n(b, 8), le_n(b + 8, 8), 16},
                   {be_n(b, 8), be_n(b + 8, 8), 16}};
    for (unsigned i = 0; i < sizeof guesses / sizeof *guesses; i++) {
        if (guesses[i].seconds > UINT32_MAX || guesses[i].micros >= 1000000)
            continue;
        int64_t sent = (int64_t)guesses[i].seconds * second + (int64_t)guesses[i].micros * 1000;
        int64_t ago = p->in->time_ns - sent;
        if (ago < -day || ago > day)
            continue;
        put_time(p, c, DATA_TIME, c->pos, guesses[i].length, sent);
        put_time(p, c, DATA_TIME_RELATIVE, c->pos, guesses[i].length, ago);
        cursor_skip(c, guesses[i].length);
        return;
    }
}

/* A reply returns what it was sent (RFC 792), so that the checksums differ by the type alone: in a reply that has
 * other data, as tunnels send it, they do not. */
static void put_other_half(struct packet *p, struct cursor *c, bool request, uint16_t id,
                           uint16_t seq)
{
    uint16_t sum = be16(c->data + c->pos - AFTER_CHECKSUM);
    uint16_t likeness =
        request ? sum : (uint16_t)~checksum_fold((uint64_t)sum + (uint16_t) ~(ECHO << 8));
    static const struct exchange_fields fields = {RESP_IN, NO_RESP, NOT_FOUND, RESP_TO, RESP_TIME};
    struct exchange e = {.protocol = IP_PROTO_ICMP,
                         .request = request,
                         .ident = id,
                         .seq = seq,
                         .likeness = likeness == 0xffff ? 0 : likeness};
    put_exchange(p, c, &e, &fields);
}

static void put_echo(struct packet *p, struct cursor *c, uint8_t type)
{
    uint16_t id = put_both(p, c, IDENT), seq = put_both(p, c, SEQ);
    if (c->fault != CURSOR_OK)
        return;
    info_set(p, "Echo (ping) %s  id=0x%04x, seq=%u/%u", type == ECHO ? "request" : "reply  ", id,
             seq, __builtin_bswap16(seq));
    if (p->net.version == 4)
        info_add(p, ", ttl=%u",
                 p->net.src[-4]); /* the TTL lies 4 bytes before the source address */
    put_other_half(p, c, type == ECHO, id, seq);
    put_data_time(p, c);
    next_data(p, c);
}

static void put_timestamps(struct packet *p, struct cursor *c, uint8_t type)
{
    uint16_t id = put_both(p, c, IDENT), seq = put_both(p, c, SEQ);
    info_set(p, "%-19s id=0x%04x, seq=%u/%u", value_name_find(types, type), id, seq,
             __builtin_bswap16(seq));
    (void)put_u32(p, c, ORIGINATE);
    (void)put_u32(p, c, RECEIVE);
    (void)put_u32(p, c, TRANSMIT);
}

/* The word after the checksum in an error, which says more about some of them. RFC 4884, section 4:
 * a length, in words, of the quotation. RFC 1191, section 4: the MTU. */
static void put_error_word(struct packet *p, struct cursor *c, uint8_t type, uint8_t code)
{
    const uint8_t *word = cursor_peek(c, 0, 4);
    bool sized = word != NULL && word[1] != 0 && (type == UNREACHABLE || type == TIME_EXCEEDED);
    if (type == REDIRECT) {
        (void)put_ipv4(p, c, GATEWAY);
        return;
    }
    if (type == SOURCE_QUENCH) {
        cursor_skip(c, 4);
        return;
    }
    if (type == PARAMETER_PROBLEM) {
        (void)put_u8(p, c, POINTER);
        (void)put_bytes(p, c, UNUSED, 3);
        return;
    }
    bool mtu = type == UNREACHABLE && code == 4;
    if (sized) {
        (void)put_bytes(p, c, UNUSED, 1);
        uint8_t length = put_u8(p, c, LENGTH);
        put_uint(p, c, ORIGINAL, c->pos - 1, 1, length * 4u);
        if (!mtu)
            (void)put_bytes(p, c, UNUSED, 2);
    } else {
        (void)put_bytes(p, c, UNUSED, mtu ? 2 : 4);
    }
    if (mtu)
        (void)put_u16(p, c, MTU);
}

/* How much of the message is the quotation: where extensions follow it has 128 bytes at least, or
 * what the length says; without a length, a longer packet was quoted without extensions (RFC 4884,
 * section 5). */
static uint32_t quotation_length(const struct cursor *c, uint8_t type)
{
    enum { LEAST = 128 };
    bool may = type == UNREACHABLE || type == TIME_EXCEEDED || type == PARAMETER_PROBLEM;
    const uint8_t *ip = cursor_peek(c, 0, 4);
    if (!may || ip == NULL || c->pos < 3 || cursor_left(c) <= LEAST)
        return UINT32_MAX;
    uint32_t words = c->data[c->pos - 3];
    if (words > 0)
        return 4 * words;
    return be16(ip + 2) <= LEAST ? LEAST : UINT32_MAX;
}

static void put_error(struct packet *p, struct cursor *c, uint8_t type, uint8_t code)
{
    const struct value_name *codes = type == UNREACHABLE     ? unreachable_codes
                                     : type == TIME_EXCEEDED ? exceeded_codes
                                     : type == REDIRECT      ? redirect_codes
                                                             : NULL;
    const char *why = value_name_find(codes, code);
    if (why != NULL)
        info_add(p, " (%s)", why);
    put_error_word(p, c, type, code);
    uint32_t n = quotation_length(c, type);
    struct cursor quotation = cursor_part(c, n < cursor_left(c) ? n : cursor_left(c));
    if (cursor_captured(&quotation) > 0 && !next_quoted(p, &quotation, QUOTED_TABLE, QUOTED_IPV4))
        next_data(p, &quotation);
    if (cursor_captured(c) > 0)
        icmp_extensions(p, c);
}

/* RFC 5944, section 2.1: an agent's advertisement, the lengths of the prefixes; RFC 4721: a
 * challenge. */
static void put_mobile_extension(struct packet *p, struct cursor *c)
{
    uint8_t type = put_u8(p, c, MIP_TYPE);
    if (type == 0 || c->fault != CURSOR_OK)
        return;
    uint8_t length = put_u8(p, c, MIP_LENGTH);
    struct cursor e = cursor_part(c, length);
    if (type == 16) {
        (void)put_u16(p, &e, MIP_SEQ);
        (void)put_u16(p, &e, MIP_LIFE);
        uint16_t flags = put_u16(p, &e, MIP_FLAGS);
        uint32_t tree = tree_begin(p, MIP_FLAGS);
        if (e.fault == CURSOR_OK)
            put_flags(p, &e, MIP_R, 11, e.pos - 2, 2, flags);
        tree_end(p, tree);
        while (cursor_left(&e) >= 4)
            (void)put_ipv4(p, &e, MIP_COA);
    } else if (type == 19) {
        while (cursor_left(&e) > 0)
            (void)put_u8(p, &e, MIP_PREFIX);
    } else if (length > 0) {
        (void)put_bytes(p, &e, type == 24 ? MIP_CHALLENGE : MIP_CONTENT, length);
    }
    if (e.fault != CURSOR_OK)
        c->fault = e.fault;
}

/* RFC 1256, section 3.1; what follows the addresses is for mobile nodes. */
static void put_router_advertisement(struct packet *p, struct cursor *c)
{
    uint8_t count = put_u8(p, c, NUM_ADDRS), words = put_u8(p, c, ENTRY_SIZE);
    (void)put_u16(p, c, LIFETIME);
    for (unsigned i = 0; i < count && words >= 2 && c->fault == CURSOR_OK; i++) {
        (void)put_ipv4(p, c, ROUTER);
        (void)put_int_be(p, c, PREFERENCE, 4);
        cursor_skip(c, 4u * (words - 2u));
    }
    while (cursor_captured(c) > 0 && c->fault == CURSOR_OK)
        put_mobile_extension(p, c);
}

static void dissect(struct packet *p, struct cursor *c)
{
    enum { LEAST = 6 };
    uint32_t start = c->pos;
    if (!layer_starts(p, c, LEAST))
        return;
    uint8_t type = put_u8(p, c, TYPE);
    uint8_t code = put_u8(p, c, CODE);
    put_checksum(p, c, start);
    if (c->fault != CURSOR_OK)
        return;
    const char *name = value_name_find(types, type);
    info_set(p, "%s", name != NULL ? name : "Unknown ICMP type");
    switch (type) {
    case ECHO:
    case ECHO_REPLY:
        put_echo(p, c, type);
        break;
    case UNREACHABLE:
    case SOURCE_QUENCH:
    case REDIRECT:
    case TIME_EXCEEDED:
    case PARAMETER_PROBLEM:
        put_error(p, c, type, code);
        break;
    case TIMESTAMP:
    case TIMESTAMP_REPLY:
        put_timestamps(p, c, type);
        break;
    case INFORMATION:
    case INFORMATION_REPLY:
    case MASK:
    case MASK_REPLY:
        (void)put_both(p, c, IDENT);
        (void)put_both(p, c, SEQ);
        if (type == MASK || type == MASK_REPLY)
            (void)put_ipv4(p, c, ADDRESS_MASK);
        break;
    case ROUTER_ADVERTISEMENT:
        put_router_advertisement(p, c);
        break;
    case ROUTER_SOLICITATION:
        cursor_skip(c, 4);
        break;
    case EXTENDED_ECHO:
    case EXTENDED_ECHO_REPLY:
        (void)put_both(p, c, IDENT);
        icmp_extended_echo(p, c, type == EXTENDED_ECHO);
        if (cursor_captured(c) > 0)
            icmp_extensions(p, c);
        break;
    default: /* what it carries nobody knows, and it is not called data */
        cursor_skip(c, cursor_captured(c));
    }
}

static const char *const tables[] = {"ip.proto", NULL};
static const struct binding bindings[] = {{"ip.proto", 1}, {NULL, 0}};

const struct protocol proto_icmp = {.name = "icmp",
                                    .title = "Internet Control Message Protocol",
                                    .column = "ICMP",
                                    FIELDS_OF_THIS_FILE,
                                    .tables = tables,
                                    .bindings = bindings,
                                    .dissect = dissect};
