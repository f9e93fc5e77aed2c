/* Commands on capture files as files: filter, info. */
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"

/* ---- index --------------------------------------------------------------------------------- */

int command_index(struct cli *cli)
{
    lamna_error err;
    const char *path = cli_argument(cli, 0), *output = cli_value(cli, "output");
    lamna_registry *reg = lamna_registry_new(&err);
    lamna_source *source = reg == NULL ? NULL : lamna_source_open(path, NULL, &err);
    int status = source == NULL ? cli_fail(&err, NULL) : EXIT_OK;
    if (status == EXIT_OK) {
        session_stop_on_signal(source);
        uint64_t kept;
        lamna_status end = lamna_index_build(reg, source, output, &kept, &err);
        lamna_index *index = end == LAMNA_OK ? lamna_index_open(reg, source, output, &err) : NULL;
        if (index != NULL)
            (void)printf("%s: %llu packets, %llu of them new, %llu bytes\n", lamna_index_path(index),
                         (unsigned long long)lamna_index_packets(index),
                         (unsigned long long)(lamna_index_packets(index) - kept),
                         (unsigned long long)lamna_index_bytes(index));
        else
            status = cli_fail(&err, NULL);
        lamna_index_close(index);
    }
    lamna_source_close(source);
    lamna_registry_free(reg);
    return status;
}

/* ---- filter -------------------------------------------------------------------------------- */

static bool ends_with(const char *s, const char *end)
{
    size_t n = strlen(s), m = strlen(end);
    return n >= m && strcmp(s + n - m, end) == 0;
}

/* As --format says, else as the name says, else as the input is. False for a format there is not. */
static bool choose_format(const struct cli *cli, const lamna_source *source, const char *output,
                          lamna_format *format)
{
    const char *given = cli_value(cli, "format");
    bool nanoseconds = strcmp(lamna_source_format(source), "pcap (nanoseconds)") == 0;
    lamna_format pcap = nanoseconds ? LAMNA_PCAP_NS : LAMNA_PCAP;
    bool pcapng = ends_with(output, ".pcapng") || (!ends_with(output, ".pcap") &&
                                                   strcmp(lamna_source_format(source), "pcapng") == 0);
    if (given == NULL)
        *format = pcapng ? LAMNA_PCAPNG : pcap;
    else if (strcmp(given, "pcap") == 0)
        *format = LAMNA_PCAP;
    else if (strcmp(given, "pcap-ns") == 0)
        *format = LAMNA_PCAP_NS;
    else if (strcmp(given, "pcapng") == 0)
        *format = LAMNA_PCAPNG;
    else
        return false;
    return true;
}

static int filter_to(struct session *s, lamna_writer *w)
{
    lamna_error err;
    const lamna_packet *packet;
    lamna_status end;
    while ((end = lamna_run_next(s->run, &packet, &err)) == LAMNA_OK) {
        if (lamna_writer_write(w, lamna_packet_get_info(packet), &err) != LAMNA_OK)
            return cli_fail(&err, NULL);
    }
    return session_end(s, end, &err);
}

/* The filter is the last argument: a file before it is of no matter. */
static int explain_filter(struct cli *cli)
{
    struct session s;
    lamna_error err;
    int status = session_open(&s, cli, NULL, cli_filter(cli, cli->argument_count - 1));
    if (status == 0)
        status = lamna_query_explain(s.query, s.text, &err) == LAMNA_OK ? EXIT_OK : cli_fail(&err, NULL);
    if (status == 0)
        (void)session_print(&s);
    session_close(&s);
    return status;
}

int command_filter(struct cli *cli)
{
    struct session s;
    lamna_error err;
    lamna_format format = LAMNA_PCAPNG;
    const char *output = cli_value(cli, "output");
    if (cli_flag(cli, "explain"))
        return explain_filter(cli);
    if (output == NULL)
        return cli_say(EXIT_USAGE, "filter needs -o FILE: where to write the matching packets");
    int status = session_open(&s, cli, cli_argument(cli, 0), cli_filter(cli, 1));
    if (status == 0 && !choose_format(cli, s.source, output, &format))
        status = cli_say(EXIT_USAGE, "--format takes pcap, pcap-ns or pcapng");
    if (status == 0)
        status = session_run(&s);
    if (status == 0) {
        lamna_writer *w = lamna_writer_open(output, format, s.source, &err);
        status = w == NULL ? cli_fail(&err, NULL) : filter_to(&s, w);
        if (w != NULL && lamna_writer_close(w, &err) != LAMNA_OK && status == 0)
            status = cli_fail(&err, NULL);
    }
    session_close(&s);
    return status;
}

/* ---- info ---------------------------------------------------------------------------------- */

static void print_if(const char *name, const char *value)
{
    if (value != NULL && value[0] != '\0')
        (void)printf("%-14s %s\n", name, value);
}

static void print_sections(const lamna_source *source)
{
    lamna_section section;
    for (size_t i = 0; lamna_source_section(source, i, &section); i++) {
        print_if("Hardware:", section.hardware);
        print_if("System:", section.os);
        print_if("Program:", section.application);
        print_if("Comment:", section.comment);
    }
    lamna_interface interface;
    for (size_t i = 0; lamna_source_interface(source, i, &interface); i++) {
        (void)printf("Interface %zu:   %s%slink type %u, %llu packets", i,
                     interface.name != NULL ? interface.name : "",
                     interface.name != NULL ? ", " : "", interface.link_type,
                     (unsigned long long)interface.packets);
        if (interface.filter != NULL)
            (void)printf(", capture filter: %s", interface.filter);
        (void)printf("\n");
    }
}

static void print_time(const char *name, int64_t ns)
{
    long long seconds = ns / 1000000000, rest = ns % 1000000000;
    if (rest < 0) {
        rest += 1000000000;
        seconds--;
    }
    (void)printf("%-14s %lld.%09lld\n", name, seconds, rest);
}

int command_info(struct cli *cli)
{
    struct session s;
    lamna_error err;
    lamna_packet_info packet;
    lamna_status end = LAMNA_END;
    uint64_t bytes = 0, wire = 0, count = 0;
    int64_t first = 0, last = 0;
    int status = session_open(&s, cli, cli_argument(cli, 0), NULL);
    if (status == 0) {
        while ((end = lamna_source_next(s.source, &packet, &err)) == LAMNA_OK) {
            bool timed = (packet.flags & LAMNA_PACKET_HAS_TIME) != 0;
            if (timed && (count == 0 || packet.time_ns < first))
                first = packet.time_ns;
            if (timed && (count == 0 || packet.time_ns > last))
                last = packet.time_ns;
            count++;
            bytes += packet.captured;
            wire += packet.length;
        }
        (void)printf("%-14s %s\n%-14s %s\n", "File:", cli_argument(cli, 0),
                     "Format:", lamna_source_format(s.source));
        (void)printf("%-14s %s\n%-14s %llu\n%-14s %llu captured, %llu on the wire\n", "Compression:",
                     lamna_source_compression(s.source), "Packets:", (unsigned long long)count,
                     "Bytes:", (unsigned long long)bytes, (unsigned long long)wire);
        if (count > 0) {
            print_time("First packet:", first);
            print_time("Last packet:", last);
            print_time("Duration:", last - first);
        }
        print_sections(s.source);
        status = session_end(&s, end, &err);
    }
    session_close(&s);
    return status;
}
