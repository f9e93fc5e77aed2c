/* data: bytes that no protocol claims. */
#include "dissect/packet.h"

#define FIELDS(X)                                                                                  \
    X(DATA, "data.data", "Data", BYTES, NONE, 0, NULL)                                             \
    X(TEXT, "data.text", "Text", STRING, ON_REQUEST, 0, NULL)                                      \
    X(LEN, "data.len", "Length", INT32, DEC | GENERATED, 0, NULL)

FIELD_TABLE(FIELDS);

/* Only what was captured: plain data is never too short. */
static void dissect(struct packet *p, struct cursor *c)
{
    uint32_t n = cursor_captured(c), start = c->pos;
    title(p, "Data (%u byte%s)", n, n == 1 ? "" : "s");
    const uint8_t *bytes = put_bytes(p, c, DATA, n);
    /* Wireshark has the text if a preference says so; here it is there for who asks. */
    if (bytes != NULL)
        put_data(p, c, TEXT, start, n, bytes, n);
    put_uint(p, c, LEN, start, 0, n);
    cursor_trim(c, 0);
}

static const struct binding bindings[] = {
    {"data", 0}, BOUND_TEXT("media_type", "application/octet-stream"), {NULL, 0}};

const struct protocol proto_data = {.name = "data",
                                    .plain = true,
                                    .title = "Data",
                                    .bytes = true,
                                    FIELDS_OF_THIS_FILE,
                                    .bindings = bindings,
                                    .dissect = dissect};
