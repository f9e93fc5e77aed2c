#include "sql/error.h"

#include <stdarg.h>
#include <stdio.h>

lamna_status sql_error(lamna_error *err, lamna_status status, const char *fmt, ...)
{
    va_list args;
    *err = (lamna_error){.status = status};
    va_start(args, fmt);
    (void)vsnprintf(err->message, sizeof err->message, fmt, args);
    va_end(args);
    return status;
}

lamna_status sql_hint(lamna_error *err, const char *hint)
{
    (void)snprintf(err->hint, sizeof err->hint, "%s", hint);
    return err->status;
}
