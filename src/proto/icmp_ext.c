/*
 * icmp: extensions of error messages (RFC 4884), and the objects that they carry.
 *
 *     | version 4, reserved 12 | checksum 16 |     then objects, up to the end of the message:
 *     | length 16 | class 8 | C-type 8 | data of length - 4 bytes |
 */
#include "proto/icmp.h"

enum { CLASS_MPLS = 1, CLASS_INTERFACE_INFO, CLASS_INTERFACE_IDENT };
enum { AFI_IPV4 = 1, AFI_IPV6 = 2 };

const struct value_name icmp_object_classes[] = {
    VALUE(CLASS_MPLS, "MPLS Label Stack Class"),
    VALUE(CLASS_INTERFACE_INFO, "Interface Information Object"),
    VALUE(CLASS_INTERFACE_IDENT, "Interface Identification Object"), VALUES_END};
const struct value_name icmp_interface_roles[] = {
    VALUE(0, "IP interface upon which datagram arrived"),
    VALUE(1, "sub-IP component of an IP interface upon which datagram arrived"),
    VALUE(2, "IP interface through which datagram would be forwarded"),
    VALUE(3, "IP next-hop to which datagram would be forwarded"), VALUES_END};
const struct value_name icmp_families[] = {VALUE(AFI_IPV4, "IPv4"), VALUE(AFI_IPV6, "IPv6"),
                                           VALUES_END};
const struct value_name icmp_echo_states[] = {
    VALUE(0, "Reserved"), VALUE(1, "Incomplete"), VALUE(2, "Reachable"), VALUE(3, "Stale"),
    VALUE(4, "Delay"),    VALUE(5, "Probe"),      VALUE(6, "Failed"),    VALUES_END};

/* RFC 4950: the label stack as the packet had it. */
static void put_mpls(struct packet *p, struct cursor *o)
{
    while (cursor_left(o) >= 4 && o->fault == CURSOR_OK) {
        uint32_t at = o->pos, word = cursor_u32(o) >> 8;
        if (o->fault != CURSOR_OK)
            return;
        uint32_t tree = tree_text(p, o, at, 4, "Label: %u, Exp: %u, S: %u, TTL: %u", word >> 4,
                                  word >> 1 & 7, word & 1, o->data[o->pos - 1]);
        put_flags(p, o, MPLS_LABEL, 3, at, 3, word);
        put_uint(p, o, MPLS_TTL, o->pos - 1, 1, o->data[o->pos - 1]);
        tree_end(p, tree);
    }
}

/* RFC 5837, section 4: bits of the C-type say what is there. */
static void put_interface_info(struct packet *p, struct cursor *o, uint8_t bits)
{
    put_flags(p, o, INFO_ROLE, 6, o->pos - 1, 1, bits);
    if (bits & 0x08)
        (void)put_u32(p, o, INFO_INDEX);
    if (bits & 0x04) {
        uint16_t family = put_u16(p, o, INFO_AFI);
        cursor_skip(o, 2);
        if (family == AFI_IPV4)
            (void)put_ipv4(p, o, INFO_IPV4);
        else if (family == AFI_IPV6)
            (void)put_bytes(p, o, INFO_IPV6, 16);
        else
            return (void)put_bytes(p, o, INFO_OTHER, cursor_captured(o));
    }
    if (bits & 0x02) {
        uint8_t n = put_u8(p, o, INFO_NAME_LENGTH); /* it counts itself */
        const uint8_t *name = n > 1 ? cursor_take(o, n - 1u) : NULL;
        if (name != NULL)
            put_data(p, o, INFO_NAME, o->pos - n + 1, n - 1u, name,
                     strnlen((const char *)name, n - 1u));
    }
    if (bits & 0x01)
        (void)put_u32(p, o, INFO_MTU);
}

