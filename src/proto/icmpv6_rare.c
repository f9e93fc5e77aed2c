/*
 * icmpv6: messages that are seen less often: router renumbering (RFC 2894), node information (RFC
 * 4620), mobility (RFC 6275, section 6.5 on), multicast router discovery (RFC 4286), extended echo
 * (RFC 8335).
 */
#include "proto/icmpv6.h"

/* ---- Router renumbering (RFC 2894, section 3) ---------------------------------------------- */

static void put_use_prefix(struct packet *p, struct cursor *c)
{
    put_data(p, c, UP, c->pos, 32, "", 0);
    uint32_t tree = tree_begin(p, UP);
    (void)put_u8(p, c, UP_USELEN);
    (void)put_u8(p, c, UP_KEEPLEN);
    icmpv6_flags(p, c, UP_MASK, 1, 3);
    uint8_t flags = put_u8(p, c, UP_RAFLAGS);
    uint32_t below = tree_begin(p, UP_RAFLAGS);
    if (c->fault == CURSOR_OK)
        put_flags(p, c, UP_MASK_L, 3, c->pos - 1, 1, flags);
    tree_end(p, below);
    (void)put_u32(p, c, UP_VALID);
    (void)put_u32(p, c, UP_PREFERRED);
    icmpv6_flags(p, c, UP_FLAG, 4, 3);
    (void)put_bytes(p, c, UP_PREFIX, 16);
    tree_end(p, tree);
}

/* A match, and how what matches is to be changed; the length is in units of 8 bytes. */
static void put_prefix_command(struct packet *p, struct cursor *c)
{
    put_data(p, c, MP, c->pos, 24, "", 0);
    uint32_t tree = tree_begin(p, MP);
    (void)put_u8(p, c, MP_OPCODE);
    uint8_t length = put_u8(p, c, MP_LENGTH);
    (void)put_u8(p, c, MP_ORDINAL);
    (void)put_u8(p, c, MP_MATCHLEN);
    (void)put_u8(p, c, MP_MINLEN);
    (void)put_u8(p, c, MP_MAXLEN);
    (void)put_bytes(p, c, RESERVED, 2);
    (void)put_bytes(p, c, MP_PREFIX, 16);
    tree_end(p, tree);
    for (unsigned used = 3; used + 4 <= length && c->fault == CURSOR_OK; used += 4)
        put_use_prefix(p, c);
}

static void put_result(struct packet *p, struct cursor *c)
{
    put_data(p, c, RM, c->pos, 24, "", 0);
    uint32_t tree = tree_begin(p, RM);
    icmpv6_flags(p, c, RM_FLAG, 2, 3);
    (void)put_u8(p, c, RM_ORDINAL);
    (void)put_u8(p, c, RM_MATCHED);
    (void)put_u32(p, c, RM_INDEX);
    (void)put_bytes(p, c, RM_PREFIX, 16);
    tree_end(p, tree);
}

static void put_renumbering(struct packet *p, struct cursor *c, uint8_t code)
{
    enum { COMMAND, RESULT };
    (void)put_u32(p, c, RR_SEQ);
    (void)put_u8(p, c, RR_SEGMENT);
    icmpv6_flags(p, c, RR_FLAG, 1, 6);
    (void)put_u16(p, c, RR_DELAY);
    (void)put_bytes(p, c, RESERVED, 4);
    while (code <= RESULT && cursor_captured(c) > 0 && c->fault == CURSOR_OK) {
        if (code == COMMAND)
            put_prefix_command(p, c);
        else
            put_result(p, c);
    }
}

/* ---- Node information (RFC 4620, section 4) ------------------------------------------------ */

enum { NODE_NAME = 2, NODE_ADDRESSES, NODE_IPV4 };

