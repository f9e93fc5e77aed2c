/*
 * image-jfif: a picture as JPEG (ITU-T T.81, annex B), in the form of JFIF (ITU-T T.871): segments, and between
 * them data in a code of its own, in which the byte 0xff is followed by 0.
 *
 *     | marker 2 | length 2, itself included | ... |
 */
#include "dissect/packet.h"

static const struct value_name markers[] = {
    VALUE(0xff01, "Reserved - For temporary private use in arithmetic coding"),
    VALUE(0xffc0, "Start of Frame (non-differential, Huffman coding) - Baseline DCT"),
    VALUE(0xffc1, "Start of Frame (non-differential, Huffman coding) - Extended sequential DCT"),
    VALUE(0xffc2, "Start of Frame (non-differential, Huffman coding) - Progressive DCT"),
    VALUE(0xffc3, "Start of Frame (non-differential, Huffman coding) - Lossless (sequential)"),
    VALUE(0xffc4, "Define Huffman table(s)"),
    VALUE(0xffcc, "Define arithmetic coding conditioning(s)"),
    VALUE(0xffd8, "Start of Image"),
    VALUE(0xffd9, "End of Image"),
    VALUE(0xffda, "Start of Scan"),
    VALUE(0xffdb, "Define quantization table(s)"),
    VALUE(0xffdc, "Define number of lines"),
    VALUE(0xffdd, "Define restart interval"),
    VALUE(0xffde, "Define hierarchical progression"),
    VALUE(0xffdf, "Expand reference component(s)"),
    VALUE(0xfffe, "Comment"),
    VALUES_END};
static const struct value_name units[] = {VALUE(0, "No units"), VALUE(1, "Dots per inch"),
                                          VALUE(2, "Dots per centimeter"), VALUES_END};

#define FIELDS(X)                                                                                  \
    X(MARKER, "image-jfif.marker", "Marker", UINT16, HEX, 0, markers)                              \
    X(SEGMENT, "image-jfif.marker_segment", "Marker segment", NONE, NONE, 0, NULL)                 \
    X(LENGTH, "image-jfif.length", "Length", UINT16, DEC, 0, NULL)                                 \
    X(IDENTIFIER, "image-jfif.identifier", "Identifier", STRING, NONE, 0, NULL)                    \
    X(VERSION, "image-jfif.version", "Version", NONE, NONE, 0, NULL)                               \
    X(MAJOR, "image-jfif.version.major", "Major Version", UINT8, DEC, 0, NULL)                     \
    X(MINOR, "image-jfif.version.minor", "Minor Version", UINT8, DEC, 0, NULL)                     \
    X(UNITS, "image-jfif.units", "Units", UINT8, DEC, 0, units)                                    \
    X(X_DENSITY, "image-jfif.Xdensity", "Xdensity", UINT16, DEC, 0, NULL)                          \
    X(Y_DENSITY, "image-jfif.Ydensity", "Ydensity", UINT16, DEC, 0, NULL)                          \
    X(X_THUMBNAIL, "image-jfif.Xthumbnail", "Xthumbnail", UINT16, DEC, 0, NULL)                    \
    X(Y_THUMBNAIL, "image-jfif.Ythumbnail", "Ythumbnail", UINT16, DEC, 0, NULL)                    \
    X(FRAME, "image-jfif.sof", "Start of Frame header", NONE, NONE, 0, NULL)                       \
    X(PRECISION, "image-jfif.sof.precision", "Sample Precision (bits)", UINT8, DEC, 0, NULL)       \
    X(LINES, "image-jfif.sof.lines", "Lines", UINT16, DEC, 0, NULL)                                \
    X(SAMPLES, "image-jfif.sof.samples_per_line", "Samples per line", UINT16, DEC, 0, NULL)        \
    X(FRAME_COUNT, "image-jfif.sof.nf", "Number of image components in frame", UINT8, DEC, 0,      \
      NULL)                                                                                        \
    X(COMPONENT, "image-jfif.sof.c_i", "Component identifier", UINT8, DEC, 0, NULL)                \
    X(HORIZONTAL, "image-jfif.sof.h_i", "Horizontal sampling factor", UINT8, DEC, 0xf0, NULL)      \
    X(VERTICAL, "image-jfif.sof.v_i", "Vertical sampling factor", UINT8, DEC, 0x0f, NULL)          \
    X(TABLE, "image-jfif.sof.tq_i", "Quantization table destination selector", UINT8, DEC, 0,      \
      NULL)                                                                                        \
    X(SCAN, "image-jfif.header.sos", "Start of Segment header", NONE, NONE, 0, NULL)               \
    X(SCAN_COUNT, "image-jfif.sos.ns", "Number of image components in scan", UINT8, DEC, 0, NULL)  \
    X(SELECTOR, "image-jfif.sos.component_selector", "Scan component selector", UINT8, DEC, 0,     \
      NULL)                                                                                        \
    X(DC, "image-jfif.sos.dc_entropy_selector", "DC entropy coding table destination selector",    \
      UINT8, DEC, 0xf0, NULL)                                                                      \
    X(AC, "image-jfif.sos.ac_entropy_selector", "AC entropy coding table destination selector",    \
      UINT8, DEC, 0x0f, NULL)                                                                      \
    X(SPECTRAL_START, "image-jfif.sos.ss", "Start of spectral or predictor selection", UINT8, DEC, \
      0, NULL)                                                                                     \
    X(SPECTRAL_END, "image-jfif.sos.se", "End of spectral selection", UINT8, DEC, 0, NULL)         \
    X(BIT_HIGH, "image-jfif.sos.ah", "Successive approximation bit position high", UINT8, DEC,     \
      0xf0, NULL)                                                                                  \
    X(BIT_LOW, "image-jfif.sos.al",                                                                \
      "Successive approximation bit position low or point transform", UINT8, DEC, 0x0f, NULL)      \
    X(COMMENT_HEADER, "image-jfif.header.comment", "Comment header", NONE, NONE, 0, NULL)          \
    X(COMMENT, "image-jfif.comment", "Comment", STRING, NONE, 0, NULL)                             \
    X(CODED, "image-jfif.entropy_coded_segment", "Entropy-coded segment", BYTES, NONE, 0, NULL)

