#include "serve/files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* Where files may be large: /tmp is in memory on many systems. */
int file_named(char *name)
{
    const char *given = getenv("TMPDIR");
    const char *const folders[] = {given != NULL && given[0] == '/' ? given : "/var/tmp", "/tmp"};
    int file = -1;
    for (size_t i = 0; file < 0 && i < sizeof folders / sizeof *folders; i++) {
        (void)snprintf(name, FILE_NAME_ROOM, "%s/lamna-XXXXXX", folders[i]);
        file = mkostemp(name, O_CLOEXEC);
    }
    return file;
}

int file_nameless(void)
{
    char name[FILE_NAME_ROOM];
    int file = file_named(name);
    if (file >= 0)
        (void)unlink(name);
    return file;
}

bool file_write(int file, const char *bytes, size_t n, uint64_t at)
{
    while (n > 0) {
        ssize_t wrote = pwrite(file, bytes, n, (off_t)at);
        if (wrote < 0 && errno == EINTR)
            continue;
        if (wrote <= 0)
            return false;
        bytes += wrote;
        n -= (size_t)wrote;
        at += (uint64_t)wrote;
    }
    return true;
}
