/* x509: certificates (RFC 5280): x509af the certificate, x509if its names, x509sat what names are
 * made of. Their fields lie in the tree of what carries the certificate.
 *
 *     Certificate ::= SEQUENCE { tbsCertificate, signatureAlgorithm, signature BIT STRING }
 */
#include "dissect/ber.h"

static const struct value_name versions[] = {VALUE(0, "v1"), VALUE(1, "v2"), VALUE(2, "v3"),
                                             VALUES_END};
static const struct value_name times[] = {VALUE(0, "utcTime"), VALUE(1, "generalizedTime"),
                                          VALUES_END};
static const struct value_name names[] = {VALUE(0, "rdnSequence"), VALUES_END};

#define FIELDS(X)                                                                                  \
    X(SIGNED, "x509af.signedCertificate_element", "signedCertificate", NONE, NONE, 0, NULL)        \
    X(VERSION, "x509af.version", "version", INT32, DEC, 0, versions)                               \
    X(SERIAL, "x509af.serialNumber", "serialNumber", BYTES, NONE, 0, NULL)                         \
    X(SIGNATURE, "x509af.signature_element", "signature", NONE, NONE, 0, NULL)                     \
    X(ALGORITHM_ID, "x509af.algorithm.id", "Algorithm Id", OID, NONE, 0, NULL)                     \
    X(ISSUER, "x509af.issuer", "issuer", UINT32, DEC, 0, names)                                    \
    X(VALIDITY, "x509af.validity_element", "validity", NONE, NONE, 0, NULL)                        \
    X(NOT_BEFORE, "x509af.notBefore", "notBefore", UINT32, DEC, 0, times)                          \
    X(NOT_AFTER, "x509af.notAfter", "notAfter", UINT32, DEC, 0, times)                             \
    X(UTC_TIME, "x509af.utcTime", "utcTime", STRING, NONE, 0, NULL)                                \
    X(SUBJECT, "x509af.subject", "subject", UINT32, DEC, 0, names)                                 \
    X(RDN_SEQUENCE, "x509af.rdnSequence", "rdnSequence", UINT32, DEC, 0, NULL)                     \
    X(KEY_INFO, "x509af.subjectPublicKeyInfo_element", "subjectPublicKeyInfo", NONE, NONE, 0,      \
      NULL)                                                                                        \
    X(ALGORITHM, "x509af.algorithm_element", "algorithm", NONE, NONE, 0, NULL)                     \
    X(PUBLIC_KEY, "x509af.subjectPublicKey", "subjectPublicKey", BYTES, NONE, 0, NULL)             \
    X(EXTENSIONS, "x509af.extensions", "extensions", UINT32, DEC, 0, NULL)                         \
    X(EXTENSION, "x509af.Extension_element", "Extension", NONE, NONE, 0, NULL)                     \
    X(EXTENSION_ID, "x509af.extension.id", "Extension Id", OID, NONE, 0, NULL)                     \
    X(CRITICAL, "x509af.critical", "critical", BOOLEAN, NONE, 0, NULL)                             \
    X(ALGORITHM_2, "x509af.algorithmIdentifier_element", "algorithmIdentifier", NONE, NONE, 0,     \
      NULL)                                                                                        \
    X(ENCRYPTED, "x509af.encrypted", "encrypted", BYTES, NONE, 0, NULL)

FIELD_TABLE(FIELDS);

enum { NAME_TABLE, EXTENSION_TABLE };
enum { RDN_OF_ISSUER, RDN_OF_SUBJECT, VALUES_MAX = 1000 };

/* How many values there are in c. */
static uint32_t count_values(const struct cursor *c)
{
    struct cursor ahead = *c;
    struct ber b;
    uint32_t n = 0;
    while (cursor_captured(&ahead) > 0 && n < VALUES_MAX && ber_next(&ahead, &b))
        n++;
    return n;
}

