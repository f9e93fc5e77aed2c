/* ethertype: stands in frame.protocols for the dispatch table of that name (IEEE 802.3, clause 3.2.6). */
#include "dissect/protocol.h"

const struct protocol proto_ethertype = {.name = "ethertype", .title = "Ethertype"};
