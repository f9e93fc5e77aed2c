#include "cli/ladder.h"

#include <inttypes.h>
#include <libintl.h>
#include <string.h>

#include "cli/story.h"

#define _(text) gettext(text)

/* ---- Steps ----------------------------------------------------------------------------------- */

static void print_payload(const struct steps *s, size_t row)
{
    char text[256];
    const char *hex = step_text(s, row, STEP_PAYLOAD);
    size_t n = story_payload(text, sizeof text, s, row, false); /* bytes of UTF-8 as they are */
    const char *more = n < step_number(s, row, STEP_LENGTH) ? "..." : "";
    if (n == 0)
        return;
    (void)printf("      %s", _("bytes:"));
    for (size_t i = 0; i < n; i++)
        (void)printf(" %.2s", hex + 2 * i);
    (void)printf("%s%s\n      %s \"%s\"%s\n", *more != '\0' ? " " : "", more, _("text: "), text,
                 more);
}

static void print_arrow(const struct steps *s, size_t row)
{
    char numbers[128];
    bool from_server = step_from_server(s, row);
    story_arrow(numbers, sizeof numbers, s, row);
    int64_t since = step_time(s, row, STEP_TIME) - step_time(s, s->from, STEP_TIME);
    (void)printf("\n%3" PRIu64 "  %11.6f s   %-12s %s %-34s %s %12s\n",
                 step_number(s, row, STEP_PACKET), (double)(since - since % 1000) / 1e9,
                 step_text(s, row, STEP_CLIENT_BEFORE), from_server ? "<--" : "---", numbers,
                 from_server ? "---" : "-->", step_text(s, row, STEP_SERVER_BEFORE));
}

static void print_states(const struct steps *s, size_t row)
{
    const char *client = step_text(s, row, STEP_CLIENT_AFTER),
               *server = step_text(s, row, STEP_SERVER_AFTER);
    bool client_moves = strcmp(client, step_text(s, row, STEP_CLIENT_BEFORE)) != 0;
    bool server_moves = strcmp(server, step_text(s, row, STEP_SERVER_BEFORE)) != 0;
    if (client_moves || server_moves)
        (void)printf("                     %-12s %42s %12s\n", client_moves ? client : "|", "",
                     server_moves ? server : "|");
}

static void print_lines(const struct story *story)
{
    for (unsigned i = 0; i < story->count; i++)
        (void)printf("      %s\n", story->line[i]);
}

static void print_step(const struct steps *s, size_t row, bool details)
{
    struct story story = {0}, folded = {0};
    print_arrow(s, row);
    print_states(s, row);
    story_step(&story, s, row);
    if (details)
        story_details(&story, s, row);
    print_lines(&story);
    print_payload(s, row);
    story_folded(&folded, s, row);
    print_lines(&folded);
}

/* ---- Connections ----------------------------------------------------------------------------- */

static void print_phase(const struct steps *s, size_t row)
{
    struct story phase = {0};
    story_phase(&phase, s, row);
    for (unsigned i = 0; i < phase.count; i++)
        (void)printf("\n---- %s ----\n", phase.line[i]);
}

static void print_end(const struct steps *s)
{
    struct story end = {0};
    story_end(&end, s);
    (void)printf("\n%s\n", _("In short:"));
    for (unsigned i = 0; i < end.count; i++)
        (void)printf("  %s\n", end.line[i]);
}

static void print_socket(const struct steps *s, const char *name, bool client)
{
    enum step_column own = client ? STEP_CLIENT : STEP_SERVER,
                     peer = client ? STEP_SERVER : STEP_CLIENT;
    (void)printf("  %s (TCP, %s, %" PRIu64 ", %s, %" PRIu64 ")\n", name, step_text(s, s->from, own),
                 step_number(s, s->from, own + 1), step_text(s, s->from, peer),
                 step_number(s, s->from, peer + 1));
}

static void print_connection(const struct steps *s, bool details)
{
    (void)printf("                     %-12s %42s %12s\n", _("client"), "", _("server"));
    for (size_t row = s->from; row < s->to; row++) {
        if (details)
            print_phase(s, row);
        print_step(s, row, details);
    }
    if (details)
        print_end(s);
    (void)printf("\n%s\n",
                 _("The sockets (protocol, own address and port, peer's address and port):"));
    print_socket(s, _("client:"), true);
    print_socket(s, _("server:"), false);
}

void ladder_print_report(const lamna_report *r, bool details)
{
    struct steps s;
    for (bool more = steps_first(&s, r); more; more = steps_next(&s)) {
        if (s.to - s.from < lamna_report_rows(r))
            (void)printf("%s%s %" PRIu64 "\n\n", s.from > 0 ? "\n\n" : "", _("Connection"),
                         step_number(&s, s.from, STEP_STREAM));
        print_connection(&s, details);
    }
}

/* ---- Reading --------------------------------------------------------------------------------- */

static int ladder_read(struct session *s, lamna_report *r)
{
    lamna_error err;
    if (lamna_report_ask(r, s->query, &err) != LAMNA_OK)
        return cli_fail(&err, NULL);
    int status = session_run(s);
    if (status != EXIT_OK)
        return status;
    status = session_feed(s, session_report_add, r);
    if (lamna_report_finish(r, &err) != LAMNA_OK)
        return cli_fail(&err, NULL);
    return status;
}

static void print_plain(const lamna_report *r, const char *title)
{
    (void)title;
    ladder_print_report(r, false);
}

int ladder_read_and_print(const struct cli *cli, const char *path, const char *filter,
                          void (*print)(const lamna_report *r, const char *title))
{
    struct session s;
    lamna_error err;
    int status = session_open(&s, cli, path, filter);
    lamna_report *r = status == EXIT_OK ? lamna_report_new(s.reg, "steps", NULL, &err) : NULL;
    if (status == EXIT_OK)
        status = r == NULL ? cli_fail(&err, NULL) : ladder_read(&s, r);
    if (r != NULL && lamna_report_rows(r) > 0)
        print(r, path);
    else if (status == EXIT_OK)
        status = cli_say(EXIT_FAILED, "the capture holds no packet of a TCP connection");
    lamna_report_free(r);
    session_close(&s);
    return status;
}

int ladder_print(const char *path, const char *filter)
{
    static const struct cli none = {0};
    return ladder_read_and_print(&none, path, filter, print_plain);
}
