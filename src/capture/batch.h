/*
 * batch: many packets of a file at once, so that several threads can share the work on it.
 *
 *     file      |------ batch 0 ------|------ batch 1 ------|------ batch 2 ---
 *     records   |   |     |  |    |       |   |    |     |     |
 *                                 ^tail...^ belongs to batch 1, which gets a copy in front of its bytes
 *
 * Each thread carries a batch of its own: it reads the bytes of its part of the file whenever it likes
 * (batch_read), and cuts them into packets when it is the batch's turn (batch_cut): where a record begins
 * is known only once the batch before was cut. Cutting looks at the headers of records alone, so hardly
 * anybody waits. What is compressed is read, too, when the turn comes.
 */
#ifndef CAPTURE_BATCH_H
#define CAPTURE_BATCH_H

#include "capture/source.h"

struct batch {
    uint64_t number; /* 0, 1 ... over all batches of the source; set by the caller */
    uint8_t *bytes;  /* owned; the packets' bytes lie in it, or in the mapping of the file */
    size_t capacity;
    size_t place;               /* in the mapping, of what the batch has of it */
    size_t got;                 /* bytes read ahead, or loaded */
    lamna_packet_info *packets; /* owned */
    uint32_t count, room;
    lamna_status status; /* LAMNA_OK: more batches may follow. Else how the source ended */
    lamna_error error;
};

/* From now on the source is read in batches alone. False if it cannot be, and stays as it was: it is no
 * file, or it is followed, packets were read of it already, or a writer listens. */
bool source_begin_batches(lamna_source *src);
/* Reads the bytes of batch b->number, as far as that can be done at any time. */
void batch_read(const lamna_source *src, struct batch *b);
/* Fills b->packets and b->status. By one thread at a time, in the order of the numbers, without a gap.
 * The packets are valid until the next batch_read() with b. */
void batch_cut(lamna_source *src, struct batch *b);
void batch_free(struct batch *b);

#endif
