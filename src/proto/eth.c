/*
 * eth: Ethernet (IEEE 802.3-2022, clause 3).
 *
 *     | dst 6 | src 6 | type or length 2 | payload ... | padding | trailer | FCS 4 |
 *
 * A number of 1536 and above is a type, one up to 1500 the payload's length (clause 3.2.6). Padding
 * brings a frame to 60 bytes. Whether the capture kept the FCS no one says; see put_trailer().
 */
#include "dissect/checksum.h"
#include "dissect/names.h"
#include "dissect/packet.h"
#include "dissect/padding.h"

static const struct value_name lg_names[] = {
    VALUE(0, "Globally unique address (factory default)"),
    VALUE(1, "Locally administered address (this is NOT the factory default)"), VALUES_END};
static const struct value_name ig_names[] = {VALUE(0, "Individual address (unicast)"),
                                             VALUE(1, "Group address (multicast/broadcast)"),
                                             VALUES_END};
static const struct value_name status_names[] = CHECKSUM_STATUS_NAMES;

/* put_mac() counts on the order of the six fields that begin at DST and at SRC. */
#define FIELDS(X)                                                                                  \
    X(DST, "eth.dst", "Destination", ETHER, NONE, 0, NULL)                                         \
    X(DST_RESOLVED, "eth.dst_resolved", "Destination (resolved)", STRING, HIDDEN, 0, NULL)         \
    X(DST_OUI, "eth.dst.oui", "Destination OUI", UINT24, DEC | HIDDEN, 0, NULL)                    \
    X(DST_VENDOR, "eth.dst.oui_resolved", "Destination OUI (resolved)", STRING, HIDDEN, 0, NULL)   \
    X(DST_LG, "eth.dst.lg", "LG bit", BOOLEAN, NONE, 0x020000, lg_names)                           \
    X(DST_IG, "eth.dst.ig", "IG bit", BOOLEAN, NONE, 0x010000, ig_names)                           \
    X(SRC, "eth.src", "Source", ETHER, NONE, 0, NULL)                                              \
    X(SRC_RESOLVED, "eth.src_resolved", "Source (resolved)", STRING, HIDDEN, 0, NULL)              \
    X(SRC_OUI, "eth.src.oui", "Source OUI", UINT24, DEC | HIDDEN, 0, NULL)                         \
    X(SRC_VENDOR, "eth.src.oui_resolved", "Source OUI (resolved)", STRING, HIDDEN, 0, NULL)        \
    X(SRC_LG, "eth.src.lg", "LG bit", BOOLEAN, NONE, 0x020000, lg_names)                           \
    X(SRC_IG, "eth.src.ig", "IG bit", BOOLEAN, NONE, 0x010000, ig_names)                           \
    X(ADDR, "eth.addr", "Address", ETHER, NONE, 0, NULL)                                           \
    X(ADDR_RESOLVED, "eth.addr_resolved", "Address (resolved)", STRING, HIDDEN, 0, NULL)           \
    X(ADDR_OUI, "eth.addr.oui", "Address OUI", UINT24, DEC | HIDDEN, 0, NULL)                      \
    X(ADDR_VENDOR, "eth.addr.oui_resolved", "Address OUI (resolved)", STRING, HIDDEN, 0, NULL)     \
    X(LG, "eth.lg", "LG bit", BOOLEAN, HIDDEN, 0x020000, lg_names)                                 \
    X(IG, "eth.ig", "IG bit", BOOLEAN, HIDDEN, 0x010000, ig_names)                                 \
    X(SRC_GROUP, "eth.src_not_group",                                                              \
      "Source MAC must not be a group address: IEEE 802.3-2002, "                                  \
      "Section 3.2.3(b)",                                                                          \
      NONE, NONE, 0, NULL)                                                                         \
    X(LEN, "eth.len", "Length", UINT16, DEC, 0, NULL)                                              \
    X(LEN_PAST_END, "eth.len.past_end", "Length field value goes past the end of the payload",     \
      NONE, NONE, 0, NULL)                                                                         \
    X(TYPE, "eth.type", "Type", UINT16, HEX, 0, ethertype_names)                                   \
    X(INVALID, "eth.invalid_lentype", "Invalid length/type", UINT16, HEX_DEC, 0, NULL)             \
    X(PADDING, "eth.padding", "Padding", BYTES, WHOLE, 0, NULL)                                    \
    X(TRAILER, "eth.trailer", "Trailer", BYTES, WHOLE, 0, NULL)                                    \
    X(PADDING_BAD, "eth.padding_bad",                                                              \
      "Didn't find padding of zeros, and an undecoded trailer "                                    \
      "exists. There may be padding of non-zeros.",                                                \
      NONE, WHOLE, 0, NULL)                                                                        \
    X(FCS, "eth.fcs", "Frame check sequence", UINT32, HEX | WHOLE, 0, NULL)                        \
    X(FCS_STATUS, "eth.fcs.status", "FCS Status", UINT8, DEC | GENERATED | WHOLE, 0, status_names)

