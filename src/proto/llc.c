/*
 * llc: Logical Link Control (IEEE 802.2), with SNAP (IEEE 802, clause 9.5) and XID.
 *
 *     | DSAP 1 | SSAP 1 | control 1 or 2 | payload ...
 *     SNAP, where both are 0xaa:         | OUI 3 | protocol 2 | payload ...
 *
 * The lowest bits of the control field say its kind, and with it its length: xxx0 information and
 * xx01 supervisory, 16 bits; xx11 unnumbered, 8 bits. What a SNAP protocol number means, the OUI
 * says.
 */
#include "dissect/names.h"
#include "dissect/packet.h"

static const struct value_name sap_names[] = {
    VALUE(0x00, "NULL LSAP"),
    VALUE(0x01, "NULL LSAP"),
    VALUE(0x02, "LLC Sub-Layer Management"),
    VALUE(0x04, "SNA Path Control"),
    VALUE(0x06, "TCP/IP"),
    VALUE(0x08, "SNA"),
    VALUE(0x0c, "SNA"),
    VALUE(0x0e, "PROWAY (IEC955) Network Management and Initialization"),
    VALUE(0x10, "NetWare (unofficial?)"),
    VALUE(0x14, "ISO Network Layer (OSLAN 1)"),
    VALUE(0x18, "Texas Instruments"),
    VALUE(0x20, "ISO Network Layer (unofficial?)"),
    VALUE(0x34, "ISO Network Layer (unofficial?)"),
    VALUE(0x42, "Spanning Tree BPDU"),
    VALUE(0x4e, "EIA RS-511 Manufacturing Message Service"),
    VALUE(0x54, "ISO Network Layer (OSLAN 2)"),
    VALUE(0x7e, "ISO 8208 (X.25 over 802.2)"),
    VALUE(0x7f, "ISO 802.2"),
    VALUE(0x80, "XNS"),
    VALUE(0x82, "BACnet"),
    VALUE(0x86, "Nestar"),
    VALUE(0x8e, "PROWAY (IEC955) Active Station List Maintenance"),
    VALUE(0x98, "ARP"),
    VALUE(0xb4, "HP JetDirect Printer"),
    VALUE(0xaa, "SNAP"),
    VALUE(0xba, "Banyan Vines"),
    VALUE(0xbc, "Banyan Vines"),
    VALUE(0xe0, "NetWare"),
    VALUE(0xf0, "NetBIOS"),
    VALUE(0xf4, "IBM Net Management"),
    VALUE(0xf8, "HP Extended LLC"),
    VALUE(0xfa, "Ungermann-Bass"),
    VALUE(0xfc, "Remote Program Load"),
    VALUE(0xfe, "ISO Network Layer"),
    VALUE(0xff, "Global LSAP"),
    VALUES_END};
static const struct value_name group_names[] = {VALUE(0, "Individual"), VALUE(1, "Group"),
                                                VALUES_END};
static const struct value_name response_names[] = {VALUE(0, "Command"), VALUE(1, "Response"),
                                                   VALUES_END};
static const struct value_name set_names[] = {VALUE(0, "Not set"), VALUE(1, "Set"), VALUES_END};
static const struct value_name kind_names[] = {VALUE(0, "Information frame"),
                                               VALUE(1, "Supervisory frame"),
                                               VALUE(3, "Unnumbered frame"), VALUES_END};
static const struct value_name supervisory_names[] = {
    VALUE(0, "Receiver ready"), VALUE(1, "Receiver not ready"), VALUE(2, "Reject"),
    VALUE(3, "Selective reject"), VALUES_END};
static const struct value_name command_names[] = {
    VALUE(0x00, "Unnumbered Information"),
    VALUE(0x08, "Unnumbered Poll"),
    VALUE(0x10, "Disconnect"),
    VALUE(0x18, "Unnumbered Acknowledge"),
    VALUE(0x20, "Set Normal Response Mode"),
    VALUE(0x38, "Test"),
    VALUE(0x01, "Set Initialization Mode"),
    VALUE(0x21, "Frame reject"),
    VALUE(0x31, "Configure"),
    VALUE(0x03, "Set Asynchronous Response Mode"),
    VALUE(0x0b, "Set Asynchronous Balanced Mode"),
    VALUE(0x13, "Set Asynchronous Response Mode Extended"),
    VALUE(0x1b, "Set Asynchronous Balanced Mode Extended"),
    VALUE(0x23, "Reset"),
    VALUE(0x2b, "Exchange identification"),
    VALUE(0x33, "Set Normal Response Mode Extended"),
    VALUE(0x3b, "Beacon"),
    VALUES_END};
