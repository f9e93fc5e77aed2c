/* media: a body of a type that no other protocol knows. */
#include "dissect/packet.h"

#define FIELDS(X) X(TYPE, "media.type", "Media type", BYTES, NONE, 0, NULL)

FIELD_TABLE(FIELDS);

static void dissect(struct packet *p, struct cursor *c)
{
    uint32_t n = cursor_captured(c);
    put_bytes(p, c, TYPE, n);
    label(p, TYPE, "Media type: %.*s (%u bytes)", (int)p->media.type_length,
          p->media.type_length > 0 ? p->media.type : "", n);
}

static const struct binding bindings[] = {BOUND_TEXT("media_type", "*"), {NULL, 0, NULL}};

const struct protocol proto_media = {.name = "media",
                                     .plain = true,
                                     .title = "Media Type",
                                     FIELDS_OF_THIS_FILE,
                                     .bindings = bindings,
                                     .dissect = dissect};
