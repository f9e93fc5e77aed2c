/* snmp: Simple Network Management Protocol, versions 1 (RFC 1157), 2c (RFC 3416) and 3 (RFC 3412,
 * 3414). */
#include "dissect/ber.h"

#include "proto/snmp.def"

FIELD_TABLE(FIELDS);

enum { SNMP_PORT = 161, TRAP_PORT = 162 };
enum { VERSION_1, VERSION_2C, VERSION_2U, VERSION_3 };
enum pdu { GET, GET_NEXT, RESPONSE, SET, TRAP, GET_BULK, INFORM, TRAP_2, REPORT };

/* The last requests of a flow, by request-id. */
struct request {
    uint32_t packet;
    int32_t id;
    int64_t time_ns;
};

enum { REQUESTS = 8 };

struct state {
    struct request ring[REQUESTS];
    uint32_t next;
};

static void put_request(struct packet *p, struct cursor *c, struct state *s, int32_t id)
{
    uint64_t answer;
    s->ring[s->next++ % REQUESTS] = (struct request){(uint32_t)p->in->number, id, p->in->time_ns};
    if (told(p, p->in->number, RESPONSE_IN, &answer))
        put_uint(p, c, RESPONSE_IN, c->pos, 0, answer);
}

static void put_answer(struct packet *p, struct cursor *c, const struct state *s, int32_t id)
{
    for (uint32_t i = 1; i <= REQUESTS; i++) {
        const struct request *r = &s->ring[(s->next - i) % REQUESTS];
        if (r->packet == 0 || r->id != id)
            continue;
        tell(p, r->packet, RESPONSE_IN, p->in->number);
        put_uint(p, c, RESPONSE_TO, c->pos, 0, r->packet);
        put_time(p, c, TIME, c->pos, 0, p->in->time_ns - r->time_ns);
        return;
    }
}

static void put_exchange(struct packet *p, struct cursor *c, enum pdu pdu, int32_t id)
{
    struct state *s = flow_state(p, sizeof *s);
    if (s == NULL || p->quoted || c->fault != CURSOR_OK)
        return;
    if (pdu == RESPONSE)
        put_answer(p, c, s, id);
    else if (pdu != TRAP && pdu != TRAP_2 && pdu != REPORT)
        put_request(p, c, s, id);
}

/* ---- Variables ----------------------------------------------------------------------------- */

/* 1.3.6.1.2.1.1.1.0, sysDescr, and .5.0, sysName, are shown as text too. */
static bool is_text(const uint8_t *oid, uint32_t n)
{
    static const uint8_t system_group[] = {0x2b, 6, 1, 2, 1, 1};
    return oid != NULL && n == sizeof system_group + 2 &&
           memcmp(oid, system_group, sizeof system_group) == 0 &&
           (oid[n - 2] == 1 || oid[n - 2] == 5) && oid[n - 1] == 0;
}

static void put_octets(struct packet *p, struct cursor *v, bool text)
{
    struct ber b;
    const uint8_t *bytes = put_ber_bytes(p, v, VALUE_OCTETS, &b);
    if (!text || bytes == NULL)
        return;
    uint32_t tree = tree_begin(p, VALUE_OCTETS);
    put_data(p, v, VAR_BIND_STR, b.contents.pos, b.length, bytes, b.length);
    tree_end(p, tree);
}

static void put_address(struct packet *p, struct cursor *v)
{
    struct ber b;
    if (!ber_next(v, &b))
        return;
    if (b.length == 4)
        (void)put_ipv4(p, &b.contents, VALUE_IPV4);
    else if (b.length == 16)
        (void)put_bytes(p, &b.contents, VALUE_IPV6, 16);
    else
        (void)put_bytes(p, &b.contents, VALUE_ADDR, b.length);
}

static void put_marked(struct packet *p, struct cursor *v, unsigned field)
{
    struct ber b;
    if (ber_next(v, &b))
        put_data(p, v, field, b.contents.pos, b.length, "", 0);
}

