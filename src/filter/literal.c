/* Words, strings and characters as values of the type on the other side. */
#include <arpa/inet.h>
#include <inttypes.h>
#include <math.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "base/bytes.h"
#include "filter/ast.h"

enum value_kind kind_of(unsigned type)
{
    switch (type) {
    case LAMNA_NONE:
    case UNTYPED:
        return KIND_NONE;
    case LAMNA_FLOAT:
    case LAMNA_DOUBLE:
        return KIND_DOUBLE;
    case LAMNA_ABSOLUTE_TIME:
    case LAMNA_RELATIVE_TIME:
        return KIND_TIME;
    case LAMNA_STRING:
        return KIND_STRING;
    case LAMNA_IPv4:
        return KIND_IPV4;
    case LAMNA_IPv6:
        return KIND_IPV6;
    case LAMNA_PROTOCOL:
    case LAMNA_BYTES:
    case LAMNA_UINT_BYTES:
    case LAMNA_ETHER:
    case LAMNA_EUI64:
    case LAMNA_GUID:
    case LAMNA_OID:
        return KIND_BYTES;
    default:
        return KIND_NUMBER;
    }
}

/* ---- Numbers --------------------------------------------------------------------------------- */

/* C's spelling of integers, and 0b; nothing may follow. */
static bool parse_integer(const char *s, uint64_t *v)
{
    int base = 0;
    if (s[0] == '0' && (s[1] == 'b' || s[1] == 'B')) {
        base = 2;
        s += 2;
    }
    if (!(*s >= '0' && *s <= '9'))
        return false;
    char *end;
    *v = strtoull(s, &end, base);
    /* ULLONG_MAX itself is valid, what is larger is not. */
    if (*v == UINT64_MAX && strcmp(s, "18446744073709551615") != 0 &&
        strcasecmp(s, "0xffffffffffffffff") != 0)
        return false;
    return *end == '\0';
}

static bool fits(uint64_t v, unsigned type)
{
    unsigned bytes = type_bytes((lamna_type)type);
    return bytes == 0 || bytes >= 8 || v >> (8 * bytes) == 0;
}

/* Text in quotes is text: a number, an address or a length of time is written without. */
static bool not_quoted(struct compiler *c, struct node *n, unsigned type)
{
    if (n->kind != NODE_STRING)
        return true;
    compile_error(c, n->begin, n->end, "A value of type %s is expected here, not text",
                  lamna_type_name((lamna_type)type));
    if (strpbrk(n->text, "0123456789:") != NULL &&
        strspn(n->text, "0123456789abcdefABCDEFxX.:/-") == n->length)
        compile_hint(c, "Write it without quotes: %s", n->text);
    return false;
}

static bool convert_boolean(struct node *n)
{
    bool yes = strcasecmp(n->text, "true") == 0;
    if (!yes && strcasecmp(n->text, "false") != 0)
        return false;
    n->value.u = yes;
    return true;
}

static bool convert_number(struct compiler *c, struct node *n, unsigned type)
{
    n->value.is_signed = type >= LAMNA_INT8 && type <= LAMNA_INT64;
    if (n->kind == NODE_CHAR) {
        n->value.u = (uint8_t)n->text[0];
        return true;
    }
    if (n->kind != NODE_WORD || !parse_integer(n->text, &n->value.u))
        return compile_error(c, n->begin, n->end, "\"%s\" is not a number", n->text);
    if (type == LAMNA_BOOLEAN) {
        n->value.u = n->value.u != 0;
        return true;
    }
    return fits(n->value.u, type) ||
           compile_error(c, n->begin, n->end, "%s is too large for a field of type %s", n->text,
                         lamna_type_name((lamna_type)type));
}

bool literal_is_name(const struct node *n, const struct value_name *v)
{
    return n->kind != NODE_CHAR && strcasecmp(v->name, n->text) == 0;
}

/* Words and text may be names of values; a word that is a number is that. */
static const struct value_name *find_name(const struct node *n, const struct field_def *def)
{
    uint64_t v;
    if (def == NULL || def->names == NULL || (n->kind == NODE_WORD && parse_integer(n->text, &v)))
        return NULL;
    for (const struct value_name *row = def->names; row->name != NULL; row++) {
        if (literal_is_name(n, row))
            return row;
    }
    return NULL;
}

