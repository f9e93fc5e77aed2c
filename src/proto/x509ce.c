/* x509ce: extensions of certificates (RFC 5280, section 4.2.1), and those of others by name. */
#include "dissect/ber.h"

static const struct value_name name_choices[] = {VALUE(0, "otherName"),
                                                 VALUE(1, "rfc822Name"),
                                                 VALUE(2, "dNSName"),
                                                 VALUE(3, "x400Address"),
                                                 VALUE(4, "directoryName"),
                                                 VALUE(5, "ediPartyName"),
                                                 VALUE(6, "uniformResourceIdentifier"),
                                                 VALUE(7, "iPAddress"),
                                                 VALUE(8, "registeredID"),
                                                 VALUES_END};

#define FIELDS(X)                                                                                  \
    X(SUBJECT_KEY, "x509ce.SubjectKeyIdentifier", "SubjectKeyIdentifier", BYTES, NONE, 0, NULL)    \
    X(AUTHORITY_KEY, "x509ce.AuthorityKeyIdentifier_element", "AuthorityKeyIdentifier", NONE,      \
      NONE, 0, NULL)                                                                               \
    X(KEY_IDENTIFIER, "x509ce.keyIdentifier", "keyIdentifier", BYTES, NONE, 0, NULL)               \
    X(CERT_ISSUER, "x509ce.authorityCertIssuer", "authorityCertIssuer", UINT32, DEC, 0, NULL)      \
    X(CERT_SERIAL, "x509ce.authorityCertSerialNumber", "authorityCertSerialNumber", BYTES, NONE,   \
      0, NULL)                                                                                     \
    X(BASIC, "x509ce.BasicConstraintsSyntax_element", "BasicConstraintsSyntax", NONE, NONE, 0,     \
      NULL)                                                                                        \
    X(CA, "x509ce.cA", "cA", BOOLEAN, NONE, 0, NULL)                                               \
    X(PATH_LENGTH, "x509ce.pathLenConstraint", "pathLenConstraint", UINT64, DEC, 0, NULL)          \
    X(USAGE, "x509ce.KeyUsage", "KeyUsage", BYTES, NONE, 0, NULL)                                  \
    X(U_SIGN, "x509ce.KeyUsage.digitalSignature", "digitalSignature", BOOLEAN, 8, 0x80, NULL)      \
    X(U_COMMIT, "x509ce.KeyUsage.contentCommitment", "contentCommitment", BOOLEAN, 8, 0x40, NULL)  \
    X(U_KEY, "x509ce.KeyUsage.keyEncipherment", "keyEncipherment", BOOLEAN, 8, 0x20, NULL)         \
    X(U_DATA, "x509ce.KeyUsage.dataEncipherment", "dataEncipherment", BOOLEAN, 8, 0x10, NULL)      \
    X(U_AGREE, "x509ce.KeyUsage.keyAgreement", "keyAgreement", BOOLEAN, 8, 0x08, NULL)             \
    X(U_CERT, "x509ce.KeyUsage.keyCertSign", "keyCertSign", BOOLEAN, 8, 0x04, NULL)                \
    X(U_CRL, "x509ce.KeyUsage.cRLSign", "cRLSign", BOOLEAN, 8, 0x02, NULL)                         \
    X(U_ENCIPHER, "x509ce.KeyUsage.encipherOnly", "encipherOnly", BOOLEAN, 8, 0x01, NULL)          \
    X(U_DECIPHER, "x509ce.KeyUsage.decipherOnly", "decipherOnly", BOOLEAN, 8, 0x80, NULL)          \
    X(PURPOSES, "x509ce.KeyPurposeIDs", "KeyPurposeIDs", UINT32, DEC, 0, NULL)                     \
    X(PURPOSE, "x509ce.KeyPurposeId", "KeyPurposeId", OID, NONE, 0, NULL)                          \
    X(NAMES, "x509ce.GeneralNames", "GeneralNames", UINT32, DEC, 0, NULL)                          \
    X(NAME, "x509ce.GeneralName", "GeneralName", UINT32, DEC, 0, name_choices)                     \
    X(RFC822, "x509ce.rfc822Name", "rfc822Name", STRING, NONE, 0, NULL)                            \
    X(DNS, "x509ce.dNSName", "dNSName", STRING, NONE, 0, NULL)                                     \
    X(DIRECTORY, "x509ce.directoryName", "directoryName", UINT32, DEC, 0, NULL)                    \
    X(URI, "x509ce.uniformResourceIdentifier", "uniformResourceIdentifier", STRING, NONE, 0, NULL) \
    X(IP_ADDRESS, "x509ce.iPAddress", "iPAddress", BYTES, NONE, 0, NULL)                           \
    X(CRL_POINTS, "x509ce.CRLDistPointsSyntax", "CRLDistPointsSyntax", UINT32, DEC, 0, NULL)       \
    X(CRL_POINT, "x509ce.DistributionPoint_element", "DistributionPoint", NONE, NONE, 0, NULL)     \
    X(POINT_NAME, "x509ce.distributionPoint", "distributionPoint", UINT32, DEC, 0, NULL)           \
    X(FULL_NAME, "x509ce.fullName", "fullName", UINT32, DEC, 0, NULL)                              \
    X(POLICIES, "x509ce.CertificatePoliciesSyntax", "CertificatePoliciesSyntax", UINT32, DEC, 0,   \
      NULL)                                                                                        \
    X(POLICY, "x509ce.PolicyInformation_element", "PolicyInformation", NONE, NONE, 0, NULL)        \
    X(POLICY_ID, "x509ce.policyIdentifier", "policyIdentifier", OID, NONE, 0, NULL)                \
    X(QUALIFIERS, "x509ce.policyQualifiers", "policyQualifiers", UINT32, DEC, 0, NULL)             \
    X(QUALIFIER, "x509ce.PolicyQualifierInfo_element", "PolicyQualifierInfo", NONE, NONE, 0, NULL) \
    X(QUALIFIER_ID, "x509ce.id", "Id", OID, NONE, 0, NULL)

