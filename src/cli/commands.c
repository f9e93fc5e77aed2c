/* The table of commands and options, and everything that is generated from it. */
#include <string.h>

#include "cli/cli.h"

#define END                                                                                        \
    {                                                                                              \
        NULL, 0, NULL, NULL                                                                        \
    }
#define FILTER_OPTION                                                                              \
    {                                                                                              \
        "filter", 'Y', "FILTER", "only packets that match this display filter"                     \
    }
#define SELECTED_OPTION                                                                            \
    {                                                                                              \
        "selected", 0, "N", "the packet that ${field} in the filter refers to"                     \
    }
#define KEYLOG_OPTION                                                                              \
    {                                                                                              \
        "keylog", 0, "FILE", "secrets of TLS connections, as SSLKEYLOGFILE gives them"             \
    }
#define THREADS_OPTION                                                                             \
    {                                                                                              \
        "threads", 0, "N", "work with so many threads (default: one for each core)"                \
    }
#define DECODE_OPTION                                                                              \
    {                                                                                              \
        "decode-as", 'd', "TABLE==KEY,PROTOCOL",                                                   \
            "dissect what is there as that: tcp.port==8888,http"                                   \
    }
#define RESOLVE_OPTION                                                                             \
    {                                                                                              \
        "resolve", 'N', "LETTERS",                                                                 \
            "names: m network cards, n hosts, d by DNS answers, N by the system, t services"       \
    }
#define INDEX_OPTION                                                                               \
    {                                                                                              \
        "index", 0, "WHICH", "auto (default: the one there is, if any), off, or the path of one"   \
    }
#define EXPLAIN_OPTION                                                                             \
    {                                                                                              \
        "explain", 0, NULL, "tell, on standard error, how it was answered and what that cost"      \
    }
#define FOLLOW_OPTION                                                                              \
    {                                                                                              \
        "follow", 0, NULL, "at the end of the file wait for more, as `tail -f` does"               \
    }

static const struct cli_option no_options[] = {END};
static const struct cli_option demo_options[] = {
    {"lang", 0, "LANG", "en or zh; otherwise as the locale says"},
    {"port", 0, "PORT", "the server's port (default 12345)"},
    END};
static const struct cli_option serve_options[] = {
    {"host", 0, "HOST", "address to listen on (default 127.0.0.1)"},
    {"port", 0, "PORT", "port to listen on; 0: any free one (default 12345)"},
    {"message", 0, "TEXT", "what clients are told (default: welcome to python!)"},
    {"backlog", 0, "N", "connections that may wait (default 5)"},
    END};
static const struct cli_option capture_options[] = {
    {"interface", 'i', "NAME", "interface to capture on (default: lo)"},
    {"capture-filter", 'f', "FILTER", "capture filter, in libpcap's language"},
    FILTER_OPTION,
    KEYLOG_OPTION,
    {"output", 'o', "FILE", "write packets to this file instead of listing them"},
    {"count", 'c', "N", "stop after N packets"},
    {"duration", 0, "SECONDS", "stop after this time"},
    {"snaplen", 0, "BYTES", "keep at most so many bytes of a packet"},
    {"buffer", 0, "MIB", "size of the kernel's buffer (default 64)"},
    {"no-promiscuous", 'p', NULL, "only packets for this machine"},
    {"findings", 0, NULL, "what is wrong, as it arises, and all of it at the end; no list"},
    {"lang", 0, "LANG", "of the findings: en or zh"},
    DECODE_OPTION,
    RESOLVE_OPTION,
    END};
static const struct cli_option list_options[] = {
    FILTER_OPTION,
    SELECTED_OPTION,
    KEYLOG_OPTION,
    {"columns", 0, "LIST", "number,time,source,destination,protocol,length,info or field names"},
    {"format", 0, "FORMAT", "text, csv or ndjson"},
    {"color", 0, "WHEN", "auto, always or never"},
    THREADS_OPTION,
    INDEX_OPTION,
    EXPLAIN_OPTION,
    FOLLOW_OPTION,
    DECODE_OPTION,
    RESOLVE_OPTION,
    END};
static const struct cli_option show_options[] = {FILTER_OPTION,
                                                 SELECTED_OPTION,
                                                 KEYLOG_OPTION,
                                                 {"bytes", 'x', NULL, "the packet's bytes too"},
                                                 {"format", 0, "FORMAT", "text or ndjson"},
                                                 THREADS_OPTION,
                                                 INDEX_OPTION,
                                                 EXPLAIN_OPTION,
                                                 FOLLOW_OPTION,
                                                 DECODE_OPTION,
                                                 RESOLVE_OPTION,
                                                 END};
