/*
 * The body of http: put together from its chunks (RFC 9112, section 7.1), decoded (RFC 9110,
 * section 8.4), and given to the protocol of its media type.
 *
 *     chunks   size [; extension] CRLF  data CRLF ... 0 CRLF  *( trailer CRLF )  CRLF
 */
#include "proto/http.h"

#include "dissect/coding.h"

/* ---- Chunks -------------------------------------------------------------------------------- */

static int hex_digit(char ch)
{
    if (ch >= '0' && ch <= '9')
        return ch - '0';
    ch |= 0x20;
    return ch >= 'a' && ch <= 'f' ? ch - 'a' + 10 : -1;
}

/* The size that a chunk's first line states, whatever stands before it that is blank, or behind it. False: that
 * line is none. */
static bool chunk_size(struct span line, uint32_t *size)
{
    uint64_t v = 0;
    uint32_t n = 0;
    line = span_text(line);
    while (line.n > 0 && (*line.at == ' ' || (*line.at >= '\t' && *line.at <= '\r')))
        line = span_after(line, 1);
    for (; n < line.n && v <= UINT32_MAX && hex_digit(line.at[n]) >= 0; n++)
        v = v << 4 | (uint64_t)hex_digit(line.at[n]);
    *size = v < STREAM_TO_FIN / 2 ? (uint32_t)v : STREAM_TO_FIN / 2;
    return n > 0;
}

/* The trailers and the empty line after them, of which a line is whole at c. */
static uint32_t trailer_length(struct span rest)
{
    for (uint32_t n = 0;;) {
        struct span line = span_line(span_after(rest, n));
        if (line.n == 0 || line.at[line.n - 1] != '\n')
            return STREAM_MORE;
        n += line.n;
        if (span_text(line).n == 0)
            return n;
        struct span text = line;
        if (span_until(&text, ':').n == line.n)
            return n - line.n; /* no header: something else begins */
    }
}

uint32_t http_chunks_length(const struct cursor *c, uint32_t *at)
{
    struct span all = span_rest(c);
    for (;;) {
        struct span rest = span_after(all, *at), line = span_line(rest);
        uint32_t size;
        if (line.n == 0 || line.at[line.n - 1] != '\n')
            return line.n > 64 ? all.n : STREAM_MORE;
        if (!chunk_size(line, &size))
            return all.n; /* no chunk: there is no more to be known of the end */
        if (size == 0) {
            uint32_t n = trailer_length(span_after(rest, line.n));
            return n == STREAM_MORE ? n : *at + line.n + n;
        }
        uint64_t next = (uint64_t)*at + line.n + size + 2;
        if (next > all.n)
            return STREAM_MORE;
        *at = (uint32_t)next;
    }
}

static void put_chunk(struct packet *p, struct cursor *c, struct span line, uint32_t size)
{
    uint32_t tree =
        size > 0 ? tree_text(p, c, line.offset, line.n + size + 2, "Data chunk (%u octets)", size)
                 : tree_text(p, c, line.offset, line.n, "End of chunked encoding");
    put_uint(p, c, CHUNK_SIZE, line.offset, line.n > 2 ? line.n - 2 : line.n, size);
    label(p, CHUNK_SIZE, "Chunk size: %u octets", size);
    cursor_skip(c, line.n);
    if (size > 0) {
        put_bytes_captured(p, c, CHUNK_DATA, size);
        if (cursor_captured(c) >= 2)
            put_bytes(p, c, CHUNK_BOUNDARY, 2);
        else
            cursor_skip(c, cursor_captured(c));
    }
    tree_end(p, tree);
}

/* What follows the last chunk. */
static void put_trailers(struct packet *p, struct cursor *c)
{
    struct span rest = span_rest(c);
    uint32_t n = 0;
    while (n < rest.n && span_text(span_line(span_after(rest, n))).n > 0)
        n += span_line(span_after(rest, n)).n;
    if (n > 0)
        put_bytes(p, c, TRAILER, n);
    cursor_skip(c, cursor_captured(c));
}

/* Shows the chunks, and gives what they hold together; false if it was not all captured. */
static bool put_chunks(struct packet *p, struct cursor *c, struct cursor *body)
{
    uint32_t n = 0, size = 1;
    uint8_t *whole = arena_alloc(p->arena, cursor_captured(c) + 1u);
    uint32_t tree = tree_text(p, c, c->pos, cursor_captured(c), "HTTP chunked response");
    while (cursor_captured(c) > 0 && size > 0 && c->fault == CURSOR_OK) {
        struct span line = span_line(span_rest(c));
        if (!chunk_size(line, &size))
            break;
        uint32_t left = cursor_captured(c) - line.n;
        uint32_t here = size < left ? size : left;
        if (whole != NULL)
            memcpy(whole + n, line.at + line.n, here);
        n += here;
        put_chunk(p, c, line, size);
    }
    bool complete = size == 0 && c->fault == CURSOR_OK;
    put_trailers(p, c);
    tree_end(p, tree);
    if (whole == NULL || n == 0)
        return false;
    *body = cursor_over(p, "De-chunked entity body", whole, n);
    return complete;
}

