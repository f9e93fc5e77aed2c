#include "capture/source.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "capture/guess.h"

/* ---- Opening and closing --------------------------------------------------------------------- */

lamna_source *source_new(const char *name, lamna_error *err)
{
    lamna_source *src = calloc(1, sizeof *src);
    if (src == NULL) {
        (void)error_memory(err);
        return NULL;
    }
    src->limits = LIMITS_DEFAULT;
    src->input.raw.fd = -1;
    src->stop.fd = -1;
    arena_init(&src->strings, SOURCE_STRINGS);
    src->path = strdup(name);
    lamna_status status = src->path == NULL ? error_memory(err) : stop_init(&src->stop, err);
    if (status == LAMNA_OK)
        return src;
    lamna_source_close(src);
    return NULL;
}

void lamna_source_close(lamna_source *src)
{
    if (src == NULL)
        return;
    if (src->ops != NULL)
        src->ops->close(src);
    if (src->input.raw.fd >= 0)
        input_close(&src->input);
    stop_free(&src->stop);
    arena_free(&src->strings);
    buf_free(&src->history);
    buf_free(&src->names);
    buf_free(&src->secrets);
    free(src->interfaces);
    free(src->sections);
    free(src->path);
    free(src);
}

/* Tries the formats. LAMNA_OK, or what went wrong in src->error. */
static lamna_status source_recognise(lamna_source *src)
{
    lamna_status status = pcapng_open(src);
    if (status == LAMNA_END)
        status = pcapfile_open(src);
    if (status == LAMNA_END)
        status = guess_format(src);
    return status;
}

lamna_source *source_open_fd(int fd, const char *path, const lamna_open_options *options,
                             lamna_error *err)
{
    lamna_source *src = source_new(path, err);
    if (src == NULL) {
        (void)close(fd);
        return NULL;
    }
    bool follow = options != NULL && options->follow;
    lamna_status status = input_open(&src->input, fd, src->path, follow, &src->stop, err);
    if (status == LAMNA_OK) {
        if (options == NULL || !options->unmapped)
            input_map(&src->input);
        status = source_recognise(src);
        if (status == LAMNA_OK)
            return src;
        if (err != NULL)
            *err = src->error;
    }
    lamna_source_close(src);
    return NULL;
}

lamna_source *lamna_source_open(const char *path, const lamna_open_options *options,
                                lamna_error *err)
{
    if (path == NULL || *path == '\0') {
        (void)error_set(err, LAMNA_ERR_ARGUMENT, "no file name given");
        return NULL;
    }
    bool standard = strcmp(path, "-") == 0;
    int fd = standard ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3) : open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        (void)error_system(err, "open %s", standard ? "standard input" : path);
        return NULL;
    }
    return source_open_fd(fd, standard ? "standard input" : path, options, err);
}

