/*
 * imf: the Internet Message Format (RFC 5322): headers, an empty line, a body of the kind that they name
 * (RFC 2045).
 */
#include "dissect/span.h"

/* What a header's value is made of. */
enum kind { TEXT, MAILBOX, MAILBOXES, ADDRESSES, CONTENTS };

#define HEADERS(H)                                                                                 \
    H(HDR_DATE, TEXT, "Date", "imf.date", "Date")                                                  \
    H(HDR_FROM, MAILBOXES, "From", "imf.from", "From")                                             \
    H(HDR_SENDER, MAILBOX, "Sender", "imf.sender", "Sender")                                       \
    H(HDR_REPLY_TO, ADDRESSES, "Reply-To", "imf.reply_to", "Reply-To")                             \
    H(HDR_TO, ADDRESSES, "To", "imf.to", "To")                                                     \
    H(HDR_CC, ADDRESSES, "CC", "imf.cc", "Cc")                                                     \
    H(HDR_BCC, ADDRESSES, "BCC", "imf.bcc", "Bcc")                                                 \
    H(HDR_MESSAGE_ID, TEXT, "Message-ID", "imf.message_id", "Message-ID")                          \
    H(HDR_IN_REPLY_TO, TEXT, "In-Reply-To", "imf.in_reply_to", "In-Reply-To")                      \
    H(HDR_REFERENCES, TEXT, "References", "imf.references", "References")                          \
    H(HDR_SUBJECT, TEXT, "Subject", "imf.subject", "Subject")                                      \
    H(HDR_COMMENTS, TEXT, "Comments", "imf.comments", "Comments")                                  \
    H(HDR_USER_AGENT, TEXT, "User-Agent", "imf.user_agent", "User-Agent")                          \
    H(HDR_KEYWORDS, TEXT, "Keywords", "imf.keywords", "Keywords")                                  \
    H(HDR_RESENT_DATE, TEXT, "Resent-Date", "imf.resent.date", "Resent-Date")                      \
    H(HDR_RESENT_FROM, MAILBOXES, "Resent-From", "imf.resent.from", "Resent-From")                 \
    H(HDR_RESENT_SENDER, MAILBOX, "Resent-Sender", "imf.resent.sender", "Resent-Sender")           \
    H(HDR_RESENT_TO, ADDRESSES, "Resent-To", "imf.resent.to", "Resent-To")                         \
    H(HDR_RESENT_CC, ADDRESSES, "Resent-CC", "imf.resent.cc", "Resent-Cc")                         \
    H(HDR_RESENT_BCC, ADDRESSES, "Resent-BCC", "imf.resent.bcc", "Resent-Bcc")                     \
    H(HDR_RESENT_MESSAGE_ID, TEXT, "Resent-Message-ID", "imf.resent.message_id",                   \
      "Resent-Message-ID")                                                                         \
    H(HDR_RETURN_PATH, TEXT, "Return-Path", "imf.return_path", "Return-Path")                      \
    H(HDR_RECEIVED, TEXT, "Received", "imf.received", "Received")                                  \
    H(HDR_CONTENT_TYPE, CONTENTS, "Content-Type", "imf.content.type", "Content-Type")              \
    H(HDR_CONTENT_ID, TEXT, "Content-ID", "imf.content.id", "Content-ID")                          \
    H(HDR_CONTENT_DESCRIPTION, TEXT, "Content-Description", "imf.content.description",             \
      "Content-Description")                                                                       \
    H(HDR_CONTENT_TRANSFER_ENCODING, TEXT, "Content-Transfer-Encoding",                            \
      "imf.content.transfer_encoding", "Content-Transfer-Encoding")                                \
    H(HDR_MIME_VERSION, TEXT, "MIME-Version", "imf.mime_version", "MIME-Version")                  \
    H(HDR_AUTOFORWARDED, TEXT, "Autoforwarded", "imf.autoforwarded", "Autoforwarded")              \
    H(HDR_AUTOSUBMITTED, TEXT, "Autosubmitted", "imf.autosubmitted", "Autosubmitted")              \
    H(HDR_CONTENT_LANGUAGE, TEXT, "Content-Language", "imf.content_language", "Content-Language")  \
    H(HDR_DELIVERY_DATE, TEXT, "Delivery-Date", "imf.delivery_date", "Delivery-Date")              \
    H(HDR_EXPIRES, TEXT, "Expires", "imf.expires", "Expires")                                      \
    H(HDR_IMPORTANCE, TEXT, "Importance", "imf.importance", "Importance")                          \
    H(HDR_PRIORITY, TEXT, "Priority", "imf.priority", "Priority")                                  \
    H(HDR_REPLY_BY, TEXT, "Reply-By", "imf.reply_by", "Reply-By")                                  \
    H(HDR_SENSITIVITY, TEXT, "Sensitivity", "imf.sensitivity", "Sensitivity")                      \
    H(HDR_SUPERSEDES, TEXT, "Supersedes", "imf.supersedes", "Supersedes")                          \
    H(HDR_DELIVERED_TO, MAILBOX, "Delivered-To", "imf.delivered_to", "Delivered-To")               \
    H(HDR_EXT_MAILER, TEXT, "X-Mailer", "imf.ext.mailer", "X-Mailer")                              \
    H(HDR_EXT_MIMEOLE, TEXT, "X-MimeOLE", "imf.ext.mimeole", "X-MimeOLE")                          \
    H(HDR_EXT_TNEF, TEXT, "X-MS-TNEF-Correlator", "imf.ext.tnef-correlator",                       \
      "X-MS-TNEF-Correlator")                                                                      \
    H(HDR_EXT_EXPIRY, TEXT, "Expiry-Date", "imf.ext.expiry-date", "Expiry-Date")                   \
    H(HDR_EXT_UIDL, TEXT, "X-UIDL", "imf.ext.uidl", "X-UIDL")                                      \
    H(HDR_EXT_AUTHENTICATION_WARNING, TEXT, "X-Authentication-Warning",                            \
      "imf.ext.authentication_warning", "X-Authentication-Warning")                                \
    H(HDR_EXT_VIRUS_SCANNED, TEXT, "X-Virus-Scanned", "imf.ext.virus_scanned", "X-Virus-Scanned")  \
    H(HDR_EXT_ORIGINAL_TO, TEXT, "X-Original-To", "imf.ext.original-to", "X-Original-To")          \
    H(HDR_THREAD_INDEX, TEXT, "Thread-Index", "imf.thread-index", "Thread-Index")                  \
    H(HDR_LINES, TEXT, "Lines", "imf.lines", "Lines")                                              \
    H(HDR_PRECEDENCE, TEXT, "Precedence", "imf.precedence", "Precedence")

