/* Messages put together from segments in whatever order. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "flow/message.h"

enum { LENGTH = 200, ROUNDS = 300 };

static uint8_t text[LENGTH];
static const struct stream_need all = {STREAM_MORE, UINT32_MAX, true};

static int set_up(void **state)
{
    (void)state;
    for (unsigned i = 0; i < LENGTH; i++)
        text[i] = (uint8_t)(7 * i + i / 11);
    return 0;
}

static void parts_lie_in_a_row(const struct message *m)
{
    for (uint32_t i = 1; i < m->part_count; i++)
        assert_true(m->parts[i].offset >= m->parts[i - 1].offset + m->parts[i - 1].length);
}

/* Pieces of random place and length, until all is there; what has come hangs together, and is right. */
static void any_order_gives_the_same_bytes(void **state)
{
    (void)state;
    srand(1);
    for (unsigned round = 0; round < ROUNDS; round++) {
        struct message *m = message_new(0, &all, LENGTH);
        bool there[LENGTH] = {false};
        while (m->filled < LENGTH) {
            uint32_t at = (uint32_t)rand() % LENGTH, n = 1 + (uint32_t)rand() % 20;
            n = n < LENGTH - at ? n : LENGTH - at;
            uint8_t *piece = malloc(n); /* so that a read past it is found */
            memcpy(piece, text + at, n);
            assert_true(message_add(m, round + 1, at, piece, n));
            free(piece);
            memset(there + at, true, n);
            uint32_t first = 0;
            while (first < LENGTH && there[first])
                first++;
            assert_int_equal(m->filled, first);
            assert_memory_equal(m->data, text, m->filled);
            parts_lie_in_a_row(m);
        }
        message_free(m);
    }
}

static void what_came_first_stays(void **state)
{
    (void)state;
    struct message *m = message_new(100, &all, LENGTH);
    assert_true(message_add(m, 1, 4, (const uint8_t *)"EF", 2));
    assert_true(message_add(m, 2, 0, (const uint8_t *)"abcdefgh", 8));
    assert_int_equal(m->filled, 8);
    assert_memory_equal(m->data, "abcdEFgh", 8);
    assert_int_equal(m->part_count, 3);
    assert_int_equal(m->parts[1].packet, 1);
    assert_int_equal(m->touched, 2);
    message_free(m);
}

static void takes_no_more_than_its_limit(void **state)
{
    (void)state;
    struct message *m = message_new(0, &all, LENGTH);
    assert_true(message_add(m, 1, LENGTH - 10, text, 10));
    assert_false(message_add(m, 1, LENGTH - 9, text, 10));
    assert_false(message_add(m, 1, UINT32_MAX, text, 10));
    assert_int_equal(m->filled, 0);
    message_free(m);
}

static void a_copy_goes_on_alone(void **state)
{
    (void)state;
    struct message *m = message_new(0, &all, LENGTH);
    assert_true(message_add(m, 1, 0, text, 10));
    assert_true(message_add(m, 2, 20, text + 20, 10));
    struct message *copy = message_copy(m);
    assert_true(message_add(copy, 3, 10, text + 10, 10));
    assert_int_equal(copy->filled, 30);
    assert_memory_equal(copy->data, text, 30);
    assert_int_equal(m->filled, 10);
    message_free(copy);
    message_free(m);
}

/* Thousands of times what is kept, in an order of its own, with a copy on the way. */
static void what_is_behind_the_head_is_counted(void **state)
{
    (void)state;
    enum { HEAD = 15, PIECES = 1000 };
    struct message *m = message_new(0, &(struct stream_need){STREAM_MORE, HEAD, true}, UINT32_MAX);
    for (uint32_t i = 0; i < PIECES; i++) {
        uint32_t at = (i ^ 1) * (LENGTH / 2);
        assert_true(message_add(m, i + 1, at, text + at % LENGTH, LENGTH / 2));
        assert_int_equal(m->filled, (i | 1) == i ? (i + 1) * (LENGTH / 2) : i * (LENGTH / 2));
    }
    assert_int_equal(message_kept(m), HEAD);
    assert_true(m->capacity <= 1024);
    struct message *copy = message_copy(m);
    message_free(m);
    assert_memory_equal(copy->data, text, HEAD);
    assert_int_equal(copy->filled, PIECES * (LENGTH / 2));
    message_free(copy);
}

/* Where nobody asks which packets it came in, what is behind the head is one part as long as nothing is missing. */
static void what_is_counted_is_one_part(void **state)
{
    (void)state;
    enum { HEAD = 15, PIECES = 1000, PIECE = 100 };
    const struct stream_need need = {PIECES * PIECE, HEAD, false};
    struct message *m = message_new(0, &need, UINT32_MAX);
    for (uint32_t i = 0; i < PIECES; i++) {
        assert_true(message_add(m, i + 1, i * PIECE, text, PIECE));
        if (i == 500) /* one comes twice, and another too early */
            assert_true(message_add(m, 7, 100 * PIECE, text, PIECE) &&
                        message_add(m, 8, 505 * PIECE, text, PIECE));
    }
    assert_int_equal(m->filled, PIECES * PIECE);
    assert_in_range(m->part_count, 2, 10);
    assert_int_equal(m->parts[0].packet, 1);
    assert_int_equal(m->capacity, HEAD);
    assert_memory_equal(m->data, text, HEAD);
    parts_lie_in_a_row(m);
    message_free(m);
}

/* Room is made once, unless a length is claimed that nobody may ever send. */
static void room_is_made_for_what_is_to_come(void **state)
{
    (void)state;
    struct message *m = message_new(0, &(struct stream_need){5000, UINT32_MAX, true}, UINT32_MAX);
    assert_true(message_add(m, 1, 0, text, 10));
    assert_int_equal(m->capacity, 5000);
    assert_in_range(message_memory(m), 10, 100);
    message_free(m);
    m = message_new(0, &(struct stream_need){1 << 30, UINT32_MAX, true}, UINT32_MAX);
    assert_true(message_add(m, 1, 0, text, 10));
    assert_in_range(m->capacity, 10, 1 << 20);
    message_free(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_order_gives_the_same_bytes),
        cmocka_unit_test(what_came_first_stays),
        cmocka_unit_test(takes_no_more_than_its_limit),
        cmocka_unit_test(a_copy_goes_on_alone),
        cmocka_unit_test(what_is_behind_the_head_is_counted),
        cmocka_unit_test(what_is_counted_is_one_part),
        cmocka_unit_test(room_is_made_for_what_is_to_come),
    };
    return cmocka_run_group_tests(tests, set_up, NULL);
}
