/*
 * image-gif: a picture as GIF (CompuServe, "Graphics Interchange Format", version 89a).
 *
 *     | version 6 | width 2 | height 2 | flags 1 | background 1 | aspect ratio 1 | colours |
 *     then    | 0x21 | kind of extension 1 | data blocks |
 *             | 0x2c | left, top, width, height 2 each | flags 1 | colours | code size 1 | data blocks |
 *             | 0x3b |                                       a data block: | length 1 | ... |, the last is empty
 */
#include "dissect/packet.h"

static const struct value_name extensions[] = {
    VALUE(0x01, "Plain Text"), VALUE(0xf9, "Graphics Control"), VALUE(0xfe, "Comment"),
    VALUE(0xff, "Application"), VALUES_END};

#define FIELDS(X)                                                                                  \
    X(VERSION, "image-gif.version", "Version", STRING, NONE, 0, NULL)                              \
    X(WIDTH, "image-gif.screen.width", "Screen width", UINT16, DEC, 0, NULL)                       \
    X(HEIGHT, "image-gif.screen.height", "Screen height", UINT16, DEC, 0, NULL)                    \
    X(MAP_PRESENT, "image-gif.global.color_map.present", "Global color map is present", UINT8,     \
      DEC, 0x80, NULL)                                                                             \
    X(COLOR_BITS, "image-gif.global.color_bpp", "Bits per color minus 1", UINT8, DEC, 0x70, NULL)  \
    X(MAP_ORDERED, "image-gif.global.color_map.ordered", "Global color map is ordered", UINT8,     \
      DEC, 0x08, NULL)                                                                             \
    X(PIXEL_BITS, "image-gif.global.bpp", "Image bits per pixel minus 1", UINT8, DEC, 0x07, NULL)  \
    X(BACKGROUND, "image-gif.image_background_index", "Background color index", UINT8, DEC, 0,     \
      NULL)                                                                                        \
    X(ASPECT, "image-gif.global.pixel_aspect_ratio", "Global pixel aspect ratio", UINT8, DEC, 0,   \
      NULL)                                                                                        \
    X(MAP, "image-gif.global.color_map", "Global color map", BYTES, NONE, 0, NULL)                 \
    X(EXTENSION, "image-gif.extension", "Extension", NONE, NONE, 0, NULL)                          \
    X(EXTENSION_LABEL, "image-gif.extension.label", "Extension label", UINT8, HEX, 0, extensions)  \
    X(IMAGE, "image-gif.image", "Image", NONE, NONE, 0, NULL)                                      \
    X(LEFT, "image-gif.image.left", "Image left position", UINT16, DEC, 0, NULL)                   \
    X(TOP, "image-gif.image.top", "Image top position", UINT16, DEC, 0, NULL)                      \
    X(IMAGE_WIDTH, "image-gif.image.width", "Image width", UINT16, DEC, 0, NULL)                   \
    X(IMAGE_HEIGHT, "image-gif.image.height", "Image height", UINT16, DEC, 0, NULL)                \
    X(LOCAL_PRESENT, "image-gif.local.color_map.present", "Local color map is present", UINT8,     \
      DEC, 0x80, NULL)                                                                             \
    X(LOCAL_BITS, "image-gif.local.color_bpp", "Bits per color minus 1", UINT8, DEC, 0x70, NULL)   \
    X(LOCAL_ORDERED, "image-gif.local.color_map.ordered", "Local color map is ordered", UINT8,     \
      DEC, 0x08, NULL)                                                                             \
    X(LOCAL_MAP, "image-gif.local.color_map", "Local color map", BYTES, NONE, 0, NULL)             \
    X(CODE_SIZE, "image-gif.image.code_size", "LZW minimum code size", UINT8, DEC, 0, NULL)        \
    X(TRAILER, "image-gif.end", "Trailer (End of the GIF stream)", NONE, NONE, 0, NULL)

FIELD_TABLE(FIELDS);

enum { VERSION_LENGTH = 6, EXTENSION_BLOCK = 0x21, IMAGE_BLOCK = 0x2c, END_BLOCK = 0x3b };
enum { HAS_MAP = 0x80, PIXEL_MASK = 7 };

/* The flags, of the screen or of a picture; which map is sorted is told since version 89a. Returns the bytes of
 * the map. */
