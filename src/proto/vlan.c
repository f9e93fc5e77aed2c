/*
 * vlan, ieee8021ad: VLAN tags (IEEE 802.1Q-2022, clause 9.6).
 *
 *     | priority 3 | DEI 1 | VLAN ID 12 | type or length 16 | payload ...
 *
 * The tag of a provider (0x88a8) is the same, under other names.
 */
#include "dissect/names.h"
#include "dissect/packet.h"
#include "dissect/padding.h"

static const struct value_name priority_names[] = {VALUE(0, "Best Effort (default)"),
                                                   VALUE(1, "Background"),
                                                   VALUE(2, "Excellent Effort"),
                                                   VALUE(3, "Critical Applications"),
                                                   VALUE(4, "Video, < 100ms latency and jitter"),
                                                   VALUE(5, "Voice, < 10ms latency and jitter"),
                                                   VALUE(6, "Internetwork Control"),
                                                   VALUE(7, "Network Control"),
                                                   VALUES_END};
static const struct value_name dei_names[] = {VALUE(0, "Ineligible"), VALUE(1, "Eligible"),
                                              VALUES_END};

#define FIELDS(X)                                                                                  \
    X(PRIORITY, "vlan.priority", "Priority", UINT16, DEC, 0xe000, priority_names)                  \
    X(DEI, "vlan.dei", "DEI", BOOLEAN, NONE, 0x1000, dei_names)                                    \
    X(ID, "vlan.id", "ID", UINT16, DEC, 0x0fff, NULL)                                              \
    X(ETYPE, "vlan.etype", "Type", UINT16, HEX, 0, ethertype_names)                                \
    X(LEN, "vlan.len", "Length", UINT16, DEC, 0, NULL)                                             \
    X(LEN_PAST_END, "vlan.len.past_end", "Length field value goes past the end of the payload",    \
      NONE, NONE, 0, NULL)                                                                         \
    X(PADDING, "eth.padding", "Padding", BYTES, WHOLE, 0, NULL)                                    \
    X(PADDING_BAD, "eth.padding_bad",                                                              \
      "Didn't find padding of zeros, and an undecoded trailer "                                    \
      "exists. There may be padding of non-zeros.",                                                \
      NONE, WHOLE, 0, NULL)                                                                        \
    X(TRAILER, "vlan.trailer", "Trailer", BYTES, WHOLE, 0, NULL)                                   \
    X(AD_PRIORITY, "ieee8021ad.priority", "Priority", UINT16, DEC, 0xe000, NULL)                   \
    X(AD_DEI, "ieee8021ad.dei", "DEI", UINT16, DEC, 0x1000, NULL)                                  \
    X(AD_ID, "ieee8021ad.id", "ID", UINT16, DEC, 0x0fff, NULL)                                     \
    X(AH_ETYPE, "ieee8021ah.etype", "Type", UINT16, HEX, 0, ethertype_names)                       \
    X(AH_LEN, "ieee8021ah.len", "Length", UINT16, DEC, 0, NULL)                                    \
    X(AH_TRAILER, "ieee8021ah.trailer", "Trailer", BYTES, WHOLE, 0, NULL)

FIELD_TABLE(FIELDS);

enum { ETHERTYPE_TABLE, LENGTH_TABLE };

/* Which fields say what follows the tag. */
struct after_tag {
    unsigned etype, len, trailer;
};
static const struct after_tag after_vlan = {ETYPE, LEN, TRAILER};
static const struct after_tag after_ad = {AH_ETYPE, AH_LEN, AH_TRAILER};

enum { MIN_LENGTH = 46, MAX_LENGTH = 1500 };

/* Zeros up to the least length a frame's payload has, this tag included, and what follows them. */
static void put_trailer(struct packet *p, struct cursor *c, uint32_t start, unsigned trailer)
{
    if (c->fault != CURSOR_OK || cursor_captured(c) == 0)
        return;
    struct resumed r = resume_begin(p);
    struct padding_fields fields = {PADDING, PADDING_BAD, trailer};
    put_padding(p, c, start, MIN_LENGTH, 0, &fields);
    resume_end(p, r);
}

static void dissect_payload(struct packet *p, struct cursor *c, uint32_t start,
                            const struct after_tag *after)
{
    uint16_t type = cursor_u16(c);
    if (c->fault != CURSOR_OK)
        return;
    struct cursor payload = *c;
    unsigned table = ETHERTYPE_TABLE;
    uint64_t key = type;
    if (type <= MAX_LENGTH) {
        put_uint(p, c, after->len, c->pos - 2, 2, type);
        if (type > cursor_left(c))
            put_malformed(p, c, LEN_PAST_END);
        payload = cursor_part(c, type < cursor_left(c) ? type : cursor_left(c));
        table = LENGTH_TABLE;
        key = 0; /* LLC */
    } else {
        put_uint(p, c, after->etype, c->pos - 2, 2, type);
    }
    if (!next(p, &payload, table, key))
        next_data(p, &payload);
    if (type > MAX_LENGTH)
        *c = payload;
    put_trailer(p, c, start, after->trailer);
}

static void dissect(struct packet *p, struct cursor *c)
{
    uint32_t start = c->pos;
    uint16_t tag = cursor_u16(c);
    if (c->fault != CURSOR_OK)
        return;
    title(p, "802.1Q Virtual LAN, PRI: %u, DEI: %u, ID: %u", tag >> 13, tag >> 12 & 1, tag & 0xfff);
    info_set(p, "PRI: %u  DEI: %u  ID: %u", tag >> 13, tag >> 12 & 1, tag & 0xfff);
    put_flags(p, c, PRIORITY, 3, start, 2, tag);
    dissect_payload(p, c, start, &after_vlan);
}

static void dissect_ad(struct packet *p, struct cursor *c)
{
    uint32_t start = c->pos;
    uint16_t tag = cursor_u16(c);
    if (c->fault != CURSOR_OK)
        return;
    title(p, "IEEE 802.1ad, ID: %u", tag & 0xfff);
    info_set(p, "PRI: %u  DROP: %u  ID: %u", tag >> 13, tag >> 12 & 1, tag & 0xfff);
    put_flags(p, c, AD_PRIORITY, 3, start, 2, tag);
    dissect_payload(p, c, start, &after_ad);
}

static const char *const tables[] = {"ethertype", "eth.length", NULL};
static const struct binding bindings[] = {{"ethertype", 0x8100},
                                          {"ethertype", 0x9100},
                                          {"ethertype", 0x9200},
                                          {"ethertype", 0x9300},
                                          {NULL, 0}};
static const struct binding ad_bindings[] = {{"ethertype", 0x88a8}, {NULL, 0}};

const struct protocol proto_vlan = {.name = "vlan",
                                    .title = "802.1Q Virtual LAN",
                                    .column = "VLAN",
                                    FIELDS_OF_THIS_FILE,
                                    .tables = tables,
                                    .bindings = bindings,
                                    .dissect = dissect};

const struct protocol proto_ieee8021ad = {.name = "ieee8021ad",
                                          .title = "IEEE 802.1ad",
                                          .column = "802.1AD",
                                          .fields_of = &proto_vlan,
                                          .tables = tables,
                                          .bindings = ad_bindings,
                                          .dissect = dissect_ad};
