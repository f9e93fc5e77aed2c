#include <string.h>

#include "filter/ast.h"

struct spelling {
    const char *text;
    uint8_t kind, op, quantifier;
};

/* Longer ones first where one begins with another. */
static const struct spelling symbols[] = {
    {"===", T_COMPARE, CMP_EQ, QUANT_ALL},
    {"!==", T_COMPARE, CMP_NE, QUANT_ANY},
    {"==", T_COMPARE, CMP_EQ, QUANT_ANY},
    {"!=", T_COMPARE, CMP_NE, QUANT_ALL},
    {"~=", T_COMPARE, CMP_NE, QUANT_ANY},
    {">=", T_COMPARE, CMP_GE, QUANT_ANY},
    {"<=", T_COMPARE, CMP_LE, QUANT_ANY},
    {">", T_COMPARE, CMP_GT, QUANT_ANY},
    {"<", T_COMPARE, CMP_LT, QUANT_ANY},
    {"&&", T_AND, 0, 0},
    {"||", T_OR, 0, 0},
    {"^^", T_XOR, 0, 0},
    {"!", T_NOT, 0, 0},
    {"~", T_MATCHES, 0, 0},
    {"&", T_BITAND, 0, 0},
    {"+", T_PLUS, 0, 0},
    {"-", T_MINUS, 0, 0},
    {"*", T_TIMES, 0, 0},
    {"/", T_DIVIDE, 0, 0},
    {"%", T_MODULO, 0, 0},
    {"(", T_LPAREN, 0, 0},
    {")", T_RPAREN, 0, 0},
    {"{", T_LBRACE, 0, 0},
    {"}", T_RBRACE, 0, 0},
    {"[", T_LBRACKET, 0, 0},
    {"]", T_RBRACKET, 0, 0},
    {",", T_COMMA, 0, 0},
    {"..", T_DOTS, 0, 0},
    {"#", T_HASH, 0, 0},
    {"@", T_AT, 0, 0},
    {"$", T_DOLLAR, 0, 0},
};

static const struct spelling keywords[] = {
    {"eq", T_COMPARE, CMP_EQ, QUANT_ANY},
    {"ne", T_COMPARE, CMP_NE, QUANT_ALL},
    {"any_eq", T_COMPARE, CMP_EQ, QUANT_ANY},
    {"all_ne", T_COMPARE, CMP_NE, QUANT_ALL},
    {"all_eq", T_COMPARE, CMP_EQ, QUANT_ALL},
    {"any_ne", T_COMPARE, CMP_NE, QUANT_ANY},
    {"gt", T_COMPARE, CMP_GT, QUANT_ANY},
    {"ge", T_COMPARE, CMP_GE, QUANT_ANY},
    {"lt", T_COMPARE, CMP_LT, QUANT_ANY},
    {"le", T_COMPARE, CMP_LE, QUANT_ANY},
    {"and", T_AND, 0, 0},
    {"or", T_OR, 0, 0},
    {"xor", T_XOR, 0, 0},
    {"not", T_NOT, 0, 0},
    {"contains", T_CONTAINS, 0, 0},
    {"matches", T_MATCHES, 0, 0},
    {"in", T_IN, 0, 0},
    {"any", T_ANY, 0, 0},
    {"all", T_ALL, 0, 0},
    {"bitand", T_BITAND, 0, 0},
    {"bitwise_and", T_BITAND, 0, 0},
};

static bool is_digit(char ch)
{
    return ch >= '0' && ch <= '9';
}