/* RFC 2578, section 7.1: ASN.1's own types, and those that are application-wide. */
static void put_value(struct packet *p, struct cursor *v, bool text)
{
    static const uint16_t application[] = {VALUE_ADDR,      VALUE_COUNTER, VALUE_G32,
                                           VALUE_TIMETICKS, VALUE_OPAQUE,  VALUE_NSAP,
                                           VALUE_COUNTER,   VALUE_U32};
    static const uint16_t exceptions[] = {NOSUCHOBJECT, NOSUCHINSTANCE, ENDOFMIBVIEW};
    enum ber_class class;
    uint32_t tag;
    if (!ber_peek(v, &class, &tag))
        return cursor_malformed(v);
    if (class == BER_APPLICATION && tag == 0)
        put_address(p, v);
    else if (class == BER_APPLICATION && tag < 8 && tag != 4)
        (void)put_ber_integer(p, v, application[tag]);
    else if (class == BER_APPLICATION && tag == 4)
        (void)put_ber_bytes(p, v, VALUE_OPAQUE, NULL);
    else if (class == BER_CONTEXT && tag < 3)
        put_marked(p, v, exceptions[tag]);
    else if (class == BER_UNIVERSAL && tag == BER_INTEGER)
        (void)put_ber_integer(p, v, VALUE_INT);
    else if (class == BER_UNIVERSAL && tag == BER_OCTET_STRING)
        put_octets(p, v, text);
    else if (class == BER_UNIVERSAL && tag == BER_NULL)
        put_marked(p, v, VALUE_NULL);
    else if (class == BER_UNIVERSAL && tag == BER_OID)
        (void)put_ber_bytes(p, v, VALUE_OID, NULL);
    else
        (void)put_ber_bytes(p, v, VALUE_UNK, NULL);
}

static void put_variables(struct packet *p, struct cursor *c)
{
    struct ber list, pair, name;
    if (!ber_expect(c, BER_SEQUENCE, &list))
        return;
    uint32_t count = 0;
    struct cursor counting = list.contents;
    while (cursor_captured(&counting) > 0 && ber_next(&counting, &pair))
        count++;
    put_uint(p, c, VARIABLE_BINDINGS, list.contents.pos, list.length, count);
    label(p, VARIABLE_BINDINGS, "variable-bindings: %u item%s", count, count == 1 ? "" : "s");
    uint32_t tree = tree_begin(p, VARIABLE_BINDINGS);
    struct cursor *each = &list.contents;
    while (cursor_captured(each) > 0 && ber_expect(each, BER_SEQUENCE, &pair)) {
        uint32_t line = tree_text(p, each, pair.start, pair.length, "Variable");
        const uint8_t *oid = put_ber_bytes(p, &pair.contents, NAME, &name);
        put_value(p, &pair.contents, is_text(oid, name.length));
        tree_end(p, line);
        if (pair.contents.fault != CURSOR_OK) {
            each->fault = pair.contents.fault;
            break;
        }
    }
    tree_end(p, tree);
    if (each->fault != CURSOR_OK && c->fault == CURSOR_OK)
        c->fault = each->fault;
}

/* ---- PDUs (RFC 3416, section 3) ------------------------------------------------------------ */

static void put_trap(struct packet *p, struct cursor *c)
{
    struct ber address;
    (void)put_ber_bytes(p, c, ENTERPRISE, NULL);
    if (ber_next(c, &address) && address.length == 4)
        (void)put_ipv4(p, &address.contents, AGENT_ADDR);
    (void)put_ber_integer(p, c, GENERIC_TRAP);
    (void)put_ber_integer(p, c, SPECIFIC_TRAP);
    (void)put_ber_integer(p, c, TIME_STAMP);
    put_variables(p, c);
}

static int32_t put_common(struct packet *p, struct cursor *c, bool bulk)
{
    int32_t id = (int32_t)put_ber_integer(p, c, REQUEST_ID);
    (void)put_ber_integer(p, c, bulk ? NON_REPEATERS : ERROR_STATUS);
    (void)put_ber_integer(p, c, bulk ? MAX_REPETITIONS : ERROR_INDEX);
    if (c->fault == CURSOR_OK)
        put_variables(p, c);
    return id;
}

