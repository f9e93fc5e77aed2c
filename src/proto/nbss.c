/* nbss: NetBIOS Session Service (RFC 1002, section 4.3), also where SMB uses its form without
 * NetBIOS.
 *
 *      0      1                4
 *     | type | length (24)    | ...
 */
#include "dissect/pdu.h"

static const struct value_name types[] = {VALUE(0x00, "Session message"),
                                          VALUE(0x81, "Session request"),
                                          VALUE(0x82, "Positive session response"),
                                          VALUE(0x83, "Negative session response"),
                                          VALUE(0x84, "Retarget session response"),
                                          VALUE(0x85, "Session keep-alive"),
                                          VALUES_END};
static const struct value_name errors[] = {
    VALUE(0x80, "Not listening on called name"),
    VALUE(0x81, "Not listening for calling name"),
    VALUE(0x82, "Called name not present"),
    VALUE(0x83, "Called name present, but insufficient resources"),
    VALUE(0x8f, "Unspecified error"),
    VALUES_END};

#define FIELDS(X)                                                                                  \
    X(TYPE, "nbss.type", "Message Type", UINT8, HEX, 0, types)                                     \
    X(LENGTH, "nbss.length", "Length", UINT24, DEC, 0, NULL)                                       \
    X(ERROR_CODE, "nbss.error_code", "Error code", UINT8, HEX, 0, errors)                          \
    X(CONTINUATION, "nbss.continuation_data", "Continuation data", BYTES, NONE, 0, NULL)

FIELD_TABLE(FIELDS);

enum { PAYLOAD_TABLE, HEADER = 4, PORT_DIRECT = 445 };

static bool header_good(const uint8_t *h)
{
    return h[0] == 0x00 || (h[0] >= 0x81 && h[0] <= 0x85 && h[1] <= 1);
}

static void dissect(struct packet *p, struct cursor *c)
{
    const uint8_t *h = cursor_peek(c, 0, HEADER);
    if (h == NULL || !header_good(h)) {
        (void)put_bytes(p, c, CONTINUATION, cursor_captured(c));
        info_set(p, "NBSS Continuation Message");
        return;
    }
    uint8_t type = put_u8(p, c, TYPE);
    const char *name = value_name_find(types, type);
    info_set(p, "%s", name);
    uint32_t n = put_u24(p, c, LENGTH);
    cursor_trim(c, n);
    if (type == 0x83)
        (void)put_u8(p, c, ERROR_CODE);
    if (type == 0 && n > 0 && !next_heuristic(p, c, PAYLOAD_TABLE))
        next_data(p, c);
    else if (type != 0)
        cursor_skip(c, cursor_captured(c));
}

static uint32_t message(struct packet *p, const struct cursor *c)
{
    (void)p;
    const uint8_t *h = cursor_peek(c, 0, HEADER);
    if (h == NULL)
        return STREAM_MORE;
    if (!header_good(h))
        return cursor_captured(c);
    const uint8_t *magic = cursor_peek(c, HEADER, 4);
    uint32_t n = be24(h + 1);
    bool known = magic == NULL || n == 0 || (magic[1] == 'S' && magic[2] == 'M' && magic[3] == 'B');
    if (h[0] == 0 && !known && n + HEADER > cursor_captured(c))
        return cursor_captured(c);
    return n + HEADER;
}

static const char *const tables[] = {"nbss", NULL};
static const struct binding bindings[] = {{"tcp.port", 139}, {"tcp.port", PORT_DIRECT}, {NULL, 0}};

const struct protocol proto_nbss = {.name = "nbss",
                                    .title = "NetBIOS Session Service",
                                    .column = "NBSS",
                                    FIELDS_OF_THIS_FILE,
                                    .tables = tables,
                                    .bindings = bindings,
                                    .message = message,
                                    .header = HEADER,
                                    .dissect = dissect};
