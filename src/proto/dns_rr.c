/*
 * dns_rr: the data of DNS resource records. Most types are a sequence of numbers, names and texts,
 * so they are rows of a table (`layouts`); a type with a choice in it has a function.
 */
#include <string.h>

#include "dissect/format.h"
#include "proto/dns.h"

/* One part of a record's data. */
enum part {
    LAST,   /* nothing more */
    NUMBER, /* as wide as its field */
    NAMED,  /* a domain name */
    TEXT,   /* its length in one byte, then the text; of two consecutive fields */
    TEXTS,  /* the same up to the end */
    OPAQUE, /* a length in one byte, then bytes; of two consecutive fields */
    REST,   /* everything up to the end */
    IP4,
    IP6,
    BYTES8,
    SECONDS, /* since 1970, in 32 bits */
    TYPE_BITS
};

struct step {
    uint8_t part;
    uint16_t field;
};

enum { MAX_STEPS = 10 };

static const struct layout {
    uint16_t type;
    struct step steps[MAX_STEPS];
} layouts[] = {
    {1, {{IP4, A}}},
    {2, {{NAMED, NS}}},
    {3, {{NAMED, MD}}},
    {4, {{NAMED, MF}}},
    {5, {{NAMED, CNAME}}},
    {6,
     {{NAMED, MNAME},
      {NAMED, RNAME},
      {NUMBER, SERIAL},
      {NUMBER, REFRESH},
      {NUMBER, RETRY},
      {NUMBER, EXPIRE},
      {NUMBER, MINIMUM}}},
    {7, {{NAMED, MB}}},
    {8, {{NAMED, MG}}},
    {9, {{NAMED, MR}}},
    {10, {{REST, NULL_DATA}}},
    {12, {{NAMED, PTR}}},
    {13, {{TEXT, HINFO_CPU_LENGTH}, {TEXT, HINFO_OS_LENGTH}}},
    {14, {{NAMED, MINFO_R}, {NAMED, MINFO_E}}},
    {15, {{NUMBER, PREFERENCE}, {NAMED, EXCHANGE}}},
    {16, {{TEXTS, TXT_LENGTH}}},
    {17, {{NAMED, RP_MAILBOX}, {NAMED, RP_TXT_RR}}},
    {18, {{NUMBER, AFSDB_SUBTYPE}, {NAMED, AFSDB_HOSTNAME}}},
    {19, {{TEXT, X25_LENGTH}}},
    {20, {{TEXT, IDSN_LENGTH}, {TEXT, IDSN_SA_LENGTH}}},
    {21, {{NUMBER, RT_SUBTYPE}, {NAMED, RT_INTERMEDIATE_HOST}}},
    {22, {{REST, NSAP_RDATA}}},
    {23, {{NAMED, NSAP_PTR_OWNER}}},
    {26, {{NUMBER, PX_PREFERENCE}, {NAMED, PX_MAP822}, {NAMED, PX_MAP400}}},
    {27,
     {{TEXT, GPOS_LONGITUDE_LENGTH}, {TEXT, GPOS_LATITUDE_LENGTH}, {TEXT, GPOS_ALTITUDE_LENGTH}}},
    {28, {{IP6, AAAA}}},
    {30, {{NAMED, NXT_NEXT_DOMAIN_NAME}}},
    {33, {{NUMBER, SRV_PRIORITY}, {NUMBER, SRV_WEIGHT}, {NUMBER, SRV_PORT}, {NAMED, SRV_TARGET}}},
    {36, {{NUMBER, KX_PREFERENCE}, {NAMED, KX_KEY_EXCHANGE}}},
    {37,
     {{NUMBER, CERT_TYPE},
      {NUMBER, CERT_KEY_TAG},
      {NUMBER, CERT_ALGORITHM},
      {REST, CERT_CERTIFICATE}}},
    {39, {{NAMED, DNAME}}},
    {43, {{NUMBER, DS_KEY}, {NUMBER, DS_ALGORITHM}, {NUMBER, DS_DIGEST_TYPE}, {REST, DS_DIGEST}}},
    {44, {{NUMBER, SSHFP_ALGORITHM}, {NUMBER, SSHFP_FINGERPRINT_TYPE}, {REST, SSHFP_FINGERPRINT}}},
    {47, {{NAMED, NSEC_NEXT}, {TYPE_BITS, TYPE}}},
    {49, {{REST, DHCID_RDATA}}},
    {52,
     {{NUMBER, TLSA_CERTIFICATE_USAGE},
      {NUMBER, TLSA_SELECTOR},
      {NUMBER, TLSA_MATCHING_TYPE},
      {REST, TLSA_CERTIFICATE_ASSOCIATION_DATA}}},
    {61, {{REST, OPENPGPKEY}}},
    {63,
     {{NUMBER, ZONEMD_SERIAL},
      {NUMBER, ZONEMD_SCHEME},
      {NUMBER, ZONEMD_HASH_ALGO},
      {REST, ZONEMD_DIGEST}}},
    {99, {{TEXTS, SPF_LENGTH}}},
    {104, {{NUMBER, ILNP_NID_PREFERENCE}, {BYTES8, ILNP_NID}}},
    {105, {{NUMBER, ILNP_L32_PREFERENCE}, {IP4, ILNP_L32}}},
    {106, {{NUMBER, ILNP_L64_PREFERENCE}, {BYTES8, ILNP_L64}}},
    {107, {{NUMBER, ILNP_LP_PREFERENCE}, {NAMED, ILNP_LP}}},
    {108, {{REST, EUI48}}},
    {109, {{REST, EUI64}}},
    {32769,
     {{NUMBER, DS_KEY}, {NUMBER, DS_ALGORITHM}, {NUMBER, DS_DIGEST_TYPE}, {REST, DS_DIGEST}}},
};

