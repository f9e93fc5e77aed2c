/*
 * sentence: a sentence with places for values, so that a translation may put them in another order.
 *
 *     {0}             a number              {1:s}     nanoseconds, as "1.234 s"
 *     {0:time|times}  by number: 1, other   {1:ms}    nanoseconds, as "40 ms"
 *     {2:side}        "client" or "server"  {3:B/s}   bytes a second, as "812 kB/s"
 */
#ifndef REPORT_SENTENCE_H
#define REPORT_SENTENCE_H

#include "base/buf.h"

/* Marks an English sentence of which po/ has a translation. */
#define N_(text) text

enum { SENTENCE_VALUES = 8 };

/* Gives the translation of an English sentence, or the same. */
typedef const char *(*sentence_translate)(const char *english);

/* Appends the sentence, translated, with its values. `translate` may be NULL. */
void sentence_add(struct buf *b, const char *sentence, const int64_t values[SENTENCE_VALUES],
                  sentence_translate translate);

#endif
