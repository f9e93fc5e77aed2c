#include "capture/input.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "capture/decoder.h"
#include "capture/raw.h"

/* Moves the unread bytes to the front of the window. */
static void input_compact(struct input *in)
{
    if (in->begin == 0)
        return;
    memmove(in->buffer, in->buffer + in->begin, input_available(in));
    in->base += in->begin;
    in->end -= in->begin;
    in->begin = 0;
}

bool input_grow(struct input *in, size_t capacity)
{
    uint8_t *buffer = realloc(in->buffer, capacity);
    if (buffer == NULL)
        return false;
    in->window = in->buffer = buffer;
    in->capacity = capacity;
    return true;
}

/* How many bytes may be read at in->end when n are wanted in all; 0 if there is no memory. The
 * window doubles only once it is full, so a lying length costs no more than twice what really came.
 */
static size_t input_room(struct input *in, size_t n)
{
    size_t goal = in->reach > 0 ? in->reach : INPUT_WINDOW;
    if (goal < n)
        goal = n;
    if (in->end == in->capacity) {
        size_t capacity = in->capacity < INPUT_WINDOW / 2 ? INPUT_WINDOW : in->capacity * 2;
        if (capacity > goal)
            capacity = goal;
        if (!input_grow(in, capacity))
            return 0;
    }
    /* After one huge packet the window stays large, but reads go on in its first, cached part. */
    return (goal < in->capacity ? goal : in->capacity) - in->end;
}

static void input_reach_further(struct input *in)
{
    in->reach *= 2;
    if (in->reach >= INPUT_WINDOW)
        in->reach = 0;
}

/* ---- Mapped ---------------------------------------------------------------------------------- */

/* What is dropped at once. */
enum { DROP_BYTES = 4 << 20, WORTH_MAPPING = 1 << 20 };

void input_map(struct input *in)
{
    const struct raw *raw = &in->raw;
    if (in->decoder == NULL && raw->regular && !raw->follow && raw->size >= WORTH_MAPPING)
        in->mapped = mapping_open(&in->mapping, raw->fd, raw->start, raw->size);
    if (!in->mapped)
        return;
    free(in->buffer);
    in->buffer = NULL;
    in->capacity = 0;
    in->window = in->mapping.bytes;
}

size_t input_load(const struct input *in, size_t offset, size_t n)
{
    size_t got = mapping_load(&in->mapping, offset, n);
    scout_fetch(&in->scout, in->mapping.bytes + offset, got);
    return got;
}

/* Shows more of the mapping, if there is more. */
static void input_show(struct input *in, size_t n)
{
    size_t goal = in->reach > 0 ? in->reach : INPUT_WINDOW;
    if (goal < n)
        goal = n;
    size_t got = input_load(in, in->end, in->begin + goal - in->end);
    in->end += got;
    in->shown += got;
    in->raw.position = in->end;
    if (in->begin - in->kept >= DROP_BYTES) {
        mapping_drop(&in->mapping, in->kept, in->begin - in->kept);
        in->kept = in->begin;
        in->shown = 0;
    }
}

bool input_leave_mapping(struct input *in)
{
    size_t tail = input_available(in);
    const uint8_t *unread = in->window + in->begin;
    if (in->capacity < tail && !input_grow(in, tail))
        return false;
    if (tail > 0)
        memcpy(in->buffer, unread, tail);
    in->window = in->buffer;
    in->base = in->begin;
    in->begin = 0;
    in->end = tail;
    in->mapped = false;
    if (lseek(in->raw.fd, (off_t)(in->raw.start + in->raw.position), SEEK_SET) < 0)
        in->status = error_system(&in->error, "read %s", in->raw.path);
    return true;
}

static void input_jump_mapped(struct input *in, size_t offset)
{
    if (in->shown >= DROP_BYTES) {
        mapping_drop(&in->mapping, 0, in->mapping.size);
        in->shown = 0;
    }
    in->mapped = true;
    in->window = in->mapping.bytes;
    in->base = 0;
    in->begin = in->end = in->kept = offset;
}

