/* syslog: messages of the BSD form (RFC 3164) and of RFC 5424, over UDP. */
#include <ctype.h>
#include <stdio.h>

#include "dissect/packet.h"

static const struct value_name facility_names[] = {
    VALUE(0, "KERN - kernel messages"),
    VALUE(1, "USER - random user-level messages"),
    VALUE(2, "MAIL - mail system"),
    VALUE(3, "DAEMON - system daemons"),
    VALUE(4, "AUTH - security/authorization messages"),
    VALUE(5, "SYSLOG - messages generated internally by syslogd"),
    VALUE(6, "LPR - line printer subsystem"),
    VALUE(7, "NEWS - network news subsystem"),
    VALUE(8, "UUCP - UUCP subsystem"),
    VALUE(9, "CRON - clock daemon (BSD, Linux)"),
    VALUE(10, "AUTHPRIV - security/authorization messages (private)"),
    VALUE(11, "FTP - ftp daemon"),
    VALUE(12, "NTP - ntp subsystem"),
    VALUE(13, "LOGAUDIT - log audit"),
    VALUE(14, "LOGALERT - log alert"),
    VALUE(15, "CRON - clock daemon (Solaris)"),
    VALUE(16, "LOCAL0 - reserved for local use"),
    VALUE(17, "LOCAL1 - reserved for local use"),
    VALUE(18, "LOCAL2 - reserved for local use"),
    VALUE(19, "LOCAL3 - reserved for local use"),
    VALUE(20, "LOCAL4 - reserved for local use"),
    VALUE(21, "LOCAL5 - reserved for local use"),
    VALUE(22, "LOCAL6 - reserved for local use"),
    VALUE(23, "LOCAL7 - reserved for local use"),
    VALUES_END};

static const struct value_name level_names[] = {
    VALUE(0, "EMERG - system is unusable"),
    VALUE(1, "ALERT - action must be taken immediately"),
    VALUE(2, "CRIT - critical conditions"),
    VALUE(3, "ERR - error conditions"),
    VALUE(4, "WARNING - warning conditions"),
    VALUE(5, "NOTICE - normal but significant condition"),
    VALUE(6, "INFO - informational"),
    VALUE(7, "DEBUG - debug-level messages"),
    VALUES_END};

#define FIELDS(X)                                                                                  \
    X(FACILITY, "syslog.facility", "Facility", UINT8, DEC, 0x3f8, facility_names)                  \
    X(LEVEL, "syslog.level", "Level", UINT8, DEC, 0x7, level_names)                                \
    X(MSG, "syslog.msg", "Message", STRING, NONE, 0, NULL)                                         \
    X(MSU_PRESENT, "syslog.msu_present", "SS7 MSU present", BOOLEAN, NONE, 0, NULL)                \
    X(VERSION, "syslog.version", "Syslog version", STRING, NONE, 0, NULL)                          \
    X(TIMESTAMP, "syslog.timestamp", "Syslog timestamp", ABSOLUTE_TIME, UTC, 0, NULL)              \
    X(TIMESTAMP_RFC3164, "syslog.timestamp_rfc3164", "Syslog timestamp (RFC3164)", STRING, NONE,   \
      0, NULL)                                                                                     \
    X(HOSTNAME, "syslog.hostname", "Syslog hostname", STRING, NONE, 0, NULL)                       \
    X(APPNAME, "syslog.appname", "Syslog app name", STRING, NONE, 0, NULL)                         \
    X(PROCID, "syslog.procid", "Syslog process id", STRING, NONE, 0, NULL)                         \
    X(MSGID, "syslog.msgid", "Syslog message id", STRING, NONE, 0, NULL)                           \
    X(MSGID_BOM, "syslog.msgid.bom", "Syslog BOM", UINT24, HEX, 0, NULL)

FIELD_TABLE(FIELDS);

enum { SYSLOG_PORT = 514, TITLE_MAX = 238 };