static const struct value_name answer_names[] = {
    VALUE(0x00, "Unnumbered Information"),
    VALUE(0x08, "Unnumbered Poll"),
    VALUE(0x10, "Request Disconnect"),
    VALUE(0x18, "Unnumbered Acknowledge"),
    VALUE(0x20, "Set Normal Response Mode"),
    VALUE(0x38, "Test"),
    VALUE(0x01, "Request Initialization Mode"),
    VALUE(0x21, "Frame reject"),
    VALUE(0x31, "Configure"),
    VALUE(0x03, "Disconnected mode"),
    VALUE(0x0b, "Set Asynchronous Balanced Mode"),
    VALUE(0x13, "Set Asynchronous Response Mode Extended"),
    VALUE(0x1b, "Set Asynchronous Balanced Mode Extended"),
    VALUE(0x23, "Reset"),
    VALUE(0x2b, "Exchange identification"),
    VALUE(0x33, "Set Normal Response Mode Extended"),
    VALUE(0x3b, "Beacon"),
    VALUES_END};
static const struct value_name short_names[] = {
    VALUE(0x00, "UI"),    VALUE(0x08, "UP"),   VALUE(0x10, "DISC"), VALUE(0x18, "UA"),
    VALUE(0x20, "SNRM"),  VALUE(0x38, "TEST"), VALUE(0x01, "SIM"),  VALUE(0x21, "FRMR"),
    VALUE(0x31, "CFGR"),  VALUE(0x03, "SARM"), VALUE(0x0b, "SABM"), VALUE(0x13, "SARME"),
    VALUE(0x1b, "SABME"), VALUE(0x23, "RSET"), VALUE(0x2b, "XID"),  VALUE(0x33, "SNRME"),
    VALUE(0x3b, "BCN"),   VALUES_END};
static const struct value_name extreme_pids[] = {VALUE(0x00bb, "EDP"), VALUES_END};
static const struct value_name iana_pids[] = {VALUE(0x0001, "MARS Data Messages (short form)"),
                                              VALUE(0x0003, "MARS/NHRP Control Messages"),
                                              VALUE(0x0004, "MARS Data Messages (long form)"),
                                              VALUE(0x0005, "SCSP"),
                                              VALUE(0x0006, "VRID"),
                                              VALUE(0x0007, "L2TP"),
                                              VALUE(0x0008, "VPN ID"),
                                              VALUE(0x0009, "MSDP-GRE-Protocol Type"),
                                              VALUES_END};
static const struct value_name nortel_pids[] = {VALUE(0x01a1, "NDP flatnet hello"),
                                                VALUE(0x01a2, "NDP segment hello"),
                                                VALUE(0x01a3, "NDP bridge hello"), VALUES_END};
static const struct value_name awdl_pids[] = {VALUE(0x0800, "AWDL"), VALUES_END};
static const struct value_name hpteam_pids[] = {VALUE(0x0002, "HP Teaming heartbeat"), VALUES_END};
static const struct value_name cisco_pids[] = {VALUE(0x0102, "DRIP"),
                                               VALUE(0x0104, "PAgP"),
                                               VALUE(0x0105, "MLS Hello"),
                                               VALUE(0x0108, "RLQ BPDUs (request)"),
                                               VALUE(0x0109, "RLQ BPDUs (response)"),
                                               VALUE(0x010b, "PVSTP+"),
                                               VALUE(0x010c, "VLAN Bridge"),
                                               VALUE(0x0111, "UDLD"),
                                               VALUE(0x0139, "MCP"),
                                               VALUE(0x2000, "CDP"),
                                               VALUE(0x2001, "CGMP"),
                                               VALUE(0x2003, "VTP"),
                                               VALUE(0x2004, "DTP"),
                                               VALUE(0x200a, "STP Uplink Fast"),
                                               VALUES_END};
static const struct value_name atalk_pids[] = {VALUE(0x809b, "AppleTalk"), VALUES_END};
static const struct value_name bluetooth_pids[] = {
    VALUE(1, "AMP_U L2CAP ACL data"),         VALUE(2, "AMP-C Activity Report"),
    VALUE(3, "AMP-C Security frames"),        VALUE(4, "AMP-C Link supervision request"),
    VALUE(5, "AMP-C Link supervision reply"), VALUES_END};
