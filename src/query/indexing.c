/* Makes the index of a capture (index/index.h), and finds the one that there is. */
#include "query/indexing.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "capture/source.h"
#include "query/extend.h"

/* ---- Which capture, and where its index is --------------------------------------------------- */

/* Which fields there are, in which order: numbers of fields mean nothing with others. */
static uint64_t identity_of_fields(const lamna_registry *reg)
{
    uint64_t digest[2] = {index_digest(LAMNA_VERSION, sizeof LAMNA_VERSION)};
    for (size_t i = 0; i < lamna_field_count(reg); i++) {
        const lamna_field *f = lamna_field_at(reg, i);
        if (f->name != NULL)
            digest[1] = index_digest(f->name, strlen(f->name)) + f->type;
        digest[0] = index_digest(digest, sizeof digest);
    }
    return digest[0];
}

/* As the capture is now, or was when it had so many bytes (0: now). */
static bool identity_of(const lamna_registry *reg, const lamna_source *src, uint64_t size,
                        struct index_identity *id)
{
    enum { END_BYTES = 32 << 10 };
    const struct raw *raw = &src->input.raw;
    struct stat st;
    uint8_t *bytes = malloc(END_BYTES);
    if (bytes == NULL || raw->fd < 0 || !raw->regular || raw->start != 0 ||
        fstat(raw->fd, &st) != 0) {
        free(bytes);
        return false;
    }
    uint64_t all = size == 0 ? (uint64_t)st.st_size : size, n = all < END_BYTES ? all : END_BYTES;
    *id = (struct index_identity){.fields = identity_of_fields(reg),
                                  .size = all,
                                  .time_ns =
                                      (int64_t)st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec};
    bool read = pread(raw->fd, bytes, n, 0) == (ssize_t)n;
    id->first = index_digest(bytes, n);
    read &= pread(raw->fd, bytes, n, (off_t)(all - n)) == (ssize_t)n;
    id->last = index_digest(bytes, n);
    free(bytes);
    return read;
}

/* "FILE.lamna", beside the capture. */
static char *path_beside(const lamna_source *src)
{
    size_t n = strlen(src->path) + sizeof ".lamna";
    char *path = malloc(n);
    if (path != NULL)
        (void)snprintf(path, n, "%s.lamna", src->path);
    return path;
}

/* In the user's cache, under a name made of the capture's whole path. NULL if there is no such folder. */
static char *path_in_cache(const lamna_source *src)
{
    const char *folder = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
    bool set = folder != NULL && folder[0] == '/';
    char *whole = realpath(src->path, NULL);
    if (whole == NULL || (!set && home == NULL)) {
        free(whole);
        return NULL;
    }
    size_t n = strlen(set ? folder : home) + 64;
    char *path = malloc(n);
    if (path != NULL)
        (void)snprintf(path, n, "%s%s/lamna/%016llx.lamna", set ? folder : home,
                       set ? "" : "/.cache",
                       (unsigned long long)index_digest(whole, strlen(whole)));
    free(whole);
    return path;
}

/* Makes the folders that the path needs, as far as that can be done. */
static void make_folders(char *path)
{
    for (char *at = strchr(path + 1, '/'); at != NULL; at = strchr(at + 1, '/')) {
        *at = '\0';
        (void)mkdir(path, 0700);
        *at = '/';
    }
}

/* ---- Making one ------------------------------------------------------------------------------ */

/* Every field but those that only later packets tell: of these an index knows nothing. */
static void want_indexed(lamna_query *q)
{
    lamna_query_want_all(q, false);
    for (uint32_t f = 1; f < q->reg->field_count; f++) {
        if ((registry_def(q->reg, f)->display & FUTURE) != 0)
            q->wanted->field[f] = 0;
    }
}

static uint32_t flags_of(const struct learner *l, const lamna_run *run)
{
    const lamna_source *src = l->source;
    bool placed = src->input.decoder == NULL &&
                  src->interface_count + src->section_count == l->blocks_at_first;
    bool alone = flow_table_forgot(run->flows) || src->secrets.length > 0 || l->touches.beyond;
    return (placed ? INDEX_FLAG_PLACED : 0u) | (alone ? INDEX_FLAG_ALONE : 0u);
}

static lamna_status finish(struct learner *l, const lamna_run *run,
                           const struct index_identity *identity, lamna_error *err)
{
    struct touches *t = &l->touches;
    uint32_t streams[INDEX_STREAM_KINDS];
    if (t->failed)
        return error_memory(err);
    touches_settle(t);
    flow_table_get_streams(run->flows, streams);
    return index_writer_finish(l->writer, identity, flags_of(l, run), streams, t->parts_of,
                               t->parts_of != NULL ? t->groups : 0, err);
}

/* Reads all of the capture. LAMNA_END when that is done; *run is the caller's. */
static lamna_status read_capture(struct learner *l, lamna_query *q, lamna_source *src,
                                 lamna_run **run, lamna_error *err)
{
    *run = lamna_run_new(q, src, err);
    if (*run == NULL)
        return err != NULL ? err->status : LAMNA_ERR_MEMORY;
    (*run)->recorder.touches = &l->touches;
    touches_begin(&l->touches);
    lamna_work work = {.context = l, .packet = learner_take, .in_order = true};
    return lamna_run_all(*run, 0, &work, NULL, err);
}

