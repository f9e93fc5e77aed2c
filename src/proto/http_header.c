/* The headers of http (RFC 9110, sections 5 to 12). */
#include "proto/http.h"

static const struct {
    const char *name;
    unsigned field;
} header_names[] = {
#define HEADER_NAME(id, header, field) {header, id},
    HEADERS(HEADER_NAME)};

unsigned http_header_field(struct span name)
{
    for (size_t i = 0; i < sizeof header_names / sizeof *header_names; i++) {
        if (span_is(name, header_names[i].name))
            return header_names[i].field;
    }
    return FIELD_COUNT;
}

/* What a transfer coding's name begins with is what readers go by: "chunkedx" is chunked to them, and they
 * disagree about what RFC 9112, section 6.1, does not allow. */
static bool is_chunked(struct span coding)
{
    struct span begin = {coding.at, coding.n < 7 ? coding.n : 7, coding.offset};
    return span_is(begin, "chunked");
}

static bool is_transfer_coding(struct span coding)
{
    return span_is(coding, "chunked") || span_is(coding, "gzip") || span_is(coding, "compress") ||
           span_is(coding, "deflate") || span_is(coding, "identity");
}

/* "gzip, chunked": the last coding is what counts (RFC 9112, section 6.3). */
static bool ends_chunked(struct span codings)
{
    struct span last = {codings.at, 0, codings.offset};
    while (codings.n > 0)
        last = span_trim(span_until(&codings, ','));
    return is_chunked(last);
}

static bool is_number(struct span s)
{
    for (uint32_t i = 0; i < s.n; i++) {
        if (s.at[i] < '0' || s.at[i] > '9')
            return false;
    }
    return s.n > 0;
}

void http_header_note(struct http_message *m, unsigned field, struct span value)
{
    switch (field) {
    case CONTENT_LENGTH_HEADER:
        m->has_length = is_number(value);
        m->says_length = value.n > 0 && *value.at >= '0' && *value.at <= '9';
        m->length = span_number(value);
        break;
    case HOST:
        m->host = value;
        break;
    case CONTENT_TYPE:
        m->type = span_trim(span_until(&value, ';'));
        m->parameters = span_trim(value);
        break;
    case CONTENT_ENCODING:
        m->coding = span_trim(value);
        break;
    case TRANSFER_ENCODING:
        m->transfer_coded = true;
        m->chunked |= is_chunked(value) || ends_chunked(value);
        break;
    case UPGRADE:
        m->upgrade = span_trim(span_until(&value, ','));
        break;
    case WS_EXTENSIONS:
        m->extensions = value;
        break;
    default:
        break;
    }
}

/* ---- What some headers are made of --------------------------------------------------------- */

static void put_cookies(struct packet *p, struct cursor *c, struct span value)
{
    uint32_t tree = tree_begin(p, COOKIE);
    while (value.n > 0)
        put_span(p, c, COOKIE_PAIR, span_trim(span_until(&value, ';')));
    tree_end(p, tree);
}

static int base64_digit(char ch)
{
    if (ch >= 'A' && ch <= 'Z')
        return ch - 'A';
    if (ch >= 'a' && ch <= 'z')
        return ch - 'a' + 26;
    if (ch >= '0' && ch <= '9')
        return ch - '0' + 52;
    return ch == '+' || ch == '-' ? 62 : ch == '/' || ch == '_' ? 63 : -1;
}

/* What text says in base64, of either alphabet (RFC 4648), up to what does not belong to it; in the arena.
 * NULL: no room. */
static char *base64_decode(struct packet *p, struct span text, uint32_t *n)
{
    char *out = arena_alloc(p->arena, text.n + 1);
    uint32_t bits = 0, have = 0;
    *n = 0;
    for (uint32_t i = 0; out != NULL && i < text.n && base64_digit(text.at[i]) >= 0; i++) {
        bits = (bits << 6 | (uint32_t)base64_digit(text.at[i])) & 0xffff;
        have += 6;
        if (have >= 8)
            out[(*n)++] = (char)(bits >> (have -= 8));
    }
    return out;
}

/* "user:password" (RFC 7617). */
static void put_basic(struct packet *p, struct cursor *c, unsigned field, struct span value)
{
    struct span scheme = span_until(&value, ' ');
    if (!span_is(scheme, "Basic") || !wants(p, AUTH_BASIC))
        return;
    value = span_trim(value);
    uint32_t n;
    const char *text = base64_decode(p, value, &n);
    uint32_t tree = tree_begin(p, field);
    if (text != NULL)
        put_data(p, c, AUTH_BASIC, value.offset, value.n, text, strnlen(text, n));
    tree_end(p, tree);
}

