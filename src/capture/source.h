/*
 * source: what all kinds of sources share, inside src/capture.
 *
 *     lamna_source --- ops: pcapfile | pcapng | live       how to get the next packet
 *        |--- input                                    the bytes of a file; not used by live
 *        |--- interfaces, sections                     grow as pcapng blocks announce them
 *        `--- history, listeners                       the pcapng blocks that are not packets: a
 *                                                      writer gets those already read, then each
 *                                                      one as it is read
 */
#ifndef CAPTURE_SOURCE_H
#define CAPTURE_SOURCE_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/limits.h"
#include "capture/input.h"
#include "lamna.h"

/* What each kind of source does. Errors go to src->error. */
struct source_ops {
    /* Fills all of *packet but its number. */
    lamna_status (*next)(lamna_source *src, lamna_packet_info *packet);
    /* True if next() would not wait. */
    bool (*ready)(const lamna_source *src);
    /* What poll() waits for; NULL: there is nothing of that kind. */
    int (*descriptor)(const lamna_source *src);
    /* Sets the drop counts; NULL: those in the source are right. */
    void (*drops)(lamna_source *src);
    /* Frees src->state. */
    void (*close)(lamna_source *src);
};

/* How a timestamp of an interface becomes nanoseconds (pcapng.c). */
struct source_clock {
    uint64_t multiply, divide; /* ns = units * multiply / divide; not used if shift > 0 */
    unsigned shift;            /* ns = units * 10^9 / 2^shift */
    int64_t offset_s;
};

struct source_interface {
    lamna_interface known;
    struct source_clock clock;
    uint64_t dropped_kernel, dropped_interface; /* of the last statistics block */
};

/* Gets every block that is not a packet, byte for byte, before the packet that follows it. */
struct source_listener {
    void (*block)(struct source_listener *self, const uint8_t *bytes, size_t n);
    struct source_listener *next;
};

/* Blocks kept for writers that are opened late. A file with more than that in blocks that are not
 * packets can only be written by writers that were opened before it was read. */
enum {
    SOURCE_HISTORY = 16 << 20,
    SOURCE_STRINGS = 64 << 20,
    SOURCE_SECRETS = 64 << 20,
    SOURCE_NAMES = 64 << 20
};

struct lamna_source {
    const struct source_ops *ops;
    void *state;        /* of the kind; owned through ops->close */
    const char *format; /* static text */
    char *path;         /* or name of the interface; owned */
    struct stop stop;
    struct input input;
    struct limits limits;
    bool pcapng; /* packets carry whole pcapng blocks, and sections go to listeners */

    struct arena strings;                /* names, comments: as long as the source */
    struct source_interface *interfaces; /* owned array */
    size_t interface_count, interface_capacity;
    lamna_section *sections; /* owned array */
    size_t section_count, section_capacity;

    struct buf history; /* blocks read so far that are not packets */
    bool history_lost;  /* there were more than SOURCE_HISTORY bytes of them */
    struct source_listener *listeners;
    struct buf names;   /* lines of a hosts file from Name Resolution Blocks read so far */
    struct buf secrets; /* lines of TLS key logs from Decryption Secrets Blocks read so far */
    bool pause;         /* the packets that follow belong to another batch: some were just read */

    uint64_t packets, bytes;
    uint64_t dropped_kernel, dropped_interface;
    lamna_status status; /* LAMNA_OK; else how it ended. Sticky */
    lamna_error error;   /* of that end */
};

/* A source with nothing in it yet; `name` is copied. */
lamna_source *source_new(const char *name, lamna_error *err);
/* As lamna_source_open() for a descriptor, which it takes over even on failure. */
lamna_source *source_open_fd(int fd, const char *path, const lamna_open_options *options,
                             lamna_error *err);

/* The same file once more from its beginning; NULL if it cannot be read twice (a pipe, a file that is
 * followed, one that was replaced). */
lamna_source *source_reopen(const lamna_source *src);

/* The next packet is the one of that number (from 1), whose record begins at `offset`; all blocks that it
 * depends on must lie before the first packet. False if the source cannot jump. */
bool source_seek(lamna_source *src, uint64_t number, uint64_t offset);

/* Counts a packet that was read, and numbers it. */
void source_count(lamna_source *src, lamna_packet_info *packet);
/* The end of all reading. Kept, so that every later call says the same; returns `status`. */
lamna_status source_ended(lamna_source *src, lamna_status status, lamna_error *err);

/* A new interface or section, all zero; NULL if there is no memory or, for interfaces, too many:
 * then src->error says so. The pointer is valid until the next one is added. */
struct source_interface *source_add_interface(lamna_source *src);
lamna_section *source_add_section(lamna_source *src);
/* A copy of n bytes as a C string, up to the first NUL; NULL if there is no memory. */
const char *source_string(lamna_source *src, const uint8_t *bytes, size_t n);

/* input_need() gave NULL for a record of n bytes that begins at the read position: END between
 * records, TRUNCATED inside one, or what the input says. `what` is "packet", "block", ... */
lamna_status source_short(lamna_source *src, uint64_t n, const char *what);
/* LAMNA_ERR_FORMAT at this offset of the input. */
lamna_status source_damaged(lamna_source *src, uint64_t offset, const char *fmt, ...)
    PRINTF_LIKE(3, 4);

/* A block that is not a packet has been read. */
void source_pass_block(lamna_source *src, const uint8_t *bytes, size_t n);
void source_listen(lamna_source *src, struct source_listener *listener);
void source_unlisten(lamna_source *src, struct source_listener *listener);

/* The formats. Each looks at the first bytes; LAMNA_END: it is not this format. */
lamna_status pcapfile_open(lamna_source *src);
lamna_status pcapng_open(lamna_source *src);

#endif
