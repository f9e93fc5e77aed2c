/* smb: Server Message Block, version 1: its header ([MS-CIFS], section 2.2.3.1).
 *
 *      0        4     5        9       10       12        14          22      24     26    28    30
 *     | FF SMB | cmd | status | flags | flags2 | PID high | signature | rsvd | TID | PID | UID |
 * MID |
 */
#include "dissect/packet.h"

static const struct value_name commands[] = {VALUE(0x00, "Create Directory"),
                                             VALUE(0x01, "Delete Directory"),
                                             VALUE(0x02, "Open"),
                                             VALUE(0x04, "Close"),
                                             VALUE(0x06, "Delete"),
                                             VALUE(0x07, "Rename"),
                                             VALUE(0x08, "Query Information"),
                                             VALUE(0x0a, "Read"),
                                             VALUE(0x0b, "Write"),
                                             VALUE(0x10, "Check Directory"),
                                             VALUE(0x24, "Locking AndX"),
                                             VALUE(0x25, "Trans"),
                                             VALUE(0x26, "Trans Secondary"),
                                             VALUE(0x2b, "Echo"),
                                             VALUE(0x2d, "Open AndX"),
                                             VALUE(0x2e, "Read AndX"),
                                             VALUE(0x2f, "Write AndX"),
                                             VALUE(0x32, "Trans2"),
                                             VALUE(0x33, "Trans2 Secondary"),
                                             VALUE(0x34, "Find Close2"),
                                             VALUE(0x70, "Tree Connect"),
                                             VALUE(0x71, "Tree Disconnect"),
                                             VALUE(0x72, "Negotiate Protocol"),
                                             VALUE(0x73, "Session Setup AndX"),
                                             VALUE(0x74, "Logoff AndX"),
                                             VALUE(0x75, "Tree Connect AndX"),
                                             VALUE(0x80, "Query Information Disk"),
                                             VALUE(0xa0, "NT Trans"),
                                             VALUE(0xa2, "NT Create AndX"),
                                             VALUE(0xa4, "NT Cancel"),
                                             VALUES_END};

