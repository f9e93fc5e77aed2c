/* iec60870_104: IEC 60870-5-104: frames of remote control over TCP, and iec60870_asdu: what they
 * carry.
 *
 *     | 0x68 | length | control (4) | ASDU ...
 *     | type | SQ, number | test, P/N, cause | originator | address (2) | objects ...
 */
#include "dissect/pdu.h"

static const struct value_name frame_types[] = {VALUE(0, "I"), VALUE(1, "S"), VALUE(3, "U"),
                                                VALUES_END};

#define FIELDS(X)                                                                                  \
    X(APDULEN, "iec60870_104.apdulen", "ApduLen", UINT8, DEC, 0, NULL)                             \
    X(TYPE, "iec60870_104.type", "Type", UINT8, HEX, 0x03, frame_types)                            \
    X(TX, "iec60870_104.tx", "Tx", UINT16, DEC, 0xfffe, NULL)                                      \
    X(RX, "iec60870_104.rx", "Rx", UINT16, DEC, 0xfffe, NULL)

FIELD_TABLE(FIELDS);

enum { ASDU_TABLE, START = 0x68, PORT = 2404 };

/* U frames start and stop the transfer, and test the line: one bit each. */
static const char *u_name(uint8_t control)
{
    static const char *const names[] = {"STARTDT act", "STARTDT con", "STOPDT act",
                                        "STOPDT con",  "TESTFR act",  "TESTFR con"};
    for (unsigned i = 0; i < sizeof names / sizeof *names; i++) {
        if (control >> 2 == 1 << i)
            return names[i];
    }
    return "Unknown";
}

static void put_summary(struct packet *p, uint8_t type, const uint8_t *control)
{
    const char *way = p->src_port == PORT ? "->" : "<-", *summary;
    unsigned tx = le16(control) >> 1, rx = le16(control + 2) >> 1;
    if (type == 0)
        summary = packet_text(p, "%s I (%u,%u) ", way, tx, rx);
    else if (type == 1)
        summary = packet_text(p, "%s S (%u) ", way, rx);
    else
        summary = packet_text(p, "%s U (%s) ", way, u_name(control[0]));
    title(p, "IEC 60870-5-104: %s", summary);
    info_set(p, "%s", summary);
}

static void dissect(struct packet *p, struct cursor *c)
{
    cursor_skip(c, 1);
    uint8_t n = put_u8(p, c, APDULEN);
    const uint8_t *b = cursor_take(c, 4);
    if (b == NULL)
        return;
    uint8_t type = (b[0] & 1) == 0 ? 0 : b[0] & 3;
    put_uint(p, c, TYPE, c->pos - 4, 1, type);
    if (type == 0)
        put_bits(p, c, TX, c->pos - 4, 2, le16(b));
    if (type <= 1)
        put_bits(p, c, RX, c->pos - 2, 2, le16(b + 2));
    put_summary(p, type, b);
    if (n > 4)
        cursor_trim(c, n - 4u);
    if (type == 0 && cursor_captured(c) > 0)
        (void)next(p, c, ASDU_TABLE, 0);
}

static bool probe(const struct packet *p, const struct cursor *c)
{
    (void)p;
    const uint8_t *b = cursor_peek(c, 0, 1);
    return b != NULL && b[0] == START;
}

static uint32_t message(struct packet *p, const struct cursor *c)
{
    (void)p;
    return pdu_be(c, 1, 1, 2);
}

static const char *const tables[] = {"iec60870.asdu", NULL};
static const struct binding bindings[] = {{"tcp.port", PORT}, {NULL, 0}};

const struct protocol proto_iec60870_104 = {.name = "iec60870_104",
                                            .title = "IEC 60870-5-104",
                                            .column = "IEC 60870-5-104",
                                            FIELDS_OF_THIS_FILE,
                                            .tables = tables,
                                            .bindings = bindings,
                                            .probe = probe,
                                            .message = message,
                                            .pdus = true,
                                            .dissect = dissect};

/* ---- ASDU (IEC 60870-5-101, section 7) -------------------------------------------------------- */

