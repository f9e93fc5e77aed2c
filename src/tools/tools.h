/*
 * tools: the greeting server and its client, two programs about sockets that are meant to be read.
 *
 *     client                                server
 *       connect()   ---- SYN ------------>  listen()
 *                   <--- SYN, ACK --------
 *                   ---- ACK ------------>  accept()
 *       recv()      <--- "welcome ..." ---  send()
 *                   ---- ACK ------------>  (waits until the greeting has arrived)
 *       recv() = 0  <--- FIN, ACK --------  shutdown()
 *                   ---- ACK ------------>
 *       close()     ---- FIN, ACK ------->  recv() = 0
 *                   <--- ACK -------------  close()
 *
 * They use plain POSIX sockets and nothing else of lamna. Where Linux helps to make each step of
 * the picture a packet of its own, a comment says how, and other systems do without.
 */
#ifndef TOOLS_TOOLS_H
#define TOOLS_TOOLS_H

#include <netdb.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

struct serve_options {
    const char *host;    /* address or name to listen on */
    uint16_t port;       /* 0: any free one; the first line of output says which */
    const char *message; /* sent as it is, without a newline */
    int backlog;         /* connections the system may queue before they are accepted */
};

#define SERVE_OPTIONS_DEFAULT                                                                      \
    ((struct serve_options){                                                                       \
        .host = "127.0.0.1", .port = 12345, .message = "welcome to python!", .backlog = 5})

/*
 * Greets every client until SIGINT or SIGTERM. Prints "listening on ADDRESS:PORT" once clients can
 * connect, then a line for each client, each flushed. Returns the exit status: 0 when it was
 * stopped, 1 when it could not start, with one line on stderr.
 */
int serve_run(const struct serve_options *options);

struct connect_options {
    const char *host; /* address or name */
    uint16_t port;
    int timeout_ms; /* the longest wait for the connection, and then for each piece of data */
};

#define CONNECT_OPTIONS_DEFAULT                                                                    \
    ((struct connect_options){.host = "127.0.0.1", .port = 12345, .timeout_ms = 5000})

/*
 * Connects, prints what it receives until the server closes, and a newline if the last byte was
 * none. Returns the exit status: 0, or 1 with one line on stderr.
 */
int connect_run(const struct connect_options *options);

/* ---- Shared by the two (address.c) --------------------------------------------------------- */

/* Room for "[IPv6 address%interface]:port" and a NUL. */
enum { ADDRESS_TEXT = 96 };

/* "127.0.0.1:12345" or "[::1]:12345". */
void address_text(const struct sockaddr *address, socklen_t length, char text[ADDRESS_TEXT]);

/* The same for a host as the user wrote it. */
void address_of_host(const char *host, uint16_t port, char text[ADDRESS_TEXT]);

/* getaddrinfo() for TCP: 0 or its error. `flags` are its ai_flags. Free with freeaddrinfo(). */
int address_resolve(const char *host, uint16_t port, int flags, struct addrinfo **list);

/* Milliseconds of a clock that is never set back. */
int64_t clock_ms(void);

#endif
