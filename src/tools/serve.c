/*
 * serve: the server. One process, one thread, one poll() for all clients, so that a client that
 * does nothing costs an entry in a table and no other client's time. Each client goes through three
 * states:
 *
 *     accept() -> SENDING -- all handed to TCP --> UNACKNOWLEDGED -- all arrived: FIN --> CLOSING
 *                    |                                  |                                   |
 *                    +------- reset, or too slow -------+------ reset, too slow, or FIN ----+->
 * close()
 */
#include "tools/tools.h"

#include <errno.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#if defined(__linux__)
#include <linux/sockios.h>
#endif

enum {
    MAX_CLIENTS = 1000, /* at once; one more, and the one that has been there longest must go */
    CLIENT_MS = 5000,   /* how long a client may take to receive the greeting and to close */
    ARRIVAL_MS = 1000,  /* how long to wait for the acknowledgement before the FIN is sent anyway */
    ARRIVAL_STEP_MS = 1, /* how often to look: the system does not wake us for it */
    BUSY_MS = 100        /* pause when the system has no descriptor left for a new client */
};

enum client_state { SENDING, UNACKNOWLEDGED, CLOSING };

struct client {
    int fd;
    enum client_state state;
    size_t sent;     /* bytes of the message handed to TCP */
    int64_t arrived; /* clock_ms() when it connected */
    char name[ADDRESS_TEXT];
};

struct server {
    int listener;
    bool paused; /* no descriptor left: the listener is not watched for BUSY_MS */
    const char *message;
    size_t length;
    size_t count; /* clients[0] to clients[count - 1] are in use, in no order */
    uint64_t greeted;
    struct client clients[MAX_CLIENTS];
};

/* The one thing a signal handler may do is to set a flag of this type. */
static volatile sig_atomic_t stop_requested;

static void request_stop(int signal_number)
{
    (void)signal_number;
    stop_requested = 1;
}

/* ---- One client ---------------------------------------------------------------------------- */

/* True once the client's TCP has acknowledged all that was sent. Only Linux can tell. */
static bool all_arrived(int fd)
{
#ifdef SIOCOUTQ
    int waiting = 0;
    if (ioctl(fd, SIOCOUTQ, &waiting) == 0)
        return waiting == 0;
#else
    (void)fd;
#endif
    return true;
}

/* The three functions below move a client one step on and return false when it is to be closed. */

static bool client_send(struct client *c, const struct server *s)
{
    while (c->sent < s->length) {
        /* MSG_NOSIGNAL: if the client is gone we want an error, not the signal SIGPIPE. */
        const ssize_t n = send(c->fd, s->message + c->sent, s->length - c->sent, MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return errno == EAGAIN; /* its buffer is full: poll() says when there is room */
        c->sent += (size_t)n;
    }
    c->state = UNACKNOWLEDGED;
    return true;
}

/* Sends our FIN, once the greeting has arrived, so that it is a packet of its own. shutdown()
 * closes our direction only; close() would give up the other too, and answer late data with a
 * reset. */
static bool client_finish(struct client *c, int64_t now)
{
    if (!all_arrived(c->fd) && now - c->arrived < ARRIVAL_MS)
        return true;
    c->state = CLOSING;
    return shutdown(c->fd, SHUT_WR) == 0;
}

/* Waits for the client's FIN, and throws away what it may send before. */
static bool client_drain(struct client *c)
{
    char bytes[4096];
    const ssize_t n = recv(c->fd, bytes, sizeof bytes, 0);
    return n > 0 || (n < 0 && (errno == EAGAIN || errno == EINTR));
}

static bool client_step(struct client *c, const struct server *s, short happened, int64_t now)
{
    bool alive = true;
    errno = 0; /* 0 at the end: the client closed in order */
    if ((happened & POLLERR) != 0) {
        socklen_t length = sizeof errno;
        (void)getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &errno, &length);
        alive = false;
    } else if (c->state == SENDING && happened != 0) {
        alive = client_send(c, s);
    }
    if (alive && c->state == UNACKNOWLEDGED)
        alive = client_finish(c, now);
    else if (alive && c->state == CLOSING && happened != 0)
        alive = client_drain(c);
    if (!alive && errno != 0)
        (void)fprintf(stderr, "%s: %s\n", c->name, strerror(errno));
    return alive;
}

/* ---- All clients ---------------------------------------------------------------------------- */

static void server_drop(struct server *s, size_t i)
{
    (void)close(s->clients[i].fd);
    s->clients[i] = s->clients[--s->count];
}

