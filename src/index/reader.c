#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "index/format.h"

struct index {
    const uint8_t *bytes; /* the mapped file */
    size_t size;
    uint64_t packets;
    uint32_t blocks, flags;
    const uint8_t *sections[SECTIONS];
    size_t lengths[SECTIONS];
    uint32_t *set_words; /* owned; the section in the byte order of the machine */
    uint32_t *groups;    /* owned, likewise */
    struct index_stream *streams;
};

/* ---- Opening --------------------------------------------------------------------------------- */

static lamna_status damaged(lamna_error *err, const char *path, const char *what)
{
    return error_set(err, LAMNA_ERR_FORMAT, "%s is damaged: %s", path, what);
}

/* LAMNA_END if there is no file. */
static lamna_status map_file(struct index *x, const char *path, lamna_error *err)
{
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 && errno == ENOENT)
        return error_set(err, LAMNA_END, "there is no %s", path);
    if (fd < 0 || fstat(fd, &st) != 0) {
        lamna_status status = error_system(err, "open %s", path);
        if (fd >= 0)
            (void)close(fd);
        return status;
    }
    x->size = (size_t)st.st_size;
    void *bytes =
        x->size < FORMAT_HEADER ? MAP_FAILED : mmap(NULL, x->size, PROT_READ, MAP_SHARED, fd, 0);
    (void)close(fd);
    if (bytes == MAP_FAILED)
        return x->size < FORMAT_HEADER ? damaged(err, path, "it is shorter than a header")
                                       : error_system(err, "map %s", path);
    x->bytes = bytes;
    return LAMNA_OK;
}

static bool find_sections(struct index *x)
{
    for (unsigned s = 0; s < SECTIONS; s++) {
        const uint8_t *at = x->bytes + AT_SECTIONS + (size_t)s * 24;
        uint64_t offset = le64(at), length = le64(at + 8);
        if (offset > x->size || length > x->size - offset)
            return false;
        x->sections[s] = x->bytes + offset;
        x->lengths[s] = length;
    }
    x->blocks = (uint32_t)((x->packets + INDEX_BLOCK - 1) / INDEX_BLOCK);
    return x->packets <= UINT32_MAX &&
           x->lengths[SECTION_DIRECTORY] == (size_t)x->blocks * INDEX_COLUMNS * FORMAT_CHUNK;
}

static bool section_is_whole(const struct index *x, enum section s)
{
    const uint8_t *at = x->bytes + AT_SECTIONS + (size_t)s * 24;
    return index_digest(x->sections[s], x->lengths[s]) == le64(at + 16);
}

static struct chunk chunk_of(const struct index *x, uint32_t block, enum index_column column)
{
    const uint8_t *at =
        x->sections[SECTION_DIRECTORY] + ((size_t)block * INDEX_COLUMNS + column) * FORMAT_CHUNK;
    return (struct chunk){le64(at), le64(at + 8), le32(at + 16), at[20]};
}

/* Does every column lie in the file? */
static bool chunks_fit(const struct index *x)
{
    for (uint32_t b = 0; b < x->blocks; b++) {
        for (unsigned c = 0; c < INDEX_COLUMNS; c++) {
            struct chunk chunk = chunk_of(x, b, c);
            uint64_t n = (uint64_t)index_block_count(x, b) * chunk.width + FORMAT_SLACK;
            if (chunk.width > 8 || chunk.offset > x->size || n > x->size - chunk.offset)
                return false;
        }
    }
    return true;
}

static struct index_identity identity_in(const uint8_t *h)
{
    const uint8_t *at = h + AT_IDENTITY;
    return (struct index_identity){le64(at), le64(at + 8), (int64_t)le64(at + 16), le64(at + 24),
                                   le64(at + 32)};
}

static bool is_header(const uint8_t *h)
{
    return memcmp(h + AT_MAGIC, FORMAT_MAGIC, 8) == 0 &&
           index_digest(h, AT_DIGEST) == le64(h + AT_DIGEST);
}

