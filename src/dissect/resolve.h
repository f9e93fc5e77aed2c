/*
 * resolve: names for numbers, where a person asks for them: of makers of network cards, of hosts, of services.
 *
 * What is known of hosts are facts of one run: the system's hosts file, the name blocks of the capture, its
 * DNS answers as far as they have been read, and, last, what the system's resolver says.
 */
#ifndef DISSECT_RESOLVE_H
#define DISSECT_RESOLVE_H

#include "base/arena.h"
#include "base/map.h"
#include "dissect/vendors.h"

enum {
    RESOLVE_MAC = 1,
    RESOLVE_HOST = 2,
    RESOLVE_ANSWERS = 4, /* hosts by the capture's DNS answers too */
    RESOLVE_SYSTEM = 8,  /* and by asking the system, which may ask the network */
    RESOLVE_PORT = 16
};

enum { MAC_NAME_ROOM = 40 };

struct known_host; /* a name, or that there is none */

struct resolver {
    unsigned what;
    struct vendors *vendors;  /* of the run; borrowed */
    struct map hosts;         /* address -> number of a known_host */
    struct known_host *known; /* owned */
    uint32_t capacity;
    bool hosts_read;
    const char **tcp, **udp; /* names of services by port; in the arena, NULL: not read yet */
    struct arena arena;      /* owned */
};

void resolver_init(struct resolver *r, unsigned what, struct vendors *vendors);
void resolver_free(struct resolver *r);
/* Takes the lines of a hosts file: an address and its names. What stands there outweighs DNS answers. */
void resolver_add_hosts(struct resolver *r, const char *text, size_t n);
/* An answer says that the host at `address`, of 4 or 16 bytes as ip_version says, has this name. */
void resolver_learn(struct resolver *r, uint8_t ip_version, const uint8_t *address,
                    const char *name);
/* NULL: no name is known, or wanted. Valid as long as r. */
const char *resolver_host(struct resolver *r, uint8_t ip_version, const uint8_t *address);
/* "Intel_12:34:56". False if there is none, or it is not wanted. */
bool resolver_mac(struct resolver *r, const uint8_t mac[6], char name[MAC_NAME_ROOM]);
/* The service at a port of IP protocol 6 or 17. */
const char *resolver_service(struct resolver *r, uint8_t protocol, uint16_t port);

#endif
