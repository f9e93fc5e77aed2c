#include "capture/output.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"

/* ---- Writing --------------------------------------------------------------------------------- */

static lamna_status output_fail(struct output *out, const char *call)
{
    out->status = error_system(&out->error, "%s %s", call, out->path);
    return out->status;
}

/* Who gave us a non-blocking standard output did not mean that packets may be lost. */
static bool output_wait(int fd)
{
    struct pollfd p = {.fd = fd, .events = POLLOUT};
    return poll(&p, 1, -1) >= 0 || errno == EINTR;
}

static lamna_status output_write(struct output *out, const uint8_t *bytes, size_t n)
{
    while (n > 0) {
        ssize_t k = write(out->fd, bytes, n);
        if (k >= 0) {
            bytes += k;
            n -= (size_t)k;
        } else if (errno == EAGAIN ? !output_wait(out->fd) : errno != EINTR) {
            return output_fail(out, "write");
        }
    }
    return LAMNA_OK;
}

static lamna_status output_encode(struct output *out, enum encoder_mode mode, const uint8_t *bytes,
                                  size_t n)
{
    bool done = false;
    while (!done) {
        size_t made =
            encoder_step(out->encoder, mode, &bytes, &n, out->packed, out->packed_size, &done);
        if (made == SIZE_MAX) {
            out->status = error_set(&out->error, LAMNA_ERR_IO, "%s: compressing failed", out->path);
            return out->status;
        }
        if (output_write(out, out->packed, made) != LAMNA_OK)
            return out->status;
    }
    return LAMNA_OK;
}

/* Passes bytes on, past the buffer. */
static lamna_status output_pass(struct output *out, enum encoder_mode mode, const uint8_t *bytes,
                                size_t n)
{
    if (out->status != LAMNA_OK)
        return out->status;
    return out->encoder != NULL ? output_encode(out, mode, bytes, n) : output_write(out, bytes, n);
}

static lamna_status output_empty(struct output *out, enum encoder_mode mode)
{
    size_t used = out->used;
    out->used = 0;
    return output_pass(out, mode, out->buffer, used);
}

lamna_status output_drain(struct output *out)
{
    return output_empty(out, ENCODER_MORE);
}

lamna_status output_flush(struct output *out)
{
    return output_empty(out, ENCODER_FLUSH);
}

lamna_status output_large(struct output *out, const uint8_t *bytes, size_t n)
{
    lamna_status status = output_drain(out);
    while (n > 0 && status == LAMNA_OK) {
        size_t part = n < OUTPUT_BUFFER ? n : OUTPUT_BUFFER;
        status = output_pass(out, ENCODER_MORE, bytes, part);
        bytes += part;
        n -= part;
    }
    return status;
}

lamna_status output_bytes(struct output *out, const void *bytes, size_t n)
{
    if (n > OUTPUT_BUFFER)
        return output_large(out, bytes, n);
    uint8_t *at = output_reserve(out, n);
    if (at == NULL)
        return out->status;
    memcpy(at, bytes, n);
    output_advance(out, n);
    return LAMNA_OK;
}

/* ---- Opening and closing --------------------------------------------------------------------- */

static void output_free(struct output *out)
{
    if (out->owned && out->fd >= 0)
        (void)close(out->fd);
    encoder_free(out->encoder);
    free(out->packed);
    free(out->buffer);
    free(out->path);
    *out = (struct output){.fd = -1};
}

static bool same_file(const struct stat *st, int fd)
{
    struct stat other;
    return fd >= 0 && fstat(fd, &other) == 0 && S_ISREG(other.st_mode) &&
           st->st_dev == other.st_dev && st->st_ino == other.st_ino;
}

/* The file is emptied only after it is known not to be the one that is read. */
static lamna_status output_create(struct output *out, const char *path, int not, lamna_error *err)
{
    out->owned = strcmp(path, "-") != 0;
    out->fd = STDOUT_FILENO;
    if (out->owned)
        out->fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOCTTY, 0666);
    struct stat st;
    if (out->fd < 0)
        return error_system(err, "create %s", out->path);
    if (fstat(out->fd, &st) != 0)
        return error_system(err, "fstat %s", out->path);
    if (same_file(&st, not )) {
        (void)error_set(err, LAMNA_ERR_ARGUMENT,
                        "%s is the file that is read: it cannot be written too", out->path);
        return error_hint(err, "give the output another name");
    }
    if (out->owned && S_ISREG(st.st_mode) && ftruncate(out->fd, 0) != 0)
        return error_system(err, "truncate %s", out->path);
    return LAMNA_OK;
}

static lamna_status output_allocate(struct output *out, const char *path, lamna_error *err)
{
    out->path = strdup(strcmp(path, "-") == 0 ? "standard output" : path);
    out->buffer = malloc(OUTPUT_BUFFER);
    if (out->path == NULL || out->buffer == NULL)
        return error_memory(err);
    const struct encoder_kind *kind = encoder_for_name(path);
    if (kind == NULL)
        return LAMNA_OK;
    out->encoder = encoder_new(kind);
    if (out->encoder == NULL)
        return error_memory(err);
    out->packed_size = encoder_room(out->encoder, OUTPUT_BUFFER);
    out->packed = malloc(out->packed_size);
    return out->packed != NULL ? LAMNA_OK : error_memory(err);
}

lamna_status output_open(struct output *out, const char *path, int not, lamna_error *err)
{
    *out = (struct output){.fd = -1};
    lamna_status status = output_allocate(out, path, err);
    if (status == LAMNA_OK)
        status = output_create(out, path, not, err);
    if (status != LAMNA_OK)
        output_free(out);
    return status;
}

lamna_status output_close(struct output *out, lamna_error *err)
{
    (void)output_empty(out, ENCODER_END);
    /* Network file systems and quotas report a full disk only here. */
    if (out->owned && close(out->fd) != 0 && out->status == LAMNA_OK)
        (void)output_fail(out, "close");
    out->owned = false;
    lamna_status status = out->status;
    if (err != NULL && status != LAMNA_OK)
        *err = out->error;
    output_free(out);
    return status;
}
