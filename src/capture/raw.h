/* raw: reads from the file descriptor of an input: waiting, following, noticing that a file shrank.
 */
#ifndef CAPTURE_RAW_H
#define CAPTURE_RAW_H

#include "capture/input.h"

/* Looks at raw->fd, which is set already, and fills the rest. */
lamna_status raw_init(struct raw *raw, lamna_error *err);
/* Up to n bytes, at least one. LAMNA_END at the end, LAMNA_STOPPED, or an error. */
lamna_status raw_read(struct raw *raw, uint8_t *out, size_t n, size_t *got, lamna_error *err);

#endif
