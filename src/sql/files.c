#include "sql/files.h"

#include <dirent.h>
#include <errno.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sql/error.h"

enum { DEPTH_MOST = 64 };

void files_free(struct files *f)
{
    for (size_t i = 0; i < f->count; i++)
        free(f->paths[i]);
    free(f->paths);
    *f = (struct files){0};
}

/* Takes `path`, which may be NULL for want of memory. */
static bool take(struct files *f, char *path)
{
    if (path != NULL && f->count == f->room) {
        size_t room = f->room == 0 ? 16 : 2 * f->room;
        char **paths = realloc(f->paths, room * sizeof *paths);
        if (paths == NULL) {
            free(path);
            return false;
        }
        f->paths = paths;
        f->room = room;
    }
    if (path != NULL)
        f->paths[f->count++] = path;
    return path != NULL;
}

bool files_take(struct files *f, const char *path)
{
    return take(f, strdup(path));
}

static bool add_folder(struct files *f, const char *folder, int depth);

/* The index of a capture lies beside it. */
static bool is_index(const char *path)
{
    size_t n = strlen(path);
    return n > 6 && strcmp(path + n - 6, ".lamna") == 0;
}

/* Links to folders are not followed: they may lead back. */
static bool add_entry(struct files *f, const char *folder, const struct dirent *entry, int depth)
{
    char *path = NULL;
    struct stat about;
    if (entry->d_name[0] == '.')
        return true;
    if (asprintf(&path, "%s/%s", folder, entry->d_name) < 0)
        return false;
    bool is_folder = lstat(path, &about) == 0 && S_ISDIR(about.st_mode);
    if (!is_folder && !is_index(path) && stat(path, &about) == 0 && S_ISREG(about.st_mode))
        return take(f, path);
    bool ok = !is_folder || add_folder(f, path, depth + 1);
    free(path);
    return ok;
}

/* What an export made (src/sql/manifest.h) lies beside captures, but is none. */
static bool is_export(const char *folder)
{
    char *manifest = NULL;
    if (asprintf(&manifest, "%s/manifest.ndjson", folder) < 0)
        return false;
    bool found = access(manifest, F_OK) == 0;
    free(manifest);
    return found;
}

static bool add_folder(struct files *f, const char *folder, int depth)
{
    struct dirent **entries = NULL;
    if (is_export(folder))
        return true;
    int count = depth < DEPTH_MOST ? scandir(folder, &entries, NULL, alphasort) : 0;
    bool ok = true;
    for (int i = 0; i < count; i++) {
        ok = ok && add_entry(f, folder, entries[i], depth);
        free(entries[i]);
    }
    free(entries);
    return ok;
}

/* A path without the slashes at its end, which would be doubled. */
static char *trimmed(const char *name)
{
    size_t n = strlen(name);
    while (n > 1 && name[n - 1] == '/')
        n--;
    return strndup(name, n);
}

static lamna_status add_pattern(struct files *f, const char *pattern, lamna_error *err)
{
    glob_t found;
    lamna_status status = LAMNA_OK;
    if (glob(pattern, 0, NULL, &found) != 0) {
        if (strpbrk(pattern, "*?[") != NULL)
            return sql_error(err, LAMNA_ERR_IO, "there is no file like %s", pattern);
        return sql_error(err, LAMNA_ERR_IO, "cannot open %s: %s", pattern, strerror(ENOENT));
    }
    for (size_t i = 0; i < found.gl_pathc && status == LAMNA_OK; i++)
        status = files_add(f, found.gl_pathv[i], err);
    globfree(&found);
    return status;
}

lamna_status files_add(struct files *f, const char *name, lamna_error *err)
{
    struct stat about = {0};
    bool ok;
    size_t before = f->count;
    bool there = strcmp(name, "-") == 0 || stat(name, &about) == 0;
    if (!there)
        return add_pattern(f, name, err);
    if (strcmp(name, "-") != 0 && S_ISDIR(about.st_mode)) {
        char *folder = trimmed(name);
        ok = folder != NULL && add_folder(f, folder, 0);
        free(folder);
    } else {
        ok = files_take(f, name);
    }
    if (!ok)
        return sql_error(err, LAMNA_ERR_MEMORY, "out of memory");
    if (f->count == before)
        return sql_error(err, LAMNA_ERR_IO, "there is no file in %s", name);
    return LAMNA_OK;
}

bool files_have(const struct files *f, const char *path)
{
    struct stat wanted, have;
    bool known = stat(path, &wanted) == 0;
    for (size_t i = 0; i < f->count; i++) {
        if (strcmp(f->paths[i], path) == 0)
            return true;
        if (known && stat(f->paths[i], &have) == 0 && have.st_dev == wanted.st_dev &&
            have.st_ino == wanted.st_ino)
            return true;
    }
    return false;
}
