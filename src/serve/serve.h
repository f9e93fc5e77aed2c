/*
 * serve: captures in the browser. A server on the loopback interface that answers with the page and, under /api/,
 * with what the page asks: see docs/api.md. It stands on the public interface alone.
 */
#ifndef SERVE_SERVE_H
#define SERVE_SERVE_H

#include "lamna.h"

/* What the caller knows and the server asks for. Borrowed until serve() returns. */
struct web_options {
    const char *version;
    const char *const *paths; /* of the captures; nothing else can be read */
    size_t path_count;
    const char *interface, *capture_filter; /* a live capture to begin with; or NULL */
    /* As the commands' options: saved filters (or NULL), key logs, names for numbers (or NULL), Decode As. */
    const lamna_names *names;
    const char *const *keylogs, *const *decode_as;
    size_t keylog_count, decode_as_count;
    const char *resolve;
    unsigned port; /* 0: any that is free */
    bool open;     /* start a browser */
    bool api_only; /* do without the page */
    bool learn;    /* the page begins with its tour */
    /* The sentence in Chinese. */
    const char *(*chinese)(const char *english);
    /* Appends what is to be said of a row of the report "steps", as members of a JSON object: "begins", "says", "folds",
     * "ends" are lists of sentences, "mark" a word or two. */
    void (*tell)(lamna_text *out, const lamna_report *steps, size_t row, bool chinese);
    /* Lets the greeting server greet its client, once, on this port of the loopback interface. */
    bool (*greet)(unsigned port);
};

/* Prints the page's address on standard output and serves it until SIGINT or SIGTERM. */
lamna_status serve(const struct web_options *options, lamna_error *err);
/* Whether this build has the page in it. */
bool serve_has_page(void);

#endif
