#include "report/sentence.h"

#include <string.h>

static const char *translated(const char *english, sentence_translate translate)
{
    return translate != NULL ? translate(english) : english;
}

static void add_rate(struct buf *b, int64_t bytes)
{
    if (bytes >= 1000000)
        buf_format(b, "%.1f MB/s", (double)bytes / 1e6);
    else
        buf_format(b, "%.1f kB/s", (double)bytes / 1e3);
}

/* One of two words: "time|times". */
static void add_word(struct buf *b, const char *words, const char *end, bool one)
{
    const char *bar = memchr(words, '|', (size_t)(end - words));
    if (bar == NULL)
        return;
    if (one)
        buf_bytes(b, words, (size_t)(bar - words));
    else
        buf_bytes(b, bar + 1, (size_t)(end - bar - 1));
}

static void add_value(struct buf *b, const char *form, const char *end, int64_t value,
                      sentence_translate translate)
{
    size_t n = (size_t)(end - form);
    if (n == 0)
        buf_i64(b, value);
    else if (n == 1 && *form == 's')
        buf_format(b, "%.3f s", (double)value / 1e9);
    else if (n == 2 && memcmp(form, "ms", n) == 0)
        buf_format(b, "%.0f ms", (double)value / 1e6);
    else if (n == 3 && memcmp(form, "B/s", n) == 0)
        add_rate(b, value);
    else if (n == 4 && memcmp(form, "side", n) == 0)
        buf_str(b, translated(value == 0 ? N_("client") : N_("server"), translate));
    else
        add_word(b, form, end, value == 1);
}

void sentence_add(struct buf *b, const char *sentence, const int64_t values[SENTENCE_VALUES],
                  sentence_translate translate)
{
    const char *at = translated(sentence, translate), *open, *end;
    while ((open = strchr(at, '{')) != NULL && (end = strchr(open, '}')) != NULL) {
        buf_bytes(b, at, (size_t)(open - at));
        unsigned number = (unsigned)(open[1] - '0');
        const char *form = open[2] == ':' ? open + 3 : open + 2;
        if (number < SENTENCE_VALUES && form <= end)
            add_value(b, form, end, values[number], translate);
        at = end + 1;
    }
    buf_str(b, at);
}
