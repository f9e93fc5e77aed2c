/* names: what a person has named: saved filters (@name) and macros ($name). */
#ifndef FILTER_NAMES_H
#define FILTER_NAMES_H

#include "lamna.h"

struct name {
    char *name; /* owned; of a macro with its $ */
    char *text; /* owned; of a macro with $1, $2 ... for its arguments */
};

struct lamna_names {
    struct name *all; /* in the order in which they were saved */
    size_t count, room;
    bool lookup; /* host names may be looked up */
};

/* The text of a name of n bytes, a macro's with its $; NULL if there is none. Macros of Wireshark's
 * own are found too. */
const char *names_find(const lamna_names *names, const char *name, size_t n);

/*
 * Where the pieces of an expanded filter come from:
 *
 *     given     $net(ip.src) and udp          [0, 12) [12, 20)
 *     expanded  ip.src == 10.0.0.0/8 and udp  [0, 20) [20, 28)
 */
struct piece {
    uint32_t at;         /* where it begins in the expanded text */
    uint32_t begin, end; /* in the text given */
    const char *name;    /* of the macro or saved filter; NULL: as given, byte for byte */
};

struct expansion {
    struct piece *pieces;
    uint32_t count, room;
};

/* The piece that the byte at `at` of the expanded text belongs to. */
const struct piece *expansion_find(const struct expansion *e, uint32_t at);

struct compiler;
/* Replaces c->text by the text with its macros and saved filters expanded. False with an error. */
bool expand(struct compiler *c);

#endif
