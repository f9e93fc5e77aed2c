/* bt-dht: BitTorrent's distributed hash table (BEP 5, BEP 32): one dictionary in bencoding a datagram. */
#include "dissect/bencode.h"

#define FIELDS(X)                                                                                  \
    X(TEXT, "bt-dht.bencoded.string", "String", STRING, NONE, 0, NULL)                             \
    X(LIST, "bt-dht.bencoded.list", "List", NONE, NONE, 0, NULL)                                   \
    X(INTEGER, "bt-dht.bencoded.int", "Int", STRING, NONE, 0, NULL)                                \
    X(DICT, "bt-dht.bencoded.dict", "Dictionary", NONE, NONE, 0, NULL)                             \
    X(ENTRY, "bt-dht.bencoded.dict_entry", "Dictionary Entry", NONE, NONE, 0, NULL)                \
    X(TERMINATOR, "bt-dht.bencoded.list.terminator", "Terminator", STRING, NONE, 0, NULL)          \
    X(FAILED, "bt-dht.error", "Error", NONE, NONE, 0, NULL)                                        \
    X(PEER, "bt-dht.peer", "Peer", NONE, NONE, 0, NULL)                                            \
    X(PEERS, "bt-dht.peers", "Peers", NONE, NONE, 0, NULL)                                         \
    X(NODE, "bt-dht.node", "Node", NONE, NONE, 0, NULL)                                            \
    X(NODES, "bt-dht.nodes", "Nodes", NONE, NONE, 0, NULL)                                         \
    X(ID, "bt-dht.id", "ID", BYTES, NONE, 0, NULL)                                                 \
    X(IP, "bt-dht.ip", "IP", IPv4, NONE, 0, NULL)                                                  \
    X(IP6, "bt-dht.ip6", "IP", IPv6, NONE, 0, NULL)                                                \
    X(PORT, "bt-dht.port", "Port", UINT16, DEC, 0, NULL)                                           \
    X(TRUNCATED, "bt-dht.truncated_data", "Truncated data", BYTES, NONE, 0, NULL)                  \
    X(INVALID_STRING, "bt-dht.invalid_string", "String must contain an integer", NONE, NONE, 0,    \
      NULL)                                                                                        \
    X(INVALID_LENGTH, "bt-dht.invalid_length", "Invalid length", NONE, NONE, 0, NULL)

FIELD_TABLE(FIELDS);

enum { DEPTH = 10, ID_LENGTH = 20 };

static void put_span(struct packet *p, const struct cursor *c, struct bencode_span s)
{
    put_data(p, c, TEXT, s.offset, s.n, s.at, s.n);
}

static const char *hex_text(struct packet *p, struct bencode_span s)
{
    static const char digits[] = "0123456789abcdef";
    char *text = arena_alloc(p->arena, 2 * (size_t)s.n + 1);
    if (text == NULL)
        return "";
    for (uint32_t i = 0; i < s.n; i++) {
        text[2 * i] = digits[s.at[i] >> 4];
        text[2 * i + 1] = digits[s.at[i] & 15];
    }
    text[2 * (size_t)s.n] = '\0';
    return text;
}

static void put_terminator(struct packet *p, struct cursor *c)
{
    if (bencode_first(c) == 'e')
        (void)put_bytes(p, c, TERMINATOR, 1);
    else
        cursor_malformed(c);
}

static void put_integer(struct packet *p, struct cursor *c)
{
    cursor_skip(c, 1);
    const uint8_t *from = c->data + c->pos;
    const uint8_t *end = cursor_captured(c) == 0 ? NULL : memchr(from, 'e', cursor_captured(c));
    if (end == NULL) {
        put_mark(p, c, INVALID_STRING);
        return cursor_malformed(c);
    }
    uint32_t start = c->pos, n = (uint32_t)(end - from);
    cursor_skip(c, n);
    put_terminator(p, c);
    put_data(p, c, INTEGER, start, n, from, n);
}

