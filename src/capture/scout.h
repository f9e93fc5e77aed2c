/*
 * scout: fetches the headers of packets into the cache, before somebody walks from record to record.
 *
 *     bytes   |----->->-->|--->---->->|-->->-->-->|->---->->--|   all at a time
 *
 * Where a record begins is known only from the one before, so a walk waits for memory at every record. The
 * scout guesses in several places where one might begin and walks from all of them at once, so that the
 * waits overlap. A wrong guess costs time and nothing else: nothing that is found here is used.
 */
#ifndef CAPTURE_SCOUT_H
#define CAPTURE_SCOUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Where the records of a file have their lengths. */
struct scout {
    uint8_t
        header; /* bytes of a record before those of the packet; 0: not known, nothing is fetched */
    uint8_t captured_at; /* of the length captured; the length on the wire follows it */
    bool blocks;         /* pcapng: the record has its type and length in front */
    bool big;            /* byte order */
};

/* By any thread. */
void scout_fetch(const struct scout *s, const uint8_t *bytes, size_t n);

#endif
