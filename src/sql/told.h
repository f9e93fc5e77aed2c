/*
 * told: rows of packets that an index tells without the packets being read.
 *
 * Each set of fields (lamna_index_set) is judged once: for each column that is asked for, whether its value is in one of
 * the index's columns, or known to be none, or in doubt. Packets of sets with a doubt must be read.
 */
#ifndef SQL_TOLD_H
#define SQL_TOLD_H

#include "sql/scan.h"

struct told;

/* NULL: the index cannot tell enough of what the scan asks for, or there is no memory. Both are borrowed. */
struct told *told_new(const struct scan *scan, lamna_index *index);
void told_free(struct told *t);
/* A bit for each packet that must be read; NULL: none must. */
const uint64_t *told_doubts(const struct told *t);
/* Goes to the next block of packets: how many there are; 0: no more, or it is damaged. */
size_t told_next(struct told *t);
/* Is packet number `i` of the block, from 0, told? */
bool told_has(const struct told *t, size_t i);
/* Appends its row. */
void told_add_row(struct told *t, struct block *b, size_t i);
/* The number of the block's first packet. */
uint64_t told_first(const struct told *t);

#endif
