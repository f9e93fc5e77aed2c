/* xmpp: Extensible Messaging and Presence Protocol (RFC 6120): stanzas of XML. */
#include "dissect/lines.h"

enum { TLS_TABLE, MEDIA_TABLE, PORT = 5222 };

static bool starts(const struct cursor *c, const char *text)
{
    uint32_t n = (uint32_t)strlen(text);
    const uint8_t *b = cursor_peek(c, 0, n);
    return b != NULL && memcmp(b, text, n) == 0;
}

/* After <proceed/> from the server, TLS begins (section 5.4.2.3). */
static void dissect(struct packet *p, struct cursor *c)
{
    bool in = p->src_port == PORT;
    info_set(p, "%s", in ? "From server" : "To server");
    if (in && starts(c, "<proceed"))
        flow_becomes(p, TLS_TABLE, 0);
    if (!next(p, c, MEDIA_TABLE, text_key("application/xml", 15)))
        cursor_skip(c, cursor_captured(c));
}

static bool probe(const struct packet *p, const struct cursor *c)
{
    (void)p;
    const uint8_t *b = cursor_peek(c, 0, 1);
    return b != NULL && b[0] == '<';
}

static const char *const tables[] = {"tls", "media_type", NULL};
static const struct binding bindings[] = {{"tcp.port", PORT}, {"tls.port", PORT}, {NULL, 0}};

const struct protocol proto_xmpp = {.name = "xmpp",
                                    .title = "XMPP Protocol",
                                    .column = "XMPP",

                                    .tables = tables,
                                    .bindings = bindings,
                                    .probe = probe,
                                    .dissect = dissect};
