#include "sql/manifest.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "sql/error.h"

/* Behind the table and the source; no text in JSON has a quote that nothing precedes. */
static const char after_source[] = "\",\"size\":";

static lamna_status fail(const struct manifest *m, const char *what, lamna_error *err)
{
    return sql_error(err, LAMNA_ERR_IO, "cannot %s %s: %s", what, m->path, strerror(errno));
}

static bool take_line(struct manifest *m, const char *line, size_t n)
{
    char **lines = realloc(m->lines, (m->count + 1) * sizeof *lines);
    if (lines == NULL)
        return false;
    m->lines = lines;
    m->lines[m->count] = strndup(line, n);
    return m->lines[m->count] != NULL && ++m->count > 0;
}

/* What ends in the middle of a line ended there when it was written: the next line begins at its place. */
static lamna_status read_lines(struct manifest *m, lamna_error *err)
{
    FILE *file = fdopen(dup(m->file), "r");
    char *line = NULL;
    size_t room = 0;
    ssize_t n;
    off_t whole = 0;
    bool able = file != NULL;
    while (able && (n = getline(&line, &room, file)) > 0 && line[n - 1] == '\n') {
        able = take_line(m, line, (size_t)n - 1);
        whole += n;
    }
    free(line);
    if (file != NULL)
        (void)fclose(file);
    if (!able)
        return sql_error(err, LAMNA_ERR_MEMORY, "out of memory");
    if (ftruncate(m->file, whole) != 0 || lseek(m->file, whole, SEEK_SET) < 0)
        return fail(m, "write", err);
    return LAMNA_OK;
}

lamna_status manifest_open(struct manifest *m, const char *folder, lamna_error *err)
{
    *m = (struct manifest){.file = -1};
    if (asprintf(&m->path, "%s/manifest.ndjson", folder) < 0) {
        m->path = NULL;
        return sql_error(err, LAMNA_ERR_MEMORY, "out of memory");
    }
    m->file = open(m->path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (m->file < 0)
        return fail(m, "open", err);
    if (flock(m->file, LOCK_EX | LOCK_NB) != 0)
        return sql_error(err, LAMNA_ERR_IO, "another export is writing into %s", folder);
    return read_lines(m, err);
}

/* Does a later line speak of the same part? */
static bool is_outdated(const struct manifest *m, size_t line)
{
    const char *end = strstr(m->lines[line], after_source);
    size_t n = end != NULL ? (size_t)(end - m->lines[line]) + sizeof after_source - 1 : 0;
    for (size_t i = line + 1; i < m->count && n > 0; i++) {
        if (strncmp(m->lines[i], m->lines[line], n) == 0)
            return true;
    }
    return false;
}

bool manifest_has(const struct manifest *m, const char *beginning)
{
    for (size_t i = m->count; i-- > 0;) {
        if (strncmp(m->lines[i], beginning, strlen(beginning)) == 0)
            return !is_outdated(m, i);
    }
    return false;
}

static bool write_all(int file, const char *bytes, size_t n)
{
    while (n > 0) {
        ssize_t written = write(file, bytes, n);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return false;
        bytes += written;
        n -= (size_t)written;
    }
    return true;
}

lamna_status manifest_add(struct manifest *m, const char *line, lamna_error *err)
{
    if (!take_line(m, line, strlen(line)))
        return sql_error(err, LAMNA_ERR_MEMORY, "out of memory");
    if (!write_all(m->file, line, strlen(line)) || !write_all(m->file, "\n", 1) ||
        fsync(m->file) != 0)
        return fail(m, "write", err);
    return LAMNA_OK;
}

/* The lock is on the file that goes; nobody writes any more when this is done. */
lamna_status manifest_tidy(struct manifest *m, lamna_error *err)
{
    char *fresh = NULL;
    if (asprintf(&fresh, "%s.new", m->path) < 0)
        return sql_error(err, LAMNA_ERR_MEMORY, "out of memory");
    int file = open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    bool ok = file >= 0;
    for (size_t i = 0; i < m->count && ok; i++) {
        if (!is_outdated(m, i))
            ok = write_all(file, m->lines[i], strlen(m->lines[i])) && write_all(file, "\n", 1);
    }
    ok = ok && fsync(file) == 0 && rename(fresh, m->path) == 0;
    lamna_status status = ok ? LAMNA_OK : fail(m, "write", err);
    if (file >= 0)
        (void)close(file);
    free(fresh);
    return status;
}

void manifest_close(struct manifest *m)
{
    if (m->file >= 0)
        (void)close(m->file);
    for (size_t i = 0; i < m->count; i++)
        free(m->lines[i]);
    free(m->lines);
    free(m->path);
    *m = (struct manifest){.file = -1};
}
