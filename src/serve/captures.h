/*
 * captures: what is served. Those that the command line names, and those that the page has started: packets of an
 * interface, written to a file without a name, which is read like any other while it grows.
 */
#ifndef SERVE_CAPTURES_H
#define SERVE_CAPTURES_H

#include "serve/server.h"

struct captures *captures_new(const struct web_options *options);
/* captures_stop() must have been called. */
void captures_free(struct captures *captures);
/* Ends every live capture. */
void captures_stop(struct captures *captures);

/* What is known of one. Strings are borrowed, and stay as long as the captures. */
struct capture_info {
    const char *path; /* the same pointer for the same capture */
    const char *name; /* for people */
    bool live;        /* it was started here */
    bool running;     /* and goes on */
    uint64_t packets, dropped;
    lamna_error error; /* why it ended; .status is LAMNA_OK if it was told to */
};

/* False if there is no such number. */
bool captures_info(struct captures *captures, size_t number, struct capture_info *info);
/* Does that capture still grow? */
bool captures_grows(struct captures *captures, const char *path);
/* Starts one, which is shown under that name and whose number is *number; stops one. */
lamna_status captures_start(struct captures *captures, const char *name,
                            const lamna_live_options *options, size_t *number, lamna_error *err);
lamna_status captures_end(struct captures *captures, size_t number, lamna_error *err);

#endif