/* A token of NTLM or of what SPNEGO agrees on (RFC 4559), in an answer that asks for it or in a request. */
static void put_token(struct packet *p, unsigned field, struct span value)
{
    struct span scheme = span_until(&value, ' ');
    bool ntlm = span_is(scheme, "NTLM");
    if (!ntlm && !span_is(scheme, "Negotiate"))
        return;
    uint32_t n;
    const char *bytes = base64_decode(p, span_trim(value), &n);
    if (bytes == NULL || n == 0)
        return;
    ntlm = ntlm || (n >= 8 && memcmp(bytes, "NTLMSSP", 8) == 0);
    struct cursor c = cursor_over(p, "Base64 decoded", (const uint8_t *)bytes, n);
    uint32_t tree = tree_begin(p, field);
    (void)next_inside(p, &c, HEADER_TABLE, ntlm ? text_key("NTLM", 4) : text_key("Negotiate", 9));
    tree_end(p, tree);
}

/* What a client would say in HTTP/2 (RFC 7540, section 3.2.1). */
static void put_settings(struct packet *p, unsigned field, struct span value)
{
    uint32_t n;
    const char *bytes = base64_decode(p, value, &n);
    if (bytes == NULL || n == 0)
        return;
    struct cursor c = cursor_over(p, "Base64 decoded", (const uint8_t *)bytes, n);
    uint32_t tree = tree_begin(p, field);
    (void)next_inside(p, &c, HEADER_TABLE, text_key("HTTP2-Settings", 14));
    tree_end(p, tree);
}

static void put_known(struct packet *p, struct cursor *c, const struct http_message *m,
                      unsigned field, struct span value)
{
    put_span(p, c, field, value);
    if (field == TRANSFER_ENCODING && !is_transfer_coding(span_trim(value))) {
        uint32_t tree = tree_begin(p, field);
        put_mark(p, c, TE_UNKNOWN);
        tree_end(p, tree);
        return;
    }
    if (field == CONTENT_LENGTH_HEADER && m->says_length) {
        uint32_t tree = tree_begin(p, field);
        put_uint(p, c, CONTENT_LENGTH, value.offset, value.n, m->length);
        tree_end(p, tree);
    } else if (field == COOKIE) {
        put_cookies(p, c, value);
    } else if (field == AUTHORIZATION || field == PROXY_AUTHORIZATION) {
        put_basic(p, c, field, value);
        put_token(p, field, value);
    } else if (field == WWW_AUTHENTICATE || field == PROXY_AUTHENTICATE) {
        put_token(p, field, value);
    } else if (field == HTTP2_SETTINGS) {
        put_settings(p, field, value);
    }
}

/* ---- All of them --------------------------------------------------------------------------- */

/* The line as a whole: hidden, where its value has been shown. */
static void put_line(struct packet *p, struct cursor *c, const struct http_message *m,
                     struct span line, bool known)
{
    unsigned field = m->kind == HTTP_RESPONSE  ? RESPONSE_LINE
                     : m->kind == HTTP_REQUEST ? REQUEST_LINE
                                               : UNKNOWN_HEADER;
    if (!wants(p, field) || (known && field == UNKNOWN_HEADER))
        return;
    lamna_item *item = item_add(p, c, field, line.offset, line.n);
    item->value.p = (const uint8_t *)line.at;
    item->value_length = line.n;
    struct span text = span_text(line);
    if (known)
        return;
    item->flags &= (uint8_t)~LAMNA_ITEM_HIDDEN;
    label(p, field, "%.*s", (int)text.n, text.at);
}

static void put_header(struct packet *p, struct cursor *c, struct http_message *m, struct span line)
{
    struct span value = span_text(line);
    unsigned field = http_header_field(span_until(&value, ':'));
    value = span_trim(value);
    if (field != FIELD_COUNT) {
        http_header_note(m, field, value);
        put_known(p, c, m, field, value);
    }
    put_line(p, c, m, line, field != FIELD_COUNT);
}

bool http_put_headers(struct packet *p, struct cursor *c, struct http_message *m)
{
    while (cursor_captured(c) > 0) {
        struct span line = span_line(span_rest(c));
        if (span_text(line).n == 0) {
            cursor_skip(c, line.n);
            return true;
        }
        if (memchr(line.at, ':', line.n) == NULL) {
            if (line.at[line.n - 1] == '\n')
                return true;
            cursor_malformed(c);
            return false;
        }
        cursor_skip(c, line.n);
        put_header(p, c, m, line);
    }
    return false;
}
