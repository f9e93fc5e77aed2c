/*
 * netbios: NetBIOS frames over LLC, "NetBEUI" (IBM, "LAN Technical Reference", chapter 5).
 *
 *     | length 2 | ff ef | command 1 | data1 1 | data2 2 | transmit correlator 2 | response correlator 2 |
 *     names and datagrams:  | receiver 16 | sender 16 | data
 *     sessions:             | their number 1 | ours 1 | data
 *
 * Numbers have their low byte first. Which of these fields mean anything is a matter of the command.
 */
#include "dissect/netbios.h"

static const struct value_name command_names[] = {VALUE(0x00, "Add Group Name Query"),
                                                  VALUE(0x01, "Add Name Query"),
                                                  VALUE(0x02, "Name In Conflict"),
                                                  VALUE(0x03, "Status Query"),
                                                  VALUE(0x07, "Terminate Trace"),
                                                  VALUE(0x08, "Datagram"),
                                                  VALUE(0x09, "Broadcast Datagram"),
                                                  VALUE(0x0a, "Name Query"),
                                                  VALUE(0x0d, "Add Name Response"),
                                                  VALUE(0x0e, "Name Recognized"),
                                                  VALUE(0x0f, "Status Response"),
                                                  VALUE(0x13, "Terminate Trace"),
                                                  VALUE(0x14, "Data Ack"),
                                                  VALUE(0x15, "Data First Middle"),
                                                  VALUE(0x16, "Data Only Last"),
                                                  VALUE(0x17, "Session Confirm"),
                                                  VALUE(0x18, "Session End"),
                                                  VALUE(0x19, "Session Initialize"),
                                                  VALUE(0x1a, "No Receive"),
                                                  VALUE(0x1b, "Receive Outstanding"),
                                                  VALUE(0x1c, "Receive Continue"),
                                                  VALUE(0x1f, "Session Alive"),
                                                  VALUES_END};
static const struct value_name delimiter_names[] = {VALUE(0xefff, "NetBIOS"), VALUES_END};
static const struct value_name kind_names[] = {VALUE(0, "Unique name"), VALUE(1, "Group name"),
                                               VALUES_END};
static const struct value_name end_names[] = {VALUE(0, "Normal session end"),
                                              VALUE(1, "Abnormal session end"), VALUES_END};
static const struct value_name version_names[] = {VALUE(0, "1.xx"), VALUE(1, "2.00 or higher"),
                                                  VALUES_END};
static const struct value_name yes_names[] = {VALUE(0, "No"), VALUE(1, "Yes"), VALUES_END};

