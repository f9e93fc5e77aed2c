/*
 * decoder: gzip (RFC 1952), zstd (RFC 8878) and lz4 frames (lz4_Frame_format.md), as they come.
 *
 * Any number of members or frames may follow each other. What comes after the last one and is not
 * another is ignored, as gzip(1) does: tape padding, a signature.
 */
#ifndef CAPTURE_DECODER_H
#define CAPTURE_DECODER_H

#include "capture/input.h"

struct decoder_kind;

/* Looks at the first n bytes of an input; 4 are enough. NULL: not compressed in a way known here.
 */
const struct decoder_kind *decoder_recognise(const uint8_t *bytes, size_t n);
/* Reads from `raw` (borrowed), after the n bytes already read from it, which are copied. */
struct decoder *decoder_new(const struct decoder_kind *kind, struct raw *raw, const uint8_t *bytes,
                            size_t n, lamna_error *err);
void decoder_free(struct decoder *d);
/* Up to n bytes. Unlike raw_read() it may give bytes and an error at once: the bytes are good. */
lamna_status decoder_read(struct decoder *d, uint8_t *out, size_t n, size_t *got, lamna_error *err);
const char *decoder_name(const struct decoder *d);
/* Compressed bytes read from `raw` and not yet used. */
size_t decoder_unread(const struct decoder *d);

#endif
