/* nbns: the name service of NetBIOS over UDP (RFC 1002, section 4.2), a relative of DNS. */
#include "dissect/netbios.h"

static const struct value_name flags_response_names[] = {
    VALUE(1, "Message is a response"), VALUE(0, "Message is a query"), VALUES_END};

static const struct value_name flags_opcode_names[] = {VALUE(0, "Name query"),
                                                       VALUE(5, "Registration"),
                                                       VALUE(6, "Release"),
                                                       VALUE(7, "Wait for acknowledgment"),
                                                       VALUE(8, "Refresh"),
                                                       VALUE(9, "Refresh (alternate opcode)"),
                                                       VALUE(15, "Multi-homed registration"),
                                                       VALUES_END};

static const struct value_name flags_authoritative_names[] = {
    VALUE(1, "Server is an authority for domain"),
    VALUE(0, "Server is not an authority for domain"), VALUES_END};

static const struct value_name flags_truncated_names[] = {
    VALUE(1, "Message is truncated"), VALUE(0, "Message is not truncated"), VALUES_END};

static const struct value_name flags_recdesired_names[] = {
    VALUE(1, "Do query recursively"), VALUE(0, "Don't do query recursively"), VALUES_END};

static const struct value_name flags_recavail_names[] = {
    VALUE(1, "Server can do recursive queries"), VALUE(0, "Server can't do recursive queries"),
    VALUES_END};

static const struct value_name flags_broadcast_names[] = {
    VALUE(1, "Broadcast packet"), VALUE(0, "Not a broadcast packet"), VALUES_END};

static const struct value_name flags_rcode_names[] = {VALUE(0, "No error"),
                                                      VALUE(1, "Request was invalidly formatted"),
                                                      VALUE(2, "Server failure"),
                                                      VALUE(3, "Requested name does not exist"),
                                                      VALUE(4, "Request is not implemented"),
                                                      VALUE(5, "Request was refused"),
                                                      VALUE(6, "Name is owned by another node"),
                                                      VALUE(7, "Name is in conflict"),
                                                      VALUES_END};

static const struct value_name name_flags_group_names[] = {VALUE(1, "Group name"),
                                                           VALUE(0, "Unique name"), VALUES_END};

static const struct value_name name_flags_ont_names[] = {VALUE(0, "B-node"), VALUE(8192, "P-node"),
                                                         VALUE(16384, "M-node"), VALUES_END};

static const struct value_name name_flags_drg_names[] = {VALUE(1, "Yes"), VALUE(0, "No"),
                                                         VALUES_END};

static const struct value_name nb_flags_ont_names[] = {VALUE(0, "B-node"), VALUE(8192, "P-node"),
                                                       VALUE(16384, "M-node"),
                                                       VALUE(24576, "H-node"), VALUES_END};

static const struct value_name type_names[] = {VALUE(32, "NB"), VALUE(33, "NBSTAT"), VALUES_END};

static const struct value_name class_names[] = {
    VALUE(1, "IN"),     VALUE(2, "CS"),    VALUE(3, "CH"), VALUE(4, "HS"),
    VALUE(254, "NONE"), VALUE(255, "ANY"), VALUES_END};

