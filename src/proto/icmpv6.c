/* icmpv6: Internet Control Message Protocol for IPv6 (RFC 4443), with Multicast Listener Discovery
 * (RFC 2710, RFC 3810); Neighbor Discovery is in icmpv6_nd.c. */
#include "proto/icmpv6.h"
#include "dissect/checksum.h"
#include "dissect/exchange.h"
#include "dissect/format.h"

static const struct value_name types[] = {
    VALUE(UNREACHABLE, "Destination Unreachable"),
    VALUE(TOO_BIG, "Packet Too Big"),
    VALUE(TIME_EXCEEDED, "Time Exceeded"),
    VALUE(PARAMETER_PROBLEM, "Parameter Problem"),
    VALUE(ECHO, "Echo (ping) request"),
    VALUE(ECHO_REPLY, "Echo (ping) reply"),
    VALUE(MLD_QUERY, "Multicast Listener Query"),
    VALUE(MLD_REPORT, "Multicast Listener Report"),
    VALUE(MLD_DONE, "Multicast Listener Done"),
    VALUE(ROUTER_SOLICITATION, "Router Solicitation"),
    VALUE(ROUTER_ADVERTISEMENT, "Router Advertisement"),
    VALUE(NEIGHBOR_SOLICITATION, "Neighbor Solicitation"),
    VALUE(NEIGHBOR_ADVERTISEMENT, "Neighbor Advertisement"),
    VALUE(REDIRECT, "Redirect"),
    VALUE(RENUMBERING, "Router Renumbering"),
    VALUE(NODE_QUERY, "Node Information Query"),
    VALUE(NODE_REPLY, "Node Information Reply"),
    VALUE(INVERSE_SOLICITATION, "Inverse Neighbor Discovery Solicitation"),
    VALUE(INVERSE_ADVERTISEMENT, "Inverse Neighbor Discovery Advertisement"),
    VALUE(MLD_REPORT_V2, "Multicast Listener Report Message v2"),
    VALUE(AGENT_REQUEST, "Home Agent Address Discovery Request"),
    VALUE(AGENT_REPLY, "Home Agent Address Discovery Reply"),
    VALUE(PREFIX_SOLICITATION, "Mobile Prefix Solicitation"),
    VALUE(PREFIX_ADVERTISEMENT, "Mobile Prefix Advertisement"),
    VALUE(148, "Certification Path Solicitation"),
    VALUE(149, "Certification Path Advertisement"),
    VALUE(MULTICAST_ROUTER_ADVERTISEMENT, "Multicast Router Advertisement"),
    VALUE(MULTICAST_ROUTER_SOLICITATION, "Multicast Router Solicitation"),
    VALUE(MULTICAST_ROUTER_TERMINATION, "Multicast Router Termination"),
    VALUE(154, "FMIPv6"),
    VALUE(RPL_CONTROL, "RPL Control"),
    VALUE(157, "Duplicate Address Request"),
    VALUE(158, "Duplicate Address Confirmation"),
    VALUE(EXTENDED_ECHO, "Extended Echo request"),
    VALUE(EXTENDED_ECHO_REPLY, "Extended Echo reply"),
    VALUES_END};

static const struct value_name unreachable_codes[] = {
    VALUE(0, "no route to destination"),
    VALUE(1, "Administratively prohibited"),
    VALUE(2, "Beyond scope of source address"),
    VALUE(3, "Address unreachable"),
    VALUE(4, "Port unreachable"),
    VALUE(5, "Source address failed ingress/egress policy"),
    VALUE(6, "Reject route to destination"),
    VALUES_END};

static const struct value_name exceeded_codes[] = {VALUE(0, "hop limit exceeded in transit"),
                                                   VALUE(1, "fragment reassembly time exceeded"),
                                                   VALUES_END};

static const struct value_name problem_codes[] = {
    VALUE(0, "erroneous header field encountered"),
    VALUE(1, "unrecognized Next Header type encountered"),
    VALUE(2, "unrecognized IPv6 option encountered"), VALUES_END};

