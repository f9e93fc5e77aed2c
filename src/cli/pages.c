#include "cli/pages.h"

#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* Set by the handler, which has no argument of ours. */
static volatile sig_atomic_t lost;

static void on_lost_page(int number, siginfo_t *info, void *context)
{
    (void)context;
    uintptr_t size = (uintptr_t)sysconf(_SC_PAGESIZE);
    void *page = (void *)((uintptr_t)info->si_addr & ~(size - 1));
    lost = 1;
    if (info->si_code != BUS_ADRERR ||
        mmap(page, size, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == MAP_FAILED)
        (void)signal(number, SIG_DFL); /* the access is made again, and ends us */
}

void pages_survive_loss(void)
{
    struct sigaction action = {.sa_sigaction = on_lost_page, .sa_flags = SA_SIGINFO};
    (void)sigaction(SIGBUS, &action, NULL);
}

bool pages_were_lost(void)
{
    return lost != 0;
}
