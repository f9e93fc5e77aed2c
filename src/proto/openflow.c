/* openflow: OpenFlow (Open Networking Foundation): its header, in every version.
 *
 *      0         1      2        4
 *     | version | type | length | transaction ID | ...
 */
#include "dissect/pdu.h"

static const struct value_name versions[] = {VALUE(1, "1.0"), VALUE(2, "1.1"), VALUE(3, "1.2"),
                                             VALUE(4, "1.3"), VALUE(5, "1.4"), VALUE(6, "1.5"),
                                             VALUES_END};

#define FIELDS(X) X(VERSION, "openflow.version", "Version", UINT8, HEX, 0, versions)

FIELD_TABLE(FIELDS);

enum { VERSION_TABLE, HEADER = 8 };

static void dissect(struct packet *p, struct cursor *c)
{
    const uint8_t *h = cursor_peek(c, 0, 1);
    unsigned version = h == NULL ? 0 : h[0];
    info_set(p, "OpenFlow %s",
             value_name_find(versions, version) != NULL ? value_name_find(versions, version) : "?");
    layer_hide(p); /* as in Wireshark: the version's own protocol stands in its place */
    if (!next(p, c, VERSION_TABLE, version)) {
        (void)put_u8(p, c, VERSION);
        cursor_skip(c, cursor_captured(c));
    }
}

static bool probe(const struct packet *p, const struct cursor *c)
{
    (void)p;
    const uint8_t *h = cursor_peek(c, 0, HEADER);
    if (h == NULL || h[0] < 1 || h[0] > 6 || h[1] > 35)
        return false;
    uint16_t n = be16(h + 2);
    return h[0] == 1 && h[1] == 0 ? n == HEADER : n >= HEADER;
}

static uint32_t message(struct packet *p, const struct cursor *c)
{
    (void)p;
    return cursor_captured(c) < 4 ? STREAM_MORE : pdu_be(c, 2, 2, 0);
}

static const char *const tables[] = {"openflow.version", NULL};
/* Where controllers listen, before and after IANA had a port for them. */
static const struct binding bindings[] = {{"tcp.port", 6653}, {"tcp.port", 6633}, {NULL, 0}};

const struct protocol proto_openflow = {.name = "openflow",
                                        .title = "OpenFlow",
                                        .column = "OpenFlow",
                                        FIELDS_OF_THIS_FILE,
                                        .tables = tables,
                                        .bindings = bindings,
                                        .probe = probe,
                                        .message = message,
                                        .pdus = true,
                                        .dissect = dissect};

/* Each version has names of its own. */
static const struct value_name types_1_0[] = {VALUE(0, "OFPT_HELLO"),
                                              VALUE(1, "OFPT_ERROR"),
                                              VALUE(2, "OFPT_ECHO_REQUEST"),
                                              VALUE(3, "OFPT_ECHO_REPLY"),
                                              VALUE(4, "OFPT_VENDOR"),
                                              VALUE(5, "OFPT_FEATURES_REQUEST"),
                                              VALUE(6, "OFPT_FEATURES_REPLY"),
                                              VALUE(7, "OFPT_GET_CONFIG_REQUEST"),
                                              VALUE(8, "OFPT_GET_CONFIG_REPLY"),
                                              VALUE(9, "OFPT_SET_CONFIG"),
                                              VALUE(10, "OFPT_PACKET_IN"),
                                              VALUE(11, "OFPT_FLOW_REMOVED"),
                                              VALUE(12, "OFPT_PORT_STATUS"),
                                              VALUE(13, "OFPT_PACKET_OUT"),
                                              VALUE(14, "OFPT_FLOW_MOD"),
                                              VALUE(15, "OFPT_PORT_MOD"),
                                              VALUE(16, "OFPT_STATS_REQUEST"),
                                              VALUE(17, "OFPT_STATS_REPLY"),
                                              VALUE(18, "OFPT_BARRIER_REQUEST"),
                                              VALUE(19, "OFPT_BARRIER_REPLY"),
                                              VALUE(20, "OFPT_QUEUE_GET_CONFIG_REQUEST"),
                                              VALUE(21, "OFPT_QUEUE_GET_CONFIG_REPLY"),
                                              VALUES_END};
static const struct value_name types_1_3[] = {VALUE(0, "OFPT_HELLO"),
                                              VALUE(1, "OFPT_ERROR"),
                                              VALUE(2, "OFPT_ECHO_REQUEST"),
                                              VALUE(3, "OFPT_ECHO_REPLY"),
                                              VALUE(4, "OFPT_EXPERIMENTER"),
                                              VALUE(5, "OFPT_FEATURES_REQUEST"),
                                              VALUE(6, "OFPT_FEATURES_REPLY"),
                                              VALUE(7, "OFPT_GET_CONFIG_REQUEST"),
                                              VALUE(8, "OFPT_GET_CONFIG_REPLY"),
                                              VALUE(9, "OFPT_SET_CONFIG"),
                                              VALUE(10, "OFPT_PACKET_IN"),
                                              VALUE(11, "OFPT_FLOW_REMOVED"),
                                              VALUE(12, "OFPT_PORT_STATUS"),
                                              VALUE(13, "OFPT_PACKET_OUT"),
                                              VALUE(14, "OFPT_FLOW_MOD"),
                                              VALUE(15, "OFPT_GROUP_MOD"),
                                              VALUE(16, "OFPT_PORT_MOD"),
                                              VALUE(17, "OFPT_TABLE_MOD"),
                                              VALUE(18, "OFPT_MULTIPART_REQUEST"),
                                              VALUE(19, "OFPT_MULTIPART_REPLY"),
                                              VALUE(20, "OFPT_BARRIER_REQUEST"),
                                              VALUE(21, "OFPT_BARRIER_REPLY"),
                                              VALUE(24, "OFPT_ROLE_REQUEST"),
                                              VALUE(25, "OFPT_ROLE_REPLY"),
                                              VALUES_END};

