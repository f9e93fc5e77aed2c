/* The prompt: statements from standard input, typed or written beforehand. */
#include <errno.h>
#include <histedit.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>
#include <wchar.h>

#include "sql/session.h"

enum {
    HISTORY_MOST = 1000,
    SHOWN_MOST = 60, /* completions */
};

static const char help[] =
    "Statements of SQL, each up to a semicolon.\n"
    "  SHOW TABLES;            what there is\n"
    "  DESCRIBE packets;       its columns; every field of `lamna fields --list` is one, too\n"
    "  .help  .quit            Ctrl-C stops a query, Ctrl-D leaves\n";

struct prompt {
    struct sql_session *session;
    enum sql_format format;
    lamna_text *statement; /* what was read of it so far */
    bool begun;
    EditLine *editor; /* of a terminal; or NULL */
    History *history;
    char *file; /* of the history; or NULL */
    lamna_status worst;
};

/* ---- Completion ------------------------------------------------------------------------------- */

static const char *const words[] = {"SELECT",
                                    "FROM",
                                    "WHERE",
                                    "GROUP BY",
                                    "ORDER BY",
                                    "HAVING",
                                    "LIMIT",
                                    "DESCRIBE",
                                    "SHOW TABLES",
                                    "DISTINCT",
                                    "count(*)",
                                    "sum(",
                                    "avg(",
                                    "min(",
                                    "max(",
                                    "quantile_cont(",
                                    "list_contains(",
                                    "unnest(",
                                    "capture(",
                                    "packets",
                                    "flows",
                                    "tcp",
                                    "http",
                                    "http_connections",
                                    "dns",
                                    "tls",
                                    "findings",
                                    "frames_raw",
                                    "CREATE TABLE",
                                    "WITH",
                                    "JOIN",
                                    "EXPLAIN",
                                    "file",
                                    "number",
                                    "time",
                                    "length",
                                    "captured",
                                    "interface",
                                    "source",
                                    "source_port",
                                    "destination",
                                    "destination_port",
                                    "transport",
                                    "stream",
                                    "payload",
                                    "flags",
                                    "analysis",
                                    "protocol",
                                    "info",
                                    NULL};

/* What goes on from a prefix. */
struct matches {
    const char *prefix;
    size_t length;
    const char *first;
    size_t common; /* bytes that all of them begin with */
    size_t count;
};

static void match(struct matches *m, const char *word)
{
    if (strncasecmp(word, m->prefix, m->length) != 0)
        return;
    if (m->count++ == 0) {
        m->first = word;
        m->common = strlen(word);
    }
    size_t n = 0;
    while (n < m->common && word[n] == m->first[n])
        n++;
    m->common = n;
}

/* Calls for each word that there is. */
static void each_word(const lamna_registry *reg, struct matches *m,
                      void (*take)(struct matches *m, const char *word))
{
    for (size_t i = 0; words[i] != NULL; i++)
        take(m, words[i]);
    for (size_t i = 0; i < lamna_field_count(reg); i++)
        take(m, lamna_field_at(reg, i)->name);
}

static void show(struct matches *m, const char *word)
{
    if (strncasecmp(word, m->prefix, m->length) == 0 && m->count++ < SHOWN_MOST)
        (void)fprintf(stdout, "%s  ", word);
}

static unsigned char complete(EditLine *editor, int key)
{
    struct prompt *p = NULL;
    const LineInfo *line = el_line(editor);
    const char *begin = line->cursor;
    (void)key;
    (void)el_get(editor, EL_CLIENTDATA, &p);
    while (begin > line->buffer && strchr(" \t(,\"=<>", begin[-1]) == NULL)
        begin--;
    char *prefix = strndup(begin, (size_t)(line->cursor - begin));
    if (prefix == NULL || prefix[0] == '\0') {
        free(prefix);
        return CC_ERROR;
    }
    struct matches m = {.prefix = prefix, .length = strlen(prefix)};
    unsigned char result = CC_ERROR;
    each_word(p->session->options->reg, &m, match);
    if (m.common > m.length) {
        char *rest = strndup(m.first + m.length, m.common - m.length);
        result = rest != NULL && el_insertstr(editor, rest) == 0 ? CC_REFRESH : CC_ERROR;
        free(rest);
    } else if (m.count > 1) {
        size_t count = m.count;
        m.count = 0;
        (void)fputc('\n', stdout);
        each_word(p->session->options->reg, &m, show);
        (void)fprintf(stdout, count > SHOWN_MOST ? "... %zu\n" : "\n", count);
        result = CC_REDISPLAY;
    }
    free(prefix);
    return result;
}

/* ---- The terminal ----------------------------------------------------------------------------- */

static char *prompt_text(EditLine *editor)
{
    static char first[] = "lamna> ", more[] = "  ...> ";
    struct prompt *p = NULL;
    (void)el_get(editor, EL_CLIENTDATA, &p);
    return p->begun ? more : first;
}

/* A character from the terminal: unlike the editor's own function, it returns when a signal came. */
static int read_character(EditLine *editor, wchar_t *character)
{
    mbstate_t state = {0};
    char byte;
    (void)editor;
    for (;;) {
        ssize_t n = read(STDIN_FILENO, &byte, 1);
        if (n != 1)
            return (int)n;
        size_t used = mbrtowc(character, &byte, 1, &state);
        if (used == (size_t)-1)
            state = (mbstate_t){0}; /* half a character: the rest is taken anew */
        else if (used != (size_t)-2)
            return 1;
    }
}

