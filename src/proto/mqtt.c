/* mqtt: MQ Telemetry Transport, versions 3.1, 3.1.1 and 5 (OASIS).
 *
 *     | type (4) flags (4) | remaining length (1 to 4 bytes) | variable header | payload |
 */
#include "dissect/pdu.h"

static const struct value_name types[] = {VALUE(1, "Connect Command"),
                                          VALUE(2, "Connect Ack"),
                                          VALUE(3, "Publish Message"),
                                          VALUE(4, "Publish Ack"),
                                          VALUE(5, "Publish Received"),
                                          VALUE(6, "Publish Release"),
                                          VALUE(7, "Publish Complete"),
                                          VALUE(8, "Subscribe Request"),
                                          VALUE(9, "Subscribe Ack"),
                                          VALUE(10, "Unsubscribe Request"),
                                          VALUE(11, "Unsubscribe Ack"),
                                          VALUE(12, "Ping Request"),
                                          VALUE(13, "Ping Response"),
                                          VALUE(14, "Disconnect Req"),
                                          VALUE(15, "Authentication Exchange"),
                                          VALUES_END};
static const struct value_name versions[] = {VALUE(3, "MQTT v3.1"), VALUE(4, "MQTT v3.1.1"),
                                             VALUE(5, "MQTT v5.0"), VALUES_END};
static const struct value_name qualities[] = {
    VALUE(0, "At most once delivery (Fire and Forget)"),
    VALUE(1, "At least once delivery (Acknowledged deliver)"),
    VALUE(2, "Exactly once delivery (Assured Delivery)"), VALUE(3, "Reserved"), VALUES_END};
static const struct value_name returns[] = {
    VALUE(0, "Connection Accepted"),
    VALUE(1, "Connection Refused: unacceptable protocol version"),
    VALUE(2, "Connection Refused: identifier rejected"),
    VALUE(3, "Connection Refused: server unavailable"),
    VALUE(4, "Connection Refused: bad user name or password"),
    VALUE(5, "Connection Refused: not authorized"),
    VALUES_END};

