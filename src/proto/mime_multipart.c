/*
 * mime_multipart: several bodies in one (RFC 2046, section 5.1).
 *
 *     preamble  "--" boundary CRLF  headers CRLF body  CRLF "--" boundary CRLF ... CRLF "--"
 * boundary "--" CRLF
 */
#include "dissect/span.h"

#define HEADERS(H)                                                                                 \
    H(DESCRIPTION, "Content-Description", "mime_multipart.header.content-description")             \
    H(DISPOSITION, "Content-Disposition", "mime_multipart.header.content-disposition")             \
    H(ENCODING, "Content-Encoding", "mime_multipart.header.content-encoding")                      \
    H(ID, "Content-Id", "mime_multipart.header.content-id")                                        \
    H(LANGUAGE, "Content-Language", "mime_multipart.header.content-language")                      \
    H(LENGTH, "Content-Length", "mime_multipart.header.content-length")                            \
    H(TRANSFER_ENCODING, "Content-Transfer-Encoding",                                              \
      "mime_multipart.header.content-transfer-encoding")                                           \
    H(TYPE_HEADER, "Content-Type", "mime_multipart.header.content-type")

#define FIELDS(X)                                                                                  \
    X(TYPE, "mime_multipart.type", "Type", STRING, GENERATED, 0, NULL)                             \
    X(PREAMBLE, "mime_multipart.preamble", "Preamble", BYTES, NONE, 0, NULL)                       \
    X(FIRST, "mime_multipart.first_boundary", "First boundary", STRING, NONE, 0, NULL)             \
    X(PART, "mime_multipart.part", "Encapsulated multipart part", STRING, NONE, 0, NULL)           \
    X(BOUNDARY, "mime_multipart.boundary", "Boundary", STRING, NONE, 0, NULL)                      \
    X(LAST, "mime_multipart.last_boundary", "Last boundary", STRING, NONE, 0, NULL)                \
    X(TRAILER, "mime_multipart.trailer", "Trailer", BYTES, NONE, 0, NULL)                          \
    X(NO_PARAMETER, "mime_multipart.no_required_parameter",                                        \
      "The multipart dissector could not find a required parameter.", NONE, NONE, 0, NULL)

#define HEADER_ID(id, header, field)  id,
#define HEADER_ROW(id, header, field) {field, header, LAMNA_STRING, NONE, 0, NULL},
enum { FIELDS(FIELD_ID) HEADERS(HEADER_ID) FIELD_COUNT };
static const struct field_def field_defs[] = {FIELDS(FIELD_ROW) HEADERS(HEADER_ROW)};

enum { MEDIA_TABLE };

static const struct {
    const char *name;
    unsigned field;
} header_names[] = {
#define HEADER_NAME(id, header, field) {header, id},
    HEADERS(HEADER_NAME)};

/* A line that begins and ends a part. */
struct delimiter {
    uint32_t at, n; /* the line end before it included, and the one after it */
    bool found, last;
};

/* The next delimiter in s, from `from` on. `first`: it may begin without a line end before. */
static struct delimiter delimiter_find(struct span s, struct span boundary, uint32_t from)
{
    for (uint32_t at = from; at + 2 + boundary.n <= s.n; at++) {
        const char *dash = memmem(s.at + at, s.n - at, "--", 2);
        if (dash == NULL)
            break;
        at = (uint32_t)(dash - s.at);
        struct span rest = span_after(s, at);
        bool begins = at == 0 || s.at[at - 1] == '\n';
        if (!begins || rest.n < 2 + boundary.n || memcmp(rest.at + 2, boundary.at, boundary.n) != 0)
            continue;
        uint32_t end = 2 + boundary.n;
        bool last = rest.n >= end + 2 && memcmp(rest.at + end, "--", 2) == 0;
        struct span line = span_line(span_after(rest, end));
        struct span tail = span_text(line);
        if (!last && span_trim(tail).n > 0)
            continue;
        uint32_t before = at > from && s.at[at - 1] == '\n' ? 1 : 0;
        if (before == 1 && at - 1 > from && s.at[at - 2] == '\r')
            before = 2;
        return (struct delimiter){at - before, before + end + line.n, true, last};
    }
    return (struct delimiter){.found = false};
}

/* "form-data; name="a"" is shown without the blanks between its parameters. */
static const char *compact(struct packet *p, struct span s, uint32_t *length)
{
    char *text = arena_alloc(p->arena, s.n + 1u);
    uint32_t n = 0;
    bool quoted = false;
    for (uint32_t i = 0; text != NULL && i < s.n; i++) {
        char ch = s.at[i];
        quoted ^= ch == '"';
        bool gap = (ch == ' ' || ch == '\t') && n > 0 && text[n - 1] == ';';
        if (!gap || quoted)
            text[n++] = ch;
    }
    *length = n;
    return text;
}

