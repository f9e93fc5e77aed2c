/*
 * carp: OpenBSD's Common Address Redundancy Protocol. It shares its number with VRRP, and is told
 * from it by its version and the length of its authentication, in words, where VRRP has its count
 * of addresses.
 *
 *     | version 4 bits, 2; type 4 | host 1 | skew 1 | length 1, 7 | demotion 1 | interval 1 |
 * checksum 2 | counter 8 | HMAC 20 |
 */
#include "dissect/checksum.h"
#include "dissect/packet.h"

static const struct value_name type_names[] = {VALUE(1, "Advertisement"), VALUES_END};
static const struct value_name checksum_status_names[] = {
    VALUE(0, "Bad"),         VALUE(1, "Good"),    VALUE(2, "Unverified"),
    VALUE(3, "Not present"), VALUE(4, "Illegal"), VALUES_END};

#define FIELDS(X)                                                                                  \
    X(TYPEVER, "carp.typever", "CARP message version and type", UINT8, DEC, 0, NULL)               \
    X(VERSION, "carp.version", "CARP protocol version", UINT8, DEC, 0xf0, NULL)                    \
    X(TYPE, "carp.type", "CARP packet type", UINT8, DEC, 0xf, type_names)                          \
    X(VHID, "carp.vhid", "Virtual Host ID", UINT8, DEC, 0, NULL)                                   \
    X(ADVSKEW, "carp.advskew", "Advertisement Skew", UINT8, DEC, 0, NULL)                          \
    X(AUTHLEN, "carp.authlen", "Auth Len", UINT8, DEC, 0, NULL)                                    \
    X(DEMOTION, "carp.demotion", "Demotion indicator", UINT8, DEC, 0, NULL)                        \
    X(ADVER_INT, "carp.adver_int", "Adver Int", UINT8, DEC, 0, NULL)                               \
    X(COUNTER, "carp.counter", "Counter", UINT64, DEC, 0, NULL)                                    \
    X(HMAC, "carp.hmac", "HMAC", BYTES, NONE, 0, NULL)                                             \
    X(CHECKSUM, "carp.checksum", "Checksum", UINT16, HEX, 0, NULL)                                 \
    X(CHECKSUM_STATUS, "carp.checksum.status", "Checksum Status", UINT8, NONE, 0,                  \
      checksum_status_names)                                                                       \
    X(BAD_CHECKSUM, "carp.bad_checksum", "Bad checksum", NONE, NONE, 0, NULL)

FIELD_TABLE(FIELDS);

enum { IP_PROTO_CARP = 112, LENGTH = 36, AUTH_WORDS = 7 };

static bool probe(const struct packet *p, const struct cursor *c)
{
    (void)p;
    const uint8_t *b = cursor_peek(c, 0, 6);
    return b != NULL && cursor_left(c) == LENGTH && b[0] == 0x21 && b[3] == AUTH_WORDS;
}

static void dissect(struct packet *p, struct cursor *c)
{
    uint32_t start = c->pos;
    uint8_t first = put_u8(p, c, TYPEVER);
    uint32_t tree = tree_begin(p, TYPEVER);
    put_flags(p, c, VERSION, 2, start, 1, first);
    tree_end(p, tree);
    (void)put_u8(p, c, VHID);
    (void)put_u8(p, c, ADVSKEW);
    (void)put_u8(p, c, AUTHLEN);
    (void)put_u8(p, c, DEMOTION);
    (void)put_u8(p, c, ADVER_INT);
    static const struct checksum_fields fields = {CHECKSUM, CHECKSUM_STATUS, BAD_CHECKSUM};
    put_verified(p, c, start, 0, &fields);
    (void)put_uint_be(p, c, COUNTER, 8);
    (void)put_bytes(p, c, HMAC, 20);
    info_set(p, "Announcement (v%u)", first >> 4);
}

static const struct binding bindings[] = {{"ip.proto", HEURISTIC}, {NULL, 0}};

const struct protocol proto_carp = {.name = "carp",
                                    .title = "Common Address Redundancy Protocol",
                                    .column = "CARP",
                                    FIELDS_OF_THIS_FILE,
                                    .bindings = bindings,
                                    .probe = probe,
                                    .dissect = dissect};