static void put_pdu(struct packet *p, struct cursor *c)
{
    static const uint16_t elements[] = {
        GET_REQUEST_ELEMENT, GET_NEXT_REQUEST_ELEMENT, GET_RESPONSE_ELEMENT,  SET_REQUEST_ELEMENT,
        TRAP_ELEMENT,        GETBULKREQUEST_ELEMENT,   INFORMREQUEST_ELEMENT, SNMPV2_TRAP_ELEMENT,
        REPORT_ELEMENT};
    struct ber b;
    if (!ber_next(c, &b))
        return;
    if (b.class != BER_CONTEXT || b.tag > REPORT)
        return cursor_malformed(c);
    put_uint(p, c, DATA, b.start, b.contents.pos - b.start + b.length, b.tag);
    const char *name = value_name_find(data_names, b.tag);
    info_set(p, "%s", name != NULL ? name : "");
    uint32_t tree = tree_begin(p, DATA);
    put_data(p, c, elements[b.tag], b.contents.pos, b.length, "", 0);
    uint32_t inner = tree_begin(p, elements[b.tag]);
    int32_t id = 0;
    if (b.tag == TRAP)
        put_trap(p, &b.contents);
    else
        id = put_common(p, &b.contents, b.tag == GET_BULK);
    tree_end(p, inner);
    tree_end(p, tree);
    if (b.contents.fault != CURSOR_OK)
        c->fault = b.contents.fault;
    if (b.tag != TRAP)
        put_exchange(p, c, (enum pdu)b.tag, id);
}

/* ---- Version 3 ----------------------------------------------------------------------------- */

/* Net-SNMP's own: random bytes, and when they were made. */
static void put_netsnmp_engine(struct packet *p, struct cursor *e)
{
    (void)put_bytes(p, e, ENGINEID_DATA, 4);
    const uint8_t *seconds = cursor_take(e, 4);
    if (seconds != NULL)
        put_time(p, e, ENGINEID_TIME, e->pos - 4, 4, (int64_t)le_n(seconds, 4) * 1000000000);
}

/* RFC 3411, section 5, "SnmpEngineID". */
static void put_engine(struct packet *p, struct cursor *e)
{
    enum { NET_SNMP = 8072 };
    static const uint8_t lengths[] = {0, 4, 16, 6};
    const uint8_t *head = cursor_peek(e, 0, 4);
    if (head == NULL)
        return;
    put_bits(p, e, ENGINEID_CONFORM, e->pos, 1, head[0]);
    uint32_t enterprise = be32(head);
    bool new_form = (enterprise & 0x80000000u) != 0;
    put_uint(p, e, ENGINEID_ENTERPRISE, e->pos, 4, enterprise & 0x7fffffffu);
    cursor_skip(e, 4);
    if (!new_form) {
        if (cursor_left(e) == 8)
            (void)put_bytes(p, e, ENGINEID_DATA, 8);
        else if (cursor_left(e) > 0)
            put_mark(p, e, RFC1910_NON_CONFORMANT);
        return;
    }
    uint8_t format = put_u8(p, e, ENGINEID_FORMAT);
    uint32_t n = cursor_left(e);
    if (format >= 1 && format <= 3 && n == lengths[format] && format == 1)
        (void)put_ipv4(p, e, ENGINEID_IPV4);
    else if (format >= 2 && format <= 3 && n == lengths[format])
        (void)put_bytes(p, e, format == 2 ? ENGINEID_IPV6 : ENGINEID_MAC, n);
    else if (format == 4 && n <= 27)
        (void)put_bytes(p, e, ENGINEID_TEXT, n);
    else if (format == 128 && (enterprise & 0x7fffffffu) == NET_SNMP && n == 8)
        put_netsnmp_engine(p, e);
    else if (format == 5 || (format >= 128 && (enterprise & 0x7fffffffu) != NET_SNMP))
        (void)put_bytes(p, e, ENGINEID_DATA, n);
    else if (n > 0)
        put_mark(p, e, RFC3411_NON_CONFORMANT);
}

static void put_engine_id(struct packet *p, struct cursor *c, unsigned field)
{
    struct ber b;
    if (put_ber_bytes(p, c, field, &b) == NULL)
        return;
    uint32_t tree = tree_begin(p, field);
    put_engine(p, &b.contents);
    tree_end(p, tree);
}

/* RFC 3412, section 6, "HeaderData". The flags. */
static uint8_t put_header(struct packet *p, struct cursor *c)
{
    struct ber b, flags;
    if (!ber_expect(c, BER_SEQUENCE, &b))
        return 0;
    put_data(p, c, MSGGLOBALDATA_ELEMENT, b.contents.pos, b.length, "", 0);
    uint32_t tree = tree_begin(p, MSGGLOBALDATA_ELEMENT);
    (void)put_ber_integer(p, &b.contents, MSGID);
    (void)put_ber_integer(p, &b.contents, MSGMAXSIZE);
    const uint8_t *bits = put_ber_bytes(p, &b.contents, MSGFLAGS, &flags);
    uint8_t set = bits != NULL && flags.length > 0 ? *bits : 0;
    uint32_t inner = tree_begin(p, MSGFLAGS);
    if (bits != NULL)
        put_flags(p, c, V3_FLAGS_REPORT, 3, flags.contents.pos, 1, set);
    tree_end(p, inner);
    (void)put_ber_integer(p, &b.contents, MSGSECURITYMODEL);
    tree_end(p, tree);
    if (b.contents.fault != CURSOR_OK)
        c->fault = b.contents.fault;
    return set;
}

