/* dns: Domain Name System (RFC 1035), over UDP and TCP; multicast DNS (RFC 6762) and LLMNR (RFC
 * 4795). */
#include <stdio.h>
#include <string.h>

#include "dissect/format.h"
#include "dissect/packet.h"

static const struct value_name types[] = {
    VALUE(1, "A (Host Address)"),
    VALUE(2, "NS (authoritative Name Server)"),
    VALUE(5, "CNAME (Canonical NAME for an alias)"),
    VALUE(6, "SOA (Start Of a zone of Authority)"),
    VALUE(10, "NULL RR"),
    VALUE(11, "WKS (Well Known Service)"),
    VALUE(12, "PTR (domain name PoinTeR)"),
    VALUE(13, "HINFO (host information)"),
    VALUE(15, "MX (Mail eXchange)"),
    VALUE(16, "TXT (Text strings)"),
    VALUE(24, "SIG (security signature)"),
    VALUE(25, "KEY (security key)"),
    VALUE(28, "AAAA (IPv6 Address)"),
    VALUE(29, "LOC (Location Information)"),
    VALUE(33, "SRV (Server Selection)"),
    VALUE(35, "NAPTR (Naming Authority Pointer)"),
    VALUE(39, "DNAME"),
    VALUE(41, "OPT"),
    VALUE(43, "DS (Delegation Signer)"),
    VALUE(44, "SSHFP (SSH Key Fingerprint)"),
    VALUE(46, "RRSIG (Resource Record Signature)"),
    VALUE(47, "NSEC (Next Secure)"),
    VALUE(48, "DNSKEY (DNS Public Key)"),
    VALUE(50, "NSEC3"),
    VALUE(51, "NSEC3PARAM"),
    VALUE(52, "TLSA"),
    VALUE(64, "SVCB (General Purpose Service Endpoints)"),
    VALUE(65, "HTTPS (HTTPS Specific Service Endpoints)"),
    VALUE(99, "SPF"),
    VALUE(249, "TKEY (Transaction Key)"),
    VALUE(250, "TSIG (Transaction Signature)"),
    VALUE(251, "IXFR (incremental transfer)"),
    VALUE(252, "AXFR (transfer of an entire zone)"),
    VALUE(255, "* (A request for all records the server/cache has available)"),
    VALUE(257, "CAA (Certification Authority Restriction)"),
    VALUES_END};

static const struct value_name classes[] = {VALUE(1, "IN"), VALUE(2, "CS"),     VALUE(3, "CH"),
                                            VALUE(4, "HS"), VALUE(254, "NONE"), VALUE(255, "ANY"),
                                            VALUES_END};

static const struct value_name opcodes[] = {VALUE(0, "Standard query"),
                                            VALUE(1, "Inverse query"),
                                            VALUE(2, "Server status request"),
                                            VALUE(4, "Zone change notification"),
                                            VALUE(5, "Dynamic update"),
                                            VALUE(6, "DNS Stateful operations (DSO)"),
                                            VALUES_END};

static const struct value_name rcodes[] = {
    VALUE(0, "No error"),          VALUE(1, "Format error"),      VALUE(2, "Server failure"),
    VALUE(3, "No such name"),      VALUE(4, "Not implemented"),   VALUE(5, "Refused"),
    VALUE(6, "Name exists"),       VALUE(7, "RRset exists"),      VALUE(8, "RRset does not exist"),
    VALUE(9, "Not authoritative"), VALUE(10, "Name out of zone"), VALUES_END};

static const struct value_name svc_keys[] = {
    VALUE(0, "mandatory"), VALUE(1, "alpn"),      VALUE(2, "no-default-alpn"), VALUE(3, "port"),
    VALUE(4, "ipv4hint"),  VALUE(5, "echconfig"), VALUE(6, "ipv6hint"),        VALUES_END};