FIELD_TABLE(FIELDS);

enum { ETHERTYPE_TABLE, LENGTH_TABLE, ISL_TABLE };
enum { LENGTH_LLC, LENGTH_RAW_IPX }; /* keys of LENGTH_TABLE */
enum { HEADER = 14, MIN_FRAME = 60, FCS_LENGTH = 4, MAX_LENGTH = 1500, MIN_TYPE = 1536 };

#define MAC    "%02x:%02x:%02x:%02x:%02x:%02x"
#define SIX(a) (a)[0], (a)[1], (a)[2], (a)[3], (a)[4], (a)[5]

/* One address with all that is said of it; `first` is DST or SRC. */
static const uint8_t *put_mac(struct packet *p, struct cursor *c, unsigned first)
{
    uint32_t at = c->pos;
    const uint8_t *mac = put_bytes(p, c, first, 6);
    if (mac == NULL)
        return NULL;
    uint32_t tree = tree_begin(p, first);
    const char *text = "";
    if (wants(p, first + 1) || wants(p, ADDR_RESOLVED))
        text = packet_host(p, ADDRESS_ETHER, mac);
    uint32_t oui = be24(mac);
    put_string(p, c, first + 1, at, 6, text);
    put_uint(p, c, first + 2, at, 3, oui);
    put_vendor(p, c, first + 3, at, oui);
    put_data(p, c, ADDR, at, 6, mac, 6);
    put_string(p, c, ADDR_RESOLVED, at, 6, text);
    put_uint(p, c, ADDR_OUI, at, 3, oui);
    put_vendor(p, c, ADDR_VENDOR, at, oui);
    put_bits(p, c, first + 4, at, 3, oui);
    put_bits(p, c, LG, at, 3, oui);
    put_bits(p, c, first + 5, at, 3, oui);
    put_bits(p, c, IG, at, 3, oui);
    if (first == SRC && (mac[0] & 1) != 0)
        put_mark(p, c, SRC_GROUP);
    tree_end(p, tree);
    return mac;
}

/*
 * What follows the payload. The last four bytes are taken for the FCS if the frame without them
 * would still have the minimum length: a frame of 64 bytes and more with something after its
 * payload.
 */
static void put_trailer(struct packet *p, struct cursor *c, uint32_t start)
{
    if (c->fault != CURSOR_OK || cursor_captured(c) == 0)
        return;
    struct resumed r = resume_begin(p);
    uint32_t frame = c->end - start;
    uint32_t length = c->pos - start,
             most = c->end - (length < MIN_FRAME ? start + MIN_FRAME : c->pos);
    bool kept = frame >= MIN_FRAME + FCS_LENGTH && most >= FCS_LENGTH;
    uint32_t fcs = kept ? FCS_LENGTH : 0;
    static const struct padding_fields fields = {PADDING, PADDING_BAD, TRAILER};
    /* What travels in an ISL frame need not be of the minimum length itself. */
    put_padding(p, c, start, carried_by(p, "isl") ? 0 : MIN_FRAME, fcs, &fields);
    if (fcs > 0 && cursor_captured(c) >= fcs) {
        uint32_t at = c->pos;
        uint32_t v = put_u32(p, c, FCS);
        label(p, FCS, "Frame check sequence: 0x%08x [unverified]", v);
        put_uint(p, c, FCS_STATUS, at, 0, CHECKSUM_UNVERIFIED);
    }
    resume_end(p, r);
}

