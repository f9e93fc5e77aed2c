/* Filters put to items made by hand. What they do with packets, and what is wrong with those that
 * do not compile, is in tests/filter/. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "filter/program.h"

struct fixture {
    lamna_registry *reg;
    struct arena arena;
    struct packet packet;
};

static lamna_item *add(struct fixture *x, const char *name)
{
    const lamna_field *f = lamna_field_find(x->reg, name);
    assert_non_null(f);
    assert_true(x->packet.count < x->packet.capacity);
    lamna_item *item = &x->packet.items[x->packet.count++];
    *item = (lamna_item){.field = f->number};
    return item;
}

static void add_text(struct fixture *x, const char *name, const char *text)
{
    lamna_item *item = add(x, name);
    item->value.p = (const uint8_t *)text;
    item->value_length = (uint32_t)strlen(text);
}

/* A packet with number 7 of 60 bytes, two lengths (as if fields occurred twice), a name, a time. */
static int set_up(void **state)
{
    struct fixture *x = calloc(1, sizeof *x);
    x->reg = lamna_registry_new(NULL);
    arena_init(&x->arena, 1u << 20);
    packet_init(&x->packet, x->reg, &x->arena);
    free(x->packet.items);
    x->packet.capacity = 16;
    x->packet.items = calloc(x->packet.capacity, sizeof *x->packet.items);
    add_text(x, "frame", "GET /index HTTP/1.1");
    add(x, "frame.number")->value.u = 7;
    add(x, "frame.len")->value.u = 60;
    add(x, "frame.len")->value.u = 80;
    add(x, "frame.encap_type")->value.i = 1;
    add(x, "frame.marked")->value.u = 1;
    add(x, "frame.time_delta")->value.i = 500000000;
    add(x, "frame.time")->value.i = 1361891420707886000;
    add_text(x, "frame.protocols", "eth:ip:T\xc3\xa4p");
    *state = x;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *x = *state;
    packet_free(&x->packet);
    arena_free(&x->arena);
    lamna_registry_free(x->reg);
    free(x);
    return 0;
}

struct match_case {
    const char *text;
    bool expected;
};

static void check_cases(struct fixture *x, const struct match_case *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        lamna_error err = {0};
        lamna_filter *f = lamna_filter_new(x->reg, cases[i].text, &err);
        if (f == NULL)
            fail_msg("%s: %s", cases[i].text, err.message);
        if (filter_match(f, &x->packet) != cases[i].expected)
            fail_msg("%s: expected %s", cases[i].text, cases[i].expected ? "a match" : "no match");
        lamna_filter_free(f);
    }
}

#define CHECK_CASES(x, cases) check_cases(x, cases, sizeof cases / sizeof cases[0])

static void test_numbers(void **state)
{
    static const struct match_case cases[] = {
        {"", true},
        {"  ", true},
        {"frame.number == 7", true},
        {"frame.number eq 0x7", true},
        {"frame.number == 0b111", true},
        {"frame.number == 07", true},
        {"frame.number == '\\a'", true},
        {"frame.number ne 7", false},
        {"frame.number > 6 && frame.number < 8", true},
        {"6 < frame.number < 8", true},
        {"frame.number <= 6 || frame.number >= 8", false},
        {"frame.number == -7", false},
        {"frame.number & 2", true},
        {"frame.number & 8", false},
        {"frame.number & 0x6 == 6", true},
        {"frame.number == 5 + 2", true},
        {"frame.number * 2 == 14", true},
        {"frame.number / 0 == 1", false},
        {"frame.number % 4 == 3", true},
        {"{frame.number + 1} * 2 == 16", true},
        {"-frame.number == -7", true},
        {"frame.marked == true", true},
        {"frame.marked == \"False\"", false},
        {"frame.encap_type == \"Ethernet\"", true},
        {"frame.encap_type == Ethernet", true},
        {"frame.encap_type > -1", true},
        {"frame.encap_type matches \"^ether\"", true},
    };
    CHECK_CASES((struct fixture *)*state, cases);
}

static void test_quantifiers(void **state)
{
    static const struct match_case cases[] = {
        {"frame.len == 60", true},
        {"frame.len == 80", true},
        {"frame.len != 60", false},
        {"frame.len != 61", true},
        {"frame.len ~= 60", true},
        {"frame.len !== 60", true},
        {"frame.len === 60", false},
        {"frame.len any_ne 60", true},
        {"all frame.len > 59", true},
        {"all frame.len > 60", false},
        {"any frame.len > 60", true},
        {"frame.cap_len == 60", false},
        {"frame.cap_len != 60", false},
        {"!(frame.cap_len == 60)", true},
        {"frame.len in {1, 60..61}", true},
        {"all frame.len in {1, 60..61}", false},
        {"frame.len not in {1, 60..61}", false},
        {"frame.len not in {1, 2}", true},
        {"frame.cap_len not in {1, 2}", false},
        {"frame.len == frame.number", false},
        {"frame.number == frame.number", true},
        {"count(frame.len) == 2", true},
        {"max(frame.len, frame.number) == 80", true},
        {"min(frame.len, frame.number, 3) == 3", true},
        {"abs(frame.encap_type - 5) == 4", true},
    };
    CHECK_CASES((struct fixture *)*state, cases);
}