#define FIELDS(X)                                                                                  \
    X(LENGTH, "dns.length", "Length", UINT16, DEC, 0, NULL)                                        \
    X(ID, "dns.id", "Transaction ID", UINT16, HEX, 0, NULL)                                        \
    X(FLAGS, "dns.flags", "Flags", UINT16, HEX, 0, NULL)                                           \
    X(RESPONSE, "dns.flags.response", "Response", BOOLEAN, NONE, 0x8000, NULL)                     \
    X(OPCODE, "dns.flags.opcode", "Opcode", UINT16, DEC, 0x7800, opcodes)                          \
    X(AA, "dns.flags.authoritative", "Authoritative", BOOLEAN, NONE, 0x0400, NULL)                 \
    X(CONFLICT, "dns.flags.conflict", "Conflict", BOOLEAN, NONE, 0x0400, NULL)                     \
    X(TC, "dns.flags.truncated", "Truncated", BOOLEAN, NONE, 0x0200, NULL)                         \
    X(RD, "dns.flags.recdesired", "Recursion desired", BOOLEAN, NONE, 0x0100, NULL)                \
    X(TENTATIVE, "dns.flags.tentative", "Tentative", BOOLEAN, NONE, 0x0100, NULL)                  \
    X(RA, "dns.flags.recavail", "Recursion available", BOOLEAN, NONE, 0x0080, NULL)                \
    X(Z, "dns.flags.z", "Z", BOOLEAN, NONE, 0x0040, NULL)                                          \
    X(AD, "dns.flags.authenticated", "Answer authenticated", BOOLEAN, NONE, 0x0020, NULL)          \
    X(CD, "dns.flags.checkdisable", "Non-authenticated data", BOOLEAN, NONE, 0x0010, NULL)         \
    X(RCODE, "dns.flags.rcode", "Reply code", UINT16, DEC, 0x000f, rcodes)                         \
    X(QUERIES, "dns.count.queries", "Questions", UINT16, DEC, 0, NULL)                             \
    X(ANSWERS, "dns.count.answers", "Answer RRs", UINT16, DEC, 0, NULL)                            \
    X(AUTHORITY, "dns.count.auth_rr", "Authority RRs", UINT16, DEC, 0, NULL)                       \
    X(ADDITIONAL, "dns.count.add_rr", "Additional RRs", UINT16, DEC, 0, NULL)                      \
    X(QRY_NAME, "dns.qry.name", "Name", STRING, NONE, 0, NULL)                                     \
    X(QRY_NAME_LEN, "dns.qry.name.len", "Name Length", UINT16, DEC | GENERATED, 0, NULL)           \
    X(LABELS, "dns.count.labels", "Label Count", UINT16, DEC | GENERATED, 0, NULL)                 \
    X(QRY_TYPE, "dns.qry.type", "Type", UINT16, DEC, 0, types)                                     \
    X(QRY_CLASS, "dns.qry.class", "Class", UINT16, HEX, 0, classes)                                \
    X(QU, "dns.qry.qu", "\"QU\" question", BOOLEAN, NONE, 0x8000, NULL)                            \
    X(NAME, "dns.resp.name", "Name", STRING, NONE, 0, NULL)                                        \
    X(SRV_SERVICE, "dns.srv.service", "Service", STRING, NONE, 0, NULL)                            \
    X(SRV_PROTO, "dns.srv.proto", "Protocol", STRING, NONE, 0, NULL)                               \
    X(SRV_NAME, "dns.srv.name", "Name", STRING, NONE, 0, NULL)                                     \
    X(TYPE, "dns.resp.type", "Type", UINT16, DEC, 0, types)                                        \
    X(CLASS, "dns.resp.class", "Class", UINT16, HEX, 0, classes)                                   \
    X(CACHE_FLUSH, "dns.resp.cache_flush", "Cache flush", BOOLEAN, NONE, 0x8000, NULL)             \
    X(TTL, "dns.resp.ttl", "Time to live", UINT32, DEC, 0, NULL)                                   \
    X(UDP_SIZE, "dns.rr.udp_payload_size", "UDP payload size", UINT16, HEX, 0, NULL)               \
    X(EXT_RCODE, "dns.resp.ext_rcode", "Higher bits in extended RCODE", UINT8, HEX, 0, NULL)       \
    X(EDNS_VERSION, "dns.resp.edns0_version", "EDNS0 version", UINT8, DEC, 0, NULL)                \
    X(EDNS_Z, "dns.resp.z", "Z", UINT16, HEX, 0, NULL)                                             \
    X(EDNS_DO, "dns.resp.z.do", "DO bit", BOOLEAN, NONE, 0x8000, NULL)                             \
    X(EDNS_RESERVED, "dns.resp.z.reserved", "Reserved", UINT16, HEX, 0x7fff, NULL)                 \
    X(LEN, "dns.resp.len", "Data length", UINT16, DEC, 0, NULL)                                    \
    X(A, "dns.a", "Address", IPv4, NONE, 0, NULL)                                                  \
    X(AAAA, "dns.aaaa", "AAAA Address", IPv6, NONE, 0, NULL)                                       \
    X(NS, "dns.ns", "Name Server", STRING, NONE, 0, NULL)                                          \
    X(CNAME, "dns.cname", "CNAME", STRING, NONE, 0, NULL)                                          \
    X(DNAME, "dns.dname", "Dname", STRING, NONE, 0, NULL)                                          \
    X(PTR, "dns.ptr.domain_name", "Domain Name", STRING, NONE, 0, NULL)                            \
    X(MNAME, "dns.soa.mname", "Primary name server", STRING, NONE, 0, NULL)                        \
    X(RNAME, "dns.soa.rname", "Responsible authority's mailbox", STRING, NONE, 0, NULL)            \
    X(SERIAL, "dns.soa.serial_number", "Serial Number", UINT32, DEC, 0, NULL)                      \
    X(REFRESH, "dns.soa.refresh_interval", "Refresh Interval", UINT32, DEC, 0, NULL)               \
    X(RETRY, "dns.soa.retry_interval", "Retry Interval", UINT32, DEC, 0, NULL)                     \
    X(EXPIRE, "dns.soa.expire_limit", "Expire limit", UINT32, DEC, 0, NULL)                        \
    X(MINIMUM, "dns.soa.minimum_ttl", "Minimum TTL", UINT32, DEC, 0, NULL)                         \
    X(PREFERENCE, "dns.mx.preference", "Preference", UINT16, DEC, 0, NULL)                         \
    X(EXCHANGE, "dns.mx.mail_exchange", "Mail Exchange", STRING, NONE, 0, NULL)                    \
    X(TXT_LENGTH, "dns.txt.length", "TXT Length", UINT8, DEC, 0, NULL)                             \
    X(TXT, "dns.txt", "TXT", STRING, NONE, 0, NULL)                                                \
    X(SRV_PRIORITY, "dns.srv.priority", "Priority", UINT16, DEC, 0, NULL)                          \
    X(SRV_WEIGHT, "dns.srv.weight", "Weight", UINT16, DEC, 0, NULL)                                \
    X(SRV_PORT, "dns.srv.port", "Port", UINT16, DEC, 0, NULL)                                      \
    X(SRV_TARGET, "dns.srv.target", "Target", STRING, NONE, 0, NULL)                               \
    X(OPT, "dns.opt", "Option", NONE, NONE, 0, NULL)                                               \
    X(OPT_CODE, "dns.opt.code", "Option Code", UINT16, DEC, 0, NULL)                               \
    X(OPT_LEN, "dns.opt.len", "Option Length", UINT16, DEC, 0, NULL)                               \
    X(OPT_DATA, "dns.opt.data", "Option Data", BYTES, NONE, 0, NULL)                               \
    X(COOKIE_CLIENT, "dns.opt.cookie.client", "Client Cookie", BYTES, NONE, 0, NULL)               \
    X(COOKIE_SERVER, "dns.opt.cookie.server", "Server Cookie", BYTES, NONE, 0, NULL)               \
    X(DS_KEY, "dns.ds.key_id", "Key id", UINT16, HEX, 0, NULL)                                     \
    X(DS_ALGORITHM, "dns.ds.algorithm", "Algorithm", UINT8, DEC, 0, NULL)                          \
    X(DS_DIGEST_TYPE, "dns.ds.digest_type", "Digest Type", UINT8, DEC, 0, NULL)                    \
    X(DS_DIGEST, "dns.ds.digest", "Digest", BYTES, NONE, 0, NULL)                                  \
    X(COVERED, "dns.rrsig.type_covered", "Type Covered", UINT16, DEC, 0, types)                    \
    X(SIG_ALGORITHM, "dns.rrsig.algorithm", "Algorithm", UINT8, DEC, 0, NULL)                      \
    X(SIG_LABELS, "dns.rrsig.labels", "Labels", UINT8, DEC, 0, NULL)                               \
    X(SIG_TTL, "dns.rrsig.original_ttl", "Original TTL", UINT32, DEC, 0, NULL)                     \
    X(SIG_EXPIRES, "dns.rrsig.signature_expiration", "Signature Expiration", ABSOLUTE_TIME, UTC,   \
      0, NULL)                                                                                     \
    X(SIG_BEGINS, "dns.rrsig.signature_inception", "Signature Inception", ABSOLUTE_TIME, UTC, 0,   \
      NULL)                                                                                        \
    X(SIG_KEY, "dns.rrsig.key_tag", "Key Tag", UINT16, DEC, 0, NULL)                               \
    X(SIGNER, "dns.rrsig.signers_name", "Signer's name", STRING, NONE, 0, NULL)                    \
    X(SIGNATURE, "dns.rrsig.signature", "Signature", BYTES, NONE, 0, NULL)                         \
    X(KEY_FLAGS, "dns.dnskey.flags", "Flags", UINT16, HEX, 0, NULL)                                \
    X(KEY_PROTOCOL, "dns.dnskey.protocol", "Protocol", UINT8, DEC, 0, NULL)                        \
    X(KEY_ALGORITHM, "dns.dnskey.algorithm", "Algorithm", UINT8, DEC, 0, NULL)                     \
    X(KEY, "dns.dnskey.public_key", "Public Key", BYTES, NONE, 0, NULL)                            \
    X(NSEC_NEXT, "dns.nsec.next_domain_name", "Next Domain Name", STRING, NONE, 0, NULL)           \
    X(SVC_PRIORITY, "dns.svcb.svcpriority", "SvcPriority", UINT16, DEC, 0, NULL)                   \
    X(SVC_TARGET, "dns.svcb.targetname", "TargetName", STRING, NONE, 0, NULL)                      \
    X(SVC_PARAM, "dns.svcb.svcparam", "SvcParam", NONE, NONE, 0, NULL)                             \
    X(SVC_KEY, "dns.svcb.svcparam.key", "SvcParamKey", UINT16, DEC, 0, svc_keys)                   \
    X(SVC_LENGTH, "dns.svcb.svcparam.value.length", "SvcParamValue length", UINT16, DEC, 0, NULL)  \
    X(SVC_ALPN_LENGTH, "dns.svcb.svcparam.alpn.length", "ALPN length", UINT8, DEC, 0, NULL)        \
    X(SVC_ALPN, "dns.svcb.svcparam.alpn", "ALPN", STRING, NONE, 0, NULL)                           \
    X(SVC_PORT, "dns.svcb.svcparam.port", "Port", UINT16, DEC, 0, NULL)                            \
    X(SVC_IPV4, "dns.svcb.svcparam.ipv4hint.ip", "IP", IPv4, NONE, 0, NULL)                        \
    X(SVC_ECH, "dns.svcb.svcparam.echconfig", "ECHConfig", BYTES, NONE, 0, NULL)                   \
    X(SVC_IPV6, "dns.svcb.svcparam.ipv6hint.ip", "IP", IPv6, NONE, 0, NULL)                        \
    X(RDATA, "dns.data", "Data", BYTES, NONE, 0, NULL)

