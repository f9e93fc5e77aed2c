/* guess: what a file is that is no capture lamna reads, so that the error can say more than "no".
 */
#ifndef CAPTURE_GUESS_H
#define CAPTURE_GUESS_H

#include "capture/source.h"

/* Always fails: sets src->error to what the first bytes look like. */
lamna_status guess_format(lamna_source *src);

#endif
