/* Errors: a status for the program, a span and a sentence for the person. */
#ifndef BASE_ERROR_H
#define BASE_ERROR_H

#include "lamna.h"

#define PRINTF_LIKE(fmt, args) __attribute__((format(printf, fmt, args)))

/* Fills *err (which may be NULL) and returns `status`, so that a caller can `return error_set(...)`.
 * The hint is emptied; error_hint() sets it. */
lamna_status error_set(lamna_error *err, lamna_status status, const char *fmt, ...)
    PRINTF_LIKE(3, 4);
/* As error_set, with ": " and the text of errno at the end. EACCES and EPERM make it
 * LAMNA_ERR_PERMISSION, all others LAMNA_ERR_IO. */
lamna_status error_system(lamna_error *err, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* Adds what to do about it. Returns err->status. */
lamna_status error_hint(lamna_error *err, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* Out of memory, in the same words everywhere. */
lamna_status error_memory(lamna_error *err);

#endif
