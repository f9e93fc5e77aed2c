/*
 * bittorrent: the protocol of BitTorrent's peers (BEP 3, BEP 10, and Azureus' messages).
 *
 *     | 19 | "BitTorrent protocol" | extensions 8 | hash of what is shared 20 | peer 20 |     first, both ways
 *     | length 4 | type 1 | ...                                                               then
 */
#include "dissect/pdu.h"

static const struct value_name type_names[] = {VALUE(0, "Choke"),
                                               VALUE(1, "Unchoke"),
                                               VALUE(2, "Interested"),
                                               VALUE(3, "Not Interested"),
                                               VALUE(4, "Have"),
                                               VALUE(5, "Bitfield"),
                                               VALUE(6, "Request"),
                                               VALUE(7, "Piece"),
                                               VALUE(8, "Cancel"),
                                               VALUE(9, "Port"),
                                               VALUE(13, "Suggest Piece"),
                                               VALUE(14, "Have All"),
                                               VALUE(15, "Have None"),
                                               VALUE(16, "Reject Request"),
                                               VALUE(17, "Allowed Fast"),
                                               VALUE(20, "Extended"),
                                               VALUES_END};
static const struct value_name priority_names[] = {VALUE(0, "Low"), VALUE(1, "Normal"),
                                                   VALUE(2, "High"), VALUES_END};

#define FIELDS(X)                                                                                  \
    X(NAME_LENGTH, "bittorrent.protocol.name.length", "Protocol Name Length", UINT8, DEC, 0, NULL) \
    X(NAME, "bittorrent.protocol.name", "Protocol Name", STRING, NONE, 0, NULL)                    \
    X(RESERVED, "bittorrent.reserved", "Reserved Extension Bytes", BYTES, NONE, 0, NULL)           \
    X(INFO_HASH, "bittorrent.info_hash", "SHA1 Hash of info dictionary", BYTES, NONE, 0, NULL)     \
    X(PEER_ID, "bittorrent.peer_id", "Peer ID", BYTES, NONE, 0, NULL)                              \
    X(MESSAGE, "bittorrent.msg", "Message", NONE, NONE, 0, NULL)                                   \
    X(LENGTH, "bittorrent.msg.length", "Message Length", UINT32, DEC, 0, NULL)                     \
    X(TYPE, "bittorrent.msg.type", "Message Type", UINT8, DEC, 0, type_names)                      \
    X(AZUREUS, "bittorrent.azureus_msg", "Azureus Message", NONE, NONE, 0, NULL)                   \
    X(TYPE_LENGTH, "bittorrent.msg.typelen", "Message Type Length", UINT32, DEC, 0, NULL)          \
    X(AZUREUS_TYPE, "bittorrent.msg.aztype", "Message Type", STRING, NONE, 0, NULL)                \
    X(PRIORITY, "bittorrent.msg.prio", "Message Priority", UINT8, DEC, 0, priority_names)          \
    X(BITFIELD, "bittorrent.msg.bitfield", "Bitfield data", BYTES, NONE, 0, NULL)                  \
    X(PIECE_INDEX, "bittorrent.piece.index", "Piece index", UINT32, HEX, 0, NULL)                  \
    X(PIECE_BEGIN, "bittorrent.piece.begin", "Begin offset of piece", UINT32, HEX, 0, NULL)        \
    X(PIECE_DATA, "bittorrent.piece.data", "Data in a piece", BYTES, NONE, 0, NULL)                \
    X(PIECE_LENGTH, "bittorrent.piece.length", "Piece Length", UINT32, HEX, 0, NULL)               \
    X(PORT, "bittorrent.port", "Port", UINT16, DEC, 0, NULL)                                       \
    X(EXTENDED_ID, "bittorrent.extended.id", "Extended Message ID", UINT8, DEC, 0, NULL)           \
    X(EXTENDED, "bittorrent.extended", "Extended Message", BYTES, NONE, 0, NULL)                   \
    X(CONTINUOUS, "bittorrent.continuous_data", "Extended Message", BYTES, NONE, 0, NULL)

FIELD_TABLE(FIELDS);

enum { ITSELF_TABLE, EXTENDED_TABLE };
enum {
    NAME_BYTES = 19,
    HANDSHAKE = 68,
    TYPES = 22,
    EXTENDED_TYPE = 20,
    LENGTH_MAX = 1 << 20, /* more is no message */
    AZUREUS_NAME_MAX = 32
};

static bool is_handshake(const struct cursor *c)
{
    const uint8_t *b = cursor_peek(c, 0, NAME_BYTES + 1);
    return b != NULL && memcmp(b,
                               "\x13"
                               "BitTorrent protocol",
                               NAME_BYTES + 1) == 0;
}

/* Azureus has names for the types: their length comes where the type would be, with three zeros before. */
static bool is_azureus(const struct cursor *c)
{
    const uint8_t *b = cursor_peek(c, 4, 4);
    return b != NULL && be32(b) > 0 && be32(b) <= AZUREUS_NAME_MAX &&
           cursor_peek(c, 8, be32(b)) != NULL && b[4] >= 'A';
}

/* A message begins at c, of a type that is known. */
static bool is_message(const struct cursor *c)
{
    const uint8_t *b = cursor_peek(c, 0, 4);
    if (b == NULL || be32(b) > LENGTH_MAX)
        return false;
    if (be32(b) == 0)
        return true;
    const uint8_t *type = cursor_peek(c, 4, 1);
    return type != NULL && (value_name_find(type_names, *type) != NULL || is_azureus(c));
}