static const struct value_name force10_pids[] = {VALUE(0x0111, "FEFD"), VALUES_END};
static const struct value_name foundry_pids[] = {VALUE(0x2000, "FDP"), VALUES_END};
static const struct value_name wlccp_pids[] = {VALUE(0x0000, "WLCCP"), VALUES_END};
static const struct value_name cimetrics_pids[] = {VALUE(0x0001, "U+4 MS/TP"), VALUES_END};
static const struct value_name xid_formats[] = {VALUE(0x81, "LLC basic format"), VALUES_END};
static const struct value_name xid_types[] = {
    VALUE(1, "Type 1 LLC (Class I LLC)"),
    VALUE(2, "Type 2 LLC"),
    VALUE(3, "Type 1 and Type 2 LLCs (Class II LLC)"),
    VALUE(4, "Type 3 LLC"),
    VALUE(5, "Type 1 and Type 3 LLCs (Class III LLC)"),
    VALUE(6, "Type 2 and Type 3 LLCs"),
    VALUE(7, "Type 1 and Type 2 and Type 3 LLCs (Class IV LLC)"),
    VALUES_END};

/* Names that occur twice are of fields in control fields of one byte and of two. */
#define FIELDS(X)                                                                                  \
    X(DSAP, "llc.dsap", "DSAP", UINT8, HEX, 0, sap_names)                                          \
    X(DSAP_SAP, "llc.dsap.sap", "SAP", UINT8, DEC, 0xfe, NULL)                                     \
    X(DSAP_IG, "llc.dsap.ig", "IG Bit", BOOLEAN, 8, 0x01, group_names)                             \
    X(SSAP, "llc.ssap", "SSAP", UINT8, HEX, 0, sap_names)                                          \
    X(SSAP_SAP, "llc.ssap.sap", "SAP", UINT8, DEC, 0xfe, NULL)                                     \
    X(SSAP_CR, "llc.ssap.cr", "CR Bit", BOOLEAN, 8, 0x01, response_names)                          \
    X(CONTROL, "llc.control", "Control", UINT16, HEX, 0, NULL)                                     \
    X(N_R, "llc.control.n_r", "N(R)", UINT16, DEC, 0xfe00, NULL)                                   \
    X(N_S, "llc.control.n_s", "N(S)", UINT16, DEC, 0x00fe, NULL)                                   \
    X(POLL, "llc.control.p", "Poll", BOOLEAN, 16, 0x0100, set_names)                               \
    X(FINAL, "llc.control.f", "Final", BOOLEAN, 16, 0x0100, set_names)                             \
    X(SUPERVISORY, "llc.control.s_ftype", "Supervisory frame type", UINT16, HEX, 0x000c,           \
      supervisory_names)                                                                           \
    X(KIND_I, "llc.control.ftype", "Frame type", UINT16, HEX, 0x0001, kind_names)                  \
    X(KIND_S, "llc.control.ftype", "Frame type", UINT16, HEX, 0x0003, kind_names)                  \
    X(POLL_U, "llc.control.p", "Poll", BOOLEAN, 8, 0x10, set_names)                                \
    X(FINAL_U, "llc.control.f", "Final", BOOLEAN, 8, 0x10, set_names)                              \
    X(COMMAND, "llc.control.u_modifier_cmd", "Command", UINT8, HEX, 0xec, command_names)           \
    X(ANSWER, "llc.control.u_modifier_resp", "Response", UINT8, HEX, 0xec, answer_names)           \
    X(KIND_U, "llc.control.ftype", "Frame type", UINT8, HEX, 0x03, kind_names)                     \
    X(OUI, "llc.oui", "Organization Code", UINT24, DEC, 0, NULL)                                   \
    X(TYPE, "llc.type", "Type", UINT16, HEX, 0, ethertype_names)                                   \
    X(PID, "llc.pid", "Protocol ID", UINT16, HEX, 0, NULL)                                         \
    X(EXTREME, "llc.extreme_pid", "PID", UINT16, HEX, 0, extreme_pids)                             \
    X(IANA, "llc.iana_pid", "PID", UINT16, HEX, 0, iana_pids)                                      \
    X(NORTEL, "llc.nortel_pid", "PID", UINT16, HEX, 0, nortel_pids)                                \
    X(AWDL, "llc.apple_awdl_pid", "PID", UINT16, HEX, 0, awdl_pids)                                \
    X(HPTEAM, "llc.hpteam_pid", "PID", UINT16, HEX, 0, hpteam_pids)                                \
    X(CISCO, "llc.cisco_pid", "PID", UINT16, HEX, 0, cisco_pids)                                   \
    X(ATALK, "llc.apple_atalk_pid", "PID", UINT16, HEX, 0, atalk_pids)                             \
    X(BLUETOOTH, "llc.bluetooth_pid", "PID", UINT16, HEX, 0, bluetooth_pids)                       \
    X(FORCE10, "llc.force10_pid", "PID", UINT16, HEX, 0, force10_pids)                             \
    X(FOUNDRY, "llc.foundry_pid", "PID", UINT16, HEX, 0, foundry_pids)                             \
    X(WLCCP, "llc.wlccp_pid", "PID", UINT16, HEX, 0, wlccp_pids)                                   \
    X(CIMETRICS, "llc.cimetrics_pid", "PID", UINT16, HEX, 0, cimetrics_pids)

