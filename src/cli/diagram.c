#include "cli/diagram.h"

#include <inttypes.h>
#include <libintl.h>
#include <stdarg.h>
#include <string.h>

#define _(text) gettext(text)

/*
 *     0    TIME                LEFT                            RIGHT            WIDTH
 *          0.000000 s   CLOSED  |  [SYN] Seq=0                   |  LISTEN
 *                      SYN_SENT |------------------------------->|  SYN_RCVD
 */
enum {
    WIDTH = 960,
    LEFT = 270,
    RIGHT = 730,
    MARGIN = 12, /* of texts from the edge, and from the lifelines */
    HEAD = 64,   /* with both ends' names */
    STEP_HEIGHT = 46,
    SLANT = 16, /* how much lower an arrow arrives */
    HEADING_HEIGHT = 34,
    FOLDED_HEIGHT = 30,
    AT_ONCE = 38 /* how much higher what was sent at the same moment begins */
};

static const char style[] =
    "text{font:13px sans-serif;fill:#1b1f24}"
    ".small{font-size:12px;fill:#57606a}.state{font:12px monospace}.head{font-weight:bold}"
    ".life{stroke:#8c959f;stroke-width:2}.rule{stroke:#d0d7de}"
    ".arrow{stroke:#1b1f24;stroke-width:1.5;fill:none}"
    ".again{stroke:#bc4c00;stroke-dasharray:6 3}.odd{stroke:#9a6700}.bad{stroke:#cf222e}"
    ".markagain{fill:#bc4c00}.markodd{fill:#9a6700}.markbad{fill:#cf222e}"
    ".full{stroke:#cf222e;stroke-width:7;opacity:.6}";

/* One diagram on its way down. Nothing is printed while it is only measured. */
struct diagram {
    const struct steps *s;
    bool draw;
    int y;
    int full_since[2]; /* where this end's window became zero; 0: it is not */
};

void xml_print(const char *text)
{
    for (; *text != '\0'; text++) {
        switch (*text) {
        case '<':
            (void)fputs("&lt;", stdout);
            break;
        case '>':
            (void)fputs("&gt;", stdout);
            break;
        case '&':
            (void)fputs("&amp;", stdout);
            break;
        case '"':
            (void)fputs("&quot;", stdout);
            break;
        default: /* XML has no control characters */
            (void)putchar((unsigned char)*text >= 0x20 && *text != 0x7f ? *text : '.');
        }
    }
}

__attribute__((format(printf, 2, 3))) static void draw(const struct diagram *d, const char *fmt,
                                                       ...)
{
    va_list args;
    va_start(args, fmt);
    if (d->draw)
        (void)vprintf(fmt, args);
    va_end(args);
}

/* `anchor`: "start", "middle" or "end". */
static void draw_text(const struct diagram *d, int x, int y, const char *anchor, const char *class,
                      const char *text)
{
    if (!d->draw || *text == '\0')
        return;
    draw(d, "<text x=\"%d\" y=\"%d\" text-anchor=\"%s\" class=\"%s\">", x, y, anchor, class);
    xml_print(text);
    draw(d, "</text>\n");
}

/* ---- Steps ----------------------------------------------------------------------------------- */

/* What the note means to the eye: sent again, odd, or bad. */
static const char *kind_of(const struct steps *s, size_t row)
{
    const char *note = step_text(s, row, STEP_NOTE);
    if (strstr(step_text(s, row, STEP_FLAGS), "RST") != NULL)
        return "bad";
    if (strstr(note, "retransmission") != NULL)
        return "again";
    if (strncmp(note, "zero_window", 11) == 0 || strcmp(note, "window_full") == 0)
        return "bad";
    return *note != '\0' ? "odd" : "";
}

/* Both ends act before either has heard of the other. */
static bool is_at_once(const struct steps *s, size_t row)
{
    const char *step = step_text(s, row, STEP_STEP);
    return row > s->from && (strcmp(step, "both_syn") == 0 || strcmp(step, "both_fin") == 0);
}

