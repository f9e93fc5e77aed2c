#include "capture/decoder.h"

#include <lz4frame.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>

#include "base/bytes.h"
#include "base/error.h"
#include "capture/raw.h"

/* Holds what was read before the compression was recognised. */
enum { DECODER_BUFFER = INPUT_WINDOW };

/* One step: decode from the buffer into out. */
struct decoder_step {
    uint8_t *out;
    size_t room, got;
    bool frame_done;
    const char *error; /* static text; NULL: none */
};

struct decoder_kind {
    const char *name;
    bool (*starts)(const uint8_t *bytes); /* do these 4 bytes begin a frame? */
    bool (*init)(struct decoder *d);
    void (*free)(struct decoder *d);
    /* Consumes from d->begin, fills the step. No progress means: more input is needed. */
    void (*step)(struct decoder *d, struct decoder_step *s);
};

struct decoder {
    const struct decoder_kind *kind;
    struct raw *raw;
    size_t begin, end; /* unused bytes of buffer */
    bool between;      /* at the boundary of two frames */
    bool pending;      /* the last step filled its room: more may come without more input */
    union {
        z_stream gzip;
        ZSTD_DStream *zstd;
        LZ4F_dctx *lz4;
    } u;
    uint8_t buffer[DECODER_BUFFER];
};

static bool gzip_starts(const uint8_t *bytes)
{
    return bytes[0] == 0x1f && bytes[1] == 0x8b && bytes[2] == 8;
}

static bool gzip_init(struct decoder *d)
{
    return inflateInit2(&d->u.gzip, 15 + 16) == Z_OK; /* 16: a gzip header, not a zlib one */
}

static void gzip_free(struct decoder *d)
{
    (void)inflateEnd(&d->u.gzip);
}

static void gzip_step(struct decoder *d, struct decoder_step *s)
{
    z_stream *z = &d->u.gzip;
    z->next_in = d->buffer + d->begin;
    z->avail_in = (uInt)(d->end - d->begin);
    z->next_out = s->out;
    z->avail_out = s->room > UINT32_MAX ? UINT32_MAX : (uInt)s->room;
    uInt room = z->avail_out;
    int result = inflate(z, Z_SYNC_FLUSH);
    d->begin = d->end - z->avail_in;
    s->got = room - z->avail_out;
    s->frame_done = result == Z_STREAM_END;
    if (s->frame_done)
        (void)inflateReset(z);
    else if (result != Z_OK && result != Z_BUF_ERROR)
        s->error = z->msg != NULL ? z->msg : "it cannot be inflated";
}

/* Skippable frames (RFC 8878, section 3.1.2) are common to zstd and lz4. */
static bool skippable_starts(const uint8_t *bytes)
{
    return (le32(bytes) & 0xfffffff0u) == 0x184d2a50u;
}

static bool zstd_starts(const uint8_t *bytes)
{
    return le32(bytes) == 0xfd2fb528u || skippable_starts(bytes);
}

static bool zstd_init(struct decoder *d)
{
    d->u.zstd = ZSTD_createDStream();
    return d->u.zstd != NULL;
}

static void zstd_free(struct decoder *d)
{
    (void)ZSTD_freeDStream(d->u.zstd);
}

static void zstd_step(struct decoder *d, struct decoder_step *s)
{
    ZSTD_inBuffer from = {d->buffer + d->begin, d->end - d->begin, 0};
    ZSTD_outBuffer to = {s->out, s->room, 0};
    size_t result = ZSTD_decompressStream(d->u.zstd, &to, &from);
    d->begin += from.pos;
    s->got = to.pos;
    if (ZSTD_isError(result))
        s->error = ZSTD_getErrorName(result);
    else
        s->frame_done = result == 0;
}

static bool lz4_starts(const uint8_t *bytes)
{
    return le32(bytes) == 0x184d2204u || skippable_starts(bytes);
}

static bool lz4_init(struct decoder *d)
{
    return !LZ4F_isError(LZ4F_createDecompressionContext(&d->u.lz4, LZ4F_VERSION));
}

static void lz4_free(struct decoder *d)
{
    (void)LZ4F_freeDecompressionContext(d->u.lz4);
}

static void lz4_step(struct decoder *d, struct decoder_step *s)
{
    size_t used = d->end - d->begin, made = s->room;
    size_t result = LZ4F_decompress(d->u.lz4, s->out, &made, d->buffer + d->begin, &used, NULL);
    if (LZ4F_isError(result)) {
        s->error = LZ4F_getErrorName(result);
        return;
    }
    d->begin += used;
    s->got = made;
    s->frame_done = result == 0;
}

