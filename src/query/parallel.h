/* parallel: what query.c and parallel.c share. */
#ifndef QUERY_PARALLEL_H
#define QUERY_PARALLEL_H

#include "query/query.h"

/* How many threads the run gets if so many are asked for (0: one for each core). If it is more than one,
 * parallel_run() must follow. */
unsigned parallel_threads(const lamna_run *run, unsigned threads);
/* As lamna_run_all(), with more than one thread. */
lamna_status parallel_run(lamna_run *run, unsigned threads, const lamna_work *work,
                          uint64_t *matched, lamna_error *err);

#endif