static uint32_t put_settings(struct packet *p, struct cursor *c, const unsigned fields[3],
                             const char *what, bool sorted)
{
    const uint8_t *b = cursor_take(c, 1);
    if (b == NULL)
        return 0;
    uint32_t tree = tree_text(p, c, c->pos - 1, 1, "%s settings: (%u bits per pixel)", what,
                              (*b & PIXEL_MASK) + 1u);
    put_bits(p, c, fields[0], c->pos - 1, 1, *b);
    put_bits(p, c, fields[1], c->pos - 1, 1, *b);
    if (sorted)
        put_bits(p, c, fields[2], c->pos - 1, 1, *b);
    put_bits(p, c, PIXEL_BITS, c->pos - 1, 1, *b);
    tree_end(p, tree);
    return *b & HAS_MAP ? 3u << ((*b & PIXEL_MASK) + 1) : 0;
}

static void put_blocks(struct packet *p, struct cursor *c)
{
    const uint8_t *n;
    do {
        n = cursor_take(c, 1);
        if (n == NULL)
            return;
        tree_end(p, tree_text(p, c, c->pos - 1, *n + 1u, "Data block (length = %u)", *n));
        cursor_skip(c, *n);
    } while (*n > 0 && c->fault == CURSOR_OK);
}

static void put_extension(struct packet *p, struct cursor *c)
{
    put_mark(p, c, EXTENSION);
    uint32_t tree = tree_begin(p, EXTENSION);
    cursor_skip(c, 1);
    (void)put_u8(p, c, EXTENSION_LABEL);
    put_blocks(p, c);
    tree_end(p, tree);
}

static void put_image(struct packet *p, struct cursor *c, bool sorted)
{
    static const unsigned fields[] = {LOCAL_PRESENT, LOCAL_BITS, LOCAL_ORDERED};
    put_mark(p, c, IMAGE);
    uint32_t tree = tree_begin(p, IMAGE);
    cursor_skip(c, 1);
    for (unsigned field = LEFT; field <= IMAGE_HEIGHT; field++)
        (void)put_uint_le(p, c, field, 2);
    uint32_t n = put_settings(p, c, fields, "Local", sorted);
    if (n > 0)
        (void)put_bytes(p, c, LOCAL_MAP, n);
    (void)put_u8(p, c, CODE_SIZE);
    put_blocks(p, c);
    tree_end(p, tree);
}

static void put_screen(struct packet *p, struct cursor *c, bool sorted)
{
    static const unsigned fields[] = {MAP_PRESENT, COLOR_BITS, MAP_ORDERED};
    (void)put_uint_le(p, c, WIDTH, 2);
    (void)put_uint_le(p, c, HEIGHT, 2);
    uint32_t n = put_settings(p, c, fields, "Global", sorted);
    (void)put_u8(p, c, BACKGROUND);
    const uint8_t *aspect = cursor_take(c, 1);
    if (aspect != NULL && *aspect != 0 && sorted)
        put_uint(p, c, ASPECT, c->pos - 1, 1, *aspect);
    if (n > 0)
        (void)put_bytes(p, c, MAP, n);
}

static void dissect(struct packet *p, struct cursor *c)
{
    const uint8_t *version = cursor_peek(c, 0, VERSION_LENGTH);
    if (version == NULL || memcmp(version, "GIF", 3) != 0) {
        cursor_skip(c, cursor_captured(c));
        return;
    }
    bool sorted = memcmp(version, "GIF89a", VERSION_LENGTH) == 0;
    title(p, "Compuserve GIF, Version: %.6s", (const char *)version);
    column_add(p, packet_text(p, " (%.6s)", (const char *)version));
    (void)put_bytes(p, c, VERSION, VERSION_LENGTH);
    put_screen(p, c, sorted);
    bool more = true;
    while (more && cursor_captured(c) > 0 && c->fault == CURSOR_OK) {
        uint8_t kind = *cursor_peek(c, 0, 1);
        more = kind == EXTENSION_BLOCK || kind == IMAGE_BLOCK;
        if (kind == EXTENSION_BLOCK)
            put_extension(p, c);
        else if (kind == IMAGE_BLOCK)
            put_image(p, c, sorted);
        else if (kind == END_BLOCK)
            put_mark(p, c, TRAILER);
    }
    if (c->fault == CURSOR_OK)
        cursor_skip(c, cursor_captured(c));
}

static const struct binding bindings[] = {BOUND_TEXT("media_type", "image/gif"), {NULL, 0, NULL}};

const struct protocol proto_image_gif = {.name = "image-gif",
                                         .title = "Compuserve GIF",
                                         FIELDS_OF_THIS_FILE,
                                         .bindings = bindings,
                                         .dissect = dissect};