/* ---- Parts --------------------------------------------------------------------------------- */

static uint64_t put_number(struct packet *p, struct cursor *r, unsigned field)
{
    return put_uint_be(p, r, field, type_bytes(p->reg->fields[p->fields + field].type));
}

static void put_text(struct packet *p, struct cursor *r, unsigned field)
{
    uint8_t n = put_u8(p, r, field);
    (void)put_bytes(p, r, field + 1, n);
}

static void put_seconds(struct packet *p, struct cursor *r, unsigned field)
{
    uint32_t seconds = cursor_u32(r);
    if (r->fault == CURSOR_OK)
        put_time(p, r, field, r->pos - 4, 4, (int64_t)seconds * 1000000000);
}

/* RFC 4034, section 4.1.2: windows of type bits, the highest bit first. */
static void put_type_bits(struct packet *p, struct cursor *r)
{
    while (cursor_captured(r) > 0) {
        uint32_t window = cursor_u8(r);
        uint8_t n = cursor_u8(r);
        const uint8_t *bits = cursor_take(r, n);
        for (uint32_t i = 0; bits != NULL && i < 8u * n; i++) {
            if ((bits[i / 8] & 0x80 >> i % 8) != 0)
                put_uint(p, r, TYPE, r->pos - n + i / 8, 1, window << 8 | i);
        }
    }
}

static void put_address(struct packet *p, struct cursor *r, unsigned field, bool v6)
{
    const uint8_t *bytes = v6 ? put_bytes(p, r, field, 16) : put_ipv4(p, r, field);
    if (bytes == NULL || !p->wanted->columns)
        return;
    struct address address = {v6 ? ADDRESS_IPV6 : ADDRESS_IPV4, bytes};
    info_add(p, " ");
    format_address(&p->info, &address);
}

static void put_step(const struct dns_message *m, struct cursor *r, const struct step *s)
{
    struct packet *p = m->p;
    switch ((enum part)s->part) {
    case NUMBER: {
        uint64_t v = put_number(p, r, s->field);
        if (s->field == PREFERENCE || (s->field >= SRV_PRIORITY && s->field <= SRV_PORT))
            info_add(p, " %u", (unsigned)v);
        break;
    }
    case NAMED: {
        struct dns_name name = dns_name_put(m, r, s->field);
        if (s->field != RNAME)
            info_add(p, " %s", name.text);
        break;
    }
    case TEXT:
    case OPAQUE:
        if (cursor_left(r) > 0)
            put_text(p, r, s->field);
        break;
    case TEXTS:
        while (cursor_captured(r) > 0)
            put_text(p, r, s->field);
        break;
    case REST:
        (void)put_bytes(p, r, s->field, cursor_left(r));
        break;
    case IP4:
    case IP6:
        put_address(p, r, s->field, s->part == IP6);
        break;
    case BYTES8:
        (void)put_bytes(p, r, s->field, 8);
        break;
    case SECONDS:
        put_seconds(p, r, s->field);
        break;
    case TYPE_BITS:
        put_type_bits(p, r);
        break;
    case LAST:
        break;
    }
}

