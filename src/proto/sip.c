/* sip: Session Initiation Protocol (RFC 3261), over UDP and TCP. */
#include <ctype.h>
#include <stdlib.h>

#include "dissect/packet.h"

#include "proto/sip.def"

FIELD_TABLE(FIELDS);

enum { SIP_PORT = 5060 };
enum { BODY_TABLE };

/* Header fields by name and by the one letter that may stand for it (RFC 3261, section 7.3.3). */
static const struct header {
    const char *name;
    char compact;
    uint16_t field;
} headers[] = {
    {"Accept", 0, ACCEPT},
    {"Accept-Contact", 'a', ACCEPT_CONTACT},
    {"Accept-Encoding", 0, ACCEPT_ENCODING},
    {"Accept-Language", 0, ACCEPT_LANGUAGE},
    {"Accept-Resource-Priority", 0, ACCEPT_RESOURCE_PRIORITY},
    {"Alert-Info", 0, ALERT_INFO},
    {"Allow", 0, ALLOW},
    {"Allow-Events", 'u', ALLOW_EVENTS},
    {"Answer-Mode", 0, ANSWER_MODE},
    {"Attestation-Info", 0, ATTESTATION_INFO},
    {"Authentication-Info", 0, AUTHENTICATION_INFO},
    {"Authorization", 0, AUTHORIZATION},
    {"Call-ID", 'i', CALL_ID},
    {"Call-Info", 0, CALL_INFO},
    {"Cellular-Network-Info", 0, CELLULAR_NETWORK_INFO},
    {"Contact", 'm', CONTACT},
    {"Content-Disposition", 0, CONTENT_DISPOSITION},
    {"Content-Encoding", 'e', CONTENT_ENCODING},
    {"Content-Language", 0, CONTENT_LANGUAGE},
    {"Content-Length", 'l', CONTENT_LENGTH},
    {"Content-Type", 'c', CONTENT_TYPE},
    {"CSeq", 0, CSEQ},
    {"Date", 0, DATE},
    {"Error-Info", 0, ERROR_INFO},
    {"Event", 'o', EVENT},
    {"Expires", 0, EXPIRES},
    {"Feature-Caps", 0, FEATURE_CAPS},
    {"Flow-Timer", 0, FLOW_TIMER},
    {"From", 'f', FROM},
    {"Geolocation", 0, GEOLOCATION},
    {"Geolocation-Error", 0, GEOLOCATION_ERROR},
    {"Geolocation-Routing", 0, GEOLOCATION_ROUTING},
    {"History-Info", 0, HISTORY_INFO},
    {"Identity", 'y', IDENTITY},
    {"Identity-info", 'n', IDENTITY_INFO},
    {"Info-Package", 0, INFO_PACKAGE},
    {"In-Reply-To", 0, IN_REPLY_TO},
    {"Join", 0, JOIN},
    {"Max-Breadth", 0, MAX_BREADTH},
    {"Max-Forwards", 0, MAX_FORWARDS},
    {"MIME-Version", 0, MIME_VERSION},
    {"Min-Expires", 0, MIN_EXPIRES},
    {"Min-SE", 0, MIN_SE},
    {"Organization", 0, ORGANIZATION},
    {"Origination-Id", 0, ORIGINATION_ID},
    {"P-Access-Network-Info", 0, P_ACCESS_NETWORK_INFO},
    {"P-Answer-State", 0, P_ANSWER_STATE},
    {"P-Asserted-Identity", 0, P_ASSERTED_IDENTITY},
    {"P-Asserted-Service", 0, P_ASSERTED_SERVICE},
    {"P-Charge-Info", 0, P_CHARGE_INFO},
    {"P-Associated-URI", 0, P_ASSOCIATED_URI},
    {"P-Called-Party-ID", 0, P_CALLED_PARTY_ID},
    {"P-Charging-Function-Addresses", 0, P_CHARGING_FUNCTION_ADDRESSES},
    {"P-Charging-Vector", 0, P_CHARGING_VECTOR},
    {"P-DCS-Trace-Party-ID", 0, P_DCS_TRACE_PARTY_ID},
    {"P-DCS-OSPS", 0, P_DCS_OSPS},
    {"P-DCS-Billing-Info", 0, P_DCS_BILLING_INFO},
    {"P-DCS-LAES", 0, P_DCS_LAES},
    {"P-DCS-Redirect", 0, P_DCS_REDIRECT},
    {"P-Early-Media", 0, P_EARLY_MEDIA},
    {"P-Media-Authorization", 0, P_MEDIA_AUTHORIZATION},
    {"P-Preferred-Identity", 0, P_PREFERRED_IDENTITY},
    {"P-Preferred-Service", 0, P_PREFERRED_SERVICE},
    {"P-Profile-Key", 0, P_PROFILE_KEY},
    {"P-Refused-URI-List", 0, P_REFUSED_URI_LIST},
    {"P-Served-User", 0, P_SERVED_USER},
    {"P-User-Database", 0, P_USER_DATABASE},
    {"P-Visited-Network-ID", 0, P_VISITED_NETWORK_ID},
    {"Path", 0, PATH},
    {"Permission-Missing", 0, PERMISSION_MISSING},
    {"Priority", 0, PRIORITY},
    {"Priority-Share", 0, PRIORITY_SHARE},
    {"Priv-Answer-mode", 0, PRIV_ANSWER_MODE},
    {"Privacy", 0, PRIVACY},
    {"Proxy-Authenticate", 0, PROXY_AUTHENTICATE},
    {"Proxy-Authorization", 0, PROXY_AUTHORIZATION},
    {"Proxy-Require", 0, PROXY_REQUIRE},
    {"RAck", 0, RACK},
    {"Reason", 0, REASON},
    {"Reason-Phrase", 0, REASON_PHRASE},
    {"Record-Route", 0, RECORD_ROUTE},
    {"Recv-Info", 0, RECV_INFO},
    {"Refer-Sub", 0, REFER_SUB},
    {"Refer-To", 'r', REFER_TO},
    {"Referred-by", 'b', REFERRED_BY},
    {"Reject-Contact", 'j', REJECT_CONTACT},
    {"Relayed-Charge", 0, RELAYED_CHARGE},
    {"Replaces", 0, REPLACES},
    {"Reply-To", 0, REPLY_TO},
    {"Request-Disposition", 'd', REQUEST_DISPOSITION},
    {"Require", 0, REQUIRE},
    {"Resource-Priority", 0, RESOURCE_PRIORITY},
    {"Resource-Share", 0, RESOURCE_SHARE},
    {"Response-Source", 0, RESPONSE_SOURCE},
    {"Restoration-Info", 0, RESTORATION_INFO},
    {"Retry-After", 0, RETRY_AFTER},
    {"Route", 0, ROUTE},
    {"RSeq", 0, RSEQ},
    {"Security-Client", 0, SECURITY_CLIENT},
    {"Security-Server", 0, SECURITY_SERVER},
    {"Security-Verify", 0, SECURITY_VERIFY},
    {"Server", 0, SERVER},
    {"Service-Interact-Info", 0, SERVICE_INTERACT_INFO},
    {"Service-Route", 0, SERVICE_ROUTE},
    {"Session-Expires", 'x', SESSION_EXPIRES},
    {"Session-ID", 0, SESSION_ID},
    {"SIP-ETag", 0, ETAG},
    {"SIP-If-Match", 0, IF_MATCH},
    {"Subject", 's', SUBJECT},
    {"Subscription-State", 0, SUBSCRIPTION_STATE},
    {"Supported", 'k', SUPPORTED},
    {"Suppress-If-Match", 0, SUPPRESS_IF_MATCH},
    {"Target-Dialog", 0, TARGET_DIALOG},
    {"Timestamp", 0, TIMESTAMP},
    {"To", 't', TO},
    {"Trigger-Consent", 0, TRIGGER_CONSENT},
    {"Unsupported", 0, UNSUPPORTED},
    {"User-Agent", 0, USER_AGENT},
    {"Via", 'v', VIA},
    {"Warning", 0, WARNING},
    {"WWW-Authenticate", 0, WWW_AUTHENTICATE},
    {"Diversion", 0, DIVERSION},
};

