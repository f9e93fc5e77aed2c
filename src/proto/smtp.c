/* smtp: Simple Mail Transfer Protocol (RFC 5321). */
#include "dissect/fragment.h"
#include "dissect/lines.h"

static const struct value_name codes[] = {
    VALUE(211, "System status, or system help reply"),
    VALUE(214, "Help message"),
    VALUE(220, "<domain> Service ready"),
    VALUE(221, "<domain> Service closing transmission channel"),
    VALUE(235, "Authentication successful"),
    VALUE(250, "Requested mail action okay, completed"),
    VALUE(251, "User not local; will forward to <forward-path>"),
    VALUE(252, "Cannot VRFY user, but will accept message and attempt delivery"),
    VALUE(334, "AUTH input"),
    VALUE(354, "Start mail input; end with <CRLF>.<CRLF>"),
    VALUE(421, "<domain> Service not available, closing transmission channel"),
    VALUE(450, "Requested mail action not taken: mailbox unavailable"),
    VALUE(451, "Requested action aborted: local error in processing"),
    VALUE(452, "Requested action not taken: insufficient system storage"),
    VALUE(500, "Syntax error, command unrecognized"),
    VALUE(501, "Syntax error in parameters or arguments"),
    VALUE(502, "Command not implemented"),
    VALUE(503, "Bad sequence of commands"),
    VALUE(504, "Command parameter not implemented"),
    VALUE(530, "Authentication required"),
    VALUE(535, "Authentication credentials invalid"),
    VALUE(550, "Requested action not taken: mailbox unavailable"),
    VALUE(551, "User not local; please try <forward-path>"),
    VALUE(552, "Requested mail action aborted: exceeded storage allocation"),
    VALUE(553, "Requested action not taken: mailbox name not allowed"),
    VALUE(554, "Transaction failed"),
    VALUES_END};

#define FIELDS(X)                                                                                  \
    X(REQ, "smtp.req", "Request", BOOLEAN, HIDDEN, 0, NULL)                                        \
    X(RSP, "smtp.rsp", "Response", BOOLEAN, HIDDEN, 0, NULL)                                       \
    X(COMMAND_LINE, "smtp.command_line", "Command Line", STRING, NONE, 0, NULL)                    \
    X(COMMAND, "smtp.req.command", "Command", STRING, NONE, 0, NULL)                               \
    X(PARAMETER, "smtp.req.parameter", "Request parameter", STRING, NONE, 0, NULL)                 \
    X(RESPONSE, "smtp.response", "Response", STRING, NONE, 0, NULL)                                \
    X(CODE, "smtp.response.code", "Response code", UINT32, DEC, 0, codes)                          \
    X(TEXT, "smtp.rsp.parameter", "Response parameter", STRING, NONE, 0, NULL)                     \
    X(USERNAME, "smtp.auth.username", "Username", STRING, NONE, 0, NULL)                           \
    X(PASSWORD, "smtp.auth.password", "Password", STRING, NONE, 0, NULL)                           \
    X(EOM, "smtp.eom", "EOM", NONE, NONE, 0, NULL)                                                 \
    X(FRAGMENTS, "smtp.data.fragments", "DATA fragments", NONE, STREAM, 0, NULL)                   \
    X(FRAGMENT, "smtp.data.fragment", "DATA fragment", FRAMENUM, STREAM, 0, NULL)                  \
    X(FRAGMENT_COUNT, "smtp.data.fragment.count", "DATA fragment count", UINT32, DEC | STREAM, 0,  \
      NULL)                                                                                        \
    X(WHOLE_LENGTH, "smtp.data.reassembled.length", "Reassembled DATA length", UINT32,             \
      DEC | STREAM, 0, NULL)                                                                       \
    X(WHOLE_IN, "smtp.data.reassembled.in", "Reassembled DATA in frame", FRAMENUM,                 \
      STREAM | FUTURE, 0, NULL)

FIELD_TABLE(FIELDS);

enum { TLS_TABLE, MEDIA_TABLE, MAIL_CHANNEL = 1 };

static const struct fragment_fields fragment_fields = {.fragments = FRAGMENTS,
                                                       .fragment = FRAGMENT,
                                                       .count = FRAGMENT_COUNT,
                                                       .length = WHOLE_LENGTH,
                                                       .data = NO_FRAGMENT_FIELD,
                                                       .reassembled_in = WHOLE_IN,
                                                       .name = "DATA fragments",
                                                       .filled = true};
enum mode { COMMANDS, MAIL, CHUNK };
enum auth { AUTH_NONE, AUTH_USERNAME, AUTH_PASSWORD };

struct state {
    uint8_t mode, auth;
    bool tls;       /* STARTTLS was asked for (RFC 3207) */
    bool data;      /* DATA was asked for */
    bool mailing;   /* some of the mail has come */
    bool chunked;   /* BDAT was asked for (RFC 3030): */
    bool last;      /* the last chunk of its mail, */
    uint32_t chunk; /* and bytes of it to come */
    int64_t mailed; /* bytes of all mails so far */
};

