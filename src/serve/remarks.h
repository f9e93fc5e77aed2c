/* remarks: marks and comments that people make on packets. They are kept as long as the server runs; answer_save() writes
 * them into a copy of the capture, which itself is never changed. */
#ifndef SERVE_REMARKS_H
#define SERVE_REMARKS_H

#include "serve/server.h"

enum { COMMENT_MOST = 2048 }; /* bytes */

struct remarks;

struct remarks *remarks_new(void);
void remarks_free(struct remarks *remarks);
/* What is remarked on that packet from now on; neither a mark nor a comment: nothing. The path is borrowed. */
lamna_status remarks_set(struct remarks *remarks, const char *path, uint64_t packet, bool marked,
                         const char *comment, lamna_error *err);
/* Appends all remarks of a capture as JSON objects with commas between them. */
void remarks_put(struct remarks *remarks, const char *path, lamna_text *out);
/* Copies what a file can say of the packet's remark: its comment, or that it is marked. False: there is nothing. */
bool remarks_comment(struct remarks *remarks, const char *path, uint64_t packet,
                     char comment[COMMENT_MOST + 1]);

#endif
