/* Bodies: put together over DATA frames, decoded (RFC 9110, section 8.4), and given to the protocol of
 * their media type. */
#include "dissect/coding.h"
#include "dissect/fragment.h"
#include "proto/http2.h"

static enum coding coding_of(const char *name)
{
    if (strcasecmp(name, "br") == 0)
        return CODING_BROTLI;
    if (strcasecmp(name, "zstd") == 0)
        return CODING_ZSTD;
    if (strcasecmp(name, "gzip") == 0 || strcasecmp(name, "x-gzip") == 0 ||
        strcasecmp(name, "deflate") == 0)
        return CODING_DEFLATE;
    return CODING_UNKNOWN;
}

static const struct fragment_fields fragment_fields = {.fragments = FRAGMENTS,
                                                       .fragment = FRAGMENT,
                                                       .count = FRAGMENT_COUNT,
                                                       .length = BODY_LENGTH,
                                                       .data = BODY_DATA,
                                                       .reassembled_in = BODY_IN,
                                                       .name = "Body fragments",
                                                       .itself = true,
                                                       .filled = true};

static void put_partial(struct http2 *h, struct cursor *c)
{
    struct packet *p = h->p;
    uint64_t in;
    h->summary = "(partial entity body)";
    if (told(p, p->in->number, BODY_IN, &in))
        put_uint(p, c, BODY_IN, c->pos, 0, in);
    (void)put_bytes_captured(p, c, DATA, cursor_left(c));
}

/* Replaces body by what it says when it is decoded. False if that fails. */
static bool decode(struct packet *p, struct cursor *body, const char *coding)
{
    uint32_t n = cursor_captured(body), length = 0;
    const uint8_t *decoded =
        coding_decode(p, coding_of(coding), body->data + body->pos, n, &length);
    if (decoded == NULL)
        return false;
    uint32_t tree =
        tree_text(p, body, body->pos, n, "Content-encoded entity body (%s): %u bytes -> %u bytes",
                  coding, n, length);
    *body = cursor_over(p, "Uncompressed entity body", decoded, length);
    put_data(p, body, DATA, 0, length, decoded, length);
    tree_end(p, tree);
    return true;
}

static void put_whole(struct http2 *h, const struct http2_stream *stream, struct cursor *body)
{
    struct packet *p = h->p;
    uint32_t n = cursor_captured(body);
    bool coded = n > 0 && stream != NULL && stream->coding[0] != '\0' &&
                 strcasecmp(stream->coding, "identity") != 0;
    bool decoded = coded && decode(p, body, stream->coding);
    if (coded && !decoded)
        put_mark(p, body, BODY_FAILED);
    if (!decoded)
        put_data(p, body, DATA, body->pos, n, body->data + body->pos, n);
    h->body = *body;
    h->media = stream != NULL && n > 0 ? stream->media : NULL;
}

void http2_put_data(struct http2 *h, struct cursor *c)
{
    struct packet *p = h->p;
    struct http2_stream *stream = http2_stream(h);
    uint32_t n = cursor_captured(c);
    bool last = (h->flags & HTTP2_END_STREAM) != 0;
    struct stream_piece piece = {.kind = STREAM_NEW};
    if (stream != NULL && c->cap == c->end) {
        struct flow_facts saved =
            channel_enter(p, http2_channel(h, HTTP2_CHANNEL_BODY), stream->carried);
        stream->carried += n;
        stream_gather(p, c, n, STREAM_TO_FIN, last, &piece);
        channel_leave(p, saved);
    }
    if (piece.kind == STREAM_PART || (piece.kind == STREAM_NEW && !last)) {
        put_partial(h, c);
        return;
    }
    struct cursor body = *c;
    if (piece.kind == STREAM_WHOLE) {
        body = cursor_over(p, "Reassembled body", piece.data, piece.length);
        fragments_put(p, &body, &fragment_fields, &piece);
    }
    cursor_skip(c, cursor_left(c));
    put_whole(h, stream, &body);
}

/* Behind the frame, as a layer of its own. */
void http2_dissect_body(struct http2 *h, const struct cursor *own)
{
    struct packet *p = h->p;
    if (h->media == NULL || h->media[0] == '\0')
        return;
    struct media outer = p->media;
    uint32_t n = (uint32_t)strcspn(h->media, "; "), all = (uint32_t)strlen(h->media);
    p->media = (struct media){h->media, h->media + n, n, all - n};
    layer_end(p, own);
    info_add(p, " (%.*s)", (int)n, h->media);
    if (!next_text(p, &h->body, MEDIA_TABLE, h->media, n) &&
        !next_text(p, &h->body, MEDIA_TABLE, "*", 1))
        next_data(p, &h->body);
    p->media = outer;
}
