/* tftp: Trivial File Transfer Protocol (RFC 1350) and its options (RFC 2347). A request goes to
 * port 69; the answer comes from another port, to the one that asked. */
#include <string.h>

#include "dissect/expect.h"

static const struct value_name opcode_names[] = {
    VALUE(1, "Read Request"),         VALUE(2, "Write Request"),
    VALUE(3, "Data Packet"),          VALUE(4, "Acknowledgement"),
    VALUE(5, "Error Code"),           VALUE(6, "Option Acknowledgement"),
    VALUE(255, "Information (MSDP)"), VALUES_END};

static const struct value_name error_code_names[] = {VALUE(0, "Not defined"),
                                                     VALUE(1, "File not found"),
                                                     VALUE(2, "Access violation"),
                                                     VALUE(3, "Disk full or allocation exceeded"),
                                                     VALUE(4, "Illegal TFTP Operation"),
                                                     VALUE(5, "Unknown transfer ID"),
                                                     VALUE(6, "File already exists"),
                                                     VALUE(7, "No such user"),
                                                     VALUE(8, "Option negotiation failed"),
                                                     VALUES_END};

#define FIELDS(X)                                                                                  \
    X(OPCODE, "tftp.opcode", "Opcode", UINT16, DEC, 0, opcode_names)                               \
    X(SOURCE_FILE, "tftp.source_file", "Source File", STRING, NONE, 0, NULL)                       \
    X(DESTINATION_FILE, "tftp.destination_file", "Destination File", STRING, NONE, 0, NULL)        \
    X(REQUEST_FRAME, "tftp.request_frame", "Request frame", FRAMENUM, DEC | GENERATED | FLOW, 0,   \
      NULL)                                                                                        \
    X(TYPE, "tftp.type", "Type", STRING, NONE, 0, NULL)                                            \
    X(BLOCK, "tftp.block", "Block", UINT16, DEC, 0, NULL)                                          \
    X(BLOCK_FULL, "tftp.block.full", "Full Block Number", UINT32, DEC, 0, NULL)                    \
    X(ERROR_CODE, "tftp.error.code", "Error code", UINT16, DEC, 0, error_code_names)               \
    X(ERROR_MESSAGE, "tftp.error.message", "Error message", STRING, NONE, 0, NULL)                 \
    X(OPTION_NAME, "tftp.option.name", "Option name", STRING, NONE, 0, NULL)                       \
    X(OPTION_VALUE, "tftp.option.value", "Option value", STRING, NONE, 0, NULL)                    \
    X(DATA, "tftp.data", "Data", BYTES, NONE, 0, NULL)                                             \
    X(ERROR, "tftp.error", "TFTP ERROR packet", NONE, NONE, 0, NULL)

FIELD_TABLE(FIELDS);

enum { TFTP_PORT = 69 };
enum { READ = 1, WRITE, DATA_BLOCK, ACKNOWLEDGMENT, ERROR_PACKET, OPTION_ACK };
enum { EXPECTED_TABLE };

/* Text up to its zero byte, or to the end. */
static const uint8_t *put_text(struct packet *p, struct cursor *c, unsigned field)
{
    uint32_t n = cursor_captured(c);
    const uint8_t *start = c->data + c->pos, *zero = n == 0 ? NULL : memchr(start, 0, n);
    uint32_t at = c->pos, text = zero != NULL ? (uint32_t)(zero - start) : n;
    const uint8_t *bytes = cursor_take(c, text + (zero != NULL));
    if (bytes != NULL)
        put_data(p, c, field, at, c->pos - at, bytes, text);
    return bytes;
}

static void put_options(struct packet *p, struct cursor *c)
{
    while (cursor_captured(c) > 0 && c->fault == CURSOR_OK) {
        uint32_t tree = tree_text(p, c, c->pos, 0, "Option");
        (void)put_text(p, c, OPTION_NAME);
        (void)put_text(p, c, OPTION_VALUE);
        tree_end(p, tree);
    }
}

/* The transfer goes on between this end and a port that only the answer tells. */
static void put_request(struct packet *p, struct cursor *c, uint16_t opcode)
{
    uint32_t start = c->pos;
    const uint8_t *name = put_text(p, c, opcode == READ ? SOURCE_FILE : DESTINATION_FILE);
    const char *text =
        name == NULL ? "" : packet_text(p, "%.*s", (int)(c->pos - start), (const char *)name);
    (void)put_text(p, c, TYPE);
    put_options(p, c);
    info_set(p, "%s, File: %s", opcode == READ ? "Read Request" : "Write Request", text);
    if (c->fault == CURSOR_OK && p->net.version != 0)
        expect(p, EXPECTED_TABLE, EXPECT_TFTP, p->net.version, p->net.src, 17, p->src_port,
               opcode == READ ? "Read" : "Write", text);
}

/* Which transfer this is part of. */
static bool put_transfer(struct packet *p, struct cursor *c)
{
    const struct expectation *e = &p->expectation;
    if (e->text == NULL)
        return false;
    put_string(p, c, DESTINATION_FILE, c->pos, 0, packet_text(p, "%s", e->text));
    put_uint(p, c, REQUEST_FRAME, c->pos, 0, e->packet);
    label(p, REQUEST_FRAME, "%s Request in frame %llu", e->method, (unsigned long long)e->packet);
    return true;
}

/* The number of a block begins again after 65535; this one is near the last of its direction. */
static void put_block(struct packet *p, struct cursor *c, bool transfer)
{
    uint32_t *last = flow_state(p, sizeof *last);
    uint16_t block = put_u16(p, c, BLOCK);
    if (last == NULL || c->fault != CURSOR_OK || !transfer)
        return;
    uint32_t full = (*last & 0xffff0000u) | block;
    if (full + 0x8000u < *last)
        full += 0x10000u;
    else if (full > *last + 0x8000u && full >= 0x10000u)
        full -= 0x10000u;
    *last = full;
    put_uint(p, c, BLOCK_FULL, c->pos, 0, full);
}

static void dissect(struct packet *p, struct cursor *c)
{
    uint16_t opcode = put_u16(p, c, OPCODE);
    if (c->fault != CURSOR_OK)
        return;
    const char *name = value_name_find(opcode_names, opcode);
    info_set(p, "%s", name != NULL ? name : "Unknown");
    if (opcode == READ || opcode == WRITE)
        return put_request(p, c, opcode);
    bool transfer = put_transfer(p, c);
    switch (opcode) {
    case DATA_BLOCK:
        put_block(p, c, transfer);
        next_data(p, c);
        break;
    case ACKNOWLEDGMENT:
        put_block(p, c, transfer);
        break;
    case ERROR_PACKET:
        (void)put_u16(p, c, ERROR_CODE);
        (void)put_text(p, c, ERROR_MESSAGE);
        put_mark(p, c, ERROR);
        break;
    case OPTION_ACK:
        put_options(p, c);
        break;
    default:
        if (cursor_left(c) > 0)
            (void)put_bytes(p, c, DATA, cursor_left(c));
    }
}

static const char *const tables[] = {"expected", NULL};
static const struct binding bindings[] = {
    {"udp.port", TFTP_PORT}, {"expected", EXPECT_TFTP}, {NULL, 0}};

const struct protocol proto_tftp = {.name = "tftp",
                                    .title = "Trivial File Transfer Protocol",
                                    .column = "TFTP",
                                    FIELDS_OF_THIS_FILE,
                                    .tables = tables,
                                    .bindings = bindings,
                                    .dissect = dissect};
