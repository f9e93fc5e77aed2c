/*
 * Runs cases of filters: which packets match, or what is wrong with the filter and where.
 *
 *     cases FOLDER FILE.cases...
 *
 *     # A comment.
 *     @ greeting.pcap 4            the capture, in FOLDER, until the next; and the selected packet
 *     $ web = tcp.port == 80       a name: @web in the filters below; "$between = ..." is a macro
 *     ? tcp.port == 12345          a filter, and
 *     = 1-4 6                      the packets that match: numbers; "all"; nothing at all for none
 *     ? tcp.prot == 1
 *     !   ^~~~~~~~                 or its error: the place in the line above,
 *     ! There is no field ...      the message, and the hint if there is one
 *     ~ ...                        warnings, the same way, before what matches
 *
 * Each filter is put to the packets twice: when nothing else is asked of them, so that most of
 * their fields are passed over, and when everything is. A case that fails is printed as it should
 * be written to succeed.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lamna.h"

enum { LINE = 4096, TEXT = 16384 };

struct text {
    char data[TEXT];
    size_t length;
};

struct runner {
    lamna_registry *reg;
    lamna_names *names;
    const char *folder;
    char capture[LINE];
    unsigned long selected;
    char filter[LINE];
    bool has_filter; /* which may be empty */
    struct text expected;
    unsigned cases, failed, line;
    unsigned case_line; /* of the filter */
    const char *file;
};

static void add(struct text *t, const char *text, size_t n)
{
    if (n > TEXT - 1 - t->length)
        n = TEXT - 1 - t->length;
    memcpy(t->data + t->length, text, n);
    t->length += n;
    t->data[t->length] = '\0';
}

static void add_str(struct text *t, const char *text)
{
    add(t, text, strlen(text));
}

/* The caret below the place, which is given in bytes; columns are characters. */
static void add_caret(struct text *t, const char *mark, const char *filter, const lamna_error *err)
{
    add_str(t, mark);
    for (uint32_t i = 0; i < err->begin && filter[i] != '\0'; i++) {
        if ((filter[i] & 0xc0) != 0x80)
            add_str(t, " ");
    }
    add_str(t, "^");
    for (uint32_t i = err->begin + 1; i < err->end && filter[i] != '\0'; i++) {
        if ((filter[i] & 0xc0) != 0x80)
            add_str(t, "~");
    }
    add_str(t, "\n");
}

static void add_error(struct text *t, const char *mark, const char *filter, const lamna_error *err)
{
    if (err->end > 0)
        add_caret(t, mark, filter, err);
    add_str(t, mark);
    add_str(t, err->message);
    add_str(t, "\n");
    if (err->hint[0] != '\0') {
        add_str(t, mark);
        add_str(t, err->hint);
        add_str(t, "\n");
    }
}

/* Packet numbers as ranges. */
struct ranges {
    unsigned long first, last;
    bool any;
};

static void add_range(struct text *t, const struct ranges *r)
{
    char text[64];
    if (r->last == r->first)
        (void)snprintf(text, sizeof text, " %lu", r->first);
    else
        (void)snprintf(text, sizeof text, " %lu-%lu", r->first, r->last);
    if (r->any)
        add_str(t, text);
}

static void add_number(struct text *t, struct ranges *r, unsigned long number)
{
    if (r->any && number == r->last + 1) {
        r->last = number;
        return;
    }
    add_range(t, r);
    *r = (struct ranges){number, number, true};
}

static lamna_source *open_capture(const struct runner *r)
{
    char path[2 * LINE];
    lamna_error err;
    (void)snprintf(path, sizeof path, "%s/%s", r->folder, r->capture);
    lamna_source *src = lamna_source_open(path, NULL, &err);
    if (src == NULL) {
        (void)fprintf(stderr, "%s:%u: %s: %s\n", r->file, r->line, path, err.message);
        exit(1);
    }
    return src;
}

static void add_matches(const struct runner *r, lamna_query *q, struct text *t)
{
    lamna_error err = {0};
    const lamna_packet *packet;
    struct ranges ranges = {0};
    lamna_source *src = open_capture(r);
    lamna_run *run = lamna_run_new(q, src, &err);
    lamna_status status = run == NULL ? err.status : LAMNA_OK;
    add_str(t, "=");
    while (status == LAMNA_OK) {
        status = lamna_run_next(run, &packet, &err);
        if (status == LAMNA_OK)
            add_number(t, &ranges, (unsigned long)lamna_packet_get_info(packet)->number);
    }
    add_range(t, &ranges);
    add_str(t, "\n");
    if (status != LAMNA_END)
        add_error(t, "! ", r->filter, &err);
    lamna_run_free(run);
    lamna_source_close(src);
}