const struct value_name icmpv6_option_types[] = {VALUE(1, "Source link-layer address"),
                                                 VALUE(2, "Target link-layer address"),
                                                 VALUE(3, "Prefix information"),
                                                 VALUE(4, "Redirected header"),
                                                 VALUE(5, "MTU"),
                                                 VALUE(6, "NBMA Shortcut Limit Option"),
                                                 VALUE(7, "Advertisement Interval"),
                                                 VALUE(8, "Home Agent Information"),
                                                 VALUE(9, "Source Address List"),
                                                 VALUE(10, "Target Address List"),
                                                 VALUE(11, "CGA"),
                                                 VALUE(12, "RSA Signature"),
                                                 VALUE(13, "Timestamp"),
                                                 VALUE(14, "Nonce"),
                                                 VALUE(15, "Trust Anchor"),
                                                 VALUE(16, "Certificate"),
                                                 VALUE(17, "IP Address/Prefix Option"),
                                                 VALUE(24, "Route Information"),
                                                 VALUE(25, "Recursive DNS Server"),
                                                 VALUE(26, "RA Flags Extension"),
                                                 VALUE(31, "DNS Search List Option"),
                                                 VALUE(33, "Address Registration Option"),
                                                 VALUE(34, "6LoWPAN Context Option"),
                                                 VALUE(35, "Authoritative Border Router"),
                                                 VALUE(37, "DHCP Captive-Portal"),
                                                 VALUE(38, "PREF64 Option"),
                                                 VALUES_END};

static const struct value_name record_types[] = {VALUE(1, "Include"),
                                                 VALUE(2, "Exclude"),
                                                 VALUE(3, "Changed to include"),
                                                 VALUE(4, "Changed to exclude"),
                                                 VALUE(5, "Allow new sources"),
                                                 VALUE(6, "Block old sources"),
                                                 VALUES_END};

static const struct value_name preferences[] = {VALUE(0, "Medium"), VALUE(1, "High"),
                                                VALUE(2, "Reserved"), VALUE(3, "Low"), VALUES_END};

static const struct value_name set_names[] = {VALUE(0, "Not set"), VALUE(1, "Set"), VALUES_END};
static const struct value_name infinity[] = {VALUE(0xffffffff, "Infinity"), VALUES_END};
static const struct value_name prefix_length_codes[] = {VALUE(0, "96 bits prefix length"),
                                                        VALUE(1, "64 bits prefix length"),
                                                        VALUE(2, "56 bits prefix length"),
                                                        VALUE(3, "48 bits prefix length"),
                                                        VALUE(4, "40 bits prefix length"),
                                                        VALUE(5, "32 bits prefix length"),
                                                        VALUES_END};
static const struct value_name opcodes[] = {VALUE(1, "Add"), VALUE(2, "Change"),
                                            VALUE(3, "Set Global"), VALUES_END};
static const struct value_name question_types[] = {VALUE(0, "NOOP"),
                                                   VALUE(1, "Supported query types (Obsolete)"),
                                                   VALUE(2, "Node Name"),
                                                   VALUE(3, "Node addresses"),
                                                   VALUE(4, "IPv4 node addresses"),
                                                   VALUES_END};
static const struct value_name modes[] = {
    VALUE(0, "No Downward routes maintained by RPL"),
    VALUE(1, "Non-Storing Mode of Operation"),
    VALUE(2, "Storing Mode of Operation with no multicast support"),
    VALUE(3, "Storing Mode of Operation with multicast support"),
    VALUE(4, "P2P Route Discovery Mode of Operation"),
    VALUES_END};
static const struct value_name rpl_options[] = {
    VALUE(0, "1-byte padding"),       VALUE(1, "n-byte padding"),
    VALUE(2, "DAG Metric container"), VALUE(3, "Routing Information"),
    VALUE(4, "DODAG configuration"),  VALUE(5, "RPL Target"),
    VALUE(6, "Transit Information"),  VALUE(7, "Solicited Information"),
    VALUE(8, "Prefix Information"),   VALUE(9, "RPL Target Descriptor"),
    VALUE(10, "P2P Route Discovery"), VALUES_END};

static const struct value_name checksum_names[] = CHECKSUM_STATUS_NAMES;

static const struct field_def field_defs[] = {FIELDS(FIELD_ROW)};

