#include "capture/batch.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "capture/decoder.h"
#include "capture/raw.h"

/* Smaller ones cost the kernel more calls; larger ones do not stay in a cache of the second level, beside what
 * is made of them. Before a batch's bytes there is room for the record that begins in the batch before. */
enum { BATCH_BYTES = 1 << 20, BATCH_HEAD = 64 << 10, BATCH_PACKETS = 1024 };

bool source_begin_batches(lamna_source *src)
{
    struct raw *raw = &src->input.raw;
    raw->batches_from = raw->position;
    return raw->fd >= 0 && raw->regular && !raw->follow && src->packets == 0 &&
           src->listeners == NULL && src->status == LAMNA_OK;
}

void batch_free(struct batch *b)
{
    free(b->bytes);
    free(b->packets);
    *b = (struct batch){0};
}

/* Where the bytes of a batch begin, from raw.start: what was read to recognise the format comes first. */
static uint64_t batch_place(const lamna_source *src, uint64_t number)
{
    return src->input.raw.batches_from + number * BATCH_BYTES;
}

static bool batch_buffer(struct batch *b)
{
    if (b->capacity < BATCH_HEAD + BATCH_BYTES) {
        free(b->bytes);
        b->bytes = malloc(BATCH_HEAD + BATCH_BYTES);
        b->capacity = b->bytes == NULL ? 0 : BATCH_HEAD + BATCH_BYTES;
    }
    return b->bytes != NULL;
}

/* In place of the part of the mapping that the batch had before. */
static void batch_load(const lamna_source *src, struct batch *b)
{
    mapping_drop(&src->input.mapping, b->place, b->got);
    b->place = (size_t)batch_place(src, b->number);
    b->got = input_load(&src->input, b->place, BATCH_BYTES);
}

void batch_read(const lamna_source *src, struct batch *b)
{
    const struct input *in = &src->input;
    if (in->mapping.bytes != NULL) {
        batch_load(src, b);
        return;
    }
    b->got = 0;
    if (!batch_buffer(b) || in->decoder != NULL)
        return;
    while (b->got < BATCH_BYTES) {
        ssize_t n = pread(in->raw.fd, b->bytes + BATCH_HEAD + b->got, BATCH_BYTES - b->got,
                          (off_t)(in->raw.start + batch_place(src, b->number) + b->got));
        if (n <= 0)
            break; /* batch_cut() meets the end, or the failure, again */
        b->got += (size_t)n;
    }
}

/* Reads on where the batches read so far end: what is compressed, and what comes behind the end of the file
 * as it was. */
static void batch_read_on(struct input *in, struct batch *b)
{
    size_t got = 0;
    while (in->status == LAMNA_OK && b->got < BATCH_BYTES) {
        uint8_t *at = b->bytes + BATCH_HEAD + b->got;
        size_t room = BATCH_BYTES - b->got;
        in->status = in->decoder != NULL ? decoder_read(in->decoder, at, room, &got, &in->error)
                                         : raw_read(&in->raw, at, room, &got, &in->error);
        b->got += got;
    }
}

/* Brings the bytes of the batch into the window, behind what is unread there. */
static bool batch_enter(struct input *in, struct batch *b)
{
    size_t tail = input_available(in);
    if (tail <= BATCH_HEAD) {
        if (tail > 0)
            memcpy(b->bytes + BATCH_HEAD - tail, in->window + in->begin, tail);
        uint8_t *buffer = in->buffer;
        size_t capacity = in->capacity;
        in->base += in->begin - (BATCH_HEAD - tail); /* may wrap, and wraps back */
        in->window = in->buffer = b->bytes;
        in->capacity = b->capacity;
        in->begin = BATCH_HEAD - tail;
        in->end = BATCH_HEAD + b->got;
        b->bytes = buffer;
        b->capacity = capacity;
        return true;
    }
    /* A record of more than a batch: it grows in the window, which doubles. */
    if (in->capacity - in->end < b->got && !input_grow(in, 2 * in->capacity + b->got))
        return false;
    memcpy(in->buffer + in->end, b->bytes + BATCH_HEAD, b->got);
    in->end += b->got;
    return true;
}

