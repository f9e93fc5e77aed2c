/* nfs: what its files share. */
#ifndef PROTO_NFS_H
#define PROTO_NFS_H

#include "dissect/xdr.h"

extern const struct value_name nfs_statuses[];     /* RFC 1813, section 2.6 */
extern const struct value_name nfs_file_types[];   /* ftype3 */
extern const struct value_name nfs_stability[];    /* stable_how */
extern const struct value_name nfs_create_modes[]; /* createmode3 */

/*
 * Title and Info of a call or reply (p->called) of the procedure of that name, whose arguments or results begin
 * at c. `whole`: all of it was there; only then there is more to say than the procedure.
 */
void nfs_title(struct packet *p, const struct cursor *c, const char *name, bool whole);

#endif
