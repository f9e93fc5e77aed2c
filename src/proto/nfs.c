/*
 * nfs: Network File System, version 3 (RFC 1813), called by rpc.
 *
 * What a procedure takes and gives is a list of steps; each is a number, a text, or a structure that
 * many procedures share. A reply begins with a status, and says less if that is not 0:
 *
 *     LOOKUP   call   directory's handle | name
 *              reply  0 | handle | attributes of what was found | of the directory
 *                     an error | attributes of the directory
 */
#include "proto/nfs.h"
#include "base/digest.h"

#include "proto/nfs.def"

static const struct value_name procedure_names[] = {VALUE(0, "NULL"),
                                                    VALUE(1, "GETATTR"),
                                                    VALUE(2, "SETATTR"),
                                                    VALUE(3, "LOOKUP"),
                                                    VALUE(4, "ACCESS"),
                                                    VALUE(5, "READLINK"),
                                                    VALUE(6, "READ"),
                                                    VALUE(7, "WRITE"),
                                                    VALUE(8, "CREATE"),
                                                    VALUE(9, "MKDIR"),
                                                    VALUE(10, "SYMLINK"),
                                                    VALUE(11, "MKNOD"),
                                                    VALUE(12, "REMOVE"),
                                                    VALUE(13, "RMDIR"),
                                                    VALUE(14, "RENAME"),
                                                    VALUE(15, "LINK"),
                                                    VALUE(16, "READDIR"),
                                                    VALUE(17, "READDIRPLUS"),
                                                    VALUE(18, "FSSTAT"),
                                                    VALUE(19, "FSINFO"),
                                                    VALUE(20, "PATHCONF"),
                                                    VALUE(21, "COMMIT"),
                                                    VALUES_END};
const struct value_name nfs_statuses[] = {VALUE(0, "NFS3_OK"),
                                          VALUE(1, "NFS3ERR_PERM"),
                                          VALUE(2, "NFS3ERR_NOENT"),
                                          VALUE(5, "NFS3ERR_IO"),
                                          VALUE(6, "NFS3ERR_NXIO"),
                                          VALUE(13, "NFS3ERR_ACCES"),
                                          VALUE(17, "NFS3ERR_EXIST"),
                                          VALUE(18, "NFS3ERR_XDEV"),
                                          VALUE(19, "NFS3ERR_NODEV"),
                                          VALUE(20, "NFS3ERR_NOTDIR"),
                                          VALUE(21, "NFS3ERR_ISDIR"),
                                          VALUE(22, "NFS3ERR_INVAL"),
                                          VALUE(27, "NFS3ERR_FBIG"),
                                          VALUE(28, "NFS3ERR_NOSPC"),
                                          VALUE(30, "NFS3ERR_ROFS"),
                                          VALUE(31, "NFS3ERR_MLINK"),
                                          VALUE(63, "NFS3ERR_NAMETOOLONG"),
                                          VALUE(66, "NFS3ERR_NOTEMPTY"),
                                          VALUE(69, "NFS3ERR_DQUOT"),
                                          VALUE(70, "NFS3ERR_STALE"),
                                          VALUE(71, "NFS3ERR_REMOTE"),
                                          VALUE(10001, "NFS3ERR_BADHANDLE"),
                                          VALUE(10002, "NFS3ERR_NOT_SYNC"),
                                          VALUE(10003, "NFS3ERR_BAD_COOKIE"),
                                          VALUE(10004, "NFS3ERR_NOTSUPP"),
                                          VALUE(10005, "NFS3ERR_TOOSMALL"),
                                          VALUE(10006, "NFS3ERR_SERVERFAULT"),
                                          VALUE(10007, "NFS3ERR_BADTYPE"),
                                          VALUE(10008, "NFS3ERR_JUKEBOX"),
                                          VALUES_END};
const struct value_name nfs_file_types[] = {
    VALUE(1, "Regular File"),         VALUE(2, "Directory"),
    VALUE(3, "Block Special Device"), VALUE(4, "Character Special Device"),
    VALUE(5, "Symbolic Link"),        VALUE(6, "Socket"),
    VALUE(7, "Named Pipe"),           VALUES_END};
static const struct value_name follows[] = {VALUE(0, "no value"), VALUE(1, "value follows"),
                                            VALUES_END};