/* Text in the packet: bytes [from, to) of the data source. */
struct text {
    uint32_t from, to;
};

/* The message being read. */
struct message {
    struct packet *p;
    const struct cursor *c;
    struct text method; /* of a request, and of CSeq */
    bool request;
    uint32_t sequence, status, content_length;
    struct text call_id, content_type;
};

static char at(const struct message *m, uint32_t i)
{
    return (char)m->c->data[i];
}

static struct text trim(const struct message *m, struct text t)
{
    while (t.from < t.to && (at(m, t.from) == ' ' || at(m, t.from) == '\t'))
        t.from++;
    while (t.from < t.to && isspace((unsigned char)at(m, t.to - 1)))
        t.to--;
    return t;
}

/* Where `which` stands first in t, or t.to. */
static uint32_t find(const struct message *m, struct text t, char which)
{
    const uint8_t *found = t.from < t.to ? memchr(m->c->data + t.from, which, t.to - t.from) : NULL;
    return found == NULL ? t.to : (uint32_t)(found - m->c->data);
}

static bool is(const struct message *m, struct text t, const char *word)
{
    return strlen(word) == t.to - t.from &&
           strncasecmp((const char *)m->c->data + t.from, word, t.to - t.from) == 0;
}

static void put(const struct message *m, unsigned field, struct text t)
{
    if (t.from <= t.to)
        put_data(m->p, m->c, field, t.from, t.to - t.from, m->c->data + t.from, t.to - t.from);
}