static const char *const facilities[] = {
    "KERN",   "USER",   "MAIL",     "DAEMON", "AUTH",   "SYSLOG",   "LPR",      "NEWS",
    "UUCP",   "CRON",   "AUTHPRIV", "FTP",    "NTP",    "LOGAUDIT", "LOGALERT", "CRON",
    "LOCAL0", "LOCAL1", "LOCAL2",   "LOCAL3", "LOCAL4", "LOCAL5",   "LOCAL6",   "LOCAL7"};
static const char *const levels[] = {"EMERG",   "ALERT",  "CRIT", "ERR",
                                     "WARNING", "NOTICE", "INFO", "DEBUG"};

/* "<165>", RFC 3164, section 4.1.1. -1: not there. */
static int priority_read(const struct cursor *c, uint32_t *length)
{
    const uint8_t *b = cursor_peek(c, 0, 1);
    int priority = 0;
    uint32_t at = 1;
    *length = 0;
    if (b == NULL || *b != '<')
        return -1;
    for (; at < 4 && (b = cursor_peek(c, at, 1)) != NULL && isdigit(*b); at++)
        priority = 10 * priority + (*b - '0');
    if ((b = cursor_peek(c, at, 1)) != NULL && *b == '>')
        at++;
    *length = at;
    return priority;
}

/* A byte as a tree shows it; the number of characters. */
static size_t escape(char *to, uint8_t byte)
{
    static const char letters[] = "abtnvfr"; /* 7 to 13 */
    if (byte >= 7 && byte <= 13)
        return (size_t)sprintf(to, "\\%c", letters[byte - 7]);
    if (byte < 0x20 || byte == 0x7f)
        return (size_t)sprintf(to, "\\%03o", byte);
    *to = (char)byte;
    return 1;
}

/* The title is the message itself, cut where a line would grow too long. */
static void put_title(struct packet *p, const char *priority, const uint8_t *text, uint32_t n)
{
    char line[TITLE_MAX + 8];
    size_t at = 0, room = TITLE_MAX + 1 - strlen("Syslog message: : ") - strlen(priority);
    uint32_t i = 0;
    for (; i < n && at < room; i++)
        at += escape(line + at, text[i]);
    bool cut = i < n || at > room;
    if (cut)
        at = room - strlen(" [truncated]") - 1;
    title(p, "%sSyslog message: %s: %.*s", cut ? " [truncated]" : "", priority, (int)at, line);
    info_set(p, "%s: %.*s", priority, (int)at, line);
}

/* The next word of [*at, end), and moves past it and the space after it. */
static uint32_t word(struct packet *p, const struct cursor *c, unsigned field, uint32_t at,
                     uint32_t end)
{
    uint32_t stop = at;
    while (stop < end && c->data[stop] != ' ')
        stop++;
    if (stop > at)
        put_data(p, c, field, at, stop - at, c->data + at, stop - at);
    return stop < end ? stop + 1 : stop;
}

/* Two digits, or -1. */
static int two(const uint8_t *b)
{
    return isdigit(b[0]) && isdigit(b[1]) ? 10 * (b[0] - '0') + (b[1] - '0') : -1;
}

/* A time has 64 bits of nanoseconds: what lies beyond is the last that there is. */
#define MOST_SECONDS (INT64_MAX / 1000000000 - 1)

