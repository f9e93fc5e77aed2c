/* rpc: ONC Remote Procedure Call, version 2 (RFC 5531), over TCP with record marking and over UDP.
 *
 *      [ last fragment (1), length (31) ]        over TCP
 *     | XID | 0 | 2 | program | version | procedure | credentials | verifier | ...      call
 *     | XID | 1 | 0 | verifier | state | ...                                            reply
 */
#include "dissect/names.h"
#include "dissect/pdu.h"
#include "dissect/xdr.h"

static const struct value_name message_types[] = {VALUE(0, "Call"), VALUE(1, "Reply"), VALUES_END};
static const struct value_name flavors[] = {VALUE(0, "AUTH_NULL"),  VALUE(1, "AUTH_UNIX"),
                                            VALUE(2, "AUTH_SHORT"), VALUE(3, "AUTH_DES"),
                                            VALUE(6, "RPCSEC_GSS"), VALUES_END};
static const struct value_name reply_states[] = {VALUE(0, "accepted"), VALUE(1, "denied"),
                                                 VALUES_END};
static const struct value_name accept_states[] = {VALUE(0, "RPC executed successfully"),
                                                  VALUE(1, "remote hasn't exported program"),
                                                  VALUE(2, "remote can't support version #"),
                                                  VALUE(3, "program can't support procedure"),
                                                  VALUE(4, "procedure can't decode params"),
                                                  VALUE(5, "system error"),
                                                  VALUES_END};
static const struct value_name reject_states[] = {VALUE(0, "RPC_MISMATCH"), VALUE(1, "AUTH_ERROR"),
                                                  VALUES_END};

#define FIELDS(X)                                                                                  \
    X(LAST_FRAGMENT, "rpc.lastfrag", "Last Fragment", BOOLEAN, 32, 0x80000000, NULL)               \
    X(FRAGMENT_LENGTH, "rpc.fraglen", "Fragment Length", UINT32, DEC, 0x7fffffff, NULL)            \
    X(XID, "rpc.xid", "XID", UINT32, HEX_DEC, 0, NULL)                                             \
    X(MSGTYP, "rpc.msgtyp", "Message Type", UINT32, DEC, 0, message_types)                         \
    X(VERSION, "rpc.version", "RPC Version", UINT32, DEC, 0, NULL)                                 \
    X(PROGRAM, "rpc.program", "Program", UINT32, DEC, 0, rpc_program_names)                        \
    X(PROGRAM_VERSION, "rpc.programversion", "Program Version", UINT32, DEC, 0, NULL)              \
    X(PROCEDURE, "rpc.procedure", "Procedure", UINT32, DEC, 0, NULL)                               \
    X(REPFRAME, "rpc.reqframe", "The reply to this request is in frame", FRAMENUM,                 \
      GENERATED | FUTURE | FLOW, 0, NULL)                                                          \
    X(REQFRAME, "rpc.repframe", "This is a reply to a request in frame", FRAMENUM,                 \
      GENERATED | FLOW, 0, NULL)                                                                   \
    X(TIME, "rpc.time", "Time from request", RELATIVE_TIME, GENERATED | FLOW, 0, NULL)             \
    X(FLAVOR, "rpc.auth.flavor", "Flavor", UINT32, DEC, 0, flavors)                                \
    X(AUTH_LENGTH, "rpc.auth.length", "Length", UINT32, DEC, 0, NULL)                              \
    X(STAMP, "rpc.auth.stamp", "Stamp", UINT32, HEX, 0, NULL)                                      \
    X(MACHINE, "rpc.auth.machinename", "Machine Name", STRING, NONE, 0, NULL)                      \
    X(UID, "rpc.auth.uid", "UID", UINT32, DEC, 0, NULL)                                            \
    X(GID, "rpc.auth.gid", "GID", UINT32, DEC, 0, NULL)                                            \
    X(REPLY_STATE, "rpc.replystat", "Reply State", UINT32, DEC, 0, reply_states)                   \
    X(ACCEPT_STATE, "rpc.state_accept", "Accept State", UINT32, DEC, 0, accept_states)             \
    X(REJECT_STATE, "rpc.state_reject", "Reject State", UINT32, DEC, 0, reject_states)             \
    XDR_FIELDS(X)

FIELD_TABLE(FIELDS);

