/*
 * json: JavaScript Object Notation (RFC 8259). What is no JSON text is shown as lines.
 *
 * A text is checked first and shown then, so that both walks are simple. Paths name what leads to a
 * value:
 * "/a/[]/b" in {"a": [{"b": 1}]}.
 */
#include "dissect/span.h"

#define FIELDS(X)                                                                                  \
    X(ARRAY, "json.array", "Array", NONE, NONE, 0, NULL)                                           \
    X(OBJECT, "json.object", "Object", NONE, NONE, 0, NULL)                                        \
    X(MEMBER, "json.member", "Member", STRING, NONE, 0, NULL)                                      \
    X(KEY, "json.key", "Key", STRING, NONE, 0, NULL)                                               \
    X(PATH, "json.path", "Path", STRING, GENERATED, 0, NULL)                                       \
    X(PATH_WITH_VALUE, "json.path_with_value", "Path with value", STRING, GENERATED | HIDDEN, 0,   \
      NULL)                                                                                        \
    X(MEMBER_WITH_VALUE, "json.member_with_value", "Member with value", STRING,                    \
      GENERATED | HIDDEN, 0, NULL)                                                                 \
    X(VALUE_STRING, "json.value.string", "String value", STRING, NONE, 0, NULL)                    \
    X(VALUE_NUMBER, "json.value.number", "Number value", STRING, NONE, 0, NULL)                    \
    X(VALUE_FALSE, "json.value.false", "False value", NONE, NONE, 0, NULL)                         \
    X(VALUE_NULL, "json.value.null", "Null value", NONE, NONE, 0, NULL)                            \
    X(VALUE_TRUE, "json.value.true", "True value", NONE, NONE, 0, NULL)

FIELD_TABLE(FIELDS);

enum { MEDIA_TABLE, DEEPEST = 100 };

/* ---- Checking ------------------------------------------------------------------------------ */

static void skip_blanks(struct span *s)
{
    while (s->n > 0 && (*s->at == ' ' || *s->at == '\t' || *s->at == '\n' || *s->at == '\r'))
        *s = span_after(*s, 1);
}

static bool skip_char(struct span *s, char ch)
{
    if (s->n == 0 || *s->at != ch)
        return false;
    *s = span_after(*s, 1);
    return true;
}

static bool check_string(struct span *s)
{
    if (!skip_char(s, '"'))
        return false;
    uint32_t n = 0;
    while (n < s->n && s->at[n] != '"') {
        if ((unsigned char)s->at[n] < 0x20)
            return false;
        n += s->at[n] == '\\' ? 2 : 1;
    }
    if (n >= s->n)
        return false;
    *s = span_after(*s, n + 1);
    return true;
}

static bool check_digits(struct span *s)
{
    uint32_t n = 0;
    while (n < s->n && s->at[n] >= '0' && s->at[n] <= '9')
        n++;
    *s = span_after(*s, n);
    return n > 0;
}

/* -0.5e+3, but not 01 */
static bool check_number(struct span *s)
{
    (void)skip_char(s, '-');
    if (!skip_char(s, '0') && !check_digits(s))
        return false;
    if (skip_char(s, '.') && !check_digits(s))
        return false;
    if (skip_char(s, 'e') || skip_char(s, 'E')) {
        if (!skip_char(s, '+'))
            (void)skip_char(s, '-');
        return check_digits(s);
    }
    return true;
}

static bool skip_word(struct span *s, const char *word)
{
    if (!span_starts(*s, word))
        return false;
    *s = span_after(*s, (uint32_t)strlen(word));
    return true;
}

static bool check_value(struct span *s, unsigned depth);

/* The members of an object or the values of an array, until `close`. */
static bool check_list(struct span *s, char close, unsigned depth)
{
    skip_blanks(s);
    if (skip_char(s, close))
        return true;
    do {
        skip_blanks(s);
        if (close == '}') {
            if (!check_string(s))
                return false;
            skip_blanks(s);
            if (!skip_char(s, ':'))
                return false;
        }
        if (!check_value(s, depth + 1))
            return false;
        skip_blanks(s);
    } while (skip_char(s, ','));
    return skip_char(s, close);
}

static bool check_value(struct span *s, unsigned depth)
{
    skip_blanks(s);
    if (s->n == 0 || depth > DEEPEST)
        return false;
    switch (*s->at) {
    case '{':
        *s = span_after(*s, 1);
        return check_list(s, '}', depth);
    case '[':
        *s = span_after(*s, 1);
        return check_list(s, ']', depth);
    case '"':
        return check_string(s);
    case 't':
        return skip_word(s, "true");
    case 'f':
        return skip_word(s, "false");
    case 'n':
        return skip_word(s, "null");
    default:
        return check_number(s);
    }
}

