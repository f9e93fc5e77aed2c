#include "cli/plot.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <string.h>

#include "cli/table.h"

/* A cell as a number; NAN where it has none. */
static double cell_value(const lamna_report *r, size_t row, size_t column)
{
    lamna_cell cell = lamna_report_cell(r, row, column);
    switch (cell.type) {
    case LAMNA_CELL_COUNT:
    case LAMNA_CELL_BYTES:
        return (double)cell.value.u;
    case LAMNA_CELL_NUMBER:
        return cell.value.d;
    case LAMNA_CELL_TIME:
    case LAMNA_CELL_DURATION:
        return (double)cell.value.i;
    default:
        return NAN;
    }
}

struct range {
    double least, most;
};

/* Zero always belongs to it, so that heights can be compared. */
static struct range range_of(const lamna_report *r, size_t column)
{
    struct range range = {0, 0};
    for (size_t row = 0; row < lamna_report_rows(r); row++) {
        double v = cell_value(r, row, column);
        if (v < range.least)
            range.least = v;
        if (v > range.most)
            range.most = v;
    }
    return range;
}

/* ---- Text ------------------------------------------------------------------------------------ */

enum { BAR_COLUMNS = 40, PARTS = 8 };

struct bars {
    const lamna_report *r;
    size_t column;
    double most;
};

/* In eighths of a character; what is there at all is seen. */
static void bar_print(void *context, size_t row)
{
    static const char *const parts[PARTS] = {"",       "\u258f", "\u258e", "\u258d",
                                             "\u258c", "\u258b", "\u258a", "\u2589"};
    const struct bars *bars = context;
    double v = cell_value(bars->r, row, bars->column);
    if (!(v > 0) || bars->most <= 0)
        return;
    int eighths = (int)(v / bars->most * BAR_COLUMNS * PARTS + 0.5);
    eighths = eighths == 0 ? 1 : eighths;
    (void)printf("  ");
    for (int i = 0; i < eighths / PARTS; i++)
        (void)printf("\u2588");
    (void)printf("%s", parts[eighths % PARTS]);
}

void plot_text(const lamna_report *r)
{
    size_t last = lamna_report_columns(r) - 1;
    struct bars bars = {r, last, range_of(r, last).most};
    print_table(r, bar_print, &bars);
}

/* ---- SVG ------------------------------------------------------------------------------------- */

enum { WIDTH = 900, LEFT = 90, RIGHT = 20, TOP = 40, PANEL = 120, BETWEEN = 40, LINE_TEXT = 256 };

