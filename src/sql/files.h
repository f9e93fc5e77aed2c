/* files: the captures that a command speaks of: files, patterns, and folders with all that is in them. */
#ifndef SQL_FILES_H
#define SQL_FILES_H

#include "lamna.h"

struct files {
    char **paths; /* owned, as are the strings */
    size_t count, room;
};

void files_free(struct files *f);
/*
 * Adds what `name` stands for, sorted by name: a file or "-" for itself; a folder for the files in it and in its
 * folders, hidden ones left out; a pattern for what it matches. LAMNA_ERR_IO if that is nothing.
 */
lamna_status files_add(struct files *f, const char *name, lamna_error *err);
/* Adds this one path, whatever it is; false without memory. */
bool files_take(struct files *f, const char *path);
/* Is it one of these, by this name or another? */
bool files_have(const struct files *f, const char *path);

#endif
