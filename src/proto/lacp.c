/*
 * slow, lacp: slow protocols (IEEE 802.3, annex 57A), and of these link aggregation control (IEEE
 * 802.1AX, clause 6.4).
 *
 *     | subtype 1 = 1 | version 1 | actor 20 | partner 20 | collector 16 | terminator 2 | padding
 * 50 | each: | type 1 | length 1, these two included | value ... |
 */
#include "dissect/packet.h"

static const struct value_name subtype_names[] = {
    VALUE(0x01, "LACP"), VALUE(0x02, "Marker Protocol"), VALUE(0x03, "OAM"),
    VALUE(0x0a, "Organization Specific Slow Protocol"), VALUES_END};

#define SLOW_FIELDS(X)                                                                             \
    X(SUBTYPE, "slow.subtype", "Slow Protocols subtype", UINT8, HEX, 0, subtype_names)

static const struct field_def slow_fields[] = {SLOW_FIELDS(FIELD_ROW)};

static void dissect_slow(struct packet *p, struct cursor *c)
{
    uint8_t subtype = put_u8(p, c, 0);
    if (c->fault == CURSOR_OK && !next(p, c, 0, subtype))
        next_data(p, c);
}

static const char *const slow_tables[] = {"slow.subtype", NULL};
static const struct binding slow_bindings[] = {{"ethertype", 0x8809}, {NULL, 0}};

const struct protocol proto_slow = {.name = "slow",
                                    .title = "Slow Protocols",
                                    .column = "Slow Protocols",
                                    .fields = slow_fields,
                                    .field_count = 1,
                                    .tables = slow_tables,
                                    .bindings = slow_bindings,
                                    .dissect = dissect_slow};

/* ---- LACP ---------------------------------------------------------------------------------- */

static const struct value_name tlv_names[] = {VALUE(0, "Terminator"), VALUE(1, "Actor Information"),
                                              VALUE(2, "Partner Information"),
                                              VALUE(3, "Collector Information"), VALUES_END};
static const struct value_name activity_names[] = {VALUE(0, "Passive"), VALUE(1, "Active"),
                                                   VALUES_END};
static const struct value_name timeout_names[] = {VALUE(0, "Long Timeout"),
                                                  VALUE(1, "Short Timeout"), VALUES_END};
static const struct value_name aggregation_names[] = {VALUE(0, "Individual"),
                                                      VALUE(1, "Aggregatable"), VALUES_END};
static const struct value_name sync_names[] = {VALUE(0, "Out of Sync"), VALUE(1, "In Sync"),
                                               VALUES_END};
static const struct value_name enabled_names[] = {VALUE(0, "Disabled"), VALUE(1, "Enabled"),
                                                  VALUES_END};
static const struct value_name yes_names[] = {VALUE(0, "No"), VALUE(1, "Yes"), VALUES_END};

