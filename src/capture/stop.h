/*
 * stop: a request to stop that a signal handler or another thread can make, and that wakes a wait.
 *
 * The flag is what is asked; the eventfd only makes poll() return. Both stay set once set.
 */
#ifndef CAPTURE_STOP_H
#define CAPTURE_STOP_H

#include <stdatomic.h>
#include <stdbool.h>

#include "lamna.h"

struct stop {
    atomic_bool requested;
    int fd; /* readable once requested */
};

lamna_status stop_init(struct stop *s, lamna_error *err);
void stop_free(struct stop *s);
/* Async-signal-safe; errno is kept. */
void stop_request(struct stop *s);
/* Waits until `fd` is readable (LAMNA_OK), the time is over (LAMNA_END; a negative timeout never
 * is), or stop_request() was called (LAMNA_STOPPED). An fd of -1 only waits. */
lamna_status stop_wait(struct stop *s, int fd, int timeout_ms, lamna_error *err);

static inline bool stop_requested(const struct stop *s)
{
    return atomic_load_explicit(&s->requested, memory_order_relaxed);
}

#endif
