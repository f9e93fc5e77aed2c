/*
 * indexes: what makes questions about a large capture quick. One that is kept beside the capture is used; else one is
 * made once the first list has been read, in a file without a name.
 */
#ifndef SERVE_INDEXES_H
#define SERVE_INDEXES_H

#include "serve/server.h"

struct indexes *indexes_new(const struct web_options *options);
/* indexes_stop() must have been called. */
void indexes_free(struct indexes *indexes);
/* Ends all making, and waits for that. */
void indexes_stop(struct indexes *indexes);
/* Lets the index of that capture be made, if it is worth it and there is none. */
void indexes_make(const struct server *server, const char *path);
/* An index of the source, which reads that capture; NULL: there is none yet. To be closed by the caller, after the run
 * that it is for. */
lamna_index *indexes_open(const struct server *server, const char *path,
                          const lamna_source *source);
/* "none", "making", "made". */
const char *indexes_state(const struct server *server, const char *path);

#endif