/* Names and numbers are read to their end even where the record claims to end before: only what has
 * no length of its own ends with the record. */
static void put_steps(const struct dns_message *m, struct cursor *r, const struct step *steps,
                      size_t count)
{
    for (size_t i = 0; i < count && steps[i].part != LAST; i++) {
        uint32_t cap = r->cap, end = r->end;
        if (r->fault == CURSOR_OK && (steps[i].part == NAMED || steps[i].part == NUMBER ||
                                      steps[i].part == IP4 || steps[i].part == IP6)) {
            r->cap = m->cap;
            r->end = m->end;
        }
        put_step(m, r, &steps[i]);
        if (r->fault == CURSOR_OK) {
            r->cap = r->pos > cap ? r->pos : cap;
            r->end = r->pos > end ? r->pos : end;
        }
    }
}

#define PUT_STEPS(m, r, ...)                                                                       \
    do {                                                                                           \
        static const struct step steps_[] = {__VA_ARGS__};                                         \
        put_steps(m, r, steps_, sizeof steps_ / sizeof *steps_);                                   \
    } while (0)

/* ---- Types with a choice in them ----------------------------------------------------------- */

/* RFC 1035, section 3.4.2: a bit for each port, eight to a byte. */
static void put_wks(const struct dns_message *m, struct cursor *r)
{
    PUT_STEPS(m, r, {IP4, WKS_ADDRESS}, {NUMBER, WKS_PROTOCOL});
    while (cursor_captured(r) > 0) {
        uint8_t bits = cursor_u8(r);
        if (bits != 0)
            put_uint(m->p, r, WKS_BITS, r->pos - 1, 1, bits);
    }
}

/* RFC 4034, appendix B. */
static uint16_t key_tag(const uint8_t *key, uint32_t n, uint8_t algorithm)
{
    uint32_t sum = 0;
    if (algorithm == 1)
        return n < 3 ? 0 : be16(key + n - 3);
    for (uint32_t i = 0; i < n; i++)
        sum += i & 1 ? key[i] : (uint32_t)key[i] << 8;
    return (uint16_t)(sum + (sum >> 16));
}

/* RFC 2535, section 3 (KEY) and RFC 4034, section 2.1 (DNSKEY). */
static void put_key(struct packet *p, struct cursor *r, bool dnskey)
{
    uint32_t n = cursor_left(r), start = r->pos;
    const uint8_t *whole = cursor_peek(r, 0, n);
    uint16_t flags = put_u16(p, r, dnskey ? DNSKEY_FLAGS : KEY_FLAGS);
    if (r->fault != CURSOR_OK)
        return;
    uint32_t tree = tree_begin(p, dnskey ? DNSKEY_FLAGS : KEY_FLAGS);
    if (dnskey)
        put_flags(p, r, DNSKEY_FLAGS_ZONE_KEY, 4, r->pos - 2, 2, flags);
    else
        put_flags(p, r, KEY_FLAGS_AUTHENTICATION, KEY_FLAGS_SIGNATORY - KEY_FLAGS, r->pos - 2, 2,
                  flags);
    tree_end(p, tree);
    (void)put_u8(p, r, dnskey ? DNSKEY_PROTOCOL : KEY_PROTOCOL);
    uint8_t algorithm = put_u8(p, r, dnskey ? DNSKEY_ALGORITHM : KEY_ALGORITHM);
    if (whole != NULL && r->fault == CURSOR_OK)
        put_uint(p, r, dnskey ? DNSKEY_KEY_ID : KEY_KEY_ID, start, 0, key_tag(whole, n, algorithm));
    (void)put_bytes(p, r, dnskey ? DNSKEY_PUBLIC_KEY : KEY_PUBLIC_KEY, cursor_left(r));
}

