#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "capture/source.h"
#include "capture_build.h"

static void build_number(struct build *b, uint64_t v, unsigned size)
{
    for (unsigned i = 0; i < size; i++)
        buf_char(&b->out, (char)(v >> 8 * (b->big ? size - 1 - i : i)));
}

void build_u16(struct build *b, uint16_t v)
{
    build_number(b, v, 2);
}

void build_u32(struct build *b, uint32_t v)
{
    build_number(b, v, 4);
}

void build_u64(struct build *b, uint64_t v)
{
    build_number(b, v, 8);
}

static void build_data(struct build *b, size_t n)
{
    for (size_t i = 0; i < n; i++)
        buf_char(&b->out, (char)i);
}

/* ---- pcap ------------------------------------------------------------------------------------ */

void build_pcap_header(struct build *b, uint32_t magic, uint16_t minor, uint32_t link_word)
{
    build_u32(b, magic);
    build_u16(b, 2);
    build_u16(b, minor);
    build_u64(b, 0);
    build_u32(b, 65535);
    build_u32(b, link_word);
}

void build_pcap_record(struct build *b, uint32_t seconds, uint32_t fraction, uint32_t captured,
                       uint32_t length, size_t extra, size_t n)
{
    build_u32(b, seconds);
    build_u32(b, fraction);
    build_u32(b, captured);
    build_u32(b, length);
    buf_fill(&b->out, '\0', extra);
    build_data(b, n);
}

/* ---- pcapng ---------------------------------------------------------------------------------- */

size_t build_begin(struct build *b, uint32_t type)
{
    size_t begin = b->out.length;
    build_u32(b, type);
    build_u32(b, 0);
    return begin;
}

void build_end(struct build *b, size_t begin)
{
    buf_fill(&b->out, '\0', -(b->out.length - begin) & 3);
    size_t end = b->out.length + 4;
    b->out.length = begin + 4;
    build_u32(b, (uint32_t)(end - begin));
    b->out.length = end - 4;
    build_u32(b, (uint32_t)(end - begin));
}

void build_option(struct build *b, uint16_t code, const void *value, size_t n)
{
    build_u16(b, code);
    build_u16(b, (uint16_t)n);
    buf_bytes(&b->out, value, n);
    buf_fill(&b->out, '\0', -n & 3);
}

void build_section(struct build *b)
{
    size_t at = build_begin(b, 0x0a0d0d0a);
    build_u32(b, 0x1a2b3c4d);
    build_u16(b, 1);
    build_u16(b, 0);
    build_u64(b, UINT64_MAX);
    build_end(b, at);
}

void build_interface(struct build *b, uint16_t link_type, uint32_t snaplen)
{
    size_t at = build_begin(b, 1);
    build_u16(b, link_type);
    build_u16(b, 0);
    build_u32(b, snaplen);
    build_end(b, at);
}

size_t build_packet_begin(struct build *b, uint32_t interface, uint64_t units, size_t n)
{
    size_t at = build_begin(b, 6);
    build_u32(b, interface);
    build_u32(b, (uint32_t)(units >> 32));
    build_u32(b, (uint32_t)units);
    build_u32(b, (uint32_t)n);
    build_u32(b, (uint32_t)n + 100);
    build_data(b, n);
    buf_fill(&b->out, '\0', -n & 3);
    return at;
}

void build_packet(struct build *b, uint32_t interface, uint64_t units, size_t n)
{
    build_end(b, build_packet_begin(b, interface, units, n));
}

/* ---- Files
 * ---------------------------------------------------------------------------------------- */

static void write_all(int fd, const void *bytes, size_t n)
{
    const uint8_t *at = bytes;
    while (n > 0) {
        ssize_t k = write(fd, at, n);
        assert_true(k > 0);
        at += k;
        n -= (size_t)k;
    }
}

lamna_source *build_try(const void *bytes, size_t n, lamna_error *err)
{
    int fd = memfd_create("capture", MFD_CLOEXEC);
    assert_true(fd >= 0);
    write_all(fd, bytes, n);
    assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
    return source_open_fd(fd, "memory", NULL, err);
}

lamna_source *build_open(const struct build *b)
{
    lamna_error err;
    lamna_source *src = build_try(b->out.data, b->out.length, &err);
    if (src == NULL)
        fail_msg("%s", err.message);
    return src;
}

char *build_file(const void *bytes, size_t n)
{
    char name[] = "/tmp/lamna-test-XXXXXX";
    int fd = mkstemp(name);
    assert_true(fd >= 0);
    write_all(fd, bytes, n);
    assert_int_equal(close(fd), 0);
    return strdup(name);
}

void build_unlink(char *path)
{
    (void)unlink(path);
    free(path);
}

uint8_t *build_slurp(const char *path, size_t *n)
{
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    struct stat st;
    assert_int_equal(fstat(fileno(file), &st), 0);
    *n = (size_t)st.st_size;
    uint8_t *bytes = malloc(*n + 1);
    assert_non_null(bytes);
    assert_int_equal(fread(bytes, 1, *n, file), *n);
    (void)fclose(file);
    return bytes;
}

void build_free(struct build *b)
{
    buf_free(&b->out);
}

/* ---- Expectations
 * ---------------------------------------------------------------------------------- */

void expect_packet(lamna_source *src, int64_t time_ns, uint32_t captured, uint32_t length)
{
    lamna_packet_info packet;
    lamna_error err;
    if (lamna_source_next(src, &packet, &err) != LAMNA_OK)
        fail_msg("no packet: %s", err.message);
    assert_int_equal(packet.time_ns, time_ns);
    assert_int_equal(packet.captured, captured);
    assert_int_equal(packet.length, length);
    for (uint32_t i = 0; i < captured; i++)
        assert_int_equal(packet.data[i], (uint8_t)i);
}

uint64_t expect_end(lamna_source *src, lamna_status status)
{
    lamna_packet_info packet;
    lamna_error err;
    assert_int_equal(lamna_source_next(src, &packet, &err), status);
    assert_int_equal(err.status, status);
    /* An end stays the end. */
    assert_int_equal(lamna_source_next(src, &packet, NULL), status);
    return err.offset;
}