#define FIELDS(X)                                                                                  \
    X(CONTENT_TYPE, "imf.content.type.type", "Type", STRING, NONE, 0, NULL)                        \
    X(PARAMETERS, "imf.content.type.parameters", "Parameters", STRING, NONE, 0, NULL)              \
    X(EXTENSION, "imf.extension", "Unknown-Extension", STRING, NONE, 0, NULL)                      \
    X(EXTENSION_TYPE, "imf.extension.type", "Type", STRING, NONE, 0, NULL)                         \
    X(EXTENSION_VALUE, "imf.extension.value", "Value", STRING, NONE, 0, NULL)                      \
    X(DISPLAY_NAME, "imf.display_name", "Display-Name", STRING, NONE, 0, NULL)                     \
    X(ADDRESS, "imf.address", "Address", STRING, NONE, 0, NULL)                                    \
    X(ADDRESS_ITEM, "imf.address_list.item", "Item", STRING, NONE, 0, NULL)                        \
    X(MAILBOX_ITEM, "imf.mailbox_list.item", "Item", STRING, NONE, 0, NULL)                        \
    X(MESSAGE_TEXT, "imf.message_text", "Message-Text", NONE, NONE, 0, NULL)

#define HEADER_ID(id, kind, header, field, label)  id,
#define HEADER_ROW(id, kind, header, field, label) {field, label, LAMNA_STRING, NONE, 0, NULL},
enum { FIELDS(FIELD_ID) HEADERS(HEADER_ID) FIELD_COUNT };
static const struct field_def field_defs[] = {FIELDS(FIELD_ROW) HEADERS(HEADER_ROW)};