FIELD_TABLE(FIELDS);

enum { ETHERTYPE_TABLE, SAP_TABLE, SNAP_TABLE, XID_TABLE };
enum { SAP_SNAP = 0xaa, MODIFIER = 0xec, U_UI = 0x00, U_XID = 0xac };

/* Which field a SNAP protocol number is, by its OUI. */
static unsigned pid_field(uint32_t oui)
{
    static const struct {
        uint32_t oui;
        unsigned field;
    } fields[] = {{0x000000, TYPE},      {0x0000f8, TYPE},     {0x00000c, CISCO},
                  {0x080007, ATALK},     {0x00e02b, EXTREME},  {0x00005e, IANA},
                  {0x000081, NORTEL},    {0x0017f2, AWDL},     {0x00805f, HPTEAM},
                  {0x001958, BLUETOOTH}, {0x0001e8, FORCE10},  {0x00e052, FOUNDRY},
                  {0x004096, WLCCP},     {0x001090, CIMETRICS}};
    for (unsigned i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        if (fields[i].oui == oui)
            return fields[i].field;
    }
    return PID;
}

static void dissect_snap(struct packet *p, struct cursor *c)
{
    uint32_t oui = (uint32_t)put_uint_be(p, c, OUI, 3);
    label(p, OUI, "Organization Code: %02x:%02x:%02x", oui >> 16, oui >> 8 & 0xff, oui & 0xff);
    if (c->fault != CURSOR_OK)
        return;
    unsigned field = pid_field(oui);
    uint16_t pid = put_u16(p, c, field);
    if (c->fault != CURSOR_OK)
        return;
    info_add(p, "; SNAP, OUI 0x%06X, PID 0x%04X", oui, pid);
    bool found = field == TYPE ? next_bare(p, c, ETHERTYPE_TABLE, pid)
                               : next(p, c, SNAP_TABLE, (uint64_t)oui << 16 | pid);
    if (!found)
        next_data(p, c);
}

static void put_numbered(struct packet *p, struct cursor *c, bool response)
{
    const uint8_t *bytes = cursor_take(c, 2);
    if (bytes == NULL)
        return;
    uint32_t at = c->pos - 2;
    uint16_t control = le16(bytes);
    bool supervisory = (control & 3) == 1;
    put_uint(p, c, CONTROL, at, 2, control);
    label(p, CONTROL, "Control field: %c, N(R)=%u (0x%04x)", supervisory ? 'S' : 'I', control >> 9,
          control);
    info_add(p, "%c%s, N(R)=%u", supervisory ? 'S' : 'I',
             (control & 0x100) == 0 ? ""
             : response             ? " F"
                                    : " P",
             control >> 9);
    uint32_t tree = tree_begin(p, CONTROL);
    put_bits(p, c, N_R, at, 2, control);
    if (!supervisory)
        put_bits(p, c, N_S, at, 2, control);
    if ((control & 0x100) != 0)
        put_bits(p, c, response ? FINAL : POLL, at, 2, control);
    if (supervisory)
        put_bits(p, c, SUPERVISORY, at, 2, control);
    put_bits(p, c, supervisory ? KIND_S : KIND_I, at, 2, control);
    tree_end(p, tree);
}

static void put_unnumbered(struct packet *p, struct cursor *c, uint8_t control, bool response)
{
    uint32_t at = c->pos - 1;
    unsigned modifier = (control & MODIFIER) >> 2;
    const char *name = value_name_find(short_names, modifier);
    put_uint(p, c, CONTROL, at, 1, control);
    const char *poll = (control & 0x10) == 0 ? "" : response ? " F" : " P";
    label(p, CONTROL, "Control field: U%s, func=%s (0x%02X)", poll, name != NULL ? name : "Unknown",
          control);
    info_add(p, "U%s, func=%s", poll, name != NULL ? name : "Unknown");
    uint32_t tree = tree_begin(p, CONTROL);
    if ((control & 0x10) != 0)
        put_bits(p, c, response ? FINAL_U : POLL_U, at, 1, control);
    put_bits(p, c, response ? ANSWER : COMMAND, at, 1, control);
    put_bits(p, c, KIND_U, at, 1, control);
    tree_end(p, tree);
}

