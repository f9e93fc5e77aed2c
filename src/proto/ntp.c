/*
 * ntp: Network Time Protocol (RFC 5905), its control messages (RFC 9327) and, of the private
 * messages of ntpd, the list of monitored clients.
 */
#include "dissect/packet.h"

static const struct value_name flags_li_names[] = {
    VALUE(0, "no warning"), VALUE(1, "last minute of the day has 61 seconds"),
    VALUE(2, "last minute of the day has 59 seconds"), VALUE(3, "unknown (clock unsynchronized)"),
    VALUES_END};

static const struct value_name flags_vn_names[] = {
    VALUE(0, "reserved"),      VALUE(1, "NTP Version 1"), VALUE(2, "NTP Version 2"),
    VALUE(3, "NTP Version 3"), VALUE(4, "NTP Version 4"), VALUE(5, "reserved"),
    VALUE(6, "reserved"),      VALUE(7, "reserved"),      VALUES_END};

static const struct value_name flags_mode_names[] = {VALUE(0, "reserved"),
                                                     VALUE(1, "symmetric active"),
                                                     VALUE(2, "symmetric passive"),
                                                     VALUE(3, "client"),
                                                     VALUE(4, "server"),
                                                     VALUE(5, "broadcast"),
                                                     VALUE(6, "reserved for NTP control message"),
                                                     VALUE(7, "reserved for private use"),
                                                     VALUES_END};

static const struct value_name stratum_names[] = {
    VALUE(0, "unspecified or invalid"),  VALUE(1, "primary reference"),
    RANGE(2, 15, "secondary reference"), VALUE(16, "unsynchronized"),
    RANGE(17, 255, "reserved"),          VALUES_END};

static const struct value_name ext_type_names[] = {
    VALUE(2, "No-Operation Request"),
    VALUE(258, "Association Message Request"),
    VALUE(260, "Unique Identifier"),
    VALUE(514, "Certificate Message Request"),
    VALUE(516, "NTS Cookie"),
    VALUE(770, "Cookie Message Request"),
    VALUE(772, "NTS Cookie Placeholder"),
    VALUE(1026, "Autokey Message Request"),
    VALUE(1028, "NTS Authenticator and Encrypted Extension Fields"),
    VALUE(1282, "Leapseconds Message Request"),
    VALUE(1538, "Sign Message Request"),
    VALUE(1794, "IFF Identity Message Request"),
    VALUE(2050, "GQ Identity Message Request"),
    VALUE(2306, "MV Identity Message Request"),
    VALUE(8197, "Checksum Complement"),
    VALUE(32770, "No-Operation Response"),
    VALUE(33026, "Association Message Response"),
    VALUE(33282, "Certificate Message Response"),
    VALUE(33538, "Cookie Message Response"),
    VALUE(33794, "Autokey Message Response"),
    VALUE(34050, "Leapseconds Message Response"),
    VALUE(34306, "Sign Message Response"),
    VALUE(34562, "IFF Identity Message Response"),
    VALUE(34818, "GQ Identity Message Response"),
    VALUE(35074, "MV Identity Message Response"),
    VALUE(49154, "No-Operation Error Response"),
    VALUE(49410, "Association Message Error Response"),
    VALUE(49666, "Certificate Message Error Response"),
    VALUE(49922, "Cookie Message Error Response"),
    VALUE(50178, "Autokey Message Error Response"),
    VALUE(50434, "Leapseconds Message Error Response"),
    VALUE(50690, "Sign Message Error Response"),
    VALUE(50946, "IFF Identity Message Error Response"),
    VALUE(51202, "GQ Identity Message Error Response"),
    VALUE(51458, "MV Identity Message Error Response"),
    VALUES_END};

static const struct value_name ctrl_flags2_r_names[] = {VALUE(0, "Request"), VALUE(1, "Response"),
                                                        VALUES_END};

static const struct value_name ctrl_flags2_opcode_names[] = {VALUE(0, "reserved"),
                                                             VALUE(1, "read status"),
                                                             VALUE(2, "read variables"),
                                                             VALUE(3, "write variables"),
                                                             VALUE(4, "read clock variables"),
                                                             VALUE(5, "write clock variables"),
                                                             VALUE(6, "set trap address/port"),
                                                             VALUE(7, "asynchronous message"),
                                                             VALUE(8, "runtime configuration"),
                                                             VALUE(9, "save config to file"),
                                                             VALUE(10, "retrieve MRU (mrulist)"),
                                                             VALUE(11, "retrieve ordered list"),
                                                             VALUE(12, "request a client nonce"),
                                                             VALUE(31, "unset trap address/port"),
                                                             VALUES_END};

