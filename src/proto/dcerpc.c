/* dcerpc: DCE/RPC, connection-oriented (The Open Group, C706, chapter 12), over TCP and over named
 * pipes.
 *
 *      0     1     2      3       4      8            10           12
 *     | 5   | 0   | type | flags | drep | fragment len | auth len  | call ID | ...
 */
#include "dissect/pdu.h"

static const struct value_name types[] = {
    VALUE(0, "Request"),        VALUE(1, "Ping"),
    VALUE(2, "Response"),       VALUE(3, "Fault"),
    VALUE(4, "Working"),        VALUE(5, "Nocall"),
    VALUE(6, "Reject"),         VALUE(7, "Ack"),
    VALUE(8, "Cl_cancel"),      VALUE(9, "Fack"),
    VALUE(10, "Cancel_ack"),    VALUE(11, "Bind"),
    VALUE(12, "Bind_ack"),      VALUE(13, "Bind_nak"),
    VALUE(14, "Alter_context"), VALUE(15, "Alter_context_resp"),
    VALUE(16, "AUTH3"),         VALUE(17, "Shutdown"),
    VALUE(18, "Co_cancel"),     VALUE(19, "Orphaned"),
    VALUE(20, "RTS"),           VALUES_END};
static const struct value_name byte_orders[] = {VALUE(0, "Big-endian"), VALUE(1, "Little-endian"),
                                                VALUES_END};
static const struct value_name characters[] = {VALUE(0, "ASCII"), VALUE(1, "EBCDIC"), VALUES_END};
static const struct value_name floats[] = {VALUE(0, "IEEE"), VALUE(1, "VAX"), VALUE(2, "Cray"),
                                           VALUE(3, "IBM"), VALUES_END};
static const struct value_name auth_types[] = {
    VALUE(0, "None"),      VALUE(1, "Kerberos 5"), VALUE(9, "SPNEGO"), VALUE(10, "NTLMSSP"),
    VALUE(16, "Kerberos"), VALUE(68, "SCHANNEL"),  VALUES_END};
static const struct value_name auth_levels[] = {
    VALUE(1, "None"),   VALUE(2, "Connect"),          VALUE(3, "Call"),
    VALUE(4, "Packet"), VALUE(5, "Packet integrity"), VALUE(6, "Packet privacy"),
    VALUES_END};
static const struct value_name results[] = {VALUE(0, "Acceptance"), VALUE(1, "User rejection"),
                                            VALUE(2, "Provider rejection"),
                                            VALUE(3, "Negotiate ACK"), VALUES_END};

