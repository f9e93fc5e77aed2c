/*
 * diameter: Diameter (RFC 6733): header, and attributes ("AVPs").
 *
 *      0         1        4       5         8             12           16
 *     | version | length | flags | command | application | hop-by-hop | end-to-end | AVPs ...
 *
 * An attribute; its length counts from its code on, without the padding to a multiple of four:
 *
 *      0      4       5        8
 *     | code | flags | length | vendor, if the first flag is set | value | padding
 */
#include "dissect/pdu.h"

#include "proto/diameter.def"

static const struct value_name families[] = {VALUE(1, "IPv4"), VALUE(2, "IPv6"), VALUE(8, "E.164"),
                                             VALUES_END};
static const struct value_name set_or_not[] = {VALUE(0, "Not set"), VALUE(1, "Set"), VALUES_END};

#define HEADER_FIELDS(X)                                                                           \
    X(VERSION, "diameter.version", "Version", UINT8, HEX, 0, NULL)                                 \
    X(LENGTH, "diameter.length", "Length", UINT24, DEC, 0, NULL)                                   \
    X(FLAGS, "diameter.flags", "Flags", UINT8, HEX, 0, NULL)                                       \
    X(REQUEST, "diameter.flags.request", "Request", BOOLEAN, 8, 0x80, set_or_not)                  \
    X(PROXYABLE, "diameter.flags.proxyable", "Proxyable", BOOLEAN, 8, 0x40, set_or_not)            \
    X(ERROR_FLAG, "diameter.flags.error", "Error", BOOLEAN, 8, 0x20, set_or_not)                   \
    X(RETRANSMIT, "diameter.flags.T", "T(Potentially re-transmitted message)", BOOLEAN, 8, 0x10,   \
      set_or_not)                                                                                  \
    X(RESERVED4, "diameter.flags.reserved4", "Reserved", BOOLEAN, 8, 0x08, set_or_not)             \
    X(RESERVED5, "diameter.flags.reserved5", "Reserved", BOOLEAN, 8, 0x04, set_or_not)             \
    X(RESERVED6, "diameter.flags.reserved6", "Reserved", BOOLEAN, 8, 0x02, set_or_not)             \
    X(RESERVED7, "diameter.flags.reserved7", "Reserved", BOOLEAN, 8, 0x01, set_or_not)             \
    X(COMMAND, "diameter.cmd.code", "Command Code", UINT32, DEC, 0, commands)                      \
    X(APPLICATION, "diameter.applicationId", "ApplicationId", UINT32, DEC, 0, applications)        \
    X(HOP, "diameter.hopbyhopid", "Hop-by-Hop Identifier", UINT32, HEX, 0, NULL)                   \
    X(END, "diameter.endtoendid", "End-to-End Identifier", UINT32, HEX, 0, NULL)                   \
    X(ANSWER_IN, "diameter.answer_in", "Answer In", FRAMENUM, GENERATED | FUTURE | FLOW, 0, NULL)  \
    X(ANSWER_TO, "diameter.answer_to", "Request In", FRAMENUM, GENERATED | FLOW, 0, NULL)          \
    X(RESPONSE_TIME, "diameter.resp_time", "Response Time", RELATIVE_TIME, GENERATED | FLOW, 0,    \
      NULL)                                                                                        \
    X(AVP, "diameter.avp", "AVP", BYTES, NONE, 0, NULL)                                            \
    X(AVP_CODE, "diameter.avp.code", "AVP Code", UINT32, DEC, 0, NULL)                             \
    X(AVP_FLAGS, "diameter.avp.flags", "AVP Flags", UINT8, HEX, 0, NULL)                           \
    X(AVP_VENDOR_SPECIFIC, "diameter.flags.vendorspecific", "Vendor-Specific", BOOLEAN, 8, 0x80,   \
      set_or_not)                                                                                  \
    X(AVP_MANDATORY, "diameter.flags.mandatory", "Mandatory", BOOLEAN, 8, 0x40, set_or_not)        \
    X(AVP_PROTECTED, "diameter.avp.flags.protected", "Protected", BOOLEAN, 8, 0x20, set_or_not)    \
    X(AVP_RESERVED3, "diameter.avp.flags.reserved3", "Reserved", BOOLEAN, 8, 0x10, set_or_not)     \
    X(AVP_RESERVED4, "diameter.avp.flags.reserved4", "Reserved", BOOLEAN, 8, 0x08, set_or_not)     \
    X(AVP_RESERVED5, "diameter.avp.flags.reserved5", "Reserved", BOOLEAN, 8, 0x04, set_or_not)     \
    X(AVP_RESERVED6, "diameter.avp.flags.reserved6", "Reserved", BOOLEAN, 8, 0x02, set_or_not)     \
    X(AVP_RESERVED7, "diameter.avp.flags.reserved7", "Reserved", BOOLEAN, 8, 0x01, set_or_not)     \
    X(AVP_LENGTH, "diameter.avp.len", "AVP Length", UINT24, DEC, 0, NULL)                          \
    X(AVP_VENDOR, "diameter.avp.vendorId", "AVP Vendor Id", UINT32, DEC, 0, NULL)                  \
    X(AVP_UNKNOWN, "diameter.avp.unknown", "Value", BYTES, NONE, 0, NULL)                          \
    X(AVP_INVALID, "diameter.avp.invalid-data", "Data", BYTES, NONE, 0, NULL)                      \
    X(AVP_NO_DATA, "diameter.avp.no_data", "Data is empty", NONE, GENERATED, 0, NULL)              \
    X(AVP_PADDING, "diameter.avp.pad", "Padding", BYTES, NONE, 0, NULL)                            \
    X(VENDOR_NAME, "diameter.vendorId", "VendorId", UINT32, DEC, 0, NULL)

