/* Commands that touch this machine's sockets: interfaces, capture, serve, connect. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/list.h"
#include "tools/tools.h"

int command_interfaces(struct cli *cli)
{
    (void)cli;
    lamna_error err;
    size_t count;
    lamna_device *devices = lamna_devices(&count, &err);
    if (devices == NULL)
        return cli_fail(&err, NULL);
    for (size_t i = 0; i < count; i++) {
        const lamna_device *d = &devices[i];
        (void)printf("%-16s %-4s %s%s%s%s%s\n", d->name, d->up ? "up" : "down", d->addresses,
                     d->loopback ? " [loopback]" : "", d->wireless ? " [wireless]" : "",
                     d->description != NULL ? " " : "",
                     d->description != NULL ? d->description : "");
    }
    lamna_devices_free(devices, count);
    return EXIT_OK;
}

/* ---- capture ------------------------------------------------------------------------------- */

struct capture_options {
    lamna_live_options live;
    unsigned long long count, duration;
    const char *output;
};

static bool read_capture_options(struct capture_options *o, const struct cli *cli)
{
    unsigned long long snaplen = 0, buffer = 0;
    const char *interface = cli_value(cli, "interface");
    *o = (struct capture_options){.count = ~0ull, .output = cli_value(cli, "output")};
    if (!cli_number(cli, "snaplen", 1, 262144, &snaplen) ||
        !cli_number(cli, "buffer", 1, 4096, &buffer) ||
        !cli_number(cli, "count", 1, ~0ull, &o->count) ||
        !cli_number(cli, "duration", 1, 1u << 30, &o->duration))
        return false;
    o->live = (lamna_live_options){.interface = interface != NULL ? interface : "lo",
                                   .capture_filter = cli_value(cli, "capture-filter"),
                                   .snaplen = (uint32_t)snaplen,
                                   .buffer_mib = (uint32_t)buffer,
                                   .no_promiscuous = cli_flag(cli, "no-promiscuous")};
    return true;
}

static lamna_writer *open_output(struct session *s, const char *path, lamna_error *err)
{
    size_t n = strlen(path);
    bool pcap = n > 5 && strcmp(path + n - 5, ".pcap") == 0;
    return lamna_writer_open(path, pcap ? LAMNA_PCAP : LAMNA_PCAPNG, s->source, err);
}

/* Gives each packet of a run to the file and to the findings, as far as there are. */
static int capture_packets(struct session *s, unsigned long long most, lamna_report *findings)
{
    lamna_error err;
    const lamna_packet *packet;
    lamna_status end = LAMNA_END;
    int status = EXIT_OK;
    for (unsigned long long k = 0; status == EXIT_OK && k < most; k++) {
        end = lamna_run_next(s->run, &packet, &err);
        if (end != LAMNA_OK)
            break;
        if (s->writer != NULL &&
            lamna_writer_write(s->writer, lamna_packet_get_info(packet), &err) != LAMNA_OK)
            status = cli_fail(&err, NULL);
        else if (findings != NULL)
            status = findings_live_add(findings, packet);
    }
    return status == EXIT_OK ? session_end(s, end, &err) : status;
}

static int capture_to_file(struct session *s, const struct capture_options *o,
                           lamna_report *findings)
{
    lamna_error err;
    lamna_writer *w = NULL;
    if (o->output != NULL && (w = open_output(s, o->output, &err)) == NULL)
        return cli_fail(&err, NULL);
    s->writer = w;
    int status = capture_packets(s, o->count, findings);
    s->writer = NULL;
    if (w != NULL && lamna_writer_close(w, &err) != LAMNA_OK && status == EXIT_OK)
        status = cli_fail(&err, NULL);
    return status;
}

static void say_drops(struct session *s)
{
    lamna_source_stats stats;
    lamna_source_stats_get(s->source, &stats);
    (void)fprintf(stderr,
                  "%llu packets captured, %llu dropped by the kernel, %llu by the interface\n",
                  (unsigned long long)stats.packets, (unsigned long long)stats.dropped_kernel,
                  (unsigned long long)stats.dropped_interface);
}

/* The kernel's part of the display filter is added to the capture filter that was given, in *both; NULL
 * where there is none. A small snap length cuts headers off after the kernel has seen them. */