#define FIELDS(X)                                                                                  \
    X(VER, "dcerpc.ver", "Version", UINT8, DEC, 0, NULL)                                           \
    X(VER_MINOR, "dcerpc.ver_minor", "Version (minor)", UINT8, DEC, 0, NULL)                       \
    X(PKT_TYPE, "dcerpc.pkt_type", "Packet type", UINT8, DEC, 0, types)                            \
    X(FLAGS, "dcerpc.cn_flags", "Packet Flags", UINT8, HEX, 0, NULL)                               \
    X(FLAG_OBJECT, "dcerpc.cn_flags.object", "Object", BOOLEAN, 8, 0x80, NULL)                     \
    X(FLAG_MAYBE, "dcerpc.cn_flags.maybe", "Maybe", BOOLEAN, 8, 0x40, NULL)                        \
    X(FLAG_DNE, "dcerpc.cn_flags.dne", "Did Not Execute", BOOLEAN, 8, 0x20, NULL)                  \
    X(FLAG_MPX, "dcerpc.cn_flags.mpx", "Multiplex", BOOLEAN, 8, 0x10, NULL)                        \
    X(FLAG_RESERVED, "dcerpc.cn_flags.reserved", "Reserved", BOOLEAN, 8, 0x08, NULL)               \
    X(FLAG_CANCEL, "dcerpc.cn_flags.cancel_pending", "Cancel Pending", BOOLEAN, 8, 0x04, NULL)     \
    X(FLAG_LAST, "dcerpc.cn_flags.last_frag", "Last Frag", BOOLEAN, 8, 0x02, NULL)                 \
    X(FLAG_FIRST, "dcerpc.cn_flags.first_frag", "First Frag", BOOLEAN, 8, 0x01, NULL)              \
    X(DREP, "dcerpc.drep", "Data Representation", BYTES, NONE, 0, NULL)                            \
    X(BYTEORDER, "dcerpc.drep.byteorder", "Byte order", UINT8, DEC, 0, byte_orders)                \
    X(CHARACTER, "dcerpc.drep.character", "Character", UINT8, DEC, 0, characters)                  \
    X(FP, "dcerpc.drep.fp", "Floating-point", UINT8, DEC, 0, floats)                               \
    X(FRAG_LEN, "dcerpc.cn_frag_len", "Frag Length", UINT16, DEC, 0, NULL)                         \
    X(AUTH_LEN, "dcerpc.cn_auth_len", "Auth Length", UINT16, DEC, 0, NULL)                         \
    X(CALL_ID, "dcerpc.cn_call_id", "Call ID", UINT32, DEC, 0, NULL)                               \
    X(MAX_XMIT, "dcerpc.cn_max_xmit", "Max Xmit Frag", UINT16, DEC, 0, NULL)                       \
    X(MAX_RECV, "dcerpc.cn_max_recv", "Max Recv Frag", UINT16, DEC, 0, NULL)                       \
    X(ASSOC_GROUP, "dcerpc.cn_assoc_group", "Assoc Group", UINT32, HEX, 0, NULL)                   \
    X(SEC_ADDR_LEN, "dcerpc.cn_sec_addr_len", "Scndry Addr len", UINT16, DEC, 0, NULL)             \
    X(SEC_ADDR, "dcerpc.cn_sec_addr", "Scndry Addr", STRING, NONE, 0, NULL)                        \
    X(NUM_CTX, "dcerpc.cn_num_ctx_items", "Num Ctx Items", UINT8, DEC, 0, NULL)                    \
    X(CTX_ITEM, "dcerpc.cn_ctx_item", "Ctx Item", NONE, NONE, 0, NULL)                             \
    X(CTX_ID, "dcerpc.cn_ctx_id", "Context ID", UINT16, DEC, 0, NULL)                              \
    X(NUM_TRANS, "dcerpc.cn_num_trans_items", "Num Trans Items", UINT8, DEC, 0, NULL)              \
    X(ABSTRACT, "dcerpc.cn_bind_abstract_syntax", "Abstract Syntax", NONE, NONE, 0, NULL)          \
    X(TO_UUID, "dcerpc.cn_bind_to_uuid", "Interface UUID", GUID, NONE, 0, NULL)                    \
    X(IF_VER, "dcerpc.cn_bind_if_ver", "Interface Ver", UINT16, DEC, 0, NULL)                      \
    X(IF_VER_MINOR, "dcerpc.cn_bind_if_ver_minor", "Interface Ver Minor", UINT16, DEC, 0, NULL)    \
    X(TRANS, "dcerpc.cn_bind_trans", "Transfer Syntax", NONE, NONE, 0, NULL)                       \
    X(TRANS_ID, "dcerpc.cn_bind_trans_id", "Transfer Syntax", GUID, NONE, 0, NULL)                 \
    X(TRANS_VER, "dcerpc.cn_bind_trans_ver", "ver", UINT32, DEC, 0, NULL)                          \
    X(NUM_RESULTS, "dcerpc.cn_num_results", "Num results", UINT8, DEC, 0, NULL)                    \
    X(ACK_RESULT, "dcerpc.cn_ack_result", "Ack result", UINT16, DEC, 0, results)                   \
    X(ACK_REASON, "dcerpc.cn_ack_reason", "Ack reason", UINT16, DEC, 0, NULL)                      \
    X(FEATURES, "dcerpc.cn_bind_trans_btfn", "Bind Time Features", UINT16, HEX, 0, NULL)           \
    X(FEATURE_CONTEXTS, "dcerpc.cn_bind_trans_btfn.01", "Security Context Multiplexing Supported", \
      BOOLEAN, 16, 0x0001, NULL)                                                                   \
    X(FEATURE_ORPHAN, "dcerpc.cn_bind_trans_btfn.02", "Keep Connection On Orphan Supported",       \
      BOOLEAN, 16, 0x0002, NULL)                                                                   \
    X(ACK_TRANS_ID, "dcerpc.cn_ack_trans_id", "Transfer Syntax", GUID, NONE, 0, NULL)              \
    X(ACK_TRANS_VER, "dcerpc.cn_ack_trans_ver", "Syntax ver", UINT32, DEC, 0, NULL)                \
    X(ALLOC_HINT, "dcerpc.cn_alloc_hint", "Alloc hint", UINT32, DEC, 0, NULL)                      \
    X(OPNUM, "dcerpc.opnum", "Opnum", UINT16, DEC | FLOW, 0, NULL)                                 \
    X(RESPONSE_IN, "dcerpc.response_in", "Response in frame", FRAMENUM, GENERATED | FUTURE | FLOW, \
      0, NULL)                                                                                     \
    X(REQUEST_IN, "dcerpc.request_in", "Request in frame", FRAMENUM, GENERATED | FLOW, 0, NULL)    \
    X(TIME, "dcerpc.time", "Time from request", RELATIVE_TIME, GENERATED | FLOW, 0, NULL)          \
    X(OBJ_ID, "dcerpc.obj_id", "Object", GUID, FLOW, 0, NULL)                                      \
    X(CANCEL_COUNT, "dcerpc.cn_cancel_count", "Cancel count", UINT8, DEC, 0, NULL)                 \
    X(STATUS, "dcerpc.cn_status", "Status", UINT32, HEX, 0, NULL)                                  \
    X(AUTH_INFO, "dcerpc.auth_info", "Auth Info", NONE, NONE, 0, NULL)                             \
    X(AUTH_TYPE, "dcerpc.auth_type", "Auth type", UINT8, DEC, 0, auth_types)                       \
    X(AUTH_LEVEL, "dcerpc.auth_level", "Auth level", UINT8, DEC, 0, auth_levels)                   \
    X(AUTH_PAD, "dcerpc.auth_pad_len", "Auth pad len", UINT8, DEC, 0, NULL)                        \
    X(AUTH_RSRVD, "dcerpc.auth_rsrvd", "Auth Rsrvd", UINT8, DEC, 0, NULL)                          \
    X(AUTH_CTX, "dcerpc.auth_ctx_id", "Auth Context ID", UINT32, DEC, 0, NULL)

