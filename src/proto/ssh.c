/* ssh: Secure Shell, transport layer (RFC 4253): the identification of both ends, what is exchanged
 * before keys are in use, and the length of what comes after.
 *
 *     "SSH-2.0-software" CRLF
 *     | packet length (4) | padding length | payload ... | padding ... |
 */
#include "dissect/lines.h"
#include "dissect/pdu.h"

static const struct value_name directions[] = {VALUE(0, "client-to-server"),
                                               VALUE(1, "server-to-client"), VALUES_END};
static const struct value_name messages[] = {VALUE(1, "Disconnect"),
                                             VALUE(2, "Ignore"),
                                             VALUE(3, "Unimplemented"),
                                             VALUE(4, "Debug"),
                                             VALUE(5, "Service Request"),
                                             VALUE(6, "Service Accept"),
                                             VALUE(7, "Extension Information"),
                                             VALUE(20, "Key Exchange Init"),
                                             VALUE(21, "New Keys"),
                                             VALUES_END};

static const struct value_name messages_v1[] = {VALUE(0, "No Message"), VALUE(1, "Disconnect"),
                                                VALUE(2, "Public Key"), VALUE(3, "Session Key"),
                                                VALUE(4, "User"),       VALUES_END};

#define LISTS(X)                                                                                   \
    X(KEX_LENGTH, KEX, "ssh.kex_algorithms", "kex_algorithms")                                     \
    X(HOST_KEY_LENGTH, HOST_KEY, "ssh.server_host_key_algorithms", "server_host_key_algorithms")   \
    X(ENC_CS_LENGTH, ENC_CS, "ssh.encryption_algorithms_client_to_server",                         \
      "encryption_algorithms_client_to_server")                                                    \
    X(ENC_SC_LENGTH, ENC_SC, "ssh.encryption_algorithms_server_to_client",                         \
      "encryption_algorithms_server_to_client")                                                    \
    X(MAC_CS_LENGTH, MAC_CS, "ssh.mac_algorithms_client_to_server",                                \
      "mac_algorithms_client_to_server")                                                           \
    X(MAC_SC_LENGTH, MAC_SC, "ssh.mac_algorithms_server_to_client",                                \
      "mac_algorithms_server_to_client")                                                           \
    X(COMP_CS_LENGTH, COMP_CS, "ssh.compression_algorithms_client_to_server",                      \
      "compression_algorithms_client_to_server")                                                   \
    X(COMP_SC_LENGTH, COMP_SC, "ssh.compression_algorithms_server_to_client",                      \
      "compression_algorithms_server_to_client")                                                   \
    X(LANG_CS_LENGTH, LANG_CS, "ssh.languages_client_to_server", "languages_client_to_server")     \
    X(LANG_SC_LENGTH, LANG_SC, "ssh.languages_server_to_client", "languages_server_to_client")

#define FIELDS(X)                                                                                  \
    X(PROTOCOL, "ssh.protocol", "Protocol", STRING, NONE, 0, NULL)                                 \
    X(PACKET_LENGTH, "ssh.packet_length", "Packet Length", UINT32, DEC, 0, NULL)                   \
    X(PACKET_LENGTH_ENCRYPTED, "ssh.packet_length_encrypted", "Packet Length (encrypted)", BYTES,  \
      NONE, 0, NULL)                                                                               \
    X(ENCRYPTED, "ssh.encrypted_packet", "Encrypted Packet", BYTES, NONE, 0, NULL)                 \
    X(PADDING_LENGTH, "ssh.padding_length", "Padding Length", UINT8, DEC, 0, NULL)                 \
    X(MESSAGE_CODE, "ssh.message_code", "Message Code", UINT8, DEC, 0, messages)                   \
    X(PAYLOAD, "ssh.payload", "Payload", BYTES, NONE, 0, NULL)                                     \
    X(COOKIE, "ssh.cookie", "Cookie", BYTES, NONE, 0, NULL)                                        \
    X(FIRST_FOLLOWS, "ssh.first_kex_packet_follows", "First KEX Packet Follows", UINT8, DEC, 0,    \
      NULL)                                                                                        \
    X(RESERVED, "ssh.kex.reserved", "Reserved", BYTES, NONE, 0, NULL)                              \
    X(PADDING, "ssh.padding_string", "Padding String", BYTES, NONE, 0, NULL)                       \
    X(SEQUENCE, "ssh.seq_num", "Sequence number", UINT32, DEC | GENERATED | STREAM, 0, NULL)       \
    X(DIRECTION, "ssh.direction", "Direction", UINT8, DEC | GENERATED, 0, directions)

#define LIST_IDS(length, list, name, label) length, list,
#define LIST_ROWS(length, list, name, label)                                                       \
    {name "_length", label " length", LAMNA_UINT32, DEC, 0, NULL},                                 \
        {name, label " string", LAMNA_STRING, NONE, 0, NULL},