/* For a client that takes too long: with this, close() sends RST and forgets the connection, where
 * it would otherwise go on trying to deliver for minutes. */
static void server_evict(struct server *s, size_t i)
{
    const struct linger reset = {.l_onoff = 1, .l_linger = 0};
    (void)setsockopt(s->clients[i].fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
    (void)fprintf(stderr, "%s: does not close; dropped\n", s->clients[i].name);
    server_drop(s, i);
}

static void server_evict_oldest(struct server *s)
{
    size_t oldest = 0;
    for (size_t i = 1; i < s->count; i++) {
        if (s->clients[i].arrived < s->clients[oldest].arrived)
            oldest = i;
    }
    server_evict(s, oldest);
}

static void server_add(struct server *s, int fd, const struct sockaddr *from, socklen_t length)
{
    if (s->count == MAX_CLIENTS)
        server_evict_oldest(s);
    struct client *c = &s->clients[s->count++];
    *c = (struct client){.fd = fd, .state = SENDING, .arrived = clock_ms()};
    address_text(from, length, c->name);
    s->greeted++;
    (void)printf("%s connected\n", c->name);
    (void)fflush(stdout);
    if (!client_step(c, s, POLLOUT, c->arrived))
        server_drop(s, s->count - 1);
}

/* Takes every connection that is waiting. */
static void server_accept(struct server *s)
{
    for (;;) {
        struct sockaddr_storage from;
        socklen_t length = sizeof from;
        struct sockaddr *address = (struct sockaddr *)&from;
        const int fd = accept4(s->listener, address, &length, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd >= 0) {
            server_add(s, fd, address, length);
        } else if ((errno == EMFILE || errno == ENFILE) && s->count > 0) {
            server_evict_oldest(s);
        } else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
            s->paused = true;
            return;
        } else if (errno != EINTR && errno != ECONNABORTED) {
            return; /* EAGAIN: no more; anything else concerns a client that is gone already */
        }
    }
}

/* ---- The loop ------------------------------------------------------------------------------- */

/* Fills fds[0] for the listener and fds[i + 1] for client i; returns how long poll() may sleep. */
static int server_watch(const struct server *s, struct pollfd *fds, int64_t now)
{
    int64_t sleep = s->paused ? BUSY_MS : CLIENT_MS;
    fds[0] = (struct pollfd){.fd = s->paused ? -1 : s->listener, .events = POLLIN};
    for (size_t i = 0; i < s->count; i++) {
        const struct client *c = &s->clients[i];
        const int64_t left = c->arrived + CLIENT_MS - now;
        const short events = c->state == SENDING ? POLLOUT : c->state == CLOSING ? POLLIN : 0;
        fds[i + 1] = (struct pollfd){.fd = c->fd, .events = events};
        if (c->state == UNACKNOWLEDGED)
            sleep = ARRIVAL_STEP_MS;
        else if (left < sleep)
            sleep = left > 0 ? left : 0;
    }
    return (int)sleep;
}

/* From the last to the first, because server_drop() fills the hole with the last client. */
static void server_step(struct server *s, const struct pollfd *fds, int64_t now)
{
    for (size_t i = s->count; i-- > 0;) {
        if (!client_step(&s->clients[i], s, fds[i + 1].revents, now))
            server_drop(s, i);
        else if (now - s->clients[i].arrived >= CLIENT_MS)
            server_evict(s, i);
    }
}

/*
 * The stop signals are blocked but for the time inside ppoll(), which changes the mask and goes to
 * sleep in one step. With a plain poll() a signal that comes between the test of the flag and the
 * call would be noticed only when the next client connects.
 */
static int server_loop(struct server *s, const sigset_t *while_sleeping)
{
    struct pollfd fds[MAX_CLIENTS + 1];
    while (!stop_requested) {
        const int sleep = server_watch(s, fds, clock_ms());
        const struct timespec timeout = {.tv_sec = sleep / 1000,
                                         .tv_nsec = sleep % 1000 * 1000000L};
        if (ppoll(fds, s->count + 1, &timeout, while_sleeping) < 0) {
            if (errno == EINTR)
                continue;
            (void)fprintf(stderr, "lamna serve: poll: %s\n", strerror(errno));
            return 1;
        }
        s->paused = false;
        server_step(s, fds, clock_ms());
        if (fds[0].revents != 0)
            server_accept(s);
    }
    (void)printf("stopped after %" PRIu64 " client%s\n", s->greeted, s->greeted == 1 ? "" : "s");
    return 0;
}