FIELD_TABLE(FIELDS);

enum { AUTH_TABLE, VERIFIER_TABLE };

enum { HEADER = 16, AUTH_HEADER = 8, FIRST = 0x01, LAST = 0x02, OBJECT = 0x80, NEGOTIATE_ACK = 3 };
enum {
    REQUEST = 0,
    RESPONSE = 2,
    FAULT = 3,
    BIND = 11,
    BIND_ACK = 12,
    ALTER = 14,
    ALTER_RESP = 15,
    AUTH3 = 16
};

/* Interfaces that people meet ([MS-RPCE] and what builds on it), in the byte order of text, by the names that
 * the Protocol column has for them. */
static const struct interface {
    uint8_t uuid[16];
    const char *name;
} interfaces[] = {
#define INTERFACE(name, a, b, c, d, e)                                                             \
    {{(uint8_t)((a) >> 24), (uint8_t)((a) >> 16), (uint8_t)((a) >> 8), (uint8_t)(a),               \
      (uint8_t)((b) >> 8), (uint8_t)(b), (uint8_t)((c) >> 8), (uint8_t)(c), (uint8_t)((d) >> 8),   \
      (uint8_t)(d), (uint8_t)((uint64_t)(e) >> 40), (uint8_t)((uint64_t)(e) >> 32),                \
      (uint8_t)((uint64_t)(e) >> 24), (uint8_t)((e) >> 16), (uint8_t)((e) >> 8), (uint8_t)(e)},    \
     name},
#include "proto/dcerpc.def"
#undef INTERFACE
};