bool literal_names_many(const struct node *n, const struct field_def *def)
{
    const struct value_name *row = find_name(n, def);
    if (row == NULL)
        return false;
    bool many = row->low != row->high;
    for (row++; row->name != NULL; row++)
        many |= literal_is_name(n, row);
    return many;
}

/* The value of a name, as "Set" or "TCP". */
static bool convert_name(struct compiler *c, struct node *n, const struct field_def *def)
{
    const struct value_name *row = find_name(n, def);
    if (row == NULL)
        return false;
    n->value.u = row->low;
    if (n->kind == NODE_WORD)
        compile_warn(c, n->begin, n->end,
                     "A value's name without quotes is deprecated: write \"%s\"", n->text);
    if (!literal_names_many(n, def))
        return true;
    compile_error(c, n->begin, n->end, "\"%s\" is the name of several values, which have no order",
                  n->text);
    return true;
}

/* A number of seconds as Wireshark's tree writes some: "30 minutes (1800)". */
static bool convert_duration(struct node *n)
{
    static const struct {
        const char *name;
        uint64_t seconds;
    } units[] = {{"day", 86400}, {"hour", 3600}, {"minute", 60}, {"second", 1}};
    const char *s = n->text;
    uint64_t sum = 0, count, total;
    char unit[8], end;
    int used = 0;
    while (sscanf(s, "%10" SCNu64 " %7[a-z]%n", &count, unit, &used) == 2) {
        size_t length = strlen(unit), i = 0;
        length -= length > 0 && unit[length - 1] == 's';
        while (i < sizeof units / sizeof units[0] &&
               (strlen(units[i].name) != length || memcmp(units[i].name, unit, length) != 0))
            i++;
        if (i == sizeof units / sizeof units[0])
            return false;
        sum += count * units[i].seconds;
        s += used;
        s += strspn(s, ", ");
    }
    n->value.u = sum;
    return sscanf(s, "(%10" SCNu64 "%c%n", &total, &end, &used) == 2 && end == ')' &&
           s[used] == '\0' && s != n->text && total == sum;
}

static bool convert_integer(struct compiler *c, struct node *n, unsigned type,
                            const struct field_def *def)
{
    if (convert_name(c, n, def))
        return !c->failed;
    if (type == LAMNA_BOOLEAN && n->kind != NODE_CHAR && convert_boolean(n))
        return true;
    if (n->kind == NODE_STRING && def != NULL && def->names != NULL) {
        compile_error(c, n->begin, n->end, "\"%s\" is not the name of a value of %s", n->text,
                      def->name);
        return false;
    }
    if (n->kind == NODE_STRING && convert_duration(n))
        return true;
    return not_quoted(c, n, type) && convert_number(c, n, type);
}

static bool convert_double(struct compiler *c, struct node *n, unsigned type)
{
    char *end;
    if (!not_quoted(c, n, type))
        return false;
    n->value.d = strtod(n->text, &end);
    if (n->kind == NODE_WORD && end != n->text && *end == '\0')
        return true;
    return compile_error(c, n->begin, n->end, "\"%s\" is not a number", n->text);
}

/* ---- Times ----------------------------------------------------------------------------------- */

static bool parse_seconds(const char *s, int64_t *ns)
{
    char *end;
    if (!(*s >= '0' && *s <= '9') && *s != '.')
        return false;
    if (strpbrk(s, "eE") != NULL) {
        double d = strtod(s, &end);
        *ns = fabs(d) < 9e9 ? (int64_t)llround(d * 1e9) : 0;
        return *end == '\0' && fabs(d) < 9e9;
    }
    uint64_t whole = strtoull(s, &end, 10);
    int64_t scale = 100000000, rest = 0;
    if (*end == '.') {
        for (end++; *end >= '0' && *end <= '9'; end++, scale /= 10)
            rest += (*end - '0') * scale;
    }
    if (*end != '\0' || whole > 9000000000u)
        return false;
    *ns = (int64_t)whole * 1000000000 + rest;
    return true;
}