FIELD_TABLE(FIELDS);

enum { DNS_PORT = 53, MDNS_PORT = 5353, LLMNR_PORT = 5355 };
enum { MAX_NAME = 1024, MAX_JUMPS = 64 };
enum {
    TYPE_A = 1,
    TYPE_NS = 2,
    TYPE_CNAME = 5,
    TYPE_SOA = 6,
    TYPE_PTR = 12,
    TYPE_MX = 15,
    TYPE_TXT = 16,
    TYPE_AAAA = 28,
    TYPE_SRV = 33,
    TYPE_DNAME = 39,
    TYPE_OPT = 41,
    TYPE_DS = 43,
    TYPE_RRSIG = 46,
    TYPE_NSEC = 47,
    TYPE_DNSKEY = 48,
    TYPE_SVCB = 64,
    TYPE_HTTPS = 65
};

enum dialect { DNS, MDNS, LLMNR };

/* The message that is being read; pointers in names count from `base`. */
struct message {
    struct packet *p;
    enum dialect dialect;
    uint32_t base, cap;
};

struct name {
    const char *text; /* in the packet's arena */
    uint32_t length, labels;
    uint32_t offset, bytes; /* where it stands */
};

/* ---- Names (RFC 1035, section 4.1.4) ------------------------------------------------------- */