static void put_loc(const struct dns_message *m, struct cursor *r)
{
    if (put_u8(m->p, r, LOC_VERSION) != 0) {
        (void)put_bytes(m->p, r, LOC_UNKNOWN_DATA, cursor_left(r));
        return;
    }
    PUT_STEPS(m, r, {NUMBER, LOC_SIZE}, {NUMBER, LOC_HORIZONTAL_PRECISION},
              {NUMBER, LOC_VERTICAL_PRECISION}, {NUMBER, LOC_LATITUDE}, {NUMBER, LOC_LONGITUDE},
              {NUMBER, LOC_ALTITUDE});
}

/* RFC 2915, section 2. */
static void put_naptr(const struct dns_message *m, struct cursor *r)
{
    PUT_STEPS(m, r, {NUMBER, NAPTR_ORDER}, {NUMBER, NAPTR_PREFERENCE}, {TEXT, NAPTR_FLAGS_LENGTH},
              {TEXT, NAPTR_SERVICE_LENGTH}, {TEXT, NAPTR_REGEX_LENGTH});
    struct dns_name name = dns_name_read(m, r);
    if (r->fault != CURSOR_OK)
        return;
    put_uint(m->p, r, NAPTR_REPLACEMENT_LENGTH, name.offset, 0, name.length);
    put_string(m->p, r, NAPTR_REPLACEMENT, name.offset, name.bytes, name.text);
}

/* RFC 2874, section 3.1: the last 128 - prefix bits, then a name that gives the others. */
static void put_a6(const struct dns_message *m, struct cursor *r)
{
    struct packet *p = m->p;
    uint8_t prefix = put_u8(p, r, A6_PREFIX_LEN);
    uint32_t n = prefix <= 128 ? (128u - prefix + 7) / 8 : 0;
    const uint8_t *suffix = cursor_take(r, n);
    uint8_t *address = arena_alloc(p->arena, 16);
    if (suffix != NULL && address != NULL) {
        memset(address, 0, 16);
        memcpy(address + 16 - n, suffix, n);
        put_data(p, r, A6_ADDRESS_SUFFIX, r->pos - n, n, address, 16);
    }
    if (prefix > 0)
        (void)dns_name_put(m, r, A6_PREFIX_NAME);
}

/* RFC 3123, section 4. */
static void put_apl(struct packet *p, struct cursor *r)
{
    while (cursor_captured(r) > 0) {
        uint16_t family = put_u16(p, r, APL_ADDRESS_FAMILY);
        (void)put_u8(p, r, APL_CODED_PREFIX);
        uint8_t n = cursor_u8(r);
        if (r->fault != CURSOR_OK)
            return;
        put_flags(p, r, APL_NEGATION, 2, r->pos - 1, 1, n);
        n &= 0x7f;
        uint32_t width = family == 1 ? 4 : family == 2 ? 16 : 0;
        const uint8_t *part = cursor_take(r, n);
        uint8_t *address = arena_alloc(p->arena, 16);
        if (part == NULL || address == NULL)
            return;
        memset(address, 0, 16);
        memcpy(address, part, n < width ? n : width);
        if (family == 1)
            put_uint(p, r, APL_AFDPART_IPV4, r->pos - n, n, be32(address));
        else if (family == 2)
            put_data(p, r, APL_AFDPART_IPV6, r->pos - n, n, address, 16);
        else
            put_data(p, r, APL_AFDPART_DATA, r->pos - n, n, part, n);
    }
}

/* RFC 4025, section 2.1. */
static void put_ipseckey(const struct dns_message *m, struct cursor *r)
{
    struct packet *p = m->p;
    (void)put_u8(p, r, IPSECKEY_GATEWAY_PRECEDENCE);
    uint8_t kind = put_u8(p, r, IPSECKEY_GATEWAY_TYPE);
    (void)put_u8(p, r, IPSECKEY_GATEWAY_ALGORITHM);
    if (kind == 1)
        (void)put_ipv4(p, r, IPSECKEY_GATEWAY_IPV4);
    else if (kind == 2)
        (void)put_bytes(p, r, IPSECKEY_GATEWAY_IPV6, 16);
    else if (kind == 3)
        (void)dns_name_put(m, r, IPSECKEY_GATEWAY_DNS);
    if (cursor_left(r) > 0)
        (void)put_bytes(p, r, IPSECKEY_PUBLIC_KEY, cursor_left(r));
}