/* ---- Codings ------------------------------------------------------------------------------- */

static bool is_coded(const struct http_message *m)
{
    return m->coding.n > 0 && !span_is(m->coding, "identity");
}

static enum coding coding_of(struct span name)
{
    if (span_is(name, "br"))
        return CODING_BROTLI;
    if (span_is(name, "zstd"))
        return CODING_ZSTD;
    if (span_is(name, "gzip") || span_is(name, "x-gzip") || span_is(name, "deflate") ||
        span_is(name, "x-deflate"))
        return CODING_DEFLATE;
    return CODING_UNKNOWN;
}

/* Replaces body by what it says when it is decoded. False if that fails: it is shown as it is. */
static bool decode(struct packet *p, struct cursor *body, const struct http_message *m)
{
    uint32_t n = cursor_captured(body), length = 0;
    const uint8_t *decoded =
        coding_decode(p, coding_of(m->coding), body->data + body->pos, n, &length);
    struct span name = m->coding;
    if (decoded == NULL) {
        uint32_t tree =
            tree_text(p, body, body->pos, n, "Content-encoded entity body (%.*s): %u bytes",
                      (int)name.n, name.at, n);
        put_mark(p, body, DECODE_FAILED);
        tree_end(p, tree);
        next_data(p, body);
        return false;
    }
    uint32_t tree =
        tree_text(p, body, body->pos, n, "Content-encoded entity body (%.*s): %u bytes -> %u bytes",
                  (int)name.n, name.at, n, length);
    tree_end(p, tree);
    *body = cursor_over(p, "Uncompressed entity body", decoded, length);
    return true;
}

/* ---- Media types --------------------------------------------------------------------------- */

static void put_media_info(struct packet *p, const struct http_message *m)
{
    if (m->type.n > 0)
        info_add(p, " (%.*s)", (int)m->type.n, m->type.at);
}

static void put_media(struct packet *p, struct cursor *body, const struct http_message *m)
{
    struct media outer = p->media;
    p->media = (struct media){m->type.at, m->parameters.at, m->type.n, m->parameters.n};
    bool found = false;
    if (m->type.n > 0) {
        found = next_text(p, body, MEDIA_TABLE, m->type.at, m->type.n);
        if (!found && next_protocol(p, MEDIA_TABLE, text_key(m->type.at, m->type.n)) != 0)
            put_mark(p, body, BODY_FAILED);
    }
    found = found || next_heuristic(p, body, BODY_TABLE);
    if (!found && (m->type.n == 0 || !next_text(p, body, MEDIA_TABLE, "*", 1)))
        next_data(p, body);
    p->media = outer;
}

/* Where one protocol is asked for that nobody can tell by the type, the body must be looked at. In columns it says
 * its type, if it can be decoded. */
bool http_body_wanted(const struct packet *p, const struct http_message *m)
{
    uint64_t type = text_key(m->type.at, m->type.n);
    if (p->wanted->bodies || p->wanted->labels)
        return true;
    if (p->wanted->coded && (m->chunked || is_coded(m)))
        return true;
    if (m->type.n > 0 && next_certain(p, MEDIA_TABLE, type))
        return next_asked(p, MEDIA_TABLE, type);
    return next_heuristic_asked(p, BODY_TABLE) || next_asked(p, MEDIA_TABLE, text_key("*", 1)) ||
           next_asked(p, MEDIA_TABLE, type);
}

void http_put_body(struct packet *p, struct cursor *c, const struct http_message *m)
{
    if (cursor_captured(c) == 0)
        return;
    struct cursor body = *c;
    bool whole = c->cap == c->end;
    if (m->chunked)
        whole = put_chunks(p, c, &body);
    else if (m->says_length && m->length < cursor_left(c))
        cursor_trim(&body, (uint32_t)m->length);
    cursor_skip(c, cursor_captured(c));
    uint32_t n = cursor_captured(&body);
    if ((m->chunked && body.data == c->data) || n == 0)
        return;
    if (!http_body_wanted(p, m))
        return put_media_info(p, m);
    struct cursor coded = body;
    if (is_coded(m) && !decode(p, &body, m)) {
        put_data(p, &coded, BODY, coded.pos, n, coded.data + coded.pos, n);
        return;
    }
    n = cursor_captured(&body);
    put_data(p, &body, BODY, body.pos, n, body.data + body.pos, n);
    const char *text = (const char *)body.data + body.pos;
    if (whole) { /* as text: it ends at a NUL */
        put_data(p, &body, FILE_DATA, body.pos, n, text, strnlen(text, n));
        label(p, FILE_DATA, "File Data: %u bytes", n);
    }
    if (n == 0)
        return;
    put_media_info(p, m);
    put_media(p, &body, m);
}
