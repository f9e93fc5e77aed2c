/* imap: Internet Message Access Protocol (RFC 9051). */
#include "dissect/lines.h"

#define FIELDS(X)                                                                                  \
    X(IS_REQUEST, "imap.isrequest", "Request", BOOLEAN, HIDDEN, 0, NULL)                           \
    X(LINE, "imap.line", "Line", STRING, NONE, 0, NULL)                                            \
    X(REQUEST, "imap.request", "Request", STRING, NONE, 0, NULL)                                   \
    X(REQUEST_TAG, "imap.request_tag", "Request Tag", STRING, NONE, 0, NULL)                       \
    X(RESPONSE, "imap.response", "Response", STRING, NONE, 0, NULL)                                \
    X(RESPONSE_TAG, "imap.response_tag", "Response Tag", STRING, NONE, 0, NULL)                    \
    X(TAG, "imap.tag", "Tag", STRING, HIDDEN, 0, NULL)                                             \
    X(REQUEST_COMMAND, "imap.request.command", "Request Command", STRING, NONE, 0, NULL)           \
    X(USERNAME, "imap.request.username", "Request Username", STRING, NONE, 0, NULL)                \
    X(PASSWORD, "imap.request.password", "Request Password", STRING, NONE, 0, NULL)                \
    X(FOLDER, "imap.request.folder", "Request Folder", STRING, NONE, 0, NULL)                      \
    X(STATUS, "imap.response.status", "Response Status", STRING, NONE, 0, NULL)                    \
    X(RESPONSE_COMMAND, "imap.response.command", "Response Command", STRING, NONE, 0, NULL)        \
    X(COMMAND, "imap.command", "Command", STRING, HIDDEN, 0, NULL)

FIELD_TABLE(FIELDS);

enum { IMAP_PORT = 143, MAILS_MAX = 16, LITERAL_MAX = 1 << 18 };
enum { TLS_TABLE, MEDIA_TABLE };

static void put_arguments(struct packet *p, const struct cursor *c, struct text command,
                          struct text rest)
{
    if (text_is(command, "LOGIN")) {
        struct text name = word_take(&rest);
        put_text(p, c, USERNAME, name);
        if (rest.n > 2 && *rest.at == '"' && rest.at[rest.n - 1] == '"')
            rest = (struct text){rest.at + 1, rest.n - 2, rest.offset + 1};
        put_text(p, c, PASSWORD, rest);
    } else if ((text_is(command, "SELECT") || text_is(command, "EXAMINE")) && rest.n > 0) {
        put_text(p, c, FOLDER, rest);
    }
}

static void put_tagged(struct packet *p, const struct cursor *c, struct text t, bool request)
{
    put_text(p, c, request ? REQUEST : RESPONSE, t);
    struct text tag = word_take(&t);
    put_text(p, c, request ? REQUEST_TAG : RESPONSE_TAG, tag);
    put_text(p, c, TAG, tag);
    if (!request) {
        struct text status = word_take(&t);
        if (status.n > 0)
            put_text(p, c, STATUS, status);
        if (t.n == 0)
            return;
    }
    struct text command = word_take(&t);
    if (command.n == 0)
        return;
    put_text(p, c, request ? REQUEST_COMMAND : RESPONSE_COMMAND, command);
    put_text(p, c, COMMAND, command);
    if (request)
        put_arguments(p, c, command, t);
}

/* How many bytes follow a line that ends in "{n}" or "{n+}": a literal (RFC 9051, section 4.3). */
static uint32_t literal_of(struct text t)
{
    uint32_t i = t.n;
    if (i == 0 || t.at[i - 1] != '}')
        return 0;
    while (i > 0 && t.at[i - 1] != '{')
        i--;
    return i == 0 ? 0 : text_number(text_from(t, i));
}

