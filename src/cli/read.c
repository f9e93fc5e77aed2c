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

/* The chosen fields: numbers in the order of the command line, and the first item of each in the
 * present packet. */
struct chosen {
    const char **names;
    size_t count;
    size_t *column_of; /* by field number: column + 1, 0 for none */
    size_t *same;      /* by column: the first one of the same name, which has the items */
    size_t *first;     /* by column: the items of it, linked by `following`; SIZE_MAX ends */
    size_t *last;
    size_t *following; /* by item */
    size_t items;      /* room in `following` */
};

static int choose_fields(struct chosen *ch, struct session *s, const struct cli *cli)
{
    lamna_error err;
    ch->names = calloc((size_t)cli->given_count + 1, sizeof *ch->names);
    ch->first = calloc((size_t)cli->given_count + 1, sizeof *ch->first);
    ch->last = calloc((size_t)cli->given_count + 1, sizeof *ch->last);
    ch->same = calloc((size_t)cli->given_count + 1, sizeof *ch->same);
    if (ch->names == NULL || ch->same == NULL || ch->first == NULL || ch->last == NULL)
        return cli_say(EXIT_FAILED, "out of memory");
    for (int i = 0; i < cli->given_count; i++) {
        if (cli->given[i].option->letter != 'e')
            continue;
        if (lamna_query_want(s->query, cli->given[i].value, &err) != LAMNA_OK)
            return cli_fail(&err, NULL);
        ch->names[ch->count++] = cli->given[i].value;
    }
    ch->column_of = calloc(lamna_field_count(s->reg), sizeof *ch->column_of);
    if (ch->column_of == NULL)
        return cli_say(EXIT_FAILED, "out of memory");
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
    free(ch->names);
    free(ch->column_of);
    free(ch->first);
    free(ch->same);
    free(ch->last);
    free(ch->following);
}

/* Sorts the packet's items into columns, each a linked list in document order. */
static bool sort_items(struct chosen *ch, const lamna_item *items, size_t count)
{
    if (count > ch->items) {
        size_t *more = realloc(ch->following, 2 * count * sizeof *more);
        if (more == NULL)
            return false;
        ch->following = more;
        ch->items = 2 * count;
    }
    for (size_t c = 0; c < ch->count; c++)
        ch->first[c] = SIZE_MAX;
    for (size_t i = 0; i < count; i++) {
        /* choose_fields() has made it. NOLINTNEXTLINE(clang-analyzer-core.NullDereference) */
        size_t c = ch->column_of[items[i].field];
        if (c-- == 0)
            continue;
        ch->following[i] = SIZE_MAX;
        if (ch->first[c] == SIZE_MAX)
            ch->first[c] = i;
        else
            ch->following[ch->last[c]] = i;
        ch->last[c] = i;
    }
    return true;
}

static bool print_fields(struct chosen *ch, struct session *s, const lamna_packet *packet,
                         const char *aggregator)
{
    size_t count;
    const lamna_item *items = lamna_packet_items(packet, &count);
    if (!sort_items(ch, items, count))
        return false;
    for (size_t c = 0; c < ch->count; c++) {
        if (c > 0)
            lamna_text_add(s->text, "\t", 1);
        size_t first = ch->first[ch->same[c]];
        for (size_t i = first; i != SIZE_MAX; i = ch->following[i]) {
            if (i != first)
                add(s->text, aggregator);
            lamna_item_value(packet, i, s->text);
        }
    }
    lamna_text_add(s->text, "\n", 1);
    return session_put(s);
}

