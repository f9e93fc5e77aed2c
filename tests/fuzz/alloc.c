/*
 * Runs everything with an allocator that fails: at the n-th call, for every n, and from the n-th
 * on.
 *
 *     alloc SECONDS CAPTURE...
 *
 * Each capture is read as list, show, fields, filter, follow and all reports together read it, registry and
 * filter made anew each time. Whatever fails, there is a status with a message, nothing crashes, nothing leaks.
 * Where the calls are too many for the time, only some of them fail, evenly spread.
 *
 * The linker gives our own calls to what is below (--wrap); libpcap and PCRE keep the real
 * allocator.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../support/readall.h"

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *p, size_t size);
char *__real_strdup(const char *text);
char *__real_strndup(const char *text, size_t n);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *p, size_t size);
char *__wrap_strdup(const char *text);
char *__wrap_strndup(const char *text, size_t n);

static const char filter[] = "(ip or ipv6 or frame) and frame.protocols matches \"[a-z]\" and "
                             "frame.len in {1..70000} and not frame contains \"no such text\"";

static unsigned long calls, fail_at; /* 0: never */
static bool fail_on;                 /* and all that come after */

static bool fails(void)
{
    calls++;
    return fail_at != 0 && (calls == fail_at || (fail_on && calls > fail_at));
}

void *__wrap_malloc(size_t size)
{
    return fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    return fails() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *p, size_t size)
{
    return fails() ? NULL : __real_realloc(p, size);
}

char *__wrap_strdup(const char *text)
{
    return fails() ? NULL : __real_strdup(text);
}

char *__wrap_strndup(const char *text, size_t n)
{
    return fails() ? NULL : __real_strndup(text, n);
}

/* Reads the capture with that failure. Returns the calls that were made. */
static unsigned long read_failing(const char *path, unsigned long at, bool on)
{
    lamna_error err = {0};
    calls = 0;
    fail_at = at;
    fail_on = on;
    lamna_registry *reg = lamna_registry_new(&err);
    if (reg != NULL)
        (void)readall(reg, path, filter, true, &err);
    else if (err.status != LAMNA_ERR_MEMORY || err.message[0] == '\0')
        abort();
    lamna_registry_free(reg);
    fail_at = 0;
    return calls;
}

int main(int argc, char **argv)
{
    if (argc < 3)
        return 2;
    time_t begin = time(NULL);
    double seconds = (double)strtol(argv[1], NULL, 10) / (argc - 2);
    unsigned long readings = 0, all = 0;
    for (int i = 2; i < argc; i++) {
        const char *slash = strrchr(argv[i], '/');
        unsigned long count = read_failing(argv[i], 0, false);
        clock_t from = clock();
        (void)read_failing(argv[i], 0, false);
        double each = (double)(clock() - from + 1) / CLOCKS_PER_SEC;
        unsigned long step = 1 + (unsigned long)(2 * (double)count * each / seconds);
        printf("%s: %lu calls, every %lu.\n", slash == NULL ? argv[i] : slash + 1, count, step);
        (void)fflush(stdout);
        for (unsigned long n = 1 + (unsigned long)i % step; n <= count; n += step) {
            (void)read_failing(argv[i], n, false);
            (void)read_failing(argv[i], n, true);
            readings += 2;
        }
        all += count;
    }
    printf("%lu readings for %lu calls, %ld s\n", readings, all, (long)(time(NULL) - begin));
    return readings == 0;
}
