/* dns: Domain Name System (RFC 1035), over UDP and TCP; multicast DNS (RFC 6762) and LLMNR (RFC
 * 4795). */
#include <stdio.h>
#include <string.h>

#include "dissect/packet.h"
#include "proto/dns.h"

static const struct value_name dns_types[] = {
    VALUE(0, "Unused"),
    VALUE(1, "A (Host Address)"),
    VALUE(2, "NS (authoritative Name Server)"),
    VALUE(3, "MD (Mail Destination)"),
    VALUE(4, "MF (Mail Forwarder)"),
    VALUE(5, "CNAME (Canonical NAME for an alias)"),
    VALUE(6, "SOA (Start Of a zone of Authority)"),
    VALUE(7, "MB (MailBox domain name)"),
    VALUE(8, "MG (Mail Group member)"),
    VALUE(9, "MR (Mail Rename domain)"),
    VALUE(10, "NULL RR"),
    VALUE(11, "WKS (Well Known Service)"),
    VALUE(12, "PTR (domain name PoinTeR)"),
    VALUE(13, "HINFO (host information)"),
    VALUE(14, "MINFO (Mailbox or mail list information)"),
    VALUE(15, "MX (Mail eXchange)"),
    VALUE(16, "TXT (Text strings)"),
    VALUE(17, "RP (Responsible Person)"),
    VALUE(18, "AFSDB (AFS Data Base location)"),
    VALUE(19, "X25 (XX.25 PSDN address)"),
    VALUE(20, "ISDN (ISDN address)"),
    VALUE(21, "RT (Route Through)"),
    VALUE(22, "NSAP (NSAP address)"),
    VALUE(23, "NSAP-PTR (NSAP domain name pointer)"),
    VALUE(24, "SIG (security signature)"),
    VALUE(25, "KEY (security key)"),
    VALUE(26, "PX (X.400 mail mapping information)"),
    VALUE(27, "GPOS (Geographical Position)"),
    VALUE(28, "AAAA (IPv6 Address)"),
    VALUE(29, "LOC (Location Information)"),
    VALUE(30, "NXT (Next Domain)"),
    VALUE(31, "EID (Endpoint Identifier)"),
    VALUE(32, "NIMLOC (Nimrod Locator)"),
    VALUE(33, "SRV (Server Selection)"),
    VALUE(34, "ATMA (ATM Address)"),
    VALUE(35, "NAPTR (Naming Authority Pointer)"),
    VALUE(36, "KX (Key Exchanger)"),
    VALUE(37, "CERT"),
    VALUE(38, "A6 (OBSOLETE - use AAAA)"),
    VALUE(39, "DNAME"),
    VALUE(40, "SINK"),
    VALUE(41, "OPT"),
    VALUE(42, "APL"),
    VALUE(43, "DS (Delegation Signer)"),
    VALUE(44, "SSHFP (SSH Key Fingerprint)"),
    VALUE(45, "IPSECKEY"),
    VALUE(46, "RRSIG (Resource Record Signature)"),
    VALUE(47, "NSEC (Next Secure)"),
    VALUE(48, "DNSKEY (DNS Public Key)"),
    VALUE(49, "DHCID"),
    VALUE(50, "NSEC3"),
    VALUE(51, "NSEC3PARAM"),
    VALUE(52, "TLSA"),
    VALUE(55, "HIP (Host Identity Protocol)"),
    VALUE(57, "RKEY"),
    VALUE(58, "TALINK (Trust Anchor LINK)"),
    VALUE(59, "CDS (Child DS)"),
    VALUE(60, "CDNSKEY (DNSKEY(s) the Child wants reflected in DS)"),
    VALUE(61, "OPENPGPKEY (OpenPGP Key)"),
    VALUE(62, "CSYNC (Child-to-Parent Synchronization)"),
    VALUE(63, "ZONEMD"),
    VALUE(64, "SVCB (General Purpose Service Endpoints)"),
    VALUE(65, "HTTPS (HTTPS Specific Service Endpoints)"),
    VALUE(99, "SPF"),
    VALUE(100, "UINFO"),
    VALUE(101, "UID"),
    VALUE(102, "GID"),
    VALUE(103, "UNSPEC"),
    VALUE(104, "NID (NodeID)"),
    VALUE(105, "L32 (Locator32)"),
    VALUE(106, "L64 (Locator64)"),
    VALUE(107, "LP (Locator FQDN)"),
    VALUE(108, "EUI48"),
    VALUE(109, "EUI64"),
    VALUE(249, "TKEY (Transaction Key)"),
    VALUE(250, "TSIG (Transaction Signature)"),
    VALUE(251, "IXFR (incremental transfer)"),
    VALUE(252, "AXFR (transfer of an entire zone)"),
    VALUE(253, "MAILB (mailbox-related RRs)"),
    VALUE(254, "MAILA (mail agent RRs)"),
    VALUE(255, "* (A request for all records the server/cache has available)"),
    VALUE(256, "URI"),
    VALUE(257, "CAA (Certification Authority Restriction)"),
    VALUE(32768, "TA (DNSSEC Trust Authorities)"),
    VALUE(32769, "DLV (DNSSEC Lookaside Validation)"),
    VALUE(65281, "WINS"),
    VALUE(65282, "WINS-R"),
    VALUE(65422, "XPF"),
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

static const struct value_name zonemd_scheme_names[] = {
    VALUE(0, "Reserved"),           VALUE(1, "SIMPLE"),     RANGE(2, 239, "Unassigned"),
    RANGE(240, 254, "Private Use"), VALUE(255, "Reserved"), VALUES_END};

static const struct value_name zonemd_hash_algo_names[] = {VALUE(0, "Reserved"),
                                                           VALUE(1, "SHA-384"),
                                                           VALUE(2, "SHA-512"),
                                                           RANGE(3, 239, "Unassigned"),
                                                           RANGE(240, 254, "Private Use"),
                                                           VALUE(255, "Reserved"),
                                                           VALUES_END};

static const struct value_name svcb_svcparam_mandatory_key_names[] = {
    VALUE(0, "mandatory"),       VALUE(1, "alpn"),
    VALUE(2, "no-default-alpn"), VALUE(3, "port"),
    VALUE(4, "ipv4hint"),        VALUE(5, "echconfig"),
    VALUE(6, "ipv6hint"),        VALUE(32769, "odohconfig"),
    VALUE(65535, "key65535"),    VALUES_END};

static const struct value_name dnskey_flags_zone_key_names[] = {
    VALUE(1, "This is the zone key for specified zone"), VALUE(0, "This it not a zone key"),
    VALUES_END};

static const struct value_name dnskey_flags_key_revoked_names[] = {VALUE(1, "Yes"), VALUE(0, "No"),
                                                                   VALUES_END};

static const struct value_name key_flags_authentication_names[] = {VALUE(1, "Not Allowed"),
                                                                   VALUE(0, "Allowed"), VALUES_END};

static const struct value_name key_flags_required_names[] = {VALUE(1, "Experimental or optional"),
                                                             VALUE(0, "Required"), VALUES_END};

static const struct value_name key_flags_ipsec_names[] = {VALUE(1, "Valid"), VALUE(0, "Invalid"),
                                                          VALUES_END};

static const struct value_name key_algorithm_names[] = {VALUE(1, "RSA/MD5"),
                                                        VALUE(2, "Diffie-Hellman"),
                                                        VALUE(3, "DSA"),
                                                        VALUE(4, "Elliptic curve crypto"),
                                                        VALUE(5, "RSA/SHA1"),
                                                        VALUE(6, "DSA + NSEC3/SHA1"),
                                                        VALUE(7, "RSA/SHA1 + NSEC3/SHA1"),
                                                        VALUE(8, "RSA/SHA-256"),
                                                        VALUE(10, "RSA/SHA-512"),
                                                        VALUE(12, "GOST R 34.10-2001"),
                                                        VALUE(13, "ECDSA Curve P-256 with SHA-256"),
                                                        VALUE(14, "ECDSA Curve P-386 with SHA-386"),
                                                        VALUE(15, "Ed25519"),
                                                        VALUE(16, "Ed448"),
                                                        VALUE(157, "HMAC/MD5"),
                                                        VALUE(252, "Indirect key"),
                                                        VALUE(253, "Private, domain name"),
                                                        VALUE(254, "Private, OID"),
                                                        VALUES_END};

static const struct value_name tkey_mode_names[] = {
    VALUE(1, "Server assigned"),   VALUE(2, "Diffie Hellman"), VALUE(3, "GSSAPI"),
    VALUE(4, "Resolver assigned"), VALUE(5, "Delete"),         VALUES_END};

static const struct value_name tkey_error_names[] = {
    VALUE(0, "No error"),
    VALUE(1, "Format error"),
    VALUE(2, "Server failure"),
    VALUE(3, "No such name"),
    VALUE(4, "Not implemented"),
    VALUE(5, "Refused"),
    VALUE(6, "Name exists"),
    VALUE(7, "RRset exists"),
    VALUE(8, "RRset does not exist"),
    VALUE(9, "Not authoritative"),
    VALUE(10, "Name out of zone"),
    VALUE(11, "DSO-Type not implemented"),
    VALUE(16, "Bad OPT Version or TSIG Signature Failure"),
    VALUE(17, "Key not recognized"),
    VALUE(18, "Signature out of time window"),
    VALUE(19, "Bad TKEY Mode"),
    VALUE(20, "Duplicate key name"),
    VALUE(21, "Algorithm not supported"),
    VALUE(22, "Bad Truncation"),
    VALUE(23, "Bad/missing Server Cookie"),
    VALUES_END};

static const struct value_name ipseckey_gateway_algorithm_names[] = {VALUE(1, "DSA"),
                                                                     VALUE(2, "RSA"), VALUES_END};

static const struct value_name ipseckey_gateway_type_names[] = {
    VALUE(0, "No Gateway"), VALUE(1, "IPv4 Gateway"), VALUE(2, "IPv6 Gateway"),
    VALUE(3, "DNS Gateway"), VALUES_END};

static const struct value_name xpf_ip_version_names[] = {
    VALUE(0, "Reserved"), VALUE(4, "IPv4"), VALUE(5, "ST Datagram"), VALUE(6, "IPv6"),
    VALUE(7, "TP/IX"),    VALUE(8, "PIP"),  VALUE(9, "TUBA"),        VALUES_END};

static const struct value_name cert_type_names[] = {
    VALUE(1, "PKIX"),           VALUE(2, "SPKI"),           VALUE(3, "PGP"),    VALUE(4, "IPKIX"),
    VALUE(5, "ISPKI"),          VALUE(6, "IPGP"),           VALUE(7, "ACPKIX"), VALUE(8, "IACPKIX"),
    VALUE(253, "Private, URI"), VALUE(254, "Private, OID"), VALUES_END};

static const struct value_name opt_dhu_names[] = {
    VALUE(0, "Reserved digest"), VALUE(1, "SHA-1"),   VALUE(2, "SHA-256"),
    VALUE(3, "GOST R 34.11-94"), VALUE(4, "SHA-384"), VALUES_END};

static const struct value_name opt_n3u_names[] = {VALUE(0, "Reserved"), VALUE(1, "SHA-1"),
                                                  VALUES_END};

static const struct value_name opt_client_family_names[] = {VALUE(1, "IPv4"), VALUE(2, "IPv6"),
                                                            VALUES_END};

static const struct value_name nsec3_flags_opt_out_names[] = {
    VALUE(1, "Additional insecure delegations allowed"),
    VALUE(0, "Additional insecure delegations forbidden"), VALUES_END};

static const struct value_name tlsa_certificate_usage_names[] = {
    VALUE(0, "CA constraint (PKIX-TA)"), VALUE(1, "Service certificate constraint (PKIX-EE)"),
    VALUE(2, "Trust anchor assertion (DANE-TA)"), VALUE(3, "Domain-issued certificate (DANE-EE)"),
    VALUES_END};

static const struct value_name tlsa_selector_names[] = {
    VALUE(0, "Full certificate (Cert)"), VALUE(1, "SubjectPublicKeyInfo (SPKI)"), VALUES_END};

static const struct value_name tlsa_matching_type_names[] = {
    VALUE(0, "No Hash Used (Full)"), VALUE(1, "256 bit hash by SHA2 (SHA2-256)"),
    VALUE(2, "512 bit hash by SHA2 (SHA2-512)"), VALUES_END};

static const struct value_name sshfp_algorithm_names[] = {
    VALUE(0, "Reserved"), VALUE(1, "RSA"),  VALUE(2, "DSA"), VALUE(3, "ECDSA"),
    VALUE(4, "Ed25519"),  VALUE(5, "XMSS"), VALUES_END};

static const struct value_name sshfp_fingerprint_type_names[] = {
    VALUE(0, "Reserved"), VALUE(1, "SHA1"), VALUE(2, "SHA256"), VALUES_END};

static const struct value_name hip_hit_pk_algo_names[] = {VALUE(1, "DSA"), VALUE(2, "RSA"),
                                                          VALUE(0, "Reserved"), VALUES_END};

static const struct value_name apl_negation_names[] = {VALUE(1, "Yes (!)"), VALUE(0, "No (0)"),
                                                       VALUES_END};

static const struct value_name caa_flags_issuer_critical_names[] = {
    VALUE(1, "Critical"), VALUE(0, "Not critical"), VALUES_END};

static const struct value_name dso_tlv_type_names[] = {
    VALUE(0, "Reserved"),
    VALUE(1, "Keep Alive"),
    VALUE(2, "Retry Delay"),
    VALUE(3, "Encryption Padding"),
    RANGE(4, 63, "Unassigned, reserved for DSO session-management TLVs"),
    VALUE(64, "Subscribe"),
    VALUE(65, "Push"),
    VALUE(66, "Unsubscribe"),
    VALUE(67, "Reconfirm"),
    RANGE(68, 63487, "Unassigned"),
    RANGE(63488, 64511, "Reserved for Experimental/Local Use"),
    RANGE(64512, 65535, "Reserved for future expansion"),
    VALUES_END};

static const struct value_name opt_codes[] = {
    VALUE(0, "Reserved"),
    VALUE(1, "LLQ - Long-lived query"),
    VALUE(2, "UL - Update lease"),
    VALUE(3, "NSID - Name Server Identifier"),
    VALUE(4, "Owner (reserved)"),
    VALUE(5, "DAU - DNSSEC Algorithm Understood (RFC6975)"),
    VALUE(6, "DHU - DS Hash Understood (RFC6975)"),
    VALUE(7, "N3U - NSEC3 Hash Understood (RFC6975)"),
    VALUE(20730, "Experimental - CSUBNET - Client subnet"),
    VALUE(8, "CSUBNET - Client subnet"),
    VALUE(9, "EDNS EXPIRE (RFC7314)"),
    VALUE(10, "COOKIE"),
    VALUE(11, "EDNS TCP Keepalive"),
    VALUE(12, "PADDING"),
    VALUE(13, "CHAIN"),
    VALUE(15, "Extended DNS Error"),
    VALUES_END};

static const struct field_def field_defs[] = {DNS_FIELDS(FIELD_ROW)};

enum { DNS_PORT = 53, MDNS_PORT = 5353, LLMNR_PORT = 5355 };
enum { OPCODE_UPDATE = 5, OPCODE_BITS = 0x7800, RESPONSE_BIT = 0x8000 };
enum { HEADER = 12, GUESS_ANSWERS = 100, GUESS_RECORDS = 10 };
enum { MAX_NAME = 1024, MAX_JUMPS = 64 };
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
struct dns_name dns_name_read(const struct dns_message *m, struct cursor *c)
{
    struct dns_name name = {.text = "", .offset = c->pos};
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
        name.length += (n & 0x3fu) + (name.labels > 0);
        name.labels++;
    }
    if (name.bytes == 0)
        name.bytes = c->pos - name.offset;
    text[at] = '\0';
    name.text = packet_text(m->p, "%s", at == 0 ? "<Root>" : text);
    if (name.length ==
        1) /* as Wireshark counts: one letter is nothing, and the root is its "<Root>" */
        name.length = name.labels = 0;
    else if (at == 0 && c->fault == CURSOR_OK)
        name.length = (uint32_t)strlen(name.text), name.labels = 1;
    return name;
}