/* The index at `path`, if it is one of the same capture before that has grown. */
static struct index *open_shorter(const lamna_registry *reg, const lamna_source *src,
                                  const char *path, const struct index_identity *now,
                                  uint64_t *size)
{
    struct index_identity old, then;
    if (!index_identity_of(path, &old) || old.fields != now->fields || old.size == 0 ||
        old.size >= now->size || !identity_of(reg, src, old.size, &then) ||
        then.first != old.first || then.last != old.last)
        return NULL;
    *size = old.size;
    return index_open(path, &old, NULL);
}

/* Makes the index anew, or, if `old` is given, of what comes behind its `size` bytes. */
static lamna_status make(const lamna_registry *reg, lamna_source *src, const char *path,
                         const struct index_identity *identity, struct index *old, uint64_t size,
                         lamna_error *err)
{
    struct learner l;
    lamna_run *run = NULL;
    lamna_query *q = NULL;
    lamna_status status = LAMNA_END;
    if (!learner_init(&l, reg, src))
        status = error_memory(err);
    else if ((l.writer = index_writer_new(path, err)) == NULL ||
             (q = lamna_query_new(reg, err)) == NULL)
        status = err != NULL ? err->status : LAMNA_ERR_IO;
    if (status == LAMNA_END) {
        want_indexed(q);
        status = old != NULL ? extend_index(&l, q, src, old, size, &run, err)
                             : read_capture(&l, q, src, &run, err);
    }
    if (status == LAMNA_END)
        status = finish(&l, run, identity, err);
    lamna_run_free(run);
    lamna_query_free(q);
    learner_free(&l);
    return status;
}

static lamna_status build_at(const lamna_registry *reg, lamna_source *src, const char *path,
                             uint64_t *kept, lamna_error *err)
{
    uint64_t size = 0;
    struct index_identity identity;
    if (!identity_of(reg, src, 0, &identity))
        return error_set(err, LAMNA_ERR_UNSUPPORTED, "%s is no file, and only files have an index",
                         src->path);
    struct index *old = open_shorter(reg, src, path, &identity, &size);
    lamna_source *twin = old != NULL ? source_reopen(src) : NULL;
    if (twin == NULL) {
        index_close(old);
        return make(reg, src, path, &identity, NULL, 0, err);
    }
    lamna_status status = make(reg, src, path, &identity, old, size, err);
    if (status == LAMNA_OK)
        *kept = index_packets(old);
    else if (status == LAMNA_ERR_UNSUPPORTED)
        status = make(reg, twin, path, &identity, NULL, 0, err);
    lamna_source_close(twin);
    index_close(old);
    return status;
}

lamna_status lamna_index_build(const lamna_registry *reg, lamna_source *src, const char *path,
                               uint64_t *kept, lamna_error *err)
{
    uint64_t ignored;
    kept = kept != NULL ? kept : &ignored;
    *kept = 0;
    if (path != NULL)
        return build_at(reg, src, path, kept, err);
    char *beside = path_beside(src), *cache = path_in_cache(src);
    lamna_status status =
        beside == NULL ? error_memory(err) : build_at(reg, src, beside, kept, err);
    if (status == LAMNA_ERR_PERMISSION && src->packets == 0 && cache != NULL) {
        make_folders(cache);
        status = build_at(reg, src, cache, kept, err);
    }
    free(beside);
    free(cache);
    return status;
}

/* ---- Finding one ----------------------------------------------------------------------------- */

/* What the index must be of is found out only where there is one: most captures have none. */
static lamna_index *open_at(const lamna_registry *reg, const lamna_source *src, const char *path,
                            lamna_error *err)
{
    struct index_identity identity;
    if (access(path, F_OK) != 0 && errno == ENOENT) {
        (void)error_set(err, LAMNA_END, "there is no %s", path);
        return NULL;
    }
    lamna_index *index = calloc(1, sizeof *index);
    if (index == NULL || (index->path = strdup(path)) == NULL) {
        lamna_index_close(index);
        (void)error_memory(err);
        return NULL;
    }
    if (reg->decodes_as || !identity_of(reg, src, 0, &identity))
        (void)error_set(err, LAMNA_END, "%s is no file, and has no index", src->path);
    else
        index->file = index_open(path, &identity, err);
    if (index->file != NULL)
        return index;
    lamna_index_close(index);
    return NULL;
}

/* At a path that this frees; NULL: there is none. */
static lamna_index *open_there(const lamna_registry *reg, const lamna_source *src, char *path,
                               lamna_error *err)
{
    lamna_index *index = path != NULL ? open_at(reg, src, path, err) : NULL;
    free(path);
    return index;
}

lamna_index *lamna_index_open(const lamna_registry *reg, const lamna_source *src, const char *path,
                              lamna_error *err)
{
    lamna_error here;
    if (err == NULL)
        err = &here;
    if (path != NULL)
        return open_at(reg, src, path, err);
    (void)error_memory(err);
    lamna_index *index = open_there(reg, src, path_beside(src), err);
    if (index == NULL && err->status == LAMNA_END)
        index = open_there(reg, src, path_in_cache(src), err);
    return index;
}

void lamna_index_close(lamna_index *index)
{
    if (index == NULL)
        return;
    index_close(index->file);
    free(index->sets);
    free(index->path);
    free(index);
}

bool lamna_index_damaged(const lamna_index *index)
{
    return index->damaged;
}

const char *lamna_index_path(const lamna_index *index)
{
    return index->path;
}

uint64_t lamna_index_packets(const lamna_index *index)
{
    return index_packets(index->file);
}

uint64_t lamna_index_bytes(const lamna_index *index)
{
    return index_size(index->file);
}