static uint32_t number(const struct message *m, struct text t)
{
    uint32_t v = 0;
    for (uint32_t i = t.from; i < t.to && isdigit((unsigned char)at(m, i)); i++)
        v = v * 10 + (uint32_t)(at(m, i) - '0');
    return v;
}

static void put_decimal(const struct message *m, unsigned field, struct text t)
{
    put_uint(m->p, m->c, field, t.from, t.to - t.from, number(m, t));
}

/* The end of the line that begins at `from`, without its CRLF; *next_line begins after that. */
static uint32_t line_end(const struct message *m, uint32_t from, uint32_t *next_line)
{
    uint32_t end = find(m, (struct text){from, m->c->cap}, '\n');
    *next_line = end < m->c->cap ? end + 1 : end;
    return end > from && end < m->c->cap && at(m, end - 1) == '\r' ? end - 1 : end;
}

/* ---- Addresses ----------------------------------------------------------------------------- */

/* Consecutive fields of a URI; those that are not there are zero. */
struct uri_fields {
    unsigned display, uri, user, host, port, param, parameter, tag;
};

/* "sip:user:password@host:port;param": RFC 3261, section 19.1.1. */
static void put_uri(const struct message *m, const struct uri_fields *f, struct text t)
{
    put(m, f->uri, t);
    uint32_t tree = tree_begin(m->p, f->uri);
    uint32_t colon = find(m, t, ':');
    struct text rest = {colon < t.to ? colon + 1 : t.from, t.to};
    uint32_t semicolon = find(m, rest, ';'), at_sign = find(m, (struct text){rest.from, t.to}, '@');
    if (at_sign < t.to) {
        put(m, f->user, (struct text){rest.from, at_sign});
        rest.from = at_sign + 1;
        semicolon = find(m, rest, ';');
    }
    struct text host = {rest.from, semicolon};
    uint32_t question = find(m, host, '?');
    host.to = question;
    uint32_t port;
    if (host.from < host.to && at(m, host.from) == '[') {
        uint32_t bracket = find(m, host, ']');
        port = find(m, (struct text){bracket, host.to}, ':');
    } else {
        port = find(m, host, ':');
    }
    put(m, f->host, (struct text){host.from, port});
    if (port < host.to)
        put(m, f->port, (struct text){port + 1, host.to});
    while (semicolon < rest.to && f->param != 0) {
        uint32_t from = semicolon + 1;
        semicolon = find(m, (struct text){from, rest.to}, ';');
        put(m, f->param, (struct text){from, semicolon});
    }
    tree_end(m->p, tree);
}