enum { FIELDS(FIELD_ID) LISTS(LIST_IDS) FIELD_COUNT };
static const struct field_def field_defs[] = {FIELDS(FIELD_ROW) LISTS(LIST_ROWS)};

enum {
    INFO_ENOUGH = 240,
    KEXINIT = 20,
    NEWKEYS = 21,
    ECDH_INIT = 30,
    X25519_BYTES = 32,
    PACKET_MAX = 32768 * 8
};

struct state {
    struct side {
        bool identified, encrypted;
        uint32_t sequence;
    } side[2];
    uint8_t version; /* that the last of them spoke of; 0: none has yet */
    bool x25519;     /* keys are agreed on by Curve25519 (RFC 8731): theirs have 32 bytes */
};

/*
 * Version 1 ("The SSH (Secure Shell) Remote Login Protocol", T. Ylonen, 1995):
 *
 *     | length (4), never encrypted | 1 to 8 bytes of padding | type | data | CRC (4) |
 *
 * The length counts from the type on. Each side's first packet, keys, is the only one in clear.
 */
static uint32_t padding_v1(uint32_t length)
{
    return 8 - length % 8;
}

static void put_packet_v1(struct packet *p, struct cursor *c, struct side *s)
{
    uint32_t n = put_u32(p, c, PACKET_LENGTH), padding = padding_v1(n);
    if (c->fault != CURSOR_OK)
        return;
    put_uint(p, c, PADDING_LENGTH, c->pos, padding, padding);
    cursor_skip(c, padding);
    if (!s->encrypted && n > 0) {
        uint8_t code = put_u8(p, c, MESSAGE_CODE);
        const char *name = value_name_find(messages_v1, code);
        label(p, MESSAGE_CODE, "Message Code: %s (%u)", name != NULL ? name : "Unknown", code);
        info_add(p, "%s", name != NULL ? name : packet_text(p, "Message %u", code));
        n--;
    } else {
        if (p->info.length < INFO_ENOUGH)
            info_add(p, "Encrypted packet len=%u", n);
    }
    s->encrypted = true;
    if (n > 0)
        (void)put_bytes_captured(p, c, PAYLOAD, n);
}

static void put_packets_v1(struct packet *p, struct cursor *c, struct side *s)
{
    uint32_t tree = tree_text(p, c, c->pos, cursor_captured(c), "SSH Version 1");
    while (cursor_captured(c) >= 5 && c->fault == CURSOR_OK)
        put_packet_v1(p, c, s);
    tree_end(p, tree);
}

static void put_key_exchange_init(struct packet *p, struct cursor *c)
{
    uint32_t tree = tree_text(p, c, c->pos, cursor_left(c), "Algorithms");
    (void)put_bytes(p, c, COOKIE, 16);
    for (unsigned field = KEX_LENGTH; field < FIELD_COUNT; field += 2) {
        uint32_t n = put_u32(p, c, field);
        (void)put_bytes(p, c, field + 1, n);
    }
    (void)put_u8(p, c, FIRST_FOLLOWS);
    (void)put_bytes(p, c, RESERVED, 4);
    tree_end(p, tree);
}

static void put_packet(struct packet *p, struct cursor *c, struct state *state, struct side *s)
{
    uint32_t n = put_u32(p, c, PACKET_LENGTH);
    uint8_t padding = put_u8(p, c, PADDING_LENGTH);
    struct cursor payload = cursor_part(c, n > padding ? n - padding - 1u : 0);
    uint32_t tree = tree_text(p, &payload, payload.pos, cursor_left(&payload), "Key Exchange");
    uint8_t code = put_u8(p, &payload, MESSAGE_CODE);
    const char *name = value_name_find(messages, code);
    info_add(p, "%s", name != NULL ? name : packet_text(p, "Message %u", code));
    const uint8_t *key = cursor_peek(&payload, 0, 4);
    if (code == ECDH_INIT)
        state->x25519 = key != NULL && be32(key) == X25519_BYTES;
    if (code == KEXINIT)
        put_key_exchange_init(p, &payload);
    else if (code < KEXINIT && cursor_left(&payload) > 0)
        (void)put_bytes_captured(p, &payload, PAYLOAD, cursor_left(&payload));
    tree_end(p, tree);
    if (padding > 0 && cursor_left(c) >= padding)
        (void)put_bytes(p, c, PADDING, padding);
    put_uint(p, c, SEQUENCE, c->pos, 0, s->sequence++);
    if (code == NEWKEYS)
        s->encrypted = true;
    if (payload.fault != CURSOR_OK)
        c->fault = payload.fault;
}