static const struct xdr_fields xdr_fields = {OPAQUE_LENGTH, FILL};

enum { PROGRAM_TABLE, CALLS = 8, CALL_MIN = 40, MARK = 4, AUTH_UNIX = 1 };

/* Calls that wait for their reply: the newest of a flow. */
struct state {
    struct call {
        uint32_t xid, program, version, procedure;
        uint64_t packet, reply;
        int64_t time;
    } calls[CALLS];
    uint8_t next;
};

static struct call *call_find(struct state *s, uint32_t xid)
{
    for (unsigned i = 0; s != NULL && i < CALLS; i++) {
        if (s->calls[i].packet != 0 && s->calls[i].xid == xid)
            return &s->calls[i];
    }
    return NULL;
}

/* ---- Credentials (RFC 5531, section 8 and appendix A) ---------------------------------------- */

static void put_unix(struct packet *p, struct cursor *c)
{
    (void)put_u32(p, c, STAMP);
    xdr_put_opaque(p, c, MACHINE, &xdr_fields);
    (void)put_u32(p, c, UID);
    (void)put_u32(p, c, GID);
    uint32_t groups = cursor_u32(c);
    uint32_t tree = tree_text(p, c, c->pos, cursor_left(c), "Auxiliary GIDs (%u)", groups);
    while (groups-- > 0 && cursor_left(c) >= 4)
        (void)put_u32(p, c, GID);
    tree_end(p, tree);
}

static void put_auth(struct packet *p, struct cursor *c, const char *what)
{
    const uint8_t *b = cursor_peek(c, 0, 8);
    uint32_t n = b == NULL ? 0 : be32(b + 4);
    uint32_t tree = tree_text(p, c, c->pos, n + 8, "%s", what);
    uint32_t flavor = put_u32(p, c, FLAVOR);
    (void)put_u32(p, c, AUTH_LENGTH);
    struct cursor body = cursor_part(c, n);
    if (flavor == AUTH_UNIX)
        put_unix(p, &body);
    if (body.fault != CURSOR_OK)
        c->fault = body.fault;
    tree_end(p, tree);
}

/* ---- Calls and replies ----------------------------------------------------------------------- */

/* What is called says once more which version. */
static void put_called(struct packet *p, struct cursor *c, uint32_t program, struct called called)
{
    uint32_t version = called.version;
    bool known = program == 100000 || program == 100003 || program == 100005;
    if (known)
        put_uint(p, c, PROGRAM_VERSION, c->pos, 0, version);
    const char *name = value_name_find(rpc_program_names, program);
    p->called = called;
    if (name != NULL) /* what is called may have a column too */
        column_set(p, name);
    if (!next(p, c, PROGRAM_TABLE, program))
        cursor_skip(c, cursor_captured(c));
}

static void put_call(struct packet *p, struct cursor *c, struct state *s, uint32_t xid)
{
    (void)put_u32(p, c, VERSION);
    uint32_t program = put_u32(p, c, PROGRAM), version = put_u32(p, c, PROGRAM_VERSION);
    uint32_t procedure = put_u32(p, c, PROCEDURE);
    const char *name = value_name_find(rpc_program_names, program);
    info_set(p, "V%u procedure %u Call (%s) XID 0x%x", version, procedure,
             name != NULL ? name : "Unknown", xid);
    uint64_t reply;
    if (told(p, p->in->number, REPFRAME, &reply))
        put_uint(p, c, REPFRAME, c->pos, 0, reply);
    if (s != NULL && call_find(s, xid) == NULL) {
        s->calls[s->next] =
            (struct call){xid, program, version, procedure, p->in->number, 0, p->in->time_ns};
        s->next = (uint8_t)((s->next + 1) % CALLS);
    }
    put_auth(p, c, "Credentials");
    put_auth(p, c, "Verifier");
    if (c->fault == CURSOR_OK)
        put_called(p, c, program, (struct called){version, procedure, false});
}

static void put_match(struct packet *p, const struct cursor *c, struct call *call)
{
    put_uint(p, c, REQFRAME, c->pos, 0, call->packet);
    put_time(p, c, TIME, c->pos, 0, p->in->time_ns - call->time);
    tell(p, call->packet, REPFRAME, p->in->number);
}

