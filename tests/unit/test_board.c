/* Threads at a board: each batch goes through each stage once, in order, and only the first thread walks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "query/board.h"

enum { THREADS = 4, ROOM = 5, BATCHES = 2000, STOP_AT = 700 };

/* A batch is in one place of the ring, and what was done to it is its alone until the next job. */
struct ring {
    struct board board;
    struct {
        uint64_t number;
        enum job done;
    } loads[ROOM];
    uint64_t cut, walked, printed, printed_at_most;
    unsigned wrong;
};

struct hand {
    struct ring *ring;
    pthread_t thread;
    bool first;
};

static bool do_job(struct ring *r, bool first, enum job job, uint64_t number)
{
    enum job before = job == JOB_PRINT && !r->board.shows ? JOB_WALK : (enum job)(job - 1);
    bool right = job == JOB_CUT || (r->loads[number % ROOM].number == number &&
                                    r->loads[number % ROOM].done == before);
    if (job == JOB_CUT)
        right &= number == r->cut++;
    if (job == JOB_WALK)
        right &= first && number == r->walked++;
    if (job == JOB_PRINT)
        right &= number == r->printed++;
    r->loads[number % ROOM].number = number;
    r->loads[number % ROOM].done = job;
    if (!right)
        __atomic_fetch_add(&r->wrong, 1, __ATOMIC_RELAXED);
    return (job == JOB_CUT && number + 1 == BATCHES) ||
           (job == JOB_PRINT && number + 1 == r->printed_at_most);
}

static void *work(void *context)
{
    struct hand *h = context;
    struct board *board = &h->ring->board;
    uint64_t number = 0;
    enum job job;
    while ((job = board_take(board, h->first, &number)) != JOB_NONE)
        board_done(board, job, number, do_job(h->ring, h->first, job, number));
    return NULL;
}

static void run(struct ring *r, unsigned threads, bool shows)
{
    struct hand hands[THREADS];
    board_init(&r->board, ROOM, shows);
    for (unsigned i = 0; i < threads; i++) {
        hands[i] = (struct hand){.ring = r, .first = i == 0};
        assert_int_equal(pthread_create(&hands[i].thread, NULL, work, &hands[i]), 0);
    }
    for (unsigned i = 0; i < threads; i++)
        assert_int_equal(pthread_join(hands[i].thread, NULL), 0);
    board_free(&r->board);
    assert_int_equal(r->wrong, 0);
}

static void all_batches_go_through_in_order(void **state)
{
    (void)state;
    for (unsigned threads = 1; threads <= THREADS; threads++) {
        for (unsigned shows = 0; shows < 2; shows++) {
            struct ring r = {.printed_at_most = UINT64_MAX};
            run(&r, threads, shows != 0);
            assert_int_equal(r.cut, BATCHES);
            assert_int_equal(r.walked, BATCHES);
            assert_int_equal(r.printed, BATCHES);
        }
    }
}

static void nothing_is_printed_once_it_is_stopped(void **state)
{
    (void)state;
    for (unsigned threads = 1; threads <= THREADS; threads++) {
        struct ring r = {.printed_at_most = STOP_AT};
        run(&r, threads, true);
        assert_int_equal(r.printed, STOP_AT);
        assert_in_range(r.cut, STOP_AT, STOP_AT + ROOM);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_batches_go_through_in_order),
        cmocka_unit_test(nothing_is_printed_once_it_is_stopped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
