#include "sql/duck.h"

#include <dlfcn.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sql/error.h"

/* From the folder of the program: the build's own, the one of scripts/fetch-duckdb, the installed one. */
static const char *const beside_program[] = {"libduckdb.so", "../build-duckdb/libduckdb.so",
                                             "../lib/lamna/libduckdb.so"};

static bool program_folder(char *folder, size_t size)
{
    ssize_t n = readlink("/proc/self/exe", folder, size - 1);
    char *slash = NULL;
    if (n > 0) {
        folder[n] = '\0';
        slash = strrchr(folder, '/');
    }
    if (slash != NULL)
        *slash = '\0';
    return slash != NULL;
}

static void *open_library(lamna_error *err)
{
    const char *named = getenv("LAMNA_DUCKDB");
    if (named != NULL && named[0] != '\0') {
        void *library = dlopen(named, RTLD_LAZY | RTLD_LOCAL);
        if (library == NULL)
            (void)sql_error(err, LAMNA_ERR_UNSUPPORTED, "LAMNA_DUCKDB names no DuckDB: %s",
                            dlerror());
        return library;
    }
    char folder[PATH_MAX], path[PATH_MAX + 64];
    bool known = program_folder(folder, sizeof folder);
    for (size_t i = 0; known && i < sizeof beside_program / sizeof *beside_program; i++) {
        (void)snprintf(path, sizeof path, "%s/%s", folder, beside_program[i]);
        if (access(path, R_OK) != 0)
            continue;
        void *library = dlopen(path, RTLD_LAZY | RTLD_LOCAL);
        if (library != NULL)
            return library;
    }
    void *library = dlopen("libduckdb.so", RTLD_LAZY | RTLD_LOCAL);
    if (library == NULL) {
        (void)sql_error(
            err, LAMNA_ERR_UNSUPPORTED,
            "SQL needs DuckDB's library, and there is no libduckdb.so in %s, ../build-duckdb, "
            "../lib/lamna, nor where the system looks",
            known ? folder : "the program's folder");
        (void)sql_hint(err, "scripts/bootstrap sql fetches it; or let LAMNA_DUCKDB name the file");
    }
    return library;
}

lamna_status duck_load(struct duck *d, lamna_error *err)
{
    d->library = open_library(err);
    if (d->library == NULL)
        return LAMNA_ERR_UNSUPPORTED;
    const char *missing = NULL;
    /* POSIX guarantees that a pointer from dlsym() can be one to a function; C says it by copying bytes */
#define LOAD(result, name, arguments)                                                              \
    {                                                                                              \
        void *found = dlsym(d->library, "duckdb_" #name);                                          \
        missing = found == NULL ? "duckdb_" #name : missing;                                       \
        memcpy(&d->name, &found, sizeof found);                                                    \
    }
    DUCK_FUNCTIONS(LOAD)
#undef LOAD
    if (missing == NULL)
        return LAMNA_OK;
    (void)sql_error(err, LAMNA_ERR_UNSUPPORTED, "this libduckdb.so has no function %s", missing);
    (void)sql_hint(err, "it is too old: scripts/bootstrap sql fetches one that fits");
    duck_unload(d);
    return LAMNA_ERR_UNSUPPORTED;
}

void duck_unload(struct duck *d)
{
    if (d->library != NULL)
        (void)dlclose(d->library);
    d->library = NULL;
}
