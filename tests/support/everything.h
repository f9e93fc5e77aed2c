/*
 * everything: dissects a packet with every field, label and column asked for, so that every line of
 * a dissector is reached, and writes each item in all ways. Aborts where the items are not in
 * order.
 */
#ifndef SUPPORT_EVERYTHING_H
#define SUPPORT_EVERYTHING_H

#include "lamna.h"

struct everything;

/* Aborts without memory. Made once: it is slow. */
struct everything *everything_new(void);
void everything_free(struct everything *e);
void everything_dissect(struct everything *e, const lamna_packet_info *in);

#endif
