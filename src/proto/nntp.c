/* nntp: Network News Transfer Protocol (RFC 3977). */
#include "dissect/lines.h"

#define FIELDS(X)                                                                                  \
    X(RESPONSE, "nntp.response", "Response", BOOLEAN, HIDDEN, 0, NULL)                             \
    X(REQUEST, "nntp.request", "Request", BOOLEAN, HIDDEN, 0, NULL)

FIELD_TABLE(FIELDS);

enum { NNTP_PORT = 119 };

static void dissect(struct packet *p, struct cursor *c)
{
    bool request = p->dst_port == NNTP_PORT;
    put_uint(p, c, request ? REQUEST : RESPONSE, c->pos, 0, 1);
    for (bool first = true; cursor_captured(c) > 0; first = false) {
        struct line line = line_take(c);
        (void)tree_text(p, c, line.text.offset, line.whole, "%.*s", (int)line.text.n, line.text.at);
        if (first)
            info_set(p, "%s: %.*s", request ? "Request" : "Response", (int)line.text.n,
                     line.text.at);
    }
}

static const struct binding bindings[] = {{"tcp.port", NNTP_PORT}, {NULL, 0}};

const struct protocol proto_nntp = {.name = "nntp",
                                    .title = "Network News Transfer Protocol",
                                    .column = "NNTP",
                                    FIELDS_OF_THIS_FILE,
                                    .bindings = bindings,
                                    .dissect = dissect};