/* What is said of both ends, in the order of put_end(). */
#define END_FIELDS(X, ID, name, Name, address)                                                     \
    X(ID##_SYSTEM_PRIORITY, "lacp." name ".sys_priority", Name " System Priority", UINT16, DEC, 0, \
      NULL)                                                                                        \
    X(ID##_SYSTEM, "lacp." name ".sysid", address, ETHER, NONE, 0, NULL)                           \
    X(ID##_KEY, "lacp." name ".key", Name " Key", UINT16, DEC, 0, NULL)                            \
    X(ID##_PORT_PRIORITY, "lacp." name ".port_priority", Name " Port Priority", UINT16, DEC, 0,    \
      NULL)                                                                                        \
    X(ID##_PORT, "lacp." name ".port", Name " Port", UINT16, DEC, 0, NULL)                         \
    X(ID##_STATE, "lacp." name ".state", Name " State", UINT8, HEX, 0, NULL)                       \
    X(ID##_ACTIVITY, "lacp." name ".state.activity", "LACP Activity", BOOLEAN, 8, 0x01,            \
      activity_names)                                                                              \
    X(ID##_TIMEOUT, "lacp." name ".state.timeout", "LACP Timeout", BOOLEAN, 8, 0x02,               \
      timeout_names)                                                                               \
    X(ID##_AGGREGATION, "lacp." name ".state.aggregation", "Aggregation", BOOLEAN, 8, 0x04,        \
      aggregation_names)                                                                           \
    X(ID##_SYNC, "lacp." name ".state.synchronization", "Synchronization", BOOLEAN, 8, 0x08,       \
      sync_names)                                                                                  \
    X(ID##_COLLECTING, "lacp." name ".state.collecting", "Collecting", BOOLEAN, 8, 0x10,           \
      enabled_names)                                                                               \
    X(ID##_DISTRIBUTING, "lacp." name ".state.distributing", "Distributing", BOOLEAN, 8, 0x20,     \
      enabled_names)                                                                               \
    X(ID##_DEFAULTED, "lacp." name ".state.defaulted", "Defaulted", BOOLEAN, 8, 0x40, yes_names)   \
    X(ID##_EXPIRED, "lacp." name ".state.expired", "Expired", BOOLEAN, 8, 0x80, yes_names)         \
    X(ID##_STATE_TEXT, "lacp." name ".state_str", Name " State Flags", STRING, GENERATED, 0, NULL) \
    X(ID##_RESERVED, "lacp." name ".reserved", "Reserved", BYTES, NONE, 0, NULL)

#define FIELDS(X)                                                                                  \
    X(VERSION, "lacp.version", "LACP Version", UINT8, HEX, 0, NULL)                                \
    X(TLV_TYPE, "lacp.tlv_type", "TLV Type", UINT8, HEX, 0, tlv_names)                             \
    X(TLV_LENGTH, "lacp.tlv_length", "TLV Length", UINT8, HEX, 0, NULL)                            \
    END_FIELDS(X, ACTOR, "actor", "Actor", "Actor System ID")                                      \
    END_FIELDS(X, PARTNER, "partner", "Partner", "Partner System")                                 \
    X(MAX_DELAY, "lacp.collector.max_delay", "Collector Max Delay", UINT16, DEC, 0, NULL)          \
    X(COLLECTOR_RESERVED, "lacp.coll_reserved", "Reserved", BYTES, NONE, 0, NULL)                  \
    X(PAD, "lacp.pad", "Pad", BYTES, NONE, 0, NULL)

FIELD_TABLE(FIELDS);

static void put_state(struct packet *p, struct cursor *c, unsigned first)
{
    static const char letters[] = "EFDCSGSA";
    uint32_t at = c->pos;
    uint8_t state = put_u8(p, c, first);
    if (c->fault != CURSOR_OK)
        return;
    uint32_t tree = tree_begin(p, first);
    put_flags(p, c, first + 1, 8, at, 1, state);
    tree_end(p, tree);
    char *text = arena_alloc(p->arena, sizeof letters);
    if (text == NULL)
        return;
    for (unsigned i = 0; i < 8; i++)
        text[i] = (state & 0x80 >> i) != 0 ? letters[i] : '*';
    text[8] = '\0';
    put_string(p, c, first + 9, at, 1, text);
}

static void put_head(struct packet *p, struct cursor *c)
{
    (void)put_u8(p, c, TLV_TYPE);
    (void)put_u8(p, c, TLV_LENGTH);
}

/* One end's view; `first` is ACTOR_SYSTEM_PRIORITY or the same of the partner. */
static void put_end(struct packet *p, struct cursor *c, unsigned first)
{
    put_head(p, c);
    (void)put_u16(p, c, first);
    (void)put_bytes(p, c, first + 1, 6);
    (void)put_u16(p, c, first + 2);
    (void)put_u16(p, c, first + 3);
    (void)put_u16(p, c, first + 4);
    put_state(p, c, first + 5);
    (void)put_bytes(p, c, first + 15, 3);
}

static void dissect(struct packet *p, struct cursor *c)
{
    title(p, "Link Aggregation Control Protocol");
    uint8_t version = put_u8(p, c, VERSION);
    info_set(p, "v%u", version);
    put_end(p, c, ACTOR_SYSTEM_PRIORITY);
    put_end(p, c, PARTNER_SYSTEM_PRIORITY);
    put_head(p, c);
    (void)put_u16(p, c, MAX_DELAY);
    (void)put_bytes(p, c, COLLECTOR_RESERVED, 12);
    put_head(p, c);
    if (cursor_left(c) > 0)
        (void)put_bytes_captured(p, c, PAD, cursor_left(c));
}

static const struct binding bindings[] = {{"slow.subtype", 1}, {NULL, 0}};

const struct protocol proto_lacp = {.name = "lacp",
                                    .title = "Link Aggregation Control Protocol",
                                    .column = "LACP",
                                    FIELDS_OF_THIS_FILE,
                                    .bindings = bindings,
                                    .dissect = dissect};