static uint32_t put_element(struct packet *p, const struct cursor *c, unsigned field,
                            const struct ber *b)
{
    put_data(p, c, field, b->start, b->length, NULL, 0);
    return tree_begin(p, field);
}

static void put_algorithm(struct packet *p, struct cursor *c, unsigned field)
{
    struct ber b;
    if (!ber_expect(c, BER_SEQUENCE, &b))
        return;
    uint32_t tree = put_element(p, c, field, &b);
    (void)put_ber_bytes(p, &b.contents, ALGORITHM_ID, NULL);
    tree_end(p, tree);
}

/* A bit string is shown without its first byte, which says how many bits are not in use. */
static void put_bit_string(struct packet *p, struct cursor *c, unsigned field)
{
    struct ber b;
    if (!ber_expect(c, BER_BIT_STRING, &b))
        return;
    cursor_skip(&b.contents, 1);
    (void)put_bytes(p, &b.contents, field, cursor_left(&b.contents));
}

static void put_name(struct packet *p, struct cursor *c, unsigned field)
{
    struct ber b;
    if (!ber_expect(c, BER_SEQUENCE, &b))
        return;
    put_uint(p, c, field, b.start, b.length, 0);
    uint32_t tree = tree_begin(p, field), branch = NO_ITEM;
    if (field == SUBJECT) {
        put_uint(p, c, RDN_SEQUENCE, b.start, b.length, count_values(&b.contents));
        branch = tree_begin(p, RDN_SEQUENCE);
    }
    if (cursor_captured(&b.contents) > 0)
        (void)next_inside(p, &b.contents, NAME_TABLE,
                          field == SUBJECT ? RDN_OF_SUBJECT : RDN_OF_ISSUER);
    tree_end(p, branch);
    tree_end(p, tree);
}

/* "180904133430Z" is shown as "2018-09-04 13:34:30 (UTC)". */
static void put_date(struct packet *p, struct cursor *c, unsigned field)
{
    struct ber b;
    if (!ber_next(c, &b))
        return;
    bool utc = b.tag == BER_UTC_TIME;
    put_uint(p, c, field, b.start, b.length, utc ? 0 : 1);
    const char *t = (const char *)cursor_peek(&b.contents, 0, 12);
    if (!utc || t == NULL || !wants(p, UTC_TIME))
        return;
    uint32_t tree = tree_begin(p, field);
    put_string(p, &b.contents, UTC_TIME, b.contents.pos, cursor_left(&b.contents),
               packet_text(p, "%s%.2s-%.2s-%.2s %.2s:%.2s:%.2s (UTC)", t[0] < '5' ? "20" : "19", t,
                           t + 2, t + 4, t + 6, t + 8, t + 10));
    tree_end(p, tree);
}

static void put_validity(struct packet *p, struct cursor *c)
{
    struct ber b;
    if (!ber_expect(c, BER_SEQUENCE, &b))
        return;
    uint32_t tree = put_element(p, c, VALIDITY, &b);
    put_date(p, &b.contents, NOT_BEFORE);
    put_date(p, &b.contents, NOT_AFTER);
    tree_end(p, tree);
}

static void put_key(struct packet *p, struct cursor *c)
{
    struct ber b;
    if (!ber_expect(c, BER_SEQUENCE, &b))
        return;
    uint32_t tree = put_element(p, c, KEY_INFO, &b);
    put_algorithm(p, &b.contents, ALGORITHM);
    put_bit_string(p, &b.contents, PUBLIC_KEY);
    tree_end(p, tree);
}

/* ---- Extensions (RFC 5280, section 4.2) ------------------------------------------------------ */

/* The last three numbers of an OID are enough to tell those that are known. */
static uint64_t extension_key(const struct ber *oid)
{
    const uint8_t *b = cursor_peek(&oid->contents, 0, cursor_captured(&oid->contents));
    uint32_t n = cursor_captured(&oid->contents);
    return b == NULL || n < 3 || n > 12
               ? 0
               : be_n(b, n < 8 ? n : 8) ^ (n > 8 ? be_n(b + 8, n - 8) << 7 : 0);
}