#define FIELDS(X)                                                                                  \
    X(HDRFLAGS, "mqtt.hdrflags", "Header Flags", UINT8, HEX, 0, NULL)                              \
    X(MSGTYPE, "mqtt.msgtype", "Message Type", UINT8, DEC, 0xf0, types)                            \
    X(DUP, "mqtt.dupflag", "DUP Flag", BOOLEAN, 8, 0x08, NULL)                                     \
    X(QOS, "mqtt.qos", "QoS Level", UINT8, DEC, 0x06, qualities)                                   \
    X(RETAIN, "mqtt.retain", "Retain", BOOLEAN, 8, 0x01, NULL)                                     \
    X(RESERVED, "mqtt.hdr_reserved", "Reserved", UINT8, DEC, 0x0f, NULL)                           \
    X(LEN, "mqtt.len", "Msg Len", UINT64, DEC, 0, NULL)                                            \
    X(PROTO_LEN, "mqtt.proto_len", "Protocol Name Length", UINT16, DEC, 0, NULL)                   \
    X(PROTONAME, "mqtt.protoname", "Protocol Name", STRING, NONE, 0, NULL)                         \
    X(VER, "mqtt.ver", "Version", UINT8, DEC, 0, versions)                                         \
    X(CONFLAGS, "mqtt.conflags", "Connect Flags", UINT8, HEX, 0, NULL)                             \
    X(CF_UNAME, "mqtt.conflag.uname", "User Name Flag", BOOLEAN, 8, 0x80, NULL)                    \
    X(CF_PASSWD, "mqtt.conflag.passwd", "Password Flag", BOOLEAN, 8, 0x40, NULL)                   \
    X(CF_RETAIN, "mqtt.conflag.retain", "Will Retain", BOOLEAN, 8, 0x20, NULL)                     \
    X(CF_QOS, "mqtt.conflag.qos", "QoS Level", UINT8, DEC, 0x18, qualities)                        \
    X(CF_WILL, "mqtt.conflag.willflag", "Will Flag", BOOLEAN, 8, 0x04, NULL)                       \
    X(CF_CLEAN, "mqtt.conflag.cleansess", "Clean Session Flag", BOOLEAN, 8, 0x02, NULL)            \
    X(CF_RESERVED, "mqtt.conflag.reserved", "(Reserved)", BOOLEAN, 8, 0x01, NULL)                  \
    X(KALIVE, "mqtt.kalive", "Keep Alive", UINT16, DEC, 0, NULL)                                   \
    X(PROP_LEN, "mqtt.property_len", "Total Length", UINT32, DEC, 0, NULL)                         \
    X(CLIENTID_LEN, "mqtt.clientid_len", "Client ID Length", UINT16, DEC, 0, NULL)                 \
    X(CLIENTID, "mqtt.clientid", "Client ID", STRING, NONE, 0, NULL)                               \
    X(WILLTOPIC_LEN, "mqtt.willtopic_len", "Will Topic Length", UINT16, DEC, 0, NULL)              \
    X(WILLTOPIC, "mqtt.willtopic", "Will Topic", STRING, NONE, 0, NULL)                            \
    X(WILLMSG_LEN, "mqtt.willmsg_len", "Will Message Length", UINT16, DEC, 0, NULL)                \
    X(WILLMSG, "mqtt.willmsg", "Will Message", BYTES, NONE, 0, NULL)                               \
    X(USERNAME_LEN, "mqtt.username_len", "User Name Length", UINT16, DEC, 0, NULL)                 \
    X(USERNAME, "mqtt.username", "User Name", STRING, NONE, 0, NULL)                               \
    X(PASSWD_LEN, "mqtt.passwd_len", "Password Length", UINT16, DEC, 0, NULL)                      \
    X(PASSWD, "mqtt.passwd", "Password", STRING, NONE, 0, NULL)                                    \
    X(ACK_FLAGS, "mqtt.conack.flags", "Acknowledge Flags", UINT8, HEX, 0, NULL)                    \
    X(ACK_RESERVED, "mqtt.conack.flags.reserved", "Reserved", BOOLEAN, 8, 0xfe, NULL)              \
    X(ACK_SESSION, "mqtt.conack.flags.sp", "Session Present", BOOLEAN, 8, 0x01, NULL)              \
    X(ACK_VALUE, "mqtt.conack.val", "Return Code", UINT8, DEC, 0, returns)                         \
    X(TOPIC_LEN, "mqtt.topic_len", "Topic Length", UINT16, DEC, 0, NULL)                           \
    X(TOPIC, "mqtt.topic", "Topic", STRING, NONE, 0, NULL)                                         \
    X(MSGID, "mqtt.msgid", "Message Identifier", UINT16, DEC, 0, NULL)                             \
    X(MSG, "mqtt.msg", "Message", BYTES, NONE, 0, NULL)                                            \
    X(SUB_QOS, "mqtt.sub.qos", "Requested QoS", UINT8, DEC, 0, qualities)                          \
    X(SUBACK_QOS, "mqtt.suback.qos", "Granted QoS", UINT8, DEC, 0, qualities)

FIELD_TABLE(FIELDS);

enum { CONNECT = 1, CONNACK, PUBLISH, SUBSCRIBE = 8, SUBACK, UNSUBSCRIBE };

/* A number of seven bits a byte, the least significant first. 0 bytes: it is not whole. */
static uint32_t length_of(const struct cursor *c, uint32_t at, uint32_t *bytes)
{
    uint32_t v = 0;
    *bytes = 0;
    for (uint32_t i = 0; i < 4; i++) {
        const uint8_t *b = cursor_peek(c, at + i, 1);
        if (b == NULL)
            return 0;
        v |= (uint32_t)(b[0] & 0x7f) << 7 * i;
        if (b[0] < 0x80) {
            *bytes = i + 1;
            return v;
        }
    }
    *bytes = 4;
    return v;
}

static void put_vector(struct packet *p, struct cursor *c, unsigned length, unsigned field)
{
    uint16_t n = put_u16(p, c, length);
    (void)put_bytes(p, c, field, n);
}

static void put_properties(struct packet *p, struct cursor *c, bool v5)
{
    if (!v5 || cursor_left(c) == 0)
        return;
    uint32_t bytes, n = length_of(c, 0, &bytes);
    cursor_skip(c, bytes);
    put_uint(p, c, PROP_LEN, c->pos - bytes, bytes, n);
    cursor_skip(c, n);
}