static const struct value_name type_names[] = {VALUE(1, "M_SP_NA_1"),
                                               VALUE(2, "M_SP_TA_1"),
                                               VALUE(3, "M_DP_NA_1"),
                                               VALUE(4, "M_DP_TA_1"),
                                               VALUE(5, "M_ST_NA_1"),
                                               VALUE(6, "M_ST_TA_1"),
                                               VALUE(7, "M_BO_NA_1"),
                                               VALUE(8, "M_BO_TA_1"),
                                               VALUE(9, "M_ME_NA_1"),
                                               VALUE(10, "M_ME_TA_1"),
                                               VALUE(11, "M_ME_NB_1"),
                                               VALUE(12, "M_ME_TB_1"),
                                               VALUE(13, "M_ME_NC_1"),
                                               VALUE(14, "M_ME_TC_1"),
                                               VALUE(15, "M_IT_NA_1"),
                                               VALUE(16, "M_IT_TA_1"),
                                               VALUE(20, "M_PS_NA_1"),
                                               VALUE(21, "M_ME_ND_1"),
                                               VALUE(30, "M_SP_TB_1"),
                                               VALUE(31, "M_DP_TB_1"),
                                               VALUE(32, "M_ST_TB_1"),
                                               VALUE(33, "M_BO_TB_1"),
                                               VALUE(34, "M_ME_TD_1"),
                                               VALUE(35, "M_ME_TE_1"),
                                               VALUE(36, "M_ME_TF_1"),
                                               VALUE(37, "M_IT_TB_1"),
                                               VALUE(38, "M_EP_TD_1"),
                                               VALUE(39, "M_EP_TE_1"),
                                               VALUE(40, "M_EP_TF_1"),
                                               VALUE(41, "S_IT_TC_1"),
                                               VALUE(45, "C_SC_NA_1"),
                                               VALUE(46, "C_DC_NA_1"),
                                               VALUE(47, "C_RC_NA_1"),
                                               VALUE(48, "C_SE_NA_1"),
                                               VALUE(49, "C_SE_NB_1"),
                                               VALUE(50, "C_SE_NC_1"),
                                               VALUE(51, "C_BO_NA_1"),
                                               VALUE(58, "C_SC_TA_1"),
                                               VALUE(59, "C_DC_TA_1"),
                                               VALUE(60, "C_RC_TA_1"),
                                               VALUE(61, "C_SE_TA_1"),
                                               VALUE(62, "C_SE_TB_1"),
                                               VALUE(63, "C_SE_TC_1"),
                                               VALUE(64, "C_BO_TA_1"),
                                               VALUE(70, "M_EI_NA_1"),
                                               VALUE(81, "S_CH_NA_1"),
                                               VALUE(82, "S_RP_NA_1"),
                                               VALUE(83, "S_AR_NA_1"),
                                               VALUE(84, "S_KR_NA_1"),
                                               VALUE(85, "S_KS_NA_1"),
                                               VALUE(86, "S_KC_NA_1"),
                                               VALUE(87, "S_ER_NA_1"),
                                               VALUE(90, "S_US_NA_1"),
                                               VALUE(91, "S_UQ_NA_1"),
                                               VALUE(92, "S_UR_NA_1"),
                                               VALUE(93, "S_UK_NA_1"),
                                               VALUE(94, "S_UA_NA_1"),
                                               VALUE(95, "S_UC_NA_1"),
                                               VALUE(100, "C_IC_NA_1"),
                                               VALUE(101, "C_CI_NA_1"),
                                               VALUE(102, "C_RD_NA_1"),
                                               VALUE(103, "C_CS_NA_1"),
                                               VALUE(105, "C_RP_NA_1"),
                                               VALUE(107, "C_TS_TA_1"),
                                               VALUE(110, "P_ME_NA_1"),
                                               VALUE(111, "P_ME_NB_1"),
                                               VALUE(112, "P_ME_NC_1"),
                                               VALUE(113, "P_AC_NA_1"),
                                               VALUE(120, "F_FR_NA_1"),
                                               VALUE(121, "F_SR_NA_1"),
                                               VALUE(122, "F_SC_NA_1"),
                                               VALUE(123, "F_LS_NA_1"),
                                               VALUE(124, "F_AF_NA_1"),
                                               VALUE(125, "F_SG_NA_1"),
                                               VALUE(126, "F_DR_TA_1"),
                                               VALUE(127, "F_SC_NB_1"),
                                               VALUES_END};