/* "+02:00", "-0800", "UTC", "Z", "PST"; false if s is something else. */
static bool parse_zone(const char *s, int *seconds)
{
    static const struct {
        const char *name;
        int hours;
    } zones[] = {{"UTC", 0},  {"UT", 0},   {"GMT", 0},  {"Z", 0},    {"EST", -5}, {"EDT", -4},
                 {"CST", -6}, {"CDT", -5}, {"MST", -7}, {"MDT", -6}, {"PST", -8}, {"PDT", -7}};
    for (size_t i = 0; i < sizeof zones / sizeof zones[0]; i++) {
        if (strcmp(s, zones[i].name) == 0) {
            *seconds = 3600 * zones[i].hours;
            return true;
        }
    }
    /* The letters of the military, without J: A is +1, N is -1. */
    if (s[0] >= 'A' && s[0] <= 'Y' && s[0] != 'J' && s[1] == '\0') {
        int n = s[0] - 'A' + 1 - (s[0] > 'J');
        *seconds = 3600 * (n <= 12 ? n : 12 - n);
        return true;
    }
    int hours, minutes, used = 0;
    if ((s[0] == '+' || s[0] == '-') &&
        (sscanf(s + 1, "%2d:%2d%n", &hours, &minutes, &used) == 2 ||
         sscanf(s + 1, "%2d%2d%n", &hours, &minutes, &used) == 2) &&
        s[1 + used] == '\0') {
        *seconds = (s[0] == '-' ? -60 : 60) * (60 * hours + minutes);
        return true;
    }
    return false;
}

/* The date; returns what follows, or NULL. */
static const char *parse_date(const char *s, struct tm *tm)
{
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    int used = 0;
    char month[4];
    if (sscanf(s, "%4d-%2d-%2d%n", &tm->tm_year, &tm->tm_mon, &tm->tm_mday, &used) == 3 &&
        used > 0) {
        tm->tm_mon--;
    } else if (sscanf(s, "%3[A-Za-z] %2d, %4d%n", month, &tm->tm_mday, &tm->tm_year, &used) == 3 &&
               used > 0) {
        const char *at = strlen(month) == 3 ? strstr(months, month) : NULL;
        if (at == NULL || (at - months) % 3 != 0)
            return NULL;
        tm->tm_mon = (int)((at - months) / 3);
    } else {
        return NULL;
    }
    tm->tm_year -= 1900;
    return tm->tm_mon >= 0 && tm->tm_mon < 12 && tm->tm_mday >= 1 && tm->tm_mday <= 31 ? s + used
                                                                                       : NULL;
}

/* The fraction of a second after its point; moves *s past it. */
static int64_t parse_fraction(const char **s)
{
    int64_t ns = 0, scale = 100000000;
    if (**s != '.')
        return 0;
    for (++*s; **s >= '0' && **s <= '9'; ++*s, scale /= 10)
        ns += (**s - '0') * scale;
    return ns;
}

/* "13", "13:55", "13:55:31" or "13:55:31.3"; returns what follows, or NULL. */
static const char *parse_clock(const char *s, struct tm *tm, int64_t *rest)
{
    int used = 0;
    if (sscanf(s, "%2d%n", &tm->tm_hour, &used) != 1)
        return NULL;
    s += used;
    if (*s != ':')
        return s;
    if (sscanf(s + 1, "%2d%n", &tm->tm_min, &used) != 1)
        return NULL;
    s += 1 + used;
    if (*s == ':' && sscanf(s + 1, "%2d%n", &tm->tm_sec, &used) == 1) {
        s += 1 + used;
        *rest = parse_fraction(&s);
    }
    return s;
}

bool literal_absolute_time(const char *text, int64_t *ns)
{
    struct tm tm = {.tm_isdst = -1};
    const char *s = parse_date(text, &tm);
    int64_t rest = 0;
    if (s == NULL)
        return false;
    if (*s != '\0') {
        if ((*s != ' ' && *s != 'T') || (s = parse_clock(s + 1, &tm, &rest)) == NULL)
            return false;
    }
    if (tm.tm_hour < 0 || tm.tm_hour > 23 || tm.tm_min < 0 || tm.tm_min > 59 || tm.tm_sec < 0 ||
        tm.tm_sec > 60)
        return false;
    while (*s == ' ')
        s++;
    int offset = 0;
    int64_t seconds;
    if (*s == '\0')
        seconds = mktime(&tm);
    else if (parse_zone(s, &offset))
        seconds = timegm(&tm) - offset;
    else
        return false;
    if (seconds > 9000000000 || seconds < -9000000000)
        return false;
    *ns = seconds * 1000000000 + rest;
    return true;
}

