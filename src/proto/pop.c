/* pop: Post Office Protocol, version 3 (RFC 1939). */
#include "dissect/fragment.h"
#include "dissect/lines.h"

#define FIELDS(X)                                                                                  \
    X(RESPONSE, "pop.response", "Response", STRING, NONE, 0, NULL)                                 \
    X(INDICATOR, "pop.response.indicator", "Response indicator", STRING, NONE, 0, NULL)            \
    X(DESCRIPTION, "pop.response.description", "Response description", STRING, NONE, 0, NULL)      \
    X(DATA, "pop.response.data", "Data", STRING, NONE, 0, NULL)                                    \
    X(REQUEST, "pop.request", "Request", STRING, NONE, 0, NULL)                                    \
    X(COMMAND, "pop.request.command", "Request command", STRING, NONE, 0, NULL)                    \
    X(PARAMETER, "pop.request.parameter", "Request parameter", STRING, NONE, 0, NULL)              \
    X(FRAGMENTS, "pop.data.fragments", "DATA fragments", NONE, STREAM, 0, NULL)                    \
    X(FRAGMENT, "pop.data.fragment", "DATA fragment", FRAMENUM, STREAM, 0, NULL)                   \
    X(FRAGMENT_COUNT, "pop.data.fragment.count", "DATA fragment count", UINT32, DEC | STREAM, 0,   \
      NULL)                                                                                        \
    X(WHOLE_LENGTH, "pop.data.reassembled.length", "Reassembled DATA length", UINT32,              \
      DEC | STREAM, 0, NULL)                                                                       \
    X(WHOLE_IN, "pop.data.reassembled.in", "Reassembled DATA in frame", FRAMENUM, STREAM | FUTURE, \
      0, NULL)

FIELD_TABLE(FIELDS);

enum { POP_PORT = 110, MEDIA_TABLE = 0, MAIL_CHANNEL = 1 };

static const struct fragment_fields fragment_fields = {.fragments = FRAGMENTS,
                                                       .fragment = FRAGMENT,
                                                       .count = FRAGMENT_COUNT,
                                                       .length = WHOLE_LENGTH,
                                                       .data = NO_FRAGMENT_FIELD,
                                                       .reassembled_in = WHOLE_IN,
                                                       .name = "DATA fragments"};

struct state {
    bool asked;        /* for a mail */
    bool mail;         /* one is coming, */
    uint32_t promised; /* of so many octets; 0: nobody said */
    uint32_t come;     /* and so many are there */
    int64_t mailed;    /* octets of all mails so far that were put together */
};

static void put_imf(struct packet *p, struct cursor *mail)
{
    (void)next(p, mail, MEDIA_TABLE, text_key("message/rfc822", 14));
}

/* A part of a mail whose size was promised. The point behind it is part of it. */
static void put_part(struct packet *p, struct cursor *c, struct state *s)
{
    uint32_t n = cursor_captured(c);
    bool first = s->come == 0, last = n >= s->promised - s->come;
    struct stream_piece piece = {.kind = STREAM_NEW};
    struct flow_facts saved = channel_enter(p, MAIL_CHANNEL, s->mailed);
    stream_gather(p, c, n, STREAM_TO_FIN, last, &piece);
    channel_leave(p, saved);
    s->mailed += n;
    s->come += n;
    uint64_t in;
    if (!last && told(p, p->in->number, WHOLE_IN, &in))
        put_uint(p, c, WHOLE_IN, c->pos, 0, in);
    if (last && piece.kind != STREAM_NEW) {
        struct cursor whole = cursor_over(p, "Reassembled DATA", piece.data, piece.length);
        fragments_put(p, &whole, &fragment_fields, &piece);
        put_imf(p, &whole);
    } else if (last && first) {
        put_imf(p, c);
    }
}

/* A mail ends with a point alone on a line. As in Wireshark, each segment of one whose size nobody said is dissected by
 * itself. */
static void put_mail(struct packet *p, struct cursor *c, struct state *s)
{
    uint32_t n, with;
    struct cursor mail = *c;
    s->mail = !lines_end(*c, &n, &with);
    if (s->promised > s->come)
        put_part(p, &mail, s);
    else
        put_imf(p, &mail);
    cursor_skip(c, cursor_captured(c));
}

static void put_first(struct packet *p, const struct cursor *c, struct state *s, struct line line,
                      bool request)
{
    struct text t = line.text;
    bool marked = t.n > 0 && (*t.at == '+' || *t.at == '-');
    unsigned field = request ? REQUEST : marked ? RESPONSE : DATA;
    put_data(p, c, field, t.offset, line.whole, "", 0);
    label(p, field, "%.*s", (int)t.n, t.at);
    if (field == DATA)
        return;
    uint32_t tree = tree_begin(p, field);
    struct text word = word_take(&t);
    /* "+ ..." asks for more (RFC 5034, section 4) */
    if (request || text_is(word, "+OK") || text_is(word, "-ERR")) {
        put_text(p, c, request ? COMMAND : INDICATOR, word);
        if (t.n > 0)
            put_text(p, c, request ? PARAMETER : DESCRIPTION, t);
    }
    tree_end(p, tree);
    if (request) {
        s->asked = text_is(word, "RETR") || text_is(word, "TOP");
        return;
    }
    s->mail = s->asked && text_is(word, "+OK");
    s->promised = s->mail ? text_number(t) : 0;
    s->come = 0;
}

static void dissect(struct packet *p, struct cursor *c)
{
    bool request = p->dst_port == POP_PORT;
    struct state none = {0}, *s = flow_state(p, sizeof *s);
    if (s == NULL || p->quoted)
        s = &none;
    if (!request && s->mail) {
        info_set(p, "S: DATA fragment, %u bytes", cursor_captured(c));
        return put_mail(p, c, s);
    }
    struct line first = line_take(c);
    info_set(p, "%s: %.*s", request ? "C" : "S", (int)first.text.n, first.text.at);
    put_first(p, c, s, first, request);
    if (!request && s->mail && cursor_captured(c) > 0)
        return put_mail(p, c, s);
    while (cursor_captured(c) > 0) {
        struct line line = line_take(c);
        put_data(p, c, DATA, line.text.offset, line.whole, "", 0);
        label(p, DATA, "%.*s", (int)line.text.n, line.text.at);
    }
}

static const char *const tables[] = {"media_type", NULL};
static const struct binding bindings[] = {
    {"tcp.port", POP_PORT}, {"tls.port", POP_PORT}, {"tls.port", 995}, {NULL, 0}};

const struct protocol proto_pop = {.name = "pop",
                                   .title = "Post Office Protocol",
                                   .column = "POP",
                                   FIELDS_OF_THIS_FILE,
                                   .tables = tables,
                                   .bindings = bindings,
                                   .dissect = dissect};