static bool from_server(const struct packet *p)
{
    return p->src_port == 22 || (p->dst_port != 22 && p->facts.reverse);
}

static bool is_identification(const struct cursor *c, uint32_t at)
{
    const uint8_t *b = cursor_peek(c, at, 4);
    return b != NULL && memcmp(b, "SSH-", 4) == 0;
}

static void put_identification(struct packet *p, struct cursor *c, struct state *s,
                               struct side *side)
{
    struct line line = line_take(c);
    put_text(p, c, PROTOCOL, line.text);
    info_add(p, "Protocol (%.*s)", (int)line.text.n, line.text.at);
    side->identified = true;
    bool both = line.text.n >= 8 && memcmp(line.text.at, "SSH-1.99", 8) == 0;
    if (line.text.n > 4) /* 1.99: both (RFC 4253, section 5.1) */
        s->version = line.text.at[4] == '2' || both ? 2 : 1;
}

/* Packets, and behind the one that announces new keys, bytes that only they open. A connection that began
 * before the capture did shows by a length that no packet has. As in Wireshark, nothing is shown of what is encrypted
 * where one could derive the keys, had one the secrets: after an exchange on Curve25519. */
static void put_packets(struct packet *p, struct cursor *c, struct state *s, struct side *side)
{
    const uint8_t *b = cursor_peek(c, 0, 4);
    bool sealed = side->encrypted || (b != NULL && !side->identified && be32(b) > PACKET_MAX);
    if (!sealed) {
        uint32_t tree = tree_text(p, c, c->pos, cursor_captured(c), "SSH Version 2");
        while (cursor_captured(c) >= 5 && c->fault == CURSOR_OK && !side->encrypted)
            put_packet(p, c, s, side);
        tree_end(p, tree);
        if (!side->encrypted)
            return;
    }
    if (cursor_captured(c) == 0)
        return;
    if (s->x25519)
        cursor_skip(c, cursor_captured(c));
    else if (cursor_captured(c) >= 4)
        (void)put_bytes(p, c, PACKET_LENGTH_ENCRYPTED, 4);
    if (cursor_captured(c) > 0)
        (void)put_bytes(p, c, ENCRYPTED, cursor_captured(c));
    info_add(p, "Encrypted packet");
}

static void dissect(struct packet *p, struct cursor *c)
{
    struct state none = {0}, *s = flow_state(p, sizeof *s);
    if (s == NULL)
        s = &none;
    bool server = from_server(p);
    struct side *side = &s->side[server];
    info_set(p, "%s: ", server ? "Server" : "Client");
    if (is_identification(c, 0))
        put_identification(p, c, s, side);
    if (s->version == 1)
        put_packets_v1(p, c, side);
    else if (cursor_captured(c) > 0)
        put_packets(p, c, s, side);
    if (s->version != 0)
        column_set(p, s->version == 2 ? "SSHv2" : "SSHv1");
    put_uint(p, c, DIRECTION, c->pos, 0, server);
}

/* The bytes of the identification at the cursor; 0: there is none. */
static uint32_t identification_length(const struct cursor *c)
{
    uint32_t left = cursor_captured(c);
    const uint8_t *b = is_identification(c, 0) ? cursor_peek(c, 0, left) : NULL;
    const uint8_t *end = b == NULL ? NULL : memchr(b, '\n', left);
    return b == NULL ? 0 : end == NULL ? STREAM_MORE : (uint32_t)(end - b) + 1;
}

/* As many whole packets as there are, with the identification before them, and with what is encrypted behind them. */
static uint32_t message(struct packet *p, const struct cursor *c)
{
    const struct state *s = flow_state(p, sizeof *s);
    uint32_t left = cursor_captured(c), n = identification_length(c);
    bool first = s != NULL && s->version == 1;
    const uint8_t *b;
    if (n == STREAM_MORE || (s != NULL && s->side[from_server(p)].encrypted && !first))
        return n == STREAM_MORE ? n : left;
    while ((b = cursor_peek(c, n, 4)) != NULL && be32(b) <= PACKET_MAX) {
        uint32_t one = be32(b) + 4 + (first ? padding_v1(be32(b)) : 0);
        if (one > left - n)
            return n > 0 ? n : one;
        if (!first && one > 5 && b[5] == NEWKEYS)
            return left;
        n += one;
    }
    return n > 0 ? n : left < 4 ? STREAM_MORE : left;
}

static const struct binding bindings[] = {{"tcp.port", 22}, {"tcp.port", 29418}, {NULL, 0}};

const struct protocol proto_ssh = {.name = "ssh",
                                   .title = "SSH Protocol",
                                   .column = "SSH",
                                   FIELDS_OF_THIS_FILE,
                                   .bindings = bindings,
                                   .message = message,
                                   .dissect = dissect};