static const struct value_name ctrl_err_status_names[] = {
    VALUE(0, "unspecified"),
    VALUE(1, "authentication failure"),
    VALUE(2, "invalid message length or format"),
    VALUE(3, "invalid opcode"),
    VALUE(4, "unknown association identifier"),
    VALUE(5, "unknown variable name"),
    VALUE(6, "invalid variable value"),
    VALUE(7, "administratively prohibited"),
    VALUES_END};

static const struct value_name ctrl_sys_status_clksrc_names[] = {
    VALUE(0, "unspecified or unknown"),
    VALUE(1, "Calibrated atomic clock (e.g. HP 5061)"),
    VALUE(2, "VLF (band 4) or LF (band 5) radio (e.g. OMEGA, WWVB)"),
    VALUE(3, "HF (band 7) radio (e.g. CHU, MSF, WWV/H)"),
    VALUE(4, "UHF (band 9) satellite (e.g. GOES, GPS)"),
    VALUE(5, "local net (e.g. DCN, TSP, DTS)"),
    VALUE(6, "UDP/NTP"),
    VALUE(7, "UDP/TIME"),
    VALUE(8, "eyeball-and-wristwatch"),
    VALUE(9, "telephone modem (e.g. NIST)"),
    VALUES_END};

static const struct value_name ctrl_sys_status_code_names[] = {
    VALUE(0, "unspecified"),
    VALUE(1, "frequency correction (drift) file not available"),
    VALUE(2, "frequency correction started (frequency stepped)"),
    VALUE(3, "spike detected and ignored, starting stepout timer"),
    VALUE(4, "frequency training started"),
    VALUE(5, "clock synchronized"),
    VALUE(6, "system restart"),
    VALUE(7, "panic stop (required step greater than panic threshold)"),
    VALUE(8, "no system peer"),
    VALUE(9, "leap second insertion/deletion armed"),
    VALUE(10, "leap second disarmed"),
    VALUE(11, "leap second inserted or deleted"),
    VALUE(12, "clock stepped (stepout timer expired)"),
    VALUE(13, "kernel loop discipline status changed"),
    VALUE(14, "leapseconds table loaded from file"),
    VALUE(15, "leapseconds table outdated, updated file needed"),
    VALUES_END};

static const struct value_name ctrl_peer_status_config_names[] = {
    VALUE(1, "configured (peer.config)"), VALUE(0, "not configured (peer.config)"), VALUES_END};

static const struct value_name ctrl_peer_status_authenable_names[] = {
    VALUE(1, "authentication enabled (peer.authenable)"),
    VALUE(0, "authentication disabled (peer.authenable)"), VALUES_END};

static const struct value_name ctrl_peer_status_authentic_names[] = {
    VALUE(1, "authentication okay (peer.authentic)"),
    VALUE(0, "authentication not okay (peer.authentic)"), VALUES_END};

static const struct value_name ctrl_peer_status_reach_names[] = {
    VALUE(1, "reachability okay (peer.reach != 0)"),
    VALUE(0, "reachability not okay (peer.reach != 0)"), VALUES_END};

static const struct value_name ctrl_peer_status_bcast_names[] = {VALUE(1, "Set"),
                                                                 VALUE(0, "Not set"), VALUES_END};

static const struct value_name ctrl_peer_status_selection_names[] = {
    VALUE(0, "rejected"),
    VALUE(1, "passed sanity checks (tests 1 through 8 in Section 3.4.3)"),
    VALUE(2, "passed correctness checks (intersection algorithm in Section 4.2.1)"),
    VALUE(3, "passed candidate checks (if limit check implemented)"),
    VALUE(4, "passed outlier checks (clustering algorithm in Section 4.2.2)"),
    VALUE(5, "current synchronization source; max distance exceeded (if limit check implemented)"),
    VALUE(6, "current synchronization source; max distance okay"),
    VALUE(7, "reserved"),
    VALUES_END};