static const struct value_name yes_no[] = {VALUE(0, "No"), VALUE(1, "Yes"), VALUES_END};
static const struct value_name allowed[] = {VALUE(0, "*Access Denied*"), VALUE(1, "allowed"),
                                            VALUES_END};
static const struct value_name valid_for_all[] = {VALUE(0, "is not valid for all files"),
                                                  VALUE(1, "is valid for all files"), VALUES_END};
const struct value_name nfs_stability[] = {VALUE(0, "UNSTABLE"), VALUE(1, "DATA_SYNC"),
                                           VALUE(2, "FILE_SYNC"), VALUES_END};
const struct value_name nfs_create_modes[] = {VALUE(0, "UNCHECKED"), VALUE(1, "GUARDED"),
                                              VALUE(2, "EXCLUSIVE"), VALUES_END};

FIELD_TABLE(NFS_FIELDS);

static const struct xdr_fields xdr_fields = {OPAQUE_LENGTH, FILL};

enum { BLOCK_DEVICE = 3, CHARACTER_DEVICE = 4, EXCLUSIVE = 2, TO_CLIENT_TIME = 2 };

/* ---- What many procedures share (RFC 1813, section 2.6) --------------------------------------- */

static void put_handle(struct packet *p, struct cursor *c)
{
    const uint8_t *length = cursor_peek(c, 0, 4);
    uint32_t n = length == NULL ? 0 : be32(length);
    const uint8_t *handle = cursor_peek(c, 4, n);
    if (handle == NULL) { /* of one that is cut not even the length is shown */
        cursor_skip(c, 4);
        cursor_skip(c, n);
        return;
    }
    (void)put_u32(p, c, HANDLE_LENGTH);
    if (n > 0 && wants(p, HANDLE_HASH))
        put_uint(p, c, HANDLE_HASH, c->pos, n, digest_crc32(handle, n));
    (void)put_bytes(p, c, HANDLE, n);
    cursor_skip(c, -n & 3);
}

/* A time; its seconds and nanoseconds are the two fields behind it. */
static void put_moment(struct packet *p, struct cursor *c, unsigned field)
{
    const uint8_t *b = cursor_peek(c, 0, 8);
    if (b != NULL)
        put_time(p, c, field, c->pos, 8, (int64_t)be32(b) * 1000000000 + be32(b + 4));
    uint32_t tree = tree_begin(p, field);
    (void)put_u32(p, c, field + 1);
    (void)put_u32(p, c, field + 2);
    tree_end(p, tree);
}

static void put_mode(struct packet *p, struct cursor *c)
{
    uint32_t mode = put_u32(p, c, MODE);
    uint32_t tree = tree_begin(p, MODE);
    if (c->fault == CURSOR_OK)
        put_flags(p, c, SET_UID, OTHER_EXECUTES - SET_UID + 1, c->pos - 4, 4, mode);
    tree_end(p, tree);
}

static void put_attributes(struct packet *p, struct cursor *c)
{
    (void)put_u32(p, c, FILE_TYPE);
    put_mode(p, c);
    (void)put_u32(p, c, LINKS);
    (void)put_u32(p, c, OWNER);
    (void)put_u32(p, c, GROUP);
    (void)put_uint_be(p, c, SIZE, 8);
    (void)put_uint_be(p, c, USED, 8);
    (void)put_u32(p, c, DEVICE_MAJOR);
    (void)put_u32(p, c, DEVICE_MINOR);
    (void)put_uint_be(p, c, FILE_SYSTEM, 8);
    (void)put_uint_be(p, c, FILE_ID, 8);
    put_moment(p, c, ACCESSED);
    put_moment(p, c, MODIFIED);
    put_moment(p, c, CHANGED);
}

static void put_attributes_if_any(struct packet *p, struct cursor *c)
{
    if (put_u32(p, c, ATTRIBUTES_FOLLOW) == 1)
        put_attributes(p, c);
}

static void put_handle_if_any(struct packet *p, struct cursor *c)
{
    if (put_u32(p, c, HANDLE_FOLLOWS) == 1)
        put_handle(p, c);
}