static void put_connect(struct packet *p, struct cursor *c, uint8_t *version)
{
    put_vector(p, c, PROTO_LEN, PROTONAME);
    *version = put_u8(p, c, VER);
    uint8_t flags = put_u8(p, c, CONFLAGS);
    uint32_t tree = tree_begin(p, CONFLAGS);
    put_flags(p, c, CF_UNAME, CF_RESERVED - CF_UNAME + 1, c->pos - 1, 1, flags);
    tree_end(p, tree);
    (void)put_u16(p, c, KALIVE);
    put_properties(p, c, *version == 5);
    put_vector(p, c, CLIENTID_LEN, CLIENTID);
    if (flags & 0x04) {
        put_properties(p, c, *version == 5);
        put_vector(p, c, WILLTOPIC_LEN, WILLTOPIC);
        put_vector(p, c, WILLMSG_LEN, WILLMSG);
    }
    if (flags & 0x80)
        put_vector(p, c, USERNAME_LEN, USERNAME);
    if (flags & 0x40)
        put_vector(p, c, PASSWD_LEN, PASSWD);
}

static void put_body(struct packet *p, struct cursor *c, uint8_t type, uint8_t quality,
                     uint8_t *version)
{
    bool v5 = *version == 5;
    if (type == CONNECT) {
        put_connect(p, c, version);
    } else if (type == CONNACK) {
        uint8_t flags = put_u8(p, c, ACK_FLAGS);
        uint32_t tree = tree_begin(p, ACK_FLAGS);
        put_flags(p, c, ACK_RESERVED, 2, c->pos - 1, 1, flags);
        tree_end(p, tree);
        (void)put_u8(p, c, ACK_VALUE);
        put_properties(p, c, v5);
    } else if (type == PUBLISH) {
        put_vector(p, c, TOPIC_LEN, TOPIC);
        if (quality > 0)
            (void)put_u16(p, c, MSGID);
        put_properties(p, c, v5);
        if (cursor_left(c) > 0)
            (void)put_bytes_captured(p, c, MSG, cursor_left(c));
    } else if (type <= UNSUBSCRIBE + 1 && cursor_left(c) >= 2) {
        (void)put_u16(p, c, MSGID);
        if (type == SUBSCRIBE || type == SUBACK || type == UNSUBSCRIBE)
            put_properties(p, c, v5);
        while (cursor_left(c) > 0 && (type == SUBSCRIBE || type == UNSUBSCRIBE)) {
            put_vector(p, c, TOPIC_LEN, TOPIC);
            if (type == SUBSCRIBE)
                (void)put_u8(p, c, SUB_QOS);
        }
        while (cursor_left(c) > 0 && type == SUBACK)
            (void)put_u8(p, c, SUBACK_QOS);
    }
}

static void dissect(struct packet *p, struct cursor *c)
{
    uint8_t none = 0, *version = flow_state(p, sizeof *version);
    if (version == NULL)
        version = &none;
    uint8_t first = put_u8(p, c, HDRFLAGS), type = first >> 4;
    uint32_t tree = tree_begin(p, HDRFLAGS);
    put_bits(p, c, MSGTYPE, c->pos - 1, 1, first);
    if (type == PUBLISH)
        put_flags(p, c, DUP, 3, c->pos - 1, 1, first);
    else
        put_bits(p, c, RESERVED, c->pos - 1, 1, first);
    tree_end(p, tree);
    uint32_t bytes, n = length_of(c, 0, &bytes);
    cursor_skip(c, bytes);
    put_uint(p, c, LEN, c->pos - bytes, bytes, n);
    const char *name = value_name_find(types, type);
    title(p, "MQ Telemetry Transport Protocol, %s", name != NULL ? name : "Reserved");
    info_set(p, "%s", name != NULL ? name : "Reserved");
    struct cursor body = cursor_part(c, n);
    put_body(p, &body, type, first >> 1 & 3, version);
    if (body.fault != CURSOR_OK)
        c->fault = body.fault;
}

static uint32_t message(struct packet *p, const struct cursor *c)
{
    (void)p;
    uint32_t bytes, n = length_of(c, 1, &bytes);
    return bytes == 0 ? STREAM_MORE : n + bytes + 1;
}

static const struct binding bindings[] = {{"tcp.port", 1883}, {"tls.port", 8883}, {NULL, 0}};

const struct protocol proto_mqtt = {.name = "mqtt",
                                    .title = "MQ Telemetry Transport Protocol",
                                    .column = "MQTT",
                                    FIELDS_OF_THIS_FILE,
                                    .bindings = bindings,
                                    .message = message,
                                    .pdus = true,
                                    .dissect = dissect};
