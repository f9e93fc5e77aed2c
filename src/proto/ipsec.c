/*
 * ipsec: Authentication Header (RFC 4302), Encapsulating Security Payload (RFC 4303) and IP Payload
 * Compression (RFC 3173).
 *
 *     AH      | next 1 | length 1, in words, less 2 | reserved 2 | SPI 4 | sequence 4 | ICV ...
 *     ESP     | SPI 4 | sequence 4 | encrypted ...
 *     IPComp  | next 1 | flags 1 | CPI 2 | compressed ...
 */
#include "dissect/coding.h"
#include "dissect/names.h"

static const struct value_name cpi_names[] = {VALUE(1, "OUI"), VALUE(2, "DEFLATE"), VALUE(3, "LZS"),
                                              VALUES_END};

#define AH_FIELDS(X)                                                                               \
    X(AH_NEXT, "ah.next_header", "Next header", UINT8, DEC, 0, ip_protocol_names)                  \
    X(AH_LENGTH, "ah.length", "Length", UINT8, DEC, 0, NULL)                                       \
    X(AH_RESERVED, "ah.reserved", "Reserved", BYTES, NONE, 0, NULL)                                \
    X(AH_SPI, "ah.spi", "AH SPI", UINT32, HEX, 0, NULL)                                            \
    X(AH_SEQUENCE, "ah.sequence", "AH Sequence", UINT32, DEC, 0, NULL)                             \
    X(AH_ICV, "ah.icv", "AH ICV", BYTES, NONE, 0, NULL)
#define ESP_FIELDS(X)                                                                              \
    X(ESP_SPI, "esp.spi", "ESP SPI", UINT32, HEX_DEC, 0, NULL)                                     \
    X(ESP_SEQUENCE, "esp.sequence", "ESP Sequence", UINT32, DEC, 0, NULL)
#define IPCOMP_FIELDS(X)                                                                           \
    X(IPCOMP_NEXT, "ipcomp.next_header", "Next Header", UINT8, HEX, 0, ip_protocol_names)          \
    X(IPCOMP_FLAGS, "ipcomp.flags", "IPComp Flags", UINT8, HEX, 0, NULL)                           \
    X(IPCOMP_CPI, "ipcomp.cpi", "IPComp CPI", UINT16, HEX, 0, cpi_names)

enum { AH_FIELDS(FIELD_ID) AH_COUNT };
enum { ESP_FIELDS(FIELD_ID) ESP_COUNT };
enum { IPCOMP_FIELDS(FIELD_ID) IPCOMP_COUNT };
static const struct field_def ah_fields[] = {AH_FIELDS(FIELD_ROW)};
static const struct field_def esp_fields[] = {ESP_FIELDS(FIELD_ROW)};
static const struct field_def ipcomp_fields[] = {IPCOMP_FIELDS(FIELD_ROW)};

enum { PROTO_TABLE, CPI_DEFLATE = 2, CPI_NEGOTIATED = 256 };

static void dissect_ah(struct packet *p, struct cursor *c)
{
    uint8_t protocol = put_u8(p, c, AH_NEXT);
    uint32_t length = put_u8(p, c, AH_LENGTH);
    label(p, AH_LENGTH, "Length: %u (%u bytes)", length, (length + 2) * 4);
    (void)put_bytes(p, c, AH_RESERVED, 2);
    uint32_t spi = put_u32(p, c, AH_SPI);
    (void)put_u32(p, c, AH_SEQUENCE);
    if (length > 1)
        (void)put_bytes(p, c, AH_ICV, (length - 1) * 4);
    info_set(p, "AH (SPI=0x%08x)", spi);
    if (c->fault != CURSOR_OK)
        return;
    p->net.protocol = protocol;
    if (!next(p, c, PROTO_TABLE, protocol))
        next_data(p, c);
}

/* What is encrypted is not shown: there is no key. */
static void dissect_esp(struct packet *p, struct cursor *c)
{
    uint32_t spi = put_u32(p, c, ESP_SPI);
    (void)put_u32(p, c, ESP_SEQUENCE);
    info_set(p, "ESP (SPI=0x%08x)", spi);
}

/* Compressed with deflate, if the CPI says so, or was negotiated (RFC 3173, section 3.3; RFC 2394). */
static bool may_be_deflated(uint16_t cpi)
{
    return cpi == CPI_DEFLATE || cpi >= CPI_NEGOTIATED;
}

/* What it says, behind the bytes as they are. */
static void dissect_inflated(struct packet *p, const struct cursor *compressed, uint8_t protocol)
{
    uint32_t n = 0, left = cursor_captured(compressed);
    const uint8_t *bytes = cursor_peek(compressed, 0, left);
    const uint8_t *said = coding_decode(p, CODING_DEFLATE, bytes, left, &n);
    if (said == NULL || n == 0)
        return;
    struct cursor c = cursor_over(p, "IPComp inflated data", said, n);
    p->net.protocol = protocol;
    if (!next(p, &c, PROTO_TABLE, protocol))
        next_data(p, &c);
}

static void dissect_ipcomp(struct packet *p, struct cursor *c)
{
    uint8_t protocol = put_u8(p, c, IPCOMP_NEXT);
    (void)put_u8(p, c, IPCOMP_FLAGS);
    uint16_t cpi = put_u16(p, c, IPCOMP_CPI);
    const char *name = value_name_find(cpi_names, cpi);
    info_set(p, "IPComp (CPI=%s)", name != NULL ? name : packet_text(p, "0x%04x", cpi));
    struct cursor compressed = *c;
    next_data(p, c);
    if (compressed.fault == CURSOR_OK && cursor_captured(&compressed) > 0 && may_be_deflated(cpi))
        dissect_inflated(p, &compressed, protocol);
}

static const char *const tables[] = {"ip.proto", NULL};
static const struct binding ah_bindings[] = {{"ip.proto", 51}, {NULL, 0}};
static const struct binding esp_bindings[] = {{"ip.proto", 50}, {NULL, 0}};
static const struct binding ipcomp_bindings[] = {{"ip.proto", 108}, {NULL, 0}};

const struct protocol proto_ah = {.name = "ah",
                                  .title = "Authentication Header",
                                  .column = "AH",
                                  .fields = ah_fields,
                                  .field_count = AH_COUNT,
                                  .tables = tables,
                                  .bindings = ah_bindings,
                                  .dissect = dissect_ah};
const struct protocol proto_esp = {.name = "esp",
                                   .title = "Encapsulating Security Payload",
                                   .column = "ESP",
                                   .fields = esp_fields,
                                   .field_count = ESP_COUNT,
                                   .bindings = esp_bindings,
                                   .dissect = dissect_esp};
const struct protocol proto_ipcomp = {.name = "ipcomp",
                                      .title = "IP Payload Compression",
                                      .column = "IPComp",
                                      .fields = ipcomp_fields,
                                      .field_count = IPCOMP_COUNT,
                                      .tables = tables,
                                      .bindings = ipcomp_bindings,
                                      .dissect = dissect_ipcomp};
