/*
 * notes: what one pass over a capture learns of a packet that lies behind it, for the pass that follows:
 * "packet 10 was answered by packet 20". A number for a field of a subject: a packet, or a stream as a whole.
 *
 *     pages    | - | * | - | ...                        of 1024 subjects each; only where something is noted
 *                    '--> | 0 | 3 | 0 | 2 | ...         the newest note of each, from 1; 0: none
 *     notes    | field, value, older | ...              in the order in which they came
 *
 * Streams (TOLD_OF_STREAM) have pages of their own.
 * Passes take packets in their order, so what is read at one time lies in one place.
 */
#ifndef FLOW_NOTES_H
#define FLOW_NOTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dissect/transport.h"

struct note {
    uint64_t value;
    uint32_t field;
    uint32_t older; /* of the same subject */
};

struct notes_index {
    uint32_t **pages; /* owned, as are they */
    size_t count;
};

/* All zero: empty. */
struct notes {
    struct notes_index packets, streams;
    struct note *notes; /* owned; [0] is unused */
    uint32_t count, room;
};

void notes_free(struct notes *n);
/* Replaces an earlier value. Without memory the note is lost. */
void notes_set(struct notes *n, uint64_t subject, uint32_t field, uint64_t value);
bool notes_get(const struct notes *n, uint64_t subject, uint32_t field, uint64_t *value);

#endif
