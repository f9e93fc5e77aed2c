/*
 * bacnet: network layer of Building Automation and Control Networks (ASHRAE 135, clause 6).
 *
 *     | version 1 | control 1 | destination: network 2, length 1, address | source: the same | hops 1 | APDU |
 *                                                        or a message of the network layer: | type 1 | ... |
 */
#include "dissect/packet.h"

static const struct value_name control_net_names[] = {
    VALUE(0, "BACnet APDU, message type field absent."),
    VALUE(1, "network layer message, message type field present."), VALUES_END};
static const struct value_name control_res1_names[] = {
    VALUE(0, "Shall be zero and is zero."), VALUE(1, "Shall be zero, but is one."), VALUES_END};
static const struct value_name control_dest_names[] = {
    VALUE(0, "DNET, DLEN, DADR and Hop Count absent."),
    VALUE(1, "DNET, DLEN and Hop Count present. If DLEN=0: broadcast, dest. address field absent."),
    VALUES_END};
static const struct value_name control_src_names[] = {
    VALUE(0, "SNET, SLEN and SADR absent"),
    VALUE(1, "SNET, SLEN and SADR present, SLEN=0 invalid, SLEN specifies length of SADR"),
    VALUES_END};
static const struct value_name control_expect_names[] = {
    VALUE(0, "Other than a BACnet-Confirmed-Request-PDU, segment of BACnet-ComplexACK-PDU or "
             "network layer message expecting a reply present."),
    VALUE(1, "BACnet-Confirmed-Request-PDU, a segment of BACnet-ComplexACK-PDU or Network Message "
             "expecting a reply present."),
    VALUES_END};
static const struct value_name control_prio_high_names[] = {
    VALUE(0, "Not a Life Safety or Critical Equipment message."),
    VALUE(1, "Life Safety or Critical Equipment message."), VALUES_END};
static const struct value_name control_prio_low_names[] = {VALUE(0, "Normal message"),
                                                           VALUE(1, "Urgent message"), VALUES_END};
static const struct value_name mesgtyp_names[] = {
    RANGE(0x0, 0x0, "Who-Is-Router-To-Network"),
    RANGE(0x1, 0x1, "I-Am-Router-To-Network"),
    RANGE(0x2, 0x2, "I-Could-Be-Router-To-Network"),
    RANGE(0x3, 0x3, "Reject-Message-To-Network"),
    RANGE(0x4, 0x4, "Router-Busy-To-Network"),
    RANGE(0x5, 0x5, "Router-Available-To-Network"),
    RANGE(0x6, 0x6, "Initialize-Routing-Table"),
    RANGE(0x7, 0x7, "Initialize-Routing-Table-Ack"),
    RANGE(0x8, 0x8, "Establish-Connection-To-Network"),
    RANGE(0x9, 0x9, "Disconnect-Connection-To-Network"),
    RANGE(0xa, 0xa, "Challenge-Request"),
    RANGE(0xb, 0xb, "Security-Payload"),
    RANGE(0xc, 0xc, "Security-Response"),
    RANGE(0xd, 0xd, "Request-Key-Update"),
    RANGE(0xe, 0xe, "Update-Keyset"),
    RANGE(0xf, 0xf, "Update-distribution-Key"),
    RANGE(0x10, 0x10, "Request-Masterkey"),
    RANGE(0x11, 0x11, "Set-Masterkey"),
    RANGE(0x12, 0x12, "What-Is-Networknumber"),
    RANGE(0x13, 0x13, "Networknumber-Is"),
    RANGE(0x14, 0x7f, "Reserved for Use by ASHRAE"),
    RANGE(0x80, 0xff, "Vendor Proprietary Message"),
    VALUES_END};
static const struct value_name rejectreason_names[] = {
    RANGE(0, 0, "Other error."),
    RANGE(1, 1,
          "The router is not directly connected to DNET and cannot find a router to DNET on any "
          "directly connected network using Who-Is-Router-To-Network messages."),
    RANGE(2, 2,
          "The router is busy and unable to accept messages for the specified DNET at the present "
          "time."),
    RANGE(3, 3, "It is an unknown network layer message type."),
    RANGE(4, 4, "The message is too long to be routed to this DNET."),
    RANGE(5, 5,
          "The router is no longer directly connected to DNET but can reconnect if requested."),
    RANGE(6, 6,
          "The router is no longer directly connected to DNET and cannot reconnect even if "
          "requested."),
    RANGE(7, 255, "Invalid Rejection Reason."),
    VALUES_END};