/* ---- Strings ------------------------------------------------------------------------------- */

static uint32_t hex4(struct span s, uint32_t at)
{
    uint32_t v = 0;
    for (uint32_t i = at; i < at + 4; i++) {
        char ch = i < s.n ? s.at[i] : 'x', low = (char)(ch | 0x20);
        uint32_t digit = ch >= '0' && ch <= '9'     ? (uint32_t)(ch - '0')
                         : low >= 'a' && low <= 'f' ? (uint32_t)(low - 'a' + 10)
                                                    : UINT32_MAX;
        if (digit == UINT32_MAX)
            return UINT32_MAX;
        v = v << 4 | digit;
    }
    return v;
}

static uint32_t put_utf8(char *text, uint32_t v)
{
    if (v < 0x80) {
        text[0] = (char)v;
        return 1;
    }
    if (v < 0x800) {
        text[0] = (char)(0xc0 | v >> 6);
        text[1] = (char)(0x80 | (v & 63));
        return 2;
    }
    if (v < 0x10000) {
        text[0] = (char)(0xe0 | v >> 12);
        text[1] = (char)(0x80 | (v >> 6 & 63));
        text[2] = (char)(0x80 | (v & 63));
        return 3;
    }
    text[0] = (char)(0xf0 | v >> 18);
    text[1] = (char)(0x80 | (v >> 12 & 63));
    text[2] = (char)(0x80 | (v >> 6 & 63));
    text[3] = (char)(0x80 | (v & 63));
    return 4;
}

/* \uXXXX at i, or a pair of them for what lies beyond the basic plane; *used gets how many bytes
 * that was. */
static uint32_t escaped_rune(struct span s, uint32_t i, uint32_t *used)
{
    uint32_t v = hex4(s, i + 2);
    *used = 6;
    if (v == UINT32_MAX) {
        *used = 2;
        return 'u';
    }
    if (v >= 0xd800 && v < 0xdc00 && i + 7 < s.n && s.at[i + 6] == '\\' && s.at[i + 7] == 'u') {
        uint32_t low = hex4(s, i + 8);
        if (low >= 0xdc00 && low < 0xe000) {
            *used = 12;
            return 0x10000 + ((v & 0x3ff) << 10) + (low & 0x3ff);
        }
    }
    return v >= 0xd800 && v < 0xe000 ? 0xfffd : v;
}

/* What a string between its quotes means. No escape is shorter than what it stands for. */
static const char *unescaped(struct packet *p, struct span s)
{
    static const char letters[] = "bfnrt", means[] = "\b\f\n\r\t";
    char *text = arena_alloc(p->arena, s.n + 1u);
    if (text == NULL)
        return "";
    uint32_t n = 0;
    for (uint32_t i = 0; i < s.n;) {
        if (s.at[i] != '\\' || i + 1 >= s.n) {
            text[n++] = s.at[i++];
        } else if (s.at[i + 1] == 'u') {
            uint32_t used, v = escaped_rune(s, i, &used);
            n += put_utf8(text + n, v);
            i += used;
        } else {
            const char *letter = strchr(letters, s.at[i + 1]);
            text[n++] = letter != NULL && *letter != 0 ? means[letter - letters] : s.at[i + 1];
            i += 2;
        }
    }
    text[n] = 0;
    return text;
}

/* ---- Showing ------------------------------------------------------------------------------- */

/* Where a value stands. */
struct place {
    const char *path; /* "/a/[]" */
    const char *name; /* "[]" */
};

static void put_value(struct packet *p, struct cursor *c, struct span *s, const struct place *at);

/* The text between the quotes of the string at s, which is moved past it. It has been checked. */
static struct span take_string(struct span *s)
{
    struct span whole = *s;
    (void)check_string(s);
    return (struct span){whole.at + 1, whole.n - s->n - 2, whole.offset + 1};
}

static void put_member(struct packet *p, struct cursor *c, struct span *s, const struct place *in)
{
    struct span from = *s, key = take_string(s);
    const char *name = unescaped(p, key);
    bool paths = wants(p, PATH) || wants(p, PATH_WITH_VALUE);
    struct place at = {paths ? packet_text(p, "%s/%s", in->path, name) : "", name};
    put_string(p, c, MEMBER, from.offset, 0, name);
    uint32_t tree = tree_begin(p, MEMBER);
    skip_blanks(s);
    (void)skip_char(s, ':');
    skip_blanks(s);
    put_value(p, c, s, &at);
    put_string(p, c, KEY, key.offset - 1, key.n + 2, name);
    put_string(p, c, PATH, from.offset, from.n - s->n, at.path);
    tree_end(p, tree);
    if (tree != NO_ITEM)
        p->items[tree].length = from.n - s->n;
}