/* RFC 3414, section 2.4: "UsmSecurityParameters", in a string. */
static void put_security(struct packet *p, struct cursor *c)
{
    struct ber string, b;
    if (!ber_next(c, &string) || !ber_expect(&string.contents, BER_SEQUENCE, &b))
        return;
    put_engine_id(p, &b.contents, MSGAUTHORITATIVEENGINEID);
    (void)put_ber_integer(p, &b.contents, MSGAUTHORITATIVEENGINEBOOTS);
    (void)put_ber_integer(p, &b.contents, MSGAUTHORITATIVEENGINETIME);
    (void)put_ber_bytes(p, &b.contents, MSGUSERNAME, NULL);
    (void)put_ber_bytes(p, &b.contents, MSGAUTHENTICATIONPARAMETERS, NULL);
    (void)put_ber_bytes(p, &b.contents, MSGPRIVACYPARAMETERS, NULL);
    if (b.contents.fault != CURSOR_OK)
        c->fault = b.contents.fault;
}

static void put_scoped(struct packet *p, struct cursor *c)
{
    struct ber b;
    bool plain = ber_peek(c, &b.class, &b.tag) && b.tag == BER_SEQUENCE;
    put_uint(p, c, MSGDATA, c->pos, cursor_captured(c), plain ? 0 : 1);
    uint32_t tree = tree_begin(p, MSGDATA);
    if (!plain) {
        (void)put_ber_bytes(p, c, ENCRYPTEDPDU, NULL);
        info_set(p, "encryptedPDU: privKey Unknown");
    } else if (ber_next(c, &b)) {
        put_data(p, c, PLAINTEXT_ELEMENT, b.contents.pos, b.length, "", 0);
        uint32_t inner = tree_begin(p, PLAINTEXT_ELEMENT);
        put_engine_id(p, &b.contents, CONTEXTENGINEID);
        (void)put_ber_bytes(p, &b.contents, CONTEXTNAME, NULL);
        put_pdu(p, &b.contents);
        tree_end(p, inner);
        if (b.contents.fault != CURSOR_OK)
            c->fault = b.contents.fault;
    }
    tree_end(p, tree);
}

/* ---- Messages ------------------------------------------------------------------------------ */

static void dissect(struct packet *p, struct cursor *c)
{
    struct ber message, version;
    if (!ber_expect(c, BER_SEQUENCE, &message))
        return;
    struct cursor *m = &message.contents, ahead = *m;
    if (!ber_expect(&ahead, BER_INTEGER, &version)) {
        c->fault = ahead.fault;
        return;
    }
    int64_t number = ber_integer(&version);
    (void)put_ber_integer(p, m, number == VERSION_3 ? MSGVERSION : VERSION);
    if (number == VERSION_3) {
        (void)put_header(p, m);
        put_security(p, m);
        if (m->fault == CURSOR_OK)
            put_scoped(p, m);
    } else if (number == VERSION_1 || number == VERSION_2C) {
        (void)put_ber_bytes(p, m, COMMUNITY, NULL);
        if (m->fault == CURSOR_OK)
            put_pdu(p, m);
    }
    if (m->fault != CURSOR_OK)
        c->fault = m->fault;
}

/* A message that is longer than its datagram is taken for something else. */
static bool probe(const struct packet *p, const struct cursor *c)
{
    (void)p;
    struct cursor copy = *c;
    struct ber b;
    return ber_expect(&copy, BER_SEQUENCE, &b) &&
           b.contents.pos - c->pos + b.length <= cursor_left(c);
}

static const struct binding bindings[] = {{"udp.port", SNMP_PORT}, {"udp.port", TRAP_PORT},
                                          {"udp.port", 8161},      {"tcp.port", SNMP_PORT},
                                          {"tcp.port", TRAP_PORT}, {NULL, 0}};

const struct protocol proto_snmp = {.name = "snmp",
                                    .title = "Simple Network Management Protocol",
                                    .column = "SNMP",
                                    FIELDS_OF_THIS_FILE,
                                    .bindings = bindings,
                                    .probe = probe,
                                    .dissect = dissect};
