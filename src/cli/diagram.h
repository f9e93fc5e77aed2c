/*
 * diagram: a connection as a sequence diagram in SVG: time down, both ends, an arrow for each step, the states
 * at both edges; and the page around it. Everything that comes from a capture is escaped.
 */
#ifndef CLI_DIAGRAM_H
#define CLI_DIAGRAM_H

#include "cli/story.h"

/* Text inside an element or an attribute. */
void xml_print(const char *text);

/* The diagram of one connection, an <svg> element of its own with its upper edge at `top`; its height is
 * returned. */
int diagram_print(const struct steps *s, int top);
/* The height that diagram_print() will return. */
int diagram_height(const struct steps *s);
/* All connections of a report of the kind "steps", below each other: an SVG file. */
void diagram_print_report(const lamna_report *r, const char *title);
/* An HTML page that needs nothing else: diagrams, and the sentences under each. */
void page_print_report(const lamna_report *r, const char *title);

#endif
