/* encoder: gzip, zstd and lz4 for files that are written; the counterpart of decoder. */
#ifndef CAPTURE_ENCODER_H
#define CAPTURE_ENCODER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct encoder;
struct encoder_kind;

enum encoder_mode {
    ENCODER_MORE,  /* more will follow: the encoder may keep what it likes */
    ENCODER_FLUSH, /* everything so far can be decoded by who gets it */
    ENCODER_END    /* and nothing follows */
};

/* By the suffix of a file name; NULL: it asks for no compression. */
const struct encoder_kind *encoder_for_name(const char *path);
/* NULL: out of memory. */
struct encoder *encoder_new(const struct encoder_kind *kind);
void encoder_free(struct encoder *e);
/* Bytes of output room with which encoder_step() always makes progress on n bytes of input. */
size_t encoder_room(const struct encoder *e, size_t n);
/*
 * Encodes from [*from, *from + *left), advancing both, into `room` bytes at out. *done is set when
 * all input is used and, after ENCODER_FLUSH and ENCODER_END, nothing remains inside; else call
 * again. Returns the bytes made, or SIZE_MAX on failure.
 */
size_t encoder_step(struct encoder *e, enum encoder_mode mode, const uint8_t **from, size_t *left,
                    uint8_t *out, size_t room, bool *done);

#endif
