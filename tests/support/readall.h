/*
 * readall: reads a capture as list, show, fields and filter together do, and if asked follow and all reports
 * besides, through the public interface: every packet, with every field as value, JSON and line of the tree,
 * and all columns.
 */
#ifndef SUPPORT_READALL_H
#define SUPPORT_READALL_H

#include "lamna.h"

/* With a filter, or NULL. Returns how it ended: LAMNA_END, or an error, which is in *err (never
 * NULL) with a message. Aborts where an error has none, or an item is not in its place. */
lamna_status readall(const lamna_registry *reg, const char *path, const char *filter, bool reports,
                     lamna_error *err);

#endif
