/* Fingerprints of hellos: JA3 and JA3S, an MD5 digest of the numbers in a hello; and JA4, which
 * does not depend on their order. */
#include <stdio.h>

#include "base/digest.h"
#include "proto/tls.h"

/* Text that grows in the packet's arena, where `size` bytes were set aside. */
struct writer {
    char *text;
    size_t n, size;
};

static struct writer writer_new(struct packet *p, size_t size)
{
    return (struct writer){arena_alloc(p->arena, size), 0, size};
}

static void write_format(struct writer *w, const char *fmt, unsigned v)
{
    int n = snprintf(w->text + w->n, w->size - w->n, fmt, v);
    if (n > 0)
        w->n += (size_t)n < w->size - w->n ? (size_t)n : w->size - w->n - 1;
}

static void write_text(struct writer *w, const char *text)
{
    for (; *text != '\0' && w->n + 1 < w->size; text++)
        w->text[w->n++] = *text;
    w->text[w->n] = '\0';
}

/* "4865-4866": numbers of `width` bytes, without those of RFC 8701. */
static void write_list(struct writer *w, struct tls_bytes list, unsigned width)
{
    bool first = true;
    for (uint32_t i = 0; i + width <= list.n; i += width) {
        unsigned v = width == 1 ? list.at[i] : be16(list.at + i);
        if (width == 2 && tls_is_grease((uint16_t)v))
            continue;
        write_format(w, first ? "%u" : "-%u", v);
        first = false;
    }
}

/* The types of extensions, out of the extensions themselves: calls `each` for each of them. */
static bool extension_step(struct tls_bytes *rest, uint16_t *type)
{
    if (rest->n < 4)
        return false;
    *type = be16(rest->at);
    uint32_t used = 4u + be16(rest->at + 2);
    if (used > rest->n)
        used = rest->n;
    rest->at += used;
    rest->n -= used;
    return true;
}

static void write_extensions(struct writer *w, struct tls_bytes rest)
{
    bool first = true;
    uint16_t type;
    while (extension_step(&rest, &type)) {
        if (tls_is_grease(type))
            continue;
        write_format(w, first ? "%u" : "-%u", type);
        first = false;
    }
}

static const char *hex_text(struct packet *p, const uint8_t *bytes, unsigned n)
{
    struct writer w = writer_new(p, 2 * n + 1);
    for (unsigned i = 0; w.text != NULL && i < n; i++)
        write_format(&w, "%02x", bytes[i]);
    return w.text == NULL ? "" : w.text;
}

static void put_ja3(struct packet *p, const struct cursor *c, const struct writer *w,
                    uint32_t offset, unsigned full, unsigned digest_field)
{
    uint8_t digest[16];
    digest_md5(w->text, w->n, digest);
    put_string(p, c, full, offset, 0, w->text);
    put_string(p, c, digest_field, offset, 0, hex_text(p, digest, sizeof digest));
}

void tls_fingerprint_server(struct packet *p, const struct cursor *c, const struct tls_hello *hello)
{
    if (!wants(p, JA3S_FULL) && !wants(p, JA3S))
        return;
    struct writer w = writer_new(p, 64 + (size_t)2 * hello->extensions.n);
    if (w.text == NULL)
        return;
    write_format(&w, "%u", hello->version);
    write_format(&w, ",%u,", hello->cipher);
    write_extensions(&w, hello->extensions);
    put_ja3(p, c, &w, hello->offset, JA3S_FULL, JA3S);
}

/* ---- JA4 ------------------------------------------------------------------------------------- */

enum { JA4_LIST_MAX = 128, EXTENSION_SNI = 0, EXTENSION_ALPN = 16 };

struct numbers {
    uint16_t v[JA4_LIST_MAX];
    unsigned n;     /* kept */
    unsigned total; /* met */
};

static void numbers_add(struct numbers *l, uint16_t v, bool keep)
{
    if (tls_is_grease(v))
        return;
    l->total++;
    if (keep && l->n < JA4_LIST_MAX)
        l->v[l->n++] = v;
}

static void numbers_sort(struct numbers *l)
{
    for (unsigned i = 1; i < l->n; i++) {
        uint16_t v = l->v[i];
        unsigned j = i;
        for (; j > 0 && l->v[j - 1] > v; j--)
            l->v[j] = l->v[j - 1];
        l->v[j] = v;
    }
}

static void write_numbers(struct writer *w, const struct numbers *l)
{
    for (unsigned i = 0; i < l->n; i++)
        write_format(w, i == 0 ? "%04x" : ",%04x", l->v[i]);
}