/* Parameters after the address: ";tag=abc;expires=3". */
static void put_parameters(const struct message *m, const struct uri_fields *f, struct text t)
{
    uint32_t from = find(m, t, ';');
    while (from < t.to) {
        uint32_t to = find(m, (struct text){from + 1, t.to}, ';');
        struct text one = trim(m, (struct text){from + 1, to});
        uint32_t equals = find(m, one, '=');
        if (f->tag != 0 && is(m, (struct text){one.from, equals}, "tag") && equals < one.to) {
            put(m, f->tag, (struct text){equals + 1, one.to});
            put(m, TAG, (struct text){equals + 1, one.to});
        } else if (f->parameter != 0) {
            put(m, f->parameter, one);
        }
        from = to;
    }
}

/* "\"Name\" <sip:user@host>;tag=abc": RFC 3261, section 20.10. */
static void put_address(const struct message *m, const struct uri_fields *f, struct text t)
{
    struct text quoted = t;
    if (t.from < t.to && at(m, t.from) == '"') {
        uint32_t quote = find(m, (struct text){t.from + 1, t.to}, '"');
        quoted.from = quote < t.to ? quote + 1 : t.to;
    }
    uint32_t open = find(m, quoted, '<');
    if (open >= t.to) {
        uint32_t end = find(m, t, ';');
        put_uri(m, f, trim(m, (struct text){t.from, end}));
        put_parameters(m, f, (struct text){end, t.to});
        return;
    }
    struct text display = trim(m, (struct text){t.from, open});
    if (f->display != 0 && display.from < display.to) {
        put(m, f->display, display);
        put(m, DISPLAY_INFO, display);
    }
    uint32_t close = find(m, (struct text){open, t.to}, '>');
    put_uri(m, f, (struct text){open + 1, close});
    if (close < t.to)
        put_parameters(m, f, (struct text){close + 1, t.to});
}

/* ---- Header fields with parts -------------------------------------------------------------- */

/* "SIP/2.0/UDP host:port;branch=x;rport": RFC 3261, section 20.42. */
static void put_via(const struct message *m, struct text t)
{
    static const struct {
        const char *name;
        uint16_t field;
    } parameters[] = {{"branch", VIA_BRANCH},     {"maddr", VIA_MADDR}, {"rport", VIA_RPORT},
                      {"received", VIA_RECEIVED}, {"ttl", VIA_TTL},     {"comp", VIA_COMP}};
    uint32_t slash = find(m, (struct text){find(m, t, '/') + 1, t.to}, '/');
    struct text transport = {slash + 1, find(m, (struct text){slash + 1, t.to}, ' ')};
    if (slash >= t.to)
        return;
    put(m, VIA_TRANSPORT, transport);
    uint32_t semicolon = find(m, t, ';');
    struct text sent_by = trim(m, (struct text){transport.to, semicolon});
    bool v6 = sent_by.from < sent_by.to && at(m, sent_by.from) == '[';
    uint32_t colon =
        find(m, (struct text){v6 ? find(m, sent_by, ']') : sent_by.from, sent_by.to}, ':');
    put(m, VIA_SENT_BY_ADDRESS, (struct text){sent_by.from, colon});
    if (colon < sent_by.to)
        put_decimal(m, VIA_SENT_BY_PORT, (struct text){colon + 1, sent_by.to});
    while (semicolon < t.to) {
        uint32_t to = find(m, (struct text){semicolon + 1, t.to}, ';');
        struct text one = trim(m, (struct text){semicolon + 1, to});
        uint32_t equals = find(m, one, '=');
        for (unsigned i = 0; i < sizeof parameters / sizeof *parameters; i++) {
            if (is(m, (struct text){one.from, equals}, parameters[i].name))
                put(m, parameters[i].field,
                    equals < one.to ? (struct text){equals + 1, one.to} : one);
        }
        semicolon = to;
    }
}

