/* address: names, numbers and text of socket addresses; and the clock for timeouts. */
#include "tools/tools.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

/* A colon separates host and port, so a host with colons (IPv6) goes in brackets: RFC 3986, 3.2.2.
 */
static void join(const char *host, const char *port, char text[ADDRESS_TEXT])
{
    const char *format = strchr(host, ':') != NULL ? "[%.80s]:%.8s" : "%.80s:%.8s";
    (void)snprintf(text, ADDRESS_TEXT, format, host, port);
}

void address_text(const struct sockaddr *address, socklen_t length, char text[ADDRESS_TEXT])
{
    char host[80], port[8];
    const int numeric = NI_NUMERICHOST | NI_NUMERICSERV; /* as text, but without asking DNS */
    if (getnameinfo(address, length, host, sizeof host, port, sizeof port, numeric) != 0) {
        (void)snprintf(text, ADDRESS_TEXT, "unknown address");
        return;
    }
    join(host, port, text);
}

void address_of_host(const char *host, uint16_t port, char text[ADDRESS_TEXT])
{
    char digits[8];
    (void)snprintf(digits, sizeof digits, "%u", (unsigned)port);
    join(host, digits, text);
}

int address_resolve(const char *host, uint16_t port, int flags, struct addrinfo **list)
{
    char digits[8];
    (void)snprintf(digits, sizeof digits, "%u", (unsigned)port);
    const struct addrinfo wanted = {
        .ai_family = AF_UNSPEC, /* IPv4 or IPv6, whichever the name has */
        .ai_socktype = SOCK_STREAM,
        .ai_flags = flags | AI_NUMERICSERV,
    };
    return getaddrinfo(host, digits, &wanted, list);
}

int64_t clock_ms(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}