static const struct value_name ctrl_peer_status_code_names[] = {
    VALUE(0, "unspecified"),
    VALUE(1, "association mobilized"),
    VALUE(2, "association demobilized"),
    VALUE(3, "peer unreachable (peer.reach was nonzero now zero)"),
    VALUE(4, "peer reachable (peer.reach was zero now nonzero)"),
    VALUE(5, "association restarted or timed out"),
    VALUE(6, "no server found (ntpdate mode)"),
    VALUE(7, "rate exceeded (kiss code RATE)"),
    VALUE(8, "access denied (kiss code DENY)"),
    VALUE(9, "leap armed from server LI code"),
    VALUE(10, "become system peer"),
    VALUE(11, "reference clock event (see clock status word)"),
    VALUE(12, "authentication failure"),
    VALUE(13, "popcorn spike suppressor"),
    VALUE(14, "entering interleave mode"),
    VALUE(15, "interleave error (recovered)"),
    VALUE(16, "leapsecond values update from server"),
    VALUES_END};

static const struct value_name priv_impl_names[] = {
    VALUE(0, "UNIV"), VALUE(2, "XNTPD_OLD (pre-IPv6)"), VALUE(3, "XNTPD"), VALUES_END};

static const struct value_name priv_reqcode_names[] = {
    VALUE(0, "PEER_LIST"),         VALUE(1, "PEER_LIST_SUM"),
    VALUE(2, "PEER_INFO"),         VALUE(3, "PEER_STATS"),
    VALUE(4, "SYS_INFO"),          VALUE(5, "SYS_STATS"),
    VALUE(6, "IO_STATS"),          VALUE(7, "MEM_STATS"),
    VALUE(8, "LOOP_INFO"),         VALUE(9, "TIMER_STATS"),
    VALUE(10, "CONFIG"),           VALUE(11, "UNCONFIG"),
    VALUE(12, "SET_SYS_FLAG"),     VALUE(13, "CLR_SYS_FLAG"),
    VALUE(14, "MONITOR"),          VALUE(15, "NOMONITOR"),
    VALUE(16, "GET_RESTRICT"),     VALUE(17, "RESADDFLAGS"),
    VALUE(18, "RESSUBFLAGS"),      VALUE(19, "UNRESTRICT"),
    VALUE(20, "MON_GETLIST"),      VALUE(21, "RESET_STATS"),
    VALUE(22, "RESET_PEER"),       VALUE(23, "REREAD_KEYS"),
    VALUE(24, "DO_DIRTY_HACK"),    VALUE(25, "DONT_DIRTY_HACK"),
    VALUE(26, "TRUSTKEY"),         VALUE(27, "UNTRUSTKEY"),
    VALUE(28, "AUTHINFO"),         VALUE(29, "TRAPS"),
    VALUE(30, "ADD_TRAP"),         VALUE(31, "CLR_TRAP"),
    VALUE(32, "REQUEST_KEY"),      VALUE(33, "CONTROL_KEY"),
    VALUE(34, "GET_CTLSTATS"),     VALUE(35, "GET_LEAPINFO"),
    VALUE(36, "GET_CLOCKINFO"),    VALUE(37, "SET_CLKFUDGE"),
    VALUE(38, "GET_KERNEL"),       VALUE(39, "GET_CLKBUGINFO"),
    VALUE(41, "SET_PRECISION"),    VALUE(42, "MON_GETLIST_1"),
    VALUE(43, "HOSTNAME_ASSOCID"), VALUE(44, "IF_STATS"),
    VALUE(45, "IF_RELOAD"),        VALUES_END};

static const struct value_name priv_err_names[] = {VALUE(0, "No error"),
                                                   VALUE(1, "incompatible implementation number"),
                                                   VALUE(2, "unimplemented request code"),
                                                   VALUE(3, "format error"),
                                                   VALUE(4, "no data available"),
                                                   VALUE(5, "unknown"),
                                                   VALUE(6, "unknown"),
                                                   VALUE(7, "authentication failure"),
                                                   VALUES_END};