/* RFC 8005, section 5. */
static void put_hip(const struct dns_message *m, struct cursor *r)
{
    struct packet *p = m->p;
    uint8_t hit = put_u8(p, r, HIP_HIT_LENGTH);
    (void)put_u8(p, r, HIP_HIT_PK_ALGO);
    uint16_t key = put_u16(p, r, HIP_PK_LENGTH);
    (void)put_bytes(p, r, HIP_HIT, hit);
    (void)put_bytes(p, r, HIP_PK, key);
    while (cursor_captured(r) > 0)
        (void)dns_name_put(m, r, HIP_RENDEZVOUS_SERVER);
}

/* RFC 4034, section 3.1. */
static void put_rrsig(const struct dns_message *m, struct cursor *r)
{
    PUT_STEPS(m, r, {NUMBER, COVERED}, {NUMBER, SIG_ALGORITHM}, {NUMBER, SIG_LABELS},
              {NUMBER, SIG_TTL}, {SECONDS, SIG_EXPIRES}, {SECONDS, SIG_BEGINS}, {NUMBER, SIG_KEY},
              {NAMED, SIGNER}, {REST, SIGNATURE});
}

/* The digits of RFC 4648, section 7, as a name spells them. */
static const char *base32hex(struct packet *p, const uint8_t *bytes, uint32_t n)
{
    static const char digits[] = "0123456789abcdefghijklmnopqrstuv";
    char *text = arena_alloc(p->arena, n * 8 / 5 + 2), *at = text;
    if (text == NULL)
        return "";
    for (uint32_t bit = 0; bit < 8 * n; bit += 5) {
        uint32_t i = bit / 8, pair = (uint32_t)bytes[i] << 8 | (i + 1 < n ? bytes[i + 1] : 0);
        *at++ = digits[pair >> (11 - bit % 8) & 31];
    }
    *at = '\0';
    return text;
}

/* RFC 5155, sections 3.2 (NSEC3) and 4.2 (NSEC3PARAM). */
static void put_nsec3(struct packet *p, struct cursor *r, bool param)
{
    (void)put_u8(p, r, NSEC3_ALGO);
    uint8_t flags = put_u8(p, r, NSEC3_FLAGS);
    if (!param && r->fault == CURSOR_OK) {
        uint32_t tree = tree_begin(p, NSEC3_FLAGS);
        put_bits(p, r, NSEC3_FLAGS_OPT_OUT, r->pos - 1, 1, flags);
        tree_end(p, tree);
    }
    (void)put_u16(p, r, NSEC3_ITERATIONS);
    (void)put_bytes(p, r, NSEC3_SALT_VALUE, put_u8(p, r, NSEC3_SALT_LENGTH));
    if (param)
        return;
    uint8_t n = put_u8(p, r, NSEC3_HASH_LENGTH);
    const uint8_t *hash = cursor_take(r, n);
    if (hash != NULL && wants(p, NSEC3_HASH_VALUE))
        put_string(p, r, NSEC3_HASH_VALUE, r->pos - n, n, base32hex(p, hash, n));
    put_type_bits(p, r);
}

/* RFC 7477, section 2.1.1. */
static void put_csync(struct packet *p, struct cursor *r)
{
    (void)put_u32(p, r, CSYNC_SOA);
    uint16_t flags = put_u16(p, r, CSYNC_FLAGS);
    if (r->fault != CURSOR_OK)
        return;
    uint32_t tree = tree_begin(p, CSYNC_FLAGS);
    put_flags(p, r, CSYNC_FLAGS_IMMEDIATE, 2, r->pos - 2, 2, flags);
    tree_end(p, tree);
    (void)put_bytes(p, r, CSYNC_TYPE_BITMAP, cursor_left(r));
}

/* RFC 2930, section 2. */
static void put_tkey(const struct dns_message *m, struct cursor *r)
{
    struct packet *p = m->p;
    PUT_STEPS(m, r, {NAMED, TKEY_ALGO_NAME}, {SECONDS, TKEY_SIGNATURE_INCEPTION},
              {SECONDS, TKEY_SIGNATURE_EXPIRATION}, {NUMBER, TKEY_MODE}, {NUMBER, TKEY_ERROR});
    uint16_t size = put_u16(p, r, TKEY_KEY_SIZE);
    if (size != 0)
        (void)put_bytes(p, r, TKEY_KEY_DATA, size);
    size = put_u16(p, r, TKEY_OTHER_SIZE);
    if (size != 0)
        (void)put_bytes(p, r, TKEY_OTHER_DATA, size);
}

