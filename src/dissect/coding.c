#include "dissect/coding.h"

#include <zlib.h>
#include <zstd.h>
#ifdef HAVE_BROTLI
#include <brotli/decode.h>
#endif

/* Decoded bytes so far; they move to a larger place when there is no more room. */
struct output {
    struct packet *p;
    uint8_t *data;
    uint32_t used, room;
};

static bool output_grow(struct output *o)
{
    uint32_t limit = o->p->limits.decoded_bytes;
    uint32_t room = o->room == 0 ? 16384 : 4 * o->room;
    if (room > limit)
        room = limit;
    if (room == o->room)
        return false;
    uint8_t *data = arena_alloc(o->p->arena, room);
    if (data == NULL)
        return false;
    if (o->used > 0)
        memcpy(data, o->data, o->used);
    o->data = data;
    o->room = room;
    return true;
}

static const uint8_t *output_take(const struct output *o, uint32_t *length)
{
    *length = o->used;
    return o->used > 0 ? o->data : NULL;
}

/* ---- zlib ---------------------------------------------------------------------------------- */

enum { BITS_RAW = -15, BITS_ZLIB = 15, BITS_GZIP = 31 };

/* The status of the last call: Z_STREAM_END, Z_BUF_ERROR if the input ends early, or what is wrong.
 */
static int inflate_all(z_stream *z, struct output *o)
{
    int status = Z_OK;
    while (status == Z_OK) {
        if (o->used == o->room && !output_grow(o))
            break;
        z->next_out = o->data + o->used;
        z->avail_out = o->room - o->used;
        status = inflate(z, Z_SYNC_FLUSH);
        o->used = o->room - z->avail_out;
    }
    return status;
}

static const uint8_t *inflate_as(struct packet *p, int bits, const uint8_t *bytes, uint32_t n,
                                 uint32_t *length)
{
    struct output o = {.p = p};
    z_stream z = {.next_in = (Bytef *)(uintptr_t)bytes, .avail_in = n};
    if (inflateInit2(&z, bits) != Z_OK)
        return NULL;
    int status = inflate_all(&z, &o);
    (void)inflateEnd(&z);
    *length = o.used;
    return status == Z_STREAM_END || o.used > 0 ? o.data : NULL;
}

/* Servers that say "deflate" send zlib's header, or none; some that say "gzip" do too. */
static const uint8_t *inflate_any(struct packet *p, const uint8_t *bytes, uint32_t n,
                                  uint32_t *length)
{
    if (n >= 2 && bytes[0] == 0x1f && bytes[1] == 0x8b)
        return inflate_as(p, BITS_GZIP, bytes, n, length);
    const uint8_t *data = inflate_as(p, BITS_ZLIB, bytes, n, length);
    return data != NULL ? data : inflate_as(p, BITS_RAW, bytes, n, length);
}

const uint8_t *coding_inflate_next(struct packet *p, const uint8_t *window, uint32_t window_length,
                                   const uint8_t *bytes, uint32_t n, uint32_t *length)
{
    static const uint8_t flush[] = {0x00, 0x00, 0xff, 0xff}; /* RFC 7692, section 7.2.2 */
    uint8_t *input = arena_alloc(p->arena, (size_t)n + sizeof flush);
    struct output o = {.p = p};
    z_stream z = {.next_in = input, .avail_in = n + (uint32_t)sizeof flush};
    if (input == NULL || inflateInit2(&z, BITS_RAW) != Z_OK)
        return NULL;
    memcpy(input, bytes, n);
    memcpy(input + n, flush, sizeof flush);
    if (window_length > 0)
        (void)inflateSetDictionary(&z, window, window_length);
    int status = inflate_all(&z, &o);
    (void)inflateEnd(&z);
    if (status != Z_BUF_ERROR && status != Z_STREAM_END && status != Z_OK)
        return NULL;
    *length = o.used;
    return o.data;
}

/* ---- Others -------------------------------------------------------------------------------- */

static const uint8_t *unzstd(struct packet *p, const uint8_t *bytes, uint32_t n, uint32_t *length)
{
    struct output o = {.p = p};
    ZSTD_DStream *stream = ZSTD_createDStream();
    ZSTD_inBuffer in = {bytes, n, 0};
    size_t status = stream == NULL ? 0 : 1;
    while (status > 0 && !ZSTD_isError(status)) {
        if (o.used == o.room && !output_grow(&o))
            break;
        size_t before = in.pos;
        ZSTD_outBuffer out = {o.data, o.room, o.used};
        status = ZSTD_decompressStream(stream, &out, &in);
        if (in.pos == before && out.pos == o.used)
            break; /* the input ends early */
        o.used = (uint32_t)out.pos;
    }
    (void)ZSTD_freeDStream(stream);
    return output_take(&o, length);
}

#ifdef HAVE_BROTLI
static const uint8_t *unbrotli(struct packet *p, const uint8_t *bytes, uint32_t n, uint32_t *length)
{
    struct output o = {.p = p};
    BrotliDecoderState *state = BrotliDecoderCreateInstance(NULL, NULL, NULL);
    size_t in_left = n;
    BrotliDecoderResult result =
        state == NULL ? BROTLI_DECODER_RESULT_ERROR : BROTLI_DECODER_RESULT_NEEDS_MORE_OUTPUT;
    while (result == BROTLI_DECODER_RESULT_NEEDS_MORE_OUTPUT && output_grow(&o)) {
        size_t out_left = o.room - o.used;
        uint8_t *out = o.data + o.used;
        result = BrotliDecoderDecompressStream(state, &in_left, &bytes, &out_left, &out, NULL);
        o.used = o.room - (uint32_t)out_left;
    }
    if (state != NULL)
        BrotliDecoderDestroyInstance(state);
    return output_take(&o, length);
}
#endif

const uint8_t *coding_decode(struct packet *p, enum coding coding, const uint8_t *bytes, uint32_t n,
                             uint32_t *length)
{
    switch (coding) {
    case CODING_DEFLATE:
        return inflate_any(p, bytes, n, length);
    case CODING_ZSTD:
        return unzstd(p, bytes, n, length);
#ifdef HAVE_BROTLI
    case CODING_BROTLI:
        return unbrotli(p, bytes, n, length);
#endif
    default:
        return NULL;
    }
}
