/* error: filling a lamna_error, as the library's own modules do. */
#ifndef SQL_ERROR_H
#define SQL_ERROR_H

#include "lamna.h"

/* Both return the error's status. */
lamna_status sql_error(lamna_error *err, lamna_status status, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
lamna_status sql_hint(lamna_error *err, const char *hint);

#endif
