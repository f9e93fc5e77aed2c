/*
 * notes: what one pass over a capture learns of a packet that lies behind it, for the pass that follows:
 * "packet 10 was answered by packet 20". A hash table from (packet, field) to a number.
 */
#ifndef FLOW_NOTES_H
#define FLOW_NOTES_H

#include <stdbool.h>
#include <stdint.h>

struct note {
    uint64_t packet;
    uint32_t field; /* 0: empty slot */
    uint64_t value;
};

/* All zero: empty. */
struct notes {
    struct note *slots; /* owned; a power of two, at most half full */
    uint64_t mask, count;
};

void notes_free(struct notes *n);
/* Replaces an earlier value. Without memory the note is lost. */
void notes_set(struct notes *n, uint64_t packet, uint32_t field, uint64_t value);
bool notes_get(const struct notes *n, uint64_t packet, uint32_t field, uint64_t *value);

#endif
