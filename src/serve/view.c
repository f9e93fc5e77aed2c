#include "serve/view.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "serve/captures.h"
#include "serve/files.h"
#include "serve/indexes.h"
#include "serve/rows.h"

enum {
    ROWS_BETWEEN_MARKS = 64,
    VIEWS_MOST = 6,
    PIECE = 1 << 16,
};

/* Of the file of rows. */
static const uint64_t bytes_most = 16ull << 30;

/* Every so many rows: where the row begins in the file, and its packet. */
struct mark {
    uint64_t at, packet;
};

struct view {
    struct views *views;
    const char *path;       /* borrowed */
    char *filter, *columns; /* owned */
    unsigned users;
    bool stale;    /* not to be entered again */
    uint64_t used; /* when it was entered last, counted by `views` */
    pthread_t thread;
    const struct server *server;
    lamna_query *query;
    lamna_source *source;
    lamna_index *index; /* or NULL */
    lamna_run *run;
    struct rows *maker;
    int file;
    uint64_t size;

    pthread_mutex_t lock; /* of what follows */
    pthread_cond_t grown;
    struct mark *marks; /* owned */
    size_t mark_count, mark_room;
    uint64_t rows, bytes;
    bool done;
    lamna_error error;
};

struct views {
    pthread_mutex_t lock;
    struct view *all[VIEWS_MOST];
    uint64_t clock;
    bool stopping;
};

/* ---- The file ------------------------------------------------------------------------------------- */

static bool write_all(int file, const char *bytes, size_t n, uint64_t at)
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

/* ---- The thread that reads -------------------------------------------------------------------------- */

static bool add_mark(struct view *v, const char *row, uint64_t at)
{
    if (v->mark_count == v->mark_room) {
        size_t room = v->mark_room == 0 ? 256 : 2 * v->mark_room;
        struct mark *marks = realloc(v->marks, room * sizeof *marks);
        if (marks == NULL)
            return false;
        v->marks = marks;
        v->mark_room = room;
    }
    v->marks[v->mark_count++] = (struct mark){at, strtoull(row + 1, NULL, 10)};
    return true;
}

/* Counts rows, each of which is whole: `[NUMBER,...]\n`. */
static bool note_rows(struct view *v, const char *bytes, size_t n)
{
    const char *end = bytes + n;
    for (const char *at = bytes; at < end;) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        if (newline == NULL)
            return false;
        if (v->rows % ROWS_BETWEEN_MARKS == 0 &&
            !add_mark(v, at, v->bytes + (uint64_t)(at - bytes)))
            return false;
        v->rows++;
        at = newline + 1;
    }
    v->bytes += n;
    return true;
}

/* The first rows are waited for; whoever reads the rest lets others go first, the browser among them. */
static void give_way(void)
{
    enum { NICE = 10 };
    (void)setpriority(PRIO_PROCESS, (id_t)gettid(), NICE);
}

/* As lamna_work's `text`. Only this thread changes `bytes`. */
static bool take_rows(void *context, const char *bytes, size_t n)
{
    struct view *v = context;
    if (v->bytes > 0)
        give_way();
    bool room = v->bytes + n <= bytes_most;
    bool written = room && write_all(v->file, bytes, n, v->bytes);
    int reason = errno;
    (void)pthread_mutex_lock(&v->lock);
    bool noted = written && note_rows(v, bytes, n);
    if (!room)
        (void)fail(&v->error, LAMNA_ERR_LIMIT,
                   "the list is longer than 16 GiB of text: a filter makes it shorter");
    else if (!written)
        (void)fail(&v->error, LAMNA_ERR_IO, "cannot keep the list of packets: %s",
                   strerror(reason));
    else if (!noted)
        (void)fail(&v->error, LAMNA_ERR_MEMORY, "out of memory");
    (void)pthread_cond_broadcast(&v->grown);
    (void)pthread_mutex_unlock(&v->lock);
    return noted;
}

static void make_row(void *context, unsigned thread, const lamna_packet *packet, lamna_text *out)
{
    struct view *v = context;
    rows_add(v->maker, thread, packet, out);
}

