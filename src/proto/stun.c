/* stun: Session Traversal Utilities for NAT (RFC 8489), with TURN (RFC 8656) and ICE (RFC 8445). */
#include "base/digest.h"
#include "dissect/packet.h"
#include "dissect/transactions.h"

#include "proto/stun.def"

FIELD_TABLE(FIELDS);

enum { ITSELF_TABLE };
enum { STUN_PORT = 3478, HEADER = 20, CHANNEL_HEADER = 4, FAMILY_IPV6 = 2 };
#define COOKIE_VALUE 0x2112a442u

static void put_exchange(struct packet *p, struct cursor *c, const uint8_t *id, unsigned class)
{
    enum { ID_BYTES = 12 };
    static const struct transaction_fields fields = {RESPONSE_IN, RESPONSE_TO, TIME};
    struct transactions *t = p->quoted || class == 1 ? NULL : flow_state(p, sizeof *t);
    if (t == NULL)
        return;
    const struct transaction *r = transaction_find(t, id, ID_BYTES);
    uint32_t before = r == NULL ? 0 : class >= 2 ? r->answer : r->packet;
    if (before != 0)
        put_uint(p, c, REQDUPLICATE, c->pos, 0, before);
    if (class >= 2)
        transaction_answer(p, c, t, id, ID_BYTES, &fields);
    else
        transaction_request(p, c, t, id, ID_BYTES, RESPONSE_IN);
}

/* RFC 8489, section 14.1 and 14.2: the address, and with the cookie and the ID mixed in. */
static void put_address(struct packet *p, struct cursor *v, const uint8_t *cookie_and_id,
                        bool mixed)
{
    (void)put_bytes(p, v, ATT_RESERVED, 1);
    uint8_t family = put_u8(p, v, ATT_FAMILY);
    const uint8_t *port = cursor_peek(v, 0, 2);
    uint32_t n = family == FAMILY_IPV6 ? 16 : 4;
    if (port == NULL)
        return cursor_malformed(v);
    if (mixed)
        put_data(p, v, ATT_PORT_XORD, v->pos, 2, port, 2);
    put_uint(p, v, ATT_PORT, v->pos, 2, be16(port) ^ (mixed ? be16(cookie_and_id) : 0));
    cursor_skip(v, 2);
    const uint8_t *bytes = cursor_take(v, n);
    uint8_t *address = arena_alloc(p->arena, 16);
    if (bytes == NULL || address == NULL)
        return;
    for (uint32_t i = 0; i < n; i++)
        address[i] = bytes[i] ^ (mixed ? cookie_and_id[i] : 0);
    if (mixed)
        put_data(p, v, n == 4 ? ATT_IPV4_XORD : ATT_IPV6_XORD, v->pos - n, n, bytes, n);
    if (n == 4)
        put_uint(p, v, ATT_IPV4, v->pos - n, n, be32(address));
    else
        put_data(p, v, ATT_IPV6, v->pos - n, n, address, n);
}

static void put_error(struct packet *p, struct cursor *v)
{
    (void)put_bytes(p, v, ATT_RESERVED, 2);
    uint8_t class = cursor_u8(v);
    if (v->fault != CURSOR_OK)
        return;
    put_bits(p, v, ATT_ERROR_CLASS, v->pos - 1, 1, class);
    (void)put_u8(p, v, ATT_ERROR);
    (void)put_bytes(p, v, ATT_ERROR_REASON, cursor_left(v));
}

/* RFC 8489, section 14.7: the CRC of everything before this attribute. */
static void put_fingerprint(struct packet *p, struct cursor *v, const uint8_t *message, uint32_t n)
{
    uint32_t found = put_u32(p, v, ATT_CRC32);
    if (v->fault != CURSOR_OK || !wants(p, ATT_CRC32_STATUS))
        return;
    uint32_t crc = digest_crc32(message, n);
    put_uint(p, v, ATT_CRC32_STATUS, v->pos - 4, 0, (crc ^ 0x5354554eu) == found ? 1 : 0);
}

