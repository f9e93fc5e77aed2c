/*
 * bfd: Bidirectional Forwarding Detection (RFC 5880).
 *
 *     | version 3 bits, diagnostic 5 | state 2, P F C A D M | multiplier 1 | length 1 | my
 * discriminator 4 | | yours 4 | minimum TX 4 | RX 4 | echo 4 | authentication: | type 1 | length 1
 * | key 1 | ... |
 */
#include "dissect/packet.h"

static const struct value_name set_names[] = {VALUE(0, "Not set"), VALUE(1, "Set"), VALUES_END};

static const struct value_name diag_names[] = {VALUE(0, "No Diagnostic"),
                                               VALUE(1, "Control Detection Time Expired"),
                                               VALUE(2, "Echo Function Failed"),
                                               VALUE(3, "Neighbor Signaled Session Down"),
                                               VALUE(4, "Forwarding Plane Reset"),
                                               VALUE(5, "Path Down"),
                                               VALUE(6, "Concatenated Path Down"),
                                               VALUE(7, "Administratively Down"),
                                               VALUE(8, "Reverse Concatenated Path Down"),
                                               VALUE(9, "Mis-Connectivity Defect"),
                                               VALUES_END};
static const struct value_name sta_names[] = {VALUE(0, "AdminDown"), VALUE(1, "Down"),
                                              VALUE(2, "Init"), VALUE(3, "Up"), VALUES_END};
static const struct value_name auth_type_names[] = {
    VALUE(1, "Simple Password"),       VALUE(2, "Keyed MD5"),
    VALUE(3, "Meticulous Keyed MD5"),  VALUE(4, "Keyed SHA1"),
    VALUE(5, "Meticulous Keyed SHA1"), VALUES_END};

#define FIELDS(X)                                                                                  \
    X(VERSION, "bfd.version", "Protocol Version", UINT8, DEC, 0xe0, NULL)                          \
    X(DIAG, "bfd.diag", "Diagnostic Code", UINT8, HEX, 0x1f, diag_names)                           \
    X(STA, "bfd.sta", "Session State", UINT8, HEX, 0xc0, sta_names)                                \
    X(FLAGS, "bfd.flags", "Message Flags", UINT8, HEX, 0, NULL)                                    \
    X(FLAGS_P, "bfd.flags.p", "Poll", BOOLEAN, 6, 0x20, set_names)                                 \
    X(FLAGS_F, "bfd.flags.f", "Final", BOOLEAN, 6, 0x10, set_names)                                \
    X(FLAGS_C, "bfd.flags.c", "Control Plane Independent", BOOLEAN, 6, 0x08, set_names)            \
    X(FLAGS_A, "bfd.flags.a", "Authentication Present", BOOLEAN, 6, 0x04, set_names)               \
    X(FLAGS_D, "bfd.flags.d", "Demand", BOOLEAN, 6, 0x02, set_names)                               \
    X(FLAGS_M, "bfd.flags.m", "Multipoint", BOOLEAN, 6, 0x01, set_names)                           \
    X(DETECT_TIME_MULTIPLIER, "bfd.detect_time_multiplier", "Detect Time Multiplier", UINT8, DEC,  \
      0, NULL)                                                                                     \
    X(MESSAGE_LENGTH, "bfd.message_length", "Message Length", UINT8, DEC, 0, NULL)                 \
    X(MY_DISCRIMINATOR, "bfd.my_discriminator", "My Discriminator", UINT32, HEX, 0, NULL)          \
    X(YOUR_DISCRIMINATOR, "bfd.your_discriminator", "Your Discriminator", UINT32, HEX, 0, NULL)    \
    X(DESIRED_MIN_TX_INTERVAL, "bfd.desired_min_tx_interval", "Desired Min TX Interval", UINT32,   \
      DEC, 0, NULL)                                                                                \
    X(REQUIRED_MIN_RX_INTERVAL, "bfd.required_min_rx_interval", "Required Min RX Interval",        \
      UINT32, DEC, 0, NULL)                                                                        \
    X(REQUIRED_MIN_ECHO_INTERVAL, "bfd.required_min_echo_interval", "Required Min Echo Interval",  \
      UINT32, DEC, 0, NULL)                                                                        \
    X(CHECKSUM, "bfd.checksum", "Checksum", BYTES, NONE, 0, NULL)                                  \
    X(AUTH_TYPE, "bfd.auth.type", "Authentication Type", UINT8, DEC, 0, auth_type_names)           \
    X(AUTH_LEN, "bfd.auth.len", "Authentication Length", UINT8, DEC, 0, NULL)                      \
    X(AUTH_KEY, "bfd.auth.key", "Authentication Key ID", UINT8, DEC, 0, NULL)                      \
    X(AUTH_PASSWORD, "bfd.auth.password", "Password", STRING, NONE, 0, NULL)                       \
    X(AUTH_SEQ_NUM, "bfd.auth.seq_num", "Sequence Number", UINT32, HEX, 0, NULL)