struct dns_name dns_name_put(const struct dns_message *m, struct cursor *c, unsigned field)
{
    struct dns_name name = dns_name_read(m, c);
    if (c->fault == CURSOR_OK)
        put_string(m->p, c, field, name.offset, name.bytes, name.text);
    return name;
}

/* "A" of "A (Host Address)". */
static const char *type_short(struct packet *p, uint16_t type)
{
    const char *name = value_name_find(dns_types, type);
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
static uint16_t put_header_flags(const struct dns_message *m, struct cursor *c)
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
    const char *rcode = value_name_find(tkey_error_names, flags & 0xf);
    if (response && (flags & 0xf) != 0)
        info_add(p, " %s", rcode != NULL ? rcode : "Unknown error");
}

/* RFC 1035, section 4.1.2; the QU bit: RFC 6762, section 5.4. */
static void put_question(const struct dns_message *m, struct cursor *c)
{
    struct packet *p = m->p;
    struct cursor ahead = *c;
    struct dns_name name = dns_name_read(m, &ahead);
    uint16_t type = cursor_u16(&ahead), class = cursor_u16(&ahead);
    if (ahead.fault != CURSOR_OK) {
        *c = ahead; /* a question is shown whole or not at all */
        return;
    }
    bool qu = m->dialect == MDNS && (class & 0x8000) != 0;
    if (m->dialect == MDNS)
        class &= 0x7fff;
    uint32_t tree = tree_text(p, c, c->pos, ahead.pos - c->pos, "%s: type %s, class %s", name.text,
                              type_short(p, type), class_name(p, class));
    (void)dns_name_put(m, c, QRY_NAME);
    put_uint(p, c, QRY_NAME_LEN, name.offset, name.bytes, name.length);
    put_uint(p, c, LABELS, name.offset, name.bytes, name.labels);
    (void)put_u16(p, c, QRY_TYPE);
    uint16_t raw = cursor_u16(c);
    put_uint(p, c, QRY_CLASS, c->pos - 2, 2, class);
    info_add(p, " %s %s", type_short(p, type), name.text);
    if (m->dialect == MDNS) {
        put_flag(p, c, QU, raw);
        info_add(p, ", \"%s\" question", qu ? "QU" : "QM");
    }
    tree_end(p, tree);
}

