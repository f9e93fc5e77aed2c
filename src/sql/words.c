#include "sql/words.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "sql/columns.h"

/* ---- Tokens of SQL ------------------------------------------------------------------------------ */

enum token_kind { TOKEN_END, TOKEN_WORD, TOKEN_QUOTED, TOKEN_OTHER };

struct token {
    enum token_kind kind;
    const char *begin, *end;
};

static bool is_word(char c)
{
    return isalnum((unsigned char)c) || c == '_' || (unsigned char)c >= 0x80;
}

/* Behind a text in quotes, in which they are doubled. */
static const char *skip_quotes(const char *at)
{
    char quote = *at++;
    while (*at != '\0' && (*at != quote || at[1] == quote))
        at += *at == quote ? 2 : 1;
    return *at != '\0' ? at + 1 : at;
}

/* Behind $$text$$ or $tag$text$tag$; `at` itself if it is none. */
static const char *skip_dollars(const char *at)
{
    const char *tag = at + 1;
    while (is_word(*tag))
        tag++;
    if (*tag != '$' || isdigit((unsigned char)at[1]))
        return at;
    size_t n = (size_t)(tag + 1 - at);
    for (const char *end = tag + 1; (end = strchr(end, '$')) != NULL; end++) {
        if (strncmp(end, at, n) == 0)
            return end + n;
    }
    return tag + strlen(tag);
}

/* Behind comments, which nest, and spaces. */
static const char *skip_blank(const char *at)
{
    for (;;) {
        if (isspace((unsigned char)*at)) {
            at++;
        } else if (at[0] == '-' && at[1] == '-') {
            at += strcspn(at, "\n");
        } else if (at[0] == '/' && at[1] == '*') {
            unsigned depth = 0;
            do {
                bool opens = at[0] == '/' && at[1] == '*', closes = at[0] == '*' && at[1] == '/';
                depth += opens;
                depth -= closes;
                at += opens || closes ? 2 : 1;
            } while (*at != '\0' && depth > 0);
        } else {
            return at;
        }
    }
}

/* A word may have dots in it: "t.ip.src" is one token. */
static struct token next_token(const char *at)
{
    struct token t = {.kind = TOKEN_OTHER, .begin = skip_blank(at)};
    at = t.begin;
    if (*at == '\0') {
        t.kind = TOKEN_END;
    } else if (*at == '"') {
        t.kind = TOKEN_QUOTED;
        at = skip_quotes(at);
    } else if (*at == '\'') {
        at = skip_quotes(at);
    } else if (*at == '$' && skip_dollars(at) != at) {
        at = skip_dollars(at);
    } else if (is_word(*at)) {
        t.kind = isdigit((unsigned char)*at) ? TOKEN_OTHER : TOKEN_WORD;
        while (is_word(*at) || (*at == '.' && is_word(at[1])))
            at++;
    } else {
        at++;
    }
    t.end = at;
    return t;
}

static bool token_is(struct token t, const char *word)
{
    size_t n = (size_t)(t.end - t.begin);
    return strlen(word) == n && strncasecmp(t.begin, word, n) == 0;
}

/* ---- Names of tables ---------------------------------------------------------------------------- */

/* Up to the next of these, words are the names of tables, or names that these are given. */
static bool ends_tables(struct token t)
{
    static const char *const words[] = {"where",  "group",   "order",  "having", "limit",
                                        "select", "on",      "using",  "union",  "except",
                                        "window", "qualify", "offset", NULL};
    for (size_t i = 0; words[i] != NULL; i++) {
        if (token_is(t, words[i]))
            return true;
    }
    return false;
}

/* Does the query read a table that is called like the first word of a field? */
static bool is_table(const char *query, const char *name, size_t n)
{
    bool tables = false;
    for (struct token t = next_token(query); t.kind != TOKEN_END; t = next_token(t.end)) {
        size_t quotes = t.kind == TOKEN_QUOTED;
        if (t.kind == TOKEN_WORD && (token_is(t, "from") || token_is(t, "join"))) {
            tables = true;
        } else if (t.kind == TOKEN_WORD && ends_tables(t)) {
            tables = false;
        } else if (t.kind == TOKEN_WORD || t.kind == TOKEN_QUOTED) {
            size_t length = (size_t)(t.end - t.begin) - 2 * quotes;
            bool named = token_is(next_token(t.end), "as") &&
                         *next_token(next_token(t.end).end).begin == '(';
            if ((tables || named) && length == n && strncasecmp(t.begin + quotes, name, n) == 0)
                return true;
        }
    }
    return false;
}

