#include "capture/encoder.h"

#include <lz4frame.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>

/* zlib's default level; zstd's 3 and lz4's 0 are the defaults of their tools. */
enum { ZSTD_LEVEL = 3, LZ4_LEVEL = 0, ENCODER_ROOM = 64 << 10 };

/* One call of encoder_step(). */
struct encoder_call {
    enum encoder_mode mode;
    const uint8_t *from;
    size_t left;
    uint8_t *out;
    size_t room;
    bool done;
};

struct encoder_kind {
    const char *suffix;
    bool (*init)(struct encoder *e);
    void (*free)(struct encoder *e);
    size_t (*step)(struct encoder *e, struct encoder_call *c);
};

struct encoder {
    const struct encoder_kind *kind;
    bool begun; /* lz4: the frame header has been written */
    union {
        z_stream gzip;
        ZSTD_CStream *zstd;
        LZ4F_cctx *lz4;
    } u;
};

static bool gzip_init(struct encoder *e)
{
    return deflateInit2(&e->u.gzip, Z_DEFAULT_COMPRESSION, Z_DEFLATED, 15 + 16, 8,
                        Z_DEFAULT_STRATEGY) == Z_OK;
}

static void gzip_free(struct encoder *e)
{
    (void)deflateEnd(&e->u.gzip);
}

static size_t gzip_step(struct encoder *e, struct encoder_call *c)
{
    static const int flush[] = {Z_NO_FLUSH, Z_SYNC_FLUSH, Z_FINISH};
    z_stream *z = &e->u.gzip;
    z->next_in = (Bytef *)(uintptr_t)c->from; /* zlib does not write there, but says so nowhere */
    z->avail_in = (uInt)c->left;
    z->next_out = c->out;
    z->avail_out = (uInt)c->room;
    int result = deflate(z, flush[c->mode]);
    if (result != Z_OK && result != Z_STREAM_END && result != Z_BUF_ERROR)
        return SIZE_MAX;
    c->from += c->left - z->avail_in;
    c->left = z->avail_in;
    c->done = c->mode == ENCODER_END ? result == Z_STREAM_END : c->left == 0 && z->avail_out > 0;
    return c->room - z->avail_out;
}

static bool zstd_init(struct encoder *e)
{
    e->u.zstd = ZSTD_createCStream();
    return e->u.zstd != NULL && !ZSTD_isError(ZSTD_initCStream(e->u.zstd, ZSTD_LEVEL));
}

static void zstd_free(struct encoder *e)
{
    (void)ZSTD_freeCStream(e->u.zstd);
}

static size_t zstd_step(struct encoder *e, struct encoder_call *c)
{
    static const ZSTD_EndDirective end[] = {ZSTD_e_continue, ZSTD_e_flush, ZSTD_e_end};
    ZSTD_inBuffer from = {c->from, c->left, 0};
    ZSTD_outBuffer to = {c->out, c->room, 0};
    size_t result = ZSTD_compressStream2(e->u.zstd, &to, &from, end[c->mode]);
    if (ZSTD_isError(result))
        return SIZE_MAX;
    c->from += from.pos;
    c->left -= from.pos;
    c->done = c->left == 0 && (c->mode == ENCODER_MORE || result == 0);
    return to.pos;
}

static bool lz4_init(struct encoder *e)
{
    return !LZ4F_isError(LZ4F_createCompressionContext(&e->u.lz4, LZ4F_VERSION));
}

static void lz4_free(struct encoder *e)
{
    (void)LZ4F_freeCompressionContext(e->u.lz4);
}

static const LZ4F_preferences_t lz4_preferences = {
    .frameInfo = {.blockSizeID = LZ4F_max256KB, .contentChecksumFlag = LZ4F_contentChecksumEnabled},
    .compressionLevel = LZ4_LEVEL};

/* The room is that of encoder_room(), so each of these calls takes all there is. */
static size_t lz4_step(struct encoder *e, struct encoder_call *c)
{
    size_t made = 0, n;
    if (!e->begun) {
        e->begun = true;
        made = LZ4F_compressBegin(e->u.lz4, c->out, c->room, &lz4_preferences);
        if (LZ4F_isError(made))
            return SIZE_MAX;
    }
    if (c->left > 0) {
        n = LZ4F_compressUpdate(e->u.lz4, c->out + made, c->room - made, c->from, c->left, NULL);
        if (LZ4F_isError(n))
            return SIZE_MAX;
        made += n;
        c->from += c->left;
        c->left = 0;
    }
    c->done = true;
    if (c->mode == ENCODER_MORE)
        return made;
    n = c->mode == ENCODER_FLUSH ? LZ4F_flush(e->u.lz4, c->out + made, c->room - made, NULL)
                                 : LZ4F_compressEnd(e->u.lz4, c->out + made, c->room - made, NULL);
    return LZ4F_isError(n) ? SIZE_MAX : made + n;
}

static const struct encoder_kind encoder_kinds[] = {
    {".gz", gzip_init, gzip_free, gzip_step},
    {".zst", zstd_init, zstd_free, zstd_step},
    {".lz4", lz4_init, lz4_free, lz4_step},
};

const struct encoder_kind *encoder_for_name(const char *path)
{
    size_t length = strlen(path);
    for (size_t i = 0; i < sizeof encoder_kinds / sizeof *encoder_kinds; i++) {
        size_t n = strlen(encoder_kinds[i].suffix);
        if (length > n && strcmp(path + length - n, encoder_kinds[i].suffix) == 0)
            return &encoder_kinds[i];
    }
    return NULL;
}

struct encoder *encoder_new(const struct encoder_kind *kind)
{
    struct encoder *e = calloc(1, sizeof *e);
    if (e == NULL)
        return NULL;
    e->kind = kind;
    if (kind->init(e))
        return e;
    encoder_free(e); /* each library's free accepts what its failed init left */
    return NULL;
}

void encoder_free(struct encoder *e)
{
    if (e == NULL)
        return;
    e->kind->free(e);
    free(e);
}

size_t encoder_room(const struct encoder *e, size_t n)
{
    (void)e;
    /* With 0 it is the bound of what flushing adds. */
    size_t lz4 = LZ4F_HEADER_SIZE_MAX + LZ4F_compressBound(n, &lz4_preferences) +
                 LZ4F_compressBound(0, &lz4_preferences);
    return lz4 > ENCODER_ROOM ? lz4 : ENCODER_ROOM;
}

size_t encoder_step(struct encoder *e, enum encoder_mode mode, const uint8_t **from, size_t *left,
                    uint8_t *out, size_t room, bool *done)
{
    struct encoder_call call = {mode, *from, *left, out, room, false};
    size_t made = e->kind->step(e, &call);
    *from = call.from;
    *left = call.left;
    *done = call.done;
    return made;
}
