/*
 * smpp: Short Message Peer to Peer (SMPP 3.4 and 5.0, section 3.2): the heads of its messages.
 *
 *     | length 4 | command 4 | status 4 | sequence 4 | ...
 */
#include "dissect/pdu.h"

#include "proto/smpp.def"

FIELD_TABLE(FIELDS);

enum { HEADER = 16, LENGTH_MAX = 64 << 10 };
#define RESPONSE 0x80000000u

static bool probe(const struct packet *p, const struct cursor *c)
{
    (void)p;
    const uint8_t *b = cursor_peek(c, 0, HEADER);
    return b != NULL && be32(b) >= HEADER && be32(b) <= LENGTH_MAX &&
           value_name_find(command_id_names, be32(b + 4)) != NULL &&
           value_name_find(command_status_names, be32(b + 8)) != NULL;
}

static void put_title(struct packet *p, const char *command, const char *status, uint32_t sequence,
                      uint32_t length)
{
    if (status == NULL) {
        title(p, "Short Message Peer to Peer, Command: %s, Seq: %u, Len: %u", command, sequence,
              length);
        info_set(p, "%s", command);
        return;
    }
    title(p, "Short Message Peer to Peer, Command: %s, Status: \"%s\", Seq: %u, Len: %u", command,
          status, sequence, length);
    info_set(p, "%s: \"%s\"", command, status);
}

static void dissect(struct packet *p, struct cursor *c)
{
    const char *status = NULL;
    if (!probe(p, c))
        return next_data(p, c);
    uint32_t length = put_u32(p, c, COMMAND_LENGTH), command = put_u32(p, c, COMMAND_ID);
    const char *name = value_name_find(command_id_names, command);
    if (command & RESPONSE)
        status = value_name_find(command_status_names, put_u32(p, c, COMMAND_STATUS));
    else
        cursor_skip(c, 4);
    uint32_t sequence = put_u32(p, c, SEQUENCE_NUMBER);
    put_title(p, name != NULL ? name : "Unknown", status, sequence, length);
    if (c->fault == CURSOR_OK)
        cursor_skip(c, cursor_captured(c));
}

static uint32_t message(struct packet *p, const struct cursor *c)
{
    (void)p;
    return cursor_captured(c) < 4 ? STREAM_MORE : pdu_be(c, 0, 4, 0);
}

static const struct binding bindings[] = {{"tcp.port", 2775}, {"tcp.port", HEURISTIC}, {NULL, 0}};

const struct protocol proto_smpp = {.name = "smpp",
                                    .title = "Short Message Peer to Peer",
                                    .column = "SMPP",
                                    FIELDS_OF_THIS_FILE,
                                    .bindings = bindings,
                                    .probe = probe,
                                    .message = message,
                                    .pdus = true,
                                    .dissect = dissect};