#define V4_FIELDS(X)                                                                               \
    X(V4_VERSION, "openflow_v4.version", "Version", UINT8, HEX, 0, versions)                       \
    X(V4_TYPE, "openflow_v4.type", "Type", UINT8, DEC, 0, types_1_3)                               \
    X(V4_LENGTH, "openflow_v4.length", "Length", UINT16, DEC, 0, NULL)                             \
    X(V4_XID, "openflow_v4.xid", "Transaction ID", UINT32, DEC, 0, NULL)
enum { V4_FIELDS(FIELD_ID) V4_FIELD_COUNT };
static const struct field_def v4_field_defs[] = {V4_FIELDS(FIELD_ROW)};

/* The header is the same in all versions, and so are the places of its fields in V1_FIELDS and V4_FIELDS. */
static uint8_t put_header(struct packet *p, struct cursor *c)
{
    (void)put_u8(p, c, V4_VERSION);
    uint8_t type = put_u8(p, c, V4_TYPE);
    (void)put_u16(p, c, V4_LENGTH);
    (void)put_u32(p, c, V4_XID);
    return type;
}

static void dissect_header(struct packet *p, struct cursor *c, const struct value_name *types)
{
    uint8_t type = put_header(p, c);
    const char *name = value_name_find(types, type);
    info_set(p, "Type: %s", name != NULL ? name : "Unknown");
}

/* An error quotes what it is about, unless that is text, or somebody else's (OpenFlow 1.3.5, section 7.4.4). */
static void dissect_v4(struct packet *p, struct cursor *c)
{
    enum { ERROR = 1, HELLO_FAILED = 0, EXPERIMENTER = 0xffff, QUOTED = 8 };
    const uint8_t *head = cursor_peek(c, 0, 10);
    dissect_header(p, c, types_1_3);
    bool quotes = head != NULL && head[1] == ERROR && be16(head + 8) != HELLO_FAILED &&
                  be16(head + 8) != EXPERIMENTER;
    if (quotes)
        cursor_skip(c, 4);
    if (quotes && cursor_left(c) >= QUOTED)
        (void)put_header(p, c);
    if (c->fault == CURSOR_OK)
        cursor_skip(c, cursor_captured(c));
}

static void dissect_other(struct packet *p, struct cursor *c)
{
    (void)p;
    cursor_skip(c, cursor_captured(c));
}

#define V1_FIELDS(X)                                                                               \
    X(V1_VERSION, "openflow.version", "Version", UINT8, HEX, 0, versions)                          \
    X(V1_TYPE, "openflow_1_0.type", "Type", UINT8, DEC, 0, types_1_0)                              \
    X(V1_LENGTH, "openflow.length", "Length", UINT16, DEC, 0, NULL)                                \
    X(V1_XID, "openflow.xid", "Transaction ID", UINT32, DEC, 0, NULL)
enum { V1_FIELDS(FIELD_ID) V1_FIELD_COUNT };
static const struct field_def v1_field_defs[] = {V1_FIELDS(FIELD_ROW)};

_Static_assert((int)V1_VERSION == (int)V4_VERSION && (int)V1_TYPE == (int)V4_TYPE &&
                   (int)V1_LENGTH == (int)V4_LENGTH && (int)V1_XID == (int)V4_XID,
               "dissect_header() serves both");

static void dissect_v1(struct packet *p, struct cursor *c)
{
    dissect_header(p, c, types_1_0);
    if (c->fault == CURSOR_OK)
        cursor_skip(c, cursor_captured(c));
}

static const struct binding v1_bindings[] = {{"openflow.version", 1}, {NULL, 0}};
static const struct binding v4_bindings[] = {{"openflow.version", 4}, {NULL, 0}};
static const struct binding v5_bindings[] = {{"openflow.version", 5}, {NULL, 0}};
static const struct binding v6_bindings[] = {{"openflow.version", 6}, {NULL, 0}};

const struct protocol proto_openflow_v1 = {.name = "openflow_v1",
                                           .title = "OpenFlow 1.0",
                                           .fields = v1_field_defs,
                                           .field_count = V1_FIELD_COUNT,
                                           .bindings = v1_bindings,
                                           .dissect = dissect_v1};
const struct protocol proto_openflow_v4 = {.name = "openflow_v4",
                                           .title = "OpenFlow 1.3",
                                           .fields = v4_field_defs,
                                           .field_count = V4_FIELD_COUNT,
                                           .bindings = v4_bindings,
                                           .dissect = dissect_v4};
const struct protocol proto_openflow_v5 = {.name = "openflow_v5",
                                           .title = "OpenFlow 1.4",
                                           .bindings = v5_bindings,
                                           .dissect = dissect_other};
const struct protocol proto_openflow_v6 = {.name = "openflow_v6",
                                           .title = "OpenFlow 1.5",
                                           .bindings = v6_bindings,
                                           .dissect = dissect_other};
