/*
 * xml: Extensible Markup Language 1.0 (W3C), as far as one sees it without a schema: tags with
 * their attributes, and what lies between them.
 */
#include "dissect/span.h"

#define FIELDS(X)                                                                                  \
    X(PI, "xml.xmlpi", "XMLPI", STRING, NONE, 0, NULL)                                             \
    X(XML_PI, "xml.xmlpi.xml", "xml.xmlpi.xml", STRING, NONE, 0, NULL)                             \
    X(PI_VERSION, "xml.xmlpi.xml.version", "version", STRING, NONE, 0, NULL)                       \
    X(PI_ENCODING, "xml.xmlpi.xml.encoding", "encoding", STRING, NONE, 0, NULL)                    \
    X(PI_STANDALONE, "xml.xmlpi.xml.standalone", "standalone", STRING, NONE, 0, NULL)              \
    X(TAG, "xml.tag", "Tag", STRING, NONE, 0, NULL)                                                \
    X(ATTRIBUTE, "xml.attribute", "Attribute", STRING, NONE, 0, NULL)                              \
    X(CDATA, "xml.cdata", "CDATA", STRING, NONE, 0, NULL)                                          \
    X(CDATA_SECTION, "xml.cdatasection", "CDATASection", STRING, NONE, 0, NULL)                    \
    X(COMMENT, "xml.comment", "Comment", STRING, NONE, 0, NULL)                                    \
    X(DOCTYPE, "xml.doctype", "Doctype", STRING, NONE, 0, NULL)                                    \
    X(DTD_TAG, "xml.dtdtag", "DTD Tag", STRING, NONE, 0, NULL)                                     \
    X(UNKNOWN, "xml.unknown", "Unknown", STRING, NONE, 0, NULL)                                    \
    X(UNOPENED, "xml.closing_unopened_tag", "Closing an unopened tag", NONE, NONE, 0, NULL)        \
    X(UNRECOGNIZED, "xml.unrecognized_text", "Unrecognized text", NONE, NONE, 0, NULL)

FIELD_TABLE(FIELDS);

enum { DEEPEST = 64 };

struct document {
    struct span rest;
    uint32_t trees[DEEPEST]; /* of the tags that are open, outermost first */
    uint32_t depth;          /* may be more than DEEPEST; those have no tree */
};

static bool is_blank(char ch)
{
    return ch == ' ' || ch == '\t' || ch == '\n' || ch == '\r';
}

