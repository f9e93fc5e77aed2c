/* mount: the protocol by which a client of NFS learns the handle of an exported directory (RFC 1813,
 * appendix I; version 1: RFC 1094, appendix A), called by rpc. */
#include "base/digest.h"
#include "dissect/xdr.h"

static const struct value_name procedures[] = {
    VALUE(0, "NULL"),    VALUE(1, "MNT"),    VALUE(2, "DUMP"), VALUE(3, "UMNT"),
    VALUE(4, "UMNTALL"), VALUE(5, "EXPORT"), VALUES_END};
static const struct value_name statuses[] = {VALUE(0, "OK"),
                                             VALUE(1, "ERR_PERM"),
                                             VALUE(2, "ERR_NOENT"),
                                             VALUE(5, "ERR_IO"),
                                             VALUE(13, "ERR_ACCESS"),
                                             VALUE(20, "ERR_NOTDIR"),
                                             VALUE(22, "ERR_INVAL"),
                                             VALUE(63, "ERR_NAMETOOLONG"),
                                             VALUE(10004, "ERR_NOTSUPP"),
                                             VALUE(10006, "ERR_SERVERFAULT"),
                                             VALUES_END};
static const struct value_name flavors[] = {VALUE(0, "AUTH_NULL"),  VALUE(1, "AUTH_UNIX"),
                                            VALUE(2, "AUTH_SHORT"), VALUE(3, "AUTH_DES"),
                                            VALUE(6, "RPCSEC_GSS"), VALUES_END};

#define FIELDS(X)                                                                                  \
    X(PROCEDURE_V1, "mount.procedure_v1", "V1 Procedure", UINT32, DEC | GENERATED, 0, procedures)  \
    X(PROCEDURE_V2, "mount.procedure_v2", "V2 Procedure", UINT32, DEC | GENERATED, 0, procedures)  \
    X(PROCEDURE_V3, "mount.procedure_v3", "V3 Procedure", UINT32, DEC | GENERATED, 0, procedures)  \
    X(PATH, "mount.path", "Path", STRING, NONE, 0, NULL)                                           \
    X(STATUS, "mount.status", "Status", UINT32, DEC, 0, statuses)                                  \
    X(FLAVORS, "mount.flavors", "Flavors", UINT32, DEC, 0, NULL)                                   \
    X(FLAVOR, "mount.flavor", "Flavor", UINT32, DEC, 0, flavors)                                   \
    X(DUMP_ENTRY, "mount.dump.entry", "Mount List Entry", NONE, NONE, 0, NULL)                     \
    X(DUMP_HOST, "mount.dump.hostname", "Hostname", STRING, NONE, 0, NULL)                         \
    X(DUMP_DIRECTORY, "mount.dump.directory", "Directory", STRING, NONE, 0, NULL)                  \
    X(EXPORT_ENTRY, "mount.export.entry", "Export List Entry", NONE, NONE, 0, NULL)                \
    X(EXPORT_DIRECTORY, "mount.export.directory", "Directory", STRING, NONE, 0, NULL)              \
    X(EXPORT_GROUPS, "mount.export.groups", "Groups", NONE, NONE, 0, NULL)                         \
    X(EXPORT_GROUP, "mount.export.group", "Group", STRING, NONE, 0, NULL)                          \
    X(HANDLE_LENGTH, "nfs.fh.length", "length", UINT32, DEC, 0, NULL)                              \
    X(HANDLE_HASH, "nfs.fh.hash", "hash (CRC-32)", UINT32, HEX | GENERATED, 0, NULL)               \
    X(HANDLE, "nfs.fhandle", "FileHandle", BYTES, NONE, 0, NULL)                                   \
    XDR_FIELDS(X)

FIELD_TABLE(FIELDS);

static const struct xdr_fields xdr_fields = {OPAQUE_LENGTH, FILL};

enum { MNT = 1, DUMP = 2, UMNT = 3, EXPORT = 5, HANDLE_V1 = 32 };

/* A file handle, as nfs will use it (RFC 1813, appendix I; of version 1: RFC 1094, section 2.3.3). */
static void put_handle(struct packet *p, struct cursor *c, uint32_t n)
{
    const uint8_t *handle = cursor_peek(c, 0, n);
    if (handle != NULL && n > 0 && wants(p, HANDLE_HASH))
        put_uint(p, c, HANDLE_HASH, c->pos, n, digest_crc32(handle, n));
    (void)put_bytes(p, c, HANDLE, n);
    cursor_skip(c, -n & 3);
}

static void put_mounted(struct packet *p, struct cursor *c, uint32_t version)
{
    if (put_u32(p, c, STATUS) != 0)
        return;
    if (version < 3) {
        put_handle(p, c, HANDLE_V1);
        return;
    }
    put_handle(p, c, put_u32(p, c, HANDLE_LENGTH));
    uint32_t count = put_u32(p, c, FLAVORS);
    while (count-- > 0 && cursor_left(c) > 0)
        (void)put_u32(p, c, FLAVOR);
}

/* Both lists have a 1 before each element. */
static void put_dump(struct packet *p, struct cursor *c)
{
    while (cursor_u32(c) == 1) {
        put_mark(p, c, DUMP_ENTRY);
        uint32_t tree = tree_begin(p, DUMP_ENTRY);
        xdr_put_opaque(p, c, DUMP_HOST, &xdr_fields);
        xdr_put_opaque(p, c, DUMP_DIRECTORY, &xdr_fields);
        tree_end(p, tree);
    }
}

static void put_exports(struct packet *p, struct cursor *c)
{
    while (cursor_u32(c) == 1) {
        put_mark(p, c, EXPORT_ENTRY);
        uint32_t tree = tree_begin(p, EXPORT_ENTRY);
        xdr_put_opaque(p, c, EXPORT_DIRECTORY, &xdr_fields);
        put_mark(p, c, EXPORT_GROUPS);
        uint32_t groups = tree_begin(p, EXPORT_GROUPS);
        while (cursor_u32(c) == 1)
            xdr_put_opaque(p, c, EXPORT_GROUP, &xdr_fields);
        tree_end(p, groups);
        tree_end(p, tree);
    }
}

static void put_reply(struct packet *p, struct cursor *c, struct called called)
{
    if (called.procedure == MNT)
        put_mounted(p, c, called.version);
    else if (called.procedure == DUMP)
        put_dump(p, c);
    else if (called.procedure == EXPORT)
        put_exports(p, c);
}

static void dissect(struct packet *p, struct cursor *c)
{
    struct called called = p->called;
    if (called.version < 1 || called.version > 3) {
        cursor_skip(c, cursor_captured(c));
        return;
    }
    const char *name = value_name_find(procedures, called.procedure);
    info_set(p, "V%u %s %s", called.version, name != NULL ? name : "Unknown",
             called.reply ? "Reply" : "Call");
    put_uint(p, c, PROCEDURE_V1 + called.version - 1, c->pos, 0, called.procedure);
    if (called.reply)
        put_reply(p, c, called);
    else if (called.procedure == MNT || called.procedure == UMNT)
        xdr_put_opaque(p, c, PATH, &xdr_fields);
}

static const struct binding bindings[] = {{"rpc.program", 100005}, {NULL, 0}};

const struct protocol proto_mount = {.name = "mount",
                                     .title = "Mount Service",
                                     .column = "MOUNT",
                                     FIELDS_OF_THIS_FILE,
                                     .bindings = bindings,
                                     .dissect = dissect};
