/* Blocks of headers, which may go on over CONTINUATION frames (RFC 9113, section 4.3), and what they say.
 * Each frame shows the headers that are whole with it. */
#include <stdlib.h>

#include "dissect/names.h"
#include "proto/http2.h"

/* A list, in the arena. */
struct listed {
    struct listed *next;
    struct hpack_header header;
};

static const struct {
    const char *header;
    unsigned field;
} fields[] = {
#define FIELD_OF_HEADER(id, header, field, type) {header, id},
    HEADERS(FIELD_OF_HEADER)};

static unsigned field_of(struct span name)
{
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        if (name.n == strlen(fields[i].header) && memcmp(name.at, fields[i].header, name.n) == 0)
            return fields[i].field;
    }
    return FIELD_COUNT;
}

static bool is_number(unsigned field)
{
    return field == H_STATUS || field == H_AGE || field == H_CONTENT_LENGTH ||
           field == H_MAX_FORWARDS;
}

static const char *representation(const struct hpack_header *header)
{
    switch (header->kind) {
    case HPACK_INDEXED:
        return "Indexed Header Field";
    case HPACK_ADDED:
        return header->new_name ? "Literal Header Field with Incremental Indexing - New Name"
                                : "Literal Header Field with Incremental Indexing - Indexed Name";
    case HPACK_PLAIN:
        return header->new_name ? "Literal Header Field without Indexing - New Name"
                                : "Literal Header Field without Indexing - Indexed Name";
    default:
        return header->new_name ? "Literal Header Field never Indexed - New Name"
                                : "Literal Header Field never Indexed - Indexed Name";
    }
}

/* What percent signs stand for; false where they stand for nothing. */
static bool unescape(struct packet *p, struct span *text)
{
    char *out = memchr(text->at, '%', text->n) == NULL ? NULL : arena_alloc(p->arena, text->n);
    uint32_t n = 0;
    for (uint32_t i = 0; out != NULL && i < text->n; i++) {
        char hex[3] = {0};
        out[n++] = text->at[i];
        if (text->at[i] != '%')
            continue;
        if (text->n - i > 2)
            memcpy(hex, text->at + i + 1, 2);
        if (strspn(hex, "0123456789abcdefABCDEF") != 2)
            return false;
        out[n - 1] = (char)strtoul(hex, NULL, 16);
        i += 2;
    }
    if (out != NULL)
        *text = (struct span){out, n, 0};
    return true;
}

static void put_header(struct packet *p, const struct cursor *c, const struct hpack_header *header)
{
    struct span name = header->name, value = header->value;
    uint32_t at = header->offset, n = header->length;
    unsigned field = field_of(name);
    put_data(p, c, HEADER, at, n, NULL, 0);
    label(p, HEADER, "Header: %.*s: %.*s", (int)name.n, name.at, (int)value.n, value.at);
    uint32_t tree = tree_begin(p, HEADER);
    put_uint(p, c, NAME_LENGTH, at, n, name.n);
    put_data(p, c, NAME, at, n, name.at, name.n);
    put_uint(p, c, VALUE_LENGTH, at, n, value.n);
    put_data(p, c, VALUE_TEXT, at, n, value.at, value.n);
    if (field != FIELD_COUNT && is_number(field))
        put_uint(p, c, field, at, n, span_number(value));
    else if (field != FIELD_COUNT)
        put_data(p, c, field, at, n, value.at, value.n);
    if (wants(p, UNESCAPED) && unescape(p, &value))
        put_data(p, c, UNESCAPED, at, n, value.at, value.n);
    put_string(p, c, REPRESENTATION, at, 1, representation(header));
    if (!header->new_name)
        put_uint(p, c, INDEX, at, 1, header->index);
    tree_end(p, tree);
}

static void put_update(struct packet *p, const struct cursor *c, const struct hpack_header *header)
{
    put_data(p, c, TABLE_UPDATE, header->offset, header->length, NULL, 0);
    label(p, TABLE_UPDATE, "Header table size update");
    uint32_t tree = tree_begin(p, TABLE_UPDATE);
    put_uint(p, c, TABLE_SIZE, header->offset, header->length, header->index);
    tree_end(p, tree);
}

/* ---- What they mean ------------------------------------------------------------------------------ */

struct request {
    struct span method, scheme, authority, path, status;
};

static void copy_text(char *to, size_t room, struct span text)
{
    size_t n = text.n < room ? text.n : room - 1;
    memcpy(to, text.at, n);
    to[n] = '\0';
}