#define FIELDS(X)                                                                                  \
    X(FLAGS, "ntp.flags", "Flags", UINT8, HEX, 0, NULL)                                            \
    X(FLAGS_LI, "ntp.flags.li", "Leap Indicator", UINT8, DEC, 0xc0, flags_li_names)                \
    X(FLAGS_VN, "ntp.flags.vn", "Version number", UINT8, DEC, 0x38, flags_vn_names)                \
    X(FLAGS_MODE, "ntp.flags.mode", "Mode", UINT8, DEC, 0x7, flags_mode_names)                     \
    X(STRATUM, "ntp.stratum", "Peer Clock Stratum", UINT8, DEC, 0, stratum_names)                  \
    X(PPOLL, "ntp.ppoll", "Peer Polling Interval", UINT8, DEC, 0, NULL)                            \
    X(PRECISION, "ntp.precision", "Peer Clock Precision", INT8, DEC, 0, NULL)                      \
    X(ROOTDELAY, "ntp.rootdelay", "Root Delay", UINT32, DEC, 0, NULL)                              \
    X(ROOTDISPERSION, "ntp.rootdispersion", "Root Dispersion", UINT32, DEC, 0, NULL)               \
    X(REFID, "ntp.refid", "Reference ID", BYTES, NONE, 0, NULL)                                    \
    X(REFTIME, "ntp.reftime", "Reference Timestamp", ABSOLUTE_TIME, UTC | NTP_TIME, 0, NULL)       \
    X(ORG, "ntp.org", "Origin Timestamp", ABSOLUTE_TIME, UTC | NTP_TIME, 0, NULL)                  \
    X(REC, "ntp.rec", "Receive Timestamp", ABSOLUTE_TIME, UTC | NTP_TIME, 0, NULL)                 \
    X(XMT, "ntp.xmt", "Transmit Timestamp", ABSOLUTE_TIME, UTC | NTP_TIME, 0, NULL)                \
    X(EXT, "ntp.ext", "Extension", NONE, NONE, 0, NULL)                                            \
    X(EXT_TYPE, "ntp.ext.type", "Field Type", UINT16, HEX, 0, ext_type_names)                      \
    X(EXT_LENGTH, "ntp.ext.length", "Length", UINT16, DEC, 0, NULL)                                \
    X(EXT_VALUE, "ntp.ext.value", "Value", BYTES, NONE, 0, NULL)                                   \
    X(KEYID, "ntp.keyid", "Key ID", BYTES, NONE, 0, NULL)                                          \
    X(MAC, "ntp.mac", "Message Authentication Code", BYTES, NONE, 0, NULL)                         \
    X(RESPONSE_IN, "ntp.response_in", "Response In", FRAMENUM, DEC | GENERATED | FLOW | FUTURE, 0, \
      NULL)                                                                                        \
    X(REQUEST_IN, "ntp.request_in", "Request In", FRAMENUM, DEC | GENERATED | FLOW, 0, NULL)       \
    X(DELTA_TIME, "ntp.delta_time", "Delta Time", RELATIVE_TIME, GENERATED | FLOW, 0, NULL)        \
    X(CTRL_FLAGS2, "ntp.ctrl.flags2", "Flags 2", UINT8, HEX, 0, NULL)                              \
    X(CTRL_FLAGS2_R, "ntp.ctrl.flags2.r", "Response bit", UINT8, DEC, 0x80, ctrl_flags2_r_names)   \
    X(CTRL_FLAGS2_ERROR, "ntp.ctrl.flags2.error", "Error bit", UINT8, DEC, 0x40, NULL)             \
    X(CTRL_FLAGS2_MORE, "ntp.ctrl.flags2.more", "More bit", UINT8, DEC, 0x20, NULL)                \
    X(CTRL_FLAGS2_OPCODE, "ntp.ctrl.flags2.opcode", "Opcode", UINT8, DEC, 0x1f,                    \
      ctrl_flags2_opcode_names)                                                                    \
    X(CTRL_SEQUENCE, "ntp.ctrl.sequence", "Sequence", UINT16, DEC, 0, NULL)                        \
    X(CTRL_STATUS, "ntp.ctrl.status", "Status", UINT16, HEX, 0, NULL)                              \
    X(CTRL_ERR_STATUS, "ntp.ctrl.err_status", "Error Status Word", UINT16, DEC, 0xff00,            \
      ctrl_err_status_names)                                                                       \
    X(CTRL_SYS_STATUS_LI, "ntp.ctrl.sys_status.li", "Leap Indicator", UINT16, DEC, 0xc000,         \
      flags_li_names)                                                                              \
    X(CTRL_SYS_STATUS_CLKSRC, "ntp.ctrl.sys_status.clksrc", "Clock Source", UINT16, DEC, 0x3f00,   \
      ctrl_sys_status_clksrc_names)                                                                \
    X(CTRL_SYS_STATUS_COUNT, "ntp.ctrl.sys_status.count", "System Event Counter", UINT16, DEC,     \
      0xf0, NULL)                                                                                  \
    X(CTRL_SYS_STATUS_CODE, "ntp.ctrl.sys_status.code", "System Event Code", UINT16, DEC, 0xf,     \
      ctrl_sys_status_code_names)                                                                  \
    X(CTRL_PEER_STATUS_CONFIG, "ntp.ctrl.peer_status.config", "Peer Status", BOOLEAN, NONE,        \
      0x8000, ctrl_peer_status_config_names)                                                       \
    X(CTRL_PEER_STATUS_AUTHENABLE, "ntp.ctrl.peer_status.authenable", "Peer Status", BOOLEAN,      \
      NONE, 0x4000, ctrl_peer_status_authenable_names)                                             \
    X(CTRL_PEER_STATUS_AUTHENTIC, "ntp.ctrl.peer_status.authentic", "Peer Status", BOOLEAN, NONE,  \
      0x2000, ctrl_peer_status_authentic_names)                                                    \
    X(CTRL_PEER_STATUS_REACH, "ntp.ctrl.peer_status.reach", "Peer Status", BOOLEAN, NONE, 0x1000,  \
      ctrl_peer_status_reach_names)                                                                \
    X(CTRL_PEER_STATUS_BCAST, "ntp.ctrl.peer_status.bcast", "Peer Status broadcast association",   \
      BOOLEAN, NONE, 0x800, ctrl_peer_status_bcast_names)                                          \
    X(CTRL_PEER_STATUS_SELECTION, "ntp.ctrl.peer_status.selection", "Peer Selection", UINT16, DEC, \
      0x700, ctrl_peer_status_selection_names)                                                     \
    X(CTRL_PEER_STATUS_COUNT, "ntp.ctrl.peer_status.count", "Peer Event Counter", UINT16, DEC,     \
      0xf0, NULL)                                                                                  \
    X(CTRL_PEER_STATUS_CODE, "ntp.ctrl.peer_status.code", "Peer Event Code", UINT16, DEC, 0xf,     \
      ctrl_peer_status_code_names)                                                                 \
    X(CTRL_ASSOCID, "ntp.ctrl.associd", "AssociationID", UINT16, DEC, 0, NULL)                     \
    X(CTRL_OFFSET, "ntp.ctrl.offset", "Offset", UINT16, DEC, 0, NULL)                              \
    X(CTRL_COUNT, "ntp.ctrl.count", "Count", UINT16, DEC, 0, NULL)                                 \
    X(CTRL_DATA, "ntp.ctrl.data", "Data", NONE, NONE, 0, NULL)                                     \
    X(CTRL_ITEM, "ntp.ctrl.item", "Item", NONE, NONE, 0, NULL)                                     \
    X(PRIV_FLAGS_R, "ntp.priv.flags.r", "Response bit", UINT8, DEC, 0x80, ctrl_flags2_r_names)     \
    X(PRIV_FLAGS_MORE, "ntp.priv.flags.more", "More bit", UINT8, DEC, 0x40, NULL)                  \
    X(PRIV_AUTH_SEQ, "ntp.priv.auth_seq", "Auth, sequence", UINT8, DEC, 0, NULL)                   \
    X(PRIV_AUTH, "ntp.priv.auth", "Auth bit", UINT8, DEC, 0x80, NULL)                              \
    X(PRIV_SEQ, "ntp.priv.seq", "Sequence number", UINT8, DEC, 0x7f, NULL)                         \
    X(PRIV_IMPL, "ntp.priv.impl", "Implementation", UINT8, DEC, 0, priv_impl_names)                \
    X(PRIV_REQCODE, "ntp.priv.reqcode", "Request code", UINT8, DEC, 0, priv_reqcode_names)         \
    X(PRIV_ERR, "ntp.priv.err", "Err", UINT8, HEX, 0, priv_err_names)                              \
    X(PRIV_NUMITEMS, "ntp.priv.numitems", "Number of data items", UINT16, DEC, 0, NULL)            \
    X(PRIV_RESERVED, "ntp.priv.reserved", "Reserved", UINT8, HEX, 0, NULL)                         \
    X(PRIV_ITEMSIZE, "ntp.priv.itemsize", "Size of data item", UINT16, DEC, 0, NULL)               \
    X(PRIV_MODE7_ITEM, "ntp.priv.mode7.item", "Mode7 item", STRING, NONE, 0, NULL)                 \
    X(PRIV_MONLIST_AVGINT, "ntp.priv.monlist.avgint", "avgint", UINT32, DEC, 0, NULL)              \
    X(PRIV_MONLIST_LSINT, "ntp.priv.monlist.lsint", "lsint", UINT32, DEC, 0, NULL)                 \
    X(PRIV_MONLIST_RESTR, "ntp.priv.monlist.restr", "restr", UINT32, HEX, 0, NULL)                 \
    X(PRIV_MONLIST_COUNT, "ntp.priv.monlist.count", "count", UINT32, DEC, 0, NULL)                 \
    X(PRIV_MONLIST_REMOTE_ADDRESS, "ntp.priv.monlist.remote_address", "remote address", IPv4,      \
      NONE, 0, NULL)                                                                               \
    X(PRIV_MONLIST_LOCAL_ADDRESS, "ntp.priv.monlist.local_address", "local address", IPv4, NONE,   \
      0, NULL)                                                                                     \
    X(PRIV_MONLIST_FLAGS, "ntp.priv.monlist.flags", "flags", UINT32, HEX, 0, NULL)                 \
    X(PRIV_MONLIST_PORT, "ntp.priv.monlist.port", "port", UINT16, DEC, 0, NULL)                    \
    X(PRIV_MONLIST_MODE, "ntp.priv.monlist.mode", "mode", UINT8, DEC, 0, NULL)                     \
    X(PRIV_MONLIST_VERSION, "ntp.priv.monlist.version", "version", UINT8, DEC, 0, NULL)            \
    X(PRIV_MONLIST_IPV6, "ntp.priv.monlist.ipv6", "ipv6", UINT32, HEX, 0, NULL)                    \
    X(PRIV_MONLIST_UNUSED, "ntp.priv.monlist.unused", "unused", UINT32, HEX, 0, NULL)              \
    X(PRIV_MONLIST_ADDR6, "ntp.priv.monlist.addr6", "ipv6 remote addr", IPv6, NONE, 0, NULL)       \
    X(PRIV_MONLIST_DADDR6, "ntp.priv.monlist.daddr6", "ipv6 local addr", IPv6, NONE, 0, NULL)

