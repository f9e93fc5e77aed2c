/* Ciphers and key derivation against the vectors of the RFCs, and key logs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "crypto/crypto.h"
#include "crypto/keylog.h"

static size_t from_hex(const char *hex, uint8_t *bytes)
{
    size_t n = strlen(hex) / 2;
    for (size_t i = 0; i < n; i++)
        assert_int_equal(sscanf(hex + 2 * i, "%2hhx", &bytes[i]), 1);
    return n;
}

static void assert_hex(const uint8_t *bytes, const char *hex)
{
    uint8_t expected[256];
    size_t n = from_hex(hex, expected);
    assert_memory_equal(bytes, expected, n);
}

/* RFC 9001, appendix A.1 and A.2. */
static void test_quic_initial(void **state)
{
    struct crypto c;
    uint8_t salt[32], id[32], initial[48], client[48], key[16], iv[12], hp[16], sample[16],
        mask[16];
    (void)state;
    crypto_init(&c);
    size_t salt_n = from_hex("38762cf7f55934b34d179ae6a4c80cadccbb7f0a", salt);
    size_t id_n = from_hex("8394c8f03e515708", id);
    assert_true(crypto_hkdf_extract(CRYPTO_SHA256, (struct crypto_bytes){salt, salt_n},
                                    (struct crypto_bytes){id, id_n}, initial));
    assert_hex(initial, "7db5df06e7a69e432496adedb00851923595221596ae2ae9fb8115c1e9ed0a44");
    struct crypto_bytes secret = {initial, 32};
    assert_true(crypto_expand_label(CRYPTO_SHA256, secret, "tls13 client in", client, 32));
    assert_hex(client, "c00cf151ca5be075ed0ebfb5c80323c42d6b7db67881289af4008f1f6c357aea");
    secret.at = client;
    assert_true(crypto_expand_label(CRYPTO_SHA256, secret, "tls13 quic key", key, 16));
    assert_true(crypto_expand_label(CRYPTO_SHA256, secret, "tls13 quic iv", iv, 12));
    assert_true(crypto_expand_label(CRYPTO_SHA256, secret, "tls13 quic hp", hp, 16));
    assert_hex(key, "1f369613dd76d5467730efcbe3b1a22d");
    assert_hex(iv, "fa044b2f42a3fd3b46fb255c");
    assert_hex(hp, "9f50449e04a0e810283a1e9933adedd2");
    (void)from_hex("d1b1c98dd7689fb8ec11d242b123dc9b", sample);
    assert_true(crypto_mask(&c, CRYPTO_AES_128_GCM, hp, sample, mask));
    assert_hex(mask, "437b9aec36");
    crypto_free(&c);
}

/* RFC 9001, appendix A.5. */
static void test_chacha(void **state)
{
    struct crypto c;
    uint8_t secret[32], key[32], hp[32], nonce[12], header[4], packet[17], sample[16], mask[16],
        out[16];
    (void)state;
    crypto_init(&c);
    (void)from_hex("9ac312a7f877468ebe69422748ad00a15443f18203a07d6060f688f30f21632b", secret);
    struct crypto_bytes from = {secret, 32};
    assert_true(crypto_expand_label(CRYPTO_SHA256, from, "tls13 quic key", key, 32));
    assert_true(crypto_expand_label(CRYPTO_SHA256, from, "tls13 quic hp", hp, 32));
    (void)from_hex("e0459b3474bdd0e46d417eb0", nonce);
    (void)from_hex("4200bff4", header);
    (void)from_hex("655e5cd55c41f69080575d7999c25a5bfb", packet);
    struct crypto_bytes aad = {header, 4};
    assert_true(crypto_open(&c, CRYPTO_CHACHA20_POLY1305, key, nonce, aad, packet, 17, out));
    assert_int_equal(out[0], 1);
    packet[3] ^= 1;
    assert_false(crypto_open(&c, CRYPTO_CHACHA20_POLY1305, key, nonce, aad, packet, 17, out));
    assert_false(crypto_open(&c, CRYPTO_CHACHA20_POLY1305, key, nonce, aad, packet, 15, out));
    (void)from_hex("5e5cd55c41f69080575d7999c25a5bfb", sample);
    assert_true(crypto_mask(&c, CRYPTO_CHACHA20_POLY1305, hp, sample, mask));
    assert_hex(mask, "aefefe7d03");
    crypto_free(&c);
}

