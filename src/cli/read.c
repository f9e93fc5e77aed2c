/* Commands that read a capture and print numbers or fields: count, fields, show, info. */
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"

static void add(lamna_text *text, const char *s)
{
    lamna_text_add(text, s, strlen(s));
}

int command_count(struct cli *cli)
{
    struct session s;
    lamna_error err;
    uint64_t n = 0;
    int status = session_open(&s, cli, cli_argument(cli, 0), cli_filter(cli, 1));
    if (status == 0)
        status = session_run(&s);
    if (status == 0) {
        lamna_status end = lamna_run_all(s.run, s.threads, &(lamna_work){.context = &s}, &n, &err);
        (void)printf("%llu\n", (unsigned long long)n);
        status = session_end(&s, end, &err);
    }
    session_close(&s);
    return status;
}

/* ---- fields -------------------------------------------------------------------------------- */

static int list_fields(void)
{
    lamna_error err;
    lamna_registry *reg = lamna_registry_new(&err);
    if (reg == NULL)
        return cli_fail(&err, NULL);
    for (size_t i = 1; i < lamna_field_count(reg); i++) {
        const lamna_field *f = lamna_field_at(reg, i);
        if (lamna_field_find(reg, f->name) != f || f->on_request)
            continue; /* two protocols share the field: named once */
        (void)printf("%s\t%s\t%s\n", f->name, lamna_type_name(f->type), f->label);
    }
    lamna_registry_free(reg);
    return EXIT_OK;
}

/* The items of each chosen field in the present packet: one for each thread. */
struct found {
    size_t *first; /* by column: the items of it, linked by `following`; SIZE_MAX ends */
    size_t *last;
    size_t *following; /* by item */
    size_t items;      /* room in `following` */
};

/* The chosen fields, in the order of the command line. */
struct chosen {
    const char **names;
    const char *aggregator;
    size_t count;
    size_t *column_of; /* by field number: column + 1, 0 for none */
    size_t *same;      /* by column: the first one of the same name, which has the items */
    struct found *found;
    unsigned threads;
};

static bool chosen_alloc(struct chosen *ch, struct session *s, size_t columns)
{
    ch->threads = session_threads(s);
    ch->names = calloc(columns, sizeof *ch->names);
    ch->same = calloc(columns, sizeof *ch->same);
    ch->column_of = calloc(lamna_field_count(s->reg), sizeof *ch->column_of);
    ch->found = calloc(ch->threads, sizeof *ch->found);
    for (unsigned i = 0; ch->found != NULL && i < ch->threads; i++) {
        ch->found[i].first = calloc(columns, sizeof(size_t));
        ch->found[i].last = calloc(columns, sizeof(size_t));
        if (ch->found[i].first == NULL || ch->found[i].last == NULL)
            return false;
    }
    return ch->names != NULL && ch->same != NULL && ch->column_of != NULL && ch->found != NULL;
}

static int choose_fields(struct chosen *ch, struct session *s, const struct cli *cli)
{
    lamna_error err;
    const char *aggregator = cli_value(cli, "aggregator");
    ch->aggregator = aggregator != NULL ? aggregator : ",";
    if (!chosen_alloc(ch, s, (size_t)cli->given_count + 1))
        return cli_say(EXIT_FAILED, "out of memory");
    for (int i = 0; i < cli->given_count; i++) {
        if (cli->given[i].option->letter != 'e')
            continue;
        if (lamna_query_want(s->query, cli->given[i].value, &err) != LAMNA_OK)
            return cli_fail(&err, NULL);
        ch->names[ch->count++] = cli->given[i].value;
    }
    if (ch->count == 0)
        return cli_say(EXIT_USAGE, "no field is named; give at least one -e NAME");
    for (size_t f = 1; f < lamna_field_count(s->reg); f++) {
        for (size_t c = ch->count; c-- > 0;) {
            if (strcmp(lamna_field_at(s->reg, f)->name, ch->names[c]) == 0)
                ch->column_of[f] = c + 1;
        }
    }
    for (size_t c = 0; c < ch->count; c++)
        ch->same[c] = ch->column_of[lamna_field_find(s->reg, ch->names[c])->number] - 1;
    return EXIT_OK;
}

static void chosen_free(struct chosen *ch)
{
    for (unsigned i = 0; ch->found != NULL && i < ch->threads; i++) {
        free(ch->found[i].first);
        free(ch->found[i].last);
        free(ch->found[i].following);
    }
    free(ch->found);
    free(ch->names);
    free(ch->column_of);
    free(ch->same);
}

/* Sorts the packet's items into columns, each a linked list in document order. */
static bool sort_items(const struct chosen *ch, struct found *found, const lamna_item *items,
                       size_t count)
{
    if (count > found->items) {
        size_t *more = realloc(found->following, 2 * count * sizeof *more);
        if (more == NULL)
            return false;
        found->following = more;
        found->items = 2 * count;
    }
    for (size_t c = 0; c < ch->count; c++)
        found->first[c] = SIZE_MAX;
    for (size_t i = 0; i < count; i++) {
        /* choose_fields() has made it. NOLINTNEXTLINE(clang-analyzer-core.NullDereference) */
        size_t c = ch->column_of[items[i].field];
        if (c-- == 0)
            continue;
        found->following[i] = SIZE_MAX;
        if (found->first[c] == SIZE_MAX)
            found->first[c] = i;
        else
            found->following[found->last[c]] = i;
        found->last[c] = i;
    }
    return true;
}

