/*
 * openvpn: the outer protocol of OpenVPN: control packets, which carry TLS, and data. As its
 * documentation of the network protocol says ("OpenVPN Wire Protocol",
 * draft-openvpn-wire-protocol).
 *
 *     over TCP: length (2) | opcode, key (1) | session (8) | [HMAC (20) | packet ID (4) | time (4)]
 * | how many acknowledged (1) | their IDs (4 each) | [their session (8)] | message ID (4) | TLS
 */
#include "dissect/packet.h"

static const struct value_name opcode_names[] = {VALUE(1, "P_CONTROL_HARD_RESET_CLIENT_V1"),
                                                 VALUE(2, "P_CONTROL_HARD_RESET_SERVER_V1"),
                                                 VALUE(3, "P_CONTROL_SOFT_RESET_V1"),
                                                 VALUE(4, "P_CONTROL_V1"),
                                                 VALUE(5, "P_ACK_V1"),
                                                 VALUE(6, "P_DATA_V1"),
                                                 VALUE(7, "P_CONTROL_HARD_RESET_CLIENT_V2"),
                                                 VALUE(8, "P_CONTROL_HARD_RESET_SERVER_V2"),
                                                 VALUE(9, "P_DATA_V2"),
                                                 VALUE(10, "P_CONTROL_HARD_RESET_CLIENT_V3"),
                                                 VALUE(11, "P_CONTROL_WKC_V1"),
                                                 VALUES_END};

#define FIELDS(X)                                                                                  \
    X(PLEN, "openvpn.plen", "Packet Length", UINT16, DEC, 0, NULL)                                 \
    X(TYPE, "openvpn.type", "Type", UINT8, HEX, 0, NULL)                                           \
    X(OPCODE, "openvpn.opcode", "Opcode", UINT8, HEX, 0xf8, opcode_names)                          \
    X(KEYID, "openvpn.keyid", "Key ID", UINT8, DEC, 0x7, NULL)                                     \
    X(PEERID, "openvpn.peerid", "Peer ID", UINT24, DEC, 0, NULL)                                   \
    X(SESSIONID, "openvpn.sessionid", "Session ID", UINT64, DEC, 0, NULL)                          \
    X(HMAC, "openvpn.hmac", "HMAC", BYTES, NONE, 0, NULL)                                          \
    X(PID, "openvpn.pid", "Replay-Packet-ID", UINT32, DEC, 0, NULL)                                \
    X(NET_TIME, "openvpn.net_time", "Net Time", ABSOLUTE_TIME, UTC, 0, NULL)                       \
    X(RSESSIONID, "openvpn.rsessionid", "Remote Session ID", UINT64, DEC, 0, NULL)                 \
    X(MPID, "openvpn.mpid", "Message Packet-ID", UINT32, DEC, 0, NULL)                             \
    X(MPIDARRAYLENGTH, "openvpn.mpidarraylength", "Message Packet-ID Array Length", UINT8, DEC, 0, \
      NULL)                                                                                        \
    X(MPIDARRAYELEMENT, "openvpn.mpidarrayelement", "Message Packet-ID Array Element", UINT32,     \
      DEC, 0, NULL)                                                                                \
    X(DATA, "openvpn.data", "Data", BYTES, NONE, 0, NULL)                                          \
    X(WKC, "openvpn.wkc", "Wrapped client key", BYTES, NONE, 0, NULL)                              \
    X(WKC_LEN, "openvpn.wkc_len", "Wrapped client key length", UINT16, DEC, 0, NULL)               \
    X(FRAGMENT_BYTES, "openvpn.fragment_bytes", "Fragment bytes", BYTES, NONE, 0, NULL)            \
    X(FRAGMENTS, "openvpn.fragments", "Message fragments", NONE, NONE, 0, NULL)                    \
    X(FRAGMENT, "openvpn.fragment", "Message fragment", FRAMENUM, DEC | FLOW, 0, NULL)             \
    X(FRAGMENT_OVERLAP, "openvpn.fragment.overlap", "Message fragment overlap", BOOLEAN, NONE, 0,  \
      NULL)                                                                                        \
    X(FRAGMENT_OVERLAP_CONFLICTS, "openvpn.fragment.overlap.conflicts",                            \
      "Message fragment overlapping with conflicting data", BOOLEAN, NONE, 0, NULL)                \
    X(FRAGMENT_MULTIPLE_TAILS, "openvpn.fragment.multiple_tails",                                  \
      "Message has multiple tail fragments", BOOLEAN, NONE, 0, NULL)                               \
    X(FRAGMENT_TOO_LONG_FRAGMENT, "openvpn.fragment.too_long_fragment",                            \
      "Message fragment too long", BOOLEAN, NONE, 0, NULL)                                         \
    X(FRAGMENT_ERROR, "openvpn.fragment.error", "Message defragmentation error", FRAMENUM,         \
      DEC | GENERATED | FLOW, 0, NULL)                                                             \
    X(FRAGMENT_COUNT, "openvpn.fragment.count", "Message fragment count", UINT32, DEC, 0, NULL)    \
    X(REASSEMBLED_IN, "openvpn.reassembled.in", "Reassembled message in frame", FRAMENUM,          \
      DEC | GENERATED | FLOW | FUTURE, 0, NULL)                                                    \
    X(REASSEMBLED_LENGTH, "openvpn.reassembled.length", "Reassembled message length", UINT32, DEC, \
      0, NULL)