FIELD_TABLE(FIELDS);

enum { NTP_PORT = 123 };
enum { MODE_CLIENT = 3, MODE_SERVER = 4, MODE_CONTROL = 6, MODE_PRIVATE = 7 };
enum { MAC_MAX = 24 }; /* key ID and SHA-1 */

/* The last questions of a flow; a server returns the time at which it was asked. */
struct asked {
    uint64_t stamp;
    int64_t time_ns;
    uint64_t packet;
};

enum { ASKED = 4 };

struct state {
    struct asked ring[ASKED];
    uint32_t next;
};

/* RFC 5905, section 6: seconds since 1900 and a fraction; from 2036 on they begin again. */
static uint64_t put_timestamp(struct packet *p, struct cursor *c, unsigned field)
{
    const uint8_t *b = cursor_take(c, 8);
    if (b == NULL)
        return 0;
    uint32_t seconds = be32(b), fraction = be32(b + 4);
    int64_t since_1970 = (int64_t)seconds - 2208988800 +
                         (seconds != 0 && (seconds & 0x80000000u) == 0 ? INT64_C(1) << 32 : 0);
    put_time(p, c, field, c->pos - 8, 8,
             since_1970 * 1000000000 + (int64_t)((uint64_t)fraction * 1000000000 >> 32));
    return (uint64_t)seconds << 32 | fraction;
}