static void put_extension(struct packet *p, struct cursor *c)
{
    struct ber b, value;
    enum ber_class class;
    uint32_t tag;
    if (!ber_expect(c, BER_SEQUENCE, &b))
        return;
    uint32_t tree = put_element(p, c, EXTENSION, &b);
    struct ber oid;
    struct cursor ahead = b.contents;
    uint64_t key = ber_next(&ahead, &oid) ? extension_key(&oid) : 0;
    (void)put_ber_bytes(p, &b.contents, EXTENSION_ID, NULL);
    if (ber_peek(&b.contents, &class, &tag) && class == BER_UNIVERSAL && tag == BER_BOOLEAN &&
        ber_next(&b.contents, &value)) {
        const uint8_t *critical = cursor_peek(&value.contents, 0, 1);
        put_uint(p, c, CRITICAL, value.contents.pos, 1, critical != NULL && critical[0] != 0);
    }
    if (ber_expect(&b.contents, BER_OCTET_STRING, &value) && cursor_captured(&value.contents) > 0)
        (void)next_inside(p, &value.contents, EXTENSION_TABLE, key);
    tree_end(p, tree);
}

static void put_extensions(struct packet *p, struct cursor *c)
{
    struct ber b;
    if (!ber_expect(c, BER_SEQUENCE, &b))
        return;
    put_uint(p, c, EXTENSIONS, b.start, b.length, count_values(&b.contents));
    uint32_t tree = tree_begin(p, EXTENSIONS);
    while (cursor_captured(&b.contents) > 0)
        put_extension(p, &b.contents);
    tree_end(p, tree);
}

static void put_signed(struct packet *p, struct cursor *c)
{
    enum ber_class class;
    uint32_t tag;
    struct ber b;
    if (ber_peek(c, &class, &tag) && class == BER_CONTEXT && tag == 0 && ber_next(c, &b))
        (void)put_ber_integer(p, &b.contents, VERSION);
    (void)put_ber_bytes(p, c, SERIAL, NULL);
    put_algorithm(p, c, SIGNATURE);
    put_name(p, c, ISSUER);
    put_validity(p, c);
    put_name(p, c, SUBJECT);
    put_key(p, c);
    while (cursor_captured(c) > 0 && ber_next(c, &b)) {
        if (b.class == BER_CONTEXT && b.tag == 3)
            put_extensions(p, &b.contents);
    }
}

static void dissect(struct packet *p, struct cursor *c)
{
    struct ber b, to_be_signed;
    if (!ber_expect(c, BER_SEQUENCE, &b) || !ber_expect(&b.contents, BER_SEQUENCE, &to_be_signed))
        return;
    uint32_t tree = put_element(p, c, SIGNED, &to_be_signed);
    put_signed(p, &to_be_signed.contents);
    tree_end(p, tree);
    put_algorithm(p, &b.contents, ALGORITHM_2);
    put_bit_string(p, &b.contents, ENCRYPTED);
}

static const char *const tables[] = {"x509.name", "x509.extension", NULL};
static const struct binding bindings[] = {{"x509", 0}, {NULL, 0}};

const struct protocol proto_x509af = {.name = "x509af",
                                      .title = "X.509 Authentication Framework",
                                      .bare = true,
                                      .unnamed = true,
                                      FIELDS_OF_THIS_FILE,
                                      .tables = tables,
                                      .bindings = bindings,
                                      .dissect = dissect};

/* ---- Names (X.501, section 9) ---------------------------------------------------------------- */

#define NAME_FIELDS(X)                                                                             \
    X(IF_RDN_SEQUENCE, "x509if.rdnSequence", "rdnSequence", UINT32, DEC, 0, NULL)                  \
    X(RDN, "x509if.RDNSequence_item", "RDNSequence item", UINT32, DEC, 0, NULL)                    \
    X(ATTRIBUTE, "x509if.RelativeDistinguishedName_item_element",                                  \
      "RelativeDistinguishedName item", NONE, NONE, 0, NULL)                                       \
    X(ATTRIBUTE_ID, "x509if.oid", "Object Id", OID, NONE, 0, NULL)
