#include "capture/mapping.h"

#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#ifdef MADV_POPULATE_READ

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
    if (size == 0 || size > SIZE_MAX / 2)
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

bool mapping_holds(const struct mapping *m, size_t n)
{
    struct stat st;
    return fstat(m->fd, &st) == 0 && (uint64_t)st.st_size >= m->start + n;
}

size_t mapping_load(const struct mapping *m, size_t offset, size_t n)
{
    if (offset >= m->size)
        return 0;
    if (n > m->size - offset)
        n = m->size - offset;
    if (!mapping_holds(m, offset + n))
        return 0;
    uintptr_t from = page_of(m, offset), to = (uintptr_t)(m->bytes + offset + n);
    return madvise((void *)from, to - from, MADV_POPULATE_READ) == 0 ? n : 0;
}

void mapping_drop(const struct mapping *m, size_t offset, size_t n)
{
    if (n == 0 || offset >= m->size)
        return;
    if (n > m->size - offset)
        n = m->size - offset;
    uintptr_t from = page_of(m, offset), to = (uintptr_t)(m->bytes + offset + n);
    (void)madvise((void *)from, to - from, MADV_DONTNEED);
}

#else /* a load that fails could not be told from one that succeeds */

bool mapping_open(struct mapping *m, int fd, uint64_t start, uint64_t size)
{
    (void)fd, (void)start, (void)size;
    *m = (struct mapping){0};
    return false;
}

void mapping_close(struct mapping *m)
{
    (void)m;
}

size_t mapping_load(const struct mapping *m, size_t offset, size_t n)
{
    (void)m, (void)offset, (void)n;
    return 0;
}

bool mapping_holds(const struct mapping *m, size_t n)
{
    (void)m, (void)n;
    return false;
}

void mapping_drop(const struct mapping *m, size_t offset, size_t n)
{
    (void)m, (void)offset, (void)n;
}

#endif