/* What was needed to read. Under the lock, for views_stop() may want to stop the source. */
static void let_go(struct view *v)
{
    lamna_run_free(v->run);
    lamna_index_close(v->index);
    lamna_source_close(v->source);
    lamna_query_free(v->query);
    rows_free(v->maker);
    v->run = NULL;
    v->index = NULL;
    v->source = NULL;
    v->query = NULL;
    v->maker = NULL;
}

static void *view_main(void *context)
{
    struct view *v = context;
    lamna_error err = {0};
    lamna_work work = {.context = v, .packet = make_row, .text = take_rows};
    lamna_status end = lamna_run_all(v->run, 0, &work, NULL, &err);
    (void)pthread_mutex_lock(&v->lock);
    v->done = true;
    if (v->error.status == LAMNA_OK && end != LAMNA_END)
        v->error = err;
    if (v->error.status == LAMNA_OK && end == LAMNA_STOPPED)
        (void)fail(&v->error, LAMNA_STOPPED, "reading was stopped");
    let_go(v);
    (void)pthread_cond_broadcast(&v->grown);
    (void)pthread_mutex_unlock(&v->lock);
    if (end == LAMNA_END)
        indexes_make(v->server, v->path);
    return NULL;
}

/* ---- Making and ending ------------------------------------------------------------------------------ */

/* Its thread has ended, or never begun. */
static void view_free(struct view *v)
{
    if (v == NULL)
        return;
    let_go(v);
    if (v->file >= 0)
        (void)close(v->file);
    (void)pthread_cond_destroy(&v->grown);
    (void)pthread_mutex_destroy(&v->lock);
    free(v->marks);
    free(v->filter);
    free(v->columns);
    free(v);
}

static void view_stop(struct view *v)
{
    (void)pthread_mutex_lock(&v->lock);
    if (v->source != NULL)
        lamna_source_stop(v->source);
    (void)pthread_mutex_unlock(&v->lock);
}

static void view_end(struct view *v)
{
    if (v == NULL)
        return;
    view_stop(v);
    (void)pthread_join(v->thread, NULL);
    view_free(v);
}

static lamna_status view_open(struct view *v, const struct server *server, lamna_error *err)
{
    struct stat about;
    lamna_open_options options = {.follow = captures_grows(server->captures, v->path)};
    v->query = query_new(server, v->filter, err);
    if (v->query == NULL)
        return err->status;
    v->maker = rows_new(v->query, server->reg, v->columns[0] != '\0' ? v->columns : NULL, err);
    v->source = v->maker != NULL ? lamna_source_open(v->path, &options, err) : NULL;
    v->index = v->source != NULL ? indexes_open(server, v->path, v->source) : NULL;
    lamna_query_index(v->query, v->index);
    v->run = v->source != NULL ? lamna_run_new(v->query, v->source, err) : NULL;
    if (v->run == NULL)
        return err->status;
    v->size = stat(v->path, &about) == 0 ? (uint64_t)about.st_size : 0;
    v->file = file_nameless();
    if (v->file < 0)
        return fail(err, LAMNA_ERR_IO, "cannot make a file for the list of packets: %s",
                    strerror(errno));
    int failed = pthread_create(&v->thread, NULL, view_main, v);
    return failed == 0 ? LAMNA_OK
                       : fail(err, LAMNA_ERR_MEMORY, "cannot start a thread: %s", strerror(failed));
}

static struct view *view_new(const struct server *server, const char *path, const char *filter,
                             const char *columns, lamna_error *err)
{
    struct view *v = calloc(1, sizeof *v);
    if (v == NULL) {
        (void)fail(err, LAMNA_ERR_MEMORY, "out of memory");
        return NULL;
    }
    *v = (struct view){.views = server->views, .server = server, .path = path, .file = -1};
    (void)pthread_mutex_init(&v->lock, NULL);
    (void)pthread_cond_init(&v->grown, NULL);
    v->filter = strdup(filter);
    v->columns = strdup(columns);
    lamna_status status = v->filter != NULL && v->columns != NULL
                              ? view_open(v, server, err)
                              : fail(err, LAMNA_ERR_MEMORY, "out of memory");
    if (status == LAMNA_OK)
        return v;
    view_free(v);
    return NULL;
}