static bool is_name(char ch)
{
    return (ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z') || (ch >= '0' && ch <= '9') ||
           ch == '_' || ch == '-' || ch == '.' || ch == ':' || (unsigned char)ch >= 0x80;
}

static void skip_blanks(struct span *s)
{
    while (s->n > 0 && is_blank(*s->at))
        *s = span_after(*s, 1);
}

static struct span take(struct span *s, uint32_t n)
{
    struct span part = {s->at, n, s->offset};
    *s = span_after(*s, n);
    return part;
}

static struct span take_name(struct span *s)
{
    uint32_t n = 0;
    while (n < s->n && is_name(s->at[n]))
        n++;
    return take(s, n);
}

/* All up to `end`, which is included; all that is left, if it does not come. */
static struct span take_through(struct span *s, const char *end)
{
    const char *found = memmem(s->at, s->n, end, strlen(end));
    return take(s, found == NULL ? s->n : (uint32_t)(found - s->at) + (uint32_t)strlen(end));
}

static void put_labelled(struct packet *p, struct cursor *c, unsigned field, struct span s)
{
    put_span(p, c, field, s);
    label(p, field, "%.*s", (int)s.n, s.at);
}

/* name = "value", or what stands in its place up to a blank, or the end of the tag. */
static struct span take_attribute(struct span *s, struct span *name, struct span *value)
{
    struct span from = *s;
    *name = take_name(s);
    skip_blanks(s);
    *value = take(s, 0);
    if (name->n > 0 && s->n > 0 && *s->at == '=') {
        *s = span_after(*s, 1);
        skip_blanks(s);
        char quote = s->n > 0 ? *s->at : 0;
        if (quote == '"' || quote == '\'') {
            *s = span_after(*s, 1);
            *value = span_until(s, quote);
        } else {
            uint32_t n = 0;
            while (n < s->n && !is_blank(s->at[n]) && s->at[n] != '>')
                n++;
            *value = take(s, n);
        }
    } else if (name->n == 0 && s->n > 0) {
        (void)take(s, 1);
    }
    from.n = s->offset - from.offset;
    return from;
}

/* ---- Parts of a document ------------------------------------------------------------------- */

static void put_xml_declaration(struct packet *p, struct cursor *c, struct span whole)
{
    put_span(p, c, XML_PI, whole);
    label(p, XML_PI, "<?xml");
    uint32_t tree = tree_begin(p, XML_PI);
    struct span inside = span_after(whole, 5);
    inside.n -= inside.n >= 2 ? 2 : inside.n;
    for (skip_blanks(&inside); inside.n > 0; skip_blanks(&inside)) {
        struct span name, value, all = take_attribute(&inside, &name, &value);
        unsigned field = span_is(name, "version")      ? PI_VERSION
                         : span_is(name, "encoding")   ? PI_ENCODING
                         : span_is(name, "standalone") ? PI_STANDALONE
                                                       : FIELD_COUNT;
        if (field == FIELD_COUNT)
            continue;
        put_span(p, c, field, value);
        label(p, field, "%.*s", (int)all.n, all.at);
    }
    tree_end(p, tree);
}

/* <!DOCTYPE name ... [ declarations ]> */
static void put_doctype(struct packet *p, struct cursor *c, struct span *s)
{
    struct span from = *s;
    (void)take(s, 9);
    skip_blanks(s);
    struct span name = take_name(s);
    uint32_t n = 0;
    while (n < s->n && s->at[n] != '[' && s->at[n] != '>')
        n++;
    bool declares = n < s->n && s->at[n] == '[';
    (void)take(s, n < s->n ? n + 1 : n);
    put_span(p, c, DOCTYPE, name);
    label(p, DOCTYPE, "%.*s", (int)(s->offset - from.offset), from.at);
    uint32_t tree = tree_begin(p, DOCTYPE);
    for (skip_blanks(s); declares && s->n > 0 && *s->at != ']'; skip_blanks(s))
        put_labelled(p, c, DTD_TAG, take_through(s, ">"));
    if (declares)
        (void)take_through(s, ">");
    tree_end(p, tree);
}

/* The tag up to its '>', quotes taken into account; n == 0 if it does not end. */
static struct span whole_tag(struct span s)
{
    char quote = 0;
    for (uint32_t n = 0; n < s.n; n++) {
        char ch = s.at[n];
        if (quote != 0)
            quote = ch == quote ? 0 : quote;
        else if (ch == '"' || ch == '\'')
            quote = ch;
        else if (ch == '>')
            return (struct span){s.at, n + 1, s.offset};
    }
    return (struct span){s.at, 0, s.offset};
}

static void put_open_tag(struct packet *p, struct cursor *c, struct document *d, struct span tag)
{
    bool empty = tag.n >= 3 && tag.at[tag.n - 2] == '/';
    struct span inside = span_after(tag, 1);
    inside.n -= empty ? 2 : 1;
    struct span name = take_name(&inside);
    put_span(p, c, TAG, tag);
    skip_blanks(&inside);
    label(p, TAG, "<%.*s%s", (int)name.n, name.at, inside.n > 0 ? "" : empty ? "/>" : ">");
    uint32_t tree = tree_begin(p, TAG);
    while (inside.n > 0) {
        struct span key, value, all = take_attribute(&inside, &key, &value);
        skip_blanks(&inside);
        put_span(p, c, ATTRIBUTE, all);
        label(p, ATTRIBUTE, "%.*s%s", (int)all.n, all.at, inside.n > 0 ? "" : empty ? "/>" : ">");
    }
    if (empty) {
        tree_end(p, tree);
        return;
    }
    if (d->depth < DEEPEST)
        d->trees[d->depth] = tree;
    d->depth++;
}

static void put_close_tag(struct packet *p, struct cursor *c, struct document *d, struct span tag)
{
    if (d->depth == 0) {
        put_malformed(p, c, UNOPENED);
        return;
    }
    uint32_t line = tree_text(p, c, tag.offset, tag.n, "%.*s", (int)tag.n, tag.at);
    tree_end(p, line);
    d->depth--;
    if (d->depth < DEEPEST)
        tree_end(p, d->trees[d->depth]);
}

static void put_markup(struct packet *p, struct cursor *c, struct document *d)
{
    struct span *s = &d->rest;
    if (span_starts(*s, "<!--"))
        return put_labelled(p, c, COMMENT, take_through(s, "-->"));
    if (span_starts(*s, "<![CDATA["))
        return put_labelled(p, c, CDATA_SECTION, take_through(s, "]]>"));
    if (span_starts(*s, "<!DOCTYPE"))
        return put_doctype(p, c, s);
    if (span_starts(*s, "<?xml") && s->n > 5 && is_blank(s->at[5]))
        return put_xml_declaration(p, c, take_through(s, "?>"));
    if (span_starts(*s, "<?"))
        return put_labelled(p, c, PI, take_through(s, "?>"));
    struct span tag = whole_tag(*s);
    if (tag.n < 3) {
        put_mark(p, c, UNRECOGNIZED);
        (void)take(s, s->n);
        return;
    }
    (void)take(s, tag.n);
    if (tag.at[1] == '/')
        put_close_tag(p, c, d, tag);
    else
        put_open_tag(p, c, d, tag);
}

static void dissect(struct packet *p, struct cursor *c)
{
    struct document d = {.rest = span_rest(c)};
    for (skip_blanks(&d.rest); d.rest.n > 0; skip_blanks(&d.rest)) {
        if (*d.rest.at == '<') {
            put_markup(p, c, &d);
            continue;
        }
        const char *end = memchr(d.rest.at, '<', d.rest.n);
        uint32_t n = end == NULL ? d.rest.n : (uint32_t)(end - d.rest.at);
        put_labelled(p, c, d.depth > 0 ? CDATA : UNKNOWN, take(&d.rest, n));
    }
    while (d.depth-- > 0) {
        if (d.depth < DEEPEST)
            tree_end(p, d.trees[d.depth]);
    }
    column_add(p, "/XML");
    cursor_skip(c, cursor_captured(c));
}

#define TYPES(T)                                                                                   \
    T("text/xml")                                                                                  \
    T("application/xml")                                                                           \
    T("application/xml-dtd") T("application/soap+xml") T("application/rss+xml") T(                 \
        "application/atom+xml") T("image/svg+xml") T("text/vnd.wap.wml") T("text/vnd.wap.si")      \
        T("text/vnd.wap.sl") T("application/vnd.wv.csp+xml") T("application/xcap-diff+xml") T(     \
            "application/xcap-error+xml") T("application/xcap-caps+xml")                           \
            T("application/xcap-att+xml") T("application/pidf+xml") T("application/pidf-diff+xml") \
                T("application/resource-lists+xml") T("application/rlmi+xml")                      \
                    T("application/mathml+xml") T("application/smil") T(                           \
                        "application/auth-policy+xml") T("application/cpim-pidf+xml")              \
                        T("application/cpl+xml") T("application/im-iscomposing+xml") T(            \
                            "application/media_control+xml") T("application/note+xml")             \
                            T("application/rdf+xml") T("application/rls-services+xml") T(          \
                                "application/watcherinfo+xml") T("application/simple-filter+xml")  \
                                T("application/poc-settings+xml") T("application/3gpp-ims+xml")    \
                                    T("application/conference-info+xml")                           \
                                        T("application/reginfo+xml") T("application/ccmp+xml")     \
                                            T("application/vnd.3gpp.ussd+xml")                     \
                                                T("application/vnd.oma.xcap-directory+xml")        \
                                                    T("application/xslt+xml")

#define TYPE_BINDING(type) BOUND_TEXT("media_type", type),
static const struct binding bindings[] = {TYPES(TYPE_BINDING){NULL, 0, NULL}};

const struct protocol proto_xml = {.name = "xml",
                                   .title = "eXtensible Markup Language",
                                   FIELDS_OF_THIS_FILE,
                                   .bindings = bindings,
                                   .dissect = dissect};