FIELD_TABLE(FIELDS);

enum {
    PASSWORD = 1,
    KEYED_MD5 = 2,
    METICULOUS_MD5 = 3,
    KEYED_SHA1 = 4,
    METICULOUS_SHA1 = 5,
    HAS_AUTH = 4
};

static void put_authentication(struct packet *p, struct cursor *c)
{
    uint8_t type = put_u8(p, c, AUTH_TYPE), length = put_u8(p, c, AUTH_LEN);
    (void)put_u8(p, c, AUTH_KEY);
    if (c->fault != CURSOR_OK || length < 3)
        return;
    if (type == PASSWORD) {
        put_bytes(p, c, AUTH_PASSWORD, length - 3u);
    } else if (type >= KEYED_MD5 && type <= METICULOUS_SHA1) {
        cursor_skip(c, 1);
        (void)put_u32(p, c, AUTH_SEQ_NUM);
        (void)put_bytes(p, c, CHECKSUM, type <= METICULOUS_MD5 ? 16 : 20);
    }
}

static void dissect(struct packet *p, struct cursor *c)
{
    uint8_t first = cursor_u8(c), second = cursor_u8(c);
    if (c->fault != CURSOR_OK)
        return;
    uint32_t at = c->pos - 1;
    put_bits(p, c, VERSION, at - 1, 1, first);
    put_bits(p, c, DIAG, at - 1, 1, first);
    const char *diag = value_name_find(diag_names, first & 31),
               *state = value_name_find(sta_names, second >> 6);
    title(p, "BFD Control message");
    info_set(p, "Diag: %s, State: %s, Flags: 0x%02x", diag != NULL ? diag : "Unknown",
             state != NULL ? state : "Unknown", second);
    put_bits(p, c, STA, at, 1, second);
    put_uint(p, c, FLAGS, at, 1, second);
    uint32_t tree = tree_begin(p, FLAGS);
    put_flags(p, c, FLAGS_P, 6, at, 1, second);
    tree_end(p, tree);
    (void)put_u8(p, c, DETECT_TIME_MULTIPLIER);
    (void)put_u8(p, c, MESSAGE_LENGTH);
    (void)put_u32(p, c, MY_DISCRIMINATOR);
    (void)put_u32(p, c, YOUR_DISCRIMINATOR);
    (void)put_u32(p, c, DESIRED_MIN_TX_INTERVAL);
    (void)put_u32(p, c, REQUIRED_MIN_RX_INTERVAL);
    (void)put_u32(p, c, REQUIRED_MIN_ECHO_INTERVAL);
    if ((second & HAS_AUTH) != 0)
        put_authentication(p, c);
}

static const struct binding bindings[] = {
    {"udp.port", 3784},           {"udp.port", 4784},
    {"udp.port", 6784},           {"udp.port", 7784},
    {"pwach.channel_type", 7},    {"pwach.channel_type", 0x22},
    {"pwach.channel_type", 0x23}, {NULL, 0}};

const struct protocol proto_bfd = {.name = "bfd",
                                   .title = "BFD Control message",
                                   .column = "BFD Control",
                                   FIELDS_OF_THIS_FILE,
                                   .bindings = bindings,
                                   .dissect = dissect};