/* What was changed: some attributes before, and all of them after ("weak cache consistency"). */
static void put_change(struct packet *p, struct cursor *c)
{
    if (put_u32(p, c, ATTRIBUTES_FOLLOW) == 1) {
        (void)put_uint_be(p, c, SIZE_BEFORE, 8);
        put_moment(p, c, MODIFIED);
        put_moment(p, c, CHANGED);
    }
    put_attributes_if_any(p, c);
}

/* Attributes to be set: each is preceded by whether it is there. */
static void put_settings(struct packet *p, struct cursor *c)
{
    if (put_u32(p, c, SET_IT) == 1)
        put_mode(p, c);
    if (put_u32(p, c, SET_IT) == 1)
        (void)put_u32(p, c, SET_OWNER);
    if (put_u32(p, c, SET_IT) == 1)
        (void)put_u32(p, c, SET_GROUP);
    if (put_u32(p, c, SET_IT) == 1)
        (void)put_uint_be(p, c, SET_SIZE, 8);
    if (put_u32(p, c, SET_IT) == TO_CLIENT_TIME)
        put_moment(p, c, ACCESSED);
    if (put_u32(p, c, SET_IT) == TO_CLIENT_TIME)
        put_moment(p, c, MODIFIED);
}

/* Only if the file was last changed at that time, if one is given. */
static void put_guard(struct packet *p, struct cursor *c)
{
    if (put_u32(p, c, GUARD) == 1)
        put_moment(p, c, CHANGED);
}

/* Kinds of access: those that are asked for, or those that were granted. */
static void put_access(struct packet *p, struct cursor *c, unsigned field)
{
    uint32_t bits = cursor_u32(c);
    if (c->fault != CURSOR_OK)
        return;
    put_uint(p, c, field, c->pos - 4, 4, bits & 0xff);
    uint32_t tree = tree_begin(p, field);
    for (unsigned i = 0; i <= ACCESS_EXECUTE - ACCESS_READ; i++) {
        if (bits >> i & 1)
            put_bits(p, c, ACCESS_READ + i, c->pos - 4, 4, bits);
    }
    tree_end(p, tree);
}

static void put_creation(struct packet *p, struct cursor *c)
{
    if (put_u32(p, c, CREATE_MODE) == EXCLUSIVE)
        (void)put_bytes(p, c, VERIFIER, 8);
    else
        put_settings(p, c);
}

/* What is made by MKNOD depends on its type. */
static void put_special(struct packet *p, struct cursor *c)
{
    uint32_t type = put_u32(p, c, MADE_TYPE);
    if (type >= BLOCK_DEVICE)
        put_settings(p, c);
    if (type == BLOCK_DEVICE || type == CHARACTER_DEVICE) {
        (void)put_u32(p, c, DEVICE_MAJOR);
        (void)put_u32(p, c, DEVICE_MINOR);
    }
}

/* A directory's entries. `first` is the field for the file's number; name and cookie are behind it. */
static void put_entries(struct packet *p, struct cursor *c, unsigned first)
{
    while (cursor_u32(c) == 1) {
        put_mark(p, c, ENTRY);
        uint32_t tree = tree_begin(p, ENTRY);
        (void)put_uint_be(p, c, first, 8);
        xdr_put_opaque(p, c, first + 1, &xdr_fields);
        (void)put_uint_be(p, c, first + 2, 8);
        if (first == PLUS_ID) {
            put_attributes_if_any(p, c);
            put_handle_if_any(p, c);
        }
        tree_end(p, tree);
    }
    (void)put_u32(p, c, DIRECTORY_EOF);
}

static void put_properties(struct packet *p, struct cursor *c)
{
    uint32_t bits = put_u32(p, c, PROPERTIES);
    uint32_t tree = tree_begin(p, PROPERTIES);
    if (c->fault == CURSOR_OK)
        put_flags(p, c, CAN_SET_TIME, HAS_LINKS - CAN_SET_TIME + 1, c->pos - 4, 4, bits);
    tree_end(p, tree);
}

static void put_time_step(struct packet *p, struct cursor *c)
{
    put_moment(p, c, TIME_STEP);
}

/* ---- Procedures (section 3.3) ------------------------------------------------------------------ */

enum kind { END, NUMBER, NUMBER64, FLAG, COUNTED, BYTES8, ACCESS, ENTRIES, SHARED };