/* ---- All of them ------------------------------------------------------------------------------------- */

struct views *views_new(void)
{
    struct views *views = calloc(1, sizeof *views);
    if (views != NULL)
        (void)pthread_mutex_init(&views->lock, NULL);
    return views;
}

void views_stop(struct views *views)
{
    (void)pthread_mutex_lock(&views->lock);
    views->stopping = true;
    for (unsigned i = 0; i < VIEWS_MOST; i++) {
        if (views->all[i] != NULL)
            view_stop(views->all[i]);
    }
    (void)pthread_mutex_unlock(&views->lock);
}

void views_forget(struct views *views, const char *path)
{
    (void)pthread_mutex_lock(&views->lock);
    for (unsigned i = 0; i < VIEWS_MOST; i++) {
        struct view *v = views->all[i];
        if (v != NULL && v->path == path) {
            v->stale = true;
            v->used = 0;
            view_stop(v);
        }
    }
    (void)pthread_mutex_unlock(&views->lock);
}

void views_free(struct views *views)
{
    if (views == NULL)
        return;
    for (unsigned i = 0; i < VIEWS_MOST; i++)
        view_end(views->all[i]);
    (void)pthread_mutex_destroy(&views->lock);
    free(views);
}

static struct view *find(const struct views *views, const char *path, const char *filter,
                         const char *columns)
{
    for (unsigned i = 0; i < VIEWS_MOST; i++) {
        struct view *v = views->all[i];
        if (v != NULL && !v->stale && v->path == path && strcmp(v->filter, filter) == 0 &&
            strcmp(v->columns, columns) == 0)
            return v;
    }
    return NULL;
}

/* A place for one more: a free one, or that of the view which nobody looks at and which was longest not entered;
 * NULL if all are looked at. */
static struct view **place(struct views *views)
{
    struct view **oldest = NULL;
    for (unsigned i = 0; i < VIEWS_MOST; i++) {
        struct view **at = &views->all[i];
        if (*at == NULL)
            return at;
        if ((*at)->users == 0 && (oldest == NULL || (*at)->used < (*oldest)->used))
            oldest = at;
    }
    return oldest;
}

static struct view *make_in_place(const struct server *server, const char *path, const char *filter,
                                  const char *columns, lamna_error *err)
{
    struct view **at = place(server->views);
    if (at == NULL || server->views->stopping) {
        (void)fail(err, LAMNA_STOPPED, "too many lists are read at the same moment");
        return NULL;
    }
    struct view *made = view_new(server, path, filter, columns, err);
    if (made != NULL) {
        view_end(*at);
        *at = made;
    }
    return made;
}

struct view *view_enter(const struct server *server, const char *path, const char *filter,
                        const char *columns, lamna_error *err)
{
    struct views *views = server->views;
    columns = columns != NULL ? columns : "";
    (void)pthread_mutex_lock(&views->lock);
    struct view *v = find(views, path, filter, columns);
    if (v == NULL)
        v = make_in_place(server, path, filter, columns, err);
    if (v != NULL) {
        v->users++;
        v->used = ++views->clock;
    }
    (void)pthread_mutex_unlock(&views->lock);
    return v;
}

void view_leave(struct view *v)
{
    struct views *views = v->views;
    (void)pthread_mutex_lock(&views->lock);
    v->users--;
    (void)pthread_mutex_unlock(&views->lock);
}

/* ---- Asking --------------------------------------------------------------------------------------------- */

void view_wait(struct view *v, uint64_t rows, unsigned milliseconds)
{
    struct timespec until;
    (void)clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += (long)milliseconds * 1000000;
    until.tv_sec += until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    (void)pthread_mutex_lock(&v->lock);
    while (v->rows < rows && !v->done && pthread_cond_timedwait(&v->grown, &v->lock, &until) == 0) {
    }
    (void)pthread_mutex_unlock(&v->lock);
}

