/* detail: packets with all their fields and bytes, as JSON. Those that were asked for last, and their neighbours, are
 * kept: whoever walks through a list waits once for several. */
#ifndef SERVE_DETAIL_H
#define SERVE_DETAIL_H

#include "serve/server.h"

struct details *details_new(void);
void details_free(struct details *details);
/* Appends packet `number` of that capture. LAMNA_END if there are not so many. */
lamna_status detail_add(const struct server *server, const char *path, uint64_t number,
                        lamna_text *out, lamna_error *err);

#endif
