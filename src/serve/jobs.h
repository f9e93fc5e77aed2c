/*
 * jobs: runs over a capture that are under way. Only a few go on at the same time, and all can be stopped at once,
 * so that the server ends without waiting for a large file.
 */
#ifndef SERVE_JOBS_H
#define SERVE_JOBS_H

#include "serve/server.h"

/* A query put to a capture for one request. Fields are borrowed by who uses it. */
struct job {
    lamna_query *query;
    lamna_source *source;
    lamna_index *index; /* or NULL */
    lamna_run *run;
    struct jobs *jobs;
    struct job *next;
};

struct jobs *jobs_new(void);
void jobs_free(struct jobs *jobs);
/* Ends every run, and lets none begin. */
void jobs_stop(struct jobs *jobs);

/* Waits for its turn, then opens the capture and a query with the filter (NULL: none). job_close() must follow in
 * any case. */
lamna_status job_open(struct job *job, const struct server *server, const char *path,
                      const char *filter, lamna_error *err);
/* Starts the run. */
lamna_status job_start(struct job *job, lamna_error *err);
/* The whole run for `take`, packet by packet, in their order; what could be read of a file that is cut off is not
 * an error. */
lamna_status job_feed(struct job *job, void (*take)(void *context, const lamna_packet *packet),
                      void *context, lamna_error *err);
void job_close(struct job *job);

#endif
