/*
 * loop: the Configuration Test Protocol (Ethernet 2.0, chapter 8). Numbers are little-endian.
 *
 *     | skip count 2 | function 2 | address 6, to forward to | function 2 | receipt 2 | data ... |
 *
 * The skip count says which of the functions is the one to be done now.
 */
#include "dissect/packet.h"

static const struct value_name function_names[] = {VALUE(1, "Reply"), VALUE(2, "Forward Data"),
                                                   VALUES_END};

#define FIELDS(X)                                                                                  \
    X(SKIP, "loop.skipcount", "skipCount", UINT16, DEC, 0, NULL)                                   \
    X(RELEVANT, "loop.relevant_function", "Relevant function", UINT16, DEC, 0, function_names)     \
    X(FUNCTION, "loop.function", "Function", UINT16, DEC, 0, function_names)                       \
    X(RECEIPT, "loop.receipt_number", "Receipt number", UINT16, DEC, 0, NULL)                      \
    X(ADDRESS, "loop.forwarding_address", "Forwarding address", ETHER, NONE, 0, NULL)

FIELD_TABLE(FIELDS);

enum { REPLY = 1, FORWARD = 2 };

static void dissect(struct packet *p, struct cursor *c)
{
    uint32_t start = c->pos;
    uint32_t skip = (uint32_t)put_uint_le(p, c, SKIP, 2);
    uint64_t function = FORWARD;
    while (function == FORWARD && c->fault == CURSOR_OK) {
        const uint8_t *bytes = cursor_peek(c, 0, 2);
        if (bytes != NULL && c->pos - start == skip + 2) {
            const char *name = value_name_find(function_names, le16(bytes));
            info_set(p, "%s", name != NULL ? name : "Unknown");
            put_uint(p, c, RELEVANT, c->pos, 2, le16(bytes));
        }
        function = put_uint_le(p, c, FUNCTION, 2);
        if (function == FORWARD)
            (void)put_bytes(p, c, ADDRESS, 6);
        else if (function == REPLY)
            (void)put_uint_le(p, c, RECEIPT, 2);
    }
    if (c->fault == CURSOR_OK)
        next_data(p, c);
}

static const struct binding bindings[] = {{"ethertype", 0x9000}, {NULL, 0}};

const struct protocol proto_loop = {.name = "loop",
                                    .title = "Configuration Test Protocol (loopback)",
                                    .column = "LOOP",
                                    FIELDS_OF_THIS_FILE,
                                    .bindings = bindings,
                                    .dissect = dissect};
