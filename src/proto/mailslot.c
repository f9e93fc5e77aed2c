/*
 * mailslot: a message for all who listen to a name, in a transaction of SMB ([MS-MAIL], section 2.2.1): three words of
 * set-up, the number of bytes, the name, the message.
 */
#include "dissect/ascii.h"

static const struct value_name opcode_names[] = {VALUE(1, "Write Mail Slot"), VALUES_END};
static const struct value_name class_names[] = {VALUE(1, "Reliable"),
                                                VALUE(2, "Unreliable & Broadcast"), VALUES_END};

#define FIELDS(X)                                                                                  \
    X(OPCODE, "mailslot.opcode", "Opcode", UINT16, DEC, 0, opcode_names)                           \
    X(PRIORITY, "mailslot.priority", "Priority", UINT16, DEC, 0, NULL)                             \
    X(CLASS, "mailslot.class", "Class", UINT16, DEC, 0, class_names)                               \
    X(SIZE, "mailslot.size", "Size", UINT16, DEC, 0, NULL)                                         \
    X(NAME, "mailslot.name", "Mailslot Name", STRING, NONE, 0, NULL)

FIELD_TABLE(FIELDS);

enum { NAME_TABLE };

static void dissect(struct packet *p, struct cursor *c)
{
    (void)put_uint_le(p, c, OPCODE, 2);
    (void)put_uint_le(p, c, PRIORITY, 2);
    (void)put_uint_le(p, c, CLASS, 2);
    (void)put_uint_le(p, c, SIZE, 2);
    uint32_t left = cursor_captured(c);
    const uint8_t *name = c->data + c->pos, *end = left == 0 ? NULL : memchr(name, 0, left);
    if (end == NULL)
        return cursor_malformed(c);
    uint32_t n = (uint32_t)(end - name);
    info_set(p, "Write Mail Slot %.*s", (int)n, (const char *)name);
    take_ascii(p, c, NAME, n + 1);
    if (cursor_captured(c) > 0 && !next_text(p, c, NAME_TABLE, (const char *)name, n))
        next_data(p, c);
}

static const char *const tables[] = {"mailslot", NULL};
static const struct binding bindings[] = {{"smb.mailslot", 0}, {NULL, 0}};

const struct protocol proto_mailslot = {.name = "mailslot",
                                        .title = "SMB MailSlot Protocol",
                                        .column = "SMB Mailslot",
                                        .unnamed = true,
                                        FIELDS_OF_THIS_FILE,
                                        .tables = tables,
                                        .bindings = bindings,
                                        .dissect = dissect};
