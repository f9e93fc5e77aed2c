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
    uint64_t number, next; /* next: folded to its distance from number */
    uint32_t words[12];
};

static void fold(void *item)
{
    struct item *i = item;
    i->next -= i->number;
}

static void unfold(void *item)
{
    struct item *i = item;
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

/* What is all zero takes its mask alone, and what has no zero its own size and the mask. */
static void takes_little(void **state)
{
    (void)state;
    struct park p = {.kind = &kind};
    for (uint32_t i = 0; i < ITEMS; i++)
        assert_non_null(park_at(&p, i));
    assert_true(p.block_count <= 2 + ITEMS / 8192);
    for (uint32_t i = 0; i < ITEMS; i++)
        memset(park_at(&p, i), 0x55, sizeof(struct item));
    for (uint32_t i = 0; i < ITEMS; i++) {
        struct item copy;
        assert_true(park_read(&p, i, &copy));
        assert_int_equal(copy.words[11], 0x55555555);
    }
    park_free(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(comes_back),
        cmocka_unit_test(nobody_there),
        cmocka_unit_test(takes_little),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
