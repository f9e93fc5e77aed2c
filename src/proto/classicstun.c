/*
 * classicstun: STUN as it was before its cookie, Simple Traversal of UDP Through NATs (RFC 3489), with the first
 * drafts of TURN.
 *
 *     | type 2 | length 2 | transaction 16 | attributes: | type 2 | length 2 | value | ...
 */
#include "dissect/transactions.h"

static const struct value_name type_names[] = {
    VALUE(0x0001, "Binding Request"),
    VALUE(0x0101, "Binding Response"),
    VALUE(0x0111, "Binding Error Response"),
    VALUE(0x0002, "Shared Secret Request"),
    VALUE(0x0102, "Shared Secret Response"),
    VALUE(0x1112, "Shared Secret Error Response"),
    VALUE(0x0003, "Allocate Request"),
    VALUE(0x0103, "Allocate Response"),
    VALUE(0x0113, "Allocate Error Response"),
    VALUE(0x0004, "Send Request"),
    VALUE(0x0104, "Send Response"),
    VALUE(0x0114, "Send Error Response"),
    VALUE(0x0115, "Data Indication"),
    VALUE(0x0006, "Set Active Destination Request"),
    VALUE(0x0106, "Set Active Destination Response"),
    VALUE(0x0116, "Set Active Destination Error Response"),
    VALUES_END};
static const struct value_name attribute_names[] = {VALUE(0x0001, "MAPPED-ADDRESS"),
                                                    VALUE(0x0002, "RESPONSE-ADDRESS"),
                                                    VALUE(0x0003, "CHANGE-REQUEST"),
                                                    VALUE(0x0004, "SOURCE-ADDRESS"),
                                                    VALUE(0x0005, "CHANGED-ADDRESS"),
                                                    VALUE(0x0006, "USERNAME"),
                                                    VALUE(0x0007, "PASSWORD"),
                                                    VALUE(0x0008, "MESSAGE-INTEGRITY"),
                                                    VALUE(0x0009, "ERROR-CODE"),
                                                    VALUE(0x000b, "REFLECTED-FROM"),
                                                    VALUE(0x000d, "LIFETIME"),
                                                    VALUE(0x000e, "ALTERNATE_SERVER"),
                                                    VALUE(0x000f, "MAGIC_COOKIE"),
                                                    VALUE(0x0010, "BANDWIDTH"),
                                                    VALUE(0x0011, "DESTINATION_ADDRESS"),
                                                    VALUE(0x0012, "REMOTE_ADDRESS"),
                                                    VALUE(0x0013, "DATA"),
                                                    VALUE(0x0014, "NONCE"),
                                                    VALUE(0x0015, "REALM"),
                                                    VALUE(0x0016, "REQUESTED_ADDRESS_TYPE"),
                                                    VALUE(0x8020, "XOR_MAPPED_ADDRESS"),
                                                    VALUE(0x0021, "XOR_ONLY"),
                                                    VALUE(0x8022, "SERVER"),
                                                    VALUE(0xc001, "CONNECTION-REQUEST-BINDING"),
                                                    VALUE(0xc002, "BINDING-CHANGE"),
                                                    VALUES_END};
static const struct value_name family_names[] = {VALUE(1, "IPv4"), VALUE(2, "IPv6"), VALUES_END};
static const struct value_name set_names[] = {VALUE(0, "Not set"), VALUE(1, "Set"), VALUES_END};