#define FIELDS(X)                                                                                  \
    X(COMPONENT, "smb.server_component", "Server Component", UINT32, HEX, 0, NULL)                 \
    X(CMD, "smb.cmd", "SMB Command", UINT8, HEX, 0, commands)                                      \
    X(NT_STATUS, "smb.nt_status", "NT Status", UINT32, HEX, 0, NULL)                               \
    X(ERROR_CLASS, "smb.error_class", "Error Class", UINT8, HEX, 0, NULL)                          \
    X(ERROR_CODE, "smb.error_code", "Error Code", UINT16, HEX, 0, NULL)                            \
    X(FLAGS, "smb.flags", "Flags", UINT8, HEX, 0, NULL)                                            \
    X(FLAG_RESPONSE, "smb.flags.response", "Request/Response", BOOLEAN, 8, 0x80, NULL)             \
    X(FLAG_NOTIFY, "smb.flags.notify", "Notify", BOOLEAN, 8, 0x40, NULL)                           \
    X(FLAG_OPLOCK, "smb.flags.oplock", "Oplocks", BOOLEAN, 8, 0x20, NULL)                          \
    X(FLAG_CANON, "smb.flags.canon", "Canonicalized Pathnames", BOOLEAN, 8, 0x10, NULL)            \
    X(FLAG_CASELESS, "smb.flags.caseless", "Case Sensitivity", BOOLEAN, 8, 0x08, NULL)             \
    X(FLAG_RECEIVE, "smb.flags.receive_buffer", "Receive Buffer Posted", BOOLEAN, 8, 0x02, NULL)   \
    X(FLAG_LOCK, "smb.flags.lock", "Lock and Read", BOOLEAN, 8, 0x01, NULL)                        \
    X(FLAGS2, "smb.flags2", "Flags2", UINT16, HEX, 0, NULL)                                        \
    X(F2_STRING, "smb.flags2.string", "Unicode Strings", BOOLEAN, 16, 0x8000, NULL)                \
    X(F2_ERROR, "smb.flags2.nt_error", "Error Code Type", BOOLEAN, 16, 0x4000, NULL)               \
    X(F2_ROE, "smb.flags2.roe", "Execute-only Reads", BOOLEAN, 16, 0x2000, NULL)                   \
    X(F2_DFS, "smb.flags2.dfs", "Dfs", BOOLEAN, 16, 0x1000, NULL)                                  \
    X(F2_ESN, "smb.flags2.esn", "Extended Security Negotiation", BOOLEAN, 16, 0x0800, NULL)        \
    X(F2_REPARSE, "smb.flags2.reparse_path", "Reparse Path", BOOLEAN, 16, 0x0400, NULL)            \
    X(F2_LONG, "smb.flags2.long_names_used", "Long Names Used", BOOLEAN, 16, 0x0040, NULL)         \
    X(F2_REQUIRED, "smb.flags2.sec_sig_required", "Security Signatures Required", BOOLEAN, 16,     \
      0x0010, NULL)                                                                                \
    X(F2_COMPRESSED, "smb.flags2.compressed", "Compressed", BOOLEAN, 16, 0x0008, NULL)             \
    X(F2_SIG, "smb.flags2.sec_sig", "Security Signatures", BOOLEAN, 16, 0x0004, NULL)              \
    X(F2_EA, "smb.flags2.ea", "Extended Attributes", BOOLEAN, 16, 0x0002, NULL)                    \
    X(F2_ALLOWED, "smb.flags2.long_names_allowed", "Long Names Allowed", BOOLEAN, 16, 0x0001,      \
      NULL)                                                                                        \
    X(PID_HIGH, "smb.pid.high", "Process ID High", UINT16, DEC, 0, NULL)                           \
    X(SIGNATURE, "smb.signature", "Signature", BYTES, NONE, 0, NULL)                               \
    X(TID, "smb.tid", "Tree ID", UINT16, DEC, 0, NULL)                                             \
    X(PID, "smb.pid", "Process ID", UINT16, DEC, 0, NULL)                                          \
    X(UID, "smb.uid", "User ID", UINT16, DEC, 0, NULL)                                             \
    X(MID, "smb.mid", "Multiplex ID", UINT16, DEC, 0, NULL)                                        \
    X(SECURITY_BLOB, "smb.security_blob", "Security Blob", BYTES, NONE, 0, NULL)                   \
    X(SECURITY_BLOB_LENGTH, "smb.security_blob_len", "Security Blob Length", UINT16, DEC, 0, NULL)

FIELD_TABLE(FIELDS);

enum { PIPE_TABLE, SECURITY_TABLE, MAILSLOT_TABLE };
enum { NT_ERRORS = 0x4000, FLAGS_AT = 9, FLAGS2_AT = 10, HEADER = 32, NO_MORE = 0xff, CHAIN = 16 };
enum {
    TRANSACTION = 0x25,
    READ_ANDX = 0x2e,
    WRITE_ANDX = 0x2f,
    NEGOTIATE = 0x72,
    SESSION_SETUP = 0x73
};

static void put_header(struct packet *p, struct cursor *c, uint16_t flags2)
{
    if (flags2 & NT_ERRORS) {
        (void)put_uint_le(p, c, NT_STATUS, 4);
    } else {
        (void)put_u8(p, c, ERROR_CLASS);
        cursor_skip(c, 1);
        (void)put_uint_le(p, c, ERROR_CODE, 2);
    }
    uint8_t flags = put_u8(p, c, FLAGS);
    uint32_t tree = tree_begin(p, FLAGS);
    put_flags(p, c, FLAG_RESPONSE, FLAG_LOCK - FLAG_RESPONSE + 1, c->pos - 1, 1, flags);
    tree_end(p, tree);
    (void)put_uint_le(p, c, FLAGS2, 2);
    tree = tree_begin(p, FLAGS2);
    put_flags(p, c, F2_STRING, F2_ALLOWED - F2_STRING + 1, c->pos - 2, 2, flags2);
    tree_end(p, tree);
    (void)put_uint_le(p, c, PID_HIGH, 2);
    (void)put_bytes(p, c, SIGNATURE, 8);
    cursor_skip(c, 2);
    (void)put_uint_le(p, c, TID, 2);
    (void)put_uint_le(p, c, PID, 2);
    (void)put_uint_le(p, c, UID, 2);
    (void)put_uint_le(p, c, MID, 2);
    info_add(p, " %s", flags & 0x80 ? "Response" : "Request");
}