/* In another version, all but the magic may stand elsewhere. */
static bool is_of_this_version(const uint8_t *h, uint64_t fields)
{
    return le32(h + AT_VERSION) == FORMAT_VERSION && le32(h + AT_COLUMNS) == INDEX_COLUMNS &&
           le32(h + AT_BLOCK) == INDEX_BLOCK && le64(h + AT_IDENTITY) == fields;
}

static lamna_status check(struct index *x, const char *path, const struct index_identity *identity,
                          lamna_error *err)
{
    const uint8_t *h = x->bytes;
    struct index_identity mine = identity_in(h);
    if (memcmp(h + AT_MAGIC, FORMAT_MAGIC, 8) != 0)
        return error_set(err, LAMNA_ERR_FORMAT, "%s is no index of lamna's", path);
    if (!is_header(h))
        return damaged(err, path, "its header does not fit its checksum");
    if (!is_of_this_version(h, identity->fields))
        return error_set(err, LAMNA_ERR_UNSUPPORTED, "%s was made by another version", path);
    if (memcmp(&mine, identity, sizeof mine) != 0)
        return error_set(err, LAMNA_ERR_UNSUPPORTED, "%s is older than the capture", path);
    x->packets = le64(h + AT_PACKETS);
    x->flags = le32(h + AT_FLAGS);
    if (!find_sections(x) || !section_is_whole(x, SECTION_DIRECTORY) || !chunks_fit(x))
        return damaged(err, path, "its parts do not fit");
    return LAMNA_OK;
}

bool index_identity_of(const char *path, struct index_identity *identity)
{
    uint8_t header[FORMAT_HEADER];
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    bool is_index =
        fd >= 0 && read(fd, header, sizeof header) == (ssize_t)sizeof header && is_header(header);
    if (is_index) {
        *identity = identity_in(header);
        is_index = is_of_this_version(header, identity->fields);
    }
    if (fd >= 0)
        (void)close(fd);
    return is_index;
}

struct index *index_open(const char *path, const struct index_identity *identity, lamna_error *err)
{
    struct index *x = calloc(1, sizeof *x);
    if (x == NULL) {
        (void)error_memory(err);
        return NULL;
    }
    lamna_status status = map_file(x, path, err);
    if (status == LAMNA_OK)
        status = check(x, path, identity, err);
    if (status == LAMNA_OK)
        return x;
    index_close(x);
    return NULL;
}

void index_close(struct index *x)
{
    if (x == NULL)
        return;
    if (x->bytes != NULL)
        (void)munmap((void *)(uintptr_t)x->bytes, x->size);
    free(x->set_words);
    free(x->groups);
    free(x->streams);
    free(x);
}

uint64_t index_packets(const struct index *x)
{
    return x->packets;
}

uint32_t index_flags(const struct index *x)
{
    return x->flags;
}

void index_stream_counts(const struct index *x, uint32_t streams[INDEX_STREAM_KINDS])
{
    for (unsigned i = 0; i < INDEX_STREAM_KINDS; i++)
        streams[i] = le32(x->bytes + AT_STREAMS + 4 * (size_t)i);
}

uint64_t index_size(const struct index *x)
{
    return x->size;
}

/* ---- Columns --------------------------------------------------------------------------------- */

uint32_t index_blocks(const struct index *x)
{
    return x->blocks;
}

uint32_t index_block_count(const struct index *x, uint32_t block)
{
    uint64_t left = x->packets - (uint64_t)block * INDEX_BLOCK;
    return left < INDEX_BLOCK ? (uint32_t)left : INDEX_BLOCK;
}

static uint64_t mask_of(unsigned width)
{
    return width == 0 ? 0 : UINT64_MAX >> (64 - 8 * width);
}

bool index_block(const struct index *x, uint32_t block, enum index_column column,
                 uint64_t values[INDEX_BLOCK])
{
    struct chunk c = chunk_of(x, block, column);
    uint32_t n = index_block_count(x, block);
    const uint8_t *at = x->bytes + c.offset;
    if ((uint32_t)index_digest(at, (size_t)n * c.width) != c.digest)
        return false;
    uint64_t mask = mask_of(c.width);
    for (uint32_t i = 0; i < n; i++, at += c.width)
        values[i] = c.base + (le64(at) & mask);
    return true;
}

