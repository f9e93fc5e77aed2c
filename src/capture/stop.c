#include "capture/stop.h"

#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/error.h"

lamna_status stop_init(struct stop *s, lamna_error *err)
{
    atomic_init(&s->requested, false);
    s->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    return s->fd >= 0 ? LAMNA_OK : error_system(err, "eventfd");
}

void stop_free(struct stop *s)
{
    if (s->fd >= 0)
        (void)close(s->fd);
    s->fd = -1;
}

void stop_request(struct stop *s)
{
    int saved = errno;
    atomic_store(&s->requested, true);
    /* It can only fail when the counter is full, and then the descriptor is readable anyway. */
    ssize_t ignored = write(s->fd, &(uint64_t){1}, sizeof(uint64_t));
    (void)ignored;
    errno = saved;
}

lamna_status stop_wait(struct stop *s, int fd, int timeout_ms, lamna_error *err)
{
    for (;;) {
        if (stop_requested(s))
            return LAMNA_STOPPED;
        struct pollfd fds[2] = {{.fd = s->fd, .events = POLLIN}, {.fd = fd, .events = POLLIN}};
        int n = poll(fds, 2, timeout_ms);
        if (n < 0 && errno != EINTR)
            return error_system(err, "poll");
        if (n == 0)
            return LAMNA_END;
        /* POLLHUP and POLLERR count too: the read that follows says what they are. */
        if (n > 0 && fds[1].revents != 0 && !stop_requested(s))
            return LAMNA_OK;
    }
}