/* Has the command words that say which command comes after it in the same message? */
static bool is_chained(uint8_t command)
{
    static const uint8_t chained[] = {0x24, 0x2d, 0x2e, 0x2f, 0x73, 0x74, 0x75, 0xa2};
    return memchr(chained, command, sizeof chained) != NULL;
}

/* Where the data of a pipe lies, by the words of the command. Offsets count from the header. */
static bool pipe_data(uint8_t command, bool response, const uint8_t *words, unsigned count,
                      uint32_t *offset, uint32_t *n)
{
    unsigned length_at, offset_at;
    if (command == TRANSACTION && !response && count >= 14) {
        length_at = 11;
        offset_at = 12;
    } else if (command == TRANSACTION && response && count >= 10) {
        length_at = 6;
        offset_at = 7;
    } else if (command == WRITE_ANDX && !response && count >= 12) {
        length_at = 10;
        offset_at = 11;
    } else if (command == READ_ANDX && response && count >= 12) {
        length_at = 5;
        offset_at = 6;
    } else {
        return false;
    }
    *n = le16(words + (size_t)2 * length_at);
    *offset = le16(words + (size_t)2 * offset_at);
    return *n > 0 && *offset > HEADER;
}

/* What a named pipe carries ([MS-CIFS], sections 2.2.4.33, 2.2.4.42 and 2.2.4.43). */
static void put_pipe(struct packet *p, const struct cursor *c, uint32_t start, uint32_t offset,
                     uint32_t n)
{
    struct cursor data = *c;
    if (offset > data.cap - start)
        return;
    data.pos = start + offset;
    cursor_trim(&data, n);
    (void)next_heuristic(p, &data, PIPE_TABLE);
}

/* The token of extended security, which lies in the bytes behind `count` words at c ([MS-SMB], sections 2.2.4.5 and
 * 2.2.4.6). */
static void put_security(struct packet *p, const struct cursor *c, uint8_t command, bool response,
                         const uint8_t *words, uint8_t count)
{
    enum { GUID = 16, NEGOTIATED = 17, ASKED = 12, ANSWERED = 4 };
    struct cursor blob = *c;
    uint32_t behind = 1 + 2u * count, n;
    const uint8_t *bytes = cursor_peek(c, behind, 2);
    bool negotiated =
        command == NEGOTIATE && response && count == NEGOTIATED && (le32(words + 19) & 0x80000000u);
    if (bytes == NULL)
        return;
    cursor_skip(&blob, behind + 2);
    if (negotiated && le16(bytes) > GUID && cursor_captured(&blob) > GUID) {
        n = le16(bytes) - (uint32_t)GUID;
        cursor_skip(&blob, GUID);
    } else if (command == SESSION_SETUP && count == (response ? ANSWERED : ASKED)) {
        unsigned at = response ? 6 : 14;
        n = le16(words + at);
        put_uint(p, c, SECURITY_BLOB_LENGTH, c->pos + 1 + at, 2, n);
    } else {
        return;
    }
    cursor_trim(&blob, n);
    if (cursor_captured(&blob) == 0)
        return;
    struct cursor copy = blob;
    (void)put_bytes_captured(p, &copy, SECURITY_BLOB, cursor_left(&blob));
    uint32_t tree = tree_begin(p, SECURITY_BLOB);
    (void)next_inside(p, &blob, SECURITY_TABLE, 0);
    tree_end(p, tree);
}