/* ---- The window ------------------------------------------------------------------------------ */

const uint8_t *input_fill(struct input *in, size_t n)
{
    if (in->windowed)
        return NULL;
    input_reach_further(in);
    if (in->mapped) {
        input_show(in, n);
        if (input_available(in) >= n)
            return in->window + in->begin;
        if (!input_leave_mapping(in))
            in->status = error_memory(&in->error);
    }
    if (in->status == LAMNA_OK)
        input_compact(in);
    while (input_available(in) < n) {
        if (in->status != LAMNA_OK)
            return NULL;
        size_t room = input_room(in, n), got = 0;
        if (room == 0) {
            in->status = error_memory(&in->error);
            return NULL;
        }
        uint8_t *at = in->buffer + in->end;
        in->status = in->decoder != NULL ? decoder_read(in->decoder, at, room, &got, &in->error)
                                         : raw_read(&in->raw, at, room, &got, &in->error);
        in->end += got;
    }
    return in->window + in->begin;
}

bool input_seek(struct input *in, uint64_t offset)
{
    if (in->decoder != NULL || !in->raw.regular || in->raw.follow)
        return false;
    uint64_t first = in->mapped ? in->kept : in->base;
    if (offset >= first && offset <= in->base + in->end) {
        in->begin = (size_t)(offset - in->base);
        return true;
    }
    if (offset < in->mapping.size)
        input_jump_mapped(in, (size_t)offset);
    else if (lseek(in->raw.fd, (off_t)(in->raw.start + offset), SEEK_SET) < 0)
        return false;
    else {
        in->mapped = false;
        in->window = in->buffer;
        in->base = offset;
        in->begin = in->end = 0;
    }
    in->raw.position = offset;
    in->status = LAMNA_OK;
    in->reach = INPUT_REACH;
    return true;
}

/* If the first bytes are those of a compressed file, hands what was read so far to a decoder. */
static lamna_status input_decompress(struct input *in, lamna_error *err)
{
    /* Fewer bytes are for the caller to judge, and so is a failed read. */
    const uint8_t *bytes = input_need(in, 4);
    const struct decoder_kind *kind = bytes == NULL ? NULL : decoder_recognise(bytes, 4);
    if (kind == NULL)
        return LAMNA_OK;
    in->decoder = decoder_new(kind, &in->raw, bytes, input_available(in), err);
    if (in->decoder == NULL)
        return LAMNA_ERR_MEMORY;
    in->begin = in->end = 0;
    in->status = LAMNA_OK;
    return LAMNA_OK;
}

lamna_status input_open(struct input *in, int fd, const char *path, bool follow, struct stop *stop,
                        lamna_error *err)
{
    *in = (struct input){.reach = INPUT_REACH,
                         .raw = {.fd = fd, .path = path, .stop = stop, .follow = follow}};
    lamna_status status = raw_init(&in->raw, err);
    if (status == LAMNA_OK)
        status = input_decompress(in, err);
    if (status != LAMNA_OK)
        input_close(in);
    return status;
}

void input_close(struct input *in)
{
    decoder_free(in->decoder);
    mapping_close(&in->mapping);
    free(in->buffer);
    if (in->raw.fd >= 0)
        (void)close(in->raw.fd);
    *in = (struct input){.raw.fd = -1, .status = LAMNA_END};
}

const char *input_compression(const struct input *in)
{
    return in->decoder == NULL ? "none" : decoder_name(in->decoder);
}

uint64_t input_position(const struct input *in)
{
    size_t unread = in->decoder != NULL ? decoder_unread(in->decoder) : input_available(in);
    return in->raw.position - unread;
}

bool input_waits(const struct input *in)
{
    return in->status == LAMNA_OK && (!in->raw.regular || in->raw.follow);
}