/* What later frames of the stream need to know of a header, and this one's summary. */
static void note_header(struct request *request, struct http2_stream *stream,
                        const struct hpack_header *header)
{
    switch (field_of(header->name)) {
    case H_METHOD:
        request->method = header->value;
        break;
    case H_SCHEME:
        request->scheme = header->value;
        break;
    case H_AUTHORITY:
        request->authority = header->value;
        break;
    case H_PATH:
        request->path = header->value;
        break;
    case H_STATUS:
        request->status = header->value;
        break;
    case H_CONTENT_TYPE:
        if (stream != NULL)
            copy_text(stream->media, sizeof stream->media, header->value);
        break;
    case H_CONTENT_ENCODING:
        if (stream != NULL)
            copy_text(stream->coding, sizeof stream->coding, header->value);
        break;
    default:
        break;
    }
}

static void summarize(struct http2 *h, const struct cursor *c, const struct request *request)
{
    struct packet *p = h->p;
    if (request->status.n > 0) {
        const char *reason = value_name_find(http_status_names, span_number(request->status));
        h->summary = packet_text(p, "%.*s %s", (int)request->status.n, request->status.at,
                                 reason != NULL ? reason : "Unknown");
    } else if (request->method.n > 0) {
        h->summary = packet_text(p, "%.*s %.*s", (int)request->method.n, request->method.at,
                                 (int)request->path.n, request->path.n > 0 ? request->path.at : "");
    }
    if (h->summary != NULL)
        info_add(p, ": %s", h->summary);
    if (request->method.n > 0 && request->scheme.n > 0 && request->authority.n > 0 &&
        request->path.n > 0)
        put_string(p, c, FULL_URI, c->pos, 0,
                   packet_text(p, "%.*s://%.*s%.*s", (int)request->scheme.n, request->scheme.at,
                               (int)request->authority.n, request->authority.at,
                               (int)request->path.n, request->path.at));
}

/* The headers of a whole block. They are read though nobody may ask: the table must know them. */
static void put_headers(struct http2 *h, struct cursor *block)
{
    struct packet *p = h->p;
    struct listed *list = NULL, **end = &list;
    struct hpack_header header;
    struct request request = {{0}};
    struct http2_stream *stream = h->type == HTTP2_PUSH_PROMISE ? NULL : http2_stream(h);
    uint32_t count = 0, length = 0;
    while (hpack_next(h, block, &header)) {
        struct listed *one = arena_alloc(p->arena, sizeof *one);
        if (one == NULL)
            break;
        *one = (struct listed){NULL, header};
        *end = one;
        end = &one->next;
        count++;
        if (header.kind == HPACK_UPDATE)
            continue;
        length += header.name.n + header.value.n + 8;
        note_header(&request, stream, &header);
    }
    if (list == NULL)
        return;
    put_uint(p, block, HEADER_LENGTH, block->pos, 0, length);
    put_uint(p, block, HEADER_COUNT, block->pos, 0, count);
    for (; list != NULL; list = list->next) {
        if (list->header.kind == HPACK_UPDATE)
            put_update(p, block, &list->header);
        else
            put_header(p, block, &list->header);
    }
    summarize(h, block, &request);
}

/* Before the fragment at c there may be bytes of the one before, of a header that was not whole. */
static struct cursor gather(struct http2 *h, struct cursor *c)
{
    struct packet *p = h->p;
    int64_t *offset = &h->state->blocks[h->direction];
    uint32_t n = cursor_captured(c);
    struct stream_piece piece;
    *offset += h->type != HTTP2_CONTINUATION; /* a new block: what waits is given up */
    struct flow_facts saved = channel_enter(p, http2_channel(h, HTTP2_CHANNEL_BLOCK), *offset);
    *offset += n;
    stream_gather(p, c, n, 0, true, &piece);
    channel_leave(p, saved);
    if (piece.kind != STREAM_WHOLE)
        return *c;
    return cursor_over(p, "Reassembled header", piece.data, piece.length);
}

/* The rest is kept for the next frame. */
static void keep_rest(struct http2 *h, const struct cursor *block)
{
    struct stream_piece piece;
    uint32_t n = cursor_captured(block);
    struct flow_facts saved = channel_enter(h->p, http2_channel(h, HTTP2_CHANNEL_BLOCK),
                                            h->state->blocks[h->direction] - n);
    stream_gather(h->p, block, n, STREAM_TO_FIN, false, &piece);
    channel_leave(h->p, saved);
}

void http2_put_block(struct http2 *h, struct cursor *c, unsigned field)
{
    bool cut = c->cap != c->end, last = (h->flags & HTTP2_END_HEADERS) != 0;
    struct cursor block = gather(h, c);
    (void)put_bytes_captured(h->p, c, field, cursor_left(c));
    put_headers(h, &block);
    if (cursor_captured(&block) > 0 && !last && !cut)
        keep_rest(h, &block);
    else if (cursor_captured(&block) > 0 || cut)
        h->state->lost[h->direction] = true;
}
