#include "filter/names.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"

enum { NAME_LENGTH_MAX = 64, FILE_BYTES_MAX = 1 << 20 };

/* Macros that Wireshark brings along. */
static const char *const built_in[][2] = {
    {"$private_ipv4", "$1 in {10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16}"},
    {"$private_ipv6", "ipv6 && $1 == fc00::/7"},
    {"$private_ethernet", "$1[0] & 0x0f == 2"},
};

lamna_names *lamna_names_new(lamna_error *err)
{
    lamna_names *names = calloc(1, sizeof *names);
    if (names == NULL)
        error_memory(err);
    return names;
}

static void name_free(struct name *n)
{
    free(n->name);
    free(n->text);
}

void lamna_names_free(lamna_names *names)
{
    if (names == NULL)
        return;
    for (size_t i = 0; i < names->count; i++)
        name_free(&names->all[i]);
    free(names->all);
    free(names);
}

void lamna_names_lookup(lamna_names *names, bool allow)
{
    names->lookup = allow;
}

static size_t find(const lamna_names *names, const char *name, size_t n)
{
    size_t i = 0;
    while (i < names->count &&
           (strlen(names->all[i].name) != n || memcmp(names->all[i].name, name, n) != 0))
        i++;
    return i;
}

const char *names_find(const lamna_names *names, const char *name, size_t n)
{
    size_t at = names != NULL ? find(names, name, n) : 0;
    if (names != NULL && at < names->count)
        return names->all[at].text;
    for (size_t i = 0; i < sizeof built_in / sizeof built_in[0]; i++) {
        if (strlen(built_in[i][0]) == n && memcmp(built_in[i][0], name, n) == 0)
            return built_in[i][1];
    }
    return NULL;
}

