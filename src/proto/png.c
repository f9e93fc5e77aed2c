/*
 * png: Portable Network Graphics (W3C, Second Edition), chunk by chunk.
 *
 *     signature  *( length(4) type(4) data CRC(4) )
 */
#include <string.h>

#include "dissect/packet.h"

static const struct value_name chunks[] = {
    VALUE(0x49484452, "Image Header"),
    VALUE(0x504c5445, "Palette"),
    VALUE(0x49444154, "Image data chunk"),
    VALUE(0x49454e44, "Image Trailer"),
    VALUE(0x624b4744, "Background colour"),
    VALUE(0x6348524d, "Primary chromaticities and white point"),
    VALUE(0x67414d41, "Image gamma"),
    VALUE(0x69434350, "Embedded ICC profile"),
    VALUE(0x70485973, "Physical pixel dimensions"),
    VALUE(0x73424954, "Significant bits"),
    VALUE(0x73524742, "Standard RGB colour space"),
    VALUE(0x74455874, "Textual data"),
    VALUE(0x74494d45, "Image last-modification time"),
    VALUE(0x74524e53, "Transparency"),
    VALUE(0x7a545874, "Compressed textual data"),
    VALUE(0x69545874, "International textual data"),
    VALUES_END};
static const struct value_name colours[] = {VALUE(0, "Greyscale"),
                                            VALUE(2, "Truecolour"),
                                            VALUE(3, "Indexed-colour"),
                                            VALUE(4, "Greyscale with alpha"),
                                            VALUE(6, "Truecolour with alpha"),
                                            VALUES_END};
static const struct value_name compressions[] = {VALUE(0, "Deflate"), VALUES_END};
static const struct value_name filters[] = {VALUE(0, "Adaptive"), VALUES_END};
static const struct value_name interlaces[] = {VALUE(0, "No interlace"), VALUE(1, "Adam7"),
                                               VALUES_END};
static const struct value_name intents[] = {
    VALUE(0, "Perceptual"), VALUE(1, "Relative colorimetric"), VALUE(2, "Saturation"),
    VALUE(3, "Absolute colorimetric"), VALUES_END};
static const struct value_name units[] = {VALUE(0, "Unit is unknown"), VALUE(1, "Unit is METRE"),
                                          VALUES_END};

#define FIELDS(X)                                                                                  \
    X(SIGNATURE, "png.signature", "PNG Signature", BYTES, NONE, 0, NULL)                           \
    X(LENGTH, "png.chunk.len", "Len", UINT32, DEC, 0, NULL)                                        \
    X(TYPE, "png.chunk.type", "Chunk", STRING, NONE, 0, NULL)                                      \
    X(ANCILLARY, "png.chunk.flag.ancillary", "Ancillary", BOOLEAN, 32, 0x20000000, NULL)           \
    X(PRIVATE, "png.chunk.flag.private", "Private", BOOLEAN, 32, 0x200000, NULL)                   \
    X(SAFE, "png.chunk.flag.stc", "Safe To Copy", BOOLEAN, 32, 0x20, NULL)                         \
    X(DATA, "png.chunk.data", "Data", NONE, NONE, 0, NULL)                                         \
    X(CRC, "png.chunk.crc", "CRC", UINT32, HEX, 0, NULL)                                           \
    X(WIDTH, "png.ihdr.width", "Width", UINT32, DEC, 0, NULL)                                      \
    X(HEIGHT, "png.ihdr.height", "Height", UINT32, DEC, 0, NULL)                                   \
    X(BIT_DEPTH, "png.ihdr.bitdepth", "Bit Depth", UINT8, DEC, 0, NULL)                            \
    X(COLOUR_TYPE, "png.ihdr.colour_type", "Colour Type", UINT8, DEC, 0, colours)                  \
    X(COMPRESSION, "png.ihdr.compression_method", "Compression Method", UINT8, DEC, 0,             \
      compressions)                                                                                \
    X(FILTER, "png.ihdr.filter_method", "Filter Method", UINT8, DEC, 0, filters)                   \
    X(INTERLACE, "png.ihdr.interlace_method", "Interlace Method", UINT8, DEC, 0, interlaces)       \
    X(INTENT, "png.srgb.intent", "Intent", UINT8, DEC, 0, intents)                                 \
    X(KEYWORD, "png.text.keyword", "Keyword", STRING, NONE, 0, NULL)                               \
    X(TEXT, "png.text.string", "String", STRING, NONE, 0, NULL)                                    \
    X(YEAR, "png.time.year", "Year", UINT16, DEC, 0, NULL)                                         \
    X(MONTH, "png.time.month", "Month", UINT8, DEC, 0, NULL)                                       \
    X(DAY, "png.time.day", "Day", UINT8, DEC, 0, NULL)                                             \
    X(HOUR, "png.time.hour", "Hour", UINT8, DEC, 0, NULL)                                          \
    X(MINUTE, "png.time.minute", "Minute", UINT8, DEC, 0, NULL)                                    \
    X(SECOND, "png.time.second", "Second", UINT8, DEC, 0, NULL)                                    \
    X(HORIZONTAL, "png.phys.horiz", "Horizontal pixels per unit", UINT32, DEC, 0, NULL)            \
    X(VERTICAL, "png.phys.vert", "Vertical pixels per unit", UINT32, DEC, 0, NULL)                 \
    X(UNIT, "png.phys.unit", "Unit", UINT8, DEC, 0, units)                                         \
    X(BACKGROUND_INDEX, "png.bkgd.palette_index", "Palette Index", UINT8, DEC, 0, NULL)            \
    X(BACKGROUND_GREY, "png.bkgd.greyscale", "Greyscale", UINT16, HEX, 0, NULL)                    \
    X(BACKGROUND_RED, "png.bkgd.red", "Red", UINT16, HEX, 0, NULL)                                 \
    X(BACKGROUND_GREEN, "png.bkgd.green", "Green", UINT16, HEX, 0, NULL)                           \
    X(BACKGROUND_BLUE, "png.bkgd.blue", "Blue", UINT16, HEX, 0, NULL)

