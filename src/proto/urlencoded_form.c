/* urlencoded-form: what browsers send of a form (WHATWG URL Standard,
 * application/x-www-form-urlencoded).
 *
 *     key=value&key=value      '+' is a space, %XX a byte */
#include "dissect/span.h"

#define FIELDS(X)                                                                                  \
    X(KEY, "urlencoded-form.key", "Key", STRING, NONE, 0, NULL)                                    \
    X(VALUE, "urlencoded-form.value", "Value", STRING, NONE, 0, NULL)

FIELD_TABLE(FIELDS);

static int hex_digit(char ch)
{
    if (ch >= '0' && ch <= '9')
        return ch - '0';
    ch |= 0x20;
    return ch >= 'a' && ch <= 'f' ? ch - 'a' + 10 : -1;
}

/* NULL: there is a '%' without two digits. */
static const char *decoded(struct packet *p, struct span s)
{
    char *text = arena_alloc(p->arena, s.n + 1u);
    uint32_t n = 0;
    for (uint32_t i = 0; text != NULL && i < s.n; i++) {
        text[n] = s.at[i] == '+' ? ' ' : s.at[i];
        if (s.at[i] == '%') {
            int high = i + 2 < s.n ? hex_digit(s.at[i + 1]) : -1;
            int low = i + 2 < s.n ? hex_digit(s.at[i + 2]) : -1;
            if (high < 0 || low < 0)
                return NULL;
            text[n] = (char)(high << 4 | low);
            i += 2;
        }
        n++;
    }
    if (text != NULL)
        text[n] = 0;
    return text;
}

static bool put_pair(struct packet *p, struct cursor *c, struct span *rest)
{
    struct span from = *rest;
    struct span key = span_until(rest, '=');
    struct span value = span_until(rest, '&');
    const char *name = decoded(p, key), *text = decoded(p, value);
    if (name == NULL)
        return false;
    uint32_t tree = tree_text(p, c, key.offset, from.n - rest->n, "Form item: \"%s\" = \"%s\"",
                              name, text == NULL ? "" : text);
    put_string(p, c, KEY, key.offset, key.n, name);
    if (text != NULL)
        put_string(p, c, VALUE, value.offset, value.n, text);
    tree_end(p, tree);
    return text != NULL;
}

static void dissect(struct packet *p, struct cursor *c)
{
    title(p, "HTML Form URL Encoded: %.*s", (int)p->media.type_length,
          p->media.type_length > 0 ? p->media.type : "");
    struct span rest = span_rest(c);
    while (rest.n > 0 && put_pair(p, c, &rest)) {
    }
    cursor_skip(c, cursor_captured(c));
}

static const struct binding bindings[] = {
    BOUND_TEXT("media_type", "application/x-www-form-urlencoded"), {NULL, 0, NULL}};

const struct protocol proto_urlencoded_form = {.name = "urlencoded-form",
                                               .title = "HTML Form URL Encoded",
                                               FIELDS_OF_THIS_FILE,
                                               .bindings = bindings,
                                               .dissect = dissect};