lamna_source *source_reopen(const lamna_source *src)
{
    const struct raw *raw = &src->input.raw;
    struct stat first, again;
    if (!raw->regular || raw->follow || src->packets > 0 || fstat(raw->fd, &first) != 0)
        return NULL;
    int fd = open(src->path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return NULL;
    bool same =
        fstat(fd, &again) == 0 && first.st_dev == again.st_dev && first.st_ino == again.st_ino;
    if (!same) {
        (void)close(fd);
        return NULL;
    }
    return source_open_fd(fd, src->path, NULL, NULL);
}

void lamna_source_stop(lamna_source *src)
{
    if (src != NULL)
        stop_request(&src->stop);
}

/* ---- Reading --------------------------------------------------------------------------------- */

lamna_status source_ended(lamna_source *src, lamna_status status, lamna_error *err)
{
    if (status == LAMNA_END)
        (void)error_set(&src->error, status, "%s: no more packets", src->path);
    else if (status == LAMNA_STOPPED)
        (void)error_set(&src->error, status, "%s: stopped", src->path);
    src->status = status;
    if (err != NULL)
        *err = src->error;
    return status;
}

void source_count(lamna_source *src, lamna_packet_info *packet)
{
    packet->number = ++src->packets;
    src->bytes += packet->captured;
    if (packet->interface < src->interface_count)
        src->interfaces[packet->interface].known.packets++;
}

bool source_seek(lamna_source *src, uint64_t number, uint64_t offset)
{
    lamna_packet_info first; /* what the file says of all packets is read with it */
    if (src->packets == 0 && lamna_source_next(src, &first, NULL) != LAMNA_OK)
        return false;
    if (!input_seek(&src->input, offset))
        return false;
    src->packets = number - 1;
    return true;
}

lamna_status lamna_source_next(lamna_source *src, lamna_packet_info *packet, lamna_error *err)
{
    lamna_status status = src->status;
    if (status == LAMNA_OK)
        status = stop_requested(&src->stop) ? LAMNA_STOPPED : src->ops->next(src, packet);
    if (status != LAMNA_OK)
        return source_ended(src, status, err);
    source_count(src, packet);
    return LAMNA_OK;
}

bool lamna_source_ready(const lamna_source *src)
{
    return src->status != LAMNA_OK || stop_requested(&src->stop) || src->ops->ready(src);
}

lamna_status lamna_source_wait(lamna_source *src, int milliseconds)
{
    enum { STEP_MS = 20 }; /* where there is nothing to poll */
    int fd = src->ops->descriptor != NULL ? src->ops->descriptor(src) : -1;
    while (milliseconds > 0 && !lamna_source_ready(src)) {
        int step = fd >= 0 || milliseconds < STEP_MS ? milliseconds : STEP_MS;
        if (stop_wait(&src->stop, fd, step, NULL) != LAMNA_END)
            return LAMNA_OK;
        milliseconds -= step;
    }
    return lamna_source_ready(src) ? LAMNA_OK : LAMNA_END;
}

lamna_status source_short(lamna_source *src, uint64_t n, const char *what)
{
    struct input *in = &src->input;
    size_t left = input_available(in);
    if (in->windowed)
        return LAMNA_END;
    if (in->status != LAMNA_END) {
        src->error = in->error;
        return in->status;
    }
    if (left == 0)
        return LAMNA_END;
    uint64_t at = input_offset(in);
    (void)error_set(&src->error, LAMNA_ERR_TRUNCATED,
                    "%s ends in the middle of a %s: at byte %" PRIu64 " it needs %" PRIu64
                    " bytes and has %zu",
                    src->path, what, at, n, left);
    src->error.offset = at;
    return LAMNA_ERR_TRUNCATED;
}

lamna_status source_damaged(lamna_source *src, uint64_t offset, const char *fmt, ...)
{
    char text[256];
    va_list args;
    va_start(args, fmt);
    (void)vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    (void)error_set(&src->error, LAMNA_ERR_FORMAT, "%s is damaged at byte %" PRIu64 ": %s",
                    src->path, offset, text);
    src->error.offset = offset;
    return LAMNA_ERR_FORMAT;
}

/* ---- Interfaces and sections ----------------------------------------------------------------- */

/* Makes room for one more in an array of `size`-byte elements. */
static bool array_grow(void **array, size_t *capacity, size_t count, size_t size)
{
    if (count < *capacity)
        return true;
    size_t more = *capacity == 0 ? 4 : *capacity * 2;
    void *grown = realloc(*array, more * size);
    if (grown == NULL)
        return false;
    *array = grown;
    *capacity = more;
    return true;
}

struct source_interface *source_add_interface(lamna_source *src)
{
    if (src->interface_count >= src->limits.interfaces) {
        (void)error_set(&src->error, LAMNA_ERR_LIMIT, "%s has more than %" PRIu32 " interfaces",
                        src->path, src->limits.interfaces);
        return NULL;
    }
    void *array = src->interfaces;
    bool grown =
        array_grow(&array, &src->interface_capacity, src->interface_count, sizeof *src->interfaces);
    src->interfaces = array;
    if (!grown) {
        (void)error_memory(&src->error);
        return NULL;
    }
    struct source_interface *added = &src->interfaces[src->interface_count++];
    *added = (struct source_interface){.clock = {.multiply = 1, .divide = 1}};
    return added;
}

lamna_section *source_add_section(lamna_source *src)
{
    void *array = src->sections;
    bool grown =
        array_grow(&array, &src->section_capacity, src->section_count, sizeof *src->sections);
    src->sections = array;
    if (!grown) {
        (void)error_memory(&src->error);
        return NULL;
    }
    lamna_section *added = &src->sections[src->section_count++];
    *added = (lamna_section){0};
    return added;
}

const char *source_string(lamna_source *src, const uint8_t *bytes, size_t n)
{
    return arena_copy(&src->strings, bytes, strnlen((const char *)bytes, n));
}

size_t lamna_source_interfaces(const lamna_source *src)
{
    return src->interface_count;
}

bool lamna_source_interface(const lamna_source *src, size_t number, lamna_interface *interface)
{
    if (number >= src->interface_count)
        return false;
    *interface = src->interfaces[number].known;
    return true;
}

size_t lamna_source_sections(const lamna_source *src)
{
    return src->section_count;
}

bool lamna_source_section(const lamna_source *src, size_t number, lamna_section *section)
{
    if (number >= src->section_count)
        return false;
    *section = src->sections[number];
    return true;
}

/* ---- What is known of the whole
 * ------------------------------------------------------------------ */

void lamna_source_stats_get(lamna_source *src, lamna_source_stats *stats)
{
    if (src->ops->drops != NULL)
        src->ops->drops(src);
    *stats = (lamna_source_stats){.packets = src->packets,
                                  .bytes = src->bytes,
                                  .dropped_kernel = src->dropped_kernel,
                                  .dropped_interface = src->dropped_interface};
    if (src->input.raw.fd >= 0) {
        stats->position = input_position(&src->input);
        stats->size = src->input.raw.size;
    }
}

uint64_t lamna_source_progress(const lamna_source *src)
{
    return src->input.raw.position;
}

const char *lamna_source_format(const lamna_source *src)
{
    return src->format;
}

const char *lamna_source_compression(const lamna_source *src)
{
    return input_compression(&src->input);
}

/* ---- Blocks for writers
 * ---------------------------------------------------------------------------- */

void source_pass_block(lamna_source *src, const uint8_t *bytes, size_t n)
{
    if (!src->history_lost && n <= SOURCE_HISTORY - src->history.length)
        buf_bytes(&src->history, bytes, n);
    else
        src->history_lost = true;
    for (struct source_listener *l = src->listeners; l != NULL; l = l->next)
        l->block(l, bytes, n);
}

void source_listen(lamna_source *src, struct source_listener *listener)
{
    listener->next = src->listeners;
    src->listeners = listener;
}

void source_unlisten(lamna_source *src, struct source_listener *listener)
{
    for (struct source_listener **at = &src->listeners; *at != NULL; at = &(*at)->next) {
        if (*at == listener) {
            *at = listener->next;
            return;
        }
    }
}
