/*
 * mpls: Multiprotocol Label Switching (RFC 3032), and Ethernet in it (RFC 4448).
 *
 *     | label 20 bits, class 3, bottom 1, TTL 8 | ... | payload
 *     | 0 4 bits, reserved 12 | sequence 16 | frame                 with a control word
 *
 * Nothing says what follows the bottom label. The first four bits tell IP from the rest (RFC 4928).
 */
#include "dissect/packet.h"

static const struct value_name label_names[] = {VALUE(0, "IPv4 Explicit-Null"),
                                                VALUE(1, "Router Alert"),
                                                VALUE(2, "IPv6 Explicit-Null"),
                                                VALUE(3, "Implicit-Null"),
                                                VALUE(14, "OAM Alert"),
                                                VALUE(13, "Generic Associated Channel Label (GAL)"),
                                                VALUE(7, "Entropy Label Indicator (ELI)"),
                                                VALUES_END};

#define FIELDS(X)                                                                                  \
    X(LABEL, "mpls.label", "MPLS Label", UINT32, DEC_HEX, 0xfffff000, label_names)                 \
    X(EXP, "mpls.exp", "MPLS Experimental Bits", UINT32, DEC, 0xe00, NULL)                         \
    X(BOTTOM, "mpls.bottom", "MPLS Bottom Of Label Stack", UINT32, DEC, 0x100, NULL)               \
    X(TTL, "mpls.ttl", "MPLS TTL", UINT32, DEC, 0xff, NULL)                                        \
    X(INVALID_LABEL, "mpls.invalid_label", "Invalid Label", NONE, NONE, 0, NULL)

FIELD_TABLE(FIELDS);

#define PW_FIELDS(X)                                                                               \
    X(PW, "pweth", "PW (ethernet)", BOOLEAN, NONE, 0, NULL)                                        \
    X(PW_CW, "pweth.cw", "PW Control Word (ethernet)", BOOLEAN, HIDDEN, 0, NULL)                   \
    X(PW_SEQUENCE, "pweth.cw.sequence_number", "PW sequence number (ethernet)", UINT16, DEC, 0,    \
      NULL)

enum { PW_FIELDS(FIELD_ID) PW_FIELD_COUNT };
static const struct field_def pw_fields[] = {PW_FIELDS(FIELD_ROW)};

enum { VERSION_TABLE, PSEUDOWIRE_TABLE };
enum { ONLY_TABLE, ETHERNET };
enum { BOTTOM_BIT = 0x100, ACH = 1, IPV4 = 4, IPV6 = 6 };
enum { HEURISTIC_KEY, CONTROL_WORD, NO_CONTROL_WORD, CHANNEL };

static uint32_t put_label(struct packet *p, struct cursor *c)
{
    uint32_t word = cursor_u32(c);
    if (c->fault == CURSOR_OK)
        put_flags(p, c, LABEL, 4, c->pos - 4, 4, word);
    return word;
}

/* Each label is a layer of its own in the tree, though the stack counts once in frame.protocols. */
static void dissect(struct packet *p, struct cursor *c)
{
    uint32_t word = put_label(p, c);
    if (c->fault != CURSOR_OK)
        return;
    title(p, "MultiProtocol Label Switching Header, Label: %u, Exp: %u, S: %u, TTL: %u", word >> 12,
          word >> 9 & 7, word >> 8 & 1, word & 255);
    info_set(p, "MPLS Label Switched Packet");
    if ((word & BOTTOM_BIT) == 0) {
        uint32_t at = p->layer_count;
        (void)next(p, c, PSEUDOWIRE_TABLE, 0x8847);
        if (at < p->layer_count)
            p->layers[at].again = true;
        return;
    }
    const uint8_t *first = cursor_peek(c, 0, 1);
    if (first == NULL)
        return;
    uint8_t nibble = *first >> 4;
    bool found = nibble == IPV4 || nibble == IPV6 ? next(p, c, VERSION_TABLE, nibble)
                 : nibble == ACH                  ? next(p, c, PSEUDOWIRE_TABLE, CHANNEL)
                 : nibble == 0                    ? next(p, c, PSEUDOWIRE_TABLE, HEURISTIC_KEY)
                                                  : false;
    if (!found)
        next_data(p, c);
}

/* A frame without a control word, if the vendors of both its addresses are known. */
static void dissect_heuristic(struct packet *p, struct cursor *c)
{
    const uint8_t *mac = cursor_peek(c, 0, 12);
    layer_hide(p); /* it decides, and has nothing to show */
    bool plain = mac != NULL && p->vendors != NULL && vendor_name(p->vendors, be24(mac)) != NULL &&
                 vendor_name(p->vendors, be24(mac + 6)) != NULL;
    if (cursor_captured(c) >= 12)
        (void)next(p, c, ONLY_TABLE, plain ? NO_CONTROL_WORD : CONTROL_WORD);
    else
        (void)cursor_take(c, 14);
}

static void dissect_cw(struct packet *p, struct cursor *c)
{
    put_uint(p, c, PW_CW, c->pos, 4, 1);
    cursor_skip(c, 2);
    (void)put_u16(p, c, PW_SEQUENCE);
    if (c->fault == CURSOR_OK)
        (void)next(p, c, ONLY_TABLE, ETHERNET);
}

static void dissect_nocw(struct packet *p, struct cursor *c)
{
    (void)next(p, c, ONLY_TABLE, ETHERNET);
}

static const char *const tables[] = {"ip.version", "mpls.payload", NULL};
static const char *const heuristic_tables[] = {"mpls.payload", NULL};
static const char *const frame_tables[] = {"link_type", NULL};
static const struct binding bindings[] = {
    {"ethertype", 0x8847},      {"ethertype", 0x8848},    {"ip.proto", 137},
    {"ppp.protocol", 0x281},    {"ppp.protocol", 0x283},  {"gre.proto", 0x8847},
    {"gre.proto", 0x8848},      {"udp.port", 6635},       {"vxlan.next_proto", 5},
    {"chdlc.protocol", 0x8847}, {"mpls.payload", 0x8847}, {NULL, 0}};
static const struct binding heuristic_bindings[] = {{"mpls.payload", HEURISTIC_KEY}, {NULL, 0}};
static const struct binding cw_bindings[] = {{"mpls.payload", CONTROL_WORD}, {NULL, 0}};
static const struct binding nocw_bindings[] = {{"mpls.payload", NO_CONTROL_WORD}, {NULL, 0}};

const struct protocol proto_mpls = {.name = "mpls",
                                    .title = "MultiProtocol Label Switching Header",
                                    .column = "MPLS",
                                    FIELDS_OF_THIS_FILE,
                                    .tables = tables,
                                    .bindings = bindings,
                                    .dissect = dissect};
const struct protocol proto_pwethheuristic = {.name = "pwethheuristic",
                                              .title = "Ethernet PW (CW heuristic)",
                                              .tables = heuristic_tables,
                                              .bindings = heuristic_bindings,
                                              .dissect = dissect_heuristic};
const struct protocol proto_pwethcw = {.name = "pwethcw",
                                       .title = "PW Ethernet Control Word",
                                       .column = "PW Ethernet CW",
                                       .fields = pw_fields,
                                       .field_count = PW_FIELD_COUNT,
                                       .tables = frame_tables,
                                       .bindings = cw_bindings,
                                       .dissect = dissect_cw};
const struct protocol proto_pwethnocw = {.name = "pwethnocw",
                                         .title = "Ethernet PW (no CW)",
                                         .tables = frame_tables,
                                         .bindings = nocw_bindings,
                                         .dissect = dissect_nocw};