static void put_reply(struct packet *p, struct cursor *c, struct state *s, uint32_t xid)
{
    struct call *call = call_find(s, xid);
    info_set(p, "Reply XID 0x%x", xid);
    if (call != NULL) {
        put_uint(p, c, PROGRAM, c->pos, 0, call->program);
        put_uint(p, c, PROGRAM_VERSION, c->pos, 0, call->version);
        put_uint(p, c, PROCEDURE, c->pos, 0, call->procedure);
    }
    uint32_t state = put_u32(p, c, REPLY_STATE);
    if (call != NULL)
        put_match(p, c, call);
    if (state != 0) {
        (void)put_u32(p, c, REJECT_STATE);
        return;
    }
    put_auth(p, c, "Verifier");
    uint32_t accepted = put_u32(p, c, ACCEPT_STATE);
    if (accepted == 0 && call != NULL && c->fault == CURSOR_OK)
        put_called(p, c, call->program, (struct called){call->version, call->procedure, true});
}

static bool over_tcp(const struct packet *p)
{
    return p->layer > 0 &&
           strcmp(p->reg->protos[p->layers[p->layer - 1u].proto].def->name, "tcp") == 0;
}

static void dissect(struct packet *p, struct cursor *c)
{
    if (over_tcp(p)) {
        const uint8_t *mark = cursor_take(c, 4);
        uint32_t start = c->pos - 4;
        if (mark == NULL)
            return;
        uint32_t tree = tree_text(p, c, start, 4, "Fragment header");
        put_flags(p, c, LAST_FRAGMENT, 2, start, 4, be32(mark));
        tree_end(p, tree);
    }
    struct state *s = flow_state(p, sizeof *s);
    uint32_t xid = put_u32(p, c, XID);
    uint32_t type = put_u32(p, c, MSGTYP);
    title(p, "Remote Procedure Call, Type:%s XID:0x%08x", type == 0 ? "Call" : "Reply", xid);
    if (type == 0)
        put_call(p, c, s, xid);
    else
        put_reply(p, c, s, xid);
}

/* A call says what it is; a reply is one by what it answers, or at least by its form. */
static bool looks_like_rpc(const struct cursor *c, uint32_t at)
{
    const uint8_t *b = cursor_peek(c, at, 24);
    if (b == NULL)
        return false;
    if (be32(b + 4) == 0)
        return be32(b + 8) == 2 && be32(b + 12) >= 100000 && be32(b + 12) < 0x60000000 &&
               be32(b + 16) <= 10 && cursor_peek(c, at, CALL_MIN) != NULL;
    return be32(b) != 0 && be32(b + 4) == 1 && be32(b + 8) == 0 && be32(b + 12) == 0 &&
           be32(b + 16) == 0 && be32(b + 20) <= 5;
}

static bool probe(const struct packet *p, const struct cursor *c)
{
    bool tcp = p->layer_count > 0 &&
               strcmp(p->reg->protos[p->layers[p->layer_count - 1].proto].def->name, "tcp") == 0;
    if (!tcp)
        return looks_like_rpc(c, 0);
    const uint8_t *mark = cursor_peek(c, 0, MARK);
    return mark != NULL && (be32(mark) & 0x7fffffff) >= 24 && (be32(mark) & 0x7fffffff) < 4 << 20 &&
           looks_like_rpc(c, MARK);
}

static uint32_t message(struct packet *p, const struct cursor *c)
{
    (void)p;
    const uint8_t *mark = cursor_peek(c, 0, MARK);
    return mark == NULL ? STREAM_MORE : pdu_length(c, (be32(mark) & 0x7fffffff) + MARK);
}

static const char *const tables[] = {"rpc.program", NULL};
static const struct binding bindings[] = {{"tcp.port", 111},
                                          {"udp.port", 111},
                                          {"tcp.port", HEURISTIC},
                                          {"udp.port", HEURISTIC},
                                          {NULL, 0}};

const struct protocol proto_rpc = {.name = "rpc",
                                   .title = "Remote Procedure Call",
                                   .column = "RPC",
                                   FIELDS_OF_THIS_FILE,
                                   .tables = tables,
                                   .bindings = bindings,
                                   .probe = probe,
                                   .message = message,
                                   .header = MARK,
                                   .dissect = dissect};