/* Made with another implementation (Python's cryptography): a key and a nonce of zeros, no additional
 * data, the text "lamna". */
static void test_ccm(void **state)
{
    struct crypto c;
    uint8_t key[16] = {0}, nonce[12] = {0}, in[21], out[16];
    struct crypto_bytes none = {NULL, 0};
    (void)state;
    crypto_init(&c);
    size_t n = from_hex("02a632dc83768b6ca3497d56546e5a4b5711f70ef4", in);
    assert_true(crypto_open(&c, CRYPTO_AES_128_CCM, key, nonce, none, in, n, out));
    assert_memory_equal(out, "lamna", 5);
    n = from_hex("02a632dc83454aa01e38ef2470", in);
    assert_true(crypto_open(&c, CRYPTO_AES_128_CCM_8, key, nonce, none, in, n, out));
    assert_memory_equal(out, "lamna", 5);
    in[0] ^= 1;
    assert_false(crypto_open(&c, CRYPTO_AES_128_CCM_8, key, nonce, none, in, n, out));
    crypto_free(&c);
}

/* NIST SP 800-38A, F.2.2. */
static void test_cbc(void **state)
{
    struct crypto c;
    uint8_t key[16], iv[16], in[16], out[16];
    (void)state;
    crypto_init(&c);
    (void)from_hex("2b7e151628aed2a6abf7158809cf4f3c", key);
    (void)from_hex("000102030405060708090a0b0c0d0e0f", iv);
    (void)from_hex("7649abac8119b246cee98e9b12e9197d", in);
    assert_true(crypto_cbc(&c, CRYPTO_AES_128_CBC, key, iv, in, 16, out));
    assert_hex(out, "6bc1bee22e409f96e93d7e117393172a");
    assert_false(crypto_cbc(&c, CRYPTO_AES_128_CBC, key, iv, in, 15, out));
    crypto_free(&c);
}

/* RFC 6229, a key of 40 bits; in two pieces. */
static void test_rc4(void **state)
{
    struct crypto_rc4 rc4;
    const uint8_t key[5] = {1, 2, 3, 4, 5}, zeros[16] = {0};
    uint8_t out[16];
    (void)state;
    crypto_rc4_begin(&rc4, key, sizeof key);
    crypto_rc4_run(&rc4, zeros, 7, out);
    crypto_rc4_run(&rc4, zeros, 9, out + 7);
    assert_hex(out, "b2396305f03dc027ccc3524a0a1118a8");
}

/* What people test the PRF of TLS 1.2 with: it has no vectors in its RFC. */
static void test_prf(void **state)
{
    uint8_t secret[16], seed[16], out[32];
    (void)state;
    (void)from_hex("9bbe436ba940f017b17652849a71db35", secret);
    (void)from_hex("a0ba9f936cda311827a6f796ffd5198c", seed);
    struct crypto_bytes s = {secret, 16}, from = {seed, 16};
    assert_true(crypto_prf(CRYPTO_SHA256, s, "test label", from, out, 32));
    assert_hex(out, "e3f229ba727be17b8d122620557cd453c2aab21d07c3d495329b52d4e61edb5a");
    from.n = 500;
    assert_false(crypto_prf(CRYPTO_SHA256, s, "test label", from, out, 32));
}

/* ---- Key logs -------------------------------------------------------------------------------- */

#define RANDOM "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"

static const uint8_t random_bytes[32] = {
    0x00, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff,
    0x00, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff};

static void add(struct keylog *log, const char *text)
{
    keylog_add_text(log, text, strlen(text));
}

static void test_lines(void **state)
{
    struct keylog log;
    (void)state;
    keylog_init(&log);
    assert_null(keylog_find(&log, SECRET_MASTER, random_bytes, 32));
    add(&log, "# a comment\r\nCLIENT_RANDOM " RANDOM " 0a0B\r\n"
              "SERVER_TRAFFIC_SECRET_0 " RANDOM "  0c\nRSA Session-ID:0011 Master-Key:0d0e\n"
              "RSA 0011223344556677 0f");
    const struct secret *s = keylog_find(&log, SECRET_MASTER, random_bytes, 32);
    assert_non_null(s);
    assert_int_equal(s->length, 2);
    assert_memory_equal(s->bytes, "\x0a\x0b", 2);
    s = keylog_find(&log, SECRET_SERVER_TRAFFIC, random_bytes, 32);
    assert_true(s != NULL && s->bytes[0] == 0x0c);
    assert_null(keylog_find(&log, SECRET_CLIENT_TRAFFIC, random_bytes, 32));
    s = keylog_find(&log, SECRET_SESSION, random_bytes, 2);
    assert_true(s != NULL && s->bytes[1] == 0x0e);
    s = keylog_find(&log, SECRET_RSA_PREMASTER, random_bytes, 8);
    assert_true(s != NULL && s->bytes[0] == 0x0f);
    assert_int_equal(keylog_changes(&log), 4);
    keylog_free(&log);
}