static bool is_alnum(char ch)
{
    return is_digit(ch) || (ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z');
}

static bool is_word(char ch)
{
    return is_alnum(ch) || ch == '_' || ch == '-' || ch == '.' || ch == ':' ||
           (unsigned char)ch >= 0x80;
}

static int hex_digit(char ch)
{
    if (is_digit(ch))
        return ch - '0';
    if (ch >= 'a' && ch <= 'f')
        return ch - 'a' + 10;
    if (ch >= 'A' && ch <= 'F')
        return ch - 'A' + 10;
    return -1;
}

static void utf8_put(char **out, uint32_t v)
{
    char *o = *out;
    if (v < 0x80) {
        *o++ = (char)v;
    } else if (v < 0x800) {
        *o++ = (char)(0xc0 | v >> 6);
        *o++ = (char)(0x80 | (v & 0x3f));
    } else if (v < 0x10000) {
        *o++ = (char)(0xe0 | v >> 12);
        *o++ = (char)(0x80 | (v >> 6 & 0x3f));
        *o++ = (char)(0x80 | (v & 0x3f));
    } else {
        *o++ = (char)(0xf0 | v >> 18);
        *o++ = (char)(0x80 | (v >> 12 & 0x3f));
        *o++ = (char)(0x80 | (v >> 6 & 0x3f));
        *o++ = (char)(0x80 | (v & 0x3f));
    }
    *out = o;
}

/* The digits of an escape: up to `most` of that base, at least `least`. */
static bool escape_number(struct compiler *c, uint32_t *at, int base, unsigned least, unsigned most,
                          uint32_t *v)
{
    unsigned n = 0;
    *v = 0;
    while (n < most && *at < c->length) {
        int d = hex_digit(c->text[*at]);
        if (d < 0 || d >= base)
            break;
        *v = *v * (uint32_t)base + (uint32_t)d;
        ++*at;
        n++;
    }
    return n >= least;
}

/* The escape whose backslash is at *at. Never writes more than it reads. */
static bool escape(struct compiler *c, uint32_t *at, char **out)
{
    static const char names[] = "abfnrtv\\\"'?";
    static const char values[] = "\a\b\f\n\r\t\v\\\"'?";
    uint32_t begin = *at;
    char ch = ++*at < c->length ? c->text[*at] : '\0';
    const char *simple = ch == '\0' ? NULL : strchr(names, ch);
    uint32_t v;
    if (simple != NULL) {
        ++*at;
        *(*out)++ = values[simple - names];
        return true;
    }
    if (ch >= '0' && ch <= '7') {
        escape_number(c, at, 8, 1, 3, &v);
        *(*out)++ = (char)v;
        return v < 256 || compile_error(c, begin, *at, "The escape is more than a byte");
    }
    ++*at;
    if (ch == 'x' && escape_number(c, at, 16, 1, 2, &v)) {
        *(*out)++ = (char)v;
        return true;
    }
    if ((ch == 'u' && escape_number(c, at, 16, 4, 4, &v)) ||
        (ch == 'U' && escape_number(c, at, 16, 8, 8, &v))) {
        if (v > 0x10ffff)
            return compile_error(c, begin, *at, "There is no such character");
        utf8_put(out, v);
        return true;
    }
    return compile_error(c, begin, *at < c->length ? *at : c->length,
                         "There is no such escape sequence");
}

/* A quoted string or character whose quote is at `at`. */
static bool lex_quoted(struct compiler *c, uint32_t at, bool raw)
{
    char quote = c->text[at++];
    char *text = compile_alloc(c, c->length - at + 1);
    char *out = text;
    if (text == NULL)
        return false;
    while (at < c->length && c->text[at] != quote) {
        if (c->text[at] == '\\' && !raw) {
            if (!escape(c, &at, &out))
                return false;
        } else {
            if (raw && c->text[at] == '\\' && at + 1 < c->length && c->text[at + 1] == quote)
                *out++ = c->text[at++];
            *out++ = c->text[at++];
        }
    }
    if (at >= c->length)
        return compile_error(c, c->token.begin, c->length, "The closing %c is missing", quote);
    c->token.kind = quote == '"' ? T_STRING : T_CHAR;
    c->token.text = text;
    c->token.length = (uint32_t)(out - text);
    c->pos = at + 1;
    c->token.end = c->pos;
    if (c->token.kind == T_CHAR && c->token.length != 1)
        return compile_error(c, c->token.begin, c->pos, "A character constant has one character");
    return true;
}

/* "10.0.0.0/8" and "ff05::/16" are one word, though / divides elsewhere. */
static bool takes_prefix(const char *word, uint32_t n)
{
    uint32_t dots = 0, colons = 0;
    for (uint32_t i = 0; i < n; i++) {
        dots += word[i] == '.';
        colons += word[i] == ':';
        if (word[i] != '.' && word[i] != ':' && hex_digit(word[i]) < 0)
            return false;
    }
    return colons >= 2 || (dots > 0 && dots <= 3);
}

static void lex_word(struct compiler *c)
{
    uint32_t begin = c->pos, at = begin;
    const char *s = c->text;
    while (at < c->length && is_word(s[at]) &&
           !(s[at] == '.' && at + 1 < c->length && s[at + 1] == '.'))
        at++;
    if (at + 1 < c->length && s[at] == '/' && is_digit(s[at + 1]) &&
        takes_prefix(s + begin, at - begin)) {
        at++;
        while (at < c->length && is_digit(s[at]))
            at++;
    }
    c->token.kind = T_WORD;
    c->token.text = s + begin;
    c->token.length = at - begin;
    c->pos = c->token.end = at;
    for (size_t i = 0; i < sizeof keywords / sizeof keywords[0]; i++) {
        const struct spelling *k = &keywords[i];
        if (strlen(k->text) == at - begin && memcmp(k->text, s + begin, at - begin) == 0) {
            c->token.kind = k->kind;
            c->token.op = k->op;
            c->token.quantifier = k->quantifier;
        }
    }
}

static void lex_symbol(struct compiler *c)
{
    for (size_t i = 0; i < sizeof symbols / sizeof symbols[0]; i++) {
        const struct spelling *s = &symbols[i];
        size_t n = strlen(s->text);
        if (n <= c->length - c->pos && memcmp(s->text, c->text + c->pos, n) == 0) {
            c->token.kind = s->kind;
            c->token.op = s->op;
            c->token.quantifier = s->quantifier;
            c->pos += (uint32_t)n;
            c->token.end = c->pos;
            return;
        }
    }
    compile_error(c, c->pos, c->pos + 1, "\"%c\" is unexpected here", c->text[c->pos]);
    if (c->text[c->pos] == '=')
        compile_hint(c, "Equality is ==");
    c->token.kind = T_ERROR;
}

/* How many bytes of white space are at s? Text that was printed may show it by Unicode's symbols
 * for HT, LF, CR and SP. */
static uint32_t white_space(const char *s)
{
    static const char *const symbols_for[] = {" ",      "\t",     "\r",     "\n",
                                              "\u2409", "\u240a", "\u240d", "\u2420"};
    for (size_t i = 0; i < sizeof symbols_for / sizeof symbols_for[0]; i++) {
        if (strncmp(s, symbols_for[i], strlen(symbols_for[i])) == 0)
            return (uint32_t)strlen(symbols_for[i]);
    }
    return 0;
}

void lex(struct compiler *c)
{
    const char *s = c->text;
    uint32_t space;
    while (c->pos < c->length && (space = white_space(s + c->pos)) > 0)
        c->pos += space;
    c->token = (struct token){.kind = T_END, .begin = c->pos, .end = c->pos};
    if (c->failed || c->pos >= c->length)
        return;
    char ch = s[c->pos];
    char after = c->pos + 1 < c->length ? s[c->pos + 1] : '\0';
    bool raw = (ch == 'r' || ch == 'R') && after == '"';
    if (ch == '"' || ch == '\'' || raw) {
        if (!lex_quoted(c, c->pos + raw, raw))
            c->token.kind = T_ERROR;
    } else if (is_word(ch) && ch != '-' && !(ch == '.' && after == '.')) {
        lex_word(c);
    } else {
        lex_symbol(c);
    }
}
