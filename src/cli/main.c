/* lamna: finds the command and runs it. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/pages.h"

static const struct cli_command *find_command(const char *name)
{
    for (const struct cli_command *c = cli_commands; c->name != NULL; c++) {
        if (strcmp(c->name, name) == 0)
            return c;
    }
    return NULL;
}

static const struct cli_option *find_long(const struct cli_command *command, const char *name,
                                          size_t n)
{
    for (const struct cli_option *o = command->options; o->name != NULL; o++) {
        if (strlen(o->name) == n && memcmp(o->name, name, n) == 0)
            return o;
    }
    return NULL;
}

static const struct cli_option *find_short(const struct cli_command *command, char letter)
{
    for (const struct cli_option *o = command->options; o->name != NULL; o++) {
        if (o->letter != 0 && o->letter == letter)
            return o;
    }
    return NULL;
}

/* One option at argv[*i], which moves past the value if that stands apart. */
static bool parse_option(struct cli *cli, int argc, char **argv, int *i)
{
    const char *word = argv[*i], *value = NULL;
    const struct cli_option *option;
    if (word[1] == '-') {
        size_t n = strcspn(word + 2, "=");
        option = find_long(cli->command, word + 2, n);
        if (word[2 + n] == '=')
            value = word + 2 + n + 1;
    } else {
        option = find_short(cli->command, word[1]);
        if (word[2] != '\0')
            value = word + 2;
    }
    if (option == NULL || (option->value == NULL && value != NULL)) {
        cli_say(0, "%s has no option %s; see `lamna help %s`", cli->command->name, word,
                cli->command->name);
        return false;
    }
    if (option->value != NULL && value == NULL) {
        if (*i + 1 >= argc) {
            cli_say(0, "%s needs a value: %s", word, option->value);
            return false;
        }
        value = argv[++*i];
    }
    cli->given[cli->given_count++] = (struct cli_given){option, value != NULL ? value : ""};
    return true;
}

/* "-" is standard input, and a filter may begin with a minus: "-1 < x", "-ip.ttl < 0". */
static bool looks_like_option(const struct cli_command *command, const char *word)
{
    if (word[0] != '-' || word[1] == '\0' || (word[1] >= '0' && word[1] <= '9'))
        return false;
    return word[1] == '-' || find_short(command, word[1]) != NULL ||
           strpbrk(word, " <>=(){}") == NULL;
}

static bool parse(struct cli *cli, int argc, char **argv)
{
    bool options = true;
    for (int i = 0; i < argc; i++) {
        if (options && strcmp(argv[i], "--") == 0)
            options = false;
        else if (options && looks_like_option(cli->command, argv[i])) {
            if (!parse_option(cli, argc, argv, &i))
                return false;
        } else
            cli->arguments[cli->argument_count++] = argv[i];
    }
    const struct cli_command *c = cli->command;
    if (cli->argument_count < c->least || (c->most >= 0 && cli->argument_count > c->most)) {
        cli_say(0, "usage: lamna %s %s", c->name, c->arguments);
        return false;
    }
    return true;
}

static bool asks_for_help(int argc, char **argv)
{
    for (int i = 0; i < argc && strcmp(argv[i], "--") != 0; i++) {
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
            return true;
    }
    return false;
}

static int run_command(const struct cli_command *command, int argc, char **argv)
{
    size_t n = (size_t)argc + 1;
    struct cli cli = {.command = command,
                      .arguments = calloc(n, sizeof *cli.arguments),
                      .given = calloc(n, sizeof *cli.given)};
    int status = EXIT_USAGE;
    if (cli.arguments == NULL || cli.given == NULL)
        status = cli_say(EXIT_FAILED, "out of memory");
    else if (parse(&cli, argc, argv))
        status = command->run(&cli);
    free(cli.arguments);
    free(cli.given);
    return status;
}

int main(int argc, char **argv)
{
    (void)signal(SIGPIPE, SIG_IGN); /* a closed pipe is seen where output is written */
    if (argc < 2 || strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
        cli_help(argc < 2 ? stderr : stdout);
        return argc < 2 ? EXIT_USAGE : EXIT_OK;
    }
    if (strcmp(argv[1], "--version") == 0) {
        (void)printf("lamna %s\n", LAMNA_VERSION);
        return EXIT_OK;
    }
    const struct cli_command *command = find_command(argv[1]);
    if (command == NULL)
        return cli_say(EXIT_USAGE, "there is no command \"%s\"; see `lamna help`", argv[1]);
    if (asks_for_help(argc - 2, argv + 2)) {
        cli_command_help(stdout, command);
        return EXIT_OK;
    }
    pages_survive_loss();
    int status = run_command(command, argc - 2, argv + 2);
    if (pages_were_lost())
        return cli_say(EXIT_FAILED,
                       "a file was cut, or could not be read any more, while it was read: "
                       "what was said of it is wrong from some point on");
    return status;
}
