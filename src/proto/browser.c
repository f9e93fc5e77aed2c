/*
 * browser: by which Windows' computers tell each other who is in the network ([MS-BRWS], section 2.2): in a mail slot.
 *
 *     | command 1 | ... | numbers are little-endian, names end with a zero
 */
#include "dissect/ascii.h"

#include "proto/browser.def"

FIELD_TABLE(FIELDS);

enum { NAME = 16 };
enum {
    HOST = 0x01,
    REQUEST = 0x02,
    ELECTION = 0x08,
    LIST_REQUEST = 0x09,
    LIST_RESPONSE = 0x0a,
    BECOME_BACKUP = 0x0b,
    DOMAIN = 0x0c,
    MASTER = 0x0d,
    RESET = 0x0e,
    LOCAL_MASTER = 0x0f
};

/* A name up to its zero. */
static void put_name(struct packet *p, struct cursor *c, unsigned field)
{
    uint32_t left = cursor_captured(c);
    const uint8_t *from = c->data + c->pos, *end = left == 0 ? NULL : memchr(from, 0, left);
    uint32_t n = end == NULL ? left : (uint32_t)(end - from) + 1;
    info_add(p, " %.*s", (int)(end == NULL ? n : n - 1), (const char *)from);
    take_ascii(p, c, field, n);
}

static const char *version_name(uint8_t major, uint8_t minor)
{
    static const struct value_name names[] = {
        VALUE(0x0500, "Windows 2000"),
        VALUE(0x0501, "Windows XP"),
        VALUE(0x0502, "Windows Server 2003 R2 or Windows Server 2003"),
        VALUE(0x0600, "Windows Vista or Windows Server 2008"),
        VALUE(0x0601, "Windows 7 or Windows Server 2008 R2"),
        VALUES_END};
    const char *name = value_name_find(names, (uint64_t)major << 8 | minor);
    return name != NULL ? name : "";
}

/* Sections 2.2.1, 2.2.3 and 2.2.10: a computer, or a domain, and what it does. */
static void put_announcement(struct packet *p, struct cursor *c, uint8_t command)
{
    (void)put_u8(p, c, UPDATE_COUNT);
    (void)put_uint_le(p, c, PERIOD, 4);
    const uint8_t *name = cursor_peek(c, 0, NAME);
    if (name != NULL)
        info_add(p, " %.*s", (int)strnlen((const char *)name, NAME), (const char *)name);
    take_ascii(p, c, SERVER, NAME);
    const uint8_t *version = cursor_peek(c, 0, 2);
    if (version != NULL)
        put_string(p, c, WINDOWS_VERSION, c->pos, 2, version_name(version[0], version[1]));
    uint32_t tree = tree_begin(p, WINDOWS_VERSION);
    (void)put_u8(p, c, OS_MAJOR);
    (void)put_u8(p, c, OS_MINOR);
    tree_end(p, tree);
    uint32_t type = (uint32_t)put_uint_le(p, c, SERVER_TYPE, 4);
    tree = tree_begin(p, SERVER_TYPE);
    if (c->fault == CURSOR_OK)
        put_flags(p, c, SERVER_TYPE_WORKSTATION,
                  SERVER_TYPE_DOMAINENUM - SERVER_TYPE_WORKSTATION + 1, c->pos - 4, 4, type);
    tree_end(p, tree);
    if (command == DOMAIN) {
        (void)put_uint_le(p, c, MYSTERIOUS_FIELD, 4);
        put_name(p, c, MB_SERVER);
        return;
    }
    (void)put_u8(p, c, PROTO_MAJOR);
    (void)put_u8(p, c, PROTO_MINOR);
    (void)put_uint_le(p, c, SIG, 2);
    put_name(p, c, COMMENT);
}

/* Section 2.2.5.1: who wants to be master, with what right. */
static void put_election(struct packet *p, struct cursor *c)
{
    (void)put_u8(p, c, ELECTION_VERSION);
    const uint8_t *b = cursor_peek(c, 0, 4);
    if (b == NULL)
        return cursor_skip(c, 4);
    put_uint(p, c, ELECTION_CRITERIA, c->pos, 4, le32(b));
    uint32_t all = tree_begin(p, ELECTION_CRITERIA);
    uint8_t desire = put_u8(p, c, ELECTION_DESIRE);
    uint32_t tree = tree_begin(p, ELECTION_DESIRE);
    put_flags(p, c, ELECTION_DESIRE_BACKUP, ELECTION_DESIRE_NT - ELECTION_DESIRE_BACKUP + 1,
              c->pos - 1, 1, desire);
    tree_end(p, tree);
    (void)put_u8(p, c, PROTO_MAJOR);
    (void)put_u8(p, c, PROTO_MINOR);
    uint8_t system = put_u8(p, c, ELECTION_OS);
    tree = tree_begin(p, ELECTION_OS);
    put_flags(p, c, ELECTION_OS_WFW, ELECTION_OS_NTS - ELECTION_OS_WFW + 1, c->pos - 1, 1, system);
    tree_end(p, tree);
    tree_end(p, all);
    (void)put_uint_le(p, c, UPTIME, 4);
    cursor_skip(c, 4);
    put_name(p, c, SERVER);
}

static void put_backups(struct packet *p, struct cursor *c, bool names)
{
    uint8_t count = put_u8(p, c, BACKUP_COUNT);
    (void)put_uint_le(p, c, BACKUP_TOKEN, 4);
    for (uint8_t i = 0; names && i < count && cursor_captured(c) > 0; i++)
        put_name(p, c, BACKUP_SERVER);
}

static void put_contents(struct packet *p, struct cursor *c, uint8_t command)
{
    uint8_t reset;
    switch (command) {
    case HOST:
    case DOMAIN:
    case LOCAL_MASTER:
        put_announcement(p, c, command);
        break;
    case REQUEST:
        (void)put_u8(p, c, UNUSED);
        put_name(p, c, RESPONSE_COMPUTER_NAME);
        break;
    case ELECTION:
        put_election(p, c);
        break;
    case LIST_REQUEST:
    case LIST_RESPONSE:
        put_backups(p, c, command == LIST_RESPONSE);
        break;
    case BECOME_BACKUP:
        put_name(p, c, BROWSER_TO_PROMOTE);
        break;
    case MASTER:
        put_name(p, c, MB_SERVER);
        break;
    case RESET:
        reset = put_u8(p, c, RESET_CMD);
        put_flags(p, c, RESET_CMD_DEMOTE, 3, c->pos - 1, 1, reset);
        break;
    default:
        break;
    }
}

static void dissect(struct packet *p, struct cursor *c)
{
    uint8_t command = put_u8(p, c, COMMAND);
    const char *name = value_name_find(command_names, command);
    info_set(p, "%s", name != NULL ? name : "Unknown command");
    put_contents(p, c, command);
}

static const struct binding bindings[] = {BOUND_TEXT("mailslot", "\\MAILSLOT\\BROWSE"),
                                          BOUND_TEXT("mailslot", "\\MAILSLOT\\LANMAN"),
                                          {NULL, 0}};

const struct protocol proto_browser = {.name = "browser",
                                       .title = "Microsoft Windows Browser Protocol",
                                       .column = "BROWSER",
                                       FIELDS_OF_THIS_FILE,
                                       .bindings = bindings,
                                       .dissect = dissect};