static bool convert_time(struct compiler *c, struct node *n, unsigned type)
{
    if (type == LAMNA_RELATIVE_TIME && !not_quoted(c, n, type))
        return false;
    if (n->kind != NODE_CHAR && parse_seconds(n->text, &n->value.i))
        return true;
    if (type == LAMNA_RELATIVE_TIME)
        return compile_error(c, n->begin, n->end, "\"%s\" is not a number of seconds", n->text);
    if (n->kind != NODE_CHAR && literal_absolute_time(n->text, &n->value.i))
        return true;
    compile_error(c, n->begin, n->end, "\"%s\" is not a time", n->text);
    compile_hint(c, "Write it as \"2013-02-26 15:10:20.5\" or \"Feb 26, 2013 15:10:20 UTC\"");
    return false;
}

/* ---- Addresses ------------------------------------------------------------------------------- */

/* Splits "address/bits". */
static bool split_prefix(const struct node *n, char *address, size_t room, unsigned most,
                         uint8_t *bits)
{
    const char *slash = strchr(n->text, '/');
    size_t length = slash != NULL ? (size_t)(slash - n->text) : n->length;
    uint64_t v;
    if (length >= room || strlen(n->text) != n->length)
        return false;
    memcpy(address, n->text, length);
    address[length] = '\0';
    *bits = NO_PREFIX;
    if (slash == NULL)
        return true;
    if (!parse_integer(slash + 1, &v) || v > most)
        return false;
    *bits = (uint8_t)v;
    return true;
}

/* Asks the system for the address of a host; where lookups are not allowed, there is none. */
static bool look_up(struct compiler *c, const char *host, int family, uint8_t *out)
{
    struct addrinfo hints = {.ai_family = family, .ai_socktype = SOCK_DGRAM}, *found = NULL;
    bool number = strspn(host, "0123456789.") == strlen(host) || strncasecmp(host, "0x", 2) == 0;
    if (c->names == NULL || !c->names->lookup || number || strchr(host, ':') != NULL ||
        getaddrinfo(host, NULL, &hints, &found) != 0)
        return false;
    if (family == AF_INET)
        memcpy(out, &((const struct sockaddr_in *)(const void *)found->ai_addr)->sin_addr, 4);
    else
        memcpy(out, &((const struct sockaddr_in6 *)(const void *)found->ai_addr)->sin6_addr, 16);
    freeaddrinfo(found);
    return true;
}

static bool convert_address(struct compiler *c, struct node *n, unsigned type)
{
    char text[256];
    bool four = type == LAMNA_IPv4;
    int family = four ? AF_INET : AF_INET6;
    uint8_t *bytes = compile_alloc(c, 16);
    if (bytes == NULL || !not_quoted(c, n, type))
        return false;
    if (n->kind == NODE_CHAR ||
        !split_prefix(n, text, sizeof text, four ? 32 : 128, &n->value.prefix) ||
        (inet_pton(family, text, bytes) != 1 && !look_up(c, text, family, bytes)))
        return compile_error(c, n->begin, n->end,
                             "\"%s\" is not an %s address or the name of a host", n->text,
                             four ? "IPv4" : "IPv6");
    if (four) {
        n->value.u = be32(bytes);
    } else {
        n->value.p = bytes;
        n->value.length = 16;
    }
    return true;
}

/* ---- Bytes ----------------------------------------------------------------------------------- */

static int hex_value(char ch)
{
    if (ch >= '0' && ch <= '9')
        return ch - '0';
    ch = (char)(ch | 0x20);
    return ch >= 'a' && ch <= 'f' ? ch - 'a' + 10 : -1;
}

static bool is_separator(char ch)
{
    return ch == ':' || ch == '-' || ch == '.';
}

/* "aa:bb", "aa-b", "a.bb", "aabb", "aabb.ccdd", ":aabb", "aa:": between separators of one kind one
 * or two digits for a byte, or four for two; without separators two for each. */
