/* colours: the rules by which rows are coloured: Wireshark's default ones, or those of a file of its colour rules. */
#ifndef SERVE_COLOURS_H
#define SERVE_COLOURS_H

#include "serve/server.h"

struct colour {
    char *name, *filter;         /* owned */
    char text[7], background[7]; /* as "12272e" */
};

/* One set of rules, of which the first that matches decides. It does not change, and lives as long as somebody uses it. */
struct colours;

struct palette *palette_new(void);
void palette_free(struct palette *palette);

/* The set that holds now, to be given back to colours_leave(). */
struct colours *colours_enter(const struct server *server);
void colours_leave(struct colours *colours);
size_t colours_count(const struct colours *colours);
const struct colour *colours_at(const struct colours *colours, size_t number);

#endif