static void draw_arrow(const struct diagram *d, size_t row)
{
    char label[128];
    const struct steps *s = d->s;
    bool from_server = step_from_server(s, row);
    const char *kind = kind_of(s, row);
    int begin = d->y - (is_at_once(s, row) ? AT_ONCE : 0), end = d->y + SLANT;
    draw(d,
         "<line x1=\"%d\" y1=\"%d\" x2=\"%d\" y2=\"%d\" class=\"arrow %s\" "
         "marker-end=\"url(#head%s)\"/>\n",
         from_server ? RIGHT : LEFT, begin, from_server ? LEFT + 2 : RIGHT - 2, end, kind, kind);
    story_arrow(label, sizeof label, s, row);
    if (is_at_once(s, row)) /* near its point: two arrows cross where it begins */
        draw_text(d, from_server ? (3 * LEFT + RIGHT) / 4 : (LEFT + 3 * RIGHT) / 4,
                  (begin + 3 * end) / 4 - 10, "middle", "", label);
    else
        draw_text(d, (LEFT + RIGHT) / 2, d->y, "middle", "", label);
    char mark[64];
    (void)snprintf(mark, sizeof mark, "small mark%s", kind);
    draw_text(d, (LEFT + RIGHT) / 2, d->y + 27, "middle", mark, story_mark(s, row));
}

/* At the edge: the state before, where it is new to the eye, and the one that the packet leads to. */
static void draw_states(const struct diagram *d, size_t row)
{
    const struct steps *s = d->s;
    for (unsigned server = 0; server < 2; server++) {
        const char *before = step_text(s, row, server ? STEP_SERVER_BEFORE : STEP_CLIENT_BEFORE);
        const char *after = step_text(s, row, server ? STEP_SERVER_AFTER : STEP_CLIENT_AFTER);
        bool sends = step_from_server(s, row) == (server != 0);
        int x = server ? RIGHT + MARGIN : LEFT - MARGIN, y = d->y + (sends ? 4 : SLANT + 4);
        if (sends && is_at_once(s, row)) /* where the other end's arrives */
            y += SLANT - STEP_HEIGHT;
        const char *anchor = server ? "start" : "end";
        if (row == s->from)
            draw_text(d, x, y - 14, anchor, "state small", before);
        if (strcmp(before, after) == 0)
            continue;
        draw(d, "<circle cx=\"%d\" cy=\"%d\" r=\"4\" fill=\"#0969da\"/>\n", server ? RIGHT : LEFT,
             y - 4);
        draw_text(d, x, y, anchor, "state", after);
    }
}

/* A bar along the lifeline of an end that has no room. */
static void follow_window(struct diagram *d, size_t row)
{
    unsigned side = step_from_server(d->s, row);
    bool counts = strpbrk(step_text(d->s, row, STEP_FLAGS), "SR") == NULL ||
                  strstr(step_text(d->s, row, STEP_FLAGS), "PSH") != NULL;
    bool full = counts && step_number(d->s, row, STEP_WINDOW) == 0;
    if (full && d->full_since[side] == 0)
        d->full_since[side] = d->y;
    if (full || d->full_since[side] == 0)
        return;
    int x = side ? RIGHT : LEFT;
    draw(d, "<line x1=\"%d\" y1=\"%d\" x2=\"%d\" y2=\"%d\" class=\"full\"/>\n", x,
         d->full_since[side], x, d->y);
    d->full_since[side] = 0;
}

static void draw_headings(struct diagram *d, size_t row)
{
    struct story phase = {0};
    story_phase(&phase, d->s, row);
    for (unsigned i = 0; i < phase.count; i++) {
        draw(d, "<line x1=\"%d\" y1=\"%d\" x2=\"%d\" y2=\"%d\" class=\"rule\"/>\n", MARGIN,
             d->y - 6, WIDTH - MARGIN, d->y - 6);
        draw_text(d, MARGIN, d->y + 9, "start", "head", phase.line[i]);
        d->y += HEADING_HEIGHT;
    }
}

