/* smb2: Server Message Block, version 2 and 3: headers ([MS-SMB2], section 2.2.1), and what named
 * pipes carry.
 *
 *      0      4      6       8       12     14      16     20     24           32     36     40 48
 *     | FE SMB | 64 | charge | status | cmd | credits | flags | next | message ID | PID  | tree |
 * session | signature (16)
 */
#include "dissect/packet.h"

static const struct value_name commands[] = {VALUE(0, "Negotiate Protocol"),
                                             VALUE(1, "Session Setup"),
                                             VALUE(2, "Session Logoff"),
                                             VALUE(3, "Tree Connect"),
                                             VALUE(4, "Tree Disconnect"),
                                             VALUE(5, "Create"),
                                             VALUE(6, "Close"),
                                             VALUE(7, "Flush"),
                                             VALUE(8, "Read"),
                                             VALUE(9, "Write"),
                                             VALUE(10, "Lock"),
                                             VALUE(11, "Ioctl"),
                                             VALUE(12, "Cancel"),
                                             VALUE(13, "KeepAlive"),
                                             VALUE(14, "Find"),
                                             VALUE(15, "Notify"),
                                             VALUE(16, "GetInfo"),
                                             VALUE(17, "SetInfo"),
                                             VALUE(18, "Break"),
                                             VALUES_END};
static const struct value_name dialects[] = {VALUE(0x0202, "SMB 2.0.2"),
                                             VALUE(0x0210, "SMB 2.1"),
                                             VALUE(0x0300, "SMB 3.0"),
                                             VALUE(0x0302, "SMB 3.0.2"),
                                             VALUE(0x0311, "SMB 3.1.1"),
                                             VALUE(0x02ff, "SMB2 wildcard"),
                                             VALUES_END};

#define FIELDS(X)                                                                                  \
    X(PROTOCOL_ID, "smb2.protocol_id", "ProtocolId", UINT32, HEX, 0, NULL)                         \
    X(HEADER_LEN, "smb2.header_len", "Header Length", UINT16, DEC, 0, NULL)                        \
    X(CREDIT_CHARGE, "smb2.credit.charge", "Credit Charge", UINT16, DEC, 0, NULL)                  \
    X(CHANNEL_SEQUENCE, "smb2.channel_sequence", "Channel Sequence", UINT16, DEC, 0, NULL)         \
    X(NT_STATUS, "smb2.nt_status", "NT Status", UINT32, HEX, 0, NULL)                              \
    X(CMD, "smb2.cmd", "Command", UINT16, DEC, 0, commands)                                        \
    X(CREDITS_REQUESTED, "smb2.credits.requested", "Credits requested", UINT16, DEC, 0, NULL)      \
    X(CREDITS_GRANTED, "smb2.credits.granted", "Credits granted", UINT16, DEC, 0, NULL)            \
    X(FLAGS, "smb2.flags", "Flags", UINT32, HEX, 0, NULL)                                          \
    X(FLAG_RESPONSE, "smb2.flags.response", "Response", BOOLEAN, 32, 0x1, NULL)                    \
    X(FLAG_ASYNC, "smb2.flags.async", "Async command", BOOLEAN, 32, 0x2, NULL)                     \
    X(FLAG_CHAINED, "smb2.flags.chained", "Chained", BOOLEAN, 32, 0x4, NULL)                       \
    X(FLAG_SIGNATURE, "smb2.flags.signature", "Signing", BOOLEAN, 32, 0x8, NULL)                   \
    X(FLAG_PRIORITY, "smb2.flags.priority_mask", "Priority", BOOLEAN, 32, 0x70, NULL)              \
    X(FLAG_DFS, "smb2.flags.dfs", "DFS operation", BOOLEAN, 32, 0x10000000, NULL)                  \
    X(FLAG_REPLAY, "smb2.flags.replay", "Replay operation", BOOLEAN, 32, 0x20000000, NULL)         \
    X(CHAIN_OFFSET, "smb2.chain_offset", "Chain Offset", UINT32, HEX, 0, NULL)                     \
    X(MSG_ID, "smb2.msg_id", "Message ID", INT64, DEC, 0, NULL)                                    \
    X(ASYNC_ID, "smb2.aid", "Async Id", UINT64, HEX, 0, NULL)                                      \
    X(PID, "smb2.pid", "Process Id", UINT32, HEX, 0, NULL)                                         \
    X(TID, "smb2.tid", "Tree Id", UINT32, HEX, 0, NULL)                                            \
    X(SESID, "smb2.sesid", "Session Id", UINT64, HEX, 0, NULL)                                     \
    X(SIGNATURE, "smb2.signature", "Signature", BYTES, NONE, 0, NULL)                              \
    X(BUFFER_CODE, "smb2.buffer_code", "StructureSize", UINT16, HEX, 0, NULL)                      \
    X(BUFFER_LENGTH, "smb2.buffer_code.length", "Fixed Part Length", UINT16, DEC, 0xfffe, NULL)    \
    X(BUFFER_DYNAMIC, "smb2.buffer_code.dynamic", "Dynamic Part", BOOLEAN, 16, 0x1, NULL)          \
    X(DIALECT_COUNT, "smb2.dialect_count", "Dialect count", UINT16, DEC, 0, NULL)                  \
    X(SECURITY_BLOB, "smb2.security_blob", "Security Blob", BYTES, NONE, 0, NULL)                  \
    X(DIALECT, "smb2.dialect", "Dialect", UINT16, HEX, 0, dialects)

