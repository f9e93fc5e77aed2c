/* process: this program again, as a process of its own, whose output we read. */
#ifndef CLI_PROCESS_H
#define CLI_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct process {
    pid_t id;
    int output; /* what it prints on the descriptor that was asked for */
};

/* Starts this program again with other arguments; `descriptor` (1 or 2) is given to us. */
bool process_start(struct process *p, int descriptor, char *const argv[]);
/* Waits until the process has printed `text`. What it printed is kept in line, so that it can be shown
 * if it says something else. */
bool process_wait_for(const struct process *p, const char *text, char *line, size_t size);
/* Sends it the signal, if that is not 0, and waits until it ends. Returns its exit status. */
int process_finish(struct process *p, int signal_number);

#endif