/* "Digest realm=\"x\", nonce=\"y\"": RFC 3261, section 20.44. */
static void put_auth(const struct message *m, struct text t)
{
    static const struct {
        const char *name;
        uint16_t field;
    } parts[] = {{"response", AUTH_DIGEST_RESPONSE},
                 {"nc", AUTH_NC},
                 {"username", AUTH_USERNAME},
                 {"realm", AUTH_REALM},
                 {"nonce", AUTH_NONCE},
                 {"algorithm", AUTH_ALGORITHM},
                 {"opaque", AUTH_OPAQUE},
                 {"qop", AUTH_QOP},
                 {"cnonce", AUTH_CNONCE},
                 {"uri", AUTH_URI},
                 {"domain", AUTH_DOMAIN},
                 {"stale", AUTH_STALE}};
    uint32_t space = find(m, t, ' ');
    put(m, AUTH_SCHEME, (struct text){t.from, space});
    while (space < t.to) {
        struct text rest = trim(m, (struct text){space + 1, t.to});
        uint32_t equals = find(m, rest, '='), value = equals + 1;
        if (equals >= rest.to)
            return;
        bool quoted = value < rest.to && at(m, value) == '"';
        uint32_t quote = quoted ? find(m, (struct text){value + 1, rest.to}, '"') : value;
        uint32_t comma = find(m, (struct text){quote, rest.to}, ',');
        for (unsigned i = 0; i < sizeof parts / sizeof *parts; i++) {
            if (is(m, trim(m, (struct text){rest.from, equals}), parts[i].name))
                put(m, parts[i].field, trim(m, (struct text){value, comma}));
        }
        space = comma < rest.to ? comma : t.to;
    }
}

static void put_cseq(struct message *m, struct text t)
{
    uint32_t space = find(m, t, ' ');
    m->sequence = number(m, (struct text){t.from, space});
    put_decimal(m, CSEQ_SEQ, (struct text){t.from, space});
    m->method = trim(m, (struct text){space, t.to});
    put(m, CSEQ_METHOD, m->method);
}

/* "Q.850;cause=16;text=\"x\"": RFC 3326. */
static void put_reason(const struct message *m, struct text t)
{
    uint32_t semicolon = find(m, t, ';');
    struct text protocol = trim(m, (struct text){t.from, semicolon});
    put(m, REASON_PROTOCOLS, protocol);
    struct text cause = trim(m, (struct text){semicolon + 1, t.to});
    if (semicolon >= t.to || cause.to - cause.from < 7 ||
        !is(m, (struct text){cause.from, cause.from + 6}, "cause="))
        return;
    cause.from += 6;
    if (is(m, protocol, "Q.850"))
        put_decimal(m, REASON_CAUSE_Q850, cause);
    else if (is(m, protocol, "SIP"))
        put_decimal(m, REASON_CAUSE_SIP, cause);
}

static void put_parts(struct message *m, unsigned field, struct text line, struct text value)
{
    static const struct uri_fields from = {FROM_DISPLAY_INFO, FROM_ADDR,  FROM_USER, FROM_HOST,
                                           FROM_PORT,         FROM_PARAM, 0,         FROM_TAG};
    static const struct uri_fields to = {TO_DISPLAY_INFO, TO_ADDR,  TO_USER, TO_HOST,
                                         TO_PORT,         TO_PARAM, 0,       TO_TAG};
    static const struct uri_fields contact = {
        CONTACT_DISPLAY_INFO, CONTACT_URI,   CONTACT_USER,      CONTACT_HOST,
        CONTACT_PORT,         CONTACT_PARAM, CONTACT_PARAMETER, 0};
    static const struct uri_fields asserted = {PAI_DISPLAY_INFO, PAI_ADDR,  PAI_USER, PAI_HOST,
                                               PAI_PORT,         PAI_PARAM, 0,        0};
    static const struct uri_fields preferred = {PPI_DISPLAY_INFO, PPI_ADDR,  PPI_USER, PPI_HOST,
                                                PPI_PORT,         PPI_PARAM, 0,        0};
    switch (field) {
    case VIA:
        put_via(m, value);
        break;
    case FROM:
        put_address(m, &from, value);
        break;
    case TO:
        put_address(m, &to, value);
        break;
    case CONTACT:
        if (!is(m, value, "*"))
            put_address(m, &contact, value);
        break;
    case P_ASSERTED_IDENTITY:
        put_address(m, &asserted, value);
        break;
    case P_PREFERRED_IDENTITY:
        put_address(m, &preferred, value);
        break;
    case CSEQ:
        put_cseq(m, value);
        break;
    case REASON:
        put_reason(m, value);
        break;
    case AUTHORIZATION:
    case WWW_AUTHENTICATE:
    case PROXY_AUTHENTICATE:
    case PROXY_AUTHORIZATION:
        put_auth(m, value);
        break;
    default:
        break;
    }
    (void)line;
}

