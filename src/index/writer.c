#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/map.h"
#include "index/format.h"

/* What is kept in memory until the end is bounded by the packets: else the index would outgrow them. */
enum {
    SETS_AT_LEAST = 256 << 10,
    SET_BYTES_PER_PACKET = 2,
    ADDRESSES_AT_LEAST = 4096,
    PACKETS_PER_ADDRESS = 8
};

struct index_writer {
    char *path, *temporary; /* owned */
    int fd;
    lamna_status status; /* sticky */
    lamna_error error;
    uint64_t packets;
    uint64_t position; /* bytes written */
    uint32_t filled;   /* rows in the block */
    uint64_t block[INDEX_COLUMNS][INDEX_BLOCK];
    uint8_t bytes[INDEX_BLOCK * 8];
    struct buf directory, sets, addresses, streams;
    struct map set_numbers, address_numbers;
};

static void fail(struct index_writer *w, const char *what)
{
    if (w->status == LAMNA_OK)
        w->status = error_system(&w->error, "%s %s", what, w->temporary);
}

static void write_bytes(struct index_writer *w, const void *bytes, size_t n)
{
    const uint8_t *at = bytes;
    while (n > 0 && w->status == LAMNA_OK) {
        ssize_t k = write(w->fd, at, n);
        if (k < 0 && errno == EINTR)
            continue;
        if (k <= 0) {
            fail(w, "write");
            return;
        }
        at += k;
        n -= (size_t)k;
        w->position += (uint64_t)k;
    }
}

