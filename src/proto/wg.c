/*
 * wg: WireGuard (wireguard.com/protocol). Little-endian; found by what it looks like.
 *
 *     1 initiation   | type 1 | 0 3 | sender 4 | ephemeral 32 | static 48 | timestamp 28 | mac1 16
 * | mac2 16 | 2 response     | type 1 | 0 3 | sender 4 | receiver 4 | ephemeral 32 | empty 16 |
 * mac1 16 | mac2 16 | 3 cookie       | type 1 | 0 3 | receiver 4 | nonce 24 | cookie 32 | 4 data |
 * type 1 | 0 3 | receiver 4 | counter 8 | packet, and 16 bytes |
 */
#include "dissect/packet.h"

static const struct value_name type_names[] = {
    VALUE(1, "Handshake Initiation"), VALUE(2, "Handshake Response"), VALUE(3, "Cookie Reply"),
    VALUE(4, "Transport Data"), VALUES_END};

#define FIELDS(X)                                                                                  \
    X(TYPE, "wg.type", "Type", UINT8, DEC, 0, type_names)                                          \
    X(RESERVED, "wg.reserved", "Reserved", BYTES, NONE, 0, NULL)                                   \
    X(SENDER, "wg.sender", "Sender", UINT32, HEX, 0, NULL)                                         \
    X(EPHEMERAL, "wg.ephemeral", "Ephemeral", STRING, NONE, 0, NULL)                               \
    X(ENCRYPTED_STATIC, "wg.encrypted_static", "Encrypted Static", NONE, NONE, 0, NULL)            \
    X(ENCRYPTED_TIMESTAMP, "wg.encrypted_timestamp", "Encrypted Timestamp", NONE, NONE, 0, NULL)   \
    X(MAC1, "wg.mac1", "mac1", BYTES, NONE, 0, NULL)                                               \
    X(MAC2, "wg.mac2", "mac2", BYTES, NONE, 0, NULL)                                               \
    X(RECEIVER, "wg.receiver", "Receiver", UINT32, HEX, 0, NULL)                                   \
    X(ENCRYPTED_EMPTY, "wg.encrypted_empty", "Encrypted Empty", NONE, NONE, 0, NULL)               \
    X(NONCE, "wg.nonce", "Nonce", BYTES, NONE, 0, NULL)                                            \
    X(ENCRYPTED_COOKIE, "wg.encrypted_cookie", "Encrypted Cookie", BYTES, NONE, 0, NULL)           \
    X(COUNTER, "wg.counter", "Counter", UINT64, DEC, 0, NULL)                                      \
    X(ENCRYPTED_PACKET, "wg.encrypted_packet", "Encrypted Packet", NONE, NONE, 0, NULL)            \
    X(BAD_PACKET_LENGTH, "wg.bad_packet_length", "Packet length is too small", NONE, NONE, 0,      \
      NULL)                                                                                        \
    X(KEEPALIVE, "wg.keepalive", "This is a Keepalive message", NONE, NONE, 0, NULL)

FIELD_TABLE(FIELDS);

enum { INITIATION = 1, RESPONSE, COOKIE, TRANSPORT };
enum { KEY_LENGTH = 32, STATIC_LENGTH = 48, TIMESTAMP_LENGTH = 28, TAG_LENGTH = 16 };

/* How long a message of that type must be at least; all but data are exactly so long. */
static uint32_t least_length(uint8_t type)
{
    switch (type) {
    case INITIATION:
        return 148;
    case RESPONSE:
        return 92;
    case COOKIE:
        return 64;
    case TRANSPORT:
        return 32;
    default:
        return 0;
    }
}

static bool probe(const struct packet *p, const struct cursor *c)
{
    (void)p;
    const uint8_t *first = cursor_peek(c, 0, 4);
    return first != NULL && first[0] >= INITIATION && first[0] <= TRANSPORT && first[1] == 0 &&
           first[2] == 0 && first[3] == 0;
}

/* A public key, as people write it: in base64. */
static void put_key(struct packet *p, struct cursor *c)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const uint8_t *key = cursor_take(c, KEY_LENGTH);
    if (key == NULL || !wants(p, EPHEMERAL))
        return;
    char text[45];
    for (unsigned i = 0; i < 11; i++) {
        bool last = i == 10;
        uint32_t three = last ? (uint32_t)be16(key + 30) << 8 : be24(key + (size_t)3 * i);
        for (unsigned k = 0; k < 4; k++)
            text[4 * i + k] = last && k == 3 ? '=' : digits[three >> (18 - 6 * k) & 63];
    }
    text[44] = 0;
    put_string(p, c, EPHEMERAL, c->pos - KEY_LENGTH, KEY_LENGTH, packet_text(p, "%s", text));
}

static void put_opaque(struct packet *p, struct cursor *c, unsigned field, uint32_t n)
{
    if (n <= cursor_captured(c))
        put_data(p, c, field, c->pos, n, "", 0);
    cursor_skip(c, n);
}

static void put_macs(struct packet *p, struct cursor *c)
{
    (void)put_bytes(p, c, MAC1, 16);
    (void)put_bytes(p, c, MAC2, 16);
}

static void dissect(struct packet *p, struct cursor *c)
{
    uint8_t type = put_u8(p, c, TYPE);
    (void)put_bytes(p, c, RESERVED, 3);
    const char *name = value_name_find(type_names, type);
    info_set(p, "%s", name != NULL ? name : "Unknown");
    if (cursor_left(c) + 4 < least_length(type)) {
        put_mark(p, c, BAD_PACKET_LENGTH);
        return;
    }
    if (type == INITIATION || type == RESPONSE)
        info_add(p, ", sender=0x%08X", (uint32_t)put_uint_le(p, c, SENDER, 4));
    if (type != INITIATION)
        info_add(p, ", receiver=0x%08X", (uint32_t)put_uint_le(p, c, RECEIVER, 4));
    if (type == INITIATION || type == RESPONSE) {
        put_key(p, c);
        if (type == INITIATION) {
            put_opaque(p, c, ENCRYPTED_STATIC, STATIC_LENGTH);
            put_opaque(p, c, ENCRYPTED_TIMESTAMP, TIMESTAMP_LENGTH);
        } else {
            put_opaque(p, c, ENCRYPTED_EMPTY, TAG_LENGTH);
        }
        put_macs(p, c);
    } else if (type == COOKIE) {
        (void)put_bytes(p, c, NONCE, 24);
        (void)put_bytes(p, c, ENCRYPTED_COOKIE, 32);
    } else {
        uint64_t counter = put_uint_le(p, c, COUNTER, 8);
        uint32_t length = cursor_left(c) < TAG_LENGTH ? 0 : cursor_left(c) - TAG_LENGTH;
        info_add(p, ", counter=%llu, datalen=%u", (unsigned long long)counter, length);
        put_opaque(p, c, ENCRYPTED_PACKET, cursor_left(c));
        if (length == 0 && c->fault == CURSOR_OK)
            put_mark(p, c, KEEPALIVE);
    }
}

static const struct binding bindings[] = {{"udp.port", HEURISTIC}, {NULL, 0}};

const struct protocol proto_wg = {.name = "wg",
                                  .title = "WireGuard Protocol",
                                  .column = "WireGuard",
                                  FIELDS_OF_THIS_FILE,
                                  .bindings = bindings,
                                  .probe = probe,
                                  .dissect = dissect};
