/* dhcpv6: Dynamic Host Configuration Protocol for IPv6 (RFC 8415). */
#include <string.h>

#include "dissect/packet.h"

#include "proto/dhcpv6.def"

FIELD_TABLE(FIELDS);

enum { CLIENT_PORT = 546, SERVER_PORT = 547 };
enum { RELAY_FORWARD = 12, RELAY_REPLY = 13 };
enum { MAX_DEPTH = 16 };

static void put_message(struct packet *p, struct cursor *c, unsigned depth);
static void put_options(struct packet *p, struct cursor *c, unsigned depth);

/* RFC 8415, section 11: who somebody is. */
static void put_duid(struct packet *p, struct cursor *v)
{
    struct cursor again = *v;
    (void)put_bytes(p, v, DUID_BYTES, cursor_left(v));
    uint16_t type = put_u16(p, &again, DUID_TYPE);
    if (type == 1) {
        (void)put_u16(p, &again, DUIDLLT_HWTYPE);
        uint32_t seconds = cursor_u32(&again); /* since 2000 */
        if (again.fault == CURSOR_OK)
            put_time(p, &again, DUIDLLT_TIME, again.pos - 4, 4,
                     ((int64_t)seconds + 946684800) * 1000000000);
    } else if (type == 2) {
        (void)put_u32(p, &again, DUIDEN_ENTERPRISE);
        (void)put_bytes(p, &again, DUIDEN_IDENTIFIER, cursor_left(&again));
        return;
    } else if (type == 3) {
        (void)put_u16(p, &again, DUIDLL_HWTYPE);
    } else if (type == 4) {
        (void)put_bytes(p, &again, DUIDUUID_BYTES, cursor_left(&again));
        return;
    } else {
        return;
    }
    unsigned field = type == 1 ? DUIDLLT_LINK_LAYER_ADDR : DUIDLL_LINK_LAYER_ADDR;
    uint32_t n = cursor_left(&again);
    const uint8_t *b = cursor_take(&again, n);
    char text[3 * 32 + 1] = "";
    for (uint32_t i = 0; b != NULL && i < n && i < 32; i++) {
        static const char digits[] = "0123456789abcdef";
        text[3 * i] = digits[b[i] >> 4];
        text[3 * i + 1] = digits[b[i] & 15];
        text[3 * i + 2] = i + 1 < n && i + 1 < 32 ? ':' : '\0';
    }
    if (b != NULL && n > 0)
        put_string(p, &again, field, again.pos - n, n, packet_text(p, "%s", text));
}

/* Names as in DNS, without pointers: RFC 8415, section 10. */
static void put_domains(struct packet *p, struct cursor *v, unsigned field)
{
    while (cursor_captured(v) > 0 && v->fault == CURSOR_OK) {
        char text[256];
        size_t at = 0;
        uint32_t start = v->pos;
        uint8_t n;
        while (cursor_captured(v) > 0 && (n = cursor_u8(v)) != 0) {
            const uint8_t *b = cursor_take(v, n);
            if (b == NULL || at + n + 2 > sizeof text)
                return;
            if (at > 0)
                text[at++] = '.';
            memcpy(text + at, b, n);
            at += n;
        }
        if (field == SEARCH_LIST_ENTRY)
            text[at++] = '.';
        text[at] = '\0';
        put_string(p, v, field, start, v->pos - start, packet_text(p, "%s", text));
    }
}

/* RFC 4704, section 4. */
static void put_fqdn(struct packet *p, struct cursor *v)
{
    uint8_t flags = put_u8(p, v, CLIENT_FQDN_FLAGS);
    if (v->fault != CURSOR_OK)
        return;
    put_bits(p, v, CLIENTFQDN_CLIENT_N, v->pos - 1, 1, flags);
    put_bits(p, v, CLIENTFQDN_CLIENT_S, v->pos - 1, 1, flags);
    put_domains(p, v, CLIENT_DOMAIN);
}

static void put_addresses(struct packet *p, struct cursor *v, unsigned field)
{
    while (cursor_captured(v) > 0 && v->fault == CURSOR_OK)
        (void)put_bytes(p, v, field, 16);
}

static void put_iaid(struct packet *p, struct cursor *v, unsigned field)
{
    const uint8_t *b = cursor_take(v, 4);
    if (b == NULL)
        return;
    if (type_bytes(field_defs[field].type) > 0)
        put_uint(p, v, field, v->pos - 4, 4, be32(b));
    else if (field_defs[field].type == LAMNA_BYTES)
        put_data(p, v, field, v->pos - 4, 4, b, 4);
    else
        put_string(p, v, field, v->pos - 4, 4,
                   packet_text(p, "%02x%02x%02x%02x", b[0], b[1], b[2], b[3]));
}

/* Options that carry others (RFC 8415, sections 21.4 to 21.6, 21.21 and 21.22). False: none of
 * them. */