/* Adds a label to text[0..at), control characters as \ooo. Returns the new end. */
static size_t label_add(char *text, size_t at, const uint8_t *bytes, unsigned n)
{
    if (at > 0 && at < MAX_NAME)
        text[at++] = '.';
    for (unsigned i = 0; i < n && at + 5 < MAX_NAME; i++) {
        if (bytes[i] >= 0x20 && bytes[i] != 0x7f)
            text[at++] = (char)bytes[i];
        else
            at += (size_t)snprintf(text + at, 5, "\\%03o", bytes[i]);
    }
    return at;
}

/* Moves c past a name and decodes it. A chain of pointers is bounded by MAX_JUMPS, labels by
 * MAX_NAME bytes of text, so that it ends for any bytes. */
static struct name name_read(const struct message *m, struct cursor *c)
{
    struct name name = {.text = "", .offset = c->pos};
    char text[MAX_NAME + 1];
    size_t at = 0;
    struct cursor jumped = *c, *from = c;
    for (unsigned jumps = 0; jumps < MAX_JUMPS && at + 5 < MAX_NAME;) {
        uint8_t n = cursor_u8(from);
        if (from->fault != CURSOR_OK || n == 0)
            break;
        if (n >= 0xc0) {
            uint32_t to = m->base + ((n & 0x3fu) << 8 | cursor_u8(from));
            if (from->fault != CURSOR_OK || to >= m->cap)
                break;
            if (jumps++ == 0)
                name.bytes = c->pos - name.offset;
            jumped = (struct cursor){.data = c->data, .pos = to, .cap = m->cap, .end = m->cap};
            from = &jumped;
            continue;
        }
        const uint8_t *bytes = cursor_take(from, n & 0x3fu);
        if (bytes == NULL)
            break;
        at = label_add(text, at, bytes, n & 0x3fu);
        name.labels++;
    }
    if (name.bytes == 0)
        name.bytes = c->pos - name.offset;
    text[at] = '\0';
    name.text = packet_text(m->p, "%s", at == 0 ? "<Root>" : text);
    name.length = (uint32_t)strlen(name.text);
    return name;
}

static struct name put_name(const struct message *m, struct cursor *c, unsigned field)
{
    struct name name = name_read(m, c);
    if (c->fault == CURSOR_OK)
        put_string(m->p, c, field, name.offset, name.bytes, name.text);
    return name;
}

/* "A" of "A (Host Address)". */
static const char *type_short(struct packet *p, uint16_t type)
{
    const char *name = value_name_find(types, type);
    if (name == NULL)
        return packet_text(p, "Unknown (%u)", type);
    return *name == '*' ? "ANY" : packet_text(p, "%.*s", (int)strcspn(name, " "), name);
}