static bool from_client(const struct packet *p)
{
    if (p->dst_port == 25 || p->dst_port == 587)
        return true;
    return p->src_port != 25 && p->src_port != 587 && !p->facts.reverse;
}

/* ---- Of the client --------------------------------------------------------------------------- */

/* "64", "154 LAST" */
static void remember_chunk(struct state *s, struct text parameter)
{
    s->chunk = text_number(word_take(&parameter));
    s->last = text_is(word_take(&parameter), "LAST");
    s->chunked = true;
}

static void remember_command(struct state *s, struct text command, struct text parameter)
{
    if (text_is(command, "DATA"))
        s->data = true;
    else if (text_is(command, "STARTTLS"))
        s->tls = true;
    else if (text_is(command, "BDAT"))
        remember_chunk(s, parameter);
    else if (text_is(command, "AUTH") && text_is(parameter, "LOGIN"))
        s->auth = AUTH_USERNAME;
}

static void put_command(struct packet *p, struct cursor *c, struct state *s)
{
    put_uint(p, c, REQ, c->pos, 0, 1);
    struct line line = line_take(c);
    struct text t = line.text;
    info_add(p, "%s%.*s", p->info.length > 0 ? " | " : "C: ", (int)t.n, t.at);
    if (s->auth != AUTH_NONE && t.n > 0) {
        put_text(p, c, s->auth == AUTH_USERNAME ? USERNAME : PASSWORD, t);
        s->auth = s->auth == AUTH_USERNAME ? AUTH_PASSWORD : AUTH_NONE;
        return;
    }
    put_data(p, c, COMMAND_LINE, t.offset, line.whole, t.at, line.whole);
    uint32_t tree = tree_begin(p, COMMAND_LINE);
    struct text command = word_take(&t);
    if (command.n >= 4) {
        put_data(p, c, COMMAND, command.offset, command.n, command.at, command.n);
        if (t.n > 0)
            put_text(p, c, PARAMETER, t);
    }
    tree_end(p, tree);
    remember_command(s, command, t);
}

static void put_text_lines(struct packet *p, struct cursor *c, uint32_t n)
{
    struct cursor part = cursor_part(c, n);
    (void)next(p, &part, MEDIA_TABLE, text_key("text/plain", 10));
}

/* A part of a mail: text, of which more is to come. */
static void put_mail_part(struct packet *p, struct cursor *c)
{
    uint64_t in;
    info_set(p, "C: DATA fragment, %u bytes", cursor_captured(c));
    if (told(p, p->in->number, WHOLE_IN, &in))
        put_uint(p, c, WHOLE_IN, c->pos, 0, in);
    put_text_lines(p, c, cursor_captured(c));
}

/* The mail as a whole: the n bytes at c, with what came before them in other packets. */
static void put_mail_whole(struct packet *p, const struct cursor *c, uint32_t n,
                           struct stream_piece *piece, bool first)
{
    struct stream_part alone = {p->in->number, 0, n};
    struct cursor mail = *c;
    cursor_trim(&mail, n);
    if (piece->kind == STREAM_NEW && !first)
        return;
    if (piece->kind == STREAM_NEW)
        *piece = (struct stream_piece){.kind = STREAM_WHOLE,
                                       .data = cursor_peek(c, 0, n),
                                       .length = n,
                                       .parts = &alone,
                                       .part_count = 1};
    else
        mail = cursor_over(p, "Reassembled DATA", piece->data, piece->length);
    fragments_put(p, &mail, &fragment_fields, piece);
    (void)next(p, &mail, MEDIA_TABLE, text_key("message/rfc822", 14));
}

/* Adds n bytes at c to the mail. `ends`: they are the last. */
static void gather_mail(struct packet *p, const struct cursor *c, uint32_t n, struct state *s,
                        bool ends, struct stream_piece *piece)
{
    *piece = (struct stream_piece){.kind = STREAM_NEW};
    if (n > 0 || (ends && s->mailing)) {
        struct flow_facts saved = channel_enter(p, MAIL_CHANNEL, s->mailed);
        stream_gather(p, c, n, STREAM_TO_FIN, ends, piece);
        channel_leave(p, saved);
        s->mailed += n;
    }
    s->mailing = !ends;
}

static void put_mail(struct packet *p, struct cursor *c, struct state *s)
{
    uint32_t n, with;
    if (p->quoted) /* an old packet in a new one */
        return put_mail_part(p, c);
    bool ends = lines_end(*c, &n, &with), first = !s->mailing;
    if (ends && n == 2 && !first) /* the end of its last line alone is no part of it */
        n = 0;
    struct stream_piece piece;
    gather_mail(p, c, n, s, ends, &piece);
    if (!ends) {
        put_mail_part(p, c);
        return;
    }
    s->mode = COMMANDS;
    info_set(p, "C: . ");
    put_data(p, c, EOM, c->pos + n, with - n, NULL, 0);
    struct cursor mail = *c;
    cursor_skip(c, with);
    put_mail_whole(p, &mail, n, &piece, first);
}

