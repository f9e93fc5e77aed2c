/*
 * demo: the story that lamna begins with. Three processes, each this program itself:
 *
 *     lamna serve            lamna capture -i lo           lamna connect
 *       greets      <------- watches both of them ------->   listens
 *
 * then the packet list and the ladder of what was captured.
 */
#include <errno.h>
#include <libintl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli/ladder.h"
#include "cli/list.h"
#include "cli/process.h"

#define _(text) gettext(text)

static void pause_ms(long ms)
{
    struct timespec t = {ms / 1000, ms % 1000 * 1000000};
    (void)nanosleep(&t, NULL);
}

/* ---- The story ----------------------------------------------------------------------------- */

struct demo {
    char port[8], folder[64], file[96], filter[64], capture_filter[64];
    struct process server, capture, client;
};

static int start_all(struct demo *d)
{
    char line[1024];
    char *serve[] = {"lamna", "serve", "--port", d->port, NULL};
    if (!process_start(&d->server, STDOUT_FILENO, serve) ||
        !process_wait_for(&d->server, "listening on", line, sizeof line))
        return cli_say(EXIT_FAILED, "the greeting server did not start; try another --port");
    char *capture[] = {"lamna",           "capture", "-i",    "lo", "-f",
                       d->capture_filter, "-o",      d->file, NULL};
    if (!process_start(&d->capture, STDERR_FILENO, capture) ||
        !process_wait_for(&d->capture, "capturing on", line, sizeof line)) {
        (void)fputs(line, stderr);
        return EXIT_FAILED;
    }
    char *connect[] = {"lamna", "connect", "127.0.0.1", d->port, NULL};
    if (!process_start(&d->client, STDOUT_FILENO, connect))
        return cli_say(EXIT_FAILED, "the client did not start: %s", strerror(errno));
    (void)process_wait_for(&d->client, "\n", line, sizeof line);
    (void)printf("%s %s\n", _("The client received:"), line);
    return process_finish(&d->client, 0);
}

static int show_list(struct demo *d)
{
    static const struct cli none = {0};
    struct session s;
    struct list list = {0};
    int status = session_open(&s, &none, d->file, d->filter);
    if (status == 0)
        status = list_open(&list, &s, &none);
    if (status == 0)
        status = session_run(&s);
    if (status == 0)
        status = list_all(&list, &s);
    list_close(&list);
    session_close(&s);
    return status;
}

/* The last acknowledgement is on its way when the client ends: the kernel's buffer is read within a
 * millisecond, so a fraction of a second is ample. */
static int tell(struct demo *d)
{
    int status = start_all(d);
    pause_ms(300);
    (void)process_finish(&d->capture, SIGINT);
    (void)process_finish(&d->server, SIGINT);
    if (status != EXIT_OK)
        return status;
    (void)printf("%s  lamna list %s '%s'\n\n", _("The packets:"), "greeting.pcapng", d->filter);
    (void)fflush(stdout);
    status = show_list(d);
    if (status != EXIT_OK)
        return status;
    (void)printf("\n%s\n\n", _("What they mean:"));
    return ladder_print(d->file, d->filter);
}

int command_demo(struct cli *cli)
{
    struct demo d = {0};
    unsigned long long port = 12345;
    if (!cli_language(cli_value(cli, "lang")))
        return cli_say(EXIT_USAGE, "--lang takes en or zh, not \"%s\"", cli_value(cli, "lang"));
    if (!cli_number(cli, "port", 1, 65535, &port))
        return EXIT_USAGE;
    (void)snprintf(d.port, sizeof d.port, "%llu", port);
    (void)snprintf(d.filter, sizeof d.filter, "tcp.port==%llu", port);
    (void)snprintf(d.capture_filter, sizeof d.capture_filter, "tcp port %llu", port);
    (void)snprintf(d.folder, sizeof d.folder, "/tmp/lamna-demo-XXXXXX");
    if (mkdtemp(d.folder) == NULL)
        return cli_say(EXIT_FAILED, "cannot make a folder in /tmp: %s", strerror(errno));
    (void)snprintf(d.file, sizeof d.file, "%s/greeting.pcapng", d.folder);
    int status = tell(&d);
    (void)unlink(d.file);
    (void)rmdir(d.folder);
    return status;
}
