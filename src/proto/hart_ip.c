/* hart_ip: HART over IP (HCF_SPEC-085): header.
 *
 *      0         1      2    3        4          6
 *     | version | type | ID | status | sequence | length | body ...
 */
#include "dissect/expect.h"
#include "dissect/pdu.h"

static const struct value_name types[] = {VALUE(0, "Request"), VALUE(1, "Response"),
                                          VALUE(2, "Publish"), VALUE(15, "NAK"), VALUES_END};
static const struct value_name ids[] = {VALUE(0, "Session Initiate"), VALUE(1, "Session Close"),
                                        VALUE(2, "Keep Alive"),       VALUE(3, "Pass Through"),
                                        VALUE(128, "Discovery"),      VALUES_END};

#define FIELDS(X)                                                                                  \
    X(VERSION, "hart_ip.version", "Version", UINT8, DEC, 0, NULL)                                  \
    X(TYPE, "hart_ip.message_type", "Message Type", UINT8, DEC, 0, types)                          \
    X(ID, "hart_ip.message_id", "Message ID", UINT8, DEC, 0, ids)                                  \
    X(STATUS, "hart_ip.status", "Status", UINT8, DEC, 0, NULL)                                     \
    X(SEQUENCE, "hart_ip.transaction_id", "Sequence Number", UINT16, DEC, 0, NULL)                 \
    X(LENGTH, "hart_ip.msg_length", "Message Length", UINT16, DEC, 0, NULL)

FIELD_TABLE(FIELDS);

enum { EXPECTED_TABLE, INITIATE = 0, REQUEST = 0, HEADER = 8, PORT = 5094, UDP = 17 };

static void dissect(struct packet *p, struct cursor *c)
{
    uint32_t tree = tree_text(p, c, c->pos, HEADER, "HART_IP Header");
    (void)put_u8(p, c, VERSION);
    uint8_t type = put_u8(p, c, TYPE), id = put_u8(p, c, ID);
    (void)put_u8(p, c, STATUS);
    uint16_t sequence = put_u16(p, c, SEQUENCE);
    (void)put_u16(p, c, LENGTH);
    tree_end(p, tree);
    /* The answer, and all that follows, may come from another port than was asked. */
    if (id == INITIATE && type == REQUEST && p->dst_port == PORT && c->fault == CURSOR_OK)
        expect(p, EXPECTED_TABLE, EXPECT_HART_IP, p->net.version, p->net.src, UDP, p->src_port,
               "HART_IP", NULL);
    const char *what = value_name_find(ids, id), *how = value_name_find(types, type);
    const char *summary =
        packet_text(p, "%s %s, Sequence Number %u", what != NULL ? what : "Unknown",
                    how != NULL ? how : "Unknown", sequence);
    title(p, "HART_IP Protocol, %s", summary);
    info_set(p, "%s", summary);
    if (c->fault == CURSOR_OK)
        cursor_skip(c, cursor_captured(c));
}

static uint32_t message(struct packet *p, const struct cursor *c)
{
    (void)p;
    return cursor_captured(c) < HEADER ? STREAM_MORE : pdu_be(c, 6, 2, 0);
}

static const char *const tables[] = {"expected", NULL};
static const struct binding bindings[] = {
    {"tcp.port", PORT}, {"udp.port", PORT}, {"expected", EXPECT_HART_IP}, {NULL, 0}};

const struct protocol proto_hart_ip = {.name = "hart_ip",
                                       .title = "HART_IP Protocol",
                                       .column = "HART_IP",
                                       FIELDS_OF_THIS_FILE,
                                       .tables = tables,
                                       .bindings = bindings,
                                       .message = message,
                                       .pdus = true,
                                       .dissect = dissect};
