/* telnet: Telnet (RFC 854): text, and commands after a byte 255. */
#include "dissect/lines.h"

static const struct value_name commands[] = {VALUE(236, "End of File"),
                                             VALUE(237, "Suspend"),
                                             VALUE(238, "Abort Process"),
                                             VALUE(239, "End of Record"),
                                             VALUE(240, "Suboption End"),
                                             VALUE(241, "No-Operation"),
                                             VALUE(242, "Data Mark"),
                                             VALUE(243, "Break"),
                                             VALUE(244, "Interrupt Process"),
                                             VALUE(245, "Abort Output"),
                                             VALUE(246, "Are You There?"),
                                             VALUE(247, "Escape Character"),
                                             VALUE(248, "Erase Line"),
                                             VALUE(249, "Go Ahead"),
                                             VALUE(250, "Suboption"),
                                             VALUE(251, "Will"),
                                             VALUE(252, "Won't"),
                                             VALUE(253, "Do"),
                                             VALUE(254, "Don't"),
                                             VALUES_END};

/* IANA, "Telnet Options". */
static const char *const options[] = {"Binary Transmission",
                                      "Echo",
                                      "Reconnection",
                                      "Suppress Go Ahead",
                                      "Approx Message Size Negotiation",
                                      "Status",
                                      "Timing Mark",
                                      "Remote Controlled Trans and Echo",
                                      "Output Line Width",
                                      "Output Page Size",
                                      "Output Carriage-Return Disposition",
                                      "Output Horizontal Tab Stops",
                                      "Output Horizontal Tab Disposition",
                                      "Output Formfeed Disposition",
                                      "Output Vertical Tabstops",
                                      "Output Vertical Tab Disposition",
                                      "Output Linefeed Disposition",
                                      "Extended ASCII",
                                      "Logout",
                                      "Byte Macro",
                                      "Data Entry Terminal",
                                      "SUPDUP",
                                      "SUPDUP Output",
                                      "Send Location",
                                      "Terminal Type",
                                      "End of Record",
                                      "TACACS User Identification",
                                      "Output Marking",
                                      "Terminal Location Number",
                                      "Telnet 3270 Regime",
                                      "X.3 PAD",
                                      "Negotiate About Window Size",
                                      "Terminal Speed",
                                      "Remote Flow Control",
                                      "Linemode",
                                      "X Display Location",
                                      "Environment Option",
                                      "Authentication Option",
                                      "Encryption Option",
                                      "New Environment Option",
                                      "TN3270E"};

#define FIELDS(X)                                                                                  \
    X(COMMAND, "telnet.cmd", "Command", UINT8, DEC, 0, commands)                                   \
    X(SUBCOMMAND, "telnet.subcmd", "Subcommand", UINT8, DEC, 0, NULL)                              \
    X(WIDTH, "telnet.naws_subopt.width", "Width", UINT16, DEC, 0, NULL)                            \
    X(HEIGHT, "telnet.naws_subopt.height", "Height", UINT16, DEC, 0, NULL)                         \
    X(DATA, "telnet.data", "Data", STRING, NONE, 0, NULL)

FIELD_TABLE(FIELDS);

enum { IAC = 255, SB = 250, SE = 240, WILL = 251, WINDOW_SIZE = 31 };

static const char *option_name(uint8_t option)
{
    return option < sizeof options / sizeof options[0] ? options[option] : "Unknown Option";
}

/* What a suboption says ends with IAC SE; IAC in it is doubled (RFC 855). */
static void put_suboption(struct packet *p, struct cursor *c, uint8_t option)
{
    struct cursor said = *c;
    const uint8_t *b;
    while ((b = cursor_peek(c, 0, 2)) != NULL && !(b[0] == IAC && b[1] != IAC))
        c->pos += b[0] == IAC ? 2 : 1;
    if (b == NULL)
        cursor_skip(c, cursor_captured(c));
    cursor_trim(&said, c->pos - said.pos);
    if (option == WINDOW_SIZE && cursor_left(&said) == 4) {
        (void)put_u16(p, &said, WIDTH);
        (void)put_u16(p, &said, HEIGHT);
    }
}

static void put_command(struct packet *p, struct cursor *c)
{
    const uint8_t *b = cursor_peek(c, 0, 3);
    uint32_t start = c->pos, tree = NO_ITEM;
    cursor_skip(c, 1);
    const uint8_t *command = cursor_peek(c, 0, 1);
    const char *name = command == NULL ? NULL : value_name_find(commands, command[0]);
    bool optional = command != NULL && command[0] >= SB && command[0] < IAC;
    tree = tree_text(p, c, start, optional ? 3 : 2, "%s%s%s", name != NULL ? name : "Unknown",
                     optional ? " " : "", optional && b != NULL ? option_name(b[2]) : "");
    uint8_t code = put_u8(p, c, COMMAND);
    if (optional) {
        const uint8_t *option = cursor_take(c, 1);
        if (option != NULL) {
            put_uint(p, c, SUBCOMMAND, c->pos - 1, 1, option[0]);
            label(p, SUBCOMMAND, "Subcommand: %s", option_name(option[0]));
            if (code == SB)
                put_suboption(p, c, option[0]);
        }
    }
    tree_end(p, tree);
}

/* Text up to the next command, line by line. */
static void put_lines(struct packet *p, struct cursor *c, uint32_t n)
{
    struct cursor lines = cursor_part(c, n);
    while (cursor_captured(&lines) > 0) {
        struct line line = line_take(&lines);
        put_data(p, c, DATA, line.text.offset, line.whole, line.text.at, line.whole);
    }
}

static void dissect(struct packet *p, struct cursor *c)
{
    info_set(p, "Telnet Data ...");
    uint32_t left;
    while ((left = cursor_captured(c)) > 0) {
        const uint8_t *b = cursor_peek(c, 0, left), *iac = memchr(b, IAC, left);
        if (iac == b)
            put_command(p, c);
        else
            put_lines(p, c, iac == NULL ? left : (uint32_t)(iac - b));
    }
}

static const struct binding bindings[] = {{"tcp.port", 23}, {NULL, 0}};

const struct protocol proto_telnet = {.name = "telnet",
                                      .title = "Telnet",
                                      .column = "TELNET",
                                      FIELDS_OF_THIS_FILE,
                                      .bindings = bindings,
                                      .dissect = dissect};