static const char *interface_name(const uint8_t *uuid)
{
    for (size_t i = 0; uuid != NULL && i < sizeof interfaces / sizeof *interfaces; i++) {
        if (memcmp(interfaces[i].uuid, uuid, 16) == 0)
            return interfaces[i].name;
    }
    return NULL;
}

/* Calls that wait for their response: the newest of a flow. */
enum { CALLS = 16, CONTEXTS = 8 };
struct calls {
    struct call {
        uint32_t id;
        uint16_t opnum;
        bool has_object;
        uint8_t object[16];
        uint64_t packet;
        int64_t time;
    } calls[CALLS];
    uint32_t next;
    uint8_t contexts[CONTEXTS][16]; /* what each presentation context was bound to */
    bool bound;                     /* only then, as in Wireshark, are they matched */
};

/* One fragment. Numbers are in the byte order of its sender. */
struct pdu {
    struct packet *p;
    bool little;
    uint8_t type, flags;
    uint16_t length, auth;
    uint32_t start, id;
    struct calls *calls; /* of the flow; NULL: none */
    /* What only requests and responses have, for the title. */
    uint16_t context;
    uint64_t partner; /* packet with the other half; 0: not known */
};

static uint64_t put_number(const struct pdu *f, struct cursor *c, unsigned field, unsigned n)
{
    return f->little ? put_uint_le(f->p, c, field, n) : put_uint_be(f->p, c, field, n);
}

/* In the sender's byte order too: its first three parts are numbers. */
static const uint8_t *put_uuid(const struct pdu *f, struct cursor *c, unsigned field)
{
    struct packet *p = f->p;
    const uint8_t *b = cursor_take(c, 16);
    uint8_t *uuid = b == NULL ? NULL : arena_alloc(p->arena, 16);
    if (uuid == NULL)
        return NULL;
    memcpy(uuid, b, 16);
    if (f->little) {
        const uint8_t order[8] = {3, 2, 1, 0, 5, 4, 7, 6};
        for (unsigned i = 0; i < 8; i++)
            uuid[i] = b[order[i]];
    }
    put_data(p, c, field, c->pos - 16, 16, uuid, 16);
    return uuid;
}

/* ---- Bodies ---------------------------------------------------------------------------------- */

/* What an end can do ([MS-RPCE], section 2.2.2.14): of the server it stands in the place of a reason. */
static void put_features(const struct pdu *f, struct cursor *c)
{
    uint64_t bits = put_number(f, c, FEATURES, 2);
    uint32_t tree = tree_begin(f->p, FEATURES);
    if (c->fault == CURSOR_OK)
        put_flags(f->p, c, FEATURE_CONTEXTS, 2, c->pos - 2, 2, bits);
    tree_end(f->p, tree);
}

/* The client's offer of such features has the form of a UUID, 6cb71c2c-9812-4540, and then the bits (section
 * 3.3.1.5.3). */
static void put_syntax(const struct pdu *f, struct cursor *c)
{
    static const uint8_t features[] = {0x6c, 0xb7, 0x1c, 0x2c, 0x98, 0x12, 0x45, 0x40};
    const uint8_t *uuid = put_uuid(f, c, TRANS_ID);
    if (uuid == NULL || memcmp(uuid, features, sizeof features) != 0)
        return;
    struct cursor bits = *c;
    bits.pos -= 8;
    put_features(f, &bits);
}

