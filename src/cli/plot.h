/* plot: a report whose first column is a time, and each other one a curve over it. */
#ifndef CLI_PLOT_H
#define CLI_PLOT_H

#include "cli/cli.h"

/* A table with a bar beside each row, for its last column. */
void plot_text(const lamna_report *r);
/* Adds a drawing, as SVG 1.1: one panel below the other, each with its own scale. */
void plot_svg(const lamna_report *r, lamna_text *out);

#endif