/* A literal that is a mail, or its headers: FETCH with BODY[], BODY[HEADER], RFC822 (RFC 9051, section 6.4.5). */
static bool brings_mail(struct text t)
{
    static const char *const names[] = {"BODY[] ", "BODY[HEADER", "RFC822 ", "RFC822.HEADER"};
    if (t.n == 0 || *t.at != '*' || memmem(t.at, t.n, "FETCH", 5) == NULL)
        return false;
    for (unsigned i = 0; i < sizeof names / sizeof *names; i++) {
        if (memmem(t.at, t.n, names[i], strlen(names[i])) != NULL)
            return true;
    }
    return false;
}

/* Mails that a message brings: they are layers of their own behind it. */
struct mails {
    struct cursor mail[MAILS_MAX];
    unsigned count;
};

static void take_literal(struct cursor *c, struct text t, bool request, struct mails *mails)
{
    uint32_t n = literal_of(t), left = cursor_captured(c);
    if (n > 0 && n <= left && !request && brings_mail(t) && mails->count < MAILS_MAX) {
        struct cursor mail = *c;
        cursor_trim(&mail, n);
        mails->mail[mails->count++] = mail;
    }
    cursor_skip(c, n < left ? n : left);
}

static void put_line(struct packet *p, struct cursor *c, bool request, bool *tls,
                     struct mails *mails)
{
    struct line line = line_take(c);
    struct text t = line.text;
    put_data(p, c, LINE, t.offset, line.whole, t.at, line.whole);
    take_literal(c, t, request, mails);
    uint32_t tree = tree_begin(p, LINE);
    bool untagged = t.n > 0 && *t.at == '*' && !request;
    struct text rest = t;
    (void)word_take(&rest);
    if (t.n > 0 && *t.at == ' ' && !request)
        put_text(p, c, RESPONSE, t); /* the rest of a line behind a literal */
    else if (!untagged && t.n > 0)
        put_tagged(p, c, t, request);
    struct text word = word_take(&rest);
    if (request && text_is(word, "STARTTLS"))
        *tls = true;
    else if (!request && !untagged && *tls && text_is(word, "OK"))
        flow_becomes(p, TLS_TABLE, 0);
    tree_end(p, tree);
}

static void dissect(struct packet *p, struct cursor *c)
{
    bool request = p->dst_port == IMAP_PORT;
    bool none = false, *tls = flow_state(p, sizeof *tls);
    if (tls == NULL)
        tls = &none;
    struct cursor ahead = *c;
    struct line first = line_take(&ahead);
    struct mails mails;
    mails.count = 0;
    info_set(p, "%s: %.*s", request ? "Request" : "Response", (int)first.text.n, first.text.at);
    put_uint(p, c, IS_REQUEST, c->pos, 0, request);
    while (cursor_captured(c) > 0)
        put_line(p, c, request, tls, &mails);
    for (unsigned i = 0; i < mails.count; i++)
        (void)next(p, &mails.mail[i], MEDIA_TABLE, text_key("message/rfc822", 14));
}

/* Whole lines, with the literals that belong to them, and what follows these. */
static uint32_t message(struct packet *p, const struct cursor *c)
{
    (void)p;
    struct cursor ahead = *c;
    while (cursor_captured(&ahead) > 0) {
        uint32_t start = ahead.pos - c->pos;
        struct line line = line_take(&ahead);
        uint32_t literal = literal_of(line.text), left = cursor_captured(&ahead);
        if (!line.ended || (literal > 0 && literal >= left && literal <= LITERAL_MAX))
            return start > 0 ? start : STREAM_MORE;
        if (literal > left)
            return start > 0 ? start : line.whole + literal;
        cursor_skip(&ahead, literal);
    }
    return ahead.pos - c->pos;
}

static const char *const tables[] = {"tls", "media_type", NULL};
static const struct binding bindings[] = {
    {"tcp.port", IMAP_PORT}, {"tls.port", IMAP_PORT}, {"tls.port", 993}, {NULL, 0}};

const struct protocol proto_imap = {.name = "imap",
                                    .title = "Internet Message Access Protocol",
                                    .column = "IMAP",
                                    FIELDS_OF_THIS_FILE,
                                    .tables = tables,
                                    .bindings = bindings,
                                    .message = message,
                                    .dissect = dissect};