static void put_context(const struct pdu *f, struct cursor *c)
{
    struct packet *p = f->p;
    const uint8_t *b = cursor_peek(c, 0, 4);
    unsigned transfers = b == NULL ? 0 : b[2];
    put_data(p, c, CTX_ITEM, c->pos, 24 + 20 * transfers, NULL, 0);
    uint32_t tree = tree_begin(p, CTX_ITEM);
    uint64_t id = put_number(f, c, CTX_ID, 2);
    (void)put_u8(p, c, NUM_TRANS);
    cursor_skip(c, 1);
    put_data(p, c, ABSTRACT, c->pos, 20, NULL, 0);
    uint32_t branch = tree_begin(p, ABSTRACT);
    const uint8_t *uuid = put_uuid(f, c, TO_UUID);
    if (f->calls != NULL && uuid != NULL && id < CONTEXTS)
        memcpy(f->calls->contexts[id], uuid, 16);
    if (id == 0 && interface_name(uuid) != NULL)
        info_add(p, ", %s", interface_name(uuid));
    (void)put_number(f, c, IF_VER, 2);
    (void)put_number(f, c, IF_VER_MINOR, 2);
    tree_end(p, branch);
    for (unsigned i = 0; i < transfers && cursor_left(c) > 0; i++) {
        put_data(p, c, TRANS, c->pos, 20, NULL, 0);
        branch = tree_begin(p, TRANS);
        put_syntax(f, c);
        (void)put_number(f, c, TRANS_VER, 4);
        tree_end(p, branch);
    }
    tree_end(p, tree);
}

static void put_bind(const struct pdu *f, struct cursor *c)
{
    if (f->calls != NULL)
        f->calls->bound = true;
    (void)put_number(f, c, MAX_XMIT, 2);
    (void)put_number(f, c, MAX_RECV, 2);
    (void)put_number(f, c, ASSOC_GROUP, 4);
    uint8_t n = put_u8(f->p, c, NUM_CTX);
    cursor_skip(c, 3);
    for (unsigned i = 0; i < n && cursor_left(c) > 0; i++)
        put_context(f, c);
}

static void put_bind_ack(const struct pdu *f, struct cursor *c)
{
    struct packet *p = f->p;
    (void)put_number(f, c, MAX_XMIT, 2);
    (void)put_number(f, c, MAX_RECV, 2);
    (void)put_number(f, c, ASSOC_GROUP, 4);
    uint16_t n = (uint16_t)put_number(f, c, SEC_ADDR_LEN, 2);
    const uint8_t *address = cursor_take(c, n);
    if (address != NULL && n > 0)
        put_data(p, c, SEC_ADDR, c->pos - n, n, address, strnlen((const char *)address, n));
    cursor_skip(c, (4 - (c->pos - f->start) % 4) % 4);
    uint8_t results_count = put_u8(p, c, NUM_RESULTS);
    cursor_skip(c, 3);
    for (unsigned i = 0; i < results_count && cursor_left(c) >= 24; i++) {
        uint32_t tree = tree_text(p, c, c->pos, 24, "Ctx Item[%u]", i + 1);
        uint64_t result = put_number(f, c, ACK_RESULT, 2);
        if (result == NEGOTIATE_ACK)
            put_features(f, c);
        else if (result != 0)
            (void)put_number(f, c, ACK_REASON, 2);
        else
            cursor_skip(c, 2);
        (void)put_uuid(f, c, ACK_TRANS_ID);
        (void)put_number(f, c, ACK_TRANS_VER, 4);
        tree_end(p, tree);
    }
}

/* The newest call of that number. */
static struct call *call_find(struct calls *all, uint32_t id)
{
    for (uint32_t i = 1; all != NULL && i <= CALLS; i++) {
        struct call *call = &all->calls[(all->next - i) % CALLS];
        if (call->packet != 0 && call->id == id)
            return call;
    }
    return NULL;
}

/* What is called is the innermost protocol that a person cares for. True: it is known. */
static bool put_column(const struct pdu *f)
{
    const char *name = f->calls == NULL || !f->calls->bound || f->context >= CONTEXTS ||
                               f->type == FAULT || (f->flags & (FIRST | LAST)) != (FIRST | LAST)
                           ? NULL
                           : interface_name(f->calls->contexts[f->context]);
    if (name != NULL)
        column_set(f->p, name);
    return name != NULL;
}

/* Who has the other half of the call. As in Wireshark, an interface that is known tells it once more. */
static void put_partner(const struct pdu *f, const struct cursor *c, unsigned field, bool known)
{
    put_uint(f->p, c, field, c->pos, 0, f->partner);
    if (known)
        put_uint(f->p, c, field, c->pos, 0, f->partner);
}

