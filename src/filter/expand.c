/* Macros and saved filters: replaced by their text before the text is read. */
#include <string.h>

#include "base/buf.h"
#include "filter/ast.h"

enum { DEPTH_MAX = 16, ARGUMENTS_MAX = 32 };

struct span {
    const char *s;
    uint32_t n;
};

struct expander {
    struct compiler *c;
    struct buf out;
    struct expansion *map;
    uint32_t begin, end; /* of the outermost name, in the text given */
    const char *name;    /* of that; NULL: what is copied is as it was given */
    unsigned depth;
};

static bool expand_text(struct expander *x, struct span text);

static bool is_name(char ch)
{
    return (ch >= '0' && ch <= '9') || (ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z') ||
           ch == '_';
}

static bool is_saved(char ch)
{
    return is_name(ch) || ch == '-' || ch == '.';
}

const struct piece *expansion_find(const struct expansion *e, uint32_t at)
{
    const struct piece *found = &e->pieces[0];
    for (uint32_t i = 0; i < e->count && e->pieces[i].at <= at; i++)
        found = &e->pieces[i];
    return found;
}

static bool add_piece(struct expander *x, uint32_t begin, uint32_t end, const char *name)
{
    struct expansion *e = x->map;
    if (e->count == e->room) {
        uint32_t room = e->room == 0 ? 8 : 2 * e->room;
        struct piece *more = compile_alloc(x->c, room * sizeof *more);
        if (more == NULL)
            return false;
        if (e->count > 0)
            memcpy(more, e->pieces, e->count * sizeof *more);
        e->pieces = more;
        e->room = room;
    }
    e->pieces[e->count++] = (struct piece){(uint32_t)x->out.length, begin, end, name};
    return true;
}

static bool put(struct expander *x, const char *s, size_t n)
{
    buf_bytes(&x->out, s, n);
    if (x->out.length <= x->c->limits.filter_bytes)
        return true;
    compile_error(x->c, x->begin, x->end,
                  "The filter is longer than %u bytes once its macros are replaced",
                  x->c->limits.filter_bytes);
    return false;
}

/* The place of an error at s: in what was given, or else the whole name that led to it. */
static bool fail_at(struct expander *x, const char *s, uint32_t n, const char *what,
                    struct span name)
{
    uint32_t begin = x->begin, end = x->end;
    if (x->name == NULL) {
        begin = (uint32_t)(s - x->c->text);
        end = begin + n;
    }
    return compile_error(x->c, begin, end, "%s \"%.*s\"", what, (int)name.n, name.s);
}

/* ---- Arguments ------------------------------------------------------------------------------- */

/* Where the string or character that begins at `at` ends. */
static uint32_t skip_quoted(struct span t, uint32_t at)
{
    char quote = t.s[at++];
    while (at < t.n && t.s[at] != quote)
        at += t.s[at] == '\\' && at + 1 < t.n ? 2 : 1;
    return at < t.n ? at + 1 : t.n;
}

/* Splits what follows the opening bracket before `at` at top-level separators, up to the closing
 * one. Returns where that is, or t.n. */
static uint32_t split(struct span t, uint32_t at, char separator, char close,
                      struct span *arguments, uint32_t *count)
{
    uint32_t nested = 0, begin = at;
    *count = 0;
    for (; at < t.n; at++) {
        char ch = t.s[at];
        if (ch == '"' || ch == '\'') {
            at = skip_quoted(t, at) - 1;
        } else if (nested == 0 && (ch == separator || ch == close)) {
            if (*count < ARGUMENTS_MAX)
                arguments[(*count)++] = (struct span){t.s + begin, at - begin};
            begin = at + 1;
            if (ch == close)
                return at;
        } else if (strchr("([{", ch) != NULL && ch != '\0') {
            nested++;
        } else if (strchr(")]}", ch) != NULL && ch != '\0' && nested > 0) {
            nested--;
        }
    }
    return t.n;
}

/* Copies a macro's text to `out` with its arguments in the places of $1, $2 ... */
static bool substitute(struct expander *x, struct span name, const char *text,
                       const struct span *arguments, uint32_t count, struct buf *out)
{
    for (const char *s = text; *s != '\0'; s++) {
        if (s[0] != '$' || s[1] < '1' || s[1] > '9') {
            buf_char(out, *s);
            continue;
        }
        uint32_t k = 0;
        while (s[1] >= '0' && s[1] <= '9' && k < 1000)
            k = 10 * k + (uint32_t)(*++s - '0');
        if (k > count)
            return fail_at(x, name.s, name.n, "More arguments are needed by the macro", name);
        buf_bytes(out, arguments[k - 1].s, arguments[k - 1].n);
    }
    return !out->failed || fail_at(x, name.s, name.n, "There is no memory for the macro", name);
}

/* ---- Names ----------------------------------------------------------------------------------- */

/* Puts the text of a name, itself expanded, in the place of [begin, begin + n) of what was given.
 */
static bool replace(struct expander *x, struct span text, const char *name, const char *given,
                    uint32_t n)
{
    bool outermost = x->name == NULL;
    if (++x->depth > DEPTH_MAX)
        return compile_error(x->c, x->begin, x->end, "Macros are nested more than %d deep",
                             DEPTH_MAX);
    if (outermost) {
        x->name = name;
        x->begin = (uint32_t)(given - x->c->text);
        x->end = x->begin + n;
        if (!add_piece(x, x->begin, x->end, name))
            return false;
    }
    if (!expand_text(x, text))
        return false;
    x->depth--;
    if (outermost) {
        x->name = NULL;
        return add_piece(x, x->end, x->end, NULL);
    }
    return true;
}

/* A macro of name t[begin, end), with its $, and its arguments: replaced by its text. */
static bool replace_macro(struct expander *x, struct span name, const char *body, struct span whole,
                          const struct span *arguments, uint32_t count)
{
    struct buf text = {0};
    /* "${net10}" and "$net10()" have one empty argument, which is none. */
    if (count == 1 && strspn(arguments[0].s, " ") >= arguments[0].n)
        count = 0;
    bool ok = substitute(x, name, body, arguments, count, &text);
    /* In the arena: an error in it may be told when the buffer is gone. */
    const char *copy = ok ? arena_copy(x->c->arena, text.data, text.length) : NULL;
    const char *shown = ok ? arena_copy(x->c->arena, name.s, name.n) : NULL;
    ok = copy != NULL && shown != NULL &&
         replace(x, (struct span){copy, (uint32_t)text.length}, shown, whole.s, whole.n);
    buf_free(&text);
    if (!ok && !x->c->failed) {
        x->c->failed = true;
        error_memory(x->c->err);
    }
    return ok;
}

/* "$name" of n bytes as the names know it. */
static const char *find_macro(const struct expander *x, const char *s, uint32_t n)
{
    char name[80] = "$";
    if (n + 2 > sizeof name)
        return NULL;
    memcpy(name + 1, s, n);
    return names_find(x->c->names, name, n + 1);
}

/* What begins with the $ at *at: a macro, or a reference to a field, which is left to the parser.
 */
static bool expand_dollar(struct expander *x, struct span t, uint32_t *at, bool quoted)
{
    struct span arguments[ARGUMENTS_MAX] = {{NULL, 0}};
    uint32_t begin = *at, count, end, word = begin + 1, n = 0;
    bool braces = word < t.n && t.s[word] == '{';
    word += braces;
    while (word + n < t.n && is_name(t.s[word + n]))
        n++;
    char after = word + n < t.n ? t.s[word + n] : '\0';
    struct span name = {t.s + word, n};
    const char *body = n > 0 ? find_macro(x, t.s + word, n) : NULL;
    bool called =
        braces ? after == ':' || after == ';' || (after == '}' && body != NULL) : after == '(';
    if (n == 0 || !called || (quoted && (body == NULL || !braces))) {
        *at = begin + 1;
        return put(x, "$", 1);
    }
    if (body == NULL) {
        fail_at(x, name.s, name.n, "There is no macro", name);
        compile_hint(x->c, "`lamna filters save '$%.*s' TEXT` makes one; a field is ${field.name}",
                     (int)n, name.s);
        return false;
    }
    if (after == '}') {
        count = 0;
        end = word + n;
    } else {
        end = split(t, word + n + 1, braces ? ';' : ',', braces ? '}' : ')', arguments, &count);
    }
    if (end >= t.n)
        return fail_at(x, t.s + begin, word + n - begin,
                       "The closing bracket is missing after the macro", name);
    *at = end + 1;
    return replace_macro(x, name, body, (struct span){t.s + begin, end + 1 - begin}, arguments,
                         count);
}

/* "@name": a saved filter, unless it is a field's name, whose raw bytes are meant. */
static bool expand_at(struct expander *x, struct span t, uint32_t *at)
{
    uint32_t begin = *at, n = 0;
    char name[80];
    while (begin + 1 + n < t.n && is_saved(t.s[begin + 1 + n]))
        n++;
    *at = begin + 1;
    if (n == 0 || n >= sizeof name)
        return put(x, "@", 1);
    memcpy(name, t.s + begin + 1, n);
    name[n] = '\0';
    const char *text = names_find(x->c->names, name, n);
    bool field = lamna_field_find(x->c->reg, name) != NULL || foreign_name(name);
    if (text == NULL && !field)
        return fail_at(x, t.s + begin, n + 1,
                       "There is no saved filter, and no field whose bytes could be meant,",
                       (struct span){t.s + begin + 1, n});
    if (text == NULL || field)
        return put(x, "@", 1);
    struct buf body = {0};
    buf_format(&body, "(%s)", text);
    const char *copy = body.failed ? NULL : arena_copy(x->c->arena, body.data, body.length);
    const char *shown = arena_copy(x->c->arena, name, n);
    struct span span = {copy, (uint32_t)body.length};
    buf_free(&body);
    *at = begin + 1 + n;
    return copy != NULL && shown != NULL && replace(x, span, shown, t.s + begin, n + 1);
}

static bool expand_text(struct expander *x, struct span t)
{
    char quote = '\0';
    for (uint32_t at = 0; at < t.n;) {
        char ch = t.s[at];
        if (ch == '$') {
            if (!expand_dollar(x, t, &at, quote != '\0'))
                return false;
            continue;
        }
        if (ch == '@' && quote == '\0') {
            if (!expand_at(x, t, &at))
                return false;
            continue;
        }
        if (quote != '\0' && ch == '\\' && at + 1 < t.n) {
            if (!put(x, t.s + at++, 1))
                return false;
        } else if (ch == quote) {
            quote = '\0';
        } else if (quote == '\0' && (ch == '"' || ch == '\'')) {
            quote = ch;
        }
        if (!put(x, t.s + at++, 1))
            return false;
    }
    return true;
}

bool expand(struct compiler *c)
{
    if (memchr(c->text, '$', c->length) == NULL && memchr(c->text, '@', c->length) == NULL)
        return true;
    struct expander x = {.c = c, .map = compile_alloc(c, sizeof *x.map)};
    bool ok = x.map != NULL && add_piece(&x, 0, 0, NULL) &&
              expand_text(&x, (struct span){c->text, c->length});
    char *text = ok ? arena_copy(c->arena, x.out.data, x.out.length) : NULL;
    if (text != NULL) {
        c->text = text;
        c->length = (uint32_t)x.out.length;
        c->expansion = x.map;
    } else if (!c->failed) {
        c->failed = true;
        error_memory(c->err);
    }
    buf_free(&x.out);
    return text != NULL;
}