static const struct value_name type_titles[] = {
    VALUE(1, "single-point information"),
    VALUE(2, "single-point information with time tag"),
    VALUE(3, "double-point information"),
    VALUE(4, "double-point information with time tag"),
    VALUE(5, "step position information"),
    VALUE(6, "step position information with time tag"),
    VALUE(7, "bitstring of 32 bits"),
    VALUE(8, "bitstring of 32 bits with time tag"),
    VALUE(9, "measured value, normalized value"),
    VALUE(10, "measured value, normalized value with time tag"),
    VALUE(11, "measured value, scaled value"),
    VALUE(12, "measured value, scaled value with time tag"),
    VALUE(13, "measured value, short floating point number"),
    VALUE(14, "measured value, short floating point number with time tag"),
    VALUE(15, "integrated totals"),
    VALUE(16, "integrated totals with time tag"),
    VALUE(20, "packed single-point information with status change detection"),
    VALUE(21, "measured value, normalized value without quality descriptor"),
    VALUE(30, "single-point information with time tag CP56Time2a"),
    VALUE(31, "double-point information with time tag CP56Time2a"),
    VALUE(32, "step position information with time tag CP56Time2a"),
    VALUE(33, "bitstring of 32 bit with time tag CP56Time2a"),
    VALUE(34, "measured value, normalized value with time tag CP56Time2a"),
    VALUE(35, "measured value, scaled value with time tag CP56Time2a"),
    VALUE(36, "measured value, short floating point number with time tag CP56Time2a"),
    VALUE(37, "integrated totals with time tag CP56Time2a"),
    VALUE(38, "event of protection equipment with time tag CP56Time2a"),
    VALUE(39, "packed start events of protection equipment with time tag CP56Time2a"),
    VALUE(40, "packed output circuit information of protection equipment with time tag CP56Time2a"),
    VALUE(41, "integrated totals containing time tagged security statistics"),
    VALUE(45, "single command"),
    VALUE(46, "double command"),
    VALUE(47, "regulating step command"),
    VALUE(48, "set point command, normalized value"),
    VALUE(49, "set point command, scaled value"),
    VALUE(50, "set point command, short floating point number"),
    VALUE(51, "bitstring of 32 bits"),
    VALUE(58, "single command with time tag CP56Time2a"),
    VALUE(59, "double command with time tag CP56Time2a"),
    VALUE(60, "regulating step command with time tag CP56Time2a"),
    VALUE(61, "set point command, normalized value with time tag CP56Time2a"),
    VALUE(62, "set point command, scaled value with time tag CP56Time2a"),
    VALUE(63, "set point command, short floating-point number with time tag CP56Time2a"),
    VALUE(64, "bitstring of 32 bits with time tag CP56Time2a"),
    VALUE(70, "end of initialization"),
    VALUE(81, "authentication challenge"),
    VALUE(82, "authentication reply"),
    VALUE(83, "aggressive mode authentication request session key status request"),
    VALUE(84, "session key status request"),
    VALUE(85, "session key status"),
    VALUE(86, "session key change"),
    VALUE(87, "authentication error"),
    VALUE(90, "user status change"),
    VALUE(91, "update key change request"),
    VALUE(92, "update key change reply"),
    VALUE(93, "update key change symmetric"),
    VALUE(94, "update key change asymmetric"),
    VALUE(95, "update key change confirmation"),
    VALUE(100, "interrogation command"),
    VALUE(101, "counter interrogation command"),
    VALUE(102, "read command"),
    VALUE(103, "clock synchronization command"),
    VALUE(105, "reset process command"),
    VALUE(107, "test command with time tag CP56Time2a"),
    VALUE(110, "parameter of measured value, normalized value"),
    VALUE(111, "parameter of measured value, scaled value"),
    VALUE(112, "parameter of measured value, short floating-point number"),
    VALUE(113, "parameter activation"),
    VALUE(120, "file ready"),
    VALUE(121, "section ready"),
    VALUE(122, "call directory, select file, call file, call section"),
    VALUE(123, "last section, last segment"),
    VALUE(124, "ack file, ack section"),
    VALUE(125, "segment"),
    VALUE(126, "directory"),
    VALUE(127, "Query Log - Request archive file"),
    VALUES_END};
static const struct value_name causes[] = {VALUE(1, "Per/Cyc"),
                                           VALUE(2, "Back"),
                                           VALUE(3, "Spont"),
                                           VALUE(4, "Init"),
                                           VALUE(5, "Req"),
                                           VALUE(6, "Act"),
                                           VALUE(7, "ActCon"),
                                           VALUE(8, "Deact"),
                                           VALUE(9, "DeactCon"),
                                           VALUE(10, "ActTerm"),
                                           VALUE(11, "Retrem"),
                                           VALUE(12, "Retloc"),
                                           VALUE(13, "File"),
                                           VALUE(14, "Auth"),
                                           VALUE(15, "Seskey"),
                                           VALUE(16, "Usrkey"),
                                           VALUE(20, "Inrogen"),
                                           VALUE(21, "Inro1"),
                                           VALUE(22, "Inro2"),
                                           VALUE(23, "Inro3"),
                                           VALUE(24, "Inro4"),
                                           VALUE(25, "Inro5"),
                                           VALUE(26, "Inro6"),
                                           VALUE(27, "Inro7"),
                                           VALUE(28, "Inro8"),
                                           VALUE(29, "Inro9"),
                                           VALUE(30, "Inro10"),
                                           VALUE(31, "Inro11"),
                                           VALUE(32, "Inro12"),
                                           VALUE(33, "Inro13"),
                                           VALUE(34, "Inro14"),
                                           VALUE(35, "Inro15"),
                                           VALUE(36, "Inro16"),
                                           VALUE(37, "Reqcogen"),
                                           VALUE(38, "Reqco1"),
                                           VALUE(39, "Reqco2"),
                                           VALUE(40, "Reqco3"),
                                           VALUE(41, "Reqco4"),
                                           VALUE(44, "UkTypeId"),
                                           VALUE(45, "UkCauseTx"),
                                           VALUE(46, "UkComAdrASDU"),
                                           VALUE(47, "UkIOA"),
                                           VALUES_END};

