/* cip: Common Industrial Protocol (CIP networks library, volume 1): service, path, status.
 *
 *     | service | path words | path ...         request
 *     | service with 0x80 | 0 | status | additional words | ...   response
 */
#include "dissect/packet.h"

static const struct value_name directions[] = {VALUE(0, "Request"), VALUE(1, "Response"),
                                               VALUES_END};
static const struct value_name services[] = {VALUE(0x01, "Get Attributes All"),
                                             VALUE(0x02, "Set Attributes All"),
                                             VALUE(0x03, "Get Attribute List"),
                                             VALUE(0x04, "Set Attribute List"),
                                             VALUE(0x05, "Reset"),
                                             VALUE(0x06, "Start"),
                                             VALUE(0x07, "Stop"),
                                             VALUE(0x08, "Create"),
                                             VALUE(0x09, "Delete"),
                                             VALUE(0x0a, "Multiple Service Packet"),
                                             VALUE(0x0d, "Apply Attributes"),
                                             VALUE(0x0e, "Get Attribute Single"),
                                             VALUE(0x10, "Set Attribute Single"),
                                             VALUE(0x11, "Find Next Object Instance"),
                                             VALUE(0x15, "Restore"),
                                             VALUE(0x16, "Save"),
                                             VALUE(0x17, "Nop"),
                                             VALUE(0x18, "Get Member"),
                                             VALUE(0x19, "Set Member"),
                                             VALUE(0x1a, "Insert Member"),
                                             VALUE(0x1b, "Remove Member"),
                                             VALUE(0x1c, "Group Sync"),
                                             VALUES_END};
static const struct value_name statuses[] = {VALUE(0x00, "Success"),
                                             VALUE(0x01, "Connection failure"),
                                             VALUE(0x02, "Resource unavailable"),
                                             VALUE(0x03, "Invalid parameter value"),
                                             VALUE(0x04, "Path segment error"),
                                             VALUE(0x05, "Path destination unknown"),
                                             VALUE(0x06, "Partial transfer"),
                                             VALUE(0x08, "Service not supported"),
                                             VALUE(0x09, "Invalid attribute value"),
                                             VALUE(0x0a, "Attribute list error"),
                                             VALUE(0x0e, "Attribute not settable"),
                                             VALUE(0x0f, "Privilege violation"),
                                             VALUE(0x10, "Device state conflict"),
                                             VALUE(0x13, "Not enough data"),
                                             VALUE(0x14, "Attribute not supported"),
                                             VALUE(0x15, "Too much data"),
                                             VALUE(0x16, "Object does not exist"),
                                             VALUE(0x1e, "Embedded service error"),
                                             VALUES_END};

#define FIELDS(X)                                                                                  \
    X(SERVICE, "cip.service", "Service", UINT8, HEX, 0, NULL)                                      \
    X(DIRECTION, "cip.rr", "Request/Response", UINT8, HEX, 0x80, directions)                       \
    X(CODE, "cip.sc", "Service", UINT8, HEX, 0x7f, services)                                       \
    X(PATH_WORDS, "cip.request_path_size", "Request Path Size", UINT8, DEC, 0, NULL)               \
    X(GENERAL, "cip.genstat", "General Status", UINT8, HEX, 0, statuses)                           \
    X(ADDITIONAL, "cip.addstat_size", "Additional Status Size", UINT8, DEC, 0, NULL)               \
    X(DATA, "cip.data", "Data", BYTES, NONE, 0, NULL)                                              \
    X(SERVICES, "cip.msp.num_services", "Number of Services", UINT16, DEC, 0, NULL)

FIELD_TABLE(FIELDS);

enum { MULTIPLE = 0x0a, RESPONSE = 0x80, DEPTH = 2 };

static void put_message(struct packet *p, struct cursor *c, unsigned depth);

/* What a multiple service packet holds: offsets from its count, then as many messages. */
static void put_services(struct packet *p, struct cursor *c, unsigned depth)
{
    uint32_t base = c->pos;
    unsigned n = (unsigned)put_uint_le(p, c, SERVICES, 2);
    for (unsigned i = 0; i < n; i++) {
        const uint8_t *b = cursor_peek(c, 0, 2), *after = i + 1 < n ? cursor_peek(c, 2, 2) : NULL;
        if (b == NULL)
            return;
        cursor_skip(c, 2);
        uint32_t at = base + le16(b), end = after != NULL ? base + le16(after) : c->cap;
        struct cursor one = *c;
        if (at >= c->cap || end <= at)
            continue;
        one.pos = at;
        cursor_trim(&one, end - at);
        put_message(p, &one, depth + 1);
    }
}

static void put_message(struct packet *p, struct cursor *c, unsigned depth)
{
    uint8_t service = put_u8(p, c, SERVICE);
    uint32_t tree = tree_begin(p, SERVICE);
    if (c->fault == CURSOR_OK)
        put_flags(p, c, DIRECTION, 2, c->pos - 1, 1, service);
    tree_end(p, tree);
    const char *name = value_name_find(services, service & 0x7f);
    info_set(p, "%s%s", service & RESPONSE ? "Success: " : "", name != NULL ? name : "Service");
    if (service & RESPONSE) {
        cursor_skip(c, 1);
        (void)put_u8(p, c, GENERAL);
        uint8_t words = put_u8(p, c, ADDITIONAL);
        cursor_skip(c, 2u * words);
    } else {
        uint8_t words = put_u8(p, c, PATH_WORDS);
        cursor_skip(c, 2u * words);
    }
    if ((service & 0x7f) == MULTIPLE && cursor_left(c) >= 2 && depth < DEPTH)
        put_services(p, c, depth);
    if (c->fault == CURSOR_OK)
        cursor_skip(c, cursor_captured(c));
}

static void dissect(struct packet *p, struct cursor *c)
{
    put_message(p, c, 0);
}

static const struct binding bindings[] = {{"cip", 0}, {NULL, 0}};

const struct protocol proto_cip = {.name = "cip",
                                   .title = "Common Industrial Protocol",
                                   .column = "CIP",
                                   FIELDS_OF_THIS_FILE,
                                   .bindings = bindings,
                                   .dissect = dissect};

/* Data of an I/O connection has no form of its own. */
#define IO_FIELDS(X) X(IO_DATA, "cipio.data", "Data", BYTES, NONE, 0, NULL)
enum { IO_FIELDS(FIELD_ID) IO_FIELD_COUNT };
static const struct field_def io_field_defs[] = {IO_FIELDS(FIELD_ROW)};

static void dissect_io(struct packet *p, struct cursor *c)
{
    layer_repeat(p);
    (void)put_bytes(p, c, IO_DATA, cursor_captured(c));
}

static const struct binding io_bindings[] = {{"cip", 1}, {NULL, 0}};

const struct protocol proto_cipio = {.name = "cipio",
                                     .title = "Common Industrial Protocol, I/O",
                                     .column = "CIP I/O",
                                     .fields = io_field_defs,
                                     .field_count = IO_FIELD_COUNT,
                                     .bindings = io_bindings,
                                     .dissect = dissect_io};