/* Information goes to whom the SAP names; so do XIDs of their own kinds, unless in basic format. */
static void dissect_payload(struct packet *p, struct cursor *c, uint8_t dsap, uint16_t control)
{
    const uint8_t *first = cursor_peek(c, 0, 1);
    if (cursor_left(c) == 0)
        return;
    bool information = (control & 1) == 0 || (control & (MODIFIER | 3)) == (U_UI | 3);
    bool xid = !information && (control & (MODIFIER | 3)) == (U_XID | 3);
    if (information && next(p, c, SAP_TABLE, dsap))
        return;
    if (xid && first != NULL && next(p, c, XID_TABLE, *first))
        return;
    next_data(p, c);
}

static void put_saps(struct packet *p, struct cursor *c)
{
    uint32_t at = c->pos;
    uint8_t dsap = put_u8(p, c, DSAP);
    uint32_t tree = tree_begin(p, DSAP);
    put_flags(p, c, DSAP_SAP, 2, at, 1, dsap);
    tree_end(p, tree);
    if (cursor_peek(c, 0, 1) == NULL) {
        cursor_skip(c, 1);
        return;
    }
    uint8_t ssap = put_u8(p, c, SSAP);
    tree = tree_begin(p, SSAP);
    put_flags(p, c, SSAP_SAP, 2, at + 1, 1, ssap);
    tree_end(p, tree);
}

static void dissect(struct packet *p, struct cursor *c)
{
    const uint8_t *head = cursor_peek(c, 0, 3);
    info_set(p, "%s", "");
    put_saps(p, c);
    if (head == NULL) {
        cursor_skip(c, 1);
        return;
    }
    bool response = (head[1] & 1) != 0;
    uint16_t control = head[2];
    if ((control & 3) == 3) {
        cursor_skip(c, 1);
        put_unnumbered(p, c, head[2], response);
    } else {
        put_numbered(p, c, response);
    }
    if (c->fault != CURSOR_OK)
        return;
    if (head[0] == SAP_SNAP && head[1] == SAP_SNAP)
        dissect_snap(p, c);
    else
        dissect_payload(p, c, head[0], control);
}

static const char *const tables[] = {"ethertype", "llc.dsap", "llc.snap", "llc.xid", NULL};
static const struct binding bindings[] = {{"eth.length", 0},      {"sll.ltype", 4},
                                          {"link_type", 100},     {"ethertype", 0x8870},
                                          {"ppp.protocol", 0x4b}, {"wlan.payload", 0}, {NULL, 0}};

const struct protocol proto_llc = {.name = "llc",
                                   .title = "Logical-Link Control",
                                   .column = "LLC",
                                   FIELDS_OF_THIS_FILE,
                                   .tables = tables,
                                   .bindings = bindings,
                                   .dissect = dissect};

/* XID in basic format: which types of LLC the sender has, and how many frames it takes at once. */
static const struct field_def xid_fields[] = {
    {"basicxid.llc.xid.format", "XID Format", LAMNA_UINT8, HEX, 0, xid_formats},
    {"basicxid.llc.xid.types", "LLC Types/Classes", LAMNA_UINT8, HEX, 0, xid_types},
    {"basicxid.llc.xid.wsize", "Receive Window Size", LAMNA_UINT8, DEC, 0, NULL}};

static void dissect_xid(struct packet *p, struct cursor *c)
{
    enum { FORMAT, TYPES, WINDOW };
    (void)put_u8(p, c, FORMAT);
    const uint8_t *types = cursor_take(c, 1);
    if (types != NULL)
        put_uint(p, c, TYPES, c->pos - 1, 1, *types & 0x1f);
    const uint8_t *window = cursor_take(c, 1);
    if (window != NULL)
        put_uint(p, c, WINDOW, c->pos - 1, 1, *window >> 1u);
}

static const struct binding xid_bindings[] = {{"llc.xid", 0x81}, {NULL, 0}};

const struct protocol proto_basicxid = {.name = "basicxid",
                                        .title = "Logical-Link Control Basic Format XID",
                                        .fields = xid_fields,
                                        .field_count = sizeof xid_fields / sizeof xid_fields[0],
                                        .bindings = xid_bindings,
                                        .dissect = dissect_xid};
