#include "serve/view.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "serve/captures.h"
#include "serve/colours.h"
#include "serve/files.h"
#include "serve/indexes.h"
#include "serve/rows.h"
#include "serve/sort.h"

enum {
    ROWS_BETWEEN_MARKS = 64,
    VIEWS_MOST = 8,
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
    const char *path;              /* borrowed */
    char *filter, *columns, *sort; /* owned */
    struct view *
        base; /* what is sorted here, and stays as long; NULL: nothing, this one reads the capture */
    struct sort_order order;
    atomic_bool stopping;
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
    bool written = room && file_write(v->file, bytes, n, v->bytes);
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

/* All rows are there, or no more will come. */
static void finish(struct view *v, lamna_status end, const lamna_error *err)
{
    (void)pthread_mutex_lock(&v->lock);
    v->done = true;
    if (v->error.status == LAMNA_OK && end != LAMNA_END)
        v->error = *err;
    if (v->error.status == LAMNA_OK && end == LAMNA_STOPPED)
        (void)fail(&v->error, LAMNA_STOPPED, "reading was stopped");
    let_go(v);
    (void)pthread_cond_broadcast(&v->grown);
    (void)pthread_mutex_unlock(&v->lock);
}

static void *view_main(void *context)
{
    struct view *v = context;
    lamna_error err = {0};
    lamna_work work = {.context = v, .packet = make_row, .text = take_rows};
    lamna_status end = lamna_run_all(v->run, 0, &work, NULL, &err);
    finish(v, end, &err);
    if (end == LAMNA_END)
        indexes_make(v->server, v->path);
    return NULL;
}

/* Sorts another list once that is whole. What is wrong with it is wrong here, too. */
static void *sort_main(void *context)
{
    enum { LOOK_MS = 100 };
    struct view *v = context;
    lamna_error err = {0};
    lamna_status end = LAMNA_OK;
    struct view_state base = view_state(v->base);
    while (!base.done && !atomic_load(&v->stopping)) {
        view_wait(v->base, UINT64_MAX, LOOK_MS);
        base = view_state(v->base);
    }
    if (base.done)
        end = sort_rows(v->base->file, v->base->bytes, &v->order, &v->stopping, take_rows, v, &err);
    else
        end = fail(&err, LAMNA_STOPPED, "sorting was stopped");
    if (end == LAMNA_OK)
        err = base.error;
    finish(v, end == LAMNA_OK && base.error.status == LAMNA_OK ? LAMNA_END : err.status, &err);
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
    free(v->sort);
    free(v);
}

static void view_stop(struct view *v)
{
    atomic_store(&v->stopping, true);
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
    if (v->base != NULL)
        v->base->users--;
    view_free(v);
}

/* Its thread begins, and has a file to keep the rows in. */
static lamna_status begin(struct view *v, void *(*run)(void *view), lamna_error *err)
{
    v->file = file_nameless();
    if (v->file < 0)
        return fail(err, LAMNA_ERR_IO, "cannot make a file for the list of packets: %s",
                    strerror(errno));
    int failed = pthread_create(&v->thread, NULL, run, v);
    return failed == 0 ? LAMNA_OK
                       : fail(err, LAMNA_ERR_MEMORY, "cannot start a thread: %s", strerror(failed));
}

/* "-time": the column of that name. False if there is none. */
static bool read_order(const char *sort, const char *columns, struct sort_order *order)
{
    *order = (struct sort_order){.down = sort[0] == '-'};
    const char *name = sort + (order->down ? 1 : 0),
               *at = columns[0] != '\0' ? columns : rows_usual;
    for (;; order->column++) {
        size_t n = strcspn(at, ",");
        if (n == strlen(name) && strncmp(at, name, n) == 0)
            return true;
        if (at[n] == '\0')
            return false;
        at += n + 1;
    }
}

static lamna_status view_open_sorted(struct view *v, const struct server *server, lamna_error *err)
{
    if (!read_order(v->sort, v->columns, &v->order))
        return fail(err, LAMNA_ERR_ARGUMENT,
                    "sort names a column of the list, with - before it or without");
    if (captures_grows(server->captures, v->path))
        return fail(err, LAMNA_ERR_ARGUMENT,
                    "a capture that still runs cannot be sorted: stop it first");
    v->size = v->base->size;
    return begin(v, sort_main, err);
}

static lamna_status view_open(struct view *v, const struct server *server, lamna_error *err)
{
    struct stat about;
    lamna_open_options options = {.follow = captures_grows(server->captures, v->path)};
    v->query = query_new(server, v->filter, err);
    if (v->query == NULL)
        return err->status;
    v->maker = rows_new(v->query, server->reg, colours_enter(server),
                        v->columns[0] != '\0' ? v->columns : NULL, err);
    v->source = v->maker != NULL ? lamna_source_open(v->path, &options, err) : NULL;
    v->index = v->source != NULL ? indexes_open(server, v->path, v->source) : NULL;
    lamna_query_index(v->query, v->index);
    v->run = v->source != NULL ? lamna_run_new(v->query, v->source, err) : NULL;
    if (v->run == NULL)
        return err->status;
    v->size = stat(v->path, &about) == 0 ? (uint64_t)about.st_size : 0;
    return begin(v, view_main, err);
}

static bool copy_key(struct view *v, const struct view_key *key)
{
    v->path = key->path;
    v->filter = strdup(key->filter);
    v->columns = strdup(key->columns);
    v->sort = strdup(key->sort);
    return v->filter != NULL && v->columns != NULL && v->sort != NULL;
}

static struct view *view_new(const struct server *server, const struct view_key *key,
                             struct view *base, lamna_error *err)
{
    lamna_status status;
    struct view *v = calloc(1, sizeof *v);
    if (v == NULL) {
        (void)fail(err, LAMNA_ERR_MEMORY, "out of memory");
        return NULL;
    }
    *v = (struct view){.views = server->views, .server = server, .base = base, .file = -1};
    (void)pthread_mutex_init(&v->lock, NULL);
    (void)pthread_cond_init(&v->grown, NULL);
    if (!copy_key(v, key))
        status = fail(err, LAMNA_ERR_MEMORY, "out of memory");
    else
        status = base != NULL ? view_open_sorted(v, server, err) : view_open(v, server, err);
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
        if (v != NULL && (path == NULL || v->path == path)) {
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
    for (unsigned i = 0; i < 2 * VIEWS_MOST;
         i++) { /* those that are sorted before what they sort */
        struct view **at = &views->all[i % VIEWS_MOST];
        if (*at != NULL && (i >= VIEWS_MOST || (*at)->base != NULL)) {
            view_end(*at);
            *at = NULL;
        }
    }
    (void)pthread_mutex_destroy(&views->lock);
    free(views);
}

static struct view *find(const struct views *views, const struct view_key *key)
{
    for (unsigned i = 0; i < VIEWS_MOST; i++) {
        struct view *v = views->all[i];
        if (v != NULL && !v->stale && v->path == key->path && strcmp(v->filter, key->filter) == 0 &&
            strcmp(v->columns, key->columns) == 0 && strcmp(v->sort, key->sort) == 0)
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

static struct view *make_in_place(const struct server *server, const struct view_key *key,
                                  struct view *base, lamna_error *err)
{
    struct view **at = place(server->views);
    if (at == NULL || server->views->stopping) {
        (void)fail(err, LAMNA_STOPPED, "too many lists are read at the same moment");
        return NULL;
    }
    struct view *made = view_new(server, key, base, err);
    if (made != NULL) {
        view_end(*at);
        *at = made;
    }
    return made;
}

/* Under the lock. */
static struct view *find_or_make(const struct server *server, const struct view_key *key,
                                 struct view *base, lamna_error *err)
{
    struct view *v = find(server->views, key);
    if (v == NULL)
        v = make_in_place(server, key, base, err);
    if (v != NULL) {
        v->users++;
        v->used = ++server->views->clock;
    }
    return v;
}

/* What is sorted is a user of what it sorts. */
static struct view *find_or_sort(const struct server *server, const struct view_key *key,
                                 lamna_error *err)
{
    struct view_key unsorted = *key;
    unsorted.sort = "";
    struct view *base = find_or_make(server, &unsorted, NULL, err);
    if (base == NULL)
        return NULL;
    bool there = find(server->views, key) != NULL;
    struct view *v = find_or_make(server, key, base, err);
    if (there || v == NULL)
        base->users--;
    return v;
}

struct view *view_enter(const struct server *server, const struct view_key *key, lamna_error *err)
{
    struct views *views = server->views;
    (void)pthread_mutex_lock(&views->lock);
    struct view *v = key->sort[0] != '\0' ? find_or_sort(server, key, err)
                                          : find_or_make(server, key, NULL, err);
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
    uint64_t read = v->base != NULL ? view_state(v->base).scanned : v->size;
    (void)pthread_mutex_lock(&v->lock);
    struct view_state state = {.rows = v->rows,
                               .scanned =
                                   v->source != NULL ? lamna_source_progress(v->source) : read,
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

/* In the order of the packets. */
static lamna_status find_packet(struct view *v, uint64_t packet, uint64_t *row, lamna_error *err)
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

/* ---- Finding where it is sorted --------------------------------------------------------------------------- */

struct sought {
    const struct sort_order *order;
    const char *text; /* the row */
    size_t length;
    uint64_t row; /* of those that were looked at */
    bool later;   /* it does not come before the one that was looked at */
};

static bool look_once(void *context, const char *row, size_t n)
{
    struct sought *sought = context;
    sought->later = sort_compare(sought->order, sought->text, sought->length, row, n) >= 0;
    return false;
}

static bool look_on(void *context, const char *row, size_t n)
{
    struct sought *sought = context;
    if (sort_compare(sought->order, sought->text, sought->length, row, n) <= 0)
        return false;
    sought->row++;
    return true;
}

/* A mark's place, and where the file ends so far; false: there are not so many. */
static bool mark_at(struct view *v, size_t mark, uint64_t *at, uint64_t *end)
{
    (void)pthread_mutex_lock(&v->lock);
    bool there = mark < v->mark_count;
    *at = there ? v->marks[mark].at : v->bytes;
    *end = v->bytes;
    (void)pthread_mutex_unlock(&v->lock);
    return there;
}

/* Of the marks, the last that is not behind the row; then row by row. */
static lamna_status seek_row(struct view *v, struct sought *sought, lamna_error *err)
{
    uint64_t at, end;
    size_t low = 0, high = (size_t)(view_state(v).rows / ROWS_BETWEEN_MARKS) + 1;
    lamna_status status = LAMNA_OK;
    while (low < high && status == LAMNA_OK) {
        size_t middle = low + (high - low) / 2;
        sought->later = false;
        if (mark_at(v, middle, &at, &end))
            status = each_row(v, at, end, look_once, sought, err);
        if (sought->later)
            low = middle + 1;
        else
            high = middle;
    }
    low = low > 0 ? low - 1 : 0;
    sought->row = low * ROWS_BETWEEN_MARKS;
    (void)mark_at(v, low, &at, &end);
    return status == LAMNA_OK ? each_row(v, at, end, look_on, sought, err) : status;
}

static lamna_status find_sorted(struct view *v, uint64_t packet, uint64_t *row, lamna_error *err)
{
    lamna_text *text = lamna_text_new();
    struct sought sought = {.order = &v->order};
    lamna_status status = text != NULL ? find_packet(v->base, packet, row, err)
                                       : fail(err, LAMNA_ERR_MEMORY, "out of memory");
    if (status == LAMNA_OK)
        status = view_rows(v->base, *row, 1, text, err);
    if (status == LAMNA_OK)
        sought.text = lamna_text_data(text, &sought.length);
    if (status == LAMNA_OK && sought.text != NULL && sought.length > 0) {
        status = seek_row(v, &sought, err);
        *row = sought.row;
    }
    lamna_text_free(text);
    return status;
}

lamna_status view_find(struct view *v, uint64_t packet, uint64_t *row, lamna_error *err)
{
    return v->base != NULL ? find_sorted(v, packet, row, err) : find_packet(v, packet, row, err);
}
