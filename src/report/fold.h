/*
 * fold: recognises repetition in a sequence of kinds: the same again and again, or the same two, three or four
 * in turn, as in a download, a heartbeat, or question and answer.
 */
#ifndef REPORT_FOLD_H
#define REPORT_FOLD_H

#include <stdbool.h>
#include <stdint.h>

enum { FOLD_PERIODS = 4 };

/* Zero at first, and after anything that is told by itself. */
struct fold {
    uint16_t last[FOLD_PERIODS];   /* kinds, the latest first; 0: none */
    uint32_t streak[FOLD_PERIODS]; /* how many in a row were as the one 1, 2, ... before */
    bool folding;                  /* the last one was a repetition that need not be told again */
};

/* Takes the next kind, which is not 0. True if it need not be told. */
bool fold_next(struct fold *f, uint16_t kind);

#endif