/* ---- Header -------------------------------------------------------------------------------- */

static const struct header *header_find(const struct message *m, struct text name)
{
    for (size_t i = 0; i < sizeof headers / sizeof *headers; i++) {
        if (is(m, name, headers[i].name))
            return &headers[i];
        if (name.to - name.from == 1 && headers[i].compact != 0 &&
            tolower((unsigned char)at(m, name.from)) == headers[i].compact)
            return &headers[i];
    }
    return NULL;
}

static void put_header(struct message *m, struct text line, uint32_t next_line)
{
    uint32_t colon = find(m, line, ':');
    const struct header *h = header_find(m, trim(m, (struct text){line.from, colon}));
    struct text value = trim(m, (struct text){colon + 1, line.to});
    if (colon >= line.to || h == NULL)
        return;
    struct packet *p = m->p;
    if (field_defs[h->field].type == LAMNA_STRING)
        put_data(p, m->c, h->field, line.from, next_line - line.from, m->c->data + value.from,
                 value.to - value.from);
    else
        put_uint(p, m->c, h->field, line.from, next_line - line.from, number(m, value));
    label(p, h->field, "%.*s", (int)(line.to - line.from), (const char *)m->c->data + line.from);
    uint32_t tree = tree_begin(p, h->field);
    put_parts(m, h->field, line, value);
    tree_end(p, tree);
    if (h->field == CALL_ID) {
        m->call_id = value;
        put(m, CALL_ID_GENERATED, value);
    } else if (h->field == CONTENT_TYPE) {
        m->content_type = (struct text){value.from, find(m, value, ';')};
    } else if (h->field == CONTENT_LENGTH) {
        m->content_length = number(m, value);
    } else if (h->field == AUTHORIZATION || h->field == WWW_AUTHENTICATE ||
               h->field == PROXY_AUTHENTICATE || h->field == PROXY_AUTHORIZATION) {
        put(m, AUTH, (struct text){line.from, next_line});
    }
}

/* All header fields; a line that begins with a space goes on with the one before. Where the body
 * begins. */
static uint32_t put_headers(struct message *m, uint32_t from)
{
    uint32_t start = from, end = m->c->cap, next_line;
    for (uint32_t line = from; line < end; line = next_line) {
        uint32_t stop = line_end(m, line, &next_line);
        while (stop > line && next_line < end &&
               (at(m, next_line) == ' ' || at(m, next_line) == '\t'))
            stop = line_end(m, next_line, &next_line);
        from = next_line;
        if (stop == line)
            break;
    }
    /* its value has the body too, as in Wireshark */
    put_data(m->p, m->c, MSG_HDR, start, from - start, m->c->data + start, end - start);
    uint32_t tree = tree_begin(m->p, MSG_HDR);
    for (uint32_t line = start; line < from; line = next_line) {
        uint32_t stop = line_end(m, line, &next_line);
        while (stop > line && next_line < from &&
               (at(m, next_line) == ' ' || at(m, next_line) == '\t'))
            stop = line_end(m, next_line, &next_line);
        if (stop > line)
            put_header(m, (struct text){line, stop}, next_line);
    }
    tree_end(m->p, tree);
    return from;
}

/* ---- First line ---------------------------------------------------------------------------- */

/* What a flow remembers of its last messages: to tell repetitions, and which answer belongs where.
 */
struct past {
    uint32_t packet, call; /* call: hash of Call-ID and number */
    uint32_t method;       /* hash of its name */
    uint32_t status;       /* 0: a request */
    int64_t time_ns;
};

enum { PAST = 8 };

struct state {
    struct past ring[PAST];
    uint32_t next;
};

static uint32_t hash_of(const struct message *m, struct text t)
{
    uint32_t h = 2166136261u;
    for (uint32_t i = t.from; i < t.to; i++)
        h = (h ^ (uint8_t)at(m, i)) * 16777619u;
    return h;
}