static void add_format(lamna_text *out, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void add_format(lamna_text *out, const char *fmt, ...)
{
    char text[LINE_TEXT];
    va_list args;
    va_start(args, fmt);
    int n = vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    if (n > 0)
        lamna_text_add(out, text, (size_t)n < sizeof text ? (size_t)n : sizeof text - 1);
}

static void add_escaped(lamna_text *out, const char *text)
{
    for (; *text != '\0'; text++) {
        const char *escaped = *text == '<'   ? "&lt;"
                              : *text == '>' ? "&gt;"
                              : *text == '&' ? "&amp;"
                                             : NULL;
        if (escaped != NULL)
            lamna_text_add(out, escaped, strlen(escaped));
        else if ((unsigned char)*text >= ' ')
            lamna_text_add(out, text, 1);
    }
}

/* One, two or five times a power of ten: so far apart that `most` marks at most are on the way. */
static double step_of(double span, int most)
{
    double rough = span / most, power = pow(10, floor(log10(rough)));
    return rough <= power       ? power
           : rough <= 2 * power ? 2 * power
           : rough <= 5 * power ? 5 * power
                                : 10 * power;
}

/* A place on an axis as the cells of its column are written. */
static void axis_text(const lamna_report *r, size_t column, double v, char *text, size_t size)
{
    lamna_cell_type type = lamna_report_column_at(r, column)->type;
    lamna_cell cell = {.type = LAMNA_CELL_NUMBER, .value.d = v};
    if (type == LAMNA_CELL_DURATION)
        cell = (lamna_cell){.type = type, .value.i = (int64_t)v};
    cell_people(text, size, cell, 0);
}

struct panel {
    const lamna_report *r;
    size_t column;
    int top;
    double end; /* ns: where the last interval ends */
    struct range range;
};

static double place_x(const struct panel *panel, double ns)
{
    return LEFT + ns / panel->end * (WIDTH - LEFT - RIGHT);
}

static double place_y(const struct panel *panel, double v)
{
    const struct range *range = &panel->range;
    return panel->top + PANEL - (v - range->least) / (range->most - range->least) * PANEL;
}

static void add_grid(const struct panel *panel, lamna_text *out)
{
    const struct range *range = &panel->range;
    double step = step_of(range->most - range->least, 4);
    char text[LINE_TEXT];
    for (double v = ceil(range->least / step) * step; v <= range->most; v += step) {
        axis_text(panel->r, panel->column, v, text, sizeof text);
        double y = place_y(panel, v);
        add_format(out, "<line class=\"grid\" x1=\"%d\" x2=\"%d\" y1=\"%.1f\" y2=\"%.1f\"/>\n",
                   LEFT, WIDTH - RIGHT, y, y);
        add_format(out, "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%s</text>\n", LEFT - 6,
                   y + 4, text);
    }
}

static void add_time_axis(const struct panel *panel, lamna_text *out)
{
    double step = step_of(panel->end, 8);
    char text[LINE_TEXT];
    for (double ns = 0; ns <= panel->end; ns += step) {
        axis_text(panel->r, 0, ns, text, sizeof text);
        add_format(out, "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%s</text>\n",
                   place_x(panel, ns), panel->top + PANEL + 18, text);
    }
}

/* A step for each interval; the curve stops where there is no value. */
static void add_curve(const struct panel *panel, double interval, lamna_text *out)
{
    bool pen_down = false;
    lamna_text_add(out, "<path class=\"curve\" d=\"", strlen("<path class=\"curve\" d=\""));
    for (size_t row = 0; row < lamna_report_rows(panel->r); row++) {
        double v = cell_value(panel->r, row, panel->column);
        if (!isnan(v)) {
            double y = place_y(panel, v);
            add_format(out, "%c%.1f %.1fH%.1f", pen_down ? 'L' : 'M',
                       place_x(panel, (double)row * interval), y,
                       place_x(panel, (double)(row + 1) * interval));
        }
        pen_down = !isnan(v);
    }
    lamna_text_add(out, "\"/>\n", strlen("\"/>\n"));
}

static void add_panel(const struct panel *panel, double interval, lamna_text *out)
{
    add_format(out, "<text class=\"title\" x=\"%d\" y=\"%d\">", LEFT, panel->top - 8);
    add_escaped(out, lamna_report_column_at(panel->r, panel->column)->title);
    lamna_text_add(out, "</text>\n", strlen("</text>\n"));
    add_grid(panel, out);
    add_curve(panel, interval, out);
}

void plot_svg(const lamna_report *r, lamna_text *out)
{
    static const char style[] =
        "<style>text{font:12px sans-serif;fill:#333}.title{font-weight:bold}"
        ".grid{stroke:#ddd}.curve{fill:none;stroke:#1f6fb4;stroke-width:1.5}</style>\n"
        "<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n";
    size_t rows = lamna_report_rows(r), panels = lamna_report_columns(r) - 1;
    int height = TOP + (int)panels * (PANEL + BETWEEN);
    double interval = rows > 1 ? cell_value(r, 1, 0) : 1e9;
    add_format(out,
               "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" viewBox=\"0 0 "
               "%d %d\">\n",
               WIDTH, height, WIDTH, height);
    lamna_text_add(out, style, sizeof style - 1);
    for (size_t i = 0; i < panels; i++) {
        struct panel panel = {r, i + 1, TOP + (int)i * (PANEL + BETWEEN),
                              (double)(rows > 0 ? rows : 1) * interval, range_of(r, i + 1)};
        if (panel.range.most <= panel.range.least)
            panel.range.most = panel.range.least + 1;
        add_panel(&panel, interval, out);
        if (i + 1 == panels)
            add_time_axis(&panel, out);
    }
    lamna_text_add(out, "</svg>\n", strlen("</svg>\n"));
}