/* A transaction whose three words of set-up say that it writes into a mail slot ([MS-MAIL], section 2.2.1): what is
 * there from these words on. */
static bool put_mailslot(struct packet *p, const struct cursor *c, uint32_t start, uint8_t command,
                         bool response, const uint8_t *words, uint8_t count)
{
    enum { WORDS = 17, SETUP_AT = 28, LENGTH_AT = 22, OFFSET_AT = 24, WRITE = 1 };
    struct cursor slot = *c;
    if (command != TRANSACTION || response || count != WORDS || words[SETUP_AT - 2] != 3 ||
        le16(words + SETUP_AT) != WRITE)
        return false;
    cursor_skip(&slot, 1 + SETUP_AT);
    uint32_t end = start + le16(words + OFFSET_AT) + le16(words + LENGTH_AT);
    if (end <= slot.pos)
        return false;
    cursor_trim(&slot, end - slot.pos);
    return next(p, &slot, MAILSLOT_TABLE, 0);
}

/* The commands of a message: words, of which the first two may name a next command, and bytes. */
static void put_commands(struct packet *p, struct cursor *c, uint32_t start, uint8_t command,
                         bool response)
{
    uint32_t offset = 0, n = 0;
    bool pipe = false;
    for (unsigned i = 0; i < CHAIN; i++) {
        const uint8_t *count = cursor_peek(c, 0, 1);
        const uint8_t *words = count == NULL ? NULL : cursor_peek(c, 1, 2u * count[0]);
        if (words == NULL)
            break;
        if (!pipe)
            pipe = pipe_data(command, response, words, count[0], &offset, &n);
        if (put_mailslot(p, c, start, command, response, words, count[0]))
            return;
        put_security(p, c, command, response, words, count[0]);
        if (!is_chained(command) || count[0] < 2)
            break;
        cursor_skip(c, 1);
        command = put_u8(p, c, CMD);
        uint32_t after = le16(words + 2);
        if (command == NO_MORE || start + after <= c->pos || after > c->cap - start)
            break;
        c->pos = start + after;
    }
    if (pipe)
        put_pipe(p, c, start, offset, n);
}

static void dissect(struct packet *p, struct cursor *c)
{
    const uint8_t *h = cursor_peek(c, 0, HEADER);
    uint32_t start = c->pos;
    uint32_t tree = tree_text(p, c, c->pos, HEADER, "SMB Header");
    (void)put_uint_le(p, c, COMPONENT, 4);
    uint8_t command = put_u8(p, c, CMD);
    const char *name = value_name_find(commands, command);
    info_set(p, "%s", name != NULL ? name : "Unknown");
    put_header(p, c, h == NULL ? 0 : le16(h + FLAGS2_AT));
    tree_end(p, tree);
    if (h != NULL)
        put_commands(p, c, start, command, (h[FLAGS_AT] & 0x80) != 0);
    if (c->fault == CURSOR_OK)
        cursor_skip(c, cursor_captured(c));
}

static bool probe(const struct packet *p, const struct cursor *c)
{
    (void)p;
    const uint8_t *id = cursor_peek(c, 0, 4);
    return id != NULL && memcmp(id, "\xffSMB", 4) == 0;
}

static const char *const tables[] = {"smb.pipe", "gss-api.token", "smb.mailslot", NULL};
static const struct binding bindings[] = {{"nbss", HEURISTIC}, {"nbdgm", HEURISTIC}, {NULL, 0}};

const struct protocol proto_smb = {.name = "smb",
                                   .title = "SMB (Server Message Block Protocol)",
                                   .column = "SMB",
                                   FIELDS_OF_THIS_FILE,
                                   .tables = tables,
                                   .bindings = bindings,
                                   .probe = probe,
                                   .dissect = dissect};