/* The latest of the same call: of the same method and status if `like` says so, else any request.
 */
static const struct past *past_find(const struct state *s, const struct past *e, bool like)
{
    for (uint32_t i = 1; i <= PAST; i++) {
        const struct past *old = &s->ring[(s->next - i) % PAST];
        if (old->packet == 0 || old->call != e->call)
            continue;
        if (like ? old->method == e->method && old->status == e->status : old->status == 0)
            return old;
    }
    return NULL;
}

/* Rounded as Wireshark does: whole seconds, and what is left of both towards zero. */
static uint64_t milliseconds(int64_t from, int64_t to)
{
    int64_t second = 1000000000;
    return (uint64_t)((to / second - from / second) * 1000 +
                      (to % second - from % second) / 1000000);
}

/* As in Wireshark, a CANCEL is never a repetition, and an answer belongs to the last request of its
 * number. */
static void put_history(struct message *m)
{
    struct packet *p = m->p;
    struct state *s = p->quoted || carried_by(p, "tcp") ? NULL : flow_state(p, sizeof *s);
    bool ack = m->request && is(m, m->method, "ACK"),
         cancel = m->request && is(m, m->method, "CANCEL");
    struct past now = {(uint32_t)p->in->number, hash_of(m, m->call_id) ^ m->sequence,
                       hash_of(m, m->method), m->status, p->in->time_ns};
    const struct past *same = s == NULL || ack || cancel ? NULL : past_find(s, &now, true);
    put_uint(p, m->c, RESEND, m->c->pos, 0, same != NULL);
    if (same != NULL)
        put_uint(p, m->c, RESEND_ORIGINAL, m->c->pos, 0, same->packet);
    const struct past *asked = s == NULL || (m->request && !ack) ? NULL : past_find(s, &now, false);
    if (asked != NULL) {
        put_uint(p, m->c, RESPONSE_REQUEST, m->c->pos, 0, asked->packet);
        put_uint(p, m->c, RESPONSE_TIME, m->c->pos, 0,
                 milliseconds(asked->time_ns, p->in->time_ns));
    }
    if (same == NULL && s != NULL && !ack)
        s->ring[s->next++ % PAST] = now;
}

static void put_first_line(struct message *m, struct text line)
{
    static const struct uri_fields request = {0,          R_URI, R_URI_USER, R_URI_HOST,
                                              R_URI_PORT, 0,     0,          0};
    struct packet *p = m->p;
    uint32_t space = find(m, line, ' '), second = find(m, (struct text){space + 1, line.to}, ' ');
    unsigned field = m->request ? REQUEST_LINE : STATUS_LINE;
    put(m, field, line);
    uint32_t tree = tree_begin(p, field);
    if (m->request) {
        m->method = (struct text){line.from, space};
        put(m, METHOD, m->method);
        put_uri(m, &request, (struct text){space + 1, second});
        title(p, "Session Initiation Protocol (%.*s)", (int)(space - line.from),
              (const char *)m->c->data + line.from);
    } else {
        m->status = number(m, (struct text){space + 1, second});
        put_decimal(m, STATUS_CODE, (struct text){space + 1, second});
        title(p, "Session Initiation Protocol (%u)", m->status);
    }
    info_set(p, "%s: %.*s", m->request ? "Request" : "Status",
             (int)((m->request ? second : line.to) - (m->request ? line.from : space + 1)),
             (const char *)m->c->data + (m->request ? line.from : space + 1));
    tree_end(p, tree);
}

/* ---- Messages ------------------------------------------------------------------------------ */

/* The first line says "SIP/2.0", at its beginning or at its end. */
static bool first_line(const struct cursor *c, struct text *line, bool *request)
{
    struct message m = {.c = c};
    uint32_t next_line;
    line->from = c->pos;
    line->to = c->pos < c->cap ? line_end(&m, c->pos, &next_line) : c->pos;
    uint32_t n = line->to - line->from;
    if (n < 11)
        return false;
    const char *text = (const char *)c->data + line->from;
    *request = strncasecmp(text, "SIP/2.0 ", 8) != 0;
    return !*request ||
           (strncasecmp(text + n - 8, " SIP/2.0", 8) == 0 && isupper((unsigned char)*text));
}

