/*
 * words: which fields a query speaks of, so that the tables have these columns, and no others of the thousands
 * there are.
 *
 * A field's name has dots, which SQL takes for "table.column"; it is written in quotes, "ip.src". Without them it
 * is understood too, where it cannot mean a column of a table: not if its first word is one of the tables that
 * the query reads, as in SELECT tcp.stream FROM tcp.
 */
#ifndef SQL_WORDS_H
#define SQL_WORDS_H

#include "lamna.h"

struct words {
    char **fields; /* owned: the names, each once, "[]" behind some */
    size_t count, room;
    lamna_text *text; /* owned: the query, with quotes around what is a field */
};

/* Adds to `fields`, and makes `text` anew. False without memory. */
bool words_read(struct words *w, const lamna_registry *reg, const char *query);
/* Adds the fields of a list with commas between them; false if one is none, nor a column that is always there. */
bool words_add_list(struct words *w, const lamna_registry *reg, const char *list);
/* Does the text end in a semicolon, outside of quotes and comments? */
bool words_complete(const char *query);
void words_free(struct words *w);

#endif