/* The fields that an attribute of each kind needs. */
#define FIELDS_STRING(X, id, name, names) X(id, "diameter." name, name, STRING, NONE, 0, names)
#define FIELDS_BYTES(X, id, name, names)  X(id, "diameter." name, name, BYTES, NONE, 0, names)
#define FIELDS_GROUP(X, id, name, names)  X(id, "diameter." name, name, BYTES, NONE, 0, names)
#define FIELDS_UINT32(X, id, name, names) X(id, "diameter." name, name, UINT32, DEC, 0, names)
#define FIELDS_INT32(X, id, name, names)  X(id, "diameter." name, name, INT32, DEC, 0, names)
#define FIELDS_UINT64(X, id, name, names) X(id, "diameter." name, name, UINT64, DEC, 0, names)
#define FIELDS_INT64(X, id, name, names)  X(id, "diameter." name, name, INT64, DEC, 0, names)
#define FIELDS_TIME(X, id, name, names)   X(id, "diameter." name, name, ABSOLUTE_TIME, UTC, 0, names)
#define FIELDS_ADDRESS(X, id, name, names)                                                         \
    X(id, "diameter." name, name, BYTES, NONE, 0, names)                                           \
    X(id##_FAMILY, "diameter." name ".addr_family", name " Address Family", UINT16, DEC, 0,        \
      families)                                                                                    \
    X(id##_IPV4, "diameter." name ".IPv4", name " Address", IPv4, NONE, 0, NULL)                   \
    X(id##_IPV6, "diameter." name ".IPv6", name " Address", IPv6, NONE, 0, NULL)

#define AVP_FIELDS(X, id, vendor, code, name, kind, names) FIELDS_##kind(X, id, name, names)
#define FIELDS(X)                                                                                  \
    HEADER_FIELDS(X)                                                                               \
    DIAMETER_AVPS(AVP_FIELDS, X)

FIELD_TABLE(FIELDS);

enum avp_kind { STRING, BYTES, GROUP, UINT32, INT32, UINT64, INT64, TIME, ADDRESS };

static const struct avp {
    uint32_t vendor, code;
    unsigned field;
    enum avp_kind kind;
} avps[] = {
#define AVP_ROW(X, id, vendor, code, name, kind, names) {vendor, code, id, kind},
    DIAMETER_AVPS(AVP_ROW, )};

enum {
    VENDOR_SPECIFIC = 0x80,
    DEEPEST = 12, /* groups in groups */
    REQUESTS = 8,
    HEADER = 20,
    SHORTEST = 36,
    AVP_HEADER = 8
};

/* Since 1900, as in NTP; RFC 6733, section 4.3.1. */
static const int64_t ntp_epoch = 2208988800;

static const struct avp *avp_find(uint32_t vendor, uint32_t code)
{
    for (size_t i = 0; i < sizeof avps / sizeof *avps; i++) {
        if (avps[i].code == code && avps[i].vendor == vendor)
            return &avps[i];
    }
    return NULL;
}

/* ---- Attributes (section 4) -------------------------------------------------------------------- */

static void put_avps(struct packet *p, struct cursor *c, unsigned depth);

static void put_address(struct packet *p, struct cursor *v, unsigned field)
{
    struct cursor inside = *v;
    (void)put_bytes(p, v, field, cursor_left(v));
    uint32_t tree = tree_begin(p, field);
    uint16_t family = put_u16(p, &inside, field + 1);
    if (family == 1 && cursor_left(&inside) == 4)
        (void)put_ipv4(p, &inside, field + 2);
    else if (family == 2 && cursor_left(&inside) == 16)
        (void)put_bytes(p, &inside, field + 3, 16);
    tree_end(p, tree);
}

static void put_group(struct packet *p, struct cursor *v, unsigned field, unsigned depth)
{
    struct cursor inside = *v;
    (void)put_bytes(p, v, field, cursor_left(v));
    uint32_t tree = tree_begin(p, field);
    put_avps(p, &inside, depth + 1);
    tree_end(p, tree);
}

/* Numbers have the width of their type, or are no numbers. */
static bool width_fits(enum avp_kind kind, uint32_t n)
{
    switch (kind) {
    case UINT32:
    case INT32:
    case TIME:
        return n == 4;
    case UINT64:
    case INT64:
        return n == 8;
    default:
        return true;
    }
}

static void put_value(struct packet *p, struct cursor *v, const struct avp *avp, unsigned depth)
{
    uint32_t n = cursor_left(v);
    if (!width_fits(avp->kind, n)) {
        (void)put_bytes(p, v, AVP_INVALID, n);
        return;
    }
    switch (avp->kind) {
    case STRING:
    case BYTES:
        (void)put_bytes(p, v, avp->field, n);
        break;
    case UINT32:
    case UINT64:
        (void)put_uint_be(p, v, avp->field, n);
        break;
    case INT32:
    case INT64:
        (void)put_int_be(p, v, avp->field, n);
        break;
    case TIME: {
        int64_t seconds = (int64_t)cursor_u32(v) - ntp_epoch;
        put_time(p, v, avp->field, v->pos - 4, 4, seconds * 1000000000);
        break;
    }
    case ADDRESS:
        put_address(p, v, avp->field);
        break;
    case GROUP:
        put_group(p, v, avp->field, depth);
        break;
    }
}

static uint8_t put_avp_flags(struct packet *p, struct cursor *c)
{
    uint8_t flags = put_u8(p, c, AVP_FLAGS);
    uint32_t tree = tree_begin(p, AVP_FLAGS);
    put_flags(p, c, AVP_VENDOR_SPECIFIC, AVP_RESERVED7 - AVP_VENDOR_SPECIFIC + 1, c->pos - 1, 1,
              flags);
    tree_end(p, tree);
    return flags;
}

static void put_avp(struct packet *p, struct cursor *c, unsigned depth)
{
    const uint8_t *h = cursor_peek(c, 0, AVP_HEADER);
    if (h == NULL) {
        cursor_skip(c, AVP_HEADER);
        return;
    }
    uint32_t length = be24(h + 5), padding = -length & 3;
    if (length < AVP_HEADER || length > cursor_left(c)) {
        tree_end(
            p, tree_text(p, c, c->pos, cursor_left(c), "Wrong AVP(%u) length %u", be32(h), length));
        cursor_skip(c, cursor_captured(c));
        return;
    }
    if (padding > cursor_left(c) - length)
        padding = 0;
    struct cursor whole = *c;
    (void)put_bytes(p, &whole, AVP, length + padding);
    uint32_t tree = tree_begin(p, AVP);
    struct cursor v = cursor_part(c, length);
    uint32_t code = put_u32(p, &v, AVP_CODE);
    uint8_t flags = put_avp_flags(p, &v);
    (void)put_u24(p, &v, AVP_LENGTH);
    uint32_t vendor = flags & VENDOR_SPECIFIC ? put_u32(p, &v, AVP_VENDOR) : IETF;
    const struct avp *avp = avp_find(vendor, code);
    label(p, AVP, "AVP: %s(%u) l=%u f=%c%c%c",
          avp != NULL ? registry_def(p->reg, p->fields + avp->field)->label : "Unknown", code,
          length, flags & 0x80 ? 'V' : '-', flags & 0x40 ? 'M' : '-', flags & 0x20 ? 'P' : '-');
    struct cursor value = v;
    if (cursor_left(&v) == 0)
        put_mark(p, &v, AVP_NO_DATA);
    else if (avp != NULL)
        put_value(p, &v, avp, depth);
    else
        (void)put_bytes(p, &v, AVP_UNKNOWN, cursor_left(&v));
    if (avp != NULL && (avp->field == VENDOR_ID || avp->field == SUPPORTED_VENDOR_ID))
        (void)put_u32(p, &value, VENDOR_NAME);
    if (padding != 0 && c->fault == CURSOR_OK)
        (void)put_bytes(p, c, AVP_PADDING, padding);
    tree_end(p, tree);
}

static void put_avps(struct packet *p, struct cursor *c, unsigned depth)
{
    while (depth < DEEPEST && cursor_left(c) > 0)
        put_avp(p, c, depth);
}

/* ---- Requests and answers ---------------------------------------------------------------------- */

/* Requests that wait for their answer: the newest of a flow. */
struct state {
    struct request {
        uint32_t hop, end;
        uint64_t packet;
        int64_t time;
    } requests[REQUESTS];
    uint8_t next;
};

static void match_request(struct packet *p, const struct cursor *c, struct state *s, uint32_t hop,
                          uint32_t end)
{
    uint64_t answer;
    if (told(p, p->in->number, ANSWER_IN, &answer))
        put_uint(p, c, ANSWER_IN, c->pos, 0, answer);
    s->requests[s->next] = (struct request){hop, end, p->in->number, p->in->time_ns};
    s->next = (uint8_t)((s->next + 1) % REQUESTS);
}

static void match_answer(struct packet *p, const struct cursor *c, struct state *s, uint32_t hop,
                         uint32_t end)
{
    for (unsigned i = 0; i < REQUESTS; i++) {
        struct request *r = &s->requests[i];
        if (r->packet == 0 || r->hop != hop || r->end != end)
            continue;
        put_uint(p, c, ANSWER_TO, c->pos, 0, r->packet);
        put_time(p, c, RESPONSE_TIME, c->pos, 0, p->in->time_ns - r->time);
        tell(p, r->packet, ANSWER_IN, p->in->number);
        r->packet = 0;
        return;
    }
}

static void dissect(struct packet *p, struct cursor *c)
{
    (void)put_u8(p, c, VERSION);
    uint32_t length = put_u24(p, c, LENGTH);
    uint8_t flags = put_u8(p, c, FLAGS);
    uint32_t tree = tree_begin(p, FLAGS);
    put_flags(p, c, REQUEST, RESERVED7 - REQUEST + 1, c->pos - 1, 1, flags);
    tree_end(p, tree);
    uint32_t command = put_u24(p, c, COMMAND);
    (void)put_u32(p, c, APPLICATION);
    uint32_t hop = put_u32(p, c, HOP), end = put_u32(p, c, END);
    const char *name = value_name_find(commands, command);
    info_set(p, "cmd=%s %s(%u)", name != NULL ? name : "Unknown",
             flags & 0x80 ? "Request" : "Answer", command);
    struct state *s = c->fault == CURSOR_OK ? flow_state(p, sizeof *s) : NULL;
    if (s != NULL && flags & 0x80)
        match_request(p, c, s, hop, end);
    else if (s != NULL)
        match_answer(p, c, s, hop, end);
    if (length >= HEADER)
        cursor_trim(c, length - HEADER);
    put_avps(p, c, 0);
}

static bool probe(const struct packet *p, const struct cursor *c)
{
    (void)p;
    const uint8_t *h = cursor_peek(c, 0, 4);
    return h != NULL && h[0] == 1 && be24(h + 1) >= SHORTEST;
}

static uint32_t message(struct packet *p, const struct cursor *c)
{
    (void)p;
    return cursor_captured(c) < 4 ? STREAM_MORE : pdu_be(c, 1, 3, 0);
}

static const struct binding bindings[] = {{"tcp.port", 3868}, {"sctp.port", 3868}, {"sctp.ppi", 46},
                                          {"sctp.ppi", 47},   {"tls.port", 5868},  {NULL, 0}};

const struct protocol proto_diameter = {.name = "diameter",
                                        .title = "Diameter Protocol",
                                        .column = "DIAMETER",
                                        FIELDS_OF_THIS_FILE,
                                        .bindings = bindings,
                                        .probe = probe,
                                        .message = message,
                                        .pdus = true,
                                        .dissect = dissect};
