#include "base/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void error_reset(lamna_error *err, lamna_status status)
{
    memset(err, 0, sizeof *err);
    err->status = status;
}

lamna_status error_set(lamna_error *err, lamna_status status, const char *fmt, ...)
{
    if (err == NULL)
        return status;
    error_reset(err, status);
    va_list args;
    va_start(args, fmt);
    (void)vsnprintf(err->message, sizeof err->message, fmt, args);
    va_end(args);
    return status;
}

lamna_status error_system(lamna_error *err, const char *fmt, ...)
{
    int code = errno;
    lamna_status status =
        code == EACCES || code == EPERM ? LAMNA_ERR_PERMISSION : LAMNA_ERR_IO;
    if (err == NULL)
        return status;
    error_reset(err, status);
    va_list args;
    va_start(args, fmt);
    int n = vsnprintf(err->message, sizeof err->message, fmt, args);
    va_end(args);
    char buffer[128];
    const char *reason = strerror_r(code, buffer, sizeof buffer); /* GNU's: thread-safe */
    if (n >= 0 && (size_t)n < sizeof err->message)
        (void)snprintf(err->message + n, sizeof err->message - (size_t)n, ": %s", reason);
    return status;
}

lamna_status error_hint(lamna_error *err, const char *fmt, ...)
{
    if (err == NULL)
        return LAMNA_ERR_ARGUMENT;
    va_list args;
    va_start(args, fmt);
    (void)vsnprintf(err->hint, sizeof err->hint, fmt, args);
    va_end(args);
    return err->status;
}

lamna_status error_memory(lamna_error *err)
{
    return error_set(err, LAMNA_ERR_MEMORY, "out of memory");
}