static bool parse_bytes(const char *s, uint8_t *out, uint32_t *count)
{
    uint32_t n = 0;
    char separator = '\0';
    if (*s == ':')
        s++;
    while (*s != '\0') {
        uint32_t digits = 0;
        while (hex_value(s[digits]) >= 0)
            digits++;
        bool split = separator != '\0' || is_separator(s[digits]);
        if (digits == 0 || (digits % 2 != 0 && digits > 1) ||
            (split && digits != 1 && digits != 2 && digits != 4))
            return false;
        if (digits == 1)
            out[n++] = (uint8_t)hex_value(*s++);
        else
            for (; digits > 0; digits -= 2, s += 2)
                out[n++] = (uint8_t)(hex_value(s[0]) << 4 | hex_value(s[1]));
        if (*s == '\0')
            break;
        if (!is_separator(*s) || (separator != '\0' && *s != separator))
            return false;
        separator = *s++;
    }
    *count = n;
    return n > 0;
}

static bool parse_oid(const char *s, uint8_t *out, uint32_t *count)
{
    uint64_t arc, first = 0;
    uint32_t n = 0;
    for (unsigned i = 0;; i++) {
        char *end;
        if (!(*s >= '0' && *s <= '9'))
            return false;
        arc = strtoull(s, &end, 10);
        if (i == 0) {
            first = arc;
        } else {
            arc += i == 1 ? 40 * first : 0;
            int shift = 63;
            while (shift > 0 && arc >> shift == 0)
                shift -= 7;
            for (; shift >= 0; shift -= 7)
                out[n++] = (uint8_t)((arc >> shift & 0x7f) | (shift > 0 ? 0x80u : 0));
        }
        if (*end != '.') {
            *count = n;
            return *end == '\0' && i > 0;
        }
        s = end + 1;
    }
}

static bool bytes_length_fits(unsigned type, uint32_t n)
{
    uint32_t whole = type == LAMNA_ETHER   ? 6
                     : type == LAMNA_EUI64 ? 8
                     : type == LAMNA_GUID  ? 16
                                           : n;
    return n == whole;
}

static bool convert_bytes(struct compiler *c, struct node *n, unsigned type)
{
    uint8_t *out = compile_alloc(c, 10 * (size_t)n->length + 16);
    uint64_t v;
    bool free_length = bytes_length_fits(type, 0) && type != LAMNA_OID;
    if (out == NULL || (!free_length && !not_quoted(c, n, type)))
        return false;
    n->value.p = out;
    if (type == LAMNA_OID && n->kind == NODE_WORD && parse_oid(n->text, out, &n->value.length))
        return true;
    if (n->kind == NODE_WORD && parse_bytes(n->text, out, &n->value.length) &&
        bytes_length_fits(type, n->value.length))
        return true;
    if (n->kind != NODE_WORD && free_length) {
        memcpy(out, n->text, n->length);
        n->value.length = n->length;
        return true;
    }
    if (free_length && parse_integer(n->text, &v) && v < 256) {
        out[0] = (uint8_t)v;
        n->value.length = 1;
        return true;
    }
    return compile_error(c, n->begin, n->end, "\"%s\" is not a value of type %s", n->text,
                         lamna_type_name((lamna_type)type));
}

/* Strings take words too, as they are: http.request.method == GET. */
static bool convert_string(struct compiler *c, struct node *n)
{
    n->value.p = (const uint8_t *)n->text;
    n->value.length = n->length;
    if (n->kind == NODE_WORD)
        compile_warn(c, n->begin, n->end, "Text without quotes is deprecated: write \"%s\"",
                     n->text);
    return true;
}

static bool convert_kind(struct compiler *c, struct node *n, unsigned type,
                         const struct field_def *def)
{
    switch (kind_of(type)) {
    case KIND_NUMBER:
        return convert_integer(c, n, type, def);
    case KIND_DOUBLE:
        return convert_double(c, n, type);
    case KIND_TIME:
        return convert_time(c, n, type);
    case KIND_IPV4:
    case KIND_IPV6:
        return convert_address(c, n, type);
    case KIND_STRING:
        return convert_string(c, n);
    case KIND_BYTES:
        return convert_bytes(c, n, type);
    default:
        return compile_error(c, n->begin, n->end,
                             "\"%s\" cannot be compared with what has no value", n->text);
    }
}

bool literal_convert(struct compiler *c, struct node *n, unsigned type, const struct field_def *def)
{
    n->value = (struct value){.prefix = NO_PREFIX};
    if (n->kind == NODE_WORD && n->range_count > 0)
        return unknown_field(c, n);
    bool ok = convert_kind(c, n, type, def);
    n->kind = NODE_CONST;
    n->type = type;
    return ok;
}