static const struct decoder_kind decoder_kinds[] = {
    {"gzip", gzip_starts, gzip_init, gzip_free, gzip_step},
    {"zstd", zstd_starts, zstd_init, zstd_free, zstd_step},
    {"lz4", lz4_starts, lz4_init, lz4_free, lz4_step},
};

const struct decoder_kind *decoder_recognise(const uint8_t *bytes, size_t n)
{
    for (size_t i = 0; n >= 4 && i < sizeof decoder_kinds / sizeof *decoder_kinds; i++) {
        if (decoder_kinds[i].starts(bytes))
            return &decoder_kinds[i];
    }
    return NULL;
}

/* Reads more behind the unused bytes of the buffer, which is not full. */
static lamna_status decoder_refill(struct decoder *d, lamna_error *err)
{
    memmove(d->buffer, d->buffer + d->begin, d->end - d->begin);
    d->end -= d->begin;
    d->begin = 0;
    size_t got = 0;
    lamna_status status = raw_read(d->raw, d->buffer + d->end, DECODER_BUFFER - d->end, &got, err);
    d->end += got;
    return status;
}

struct decoder *decoder_new(const struct decoder_kind *kind, struct raw *raw, const uint8_t *bytes,
                            size_t n, lamna_error *err)
{
    struct decoder *d = NULL;
    if (n <= DECODER_BUFFER)
        d = calloc(1, sizeof *d);
    if (d == NULL || !kind->init(d)) {
        free(d);
        (void)error_memory(err);
        return NULL;
    }
    d->kind = kind;
    d->raw = raw;
    d->between = true;
    memcpy(d->buffer, bytes, n);
    d->end = n;
    return d;
}

void decoder_free(struct decoder *d)
{
    if (d == NULL)
        return;
    d->kind->free(d);
    free(d);
}

const char *decoder_name(const struct decoder *d)
{
    return d->kind->name;
}

size_t decoder_unread(const struct decoder *d)
{
    return d->end - d->begin;
}

/* LAMNA_OK: another frame begins here. LAMNA_END: nothing or something else does. */
static lamna_status decoder_next_frame(struct decoder *d, lamna_error *err)
{
    while (d->end - d->begin < 4) {
        lamna_status status = decoder_refill(d, err);
        if (status != LAMNA_OK)
            return status;
    }
    return d->kind->starts(d->buffer + d->begin) ? LAMNA_OK : LAMNA_END;
}

static lamna_status decoder_fail(const struct decoder *d, const char *why, lamna_error *err)
{
    uint64_t at = d->raw->position - decoder_unread(d);
    lamna_status status =
        error_set(err, LAMNA_ERR_FORMAT, "%s: the %s data is damaged at byte %llu: %s",
                  d->raw->path, d->kind->name, (unsigned long long)at, why);
    if (err != NULL)
        err->offset = at;
    return status;
}

static lamna_status decoder_cut(const struct decoder *d, lamna_error *err)
{
    lamna_status status =
        error_set(err, LAMNA_ERR_TRUNCATED, "%s: the %s data ends early, after %llu bytes",
                  d->raw->path, d->kind->name, (unsigned long long)d->raw->position);
    if (err != NULL)
        err->offset = d->raw->position;
    return status;
}

/* Makes sure that a step can do something. */
static lamna_status decoder_prepare(struct decoder *d, lamna_error *err)
{
    if (d->between) {
        lamna_status status = decoder_next_frame(d, err);
        if (status != LAMNA_OK)
            return status;
        d->between = false;
    }
    if (d->begin < d->end || d->pending)
        return LAMNA_OK;
    lamna_status status = decoder_refill(d, err);
    return status == LAMNA_END ? decoder_cut(d, err) : status;
}

lamna_status decoder_read(struct decoder *d, uint8_t *out, size_t n, size_t *got, lamna_error *err)
{
    *got = 0;
    for (;;) {
        lamna_status status = decoder_prepare(d, err);
        if (status != LAMNA_OK)
            return status;
        struct decoder_step step = {.out = out, .room = n};
        d->kind->step(d, &step);
        d->pending = step.got == n && !step.frame_done;
        d->between = step.frame_done;
        *got = step.got;
        if (step.error != NULL)
            return decoder_fail(d, step.error, err);
        if (step.got > 0)
            return LAMNA_OK;
    }
}