static void put_list(struct packet *p, struct cursor *c, struct span *s, unsigned field,
                     const struct place *in)
{
    struct span from = *s;
    char close = field == OBJECT ? '}' : ']';
    put_data(p, c, field, from.offset, 0, "", 0);
    uint32_t tree = tree_begin(p, field);
    bool paths = field == ARRAY && (wants(p, PATH) || wants(p, PATH_WITH_VALUE));
    struct place at = {paths ? packet_text(p, "%s/[]", in->path) : in->path, "[]"};
    *s = span_after(*s, 1);
    skip_blanks(s);
    while (s->n > 0 && !skip_char(s, close)) {
        if (field == OBJECT)
            put_member(p, c, s, in);
        else
            put_value(p, c, s, &at);
        skip_blanks(s);
        (void)skip_char(s, ',');
        skip_blanks(s);
    }
    tree_end(p, tree);
    if (tree != NO_ITEM)
        p->items[tree].length = from.n - s->n;
}

static void put_scalar(struct packet *p, struct cursor *c, struct span *s, const struct place *at)
{
    struct span from = *s;
    unsigned field = *s->at == '"'   ? VALUE_STRING
                     : *s->at == 't' ? VALUE_TRUE
                     : *s->at == 'f' ? VALUE_FALSE
                     : *s->at == 'n' ? VALUE_NULL
                                     : VALUE_NUMBER;
    (void)check_value(s, 0);
    uint32_t n = from.n - s->n;
    struct span inside = {from.at + 1, n - 2, 0};
    const char *text =
        field == VALUE_STRING ? unescaped(p, inside) : packet_text(p, "%.*s", (int)n, from.at);
    if (wants(p, PATH_WITH_VALUE))
        put_string(p, c, PATH_WITH_VALUE, from.offset, n, packet_text(p, "%s:%s", at->path, text));
    if (wants(p, MEMBER_WITH_VALUE))
        put_string(p, c, MEMBER_WITH_VALUE, from.offset, n,
                   packet_text(p, "%s:%s", at->name, text));
    bool shown = field == VALUE_STRING || field == VALUE_NUMBER;
    put_string(p, c, field, from.offset, n, shown ? text : "");
}

static void put_value(struct packet *p, struct cursor *c, struct span *s, const struct place *at)
{
    if (s->n == 0)
        return;
    if (*s->at == '{')
        put_list(p, c, s, OBJECT, at);
    else if (*s->at == '[')
        put_list(p, c, s, ARRAY, at);
    else
        put_scalar(p, c, s, at);
}

static void dissect(struct packet *p, struct cursor *c)
{
    static const struct place root = {"", ""};
    struct span rest = span_rest(c);
    if (p->media.type_length > 0)
        title(p, "JavaScript Object Notation: %.*s", (int)p->media.type_length, p->media.type);
    skip_blanks(&rest);
    struct span after = rest;
    if (rest.n > 0 && (*rest.at == '{' || *rest.at == '[') && check_value(&after, 0)) {
        skip_blanks(&after);
        put_value(p, c, &rest, &root);
        cursor_skip(c, after.offset - c->pos);
    }
    column_add(p, "/JSON");
    if (cursor_captured(c) > 0 && !next_text(p, c, MEDIA_TABLE, "text/plain", 10))
        next_data(p, c);
}

static const char *const tables[] = {"media_type", NULL};
static const struct binding bindings[] = {BOUND_TEXT("media_type", "application/json"),
                                          BOUND_TEXT("media_type", "application/json-rpc"),
                                          BOUND_TEXT("media_type", "application/jsonrequest"),
                                          BOUND_TEXT("media_type", "application/problem+json"),
                                          BOUND_TEXT("media_type", "application/json-patch+json"),
                                          BOUND_TEXT("media_type", "application/merge-patch+json"),
                                          BOUND_TEXT("media_type", "application/senml+json"),
                                          {NULL, 0, NULL}};

const struct protocol proto_json = {.name = "json",
                                    .title = "JavaScript Object Notation",
                                    FIELDS_OF_THIS_FILE,
                                    .tables = tables,
                                    .bindings = bindings,
                                    .dissect = dissect};
