/*
 * Reads captures that are damaged: cut at random places, bytes flipped. Whatever comes, nothing
 * crashes, hangs, or fails without a reason.
 *
 *     mangle SECONDS SEED VARIANTS FOLDER < list of captures, one a line
 *
 * Each capture is read whole, then VARIANTS times damaged, every third time with follow and all
 * reports, in the order of the list, until the seconds are over (0: until the list is). A child
 * process does the work; where it dies, the parent says of what, leaves the file that killed it in
 * FOLDER, and goes on with the next capture. The same seed damages the same capture in the same way.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../support/readall.h"

enum {
    LARGEST = 256 * 1024, /* bytes taken of a capture */
    PATIENCE = 20,        /* seconds of CPU time for one reading, in a sanitizer build */
    FLIPS = 24,
    REPORTS_EACH = 3, /* readings: follow and all reports besides */
    LINE = 4096
};

/* What parent and child both see. */
struct shared {
    unsigned capture, variant; /* being read */
    unsigned long readings, errors;
    size_t size;
    unsigned char bytes[LARGEST]; /* as they are read */
};

struct mangle {
    struct shared *shared;
    char **paths;
    unsigned count, variants;
    unsigned long seed;
    const char *folder;
    time_t end;
    int fd; /* a file in memory */
    char fd_path[64];
};

/* xorshift64*: small, and the same everywhere. */
static unsigned long random_next(unsigned long *state)
{
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return *state * 2685821657736338717ul >> 16;
}

static void damage(unsigned char *bytes, size_t *size, unsigned long seed, unsigned variant)
{
    unsigned long state = (seed + 1) * 1000003ul + variant * 7919ul + *size + 1;
    for (int i = 0; i < 8; i++)
        (void)random_next(&state);
    if (variant == 0 || *size == 0)
        return; /* as it is */
    if (random_next(&state) % 2 == 0)
        *size = 1 + random_next(&state) % *size;
    unsigned long flips = random_next(&state) % FLIPS;
    for (unsigned long i = 0; i < flips; i++) {
        size_t at = random_next(&state) % *size;
        /* half of them in the first packets, where they reach the most */
        if (i % 2 == 0 && *size > 512)
            at %= 512;
        bytes[at] = (unsigned char)random_next(&state);
    }
}

static bool load(struct mangle *m, const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : read(fd, m->shared->bytes, LARGEST);
    if (fd >= 0)
        (void)close(fd);
    m->shared->size = n < 0 ? 0 : (size_t)n;
    return n > 0;
}

static void read_variant(struct mangle *m, const lamna_registry *reg)
{
    static const struct itimerval patience = {.it_value = {.tv_sec = PATIENCE}}, never;
    struct shared *s = m->shared;
    lamna_error err;
    if (ftruncate(m->fd, 0) != 0 || pwrite(m->fd, s->bytes, s->size, 0) != (ssize_t)s->size)
        abort();
    (void)setitimer(ITIMER_PROF, &patience, NULL);
    bool reports = (s->capture + s->variant) % REPORTS_EACH == 0;
    s->errors += readall(reg, m->fd_path, NULL, reports, &err) != LAMNA_END;
    (void)setitimer(ITIMER_PROF, &never, NULL);
    s->readings++;
}

/* From (capture, variant) on; ends when all is done, or dies on the way. */
static void work(struct mangle *m)
{
    struct shared *s = m->shared;
    lamna_registry *reg = lamna_registry_new(NULL);
    for (; s->capture < m->count; s->capture++, s->variant = 0) {
        for (; s->variant <= m->variants; s->variant++) {
            if (m->end != 0 && time(NULL) >= m->end)
                goto done;
            if (!load(m, m->paths[s->capture]))
                break;
            damage(s->bytes, &s->size, m->seed + s->capture, s->variant);
            read_variant(m, reg);
        }
    }
done:
    lamna_registry_free(reg);
    exit(0); /* with a look for leaks */
}

static void keep(const struct mangle *m, int status)
{
    char path[2 * LINE];
    const struct shared *s = m->shared;
    (void)snprintf(path, sizeof path, "%s/mangled-%u-%u", m->folder, s->capture, s->variant);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (fd < 0 || write(fd, s->bytes, s->size) != (ssize_t)s->size)
        perror(path);
    if (fd >= 0)
        (void)close(fd);
    printf("%s, variant %u: %s %d; kept as %s\n",
           s->capture < m->count ? m->paths[s->capture] : "end", s->variant,
           WIFSIGNALED(status) ? "signal" : "exit status",
           WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status), path);
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGPROF)
        printf("    it took more than %d seconds of CPU time\n", PATIENCE);
    (void)fflush(stdout);
}

/* True if it ended well. */
static bool run_child(struct mangle *m)
{
    int status;
    (void)fflush(stdout);
    pid_t child = fork();
    if (child == 0)
        work(m);
    while (child < 0 || waitpid(child, &status, 0) < 0) {
        if (child < 0 || errno != EINTR)
            exit(1);
    }
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return true;
    keep(m, status);
    return false;
}

static void read_list(struct mangle *m)
{
    static char line[LINE];
    unsigned room = 0;
    while (fgets(line, sizeof line, stdin) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        if (m->count == room) {
            room = room == 0 ? 1024 : 2 * room;
            m->paths = realloc(m->paths, room * sizeof *m->paths);
            if (m->paths == NULL)
                exit(1);
        }
        m->paths[m->count] = strdup(line);
        if (m->paths[m->count++] == NULL)
            exit(1);
    }
}

int main(int argc, char **argv)
{
    static struct mangle m;
    unsigned died = 0;
    if (argc != 5)
        return 2;
    long seconds = strtol(argv[1], NULL, 10);
    m.end = seconds == 0 ? 0 : time(NULL) + seconds;
    m.seed = strtoul(argv[2], NULL, 10);
    m.variants = (unsigned)strtoul(argv[3], NULL, 10);
    m.folder = argv[4];
    read_list(&m);
    m.shared =
        mmap(NULL, sizeof *m.shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    m.fd = memfd_create("mangled", 0);
    if (m.shared == MAP_FAILED || m.fd < 0)
        return 1;
    (void)snprintf(m.fd_path, sizeof m.fd_path, "/proc/self/fd/%d", m.fd);
    while (!run_child(&m)) {
        died++;
        m.shared->capture++;
        m.shared->variant = 0;
    }
    printf("%u of %u captures, %lu readings, %lu ended with an error, %u died\n", m.shared->capture,
           m.count, m.shared->readings, m.shared->errors, died);
    return died > 0 || m.shared->readings == 0;
}