FIELD_TABLE(FIELDS);

enum { PIPE_TABLE, SECURITY_TABLE };
enum { HEADER = 64, RESPONSE = 1, ASYNC = 2 };
enum { SETUP_CMD = 1, READ_CMD = 8, WRITE_CMD = 9, IOCTL_CMD = 11 };
enum { IOCTL_FLAGS = 40 }; /* where they are in the body of its response */
enum { ENCRYPTED = 0xfd, COMPRESSED = 0xfc, BEFORE_SESSION = 44 };

struct message {
    uint32_t start, flags;
    uint16_t command;
};

static void put_header_flags(struct packet *p, struct cursor *c, uint32_t flags)
{
    uint32_t tree = tree_begin(p, FLAGS);
    put_flags(p, c, FLAG_RESPONSE, FLAG_REPLAY - FLAG_RESPONSE + 1, c->pos - 4, 4, flags);
    tree_end(p, tree);
}

static uint32_t put_header(struct packet *p, struct cursor *c, struct message *m)
{
    const uint8_t *h = cursor_peek(c, 0, HEADER);
    m->start = c->pos;
    m->flags = h == NULL ? 0 : le32(h + 16);
    bool response = (m->flags & RESPONSE) != 0;
    uint32_t tree = tree_text(p, c, c->pos, HEADER, "SMB2 Header");
    (void)put_u32(p, c, PROTOCOL_ID);
    (void)put_uint_le(p, c, HEADER_LEN, 2);
    (void)put_uint_le(p, c, CREDIT_CHARGE, 2);
    if (response) {
        (void)put_uint_le(p, c, NT_STATUS, 4);
    } else {
        (void)put_uint_le(p, c, CHANNEL_SEQUENCE, 2);
        cursor_skip(c, 2);
    }
    m->command = (uint16_t)put_uint_le(p, c, CMD, 2);
    (void)put_uint_le(p, c, response ? CREDITS_GRANTED : CREDITS_REQUESTED, 2);
    (void)put_uint_le(p, c, FLAGS, 4);
    put_header_flags(p, c, m->flags);
    uint32_t chain = (uint32_t)put_uint_le(p, c, CHAIN_OFFSET, 4);
    (void)put_uint_le(p, c, MSG_ID, 8);
    if (m->flags & ASYNC) {
        (void)put_uint_le(p, c, ASYNC_ID, 8);
    } else {
        (void)put_uint_le(p, c, PID, 4);
        (void)put_uint_le(p, c, TID, 4);
    }
    (void)put_uint_le(p, c, SESID, 8);
    (void)put_bytes(p, c, SIGNATURE, 16);
    tree_end(p, tree);
    return chain;
}

static void put_negotiate(struct packet *p, struct cursor *c, bool response)
{
    if (response) {
        cursor_skip(c, 2);
        (void)put_uint_le(p, c, DIALECT, 2);
        return;
    }
    uint16_t count = (uint16_t)put_uint_le(p, c, DIALECT_COUNT, 2);
    cursor_skip(c, 32);
    for (unsigned i = 0; i < count && cursor_left(c) >= 2; i++)
        (void)put_uint_le(p, c, DIALECT, 2);
}

/* Where a pipe's data lies: the header says offset and length, at different places for each
 * command. */
static bool pipe_data(const struct cursor *c, const struct message *m, uint32_t *offset,
                      uint32_t *n)
{
    struct cursor all = *c;
    all.pos = m->start;
    const uint8_t *b = cursor_peek(&all, HEADER, 36);
    bool response = (m->flags & RESPONSE) != 0;
    if (b == NULL)
        b = cursor_peek(&all, HEADER, 16);
    if (b == NULL)
        return false;
    if (m->command == WRITE_CMD && !response) {
        *offset = le16(b + 2);
        *n = le32(b + 4);
    } else if (m->command == READ_CMD && response) {
        *offset = b[2];
        *n = le32(b + 4);
    } else if (m->command == IOCTL_CMD && cursor_peek(&all, HEADER, 40) != NULL &&
               le32(b + 4) == 0x0011c017) {
        *offset = le32(b + (response ? 32 : 24));
        *n = le32(b + (response ? 36 : 28));
    } else {
        return false;
    }
    return *n > 0 && *offset >= HEADER && *offset < all.end - all.pos;
}