/* A name as the DNS encodes it; no compression in a question. */
static void put_node_name(struct packet *p, struct cursor *c, unsigned field)
{
    uint32_t at = c->pos;
    char text[256];
    size_t n = 0;
    uint8_t length;
    while ((length = cursor_u8(c)) != 0 && n + length + 1 < sizeof text) {
        const uint8_t *part = cursor_take(c, length);
        if (part == NULL)
            return;
        if (n > 0)
            text[n++] = '.';
        memcpy(text + n, part, length);
        n += length;
    }
    text[n] = '\0';
    if (c->fault == CURSOR_OK)
        put_string(p, c, field, at, c->pos - at, packet_text(p, "%s", text));
}

static void put_node_answer(struct packet *p, struct cursor *c, uint16_t question)
{
    if (question == NODE_NAME) {
        (void)put_u32(p, c, NI_TTL);
        while (cursor_captured(c) > 1)
            put_node_name(p, c, NI_NAME);
    }
    while (question == NODE_ADDRESSES && cursor_captured(c) >= 20) {
        (void)put_u32(p, c, NI_TTL);
        (void)put_bytes(p, c, NI_ADDRESS, 16);
    }
    while (question == NODE_IPV4 && cursor_captured(c) >= 8) {
        (void)put_u32(p, c, NI_TTL);
        (void)put_ipv4(p, c, NI_ADDRESS4);
    }
}

static void put_node_information(struct packet *p, struct cursor *c, bool query, uint8_t code)
{
    uint16_t question = put_u16(p, c, NI_QTYPE);
    icmpv6_flags(p, c, NI_FLAG, 2, 7);
    (void)put_uint_be(p, c, NI_NONCE, 8);
    if (!query && code == 0)
        put_node_answer(p, c, question);
    else if (query && code == 0)
        (void)put_bytes(p, c, NI_IPV6, 16);
    else if (query && code == 1)
        put_node_name(p, c, NI_FQDN);
    else if (query && code == 2)
        (void)put_ipv4(p, c, NI_IPV4);
}

/* ---- The rest ------------------------------------------------------------------------------ */

static void put_mobility(struct packet *p, struct cursor *c, uint8_t type)
{
    (void)put_u16(p, c, MIP6_ID);
    if (type == PREFIX_ADVERTISEMENT) {
        icmpv6_flags(p, c, MIP6_FLAG, 2, 3);
        icmpv6_options(p, c);
        return;
    }
    (void)put_bytes(p, c, RESERVED, 2);
    while (type == AGENT_REPLY && cursor_captured(c) >= 16)
        (void)put_bytes(p, c, MIP6_AGENT, 16);
}

static void put_extended_echo(struct packet *p, struct cursor *c, bool request)
{
    (void)put_u16(p, c, ECHO_ID);
    (void)put_u8(p, c, EXT_SEQ);
    uint8_t bits = cursor_u8(c);
    if (c->fault != CURSOR_OK)
        return;
    if (request)
        put_flags(p, c, EXT_REQ_RES, 2, c->pos - 1, 1, bits);
    else
        put_flags(p, c, EXT_STATE, 5, c->pos - 1, 1, bits);
    cursor_skip(c, cursor_captured(c));
}

bool icmpv6_rare(struct packet *p, struct cursor *c, uint8_t type, uint8_t code)
{
    switch (type) {
    case RENUMBERING:
        put_renumbering(p, c, code);
        return true;
    case NODE_QUERY:
    case NODE_REPLY:
        put_node_information(p, c, type == NODE_QUERY, code);
        return true;
    case AGENT_REQUEST:
    case AGENT_REPLY:
    case PREFIX_SOLICITATION:
    case PREFIX_ADVERTISEMENT:
        put_mobility(p, c, type);
        return true;
    case MULTICAST_ROUTER_ADVERTISEMENT:
        (void)put_u16(p, c, MRD_INTERVAL);
        (void)put_u16(p, c, MRD_ROBUSTNESS);
        return true;
    case MULTICAST_ROUTER_SOLICITATION:
    case MULTICAST_ROUTER_TERMINATION:
        return true;
    case RPL_CONTROL:
        icmpv6_rpl(p, c, code);
        return true;
    case EXTENDED_ECHO:
    case EXTENDED_ECHO_REPLY:
        put_extended_echo(p, c, type == EXTENDED_ECHO);
        return true;
    default:
        return false;
    }
}