#define FIELDS(X)                                                                                  \
    X(LENGTH, "netbios.hdr_len", "Length", UINT16, DEC, 0, NULL)                                   \
    X(DELIMITER, "netbios.delimiter", "Delimiter", UINT16, HEX, 0, delimiter_names)                \
    X(COMMAND, "netbios.command", "Command", UINT8, HEX, 0, command_names)                         \
    X(TRANSMIT, "netbios.xmit_corrl", "Transmit Correlator", UINT16, HEX, 0, NULL)                 \
    X(RESPONSE, "netbios.resp_corrl", "Response Correlator", UINT16, HEX, 0, NULL)                 \
    X(CALLER_KIND, "netbios.call_name_type", "Caller's Name Type", UINT8, HEX, 0, kind_names)      \
    X(NAME_KIND, "netbios.nb_name_type", "NetBIOS Name Type", UINT8, HEX, 0, NULL)                 \
    X(NAME, "netbios.nb_name", "NetBIOS Name", STRING, NONE, 0, NULL)                              \
    X(FLAGS, "netbios.flags", "Flags", UINT8, HEX, 0, NULL)                                        \
    X(NO_ACK, "netbios.flags.send_no_ack", "Handle SEND.NO.ACK", BOOLEAN, 8, 0x80, yes_names)      \
    X(LARGEST, "netbios.largest_frame", "Largest Frame", UINT8, DEC, 0x0e, NULL)                   \
    X(VERSION, "netbios.version", "NetBIOS Version", BOOLEAN, 8, 0x01, version_names)              \
    X(ACK, "netbios.flags.ack", "Acknowledge", BOOLEAN, 8, 0x08, NULL)                             \
    X(ACK_DATA, "netbios.flags.ack_with_data", "Acknowledge with data", BOOLEAN, 8, 0x04, NULL)    \
    X(ACK_EXPECTED, "netbios.flags.ack_expected", "Acknowledge expected", BOOLEAN, 8, 0x02,        \
      yes_names)                                                                                   \
    X(CONTINUE, "netbios.flags.recv_cont_req", "RECEIVE_CONTINUE requested", BOOLEAN, 8, 0x01,     \
      yes_names)                                                                                   \
    X(MAX_RECEIVE, "netbios.max_data_recv_size", "Maximum data receive size", UINT16, DEC, 0,      \
      NULL)                                                                                        \
    X(ENDING, "netbios.termination_indicator", "Termination indicator", UINT16, HEX, 0, end_names) \
    X(ACCEPTED, "netbios.num_data_bytes_accepted", "Number of data bytes accepted", UINT16, DEC,   \
      0, NULL)                                                                                     \
    X(RESYNC, "netbios.resync_indicator", "Re-sync indicator", UINT16, HEX, 0, NULL)               \
    X(REMOTE, "netbios.remote_session", "Remote Session No.", UINT8, HEX, 0, NULL)                 \
    X(LOCAL_NAME, "netbios.local_session_no", "Local Session No.", UINT8, HEX, 0, NULL)            \
    X(LOCAL, "netbios.local_session", "Local Session No.", UINT8, HEX, 0, NULL)

FIELD_TABLE(FIELDS);

enum { SMB_TABLE };
enum { NAME_TEXT = 15 };

/* What a command has; NULL names are not there. */
struct command {
    uint8_t code;
    bool transmit, response, session, data;
    uint8_t flags_from, flags_count; /* fields of data1 */
    uint8_t data2;                   /* the field of data2, or FIELD_COUNT */
    const char *receiver, *sender;
};

static const struct command commands[] = {
    {0x00, false, true, false, false, 0, 0, FIELD_COUNT, NULL, "Group name to add"},
    {0x01, false, true, false, false, 0, 0, FIELD_COUNT, NULL, "Name to add"},
    {0x08, false, false, false, true, 0, 0, FIELD_COUNT, "Receiver's Name", "Sender's Name"},
    {0x09, false, false, false, true, 0, 0, FIELD_COUNT, NULL, "Sender's Name"},
    {0x0a, false, true, false, false, 0, 0, CALLER_KIND, "Query Name", "Sender's Name"},
    {0x0e, true, true, false, false, 0, 0, CALLER_KIND, "Receiver's Name", "Sender's Name"},
    {0x14, true, false, true, false, 0, 0, FIELD_COUNT, NULL, NULL},
    {0x15, true, true, true, true, ACK, 4, RESYNC, NULL, NULL},
    {0x16, true, true, true, true, ACK, 3, RESYNC, NULL, NULL},
    {0x17, true, true, true, false, NO_ACK, 1, MAX_RECEIVE, NULL, NULL},
    {0x18, false, false, true, false, 0, 0, ENDING, NULL, NULL},
    {0x19, true, true, true, false, NO_ACK, 3, MAX_RECEIVE, NULL, NULL},
    {0x1a, false, false, true, false, 0, 0, ACCEPTED, NULL, NULL},
    {0x1b, false, false, true, false, 0, 0, ACCEPTED, NULL, NULL},
    {0x1c, true, false, true, false, 0, 0, FIELD_COUNT, NULL, NULL},
    {0x1f, false, false, true, false, 0, 0, FIELD_COUNT, NULL, NULL}};

static const struct command *command_find(uint8_t code)
{
    for (unsigned i = 0; i < sizeof commands / sizeof *commands; i++) {
        if (commands[i].code == code)
            return &commands[i];
    }
    return NULL;
}