/* ---- Start and stop -------------------------------------------------------------------------- */

/* A socket that listens on one address, or -1 and errno. */
static int listen_on(const struct addrinfo *at, int backlog)
{
    const int type = at->ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC;
    const int fd = socket(at->ai_family, type, at->ai_protocol);
    if (fd < 0)
        return -1;
    /* Who closes first keeps the connection in TIME_WAIT, and that is us: without this option the
     * port could not be bound again for a minute after the last client. */
    const int yes = 1;
    (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (bind(fd, at->ai_addr, at->ai_addrlen) == 0 && listen(fd, backlog) == 0)
        return fd;
    const int error = errno;
    (void)close(fd);
    errno = error;
    return -1;
}

static void explain_listen(const struct serve_options *o, int error)
{
    char where[ADDRESS_TEXT];
    address_of_host(o->host, o->port, where);
    const char *hint;
    switch (error) {
    case EADDRINUSE:
        hint = "another program has the port (ss -ltnp shows which); stop it, or take another with"
               " --port (0 finds a free one)";
        break;
    case EACCES:
        hint = "ports below 1024 are for root; take a higher one with --port";
        break;
    case EADDRNOTAVAIL:
        hint = "not an address of this machine (ip address lists them); try --host 127.0.0.1";
        break;
    default:
        hint = "try another --host or --port";
        break;
    }
    (void)fprintf(stderr, "lamna serve: %s: %s: %s\n", where, strerror(error), hint);
}

/* The listening socket, or -1 after a line on stderr. */
static int server_open(const struct serve_options *o)
{
    struct addrinfo *list;
    const int reason = address_resolve(o->host, o->port, AI_PASSIVE, &list);
    if (reason != 0) {
        (void)fprintf(stderr,
                      "lamna serve: cannot find the host '%s' (%s): check the spelling, or give an"
                      " address of this machine, such as 127.0.0.1\n",
                      o->host, reason == EAI_SYSTEM ? strerror(errno) : gai_strerror(reason));
        return -1;
    }
    int fd = -1, error = EADDRNOTAVAIL;
    for (const struct addrinfo *at = list; at != NULL && fd < 0; at = at->ai_next) {
        fd = listen_on(at, o->backlog);
        error = errno;
    }
    freeaddrinfo(list);
    if (fd < 0)
        explain_listen(o, error);
    return fd;
}

/* Says where we listen; with port 0 only the system knows. Whoever started us waits for this line.
 */
static void announce(int listener)
{
    struct sockaddr_storage own;
    socklen_t length = sizeof own;
    char where[ADDRESS_TEXT] = "unknown address";
    if (getsockname(listener, (struct sockaddr *)&own, &length) == 0)
        address_text((const struct sockaddr *)&own, length, where);
    (void)printf("listening on %s\n", where);
    (void)fflush(stdout);
}

static int server_run(struct server *s)
{
    const struct sigaction action = {.sa_handler = request_stop};
    struct sigaction old_int, old_term;
    sigset_t stops, outside, sleeping;
    stop_requested = 0;
    (void)sigemptyset(&stops);
    (void)sigaddset(&stops, SIGINT);
    (void)sigaddset(&stops, SIGTERM);
    (void)sigprocmask(SIG_BLOCK, &stops, &outside);
    (void)sigaction(SIGINT, &action, &old_int);
    (void)sigaction(SIGTERM, &action, &old_term);
    sleeping = outside;
    (void)sigdelset(&sleeping, SIGINT);
    (void)sigdelset(&sleeping, SIGTERM);

    announce(s->listener);
    const int status = server_loop(s, &sleeping);

    (void)sigaction(SIGINT, &old_int, NULL);
    (void)sigaction(SIGTERM, &old_term, NULL);
    (void)sigprocmask(SIG_SETMASK, &outside, NULL);
    return status;
}

int serve_run(const struct serve_options *options)
{
    struct server *s = calloc(1, sizeof *s);
    if (s == NULL) {
        (void)fprintf(stderr, "lamna serve: out of memory\n");
        return 1;
    }
    s->message = options->message;
    s->length = strlen(options->message);
    s->listener = server_open(options);
    int status = 1;
    if (s->listener >= 0) {
        status = server_run(s);
        while (s->count > 0)
            server_drop(s, s->count - 1);
        (void)close(s->listener);
    }
    free(s);
    return status;
}
