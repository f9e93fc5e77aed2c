/*
 * connect: the client. Resolves a name, connects to the first address that answers, prints what
 * comes until the server closes, and closes too.
 */
#include "tools/tools.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/*
 * Sends an acknowledgement that is due now, not up to 40 ms later. TCP delays it in the hope that
 * it can ride on data of our own; then the answer to the server's FIN and our own FIN would be one
 * packet, and the close would look like three steps where the textbooks show four. The kernel
 * forgets this setting as it goes, so it is asked for whenever something came. Elsewhere than on
 * Linux the trace is as correct, only less tidy.
 */
static void acknowledge_now(int fd)
{
#ifdef TCP_QUICKACK
    const int yes = 1;
    (void)setsockopt(fd, IPPROTO_TCP, TCP_QUICKACK, &yes, sizeof yes);
#else
    (void)fd;
#endif
}

/* Waits until `events` happen on fd. 0, or ETIMEDOUT, or another errno. */
static int wait_for(int fd, short events, int timeout_ms)
{
    const int64_t deadline = clock_ms() + timeout_ms;
    struct pollfd watched = {.fd = fd, .events = events};
    for (;;) {
        const int64_t left = deadline - clock_ms();
        const int ready = poll(&watched, 1, left > 0 ? (int)left : 0);
        if (ready > 0)
            return 0;
        if (ready == 0)
            return ETIMEDOUT;
        if (errno != EINTR)
            return errno;
    }
}

/*
 * connect() itself may wait for minutes. On a non-blocking socket it only sends the SYN; the socket
 * becomes writable once the handshake is done or has failed, and SO_ERROR tells which.
 */
static int connect_within(int fd, const struct addrinfo *to, int timeout_ms)
{
    if (connect(fd, to->ai_addr, to->ai_addrlen) == 0)
        return 0;
    if (errno != EINPROGRESS)
        return errno;
    int error = wait_for(fd, POLLOUT, timeout_ms);
    if (error != 0)
        return error;
    socklen_t length = sizeof error;
    if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length) != 0)
        return errno;
    return error;
}

/* A connected socket, or -1 and *error from the last address that was tried. A name can have
 * several addresses: localhost is often ::1 and 127.0.0.1, and a server may listen on one of them
 * only. */
static int connect_any(const struct addrinfo *list, int timeout_ms, int *error)
{
    *error = EADDRNOTAVAIL;
    for (const struct addrinfo *to = list; to != NULL; to = to->ai_next) {
        const int type = to->ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC;
        const int fd = socket(to->ai_family, type, to->ai_protocol);
        if (fd < 0) {
            *error = errno;
            continue;
        }
        *error = connect_within(fd, to, timeout_ms);
        if (*error == 0)
            return fd;
        (void)close(fd);
    }
    return -1;
}

/* Copies the stream to stdout until the server's FIN, which recv() shows as 0 bytes. 0 or an errno.
 */
static int print_stream(int fd, int timeout_ms)
{
    char bytes[4096];
    char last = '\n';
    for (;;) {
        int error = wait_for(fd, POLLIN, timeout_ms);
        if (error != 0)
            return error;
        const ssize_t n = recv(fd, bytes, sizeof bytes, 0);
        if (n < 0 && (errno == EAGAIN || errno == EINTR))
            continue;
        if (n < 0)
            return errno;
        acknowledge_now(fd);
        if (n == 0)
            break;
        last = bytes[n - 1];
        (void)fwrite(bytes, 1, (size_t)n, stdout);
        (void)fflush(stdout);
    }
    if (last != '\n')
        (void)putchar('\n');
    (void)fflush(stdout);
    return 0;
}

static int no_address(const char *host, int reason)
{
    (void)fprintf(stderr,
                  "lamna connect: cannot find the host '%s' (%s): check the spelling, or give its"
                  " address, such as 127.0.0.1\n",
                  host, reason == EAI_SYSTEM ? strerror(errno) : gai_strerror(reason));
    return 1;
}

/* One line: what happened, and what to try. */
static int no_connection(const struct connect_options *o, int error)
{
    char where[ADDRESS_TEXT];
    address_of_host(o->host, o->port, where);
    const char *hint;
    switch (error) {
    case ECONNREFUSED:
        hint = "nothing listens there; start the server first: lamna serve";
        break;
    case ETIMEDOUT:
        hint = "no answer; is the address right, and does a firewall drop the packets?";
        break;
    case ENETUNREACH:
    case EHOSTUNREACH:
        hint = "no route leads there; check the address and the network (ip route)";
        break;
    case ECONNRESET:
        hint = "the server broke the connection off; look at what it says";
        break;
    default:
        hint = "check the host and the port";
        break;
    }
    (void)fprintf(stderr, "lamna connect: %s: %s: %s\n", where, strerror(error), hint);
    return 1;
}

int connect_run(const struct connect_options *options)
{
    struct addrinfo *list;
    int error = address_resolve(options->host, options->port, 0, &list);
    if (error != 0)
        return no_address(options->host, error);
    const int fd = connect_any(list, options->timeout_ms, &error);
    freeaddrinfo(list);
    if (fd < 0)
        return no_connection(options, error);
    acknowledge_now(fd);
    error = print_stream(fd, options->timeout_ms);
    (void)close(fd); /* our FIN */
    return error == 0 ? 0 : no_connection(options, error);
}
