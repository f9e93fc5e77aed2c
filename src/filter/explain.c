/* What a filter costs, and how it will be answered: for the curious, and for whoever wonders why.
 */
#include <string.h>

#include "base/buf.h"
#include "filter/headers.h"

static void put_line(struct buf *out, const char *head, const char *text, size_t n)
{
    buf_format(out, "%-10s", head);
    buf_bytes(out, text, n);
    buf_char(out, '\n');
}

/* The cheapest level that has all that the filter reads. */
static const char *level_of(const lamna_filter *f, const struct wanted *w)
{
    bool layers = true;
    for (uint32_t i = 0; i < f->load_count; i++)
        layers &= f->loads[i].is_protocol && f->loads[i].mode == LOAD_VALUE;
    if (f->load_count == 0)
        return "nothing of the packet";
    if (f->plan != NULL && f->plan->complete)
        return "fixed headers: only doubtful packets are dissected";
    if (w->streams)
        return "streams: segments of TCP are put together";
    if (w->flows)
        return "flows: every packet passes the table of conversations";
    return layers ? "layers: which protocols there are" : "fields";
}

static void put_reads(const lamna_filter *f, struct buf *out)
{
    const char *head = "reads";
    for (uint32_t i = 0; i < f->load_count; i++) {
        bool seen = f->loads[i].field_count == 0;
        for (uint32_t k = 0; k < i && !seen; k++)
            seen = f->loads[k].field_count > 0 && f->loads[k].fields[0] == f->loads[i].fields[0];
        if (seen)
            continue;
        const char *name = f->reg->fields[f->loads[i].fields[0]].name;
        put_line(out, head, name, strlen(name));
        head = "";
    }
}

static bool has_doubt(const struct raw *r)
{
    bool doubt = r->kind == RAW_PERHAPS;
    for (const struct raw *part = r->first; part != NULL && !doubt; part = part->next)
        doubt = has_doubt(part);
    return doubt;
}

/* The parts of the outermost "and": those that the headers answer, then those that they do not. */
static void put_parts(const lamna_filter *f, bool pushed, struct buf *out)
{
    const struct raw *root = f->plan->root;
    const struct raw *part = root->kind == RAW_AND ? root->first : root;
    const char *head = pushed ? "headers" : "then";
    for (; part != NULL; part = root->kind == RAW_AND ? part->next : NULL) {
        if (has_doubt(part) == pushed)
            continue;
        put_line(out, head, f->text + part->begin, part->end - part->begin);
        head = "";
    }
}

static void put_walks(const lamna_filter *f, const struct wanted *w, struct buf *out)
{
    uint32_t count = 0, all = 0;
    for (uint16_t i = 1; i < f->reg->proto_count; i++) {
        all++;
        count += w->proto[i] != 0;
    }
    buf_format(out, "%-10s%u of %u protocols\n", "walks", count, all);
}

void filter_explain(const lamna_filter *f, const struct wanted *w, struct buf *out)
{
    const char *level = level_of(f, w);
    struct buf kernel = {0};
    put_line(out, "filter", f->text, strlen(f->text));
    put_line(out, "needs", level, strlen(level));
    put_reads(f, out);
    put_walks(f, w, out);
    struct wanted *beyond = wanted_new(f->reg);
    if (beyond != NULL) {
        filter_want_beyond(f, beyond);
        wanted_finish(beyond);
    }
    /* Where a flow must see every packet, every packet is dissected. */
    if (f->plan != NULL && beyond != NULL && !beyond->flows) {
        put_parts(f, true, out);
        put_parts(f, false, out);
    }
    bool whole_flows = beyond == NULL || beyond->flows;
    wanted_free(beyond);
    if (filter_capture(f, whole_flows, &kernel))
        put_line(out, "kernel", kernel.data, kernel.length);
    buf_free(&kernel);
    buf_str(out, "program\n");
    struct buf program = {0};
    filter_dump(f, &program);
    const char *text = buf_cstr(&program);
    for (const char *line = text; *line != '\0'; line += strcspn(line, "\n") + 1)
        buf_format(out, "  %.*s\n", (int)strcspn(line, "\n"), line);
    buf_free(&program);
}
