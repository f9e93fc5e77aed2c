/* assets: the files of the page, compressed, as scripts/embed puts them into the program. */
#ifndef SERVE_ASSETS_H
#define SERVE_ASSETS_H

#include <stddef.h>

struct asset {
    const char *path;          /* "/index.js"; NULL behind the last */
    const char *type;          /* "text/javascript; charset=utf-8" */
    const unsigned char *data; /* gzip */
    size_t length;
};

/* The page itself is "/". Empty where the program was built without it. */
extern const struct asset assets[];

#endif