struct step {
    enum kind kind;
    unsigned field;
    void (*put)(struct packet *p, struct cursor *c); /* of SHARED */
};

#define STEPS(...)                                                                                 \
    (const struct step[])                                                                          \
    {                                                                                              \
        __VA_ARGS__,                                                                               \
        {                                                                                          \
            END, 0, NULL                                                                           \
        }                                                                                          \
    }
#define OF(kind, field)                                                                            \
    {                                                                                              \
        kind, field, NULL                                                                          \
    }
#define AS(put)                                                                                    \
    {                                                                                              \
        SHARED, 0, put                                                                             \
    }

#define FILE_HANDLE AS(put_handle)
#define DIRECTORY   AS(put_handle), OF(COUNTED, NAME) /* with the name of an entry */
#define ATTRIBUTES  AS(put_attributes_if_any)
#define CHANGE      AS(put_change)
#define MADE        AS(put_handle_if_any), ATTRIBUTES, CHANGE

static const struct procedure {
    const struct step *call, *done, *failed; /* NULL: nothing */
} procedures[] = {
    {NULL, NULL, NULL}, /* NULL */
    {STEPS(FILE_HANDLE), STEPS(AS(put_attributes)), NULL},
    {STEPS(FILE_HANDLE, AS(put_settings), AS(put_guard)), STEPS(CHANGE), STEPS(CHANGE)},
    {STEPS(DIRECTORY), STEPS(FILE_HANDLE, ATTRIBUTES, ATTRIBUTES), STEPS(ATTRIBUTES)},
    {STEPS(FILE_HANDLE, OF(ACCESS, ACCESS_CHECK)), STEPS(ATTRIBUTES, OF(ACCESS, ACCESS_RIGHTS)),
     STEPS(ATTRIBUTES)},
    {STEPS(FILE_HANDLE), STEPS(ATTRIBUTES, OF(COUNTED, LINK_DATA)), STEPS(ATTRIBUTES)},
    {STEPS(FILE_HANDLE, OF(NUMBER64, OFFSET), OF(NUMBER, COUNT)),
     STEPS(ATTRIBUTES, OF(NUMBER, COUNT), OF(FLAG, READ_EOF), OF(COUNTED, DATA)),
     STEPS(ATTRIBUTES)},
    {STEPS(FILE_HANDLE, OF(NUMBER64, OFFSET), OF(NUMBER, COUNT), OF(NUMBER, STABLE),
           OF(COUNTED, DATA)),
     STEPS(CHANGE, OF(NUMBER, COUNT), OF(NUMBER, COMMITTED), OF(BYTES8, VERIFIER)), STEPS(CHANGE)},
    {STEPS(DIRECTORY, AS(put_creation)), STEPS(MADE), STEPS(CHANGE)},
    {STEPS(DIRECTORY, AS(put_settings)), STEPS(MADE), STEPS(CHANGE)},
    {STEPS(DIRECTORY, AS(put_settings), OF(COUNTED, LINK_TO)), STEPS(MADE), STEPS(CHANGE)},
    {STEPS(DIRECTORY, AS(put_special)), STEPS(MADE), STEPS(CHANGE)},
    {STEPS(DIRECTORY), STEPS(CHANGE), STEPS(CHANGE)}, /* REMOVE */
    {STEPS(DIRECTORY), STEPS(CHANGE), STEPS(CHANGE)}, /* RMDIR */
    {STEPS(DIRECTORY, DIRECTORY), STEPS(CHANGE, CHANGE), STEPS(CHANGE, CHANGE)},
    {STEPS(FILE_HANDLE, DIRECTORY), STEPS(ATTRIBUTES, CHANGE), STEPS(ATTRIBUTES, CHANGE)},
    {STEPS(FILE_HANDLE, OF(NUMBER64, COOKIE), OF(BYTES8, VERIFIER), OF(NUMBER, COUNT)),
     STEPS(ATTRIBUTES, OF(BYTES8, VERIFIER), OF(ENTRIES, ENTRY_ID)), STEPS(ATTRIBUTES)},
    {STEPS(FILE_HANDLE, OF(NUMBER64, COOKIE), OF(BYTES8, VERIFIER), OF(NUMBER, DIRECTORY_COUNT),
           OF(NUMBER, MAXIMUM_COUNT)),
     STEPS(ATTRIBUTES, OF(BYTES8, VERIFIER), OF(ENTRIES, PLUS_ID)), STEPS(ATTRIBUTES)},
    {STEPS(FILE_HANDLE),
     STEPS(ATTRIBUTES, OF(NUMBER64, TOTAL_BYTES), OF(NUMBER64, FREE_BYTES),
           OF(NUMBER64, AVAILABLE_BYTES), OF(NUMBER64, TOTAL_FILES), OF(NUMBER64, FREE_FILES),
           OF(NUMBER64, AVAILABLE_FILES), OF(NUMBER, UNCHANGED_FOR)),
     STEPS(ATTRIBUTES)},
    {STEPS(FILE_HANDLE),
     STEPS(ATTRIBUTES, OF(NUMBER, READ_MAX), OF(NUMBER, READ_BEST), OF(NUMBER, READ_MULTIPLE),
           OF(NUMBER, WRITE_MAX), OF(NUMBER, WRITE_BEST), OF(NUMBER, WRITE_MULTIPLE),
           OF(NUMBER, DIRECTORY_BEST), OF(NUMBER64, FILE_MAX), AS(put_time_step),
           AS(put_properties)),
     STEPS(ATTRIBUTES)},
    {STEPS(FILE_HANDLE),
     STEPS(ATTRIBUTES, OF(NUMBER, LINKS_MAX), OF(NUMBER, NAME_MAX_LENGTH), OF(FLAG, NO_TRUNCATION),
           OF(FLAG, CHOWN_RESTRICTED), OF(FLAG, CASE_INSENSITIVE), OF(FLAG, CASE_PRESERVING)),
     STEPS(ATTRIBUTES)},
    {STEPS(FILE_HANDLE, OF(NUMBER64, OFFSET), OF(NUMBER, COUNT)),
     STEPS(CHANGE, OF(BYTES8, VERIFIER)), STEPS(CHANGE)},
};
enum { PROCEDURES = sizeof procedures / sizeof *procedures };