/* Attributes that are one field, as wide as its type, or up to their end. */
static unsigned simple_field(uint16_t type)
{
    static const struct {
        uint16_t type, field;
    } simple[] = {
        {0x0006, ATT_USERNAME},      {0x0007, ATT_PASSWORD},       {0x0008, ATT_HMAC},
        {0x000d, ATT_LIFETIME},      {0x000f, ATT_MAGIC_COOKIE},   {0x0010, PORT_BANDWIDTH},
        {0x0014, ATT_REALM},         {0x0015, ATT_NONCE},          {0x0024, ATT_PRIORITY},
        {0x8006, ATT_UNKNOWN8006},   {0x8008, ATT_MS_VERSION},     {0x8022, ATT_SOFTWARE},
        {0x8027, ATT_CACHE_TIMEOUT}, {0x8029, ATT_TIE_BREAKER},    {0x802a, ATT_TIE_BREAKER},
        {0x8054, ATT_MS_FOUNDATION}, {0x8070, ATT_MS_ICE_VERSION}, {0x8095, ATT_MS_SESSION_ID}};
    for (unsigned i = 0; i < sizeof simple / sizeof *simple; i++) {
        if (simple[i].type == type)
            return simple[i].field;
    }
    return FIELD_COUNT;
}

static void put_simple(struct packet *p, struct cursor *v, unsigned field)
{
    unsigned bytes = type_bytes(field_defs[field].type);
    if (bytes > 0)
        (void)put_uint_be(p, v, field, bytes);
    else
        (void)put_bytes(p, v, field, cursor_left(v));
}

/* What TURN carries in a message of its own, which is not looked into. */
static void put_carried(struct packet *p, struct cursor *v)
{
    struct cursor data = *v;
    (void)put_bytes(p, v, VALUE_BYTES, cursor_left(v));
    if (v->fault != CURSOR_OK)
        return;
    nest_begin(p);
    next_data(p, &data);
    nest_end(p);
}

static void put_value(struct packet *p, struct cursor *v, uint16_t type, const uint8_t *message,
                      uint32_t start)
{
    const uint8_t *cookie_and_id = message + 4;
    switch (type) {
    case 0x0001:
    case 0x0002:
    case 0x0004:
    case 0x0005:
    case 0x000b:
    case 0x000e:
    case 0x0011:
    case 0x8023:
    case 0x802b:
    case 0x802c:
        put_address(p, v, cookie_and_id, false);
        break;
    case 0x0012:
    case 0x0016:
    case 0x0020:
    case 0x8020:
        put_address(p, v, cookie_and_id, true);
        break;
    case 0x0003:
        if (cursor_peek(v, 0, 4) != NULL)
            put_flags(p, v, ATT_CHANGE_IP, 2, v->pos, 4, be32(cursor_peek(v, 0, 4)));
        break;
    case 0x0009:
        put_error(p, v);
        break;
    case 0x000a:
        while (cursor_captured(v) > 0 && v->fault == CURSOR_OK)
            (void)put_u16(p, v, ATT_UNKNOWN);
        break;
    case 0x000c:
        (void)put_u16(p, v, ATT_CHANNELNUM);
        (void)put_bytes(p, v, ATT_RESERVED, 2);
        break;
    case 0x0013:
        put_carried(p, v);
        break;
    case 0x0018:
        if (cursor_peek(v, 0, 1) != NULL)
            put_bits(p, v, ATT_EVEN_PORT_RESERVE_NEXT, v->pos, 1, *cursor_peek(v, 0, 1));
        break;
    case 0x0019:
        (void)put_u8(p, v, ATT_TRANSP);
        (void)put_bytes(p, v, ATT_RESERVED, 3);
        break;
    case 0x0022:
        (void)put_bytes(p, v, ATT_TOKEN, 8);
        break;
    case 0x8028:
        put_fingerprint(p, v, message, start);
        break;
    case 0x8055:
        (void)put_u16(p, v, ATT_MS_STREAM_TYPE);
        (void)put_u16(p, v, ATT_MS_SERVICE_QUALITY);
        break;
    case 0x8050:
        (void)put_bytes(p, v, ATT_MS_CONNECTION_ID, 20);
        (void)put_u32(p, v, ATT_MS_SEQUENCE_NUMBER);
        break;
    case 0xc057:
        (void)put_u16(p, v, ATT_GOOGLE_NETWORK_ID);
        (void)put_u16(p, v, ATT_GOOGLE_NETWORK_COST);
        break;
    default:
        if (simple_field(type) != FIELD_COUNT)
            put_simple(p, v, simple_field(type));
        else if (cursor_left(v) > 0)
            (void)put_bytes(p, v, VALUE_BYTES, cursor_left(v));
    }
}