/* RFC 8945, section 4.2. */
static void put_tsig(const struct dns_message *m, struct cursor *r)
{
    struct packet *p = m->p;
    struct dns_name algorithm = dns_name_put(m, r, TSIG_ALGORITHM_NAME);
    uint64_t seconds = (uint64_t)cursor_u16(r) << 32;
    seconds |= cursor_u32(r);
    if (r->fault == CURSOR_OK)
        put_time(p, r, TSIG_TIME_SIGNED, r->pos - 6, 6,
                 (int64_t)(seconds % 9000000000u * 1000000000u));
    (void)put_u16(p, r, TSIG_FUDGE);
    uint16_t size = put_u16(p, r, TSIG_MAC_SIZE);
    if (size != 0 && cursor_take(r, size) != NULL) {
        put_data(p, r, TSIG_MAC, r->pos - size, size, "", 0);
        uint32_t tree = tree_begin(p, TSIG_MAC);
        if (strcmp(algorithm.text, "gss.microsoft.com") != 0 &&
            strcmp(algorithm.text, "gss-tsig") != 0) {
            put_mark(p, r, TSIG_NOALG);
            label(p, TSIG_NOALG, "No dissector for algorithm:%s", algorithm.text);
        }
        tree_end(p, tree);
    }
    (void)put_u16(p, r, TSIG_ORIGINAL_ID);
    (void)put_u16(p, r, TSIG_ERROR);
    size = put_u16(p, r, TSIG_OTHER_LEN);
    if (size != 0)
        (void)put_bytes(p, r, TSIG_OTHER_DATA, size);
}

/* RFC 8659, section 4.1. */
static void put_caa(struct packet *p, struct cursor *r)
{
    uint8_t flags = put_u8(p, r, CAA_FLAGS);
    if (r->fault != CURSOR_OK)
        return;
    uint32_t tree = tree_begin(p, CAA_FLAGS);
    put_bits(p, r, CAA_FLAGS_ISSUER_CRITICAL, r->pos - 1, 1, flags);
    tree_end(p, tree);
    uint32_t start = r->pos;
    const uint8_t *length = cursor_peek(r, 0, 1);
    const uint8_t *tag = length == NULL ? NULL : cursor_peek(r, 1, *length);
    if (tag == NULL || cursor_left(r) < *length + 1u)
        return cursor_malformed(r);
    static const char *const tags[] = {"issue", "issuewild", "iodef"};
    unsigned which = 0;
    while (which < 3 && (strlen(tags[which]) != *length || memcmp(tags[which], tag, *length) != 0))
        which++;
    uint32_t n = cursor_left(r) - *length - 1;
    const uint8_t *value = cursor_peek(r, *length + 1u, n);
    if (value != NULL)
        put_data(p, r, CAA_ISSUE + which, start, cursor_left(r), value, n);
    tree = tree_begin(p, CAA_ISSUE + which);
    put_text(p, r, CAA_TAG_LENGTH);
    (void)put_bytes(p, r, CAA_VALUE, cursor_left(r));
    tree_end(p, tree);
}

/* Of Microsoft's servers. */
static void put_wins(const struct dns_message *m, struct cursor *r, bool reverse)
{
    unsigned first = reverse ? WINSR_LOCAL_FLAG : WINS_LOCAL_FLAG;
    for (unsigned i = 0; i < 3; i++) {
        uint32_t v = cursor_u32(r);
        if (r->fault == CURSOR_OK)
            put_bits(m->p, r, first + i, r->pos - 4, 4, v);
    }
    if (reverse) {
        (void)dns_name_put(m, r, WINSR_NAME_RESULT_DOMAIN);
        return;
    }
    uint32_t servers = put_u32(m->p, r, WINS_NB_WINS_SERVERS);
    while (servers-- > 0 && cursor_captured(r) > 0)
        (void)put_ipv4(m->p, r, WINS_WINS_SERVER);
}

