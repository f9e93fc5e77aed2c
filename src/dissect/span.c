/* Parameters, as MIME writes them (RFC 2045, section 5.1). */
#include "dissect/span.h"

/* The quoted string at the start of s, which is moved past it. */
static struct span quoted_take(struct span *s)
{
    struct span value = span_after(*s, 1);
    uint32_t n = 0;
    while (n < value.n && value.at[n] != '"')
        n += value.at[n] == '\\' && n + 1 < value.n ? 2 : 1;
    *s = span_after(value, n < value.n ? n + 1 : n);
    value.n = n;
    return value;
}

struct span span_parameter(struct span s, const char *name)
{
    while (s.n > 0) {
        struct span key = s;
        uint32_t n = 0;
        while (n < s.n && s.at[n] != '=' && s.at[n] != ';')
            n++;
        key.n = n;
        bool valued = n < s.n && s.at[n] == '=';
        s = span_after(s, n < s.n ? n + 1 : n);
        if (!valued)
            continue;
        while (s.n > 0 && (*s.at == ' ' || *s.at == '\t'))
            s = span_after(s, 1);
        struct span value =
            s.n > 0 && *s.at == '"' ? quoted_take(&s) : span_trim(span_until(&s, ';'));
        if (span_is(span_trim(key), name))
            return value;
    }
    return (struct span){NULL, 0, 0};
}

struct span span_unfolded(struct packet *p, struct span s)
{
    char *text = arena_alloc(p->arena, s.n + 1u);
    for (uint32_t i = 0; text != NULL && i < s.n; i++)
        text[i] = s.at[i] == '\r' || s.at[i] == '\n' || s.at[i] == '\t' ? ' ' : s.at[i];
    return text == NULL ? s : (struct span){text, s.n, s.offset};
}
