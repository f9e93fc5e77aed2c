/*
 * macsec: MAC security tag (IEEE 802.1AE, clause 9).
 *
 *      0           1              2               6
 *     | flags, AN | short length | packet number | SCI (8), if SC | what is protected | ICV (16)
 *
 * What is encrypted cannot be looked into. Else an Ethernet type and its data follow.
 */
#include "dissect/packet.h"

#define FIELDS(X)                                                                                  \
    X(TCI, "macsec.TCI", "TCI", UINT8, HEX, 0xfc, NULL)                                            \
    X(VERSION, "macsec.TCI.V", "VER", UINT8, HEX, 0x80, NULL)                                      \
    X(END_STATION, "macsec.TCI.ES", "ES", BOOLEAN, 8, 0x40, NULL)                                  \
    X(SECURE_CHANNEL, "macsec.TCI.SC", "SC", BOOLEAN, 8, 0x20, NULL)                               \
    X(BROADCAST, "macsec.TCI.SCB", "SCB", BOOLEAN, 8, 0x10, NULL)                                  \
    X(ENCRYPTED, "macsec.TCI.E", "E", BOOLEAN, 8, 0x08, NULL)                                      \
    X(CHANGED, "macsec.TCI.C", "C", BOOLEAN, 8, 0x04, NULL)                                        \
    X(ASSOCIATION, "macsec.AN", "AN", UINT8, HEX, 0x03, NULL)                                      \
    X(SHORT_LENGTH, "macsec.SL", "Short length", UINT8, DEC, 0, NULL)                              \
    X(NUMBER, "macsec.PN", "Packet number", UINT32, DEC, 0, NULL)                                  \
    X(SYSTEM, "macsec.SCI.system_identifier", "System Identifier", ETHER, NONE, 0, NULL)           \
    X(PORT, "macsec.SCI.port_identifier", "Port Identifier", UINT16, DEC, 0, NULL)                 \
    X(ETHERTYPE, "macsec.etype", "Ethertype", UINT16, HEX, 0, NULL)                                \
    X(ICV, "macsec.ICV", "ICV", BYTES, NONE, 0, NULL)

FIELD_TABLE(FIELDS);

enum { ETHERTYPE_TABLE };
enum { HAS_CHANNEL = 0x20, IS_SEALED = 0x0c, ICV_LENGTH = 16, SHORTEST = 6 };

static void put_tag(struct packet *p, struct cursor *c, uint8_t flags)
{
    put_bits(p, c, TCI, c->pos, 1, flags);
    uint32_t tree = tree_begin(p, TCI);
    put_flags(p, c, VERSION, CHANGED - VERSION + 1, c->pos, 1, flags);
    tree_end(p, tree);
    put_bits(p, c, ASSOCIATION, c->pos, 1, flags);
    cursor_skip(c, 1);
    (void)put_u8(p, c, SHORT_LENGTH);
    (void)put_u32(p, c, NUMBER);
    if (flags & HAS_CHANNEL) {
        (void)put_bytes(p, c, SYSTEM, 6);
        (void)put_u16(p, c, PORT);
    }
}

static void dissect(struct packet *p, struct cursor *c)
{
    const uint8_t *flags = cursor_peek(c, 0, 1);
    info_set(p, "MACsec frame");
    if (flags == NULL)
        return;
    bool sealed = (*flags & IS_SEALED) != 0;
    put_tag(p, c, *flags);
    if (!sealed) {
        uint16_t type = put_u16(p, c, ETHERTYPE);
        if (!next(p, c, ETHERTYPE_TABLE, type))
            next_data(p, c);
        return;
    }
    uint32_t left = cursor_left(c), n = left > ICV_LENGTH ? left - ICV_LENGTH : 0;
    struct cursor protected = cursor_part(c, n);
    (void)put_bytes(p, c, ICV, cursor_left(c));
    if (c->fault == CURSOR_OK)
        next_data(p, &protected);
}

/* All of the tag, and of what must follow it. */
static bool probe(const struct packet *p, const struct cursor *c)
{
    (void)p;
    const uint8_t *flags = cursor_peek(c, 0, 1);
    if (flags == NULL)
        return false;
    uint32_t n = *flags & IS_SEALED ? SHORTEST + ICV_LENGTH : SHORTEST + 2;
    return cursor_left(c) >= (*flags & HAS_CHANNEL ? n + 8 : n);
}

static const char *const tables[] = {"ethertype", NULL};
static const struct binding bindings[] = {{"ethertype", 0x88e5}, {NULL, 0}};

const struct protocol proto_macsec = {.name = "macsec",
                                      .title = "802.1AE Security tag",
                                      .column = "MACSEC",
                                      FIELDS_OF_THIS_FILE,
                                      .tables = tables,
                                      .bindings = bindings,
                                      .probe = probe,
                                      .dissect = dissect};