static int64_t days_from_civil(int year, int month, int day)
{
    year -= month <= 2;
    int era = year / 400, of_era = year - era * 400;
    int of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return (int64_t)era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

/* "2003-10-11T22:14:15.003Z": RFC 5424, section 6.2.3. False if it is none. */
static bool timestamp_read(const uint8_t *b, uint32_t n, int64_t *ns)
{
    if (n < 20 || b[4] != '-' || b[7] != '-' || b[10] != 'T' || b[13] != ':' || b[16] != ':')
        return false;
    int century = two(b), year = two(b + 2), month = two(b + 5), day = two(b + 8);
    int hour = two(b + 11), minute = two(b + 14), second = two(b + 17);
    if (century < 0 || year < 0 || month < 1 || month > 12 || day < 1 || hour < 0 || minute < 0 ||
        second < 0)
        return false;
    int64_t fraction = 0, unit = 100000000;
    uint32_t at = 19;
    if (b[at] == '.') {
        for (at++; at < n && isdigit(b[at]); at++, unit /= 10)
            fraction += unit * (b[at] - '0');
    }
    int64_t offset = 0;
    if (at + 5 < n && (b[at] == '+' || b[at] == '-'))
        offset = (two(b + at + 1) * 60 + two(b + at + 4)) * (b[at] == '-' ? -1 : 1);
    int64_t days = days_from_civil(100 * century + year, month, day);
    int64_t seconds = ((days * 24 + hour) * 60 + minute - offset) * 60 + second;
    *ns = seconds > MOST_SECONDS    ? INT64_MAX
          : seconds < -MOST_SECONDS ? INT64_MIN
                                    : seconds * 1000000000 + fraction;
    return true;
}

/* RFC 5424, section 6: "1 TIMESTAMP HOSTNAME APP-NAME PROCID MSGID ...". */
static void put_new(struct packet *p, const struct cursor *c, uint32_t at, uint32_t end)
{
    int64_t ns;
    at = word(p, c, VERSION, at, end);
    uint32_t stop = at;
    while (stop < end && c->data[stop] != ' ')
        stop++;
    if (timestamp_read(c->data + at, stop - at, &ns))
        put_time(p, c, TIMESTAMP, at, stop - at, ns);
    at = stop < end ? stop + 1 : stop;
    for (unsigned field = HOSTNAME; field < MSGID; field++)
        at = word(p, c, field, at, end);
    if (at < end) /* with what follows it, as in messages of the old form */
        put_data(p, c, MSGID, at, end - at, c->data + at, end - at);
}

/* "Oct 21 06:55:08 host process[12]: text": RFC 3164, section 4.1.2. */
static bool has_old_time(const uint8_t *b, uint32_t n)
{
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    bool month = false;
    for (unsigned i = 0; n >= 16 && i < 12; i++)
        month |= memcmp(b, months + 3 * i, 3) == 0;
    return month && b[3] == ' ' && b[6] == ' ' && b[9] == ':' && b[12] == ':' && b[15] == ' ';
}

static void put_old(struct packet *p, const struct cursor *c, uint32_t at, uint32_t end)
{
    put_data(p, c, TIMESTAMP_RFC3164, at, 15, c->data + at, 15);
    at = word(p, c, HOSTNAME, at + 16, end);
    uint32_t stop = at;
    while (stop < end && c->data[stop] != ' ' && c->data[stop] != ':' && c->data[stop] != '[')
        stop++;
    if (stop >= end || c->data[stop] == ' ')
        return;
    put_data(p, c, PROCID, at, stop - at, c->data + at, stop - at);
    put_data(p, c, MSGID, stop, end - stop, c->data + stop, end - stop);
}

static void dissect(struct packet *p, struct cursor *c)
{
    uint32_t start = c->pos, prefix;
    int priority = priority_read(c, &prefix);
    cursor_skip(c, prefix);
    uint32_t n = cursor_captured(c);
    const uint8_t *text = c->data + c->pos;
    char name[32] = "(unknown)";
    if (priority >= 0) {
        unsigned facility = (unsigned)priority >> 3;
        (void)snprintf(name, sizeof name, "%s.%s", facility < 24 ? facilities[facility] : "UNKNOWN",
                       levels[priority & 7]);
        put_flags(p, c, FACILITY, 2, start, prefix, (unsigned)priority);
    }
    put_title(p, name, text, n);
    put_data(p, c, MSG, c->pos, n, text, n);
    uint32_t tree = tree_begin(p, MSG);
    if (n > 2 && isdigit(text[0]) && text[1] == ' ')
        put_new(p, c, c->pos, c->pos + n);
    else if (has_old_time(text, n))
        put_old(p, c, c->pos, c->pos + n);
    tree_end(p, tree);
    cursor_skip(c, cursor_left(c));
}

static const struct binding bindings[] = {{"udp.port", SYSLOG_PORT}, {NULL, 0}};

const struct protocol proto_syslog = {.name = "syslog",
                                      .title = "Syslog message",
                                      .column = "Syslog",
                                      FIELDS_OF_THIS_FILE,
                                      .bindings = bindings,
                                      .dissect = dissect};
