/*
 * mapping: a large file in the address space, of which a part at a time is in memory.
 *
 *     file   |--------- dropped ---------|------- loaded -------|--- not yet ---|
 *
 * Whoever dissects looks at a tenth of a capture's bytes; read(2) would copy them all. Loading a part first
 * means that the file is still that long, and that the disk gave its bytes: what a plain access would
 * answer with SIGBUS is a failed load. Only a file that is cut while a loaded part of it is looked at
 * still raises it (lamna_source_open() in lamna.h, cli/pages.h).
 */
#ifndef CAPTURE_MAPPING_H
#define CAPTURE_MAPPING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct mapping {
    const uint8_t *bytes; /* from `start` of the file on; NULL: there is no mapping */
    size_t size;          /* up to where the file ended when it was mapped */
    uint64_t start;
    int fd; /* borrowed */
};

/* Maps `size` bytes of the file from `start` on. False, and m empty, where that cannot be done. */
bool mapping_open(struct mapping *m, int fd, uint64_t start, uint64_t size);
void mapping_close(struct mapping *m);
/* Brings n bytes at `offset` into memory, or those up to the end of the mapping. How many may be looked
 * at: none, if there are none or they cannot be had. By any thread. */
size_t mapping_load(const struct mapping *m, size_t offset, size_t n);
/* Is the file still so long that the first n bytes of the mapping are in it? */
bool mapping_holds(const struct mapping *m, size_t n);
/* Those bytes need not be in memory any more; they stay valid. By any thread. */
void mapping_drop(const struct mapping *m, size_t offset, size_t n);

#endif