static const char *class_name(struct packet *p, uint16_t class)
{
    const char *name = value_name_find(classes, class);
    return name != NULL ? name : packet_text(p, "Unknown (0x%04x)", class);
}

/* ---- Header and questions ------------------------------------------------------------------ */

static void put_flag(struct packet *p, struct cursor *c, unsigned field, uint16_t flags)
{
    put_bits(p, c, field, c->pos - 2, 2, flags);
}

/* RFC 1035, section 4.1.1; AD and CD: RFC 4035, section 3; LLMNR: RFC 4795, section 2.1.1. */
static uint16_t put_header_flags(const struct message *m, struct cursor *c)
{
    struct packet *p = m->p;
    uint16_t flags = put_u16(p, c, FLAGS);
    if (c->fault != CURSOR_OK)
        return 0;
    bool response = (flags & 0x8000) != 0;
    uint32_t tree = tree_begin(p, FLAGS);
    put_flag(p, c, RESPONSE, flags);
    put_flag(p, c, OPCODE, flags);
    if (m->dialect == LLMNR)
        put_flag(p, c, CONFLICT, flags);
    else if (response)
        put_flag(p, c, AA, flags);
    put_flag(p, c, TC, flags);
    if (m->dialect == LLMNR) {
        put_flag(p, c, TENTATIVE, flags);
    } else {
        put_flag(p, c, RD, flags);
        if (response)
            put_flag(p, c, RA, flags);
        put_flag(p, c, Z, flags);
        if (response || (flags & 0x20) != 0)
            put_flag(p, c, AD, flags);
        put_flag(p, c, CD, flags);
    }
    if (response)
        put_flag(p, c, RCODE, flags);
    tree_end(p, tree);
    return flags;
}

static void info_header(struct packet *p, uint16_t id, uint16_t flags)
{
    const char *op = value_name_find(opcodes, flags >> 11 & 0xf);
    bool response = (flags & 0x8000) != 0;
    info_set(p, "%s%s 0x%04x", op != NULL ? op : "Unknown operation", response ? " response" : "",
             id);
    const char *rcode = value_name_find(rcodes, flags & 0xf);
    if (response && (flags & 0xf) != 0)
        info_add(p, " %s", rcode != NULL ? rcode : "Unknown error");
}

/* RFC 1035, section 4.1.2; the QU bit: RFC 6762, section 5.4. */
static void put_question(const struct message *m, struct cursor *c)
{
    struct packet *p = m->p;
    struct cursor ahead = *c;
    struct name name = name_read(m, &ahead);
    uint16_t type = cursor_u16(&ahead), class = cursor_u16(&ahead);
    bool qu = m->dialect == MDNS && (class & 0x8000) != 0;
    if (m->dialect == MDNS)
        class &= 0x7fff;
    uint32_t tree = tree_text(p, c, c->pos, ahead.pos - c->pos, "%s: type %s, class %s", name.text,
                              type_short(p, type), class_name(p, class));
    (void)put_name(m, c, QRY_NAME);
    put_uint(p, c, QRY_NAME_LEN, name.offset, name.bytes, name.length);
    put_uint(p, c, LABELS, name.offset, name.bytes, name.labels);
    (void)put_u16(p, c, QRY_TYPE);
    uint16_t raw = cursor_u16(c);
    if (c->fault == CURSOR_OK) {
        put_uint(p, c, QRY_CLASS, c->pos - 2, 2, class);
        if (m->dialect == MDNS)
            put_flag(p, c, QU, raw);
        info_add(p, " %s %s", type_short(p, type), name.text);
        if (m->dialect == MDNS)
            info_add(p, ", \"%s\" question", qu ? "QU" : "QM");
    }
    tree_end(p, tree);
}

/* ---- Record data --------------------------------------------------------------------------- */

static void put_texts(struct packet *p, struct cursor *r)
{
    while (cursor_captured(r) > 0) {
        uint8_t n = put_u8(p, r, TXT_LENGTH);
        if (put_bytes(p, r, TXT, n) == NULL)
            return;
    }
}

static void put_soa(const struct message *m, struct cursor *r)
{
    struct name primary = put_name(m, r, MNAME);
    info_add(m->p, " %s", primary.text);
    (void)put_name(m, r, RNAME);
    for (unsigned field = SERIAL; field <= MINIMUM; field++)
        (void)put_u32(m->p, r, field);
}

static void put_seconds(struct packet *p, struct cursor *r, unsigned field)
{
    uint32_t seconds = cursor_u32(r);
    if (r->fault == CURSOR_OK)
        put_time(p, r, field, r->pos - 4, 4, (int64_t)seconds * 1000000000);
}

/* RFC 4034, section 3.1. */
static void put_rrsig(const struct message *m, struct cursor *r)
{
    struct packet *p = m->p;
    (void)put_u16(p, r, COVERED);
    (void)put_u8(p, r, SIG_ALGORITHM);
    (void)put_u8(p, r, SIG_LABELS);
    (void)put_u32(p, r, SIG_TTL);
    put_seconds(p, r, SIG_EXPIRES);
    put_seconds(p, r, SIG_BEGINS);
    (void)put_u16(p, r, SIG_KEY);
    (void)put_name(m, r, SIGNER);
    (void)put_bytes(p, r, SIGNATURE, cursor_left(r));
}