#define FIELDS(X)                                                                                  \
    X(VERSION, "bacnet.version", "Version", UINT8, DEC, 0, NULL)                                   \
    X(CONTROL, "bacnet.control", "Control", UINT8, HEX, 0, NULL)                                   \
    X(CONTROL_NET, "bacnet.control_net", "NSDU contains", BOOLEAN, 8, 0x80, control_net_names)     \
    X(CONTROL_RES1, "bacnet.control_res1", "Reserved", BOOLEAN, 8, 0x40, control_res1_names)       \
    X(CONTROL_DEST, "bacnet.control_dest", "Destination Specifier", BOOLEAN, 8, 0x20,              \
      control_dest_names)                                                                          \
    X(CONTROL_RES2, "bacnet.control_res2", "Reserved", BOOLEAN, 8, 0x10, control_res1_names)       \
    X(CONTROL_SRC, "bacnet.control_src", "Source specifier", BOOLEAN, 8, 0x8, control_src_names)   \
    X(CONTROL_EXPECT, "bacnet.control_expect", "Expecting Reply", BOOLEAN, 8, 0x4,                 \
      control_expect_names)                                                                        \
    X(CONTROL_PRIO_HIGH, "bacnet.control_prio_high", "Priority", BOOLEAN, 8, 0x2,                  \
      control_prio_high_names)                                                                     \
    X(CONTROL_PRIO_LOW, "bacnet.control_prio_low", "Priority", BOOLEAN, 8, 0x1,                    \
      control_prio_low_names)                                                                      \
    X(DNET, "bacnet.dnet", "Destination Network Address", UINT16, DEC, 0, NULL)                    \
    X(DLEN, "bacnet.dlen", "Destination MAC Layer Address Length", UINT8, DEC, 0, NULL)            \
    X(DADR_ETH, "bacnet.dadr_eth", "Destination ISO 8802-3 MAC Address", ETHER, NONE, 0, NULL)     \
    X(DADR_MSTP, "bacnet.dadr_mstp", "DADR", UINT8, DEC, 0, NULL)                                  \
    X(DADR_TMP, "bacnet.dadr_tmp", "Unknown Destination MAC", BYTES, NONE, 0, NULL)                \
    X(SNET, "bacnet.snet", "Source Network Address", UINT16, DEC, 0, NULL)                         \
    X(SLEN, "bacnet.slen", "Source MAC Layer Address Length", UINT8, DEC, 0, NULL)                 \
    X(SADR_ETH, "bacnet.sadr_eth", "SADR", ETHER, NONE, 0, NULL)                                   \
    X(SADR_MSTP, "bacnet.sadr_mstp", "SADR", UINT8, DEC, 0, NULL)                                  \
    X(SADR_TMP, "bacnet.sadr_tmp", "Unknown Source MAC", BYTES, NONE, 0, NULL)                     \
    X(HOPC, "bacnet.hopc", "Hop Count", UINT8, DEC, 0, NULL)                                       \
    X(MESGTYP, "bacnet.mesgtyp", "Network Layer Message Type", UINT8, HEX, 0, mesgtyp_names)       \
    X(VENDOR, "bacnet.vendor", "Vendor ID", UINT16, DEC, 0, NULL)                                  \
    X(PERF, "bacnet.perf", "Performance Index", UINT8, DEC, 0, NULL)                               \
    X(REJECTREASON, "bacnet.rejectreason", "Reject Reason", UINT8, DEC, 0, rejectreason_names)     \
    X(RPORTNUM, "bacnet.rportnum", "Number of Port Mappings", UINT8, DEC, 0, NULL)                 \
    X(PORTID, "bacnet.portid", "Port ID", UINT8, HEX, 0, NULL)                                     \
    X(PINFOLEN, "bacnet.pinfolen", "Port Info Length", UINT8, DEC, 0, NULL)                        \
    X(PINFO, "bacnet.pinfo", "Port Inf", BYTES, NONE, 0, NULL)                                     \
    X(TERM_TIME_VALUE, "bacnet.term_time_value", "Termination Time Value (seconds)", UINT8, DEC,   \
      0, NULL)                                                                                     \
    X(NETNO_STATUS, "bacnet.netno_status", "Network number status (enumerated)", UINT8, DEC, 0,    \
      NULL)

