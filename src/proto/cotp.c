/* cotp: Connection-Oriented Transport Protocol (ISO 8073, X.224), class 0 as it is used over TCP.
 *
 *      0        1            2       4       6
 *     | length | type | ... | dst   | src   | class | parameters ...      CR, CC, DR
 *     | length | DT         | EOT, number | user data ...
 */
#include "dissect/packet.h"

static const struct value_name types[] = {VALUE(1, "ED Expedited Data"),
                                          VALUE(2, "EA Expedited Data Acknowledgement"),
                                          VALUE(5, "RJ Reject"),
                                          VALUE(6, "AK Data Acknowledgement"),
                                          VALUE(7, "ER TPDU Error"),
                                          VALUE(8, "DR Disconnect Request"),
                                          VALUE(12, "DC Disconnect Confirm"),
                                          VALUE(13, "CC Connect Confirm"),
                                          VALUE(14, "CR Connect Request"),
                                          VALUE(15, "DT Data"),
                                          VALUES_END};
static const struct value_name parameters[] = {VALUE(0xc0, "tpdu-size"), VALUE(0xc1, "src-tsap"),
                                               VALUE(0xc2, "dst-tsap"), VALUES_END};

#define FIELDS(X)                                                                                  \
    X(LI, "cotp.li", "Length", UINT8, DEC, 0, NULL)                                                \
    X(TYPE, "cotp.type", "PDU Type", UINT8, HEX, 0, types)                                         \
    X(DESTREF, "cotp.destref", "Destination reference", UINT16, HEX, 0, NULL)                      \
    X(SRCREF, "cotp.srcref", "Source reference", UINT16, HEX, 0, NULL)                             \
    X(CLASS, "cotp.class", "Class", UINT8, DEC, 0xf0, NULL)                                        \
    X(EXTENDED, "cotp.opts.extended_formats", "Extended formats", BOOLEAN, 8, 0x02, NULL)          \
    X(NO_FLOW, "cotp.opts.no_explicit_flow_control", "No explicit flow control", BOOLEAN, 8, 0x01, \
      NULL)                                                                                        \
    X(PARAMETER, "cotp.parameter_code", "Parameter code", UINT8, HEX, 0, parameters)               \
    X(PARAMETER_LENGTH, "cotp.parameter_length", "Parameter length", UINT8, DEC, 0, NULL)          \
    X(TPDU_SIZE, "cotp.tpdu_size", "TPDU size", UINT32, DEC, 0, NULL)                              \
    X(SRC_TSAP, "cotp.src-tsap", "Source TSAP", STRING, HIDDEN, 0, NULL)                           \
    X(SRC_TSAP_BYTES, "cotp.src-tsap-bytes", "Source TSAP", BYTES, NONE, 0, NULL)                  \
    X(DST_TSAP, "cotp.dst-tsap", "Destination TSAP", STRING, HIDDEN, 0, NULL)                      \
    X(DST_TSAP_BYTES, "cotp.dst-tsap-bytes", "Destination TSAP", BYTES, NONE, 0, NULL)             \
    X(NUMBER, "cotp.tpdu-number", "TPDU number", UINT8, HEX, 0x7f, NULL)                           \
    X(EOT, "cotp.eot", "Last data unit", BOOLEAN, 8, 0x80, NULL)                                   \
    X(LONG_NUMBER, "cotp.tpdu-number", "TPDU number", UINT32, HEX, 0x7fffffff, NULL)               \
    X(LONG_EOT, "cotp.eot", "Last data unit", BOOLEAN, 32, 0x80000000, NULL)

FIELD_TABLE(FIELDS);

enum { USER_TABLE, NEGOTIATION_TABLE };
enum { DR = 8, CC = 13, CR = 14, DT = 15 };

static const char *type_name(uint8_t type)
{
    const char *name = value_name_find(types, type);
    return name != NULL ? name : "Unknown";
}

/* As text, or as a number if it is none; and as it is. */
static void put_tsap(struct packet *p, struct cursor *c, uint8_t code, uint8_t n)
{
    const uint8_t *b = cursor_peek(c, 0, n);
    bool printable = b != NULL && n > 0;
    for (unsigned i = 0; printable && i < n; i++)
        printable = b[i] >= 0x20 && b[i] < 0x7f;
    unsigned text = code == 0xc1 ? SRC_TSAP : DST_TSAP;
    if (b != NULL && printable) {
        put_data(p, c, text, c->pos, n, b, n);
    } else if (b != NULL && wants(p, text)) {
        const char *hex = "0x";
        for (unsigned i = 0; i < n && i < 32; i++)
            hex = packet_text(p, "%s%02x", hex, b[i]);
        put_string(p, c, text, c->pos, n, hex);
    }
    (void)put_bytes(p, c, code == 0xc1 ? SRC_TSAP_BYTES : DST_TSAP_BYTES, n);
}