static uint32_t message(struct packet *p, const struct cursor *c)
{
    (void)p;
    if (is_handshake(c))
        return HANDSHAKE;
    return is_message(c) ? be32(cursor_peek(c, 0, 4)) + 4 : cursor_captured(c);
}

static void put_handshake(struct packet *p, struct cursor *c)
{
    (void)put_u8(p, c, NAME_LENGTH);
    (void)put_bytes(p, c, NAME, NAME_BYTES);
    (void)put_bytes(p, c, RESERVED, 8);
    (void)put_bytes(p, c, INFO_HASH, 20);
    (void)put_bytes(p, c, PEER_ID, 20);
    info_add(p, "Handshake  ");
}

static void put_extended(struct packet *p, struct cursor *c)
{
    uint8_t id = put_u8(p, c, EXTENDED_ID);
    if (id == 0 && next_inside(p, c, EXTENDED_TABLE, 0))
        return;
    if (cursor_left(c) > 0)
        (void)put_bytes(p, c, EXTENDED, cursor_left(c));
}

static void put_piece_place(struct packet *p, struct cursor *c, uint32_t index)
{
    uint32_t begin = put_u32(p, c, PIECE_BEGIN);
    info_add(p, ", Piece (Idx:0x%x,Begin:0x%x", index, begin);
}

static void put_contents(struct packet *p, struct cursor *c, uint8_t type)
{
    uint32_t index;
    switch (type) {
    case 4:
    case 13:
    case 17:
        info_add(p, ", Piece (Idx:0x%x)", put_u32(p, c, PIECE_INDEX));
        break;
    case 5:
        info_add(p, ", Len:0x%x", cursor_left(c));
        (void)put_bytes(p, c, BITFIELD, cursor_left(c));
        break;
    case 6:
    case 8:
    case 16:
        index = put_u32(p, c, PIECE_INDEX);
        put_piece_place(p, c, index);
        info_add(p, ",Len:0x%x)", put_u32(p, c, PIECE_LENGTH));
        break;
    case 7:
        index = put_u32(p, c, PIECE_INDEX);
        put_piece_place(p, c, index);
        info_add(p, ",Len:0x%x)", cursor_left(c));
        (void)put_bytes(p, c, PIECE_DATA, cursor_left(c));
        break;
    case 9:
        (void)put_u16(p, c, PORT);
        break;
    case EXTENDED_TYPE:
        put_extended(p, c);
        break;
    default:
        break;
    }
}

/* Azureus: what its messages say is in bencoding. */
static void put_azureus(struct packet *p, struct cursor *c)
{
    uint32_t n = put_u32(p, c, TYPE_LENGTH);
    const uint8_t *name = put_bytes(p, c, AZUREUS_TYPE, n);
    (void)put_u8(p, c, PRIORITY);
    if (name != NULL)
        info_add(p, "%.*s  ", (int)n, (const char *)name);
    (void)next_inside(p, c, EXTENDED_TABLE, 0);
}

static void put_message(struct packet *p, struct cursor *c)
{
    bool azureus = is_azureus(c);
    unsigned field = azureus ? AZUREUS : MESSAGE;
    put_data(p, c, field, c->pos, cursor_left(c), NULL, 0);
    uint32_t tree = tree_begin(p, field);
    (void)put_u32(p, c, LENGTH);
    if (azureus) {
        put_azureus(p, c);
    } else {
        uint8_t type = put_u8(p, c, TYPE);
        const char *name = value_name_find(type_names, type);
        info_add(p, "%s", name != NULL ? name : "Unknown");
        put_contents(p, c, type);
        info_add(p, "  ");
    }
    tree_end(p, tree);
}

/* A message of no bytes, to keep the connection open. */
static void put_keep_alive(struct packet *p, struct cursor *c)
{
    uint32_t tree = tree_text(p, c, c->pos, 4, "Message: Len:0, Keep-Alive");
    tree_end(p, tree);
    info_add(p, "KeepAlive  ");
}

static void dissect(struct packet *p, struct cursor *c)
{
    flow_becomes(p, ITSELF_TABLE, 0);
    if (!p->layers[p->layer].again)
        info_set(p, "%s", "");
    if (is_handshake(c)) {
        put_handshake(p, c);
    } else if (cursor_peek(c, 0, 4) != NULL && be32(cursor_peek(c, 0, 4)) == 0) {
        put_keep_alive(p, c);
    } else if (is_message(c)) {
        put_message(p, c);
    } else {
        info_add(p, "Continuation data  ");
        (void)put_bytes_captured(p, c, CONTINUOUS, cursor_left(c));
    }
    if (c->fault == CURSOR_OK)
        cursor_skip(c, cursor_captured(c));
}

static bool probe(const struct packet *p, const struct cursor *c)
{
    (void)p;
    return is_handshake(c);
}

static const char *const tables[] = {"bittorrent", "bittorrent.extended", NULL};
static const struct binding bindings[] = {{"tcp.port", HEURISTIC}, {"bittorrent", 0}, {NULL, 0}};

const struct protocol proto_bittorrent = {.name = "bittorrent",
                                          .title = "BitTorrent",
                                          .column = "BitTorrent",
                                          FIELDS_OF_THIS_FILE,
                                          .tables = tables,
                                          .bindings = bindings,
                                          .probe = probe,
                                          .message = message,
                                          .pdus = true,
                                          .dissect = dissect};
