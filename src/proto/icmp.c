/* icmp: Internet Control Message Protocol (RFC 792; RFC 1191, 4884 for the newer parts). */
#include "dissect/checksum.h"
#include "dissect/exchange.h"
#include "dissect/packet.h"

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
    MASK_REPLY = 18
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

#define FIELDS(X)                                                                                  \
    X(TYPE, "icmp.type", "Type", UINT8, DEC, 0, types)                                             \
    X(CODE, "icmp.code", "Code", UINT8, DEC, 0, NULL)                                              \
    X(CHECKSUM, "icmp.checksum", "Checksum", UINT16, HEX, 0, NULL)                                 \
    X(STATUS, "icmp.checksum.status", "Checksum Status", UINT8, DEC | GENERATED, 0,                \
      checksum_names)                                                                              \
    X(BAD, "icmp.checksum_bad", "Bad checksum", NONE, GENERATED, 0, NULL)                          \
    X(UNUSED, "icmp.unused", "Unused", BYTES, NONE, 0, NULL)                                       \
    X(IDENT, "icmp.ident", "Identifier (BE)", UINT16, DEC_HEX, 0, NULL)                            \
    X(IDENT_LE, "icmp.ident_le", "Identifier (LE)", UINT16, DEC_HEX, 0, NULL)                      \
    X(SEQ, "icmp.seq", "Sequence Number (BE)", UINT16, DEC_HEX, 0, NULL)                           \
    X(SEQ_LE, "icmp.seq_le", "Sequence Number (LE)", UINT16, DEC_HEX, 0, NULL)                     \
    X(LENGTH, "icmp.length", "Length", UINT8, DEC, 0, NULL)                                        \
    X(ORIGINAL, "icmp.length.original_datagram", "Length of original datagram", UINT8,             \
      DEC | GENERATED, 0, NULL)                                                                    \
    X(MTU, "icmp.mtu", "MTU of next hop", UINT16, DEC, 0, NULL)                                    \
    X(GATEWAY, "icmp.redir_gw", "Gateway Address", IPv4, NONE, 0, NULL)                            \
    X(POINTER, "icmp.pointer", "Pointer", UINT8, DEC, 0, NULL)                                     \
    X(ORIGINATE, "icmp.originate_timestamp", "Originate Timestamp", UINT32, DEC, 0, NULL)          \
    X(RECEIVE, "icmp.receive_timestamp", "Receive Timestamp", UINT32, DEC, 0, NULL)                \
    X(TRANSMIT, "icmp.transmit_timestamp", "Transmit Timestamp", UINT32, DEC, 0, NULL)             \
    X(ADDRESS_MASK, "icmp.address_mask", "Address Mask", IPv4, NONE, 0, NULL)                      \
    X(RESP_IN, "icmp.resp_in", "Response frame", FRAMENUM, GENERATED | FLOW | FUTURE, 0, NULL)     \
    X(NO_RESP, "icmp.no_resp", "No response seen", NONE, GENERATED | FLOW | FUTURE, 0, NULL)       \
    X(NOT_FOUND, "icmp.resp_not_found", "Response not found", NONE, NONE, 0, NULL)                 \
    X(RESP_TO, "icmp.resp_to", "Request frame", FRAMENUM, GENERATED | FLOW, 0, NULL)               \
    X(RESP_TIME, "icmp.resptime", "Response time", DOUBLE, GENERATED | FLOW, 0, NULL)              \
    X(DATA_TIME, "icmp.data_time", "Timestamp from icmp data", ABSOLUTE_TIME, NONE, 0, NULL)       \
    X(DATA_TIME_RELATIVE, "icmp.data_time_relative", "Timestamp from icmp data (relative)",        \
      RELATIVE_TIME, NONE, 0, NULL)

FIELD_TABLE(FIELDS);

/* The quoted packet is found as if IP carried it: 4 is IPv4. */
enum { QUOTED_TABLE };
enum { QUOTED_IPV4 = 4, IP_PROTO_ICMP = 1 };

/* ICMP has no pseudo-header, and is verified whatever the options say, as in Wireshark. */
static void put_checksum(struct packet *p, struct cursor *c, uint32_t start)
{
    (void)put_u16(p, c, CHECKSUM);
    if (c->fault != CURSOR_OK || (!wants(p, STATUS) && !wants(p, BAD)))
        return;
    enum checksum_status status = CHECKSUM_UNVERIFIED;
    if (!p->net.fragment && c->cap == c->end)
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

static void put_other_half(struct packet *p, struct cursor *c, bool request, uint16_t id,
                           uint16_t seq)
{
    static const struct exchange_fields fields = {RESP_IN, NO_RESP, NOT_FOUND, RESP_TO, RESP_TIME};
    struct exchange e = {.protocol = IP_PROTO_ICMP, .request = request, .ident = id, .seq = seq};
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
    if (cursor_captured(c) > 0 && !next_quoted(p, c, QUOTED_TABLE, QUOTED_IPV4))
        next_data(p, c);
}

static void dissect(struct packet *p, struct cursor *c)
{
    uint32_t start = c->pos;
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
    default:
        next_data(p, c);
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
