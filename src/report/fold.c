#include "report/fold.h"

#include <string.h>

enum { REPEATED = 6 };

bool fold_next(struct fold *f, uint16_t kind)
{
    f->folding = false;
    for (unsigned k = 0; k < FOLD_PERIODS; k++) {
        f->streak[k] = f->last[k] == kind ? f->streak[k] + 1 : 0;
        f->folding |= f->streak[k] >= REPEATED;
    }
    memmove(f->last + 1, f->last, (FOLD_PERIODS - 1) * sizeof f->last[0]);
    f->last[0] = kind;
    return f->folding;
}