enum { NAME_FIELDS(FIELD_ID) NAME_FIELD_COUNT };
static const struct field_def name_field_defs[] = {NAME_FIELDS(FIELD_ROW)};

enum { ATTRIBUTE_TABLE };

static void put_attribute(struct packet *p, struct cursor *c)
{
    struct ber b, oid;
    if (!ber_expect(c, BER_SEQUENCE, &b))
        return;
    uint32_t tree = put_element(p, c, ATTRIBUTE, &b);
    struct cursor ahead = b.contents;
    (void)put_ber_bytes(p, &b.contents, ATTRIBUTE_ID, NULL);
    uint64_t key = ber_next(&ahead, &oid) ? extension_key(&oid) : 0;
    if (cursor_captured(&b.contents) > 0 && !next_inside(p, &b.contents, ATTRIBUTE_TABLE, key))
        cursor_skip(&b.contents, cursor_captured(&b.contents));
    tree_end(p, tree);
}

static void put_rdns(struct packet *p, struct cursor *c)
{
    while (cursor_captured(c) > 0) {
        struct ber set;
        if (!ber_expect(c, BER_SET, &set))
            return;
        put_uint(p, c, RDN, set.start, set.length, count_values(&set.contents));
        uint32_t tree = tree_begin(p, RDN);
        while (cursor_captured(&set.contents) > 0)
            put_attribute(p, &set.contents);
        tree_end(p, tree);
    }
}

static void dissect_subject(struct packet *p, struct cursor *c)
{
    put_rdns(p, c);
}

static void dissect_issuer(struct packet *p, struct cursor *c)
{
    put_uint(p, c, IF_RDN_SEQUENCE, c->pos, cursor_left(c), count_values(c));
    uint32_t tree = tree_begin(p, IF_RDN_SEQUENCE);
    put_rdns(p, c);
    tree_end(p, tree);
}

/* A name alone, as TLS lists those of authorities. */
static void dissect_name(struct packet *p, struct cursor *c)
{
    struct ber b;
    if (ber_expect(c, BER_SEQUENCE, &b))
        put_rdns(p, &b.contents);
}

static const char *const name_tables[] = {"x509.attribute", NULL};
static const struct binding issuer_bindings[] = {{"x509.name", RDN_OF_ISSUER}, {NULL, 0}};
static const struct binding subject_bindings[] = {{"x509.name", RDN_OF_SUBJECT}, {NULL, 0}};
static const struct binding name_bindings[] = {{"x509", 1}, {NULL, 0}};

const struct protocol proto_x509if = {.name = "x509if",
                                      .title = "X.509 Information Framework",
                                      .bare = true,
                                      .unnamed = true,
                                      .fields = name_field_defs,
                                      .field_count = NAME_FIELD_COUNT,
                                      .tables = name_tables,
                                      .bindings = issuer_bindings,
                                      .dissect = dissect_issuer};
const struct protocol proto_x509if_subject = {.name = "x509if",
                                              .title = "X.509 Information Framework",
                                              .bare = true,
                                              .unnamed = true,
                                              .fields_of = &proto_x509if,
                                              .tables = name_tables,
                                              .bindings = subject_bindings,
                                              .dissect = dissect_subject};
const struct protocol proto_x509if_name = {.name = "x509if",
                                           .title = "X.509 Information Framework",
                                           .bare = true,
                                           .unnamed = true,
                                           .fields_of = &proto_x509if,
                                           .tables = name_tables,
                                           .bindings = name_bindings,
                                           .dissect = dissect_name};

/* ---- Attributes (X.520) ---------------------------------------------------------------------- */

static const struct value_name string_choices[] = {
    VALUE(0, "teletexString"), VALUE(1, "printableString"), VALUE(2, "universalString"),
    VALUE(3, "bmpString"),     VALUE(4, "uTF8String"),      VALUES_END};

