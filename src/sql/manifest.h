/*
 * manifest: what an export wrote, in its folder: a line of JSON for each part, added when the part is in its place.
 *
 *     {"table":"packets","source":"/data/a.pcap","size":123,"modified":...,"made":"...","file":"packets/...","rows":9}
 *
 * A part that has no line may be there nevertheless, if the export ended just then; it is written again. A line that
 * was cut short is no line. Two exports cannot write into a folder at once.
 */
#ifndef SQL_MANIFEST_H
#define SQL_MANIFEST_H

#include "lamna.h"

struct manifest {
    char *path;   /* owned */
    int file;     /* locked */
    char **lines; /* owned, whole ones, without their ends */
    size_t count;
};

/* Opens or makes the one of a folder, and waits for nobody. */
lamna_status manifest_open(struct manifest *m, const char *folder, lamna_error *err);
/* Is there a line that begins so, and none after it that speaks of the same table and source? */
bool manifest_has(const struct manifest *m, const char *beginning);
/* Adds a line, which is on the disk when this returns. */
lamna_status manifest_add(struct manifest *m, const char *line, lamna_error *err);
/* Leaves only the last line of each table and source. */
lamna_status manifest_tidy(struct manifest *m, lamna_error *err);
void manifest_close(struct manifest *m);

#endif