FIELD_TABLE(FIELDS);

enum { NAME_TABLE, QUALIFIER_TABLE, COUNT_MAX = 1000 };

static uint32_t count_values(const struct cursor *c)
{
    struct cursor ahead = *c;
    struct ber b;
    uint32_t n = 0;
    while (cursor_captured(&ahead) > 0 && n < COUNT_MAX && ber_next(&ahead, &b))
        n++;
    return n;
}

static void put_contents(struct packet *p, struct ber *b, unsigned field)
{
    (void)put_bytes(p, &b->contents, field, cursor_left(&b->contents));
}

/* ---- Names (section 4.2.1.6) ----------------------------------------------------------------- */

static void put_general_name(struct packet *p, struct ber *b)
{
    switch (b->tag) {
    case 1:
        return put_contents(p, b, RFC822);
    case 2:
        return put_contents(p, b, DNS);
    case 4: {
        struct ber name;
        put_uint(p, &b->contents, DIRECTORY, b->contents.pos, cursor_left(&b->contents), 0);
        if (ber_expect(&b->contents, BER_SEQUENCE, &name) && cursor_captured(&name.contents) > 0)
            (void)next_inside(p, &name.contents, NAME_TABLE, 0);
        return;
    }
    case 6:
        return put_contents(p, b, URI);
    case 7:
        return put_contents(p, b, IP_ADDRESS);
    default:
        return;
    }
}

static void put_general_names(struct packet *p, struct cursor *c, unsigned field)
{
    put_uint(p, c, field, c->pos, cursor_left(c), count_values(c));
    uint32_t tree = tree_begin(p, field);
    struct ber b;
    while (cursor_captured(c) > 0 && ber_next(c, &b)) {
        put_uint(p, c, NAME, b.contents.pos, b.length, b.tag);
        uint32_t branch = tree_begin(p, NAME);
        put_general_name(p, &b);
        tree_end(p, branch);
    }
    tree_end(p, tree);
}

/* ---- Each extension -------------------------------------------------------------------------- */

static void put_authority_key(struct packet *p, struct ber *all)
{
    struct ber b;
    put_data(p, &all->contents, AUTHORITY_KEY, all->start, all->length, NULL, 0);
    uint32_t tree = tree_begin(p, AUTHORITY_KEY);
    while (cursor_captured(&all->contents) > 0 && ber_next(&all->contents, &b)) {
        if (b.tag == 0)
            put_contents(p, &b, KEY_IDENTIFIER);
        else if (b.tag == 1)
            put_general_names(p, &b.contents, CERT_ISSUER);
        else if (b.tag == 2)
            put_contents(p, &b, CERT_SERIAL);
    }
    tree_end(p, tree);
}

static void put_basic(struct packet *p, struct ber *all)
{
    struct ber b;
    put_data(p, &all->contents, BASIC, all->start, all->length, NULL, 0);
    uint32_t tree = tree_begin(p, BASIC);
    while (cursor_captured(&all->contents) > 0 && ber_next(&all->contents, &b)) {
        if (b.tag == BER_BOOLEAN)
            put_uint(p, &b.contents, CA, b.contents.pos, b.length, ber_integer(&b) != 0);
        else if (b.tag == BER_INTEGER)
            put_uint(p, &b.contents, PATH_LENGTH, b.contents.pos, b.length,
                     (uint64_t)ber_integer(&b));
    }
    tree_end(p, tree);
}

