/* lamna follow: what connections carried, in order. */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/cli.h"

enum follow_format { AS_TEXT, AS_HEX, AS_RAW, AS_NDJSON };

enum { FILES_OPEN = 256, HEX_COLUMNS = 16 };

/* A file of --all: one direction of one stream. */
struct stream_file {
    uint32_t stream;
    bool from_server;
    FILE *file;
};

struct following {
    enum follow_format format;
    const char *folder; /* of --all, or NULL */
    lamna_text *text;
    bool any, failed;
    uint32_t shown_stream; /* of the last chunk printed */
    int shown_side;        /* 0 client, 1 server, -1 none */
    uint64_t offset[2];    /* for hex: bytes of each side so far, of shown_stream */
    struct stream_file files[FILES_OPEN];
    const char *protocol;
};

/* ---- Printing -------------------------------------------------------------------------------- */

static void print_heading(struct following *f, const lamna_chunk *c)
{
    int side = c->from_server;
    if (!f->any || f->shown_stream != c->stream) {
        f->offset[0] = f->offset[1] = 0;
        f->shown_side = -1;
    }
    if (f->shown_side != side || c->head != NULL)
        (void)printf("%s%s (packet %" PRIu64 ", %" PRId64 ".%06" PRId64 " s)\n", f->any ? "\n" : "",
                     side == 0 ? "client \u2192 server" : "server \u2192 client", c->packet,
                     c->since_ns / 1000000000, c->since_ns % 1000000000 / 1000);
    f->shown_side = side;
    f->shown_stream = c->stream;
    if (c->missing > 0)
        (void)printf("\n[%" PRIu64 " bytes missing]\n", c->missing);
}

/* Dots for what might command the terminal; the end of a line is one character there. */
static void print_text(const uint8_t *data, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        uint8_t b = data[i];
        bool line_end = b == '\r' && i + 1 < length && data[i + 1] == '\n';
        if (!line_end)
            (void)putchar((b >= 0x20 && b != 0x7f) || b == '\n' || b == '\t' ? b : '.');
    }
}

static void print_hex(uint64_t *offset, const uint8_t *data, size_t length)
{
    for (size_t i = 0; i < length; i += HEX_COLUMNS) {
        size_t n = length - i < HEX_COLUMNS ? length - i : HEX_COLUMNS;
        (void)printf("%08" PRIx64 " ", *offset);
        for (size_t k = 0; k < HEX_COLUMNS; k++) {
            if (k < n)
                (void)printf(" %02x", data[i + k]);
            else
                (void)printf("   ");
        }
        (void)printf("  ");
        for (size_t k = 0; k < n; k++)
            (void)putchar(isprint(data[i + k]) ? data[i + k] : '.');
        (void)putchar('\n');
        *offset += n;
    }
}

static void print_json_text(struct following *f, const char *name, const uint8_t *data,
                            size_t length)
{
    size_t n;
    lamna_text_clear(f->text);
    lamna_text_add_json(f->text, (const char *)data, length);
    const char *text = lamna_text_data(f->text, &n);
    (void)printf(",\"%s\":%s", name, text == NULL ? "\"\"" : text);
    lamna_text_clear(f->text);
}

static void print_ndjson(struct following *f, const lamna_chunk *c)
{
    (void)printf("{\"stream\":%" PRIu32 ",\"from\":\"%s\",\"packet\":%" PRIu64 ",\"time\":%" PRId64
                 ".%09" PRId64 ",\"missing\":%" PRIu64 ",\"length\":%zu",
                 c->stream, c->from_server ? "server" : "client", c->packet,
                 c->time_ns / 1000000000, c->time_ns % 1000000000, c->missing, c->length);
    if (c->head != NULL)
        print_json_text(f, "head", c->head, c->head_length);
    print_json_text(f, "text", c->data, c->length);
    (void)printf(",\"hex\":\"");
    for (size_t i = 0; i < c->length; i++)
        (void)printf("%02x", c->data[i]);
    (void)printf("\"}\n");
}

static void print_part(struct following *f, bool from_server, const uint8_t *data, size_t length)
{
    if (f->format == AS_TEXT)
        print_text(data, length);
    else if (f->format == AS_HEX)
        print_hex(&f->offset[from_server], data, length);
    else if (length > 0)
        (void)fwrite(data, 1, length, stdout);
}

static void print_chunk(void *context, const lamna_chunk *c)
{
    struct following *f = context;
    if (f->format == AS_TEXT || f->format == AS_HEX)
        print_heading(f, c);
    if (f->format == AS_NDJSON) {
        print_ndjson(f, c);
    } else {
        print_part(f, c->from_server, c->head, c->head_length);
        print_part(f, c->from_server, c->data, c->length);
    }
    f->any = true;
}

/* ---- Files ----------------------------------------------------------------------------------- */