void index_block_range(const struct index *x, uint32_t block, enum index_column column,
                       uint64_t *least, uint64_t *most)
{
    struct chunk c = chunk_of(x, block, column);
    *least = c.base;
    *most = c.base > UINT64_MAX - mask_of(c.width) ? UINT64_MAX : c.base + mask_of(c.width);
}

uint64_t index_value(const struct index *x, uint64_t number, enum index_column column)
{
    struct chunk c = chunk_of(x, (uint32_t)((number - 1) / INDEX_BLOCK), column);
    const uint8_t *at = x->bytes + c.offset + (number - 1) % INDEX_BLOCK * c.width;
    return c.base + (le64(at) & mask_of(c.width));
}

/* ---- Sections -------------------------------------------------------------------------------- */

/* The section as numbers of the machine; NULL if it is damaged, or without memory. */
static uint32_t *read_words(const struct index *x, enum section s)
{
    if (!section_is_whole(x, s) || x->lengths[s] % 4 != 0)
        return NULL;
    size_t n = x->lengths[s] / 4;
    uint32_t *words = malloc((n + 1) * sizeof *words);
    for (size_t i = 0; words != NULL && i < n; i++)
        words[i] = le32(x->sections[s] + 4 * i);
    return words;
}

/* Goes through the sets, and fills in the array if there is one. Returns how many there are. */
static uint32_t walk_sets(const struct index *x, struct index_set *sets)
{
    size_t n = x->lengths[SECTION_SETS] / 4;
    uint32_t count = 0;
    for (size_t at = 0; at + 3 <= n; count++) {
        const uint32_t *words = x->set_words + at;
        size_t fields = words[1], values = words[2], all = 3 + fields + 3 * values;
        if (all > n - at)
            break;
        if (sets != NULL)
            sets[count] = (struct index_set){words[0], words[1], words[2], words + 3,
                                             (const struct index_set_value *)(words + 3 + fields)};
        at += all;
    }
    return count;
}

struct index_set *index_sets(struct index *x, uint32_t *count)
{
    if (x->set_words == NULL)
        x->set_words = read_words(x, SECTION_SETS);
    if (x->set_words == NULL)
        return NULL;
    *count = walk_sets(x, NULL);
    struct index_set *sets = malloc((*count + 1u) * sizeof *sets);
    if (sets != NULL)
        (void)walk_sets(x, sets);
    return sets;
}

const struct index_address *index_addresses(const struct index *x, uint32_t *count)
{
    _Static_assert(sizeof(struct index_address) == FORMAT_ADDRESS, "as in the file");
    *count = (uint32_t)(x->lengths[SECTION_ADDRESSES] / FORMAT_ADDRESS);
    return section_is_whole(x, SECTION_ADDRESSES)
               ? (const struct index_address *)(const void *)x->sections[SECTION_ADDRESSES]
               : NULL;
}

const struct index_address *index_address(const struct index *x, uint32_t number)
{
    uint32_t count = (uint32_t)(x->lengths[SECTION_ADDRESSES] / FORMAT_ADDRESS);
    const void *addresses = x->sections[SECTION_ADDRESSES];
    return number == INDEX_UNKNOWN || number > count
               ? NULL
               : (const struct index_address *)addresses + (number - 1);
}

const uint32_t *index_groups(struct index *x, uint32_t *count)
{
    if (x->groups == NULL)
        x->groups = read_words(x, SECTION_GROUPS);
    *count = (uint32_t)(x->lengths[SECTION_GROUPS] / 4);
    return x->groups;
}

const struct index_stream *index_streams(struct index *x, uint64_t *count)
{
    *count = x->lengths[SECTION_STREAMS] / FORMAT_STREAM;
    if (x->streams != NULL || !section_is_whole(x, SECTION_STREAMS))
        return x->streams;
    const uint8_t *at = x->sections[SECTION_STREAMS];
    x->streams = malloc((*count + 1) * sizeof *x->streams);
    for (uint64_t i = 0; x->streams != NULL && i < *count; i++, at += FORMAT_STREAM)
        x->streams[i] = (struct index_stream){le64(at), le32(at + 8), le32(at + 12)};
    return x->streams;
}