/* ---- Fields ------------------------------------------------------------------------------------- */

static bool add_field(struct words *w, const char *name, size_t n)
{
    for (size_t i = 0; i < w->count; i++) {
        if (strlen(w->fields[i]) == n && memcmp(w->fields[i], name, n) == 0)
            return true;
    }
    if (w->count == w->room) {
        size_t room = w->room == 0 ? 16 : 2 * w->room;
        char **fields = realloc(w->fields, room * sizeof *fields);
        if (fields == NULL)
            return false;
        w->fields = fields;
        w->room = room;
    }
    w->fields[w->count] = strndup(name, n);
    return w->fields[w->count] != NULL && ++w->count > 0;
}

/* A name in quotes; no field has quotes in its own. */
static bool take_quoted(struct words *w, const lamna_registry *reg, struct token t)
{
    struct column column;
    size_t n = (size_t)(t.end - t.begin);
    if (n < 3 || !column_of_field(reg, t.begin + 1, n - 2, &column))
        return true;
    return add_field(w, t.begin + 1, n - 2);
}

/* A word without quotes: where in it a field begins; NULL if none does. "t.ip.src" is the field ip.src of t. */
static const char *field_in(const lamna_registry *reg, const char *query, struct token t)
{
    struct column column;
    for (int words = 0; words < 2; words++) {
        const char *dot = memchr(t.begin, '.', (size_t)(t.end - t.begin));
        size_t first = dot != NULL ? (size_t)(dot - t.begin) : 0;
        if (column_of_field(reg, t.begin, (size_t)(t.end - t.begin), &column) &&
            (dot == NULL || !is_table(query, t.begin, first)))
            return t.begin;
        if (dot == NULL)
            return NULL;
        t.begin = dot + 1;
    }
    return NULL;
}

static bool take_word(struct words *w, const lamna_registry *reg, const char *query, struct token t)
{
    const char *field = field_in(reg, query, t);
    if (field == NULL || *skip_blank(t.end) == '(') {
        lamna_text_add(w->text, t.begin, (size_t)(t.end - t.begin));
        return true;
    }
    bool dots = memchr(field, '.', (size_t)(t.end - field)) != NULL;
    lamna_text_add(w->text, t.begin, (size_t)(field - t.begin));
    lamna_text_add(w->text, "\"", dots ? 1 : 0);
    lamna_text_add(w->text, field, (size_t)(t.end - field));
    lamna_text_add(w->text, "\"", dots ? 1 : 0);
    return add_field(w, field, (size_t)(t.end - field));
}

bool words_read(struct words *w, const lamna_registry *reg, const char *query)
{
    bool ok = w->text != NULL || (w->text = lamna_text_new()) != NULL;
    const char *before = query;
    if (ok)
        lamna_text_clear(w->text);
    for (struct token t = next_token(query); ok; t = next_token(t.end)) {
        lamna_text_add(w->text, before, (size_t)(t.begin - before));
        before = t.end;
        if (t.kind == TOKEN_END)
            break;
        if (t.kind == TOKEN_WORD) {
            ok = take_word(w, reg, query, t);
            continue;
        }
        if (t.kind == TOKEN_QUOTED)
            ok = take_quoted(w, reg, t);
        lamna_text_add(w->text, t.begin, (size_t)(t.end - t.begin));
    }
    return ok;
}

bool words_add_list(struct words *w, const lamna_registry *reg, const char *list)
{
    struct column column;
    bool ok = true;
    for (const char *at = list; ok && *at != '\0';) {
        size_t n = strcspn(at, ",");
        if (!column_is_fixed(at, n))
            ok = column_of_field(reg, at, n, &column) && add_field(w, at, n);
        at += n + (at[n] == ',');
    }
    return ok;
}

bool words_complete(const char *query)
{
    bool complete = false;
    for (struct token t = next_token(query); t.kind != TOKEN_END; t = next_token(t.end))
        complete = t.kind == TOKEN_OTHER && *t.begin == ';';
    return complete;
}

void words_free(struct words *w)
{
    for (size_t i = 0; i < w->count; i++)
        free(w->fields[i]);
    free(w->fields);
    lamna_text_free(w->text);
    *w = (struct words){0};
}
