/* lines: text protocols, line by line (FTP, SMTP, POP, IMAP, IRC, NNTP, Redis). */
#ifndef DISSECT_LINES_H
#define DISSECT_LINES_H

#include "dissect/packet.h"

/* Text in a packet, not NUL-terminated. */
struct text {
    const char *at;
    uint32_t n, offset;
};

struct line {
    struct text text; /* without its end */
    uint32_t whole;   /* bytes, with its end */
    bool ended;       /* it has one */
};

/* The line at c, of what was captured, which is moved past it. */
static inline struct line line_take(struct cursor *c)
{
    uint32_t left = cursor_captured(c);
    struct line l = {{(const char *)c->data + c->pos, left, c->pos}, left, false};
    const char *end = left == 0 ? NULL : memchr(l.text.at, '\n', left);
    if (end != NULL) {
        l.ended = true;
        l.text.n = (uint32_t)(end - l.text.at);
        l.whole = l.text.n + 1;
        if (l.text.n > 0 && l.text.at[l.text.n - 1] == '\r')
            l.text.n--;
    }
    c->pos += l.whole;
    return l;
}

static inline struct text text_from(struct text t, uint32_t from)
{
    if (from > t.n)
        from = t.n;
    return (struct text){t.at + from, t.n - from, t.offset + from};
}

/* The word at the start of t, which is moved past it and the blanks that follow. */
static inline struct text word_take(struct text *t)
{
    struct text word = *t;
    uint32_t n = 0;
    while (n < t->n && t->at[n] != ' ')
        n++;
    word.n = n;
    while (n < t->n && t->at[n] == ' ')
        n++;
    *t = text_from(*t, n);
    return word;
}

/* The same whatever the case; `upper` is in capitals. */
static inline bool text_is(struct text t, const char *upper)
{
    for (uint32_t i = 0; i < t.n; i++, upper++) {
        char b = t.at[i] >= 'a' && t.at[i] <= 'z' ? (char)(t.at[i] - 32) : t.at[i];
        if (*upper == '\0' || b != *upper)
            return false;
    }
    return *upper == '\0';
}

static inline bool is_digit(char b)
{
    return b >= '0' && b <= '9';
}

/* The number at the start of t, of at most 9 digits. */
static inline uint32_t text_number(struct text t)
{
    uint32_t v = 0;
    for (uint32_t i = 0; i < t.n && i < 9 && is_digit(t.at[i]); i++)
        v = v * 10 + (uint32_t)(t.at[i] - '0');
    return v;
}

/* Three digits at the start: the code of a reply. */
static inline bool text_has_code(struct text t)
{
    return t.n >= 3 && is_digit(t.at[0]) && is_digit(t.at[1]) && is_digit(t.at[2]);
}

static inline void put_text(struct packet *p, const struct cursor *c, unsigned field, struct text t)
{
    put_data(p, c, field, t.offset, t.n, t.at, t.n);
}

/* A point alone on a line ends a mail (RFC 5321, section 4.1.1.4; RFC 1939, section 3): how many bytes lie before
 * it, and with it. False: it is not at c. */
static inline bool lines_end(struct cursor c, uint32_t *n, uint32_t *with)
{
    uint32_t start = c.pos;
    while (cursor_captured(&c) > 0) {
        struct line line = line_take(&c);
        if (line.ended && line.text.n == 1 && *line.text.at == '.') {
            *n = line.text.offset - start;
            *with = *n + line.whole;
            return true;
        }
    }
    *n = *with = c.pos - start;
    return false;
}

/* For struct protocol's `message`: whole lines, as many as there are; else one segment more. */
static inline uint32_t message_lines(struct packet *p, const struct cursor *c)
{
    (void)p;
    uint32_t n = cursor_captured(c);
    const uint8_t *b = cursor_peek(c, 0, n);
    while (n > 0 && b[n - 1] != '\n')
        n--;
    return n > 0 ? n : STREAM_MORE;
}

#endif
