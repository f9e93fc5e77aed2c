#include "capture/raw.h"

#include <errno.h>
#include <inttypes.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"

/* How often a followed file is asked whether it has grown: too short for a person to notice, and
 * unlike inotify it works on network file systems. */
enum { FOLLOW_MS = 50 };

lamna_status raw_init(struct raw *raw, lamna_error *err)
{
    struct stat st;
    if (fstat(raw->fd, &st) != 0)
        return error_system(err, "fstat %s", raw->path);
    if (S_ISDIR(st.st_mode))
        return error_set(err, LAMNA_ERR_IO, "%s is a directory", raw->path);
    raw->regular = S_ISREG(st.st_mode);
    if (!raw->regular)
        return LAMNA_OK;
    /* Standard input may be a file that someone has read a part of. */
    off_t at = lseek(raw->fd, 0, SEEK_CUR);
    raw->start = at > 0 ? (uint64_t)at : 0;
    raw->size = st.st_size > at && at >= 0 ? (uint64_t)(st.st_size - at) : 0;
    return LAMNA_OK;
}

static lamna_status raw_shrank(const struct raw *raw, uint64_t size, lamna_error *err)
{
    uint64_t had = raw->position < raw->size ? raw->size : raw->position;
    return error_set(err, LAMNA_ERR_IO,
                     "%s shrank while it was %s: it had %" PRIu64 " bytes and now ends at %" PRIu64,
                     raw->path, raw->follow ? "followed" : "read", raw->start + had, size);
}

/* read() returned 0. LAMNA_OK: try again. */
static lamna_status raw_at_end(struct raw *raw, lamna_error *err)
{
    if (!raw->regular)
        return LAMNA_END;
    struct stat st;
    if (fstat(raw->fd, &st) != 0)
        return error_system(err, "fstat %s", raw->path);
    if (raw->position < raw->size || (uint64_t)st.st_size < raw->start + raw->position)
        return raw_shrank(raw, (uint64_t)st.st_size, err);
    if (!raw->follow)
        return LAMNA_END;
    lamna_status status = stop_wait(raw->stop, -1, FOLLOW_MS, err);
    return status == LAMNA_END ? LAMNA_OK : status;
}

lamna_status raw_read(struct raw *raw, uint8_t *out, size_t n, size_t *got, lamna_error *err)
{
    *got = 0;
    for (;;) {
        lamna_status status = LAMNA_OK;
        if (!raw->regular)
            status = stop_wait(raw->stop, raw->fd, -1, err);
        if (status != LAMNA_OK)
            return status;
        ssize_t k = read(raw->fd, out, n);
        if (k > 0) {
            raw->position += (uint64_t)k;
            *got = (size_t)k;
            return LAMNA_OK;
        }
        if (k == 0)
            status = raw_at_end(raw, err);
        else if (errno != EINTR && errno != EAGAIN)
            status = error_system(err, "read %s", raw->path);
        if (status != LAMNA_OK)
            return status;
    }
}
