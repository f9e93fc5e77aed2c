/*
 * output: a buffered file or pipe to write to, compressed if its name says so.
 *
 *     output_bytes() -> [buffer] -> encoder, if any -> [packed] -> write(2)
 *
 * Errors are sticky: after the first one nothing is written any more and every call returns it.
 */
#ifndef CAPTURE_OUTPUT_H
#define CAPTURE_OUTPUT_H

#include <stddef.h>
#include <stdint.h>

#include "capture/encoder.h"
#include "lamna.h"

enum { OUTPUT_BUFFER = 256 << 10 };

struct output {
    int fd;
    bool owned;      /* fd is ours to close: not standard output */
    char *path;      /* owned; for messages */
    uint8_t *buffer; /* owned, OUTPUT_BUFFER bytes */
    size_t used;
    struct encoder *encoder; /* owned; NULL: plain */
    uint8_t *packed;         /* owned; what the encoder makes; NULL without one */
    size_t packed_size;
    lamna_status status; /* sticky */
    lamna_error error;
};

/* Creates or empties the file `path`; "-" is standard output. `not` is a descriptor, or -1: if it
 * is the same file, LAMNA_ERR_ARGUMENT, and the file is left as it was. */
lamna_status output_open(struct output *out, const char *path, int not, lamna_error *err);
lamna_status output_flush(struct output *out);
/* Flushes, closes and frees. The error is in *err. */
lamna_status output_close(struct output *out, lamna_error *err);

/* The slow path of output_reserve() and output_bytes(). */
lamna_status output_drain(struct output *out);
lamna_status output_large(struct output *out, const uint8_t *bytes, size_t n);

/* Room for n <= OUTPUT_BUFFER bytes, to be filled at once and then counted with output_advance();
 * NULL after an error. */
static inline uint8_t *output_reserve(struct output *out, size_t n)
{
    if (n > OUTPUT_BUFFER - out->used && output_drain(out) != LAMNA_OK)
        return NULL;
    return out->status == LAMNA_OK ? out->buffer + out->used : NULL;
}

static inline void output_advance(struct output *out, size_t n)
{
    out->used += n;
}

lamna_status output_bytes(struct output *out, const void *bytes, size_t n);

#endif
