#include "cli/process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/cli.h"

/* Signals are to end the process, whatever this one does with them. */
bool process_start(struct process *p, int descriptor, char *const argv[])
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0)
        return false;
    p->id = fork();
    if (p->id == 0) {
        sigset_t none;
        (void)sigemptyset(&none);
        (void)sigprocmask(SIG_SETMASK, &none, NULL);
        (void)signal(SIGPIPE, SIG_DFL);
        (void)dup2(ends[1], descriptor);
        (void)execv("/proc/self/exe", argv);
        _exit(127);
    }
    (void)close(ends[1]);
    p->output = ends[0];
    return p->id > 0;
}

bool process_wait_for(const struct process *p, const char *text, char *line, size_t size)
{
    size_t n = 0;
    line[0] = '\0';
    while (n + 1 < size) {
        ssize_t got = read(p->output, line + n, size - n - 1);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return false;
        n += (size_t)got;
        line[n] = '\0';
        if (strstr(line, text) != NULL)
            return true;
    }
    return false;
}

int process_finish(struct process *p, int signal_number)
{
    int status = 0;
    if (p->id <= 0)
        return EXIT_FAILED;
    if (signal_number != 0)
        (void)kill(p->id, signal_number);
    while (waitpid(p->id, &status, 0) < 0 && errno == EINTR) {
    }
    (void)close(p->output);
    p->id = 0;
    return WIFEXITED(status) ? WEXITSTATUS(status) : EXIT_FAILED;
}
