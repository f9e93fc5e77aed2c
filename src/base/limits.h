/* limits: every bound in one place. Each is checked at one place, with an error that names it. */
#ifndef BASE_LIMITS_H
#define BASE_LIMITS_H

#include <stddef.h>
#include <stdint.h>

struct limits {
    uint32_t packet_bytes;   /* captured bytes of one packet; a longer claim is a damaged file */
    uint32_t block_bytes;    /* one pcapng block */
    uint32_t interfaces;     /* of one source */
    uint32_t depth;          /* of layers in each other */
    uint32_t layers;         /* of one packet: those of certificates are many */
    uint32_t items;          /* dissected fields of one packet */
    size_t packet_arena;     /* bytes of decoded text and the like for one packet */
    uint32_t filter_bytes;   /* length of a filter */
    uint32_t filter_nesting; /* depth of parentheses and operators */
    size_t filter_arena;     /* bytes for compiling one filter */
    uint32_t flows;          /* known at once; then those not seen for longest make room */
    uint32_t message_bytes;  /* of one message that spans segments */
    uint64_t stream_bytes;   /* of all messages that wait for more */
    uint32_t header_bytes;   /* of such a message, before its length is known */
    uint32_t decoded_bytes;  /* of what was compressed in a packet; what is more is left out */
};

#define LIMITS_DEFAULT                                                                             \
    ((struct limits){.packet_bytes = 256u << 20,                                                   \
                     .block_bytes = 256u << 20,                                                    \
                     .interfaces = 65536,                                                          \
                     .depth = 64,                                                                  \
                     .layers = 512,                                                                \
                     .items = 65536,                                                               \
                     .packet_arena = 16u << 20,                                                    \
                     .filter_bytes = 64u << 10,                                                    \
                     .filter_nesting = 256,                                                        \
                     .filter_arena = 16u << 20,                                                    \
                     .flows = 4u << 20,                                                            \
                     .message_bytes = 64u << 20,                                                   \
                     .stream_bytes = 256u << 20,                                                  \
                     .header_bytes = 64u << 10,                                                    \
                     .decoded_bytes = 4u << 20})

#endif