/* RFC 4034, section 2.1 (DNSKEY) and 5.1 (DS). */
static void put_key(struct packet *p, struct cursor *r)
{
    (void)put_u16(p, r, KEY_FLAGS);
    (void)put_u8(p, r, KEY_PROTOCOL);
    (void)put_u8(p, r, KEY_ALGORITHM);
    (void)put_bytes(p, r, KEY, cursor_left(r));
}

static void put_ds(struct packet *p, struct cursor *r)
{
    (void)put_u16(p, r, DS_KEY);
    (void)put_u8(p, r, DS_ALGORITHM);
    (void)put_u8(p, r, DS_DIGEST_TYPE);
    (void)put_bytes(p, r, DS_DIGEST, cursor_left(r));
}

/* RFC 4034, section 4.1: the next name, then windows of type bits, the highest bit first. */
static void put_nsec(const struct message *m, struct cursor *r)
{
    (void)put_name(m, r, NSEC_NEXT);
    while (cursor_captured(r) > 0) {
        uint32_t window = cursor_u8(r);
        uint8_t n = cursor_u8(r);
        const uint8_t *bits = cursor_take(r, n);
        for (uint32_t i = 0; bits != NULL && i < 8u * n; i++) {
            if ((bits[i / 8] & 0x80 >> i % 8) != 0)
                put_uint(m->p, r, TYPE, r->pos - n + i / 8, 1, window << 8 | i);
        }
    }
}

/* RFC 6891, section 6.1.2; cookies: RFC 7873, section 4. */
static void put_options(struct packet *p, struct cursor *r)
{
    while (cursor_captured(r) > 0) {
        const uint8_t *head = cursor_peek(r, 0, 4);
        uint32_t length = head == NULL ? 0 : be16(head + 2) + 4u;
        put_data(p, r, OPT, r->pos, length, "", 0);
        uint32_t tree = tree_begin(p, OPT);
        uint16_t code = put_u16(p, r, OPT_CODE);
        uint16_t n = put_u16(p, r, OPT_LEN);
        struct cursor value = *r;
        if (n > 0)
            (void)put_bytes(p, r, OPT_DATA, n);
        if (code == 10 && n >= 8 && r->fault == CURSOR_OK) {
            (void)put_bytes(p, &value, COOKIE_CLIENT, 8);
            if (n > 8)
                (void)put_bytes(p, &value, COOKIE_SERVER, n - 8u);
        }
        tree_end(p, tree);
    }
}

static void put_address(struct packet *p, struct cursor *r, bool v6)
{
    const uint8_t *bytes = v6 ? put_bytes(p, r, AAAA, 16) : put_ipv4(p, r, A);
    if (bytes == NULL || !p->wanted->columns)
        return;
    struct address address = {v6 ? ADDRESS_IPV6 : ADDRESS_IPV4, bytes};
    info_add(p, " ");
    format_address(&p->info, &address);
}

static void put_srv(const struct message *m, struct cursor *r)
{
    uint16_t priority = put_u16(m->p, r, SRV_PRIORITY), weight = put_u16(m->p, r, SRV_WEIGHT);
    uint16_t port = put_u16(m->p, r, SRV_PORT);
    struct name target = put_name(m, r, SRV_TARGET);
    info_add(m->p, " %u %u %u %s", priority, weight, port, target.text);
}

static void put_svc_value(struct packet *p, struct cursor *v, uint16_t key)
{
    switch (key) {
    case 1:
        while (cursor_captured(v) > 0)
            (void)put_bytes(p, v, SVC_ALPN, put_u8(p, v, SVC_ALPN_LENGTH));
        break;
    case 3:
        (void)put_u16(p, v, SVC_PORT);
        break;
    case 4:
        while (cursor_captured(v) > 0)
            (void)put_ipv4(p, v, SVC_IPV4);
        break;
    case 5:
        (void)put_bytes(p, v, SVC_ECH, cursor_left(v));
        break;
    case 6:
        while (cursor_captured(v) > 0)
            (void)put_bytes(p, v, SVC_IPV6, 16);
        break;
    default:
        break;
    }
}

/* RFC 9460, section 2.2. */
static void put_svcb(const struct message *m, struct cursor *r)
{
    struct packet *p = m->p;
    uint16_t priority = put_u16(p, r, SVC_PRIORITY);
    info_add(p, " %u %s", priority, put_name(m, r, SVC_TARGET).text);
    while (cursor_captured(r) > 0) {
        const uint8_t *head = cursor_peek(r, 0, 4);
        put_data(p, r, SVC_PARAM, r->pos, head == NULL ? 0 : be16(head + 2) + 4u, "", 0);
        uint32_t tree = tree_begin(p, SVC_PARAM);
        uint16_t key = put_u16(p, r, SVC_KEY);
        struct cursor value = cursor_part(r, put_u16(p, r, SVC_LENGTH));
        put_svc_value(p, &value, key);
        if (value.fault != CURSOR_OK && r->fault == CURSOR_OK)
            r->fault = value.fault;
        tree_end(p, tree);
    }
}