/* The payload of a frame with a length; raw IPX has a checksum of all ones where LLC has its
 * header. */
static void dissect_length(struct packet *p, struct cursor *c, uint16_t length)
{
    put_uint(p, c, LEN, c->pos - 2, 2, length);
    uint32_t tree = tree_begin(p, LEN);
    if (length > cursor_left(c))
        put_malformed(p, c, LEN_PAST_END);
    tree_end(p, tree);
    const uint8_t *first = cursor_peek(c, 0, 2);
    bool ipx = first != NULL && be16(first) == 0xffff;
    struct cursor payload = cursor_part(c, length < cursor_left(c) ? length : cursor_left(c));
    if (!next(p, &payload, LENGTH_TABLE, ipx ? LENGTH_RAW_IPX : LENGTH_LLC))
        next_data(p, &payload);
}

static void dissect_type(struct packet *p, struct cursor *c, uint16_t type)
{
    put_uint(p, c, TYPE, c->pos - 2, 2, type);
    info_set(p, "Ethernet II");
    if (next(p, c, ETHERTYPE_TABLE, type))
        return;
    if (p->wanted->columns)
        column_set(p, packet_text(p, "0x%04x", type));
    next_data(p, c);
}

static void put_title(struct packet *p, const uint8_t *src, const uint8_t *dst)
{
    if (p->names == NULL || !p->wanted->titles)
        title(p, "Ethernet II, Src: " MAC ", Dst: " MAC, SIX(src), SIX(dst));
    else
        title(p, "Ethernet II, Src: %s, Dst: %s", packet_named(p, ADDRESS_ETHER, src),
              packet_named(p, ADDRESS_ETHER, dst));
}

/* Cisco's Inter-Switch Link takes the place of the header, with a length where the type would be. */
static bool is_isl(const struct cursor *c)
{
    const uint8_t *h = cursor_peek(c, 0, HEADER);
    return h != NULL && (be32(h) == 0x01000c00 || be32(h) == 0x03000c00) && h[4] == 0 &&
           be16(h + 12) < MIN_TYPE;
}

static void dissect(struct packet *p, struct cursor *c)
{
    if (is_isl(c)) {
        layer_hide(p);
        (void)next(p, c, ISL_TABLE, 0);
        return;
    }
    uint32_t start = c->pos;
    bool mine = wants_mine(p);
    if (!layer_starts(p, c, HEADER))
        return;
    const uint8_t *dst = mine ? put_mac(p, c, DST) : cursor_take(c, 6);
    const uint8_t *src = mine ? put_mac(p, c, SRC) : cursor_take(c, 6);
    uint16_t type = cursor_u16(c);
    if (c->fault != CURSOR_OK)
        return;
    p->column_src = (struct address){ADDRESS_ETHER, src};
    p->column_dst = (struct address){ADDRESS_ETHER, dst};
    if (type <= MAX_LENGTH) {
        title(p, "IEEE 802.3 Ethernet ");
        dissect_length(p, c, type);
    } else {
        put_title(p, src, dst);
        if (type >= MIN_TYPE) {
            dissect_type(p, c, type);
        } else {
            put_uint(p, c, INVALID, c->pos - 2, 2, type);
            next_data(p, c);
        }
    }
    put_trailer(p, c, start);
}

static const char *const tables[] = {"ethertype", "eth.length", "eth.isl", NULL};
static const struct binding bindings[] = {
    {"link_type", 1},  {"ethertype", 0x6558},   {"gre.proto", 0x6558}, {"gre.proto", 0x6400},
    {"ip.proto", 143}, {"vxlan.next_proto", 3}, {"isl.type", 0},       {NULL, 0}};

const struct protocol proto_eth = {.name = "eth",
                                   .title = "Ethernet",
                                   .column = "Ethernet",
                                   FIELDS_OF_THIS_FILE,
                                   .tables = tables,
                                   .bindings = bindings,
                                   .dissect = dissect};
