/*
 * extend: goes on with the index of a capture that has grown.
 *
 *     capture   |---------- old ----------|--- new ---|
 *     old         . x . . x x . . . . x .               x: read again, for the flows that the new packets may go on with
 *     rows      | copied                  | made      |
 *
 * Which old packets that are is seen by the ends: a new packet goes on with a flow between the same addresses and ports,
 * or, if it has more than one of these, with any flow of its addresses. Packets of which the index does not know the ends,
 * fragments and announcements are read again in any case, each with its whole group.
 */
#ifndef QUERY_EXTEND_H
#define QUERY_EXTEND_H

#include "query/learn.h"

/*
 * Writes the rows of the old index, then those of the packets behind byte `size` of src, which was not read yet, and leaves
 * *run, the caller's to free, as it is after the last. LAMNA_END when all is done; LAMNA_ERR_UNSUPPORTED if
 * packets of the capture can only be read in their order, or the old index is damaged.
 */
lamna_status extend_index(struct learner *l, lamna_query *q, lamna_source *src, struct index *old,
                          uint64_t size, lamna_run **run, lamna_error *err);

#endif