static void answer(const struct runner *r, bool everything, struct text *t)
{
    lamna_error err = {0};
    lamna_query *q = lamna_query_new(r->reg, &err);
    t->length = 0;
    t->data[0] = '\0';
    if (q == NULL)
        exit(1);
    lamna_query_names(q, r->names);
    if (lamna_query_filter(q, r->filter, &err) != LAMNA_OK) {
        add_error(t, "! ", r->filter, &err);
    } else {
        for (size_t i = 0; lamna_query_warning(q, i, &err); i++)
            add_error(t, "~ ", r->filter, &err);
        if (r->selected > 0) {
            lamna_source *src = open_capture(r);
            if (lamna_query_select(q, src, r->selected, &err) != LAMNA_OK)
                add_error(t, "! ", r->filter, &err);
            lamna_source_close(src);
        }
        if (everything)
            lamna_query_want_all(q, true);
        add_matches(r, q, t);
    }
    lamna_query_free(q);
}

/* What was read since the last filter is whole: is it what comes? */
static void finish_case(struct runner *r)
{
    static struct text found;
    if (!r->has_filter)
        return;
    r->cases++;
    for (int everything = 0; everything < 2; everything++) {
        answer(r, everything == 1, &found);
        if (strcmp(found.data, r->expected.data) == 0)
            continue;
        printf("%s:%u: should be%s:\n? %s\n%s", r->file, r->case_line,
               everything == 1 ? ", where everything is asked for" : "", r->filter, found.data);
        r->failed++;
        break;
    }
    r->has_filter = false;
}

static void take_name(struct runner *r, char *text)
{
    lamna_error err = {0};
    char *equals = strstr(text, " = ");
    if (equals != NULL) {
        *equals = '\0';
        if (lamna_names_set(r->names, text, equals + 3, &err) == LAMNA_OK)
            return;
    }
    (void)fprintf(stderr, "%s:%u: no name: %s %s\n", r->file, r->line, text, err.message);
    exit(1);
}

static void take_capture(struct runner *r, const char *text)
{
    const char *space = strchr(text, ' ');
    (void)snprintf(r->capture, sizeof r->capture, "%.*s",
                   (int)(space == NULL ? strlen(text) : (size_t)(space - text)), text);
    r->selected = space == NULL ? 0 : strtoul(space, NULL, 10);
}

static void take_line(struct runner *r, char *line)
{
    char mark = line[0];
    char *rest = line[0] != '\0' && line[1] == ' ' ? line + 2 : line + strlen(line);
    if (mark == '?' || mark == '@' || mark == '$')
        finish_case(r);
    if (mark == '@') {
        take_capture(r, rest);
    } else if (mark == '$') {
        take_name(r, rest);
    } else if (mark == '?') {
        (void)snprintf(r->filter, sizeof r->filter, "%s", rest);
        r->has_filter = true;
        r->case_line = r->line;
        r->expected.length = 0;
        r->expected.data[0] = '\0';
    } else if (mark == '=' || mark == '!' || mark == '~') {
        add_str(&r->expected, line);
        add_str(&r->expected, "\n");
    } else if (mark != '#' && mark != '\0') {
        (void)fprintf(stderr, "%s:%u: not understood: %s\n", r->file, r->line, line);
        exit(1);
    }
}

static void run_file(struct runner *r, const char *path)
{
    static char line[LINE];
    FILE *file = fopen(path, "r");
    if (file == NULL) {
        perror(path);
        exit(1);
    }
    const char *slash = strrchr(path, '/');
    r->file = slash == NULL ? path : slash + 1;
    for (r->line = 1; fgets(line, sizeof line, file) != NULL; r->line++) {
        line[strcspn(line, "\n")] = '\0';
        take_line(r, line);
    }
    finish_case(r);
    (void)fclose(file);
}

int main(int argc, char **argv)
{
    static struct runner r;
    if (argc < 3)
        return 2;
    r.reg = lamna_registry_new(NULL);
    r.names = lamna_names_new(NULL);
    r.folder = argv[1];
    if (r.reg == NULL || r.names == NULL)
        return 1;
    for (int i = 2; i < argc; i++)
        run_file(&r, argv[i]);
    printf("%u cases, %u wrong\n", r.cases, r.failed);
    lamna_names_free(r.names);
    lamna_registry_free(r.reg);
    return r.failed > 0 || r.cases == 0;
}