/* ---- Records ------------------------------------------------------------------------------- */

/* "_ldap._tcp.example.org": RFC 2782. */
static void put_service_name(struct packet *p, struct cursor *c, const struct dns_name *name)
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
static void put_edns(const struct dns_message *m, struct cursor *c)
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
static bool put_class_ttl(const struct dns_message *m, struct cursor *c)
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

/* Where names are wanted, an address in an answer says whose it is: of type A (1) or AAAA (28). */
static void learn_host(struct packet *p, const struct cursor *rdata, uint16_t type, uint16_t length,
                       const char *name)
{
    if (p->names == NULL || rdata->fault != CURSOR_OK || rdata->pos < length)
        return;
    const uint8_t *address = rdata->data + rdata->pos - length;
    if (type == 1 && length == 4)
        resolver_learn(p->names, 4, address, name);
    else if (type == 28 && length == 16)
        resolver_learn(p->names, 6, address, name);
}

static void put_record(const struct dns_message *m, struct cursor *c)
{
    struct packet *p = m->p;
    uint32_t start = c->pos;
    struct cursor ahead = *c;
    struct dns_name name = dns_name_read(m, &ahead);
    const uint8_t *head = cursor_peek(&ahead, 0, 10);
    uint32_t length = ahead.pos - start + 10 + (head == NULL ? 0 : be16(head + 8));
    if (head == NULL || cursor_peek(c, 0, length) == NULL)
        return cursor_skip(c, length); /* a record is shown whole or not at all */
    uint16_t type = be16(head);
    uint32_t tree = tree_text(p, c, start, length, "%s: type %s", name.text, type_short(p, type));
    c->pos = ahead.pos;
    c->fault = ahead.fault;
    c->cap = ahead.cap;
    c->end = ahead.end;
    if (c->fault == CURSOR_OK && type == DNS_TYPE_SRV)
        put_service_name(p, c, &name);
    else if (c->fault == CURSOR_OK)
        put_string(p, c, NAME, name.offset, name.bytes, name.text);
    (void)put_u16(p, c, TYPE);
    bool flush = false;
    if (type == DNS_TYPE_OPT)
        put_edns(m, c);
    else
        flush = put_class_ttl(m, c);
    uint16_t data = put_u16(p, c, LEN);
    if (c->fault == CURSOR_OK) {
        info_add(p, " %s%s", type_short(p, type), flush ? ", cache flush" : "");
        struct cursor rdata = cursor_part(c, data);
        if (data > 0)
            dns_rdata_put(m, &rdata, type);
        learn_host(p, &rdata, type, data, name.text);
        if (rdata.fault != CURSOR_OK)
            c->fault = rdata.fault;
    }
    tree_end(p, tree);
}

