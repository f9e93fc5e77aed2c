/* Notes on packets and streams: what was noted last is found, and nothing else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "flow/notes.h"

static uint64_t get(const struct notes *n, uint64_t subject, uint32_t field)
{
    uint64_t value = 0;
    return notes_get(n, subject, field, &value) ? value : 0;
}

static void nothing_is_known_at_first(void **state)
{
    struct notes n = {0};
    (void)state;
    assert_int_equal(get(&n, 1, 1), 0);
    assert_int_equal(get(&n, TOLD_OF_STREAM, 1), 0);
    notes_free(&n);
}

static void the_last_value_stays(void **state)
{
    struct notes n = {0};
    (void)state;
    notes_set(&n, 7, 1, 10);
    notes_set(&n, 7, 2, 20);
    notes_set(&n, 7, 1, 11);
    assert_int_equal(get(&n, 7, 1), 11);
    assert_int_equal(get(&n, 7, 2), 20);
    assert_int_equal(get(&n, 7, 3), 0);
    assert_int_equal(n.count, 3); /* the first is unused */
    notes_free(&n);
}

static void packets_are_no_streams(void **state)
{
    struct notes n = {0};
    (void)state;
    notes_set(&n, 5, 1, 10);
    notes_set(&n, TOLD_OF_STREAM | 5, 1, 20);
    notes_set(&n, TOLD_OF_STREAM, 1, 30);
    assert_int_equal(get(&n, 5, 1), 10);
    assert_int_equal(get(&n, TOLD_OF_STREAM | 5, 1), 20);
    assert_int_equal(get(&n, TOLD_OF_STREAM, 1), 30);
    assert_int_equal(get(&n, 0, 1), 0);
    notes_free(&n);
}

/* Far apart, backwards and many of one subject: a page is made only where something is noted. */
static void subjects_may_lie_anywhere(void **state)
{
    enum { FIELDS = 40 };
    static const uint64_t subjects[] = {3000000000, 1, 1023, 1024, 100000, 1025};
    struct notes n = {0};
    (void)state;
    for (uint32_t field = 1; field <= FIELDS; field++) {
        for (size_t i = 0; i < sizeof subjects / sizeof *subjects; i++)
            notes_set(&n, subjects[i], field, subjects[i] + field);
    }
    for (uint32_t field = 1; field <= FIELDS; field++) {
        for (size_t i = 0; i < sizeof subjects / sizeof *subjects; i++)
            assert_int_equal(get(&n, subjects[i], field), subjects[i] + field);
    }
    assert_int_equal(get(&n, 3000000001, 1), 0);
    assert_int_equal(get(&n, 4000000000, 1), 0);
    assert_int_equal(get(&n, UINT64_MAX, 1), 0);
    notes_free(&n);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_known_at_first),
        cmocka_unit_test(the_last_value_stays),
        cmocka_unit_test(packets_are_no_streams),
        cmocka_unit_test(subjects_may_lie_anywhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