static void put_rdata(const struct message *m, struct cursor *r, uint16_t type)
{
    static const struct {
        uint16_t type, field;
    } names[] = {{TYPE_NS, NS}, {TYPE_CNAME, CNAME}, {TYPE_PTR, PTR}, {TYPE_DNAME, DNAME}};
    struct packet *p = m->p;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (names[i].type == type) {
            info_add(p, " %s", put_name(m, r, names[i].field).text);
            return;
        }
    }
    switch (type) {
    case TYPE_A:
    case TYPE_AAAA:
        put_address(p, r, type == TYPE_AAAA);
        break;
    case TYPE_SOA:
        put_soa(m, r);
        break;
    case TYPE_MX: {
        uint16_t preference = put_u16(p, r, PREFERENCE);
        info_add(p, " %u %s", preference, put_name(m, r, EXCHANGE).text);
        break;
    }
    case TYPE_TXT:
        put_texts(p, r);
        break;
    case TYPE_SRV:
        put_srv(m, r);
        break;
    case TYPE_OPT:
        put_options(p, r);
        break;
    case TYPE_DS:
        put_ds(p, r);
        break;
    case TYPE_RRSIG:
        put_rrsig(m, r);
        break;
    case TYPE_NSEC:
        put_nsec(m, r);
        break;
    case TYPE_SVCB:
    case TYPE_HTTPS:
        put_svcb(m, r);
        break;
    case TYPE_DNSKEY:
        put_key(p, r);
        break;
    default:
        if (cursor_left(r) > 0)
            (void)put_bytes(p, r, RDATA, cursor_left(r));
    }
}

/* ---- Records ------------------------------------------------------------------------------- */

/* "_ldap._tcp.example.org": RFC 2782. */
static void put_service_name(struct packet *p, struct cursor *c, const struct name *name)
{
    size_t service = strcspn(name->text, ".");
    const char *rest = name->text + service + (name->text[service] == '.');
    size_t proto = strcspn(rest, ".");
    const char *domain = rest + proto + (rest[proto] == '.');
    put_data(p, c, SRV_SERVICE, name->offset, name->bytes, name->text, service);
    put_data(p, c, SRV_PROTO, name->offset, name->bytes, rest, proto);
    put_string(p, c, SRV_NAME, name->offset, name->bytes, domain);
}

/* RFC 6891, section 6.1.3: class and TTL of OPT mean something else. */
static void put_edns(const struct message *m, struct cursor *c)
{
    struct packet *p = m->p;
    uint16_t size = cursor_u16(c);
    if (c->fault == CURSOR_OK) {
        put_uint(p, c, UDP_SIZE, c->pos - 2, 2, m->dialect == MDNS ? size & 0x7fffu : size);
        if (m->dialect == MDNS)
            put_flag(p, c, CACHE_FLUSH, size);
    }
    (void)put_u8(p, c, EXT_RCODE);
    (void)put_u8(p, c, EDNS_VERSION);
    uint16_t z = put_u16(p, c, EDNS_Z);
    if (c->fault != CURSOR_OK)
        return;
    uint32_t tree = tree_begin(p, EDNS_Z);
    put_flag(p, c, EDNS_DO, z);
    put_flag(p, c, EDNS_RESERVED, z);
    tree_end(p, tree);
}

/* RFC 1035, section 4.1.3; the cache-flush bit: RFC 6762, section 10.2. */
static bool put_class_ttl(const struct message *m, struct cursor *c)
{
    uint16_t class = cursor_u16(c);
    bool flush = m->dialect == MDNS && (class & 0x8000) != 0;
    if (c->fault == CURSOR_OK) {
        put_uint(m->p, c, CLASS, c->pos - 2, 2, m->dialect == MDNS ? class & 0x7fffu : class);
        if (m->dialect == MDNS)
            put_flag(m->p, c, CACHE_FLUSH, class);
    }
    (void)put_u32(m->p, c, TTL);
    return flush;
}