#define FIELDS(X)                                                                                  \
    X(FLAGS, "nbns.flags", "Flags", UINT16, HEX, 0, NULL)                                          \
    X(FLAGS_RESPONSE, "nbns.flags.response", "Response", BOOLEAN, NONE, 0x8000,                    \
      flags_response_names)                                                                        \
    X(FLAGS_OPCODE, "nbns.flags.opcode", "Opcode", UINT16, DEC, 0x7800, flags_opcode_names)        \
    X(FLAGS_AUTHORITATIVE, "nbns.flags.authoritative", "Authoritative", BOOLEAN, NONE, 0x400,      \
      flags_authoritative_names)                                                                   \
    X(FLAGS_TRUNCATED, "nbns.flags.truncated", "Truncated", BOOLEAN, NONE, 0x200,                  \
      flags_truncated_names)                                                                       \
    X(FLAGS_RECDESIRED, "nbns.flags.recdesired", "Recursion desired", BOOLEAN, NONE, 0x100,        \
      flags_recdesired_names)                                                                      \
    X(FLAGS_RECAVAIL, "nbns.flags.recavail", "Recursion available", BOOLEAN, NONE, 0x80,           \
      flags_recavail_names)                                                                        \
    X(FLAGS_BROADCAST, "nbns.flags.broadcast", "Broadcast", BOOLEAN, NONE, 0x10,                   \
      flags_broadcast_names)                                                                       \
    X(FLAGS_RCODE, "nbns.flags.rcode", "Reply code", UINT16, DEC, 0xf, flags_rcode_names)          \
    X(ID, "nbns.id", "Transaction ID", UINT16, HEX, 0, NULL)                                       \
    X(COUNT_QUERIES, "nbns.count.queries", "Questions", UINT16, DEC, 0, NULL)                      \
    X(COUNT_ANSWERS, "nbns.count.answers", "Answer RRs", UINT16, DEC, 0, NULL)                     \
    X(COUNT_AUTH_RR, "nbns.count.auth_rr", "Authority RRs", UINT16, DEC, 0, NULL)                  \
    X(COUNT_ADD_RR, "nbns.count.add_rr", "Additional RRs", UINT16, DEC, 0, NULL)                   \
    X(NAME_FLAGS, "nbns.name_flags", "Name flags", UINT16, HEX, 0, NULL)                           \
    X(NAME_FLAGS_GROUP, "nbns.name_flags.group", "Name type", BOOLEAN, NONE, 0x8000,               \
      name_flags_group_names)                                                                      \
    X(NAME_FLAGS_ONT, "nbns.name_flags.ont", "ONT", UINT16, DEC, 0x6000, name_flags_ont_names)     \
    X(NAME_FLAGS_DRG, "nbns.name_flags.drg", "Name is being deregistered", BOOLEAN, NONE, 0x1000,  \
      name_flags_drg_names)                                                                        \
    X(NAME_FLAGS_CNF, "nbns.name_flags.cnf", "Name is in conflict", BOOLEAN, NONE, 0x800,          \
      name_flags_drg_names)                                                                        \
    X(NAME_FLAGS_ACT, "nbns.name_flags.act", "Name is active", BOOLEAN, NONE, 0x400,               \
      name_flags_drg_names)                                                                        \
    X(NAME_FLAGS_PRM, "nbns.name_flags.prm", "Permanent node name", BOOLEAN, NONE, 0x200,          \
      name_flags_drg_names)                                                                        \
    X(NB_FLAGS, "nbns.nb_flags", "Name flags", UINT16, HEX, 0, NULL)                               \
    X(NB_FLAGS_GROUP, "nbns.nb_flags.group", "Name type", BOOLEAN, NONE, 0x8000,                   \
      name_flags_group_names)                                                                      \
    X(NB_FLAGS_ONT, "nbns.nb_flags.ont", "ONT", UINT16, DEC, 0x6000, nb_flags_ont_names)           \
    X(TYPE, "nbns.type", "Type", UINT16, DEC, 0, type_names)                                       \
    X(CLASS, "nbns.class", "Class", UINT16, DEC, 0, class_names)                                   \
    X(NAME, "nbns.name", "Name", STRING, NONE, 0, NULL)                                            \
    X(ADDR, "nbns.addr", "Addr", IPv4, NONE, 0, NULL)                                              \
    X(NUMBER_OF_NAMES, "nbns.number_of_names", "Number of names", UINT8, DEC, 0, NULL)             \
    X(UNIT_ID, "nbns.unit_id", "Unit ID", ETHER, NONE, 0, NULL)                                    \
    X(JUMPERS, "nbns.jumpers", "Jumpers", UINT8, HEX, 0, NULL)                                     \
    X(TEST_RESULT, "nbns.test_result", "Test result", UINT8, HEX, 0, NULL)                         \
    X(VERSION_NUMBER, "nbns.version_number", "Version number", UINT16, HEX, 0, NULL)               \
    X(PERIOD_OF_STATISTICS, "nbns.period_of_statistics", "Period of statistics", UINT16, HEX, 0,   \
      NULL)                                                                                        \
    X(NUM_CRCS, "nbns.num_crcs", "Number of CRCs", UINT16, DEC, 0, NULL)                           \
    X(NUM_ALIGNMENT_ERRORS, "nbns.num_alignment_errors", "Number of alignment errors", UINT16,     \
      DEC, 0, NULL)                                                                                \
    X(NUM_COLLISIONS, "nbns.num_collisions", "Number of collisions", UINT16, DEC, 0, NULL)         \
    X(NUM_SEND_ABORTS, "nbns.num_send_aborts", "Number of send aborts", UINT16, DEC, 0, NULL)      \
    X(NUM_GOOD_SENDS, "nbns.num_good_sends", "Number of good sends", UINT32, DEC, 0, NULL)         \
    X(NUM_GOOD_RECEIVES, "nbns.num_good_receives", "Number of good receives", UINT32, DEC, 0,      \
      NULL)                                                                                        \
    X(NUMRETRANSMITS, "nbns.numretransmits", "Number of retransmits", UINT16, DEC, 0, NULL)        \
    X(NUM_NO_RESOURCE_CONDITIONS, "nbns.num_no_resource_conditions",                               \
      "Number of no resource conditions", UINT16, DEC, 0, NULL)                                    \
    X(NUMCOMMAND_BLOCKS, "nbns.numcommand_blocks", "Number of command blocks", UINT16, DEC, 0,     \
      NULL)                                                                                        \
    X(NUMPENDING_SESSIONS, "nbns.numpending_sessions", "Number of pending sessions", UINT16, DEC,  \
      0, NULL)                                                                                     \
    X(MAX_NUM_PENDING_SESSIONS, "nbns.max_num_pending_sessions", "Max number of pending sessions", \
      UINT16, DEC, 0, NULL)                                                                        \
    X(MAX_TOTAL_SESSIONS_POSSIBLE, "nbns.max_total_sessions_possible",                             \
      "Max total sessions possible", UINT16, DEC, 0, NULL)                                         \
    X(SESSION_DATA_PACKET_SIZE, "nbns.session_data_packet_size", "Session data packet size",       \
      UINT16, DEC, 0, NULL)                                                                        \
    X(DATA, "nbns.data", "Data", BYTES, NONE, 0, NULL)                                             \
    X(NETBIOS_NAME_FIELD, "nbns.netbios_name", "Name", STRING, NONE, 0, NULL)                      \
    X(TTL, "nbns.ttl", "Time to live", UINT32, DEC, 0, NULL)                                       \
    X(DATA_LENGTH, "nbns.data_length", "Data length", UINT16, DEC, 0, NULL)                        \
    X(INCOMPLETE_ENTRY, "nbns.incomplete_entry", "incomplete entry", NONE, NONE, 0, NULL)