static lamna_source *open_live(struct session *s, struct capture_options *o, lamna_text *both,
                               lamna_error *err)
{
    enum { SNAPLEN_FOR_HEADERS = 256 };
    const char *given = o->live.capture_filter;
    bool cut = o->live.snaplen > 0 && o->live.snaplen < SNAPLEN_FOR_HEADERS;
    if (both == NULL || cut)
        return lamna_source_live(&o->live, err);
    if (given != NULL) {
        lamna_text_add(both, "(", 1);
        lamna_text_add(both, given, strlen(given));
        lamna_text_add(both, ") and (", 7);
    }
    if (!lamna_query_capture_filter(s->query, both))
        return lamna_source_live(&o->live, err);
    if (given != NULL)
        lamna_text_add(both, ")", 1);
    o->live.capture_filter = lamna_text_data(both, NULL);
    lamna_source *source = o->live.capture_filter != NULL ? lamna_source_live(&o->live, err) : NULL;
    if (source != NULL) {
        (void)fprintf(stderr, "the kernel filters: %s\n", o->live.capture_filter);
        return source;
    }
    /* Not every kind of interface knows Ethernet, IP and ports: then all is filtered here. */
    o->live.capture_filter = given;
    return lamna_source_live(&o->live, err);
}

/* The packets of a capture that has begun: to a file, to the findings, or to the list. */
static int capture_run(struct session *s, const struct capture_options *o, struct list *list,
                       lamna_report *findings)
{
    session_stop_on_signal(s->source);
    (void)fprintf(stderr, "capturing on %s; Ctrl-C stops\n", o->live.interface);
    if (o->duration > 0)
        (void)alarm((unsigned)o->duration);
    if (findings != NULL)
        findings_live_run(s, findings);
    int status = o->output != NULL || findings != NULL ? capture_to_file(s, o, findings)
                                                       : list_some(list, s, o->count);
    (void)alarm(0);
    if (findings != NULL && status == EXIT_OK)
        status = findings_live_end(s, findings);
    say_drops(s);
    session_stop_on_signal(NULL);
    return status;
}

int command_capture(struct cli *cli)
{
    struct session s;
    struct list list = {0};
    struct capture_options o;
    lamna_error err;
    lamna_report *findings = NULL;
    if (!read_capture_options(&o, cli))
        return EXIT_USAGE;
    if (!cli_language(cli_value(cli, "lang")))
        return cli_say(EXIT_USAGE, "--lang takes en or zh, not \"%s\"", cli_value(cli, "lang"));
    int status = session_open(&s, cli, NULL, cli_value(cli, "filter"));
    bool watch = cli_flag(cli, "findings");
    if (status == 0 && watch && (findings = findings_live_begin(&s)) == NULL)
        status = EXIT_FAILED;
    if (status == 0 && o.output == NULL && !watch)
        status = list_open(&list, &s, cli);
    lamna_text *both = status == 0 ? lamna_text_new() : NULL;
    if (status == 0) {
        s.source = open_live(&s, &o, both, &err);
        status = s.source == NULL ? cli_fail(&err, o.live.capture_filter) : session_run(&s);
    }
    if (status == 0)
        status = capture_run(&s, &o, &list, findings);
    lamna_text_free(both);
    lamna_report_free(findings);
    list_close(&list);
    session_close(&s);
    return status;
}

/* ---- The greeting -------------------------------------------------------------------------- */

int command_serve(struct cli *cli)
{
    struct serve_options o = SERVE_OPTIONS_DEFAULT;
    unsigned long long port = o.port, backlog = (unsigned long long)o.backlog;
    if (!cli_number(cli, "port", 0, 65535, &port) ||
        !cli_number(cli, "backlog", 1, 65535, &backlog))
        return EXIT_USAGE;
    o.port = (uint16_t)port;
    o.backlog = (int)backlog;
    if (cli_flag(cli, "host"))
        o.host = cli_value(cli, "host");
    if (cli_flag(cli, "message"))
        o.message = cli_value(cli, "message");
    return serve_run(&o);
}

int command_connect(struct cli *cli)
{
    struct connect_options o = CONNECT_OPTIONS_DEFAULT;
    const char *port = cli_argument(cli, 1);
    if (cli->argument_count > 0)
        o.host = cli_argument(cli, 0);
    if (port != NULL) {
        char *end;
        unsigned long v = strtoul(port, &end, 10);
        if (*end != '\0' || end == port || v < 1 || v > 65535)
            return cli_say(EXIT_USAGE, "a port is a number from 1 to 65535, not \"%s\"", port);
        o.port = (uint16_t)v;
    }
    return connect_run(&o);
}