/* A question notes itself; an answer finds it by its origin timestamp. */
static void put_exchange(struct packet *p, struct cursor *c, uint8_t mode, uint64_t origin,
                         uint64_t sent)
{
    struct state *s = flow_state(p, sizeof *s);
    if (s == NULL || p->quoted || c->fault != CURSOR_OK)
        return;
    if (mode == MODE_CLIENT) {
        s->ring[s->next++ % ASKED] = (struct asked){sent, p->in->time_ns, p->in->number};
        uint64_t answer;
        if (told(p, p->in->number, RESPONSE_IN, &answer))
            put_uint(p, c, RESPONSE_IN, c->pos, 0, answer);
        return;
    }
    for (unsigned i = 0; mode == MODE_SERVER && i < ASKED; i++) {
        const struct asked *a = &s->ring[i];
        if (a->packet == 0 || a->stamp != origin)
            continue;
        tell(p, a->packet, RESPONSE_IN, p->in->number);
        put_uint(p, c, REQUEST_IN, c->pos, 0, a->packet);
        put_time(p, c, DELTA_TIME, c->pos, 0, p->in->time_ns - a->time_ns);
        return;
    }
}

/* RFC 5905, section 7.5: extension fields, as long as more follows than a MAC can be. */
static void put_extensions(struct packet *p, struct cursor *c)
{
    while (c->fault == CURSOR_OK && cursor_left(c) > MAC_MAX) {
        const uint8_t *head = cursor_peek(c, 0, 4);
        uint32_t n = head == NULL ? 0 : be16(head + 2);
        if (n < 4)
            return;
        put_data(p, c, EXT, c->pos, n, "", 0);
        uint32_t tree = tree_begin(p, EXT);
        (void)put_u16(p, c, EXT_TYPE);
        (void)put_u16(p, c, EXT_LENGTH);
        if (n > 4)
            (void)put_bytes(p, c, EXT_VALUE, n - 4);
        tree_end(p, tree);
    }
}

