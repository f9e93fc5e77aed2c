/* format: how the index lies in its file; what writer.c and reader.c share. */
#ifndef INDEX_FORMAT_H
#define INDEX_FORMAT_H

#include "base/bytes.h"
#include "index/index.h"

enum {
    FORMAT_VERSION = 5,
    FORMAT_HEADER = 256,
    FORMAT_CHUNK = 24,   /* bytes of the directory for one column of one block */
    FORMAT_ADDRESS = 17, /* version, and 16 bytes */
    FORMAT_STREAM = 16,
    FORMAT_SLACK = 8 /* zeros behind the columns: a value is read as eight bytes */
};

#define FORMAT_MAGIC "lamnaidx"

/* Where in the header: */
enum {
    AT_MAGIC = 0,
    AT_VERSION = 8, /* 4 bytes, like the three that follow */
    AT_FLAGS = 12,
    AT_COLUMNS = 16,
    AT_BLOCK = 20,
    AT_PACKETS = 24, /* 8 bytes from here on */
    AT_IDENTITY = 32,
    AT_SECTIONS = 72, /* for each: offset, bytes, digest */
    AT_STREAMS = 192, /* 4 bytes each */
    AT_DIGEST = 248   /* of what is before it */
};

enum section {
    SECTION_DIRECTORY,
    SECTION_SETS, /* each: columns, counts, fields, values; all of 4 bytes */
    SECTION_ADDRESSES,
    SECTION_GROUPS,  /* 4 bytes each */
    SECTION_STREAMS, /* packet 8, key 4, stream 4 */
    SECTIONS
};
_Static_assert(AT_SECTIONS + SECTIONS * 24 <= AT_STREAMS, "the header has room for all sections");

/* A column of a block. */
struct chunk {
    uint64_t offset; /* in the file */
    uint64_t base;
    uint32_t digest; /* of its bytes */
    uint8_t width;   /* bytes of a value, 0 to 8 */
};

static inline void put_le(uint8_t *b, unsigned n, uint64_t v)
{
    for (unsigned i = 0; i < n; i++, v >>= 8)
        b[i] = (uint8_t)v;
}

#endif