static void put_request(struct pdu *f, struct cursor *c)
{
    struct packet *p = f->p;
    (void)put_number(f, c, ALLOC_HINT, 4);
    f->context = (uint16_t)put_number(f, c, CTX_ID, 2);
    uint16_t opnum = (uint16_t)put_number(f, c, OPNUM, 2);
    const uint8_t *object = f->flags & OBJECT ? put_uuid(f, c, OBJ_ID) : NULL;
    info_add(p, ", opnum: %u, Ctx: %u", opnum, f->context);
    bool known = put_column(f);
    uint64_t packet = p->in->number;
    if (f->calls != NULL && f->calls->bound && c->fault == CURSOR_OK && (f->flags & FIRST) != 0) {
        struct call *call = &f->calls->calls[f->calls->next++ % CALLS];
        *call =
            (struct call){.id = f->id, .opnum = opnum, .packet = packet, .time = p->in->time_ns};
        call->has_object = object != NULL;
        if (object != NULL)
            memcpy(call->object, object, 16);
    }
    if (told(p, packet, RESPONSE_IN, &f->partner))
        put_partner(f, c, RESPONSE_IN, known);
}

static void put_response(struct pdu *f, struct cursor *c)
{
    struct packet *p = f->p;
    (void)put_number(f, c, ALLOC_HINT, 4);
    f->context = (uint16_t)put_number(f, c, CTX_ID, 2);
    (void)put_u8(p, c, CANCEL_COUNT);
    cursor_skip(c, 1);
    if (f->type == FAULT)
        (void)put_number(f, c, STATUS, 4);
    info_add(p, ", Ctx: %u", f->context);
    const struct call *call = call_find(f->calls, f->id);
    if (call == NULL)
        return;
    f->partner = call->packet;
    bool known = put_column(f);
    put_uint(p, c, OPNUM, f->start, 0, call->opnum);
    if (call->has_object)
        put_data(p, c, OBJ_ID, f->start, 0, call->object, 16);
    put_partner(f, c, REQUEST_IN, known);
    put_time(p, c, TIME, c->pos, 0, p->in->time_ns - call->time);
    tell(p, call->packet, RESPONSE_IN, p->in->number);
}

static void put_body(struct pdu *f, struct cursor *c)
{
    switch (f->type) {
    case REQUEST:
        return put_request(f, c);
    case RESPONSE:
    case FAULT:
        return put_response(f, c);
    case BIND:
    case ALTER:
        return put_bind(f, c);
    case BIND_ACK:
    case ALTER_RESP:
        return put_bind_ack(f, c);
    default:
        return;
    }
}

/* At the end of the fragment (C706, section 13.2.6.1). */
static void put_auth(const struct pdu *f, struct cursor *c)
{
    struct packet *p = f->p;
    struct cursor a = *c;
    uint32_t size = f->auth + AUTH_HEADER;
    if (f->auth == 0 || size > f->length || f->start + f->length > c->cap)
        return;
    a.pos = f->start + f->length - size;
    a.end = a.cap = f->start + f->length;
    a.fault = CURSOR_OK;
    bool calls = f->type == REQUEST || f->type == RESPONSE;
    for (int i = calls ? 2 : 1; i > 0; i--) /* with what is signed or sealed, it is there twice */
        put_data(p, &a, AUTH_INFO, a.pos, size, NULL, 0);
    uint32_t tree = tree_begin(p, AUTH_INFO);
    uint8_t type = put_u8(p, &a, AUTH_TYPE);
    (void)put_u8(p, &a, AUTH_LEVEL);
    (void)put_u8(p, &a, AUTH_PAD);
    (void)put_u8(p, &a, AUTH_RSRVD);
    (void)put_number(f, &a, AUTH_CTX, 4);
    if (a.fault == CURSOR_OK)
        (void)next_inside(p, &a, calls ? VERIFIER_TABLE : AUTH_TABLE, type);
    tree_end(p, tree);
}

