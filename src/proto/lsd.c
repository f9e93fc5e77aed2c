/* lsd: by which BitTorrent's peers find each other in a network (BEP 14): like HTTP, over UDP multicast. */
#include "dissect/lines.h"

#define FIELDS(X)                                                                                  \
    X(HEADER, "lsd.header", "Header", STRING, NONE, 0, NULL)                                       \
    X(HOST, "lsd.host", "Host", STRING, NONE, 0, NULL)                                             \
    X(PORT, "lsd.port", "Port", UINT32, DEC, 0, NULL)                                              \
    X(INFOHASH, "lsd.infohash", "Infohash", STRING, NONE, 0, NULL)                                 \
    X(COOKIE, "lsd.cookie", "cookie", STRING, NONE, 0, NULL)

FIELD_TABLE(FIELDS);

enum { LSD_PORT = 6771 };

static const char first_line[] = "BT-SEARCH * HTTP/1.1\r\n";

static uint32_t number_of(struct text t)
{
    uint32_t v = 0;
    for (uint32_t i = 0; i < t.n && i < 9 && t.at[i] >= '0' && t.at[i] <= '9'; i++)
        v = v * 10 + (uint32_t)(t.at[i] - '0');
    return v;
}

static void put_header(struct packet *p, struct cursor *c, struct line line)
{
    static const struct {
        const char *name;
        unsigned field;
    } headers[] = {{"HOST", HOST}, {"PORT", PORT}, {"INFOHASH", INFOHASH}, {"COOKIE", COOKIE}};
    const char *colon = line.text.n == 0 ? NULL : memchr(line.text.at, ':', line.text.n);
    if (colon == NULL)
        return;
    struct text name = line.text,
                value = text_from(line.text, (uint32_t)(colon - line.text.at) + 1);
    name.n = (uint32_t)(colon - line.text.at);
    while (value.n > 0 && *value.at == ' ')
        value = text_from(value, 1);
    for (size_t i = 0; i < sizeof headers / sizeof *headers; i++) {
        if (!text_is(name, headers[i].name))
            continue;
        if (headers[i].field == PORT)
            put_uint(p, c, PORT, line.text.offset, line.text.n, number_of(value));
        else
            put_data(p, c, headers[i].field, line.text.offset, line.text.n, value.at, value.n);
    }
}

static void dissect(struct packet *p, struct cursor *c)
{
    info_set(p, "Local Service Discovery");
    struct line first = line_take(c);
    put_data(p, c, HEADER, first.text.offset, first.text.n, first.text.at, first.text.n);
    while (cursor_captured(c) > 0)
        put_header(p, c, line_take(c));
}

static bool probe(const struct packet *p, const struct cursor *c)
{
    const uint8_t *b = cursor_peek(c, 0, sizeof first_line - 1);
    bool multicast = p->net.version == 4   ? (p->net.dst[0] & 0xf0) == 0xe0
                     : p->net.version == 6 ? p->net.dst[0] == 0xff
                                           : false;
    return multicast && p->dst_port == LSD_PORT && b != NULL && memcmp(b, first_line, sizeof first_line - 1) == 0;
}

static const struct binding bindings[] = {{"udp.port", HEURISTIC}, {NULL, 0}};

const struct protocol proto_lsd = {.name = "lsd",
                                   .title = "Local Service Discovery",
                                   .column = "LSD",
                                   FIELDS_OF_THIS_FILE,
                                   .bindings = bindings,
                                   .probe = probe,
                                   .dissect = dissect};