static void dissect_time(struct packet *p, struct cursor *c, uint8_t flags)
{
    uint32_t tree = tree_begin(p, FLAGS);
    put_flags(p, c, FLAGS_LI, 3, c->pos - 1, 1, flags);
    tree_end(p, tree);
    uint8_t mode = flags & 7;
    (void)put_u8(p, c, STRATUM);
    (void)put_u8(p, c, PPOLL);
    (void)put_int_be(p, c, PRECISION, 1);
    (void)put_u32(p, c, ROOTDELAY);
    (void)put_u32(p, c, ROOTDISPERSION);
    (void)put_bytes(p, c, REFID, 4);
    (void)put_timestamp(p, c, REFTIME);
    uint64_t origin = put_timestamp(p, c, ORG);
    (void)put_timestamp(p, c, REC);
    uint64_t sent = put_timestamp(p, c, XMT);
    put_exchange(p, c, mode, origin, sent);
    if ((flags >> 3 & 7) == 4)
        put_extensions(p, c);
    if (cursor_left(c) >= 4)
        (void)put_bytes(p, c, KEYID, 4);
    if (cursor_left(c) > 0)
        (void)put_bytes(p, c, MAC, cursor_left(c));
}

/* RFC 9327, section 3. */
static void put_status(struct packet *p, struct cursor *c, uint8_t flags2)
{
    uint16_t status = put_u16(p, c, CTRL_STATUS);
    const uint8_t *association = cursor_peek(c, 0, 2);
    bool response = (flags2 & 0x80) != 0, of_peer = association != NULL && be16(association) != 0;
    uint8_t opcode = flags2 & 0x1f;
    if (c->fault != CURSOR_OK || !response)
        return;
    uint32_t tree = tree_begin(p, CTRL_STATUS);
    if ((flags2 & 0x40) != 0)
        put_bits(p, c, CTRL_ERR_STATUS, c->pos - 2, 2, status);
    else if ((opcode == 1 || opcode == 2) && !of_peer)
        put_flags(p, c, CTRL_SYS_STATUS_LI, 4, c->pos - 2, 2, status);
    else if (opcode == 1 || opcode == 2)
        put_flags(p, c, CTRL_PEER_STATUS_CONFIG, 8, c->pos - 2, 2, status);
    tree_end(p, tree);
}

static void dissect_control(struct packet *p, struct cursor *c, uint8_t flags)
{
    uint32_t tree = tree_begin(p, FLAGS);
    put_flags(p, c, FLAGS_LI, 3, c->pos - 1, 1, flags);
    tree_end(p, tree);
    uint8_t flags2 = put_u8(p, c, CTRL_FLAGS2);
    if (c->fault != CURSOR_OK)
        return;
    tree = tree_begin(p, CTRL_FLAGS2);
    put_flags(p, c, CTRL_FLAGS2_R, 4, c->pos - 1, 1, flags2);
    tree_end(p, tree);
    (void)put_u16(p, c, CTRL_SEQUENCE);
    put_status(p, c, flags2);
    (void)put_u16(p, c, CTRL_ASSOCID);
    (void)put_u16(p, c, CTRL_OFFSET);
    uint16_t n = put_u16(p, c, CTRL_COUNT);
    if (n == 0 || c->fault != CURSOR_OK)
        return;
    put_data(p, c, CTRL_DATA, c->pos, n, "", 0);
    cursor_skip(c, n);
    uint32_t padding = cursor_left(c) % 8;
    if (cursor_left(c) >= padding)
        cursor_skip(c, padding);
    if (cursor_left(c) > 4) {
        (void)put_bytes(p, c, KEYID, 4);
        (void)put_bytes(p, c, MAC, cursor_left(c));
    }
}

