/* gen_file: pcap and pcapng, streamed to disk through one large buffer. */
#include "gen.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BUFFER_SIZE = 1 << 20, RECORD_MAX = GEN_FRAME_MAX + 64 };

struct gen_file {
    int fd;
    bool pcapng;
    size_t used;
    uint8_t buffer[BUFFER_SIZE];
};

static void word(struct gen_file *file, uint32_t v)
{
    memcpy(file->buffer + file->used, &v, sizeof v);
    file->used += sizeof v;
}

static bool flush(struct gen_file *file)
{
    size_t done = 0;
    while (done < file->used) {
        ssize_t n = write(file->fd, file->buffer + done, file->used - done);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return false;
        done += (size_t)n;
    }
    file->used = 0;
    return true;
}

static void pcap_header(struct gen_file *file)
{
    word(file, 0xa1b2c3d4);
    word(file, 2 | 4 << 16);
    word(file, 0);
    word(file, 0);
    word(file, 65535);
    word(file, 1);
}

static void pcapng_header(struct gen_file *file)
{
    word(file, 0x0a0d0d0a);
    word(file, 28);
    word(file, 0x1a2b3c4d);
    word(file, 1);
    word(file, UINT32_MAX);
    word(file, UINT32_MAX);
    word(file, 28);
    word(file, 1);
    word(file, 20);
    word(file, 1);
    word(file, 65535);
    word(file, 20);
}

struct gen_file *gen_file_open(const char *path, bool pcapng)
{
    struct gen_file *file = malloc(sizeof *file);
    if (!file)
        return NULL;
    file->fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (file->fd < 0) {
        free(file);
        return NULL;
    }
    file->pcapng = pcapng;
    file->used = 0;
    if (pcapng)
        pcapng_header(file);
    else
        pcap_header(file);
    return file;
}

bool gen_file_put(struct gen_file *file, uint64_t usec, const uint8_t *frame, size_t len)
{
    if (file->used + RECORD_MAX > BUFFER_SIZE && !flush(file))
        return false;
    size_t pad = file->pcapng ? -len & 3 : 0;
    uint32_t total = (uint32_t)(32 + len + pad);
    if (file->pcapng) {
        word(file, 6);
        word(file, total);
        word(file, 0);
        word(file, (uint32_t)(usec >> 32));
        word(file, (uint32_t)usec);
    } else {
        word(file, (uint32_t)(usec / 1000000));
        word(file, (uint32_t)(usec % 1000000));
    }
    word(file, (uint32_t)len);
    word(file, (uint32_t)len);
    memcpy(file->buffer + file->used, frame, len);
    memset(file->buffer + file->used + len, 0, pad);
    file->used += len + pad;
    if (file->pcapng)
        word(file, total);
    return true;
}

bool gen_file_close(struct gen_file *file)
{
    bool good = flush(file);
    int error = errno;
    if (close(file->fd) < 0 && good) {
        good = false;
        error = errno;
    }
    free(file);
    errno = error;
    return good;
}