FIELD_TABLE(FIELDS);

enum { PAYLOAD_TABLE, MESSAGE_CHANNEL = 1 };
enum { OPENVPN_PORT = 1194 };
enum { ACK_V1 = 5, CONTROL_V1 = 4, DATA_V1 = 6, DATA_V2 = 9 };
enum { HMAC_LENGTH = 20 }; /* SHA-1, the default */

/* A TLS record is sent in pieces of this many bytes; a shorter one is the last. */
enum { PIECE = 100, MAX_PIECES = 64 };

struct pieces {
    uint32_t count, bytes;
    int64_t sent; /* before this message */
    uint32_t packets[MAX_PIECES];
};

struct state {
    struct pieces of[2]; /* by direction */
};

/* Whether there is an HMAC only the configuration of both ends says. Its bytes are random, while
 * what is there without it is mostly zeros: a count and packet IDs. */
static bool has_hmac(const struct cursor *c)
{
    const uint8_t *b = cursor_peek(c, 0, 4);
    unsigned zeros = 0;
    for (unsigned i = 0; b != NULL && i < 4; i++)
        zeros += b[i] == 0;
    return b != NULL && zeros <= 1;
}

static void put_hmac(struct packet *p, struct cursor *c)
{
    if (!has_hmac(c))
        return;
    (void)put_bytes(p, c, HMAC, HMAC_LENGTH);
    (void)put_u32(p, c, PID);
    uint32_t seconds = cursor_u32(c);
    if (c->fault == CURSOR_OK)
        put_time(p, c, NET_TIME, c->pos - 4, 4, (int64_t)seconds * 1000000000);
}

static void put_acknowledged(struct packet *p, struct cursor *c)
{
    uint8_t n = put_u8(p, c, MPIDARRAYLENGTH);
    if (n == 0)
        return;
    uint32_t tree = tree_text(p, c, c->pos, 4u * n, "Packet-ID Array");
    for (unsigned i = 0; i < n && c->fault == CURSOR_OK; i++)
        (void)put_u32(p, c, MPIDARRAYELEMENT);
    tree_end(p, tree);
    (void)put_uint_be(p, c, RSESSIONID, 8);
}

static void put_fragments(struct packet *p, struct cursor *c, const struct pieces *pieces)
{
    put_data(p, c, FRAGMENTS, c->pos, 0, "", 0);
    label(p, FRAGMENTS, "%u Message fragments (%u bytes)", pieces->count, pieces->bytes);
    uint32_t tree = tree_begin(p, FRAGMENTS);
    for (uint32_t i = 0; i < pieces->count && i < MAX_PIECES; i++)
        put_uint(p, c, FRAGMENT, c->pos, 0, pieces->packets[i]);
    put_uint(p, c, FRAGMENT_COUNT, c->pos, 0, pieces->count);
    put_uint(p, c, REASSEMBLED_LENGTH, c->pos, 0, pieces->bytes);
    tree_end(p, tree);
}