static void put_record(const struct message *m, struct cursor *c)
{
    struct packet *p = m->p;
    uint32_t start = c->pos;
    struct cursor ahead = *c;
    struct name name = name_read(m, &ahead);
    const uint8_t *head = cursor_peek(&ahead, 0, 10);
    uint16_t type = head == NULL ? 0 : be16(head);
    uint32_t length = head == NULL ? ahead.pos - start : ahead.pos - start + 10 + be16(head + 8);
    uint32_t tree = tree_text(p, c, start, length, "%s: type %s", name.text, type_short(p, type));
    c->pos = ahead.pos;
    c->fault = ahead.fault;
    c->cap = ahead.cap;
    c->end = ahead.end;
    if (c->fault == CURSOR_OK && type == TYPE_SRV && name.text[0] == '_')
        put_service_name(p, c, &name);
    else if (c->fault == CURSOR_OK)
        put_string(p, c, NAME, name.offset, name.bytes, name.text);
    (void)put_u16(p, c, TYPE);
    bool flush = false;
    if (type == TYPE_OPT)
        put_edns(m, c);
    else
        flush = put_class_ttl(m, c);
    uint16_t data = put_u16(p, c, LEN);
    if (c->fault == CURSOR_OK) {
        info_add(p, " %s%s", type_short(p, type), flush ? ", cache flush" : "");
        struct cursor rdata = cursor_part(c, data);
        put_rdata(m, &rdata, type);
        if (rdata.fault != CURSOR_OK)
            c->fault = rdata.fault;
    }
    tree_end(p, tree);
}

static void put_records(const struct message *m, struct cursor *c, unsigned count,
                        const char *title_text)
{
    if (count == 0 || c->fault != CURSOR_OK)
        return;
    uint32_t tree = tree_text(m->p, c, c->pos, cursor_captured(c), "%s", title_text);
    for (unsigned i = 0; i < count && c->fault == CURSOR_OK; i++)
        put_record(m, c);
    tree_end(m->p, tree);
}

/* ---- Messages ------------------------------------------------------------------------------ */

static void put_message(struct packet *p, struct cursor *c, enum dialect dialect)
{
    struct message m = {p, dialect, c->pos, c->cap};
    uint16_t id = put_u16(p, c, ID);
    uint16_t flags = put_header_flags(&m, c);
    uint16_t queries = put_u16(p, c, QUERIES), answers = put_u16(p, c, ANSWERS);
    uint16_t authority = put_u16(p, c, AUTHORITY), additional = put_u16(p, c, ADDITIONAL);
    if (c->fault != CURSOR_OK)
        return;
    info_header(p, id, flags);
    static const char *const titles[] = {"Domain Name System", "Multicast Domain Name System",
                                         "Link-local Multicast Name Resolution"};
    title(p, "%s (%s)", titles[dialect], (flags & 0x8000) != 0 ? "response" : "query");
    if (queries > 0) {
        uint32_t tree = tree_text(p, c, c->pos, cursor_captured(c), "Queries");
        for (unsigned i = 0; i < queries && c->fault == CURSOR_OK; i++)
            put_question(&m, c);
        tree_end(p, tree);
    }
    put_records(&m, c, answers, "Answers");
    put_records(&m, c, authority, "Authoritative nameservers");
    put_records(&m, c, additional, "Additional records");
    if (c->fault == CURSOR_OK)
        c->pos = c->end < c->cap ? c->end : c->cap;
}

static bool over_tcp(const struct packet *p, unsigned layer)
{
    return strcmp(p->reg->protos[p->layers[layer].proto].def->name, "tcp") == 0;
}

/* Over TCP a message is taken only if all of it lies in the segment (RFC 1035, section 4.2.2). */
static bool probe_dns(const struct packet *p, const struct cursor *c)
{
    if (p->layer_count == 0 || !over_tcp(p, p->layer))
        return true;
    const uint8_t *length = cursor_peek(c, 0, 2);
    return length != NULL && be16(length) >= 12 && be16(length) + 2u <= cursor_captured(c);
}

static void dissect_dns(struct packet *p, struct cursor *c)
{
    if (p->layer > 0 && over_tcp(p, p->layer - 1u))
        cursor_trim(c, put_u16(p, c, LENGTH));
    put_message(p, c, DNS);
}

static void dissect_mdns(struct packet *p, struct cursor *c)
{
    put_message(p, c, MDNS);
}

static void dissect_llmnr(struct packet *p, struct cursor *c)
{
    put_message(p, c, LLMNR);
}

static const struct binding dns_bindings[] = {
    {"udp.port", DNS_PORT}, {"tcp.port", DNS_PORT}, {NULL, 0}};
static const struct binding mdns_bindings[] = {{"udp.port", MDNS_PORT}, {NULL, 0}};
static const struct binding llmnr_bindings[] = {{"udp.port", LLMNR_PORT}, {NULL, 0}};

const struct protocol proto_dns = {.name = "dns",
                                   .title = "Domain Name System",
                                   .column = "DNS",
                                   FIELDS_OF_THIS_FILE,
                                   .bindings = dns_bindings,
                                   .probe = probe_dns,
                                   .dissect = dissect_dns};

const struct protocol proto_mdns = {.name = "mdns",
                                    .title = "Multicast Domain Name System",
                                    .column = "MDNS",
                                    .fields_of = &proto_dns,
                                    .bindings = mdns_bindings,
                                    .dissect = dissect_mdns};

const struct protocol proto_llmnr = {.name = "llmnr",
                                     .title = "Link-local Multicast Name Resolution",
                                     .column = "LLMNR",
                                     .fields_of = &proto_dns,
                                     .bindings = llmnr_bindings,
                                     .dissect = dissect_llmnr};
