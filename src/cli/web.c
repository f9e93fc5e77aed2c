/* lamna web: captures in the browser. */
#include "cli/story.h"

#include <string.h>

#include "serve/serve.h"

static void add(lamna_text *out, const char *text)
{
    lamna_text_add(out, text, strlen(text));
}

static void add_lines(lamna_text *out, const char *name, const struct story *story)
{
    add(out, name);
    for (unsigned i = 0; i < story->count; i++) {
        add(out, i == 0 ? "[" : ",");
        lamna_text_add_json(out, story->line[i], strlen(story->line[i]));
    }
    add(out, story->count == 0 ? "[]" : "]");
}

/* As serve_options.tell. */
static void tell(lamna_text *out, const lamna_report *report, size_t row, bool chinese)
{
    struct story begins = {0}, says = {0}, folds = {0}, ends = {0};
    cli_thread_english(!chinese);
    struct steps s = steps_around(report, row);
    story_phase(&begins, &s, row);
    story_step(&says, &s, row);
    story_details(&says, &s, row);
    story_folded(&folds, &s, row);
    if (row + 1 == s.to)
        story_end(&ends, &s);
    add_lines(out, "\"begins\":", &begins);
    add_lines(out, ",\"says\":", &says);
    add_lines(out, ",\"folds\":", &folds);
    add_lines(out, ",\"ends\":", &ends);
    const char *mark = story_mark(&s, row);
    add(out, ",\"mark\":");
    lamna_text_add_json(out, mark, strlen(mark));
    cli_thread_english(false);
}

int command_web(struct cli *cli)
{
    lamna_error err;
    unsigned long long port = 8420;
    if (!cli_number(cli, "port", 0, 65535, &port))
        return EXIT_USAGE;
    bool api_only = cli_flag(cli, "api-only");
    if (!api_only && !serve_has_page())
        return cli_say(EXIT_FAILED,
                       "this lamna was built without its page\n"
                       "  `make web` builds it (it needs node and npm), and then lamna anew");
    /* gettext() speaks Chinese from now on; whoever wants English does not ask it */
    (void)cli_language("zh");
    struct serve_options options = {.version = LAMNA_VERSION,
                                    .paths = cli->arguments,
                                    .path_count = (size_t)cli->argument_count,
                                    .port = (unsigned)port,
                                    .open = !cli_flag(cli, "no-open") && !api_only,
                                    .chinese = cli_translate,
                                    .tell = tell};
    return serve(&options, &err) == LAMNA_OK ? EXIT_OK : cli_fail(&err, NULL);
}
