/*
 * fr, fddi: Frame Relay (ITU-T Q.922, RFC 2427, and Cisco's own encapsulation) and FDDI (ISO
 * 9314-2).
 *
 *     Frame Relay  | DLCI 6 bits, C/R, 0 | DLCI 4 bits, FECN, BECN, DE, 1 | control 1, NLPID 1 |
 * payload | Cisco's      | ...                                                  | ethertype 2 |
 * payload | FDDI         | frame control 1 | destination 6 | source 6 | LLC ... |
 *
 * An address may have three or four bytes; these are not told apart here.
 */
#include "dissect/names.h"
#include "dissect/packet.h"

#define FIELDS(X)                                                                                  \
    X(FIRST, "fr.first_addr_octet", "First address octet", UINT8, HEX, 0, NULL)                    \
    X(UPPER, "fr.upper_dlci", "Upper DLCI", UINT8, HEX, 0xfc, NULL)                                \
    X(CR, "fr.cr", "CR", BOOLEAN, 8, 0x02, NULL)                                                   \
    X(EA, "fr.ea", "EA", BOOLEAN, 8, 0x01, NULL)                                                   \
    X(SECOND, "fr.second_addr_octet", "Second address octet", UINT8, HEX, 0, NULL)                 \
    X(LOWER, "fr.second_dlci", "Second DLCI", UINT8, HEX, 0xf0, NULL)                              \
    X(FECN, "fr.fecn", "FECN", BOOLEAN, 8, 0x08, NULL)                                             \
    X(BECN, "fr.becn", "BECN", BOOLEAN, 8, 0x04, NULL)                                             \
    X(DE, "fr.de", "DE", BOOLEAN, 8, 0x02, NULL)                                                   \
    X(EA2, "fr.ea", "EA", BOOLEAN, 8, 0x01, NULL)                                                  \
    X(DLCI, "fr.dlci", "DLCI", UINT32, DEC, 0, NULL)                                               \
    X(CONTROL, "fr.control", "Control Field", UINT8, HEX, 0, NULL)                                 \
    X(NLPID, "fr.nlpid", "NLPID", UINT8, HEX, 0, NULL)                                             \
    X(SNAP_OUI, "fr.snap.oui", "Organization Code", UINT24, DEC, 0, NULL)                          \
    X(SNAP_TYPE, "fr.snaptype", "Type", UINT16, HEX, 0, ethertype_names)                           \
    X(CISCO_TYPE, "fr.chdlctype", "Type", UINT16, HEX, 0, ethertype_names)

FIELD_TABLE(FIELDS);

enum { NLPID_TABLE, CISCO_TABLE, ETHERTYPE_TABLE };
enum { UNNUMBERED_INFORMATION = 0x03, NLPID_SNAP = 0x80 };

static void put_address(struct packet *p, struct cursor *c)
{
    const uint8_t *b = cursor_take(c, 2);
    if (b == NULL)
        return;
    uint32_t at = c->pos - 2;
    put_uint(p, c, FIRST, at, 1, b[0]);
    uint32_t tree = tree_begin(p, FIRST);
    put_flags(p, c, UPPER, 3, at, 1, b[0]);
    tree_end(p, tree);
    put_uint(p, c, SECOND, at + 1, 1, b[1]);
    tree = tree_begin(p, SECOND);
    put_flags(p, c, LOWER, 5, at + 1, 1, b[1]);
    tree_end(p, tree);
    unsigned dlci = (unsigned)b[0] >> 2 << 4 | (unsigned)b[1] >> 4;
    put_uint(p, c, DLCI, at, 2, dlci);
    info_set(p, "DLCI: %u", dlci);
}

static void dissect(struct packet *p, struct cursor *c)
{
    title(p, "Frame Relay");
    put_address(p, c);
    const uint8_t *control = cursor_peek(c, 0, 1);
    if (control == NULL) {
        cursor_skip(c, 1);
        return;
    }
    bool found;
    if (*control == UNNUMBERED_INFORMATION) {
        (void)put_u8(p, c, CONTROL);
        uint8_t nlpid = put_u8(p, c, NLPID);
        if (nlpid == 0 && c->fault == CURSOR_OK)
            nlpid = put_u8(p, c, NLPID); /* the first was padding */
        if (nlpid == NLPID_SNAP) {
            (void)put_uint_be(p, c, SNAP_OUI, 3);
            uint16_t type = put_u16(p, c, SNAP_TYPE);
            found = c->fault != CURSOR_OK || next_bare(p, c, ETHERTYPE_TABLE, type);
        } else {
            found = c->fault != CURSOR_OK || next(p, c, NLPID_TABLE, nlpid);
        }
    } else {
        uint16_t type = put_u16(p, c, CISCO_TYPE);
        found = c->fault != CURSOR_OK || next(p, c, CISCO_TABLE, type);
    }
    if (!found)
        next_data(p, c);
}

static const char *const tables[] = {"fr.nlpid", "chdlc.protocol", "ethertype", NULL};
static const struct binding bindings[] = {{"link_type", 107}, {NULL, 0}};

const struct protocol proto_fr = {.name = "fr",
                                  .title = "Frame Relay",
                                  .column = "FR",
                                  FIELDS_OF_THIS_FILE,
                                  .tables = tables,
                                  .bindings = bindings,
                                  .dissect = dissect};

/* ---- FDDI ---------------------------------------------------------------------------------- */

static const struct field_def fddi_fields[] = {
    {"fddi.fc", "Frame Control", LAMNA_UINT8, HEX, 0, NULL},
    {"fddi.fc.clf", "Class/Length/Format", LAMNA_UINT8, HEX, 0xf0, NULL},
    {"fddi.fc.prio", "Priority", LAMNA_UINT8, DEC, 0x07, NULL}};

enum { F_CONTROL, F_CLASS, F_PRIORITY };
enum { CLASS_LLC = 5 };

static void dissect_fddi(struct packet *p, struct cursor *c)
{
    uint32_t at = c->pos;
    uint8_t control = put_u8(p, c, F_CONTROL);
    if (c->fault != CURSOR_OK)
        return;
    if (control >> 4 == CLASS_LLC)
        title(p, "Fiber Distributed Data Interface, Async LLC frame, priority %u", control & 7u);
    else
        title(p, "Fiber Distributed Data Interface, Unknown frame type");
    uint32_t tree = tree_begin(p, F_CONTROL);
    put_bits(p, c, F_CLASS, at, 1, control);
    if (control >> 4 == CLASS_LLC)
        put_bits(p, c, F_PRIORITY, at, 1, control);
    tree_end(p, tree);
    cursor_skip(c, 12); /* addresses, whose bits may be in either order */
    if (c->fault == CURSOR_OK && (control >> 4 != CLASS_LLC || !next(p, c, 0, 0)))
        next_data(p, c);
}

static const char *const fddi_tables[] = {"wlan.payload", NULL};
static const struct binding fddi_bindings[] = {{"link_type", 10}, {NULL, 0}};

const struct protocol proto_fddi = {.name = "fddi",
                                    .title = "Fiber Distributed Data Interface",
                                    .column = "FDDI",
                                    .fields = fddi_fields,
                                    .field_count = sizeof fddi_fields / sizeof fddi_fields[0],
                                    .tables = fddi_tables,
                                    .bindings = fddi_bindings,
                                    .dissect = dissect_fddi};