static bool put_container(struct packet *p, struct cursor *v, uint16_t type, unsigned depth)
{
    switch (type) {
    case 3:
    case 25:
        put_iaid(p, v, IAID);
        (void)put_u32(p, v, IAID_T1);
        (void)put_u32(p, v, IAID_T2);
        break;
    case 4:
        put_iaid(p, v, IATA);
        break;
    case 5:
        (void)put_bytes(p, v, IAADDR_IP, 16);
        (void)put_u32(p, v, IAADDR_PREF_LIFETIME);
        (void)put_u32(p, v, IAADDR_VALID_LIFETIME);
        break;
    case 26:
        (void)put_u32(p, v, IAPREFIX_PREF_LIFETIME);
        (void)put_u32(p, v, IAPREFIX_VALID_LIFETIME);
        (void)put_u8(p, v, IAPREFIX_PREF_LEN);
        (void)put_bytes(p, v, IAPREFIX_PREF_ADDR, 16);
        break;
    default:
        return false;
    }
    put_options(p, v, depth + 1);
    return true;
}

static void put_value(struct packet *p, struct cursor *v, uint16_t type, unsigned depth)
{
    if (put_container(p, v, type, depth))
        return;
    switch (type) {
    case 1:
    case 2:
        put_duid(p, v);
        break;
    case 6:
        while (cursor_captured(v) > 0 && v->fault == CURSOR_OK)
            (void)put_u16(p, v, REQUESTED_OPTION_CODE);
        break;
    case 7:
        (void)put_u8(p, v, OPTION_PREFERENCE);
        break;
    case 8: /* hundredths of a second, shown as milliseconds */
        if (cursor_peek(v, 0, 2) != NULL)
            put_uint(p, v, ELAPSED_TIME, v->pos, 2, 10u * be16(cursor_peek(v, 0, 2)));
        break;
    case 9:
        put_message(p, v, depth + 1);
        break;
    case 13:
        (void)put_u16(p, v, STATUS_CODE);
        if (cursor_left(v) > 0)
            (void)put_bytes(p, v, STATUS_MSG, cursor_left(v));
        break;
    case 16:
        (void)put_u32(p, v, VENDORCLASS_ENTERPRISE);
        while (cursor_captured(v) > 2 && v->fault == CURSOR_OK)
            (void)put_bytes(p, v, VENDORCLASS_DATA, cursor_u16(v));
        break;
    case 18:
        (void)put_bytes(p, v, INTERFACE_ID, cursor_left(v));
        break;
    case 22:
        put_addresses(p, v, SIP_SERVER_A);
        break;
    case 23:
        put_addresses(p, v, DNS_SERVER);
        break;
    case 24:
        put_domains(p, v, SEARCH_LIST_ENTRY);
        break;
    case 31:
        put_addresses(p, v, SNTP_SERVER);
        break;
    case 37:
        (void)put_u32(p, v, REMOTEID_ENTERPRISE);
        break;
    case 39:
        put_fqdn(p, v);
        break;
    case 112:
        (void)put_bytes(p, v, MUDURL, cursor_left(v));
        break;
    default:
        break;
    }
}

static void put_options(struct packet *p, struct cursor *c, unsigned depth)
{
    while (cursor_captured(c) > 0 && c->fault == CURSOR_OK && depth < MAX_DEPTH) {
        const uint8_t *head = cursor_peek(c, 0, 4);
        if (head == NULL)
            return cursor_malformed(c);
        const char *name = value_name_find(option_type_names, be16(head));
        put_string(p, c, OPTION_TYPE_STR, c->pos, be16(head + 2) + 4u,
                   name != NULL ? name : "DHCP option");
        label(p, OPTION_TYPE_STR, "%s", name != NULL ? name : "DHCP option");
        uint32_t tree = tree_begin(p, OPTION_TYPE_STR);
        uint16_t type = put_u16(p, c, OPTION_TYPE);
        struct cursor value = cursor_part(c, put_u16(p, c, OPTION_LENGTH));
        put_value(p, &value, type, depth);
        tree_end(p, tree);
        if (value.fault != CURSOR_OK && c->fault == CURSOR_OK)
            c->fault = value.fault;
    }
}

static void put_message(struct packet *p, struct cursor *c, unsigned depth)
{
    if (depth > 0) /* a relayed one */
        layer_again(p, c);
    uint8_t type = put_u8(p, c, MSGTYPE);
    const char *name = value_name_find(msgtype_names, type);
    if (depth == 0)
        info_set(p, "%s", name != NULL ? name : "Unknown");
    if (type == RELAY_FORWARD || type == RELAY_REPLY) {
        (void)put_u8(p, c, HOPCOUNT);
        (void)put_bytes(p, c, LINKADDR, 16);
        (void)put_bytes(p, c, PEERADDR, 16);
    } else {
        (void)put_u24(p, c, XID);
    }
    put_options(p, c, depth);
}

static void dissect(struct packet *p, struct cursor *c)
{
    put_message(p, c, 0);
}

static const struct binding bindings[] = {
    {"udp.port", CLIENT_PORT}, {"udp.port", SERVER_PORT}, {NULL, 0}};

const struct protocol proto_dhcpv6 = {.name = "dhcpv6",
                                      .title = "DHCPv6",
                                      .column = "DHCPv6",
                                      FIELDS_OF_THIS_FILE,
                                      .bindings = bindings,
                                      .dissect = dissect};
