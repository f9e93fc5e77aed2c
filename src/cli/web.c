/* lamna web: captures in the browser. */
#include "cli/story.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/process.h"
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

/* As web_options.tell. */
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

/* As web_options.greet: the greeting server and its client, each a process of its own. */
static bool greet(unsigned port)
{
    char number[8], line[1024];
    struct process server = {0}, client = {0};
    (void)snprintf(number, sizeof number, "%u", port);
    char *serve[] = {"lamna", "serve", "--port", number, NULL};
    char *connect[] = {"lamna", "connect", "127.0.0.1", number, NULL};
    bool met = process_start(&server, STDOUT_FILENO, serve) &&
               process_wait_for(&server, "listening on", line, sizeof line) &&
               process_start(&client, STDOUT_FILENO, connect) &&
               process_wait_for(&client, "\n", line, sizeof line);
    (void)process_finish(&client, 0);
    (void)process_finish(&server, SIGINT);
    return met;
}

/* All values that were given for an option, in *values, which the caller frees; how many there are. */
static size_t values_of(const struct cli *cli, const char *option, const char ***values)
{
    size_t count = 0;
    *values = calloc((size_t)cli->given_count + 1, sizeof **values);
    for (int i = 0; *values != NULL && i < cli->given_count; i++) {
        if (strcmp(cli->given[i].option->name, option) == 0)
            (*values)[count++] = cli->given[i].value;
    }
    return count;
}

static int serve_page(const struct cli *cli, struct web_options *options)
{
    lamna_error err;
    const char **keylogs, **decode_as;
    lamna_names *names = saved_names(false);
    if (names != NULL)
        lamna_names_lookup(
            names, false); /* no request leaves the machine because somebody types a filter */
    options->keylog_count = values_of(cli, "keylog", &keylogs);
    options->decode_as_count = values_of(cli, "decode-as", &decode_as);
    options->keylogs = keylogs;
    options->decode_as = decode_as;
    options->names = names;
    lamna_status status = serve(options, &err);
    lamna_names_free(names);
    free(keylogs);
    free(decode_as);
    return status == LAMNA_OK ? EXIT_OK : cli_fail(&err, NULL);
}

int command_web(struct cli *cli)
{
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
    struct web_options options = {.version = LAMNA_VERSION,
                                  .resolve = cli_value(cli, "resolve"),
                                  .paths = cli->arguments,
                                  .path_count = (size_t)cli->argument_count,
                                  .interface = cli_value(cli, "interface"),
                                  .capture_filter = cli_value(cli, "capture-filter"),
                                  .port = (unsigned)port,
                                  .open = !cli_flag(cli, "no-open") && !api_only,
                                  .chinese = cli_translate,
                                  .learn = cli_flag(cli, "demo"),
                                  .tell = tell,
                                  .greet = greet};
    return serve_page(cli, &options);
}