#define FIELDS(X)                                                                                  \
    X(TYPE, "classicstun.type", "Message Type", UINT16, HEX, 0, type_names)                        \
    X(LENGTH, "classicstun.length", "Message Length", UINT16, HEX, 0, NULL)                        \
    X(ID, "classicstun.id", "Message Transaction ID", BYTES, NONE, 0, NULL)                        \
    X(ATTRIBUTES, "classicstun.att", "Attributes", NONE, NONE, 0, NULL)                            \
    X(RESPONSE_IN, "classicstun.response_in", "Response In", FRAMENUM, GENERATED | FLOW | FUTURE,  \
      0, NULL)                                                                                     \
    X(RESPONSE_TO, "classicstun.response_to", "Request In", FRAMENUM, GENERATED | FLOW, 0, NULL)   \
    X(TIME, "classicstun.time", "Time", RELATIVE_TIME, GENERATED | FLOW, 0, NULL)                  \
    X(ATT_TYPE, "classicstun.att.type", "Attribute Type", UINT16, HEX, 0, attribute_names)         \
    X(ATT_LENGTH, "classicstun.att.length", "Attribute Length", UINT16, DEC, 0, NULL)              \
    X(VALUE_BYTES, "classicstun.att.value", "Value", BYTES, NONE, 0, NULL)                         \
    X(FAMILY, "classicstun.att.family", "Protocol Family", UINT16, HEX, 0, family_names)           \
    X(ATT_IPV4, "classicstun.att.ipv4", "IP", IPv4, NONE, 0, NULL)                                 \
    X(ATT_IPV6, "classicstun.att.ipv6", "IP", IPv6, NONE, 0, NULL)                                 \
    X(PORT, "classicstun.att.port", "Port", UINT16, DEC, 0, NULL)                                  \
    X(CHANGE_IP, "classicstun.att.change.ip", "Change IP", BOOLEAN, 16, 0x0004, set_names)         \
    X(CHANGE_PORT, "classicstun.att.change.port", "Change Port", BOOLEAN, 16, 0x0002, set_names)   \
    X(UNKNOWN, "classicstun.att.unknown", "Unknown Attribute", UINT16, HEX, 0, NULL)               \
    X(ERROR_CLASS, "classicstun.att.error.class", "Error Class", UINT8, DEC, 0x07, NULL)           \
    X(ERROR_CODE, "classicstun.att.error", "Error Code", UINT8, DEC, 0, NULL)                      \
    X(ERROR_REASON, "classicstun.att.error.reason", "Error Reason Phase", STRING, NONE, 0, NULL)   \
    X(IPV4_XORD, "classicstun.att.ipv4-xord", "IP (XOR-d)", IPv4, NONE, 0, NULL)                   \
    X(IPV6_XORD, "classicstun.att.ipv6-xord", "IP (XOR-d)", IPv6, NONE, 0, NULL)                   \
    X(PORT_XORD, "classicstun.att.port-xord", "Port (XOR-d)", UINT16, DEC, 0, NULL)                \
    X(SERVER, "classicstun.att.server", "Server version", STRING, NONE, 0, NULL)                   \
    X(LIFETIME, "classicstun.att.lifetime", "Lifetime", UINT32, DEC, 0, NULL)                      \
    X(MAGIC, "classicstun.att.magic.cookie", "Magic Cookie", UINT32, HEX, 0, NULL)                 \
    X(BANDWIDTH, "classicstun.att.bandwidth", "Bandwidth", UINT32, DEC, 0, NULL)                   \
    X(DATA, "classicstun.att.data", "Data", BYTES, NONE, 0, NULL)                                  \
    X(BINDING, "classicstun.att.connection_request_binding", "Connection Request Binding", STRING, \
      NONE, 0, NULL)

FIELD_TABLE(FIELDS);

enum { HEADER = 20, ID_LENGTH = 16 };
#define COOKIE 0x2112a442u

/* Mixed with the first bytes of the transaction's identifier, where `mixed` says so. */
static void put_address(struct packet *p, struct cursor *v, const uint8_t *id, bool mixed)
{
    cursor_skip(v, 1);
    uint8_t family = put_u8(p, v, FAMILY);
    const uint8_t *port = cursor_take(v, 2);
    if (port == NULL)
        return;
    if (mixed)
        put_uint(p, v, PORT_XORD, v->pos - 2, 2, be16(port));
    put_uint(p, v, PORT, v->pos - 2, 2, be16(port) ^ (mixed ? be16(id) : 0));
    uint32_t n = family == 2 ? 16 : 4;
    const uint8_t *bytes = family == 1 || family == 2 ? cursor_take(v, n) : NULL;
    uint8_t *address = arena_alloc(p->arena, 16);
    if (bytes == NULL || address == NULL)
        return;
    for (uint32_t i = 0; i < n; i++)
        address[i] = bytes[i] ^ (mixed ? id[i] : 0);
    if (mixed && n == 4)
        put_uint(p, v, IPV4_XORD, v->pos - n, n, be32(bytes));
    else if (mixed)
        put_data(p, v, IPV6_XORD, v->pos - n, n, bytes, n);
    if (n == 4)
        put_uint(p, v, ATT_IPV4, v->pos - n, n, be32(address));
    else
        put_data(p, v, ATT_IPV6, v->pos - n, n, address, n);
}

static void put_error(struct packet *p, struct cursor *v)
{
    cursor_skip(v, 2);
    uint8_t class = cursor_u8(v);
    if (v->fault != CURSOR_OK)
        return;
    put_bits(p, v, ERROR_CLASS, v->pos - 1, 1, class);
    (void)put_u8(p, v, ERROR_CODE);
    (void)put_bytes(p, v, ERROR_REASON, cursor_left(v));
}