#define ASDU_FIELDS(X)                                                                             \
    X(TYPEID, "iec60870_asdu.typeid", "TypeId", UINT8, DEC, 0, type_names)                         \
    X(SQ, "iec60870_asdu.sq", "SQ", BOOLEAN, 8, 0x80, NULL)                                        \
    X(NUMIX, "iec60870_asdu.numix", "NumIx", UINT8, DEC, 0x7f, NULL)                               \
    X(CAUSETX, "iec60870_asdu.causetx", "CauseTx", UINT8, DEC, 0x3f, causes)                       \
    X(NEGA, "iec60870_asdu.nega", "Negative", BOOLEAN, 8, 0x40, NULL)                              \
    X(TEST, "iec60870_asdu.test", "Test", BOOLEAN, 8, 0x80, NULL)                                  \
    X(OA, "iec60870_asdu.oa", "OA", UINT8, DEC, 0, NULL)                                           \
    X(ADDR, "iec60870_asdu.addr", "Addr", UINT16, DEC, 0, NULL)
enum { ASDU_FIELDS(FIELD_ID) ASDU_FIELD_COUNT };
static const struct field_def asdu_field_defs[] = {ASDU_FIELDS(FIELD_ROW)};

enum { IS_SEQUENCE = 0x80, COUNT = 0x7f, CAUSE = 0x3f, NEGATIVE = 0x40, IS_TEST = 0x80 };

/* Which objects the ASDU speaks of: one, so many from one on, or one and others. */
static const char *objects_text(struct packet *p, const struct cursor *c, uint8_t count)
{
    const uint8_t *b = cursor_peek(c, 0, 3);
    if (b == NULL)
        return NULL;
    uint32_t first = le16(b) | (uint32_t)b[2] << 16;
    unsigned n = count & COUNT;
    if (n == 1)
        return packet_text(p, "IOA=%u", first);
    if ((count & IS_SEQUENCE) == 0)
        return packet_text(p, "IOA[%u]=%u,...", n, first);
    return packet_text(p, "IOA[%u]=%u-%u", n, first, first + n - 1);
}

static void put_asdu_title(struct packet *p, const struct cursor *c, uint8_t type,
                           const uint8_t *head, uint16_t address)
{
    const char *objects = (head[0] & COUNT) == 0 ? NULL : objects_text(p, c, head[0]);
    if (objects == NULL)
        return;
    const char *name = value_name_find(type_names, type),
               *what = value_name_find(type_titles, type);
    const char *cause = value_name_find(causes, head[1] & CAUSE);
    if (cause == NULL)
        cause = packet_text(p, " <CauseTx=%u>", head[1] & CAUSE);
    cause = packet_text(p, "%s%s%s", cause, head[1] & NEGATIVE ? "_NEGA" : "",
                        head[1] & IS_TEST ? "_TEST" : "");
    const char *text = packet_text(p, "ASDU=%u %s %-7s %s '%s'", address,
                                   name != NULL ? name : packet_text(p, "<TypeId=%u>", type), cause,
                                   objects, what != NULL ? what : "<Unknown TypeId>");
    title(p, "IEC 60870-5-101/104 ASDU: %s", text);
    info_add(p, "%s", text);
}

static void dissect_asdu(struct packet *p, struct cursor *c)
{
    uint8_t type = put_u8(p, c, TYPEID);
    const uint8_t *b = cursor_take(c, 2);
    if (b != NULL) {
        put_flags(p, c, SQ, 2, c->pos - 2, 1, b[0]);
        put_flags(p, c, CAUSETX, 3, c->pos - 1, 1, b[1]);
    }
    (void)put_u8(p, c, OA);
    uint16_t address = (uint16_t)put_uint_le(p, c, ADDR, 2);
    if (c->fault != CURSOR_OK)
        return;
    put_asdu_title(p, c, type, b, address);
    cursor_skip(c, cursor_captured(c));
}

static const struct binding asdu_bindings[] = {{"iec60870.asdu", 0}, {NULL, 0}};

const struct protocol proto_iec60870_asdu = {.name = "iec60870_asdu",
                                             .title = "IEC 60870-5-101/104 ASDU",
                                             .column = "IEC 60870-5 ASDU",
                                             .fields = asdu_field_defs,
                                             .field_count = ASDU_FIELD_COUNT,
                                             .bindings = asdu_bindings,
                                             .dissect = dissect_asdu};
