/* Runs of plain bytes end where they should, wherever the byte lies in its eight; JSON strings. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/text.h"

static void runs_end_at_the_first_byte_that_is_not_plain(void **state)
{
    uint8_t text[40];
    (void)state;
    for (unsigned c = 0; c < 256; c++) {
        bool plain = c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
        for (size_t at = 0; at < sizeof text; at++) {
            memset(text, "a~ !"[at % 4], sizeof text);
            text[at] = (uint8_t)c;
            assert_int_equal(text_plain(text, sizeof text), plain ? sizeof text : at);
            assert_int_equal(text_plain(text, at), at);
        }
    }
}

static void json_strings(void **state)
{
    static const struct {
        const char *bytes, *json;
    } cases[] = {
        {"", "\"\""},
        {"plain, and longer than eight", "\"plain, and longer than eight\""},
        {"a \"quoted\" back\\slash", "\"a \\\"quoted\\\" back\\\\slash\""},
        {"\b\t\n\v\f\r\x01\x7f", "\"\\b\\t\\n\\u000b\\f\\r\\u0001\\u007f\""},
        {"caf\xc3\xa9 \xc2\xb7\xc2\xb7S\xc2\xb7", "\"caf\xc3\xa9 \xc2\xb7\xc2\xb7S\xc2\xb7\""},
        {"cut \xc3", "\"cut \xef\xbf\xbd\""},
        {"\xff\xfe", "\"\xef\xbf\xbd\xef\xbf\xbd\""}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct buf b = {0};
        buf_json_string(&b, cases[i].bytes, strlen(cases[i].bytes));
        assert_string_equal(buf_cstr(&b), cases[i].json);
        buf_free(&b);
    }
}

static void lines_stay_lines(void **state)
{
    static const struct {
        const char *bytes, *line;
        size_t columns;
    } cases[] = {{"", "", 0},
                 {"80 \xe2\x86\x92 49320 [SYN]", "80 \xe2\x86\x92 49320 [SYN]", 16},
                 {"a \"quoted\" back\\slash", "a \"quoted\" back\\slash", 21},
                 {"two\nlines, \033[1mbold\x7f", "two.lines, .[1mbold.", 20}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct buf b = {0};
        assert_int_equal(buf_line(&b, cases[i].bytes, strlen(cases[i].bytes)), cases[i].columns);
        assert_string_equal(buf_cstr(&b), cases[i].line);
        buf_free(&b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(runs_end_at_the_first_byte_that_is_not_plain),
        cmocka_unit_test(json_strings),
        cmocka_unit_test(lines_stay_lines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