/* The batch takes the window, with the packets in it; what is unread goes into the batch's old bytes, which
 * become the window. */
static bool batch_leave(struct input *in, struct batch *b)
{
    size_t tail = input_available(in);
    if (b->capacity < tail) {
        uint8_t *larger = realloc(b->bytes, tail);
        if (larger == NULL)
            return false;
        b->bytes = larger;
        b->capacity = tail;
    }
    uint8_t *bytes = in->buffer;
    size_t capacity = in->capacity;
    if (tail > 0)
        memcpy(b->bytes, in->window + in->begin, tail);
    in->base += in->begin;
    in->window = in->buffer = b->bytes;
    in->capacity = b->capacity;
    in->begin = 0;
    in->end = tail;
    b->bytes = bytes;
    b->capacity = capacity;
    return true;
}

static bool batch_room(struct batch *b)
{
    if (b->count < b->room)
        return true;
    uint32_t room = b->room == 0 ? BATCH_PACKETS : 2 * b->room;
    lamna_packet_info *packets = realloc(b->packets, room * sizeof *packets);
    if (packets == NULL)
        return false;
    b->packets = packets;
    b->room = room;
    return true;
}

/* All whole packets in the window, or those up to a pause. LAMNA_END: it holds no more. */
static lamna_status batch_packets(lamna_source *src, struct batch *b)
{
    lamna_status status = LAMNA_OK;
    src->input.windowed = true;
    src->pause = false;
    while (status == LAMNA_OK) {
        if (!batch_room(b)) {
            status = error_memory(&src->error);
            break;
        }
        lamna_packet_info *packet = &b->packets[b->count];
        status = stop_requested(&src->stop) ? LAMNA_STOPPED : src->ops->next(src, packet);
        if (status == LAMNA_OK) {
            source_count(src, packet);
            b->count++;
        } else if (status == LAMNA_END && src->pause) {
            src->pause = false;
            status = LAMNA_OK;
            if (b->count > 0)
                break;
        }
    }
    src->input.windowed = false;
    return status;
}

/* The window is the mapping, and shows what the batch has of it, too. What comes behind the mapping is
 * read by the batches that follow. */
static lamna_status batch_show(lamna_source *src, struct batch *b)
{
    struct input *in = &src->input;
    in->end += b->got;
    in->raw.position = in->end;
    lamna_status status = batch_packets(src, b);
    if (status == LAMNA_END)
        status = LAMNA_OK;
    if (b->got < BATCH_BYTES && !input_leave_mapping(in))
        return error_memory(&src->error);
    return status;
}

static lamna_status batch_fill(lamna_source *src, struct batch *b)
{
    struct input *in = &src->input;
    if (in->mapped)
        return batch_show(src, b);
    if (in->mapping.bytes != NULL)
        b->got = 0; /* it is behind what could be loaded */
    if (!batch_buffer(b))
        return error_memory(&src->error);
    in->raw.position += b->got;
    if (b->got < BATCH_BYTES) {
        if (in->decoder == NULL)
            (void)lseek(in->raw.fd, (off_t)(in->raw.start + in->raw.position), SEEK_SET);
        batch_read_on(in, b);
    }
    bool last = b->got == 0;
    if (!batch_enter(in, b))
        return error_memory(&src->error);
    lamna_status status = batch_packets(src, b);
    if (status == LAMNA_END && last) {
        lamna_packet_info none; /* there is no whole one left: this says how the input ended */
        status = src->ops->next(src, &none);
    } else if (status == LAMNA_END) {
        status = LAMNA_OK; /* the next batch goes on */
    }
    if (b->count > 0 && !batch_leave(in, b))
        return error_memory(&src->error);
    return status;
}

void batch_cut(lamna_source *src, struct batch *b)
{
    b->count = 0;
    b->status = src->status;
    if (b->status == LAMNA_OK)
        b->status = batch_fill(src, b);
    if (b->status != LAMNA_OK)
        (void)source_ended(src, b->status, &b->error);
}