static void put_xpf(struct packet *p, struct cursor *r)
{
    uint8_t version = cursor_u8(r);
    if (r->fault == CURSOR_OK)
        put_uint(p, r, XPF_IP_VERSION, r->pos - 1, 1, version);
    (void)put_u8(p, r, XPF_PROTOCOL);
    for (unsigned i = 0; i < 2 && version == 4; i++)
        (void)put_ipv4(p, r, XPF_SOURCE_IPV4 + i);
    for (unsigned i = 0; i < 2 && version == 6; i++)
        (void)put_bytes(p, r, XPF_SOURCE_IPV6 + i, 16);
    (void)put_u16(p, r, XPF_SPORT);
    (void)put_u16(p, r, XPF_DPORT);
}

/* ---- EDNS (RFC 6891) ----------------------------------------------------------------------- */

/* RFC 7871, section 6. */
static void put_client_subnet(struct packet *p, struct cursor *v)
{
    uint16_t family = put_u16(p, v, OPT_CLIENT_FAMILY);
    (void)put_u8(p, v, OPT_CLIENT_NETMASK);
    (void)put_u8(p, v, OPT_CLIENT_SCOPE);
    uint32_t n = cursor_left(v), width = family == 1 ? 4 : family == 2 ? 16 : 0;
    const uint8_t *bytes = cursor_take(v, n);
    uint8_t *address = arena_alloc(p->arena, 16);
    if (bytes == NULL || address == NULL)
        return;
    memset(address, 0, 16);
    memcpy(address, bytes, n < width ? n : width);
    if (width == 0)
        put_data(p, v, OPT_CLIENT_ADDR, v->pos - n, n, bytes, n);
    else if (n > width)
        put_mark(p, v, RR_OPT_BAD_LENGTH);
    else if (family == 1)
        put_uint(p, v, OPT_CLIENT_ADDR4, v->pos - n, n, be32(address));
    else
        put_data(p, v, OPT_CLIENT_ADDR6, v->pos - n, n, address, 16);
}

static void put_option_value(const struct dns_message *m, struct cursor *v, uint16_t code)
{
    struct packet *p = m->p;
    switch (code) {
    case 5: /* RFC 6975, section 3 */
    case 6:
    case 7:
        while (cursor_captured(v) > 0)
            (void)put_u8(p, v, OPT_DAU + code - 5u);
        break;
    case 8:
    case 20730:
        put_client_subnet(p, v);
        break;
    case 10: /* RFC 7873, section 4 */
        (void)put_bytes(p, v, COOKIE_CLIENT, 8);
        (void)put_bytes(p, v, COOKIE_SERVER, cursor_left(v));
        break;
    case 11: /* RFC 7828, section 3.1 */
        if (cursor_left(v) == 2)
            (void)put_u16(p, v, OPT_EDNS_TCP_KEEPALIVE_TIMEOUT);
        break;
    case 12:
        (void)put_bytes(p, v, OPT_PADDING, cursor_left(v));
        break;
    case 13:
        (void)dns_name_put(m, v, OPT_CHAIN_FQDN);
        break;
    case 15: /* RFC 8914, section 2 */
        (void)put_u16(p, v, OPT_EXT_ERROR_INFO_CODE);
        if (cursor_left(v) > 0)
            (void)put_bytes(p, v, OPT_EXT_ERROR_EXTRA_TEXT, cursor_left(v));
        break;
    default:
        break;
    }
}

/* RFC 6891, section 6.1.2. */
static void put_options(const struct dns_message *m, struct cursor *r)
{
    struct packet *p = m->p;
    while (cursor_captured(r) > 0) {
        const uint8_t *head = cursor_peek(r, 0, 4);
        uint32_t length = head == NULL ? 0 : be16(head + 2) + 4u;
        put_data(p, r, OPT, r->pos, length, "", 0);
        uint32_t tree = tree_begin(p, OPT);
        uint16_t code = put_u16(p, r, OPT_CODE);
        uint16_t n = put_u16(p, r, OPT_LEN);
        struct cursor value = *r;
        cursor_trim(&value, n);
        (void)put_bytes(p, r, OPT_DATA, n);
        if (r->fault == CURSOR_OK)
            put_option_value(m, &value, code);
        tree_end(p, tree);
    }
}

/* ---- SVCB and HTTPS (RFC 9460) ------------------------------------------------------------- */

enum { SVC_MANDATORY, SVC_ALPN_IDS, SVC_PORT_KEY = 3, SVC_IPV4_HINT, SVC_ECH_KEY, SVC_IPV6_HINT };

