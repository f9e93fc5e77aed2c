/*
 * pppoed, pppoes: PPP over Ethernet, discovery and session (RFC 2516).
 *
 *     | version 4 bits | type 4 bits | code 1 | session 2 | length 2 | PPP frame, or tags |
 *     tag: | type 2 | length 2 | value ... |
 */
#include "dissect/packet.h"

static const struct value_name code_names[] = {
    VALUE(0x00, "Session Data"),
    VALUE(0x07, "Active Discovery Offer (PADO)"),
    VALUE(0x09, "Active Discovery Initiation (PADI)"),
    VALUE(0x0a, "Active Discovery Session-Grant (PADG)"),
    VALUE(0x0b, "Active Discovery Session-Credit Resp.(PADC)"),
    VALUE(0x0c, "Active Discovery Quality (PADQ)"),
    VALUE(0x19, "Active Discovery Request (PADR)"),
    VALUE(0x65, "Active Discovery Session-confirmation (PADS)"),
    VALUE(0xa7, "Active Discovery Terminate (PADT)"),
    VALUE(0xd3, "Active Discovery Message (PADM)"),
    VALUE(0xd4, "Active Discovery Network (PADN)"),
    VALUES_END};

/* Tags from SERVICE on are in the order of `tags`. */
#define FIELDS(X)                                                                                  \
    X(VERSION, "pppoe.version", "Version", UINT8, DEC, 0xf0, NULL)                                 \
    X(TYPE, "pppoe.type", "Type", UINT8, DEC, 0x0f, NULL)                                          \
    X(CODE, "pppoe.code", "Code", UINT8, HEX, 0, code_names)                                       \
    X(SESSION, "pppoe.session_id", "Session ID", UINT16, HEX, 0, NULL)                             \
    X(LENGTH, "pppoe.payload_length", "Payload Length", UINT16, DEC, 0, NULL)                      \
    X(LENGTH_BAD, "pppoe.payload_length.bad", "Possible bad payload length", NONE, NONE, 0, NULL)  \
    X(TAGS, "pppoed.tags", "PPPoE Tags", NONE, NONE, 0, NULL)                                      \
    X(UNKNOWN, "pppoed.tag.unknown_data", "Unknown Data", BYTES, NONE, 0, NULL)                    \
    X(SERVICE, "pppoed.tags.service_name", "Service-Name", STRING, NONE, 0, NULL)                  \
    X(AC_NAME, "pppoed.tags.ac_name", "AC-Name", STRING, NONE, 0, NULL)                            \
    X(HOST_UNIQ, "pppoed.tags.host_uniq", "Host-Uniq", BYTES, NONE, 0, NULL)                       \
    X(COOKIE, "pppoed.tags.ac_cookie", "AC-Cookie", BYTES, NONE, 0, NULL)                          \
    X(VENDOR, "pppoed.tags.vendor_id", "Vendor id", UINT32, DEC, 0, NULL)                          \
    X(VENDOR_DATA, "pppoed.tags.vendor_unspecified", "Vendor unspecified", BYTES, NONE, 0, NULL)   \
    X(CREDITS, "pppoed.tags.credits", "Credits", BYTES, NONE, 0, NULL)                             \
    X(METRICS, "pppoed.tags.metrics", "Metrics", BYTES, NONE, 0, NULL)                             \
    X(SEQUENCE, "pppoed.tags.seq_num", "Sequence Number", UINT16, HEX, 0, NULL)                    \
    X(SCALE, "pppoed.tags.credit_scale", "Credit Scale Factor", UINT16, DEC, 0, NULL)              \
    X(RELAY, "pppoed.tags.relay_session_id", "Relay-Session-Id", BYTES, NONE, 0, NULL)             \
    X(HURL, "pppoed.tags.hurl", "HURL", BYTES, NONE, 0, NULL)                                      \
    X(MOTM, "pppoed.tags.motm", "MOTM", BYTES, NONE, 0, NULL)                                      \
    X(MAX_PAYLOAD, "pppoed.tags.max_payload", "PPP-Max-Payload", BYTES, NONE, 0, NULL)             \
    X(ROUTE, "pppoed.tags.ip_route_add", "IP Route Add", BYTES, NONE, 0, NULL)                     \
    X(SERVICE_ERROR, "pppoed.tags.service_name_error", "Service-Name-Error", STRING, NONE, 0,      \
      NULL)                                                                                        \
    X(SYSTEM_ERROR, "pppoed.tags.ac_system_error", "AC-System-Error", STRING, NONE, 0, NULL)       \
    X(GENERIC_ERROR, "pppoed.tags.generic_error", "Generic-Error", STRING, NONE, 0, NULL)

FIELD_TABLE(FIELDS);

enum { PAYLOAD_TABLE };
enum { TAG_VENDOR = 0x0105, MIN_PAYLOAD = 46 /* of an Ethernet frame */, LCP = 0xc021 };