FIELD_TABLE(FIELDS);

enum { APPLICATION_TABLE };
enum { NETWORK_MESSAGE = 0x80, HAS_DESTINATION = 0x20, HAS_SOURCE = 0x08, VENDORS_OWN = 0x80 };

static void put_address(struct packet *p, struct cursor *c, const unsigned fields[5])
{
    (void)put_u16(p, c, fields[0]);
    uint8_t n = put_u8(p, c, fields[1]);
    if (n == 6)
        (void)put_bytes(p, c, fields[2], 6);
    else if (n == 1)
        (void)put_u8(p, c, fields[3]);
    else if (n > 0)
        (void)put_bytes(p, c, fields[4], n);
}

static void put_ports(struct packet *p, struct cursor *c)
{
    uint8_t count = put_u8(p, c, RPORTNUM);
    for (uint8_t i = 0; i < count && c->fault == CURSOR_OK; i++) {
        (void)put_u16(p, c, DNET);
        (void)put_u8(p, c, PORTID);
        uint8_t n = put_u8(p, c, PINFOLEN);
        if (n > 0)
            (void)put_bytes(p, c, PINFO, n);
    }
}

static void put_networks(struct packet *p, struct cursor *c)
{
    while (cursor_captured(c) >= 2)
        (void)put_u16(p, c, DNET);
}

/* Clause 6.4. */
static void put_message(struct packet *p, struct cursor *c)
{
    uint8_t type = put_u8(p, c, MESGTYP);
    const char *name = value_name_find(mesgtyp_names, type);
    info_set(p, "%s", name != NULL ? name : "Unknown message");
    if (type >= VENDORS_OWN)
        (void)put_u16(p, c, VENDOR);
    switch (type) {
    case 0x00:
        if (cursor_left(c) >= 2)
            (void)put_u16(p, c, DNET);
        break;
    case 0x01:
    case 0x04:
    case 0x05:
        put_networks(p, c);
        break;
    case 0x02:
        (void)put_u16(p, c, DNET);
        (void)put_u8(p, c, PERF);
        break;
    case 0x03:
        (void)put_u8(p, c, REJECTREASON);
        (void)put_u16(p, c, DNET);
        break;
    case 0x06:
    case 0x07:
        put_ports(p, c);
        break;
    case 0x08:
        (void)put_u16(p, c, DNET);
        (void)put_u8(p, c, TERM_TIME_VALUE);
        break;
    case 0x09:
        (void)put_u16(p, c, DNET);
        break;
    case 0x13:
        (void)put_u16(p, c, DNET);
        (void)put_u8(p, c, NETNO_STATUS);
        break;
    default:
        break;
    }
}

static void dissect(struct packet *p, struct cursor *c)
{
    static const unsigned destination[] = {DNET, DLEN, DADR_ETH, DADR_MSTP, DADR_TMP};
    static const unsigned source[] = {SNET, SLEN, SADR_ETH, SADR_MSTP, SADR_TMP};
    (void)put_u8(p, c, VERSION);
    uint8_t control = put_u8(p, c, CONTROL);
    uint32_t tree = tree_begin(p, CONTROL);
    put_flags(p, c, CONTROL_NET, 8, c->pos - 1, 1, control);
    tree_end(p, tree);
    if (control & HAS_DESTINATION)
        put_address(p, c, destination);
    if (control & HAS_SOURCE)
        put_address(p, c, source);
    if (control & HAS_DESTINATION)
        (void)put_u8(p, c, HOPC);
    if (control & NETWORK_MESSAGE)
        put_message(p, c);
    else if (cursor_captured(c) > 0 && !next(p, c, APPLICATION_TABLE, 0))
        next_data(p, c);
}

static bool probe(const struct packet *p, const struct cursor *c)
{
    (void)p;
    const uint8_t *b = cursor_peek(c, 0, 1);
    return b != NULL && *b == 1;
}

static const char *const tables[] = {"bacapp", NULL};
static const struct binding bindings[] = {{"bacnet", 0}, {"llc.dsap", 0x82}, {NULL, 0}};

const struct protocol proto_bacnet = {.name = "bacnet",
                                      .title = "Building Automation and Control Network NPDU",
                                      .column = "BACnet",
                                      FIELDS_OF_THIS_FILE,
                                      .tables = tables,
                                      .bindings = bindings,
                                      .probe = probe,
                                      .dissect = dissect};
