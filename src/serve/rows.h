/* rows: a packet as a row of the list, `[NUMBER,COLOUR,CELL...]`; cells are JSON strings. */
#ifndef SERVE_ROWS_H
#define SERVE_ROWS_H

#include "lamna.h"

struct rows;

/* The columns of the list are named as in `lamna list --columns`, with commas between them; NULL: the usual ones. The
 * query is asked for what they need. NULL on error. */
struct rows *rows_new(lamna_query *query, const lamna_registry *reg, const char *columns,
                      lamna_error *err);
void rows_free(struct rows *rows);
/* Appends a packet's row and a newline. As lamna_work's `packet`; the context is a struct rows. */
void rows_add(void *rows, unsigned thread, const lamna_packet *packet, lamna_text *out);

#endif
