#include "query/board.h"

void board_init(struct board *b, unsigned room, bool shows)
{
    *b = (struct board){.room = room < BOARD_ROOM ? room : BOARD_ROOM, .shows = shows};
    (void)pthread_mutex_init(&b->lock, NULL);
    (void)pthread_cond_init(&b->changed, NULL);
}

void board_free(struct board *b)
{
    (void)pthread_cond_destroy(&b->changed);
    (void)pthread_mutex_destroy(&b->lock);
}

/* Begins what can be begun now; JOB_NONE: nothing. */
static enum job job_begin(struct board *b, bool first, uint64_t *number)
{
    if (!b->printing && b->printed < b->taken && b->shown[b->printed % b->room]) {
        b->printing = true;
        *number = b->printed;
        return JOB_PRINT;
    }
    if (first && !b->walking && b->walked < b->cut) {
        b->walking = true;
        *number = b->walked;
        return JOB_WALK;
    }
    if (b->taken < b->walked) {
        *number = b->taken++;
        return JOB_SHOW;
    }
    if (!b->cutting && !b->last && b->cut < b->printed + b->room) {
        b->cutting = true;
        *number = b->cut;
        return JOB_CUT;
    }
    return JOB_NONE;
}

enum job board_take(struct board *b, bool first, uint64_t *number)
{
    enum job job = JOB_NONE;
    (void)pthread_mutex_lock(&b->lock);
    while (!b->stopped && !(b->last && b->printed == b->cut)) {
        job = job_begin(b, first, number);
        if (job != JOB_NONE)
            break;
        (void)pthread_cond_wait(&b->changed, &b->lock);
    }
    (void)pthread_mutex_unlock(&b->lock);
    return job;
}

void board_done(struct board *b, enum job job, uint64_t number, bool ends)
{
    (void)pthread_mutex_lock(&b->lock);
    switch (job) {
    case JOB_CUT:
        b->cutting = false;
        b->cut++;
        b->last |= ends;
        break;
    case JOB_WALK:
        b->walking = false;
        b->walked++;
        b->shown[number % b->room] = !b->shows;
        if (!b->shows)
            b->taken++;
        break;
    case JOB_SHOW:
        b->shown[number % b->room] = true;
        break;
    default:
        b->printing = false;
        b->printed++;
        b->stopped |= ends;
        break;
    }
    (void)pthread_cond_broadcast(&b->changed);
    (void)pthread_mutex_unlock(&b->lock);
}
