/* The list of all protocols, from protos.def. */
#include "dissect/protocol.h"

#define PROTO(name) extern const struct protocol proto_##name;
#include "proto/protos.def"
#undef PROTO

const struct protocol *const all_protocols[] = {
#define PROTO(name) &proto_##name,
#include "proto/protos.def"
#undef PROTO
    NULL};