static void put_endpoint(struct packet *p, struct cursor *c, uint32_t address)
{
    if (address == 4)
        (void)put_ipv4(p, c, IP);
    else
        (void)put_bytes(p, c, IP6, address);
    (void)put_u16(p, c, PORT);
}

/* "values": a list of addresses that have what was asked for. */
static void put_peers(struct packet *p, struct cursor *c)
{
    unsigned count = 0;
    put_data(p, c, PEERS, c->pos, 0, NULL, 0);
    uint32_t all = tree_begin(p, PEERS);
    cursor_skip(c, 1);
    while (c->fault == CURSOR_OK && bencode_first(c) >= '0' && bencode_first(c) <= '9') {
        struct bencode_span s = bencode_string(c);
        struct cursor peer = *c;
        if (s.at == NULL || (s.n != 6 && s.n != 18)) {
            put_mark(p, c, INVALID_LENGTH);
            continue;
        }
        peer.pos = s.offset;
        put_data(p, c, PEER, s.offset, s.n, NULL, 0);
        label(p, PEER, "Peer %u", ++count);
        uint32_t tree = tree_begin(p, PEER);
        put_endpoint(p, &peer, s.n - 2);
        tree_end(p, tree);
    }
    put_terminator(p, c);
    tree_end(p, all);
    info_add(p, " reply=%u peers", count);
}

/* "nodes", "nodes6": identifiers with addresses. */
static void put_nodes(struct packet *p, struct cursor *c, uint32_t address)
{
    struct bencode_span s = bencode_string(c);
    uint32_t each = ID_LENGTH + address + 2, count = s.n / each;
    if (s.at == NULL)
        return;
    struct cursor nodes = *c;
    nodes.pos = s.offset;
    put_data(p, c, NODES, s.offset, s.n, NULL, 0);
    label(p, NODES, "Value: %u nodes", count);
    uint32_t all = tree_begin(p, NODES);
    for (uint32_t i = 0; i < count; i++) {
        put_data(p, &nodes, NODE, nodes.pos, each, NULL, 0);
        label(p, NODE, "Node %u", i + 1);
        uint32_t tree = tree_begin(p, NODE);
        (void)put_bytes(p, &nodes, ID, ID_LENGTH);
        put_endpoint(p, &nodes, address);
        tree_end(p, tree);
    }
    tree_end(p, all);
    if (s.n % each != 0)
        (void)put_bytes(p, &nodes, TRUNCATED, s.n % each);
    info_add(p, " reply=%u nodes", count);
}

/* "e": a list of a number and a text. */
static void put_error(struct packet *p, struct cursor *c)
{
    put_data(p, c, FAILED, c->pos, 0, NULL, 0);
    uint32_t tree = tree_begin(p, FAILED);
    cursor_skip(c, 1);
    while (c->fault == CURSOR_OK && bencode_first(c) != 'e' && cursor_captured(c) > 0) {
        if (bencode_first(c) == 'i') {
            put_integer(p, c);
            continue;
        }
        struct bencode_span s = bencode_string(c);
        if (s.at == NULL)
            break;
        put_span(p, c, s);
        info_add(p, " error: %.*s", (int)s.n, (const char *)s.at);
    }
    cursor_skip(c, 1);
    tree_end(p, tree);
}

static void put_dict(struct packet *p, struct cursor *c, unsigned depth);

static void put_list(struct packet *p, struct cursor *c, unsigned depth);