/* Twelve digits of the text's SHA-256, zeros if there is none. */
static const char *short_digest(struct packet *p, const char *text, size_t n)
{
    uint8_t digest[32] = {0};
    if (n > 0)
        digest_sha256(text, n, digest);
    return hex_text(p, digest, 6);
}

static const char *ja4_version(uint16_t version)
{
    switch (version) {
    case 0x0304:
        return "13";
    case 0x0303:
        return "12";
    case 0x0302:
        return "11";
    case 0x0301:
        return "10";
    case 0x0300:
        return "s3";
    case DTLS_1_0:
        return "d1";
    case DTLS_1_2:
        return "d2";
    case DTLS_1_3:
        return "d3";
    default:
        return "00";
    }
}

static bool is_alnum(uint8_t b)
{
    return (b >= '0' && b <= '9') || (b >= 'A' && b <= 'Z') || (b >= 'a' && b <= 'z');
}

/* "t13d1516h2": transport, version, whether a name is given, how many suites and extensions, ALPN.
 */
static const char *ja4_start(const struct tls *t, const struct tls_hello *hello, unsigned suites,
                             unsigned extensions)
{
    char alpn[3] = "00";
    if (hello->alpn.n > 0 && is_alnum(hello->alpn.at[0]) &&
        is_alnum(hello->alpn.at[hello->alpn.n - 1])) {
        alpn[0] = (char)hello->alpn.at[0];
        alpn[1] = (char)hello->alpn.at[hello->alpn.n - 1];
    }
    return packet_text(t->p, "%c%s%c%02u%02u%s",
                       t->datagrams ? 'd'
                       : t->quic    ? 'q'
                                    : 't',
                       ja4_version(hello->best_version != 0 ? hello->best_version : hello->version),
                       hello->named ? 'd' : 'i', suites < 99 ? suites : 99,
                       extensions < 99 ? extensions : 99, alpn);
}

static void put_ja4(const struct tls *t, const struct cursor *c, const struct tls_hello *hello)
{
    struct packet *p = t->p;
    struct numbers suites = {.n = 0}, extensions = {.n = 0}, signatures = {.n = 0};
    for (uint32_t i = 0; i + 2 <= hello->ciphers.n; i += 2)
        numbers_add(&suites, be16(hello->ciphers.at + i), true);
    uint16_t type;
    for (struct tls_bytes rest = hello->extensions; extension_step(&rest, &type);)
        numbers_add(&extensions, type, type != EXTENSION_SNI && type != EXTENSION_ALPN);
    for (uint32_t i = 0; i + 2 <= hello->signatures.n; i += 2)
        numbers_add(&signatures, be16(hello->signatures.at + i), true);
    numbers_sort(&suites);
    numbers_sort(&extensions);
    struct writer a = writer_new(p, 5 * JA4_LIST_MAX + 1), b = writer_new(p, 10 * JA4_LIST_MAX + 2);
    if (a.text == NULL || b.text == NULL)
        return;
    a.text[0] = b.text[0] = '\0';
    write_numbers(&a, &suites);
    write_numbers(&b, &extensions);
    if (signatures.n > 0) {
        write_text(&b, "_");
        write_numbers(&b, &signatures);
    }
    const char *start = ja4_start(t, hello, suites.total, extensions.total);
    put_string(p, c, JA4, hello->offset, 0,
               packet_text(p, "%s_%s_%s", start, short_digest(p, a.text, a.n),
                           short_digest(p, b.text, b.n)));
    put_string(p, c, JA4_R, hello->offset, 0, packet_text(p, "%s_%s_%s", start, a.text, b.text));
}

void tls_fingerprint_client(const struct tls *t, const struct cursor *c,
                            const struct tls_hello *hello)
{
    struct packet *p = t->p;
    if (wants(p, JA4) || wants(p, JA4_R))
        put_ja4(t, c, hello);
    if (!wants(p, JA3_FULL) && !wants(p, JA3))
        return;
    size_t bytes =
        (size_t)hello->ciphers.n + hello->extensions.n + hello->groups.n + hello->formats.n;
    struct writer w = writer_new(p, 64 + 4 * bytes);
    if (w.text == NULL)
        return;
    write_format(&w, "%u,", hello->version);
    write_list(&w, hello->ciphers, 2);
    write_text(&w, ",");
    write_extensions(&w, hello->extensions);
    write_text(&w, ",");
    write_list(&w, hello->groups, 2);
    write_text(&w, ",");
    write_list(&w, hello->formats, 1);
    put_ja3(p, c, &w, hello->offset, JA3_FULL, JA3);
}
