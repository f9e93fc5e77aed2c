/* http2: what the files of this protocol share: http2.c frames, http2_header.c blocks of headers,
 * http2_hpack.c their compression, http2_body.c bodies. */
#ifndef PROTO_HTTP2_H
#define PROTO_HTTP2_H

#include "dissect/span.h"
#include "proto/http2.def"

#define HEADER_ID(id, header, field, type) id,
enum { FIELDS(FIELD_ID) HEADERS(HEADER_ID) FIELD_COUNT };
enum http2_table { MEDIA_TABLE };

enum http2_type {
    HTTP2_DATA,
    HTTP2_HEADERS,
    HTTP2_PRIORITY,
    HTTP2_RST_STREAM,
    HTTP2_SETTINGS,
    HTTP2_PUSH_PROMISE,
    HTTP2_PING,
    HTTP2_GOAWAY,
    HTTP2_WINDOW_UPDATE,
    HTTP2_CONTINUATION,
    HTTP2_ALTSVC,
    HTTP2_BLOCKED,
    HTTP2_ORIGIN,
    HTTP2_PRIORITY_UPDATE = 16
};

enum http2_flag {
    HTTP2_END_STREAM = 1, /* or ACK */
    HTTP2_END_HEADERS = 4,
    HTTP2_PADDED = 8,
    HTTP2_HAS_PRIORITY = 0x20
};

enum { HTTP2_STREAMS = 64, HTTP2_MEDIA_MAX = 80 };

/* What is remembered of one direction of a stream: of its body. */
struct http2_stream {
    uint32_t id;                 /* 0: not used */
    int64_t carried;             /* bytes of its body so far */
    char coding[12];             /* content-encoding */
    char media[HTTP2_MEDIA_MAX]; /* content-type */
};

/* Of one direction of a connection: of the streams that were used last. */
struct http2_side {
    uint32_t next; /* in `streams`, to be used for the next new one */
    struct http2_stream streams[HTTP2_STREAMS];
};

/* Of a connection. */
struct http2_state {
    uint8_t table[2];  /* size class of each direction's dynamic table */
    bool lost[2];      /* that table does not agree with the sender's any more */
    int64_t blocks[2]; /* bytes of header blocks so far */
};

struct http2 {
    struct packet *p;
    struct http2_state *state; /* never NULL */
    unsigned direction;
    uint8_t type, flags;
    uint32_t id;
    const char *summary; /* what the frame says, for labels and columns; or NULL */
    const char *media;   /* what `body` is; NULL: there is none that is whole */
    struct cursor body;
};

/* ---- HPACK (RFC 7541) ---------------------------------------------------------------------- */

enum hpack_kind { HPACK_INDEXED, HPACK_ADDED, HPACK_PLAIN, HPACK_NEVER, HPACK_UPDATE };

/* One representation. */
struct hpack_header {
    enum hpack_kind kind;
    bool new_name;           /* the name is not from a table */
    uint32_t index;          /* or the new size of the table */
    uint32_t offset, length; /* in the block */
    struct span name, value; /* in the packet's arena, or in tables; their offset means nothing */
};

/* A table of the headers of one direction; NULL where nothing is remembered. */
struct hpack_table;
struct hpack_table *hpack_table(struct http2 *h);
/* The next representation of the block. False: it makes no sense, or is not whole, or there is none. */
bool hpack_next(struct http2 *h, struct cursor *block, struct hpack_header *header);

/* ---- The others ------------------------------------------------------------------------------ */

/* This direction's state of the stream, a new one if there is none; NULL where nothing is remembered. */
struct http2_stream *http2_stream(struct http2 *h);

/* Keys of channels. */
uint32_t http2_channel(const struct http2 *h, unsigned kind);
enum { HTTP2_CHANNEL_SIDE, HTTP2_CHANNEL_BLOCK, HTTP2_CHANNEL_TABLE, HTTP2_CHANNEL_BODY };

/* A fragment of a header block, to the end of c: as `field`. */
void http2_put_block(struct http2 *h, struct cursor *c, unsigned field);
/* The body's bytes in a DATA frame, to the end of c. */
void http2_put_data(struct http2 *h, struct cursor *c);
/* The body that is whole with this frame, which ends at `own`. */
void http2_dissect_body(struct http2 *h, const struct cursor *own);

#endif