/* Types and fields of tags; a number where the value is 16 bits. */
static const struct {
    uint16_t type;
    bool number;
    unsigned field;
} tags[] = {
    {0x0101, false, SERVICE},      {0x0102, false, AC_NAME},       {0x0103, false, HOST_UNIQ},
    {0x0104, false, COOKIE},       {0x0106, false, CREDITS},       {0x0107, false, METRICS},
    {0x0108, true, SEQUENCE},      {0x0109, true, SCALE},          {0x0110, false, RELAY},
    {0x0111, false, HURL},         {0x0112, false, MOTM},          {0x0120, false, MAX_PAYLOAD},
    {0x0121, false, ROUTE},        {0x0201, false, SERVICE_ERROR}, {0x0202, false, SYSTEM_ERROR},
    {0x0203, false, GENERIC_ERROR}};

static void put_tag(struct packet *p, struct cursor *c, uint16_t type, uint16_t length)
{
    if (length == 0)
        return;
    if (type == TAG_VENDOR) {
        struct cursor vendor = cursor_part(c, length);
        (void)put_u32(p, &vendor, VENDOR);
        if (cursor_left(&vendor) > 0)
            (void)put_bytes_captured(p, &vendor, VENDOR_DATA, cursor_left(&vendor));
        return;
    }
    for (unsigned i = 0; i < sizeof tags / sizeof tags[0]; i++) {
        if (tags[i].type != type)
            continue;
        if (tags[i].number && length == 2)
            (void)put_u16(p, c, tags[i].field);
        else
            (void)put_bytes_captured(p, c, tags[i].field, length);
        return;
    }
    (void)put_bytes_captured(p, c, UNKNOWN, length);
}

static void put_tags(struct packet *p, struct cursor *c)
{
    put_mark(p, c, TAGS);
    uint32_t tree = tree_begin(p, TAGS);
    while (cursor_left(c) >= 4 && c->fault == CURSOR_OK) {
        uint16_t type = cursor_u16(c), length = cursor_u16(c);
        if (type == 0)
            break;
        put_tag(p, c, type, length);
    }
    tree_end(p, tree);
}

/* The header; returns the payload's length. */
static uint16_t put_header(struct packet *p, struct cursor *c, uint8_t *code)
{
    const uint8_t *first = cursor_take(c, 1);
    if (first != NULL)
        put_flags(p, c, VERSION, 2, c->pos - 1, 1, *first);
    *code = put_u8(p, c, CODE);
    const char *name = value_name_find(code_names, *code);
    info_set(p, "%s", name != NULL ? name : "Unknown");
    (void)put_u16(p, c, SESSION);
    return put_u16(p, c, LENGTH);
}

static void dissect_discovery(struct packet *p, struct cursor *c)
{
    uint8_t code;
    uint16_t length = put_header(p, c, &code);
    if (c->fault != CURSOR_OK)
        return;
    struct cursor tagged = cursor_part(c, length);
    if (length > 0)
        put_tags(p, &tagged);
    c->fault = tagged.fault;
    cursor_skip(c, cursor_captured(c));
}

/* What follows the payload is padding, but the frame's, not ours to give back: Ethernet shows none.
 */

static void dissect_session(struct packet *p, struct cursor *c)
{
    uint8_t code;
    uint32_t start = c->pos;
    uint16_t length = put_header(p, c, &code);
    if (c->fault == CURSOR_OK && cursor_peek(c, 0, 2) == NULL)
        cursor_skip(c, 2); /* not even PPP's protocol number is there */
    if (c->fault != CURSOR_OK)
        return;
    uint32_t tree = tree_begin(p, LENGTH);
    const uint8_t *protocol = cursor_peek(c, 0, 2);
    bool longer = cursor_left(c) > length && c->end - start > MIN_PAYLOAD;
    if (longer && protocol != NULL && be16(protocol) != LCP)
        put_mark(p, c, LENGTH_BAD);
    tree_end(p, tree);
    struct cursor payload = cursor_part(c, length);
    if (!next(p, &payload, PAYLOAD_TABLE, 0))
        next_data(p, &payload);
    cursor_skip(c, cursor_captured(c));
}

static const char *const tables[] = {"ppp.frame", NULL};
static const struct binding discovery_bindings[] = {{"ethertype", 0x8863}, {NULL, 0}};
static const struct binding session_bindings[] = {
    {"ethertype", 0x8864}, {"link_type", 51}, {NULL, 0}};

const struct protocol proto_pppoed = {.name = "pppoed",
                                      .title = "PPP-over-Ethernet Discovery",
                                      .column = "PPPoED",
                                      FIELDS_OF_THIS_FILE,
                                      .tables = tables,
                                      .bindings = discovery_bindings,
                                      .dissect = dissect_discovery};

const struct protocol proto_pppoes = {.name = "pppoes",
                                      .title = "PPP-over-Ethernet Session",
                                      .column = "PPPoES",
                                      .fields_of = &proto_pppoed,
                                      .tables = tables,
                                      .bindings = session_bindings,
                                      .dissect = dissect_session};