/* Where the XDG Base Directory Specification has such things. */
static char *history_file(void)
{
    const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
    char *folder = NULL, *file = NULL;
    int n = -1;
    if (state != NULL && state[0] == '/')
        n = asprintf(&folder, "%s/lamna", state);
    else if (home != NULL)
        n = asprintf(&folder, "%s/.local/state/lamna", home);
    if (n < 0)
        return NULL;
    for (char *at = folder + 1; (at = strchr(at, '/')) != NULL; at++) {
        *at = '\0';
        (void)mkdir(folder, 0700);
        *at = '/';
    }
    (void)mkdir(folder, 0700);
    n = asprintf(&file, "%s/sql_history", folder);
    free(folder);
    return n < 0 ? NULL : file;
}

static bool begin_editing(struct prompt *p)
{
    HistEvent event;
    (void)setlocale(LC_CTYPE, ""); /* what a character of the terminal is */
    p->editor = el_init("lamna", stdin, stdout, stderr);
    p->history = history_init();
    if (p->editor == NULL || p->history == NULL)
        return false;
    (void)el_set(p->editor, EL_CLIENTDATA, p);
    (void)el_set(p->editor, EL_GETCFN, read_character);
    (void)el_set(p->editor, EL_PROMPT, prompt_text);
    (void)el_set(p->editor, EL_EDITOR, "emacs");
    (void)history(p->history, &event, H_SETSIZE, HISTORY_MOST);
    (void)history(p->history, &event, H_SETUNIQUE, 1);
    (void)el_set(p->editor, EL_HIST, history, p->history);
    (void)el_wset(p->editor, EL_ADDFN, L"complete", L"Complete a word", complete);
    (void)el_set(p->editor, EL_BIND, "^I", "complete", NULL);
    (void)el_source(p->editor, NULL);
    p->file = history_file();
    if (p->file != NULL)
        (void)history(p->history, &event, H_LOAD, p->file);
    return true;
}

static void end_editing(struct prompt *p)
{
    HistEvent event;
    if (p->history != NULL && p->file != NULL)
        (void)history(p->history, &event, H_SAVE, p->file);
    if (p->history != NULL)
        history_end(p->history);
    if (p->editor != NULL)
        el_end(p->editor);
    free(p->file);
}

/* ---- Lines ------------------------------------------------------------------------------------ */

static void run(struct prompt *p)
{
    size_t length;
    const char *text = lamna_text_data(p->statement, &length);
    lamna_status status =
        text != NULL ? sql_run(p->session, text, p->format, stdout) : LAMNA_ERR_MEMORY;
    if (status != LAMNA_OK)
        p->worst = status;
    lamna_text_clear(p->statement);
    p->begun = false;
}

/* A line of a statement, or a command; false if it is the last. */
static bool take_line(struct prompt *p, const char *line, size_t n)
{
    size_t length;
    if (!p->begun && strspn(line, " \t\r\n") >= n)
        return true;
    if (!p->begun && line[0] == '.') {
        if (strncmp(line, ".q", 2) == 0 || strncmp(line, ".e", 2) == 0)
            return false;
        (void)fputs(help, stdout);
        return true;
    }
    lamna_text_add(p->statement, line, n);
    p->begun = true;
    const char *text = lamna_text_data(p->statement, &length);
    if (text == NULL || words_complete(text))
        run(p);
    return p->worst != LAMNA_END;
}

static void type_lines(struct prompt *p)
{
    HistEvent event;
    for (bool more = true; more;) {
        int n = 0;
        errno = 0;
        const char *line = el_gets(p->editor, &n);
        if (line != NULL && n > 0) {
            if (strspn(line, " \t\r\n") < (size_t)n)
                (void)history(p->history, &event, p->begun ? H_APPEND : H_ENTER, line);
            more = take_line(p, line, (size_t)n);
            continue;
        }
        if (line == NULL && errno == EINTR) { /* Ctrl-C: the statement is begun anew */
            el_reset(p->editor);
            lamna_text_clear(p->statement);
            p->begun = false;
        } else {
            more = false;
        }
        (void)fputc('\n', stdout);
    }
}

static void read_lines(struct prompt *p)
{
    char *line = NULL;
    size_t room = 0;
    ssize_t n;
    bool more = true;
    while (more && (n = getline(&line, &room, stdin)) > 0)
        more = take_line(p, line, (size_t)n);
    free(line);
    if (p->begun)
        run(p);
}

lamna_status sql_prompt(struct sql_session *s, enum sql_format format)
{
    struct prompt p = {
        .session = s, .format = format, .statement = lamna_text_new(), .worst = LAMNA_OK};
    if (p.statement == NULL)
        return LAMNA_ERR_MEMORY;
    bool terminal = isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
    if (terminal && begin_editing(&p)) {
        (void)fputs("SQL over captures; .help tells more, .quit leaves.\n", stdout);
        type_lines(&p);
        p.worst = LAMNA_OK; /* what went wrong was seen */
    } else {
        read_lines(&p);
    }
    end_editing(&p);
    lamna_text_free(p.statement);
    return p.worst;
}