static void put_header(struct packet *p, struct cursor *c, struct span line, struct media *media)
{
    struct span value = span_text(line), text = value;
    struct span name = span_until(&value, ':');
    value = span_trim(span_unfolded(p, value));
    if (span_is(name, "Content-Type")) {
        struct span parameters = value;
        struct span type = span_trim(span_until(&parameters, ';'));
        *media = (struct media){type.at, parameters.at, type.n, parameters.n};
    }
    for (size_t i = 0; i < sizeof header_names / sizeof *header_names; i++) {
        if (!span_is(name, header_names[i].name))
            continue;
        uint32_t n = 0;
        if (!wants(p, header_names[i].field))
            return;
        const char *short_text = compact(p, value, &n);
        if (short_text != NULL)
            put_data(p, c, header_names[i].field, line.offset, line.n, short_text, n);
        label(p, header_names[i].field, "%.*s", (int)text.n, text.at);
        return;
    }
    uint32_t tree = tree_text(p, c, line.offset, line.n, "%.*s", (int)text.n, text.at);
    tree_end(p, tree);
}

/* The headers of a part; they end with an empty line, or with what has no colon. */
static void put_headers(struct packet *p, struct cursor *c, struct media *media)
{
    while (cursor_captured(c) > 0) {
        struct span line = span_header(span_rest(c));
        if (memchr(line.at, ':', line.n) == NULL)
            break;
        cursor_skip(c, line.n);
        put_header(p, c, line, media);
        struct span after = span_line(span_rest(c));
        if (after.n > 0 && span_text(after).n == 0) {
            cursor_skip(c, after.n);
            break;
        }
    }
}

static void put_part(struct packet *p, const struct cursor *c, uint32_t n)
{
    struct cursor part = *c;
    cursor_trim(&part, n);
    struct media outer = p->media;
    p->media = (struct media){NULL, NULL, 0, 0};
    put_data(p, &part, PART, part.pos, n, "", 0);
    uint32_t tree = tree_begin(p, PART);
    put_headers(p, &part, &p->media);
    if (cursor_captured(&part) > 0) {
        bool found = p->media.type_length > 0 &&
                     (next_text(p, &part, MEDIA_TABLE, p->media.type, p->media.type_length) ||
                      next_text(p, &part, MEDIA_TABLE, "*", 1));
        if (!found)
            next_data(p, &part);
    }
    tree_end(p, tree);
    p->media = outer;
}

static void put_parts(struct packet *p, struct cursor *c, struct span boundary)
{
    struct span all = span_rest(c);
    struct delimiter d = delimiter_find(all, boundary, 0);
    if (!d.found)
        return next_data(p, c);
    /* the first is shown from its dashes on */
    uint32_t dashes = d.at;
    while (all.at[dashes] != '-')
        dashes++;
    if (dashes > 0)
        put_data(p, c, PREAMBLE, all.offset, dashes, all.at, dashes);
    put_data(p, c, FIRST, all.offset + dashes, d.at + d.n - dashes, all.at + dashes,
             d.at + d.n - dashes);
    while (!d.last) {
        uint32_t from = d.at + d.n;
        struct delimiter end = delimiter_find(all, boundary, from);
        struct cursor part = *c;
        cursor_skip(&part, from);
        put_part(p, &part, (end.found ? end.at : all.n) - from);
        if (!end.found)
            return;
        put_data(p, c, end.last ? LAST : BOUNDARY, all.offset + end.at, end.n, all.at + end.at,
                 end.n);
        d = end;
    }
    uint32_t n = all.n - (d.at + d.n);
    if (n > 0)
        put_data(p, c, TRAILER, all.offset + d.at + d.n, n, all.at + d.at + d.n, n);
}

static void dissect(struct packet *p, struct cursor *c)
{
    const struct media *m = &p->media;
    struct span parameters = {m->parameters, m->parameters_length, 0};
    struct span boundary =
        m->parameters == NULL ? parameters : span_parameter(parameters, "boundary");
    title(p, "MIME Multipart Media Encapsulation, Type: %.*s, Boundary: \"%.*s\"",
          (int)m->type_length, m->type_length > 0 ? m->type : "", (int)boundary.n,
          boundary.n > 0 ? boundary.at : "");
    put_data(p, c, TYPE, c->pos, 0, m->type, m->type_length);
    if (boundary.n == 0) {
        put_mark(p, c, NO_PARAMETER);
        cursor_skip(c, cursor_captured(c));
        return;
    }
    nest_begin(p);
    put_parts(p, c, boundary);
    nest_end(p);
    cursor_skip(c, cursor_captured(c));
}

static const char *const tables[] = {"media_type", NULL};
static const struct binding bindings[] = {BOUND_TEXT("media_type", "multipart/mixed"),
                                          BOUND_TEXT("media_type", "multipart/related"),
                                          BOUND_TEXT("media_type", "multipart/alternative"),
                                          BOUND_TEXT("media_type", "multipart/form-data"),
                                          BOUND_TEXT("media_type", "multipart/byteranges"),
                                          BOUND_TEXT("media_type", "multipart/report"),
                                          BOUND_TEXT("media_type", "multipart/signed"),
                                          BOUND_TEXT("media_type", "multipart/encrypted"),
                                          BOUND_TEXT("media_type", "multipart/parallel"),
                                          BOUND_TEXT("media_type", "multipart/digest"),
                                          BOUND_TEXT("media_type", "multipart/x-mixed-replace"),
                                          {NULL, 0, NULL}};

const struct protocol proto_mime_multipart = {.name = "mime_multipart",
                                              .title = "MIME Multipart Media Encapsulation",
                                              FIELDS_OF_THIS_FILE,
                                              .tables = tables,
                                              .bindings = bindings,
                                              .dissect = dissect};