static void put_usage(struct packet *p, struct ber *all)
{
    cursor_skip(&all->contents, 1);
    uint32_t n = cursor_left(&all->contents), at = all->contents.pos;
    const uint8_t *b = put_bytes(p, &all->contents, USAGE, n);
    if (b == NULL || n == 0)
        return;
    uint32_t tree = tree_begin(p, USAGE);
    put_flags(p, &all->contents, U_SIGN, 8, at, 1, b[0]);
    put_bits(p, &all->contents, U_DECIPHER, at, 1, n > 1 ? b[1] : 0);
    tree_end(p, tree);
}

static void put_purposes(struct packet *p, struct ber *all)
{
    put_uint(p, &all->contents, PURPOSES, all->start, all->length, count_values(&all->contents));
    uint32_t tree = tree_begin(p, PURPOSES);
    while (cursor_captured(&all->contents) > 0)
        (void)put_ber_bytes(p, &all->contents, PURPOSE, NULL);
    tree_end(p, tree);
}

/* Of the parts of a point, the name. */
static void put_point_name(struct packet *p, struct ber *point)
{
    struct ber choice;
    if (!ber_next(&point->contents, &choice))
        return;
    put_uint(p, &point->contents, POINT_NAME, choice.start, choice.length, choice.tag);
    uint32_t tree = tree_begin(p, POINT_NAME);
    if (choice.tag == 0)
        put_general_names(p, &choice.contents, FULL_NAME);
    tree_end(p, tree);
}

static void put_crl_points(struct packet *p, struct ber *all)
{
    struct ber b, part;
    put_uint(p, &all->contents, CRL_POINTS, all->start, all->length, count_values(&all->contents));
    uint32_t tree = tree_begin(p, CRL_POINTS);
    while (cursor_captured(&all->contents) > 0 && ber_next(&all->contents, &b)) {
        put_data(p, &b.contents, CRL_POINT, b.start, b.length, NULL, 0);
        uint32_t branch = tree_begin(p, CRL_POINT);
        while (cursor_captured(&b.contents) > 0 && ber_next(&b.contents, &part)) {
            if (part.tag == 0)
                put_point_name(p, &part);
        }
        tree_end(p, branch);
    }
    tree_end(p, tree);
}

static void put_qualifiers(struct packet *p, struct ber *all)
{
    struct ber b;
    put_uint(p, &all->contents, QUALIFIERS, all->start, all->length, count_values(&all->contents));
    uint32_t tree = tree_begin(p, QUALIFIERS);
    while (cursor_captured(&all->contents) > 0 && ber_next(&all->contents, &b)) {
        put_data(p, &b.contents, QUALIFIER, b.start, b.length, NULL, 0);
        uint32_t branch = tree_begin(p, QUALIFIER);
        (void)put_ber_bytes(p, &b.contents, QUALIFIER_ID, NULL);
        enum ber_class class;
        uint32_t tag;
        if (ber_peek(&b.contents, &class, &tag))
            (void)next_inside(p, &b.contents, QUALIFIER_TABLE, tag == BER_SEQUENCE ? 2 : 1);
        tree_end(p, branch);
    }
    tree_end(p, tree);
}

static void put_policies(struct packet *p, struct ber *all)
{
    struct ber b, qualifiers;
    put_uint(p, &all->contents, POLICIES, all->start, all->length, count_values(&all->contents));
    uint32_t tree = tree_begin(p, POLICIES);
    while (cursor_captured(&all->contents) > 0 && ber_next(&all->contents, &b)) {
        put_data(p, &b.contents, POLICY, b.start, b.length, NULL, 0);
        uint32_t branch = tree_begin(p, POLICY);
        (void)put_ber_bytes(p, &b.contents, POLICY_ID, NULL);
        if (cursor_captured(&b.contents) > 0 && ber_expect(&b.contents, BER_SEQUENCE, &qualifiers))
            put_qualifiers(p, &qualifiers);
        tree_end(p, branch);
    }
    tree_end(p, tree);
}

/* The value of an extension is one value, which `put` reads. */
#define EXTENSION(name, put)                                                                       \
    static void dissect_##name(struct packet *p, struct cursor *c)                                 \
    {                                                                                              \
        struct ber b;                                                                              \
        if (ber_next(c, &b))                                                                       \
            put(p, &b);                                                                            \
    }

static void put_names(struct packet *p, struct ber *all)
{
    put_general_names(p, &all->contents, NAMES);
}

static void put_subject_key(struct packet *p, struct ber *all)
{
    put_contents(p, all, SUBJECT_KEY);
}

