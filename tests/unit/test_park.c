/* A park gives back what was put into it, however often it was packed meanwhile. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/park.h"

enum { ITEMS = 40000, ROUNDS = 3 };

struct item {
    uint64_t number, next; /* folded to what they differ by from what is expected */
    uint32_t words[12];
};

static void fold(void *item, uint32_t number)
{
    struct item *i = item;
    i->next -= i->number;
    i->number -= number;
}

static void unfold(void *item, uint32_t number)
{
    struct item *i = item;
    i->number += number;
    i->next += i->number;
}

static const struct park_kind kind = {sizeof(struct item), fold, unfold};

/* As it is after `round` rounds: some of it is zero, and more each time. */
static struct item item_of(uint32_t number, uint32_t round)
{
    struct item item = {.number = number, .next = number + round};
    for (uint32_t w = round; w < 12; w++)
        item.words[w] = number * 2654435761u >> (w * round);
    return item;
}

static void comes_back(void **state)
{
    (void)state;
    struct park p = {.kind = &kind};
    for (uint32_t round = 0; round < ROUNDS; round++) {
        for (uint32_t i = 0; i < ITEMS; i++) {
            struct item *item = park_at(&p, i * 7919u % ITEMS);
            struct item before = {0}, after = item_of(i * 7919u % ITEMS, round);
            if (round > 0)
                before = item_of(i * 7919u % ITEMS, round - 1);
            assert_non_null(item);
            assert_memory_equal(item, &before, sizeof before);
            *item = after;
        }
    }
    for (uint32_t i = 0; i < ITEMS; i++) {
        struct item copy, expected = item_of(i, ROUNDS - 1);
        assert_true(park_read(&p, i, &copy));
        assert_memory_equal(&copy, &expected, sizeof copy);
    }
    park_free(&p);
}

static void nobody_there(void **state)
{
    (void)state;
    struct park p = {.kind = &kind};
    struct item copy;
    assert_false(park_read(&p, 5, &copy));
    assert_non_null(park_at(&p, 70000));
    assert_false(park_read(&p, 5, &copy));
    assert_false(park_read(&p, 1u << 30, &copy));
    assert_true(park_read(&p, 70000, &copy));
    park_free(&p);
}

/* What folds to zero takes its mask alone: four bytes, and a block has 16384 of these. */
static void takes_little(void **state)
{
    (void)state;
    struct park p = {.kind = &kind};
    for (uint32_t i = 0; i < ITEMS; i++) {
        struct item *item = park_at(&p, i);
        assert_non_null(item);
        item->number = item->next = i;
    }
    assert_true(p.block_count <= 1 + ITEMS / 16384);
    for (uint32_t i = 0; i < ITEMS; i++)
        memset(park_at(&p, i), 0x55, sizeof(struct item));
    for (uint32_t i = 0; i < ITEMS; i++) {
        struct item copy;
        assert_true(park_read(&p, i, &copy));
        assert_int_equal(copy.words[11], 0x55555555);
    }
    park_free(&p);
}

static void times_are_scaled(void **state)
{
    (void)state;
    int64_t a = 5000, b = -3000, c = 0, d = 1, *some[] = {&a, &b, &c}, *all[] = {&a, &b, &d};
    assert_true(park_scale_down(some, 3));
    assert_int_equal(a, 5);
    assert_int_equal(b, -3);
    park_scale_up(some, 3, true);
    assert_int_equal(a, 5000);
    assert_int_equal(b, -3000);
    assert_false(park_scale_down(all, 3));
    park_scale_up(all, 3, false);
    assert_int_equal(a, 5000);
    assert_int_equal(d, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(comes_back),
        cmocka_unit_test(nobody_there),
        cmocka_unit_test(takes_little),
        cmocka_unit_test(times_are_scaled),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
