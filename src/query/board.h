/*
 * board: which thread does what next to which batch, where flows are walked. Each stage is entered in the order of the
 * batches; the first thread alone walks, so that the flows stay in the cache of one core.
 *
 *     batches   | 0 | 1 | 2 | 3 | 4 | 5 | 6 | - |       `room` of them at a time
 *                     ^printed  ^taken  ^walked ^cut    how many are past a stage, or were begun to be shown
 *
 * What lies furthest ahead is done last: a batch is printed before another is shown, and so on. But who may walk does
 * that before he shows: others wait for it.
 */
#ifndef QUERY_BOARD_H
#define QUERY_BOARD_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

enum job { JOB_NONE, JOB_CUT, JOB_WALK, JOB_SHOW, JOB_PRINT };
enum { BOARD_ROOM = 72 };

struct board {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    unsigned room;
    bool shows; /* showing is apart from walking; else what was walked can be printed */
    uint64_t cut, walked, taken, printed;
    bool cutting, walking, printing;
    bool shown[BOARD_ROOM]; /* by number modulo room */
    bool last;              /* no batch comes after those that were cut */
    bool stopped;
};

void board_init(struct board *b, unsigned room, bool shows);
void board_free(struct board *b);
/* Waits until there is something to do, and gives it, and the number of the batch. JOB_NONE: all is done. */
enum job board_take(struct board *b, bool first, uint64_t *number);
/* It is done. `ends`: cutting came to the end of the source, or nothing that comes after is to be printed. */
void board_done(struct board *b, enum job job, uint64_t number, bool ends);

#endif
