/*
 * oicq: what QQ, an instant messenger, sends over UDP.
 *
 *     | 2 | version 2 | command 2 | sequence 2 | number of the user 4 | encrypted | 3 |
 */
#include "dissect/ascii.h"

static const struct value_name flag_names[] = {VALUE(0x2, "Oicq packet"), VALUES_END};
static const struct value_name command_names[] = {
    VALUE(1, "Log out"),
    VALUE(2, "Heart Message"),
    VALUE(4, "Update User information"),
    VALUE(5, "Search user"),
    VALUE(6, "Get User informationBroadcast"),
    VALUE(9, "Add friend no auth"),
    VALUE(10, "Delete user"),
    VALUE(11, "Add friend by auth"),
    VALUE(13, "Set status"),
    VALUE(18, "Confirmation of receiving message from server"),
    VALUE(22, "Send message"),
    VALUE(23, "Receive message"),
    VALUE(24, "Retrieve information"),
    VALUE(26, "Reserved "),
    VALUE(28, "Delete Me"),
    VALUE(29, "Request KEY"),
    VALUE(33, "Cell Phone"),
    VALUE(34, "Log in"),
    VALUE(38, "Get friend list"),
    VALUE(39, "Get friend online"),
    VALUE(41, "Cell PHONE"),
    VALUE(48, "Operation on group"),
    VALUE(49, "Log in test"),
    VALUE(60, "Group name operation"),
    VALUE(61, "Upload group friend"),
    VALUE(62, "MEMO Operation"),
    VALUE(88, "Download group friend"),
    VALUE(92, "Get level"),
    VALUE(98, "Request login"),
    VALUE(101, "Request extra information"),
    VALUE(103, "Signature operation"),
    VALUE(128, "Receive system message"),
    VALUE(129, "Get status of friend"),
    VALUE(181, "Get friend's status of group"),
    VALUE(1015, "Withdraw message"),
    VALUES_END};
#define FIELDS(X)                                                                                  \
    X(FLAG, "oicq.flag", "Flag", UINT8, HEX, 0, flag_names)                                        \
    X(VERSION, "oicq.version", "Version", UINT16, HEX, 0, NULL)                                    \
    X(COMMAND, "oicq.command", "Command", UINT16, DEC, 0, command_names)                           \
    X(SEQ, "oicq.seq", "Sequence", UINT16, DEC, 0, NULL)                                           \
    X(QQID, "oicq.qqid", "Data(OICQ Number,if sender is client)", UINT32, DEC, 0, NULL)            \
    X(DATA, "oicq.data", "Data", STRING, NONE, 0, NULL)

FIELD_TABLE(FIELDS);

enum { OICQ_FLAG = 2 };

static void dissect(struct packet *p, struct cursor *c)
{
    (void)put_u8(p, c, FLAG);
    (void)put_u16(p, c, VERSION);
    const char *name = value_name_find(command_names, put_u16(p, c, COMMAND));
    (void)put_u16(p, c, SEQ);
    (void)put_u32(p, c, QQID);
    if (cursor_left(c) > 0)
        take_ascii(p, c, DATA, cursor_captured(c));
    info_set(p, "OICQ Protocol: %s", name != NULL ? name : "Unknown command");
}

static bool probe(const struct packet *p, const struct cursor *c)
{
    (void)p;
    const uint8_t *b = cursor_peek(c, 0, 5);
    return b != NULL && *b == OICQ_FLAG && value_name_find(command_names, be16(b + 3)) != NULL;
}

static const struct binding bindings[] = {{"udp.port", 8000}, {NULL, 0}};

const struct protocol proto_oicq = {.name = "oicq",
                                    .title = "OICQ - IM software, popular in China",
                                    .column = "OICQ",
                                    FIELDS_OF_THIS_FILE,
                                    .bindings = bindings,
                                    .probe = probe,
                                    .dissect = dissect};