FIELD_TABLE(FIELDS);

enum {
    RESERVED = 0xff01,
    FRAME_FIRST = 0xffc0,
    FRAME_LAST = 0xffcf,
    HUFFMAN = 0xffc4,
    EXTENSIONS = 0xffc8,
    CONDITIONING = 0xffcc,
    RESTART = 0xffd0, /* the first of eight */
    IMAGE_START = 0xffd8,
    IMAGE_END = 0xffd9,
    SCAN_START = 0xffda,
    APPLICATION = 0xffe0,
    COMMENT_MARK = 0xfffe,
    JFIF_LENGTH = 14
};

static bool begins_frame(uint16_t marker)
{
    return marker >= FRAME_FIRST && marker <= FRAME_LAST && marker != HUFFMAN &&
           marker != EXTENSIONS && marker != CONDITIONING;
}

static bool stands_alone(uint16_t marker)
{
    return marker == RESERVED || (marker >= RESTART && marker <= IMAGE_END);
}

static void put_frame(struct packet *p, struct cursor *c)
{
    (void)put_u8(p, c, PRECISION);
    (void)put_u16(p, c, LINES);
    (void)put_u16(p, c, SAMPLES);
    uint8_t n = put_u8(p, c, FRAME_COUNT);
    for (unsigned i = 0; i < n && c->fault == CURSOR_OK; i++) {
        (void)put_u8(p, c, COMPONENT);
        const uint8_t *b = cursor_take(c, 1);
        if (b != NULL)
            put_flags(p, c, HORIZONTAL, 2, c->pos - 1, 1, *b);
        (void)put_u8(p, c, TABLE);
    }
}

static void put_scan(struct packet *p, struct cursor *c)
{
    uint8_t n = put_u8(p, c, SCAN_COUNT);
    for (unsigned i = 0; i < n && c->fault == CURSOR_OK; i++) {
        (void)put_u8(p, c, SELECTOR);
        const uint8_t *b = cursor_take(c, 1);
        if (b != NULL)
            put_flags(p, c, DC, 2, c->pos - 1, 1, *b);
    }
    (void)put_u8(p, c, SPECTRAL_START);
    (void)put_u8(p, c, SPECTRAL_END);
    const uint8_t *b = cursor_take(c, 1);
    if (b != NULL)
        put_flags(p, c, BIT_HIGH, 2, c->pos - 1, 1, *b);
}