static void test_functions(void **state)
{
    static const struct match_case cases[] = {
        {"double(frame.number) == 7.0", true},
        {"float(frame.time_delta) * 3 == 1.5", true},
        {"double(frame.number) / 2 == 3.5", true},
        {"dec(frame.number) == \"7\"", true},
        {"hex(frame.number) == \"0x00000007\"", true},
        {"string(frame.marked) == \"True\"", true},
        {"string(frame.encap_type) == \"1\"", true},
        {"vals(frame.encap_type) == \"Ethernet\"", true},
        {"abs(-5) < frame.number", true},
        {"len(frame.protocols[1:3]) == 3", true},
        {"count(frame.cap_len) == 0", false},
        {"min(len(frame.protocols), frame.number) == 7", true},
        {"lower(upper(frame.protocols)) contains \"eth\"", true},
        {"frame.time_delta * 3 == 1.5", true},
        {"frame.time_delta / 2 == 0.25", true},
        {"frame.time_delta * 0.5 == 0.25", true},
        {"frame.time_delta * frame.number == 3.5", true},
        {"frame.time_delta / 0 == 0", false},
        {"frame.time - 1 < \"2013-02-26 15:10:20 UTC\"", true},
    };
    CHECK_CASES((struct fixture *)*state, cases);
}

/* Names of a person, and warnings: each filter has one, with this place. */
static void test_names(void **state)
{
    static const struct match_case cases[] = {
        {"@seven", true},
        {"not @seven or @big", false},
        {"$between(frame.number, 6, 8)", true},
        {"${between;frame.number;6;7}", false},
        {"${between:frame.number;{6 - 1};8} and frame", true},
        {"${seven_of}", true},
        {"frame.protocols contains \"${word}\"", true},
        {"frame.protocols contains \"$word(1)\"", false},
    };
    struct fixture *x = *state;
    lamna_names *names = lamna_names_new(NULL);
    assert_int_equal(lamna_names_set(names, "seven", "frame.number == 7", NULL), LAMNA_OK);
    assert_int_equal(lamna_names_set(names, "big", "@seven && frame.len > 100", NULL), LAMNA_OK);
    assert_int_equal(lamna_names_set(names, "$between", "$1 > $2 and $1 < $3", NULL), LAMNA_OK);
    assert_int_equal(lamna_names_set(names, "$seven_of", "frame.number == 7", NULL), LAMNA_OK);
    assert_int_equal(lamna_names_set(names, "$word", "eth", NULL), LAMNA_OK);
    assert_int_equal(lamna_names_set(names, "$loop", "$loop(1)", NULL), LAMNA_OK);
    assert_int_equal(lamna_names_set(names, "no name", "frame", NULL), LAMNA_ERR_ARGUMENT);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        lamna_error err = {0};
        lamna_filter *f = filter_new(x->reg, names, cases[i].text, &err);
        if (f == NULL)
            fail_msg("%s: %s", cases[i].text, err.message);
        if (filter_match(f, &x->packet) != cases[i].expected)
            fail_msg("%s: expected %s", cases[i].text, cases[i].expected ? "a match" : "no match");
        lamna_filter_free(f);
    }
    lamna_error err = {0};
    assert_null(filter_new(x->reg, names, "frame and $loop(2)", &err));
    assert_string_equal(err.message, "Macros are nested more than 16 deep");
    assert_int_equal(err.begin, 10);
    assert_int_equal(err.end, 18);
    assert_null(filter_new(x->reg, names, "$between(frame.number)", &err));
    assert_string_equal(err.message, "More arguments are needed by the macro \"between\"");
    assert_null(filter_new(x->reg, names, "@eight", &err));
    lamna_names_free(names);
}

static void test_references(void **state)
{
    static const struct match_case cases[] = {
        {"frame.number == ${frame.number}", true},
        {"frame.number < $frame.number + 1", true},
        {"frame.protocols[0:3] == ${frame.protocols}[0:3]", true},
        {"frame.len in {${frame.number}..${frame.len}}", true},
        {"${frame.cap_len} == frame.len", false},
    };
    struct fixture *x = *state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        lamna_filter *f = lamna_filter_new(x->reg, cases[i].text, NULL);
        assert_non_null(f);
        assert_true(filter_has_references(f));
        assert_false(filter_match(f, &x->packet));
        assert_true(filter_select(f, &x->packet));
        if (filter_match(f, &x->packet) != cases[i].expected)
            fail_msg("%s: expected %s", cases[i].text, cases[i].expected ? "a match" : "no match");
        lamna_filter_free(f);
    }
}

