/* pdu: for struct protocol's `message` where the length of a message stands in its header. */
#ifndef DISSECT_PDU_H
#define DISSECT_PDU_H

#include "dissect/packet.h"

enum { PDU_MAX = 64 << 20 }; /* a longer one is no message, but a mistake */

static inline uint32_t pdu_length(const struct cursor *c, uint64_t length)
{
    return length == 0 || length > PDU_MAX ? cursor_captured(c) : (uint32_t)length;
}

/* The length is the n-byte number at `at` and counts all but `more` bytes; big-endian. */
static inline uint32_t pdu_be(const struct cursor *c, uint32_t at, uint32_t n, uint32_t more)
{
    const uint8_t *b = cursor_peek(c, at, n);
    return b == NULL ? STREAM_MORE : pdu_length(c, be_n(b, n) + more);
}

static inline uint32_t pdu_le(const struct cursor *c, uint32_t at, uint32_t n, uint32_t more)
{
    const uint8_t *b = cursor_peek(c, at, n);
    return b == NULL ? STREAM_MORE : pdu_length(c, le_n(b, n) + more);
}

#endif