/* What ntpd answered to "monlist", before it was turned off for the floods it made. */
static void put_monitored(struct packet *p, struct cursor *c, uint16_t count, uint16_t size,
                          bool extended)
{
    enum { SHORT_ITEM = 32 };
    for (unsigned i = 0; i < count && size >= SHORT_ITEM && c->fault == CURSOR_OK; i++) {
        struct cursor item = cursor_part(c, size);
        put_data(p, &item, PRIV_MODE7_ITEM, item.pos, size, "Monlist Item", 12);
        uint32_t tree = tree_begin(p, PRIV_MODE7_ITEM);
        (void)put_u32(p, &item, PRIV_MONLIST_AVGINT);
        (void)put_u32(p, &item, PRIV_MONLIST_LSINT);
        if (extended)
            (void)put_u32(p, &item, PRIV_MONLIST_RESTR);
        (void)put_u32(p, &item, PRIV_MONLIST_COUNT);
        (void)put_ipv4(p, &item, PRIV_MONLIST_REMOTE_ADDRESS);
        if (extended) {
            (void)put_ipv4(p, &item, PRIV_MONLIST_LOCAL_ADDRESS);
            (void)put_u32(p, &item, PRIV_MONLIST_FLAGS);
        }
        (void)put_u16(p, &item, PRIV_MONLIST_PORT);
        (void)put_u8(p, &item, PRIV_MONLIST_MODE);
        (void)put_u8(p, &item, PRIV_MONLIST_VERSION);
        uint32_t v6 = put_u32(p, &item, PRIV_MONLIST_IPV6);
        if (cursor_left(&item) >= 4)
            (void)put_u32(p, &item, PRIV_MONLIST_UNUSED);
        if (v6 != 0 && cursor_left(&item) >= 32) {
            (void)put_bytes(p, &item, PRIV_MONLIST_ADDR6, 16);
            (void)put_bytes(p, &item, PRIV_MONLIST_DADDR6, 16);
        }
        tree_end(p, tree);
    }
}

static void dissect_private(struct packet *p, struct cursor *c, uint8_t flags)
{
    uint32_t tree = tree_begin(p, FLAGS);
    put_flags(p, c, PRIV_FLAGS_R, 2, c->pos - 1, 1, flags);
    put_flags(p, c, FLAGS_VN, 2, c->pos - 1, 1, flags);
    tree_end(p, tree);
    uint8_t seq = put_u8(p, c, PRIV_AUTH_SEQ);
    tree = tree_begin(p, PRIV_AUTH_SEQ);
    if (c->fault == CURSOR_OK)
        put_flags(p, c, PRIV_AUTH, 2, c->pos - 1, 1, seq);
    tree_end(p, tree);
    (void)put_u8(p, c, PRIV_IMPL);
    uint8_t code = put_u8(p, c, PRIV_REQCODE);
    uint16_t count = cursor_u16(c);
    if (c->fault == CURSOR_OK) {
        put_bits(p, c, PRIV_ERR, c->pos - 2, 1, count >> 8);
        put_bits(p, c, PRIV_NUMITEMS, c->pos - 2, 2, count);
    }
    uint16_t size = cursor_u16(c);
    if (c->fault != CURSOR_OK)
        return;
    put_bits(p, c, PRIV_RESERVED, c->pos - 2, 1, size >> 8);
    put_bits(p, c, PRIV_ITEMSIZE, c->pos - 2, 2, size);
    if ((flags & 0x80) != 0 && (code == 20 || code == 42))
        put_monitored(p, c, count & 0xfff, size & 0xfff, code == 42);
}

static void dissect(struct packet *p, struct cursor *c)
{
    static const char *const modes[] = {"reserved", "symmetric active", "symmetric passive",
                                        "client",   "server",           "broadcast",
                                        "control",  "private"};
    uint8_t flags = put_u8(p, c, FLAGS);
    if (c->fault != CURSOR_OK)
        return;
    const char *version = value_name_find(flags_vn_names, flags >> 3 & 7);
    title(p, "Network Time Protocol (%s, %s)", version != NULL ? version : "Unknown version",
          modes[flags & 7]);
    info_set(p, "%s, %s", version != NULL ? version : "Unknown version", modes[flags & 7]);
    if ((flags & 7) == MODE_CONTROL)
        dissect_control(p, c, flags);
    else if ((flags & 7) == MODE_PRIVATE)
        dissect_private(p, c, flags);
    else
        dissect_time(p, c, flags);
}

static const struct binding bindings[] = {
    {"udp.port", NTP_PORT}, {"tcp.port", NTP_PORT}, {NULL, 0}};

const struct protocol proto_ntp = {.name = "ntp",
                                   .title = "Network Time Protocol",
                                   .column = "NTP",
                                   FIELDS_OF_THIS_FILE,
                                   .bindings = bindings,
                                   .dissect = dissect};