EXTENSION(subject_key, put_subject_key)
EXTENSION(usage, put_usage)
EXTENSION(names, put_names)
EXTENSION(basic, put_basic)
EXTENSION(crl_points, put_crl_points)
EXTENSION(policies, put_policies)
EXTENSION(authority_key, put_authority_key)
EXTENSION(purposes, put_purposes)

static const char *const tables[] = {"x509.name", "x509.qualifier", NULL};

#define CE(n)                                                                                      \
    {                                                                                              \
        "x509.extension", 0x551d00 + (n)                                                           \
    }
static const struct binding subject_key_bindings[] = {CE(14), {NULL, 0}};
static const struct binding usage_bindings[] = {CE(15), {NULL, 0}};
static const struct binding names_bindings[] = {CE(17), CE(18), {NULL, 0}};
static const struct binding basic_bindings[] = {CE(19), {NULL, 0}};
static const struct binding crl_points_bindings[] = {CE(31), CE(46), {NULL, 0}};
static const struct binding policies_bindings[] = {CE(32), {NULL, 0}};
static const struct binding authority_key_bindings[] = {CE(35), {NULL, 0}};
static const struct binding purposes_bindings[] = {CE(37), {NULL, 0}};

const struct protocol proto_x509ce = {.name = "x509ce",
                                      .title = "X.509 Certificate Extensions",
                                      .bare = true,
                                      FIELDS_OF_THIS_FILE,
                                      .tables = tables,
                                      .bindings = subject_key_bindings,
                                      .dissect = dissect_subject_key};

#define BORROWER(id)                                                                               \
    const struct protocol proto_x509ce_##id = {.name = "x509ce",                                   \
                                               .title = "X.509 Certificate Extensions",            \
                                               .bare = true,                                       \
                                               .fields_of = &proto_x509ce,                         \
                                               .tables = tables,                                   \
                                               .bindings = id##_bindings,                          \
                                               .dissect = dissect_##id}
BORROWER(usage);
BORROWER(names);
BORROWER(basic);
BORROWER(crl_points);
BORROWER(policies);
BORROWER(authority_key);
BORROWER(purposes);

/* Where something about the issuer, or the subject, is to be had (RFC 5280, section 4.2.2): pairs of a method and a
 * name. */
static void put_access(struct packet *p, struct ber *all)
{
    struct ber b, method, where;
    while (cursor_captured(&all->contents) > 0 && ber_next(&all->contents, &b)) {
        if (ber_expect(&b.contents, BER_OID, &method) && ber_next(&b.contents, &where))
            put_general_name(p, &where);
    }
}

EXTENSION(access, put_access)

/* ---- Of others: by name ---------------------------------------------------------------------- */

static void dissect_other(struct packet *p, struct cursor *c)
{
    (void)p;
    cursor_skip(c, cursor_captured(c));
}

/* 1.3.6.1.5.5.7.1.n: private extensions of PKIX. 2.16.840.1.113730.1.n: Netscape's. Keys as x509.c
 * makes them. */
#define PE(n)                                                                                      \
    {                                                                                              \
        "x509.extension", UINT64_C(0x2b06010505070100) + (n)                                       \
    }
#define NS(n)                                                                                      \
    {                                                                                              \
        "x509.extension", UINT64_C(0x6086480186f84201) ^ (uint64_t)(n) << 7                        \
    }
static const struct binding access_bindings[] = {PE(1), PE(11), {NULL, 0}};
static const struct binding pkix1implicit_bindings[] = {PE(3), {"x509.qualifier", 2}, {NULL, 0}};
static const struct binding pkix1explicit_bindings[] = {{"x509.qualifier", 1}, {NULL, 0}};
static const struct binding ns_bindings[] = {NS(1), NS(2),  NS(3),  NS(4),    NS(7),
                                             NS(8), NS(12), NS(13), {NULL, 0}};

const struct protocol proto_pkix1implicit = {.name = "pkix1implicit",
                                             .title = "PKIX1Implicit",
                                             .bare = true,
                                             .bindings = pkix1implicit_bindings,
                                             .dissect = dissect_other};
const struct protocol proto_pkix1implicit_access = {.name = "pkix1implicit",
                                                    .title = "PKIX1Implicit",
                                                    .bare = true,
                                                    .fields_of = &proto_x509ce,
                                                    .tables = tables,
                                                    .bindings = access_bindings,
                                                    .dissect = dissect_access};
const struct protocol proto_pkix1explicit = {.name = "pkix1explicit",
                                             .title = "PKIX1Explicit",
                                             .bare = true,
                                             .bindings = pkix1explicit_bindings,
                                             .dissect = dissect_other};
const struct protocol proto_ns_cert_exts = {.name = "ns_cert_exts",
                                            .title = "NetScape Certificate Extensions",
                                            .bare = true,
                                            .bindings = ns_bindings,
                                            .dissect = dissect_other};
