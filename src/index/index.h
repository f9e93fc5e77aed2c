/*
 * index: what one pass over a capture learnt of each packet, kept in a file, so that the next question
 * need not read the capture again.
 *
 *     header      which capture, which program, where the sections are; 256 bytes
 *     columns     block 0: | offset | time | length | ... |  block 1: | offset | ...
 *     directory   for each block and column: where, how wide, from which base, and a checksum
 *     sets        which fields a packet can have, and values of some: each packet has the number of one
 *     addresses   each packet has the numbers of two
 *     groups      number of a group -> the group that it was found to be a part of
 *     streams     of packets that are in more than one stream
 *
 * A block is INDEX_BLOCK packets. Of a column it holds the smallest value as the base, and of each packet
 * what it is above that, in as many bytes as the largest needs, least significant first: none, where all are
 * equal. So base and width are also the summary of the block. All numbers are little-endian.
 *
 * The file is written under another name and renamed when it is complete. It is mapped when it is read; each
 * part is checked when it is first used, and what does not fit is an index that is not believed.
 */
#ifndef INDEX_INDEX_H
#define INDEX_INDEX_H

#include "base/buf.h"
#include "lamna.h"

enum { INDEX_BLOCK = 4096, INDEX_UNKNOWN = 0 };

enum index_column {
    INDEX_OFFSET, /* of the packet's record in the capture */
    INDEX_TIME, /* ns since 1970, with the sign bit turned; without a time of its own: the one before */
    INDEX_LENGTH,   /* on the wire */
    INDEX_MISSING,  /* length minus what was captured, as uint32_t */
    INDEX_SET,      /* number in `sets`; INDEX_UNKNOWN: the packet may have any field */
    INDEX_GROUP,    /* packets that must be read together; 0: this one alone */
    INDEX_STREAM,   /* tcp.stream or udp.stream: the first that the packet is in */
    INDEX_MARKS,    /* INDEX_MARK_... */
    INDEX_SRC_PORT, /* these count where the set says so */
    INDEX_DST_PORT,
    INDEX_SRC_ADDRESS, /* number in `addresses`, INDEX_UNKNOWN: ask the packet */
    INDEX_DST_ADDRESS,
    INDEX_TCP_FLAGS,
    INDEX_PAYLOAD, /* bytes of the TCP segment's data, or of the UDP datagram */
    INDEX_COLUMNS
};

enum {
    INDEX_MARK_NO_TIME = 1,  /* the packet has no time of its own */
    INDEX_MARK_FRAGMENT = 2, /* it is one, or ends one */
    INDEX_MARK_STREAMS = 4,  /* it is in more than one stream */
    INDEX_MARK_ANNOUNCED =
        8 /* it says of another stream what that is, or is in one of which that was said */
};

struct index_row {
    uint64_t v[INDEX_COLUMNS];
};

/* Is the index one of this capture, made by this program? */
struct index_identity {
    uint64_t fields;      /* digest of the registry and the version */
    uint64_t size;        /* of the capture, bytes */
    int64_t time_ns;      /* when it was last changed */
    uint64_t first, last; /* digests of its first and last bytes */
};

/* How many streams there were: of TCP, UDP, others. */
enum { INDEX_STREAM_KINDS = 3 };

enum {
    INDEX_FLAG_ALONE = 1, /* packets can only be read in their order: not by their groups */
    INDEX_FLAG_PLACED = 2 /* packets can be read where they are */
};

/* A value of a field that is told in the set itself, as those of few values are. */
struct index_set_value {
    uint32_t field;     /* its number; INDEX_VALUE_UNKNOWN or-ed: it has one that is not told */
    uint32_t low, high; /* halves of the value */
};
enum { INDEX_VALUE_UNKNOWN = 1 << 30 };

/* Which fields a packet has: their numbers, sorted; of some, all values; and which columns hold all there is of
 * theirs. */
struct index_set {
    uint32_t columns; /* bit by enum index_column */
    uint32_t count, value_count;
    const uint32_t *fields;
    const struct index_set_value *values;
};