static const struct cli_option fields_options[] = {
    {"list", 0, NULL, "all fields there are: name, type, description"},
    {"field", 'e', "NAME", "a field to print; may be repeated"},
    FILTER_OPTION,
    SELECTED_OPTION,
    KEYLOG_OPTION,
    {"aggregator", 0, "TEXT", "between the values of one field (default ,)"},
    THREADS_OPTION,
    INDEX_OPTION,
    EXPLAIN_OPTION,
    FOLLOW_OPTION,
    DECODE_OPTION,
    RESOLVE_OPTION,
    END};
static const struct cli_option count_options[] = {FILTER_OPTION,  SELECTED_OPTION, KEYLOG_OPTION,
                                                  THREADS_OPTION, INDEX_OPTION,    EXPLAIN_OPTION,
                                                  DECODE_OPTION,  RESOLVE_OPTION,  END};
static const struct cli_option filter_options[] = {
    FILTER_OPTION,
    SELECTED_OPTION,
    KEYLOG_OPTION,
    {"output", 'o', "FILE", "where to write; - is standard output"},
    {"explain", 0, NULL, "print how the filter will be answered; no FILE is read"},
    {"format", 0, "FORMAT", "pcap, pcapng or pcap-ns (default: as the input)"},
    DECODE_OPTION,
    RESOLVE_OPTION,
    END};

static const struct cli_option index_options[] = {
    {"output", 'o', "PATH", "where to (default: FILE.lamna, or the user's cache)"}, END};
static const struct cli_option follow_options[] = {
    FILTER_OPTION,
    KEYLOG_OPTION,
    {"protocol", 0, "NAME", "tcp (default), udp, or http: messages, their bodies decoded"},
    {"format", 0, "FORMAT", "text, hex, raw or ndjson"},
    {"all", 0, "FOLDER", "every stream into a new folder, a file for each direction"},
    DECODE_OPTION,
    RESOLVE_OPTION,
    THREADS_OPTION,
    INDEX_OPTION,
    EXPLAIN_OPTION,
    END};
static const struct cli_option explain_options[] = {
    FILTER_OPTION,
    KEYLOG_OPTION,
    {"lang", 0, "LANG", "en or zh; otherwise as the locale says"},
    {"format", 0, "FORMAT", "text, svg, html, csv or ndjson"},
    DECODE_OPTION,
    RESOLVE_OPTION,
    THREADS_OPTION,
    INDEX_OPTION,
    END};
static const struct cli_option findings_options[] = {
    FILTER_OPTION,
    KEYLOG_OPTION,
    {"lang", 0, "LANG", "en or zh; otherwise as the locale says"},
    {"format", 0, "FORMAT", "text, csv or ndjson"},
    FOLLOW_OPTION,
    DECODE_OPTION,
    RESOLVE_OPTION,
    THREADS_OPTION,
    INDEX_OPTION,
    EXPLAIN_OPTION,
    END};
static const struct cli_option stats_options[] = {
    FILTER_OPTION,
    KEYLOG_OPTION,
    {"layer", 0, "LAYER", "conversations, endpoints: eth, ip (default), tcp or udp"},
    {"by", 0, "WHAT",
     "http: exchange (default), connection or host; dns: exchange, name or summary"},
    {"interval", 0, "SECONDS", "io: how long one row is (default 1), or auto"},
    {"series", 0, "TEXT",
     "io: what to tell, as 'lost: count(FIELD) where FILTER'; may be repeated"},
    {"format", 0, "FORMAT", "text, csv or ndjson; io: svg too"},
    FOLLOW_OPTION,
    DECODE_OPTION,
    RESOLVE_OPTION,
    THREADS_OPTION,
    INDEX_OPTION,
    EXPLAIN_OPTION,
    END};

static const struct cli_option web_options[] = {
    {"interface", 'i', "NAME", "capture there from the beginning"},
    {"capture-filter", 'f', "FILTER", "capture filter, in libpcap's language"},
    KEYLOG_OPTION,
    DECODE_OPTION,
    RESOLVE_OPTION,
    {"demo", 0, NULL, "begin with the tour: how a TCP connection lives, on this machine"},
    {"port", 0, "PORT", "port to listen on; 0: any free one (default 8420)"},
    {"no-open", 0, NULL, "do not start a browser"},
    {"api-only", 0, NULL, "answer what the page would ask, without the page"},
    END};

static const struct cli_option sql_options[] = {
    FILTER_OPTION,
    KEYLOG_OPTION,
    {"format", 0, "FORMAT", "table, csv, ndjson or parquet"},
    {"memory", 0, "SIZE", "the most that the database may take, like 2GB"},
    {"allow-files", 0, NULL, "queries may read and write other files"},
    DECODE_OPTION,
    THREADS_OPTION,
    END};