FIELD_TABLE(FIELDS);

enum { NBNS_PORT = 137 };
enum { TYPE_NB = 0x20, TYPE_NBSTAT = 0x21 };

static void put_header_flags(struct packet *p, struct cursor *c)
{
    uint16_t flags = put_u16(p, c, FLAGS);
    if (c->fault != CURSOR_OK)
        return;
    bool response = (flags & 0x8000) != 0;
    uint32_t tree = tree_begin(p, FLAGS);
    put_bits(p, c, FLAGS_RESPONSE, c->pos - 2, 2, flags);
    put_bits(p, c, FLAGS_OPCODE, c->pos - 2, 2, flags);
    if (response)
        put_bits(p, c, FLAGS_AUTHORITATIVE, c->pos - 2, 2, flags);
    put_bits(p, c, FLAGS_TRUNCATED, c->pos - 2, 2, flags);
    put_bits(p, c, FLAGS_RECDESIRED, c->pos - 2, 2, flags);
    if (response)
        put_bits(p, c, FLAGS_RECAVAIL, c->pos - 2, 2, flags);
    put_bits(p, c, FLAGS_BROADCAST, c->pos - 2, 2, flags);
    if (response)
        put_bits(p, c, FLAGS_RCODE, c->pos - 2, 2, flags);
    tree_end(p, tree);
    const char *opcode = value_name_find(flags_opcode_names, flags >> 11 & 0xf);
    info_set(p, "%s%s", opcode != NULL ? opcode : "Unknown operation", response ? " response" : "");
}

/* A name and what it asks for. The type; 0 past the end. In a record the name's value says of what
 * kind it is, as in Wireshark. */
static uint16_t put_question(struct packet *p, struct cursor *c, uint32_t base, bool record)
{
    uint32_t start = c->pos;
    uint8_t last = 0;
    const char *name = netbios_read(p, c, base, &last), *kind = netbios_kind(last);
    if (c->fault != CURSOR_OK)
        return 0;
    const char *full = kind == NULL ? name : packet_text(p, "%s (%s)", name, kind);
    put_string(p, c, NAME, start, c->pos - start, record ? full : name);
    label(p, NAME, "Name: %s", full);
    uint16_t type = put_u16(p, c, TYPE);
    (void)put_u16(p, c, CLASS);
    const char *text = value_name_find(type_names, type);
    info_add(p, " %s %s", text != NULL ? text : "Unknown", name);
    return type;
}

/* RFC 1002, section 4.2.1.3, "NB_FLAGS". */
static void put_addresses(struct packet *p, struct cursor *r)
{
    while (cursor_captured(r) > 0 && r->fault == CURSOR_OK) {
        uint16_t flags = put_u16(p, r, NB_FLAGS);
        if (r->fault != CURSOR_OK)
            return;
        uint32_t tree = tree_begin(p, NB_FLAGS);
        put_flags(p, r, NB_FLAGS_GROUP, 2, r->pos - 2, 2, flags);
        tree_end(p, tree);
        (void)put_ipv4(p, r, ADDR);
    }
}

