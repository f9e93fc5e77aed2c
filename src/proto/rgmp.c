/* rgmp: Router-port Group Management Protocol (RFC 3488): | type 1 | reserved 1 | checksum 2 |
 * group 4 | */
#include "dissect/checksum.h"
#include "dissect/packet.h"

static const struct value_name type_names[] = {VALUE(252, "Leave"), VALUE(253, "Join"),
                                               VALUE(254, "Bye"), VALUE(255, "Hello"), VALUES_END};
static const struct value_name checksum_status_names[] = {
    VALUE(0, "Bad"),         VALUE(1, "Good"),    VALUE(2, "Unverified"),
    VALUE(3, "Not present"), VALUE(4, "Illegal"), VALUES_END};

#define FIELDS(X)                                                                                  \
    X(TYPE, "rgmp.type", "Type", UINT8, HEX, 0, type_names)                                        \
    X(RESERVED, "rgmp.reserved", "Reserved", UINT8, HEX, 0, NULL)                                  \
    X(CHECKSUM, "rgmp.checksum", "Checksum", UINT16, HEX, 0, NULL)                                 \
    X(CHECKSUM_STATUS, "rgmp.checksum.status", "Checksum Status", UINT8, NONE, 0,                  \
      checksum_status_names)                                                                       \
    X(MADDR, "rgmp.maddr", "Multicast group address", IPv4, NONE, 0, NULL)                         \
    X(BAD_CHECKSUM, "rgmp.bad_checksum", "Bad checksum", NONE, NONE, 0, NULL)

FIELD_TABLE(FIELDS);

static void dissect(struct packet *p, struct cursor *c)
{
    uint32_t start = c->pos;
    uint8_t type = put_u8(p, c, TYPE);
    const char *name = value_name_find(type_names, type);
    info_set(p, "%s", name != NULL ? name : "Unknown");
    (void)put_u8(p, c, RESERVED);
    static const struct checksum_fields fields = {CHECKSUM, CHECKSUM_STATUS, BAD_CHECKSUM};
    put_verified(p, c, start, 0, &fields);
    (void)put_ipv4(p, c, MADDR);
}

static const struct binding bindings[] = {{"igmp.rgmp", 0}, {NULL, 0}};

const struct protocol proto_rgmp = {.name = "rgmp",
                                    .title = "Router-port Group Management Protocol",
                                    .column = "RGMP",
                                    FIELDS_OF_THIS_FILE,
                                    .bindings = bindings,
                                    .dissect = dissect};
