#include "serve/captures.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "serve/files.h"

enum { STARTED_MOST = 16 };

/* Of the file of a live capture. */
static const uint64_t bytes_most = 4ull << 30;

struct capture {
    const char *path, *name; /* borrowed, or in what follows */
    bool live;
    char own_path[32], own_name[80];
    int file;
    pthread_t thread;
    lamna_source *source;
    lamna_writer *writer;
    atomic_uint_fast64_t packets, dropped;
    atomic_bool running;
    bool joined;
    lamna_error error; /* of the thread, until it is not running any more */
};

struct captures {
    pthread_mutex_t lock;
    size_t count, room;
    struct capture all[];
};

struct captures *captures_new(const struct web_options *options)
{
    size_t room = options->path_count + STARTED_MOST;
    struct captures *captures = calloc(1, sizeof *captures + room * sizeof captures->all[0]);
    if (captures == NULL)
        return NULL;
    (void)pthread_mutex_init(&captures->lock, NULL);
    captures->room = room;
    for (captures->count = 0; captures->count < options->path_count; captures->count++) {
        const char *path = options->paths[captures->count];
        captures->all[captures->count].path = captures->all[captures->count].name = path;
    }
    return captures;
}

/* ---- The thread that captures ---------------------------------------------------------------------- */

static void tell_drops(struct capture *c)
{
    lamna_source_stats stats;
    lamna_source_stats_get(c->source, &stats);
    atomic_store(&c->dropped, stats.dropped_kernel + stats.dropped_interface);
}

/* Whoever reads the file sees a packet a tenth of a second after it came, at the latest. */
static lamna_status write_packets(struct capture *c, lamna_error *err)
{
    lamna_packet_info packet;
    lamna_status status = LAMNA_OK;
    for (uint64_t bytes = 0; status == LAMNA_OK && bytes < bytes_most;
         bytes += packet.captured + 64u) {
        if (!lamna_source_ready(c->source)) {
            tell_drops(c);
            status = lamna_writer_flush(c->writer, err);
        }
        if (status == LAMNA_OK)
            status = lamna_source_next(c->source, &packet, err);
        if (status != LAMNA_OK)
            return status;
        status = lamna_writer_write(c->writer, &packet, err);
        atomic_fetch_add(&c->packets, 1);
    }
    return status == LAMNA_OK
               ? fail(err, LAMNA_ERR_LIMIT, "the capture has grown to 4 GiB, and was ended")
               : status;
}

static void *capture_main(void *context)
{
    struct capture *c = context;
    lamna_error err = {0}, closing = {0};
    lamna_status end = write_packets(c, &err);
    if (end != LAMNA_STOPPED && end != LAMNA_END)
        c->error = err;
    tell_drops(c);
    if (lamna_writer_close(c->writer, &closing) != LAMNA_OK && c->error.status == LAMNA_OK)
        c->error = closing;
    atomic_store(&c->running, false);
    return NULL;
}

/* ---- Starting and ending ----------------------------------------------------------------------------- */

static lamna_status open_file(struct capture *c, lamna_error *err)
{
    c->file = file_nameless();
    if (c->file < 0)
        return fail(err, LAMNA_ERR_IO, "cannot make a file for the packets: %s", strerror(errno));
    (void)snprintf(c->own_path, sizeof c->own_path, "/proc/self/fd/%d", c->file);
    c->path = c->own_path;
    c->writer = lamna_writer_open(c->path, LAMNA_PCAPNG, c->source, err);
    return c->writer != NULL ? lamna_writer_flush(c->writer, err) : err->status;
}

static lamna_status begin(struct capture *c, const char *name, const lamna_live_options *options,
                          lamna_error *err)
{
    *c = (struct capture){.live = true, .file = -1};
    (void)snprintf(c->own_name, sizeof c->own_name, "%s", name);
    c->name = c->own_name;
    c->source = lamna_source_live(options, err);
    if (c->source == NULL)
        return err->status;
    lamna_status status = open_file(c, err);
    atomic_store(&c->running, status == LAMNA_OK);
    int failed = status == LAMNA_OK ? pthread_create(&c->thread, NULL, capture_main, c) : 0;
    if (failed != 0)
        status = fail(err, LAMNA_ERR_MEMORY, "cannot start a thread: %s", strerror(failed));
    if (status == LAMNA_OK)
        return LAMNA_OK;
    if (c->writer != NULL)
        (void)lamna_writer_close(c->writer, NULL);
    lamna_source_close(c->source);
    if (c->file >= 0)
        (void)close(c->file);
    return status;
}

static void end(struct capture *c)
{
    if (!c->live || c->joined)
        return;
    lamna_source_stop(c->source);
    (void)pthread_join(c->thread, NULL);
    c->joined = true;
}

lamna_status captures_start(struct captures *captures, const char *name,
                            const lamna_live_options *options, size_t *number, lamna_error *err)
{
    (void)pthread_mutex_lock(&captures->lock);
    lamna_status status =
        captures->count < captures->room
            ? begin(&captures->all[captures->count], name, options, err)
            : fail(err, LAMNA_ERR_LIMIT, "%d captures were started; no more are", STARTED_MOST);
    if (status == LAMNA_OK)
        *number = captures->count++;
    (void)pthread_mutex_unlock(&captures->lock);
    return status;
}

lamna_status captures_end(struct captures *captures, size_t number, lamna_error *err)
{
    (void)pthread_mutex_lock(&captures->lock);
    bool live = number < captures->count && captures->all[number].live;
    if (live)
        end(&captures->all[number]);
    (void)pthread_mutex_unlock(&captures->lock);
    return live ? LAMNA_OK
                : fail(err, LAMNA_ERR_ARGUMENT, "no capture of that number was started here");
}

void captures_stop(struct captures *captures)
{
    (void)pthread_mutex_lock(&captures->lock);
    for (size_t i = 0; i < captures->count; i++)
        end(&captures->all[i]);
    (void)pthread_mutex_unlock(&captures->lock);
}

void captures_free(struct captures *captures)
{
    if (captures == NULL)
        return;
    for (size_t i = 0; i < captures->count; i++) {
        if (captures->all[i].live) {
            lamna_source_close(captures->all[i].source);
            (void)close(captures->all[i].file);
        }
    }
    (void)pthread_mutex_destroy(&captures->lock);
    free(captures);
}

/* ---- Asking ------------------------------------------------------------------------------------------------ */

bool captures_info(struct captures *captures, size_t number, struct capture_info *info)
{
    (void)pthread_mutex_lock(&captures->lock);
    bool found = number < captures->count;
    if (found) {
        const struct capture *c = &captures->all[number];
        bool running = atomic_load(&c->running);
        *info = (struct capture_info){.path = c->path,
                                      .name = c->name,
                                      .live = c->live,
                                      .running = running,
                                      .packets = atomic_load(&c->packets),
                                      .dropped = atomic_load(&c->dropped)};
        if (c->live && !running)
            info->error = c->error;
    }
    (void)pthread_mutex_unlock(&captures->lock);
    return found;
}

bool captures_grows(struct captures *captures, const char *path)
{
    bool grows = false;
    (void)pthread_mutex_lock(&captures->lock);
    for (size_t i = 0; i < captures->count; i++)
        grows = grows || (captures->all[i].path == path && atomic_load(&captures->all[i].running));
    (void)pthread_mutex_unlock(&captures->lock);
    return grows;
}