static void put_records(const struct dns_message *m, struct cursor *c, unsigned count,
                        const char *title_text)
{
    if (count == 0 || c->fault != CURSOR_OK)
        return;
    uint32_t tree = tree_text(m->p, c, c->pos, cursor_captured(c), "%s", title_text);
    for (unsigned i = 0; i < count && c->fault == CURSOR_OK; i++)
        put_record(m, c);
    tree_end(m->p, tree);
}

/* ---- Questions and their answers ----------------------------------------------------------- */

/* What a flow remembers of its last questions, in a ring. */
struct exchange {
    uint32_t request, response; /* packets; response 0: none yet */
    int64_t time_ns;            /* of the request */
    uint16_t id;
};

enum { EXCHANGES = 16 };
#define RETRANSMISSION_NS                                                                          \
    (5 * INT64_C(1000000000)) /* the same question later than this is a new one */

struct exchanges {
    struct exchange ring[EXCHANGES];
    uint32_t next; /* where the next one is written */
};

/* The latest question of this id, or NULL. */
static struct exchange *exchange_find(struct exchanges *x, uint16_t id)
{
    for (uint32_t i = 1; i <= EXCHANGES; i++) {
        struct exchange *e = &x->ring[(x->next - i) % EXCHANGES];
        if (e->request != 0 && e->id == id)
            return e;
    }
    return NULL;
}

