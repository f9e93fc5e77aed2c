/* portmap: at which port a program of rpc listens (RFC 1833). Version 2 speaks of numbers, versions 3
 * and 4 ("rpcbind") of addresses as text. */
#include "dissect/names.h"
#include "dissect/xdr.h"

static const struct value_name v2_procedures[] = {
    VALUE(0, "NULL"), VALUE(1, "SET"),    VALUE(2, "UNSET"), VALUE(3, "GETPORT"),
    VALUE(4, "DUMP"), VALUE(5, "CALLIT"), VALUES_END};
static const struct value_name v3_procedures[] = {
    VALUE(0, "NULL"),        VALUE(1, "SET"),    VALUE(2, "UNSET"),   VALUE(3, "GETADDR"),
    VALUE(4, "DUMP"),        VALUE(5, "CALLIT"), VALUE(6, "GETTIME"), VALUE(7, "UADDR2TADDR"),
    VALUE(8, "TADDR2UADDR"), VALUES_END};
static const struct value_name v4_procedures[] = {VALUE(0, "NULL"),        VALUE(1, "SET"),
                                                  VALUE(2, "UNSET"),       VALUE(3, "GETADDR"),
                                                  VALUE(4, "DUMP"),        VALUE(5, "BCAST"),
                                                  VALUE(6, "GETTIME"),     VALUE(7, "UADDR2TADDR"),
                                                  VALUE(8, "TADDR2UADDR"), VALUE(9, "GETVERSADDR"),
                                                  VALUE(10, "INDIRECT"),   VALUE(11, "GETADDRLIST"),
                                                  VALUE(12, "GETSTAT"),    VALUES_END};
static const struct value_name transports[] = {VALUE(6, "TCP"), VALUE(17, "UDP"), VALUES_END};
static const struct value_name answers[] = {VALUE(0, "No"), VALUE(1, "Yes"), VALUES_END};

#define FIELDS(X)                                                                                  \
    X(PROCEDURE_V2, "portmap.procedure_v2", "V2 Procedure", UINT32, DEC | GENERATED, 0,            \
      v2_procedures)                                                                               \
    X(PROCEDURE_V3, "portmap.procedure_v3", "V3 Procedure", UINT32, DEC | GENERATED, 0,            \
      v3_procedures)                                                                               \
    X(PROCEDURE_V4, "portmap.procedure_v4", "V4 Procedure", UINT32, DEC | GENERATED, 0,            \
      v4_procedures)                                                                               \
    X(PROGRAM, "portmap.prog", "Program", UINT32, DEC, 0, rpc_program_names)                       \
    X(VERSION, "portmap.version", "Version", UINT32, DEC, 0, NULL)                                 \
    X(TRANSPORT, "portmap.proto", "Protocol", UINT32, DEC, 0, transports)                          \
    X(PORT, "portmap.port", "Port", UINT32, DEC, 0, NULL)                                          \
    X(CALLED, "portmap.proc", "Procedure", UINT32, DEC, 0, NULL)                                   \
    X(ARGUMENTS, "portmap.args", "Arguments", BYTES, NONE, 0, NULL)                                \
    X(RESULT, "portmap.result", "Result", BYTES, NONE, 0, NULL)                                    \
    X(ANSWER, "portmap.answer", "Answer", BOOLEAN, 0, 0, answers)                                  \
    X(RPCB, "portmap.rpcb", "RPCB", NONE, NONE, 0, NULL)                                           \
    X(RPCB_PROGRAM, "portmap.rpcb.prog", "Program", UINT32, DEC, 0, rpc_program_names)             \
    X(RPCB_VERSION, "portmap.rpcb.version", "Version", UINT32, DEC, 0, NULL)                       \
    X(RPCB_NETWORK, "portmap.rpcb.netid", "Network Id", STRING, NONE, 0, NULL)                     \
    X(RPCB_ADDRESS, "portmap.rpcb.addr", "Universal Address", STRING, NONE, 0, NULL)               \
    X(RPCB_OWNER, "portmap.rpcb.owner", "Owner of this Service", STRING, NONE, 0, NULL)            \
    X(ADDRESS, "portmap.uaddr", "Universal Address", STRING, NONE, 0, NULL)                        \
    XDR_FIELDS(X)

FIELD_TABLE(FIELDS);

static const struct xdr_fields xdr_fields = {OPAQUE_LENGTH, FILL};

enum { SET = 1, UNSET = 2, GET = 3, DUMP = 4, CALLIT = 5, GETVERSADDR = 9 };

static const struct value_name *const procedures[] = {v2_procedures, v3_procedures, v4_procedures};

struct mapping {
    uint32_t program, version, transport;
};