static void test_logic(void **state)
{
    static const struct match_case cases[] = {
        {"frame", true},
        {"!frame", false},
        {"frame.cap_len", false},
        {"not frame.cap_len and frame", true},
        {"frame.cap_len or frame.number == 7", true},
        {"frame xor frame.number", false},
        {"frame ^^ frame.cap_len ^^ frame.number", false},
        {"frame.cap_len or frame and not (frame.number == 7 and frame.cap_len)", true},
        {"not not frame", true},
    };
    CHECK_CASES((struct fixture *)*state, cases);
}

static void test_text(void **state)
{
    static const struct match_case cases[] = {
        {"frame.protocols contains \"ip\"", true},
        {"frame.protocols contains \"IP\"", false},
        {"frame.protocols matches \"^ETH.*p$\"", true},
        {"frame.protocols ~ r\"^\\w+:ip\"", true},
        {"frame.protocols[0:3] == \"eth\"", true},
        {"frame.protocols[0-1] == et", true},
        {"frame.protocols[-1] == \"p\"", true},
        {"frame.protocols[-2:] == \"\\xc3\\xa4p\"", true},
        {"frame.protocols[:3,4-5] == \"ethip\"", true},
        {"frame.protocols[9] == \"p\"", true},
        {"frame.protocols[10] == \"p\"", false},
        {"len(frame.protocols) == 10", true},
        {"upper(frame.protocols) contains \"ETH:IP\"", true},
        {"lower(frame.protocols) contains \":t\"", true},
        {"string(frame.number) == \"7\"", true},
        {"frame contains \"GET\"", true},
        {"frame contains 47:45:54", true},
        {"frame contains 474554", true},
        {"frame contains 'G'", true},
        {"frame[4] == '/'", true},
        {"frame[4] == 2f", true},
        {"frame[4] == 0x2f", true},
        {"frame[0:2] == 47-45", true},
        {"frame matches \"http/1\\\\.1\"", true},
        {"frame[100]", false},
        {"frame.protocols in {\"a\", \"eth:ip:T\\u00e4p\"}", true},
    };
    CHECK_CASES((struct fixture *)*state, cases);
}

static void test_times(void **state)
{
    static const struct match_case cases[] = {
        {"frame.time_delta == 0.5", true},
        {"frame.time_delta == 500e-3", true},
        {"frame.time_delta > 0.499999999", true},
        {"frame.time_delta < 1", true},
        {"frame.time_delta in {-2.0 .. 0.5}", true},
        {"frame.time == \"2013-02-26 15:10:20.707886 UTC\"", true},
        {"frame.time == \"Feb 26, 2013 16:10:20.707886 +01:00\"", true},
        {"frame.time == 1361891420.707886", true},
        {"frame.time > \"2013-02-26T15:10:20Z\"", true},
        {"frame.time < \"2013-02-26 07:10:20 PST\"", false},
    };
    CHECK_CASES((struct fixture *)*state, cases);
}

static void test_limits(void **state)
{
    struct fixture *x = *state;
    enum { DEEP = 60000 };
    char *text = malloc(2 * DEEP);
    lamna_error err = {0};
    memset(text, '(', DEEP);
    strcpy(text + DEEP, "frame");
    assert_null(lamna_filter_new(x->reg, text, &err));
    assert_int_equal(err.status, LAMNA_ERR_LIMIT);
    memset(text, ' ', 2 * DEEP - 1);
    text[2 * DEEP - 1] = '\0';
    assert_null(lamna_filter_new(x->reg, text, &err));
    assert_int_equal(err.status, LAMNA_ERR_LIMIT);
    text[0] = '\0';
    for (char *at = text; at < text + DEEP;)
        at = stpcpy(at, at == text ? "frame" : "||frame");
    lamna_filter *f = lamna_filter_new(x->reg, text, &err);
    assert_non_null(f);
    assert_true(filter_match(f, &x->packet));
    lamna_filter_free(f);
    free(text);
}

static void test_dump(void **state)
{
    struct fixture *x = *state;
    struct buf out = {0};
    lamna_filter *f =
        lamna_filter_new(x->reg, "frame.number == 1 and frame.protocols contains \"a\"", NULL);
    assert_non_null(f);
    filter_dump(f, &out);
    assert_string_equal(buf_cstr(&out), "0 compare-number frame.number == 1\n"
                                        "1 jump-if-false 5\n"
                                        "2 load r0 frame.protocols\n"
                                        "3 constant r1\n"
                                        "4 contains r0 r1\n");
    buf_free(&out);
    lamna_filter_free(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numbers), cmocka_unit_test(test_quantifiers),
        cmocka_unit_test(test_logic),   cmocka_unit_test(test_text),
        cmocka_unit_test(test_times),   cmocka_unit_test(test_functions),
        cmocka_unit_test(test_names),   cmocka_unit_test(test_references),
        cmocka_unit_test(test_limits),  cmocka_unit_test(test_dump),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