/* A power of two. */
static void put_size(struct packet *p, struct cursor *c)
{
    const uint8_t *b = cursor_take(c, 1);
    if (b != NULL && b[0] < 32)
        put_uint(p, c, TPDU_SIZE, c->pos - 1, 1, UINT64_C(1) << b[0]);
}

static void put_parameters(struct packet *p, struct cursor *c)
{
    while (cursor_left(c) >= 2) {
        uint8_t code = put_u8(p, c, PARAMETER), n = put_u8(p, c, PARAMETER_LENGTH);
        if (code == 0xc0 && n == 1)
            put_size(p, c);
        else if (code == 0xc1 || code == 0xc2)
            put_tsap(p, c, code, n);
        else
            cursor_skip(c, n);
    }
}

/* RDP puts its cookie and negotiation where parameters belong ([MS-RDPBCGR], section 2.2.1.1). */
static bool is_rdp(const struct packet *p, const struct cursor *c)
{
    const uint8_t *b = cursor_peek(c, 0, 1);
    bool port = p->src_port == 3389 || p->dst_port == 3389;
    return b != NULL && (b[0] == 'C' || b[0] == 'm' || (port && b[0] < 8));
}

static void put_connect(struct packet *p, struct cursor *c, uint8_t type)
{
    (void)put_u16(p, c, DESTREF);
    (void)put_u16(p, c, SRCREF);
    const uint8_t *class = cursor_take(c, 1);
    if (class != NULL) {
        put_bits(p, c, CLASS, c->pos - 1, 1, class[0]);
        put_flags(p, c, EXTENDED, 2, c->pos - 1, 1, class[0]);
    }
    info_add(p, "%s", type == CR ? " CR" : " CC");
    if (is_rdp(p, c))
        (void)next(p, c, NEGOTIATION_TABLE, 0);
    else
        put_parameters(p, c);
}

/* Without references of its own, data is counted in its packet. */
static uint16_t units_before(const struct packet *p)
{
    uint16_t n = 0;
    for (uint32_t i = 0; i < p->layer; i++)
        n = (uint16_t)(n + (p->layers[i].proto == p->proto));
    return n;
}

/* In classes 2 to 4 data says where it goes; in the extended formats the number has four bytes. */
static void put_data_unit(struct packet *p, struct cursor *c, uint32_t start)
{
    uint32_t n = cursor_left(c);
    if (n >= 3) {
        (void)put_u16(p, c, DESTREF);
        const uint8_t *b = cursor_take(c, n >= 6 ? 4 : 1);
        if (b != NULL && n >= 6)
            put_flags(p, c, LONG_NUMBER, 2, c->pos - 4, 4, be32(b));
        else if (b != NULL)
            put_flags(p, c, NUMBER, 2, c->pos - 1, 1, b[0]);
        return;
    }
    put_uint(p, c, DESTREF, start, 0, units_before(p));
    const uint8_t *number = cursor_take(c, 1);
    if (number != NULL)
        put_flags(p, c, NUMBER, 2, c->pos - 1, 1, number[0]);
}

static void dissect(struct packet *p, struct cursor *c)
{
    uint32_t start = c->pos;
    uint8_t n = put_u8(p, c, LI);
    const uint8_t *b = cursor_take(c, 1);
    uint8_t type = b == NULL ? 0 : b[0] >> 4;
    put_uint(p, c, TYPE, c->pos - 1, 1, type);
    info_set(p, "%s", type_name(type));
    struct cursor header = cursor_part(c, n > 0 ? n - 1u : 0);
    if (type == CR || type == CC)
        put_connect(p, &header, type);
    else if (type == DT)
        put_data_unit(p, &header, start);
    else if (type == DR) {
        (void)put_u16(p, &header, DESTREF);
        (void)put_u16(p, &header, SRCREF);
    }
    if (header.fault != CURSOR_OK)
        c->fault = header.fault;
    if (type == DT && cursor_captured(c) > 0 && !next_heuristic(p, c, USER_TABLE))
        next_data(p, c);
}

static const char *const tables[] = {"cotp.user", "cotp.negotiation", NULL};
static const struct binding bindings[] = {{"cotp", 0}, {NULL, 0}};

const struct protocol proto_cotp = {
    .name = "cotp",
    .title = "ISO 8073/X.224 COTP Connection-Oriented Transport Protocol",
    .column = "COTP",
    FIELDS_OF_THIS_FILE,
    .tables = tables,
    .bindings = bindings,
    .dissect = dissect};