static void put_step(struct packet *p, struct cursor *c, const struct step *s)
{
    switch (s->kind) {
    case NUMBER:
    case FLAG:
        (void)put_u32(p, c, s->field);
        break;
    case NUMBER64:
        (void)put_uint_be(p, c, s->field, 8);
        break;
    case COUNTED:
        xdr_put_opaque(p, c, s->field, &xdr_fields);
        break;
    case BYTES8:
        (void)put_bytes(p, c, s->field, 8);
        break;
    case ACCESS:
        put_access(p, c, s->field);
        break;
    case ENTRIES:
        put_entries(p, c, s->field);
        break;
    case SHARED:
        s->put(p, c);
        break;
    case END:
        break;
    }
}

static void put_steps(struct packet *p, struct cursor *c, const struct step *s)
{
    for (; s != NULL && s->kind != END && c->fault == CURSOR_OK; s++)
        put_step(p, c, s);
}

static uint32_t put_status(struct packet *p, struct cursor *c)
{
    uint32_t status = put_u32(p, c, STATUS3);
    if (c->fault == CURSOR_OK)
        put_uint(p, c, STATUS, c->pos - 4, 4, status);
    return status;
}

static void dissect(struct packet *p, struct cursor *c)
{
    struct called called = p->called;
    if (called.version != 3 || called.procedure >= PROCEDURES) {
        cursor_skip(c, cursor_captured(c));
        return;
    }
    const struct procedure *procedure = &procedures[called.procedure];
    const char *name = value_name_find(procedure_names, called.procedure);
    struct cursor start = *c;
    put_uint(p, c, PROCEDURE, c->pos, 0, called.procedure);
    if (!called.reply) {
        put_steps(p, c, procedure->call);
    } else if (called.procedure != 0) {
        uint32_t status = put_status(p, c);
        put_steps(p, c, status == 0 ? procedure->done : procedure->failed);
    }
    nfs_title(p, &start, name, c->fault == CURSOR_OK);
}

static const struct binding bindings[] = {{"rpc.program", 100003}, {NULL, 0}};

const struct protocol proto_nfs = {.name = "nfs",
                                   .title = "Network File System",
                                   .column = "NFS",
                                   FIELDS_OF_THIS_FILE,
                                   .bindings = bindings,
                                   .dissect = dissect};
