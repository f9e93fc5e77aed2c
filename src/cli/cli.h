/*
 * cli: the command line. One table row per command and per option states its name, what it takes and
 * what it does; parsing, `lamna help` and shell completion all read that table.
 *
 * Exit status: 0 done, 1 failed at run time, 2 usage or a filter that does not compile.
 */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include <stdbool.h>
#include <stdio.h>

#include "lamna.h"

enum exit_status { EXIT_OK = 0, EXIT_FAILED = 1, EXIT_USAGE = 2 };

struct cli_option {
    const char *name;  /* "capture-filter", without the dashes */
    char letter;       /* 'f', or 0 */
    const char *value; /* "FILTER": what it takes; NULL: nothing */
    const char *help;
};

struct cli;

struct cli_command {
    const char *name;
    const char *arguments; /* "FILE [FILTER]" */
    const char *summary;
    const char *example;
    int least, most; /* positional arguments; most < 0: any number */
    const struct cli_option *options; /* ended by name == NULL */
    int (*run)(struct cli *cli);
};

/* One parsed command line. Strings are borrowed from argv. */
struct cli {
    const struct cli_command *command;
    const char **arguments;
    int argument_count;
    struct cli_given {
        const struct cli_option *option;
        const char *value;
    } *given; /* in the order of the command line */
    int given_count;
};

extern const struct cli_command cli_commands[]; /* ended by name == NULL */

/* The last value given for an option, "" for one that takes none, NULL if it was not given. */
const char *cli_value(const struct cli *cli, const char *option);
bool cli_flag(const struct cli *cli, const char *option);
/* Positional argument number i, or NULL. */
const char *cli_argument(const struct cli *cli, int i);
/* A number from least to most; *value stays as it is if the option was not given. False, with a message
 * printed, if it is no such number. */
bool cli_number(const struct cli *cli, const char *option, unsigned long long least,
                unsigned long long most, unsigned long long *value);
/* The filter: given as -Y or as positional argument number i; NULL if there is none. */
const char *cli_filter(const struct cli *cli, int i);

void cli_help(FILE *out);
void cli_command_help(FILE *out, const struct cli_command *command);
int cli_completion(const char *shell);

/* Prints an error to stderr, with the filter and a caret under the place where it is one. Returns the
 * exit status that fits. */
int cli_fail(const lamna_error *err, const char *filter);
/* Prints "lamna: ..." to stderr. Returns `status`. */
int cli_say(int status, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Prints the warnings of the query's filter to stderr, each with its place. */
void cli_warnings(const lamna_query *query, const char *filter);
/* The saved filters and macros; what is wrong with their file is printed, and NULL if it `must` be right. */
lamna_names *saved_names(bool must);

/* Speaks "en" or "zh" from now on, or, if lang is NULL, as the locale says. False if it is neither. */
bool cli_language(const char *lang);
/* The sentence in that language. */
const char *cli_translate(const char *english);
/* Whether cli_translate() gives this thread English, whatever was set. */
void cli_thread_english(bool english);

enum { CLI_UNITS_ROOM = 32 };
/* "12.50 M" of 1250, 2 and " M": a whole number of the last decimal place. A unit has at most five bytes. */
void cli_fixed(char *text, uint64_t scaled, unsigned decimals, const char *unit);
/* Seconds with six decimals. */
void cli_seconds(char text[CLI_UNITS_ROOM], int64_t ns);
/* "1.235 s", "56.0 ms", "7.0 µs", "3 ns". */
void cli_duration(char text[CLI_UNITS_ROOM], int64_t ns);

/* Everything that most commands need, opened together. */
struct session {
    lamna_registry *reg;
    lamna_names *names;
    lamna_query *query;
    lamna_source *source;
    lamna_index *index; /* of the source, or NULL */
    lamna_run *run;
    const char *filter; /* borrowed; for messages */
    lamna_text *text;
    unsigned threads;     /* 0: one for each core */
    bool explain;         /* how it was answered, at the end */
    size_t block; /* bytes of text that session_put() prints at once */
    lamna_writer *writer; /* flushed before the run waits; borrowed, or NULL */
    lamna_report *findings; /* of a live capture; borrowed, or NULL */
};

/* Makes the registry, the query with the filter, and opens the file. 0, or an exit status after printing
 * why. session_close() must follow in either case. */
int session_open(struct session *s, const struct cli *cli, const char *path, const char *filter);
/* Starts the run; 0 or an exit status. */
int session_run(struct session *s);
void session_close(struct session *s);
/* At the end of a run: 0 for LAMNA_END and LAMNA_STOPPED; else prints, and 1. A truncated input is a
 * warning, and still status 1: not everything asked for was there. */
int session_end(struct session *s, lamna_status status, const lamna_error *err);
/* The whole run, with as many threads as were asked for: `packet` appends what is to be printed, as in
 * lamna_work, and it is printed in the order of the packets. Returns the exit status, as session_end(). */
int session_run_all(struct session *s, void (*packet)(void *context, unsigned thread, const lamna_packet *packet,
                                                      lamna_text *out),
                    void *context);
/* The whole run for `take`, packet by packet, in their order. Returns the exit status. */
int session_feed(struct session *s, void (*take)(void *context, const lamna_packet *packet), void *context);
/* Such a `take`, for a lamna_report. */
void session_report_add(void *report, const lamna_packet *packet);
/* How many threads session_run_all() has at most. */
unsigned session_threads(const struct session *s);
/* Prints s->text to stdout and clears it. False if stdout is closed. */
bool session_print(struct session *s);
/* As session_print(), but may keep the text until there is more of it, or the run waits or ends. */
bool session_put(struct session *s);
/* SIGINT and SIGTERM stop this source cleanly. */
void session_stop_on_signal(lamna_source *source);

/* Tells a report how many packets the capture lost. */
void session_tell_dropped(struct session *s, lamna_report *r);
/* What there is goes out to files and to who reads standard output. */
void session_flush(struct session *s);

/* A report of the kind "findings", for people. */
void findings_print(const lamna_report *r);
/* Findings of a live capture, as they arise: a report that was asked for before the run began, and the
 * packets of the run. findings_live_end() prints all of them. */
lamna_report *findings_live_begin(struct session *s);
void findings_live_run(struct session *s, lamna_report *r);
int findings_live_add(lamna_report *r, const lamna_packet *packet);
int findings_live_end(struct session *s, lamna_report *r);

int command_capture(struct cli *cli);
int command_completion(struct cli *cli);
int command_connect(struct cli *cli);
int command_count(struct cli *cli);
int command_demo(struct cli *cli);
int command_explain(struct cli *cli);
int command_export(struct cli *cli);
int command_fields(struct cli *cli);
int command_filter(struct cli *cli);
int command_filters(struct cli *cli);
int command_findings(struct cli *cli);
int command_follow(struct cli *cli);
int command_help(struct cli *cli);
int command_index(struct cli *cli);
int command_info(struct cli *cli);
int command_interfaces(struct cli *cli);
int command_list(struct cli *cli);
int command_serve(struct cli *cli);
int command_sql(struct cli *cli);
int command_stats(struct cli *cli);
int command_show(struct cli *cli);
int command_web(struct cli *cli);

#endif
