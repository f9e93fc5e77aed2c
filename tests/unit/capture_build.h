/* capture_build: bytes of capture files for the tests of src/capture, put together field by field.
 */
#ifndef TESTS_CAPTURE_BUILD_H
#define TESTS_CAPTURE_BUILD_H

#include "base/buf.h"
#include "lamna.h"

/* What the numbers of a file are written in. */
struct build {
    struct buf out;
    bool big;
};

void build_u16(struct build *b, uint16_t v);
void build_u32(struct build *b, uint32_t v);
void build_u64(struct build *b, uint64_t v);

/* pcap */
void build_pcap_header(struct build *b, uint32_t magic, uint16_t minor, uint32_t link_word);
/* A record header of 16 bytes; `extra` zero bytes follow it, then n bytes of data: 0, 1, 2 ... */
void build_pcap_record(struct build *b, uint32_t seconds, uint32_t fraction, uint32_t captured,
                       uint32_t length, size_t extra, size_t n);

/* pcapng: between build_begin() and build_end() goes the body of the block */
size_t build_begin(struct build *b, uint32_t type);
void build_end(struct build *b, size_t begin);
void build_option(struct build *b, uint16_t code, const void *value, size_t n);
void build_section(struct build *b);
/* An interface without options. */
void build_interface(struct build *b, uint16_t link_type, uint32_t snaplen);
/* An Enhanced Packet Block up to its options: n bytes of data, padded. */
size_t build_packet_begin(struct build *b, uint32_t interface, uint64_t units, size_t n);
void build_packet(struct build *b, uint32_t interface, uint64_t units, size_t n);

/* A source of these bytes, as if they were a file. Fails the test if it cannot be opened. */
lamna_source *build_open(const struct build *b);
/* As lamna_source_open() for these bytes. */
lamna_source *build_try(const void *bytes, size_t n, lamna_error *err);
/* Writes the bytes to a new file and returns its name, to be given to build_unlink(). */
char *build_file(const void *bytes, size_t n);
void build_unlink(char *path);
/* The whole file, to be freed. */
uint8_t *build_slurp(const char *path, size_t *n);
void build_free(struct build *b);

/* The next packet must be there and have these lengths and this time. */
void expect_packet(lamna_source *src, int64_t time_ns, uint32_t captured, uint32_t length);
/* The next call must end so. Returns the offset in the error. */
uint64_t expect_end(lamna_source *src, lamna_status status);

#endif
