/* lamna follow: what connections carried, in order. */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/cli.h"

enum follow_format { AS_TEXT, AS_HEX, AS_RAW, AS_NDJSON };

enum { HEX_COLUMNS = 16, PENDING = 1 << 18, PENDING_IN_ALL = 64 << 20 };

/* What is still to be written to a file of --all: one direction of one stream. Files are opened for a few
 * hundred kilobytes each time, so that any number of streams can go on side by side. */
struct pending {
    uint8_t *bytes; /* owned */
    uint32_t length, capacity;
};

struct following {
    enum follow_format format;
    const char *folder; /* of --all, or NULL */
    lamna_text *text;
    bool any, failed;
    uint32_t shown_stream;   /* of the last chunk printed */
    int shown_side;          /* 0 client, 1 server, -1 none */
    uint64_t offset[2];      /* for hex: bytes of each side so far, of shown_stream */
    struct pending *pending; /* owned; by stream and direction */
    size_t pending_count;
    size_t pending_bytes; /* of all */
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
    lamna_text_add_json(f->text, data == NULL ? "" : (const char *)data, length);
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
    if (c->cut_short)
        (void)printf(",\"cut_short\":true");
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
    if (c->cut_short && (f->format == AS_TEXT || f->format == AS_HEX))
        (void)printf("\n[the rest never came]\n");
    f->any = true;
}

/* ---- Files ----------------------------------------------------------------------------------- */

/* Appends to the file number `which`. */
static void append(struct following *f, size_t which, const uint8_t *bytes, size_t n)
{
    char path[4096];
    (void)snprintf(path, sizeof path, "%s/%s-%06zu-%s", f->folder, f->protocol, which / 2,
                   which % 2 ? "server" : "client");
    FILE *file = f->failed ? NULL : fopen(path, "ab");
    bool written = file != NULL && fwrite(bytes, 1, n, file) == n;
    bool closed = file != NULL && fclose(file) == 0;
    if (!f->failed && !(written && closed)) {
        (void)cli_say(EXIT_FAILED, "cannot write %s: %s", path, strerror(errno));
        f->failed = true;
    }
}

static void flush_pending(struct following *f, size_t which)
{
    struct pending *p = &f->pending[which];
    if (p->length > 0)
        append(f, which, p->bytes, p->length);
    f->pending_bytes -= p->capacity;
    free(p->bytes);
    *p = (struct pending){0};
}

static void flush_all_pending(struct following *f)
{
    for (size_t i = 0; i < f->pending_count; i++)
        flush_pending(f, i);
}

static bool pending_room(struct following *f, size_t which, size_t n)
{
    if (which >= f->pending_count) {
        size_t count = f->pending_count == 0 ? 256 : f->pending_count;
        while (count <= which)
            count *= 2;
        struct pending *more = realloc(f->pending, count * sizeof *more);
        if (more == NULL)
            return false;
        memset(more + f->pending_count, 0, (count - f->pending_count) * sizeof *more);
        f->pending = more;
        f->pending_count = count;
    }
    struct pending *p = &f->pending[which];
    size_t capacity = p->capacity == 0 ? 512 : p->capacity;
    while (capacity < p->length + n)
        capacity *= 2;
    uint8_t *bytes = capacity == p->capacity ? p->bytes : realloc(p->bytes, capacity);
    if (bytes == NULL)
        return false;
    f->pending_bytes += capacity - p->capacity;
    p->bytes = bytes;
    p->capacity = (uint32_t)capacity;
    return true;
}

static void write_bytes(struct following *f, size_t which, const uint8_t *bytes, size_t n)
{
    if (n == 0)
        return;
    if (which < f->pending_count && f->pending[which].length + n > PENDING)
        flush_pending(f, which);
    if (n > PENDING || !pending_room(f, which, n)) {
        append(f, which, bytes, n);
        return;
    }
    memcpy(f->pending[which].bytes + f->pending[which].length, bytes, n);
    f->pending[which].length += (uint32_t)n;
    if (f->pending_bytes > PENDING_IN_ALL)
        flush_all_pending(f);
}

static void write_chunk(void *context, const lamna_chunk *c)
{
    struct following *f = context;
    size_t which = 2 * (size_t)c->stream + c->from_server;
    write_bytes(f, which, c->head, c->head_length);
    write_bytes(f, which, c->data, c->length);
    f->any = true;
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

static void follow_take(void *follow, const lamna_packet *packet)
{
    lamna_follow_add(follow, packet);
}

static int follow_run(struct session *s, struct following *f)
{
    lamna_error err;
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
        status = session_feed(s, follow_take, follow);
        if (lamna_follow_end(follow, &err) != LAMNA_OK)
            status = cli_fail(&err, NULL);
    }
    lamna_follow_free(follow);
    flush_all_pending(f);
    free(f->pending);
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