/* A chunk, or a part of one: the mail is all chunks up to that which says to be the last. */
static void put_chunk(struct packet *p, struct cursor *c, struct state *s)
{
    uint32_t left = cursor_captured(c), n = s->chunk < left ? s->chunk : left;
    struct cursor part = cursor_part(c, n);
    bool ends = s->last && n == s->chunk, first = !s->mailing;
    s->chunk -= n;
    s->chunked = s->chunk > 0;
    if (p->quoted)
        return put_mail_part(p, &part);
    struct stream_piece piece;
    gather_mail(p, &part, n, s, ends, &piece);
    if (ends)
        put_mail_whole(p, &part, n, &piece, first);
    else
        put_mail_part(p, &part);
}

static void put_request(struct packet *p, struct cursor *c, struct state *s)
{
    while (cursor_captured(c) > 0) {
        if (s->mode == MAIL)
            put_mail(p, c, s);
        else if (s->chunked)
            put_chunk(p, c, s);
        else
            put_command(p, c, s);
        if (s->chunked && s->chunk == 0)
            put_chunk(p, c, s);
    }
}

/* ---- Of the server --------------------------------------------------------------------------- */

static void put_response(struct packet *p, struct cursor *c, struct state *s)
{
    put_uint(p, c, RSP, c->pos, 0, 1);
    uint32_t tree = NO_ITEM, code = 0;
    bool begins = true; /* a reply, which may have several lines */
    while (cursor_captured(c) > 0) {
        struct line line = line_take(c);
        struct text t = line.text;
        info_add(p, "%s%.*s", p->info.length > 0 ? " | " : "S: ", (int)t.n, t.at);
        bool coded = text_has_code(t);
        if (begins && coded) {
            tree_end(p, tree);
            put_data(p, c, RESPONSE, t.offset, line.whole, t.at, line.whole);
            tree = tree_begin(p, RESPONSE);
            code = 0;
        }
        if (coded)
            begins = t.n == 3 || t.at[3] != '-';
        if (coded && (code == 0 || code != text_number(t))) {
            code = text_number((struct text){t.at, 3, t.offset});
            put_uint(p, c, CODE, t.offset, 3, code);
        }
        if (coded && t.n > 4)
            put_text(p, c, TEXT, text_from(t, 4));
    }
    tree_end(p, tree);
    if (code == 354 && s->data)
        s->mode = MAIL;
    else if (code >= 400)
        s->auth = AUTH_NONE;
    s->data = false;
    if (code == 220 && s->tls)
        flow_becomes(p, TLS_TABLE, 0);
    if (code != 0)
        s->tls = false;
}

static void dissect(struct packet *p, struct cursor *c)
{
    struct state none = {0}, *s = flow_state(p, sizeof *s);
    if (s == NULL)
        s = &none;
    uint32_t bytes = cursor_captured(c);
    info_set(p, "%s", "");
    if (from_client(p))
        put_request(p, c, s);
    else
        put_response(p, c, s);
    if (p->info.length == 0)
        info_set(p, "%c: DATA fragment, %u bytes", from_client(p) ? 'C' : 'S', bytes);
}

/* Commands up to a BDAT, and what was captured of its chunk; 0: there is none. */
static uint32_t up_to_chunk(struct cursor c)
{
    uint32_t start = c.pos;
    while (cursor_captured(&c) > 0) {
        struct line line = line_take(&c);
        if (!line.ended || !text_is(word_take(&line.text), "BDAT"))
            continue;
        uint32_t chunk = text_number(line.text), left = cursor_captured(&c);
        return c.pos - start + (chunk < left ? chunk : left);
    }
    return 0;
}

/* Commands and replies are whole lines; mail is taken as it comes. */
static uint32_t message(struct packet *p, const struct cursor *c)
{
    const struct state *s = flow_state(p, sizeof *s);
    uint32_t n, with;
    if (s != NULL && from_client(p) && s->chunk > 0)
        return cursor_captured(c);
    if (s != NULL && from_client(p) && s->mode == MAIL) {
        (void)lines_end(*c, &n, &with);
        return with;
    }
    uint32_t chunk = s != NULL && from_client(p) ? up_to_chunk(*c) : 0;
    return chunk > 0 ? chunk : message_lines(p, c);
}

static const char *const tables[] = {"tls", "media_type", NULL};
static const struct binding bindings[] = {{"tcp.port", 25},  {"tcp.port", 587}, {"tls.port", 25},
                                          {"tls.port", 587}, {"tls.port", 465}, {NULL, 0}};

const struct protocol proto_smtp = {.name = "smtp",
                                    .title = "Simple Mail Transfer Protocol",
                                    .column = "SMTP",
                                    FIELDS_OF_THIS_FILE,
                                    .tables = tables,
                                    .bindings = bindings,
                                    .message = message,
                                    .dissect = dissect};
