/* pages: a capture that somebody cuts while it is looked at (capture/mapping.h) ends no program. */
#ifndef CLI_PAGES_H
#define CLI_PAGES_H

#include <stdbool.h>

/* From now on a page of a mapped file that cannot be had reads as zeros. */
void pages_survive_loss(void);
/* Did that happen? Then what was said of the file is wrong from some point on. */
bool pages_were_lost(void);

#endif
