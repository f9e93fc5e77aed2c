/* db-lsp-disc: by which Dropbox's clients find each other in a network: a JSON object, over UDP. */
#include "dissect/packet.h"

enum { MEDIA_TABLE };

static void dissect(struct packet *p, struct cursor *c)
{
    info_set(p, "Dropbox LAN sync Discovery Protocol");
    if (!next_text(p, c, MEDIA_TABLE, "application/json", 16))
        next_data(p, c);
}

static bool probe(const struct packet *p, const struct cursor *c)
{
    (void)p;
    const uint8_t *b = cursor_peek(c, 0, 1);
    return b != NULL && *b == '{';
}

static const char *const tables[] = {"media_type", NULL};
static const struct binding bindings[] = {{"udp.port", 17500}, {NULL, 0}};

const struct protocol proto_db_lsp_disc = {.name = "db-lsp-disc",
                                           .title = "Dropbox LAN sync Discovery Protocol",
                                           .column = "DB-LSP-DISC",
                                           .tables = tables,
                                           .bindings = bindings,
                                           .probe = probe,
                                           .dissect = dissect};
