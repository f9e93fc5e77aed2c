/*
 * filter: the display-filter language, compiled. It knows the field registry and the flat array of
 * items, nothing else. lamna_filter_new() and lamna_filter_free() of lamna.h are defined here.
 */
#ifndef FILTER_FILTER_H
#define FILTER_FILTER_H

#include "dissect/packet.h"

/* Adds to `w` every field that the filter reads. */
void filter_want(const lamna_filter *filter, struct wanted *w);
/* Does the dissected packet match? The fields of filter_want() must have been asked for. */
bool filter_match(const lamna_filter *filter, const struct packet *p);

#endif