/* None of these says anything, and none spoils what follows. */
static void test_damaged_lines(void **state)
{
    struct keylog log;
    (void)state;
    keylog_init(&log);
    add(&log,
        "\n\nCLIENT_RANDOM\nCLIENT_RANDOM " RANDOM "\nCLIENT_RANDOM " RANDOM " 0\n"
        "CLIENT_RANDOM " RANDOM "00 01\nCLIENT_RANDOM " RANDOM " zz\nSOMETHING " RANDOM " 01\n"
        "RSA Session-ID: Master-Key:01\n");
    keylog_add_text(&log, "CLIENT_RANDOM\0" RANDOM " 01\n", 82);
    char *endless = calloc(1, 5001);
    assert_non_null(endless);
    memset(endless, 'x', 5000);
    add(&log, endless);
    free(endless);
    assert_false(keylog_any(&log));
    add(&log, "\nCLIENT_RANDOM " RANDOM " 01\n");
    assert_true(keylog_any(&log));
    keylog_free(&log);
}

/* Of the same connection what was said last holds; a log looks in those behind it. */
static void test_more(void **state)
{
    struct keylog log, behind;
    (void)state;
    keylog_init(&log);
    keylog_init(&behind);
    log.more = &behind;
    add(&behind, "CLIENT_RANDOM " RANDOM " 01\n");
    assert_int_equal(keylog_find(&log, SECRET_MASTER, random_bytes, 32)->bytes[0], 1);
    add(&log, "CLIENT_RANDOM " RANDOM " 02\n");
    uint32_t changes = keylog_changes(&log);
    add(&log, "CLIENT_RANDOM " RANDOM " 02\n");
    assert_int_equal(keylog_changes(&log), changes);
    add(&log, "CLIENT_RANDOM " RANDOM " 03\n");
    assert_int_equal(keylog_find(&log, SECRET_MASTER, random_bytes, 32)->bytes[0], 3);
    keylog_free(&log);
    keylog_free(&behind);
}

static void append(const char *path, const char *text)
{
    FILE *file = fopen(path, "ae");
    assert_non_null(file);
    assert_int_equal(fputs(text, file) >= 0, 1);
    assert_int_equal(fclose(file), 0);
}

static void test_file_that_grows(void **state)
{
    struct keylog log;
    lamna_error err;
    char path[] = "/tmp/lamna-keylog-XXXXXX";
    (void)state;
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    (void)close(fd);
    keylog_init(&log);
    assert_int_equal(keylog_open(&log, path, &err), LAMNA_OK);
    assert_false(keylog_any(&log));
    append(path, "CLIENT_RANDOM " RANDOM);
    keylog_refresh(&log);
    assert_false(keylog_any(&log));
    append(path, " 01\nSERVER_TRAFFIC_SECRET_0 " RANDOM " 02\n");
    keylog_refresh(&log);
    assert_non_null(keylog_find(&log, SECRET_MASTER, random_bytes, 32));
    assert_non_null(keylog_find(&log, SECRET_SERVER_TRAFFIC, random_bytes, 32));
    (void)unlink(path);
    keylog_free(&log);
    assert_int_equal(keylog_open(&log, "/nonexistent/keys", &err), LAMNA_ERR_IO);
    assert_non_null(strstr(err.message, "/nonexistent/keys"));
    keylog_free(&log);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_quic_initial), cmocka_unit_test(test_chacha),
        cmocka_unit_test(test_ccm),          cmocka_unit_test(test_cbc),
        cmocka_unit_test(test_rc4),          cmocka_unit_test(test_prf),
        cmocka_unit_test(test_lines),        cmocka_unit_test(test_damaged_lines),
        cmocka_unit_test(test_more),         cmocka_unit_test(test_file_that_grows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