static void put_checksum(struct packet *p, struct cursor *c, uint32_t start)
{
    (void)put_u16(p, c, CHECKSUM);
    if (c->fault != CURSOR_OK || !wants_any(p, STATUS, BAD))
        return;
    enum checksum_status status = CHECKSUM_UNVERIFIED;
    if (!p->net.fragment && !p->quoted && c->cap == c->end && p->net.src != NULL) {
        uint32_t n = c->end - start;
        uint64_t sum = checksum_pseudo_header(p, ICMPV6, n);
        status = checksum_fold(checksum_add(sum, c->data + start, n)) == 0 ? CHECKSUM_GOOD
                                                                           : CHECKSUM_BAD;
    }
    put_uint(p, c, STATUS, c->pos - 2, 0, status);
    if (status == CHECKSUM_BAD)
        put_mark(p, c, BAD);
}

/* " fe80::1", in the Info column. */
void icmpv6_info_address(struct packet *p, const char *before, const uint8_t *bytes)
{
    if (bytes == NULL || !p->wanted->columns)
        return;
    info_add(p, "%s", before);
    format_address(&p->info, &(struct address){ADDRESS_IPV6, bytes});
}

void icmpv6_flags(struct packet *p, struct cursor *c, unsigned field, unsigned bytes,
                  unsigned count)
{
    uint64_t flags = put_uint_be(p, c, field, bytes);
    uint32_t tree = tree_begin(p, field);
    if (c->fault == CURSOR_OK)
        put_flags(p, c, field + 1, count, c->pos - bytes, bytes, flags);
    tree_end(p, tree);
}

void icmpv6_prefix(struct packet *p, struct cursor *c, unsigned field, uint32_t n)
{
    uint8_t *address = arena_zalloc(p->arena, 16);
    const uint8_t *b = cursor_take(c, n < 16 ? n : 16);
    if (address == NULL || b == NULL)
        return;
    memcpy(address, b, n < 16 ? n : 16);
    put_data(p, c, field, (uint32_t)(b - c->data), n < 16 ? n : 16, address, 16);
}

/* ---- Errors and echo (RFC 4443) ------------------------------------------------------------ */

/* RFC 4884, section 4.4: in units of eight bytes, where extensions may follow the quotation. */
static void put_quoted_length(struct packet *p, struct cursor *c)
{
    const uint8_t *length = cursor_peek(c, 0, 1);
    bool said = length != NULL && length[0] != 0;
    if (said)
        (void)put_u8(p, c, QUOTED_LENGTH);
    (void)put_bytes(p, c, RESERVED, said ? 3 : 4);
}

static void put_error(struct packet *p, struct cursor *c, uint8_t type, uint8_t code)
{
    static const struct value_name *const codes[] = {[UNREACHABLE] = unreachable_codes,
                                                     [TIME_EXCEEDED] = exceeded_codes,
                                                     [PARAMETER_PROBLEM] = problem_codes};
    const char *why = value_name_find(codes[type], code);
    if (why != NULL)
        info_add(p, " (%s)", why);
    if (type == TOO_BIG)
        (void)put_u32(p, c, MTU);
    else if (type == PARAMETER_PROBLEM)
        (void)put_u32(p, c, POINTER);
    else
        put_quoted_length(p, c);
    if (cursor_captured(c) > 0 && !next_quoted(p, c, QUOTED_TABLE, QUOTED_IPV6))
        next_data(p, c);
}

/* A Teredo client tries whether a peer can be reached by an echo that carries a nonce (RFC 4380,
 * section 5.2.9). */
enum { TEREDO = 3544 };

static void put_echo(struct packet *p, struct cursor *c, uint8_t type)
{
    uint16_t id = put_u16(p, c, ECHO_ID), seq = put_u16(p, c, ECHO_SEQ);
    if (c->fault != CURSOR_OK)
        return;
    info_add(p, " id=0x%04x, seq=%u", id, seq);
    if (p->net.version == 6)
        info_add(p, ", hop limit=%u", p->net.src[-1]); /* it lies just before the source address */
    static const struct exchange_fields fields = {RESP_IN, NO_RESP, NOT_FOUND, RESP_TO, RESP_TIME};
    struct exchange e = {.protocol = ICMPV6, .request = type == ECHO, .ident = id, .seq = seq};
    put_exchange(p, c, &e, &fields);
    if (type == ECHO && p->dst_port == TEREDO)
        (void)put_bytes(p, c, NONCE, 4);
    else
        next_data(p, c);
}

