#include "serve/indexes.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "serve/files.h"

enum { WORTH_BYTES = 4 << 20 }; /* of a capture: a smaller one is read in no time */

struct entry {
    const char *path; /* of the capture; borrowed */
    enum entry_state { NONE, MAKING, MADE, FAILED } state;
    pthread_t thread;
    lamna_source *source; /* while it is made */
    const lamna_registry *reg;
    struct indexes *indexes;
    int file; /* of the index */
};

struct indexes {
    pthread_mutex_t lock;
    bool stopping;
    size_t count;
    struct entry entries[];
};

struct indexes *indexes_new(const struct web_options *options)
{
    struct indexes *all = calloc(1, sizeof *all + options->path_count * sizeof all->entries[0]);
    if (all == NULL)
        return NULL;
    (void)pthread_mutex_init(&all->lock, NULL);
    all->count = options->path_count;
    for (size_t i = 0; i < all->count; i++)
        all->entries[i] = (struct entry){.path = options->paths[i], .indexes = all, .file = -1};
    return all;
}

void indexes_free(struct indexes *all)
{
    if (all == NULL)
        return;
    for (size_t i = 0; i < all->count; i++) {
        if (all->entries[i].file >= 0)
            (void)close(all->entries[i].file);
    }
    (void)pthread_mutex_destroy(&all->lock);
    free(all);
}

void indexes_stop(struct indexes *all)
{
    (void)pthread_mutex_lock(&all->lock);
    all->stopping = true;
    for (size_t i = 0; i < all->count; i++) {
        if (all->entries[i].state == MAKING)
            lamna_source_stop(all->entries[i].source);
    }
    (void)pthread_mutex_unlock(&all->lock);
    for (size_t i = 0; i < all->count; i++) {
        if (all->entries[i].state != NONE)
            (void)pthread_join(all->entries[i].thread, NULL);
    }
}

/* ---- Making ------------------------------------------------------------------------------------- */

/* An index is written beside its name and then moved there, so it has a name for as long as it is made. */
static int build(const struct entry *e)
{
    char name[FILE_NAME_ROOM];
    int empty = file_named(name);
    if (empty < 0)
        return -1;
    (void)close(empty);
    lamna_status status = lamna_index_build(e->reg, e->source, name, NULL, NULL);
    int file = status == LAMNA_OK ? open(name, O_RDONLY | O_CLOEXEC) : -1;
    (void)unlink(name);
    return file;
}

static void *make_main(void *context)
{
    struct entry *e = context;
    int file = build(e);
    (void)pthread_mutex_lock(&e->indexes->lock);
    e->file = file;
    e->state = file >= 0 ? MADE : FAILED;
    lamna_source_close(e->source);
    e->source = NULL;
    (void)pthread_mutex_unlock(&e->indexes->lock);
    return NULL;
}

static bool is_worth_it(const struct entry *e)
{
    struct stat about;
    lamna_index *kept = NULL;
    if (stat(e->path, &about) != 0 || !S_ISREG(about.st_mode) || about.st_size < WORTH_BYTES)
        return false;
    lamna_source *source = lamna_source_open(e->path, NULL, NULL);
    if (source != NULL)
        kept = lamna_index_open(e->reg, source, NULL, NULL);
    bool worth = source != NULL && kept == NULL;
    lamna_index_close(kept);
    lamna_source_close(source);
    return worth;
}

static void begin(struct entry *e)
{
    e->source = lamna_source_open(e->path, NULL, NULL);
    if (e->source == NULL)
        return;
    e->state = MAKING;
    if (pthread_create(&e->thread, NULL, make_main, e) == 0)
        return;
    lamna_source_close(e->source);
    e->source = NULL;
    e->state = NONE;
}

static struct entry *find(struct indexes *all, const char *path)
{
    for (size_t i = 0; i < all->count; i++) {
        if (all->entries[i].path == path)
            return &all->entries[i];
    }
    return NULL;
}

void indexes_make(const struct server *server, const char *path)
{
    struct indexes *all = server->indexes;
    struct entry *e = find(all, path);
    (void)pthread_mutex_lock(&all->lock);
    if (e != NULL && e->state == NONE && !all->stopping) {
        e->reg = server->reg;
        if (is_worth_it(e))
            begin(e);
    }
    (void)pthread_mutex_unlock(&all->lock);
}

/* ---- Using --------------------------------------------------------------------------------------- */

lamna_index *indexes_open(const struct server *server, const char *path, const lamna_source *source)
{
    char name[64] = "";
    struct indexes *all = server->indexes;
    const struct entry *e = find(all, path);
    (void)pthread_mutex_lock(&all->lock);
    if (e != NULL && e->state == MADE)
        (void)snprintf(name, sizeof name, "/proc/self/fd/%d", e->file);
    (void)pthread_mutex_unlock(&all->lock);
    return lamna_index_open(server->reg, source, name[0] != '\0' ? name : NULL, NULL);
}

const char *indexes_state(const struct server *server, const char *path)
{
    static const char *const names[] = {
        [NONE] = "none", [MAKING] = "making", [MADE] = "made", [FAILED] = "none"};
    struct indexes *all = server->indexes;
    const struct entry *e = find(all, path);
    (void)pthread_mutex_lock(&all->lock);
    const char *name = names[e != NULL ? e->state : NONE];
    (void)pthread_mutex_unlock(&all->lock);
    return name;
}