static void put_retransmission(struct packet *p, struct cursor *c, bool response, uint64_t original)
{
    put_uint(p, c, RETRANSMISSION, c->pos, 0, 1);
    uint32_t tree = tree_begin(p, RETRANSMISSION);
    put_mark(p, c, response ? RETRANSMIT_RESPONSE : RETRANSMIT_REQUEST);
    tree_end(p, tree);
    put_uint(p, c, response ? RETRANSMIT_RESPONSE_IN : RETRANSMIT_REQUEST_IN, c->pos, 0, original);
}

static void put_request(struct packet *p, struct cursor *c, struct exchanges *x, uint16_t id)
{
    struct exchange *e = exchange_find(x, id);
    uint64_t answer;
    if (e != NULL && e->response == 0 && p->in->time_ns - e->time_ns < RETRANSMISSION_NS)
        return put_retransmission(p, c, false, e->request);
    x->ring[x->next++ % EXCHANGES] =
        (struct exchange){.request = (uint32_t)p->in->number, .time_ns = p->in->time_ns, .id = id};
    if (c->fault == CURSOR_OK && told(p, p->in->number, RESPONSE_IN, &answer))
        put_uint(p, c, RESPONSE_IN, c->pos, 0, answer);
}

static void put_response(struct packet *p, struct cursor *c, struct exchanges *x, uint16_t id)
{
    struct exchange *e = exchange_find(x, id);
    if (e == NULL) {
        if (c->fault == CURSOR_OK)
            put_uint(p, c, UNSOLICITED, c->pos, 0, 1);
        return;
    }
    if (e->response != 0 && e->response != p->in->number)
        return put_retransmission(p, c, true, e->response);
    e->response = (uint32_t)p->in->number;
    tell(p, e->request, RESPONSE_IN, p->in->number);
    if (c->fault != CURSOR_OK)
        return;
    put_uint(p, c, RESPONSE_TO, c->pos, 0, e->request);
    put_time(p, c, TIME, c->pos, 0, p->in->time_ns - e->time_ns);
}