/* RFC 8489, section 14: padded to four bytes. */
static void put_attribute(struct packet *p, struct cursor *c, const uint8_t *message, uint32_t base)
{
    uint32_t start = c->pos;
    const uint8_t *head = cursor_peek(c, 0, 4);
    if (head == NULL)
        return cursor_skip(c, 4);
    uint16_t type = be16(head), length = be16(head + 2);
    const char *name = value_name_find(attribute_names, type);
    uint32_t tree;
    if (name == NULL) {
        tree = tree_text(p, c, start, 2, "Unknown attribute 0x%04x", type);
        put_mark(p, c, UNKNOWN_ATTRIBUTE);
    } else {
        put_uint(p, c, ATTRIBUTE, start, length + 4u, type);
        label(p, ATTRIBUTE, "%s", name);
        tree = tree_begin(p, ATTRIBUTE);
        put_uint(p, c, ATT_TYPE, start, 2, type);
        uint32_t inner = tree_begin(p, ATT_TYPE);
        put_flags(p, c, ATT_TYPE_COMPREHENSION, 2, start, 2, type);
        tree_end(p, inner);
    }
    cursor_skip(c, 2);
    (void)put_u16(p, c, ATT_LENGTH);
    struct cursor value = cursor_part(c, length);
    if (name == NULL && length > 0)
        (void)put_bytes(p, &value, VALUE_BYTES, length);
    else if (name != NULL && length > 0)
        put_value(p, &value, type, message, start - base);
    uint32_t padding = (4u - length % 4) % 4;
    if (padding > 0 && c->fault == CURSOR_OK && value.fault == CURSOR_OK) {
        put_uint(p, c, ATT_PADDING, c->pos, padding, padding);
        cursor_skip(c, cursor_left(c) < padding ? cursor_left(c) : padding);
    }
    tree_end(p, tree);
    if (value.fault != CURSOR_OK && c->fault == CURSOR_OK)
        c->fault = value.fault;
}

static void put_type(struct packet *p, struct cursor *c, uint16_t type)
{
    uint32_t tree = tree_begin(p, TYPE);
    put_flags(p, c, TYPE_CLASS, 3, c->pos - 2, 2, type);
    tree_end(p, tree);
}

/* RFC 8656, section 12.5: over UDP a message of a channel may be padded. */
static bool is_channel(const struct packet *p, const struct cursor *c)
{
    const uint8_t *head = cursor_peek(c, 0, CHANNEL_HEADER);
    if (head == NULL || (head[0] & 0xc0) != 0x40)
        return false;
    uint32_t n = be16(head + 2) + (uint32_t)CHANNEL_HEADER, left = cursor_left(c);
    return p->net.protocol == 6 ? n <= left : n == left || ((n + 3) & ~3u) == left;
}