/* Of the first application: JFIF itself. */
static void put_jfif(struct packet *p, struct cursor *c)
{
    const uint8_t *b = cursor_peek(c, 0, JFIF_LENGTH);
    if (b == NULL || memcmp(b, "JFIF", 5) != 0)
        return;
    put_data(p, c, IDENTIFIER, c->pos, 5, b, 4);
    cursor_skip(c, 5);
    put_mark(p, c, VERSION);
    uint32_t tree = tree_begin(p, VERSION);
    (void)put_u8(p, c, MAJOR);
    (void)put_u8(p, c, MINOR);
    tree_end(p, tree);
    (void)put_u8(p, c, UNITS);
    (void)put_u16(p, c, X_DENSITY);
    (void)put_u16(p, c, Y_DENSITY);
    (void)put_u8(p, c, X_THUMBNAIL);
    (void)put_u8(p, c, Y_THUMBNAIL);
}

static void put_segment(struct packet *p, struct cursor *c, uint16_t marker)
{
    unsigned field = begins_frame(marker)     ? FRAME
                     : marker == SCAN_START   ? SCAN
                     : marker == COMMENT_MARK ? COMMENT_HEADER
                                              : SEGMENT;
    const uint8_t *b = cursor_peek(c, 2, 2);
    uint32_t n = b == NULL || be16(b) < 2 ? 2 : be16(b);
    put_data(p, c, field, c->pos, n + 2, NULL, 0);
    uint32_t tree = tree_begin(p, field);
    (void)put_u16(p, c, MARKER);
    (void)put_u16(p, c, LENGTH);
    struct cursor part = cursor_part(c, n - 2);
    if (field == FRAME)
        put_frame(p, &part);
    else if (field == SCAN)
        put_scan(p, &part);
    else if (field == COMMENT_HEADER)
        (void)put_bytes_captured(p, &part, COMMENT, cursor_left(&part));
    else if (marker == APPLICATION)
        put_jfif(p, &part);
    tree_end(p, tree);
    if (part.fault != CURSOR_OK)
        c->fault = part.fault;
}

/* Up to the next marker. */
static void put_coded(struct packet *p, struct cursor *c)
{
    uint32_t left = cursor_captured(c), n = 0;
    const uint8_t *b = cursor_peek(c, 0, left);
    while (n < left && (b[n] != 0xff || (n + 1 < left && b[n + 1] == 0)))
        n += b[n] == 0xff ? 2 : 1;
    if (n > 0)
        (void)put_bytes(p, c, CODED, n < left ? n : left);
}

static void dissect(struct packet *p, struct cursor *c)
{
    const uint8_t *b = cursor_peek(c, 0, 3);
    if (b == NULL || be16(b) != IMAGE_START || b[2] != 0xff) {
        cursor_skip(c, cursor_captured(c));
        return;
    }
    column_add(p, " (JPEG JFIF image)");
    while (cursor_captured(c) > 0 && c->fault == CURSOR_OK) {
        b = cursor_peek(c, 0, 2);
        if (b == NULL || b[0] != 0xff || b[1] == 0) {
            put_coded(p, c);
            if (b == NULL)
                break;
        } else if (stands_alone(be16(b))) {
            (void)put_u16(p, c, MARKER);
        } else {
            put_segment(p, c, be16(b));
        }
    }
    if (c->fault == CURSOR_OK)
        cursor_skip(c, cursor_captured(c));
}

static const struct binding bindings[] = {BOUND_TEXT("media_type", "image/jpeg"),
                                          BOUND_TEXT("media_type", "image/jpg"),
                                          BOUND_TEXT("media_type", "image/pjpeg"),
                                          BOUND_TEXT("media_type", "image/jfif"),
                                          {NULL, 0, NULL}};

const struct protocol proto_image_jfif = {.name = "image-jfif",
                                          .title = "JPEG File Interchange Format",
                                          FIELDS_OF_THIS_FILE,
                                          .bindings = bindings,
                                          .dissect = dissect};
