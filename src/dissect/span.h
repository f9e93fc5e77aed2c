/* span: text that lies in a packet, without a NUL at its end, and where it lies. For protocols of
 * lines. */
#ifndef DISSECT_SPAN_H
#define DISSECT_SPAN_H

#include <string.h>
#include <strings.h>

#include "dissect/packet.h"

struct span {
    const char *at;
    uint32_t n, offset;
};

/* What is left of c, as far as it was captured; never NULL. */
static inline struct span span_rest(const struct cursor *c)
{
    const char *at = c->data == NULL ? "" : (const char *)c->data + c->pos;
    return (struct span){at, c->data == NULL ? 0 : cursor_captured(c), c->pos};
}

static inline struct span span_after(struct span s, uint32_t n)
{
    return (struct span){s.at + n, s.n - n, s.offset + n};
}

/* What lies before the first `stop` in s, which is moved past it. */
static inline struct span span_until(struct span *s, char stop)
{
    const char *found = s->n == 0 ? NULL : memchr(s->at, stop, s->n);
    uint32_t n = found == NULL ? s->n : (uint32_t)(found - s->at);
    struct span part = {s->at, n, s->offset};
    *s = span_after(*s, found == NULL ? n : n + 1);
    return part;
}

/* The first line of s with its end; all of s, if it has none. */
static inline struct span span_line(struct span s)
{
    const char *end = s.n == 0 ? NULL : memchr(s.at, '\n', s.n);
    if (end != NULL)
        s.n = (uint32_t)(end - s.at) + 1;
    return s;
}

/* A line without its end. */
static inline struct span span_text(struct span line)
{
    if (line.n > 0 && line.at[line.n - 1] == '\n')
        line.n--;
    if (line.n > 0 && line.at[line.n - 1] == '\r')
        line.n--;
    return line;
}

static inline struct span span_trim(struct span s)
{
    while (s.n > 0 && (*s.at == ' ' || *s.at == '\t'))
        s = span_after(s, 1);
    while (s.n > 0 && (s.at[s.n - 1] == ' ' || s.at[s.n - 1] == '\t'))
        s.n--;
    return s;
}

/* The first line of s with those that are folded into it (RFC 5322, section 2.2.3). */
static inline struct span span_header(struct span s)
{
    struct span whole = span_line(s);
    while (whole.n < s.n && (s.at[whole.n] == ' ' || s.at[whole.n] == '\t'))
        whole.n += span_line(span_after(s, whole.n)).n;
    return whole;
}

/* Blanks in the place of line ends and tabs, in the packet's arena. */
struct span span_unfolded(struct packet *p, struct span s);

/* Without regard to case. */
static inline bool span_is(struct span s, const char *text)
{
    return s.n == strlen(text) && strncasecmp(s.at, text, s.n) == 0;
}

/* With regard to it. */
static inline bool span_starts(struct span s, const char *text)
{
    return s.n >= strlen(text) && memcmp(s.at, text, strlen(text)) == 0;
}

/* The decimal digits at the start of s; no more than fit. */
static inline uint64_t span_number(struct span s)
{
    uint64_t v = 0;
    for (uint32_t i = 0; i < s.n && i < 18 && s.at[i] >= '0' && s.at[i] <= '9'; i++)
        v = v * 10 + (uint64_t)(s.at[i] - '0');
    return v;
}

/* The value of parameter `name` in "; a=b; c="d e"", without its quotes; n == 0 if there is none.
 */
struct span span_parameter(struct span parameters, const char *name);

static inline void put_span(struct packet *p, const struct cursor *c, unsigned field, struct span s)
{
    put_data(p, c, field, s.offset, s.n, s.at, s.n);
}

#endif