FIELD_TABLE(FIELDS);

static const uint8_t signature[] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};

static bool probe(const struct packet *p, const struct cursor *c)
{
    const uint8_t *b = cursor_peek(c, 0, sizeof signature);
    (void)p;
    return b != NULL && memcmp(b, signature, sizeof signature) == 0;
}

static void put_header(struct packet *p, struct cursor *c)
{
    put_u32(p, c, WIDTH);
    put_u32(p, c, HEIGHT);
    put_u8(p, c, BIT_DEPTH);
    put_u8(p, c, COLOUR_TYPE);
    put_u8(p, c, COMPRESSION);
    put_u8(p, c, FILTER);
    put_u8(p, c, INTERLACE);
}

/* keyword NUL text */
static void put_text(struct packet *p, struct cursor *c)
{
    uint32_t n = cursor_captured(c);
    const uint8_t *b = cursor_peek(c, 0, n);
    uint32_t keyword = b == NULL ? 0 : (uint32_t)strnlen((const char *)b, n);
    put_bytes(p, c, KEYWORD, keyword);
    if (keyword < n)
        cursor_skip(c, 1);
    put_bytes(p, c, TEXT, cursor_captured(c));
}

static void put_time_of_change(struct packet *p, struct cursor *c)
{
    put_u16(p, c, YEAR);
    for (unsigned field = MONTH; field <= SECOND; field++)
        put_u8(p, c, field);
}

static void put_background(struct packet *p, struct cursor *c)
{
    switch (cursor_left(c)) {
    case 1:
        put_u8(p, c, BACKGROUND_INDEX);
        break;
    case 2:
        put_u16(p, c, BACKGROUND_GREY);
        break;
    default:
        put_u16(p, c, BACKGROUND_RED);
        put_u16(p, c, BACKGROUND_GREEN);
        put_u16(p, c, BACKGROUND_BLUE);
        break;
    }
}

static void put_content(struct packet *p, struct cursor *c, uint32_t type)
{
    switch (type) {
    case 0x49484452: /* IHDR */
        put_header(p, c);
        break;
    case 0x73524742: /* sRGB */
        put_u8(p, c, INTENT);
        break;
    case 0x74455874: /* tEXt */
        put_text(p, c);
        break;
    case 0x74494d45: /* tIME */
        put_time_of_change(p, c);
        break;
    case 0x70485973: /* pHYs */
        put_u32(p, c, HORIZONTAL);
        put_u32(p, c, VERTICAL);
        put_u8(p, c, UNIT);
        break;
    case 0x624b4744: /* bKGD */
        put_background(p, c);
        break;
    default:
        if (cursor_left(c) > 0)
            put_data(p, c, DATA, c->pos, cursor_captured(c), "", 0);
        break;
    }
}

static void put_chunk(struct packet *p, struct cursor *c)
{
    const uint8_t *head = cursor_peek(c, 0, 8);
    uint32_t n = head == NULL ? 0 : be32(head), type = head == NULL ? 0 : be32(head + 4);
    const char *name = value_name_find(chunks, type);
    uint32_t start = c->pos;
    uint32_t tree = tree_text(p, c, start, 8, "%s (%.4s)", name == NULL ? "Chunk" : name,
                              head == NULL ? "" : (const char *)(head + 4));
    put_u32(p, c, LENGTH);
    put_bytes(p, c, TYPE, 4);
    put_flags(p, c, ANCILLARY, 3, start + 4, 4, type);
    struct cursor data = cursor_part(c, n);
    put_content(p, &data, type);
    put_u32(p, c, CRC);
    tree_end(p, tree);
}

static void dissect(struct packet *p, struct cursor *c)
{
    put_bytes(p, c, SIGNATURE, sizeof signature);
    while (cursor_left(c) > 0)
        put_chunk(p, c);
    info_add(p, " (PNG)");
}

static const struct binding bindings[] = {
    BOUND_TEXT("media_type", "image/png"), {"http", HEURISTIC, NULL}, {NULL, 0, NULL}};

const struct protocol proto_png = {.name = "png",
                                   .title = "Portable Network Graphics",
                                   FIELDS_OF_THIS_FILE,
                                   .bindings = bindings,
                                   .probe = probe,
                                   .dissect = dissect};
