/*
 * vendors: who was assigned an OUI, the first three bytes of a MAC address, by the IEEE.
 *
 * The registry's own list is a file of the system (Debian's package "ieee-data"); where it is
 * missing no vendor has a name. It is read at the first question, so that runs that never ask pay
 * nothing; several threads may ask.
 */
#ifndef DISSECT_VENDORS_H
#define DISSECT_VENDORS_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"

struct vendor; /* one assignment */

struct vendors {
    atomic_bool
        asked; /* the file has been looked for; what follows does not change any more, but for names */
    pthread_mutex_t lock;       /* of who looks for it, or makes a name */
    const char *list;           /* the mapped file; NULL: no file */
    size_t mapped, size;        /* bytes of it; up to the end of its last whole line */
    struct vendor *by_oui;      /* owned; open addressing over mask + 1 slots; NULL: no file */
    const char *_Atomic *names; /* owned; by slot; NULL: nobody has asked for it yet */
    uint32_t mask;
    struct arena arena; /* owned */
};

void vendors_init(struct vendors *v);
void vendors_free(struct vendors *v);
/* The vendor's name, as long as v; NULL if nobody was assigned this OUI, or no one knows. */
const char *vendor_name(struct vendors *v, uint32_t oui);

#endif
