/* data-text-lines: text of which no more is known than that it has lines. */
#include "dissect/span.h"

static void dissect(struct packet *p, struct cursor *c)
{
    struct span rest = span_rest(c);
    uint32_t lines = 0;
    while (p->wanted->titles && rest.n > 0) {
        struct span line = span_line(rest), text = span_text(line);
        uint32_t tree = tree_text(p, c, line.offset, line.n, "%.*s", (int)text.n, text.at);
        tree_end(p, tree);
        rest = span_after(rest, line.n);
        lines++;
    }
    const char *of = p->media.type_length > 0 ? ": " : "";
    title(p, "Line-based text data%s%.*s (%u lines)", of, (int)p->media.type_length,
          p->media.type_length > 0 ? p->media.type : "", lines);
    cursor_skip(c, cursor_captured(c));
}

static const struct binding bindings[] = {
    BOUND_TEXT("media_type", "text/plain"),
    BOUND_TEXT("media_type", "text/html"),
    BOUND_TEXT("media_type", "text/css"),
    BOUND_TEXT("media_type", "text/javascript"),
    BOUND_TEXT("media_type", "text/richtext"),
    BOUND_TEXT("media_type", "application/x-javascript"),
    BOUND_TEXT("media_type", "application/x-ns-proxy-autoconfig"),
    {NULL, 0, NULL}};

const struct protocol proto_text_lines = {.name = "data-text-lines",
                                          .plain = true,
                                          .title = "Line-based text data",
                                          .bindings = bindings,
                                          .dissect = dissect};
