/*
 * input: the bytes of a file or pipe, decompressed, seen through a window.
 *
 *     window                                                    capacity
 *     | given before | unread            | room for the next read |
 *     0              begin               end
 *
 * A reader asks for n bytes with input_need() and gets a pointer to them, in one piece; the common
 * case is a comparison. When they are not there the unread tail moves to the front and read(2)
 * fills the rest.
 *
 * A large plain file is mapped instead (capture/mapping.h): then the window is the file itself, of which more
 * and more is shown, and nothing is copied. Where the mapping ends, or cannot be read, the input goes on
 * with reads, which say what is wrong.
 *
 * A read from a pipe takes what is there and returns as soon as the n bytes are complete: packets
 * are never held back to fill the window.
 */
#ifndef CAPTURE_INPUT_H
#define CAPTURE_INPUT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "capture/mapping.h"
#include "capture/scout.h"
#include "capture/stop.h"
#include "lamna.h"

/* The first read, and the first after a jump, is small: it may be all that is wanted. */
enum { INPUT_WINDOW = 512 << 10, INPUT_REACH = 4 << 10 };

struct decoder;

/* The file descriptor below, before decompression. */
struct raw {
    int fd;            /* owned */
    const char *path;  /* borrowed; for messages */
    struct stop *stop; /* borrowed */
    bool regular;      /* reads never wait, unless `follow` */
    bool follow;       /* at the end wait for more */
    uint64_t start;    /* where in the file reading began */
    uint64_t size;     /* of a regular file when it was opened, from `start`; else 0 */
    atomic_uint_fast64_t
        position;          /* bytes read, from `start`; another thread may ask how far this is */
    uint64_t batches_from; /* where the bytes of batches begin: see capture/batch.h */
};

struct input {
    const uint8_t *window; /* `buffer`, or the mapping */
    size_t begin, end;
    uint8_t *buffer;     /* owned */
    size_t capacity;     /* of the buffer */
    uint64_t base;       /* offset of window[0] in the decompressed data */
    lamna_status status; /* LAMNA_OK; else why no more bytes can be read. Sticky */
    lamna_error error;   /* valid where status is an error */
    bool windowed;       /* nothing is read: the window is all there is (capture/batch.h) */
    size_t reach;        /* bytes to have in the window after the next read; 0: INPUT_WINDOW */
    struct raw raw;
    struct decoder *decoder; /* owned; NULL: not compressed */
    struct mapping mapping;  /* of the whole file; empty: it is read */
    bool mapped;             /* the window is the mapping */
    size_t kept;             /* mapped: from where on what was shown is still in memory */
    size_t shown;            /* mapped: bytes brought into memory since some were dropped */
    struct scout scout;      /* set where the format is recognised */
};

/* Takes over `fd`, also on failure. `path` and `stop` must live as long as the input. */
lamna_status input_open(struct input *in, int fd, const char *path, bool follow, struct stop *stop,
                        lamna_error *err);
void input_close(struct input *in);
/* Maps what is worth it and can be mapped. Before anything is consumed. */
void input_map(struct input *in);
/* "none", "gzip", "zstd", "lz4". */
const char *input_compression(const struct input *in);
/* Bytes of the file consumed, before decompression. */
uint64_t input_position(const struct input *in);
/* True if a read of more bytes might have to wait. */
bool input_waits(const struct input *in);

/* The next byte is the one at this offset. False, and nothing changed, if the input cannot jump: it is
 * compressed, followed, or no file. */
bool input_seek(struct input *in, uint64_t offset);

/* Brings bytes of the mapping into memory, and the headers of packets among them into the cache: as
 * mapping_load(). */
size_t input_load(const struct input *in, size_t offset, size_t n);
/* Ends the use of the mapping: what is unread goes to the buffer, and reads go on behind it. What was shown
 * stays valid. False if there is no memory. */
bool input_leave_mapping(struct input *in);
/* A buffer of so many bytes, with what is in it. False if there is no memory. */
bool input_grow(struct input *in, size_t capacity);

/* The slow path of input_need(). */
const uint8_t *input_fill(struct input *in, size_t n);

static inline size_t input_available(const struct input *in)
{
    return in->end - in->begin;
}

/* Offset of the next unread byte in the decompressed data. */
static inline uint64_t input_offset(const struct input *in)
{
    return in->base + in->begin;
}

/*
 * The next n bytes, not consumed, or NULL: then in->status says why, LAMNA_END if the input ended
 * first (input_available() bytes are left), else in->error too. Memory grows with what really
 * arrives, so n may come from a length field; the caller has checked it against its limit.
 * Pointers given before become invalid.
 */
static inline const uint8_t *input_need(struct input *in, size_t n)
{
    if (input_available(in) >= n)
        return in->window + in->begin;
    return input_fill(in, n);
}

/* Consumes n bytes that input_need() has shown. */
static inline void input_skip(struct input *in, size_t n)
{
    in->begin += n;
}

#endif