/* The file of the chunk, open: a few hundred are at once, each in a place that its number gives. */
static FILE *file_of(struct following *f, const lamna_chunk *c)
{
    struct stream_file *at = &f->files[(2 * c->stream + c->from_server) % FILES_OPEN];
    if (at->file != NULL && at->stream == c->stream && at->from_server == c->from_server)
        return at->file;
    if (at->file != NULL && fclose(at->file) != 0)
        f->failed = true;
    char path[4096];
    (void)snprintf(path, sizeof path, "%s/%s-%06" PRIu32 "-%s", f->folder, f->protocol, c->stream,
                   c->from_server ? "server" : "client");
    *at = (struct stream_file){c->stream, c->from_server, fopen(path, "ab")};
    if (at->file == NULL && !f->failed) {
        (void)cli_say(EXIT_FAILED, "cannot write %s: %s", path, strerror(errno));
        f->failed = true;
    }
    return at->file;
}

static void write_chunk(void *context, const lamna_chunk *c)
{
    struct following *f = context;
    FILE *file = file_of(f, c);
    f->any = true;
    if (file != NULL &&
        ((c->head_length > 0 && fwrite(c->head, 1, c->head_length, file) != c->head_length) ||
         (c->length > 0 && fwrite(c->data, 1, c->length, file) != c->length)))
        f->failed = true;
}

static void close_files(struct following *f)
{
    for (size_t i = 0; i < FILES_OPEN; i++) {
        if (f->files[i].file != NULL && fclose(f->files[i].file) != 0)
            f->failed = true;
    }
}

/* A folder that is new, so that nothing is appended to what was there. */
static int folder_make(const char *folder)
{
    if (mkdir(folder, 0777) == 0)
        return EXIT_OK;
    if (errno == EEXIST)
        return cli_say(EXIT_FAILED, "%s is there already; --all makes a new folder", folder);
    return cli_say(EXIT_FAILED, "cannot make the folder %s: %s", folder, strerror(errno));
}

/* ---- The command ----------------------------------------------------------------------------- */

static bool format_of(const char *name, enum follow_format *format)
{
    static const char *const names[] = {"text", "hex", "raw", "ndjson"};
    for (unsigned i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (name == NULL || strcmp(name, names[i]) == 0) {
            *format = (enum follow_format)i;
            return true;
        }
    }
    return false;
}

static int follow_run(struct session *s, struct following *f)
{
    lamna_error err;
    const lamna_packet *packet;
    lamna_follow *follow = lamna_follow_new(s->reg, f->protocol,
                                            f->folder != NULL ? write_chunk : print_chunk, f, &err);
    f->text = s->text;
    if (follow == NULL)
        return cli_fail(&err, NULL);
    int status = EXIT_OK;
    if (lamna_follow_ask(follow, s->query, &err) != LAMNA_OK)
        status = cli_fail(&err, NULL);
    if (status == EXIT_OK)
        status = session_run(s);
    if (status == EXIT_OK) {
        lamna_status end;
        while ((end = lamna_run_next(s->run, &packet, &err)) == LAMNA_OK)
            lamna_follow_add(follow, packet);
        status = session_end(s, end, &err);
        if (lamna_follow_end(follow, &err) != LAMNA_OK)
            status = cli_fail(&err, NULL);
    }
    lamna_follow_free(follow);
    close_files(f);
    if (f->failed)
        status = EXIT_FAILED;
    if (f->any && f->format == AS_TEXT && f->folder == NULL)
        (void)putchar('\n');
    return status;
}

/* A stream number means that stream; anything else is a filter. */
static const char *which(const struct cli *cli, const char *protocol, char *text, size_t size)
{
    const char *given = cli_argument(cli, 1);
    char *rest;
    if (given == NULL)
        return cli_filter(cli, 1);
    unsigned long stream = strtoul(given, &rest, 10);
    if (*rest != '\0' || rest == given)
        return given;
    (void)snprintf(text, size, "%s.stream == %lu", strcmp(protocol, "udp") == 0 ? "udp" : "tcp",
                   stream);
    return text;
}

int command_follow(struct cli *cli)
{
    struct session s;
    struct following f = {.shown_side = -1, .folder = cli_value(cli, "all")};
    char text[64];
    f.protocol = cli_value(cli, "protocol") != NULL ? cli_value(cli, "protocol") : "tcp";
    if (!format_of(cli_value(cli, "format"), &f.format))
        return cli_say(EXIT_USAGE, "--format is text, hex, raw or ndjson, not \"%s\"",
                       cli_value(cli, "format"));
    const char *filter = which(cli, f.protocol, text, sizeof text);
    if (filter == NULL && f.folder == NULL)
        return cli_say(EXIT_USAGE,
                       "which connection? A stream number, a filter, or --all FOLDER for each");
    int status = session_open(&s, cli, cli_argument(cli, 0), filter);
    if (status == EXIT_OK && f.folder != NULL)
        status = folder_make(f.folder);
    if (status == EXIT_OK)
        status = follow_run(&s, &f);
    if (status == EXIT_OK && !f.any && f.folder == NULL)
        status = cli_say(EXIT_FAILED,
                         "nothing was carried there: %s has no such %s stream, or it is empty",
                         cli_argument(cli, 0), f.protocol);
    session_close(&s);
    return status;
}