struct index_address {
    uint8_t version; /* 4 or 6 */
    uint8_t bytes[16];
};

/* A packet that is in more than one stream: `key` tells which flow. */
struct index_stream {
    uint64_t packet; /* from 1 */
    uint32_t key, stream;
};

/* For damage and change, not for enemies: an index lies with the capture, and who can change one can change both. */
uint64_t index_digest(const void *bytes, size_t n);

/* ---- Writing --------------------------------------------------------------------------------- */

struct index_writer;

/* Creates the file, as yet under another name in the same folder. */
struct index_writer *index_writer_new(const char *path, lamna_error *err);
void index_add(struct index_writer *w, const struct index_row *row);
/* The number of a set; INDEX_UNKNOWN if there are too many. `digest`, of 16 bytes, stands for it. */
uint32_t index_add_set(struct index_writer *w, const uint8_t digest[16],
                       const struct index_set *set);
/* The number of a set that was added; INDEX_UNKNOWN if it was not. */
uint32_t index_find_set(const struct index_writer *w, const uint8_t digest[16]);
uint32_t index_add_address(struct index_writer *w, const struct index_address *address);
/* The number of an address that was added; INDEX_UNKNOWN if it was not. */
uint32_t index_find_address(const struct index_writer *w, const struct index_address *address);
void index_add_stream(struct index_writer *w, const struct index_stream *stream);
/* Writes the rest and gives the file its name. `groups` has one number for each group there was. */
lamna_status index_writer_finish(struct index_writer *w, const struct index_identity *identity,
                                 uint32_t flags, const uint32_t streams[INDEX_STREAM_KINDS],
                                 const uint32_t *groups, uint32_t group_count, lamna_error *err);
/* Also after index_writer_finish(); before it, nothing is left of the file. */
void index_writer_free(struct index_writer *w);

/* ---- Reading --------------------------------------------------------------------------------- */

struct index;

/* LAMNA_END: there is none. LAMNA_ERR_FORMAT: damaged. LAMNA_ERR_UNSUPPORTED: of another capture, or by
 * another program. */
struct index *index_open(const char *path, const struct index_identity *identity, lamna_error *err);
/* What capture the file is an index of; false if it is none. Only its header is looked at. */
bool index_identity_of(const char *path, struct index_identity *identity);
void index_close(struct index *index);
uint64_t index_packets(const struct index *index);
uint32_t index_flags(const struct index *index);
void index_stream_counts(const struct index *index, uint32_t streams[INDEX_STREAM_KINDS]);
/* Of the index itself, in bytes. */
uint64_t index_size(const struct index *index);

uint32_t index_blocks(const struct index *index);
/* How many packets the block has. */
uint32_t index_block_count(const struct index *index, uint32_t block);
/* The block's values of a column; false if it is damaged. */
bool index_block(const struct index *index, uint32_t block, enum index_column column,
                 uint64_t values[INDEX_BLOCK]);
/* The smallest and largest value that the block may have. */
void index_block_range(const struct index *index, uint32_t block, enum index_column column,
                       uint64_t *least, uint64_t *most);
/* One value, of packet `number` from 1, of a block that was found to be whole. */
uint64_t index_value(const struct index *index, uint64_t number, enum index_column column);

/* The sections; NULL if one is damaged, or without memory. Numbers of sets and addresses are from 1, which
 * is the first here. They are valid as long as the index; the array of sets is the caller's. */
struct index_set *index_sets(struct index *index, uint32_t *count);
const struct index_address *index_addresses(const struct index *index, uint32_t *count);
/* One of them, after index_addresses() gave them; NULL: there is no such number. */
const struct index_address *index_address(const struct index *index, uint32_t number);
/* Of each group, from 0, the group that it is a part of. */
const uint32_t *index_groups(struct index *index, uint32_t *count);
/* By packet. */
const struct index_stream *index_streams(struct index *index, uint64_t *count);

#endif
