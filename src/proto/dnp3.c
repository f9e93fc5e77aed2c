/* dnp3: Distributed Network Protocol (IEEE 1815): link header, transport header, application
 * control.
 *
 *      0      2        3         4      6      8     10
 *     | 0564 | length | control | dest | src  | CRC | blocks of 16 bytes, each with a CRC
 */
#include "dissect/pdu.h"

static const struct value_name primary[] = {VALUE(0, "Reset of Remote Link"),
                                            VALUE(1, "Reset of User Process"),
                                            VALUE(2, "Test Function For Link"),
                                            VALUE(3, "User Data"),
                                            VALUE(4, "Unconfirmed User Data"),
                                            VALUE(9, "Request Link Status"),
                                            VALUES_END};
static const struct value_name secondary[] = {VALUE(0, "ACK"),
                                              VALUE(1, "NACK"),
                                              VALUE(11, "Status of Link"),
                                              VALUE(14, "Link Service Not Functioning"),
                                              VALUE(15, "Link Service Not Used or Implemented"),
                                              VALUES_END};

#define FIELDS(X)                                                                                  \
    X(START, "dnp3.start", "Start Bytes", UINT16, HEX, 0, NULL)                                    \
    X(LEN, "dnp3.len", "Length", UINT8, DEC, 0, NULL)                                              \
    X(CTL, "dnp3.ctl", "Control", UINT8, HEX, 0, NULL)                                             \
    X(DIR, "dnp3.ctl.dir", "Direction", BOOLEAN, 8, 0x80, NULL)                                    \
    X(PRM, "dnp3.ctl.prm", "Primary", BOOLEAN, 8, 0x40, NULL)                                      \
    X(FCB, "dnp3.ctl.fcb", "Frame Count Bit", BOOLEAN, 8, 0x20, NULL)                              \
    X(FCV, "dnp3.ctl.fcv", "Frame Count Valid", BOOLEAN, 8, 0x10, NULL)                            \
    X(DFC, "dnp3.ctl.dfc", "Data Flow Control", BOOLEAN, 8, 0x10, NULL)                            \
    X(PRIFUNC, "dnp3.ctl.prifunc", "Control Function Code", UINT8, DEC, 0x0f, primary)             \
    X(SECFUNC, "dnp3.ctl.secfunc", "Control Function Code", UINT8, DEC, 0x0f, secondary)           \
    X(DST, "dnp3.dst", "Destination", UINT16, DEC, 0, NULL)                                        \
    X(SRC, "dnp3.src", "Source", UINT16, DEC, 0, NULL)                                             \
    X(ADDR, "dnp3.addr", "Address", UINT16, DEC | HIDDEN, 0, NULL)                                 \
    X(CRC, "dnp3.hdr.CRC", "Data Link Header checksum", UINT16, HEX, 0, NULL)                      \
    X(TR_CTL, "dnp3.tr.ctl", "Transport Control", UINT8, HEX, 0, NULL)                             \
    X(TR_FIN, "dnp3.tr.fin", "Final", BOOLEAN, 8, 0x80, NULL)                                      \
    X(TR_FIR, "dnp3.tr.fir", "First", BOOLEAN, 8, 0x40, NULL)                                      \
    X(TR_SEQ, "dnp3.tr.seq", "Sequence", UINT8, DEC, 0x3f, NULL)

FIELD_TABLE(FIELDS);

enum { HEADER = 10, PRIMARY = 0x40 };

static void put_control(struct packet *p, struct cursor *c)
{
    uint8_t control = put_u8(p, c, CTL);
    uint32_t tree = tree_begin(p, CTL);
    put_flags(p, c, DIR, 2, c->pos - 1, 1, control);
    if (control & PRIMARY) {
        put_flags(p, c, FCB, 2, c->pos - 1, 1, control);
        put_bits(p, c, PRIFUNC, c->pos - 1, 1, control);
    } else {
        put_bits(p, c, DFC, c->pos - 1, 1, control);
        put_bits(p, c, SECFUNC, c->pos - 1, 1, control);
    }
    tree_end(p, tree);
    const char *name = value_name_find(control & PRIMARY ? primary : secondary, control & 15);
    info_set(p, "%s", name != NULL ? name : "Unknown");
}

static void put_address(struct packet *p, struct cursor *c, unsigned field)
{
    uint64_t address = put_uint_le(p, c, field, 2);
    if (c->fault == CURSOR_OK)
        put_uint(p, c, ADDR, c->pos - 2, 2, address);
}

static void dissect(struct packet *p, struct cursor *c)
{
    uint32_t tree = tree_text(p, c, c->pos, HEADER, "Data Link Layer");
    (void)put_u16(p, c, START);
    uint8_t n = put_u8(p, c, LEN);
    put_control(p, c);
    put_address(p, c, DST);
    put_address(p, c, SRC);
    (void)put_uint_le(p, c, CRC, 2);
    tree_end(p, tree);
    if (n > 5) {
        uint8_t transport = put_u8(p, c, TR_CTL);
        tree = tree_begin(p, TR_CTL);
        put_flags(p, c, TR_FIN, 3, c->pos - 1, 1, transport);
        tree_end(p, tree);
    }
    if (c->fault == CURSOR_OK)
        cursor_skip(c, cursor_captured(c));
}

static bool probe(const struct packet *p, const struct cursor *c)
{
    (void)p;
    const uint8_t *h = cursor_peek(c, 0, 3);
    return h != NULL && be16(h) == 0x0564 && h[2] >= 5;
}

/* What the length counts leaves out the CRCs and the three bytes at the start. */
static uint32_t message(struct packet *p, const struct cursor *c)
{
    const uint8_t *h = cursor_peek(c, 0, 3);
    if (h == NULL)
        return STREAM_MORE;
    if (!probe(p, c))
        return cursor_captured(c);
    uint32_t data = h[2] - 5u;
    return HEADER + data + (data + 15) / 16 * 2;
}

static const struct binding bindings[] = {
    {"tcp.port", 20000}, {"udp.port", 20000}, {"tcp.port", HEURISTIC}, {NULL, 0}};

const struct protocol proto_dnp3 = {.name = "dnp3",
                                    .title = "Distributed Network Protocol 3.0",
                                    .column = "DNP 3.0",
                                    FIELDS_OF_THIS_FILE,
                                    .bindings = bindings,
                                    .probe = probe,
                                    .message = message,
                                    .pdus = true,
                                    .dissect = dissect};