static void put_svc_value(struct packet *p, struct cursor *v, uint16_t key)
{
    switch (key) {
    case SVC_MANDATORY:
        while (cursor_captured(v) > 0)
            (void)put_u16(p, v, SVCB_SVCPARAM_MANDATORY_KEY);
        break;
    case SVC_ALPN_IDS:
        while (cursor_captured(v) > 0)
            (void)put_bytes(p, v, SVC_ALPN, put_u8(p, v, SVC_ALPN_LENGTH));
        break;
    case SVC_PORT_KEY:
        (void)put_u16(p, v, SVC_PORT);
        break;
    case SVC_IPV4_HINT:
        while (cursor_captured(v) > 0)
            (void)put_ipv4(p, v, SVC_IPV4);
        break;
    case SVC_ECH_KEY:
        (void)put_bytes(p, v, SVC_ECH, cursor_left(v));
        break;
    case SVC_IPV6_HINT:
        while (cursor_captured(v) > 0)
            (void)put_bytes(p, v, SVC_IPV6, 16);
        break;
    case 32769:
        (void)put_bytes(p, v, SVCB_SVCPARAM_ODOHCONFIG, cursor_left(v));
        break;
    default:
        if (cursor_left(v) > 0)
            (void)put_bytes(p, v, SVCB_SVCPARAM_VALUE, cursor_left(v));
    }
}

/* RFC 9460, section 2.2. */
static void put_svcb(const struct dns_message *m, struct cursor *r)
{
    struct packet *p = m->p;
    uint16_t priority = put_u16(p, r, SVC_PRIORITY);
    info_add(p, " %u %s", priority, dns_name_put(m, r, SVC_TARGET).text);
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

/* ---- All ----------------------------------------------------------------------------------- */

/* Types of a name server's own housekeeping. False: none of them. */
static bool put_meta(const struct dns_message *m, struct cursor *r, uint16_t type)
{
    switch (type) {
    case DNS_TYPE_OPT:
        put_options(m, r);
        return true;
    case 249:
        put_tkey(m, r);
        return true;
    case 250:
        put_tsig(m, r);
        return true;
    case 65281:
    case 65282:
        put_wins(m, r, type == 65282);
        return true;
    case 65422:
        put_xpf(m->p, r);
        return true;
    default:
        return false;
    }
}

/* DNSSEC and other keys. False: none of them. */
static bool put_security(const struct dns_message *m, struct cursor *r, uint16_t type)
{
    switch (type) {
    case 24:
    case 46:
        put_rrsig(m, r);
        return true;
    case 25:
    case 48:
    case 60:
        put_key(m->p, r, type != 25);
        return true;
    case 45:
        put_ipseckey(m, r);
        return true;
    case 50:
    case 51:
        put_nsec3(m->p, r, type == 51);
        return true;
    case 55:
        put_hip(m, r);
        return true;
    case 59:
        PUT_STEPS(m, r, {NUMBER, DS_KEY}, {NUMBER, DS_ALGORITHM}, {NUMBER, DS_DIGEST_TYPE},
                  {REST, DS_DIGEST});
        return true;
    case 257:
        put_caa(m->p, r);
        return true;
    default:
        return false;
    }
}

void dns_rdata_put(const struct dns_message *m, struct cursor *r, uint16_t type)
{
    for (size_t i = 0; i < sizeof layouts / sizeof *layouts; i++) {
        if (layouts[i].type == type)
            return put_steps(m, r, layouts[i].steps, MAX_STEPS);
    }
    if (put_meta(m, r, type) || put_security(m, r, type))
        return;
    switch (type) {
    case 11:
        put_wks(m, r);
        break;
    case 29:
        put_loc(m, r);
        break;
    case 35:
        put_naptr(m, r);
        break;
    case 38:
        put_a6(m, r);
        break;
    case 42:
        put_apl(m->p, r);
        break;
    case 62:
        put_csync(m->p, r);
        break;
    case 64:
    case 65:
        put_svcb(m, r);
        break;
    default:
        put_mark(m->p, r, UNDECODED_TYPE);
        if (cursor_left(r) > 0)
            (void)put_bytes(m->p, r, RDATA, cursor_left(r));
    }
}