static bool probe(const struct packet *p, const struct cursor *c)
{
    (void)p;
    struct text line;
    bool request;
    return first_line(c, &line, &request);
}

static void dissect_body(struct message *m, struct cursor *c)
{
    struct packet *p = m->p;
    uint32_t left = cursor_captured(c);
    if (left == 0 || m->content_type.from == m->content_type.to)
        return;
    put_data(p, c, MSG_BODY, c->pos, left, "", 0);
    p->session = packet_text(p, "%.*s", (int)(m->call_id.to - m->call_id.from),
                             (const char *)m->c->data + m->call_id.from);
    if (is(m, m->content_type, "application/sdp") && next(p, c, BODY_TABLE, 0)) {
        struct resumed resumed = resume_begin(p);
        put(m, CALL_ID_GENERATED, m->call_id);
        resume_end(p, resumed);
        return;
    }
    cursor_skip(c, left);
}

/* The header's fields are needed for the first line's, which stands before them. */
static void read_ahead(struct message *m, uint32_t from)
{
    uint32_t next_line;
    for (uint32_t line = from; line < m->c->cap; line = next_line) {
        uint32_t stop = line_end(m, line, &next_line),
                 colon = find(m, (struct text){line, stop}, ':');
        if (stop == line)
            return;
        const struct header *h =
            colon < stop ? header_find(m, trim(m, (struct text){line, colon})) : NULL;
        struct text value = trim(m, (struct text){colon + 1, stop});
        if (h != NULL && h->field == CALL_ID)
            m->call_id = value;
        if (h != NULL && h->field == CSEQ) {
            m->sequence = number(m, value);
            m->method = trim(m, (struct text){find(m, value, ' '), value.to});
        }
    }
}

static void dissect(struct packet *p, struct cursor *c)
{
    struct cursor whole = *c;
    struct message m = {.p = p, .c = &whole};
    struct text line;
    if (!first_line(c, &line, &m.request))
        return next_data(p, c);
    uint32_t next_line;
    (void)line_end(&m, line.from, &next_line);
    put_first_line(&m, line);
    read_ahead(&m, next_line);
    uint32_t tree = tree_begin(p, m.request ? REQUEST_LINE : STATUS_LINE);
    put_history(&m);
    tree_end(p, tree);
    uint32_t body = put_headers(&m, next_line);
    cursor_skip(c, body - c->pos);
    dissect_body(&m, c);
}

/* Over TCP the length of the body is said in the header (RFC 3261, section 18.3). */
static uint32_t message_length(struct packet *p, const struct cursor *c)
{
    struct message m = {.p = p, .c = c};
    struct text line;
    uint32_t next_line, length = 0;
    bool request;
    if (!first_line(c, &line, &request))
        return cursor_captured(c) < 11 ? STREAM_MORE : 0;
    for (uint32_t from = c->pos; from < c->cap; from = next_line) {
        uint32_t stop = line_end(&m, from, &next_line),
                 colon = find(&m, (struct text){from, stop}, ':');
        if (stop == from && next_line > from)
            return next_line - c->pos + (length < 1u << 20 ? length : 1u << 20);
        const struct header *h = colon < stop ? header_find(&m, (struct text){from, colon}) : NULL;
        if (h != NULL && h->field == CONTENT_LENGTH)
            length = number(&m, trim(&m, (struct text){colon + 1, stop}));
    }
    return STREAM_MORE;
}

static const char *const tables[] = {"sip.sdp", NULL};
static const struct binding bindings[] = {{"udp.port", SIP_PORT},
                                          {"udp.port", HEURISTIC},
                                          {"tcp.port", SIP_PORT},
                                          {"tls.port", 5061},
                                          {"tcp.port", HEURISTIC},
                                          {NULL, 0}};

const struct protocol proto_sip = {.name = "sip",
                                   .title = "Session Initiation Protocol",
                                   .column = "SIP",
                                   FIELDS_OF_THIS_FILE,
                                   .tables = tables,
                                   .bindings = bindings,
                                   .probe = probe,
                                   .message = message_length,
                                   .dissect = dissect};