struct index_writer *index_writer_new(const char *path, lamna_error *err)
{
    struct index_writer *w = calloc(1, sizeof *w);
    size_t n = strlen(path) + 32;
    if (w != NULL) {
        w->fd = -1;
        map_init(&w->set_numbers, 16);
        map_init(&w->address_numbers, sizeof(struct index_address));
        w->path = strdup(path);
        w->temporary = malloc(n);
    }
    if (w == NULL || w->path == NULL || w->temporary == NULL) {
        index_writer_free(w);
        (void)error_memory(err);
        return NULL;
    }
    (void)snprintf(w->temporary, n, "%s.%ld.tmp", path, (long)getpid());
    w->fd = open(w->temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (w->fd < 0) {
        (void)error_system(err, "create %s", w->temporary);
        free(w->temporary);
        w->temporary = NULL;
        index_writer_free(w);
        return NULL;
    }
    static const uint8_t header[FORMAT_HEADER];
    write_bytes(w, header, sizeof header);
    return w;
}

void index_writer_free(struct index_writer *w)
{
    if (w == NULL)
        return;
    if (w->fd >= 0)
        (void)close(w->fd);
    if (w->temporary != NULL)
        (void)unlink(w->temporary);
    buf_free(&w->directory);
    buf_free(&w->sets);
    buf_free(&w->addresses);
    buf_free(&w->streams);
    map_free(&w->set_numbers);
    map_free(&w->address_numbers);
    free(w->path);
    free(w->temporary);
    free(w);
}

/* ---- Blocks ---------------------------------------------------------------------------------- */

static uint8_t width_of(uint64_t most)
{
    return most == 0 ? 0 : (uint8_t)((71 - __builtin_clzll(most)) / 8);
}

static void write_column(struct index_writer *w, const uint64_t *values, uint32_t n)
{
    uint64_t least = UINT64_MAX, most = 0;
    for (uint32_t i = 0; i < n; i++) {
        least = values[i] < least ? values[i] : least;
        most = values[i] > most ? values[i] : most;
    }
    unsigned width = width_of(most - least);
    for (uint32_t i = 0; i < n; i++)
        put_le(w->bytes + (size_t)i * width, width, values[i] - least);
    uint8_t chunk[FORMAT_CHUNK] = {0};
    size_t bytes = (size_t)n * width;
    put_le(chunk, 8, w->position);
    put_le(chunk + 8, 8, least);
    put_le(chunk + 16, 4, (uint32_t)index_digest(w->bytes, bytes));
    chunk[20] = (uint8_t)width;
    buf_bytes(&w->directory, chunk, sizeof chunk);
    write_bytes(w, w->bytes, bytes);
}

static void write_block(struct index_writer *w)
{
    for (unsigned c = 0; c < INDEX_COLUMNS && w->filled > 0; c++)
        write_column(w, w->block[c], w->filled);
    w->filled = 0;
}

void index_add(struct index_writer *w, const struct index_row *row)
{
    for (unsigned c = 0; c < INDEX_COLUMNS; c++)
        w->block[c][w->filled] = row->v[c];
    w->packets++;
    if (++w->filled == INDEX_BLOCK)
        write_block(w);
}

/* ---- Dictionaries ---------------------------------------------------------------------------- */

/* Numbers are from 1, and MAP_NONE becomes INDEX_UNKNOWN. */
static uint32_t from_one(uint32_t number)
{
    return number == MAP_NONE ? INDEX_UNKNOWN : number + 1;
}

uint32_t index_find_set(const struct index_writer *w, const uint8_t digest[16])
{
    return from_one(map_find(&w->set_numbers, digest));
}

static void put_u32(struct buf *b, uint32_t v)
{
    uint8_t bytes[4];
    put_le(bytes, 4, v);
    buf_bytes(b, bytes, 4);
}

uint32_t index_add_set(struct index_writer *w, const uint8_t digest[16],
                       const struct index_set *set)
{
    if (w->sets.length > SETS_AT_LEAST + w->packets * SET_BYTES_PER_PACKET)
        return INDEX_UNKNOWN;
    uint32_t number = map_number(&w->set_numbers, digest);
    if (number == MAP_NONE)
        return INDEX_UNKNOWN;
    put_u32(&w->sets, set->columns);
    put_u32(&w->sets, set->count);
    put_u32(&w->sets, set->value_count);
    for (uint32_t i = 0; i < set->count; i++)
        put_u32(&w->sets, set->fields[i]);
    for (uint32_t i = 0; i < set->value_count; i++) {
        put_u32(&w->sets, set->values[i].field);
        put_u32(&w->sets, set->values[i].low);
        put_u32(&w->sets, set->values[i].high);
    }
    return from_one(number);
}

uint32_t index_find_address(const struct index_writer *w, const struct index_address *address)
{
    return from_one(map_find(&w->address_numbers, address));
}

uint32_t index_add_address(struct index_writer *w, const struct index_address *address)
{
    uint32_t number = map_find(&w->address_numbers, address);
    if (number != MAP_NONE)
        return from_one(number);
    if (w->address_numbers.count > ADDRESSES_AT_LEAST + w->packets / PACKETS_PER_ADDRESS)
        return INDEX_UNKNOWN;
    number = map_number(&w->address_numbers, address);
    if (number != MAP_NONE)
        buf_bytes(&w->addresses, address, sizeof *address);
    return from_one(number);
}

void index_add_stream(struct index_writer *w, const struct index_stream *stream)
{
    uint8_t bytes[FORMAT_STREAM];
    put_le(bytes, 8, stream->packet);
    put_le(bytes + 8, 4, stream->key);
    put_le(bytes + 12, 4, stream->stream);
    buf_bytes(&w->streams, bytes, sizeof bytes);
}

/* ---- The end --------------------------------------------------------------------------------- */

static void write_section(struct index_writer *w, uint8_t *header, enum section section,
                          const struct buf *b)
{
    uint8_t *at = header + AT_SECTIONS + (size_t)section * 24;
    put_le(at, 8, w->position);
    put_le(at + 8, 8, b->length);
    put_le(at + 16, 8, index_digest(b->data, b->length));
    write_bytes(w, b->data, b->length);
    if (b->failed && w->status == LAMNA_OK)
        w->status = error_memory(&w->error);
}

static void write_sections(struct index_writer *w, uint8_t *header, const uint32_t *groups,
                           uint32_t group_count)
{
    struct buf numbers = {0};
    static const uint8_t slack[FORMAT_SLACK];
    for (uint32_t i = 0; i < group_count; i++)
        put_u32(&numbers, groups[i]);
    write_bytes(w, slack, sizeof slack);
    write_section(w, header, SECTION_DIRECTORY, &w->directory);
    write_section(w, header, SECTION_SETS, &w->sets);
    write_section(w, header, SECTION_ADDRESSES, &w->addresses);
    write_section(w, header, SECTION_GROUPS, &numbers);
    write_section(w, header, SECTION_STREAMS, &w->streams);
    buf_free(&numbers);
}

static void fill_header(const struct index_writer *w, uint8_t *header,
                        const struct index_identity *identity, uint32_t flags,
                        const uint32_t streams[INDEX_STREAM_KINDS])
{
    memcpy(header + AT_MAGIC, FORMAT_MAGIC, 8);
    put_le(header + AT_VERSION, 4, FORMAT_VERSION);
    put_le(header + AT_FLAGS, 4, flags);
    put_le(header + AT_COLUMNS, 4, INDEX_COLUMNS);
    put_le(header + AT_BLOCK, 4, INDEX_BLOCK);
    put_le(header + AT_PACKETS, 8, w->packets);
    put_le(header + AT_IDENTITY, 8, identity->fields);
    put_le(header + AT_IDENTITY + 8, 8, identity->size);
    put_le(header + AT_IDENTITY + 16, 8, (uint64_t)identity->time_ns);
    put_le(header + AT_IDENTITY + 24, 8, identity->first);
    put_le(header + AT_IDENTITY + 32, 8, identity->last);
    for (unsigned i = 0; i < INDEX_STREAM_KINDS; i++)
        put_le(header + AT_STREAMS + 4 * (size_t)i, 4, streams[i]);
    put_le(header + AT_DIGEST, 8, index_digest(header, AT_DIGEST));
}

/* The header comes last, and the name after it: a file without one is no index. */
lamna_status index_writer_finish(struct index_writer *w, const struct index_identity *identity,
                                 uint32_t flags, const uint32_t streams[INDEX_STREAM_KINDS],
                                 const uint32_t *groups, uint32_t group_count, lamna_error *err)
{
    uint8_t header[FORMAT_HEADER] = {0};
    write_block(w);
    write_sections(w, header, groups, group_count);
    fill_header(w, header, identity, flags, streams);
    if (w->status == LAMNA_OK && pwrite(w->fd, header, sizeof header, 0) != (ssize_t)sizeof header)
        fail(w, "write");
    if (w->status == LAMNA_OK && fdatasync(w->fd) != 0)
        fail(w, "write");
    if (w->status == LAMNA_OK && rename(w->temporary, w->path) != 0)
        fail(w, "rename");
    if (w->status == LAMNA_OK) {
        free(w->temporary);
        w->temporary = NULL;
    } else if (err != NULL) {
        *err = w->error;
    }
    return w->status;
}
