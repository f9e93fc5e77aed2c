/* Saved filters and macros: the file that holds them, and `lamna filters`. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/cli.h"

/* lamna/filters under the XDG configuration folder, in memory of the caller; NULL without one. */
static char *saved_path(void)
{
    const char *config = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
    bool given = config != NULL && config[0] == '/';
    if (!given && (home == NULL || home[0] == '\0'))
        return NULL;
    const char *parts[] = {given ? config : home, given ? "" : "/.config", "/lamna/filters"};
    size_t size = strlen(parts[0]) + strlen(parts[1]) + strlen(parts[2]) + 1;
    char *path = malloc(size);
    if (path != NULL)
        (void)snprintf(path, size, "%s%s%s", parts[0], parts[1], parts[2]);
    return path;
}

lamna_names *saved_names(bool must)
{
    lamna_error err;
    lamna_names *names = lamna_names_new(&err);
    char *path = saved_path();
    if (names != NULL) {
        lamna_names_lookup(names, true);
        /* A line that cannot be read must not keep filters that need none from running. */
        if (path != NULL && lamna_names_load(names, path, &err) != LAMNA_OK) {
            cli_say(0, "%s", err.message);
            if (must) {
                lamna_names_free(names);
                names = NULL;
            }
        }
    }
    free(path);
    return names;
}

/* Makes the folders that the file lies in; what fails is met again when it is written. */
static void make_folders(char *path)
{
    for (char *slash = strchr(path + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        (void)mkdir(path, 0700);
        *slash = '/';
    }
}

static int save(const lamna_names *names)
{
    lamna_error err;
    char *path = saved_path();
    if (path == NULL)
        return cli_say(EXIT_FAILED,
                       "there is no folder to save in: neither XDG_CONFIG_HOME nor HOME is set");
    make_folders(path);
    int status = lamna_names_save(names, path, &err) == LAMNA_OK ? EXIT_OK : cli_fail(&err, NULL);
    free(path);
    return status;
}

static int list_names(lamna_names *names, struct cli *cli)
{
    const char *text, *wanted = cli_argument(cli, 1);
    bool found = wanted == NULL;
    for (size_t i = 0; i < lamna_names_count(names); i++) {
        const char *name = lamna_names_at(names, i, &text);
        if (wanted != NULL && strcmp(name, wanted) != 0)
            continue;
        (void)printf("%s%s = %s\n", name[0] == '$' ? "" : "@", name, text);
        found = true;
    }
    return found ? EXIT_OK : cli_say(EXIT_FAILED, "there is no filter or macro \"%s\"", wanted);
}

/* A saved filter must compile, so that its error is met now and not when it is used; a macro is but
 * a part of one. */
static int check_filter(const lamna_names *names, const char *name, const char *text)
{
    lamna_error err;
    int status = EXIT_OK;
    lamna_registry *reg = lamna_registry_new(&err);
    lamna_query *q = reg != NULL ? lamna_query_new(reg, &err) : NULL;
    if (q == NULL) {
        status = cli_fail(&err, NULL);
    } else if (lamna_field_find(reg, name) != NULL) {
        status =
            cli_say(EXIT_USAGE, "\"%s\" is a field, and @%s means its bytes: choose another name",
                    name, name);
    } else if (name[0] != '$') {
        lamna_query_names(q, names);
        if (lamna_query_filter(q, text, &err) != LAMNA_OK)
            status = cli_fail(&err, text);
        else
            cli_warnings(q, text);
    }
    lamna_query_free(q);
    lamna_registry_free(reg);
    return status;
}

static int save_name(lamna_names *names, struct cli *cli)
{
    lamna_error err;
    const char *name = cli_argument(cli, 1), *text = cli_argument(cli, 2);
    if (text == NULL)
        return cli_say(EXIT_USAGE, "usage: lamna filters save NAME FILTER");
    name += name[0] == '@';
    int status = check_filter(names, name, text);
    if (status != EXIT_OK)
        return status;
    if (lamna_names_set(names, name, text, &err) != LAMNA_OK)
        return cli_fail(&err, NULL);
    return save(names);
}

static int delete_name(lamna_names *names, struct cli *cli)
{
    const char *name = cli_argument(cli, 1);
    if (name == NULL)
        return cli_say(EXIT_USAGE, "usage: lamna filters delete NAME");
    name += name[0] == '@';
    if (!lamna_names_remove(names, name))
        return cli_say(EXIT_FAILED, "there is no filter or macro \"%s\"", name);
    return save(names);
}

static int import_names(lamna_names *names, struct cli *cli)
{
    lamna_error err;
    size_t taken, left_out;
    const char *path = cli_argument(cli, 1);
    if (path == NULL)
        return cli_say(EXIT_USAGE,
                       "usage: lamna filters import FILE (Wireshark's dfilters or dmacros)");
    if (lamna_names_import(names, path, &taken, &left_out, &err) != LAMNA_OK)
        return cli_fail(&err, NULL);
    (void)fprintf(stderr, "%zu taken, %zu left out\n", taken, left_out);
    return save(names);
}

int command_filters(struct cli *cli)
{
    static const struct {
        const char *name;
        int (*run)(lamna_names *names, struct cli *cli);
    } actions[] = {{"list", list_names},
                   {"save", save_name},
                   {"delete", delete_name},
                   {"import", import_names}};
    const char *action = cli_argument(cli, 0);
    for (size_t i = 0; i < sizeof actions / sizeof actions[0]; i++) {
        if (strcmp(action, actions[i].name) != 0)
            continue;
        lamna_names *names = saved_names(true);
        int status = names != NULL ? actions[i].run(names, cli) : EXIT_FAILED;
        lamna_names_free(names);
        return status;
    }
    return cli_say(EXIT_USAGE, "filters takes list, save, delete or import, not \"%s\"",
                   action);
}