static const struct header {
    const char *name;
    unsigned field;
    enum kind kind;
} headers[] = {
#define HEADER_NAME(id, kind, header, field, label) {header, id, kind},
    HEADERS(HEADER_NAME)};

enum { MEDIA_TABLE, INFO_MOST = 200 };

/* ---- Addresses (section 3.4) ------------------------------------------------------------------- */

/* "Name <address>", or the address alone. */
static void put_mailbox(struct packet *p, const struct cursor *c, struct span s)
{
    const char *open = memchr(s.at, '<', s.n);
    if (open == NULL) {
        put_span(p, c, ADDRESS, s);
        return;
    }
    struct span rest = s, name = span_until(&rest, '<');
    struct span address = span_until(&rest, '>');
    while (name.n > 0 && memchr(" \t\r\n", name.at[0], 4) != NULL)
        name = span_after(name, 1);
    while (name.n > 0 && memchr(" \t\r\n", name.at[name.n - 1], 4) != NULL)
        name.n--;
    if (name.n > 0)
        put_span(p, c, DISPLAY_NAME, name);
    put_span(p, c, ADDRESS, address);
}

/* Up to a comma that stands in no quotes; s is moved past it. */
static struct span item_take(struct span *s)
{
    struct span item = *s;
    bool quoted = false;
    uint32_t n = 0;
    for (; n < s->n && (quoted || s->at[n] != ','); n++)
        quoted ^= s->at[n] == '"';
    item.n = n;
    *s = span_after(*s, n < s->n ? n + 1 : n);
    return item;
}

static void put_list(struct packet *p, const struct cursor *c, unsigned field, struct span s)
{
    while (s.n > 0) {
        struct span item = item_take(&s);
        put_span(p, c, field, item);
        uint32_t tree = tree_begin(p, field);
        put_mailbox(p, c, item);
        tree_end(p, tree);
    }
}

/* ---- Headers ------------------------------------------------------------------------------------ */

/* As in Wireshark, a type without parameters is not looked at: what it says is a matter of lines. */
static void put_contents(struct packet *p, const struct cursor *c, struct span value,
                         struct media *media)
{
    if (memchr(value.at, ';', value.n) == NULL)
        return;
    struct span parameters = value, type = span_until(&parameters, ';');
    struct span plain = span_unfolded(p, parameters);
    *media = (struct media){type.at, plain.at, type.n, plain.n};
    put_span(p, c, CONTENT_TYPE, type);
    if (parameters.n > 0)
        put_span(p, c, PARAMETERS, parameters);
}

static void put_extension(struct packet *p, const struct cursor *c, struct span text,
                          struct span name, struct span value)
{
    put_span(p, c, EXTENSION, text);
    uint32_t tree = tree_begin(p, EXTENSION);
    put_span(p, c, EXTENSION_TYPE, name);
    put_span(p, c, EXTENSION_VALUE, value);
    tree_end(p, tree);
}

