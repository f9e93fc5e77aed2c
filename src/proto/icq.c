/* icq: ICQ's old protocol over UDP: which version; what comes behind it is encoded in all that are still met. */
#include "dissect/packet.h"

#define FIELDS(X) X(VERSION, "icq.version", "Version", UINT16, DEC, 0, NULL)

FIELD_TABLE(FIELDS);

static void dissect(struct packet *p, struct cursor *c)
{
    uint16_t version = (uint16_t)put_uint_le(p, c, VERSION, 2);
    title(p, "ICQv%u", version);
    info_set(p, "ICQv%u", version);
    cursor_skip(c, cursor_captured(c));
}

static bool probe(const struct packet *p, const struct cursor *c)
{
    (void)p;
    const uint8_t *b = cursor_peek(c, 0, 2);
    return b != NULL && le16(b) >= 2 && le16(b) <= 5;
}

static const struct binding bindings[] = {{"udp.port", 4000}, {NULL, 0}};

const struct protocol proto_icq = {.name = "icq",
                                   .title = "ICQ Protocol",
                                   .column = "ICQ",
                                   FIELDS_OF_THIS_FILE,
                                   .bindings = bindings,
                                   .probe = probe,
                                   .dissect = dissect};
