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
    X(MID, "smb.mid", "Multiplex ID", UINT16, DEC, 0, NULL)

FIELD_TABLE(FIELDS);

enum { NT_ERRORS = 0x4000, FLAGS2_AT = 10, HEADER = 32 };

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

static void dissect(struct packet *p, struct cursor *c)
{
    const uint8_t *h = cursor_peek(c, 0, HEADER);
    uint32_t tree = tree_text(p, c, c->pos, HEADER, "SMB Header");
    (void)put_uint_le(p, c, COMPONENT, 4);
    uint8_t command = put_u8(p, c, CMD);
    const char *name = value_name_find(commands, command);
    info_set(p, "%s", name != NULL ? name : "Unknown");
    put_header(p, c, h == NULL ? 0 : le16(h + FLAGS2_AT));
    tree_end(p, tree);
    if (c->fault == CURSOR_OK)
        cursor_skip(c, cursor_captured(c));
}

static bool probe(const struct packet *p, const struct cursor *c)
{
    (void)p;
    const uint8_t *id = cursor_peek(c, 0, 4);
    return id != NULL && memcmp(id, "\xffSMB", 4) == 0;
}

static const struct binding bindings[] = {{"nbss", HEURISTIC}, {NULL, 0}};

const struct protocol proto_smb = {.name = "smb",
                                   .title = "SMB (Server Message Block Protocol)",
                                   .column = "SMB",
                                   FIELDS_OF_THIS_FILE,
                                   .bindings = bindings,
                                   .probe = probe,
                                   .dissect = dissect};
