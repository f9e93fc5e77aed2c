/* icmpv6: messages of RPL, the routing protocol for low-power networks (RFC 6550, section 6). */
#include "proto/icmpv6.h"

enum { SOLICITATION, INFORMATION, DESTINATION, DESTINATION_ACK };
enum { PAD1 = 0, PADN, CONFIGURATION = 4, TARGET, TRANSIT };

static void put_configuration(struct packet *p, struct cursor *o)
{
    icmpv6_flags(p, o, CONFIG_FLAG, 1, 3);
    (void)put_u8(p, o, CONFIG_DOUBLE);
    (void)put_u8(p, o, CONFIG_MIN);
    (void)put_u8(p, o, CONFIG_REDUNDANCY);
    (void)put_u16(p, o, CONFIG_MAXRANK);
    (void)put_u16(p, o, CONFIG_MINHOP);
    (void)put_u16(p, o, CONFIG_OCP);
    (void)put_u8(p, o, CONFIG_RSV2);
    (void)put_u8(p, o, CONFIG_LIFETIME);
    (void)put_u16(p, o, CONFIG_UNIT);
}

static void put_transit(struct packet *p, struct cursor *o)
{
    icmpv6_flags(p, o, TRANSIT_FLAG, 1, 2);
    (void)put_u8(p, o, TRANSIT_CONTROL);
    (void)put_u8(p, o, TRANSIT_SEQ);
    (void)put_u8(p, o, TRANSIT_LIFETIME);
    if (cursor_captured(o) >= 16)
        (void)put_bytes(p, o, TRANSIT_PARENT, 16);
}

static void put_target(struct packet *p, struct cursor *o)
{
    put_data(p, o, TARGET_FLAG, o->pos, 1, "", 0);
    cursor_skip(o, 1);
    (void)put_u8(p, o, TARGET_LENGTH);
    icmpv6_prefix(p, o, TARGET_PREFIX, cursor_captured(o));
}

/* Section 6.7: types and lengths; one byte of padding has no length. */
static void put_rpl_options(struct packet *p, struct cursor *c)
{
    while (cursor_captured(c) > 0 && c->fault == CURSOR_OK) {
        put_data(p, c, OPT, c->pos, cursor_captured(c), "", 0);
        uint32_t tree = tree_begin(p, OPT);
        uint8_t type = put_u8(p, c, RPL_TYPE);
        if (type != PAD1) {
            uint8_t length = put_u8(p, c, RPL_LENGTH);
            struct cursor o = cursor_part(c, length);
            if (type == CONFIGURATION)
                put_configuration(p, &o);
            else if (type == TARGET)
                put_target(p, &o);
            else if (type == TRANSIT)
                put_transit(p, &o);
            if (o.fault != CURSOR_OK && c->fault == CURSOR_OK)
                c->fault = o.fault;
        }
        tree_end(p, tree);
    }
}

static void put_information(struct packet *p, struct cursor *c)
{
    (void)put_u8(p, c, DIO_INSTANCE);
    (void)put_u8(p, c, DIO_VERSION);
    (void)put_u16(p, c, DIO_RANK);
    icmpv6_flags(p, c, DIO_FLAG, 1, 4);
    (void)put_u8(p, c, DIO_DTSN);
    (void)put_u8(p, c, DIO_FLAG); /* another octet of flags, of which none is defined */
    (void)put_bytes(p, c, RESERVED, 1);
    (void)put_bytes(p, c, DIO_DAGID, 16);
}

static void put_destination(struct packet *p, struct cursor *c)
{
    (void)put_u8(p, c, DAO_INSTANCE);
    const uint8_t *flags = cursor_peek(c, 0, 1);
    icmpv6_flags(p, c, DAO_FLAG, 1, 3);
    (void)put_bytes(p, c, RESERVED, 1);
    (void)put_u8(p, c, DAO_SEQ);
    if (flags != NULL && flags[0] & 0x40)
        (void)put_bytes(p, c, DAO_DAGID, 16);
}

static void put_destination_ack(struct packet *p, struct cursor *c)
{
    (void)put_u8(p, c, ACK_INSTANCE);
    const uint8_t *flags = cursor_peek(c, 0, 1);
    icmpv6_flags(p, c, ACK_FLAG, 1, 2);
    (void)put_u8(p, c, ACK_SEQ);
    (void)put_u8(p, c, ACK_STATUS);
    if (flags != NULL && flags[0] & 0x80)
        (void)put_bytes(p, c, ACK_DAGID, 16);
}

void icmpv6_rpl(struct packet *p, struct cursor *c, uint8_t code)
{
    switch (code) {
    case SOLICITATION:
        (void)put_u8(p, c, DIS_FLAGS);
        (void)put_bytes(p, c, RESERVED, 1);
        break;
    case INFORMATION:
        put_information(p, c);
        break;
    case DESTINATION:
        put_destination(p, c);
        break;
    case DESTINATION_ACK:
        put_destination_ack(p, c);
        break;
    default: /* secured ones, and later inventions */
        next_data(p, c);
        return;
    }
    put_rpl_options(p, c);
}