static bool is_valid(const char *name)
{
    static const char letters[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.";
    bool macro = name[0] == '$';
    size_t n = strspn(name + macro, letters);
    if (n == 0 || n > NAME_LENGTH_MAX || name[macro + n] != '\0')
        return false;
    return !macro || strpbrk(name, "-.") == NULL;
}

lamna_status lamna_names_set(lamna_names *names, const char *name, const char *text,
                             lamna_error *err)
{
    if (!is_valid(name)) {
        error_set(err, LAMNA_ERR_ARGUMENT, "\"%s\" cannot be the name of a filter or macro", name);
        return error_hint(
            err, "Use letters, digits, _, - and . for @name; letters, digits and _ for $name");
    }
    if (text[strspn(text, " \t")] == '\0' || strpbrk(text, "\r\n") != NULL)
        return error_set(err, LAMNA_ERR_ARGUMENT,
                         "the text of \"%s\" is empty, or more than a line", name);
    struct name made = {strdup(name), strdup(text)};
    size_t at = find(names, name, strlen(name));
    if (at == names->count && names->count == names->room) {
        size_t room = names->room == 0 ? 8 : 2 * names->room;
        struct name *more = realloc(names->all, room * sizeof *more);
        if (more != NULL) {
            names->all = more;
            names->room = room;
        }
    }
    if (made.name == NULL || made.text == NULL ||
        (at == names->count && names->count == names->room)) {
        name_free(&made);
        return error_memory(err);
    }
    if (at < names->count)
        name_free(&names->all[at]);
    else
        names->count++;
    names->all[at] = made;
    return LAMNA_OK;
}

bool lamna_names_remove(lamna_names *names, const char *name)
{
    size_t at = find(names, name, strlen(name));
    if (at == names->count)
        return false;
    name_free(&names->all[at]);
    memmove(&names->all[at], &names->all[at + 1], (--names->count - at) * sizeof names->all[0]);
    return true;
}

size_t lamna_names_count(const lamna_names *names)
{
    return names->count;
}

const char *lamna_names_at(const lamna_names *names, size_t number, const char **text)
{
    if (number >= names->count)
        return NULL;
    *text = names->all[number].text;
    return names->all[number].name;
}

/* ---- Files ----------------------------------------------------------------------------------- */

/* The file's text, NUL-terminated; NULL with an error. A file that is not there is empty, if it
 * may. */
static char *read_file(const char *path, bool may_be_missing, lamna_error *err)
{
    FILE *f = fopen(path, "re");
    if (f == NULL && errno == ENOENT && may_be_missing)
        return calloc(1, 1);
    if (f == NULL) {
        error_system(err, "cannot open %s", path);
        return NULL;
    }
    struct buf text = {0};
    char part[4096];
    size_t n;
    while (text.length <= FILE_BYTES_MAX && (n = fread(part, 1, sizeof part, f)) > 0)
        buf_bytes(&text, part, n);
    bool failed = ferror(f) != 0;
    (void)fclose(f);
    buf_char(&text, '\0');
    if (!failed && !text.failed && text.length <= FILE_BYTES_MAX)
        return text.data;
    buf_free(&text);
    error_set(err, LAMNA_ERR_IO, "cannot read %s", path);
    return NULL;
}

/* The next line of *rest without blanks around it; NULL at the end. */
static char *next_line(char **rest)
{
    char *line = *rest, *end = line + strcspn(line, "\n");
    if (*line == '\0')
        return NULL;
    *rest = *end == '\0' ? end : end + 1;
    while (end > line && strchr(" \t\r\n", end[-1]) != NULL)
        end--;
    *end = '\0';
    return line + strspn(line, " \t");
}

/* "name = text" */
static lamna_status read_line(lamna_names *names, char *line, lamna_error *err)
{
    size_t n = strcspn(line, " \t=");
    char *text = line + n + strspn(line + n, " \t");
    if (*text != '=')
        return error_set(err, LAMNA_ERR_FORMAT, "\"%s\" is not of the form NAME = FILTER", line);
    line[n] = '\0';
    return lamna_names_set(names, line, text + 1 + strspn(text + 1, " \t"), err);
}

lamna_status lamna_names_load(lamna_names *names, const char *path, lamna_error *err)
{
    char *text = read_file(path, true, err), *rest = text, *line;
    if (text == NULL)
        return err != NULL ? err->status : LAMNA_ERR_IO;
    lamna_status status = LAMNA_OK;
    for (unsigned number = 1; status == LAMNA_OK && (line = next_line(&rest)) != NULL; number++) {
        lamna_error inner = {0};
        if (line[0] == '\0' || line[0] == '#')
            continue;
        if (read_line(names, line, &inner) != LAMNA_OK)
            status = error_set(err, LAMNA_ERR_FORMAT, "%s, line %u: %.300s", path, number,
                               inner.message);
    }
    free(text);
    return status;
}

static bool write_names(const lamna_names *names, FILE *f)
{
    bool ok =
        fputs("# Filters and macros of lamna: @name and $name(arguments) in any filter.\n", f) >= 0;
    for (size_t i = 0; ok && i < names->count; i++)
        ok = fprintf(f, "%s = %s\n", names->all[i].name, names->all[i].text) > 0;
    return fclose(f) == 0 && ok;
}

lamna_status lamna_names_save(const lamna_names *names, const char *path, lamna_error *err)
{
    struct buf part = {0};
    buf_format(&part, "%s.new", path);
    const char *new = buf_cstr(&part);
    FILE *f = fopen(new, "we");
    lamna_status status = LAMNA_OK;
    /* Written beside it and moved over it: whoever reads it sees the old or the new one, whole. */
    if (f == NULL || !write_names(names, f) || rename(new, path) != 0) {
        status = error_system(err, "cannot write %s", path);
        if (f != NULL)
            (void)unlink(new);
    }
    buf_free(&part);
    return status;
}

/* ---- Wireshark's files ----------------------------------------------------------------------- */

/* What stands in the quotes at *s, with \" and \\ resolved in place; moves *s past them. */
static char *read_quoted(char **s)
{
    char *text = *s + 1, *out = text, *at = text;
    if (**s != '"')
        return NULL;
    while (*at != '\0' && *at != '"') {
        if (*at == '\\' && at[1] != '\0')
            at++;
        *out++ = *at++;
    }
    if (*at == '\0')
        return NULL;
    *s = at + 1;
    *out = '\0';
    return text;
}

/* "IPv4 only" becomes "ipv4-only". */
static void make_name(char *out, const char *from)
{
    size_t n = 0;
    for (; *from != '\0' && n < NAME_LENGTH_MAX; from++) {
        char ch = *from;
        if (ch >= 'A' && ch <= 'Z')
            ch = (char)(ch - 'A' + 'a');
        bool letter =
            (ch >= 'a' && ch <= 'z') || (ch >= '0' && ch <= '9') || ch == '_' || ch == '.';
        if (letter)
            out[n++] = ch;
        else if (n > 0 && out[n - 1] != '-')
            out[n++] = '-';
    }
    while (n > 0 && out[n - 1] == '-')
        n--;
    out[n] = '\0';
}

/* A line of dfilters ("name" filter), dmacros ("name" text) or dfilter_macros ("name","text"). */
static bool import_line(lamna_names *names, char *line, bool macros)
{
    char name[NAME_LENGTH_MAX + 2] = "$";
    char *given = read_quoted(&line);
    if (given == NULL)
        return false;
    line += strspn(line, " \t,");
    char *text = line;
    if (line[0] == '"' && macros)
        text = read_quoted(&line);
    if (text == NULL)
        return false;
    if (macros)
        (void)snprintf(name + 1, sizeof name - 1, "%.*s", NAME_LENGTH_MAX, given);
    else
        make_name(name, given);
    return lamna_names_set(names, name, text + strspn(text, " \t"), NULL) == LAMNA_OK;
}

lamna_status lamna_names_import(lamna_names *names, const char *path, size_t *taken,
                                size_t *left_out, lamna_error *err)
{
    char *text = read_file(path, false, err), *rest = text, *line;
    if (text == NULL)
        return err != NULL ? err->status : LAMNA_ERR_IO;
    const char *slash = strrchr(path, '/');
    bool macros = strstr(slash != NULL ? slash : path, "macro") != NULL;
    *taken = *left_out = 0;
    while ((line = next_line(&rest)) != NULL) {
        if (line[0] == '\0' || line[0] == '#')
            continue;
        bool ok = import_line(names, line, macros);
        *taken += ok;
        *left_out += !ok;
    }
    free(text);
    return LAMNA_OK;
}
