/*
 * ncp: NetWare Core Protocol, its headers, over IPX or TCP.
 *
 *     TCP     | signature 4 | length 4 | request alone: version 4, reply size 4 | ...
 *     request | 0x2222 | sequence 1 | connection 1 | task 1 | connection, high 1 | function 1 | ...
 *     reply   | 0x3333 | sequence 1 | connection 1 | task 1 | connection, high 1 | completion 1 |
 * status 1 | ...
 */
#include "dissect/packet.h"

static const struct value_name signature_names[] = {VALUE(0x446d6454, "Demand Transport (Request)"),
                                                    VALUE(0x744e6350, "Transport is NCP (Reply)"),
                                                    VALUES_END};
static const struct value_name type_names[] = {VALUE(0x1111, "Create a service connection"),
                                               VALUE(0x2222, "Service request"),
                                               VALUE(0x3333, "Service reply"),
                                               VALUE(0x5555, "Destroy service connection"),
                                               VALUE(0x7777, "Burst mode transfer"),
                                               VALUE(0x9999, "Request being processed"),
                                               VALUES_END};

#define FIELDS(X)                                                                                  \
    X(IP_SIGNATURE, "ncp.ip.signature", "NCP over IP signature", UINT32, HEX, 0, signature_names)  \
    X(IP_LENGTH, "ncp.ip.length", "NCP over IP length", UINT32, DEC, 0, NULL)                      \
    X(IP_VERSION, "ncp.ip.version", "NCP over IP Version", UINT32, DEC, 0, NULL)                   \
    X(IP_REPLY, "ncp.ip.replybufsize", "NCP over IP Reply Buffer Size", UINT32, DEC, 0, NULL)      \
    X(TYPE, "ncp.type", "Type", UINT16, HEX, 0, type_names)                                        \
    X(SEQ, "ncp.seq", "Sequence Number", UINT8, DEC, 0, NULL)                                      \
    X(CONNECTION, "ncp.connection", "Connection Number", UINT16, DEC, 0, NULL)                     \
    X(TASK, "ncp.task", "Task Number", UINT8, DEC, 0, NULL)                                        \
    X(FUNC, "ncp.func", "Function", UINT8, HEX, 0, NULL)                                           \
    X(COMPLETION, "ncp.completion_code", "Completion Code", UINT8, HEX, 0, NULL)                   \
    X(STATUS, "ncp.connection_status", "Connection Status", UINT8, DEC, 0, NULL)                   \
    X(REQUEST, "ncp.req_frame_num", "Response to Request in Frame Number", FRAMENUM, STREAM, 0,    \
      NULL)                                                                                        \
    X(TIME, "ncp.time", "Time from Request", RELATIVE_TIME, STREAM, 0, NULL)

FIELD_TABLE(FIELDS);

enum {
    SIGNATURE_REQUEST = 0x446d6454,
    SIGNATURE_REPLY = 0x744e6350,
    SERVICE_REQUEST = 0x2222,
    SERVICE_REPLY = 0x3333,
    TCP_HEADER = 8,
    MOST = 1 << 20
};

/* Requests that wait, by their sequence number. */
struct memory {
    struct {
        uint64_t packet; /* 0: none */
        int64_t time_ns;
        uint8_t function;
    } waiting[256];
};

static uint32_t message(struct packet *p, const struct cursor *c)
{
    (void)p;
    const uint8_t *head = cursor_peek(c, 0, TCP_HEADER);
    if (head == NULL)
        return STREAM_MORE;
    uint32_t signature = be32(head), length = be32(head + 4) & 0x7fffffff;
    return (signature == SIGNATURE_REQUEST || signature == SIGNATURE_REPLY) &&
                   length >= TCP_HEADER && length < MOST
               ? length
               : 0;
}

static void put_request(struct packet *p, const struct cursor *c, uint8_t seq, uint8_t function)
{
    struct memory *m = flow_state(p, sizeof *m);
    if (m == NULL || c->fault != CURSOR_OK)
        return;
    m->waiting[seq].packet = p->in->number;
    m->waiting[seq].time_ns = p->in->time_ns;
    m->waiting[seq].function = function;
}

static void put_reply(struct packet *p, const struct cursor *c, uint8_t seq)
{
    struct memory *m = flow_state(p, sizeof *m);
    if (m == NULL || c->fault != CURSOR_OK || m->waiting[seq].packet == 0)
        return;
    put_uint(p, c, FUNC, c->pos, 0, m->waiting[seq].function);
    put_uint(p, c, REQUEST, c->pos, 0, m->waiting[seq].packet);
    put_time(p, c, TIME, c->pos, 0, p->in->time_ns - m->waiting[seq].time_ns);
}

static void dissect(struct packet *p, struct cursor *c)
{
    const uint8_t *head = cursor_peek(c, 0, 4);
    uint32_t signature = head == NULL ? 0 : be32(head);
    if (signature == SIGNATURE_REQUEST || signature == SIGNATURE_REPLY) {
        (void)put_u32(p, c, IP_SIGNATURE);
        (void)put_u32(p, c, IP_LENGTH);
        if (signature == SIGNATURE_REQUEST) {
            (void)put_u32(p, c, IP_VERSION);
            (void)put_u32(p, c, IP_REPLY);
        }
    }
    uint16_t type = put_u16(p, c, TYPE);
    uint8_t seq = put_u8(p, c, SEQ);
    const uint8_t *numbers = cursor_peek(c, 0, 3);
    if (numbers != NULL)
        put_uint(p, c, CONNECTION, c->pos, 3, numbers[0] | (uint32_t)numbers[2] << 8);
    cursor_skip(c, 1);
    (void)put_u8(p, c, TASK);
    cursor_skip(c, 1);
    const char *name = value_name_find(type_names, type);
    info_set(p, "%s", name != NULL ? name : "Unknown");
    if (type == SERVICE_REQUEST) {
        uint8_t function = put_u8(p, c, FUNC);
        info_add(p, ", function %u", function);
        put_request(p, c, seq, function);
    } else if (type == SERVICE_REPLY) {
        (void)put_u8(p, c, COMPLETION);
        (void)put_u8(p, c, STATUS);
        put_reply(p, c, seq);
    }
}

static const struct binding bindings[] = {{"tcp.port", 524},
                                          {"udp.port", 524},
                                          {"ipx.socket", 0x451},
                                          {"ipx.packet_type", 17},
                                          {NULL, 0}};

const struct protocol proto_ncp = {.name = "ncp",
                                   .title = "NetWare Core Protocol",
                                   .column = "NCP",
                                   FIELDS_OF_THIS_FILE,
                                   .bindings = bindings,
                                   .message = message,
                                   .pdus = true,
                                   .dissect = dissect};
