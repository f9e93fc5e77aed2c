/* bencode: BitTorrent's encoding of values (BEP 3), as its extensions use it. */
#include "dissect/bencode.h"
#include "dissect/ascii.h"

#define FIELDS(X)                                                                                  \
    X(TEXT_LENGTH, "bencode.str.length", "String Length", UINT32, DEC, 0, NULL)                    \
    X(TEXT, "bencode.str", "String", STRING, NONE, 0, NULL)                                        \
    X(INTEGER, "bencode.int", "Integer", INT32, DEC, 0, NULL)                                      \
    X(DICT, "bencode.dict", "Dictionary", NONE, NONE, 0, NULL)                                     \
    X(ENTRY, "bencode.dict.entry", "Entry", NONE, NONE, 0, NULL)                                   \
    X(LIST, "bencode.list", "List", NONE, NONE, 0, NULL)                                           \
    X(TEXT_INVALID, "bencode.str.invalid", "Decode Aborted: Invalid String", NONE, NONE, 0, NULL)  \
    X(INTEGER_INVALID, "bencode.int.invalid", "Decode Aborted: Invalid Integer", NONE, NONE, 0,    \
      NULL)                                                                                        \
    X(NEST, "bencode.nest", "Decode Aborted: Nested Too Deep", NONE, NONE, 0, NULL)                \
    X(INVALID, "bencode.invalid", "Invalid Bencoding", NONE, NONE, 0, NULL)

FIELD_TABLE(FIELDS);

enum { DEPTH = 11, INTEGER_MAX = 24 };

static void give_up(struct packet *p, struct cursor *c, unsigned why)
{
    put_malformed(p, c, why);
    cursor_trim(c, 0);
}

static struct bencode_span put_text(struct packet *p, struct cursor *c)
{
    uint32_t start = c->pos;
    struct cursor ahead = *c;
    struct bencode_span s = bencode_string(&ahead);
    if (s.at == NULL) {
        give_up(p, c, TEXT_INVALID);
        return s;
    }
    put_uint(p, c, TEXT_LENGTH, start, s.offset - start, s.n);
    put_ascii(p, c, TEXT, s.offset, s.n);
    *c = ahead;
    return s;
}

/* "i-42e" */
static void put_integer(struct packet *p, struct cursor *c)
{
    uint32_t start = c->pos, n = 0;
    int64_t v = 0;
    cursor_skip(c, 1);
    bool negative = bencode_first(c) == '-';
    cursor_skip(c, negative ? 1 : 0);
    for (uint8_t b = bencode_first(c); b >= '0' && b <= '9' && n < INTEGER_MAX;
         b = bencode_first(c), n++) {
        v = (int64_t)((uint64_t)v * 10 + (b - '0'));
        cursor_skip(c, 1);
    }
    if (bencode_first(c) != 'e' || n == 0)
        return give_up(p, c, INTEGER_INVALID);
    cursor_skip(c, 1);
    if (wants(p, INTEGER))
        item_add(p, c, INTEGER, start, c->pos - start)->value.i = (int32_t)(negative ? -v : v);
}

static void put_value(struct packet *p, struct cursor *c, unsigned depth);

static bool goes_on(const struct cursor *c)
{
    return c->fault == CURSOR_OK && cursor_captured(c) > 0 && bencode_first(c) != 'e';
}

static void put_dict(struct packet *p, struct cursor *c, unsigned depth)
{
    while (goes_on(c)) {
        put_data(p, c, ENTRY, c->pos, 0, NULL, 0);
        uint32_t tree = tree_begin(p, ENTRY);
        struct bencode_span key = put_text(p, c);
        if (key.at != NULL) {
            label(p, ENTRY, "Entry Key: %.*s", (int)key.n, (const char *)key.at);
            put_value(p, c, depth);
        }
        tree_end(p, tree);
    }
}

static void put_value(struct packet *p, struct cursor *c, unsigned depth)
{
    uint8_t kind = bencode_first(c);
    if (depth == 0)
        return give_up(p, c, NEST);
    if (kind == 'd' || kind == 'l') {
        unsigned field = kind == 'd' ? DICT : LIST;
        put_data(p, c, field, c->pos, cursor_left(c), NULL, 0);
        uint32_t tree = tree_begin(p, field);
        cursor_skip(c, 1);
        if (kind == 'd')
            put_dict(p, c, depth - 1);
        while (goes_on(c))
            put_value(p, c, depth - 1);
        cursor_skip(c, cursor_captured(c) > 0 ? 1 : 0);
        tree_end(p, tree);
    } else if (kind == 'i') {
        put_integer(p, c);
    } else if (kind >= '0' && kind <= '9') {
        (void)put_text(p, c);
    } else {
        give_up(p, c, INVALID);
    }
}

static void dissect(struct packet *p, struct cursor *c)
{
    while (cursor_captured(c) > 0 && c->fault == CURSOR_OK)
        put_value(p, c, DEPTH);
}

static const struct binding bindings[] = {{"bittorrent.extended", 0}, {NULL, 0}};

const struct protocol proto_bencode = {.name = "bencode",
                                       .title = "Bencode",
                                       .bare = true,
                                       FIELDS_OF_THIS_FILE,
                                       .bindings = bindings,
                                       .dissect = dissect};