int command_fields(struct cli *cli)
{
    if (cli_flag(cli, "list"))
        return list_fields();
    if (cli->argument_count == 0)
        return cli_say(EXIT_USAGE, "usage: lamna fields FILE [FILTER] -e NAME ...");
    const char *aggregator = cli_value(cli, "aggregator");
    struct session s;
    struct chosen ch = {0};
    lamna_error err;
    const lamna_packet *packet;
    int status = session_open(&s, cli, cli_argument(cli, 0), cli_filter(cli, 1));
    if (status == 0)
        status = choose_fields(&ch, &s, cli);
    if (status == 0)
        status = session_run(&s);
    if (status == 0) {
        session_stop_on_signal(s.source);
        lamna_status end;
        while ((end = lamna_run_next(s.run, &packet, &err)) == LAMNA_OK) {
            if (!print_fields(&ch, &s, packet, aggregator != NULL ? aggregator : ","))
                break;
        }
        status = session_end(&s, end, &err);
    }
    chosen_free(&ch);
    session_close(&s);
    return status;
}

/* ---- show ---------------------------------------------------------------------------------- */

static void show_tree(struct session *s, const lamna_packet *packet)
{
    size_t count, depth = 0, ends[64];
    const lamna_item *items = lamna_packet_items(packet, &count);
    for (size_t i = 0; i < count; i++) {
        while (depth > 0 && i >= ends[depth - 1])
            depth--;
        if ((items[i].flags & LAMNA_ITEM_HIDDEN) == 0) {
            for (size_t d = 0; d < depth; d++)
                add(s->text, "    ");
            lamna_item_label(packet, i, s->text);
            add(s->text, "\n");
        }
        if (items[i].end > i + 1 && depth < sizeof ends / sizeof ends[0])
            ends[depth++] = items[i].end;
    }
}

/* "0000  08 00 ...  |..|", sixteen bytes a line. */
static void show_bytes(struct session *s, const lamna_packet_info *info)
{
    for (uint32_t at = 0; at < info->captured; at += 16) {
        char line[96];
        int n = snprintf(line, sizeof line, "%04x ", at);
        uint32_t count = info->captured - at < 16 ? info->captured - at : 16;
        for (uint32_t i = 0; i < 16; i++)
            n += i < count ? snprintf(line + n, sizeof line - (size_t)n, "%s%02x", i == 8 ? "  " : " ",
                                      info->data[at + i])
                           : snprintf(line + n, sizeof line - (size_t)n, "%s", i == 8 ? "    " : "   ");
        n += snprintf(line + n, sizeof line - (size_t)n, "   ");
        for (uint32_t i = 0; i < count; i++) {
            uint8_t byte = info->data[at + i];
            line[n++] = byte >= 0x20 && byte < 0x7f ? (char)byte : '.';
        }
        line[n++] = '\n';
        lamna_text_add(s->text, line, (size_t)n);
    }
}

static bool show_packet(struct session *s, lamna_json *json, const lamna_packet *packet, bool bytes)
{
    if (json != NULL) {
        lamna_packet_json(json, packet, s->text);
    } else {
        show_tree(s, packet);
        if (bytes)
            show_bytes(s, lamna_packet_get_info(packet));
    }
    add(s->text, "\n");
    return session_put(s);
}

int command_show(struct cli *cli)
{
    const char *format = cli_value(cli, "format");
    bool json = format != NULL && strcmp(format, "ndjson") == 0;
    if (format != NULL && !json && strcmp(format, "text") != 0)
        return cli_say(EXIT_USAGE, "--format takes text or ndjson, not \"%s\"", format);
    struct session s;
    lamna_json *writer = NULL;
    lamna_error err;
    const lamna_packet *packet;
    int status = session_open(&s, cli, cli_argument(cli, 0), cli_filter(cli, 1));
    if (status == 0) {
        lamna_query_want_all(s.query, !json);
        writer = json ? lamna_json_new(s.reg, &err) : NULL;
        status = json && writer == NULL ? cli_fail(&err, NULL) : session_run(&s);
    }
    if (status == 0) {
        session_stop_on_signal(s.source);
        lamna_status end;
        while ((end = lamna_run_next(s.run, &packet, &err)) == LAMNA_OK) {
            if (!show_packet(&s, writer, packet, cli_flag(cli, "bytes")))
                break;
        }
        status = session_end(&s, end, &err);
    }
    lamna_json_free(writer);
    session_close(&s);
    return status;
}