#define SAT_FIELDS(X)                                                                              \
    X(COUNTRY, "x509sat.CountryName", "CountryName", STRING, NONE, 0, NULL)                        \
    X(DIRECTORY_STRING, "x509sat.DirectoryString", "DirectoryString", UINT32, DEC, 0,              \
      string_choices)                                                                              \
    X(TELETEX, "x509sat.teletexString", "teletexString", STRING, NONE, 0, NULL)                    \
    X(PRINTABLE, "x509sat.printableString", "printableString", STRING, NONE, 0, NULL)              \
    X(UNIVERSAL, "x509sat.universalString", "universalString", STRING, NONE, 0, NULL)              \
    X(BMP, "x509sat.bmpString", "bmpString", STRING, NONE, 0, NULL)                                \
    X(UTF8, "x509sat.uTF8String", "uTF8String", STRING, NONE, 0, NULL)                             \
    X(IA5, "x509sat.IA5String", "IA5String", STRING, NONE, 0, NULL)
enum { SAT_FIELDS(FIELD_ID) SAT_FIELD_COUNT };
static const struct field_def sat_field_defs[] = {SAT_FIELDS(FIELD_ROW)};

enum { TAG_PRINTABLE = 19, TAG_TELETEX = 20, TAG_IA5 = 22, TAG_UNIVERSAL = 28, TAG_BMP = 30 };

static void dissect_attribute(struct packet *p, struct cursor *c)
{
    enum ber_class class;
    uint32_t tag;
    if (!ber_peek(c, &class, &tag))
        return;
    struct cursor ahead = *c;
    struct ber b;
    unsigned choice = tag == TAG_TELETEX     ? 0
                      : tag == TAG_PRINTABLE ? 1
                      : tag == TAG_UNIVERSAL ? 2
                      : tag == TAG_BMP       ? 3
                                             : 4;
    if (tag == TAG_IA5 || !ber_next(&ahead, &b)) {
        (void)put_ber_bytes(p, c, IA5, NULL);
        return;
    }
    put_uint(p, c, DIRECTORY_STRING, b.start, b.length, choice);
    uint32_t tree = tree_begin(p, DIRECTORY_STRING);
    (void)put_ber_bytes(p, c, TELETEX + choice, NULL);
    tree_end(p, tree);
}

static void dissect_country(struct packet *p, struct cursor *c)
{
    (void)put_ber_bytes(p, c, COUNTRY, NULL);
}

/* Types under 2.5.4 (X.520), and the e-mail address of PKCS #9. */
#define AT(n)                                                                                      \
    {                                                                                              \
        "x509.attribute", 0x550400 + (n)                                                           \
    }
static const struct binding sat_bindings[] = {
    AT(3),
    AT(4),
    AT(5),
    AT(7),
    AT(8),
    AT(9),
    AT(10),
    AT(11),
    AT(12),
    AT(13),
    AT(15),
    AT(16),
    AT(17),
    AT(18),
    AT(20),
    AT(41),
    AT(42),
    AT(43),
    AT(44),
    AT(46),
    AT(65),
    AT(97),
    {"x509.attribute", UINT64_C(0x2a864886f70d0109) ^ 1u << 7},
    {NULL, 0}};
static const struct binding country_bindings[] = {AT(6), {NULL, 0}};

const struct protocol proto_x509sat = {.name = "x509sat",
                                       .title = "X.509 Selected Attribute Types",
                                       .bare = true,
                                       .fields = sat_field_defs,
                                       .field_count = SAT_FIELD_COUNT,
                                       .bindings = sat_bindings,
                                       .dissect = dissect_attribute};
const struct protocol proto_x509sat_country = {.name = "x509sat",
                                               .title = "X.509 Selected Attribute Types",
                                               .bare = true,
                                               .fields_of = &proto_x509sat,
                                               .bindings = country_bindings,
                                               .dissect = dissect_country};