static const struct cli_option export_options[] = {
    {"parquet", 0, "DIR", "as Parquet, into this folder"},
    {"csv", 0, "DIR", "as CSV"},
    {"ndjson", 0, "DIR", "as lines of JSON"},
    {"tables", 0, "LIST",
     "packets,flows (the default), tcp, http, http_connections, dns, tls, findings, frames_raw"},
    {"fields", 0, "LIST", "columns that packets is to have besides: protocol,info,ip.ttl,dns.qry.name"},
    {"partition", 0, "LIST", "cut files by hour, day, or columns: DIR/packets/hour=2026-01-05T10/..."},
    FILTER_OPTION,
    KEYLOG_OPTION,
    {"memory", 0, "SIZE", "the most that the database may take, like 2GB"},
    DECODE_OPTION,
    THREADS_OPTION,
    END};

const struct cli_command cli_commands[] = {
    {"demo", "", "the whole story on loopback: server, client, capture, explanation", "lamna demo",
     0, 0, demo_options, command_demo},
    {"serve", "", "the greeting server", "lamna serve --message 'hello'", 0, 0, serve_options,
     command_serve},
    {"connect", "[HOST] [PORT]", "its client", "lamna connect 127.0.0.1 12345", 0, 2, no_options,
     command_connect},
    {"interfaces", "", "interfaces that can be captured on", "lamna interfaces", 0, 0, no_options,
     command_interfaces},
    {"capture", "", "capture live", "lamna capture -i lo -f 'tcp port 12345' -o greeting.pcapng", 0,
     0, capture_options, command_capture},
    {"list", "FILE [FILTER]", "one line a packet", "lamna list a.pcap 'tcp.port == 12345'", 1, 2,
     list_options, command_list},
    {"show", "FILE [FILTER]", "every field of each packet",
     "lamna show a.pcap 'frame.number == 4' -x", 1, 2, show_options, command_show},
    {"fields", "FILE [FILTER] -e NAME ...", "chosen fields, tab-separated",
     "lamna fields a.pcap -e ip.src -e tcp.port", 0, 2, fields_options, command_fields},
    {"count", "FILE [FILTER]", "how many packets match", "lamna count a.pcap http.request", 1, 2,
     count_options, command_count},
    {"filter", "FILE [FILTER] -o FILE | --explain FILTER", "write the matching packets to a file",
     "lamna filter a.pcap 'tcp.stream == 3' -o b.pcapng", 1, 2, filter_options, command_filter},
    {"filters", "list|save|delete|import [NAME] [FILTER]",
     "saved filters, @name in any filter, and macros",
     "lamna filters save web 'tcp.port in {80, 443}'", 1, 3, no_options, command_filters},
    {"follow", "FILE [STREAM|FILTER]", "what connections carried, in order",
     "lamna follow a.pcap 0", 1, 2, follow_options, command_follow},
    {"explain", "FILE [FILTER]", "the story of each TCP connection, step by step, in words",
     "lamna explain a.pcap 'tcp.stream == 3' --lang zh", 1, 2, explain_options, command_explain},
    {"findings", "FILE [FILTER]", "what is wrong in a capture, worst first",
     "lamna findings a.pcap", 1, 2, findings_options, command_findings},
    {"stats", "FILE REPORT [FILTER]",
     "conversations, endpoints, protocols, io, tcp, http or dns as a table",
     "lamna stats a.pcap tcp", 2, 3, stats_options, command_stats},
    {"index", "FILE", "read it once, so that the next questions need not", "lamna index big.pcapng",
     1, 1, index_options, command_index},
    {"sql", "FILE... [QUERY]", "SQL over captures: packets, any field, connections",
     "lamna sql a.pcap 'SELECT source, count(*) FROM packets GROUP BY ALL'", 1, -1, sql_options,
     command_sql},
    {"export", "FILE... --parquet DIR",
     "tables of captures as files for other programs; goes on where it ended",
     "lamna export captures/ --parquet dataset --tables packets,tcp,http", 1, -1, export_options,
     command_export},
    {"info", "FILE", "about a capture file", "lamna info a.pcapng", 1, 1, no_options, command_info},
    {"web", "[FILE ...]", "captures in the browser, on this machine alone", "lamna web a.pcapng", 0,
     -1, web_options, command_web},
    {"completion", "bash|zsh|fish", "completion for a shell",
     "lamna completion bash > ~/.local/share/bash-completion/completions/lamna", 1, 1, no_options,
     command_completion},
    {"help", "[COMMAND]", "this list, or more on one command", "lamna help capture", 0, 1,
     no_options, command_help},
    {NULL, NULL, NULL, NULL, 0, 0, NULL, NULL}};