static void draw_step(struct diagram *d, size_t row)
{
    char text[64];
    struct story folded = {0};
    draw_headings(d, row);
    int64_t since = step_time(d->s, row, STEP_TIME) - step_time(d->s, d->s->from, STEP_TIME);
    (void)snprintf(text, sizeof text, "%" PRIu64, step_number(d->s, row, STEP_PACKET));
    draw_text(d, 44, d->y + 4, "end", "small", text);
    (void)snprintf(text, sizeof text, "%.6f s", (double)(since - since % 1000) / 1e9);
    draw_text(d, 148, d->y + 4, "end", "small", text);
    follow_window(d, row);
    draw_arrow(d, row);
    draw_states(d, row);
    d->y += STEP_HEIGHT;
    story_folded(&folded, d->s, row);
    if (folded.count > 0) {
        draw_text(d, (LEFT + RIGHT) / 2, d->y, "middle", "small", folded.line[0]);
        d->y += FOLDED_HEIGHT;
    }
}

/* ---- The whole ------------------------------------------------------------------------------- */

static void draw_end(const struct diagram *d, bool server)
{
    char text[128];
    int x = server ? RIGHT : LEFT;
    story_socket(text, sizeof text, d->s, server);
    draw_text(d, x, 20, "middle", "head", server ? _("server") : _("client"));
    draw_text(d, x, 38, "middle", "small", text);
}

static int diagram_make(const struct steps *s, bool draws, int height)
{
    struct diagram d = {.s = s, .draw = draws, .y = HEAD};
    for (unsigned server = 0; server < 2; server++) {
        int x = server ? RIGHT : LEFT;
        draw_end(&d, server != 0);
        draw(&d, "<line x1=\"%d\" y1=\"46\" x2=\"%d\" y2=\"%d\" class=\"life\"/>\n", x, x,
             height - MARGIN);
    }
    for (size_t row = s->from; row < s->to; row++)
        draw_step(&d, row);
    for (unsigned side = 0; side < 2; side++) {
        int x = side ? RIGHT : LEFT;
        if (d.full_since[side] != 0)
            draw(&d, "<line x1=\"%d\" y1=\"%d\" x2=\"%d\" y2=\"%d\" class=\"full\"/>\n", x,
                 d.full_since[side], x, d.y);
    }
    return d.y + MARGIN;
}

int diagram_height(const struct steps *s)
{
    return diagram_make(s, false, 0);
}

/* The head of an arrow in the colour of its line. */
static void print_heads(void)
{
    static const char *const kinds[][2] = {
        {"", "#1b1f24"}, {"again", "#bc4c00"}, {"odd", "#9a6700"}, {"bad", "#cf222e"}};
    (void)printf("<defs>");
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        (void)printf(
            "<marker id=\"head%s\" viewBox=\"0 0 10 10\" refX=\"9\" refY=\"5\" markerWidth=\"8\" "
            "markerHeight=\"8\" orient=\"auto\"><path d=\"M0 1 10 5 0 9z\" fill=\"%s\"/></marker>",
            kinds[i][0], kinds[i][1]);
    (void)printf("</defs>\n");
}

int diagram_print(const struct steps *s, int top)
{
    int height = diagram_height(s);
    (void)printf("<svg xmlns=\"http://www.w3.org/2000/svg\" y=\"%d\" width=\"%d\" height=\"%d\" "
                 "viewBox=\"0 0 %d %d\" role=\"img\">\n<style>%s</style>\n",
                 top, WIDTH, height, WIDTH, height, style);
    print_heads();
    (void)printf("<rect width=\"%d\" height=\"%d\" fill=\"#fff\"/>\n", WIDTH, height);
    (void)diagram_make(s, true, height);
    (void)printf("</svg>\n");
    return height;
}

void diagram_print_report(const lamna_report *r, const char *title)
{
    struct steps s;
    int height = 0, top = 0;
    for (bool more = steps_first(&s, r); more; more = steps_next(&s))
        height += diagram_height(&s);
    (void)printf("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" "
                 "viewBox=\"0 0 %d %d\">\n<title>",
                 WIDTH, height, WIDTH, height);
    xml_print(title);
    (void)printf("</title>\n");
    for (bool more = steps_first(&s, r); more; more = steps_next(&s))
        top += diagram_print(&s, top);
    (void)printf("</svg>\n");
}
