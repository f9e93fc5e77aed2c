#include "capture/mapping.h"

#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* Without it a load that fails could not be told from one that succeeds, and nothing is mapped. */
#ifndef MADV_POPULATE_READ
#define MADV_POPULATE_READ (-1)
#endif

static size_t page_size(void)
{
    long size = sysconf(_SC_PAGESIZE);
    return size > 0 ? (size_t)size : 4096;
}

/* The start of the page that a byte of the mapping lies in. */
static uintptr_t page_of(const struct mapping *m, size_t offset)
{
    return (uintptr_t)(m->bytes + offset) & ~(uintptr_t)(page_size() - 1);
}

bool mapping_open(struct mapping *m, int fd, uint64_t start, uint64_t size)
{
    *m = (struct mapping){0};
    size_t lead = (size_t)(start & (page_size() - 1));
    if (MADV_POPULATE_READ < 0 || size == 0 || size > SIZE_MAX / 2)
        return false;
    uint8_t *base =
        mmap(NULL, lead + (size_t)size, PROT_READ, MAP_SHARED, fd, (off_t)(start - lead));
    if (base == MAP_FAILED)
        return false;
    (void)madvise(base, lead + (size_t)size, MADV_SEQUENTIAL);
    *m = (struct mapping){base + lead, (size_t)size, start, fd};
    return true;
}

void mapping_close(struct mapping *m)
{
    if (m->bytes != NULL) {
        uintptr_t base = page_of(m, 0);
        (void)munmap((void *)base, (uintptr_t)m->bytes + m->size - base);
    }
    *m = (struct mapping){0};
}

/* How many of the n bytes at `offset` the mapping has. */
static size_t within(const struct mapping *m, size_t offset, size_t n)
{
    size_t left = offset < m->size ? m->size - offset : 0;
    return n < left ? n : left;
}

/* Of the pages that they lie in. */
static bool advise(const struct mapping *m, size_t offset, size_t n, int advice)
{
    uintptr_t from = page_of(m, offset), to = (uintptr_t)(m->bytes + offset + n);
    return madvise((void *)from, to - from, advice) == 0;
}

bool mapping_holds(const struct mapping *m, size_t n)
{
    struct stat st;
    return fstat(m->fd, &st) == 0 && (uint64_t)st.st_size >= m->start + n;
}

size_t mapping_load(const struct mapping *m, size_t offset, size_t n)
{
    n = within(m, offset, n);
    bool there = n > 0 && mapping_holds(m, offset + n) && advise(m, offset, n, MADV_POPULATE_READ);
    return there ? n : 0;
}

void mapping_drop(const struct mapping *m, size_t offset, size_t n)
{
    n = within(m, offset, n);
    if (n > 0)
        (void)advise(m, offset, n, MADV_DONTNEED);
}