/* ---- Multicast Listener Discovery ---------------------------------------------------------- */

/* RFC 2710, section 3; longer queries are RFC 3810's, section 5.1. */
static void put_mld(struct packet *p, struct cursor *c, uint8_t type)
{
    bool second = type == MLD_QUERY && cursor_left(c) >= 24;
    (void)put_u16(p, c, second ? MLD_CODE : MLD_DELAY);
    (void)put_bytes(p, c, RESERVED, 2);
    (void)put_bytes(p, c, MLD_GROUP, 16);
    if (!second)
        return;
    uint8_t flags = put_u8(p, c, MLD_FLAGS);
    uint32_t tree = tree_begin(p, MLD_FLAGS);
    if (c->fault == CURSOR_OK)
        put_flags(p, c, MLD_S, 3, c->pos - 1, 1, flags);
    tree_end(p, tree);
    (void)put_u8(p, c, MLD_QQI);
    uint16_t sources = put_u16(p, c, MLD_SOURCES);
    for (uint16_t i = 0; i < sources && c->fault == CURSOR_OK; i++)
        (void)put_bytes(p, c, MLD_SOURCE, 16);
}

/* RFC 3810, section 5.2. */
static void put_mld_report(struct packet *p, struct cursor *c)
{
    (void)put_bytes(p, c, RESERVED, 2);
    uint16_t records = put_u16(p, c, RECORDS);
    for (uint16_t i = 0; i < records && c->fault == CURSOR_OK; i++) {
        const uint8_t *head = cursor_peek(c, 0, 4);
        uint32_t length = head == NULL ? 0 : 20u + 16u * be16(head + 2) + 4u * head[1];
        put_data(p, c, RECORD, c->pos, length, "", 0);
        uint32_t tree = tree_begin(p, RECORD);
        (void)put_u8(p, c, RECORD_TYPE);
        uint8_t aux = put_u8(p, c, RECORD_AUX_LEN);
        uint16_t sources = put_u16(p, c, RECORD_SOURCES);
        (void)put_bytes(p, c, RECORD_GROUP, 16);
        for (uint16_t k = 0; k < sources && c->fault == CURSOR_OK; k++)
            (void)put_bytes(p, c, RECORD_SOURCE, 16);
        if (aux > 0)
            (void)put_bytes(p, c, RECORD_AUX, aux * 4u);
        tree_end(p, tree);
    }
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
    info_set(p, "%s", name != NULL ? name : "Unknown");
    switch (type) {
    case UNREACHABLE:
    case TOO_BIG:
    case TIME_EXCEEDED:
    case PARAMETER_PROBLEM:
        put_error(p, c, type, code);
        break;
    case ECHO:
    case ECHO_REPLY:
        put_echo(p, c, type);
        break;
    case MLD_QUERY:
    case MLD_REPORT:
    case MLD_DONE:
        put_mld(p, c, type);
        break;
    case ROUTER_SOLICITATION:
    case ROUTER_ADVERTISEMENT:
    case NEIGHBOR_SOLICITATION:
    case NEIGHBOR_ADVERTISEMENT:
    case REDIRECT:
    case INVERSE_SOLICITATION:
    case INVERSE_ADVERTISEMENT:
        icmpv6_discovery(p, c, type);
        break;
    case MLD_REPORT_V2:
        put_mld_report(p, c);
        break;
    default:
        if (!icmpv6_rare(p, c, type, code))
            next_data(p, c);
    }
}

static const char *const tables[] = {"ip.proto", NULL};
static const struct binding bindings[] = {{"ip.proto", ICMPV6}, {NULL, 0}};

const struct protocol proto_icmpv6 = {.name = "icmpv6",
                                      .title = "Internet Control Message Protocol v6",
                                      .column = "ICMPv6",
                                      FIELDS_OF_THIS_FILE,
                                      .tables = tables,
                                      .bindings = bindings,
                                      .dissect = dissect};
