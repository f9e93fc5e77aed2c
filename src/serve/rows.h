/* rows: a packet as a row of the list, `[NUMBER,COLOUR,CELL...]`; cells are JSON strings. */
#ifndef SERVE_ROWS_H
#define SERVE_ROWS_H

#include "serve/colours.h"

struct rows;

/* The columns of a list that names none. */
extern const char rows_usual[];

/* The columns of the list are named as in `lamna list --columns`, with commas between them; NULL: the usual ones. The
 * query is asked for what they need. Takes the colours over, also on failure. NULL on error. */
struct rows *rows_new(lamna_query *query, const lamna_registry *reg, struct colours *colours,
                      const char *columns, lamna_error *err);
void rows_free(struct rows *rows);
/* Appends a packet's row and a newline. As lamna_work's `packet`; the context is a struct rows. */
void rows_add(void *rows, unsigned thread, const lamna_packet *packet, lamna_text *out);

#endif