void cli_help(FILE *out)
{
    (void)fprintf(out, "lamna: watch what sockets say\n\n"
                       "usage: lamna COMMAND [OPTIONS] ...\n\n");
    for (const struct cli_command *c = cli_commands; c->name != NULL; c++)
        (void)fprintf(out, "  %-11s %s\n", c->name, c->summary);
    (void)fprintf(out, "\nFILE may be - for standard input. `lamna help COMMAND` says more.\n"
                       "Begin with: lamna demo\n");
}

void cli_command_help(FILE *out, const struct cli_command *c)
{
    (void)fprintf(out, "lamna %s: %s\n\nusage: lamna %s%s%s%s\n", c->name, c->summary, c->name,
                  c->options->name != NULL ? " [OPTIONS]" : "", c->arguments[0] != '\0' ? " " : "",
                  c->arguments);
    for (const struct cli_option *o = c->options; o->name != NULL; o++) {
        char head[64];
        char letter[] = {'-', o->letter, ',', ' ', '\0'};
        (void)snprintf(head, sizeof head, "%s--%s%s%s", o->letter != 0 ? letter : "    ", o->name,
                       o->value != NULL ? " " : "", o->value != NULL ? o->value : "");
        (void)fprintf(out, "%s  %-26s %s\n", o == c->options ? "\n" : "", head, o->help);
    }
    (void)fprintf(out, "\nexample: %s\n", c->example);
}

int command_help(struct cli *cli)
{
    const char *name = cli_argument(cli, 0);
    if (name == NULL) {
        cli_help(stdout);
        return EXIT_OK;
    }
    for (const struct cli_command *c = cli_commands; c->name != NULL; c++) {
        if (strcmp(c->name, name) == 0) {
            cli_command_help(stdout, c);
            return EXIT_OK;
        }
    }
    return cli_say(EXIT_USAGE, "there is no command \"%s\"", name);
}

/* ---- Completion ---------------------------------------------------------------------------- */

static void complete_bash(void)
{
    (void)printf("_lamna() {\n    local cur=${COMP_WORDS[COMP_CWORD]} words=\n"
                 "    if [ \"$COMP_CWORD\" -eq 1 ]; then words=\"");
    for (const struct cli_command *c = cli_commands; c->name != NULL; c++)
        (void)printf("%s ", c->name);
    (void)printf("\"\n    else case ${COMP_WORDS[1]} in\n");
    for (const struct cli_command *c = cli_commands; c->name != NULL; c++) {
        (void)printf("        %s) words=\"", c->name);
        for (const struct cli_option *o = c->options; o->name != NULL; o++)
            (void)printf("--%s ", o->name);
        (void)printf("\" ;;\n");
    }
    (void)printf("    esac; fi\n    mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$cur\")\n"
                 "}\ncomplete -o default -F _lamna lamna\n");
}

static void complete_zsh(void)
{
    (void)printf("#compdef lamna\nlocal -a commands=(\n");
    for (const struct cli_command *c = cli_commands; c->name != NULL; c++)
        (void)printf("    '%s:%s'\n", c->name, c->summary);
    (void)printf(")\nif (( CURRENT == 2 )); then _describe command commands; return; fi\n"
                 "case $words[2] in\n");
    for (const struct cli_command *c = cli_commands; c->name != NULL; c++) {
        (void)printf("    %s) _arguments", c->name);
        for (const struct cli_option *o = c->options; o->name != NULL; o++)
            (void)printf(" '--%s[%s]%s'", o->name, o->help, o->value != NULL ? ":value:" : "");
        (void)printf(" '*:file:_files' ;;\n");
    }
    (void)printf("esac\n");
}

static void complete_fish(void)
{
    for (const struct cli_command *c = cli_commands; c->name != NULL; c++) {
        (void)printf("complete -c lamna -n __fish_use_subcommand -a %s -d '%s'\n", c->name,
                     c->summary);
        for (const struct cli_option *o = c->options; o->name != NULL; o++) {
            (void)printf("complete -c lamna -n '__fish_seen_subcommand_from %s' -l %s", c->name,
                         o->name);
            if (o->letter != 0)
                (void)printf(" -s %c", o->letter);
            (void)printf("%s -d '%s'\n", o->value != NULL ? " -r" : "", o->help);
        }
    }
}

int command_completion(struct cli *cli)
{
    const char *shell = cli_argument(cli, 0);
    if (strcmp(shell, "bash") == 0)
        complete_bash();
    else if (strcmp(shell, "zsh") == 0)
        complete_zsh();
    else if (strcmp(shell, "fish") == 0)
        complete_fish();
    else
        return cli_say(EXIT_USAGE, "completion is made for bash, zsh and fish, not for %s", shell);
    return EXIT_OK;
}
