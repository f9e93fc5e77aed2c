/* indexing: what the planner needs of an index that is open. */
#ifndef QUERY_INDEXING_H
#define QUERY_INDEXING_H

#include "index/index.h"
#include "query/query.h"

struct lamna_index {
    struct index *file; /* owned */
    char *path;         /* owned; for messages */
    bool damaged;       /* found in it by a run */
    struct index_set *sets; /* owned, once they were asked for (query/known.c) */
    uint32_t set_count;
};

#endif