struct view_state view_state(struct view *v)
{
    (void)pthread_mutex_lock(&v->lock);
    struct view_state state = {.rows = v->rows,
                               .scanned =
                                   v->source != NULL ? lamna_source_progress(v->source) : v->size,
                               .size = v->size,
                               .done = v->done,
                               .error = v->error};
    (void)pthread_mutex_unlock(&v->lock);
    state.scanned = state.scanned < state.size ? state.scanned : state.size;
    return state;
}

/* Gives each row from number `first` on, which is one with a mark at `at`, to `take`, until that returns false or
 * `end` is reached. */
static lamna_status each_row(const struct view *v, uint64_t at, uint64_t end,
                             bool (*take)(void *context, const char *row, size_t n), void *context,
                             lamna_error *err)
{
    size_t held = 0, room = PIECE;
    char *piece = malloc(room);
    bool more = piece != NULL;
    while (more && at < end) {
        ssize_t got = pread(v->file, piece + held, room - held, (off_t)at);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0) {
            free(piece);
            return fail(err, LAMNA_ERR_IO, "cannot read the list of packets: %s",
                        got < 0 ? strerror(errno) : "it ends");
        }
        at += (uint64_t)got;
        held += (size_t)got;
        char *row = piece, *newline;
        while (more && (newline = memchr(row, '\n', held - (size_t)(row - piece))) != NULL) {
            more = take(context, row, (size_t)(newline - row));
            row = newline + 1;
        }
        held -= (size_t)(row - piece);
        memmove(piece, row, held);
        if (held == room) {
            char *larger = realloc(piece, 2 * room);
            more = larger != NULL;
            piece = more ? larger : piece;
            room *= 2;
        }
    }
    bool failed = piece == NULL;
    free(piece);
    return failed ? fail(err, LAMNA_ERR_MEMORY, "out of memory") : LAMNA_OK;
}

struct page {
    lamna_text *out;
    uint64_t skip, left;
    bool any;
};

static bool page_take(void *context, const char *row, size_t n)
{
    struct page *page = context;
    if (page->skip > 0) {
        page->skip--;
        return true;
    }
    if (page->any)
        lamna_text_add(page->out, ",", 1);
    page->any = true;
    lamna_text_add(page->out, row, n);
    return --page->left > 0;
}

lamna_status view_rows(struct view *v, uint64_t from, uint64_t count, lamna_text *out,
                       lamna_error *err)
{
    struct page page = {.out = out, .skip = from % ROWS_BETWEEN_MARKS, .left = count};
    (void)pthread_mutex_lock(&v->lock);
    uint64_t end = v->bytes, at = from < v->rows ? v->marks[from / ROWS_BETWEEN_MARKS].at : end;
    (void)pthread_mutex_unlock(&v->lock);
    return count == 0 ? LAMNA_OK : each_row(v, at, end, page_take, &page, err);
}

struct search {
    uint64_t packet, row;
};

static bool search_take(void *context, const char *row, size_t n)
{
    struct search *search = context;
    (void)n;
    if (strtoull(row + 1, NULL, 10) >= search->packet)
        return false;
    search->row++;
    return true;
}

/* The last mark whose packet has no higher number; 0 if there is none. */
static size_t mark_before(const struct view *v, uint64_t packet)
{
    size_t low = 0, high = v->mark_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (v->marks[middle].packet <= packet)
            low = middle + 1;
        else
            high = middle;
    }
    return low > 0 ? low - 1 : 0;
}

lamna_status view_find(struct view *v, uint64_t packet, uint64_t *row, lamna_error *err)
{
    (void)pthread_mutex_lock(&v->lock);
    size_t mark = mark_before(v, packet);
    uint64_t end = v->bytes, at = v->mark_count > 0 ? v->marks[mark].at : end;
    (void)pthread_mutex_unlock(&v->lock);
    struct search search = {.packet = packet, .row = mark * ROWS_BETWEEN_MARKS};
    lamna_status status = each_row(v, at, end, search_take, &search, err);
    *row = search.row;
    return status;
}