/* A packet whose items there is no memory for has empty columns. */
static void print_fields(void *context, unsigned thread, const lamna_packet *packet,
                         lamna_text *out)
{
    const struct chosen *ch = context;
    struct found *found = &ch->found[thread];
    size_t count;
    const lamna_item *items = lamna_packet_items(packet, &count);
    bool sorted = sort_items(ch, found, items, count);
    for (size_t c = 0; c < ch->count; c++) {
        if (c > 0)
            lamna_text_add(out, "\t", 1);
        size_t first = sorted ? found->first[ch->same[c]] : SIZE_MAX;
        for (size_t i = first; i != SIZE_MAX; i = found->following[i]) {
            if (i != first)
                add(out, ch->aggregator);
            lamna_item_value(packet, i, out);
        }
    }
    lamna_text_add(out, "\n", 1);
}

int command_fields(struct cli *cli)
{
    if (cli_flag(cli, "list"))
        return list_fields();
    if (cli->argument_count == 0)
        return cli_say(EXIT_USAGE, "usage: lamna fields FILE [FILTER] -e NAME ...");
    struct session s;
    struct chosen ch = {0};
    int status = session_open(&s, cli, cli_argument(cli, 0), cli_filter(cli, 1));
    if (status == 0)
        status = choose_fields(&ch, &s, cli);
    if (status == 0)
        status = session_run(&s);
    if (status == 0)
        status = session_run_all(&s, print_fields, &ch);
    chosen_free(&ch);
    session_close(&s);
    return status;
}

/* ---- show ---------------------------------------------------------------------------------- */

static void show_tree(const lamna_packet *packet, lamna_text *out)
{
    size_t count, depth = 0, ends[64];
    const lamna_item *items = lamna_packet_items(packet, &count);
    for (size_t i = 0; i < count; i++) {
        while (depth > 0 && i >= ends[depth - 1])
            depth--;
        if ((items[i].flags & LAMNA_ITEM_HIDDEN) == 0) {
            for (size_t d = 0; d < depth; d++)
                add(out, "    ");
            lamna_item_label(packet, i, out);
            add(out, "\n");
        }
        if (items[i].end > i + 1 && depth < sizeof ends / sizeof ends[0])
            ends[depth++] = items[i].end;
    }
}

/* "0000  08 00 ...  |..|", sixteen bytes a line. */
static void show_bytes(const lamna_packet_info *info, lamna_text *out)
{
    for (uint32_t at = 0; at < info->captured; at += 16) {
        char line[96];
        int n = snprintf(line, sizeof line, "%04x ", at);
        uint32_t count = info->captured - at < 16 ? info->captured - at : 16;
        for (uint32_t i = 0; i < 16; i++)
            n += i < count
                     ? snprintf(line + n, sizeof line - (size_t)n, "%s%02x", i == 8 ? "  " : " ",
                                info->data[at + i])
                     : snprintf(line + n, sizeof line - (size_t)n, "%s", i == 8 ? "    " : "   ");
        n += snprintf(line + n, sizeof line - (size_t)n, "   ");
        for (uint32_t i = 0; i < count; i++) {
            uint8_t byte = info->data[at + i];
            line[n++] = byte >= 0x20 && byte < 0x7f ? (char)byte : '.';
        }
        line[n++] = '\n';
        lamna_text_add(out, line, (size_t)n);
    }
}

struct showing {
    lamna_json **json; /* one for each thread; NULL: as text */
    unsigned threads;
    bool bytes;
};

static void show_packet(void *context, unsigned thread, const lamna_packet *packet, lamna_text *out)
{
    const struct showing *showing = context;
    if (showing->json != NULL) {
        lamna_packet_json(showing->json[thread], packet, out);
    } else {
        show_tree(packet, out);
        if (showing->bytes)
            show_bytes(lamna_packet_get_info(packet), out);
    }
    add(out, "\n");
}

static int show_as_json(struct showing *showing, const struct session *s)
{
    lamna_error err;
    showing->threads = session_threads(s);
    showing->json = calloc(showing->threads, sizeof *showing->json);
    if (showing->json == NULL)
        return cli_say(EXIT_FAILED, "out of memory");
    for (unsigned i = 0; i < showing->threads; i++) {
        if ((showing->json[i] = lamna_json_new(s->reg, &err)) == NULL)
            return cli_fail(&err, NULL);
    }
    return EXIT_OK;
}

int command_show(struct cli *cli)
{
    const char *format = cli_value(cli, "format");
    bool json = format != NULL && strcmp(format, "ndjson") == 0;
    if (format != NULL && !json && strcmp(format, "text") != 0)
        return cli_say(EXIT_USAGE, "--format takes text or ndjson, not \"%s\"", format);
    struct session s;
    struct showing showing = {.bytes = cli_flag(cli, "bytes")};
    int status = session_open(&s, cli, cli_argument(cli, 0), cli_filter(cli, 1));
    if (status == 0) {
        lamna_query_want_all(s.query, !json);
        status = json ? show_as_json(&showing, &s) : EXIT_OK;
    }
    if (status == 0)
        status = session_run(&s);
    if (status == 0)
        status = session_run_all(&s, show_packet, &showing);
    for (unsigned i = 0; showing.json != NULL && i < showing.threads; i++)
        lamna_json_free(showing.json[i]);
    free(showing.json);
    session_close(&s);
    return status;
}