static struct mapping mapping_put(struct packet *p, struct cursor *c)
{
    struct mapping m = {0};
    m.program = put_u32(p, c, PROGRAM);
    m.version = put_u32(p, c, VERSION);
    m.transport = put_u32(p, c, TRANSPORT);
    (void)put_u32(p, c, PORT);
    return m;
}

static void put_mapping(struct packet *p, struct cursor *c)
{
    (void)mapping_put(p, c);
}

/* What most people ask: the titles say which program, and where it is. */
static void put_getport(struct packet *p, struct cursor *c, bool reply)
{
    if (reply) {
        uint32_t port = put_u32(p, c, PORT);
        const char *none = port == 0 ? " PROGRAM_NOT_AVAILABLE" : "";
        title(p, "Portmap GETPORT Reply Port:%u%s", port, none);
        info_add(p, " Port:%u%s", port, none);
        return;
    }
    struct mapping m = mapping_put(p, c);
    const char *program = value_name_find(rpc_program_names, m.program);
    const char *transport = value_name_find(transports, m.transport);
    if (program == NULL)
        program = "Unknown";
    if (transport == NULL)
        transport = packet_text(p, "Unknown (%u)", m.transport);
    title(p, "Portmap GETPORT Call %s(%u) Version:%u %s", program, m.program, m.version, transport);
    info_add(p, " %s(%u) V:%u %s", program, m.program, m.version, transport);
}

static void put_rpcb(struct packet *p, struct cursor *c)
{
    put_mark(p, c, RPCB);
    uint32_t tree = tree_begin(p, RPCB);
    (void)put_u32(p, c, RPCB_PROGRAM);
    (void)put_u32(p, c, RPCB_VERSION);
    xdr_put_opaque(p, c, RPCB_NETWORK, &xdr_fields);
    xdr_put_opaque(p, c, RPCB_ADDRESS, &xdr_fields);
    xdr_put_opaque(p, c, RPCB_OWNER, &xdr_fields);
    tree_end(p, tree);
}

static void put_list(struct packet *p, struct cursor *c,
                     void (*put)(struct packet *, struct cursor *))
{
    while (cursor_u32(c) == 1)
        put(p, c);
}

static void put_v2(struct packet *p, struct cursor *c, struct called called)
{
    bool reply = called.reply;
    switch (called.procedure) {
    case SET:
    case UNSET:
        if (!reply)
            put_mapping(p, c);
        else
            (void)put_u32(p, c, ANSWER);
        break;
    case GET:
        put_getport(p, c, reply);
        break;
    case DUMP:
        if (reply)
            put_list(p, c, put_mapping);
        break;
    case CALLIT:
        if (reply) {
            (void)put_u32(p, c, PORT);
        } else {
            (void)put_u32(p, c, PROGRAM);
            (void)put_u32(p, c, VERSION);
            (void)put_u32(p, c, CALLED);
        }
        xdr_put_opaque(p, c, reply ? RESULT : ARGUMENTS, &xdr_fields);
        break;
    default:
        cursor_skip(c, cursor_captured(c));
    }
}

static void put_rpcbind(struct packet *p, struct cursor *c, struct called called)
{
    switch (called.procedure) {
    case SET:
    case UNSET:
        if (called.reply)
            (void)put_u32(p, c, ANSWER);
        else
            put_rpcb(p, c);
        break;
    case GET:
    case GETVERSADDR:
        if (called.reply)
            xdr_put_opaque(p, c, ADDRESS, &xdr_fields);
        else
            put_rpcb(p, c);
        break;
    case DUMP:
        if (called.reply)
            put_list(p, c, put_rpcb);
        break;
    default:
        cursor_skip(c, cursor_captured(c));
    }
}

static void dissect(struct packet *p, struct cursor *c)
{
    struct called called = p->called;
    if (called.version < 2 || called.version > 4) {
        cursor_skip(c, cursor_captured(c));
        return;
    }
    const char *name = value_name_find(procedures[called.version - 2], called.procedure);
    info_set(p, "V%u %s %s", called.version, name != NULL ? name : "Unknown",
             called.reply ? "Reply" : "Call");
    put_uint(p, c, PROCEDURE_V2 + called.version - 2, c->pos, 0, called.procedure);
    if (called.version == 2)
        put_v2(p, c, called);
    else
        put_rpcbind(p, c, called);
}

static const struct binding bindings[] = {{"rpc.program", 100000}, {NULL, 0}};

const struct protocol proto_portmap = {.name = "portmap",
                                       .title = "Portmap",
                                       .column = "Portmap",
                                       FIELDS_OF_THIS_FILE,
                                       .bindings = bindings,
                                       .dissect = dissect};