/* What TURN relays: a channel's number, a length, and bytes. */
static void dissect_channel(struct packet *p, struct cursor *c)
{
    title(p, "Session Traversal Utilities for NAT, TURN ChannelData Message");
    (void)put_u16(p, c, CHANNEL);
    uint16_t length = put_u16(p, c, LENGTH);
    if (c->fault == CURSOR_OK && length < cursor_left(c))
        cursor_trim(c, length);
    next_data(p, c);
}

static void dissect(struct packet *p, struct cursor *c)
{
    uint32_t base = c->pos;
    const uint8_t *message = cursor_peek(c, 0, HEADER);
    if (is_channel(p, c))
        return dissect_channel(p, c);
    if (message == NULL)
        return cursor_skip(c, HEADER);
    uint16_t type = be16(message);
    unsigned class = (type >> 7 & 2) | (type >> 4 & 1);
    put_exchange(p, c, message + 8, class);
    flow_becomes(p, ITSELF_TABLE, 0);
    (void)put_u16(p, c, TYPE);
    put_type(p, c, type);
    uint16_t length = put_u16(p, c, LENGTH);
    (void)put_bytes(p, c, COOKIE, 4);
    (void)put_bytes(p, c, ID, 12);
    cursor_trim(c, length);
    if (length == 0)
        return;
    put_uint(p, c, NETWORK_VERSION, c->pos, 0, 3);
    if (length % 4 != 0)
        put_malformed(p, c, WRONG_MSGLEN);
    put_data(p, c, ATTRIBUTES, c->pos, length, "", 0);
    uint32_t tree = tree_begin(p, ATTRIBUTES);
    while (cursor_captured(c) > 0 && c->fault == CURSOR_OK)
        put_attribute(p, c, message, base);
    tree_end(p, tree);
}

/* The cookie, and a length that fits: RFC 8489, section 5. */
static bool is_message(const struct packet *p, const struct cursor *c)
{
    const uint8_t *head = cursor_peek(c, 0, HEADER);
    if (head == NULL || (head[0] & 0xc0) != 0)
        return false;
    uint32_t length = be16(head + 2) + (uint32_t)HEADER;
    if (be32(head + 4) != COOKIE_VALUE || (be16(head) & 0x3eef) > 0xff)
        return false;
    return p->net.protocol == 6 ? length <= cursor_left(c) : length == cursor_left(c);
}

static bool probe(const struct packet *p, const struct cursor *c)
{
    bool port = p->src_port == STUN_PORT || p->dst_port == STUN_PORT;
    return is_message(p, c) || (port && is_channel(p, c));
}

/* Channels are where messages were. */
static bool goes_on(const struct packet *p, const struct cursor *c)
{
    return is_message(p, c) || is_channel(p, c);
}

static uint32_t message_length(struct packet *p, const struct cursor *c)
{
    (void)p;
    const uint8_t *head = cursor_peek(c, 0, 8);
    if (head == NULL)
        return STREAM_MORE;
    if ((head[0] & 0xc0) == 0x40)
        return (be16(head + 2) + 4u + 3) & ~3u;
    return (head[0] & 0xc0) == 0 && be32(head + 4) == COOKIE_VALUE
               ? be16(head + 2) + (uint32_t)HEADER
               : 0;
}

static const char *const tables[] = {"stun", NULL};
static const struct binding bindings[] = {{"stun", 0},
                                          {"udp.port", STUN_PORT},
                                          {"udp.port", HEURISTIC},
                                          {"tcp.port", STUN_PORT},
                                          {"tcp.port", HEURISTIC},
                                          {NULL, 0}};

const struct protocol proto_stun = {.name = "stun",
                                    .title = "Session Traversal Utilities for NAT",
                                    .column = "STUN",
                                    FIELDS_OF_THIS_FILE,
                                    .tables = tables,
                                    .bindings = bindings,
                                    .probe = probe,
                                    .goes_on = goes_on,
                                    .message = message_length,
                                    .dissect = dissect};