/* `whole`: a header with the lines that are folded into it, and its end. */
static void put_header(struct packet *p, const struct cursor *c, struct span whole,
                       struct media *media)
{
    struct span text = span_text(whole), value = text, name = span_until(&value, ':');
    while (value.n > 0 && *value.at == ' ')
        value = span_after(value, 1);
    const struct header *h = headers, *end = headers + sizeof headers / sizeof *headers;
    while (h < end && !span_is(name, h->name))
        h++;
    if (h == end) {
        put_extension(p, c, text, name, value);
        return;
    }
    put_span(p, c, h->field, value);
    label(p, h->field, "%s: %.*s", registry_def(p->reg, p->fields + h->field)->label, (int)value.n,
          value.at);
    uint32_t tree = tree_begin(p, h->field);
    struct span ended = {value.at, value.n + (whole.n - text.n), value.offset};
    if (h->kind == MAILBOX)
        put_mailbox(p, c, ended);
    else if (h->kind == MAILBOXES || h->kind == ADDRESSES)
        put_list(p, c, h->kind == MAILBOXES ? MAILBOX_ITEM : ADDRESS_ITEM, ended);
    else if (h->kind == CONTENTS)
        put_contents(p, c, value, media);
    tree_end(p, tree);
}

/* A header up to its end. As in Wireshark its name is all that lies before a colon, whole lines, too: so are pieces of
 * a mail read that begin somewhere in its text. n is 0: there is no colon, or no end of the line. */
static struct span take_header(struct span rest)
{
    struct span value = rest;
    uint32_t name = span_until(&value, ':').n;
    if (name == rest.n)
        return (struct span){rest.at, 0, rest.offset};
    struct span whole = span_header(value);
    bool ended = whole.n > 0 && whole.at[whole.n - 1] == '\n';
    return (struct span){rest.at, ended ? name + 1 + whole.n : 0, rest.offset};
}

/* Up to an empty line. False: the last of them is not there to its end, so nobody knows where the body begins. */
static bool put_headers(struct packet *p, struct cursor *c, struct media *media)
{
    while (cursor_captured(c) > 0) {
        struct span whole = take_header(span_rest(c));
        if (whole.n == 0)
            return memchr(whole.at, ':', cursor_captured(c)) == NULL;
        put_header(p, c, whole, media);
        cursor_skip(c, whole.n);
        struct span line = span_line(span_rest(c));
        if (line.n > 0 && span_text(line).n == 0) {
            cursor_skip(c, line.n);
            return true;
        }
    }
    return true;
}

/* ---- The body ----------------------------------------------------------------------------------- */

static void put_message_text(struct packet *p, struct cursor *c)
{
    put_data(p, c, MESSAGE_TEXT, c->pos, cursor_captured(c), NULL, 0);
    uint32_t tree = tree_begin(p, MESSAGE_TEXT);
    while (cursor_captured(c) > 0) {
        struct span line = span_line(span_rest(c)), text = span_text(line);
        tree_end(p, tree_text(p, c, line.offset, line.n, "%.*s", (int)text.n, text.at));
        cursor_skip(c, line.n);
    }
    tree_end(p, tree);
}

static void dissect(struct packet *p, struct cursor *c)
{
    struct media outer = p->media;
    p->media = (struct media){NULL, NULL, 0, 0};
    if (outer.type_length == 0)
        column_add(p, "/IMF");
    struct span first = span_text(span_line(span_rest(c)));
    info_add(p, "%s%.*s", p->info.length > 0 ? ", " : "",
             (int)(first.n < INFO_MOST ? first.n : INFO_MOST), first.at);
    struct cursor whole = *c;
    if (!put_headers(p, c, &p->media))
        *c = whole;
    nest_begin(p);
    bool found = p->media.type_length > 0 &&
                 next_text(p, c, MEDIA_TABLE, p->media.type, p->media.type_length);
    nest_end(p);
    if (!found)
        put_message_text(p, c);
    p->media = outer;
    cursor_skip(c, cursor_captured(c));
}

static const char *const tables[] = {"media_type", NULL};
static const struct binding bindings[] = {BOUND_TEXT("media_type", "message/rfc822"),
                                          {NULL, 0, NULL}};

const struct protocol proto_imf = {.name = "imf",
                                   .title = "Internet Message Format",
                                   FIELDS_OF_THIS_FILE,
                                   .tables = tables,
                                   .bindings = bindings,
                                   .dissect = dissect};