/* Identifiers, tokens and the like are bytes; what is asked is text. */
static void put_value(struct packet *p, struct cursor *c, bool text, unsigned depth)
{
    uint8_t kind = bencode_first(c);
    if (depth == 0)
        return cursor_malformed(c);
    if (kind == 'd') {
        put_data(p, c, DICT, c->pos, 0, NULL, 0);
        uint32_t tree = tree_begin(p, DICT);
        put_dict(p, c, depth - 1);
        tree_end(p, tree);
    } else if (kind == 'l') {
        put_list(p, c, depth - 1);
    } else if (kind == 'i') {
        put_integer(p, c);
    } else {
        struct bencode_span s = bencode_string(c);
        if (s.at != NULL && text)
            put_span(p, c, s);
        else if (s.at != NULL && wants(p, TEXT))
            put_string(p, c, TEXT, s.offset, s.n, hex_text(p, s));
    }
}

static void put_list(struct packet *p, struct cursor *c, unsigned depth)
{
    put_data(p, c, LIST, c->pos, 0, NULL, 0);
    uint32_t tree = tree_begin(p, LIST);
    cursor_skip(c, 1);
    while (c->fault == CURSOR_OK && cursor_captured(c) > 0 && bencode_first(c) != 'e')
        put_value(p, c, true, depth);
    put_terminator(p, c);
    tree_end(p, tree);
}

/* "ip": how the sender of the query is seen from there (BEP 42). */
static void put_seen(struct packet *p, struct cursor *c)
{
    struct bencode_span s = bencode_string(c);
    struct cursor seen = *c;
    seen.pos = s.offset;
    if (s.at != NULL && (s.n == 6 || s.n == 18))
        put_endpoint(p, &seen, s.n - 2);
    else if (s.at != NULL && wants(p, TEXT))
        put_string(p, c, TEXT, s.offset, s.n, hex_text(p, s));
}

static void put_entry(struct packet *p, struct cursor *c, unsigned depth)
{
    put_data(p, c, ENTRY, c->pos, 0, NULL, 0);
    uint32_t tree = tree_begin(p, ENTRY);
    struct bencode_span key = bencode_string(c);
    if (key.at != NULL) {
        put_span(p, c, key);
        label(p, ENTRY, "%.*s", (int)key.n, (const char *)key.at);
        if (bencode_is(key, "e") && bencode_first(c) == 'l')
            put_error(p, c);
        else if (bencode_is(key, "values") && bencode_first(c) == 'l')
            put_peers(p, c);
        else if (bencode_is(key, "nodes"))
            put_nodes(p, c, 4);
        else if (bencode_is(key, "ip"))
            put_seen(p, c);
        else if (bencode_is(key, "nodes6"))
            put_nodes(p, c, 16);
        else
            put_value(p, c, bencode_is(key, "q") || bencode_is(key, "y"), depth);
    }
    tree_end(p, tree);
}

static void put_dict(struct packet *p, struct cursor *c, unsigned depth)
{
    cursor_skip(c, 1);
    while (c->fault == CURSOR_OK && cursor_captured(c) > 0 && bencode_first(c) != 'e')
        put_entry(p, c, depth);
    put_terminator(p, c);
}

static void dissect(struct packet *p, struct cursor *c)
{
    info_set(p, "BitTorrent DHT Protocol");
    put_dict(p, c, DEPTH);
}

/* What the dictionary of a query, a response or an error begins with. */
static bool probe(const struct packet *p, const struct cursor *c)
{
    static const char starts[][6] = {"d1:ad", "d1:rd", "d2:ip", "d1:el"};
    const uint8_t *b = cursor_peek(c, 0, 5);
    (void)p;
    for (size_t i = 0; b != NULL && i < sizeof starts / sizeof *starts; i++) {
        if (memcmp(b, starts[i], 5) == 0)
            return true;
    }
    return false;
}

static const struct binding bindings[] = {{"udp.port", HEURISTIC}, {NULL, 0}};

const struct protocol proto_bt_dht = {.name = "bt-dht",
                                      .title = "BitTorrent DHT Protocol",
                                      .column = "BT-DHT",
                                      FIELDS_OF_THIS_FILE,
                                      .bindings = bindings,
                                      .probe = probe,
                                      .dissect = dissect};
