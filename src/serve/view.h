/*
 * view: the list of packets of one capture that match one filter. A thread of its own reads the capture once and
 * keeps the rows in a file without a name, so that any of them is there at once and memory stays small:
 *
 *     file    [1,16,"1",...]\n [2,16,...]\n ... [65,16,...]\n ...
 *     marks   ^ row 0                           ^ row 64             ^ row 128
 */
#ifndef SERVE_VIEW_H
#define SERVE_VIEW_H

#include "serve/server.h"

struct view;

struct views *views_new(void);
/* No request may be under way. */
void views_free(struct views *views);
/* Ends all reading. */
void views_stop(struct views *views);

/* Which list is meant. */
struct view_key {
    const char *path;    /* of the capture */
    const char *filter;  /* "": everything */
    const char *columns; /* "": the usual ones */
    const char *sort;    /* "": as captured; "time": by that column; "-time": highest first */
};

/* The view of that list: one that is there, or a new one. To be given back to view_leave(). NULL on error. */
struct view *view_enter(const struct server *server, const struct view_key *key, lamna_error *err);
void view_leave(struct view *view);
/* Who asks from now on for a list of that capture (NULL: of any) gets a new one: the capture has ceased to grow, or rows
 * look otherwise. */
void views_forget(struct views *views, const char *path);

struct view_state {
    uint64_t rows;     /* so far */
    uint64_t scanned;  /* bytes of the capture that were read */
    uint64_t size;     /* of the capture */
    bool done;         /* all was read, or reading failed */
    lamna_error error; /* .status is LAMNA_OK if nothing is wrong so far */
};

/* Waits, for so many milliseconds at most, until there are so many rows or all were read. */
void view_wait(struct view *view, uint64_t rows, unsigned milliseconds);
struct view_state view_state(struct view *view);
/* Appends the rows [from, from + count), or those of them that are there, with commas between them. */
lamna_status view_rows(struct view *view, uint64_t from, uint64_t count, lamna_text *out,
                       lamna_error *err);
/* *row is that of the packet, or of the next one that is in the list; how many rows there are if none is. */
lamna_status view_find(struct view *view, uint64_t packet, uint64_t *row, lamna_error *err);

#endif
