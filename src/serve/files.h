/* files: for what the server keeps while it runs and nobody else shall find. */
#ifndef SERVE_FILES_H
#define SERVE_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { FILE_NAME_ROOM = 4096 };

/* A new file, for us alone; its name is written to `name`, of FILE_NAME_ROOM bytes. Negative, with errno, if there can
 * be none. */
int file_named(char *name);
/* The same without a name: it is gone when it is closed. */
int file_nameless(void);
/* Writes all of it there; false, and errno says why, if it cannot. */
bool file_write(int file, const char *bytes, size_t n, uint64_t at);

#endif