/* RFC 1002, section 4.2.18: all names of a node, then what it counted. */
static void put_status(struct packet *p, struct cursor *r)
{
    uint8_t names = put_u8(p, r, NUMBER_OF_NAMES);
    for (unsigned i = 0; i < names && r->fault == CURSOR_OK; i++) {
        const uint8_t *name = cursor_take(r, NETBIOS_NAME);
        if (name == NULL)
            return;
        const char *kind = netbios_kind(name[NETBIOS_NAME - 1]), *text = netbios_text(p, name);
        put_string(p, r, NETBIOS_NAME_FIELD, r->pos - NETBIOS_NAME, NETBIOS_NAME,
                   packet_text(p, "%.*s", (int)strlen(text) - 4, text)); /* without its "<20>" */
        label(p, NETBIOS_NAME_FIELD, "Name: %s%s%s%s", text, kind != NULL ? " (" : "",
              kind != NULL ? kind : "", kind != NULL ? ")" : "");
        uint16_t flags = put_u16(p, r, NAME_FLAGS);
        if (r->fault != CURSOR_OK)
            return;
        uint32_t tree = tree_begin(p, NAME_FLAGS);
        put_flags(p, r, NAME_FLAGS_GROUP, 6, r->pos - 2, 2, flags);
        tree_end(p, tree);
    }
    (void)put_bytes(p, r, UNIT_ID, 6);
    static const uint16_t counters[] = {JUMPERS,
                                        TEST_RESULT,
                                        VERSION_NUMBER,
                                        PERIOD_OF_STATISTICS,
                                        NUM_CRCS,
                                        NUM_ALIGNMENT_ERRORS,
                                        NUM_COLLISIONS,
                                        NUM_SEND_ABORTS,
                                        NUM_GOOD_SENDS,
                                        NUM_GOOD_RECEIVES,
                                        NUMRETRANSMITS,
                                        NUM_NO_RESOURCE_CONDITIONS,
                                        NUMCOMMAND_BLOCKS,
                                        NUMPENDING_SESSIONS,
                                        MAX_NUM_PENDING_SESSIONS,
                                        MAX_TOTAL_SESSIONS_POSSIBLE,
                                        SESSION_DATA_PACKET_SIZE};
    for (unsigned i = 0; i < sizeof counters / sizeof *counters && cursor_captured(r) > 0; i++)
        (void)put_uint_be(p, r, counters[i], type_bytes(field_defs[counters[i]].type));
}

static void put_record(struct packet *p, struct cursor *c, uint32_t base)
{
    uint16_t type = put_question(p, c, base, true);
    (void)put_u32(p, c, TTL);
    struct cursor data = cursor_part(c, put_u16(p, c, DATA_LENGTH));
    if (c->fault != CURSOR_OK)
        return;
    if (type == TYPE_NB)
        put_addresses(p, &data);
    else if (type == TYPE_NBSTAT)
        put_status(p, &data);
    else if (cursor_left(&data) > 0)
        (void)put_bytes(p, &data, DATA, cursor_left(&data));
    if (data.fault != CURSOR_OK)
        c->fault = data.fault;
}

static void put_records(struct packet *p, struct cursor *c, uint32_t base, uint16_t count,
                        const char *text)
{
    if (count == 0 || c->fault != CURSOR_OK)
        return;
    uint32_t tree = tree_text(p, c, c->pos, cursor_captured(c), "%s", text);
    for (unsigned i = 0; i < count && c->fault == CURSOR_OK; i++)
        put_record(p, c, base);
    tree_end(p, tree);
}

static void dissect(struct packet *p, struct cursor *c)
{
    uint32_t base = c->pos;
    (void)put_u16(p, c, ID);
    put_header_flags(p, c);
    uint16_t questions = put_u16(p, c, COUNT_QUERIES), answers = put_u16(p, c, COUNT_ANSWERS);
    uint16_t authority = put_u16(p, c, COUNT_AUTH_RR), additional = put_u16(p, c, COUNT_ADD_RR);
    if (questions > 0 && c->fault == CURSOR_OK) {
        uint32_t tree = tree_text(p, c, c->pos, cursor_captured(c), "Queries");
        for (unsigned i = 0; i < questions && c->fault == CURSOR_OK; i++)
            (void)put_question(p, c, base, false);
        tree_end(p, tree);
    }
    put_records(p, c, base, answers, "Answers");
    put_records(p, c, base, authority, "Authoritative nameservers");
    put_records(p, c, base, additional, "Additional records");
    if (c->fault == CURSOR_OK)
        cursor_skip(c, cursor_captured(c));
}

static const struct binding bindings[] = {{"udp.port", NBNS_PORT}, {NULL, 0}};

const struct protocol proto_nbns = {.name = "nbns",
                                    .title = "NetBIOS Name Service",
                                    .column = "NBNS",
                                    FIELDS_OF_THIS_FILE,
                                    .bindings = bindings,
                                    .dissect = dissect};