/* [MS-SMB2], sections 2.2.4 to 2.2.6: where negotiation and the set-up of a session tell of their token. */
static void put_security(struct packet *p, const struct cursor *c, const struct message *m)
{
    bool response = (m->flags & RESPONSE) != 0;
    struct cursor blob = *c;
    blob.pos = m->start;
    uint32_t at = m->command == SETUP_CMD ? (response ? 4 : 12) : 56;
    const uint8_t *place = cursor_peek(&blob, HEADER + at, 4);
    if (m->command > SETUP_CMD || (m->command != SETUP_CMD && !response) || place == NULL ||
        le16(place + 2) == 0 || cursor_peek(&blob, le16(place), 1) == NULL)
        return;
    cursor_skip(&blob, le16(place));
    cursor_trim(&blob, le16(place + 2));
    struct cursor copy = blob;
    (void)put_bytes_captured(p, &copy, SECURITY_BLOB, cursor_left(&blob));
    uint32_t tree = tree_begin(p, SECURITY_BLOB);
    const uint8_t *start = cursor_peek(&blob, 0, 8);
    bool bare =
        start != NULL && memcmp(start, "NTLMSSP", 8) == 0; /* without the frame of GSS-API */
    (void)next_inside(p, &blob, SECURITY_TABLE, bare ? 1 : 0);
    tree_end(p, tree);
}

static void put_body(struct packet *p, struct cursor *c, const struct message *m)
{
    const char *name = value_name_find(commands, m->command);
    bool response = (m->flags & RESPONSE) != 0;
    uint32_t tree =
        tree_text(p, c, c->pos, cursor_left(c), "%s %s (0x%02x)", name != NULL ? name : "Unknown",
                  response ? "Response" : "Request", m->command);
    info_add(p, "%s%s %s", p->info.length > 0 ? ";" : "", name != NULL ? name : "Unknown",
             response ? "Response" : "Request");
    uint16_t code = (uint16_t)put_uint_le(p, c, BUFFER_CODE, 2);
    uint32_t sub = tree_begin(p, BUFFER_CODE);
    put_flags(p, c, BUFFER_LENGTH, 2, c->pos - 2, 2, code);
    tree_end(p, sub);
    if (m->command == 0 && c->fault == CURSOR_OK)
        put_negotiate(p, c, response);
    if (c->fault == CURSOR_OK)
        put_security(p, c, m);
    if (m->command == IOCTL_CMD && response && cursor_captured(c) >= IOCTL_FLAGS) {
        cursor_skip(c, IOCTL_FLAGS - 2);
        (void)put_uint_le(p, c, FLAGS, 4);
    }
    tree_end(p, tree);
}

static void put_message(struct packet *p, struct cursor *c)
{
    struct message m;
    uint32_t chain = put_header(p, c, &m), offset, n;
    struct cursor body = *c;
    bool more = chain >= HEADER && chain < c->end - m.start;
    if (more)
        body.end = m.start + chain;
    if (body.cap > body.end)
        body.cap = body.end;
    if (cursor_left(&body) >= 2)
        put_body(p, &body, &m);
    if (pipe_data(c, &m, &offset, &n)) {
        struct cursor data = *c;
        data.pos = m.start + offset < data.cap ? m.start + offset : data.cap;
        cursor_trim(&data, n);
        (void)next_heuristic(p, &data, PIPE_TABLE);
    }
    c->pos = more && m.start + chain <= c->cap ? m.start + chain : c->cap;
    if (!more)
        c->end = c->cap;
}

static void dissect(struct packet *p, struct cursor *c)
{
    const uint8_t *id = cursor_peek(c, 0, 1);
    info_set(p, "%s", "");
    if (id != NULL && id[0] != 0xfe) {
        (void)put_u32(p, c, PROTOCOL_ID);
        info_set(p, id[0] == ENCRYPTED ? "Encrypted SMB3" : "Compressed SMB3");
        if (id[0] == ENCRYPTED) { /* [MS-SMB2], section 2.2.41 */
            cursor_skip(c, BEFORE_SESSION - 4);
            (void)put_uint_le(p, c, SESID, 8);
        }
        if (c->fault == CURSOR_OK)
            cursor_skip(c, cursor_captured(c));
        return;
    }
    for (bool first = true; cursor_captured(c) > 0; first = false) {
        if (!first)
            layer_again(p, c);
        put_message(p, c);
    }
}

static bool probe(const struct packet *p, const struct cursor *c)
{
    (void)p;
    const uint8_t *id = cursor_peek(c, 0, 4);
    return id != NULL && id[0] >= COMPRESSED && id[0] <= 0xfe && memcmp(id + 1, "SMB", 3) == 0;
}

static const char *const tables[] = {"smb.pipe", "gss-api.token", NULL};
static const struct binding bindings[] = {{"nbss", HEURISTIC}, {NULL, 0}};

const struct protocol proto_smb2 = {.name = "smb2",
                                    .title = "SMB2 (Server Message Block Protocol version 2)",
                                    .column = "SMB2",
                                    FIELDS_OF_THIS_FILE,
                                    .tables = tables,
                                    .bindings = bindings,
                                    .probe = probe,
                                    .dissect = dissect};
