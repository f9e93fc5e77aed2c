/* resp: REdis Serialization Protocol: values that begin with a byte for their type and a line. */
#include "dissect/lines.h"

#define FIELDS(X)                                                                                  \
    X(ARRAY, "resp.array", "Array", NONE, NONE, 0, NULL)                                           \
    X(ARRAY_LENGTH, "resp.array.length", "Length", INT32, DEC, 0, NULL)                            \
    X(BULK, "resp.bulk_string", "Bulk String", NONE, NONE, 0, NULL)                                \
    X(BULK_LENGTH, "resp.bulk_string.length", "Length", INT32, DEC, 0, NULL)                       \
    X(BULK_VALUE, "resp.bulk_string.value", "Value", BYTES, NONE, 0, NULL)                         \
    X(STRING_VALUE, "resp.string", "String", STRING, NONE, 0, NULL)                                \
    X(ERROR_VALUE, "resp.error", "Error", STRING, NONE, 0, NULL)                                   \
    X(INTEGER, "resp.integer", "Integer", INT64, DEC, 0, NULL)                                     \
    X(FRAGMENT, "resp.fragment", "Fragment", NONE, NONE, 0, NULL)

FIELD_TABLE(FIELDS);

enum { DEPTH = 16 };

static int64_t number_of(struct text t)
{
    bool negative = t.n > 0 && *t.at == '-';
    int64_t v = 0;
    t = text_from(t, negative);
    for (uint32_t i = 0; i < t.n && i < 18 && is_digit(t.at[i]); i++)
        v = v * 10 + (t.at[i] - '0');
    return negative ? -v : v;
}

static void put_number(struct packet *p, const struct cursor *c, unsigned field, struct line line,
                       int64_t v)
{
    if (wants(p, field))
        item_add(p, c, field, line.text.offset, line.whole)->value.i = v;
}

static void put_bulk(struct packet *p, struct cursor *c, struct line line)
{
    int64_t n = number_of(text_from(line.text, 1));
    uint32_t left = cursor_captured(c), bytes = n < 0 ? 0 : n < left ? (uint32_t)n : left;
    put_data(p, c, BULK, line.text.offset, line.whole + bytes + (n < 0 ? 0 : 2), NULL, 0);
    label(p, BULK, "Bulk String: %.*s", (int)bytes, (const char *)c->data + c->pos);
    uint32_t tree = tree_begin(p, BULK);
    put_number(p, c, BULK_LENGTH, line, n);
    if (n >= 0) {
        (void)put_bytes(p, c, BULK_VALUE, bytes);
        cursor_skip(c, cursor_captured(c) < 2 ? cursor_captured(c) : 2);
    }
    tree_end(p, tree);
}

static void put_value(struct packet *p, struct cursor *c, unsigned depth)
{
    struct line line = line_take(c);
    struct text t = text_from(line.text, 1);
    switch (line.text.n == 0 ? 0 : *line.text.at) {
    case '*': {
        int64_t n = number_of(t);
        put_data(p, c, ARRAY, line.text.offset, line.whole, NULL, 0);
        label(p, ARRAY, "Array: Length %lld", (long long)n);
        uint32_t tree = tree_begin(p, ARRAY);
        put_number(p, c, ARRAY_LENGTH, line, n);
        for (int64_t i = 0; i < n && depth < DEPTH && cursor_captured(c) > 0; i++)
            put_value(p, c, depth + 1);
        tree_end(p, tree);
        break;
    }
    case '$':
        put_bulk(p, c, line);
        break;
    case '+':
        put_data(p, c, STRING_VALUE, t.offset, line.whole, t.at, t.n);
        break;
    case '-':
        put_data(p, c, ERROR_VALUE, t.offset, line.whole, t.at, t.n);
        break;
    case ':':
        put_number(p, c, INTEGER, line, number_of(t));
        break;
    default:
        put_data(p, c, FRAGMENT, line.text.offset, line.whole, line.text.at, line.whole);
        break;
    }
}

static void dissect(struct packet *p, struct cursor *c)
{
    info_set(p, p->dst_port == 6379 ? "Request" : "Response");
    while (cursor_captured(c) > 0)
        put_value(p, c, 0);
}

/* How far the values of a message that is not whole yet were looked at. */
struct progress {
    uint32_t at;      /* where the next one begins */
    uint64_t pending; /* values that are still to come */
};

/* The value at c is passed over; *pending is how many are to come. False: it goes on. */
static bool pass_value(struct cursor *c, uint64_t *pending)
{
    struct line line = line_take(c);
    char type = line.text.n == 0 ? '\0' : *line.text.at;
    int64_t n = type == '*' || type == '$' ? number_of(text_from(line.text, 1)) : -1;
    (*pending)--;
    if (type == '*' && n > 0)
        *pending += (uint64_t)n;
    if (type != '$' || n < 0)
        return line.ended;
    if ((uint64_t)n + 2 > cursor_captured(c))
        return false;
    cursor_skip(c, (uint32_t)n + 2);
    return line.ended;
}

/* How long a string is that begins at c is known beforehand. */
static uint32_t string_needs(struct cursor c)
{
    uint32_t start = c.pos;
    struct line line = line_take(&c);
    int64_t n = line.text.n > 0 && *line.text.at == '$' ? number_of(text_from(line.text, 1)) : -1;
    bool known = line.ended && n >= 0 && n < UINT32_MAX / 4;
    return known ? c.pos - start + (uint32_t)n + 2 : STREAM_MORE;
}

/* As many whole values as there are. */
static uint32_t message(struct packet *p, const struct cursor *c)
{
    struct progress fresh = {0, 1}, *all = flow_state(p, 2 * sizeof fresh);
    struct progress *known = all == NULL ? &fresh : &all[p->facts.direction];
    uint32_t whole = 0;
    const uint8_t *end = known->at == 0 ? NULL : cursor_peek(c, known->at - 1, 1);
    if (end == NULL || *end != '\n')
        *known = fresh;
    struct cursor rest = *c;
    uint64_t pending = known->pending;
    cursor_skip(&rest, known->at);
    while (cursor_captured(&rest) > 0 && pass_value(&rest, &pending)) {
        *known = (struct progress){rest.pos - c->pos, pending == 0 ? 1 : pending};
        if (pending == 0)
            whole = known->at;
        pending = known->pending;
    }
    if (whole == 0)
        return known->at == 0 ? string_needs(*c) : STREAM_MORE;
    *known = fresh;
    return whole;
}

static const struct binding bindings[] = {{"tcp.port", 6379}, {NULL, 0}};

const struct protocol proto_resp = {.name = "resp",
                                    .title = "REdis Serialization Protocol",
                                    .column = "RESP",
                                    FIELDS_OF_THIS_FILE,
                                    .bindings = bindings,
                                    .message = message,
                                    .dissect = dissect};