/* A piece of a TLS record: notes which packet has the last one. */
static void put_piece(struct packet *p, struct cursor *c, struct pieces *pieces, bool last)
{
    uint32_t n = cursor_left(c);
    struct stream_piece piece;
    struct flow_facts saved = channel_enter(p, MESSAGE_CHANNEL, pieces->sent);
    stream_gather(p, c, n, STREAM_TO_FIN, last, &piece);
    channel_leave(p, saved);
    uint32_t tree = tree_text(p, c, c->pos, n, "Message fragment (%u bytes)", n);
    (void)put_bytes_captured(p, c, FRAGMENT_BYTES, n);
    tree_end(p, tree);
    if (pieces->count < MAX_PIECES)
        pieces->packets[pieces->count] = (uint32_t)p->in->number;
    pieces->count++;
    pieces->bytes += n;
    pieces->sent += n;
    uint64_t whole;
    if (!last) {
        if (told(p, p->in->number, REASSEMBLED_IN, &whole) && whole != p->in->number)
            put_uint(p, c, REASSEMBLED_IN, c->pos, 0, whole);
        return;
    }
    for (uint32_t i = 0; i < pieces->count && i < MAX_PIECES; i++)
        tell(p, pieces->packets[i], REASSEMBLED_IN, p->in->number);
    put_fragments(p, c, pieces);
    pieces->count = pieces->bytes = 0;
    if (piece.kind != STREAM_WHOLE)
        return;
    struct cursor message = cursor_over(p, "Reassembled message", piece.data, piece.length);
    (void)next(p, &message, PAYLOAD_TABLE, 0);
}

static void dissect_payload(struct packet *p, struct cursor *c)
{
    uint32_t n = cursor_left(c);
    struct state *state = flow_state(p, sizeof *state);
    struct pieces *pieces = state == NULL ? NULL : &state->of[p->facts.direction & 1];
    if (n == 0)
        return;
    if (pieces != NULL && (n == PIECE || pieces->count > 0))
        return put_piece(p, c, pieces, n != PIECE);
    if (!next(p, c, PAYLOAD_TABLE, 0))
        cursor_skip(c, cursor_captured(c));
}

static void dissect_control(struct packet *p, struct cursor *c, uint8_t opcode)
{
    (void)put_uint_be(p, c, SESSIONID, 8);
    put_hmac(p, c);
    put_acknowledged(p, c);
    if (opcode != ACK_V1)
        (void)put_u32(p, c, MPID);
    if (c->fault == CURSOR_OK)
        dissect_payload(p, c);
}

static void dissect(struct packet *p, struct cursor *c)
{
    if (carried_by(p, "tcp"))
        cursor_trim(c, put_u16(p, c, PLEN));
    uint8_t type = put_u8(p, c, TYPE), opcode = type >> 3;
    if (c->fault != CURSOR_OK)
        return;
    uint32_t tree = tree_begin(p, TYPE);
    put_flags(p, c, OPCODE, 2, c->pos - 1, 1, type);
    tree_end(p, tree);
    const char *name = value_name_find(opcode_names, opcode);
    info_set(p, "MessageType: %s", name != NULL ? name : "Unknown");
    if (opcode == DATA_V2)
        (void)put_u24(p, c, PEERID);
    if (opcode == DATA_V1 || opcode == DATA_V2)
        (void)put_bytes_captured(p, c, DATA, cursor_left(c));
    else
        dissect_control(p, c, opcode);
}

static uint32_t message_length(struct packet *p, const struct cursor *c)
{
    (void)p;
    const uint8_t *length = cursor_peek(c, 0, 2);
    return length == NULL ? STREAM_MORE : be16(length) + 2u;
}

static const char *const tables[] = {"tls", NULL};
static const struct binding bindings[] = {
    {"udp.port", OPENVPN_PORT}, {"tcp.port", OPENVPN_PORT}, {NULL, 0}};

const struct protocol proto_openvpn = {.name = "openvpn",
                                       .title = "OpenVPN Protocol",
                                       .column = "OpenVPN",
                                       FIELDS_OF_THIS_FILE,
                                       .tables = tables,
                                       .bindings = bindings,
                                       .message = message_length,
                                       .pdus = true,
                                       .dissect = dissect};
