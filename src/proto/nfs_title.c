/*
 * nfs_title: a call or its reply in a line: "LOOKUP Call DH: 0x38a4e9f6/name". What there is to be said is, for
 * each procedure, a pattern of text, and of letters after '%' that each read what comes next:
 *
 *     h  hash of a handle        n  counted text         o  64 bits, decimal    l  32 bits, decimal
 *     m  how to create           t  type of what is made s  how safely it was written
 *     a  kinds of access         f  attributes of a file
 *     and, read without a word:  A  attributes, if any   C  what has changed    S  settings
 */
#include "base/digest.h"
#include "proto/nfs.h"

static const char *const calls[] = {
    NULL,
    " FH: %h",
    " FH: %h",
    " DH: %h/%n",
    ", FH: %h, [Check:%a]",
    " FH: %h",
    " FH: %h Offset: %o Len: %l",
    " FH: %h Offset: %o Len: %l %s",
    " DH: %h/%n Mode: %m",
    " DH: %h/%n",
    " From DH: %h/%n To %S%n",
    " FH: %h/%n %t",
    " DH: %h/%n",
    " DH: %h/%n",
    " From DH: %h/%n To DH: %h/%n",
    " From DH: %h To DH: %h/%n",
    " FH: %h",
    " FH: %h",
    " DH: %h",
    " DH: %h",
    " DH: %h",
    " FH: %h",
};
enum { PROCEDURES = sizeof calls / sizeof *calls };
static const char *const replies[PROCEDURES] = {
    [1] = "  %f",        [3] = " FH: %h",    [4] = "%A, [Allowed:%a]",
    [5] = "%A Path: %n", [6] = "%A Len: %l", [7] = "%C Len: %l %s",
};

enum {
    ATTRIBUTES = 84, /* bytes of fattr3 */
    BEFORE = 24,     /* and of what is told of them before a change */
    TO_CLIENT_TIME = 2
};

static void pass_attributes(struct cursor *c, uint32_t n)
{
    if (cursor_u32(c) == 1)
        cursor_skip(c, n);
}

/* sattr3: mode, owner, group and size, each if it is to be set, and two times. */
static void pass_settings(struct cursor *c)
{
    static const uint8_t sizes[] = {4, 4, 4, 8};
    for (unsigned i = 0; i < sizeof sizes; i++)
        pass_attributes(c, sizes[i]);
    for (unsigned i = 0; i < 2; i++) {
        if (cursor_u32(c) == TO_CLIENT_TIME)
            cursor_skip(c, 8);
    }
}

static const char *handle_text(struct packet *p, struct cursor *c)
{
    uint32_t n;
    const uint8_t *handle = xdr_take_opaque(c, &n);
    return handle == NULL || n == 0 ? "0x00000000"
                                    : packet_text(p, "0x%08x", digest_crc32(handle, n));
}

static const char *counted_text(struct packet *p, struct cursor *c)
{
    uint32_t n;
    const uint8_t *text = xdr_take_opaque(c, &n);
    return text == NULL ? "" : packet_copy(p, (const char *)text, n);
}

static const char *name_text(struct packet *p, struct cursor *c, const struct value_name *names)
{
    uint32_t value = cursor_u32(c);
    const char *name = value_name_find(names, value);
    return name != NULL ? name : packet_text(p, "Unknown (%u)", value);
}

static const char *access_text(struct packet *p, struct cursor *c)
{
    static const char *const names[] = {" RD", " LU", " MD", " XT", " DL", " XE"};
    uint32_t bits = cursor_u32(c);
    const char *s[6];
    for (unsigned i = 0; i < 6; i++)
        s[i] = bits >> i & 1 ? names[i] : "";
    return packet_text(p, "%s%s%s%s%s%s", s[0], s[1], s[2], s[3], s[4], s[5]);
}

static const char *attributes_text(struct packet *p, struct cursor *c)
{
    uint32_t type = cursor_u32(c), mode = cursor_u32(c);
    cursor_skip(c, 4);
    uint32_t owner = cursor_u32(c), group = cursor_u32(c);
    const char *name = value_name_find(nfs_file_types, type);
    return packet_text(p, "%s mode: %04o uid: %u gid: %u",
                       name != NULL ? name : packet_text(p, "Unknown Type: 0x%x", type),
                       mode & 0xfff, owner, group);
}

static uint64_t take_u64(struct cursor *c)
{
    uint64_t high = cursor_u32(c);
    return high << 32 | cursor_u32(c);
}

static const char *word(struct packet *p, struct cursor *c, char letter)
{
    switch (letter) {
    case 'h':
        return handle_text(p, c);
    case 'n':
        return counted_text(p, c);
    case 'o':
        return packet_text(p, "%llu", (unsigned long long)take_u64(c));
    case 'l':
        return packet_text(p, "%u", cursor_u32(c));
    case 'm':
        return name_text(p, c, nfs_create_modes);
    case 's':
        return name_text(p, c, nfs_stability);
    case 't':
        return name_text(p, c, nfs_file_types);
    case 'a':
        return access_text(p, c);
    case 'f':
        return attributes_text(p, c);
    case 'A':
        pass_attributes(c, ATTRIBUTES);
        return "";
    case 'C':
        pass_attributes(c, BEFORE);
        pass_attributes(c, ATTRIBUTES);
        return "";
    default:
        pass_settings(c);
        return "";
    }
}

static const char *filled(struct packet *p, struct cursor *c, const char *pattern)
{
    const char *text = "";
    while (pattern != NULL && *pattern != '\0') {
        size_t plain = strcspn(pattern, "%");
        const char *said = pattern[plain] == '%' ? word(p, c, pattern[plain + 1]) : "";
        text = packet_text(p, "%s%.*s%s", text, (int)plain, pattern, said);
        pattern += plain + (pattern[plain] == '%' ? 2 : 0);
    }
    return text;
}

static const char *error_text(struct packet *p, uint32_t status)
{
    const char *name = value_name_find(nfs_statuses, status);
    return packet_text(p, "  Error: %s",
                       name != NULL ? name : packet_text(p, "Unknown error: %u", status));
}

void nfs_title(struct packet *p, const struct cursor *c, const char *name, bool whole)
{
    struct called called = p->called;
    const char *kind = called.reply ? "Reply" : "Call", *more = "";
    if (!p->wanted->labels && !p->wanted->titles && !p->wanted->columns)
        return;
    struct cursor at = *c;
    if (whole && called.procedure > 0 && called.procedure < PROCEDURES) {
        uint32_t status = called.reply ? cursor_u32(&at) : 0;
        more = status != 0 ? error_text(p, status)
                           : filled(p, &at, (called.reply ? replies : calls)[called.procedure]);
        title(p, "Network File System, %s %s%s", name, kind, more);
    }
    info_set(p, "V3 %s %s%s", name, kind, more);
}