static void put_exchange(struct packet *p, struct cursor *c, uint16_t id, uint16_t flags)
{
    struct exchanges *x = flow_state(p, sizeof *x);
    if (x == NULL || p->quoted)
        return;
    if ((flags & 0x8000) != 0)
        put_response(p, c, x, id);
    else
        put_request(p, c, x, id);
}

/* ---- Messages ------------------------------------------------------------------------------ */

/* Bytes after the last record belong to nothing. */
static void put_extraneous(struct packet *p, struct cursor *c)
{
    uint32_t n = cursor_captured(c), start = c->pos;
    if (c->fault != CURSOR_OK || n == 0)
        return;
    put_mark(p, c, EXTRANEOUS);
    (void)put_bytes(p, c, EXTRANEOUS_DATA, n);
    put_uint(p, c, EXTRANEOUS_LENGTH, start, 0, n);
}

/* The four counters: RFC 1035, section 4.1.1; of an update (RFC 2136, section 2.2) they have other
 * names. */
static void put_counts(struct packet *p, struct cursor *c, bool update, uint16_t counts[4])
{
    static const uint16_t usual[] = {QUERIES, ANSWERS, AUTHORITY, ADDITIONAL};
    static const uint16_t updates[] = {COUNT_ZONES, COUNT_PREREQUISITES, COUNT_UPDATES, ADDITIONAL};
    for (unsigned i = 0; i < 4; i++)
        counts[i] = put_u16(p, c, update ? updates[i] : usual[i]);
}