/* RFC 8335, section 2.1: by name, index or address. */
static void put_interface_ident(struct packet *p, struct cursor *o, uint8_t ctype)
{
    if (ctype == 1) {
        (void)put_bytes(p, o, IDENT_NAME, cursor_captured(o));
    } else if (ctype == 2) {
        (void)put_u32(p, o, IDENT_INDEX);
    } else if (ctype == 3) {
        uint16_t family = put_u16(p, o, IDENT_AFI);
        uint8_t n = put_u8(p, o, IDENT_LENGTH);
        (void)put_bytes(p, o, IDENT_RESERVED, 1);
        if (family == AFI_IPV4 && n == 4)
            (void)put_ipv4(p, o, IDENT_IPV4);
        else if (family == AFI_IPV6 && n == 16)
            (void)put_bytes(p, o, IDENT_IPV6, 16);
        else if (n > 0)
            (void)put_bytes(p, o, IDENT_OTHER, n);
    }
}

static void put_object(struct packet *p, struct cursor *o)
{
    (void)put_u16(p, o, EXT_LENGTH);
    uint8_t class = put_u8(p, o, EXT_CLASS), ctype = put_u8(p, o, EXT_CTYPE);
    if (o->fault != CURSOR_OK)
        return;
    if (class == CLASS_MPLS && ctype == 1)
        put_mpls(p, o);
    else if (class == CLASS_INTERFACE_INFO)
        put_interface_info(p, o, ctype);
    else if (class == CLASS_INTERFACE_IDENT)
        put_interface_ident(p, o, ctype);
    else if (cursor_captured(o) > 0)
        (void)put_bytes(p, o, class == CLASS_MPLS ? MPLS_DATA : EXT_DATA, cursor_captured(o));
}

static void put_extension_checksum(struct packet *p, struct cursor *c, uint32_t start)
{
    uint16_t found = put_u16(p, c, EXT_CHECKSUM);
    if (c->fault != CURSOR_OK)
        return;
    enum checksum_status status = CHECKSUM_UNVERIFIED;
    if (found == 0)
        status = CHECKSUM_NOT_PRESENT;
    else if (c->cap == c->end)
        status = checksum_fold(checksum_add(0, c->data + start, c->end - start)) == 0
                     ? CHECKSUM_GOOD
                     : CHECKSUM_BAD;
    put_uint(p, c, EXT_STATUS, c->pos - 2, 0, status);
    if (status == CHECKSUM_BAD)
        put_mark(p, c, EXT_BAD);
}

void icmp_extensions(struct packet *p, struct cursor *c)
{
    uint32_t start = c->pos;
    const uint8_t *first = cursor_peek(c, 0, 2);
    put_data(p, c, EXT, start, cursor_captured(c), "", 0);
    uint32_t tree = tree_begin(p, EXT);
    label(p, EXT, "ICMP Multi-Part Extensions");
    if (first != NULL) {
        put_uint(p, c, EXT_VERSION, start, 1, first[0] >> 4);
        put_bits(p, c, EXT_RESERVED, start, 2, be16(first));
    }
    cursor_skip(c, 2);
    put_extension_checksum(p, c, start);
    while (cursor_left(c) >= 4 && c->fault == CURSOR_OK) {
        const uint8_t *head = cursor_peek(c, 0, 4);
        if (head == NULL || be16(head) < 4)
            break;
        const char *name = value_name_find(icmp_object_classes, head[2]);
        uint32_t object = tree_text(p, c, c->pos, be16(head), "%s",
                                    head[2] == CLASS_MPLS ? "MPLS Stack Entry"
                                    : name != NULL        ? name
                                                          : "Unknown object");
        struct cursor o = cursor_part(c, be16(head));
        put_object(p, &o);
        tree_end(p, object);
    }
    tree_end(p, tree);
}

void icmp_extended_echo(struct packet *p, struct cursor *c, bool request)
{
    (void)put_u8(p, c, ECHO_SEQ);
    uint8_t bits = cursor_u8(c);
    if (c->fault != CURSOR_OK)
        return;
    if (request)
        put_flags(p, c, ECHO_REQ_RESERVED, 2, c->pos - 1, 1, bits);
    else
        put_flags(p, c, ECHO_STATE, 5, c->pos - 1, 1, bits);
}
