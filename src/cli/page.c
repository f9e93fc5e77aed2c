/* The story of connections as a page: a diagram, and the sentences under it. */
#include <inttypes.h>
#include <libintl.h>
#include <string.h>

#include "cli/diagram.h"

#define _(text) gettext(text)

static const char style[] =
    "body{font:15px/1.5 sans-serif;max-width:960px;margin:2em auto;padding:0 1em;color:#1b1f24}"
    "svg{max-width:100%;height:auto}h1{font-size:1.4em}h2{margin-top:2em}h3{margin:1.2em 0 .3em}"
    "dt{font-family:monospace;margin-top:.8em}dd{margin-left:1.5em}"
    "code{background:#f6f8fa;padding:.1em .3em;overflow-wrap:anywhere}";

static void print_element(const char *name, const char *text)
{
    (void)printf("<%s>", name);
    xml_print(text);
    (void)printf("</%s>\n", name);
}

static void print_lines(const char *name, const struct story *story)
{
    for (unsigned i = 0; i < story->count; i++)
        print_element(name, story->line[i]);
}

static void print_payload(const struct steps *s, size_t row)
{
    char text[256];
    size_t n = story_payload(text, sizeof text, s, row, true);
    if (n == 0)
        return;
    (void)printf("<dd><code>");
    xml_print(text);
    (void)printf("%s</code></dd>\n", n < step_number(s, row, STEP_LENGTH) ? "..." : "");
}

static void print_term(const struct steps *s, size_t row)
{
    char numbers[128], text[256];
    int64_t since = step_time(s, row, STEP_TIME) - step_time(s, s->from, STEP_TIME);
    story_arrow(numbers, sizeof numbers, s, row);
    (void)snprintf(text, sizeof text, "%" PRIu64 "  %.6f s  %s \u2192 %s  %s",
                   step_number(s, row, STEP_PACKET), (double)(since - since % 1000) / 1e9,
                   step_from_server(s, row) ? _("server") : _("client"),
                   step_from_server(s, row) ? _("client") : _("server"), numbers);
    print_element("dt", text);
}

static void print_step(const struct steps *s, size_t row)
{
    struct story phase = {0}, story = {0}, folded = {0};
    story_phase(&phase, s, row);
    if (phase.count > 0) {
        if (row > s->from)
            (void)printf("</dl>\n");
        print_lines("h3", &phase);
        (void)printf("<dl>\n");
    }
    print_term(s, row);
    story_step(&story, s, row);
    story_details(&story, s, row);
    print_lines("dd", &story);
    print_payload(s, row);
    story_folded(&folded, s, row);
    print_lines("dd", &folded);
}

static void print_connection(const struct steps *s)
{
    char text[320], client[128], server[128];
    struct story end = {0};
    story_socket(client, sizeof client, s, false);
    story_socket(server, sizeof server, s, true);
    (void)snprintf(text, sizeof text, "%s %" PRIu64 ": %s \u2192 %s", _("Connection"),
                   step_number(s, s->from, STEP_STREAM), client, server);
    print_element("h2", text);
    story_end(&end, s);
    print_lines("p", &end);
    (void)diagram_print(s, 0);
    for (size_t row = s->from; row < s->to; row++)
        print_step(s, row);
    (void)printf("</dl>\n");
}

void page_print_report(const lamna_report *r, const char *title)
{
    struct steps s;
    /* TRANSLATORS: the language of the page, as HTML names it. */
    const char *language = _("en");
    (void)printf("<!DOCTYPE html>\n<html lang=\"%s\">\n<head>\n<meta charset=\"utf-8\">\n"
                 "<meta name=\"viewport\" content=\"width=device-width\">\n",
                 language);
    print_element("title", title);
    (void)printf("<style>%s</style>\n</head>\n<body>\n", style);
    print_element("h1", title);
    for (bool more = steps_first(&s, r); more; more = steps_next(&s))
        print_connection(&s);
    (void)printf("</body>\n</html>\n");
}