static void put_representation(struct packet *p, struct cursor *c)
{
    const uint8_t *b = put_bytes(p, c, DREP, 4);
    if (b == NULL)
        return;
    uint32_t tree = tree_begin(p, DREP);
    put_uint(p, c, BYTEORDER, c->pos - 4, 1, b[0] >> 4);
    put_uint(p, c, CHARACTER, c->pos - 4, 1, b[0] & 15);
    put_uint(p, c, FP, c->pos - 3, 1, b[1]);
    tree_end(p, tree);
}

static const char *fragment_name(uint8_t flags)
{
    static const char *const names[] = {"Mid", "1st", "Last", "Single"};
    return names[flags & (FIRST | LAST)];
}

static void put_title(const struct pdu *f, const char *name)
{
    struct packet *p = f->p;
    bool request = f->type == REQUEST, response = f->type == RESPONSE;
    const char *context = request || response ? packet_text(p, ", Ctx: %u", f->context) : "";
    const char *partner = f->partner == 0 ? ""
                                          : packet_text(p, ", [%s: #%u]", request ? "Resp" : "Req",
                                                        (unsigned)f->partner);
    title(p,
          "Distributed Computing Environment / Remote Procedure Call (DCE/RPC) %s, Fragment: %s, "
          "FragLen: %u, Call: %u%s%s",
          name, fragment_name(f->flags), f->length, f->id, context, partner);
}

static void dissect(struct packet *p, struct cursor *c)
{
    const uint8_t *h = cursor_peek(c, 0, HEADER);
    struct pdu f = {.p = p, .start = c->pos, .little = h != NULL && (h[4] & 0x10) != 0};
    (void)put_u8(p, c, VER);
    (void)put_u8(p, c, VER_MINOR);
    f.type = put_u8(p, c, PKT_TYPE);
    f.flags = put_u8(p, c, FLAGS);
    uint32_t tree = tree_begin(p, FLAGS);
    put_flags(p, c, FLAG_OBJECT, 8, c->pos - 1, 1, f.flags);
    tree_end(p, tree);
    put_representation(p, c);
    f.length = (uint16_t)put_number(&f, c, FRAG_LEN, 2);
    f.auth = (uint16_t)put_number(&f, c, AUTH_LEN, 2);
    f.id = (uint32_t)put_number(&f, c, CALL_ID, 4);
    f.calls = flow_state(p, sizeof *f.calls);
    const char *name = value_name_find(types, f.type);
    if (name == NULL)
        name = "Unknown";
    info_set(p, "%s: call_id: %u, Fragment: %s", name, f.id, fragment_name(f.flags));
    put_body(&f, c);
    put_auth(&f, c);
    put_title(&f, name);
    if (c->fault == CURSOR_OK)
        cursor_skip(c, cursor_captured(c));
}

static bool probe(const struct packet *p, const struct cursor *c)
{
    (void)p;
    const uint8_t *h = cursor_peek(c, 0, HEADER);
    return h != NULL && h[0] == 5 && h[1] <= 1 && h[2] <= 20 && (h[4] & 0xee) == 0 && h[5] <= 3;
}

static uint32_t message(struct packet *p, const struct cursor *c)
{
    if (cursor_captured(c) < HEADER)
        return STREAM_MORE;
    if (!probe(p, c))
        return 0;
    const uint8_t *h = cursor_peek(c, 0, HEADER);
    uint32_t n = h[4] & 0x10 ? le16(h + 8) : be16(h + 8);
    return n < HEADER ? cursor_captured(c) : n;
}

static const char *const tables[] = {"dcerpc.auth", "dcerpc.verifier", NULL};
static const struct binding bindings[] = {
    {"tcp.port", HEURISTIC}, {"smb.pipe", HEURISTIC}, {NULL, 0}};

const struct protocol proto_dcerpc = {
    .name = "dcerpc",
    .title = "Distributed Computing Environment / Remote Procedure Call (DCE/RPC)",
    .column = "DCERPC",
    FIELDS_OF_THIS_FILE,
    .tables = tables,
    .bindings = bindings,
    .probe = probe,
    .message = message,
    .pdus = true,
    .dissect = dissect};