static void put_value(struct packet *p, struct cursor *v, uint16_t type, const uint8_t *id)
{
    switch (type) {
    case 0x0001:
    case 0x0002:
    case 0x0004:
    case 0x0005:
    case 0x000b:
    case 0x000e:
    case 0x0011:
    case 0x0012:
        put_address(p, v, id, false);
        break;
    case 0x8020:
        put_address(p, v, id, true);
        break;
    case 0x0003:
        if (cursor_peek(v, 0, 4) != NULL)
            put_flags(p, v, CHANGE_IP, 2, v->pos, 4, be32(cursor_peek(v, 0, 4)));
        break;
    case 0x0009:
        put_error(p, v);
        break;
    case 0x000a:
        while (cursor_captured(v) >= 2)
            (void)put_u16(p, v, UNKNOWN);
        break;
    case 0x000d:
        (void)put_u32(p, v, LIFETIME);
        break;
    case 0x000f:
        (void)put_u32(p, v, MAGIC);
        break;
    case 0x0010:
        (void)put_u32(p, v, BANDWIDTH);
        break;
    case 0x0013:
        (void)put_bytes(p, v, DATA, cursor_left(v));
        break;
    case 0x8022:
        (void)put_bytes(p, v, SERVER, cursor_left(v));
        break;
    case 0xc001:
        (void)put_bytes(p, v, BINDING, cursor_left(v));
        break;
    default:
        if (value_name_find(attribute_names, type) != NULL)
            (void)put_bytes(p, v, VALUE_BYTES, cursor_left(v));
    }
}

static void put_attribute(struct packet *p, struct cursor *c, const uint8_t *id)
{
    const uint8_t *head = cursor_peek(c, 0, 4);
    if (head == NULL)
        return cursor_skip(c, 4);
    const char *name = value_name_find(attribute_names, be16(head));
    uint32_t tree = tree_text(p, c, c->pos, be16(head + 2) + 4u, "Attribute: %s",
                              name != NULL ? name : "Unknown");
    uint16_t type = put_u16(p, c, ATT_TYPE), length = put_u16(p, c, ATT_LENGTH);
    struct cursor value = cursor_part(c, length);
    if (length > 0)
        put_value(p, &value, type, id);
    tree_end(p, tree);
    if (value.fault != CURSOR_OK && c->fault == CURSOR_OK)
        c->fault = value.fault;
}

static void dissect(struct packet *p, struct cursor *c)
{
    static const struct transaction_fields fields = {RESPONSE_IN, RESPONSE_TO, TIME};
    const uint8_t *head = cursor_peek(c, 0, HEADER);
    if (head == NULL)
        return cursor_skip(c, HEADER);
    put_transaction(p, c, (be16(head) & 0x0110) == 0, head + 4, ID_LENGTH, &fields);
    const char *name = value_name_find(type_names, be16(head));
    info_set(p, "Message: %s", name != NULL ? name : "Unknown");
    (void)put_u16(p, c, TYPE);
    uint16_t length = put_u16(p, c, LENGTH);
    (void)put_bytes(p, c, ID, ID_LENGTH);
    cursor_trim(c, length);
    if (length == 0)
        return;
    put_data(p, c, ATTRIBUTES, c->pos, length, NULL, 0);
    uint32_t tree = tree_begin(p, ATTRIBUTES);
    while (cursor_captured(c) > 0 && c->fault == CURSOR_OK)
        put_attribute(p, c, head + 4);
    tree_end(p, tree);
}

/* A type that is known, a length that fits, and no cookie. */
static bool probe(const struct packet *p, const struct cursor *c)
{
    (void)p;
    const uint8_t *head = cursor_peek(c, 0, HEADER);
    return head != NULL && be16(head + 2) + (uint32_t)HEADER == cursor_left(c) &&
           be32(head + 4) != COOKIE && value_name_find(type_names, be16(head)) != NULL;
}

static const struct binding bindings[] = {{"udp.port", HEURISTIC}, {NULL, 0}};

const struct protocol proto_classicstun = {.name = "classicstun",
                                           .title = "Simple Traversal of UDP Through NAT",
                                           .column = "CLASSIC-STUN",
                                           FIELDS_OF_THIS_FILE,
                                           .bindings = bindings,
                                           .probe = probe,
                                           .remembers = true,
                                           .dissect = dissect};
