/*
 * sort: rows of a list in the order of one of its columns. What does not fit into memory is sorted in pieces, which are
 * then merged:
 *
 *     list -> [piece, sorted][piece, sorted][piece, sorted] in a file without a name -> rows, sorted
 */
#ifndef SERVE_SORT_H
#define SERVE_SORT_H

#include <stdatomic.h>

#include "serve/server.h"

/* Numbers come before texts, and what is empty comes last, in either direction; rows that are alike, in the order of
 * their packets. */
struct sort_order {
    unsigned column; /* from 0 */
    bool down;       /* the highest first */
};

/* Whether row `a` comes before row `b`, or is the same (0): rows of a list, each up to its newline. */
int sort_compare(const struct sort_order *order, const char *a, size_t a_length, const char *b,
                 size_t b_length);

/* Gives the rows of a list, the first `bytes` of the file `from`, to `take`, in that order, until it returns false.
 * LAMNA_STOPPED once `stop` is set. */
lamna_status sort_rows(int from, uint64_t bytes, const struct sort_order *order,
                       const atomic_bool *stop,
                       bool (*take)(void *context, const char *rows, size_t n), void *context,
                       lamna_error *err);

#endif