/* Text filled up with blanks, and what kind of name it is. */
static void put_name(struct packet *p, struct cursor *c, const char *what)
{
    const uint8_t *name = cursor_take(c, NETBIOS_NAME);
    if (what == NULL || name == NULL)
        return;
    uint32_t start = c->pos - NETBIOS_NAME, n = NAME_TEXT;
    while (n > 0 && (name[n - 1] == ' ' || name[n - 1] == 0))
        n--;
    uint32_t tree = tree_text(p, c, start, NETBIOS_NAME, "%s: %s", what, netbios_text(p, name));
    put_data(p, c, NAME, start, NAME_TEXT, name, n);
    put_uint(p, c, NAME_KIND, start + NAME_TEXT, 1, name[NAME_TEXT]);
    tree_end(p, tree);
    info_add(p, " %s", netbios_text(p, name));
}

static void put_flags_of(struct packet *p, struct cursor *c, const struct command *k)
{
    const uint8_t *flags = cursor_take(c, 1);
    if (flags == NULL || k->flags_count == 0)
        return;
    put_uint(p, c, FLAGS, c->pos - 1, 1, *flags);
    uint32_t tree = tree_begin(p, FLAGS);
    put_flags(p, c, k->flags_from, k->flags_count, c->pos - 1, 1, *flags);
    if (k->flags_from == NO_ACK && k->flags_count == 1)
        put_bits(p, c, VERSION, c->pos - 1, 1, *flags);
    tree_end(p, tree);
}

/* Of data2 a question about a name has two halves: the number of a session, and the kind of name. */
static void put_data2(struct packet *p, struct cursor *c, const struct command *k)
{
    const uint8_t *b = cursor_take(c, 2);
    if (b == NULL || k->data2 == FIELD_COUNT)
        return;
    if (k->data2 == CALLER_KIND) {
        put_uint(p, c, LOCAL_NAME, c->pos - 2, 1, b[0]);
        put_uint(p, c, CALLER_KIND, c->pos - 1, 1, b[1]);
    } else {
        put_uint(p, c, k->data2, c->pos - 2, 2, le16(b));
    }
}

static void put_correlator(struct packet *p, struct cursor *c, unsigned field, bool there)
{
    if (there)
        (void)put_uint_le(p, c, field, 2);
    else
        cursor_skip(c, 2);
}

static void put_rest(struct packet *p, struct cursor *c, const struct command *k)
{
    put_flags_of(p, c, k);
    put_data2(p, c, k);
    put_correlator(p, c, TRANSMIT, k->transmit);
    put_correlator(p, c, RESPONSE, k->response);
    if (k->session) {
        (void)put_u8(p, c, REMOTE);
        (void)put_u8(p, c, LOCAL);
    } else if (k->receiver != NULL || k->sender != NULL) {
        put_name(p, c, k->receiver);
        put_name(p, c, k->sender);
    }
}

static void dissect(struct packet *p, struct cursor *c)
{
    uint32_t start = c->pos;
    uint16_t length = (uint16_t)put_uint_le(p, c, LENGTH, 2);
    label(p, LENGTH, "Length: %u bytes", length);
    (void)put_uint_le(p, c, DELIMITER, 2);
    uint8_t code = put_u8(p, c, COMMAND);
    if (c->fault != CURSOR_OK)
        return;
    const char *name = value_name_find(command_names, code);
    const struct command *k = command_find(code);
    info_set(p, "%s", name != NULL ? name : packet_text(p, "Unknown command 0x%02x", code));
    if (k == NULL)
        return cursor_skip(c, cursor_captured(c));
    put_rest(p, c, k);
    if (c->fault != CURSOR_OK || !k->data || length < c->pos - start)
        return;
    cursor_skip(c, length - (c->pos - start));
    if (cursor_captured(c) > 0 && !next_heuristic(p, c, SMB_TABLE))
        next_data(p, c);
}

static const char *const tables[] = {"nbdgm", NULL};
static const struct binding bindings[] = {{"llc.dsap", 0xf0}, {NULL, 0}};

const struct protocol proto_netbios = {.name = "netbios",
                                       .title = "NetBIOS",
                                       .column = "NetBIOS",
                                       FIELDS_OF_THIS_FILE,
                                       .tables = tables,
                                       .bindings = bindings,
                                       .dissect = dissect};