static void put_message(struct packet *p, struct cursor *c, enum dns_dialect dialect)
{
    struct dns_message m = {p, dialect, c->pos, c->cap, c->end};
    uint16_t id = put_u16(p, c, ID);
    uint16_t flags = put_header_flags(&m, c);
    bool update = (flags >> 11 & 0xf) == OPCODE_UPDATE;
    uint16_t counts[4];
    put_counts(p, c, update, counts);
    if (c->fault != CURSOR_OK)
        return;
    info_header(p, id, flags);
    static const char *const titles[] = {"Domain Name System", "Multicast Domain Name System",
                                         "Link-local Multicast Name Resolution"};
    title(p, "%s (%s)", titles[dialect], (flags & 0x8000) != 0 ? "response" : "query");
    if (counts[0] > 0) {
        uint32_t tree =
            tree_text(p, c, c->pos, cursor_captured(c), "%s", update ? "Zone" : "Queries");
        for (unsigned i = 0; i < counts[0] && c->fault == CURSOR_OK; i++)
            put_question(&m, c);
        tree_end(p, tree);
    }
    put_records(&m, c, counts[1], update ? "Prerequisites" : "Answers");
    put_records(&m, c, counts[2], update ? "Updates" : "Authoritative nameservers");
    put_records(&m, c, counts[3], "Additional records");
    put_extraneous(p, c);
    put_exchange(p, c, id, flags);
}

/* RFC 1035, section 4.2.2: over TCP the length comes first. */
static uint32_t message_length(struct packet *p, const struct cursor *c)
{
    (void)p;
    const uint8_t *length = cursor_peek(c, 0, 2);
    return length == NULL ? STREAM_MORE : be16(length) + 2u;
}

static void dissect_dns(struct packet *p, struct cursor *c)
{
    if (carried_by(p, "tcp"))
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

/* At any other port of UDP: is it a plain question, or the answer to one, with no more records than such a message
 * has? */
static bool guess(const struct packet *p, const struct cursor *c)
{
    (void)p;
    const uint8_t *h = cursor_peek(c, 0, HEADER);
    if (h == NULL || cursor_left(c) == HEADER || (be16(h + 2) & OPCODE_BITS) != 0)
        return false;
    uint16_t questions = be16(h + 4), answers = be16(h + 6), authority = be16(h + 8);
    if (be16(h + 10) > GUESS_RECORDS)
        return false;
    if ((be16(h + 2) & RESPONSE_BIT) == 0)
        return questions == 1 && answers == 0 && authority == 0;
    return questions <= 1 && answers <= GUESS_ANSWERS && authority <= GUESS_RECORDS;
}

static const struct binding dns_bindings[] = {{"udp.port", DNS_PORT},
                                              {"udp.port", HEURISTIC},
                                              {"tcp.port", DNS_PORT},
                                              {"tls.port", 853},
                                              BOUND_TEXT("media_type", "application/dns-message"),
                                              {NULL, 0}};
static const struct binding mdns_bindings[] = {{"udp.port", MDNS_PORT}, {NULL, 0}};
static const struct binding llmnr_bindings[] = {{"udp.port", LLMNR_PORT}, {NULL, 0}};

const struct protocol proto_dns = {.name = "dns",
                                   .title = "Domain Name System",
                                   .column = "DNS",
                                   FIELDS_OF_THIS_FILE,
                                   .bindings = dns_bindings,
                                   .guess = guess,
                                   .message = message_length,
                                   .pdus = true,
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
